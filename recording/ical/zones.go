package ical

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/recording/zonedef"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// zones are the time zones of one calendar.
type zones struct {
	defined map[string]*definition
	named   map[string]*zonedef.Place // TZIDs looked up by name; nil for those that are no names
	closed  bool                      // the whole calendar was read
	budget  *zonedef.Budget
}

// zoned are the properties that may have a TZID.
var zoned = map[string]bool{"DTSTART": true, "DTEND": true, "DUE": true, "RECURRENCE-ID": true, "EXDATE": true, "RDATE": true}

// mustWait reports an item whose times are in a zone that a definition further
// down may explain.
func (z *zones) mustWait(c *contentline.Component) bool {
	if z.closed {
		return false
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		if !zoned[l.Name] || !hasParam(l, "TZID") {
			continue
		}
		if tzid := tzidOf(l); z.byName(tzid) == nil && z.defined[tzid] == nil {
			return true
		}
	}
	return false
}

func hasParam(l *contentline.Line, name string) bool {
	return slices.ContainsFunc(l.Params, func(p contentline.Param) bool { return p.Name == name })
}

func tzidOf(l *contentline.Line) string { return strings.TrimSpace(l.Param("TZID")) }

// find is the zone of a TZID for times of the year; nil if it cannot be told.
func (z *zones) find(tzid string, year int) *zonedef.Place {
	if p := z.byName(tzid); p != nil {
		return p
	}
	d := z.defined[tzid]
	if d != nil && d.location != "" {
		if p := z.byName(d.location); p != nil {
			return p
		}
	}
	abbreviation := zonedef.Resolve(tzid)
	if d == nil {
		return abbreviation
	}
	return d.zone.Match(year, abbreviation, z.budget)
}

// byName finds a zone whose name leaves no doubt: an IANA name with an area, with
// or without a vendor's prefix, or a Windows name.
func (z *zones) byName(tzid string) *zonedef.Place {
	if p, ok := z.named[tzid]; ok {
		return p
	}
	p := byName(tzid)
	z.named[tzid] = p
	return p
}

func byName(tzid string) *zonedef.Place {
	if len(tzid) > maxName {
		return nil
	}
	if iana, ok := zone.FromWindows(tzid); ok {
		return zonedef.Resolve(iana)
	}
	for name := strings.TrimLeft(tzid, "/"); strings.Contains(name, "/"); {
		if p := zonedef.Resolve(name); p != nil {
			return p
		}
		_, name, _ = strings.Cut(name, "/")
	}
	if strings.EqualFold(tzid, "UTC") || strings.EqualFold(tzid, "Etc/UTC") {
		return zonedef.Resolve("UTC")
	}
	return nil
}

// definition is a VTIMEZONE.
type definition struct {
	location string
	parts    []observance
	zone     *zonedef.Definition
}

// observance is a time in which one offset holds, as often as it begins.
type observance struct {
	starts   []int64 // wall clock, as seconds since the epoch
	rules    []string
	from, to int64 // offsets before and from then on
}

// Limits on what a definition may ask for.
const (
	maxObservances = 1000
	maxOnsets      = 2000
	maxDefined     = 2000
	maxName        = 200 // bytes of a TZID that is a name
)

// define reads a VTIMEZONE; the first of a name counts.
func (z *zones) define(c *contentline.Component) {
	tzid := ""
	if l := c.Get("TZID"); l != nil {
		tzid = strings.TrimSpace(l.Value)
	}
	if z.defined[tzid] != nil || len(z.defined) >= maxDefined {
		return
	}
	d := &definition{}
	d.zone = zonedef.New(d.transitions)
	if l := c.Get("X-LIC-LOCATION"); l != nil {
		d.location = strings.TrimSpace(l.Value)
	}
	for i := range c.Parts {
		if o, ok := readObservance(&c.Parts[i]); ok && len(d.parts) < maxObservances {
			d.parts = append(d.parts, o)
		}
	}
	z.defined[tzid] = d
}

