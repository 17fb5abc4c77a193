package ical

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// Losses are what an event or task loses by being written as iCalendar and read
// back.
var Losses = []wire.Loss{
	{What: "What was not recorded reads as empty; an unrecorded CLASS, TRANSP or STATUS as its default (public, busy, open).", Apply: fillIn},
	{What: "Times are whole seconds, and white space around texts is lost.", Apply: trimmed},
	{What: "The UID is the item's id; another calendar id is lost.", Apply: func(it *state.Item, _ *wire.Payload) { it.ICalUID = it.ID }},
	{What: "A task's status is NEEDS-ACTION, IN-PROCESS, COMPLETED or CANCELLED, and its priority 0 to 9: other services' words become the nearest of these.", Apply: ownWords},
	{What: "The owner's answer is that of the attendee with the owner's address; without one it is lost. Whether the owner organises an event is known where an organiser is named.", Apply: ownAnswer},
	{What: "A series has no more than its rule, exceptions and additions: whether it is in Salesforce's Lightning form is lost, and so is where a cancelled occurrence would have taken place.", Apply: bareSeries},
}

// Write writes events or tasks as a calendar would be published. iCalendar has no
// deltas and no pages.
func Write(w io.Writer, p wire.Payload) error {
	if p.Kind != state.Event && p.Kind != state.Task {
		return fmt.Errorf("iCalendar holds events and tasks, not %s", p.Kind.Plural())
	}
	if p.Delta || p.Next || len(p.Removed) > 0 {
		return errors.New("iCalendar has no deltas and no pages: write everything there is")
	}
	out := &writer{Writer: contentline.NewWriter(w), p: p, link: linkProperty, zones: map[string]*years{}}
	if p.LinkProperty != "" {
		out.link = strings.ToUpper(p.LinkProperty)
	}
	out.Raw("BEGIN", "VCALENDAR")
	out.Raw("PRODID", "-//weir//weir//EN")
	out.Raw("VERSION", "2.0")
	out.Raw("CALSCALE", "GREGORIAN")
	out.Raw("METHOD", "PUBLISH")
	if p.Folder != "" {
		out.Text("X-WR-CALNAME", p.Folder)
	}
	for it := range p.Items {
		if err := out.item(it); err != nil {
			return err
		}
	}
	if err := out.timeZones(); err != nil {
		return err
	}
	out.Raw("END", "VCALENDAR")
	return out.Flush()
}

// writer writes one calendar.
type writer struct {
	*contentline.Writer
	p     wire.Payload
	link  string
	zones map[string]*years // by IANA name
}

// years are those for which a zone has to be defined.
type years struct{ from, to int }

func (w *writer) item(it *state.Item) error {
	if it.Kind == state.Task {
		w.Raw("BEGIN", "VTODO")
		w.common(it, it.ID)
		w.task(it)
		w.Raw("END", "VTODO")
		return nil
	}
	loc := time.UTC
	if s := it.Series; s != nil {
		if s.Unreadable != "" {
			return fmt.Errorf("the series %q cannot be written: %s", it.ID, s.Unreadable)
		}
		if s.Zone != "" {
			var err error
			if loc, err = zone.Load(s.Zone); err != nil {
				return err
			}
		}
	}
	w.event(it, span{it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant(),
		it.Value(state.AttrStartDate).Day(), it.Value(state.AttrEndDate).Day(), it.AllDay()}, loc, "")
	w.overrides(it, loc)
	return nil
}

// common writes what events and tasks have in common.
func (w *writer) common(it *state.Item, uid string) {
	w.Text("UID", uid)
	stamp := cmp.Or(it.Value(state.AttrModified).Instant(), it.Value(state.AttrCreated).Instant(), time.Unix(0, 0))
	w.Raw("DTSTAMP", utc(stamp))
	w.instant("CREATED", it.Value(state.AttrCreated))
	w.instant("LAST-MODIFIED", it.Value(state.AttrModified))
	w.Text("SUMMARY", it.Value(state.AttrTitle).Text())
	w.text("DESCRIPTION", it.Value(state.AttrBody))
	if list := it.Value(state.AttrCategories).Texts(); len(list) > 0 {
		w.List("CATEGORIES", ',', list...)
	}
	if it.Carries != "" {
		w.Raw(w.link, it.Carries)
	}
}

func (w *writer) text(name string, v state.Value) {
	if v.IsKnown() {
		w.Text(name, v.Text())
	}
}

