package cond

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

// constant is a condition with a given outcome.
func constant(truth state.Truth, err error) Expr {
	return &Opaque{Language: "test", Source: truth.String(), Call: func(*Subject) (state.Truth, error) { return truth, err }}
}

var truths = []state.Truth{state.False, state.Unknown, state.True}

func TestKleeneTables(t *testing.T) {
	and := [3][3]state.Truth{
		{state.False, state.False, state.False},
		{state.False, state.Unknown, state.Unknown},
		{state.False, state.Unknown, state.True},
	}
	for i, a := range truths {
		for j, b := range truths {
			x, y := constant(a, nil), constant(b, nil)
			got, err := AllOf(x, y).Eval(&Subject{})
			require.NoError(t, err)
			assert.Equal(t, and[i][j], got, "%s && %s", a, b)
			got, err = AnyOf(x, y).Eval(&Subject{})
			require.NoError(t, err)
			assert.Equal(t, and[2-i][2-j].Not(), got, "%s || %s", a, b)
		}
		got, err := Negate(constant(a, nil)).Eval(&Subject{})
		require.NoError(t, err)
		assert.Equal(t, a.Not(), got, "!%s", a)
	}
}

func TestErrorsAreSwallowedOnlyWhereTheRestDecides(t *testing.T) {
	broken := errors.New("broken")
	failing := constant(state.True, broken) // the truth beside an error does not count
	for _, tc := range []struct {
		expr Expr
		want state.Truth
		err  bool
	}{
		{failing, state.Unknown, true},
		{Negate(failing), state.Unknown, true},
		{AllOf(failing, constant(state.False, nil)), state.False, false},
		{AllOf(constant(state.False, nil), failing), state.False, false},
		{AllOf(failing, constant(state.True, nil)), state.Unknown, true},
		{AnyOf(failing, constant(state.True, nil)), state.True, false},
		{AnyOf(constant(state.Unknown, nil), failing), state.Unknown, true},
	} {
		got, err := tc.expr.Eval(&Subject{})
		assert.Equal(t, tc.want, got, "%s", tc.expr)
		assert.Equal(t, tc.err, err != nil, "%s", tc.expr)
	}
}

func TestFolding(t *testing.T) {
	x, y, z := constant(state.Unknown, nil), constant(state.True, nil), constant(state.False, nil)
	assert.Equal(t, Const(true), AllOf())
	assert.Equal(t, Const(false), AnyOf())
	assert.Equal(t, x, AllOf(x, Const(true)))
	assert.Equal(t, Const(false), AllOf(x, Const(false)))
	assert.Equal(t, Const(true), AnyOf(x, Const(true)))
	assert.Equal(t, x, AnyOf(Const(false), x))
	assert.Len(t, AllOf(x, AllOf(y, z)).children(), 3)
	assert.Len(t, AnyOf(AnyOf(x, y), z).children(), 3)
	assert.Equal(t, x, Negate(Negate(x)))
	assert.Equal(t, Const(false), Negate(Const(true)))
}

// task is a task record with one attribute set.
func task(a state.Attr, v state.Value) *Subject {
	it := state.NewItem(state.Task, state.Salesforce, "00T")
	it.Set(a, v)
	return &Subject{Item: it, User: &state.User{}}
}

