package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/policies"
	"weir/policies/cover"
	"weir/policies/mutate"
	"weir/policytest"
)

// testOptions are weir test's flags and arguments.
type testOptions struct {
	inputs
	output
	textFlags
	Files  []string
	Match  string
	Watch  bool
	Mutate bool
	Cover  bool
	LCOV   string           // a file
	Budget time.Duration    // of time, for the mutants
	Most   int              // mutants; 0 for all
	ticks  <-chan time.Time // when to look for changes; nil for once a second
}

func newTest(std streams) *cobra.Command {
	o := &testOptions{}
	c := &cobra.Command{
		Use:   "test -p POLICY [FILE…]",
		Short: "Run the tests of a policy",
		Long: `Run the tests that stand beside a policy: *_test.hcl files, small worlds with what
is expected of a plan, of a session of a simulation, of a setting or of a verdict,
and *_test.rego modules through OPA's tester. docs/tests.md says how to write them.

FILE selects tests by file, --run by name. With a recording, conditions are checked
against its custom fields, as in weir validate.

Exits with 3 if a test fails, with 1 if a test file cannot be used, and also if no
test is found.

--mutate changes the policy in small ways, one at a time (a toggle flipped, a window a
day longer, a condition without one of its parts, a rule left out), and lists the
changes that no test notices: lines that nothing holds in place. Changes that are
proved to decide the same are left out. They do not change the exit code.`,
		Example: `  weir test -p policy
  weir test -p policy --run 'private|legal hold'
  weir test -p policy private_test.hcl          # --watch runs it again at every change
  weir test -p policy --mutate --mutate-max 50
  weir test -p policy --format json -o tests.json`,
		RunE: func(c *cobra.Command, args []string) error {
			o.Files = args
			if !o.Mutate && (c.Flags().Changed("mutate-budget") || c.Flags().Changed("mutate-max")) {
				return usage("--mutate --mutate-max 100", "--mutate-budget and --mutate-max need --mutate")
			}
			return o.Run(c.Context(), std)
		},
	}
	o.addPolicy(c)
	o.addRecording(c)
	o.output.addFlags(c.Flags(), withReports("text", "json")...)
	o.addVerbose(c)
	c.Flags().StringVar(&o.Match, "run", "", "run only tests whose name matches `REGEXP`")
	c.Flags().BoolVar(&o.Watch, "watch", false, "run again whenever a file of the policy changes, until interrupted")
	f := c.Flags()
	f.BoolVar(&o.Cover, "coverage", false, "also say which lines and conditions of the policy the tests made work")
	f.StringVar(&o.LCOV, "coverage-lcov", "", "with --coverage: also write it as LCOV to `FILE`")
	f.BoolVar(&o.Mutate, "mutate", false, "also change the policy in small ways, one at a time, and list the changes that no test notices")
	f.DurationVar(&o.Budget, "mutate-budget", time.Minute, "`time` for the mutants; those left are counted")
	f.IntVar(&o.Most, "mutate-max", 0, "try only the first `N` mutants; default all")
	completeOutput(c, &o.output)
	return c
}

// Run runs the tests and writes what came of them.
func (o *testOptions) Run(ctx context.Context, std streams) error {
	if err := o.check(); err != nil {
		return err
	}
	o.fromEnvironment(std)
	if o.Policy == "" {
		return o.noPolicy()
	}
	if o.Match != "" {
		if _, err := regexp.Compile(o.Match); err != nil {
			return usage("--run 'private|hold'", "--run %q is no valid pattern: %s", o.Match, err)
		}
	}
	if o.Mutate && (o.Budget <= 0 || o.Most < 0) {
		return usage("--mutate-budget 60s --mutate-max 100", "--mutate-budget is a time and --mutate-max a number of mutants")
	}
	if o.LCOV != "" && o.File != "" && filepath.Clean(o.LCOV) == filepath.Clean(o.File) {
		return usage("--coverage-lcov ANOTHER", "the coverage and the report would be written to one file, %s", o.File)
	}
	if o.LCOV != "" && !o.Cover {
		return usage("--coverage --coverage-lcov FILE", "--coverage-lcov needs --coverage")
	}
	if o.Watch {
		return o.watch(ctx, std)
	}
	return o.once(ctx, std)
}

