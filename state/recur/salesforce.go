package recur

import (
	"fmt"
	"slices"
	"strings"
)

// SalesforceClassic are the fields of an Event row that make a Classic series
// (IsRecurrence), by their API names without "Recurrence". The start fields
// (RecurrenceStartDateTime, RecurrenceStartDateOnly) are no part of a rule: they
// are the series' start; RecurrenceTimeZoneSidKey is its zone.
type SalesforceClassic struct {
	Type          string // RecursDaily, RecursEveryWeekday, RecursWeekly, RecursMonthly, …
	Interval      int
	DayOfWeekMask int // Sunday 1, Monday 2, Tuesday 4, … Saturday 64
	DayOfMonth    int
	Instance      string // First, Second, Third, Fourth, Last
	MonthOfYear   string // January, …
	EndDateOnly   string // the last day, YYYY-MM-DD; "" for none
}

var longMonths = []string{"january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december"}

// FromSalesforceClassic turns a Classic series into an RRULE value. Weeks begin
// on Sunday; a day of the month that a month does not have means its last day
// there.
func FromSalesforceClassic(f SalesforceClassic) (string, error) {
	b := builder{}
	if err := b.classic(f); err != nil {
		return "", fmt.Errorf("the recurrence fields: %w", err)
	}
	if f.EndDateOnly != "" {
		if err := b.until(f.EndDateOnly); err != nil {
			return "", fmt.Errorf("the recurrence fields: %w", err)
		}
	}
	return b.rule()
}

func (b *builder) classic(f SalesforceClassic) error {
	days, err := weekdayMask(f.DayOfWeekMask)
	if err != nil {
		return err
	}
	switch f.Type {
	case "RecursDaily":
		b.freq("DAILY", f.Interval)
		return nil
	case "RecursEveryWeekday":
		b.freq("WEEKLY", 1)
		b.days(0b0011111)
		return nil
	case "RecursWeekly":
		b.freq("WEEKLY", f.Interval)
		b.days(days)
		return b.weekStart("")
	case "RecursMonthly":
		b.freq("MONTHLY", f.Interval)
		return b.dayOfMonth(f.DayOfMonth)
	case "RecursMonthlyNth":
		b.freq("MONTHLY", f.Interval)
		return b.nthDay(f.Instance, days)
	case "RecursYearly":
		b.freq("YEARLY", f.Interval)
		if err := b.monthName(f.MonthOfYear); err != nil {
			return err
		}
		return b.dayOfMonth(f.DayOfMonth)
	case "RecursYearlyNth":
		b.freq("YEARLY", f.Interval)
		if err := b.monthName(f.MonthOfYear); err != nil {
			return err
		}
		return b.nthDay(f.Instance, days)
	}
	return fmt.Errorf("unknown RecurrenceType %s", quote(f.Type))
}

func (b *builder) monthName(name string) error {
	i := slices.Index(longMonths, strings.ToLower(name))
	if i < 0 {
		return fmt.Errorf("%s is no month", quote(name))
	}
	return b.month(i + 1)
}

// weekdayMask turns Salesforce's mask, Sunday first, into a set, Monday first.
func weekdayMask(mask int) (uint8, error) {
	if mask < 0 || mask > 127 {
		return 0, fmt.Errorf("RecurrenceDayOfWeekMask is %d; it must be 0 to 127", mask)
	}
	return uint8(mask>>1 | mask&1<<6), nil
}
