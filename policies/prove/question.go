package prove

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"unicode/utf8"

	"weir/internal/sat"
	"weir/policies/cond"
	"weir/state"
)

// question is conditions as clauses.
type question struct {
	Domain
	solver    sat.Solver
	left      int     // steps of work
	yes       sat.Lit // always true
	vars      map[string]*variable
	order     []*variable // as first met
	lists     map[string]*list
	sizes     map[string]int
	gates     map[string]sat.Lit
	tests     map[string]sat.Lit // of texts
	bounds    map[string]boundTest
	same      map[[2]*variable]sat.Lit
	related   map[string]int // places in relations
	relations []relation
	pairs     [][2]*variable        // the keys of same
	keys      []string              // of bounds, in order
	known     map[cond.Expr]sat.Lit // outside quantifiers
	free      []sat.Lit             // parts without a theory
	opaque    []string              // what they are
	read      [2]cond.Refs          // by the conditions
	gaps      []string
}

// variable is a scalar that things have: an attribute, a fact, a field of a list's
// member, the instant.
type variable struct {
	name  string
	term  cond.Term
	typ   state.Type
	null  sat.Lit
	truth sat.Lit // of a bool
	tests []ownTest
}

type ownTest struct {
	textTest
	lit sat.Lit
}

// list is a list with room for members, of which the first ones are there.
type list struct {
	term    cond.Term
	null    sat.Lit
	there   []sat.Lit
	members []map[cond.Field]*variable
}

// boundTest is the test that x lies at most most above y; y is nil for the origin.
type boundTest struct {
	x, y   *variable
	most   int64
	number float64 // of numbers: the constant, if y is nil
	strict bool    // numbers: <
	lit    sat.Lit
}

func newQuestion(of Domain) *question {
	q := &question{Domain: of, vars: map[string]*variable{}, lists: map[string]*list{}, sizes: map[string]int{}, gates: map[string]sat.Lit{},
		tests: map[string]sat.Lit{}, bounds: map[string]boundTest{}, same: map[[2]*variable]sat.Lit{}, related: map[string]int{}, known: map[cond.Expr]sat.Lit{}}
	q.yes = q.solver.New(true)
	q.solver.Add(q.yes)
	return q
}

func (q *question) require(lits ...sat.Lit) { q.solver.Add(lits...) }

func (q *question) constant(b bool) sat.Lit {
	if b {
		return q.yes
	}
	return -q.yes
}

// all is the conjunction of literals.
func (q *question) all(lits ...sat.Lit) sat.Lit {
	list := slices.Clone(lits)
	slices.Sort(list)
	list = slices.Compact(list)
	list = slices.DeleteFunc(list, func(l sat.Lit) bool { return l == q.yes })
	for _, l := range list {
		if l == -q.yes || slices.Contains(list, -l) && l > 0 {
			return -q.yes
		}
		if l > 0 {
			break
		}
	}
	switch len(list) {
	case 0:
		return q.yes
	case 1:
		return list[0]
	}
	key := fmt.Sprint(list)
	if g, ok := q.gates[key]; ok {
		return g
	}
	g := q.solver.New(false)
	q.gates[key] = g
	back := []sat.Lit{g}
	for _, l := range list {
		q.require(-g, l)
		back = append(back, -l)
	}
	q.require(back...)
	return g
}

func (q *question) any(lits ...sat.Lit) sat.Lit {
	list := make([]sat.Lit, len(lits))
	for i, l := range lits {
		list[i] = -l
	}
	return -q.all(list...)
}

