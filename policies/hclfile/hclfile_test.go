package hclfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"
)

func parseOK(t *testing.T, src string) (*File, hcl.Attributes) {
	t.Helper()
	f, diags := Parse([]byte(src), "x.hcl")
	require.False(t, diags.HasErrors(), "%v", diags)
	attrs, diags := f.HCL.Body.JustAttributes()
	require.False(t, diags.HasErrors(), "%v", diags)
	return f, attrs
}

func TestReadTellsLiteralsApart(t *testing.T) {
	cases := []struct {
		src  string
		want Kind
		text string
	}{
		{`true`, Bool, ""}, {`null`, Null, ""}, {`14`, Number, ""}, {`-3`, Number, ""}, {`1.5`, Number, ""},
		{`"14d"`, String, "14d"}, {`""`, String, ""}, {`"a$${b}"`, String, "a${b}"}, {`"${a}"`, Template, ""},
		{`"x${a}"`, Template, ""}, {`"%{if true}x%{endif}"`, Template, ""}, {`["a", 1]`, List, ""}, {`[]`, List, ""},
		{`mine`, Name, "mine"}, {`view.key-accounts`, Name, "view.key-accounts"}, {`view["x"]`, Other, ""},
		{`(true)`, Other, ""}, {`1 + 1`, Other, ""}, {`upper("x")`, Other, ""}, {`{a = 1}`, Other, ""}, {`!true`, Other, ""},
		{"<<EOT\nx\nEOT\n", String, "x\n"}, {`-"x"`, Other, ""}, {`-null`, Other, ""},
	}
	for _, c := range cases {
		_, attrs := parseOK(t, "a = "+c.src+"\n")
		v := Read(attrs["a"].Expr)
		assert.Equal(t, c.want, v.Kind, c.src)
		assert.Equal(t, c.text, v.Text, c.src)
	}
}

func TestReadNumbers(t *testing.T) {
	for src, want := range map[string]Value{
		"30": {Int: 30, IsInt: true}, "-5": {Int: -5, IsInt: true}, "1.5": {Int: 1}, "3e2": {Int: 300, IsInt: true},
		"1e30": {Int: 1<<63 - 1}, "1e999999999": {Int: 1<<63 - 1},
	} {
		_, attrs := parseOK(t, "a = "+src+"\n")
		v := Read(attrs["a"].Expr)
		assert.Equal(t, Number, v.Kind, src)
		assert.Equal(t, want.IsInt, v.IsInt, src)
		if want.IsInt {
			assert.Equal(t, want.Int, v.Int, src)
		}
	}
}

// The byte after the last "^" marker's text is what Pos must find.
func TestTextMapsOffsetsToTheFile(t *testing.T) {
	cases := []struct{ name, src, text, find, line, col string }{
		{"quoted", `a = "item.title == 'X'"`, "item.title == 'X'", "title", "1", "11"},
		{"escaped quote before", `a = "x == \"q\" && bad"`, `x == "q" && bad`, "bad", "1", "20"},
		{"backslash before", `a = "x.matches('\\d') && bad"`, `x.matches('\d') && bad`, "bad", "1", "26"},
		{"escape at the place", `a = "x == '\u00e9'"`, "x == 'é'", "é", "1", "12"},
		{"dollar brace", `a = "x == '$${' && bad"`, "x == '${' && bad", "bad", "1", "20"},
		{"combining characters are one column", "a = \"x == 'e\u0301' && bad\"", "x == 'e\u0301' && bad", "bad", "1", "18"},
		{"wide characters", "a = \"x == '\U0001F468\u200D\U0001F469\u200D\U0001F467' && bad\"", "x == '\U0001F468\u200D\U0001F469\u200D\U0001F467' && bad", "bad", "1", "18"},
		{"heredoc", "a = <<EOT\nx == 1 &&\n  bad\nEOT\n", "x == 1 &&\n  bad\n", "bad", "3", "3"},
		{"indented heredoc", "a = <<-EOT\n    x == 1 &&\n      bad\n    EOT\n", "x == 1 &&\n  bad\n", "bad", "3", "7"},
		{"heredoc keeps backslashes", "a = <<EOT\nx.matches('\\d') && bad\nEOT\n", "x.matches('\\d') && bad\n", "bad", "2", "20"},
		{"heredoc with windows line ends", "a = <<EOT\r\nx &&\r\n bad\r\nEOT\r\n", "x &&\r\n bad\r\n", "bad", "3", "2"},
		{"blank line in an indented heredoc", "a = <<-EOT\n    x &&\n\n    bad\n    EOT\n", "x &&\n\nbad\n", "bad", "4", "5"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, attrs := parseOK(t, c.src+"\n")
			text, ok := f.Text(attrs["a"].Expr)
			require.True(t, ok)
			assert.Equal(t, c.text, text.Value)
			pos := text.Pos(strings.Index(text.Value, c.find))
			assert.Equal(t, c.line+":"+c.col, fmt.Sprintf("%d:%d", pos.Line, pos.Column))
			end := text.Pos(len(text.Value))
			assert.True(t, f.HCL.Bytes[min(end.Byte, len(f.HCL.Bytes)-1)] == '"' || end.Line > 1, "the end lies behind the text")
		})
	}
}

