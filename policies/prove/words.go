package prove

import (
	"slices"

	"weir/internal/sat"
	"weir/policies/cond"
	"weir/state"
)

// This file chooses texts: one for each class of variables that are to be equal,
// such that it passes the tests of all of them, differs from those it is to differ
// from, and stands to others as was chosen.

// textClass is texts that are to be equal, for the reasons why, with what they could
// be, and the classes that they differ from.
type textClass struct {
	members []*variable
	why     []sat.Lit
	others  []*textClass
	unlike  []sat.Lit
	tests   []wanted // save those for being one text
	equal   string   // what it is to be, "" for anything
	refused map[string]bool
	related []relation
	could   []string
	is      string
}

// textValues chooses texts, or clauses that say why there are none.
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
	if clauses := q.join(class); len(clauses) > 0 {
		return clauses
	}
	classes = slices.DeleteFunc(classes, func(c *textClass) bool { return len(c.members) == 0 })
	for _, r := range q.relations {
		a, b := class[r.left.of], class[r.right.of]
		if a == nil || b == nil || q.isNull(r.left) || q.isNull(r.right) {
			continue
		}
		a.related = append(a.related, r)
		if b != a {
			b.related = append(b.related, r)
		}
	}
	var clauses [][]sat.Lit
	for _, c := range classes {
		if clause := q.classTexts(c); clause != nil {
			clauses = append(clauses, clause)
		}
	}
	if len(clauses) > 0 {
		return clauses
	}
	return q.together(m, class, classes)
}

// join makes one class of variables that are to be equal, and says who differs.
func (q *question) join(class map[*variable]*textClass) (clauses [][]sat.Lit) {
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
	for _, pair := range differ {
		a, b := class[pair[0]], class[pair[1]]
		if a == b {
			clauses = append(clauses, negated(append(q.because(a), -q.same[pair])))
			continue
		}
		a.others, b.others = append(a.others, b), append(b.others, a)
		a.unlike, b.unlike = append(a.unlike, -q.same[pair]), append(b.unlike, -q.same[pair])
	}
	return clauses
}

// because are the reasons that the members of a class are there and equal.
func (q *question) because(c *textClass) []sat.Lit {
	out := slices.Clone(c.why)
	for _, v := range c.members {
		out = append(out, -v.null)
	}
	return out
}

// classTexts finds what a class could be by itself; a clause that says why nothing.
// A text is looked for that passes the tests it is to pass; of those it is to fail,
// most fail by themselves, and only the others take part.
func (q *question) classTexts(c *textClass) []sat.Lit {
	c.refused = map[string]bool{}
	var why []sat.Lit // of tests
	var equal sat.Lit
	for _, v := range c.members {
		for _, t := range v.tests {
			want := q.solver.Value(t.lit)
			plain := t.op == testEquals && len(t.funcs) == 0
			switch {
			case plain && want:
				c.equal, equal = t.text, t.lit
			case plain:
				c.refused[t.text] = true
			default:
				c.tests, why = append(c.tests, wanted{t.textTest, want}), append(why, q.chosen(t.lit))
			}
		}
	}
	if equal != 0 {
		c.could = []string{c.equal}
		for _, v := range c.members {
			for _, t := range v.tests {
				if t.holds(c.equal) != q.solver.Value(t.lit) {
					return negated(append(q.because(c), equal, q.chosen(t.lit)))
				}
			}
		}
		return nil
	}
	var active []int
	for i, t := range c.tests {
		if t.want {
			active = append(active, i)
		}
	}
	each := len(c.others) + 1
	need := each
	for {
		tests, reasons := make([]wanted, len(active)), make([]sat.Lit, len(active))
		for k, i := range active {
			tests[k], reasons[k] = c.tests[i], why[i]
		}
		found, whole, ok := q.words(tests, need, c.refused, each)
		if len(found) == 0 {
			if ok {
				reasons = q.culprits(tests, reasons)
			} else {
				q.gap("the tests of %s are too many to be tried together", c.members[0].name)
			}
			return negated(append(q.because(c), reasons...))
		}
		before := len(active)
		for i, t := range c.tests {
			passes := func(text string) bool { return t.holds(text) == t.want }
			if !slices.Contains(active, i) && !all(found, passes) {
				active = append(active, i)
			}
		}
		if len(active) > before {
			continue
		}
		c.could = nil
		for _, text := range found {
			if !c.refused[text] {
				c.could = append(c.could, text)
			}
		}
		if len(c.could) < each && ok && !whole && need < len(c.refused)+each {
			need = min(need+len(found)-len(c.could), len(c.refused)+each)
			continue
		}
		if len(c.could) > 0 {
			return nil
		}
		if !ok {
			q.gap("the tests of %s are too many to be tried together", c.members[0].name)
		}
		for _, v := range c.members {
			for _, t := range v.tests {
				if t.op == testEquals && len(t.funcs) == 0 {
					reasons = append(reasons, -t.lit)
				}
			}
		}
		return negated(append(q.because(c), reasons...))
	}
}