// size finds how many members lists need: one for each part that asks for one and
// one more than the largest size asked for.
func (q *question) size(e cond.Expr, positive bool, times int) {
	switch e := e.(type) {
	case *cond.Not:
		q.size(e.X, !positive, times)
	case *cond.And:
		for _, x := range e.All {
			q.size(x, positive, times)
		}
	case *cond.Or:
		for _, x := range e.Any {
			q.size(x, positive, times)
		}
	case *cond.Quantifier:
		name := e.Over.String()
		if positive == (e.Quantity == cond.Exists) {
			q.grow(name, times)
		}
		q.size(e.Body, positive, times*max(q.sizes[name], 1))
	case *cond.Has:
		if positive {
			q.grow(e.List.String(), times)
		}
	case *cond.Compare:
		for _, pair := range [...][2]cond.Term{{e.Left, e.Right}, {e.Right, e.Left}} {
			size, ok := pair[0].(cond.Size)
			lit, ok2 := pair[1].(cond.Literal)
			if ok && ok2 && isList(size.Of) {
				q.sizes[size.Of.String()] = max(q.sizes[size.Of.String()], int(min(max(lit.Value.Number(), 0), 1000))+1)
			}
		}
	case *cond.In:
		if size, ok := e.Of.(cond.Size); ok && isList(size.Of) {
			for _, m := range e.Members {
				q.sizes[size.Of.String()] = max(q.sizes[size.Of.String()], int(min(max(m.Number(), 0), 1000))+1)
			}
		}
	}
}

func (q *question) grow(name string, by int) { q.sizes[name] = min(q.sizes[name]+by, 1000) }

func isList(t cond.Term) bool { return t.Type() == state.Texts || t.Type() == state.People }

// expr makes a condition a literal; env are the members that the variables of the
// quantifiers around it stand for, innermost last.
func (q *question) expr(e cond.Expr, env []map[cond.Field]*variable) sat.Lit {
	if q.solver.Variables() > maxParts {
		return q.yes
	}
	if len(env) > 0 {
		return q.encode(e, env)
	}
	l, ok := q.known[e] // lists of rules say the same again and again
	if !ok {
		l = q.encode(e, nil)
		q.known[e] = l
	}
	return l
}

func (q *question) encode(e cond.Expr, env []map[cond.Field]*variable) sat.Lit {
	switch e := e.(type) {
	case cond.Const:
		return q.constant(bool(e))
	case *cond.Not:
		return -q.expr(e.X, env)
	case *cond.And:
		return q.all(q.each(e.All, env)...)
	case *cond.Or:
		return q.any(q.each(e.Any, env)...)
	case *cond.Test:
		if v := q.scalar(e.Of, env); v != nil && v.typ == state.Bool {
			return q.all(-v.null, v.truth)
		}
	case *cond.Empty:
		return q.null(e.Of, env)
	case *cond.Compare:
		return q.compare(e.Op, e.Left, e.Right, env, e)
	case *cond.In:
		var any []sat.Lit
		for _, m := range e.Members {
			if !m.IsKnown() {
				continue // what is empty is in no list
			}
			any = append(any, q.compare(cond.Equal, e.Of, cond.Literal{Value: m}, env, e))
		}
		return q.any(any...)
	case *cond.Has:
		return q.has(e, env)
	case *cond.Text:
		if lit, ok := e.Part.(cond.Literal); ok {
			return q.text(e.Of, textTest{op: testOp(e.Op) + testEquals, text: lit.Value.Text()}, env, e)
		}
		return q.textPart(e, env)
	case *cond.Match:
		return q.text(e.Of, textTest{op: testMatches, text: e.Pattern}, env, e)
	case *cond.Quantifier:
		return q.quantifier(e, env)
	}
	return q.unknown(e, env)
}

func (q *question) each(list []cond.Expr, env []map[cond.Field]*variable) []sat.Lit {
	out := make([]sat.Lit, len(list))
	for i, e := range list {
		out[i] = q.expr(e, env)
	}
	return out
}

