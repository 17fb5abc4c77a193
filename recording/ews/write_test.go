package ews_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/ews"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
)

func write(t require.TestingT, p wire.Payload) []byte {
	var b, again bytes.Buffer
	require.NoError(t, ews.Write(&b, p))
	require.NoError(t, ews.Write(&again, p))
	require.Equal(t, b.String(), again.String(), "the same items are written the same way")
	return b.Bytes()
}

// What is written is read back as the same items, up to ews.Losses.
func TestRoundTrip(t *testing.T) {
	berlin := load(t, "Europe/Berlin")
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom([]state.Kind{state.Contact, state.Task, state.Event}).Draw(rt, "kind")
		n := rapid.IntRange(0, 4).Draw(rt, "items")
		var items []*state.Item
		for i := range n {
			items = append(items, genItem(rt, kind, fmt.Sprintf("I%d", i)))
		}
		p := wire.Payload{Kind: kind, Items: slices.Values(items), Delta: rapid.Bool().Draw(rt, "delta"), Next: rapid.Bool().Draw(rt, "next"), FolderID: "F", Zone: berlin, Mailbox: "ann@acme.example"}
		if p.Delta && rapid.Bool().Draw(rt, "removed") {
			p.Removed = []wire.Tombstone{{ID: "GONE"}}
		}
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
		text := write(rt, p)
		err := ews.Read(bytes.NewReader(text), wire.MailFile{Path: "x.xml", Type: kind.String(), Mailbox: "ann@acme.example", Zone: berlin}, env, out)
		require.Nil(rt, err, "%s", text)
		require.Empty(rt, problems.Diagnostics(), "%s", text)
		require.Len(rt, out.Rows, n+len(p.Removed))
		for i, want := range items {
			got := out.Rows[i]
			want := want.Clone()
			for _, loss := range ews.Losses {
				loss.Apply(want, &p)
			}
			require.Equal(rt, kind, got.Kind)
			require.Equal(rt, "F", got.FolderID)
			require.Equal(rt, values(want), values(got.Item), "%s", text)
			require.Equal(rt, want.Series, got.Item.Series)
		}
		for i, gone := range p.Removed {
			require.Equal(rt, gone.ID, out.Rows[n+i].ID)
			require.True(rt, out.Rows[n+i].Gone)
		}
		require.Len(rt, out.Feeds, 1)
		require.Equal(rt, !p.Delta, out.Feeds[0].Full)
		require.Equal(rt, state.TruthOf(!p.Next), out.Feeds[0].Done)
	})
}

// values are an item's values, comparable.
func values(it *state.Item) []string {
	out := []string{it.ID, it.Carries, it.ICalUID, fmt.Sprint(it.AttendeesTruncated, it.Organizer)}
	for _, a := range state.Schema() {
		v := it.Value(a.Attr)
		out = append(out, fmt.Sprintf("%s=%d %s %v", a.Name, v.Presence(), v, v.People()))
	}
	return out
}

func genItem(t *rapid.T, kind state.Kind, id string) *state.Item {
	it := state.NewItem(kind, state.Mailbox, id)
	g := &gen{t, it}
	whole := rapid.Bool().Draw(t, "whole")
	for _, a := range state.Schema() {
		if a.On(state.Mailbox) != state.Stored || !a.Has(kind) {
			continue
		}
		if whole || rapid.Bool().Draw(t, a.Name+" recorded") {
			it.Set(a.Attr, g.value(a))
		} else {
			it.Set(a.Attr, state.Value{})
		}
	}
	if rapid.Bool().Draw(t, "carries") {
		it.Carries = "003000000000001AAA"
	}
	if kind == state.Event {
		g.event()
	}
	return it
}

type gen struct {
	t  *rapid.T
	it *state.Item
}

var words = map[state.Attr][]string{
	state.AttrStatus:   {"", "NotStarted", "inProgress", "COMPLETED", "WaitingOnOthers", "Deferred", "Blocked"},
	state.AttrPriority: {"", "Low", "normal", "High", "urgent"},
	state.AttrShowAs:   {"", "free", "tentative", "busy", "outofoffice"},
	state.AttrResponse: {"", "none", "organizer", "accepted", "tentative", "declined"},
	state.AttrEmail:    {"", "jo@x.example"}, state.AttrEmail2: {"", "jo2@x.example"}, state.AttrEmail3: {"", "é@x.example"},
	state.AttrOrganizerEmail: {"", "ann@acme.example", "bo@x.example"},
}

func (g *gen) value(a state.Attribute) state.Value {
	if a.Type == state.Bool && rapid.IntRange(0, 9).Draw(g.t, a.Name+" empty") == 0 {
		return state.EmptyValue()
	}
	return drawn.Values{T: g.t}.Of(a, words, texts...)
}

