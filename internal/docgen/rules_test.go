package docgen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/check"
	"weir/internal/docgen"
)

// Every rule has its page, every page its rule, and each says what the table says.
func TestRulePages(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(docs, "rules"))
	require.NoError(t, err)
	pages := docgen.RulePages()
	assert.Len(t, pages, len(check.Rules())+1)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(docs, "rules", e.Name()))
		require.NoError(t, err)
		assert.Equal(t, pages[e.Name()], string(text), "docs/rules/%s is out of date, or of no rule: run go generate ./internal/docgen", e.Name())
		delete(pages, e.Name())
	}
	assert.Empty(t, pages, "rules without a page: run go generate ./internal/docgen")
}

// The index leads to every rule, and a page says all there is to say.
func TestRulePagesAreWhole(t *testing.T) {
	pages := docgen.RulePages()
	for _, r := range check.Rules() {
		assert.Equal(t, 1, strings.Count(pages["README.md"], "("+r.ID+".md)"), r.ID)
		page := pages[r.ID+".md"]
		for _, text := range []string{"# " + r.ID + "\n", r.Meaning, r.Why, r.Remedy, strings.TrimSpace(r.Example.Text), string(r.Severity)} {
			assert.Contains(t, page, text, r.ID)
		}
	}
}
