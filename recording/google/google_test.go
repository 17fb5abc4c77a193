package google_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/google"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

func read(text string, in wire.MailFile) (*wire.MailOutput, *wire.Problems) {
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	readInto(text, in, problems, out)
	return out, problems
}

func readInto(text string, in wire.MailFile, problems *wire.Problems, out *wire.MailOutput) {
	env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
	if in.Path == "" {
		in.Path = "x.json"
	}
	in.Mailbox = "ann@acme.example"
	_ = google.Read(strings.NewReader(text), in, env, out)
}

// one reads a page of one event, task or person.
func one(t *testing.T, list, row string) wire.Row {
	t.Helper()
	heads := map[string]string{"event": `{"kind":"calendar#events","etag":"1","timeZone":"Europe/Berlin","items":[`, "task": `{"kind":"tasks#tasks","etag":"1","items":[`, "person": `{"connections":[`}
	out, problems := read(heads[list]+row+"]}", wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	return out.Rows[0]
}

// What a payload says, attribute by attribute.
func TestItems(t *testing.T) {
	const start = `"id":"E","start":{"dateTime":"2026-05-04T09:00:00+02:00"},"end":{"dateTime":"2026-05-04T10:00:00+02:00"}`
	cases := []struct {
		name, list, row string
		attr            state.Attr
		want            string
		presence        state.Presence
	}{
		{"a title", "event", `{` + start + `,"summary":"Review"}`, state.AttrTitle, "Review", state.Known},
		{"no title", "event", `{` + start + `}`, state.AttrTitle, "", state.Empty},
		{"an instant", "event", `{` + start + `}`, state.AttrStart, "2026-05-04T07:00:00Z", state.Known},
		{"a wall clock in its own zone", "event", `{"id":"E","start":{"dateTime":"2026-05-04T09:00:00","timeZone":"Asia/Tokyo"}}`, state.AttrStart, "2026-05-04T00:00:00Z", state.Known},
		{"a wall clock in the calendar's zone", "event", `{"id":"E","start":{"dateTime":"2026-05-04T09:00:00"}}`, state.AttrStart, "2026-05-04T07:00:00Z", state.Known},
		{"a missing end is the start", "event", `{"id":"E","start":{"dateTime":"2026-05-04T09:00:00Z"}}`, state.AttrEnd, "2026-05-04T09:00:00Z", state.Known},
		{"an end that nobody set", "event", `{` + start + `,"endTimeUnspecified":true}`, state.AttrEnd, "2026-05-04T07:00:00Z", state.Known},
		{"the last day of days", "event", `{"id":"E","start":{"date":"2026-05-04"},"end":{"date":"2026-05-07"}}`, state.AttrEndDate, "2026-05-06", state.Known},
		{"one day", "event", `{"id":"E","start":{"date":"2026-05-04"},"end":{"date":"2026-05-05"}}`, state.AttrEndDate, "2026-05-04", state.Known},
		{"days are all day", "event", `{"id":"E","start":{"date":"2026-05-04"},"end":{"date":"2026-05-05"}}`, state.AttrAllDay, "true", state.Known},
		{"default visibility", "event", `{` + start + `}`, state.AttrPrivate, "false", state.Known},
		{"public", "event", `{` + start + `,"visibility":"public"}`, state.AttrPrivate, "false", state.Known},
		{"private", "event", `{` + start + `,"visibility":"private"}`, state.AttrPrivate, "true", state.Known},
		{"confidential", "event", `{` + start + `,"visibility":"confidential"}`, state.AttrPrivate, "true", state.Known},
		{"a visibility of tomorrow", "event", `{` + start + `,"visibility":"family"}`, state.AttrPrivate, "true", state.Known},
		{"busy", "event", `{` + start + `}`, state.AttrShowAs, "busy", state.Known},
		{"free", "event", `{` + start + `,"transparency":"transparent"}`, state.AttrShowAs, "free", state.Known},
		{"tentative", "event", `{` + start + `,"status":"tentative"}`, state.AttrShowAs, "tentative", state.Known},
		{"no attendees", "event", `{` + start + `}`, state.AttrAttendees, "", state.Known},
		{"people, not rooms", "event", `{` + start + `,"attendees":[{"email":"room@resource.calendar.google.com","resource":true},{"email":"Bo@X.example","responseStatus":"tentative"}]}`, state.AttrAttendees, "bo@x.example", state.Known},
		{"the person's answer", "event", `{` + start + `,"organizer":{"email":"bo@x.example"},"attendees":[{"email":"ann@acme.example","self":true,"responseStatus":"needsAction"}]}`, state.AttrResponse, "none", state.Known},
		{"the organiser's own", "event", `{` + start + `,"organizer":{"email":"ann@acme.example","self":true},"attendees":[{"email":"ann@acme.example","self":true,"responseStatus":"accepted"}]}`, state.AttrResponse, "organizer", state.Known},
		{"formatting", "event", `{` + start + `,"description":"Ask&nbsp;about <b>Lyon</b>\nand &lt;Paris&gt;<br>now"}`, state.AttrBody, "Ask about Lyon\nand <Paris>\nnow", state.Known},
		{"plain text keeps its characters", "event", `{` + start + `,"description":"a < b && c > d &amp; e"}`, state.AttrBody, "a < b && c > d &amp; e", state.Known},
		{"no series", "event", `{` + start + `}`, state.AttrRecurring, "false", state.Known},
		{"events have no categories", "event", `{` + start + `}`, state.AttrCategories, "", state.Known},

		{"an open task", "task", `{"id":"T","title":"Call","status":"needsAction"}`, state.AttrClosed, "false", state.Known},
		{"a done one", "task", `{"id":"T","title":"Call","status":"completed","completed":"2026-05-04T08:00:00.000Z","hidden":true}`, state.AttrClosed, "true", state.Known},
		{"the day it was done", "task", `{"id":"T","status":"completed","completed":"2026-05-04T08:00:00.000Z"}`, state.AttrCompleted, "2026-05-04T08:00:00Z", state.Known},
		{"due is the date written", "task", `{"id":"T","status":"needsAction","due":"2026-05-06T00:00:00.000Z"}`, state.AttrDue, "2026-05-06", state.Known},
		{"no due date", "task", `{"id":"T","status":"needsAction"}`, state.AttrDue, "", state.Empty},
		{"notes", "task", `{"id":"T","status":"needsAction","notes":"a\r\nb"}`, state.AttrBody, "a\nb", state.Known},
		{"tasks have no priority", "task", `{"id":"T","status":"needsAction"}`, state.AttrPriority, "(not recorded)", state.Unrecorded},
		{"tasks have no categories", "task", `{"id":"T","status":"needsAction"}`, state.AttrCategories, "", state.Known},

		{"the primary name", "person", `{"resourceName":"people/c1","names":[{"givenName":"No"},{"givenName":"Jose\u0301","metadata":{"primary":true}}]}`, state.AttrFirstName, "José", state.Known},
		{"no family name", "person", `{"resourceName":"people/c1","names":[{"givenName":"Jo"}]}`, state.AttrLastName, "", state.Empty},
		{"names not asked for", "person", `{"resourceName":"people/c1","emailAddresses":[{"value":"a@x"}]}`, state.AttrLastName, "(not recorded)", state.Unrecorded},
		{"the primary address", "person", `{"resourceName":"people/c1","emailAddresses":[{"value":"a@x"},{"value":"B@x","metadata":{"primary":true}},{"value":"c@x"},{"value":"d@x"}]}`, state.AttrEmail, "b@x", state.Known},
		{"an address once", "person", `{"resourceName":"people/c1","emailAddresses":[{"value":"a@x"},{"value":"A@x"},{"value":"c@x"}]}`, state.AttrEmail2, "c@x", state.Known},
		{"no third address", "person", `{"resourceName":"people/c1","emailAddresses":[{"value":"a@x"}]}`, state.AttrEmail3, "", state.Empty},
		{"the phone at work", "person", `{"resourceName":"people/c1","phoneNumbers":[{"value":"1","type":"home"},{"value":"2","type":"work"}]}`, state.AttrPhone, "2", state.Known},
		{"no mobile", "person", `{"resourceName":"people/c1","phoneNumbers":[{"value":"1","type":"home"}]}`, state.AttrMobile, "", state.Empty},
		{"the job now", "person", `{"resourceName":"people/c1","organizations":[{"name":"Old"},{"name":"Globex","title":"Buyer","current":true}]}`, state.AttrCompany, "Globex", state.Known},
		{"its title", "person", `{"resourceName":"people/c1","organizations":[{"name":"Old"},{"name":"Globex","title":"Buyer","current":true}]}`, state.AttrJobTitle, "Buyer", state.Known},
		{"the contact's own change", "person", `{"resourceName":"people/c1","metadata":{"sources":[{"type":"PROFILE","updateTime":"2026-05-04T09:00:00Z"},{"type":"CONTACT","id":"1a","updateTime":"2026-05-01T08:00:00.123456Z"}]}}`, state.AttrModified, "2026-05-01T08:00:00.123456Z", state.Known},
		{"only Google's own groups", "person", `{"resourceName":"people/c1","memberships":[{"contactGroupMembership":{"contactGroupId":"myContacts","contactGroupResourceName":"contactGroups/myContacts"}}]}`, state.AttrCategories, "", state.Known},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := one(t, c.list, c.row).Item.Value(c.attr)
			assert.Equal(t, c.want, v.String())
			assert.Equal(t, c.presence, v.Presence())
		})
	}
}

