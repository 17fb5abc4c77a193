package cond

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

// known answers for an event as if it covered the days of some occurrences, and
// for a task as if its last touch lay between two days.
type known struct {
	first, last   []state.Date // by occurrence, in order
	least, most   state.Date
	text          state.Value
	takesPlace    state.Truth
	askedForValue int
}

func (k *known) Fact(f FactName, since state.Value) state.Value {
	switch f {
	case ActivityType:
		return k.text
	case Occurs:
		if k.takesPlace == state.Unknown {
			return state.Value{}
		}
		return state.BoolValue(k.takesPlace == state.True)
	case FirstDay:
		for i, last := range k.last {
			if !since.IsKnown() || last >= since.Day() {
				return state.DayValue(k.first[i])
			}
		}
		if len(k.first) > 0 {
			return state.DayValue(k.first[len(k.first)-1])
		}
	}
	k.askedForValue++
	return state.Value{}
}

func (k *known) Reaches(f FactName, day state.Date) state.Truth {
	least, most := k.least, k.most
	if f == LastDay {
		if len(k.last) == 0 {
			return state.Unknown
		}
		least = k.last[len(k.last)-1]
		most = least
	}
	switch {
	case least >= day:
		return state.True
	case most < day:
		return state.False
	}
	return state.Unknown
}

func since(name FactName, days int) Expr {
	return Comparison(GreaterEqual, Fact{Name: name}, Shift{Of: Today{}, Days: -days})
}

func firstBy(past, future int) Expr {
	return Comparison(LessEqual, Fact{Name: FirstDay, Since: Shift{Of: Today{}, Days: -past}}, Shift{Of: Today{}, Days: future})
}

// TestFactsAreDescribed: every fact has a row, and a name that is no attribute's,
// so that a condition's text is never in doubt.
func TestFactsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	require.NotEmpty(t, FactNames())
	for _, f := range FactNames() {
		row := f.Describe()
		assert.NotEmpty(t, row.Name, f)
		assert.NotEmpty(t, row.Doc, f)
		assert.NotEqual(t, state.TypeInvalid, row.Type, f)
		assert.False(t, seen[row.Name], "%s twice", f)
		assert.False(t, row.Bounded && row.Type != state.Day, f)
		seen[row.Name] = true
	}
}

// TestBoundsDecide: of a day that is not known exactly, >= asks for what is known.
func TestBoundsDecide(t *testing.T) {
	k := &known{least: 100, most: 110}
	s := &Subject{Item: state.NewItem(state.Task, state.Salesforce, "x"), Today: 120, Facts: k}
	for days, want := range map[int]state.Truth{20: state.True, 21: state.True, 19: state.Unknown, 10: state.Unknown, 9: state.False} {
		got, err := since(TouchedDay, days).Eval(s)
		require.NoError(t, err)
		assert.Equal(t, want, got, days)
	}
	require.Zero(t, k.askedForValue)

	// Other comparisons need the day itself, and a negation is still one of bounds.
	got, _ := Comparison(Equal, Fact{Name: TouchedDay}, Literal{state.DayValue(105)}).Eval(s)
	assert.Equal(t, state.Unknown, got)
	got, _ = Negate(since(TouchedDay, 9)).Eval(s)
	assert.Equal(t, state.True, got)
	got, _ = Comparison(LessEqual, Shift{Of: Today{}, Days: -20}, Fact{Name: TouchedDay}).Eval(s)
	assert.Equal(t, state.True, got, "written the other way round")
}

// TestFactsWithoutEvidence: where nobody answers for facts they are unknown.
func TestFactsWithoutEvidence(t *testing.T) {
	s := &Subject{Item: state.NewItem(state.Event, state.Salesforce, "x"), Today: 120}
	for _, e := range []Expr{since(LastDay, 14), firstBy(14, 60), IsTrue(Fact{Name: Readable}), IsIn(Fact{Name: ActivityType}, []state.Value{state.TextValue("Call")})} {
		for _, e := range []Expr{e, Negate(e)} {
			got, err := e.Eval(s)
			require.NoError(t, err)
			assert.Equal(t, state.Unknown, got, e.String())
		}
	}
}

