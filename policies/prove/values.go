package prove

import (
	"cmp"
	"slices"
	"time"

	"weir/internal/sat"
	"weir/state"
)

// model is a value for every variable that is there.
type model struct{ values map[*variable]state.Value }

// noon is the instant that examples keep near to.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// lit is a literal as the solver chose it.
func (q *question) chosen(l sat.Lit) sat.Lit {
	if q.solver.Value(l) {
		return l
	}
	return -l
}

// values finds values for the tests that the solver chose, or clauses that say why
// there are none.
func (q *question) values() (*model, [][]sat.Lit) {
	m := &model{map[*variable]state.Value{}}
	var there []*variable
	for _, v := range q.order {
		if q.solver.Value(v.null) {
			m.values[v] = state.EmptyValue()
			continue
		}
		there = append(there, v)
		if v.typ == state.Bool {
			m.values[v] = state.BoolValue(q.solver.Value(v.truth))
		}
	}
	clauses := q.orderValues(m, there)
	clauses = append(clauses, q.textValues(m, there)...)
	if len(clauses) > 0 {
		return nil, clauses
	}
	return m, nil
}

// inZone are the instants and days of which one is the other in the user's zone.
var inZone = [...][2]string{{"now", "today"}, {"item.start", "item.start_date"}, {"item.end", "item.end_date"}}

// rank puts the session's day first, and days before the rest.
func rank(v *variable) int {
	switch {
	case v.name == "today":
		return 0
	case v.typ == state.Day:
		return 1
	case v.name == "now":
		return 2
	}
	return 3
}

// orderValues chooses days, instants and numbers.
func (q *question) orderValues(m *model, there []*variable) [][]sat.Lit {
	at := map[*variable]int{nil: 0}
	places := []*variable{nil}
	days, prefer := []bool{true}, []int64{0}
	// Days first, so that instants can be chosen near to the days that they are in.
	there = slices.Clone(there)
	slices.SortStableFunc(there, func(a, b *variable) int { return cmp.Compare(rank(a), rank(b)) })
	for _, v := range there {
		if v.typ != state.Day && v.typ != state.Instant && v.typ != state.Number {
			continue
		}
		at[v] = len(places)
		places = append(places, v)
		days = append(days, v.typ == state.Day)
		switch v.typ {
		case state.Day:
			prefer = append(prefer, floorDay(noon.UnixNano()))
		case state.Instant:
			prefer = append(prefer, noon.UnixNano())
		default:
			prefer = append(prefer, 0)
		}
	}
	var constants []float64
	for _, key := range q.keys {
		if b := q.bounds[key]; b.x.typ == state.Number && b.y == nil {
			constants = append(constants, b.number)
		}
	}
	slices.Sort(constants)
	constants = slices.Compact(constants)
	all := newBounds(days)
	near := map[int]int{} // instants to their days
	for _, key := range q.keys {
		b := q.bounds[key]
		x, ok := at[b.x]
		y, ok2 := at[b.y]
		if !ok || !ok2 {
			continue
		}
		most := b.most
		if b.x.typ == state.Number && b.y == nil {
			most = place(constants, b.number)
			if b.strict {
				most--
			}
		}
		why := []sat.Lit{q.chosen(b.lit), -b.x.null}
		if b.y != nil {
			why = append(why, -b.y.null)
		}
		if q.solver.Value(b.lit) {
			all.add(x, y, most, why)
		} else {
			all.add(y, x, -most-1, why)
		}
	}
	for _, pair := range inZone {
		if instant, day := at[q.vars[pair[0]]], at[q.vars[pair[1]]]; instant > 0 && day > 0 {
			// The zone is anybody's: up to 14 hours ahead of UTC, up to 12 behind.
			why := []sat.Lit{-places[instant].null, -places[day].null}
			most := dayNanos + 12*int64(time.Hour)
			if pair[0] != "item.end" {
				most-- // an end may be the first instant after its day
			}
			all.add(day, instant, 14*int64(time.Hour), why)
			all.add(instant, day, most, why)
			near[instant] = day
		}
	}
	q.left -= len(places) * len(places) * len(places)
	if why, ok := all.tighten(); !ok {
		return [][]sat.Lit{negated(why)}
	}
	for i, n := range all.solve(prefer, near) {
		v := places[i]
		switch {
		case v == nil:
		case v.typ == state.Day:
			m.values[v] = state.DayValue(state.Date(n / dayNanos))
		case v.typ == state.Instant:
			m.values[v] = state.InstantValue(time.Unix(0, n))
		default:
			m.values[v] = state.NumberValue(numberAt(constants, n))
		}
	}
	return nil
}

func negated(lits []sat.Lit) []sat.Lit {
	out := make([]sat.Lit, len(lits))
	for i, l := range lits {
		out[i] = -l
	}
	return out
}

// block rules out what was chosen, all tests of it, so that something else is tried.
func (q *question) block() {
	var clause []sat.Lit
	for _, v := range q.order {
		if v.null != -q.yes {
			clause = append(clause, -q.chosen(v.null))
		}
		if v.truth != 0 {
			clause = append(clause, -q.chosen(v.truth))
		}
		for _, t := range v.tests {
			clause = append(clause, -q.chosen(t.lit))
		}
	}
	for _, key := range q.keys {
		clause = append(clause, -q.chosen(q.bounds[key].lit))
	}
	for _, pair := range q.pairs {
		clause = append(clause, -q.chosen(q.same[pair]))
	}
	for _, r := range q.relations {
		clause = append(clause, -q.chosen(r.lit))
	}
	for _, l := range q.free {
		clause = append(clause, -q.chosen(l))
	}
	q.require(clause...)
}
