package hclfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/hclfile"
)

func TestFormat(t *testing.T) {
	for src, want := range map[string]string{
		"":                          "",
		"org {\nsync=\"on\"\n}":     "org {\n  sync = \"on\"\n}\n",
		"a=1\nlong_name   = 2\n":    "a         = 1\nlong_name = 2\n",
		"a = <<-EOT\n   x\n  EOT\n": "a = <<-EOT\n   x\n  EOT\n",
		"# only a comment":          "# only a comment\n",
	} {
		got, diags := hclfile.Format([]byte(src), "a.hcl")
		require.Empty(t, diags)
		assert.Equal(t, want, string(got))
	}
}

func TestFormatRefusesBrokenFiles(t *testing.T) {
	for _, src := range []string{"org {", "a = \"x", "\xff", strings.Repeat("[", 100_000)} {
		got, diags := hclfile.Format([]byte(src), "a.hcl")
		assert.Nil(t, got)
		assert.True(t, diags.HasErrors())
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "plain", `a "b" \c`, "${x} %{ y", "line\nfeed\ttab", "ä\u0000\u202e"} {
		file, diags := hclfile.Parse([]byte("a = "+hclfile.Quote(s)+"\n"), "a.hcl")
		require.Empty(t, diags, s)
		attrs, _ := file.HCL.Body.JustAttributes()
		assert.Equal(t, s, hclfile.Read(attrs["a"].Expr).Text)
	}
}

// FuzzFormat: formatting twice changes nothing, and literals keep their values.
func FuzzFormat(f *testing.F) {
	files, err := filepath.Glob("testdata/literals/*.hcl")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		src, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(src))
	}
	for _, s := range []string{"a={\nb=1}", "a=[1,\n2]", "x \"y\" {}\n", "a=1 # c\nbb=2 // d\n/* e */", "a=\"${\"b\"}\"", "a = b ? c : d", "a=<<E\nx\nE\n", "a = -1", "b{\r\na=1\r\n}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		once, diags := hclfile.Format([]byte(src), "a.hcl")
		if diags.HasErrors() {
			return
		}
		twice, diags := hclfile.Format(once, "a.hcl")
		require.Empty(t, diags)
		require.Equal(t, string(once), string(twice))
		before, _ := hclfile.Parse([]byte(src), "a.hcl")
		after, _ := hclfile.Parse(once, "a.hcl")
		old, _ := before.HCL.Body.JustAttributes()
		for name, a := range old {
			kept, _ := after.HCL.Body.JustAttributes()
			require.Contains(t, kept, name)
			was, is := hclfile.Read(a.Expr), hclfile.Read(kept[name].Expr)
			require.Equal(t, was.Kind, is.Kind)
			require.Equal(t, was.Text, is.Text)
		}
	})
}
