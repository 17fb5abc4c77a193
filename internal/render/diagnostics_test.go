package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSnippet(t *testing.T) {
	cases := []struct {
		name, line string
		start, end int // columns
		shown      string
		carets     string
	}{
		{"a word", `a = b`, 5, 6, `a = b`, `    ^`},
		{"tabs stay", "\ta\t= b", 5, 6, "\ta\t= b", "\t \t ^"},
		{"wide characters", `日本 = x`, 6, 7, `日本 = x`, `       ^`},
		{"one cluster of many code points", `é👩‍💻x`, 3, 4, `é👩‍💻x`, `   ^`},
		{"behind the end", `abc`, 4, 4, `abc`, `   ^`},
		{"an empty line", ``, 1, 1, ``, `^`},
		{"escaped", "a\x1b[2Jb", 6, 7, `a\x1b[2Jb`, `        ^`},
		{"an empty range is one caret", `abc`, 2, 2, `abc`, ` ^`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := hcl.Range{Start: hcl.Pos{Line: 1, Column: c.start}, End: hcl.Pos{Line: 1, Column: c.end}}
			shown, carets := snippet([]byte(c.line), r)
			assert.Equal(t, c.shown, shown)
			assert.Equal(t, c.carets, carets)
		})
	}
}

// A recording may hold megabytes on one line: the part around the place is shown.
func TestSnippetOfVeryLongLines(t *testing.T) {
	line := strings.Repeat("é", 1<<20) + "HERE" + strings.Repeat("x", 1<<20)
	r := hcl.Range{Start: hcl.Pos{Line: 1, Column: 1<<20 + 1}, End: hcl.Pos{Line: 1, Column: 1<<20 + 5}}
	shown, carets := snippet([]byte(line), r)
	assert.LessOrEqual(t, Width(shown), snippetWidth+2)
	at := strings.Index(shown, "HERE")
	require.GreaterOrEqual(t, at, 0)
	assert.Equal(t, Width(shown[:at]), strings.Index(carets, "^"))
	assert.Equal(t, 4, strings.Count(carets, "^"))
}

func TestDiagnosticWithoutSource(t *testing.T) {
	pos := hcl.Pos{Line: 3, Column: 7}
	diags := hcl.Diagnostics{
		{Severity: hcl.DiagWarning, Summary: "Odd row", Detail: "Skipped.\nThe rest is used.", Subject: &hcl.Range{Filename: "a\x1b.json", Start: pos, End: pos}},
		{Severity: hcl.DiagError, Summary: "Nowhere", Detail: "No place."},
	}
	var out bytes.Buffer
	require.NoError(t, Diagnostics(&out, diags, nil, false))
	assert.Equal(t, `Warning: Odd row

  on a\x1b.json line 3, column 7
Skipped.
The rest is used.

Error: Nowhere

No place.
`, out.String())
}

func TestEnclosingBlock(t *testing.T) {
	source := []byte("rule \"a\" {\n  when = \"x\"\n}\nlocals = 1\norg {\n  contacts {\n    scope = 1\n  }\n}\n")
	for line, want := range map[int]string{1: "", 2: `rule "a"`, 4: "", 6: "org", 7: "org", 99: ""} {
		assert.Equal(t, want, enclosingBlock("org.hcl", source, line), "line %d", line)
	}
	assert.Empty(t, enclosingBlock("Task.json", source, 2))
}

func FuzzSnippet(f *testing.F) {
	f.Add("a = b", 5, 6)
	f.Add("\t日本\x1b", 2, 9)
	f.Add("", 0, -1)
	f.Fuzz(func(t *testing.T, line string, start, end int) {
		r := hcl.Range{Start: hcl.Pos{Line: 1, Column: start}, End: hcl.Pos{Line: 1, Column: end}}
		shown, carets := snippet([]byte(line), r)
		for _, text := range []string{shown, carets} {
			assert.NotContains(t, strings.ReplaceAll(text, "\t", ""), "\x1b")
			assert.False(t, strings.ContainsFunc(strings.ReplaceAll(text, "\t", ""), isHostile))
		}
	})
}
