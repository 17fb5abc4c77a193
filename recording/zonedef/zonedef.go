// Package zonedef finds the time zone that a payload defines by its offsets alone.
//
// Calendars carry definitions of the zones they use, under names that may mean
// nothing to anybody else. Times can be read by such a definition, but a series
// needs a zone that goes on after the years it was seen in. So a definition stands
// for a zone of the database that has the same offsets at the time in question.
package zonedef

import (
	"slices"
	"strings"
	"sync"
	"time"

	"weir/state/zone"
)

// Place is a zone of the database.
type Place struct {
	Loc  *time.Location
	IANA string
}

// Resolve finds a zone by any name that the database knows; nil if it knows none.
func Resolve(name string) *Place {
	loc, iana, err := zone.Resolve(name)
	if err != nil {
		return nil
	}
	return &Place{loc, iana}
}

// Transition is an instant, in seconds since the epoch, from which an offset holds,
// and the offset before it. Offsets are in seconds east of UTC.
type Transition struct{ At, Offset, Before int64 }

// Definition is a zone by its offsets.
type Definition struct {
	transitions func(from, to int) []Transition
	found       map[int]*Place // by year
}

// New makes a definition of its transitions: in order, those of the years from and to
// and between them, and at least the last one before them if there is one. None at
// all mean that the definition cannot be understood.
func New(transitions func(from, to int) []Transition) *Definition {
	return &Definition{transitions, map[int]*Place{}}
}

// Budget counts the searches made for one file.
type Budget int

// maxMatches is how often zones are looked for by their offsets in one file.
const maxMatches = 200

// Match is the known zone whose offsets in the year and the next are those of the
// definition: the one that is asked for first (nil for none), else the likeliest, else
// the first by name; nil if there is none or the budget is spent. Different zones with
// the same offsets give the same instants there.
func (d *Definition) Match(year int, first *Place, budget *Budget) *Place {
	if p, ok := d.found[year]; ok {
		return p
	}
	if *budget++; *budget > maxMatches || year < 1800 || year > 2200 {
		return nil
	}
	p := d.search(year, first)
	d.found[year] = p
	return p
}

func (d *Definition) search(year int, first *Place) *Place {
	list := d.transitions(year-1, year+1)
	if len(list) == 0 {
		return nil
	}
	samples := d.samples(list, year)
	if first != nil && samples.fit(first.Loc) {
		return first
	}
	for _, p := range candidates() {
		if samples.fit(p.Loc) {
			return p
		}
	}
	return nil
}

// samples are offsets that a zone must have.
type samples []Transition

const day = 24 * 60 * 60

// samples takes the offsets of the year and the next every ten days, and on both
// sides of every transition.
func (d *Definition) samples(list []Transition, year int) samples {
	from := time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	to := time.Date(year+2, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	at := func(t int64) int64 {
		offset := list[0].Before
		for _, tr := range list {
			if tr.At > t {
				break
			}
			offset = tr.Offset
		}
		return offset
	}
	var out samples
	for t := from; t < to; t += 10 * day {
		out = append(out, Transition{At: t, Offset: at(t)})
	}
	for _, tr := range list {
		if tr.At > from && tr.At < to {
			out = append(out, Transition{At: tr.At - 1, Offset: at(tr.At - 1)}, Transition{At: tr.At, Offset: at(tr.At)})
		}
	}
	return out
}

func (s samples) fit(loc *time.Location) bool {
	for _, x := range s {
		if _, offset := time.Unix(x.At, 0).In(loc).Zone(); int64(offset) != x.Offset {
			return false
		}
	}
	return true
}

// likely are zones that stand for all that keep the same time.
var likely = []string{"UTC", "Europe/London", "Europe/Berlin", "Europe/Athens", "America/New_York", "America/Chicago", "America/Denver",
	"America/Los_Angeles", "America/Phoenix", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"}

// candidates are the zones that a definition may be: the likely ones, then all that
// have an area. Names of mere offsets (Etc/GMT+5) come last.
var candidates = sync.OnceValue(func() []*Place {
	var names, offsets []string
	for _, name := range zone.Names() {
		switch {
		case slices.Contains(likely, name) || !strings.Contains(name, "/"):
		case strings.HasPrefix(name, "Etc/"):
			offsets = append(offsets, name)
		default:
			names = append(names, name)
		}
	}
	var out []*Place
	for _, name := range slices.Concat(likely, names, offsets) {
		if p := Resolve(name); p != nil {
			out = append(out, p)
		}
	}
	return out
})
