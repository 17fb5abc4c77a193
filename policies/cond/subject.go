package cond

import (
	"time"

	"weir/state"
)

// Get is an attribute of the item as conditions see it. What the item's side has
// no place for comes from the other side of the link, else it is empty; what a
// side stores but the capture did not select is unrecorded; computed attributes
// are derived. An attribute the kind does not have is empty.
func (s *Subject) Get(a state.Attr) state.Value {
	if it := s.Item; it != nil && plain[it.Side][it.Kind][a] {
		return it.Value(a)
	}
	v, partial := s.list(a)
	if partial {
		return state.Value{}
	}
	return v
}

// plain marks, by side and kind, the attributes that are what the item stores and
// nothing else: most of them, so that looking one up needs no rules.
var plain = layOutPlain()

func layOutPlain() (out [state.Mailbox + 1][state.Event + 1][state.NumAttrs]bool) {
	for _, row := range state.Schema() {
		switch row.Attr {
		case state.AttrTitle, state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate, state.AttrAttendees:
			continue // see of
		}
		for _, side := range [...]state.Side{state.Salesforce, state.Mailbox} {
			for _, kind := range state.Kinds() {
				out[side][kind][row.Attr] = row.On(side) == state.Stored && row.Has(kind)
			}
		}
	}
	// Only a contact's title is made of something else.
	for _, side := range [...]state.Side{state.Salesforce, state.Mailbox} {
		out[side][state.Task][state.AttrTitle], out[side][state.Event][state.AttrTitle] = true, true
	}
	return out
}

// list is Get that hands out the part of a list that is known, and says so.
func (s *Subject) list(a state.Attr) (v state.Value, partial bool) {
	switch it := s.Item; {
	case it == nil:
		return state.Value{}, false
	case plain[it.Side][it.Kind][a]:
		return it.Value(a), false
	}
	row := a.Describe()
	if !row.Has(s.Item.Kind) {
		return state.EmptyValue(), false
	}
	if row.On(s.Item.Side) != state.NoPlace {
		return s.of(s.Item, a)
	}
	if s.Other != nil && row.On(s.Other.Side) != state.NoPlace {
		return s.of(s.Other, a)
	}
	return state.EmptyValue(), false
}

// of is the attribute on a side that has a place for it.
func (s *Subject) of(it *state.Item, a state.Attr) (v state.Value, partial bool) {
	switch a {
	case state.AttrKind:
		return state.TextValue(it.Kind.String()), false
	case state.AttrBorn:
		return s.born(), false
	case state.AttrLinked:
		return state.BoolValue(s.linked()), false
	case state.AttrTitle:
		return title(it), false
	case state.AttrOwnerEmail:
		return s.ownerEmail(it), false
	case state.AttrParticipants:
		return participants(it)
	case state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate:
		return s.times(it, a), false
	case state.AttrAttendees:
		return it.Value(a), it.AttendeesTruncated
	case state.AttrOrganizerEmail:
		if it.Side == state.Salesforce {
			return s.ownerEmail(it), false
		}
	case state.AttrResponse:
		if it.Side == state.Salesforce {
			return s.response(it), false
		}
	}
	return it.Value(a), false
}

// UserValue is an attribute of the user; unrecorded without a user.
func (s *Subject) UserValue(a state.UserAttr) state.Value {
	if s.User == nil {
		return state.Value{}
	}
	return s.User.Value(a)
}

// Custom is a Salesforce field beyond the schema, by API name: the record's,
// whichever side is asked; empty without a record.
func (s *Subject) Custom(name string) state.Value {
	for _, it := range [...]*state.Item{s.Item, s.Other} {
		if it != nil && it.Side == state.Salesforce {
			return it.Custom[name]
		}
	}
	if s.Item == nil {
		return state.Value{}
	}
	return state.EmptyValue()
}

// UserCustom is a Salesforce field of the user's own row, by API name.
func (s *Subject) UserCustom(name string) state.Value {
	if s.User == nil {
		return state.Value{}
	}
	return s.User.Custom[name]
}

func (s *Subject) born() state.Value {
	switch {
	case s.Link == nil:
		return state.EmptyValue()
	case s.Link.Born == state.Salesforce:
		return state.TextValue(state.Salesforce.String())
	}
	return state.TextValue(state.Mailbox.String())
}

func (s *Subject) linked() bool {
	return s.Link != nil && (s.Link.State == state.LinkActive || s.Link.State == state.LinkFrozen)
}

// title is a contact's names joined, unrecorded unless both names (or a title
// of its own) were recorded.
func title(it *state.Item) state.Value {
	if it.Kind != state.Contact {
		return it.Value(state.AttrTitle)
	}
	if it.Value(state.AttrFirstName).IsRecorded() && it.Value(state.AttrLastName).IsRecorded() {
		return it.TitleValue()
	}
	return it.Value(state.AttrTitle)
}

// ownerEmail looks the owner up. A queue has no address of a person; a user
// whose row or address was not captured is unrecorded.
func (s *Subject) ownerEmail(it *state.Item) state.Value {
	owner := it.Value(state.AttrOwner)
	if !owner.IsKnown() {
		return owner
	}
	id := owner.Text()
	if s.Directory != nil {
		if p, ok := s.Directory.Person(id); ok && p.Email != "" {
			return state.TextValue(p.Email)
		}
	}
	switch {
	case s.User != nil && s.User.ID == id:
		return s.User.Value(state.UserEmail)
	case len(id) >= 3 && id[:3] != userPrefix:
		return state.EmptyValue()
	}
	return state.Value{}
}