// unknown is a part without a theory: it may be true or false of anything.
func (q *question) unknown(e cond.Expr, env []map[cond.Field]*variable) sat.Lit {
	why := "there is no theory for " + e.String()
	if o, ok := e.(*cond.Opaque); ok {
		why = fmt.Sprintf("%s cannot be looked into: %s", o, o.Why)
	}
	if !slices.Contains(q.opaque, why) {
		q.opaque = append(q.opaque, why)
	}
	key := cond.Identity(e)
	for _, members := range env {
		for _, f := range []cond.Field{cond.Itself, cond.AttendeeEmail, cond.AttendeeName, cond.AttendeeResponse} {
			if v := members[f]; v != nil {
				key += "\x00" + v.name
			}
		}
	}
	if l, ok := q.gates[key]; ok {
		return l
	}
	// What it reads takes part in the thing all the same.
	for _, a := range cond.Reads(e).Attrs {
		if !isList(cond.Attr{Attr: a}) {
			q.scalar(cond.Attr{Attr: a}, nil)
		}
	}
	l := q.solver.New(false)
	q.gates[key] = l
	q.free = append(q.free, l)
	return l
}

// scalar is the variable of a term, nil for terms that are none. What the kind or
// side has no place for is null.
func (q *question) scalar(t cond.Term, env []map[cond.Field]*variable) *variable {
	switch t := t.(type) {
	case cond.Var:
		if at := len(env) - 1 - t.Depth; at >= 0 {
			return env[at][t.Field]
		}
		return nil
	case cond.Fact:
		switch t.Name {
		case cond.ActivityType:
			return q.scalar(cond.Attr{Attr: state.AttrSubtype}, nil)
		}
		return q.variable(t, t.Name == cond.LastDay || t.Name == cond.FirstDay || t.Name == cond.TouchedDay)
	case cond.Attr:
		if t.Attr == state.AttrOrganizerEmail && q.Side == state.Salesforce {
			t.Attr = state.AttrOwnerEmail // which is what it is there
		}
		return q.variable(t, t.Attr != state.AttrLinked)
	case cond.Now, cond.Today:
		return q.variable(t, false)
	case cond.UserAttr:
		return q.variable(t, t.Attr != state.UserID && t.Attr != state.UserEmail)
	case cond.Custom:
		return q.variable(t, true)
	}
	return nil
}

func (q *question) variable(t cond.Term, nullable bool) *variable {
	name := t.String()
	if c, ok := t.(cond.Custom); ok {
		name += "\x00" + c.Of.String()
	}
	if v := q.vars[name]; v != nil {
		return v
	}
	v := q.named(name, t, t.Type(), nullable)
	if a, ok := t.(cond.Attr); ok && !a.Attr.Describe().Has(q.Kind) {
		q.require(v.null)
	}
	return v
}

func (q *question) named(name string, t cond.Term, typ state.Type, nullable bool) *variable {
	v := &variable{name: name, term: t, typ: typ, null: -q.yes}
	if nullable {
		v.null = q.solver.New(true)
	}
	if typ == state.Bool {
		v.truth = q.solver.New(false)
	}
	q.vars[name] = v
	q.order = append(q.order, v)
	return v
}

// null is the literal that a term is empty.
func (q *question) null(t cond.Term, env []map[cond.Field]*variable) sat.Lit {
	switch t := t.(type) {
	case cond.Literal:
		return q.constant(!t.Value.IsKnown())
	case cond.Shift:
		return q.null(t.Of, env)
	case cond.Size:
		return -q.yes
	case cond.Func:
		return -q.text(t, textTest{op: testNotEmpty}, env, cond.IsNull(t))
	}
	if isList(t) {
		return q.list(t).null
	}
	if v := q.scalar(t, env); v != nil {
		return v.null
	}
	return q.unknown(cond.IsNull(t), env)
}

// text is a test of a text term against a constant.
func (q *question) text(t cond.Term, test textTest, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	var funcs []cond.FuncName
	for {
		f, ok := t.(cond.Func)
		if !ok {
			break
		}
		funcs = append(funcs, f.Name)
		t = f.Of
	}
	slices.Reverse(funcs)
	test.funcs = funcs
	needsText := test.op >= testEquals && test.op <= testUpTo
	if needsText && test.text == "" {
		return -q.yes
	}
	if test.op == testMatches {
		test.re = regexp.MustCompile(test.text) // the condition was compiled with it
	}
	if l, ok := t.(cond.Literal); ok {
		return q.constant(test.holds(l.Value.Text()))
	}
	v := q.scalar(t, env)
	if v == nil || v.typ != state.Text || !utf8.ValidString(test.text) {
		return q.unknown(e, env)
	}
	return q.testOn(v, test)
}

