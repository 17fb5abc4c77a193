package ews

import (
	"cmp"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/state"
	"weir/state/zone"
)

// noTime are the beginnings of times that mean none.
var noTime = [...]string{"0001-01-01", "1601-01-01", "4501-01-01"}

func isNoTime(s string) bool {
	for _, p := range noTime {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return s == ""
}

// instant reads a point in time.
func (e *element) instant(name string) state.Value {
	n := e.n.Get(name)
	if n == nil {
		return e.missing(false)
	}
	return e.moment(n, e.context)
}

// moment reads a point in time; one without an offset is in the zone.
func (f *file) moment(n *xmlstream.Node, loc *time.Location) state.Value {
	w := n.Word()
	switch {
	case n == nil:
		return state.Value{}
	case isNoTime(w):
		return state.EmptyValue()
	}
	if t, ok := parse(w, loc); ok {
		return state.InstantValue(t)
	}
	f.unreadable(n)
	return state.Value{}
}

func (f *file) unreadable(n *xmlstream.Node) {
	f.env.Problems.Warn(f.in.Path, n.Pos, "Unreadable time", "%s is %q, which is no time such as 2026-05-04T08:00:00Z. It counts as not recorded.", wire.Clip(n.Name), wire.Clip(n.Word()))
}

// parse reads an xs:dateTime; one without an offset is in the zone. The time keeps
// the offset it was written with.
func parse(s string, loc *time.Location) (time.Time, bool) {
	if t, ok := wire.ParseInstant(s); ok {
		if written, err := time.Parse(time.RFC3339, s); err == nil {
			return written, true
		}
		return t, true
	}
	if t, ok := wire.ParseLocal(s, loc); ok {
		return t.In(loc), true
	}
	return time.Time{}, false
}

// zones are where an item's midnights may be: the zone it was made in, if it says
// so, and the person's.
type zones struct {
	made   *time.Location // nil if the item does not say
	iana   string         // its name; "" if the item does not say
	person *time.Location
}

// zonesOf reads the zone an item was made in: a definition has an id, a name for
// people, and what it says itself. Times that are written with their offset need
// none, days and series do.
func (e *element) zonesOf() zones {
	z := zones{person: e.in.Zone}
	start, meeting := e.n.Get("StartTimeZone"), e.n.Get("MeetingTimeZone")
	names := [...]string{start.Attr("Id"), start.Attr("Name"), e.n.Get("StartTimeZoneId").Word(),
		meeting.Attr("TimeZoneName"), e.n.Get("TimeZone").Word()}
	for _, name := range names {
		if loc, iana, err := zone.Resolve(strings.TrimSpace(name)); err == nil {
			z.made, z.iana = loc, iana
			return z
		}
	}
	definition := start
	if start == nil || len(start.Kids) == 0 && meeting != nil {
		definition = meeting
	}
	defined, why := e.defined(definition)
	if defined != nil {
		z.made, z.iana = defined.Loc, defined.IANA
	} else if named := cmp.Or(names[0], names[3]); e.needsZone() && (named != "" || why != "") {
		e.env.Problems.Warn(e.in.Path, definition.Pos, "Unknown time zone", "No zone has the name %q%s. The item is read in the person's zone.", wire.Clip(named), why)
	}
	return z
}

// needsZone: the item's times cannot be told without the zone it was made in.
func (e *element) needsZone() bool {
	return e.n.Get("Recurrence") != nil || strings.EqualFold(e.n.Get("IsAllDayEvent").Word(), "true")
}

// local is the zone of the item's times without an offset.
func (e *element) local(z zones) *time.Location {
	if z.made != nil {
		return z.made
	}
	return e.context
}

// day reads a midnight as the day it begins: in the offset it is written with, in
// the zone the item was made in, in the person's or in UTC, whichever makes it a
// midnight. Failing all, it is the day of the nearest midnight, which is right
// for zones up to half a day apart; exact says that this was not needed.
func (z zones) day(t time.Time, written bool) (d state.Date, exact bool) {
	if written && midnight(t) {
		return dateOf(t), true
	}
	near := z.person
	if z.made != nil {
		near = z.made
	}
	for _, loc := range [...]*time.Location{z.made, z.person, time.UTC} {
		if loc != nil && beginsDay(t, loc) {
			return dateOf(t.In(loc)), true
		}
	}
	return dateOf(t.Add(12*time.Hour - 1).In(near)), false
}

func dateOf(t time.Time) state.Date { return state.MakeDate(t.Date()) }

func midnight(t time.Time) bool {
	h, m, s := t.Clock()
	return h == 0 && m == 0 && s == 0
}

// beginsDay: the instant is the first of its day in the zone, which is midnight
// save where daylight saving skips that.
func beginsDay(t time.Time, loc *time.Location) bool {
	return dateOf(t.In(loc)) != dateOf(t.Add(-1).In(loc))
}

// dayOf reads an element that means a day.
func (e *element) dayOf(n *xmlstream.Node, z zones) state.Value {
	w := n.Word()
	switch {
	case n == nil:
		return state.Value{}
	case isNoTime(w):
		return state.EmptyValue()
	}
	if d, err := state.ParseDate(w); err == nil {
		return state.DayValue(d)
	}
	t, ok := parse(w, e.local(z))
	if !ok {
		e.unreadable(n)
		return state.Value{}
	}
	d, exact := z.day(t, !strings.HasSuffix(w, "Z"))
	if !exact {
		e.env.Problems.Warn(e.in.Path, n.Pos, "Day off midnight", "%s is %s, which is midnight neither in the person's zone nor in the item's. It is read as %s; ask for StartTimeZone, and give the person's zone in recording.json.", wire.Clip(n.Name), wire.Clip(w), d)
	}
	return state.DayValue(d)
}

// due is a task's day.
func (e *element) due() state.Value {
	n := e.n.Get("DueDate")
	if n == nil {
		return e.missing(false)
	}
	return e.dayOf(n, zones{person: e.in.Zone})
}
