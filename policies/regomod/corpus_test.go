package regomod

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

var testEnv = Env{Settings: []string{"contacts", "tasks", "events", "limits", "preferences", "sync"}}

// lib is a package of helpers that the corpora use.
const lib = `package lib

private(item) if item.private

is_sales if input.user.profile == "Sales"
`

func read(t *testing.T, file string) Source {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return Source{Path: filepath.Base(file), Text: text}
}

func globbed(t *testing.T, pattern string) []string {
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, pattern)
	return files
}

// TestLowering compares each rule's condition with the comment before it: "=>"
// and its canonical text, or "opaque" and what stands in front of OPA's answer.
func TestLowering(t *testing.T) {
	for _, file := range globbed(t, "testdata/lower/*.rego") {
		src := read(t, file)
		p, diags := Compile([]Source{src, {Path: "lib.rego", Text: []byte(lib)}}, testEnv)
		require.False(t, diags.HasErrors(), "%v", diags)
		lines := strings.Split(string(src.Text), "\n")
		for _, r := range p.Rules {
			t.Run(filepath.Base(file)+"/"+r.Reason, func(t *testing.T) {
				want := lines[r.Range.Start.Line-2]
				if front, isOpaque := strings.CutPrefix(want, "# opaque"); isOpaque {
					assert.NotEmpty(t, r.Opaque)
					opaque := cond.Opaques(r.When)
					require.Len(t, opaque, 1)
					assert.Equal(t, strings.TrimSpace(front), beforeOPA(r.When))
					return
				}
				assert.Empty(t, r.Opaque)
				assert.Equal(t, strings.TrimPrefix(want, "# => "), r.When.String())
			})
		}
	}
}

// TestErrors compares the diagnostics of broken modules with comments on the
// offending lines: "# want" and, between backquotes, what the range covers.
func TestErrors(t *testing.T) {
	for _, file := range globbed(t, "testdata/errors/*.rego") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src := read(t, file)
			var want []string
			lines := strings.Split(string(src.Text), "\n")
			for i, line := range lines {
				text, wanted, found := strings.Cut(line, "# want ")
				lines[i] = strings.TrimRight(text, " ")
				if found {
					want = append(want, strings.Split(wanted, " # and ")...)
				}
			}
			text := strings.Join(lines, "\n")
			p, diags := Compile([]Source{{Path: src.Path, Text: []byte(text)}}, Env{Settings: testEnv.Settings,
				Item: map[state.Kind]map[string]state.Type{state.Contact: {"Rating__c": state.Text}, state.Task: {"Rating__c": state.Text}, state.Event: {"Rating__c": state.Text}}})
			if diags.HasErrors() {
				assert.Nil(t, p)
			}
			var got []string
			for _, d := range diags {
				got = append(got, shown(text, d))
			}
			require.Len(t, got, len(want), "%s", strings.Join(got, "\n"))
			for i := range want {
				assert.True(t, strings.HasPrefix(got[i], want[i]), "got  %s\nwant %s", got[i], want[i])
			}
		})
	}
}

// beforeOPA is what of a condition is asked before OPA is.
func beforeOPA(e cond.Expr) string {
	and, ok := e.(*cond.And)
	if !ok {
		return ""
	}
	return cond.AllOf(and.All[:len(and.All)-1]...).String()
}

func shown(text string, d *hcl.Diagnostic) string {
	return "`" + text[d.Subject.Start.Byte:d.Subject.End.Byte] + "` " + d.Summary + ": " + d.Detail
}
