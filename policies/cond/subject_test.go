package cond

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
	"weir/state/zone"
)

// somewhere is a known value of each type.
var somewhere = map[state.Type]state.Value{
	state.Bool: state.BoolValue(true), state.Text: state.TextValue("x"), state.Texts: state.TextsValue([]string{"x"}),
	state.Instant: state.InstantValue(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)), state.Day: state.DayValue(state.MakeDate(2026, 5, 4)),
	state.People: state.PeopleValue([]state.Attendee{{Email: "x"}}),
}

// Every attribute, on both sides of every kind: stored values come back as they
// are, what a side has no place for comes from the other side, and what was not
// selected is unrecorded.
func TestEveryAttribute(t *testing.T) {
	for _, row := range state.Schema() {
		for _, kind := range state.Kinds() {
			for _, side := range []state.Side{state.Salesforce, state.Mailbox} {
				name := row.Name + " of a " + side.String() + " " + kind.String()
				s := &Subject{Item: state.NewItem(kind, side, "1"), User: &state.User{Zone: time.UTC}}
				if !row.Has(kind) {
					assert.Equal(t, state.EmptyValue(), s.Get(row.Attr), name)
					continue
				}
				switch row.On(side) {
				case state.Stored:
					if row.Attr != state.AttrPrivate || kind == state.Event {
						assert.False(t, s.Get(row.Attr).IsRecorded(), name)
					}
					s.Item.Set(state.AttrAllDay, state.BoolValue(row.Attr == state.AttrStartDate || row.Attr == state.AttrEndDate))
					s.Item.Set(row.Attr, somewhere[row.Type])
					assert.Equal(t, somewhere[row.Type], s.Get(row.Attr), name)
				case state.NoPlace:
					assert.Equal(t, state.EmptyValue(), s.Get(row.Attr), name+", alone")
					s.Other = state.NewItem(kind, side.Other(), "2")
					assert.False(t, s.Get(row.Attr).IsRecorded(), name+", from the other side")
					if s.Other.Set(row.Attr, somewhere[row.Type]) && row.On(side.Other()) == state.Stored {
						assert.Equal(t, somewhere[row.Type], s.Get(row.Attr), name+", from the other side")
					}
				}
			}
		}
	}
}

func record(kind state.Kind) *state.Item { return state.NewItem(kind, state.Salesforce, "1") }

func TestLinkAttributes(t *testing.T) {
	for _, tc := range []struct {
		link   *state.Link
		born   state.Value
		linked bool
	}{
		{nil, state.EmptyValue(), false},
		{&state.Link{State: state.LinkActive, Born: state.Salesforce}, state.TextValue("salesforce"), true},
		{&state.Link{State: state.LinkFrozen}, state.TextValue("mailbox"), true},
		{&state.Link{State: state.LinkRetired, Born: state.Mailbox}, state.TextValue("mailbox"), false},
	} {
		s := &Subject{Item: record(state.Task), Link: tc.link}
		assert.Equal(t, tc.born, s.Get(state.AttrBorn))
		assert.Equal(t, state.BoolValue(tc.linked), s.Get(state.AttrLinked))
	}
	assert.Equal(t, state.TextValue("task"), (&Subject{Item: record(state.Task)}).Get(state.AttrKind))
}

func TestContactTitle(t *testing.T) {
	it := record(state.Contact)
	s := &Subject{Item: it}
	it.Set(state.AttrLastName, state.TextValue("Park"))
	assert.False(t, s.Get(state.AttrTitle).IsRecorded(), "half a name is no title")
	it.Set(state.AttrFirstName, state.EmptyValue())
	assert.Equal(t, state.TextValue("Park"), s.Get(state.AttrTitle))
	it.Set(state.AttrFirstName, state.TextValue("Jo"))
	assert.Equal(t, state.TextValue("Jo Park"), s.Get(state.AttrTitle))
}

