package cond

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

// randomCondition is a small condition over two fields, so that proofs are found.
func randomCondition(r *rand.Rand, depth int) Expr {
	if depth > 0 && r.IntN(3) > 0 {
		a, b := randomCondition(r, depth-1), randomCondition(r, depth-1)
		switch r.IntN(3) {
		case 0:
			return AllOf(a, b)
		case 1:
			return AnyOf(a, b)
		}
		return Negate(a)
	}
	term := Custom{Name: []string{"A__c", "B__c"}[r.IntN(2)], Of: state.Number}
	lit := func() state.Value { return state.NumberValue(float64(r.IntN(3))) }
	switch r.IntN(4) {
	case 0:
		return IsIn(term, []state.Value{lit(), lit()})
	case 1:
		return IsNull(term)
	}
	return Comparison(CompareOp(1+r.IntN(5)), term, Literal{lit()})
}

// TestProofsHold tries every proof on every value the fields can have, unrecorded
// and empty ones included.
func TestProofsHold(t *testing.T) {
	var values []state.Value
	for n := -1.0; n <= 3; n += 0.5 {
		values = append(values, state.NumberValue(n))
	}
	values = append(values, state.Value{}, state.EmptyValue())
	var subjects []*Subject
	for _, a := range values {
		for _, b := range values {
			it := state.NewItem(state.Contact, state.Salesforce, "x")
			it.Custom = map[string]state.Value{"A__c": a, "B__c": b}
			subjects = append(subjects, &Subject{Item: it})
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	proofs, nevers := 0, 0
	for range 20_000 {
		a, b := randomCondition(r, 2), randomCondition(r, 2)
		implied, never := Implies(a, b), NeverTrue(a)
		if !implied && !never {
			continue
		}
		if implied {
			proofs++
		}
		if never {
			nevers++
		}
		for _, s := range subjects {
			got, err := a.Eval(s)
			require.NoError(t, err)
			if got != state.True {
				continue
			}
			require.False(t, never, "%s", a)
			then, _ := b.Eval(s)
			require.True(t, !implied || then == state.True, "%s does not imply %s", a, b)
		}
	}
	assert.Greater(t, proofs, 500)
	assert.Greater(t, nevers, 100)
}