// A member that is missing is empty only where something shows that it was asked for.
func TestMasks(t *testing.T) {
	const event = `"id":"E","start":{"date":"2026-05-04"}`
	cases := []struct {
		name, text string
		fields     []string
		attr       state.Attr
		want       state.Presence
	}{
		{"a masked list of events", `{"kind":"calendar#events","items":[{` + event + `}]}`, nil, state.AttrLocation, state.Unrecorded},
		{"a list with its etag", `{"kind":"calendar#events","etag":"1","items":[{` + event + `}]}`, nil, state.AttrLocation, state.Empty},
		{"an event with its own kind", `{"items":[{"kind":"calendar#event",` + event + `}]}`, nil, state.AttrLocation, state.Empty},
		{"asked for, as capture.json says", `{"items":[{` + event + `,"iCalUID":"x"}]}`, []string{"items(id", "start", "location)"}, state.AttrLocation, state.Empty},
		{"not asked for, as capture.json says", `{"kind":"calendar#events","etag":"1","items":[{` + event + `}]}`, []string{"id", "start"}, state.AttrLocation, state.Unrecorded},
		{"busy times of another's calendar", `{"kind":"calendar#events","etag":"1","accessRole":"freeBusyReader","items":[{` + event + `}]}`, nil, state.AttrLocation, state.Unrecorded},
		{"a private event of another's calendar", `{"kind":"calendar#events","etag":"1","accessRole":"reader","items":[{` + event + `,"visibility":"private"}]}`, nil, state.AttrLocation, state.Unrecorded},
		{"a public one", `{"kind":"calendar#events","etag":"1","accessRole":"reader","items":[{` + event + `}]}`, nil, state.AttrLocation, state.Empty},
		{"attendees of a masked event", `{"items":[{` + event + `,"iCalUID":"x"}]}`, nil, state.AttrAttendees, state.Unrecorded},
		{"a masked task", `{"items":[{"id":"T","title":"x","status":"needsAction"}]}`, nil, state.AttrDue, state.Unrecorded},
		{"a field that another person has", `{"connections":[{"resourceName":"people/c1"},{"resourceName":"people/c2","emailAddresses":[{"value":"a@x"}]}]}`, nil, state.AttrEmail, state.Empty},
		{"a field that nobody has", `{"connections":[{"resourceName":"people/c1","names":[{"givenName":"Jo"}]}]}`, nil, state.AttrEmail, state.Unrecorded},
		{"a field that capture.json names", `{"connections":[{"resourceName":"people/c1"}]}`, []string{"names", "emailAddresses"}, state.AttrEmail, state.Empty},
		{"groups, since another has one", `{"connections":[{"resourceName":"people/c1"},{"resourceName":"people/c2","memberships":[]}]}`, nil, state.AttrCategories, state.Known},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems := read(c.text, wire.MailFile{Fields: c.fields})
			require.Empty(t, problems.Diagnostics())
			assert.Equal(t, c.want, out.Rows[0].Item.Value(c.attr).Presence())
		})
	}
}