// Each test on an unrecorded, an empty and a known value.
func TestPresence(t *testing.T) {
	title := Attr{state.AttrTitle}
	due := Attr{state.AttrDue}
	closed := Attr{state.AttrClosed}
	b := Literal{state.TextValue("b")}
	day := Literal{state.DayValue(10)}
	match, err := Matches(title, "^b")
	require.NoError(t, err)
	for _, tc := range []struct {
		expr         Expr
		attr         state.Attr
		known        state.Value
		empty, holds state.Truth
	}{
		{Comparison(Equal, title, b), state.AttrTitle, state.TextValue("b"), state.False, state.True},
		{Negate(Comparison(Equal, title, b)), state.AttrTitle, state.TextValue("b"), state.True, state.False},
		{Comparison(Less, title, b), state.AttrTitle, state.TextValue("a"), state.False, state.True},
		{Comparison(LessEqual, title, b), state.AttrTitle, state.TextValue("b"), state.False, state.True},
		{Comparison(Greater, title, b), state.AttrTitle, state.TextValue("b"), state.False, state.False},
		{Comparison(GreaterEqual, title, b), state.AttrTitle, state.TextValue("a"), state.False, state.False},
		{Negate(Comparison(GreaterEqual, title, b)), state.AttrTitle, state.TextValue("a"), state.True, state.True},
		{Comparison(Less, due, day), state.AttrDue, state.DayValue(9), state.False, state.True},
		{Comparison(Equal, title, title), state.AttrTitle, state.TextValue("b"), state.True, state.True},
		{IsNull(title), state.AttrTitle, state.TextValue("b"), state.True, state.False},
		{IsIn(title, []state.Value{b.Value}), state.AttrTitle, state.TextValue("b"), state.False, state.True},
		{TextTest(StartsWith, title, b), state.AttrTitle, state.TextValue("bc"), state.False, state.True},
		{TextTest(EndsWith, title, b), state.AttrTitle, state.TextValue("ab"), state.False, state.True},
		{TextTest(Contains, title, b), state.AttrTitle, state.TextValue("abc"), state.False, state.True},
		{TextTest(Contains, b, title), state.AttrTitle, state.TextValue("b"), state.False, state.True},
		{match, state.AttrTitle, state.TextValue("bc"), state.False, state.True},
		{IsTrue(closed), state.AttrClosed, state.BoolValue(true), state.False, state.True},
		{Negate(IsTrue(closed)), state.AttrClosed, state.BoolValue(true), state.True, state.False},
		{Comparison(Equal, closed, Literal{state.BoolValue(false)}), state.AttrClosed, state.BoolValue(false), state.False, state.True},
		{Comparison(Equal, Size{title}, Literal{state.NumberValue(0)}), state.AttrTitle, state.TextValue("é"), state.True, state.False},
		{Comparison(Equal, Size{title}, Literal{state.NumberValue(1)}), state.AttrTitle, state.TextValue("é"), state.False, state.True},
		{IsNull(Func{Domain, title}), state.AttrTitle, state.TextValue("a@b"), state.True, state.False},
	} {
		for _, in := range []struct {
			value state.Value
			want  state.Truth
		}{{state.Value{}, state.Unknown}, {state.EmptyValue(), tc.empty}, {tc.known, tc.holds}} {
			got, err := tc.expr.Eval(task(tc.attr, in.value))
			require.NoError(t, err)
			assert.Equal(t, in.want, got, "%s with %q", tc.expr, in.value)
		}
	}
}

func TestMembership(t *testing.T) {
	user := &state.User{}
	groups := UserAttr{state.UserGroups}
	in := func(text string) Expr { return Contained(Literal{state.TextValue(text)}, groups) }
	for _, tc := range []struct {
		value state.Value
		want  state.Truth
	}{
		{state.Value{}, state.Unknown},
		{state.EmptyValue(), state.False},
		{state.TextsValue(nil), state.False},
		{state.TextsValue([]string{"a", "b"}), state.True},
		{state.TextsValue([]string{"a"}), state.False},
	} {
		user.Values[state.UserGroups] = tc.value
		got, err := in("b").Eval(&Subject{User: user})
		require.NoError(t, err)
		assert.Equal(t, tc.want, got)
	}
	many := make([]state.Value, 0, 100)
	for i := range 100 {
		many = append(many, state.TextValue(string(rune('A'+i))))
	}
	large := IsIn(Attr{state.AttrTitle}, many)
	got, _ := large.Eval(task(state.AttrTitle, state.TextValue("C")))
	assert.Equal(t, state.True, got)
	got, _ = large.Eval(task(state.AttrTitle, state.TextValue("CC")))
	assert.Equal(t, state.False, got)
	assert.Equal(t, Const(false), IsIn(Attr{state.AttrTitle}, nil))
}

func TestQuantifiers(t *testing.T) {
	email := Var{Name: "a", Field: AttendeeEmail}
	isX := Comparison(Equal, email, Literal{state.TextValue("x")})
	some, every := ForSome(Attr{state.AttrAttendees}, "a", isX), ForAll(Attr{state.AttrAttendees}, "a", isX)
	x, y := state.Attendee{Email: "x"}, state.Attendee{Email: "y"}
	for _, tc := range []struct {
		list                   state.Value
		truncated              bool
		exists, all, sizeKnown state.Truth
	}{
		{state.Value{}, false, state.Unknown, state.Unknown, state.Unknown},
		{state.EmptyValue(), false, state.False, state.True, state.True},
		{state.PeopleValue(nil), false, state.False, state.True, state.True},
		{state.PeopleValue([]state.Attendee{x, y}), false, state.True, state.False, state.True},
		{state.PeopleValue([]state.Attendee{x}), false, state.True, state.True, state.True},
		{state.PeopleValue([]state.Attendee{y}), false, state.False, state.False, state.True},
		{state.PeopleValue([]state.Attendee{x}), true, state.True, state.Unknown, state.Unknown},
		{state.PeopleValue([]state.Attendee{y}), true, state.Unknown, state.False, state.Unknown},
	} {
		it := state.NewItem(state.Event, state.Mailbox, "AAMk")
		it.Set(state.AttrAttendees, tc.list)
		it.AttendeesTruncated = tc.truncated
		s := &Subject{Item: it}
		got, _ := some.Eval(s)
		assert.Equal(t, tc.exists, got, "exists in %v", tc.list)
		got, _ = every.Eval(s)
		assert.Equal(t, tc.all, got, "all of %v", tc.list)
		got, _ = Comparison(GreaterEqual, Size{Attr{state.AttrAttendees}}, Literal{state.NumberValue(0)}).Eval(s)
		assert.Equal(t, tc.sizeKnown, got, "size of %v", tc.list)
	}
}

