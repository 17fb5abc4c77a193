package ical_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	emersion "github.com/emersion/go-ical"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/ical"
	"weir/recording/wire"
	"weir/state"
)

const owner = drawn.Owner

func drawItem(t *rapid.T, k state.Kind, id string) *state.Item {
	it, d := state.NewItem(k, state.Mailbox, id), drawn.Values{T: t}
	d.Text(it, state.AttrTitle, state.AttrBody)
	for _, a := range [...]state.Attr{state.AttrCreated, state.AttrModified} {
		if rapid.Bool().Draw(t, a.String()+"?") {
			it.Set(a, state.InstantValue(d.Between(a.String(), 1_600_000_000, 1_900_000_000)))
		}
	}
	d.Categories(it, "Salesforce", "a, b", "c;d")
	d.Carries(it, "00U5g00000EVbQvEAL")
	if k == state.Task {
		it.Set(state.AttrClosed, state.BoolValue(rapid.Bool().Draw(t, "closed")))
		d.Word(it, state.AttrStatus, "notStarted", "inProgress", "completed", "NEEDS-ACTION", "IN-PROCESS", "CANCELLED", "waitingOnOthers")
		d.Word(it, state.AttrPriority, "high", "normal", "low", "1", "7", "Urgent")
		if rapid.Bool().Draw(t, "due?") {
			it.Set(state.AttrDue, state.DayValue(state.DateOf(d.Between("due", 1_600_000_000, 1_900_000_000), time.UTC)))
		}
		if rapid.Bool().Draw(t, "completed?") {
			it.Set(state.AttrCompleted, state.InstantValue(d.Between("completed", 1_600_000_000, 1_900_000_000)))
		}
		return it
	}
	d.Text(it, state.AttrLocation)
	d.Word(it, state.AttrShowAs, "free", "busy", "tentative", "outofoffice")
	d.Word(it, state.AttrResponse, "none", "accepted", "declined", "tentative", "organizer")
	for _, a := range [...]state.Attr{state.AttrPrivate, state.AttrCancelled} {
		it.Set(a, state.BoolValue(rapid.Bool().Draw(t, a.String())))
	}
	d.Word(it, state.AttrOrganizerEmail, owner, "bo@globex.example")
	if rapid.Bool().Draw(t, "attendees?") {
		var list []state.Attendee
		for _, address := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{owner, "bo@globex.example", "jo@x"}), 0, 3, rapid.ID[string]).Draw(t, "attendees") {
			list = append(list, state.Attendee{Email: address, Name: strings.TrimSpace(d.Any("name")), Response: rapid.SampledFrom([]string{"", "none", "accepted", "declined", "tentative"}).Draw(t, "answer")})
		}
		it.Set(state.AttrAttendees, state.PeopleValue(list))
	}
	drawTimes(d, it)
	return it
}

// drawTimes gives an event its times, and a series its occurrences.
func drawTimes(d drawn.Values, it *state.Item) {
	t := d.T
	start := d.Between("start", 1_600_000_000, 1_900_000_000).Truncate(time.Second)
	length := time.Duration(rapid.IntRange(0, 3000).Draw(t, "minutes")) * time.Minute
	first := state.DateOf(start, time.UTC)
	days := rapid.IntRange(0, 3).Draw(t, "days")
	allDay := rapid.Bool().Draw(t, "all day")
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	if allDay {
		it.Set(state.AttrStartDate, state.DayValue(first))
		it.Set(state.AttrEndDate, state.DayValue(first.AddDays(days)))
	} else {
		it.Set(state.AttrStart, state.InstantValue(start))
		it.Set(state.AttrEnd, state.InstantValue(start.Add(length)))
	}
	it.Set(state.AttrRecurring, state.BoolValue(false))
	if !rapid.Bool().Draw(t, "series") {
		return
	}
	it.Set(state.AttrRecurring, state.BoolValue(true))
	s := &state.Series{Rule: rapid.SampledFrom([]string{"FREQ=DAILY", "FREQ=WEEKLY;COUNT=9", "FREQ=DAILY;UNTIL=20500101"}).Draw(t, "rule")}
	if !allDay {
		// a start that its own zone shows twice a year is written in UTC, and the zone lost
		s.Zone = rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "Asia/Kolkata"}).Draw(t, "zone")
		start = time.Date(start.Year(), start.Month(), start.Day(), 9, start.Minute(), start.Second(), 0, time.UTC)
		it.Set(state.AttrStart, state.InstantValue(start))
		it.Set(state.AttrEnd, state.InstantValue(start.Add(length)))
	}
	it.Series = s
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(1, 9), 0, 4, rapid.ID[int]).Draw(t, "occurrences") {
		var o state.Occurrence
		cancelled, added := rapid.Bool().Draw(t, "cancelled"), rapid.Bool().Draw(t, "added")
		switch {
		case allDay && added:
			o.StartDate, o.EndDate = first.AddDays(7*n+3), first.AddDays(7*n+3+days)
		case added:
			o.Start, o.End = start.AddDate(0, 0, 7*n).Add(time.Hour), start.AddDate(0, 0, 7*n).Add(3*time.Hour)
		case allDay:
			o.OriginalDate, o.Cancelled = first.AddDays(7*n), cancelled
			if !cancelled {
				o.StartDate, o.EndDate = o.OriginalDate+1, o.OriginalDate+2
			}
		default:
			o.Original, o.Cancelled = start.AddDate(0, 0, 7*n), cancelled
			if !cancelled {
				o.Start, o.End = o.Original.Add(time.Hour), o.Original.Add(2*time.Hour)
			}
		}
		s.Occurrences = append(s.Occurrences, o)
	}
	if cancelledWhole := it.Value(state.AttrCancelled).Bool(); cancelledWhole {
		it.Set(state.AttrCancelled, state.BoolValue(false)) // an override of a cancelled series is cancelled too
	}
}