// The fields of one answer are those that any of its pages shows.
func TestMaskOfPages(t *testing.T) {
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	readInto(`{"connections":[{"resourceName":"people/c1","names":[{"givenName":"Jo"}]}],"nextPageToken":"x"}`, wire.MailFile{Path: "contacts-1.json"}, problems, out)
	readInto(`{"connections":[{"resourceName":"people/c2","phoneNumbers":[{"value":"1","type":"work"}]}]}`, wire.MailFile{Path: "contacts-2.json"}, problems, out)
	require.Empty(t, problems.Diagnostics())
	assert.Equal(t, state.Empty, out.Rows[0].Item.Value(state.AttrPhone).Presence())
	assert.Equal(t, state.Empty, out.Rows[1].Item.Value(state.AttrFirstName).Presence())
}

// What an envelope says a file is evidence of.
func TestFeeds(t *testing.T) {
	const events, event = `"kind":"calendar#events","summary":"ann@acme.example","etag":"1"`, `{"id":"E","start":{"date":"2026-05-04"}}`
	const task = `{"id":"T","title":"x","status":"needsAction","selfLink":"https://www.googleapis.com/tasks/v1/lists/L%201/tasks/T"}`
	own := "ann@acme.example"
	cases := []struct {
		name, text string
		in         wire.MailFile
		want       wire.Feed
	}{
		{"a calendar", `{` + events + `,"items":[` + event + `]}`, wire.MailFile{}, wire.Feed{Kind: "event", Full: true, Rows: 1, Done: state.True, FolderID: own, Total: -1, Exceptions: true}},
		{"a page with more to come", `{` + events + `,"nextPageToken":"x","items":[]}`, wire.MailFile{}, wire.Feed{Kind: "event", Full: true, Done: state.False, FolderID: own, Total: -1, Exceptions: true}},
		{"changes", `{` + events + `,"items":[{"id":"E","status":"cancelled"}],"nextSyncToken":"x"}`, wire.MailFile{}, wire.Feed{Kind: "event", Rows: 1, Removed: 1, Done: state.True, FolderID: own, Total: -1, Exceptions: true}},
		{"everything, as capture.json says", `{` + events + `,"items":[],"nextSyncToken":"x"}`, wire.MailFile{DeltaDeclared: true}, wire.Feed{Kind: "event", Full: true, Done: state.True, FolderID: own, Total: -1, Exceptions: true}},
		{"one event", `{"kind":"calendar#event","id":"E","start":{"date":"2026-05-04"}}`, wire.MailFile{}, wire.Feed{Kind: "event", Rows: 1, Done: state.True, Total: -1, Exceptions: true}},
		{"a calendar nobody names, empty", `{"kind":"calendar#events","items":[]}`, wire.MailFile{}, wire.Feed{Kind: "event", Full: true, Done: state.True, Total: -1, OneFolder: true, Exceptions: true}},
		{"a list of tasks", `{"kind":"tasks#tasks","items":[` + task + `]}`, wire.MailFile{}, wire.Feed{Kind: "task", Full: true, Rows: 1, Done: state.True, FolderID: "L 1", Total: -1, Hides: true}},
		{"a list with hidden tasks", `{"kind":"tasks#tasks","items":[` + strings.Replace(task, `"id"`, `"hidden":true,"id"`, 1) + `]}`, wire.MailFile{}, wire.Feed{Kind: "task", Full: true, Rows: 1, Done: state.True, FolderID: "L 1", Total: -1}},
		{"an empty list of tasks", `{"kind":"tasks#tasks","etag":"1"}`, wire.MailFile{}, wire.Feed{Kind: "task", Full: true, Done: state.True, Total: -1, OneFolder: true, Hides: true}},
		{"connections", `{"connections":[{"resourceName":"people/c1"}],"totalItems":1}`, wire.MailFile{}, wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, Total: 1}},
		{"changed connections", `{"connections":[{"resourceName":"people/c1","metadata":{"deleted":true}}],"nextSyncToken":"x","totalItems":40}`, wire.MailFile{}, wire.Feed{Kind: "contact", Rows: 1, Removed: 1, Done: state.True, Total: -1}},
		{"nobody", `{}`, wire.MailFile{Type: "contact"}, wire.Feed{Kind: "contact", Full: true, Done: state.True, Total: -1}},
		{"a batch", `{"responses":[{"httpStatusCode":200,"requestedResourceName":"people/c1","person":{"resourceName":"people/c1","names":[{"givenName":"Jo"}]}}]}`, wire.MailFile{}, wire.Feed{Kind: "contact", Rows: 1, Done: state.True, Total: -1}},
		{"other contacts", `{"otherContacts":[{"resourceName":"otherContacts/c1"}]}`, wire.MailFile{}, wire.Feed{Kind: "contact", Rows: 1, Done: state.True, Total: -1, LeftOut: map[string]int{"other contacts": 1}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.name != "nobody", google.Knows([]byte(c.text)))
			out, problems := read(c.text, c.in)
			require.Empty(t, problems.Diagnostics())
			require.Len(t, out.Feeds, 1)
			c.want.File, c.want.Group = "x.json", out.Feeds[0].Group
			assert.Equal(t, c.want, *out.Feeds[0])
		})
	}
}

