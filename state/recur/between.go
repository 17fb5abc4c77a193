package recur

import (
	"errors"
	"slices"
	"time"

	"weir/state"
)

// At is the moment at which the clocks of the zone show a time of day, in seconds
// after midnight. A time that comes twice means the first; a skipped one is read
// with the offset from before the jump, as RFC 5545 (3.3.5) says.
func At(d state.Date, secs int, zone *time.Location) time.Time {
	return instant(day(d), secs, zone).UTC()
}

// Between lists the occurrences that [Locate] counts, in the order in which they
// begin: those that cover a day of [from, to] in the user's zone. Timed ones have
// their instants, all-day ones their days; Original is not told. Truncated says
// that there are more, past MaxCount or past what one question may cost. A series
// with nothing in the window gives an empty list.
func Between(it *state.Item, userZone *time.Location, from, to state.Date) (list []state.Occurrence, truncated bool, err error) {
	s, err := newSeries(it, userZone)
	if err != nil {
		return nil, false, err
	}
	t := &tally{from: from, to: to, collect: true}
	if err := s.tallyAll(t); err != nil && !errors.Is(err, errNever) {
		return nil, false, err
	}
	slices.SortFunc(t.spans, compareSpans)
	for _, o := range t.spans {
		list = append(list, o.occurrence())
	}
	return list, t.in.Truncated, nil
}

func compareSpans(a, b span) int {
	if c := int(a.first) - int(b.first); c != 0 {
		return c
	}
	if c := a.start.Compare(b.start); c != 0 {
		return c
	}
	return a.end.Compare(b.end)
}

func (o span) occurrence() state.Occurrence {
	if o.start.IsZero() {
		return state.Occurrence{StartDate: o.first, EndDate: o.last}
	}
	return state.Occurrence{Start: o.start.UTC(), End: o.end.UTC()}
}
