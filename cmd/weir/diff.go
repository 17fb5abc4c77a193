package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/compare"
	"weir/internal/gitfs"
	"weir/internal/render"
	"weir/policies"
	"weir/recording"
)

// diffOptions are weir diff's flags and arguments.
type diffOptions struct {
	output
	textFlags
	reports
	Old, New   string
	Base       string
	Policy     string
	Recordings []string
	Every      time.Duration
	Sessions   int
	Strict     bool
	Private    bool
	Detailed   bool
	Tests      string // a file
	Tries      int
	User       string // a glob over addresses
}

func newDiff(std streams) *cobra.Command {
	o := &diffOptions{}
	c := &cobra.Command{
		Use:   "diff OLD NEW | --base REV",
		Short: "Show what a change of policy changes, for whom and why",
		Long: `Compare two policies, directories OLD and NEW, or with --base the policy as it is at a
git revision with the policy as it is. Each is simulated over the recordings
from its beginning, and the decisions that differ are shown: for whom, which, and
the fewest changes of the policy that suffice for it: policies with some of the changes
are simulated too (--tries). Of one thing only the first difference counts,
because what follows from it differs too.

Text that means the same (other files, another order, comments) is no change. Without a
recording only the changes of the policy are listed.

Besides, each setting, rule, group and view is compared over all inputs: whether it
reaches the same, less or more than before is proved, with the smallest example of each
difference, tried in the engine. --write-tests writes the examples as tests of the new
policy: see docs/proofs.md.

With --detailed-exitcode it exits with 2 if decisions change, with 3 if the new
policy trips a limit where the old one does not.`,
		Example: `  weir diff policy policy -r recording             # nothing changes
  weir diff policy policy -r recording --format json -o diff.json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 2 {
				return usage("weir diff OLD NEW -r RECORDING", "weir diff takes two policy directories, not %d", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Old = args[0]
			}
			if len(args) > 1 {
				o.New = args[1]
			}
			return o.Run(c.Context(), std)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Policy, "policy", "p", "", "with --base: policy `directory` (else $"+policyVariable+")")
	f.StringVar(&o.Base, "base", "", "compare with the policy as it is at this git `revision`")
	f.StringArrayVarP(&o.Recordings, "recording", "r", nil, "recording `directory`; may be given several times")
	f.DurationVar(&o.Every, "every", 30*time.Minute, "`time` between sessions")
	f.IntVar(&o.Sessions, "sessions", 0, "stop after `N` sessions; default no limit")
	f.IntVar(&o.Tries, "tries", compare.Tries, "policies with some of the changes that are simulated over each recording to find the fewest changes that suffice; -1 for none")
	f.BoolVar(&o.Strict, "strict", false, "treat warnings as errors")
	f.BoolVar(&o.Private, "show-private", false, showPrivateHelp)
	f.StringVar(&o.Tests, "write-tests", "", "also write the examples of what was proved to `FILE`, as tests of the new policy")
	f.BoolVar(&o.Detailed, "detailed-exitcode", false, "exit with 2 if decisions change, 3 if a limit trips that did not")
	o.output.addFlags(f, withReports("text", "json", "ndjson")...)
	f.StringVar(&o.User, "user", "", "show only people whose address matches `GLOB`; everybody is compared, and counted")
	f.BoolVar(&o.Full, "full", false, "text: list all decisions that change")
	f.BoolVar(&o.Summary, "summary", false, "text: stop after the numbers and the changes of the policy")
	o.addTitles(c)
	completeOutput(c, &o.output)
	return c
}

// Run compares and writes the report.
func (o *diffOptions) Run(ctx context.Context, std streams) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.Tests != "" && !strings.HasSuffix(o.Tests, "_test.hcl") {
		return usage("--write-tests changes_test.hcl", "--write-tests %s: the names of test files end in _test.hcl", o.Tests)
	}
	if o.Every < time.Minute {
		return usage("--every 30m", "--every %s is too short: sessions are at least a minute apart", o.Every)
	}
	if o.Sessions < 0 {
		return usage("--sessions 10", "--sessions is a number of sessions, not %d", o.Sessions)
	}
	before, after, err := o.directories(ctx, std)
	if err != nil {
		return err
	}
	recs, err := openRecordings(std, &o.output, o.Recordings, o.Strict)
	if err != nil {
		return err
	}
	old, err := before.load(std, &o.output, recs, o.Strict)
	if err != nil {
		return err
	}
	now, err := after.load(std, &o.output, recs, o.Strict)
	if err != nil {
		return err
	}
	if err := o.checkUser(recs); err != nil {
		return err
	}
	if len(recs) == 0 {
		std.say("No recording is named with -r DIR: only the changes of the policy are listed, not what they do.")
	}
	report, diags, err := compare.Run(ctx, old.compared(), now.compared(), recorded(recs), compare.Options{Every: o.Every, Sessions: o.Sessions, ShowPrivate: o.Private, Tries: o.Tries})
	if err != nil {
		return err
	}
	if err := now.judge(std, &o.output, diags, o.Strict); err != nil {
		return err
	}
	if err := o.writeTests(ctx, std, report, old.set, now.set); err != nil {
		return err
	}
	if err := report.Select(o.User); err != nil {
		return err
	}
	if o.User != "" {
		std.say("Only the decisions for people whose address matches %s are shown; the numbers are everybody's.", o.User)
	}
	err = o.write(std, func(w io.Writer) error {
		switch o.Format {
		case "json":
			return render.JSON(w, report)
		case "ndjson":
			return render.DiffLines(w, report)
		}
		brief := func() *render.Brief { return render.DiffBrief(report, o.brief(after.dir)) }
		if ok, err := writeBrief(w, o.Format, brief); ok {
			return err
		}
		return render.Comparison(w, report, o.options(o.useColor(std)))
	})
	if err != nil {
		return err
	}
	return outcome(report.Verdict, o.Detailed)
}

// checkUser refuses a pattern that matches nobody in any recording.
func (o *diffOptions) checkUser(recs []*loaded) error {
	if o.User != "" && len(recs) == 0 {
		return usage("weir diff --user '"+o.User+"' -r DIR", "--user chooses people of a recording, and none is named")
	}
	var first error
	for _, l := range recs {
		err := l.checkGlob(o.User)
		if err == nil {
			return nil
		}
		first = cmp.Or(first, err)
	}
	return first
}

// writeTests writes the examples as tests, if that was asked for.
func (o *diffOptions) writeTests(ctx context.Context, std streams, report *compare.Report, before, after *policies.Set) error {
	if o.Tests == "" {
		return nil
	}
	tests, err := compare.WriteTests(ctx, report.Proofs, before, after)
	if err != nil {
		return err
	}
	if tests.Tests == 0 && len(tests.LeftOut) == 0 {
		std.say("No test was written: nothing differs.")
		return nil
	}
	if tests.Tests == 0 {
		std.say("No test was written.%s", leftOut(tests.LeftOut))
		return nil
	}
	if old, err := os.ReadFile(o.Tests); err == nil && !bytes.HasPrefix(old, []byte(compare.TestsHeader)) {
		return usage("--write-tests ANOTHER_test.hcl", "%s is there already, and weir did not write it; tests of somebody's own are not replaced", o.Tests)
	}
	err = writeFile(o.Tests, func(w io.Writer) error {
		_, err := w.Write(tests.Text)
		return err
	})
	if err != nil {
		return err
	}
	std.say("Tests written to %s: %d.%s", o.Tests, tests.Tests, leftOut(tests.LeftOut))
	return nil
}

// leftOut names the examples of which no test could be made.
func leftOut(names []string) string {
	if len(names) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, " Left out, because nothing that a test may expect tells them apart: %d.", len(names))
	for i, name := range names {
		if i == maxLeftOut {
			fmt.Fprintf(&b, "\n  and %d more", len(names)-i)
			break
		}
		b.WriteString("\n  " + render.Escape(name))
	}
	return b.String()
}

// maxLeftOut is how many examples that were left out are named.
const maxLeftOut = 10

// policySource is a policy's files, and what they are called.
type policySource struct {
	dir, name string
	fsys      fs.FS
	tree      *gitfs.Tree // of a git revision
}

// directories finds the two policies.
func (o *diffOptions) directories(ctx context.Context, std streams) (before, after policySource, err error) {
	if o.Base != "" {
		if o.Policy == "" {
			o.Policy = std.Getenv(policyVariable)
		}
		if o.Old != "" {
			return before, after, usage("weir diff --base "+o.Base+" -p "+o.Old, "with --base the policy is named by -p")
		}
		if o.Policy == "" {
			return before, after, missing("weir diff --base", "a policy directory", "weir diff --base "+o.Base+" -p DIR")
		}
		if before, err = atRevision(ctx, o.Policy, o.Base); err != nil {
			return before, after, err
		}
		after, err = policyDirectory(o.Policy)
		return before, after, err
	}
	if o.Old == "" || o.New == "" {
		return before, after, usage("weir diff OLD NEW -r RECORDING", "weir diff needs two policy directories, or --base REVISION")
	}
	if before, err = policyDirectory(o.Old); err != nil {
		return before, after, err
	}
	after, err = policyDirectory(o.New)
	return before, after, err
}

func policyDirectory(dir string) (policySource, error) {
	fsys, err := openDir(dir, "policy", "-p")
	return policySource{dir: dir, name: dir, fsys: fsys}, err
}

// atRevision is a policy's files as they are at a git revision; gitfs.ErrNotThere if it
// has none.
func atRevision(ctx context.Context, dir, rev string) (policySource, error) {
	tree, err := gitfs.Open(ctx, dir, rev, func(name string) bool {
		ext := strings.ToLower(filepath.Ext(name)) // Load has something to say of .HCL
		return ext == ".hcl" || ext == ".rego"
	})
	if err == nil {
		if files, _ := fs.ReadDir(tree, "."); len(files) == 0 {
			err = gitfs.ErrNotThere
		}
	}
	if errors.Is(err, gitfs.ErrNotThere) {
		err = fmt.Errorf("there is no policy in %s at %s to compare with: %w", dir, rev, gitfs.ErrNotThere)
	}
	return policySource{dir, rev, tree, tree}, err
}

// load reads the policy, checked against the recordings' custom fields.
func (p policySource) load(std streams, o *output, recs []*loaded, strict bool) (*loaded, error) {
	l := &loaded{policyDir: p.dir}
	if len(recs) > 0 {
		l.rec, l.recFS, l.recDir = recs[0].rec, recs[0].recFS, recs[0].recDir
	}
	set, diags := policies.Load(p.fsys, l.loadOptions())
	l.set = set
	if err := l.judge(std, o, diags, strict); err != nil {
		return nil, err
	}
	l.policyName = p.name
	return l, nil
}

// compared is a policy as a comparison takes it.
func (l *loaded) compared() compare.Policy {
	return compare.Policy{Name: l.policyName, Digest: l.policyDigest(), Set: l.set}
}

// openRecordings opens and reads recordings.
func openRecordings(std streams, o *output, dirs []string, strict bool) ([]*loaded, error) {
	var out []*loaded
	for i, dir := range dirs {
		if slices.ContainsFunc(dirs[:i], func(other string) bool { return filepath.Clean(other) == filepath.Clean(dir) }) {
			return nil, usage("-r "+dir, "the recording %s is named twice: everything in it would count double", dir)
		}
		l := &loaded{}
		if err := l.openRecording(dir, false); err != nil {
			return nil, err
		}
		if err := l.readRecording(std, o, strict); err != nil {
			return nil, err
		}
		if l.rec == nil {
			return nil, errors.New("nothing could be read of " + dir)
		}
		out = append(out, l)
	}
	return out, nil
}

// recorded are recordings as a comparison takes them.
func recorded(recs []*loaded) []compare.Recorded {
	var out []compare.Recorded
	for _, l := range recs {
		out = append(out, compare.Recorded{Name: l.recDir, Digest: l.recordingDigest(), Source: l.rec, People: len(l.rec.Manifest().Users), Copies: copiesOf(l.rec)})
	}
	return out
}

// copiesOf counts a person's linked items at a recording's end.
func copiesOf(rec *recording.Recording) func(string) int {
	return func(address string) int {
		snap, diags := rec.Context(rec.Last())
		if diags.HasErrors() {
			return 0
		}
		for _, u := range snap.Users {
			if u.Address != address {
				continue
			}
			box, err := rec.Mailbox(u, rec.Last())
			if err != nil {
				return 0
			}
			return len(box.Links.All())
		}
		return 0
	}
}