// The token that says that an answer holds changes only stands on its last page; so do
// the pages before it.
func TestPagesOfChanges(t *testing.T) {
	first := `{"kind":"calendar#events","summary":"a","nextPageToken":"x","items":[]}`
	last := `{"kind":"calendar#events","summary":"a","nextSyncToken":"x","items":[]}`
	for _, pages := range [][2][2]string{{{"events-1.json", first}, {"events-2.json", last}}, {{"events-1.json", last}, {"events-2.json", first}}} {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		for _, page := range pages {
			readInto(page[1], wire.MailFile{Path: page[0]}, problems, out)
		}
		require.Len(t, out.Feeds, 2)
		assert.False(t, out.Feeds[0].Full)
		assert.False(t, out.Feeds[1].Full)
	}
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	readInto(first, wire.MailFile{Path: "events-1.json"}, problems, out)
	readInto(last, wire.MailFile{Path: "events.delta.json"}, problems, out)
	assert.True(t, out.Feeds[0].Full, "changes beside a full answer are another answer")
}

// Errors say what to do, and the file lacks everything.
func TestErrors(t *testing.T) {
	cases := []struct{ name, text, typ, summary, lacks string }{
		{"an expired token of a calendar", `{"error":{"errors":[{"domain":"calendar","reason":"fullSyncRequired","message":"Sync token is no longer valid, a full sync is required.","locationType":"parameter","location":"syncToken"}],"code":410,"message":"Sync token is no longer valid, a full sync is required."}}`,
			"event", "Sync token expired", "its sync token had expired"},
		{"an expired token of contacts", `{"error":{"code":400,"message":"Sync token is expired. Clear local cache and retry call without the sync token.","status":"FAILED_PRECONDITION","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"EXPIRED_SYNC_TOKEN","domain":"people.googleapis.com"}]}}`,
			"contact", "Sync token expired", "its sync token had expired"},
		{"no rights", `{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED"}}`,
			"task", "Google answered with an error", "Google answered with an error"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			assert.True(t, google.Knows([]byte(c.text)))
			out, problems := read(c.text, wire.MailFile{Type: c.typ})
			require.Len(t, problems.Diagnostics(), 1)
			assert.Equal(t, c.summary, problems.Diagnostics()[0].Summary)
			assert.Positive(t, problems.Diagnostics()[0].Subject.Start.Column)
			require.Len(t, out.Feeds, 1)
			assert.Equal(t, []string{c.lacks}, out.Feeds[0].Missing)
		})
	}
	assert.False(t, google.Knows([]byte(`{"error":{"code":"ErrorItemNotFound","message":"The specified object was not found."}}`)), "that is Graph's")
}