func TestPeopleOfARecord(t *testing.T) {
	const ann, bob, queue = "005000000000001AAA", "005000000000002AAA", "00G000000000001AAA"
	dir := state.NewDirectory()
	dir.Add(state.Person{ID: ann, Email: "ann@acme.example"})
	user := &state.User{ID: bob}
	user.Values[state.UserEmail] = state.TextValue("bob@acme.example")
	it := record(state.Event)
	s := &Subject{Item: it, User: user, Directory: dir}

	assert.False(t, s.Get(state.AttrOwnerEmail).IsRecorded(), "owner not selected")
	for owner, want := range map[string]state.Value{
		ann:                  state.TextValue("ann@acme.example"),
		bob:                  state.TextValue("bob@acme.example"), // the user's own row
		queue:                state.EmptyValue(),
		"005000000000009AAA": {}, // a user nobody captured
	} {
		it.Set(state.AttrOwner, state.TextValue(owner))
		assert.Equal(t, want, s.Get(state.AttrOwnerEmail), owner)
		assert.Equal(t, want, s.Get(state.AttrOrganizerEmail), owner)
	}

	it.Set(state.AttrOwner, state.TextValue(ann))
	it.Invitees = []state.Invitee{{UserID: bob, Response: "accepted"}, {UserID: ann}}
	isIn := func(id string) state.Truth {
		got, err := Contained(Literal{state.TextValue(id)}, Attr{state.AttrParticipants}).Eval(s)
		require.NoError(t, err)
		return got
	}
	for _, known := range truths {
		it.InviteesKnown = known
		assert.Equal(t, state.True, isIn(ann))
		assert.Equal(t, state.True, isIn(bob))
		assert.Equal(t, known == state.True, s.Get(state.AttrParticipants).IsRecorded())
		want := state.Unknown
		if known == state.True {
			want = state.False
			assert.Equal(t, []string{ann, bob}, s.Get(state.AttrParticipants).Texts())
		}
		assert.Equal(t, want, isIn(queue), "invitees known: %s", known)
	}
	assert.Equal(t, state.TextValue("accepted"), s.Get(state.AttrResponse))
	s.User = &state.User{ID: "005000000000003AAA"}
	assert.Equal(t, state.EmptyValue(), s.Get(state.AttrResponse))
	it.InviteesKnown = state.False
	assert.False(t, s.Get(state.AttrResponse).IsRecorded())

	own := record(state.Task)
	own.Set(state.AttrOwner, state.TextValue(ann))
	assert.Equal(t, []string{ann}, (&Subject{Item: own}).Get(state.AttrParticipants).Texts())
	copied := &Subject{Item: state.NewItem(state.Task, state.Mailbox, "AAMk"), Other: own, Directory: dir}
	assert.Equal(t, state.TextValue("ann@acme.example"), copied.Get(state.AttrOwnerEmail))
	got, _ := Contained(Literal{state.TextValue(ann)}, Attr{state.AttrParticipants}).Eval(copied)
	assert.Equal(t, state.True, got)
	copied.Other = nil
	got, _ = Contained(Literal{state.TextValue(ann)}, Attr{state.AttrParticipants}).Eval(copied)
	assert.Equal(t, state.False, got)
}

func TestCustomLookup(t *testing.T) {
	rec := record(state.Contact)
	rec.Custom = map[string]state.Value{"A__c": state.TextValue("x")}
	item := state.NewItem(state.Contact, state.Mailbox, "AAMk")
	assert.Equal(t, state.TextValue("x"), (&Subject{Item: rec}).Custom("A__c"))
	assert.Equal(t, state.TextValue("x"), (&Subject{Item: item, Other: rec}).Custom("A__c"))
	assert.Equal(t, state.EmptyValue(), (&Subject{Item: item}).Custom("A__c"))
	assert.False(t, (&Subject{Item: rec}).Custom("B__c").IsRecorded())
	assert.False(t, (&Subject{}).Custom("A__c").IsRecorded())
	assert.False(t, (&Subject{}).UserCustom("A__c").IsRecorded())
	assert.Equal(t, state.TextValue("7"), As(state.NumberValue(7), state.Text))
	assert.Equal(t, state.Value{}, As(state.TextValue("7"), state.Number))
	assert.Equal(t, state.EmptyValue(), As(state.EmptyValue(), state.Number))
}

func in(t *testing.T, name string) *time.Location {
	loc, err := zone.Load(name)
	require.NoError(t, err)
	return loc
}

