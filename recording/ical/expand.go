package ical

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
)

// Limits on the occurrences that have to be listed one by one, and on how far
// after the first they are looked for.
const (
	maxListed  = 1000
	listedDays = 100 * 366
)

// slot is where an occurrence would be by its series: a day, or an instant.
type slot struct {
	day bool
	at  int64
}

func daySlot(d state.Date) slot { return slot{true, int64(d)} }

// assembly puts a series together.
type assembly struct {
	f     *file
	e     *entry
	at    textpos.Pos // of what cannot be told
	start *moment
	// occurrences are the additions and exceptions found so far; the later word on
	// a slot replaces the earlier one.
	occurrences map[slot]state.Occurrence
	excluded    map[slot]bool
	overridden  map[slot]bool
}

// series makes the series of a master and its overrides.
func (f *file) series(e *entry, overrides []*entry) {
	s := &state.Series{}
	e.item.Series = s
	e.item.Set(state.AttrRecurring, state.BoolValue(true))
	for _, o := range overrides {
		if m := o.item.Value(state.AttrModified); m.Instant().After(e.item.Value(state.AttrModified).Instant()) {
			e.item.Set(state.AttrModified, m)
		}
	}
	if e.start == nil {
		s.Unreadable = "when it begins is not known"
		return
	}
	if !e.start.day {
		s.Zone = e.start.where.IANA
	}
	a := &assembly{f: f, e: e, at: e.pos, start: e.start, occurrences: map[slot]state.Occurrence{}, excluded: map[slot]bool{}, overridden: map[slot]bool{}}
	rule, why := a.assemble(overrides)
	if why != "" {
		s.Unreadable = why
		f.warn(a.at, "Recurrence not understood", "%s. The series is kept, but when it takes place is not known.", strings.ToUpper(why[:1])+why[1:])
		return
	}
	s.Rule, s.Occurrences = rule, a.list()
}

// assemble fills the occurrences in and gives the rule they are laid over; why says
// what cannot be told.
func (a *assembly) assemble(overrides []*entry) (rule, why string) {
	r := a.e.recurs
	if r.unknown != "" {
		return "", r.unknown
	}
	rule, why = a.rule(r.rules)
	if why != "" {
		return "", why
	}
	for _, x := range r.added {
		a.add(x.start, x.end)
	}
	for _, m := range r.excluded {
		a.exclude(a.slot(m))
	}
	if why = a.exclusionRules(r.exrules, rule); why != "" {
		return "", why
	}
	for _, o := range overrides {
		a.override(o)
	}
	return rule, a.future(overrides, rule)
}

// rule is the one rule that the series keeps. The first occurrence, and those of
// other rules if they end, are added to it.
func (a *assembly) rule(rules []ruleAt) (rule, why string) {
	var endless, ending []string
	for _, r := range rules {
		value, err := recur.FromRRule(r.text)
		if err != nil {
			a.at = r.pos
			return "", err.Error()
		}
		if ends(value) {
			ending = append(ending, value)
		} else {
			endless = append(endless, value)
		}
	}
	all := slices.Concat(endless, ending)
	switch {
	case len(endless) > 1:
		return "", "it has several rules without an end"
	case len(all) == 0:
		a.add(a.start, nil)
		return "", ""
	}
	for _, other := range all[1:] {
		list, why := a.expand(other, a.lastDay())
		if why != "" {
			return "", why
		}
		for _, o := range list {
			a.occurrences[a.slotOf(o)] = o
		}
	}
	return a.first(all[0]), ""
}

func ends(rule string) bool {
	return strings.Contains(rule, "UNTIL=") || strings.Contains(rule, "COUNT=")
}

// first adds the event's own start to a rule that does not give it: it is the first
// occurrence all the same, and counts as one (RFC 5545, 3.8.5.3).
func (a *assembly) first(rule string) string {
	list, why := a.expand(rule, a.start.date.AddDays(1))
	if why != "" || slices.ContainsFunc(list, func(o state.Occurrence) bool { return a.slotOf(o) == a.slot(a.start) }) {
		return rule
	}
	a.add(a.start, nil)
	parts := strings.Split(rule, ";")
	for i, p := range parts {
		text, found := strings.CutPrefix(p, "COUNT=")
		if n, err := strconv.Atoi(text); found && err == nil {
			if n <= 1 {
				return ""
			}
			parts[i] = "COUNT=" + strconv.Itoa(n-1)
		}
	}
	return strings.Join(parts, ";")
}

// lastDay is how far occurrences that are listed are looked for.
func (a *assembly) lastDay() state.Date {
	return min(a.start.date.AddDays(listedDays), state.MakeDate(2261, time.December, 31))
}

