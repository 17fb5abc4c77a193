package regomod

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies/cond"
)

var (
	pairsFlag = flag.Int("pairs", 20_000, "how many pairs of a rule and an item TestEquality compares")
	seedFlag  = flag.Int("seed", 1, "where TestEquality's policies and items begin")
)

// itemsEach is how many items each policy is tried on.
const itemsEach = 100

// TestEquality compares the answers of lowered rules with those of OPA, with and
// without its index of rules, over many pairs of a rule and an item: where
// everything is recorded they are the same, and where not, a lowered rule
// answers as OPA does wherever OPA can. `make equality` runs it over a million.
func TestEquality(t *testing.T) {
	var items [withUnknown + 1][]*cond.Subject
	for how := range items {
		draw := rapid.Custom(func(t *rapid.T) *cond.Subject { return subject(t, fullness(how)) })
		for i := range 500 {
			items[how] = append(items[how], draw.Example(*seedFlag+i))
		}
	}
	modules := rapid.Custom(module)
	rules, lowered, pairs, decided := 0, 0, 0, 0
	for i := 0; pairs < *pairsFlag; i++ {
		a := compiledTwice(t, modules.Example(*seedFlag+i))
		rules += len(a.rules)
		lowered += a.lowered()
		for j := range itemsEach {
			how := j % len(items)
			decided += a.compare(t, items[how][(i*itemsEach+j)%len(items[how])], fullness(how))
			pairs += len(a.rules)
		}
	}
	t.Logf("seed %d: %d pairs, OPA answers %d of them; %d of %d rules were lowered", *seedFlag, pairs, decided, lowered, rules)
	require.Greater(t, decided, pairs/2)
	require.Greater(t, lowered*10, rules*8, "most rules must be lowered, or nothing is compared")
}
