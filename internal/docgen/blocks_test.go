package docgen_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a fenced example of a document.
type block struct {
	language, info string // "hcl", "invalid"
	text           string
	line           int // of its first line in the document
}

var fence = regexp.MustCompile("(?ms)^```(\\w+)([^\\n]*)\\n(.*?)^```$")

// blocks lists the examples of a document in one language.
func blocks(t *testing.T, file, language string) []block {
	t.Helper()
	text, ok := documents(t)[file]
	require.True(t, ok, "no document %s", file)
	var out []block
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		b := block{text[m[2]:m[3]], strings.TrimSpace(text[m[4]:m[5]]), text[m[6]:m[7]], 1 + strings.Count(text[:m[6]], "\n")}
		if b.language == language {
			out = append(out, b)
		}
	}
	require.NotEmptyf(t, out, "%s has no %s examples", file, language)
	return out
}

// TestEveryBlockIsTested: an example in a language that no test runs would go
// stale unnoticed.
func TestEveryBlockIsTested(t *testing.T) {
	tested := map[string]string{
		"ci.md":         "text yaml",
		"language.md":   "hcl cel rego sh",
		"proofs.md":     "sh text",
		"recordings.md": "json bash sh http text",
		"semantics.md":  "hcl sh text",
		"testing.md":    "sh text",
		"tests.md":      "hcl rego sh",
	}
	for file, text := range documents(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			require.Contains(t, strings.Fields(tested[file]), m[1], file)
		}
		require.Zero(t, strings.Count(text, "\n```")%2, "%s: a fence is not closed", file)
	}
}

// tableRows lists the rows of the first table whose header begins with the cells.
func tableRows(t *testing.T, file string, header ...string) [][]string {
	t.Helper()
	var out [][]string
	inside := false
	for line := range strings.Lines(documents(t)[file]) {
		row := cells(line)
		switch {
		case !inside:
			inside = len(row) >= len(header) && strings.Join(row[:len(header)], "|") == strings.Join(header, "|")
		case row == nil:
			return out
		case !strings.HasPrefix(row[0], "--"):
			out = append(out, row)
		}
	}
	require.NotEmptyf(t, out, "%s has no table %v", file, header)
	return out
}

// cells splits a line of a table; nil if it is none.
func cells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	var out []string
	for _, c := range strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, "\x00"), "|"), "|") {
		out = append(out, strings.ReplaceAll(strings.TrimSpace(c), "\x00", "|"))
	}
	return out
}

func plain(cell string) string { return strings.Trim(cell, "`") }