func TestTimedEvents(t *testing.T) {
	berlin := in(t, "Europe/Berlin")
	at := func(day, hour int) state.Value {
		return state.InstantValue(time.Date(2026, 5, day, hour, 0, 0, 0, berlin))
	}
	date := func(day int) state.Value { return state.DayValue(state.MakeDate(2026, 5, day)) }
	unrecorded := state.Value{}
	for name, tc := range map[string]struct {
		start, end                        state.Value
		wantEnd, wantStartDay, wantEndDay state.Value
	}{
		"within a day":                      {at(4, 9), at(4, 10), at(4, 10), date(4), date(4)},
		"over midnight":                     {at(4, 23), at(5, 1), at(5, 1), date(4), date(5)},
		"until midnight":                    {at(4, 22), at(5, 0), at(5, 0), date(4), date(4)},
		"at midnight, no length":            {at(5, 0), at(5, 0), at(5, 0), date(5), date(5)},
		"without end":                       {at(4, 9), state.EmptyValue(), at(4, 9), date(4), date(4)},
		"at midnight, without end":          {at(5, 0), state.EmptyValue(), at(5, 0), date(5), date(5)},
		"end not captured":                  {at(4, 9), unrecorded, unrecorded, date(4), unrecorded},
		"start not captured":                {unrecorded, at(4, 10), at(4, 10), unrecorded, date(4)},
		"start not captured, till midnight": {unrecorded, at(5, 0), at(5, 0), unrecorded, unrecorded},
		"without start and end":             {state.EmptyValue(), state.EmptyValue(), state.EmptyValue(), state.EmptyValue(), state.EmptyValue()},
	} {
		it := record(state.Event)
		it.Set(state.AttrAllDay, state.BoolValue(false))
		it.Set(state.AttrStart, tc.start)
		it.Set(state.AttrEnd, tc.end)
		s := &Subject{Item: it, User: &state.User{Zone: berlin}}
		assert.Equal(t, tc.start, s.Get(state.AttrStart), name)
		assert.Equal(t, tc.wantEnd, s.Get(state.AttrEnd), name)
		assert.Equal(t, tc.wantStartDay, s.Get(state.AttrStartDate), name)
		assert.Equal(t, tc.wantEndDay, s.Get(state.AttrEndDate), name)
	}
}

func TestTimedEventsFollowTheUsersZone(t *testing.T) {
	it := record(state.Event)
	it.Set(state.AttrAllDay, state.BoolValue(false))
	it.Set(state.AttrStart, state.InstantValue(time.Date(2026, 5, 4, 20, 0, 0, 0, time.UTC)))
	it.Set(state.AttrEnd, state.InstantValue(time.Date(2026, 5, 4, 22, 0, 0, 0, time.UTC)))
	for name, want := range map[string][2]int{"America/Los_Angeles": {4, 4}, "Europe/Berlin": {4, 4}, "Asia/Tokyo": {5, 5}, "Pacific/Auckland": {5, 5}, "Europe/Moscow": {4, 5}} {
		s := &Subject{Item: it, User: &state.User{Zone: in(t, name)}}
		assert.Equal(t, state.MakeDate(2026, 5, want[0]), s.Get(state.AttrStartDate).Day(), name)
		assert.Equal(t, state.MakeDate(2026, 5, want[1]), s.Get(state.AttrEndDate).Day(), name)
	}
}

