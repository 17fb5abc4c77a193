package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"weir/check"
	"weir/compare"
	"weir/internal/gitfs"
	"weir/internal/render"
	"weir/policies"
)

// checkOptions are weir check's flags.
type checkOptions struct {
	output
	textFlags
	reports
	Policy     string
	Recordings []string
	Base       string
	Trust      string
	Only, Skip []string
	Reports    []string // FORMAT=FILE
	Strict     bool
	Tries      int
}

func newCheck(std streams) *cobra.Command {
	o := &checkOptions{}
	c := &cobra.Command{
		Use:   "check -p POLICY",
		Short: "Ask everything that CI asks of a change of policy",
		Long: `Ask everything that CI asks of a policy, in one report: is it laid out (format) and valid
(validate), is anything in it probably not meant (lint), do its tests pass (test), what would it
do on recordings (simulate), does a limit trip (limits), does a guardrail deny it
(guardrails), are its invariants kept for all inputs (invariants), and with --base, what
changes for whom (diff).

--base is a git revision or a directory; in a git repository a directory is written
with its path, as in ./old. With --trust base limits and guardrails are
taken from there, so that a change cannot lift what would stop it; what it changes
there is shown (trust).

--report FORMAT=FILE writes the same report in another format besides, and may be
given several times.

Exits with 0 if the policy passed, 3 if a part rejects it, 1 if it could not be
asked (the policy is not valid, a test file cannot be used, something is unreadable),
4 if it took too much.`,
		Example: `  weir check -p policy
  weir check -p policy -r recording
  weir check -p policy -r recording --only format,validate,lint
  weir check -p policy --format json -o check.json --report sarif=weir.sarif`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("base") && o.Base == "" {
				return usage("--base main", "--base is empty: name a revision or a directory, or leave it out to compare with nothing")
			}
			return o.Run(c.Context(), std)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Policy, "policy", "p", "", "policy `directory` (else $"+policyVariable+")")
	f.StringArrayVarP(&o.Recordings, "recording", "r", nil, "recording `directory`; may be given several times (else $"+recordingVariable+")")
	f.StringVar(&o.Base, "base", "", "compare with the policy at a git `revision`, or with a directory")
	f.StringVar(&o.Trust, "trust", "change", "whose limits and guardrails count: `change`, or base")
	f.StringSliceVar(&o.Only, "only", nil, "ask only these `parts`: "+strings.Join(check.Parts(), ", "))
	f.StringSliceVar(&o.Skip, "skip", nil, "leave these `parts` out")
	f.StringArrayVar(&o.Reports, "report", nil, "also write `FORMAT=FILE`")
	f.IntVar(&o.Tries, "tries", compare.Tries, "policies with some of the changes that are simulated over each recording to find the fewest changes that suffice; -1 for none")
	f.BoolVar(&o.Strict, "strict", false, "warnings reject")
	o.output.addFlags(f, withReports("text", "json", "ndjson")...)
	f.BoolVar(&o.Full, "full", false, "text: list all findings and decisions that change")
	f.BoolVar(&o.Summary, "summary", false, "text: only the verdict and a line a part")
	o.addTitles(c)
	completeOutput(c, &o.output)
	fixed(c, "trust", "change", "base")
	fixed(c, "only", check.Parts()...)
	fixed(c, "skip", check.Parts()...)
	return c
}

func (o *checkOptions) check() error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.Trust != "change" && o.Trust != "base" {
		return usage("--trust base", "--trust is change or base, not %q", o.Trust)
	}
	if o.Trust == "base" && o.Base == "" {
		return usage("--trust base --base main", "--trust base needs a base to trust: --base REVISION")
	}
	for _, name := range slices.Concat(o.Only, o.Skip) {
		if !slices.Contains(check.Parts(), name) {
			return usage("--only "+closest(name, check.Parts()), "there is no part %q of a check; parts are %s", name, strings.Join(check.Parts(), ", "))
		}
	}
	for _, r := range o.Reports {
		format, file, ok := strings.Cut(r, "=")
		if ok && file == "-" {
			return usage("--format "+format, "--report writes files; standard output has the form of --format")
		}
		if !ok || file == "" || !slices.Contains(o.formats, format) {
			return usage("--report sarif=weir.sarif", "--report is FORMAT=FILE, with a format of %s, not %q", strings.Join(o.formats, ", "), r)
		}
	}
	return o.distinct()
}

