package regomod

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFormatTwice: every module of the corpora that parses is formatted once and
// for all, and says the same afterwards.
func TestFormatTwice(t *testing.T) {
	formatted := 0
	for _, file := range append(globbed(t, "testdata/lower/*.rego"), globbed(t, "testdata/errors/*.rego")...) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		once, diags := Format(text, filepath.Base(file))
		if diags.HasErrors() {
			assert.Nil(t, once)
			assert.NotEmpty(t, diags[0].Subject.Filename)
			continue
		}
		formatted++
		twice, diags := Format(once, file)
		require.Empty(t, diags)
		assert.Equal(t, string(once), string(twice), file)
	}
	assert.Greater(t, formatted, 5)
}

// TestFormatKeepsRules: what a policy decides is the same after formatting.
func TestFormatKeepsRules(t *testing.T) {
	for _, file := range globbed(t, "testdata/lower/*.rego") {
		src := read(t, file)
		text, diags := Format(src.Text, src.Path)
		require.Empty(t, diags)
		helpers := Source{Path: "lib.rego", Text: []byte(lib)}
		before, _ := Compile([]Source{src, helpers}, testEnv)
		after, _ := Compile([]Source{{Path: src.Path, Text: text}, helpers}, testEnv)
		require.NotNil(t, after)
		require.Len(t, after.Rules, len(before.Rules))
		for i, r := range before.Rules {
			if r.Opaque == "" {
				assert.Equal(t, r.When.String(), after.Rules[i].When.String())
			}
		}
	}
}

func TestFormatStyle(t *testing.T) {
	out, diags := Format([]byte("package   weir.rules\n# why\nexclude contains {\"reason\":\"x\"} if {\n   input.item.private }"), "a.rego")
	require.Empty(t, diags)
	assert.Equal(t, "package weir.rules\n\n# why\nexclude contains {\"reason\": \"x\"} if {\n\tinput.item.private\n}\n", string(out))
	out, diags = Format([]byte("package weir.rules\n\nexclude contains {\n"), "a.rego")
	assert.Nil(t, out)
	require.Len(t, diags, 1)
	assert.Equal(t, "Invalid Rego", diags[0].Summary)
	assert.Equal(t, "a.rego", diags[0].Subject.Filename)
}
