package docgen_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policytest"
)

// testExamples are the policy and the tests that the page shows.
func testExamples(t *testing.T) fstest.MapFS {
	fsys := fstest.MapFS{"rules.rego": {Data: []byte("package weir.rules\n\nhold contains {\"reason\": \"legal hold\"} if input.item.title == \"Litigation\"\n")}}
	for _, b := range blocks(t, "tests.md", "hcl") {
		name := map[string]string{"policy": "org.hcl", "tests": "private_test.hcl"}[b.info]
		require.NotEmpty(t, name, "line %d", b.line)
		fsys[name] = &fstest.MapFile{Data: []byte(b.text)}
	}
	for _, b := range blocks(t, "tests.md", "rego") {
		name := map[string]string{"policy": "guardrails.rego", "tests": "rules_test.rego"}[b.info]
		require.NotEmpty(t, name, "line %d", b.line)
		fsys[name] = &fstest.MapFile{Data: []byte(b.text)}
	}
	return fsys
}

// TestTestExamples: the tests that the page shows pass over the policy it shows, and
// fail over the default policy.
func TestTestExamples(t *testing.T) {
	fsys := testExamples(t)
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(t, diags)
	report, diags, err := policytest.Load(fsys).Run(t.Context(), set, policytest.Options{})
	require.NoError(t, err)
	require.Empty(t, diags)
	assert.Equal(t, policytest.Passed, report.Verdict, "%+v", report.Cases)
	assert.Equal(t, 4, report.Passed)
	report, _, err = policytest.Load(fsys).Run(t.Context(), policies.Default(), policytest.Options{})
	require.NoError(t, err)
	assert.Zero(t, report.Passed)
}