// distinct refuses to write two reports to one file: only the last would be there.
func (o *checkOptions) distinct() error {
	seen := map[string]bool{filepath.Clean(o.File): o.File != ""}
	for _, r := range o.Reports {
		format, file, _ := strings.Cut(r, "=")
		if name := filepath.Clean(file); seen[name] {
			return usage("--report "+format+"=ANOTHER", "two reports would be written to %s", file)
		} else if info, err := os.Stat(name); err != nil || info.Mode().IsRegular() {
			seen[name] = true // what is no file, such as /dev/null, takes as much as comes
		}
	}
	return nil
}

// Run checks and writes the reports.
func (o *checkOptions) Run(ctx context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	in, err := o.input(ctx, std)
	if err != nil {
		return err
	}
	report, err := check.Run(ctx, *in)
	if err != nil {
		return err
	}
	if err := o.asked(report); err != nil {
		return err
	}
	for _, r := range o.Reports {
		format, file, _ := strings.Cut(r, "=")
		if err := writeReport(file, func(w io.Writer) error { return o.show(w, format, report, false) }); err != nil {
			return err
		}
	}
	if err := o.write(std, func(w io.Writer) error { return o.show(w, o.Format, report, o.useColor(std)) }); err != nil {
		return err
	}
	switch report.Verdict {
	case check.Invalid, check.Broken:
		return exitFailed
	case check.Rejected:
		return exitRejected
	}
	return nil
}

func (o *checkOptions) show(w io.Writer, format string, report *check.Report, color bool) error {
	switch format {
	case "json":
		return render.JSON(w, report)
	case "ndjson":
		return render.CheckLines(w, report)
	}
	brief := func() *render.Brief { return render.CheckBrief(report, o.brief(o.Policy)) }
	if ok, err := writeBrief(w, format, brief); ok {
		return err
	}
	return render.Check(w, report, o.options(color))
}

// asked refuses a check in which a part that was named could not be asked: green
// must not mean that nobody looked.
func (o *checkOptions) asked(r *check.Report) error {
	ran := false
	for _, p := range r.Parts {
		if p.Status != check.StatusOff {
			ran = true
		} else if slices.Contains(o.Only, p.Name) && r.Verdict != check.Invalid {
			return usage("weir check --help", "the part %s was asked for and cannot be: %s", p.Name, p.Why)
		}
	}
	if !ran {
		return usage("weir check -p "+o.Policy, "every part of the check is switched off")
	}
	return nil
}

// input reads everything that is checked.
func (o *checkOptions) input(ctx context.Context, std streams) (*check.Input, error) {
	if o.Policy == "" {
		o.Policy = std.Getenv(policyVariable)
	}
	if dir := std.Getenv(recordingVariable); len(o.Recordings) == 0 && dir != "" {
		o.Recordings = []string{dir}
	}
	if o.Policy == "" {
		return nil, missing("weir check", "a policy directory", "weir check -p DIR")
	}
	recs, err := openRecordings(std, &o.output, o.Recordings, false)
	if err != nil {
		return nil, err
	}
	source, err := policyDirectory(o.Policy)
	if err != nil {
		return nil, err
	}
	in := &check.Input{Files: source.fsys, Dir: o.brief(o.Policy).PolicyDir, Recordings: recorded(recs), TrustBase: o.Trust == "base", Strict: o.Strict,
		Off: o.off(), Tries: o.Tries, Workers: runtime.GOMAXPROCS(0), JSON: documentJSON}
	l := &loaded{policyDir: o.Policy, policyName: filepath.Base(o.Policy)}
	if len(recs) > 0 {
		l.rec, l.recFS, l.recDir = recs[0].rec, recs[0].recFS, recs[0].recDir
	}
	l.set, in.Problems = policies.Load(source.fsys, l.loadOptions())
	if !in.Problems.HasErrors() {
		in.Problems = append(in.Problems, l.set.Review()...)
		in.Problems = append(in.Problems, problemsWith(l, recs)...)
	}
	in.Policy = l.compared()
	if o.Base == "" {
		return in, nil
	}
	from, err := o.baseSource(ctx)
	if errors.Is(err, gitfs.ErrNotThere) {
		in.Unborn = "in " + in.Dir + " at " + o.Base
		return in, nil
	}
	if err != nil {
		return nil, err
	}
	base, err := from.load(std, &o.output, recs, false)
	if err != nil {
		std.say("weir: this is the base, %s, and not what is checked: it does not load, so that nothing can be compared with it.\n"+
			"Name a base that does, such as the last revision with a policy that loads.", render.Escape(o.Base))
		return nil, err
	}
	compared := base.compared()
	in.Base, in.BaseFiles = &compared, from.fsys
	if from.tree == nil {
		return in, nil
	}
	in.BaseList = from.tree
	in.Given, err = o.given(ctx, std, recs)
	if err != nil {
		return nil, err
	}
	return in, nil
}