func TestAllDayEvents(t *testing.T) {
	it := record(state.Event)
	it.Set(state.AttrAllDay, state.BoolValue(true))
	it.Set(state.AttrStartDate, state.DayValue(state.MakeDate(2026, 3, 29)))
	it.Set(state.AttrEndDate, state.DayValue(state.MakeDate(2026, 3, 29)))
	for name, want := range map[string][2]string{
		"Etc/GMT+8":          {"2026-03-29T08:00:00Z", "2026-03-30T08:00:00Z"},
		"Pacific/Kiritimati": {"2026-03-28T10:00:00Z", "2026-03-29T10:00:00Z"},
		"Europe/Berlin":      {"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}, // a day of 23 hours
		"UTC":                {"2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"},
	} {
		s := &Subject{Item: it, User: &state.User{Zone: in(t, name)}}
		assert.Equal(t, want[0], s.Get(state.AttrStart).String(), name)
		assert.Equal(t, want[1], s.Get(state.AttrEnd).String(), name)
		assert.Equal(t, "2026-03-29", s.Get(state.AttrStartDate).String(), name)
		assert.Equal(t, "2026-03-29", s.Get(state.AttrEndDate).String(), name)
	}
	it.Set(state.AttrEndDate, state.EmptyValue())
	s := &Subject{Item: it, User: &state.User{}}
	assert.Equal(t, "2026-03-29", s.Get(state.AttrEndDate).String(), "a missing end is the start")
	assert.Equal(t, "2026-03-30T00:00:00Z", s.Get(state.AttrEnd).String())
	it.Set(state.AttrAllDay, state.Value{})
	for _, a := range []state.Attr{state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate} {
		assert.False(t, s.Get(a).IsRecorded(), "%s without knowing whether it is an all-day event", a)
	}
}

// In Santiago daylight saving skips midnight of 6 September 2026.
func TestSkippedMidnight(t *testing.T) {
	santiago := in(t, "America/Santiago")
	it := record(state.Event)
	it.Set(state.AttrAllDay, state.BoolValue(true))
	it.Set(state.AttrStartDate, state.DayValue(state.MakeDate(2026, 9, 6)))
	it.Set(state.AttrEndDate, state.DayValue(state.MakeDate(2026, 9, 6)))
	s := &Subject{Item: it, User: &state.User{Zone: santiago}}
	start := s.Get(state.AttrStart).Instant()
	assert.Equal(t, state.MakeDate(2026, 9, 6), state.DateOf(start, santiago))
	assert.Equal(t, state.MakeDate(2026, 9, 5), state.DateOf(start.Add(-1), santiago))

	timed := record(state.Event)
	timed.Set(state.AttrAllDay, state.BoolValue(false))
	timed.Set(state.AttrStart, state.InstantValue(start.Add(-2*time.Hour)))
	timed.Set(state.AttrEnd, state.InstantValue(start))
	s.Item = timed
	assert.Equal(t, "2026-09-05", s.Get(state.AttrEndDate).String(), "it ends when the 6th begins")
}

func TestShift(t *testing.T) {
	s := &Subject{Now: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), Today: state.MakeDate(2026, 5, 4)}
	for want, term := range map[string]Term{
		"2026-05-02":           Shift{Of: Today{}, Days: -2},
		"2026-05-06T08:00:00Z": Shift{Of: Now{}, Days: 2},
		"2026-05-05T07:30:00Z": Shift{Of: Now{}, Days: 1, By: -30 * time.Minute},
	} {
		assert.Equal(t, want, ValueOf(term, s).String(), "%s", term)
	}
	assert.Equal(t, "now + days(1) - duration('30m0s')", Shift{Of: Now{}, Days: 1, By: -30 * time.Minute}.String())
	far := ValueOf(Shift{Of: Shift{Of: Now{}, Days: 1 << 40}, By: time.Hour}, s)
	assert.True(t, far.Instant().After(s.Now), "it stops at the end of time")
	assert.Equal(t, state.Date(1<<31-1), AddDays(1, 1<<40))
	assert.Equal(t, state.Date(-1<<31), AddDays(1, -1<<40))
}

func TestFunctionsOfTexts(t *testing.T) {
	for _, tc := range []struct {
		f        FuncName
		in, want string
	}{
		{LowerASCII, "ÄBc", "Äbc"}, {UpperASCII, "äbC", "äBC"}, {LowerASCII, "abc", "abc"},
		{Domain, "Ann@Acme.Example", "acme.example"}, {Domain, "\"a@b\"@c.example", "c.example"}, {Domain, "ann", ""}, {Domain, "ann@", ""},
	} {
		assert.Equal(t, tc.want, tc.f.Apply(tc.in), "%s(%q)", tc.f, tc.in)
	}
}

func TestUserConditionsWithoutItem(t *testing.T) {
	user := &state.User{}
	user.Values[state.UserProfile] = state.TextValue("Field Sales")
	e := Comparison(Equal, UserAttr{state.UserProfile}, Literal{state.TextValue("Field Sales")})
	got, err := e.Eval(&Subject{User: user})
	require.NoError(t, err)
	assert.Equal(t, state.True, got)
	got, _ = e.Eval(&Subject{})
	assert.Equal(t, state.Unknown, got)
	got, _ = Contained(Literal{state.TextValue("x")}, Attr{state.AttrParticipants}).Eval(&Subject{User: user})
	assert.Equal(t, state.Unknown, got)
}
