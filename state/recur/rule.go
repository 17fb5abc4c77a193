package recur

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/state"
)

// ErrUnsupported marks recurrences that are valid but that weir does not
// expand; errors.Is finds it.
var ErrUnsupported = errors.New("unsupported recurrence")

// Limits on what a rule may say.
const (
	maxRuleText = 2048 // bytes
	maxInterval = 1000 // periods
	maxTimes    = 24   // occurrences a day by BYHOUR and BYMINUTE
	maxCount    = 1e9  // COUNT
	maxList     = 64   // members of one BY list
)

type frequency uint8

const (
	freqInvalid frequency = iota
	daily
	weekly
	monthly
	yearly
)

// rule is a parsed RRULE value.
type rule struct {
	freq      frequency
	interval  int
	count     int // 0: no limit
	until     until
	weekStart int // 0 is Monday

	months    uint16 // bit m: month m; 0: no BYMONTH
	weekdays  uint8  // bit w: weekday w, 0 is Monday; 0: no plain BYDAY
	nth       []nthDay
	monthDays []int
	yearDays  []int
	weekNos   []int
	positions []int

	hours, minutes, seconds []int
}

// nthDay is a BYDAY with a number: the nth such weekday of the month or year,
// counted from the end when negative.
type nthDay struct{ n, weekday int }

// until is the inclusive end of a rule. A date covers its whole day; a local
// time is read in the series' zone.
type until struct {
	form untilForm
	date day
	secs int // of the day
}

type untilForm uint8

const (
	untilNone untilForm = iota
	untilDate
	untilLocal
	untilUTC
)

var weekdayNames = [7]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

var frequencies = map[string]frequency{"DAILY": daily, "WEEKLY": weekly, "MONTHLY": monthly, "YEARLY": yearly}

// FromRRule checks an RFC 5545 recurrence rule (an iCalendar or Google RRULE
// line, or Salesforce's Recurrence2PatternText) and returns it as
// [state.Series] holds it: the bare value in upper case. The error says which
// part is wrong; it wraps [ErrUnsupported] where the rule is sound but weir does
// not expand its like.
func FromRRule(text string) (string, error) {
	value, err := bareRule(text)
	if err != nil {
		return "", err
	}
	if _, err := parse(value); err != nil {
		return "", err
	}
	return value, nil
}

func bareRule(text string) (string, error) {
	if len(text) > maxRuleText {
		return "", fmt.Errorf("the recurrence rule is %d bytes long; the limit is %d", len(text), maxRuleText)
	}
	value := strings.ToUpper(strings.TrimSpace(text))
	value = strings.TrimPrefix(value, "RRULE:")
	value = strings.TrimSuffix(strings.TrimSpace(value), ";")
	if strings.ContainsAny(value, "\r\n") {
		return "", fmt.Errorf("%w: more than one recurrence line", ErrUnsupported)
	}
	if value == "" {
		return "", errors.New("the recurrence rule is empty")
	}
	return value, nil
}

func parse(value string) (*rule, error) {
	r := &rule{interval: 1}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		name, val, ok := strings.Cut(part, "=")
		name, val = strings.TrimSpace(name), strings.TrimSpace(val)
		switch {
		case !ok || name == "" || val == "":
			return nil, fmt.Errorf("%s is not NAME=value", quote(part))
		case seen[name]:
			return nil, fmt.Errorf("%s stands twice in the recurrence rule", quote(name))
		}
		seen[name] = true
		if err := r.set(name, val); err != nil {
			return nil, err
		}
	}
	if r.freq == freqInvalid {
		return nil, errors.New("the recurrence rule has no FREQ")
	}
	return r, r.check()
}

