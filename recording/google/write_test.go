package google_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/google"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

const owner = "ann@acme.example"

// TestWhatIsWrittenIsReadBack: what Google's services can hold comes back as it was,
// and what they cannot is listed once, in Losses.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	berlin, err := zone.Load("Europe/Berlin")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]state.Kind{state.Contact, state.Task, state.Event}).Draw(t, "kind")
		var items []*state.Item
		for i := range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, draw(t, kind, fmt.Sprintf("people/c%d", i)))
		}
		p := wire.Payload{Kind: kind, Items: slices.Values(items), Delta: rapid.Bool().Draw(t, "delta"), Next: rapid.Bool().Draw(t, "next"),
			Mailbox: owner, FolderID: "L 1/ä", Zone: berlin, LinkProperty: rapid.SampledFrom([]string{"", "vendorId"}).Draw(t, "property")}
		if p.Delta && rapid.Bool().Draw(t, "removed") {
			p.Removed = []wire.Tombstone{{ID: "people/gone", At: time.Unix(1_700_000_000, 0).UTC()}}
		}
		text := write(t, p)
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, LinkProperty: p.LinkProperty, RecordID: salesforce.FindID}
		var groups bytes.Buffer
		require.NoError(t, google.WriteGroups(&groups, []string{"Salesforce", "Salesforce Contacts", "a & b", "<c>"}))
		require.Nil(t, google.Read(&groups, wire.MailFile{Path: "contactGroups.json", Mailbox: owner}, env, out))
		require.True(t, kind == state.Contact && len(items)+len(p.Removed) == 0 || google.Knows(text), "%s", text)
		require.Nil(t, google.Read(bytes.NewReader(text), wire.MailFile{Path: "x.json", Type: kind.String(), Mailbox: owner}, env, out), "%s", text)
		require.Empty(t, problems.Diagnostics(), "%s", text)
		require.Len(t, out.Feeds, 1)
		require.Equal(t, p.Next || !p.Delta, out.Feeds[0].Full)
		require.Equal(t, state.TruthOf(!p.Next), out.Feeds[0].Done)
		compare(t, items, &p, out)
	})
}

func write(t require.TestingT, p wire.Payload) []byte {
	var b, again bytes.Buffer
	require.NoError(t, google.Write(&b, p))
	require.NoError(t, google.Write(&again, p))
	require.Equal(t, b.String(), again.String(), "the same items are written the same way")
	require.True(t, json.Valid(b.Bytes()), "%s", b.String())
	return b.Bytes()
}

func compare(t *rapid.T, items []*state.Item, p *wire.Payload, out *wire.MailOutput) {
	rows, parts := map[string]wire.Row{}, map[string][]state.Occurrence{}
	for _, row := range out.Rows {
		if row.Role == wire.Occurrence {
			parts[row.Parent] = append(parts[row.Parent], row.Occurrence)
			continue
		}
		rows[row.ID] = row
		if row.Kind == state.Task && !row.Gone {
			require.Equal(t, p.FolderID, row.FolderID)
		}
	}
	for _, gone := range p.Removed {
		require.True(t, rows[gone.ID].Gone)
		delete(rows, gone.ID)
	}
	for _, it := range items {
		want := it.Clone()
		for _, loss := range google.Losses {
			loss.Apply(want, p)
		}
		if want.Series != nil && want.Series.Rule == "" {
			require.Equal(t, want.Series.Occurrences, sorted(parts[it.ID]))
			continue
		}
		row := rows[it.ID]
		require.NotNil(t, row.Item)
		got := row.Item
		name(got, row, out)
		if want.Series != nil {
			s := *got.Series
			s.Occurrences = sorted(append(slices.Clone(s.Occurrences), parts[it.ID]...))
			require.Equal(t, *want.Series, s)
		} else {
			require.Nil(t, got.Series)
		}
		for _, a := range state.Schema() {
			require.Truef(t, want.Value(a.Attr).Equal(got.Value(a.Attr)) && want.Value(a.Attr).Presence() == got.Value(a.Attr).Presence(),
				"%s: %q (%v), want %q (%v)", a.Name, got.Value(a.Attr), got.Value(a.Attr).Presence(), want.Value(a.Attr), want.Value(a.Attr).Presence())
		}
		require.Equal(t, []any{want.Carries, want.ICalUID, want.Organizer, want.AttendeesTruncated, want.FreeOrBusy},
			[]any{got.Carries, got.ICalUID, got.Organizer, got.AttendeesTruncated, got.FreeOrBusy})
		delete(rows, it.ID)
	}
	require.Empty(t, rows)
}

