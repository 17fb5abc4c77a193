package cond

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

func TestSimplify(t *testing.T) {
	lit := func(s string) Literal { return Literal{state.TextValue(s)} }
	eq := func(a state.Attr, s string) Expr { return Comparison(Equal, Attr{a}, lit(s)) }
	a, b, c := eq(state.AttrTitle, "a"), eq(state.AttrTitle, "b"), IsTrue(Attr{state.AttrPrivate})
	task, event := eq(state.AttrKind, "task"), eq(state.AttrKind, "event")
	due := Comparison(Less, Attr{state.AttrDue}, Today{})
	opaque := &Opaque{Language: "test", Source: "f(item.title)", Call: func(*Subject) (state.Truth, error) { return state.True, nil }}
	person := Comparison(Equal, Var{Name: "p", Field: AttendeeEmail}, lit("a"))
	for _, tc := range []struct {
		expr Expr
		want string
	}{
		{Negate(AllOf(a, c)), "item.title != 'a' || !item.private"},
		{Negate(AnyOf(a, Negate(c))), "item.title != 'a' && item.private"},
		{Negate(due), "!(item.due < today)"}, // due dates that are null are not before today, nor on or after it
		{AllOf(c, a, c), "item.private && item.title == 'a'"},
		{AnyOf(c, AllOf(c, due)), "item.private"},
		{AllOf(c, AnyOf(c, due)), "item.private"},
		{AllOf(c, AnyOf(c, opaque)), "item.private && (item.private || (f(item.title)))"}, // which may fail
		{AnyOf(a, b), "item.title in ['a', 'b']"},
		{AnyOf(a, c, b), "item.title in ['a', 'b'] || item.private"},
		{AllOf(Negate(a), Negate(b)), "!(item.title in ['a', 'b'])"},
		{IsIn(Attr{state.AttrTitle}, []state.Value{state.TextValue("a")}), "item.title == 'a'"},
		{AllOf(a, b), "item.title == 'a' && item.title == 'b'"}, // unknown while the title is
		{AllOf(task, event), "false"},
		{AnyOf(Negate(task), Negate(event)), "true"},
		{AnyOf(task, Negate(task)), "true"},
		{AllOf(c, Negate(c)), "item.private && !item.private"},
		{AllOf(opaque, opaque), "f(item.title)"},
		{Negate(ForSome(Attr{state.AttrAttendees}, "p", person)), "item.attendees.all(p, p.email != 'a')"},
		{Negate(ForAll(Attr{state.AttrAttendees}, "p", person)), "item.attendees.exists(p, p.email != 'a')"},
		{AnyOf(AllOf(task, event), c), "item.private"},
	} {
		assert.Equal(t, tc.want, Simplify(tc.expr).String(), "%s", tc.expr)
	}
}

func TestGiven(t *testing.T) {
	u := &state.User{ID: "ann"}
	u.Values[state.UserProfile] = state.TextValue("Sales")
	u.Values[state.UserEmail] = state.EmptyValue()
	s := &Subject{User: u, Today: state.MakeDate(2026, 5, 4)}
	sales := Comparison(Equal, UserAttr{state.UserProfile}, Literal{state.TextValue("Sales")})
	unrecorded := Comparison(Equal, UserAttr{state.UserRole}, Literal{state.TextValue("Manager")})
	private := IsTrue(Attr{state.AttrPrivate})
	for _, tc := range []struct {
		expr Expr
		want string
	}{
		{AllOf(sales, private), "item.private"},
		{AllOf(Negate(sales), private), "false"},
		{AnyOf(sales, private), "true"},
		{AllOf(unrecorded, private), "user.role == 'Manager' && item.private"},
		{Comparison(Less, Attr{state.AttrDue}, Shift{Of: Today{}, Days: -3}), "item.due < date('2026-05-01')"},
		{Comparison(Equal, Attr{state.AttrOwner}, UserAttr{state.UserProfile}), "item.owner == 'Sales'"},
		{Comparison(Equal, Attr{state.AttrOwnerEmail}, UserAttr{state.UserEmail}), "item.owner_email == user.email"},
	} {
		assert.Equal(t, tc.want, Given(tc.expr, s).String(), "%s", tc.expr)
	}
}

