package recording

import (
	"cmp"
	"fmt"
	"slices"

	"weir/recording/textpos"
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
