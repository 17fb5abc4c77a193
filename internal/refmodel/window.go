package refmodel

import (
	"slices"
	"strings"
	"time"

	"weir/state"
)

// taskInWindow (5.1): in if not closed, or due on or after the first day, or
// touched by anybody but the sync on or after it. Versions are what is known of
// the record through time, the last of them the present.
func taskInWindow(rec *state.Item, versions []state.Version, today state.Date, zone *time.Location, window string) state.Truth {
	n, limited := days(window)
	if !limited {
		return state.True
	}
	first := today.AddDays(-n)
	open := rec.Value(state.AttrClosed).Truth().Not()
	due := state.Unknown
	if v := rec.Value(state.AttrDue); v.IsRecorded() {
		due = state.TruthOf(v.IsKnown() && v.Day() >= first)
	}
	return open.Or(due).Or(touchedSince(rec, versions, first, zone))
}

// touchedSince (5.1): modified other than by the sync, completed or created on a
// local date on or after the day. Unknown if none of it is known, or if it may
// have been the sync; but a last modification by anybody before the day proves
// that nobody touched it since.
func touchedSince(rec *state.Item, versions []state.Version, first state.Date, zone *time.Location) state.Truth {
	since := func(v state.Value) bool { return v.IsKnown() && state.DateOf(v.Instant(), zone) >= first }
	created, completed := rec.Value(state.AttrCreated), rec.Value(state.AttrCompleted)
	known, touched, maybe := created.IsKnown() || completed.IsKnown(), since(created) || since(completed), false
	for _, v := range versions {
		if v.Item == nil {
			continue
		}
		modified := v.Item.Value(state.AttrModified)
		switch v.Item.BySync {
		case state.False:
			known, touched = known || modified.IsKnown(), touched || since(modified)
		case state.Unknown:
			maybe = maybe || since(modified)
		}
	}
	last := rec.Value(state.AttrModified)
	switch {
	case touched:
		return state.True
	case last.IsKnown() && !since(last):
		return state.False
	case maybe || !known:
		return state.Unknown
	}
	return state.False
}

// eventInWindow (5.1): in if the last day it covers is on or after the first of the
// window and the first on or before the last. Of a series some one occurrence has
// to be; one that ends before the window is before it, and of the others the
// first decides whether it comes after.
func eventInWindow(it *state.Item, today state.Date, zone *time.Location, past, future string) (notBefore, notAfter state.Truth) {
	spans, known := covered(it, zone)
	back, backLimited := days(past)
	ahead, aheadLimited := days(future)
	if it.Series == nil {
		notBefore, notAfter = state.True, state.True
		if backLimited {
			notBefore = spans[0].endsBy(today.AddDays(-back)).Not()
		}
		if aheadLimited {
			notAfter = spans[0].beginsBy(today.AddDays(ahead))
		}
		return notBefore, notAfter
	}
	if !known {
		return state.Unknown, state.Unknown
	}
	left, inside := false, false
	for _, s := range spans {
		if !backLimited || s.last.Day() >= today.AddDays(-back) {
			left = true
			inside = inside || !aheadLimited || s.first.Day() <= today.AddDays(ahead)
		}
	}
	return state.TruthOf(left), state.TruthOf(inside || !left)
}

// daySpan are the first and last local day something covers.
type daySpan struct{ first, last state.Value }

// endsBy reports a last day before the given one.
func (s daySpan) endsBy(day state.Date) state.Truth {
	if !s.last.IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(!s.last.IsKnown() || s.last.Day() < day)
}

// beginsBy reports a first day on or before the given one.
func (s daySpan) beginsBy(day state.Date) state.Truth {
	if !s.first.IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(s.first.IsKnown() && s.first.Day() <= day)
}

// covered lists the days an event's occurrences cover (5.1); one for a single
// event. All-day events are dates. A timed event that ends at local midnight
// ends on the day before; a missing end is the start, and an end before the start is
// none.
func covered(it *state.Item, zone *time.Location) (spans []daySpan, known bool) {
	if it.Series != nil {
		return occurrences(it, zone)
	}
	if !it.Value(state.AttrAllDay).IsRecorded() {
		return []daySpan{{}}, false
	}
	if it.AllDay() {
		first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
		if last.Presence() == state.Empty || last.IsKnown() && first.IsKnown() && last.Day() < first.Day() {
			last = first
		}
		return []daySpan{{first, last}}, true
	}
	start, end := it.Value(state.AttrStart), it.Value(state.AttrEnd)
	if end.Presence() == state.Empty || end.IsKnown() && start.IsKnown() && end.Instant().Before(start.Instant()) {
		end = start
	}
	return []daySpan{daysOf(start, end, zone)}, true
}

func daysOf(start, end state.Value, zone *time.Location) daySpan {
	s := daySpan{start, end}
	if start.IsKnown() {
		s.first = state.DayValue(state.DateOf(start.Instant(), zone))
	}
	if end.IsKnown() {
		at := end.Instant()
		if midnight := at.In(zone).Hour() == 0 && at.In(zone).Minute() == 0; midnight && at.After(start.Instant()) {
			at = at.Add(-time.Nanosecond)
		}
		s.last = state.DayValue(state.DateOf(at, zone))
	}
	return s
}

// occurrences expands a daily or weekly series one by one, at the person's wall
// clock; unknown where the pattern cannot be read.
func occurrences(it *state.Item, userZone *time.Location) (out []daySpan, known bool) {
	first := daySpan{it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)}
	start, end := it.Value(state.AttrStart), it.Value(state.AttrEnd)
	begins := start
	if it.AllDay() {
		begins = first.first
	}
	if it.Series.Unreadable != "" || !begins.IsKnown() || !it.Value(state.AttrAllDay).IsRecorded() {
		return nil, false
	}
	step, count := 1, 0
	for _, part := range strings.Split(it.Series.Rule, ";") {
		switch name, value, _ := strings.Cut(part, "="); {
		case name == "FREQ" && value == "WEEKLY":
			step = 7
		case name == "COUNT":
			for _, digit := range value {
				count = count*10 + int(digit-'0')
			}
		}
	}
	length := time.Duration(0)
	// An end before the start is none.
	if end.IsKnown() && end.Instant().After(start.Instant()) {
		length = end.Instant().Sub(start.Instant())
	}
	for i := range count {
		if it.AllDay() {
			last := first.first.Day()
			if first.last.IsKnown() && first.last.Day() > last {
				last = first.last.Day()
			}
			out = append(out, daySpan{state.DayValue(first.first.Day().AddDays(i * step)), state.DayValue(last.AddDays(i * step))})
			continue
		}
		at := start.Instant().In(userZone).AddDate(0, 0, i*step)
		gone := slices.ContainsFunc(it.Series.Occurrences, func(o state.Occurrence) bool { return o.Cancelled && o.Original.Equal(at) })
		if !gone {
			out = append(out, daysOf(state.InstantValue(at), state.InstantValue(at.Add(length)), userZone))
		}
	}
	return out, true
}