func all[T any](list []T, is func(T) bool) bool {
	return !slices.ContainsFunc(list, func(x T) bool { return !is(x) })
}

// passes tests a text as the class asks.
func (c *textClass) passes(text string) bool {
	return !c.refused[text] && (c.equal == "" || c.equal == text) &&
		all(c.tests, func(t wanted) bool { return t.holds(text) == t.want })
}

// culprits leaves out reasons without which the tests still exclude each other.
func (q *question) culprits(tests []wanted, why []sat.Lit) []sat.Lit {
	for i := len(tests) - 1; i >= 0; i-- {
		fewer := slices.Delete(slices.Clone(tests), i, i+1)
		if found, _, ok := q.words(fewer, 1, nil, 1); ok && len(found) == 0 {
			tests, why = fewer, slices.Delete(slices.Clone(why), i, i+1)
		}
	}
	return why
}

// The bounds of the search for texts that fit each other: choices tried, and, where
// texts are compared with each other, how many are tried of each.
const (
	maxColouring  = 20_000
	maxRelated    = 300
	relatedChoice = 8
)

// together chooses among what the classes could be, so that those that are to differ
// do and those compared with each other stand as was chosen. Without comparisons the
// search is complete.
func (q *question) together(m *model, class map[*variable]*textClass, classes []*textClass) [][]sat.Lit {
	// The fewest choices first; classes of many choices always find one.
	slices.SortStableFunc(classes, func(a, b *textClass) int { return len(a.could) - len(b.could) })
	related := slices.ContainsFunc(classes, func(c *textClass) bool { return len(c.related) > 0 })
	steps, bound := 0, maxColouring
	if related {
		bound = maxRelated
	}
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(classes) {
			return true
		}
		c := classes[i]
		for _, text := range q.choices(c, class) {
			if steps++; steps > bound {
				return false
			}
			c.is = text
			if !slices.ContainsFunc(c.others, func(o *textClass) bool { return o.is == text }) && q.stands(c, class) && try(i+1) {
				return true
			}
			c.is = ""
		}
		return false
	}
	if try(0) {
		for _, c := range classes {
			for _, v := range c.members {
				m.values[v] = state.TextValue(c.is)
			}
		}
		return nil
	}
	if related {
		q.gap("not every text was tried for those that are compared with each other")
	} else if steps > bound {
		q.gap("too many texts are to differ from each other")
	}
	return [][]sat.Lit{q.refuse(classes)}
}

// refuse is the clause against everything that was chosen of texts.
func (q *question) refuse(classes []*textClass) []sat.Lit {
	var why []sat.Lit
	for _, c := range classes {
		why = append(append(why, q.because(c)...), c.unlike...)
		for _, v := range c.members {
			for _, t := range v.tests {
				why = append(why, q.chosen(t.lit))
			}
		}
		for _, r := range c.related {
			why = append(why, q.chosen(r.lit))
		}
	}
	slices.Sort(why)
	return negated(slices.Compact(why))
}

// choices are texts that a class could be, given what others are.
func (q *question) choices(c *textClass, class map[*variable]*textClass) []string {
	if len(c.related) == 0 {
		return c.could
	}
	if c.equal != "" {
		return c.could
	}
	tests := slices.Clone(c.tests)
	var parts []string
	for _, r := range c.related {
		want := q.solver.Value(r.lit)
		left, right := class[r.left.of], class[r.right.of]
		switch {
		case right != c && right.is != "":
			if text := r.right.apply(right.is); text != "" {
				tests = append(tests, wanted{textTest{funcs: r.left.funcs, op: r.op, text: text}, want})
			}
		case left != c && left.is != "":
			text := r.left.apply(left.is)
			switch {
			case text == "":
			case r.op == testEquals:
				tests = append(tests, wanted{textTest{funcs: r.right.funcs, op: testEquals, text: text}, want})
			case r.op == testBefore: // the other is before this one
				tests = append(tests, wanted{textTest{funcs: r.right.funcs, op: testUpTo, text: text}, !want})
			case want:
				parts = append(parts, partsOf(text, r.op)...)
			}
		}
	}
	for _, r := range c.related { // so that the characters that they tell apart are tried
		for _, t := range [...]textTerm{r.left, r.right} {
			tests = append(tests, wanted{textTest{funcs: t.funcs, op: testShorter}, false})
		}
	}
	found, _, _ := q.words(tests, relatedChoice+len(c.refused)+len(c.others), c.refused, len(c.others)+1)
	return slices.DeleteFunc(append(parts, found...), func(text string) bool { return !c.passes(text) })
}