func (r *rule) set(name, val string) (err error) {
	switch name {
	case "FREQ":
		r.freq, err = parseFreq(val)
	case "INTERVAL":
		r.interval, err = parseInt(name, val, 1, maxInterval)
	case "COUNT":
		r.count, err = parseInt(name, val, 1, maxCount)
	case "UNTIL":
		r.until, err = parseUntil(val)
	case "WKST":
		r.weekStart, err = parseWeekday(val)
	case "BYDAY":
		err = r.setByDay(val)
	case "BYMONTH":
		err = r.setByMonth(val)
	case "BYMONTHDAY":
		r.monthDays, err = parseInts(name, val, 31)
	case "BYYEARDAY":
		r.yearDays, err = parseInts(name, val, 366)
	case "BYWEEKNO":
		r.weekNos, err = parseInts(name, val, 53)
	case "BYSETPOS":
		r.positions, err = parseInts(name, val, 366)
	case "BYHOUR":
		r.hours, err = parseClock(name, val, 23)
	case "BYMINUTE":
		r.minutes, err = parseClock(name, val, 59)
	case "BYSECOND":
		r.seconds, err = parseClock(name, val, 59)
	default:
		err = fmt.Errorf("%w: the recurrence rule has a part %s", ErrUnsupported, quote(name))
	}
	return err
}

func parseFreq(val string) (frequency, error) {
	switch val {
	case "HOURLY", "MINUTELY", "SECONDLY":
		return 0, fmt.Errorf("%w: FREQ=%s repeats within a day", ErrUnsupported, val)
	}
	f, ok := frequencies[val]
	if !ok {
		return 0, fmt.Errorf("FREQ is %s; it must be DAILY, WEEKLY, MONTHLY or YEARLY", quote(val))
	}
	return f, nil
}

func (r *rule) setByDay(val string) error {
	list := strings.Split(val, ",")
	if len(list) > maxList {
		return fmt.Errorf("BYDAY has more than %d members", maxList)
	}
	for _, s := range list {
		s = strings.TrimSpace(s)
		if len(s) < 2 {
			return fmt.Errorf("BYDAY has %s; days are MO, TU, WE, TH, FR, SA, SU", quote(s))
		}
		weekday, err := parseWeekday(s[len(s)-2:])
		if err != nil {
			return err
		}
		if len(s) == 2 {
			r.weekdays |= 1 << weekday
			continue
		}
		n, err := strconv.Atoi(s[:len(s)-2])
		if err != nil || n == 0 || n < -53 || n > 53 {
			return fmt.Errorf("BYDAY has %s; the number must be 1 to 53 or -1 to -53", quote(s))
		}
		r.nth = append(r.nth, nthDay{n, weekday})
	}
	return nil
}

func (r *rule) setByMonth(val string) error {
	months, err := parseInts("BYMONTH", val, 12)
	for _, m := range months {
		if m < 0 {
			return errors.New("BYMONTH must be 1 to 12")
		}
		r.months |= 1 << m
	}
	return err
}

// check refuses the combinations RFC 5545 forbids, and more occurrences a day
// than anybody holds meetings.
func (r *rule) check() error {
	switch {
	case len(r.nth) > 0 && r.freq != monthly && r.freq != yearly:
		return errors.New("a BYDAY with a number needs FREQ=MONTHLY or FREQ=YEARLY")
	case len(r.nth) > 0 && len(r.weekNos) > 0:
		return errors.New("a BYDAY with a number cannot stand beside BYWEEKNO")
	case len(r.weekNos) > 0 && r.freq != yearly:
		return errors.New("BYWEEKNO needs FREQ=YEARLY")
	case len(r.yearDays) > 0 && r.freq != yearly:
		return errors.New("BYYEARDAY needs FREQ=YEARLY")
	case len(r.monthDays) > 0 && r.freq == weekly:
		return errors.New("BYMONTHDAY cannot stand beside FREQ=WEEKLY")
	case len(r.positions) > 0 && !r.selects():
		return errors.New("BYSETPOS needs another BY part to choose from")
	}
	times := max(1, len(r.hours)) * max(1, len(r.minutes)) * max(1, len(r.seconds))
	if times > maxTimes || times > 1 && len(r.positions) > 0 {
		return fmt.Errorf("%w: BYHOUR, BYMINUTE and BYSECOND give %d times a day", ErrUnsupported, times)
	}
	return nil
}