func readObservance(c *contentline.Component) (o observance, ok bool) {
	from, okFrom := parseOffset(c.Get("TZOFFSETFROM"))
	to, okTo := parseOffset(c.Get("TZOFFSETTO"))
	start := c.Get("DTSTART")
	if !okFrom || !okTo || start == nil {
		return o, false
	}
	first, _, ok := parseClock(start.Value)
	if !ok {
		return o, false
	}
	o = observance{starts: []int64{first.Unix()}, from: from, to: to}
	for _, l := range c.All("RDATE") {
		for _, text := range strings.Split(l.Value, ",") {
			if t, _, ok := parseClock(text); ok && len(o.starts) < maxOnsets {
				o.starts = append(o.starts, t.Unix())
			}
		}
	}
	for _, l := range c.All("RRULE") {
		o.rules = append(o.rules, localUntil(l.Value, from))
	}
	return o, true
}

// parseOffset reads "+0100", "-053000", in seconds.
func parseOffset(l *contentline.Line) (int64, bool) {
	if l == nil {
		return 0, false
	}
	s := strings.ReplaceAll(strings.TrimSpace(l.Value), ":", "")
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, err := strconv.ParseUint((s[1:] + "00")[:6], 10, 32)
	if err != nil || n > 240000 {
		return 0, false
	}
	secs := int64(n/10000*3600 + n/100%100*60 + n%100)
	if s[0] == '-' {
		secs = -secs
	}
	return secs, true
}

// localUntil moves the UNTIL of a rule, which is in UTC, to the wall clock that
// the rule is expanded on.
func localUntil(rule string, offset int64) string {
	parts := strings.Split(rule, ";")
	for i, p := range parts {
		name, val, _ := strings.Cut(p, "=")
		if t, err := time.Parse("20060102T150405Z", val); err == nil && strings.EqualFold(name, "UNTIL") {
			parts[i] = "UNTIL=" + t.Add(time.Duration(offset)*time.Second).Format("20060102T150405Z")
		}
	}
	return strings.Join(parts, ";")
}

// transitions are those up to the end of a year, from the last before it begins
// or earlier, in order; nil if the definition is not understood.
func (d *definition) transitions(from, to int) []zonedef.Transition {
	var out []zonedef.Transition
	for _, o := range d.parts {
		add := func(wall int64) {
			out = append(out, zonedef.Transition{At: wall - o.from, Offset: o.to, Before: o.from})
		}
		for _, wall := range o.starts {
			add(wall)
		}
		for _, rule := range o.rules {
			list, ok := onsets(rule, o.starts[0], from, to)
			if !ok {
				return nil
			}
			for _, wall := range list {
				add(wall)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b zonedef.Transition) int { return cmp.Compare(a.At, b.At) })
	return out
}

// onsets expands the rule of an observance on the wall clock.
func onsets(rule string, start int64, from, to int) ([]int64, bool) {
	first := time.Unix(start, 0).UTC()
	if first.Year() < 1700 && !strings.Contains(strings.ToUpper(rule), "INTERVAL=") {
		first = first.AddDate(100, 0, 0) // Microsoft's begin in 1601, before instants do
	}
	it := state.NewItem(state.Event, state.Mailbox, "")
	it.Set(state.AttrStart, state.InstantValue(first))
	it.Set(state.AttrEnd, state.InstantValue(first))
	it.Series = &state.Series{Rule: rule, Zone: "UTC"}
	begin := state.MakeDate(from, time.January, 1)
	if upper := strings.ToUpper(rule); strings.Contains(upper, "UNTIL=") || strings.Contains(upper, "COUNT=") {
		begin = state.DateOf(first, time.UTC)
	}
	list, truncated, err := recur.Between(it, time.UTC, begin, state.MakeDate(to, time.December, 31))
	if err != nil || truncated || len(list) > maxOnsets {
		return nil, false
	}
	out := make([]int64, len(list))
	for i := range list {
		out[i] = list[i].Start.Unix()
	}
	return out, true
}

// unknownZone says that a time cannot be told.
func (f *file) unknownZone(l *contentline.Line) {
	tzid := tzidOf(l)
	if f.cal != nil && f.cal.zones.defined[tzid] != nil {
		f.warn(l.Pos, "Unknown time zone", "%s is in the time zone %q, whose definition has the offsets of no zone that weir knows. The time counts as not recorded.", l.Name, wire.Clip(tzid))
		return
	}
	f.warn(l.Pos, "Unknown time zone", "%s is in the time zone %q, which is neither an IANA nor a Windows name, and no VTIMEZONE defines it. The time counts as not recorded.", l.Name, wire.Clip(tzid))
}
