package policytest

import (
	"context"

	"github.com/hashicorp/hcl/v2"

	"weir/policies"
	"weir/policies/regomod"
)

// runRego runs the tests of *_test.rego files with the policy's modules.
func (s *Suite) runRego(ctx context.Context, set *policies.Set, opts *Options) ([]Case, hcl.Diagnostics, error) {
	results, diags, err := s.regoTests(ctx, set, regomod.TestOptions{Wants: opts.wants, Coverage: opts.Rego})
	if err != nil {
		return nil, diags, err
	}
	var out []Case
	for _, r := range results {
		c := Case{Name: r.Name, File: r.File, Line: r.Line, Language: "rego", Passed: r.Passed}
		if !r.Passed {
			c.Failures = []Failure{{File: r.File, Line: r.FailedLine, Text: r.Name, Expected: "true", Got: r.Got, Explanation: r.Explanation}}
		}
		out = append(out, c)
	}
	return out, diags, nil
}

// regoTests runs those tests that are wanted.
func (s *Suite) regoTests(ctx context.Context, set *policies.Set, opts regomod.TestOptions) ([]regomod.TestResult, hcl.Diagnostics, error) {
	if len(s.rego) == 0 {
		return nil, nil, nil
	}
	return regomod.Test(ctx, set.Modules(), s.rego, opts)
}
