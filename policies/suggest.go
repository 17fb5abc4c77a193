package policies

import (
	"sort"
	"strings"

	"github.com/agext/levenshtein"
)

// nearest is the known name most like the given one, or "" if none is near.
// Case and the choice of "-" or "_" hardly count.
func nearest(name string, known []string) string {
	if len(name) > maxNameShown {
		return ""
	}
	best, bestDistance := "", 1+max(2, len(name)/3)
	flat := flatten(name)
	for _, k := range known {
		d := levenshtein.Distance(flat, flatten(k), nil)
		if d < bestDistance && d < len(k) {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return abbreviated(flat, known)
	}
	return best
}

// abbreviated is the known name of which the given one is the beginning, or the
// other way round.
func abbreviated(flat string, known []string) string {
	for _, k := range known {
		short, long := flat, flatten(k)
		if len(short) > len(long) {
			short, long = long, short
		}
		if len(short) >= 3 && strings.HasPrefix(long, short) {
			return k
		}
	}
	return ""
}

func flatten(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// didYouMean is a sentence with a suggestion, led by a space, or "".
func didYouMean(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return " Did you mean " + quoted(near) + "?"
	}
	return ""
}

// DidYouMean is a sentence with the known name most like the given one, led by a
// space, or "" if none is near: for what is read beside a policy.
func DidYouMean(name string, known []string) string { return didYouMean(name, known) }

// oneOf lists names in a sentence: "a", "b" or "c".
func oneOf(names []string) string { return listed(names, " or ") }

// allOf lists names in a sentence: "a", "b" and "c".
func allOf(names []string) string { return listed(names, " and ") }

func listed(names []string, last string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = quoted(n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + last + q[len(q)-1]
}

// maxNameShown bounds the names that messages repeat, in bytes.
const maxNameShown = 120

func quoted(s string) string {
	if len(s) > maxNameShown {
		s = strings.ToValidUTF8(s[:maxNameShown], "") + "…"
	}
	return `"` + s + `"`
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