// What cannot be used is said, with a place, and the rest goes on.
func TestProblems(t *testing.T) {
	cases := []struct{ text, typ, summary string }{
		{`[{"kind":"calendar#event","id":"E"}]`, "event", "List without its answer"},
		{`"x"`, "event", "Not a Google answer"},
		{`{"kind":"calendar#events","items":{}}`, "", "Not a Google answer"},
		{`{"kind":"calendar#events","items":[{"summary":"x"}]}`, "", "Item without id"},
		{`{"connections":[{"names":[]}]}`, "", "Person without resource name"},
		{`{"connections":[{"resourceName":"people/c1","etag":"x"}],"nextSyncToken":"x"}`, "", "Person without fields"},
		{`{"responses":[{"httpStatusCode":404,"requestedResourceName":"people/c9","status":{"code":5,"message":"not found"}}]}`, "contact", "Resource not found"},
		{`{"items":[{"id":"x"}]}`, "", "Unknown item"},
		{`{"kind":"calendar#freeBusy"}`, "", "Unknown contents"},
		{`{"kind":"calendar#events","items":[{"id":"E","start":{"dateTime":"2026-05-04T09:00:00"}}]}`, "", "Time without a zone"},
		{`{"kind":"calendar#events","items":[{"id":"E","start":{"dateTime":"2026-05-04T09:00:00","timeZone":"Mars/Olympus"}}]}`, "", "Unknown time zone"},
		{`{"kind":"calendar#events","items":[{"id":"E","start":{"dateTime":"soon","timeZone":"UTC"}}]}`, "", "Unreadable time"},
		{`{"kind":"calendar#events","items":[{"id":"E","start":{"date":"2026-05-04"},"recurrence":["RRULE:FREQ=HOURLY"]}]}`, "", "Recurrence not understood"},
		{`{"kind":"tasks#tasks","items":[{"id":"T","status":"needsAction","due":"soon"}]}`, "", "Unreadable date"},
		{`{"connections":[{"resourceName":"people/c1","names":{}}]}`, "", "Unexpected value"},
	}
	for _, c := range cases {
		out, problems := read(c.text, wire.MailFile{Type: c.typ})
		require.Len(t, problems.Diagnostics(), 1, c.text)
		d := problems.Diagnostics()[0]
		assert.Equal(t, c.summary, d.Summary, c.text)
		assert.NotEmpty(t, d.Detail)
		for _, f := range out.Feeds {
			lost := c.summary == "Item without id" || strings.HasPrefix(c.summary, "Person") || c.summary == "Resource not found" || c.summary == "List without its answer" || c.summary == "Not a Google answer"
			assert.Equal(t, lost, len(f.Missing) > 0, c.text)
		}
	}
}

// What stands beside the list is bounded, however many members there are.
func TestLargeMembers(t *testing.T) {
	large := strings.Repeat("x", 15<<20)
	var b strings.Builder
	b.WriteString(`{"kind":"calendar#event","id":"E"`)
	for _, name := range []string{"summary", "description", "location", "iCalUID", "htmlLink", "etag"} {
		fmt.Fprintf(&b, `,%q:%q`, name, large)
	}
	out, problems := read(b.String()+"}", wire.MailFile{Type: "event"})
	require.Len(t, problems.Diagnostics(), 1)
	assert.Equal(t, "Answer too large", problems.Diagnostics()[0].Summary)
	require.Len(t, out.Feeds, 1)
	assert.NotEmpty(t, out.Feeds[0].Missing)
}

