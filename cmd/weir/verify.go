package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/check"
	"weir/engine"
	"weir/internal/render"
	"weir/internal/version"
	"weir/state/zone"
)

// verifyOptions are weir verify's flags and argument.
type verifyOptions struct {
	inputs
	output
	Saved string // the file, "-" for standard input
}

// maxSaved is the largest saved document that is read, in bytes.
const maxSaved = 1 << 30

func newVerify(std streams) *cobra.Command {
	o := &verifyOptions{}
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check that a saved plan or simulation is what its inputs give",
		Long: `Check that a plan or a simulation that was saved as JSON is what its inputs give. It
is bound by digests to the policy, the recording, the options it was made with and
weir's version; weir verify makes it again and says

  same      it is exactly what its inputs give
  stale     an input has changed since: which one
  tampered  the inputs are the same and give something else: the first place
  unbound   a digest is missing, or none that weir knows

A document made of the built-in policy or the demo recording is made of them again;
any other needs -p and -r.

Exits with 0 if it is the same, 3 if it is not, 1 if that cannot be told.`,
		Example: `  weir plan -p policy -r recording --format json -o plan.json
  weir verify plan.json -p policy -r recording`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("weir verify plan.json -p POLICY -r RECORDING", "weir verify takes one file, a plan or a simulation saved as JSON")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.Saved = args[0]
			return o.Run(c.Context(), c.InOrStdin(), std)
		},
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), "text", "json")
	completeOutput(c, &o.output)
	return c
}

// Run verifies and writes the verdict.
func (o *verifyOptions) Run(ctx context.Context, in io.Reader, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	src, err := o.read(in)
	if err != nil {
		return err
	}
	saved, err := check.ReadSaved(src)
	if err != nil {
		return fmt.Errorf("cannot verify %s: %w", o.Saved, err)
	}
	v := &check.Verification{Format: check.VerifyFormat, Document: saved.Format, Stale: []check.StaleFrom{}}
	if err := o.verify(ctx, std, v, saved, src); err != nil {
		return err
	}
	err = o.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, v)
		}
		return render.Line(w, string(v.Verdict)+": "+v.Text)
	})
	if err == nil && v.Verdict != check.Same {
		return exitRejected
	}
	return err
}

func (o *verifyOptions) read(in io.Reader) ([]byte, error) {
	if o.Saved != "-" {
		if leadsOut(o.Saved) {
			return nil, fmt.Errorf("cannot read %s: it leads out of the working directory by a symbolic link; name the file that it leads to", o.Saved)
		}
		f, err := os.Open(o.Saved)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", o.Saved, err)
		}
		defer f.Close()
		in = f
	}
	src, err := io.ReadAll(io.LimitReader(in, maxSaved+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", o.Saved, err)
	case len(src) > maxSaved:
		return nil, fmt.Errorf("%s is too large to verify (at most %d MiB)", o.Saved, maxSaved>>20)
	}
	return src, nil
}

// verify fills in the verdict.
func (o *verifyOptions) verify(ctx context.Context, std streams, v *check.Verification, saved *check.Saved, src []byte) error {
	if name := saved.Lacking(); name != "" {
		v.Verdict, v.Text = check.Unbound, fmt.Sprintf("its %s is missing, or none that weir knows, so that nothing binds it to its inputs; make it anew", name)
		return nil
	}
	l, err := o.open(std, saved.Options)
	if err != nil {
		return err
	}
	if v.Stale = stale(l, saved); len(v.Stale) > 0 {
		v.Verdict, v.Text = check.Stale, staleText(v.Stale)
		return nil
	}
	if saved.Options == nil || optionsDigest(saved.Options) != saved.OptionsDigest {
		tampered(v, "/options")
		return nil
	}
	again, err := o.again(ctx, std, l, saved)
	if err != nil {
		return err
	}
	path, err := check.Difference(again, src)
	switch {
	case err != nil:
		return err
	case path != "":
		tampered(v, path)
	default:
		v.Verdict, v.Text = check.Same, "it is what its policy, recording and options give"
	}
	return nil
}

