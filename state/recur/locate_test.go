package recur

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
	"weir/state/zone"
)

// A scenario is one file in testdata/series: a series, a window, and the days of
// the window it covers.
type scenario struct {
	item     *state.Item
	user     *time.Location
	from, to state.Date
	want     map[string]string
}

func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/series/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			s := readScenario(t, file)
			got, err := Locate(s.item, s.user, s.from, s.to)
			require.NoError(t, err)
			assert.Equal(t, s.want["count"], fmt.Sprint(got.Count), "count")
			assert.Equal(t, strings.Fields(s.want["days"]), s.coveredDays(t), "days")
			if got.Count == 0 {
				assert.Equal(t, s.want["where"], where(got), "where")
				assert.Equal(t, s.want["nearest"], nearest(got), "nearest")
			}
		})
	}
}

func where(r Result) string {
	var words []string
	if r.Earlier {
		words = append(words, "earlier")
	}
	if r.Later {
		words = append(words, "later")
	}
	return strings.Join(words, " ")
}

func nearest(r Result) string {
	if !r.Earlier && !r.Later {
		return ""
	}
	return r.First.String() + " " + r.Last.String()
}

// coveredDays asks for each day of the window by itself.
func (s *scenario) coveredDays(t *testing.T) []string {
	days := []string{}
	for d := s.from; d <= s.to; d++ {
		r, err := Locate(s.item, s.user, d, d)
		require.NoError(t, err)
		if r.Count > 0 {
			days = append(days, d.String())
		}
	}
	return days
}

func readScenario(t *testing.T, file string) *scenario {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	s := &scenario{item: state.NewItem(state.Event, state.Mailbox, "e"), want: map[string]string{}}
	s.item.Series = &state.Series{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, val, ok := strings.Cut(line, ":")
		require.True(t, ok, line)
		s.set(t, key, strings.TrimSpace(val))
	}
	return s
}

func (s *scenario) set(t *testing.T, key, val string) {
	switch key {
	case "start":
		if isDate(val) {
			s.item.Set(state.AttrAllDay, state.BoolValue(true))
			s.item.Set(state.AttrStartDate, state.DayValue(date(t, val)))
		} else {
			s.item.Set(state.AttrStart, state.InstantValue(at(t, val)))
		}
	case "end":
		if isDate(val) {
			s.item.Set(state.AttrEndDate, state.DayValue(date(t, val)))
		} else {
			s.item.Set(state.AttrEnd, state.InstantValue(at(t, val)))
		}
	case "rule":
		s.item.Series.Rule = val
	case "zone":
		s.item.Series.Zone = val
	case "user":
		var err error
		s.user, err = zone.Load(val)
		require.NoError(t, err)
	case "window":
		from, to, _ := strings.Cut(val, " ")
		s.from, s.to = date(t, from), date(t, to)
	case "cancel", "move", "list":
		s.addOccurrence(t, key, val)
	default:
		require.Contains(t, []string{"days", "count", "where", "nearest"}, key)
		s.want[key] = val
	}
}

func (s *scenario) addOccurrence(t *testing.T, key, val string) {
	original, moved, _ := strings.Cut(val, " -> ")
	o := state.Occurrence{Cancelled: key == "cancel"}
	if key == "list" {
		original, moved = "", val
	}
	switch {
	case original == "":
	case isDate(original):
		o.OriginalDate = date(t, original)
	default:
		o.Original = at(t, original)
	}
	switch {
	case moved == "":
	case isDate(moved):
		o.StartDate, o.EndDate = date(t, moved), date(t, moved)
	default:
		o.Start = at(t, moved)
		o.End = o.Start.Add(30 * time.Minute)
	}
	s.item.Series.Occurrences = append(s.item.Series.Occurrences, o)
}

func isDate(s string) bool { return len(s) == len("2026-05-04") }

func date(t *testing.T, s string) state.Date {
	t.Helper()
	d, err := state.ParseDate(s)
	require.NoError(t, err)
	return d
}

// at reads "2026-05-04T09:00 Europe/Berlin".
func at(t *testing.T, s string) time.Time {
	t.Helper()
	local, name, _ := strings.Cut(s, " ")
	loc, err := zone.Load(name)
	require.NoError(t, err)
	when, err := time.ParseInLocation("2006-01-02T15:04", local, loc)
	require.NoError(t, err)
	return when
}

func timed(rule string, start time.Time) *state.Item {
	it := state.NewItem(state.Event, state.Mailbox, "e")
	it.Set(state.AttrStart, state.InstantValue(start))
	it.Set(state.AttrEnd, state.InstantValue(start.Add(time.Hour)))
	it.Series = &state.Series{Rule: rule}
	return it
}

