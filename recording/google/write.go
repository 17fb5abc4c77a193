package google

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// linkName is the property that carries record ids where the payload names none.
const linkName = "salesforceId"

// Write writes a page of events, tasks or connections as Google answers it. A full one
// has no sync token, as one has none that was asked for without; a delta ends in one.
func Write(w io.Writer, p wire.Payload) error {
	out := &writer{w: bufio.NewWriter(w), p: p, link: cmp.Or(p.LinkProperty, linkName), zone: p.Zone}
	if out.zone == nil {
		out.zone = time.UTC
	}
	list := "items"
	switch p.Kind {
	case state.Event:
		out.member("kind", "calendar#events")
		out.member("etag", etag)
		out.member("summary", out.calendar())
		out.member("timeZone", out.zone.String())
		out.member("accessRole", "owner")
	case state.Task:
		out.member("kind", "tasks#tasks")
		out.member("etag", etag)
	case state.Contact:
		list = "connections"
	}
	out.list(list, out.rows)
	switch {
	case p.Next:
		out.member("nextPageToken", "more")
	case p.Delta:
		out.member("nextSyncToken", "since")
	}
	return out.end()
}

// WriteGroups writes the list of contact groups that names a payload's categories.
func WriteGroups(w io.Writer, names []string) error {
	out := &writer{w: bufio.NewWriter(w)}
	out.list("contactGroups", func() {
		out.row(groupJSON{ResourceName: groupPrefix + "myContacts", ETag: etag, GroupType: "SYSTEM_CONTACT_GROUP", Name: "myContacts", FormattedName: "My Contacts"})
		for _, name := range names {
			out.row(groupJSON{ResourceName: groupID(name), ETag: etag, GroupType: "USER_CONTACT_GROUP", Name: name, FormattedName: name})
		}
	})
	out.member("totalItems", len(names)+1)
	return out.end()
}

// groupID is the resource name of the group of that name.
func groupID(name string) string { return groupPrefix + hex.EncodeToString([]byte(name)) }

const etag = `"0"`

type writer struct {
	w    *bufio.Writer
	p    wire.Payload
	link string
	zone *time.Location
	n    int // members, or rows of the list being written
	buf  bytes.Buffer
	err  error
}

func (w *writer) raw(s string) {
	if _, err := w.w.WriteString(s); err != nil {
		w.err = cmp.Or(w.err, err)
	}
}

func (w *writer) value(v any) {
	w.buf.Reset()
	e := json.NewEncoder(&w.buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		w.err = cmp.Or(w.err, err)
	}
	w.raw(strings.TrimSuffix(w.buf.String(), "\n"))
}

func (w *writer) key(name string) {
	if w.n == 0 {
		w.raw("{\n ")
	} else {
		w.raw(",\n ")
	}
	w.n++
	w.raw(`"` + name + `": `)
}

func (w *writer) member(name string, v any) {
	w.key(name)
	w.value(v)
}

func (w *writer) list(name string, rows func()) {
	w.key(name)
	outer := w.n
	w.n = 0
	w.raw("[")
	rows()
	w.raw("\n ]")
	w.n = outer
}

func (w *writer) row(v any) {
	if w.n > 0 {
		w.raw(",")
	}
	w.n++
	w.raw("\n  ")
	w.value(v)
}

func (w *writer) end() error {
	w.raw("\n}\n")
	return cmp.Or(w.err, w.w.Flush())
}

func (w *writer) rows() {
	if w.p.Items != nil {
		for it := range w.p.Items {
			switch w.p.Kind {
			case state.Event:
				w.event(it)
			case state.Task:
				w.row(w.task(it))
			case state.Contact:
				w.row(w.person(it))
			}
		}
	}
	for _, gone := range w.p.Removed {
		w.removed(gone)
	}
}

func (w *writer) removed(gone wire.Tombstone) {
	switch w.p.Kind {
	case state.Event:
		w.row(eventJSON{Kind: "calendar#event", ETag: etag, ID: gone.ID, Status: "cancelled", Updated: stamp(gone.At)})
	case state.Task:
		w.row(taskJSON{Kind: "tasks#task", ID: gone.ID, ETag: etag, Updated: stamp(gone.At), SelfLink: w.selfLink(gone.ID), Deleted: true})
	case state.Contact:
		w.row(personJSON{ResourceName: gone.ID, ETag: etag, Metadata: &metadataJSON{Deleted: true, ObjectType: "PERSON"}})
	}
}

// stamp is a time as Google writes when something happened; "" of none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05.000Z")
}

func stampOf(v state.Value) string {
	if !v.IsKnown() {
		return ""
	}
	return stamp(v.Instant())
}

