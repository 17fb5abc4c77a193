package docgen

import (
	"slices"
	"strings"
)

// grid is a table of Markdown.
type grid struct{ rows [][]string }

func table(head ...string) *grid {
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---"
	}
	return &grid{[][]string{head, rule}}
}

func (g *grid) row(cells ...string) { g.rows = append(g.rows, cells) }

func (g *grid) String() string {
	var b strings.Builder
	for _, row := range g.rows {
		b.WriteString("|")
		for _, cell := range row {
			b.WriteString(" " + strings.ReplaceAll(cell, "|", `\|`) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// code puts every text into backticks and joins them.
func code(texts ...string) string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, "`"+t+"`")
		}
	}
	return strings.Join(out, ", ")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