// testOn is a test of a variable; false of an empty one, save that it is short.
func (q *question) testOn(v *variable, test textTest) sat.Lit {
	key := v.name + "\x01" + test.key()
	l, ok := q.tests[key]
	if !ok {
		l = q.solver.New(false)
		q.tests[key] = l
		v.tests = append(v.tests, ownTest{test, l})
	}
	if test.op == testShorter {
		return q.any(v.null, l) // what is empty has no characters
	}
	return q.all(-v.null, l)
}

// compare is a comparison of two terms.
func (q *question) compare(op cond.CompareOp, left, right cond.Term, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	if _, ok := left.(cond.Literal); ok {
		left, right, op = right, left, op.Mirror()
	}
	if size, ok := left.(cond.Size); ok {
		return q.sized(op, size, right, env, e)
	}
	switch left.Type() {
	case state.Text:
		return q.compareTexts(op, left, right, env, e)
	case state.Bool:
		return q.compareBools(op, left, right, env, e)
	case state.Day, state.Instant, state.Number:
		return q.compareOrder(op, left, right, env, e)
	}
	return q.unknown(e, env)
}

func (q *question) compareTexts(op cond.CompareOp, left, right cond.Term, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	if lit, ok := right.(cond.Literal); ok {
		if !lit.Value.IsKnown() {
			if op == cond.Equal {
				return q.null(left, env)
			}
			return -q.yes
		}
		test := func(op testOp) sat.Lit {
			return q.text(left, textTest{op: op, text: lit.Value.Text()}, env, e)
		}
		switch op {
		case cond.Equal:
			return test(testEquals)
		case cond.Less:
			return test(testBefore)
		case cond.LessEqual:
			return test(testUpTo)
		case cond.Greater:
			return q.all(-q.null(left, env), -test(testUpTo))
		case cond.GreaterEqual:
			return q.all(-q.null(left, env), -test(testBefore))
		}
	}
	l, ok := q.textTerm(left, env)
	r, ok2 := q.textTerm(right, env)
	if !ok || !ok2 {
		return q.unknown(e, env)
	}
	there := q.all(-q.nullOf(l), -q.nullOf(r))
	equal := q.relation(testEquals, l, r)
	switch op {
	case cond.Less:
		return q.all(there, q.relation(testBefore, l, r))
	case cond.LessEqual:
		return q.all(there, q.any(equal, q.relation(testBefore, l, r)))
	case cond.Greater:
		return q.all(there, q.relation(testBefore, r, l))
	case cond.GreaterEqual:
		return q.all(there, q.any(equal, q.relation(testBefore, r, l)))
	}
	return q.any(q.all(q.nullOf(l), q.nullOf(r)), q.all(there, equal))
}

// textTerm takes a term apart; not ok for those without a variable.
func (q *question) textTerm(t cond.Term, env []map[cond.Field]*variable) (out textTerm, ok bool) {
	for {
		f, isFunc := t.(cond.Func)
		if !isFunc {
			break
		}
		out.funcs = append(out.funcs, f.Name)
		t = f.Of
	}
	slices.Reverse(out.funcs)
	out.of = q.scalar(t, env)
	return out, out.of != nil && out.of.typ == state.Text
}

// textPart is a test for a part that is no constant.
func (q *question) textPart(e *cond.Text, env []map[cond.Field]*variable) sat.Lit {
	op := testOp(e.Op) + testEquals
	part, ok := q.textTerm(e.Part, env)
	if !ok {
		return q.unknown(e, env)
	}
	if lit, ok := e.Of.(cond.Literal); ok { // the part is one of those that it has
		parts := partsOf(lit.Value.Text(), op)
		if len(parts) == maxPartsOf {
			return q.unknown(e, env)
		}
		var any []sat.Lit
		for _, text := range parts {
			any = append(any, q.text(e.Part, textTest{op: testEquals, text: text}, env, e))
		}
		return q.any(any...)
	}
	of, ok := q.textTerm(e.Of, env)
	if !ok {
		return q.unknown(e, env)
	}
	return q.all(-q.nullOf(of), -q.nullOf(part), q.relation(op, of, part))
}