// expand lists what a rule gives from the event's start up to a day.
func (a *assembly) expand(rule string, to state.Date) (list []state.Occurrence, why string) {
	it := a.e.item.Clone()
	it.Series = &state.Series{Rule: rule}
	zone := time.UTC
	if !a.start.day {
		it.Series.Zone, zone = a.start.where.IANA, a.start.where.Loc
	}
	list, truncated, err := recur.Between(it, zone, a.start.date.AddDays(-1), to)
	switch {
	case err != nil:
		return nil, err.Error()
	case truncated || len(list) > maxListed:
		return nil, fmt.Sprintf("more than %d occurrences would have to be listed one by one", maxListed)
	}
	return list, ""
}

// slot is where a moment stands among the series' occurrences: a day of a series
// with times is that day at the series' time, a time of an all-day series its day.
func (a *assembly) slot(m *moment) slot {
	switch {
	case a.start.day && m.utc:
		if own := m.in(a.f.ownZone()); own.secs == 0 {
			return daySlot(own.date)
		}
		return daySlot(m.date)
	case a.start.day:
		return daySlot(m.date)
	case m.day && a.manyTimes():
		return daySlot(m.date)
	case m.day:
		return slot{at: recur.At(m.date, a.start.secs, a.start.where.Loc).Unix()}
	}
	return slot{at: m.at.Unix()}
}

// manyTimes reports a rule that has times of its own.
func (a *assembly) manyTimes() bool {
	return slices.ContainsFunc(a.e.recurs.rules, func(r ruleAt) bool {
		upper := strings.ToUpper(r.text)
		return strings.Contains(upper, "BYHOUR") || strings.Contains(upper, "BYMINUTE") || strings.Contains(upper, "BYSECOND")
	})
}

func (a *assembly) slotOf(o state.Occurrence) slot {
	if a.start.day {
		return daySlot(o.StartDate)
	}
	return slot{at: o.Start.Unix()}
}

// original names the slot in an occurrence.
func (s slot) original(o state.Occurrence) state.Occurrence {
	if s.day {
		o.OriginalDate = state.Date(s.at)
	} else {
		o.Original = time.Unix(s.at, 0).UTC()
	}
	return o
}

// add adds an occurrence; it is as long as the event unless it has an end.
func (a *assembly) add(start, end *moment) {
	o := state.Occurrence{}
	switch {
	case start.day && !a.start.day:
		start = &moment{date: start.date, secs: a.start.secs, where: a.start.where, at: recur.At(start.date, a.start.secs, a.start.where.Loc)}
	case a.start.day:
		o.StartDate = start.date
		o.EndDate = start.date.AddDays(int(a.e.end.date - a.e.start.date))
		a.occurrences[daySlot(start.date)] = o
		return
	}
	o.Start = start.at
	if o.End = a.endOf(start); end != nil && !end.at.IsZero() {
		o.End = end.at
	}
	if o.End.Before(o.Start) {
		o.End = o.Start
	}
	a.occurrences[slot{at: start.at.Unix()}] = o
}

// endOf is when an added occurrence is over: as the rule's own, whole days on the
// calendar, anything else on the clock.
func (a *assembly) endOf(start *moment) time.Time {
	first, last := a.e.start, a.e.end.in(a.e.start.where)
	if last.secs == first.secs && last.date > first.date {
		here := start.in(first.where)
		return recur.At(here.date+last.date-first.date, here.secs, first.where.Loc)
	}
	return start.at.Add(a.e.end.at.Sub(first.at))
}

// exclude takes the occurrence of a slot out.
func (a *assembly) exclude(s slot) {
	a.excluded[s] = true
	a.occurrences[s] = s.original(state.Occurrence{Cancelled: true})
}

// exclusionRules takes out what rules of exclusion give, as far as the series goes.
func (a *assembly) exclusionRules(rules []ruleAt, rule string) (why string) {
	if len(rules) == 0 {
		return ""
	}
	until := a.lastDay()
	if rule != "" && ends(rule) {
		list, why := a.expand(rule, until)
		if why != "" {
			return why
		}
		if len(list) > 0 {
			last := list[len(list)-1]
			until = max(last.EndDate, state.DateOf(last.End, time.UTC)).AddDays(1)
		}
	}
	for _, r := range rules {
		a.at = r.pos
		value, err := recur.FromRRule(r.text)
		if err != nil {
			return "its EXRULE: " + err.Error()
		}
		if !ends(value) && rule != "" && !ends(rule) {
			return "neither its rule nor its EXRULE has an end"
		}
		list, why := a.expand(value, until)
		if why != "" {
			return "its EXRULE: " + why
		}
		for _, o := range list {
			a.exclude(a.slotOf(o))
		}
	}
	return ""
}

