package recur

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
	"weir/state/zone"
)

// lasting is a timed series in a zone, from a first local start for a while.
func lasting(t *testing.T, rule, where, first string, length time.Duration) *state.Item {
	t.Helper()
	loc, err := zone.Load(where)
	require.NoError(t, err)
	start, err := time.ParseInLocation("2006-01-02T15:04", first, loc)
	require.NoError(t, err)
	it := state.NewItem(state.Event, state.Mailbox, "S")
	it.Set(state.AttrStart, state.InstantValue(start))
	it.Set(state.AttrEnd, state.InstantValue(start.Add(length)))
	it.Series = &state.Series{Rule: rule, Zone: where}
	return it
}

// between lists occurrences of a window as "start/end", times in UTC.
func between(t *testing.T, it *state.Item, from, to string) []string {
	t.Helper()
	a, err := state.ParseDate(from)
	require.NoError(t, err)
	b, err := state.ParseDate(to)
	require.NoError(t, err)
	list, truncated, err := Between(it, time.UTC, a, b)
	require.NoError(t, err)
	require.False(t, truncated)
	var out []string
	for _, o := range list {
		if o.Start.IsZero() {
			out = append(out, o.StartDate.String()+"/"+o.EndDate.String())
			continue
		}
		out = append(out, o.Start.Format("01-02T15:04")+"/"+o.End.Format("01-02T15:04"))
	}
	return out
}

// Occurrences last as long as the event (RFC 5545, 3.8.5.3): hours on the clock,
// whole days on the calendar.
func TestOccurrencesLastEquallyLong(t *testing.T) {
	cases := []struct {
		name, first string
		length      time.Duration
		day         string
		want        []string
	}{
		{"over a skipped hour", "2026-03-27T01:30", time.Hour, "2026-03-29", []string{"03-29T00:30/03-29T01:30", "03-29T23:30/03-30T00:30"}},
		{"in a skipped hour", "2026-03-27T02:30", 30 * time.Minute, "2026-03-29", []string{"03-29T01:30/03-29T02:00"}},
		{"over a repeated hour", "2026-10-23T01:30", time.Hour, "2026-10-24", []string{"10-23T23:30/10-24T00:30", "10-24T23:30/10-25T00:30"}},
		{"in a repeated hour", "2026-10-23T02:30", 30 * time.Minute, "2026-10-25", []string{"10-25T00:30/10-25T01:00"}},
		{"overnight", "2026-03-27T22:00", 8 * time.Hour, "2026-03-28", []string{"03-27T21:00/03-28T05:00", "03-28T21:00/03-29T05:00"}},
		{"a day from midnight to midnight", "2026-03-27T00:00", 24 * time.Hour, "2026-03-29", []string{"03-28T23:00/03-29T22:00", "03-29T22:00/03-30T22:00"}},
		{"a day and an hour", "2026-03-27T12:00", 25 * time.Hour, "2026-03-28", []string{"03-27T11:00/03-28T12:00", "03-28T11:00/03-29T11:00"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, between(t, lasting(t, "FREQ=DAILY", "Europe/Berlin", c.first, c.length), c.day, c.day))
		})
	}
}

// Between lists what Locate counts.
func TestBetween(t *testing.T) {
	it := lasting(t, "FREQ=WEEKLY;COUNT=4", "UTC", "2026-05-04T09:00", time.Hour)
	it.Series.Occurrences = []state.Occurrence{
		{Original: time.Date(2026, 5, 11, 9, 0, 0, 0, time.UTC), Cancelled: true},
		{Original: time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC), Start: time.Date(2026, 5, 17, 8, 0, 0, 0, time.UTC), End: time.Date(2026, 5, 17, 9, 0, 0, 0, time.UTC)},
		{Start: time.Date(2026, 5, 6, 7, 0, 0, 0, time.UTC), End: time.Date(2026, 5, 6, 8, 0, 0, 0, time.UTC)},
	}
	want := []string{"05-04T09:00/05-04T10:00", "05-06T07:00/05-06T08:00", "05-17T08:00/05-17T09:00", "05-25T09:00/05-25T10:00"}
	assert.Equal(t, want, between(t, it, "2026-01-01", "2026-12-31"))
	assert.Equal(t, want[1:3], between(t, it, "2026-05-06", "2026-05-24"))
	assert.Empty(t, between(t, it, "2027-01-01", "2027-12-31"))
	r, err := Locate(it, time.UTC, state.MakeDate(2026, 1, 1), state.MakeDate(2026, 12, 31))
	require.NoError(t, err)
	assert.Equal(t, len(want), r.Count)

	days := allDay("FREQ=DAILY;COUNT=2", "2026-05-04")
	assert.Equal(t, []string{"2026-05-04/2026-05-04", "2026-05-05/2026-05-05"}, between(t, days, "2026-05-01", "2026-05-31"))

	_, truncated, err := Between(allDay("FREQ=DAILY", "1700-05-04"), time.UTC, state.MakeDate(1700, 1, 1), state.MakeDate(2200, 1, 1))
	assert.NoError(t, err)
	assert.True(t, truncated)
	_, _, err = Between(state.NewItem(state.Event, state.Mailbox, "1"), time.UTC, 0, 1)
	assert.ErrorContains(t, err, "does not recur")
}

// A rule that never takes place is an error unless other occurrences are listed.
func TestRulesThatNeverTakePlace(t *testing.T) {
	it := allDay("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "2026-05-04")
	_, err := Locate(it, time.UTC, state.MakeDate(2026, 5, 1), state.MakeDate(2026, 5, 31))
	assert.ErrorContains(t, err, "never takes place")
	assert.Empty(t, between(t, it, "2026-05-01", "2026-05-31"))
	it.Series.Occurrences = []state.Occurrence{{StartDate: state.MakeDate(2026, 5, 4), EndDate: state.MakeDate(2026, 5, 4)}}
	r, err := Locate(it, time.UTC, state.MakeDate(2027, 5, 1), state.MakeDate(2027, 5, 31))
	require.NoError(t, err)
	assert.Equal(t, Result{Earlier: true, First: state.MakeDate(2026, 5, 4), Last: state.MakeDate(2026, 5, 4)}, r)
}

func TestAt(t *testing.T) {
	berlin, err := zone.Load("Europe/Berlin")
	require.NoError(t, err)
	at := func(day state.Date, hour, minute int) string {
		return At(day, hour*3600+minute*60, berlin).Format(time.RFC3339)
	}
	assert.Equal(t, "2026-03-29T01:30:00Z", at(state.MakeDate(2026, 3, 29), 2, 30), "skipped")
	assert.Equal(t, "2026-10-25T00:30:00Z", at(state.MakeDate(2026, 10, 25), 2, 30), "the first of two")
	assert.Equal(t, "2026-05-04T07:00:00Z", at(state.MakeDate(2026, 5, 4), 9, 0))
}