// noPolicy asks for the policy's directory, which may have been given as if it were a test file.
func (o *testOptions) noPolicy() error {
	dir := "DIR"
	if len(o.Files) == 1 {
		if info, err := os.Stat(o.Files[0]); err == nil && info.IsDir() {
			dir = o.Files[0]
		}
	}
	return missing("weir test", "a policy directory", "weir test -p "+dir)
}

// once runs the tests as the files are now.
func (o *testOptions) once(ctx context.Context, std streams) error {
	l := &loaded{}
	if o.Recording != "" {
		if err := l.openRecording(o.Recording, false); err != nil {
			return err
		}
		if err := l.readRecording(std, &o.output, o.Strict); err != nil {
			return err
		}
	}
	if err := l.readPolicy(std, &o.output, o.Policy, o.Strict); err != nil {
		return err
	}
	fsys, err := openDir(o.Policy, "policy", "-p")
	if err != nil {
		return err
	}
	suite := policytest.Load(fsys)
	opts, err := o.options(l, suite)
	if err != nil {
		return err
	}
	var profile *cover.Profile
	observed := opts
	if o.Cover {
		profile = cover.New(l.set)
		observed.Observer, observed.Rego = profile, profile.Rego
	}
	report, diags, err := suite.Run(ctx, l.set, observed)
	if err != nil {
		return err
	}
	if o.Cover {
		if report.Coverage = profile.Report(); o.LCOV != "" {
			dir := o.Policy + "/"
			if err := writeFile(o.LCOV, func(w io.Writer) error { return report.Coverage.LCOV(w, filepath.ToSlash(dir)) }); err != nil {
				return err
			}
		}
	}
	if o.Mutate && report.Verdict == policytest.Passed && len(report.Cases) > 0 {
		if report.Mutation, err = o.mutate(ctx, l, suite, opts, fsys); err != nil {
			return err
		}
	} else if o.Mutate && len(report.Cases) > 0 {
		std.say("weir: the policy is not changed, because its tests do not pass as it is")
	}
	return o.conclude(std, l, suite, report, diags)
}

