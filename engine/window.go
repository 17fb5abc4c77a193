package engine

import (
	"time"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
	"weir/state/recur"
)

// bound is the edge of a window: a day, or none for an unlimited window.
type bound struct {
	day       state.Date
	unlimited bool
	days      int
}

// windowBound turns a window setting into the day it reaches to, counted from
// today in the direction of sign.
func windowBound(r policies.Resolved, today state.Date, sign int) bound {
	return bound{day: today.AddDays(sign * r.Days), unlimited: r.Unlimited, days: r.Days}
}

// taskInWindow: open, or due on or after the bound, or last modified other than
// by the sync on a local date on or after it.
func (d *desk) taskInWindow(o *state.Object, it *state.Item, b bound) state.Truth {
	open := it.Value(state.AttrClosed).Truth().Not()
	if b.unlimited || open == state.True {
		return state.True
	}
	due := it.Value(state.AttrDue)
	dueIn := state.Unknown
	if due.IsRecorded() {
		dueIn = state.TruthOf(due.IsKnown() && due.Day() >= b.day)
	}
	if dueIn == state.True {
		return state.True
	}
	return open.Or(dueIn).Or(d.touchedSince(o, it, b.day))
}

// touchedSince reports a modification by a person on or after the day:
// completion and creation count, the sync's own writes do not. A last
// modification by anybody before the day proves there was none.
func (d *desk) touchedSince(o *state.Object, it *state.Item, day state.Date) state.Truth {
	known, maybe := false, false
	note := func(v state.Value, by state.Truth) bool {
		if !v.IsKnown() {
			return false
		}
		recent := state.DateOf(v.Instant(), d.zone) >= day
		switch by {
		case state.True:
			return false
		case state.Unknown:
			maybe = maybe || recent
			return false
		}
		known = true
		return recent
	}
	if note(it.Value(state.AttrCompleted), state.False) || note(it.Value(state.AttrCreated), state.False) {
		return state.True
	}
	for _, v := range o.Versions {
		if v.Item != nil && note(v.Item.Value(state.AttrModified), v.Item.BySync) {
			return state.True
		}
	}
	last := it.Value(state.AttrModified)
	switch {
	case last.IsKnown() && state.DateOf(last.Instant(), d.zone) < day:
		return state.False
	case maybe:
		return state.Unknown
	}
	if known {
		return state.False
	}
	return state.Unknown
}

// lastTouched is the latest known modification by a person, for words.
func lastTouched(o *state.Object, it *state.Item) time.Time {
	latest := it.Value(state.AttrCompleted).Instant()
	for _, v := range o.Versions {
		if v.Item != nil && v.Item.BySync == state.False {
			if m := v.Item.Value(state.AttrModified).Instant(); m.After(latest) {
				latest = m
			}
		}
	}
	return latest
}

// eventWindow answers the two window checks of an event: does it end late
// enough, and start early enough.
func (d *desk) eventWindow(it *state.Item, past, future bound) (notBefore, notAfter state.Truth) {
	if it.Series != nil {
		return d.seriesWindow(it, past, future)
	}
	first, last := d.span(it)
	return atLeast(last, past), atMost(first, future)
}

// atLeast and atMost compare a day with a bound. No day at all is on neither side
// of one.
func atLeast(v state.Value, b bound) state.Truth {
	switch {
	case b.unlimited:
		return state.True
	case !v.IsRecorded():
		return state.Unknown
	}
	return state.TruthOf(v.IsKnown() && v.Day() >= b.day)
}

func atMost(v state.Value, b bound) state.Truth {
	switch {
	case b.unlimited:
		return state.True
	case !v.IsRecorded():
		return state.Unknown
	}
	return state.TruthOf(v.IsKnown() && v.Day() <= b.day)
}

// span is the first and last local day an event covers.
func (d *desk) span(it *state.Item) (first, last state.Value) {
	s := cond.Subject{Item: it, User: d.user, Directory: d.snap.Directory}
	return s.Get(state.AttrStartDate), s.Get(state.AttrEndDate)
}

// The widest window a series is expanded in where a policy sets no limit.
const unlimitedDays = 20 * 366

// seriesWindow: a series is in if any occurrence is.
func (d *desk) seriesWindow(it *state.Item, past, future bound) (notBefore, notAfter state.Truth) {
	from, to := d.seriesRange(past, future)
	place, err := recur.Locate(it, d.zone, from, to)
	if err != nil {
		return state.Unknown, state.Unknown
	}
	switch {
	case place.Count > 0:
		return state.True, state.True
	case place.Later:
		return state.True, state.TruthOf(future.unlimited)
	}
	return state.TruthOf(past.unlimited), state.True
}

func (d *desk) seriesRange(past, future bound) (from, to state.Date) {
	from, to = past.day, future.day
	if past.unlimited {
		from = d.today.AddDays(-unlimitedDays)
	}
	if future.unlimited {
		to = d.today.AddDays(unlimitedDays)
	}
	return from, to
}

// occurrences counts a series' occurrences inside the policy's window; 0 for
// anything else.
func (d *desk) occurrences(it *state.Item) int {
	if it == nil || it.Series == nil {
		return 0
	}
	past := windowBound(d.settings.Get(policies.EventsPast), d.today, -1)
	future := windowBound(d.settings.Get(policies.EventsFuture), d.today, +1)
	from, to := d.seriesRange(past, future)
	place, err := recur.Locate(it, d.zone, from, to)
	if err != nil {
		return 0
	}
	return place.Count
}