// given are the recordings that lie beside the policy, with what the base's revision has in their
// places: a change may bring other ones.
func (o *checkOptions) given(ctx context.Context, std streams, recs []*loaded) ([]check.Given, error) {
	var out []check.Given
	for _, l := range recs {
		if rel, err := filepath.Rel(o.Policy, l.recDir); err == nil && filepath.IsLocal(rel) {
			continue // it is among the policy's files
		}
		tree, err := gitfs.Open(ctx, l.recDir, o.Base, func(string) bool { return false })
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, gitfs.ErrNotThere), errors.Is(err, gitfs.ErrNoRepository):
			continue // the change brings it, or no change can
		case err != nil:
			std.say("weir: the recording %s is not compared with the base's: %s", render.Escape(l.recDir), render.Escape(err.Error()))
			continue
		}
		out = append(out, check.Given{Name: l.recDir, Files: l.recFS, Base: tree})
	}
	return out, nil
}

// problemsWith is what resolving everybody in the recordings finds.
func problemsWith(l *loaded, recs []*loaded) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for i, r := range recs {
		if i == 0 {
			diags = append(diags, l.policyWarnings()...)
		}
		snap, found := r.rec.At(r.rec.Last())
		if found.HasErrors() {
			return append(diags, found...)
		}
		_, found = l.set.ResolveAll(snap.Users, snap.Directory)
		diags = append(diags, found...)
		if i == 0 {
			diags = append(diags, l.set.MatchNobody(snap.Users, snap.Directory)...)
		}
	}
	return diags
}

// baseSource finds the base: the policy's own directory at a revision, or another directory.
// In a repository a mere name is a revision's: a directory that a change calls like its base must not
// become what the change is judged by.
func (o *checkOptions) baseSource(ctx context.Context) (policySource, error) {
	if filepath.IsAbs(o.Base) || o.Base == "." || o.Base == ".." || strings.HasPrefix(o.Base, "./") || strings.HasPrefix(o.Base, "../") {
		return policyDirectory(o.Base)
	}
	source, err := atRevision(ctx, o.Policy, o.Base)
	info, missing := os.Stat(o.Base)
	switch {
	case errors.Is(err, gitfs.ErrNoRepository) && missing != nil:
		return source, usage("--base ./OLD", "the base %s is no directory, and no revision can be meant, because %s is in no git repository", o.Base, o.Policy)
	case err == nil || missing != nil || !info.IsDir():
		return source, err
	case errors.Is(err, gitfs.ErrNoRepository):
		return policyDirectory(o.Base)
	}
	return source, usage("--base ./"+o.Base, "%s; a directory of the repository is written ./%s", err, o.Base)
}

// off are the parts that flags switch off.
func (o *checkOptions) off() map[string]string {
	out := map[string]string{}
	for _, name := range check.Parts() {
		switch {
		case slices.Contains(o.Skip, name):
			out[name] = "skipped (--skip)"
		case len(o.Only) > 0 && !slices.Contains(o.Only, name):
			out[name] = "not asked (--only)"
		}
	}
	return out
}

// documentJSON is a plan or simulation as it is printed.
func documentJSON(doc any) ([]byte, error) {
	var out bytes.Buffer
	err := render.JSON(&out, doc)
	return out.Bytes(), err
}
