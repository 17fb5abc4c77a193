package msgraph_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording/msgraph"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

func read(text string, in wire.MailFile) (*wire.MailOutput, *wire.Problems) {
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
	in.Path, in.Mailbox = "x.json", "ann@acme.example"
	_ = msgraph.Read(strings.NewReader(text), in, env, out)
	return out, problems
}

// one reads a collection of one item.
func one(t *testing.T, item string) *state.Item {
	t.Helper()
	out, problems := read(`{"value":[`+item+`]}`, wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	return out.Rows[0].Item
}

// What a payload says, attribute by attribute: absent is unrecorded, null empty.
func TestItems(t *testing.T) {
	cases := []struct {
		name, item string
		attr       state.Attr
		want       string
		presence   state.Presence
	}{
		{"attendee lists that were not selected", `{"id":"E","isAllDay":false}`, state.AttrAttendees, "(not recorded)", state.Unrecorded},
		{"an empty attendee list", `{"id":"E","isAllDay":false,"attendees":[]}`, state.AttrAttendees, "", state.Known},
		{"attendees without rooms", `{"id":"E","isAllDay":false,"attendees":[{"type":"resource","emailAddress":{"address":"room@x"}},{"type":"required","emailAddress":{"address":"Bo@X.example"}}]}`, state.AttrAttendees, "bo@x.example", state.Known},
		{"a personal event is private", `{"id":"E","isAllDay":false,"sensitivity":"personal"}`, state.AttrPrivate, "true", state.Known},
		{"a normal one is not", `{"id":"E","isAllDay":false,"sensitivity":"normal"}`, state.AttrPrivate, "false", state.Known},
		{"sensitivity not selected", `{"id":"E","isAllDay":false}`, state.AttrPrivate, "(not recorded)", state.Unrecorded},
		{"out of office", `{"id":"E","showAs":"oof"}`, state.AttrShowAs, "outofoffice", state.Known},
		{"tentative answer", `{"id":"E","isAllDay":false,"responseStatus":{"response":"tentativelyAccepted"}}`, state.AttrResponse, "tentative", state.Known},
		{"no answer", `{"id":"E","isAllDay":false,"responseStatus":{"response":"notResponded"}}`, state.AttrResponse, "none", state.Known},
		{"Windows zone", `{"id":"E","isAllDay":false,"start":{"dateTime":"2026-05-04T09:00:00.0000000","timeZone":"Tokyo Standard Time"}}`, state.AttrStart, "2026-05-04T00:00:00Z", state.Known},
		{"a missing end is the start", `{"id":"E","isAllDay":false,"start":{"dateTime":"2026-05-04T09:00:00","timeZone":"UTC"}}`, state.AttrEnd, "2026-05-04T09:00:00Z", state.Known},
		{"one all-day day", `{"id":"E","isAllDay":true,"start":{"dateTime":"2026-05-04T00:00:00","timeZone":"Pacific/Auckland"},"end":{"dateTime":"2026-05-05T00:00:00","timeZone":"Pacific/Auckland"}}`, state.AttrEndDate, "2026-05-04", state.Known},
		{"due date is not shifted", `{"id":"T","importance":"high","dueDateTime":{"dateTime":"2026-05-06T00:00:00.0000000","timeZone":"Pacific Standard Time"}}`, state.AttrDue, "2026-05-06", state.Known},
		{"no due date", `{"id":"T","importance":"high","dueDateTime":null}`, state.AttrDue, "", state.Empty},
		{"a third address", `{"id":"C","emailAddresses":[{"address":"a@x"},{"address":""},{"address":"B@x"},{"address":"c@x"},{"address":"d@x"}]}`, state.AttrEmail3, "c@x", state.Known},
		{"unused addresses are empty", `{"id":"C","emailAddresses":[{"address":"a@x"}]}`, state.AttrEmail2, "", state.Empty},
		{"no addresses selected", `{"id":"C","givenName":"Jo"}`, state.AttrEmail, "(not recorded)", state.Unrecorded},
		{"names in NFC", `{"id":"C","givenName":"Jose\u0301"}`, state.AttrFirstName, "José", state.Known},
		{"no modification", `{"id":"C","givenName":"Jo","lastModifiedDateTime":"0001-01-01T00:00:00Z"}`, state.AttrModified, "", state.Empty},
		{"HTML as a person reads it", `{"id":"E","isAllDay":false,"body":{"contentType":"html","content":"<html><head><style>p{}</style></head><body><div>Ask&nbsp;about <b>Lyon</b></div>\r\n<p>and &lt;Paris&gt;</p></body></html>"}}`, state.AttrBody, "Ask about Lyon\nand <Paris>", state.Known},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := one(t, c.item).Value(c.attr)
			assert.Equal(t, c.want, v.String())
			assert.Equal(t, c.presence, v.Presence())
		})
	}
}

