package recur

import (
	"errors"
	"math/bits"
	"slices"
	"time"

	"weir/state"
)

// day counts days since 1970-01-01, as state.Date does, with room for
// arithmetic.
type day int

// The days weir thinks about. What lies outside is cut off.
var (
	minDay = day(state.MakeDate(1600, time.January, 1))
	maxDay = day(state.MakeDate(9999, time.December, 31))
)

// maxDays is how many days and periods one question may look at: some 400
// years of a daily rule, 800 of any other.
const maxDays = 300_000

var errBudget = errors.New("the recurrence rule needs more days to be looked at than weir is willing to")

func makeDay(year, month, dom int) day {
	return day(state.MakeDate(year, time.Month(month), dom))
}

func (d day) civil() (year, month, dom int) {
	y, m, dd := state.Date(d).UTC().Date()
	return y, int(m), dd
}

// weekday counts from Monday, 0.
func (d day) weekday() int { return mod(int(d)+3, 7) }

func mod(a, n int) int { return ((a % n) + n) % n }

// walker enumerates the days of a rule in ascending order.
type walker struct {
	*rule
	start day // the series' first day, which the periods are counted from
	spent int // days and periods looked at so far
}

// walk calls visit with every day the rule names in periods that reach into
// [from, …), in order, until visit says stop or a period begins after *limit
// (which visit may move). Days before the series' first day may be among them;
// they do not belong to it.
func (w *walker) walk(from day, limit *day, visit func(day) (more bool)) error {
	var buf []day
	for k := w.firstPeriod(from); ; k++ {
		begin, end := w.period(k)
		if begin > *limit || begin > maxDay {
			return nil
		}
		buf = w.candidates(buf[:0], begin, end)
		if w.spent > maxDays {
			return errBudget
		}
		for _, d := range w.choose(buf) {
			if !visit(d) {
				return nil
			}
		}
	}
}

// firstPeriod is the number of the last period of the rule that begins on or
// before the day, 0 at least.
func (w *walker) firstPeriod(from day) int {
	if from <= w.start {
		return 0
	}
	var n int // in units of the frequency
	switch w.freq {
	case daily:
		n = int(from - w.start)
	case weekly:
		n = int(from-w.weekOf(w.start)) / 7
	default:
		fy, fm, _ := from.civil()
		sy, sm, _ := w.start.civil()
		if n = fy - sy; w.freq == monthly {
			n = n*12 + fm - sm
		}
	}
	return n / w.interval
}

// weekOf is the first day of the day's week.
func (w *walker) weekOf(d day) day { return d - day(mod(d.weekday()-w.weekStart, 7)) }

// period is the kth period: its first day and the day after its last.
func (w *walker) period(k int) (begin, end day) {
	n := k * w.interval
	switch w.freq {
	case daily:
		d := w.start + day(n)
		return d, d + 1
	case weekly:
		d := w.weekOf(w.start) + day(7*n)
		return d, d + 7
	}
	y, m, _ := w.start.civil()
	if w.freq == monthly {
		return makeDay(y, m+n, 1), makeDay(y, m+n+1, 1)
	}
	return makeDay(y+n, 1, 1), makeDay(y+n+1, 1, 1)
}

// candidates appends the days of a period that the BY parts let through. Whole
// months that BYMONTH leaves out cost nothing.
func (w *walker) candidates(list []day, begin, end day) []day {
	w.spent++
	year, month, dom := begin.civil()
	for d := begin; d < end; {
		monthEnd := makeDay(year, month+1, 1)
		if w.months == 0 || w.months&(1<<month) != 0 {
			list = w.inMonth(list, d, min(end, monthEnd), place{year, month, dom, monthEnd})
		}
		d, dom = monthEnd, 1
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	return list
}

// place is where a day lies in the calendar.
type place struct {
	year, month, dom int
	monthEnd         day
}

func (w *walker) inMonth(list []day, from, to day, at place) []day {
	for d := from; d < to; d++ {
		w.spent++
		if w.allows(d, at) {
			list = append(list, d)
		}
		at.dom++
	}
	return list
}

func (w *walker) allows(d day, at place) bool {
	if len(w.monthDays) > 0 && !slices.Contains(w.monthDays, at.dom) &&
		!slices.Contains(w.monthDays, -int(at.monthEnd-d)) {
		return false
	}
	if (w.weekdays != 0 || len(w.nth) > 0) && w.weekdays&(1<<d.weekday()) == 0 && !w.isNth(d, at) {
		return false
	}
	if len(w.yearDays) > 0 && !w.isYearDay(d, at.year) {
		return false
	}
	return len(w.weekNos) == 0 || w.inWeekNo(d, at.year)
}

// isNth tells whether the day is one of the numbered weekdays of its month, or
// of its year in a yearly rule without BYMONTH.
func (w *walker) isNth(d day, at place) bool {
	if len(w.nth) == 0 {
		return false
	}
	fromStart, fromEnd := at.dom-1, int(at.monthEnd-d)-1
	if w.freq == yearly && w.months == 0 {
		fromStart, fromEnd = int(d-makeDay(at.year, 1, 1)), int(makeDay(at.year+1, 1, 1)-d)-1
	}
	for _, x := range w.nth {
		if x.weekday == d.weekday() && (x.n == fromStart/7+1 || x.n == -(fromEnd/7+1)) {
			return true
		}
	}
	return false
}

func (w *walker) isYearDay(d day, year int) bool {
	return slices.Contains(w.yearDays, int(d-makeDay(year, 1, 1))+1) ||
		slices.Contains(w.yearDays, -int(makeDay(year+1, 1, 1)-d))
}

// inWeekNo tells whether the day lies in one of the numbered weeks. Week 1 is
// the first with four days in the year, weeks beginning on WKST.
func (w *walker) inWeekNo(d day, year int) bool {
	weekYear := year
	switch {
	case d >= w.weekOne(year+1):
		weekYear++
	case d < w.weekOne(year):
		weekYear--
	}
	first := w.weekOne(weekYear)
	n, total := int(d-first)/7+1, int(w.weekOne(weekYear+1)-first)/7
	return slices.Contains(w.weekNos, n) || slices.Contains(w.weekNos, n-total-1)
}

// weekOne is the first day of the year's week 1: the week of January 4.
func (w *walker) weekOne(year int) day { return w.weekOf(makeDay(year, 1, 4)) }

// choose applies BYSETPOS to a period's days.
func (w *walker) choose(days []day) []day {
	if len(w.positions) == 0 {
		return days
	}
	chosen := make([]day, 0, len(w.positions))
	for _, pos := range w.positions {
		i := pos - 1
		if pos < 0 {
			i = len(days) + pos
		}
		if i >= 0 && i < len(days) {
			chosen = append(chosen, days[i])
		}
	}
	slices.Sort(chosen)
	return slices.Compact(chosen)
}

// weekdaysOf lists the weekdays of a set, Monday first.
func weekdaysOf(set uint8) []string {
	names := make([]string, 0, bits.OnesCount8(set))
	for i, name := range weekdayNames {
		if set&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