var texts = []string{"", "x", "é & <ü>", "two\nlines", strings.Repeat("long ", 60) + "end", "]]>", "end \n\t", "a\x01b\uFFFEc", strings.Repeat("é", 255), strings.Repeat("x", 254) + "𝄞"}

func (g *gen) instant(name string) time.Time {
	return time.Unix(int64(rapid.IntRange(1_500_000_000, 1_900_000_000).Draw(g.t, name)), 0).UTC()
}

// event makes an event's times fit together, and maybe a series of it.
func (g *gen) event() {
	it := g.it
	it.ICalUID = rapid.SampledFrom([]string{"", "UID-1"}).Draw(g.t, "uid")
	allDay := rapid.Bool().Draw(g.t, "all day")
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	for _, a := range [...]state.Attr{state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate} {
		it.Set(a, state.Value{})
	}
	if allDay {
		first := state.Date(rapid.IntRange(17000, 22000).Draw(g.t, "first"))
		it.Set(state.AttrStartDate, state.DayValue(first))
		it.Set(state.AttrEndDate, state.DayValue(first.AddDays(rapid.IntRange(0, 20).Draw(g.t, "days"))))
	} else {
		start := g.instant("start")
		it.Set(state.AttrStart, state.InstantValue(start))
		it.Set(state.AttrEnd, state.InstantValue(start.Add(time.Duration(rapid.IntRange(0, 3000).Draw(g.t, "minutes"))*time.Minute)))
	}
	if it.Value(state.AttrAttendees).IsKnown() {
		it.AttendeesTruncated = rapid.Bool().Draw(g.t, "truncated")
	}
	if rapid.Bool().Draw(g.t, "recurring") {
		g.series(allDay)
	} else {
		it.Set(state.AttrRecurring, state.BoolValue(false))
	}
}

func (g *gen) series(allDay bool) {
	days := [][]string{{"Monday"}, {"Sunday"}, {"Saturday", "Sunday"}, {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}}
	pattern := rapid.SampledFrom([]recur.GraphPattern{
		{Type: "daily", Interval: 3}, {Type: "weekly", Interval: 2, DaysOfWeek: []string{"Monday", "Thursday"}, FirstDayOfWeek: "Monday"}, {Type: "weekly", DaysOfWeek: []string{"Friday"}},
		{Type: "absoluteMonthly", Interval: 1, DayOfMonth: 31}, {Type: "absoluteYearly", Month: 2, DayOfMonth: 29},
		{Type: "relativeMonthly", Interval: 4, Index: "last"}, {Type: "relativeYearly", Month: 11, Index: "second"},
	}).Draw(g.t, "pattern")
	if pattern.Index != "" {
		pattern.DaysOfWeek = rapid.SampledFrom(days).Draw(g.t, "days of week")
	}
	limits := rapid.SampledFrom([]recur.GraphRange{{Type: "noEnd"}, {Type: "numbered", NumberOfOccurrences: 7}, {Type: "endDate", EndDate: "2031-12-31"}}).Draw(g.t, "range")
	rule, err := recur.FromGraph(pattern, limits)
	require.NoError(g.t, err)
	s := &state.Series{Rule: rule, Zone: rapid.SampledFrom([]string{"", "Asia/Tokyo", "America/New_York"}).Draw(g.t, "zone")}
	s.Lightning = rapid.Bool().Draw(g.t, "lightning")
	if rapid.Bool().Draw(g.t, "in another order") {
		parts := strings.Split(s.Rule, ";")
		slices.Reverse(parts)
		s.Rule = strings.Join(parts, ";")
	}
	switch rapid.IntRange(0, 9).Draw(g.t, "no pattern of Outlook's") {
	case 0:
		s.Rule, s.Unreadable = "", "nobody can read it"
	case 1:
		s.Rule = rapid.SampledFrom([]string{"FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=YEARLY;INTERVAL=2;BYMONTH=7;BYMONTHDAY=4"}).Draw(g.t, "rule")
	}
	for i := range rapid.IntRange(0, 3).Draw(g.t, "exceptions") {
		s.Occurrences = append(s.Occurrences, g.occurrence(allDay, i))
	}
	wire.SortOccurrences(s.Occurrences)
	g.it.Series = s
	g.it.Set(state.AttrRecurring, state.BoolValue(true))
}

func (g *gen) occurrence(allDay bool, n int) state.Occurrence {
	o := state.Occurrence{Cancelled: rapid.Bool().Draw(g.t, "cancelled")}
	if allDay {
		o.OriginalDate = state.Date(20000 + 7*n)
		o.StartDate = o.OriginalDate.AddDays(rapid.IntRange(-3, 3).Draw(g.t, "moved"))
		o.EndDate = o.StartDate
		return o
	}
	o.Original = time.Unix(1_700_000_000+int64(n)*604800, 0).UTC()
	o.Start = o.Original.Add(time.Duration(rapid.IntRange(-300, 300).Draw(g.t, "moved")) * time.Minute)
	o.End = o.Start.Add(time.Hour)
	return o
}

