package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"weir/recording/textpos"

	"github.com/agext/levenshtein"
)

var zeroPos textpos.Pos // a file as a whole

// sortedKeys lists a map's keys in order, so that nothing depends on map order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// plural counts in words: "1 row is", "2 rows are".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// maxSuggest bounds the words that are compared for suggestions.
const maxSuggest = 64

// didYouMean suggests the known word nearest to a mistyped one, as a sentence with
// a blank before it; "" if none is near.
func didYouMean(word string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if len(word) > maxSuggest || len(k) > maxSuggest {
			continue
		}
		if d := levenshtein.Distance(strings.ToLower(word), strings.ToLower(k), nil); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}
