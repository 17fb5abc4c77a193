package ews

import (
	"bufio"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// linkName is the property that record ids are written to where the payload names
// none.
const linkName = "SfId"

// Write writes what Exchange answers to a FindItem of one folder, or for changes to a
// SyncFolderItems. Bodies, attendees and patterns stand in it too, which a server
// would return to GetItem only: one file then says all there is to say.
func Write(w io.Writer, p wire.Payload) error {
	b := bufio.NewWriter(w)
	out := &writer{b: b, p: &p, zone: p.Zone}
	if out.zone == nil {
		out.zone = time.UTC
	}
	out.document()
	return b.Flush()
}

// writer writes one answer. Errors stay in its buffer until the end.
type writer struct {
	b    *bufio.Writer
	p    *wire.Payload
	zone *time.Location // of the person
}

func (w *writer) raw(parts ...string) {
	for _, s := range parts {
		_, _ = w.b.WriteString(s)
	}
}

// text writes an element with a text; an empty one as an empty element.
func (w *writer) text(name, text string, attrs ...string) {
	w.raw("<t:", name)
	w.attrs(attrs)
	if text == "" {
		w.raw("/>")
		return
	}
	w.raw(">")
	_ = xml.EscapeText(w.b, []byte(text))
	w.raw("</t:", name, ">")
}

// attrs writes names and values in turn.
func (w *writer) attrs(list []string) {
	for i := 0; i+1 < len(list); i += 2 {
		w.raw(" ", list[i], `="`)
		_ = xml.EscapeText(w.b, []byte(list[i+1]))
		w.raw(`"`)
	}
}

func (w *writer) open(name string) { w.raw("<t:", name, ">") }
func (w *writer) end(name string)  { w.raw("</t:", name, ">") }

const (
	prologue = `<?xml version="1.0" encoding="utf-8"?>` + "\n" + `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>` + "\n"
	epilogue = "</s:Body></s:Envelope>\n"
	spacesOf = ` xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"`
)

func (w *writer) document() {
	op := "FindItem"
	changes := w.p.Delta || len(w.p.Removed) > 0
	if changes {
		op = "SyncFolderItems"
	}
	w.raw(prologue, "<m:", op, "Response", spacesOf, "><m:ResponseMessages><m:", op, `ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>`, "\n")
	if changes {
		w.changes()
	} else {
		w.listing()
	}
	w.raw("</m:", op, "ResponseMessage></m:ResponseMessages></m:", op, "Response>", epilogue)
}

func (w *writer) listing() {
	w.raw("<m:RootFolder")
	if w.p.From.IsZero() {
		w.attrs([]string{"IndexedPagingOffset", "0"})
	}
	w.attrs([]string{"IncludesLastItemInRange", strconv.FormatBool(!w.p.Next)})
	w.raw("><t:Items>\n")
	for it := range w.p.Items {
		w.item(it, func(inside func()) { inside() })
	}
	w.raw("</t:Items></m:RootFolder>")
}

func (w *writer) changes() {
	w.raw("<m:SyncState>H4sIAAAAAAAEAA==</m:SyncState><m:IncludesLastItemInRange>", strconv.FormatBool(!w.p.Next), "</m:IncludesLastItemInRange><m:Changes>\n")
	for it := range w.p.Items {
		w.item(it, func(inside func()) {
			w.open(changeOf(it))
			inside()
			w.end(changeOf(it))
		})
	}
	for _, gone := range w.p.Removed {
		w.open("Delete")
		w.text("ItemId", "", "Id", gone.ID, "ChangeKey", "AAAA")
		w.end("Delete")
		w.raw("\n")
	}
	w.raw("</m:Changes>")
}

// changeOf is how a change is announced: as a creation unless the item is known to have
// been modified since it was made.
func changeOf(it *state.Item) string {
	created, modified := it.Value(state.AttrCreated), it.Value(state.AttrModified)
	if created.IsKnown() && modified.IsKnown() && modified.Instant().After(created.Instant()) {
		return "Update"
	}
	return "Create"
}

// elements are the kinds' elements.
var elements = [...]string{state.Contact: "Contact", state.Task: "Task", state.Event: "CalendarItem"}

// item writes one item; a series of which only occurrences are known as those.
func (w *writer) item(it *state.Item, within func(func())) {
	if s := it.Series; onlyOccurrences(s) {
		for i, o := range s.Occurrences {
			within(func() { w.occurrence(it, o, i) })
			w.raw("\n")
		}
		return
	}
	within(func() { w.whole(it, it.ID, func() { w.series(it) }) })
	w.raw("\n")
}

// occurrence writes an occurrence as a calendar view shows it.
func (w *writer) occurrence(it *state.Item, o state.Occurrence, n int) {
	one := it.Clone()
	one.Series = nil
	if one.ICalUID == "" {
		one.ICalUID = it.ID
	}
	if it.AllDay() {
		one.Set(state.AttrStartDate, state.DayValue(o.StartDate))
		one.Set(state.AttrEndDate, state.DayValue(o.EndDate))
	} else {
		one.Set(state.AttrStart, state.InstantValue(o.Start))
		one.Set(state.AttrEnd, state.InstantValue(o.End))
	}
	one.Set(state.AttrCancelled, state.BoolValue(o.Cancelled))
	w.whole(one, it.ID+"."+strconv.Itoa(n+1), func() {
		w.text("CalendarItemType", "Exception")
		if at := w.original(one, o); at != "" {
			w.text("OriginalStart", at)
		}
	})
}

func (w *writer) original(it *state.Item, o state.Occurrence) string {
	switch {
	case it.AllDay():
		return w.midnight(o.OriginalDate, w.zoneOf(it))
	case o.Original.IsZero():
		return ""
	}
	return instant(o.Original)
}

// whole writes an item's element. Where everything that a listing shows was
// recorded, the item shows that all properties were asked for, and what is empty is
// left out; else it is an empty element.
func (w *writer) whole(it *state.Item, id string, series func()) {
	w.open(elements[it.Kind])
	w.text("ItemId", "", "Id", id, "ChangeKey", "AAAA")
	if w.p.FolderID != "" {
		w.text("ParentFolderId", "", "Id", w.p.FolderID)
	}
	f := &fields{writer: w, it: it, all: listed(it)}
	if f.all {
		w.text("ItemClass", classes[it.Kind])
		w.text("Size", "1024")
		w.text("HasAttachments", "false")
		w.text("IsSubmitted", "false")
	}
	f.common()
	switch it.Kind {
	case state.Contact:
		f.contact()
	case state.Task:
		f.task()
	default:
		f.event()
		series()
	}
	w.end(elements[it.Kind])
}

var classes = [...]string{state.Contact: "IPM.Contact", state.Task: "IPM.Task", state.Event: "IPM.Appointment"}

// shown are the attributes that a listing shows, by kind, where nothing shown means
// empty.
var shown = [...][]state.Attr{
	state.Contact: {state.AttrCreated, state.AttrCategories, state.AttrTitle, state.AttrFirstName, state.AttrLastName, state.AttrCompany, state.AttrJobTitle,
		state.AttrPhone, state.AttrMobile, state.AttrEmail, state.AttrEmail2, state.AttrEmail3},
	state.Task:  {state.AttrCreated, state.AttrCategories, state.AttrTitle, state.AttrStatus, state.AttrPriority, state.AttrDue, state.AttrCompleted},
	state.Event: {state.AttrCreated, state.AttrCategories, state.AttrTitle, state.AttrLocation, state.AttrShowAs, state.AttrResponse},
}

func listed(it *state.Item) bool {
	for _, a := range shown[it.Kind] {
		if !it.Value(a).IsRecorded() || a == state.AttrCreated && !it.Value(a).IsKnown() {
			return false
		}
	}
	return true
}

// fields writes an item's properties.
type fields struct {
	*writer
	it  *state.Item
	all bool
}

// put writes an attribute as the words say it.
func (f *fields) put(name string, a state.Attr, words func(state.Value) string) {
	switch v := f.it.Value(a); {
	case v.IsKnown():
		f.text(name, words(v))
	case v.IsRecorded() && !f.all:
		f.text(name, "")
	}
}

func asText(v state.Value) string    { return v.Text() }
func asBool(v state.Value) string    { return strconv.FormatBool(v.Bool()) }
func asInstant(v state.Value) string { return instant(v.Instant()) }

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") }

// midnight is a day's beginning in the zone.
func (w *writer) midnight(d state.Date, loc *time.Location) string {
	t := d.Midnight(loc)
	if state.DateOf(t, loc) < d { // daylight saving skips it
		t = t.Add(time.Hour)
	}
	return instant(t)
}

func (f *fields) common() {
	f.put("DateTimeCreated", state.AttrCreated, asInstant)
	f.put("LastModifiedTime", state.AttrModified, asInstant)
	if v := f.it.Value(state.AttrPrivate); v.IsKnown() {
		f.text("Sensitivity", map[bool]string{true: "Private", false: "Normal"}[v.Bool()])
	}
	if v := f.it.Value(state.AttrCategories); v.IsKnown() && (!f.all || len(v.Texts()) > 0) {
		f.open("Categories")
		for _, c := range v.Texts() {
			f.text("String", c)
		}
		f.end("Categories")
	}
	if f.it.Carries != "" {
		name := f.p.LinkProperty
		if name == "" {
			name = linkName
		}
		f.open("ExtendedProperty")
		f.text("ExtendedFieldURI", "", "DistinguishedPropertySetId", "PublicStrings", "PropertyName", name, "PropertyType", "String")
		f.text("Value", f.it.Carries)
		f.end("ExtendedProperty")
	}
}

func (f *fields) contact() {
	f.put("DisplayName", state.AttrTitle, asText)
	f.put("GivenName", state.AttrFirstName, asText)
	f.put("CompanyName", state.AttrCompany, asText)
	f.entries("EmailAddresses", "EmailAddress1", state.AttrEmail, "EmailAddress2", state.AttrEmail2, "EmailAddress3", state.AttrEmail3)
	f.entries("PhoneNumbers", "BusinessPhone", state.AttrPhone, "MobilePhone", state.AttrMobile)
	f.put("JobTitle", state.AttrJobTitle, asText)
	f.put("Surname", state.AttrLastName, asText)
}

// entries writes a dictionary; keys and attributes in turn.
func (f *fields) entries(name string, pairs ...any) {
	var list [][2]string
	for i := 0; i+1 < len(pairs); i += 2 {
		if v := f.it.Value(pairs[i+1].(state.Attr)); v.IsKnown() || v.IsRecorded() && !f.all {
			list = append(list, [2]string{pairs[i].(string), v.Text()})
		}
	}
	if len(list) == 0 {
		return
	}
	f.open(name)
	for _, e := range list {
		f.text("Entry", e[1], "Key", e[0])
	}
	f.end(name)
}

func (f *fields) body() {
	if v := f.it.Value(state.AttrBody); v.IsRecorded() {
		f.text("Body", v.Text(), "BodyType", "Text")
	}
}

func (f *fields) task() {
	f.put("Subject", state.AttrTitle, asText)
	f.body()
	f.put("Importance", state.AttrPriority, asOneOf(priorities...))
	f.put("CompleteDate", state.AttrCompleted, asInstant)
	f.put("DueDate", state.AttrDue, func(v state.Value) string { return f.midnight(v.Day(), f.zone) })
	if v := f.it.Value(state.AttrClosed); v.IsKnown() {
		f.text("IsComplete", asBool(v))
	}
	f.put("Status", state.AttrStatus, asOneOf(statuses...))
}

// Exchange's own words.
var (
	priorities = []string{"High", "Normal", "Low"}
	statuses   = []string{"NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred"}
)

// asOneOf writes a word as Exchange spells it.
func asOneOf(words ...string) func(state.Value) string {
	return func(v state.Value) string {
		for _, w := range words {
			if strings.EqualFold(w, v.Text()) {
				return w
			}
		}
		return v.Text()
	}
}

var showWords = map[string]string{"free": "Free", "tentative": "Tentative", "busy": "Busy", "outofoffice": "OOF"}

var responseWords = map[string]string{"organizer": "Organizer", "tentative": "Tentative", "accepted": "Accept", "declined": "Decline", "none": "NoResponseReceived"}

func asWord(words map[string]string) func(state.Value) string {
	return func(v state.Value) string { return words[v.Text()] }
}

func (f *fields) event() {
	it := f.it
	f.put("Subject", state.AttrTitle, asText)
	f.body()
	if it.ICalUID != "" {
		f.text("UID", it.ICalUID)
	}
	f.times()
	f.put("LegacyFreeBusyStatus", state.AttrShowAs, asWord(showWords))
	f.put("Location", state.AttrLocation, asText)
	if v := it.Value(state.AttrCancelled); v.IsKnown() {
		f.text("IsCancelled", asBool(v))
	}
	f.put("MyResponseType", state.AttrResponse, asWord(responseWords))
	switch v := it.Value(state.AttrOrganizerEmail); {
	case v.IsKnown():
		f.open("Organizer")
		f.mailbox("", v.Text())
		f.end("Organizer")
	case v.IsRecorded():
		f.text("Organizer", "")
	}
	f.attendees()
}

func (f *fields) mailbox(name, address string) {
	f.open("Mailbox")
	if name != "" {
		f.text("Name", name)
	}
	f.text("EmailAddress", address)
	f.text("RoutingType", "SMTP")
	f.end("Mailbox")
}

func (f *fields) attendees() {
	v := f.it.Value(state.AttrAttendees)
	if !v.IsKnown() {
		return
	}
	f.open("RequiredAttendees")
	for _, a := range v.People() {
		f.open("Attendee")
		f.mailbox(a.Name, a.Email)
		if w := responseWords[a.Response]; w != "" {
			f.text("ResponseType", w)
		}
		f.end("Attendee")
	}
	f.end("RequiredAttendees")
	if !f.it.AttendeesTruncated {
		f.text("OptionalAttendees", "")
	}
}

// zoneOf is the zone whose midnights an item's days are.
func (w *writer) zoneOf(it *state.Item) *time.Location {
	if it.Series != nil && it.Series.Zone != "" {
		if loc, err := loadZone(it.Series.Zone); err == nil {
			return loc
		}
	}
	return w.zone
}

func (f *fields) times() {
	it := f.it
	allDay := it.Value(state.AttrAllDay)
	if allDay.IsKnown() {
		f.text("IsAllDayEvent", asBool(allDay))
	}
	if it.AllDay() {
		f.days("Start", it.Value(state.AttrStartDate), 0)
		f.days("End", it.Value(state.AttrEndDate), 1)
	} else {
		f.put("Start", state.AttrStart, asInstant)
		f.put("End", state.AttrEnd, asInstant)
	}
	if it.Series != nil && it.Series.Zone != "" {
		f.text("StartTimeZone", "", "Id", it.Series.Zone)
	}
}

func (f *fields) days(name string, v state.Value, more int) {
	if v.IsKnown() {
		f.text(name, f.midnight(v.Day().AddDays(more), f.zoneOf(f.it)))
	}
}
