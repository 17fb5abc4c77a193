package regomod_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/regomod"
)

var testedModule = regomod.Source{Path: "rules.rego", Text: []byte(`package weir.rules

hold contains {"reason": "legal hold"} if input.item.title == "Litigation"
`)}

func runTests(t *testing.T, text string, opts regomod.TestOptions) ([]regomod.TestResult, []string) {
	t.Helper()
	results, diags, err := regomod.Test(t.Context(), []regomod.Source{testedModule}, []regomod.Source{{Path: "a_test.rego", Text: []byte(text)}}, opts)
	require.NoError(t, err)
	var said []string
	for _, d := range diags {
		said = append(said, d.Error())
	}
	return results, said
}

func TestTestsOfModules(t *testing.T) {
	results, said := runTests(t, `package weir.rules_test

import data.weir.rules

test_hold if {
	count(rules.hold) == 1 with input as {"item": {"title": "Litigation"}}
}

test_fails if {
	some x in [1, 2]
	x == 3
}

not_a_test if true
`, regomod.TestOptions{})
	require.Empty(t, said)
	require.Len(t, results, 2)
	assert.Equal(t, regomod.TestResult{Name: "weir.rules_test.test_hold", File: "a_test.rego", Line: 5, Passed: true, FailedLine: 5}, results[0])
	assert.False(t, results[1].Passed)
	assert.Equal(t, 11, results[1].FailedLine)
	assert.Equal(t, []string{"a_test.rego:11 does not hold: x == 3"}, results[1].Explanation)
	some, _ := runTests(t, "package a_test\n\ntest_a if true\n\ntest_b if true\n", regomod.TestOptions{Wants: func(_, name string) bool { return strings.HasSuffix(name, "_b") }})
	require.Len(t, some, 1)
	assert.Equal(t, 5, some[0].Line)
}

// What a policy may not call, a test may not either.
func TestTestsReachNothing(t *testing.T) {
	for _, call := range []string{`http.send({"method": "get", "url": "http://localhost"})`, `opa.runtime()`, `time.now_ns() > 0`, `rand.intn("a", 5) >= 0`, `net.lookup_ip_addr("localhost")`} {
		results, said := runTests(t, "package a_test\n\ntest_a if {\n\t"+call+"\n}\n", regomod.TestOptions{})
		assert.Empty(t, results, call)
		require.NotEmpty(t, said, call)
		assert.Contains(t, said[0], "a_test.rego:4", call)
	}
}

func TestTestsAreBounded(t *testing.T) {
	results, said := runTests(t, `package a_test

test_steps if {
	count([1 | some a in numbers.range(1, 1000); some b in numbers.range(1, 1000); some c in numbers.range(1, 1000); a + b + c == 1]) == 1
}
`, regomod.TestOptions{})
	require.Empty(t, said)
	require.Len(t, results, 1)
	assert.False(t, results[0].Passed)
	assert.Contains(t, results[0].Got, "it takes too many steps")
	_, said = runTests(t, "package a_test\n\ntest_a if "+strings.Repeat("[", 100_000), regomod.TestOptions{})
	assert.NotEmpty(t, said)
}
