package ical

import (
	"fmt"
	"iter"
	"strings"

	"weir/recording/contentline"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// recurrence is what a VEVENT says of its repetition.
type recurrence struct {
	rules, exrules []ruleAt
	added          []addition
	excluded       []*moment
	unknown        string // why the times cannot be told, "" if they can
}

type ruleAt struct {
	text string
	pos  textpos.Pos
}

// addition is an RDATE; its end is nil where the series' own length holds.
type addition struct{ start, end *moment }

// recurrence reads the properties that make a series, or an occurrence of one.
func (b *builder) recurrence(e *entry) {
	if l := b.c.Get("RECURRENCE-ID"); l != nil {
		e.override = true
		e.original = b.f.moment(l)
		e.future = l.Has("RANGE", "THISANDFUTURE")
	}
	r := &recurrence{rules: rulesOf(b.c, "RRULE"), exrules: rulesOf(b.c, "EXRULE")}
	for _, l := range b.c.All("RDATE") {
		b.additions(r, l)
	}
	for _, l := range b.c.All("EXDATE") {
		for text := range values(l) {
			if m := b.f.momentOf(l, text); m != nil {
				r.excluded = append(r.excluded, m)
			} else {
				r.unknown = fmt.Sprintf("the EXDATE on line %d cannot be read", l.Pos.Line)
			}
		}
	}
	if e.override || len(r.rules)+len(r.added) > 0 || r.unknown != "" {
		e.recurs = r
	}
	b.it.Set(state.AttrRecurring, state.BoolValue(e.recurs != nil))
}

func rulesOf(c *contentline.Component, name string) []ruleAt {
	var out []ruleAt
	for _, l := range c.All(name) {
		out = append(out, ruleAt{strings.TrimSpace(l.Value), l.ValuePos})
	}
	return out
}

// values are the dates of a list; empty ones say nothing.
func values(l *contentline.Line) iter.Seq[string] {
	return func(yield func(string) bool) {
		for text := range strings.SplitSeq(l.Value, ",") {
			if strings.TrimSpace(text) != "" && !yield(text) {
				return
			}
		}
	}
}

// additions reads one RDATE: dates, times, or periods.
func (b *builder) additions(r *recurrence, l *contentline.Line) {
	for text := range values(l) {
		from, until, period := strings.Cut(text, "/")
		a := addition{start: b.f.momentOf(l, from)}
		if period && a.start != nil {
			a.end = b.periodEnd(l, a.start, until)
		}
		if a.start == nil || period && a.end == nil {
			r.unknown = fmt.Sprintf("the RDATE on line %d cannot be read", l.Pos.Line)
			continue
		}
		r.added = append(r.added, a)
	}
}

func (b *builder) periodEnd(l *contentline.Line, start *moment, text string) *moment {
	if d, ok := parseDuration(text); ok && !start.day {
		return start.add(d)
	}
	return b.f.momentOf(l, text)
}

// fold hands out the rows of one id: the item, with its exceptions if it is a
// series; occurrences whose series is not in the file by themselves.
func (f *file) fold(g *group) {
	if g.kind == state.Task && len(g.overrides) > 0 {
		f.warn(g.overrides[0].pos, "Recurring task", "weir has no recurring tasks: %d changed occurrences of this one are left out.", len(g.overrides))
		g.overrides = nil
	}
	overrides := f.revisions(g)
	if g.master == nil {
		for _, e := range overrides {
			f.alone(g, e)
		}
		return
	}
	e := g.master
	if e.recurs == nil && len(overrides) > 0 {
		e.recurs = &recurrence{}
	}
	if e.recurs != nil {
		f.series(e, overrides)
	}
	f.emit(g, e, wire.Row{ID: g.id, Item: e.item})
}

// emit adds a row.
func (f *file) emit(g *group, e *entry, row wire.Row) {
	feed := f.feed(g.kind)
	feed.Rows++
	row.Kind, row.Pos, row.Feed, row.FolderID = g.kind, e.pos, feed, e.cal.name
	row.Item.ID = row.ID
	f.out.Rows = append(f.out.Rows, row)
}

// revisions are the overrides of a series, the later of two for one occurrence, in
// the order in which they first stand. What cannot be placed is named.
func (f *file) revisions(g *group) []*entry {
	at := map[string]int{}
	var out []*entry
	for _, e := range g.overrides {
		if e.original == nil {
			f.warn(e.pos, "Occurrence without place", "Which occurrence of its series this is cannot be told from its RECURRENCE-ID. It is left out.")
			f.feed(g.kind).Lack(fmt.Sprintf("the occurrence at line %d", e.pos.Line))
			continue
		}
		key := e.original.key()
		if i, ok := at[key]; ok {
			out[i] = f.newer(out[i], e)
			continue
		}
		at[key] = len(out)
		out = append(out, e)
	}
	return out
}

// key names an occurrence by where it would have been.
func (m *moment) key() string {
	if m.day {
		return m.date.String()
	}
	return m.at.UTC().Format("20060102T150405Z")
}

// alone hands out an occurrence whose series is not in the file.
func (f *file) alone(g *group, e *entry) {
	o := state.Occurrence{Cancelled: e.item.Value(state.AttrCancelled).Bool()}
	if e.original.day {
		o.OriginalDate = e.original.date
	} else {
		o.Original = e.original.at
	}
	o = spanning(o, e.start, e.end)
	e.item.Set(state.AttrRecurring, state.BoolValue(true))
	if e.future {
		f.warn(e.pos, "Series not recorded", "This stands for all later occurrences of its series too (RANGE=THISANDFUTURE), but the series is not in the file. It is read as the one occurrence.")
		f.feed(g.kind).Lack(fmt.Sprintf("the series of the occurrences from line %d on", e.pos.Line))
	}
	f.emit(g, e, wire.Row{ID: g.id + "/" + e.original.key(), Item: e.item, Role: wire.Occurrence, Parent: g.id, Occurrence: o})
}

// spanning is an occurrence that takes place between two moments.
func spanning(o state.Occurrence, start, end *moment) state.Occurrence {
	switch {
	case start == nil:
	case start.day:
		o.StartDate, o.EndDate = start.date, end.date
	default:
		o.Start, o.End = start.at, end.at
	}
	return o
}