// equal is the literal that two texts that are there are the same.
func (q *question) equal(v, w *variable) sat.Lit {
	if v == w {
		return q.yes
	}
	if v.name > w.name {
		v, w = w, v
	}
	key := [2]*variable{v, w}
	l, ok := q.same[key]
	if !ok {
		l = q.solver.New(false)
		q.same[key] = l
		q.pairs = append(q.pairs, key)
	}
	return l
}

func (q *question) compareBools(op cond.CompareOp, left, right cond.Term, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	value := func(t cond.Term) (null, truth sat.Lit, ok bool) {
		if lit, isLit := t.(cond.Literal); isLit {
			return q.constant(!lit.Value.IsKnown()), q.constant(lit.Value.Bool()), true
		}
		v := q.scalar(t, env)
		if v == nil {
			return 0, 0, false
		}
		return v.null, v.truth, true
	}
	nl, tl, ok := value(left)
	nr, tr, ok2 := value(right)
	if op != cond.Equal || !ok || !ok2 {
		return q.unknown(e, env)
	}
	return q.any(q.all(nl, nr), q.all(-nl, -nr, q.any(q.all(tl, tr), q.all(-tl, -tr))))
}

// side is one side of a comparison of order: a variable, or the origin, and a shift.
type side struct {
	of     *variable
	by     int64
	number float64
	null   sat.Lit
}

// farDays bounds days and shifts, so that counting nanoseconds does not overflow.
const farDays = 36_500

func (q *question) orderSide(t cond.Term, env []map[cond.Field]*variable) (s side, ok bool) {
	switch t := t.(type) {
	case cond.Literal:
		s.null = q.constant(!t.Value.IsKnown())
		switch t.Value.Type() {
		case state.Day:
			s.by = int64(t.Value.Day()) * dayNanos
			return s, abs(int64(t.Value.Day())) < 2*farDays
		case state.Instant:
			s.by = t.Value.UnixNano()
			return s, abs(s.by) < 2*farDays*dayNanos
		case state.Number:
			s.number = t.Value.Number()
			return s, !math.IsNaN(s.number) && !math.IsInf(s.number, 0)
		}
		return s, !t.Value.IsKnown()
	case cond.Shift:
		s, ok = q.orderSide(t.Of, env)
		if abs(int64(t.Days)) > farDays || abs(int64(t.By)) > farDays*dayNanos {
			return s, false
		}
		s.by += int64(t.Days)*dayNanos + int64(t.By)
		return s, ok && abs(s.by) < 2*farDays*dayNanos
	}
	v := q.scalar(t, env)
	if v == nil {
		return s, false
	}
	return side{of: v, null: v.null}, true
}

func abs(n int64) int64 { return max(n, -n) }

func (q *question) compareOrder(op cond.CompareOp, left, right cond.Term, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	l, ok := q.orderSide(left, env)
	r, ok2 := q.orderSide(right, env)
	if !ok || !ok2 {
		return q.unknown(e, env)
	}
	there := q.all(-l.null, -r.null)
	switch op {
	case cond.Less:
		return q.all(there, q.below(l, r, true))
	case cond.LessEqual:
		return q.all(there, q.below(l, r, false))
	case cond.Greater:
		return q.all(there, q.below(r, l, true))
	case cond.GreaterEqual:
		return q.all(there, q.below(r, l, false))
	}
	return q.any(q.all(l.null, r.null), q.all(there, q.below(l, r, false), q.below(r, l, false)))
}

