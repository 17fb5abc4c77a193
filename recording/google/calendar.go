package google

import (
	"html"
	"regexp"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// eventMembers are an event's members that are read.
var eventMembers = []string{"status", "created", "description", "location", "creator", "organizer", "start", "end",
	"endTimeUnspecified", "recurrence", "recurringEventId", "originalStartTime", "transparency", "visibility", "iCalUID",
	"attendees", "attendeesOmitted", "extendedProperties", "guestsCanSeeOtherGuests", "eventType", "htmlLink", "reminders"}

// notMeetings names the types of events that are no meetings, for people. A type that
// weir does not know is not one either: it may be anything.
var notMeetings = map[string]string{
	"workingLocation": "working locations", "focusTime": "focus times", "outOfOffice": "absences (out of office)",
	"birthday": "birthdays", "fromGmail": "events made from Gmail",
}

// addEvent reads an event, a series, a part of one, or the tombstone of either.
func (f *file) addEvent(id string, v *jsonstream.Value) {
	series := v.Get("recurringEventId").Text()
	cancelled := v.Get("status").Text() == "cancelled"
	if typ := v.Get("eventType").Text(); typ != "" && typ != "default" {
		what, ok := notMeetings[typ]
		if !ok {
			what = "events of the unknown type " + typ
		}
		f.leaveOut("event", id, what, v)
		return
	}
	row := wire.Row{Kind: state.Event, ID: id, Pos: v.Pos}
	switch {
	case cancelled && series != "" && series != id:
		row.Role, row.Parent, row.Gone = wire.Occurrence, series, true
		row.Occurrence = f.original(v)
		row.Occurrence.Cancelled = true
		row.Occurrence.Start, row.Occurrence.End = row.Occurrence.Original, row.Occurrence.Original
		row.Occurrence.StartDate, row.Occurrence.EndDate = row.Occurrence.OriginalDate, row.Occurrence.OriginalDate
	case cancelled:
		row.Gone, row.GoneAt = true, f.read.Instant(v.Get("updated"), "updated").Instant()
		if f.extended(v) != "" {
			// It may be the only one to say of which record it was a copy.
			row.Item = f.event(id, v)
			row.Item.Set(state.AttrCancelled, state.BoolValue(false))
		}
	default:
		row.Item = f.event(id, v)
		if series != "" && series != id {
			row.Role, row.Parent = wire.Occurrence, series
			row.Occurrence = f.occurrence(row.Item, v)
		}
	}
	f.add(row)
}

// wholeEvent: everything that the event has was asked for and may be seen.
func (f *file) wholeEvent(v *jsonstream.Value) bool {
	switch role := f.top["accessRole"].Text(); {
	case role == "freeBusyReader":
		return false
	case role == "reader" && v.Get("visibility") != nil && isPrivate(v.Get("visibility").Text()):
		return false
	}
	return f.top["etag"] != nil || v.Get("kind") != nil || v.Get("htmlLink") != nil || v.Get("reminders") != nil
}

func (f *file) event(id string, v *jsonstream.Value) *state.Item {
	it, whole := f.newItem(state.Event, id, v), f.wholeEvent(v)
	it.Set(state.AttrTitle, f.text(v, "summary", whole))
	it.Set(state.AttrBody, f.description(v, whole))
	it.Set(state.AttrLocation, f.text(v, "location", whole))
	it.Set(state.AttrCategories, state.TextsValue(nil))
	it.Set(state.AttrCreated, f.read.Instant(v.Get("created"), "created"))
	it.Set(state.AttrModified, f.read.Instant(v.Get("updated"), "updated"))
	it.Set(state.AttrPrivate, f.private(v, whole))
	it.Set(state.AttrShowAs, f.showAs(v, whole))
	it.FreeOrBusy = true
	if status := v.Get("status"); status.Is(jsonstream.String) {
		it.Set(state.AttrCancelled, state.BoolValue(status.Str == "cancelled"))
	}
	it.ICalUID = v.Get("iCalUID").Text()
	f.organizer(it, v)
	f.attendees(it, v, whole)
	f.times(it, v)
	f.series(it, v, whole)
	it.Carries = f.extended(v)
	return it
}

// extended is the record's id in an event's extended properties, the private ones first.
func (f *file) extended(v *jsonstream.Value) string {
	for _, name := range [...]string{"private", "shared"} {
		if props := v.At("extendedProperties", name); props != nil {
			for i := range props.Fields {
				if id, ok := f.carried(props.Fields[i].Name, props.Fields[i].Value.Text()); ok {
					return id
				}
			}
		}
	}
	return ""
}

// markup tells a description with formatting from one that is plain text.
var markup = regexp.MustCompile(`(?i)</?(a|b|i|u|s|p|br|div|span|ul|ol|li|em|strong|font|h[1-6]|table|tr|td|html|body)(\s[^<>]*)?/?>`)

// description is the text of an event; of one with formatting what a person reads, in
// which a line end is one whether it is markup or not.
func (f *file) description(v *jsonstream.Value, whole bool) state.Value {
	t := f.text(v, "description", whole)
	if !t.IsKnown() || !markup.MatchString(t.Text()) {
		return t
	}
	return state.TextValue(wire.PlainText(strings.ReplaceAll(t.Text(), "\n", "<br>")))
}

// formatted is a text as a description: one that would be taken for markup is put into
// markup.
func formatted(s string) string {
	if !markup.MatchString(s) {
		return s
	}
	return "<span>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") + "</span>"
}