// maxPartsOf bounds the parts of a text that are tried.
const maxPartsOf = 200

// partsOf are the texts that a text starts with, ends with or contains.
func partsOf(text string, op testOp) []string {
	var out []string
	runes := []rune(text)
	for i := range runes {
		for j := i + 1; j <= len(runes) && len(out) < maxPartsOf; j++ {
			if op == testPrefix && i > 0 || op == testSuffix && j < len(runes) {
				continue
			}
			out = append(out, string(runes[i:j]))
		}
	}
	return out
}

// stands reports that a class stands to all that have a text as was chosen.
func (q *question) stands(c *textClass, class map[*variable]*textClass) bool {
	return all(c.related, func(r relation) bool {
		left, right := class[r.left.of].is, class[r.right.of].is
		if left == "" || right == "" {
			return true
		}
		l, w := r.left.apply(left), r.right.apply(right)
		return l != "" && w != "" && textTest{op: r.op, text: w}.holds(l) == q.solver.Value(r.lit)
	})
}

// textTerm is what functions, the innermost first, make of a variable.
type textTerm struct {
	of    *variable
	funcs []cond.FuncName
}

func (t textTerm) key() string { return t.of.name + "\x01" + textTest{funcs: t.funcs}.key() }

// apply is what they make of a text.
func (t textTerm) apply(text string) string {
	for _, f := range t.funcs {
		text = f.Apply(text)
	}
	return text
}

// relation is the test of one text against another: equality, order, prefix, suffix
// or part; it says something only where neither is empty.
type relation struct {
	op          testOp
	left, right textTerm
	lit         sat.Lit
}

// isNull reports that a term was chosen to be empty.
func (q *question) isNull(t textTerm) bool { return q.solver.Value(q.nullOf(t)) }

// nullOf is the literal that a term is empty.
func (q *question) nullOf(t textTerm) sat.Lit {
	if len(t.funcs) == 0 {
		return t.of.null
	}
	return -q.testOn(t.of, textTest{funcs: t.funcs, op: testNotEmpty})
}

// relation is the literal that two terms, neither of them empty, stand so.
func (q *question) relation(op testOp, left, right textTerm) sat.Lit {
	l, r := left.key(), right.key()
	switch {
	case l == r:
		return q.constant(op != testBefore)
	case left.of == right.of && !slices.Contains(left.funcs, cond.Domain) && !slices.Contains(right.funcs, cond.Domain):
		// Of one length: the one starts with the other only if they are the same.
		if op == testBefore {
			return q.testOn(left.of, textTest{funcs: left.funcs, other: right.funcs, op: testFirst})
		}
		return q.testOn(left.of, textTest{funcs: left.funcs, other: right.funcs, op: testSame})
	case op == testEquals && len(left.funcs) == 0 && len(right.funcs) == 0:
		return q.equal(left.of, right.of)
	case op == testEquals && l > r:
		return q.relation(op, right, left)
	case op == testBefore && l > r:
		return q.all(-q.relation(testBefore, right, left), -q.relation(testEquals, left, right))
	}
	key := l + "\x02" + r + "\x02" + string(rune('0'+op))
	if at, ok := q.related[key]; ok {
		return q.relations[at].lit
	}
	x := relation{op, left, right, q.solver.New(false)}
	q.related[key] = len(q.relations)
	q.relations = append(q.relations, x)
	return x.lit
}

// maxTerms bounds the terms of which all that follows is said beforehand; with more
// of them the search is left to find out.
const maxTerms = 8

// relateTexts says what follows from comparisons of texts with each other.
func (q *question) relateTexts() {
	if len(q.relations) == 0 {
		return
	}
	var terms []textTerm
	add := func(t textTerm) {
		if !slices.ContainsFunc(terms, func(u textTerm) bool { return u.key() == t.key() }) {
			terms = append(terms, t)
		}
	}
	ops := map[testOp]bool{testEquals: true}
	for _, r := range q.relations {
		add(r.left)
		add(r.right)
		ops[r.op] = true
	}
	if len(terms) > maxTerms {
		return
	}
	for _, r := range slices.Clone(q.relations) {
		q.carry(r)
	}
	for _, pair := range slices.Clone(q.pairs) {
		q.carry(relation{testEquals, textTerm{of: pair[0]}, textTerm{of: pair[1]}, q.same[pair]})
		for _, a := range terms {
			b := textTerm{pair[1], a.funcs}
			if a.of == pair[0] && len(a.funcs) > 0 && slices.ContainsFunc(terms, func(u textTerm) bool { return u.key() == b.key() }) {
				q.follows(q.relation(testEquals, a, b), q.same[pair])
			}
		}
	}
	for _, a := range terms {
		for _, b := range terms {
			q.pairwise(a, b, ops)
			for _, c := range terms {
				q.transitive(a, b, c, ops)
			}
		}
	}
}