// below is the literal that l < r (strict) or l <= r.
func (q *question) below(l, r side, strict bool) sat.Lit {
	if l.of == r.of {
		if l.of == nil && l.number != r.number {
			return q.constant(l.number < r.number)
		}
		return q.constant(l.by < r.by || !strict && l.by == r.by)
	}
	// Both ways round are one test: x lies at most so much above y.
	if l.of == nil || r.of != nil && l.of.name > r.of.name {
		return -q.atMost(r, l, !strict)
	}
	return q.atMost(l, r, strict)
}

func (q *question) atMost(x, y side, strict bool) sat.Lit {
	b := boundTest{x: x.of, y: y.of, most: y.by - x.by, number: y.number}
	if x.of.typ == state.Number && y.of == nil {
		b.strict = strict
	} else if strict {
		b.most--
	}
	if x.of.typ == state.Day && (y.of == nil || y.of.typ == state.Day) {
		b.most = floorDay(b.most)
	}
	key := fmt.Sprintf("%s\x00%s\x00%d\x00%g\x00%t", x.of.name, nameOf(y.of), b.most, b.number, b.strict)
	if have, ok := q.bounds[key]; ok {
		return have.lit
	}
	b.lit = q.solver.New(false)
	q.bounds[key] = b
	q.keys = append(q.keys, key)
	return b.lit
}

func nameOf(v *variable) string {
	if v == nil {
		return ""
	}
	return v.name
}

// list makes room for as many members as the question asks about.
func (q *question) list(t cond.Term) *list {
	name := t.String()
	if l := q.lists[name]; l != nil {
		return l
	}
	l := &list{term: t, null: -q.yes}
	q.lists[name] = l
	if lit, ok := t.(cond.Literal); ok {
		for i, text := range lit.Value.Texts() {
			v := q.named(fmt.Sprintf("%s[%d]", name, i), nil, state.Text, false)
			q.require(q.testOn(v, textTest{op: testEquals, text: text}))
			l.there, l.members = append(l.there, q.yes), append(l.members, map[cond.Field]*variable{cond.Itself: v})
		}
		return l
	}
	if a, ok := t.(cond.Attr); ok && a.Attr == state.AttrParticipants {
	}
	l.null = q.solver.New(true)
	if a, ok := t.(cond.Attr); ok && !a.Attr.Describe().Has(q.Kind) {
		q.require(l.null)
	}
	n := q.sizes[name]
	if n > maxMembers {
		q.gap("%s may need more than %d members", name, maxMembers)
		n = maxMembers
	}
	if a, ok := t.(cond.Attr); ok && a.Attr == state.AttrParticipants {
		n = max(n, 1) // the owner
	}
	for i := range n {
		there := q.solver.New(false)
		q.require(-there, -l.null)
		if i > 0 {
			q.require(-there, l.there[i-1])
		}
		members := map[cond.Field]*variable{}
		if t.Type() == state.People {
			for _, f := range []cond.Field{cond.AttendeeEmail, cond.AttendeeName, cond.AttendeeResponse} {
				members[f] = q.named(fmt.Sprintf("%s[%d].%s", name, i, f), nil, state.Text, true)
			}
		} else {
			members[cond.Itself] = q.named(fmt.Sprintf("%s[%d]", name, i), nil, state.Text, false)
		}
		l.there, l.members = append(l.there, there), append(l.members, members)
	}
	return l
}

func (q *question) quantifier(e *cond.Quantifier, env []map[cond.Field]*variable) sat.Lit {
	l := q.list(e.Over)
	var any []sat.Lit
	for i, members := range l.members {
		body := q.expr(e.Body, append(env[:len(env):len(env)], members))
		if e.Quantity == cond.All {
			body = -body
		}
		any = append(any, q.all(l.there[i], body))
	}
	if e.Quantity == cond.All {
		return -q.any(any...)
	}
	return q.any(any...)
}

func (q *question) has(e *cond.Has, env []map[cond.Field]*variable) sat.Lit {
	l := q.list(e.List)
	var any []sat.Lit
	for i, members := range l.members {
		v := members[cond.Itself]
		if lit, ok := e.Of.(cond.Literal); ok {
			any = append(any, q.all(l.there[i], q.testOn(v, textTest{op: testEquals, text: lit.Value.Text()})))
			continue
		}
		w, ok := q.textTerm(e.Of, env)
		if !ok {
			return q.unknown(e, env)
		}
		any = append(any, q.all(l.there[i], -q.nullOf(w), q.relation(testEquals, w, textTerm{of: v})))
	}
	return q.any(any...)
}