func isPrivate(visibility string) bool {
	return visibility != "default" && visibility != "public" && visibility != ""
}

// private reads the visibility: default and public events are not private, any other
// word is taken to mean that they are.
func (f *file) private(v *jsonstream.Value, whole bool) state.Value {
	t := f.text(v, "visibility", whole)
	if !t.IsRecorded() {
		return state.Value{}
	}
	return state.BoolValue(isPrivate(t.Text()))
}

// showAs is what an event does to the person's time. Google knows free and not free,
// and whether the event is certain.
func (f *file) showAs(v *jsonstream.Value, whole bool) state.Value {
	t := f.text(v, "transparency", whole)
	switch {
	case !t.IsRecorded():
		return state.Value{}
	case t.Text() == "transparent":
		return state.TextValue("free")
	case v.Get("status").Text() == "tentative":
		return state.TextValue("tentative")
	}
	return state.TextValue("busy")
}

func (f *file) organizer(it *state.Item, v *jsonstream.Value) {
	o := v.Get("organizer")
	if !o.Is(jsonstream.Object) {
		return
	}
	it.Set(state.AttrOrganizerEmail, f.read.Address(o.Get("email"), "organizer.email"))
	switch email := it.Value(state.AttrOrganizerEmail); {
	case o.Get("self").IsTrue():
		it.Organizer = state.True
	case email.IsKnown():
		it.Organizer = state.TruthOf(email.Text() == f.in.Mailbox)
	}
}

// answers are Google's words for a response.
var answers = map[string]string{"accepted": "accepted", "declined": "declined", "tentative": "tentative", "needsAction": "none"}

func answer(v *jsonstream.Value) string {
	if word, ok := answers[v.Get("responseStatus").Text()]; ok {
		return word
	}
	return "none"
}

// attendees reads the invited people and the person's own answer. Rooms are not people.
// Where somebody is left out, or cannot be named, or guests may not see one another, the
// list is cut short.
func (f *file) attendees(it *state.Item, v *jsonstream.Value, whole bool) {
	if it.Organizer == state.True {
		it.Set(state.AttrResponse, state.TextValue("organizer"))
	}
	list := v.Get("attendees")
	switch {
	case list == nil && !f.asked("attendees", whole):
		return
	case list != nil && !list.Is(jsonstream.Array) && !list.IsNull():
		f.read.Wrong(list, "attendees", "a list")
		return
	}
	sees := v.Get("guestsCanSeeOtherGuests")
	it.AttendeesTruncated = v.Get("attendeesOmitted").IsTrue() || sees.Is(jsonstream.Bool) && !sees.Bool && it.Organizer != state.True
	var people []state.Attendee
	for i := range itemsOf(list) {
		a := &list.Items[i]
		if a.Get("resource").IsTrue() {
			continue
		}
		if a.Get("self").IsTrue() && it.Organizer != state.True {
			it.Set(state.AttrResponse, state.TextValue(answer(a)))
		}
		address := wire.Address(a.Get("email").Text())
		if address == "" {
			it.AttendeesTruncated = true
			continue
		}
		people = append(people, state.Attendee{Email: address, Name: wire.Text(a.Get("displayName").Text()), Response: answer(a)})
	}
	it.Set(state.AttrAttendees, state.PeopleValue(people))
}

