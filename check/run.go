package check

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/compare"
	"weir/engine"
	"weir/policies"
	"weir/policies/hclfile"
	"weir/policies/regomod"
	"weir/policytest"
	"weir/simulate"
)

// The parts of a check, in their order.
const (
	PartFormat     = "format"
	PartValidate   = "validate"
	PartLint       = "lint"
	PartTest       = "test"
	PartTrust      = "trust"
	PartSimulate   = "simulate"
	PartLimits     = "limits"
	PartGuardrails = "guardrails"
	PartInvariants = "invariants"
	PartDiff       = "diff"
)

// Parts lists them.
func Parts() []string {
	return []string{PartFormat, PartValidate, PartLint, PartTest, PartTrust, PartSimulate, PartLimits, PartGuardrails, PartInvariants, PartDiff}
}

// What could not be judged, because it could not be read.
const (
	// Invalid is the verdict on a policy that does not load: nothing else can be asked.
	Invalid Verdict = "invalid"
	// Broken is the verdict where a test file cannot be used, as weir test's is: nobody
	// knows what its tests would say. All other parts are asked.
	Broken Verdict = Verdict(policytest.Broken)
)

// Input is what is checked, and against what.
type Input struct {
	Policy compare.Policy // loaded without errors, or with Problems
	Files  fs.FS
	Dir    string // stands before the names of the policy's files in findings
	// Problems are what loading and validating found.
	Problems   hcl.Diagnostics
	Recordings []compare.Recorded
	Base       *compare.Policy // nil: there is nothing to compare with
	BaseFiles  fs.FS           // the base's policy files and tests; nil if there is none
	BaseList   Listing         // all that the base's directory holds; nil: BaseFiles is all
	Given      []Given         // of Recordings those that the base has too
	// Unborn says where the base lacks a policy, so that Base is nil though one was
	// asked for: the change brings the first. "" if it does not.
	Unborn string
	// TrustBase takes limits and guardrails from Base, and its invariants besides.
	TrustBase bool
	Strict    bool                      // warnings reject
	Off       map[string]string         // parts that are switched off, and why
	Tries     int                       // see [compare.Options]
	Workers   int                       // tests that run at once; 0 for one
	JSON      func(any) ([]byte, error) // a plan or simulation as it is printed, for guardrails
}

// Run asks every part that is not switched off and has what it needs. What cannot be
// asked is off and says why. An error is one of the context, of I/O or of a guardrail that
// fails: then nothing is concluded.
func Run(ctx context.Context, in Input) (*Report, error) {
	c := &checker{Input: in, Report: &Report{Format: Format, PolicyDigest: in.Policy.Digest, Findings: []Finding{}}}
	for _, p := range c.parts() {
		if err := c.part(ctx, p); err != nil {
			return nil, err
		}
	}
	c.conclude()
	return c.Report, nil
}

// checker is one check.
type checker struct {
	Input
	*Report
	simulated []Simulation      // nil until a part asks for them; see runs
	suite     *policytest.Suite // nil until a part asks for it; see tests
}

// part is a name, what keeps it from being asked ("" for nothing), and how it is.
type part struct {
	name, lacks string
	ask         func(context.Context) error
}

func (c *checker) parts() []part {
	invalid, recordings, base, trust := "", "", "", ""
	if c.Problems.HasErrors() {
		invalid = "the policy is not valid"
	}
	if len(c.Recordings) == 0 {
		recordings = "no recording was given"
	}
	diff := ""
	switch {
	case c.Base == nil && c.Unborn != "":
		base = "the base has no policy"
	case c.Base == nil:
		base = "no base was given"
		diff = base
	}
	if !c.TrustBase {
		trust = "limits and guardrails are the change's own"
	}
	or := func(reasons ...string) string {
		for _, r := range reasons {
			if r != "" {
				return r
			}
		}
		return ""
	}
	return []part{
		{PartFormat, "", c.format},
		{PartValidate, "", c.validate},
		{PartLint, invalid, c.lint},
		{PartTest, or(invalid, c.noTests()), c.test},
		{PartTrust, or(invalid, base, trust), c.trust},
		{PartSimulate, or(invalid, recordings), c.simulate},
		{PartLimits, or(invalid, recordings), c.limits},
		{PartGuardrails, or(invalid, recordings, c.noGuardrails()), c.guardrails},
		{PartInvariants, or(invalid, c.noInvariants()), c.invariants},
		{PartDiff, or(invalid, diff), c.diff},
	}
}