type eventJSON struct {
	Kind       string          `json:"kind"`
	ETag       string          `json:"etag"`
	ID         string          `json:"id"`
	Status     string          `json:"status,omitempty"`
	HTMLLink   string          `json:"htmlLink,omitempty"`
	Created    string          `json:"created,omitempty"`
	Updated    string          `json:"updated,omitempty"`
	Summary    string          `json:"summary,omitempty"`
	Text       string          `json:"description,omitempty"`
	Location   string          `json:"location,omitempty"`
	Organizer  *attendeeJSON   `json:"organizer,omitempty"`
	Start      *timeJSON       `json:"start,omitempty"`
	End        *timeJSON       `json:"end,omitempty"`
	Recurrence []string        `json:"recurrence,omitempty"`
	Series     string          `json:"recurringEventId,omitempty"`
	Original   *timeJSON       `json:"originalStartTime,omitempty"`
	Transp     string          `json:"transparency,omitempty"`
	Visibility string          `json:"visibility,omitempty"`
	ICalUID    string          `json:"iCalUID,omitempty"`
	Attendees  []attendeeJSON  `json:"attendees,omitempty"`
	Omitted    bool            `json:"attendeesOmitted,omitempty"`
	Extended   *propertiesJSON `json:"extendedProperties,omitempty"`
	EventType  string          `json:"eventType,omitempty"`
}