// userPrefix starts the id of every Salesforce user; other owners are queues.
const userPrefix = "005"

// participants lists the owner and the invited users. Only an event whose
// invitees were recorded completely has a complete list.
func participants(it *state.Item) (v state.Value, partial bool) {
	owner := it.Value(state.AttrOwner)
	list := make([]string, 0, 1+len(it.Invitees))
	if owner.IsKnown() {
		list = append(list, owner.Text())
	}
	if it.Kind == state.Event {
		for _, inv := range it.Invitees {
			if inv.UserID != owner.Text() {
				list = append(list, inv.UserID)
			}
		}
	}
	return state.TextsValue(list), !participantsComplete(it)
}

func participantsComplete(it *state.Item) bool {
	return it.Value(state.AttrOwner).IsRecorded() && (it.Kind != state.Event || it.InviteesKnown == state.True)
}

// participates tells whether a user takes part, without building the list.
func (s *Subject) participates(id string) state.Truth {
	it := s.Item
	if it != nil && it.Side != state.Salesforce {
		it = s.Other
		if it == nil || it.Side != state.Salesforce {
			return state.False
		}
	}
	if it == nil {
		return state.Unknown
	}
	if it.Value(state.AttrOwner).Text() == id {
		return state.True
	}
	if it.Kind == state.Event {
		if _, ok := it.Invitee(id); ok {
			return state.True
		}
	}
	if participantsComplete(it) {
		return state.False
	}
	return state.Unknown
}

// response is the user's own answer as the invitees' rows record it.
func (s *Subject) response(it *state.Item) state.Value {
	if s.User == nil {
		return state.Value{}
	}
	if inv, ok := it.Invitee(s.User.ID); ok {
		return state.TextValue(inv.Response)
	}
	if it.InviteesKnown == state.True || it.Owner() == s.User.ID && it.Owner() != "" {
		return state.EmptyValue()
	}
	return state.Value{}
}

// zone is the zone in which the user's days are counted.
func (s *Subject) zone() *time.Location {
	if s.User == nil || s.User.Zone == nil {
		return time.UTC
	}
	return s.User.Zone
}

// times are an event's instants and dates. All of them depend on whether it is
// an all-day event: without that mark a capture does not tell them.
func (s *Subject) times(it *state.Item, a state.Attr) state.Value {
	if !it.Value(state.AttrAllDay).IsRecorded() {
		return state.Value{}
	}
	switch a {
	case state.AttrStartDate:
		return s.startDate(it)
	case state.AttrEndDate:
		return s.endDate(it)
	}
	return s.instant(it, a)
}

// instant is start or end: for an all-day event the first instant of its first
// day, or of the day after its last, in the user's zone.
func (s *Subject) instant(it *state.Item, a state.Attr) state.Value {
	if !it.AllDay() {
		return timed(it, a)
	}
	if a == state.AttrStart {
		return s.midnight(it.Value(state.AttrStartDate), 0)
	}
	return s.midnight(lastDate(it), 1)
}

// timed is a timed event's own start or end; a missing end is the start.
func timed(it *state.Item, a state.Attr) state.Value {
	v := it.Value(a)
	if a == state.AttrEnd && v.Presence() == state.Empty {
		return it.Value(state.AttrStart)
	}
	return v
}

// lastDate is an all-day event's last day; a missing one, and one before the first, is
// the first.
func lastDate(it *state.Item) state.Value {
	first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	if last.Presence() == state.Empty || last.IsKnown() && first.IsKnown() && last.Day() < first.Day() {
		return first
	}
	return last
}

func (s *Subject) midnight(day state.Value, later int) state.Value {
	if !day.IsKnown() {
		return day
	}
	return state.InstantValue(FirstInstant(day.Day().AddDays(later), s.zone()))
}

// FirstInstant is the first instant of a day in the zone, also on a day whose
// midnight daylight saving skips.
func FirstInstant(day state.Date, zone *time.Location) time.Time {
	t := day.Midnight(zone)
	if state.DateOf(t, zone) < day {
		if _, next := t.ZoneBounds(); !next.IsZero() {
			return next
		}
	}
	return t
}

func (s *Subject) startDate(it *state.Item) state.Value {
	if it.AllDay() {
		return it.Value(state.AttrStartDate)
	}
	start := it.Value(state.AttrStart)
	if !start.IsKnown() {
		return start
	}
	return state.DayValue(state.DateOf(start.Instant(), s.zone()))
}

// endDate is the last day covered: a timed event that ends at local midnight
// ends on the day before, unless it starts then. An end before the start is none.
func (s *Subject) endDate(it *state.Item) state.Value {
	if it.AllDay() {
		return lastDate(it)
	}
	end := timed(it, state.AttrEnd)
	if !end.IsKnown() {
		return end
	}
	start, at := it.Value(state.AttrStart), end.Instant()
	if start.IsKnown() && at.Before(start.Instant()) {
		at = start.Instant()
	}
	day := state.DateOf(at, s.zone())
	if state.DateOf(at.Add(-1), s.zone()) == day {
		return state.DayValue(day)
	}
	switch {
	case !start.IsRecorded():
		return state.Value{}
	case start.IsKnown() && !start.Instant().Before(at):
		return state.DayValue(day)
	}
	return state.DayValue(day - 1)
}