func (c *checker) part(ctx context.Context, p part) error {
	why := c.Off[p.name]
	if why == "" {
		why = p.lacks
	}
	if p.name == PartValidate && c.Problems.HasErrors() {
		why = "" // a policy that does not load is said to be so, whatever is asked
	}
	if why != "" {
		c.Parts = append(c.Parts, Part{p.name, StatusOff, why})
		return nil
	}
	c.Parts = append(c.Parts, Part{Name: p.name, Status: StatusPassed})
	if p.ask == nil {
		return nil
	}
	return p.ask(ctx)
}

func (c *checker) find(f Finding) {
	f.File = c.place(f.File)
	c.Findings = append(c.Findings, f)
}

// place is a policy file's name from the repository's root.
func (c *checker) place(file string) string {
	if file == "" || file == policies.DefaultsFile {
		return ""
	}
	return path.Join(c.Dir, file)
}

// ofBase says that a finding's place is the base's, where that is not the change's as well:
// nothing may point to lines that say something else.
func (c *checker) ofBase(f Finding) Finding {
	if c.Base == nil || f.File == "" || f.File == policies.DefaultsFile {
		return f
	}
	if was, is := fileText(c.BaseFiles, f.File), fileText(c.Files, f.File); was != nil && bytes.Equal(was, is) {
		return f
	}
	f.Text += fmt.Sprintf(" (the base's, %s:%d)", f.File, f.Line)
	f.File, f.Line, f.Column, f.EndLine, f.EndColumn = "", 0, 0, 0, 0
	return f
}

// fileText is a policy file's text; nil if there is none, or it cannot be read.
func fileText(fsys fs.FS, name string) []byte {
	if fsys == nil {
		return nil
	}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil
	}
	return text
}

// format finds files that weir fmt would change.
func (c *checker) format(context.Context) error {
	lay := map[string]func([]byte, string) ([]byte, hcl.Diagnostics){".hcl": hclfile.Format, ".rego": regomod.Format}
	return fs.WalkDir(c.Files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // validate says it
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && lay[path.Ext(name)] != nil:
			info, err := d.Info()
			if err != nil || info.Size() > hclfile.MaxBytes {
				return nil // too large, which validate says
			}
			src, err := fs.ReadFile(c.Files, name)
			if err != nil {
				return nil
			}
			if out, diags := lay[path.Ext(name)](src, name); !diags.HasErrors() && !bytes.Equal(src, out) {
				c.find(Finding{Rule: ruleFormat, Part: PartFormat, Severity: engine.SeverityWarning, Text: name + " is not laid out as weir fmt does.",
					Remedy: "Run weir fmt.", File: name, Line: 1})
			}
		}
		return nil
	})
}

func (c *checker) validate(context.Context) error {
	for _, d := range c.Problems {
		c.diagnostic(PartValidate, d)
	}
	return nil
}

func (c *checker) lint(context.Context) error {
	for _, d := range c.Policy.Set.Lint() {
		c.diagnostic(PartLint, d)
	}
	return nil
}

// diagnostic takes a diagnostic over; its rule is made of its summary.
func (c *checker) diagnostic(part string, d *hcl.Diagnostic) {
	f := Finding{Rule: RuleID(d), Part: part, Severity: engine.SeverityError, Text: d.Summary + ": " + d.Detail}
	if d.Severity == hcl.DiagWarning {
		f.Severity = engine.SeverityWarning
	}
	if s := d.Subject; s != nil {
		f.File = s.Filename
		if f.File != policies.Everything {
			f.Line, f.Column, f.EndLine, f.EndColumn = s.Start.Line, s.Start.Column, s.End.Line, s.End.Column
		}
	}
	c.find(f)
}

// tests are the policy's own, read when a part first asks for them.
func (c *checker) tests() *policytest.Suite {
	if c.suite == nil {
		c.suite = policytest.Load(c.Files)
	}
	return c.suite
}

func (c *checker) noTests() string {
	if c.Files == nil || c.tests().Files() == 0 {
		return "the policy has no tests"
	}
	return ""
}

func (c *checker) test(ctx context.Context) error {
	report, diags, err := c.tests().Run(ctx, c.Policy.Set, policytest.Options{Workers: c.Workers, PolicyDigest: c.Policy.Digest})
	if err != nil {
		return err
	}
	c.Tests = report
	for _, d := range diags {
		c.diagnostic(PartTest, d)
	}
	for _, t := range report.Cases {
		for _, f := range t.Failures {
			text := f.Text
			if f.Expected != "" || f.Got != "" {
				text = fmt.Sprintf("%s: expected %s, got %s", f.Text, f.Expected, f.Got)
			}
			c.find(Finding{Rule: RuleTestFailed, Part: PartTest, Severity: engine.SeverityError, Text: "Test " + t.Name + ": " + text, File: f.File, Line: f.Line})
		}
	}
	return nil
}

