package cond

import (
	"math/rand/v2"
	"strconv"
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
	proofs, nevers, alwayses := 0, 0, 0
	for range 20_000 {
		a, b := randomCondition(r, 2), randomCondition(r, 2)
		implied, never, always := Implies(a, b), NeverTrue(a), NeverFalse(a)
		if !implied && !never && !always {
			continue
		}
		if implied {
			proofs++
		}
		if never {
			nevers++
		}
		if always {
			alwayses++
		}
		for _, s := range subjects {
			got, err := a.Eval(s)
			require.NoError(t, err)
			require.False(t, always && got == state.False, "%s", a)
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
	assert.Greater(t, alwayses, 100)
}

// TestNeverAndAlways: the mistakes that people make.
func TestNeverAndAlways(t *testing.T) {
	text := func(s string) Expr {
		return Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue(s)})
	}
	bound := func(op CompareOp, n float64) Expr {
		return Comparison(op, Size{Attr{state.AttrAttendees}}, Literal{state.NumberValue(n)})
	}
	in := func(list ...string) Expr {
		var values []state.Value
		for _, s := range list {
			values = append(values, state.TextValue(s))
		}
		return IsIn(Attr{state.AttrTitle}, values)
	}
	private := IsTrue(Attr{state.AttrPrivate})
	for _, tc := range []struct {
		expr          Expr
		never, always bool
	}{
		{AnyOf(Negate(text("a")), Negate(text("b"))), false, true}, // != a || != b
		{AllOf(text("a"), text("b")), true, false},
		{Negate(AnyOf(private, Negate(private))), true, false},
		{AllOf(bound(Greater, 5), bound(Less, 3)), true, false},
		{AllOf(bound(Greater, 5), bound(LessEqual, 5)), true, false},
		{AllOf(bound(GreaterEqual, 5), bound(LessEqual, 5)), false, false},
		{AnyOf(bound(Less, 5), bound(GreaterEqual, 5)), false, false}, // neither for what is empty
		{AllOf(in("a", "b"), Negate(in("a", "b", "c"))), true, false},
		{AllOf(in("a", "b"), Negate(in("b", "c"))), false, false},
		{AllOf(private, AnyOf(text("a"), text("b"))), false, false},
	} {
		assert.Equal(t, tc.never, NeverTrue(tc.expr), "%s", tc.expr)
		assert.Equal(t, tc.always, NeverFalse(tc.expr), "%s", tc.expr)
	}
}

// TestOfKind: what only asks for the kind is answered.
func TestOfKind(t *testing.T) {
	kind := func(s string) Expr {
		return Comparison(Equal, Attr{state.AttrKind}, Literal{state.TextValue(s)})
	}
	private := IsTrue(Attr{state.AttrPrivate})
	for _, tc := range []struct {
		expr Expr
		want string
	}{
		{kind("event"), "true"},
		{kind("task"), "false"},
		{AnyOf(AllOf(kind("task"), private), kind("contact")), "false"},
		{AllOf(Negate(kind("task")), private), "item.private"},
		{AllOf(IsIn(Attr{state.AttrKind}, []state.Value{state.TextValue("contact"), state.TextValue("event")}), private), "item.private"},
		{Const(true), "true"},
	} {
		assert.Equal(t, tc.want, OfKind(tc.expr, state.Event).String(), "%s", tc.expr)
	}
}

// A condition of very many alternatives is judged in time that grows with it.
func TestManyAlternatives(t *testing.T) {
	var list []Expr
	for n := range 20_000 {
		list = append(list, Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue(strconv.Itoa(n))}))
	}
	e := &Or{list}
	assert.False(t, NeverTrue(e))
	assert.False(t, NeverFalse(e))
	assert.IsType(t, &In{}, Simplify(e))
}

// A prover's steps are shared by its proofs; without any left it proves nothing.
func TestProverIsBounded(t *testing.T) {
	a, b := IsTrue(Attr{state.AttrPrivate}), IsTrue(Attr{state.AttrAllDay})
	p := NewProver(3)
	assert.True(t, p.Implies(AllOf(a, b), b), "three steps")
	assert.False(t, p.Implies(a, a))
	assert.True(t, Implies(a, a))
}

// Parts in another language are the same question only where their language says so:
// one text may call helpers that differ.
func TestOneTextIsNotOneQuestion(t *testing.T) {
	opaque := func(key string) Expr { return &Opaque{Language: "Rego", Source: "helper(item)", Key: key} }
	unknown := opaque("")
	assert.True(t, Implies(opaque("a"), opaque("a")))
	assert.False(t, Implies(opaque("a"), opaque("b")))
	assert.False(t, Implies(opaque(""), opaque("")))
	assert.True(t, Implies(unknown, unknown))
	assert.False(t, NeverTrue(AllOf(opaque("a"), Negate(opaque("b")))))
	assert.True(t, NeverTrue(AllOf(opaque("a"), Negate(opaque("a")))))
}