// sized compares a size with a constant.
func (q *question) sized(op cond.CompareOp, size cond.Size, right cond.Term, env []map[cond.Field]*variable, e cond.Expr) sat.Lit {
	lit, ok := right.(cond.Literal)
	if !ok || !lit.Value.IsKnown() || math.Abs(lit.Value.Number()) > 1000 {
		return q.unknown(e, env)
	}
	n := lit.Value.Number()
	// fewer is the literal that the size is less than n, a whole number.
	fewer := func(n float64) sat.Lit {
		k := int(n)
		switch {
		case k <= 0:
			return -q.yes
		case !isList(size.Of):
			return q.text(size.Of, textTest{op: testShorter, n: k}, env, e)
		}
		l := q.list(size.Of)
		if k > len(l.there) {
			return q.yes // there is room for as many as are asked about
		}
		return -l.there[k-1]
	}
	less, upTo := fewer(math.Ceil(n)), fewer(math.Floor(n)+1)
	switch op {
	case cond.Less:
		return less
	case cond.LessEqual:
		return upTo
	case cond.Greater:
		return -upTo
	case cond.GreaterEqual:
		return -less
	}
	return q.all(-less, upTo)
}

// relate says what things always have together.
func (q *question) relate() {
	get := func(name string) *variable { return q.vars[name] }
	if q.Kind == state.KindInvalid {
		// There is no thing, and so no link.
	} else if slices.ContainsFunc(q.order, q.needsOther) || get("item.linked") != nil || get("has_link") != nil || len(q.lists) > 0 {
		born := q.scalar(cond.Attr{Attr: state.AttrBorn}, nil)
		for _, v := range q.order {
			if q.needsOther(v) {
				q.require(v.null, -born.null)
			}
		}
		for _, l := range q.lists {
			if a, ok := l.term.(cond.Attr); ok && a.Attr.Describe().On(q.Side) == state.NoPlace {
				q.require(l.null, -born.null)
			}
		}
		if v := get("item.linked"); v != nil {
			q.require(-v.truth, -born.null)
		}
		if v := get("has_link"); v != nil {
			q.require(-v.truth, -born.null)
			q.require(v.truth, born.null)
		}
	}
	if born := get("item.born"); born != nil {
		q.oneOf(born, state.Salesforce.String(), state.Mailbox.String())
	}
	if provider := get("user.provider"); provider != nil {
		q.oneOf(provider, "office365", "exchange", "gmail")
	}
	for _, pair := range [][2]string{{"item.start_date", "item.end_date"}, {"item.start", "item.end"}} {
		if a, b := get(pair[0]), get(pair[1]); a != nil && b != nil {
			q.require(a.null, -b.null) // an end that is missing is the start
		}
	}
	q.relateOwner()
	for _, pair := range inZone {
		if a, b := get(pair[0]), get(pair[1]); a != nil && b != nil {
			q.require(-a.null, b.null)
			q.require(a.null, -b.null)
		}
	}
	q.relateFacts()
	q.relateTexts()
	q.chain()
}

// relateOwner: a record's participants are its owner, if it has one, and of an event
// those invited. Who is no user of Salesforce, or is not there, has no address.
func (q *question) relateOwner() {
	list := q.lists["item.participants"]
	email := q.vars["item.owner_email"]
	if list == nil && email == nil {
		return
	}
	owner := q.scalar(cond.Attr{Attr: state.AttrOwner}, nil)
	if email != nil {
		q.require(-owner.null, email.null)
		person := q.testOn(owner, textTest{op: testPrefix, text: userPrefix})
		q.require(owner.null, -email.null, -person)
		if id := q.vars["user.id"]; id != nil {
			q.require(owner.null, -email.null, -q.equal(owner, id))
		}
	}
	if list == nil {
		return
	}
	if q.Side == state.Salesforce {
		q.require(-list.null)
	} else {
		born := q.scalar(cond.Attr{Attr: state.AttrBorn}, nil)
		q.require(-list.null, born.null)
	}
	q.require(owner.null, list.there[0])
	for i, members := range list.members {
		same := q.equal(owner, members[cond.Itself])
		if i == 0 {
			q.require(owner.null, same)
		} else {
			q.require(owner.null, -list.there[i], -same)
		}
		if q.Kind != state.Event {
			q.require(-list.there[i], -owner.null)
			if i > 0 {
				q.require(-list.there[i])
			}
		}
	}
}