// open reads the inputs: those named, else the built-in ones that the document says
// it was made of.
func (o *verifyOptions) open(std streams, made *engine.MadeWith) (*loaded, error) {
	o.fromEnvironment(std)
	const line = "weir verify plan.json -p POLICY -r RECORDING"
	if made == nil {
		made = &engine.MadeWith{}
	}
	switch {
	case o.Policy == "" && !made.BuiltInPolicy:
		return nil, missing("weir verify", "the policy that the document was made of", line)
	case o.Recording == "" && !made.DemoRecording:
		return nil, missing("weir verify", "the recording that the document was made of", line)
	}
	l := &loaded{}
	if err := l.openRecording(o.Recording, true); err != nil {
		return nil, err
	}
	if err := l.readRecording(std, &o.output, o.Strict); err != nil {
		return nil, err
	}
	return l, l.readPolicy(std, &o.output, o.Policy, o.Strict)
}

// stale lists the inputs that are others now. The policy's digest covers weir's
// version and the time zones, so it is asked as those of the document would give it.
func stale(l *loaded, saved *check.Saved) []check.StaleFrom {
	list := []check.StaleFrom{}
	for _, in := range [...]check.StaleFrom{
		{Input: "policy", Saved: saved.PolicyDigest, Now: l.policyDigestBy(saved.WeirVersion, saved.TimeZones)},
		{Input: "recording", Saved: saved.RecordingDigest, Now: l.recordingDigest()},
		{Input: "weir", Saved: saved.WeirVersion, Now: version.Version},
		{Input: "time_zones", Saved: saved.TimeZones, Now: zone.Version},
	} {
		if in.Saved != in.Now {
			list = append(list, in)
		}
	}
	return list
}

func staleText(list []check.StaleFrom) string {
	words := map[string]string{"policy": "the policy is another now", "recording": "the recording is another now"}
	var parts []string
	for _, in := range list {
		text := words[in.Input]
		switch in.Input {
		case "weir":
			text = fmt.Sprintf("it was made by weir %s, and this is %s", in.Saved, in.Now)
		case "time_zones":
			text = fmt.Sprintf("it was made with the time zones of %s, and these are of %s", in.Saved, in.Now)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ") + "; make it anew"
}

// again makes the document again and gives its JSON. What that has to say on the way
// is kept back, unless it fails: it was said when the document was made.
func (o *verifyOptions) again(ctx context.Context, std streams, l *loaded, saved *check.Saved) ([]byte, error) {
	var said, text bytes.Buffer
	quiet := std
	quiet.Err, quiet.ErrTerminal = &said, false
	doc, err := o.make(ctx, quiet, l, saved)
	if err == nil {
		err = render.JSON(&text, doc)
	}
	if err != nil {
		_, _ = std.Err.Write(said.Bytes())
	}
	return text.Bytes(), err
}

func (o *verifyOptions) make(ctx context.Context, std streams, l *loaded, saved *check.Saved) (any, error) {
	made := saved.Options
	if saved.Format == engine.PlanFormat {
		p := &planOptions{output: o.output, At: textOf(made.At), User: made.User, ShowPrivate: made.ShowPrivate}
		plan, err := p.plan(ctx, std, l)
		if err != nil {
			return nil, err
		}
		return plan, selectUsers(p.User, plan)
	}
	s, err := o.simulation(made)
	if err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, err
	}
	opts, err := s.options(l)
	if err != nil {
		return nil, err
	}
	res, err := s.simulate(ctx, std, l, opts)
	if err != nil {
		return nil, err
	}
	return res, selectUsers(s.User, res.Sessions...)
}

func (o *verifyOptions) simulation(made *engine.MadeWith) (*simulateOptions, error) {
	every, err := time.ParseDuration(made.Every)
	if err != nil {
		return nil, fmt.Errorf("cannot verify %s: its options have no time between sessions", o.Saved)
	}
	return &simulateOptions{output: o.output, From: textOf(made.From), To: textOf(made.To), Every: every, Sessions: made.Sessions,
		Settle: made.Settle, User: made.User, ShowPrivate: made.ShowPrivate,
		faults: faultFlags{Seed: made.Faults, Kinds: made.FaultKinds, Rate: made.FaultRate}}, nil
}

func textOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func tampered(v *check.Verification, path string) {
	v.Verdict, v.Path = check.Tampered, path
	v.Text = "its policy, recording and options give something else, first at " + path
}