// follows says that a literal follows from others.
func (q *question) follows(then sat.Lit, from ...sat.Lit) {
	q.require(append(negated(from), then)...)
}

// there are the literals that terms are not empty.
func (q *question) there(terms ...textTerm) []sat.Lit {
	var out []sat.Lit
	for _, t := range terms {
		out = append(out, -q.nullOf(t))
	}
	return out
}

func (q *question) pairwise(a, b textTerm, ops map[testOp]bool) {
	if a.key() == b.key() {
		return
	}
	given := q.there(a, b)
	is := func(op testOp) sat.Lit { return q.relation(op, a, b) }
	for _, op := range [...]testOp{testPrefix, testSuffix, testContains} {
		if !ops[op] {
			continue
		}
		q.follows(is(op), append(given, is(testEquals))...)
		q.follows(is(testEquals), append(given, is(op), q.relation(op, b, a))...)
		if op != testContains && ops[testContains] {
			q.follows(is(testContains), append(given, is(op))...)
		}
	}
	if ops[testBefore] {
		q.follows(-is(testEquals), append(given, is(testBefore))...)
		if ops[testPrefix] {
			q.follows(-is(testBefore), append(given, is(testPrefix))...)
		}
	}
}

func (q *question) transitive(a, b, c textTerm, ops map[testOp]bool) {
	if a.key() == b.key() || b.key() == c.key() || a.key() == c.key() {
		return
	}
	given := q.there(a, b, c)
	for _, op := range [...]testOp{testEquals, testBefore, testPrefix, testSuffix, testContains} {
		if !ops[op] {
			continue
		}
		x, y, z := q.relation(op, a, b), q.relation(op, b, c), q.relation(op, a, c)
		q.follows(z, append(given, x, y)...)
		if op != testEquals {
			q.follows(z, append(given, q.relation(testEquals, a, b), y)...)
			q.follows(z, append(given, x, q.relation(testEquals, b, c))...)
		}
	}
}

// carry says what a comparison means for the tests of its sides against constants.
func (q *question) carry(r relation) {
	given := append(q.there(r.left, r.right), r.lit)
	onto := func(from, to textTerm, when func(testOp) bool, then func(have, other sat.Lit)) {
		for _, t := range slices.Clone(from.of.tests) {
			if t.op == testSame || t.op == testFirst || len(t.funcs) < len(from.funcs) || !slices.Equal(t.funcs[:len(from.funcs)], from.funcs) || !when(t.op) {
				continue
			}
			moved := t.textTest
			moved.funcs = slices.Concat(to.funcs, t.funcs[len(from.funcs):])
			then(t.lit, q.testOn(to.of, moved))
		}
	}
	always := func(testOp) bool { return true }
	is := func(ops ...testOp) func(testOp) bool {
		return func(op testOp) bool { return slices.Contains(ops, op) }
	}
	implied := func(have, other sat.Lit) { q.follows(other, append(slices.Clone(given), have)...) }
	implies := func(have, other sat.Lit) { q.follows(have, append(slices.Clone(given), other)...) }
	switch r.op {
	case testEquals:
		onto(r.left, r.right, always, func(have, other sat.Lit) { implied(have, other); implies(have, other) })
		onto(r.right, r.left, always, func(have, other sat.Lit) { implied(have, other); implies(have, other) })
	case testBefore: // left < right: what bounds the right from above bounds the left
		onto(r.right, r.left, is(testBefore, testUpTo), implied)
		onto(r.left, r.right, is(testBefore, testUpTo), implies)
	case testPrefix: // what the right starts with or contains, so does the left
		onto(r.right, r.left, is(testPrefix, testContains), implied)
		onto(r.left, r.right, is(testPrefix, testContains), implies)
	case testSuffix:
		onto(r.right, r.left, is(testSuffix, testContains), implied)
		onto(r.left, r.right, is(testSuffix, testContains), implies)
	case testContains:
		onto(r.right, r.left, is(testContains), implied)
		onto(r.left, r.right, is(testContains), implies)
	}
}
