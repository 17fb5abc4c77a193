package recur

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/state"
)

// GraphPattern is Microsoft Graph's recurrencePattern, as it lies in the JSON.
type GraphPattern struct {
	Type           string   `json:"type"`
	Interval       int      `json:"interval"`
	Month          int      `json:"month"`
	DayOfMonth     int      `json:"dayOfMonth"`
	DaysOfWeek     []string `json:"daysOfWeek"`
	FirstDayOfWeek string   `json:"firstDayOfWeek"`
	Index          string   `json:"index"`
}

// GraphRange is Microsoft Graph's recurrenceRange. RecurrenceTimeZone is no part
// of a rule; it is the series' zone (see zone.Resolve).
type GraphRange struct {
	Type                string `json:"type"`
	StartDate           string `json:"startDate"`
	EndDate             string `json:"endDate"`
	NumberOfOccurrences int    `json:"numberOfOccurrences"`
	RecurrenceTimeZone  string `json:"recurrenceTimeZone"`
}

// FromGraph turns a Graph recurrence into an RRULE value. The end date is
// inclusive, in the series' zone. A day of the month that a month does not have
// means its last day there, as Exchange has it.
func FromGraph(p GraphPattern, r GraphRange) (string, error) {
	b := builder{}
	err := b.graphPattern(p)
	if err != nil {
		return "", fmt.Errorf("the recurrence pattern: %w", err)
	}
	if err := b.graphRange(r); err != nil {
		return "", fmt.Errorf("the recurrence range: %w", err)
	}
	return b.rule()
}

func (b *builder) graphPattern(p GraphPattern) error {
	days, err := weekdayList(p.DaysOfWeek)
	if err != nil {
		return err
	}
	switch strings.ToLower(p.Type) {
	case "daily":
		b.freq("DAILY", p.Interval)
		return nil
	case "weekly":
		b.freq("WEEKLY", p.Interval)
		b.days(days)
		return b.weekStart(p.FirstDayOfWeek)
	case "absolutemonthly":
		b.freq("MONTHLY", p.Interval)
		return b.dayOfMonth(p.DayOfMonth)
	case "relativemonthly":
		b.freq("MONTHLY", p.Interval)
		return b.nthDay(p.Index, days)
	case "absoluteyearly":
		b.freq("YEARLY", p.Interval)
		if err := b.month(p.Month); err != nil {
			return err
		}
		return b.dayOfMonth(p.DayOfMonth)
	case "relativeyearly":
		b.freq("YEARLY", p.Interval)
		if err := b.month(p.Month); err != nil {
			return err
		}
		return b.nthDay(p.Index, days)
	}
	return fmt.Errorf("unknown type %s", quote(p.Type))
}

func (b *builder) graphRange(r GraphRange) error {
	switch strings.ToLower(r.Type) {
	case "noend":
		return nil
	case "enddate":
		return b.until(r.EndDate)
	case "numbered":
		if r.NumberOfOccurrences < 1 {
			return fmt.Errorf("numberOfOccurrences is %d", r.NumberOfOccurrences)
		}
		b.add("COUNT", strconv.Itoa(r.NumberOfOccurrences))
		return nil
	}
	return fmt.Errorf("unknown type %s", quote(r.Type))
}

// builder puts an RRULE value together, part by part.
type builder struct{ parts []string }

func (b *builder) add(name, val string) { b.parts = append(b.parts, name+"="+val) }

// rule is the finished value, checked like one from outside.
func (b *builder) rule() (string, error) { return FromRRule(strings.Join(b.parts, ";")) }

// freq begins the rule; an interval of 0 was not given and means 1.
func (b *builder) freq(name string, interval int) {
	b.add("FREQ", name)
	if interval != 0 && interval != 1 {
		b.add("INTERVAL", strconv.Itoa(interval))
	}
}

func (b *builder) days(set uint8) {
	if set != 0 {
		b.add("BYDAY", strings.Join(weekdaysOf(set), ","))
	}
}

// weekStart names the day weeks begin on; both Graph and Salesforce mean Sunday
// when they say nothing.
func (b *builder) weekStart(name string) error {
	if name == "" {
		name = "sunday"
	}
	set, err := weekdayList([]string{name})
	if err != nil {
		return err
	}
	b.add("WKST", weekdaysOf(set)[0])
	return nil
}

// dayOfMonth names a day; past the 28th, where a month may lack it, the last of
// the days up to it that the month has.
func (b *builder) dayOfMonth(n int) error {
	if n < 1 || n > 31 {
		return fmt.Errorf("the day of the month is %d; it must be 1 to 31", n)
	}
	if n <= 28 {
		b.add("BYMONTHDAY", strconv.Itoa(n))
		return nil
	}
	days := []string{"28"}
	for d := 29; d <= n; d++ {
		days = append(days, strconv.Itoa(d))
	}
	b.add("BYMONTHDAY", strings.Join(days, ","))
	b.add("BYSETPOS", "-1")
	return nil
}

func (b *builder) month(n int) error {
	if n < 1 || n > 12 {
		return fmt.Errorf("the month is %d; it must be 1 to 12", n)
	}
	b.add("BYMONTH", strconv.Itoa(n))
	return nil
}

// nthDay names the first, second, third, fourth or last of the days in a set.
func (b *builder) nthDay(index string, set uint8) error {
	n := slices.Index([]string{"first", "second", "third", "fourth", "last"}, strings.ToLower(index)) + 1
	switch {
	case index == "":
		n = 1
	case n == 0:
		return fmt.Errorf("%s is none of first, second, third, fourth, last", quote(index))
	case n == 5:
		n = -1
	}
	if set == 0 {
		return errors.New("no days of the week are given")
	}
	b.days(set)
	b.add("BYSETPOS", strconv.Itoa(n))
	return nil
}

// until ends the rule with a day (YYYY-MM-DD), included.
func (b *builder) until(date string) error {
	d, err := state.ParseDate(date)
	if err != nil {
		return fmt.Errorf("the end date is %s; it must be YYYY-MM-DD", quote(date))
	}
	b.add("UNTIL", strings.ReplaceAll(d.String(), "-", ""))
	return nil
}

var longWeekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func weekdayList(names []string) (set uint8, err error) {
	for _, name := range names {
		i := slices.Index(longWeekdays, strings.ToLower(name))
		if i < 0 {
			return 0, fmt.Errorf("%s is no day of the week", quote(name))
		}
		set |= 1 << i
	}
	return set, nil
}