// trust names what the change does to what is taken from the base, and to what
// would tell on it.
func (c *checker) trust(context.Context) error {
	for _, change := range policies.Changes(c.Base.Set, c.Policy.Set) {
		limit := strings.Contains(change.What, "limits.")
		module := strings.HasPrefix(change.What, "module ")
		invariant := strings.HasPrefix(change.What, "invariant ") && change.Old != nil
		if !limit && !module && !invariant {
			continue
		}
		f := Finding{Rule: ruleLimits, Part: PartTrust, Severity: engine.SeverityWarning, Text: change.What + " " + change.Text + "; the base's limits count here.",
			Remedy: "Review it by itself."}
		if module {
			f.Rule, f.Text = ruleModule, change.What+" "+change.Text+"; guardrails are the base's here."
		}
		if invariant {
			f.Rule, f.Text = ruleInvariant, change.What+" "+change.Text+"; the base's holds here as well."
		}
		if change.New != nil {
			f.File, f.Line = change.New.File, change.New.Line
		}
		c.find(f)
	}
	return nil
}

// set is the policy as it is simulated: with the base's limits and invariants, if
// those are trusted.
func (c *checker) set() *policies.Set {
	if c.TrustBase && c.Base != nil {
		return c.Policy.Set.WithLimitsOf(c.Base.Set).WithInvariantsOf(c.Base.Set)
	}
	return c.Policy.Set
}

// judges is the policy whose guardrails count.
func (c *checker) judges() *policies.Set {
	if c.TrustBase && c.Base != nil {
		return c.Base.Set
	}
	return c.Policy.Set
}

// runs are the simulations over the recordings, made when a part first asks for them:
// limits, guardrails and invariants are asked of them too, whether or not their own
// findings are wanted. What is wrong with a recording is a finding of that part.
func (c *checker) runs(ctx context.Context, part string) ([]Simulation, error) {
	if c.simulated != nil {
		return c.simulated, nil
	}
	c.simulated = []Simulation{}
	for _, rec := range c.Recordings {
		res, diags, err := simulate.Run(ctx, rec.Source, c.set(), simulate.Options{PolicyDigest: c.Policy.Digest, RecordingDigest: rec.Digest})
		if err != nil {
			return nil, err
		}
		for _, d := range diags {
			c.diagnostic(part, d)
		}
		if res != nil {
			c.simulated = append(c.simulated, Simulation{rec.Name, res})
		}
	}
	return c.simulated, nil
}

// partOf is the part that a simulation's finding belongs to.
func partOf(code string) string {
	switch code {
	case limitTripped:
		return PartLimits
	case invariantBroken, invariantUnknown:
		return PartInvariants
	}
	return PartSimulate
}

// take takes a part's findings of the simulations over.
func (c *checker) take(ctx context.Context, part string) error {
	runs, err := c.runs(ctx, part)
	if err != nil {
		return err
	}
	for _, s := range runs {
		for _, f := range s.Result.Findings {
			if partOf(f.Code) != part {
				continue
			}
			out := Finding{Rule: f.Code, Part: part, Severity: f.Severity, Text: f.Text, Remedy: f.Remedy, Users: f.Users, Items: f.Items}
			if f.Policy != nil {
				out.File, out.Line = f.Policy.File, f.Policy.Line
			}
			if c.trusted(f.Policy) {
				out = c.ofBase(out)
			}
			if part == PartLimits && c.TrustBase {
				out.Text += "; the base's limits count here"
			}
			c.find(out)
		}
	}
	return nil
}

// trusted reports that an invariant was taken from the base.
func (c *checker) trusted(at *engine.PolicyRef) bool {
	return at != nil && strings.HasSuffix(at.Name, policies.OfBase) && !c.Policy.Set.HasInvariant(at.Name)
}

func (c *checker) simulate(ctx context.Context) error {
	err := c.take(ctx, PartSimulate)
	c.Simulations = c.simulated
	return err
}

func (c *checker) limits(ctx context.Context) error { return c.take(ctx, PartLimits) }

func (c *checker) noInvariants() string {
	if set := c.set(); set == nil || len(set.Invariants()) == 0 {
		return "the policy has no invariants"
	}
	return ""
}