// name gives a contact its categories as package recording does.
func name(it *state.Item, row wire.Row, out *wire.MailOutput) {
	if row.Groups == nil {
		return
	}
	names := []string{}
	for _, id := range row.Groups {
		names = append(names, out.Groups[id])
	}
	it.Set(state.AttrCategories, state.TextsValue(names))
}

func sorted(list []state.Occurrence) []state.Occurrence {
	wire.SortOccurrences(list)
	if len(list) == 0 {
		return nil
	}
	return list
}

func draw(t *rapid.T, kind state.Kind, id string) *state.Item {
	it, d := state.NewItem(kind, state.Mailbox, id), drawn.Values{T: t}
	for _, a := range state.Schema() {
		if a.On(state.Mailbox) != state.Stored || !a.Has(kind) || a.Attr == state.AttrPrivate && kind != state.Event || a.Attr == state.AttrCancelled {
			continue
		}
		d.Maybe(it, a.Attr, func() state.Value { return d.Of(a, words, texts...) })
	}
	d.Carries(it, "0035g00000EVbQvAAL")
	switch kind {
	case state.Contact:
		it.FolderKnown = rapid.Bool().Draw(t, "folder known")
		if it.FolderKnown {
			it.Folder = rapid.SampledFrom([]string{"", "Salesforce Contacts"}).Draw(t, "folder")
		}
	case state.Event:
		drawEvent(t, it)
	}
	return it
}

var words = map[state.Attr][]string{
	state.AttrStatus:         {"needsAction", "inProgress", "completed", "Deferred"},
	state.AttrPriority:       {"low", "normal", "high"},
	state.AttrShowAs:         {"free", "tentative", "busy", "outofoffice"},
	state.AttrResponse:       {"none", "organizer", "accepted", "tentative", "declined"},
	state.AttrEmail:          {"jo@x.example"},
	state.AttrEmail2:         {"jo2@x.example", "jo@x.example"},
	state.AttrEmail3:         {"é@x.example"},
	state.AttrOrganizerEmail: {owner, "bo@x.example"},
}

var texts = []string{"", "x", "é & <ü> \u2028", "two\nlines", "<b>  bold </b>\n\nx", "1 < 2 &amp; 3", `"kind":"calendar#event"`}

