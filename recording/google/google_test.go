package google_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

func TestFuzzSeedsExist(t *testing.T) { _ = bytes.NewReader }