// TestFactsInConditions: what else is done with conditions knows about facts.
func TestFactsInConditions(t *testing.T) {
	window := AllOf(since(LastDay, 14), firstBy(14, 60))
	assert.Equal(t, "last_day >= today - days(14) && first_day(today - days(14)) <= today + days(60)", window.String())
	assert.Equal(t, `in_view('it\'s hot')`, IsTrue(Fact{Name: InView, View: "it's hot"}).String())
	reads := Reads(window)
	assert.True(t, reads.Today)
	assert.True(t, reads.ReadsItem())
	assert.Equal(t, []Fact{{Name: FirstDay, Since: Shift{Of: Today{}, Days: -14}}, {Name: LastDay}}, reads.Facts)

	day := &Subject{Today: state.MakeDate(2026, 5, 15)}
	assert.Equal(t, "last_day >= date('2026-05-01') && first_day(date('2026-05-01')) <= date('2026-07-14')", Given(window, day).String())

	k := &known{first: []state.Date{200}, last: []state.Date{201}}
	s := &Subject{Item: state.NewItem(state.Event, state.Salesforce, "x"), Today: 120, Facts: k}
	leaf := Explain(firstBy(14, 60), s)
	assert.Equal(t, state.False, leaf.Truth)
	assert.Equal(t, Seen{"first_day(today - days(14))", state.DayValue(200)}, leaf.Seen[0])
}

// TestWindowProofsHold: a narrower window is proved to lie in a wider one, no
// other is, and the proofs hold for events of random occurrences.
func TestWindowProofsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	forever := IsTrue(Fact{Name: Occurs})
	sizes := []int{0, 1, 7, 14, -1} // -1: unlimited
	type window struct {
		Expr
		past, future int
	}
	var windows []window
	for _, past := range sizes {
		for _, future := range sizes {
			before, after := forever, forever
			if past >= 0 {
				before = since(LastDay, past)
			}
			switch {
			case future >= 0 && past >= 0:
				after = firstBy(past, future)
			case future >= 0:
				after = Comparison(LessEqual, Fact{Name: FirstDay}, Shift{Of: Today{}, Days: future})
			}
			windows = append(windows, window{AllOf(before, after), past, future})
		}
	}
	within := func(a, b int) bool { return b < 0 || a >= 0 && a <= b }
	for _, a := range windows {
		for _, b := range windows {
			proved := Implies(a.Expr, b.Expr)
			assert.Equal(t, within(a.past, b.past) && within(a.future, b.future), proved, "%s in %s", a, b)
			for range 20 {
				k := &known{takesPlace: state.True}
				day := state.Date(100 + r.IntN(20))
				for range 1 + r.IntN(3) {
					k.first = append(k.first, day)
					k.last = append(k.last, day+state.Date(r.IntN(3)))
					day += state.Date(3 + r.IntN(15))
				}
				s := &Subject{Today: state.Date(95 + r.IntN(60)), Facts: k}
				in, _ := a.Eval(s)
				then, _ := b.Eval(s)
				if proved && in == state.True {
					require.Equal(t, state.True, then, "%s, but not %s: %+v, today %d", a, b, k, s.Today)
				}
			}
		}
	}
}

// TestBoundsFromToday: bounds counted from today order like days, if none is so
// far that dates end.
func TestBoundsFromToday(t *testing.T) {
	due := func(op CompareOp, days int) Expr {
		return Comparison(op, Attr{state.AttrDue}, Shift{Of: Today{}, Days: days})
	}
	for _, c := range []struct {
		a, b Expr
		want bool
	}{
		{due(GreaterEqual, -7), due(GreaterEqual, -14), true},
		{due(GreaterEqual, -14), due(GreaterEqual, -7), false},
		{due(LessEqual, 7), due(Less, 8), true},
		{due(Equal, 3), due(Greater, 2), true},
		{due(Less, 7), Comparison(LessEqual, Attr{state.AttrDue}, Today{}), false},
		{Comparison(Less, Attr{state.AttrDue}, Today{}), due(LessEqual, 0), true},
		{due(Greater, 1<<40), due(Greater, 1<<39), false},
		{due(Greater, 5), Comparison(Greater, Attr{state.AttrDue}, Literal{state.DayValue(1)}), false},
	} {
		assert.Equal(t, c.want, Implies(c.a, c.b), fmt.Sprintf("%s implies %s", c.a, c.b))
	}
}
