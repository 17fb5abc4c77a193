package wire

import (
	"fmt"
	"strings"

	"github.com/agext/levenshtein"
)

// maxSuggest bounds the words that are compared for suggestions.
const maxSuggest = 64

// DidYouMean suggests the known word nearest to a mistyped one, as a sentence with
// a blank before it; "" if none is near.
func DidYouMean(word string, known []string) string {
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