// itemsOf are the elements of a list; none of anything else.
func itemsOf(v *jsonstream.Value) []jsonstream.Value {
	if !v.Is(jsonstream.Array) {
		return nil
	}
	return v.Items
}

// times reads start and end: dates of all-day events, the exclusive end made the last
// day; instants of any other.
func (f *file) times(it *state.Item, v *jsonstream.Value) {
	start, end := v.Get("start"), v.Get("end")
	if v.Get("endTimeUnspecified").IsTrue() {
		end = nil
	}
	switch {
	case start.Get("date").Text() != "":
		it.Set(state.AttrAllDay, state.BoolValue(true))
		wire.SetDays(it, f.read.Day(start.Get("date"), "start.date"), f.read.Day(end.Get("date"), "end.date"))
	case start.Get("dateTime").Text() != "":
		it.Set(state.AttrAllDay, state.BoolValue(false))
		wire.SetTimes(it, f.instant(start, "start"), f.instant(end, "end"))
	}
}

// instant reads a time with its offset, else in the zone beside it, else in the
// calendar's.
func (f *file) instant(v *jsonstream.Value, name string) state.Value {
	at := v.Get("dateTime")
	if at.Text() == "" {
		return state.Value{}
	}
	if t, ok := wire.ParseInstant(at.Str); ok {
		return state.InstantValue(t)
	}
	loc, _ := f.location(v, name)
	if loc == nil {
		return state.Value{}
	}
	t, ok := wire.ParseLocal(at.Str, loc)
	if !ok {
		f.env.Problems.Warn(f.in.Path, at.Pos, "Unreadable time", "%s is %q, which is no time such as 2026-05-04T08:00:00+02:00. It counts as not recorded.", name, wire.Clip(at.Str))
		return state.Value{}
	}
	return state.InstantValue(t)
}

// location is the zone of a time: its own, else the calendar's; nil if there is none
// that weir knows, which is said where a time needs it.
func (f *file) location(v *jsonstream.Value, name string) (*time.Location, string) {
	tz := v.Get("timeZone")
	if tz.Text() == "" {
		tz = f.top["timeZone"]
	}
	if tz.Text() == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Time without a zone", "%s has neither an offset nor a time zone. It counts as not recorded; ask for %s.timeZone.", name, name)
		return nil, ""
	}
	loc, iana, err := zone.Resolve(tz.Str)
	if err != nil {
		f.env.Problems.Warn(f.in.Path, tz.Pos, "Unknown time zone", "%s: %s. The time counts as not recorded.", name, err)
		return nil, ""
	}
	return loc, iana
}

// original is where a series' rule put one of its occurrences.
func (f *file) original(v *jsonstream.Value) state.Occurrence {
	var o state.Occurrence
	at := v.Get("originalStartTime")
	if at.Get("date").Text() != "" {
		o.OriginalDate = f.read.Day(at.Get("date"), "originalStartTime.date").Day()
	} else {
		o.Original = f.instant(at, "originalStartTime").Instant()
	}
	return o
}

// occurrence is a part of a series that takes place.
func (f *file) occurrence(it *state.Item, v *jsonstream.Value) state.Occurrence {
	o := f.original(v)
	if it.AllDay() {
		o.StartDate, o.EndDate = it.Value(state.AttrStartDate).Day(), it.Value(state.AttrEndDate).Day()
	} else {
		o.Start, o.End = it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant()
	}
	return o
}
