package prove

import (
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

// orderValues chooses days, instants and numbers.
func (q *question) orderValues(m *model, there []*variable) [][]sat.Lit {
	at := map[*variable]int{nil: 0}
	places := []*variable{nil}
	days, prefer := []bool{true}, []int64{0}
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
	if now, today := at[q.vars["now"]], at[q.vars["today"]]; now > 0 && today > 0 {
		// The zone is anybody's: up to 14 hours ahead of UTC, up to 12 behind.
		all.add(today, now, 14*int64(time.Hour), nil)
		all.add(now, today, dayNanos+12*int64(time.Hour)-1, nil)
	}
	if why, ok := all.tighten(); !ok {
		return [][]sat.Lit{negated(why)}
	}
	for i, n := range all.solve(prefer) {
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

// textValues chooses texts: one for each class of variables that are to be equal,
// other than those of the classes it is to differ from.
func (q *question) textValues(m *model, there []*variable) [][]sat.Lit {
	class := map[*variable]*textClass{}
	var classes []*textClass
	for _, v := range there {
		if v.typ == state.Text {
			c := &textClass{members: []*variable{v}}
			class[v] = c
			classes = append(classes, c)
		}
	}
	var differ [][2]*variable
	for _, pair := range q.pairs {
		a, b := class[pair[0]], class[pair[1]]
		switch l := q.same[pair]; {
		case a == nil || b == nil:
		case !q.solver.Value(l):
			differ = append(differ, pair)
		case a != b:
			a.members, a.why = append(a.members, b.members...), append(append(a.why, b.why...), l)
			for _, v := range b.members {
				class[v] = a
			}
			b.members = nil
		}
	}
	var clauses [][]sat.Lit
	for _, pair := range differ {
		a, b := class[pair[0]], class[pair[1]]
		if a == b {
			clauses = append(clauses, negated(append(q.because(a), -q.same[pair])))
			continue
		}
		a.others, b.others = append(a.others, b), append(b.others, a)
		a.unlike, b.unlike = append(a.unlike, -q.same[pair]), append(b.unlike, -q.same[pair])
	}
	if len(clauses) > 0 {
		return clauses
	}
	for _, c := range classes {
		if len(c.members) == 0 {
			continue
		}
		if clause := q.classTexts(c); clause != nil {
			clauses = append(clauses, clause)
		}
	}
	if len(clauses) > 0 {
		return clauses
	}
	return q.different(m, classes)
}

// textClass is texts that are to be equal, for the reasons why, with what they could
// be, and the classes that they differ from.
type textClass struct {
	members []*variable
	why     []sat.Lit
	others  []*textClass
	unlike  []sat.Lit
	could   []string
	whole   bool // there is nothing else that they could be
	is      string
}

// because are the reasons that the members of a class are there and equal.
func (q *question) because(c *textClass) []sat.Lit {
	out := slices.Clone(c.why)
	for _, v := range c.members {
		out = append(out, -v.null)
	}
	return out
}

// classTexts finds what a class could be; a clause that says why nothing.
func (q *question) classTexts(c *textClass) []sat.Lit {
	var tests []wanted
	var why []sat.Lit
	refused := map[string]bool{}
	var equal *ownTest
	for _, v := range c.members {
		for i, t := range v.tests {
			want := q.solver.Value(t.lit)
			plain := t.op == testEquals && len(t.funcs) == 0
			switch {
			case plain && want:
				equal = &v.tests[i]
			case plain:
				refused[t.text] = true
			default:
				tests, why = append(tests, wanted{t.textTest, want}), append(why, q.chosen(t.lit))
			}
		}
	}
	if equal != nil {
		for _, v := range c.members {
			for _, t := range v.tests {
				if t.holds(equal.text) != q.solver.Value(t.lit) {
					return negated(append(q.because(c), equal.lit, q.chosen(t.lit)))
				}
			}
		}
		c.could, c.whole = []string{equal.text}, true
		return nil
	}
	need := len(refused) + len(c.others) + 1
	found, whole, ok := words(tests, need)
	if !ok && len(found) == 0 {
		q.gap("the tests of %s are too many to be tried together", c.members[0].name)
		return negated(append(q.because(c), why...))
	}
	if len(found) == 0 {
		return negated(append(q.because(c), q.culprits(tests, why)...))
	}
	c.whole = whole
	for _, text := range found {
		if !refused[text] {
			c.could = append(c.could, text)
		}
	}
	if len(c.could) == 0 {
		if !ok {
			q.gap("the tests of %s are too many to be tried together", c.members[0].name)
		}
		reasons := append(q.because(c), why...)
		for _, v := range c.members {
			for _, t := range v.tests {
				if t.op == testEquals && len(t.funcs) == 0 {
					reasons = append(reasons, -t.lit)
				}
			}
		}
		return negated(reasons)
	}
	return nil
}

// culprits leaves out reasons without which the tests still exclude each other.
func (q *question) culprits(tests []wanted, why []sat.Lit) []sat.Lit {
	for i := len(tests) - 1; i >= 0; i-- {
		fewer := slices.Delete(slices.Clone(tests), i, i+1)
		if found, _, ok := words(fewer, 1); ok && len(found) == 0 {
			tests, why = fewer, slices.Delete(slices.Clone(why), i, i+1)
		}
	}
	return why
}

// maxColouring bounds the search for texts that differ.
const maxColouring = 20_000

// different chooses among what the classes could be, so that those that differ do.
func (q *question) different(m *model, classes []*textClass) [][]sat.Lit {
	classes = slices.DeleteFunc(classes, func(c *textClass) bool { return len(c.members) == 0 })
	// The fewest choices first; classes of many choices always find one.
	slices.SortStableFunc(classes, func(a, b *textClass) int { return len(a.could) - len(b.could) })
	steps := 0
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(classes) {
			return true
		}
		for _, text := range classes[i].could {
			if steps++; steps > maxColouring {
				return false
			}
			classes[i].is = text
			if !slices.ContainsFunc(classes[i].others, func(o *textClass) bool { return o.is == text }) && try(i+1) {
				return true
			}
			classes[i].is = ""
		}
		return false
	}
	if !try(0) {
		if steps > maxColouring {
			q.gap("too many texts are to differ from each other")
		}
		var why []sat.Lit
		for _, c := range classes {
			why = append(why, q.because(c)...)
			why = append(why, c.unlike...)
			for _, v := range c.members {
				for _, t := range v.tests {
					why = append(why, q.chosen(t.lit))
				}
			}
		}
		slices.Sort(why)
		return [][]sat.Lit{negated(slices.Compact(why))}
	}
	for _, c := range classes {
		for _, v := range c.members {
			m.values[v] = state.TextValue(c.is)
		}
	}
	return nil
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
	for _, l := range q.free {
		clause = append(clause, -q.chosen(l))
	}
	if len(clause) > 0 {
		q.gap("not everything that was chosen could be built")
	}
	q.require(clause...)
}