func TestNestedQuantifiers(t *testing.T) {
	it := state.NewItem(state.Event, state.Mailbox, "AAMk")
	it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "x", Name: "X"}, {Email: "y", Name: "blue", Response: "declined"}}))
	it.Set(state.AttrCategories, state.TextsValue([]string{"red", "blue"}))
	same := Comparison(Equal, Var{Name: "c"}, Var{Name: "a", Depth: 1, Field: AttendeeName})
	declined := Comparison(Equal, Var{Name: "a", Depth: 1, Field: AttendeeResponse}, Literal{state.TextValue("declined")})
	nested := ForSome(Attr{state.AttrAttendees}, "a", ForSome(Attr{state.AttrCategories}, "c", AllOf(same, declined)))
	got, err := nested.Eval(&Subject{Item: it})
	require.NoError(t, err)
	assert.Equal(t, state.True, got)
	assert.Equal(t, "item.attendees.exists(a, item.categories.exists(c, c == a.name && a.response == 'declined'))", nested.String())
}

func TestReads(t *testing.T) {
	opaque := &Opaque{Source: "f(item.title)", Uses: RefsOf(Attr{state.AttrTitle}, Now{})}
	e := AllOf(
		Comparison(Less, Attr{state.AttrDue}, Shift{Of: Today{}, Days: 3}),
		Negate(Contained(UserAttr{state.UserID}, Attr{state.AttrParticipants})),
		Comparison(Equal, Custom{Name: "A__c", Of: state.Text}, Custom{Name: "B__c", Of: state.Text, OfUser: true}),
		ForAll(Attr{state.AttrAttendees}, "a", IsNull(Var{Name: "a", Field: AttendeeName})),
	)
	assert.Equal(t, Refs{Attrs: []state.Attr{state.AttrParticipants, state.AttrDue, state.AttrAttendees}, User: []state.UserAttr{state.UserID},
		Custom: []string{"A__c"}, UserCustom: []string{"B__c"}, Today: true}, Reads(e))
	assert.False(t, UsesNow(e))
	assert.Empty(t, Opaques(e))
	both := AnyOf(e, opaque)
	assert.True(t, UsesNow(both))
	assert.Equal(t, []*Opaque{opaque}, Opaques(both))
	assert.Contains(t, Reads(both).Attrs, state.AttrTitle)
	assert.Equal(t, Refs{}, Reads(Const(true)))
}

func TestExplain(t *testing.T) {
	s := task(state.AttrTitle, state.TextValue("Call"))
	s.Item.Set(state.AttrClosed, state.BoolValue(true))
	s.Today = state.MakeDate(2026, 5, 4)
	e := AllOf(
		IsTrue(Attr{state.AttrClosed}),
		AnyOf(Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue("x")}), Comparison(Less, Attr{state.AttrDue}, Today{})),
		Negate(AllOf(IsTrue(Attr{state.AttrClosed}), Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue("Call")}))),
	)
	x := Explain(e, s)
	assert.Equal(t, state.False, x.Truth)
	var deciding, leaves []string
	for _, leaf := range x.Deciding() {
		deciding = append(deciding, leaf.Text)
	}
	for _, leaf := range x.Leaves() {
		leaves = append(leaves, leaf.Text+" "+leaf.Truth.String())
	}
	assert.Equal(t, []string{"item.closed", "item.title == 'Call'"}, deciding)
	assert.Equal(t, []string{"item.closed true", "item.title == 'x' false", "item.due < today unknown", "item.closed true", "item.title == 'Call' true"}, leaves)
	due := x.Leaves()[2]
	assert.Equal(t, []Seen{{"item.due", state.Value{}}, {"today", state.DayValue(s.Today)}}, due.Seen)
	not := Explain(Negate(Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue("x")})), s)
	assert.Equal(t, "item.title != 'x'", not.Text)
	assert.Equal(t, []Seen{{"item.title", state.TextValue("Call")}}, not.Seen)
}
