package policytest

import (
	"context"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"weir/policies"
	"weir/policies/regomod"
)

// Name is a test that a suite has.
type Name struct {
	Name string // of a Rego test with its package
	File string
}

// Names lists the tests of a suite without running any, those of *_test.rego with the
// policy's modules. Diagnostics are of test files that are broken, whose tests are left out.
func (s *Suite) Names(ctx context.Context, set *policies.Set) ([]Name, hcl.Diagnostics, error) {
	var out []Name
	for _, f := range s.files {
		for _, t := range f.tests {
			out = append(out, Name{t.name, f.name})
		}
	}
	seen := map[Name]bool{}
	none := func(file, name string) bool {
		if n := (Name{name, file}); !seen[n] { // a Rego test may be several rules
			seen[n] = true
			out = append(out, n)
		}
		return false
	}
	_, diags, err := s.regoTests(ctx, set, regomod.TestOptions{Wants: none})
	return out, append(slices.Clone(s.broken), diags...), err
}
