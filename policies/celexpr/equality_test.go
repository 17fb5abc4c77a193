package celexpr

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies/cond"
	"weir/state"
)

var (
	pairsFlag = flag.Int("pairs", 20_000, "how many pairs of a predicate and an item TestEquality compares")
	seedFlag  = flag.Int("seed", 1, "where TestEquality's predicates and items begin")
)

// itemsEach is how many items each predicate is tried on.
const itemsEach = 100

// TestEquality compares the answers of lowered conditions with those of cel-go,
// over many pairs of a predicate and an item: where everything is recorded they
// are the same, and where not, a condition that answers although cel-go cannot
// has the answer it would have had. `make equality` runs it over a million.
func TestEquality(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) *cond.Subject {
		return subject(t, fullness(rapid.IntRange(int(full), int(withUnknown)).Draw(t, "fullness")))
	})
	subjects := make([]*cond.Subject, 1000)
	for i := range subjects {
		subjects[i] = draw.Example(*seedFlag + i)
	}
	pairs, decided, opaque := 0, 0, 0
	for i := 0; pairs < *pairsFlag; i++ {
		text := predicates(1 + i%3).Example(*seedFlag + i)
		lowered, diags := Compile(Source{Text: text}, events)
		require.False(t, diags.HasErrors(), "%s: %v", text, diags)
		reference := whole(t, text, events)
		opaque += len(cond.Opaques(lowered))
		for j := range itemsEach {
			s := subjects[(i*itemsEach+j)%len(subjects)]
			pairs++
			if compareAnswers(t, text, lowered, reference, s) {
				decided++
			}
		}
	}
	t.Logf("seed %d: %d pairs, cel-go answers %d of them; %d parts of predicates stayed opaque", *seedFlag, pairs, decided, opaque)
	require.Greater(t, decided, pairs/2)
}

// compareAnswers reports whether the reference has an answer to compare with: it
// gives up where anything it names is unrecorded.
func compareAnswers(t require.TestingT, text string, lowered, reference cond.Expr, s *cond.Subject) bool {
	got, err := lowered.Eval(s)
	require.NoError(t, err, text)
	want, err := reference.Eval(s)
	require.NoError(t, err, text)
	if want == state.Unknown {
		return false
	}
	if want != got {
		require.Equal(t, want, got, "%s\nlowered to %s", text, lowered)
	}
	return true
}
