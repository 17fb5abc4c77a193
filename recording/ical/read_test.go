package ical_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	emersion "github.com/emersion/go-ical"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/ical"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// calendar puts components into a frame; "\n" ends the lines.
func calendar(inside string) string {
	return "BEGIN:VCALENDAR\nVERSION:2.0\n" + inside + "\nEND:VCALENDAR\n"
}

// one reads a single event or task of the lines given.
func one(t *testing.T, component, lines string) *state.Item {
	t.Helper()
	out, problems, err := read(t, calendar("BEGIN:"+component+"\nUID:1\n"+lines+"\nEND:"+component), wire.MailFile{})
	require.Nil(t, err)
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	return out.Rows[0].Item
}

// What one property says, and what it says that there is none.
func TestValues(t *testing.T) {
	const start = "SUMMARY:x\nDTSTART:20260504T080000Z\n"
	cases := []struct {
		name, component, lines string
		attr                   state.Attr
		want                   string
		presence               state.Presence
	}{
		{"escapes", "VEVENT", start + `DESCRIPTION:one\, two\; three\nfour \\n`, state.AttrBody, "one, two; three\nfour \\n", state.Known},
		{"no description", "VEVENT", start, state.AttrBody, "", state.Empty},
		{"no title says that details were left out", "VEVENT", "DTSTART:20260504T080000Z", state.AttrBody, "(not recorded)", state.Unrecorded},
		{"so the title is not known either", "VEVENT", "DTSTART:20260504T080000Z", state.AttrTitle, "(not recorded)", state.Unrecorded},
		{"nor the categories", "VEVENT", "DTSTART:20260504T080000Z", state.AttrCategories, "(not recorded)", state.Unrecorded},
		{"an empty title", "VEVENT", "SUMMARY:\nDTSTART:20260504T080000Z", state.AttrTitle, "", state.Empty},
		{"names in NFC", "VEVENT", "SUMMARY:Jose\u0301\nDTSTART:20260504T080000Z", state.AttrTitle, "José", state.Known},
		{"quoted-printable of vCalendar", "VEVENT", "SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FC=\nller\nDTSTART:20260504T080000Z", state.AttrTitle, "Müller", state.Known},
		{"HTML where there is no plain text", "VEVENT", start + "X-ALT-DESC;FMTTYPE=text/html:<p>Ask about <b>Lyon</b></p>", state.AttrBody, "Ask about Lyon", state.Known},
		{"plain text before HTML", "VEVENT", start + "DESCRIPTION:plain\nX-ALT-DESC;FMTTYPE=text/html:<p>rich</p>", state.AttrBody, "plain", state.Known},
		{"several lines of categories", "VEVENT", start + "CATEGORIES:Salesforce,a\\, b\nCATEGORIES:Salesforce, c ", state.AttrCategories, "Salesforce, a, b, c", state.Known},
		{"no class is public", "VEVENT", start, state.AttrPrivate, "false", state.Known},
		{"confidential is private", "VEVENT", start + "CLASS:confidential", state.AttrPrivate, "true", state.Known},
		{"a class nobody knows is private", "VEVENT", start + "CLASS:X-TEAM", state.AttrPrivate, "true", state.Known},
		{"transparent is free", "VEVENT", start + "TRANSP:TRANSPARENT", state.AttrShowAs, "free", state.Known},
		{"Microsoft's word goes first", "VEVENT", start + "TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", state.AttrShowAs, "outofoffice", state.Known},
		{"working elsewhere is busy", "VEVENT", start + "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", state.AttrShowAs, "busy", state.Known},
		{"cancelled", "VEVENT", start + "STATUS:CANCELLED", state.AttrCancelled, "true", state.Known},
		{"a floating time is the owner's", "VEVENT", "SUMMARY:x\nDTSTART:20260504T080000", state.AttrStart, "2026-05-04T06:00:00Z", state.Known},
		{"no end is the start", "VEVENT", start, state.AttrEnd, "2026-05-04T08:00:00Z", state.Known},
		{"an end before the start is the start", "VEVENT", start + "DTEND:20260504T070000Z", state.AttrEnd, "2026-05-04T08:00:00Z", state.Known},
		{"a duration", "VEVENT", start + "DURATION:P1DT1H30M", state.AttrEnd, "2026-05-05T09:30:00Z", state.Known},
		{"days of a duration are the calendar's", "VEVENT", "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:P1D", state.AttrEnd, "2026-03-29T10:00:00Z", state.Known},
		{"its hours are the clock's", "VEVENT", "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260328T120000\nDURATION:PT24H", state.AttrEnd, "2026-03-29T11:00:00Z", state.Known},
		{"a time that the clocks skip", "VEVENT", "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260329T023000", state.AttrStart, "2026-03-29T01:30:00Z", state.Known},
		{"a time that comes twice is the first", "VEVENT", "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20261025T023000", state.AttrStart, "2026-10-25T00:30:00Z", state.Known},
		{"one day", "VEVENT", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504", state.AttrEndDate, "2026-05-04", state.Known},
		{"the end of days is exclusive", "VEVENT", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260506", state.AttrEndDate, "2026-05-05", state.Known},
		{"an end of days that is the start", "VEVENT", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260504", state.AttrEndDate, "2026-05-04", state.Known},
		{"days by a duration", "VEVENT", "SUMMARY:x\nDTSTART;TZID=Asia/Tokyo:20260504\nDURATION:PT86400S", state.AttrEndDate, "2026-05-04", state.Known},
		{"weeks of days", "VEVENT", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504\nDURATION:P1W", state.AttrEndDate, "2026-05-10", state.Known},
		{"DTSTAMP is no modification", "VEVENT", start + "DTSTAMP:20260501T000000Z", state.AttrModified, "(not recorded)", state.Unrecorded},
		{"LAST-MODIFIED is", "VEVENT", start + "LAST-MODIFIED:20260501T000000Z", state.AttrModified, "2026-05-01T00:00:00Z", state.Known},
		{"rooms and those who are told are no attendees", "VEVENT", start + "ATTENDEE;CUTYPE=ROOM:mailto:room@x\nATTENDEE;ROLE=NON-PARTICIPANT:mailto:cc@x\nATTENDEE;CN=Jo:MAILTO:Jo@X.example?subject=x", state.AttrAttendees, "jo@x.example", state.Known},
		{"no attendees", "VEVENT", start, state.AttrAttendees, "", state.Known},
		{"an address beside a urn", "VEVENT", start + "ATTENDEE;EMAIL=jo@x.example:urn:uuid:1", state.AttrAttendees, "jo@x.example", state.Known},
		{"the owner's answer", "VEVENT", start + "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@acme.example", state.AttrResponse, "tentative", state.Known},
		{"the owner's own event", "VEVENT", start + "ORGANIZER:mailto:ann@acme.example", state.AttrResponse, "organizer", state.Known},
		{"an answer nobody knows of", "VEVENT", start + "ATTENDEE:mailto:jo@x.example", state.AttrResponse, "(not recorded)", state.Unrecorded},
		{"open", "VTODO", "SUMMARY:x", state.AttrClosed, "false", state.Known},
		{"completed", "VTODO", "SUMMARY:x\nSTATUS:COMPLETED", state.AttrClosed, "true", state.Known},
		{"completed without a status", "VTODO", "SUMMARY:x\nPERCENT-COMPLETE:100", state.AttrClosed, "true", state.Known},
		{"dropped is not done", "VTODO", "SUMMARY:x\nSTATUS:CANCELLED", state.AttrClosed, "false", state.Known},
		{"whether it is done was left out", "VTODO", "DUE:20260504T080000Z", state.AttrClosed, "(not recorded)", state.Unrecorded},
		{"a day to be done by", "VTODO", "SUMMARY:x\nDUE;VALUE=DATE:20260504", state.AttrDue, "2026-05-04", state.Known},
		{"an instant is on the owner's clocks", "VTODO", "SUMMARY:x\nDUE:20260504T220000Z", state.AttrDue, "2026-05-05", state.Known},
		{"a time elsewhere is the day written", "VTODO", "SUMMARY:x\nDUE;TZID=Pacific/Auckland:20260504T090000", state.AttrDue, "2026-05-04", state.Known},
		{"due by a duration", "VTODO", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504\nDURATION:P2D", state.AttrDue, "2026-05-06", state.Known},
		{"no due date", "VTODO", "SUMMARY:x\nDTSTART;VALUE=DATE:20260504", state.AttrDue, "", state.Empty},
		{"a line that cannot be read leaves doubt", "VEVENT", start + "X:1", state.AttrLocation, "", state.Empty},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := one(t, c.component, c.lines).Value(c.attr)
			assert.Equal(t, c.want, v.String())
			assert.Equal(t, c.presence, v.Presence())
		})
	}
}

func TestOrganizer(t *testing.T) {
	assert.Equal(t, state.True, one(t, "VEVENT", "DTSTART:20260504T080000Z\nORGANIZER:mailto:Ann@acme.example").Organizer)
	assert.Equal(t, state.False, one(t, "VEVENT", "DTSTART:20260504T080000Z\nORGANIZER;SENT-BY=\"mailto:ann@acme.example\":mailto:bo@x").Organizer)
	assert.Equal(t, state.Unknown, one(t, "VEVENT", "DTSTART:20260504T080000Z").Organizer, "nobody says")
}

func TestCarriedIDs(t *testing.T) {
	text := calendar("BEGIN:VTODO\nUID:1\nSUMMARY:x\nX-SALESFORCE-ID:00T5g00000EVbQv\nX-Vendor-Id:00T5g00000EVbQwEAL\nEND:VTODO")
	for property, want := range map[string]string{"": "00T5g00000EVbQvEAL", "x-vendor-id": "00T5g00000EVbQwEAL", "X-OTHER": ""} {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, LinkProperty: property, RecordID: salesforce.FindID}
		require.Nil(t, ical.Read(strings.NewReader(text), wire.MailFile{Path: "x.ics"}, env, out))
		assert.Equal(t, want, out.Rows[0].Item.Carries, property)
	}
}

// What a file is evidence of.
func TestEvidence(t *testing.T) {
	event := "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nEND:VEVENT\n"
	task := "BEGIN:VTODO\nUID:2\nSUMMARY:x\nEND:VTODO\n"
	frame := func(head, inside string) string {
		return "BEGIN:VCALENDAR\n" + head + inside + "END:VCALENDAR\n"
	}
	cases := []struct {
		name, text string
		in         wire.MailFile
		want       string
	}{
		{"an export", frame("", event), wire.MailFile{}, "event: full true, 1 rows"},
		{"a publication", frame("METHOD:PUBLISH\nX-WR-CALNAME:Work\n", event+task), wire.MailFile{}, `event: full true, 1 rows, calendar "Work"|task: full true, 1 rows, calendar "Work"`},
		{"two calendars", frame("X-WR-CALNAME:Work\n", event) + frame("X-WR-CALNAME:Home\n", task), wire.MailFile{}, "event: full true, 1 rows|task: full true, 1 rows"},
		{"an invitation", frame("METHOD:REQUEST\n", event), wire.MailFile{}, "event: full false, 1 rows"},
		{"a message among listings", frame("METHOD:REQUEST\n", event) + frame("", task), wire.MailFile{}, "event: full false, 1 rows|task: full false, 1 rows"},
		{"a message that is declared to be everything", frame("METHOD:REQUEST\n", event), wire.MailFile{DeltaDeclared: true}, "event: full true, 1 rows"},
		{"changes, as the name says", frame("", event), wire.MailFile{Delta: true}, "event: full false, 1 rows"},
		{"an answer", frame("METHOD:REPLY\n", event), wire.MailFile{}, "event: full false, 0 rows"},
		{"additions to a series", frame("METHOD:ADD\n", event), wire.MailFile{}, "event: full false, 0 rows, lacks: a message adds occurrences to a series"},
		{"an empty calendar", frame("", ""), wire.MailFile{}, "event: full true, 0 rows"},
		{"an empty list of tasks", frame("", ""), wire.MailFile{Type: "task"}, "task: full true, 0 rows"},
		{"free and busy times alone", frame("", "BEGIN:VFREEBUSY\nEND:VFREEBUSY\n"), wire.MailFile{}, ""},
		{"the same under an event's name", frame("", "BEGIN:VFREEBUSY\nEND:VFREEBUSY\n"), wire.MailFile{Type: "event"}, "event: full true, 0 rows, lacks: it holds VFREEBUSY instead"},
		{"an event without its frame", event, wire.MailFile{}, "event: full true, 1 rows"},
		{"a file cut short", strings.TrimSuffix(frame("", event), "END:VCALENDAR\n"), wire.MailFile{}, "event: full true, 1 rows, lacks: it could not be read to its end"},
		{"an item cut short", frame("", event)[:60], wire.MailFile{}, "event: full true, 0 rows, lacks: the event at line 2 is cut short, lacks: it could not be read to its end"},
		{"no calendar at all", "<html>Please log in</html>", wire.MailFile{Type: "event"}, "event: full true, 0 rows, lacks: it could not be read to its end"},
		{"nothing at all", "", wire.MailFile{}, "event: full true, 0 rows, lacks: it could not be read to its end"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, _, err := read(t, c.text, c.in)
			rows := out.Rows
			out.Rows = nil
			assert.Equal(t, c.want, strings.ReplaceAll(strings.TrimSpace(summary(out, nil, nil)), "\n", "|"))
			for i := range rows {
				require.Contains(t, out.Feeds, rows[i].Feed)
			}
			assert.Equal(t, err != nil, strings.Contains(c.want, "to its end"))
		})
	}
}

// Lines that are no lines, items that do not end, ids that nobody gave.
func TestFlaws(t *testing.T) {
	cases := []struct{ name, inside, want string }{
		{"a line that is none", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nsee you there\nEND:VEVENT", "7:1: Unreadable line"},
		{"no END", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nBEGIN:VTODO\nUID:2\nSUMMARY:y\nEND:VTODO", "3:1: No end"},
		{"no start", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nEND:VEVENT", "3:1: Event without start"},
		{"no UID", "BEGIN:VEVENT\nSUMMARY:x\nDTSTART:20260504T080000Z\nEND:VEVENT", "3:1: Item without UID"},
		{"a time that is none", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:tomorrow\nEND:VEVENT", "6:9: Unreadable time"},
		{"a duration that is none", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nDURATION:1h\nEND:VEVENT", "7:10: Unreadable duration"},
		{"a rule that is none", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nRRULE:FREQ=SOMETIMES\nEND:VEVENT", "7:7: Recurrence not understood"},
		{"a rule of vCalendar", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nRRULE:D1 #5\nEND:VEVENT", "7:7: Recurrence not understood"},
		{"an exception that is none", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nRRULE:FREQ=DAILY\nEXDATE:never\nEND:VEVENT", "8:8: Unreadable time"},
		{"an occurrence without place", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nRECURRENCE-ID:first\nDTSTART:20260504T080000Z\nEND:VEVENT", "3:1: Occurrence without place"},
		{"an id that is none", "BEGIN:VTODO\nUID:1\nSUMMARY:x\nX-SALESFORCE-ID:hello\nEND:VTODO", "6:17: No record id"},
		{"half an all-day event", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nEND:VEVENT", "3:1: Doubtful all-day event"},
		{"control characters are not shown", "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:\x1b[31mred\nEND:VEVENT", `6:9: Unreadable time: DTSTART is "[31mred"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, calendar(c.inside), wire.MailFile{})
			require.Nil(t, err)
			assert.Contains(t, summary(out, problems, nil), "\n"+c.want)
			assert.LessOrEqual(t, len(out.Rows), 2)
		})
	}
}

// What a line that cannot be read took away is not known to be empty.
func TestDoubtAfterABadLine(t *testing.T) {
	out, _, err := read(t, calendar("BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nLOCATION Room 1\nEND:VEVENT"), wire.MailFile{})
	require.Nil(t, err)
	assert.Equal(t, state.Unrecorded, out.Rows[0].Item.Value(state.AttrLocation).Presence())
	assert.Equal(t, "x", out.Rows[0].Item.Title())
}

func TestKnows(t *testing.T) {
	for text, want := range map[string]bool{
		"BEGIN:VCALENDAR\r\n": true, "begin:vcalendar\n": true, "\n\nBEGIN:VEVENT\n": true, "X-JUNK:1\nBEGIN:VCALENDAR\n": true,
		"BEGIN:VCARD\n": false, `{"body":"BEGIN:VCALENDAR"}`: false, "<a>\nBEGIN:VCALENDAR": false, "": false,
	} {
		assert.Equal(t, want, ical.Knows([]byte(text)), "%q", text)
	}
}

// A thousand definitions, occurrences or exceptions cost what their limits say.
func TestBounds(t *testing.T) {
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR\n")
	for i := range 2000 {
		fmt.Fprintf(&text, "BEGIN:VTIMEZONE\nTZID:zone %d\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0317\nTZOFFSETTO:+0317\nRRULE:FREQ=DAILY\nEND:STANDARD\nEND:VTIMEZONE\n", i)
		fmt.Fprintf(&text, "BEGIN:VEVENT\nUID:%d\nSUMMARY:x\nDTSTART;TZID=zone %d:20260504T080000\nEND:VEVENT\n", i, i)
	}
	text.WriteString("END:VCALENDAR\n")
	out, problems, err := read(t, text.String(), wire.MailFile{})
	require.Nil(t, err)
	assert.Len(t, out.Rows, 2000)
	assert.Len(t, problems.Diagnostics(), 11, "the same is said ten times, and how often more")

	long := "BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20260504T080000Z\nRRULE:FREQ=DAILY;COUNT=5000\nRRULE:FREQ=HOURLY\nEND:VEVENT"
	out, _, _ = read(t, calendar(long), wire.MailFile{})
	assert.Contains(t, out.Rows[0].Item.Series.Unreadable, "unsupported")
	long = strings.Replace(long, "FREQ=HOURLY", "FREQ=DAILY;COUNT=5000", 1)
	out, _, _ = read(t, calendar(long), wire.MailFile{})
	assert.Contains(t, out.Rows[0].Item.Series.Unreadable, "more than 1000 occurrences")
}

func FuzzICal(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.ics"} {
		for _, name := range golden.Files(f, pattern) {
			data, err := os.ReadFile(name)
			require.NoError(f, err)
			if len(data) < 8<<10 {
				f.Add(data, "event", false)
			}
		}
	}
	f.Add([]byte("BEGIN:VEVENT\nBEGIN:VEVENT\nDTSTART:0000\nRRULE:FREQ=DAILY\nRDATE:/,/P\nEXDATE;TZID=:\nRECURRENCE-ID;RANGE=THISANDFUTURE:19700101\n"), "", true)
	berlin := load(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, data []byte, typ string, delta bool) {
		read := func() string {
			problems, out := &wire.Problems{}, &wire.MailOutput{}
			env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
			err := ical.Read(strings.NewReader(string(data)), wire.MailFile{Path: "x.ics", Type: typ, Delta: delta, Mailbox: "a@x", Zone: berlin}, env, out)
			require.LessOrEqual(t, len(out.Rows), len(data)/8+1)
			for i := range out.Rows {
				r := &out.Rows[i]
				require.True(t, r.Kind == state.Event || r.Kind == state.Task)
				require.NotNil(t, r.Item)
				require.NotEmpty(t, r.ID)
				require.Positive(t, r.Pos.Line)
				require.Equal(t, r.Role == wire.Occurrence, r.Parent != "")
				if s := r.Item.Series; s != nil {
					require.LessOrEqual(t, len(s.Occurrences), len(data)+4000)
				}
			}
			for _, d := range problems.Diagnostics() {
				require.Positive(t, d.Subject.Start.Line)
			}
			return summary(out, problems, err)
		}
		require.Equal(t, read(), read())
	})
}

// BenchmarkRead reads a calendar of a thousand events, beside go-ical decoding the same
// bytes; both check that all are there.
func BenchmarkRead(b *testing.B) {
	const n = 1000
	text := bigCalendar(n)
	b.Run("weir", func(b *testing.B) {
		berlin := load(b, "Europe/Berlin")
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			out := &wire.MailOutput{}
			env := &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}
			err := ical.Read(strings.NewReader(text), wire.MailFile{Path: "x.ics", Zone: berlin}, env, out)
			if err != nil || len(out.Rows) != n {
				b.Fatal(err, len(out.Rows))
			}
		}
	})
	b.Run("go-ical", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			cal, err := emersion.NewDecoder(strings.NewReader(text)).Decode()
			if err != nil || len(cal.Children) != n {
				b.Fatal(err)
			}
		}
	})
}

func bigCalendar(n int) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
	at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d@acme.example\r\nDTSTAMP:20260504T080000Z\r\nCREATED:20260104T070000Z\r\nLAST-MODIFIED:20260501T081530Z\r\nDTSTART;TZID=Europe/Berlin:%s\r\nDURATION:PT1H\r\nSUMMARY:Review %d\r\n", i, at.AddDate(0, 0, i%300).Format("20060102T150405"), i)
		b.WriteString("DESCRIPTION:Ask about the renewal and the new site in Lyon.\\nThe file is in t\r\n he usual place.\r\nLOCATION:Room 1\r\nCATEGORIES:Salesforce,Review\r\nORGANIZER;CN=Ann Lee:mailto:ann@acme.example\r\nATTENDEE;CN=\"Park, Jo\";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:jo@globex.example\r\n")
		b.WriteString("CLASS:PUBLIC\r\nTRANSP:OPAQUE\r\nSTATUS:CONFIRMED\r\nSEQUENCE:1\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

// Reading costs in proportion to the items, whatever their number.
func TestReadingIsLinear(t *testing.T) {
	berlin := load(t, "Europe/Berlin")
	allocs := func(n int) float64 {
		text := bigCalendar(n)
		return testing.AllocsPerRun(2, func() {
			out := &wire.MailOutput{}
			env := &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}
			var err *textpos.Error = ical.Read(strings.NewReader(text), wire.MailFile{Path: "x.ics", Zone: berlin}, env, out)
			require.Nil(t, err)
		}) / float64(n)
	}
	small, large := allocs(200), allocs(1600)
	require.Less(t, large, small*1.2, "allocations an item")
	require.Less(t, large, 120.0)
}