func (r *rule) selects() bool {
	return r.months != 0 || r.weekdays != 0 || len(r.nth) > 0 || len(r.monthDays) > 0 || len(r.yearDays) > 0 ||
		len(r.weekNos) > 0 || len(r.hours) > 0 || len(r.minutes) > 0 || len(r.seconds) > 0
}

// anchor fills in from the series' first day what the rule leaves to it.
func (r *rule) anchor(start day) {
	if r.weekdays != 0 || len(r.nth) > 0 || len(r.monthDays) > 0 || len(r.yearDays) > 0 {
		return
	}
	_, month, dom := start.civil()
	switch {
	case r.freq == weekly, len(r.weekNos) > 0:
		r.weekdays = 1 << start.weekday()
	case r.freq == monthly:
		r.monthDays = []int{dom}
	case r.freq == yearly:
		r.monthDays = []int{dom}
		if r.months == 0 {
			r.months = 1 << month
		}
	}
}

// times lists the seconds of the day at which the rule's occurrences start.
func (r *rule) times(start int) []int {
	or := func(list []int, deflt int) []int {
		if len(list) == 0 {
			return []int{deflt}
		}
		return list
	}
	var times []int
	for _, h := range or(r.hours, start/3600) {
		for _, m := range or(r.minutes, start/60%60) {
			for _, s := range or(r.seconds, start%60) {
				times = append(times, h*3600+m*60+s)
			}
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

func parseWeekday(s string) (int, error) {
	if i := slices.Index(weekdayNames[:], s); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("%s is no day; days are MO, TU, WE, TH, FR, SA, SU", quote(s))
}

func parseInt(name, val string, lo, hi int) (int, error) {
	n, err := strconv.Atoi(val)
	if err != nil || n < lo || n > hi {
		return 0, fmt.Errorf("%s is %s; it must be %d to %d", name, quote(val), lo, hi)
	}
	return n, nil
}

// parseInts reads a list of numbers from 1 to hi or -1 to -hi.
func parseInts(name, val string, hi int) ([]int, error) {
	var list []int
	for s := range strings.SplitSeq(val, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n == 0 || n < -hi || n > hi {
			return nil, fmt.Errorf("%s has %s; it must be 1 to %d or -1 to -%d", name, quote(s), hi, hi)
		}
		list = append(list, n)
	}
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > maxList {
		return nil, fmt.Errorf("%s has more than %d different members", name, maxList)
	}
	return list, nil
}

func parseClock(name, val string, hi int) ([]int, error) {
	var list []int
	for s := range strings.SplitSeq(val, ",") {
		n, err := parseInt(name, strings.TrimSpace(s), 0, hi)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

var untilForms = []struct {
	layout string
	form   untilForm
}{
	{"20060102", untilDate},
	{"20060102T150405", untilLocal},
	{"20060102T150405Z", untilUTC},
}

func parseUntil(val string) (until, error) {
	for _, f := range untilForms {
		if t, err := time.Parse(f.layout, val); err == nil && len(val) == len(f.layout) {
			d := day(state.DateOf(t, time.UTC))
			return until{form: f.form, date: d, secs: t.Hour()*3600 + t.Minute()*60 + t.Second()}, nil
		}
	}
	return until{}, fmt.Errorf("UNTIL is %s; it must be like 20260531, 20260531T170000 or 20260531T170000Z", quote(val))
}

// quote shows a piece of foreign text in a message, cut to a sane length.
func quote(s string) string {
	if len(s) > 40 {
		s = s[:40] + "…"
	}
	return strconv.Quote(s)
}
