package check

import (
	"context"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policytest"
)

// removed finds the tests and recordings that the base's directory has and the change's
// has not, or has otherwise: a change that would fail a test could remove it.
func (c *checker) removed(ctx context.Context) error {
	if c.Files == nil || c.BaseFiles == nil {
		return nil
	}
	if err := c.removedTests(ctx); err != nil {
		return err
	}
	return c.changedRecordings(ctx)
}

// removedTests goes by names: a test that moved to another file is still there. One that is
// there and expects something else now is tried as the base has it: else a change that would
// fail a test could empty it.
func (c *checker) removedTests(ctx context.Context) error {
	suite := policytest.LoadOver(c.BaseFiles, c.Files)
	was, broken, err := suite.Names(ctx, c.Base.Set)
	if err != nil {
		return err
	}
	c.baseTestsBroken(broken)
	is, _, err := c.tests().Names(ctx, c.Policy.Set)
	if err != nil {
		return err
	}
	report, _, err := suite.Run(ctx, c.Policy.Set, policytest.Options{Workers: c.Workers, Brief: true})
	if err != nil {
		return err
	}
	passed := passing(report, func(t *policytest.Case) policytest.Name { return policytest.Name{File: t.File, Name: t.Name} })
	now := map[string]int{}
	for _, t := range is {
		now[t.Name]++
	}
	// Of tests of the change's own that fail, enough is said.
	own := passing(c.Tests, func(t *policytest.Case) string { return t.Name })
	for _, t := range was {
		now[t.Name]--
		switch {
		case now[t.Name] < 0:
			c.find(Finding{Rule: ruleTestRemoved, Part: PartDiff, Severity: engine.SeverityWarning,
				Text: "The base has the test " + t.Name + " in " + t.File + ", and the change does not.", Remedy: remedyOf(ruleTestRemoved)})
		case !passed[t] && (c.Tests == nil || own[t.Name]):
			c.find(Finding{Rule: ruleTestChanged, Part: PartDiff, Severity: engine.SeverityWarning,
				Text: "The test " + t.Name + " as the base has it in " + t.File + " does not pass under this policy; the change has it otherwise.", Remedy: remedyOf(ruleTestChanged)})
		}
	}
	return nil
}

// baseTestsBroken names the base's test files that cannot be used, each once: which of their
// tests the change has no more is not known.
func (c *checker) baseTestsBroken(diags hcl.Diagnostics) {
	said := map[string]bool{}
	for _, d := range diags {
		if d.Severity != hcl.DiagError || d.Subject == nil || said[d.Subject.Filename] {
			continue
		}
		said[d.Subject.Filename] = true
		c.find(Finding{Rule: ruleBaseTestBroken, Part: PartDiff, Severity: engine.SeverityNotice,
			Text: fmt.Sprintf("The base's test file %s cannot be used (line %d: %s), and what of its tests the change has no more is not known.", d.Subject.Filename, d.Subject.Start.Line, d.Summary), Remedy: remedyOf(ruleBaseTestBroken)})
	}
}

// passing are the tests of which every case of their name passes; none of no report.
func passing[K comparable](r *policytest.Report, name func(*policytest.Case) K) map[K]bool {
	out := map[K]bool{}
	if r == nil {
		return out
	}
	for i := range r.Cases {
		t := &r.Cases[i]
		before, again := out[name(t)]
		out[name(t)] = t.Passed && (before || !again)
	}
	return out
}
