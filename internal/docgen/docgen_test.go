package docgen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/docgen"
)

const docs = "../../docs"

// documents reads every document of docs/ by file name.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(docs, "*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		out[filepath.Base(file)] = string(text)
	}
	return out
}

// TestUpToDate: the generated parts of the documents say what the code says.
func TestUpToDate(t *testing.T) {
	for name, text := range documents(t) {
		now, err := docgen.Rewrite(text)
		require.NoError(t, err, name)
		assert.Equalf(t, now, text, "%s is out of date: run go generate ./internal/docgen", name)
	}
}

// TestEveryPartIsUsed: no generated table is without readers.
func TestEveryPartIsUsed(t *testing.T) {
	all := strings.Builder{}
	for _, text := range documents(t) {
		all.WriteString(text)
	}
	for _, name := range docgen.Parts() {
		assert.Contains(t, all.String(), "<!-- generated: "+name+" -->")
	}
}

func TestRewrite(t *testing.T) {
	doc := "before\n<!-- generated: sizes -->\nold\n<!-- /generated: sizes -->\nafter"
	once, err := docgen.Rewrite(doc)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(once, "before\n<!-- generated: sizes -->\n|"))
	assert.True(t, strings.HasSuffix(once, "|\n<!-- /generated: sizes -->\nafter"))
	assert.NotContains(t, once, "old")
	twice, err := docgen.Rewrite(once)
	require.NoError(t, err)
	assert.Equal(t, once, twice)
}

func TestBadMarkers(t *testing.T) {
	cases := map[string]struct{ doc, want string }{
		"unknown name":    {"\n<!-- generated: nothing -->\n<!-- /generated: nothing -->", `line 2: there is no generated part "nothing"`},
		"no end":          {"<!-- generated: sizes -->\n", "the part sizes has no end"},
		"end of another":  {"<!-- generated: sizes -->\n<!-- /generated: pages -->", "line 2: this ends no open part"},
		"end alone":       {"<!-- /generated: sizes -->", "line 1: this ends no open part"},
		"begins inside":   {"<!-- generated: sizes -->\n<!-- generated: pages -->", "line 2: the part sizes has not ended"},
		"nothing to mark": {"plain", ""},
	}
	for name, c := range cases {
		_, err := docgen.Rewrite(c.doc)
		if c.want == "" {
			assert.NoError(t, err, name)
			continue
		}
		assert.EqualError(t, err, c.want, name)
	}
}
