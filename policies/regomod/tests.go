package regomod

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// This file runs *_test.rego modules through OPA's own tester, under the same
// allow-list of functions and the same kind of bounds as policies: a test cannot
// reach what a policy cannot.

// TestOptions say which tests run.
type TestOptions struct {
	// Wants selects tests by file and full name, such as "weir.rules_test.test_hold".
	Wants func(file, name string) bool
	// Coverage is told what the tests evaluate; nil for nobody.
	Coverage *Coverage
}

// TestResult is what came of one test.
type TestResult struct {
	Name   string // with its package, without "data."
	File   string
	Line   int
	Passed bool
	// FailedLine is the line of what did not hold: the test's own where none is known.
	FailedLine  int
	Got         string
	Explanation []string
}

// toTest is for one test.
// The steps are what ends a test, so that it ends alike on every machine: the deadline
// is for the one built-in that takes all its time without a step.
var toTest = allowance{steps: 500_000, units: 64 << 20, deadline: time.Minute}

// Test runs the tests of test modules over the modules of a policy, in the order of
// files and lines. A test module that is wrong is among the diagnostics, and the
// others run without it.
func Test(ctx context.Context, modules, tests []Source, opts TestOptions) (results []TestResult, diags hcl.Diagnostics, err error) {
	install()
	defer func() {
		if x := recover(); x != nil {
			c := &compiler{order: []string{tests[0].Path}}
			results, diags = nil, append(diags, c.internal(fmt.Sprint(x)))
		}
	}()
	left := slices.Clone(tests)
	for len(left) > 0 {
		c, opa := compileTests(modules, left)
		if opa != nil {
			results, err = runTests(ctx, c, opa, left, opts)
			return results, diags, err
		}
		diags = append(diags, c.diags...)
		wrong := map[string]bool{}
		for _, d := range c.diags {
			wrong[d.Subject.Filename] = true
		}
		before := len(left)
		left = slices.DeleteFunc(left, func(s Source) bool { return wrong[s.Path] })
		if len(left) == before {
			break // it is the policy's own modules that cannot be compiled with tests
		}
	}
	return nil, diags, nil
}

// compileTests compiles modules and tests together; the result is nil if they are
// wrong, which has been reported.
func compileTests(modules, tests []Source) (*compiler, *ast.Compiler) {
	c := &compiler{files: map[string]*file{}, tests: true}
	for _, src := range slices.Concat(modules, tests) {
		c.parse(src)
	}
	if c.diags.HasErrors() {
		return c, nil
	}
	if c.checkCompiling(); c.diags.HasErrors() {
		return c, nil
	}
	parsed := make(map[string]*ast.Module, len(c.files))
	for path, f := range c.files {
		parsed[path] = f.module
	}
	opa := ast.NewCompiler().WithCapabilities(capabilities()).WithSchemas(schemas()).WithDefaultRegoVersion(ast.RegoV1).SetErrorLimit(maxErrors)
	// A filter that no name matches: the tester compiles, in its own way, and runs nothing.
	ch, err := tester.NewRunner().SetCompiler(opa).SetStore(noData).SetModules(parsed).Filter("^$").RunTests(context.Background(), nil)
	if err != nil {
		c.reportAll(err)
		return c, nil
	}
	for range ch {
		continue // there is none
	}
	c.opa = opa
	c.checkPatterns()
	if c.diags.HasErrors() {
		return c, nil
	}
	return c, opa
}

// testCase is a test to be run.
type testCase struct {
	rule *ast.Rule
	name string
	file *file
}

func runTests(ctx context.Context, c *compiler, opa *ast.Compiler, tests []Source, opts TestOptions) ([]TestResult, error) {
	var cases []testCase
	for _, src := range tests {
		for _, rule := range opa.Modules[src.Path].Rules {
			name := strings.TrimPrefix(dotted(rule.Module.Package.Path.Extend(rule.Head.Ref().GroundPrefix())), "data.")
			last := name[strings.LastIndexByte(name, '.')+1:]
			if !strings.HasPrefix(last, tester.TestPrefix) || opts.Wants != nil && !opts.Wants(src.Path, name) {
				continue
			}
			same := func(t testCase) bool { return t.name == name && t.file.Path == src.Path }
			if !slices.ContainsFunc(cases, same) {
				cases = append(cases, testCase{rule, name, c.files[src.Path]})
			}
		}
	}
	watched := opts.Coverage.in(opa)
	var results []TestResult
	for _, t := range cases { // one after the other: OPA's runners write to their compiler
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results = append(results, t.run(ctx, opa))
		if watched != nil {
			watched.run(ctx, opa, t.ref())
		}
	}
	slices.SortStableFunc(results, func(a, b TestResult) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return results, ctx.Err()
}

// ref is the test's name as OPA knows it.
func (t *testCase) ref() ast.Ref {
	return t.rule.Module.Package.Path.Extend(t.rule.Head.Ref().GroundPrefix())
}

// run runs one test within its allowance.
func (t *testCase) run(ctx context.Context, opa *ast.Compiler) TestResult {
	line := t.file.at(t.rule.Loc()).Start.Line
	out := TestResult{Name: t.name, File: t.file.Path, Line: line, FailedLine: line}
	tr := &testTracer{file: t.file.Path}
	var got *tester.Result
	err := within(ctx, toTest, func(ctx context.Context, b *budget) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		tr.steps = func() {
			if b.Cancelled() {
				cancel()
			}
		}
		ch, err := tester.NewRunner().SetCompiler(opa).SetStore(noData).SetParallel(1).SetTimeout(2*toTest.deadline).
			SetCoverageQueryTracer(tr).SetPrefixMatchers(t.ref()).RunTests(ctx, nil)
		if err != nil {
			return err
		}
		for r := range ch {
			if got == nil || !r.Pass() {
				got = r
			}
		}
		return nil
	})
	switch {
	case err != nil:
		out.Got = "the test could not be run: " + err.Error()
		return out
	case got == nil:
		out.Got = "the test was not run"
		return out
	case got.Error != nil:
		out.Got = "an error: " + errorText(got.Error)
		out.FailedLine = errorLine(got.Error, t.file.Path, line)
		return out
	}
	if out.Passed = got.Pass(); !out.Passed {
		out.Got = "undefined or false"
		if at := tr.failed; at != nil {
			out.FailedLine = at.Row
			out.Explanation = []string{fmt.Sprintf("%s:%d does not hold: %s", at.File, at.Row, shortened(firstLine(string(at.Text))))}
		}
	}
	return out
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(first)
}

func errorText(err error) string {
	var e *topdown.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

func errorLine(err error, file string, otherwise int) int {
	var e *topdown.Error
	if errors.As(err, &e) && e.Location != nil && e.Location.File == file {
		return e.Location.Row
	}
	return otherwise
}

// testTracer counts steps, and remembers which expression of the test file failed
// last: what was tried furthest.
type testTracer struct {
	file   string
	steps  func()
	failed *ast.Location
}

// Enabled implements topdown.QueryTracer.
func (*testTracer) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (*testTracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (t *testTracer) TraceEvent(e topdown.Event) {
	t.steps()
	if e.Op != topdown.FailOp || e.Node == nil {
		return
	}
	if at := e.Node.Loc(); at != nil && at.File == t.file && (t.failed == nil || at.Row >= t.failed.Row) {
		t.failed = at
	}
}