// Rows that are no meetings are counted under what they are, and only that they were
// shown counts.
func TestLeftOut(t *testing.T) {
	out, problems := read(`{"kind":"calendar#events","items":[{"id":"1","eventType":"workingLocation"},{"id":"2","eventType":"focusTime"},{"id":"3","eventType":"outOfOffice"},
 {"id":"4","eventType":"birthday"},{"id":"5","eventType":"fromGmail"},{"id":"6","eventType":"hologram"},{"id":"7","eventType":"default","start":{"date":"2026-05-04"}}]}`, wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	assert.Equal(t, map[string]int{"working locations": 1, "focus times": 1, "absences (out of office)": 1, "birthdays": 1, "events made from Gmail": 1, "events of the unknown type hologram": 1}, out.Feeds[0].LeftOut)
	require.Len(t, out.Rows, 7)
	for _, row := range out.Rows {
		assert.Equal(t, row.ID != "7", row.LeftOut)
		assert.Equal(t, row.LeftOut, row.Item == nil)
	}
}

func TestCancelled(t *testing.T) {
	out, problems := read(`{"kind":"calendar#events","timeZone":"Europe/Berlin","items":[{"id":"A","status":"cancelled"},
 {"kind":"calendar#event","id":"B","status":"cancelled","summary":"Review","updated":"2026-05-04T08:30:00.000Z","start":{"date":"2026-05-04"},"extendedProperties":{"private":{"sf":"00U000000000001"}}},
 {"id":"S_1","status":"cancelled","recurringEventId":"S","originalStartTime":{"dateTime":"2026-05-11T09:00:00+02:00"}},
 {"id":"S_2","status":"cancelled","recurringEventId":"S","originalStartTime":{"date":"2026-05-12"}}]}`, wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	rows := out.Rows
	assert.True(t, rows[0].Gone && rows[0].Item == nil && rows[0].Role == wire.Itself)
	assert.True(t, rows[1].Gone)
	assert.Equal(t, "00U000000000001EAA", rows[1].Item.Carries)
	assert.False(t, rows[1].Item.Value(state.AttrCancelled).Bool(), "a deleted event is no cancelled meeting")
	assert.Equal(t, "2026-05-04T08:30:00Z", rows[1].GoneAt.Format("2006-01-02T15:04:05Z"))
	for i, original := range map[int]string{2: "2026-05-11T07:00:00Z", 3: "2026-05-12"} {
		row := rows[i]
		assert.True(t, row.Gone && row.Role == wire.Occurrence && row.Occurrence.Cancelled)
		assert.Equal(t, "S", row.Parent)
		if i == 2 {
			assert.Equal(t, original, row.Occurrence.Original.Format("2006-01-02T15:04:05Z"))
		} else {
			assert.Equal(t, original, row.Occurrence.OriginalDate.String())
		}
	}
}

// Recurrence lines, and what they come to.
func TestRecurrence(t *testing.T) {
	cases := []struct{ name, start, lines, want string }{
		{"a rule", timed, `"RRULE:FREQ=WEEKLY;BYDAY=MO"`, `"FREQ=WEEKLY;BYDAY=MO" in Europe/Berlin`},
		{"days taken out", timed, `"RRULE:FREQ=DAILY","EXDATE;TZID=Europe/Berlin:20260505T090000,20260506T090000","EXDATE:20260505T070000Z"`,
			`"FREQ=DAILY" in Europe/Berlin -2026-05-05T07:00Z -2026-05-06T07:00Z`},
		{"a time on the series' clock", timed, `"RRULE:FREQ=DAILY","EXDATE:20260505T090000"`, `"FREQ=DAILY" in Europe/Berlin -2026-05-05T07:00Z`},
		{"days added", timed, `"RRULE:FREQ=DAILY;COUNT=2","RDATE:20260601T100000Z","RDATE;VALUE=PERIOD:20260602T100000Z/PT30M,20260603T100000Z/20260603T103000Z"`,
			`"FREQ=DAILY;COUNT=2" in Europe/Berlin +2026-06-01T10:00Z/1h0m0s +2026-06-02T10:00Z/30m0s +2026-06-03T10:00Z/30m0s`},
		{"added and taken out", timed, `"RRULE:FREQ=DAILY","RDATE:20260601T100000Z","EXDATE:20260601T100000Z"`, `"FREQ=DAILY" in Europe/Berlin -2026-06-01T10:00Z`},
		{"listed days only", timed, `"RDATE:20260601T100000Z"`, `"" in Europe/Berlin +2026-05-04T07:00Z/1h0m0s +2026-06-01T10:00Z/1h0m0s`},
		{"whole days", days, `"RRULE:FREQ=YEARLY","EXDATE;VALUE=DATE:20270504","RDATE;VALUE=DATE:20280229"`, `"FREQ=YEARLY" in  -2027-05-04 +2028-02-29/2028-03-01`},
		{"a day taken out of a timed series", timed, `"RRULE:FREQ=DAILY","EXDATE;VALUE=DATE:20260505"`, `"FREQ=DAILY" in Europe/Berlin -2026-05-05`},
		{"a rule for exceptions", timed, `"RRULE:FREQ=DAILY","EXRULE:FREQ=WEEKLY"`, "unreadable"},
		{"two rules", timed, `"RRULE:FREQ=DAILY","RRULE:FREQ=WEEKLY"`, "unreadable"},
		{"no rule weir has", timed, `"RRULE:FREQ=SECONDLY"`, "unreadable"},
		{"no date", timed, `"RRULE:FREQ=DAILY","EXDATE:tomorrow"`, "unreadable"},
		{"no zone", timed, `"RRULE:FREQ=DAILY","EXDATE;TZID=Mars/Olympus:20260505T090000"`, "unreadable"},
		{"no line", timed, `"FREQ=DAILY"`, "unreadable"},
		{"no text", timed, `7`, "unreadable"},
		{"no end of dates", timed, `"EXDATE:` + strings.Repeat("20260505T070000Z,", 6000) + `20260505T070000Z"`, "unreadable"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems := read(`{"kind":"calendar#events","items":[{"id":"S",`+c.start+`,"recurrence":[`+c.lines+`]}]}`, wire.MailFile{})
			got := seriesText(out.Rows[0].Item.Series)
			assert.Equal(t, c.want, got)
			assert.Equal(t, got == "unreadable", len(problems.Diagnostics()) == 1)
		})
	}
}

const (
	timed = `"start":{"dateTime":"2026-05-04T09:00:00+02:00","timeZone":"Europe/Berlin"},"end":{"dateTime":"2026-05-04T10:00:00+02:00","timeZone":"Europe/Berlin"}`
	days  = `"start":{"date":"2026-05-04"},"end":{"date":"2026-05-06"}`
)

func seriesText(s *state.Series) string {
	if s.Unreadable != "" {
		return "unreadable"
	}
	text := fmt.Sprintf("%q in %s", s.Rule, s.Zone)
	for _, o := range s.Occurrences {
		at := o.Start.Format("2006-01-02T15:04Z")
		switch allDay := o.Start.IsZero(); {
		case allDay && o.Cancelled:
			text += " -" + o.StartDate.String()
		case allDay:
			text += " +" + o.StartDate.String() + "/" + o.EndDate.String()
		case o.Cancelled:
			text += " -" + at
		default:
			text += " +" + at + "/" + o.End.Sub(o.Start).String()
		}
	}
	return text
}

func TestAttendeesThatAreLeftOut(t *testing.T) {
	truncated := func(rest string) bool {
		return one(t, "event", `{"id":"E","start":{"date":"2026-05-04"},"attendees":[{"email":"bo@x.example"}]`+rest+`}`).Item.AttendeesTruncated
	}
	assert.False(t, truncated(``))
	assert.True(t, truncated(`,"attendeesOmitted":true`))
	assert.False(t, truncated(`,"guestsCanSeeOtherGuests":false,"organizer":{"email":"ann@acme.example"}`), "the organiser sees all")
	assert.True(t, truncated(`,"guestsCanSeeOtherGuests":false,"organizer":{"email":"bo@x.example"}`))
	assert.True(t, one(t, "event", `{"id":"E","start":{"date":"2026-05-04"},"attendees":[{"displayName":"Somebody"}]}`).Item.AttendeesTruncated)
}

func TestOrganizer(t *testing.T) {
	organizer := func(text string) state.Truth {
		return one(t, "event", `{"id":"E","start":{"date":"2026-05-04"}`+text+`}`).Item.Organizer
	}
	assert.Equal(t, state.True, organizer(`,"organizer":{"email":"team@group.calendar.google.com","self":true}`))
	assert.Equal(t, state.True, organizer(`,"organizer":{"email":"Ann@Acme.example"}`))
	assert.Equal(t, state.False, organizer(`,"organizer":{"email":"bo@x.example"}`))
	assert.Equal(t, state.Unknown, organizer(``))
}

// A record's id stands in a property of an event, in an external id, custom field or
// client data of a contact, and nowhere on a task.
func TestCarriedIDs(t *testing.T) {
	const id, want = "00U000000000001", "00U000000000001EAA"
	carried := func(text, property string) string {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID, LinkProperty: property}
		require.Nil(t, google.Read(strings.NewReader(text), wire.MailFile{Path: "x.json"}, env, out))
		return out.Rows[0].Item.Carries
	}
	event := func(props string) string {
		return `{"kind":"calendar#event","id":"E","start":{"date":"2026-05-04"},"extendedProperties":` + props + `}`
	}
	assert.Equal(t, want, carried(event(`{"private":{"x":"no id","sf":"`+id+`"}}`), ""))
	assert.Equal(t, want, carried(event(`{"shared":{"SF":"`+id+`"}}`), "sf"))
	assert.Empty(t, carried(event(`{"private":{"other":"`+id+`"}}`), "sf"))
	for _, field := range []string{`"externalIds":[{"value":"` + id + `","type":"sf"}]`, `"userDefined":[{"key":"sf","value":"` + id + `"}]`, `"clientData":[{"key":"sf","value":"` + id + `"}]`} {
		assert.Equal(t, want, carried(`{"resourceName":"people/c1",`+field+`}`, "sf"))
		assert.Empty(t, carried(`{"resourceName":"people/c1",`+field+`}`, "other"))
	}
	assert.Empty(t, carried(`{"kind":"tasks#task","id":"T","notes":"`+id+`"}`, ""))
}