func allDay(rule, first string) *state.Item {
	d, err := state.ParseDate(first)
	if err != nil {
		panic(err)
	}
	it := state.NewItem(state.Event, state.Mailbox, "e")
	it.Set(state.AttrAllDay, state.BoolValue(true))
	it.Set(state.AttrStartDate, state.DayValue(d))
	it.Set(state.AttrEndDate, state.DayValue(d))
	it.Series = &state.Series{Rule: rule}
	return it
}

// What weir cannot know is an error, so that the engine holds.
func TestLocateErrors(t *testing.T) {
	noStart := state.NewItem(state.Event, state.Mailbox, "e")
	noStart.Series = &state.Series{Rule: "FREQ=DAILY"}
	badZone := allDay("FREQ=DAILY", "2026-05-04")
	badZone.Series.Zone = "Europe/Nowhere"
	unreadable := allDay("", "2026-05-04")
	unreadable.Series.Unreadable = "no range"
	single := state.NewItem(state.Event, state.Mailbox, "e")
	for _, tt := range []struct {
		item *state.Item
		want string
	}{
		{nil, "does not recur"},
		{single, "does not recur"},
		{noStart, "first start was not recorded"},
		{badZone, `the series' time zone: unknown time zone "Europe/Nowhere"`},
		{unreadable, "could not be read: no range"},
		{allDay("", "2026-05-04"), "was not recorded"},
		{allDay("FREQ=MINUTELY", "2026-05-04"), "repeats within a day"},
		{allDay("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "2026-05-04"), "never takes place"},
		{allDay("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "1700-05-04"), "never takes place"},
		{allDay("FREQ=YEARLY;BYMONTHDAY=1;BYDAY=5MO;BYMONTH=3", "2026-05-04"), "never takes place"},
		{allDay("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "2025-05-04"), "never takes place"},
		{allDay("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "1700-05-04"), "never takes place"},
		{allDay("FREQ=DAILY;COUNT=1000000000", "1700-01-01"), ""},
		{timed("FREQ=DAILY;COUNT=1000000000", time.Date(1920, 1, 1, 9, 0, 0, 0, time.UTC)), ""},
		{timed("FREQ=DAILY;COUNT=1000000000;BYHOUR=1,2,3,4,5,6,7,8,9", time.Date(1920, 1, 1, 9, 0, 0, 0, time.UTC)), errBudget.Error()},
	} {
		from := state.MakeDate(2026, 5, 1)
		_, err := Locate(tt.item, time.UTC, from, from+60)
		if tt.want == "" {
			assert.NoError(t, err)
			continue
		}
		assert.ErrorContains(t, err, tt.want)
	}
	_, err := Locate(allDay("FREQ=DAILY;COUNT=1000000000", "1600-01-01"), time.UTC, 2_600_000, 2_600_010)
	assert.ErrorIs(t, err, errBudget)
}

// A bad rule must cost about as little as a good one: counted in days looked
// at, not in time.
func TestWorkIsBounded(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		first string
		most  int
	}{
		{"FREQ=DAILY", "1700-01-01", 400},
		{"FREQ=WEEKLY;BYDAY=MO", "1700-01-01", 400},
		{"FREQ=MONTHLY;BYDAY=-1FR", "1700-01-01", 400},
		{"FREQ=YEARLY;BYMONTH=5", "1700-01-01", 400},
		{"FREQ=DAILY;UNTIL=20250101", "1700-01-01", 1500},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "1700-01-01", 100_000},
		{"FREQ=DAILY;BYMONTHDAY=31;BYMONTH=4", "1600-01-01", maxDays + 400},
	} {
		s, err := newSeries(allDay(tt.rule, tt.first), time.UTC)
		require.NoError(t, err)
		from := state.MakeDate(2026, 5, 1)
		tl := &tally{from: from, to: from + 60}
		w := &walker{rule: s.rule, start: s.start}
		_ = s.tallyRule(w, tl)
		assert.LessOrEqual(t, w.spent, tt.most, tt.rule)
	}
}

func TestUnlimitedWindow(t *testing.T) {
	r, err := Locate(allDay("FREQ=DAILY", "2000-01-01"), time.UTC, -1<<31, 1<<31-1)
	require.NoError(t, err)
	assert.Equal(t, MaxCount, r.Count)
	assert.True(t, r.Truncated)
	assert.Equal(t, "2000-01-01", r.First.String())

	r, err = Locate(allDay("FREQ=YEARLY;BYDAY=1MO", "2000-01-01"), time.UTC, -1<<31, 1<<31-1)
	require.NoError(t, err)
	assert.True(t, r.Truncated)
	assert.Greater(t, r.Count, 500)

	r, err = Locate(allDay("FREQ=DAILY;COUNT=3", "2000-01-01"), time.UTC, -1<<31, 1<<31-1)
	require.NoError(t, err)
	assert.Equal(t, Result{Count: 3, First: state.MakeDate(2000, 1, 1), Last: state.MakeDate(2000, 1, 3)}, r)
}

// An exception recorded without its new place says nothing, so the occurrence
// stays where the rule puts it.
func TestExceptionWithoutPlace(t *testing.T) {
	it := allDay("FREQ=DAILY;COUNT=3", "2026-05-04")
	it.Series.Occurrences = []state.Occurrence{{OriginalDate: state.MakeDate(2026, 5, 5)}}
	r, err := Locate(it, time.UTC, state.MakeDate(2026, 5, 1), state.MakeDate(2026, 5, 31))
	require.NoError(t, err)
	assert.Equal(t, 3, r.Count)
}

// Of several recorded states of one occurrence the last counts.
func TestLastExceptionCounts(t *testing.T) {
	it := allDay("FREQ=DAILY;COUNT=2", "2026-05-04")
	original := state.MakeDate(2026, 5, 5)
	it.Series.Occurrences = []state.Occurrence{
		{OriginalDate: original, StartDate: original + 1, EndDate: original + 1},
		{OriginalDate: original, StartDate: original + 10, EndDate: original + 10},
	}
	r, err := Locate(it, time.UTC, state.MakeDate(2026, 5, 1), state.MakeDate(2026, 5, 31))
	require.NoError(t, err)
	assert.Equal(t, 2, r.Count)
	assert.Equal(t, "2026-05-15", r.Last.String())
}

func TestInstant(t *testing.T) {
	for _, tt := range []struct{ zone, local, want string }{
		{"Europe/Berlin", "2026-01-15T09:00", "2026-01-15T08:00:00Z"},
		{"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"}, // skipped: 03:30
		{"Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"}, // twice: the first
		{"America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"}, // a day that never was
		{"Pacific/Apia", "2011-12-29T20:00", "2011-12-30T06:00:00Z"},
		{"Pacific/Apia", "2011-12-31T01:00", "2011-12-30T11:00:00Z"},
		{"America/Havana", "2026-03-08T00:00", "2026-03-08T05:00:00Z"}, // midnight skipped
	} {
		loc, err := zone.Load(tt.zone)
		require.NoError(t, err)
		local, err := time.Parse("2006-01-02T15:04", tt.local)
		require.NoError(t, err)
		got := instant(day(state.DateOf(local, time.UTC)), local.Hour()*3600+local.Minute()*60, loc)
		assert.Equal(t, tt.want, got.UTC().Format(time.RFC3339), tt.zone+" "+tt.local)
	}
}

func TestCovered(t *testing.T) {
	berlin, err := zone.Load("Europe/Berlin")
	require.NoError(t, err)
	start := at(t, "2026-05-04T22:00 Europe/Berlin")
	for _, tt := range []struct {
		end  time.Time
		last string
	}{
		{time.Time{}, "2026-05-04"},
		{start, "2026-05-04"},
		{start.Add(-time.Hour), "2026-05-04"},
		{at(t, "2026-05-05T00:00 Europe/Berlin"), "2026-05-04"},
		{at(t, "2026-05-05T00:01 Europe/Berlin"), "2026-05-05"},
	} {
		first, last := Covered(start, tt.end, berlin)
		assert.Equal(t, "2026-05-04", first.String())
		assert.Equal(t, tt.last, last.String())
	}
	midnight := at(t, "2026-05-05T00:00 Europe/Berlin")
	first, last := Covered(midnight, midnight, berlin)
	assert.Equal(t, first, last)
	assert.Equal(t, "2026-05-05", first.String())
}

func BenchmarkLocate(b *testing.B) {
	berlin, err := zone.Load("Europe/Berlin")
	require.NoError(b, err)
	it := timed("FREQ=WEEKLY;BYDAY=MO,WE", time.Date(2019, 1, 7, 8, 0, 0, 0, time.UTC))
	it.Series.Zone = "Europe/Berlin"
	from := state.MakeDate(2026, 5, 1)
	b.ReportAllocs()
	for b.Loop() {
		if r, err := Locate(it, berlin, from, from+74); err != nil || r.Count != 21 {
			b.Fatal(r, err)
		}
	}
}
