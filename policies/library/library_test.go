package library_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/policies/library"
)

var update = flag.Bool("update", false, "rewrite the README's table")

// Every policy loads without a word, says its purpose in a sentence, and is shown
// by a scenario (which package engine's tests run).
func TestPoliciesLoad(t *testing.T) {
	list := library.List()
	require.GreaterOrEqual(t, len(list), 12)
	for _, p := range list {
		fsys, ok := library.Open(p.Name)
		require.True(t, ok, p.Name)
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		require.Empty(t, diags, p.Name)
		assert.Regexp(t, `^\S.{20,100}\.$`, p.Purpose, p.Name)
		assert.FileExists(t, p.Name+"/scenario.txtar")
		for _, r := range set.Rules() {
			for _, o := range cond.Opaques(r.When) {
				t.Logf("%s: %s stays opaque", p.Name, o)
			}
		}
	}
}

func TestOpenUnknown(t *testing.T) {
	for _, name := range []string{"", ".", "..", "no-such-policy", "no-private-events/policy.hcl", "README.md"} {
		_, ok := library.Open(name)
		assert.False(t, ok, name)
	}
}

// The README's table is the list.
func TestReadme(t *testing.T) {
	const begin, end = "<!-- policies -->\n", "<!-- end -->\n"
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	var table strings.Builder
	table.WriteString("| policy | purpose |\n|---|---|\n")
	for _, p := range library.List() {
		fmt.Fprintf(&table, "| [%s](%s/policy.hcl) | %s |\n", p.Name, p.Name, p.Purpose)
	}
	want := before + begin + table.String() + end + after
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(want), 0o644))
		return
	}
	assert.Equal(t, want, string(text), "go test ./policies/library -update writes it")
}
