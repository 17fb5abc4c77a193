package celexpr

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"weir/policies/cond"
	"weir/state"
)

// nearest is the name most like a misspelt one, or "" if none is near.
func nearest(name string, known []string) string {
	best, least := "", 1+max(min(2, len(name)/2), len(name)/3)
	for _, k := range known {
		d := levenshtein.Distance(strings.ToLower(name), strings.ToLower(k), nil)
		if d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

func attendeeFields() []string { return cond.FieldNames() }

func userAttributeNames() []string {
	var out []string
	for _, row := range state.UserSchema() {
		out = append(out, row.Name)
	}
	return out
}

// attributeNames lists what conditions may name of the kinds.
func attributeNames(kinds []state.Kind) []string {
	var out []string
	for _, row := range state.Schema() {
		if !row.Internal && slices.ContainsFunc(kinds, row.Has) {
			out = append(out, row.Name)
		}
	}
	return out
}

// macros look through lists.
var macros = []string{"all", "exists", "exists_one", "filter", "map"}

// functionNames lists what a predicate may call, sorted.
func functionNames() []string {
	names := append([]string{"has", "math.greatest", "math.least"}, macros...)
	for name := range environment().Functions() {
		if !strings.ContainsAny(name, "@_!-") || strings.Contains(name, ".") {
			names = append(names, strings.Replace(name, "@", "", 1))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
