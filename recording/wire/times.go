package wire

import "weir/state"

// SetTimes gives an event its instants. An end that is missing or before the start is
// the start.
func SetTimes(it *state.Item, start, end state.Value) {
	if start.IsKnown() && (!end.IsKnown() || end.Instant().Before(start.Instant())) {
		end = start
	}
	it.Set(state.AttrStart, start)
	it.Set(state.AttrEnd, end)
}

// SetDays gives an all-day event its days, where services name the day after the last
// one as the end. One that is missing or not after the first leaves one day.
func SetDays(it *state.Item, first, end state.Value) {
	if !first.IsKnown() {
		return
	}
	last := first
	if end.IsKnown() && end.Day() > first.Day() {
		last = state.DayValue(end.Day().AddDays(-1))
	}
	it.Set(state.AttrStartDate, first)
	it.Set(state.AttrEndDate, last)
}