func TestTextEndsBehindAFinalEscape(t *testing.T) {
	f, attrs := parseOK(t, `a = "x\\"`+"\n")
	text, ok := f.Text(attrs["a"].Expr)
	require.True(t, ok)
	assert.Equal(t, `x\`, text.Value)
	assert.Equal(t, 6, text.Pos(1).Byte)
	assert.Equal(t, 8, text.Pos(2).Byte)
	assert.Equal(t, 8, text.Pos(99).Byte)
	assert.Equal(t, 5, text.Pos(-1).Byte)
}

func TestBoundsAreCheckedBeforeParsing(t *testing.T) {
	deep := func(open string, n int) string { return "a = " + strings.Repeat(open, n) }
	cases := []struct{ name, src, summary string }{
		{"brackets", deep("[", 130_000), "Nesting too deep"},
		{"parentheses", deep("(", 130_000), "Nesting too deep"},
		{"templates", deep(`"${`, 40_000), "Nesting too deep"},
		{"objects", deep("{a=", 40_000), "Nesting too deep"},
		{"blocks", strings.Repeat("a {\n", 40_000), "Nesting too deep"},
		{"not", deep("!", 60_000), "Nesting too deep"},
		{"minus", deep("- ", 60_000), "Nesting too deep"},
		{"minus over lines", deep("(-\n-\n", 200), "Nesting too deep"},
		{"conditionals", deep("a ? b : ", 20_000), "Nesting too deep"},
		{"directives", `a = "` + strings.Repeat("%{if x}", 20_000), "Nesting too deep"},
		{"loops", deep("[for x in ", 20_000), "Nesting too deep"},
		{"heredocs", deep("<<A\n${", 20_000), "Nesting too deep"},
		{"long number", "a = " + strings.Repeat("9", 500_000), "Number too long"},
		{"large", strings.Repeat("#", MaxBytes+1), "File too large"},
		{"byte order mark", "\xef\xbb\xbfa = 1\n", "Byte order mark"},
		{"utf-16", "\xff\xfea\x00", "Not UTF-8"},
		{"latin-1", "a = \"caf\xe9\"\n", "Not UTF-8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, diags := Parse([]byte(c.src), "x.hcl")
			require.NotNil(t, f)
			require.Len(t, diags, 1)
			assert.Equal(t, c.summary, diags[0].Summary)
			assert.Equal(t, "x.hcl", diags[0].Subject.Filename)
		})
	}
}

func TestInvalidBytesAreFound(t *testing.T) {
	_, diags := Parse([]byte("a = 1\nb = \"caf\xe9\"\n"), "x.hcl")
	require.Len(t, diags, 1)
	assert.Equal(t, hcl.Pos{Line: 2, Column: 9, Byte: 14}, diags[0].Subject.Start)
}

func TestLongFilesThatAreWellFormed(t *testing.T) {
	var b strings.Builder
	for i := 0; b.Len() < MaxBytes-100; i++ {
		fmt.Fprintf(&b, "rule \"r%d\" {\n  when = \"item.private\"\n}\n", i)
	}
	_, diags := Parse([]byte(b.String()), "x.hcl")
	assert.False(t, diags.HasErrors())
}

func TestContentListsWhatTheSchemaLacks(t *testing.T) {
	f, diags := Parse([]byte("z = 1\norg {\n}\nnope {\n}\na = 1\n"), "x.hcl")
	require.False(t, diags.HasErrors())
	content, unknown, diags := Content(f.HCL.Body, &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "org"}}})
	require.Empty(t, diags)
	assert.Len(t, content.Blocks, 1)
	var names []string
	for _, u := range unknown {
		names = append(names, fmt.Sprintf("%s %v %d", u.Name, u.Block, u.Range.Start.Line))
	}
	assert.Equal(t, []string{"z false 1", "nope true 4", "a false 6"}, names)
	_, unknown, _ = Content(hcl.EmptyBody(), &hcl.BodySchema{})
	assert.Empty(t, unknown)
}

func TestBadEscapesSayWhatToWrite(t *testing.T) {
	_, diags := Parse([]byte(`a = "\d"`+"\n"), "x.hcl")
	require.NotEmpty(t, diags)
	assert.Contains(t, diags[0].Detail, "heredoc")
}

// FuzzText: whatever the literal, its text is what hcl reads, up to Unicode
// normalisation, and every offset maps into the literal.
func FuzzText(f *testing.F) {
	seeds, err := filepath.Glob("testdata/literals/*.hcl")
	require.NoError(f, err)
	require.NotEmpty(f, seeds)
	for _, s := range seeds {
		src, err := os.ReadFile(s)
		require.NoError(f, err)
		f.Add(string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, diags := Parse([]byte(src), "x.hcl")
		if diags.HasErrors() {
			return
		}
		attrs, _ := file.HCL.Body.JustAttributes()
		for _, a := range attrs {
			checkText(t, file, a)
		}
	})
}

func checkText(t *testing.T, file *File, a *hcl.Attribute) {
	text, ok := file.Text(a.Expr)
	if !ok {
		return
	}
	val, diags := a.Expr.Value(nil)
	require.False(t, diags.HasErrors())
	require.Equal(t, val.AsString(), cty.NormalizeString(text.Value))
	require.True(t, text.pieces != nil || text.Value == "", "positions of %q", text.Value)
	last := -1
	for i := 0; i <= len(text.Value); i++ {
		pos := text.Pos(i)
		require.GreaterOrEqual(t, pos.Byte, last)
		require.LessOrEqual(t, pos.Byte, text.Range.End.Byte)
		last = pos.Byte
	}
}