func TestOrganizer(t *testing.T) {
	assert.Equal(t, state.True, one(t, `{"id":"E","isAllDay":false,"organizer":{"emailAddress":{"address":"Ann@Acme.example"}}}`).Organizer)
	assert.Equal(t, state.False, one(t, `{"id":"E","isAllDay":false,"organizer":{"emailAddress":{"address":"bo@acme.example"}}}`).Organizer)
	assert.Equal(t, state.False, one(t, `{"id":"E","isAllDay":false,"isOrganizer":false,"organizer":{"emailAddress":{"address":"ann@acme.example"}}}`).Organizer)
	assert.Equal(t, state.Unknown, one(t, `{"id":"E","isAllDay":false}`).Organizer)
}

// The context and links say what a file is evidence of.
func TestFeeds(t *testing.T) {
	const base = "https://graph.microsoft.com/v1.0/"
	cases := []struct {
		name, text string
		in         wire.MailFile
		want       wire.Feed
	}{
		{"a folder's contacts", `{"@odata.context":"` + base + `$metadata#users('a%40x')/contactFolders('AQ%2Fb=')/contacts(id,givenName)","value":[{"id":"1"}]}`, wire.MailFile{},
			wire.Feed{Kind: "contact", Full: true, Rows: 1, Done: state.True, FolderID: "AQ/b="}},
		{"a list's tasks by delta", `{"@odata.context":"` + base + `$metadata#users('a')/todo/lists('L1')/tasks","value":[{"id":"1","@removed":{"reason":"deleted"}}],"@odata.deltaLink":"x"}`, wire.MailFile{},
			wire.Feed{Kind: "task", Rows: 1, Removed: 1, Done: state.True, FolderID: "L1"}},
		{"a delta link declared full", `{"@odata.context":"` + base + `$metadata#Collection(microsoft.graph.todoTask)","value":[],"@odata.deltaLink":"x"}`, wire.MailFile{DeltaDeclared: true},
			wire.Feed{Kind: "task", Full: true, Done: state.True}},
		{"a page with more to come", `{"@odata.context":"` + base + `$metadata#users('a')/events","value":[],"@odata.nextLink":"` + base + `me/events?$skip=10"}`, wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Done: state.False}},
		{"a calendar view by its link", `{"value":[{"id":"1","isAllDay":false}],"@odata.nextLink":"` + base + `me/calendarView?startDateTime=2026-05-01T00%3A00%3A00Z&endDateTime=2026-06-01&$skip=10"}`, wire.MailFile{},
			wire.Feed{Kind: "event", Full: true, Rows: 1, Done: state.False, Bounded: true}},
		{"by name alone", `{"value":[]}`, wire.MailFile{Type: "task", Delta: true}, wire.Feed{Kind: "task", Done: state.True}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems := read(c.text, c.in)
			require.Empty(t, problems.Diagnostics())
			require.Len(t, out.Feeds, 1)
			got := *out.Feeds[0]
			if got.Bounded {
				assert.Equal(t, "2026-05-01 2026-06-01", got.From.Format("2006-01-02")+" "+got.To.Format("2006-01-02"))
			}
			c.want.File, c.want.Total, c.want.Group, c.want.From, c.want.To = "x.json", -1, got.Group, got.From, got.To
			assert.Equal(t, c.want, got)
		})
	}
}

func TestFoldersAndZone(t *testing.T) {
	out, problems := read(`{"value":[{"id":"L","displayName":"Salesforce Tasks","wellknownListName":"none"}]}`, wire.MailFile{Type: "todo_lists"})
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, map[string]string{"L": "Salesforce Tasks"}, out.Folders)
	out, problems = read(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('a')/mailboxSettings","timeZone":"Tokyo Standard Time","language":{}}`, wire.MailFile{})
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, "Tokyo Standard Time", out.TimeZone)
}

func FuzzGraph(f *testing.F) {
	for _, s := range []string{
		`{"value":[{"id":"E","isAllDay":true,"start":{"dateTime":"2026-05-04T00:00:00","timeZone":"UTC"},"end":null,"attendees":[null,{}],"organizer":{"emailAddress":7}}]}`,
		`{"value":[{"id":"E","type":"occurrence","seriesMasterId":"S","originalStart":"x","start":"2026-05-04T00:00:00Z"}],"@odata.nextLink":"%zz/calendarView?startDateTime"}`,
		`{"@odata.context":"#users('a')/contactFolders('","value":[{"id":"C","emailAddresses":{},"businessPhones":[[]],"categories":"x"}]}`,
		`{"value":[{"id":"T","importance":"low","dueDateTime":{"dateTime":"0000-00-00"},"body":{"contentType":"html","content":"<<>&#x;<style"},"linkedResources":[{"externalId":"00T000000000001"}]}]}`,
		`{"value":[{"id":"S","recurrence":{"pattern":{"type":"daily","interval":0},"range":{"type":"numbered","numberOfOccurrences":-1,"recurrenceTimeZone":"x"}}}]}`,
		`{"value":[{"id":"X","@removed":1}],"error":{}}`,
	} {
		f.Add([]byte(s), "event")
	}
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
		_ = msgraph.Read(bytes.NewReader(data), wire.MailFile{Path: "x.json", Type: typ, Mailbox: "a@x"}, env, out)
		for _, row := range out.Rows {
			require.NotEqual(t, state.KindInvalid, row.Kind)
			require.True(t, row.Gone || row.Item != nil)
		}
	})
}