// override replaces or cancels one occurrence.
func (a *assembly) override(e *entry) {
	s := a.slot(e.original)
	a.overridden[s] = true
	o := s.original(state.Occurrence{Cancelled: e.item.Value(state.AttrCancelled).Bool()})
	a.occurrences[s] = spanning(o, e.start, e.end)
}

// future moves the occurrences that come after one whose change holds for all later
// ones (RANGE=THISANDFUTURE): by as much as that one was moved, for as long as that
// one lasts. An occurrence that was changed by itself stays as it was changed.
func (a *assembly) future(overrides []*entry, rule string) (why string) {
	var shifts []*entry
	for _, e := range overrides {
		if !e.future {
			continue
		}
		if len(e.recurs.rules) > 0 {
			return fmt.Sprintf("from %s on it follows a rule of its own (RANGE=THISANDFUTURE)", e.original.date)
		}
		if a.shifts(e) {
			shifts = append(shifts, e)
		}
	}
	if len(shifts) == 0 {
		return ""
	}
	slices.SortFunc(shifts, func(x, y *entry) int { return cmp.Compare(a.slot(x.original).at, a.slot(y.original).at) })
	if !ends(rule) && rule != "" {
		return fmt.Sprintf("from %s on it takes place at another time, without an end (RANGE=THISANDFUTURE)", shifts[0].original.date)
	}
	return a.shiftAll(shifts, rule)
}

// shifts reports an override that changes more than words.
func (a *assembly) shifts(e *entry) bool {
	if e.item.Value(state.AttrCancelled).Bool() {
		return true
	}
	if e.start == nil || e.start.day != a.start.day {
		return true
	}
	if a.start.day {
		return e.start.date != e.original.date || e.end.date-e.start.date != a.e.end.date-a.e.start.date
	}
	return !e.start.at.Equal(time.Unix(a.slot(e.original).at, 0)) || e.end.at.Sub(e.start.at) != a.e.end.at.Sub(a.e.start.at)
}

func (a *assembly) shiftAll(shifts []*entry, rule string) (why string) {
	var list []state.Occurrence
	if rule != "" {
		if list, why = a.expand(rule, a.lastDay()); why != "" {
			return why
		}
	}
	for s, o := range a.occurrences {
		if !a.overridden[s] && !o.Cancelled {
			list = append(list, o)
		}
	}
	for _, o := range list {
		s := a.slotOf(o)
		if a.excluded[s] || a.overridden[s] {
			continue
		}
		i := sort.Search(len(shifts), func(i int) bool { return a.slot(shifts[i].original).at > s.at })
		if i == 0 {
			continue
		}
		moved, ok := a.shifted(s, shifts[i-1])
		if !ok {
			return "a change of all later occurrences (RANGE=THISANDFUTURE) does not say when they take place"
		}
		a.occurrences[s] = moved
	}
	return ""
}

// shifted is the occurrence of a slot, moved on the clocks as the override was.
func (a *assembly) shifted(s slot, by *entry) (o state.Occurrence, ok bool) {
	o = s.original(o)
	if by.item.Value(state.AttrCancelled).Bool() {
		o.Cancelled = true
		return o, true
	}
	if by.start == nil || by.start.day != a.start.day {
		return o, false
	}
	if s.day {
		o.StartDate = state.Date(s.at) + by.start.date - by.original.date
		o.EndDate = o.StartDate + by.end.date - by.start.date
		return o, true
	}
	where := a.start.where
	was := (&moment{at: time.Unix(a.slot(by.original).at, 0)}).in(where)
	is := by.start.in(where)
	here := (&moment{at: time.Unix(s.at, 0)}).in(where)
	secs := here.secs + is.secs - was.secs
	o.Start = recur.At(here.date+is.date-was.date+state.Date(floorDiv(secs, day)), mod(secs, day), where.Loc).UTC()
	o.End = o.Start.Add(by.end.at.Sub(by.start.at))
	return o, true
}

func floorDiv(a, b int) int { return (a - mod(a, b)) / b }

func mod(a, b int) int { return ((a % b) + b) % b }

// list are the occurrences in the order in which they take place.
func (a *assembly) list() []state.Occurrence {
	var out []state.Occurrence
	for _, o := range a.occurrences {
		out = append(out, o)
	}
	wire.SortOccurrences(out)
	return out
}