// Lists that only name things.
func TestNames(t *testing.T) {
	out, problems := read(`{"contactGroups":[{"resourceName":"contactGroups/myContacts","groupType":"SYSTEM_CONTACT_GROUP","name":"myContacts"},{"resourceName":"contactGroups/1a","groupType":"USER_CONTACT_GROUP","name":" Salesforce "},
 {"resourceName":"contactGroups/2b","metadata":{"deleted":true}}]}`, wire.MailFile{})
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, map[string]string{"contactGroups/myContacts": "", "contactGroups/1a": "Salesforce"}, out.Groups)

	out, problems = read(`{"kind":"tasks#taskLists","items":[{"kind":"tasks#taskList","id":"L","title":"Salesforce Tasks"}]}`, wire.MailFile{})
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, map[string]string{"L": "Salesforce Tasks"}, out.Folders)
	assert.Empty(t, out.Feeds)

	problems, out = &wire.Problems{}, &wire.MailOutput{}
	for _, text := range []string{
		`{"kind":"calendar#events","summary":"Team","timeZone":"Asia/Tokyo","items":[]}`,
		`{"kind":"calendar#calendarList","items":[{"id":"team@x","timeZone":"Asia/Seoul"},{"id":"ann@acme.example","primary":true,"timeZone":"Europe/Berlin"}]}`,
		`{"kind":"calendar#events","summary":"Other","timeZone":"Asia/Tokyo","items":[]}`,
	} {
		readInto(text, wire.MailFile{}, problems, out)
	}
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, "Europe/Berlin", out.TimeZone, "the person's own calendar goes before others")
	out, _ = read(`{"kind":"calendar#settings","items":[{"kind":"calendar#setting","id":"locale","value":"de"},{"kind":"calendar#setting","id":"timezone","value":"Europe/Zurich"}]}`, wire.MailFile{})
	assert.Equal(t, "Europe/Zurich", out.TimeZone)
}