func TestIndexFindsLittle(t *testing.T) {
	title := func(s string) Expr { return Comparison(Equal, Attr{state.AttrTitle}, Literal{state.TextValue(s)}) }
	conditions := []Expr{
		title("a"), title("b"), // 0, 1
		AllOf(IsTrue(Attr{state.AttrPrivate}), title("a")),                          // 2: filed under the title, which is rarer
		TextTest(StartsWith, Attr{state.AttrTitle}, Literal{state.TextValue("ab")}), // 3
		Negate(title("a")), // 4: nearly always true
		Const(false),       // 5
		AnyOf(title("c"), Comparison(Equal, Attr{state.AttrStatus}, Literal{state.TextValue("x")})), // 6
		IsNull(Attr{state.AttrTitle}), // 7
	}
	finder := NewIndex(conditions).Finder()
	for _, tc := range []struct {
		title state.Value
		want  []int
	}{
		{state.TextValue("a"), []int{0, 2, 4}},
		{state.TextValue("abc"), []int{3, 4}},
		{state.TextValue("c"), []int{4, 6}},
		{state.TextValue("z"), []int{4}},
		{state.EmptyValue(), []int{4, 7}},
		{state.Value{}, []int{0, 1, 2, 3, 4, 6, 7}},
	} {
		s := task(state.AttrTitle, tc.title)
		s.Item.Set(state.AttrStatus, state.TextValue("open"))
		s.Item.Set(state.AttrPrivate, state.BoolValue(true))
		assert.Equal(t, tc.want, finder.Find(s), "%q", tc.title)
	}
}

func TestExplainNamesTheMember(t *testing.T) {
	it := state.NewItem(state.Event, state.Mailbox, "AAMk")
	it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "a@x.example"}, {Email: "b@y.example"}}))
	inDomain := Comparison(Equal, Func{Domain, Var{Name: "p", Field: AttendeeEmail}}, Literal{state.TextValue("y.example")})
	x := Explain(ForSome(Attr{state.AttrAttendees}, "p", inDomain), &Subject{Item: it})
	require.Len(t, x.Seen, 2)
	assert.Equal(t, Seen{"p", state.TextValue("b@y.example")}, x.Seen[1])
	assert.Len(t, Explain(ForAll(Attr{state.AttrCategories}, "c", Const(true)), &Subject{Item: it}).Seen, 1)
}

// Evaluation allocates nothing on items whose values are at hand.
func TestEvalDoesNotAllocate(t *testing.T) {
	it := state.NewItem(state.Event, state.Mailbox, "AAMk")
	it.Set(state.AttrTitle, state.TextValue("Review"))
	it.Set(state.AttrLocation, state.TextValue("Room 1"))
	it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "a@x.example"}}))
	it.Set(state.AttrCategories, state.TextsValue([]string{"Blue"}))
	s := &Subject{Item: it, User: &state.User{}, Today: 5}
	text := func(s string) Literal { return Literal{state.TextValue(s)} }
	match, err := Matches(Attr{state.AttrTitle}, "^Rev")
	require.NoError(t, err)
	for _, e := range []Expr{
		AllOf(Negate(Comparison(Equal, Attr{state.AttrTitle}, text("x"))), TextTest(EndsWith, Attr{state.AttrLocation}, text("1"))),
		IsIn(Attr{state.AttrTitle}, []state.Value{state.TextValue("a"), state.TextValue("b")}),
		Contained(text("Blue"), Attr{state.AttrCategories}),
		ForSome(Attr{state.AttrAttendees}, "p", Comparison(Equal, Func{Domain, Var{Name: "p", Field: AttendeeEmail}}, text("y.example"))),
		Comparison(Less, Attr{state.AttrStartDate}, Shift{Of: Today{}, Days: 3}),
		Comparison(GreaterEqual, Size{Attr{state.AttrAttendees}}, Literal{state.NumberValue(3)}),
		match,
	} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = e.Eval(s) }), "%s", e)
	}
}