// mutate runs the same tests over the policy's mutants, within the budget.
func (o *testOptions) mutate(ctx context.Context, l *loaded, suite *policytest.Suite, opts policytest.Options, fsys fs.FS) (*mutate.Report, error) {
	limited, cancel := context.WithTimeout(ctx, o.Budget)
	defer cancel()
	opts.Brief = true
	report, err := mutate.Run(limited, fsys, l.loadOptions(), o.Most, func(ctx context.Context, _ fs.FS, set *policies.Set) (bool, error) {
		r, _, err := suite.Run(ctx, set, opts)
		return err == nil && r.Verdict != policytest.Passed, err
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return report, err
}

// options select the tests.
func (o *testOptions) options(l *loaded, suite *policytest.Suite) (policytest.Options, error) {
	opts := policytest.Options{Workers: runtime.GOMAXPROCS(0), PolicyDigest: l.policyDigest()}
	if o.Match != "" {
		opts.Run = regexp.MustCompile(o.Match)
	}
	for _, name := range o.Files {
		file, err := o.testFile(suite, name)
		if err != nil {
			return opts, err
		}
		opts.Files = append(opts.Files, file)
	}
	return opts, nil
}

// testFile finds a test file by its path in the policy's directory, or from here.
func (o *testOptions) testFile(suite *policytest.Suite, name string) (string, error) {
	inside := path.Clean(filepath.ToSlash(name))
	if suite.Source(inside) != nil {
		return inside, nil
	}
	dir, err := filepath.Abs(o.Policy)
	if err != nil {
		return "", err
	}
	if abs, err := filepath.Abs(name); err == nil {
		if rel, err := filepath.Rel(dir, abs); err == nil && suite.Source(filepath.ToSlash(rel)) != nil {
			return filepath.ToSlash(rel), nil
		}
	}
	return "", usage("weir test -p "+o.Policy, "%s is no test file of the policy; those end in _test.hcl or _test.rego", name)
}

// conclude writes the report and picks the exit code.
func (o *testOptions) conclude(std streams, l *loaded, suite *policytest.Suite, report *policytest.Report, diags hcl.Diagnostics) error {
	if len(diags) > 0 {
		if err := render.Diagnostics(std.Err, diags, testSources(l, suite), o.errColor(std)); err != nil {
			return err
		}
		std.say("")
	}
	if len(report.Cases) == 0 && report.Verdict != policytest.Broken {
		return o.noTests(suite)
	}
	if err := o.write(std, func(w io.Writer) error { return o.show(std, w, report) }); err != nil {
		return err
	}
	switch report.Verdict {
	case policytest.Broken:
		return exitFailed
	case policytest.Rejected:
		return exitRejected
	}
	return nil
}

// show writes the report in the format asked for.
func (o *testOptions) show(std streams, w io.Writer, report *policytest.Report) error {
	if o.Format == "json" {
		return render.JSON(w, report)
	}
	brief := func() *render.Brief { return render.TestBrief(report, (&reports{}).brief(o.Policy)) }
	if ok, err := writeBrief(w, o.Format, brief); ok {
		return err
	}
	return render.Tests(w, report, o.Policy, o.textOptions(std))
}

func (o *testOptions) textOptions(std streams) render.TextOptions {
	return o.textFlags.options(o.useColor(std))
}

// noTests says why nothing was run.
func (o *testOptions) noTests(suite *policytest.Suite) error {
	if suite.Files() == 0 {
		return usage("weir test --help", "%s has no tests: no file in it ends in _test.hcl or _test.rego", o.Policy)
	}
	if o.Match != "" {
		return usage("weir test -p "+o.Policy, "no test has a name that --run %q matches", o.Match)
	}
	return usage("weir test --help", "the test files of %s hold no tests", o.Policy)
}

// testSources finds the text behind a diagnostic, in tests, policy and recording.
func testSources(l *loaded, suite *policytest.Suite) render.Sources {
	return func(name string) (string, []byte) {
		if src := suite.Source(name); src != nil {
			return join(l.policyDir, name), src
		}
		return l.source(name)
	}
}

// watch runs the tests whenever a file of the policy has changed, until the context
// ends. What goes wrong with a file is said, and the next change waited for.
func (o *testOptions) watch(ctx context.Context, std streams) error {
	ticks := o.ticks
	if ticks == nil {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		ticks = t.C
	}
	seen := ""
	for {
		now, err := o.fingerprint()
		switch {
		case err != nil && seen == "":
			return err
		case err != nil:
			// The directory is gone, perhaps for a moment: a change of branch does that.
			if now = err.Error(); now != seen {
				std.say("\nweir: %s; waiting for it.\n", render.Escape(now))
			}
		case now != seen:
			if seen != "" {
				std.say("\nChanged; running again.\n")
			}
			if err := o.announce(ctx, std); err != nil {
				return err
			}
		}
		seen = now
		select {
		case <-ctx.Done():
			return nil // an interrupt is how watching ends
		case <-ticks:
		}
	}
}

// announce runs the tests and says what kept them from running.
func (o *testOptions) announce(ctx context.Context, std streams) error {
	err := o.once(ctx, std)
	var code exitCode
	var hinted *errWithHint
	switch {
	case err == nil, errors.As(err, &code):
		return nil
	case errors.As(err, &hinted):
		std.say("weir: %s", render.Escape(hinted.msg))
		return nil
	case ctx.Err() != nil:
		return nil
	}
	return err
}

// fingerprint tells one state of the policy's files from another. Names that begin
// with a dot do not count.
func (o *testOptions) fingerprint() (string, error) {
	fsys, err := openDir(o.Policy, "policy", "-p")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			fmt.Fprintf(&b, "%s %v\n", name, err) // it may be there again next time
			return nil
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			fmt.Fprintf(&b, "%s %s\n", name, contentDigest(fsys, name))
		}
		return nil
	})
	return b.String(), err
}

// contentDigest tells one content of a file from another: by the bytes of policies
// and tests, by size and time of anything else, such as recordings.
func contentDigest(fsys fs.FS, name string) string {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return err.Error()
	}
	if ext := path.Ext(name); ext != ".hcl" && ext != ".rego" || info.Size() > maxSnippetFile {
		return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err.Error()
	}
	return policies.FileDigest(name, src).SHA256
}