// Ids that a person had before.
func TestEarlierResourceNames(t *testing.T) {
	row := one(t, "person", `{"resourceName":"people/c2","metadata":{"previousResourceNames":["people/c1","people/c2"],"sources":[{"type":"CONTACT","id":"1a"}]}}`)
	assert.Equal(t, []string{"people/c1"}, row.Was)
	assert.Equal(t, "contact 1a", row.Lasting)
	out, _ := read(`{"responses":[{"requestedResourceName":"people/c1","person":{"resourceName":"people/c2"}}]}`, wire.MailFile{})
	assert.Empty(t, out.Rows, "of a batch, a person without fields says nothing")
	out, _ = read(`{"responses":[{"requestedResourceName":"people/c1","person":{"resourceName":"people/c2","names":[]}}]}`, wire.MailFile{})
	assert.Equal(t, []string{"people/c1"}, out.Rows[0].Was)
}

func FuzzGoogle(f *testing.F) {
	for _, file := range golden.Files(f, "testdata/*/*.json") {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text, "event")
	}
	for _, text := range []string{
		`{"kind":"calendar#events","items":[{"id":"E","start":"x","end":7,"attendees":[null,{}],"organizer":[],"recurrence":["RDATE;VALUE=PERIOD:20260505T090000Z/PT9999999H","EXDATE:","RRULE:"],"extendedProperties":{"private":[]}}]}`,
		`{"items":[{"id":"S_1","recurringEventId":"S","originalStartTime":7,"status":"cancelled"},{"id":"S","recurringEventId":"S","start":{"date":"0000-00-00"}}],"nextSyncToken":7}`,
		`{"connections":[{"resourceName":"people/c1","metadata":{"sources":{},"previousResourceNames":[7]},"memberships":[7,{"contactGroupMembership":{"contactGroupId":"x"}}]},{"resourceName":"people/c1"}],"nextSyncToken":"x"}`,
		`{"responses":[{},{"person":{"resourceName":""}},{"contactGroup":{}}],"error":{"errors":7,"code":410}}`,
		`{"kind":"tasks#task","id":"T","due":"0000","selfLink":"/lists/%zz/","deleted":true}`,
	} {
		f.Add([]byte(text), "contact")
	}
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		read := func() (*wire.MailOutput, *wire.Problems) {
			problems, out := &wire.Problems{}, &wire.MailOutput{}
			env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
			_ = google.Read(bytes.NewReader(data), wire.MailFile{Path: "x.json", Type: typ, Mailbox: "a@x"}, env, out)
			return out, problems
		}
		out, problems := read()
		google.Knows(data)
		for _, row := range out.Rows {
			require.NotEqual(t, state.KindInvalid, row.Kind)
			require.True(t, row.Gone || row.LeftOut || row.Item != nil)
			require.NotNil(t, row.Feed)
			require.Positive(t, row.Pos.Line)
		}
		for _, d := range problems.Diagnostics() {
			require.Positive(t, d.Subject.Start.Line)
		}
		again, problemsAgain := read()
		require.Equal(t, out, again)
		require.Equal(t, problems.Diagnostics(), problemsAgain.Diagnostics())
	})
}
