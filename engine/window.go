package engine

import (
	"time"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
	"weir/state/recur"
)

// This file finds out the days that windows ask for: when a task was last
// touched, and which days an event covers.

// touchBounds bound the instant at which a person last touched a task, as far as
// the recording tells: at least or later, at most or earlier. Empty is no bound.
type touchBounds struct{ least, most state.Value }

// lastTouch looks at completion, creation and every known modification. What the
// sync wrote does not count; what may have been the sync or a person raises the
// upper bound alone. Nobody touched it after its last modification by anybody.
func (p *pair) lastTouch() touchBounds {
	it := p.seen.Item
	least, maybe := later(it.Value(state.AttrCompleted), it.Value(state.AttrCreated)), state.EmptyValue()
	for _, v := range p.record.Versions {
		switch {
		case v.Item == nil:
		case v.Item.BySync == state.False:
			least = later(least, v.Item.Value(state.AttrModified))
		case v.Item.BySync == state.Unknown:
			maybe = later(maybe, v.Item.Value(state.AttrModified))
		}
	}
	t := touchBounds{least: least, most: it.Value(state.AttrModified)}
	if least.IsKnown() {
		if most := later(least, maybe); !t.most.IsKnown() || most.UnixNano() < t.most.UnixNano() {
			t.most = most
		}
	}
	return t
}

// later is the later of two instants, of which either may not be known.
func later(a, b state.Value) state.Value {
	if !a.IsKnown() || b.IsKnown() && b.UnixNano() > a.UnixNano() {
		return b
	}
	return a
}

// touchedSince reports a touch on or after a local day.
func (p *pair) touchedSince(day state.Date) state.Truth {
	t := p.lastTouch()
	switch {
	case t.least.IsKnown() && p.dayOf(t.least) >= day:
		return state.True
	case t.most.IsKnown() && p.dayOf(t.most) < day:
		return state.False
	}
	return state.Unknown
}

// touchedDay is the day itself, where both bounds fall on one.
func (p *pair) touchedDay() state.Value {
	t := p.lastTouch()
	if t.least.IsKnown() && t.most.IsKnown() && p.dayOf(t.least) == p.dayOf(t.most) {
		return state.DayValue(p.dayOf(t.least))
	}
	return state.Value{}
}

// dayOf is the local day of a known instant.
func (d *desk) dayOf(at state.Value) state.Date { return state.DateOf(at.Instant(), d.zone) }

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

// nearest is the occurrence of a series that a window beginning on a day meets
// first: the first one that ends on or after the day, else the last one.
type nearest struct {
	since state.Date
	first state.Date // of the days it covers; since itself where none is left
	ends  bool       // on or after since; false: all occurrences are over by then
	err   error      // it cannot be told
}

// nearest expands no more of the series than that takes. The answer for one day
// is kept: the windows to the past and to the future ask for the same one.
func (p *pair) nearest(since state.Date) *nearest {
	if p.near == nil || p.near.since != since {
		place, err := recur.Locate(p.seen.Item, p.zone, since, since)
		n := &nearest{since, since, place.Count > 0 || place.Later, err}
		if n.ends || place.Earlier {
			n.first = place.First
		}
		p.near = n
	}
	return p.near
}

// lastDay is the last local day a single event covers. That of a series is not
// found out: it may have no end. See endsSince.
func (p *pair) lastDay() state.Value {
	if p.seen.Item.Series != nil {
		return state.Value{}
	}
	return p.seen.Get(state.AttrEndDate)
}

// endsSince reports whether an event, or an occurrence of it, ends on or after
// the day.
func (p *pair) endsSince(day state.Date) state.Truth {
	if p.seen.Item.Series != nil {
		near := p.nearest(day)
		if near.err != nil {
			return state.Unknown
		}
		return state.TruthOf(near.ends)
	}
	last := p.seen.Get(state.AttrEndDate)
	if !last.IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(last.IsKnown() && last.Day() >= day)
}

// firstDay is the first local day that an event covers, of a series that of the
// occurrence nearest to a day, empty for the beginning.
func (p *pair) firstDay(since state.Value) state.Value {
	if p.seen.Item.Series == nil {
		return p.seen.Get(state.AttrStartDate)
	}
	day := p.beginning()
	if since.IsKnown() {
		day = since.Day()
	}
	near := p.nearest(day)
	if near.err != nil {
		return state.Value{}
	}
	return state.DayValue(near.first)
}

// occurs reports whether an event takes place at some time: a single one does.
func (p *pair) occurs() state.Truth {
	if p.seen.Item.Series != nil && p.nearest(p.beginning()).err != nil {
		return state.Unknown
	}
	return state.True
}

// unlimitedDays is how far from today a series is looked at where a policy sets
// no limit.
const unlimitedDays = 20 * 366

func (p *pair) beginning() state.Date { return p.seen.Today.AddDays(-unlimitedDays) }

// bound is the edge of a window, for words: a day, or none for an unlimited
// window.
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

// span is the first and last local day an event covers.
func (d *desk) span(it *state.Item) (first, last state.Value) {
	s := cond.Subject{Item: it, User: d.user, Directory: d.snap.Directory}
	return s.Get(state.AttrStartDate), s.Get(state.AttrEndDate)
}

// occurrences counts a series' occurrences inside the policy's window; 0 for
// anything else.
func (d *desk) occurrences(it *state.Item) int {
	if it == nil || it.Series == nil {
		return 0
	}
	past := windowBound(d.settings.Get(policies.EventsPast), d.today, -1)
	future := windowBound(d.settings.Get(policies.EventsFuture), d.today, +1)
	if past.unlimited {
		past.day = d.today.AddDays(-unlimitedDays)
	}
	if future.unlimited {
		future.day = d.today.AddDays(unlimitedDays)
	}
	place, err := recur.Locate(it, d.zone, past.day, future.day)
	if err != nil {
		return 0
	}
	return place.Count
}