// invariants asks whether they are kept over the recordings, and for all inputs.
func (c *checker) invariants(ctx context.Context) error {
	if err := c.take(ctx, PartInvariants); err != nil {
		return err
	}
	promises, err := compare.Promises(ctx, c.set())
	if err != nil {
		return err
	}
	c.Invariants = promises
	for _, p := range promises {
		f := Finding{Part: PartInvariants, Text: "Invariant " + p.Name + " is " + p.Text}
		switch p.Status {
		case compare.Proved:
			continue
		case compare.Refuted:
			f.Rule, f.Severity = ruleRefuted, engine.SeverityError
			f.Text += ", for example where " + p.Example.Where()
		default:
			f.Rule, f.Severity, f.Text = ruleUndecided, engine.SeverityWarning, "Invariant "+p.Name+": "+p.Text
		}
		f.Remedy = remedyOf(f.Rule)
		if p.Policy != nil {
			f.File, f.Line = p.Policy.File, p.Policy.Line
		}
		if c.trusted(p.Policy) {
			f = c.ofBase(f)
		}
		c.find(f)
	}
	return nil
}

func (c *checker) noGuardrails() string {
	if set := c.judges(); set == nil || !set.HasGuardrails("plan") && !set.HasGuardrails("simulation") {
		return "the policy has no guardrails"
	}
	return ""
}

// guardrails asks about every simulation, and about a plan of each recording's last
// instant.
func (c *checker) guardrails(ctx context.Context) error {
	runs, err := c.runs(ctx, PartGuardrails)
	if err != nil {
		return err
	}
	for _, s := range runs {
		if err := c.judge(ctx, "simulation", s.Result); err != nil {
			return err
		}
	}
	for _, rec := range c.Recordings {
		if !c.judges().HasGuardrails("plan") {
			break
		}
		snap, diags := rec.Source.At(rec.Source.Last())
		if diags.HasErrors() {
			continue
		}
		plan, diags, err := engine.MakePlan(ctx, snap, c.set(), engine.Options{Session: 1, PolicyDigest: c.Policy.Digest, RecordingDigest: rec.Digest})
		if err != nil {
			return err
		}
		if !diags.HasErrors() {
			if err := c.judge(ctx, "plan", plan); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) judge(ctx context.Context, kind string, doc any) error {
	if !c.judges().HasGuardrails(kind) {
		return nil
	}
	text, err := c.JSON(doc)
	if err != nil {
		return err
	}
	verdicts, err := c.judges().Guardrails(ctx, kind, text)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		f := Finding{Rule: RuleGuardrailWarns, Part: PartGuardrails, Severity: engine.SeverityWarning, Text: v.Message, File: v.File, Line: v.Line}
		if v.Deny {
			f.Rule, f.Severity = RuleGuardrailDenies, engine.SeverityError
		}
		if c.TrustBase {
			f = c.ofBase(f)
		}
		c.find(f)
	}
	return nil
}

// diff compares with the base, each policy with limits of its own: what will be once the
// change is in. Flips reject nothing by themselves: they are there to be looked at.
func (c *checker) diff(ctx context.Context) error {
	if c.Base == nil {
		f := Finding{Rule: ruleUnborn, Part: PartDiff, Severity: engine.SeverityWarning, Text: "There is no policy " + c.Unborn + ": all of this one is new, and nothing was compared.",
			Remedy: remedyOf(ruleUnborn)}
		if c.TrustBase {
			f.Text += " Limits and guardrails are the change's own."
		}
		c.find(f)
		return nil
	}
	report, diags, err := compare.Run(ctx, *c.Base, c.Policy, c.Recordings, compare.Options{Tries: c.Tries})
	if err != nil {
		return err
	}
	for _, d := range diags {
		c.diagnostic(PartDiff, d)
	}
	c.Diff = report
	return c.removed(ctx)
}

// conclude gives every part its status, and the whole its verdict.
func (c *checker) conclude() {
	c.Verdict = Passed
	for i := range c.Parts {
		p := &c.Parts[i]
		for _, f := range c.Findings {
			switch {
			case f.Part != p.Name || p.Status == StatusOff:
			case f.Severity == engine.SeverityError, c.Strict && f.Severity == engine.SeverityWarning:
				p.Status = StatusFailed
			case f.Severity == engine.SeverityWarning && p.Status == StatusPassed:
				p.Status = StatusWarned
			}
		}
		if p.Status == StatusFailed {
			c.Verdict = Rejected
		}
	}
	switch {
	case c.Problems.HasErrors():
		c.Verdict = Invalid
	case c.Tests != nil && c.Tests.Verdict == policytest.Broken:
		c.Verdict = Broken
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int {
		return slices.Index(Parts(), a.Part) - slices.Index(Parts(), b.Part)
	})
}
