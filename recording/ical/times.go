package ical

import (
	"strconv"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/recording/zonedef"
	"weir/state"
	"weir/state/recur"
)

// day in seconds.
const day = 24 * 60 * 60

// moment is a DATE or DATE-TIME: what the calendar says, and when that is.
type moment struct {
	// date and secs are the day and the second of the day on the clocks of the zone.
	date state.Date
	secs int
	day  bool // a DATE
	// where is the zone the clocks are in, nil for days; utc and floating say that
	// no TZID names it.
	where         *zonedef.Place
	utc, floating bool
	at            time.Time // zero for days
}

// value is the instant as an attribute's value.
func (m *moment) value() state.Value {
	if m == nil || m.day {
		return state.Value{}
	}
	return state.InstantValue(m.at)
}

// parseClock reads 20260504T080000 or 20260504, with hyphens and colons or without, as
// the wall clock says it; utc tells a trailing Z.
func parseClock(s string) (t time.Time, utc, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > 25 {
		return t, false, false
	}
	s = bare(strings.ToUpper(s))
	s, utc = strings.CutSuffix(s, "Z")
	layout := "20060102T150405"
	switch len(s) {
	case 8:
		layout = layout[:8]
	case 13:
		layout = layout[:13]
	case 15:
	default:
		return t, false, false
	}
	if len(s) == 15 && strings.HasSuffix(s, "60") {
		s = s[:13] + "59" // a leap second
	}
	t, err := time.Parse(layout, s)
	return t, utc, err == nil
}

func isDay(s string) bool { return len(bare(strings.TrimSpace(s))) == 8 }

// punctuation is what some put into dates and times.
var punctuation = strings.NewReplacer("-", "", ":", "")

func bare(s string) string {
	if strings.ContainsAny(s, "-:") {
		return punctuation.Replace(s)
	}
	return s
}

// moment reads a property's value; nil, said so, if it cannot be told.
func (f *file) moment(l *contentline.Line) *moment {
	if l == nil {
		return nil
	}
	return f.momentOf(l, l.Value)
}

// momentOf reads one of a property's values.
func (f *file) momentOf(l *contentline.Line, text string) *moment {
	wall, utc, ok := parseClock(text)
	if !ok || wall.Year() < 1679 || wall.Year() > 2261 {
		f.warn(l.ValuePos, "Unreadable time", "%s is %q, which is no date such as 20260504 and no time such as 20260504T080000Z. It counts as not recorded.", l.Name, wire.Clip(text))
		return nil
	}
	m := &moment{date: state.DateOf(wall, time.UTC), secs: wall.Hour()*3600 + wall.Minute()*60 + wall.Second(), utc: utc}
	switch {
	case isDay(text) || strings.EqualFold(l.Param("VALUE"), "DATE"):
		m.day, m.secs, m.utc = true, 0, false
		return m
	case utc:
		m.where = &zonedef.Place{Loc: time.UTC, IANA: "UTC"}
	case hasParam(l, "TZID"):
		m.where = f.zones().find(tzidOf(l), wall.Year())
	default:
		m.floating, m.where = true, f.ownZone()
	}
	if m.where == nil {
		f.unknownZone(l)
		return nil
	}
	m.at = recur.At(m.date, m.secs, m.where.Loc)
	return m
}

func (f *file) zones() *zones { return &f.cal.zones }

// ownZone is the owner's zone, in which times without a zone are.
func (f *file) ownZone() *zonedef.Place {
	if f.in.Zone == nil {
		return &zonedef.Place{Loc: time.UTC, IANA: "UTC"}
	}
	return &zonedef.Place{Loc: f.in.Zone, IANA: f.in.Zone.String()}
}

// in is the moment on the clocks of another zone; days stay what they are.
func (m *moment) in(p *zonedef.Place) *moment {
	if m.day || p == nil {
		return m
	}
	t := m.at.In(p.Loc)
	return &moment{date: state.DateOf(m.at, p.Loc), secs: t.Hour()*3600 + t.Minute()*60 + t.Second(), where: p, at: m.at}
}

// duration is a DURATION: days and weeks on the calendar, the rest on the clock.
type duration struct {
	days int
	secs int64
}

// parseDuration reads [+-]P[nW][nD][T[nH][nM][nS]]; a negative one counts as none.
func parseDuration(s string) (d duration, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	negative := strings.HasPrefix(s, "-")
	s, ok = strings.CutPrefix(strings.TrimLeft(s, "+-"), "P")
	if !ok || s == "" {
		return d, false
	}
	units := map[byte]int64{'W': 7, 'D': 1}
	for s != "" {
		if s[0] == 'T' {
			s, units = s[1:], map[byte]int64{'H': 3600, 'M': 60, 'S': 1}
			continue
		}
		i := strings.IndexFunc(s, func(c rune) bool { return c < '0' || c > '9' })
		if i <= 0 || i > 9 || units[s[i]] == 0 {
			return d, false
		}
		n, _ := strconv.ParseInt(s[:i], 10, 64)
		if n *= units[s[i]]; s[i] == 'W' || s[i] == 'D' {
			d.days += int(n)
		} else {
			d.secs += n
		}
		s = s[i+1:]
	}
	if negative || d.days > maxDays || d.secs > maxDays*day {
		return duration{}, negative
	}
	return d, true
}

// maxDays is the longest duration that is believed.
const maxDays = 100 * 366

// add is the moment that much later: days on the calendar, then time on the clock.
func (m *moment) add(d duration) *moment {
	out := *m
	if m.day {
		out.date = m.date.AddDays(d.days + int((d.secs+day-1)/day))
		return &out
	}
	at := recur.At(m.date.AddDays(d.days), m.secs, m.where.Loc).Add(time.Duration(d.secs) * time.Second)
	return (&moment{at: at}).in(m.where)
}

// end is when a component that begins at the start is over: by its own property, by
// its DURATION, nil if neither says so.
func (f *file) end(c *contentline.Component, property string, start *moment) *moment {
	if l := c.Get(property); l != nil {
		return f.moment(l)
	}
	l := c.Get("DURATION")
	if l == nil || start == nil {
		return nil
	}
	d, ok := parseDuration(l.Value)
	if !ok {
		f.warn(l.ValuePos, "Unreadable duration", "DURATION is %q, which is none such as PT1H30M or P2D. The end counts as the start.", wire.Clip(l.Value))
		return nil
	}
	return start.add(d)
}

// instant reads a point in time such as LAST-MODIFIED: absent is unrecorded.
func (f *file) instant(l *contentline.Line) state.Value {
	if l == nil {
		return state.Value{}
	}
	m := f.moment(l)
	if m != nil && m.day {
		return state.Value{} // which time of the day it was is not said
	}
	return m.value()
}