// userPrefix starts the id of every Salesforce user; other owners are queues.
const userPrefix = "005"

func (q *question) needsOther(v *variable) bool {
	switch t := v.term.(type) {
	case cond.Attr:
		return t.Attr.Describe().On(q.Side) == state.NoPlace
	case cond.Custom:
		return !t.OfUser && q.Side == state.Mailbox
	}
	return false
}

// oneOf limits a text to some values.
func (q *question) oneOf(v *variable, texts ...string) {
	any := []sat.Lit{v.null}
	for _, text := range texts {
		any = append(any, q.testOn(v, textTest{op: testEquals, text: text}))
	}
	q.require(any...)
}

// relateFacts: the first day of an event, from whatever day it is looked for, is not
// after the last, and later the later it is looked for from; an event that takes
// place has both.
func (q *question) relateFacts() {
	var days []*variable
	for _, v := range q.order {
		if f, ok := v.term.(cond.Fact); ok && (f.Name == cond.FirstDay || f.Name == cond.LastDay) {
			days = append(days, v)
		}
	}
	for i, v := range days {
		if occurs := q.vars["occurs"]; occurs != nil {
			q.require(-occurs.truth, -v.null)
			q.require(occurs.truth, v.null)
		}
		for _, w := range days[i+1:] {
			q.require(-v.null, w.null)
			q.require(v.null, -w.null)
			if q.earlier(v, w) {
				q.require(v.null, q.below(side{of: v}, side{of: w}, false))
			} else if q.earlier(w, v) {
				q.require(v.null, q.below(side{of: w}, side{of: v}, false))
			}
		}
	}
}

// earlier reports that one day of an event is never after another one.
func (q *question) earlier(v, w *variable) bool {
	f, g := v.term.(cond.Fact), w.term.(cond.Fact)
	switch {
	case f.Name == cond.LastDay:
		return false
	case g.Name == cond.LastDay || f.Since == nil:
		return true
	case g.Since == nil:
		return false
	}
	a, ok := fromToday(f.Since)
	b, ok2 := fromToday(g.Since)
	return ok && ok2 && a <= b
}

func fromToday(t cond.Term) (days int, ok bool) {
	switch t := t.(type) {
	case cond.Today:
		return 0, true
	case cond.Shift:
		_, ok := t.Of.(cond.Today)
		return t.Days, ok
	}
	return 0, false
}

// chain says beforehand that of two bounds on the same pair the tighter one implies
// the other.
func (q *question) chain() {
	by := map[[2]*variable][]boundTest{}
	var order [][2]*variable
	for _, key := range q.keys {
		b := q.bounds[key]
		pair := [2]*variable{b.x, b.y}
		if by[pair] == nil {
			order = append(order, pair)
		}
		by[pair] = append(by[pair], b)
	}
	for _, pair := range order {
		list := by[pair]
		slices.SortFunc(list, tighter)
		for i := range list[1:] {
			q.require(-list[i].lit, list[i+1].lit)
		}
	}
}

func tighter(a, b boundTest) int {
	switch {
	case a.most != b.most:
		return compareInt(a.most, b.most)
	case a.number != b.number:
		if a.number < b.number {
			return -1
		}
		return 1
	case a.strict:
		return -1
	}
	return 1
}

func compareInt(a, b int64) int {
	if a < b {
		return -1
	}
	return 1
}
