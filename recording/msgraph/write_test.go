package msgraph_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/msgraph"
	"weir/recording/wire"
	"weir/state"
)

// dice draw items of every kind.
type dice struct{ drawn.Values }

func (t dice) item(k state.Kind, id string) *state.Item {
	it := state.NewItem(k, state.Mailbox, id)
	t.Instant(it, state.AttrCreated)
	t.Instant(it, state.AttrModified)
	t.Categories(it, "Salesforce", "a, b")
	t.Carries(it, "0035g000001AbcdAAC")
	switch k {
	case state.Contact:
		t.Text(it, state.AttrTitle, state.AttrFirstName, state.AttrLastName, state.AttrCompany, state.AttrJobTitle, state.AttrMobile, state.AttrPhone)
		for _, a := range []state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
			t.Word(it, a, "jo@globex.example", "park@x")
		}
	case state.Task:
		t.Text(it, state.AttrTitle, state.AttrBody)
		t.Word(it, state.AttrStatus, "notStarted", "inProgress", "completed", "Waiting")
		t.Word(it, state.AttrPriority, "low", "normal", "high")
		t.Day(it, state.AttrDue)
		t.Instant(it, state.AttrCompleted)
	case state.Event:
		t.event(it)
	}
	return it
}

func (t dice) event(it *state.Item) {
	t.Text(it, state.AttrTitle, state.AttrBody, state.AttrLocation)
	t.Word(it, state.AttrShowAs, "free", "busy", "tentative", "outofoffice", "Elsewhere")
	t.Word(it, state.AttrResponse, "none", "accepted", "tentative", "declined", "organizer", "What")
	t.Word(it, state.AttrOrganizerEmail, owner, "bo@globex.example")
	t.Truth(it, state.AttrPrivate, state.AttrCancelled)
	it.ICalUID = rapid.SampledFrom([]string{"", "040000008200E0"}).Draw(t.T, "uid")
	it.Organizer = rapid.SampledFrom([]state.Truth{state.Unknown, state.False, state.True}).Draw(t.T, "organizer")
	if rapid.Bool().Draw(t.T, "attendees?") {
		var list []state.Attendee
		for range rapid.IntRange(0, 3).Draw(t.T, "attendees") {
			list = append(list, state.Attendee{Email: rapid.SampledFrom([]string{owner, "bo@globex.example"}).Draw(t.T, "address"), Name: "Bo \"B\" Berg",
				Response: rapid.SampledFrom([]string{"", "none", "accepted", "tentative", "declined"}).Draw(t.T, "answer")})
		}
		it.Set(state.AttrAttendees, state.PeopleValue(list))
	}
	start := t.Time("start")
	first := state.DateOf(start, time.UTC)
	allDay := rapid.Bool().Draw(t.T, "all day")
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	if allDay {
		t.Maybe(it, state.AttrStartDate, func() state.Value { return state.DayValue(first) })
		t.Maybe(it, state.AttrEndDate, func() state.Value { return state.DayValue(first.AddDays(rapid.IntRange(0, 20).Draw(t.T, "days"))) })
	} else {
		t.Maybe(it, state.AttrStart, func() state.Value { return state.InstantValue(start) })
		t.Maybe(it, state.AttrEnd, func() state.Value { return state.InstantValue(start.Add(time.Hour)) })
	}
	if rapid.Bool().Draw(t.T, "single") {
		it.Set(state.AttrRecurring, state.BoolValue(false))
		return
	}
	t.series(it, start, first)
}

func (t dice) series(it *state.Item, start time.Time, first state.Date) {
	it.Set(state.AttrRecurring, state.BoolValue(true))
	it.Series = &state.Series{Zone: rapid.SampledFrom([]string{"", "Europe/Berlin"}).Draw(t.T, "zone"), Lightning: rapid.Bool().Draw(t.T, "lightning"),
		Rule: rapid.SampledFrom([]string{"FREQ=DAILY", "COUNT=9;FREQ=WEEKLY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"}).Draw(t.T, "rule")}
	for i := range rapid.IntRange(0, 3).Draw(t.T, "exceptions") {
		o := state.Occurrence{Cancelled: rapid.Bool().Draw(t.T, "cancelled")}
		if it.AllDay() {
			o.OriginalDate = first.AddDays(7 * i)
			o.StartDate, o.EndDate = o.OriginalDate+1, o.OriginalDate+2
		} else {
			o.Original = start.Truncate(time.Second).AddDate(0, 0, 7*i)
			o.Start, o.End = o.Original.Add(time.Hour), o.Original.Add(2*time.Hour)
		}
		it.Series.Occurrences = append(it.Series.Occurrences, o)
	}
}

const owner = drawn.Owner

func lose(it *state.Item, p *wire.Payload) *state.Item {
	it = it.Clone()
	for _, loss := range msgraph.Losses {
		loss.Apply(it, p)
	}
	return it
}

