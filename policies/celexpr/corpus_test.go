package celexpr

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// testFields are the custom fields of the corpora.
func testFields() *CustomFields {
	return &CustomFields{
		Item: map[state.Kind]map[string]state.Type{
			state.Task:  {"Rating__c": state.Text, "Amount__c": state.Number},
			state.Event: {"Score__c": state.Number, "Amount__c": state.Text},
		},
		User: map[string]state.Type{"Region__c": state.Text},
	}
}

// corpus is a file of predicates, each with the lines that follow it.
type corpus struct {
	env   Env
	cases []corpusCase
}

type corpusCase struct {
	line      int
	predicate string
	expected  []string
}

// readCorpus reads a header of settings ("kinds: task event", "user_only"), an
// empty line, and predicates, each followed by the lines that isExpected picks.
func readCorpus(t *testing.T, file string, isExpected func(string) bool) corpus {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	head, body, found := strings.Cut("\n"+string(data), "\n\n")
	require.True(t, found, "%s: no empty line after the header", file)
	var c corpus
	c.env.Custom = testFields()
	for _, line := range strings.Fields(head) {
		switch kind, ok := state.ParseKind(line); {
		case ok:
			c.env.Kinds = append(c.env.Kinds, kind)
		case line == "user_only":
			c.env.UserOnly = true
		}
	}
	offset := strings.Count(head, "\n") + 1
	for i, line := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		if isExpected(line) {
			last := &c.cases[len(c.cases)-1]
			last.expected = append(last.expected, line)
			continue
		}
		c.cases = append(c.cases, corpusCase{line: offset + i, predicate: line})
	}
	return c
}

func globbed(t *testing.T, pattern string) []string {
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files, pattern)
	return files
}

func TestErrors(t *testing.T) {
	isMarker := func(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " "), "^") }
	for _, file := range globbed(t, "testdata/errors/*.txt") {
		c := readCorpus(t, file, isMarker)
		for _, tc := range c.cases {
			t.Run(filepath.Base(file)+"/"+tc.predicate, func(t *testing.T) {
				expr, diags := Compile(Source{Text: tc.predicate, Filename: "rule.hcl"}, c.env)
				assert.Nil(t, expr)
				require.Len(t, diags, len(tc.expected), "%s:%d: %v", file, tc.line, diags)
				for i, want := range tc.expected {
					d := diags[i]
					marker, words, _ := strings.Cut(strings.TrimLeft(want, " "), " ")
					column := len(want) - len(strings.TrimLeft(want, " ")) + 1
					assert.Contains(t, d.Summary+": "+d.Detail, words, "%s:%d", file, tc.line)
					assert.Equal(t, column, d.Subject.Start.Column, "%s:%d: start", file, tc.line)
					if d.Subject.End.Column > d.Subject.Start.Column {
						assert.Equal(t, column+len(marker), d.Subject.End.Column, "%s:%d: end", file, tc.line)
					}
					assert.Equal(t, "rule.hcl", d.Subject.Filename)
				}
			})
		}
	}
}

func TestLowering(t *testing.T) {
	isResult := func(line string) bool { return strings.HasPrefix(line, "=> ") }
	for _, file := range globbed(t, "testdata/lower/*.txt") {
		c := readCorpus(t, file, isResult)
		for _, tc := range c.cases {
			t.Run(filepath.Base(file)+"/"+tc.predicate, func(t *testing.T) {
				c.env.Custom = nil
				if strings.Contains(tc.predicate, "Score__c") {
					c.env.Custom = &CustomFields{Item: map[state.Kind]map[string]state.Type{
						state.Event: {"Score__c": state.Number, "Rating__c": state.Text}}}
				}
				expr, diags := Compile(Source{Text: tc.predicate}, c.env)
				require.False(t, diags.HasErrors(), "%v", diags)
				var opaque []string
				for _, o := range cond.Opaques(expr) {
					opaque = append(opaque, o.Source)
				}
				var wantOpaque []string
				for _, want := range tc.expected {
					want = strings.TrimPrefix(want, "=> ")
					text, isOpaque := strings.CutPrefix(want, "opaque ")
					if isOpaque {
						wantOpaque = append(wantOpaque, text)
					} else {
						assert.Equal(t, want, expr.String(), "%s:%d", file, tc.line)
					}
				}
				assert.Equal(t, wantOpaque, opaque, "%s:%d", file, tc.line)
				roundTrip(t, expr, c.env)
			})
		}
	}
}

// roundTrip compiles the canonical text again: it must mean the same.
func roundTrip(t *testing.T, expr cond.Expr, env Env) {
	again, diags := Compile(Source{Text: expr.String()}, env)
	require.False(t, diags.HasErrors(), "%s: %v", expr, diags)
	assert.Equal(t, expr.String(), again.String())
}
