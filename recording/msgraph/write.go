package msgraph

import (
	"cmp"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// Losses are what an item loses by being written and read again.
var Losses = []wire.Loss{
	{What: "The folder and the calendar stand in the answer, not in the item.", Apply: func(it *state.Item, _ *wire.Payload) {
		it.Folder, it.FolderKnown = "", false
	}},
	{What: "A contact's addresses are one list: if any is recorded all are, gaps close up, and a contact has no more than three.", Apply: closeUp},
	{What: "A task is closed if its status is `completed`, and nothing else says so.", Apply: closedByStatus},
	{What: "When something takes place, and when it was done, in units of 100 ns.", Apply: hundredNanoseconds},
	{What: "A known start without an end ends where it starts. The other form of its time (dates, or instants) is not recorded.", Apply: oneTime},
	{What: "An empty `sensitivity` is normal; `showAs` tells apart free, busy, tentative and out of office; an answer is none, accepted, tentative, declined or the organiser's. An attendee of whom no answer is known has given none.", Apply: ownWords},
	{What: "Whether the person organises an event, where neither `isOrganizer` nor an organiser is recorded; whether the list of attendees is cut.", Apply: organizer},
	{What: "White space at the end of bodies.", Apply: func(it *state.Item, _ *wire.Payload) {
		if v := it.Value(state.AttrBody); v.IsKnown() {
			it.Set(state.AttrBody, state.TextValue(strings.TrimRight(v.Text(), " \t\n")))
		}
	}},
	{What: "Recurrence rules that Graph cannot say (several days of the month, times of the day), for which when the series takes place is not known; that weeks begin on Monday is said, and the order of a rule's parts is Graph's. Whether a series is in Salesforce's Lightning form.", Apply: sayable},
	{What: "What only Salesforce has: an owner, an author, a subtype, invited users, fields beyond the schema.", Apply: func(it *state.Item, _ *wire.Payload) {
		for _, a := range [...]state.Attr{state.AttrOwner, state.AttrModifiedBy, state.AttrSubtype} {
			it.Set(a, state.Value{})
		}
		it.Custom, it.Invitees, it.InviteesKnown = nil, nil, state.False
	}},
}

var addressAttrs = [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}

func closeUp(it *state.Item, _ *wire.Payload) {
	list, recorded := addressesOf(it)
	for i, a := range addressAttrs {
		switch {
		case !recorded:
			it.Set(a, state.Value{})
		case i < len(list):
			it.Set(a, state.TextValue(list[i]))
		default:
			it.Set(a, state.EmptyValue())
		}
	}
}

func addressesOf(it *state.Item) (list []string, recorded bool) {
	for _, a := range addressAttrs {
		v := it.Value(a)
		recorded = recorded || v.IsRecorded()
		if v.IsKnown() {
			list = append(list, v.Text())
		}
	}
	return list, recorded
}

func closedByStatus(it *state.Item, _ *wire.Payload) {
	v := state.Value{}
	if status := it.Value(state.AttrStatus); status.IsKnown() {
		v = state.BoolValue(status.Text() == "completed")
	}
	it.Set(state.AttrClosed, v)
}

func hundredNanoseconds(it *state.Item, _ *wire.Payload) {
	for _, a := range [...]state.Attr{state.AttrStart, state.AttrEnd, state.AttrCompleted} {
		if v := it.Value(a); v.IsKnown() {
			it.Set(a, state.InstantValue(v.Instant().Truncate(100*time.Nanosecond)))
		}
	}
}

func oneTime(it *state.Item, _ *wire.Payload) {
	from, to := state.AttrStart, state.AttrEnd
	if it.AllDay() {
		it.Set(from, state.Value{})
		it.Set(to, state.Value{})
		from, to = state.AttrStartDate, state.AttrEndDate
		if !it.Value(from).IsKnown() {
			it.Set(from, state.Value{})
			it.Set(to, state.Value{})
		}
	} else {
		it.Set(state.AttrStartDate, state.Value{})
		it.Set(state.AttrEndDate, state.Value{})
	}
	if it.Value(from).IsKnown() && !it.Value(to).IsKnown() {
		it.Set(to, it.Value(from))
	}
}

func ownWords(it *state.Item, _ *wire.Payload) {
	if it.Value(state.AttrPrivate).Presence() == state.Empty {
		it.Set(state.AttrPrivate, state.BoolValue(false))
	}
	if v := it.Value(state.AttrShowAs); v.IsKnown() && showWords[v.Text()] == "" {
		it.Set(state.AttrShowAs, state.TextValue("busy"))
	}
	if v := it.Value(state.AttrResponse); v.IsKnown() {
		it.Set(state.AttrResponse, state.TextValue(answer(answerWord(v.Text()))))
	}
	if v := it.Value(state.AttrAttendees); v.IsRecorded() {
		var list []state.Attendee
		for _, a := range v.People() {
			a.Response = answer(answerWord(a.Response))
			list = append(list, a)
		}
		it.Set(state.AttrAttendees, state.PeopleValue(list))
	}
}

func organizer(it *state.Item, p *wire.Payload) {
	it.AttendeesTruncated = false
	if email := it.Value(state.AttrOrganizerEmail); it.Organizer == state.Unknown && email.IsKnown() {
		it.Organizer = state.TruthOf(email.Text() == p.Mailbox)
	}
}

func sayable(it *state.Item, _ *wire.Payload) {
	if it.Series == nil {
		return
	}
	it.Set(state.AttrRecurring, state.BoolValue(true))
	s := &state.Series{Rule: it.Series.Rule, Zone: it.Series.Zone}
	it.Series = s
	p, r, ok := recur.ToGraph(s.Rule)
	if !ok {
		*s = state.Series{Unreadable: noRecurrence}
		return
	}
	s.Rule, _ = recur.FromGraph(p, r)
}

// Write writes what Graph answers: a collection, a page of one, or a delta. An
// item's exceptions follow it as items of their own, and a series of which only
// occurrences are known is written as those.
func Write(w io.Writer, p wire.Payload) error {
	out := &writer{Writer: jsonstream.NewWriter(w), p: &p}
	out.Open('{')
	out.Member("@odata.context", root+"/$metadata#"+out.path("%40", "contacts"))
	out.Key("value")
	out.Open('[')
	if p.Items != nil {
		for it := range p.Items {
			out.item(it)
		}
	}
	for _, gone := range p.Removed {
		out.Line()
		out.Open('{')
		out.Member("id", gone.ID)
		out.Key("@removed")
		out.Open('{')
		out.Member("reason", "deleted")
		out.Close('}')
		out.Close('}')
	}
	out.Close(']')
	out.link()
	out.Close('}')
	return out.Flush()
}

const root = "https://graph.microsoft.com/v1.0"

type writer struct {
	*jsonstream.Writer
	p *wire.Payload
}

// path is the collection's, as contexts name it.
func (w *writer) path(at, contacts string) string {
	path := "users('" + strings.ReplaceAll(w.p.Mailbox, "@", at) + "')/"
	folder := "('" + url.PathEscape(w.p.FolderID) + "')/"
	switch {
	case w.p.Kind == state.Contact && w.p.FolderID != "":
		return path + "contactFolders" + folder + contacts
	case w.p.Kind == state.Contact:
		return path + contacts
	case w.p.Kind == state.Task:
		return path + "todo/lists" + folder + "tasks"
	case !w.p.From.IsZero():
		return path + "calendarView"
	case w.p.FolderID != "":
		return path + "calendars" + folder + "events"
	}
	return path + "events"
}

// link is what an answer ends with if there is more to ask for.
func (w *writer) link() {
	if !w.p.Next && !w.p.Delta {
		return
	}
	query := "$skip=1000"
	name, path := "@odata.nextLink", root+"/"+w.path("@", "contacts")
	if !w.p.Next {
		name = "@odata.deltaLink"
	}
	if w.p.Delta {
		path, query = path+"/delta", "$deltatoken=R0usmcMDNGg0J1E"
	}
	if !w.p.From.IsZero() {
		query = "startDateTime=" + instant(w.p.From) + "&endDateTime=" + instant(w.p.To) + "&" + query
	}
	w.Member(name, path+"?"+query)
}

// noRecurrence is what Read says of a series without a recurrence.
const noRecurrence = "its recurrence was not recorded"

func (w *writer) item(it *state.Item) {
	s := it.Series
	if s == nil {
		w.row(it, it.ID, func() {
			if v := it.Value(state.AttrRecurring); v.IsKnown() && !v.Bool() {
				w.Member("type", "singleInstance")
			} else if v.Bool() {
				w.Member("type", "seriesMaster")
			}
		})
		return
	}
	listed := s.Rule == "" && s.Unreadable == "" && len(s.Occurrences) > 0
	if !listed {
		w.row(it, it.ID, func() { w.master(it) })
	}
	for i, o := range s.Occurrences {
		w.row(at(it, o), it.ID+"."+strconv.Itoa(i+1), func() {
			kind := "exception"
			if listed {
				kind = "occurrence"
			}
			w.Member("type", kind)
			w.Member("seriesMasterId", it.ID)
			switch {
			case it.AllDay():
				w.Member("originalStart", o.OriginalDate.String()+"T00:00:00Z")
			case !o.Original.IsZero():
				w.Member("originalStart", instant(o.Original))
			}
		})
	}
}

// at is an item as one of its occurrences.
func at(it *state.Item, o state.Occurrence) *state.Item {
	it = it.Clone()
	it.Series, it.Carries = nil, ""
	if it.AllDay() {
		it.Set(state.AttrStartDate, state.DayValue(o.StartDate))
		it.Set(state.AttrEndDate, state.DayValue(o.EndDate))
	} else {
		it.Set(state.AttrStart, state.InstantValue(o.Start))
		it.Set(state.AttrEnd, state.InstantValue(o.End))
	}
	it.Set(state.AttrCancelled, state.BoolValue(o.Cancelled))
	return it
}

// master writes the recurrence.
func (w *writer) master(it *state.Item) {
	w.Member("type", "seriesMaster")
	p, r, ok := recur.ToGraph(it.Series.Rule)
	if !ok {
		return
	}
	w.Key("recurrence")
	w.Open('{')
	w.Key("pattern")
	w.Open('{')
	w.Member("type", p.Type)
	w.number("interval", p.Interval)
	w.number("month", p.Month)
	w.number("dayOfMonth", p.DayOfMonth)
	w.Key("daysOfWeek")
	w.texts(p.DaysOfWeek)
	w.Member("firstDayOfWeek", cmp.Or(p.FirstDayOfWeek, "sunday"))
	w.Member("index", cmp.Or(p.Index, "first"))
	w.Close('}')
	w.Key("range")
	w.Open('{')
	w.Member("type", r.Type)
	w.Member("startDate", firstDay(it))
	w.Member("endDate", cmp.Or(r.EndDate, "0001-01-01"))
	w.Member("recurrenceTimeZone", it.Series.Zone)
	w.number("numberOfOccurrences", r.NumberOfOccurrences)
	w.Close('}')
	w.Close('}')
}

// firstDay is the day on which a series begins, in its own zone.
func firstDay(it *state.Item) string {
	if it.AllDay() {
		return it.Value(state.AttrStartDate).Day().String()
	}
	loc, _, err := zone.Resolve(it.Series.Zone)
	if err != nil {
		loc = time.UTC
	}
	return state.DateOf(it.Value(state.AttrStart).Instant(), loc).String()
}

func (w *writer) number(name string, n int) {
	w.Key(name)
	w.Int(n)
}

func (w *writer) texts(list []string) {
	w.Open('[')
	for _, s := range list {
		w.Text(s)
	}
	w.Close(']')
}

// row writes an item; series adds what makes it one, or a part of one.
func (w *writer) row(it *state.Item, id string, series func()) {
	w.Line()
	w.Open('{')
	w.Member("id", id)
	w.value("createdDateTime", it.Value(state.AttrCreated))
	w.value("lastModifiedDateTime", it.Value(state.AttrModified))
	if v := it.Value(state.AttrCategories); v.IsRecorded() {
		w.Key("categories")
		w.texts(v.Texts())
	}
	switch it.Kind {
	case state.Contact:
		w.contact(it)
	case state.Task:
		w.task(it)
	case state.Event:
		w.event(it)
		series()
	}
	w.carries(it)
	w.Close('}')
}

func (w *writer) value(name string, v state.Value) {
	if !v.IsRecorded() {
		return
	}
	w.Key(name)
	switch v.Type() {
	case state.Text:
		w.Text(v.Text())
	case state.Bool:
		w.Bool(v.Bool())
	case state.Instant:
		w.Text(instant(v.Instant()))
	default:
		w.Null()
	}
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// linkName is the property for record ids where the payload names none.
const linkName = "SfId"

// carries writes the record's id: a task in a linked resource, anything else in an
// extended property.
func (w *writer) carries(it *state.Item) {
	if it.Carries == "" {
		return
	}
	if it.Kind == state.Task {
		w.Key("linkedResources")
		w.Open('[')
		w.Open('{')
		w.Member("applicationName", "Salesforce")
		w.Member("externalId", it.Carries)
		w.Close('}')
		w.Close(']')
		return
	}
	w.Key("singleValueExtendedProperties")
	w.Open('[')
	w.Open('{')
	w.Member("id", "String {00020329-0000-0000-C000-000000000046} Name "+cmp.Or(w.p.LinkProperty, linkName))
	w.Member("value", it.Carries)
	w.Close('}')
	w.Close(']')
}

func (w *writer) contact(it *state.Item) {
	if w.p.FolderID != "" {
		w.Member("parentFolderId", w.p.FolderID)
	}
	w.value("displayName", it.Value(state.AttrTitle))
	w.value("givenName", it.Value(state.AttrFirstName))
	w.value("surname", it.Value(state.AttrLastName))
	w.value("companyName", it.Value(state.AttrCompany))
	w.value("jobTitle", it.Value(state.AttrJobTitle))
	w.value("mobilePhone", it.Value(state.AttrMobile))
	if v := it.Value(state.AttrPhone); v.IsRecorded() {
		w.Key("businessPhones")
		w.Open('[')
		if v.IsKnown() {
			w.Text(v.Text())
		}
		w.Close(']')
	}
	list, recorded := addressesOf(it)
	if !recorded {
		return
	}
	w.Key("emailAddresses")
	w.Open('[')
	for _, address := range list {
		w.Open('{')
		w.Member("name", address)
		w.Member("address", address)
		w.Close('}')
	}
	w.Close(']')
}

func (w *writer) task(it *state.Item) {
	w.value("title", it.Value(state.AttrTitle))
	w.value("status", it.Value(state.AttrStatus))
	w.value("importance", it.Value(state.AttrPriority))
	w.body(it.Value(state.AttrBody))
	if v := it.Value(state.AttrDue); v.IsKnown() {
		w.zoned("dueDateTime", v.Day().String()+"T00:00:00.0000000")
	} else {
		w.value("dueDateTime", v)
	}
	w.moment("completedDateTime", it.Value(state.AttrCompleted))
}

func (w *writer) body(v state.Value) {
	if !v.IsRecorded() {
		return
	}
	w.Key("body")
	w.Open('{')
	w.Member("contentType", "text")
	w.Member("content", v.Text())
	w.Close('}')
}

func (w *writer) zoned(name, dateTime string) {
	w.Key(name)
	w.Open('{')
	w.Member("dateTime", dateTime)
	w.Member("timeZone", "UTC")
	w.Close('}')
}

// moment writes an instant as a time beside its zone.
func (w *writer) moment(name string, v state.Value) {
	if v.IsKnown() {
		w.zoned(name, v.Instant().Format("2006-01-02T15:04:05.0000000"))
		return
	}
	w.value(name, v)
}

var showWords = map[string]string{"free": "free", "busy": "busy", "tentative": "tentative", "outofoffice": "oof"}

func answerWord(response string) string {
	switch response {
	case "tentative":
		return "tentativelyAccepted"
	case "accepted", "declined", "organizer":
		return response
	}
	return "notResponded"
}

func (w *writer) event(it *state.Item) {
	w.value("subject", it.Value(state.AttrTitle))
	w.body(it.Value(state.AttrBody))
	if v := it.Value(state.AttrLocation); v.IsRecorded() {
		w.Key("location")
		w.Open('{')
		w.value("displayName", v)
		w.Close('}')
	}
	w.words(it)
	w.value("isCancelled", it.Value(state.AttrCancelled))
	if it.ICalUID != "" {
		w.Member("iCalUId", it.ICalUID)
	}
	w.people(it)
	w.times(it)
}

func (w *writer) words(it *state.Item) {
	if v := it.Value(state.AttrPrivate); v.IsKnown() {
		w.Member("sensitivity", map[bool]string{true: "private", false: "normal"}[v.Bool()])
	} else {
		w.value("sensitivity", v)
	}
	if v := it.Value(state.AttrShowAs); v.IsKnown() {
		w.Member("showAs", cmp.Or(showWords[v.Text()], "busy"))
	} else {
		w.value("showAs", v)
	}
	switch v := it.Value(state.AttrResponse); {
	case v.IsKnown():
		w.Key("responseStatus")
		w.status(v.Text())
	default:
		w.value("responseStatus", v)
	}
}

func (w *writer) status(response string) {
	w.Open('{')
	w.Member("response", answerWord(response))
	w.Close('}')
}

func (w *writer) people(it *state.Item) {
	switch v := it.Value(state.AttrOrganizerEmail); {
	case v.IsKnown():
		w.Key("organizer")
		w.Open('{')
		w.address(v.Text(), v.Text())
		w.Close('}')
	default:
		w.value("organizer", v)
	}
	if it.Organizer != state.Unknown {
		w.Key("isOrganizer")
		w.Bool(it.Organizer == state.True)
	}
	v := it.Value(state.AttrAttendees)
	if !v.IsRecorded() {
		return
	}
	w.Key("attendees")
	w.Open('[')
	for _, a := range v.People() {
		w.Open('{')
		w.Member("type", "required")
		w.Key("status")
		w.status(a.Response)
		w.address(a.Name, a.Email)
		w.Close('}')
	}
	w.Close(']')
}

func (w *writer) address(name, address string) {
	w.Key("emailAddress")
	w.Open('{')
	w.Member("name", name)
	w.Member("address", address)
	w.Close('}')
}

func (w *writer) times(it *state.Item) {
	w.value("isAllDay", it.Value(state.AttrAllDay))
	if !it.AllDay() {
		w.moment("start", it.Value(state.AttrStart))
		w.moment("end", it.Value(state.AttrEnd))
		return
	}
	first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	if first.IsKnown() {
		w.zoned("start", first.Day().String()+"T00:00:00.0000000")
	}
	if last.IsKnown() {
		w.zoned("end", last.Day().AddDays(1).String()+"T00:00:00.0000000")
	}
}

// Folder is a contact folder or a To Do list.
type Folder struct{ ID, Name string }

// WriteFolders writes the list of a person's contact folders (of contacts) or To Do
// lists (of tasks).
func WriteFolders(w io.Writer, mailbox string, kind state.Kind, folders []Folder) error {
	out := jsonstream.NewWriter(w)
	path := "contactFolders"
	if kind == state.Task {
		path = "todo/lists"
	}
	out.Open('{')
	out.Member("@odata.context", root+"/$metadata#users('"+strings.ReplaceAll(mailbox, "@", "%40")+"')/"+path)
	out.Key("value")
	out.Open('[')
	for _, f := range folders {
		out.Line()
		out.Open('{')
		out.Member("id", f.ID)
		out.Member("displayName", f.Name)
		out.Close('}')
	}
	out.Close(']')
	out.Close('}')
	return out.Flush()
}
