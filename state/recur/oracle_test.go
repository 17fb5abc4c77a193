package recur

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"

	"weir/state"
)

// naive expands a rule in the plainest way: try every day from the first on.
type naive struct {
	freq      string
	interval  int
	weekdays  []time.Weekday
	monthDay  int
	count     int
	first     time.Time // midnight UTC
	exclusion map[state.Date]bool
}

func (n naive) on(d time.Time) bool {
	days := int(d.Sub(n.first).Hours() / 24)
	switch n.freq {
	case "DAILY":
		return days%n.interval == 0
	case "WEEKLY":
		monday := n.first.AddDate(0, 0, -(int(n.first.Weekday())+6)%7)
		return slices.Contains(n.weekdays, d.Weekday()) && int(d.Sub(monday).Hours()/24)/7%n.interval == 0
	case "MONTHLY":
		months := (d.Year()-n.first.Year())*12 + int(d.Month()) - int(n.first.Month())
		return d.Day() == n.monthDay && months%n.interval == 0
	}
	return d.Month() == n.first.Month() && d.Day() == n.first.Day() && (d.Year()-n.first.Year())%n.interval == 0
}

func (n naive) within(from, to state.Date) (count int) {
	given := 0
	for d := n.first; state.DateOf(d, time.UTC) <= to; d = d.AddDate(0, 0, 1) {
		if !n.on(d) {
			continue
		}
		if given++; n.count > 0 && given > n.count {
			break
		}
		if day := state.DateOf(d, time.UTC); day >= from && !n.exclusion[day] {
			count++
		}
	}
	return count
}

func TestAgainstDayByDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 2500).Draw(t, "first"))
		n := naive{
			freq:      rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq"),
			interval:  rapid.IntRange(1, 5).Draw(t, "interval"),
			count:     rapid.IntRange(0, 40).Draw(t, "count"),
			monthDay:  rapid.IntRange(1, 31).Draw(t, "monthDay"),
			first:     first,
			exclusion: map[state.Date]bool{},
		}
		rule := fmt.Sprintf("FREQ=%s;INTERVAL=%d", n.freq, n.interval)
		switch n.freq {
		case "WEEKLY":
			var names []string
			for w := range 7 {
				if rapid.Bool().Draw(t, "weekday") {
					n.weekdays = append(n.weekdays, time.Weekday((w+1)%7))
					names = append(names, weekdayNames[w])
				}
			}
			if names == nil {
				n.weekdays, names = []time.Weekday{time.Monday}, []string{"MO"}
			}
			rule += ";BYDAY=" + strings.Join(names, ",")
		case "MONTHLY":
			rule += fmt.Sprintf(";BYMONTHDAY=%d", n.monthDay)
		}
		if n.count > 0 {
			rule += fmt.Sprintf(";COUNT=%d", n.count)
		}
		it := allDay(rule, first.Format(time.DateOnly))
		for _, back := range rapid.SliceOfN(rapid.IntRange(0, 400), 0, 5).Draw(t, "cancelled") {
			d := state.DateOf(first, time.UTC).AddDays(back)
			n.exclusion[d] = true
			it.Series.Occurrences = append(it.Series.Occurrences, state.Occurrence{OriginalDate: d, Cancelled: true})
		}
		from := state.MakeDate(2020, 1, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 400).Draw(t, "days"))
		got, err := Locate(it, time.UTC, from, to)
		if err != nil {
			if strings.Contains(err.Error(), "never takes place") && n.within(0, state.MakeDate(2060, 1, 1)) == 0 {
				return
			}
			t.Fatalf("%s: %v", rule, err)
		}
		if want := n.within(from, to); got.Count != want {
			t.Fatalf("%s from %s: %d occurrences in %s to %s, want %d", rule, first.Format(time.DateOnly), got.Count, from, to, want)
		}
	})
}

// An independent implementation must agree on the harder rules too. Left out is
// what it is known to see otherwise: BYSETPOS in the first week of a weekly rule,
// and BYWEEKNO without BYDAY or beside the turn of the year.
func TestAgainstRRuleGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := drawRule(t)
		first := time.Date(2016, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 3000).Draw(t, "first"))
		from := state.DateOf(first, time.UTC).AddDays(rapid.IntRange(-100, 2000).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 800).Draw(t, "days"))

		option, err := rrule.StrToROption(rule)
		require.NoError(t, err, rule)
		option.Dtstart = first
		if option.Until.IsZero() {
			option.Until = to.UTC().AddDate(0, 0, 1)
		}
		oracle, err := rrule.NewRRule(*option)
		require.NoError(t, err, rule)
		want := oracle.Between(from.UTC(), to.AddDays(1).UTC().Add(-time.Second), true)

		got, err := Locate(timed(rule, first), time.UTC, from, to)
		if err != nil && strings.Contains(err.Error(), "never takes place") {
			got, err = Result{}, nil
		}
		require.NoError(t, err, rule)
		if got.Count != len(want) {
			t.Fatalf("%s from %s: %d occurrences in %s to %s, want %d: %v", rule, first.Format(time.DateOnly), got.Count, from, to, len(want), want)
		}
		if len(want) > 0 {
			require.Equal(t, state.DateOf(want[0], time.UTC), got.First, rule)
			require.Equal(t, state.DateOf(want[len(want)-1], time.UTC), got.Last, rule)
		}
	})
}

func drawRule(t *rapid.T) string {
	freq := rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq")
	parts := []string{"FREQ=" + freq, fmt.Sprintf("INTERVAL=%d", rapid.IntRange(1, 4).Draw(t, "interval"))}
	add := func(name string, chance int, draw func() string) bool {
		if rapid.IntRange(1, 100).Draw(t, name+"?") > chance {
			return false
		}
		parts = append(parts, name+"="+draw())
		return true
	}
	ints := func(lo, hi int) func() string {
		return func() string {
			list := rapid.SliceOfNDistinct(rapid.IntRange(lo, hi).Filter(func(n int) bool { return n != 0 }), 1, 4, rapid.ID[int]).Draw(t, "list")
			return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
		}
	}
	days := func() string {
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(weekdayNames[:]), 1, 5, rapid.ID[string]).Draw(t, "days")
		if freq == "MONTHLY" && rapid.Bool().Draw(t, "nth") {
			return fmt.Sprintf("%d%s", rapid.SampledFrom([]int{-4, -1, 1, 2, 4}).Draw(t, "n"), list[0])
		}
		return strings.Join(list, ",")
	}
	chosen := add("BYDAY", 50, days)
	chosen = add("BYMONTH", 30, ints(1, 12)) || chosen
	if freq != "WEEKLY" {
		chosen = add("BYMONTHDAY", 30, ints(-31, 31)) || chosen
	}
	if freq == "YEARLY" {
		chosen = add("BYYEARDAY", 15, ints(-366, 366)) || chosen
	}
	if chosen && (freq == "MONTHLY" || freq == "YEARLY") {
		add("BYSETPOS", 30, ints(-5, 5))
	}
	add("WKST", 50, func() string { return rapid.SampledFrom(weekdayNames[:]).Draw(t, "wkst") })
	add("COUNT", 25, func() string { return fmt.Sprint(rapid.IntRange(1, 100).Draw(t, "n")) })
	return strings.Join(parts, ";")
}
