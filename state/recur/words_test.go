package recur

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What was made from a service's words gives those words again, or others that
// make the same rule.
func TestBackToWords(t *testing.T) {
	days := rapid.SliceOfNDistinct(rapid.SampledFrom(longWeekdays), 1, 7, rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		p := GraphPattern{Type: rapid.SampledFrom([]string{"daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"}).Draw(t, "type"),
			Interval: rapid.IntRange(0, 5).Draw(t, "interval"), Month: rapid.IntRange(1, 12).Draw(t, "month"), DayOfMonth: rapid.IntRange(1, 31).Draw(t, "day"),
			DaysOfWeek: days.Draw(t, "days"), FirstDayOfWeek: rapid.SampledFrom(longWeekdays).Draw(t, "first day"),
			Index: rapid.SampledFrom([]string{"first", "second", "third", "fourth", "last"}).Draw(t, "index")}
		r := rapid.SampledFrom([]GraphRange{{Type: "noEnd"}, {Type: "numbered", NumberOfOccurrences: 7}, {Type: "endDate", EndDate: "2026-12-31"}}).Draw(t, "range")
		rule, err := FromGraph(p, r)
		require.NoError(t, err)
		gotP, gotR, ok := ToGraph(rule)
		require.True(t, ok, rule)
		again, err := FromGraph(gotP, gotR)
		require.NoError(t, err)
		require.True(t, sameRule(rule, again), "%s became %s", rule, again)
	})
	rapid.Check(t, func(t *rapid.T) {
		c := SalesforceClassic{Type: rapid.SampledFrom([]string{"RecursDaily", "RecursEveryWeekday", "RecursWeekly", "RecursMonthly", "RecursMonthlyNth", "RecursYearly", "RecursYearlyNth"}).Draw(t, "type"),
			Interval: rapid.IntRange(0, 5).Draw(t, "interval"), DayOfWeekMask: rapid.IntRange(1, 127).Draw(t, "mask"), DayOfMonth: rapid.IntRange(1, 31).Draw(t, "day"),
			Instance: rapid.SampledFrom([]string{"First", "Second", "Third", "Fourth", "Last"}).Draw(t, "instance"), MonthOfYear: "February",
			EndDateOnly: rapid.SampledFrom([]string{"", "2026-12-31"}).Draw(t, "end")}
		rule, err := FromSalesforceClassic(c)
		require.NoError(t, err)
		got, ok := ToSalesforceClassic(rule)
		require.True(t, ok, rule)
		again, err := FromSalesforceClassic(got)
		require.NoError(t, err)
		require.True(t, sameRule(rule, again), "%s became %s", rule, again)
	})
}

func TestWordsThatAreMissing(t *testing.T) {
	for _, rule := range []string{"", "FREQ=HOURLY", "FREQ=MONTHLY;BYMONTHDAY=1,15", "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "FREQ=DAILY;BYDAY=MO"} {
		_, _, ok := ToGraph(rule)
		assert.False(t, ok, rule)
		_, ok = ToSalesforceClassic(rule)
		assert.False(t, ok, rule)
	}
	_, ok := ToSalesforceClassic("FREQ=DAILY;COUNT=3")
	assert.False(t, ok, "a Classic series ends on a day")
}
