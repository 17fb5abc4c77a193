package listview

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

func day(t testing.TB, s string) state.Date {
	d, err := state.ParseDate(s)
	require.NoError(t, err)
	return d
}

// TestRelativeDates names, for every relative date, its first and last day.
func TestRelativeDates(t *testing.T) {
	for _, tc := range []struct{ literal, today, first, last string }{
		{"YESTERDAY", "2026-03-01", "2026-02-28", "2026-02-28"},
		{"TODAY", "2026-05-04", "2026-05-04", "2026-05-04"},
		{"TOMORROW", "2026-12-31", "2027-01-01", "2027-01-01"},
		// The week begins on Sunday; 2026-05-04 is a Monday.
		{"THIS_WEEK", "2026-05-04", "2026-05-03", "2026-05-09"},
		{"THIS_WEEK", "2026-05-03", "2026-05-03", "2026-05-09"},
		{"THIS_WEEK", "2026-05-09", "2026-05-03", "2026-05-09"},
		{"LAST_WEEK", "2026-05-04", "2026-04-26", "2026-05-02"},
		{"LAST_WEEK", "2026-05-03", "2026-04-26", "2026-05-02"},
		{"LAST_WEEK", "2026-05-02", "2026-04-19", "2026-04-25"},
		{"NEXT_WEEK", "2026-05-04", "2026-05-10", "2026-05-16"},
		{"LAST_N_WEEKS:3", "2026-05-04", "2026-04-12", "2026-05-02"},
		{"NEXT_N_WEEKS:2", "2026-05-04", "2026-05-10", "2026-05-23"},
		{"N_WEEKS_AGO:2", "2026-05-04", "2026-04-19", "2026-04-25"},
		{"LAST_MONTH", "2026-03-31", "2026-02-01", "2026-02-28"},
		{"LAST_MONTH", "2026-01-15", "2025-12-01", "2025-12-31"},
		{"THIS_MONTH", "2024-02-29", "2024-02-01", "2024-02-29"},
		{"NEXT_MONTH", "2026-12-31", "2027-01-01", "2027-01-31"},
		{"NEXT_MONTH", "2026-01-31", "2026-02-01", "2026-02-28"},
		{"LAST_N_MONTHS:2", "2026-05-04", "2026-03-01", "2026-04-30"},
		{"NEXT_N_MONTHS:2", "2026-05-31", "2026-06-01", "2026-07-31"},
		{"N_MONTHS_AGO:14", "2026-05-04", "2025-03-01", "2025-03-31"},
		{"THIS_QUARTER", "2026-05-04", "2026-04-01", "2026-06-30"},
		{"THIS_QUARTER", "2026-04-01", "2026-04-01", "2026-06-30"},
		{"LAST_QUARTER", "2026-01-01", "2025-10-01", "2025-12-31"},
		{"NEXT_QUARTER", "2026-12-31", "2027-01-01", "2027-03-31"},
		{"LAST_N_QUARTERS:2", "2026-05-04", "2025-10-01", "2026-03-31"},
		{"NEXT_N_QUARTERS:4", "2026-05-04", "2026-07-01", "2027-06-30"},
		{"N_QUARTERS_AGO:1", "2026-05-04", "2026-01-01", "2026-03-31"},
		{"THIS_YEAR", "2026-05-04", "2026-01-01", "2026-12-31"},
		{"LAST_YEAR", "2026-01-01", "2025-01-01", "2025-12-31"},
		{"NEXT_YEAR", "2026-12-31", "2027-01-01", "2027-12-31"},
		{"LAST_N_YEARS:2", "2026-05-04", "2024-01-01", "2025-12-31"},
		{"NEXT_N_YEARS:1", "2026-05-04", "2027-01-01", "2027-12-31"},
		{"N_YEARS_AGO:2", "2026-05-04", "2024-01-01", "2024-12-31"},
		// The last days include today, the next ones do not.
		{"LAST_N_DAYS:7", "2026-05-04", "2026-04-27", "2026-05-04"},
		{"LAST_N_DAYS:1", "2026-05-04", "2026-05-03", "2026-05-04"},
		{"LAST_90_DAYS", "2026-05-04", "2026-02-03", "2026-05-04"},
		{"NEXT_N_DAYS:7", "2026-05-04", "2026-05-05", "2026-05-11"},
		{"NEXT_90_DAYS", "2026-05-04", "2026-05-05", "2026-08-02"},
		{"N_DAYS_AGO:30", "2026-05-04", "2026-04-04", "2026-04-04"},
		{"N_DAYS_AGO:0", "2026-05-04", "2026-05-04", "2026-05-04"},
		{"LAST_N_DAYS:0", "2026-05-04", "2026-05-04", "2026-05-04"},
		// As people type them.
		{"last 7 days", "2026-05-04", "2026-04-27", "2026-05-04"},
		{"Last Week", "2026-05-04", "2026-04-26", "2026-05-02"},
		{"last_n_days:7", "2026-05-04", "2026-04-27", "2026-05-04"},
		{"3 days ago", "2026-05-04", "2026-05-01", "2026-05-01"},
	} {
		t.Run(tc.literal+" on "+tc.today, func(t *testing.T) {
			r, ok := parseRelative(tc.literal)
			require.True(t, ok)
			got := r.on(day(t, tc.today), time.Sunday)
			assert.Equal(t, tc.first+" "+tc.last, fmt.Sprint(got.start, " ", got.end-1))
		})
	}
}

func TestNoRelativeDates(t *testing.T) {
	for _, s := range []string{"", "_", "NOW", "LAST", "LAST_DAY", "THIS_DAY", "LAST_N_DAYS", "LAST_N_DAYS:", "LAST_N_DAYS:x",
		"LAST_N_DAYS:-1", "LAST_N_DAYS:7:8", "LAST_N_WEEKS:0", "NEXT_N_DAYS:0", "LAST_7_DAYS:7", "LAST_WEEK:2", "WEEK", "AGO", "DAYS_AGO", "N_DAYS_AGO",
		"THIS_N_WEEKS:2", "LAST_N_DECADES:2", "LAST_N_DAYS:999999999999999999999", "2026-05-04", "Today Inc"} {
		_, ok := parseRelative(s)
		assert.False(t, ok, "%q", s)
	}
}

func TestWeeksBeginWhereToldTo(t *testing.T) {
	r, _ := parseRelative("THIS_WEEK")
	got := r.on(day(t, "2026-05-03"), time.Monday) // a Sunday
	assert.Equal(t, "2026-04-27", got.start.String())
}
