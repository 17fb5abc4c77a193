package regomod_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/regomod"
)

const guardedModule = `package weir.guardrails

import data.lib

# the index knows of this one without evaluating it
deny contains "rejected" if input.plan.verdict == "rejected"

deny contains msg if {
	some user in input.plan.users
	removals := [o | some o in user.operations; lib.is_removal(o); not o.held]
	count(removals) > limit
	msg := sprintf("%s loses %d", [user.user, count(removals)])
}

warn contains "all held" if {
	every user in input.plan.users {
		user.held > 0
	}
	not quiet
}

limit := 1

quiet if input.plan.summary.skipped == 0

unused if input.plan.summary.skipped == 1
`

const guardedLib = `package lib

is_removal(o) if o.op == "delete"
else if {
	o.op == "unlink"
	o.on == "mailbox"
}

elsewhere if input.user.active
`

// seen runs tests and says of every part what it answered: T, F, both or neither, with
// "b" for what binds.
func seen(t *testing.T, tests string) []string {
	t.Helper()
	modules := []regomod.Source{{Path: "lib.rego", Text: []byte(guardedLib)}, {Path: "g.rego", Text: []byte(guardedModule)}}
	cov := regomod.NewCoverage(modules)
	var sources []regomod.Source
	if tests != "" {
		sources = append(sources, regomod.Source{Path: "g_test.rego", Text: []byte("package weir.guardrails_test\n\nimport data.weir.guardrails as g\n\n" + tests)})
	}
	results, diags, err := regomod.Test(t.Context(), modules, sources, regomod.TestOptions{Coverage: cov})
	require.NoError(t, err)
	require.Empty(t, diags)
	for _, r := range results {
		assert.True(t, r.Passed, "%v", r)
	}
	var out []string
	for _, r := range cov.Rules() {
		out = append(out, fmt.Sprintf("%s:%d %s", r.File, r.Line, r.What))
		for _, p := range r.Parts {
			answers := ""
			for _, a := range []struct {
				yes  bool
				mark string
			}{{p.Binds, "b"}, {p.True, "T"}, {p.False, "F"}} {
				if a.yes {
					answers += a.mark
				}
			}
			out = append(out, fmt.Sprintf("  %d %s [%s]", p.Line, p.Text, answers))
		}
	}
	return out
}

func TestCoverage(t *testing.T) {
	got := seen(t, `
test_nothing if {
	count(g.deny) == 0 with input as {"plan": {"verdict": "clean", "users": [{"user": "ann", "held": 1, "operations": [{"op": "create", "held": false}]}], "summary": {"skipped": 0}}}
	count(g.warn) == 0 with input as {"plan": {"verdict": "clean", "users": [{"user": "ann", "held": 1, "operations": []}], "summary": {"skipped": 0}}}
}

test_removals if {
	g.deny["ann loses 2"] with input as {"plan": {"users": [{"user": "ann", "operations": [
		{"op": "delete", "held": false}, {"op": "unlink", "on": "mailbox", "held": false}, {"op": "delete", "held": true}]}]}}
}
`)
	assert.Equal(t, strings.Split(`g.rego:6 guardrail deny
  6 input.plan.verdict == "rejected" [F]
g.rego:8 guardrail deny
  9 some user in input.plan.users [bT]
  10 removals := [o | some o in user.operations; lib.is_removal(o); not o.held] [bT]
  10 some o in user.operations [bT]
  10 lib.is_removal(o) [TF]
  10 not o.held [TF]
  11 count(removals) > limit [TF]
  12 msg := sprintf("%s loses %d", [user.user, count(removals)]) [bT]
g.rego:15 guardrail warn
  16 every user in input.plan.users { user.held > 0 } [T]
  17 user.held > 0 [T]
  19 not quiet [F]
g.rego:22 helper weir.guardrails.limit
  22 limit := 1 [bT]
g.rego:24 helper weir.guardrails.quiet
  24 input.plan.summary.skipped == 0 [T]
lib.rego:3 helper lib.is_removal
  3 o.op == "delete" [TF]
lib.rego:4 helper lib.is_removal
  5 o.op == "unlink" [TF]
  6 o.on == "mailbox" [T]`, "\n"), got)
}

// What no test evaluates is there, and what guardrails do not use is not.
func TestCoverageOfNothing(t *testing.T) {
	got := seen(t, "")
	assert.Len(t, got, 23)
	for _, line := range got {
		assert.NotRegexp(t, `\[b?[TF]+\]`, line)
		assert.NotContains(t, line, "unused")
		assert.NotContains(t, line, "elsewhere")
	}
}

// A test ends as it does when nobody watches, also one that spends all it may.
func TestCoverageChangesNoTest(t *testing.T) {
	module := regomod.Source{Path: "g.rego", Text: []byte("package weir.guardrails\n\ndeny contains \"many\" if count(input.plan.users) > 1\n")}
	test := regomod.Source{Path: "g_test.rego", Text: []byte(`package weir.guardrails_test

test_much if {
	some a in numbers.range(1, 1000)
	some b in numbers.range(1, 1000)
	a + b == -1
}

test_fails if count(data.weir.guardrails.deny) == 1 with input as {"plan": {"users": []}}
`)}
	run := func(c *regomod.Coverage) []regomod.TestResult {
		results, _, err := regomod.Test(t.Context(), []regomod.Source{module}, []regomod.Source{test}, regomod.TestOptions{Coverage: c})
		require.NoError(t, err)
		require.Len(t, results, 2)
		return results
	}
	cov := regomod.NewCoverage([]regomod.Source{module})
	assert.Equal(t, run(nil), run(cov))
	part := cov.Rules()[0].Parts[0]
	assert.True(t, part.False && !part.True, "a test that fails has been run all the same")
}