func (w *writer) instant(name string, v state.Value) {
	if v.IsKnown() {
		w.Raw(name, utc(v.Instant()))
	}
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func date(d state.Date) string { return d.UTC().Format("20060102") }

// span is when something takes place.
type span struct {
	start, end  time.Time
	first, last state.Date
	allDay      bool
}

// event writes an event, or with an original (a RECURRENCE-ID's line) an occurrence of
// one.
func (w *writer) event(it *state.Item, s span, loc *time.Location, original string) {
	w.Raw("BEGIN", "VEVENT")
	w.common(it, it.ID)
	if original != "" {
		head, value, _ := strings.Cut(original, ":")
		w.Raw(head, value)
	}
	if s.allDay {
		w.Raw("DTSTART;VALUE=DATE", date(s.first))
		w.Raw("DTEND;VALUE=DATE", date(max(s.first, s.last).AddDays(1)))
	} else if !s.start.IsZero() {
		w.at("DTSTART", s.start, loc)
		w.at("DTEND", s.end, loc)
	}
	w.text("LOCATION", it.Value(state.AttrLocation))
	w.marks(it)
	w.people(it)
	if original == "" && it.Series != nil {
		w.series(it, loc)
	}
	w.Raw("END", "VEVENT")
}

// at writes an instant: on the clocks of the series' zone if they show it once, else
// in UTC.
func (w *writer) at(name string, t time.Time, loc *time.Location) {
	head, value := w.clock(name, t, loc)
	w.Raw(head, value)
}

func (w *writer) clock(name string, t time.Time, loc *time.Location) (head, value string) {
	local := t.In(loc)
	secs := local.Hour()*3600 + local.Minute()*60 + local.Second()
	if loc == time.UTC || !recur.At(state.DateOf(t, loc), secs, loc).Equal(t.Truncate(time.Second)) {
		return name, utc(t)
	}
	y := w.zones[loc.String()]
	if y == nil {
		y = &years{local.Year(), local.Year()}
		w.zones[loc.String()] = y
	}
	y.from, y.to = min(y.from, local.Year()), max(y.to, local.Year())
	return name + ";TZID=" + loc.String(), local.Format("20060102T150405")
}

// marks writes the classification, the state and whether the time is taken.
func (w *writer) marks(it *state.Item) {
	class, transp, status := "PUBLIC", "OPAQUE", "CONFIRMED"
	if it.Value(state.AttrPrivate).Bool() {
		class = "PRIVATE"
	}
	if it.Value(state.AttrCancelled).Bool() {
		status = "CANCELLED"
	}
	busy := map[string]string{"tentative": "TENTATIVE", "outofoffice": "OOF"}[it.Value(state.AttrShowAs).Text()]
	if it.Value(state.AttrShowAs).Text() == "free" {
		transp = "TRANSPARENT"
	}
	w.Raw("CLASS", class)
	w.Raw("TRANSP", transp)
	w.Raw("STATUS", status)
	if busy != "" {
		w.Raw("X-MICROSOFT-CDO-BUSYSTATUS", busy)
	}
}

// partstats are the words for answers.
var partstats = map[string]string{"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE", "organizer": "ACCEPTED"}

func (w *writer) people(it *state.Item) {
	if organizer := it.Value(state.AttrOrganizerEmail).Text(); organizer != "" {
		w.Raw("ORGANIZER", "mailto:"+organizer)
	}
	for _, a := range it.Value(state.AttrAttendees).People() {
		response := a.Response
		if own := it.Value(state.AttrResponse).Text(); a.Email == w.p.Mailbox && own != "" {
			response = own
		}
		head := "ATTENDEE;PARTSTAT=" + cmp.Or(partstats[response], "NEEDS-ACTION")
		if a.Name != "" {
			head += ";CN=" + contentline.Quote(a.Name)
		}
		w.Raw(head, "mailto:"+a.Email)
	}
}

// series writes the rule, and the occurrences that need no component of their own.
func (w *writer) series(it *state.Item, loc *time.Location) {
	if it.Series.Rule != "" {
		w.Raw("RRULE", it.Series.Rule)
	}
	start := it.Value(state.AttrStart).Instant()
	for _, o := range it.Series.Occurrences {
		switch named := !o.Original.IsZero() || o.OriginalDate != 0; {
		case named && o.Cancelled:
			head, value := w.original("EXDATE", o, loc)
			w.Raw(head, value)
		case named || o.Cancelled:
		case !o.Start.IsZero() && (it.Series.Rule != "" || !o.Start.Equal(start)):
			w.Raw("RDATE;VALUE=PERIOD", utc(o.Start)+"/"+utc(o.End))
		case o.Start.IsZero() && (it.Series.Rule != "" || o.StartDate != it.Value(state.AttrStartDate).Day()):
			w.Raw("RDATE;VALUE=DATE", date(o.StartDate))
		}
	}
}

// original is where an occurrence would have been.
func (w *writer) original(name string, o state.Occurrence, loc *time.Location) (head, value string) {
	if o.Original.IsZero() {
		return name + ";VALUE=DATE", date(o.OriginalDate)
	}
	return w.clock(name, o.Original, loc)
}

// overrides writes the occurrences that were moved.
func (w *writer) overrides(it *state.Item, loc *time.Location) {
	if it.Series == nil {
		return
	}
	for _, o := range it.Series.Occurrences {
		if o.Cancelled || o.Original.IsZero() && o.OriginalDate == 0 {
			continue
		}
		head, value := w.original("RECURRENCE-ID", o, loc)
		w.event(it, span{o.Start, o.End, o.StartDate, o.EndDate, o.Start.IsZero()}, loc, head+":"+value)
	}
}

func (w *writer) task(it *state.Item) {
	if due := it.Value(state.AttrDue); due.IsKnown() {
		w.Raw("DUE;VALUE=DATE", date(due.Day()))
	}
	closed := it.Value(state.AttrClosed).Bool()
	if status := ownStatus(it); status != "" {
		w.Raw("STATUS", status)
	}
	if priority := ownPriority(it.Value(state.AttrPriority).Text()); priority != "" {
		w.Raw("PRIORITY", priority)
	}
	if closed {
		w.instant("COMPLETED", it.Value(state.AttrCompleted))
	}
}

// ownStatus is a task's status in the words of RFC 5545; "" where none was recorded.
func ownStatus(it *state.Item) string {
	status := strings.ToUpper(it.Value(state.AttrStatus).Text())
	switch {
	case it.Value(state.AttrClosed).Bool():
		return "COMPLETED"
	case status == "":
		return ""
	case status == "INPROGRESS" || status == "IN PROGRESS" || status == "IN-PROCESS":
		return "IN-PROCESS"
	case status == "CANCELLED":
		return "CANCELLED"
	}
	return "NEEDS-ACTION"
}

// ownPriority is a priority as a digit.
func ownPriority(word string) string {
	switch strings.ToLower(word) {
	case "":
		return ""
	case "high":
		return "1"
	case "low":
		return "9"
	case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9":
		return word
	}
	return "5"
}

// timeZones defines the zones that were named, for the years around their use.
func (w *writer) timeZones() error {
	names := make([]string, 0, len(w.zones))
	for name := range w.zones {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		loc, err := zone.Load(name)
		if err != nil {
			return err
		}
		w.timeZone(loc, *w.zones[name])
	}
	return nil
}

// horizon is for how many years after its last use a zone is defined.
const horizon = 10

func (w *writer) timeZone(loc *time.Location, y years) {
	w.Raw("BEGIN", "VTIMEZONE")
	w.Raw("TZID", loc.String())
	w.Raw("X-LIC-LOCATION", loc.String())
	from := time.Date(y.from, time.January, 1, 0, 0, 0, 0, time.UTC)
	w.observance(from.In(loc), offsetAt(from, loc))
	end := time.Date(y.to+horizon, time.January, 1, 0, 0, 0, 0, time.UTC)
	for t := from; t.Before(end); t = t.Add(step) {
		if before := offsetAt(t, loc); offsetAt(t.Add(step), loc) != before {
			w.observance(change(t, loc).In(loc), before)
		}
	}
	w.Raw("END", "VTIMEZONE")
}

// observance writes the offset that holds from an instant on.
func (w *writer) observance(at time.Time, before int) {
	part := "STANDARD"
	if at.IsDST() {
		part = "DAYLIGHT"
	}
	w.Raw("BEGIN", part)
	w.Raw("DTSTART", at.UTC().Add(time.Duration(before)*time.Second).Format("20060102T150405"))
	w.Raw("TZOFFSETFROM", offsetText(before))
	w.Raw("TZOFFSETTO", offsetText(offsetAt(at, at.Location())))
	w.Raw("END", part)
}

// step is less than any offset lasts.
const step = 5 * 24 * time.Hour

// change is the instant within a step from t at which the offset changes.
func change(t time.Time, loc *time.Location) time.Time {
	before := offsetAt(t, loc)
	n := sort.Search(int(step/time.Second), func(secs int) bool { return offsetAt(t.Add(time.Duration(secs)*time.Second), loc) != before })
	return t.Add(time.Duration(n) * time.Second)
}

func offsetAt(t time.Time, loc *time.Location) int {
	_, offset := t.In(loc).Zone()
	return offset
}

func offsetText(secs int) string {
	sign := "+"
	if secs < 0 {
		sign, secs = "-", -secs
	}
	text := fmt.Sprintf("%s%02d%02d", sign, secs/3600, secs/60%60)
	if secs%60 != 0 {
		text += fmt.Sprintf("%02d", secs%60)
	}
	return text
}

// fillIn makes what was not recorded empty, or what it is by default.
func fillIn(it *state.Item, _ *wire.Payload) {
	for _, a := range state.Schema() {
		switch v := it.Value(a.Attr); {
		case v.IsRecorded() || a.Mailbox != state.Stored || !a.Has(it.Kind):
		case a.Type == state.Texts:
			it.Set(a.Attr, state.TextsValue(nil))
		case a.Type == state.People:
			it.Set(a.Attr, state.PeopleValue(nil))
		case a.Type == state.Bool:
			it.Set(a.Attr, state.BoolValue(false))
		case a.Type == state.Text && a.Attr != state.AttrResponse:
			it.Set(a.Attr, state.EmptyValue())
		case a.Attr == state.AttrDue || a.Attr == state.AttrCompleted:
			it.Set(a.Attr, state.EmptyValue())
		}
	}
	if it.Kind == state.Event && it.Value(state.AttrShowAs).Text() == "" {
		it.Set(state.AttrShowAs, state.TextValue("busy"))
	}
	if it.Kind == state.Task && !it.Value(state.AttrClosed).Bool() {
		it.Set(state.AttrCompleted, state.EmptyValue())
	}
}

func trimmed(it *state.Item, _ *wire.Payload) {
	for _, a := range state.Schema() {
		switch v := it.Value(a.Attr); {
		case !v.IsKnown():
		case a.Type == state.Instant:
			it.Set(a.Attr, state.InstantValue(v.Instant().Truncate(time.Second)))
		case a.Attr == state.AttrBody:
			it.Set(a.Attr, state.TextValue(strings.TrimRight(wire.Text(v.Text()), " \t\n")))
		case a.Type == state.Text:
			it.Set(a.Attr, state.TextValue(strings.TrimSpace(wire.Text(v.Text()))))
		case a.Type == state.Texts:
			it.Set(a.Attr, wire.Names(v.Texts()))
		}
	}
}

func ownWords(it *state.Item, _ *wire.Payload) {
	if it.Kind == state.Task {
		it.Set(state.AttrStatus, state.TextValue(ownStatus(it)))
		it.Set(state.AttrPriority, state.TextValue(ownPriority(it.Value(state.AttrPriority).Text())))
	}
}

func ownAnswer(it *state.Item, p *wire.Payload) {
	if it.Kind != state.Event {
		return
	}
	organizer := it.Value(state.AttrOrganizerEmail).Text()
	own := state.Value{}
	list := slices.Clone(it.Value(state.AttrAttendees).People())
	for i, a := range list {
		if a.Email == p.Mailbox {
			a.Response = cmp.Or(it.Value(state.AttrResponse).Text(), a.Response)
			own = state.TextValue(answer(partstats[a.Response]))
		}
		if list[i].Response = answer(partstats[a.Response]); a.Email == organizer {
			list[i].Response = "organizer"
		}
	}
	it.Organizer = state.Unknown
	if organizer != "" {
		it.Organizer = state.TruthOf(organizer == p.Mailbox)
	}
	if it.Organizer == state.True {
		own = state.TextValue("organizer")
	}
	it.Set(state.AttrResponse, own)
	it.Set(state.AttrAttendees, state.PeopleValue(list))
}

// bareSeries leaves what a calendar can say of a series.
func bareSeries(it *state.Item, _ *wire.Payload) {
	if it.Series == nil {
		return
	}
	s := *it.Series
	s.Lightning = false
	s.Occurrences = slices.Clone(s.Occurrences)
	for i, o := range s.Occurrences {
		if o.Cancelled {
			s.Occurrences[i] = state.Occurrence{Original: o.Original, OriginalDate: o.OriginalDate, Cancelled: true}
		}
	}
	wire.SortOccurrences(s.Occurrences)
	it.Series = &s
}