func drawEvent(t *rapid.T, it *state.Item) {
	it.ICalUID = rapid.SampledFrom([]string{"", "UID-1"}).Draw(t, "uid")
	it.Organizer = rapid.SampledFrom([]state.Truth{state.Unknown, state.True, state.False}).Draw(t, "organizer")
	it.AttendeesTruncated = rapid.Bool().Draw(t, "truncated")
	if rapid.Bool().Draw(t, "single") {
		return
	}
	s := &state.Series{Zone: rapid.SampledFrom([]string{"", "Asia/Tokyo"}).Draw(t, "zone")}
	allDay := rapid.Bool().Draw(t, "all day")
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	start := time.Unix(1_700_000_000, 0).UTC()
	it.Set(state.AttrStart, state.InstantValue(start))
	it.Set(state.AttrEnd, state.InstantValue(start.Add(time.Hour)))
	it.Set(state.AttrStartDate, state.DayValue(19000))
	it.Set(state.AttrEndDate, state.DayValue(19001))
	s.Rule = rapid.SampledFrom([]string{"", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=7", "FREQ=DAILY;UNTIL=20310101T000000Z"}).Draw(t, "rule")
	for n := range rapid.IntRange(0, 4).Draw(t, "occurrences") {
		kind := rapid.SampledFrom([]string{"moved", "cancelled", "added"}).Draw(t, "kind")
		var o state.Occurrence
		if allDay {
			day := state.Date(20000 + 7*n)
			o = state.Occurrence{OriginalDate: day, StartDate: day + 1, EndDate: day + 1}
		} else {
			at := start.AddDate(0, 0, 7*n)
			o = state.Occurrence{Original: at, Start: at.Add(30 * time.Minute), End: at.Add(2 * time.Hour)}
		}
		switch {
		case kind == "cancelled":
			o.Cancelled, o.Start, o.End, o.StartDate, o.EndDate = true, o.Original, o.Original, o.OriginalDate, o.OriginalDate
		case kind == "added" && s.Rule != "":
			o.Original, o.OriginalDate = time.Time{}, 0
		}
		s.Occurrences = append(s.Occurrences, o)
	}
	wire.SortOccurrences(s.Occurrences)
	it.Series = s
}

// A cancelled event of another service is a deleted one in Google's terms; a recurrence
// that could not be read stays one.
func TestWhatGoogleCannotSay(t *testing.T) {
	it := state.NewItem(state.Event, state.Mailbox, "E")
	it.Set(state.AttrCancelled, state.BoolValue(true))
	out, problems := read(string(write(t, wire.Payload{Kind: state.Event, Items: slices.Values([]*state.Item{it})})), wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	assert.True(t, out.Rows[0].Gone)

	it = state.NewItem(state.Event, state.Mailbox, "E")
	it.Series = &state.Series{Unreadable: "it is odd"}
	out, problems = read(string(write(t, wire.Payload{Kind: state.Event, Items: slices.Values([]*state.Item{it})})), wire.MailFile{})
	require.Len(t, problems.Diagnostics(), 1)
	assert.NotEmpty(t, out.Rows[0].Item.Series.Unreadable)
}

// The losses stand in the documents as they stand in the code.
func TestLossesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/recordings.md")
	require.NoError(t, err)
	for _, loss := range google.Losses {
		assert.True(t, strings.Contains(string(page), "- "+loss.What+"\n"), "docs/recordings.md does not say: - %s", loss.What)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	assert.ErrorIs(t, google.Write(failing{}, wire.Payload{Kind: state.Task}), io.ErrClosedPipe)
}

// thousand is a page of a thousand events.
func thousand(b *testing.B) string {
	var items []*state.Item
	for i := range 1000 {
		it := state.NewItem(state.Event, state.Mailbox, fmt.Sprintf("7kukuqrfedlm2f9t%06d", i))
		it.Set(state.AttrTitle, state.TextValue(fmt.Sprintf("Review %d", i)))
		it.Set(state.AttrBody, state.TextValue("Ask about the renewal and the new site in Lyon."))
		it.Set(state.AttrStart, state.InstantValue(time.Date(2026, 5, 6, 8, 0, 0, 0, time.UTC)))
		it.Set(state.AttrEnd, state.InstantValue(time.Date(2026, 5, 6, 9, 0, 0, 0, time.UTC)))
		it.Set(state.AttrCreated, state.InstantValue(time.Date(2026, 1, 4, 7, 0, 0, 0, time.UTC)))
		it.Set(state.AttrOrganizerEmail, state.TextValue(owner))
		it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "bo@x.example", Name: "Bo", Response: "accepted"}, {Email: owner}}))
		it.Carries = fmt.Sprintf("00U0000000%05dAAA", i)
		items = append(items, it)
	}
	return string(write(b, wire.Payload{Kind: state.Event, Items: slices.Values(items), Mailbox: owner}))
}

func BenchmarkRead(b *testing.B) {
	text := thousand(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		out := &wire.MailOutput{}
		err := google.Read(strings.NewReader(text), wire.MailFile{Path: "x.json"}, &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}, out)
		if err != nil || len(out.Rows) != 1000 {
			b.Fatal(err, len(out.Rows))
		}
	}
}

// BenchmarkDecoder reads the same bytes with encoding/json alone.
func BenchmarkDecoder(b *testing.B) {
	text := thousand(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		var page struct{ Items []map[string]any }
		if err := json.NewDecoder(strings.NewReader(text)).Decode(&page); err != nil || len(page.Items) != 1000 {
			b.Fatal(err)
		}
	}
}