type timeJSON struct {
	Date     string `json:"date,omitempty"`
	DateTime string `json:"dateTime,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
}

type attendeeJSON struct {
	Email    string `json:"email,omitempty"`
	Name     string `json:"displayName,omitempty"`
	Self     bool   `json:"self,omitempty"`
	Response string `json:"responseStatus,omitempty"`
}

type propertiesJSON struct {
	Private map[string]string `json:"private,omitempty"`
}

// calendar is the name of the calendar that the events lie in.
func (w *writer) calendar() string { return cmp.Or(w.p.Folder, w.p.FolderID, w.p.Mailbox) }

// event writes an event, and after it the exceptions of a series. A series without a
// rule is written as the instances that it consists of.
func (w *writer) event(it *state.Item) {
	e := w.plainEvent(it)
	s := it.Series
	if s == nil {
		w.row(e)
		return
	}
	if s.Rule != "" || s.Unreadable != "" {
		master := e
		master.Recurrence = w.recurrence(it)
		w.row(master)
	}
	for _, o := range s.Occurrences {
		if noOriginal(o) && s.Rule != "" {
			continue // an RDATE of the series
		}
		w.row(w.instance(it, e, o))
	}
}

func noOriginal(o state.Occurrence) bool { return o.Original.IsZero() && o.OriginalDate == 0 }

func (w *writer) plainEvent(it *state.Item) eventJSON {
	text := func(a state.Attr) string { return it.Value(a).Text() }
	e := eventJSON{Kind: "calendar#event", ETag: etag, ID: it.ID, Status: "confirmed", HTMLLink: "https://www.google.com/calendar/event?eid=" + url.QueryEscape(it.ID),
		Created: stampOf(it.Value(state.AttrCreated)), Updated: stampOf(it.Value(state.AttrModified)), Summary: text(state.AttrTitle),
		Text: formatted(text(state.AttrBody)), Location: text(state.AttrLocation), ICalUID: it.ICalUID, Omitted: it.AttendeesTruncated, EventType: "default"}
	switch text(state.AttrShowAs) {
	case "free":
		e.Transp = "transparent"
	case "tentative":
		e.Status = "tentative"
	}
	if it.Value(state.AttrCancelled).Bool() {
		e.Status = "cancelled"
	}
	if it.Value(state.AttrPrivate).Bool() {
		e.Visibility = "private"
	}
	if it.Carries != "" {
		e.Extended = &propertiesJSON{Private: map[string]string{w.link: it.Carries}}
	}
	if email := text(state.AttrOrganizerEmail); email != "" || it.Organizer == state.True {
		e.Organizer = &attendeeJSON{Email: email, Self: w.organises(it)}
	}
	for _, a := range it.Value(state.AttrAttendees).People() {
		e.Attendees = append(e.Attendees, w.attendee(it, a))
	}
	e.Start, e.End = w.when(it, it.Value(state.AttrStart), it.Value(state.AttrStartDate), 0), w.when(it, it.Value(state.AttrEnd), it.Value(state.AttrEndDate), 1)
	return e
}

// organises reports that the mailbox's owner does.
func (w *writer) organises(it *state.Item) bool {
	email := it.Value(state.AttrOrganizerEmail).Text()
	return it.Organizer == state.True || email != "" && email == w.p.Mailbox
}

func (w *writer) attendee(it *state.Item, a state.Attendee) attendeeJSON {
	out := attendeeJSON{Email: a.Email, Name: a.Name, Self: a.Email == w.p.Mailbox, Response: responseStatus(a.Response)}
	if own := it.Value(state.AttrResponse); out.Self && !w.organises(it) && own.IsKnown() {
		out.Response = responseStatus(own.Text())
	}
	return out
}

func responseStatus(response string) string {
	for word, means := range answers {
		if means == response {
			return word
		}
	}
	return "needsAction"
}

// when is a time of an event: of an all-day one its day and so many after it, else the
// instant on the clock of its zone; nil where it is not known.
func (w *writer) when(it *state.Item, at, day state.Value, later int) *timeJSON {
	switch {
	case it.AllDay() && day.IsKnown():
		return &timeJSON{Date: day.Day().AddDays(later).String()}
	case it.AllDay() || !at.IsKnown():
		return nil
	}
	return w.clock(it, at.Instant())
}

func (w *writer) clock(it *state.Item, t time.Time) *timeJSON {
	name := w.zone.String()
	if it.Series != nil && it.Series.Zone != "" {
		name = it.Series.Zone
	}
	return &timeJSON{DateTime: t.In(w.zone).Truncate(time.Second).Format(time.RFC3339), TimeZone: name}
}

// recurrence are a series' lines: its rule, and the occurrences it has besides.
func (w *writer) recurrence(it *state.Item) []string {
	if it.Series.Unreadable != "" {
		return []string{"X-UNREADABLE:" + it.Series.Unreadable}
	}
	lines := []string{"RRULE:" + it.Series.Rule}
	for _, o := range it.Series.Occurrences {
		switch {
		case !noOriginal(o):
		case it.AllDay():
			lines = append(lines, "RDATE;VALUE=DATE:"+compact(o.StartDate))
		default:
			lines = append(lines, "RDATE:"+o.Start.UTC().Format("20060102T150405Z"))
		}
	}
	return lines
}

func compact(d state.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// instance is an occurrence of a series as an event of its own; of a cancelled one only
// its place is said.
func (w *writer) instance(it *state.Item, e eventJSON, o state.Occurrence) eventJSON {
	var suffix string
	var original *timeJSON
	switch {
	case o.OriginalDate != 0 || it.AllDay():
		day := cmp.Or(o.OriginalDate, o.StartDate)
		suffix, original = compact(day), &timeJSON{Date: day.String()}
	default:
		at := o.Original
		if at.IsZero() {
			at = o.Start
		}
		suffix, original = at.UTC().Format("20060102T150405Z"), w.clock(it, at)
	}
	id := it.ID + "_" + suffix
	if o.Cancelled {
		return eventJSON{Kind: e.Kind, ETag: e.ETag, ID: id, Status: "cancelled", Series: it.ID, Original: original}
	}
	e.ID, e.Series, e.Original, e.Recurrence = id, it.ID, original, nil
	if it.AllDay() {
		e.Start, e.End = &timeJSON{Date: o.StartDate.String()}, &timeJSON{Date: o.EndDate.AddDays(1).String()}
	} else {
		e.Start, e.End = w.clock(it, o.Start), w.clock(it, o.End)
	}
	return e
}

type taskJSON struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	ETag      string `json:"etag"`
	Title     string `json:"title"`
	Updated   string `json:"updated,omitempty"`
	SelfLink  string `json:"selfLink,omitempty"`
	Notes     string `json:"notes,omitempty"`
	Status    string `json:"status,omitempty"`
	Due       string `json:"due,omitempty"`
	Completed string `json:"completed,omitempty"`
	Deleted   bool   `json:"deleted,omitempty"`
	Hidden    bool   `json:"hidden,omitempty"`
}

func (w *writer) selfLink(id string) string {
	if w.p.FolderID == "" {
		return ""
	}
	return "https://www.googleapis.com/tasks/v1/lists/" + url.PathEscape(w.p.FolderID) + "/tasks/" + url.PathEscape(id)
}

func (w *writer) task(it *state.Item) taskJSON {
	t := taskJSON{Kind: "tasks#task", ID: it.ID, ETag: etag, Title: it.Value(state.AttrTitle).Text(), Updated: stampOf(it.Value(state.AttrModified)),
		SelfLink: w.selfLink(it.ID), Notes: it.Value(state.AttrBody).Text(), Status: statusWord(it), Completed: stampOf(it.Value(state.AttrCompleted))}
	if due := it.Value(state.AttrDue); due.IsKnown() {
		t.Due = due.Day().String() + "T00:00:00.000Z"
	}
	return t
}

// statusWord is a task's status in Google's words; "" where it is not known.
func statusWord(it *state.Item) string {
	closed, status := it.Value(state.AttrClosed), it.Value(state.AttrStatus)
	switch {
	case closed.Bool() || !closed.IsRecorded() && strings.EqualFold(status.Text(), "completed"):
		return "completed"
	case closed.IsRecorded() || status.IsRecorded():
		return "needsAction"
	}
	return ""
}

type personJSON struct {
	ResourceName  string             `json:"resourceName"`
	ETag          string             `json:"etag"`
	Metadata      *metadataJSON      `json:"metadata,omitempty"`
	Names         []nameJSON         `json:"names,omitempty"`
	Emails        []valueJSON        `json:"emailAddresses,omitempty"`
	Phones        []valueJSON        `json:"phoneNumbers,omitempty"`
	Organizations []organizationJSON `json:"organizations,omitempty"`
	Memberships   []membershipJSON   `json:"memberships,omitempty"`
	ExternalIDs   []valueJSON        `json:"externalIds,omitempty"`
}

type metadataJSON struct {
	Sources    []sourceJSON `json:"sources,omitempty"`
	Deleted    bool         `json:"deleted,omitempty"`
	ObjectType string       `json:"objectType,omitempty"`
}

type sourceJSON struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	UpdateTime string `json:"updateTime,omitempty"`
}

type fieldJSON struct {
	Primary bool `json:"primary"`
}

type nameJSON struct {
	Metadata    fieldJSON `json:"metadata"`
	DisplayName string    `json:"displayName,omitempty"`
	FamilyName  string    `json:"familyName,omitempty"`
	GivenName   string    `json:"givenName,omitempty"`
}

type valueJSON struct {
	Metadata *fieldJSON `json:"metadata,omitempty"`
	Value    string     `json:"value"`
	Type     string     `json:"type,omitempty"`
}

type organizationJSON struct {
	Metadata fieldJSON `json:"metadata"`
	Current  bool      `json:"current"`
	Name     string    `json:"name,omitempty"`
	Title    string    `json:"title,omitempty"`
}

type membershipJSON struct {
	Group groupRefJSON `json:"contactGroupMembership"`
}

type groupRefJSON struct {
	ID           string `json:"contactGroupId"`
	ResourceName string `json:"contactGroupResourceName"`
}

type groupJSON struct {
	ResourceName  string `json:"resourceName"`
	ETag          string `json:"etag"`
	GroupType     string `json:"groupType"`
	Name          string `json:"name"`
	FormattedName string `json:"formattedName"`
}

func (w *writer) person(it *state.Item) personJSON {
	text := func(a state.Attr) string { return it.Value(a).Text() }
	_, source, _ := strings.Cut(it.ID, "/")
	p := personJSON{ResourceName: it.ID, ETag: etag,
		Metadata: &metadataJSON{ObjectType: "PERSON", Sources: []sourceJSON{{"CONTACT", cmp.Or(source, it.ID), stampOf(it.Value(state.AttrModified))}}}}
	name := nameJSON{fieldJSON{true}, text(state.AttrTitle), text(state.AttrLastName), text(state.AttrFirstName)}
	if name.DisplayName+name.FamilyName+name.GivenName != "" {
		p.Names = []nameJSON{name}
	}
	for _, a := range [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
		if email := text(a); email != "" {
			p.Emails = append(p.Emails, valueJSON{Metadata: &fieldJSON{len(p.Emails) == 0}, Value: email, Type: "work"})
		}
	}
	for _, phone := range [...][2]string{{text(state.AttrPhone), "work"}, {text(state.AttrMobile), "mobile"}} {
		if phone[0] != "" {
			p.Phones = append(p.Phones, valueJSON{Metadata: &fieldJSON{len(p.Phones) == 0}, Value: phone[0], Type: phone[1]})
		}
	}
	if job := (organizationJSON{fieldJSON{true}, true, text(state.AttrCompany), text(state.AttrJobTitle)}); job.Name+job.Title != "" {
		p.Organizations = []organizationJSON{job}
	}
	if groups := groupsOf(it); groups != nil {
		for _, id := range append([]string{groupPrefix + "myContacts"}, groups...) {
			p.Memberships = append(p.Memberships, membershipJSON{groupRefJSON{strings.TrimPrefix(id, groupPrefix), id}})
		}
	}
	if it.Carries != "" {
		p.ExternalIDs = []valueJSON{{Value: it.Carries, Type: w.link}}
	}
	return p
}

// Categories are the names of the groups that a contact is written as a member of: its
// categories, and the folder it lies in.
func Categories(it *state.Item) []string {
	names := slices.Clone(it.Value(state.AttrCategories).Texts())
	if it.FolderKnown && it.Folder != "" && !slices.Contains(names, it.Folder) {
		names = append(names, it.Folder)
	}
	return names
}

// groupsOf are the ids of those groups; nil where nothing about them was recorded.
func groupsOf(it *state.Item) []string {
	if !it.Value(state.AttrCategories).IsRecorded() && !it.FolderKnown {
		return nil
	}
	ids := []string{}
	for _, name := range Categories(it) {
		ids = append(ids, groupID(name))
	}
	return ids
}