// TestWhatIsWrittenIsReadBack: what a calendar can hold comes back as it was, and
// what it cannot is listed once, in Losses.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]state.Kind{state.Event, state.Task}).Draw(t, "kind")
		var items []*state.Item
		for i := range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, drawItem(t, kind, fmt.Sprintf("id,%d", i)))
		}
		p := wire.Payload{Kind: kind, Items: slices.Values(items), Mailbox: owner, Folder: drawn.Values{T: t}.Any("folder")}
		var text bytes.Buffer
		require.NoError(t, ical.Write(&text, p))
		for line := range strings.SplitSeq(strings.TrimSuffix(text.String(), "\r\n"), "\r\n") {
			require.LessOrEqual(t, len(line), 75)
			require.NotContains(t, line, "\n")
		}
		if kind == state.Event || len(items) > 0 {
			_, err := emersion.NewDecoder(bytes.NewReader(text.Bytes())).Decode()
			require.NoError(t, err, "another reader takes it too")
		}
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, RecordID: func(s string) (string, bool) { return s, true }}
		terr := ical.Read(&text, wire.MailFile{Path: "x.ics", Type: kind.String(), Mailbox: owner}, env, out)
		require.Nil(t, terr)
		require.Empty(t, problems.Diagnostics())
		require.Len(t, out.Rows, len(items))
		for i, it := range items {
			want := it.Clone()
			for _, loss := range ical.Losses {
				loss.Apply(want, &p)
			}
			sameItem(t, want, out.Rows[i].Item)
		}
	})
}

func sameItem(t require.TestingT, want, got *state.Item) {
	for _, a := range state.Schema() {
		require.Truef(t, want.Value(a.Attr).Equal(got.Value(a.Attr)) && want.Value(a.Attr).Presence() == got.Value(a.Attr).Presence(),
			"%s of %s: %q (%v), want %q (%v)", a.Name, want.ID, got.Value(a.Attr), got.Value(a.Attr).Presence(), want.Value(a.Attr), want.Value(a.Attr).Presence())
	}
	require.Equal(t, want.ID, got.ID)
	require.Equal(t, want.Value(state.AttrAttendees).People(), got.Value(state.AttrAttendees).People())
	require.Equal(t, want.Carries, got.Carries)
	require.Equal(t, want.ICalUID, got.ICalUID)
	require.Equal(t, want.Organizer, got.Organizer)
	if want.Series == nil {
		require.Nil(t, got.Series)
		return
	}
	require.Equal(t, *want.Series, *got.Series)
}

// What a calendar cannot say at all is refused, not left out.
func TestWriteRefuses(t *testing.T) {
	none := slices.Values([]*state.Item{})
	broken := state.NewItem(state.Event, state.Mailbox, "1")
	broken.Series = &state.Series{Unreadable: "nobody knows"}
	for want, p := range map[string]wire.Payload{
		"not contacts": {Kind: state.Contact, Items: none},
		"no deltas":    {Kind: state.Event, Items: none, Delta: true},
		"no pages":     {Kind: state.Event, Items: none, Next: true},
		"nobody knows": {Kind: state.Event, Items: slices.Values([]*state.Item{broken})},
	} {
		assert.ErrorContains(t, ical.Write(io.Discard, p), want)
	}
	full := wire.Payload{Kind: state.Task, Items: slices.Values([]*state.Item{state.NewItem(state.Task, state.Mailbox, strings.Repeat("x", 1<<16))})}
	assert.Error(t, ical.Write(failing{}, full))
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
