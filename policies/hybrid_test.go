package policies_test

import (
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/library"
)

// hclPolicies are policies without Rego.
func hclPolicies(t *testing.T) map[string]*policies.Set {
	out := map[string]*policies.Set{"nothing": policies.Default(), "before": loadText(t, beforeText), "after": loadText(t, afterText), "starter": loadText(t, string(policies.Starter()))}
	dirs := map[string]fs.FS{"example": os.DirFS("../examples/policy-repo/policy"), "demo": os.DirFS("../fixtures/acme/policy")}
	for _, p := range library.List() {
		fsys, ok := library.Open(p.Name)
		require.True(t, ok)
		dirs["library "+p.Name] = fsys
	}
	for name, fsys := range dirs {
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), "%s: %s", name, diags)
		if len(set.RegoOpaque()) == 0 && !set.HasRegoSettings() && !set.HasGuardrails("plan") && !set.HasGuardrails("simulation") {
			out[name] = set
		}
	}
	return out
}

// With none of the changes a hybrid is the policy before, with all of them the one
// after; and what lies between changes neither.
func TestHybridsLieBetween(t *testing.T) {
	sets := hclPolicies(t)
	require.Greater(t, len(sets), 8)
	tried := 0
	for from, before := range sets {
		for to, after := range sets {
			changes := policies.Changes(before, after)
			assert.True(t, policies.Equivalent(before, policies.Hybrid(before, after, nil)), "%s: none of the changes to %s", from, to)
			assert.Empty(t, policies.Changes(policies.Hybrid(before, after, changes), after), "%s: all of the changes to %s", from, to)
			for i := range changes {
				half := policies.Hybrid(before, after, changes[i:i+1])
				rest := policies.Changes(half, after)
				assert.LessOrEqual(t, len(rest), len(changes)+1, "%s to %s: %s brings nothing new", from, to, changes[i].What)
				tried++
			}
		}
	}
	t.Logf("%d policies, %d hybrids of one change", len(sets), tried)
}
