package msgraph

import (
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// event reads an event, an occurrence or an exception of a series, or a series.
func (f *file) event(id string, v *jsonstream.Value) wire.Row {
	it := f.newItem(state.Event, id, v)
	it.Set(state.AttrTitle, f.read.Text(v.Get("subject"), "subject"))
	it.Set(state.AttrBody, f.body(v.Get("body")))
	it.Set(state.AttrLocation, f.location(v.Get("location")))
	it.Set(state.AttrPrivate, f.private(v.Get("sensitivity")))
	it.Set(state.AttrShowAs, f.showAs(v.Get("showAs")))
	it.Set(state.AttrCancelled, f.read.Bool(v.Get("isCancelled"), "isCancelled"))
	it.Set(state.AttrResponse, f.response(v.Get("responseStatus")))
	it.ICalUID = v.Get("iCalUId").Text()
	f.people(it, v)
	f.times(it, v)
	row := wire.Row{ID: id, Item: it, FolderID: f.calendar(v), Pos: v.Pos}
	f.series(&row, v)
	return row
}

func (f *file) calendar(v *jsonstream.Value) string { return v.Get("calendarId").Text() }

func (f *file) location(v *jsonstream.Value) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.EmptyValue()
	}
	return f.read.Text(v.Get("displayName"), "location.displayName")
}

// private reads the sensitivity; what is personal counts as private too, which is
// the safe reading: nobody's personal event goes up because of a word.
func (f *file) private(v *jsonstream.Value) state.Value {
	t := f.read.Text(v, "sensitivity")
	switch {
	case t.Presence() == state.Empty:
		return state.BoolValue(false)
	case !t.IsKnown():
		return state.Value{}
	}
	return state.BoolValue(!strings.EqualFold(t.Text(), "normal"))
}

func (f *file) showAs(v *jsonstream.Value) state.Value {
	t := f.read.Text(v, "showAs")
	switch t.Text() {
	case "oof":
		return state.TextValue("outofoffice")
	case "workingElsewhere":
		return state.TextValue("busy")
	case "unknown":
		return state.EmptyValue()
	}
	return t
}

func (f *file) response(v *jsonstream.Value) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.EmptyValue()
	}
	t := f.read.Text(v.Get("response"), "responseStatus.response")
	if t.IsKnown() {
		return state.TextValue(answer(t.Text()))
	}
	return t
}

// answer maps Graph's words for a response to the schema's.
func answer(response string) string {
	switch response {
	case "tentativelyAccepted":
		return "tentative"
	case "accepted", "declined", "organizer":
		return response
	}
	return "none"
}

// people reads the organiser and the attendees.
func (f *file) people(it *state.Item, v *jsonstream.Value) {
	organizer := v.Get("organizer")
	switch {
	case organizer.IsNull():
		it.Set(state.AttrOrganizerEmail, state.EmptyValue())
	case organizer != nil:
		it.Set(state.AttrOrganizerEmail, f.read.Address(organizer.At("emailAddress", "address"), "organizer.emailAddress.address"))
	}
	if own := f.read.Bool(v.Get("isOrganizer"), "isOrganizer"); own.IsKnown() {
		it.Organizer = own.Truth()
	} else if email := it.Value(state.AttrOrganizerEmail); email.IsKnown() {
		it.Organizer = state.TruthOf(email.Text() == f.in.Mailbox)
	}
	attendees := v.Get("attendees")
	if attendees == nil {
		return
	}
	if !attendees.Is(jsonstream.Array) && !attendees.IsNull() {
		f.read.Wrong(attendees, "attendees", "a list")
		return
	}
	var list []state.Attendee
	for i := range attendees.Items {
		a := &attendees.Items[i]
		address := wire.Address(a.At("emailAddress", "address").Text())
		if address == "" || a.Get("type").Text() == "resource" {
			continue
		}
		list = append(list, state.Attendee{Email: address, Name: wire.Text(a.At("emailAddress", "name").Text()),
			Response: answer(a.At("status", "response").Text())})
	}
	it.Set(state.AttrAttendees, state.PeopleValue(list))
}

// times reads start and end: dates of all-day events, the exclusive end made the
// last day; instants of any other.
func (f *file) times(it *state.Item, v *jsonstream.Value) {
	allDay := f.read.Bool(v.Get("isAllDay"), "isAllDay")
	it.Set(state.AttrAllDay, allDay)
	start, end := v.Get("start"), v.Get("end")
	if allDay.Bool() {
		wire.SetDays(it, f.read.Day(start.Get("dateTime"), "start"), f.read.Day(end.Get("dateTime"), "end"))
		return
	}
	wire.SetTimes(it, f.zoned(start, "start"), f.zoned(end, "end"))
}

// zoned reads a time with the zone beside it.
func (f *file) zoned(v *jsonstream.Value, name string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.EmptyValue()
	case v.Is(jsonstream.String):
		return f.read.Instant(v, name)
	}
	at := v.Get("dateTime")
	if at.Text() == "" {
		return state.EmptyValue()
	}
	if t, ok := wire.ParseInstant(at.Str); ok {
		return state.InstantValue(t)
	}
	loc := time.UTC
	if tz := v.Get("timeZone"); tz.Text() != "" {
		var err error
		if loc, _, err = zone.Resolve(tz.Str); err != nil {
			f.env.Problems.Warn(f.in.Path, tz.Pos, "Unknown time zone", "%s: %s. The time counts as not recorded; ask Graph with the header Prefer: outlook.timezone=\"UTC\".", name, err)
			return state.Value{}
		}
	}
	t, ok := wire.ParseLocal(at.Str, loc)
	if !ok {
		f.env.Problems.Warn(f.in.Path, at.Pos, "Unreadable time", "%s is %q, which is no time such as 2026-05-04T08:00:00.0000000. It counts as not recorded.", name, wire.Clip(at.Str))
		return state.Value{}
	}
	return state.InstantValue(t)
}