func same(t require.TestingT, want, got *state.Item) {
	for _, a := range state.Schema() {
		w, g := want.Value(a.Attr), got.Value(a.Attr)
		require.Truef(t, w.Equal(g), "%s of %s: %q (%v), want %q (%v)", a.Name, want.ID, g, g.Presence(), w, w.Presence())
	}
	require.Equal(t, want.ID, got.ID)
	require.Equal(t, want.Carries, got.Carries)
	require.Equal(t, want.ICalUID, got.ICalUID)
	require.Equal(t, want.Organizer, got.Organizer)
	require.Equal(t, want.Series, got.Series)
}

// What is written is read back as the same items, up to Losses; exceptions as rows
// of their own.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]state.Kind{state.Contact, state.Task, state.Event}).Draw(rt, "kind")
		p := wire.Payload{Kind: kind, Mailbox: owner, FolderID: rapid.SampledFrom([]string{"", "AAMk/b="}).Draw(rt, "folder"), Delta: rapid.Bool().Draw(rt, "delta"), Next: rapid.Bool().Draw(rt, "next")}
		var items []*state.Item
		for i := range rapid.IntRange(0, 4).Draw(rt, "items") {
			items = append(items, dice{drawn.Values{T: rt}}.item(kind, fmt.Sprintf("AAMk%d=", i)))
		}
		if p.Delta && rapid.Bool().Draw(rt, "removed") {
			p.Removed = []wire.Tombstone{{ID: "gone"}}
		}
		p.Items = slices.Values(items)
		var b bytes.Buffer
		require.NoError(rt, msgraph.Write(&b, p))
		out, problems := read(b.String(), wire.MailFile{Delta: p.Delta})
		require.Empty(rt, problems.Diagnostics(), b.String())
		i := 0
		for _, it := range items {
			row := out.Rows[i]
			require.Equal(rt, wire.Itself, row.Role)
			same(rt, lose(it, &p), row.Item)
			i++
			if it.Series == nil {
				continue
			}
			for _, o := range it.Series.Occurrences {
				require.Equal(rt, wire.Occurrence, out.Rows[i].Role)
				require.Equal(rt, it.ID, out.Rows[i].Parent)
				require.Equal(rt, o, out.Rows[i].Occurrence)
				i++
			}
		}
		for _, gone := range p.Removed {
			require.True(rt, out.Rows[i].Gone)
			require.Equal(rt, gone.ID, out.Rows[i].ID)
			i++
		}
		require.Len(rt, out.Rows, i)
		require.Len(rt, out.Feeds, 1)
		feed := out.Feeds[0]
		require.Equal(rt, kind.String(), feed.Kind)
		require.Equal(rt, !p.Delta, feed.Full)
		require.Equal(rt, state.TruthOf(!p.Next), feed.Done)
		require.Equal(rt, p.FolderID, feed.FolderID)
	})
}

// A calendar view says its range, and a series of which only occurrences are known
// is written as those.
func TestWriteView(t *testing.T) {
	from := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	it := state.NewItem(state.Event, state.Mailbox, "S")
	it.Set(state.AttrAllDay, state.BoolValue(false))
	at := from.AddDate(0, 0, 3)
	it.Series = &state.Series{Occurrences: []state.Occurrence{{Original: at, Start: at, End: at.Add(time.Hour)}}}
	var b bytes.Buffer
	require.NoError(t, msgraph.Write(&b, wire.Payload{Kind: state.Event, Mailbox: owner, Items: slices.Values([]*state.Item{it}), From: from, To: from.AddDate(0, 1, 0), Next: true}))
	out, problems := read(b.String(), wire.MailFile{})
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	assert.Equal(t, "S", out.Rows[0].Parent)
	assert.Equal(t, it.Series.Occurrences[0], out.Rows[0].Occurrence)
	assert.True(t, out.Feeds[0].Bounded)
	assert.Equal(t, from, out.Feeds[0].From)
}

func TestWriteFolders(t *testing.T) {
	for _, kind := range []state.Kind{state.Contact, state.Task} {
		var b bytes.Buffer
		require.NoError(t, msgraph.WriteFolders(&b, owner, kind, []msgraph.Folder{{ID: "F1", Name: "Salesforce Things"}}))
		out, problems := read(b.String(), wire.MailFile{})
		require.Empty(t, problems.Diagnostics())
		assert.Equal(t, map[string]string{"F1": "Salesforce Things"}, out.Folders)
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteFails(t *testing.T) {
	assert.ErrorIs(t, msgraph.Write(failing{}, wire.Payload{Kind: state.Task}), errFull)
	assert.NoError(t, msgraph.Write(io.Discard, wire.Payload{Kind: state.Task}))
}
