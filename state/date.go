package state

import (
	"fmt"
	"time"
)

// Date is a calendar day without a zone, counted in days since 1970-01-01.
type Date int32

// DateOf is the day on which the instant falls in the zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return MakeDate(y, m, d)
}

// MakeDate is the day of the proleptic Gregorian calendar; out-of-range months
// and days are normalised as time.Date does.
func MakeDate(year int, month time.Month, day int) Date {
	secs := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
	return Date(floorDiv(secs, 86400))
}

// ParseDate reads YYYY-MM-DD and refuses anything else, impossible days included.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, fmt.Errorf("not a date (YYYY-MM-DD): %q", s)
	}
	return MakeDate(t.Date()), nil
}

// AddDays moves by whole calendar days.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Midnight is the first instant of the day in the zone (on a day whose
// midnight is skipped by daylight saving, the instant time.Date gives).
func (d Date) Midnight(zone *time.Location) time.Time {
	y, m, day := d.UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// UTC is the day's midnight in UTC.
func (d Date) UTC() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d Date) String() string { return d.UTC().Format("2006-01-02") }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