// What cannot be said in Exchange's words is lost as ews.Losses says, and never
// becomes something else.
func TestLosses(t *testing.T) {
	require.NotEmpty(t, ews.Losses)
	back := func(it *state.Item) []wire.Row {
		out, problems, err := read(t, string(write(t, wire.Payload{Kind: it.Kind, Items: slices.Values([]*state.Item{it})})), wire.MailFile{})
		require.Nil(t, err)
		require.Empty(t, problems.Diagnostics())
		return out.Rows
	}
	it := state.NewItem(state.Event, state.Mailbox, "E")
	it.Series = &state.Series{Rule: "FREQ=MONTHLY;BYMONTHDAY=1,15"}
	got := back(it)[0].Item.Series
	assert.Empty(t, got.Rule)
	assert.NotEmpty(t, got.Unreadable)

	it.Series = &state.Series{Rule: "FREQ=YEARLY;INTERVAL=2;BYMONTH=7;BYMONTHDAY=4"}
	assert.NotEmpty(t, back(it)[0].Item.Series.Unreadable)

	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	it.Series = &state.Series{Occurrences: []state.Occurrence{{Original: at, Start: at, End: at.Add(time.Hour)}, {Original: at.AddDate(0, 0, 7), Start: at.AddDate(0, 0, 8), End: at.AddDate(0, 0, 8)}}}
	rows := back(it)
	require.Len(t, rows, 2)
	for i, row := range rows {
		assert.Equal(t, wire.Occurrence, row.Role)
		assert.Equal(t, it.Series.Occurrences[i], row.Occurrence)
		assert.Equal(t, "E", row.Item.ICalUID)
	}

	day := state.MakeDate(2026, 5, 4)
	it.Set(state.AttrAllDay, state.BoolValue(true))
	it.Series = &state.Series{Zone: "Asia/Tokyo", Occurrences: []state.Occurrence{{OriginalDate: day, StartDate: day + 1, EndDate: day + 1}}}
	rows = back(it)
	require.Len(t, rows, 1)
	assert.Equal(t, it.Series.Occurrences[0], rows[0].Occurrence, "in whatever zone the series is")

	task := state.NewItem(state.Task, state.Mailbox, "T")
	task.Set(state.AttrStatus, state.TextValue("notStarted"))
	task.Set(state.AttrPriority, state.TextValue("high"))
	assert.Equal(t, "NotStarted", back(task)[0].Item.Value(state.AttrStatus).Text())
	assert.Equal(t, "High", back(task)[0].Item.Value(state.AttrPriority).Text())
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteErrors(t *testing.T) {
	assert.ErrorIs(t, ews.Write(failing{}, wire.Payload{Items: slices.Values([]*state.Item(nil))}), io.ErrClosedPipe)
}

// thousand is a listing of a thousand tasks.
func thousand(b *testing.B) string {
	var items []*state.Item
	for i := range 1000 {
		it := state.NewItem(state.Task, state.Mailbox, fmt.Sprintf("AAMkAGI2TG93AAA%06d=", i))
		it.Set(state.AttrTitle, state.TextValue(fmt.Sprintf("Call %d about the renewal", i)))
		it.Set(state.AttrBody, state.TextValue("Ask about the renewal and the new site in Lyon."))
		it.Set(state.AttrStatus, state.TextValue("NotStarted"))
		it.Set(state.AttrPriority, state.TextValue("Normal"))
		it.Set(state.AttrCreated, state.InstantValue(time.Date(2026, 1, 4, 7, 0, 0, 0, time.UTC)))
		it.Set(state.AttrDue, state.DayValue(state.MakeDate(2026, 5, 6)))
		it.Set(state.AttrClosed, state.BoolValue(false))
		it.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce"}))
		it.Carries = fmt.Sprintf("00T0000000%05dAAA", i)
		items = append(items, it)
	}
	return string(write(b, wire.Payload{Kind: state.Task, Items: slices.Values(items), FolderID: "AQMkAD"}))
}

func BenchmarkRead(b *testing.B) {
	text := thousand(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		out := &wire.MailOutput{}
		err := ews.Read(strings.NewReader(text), wire.MailFile{Path: "x.xml"}, &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}, out)
		if err != nil || len(out.Rows) != 1000 {
			b.Fatal(err, len(out.Rows))
		}
	}
}

// BenchmarkDecoder reads the same bytes with encoding/xml alone, token by token.
func BenchmarkDecoder(b *testing.B) {
	text := thousand(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			}
		}
	}
}
