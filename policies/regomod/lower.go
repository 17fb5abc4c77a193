package regomod

import (
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"weir/policies/cond"
	"weir/state"
)

// lowerer turns what partial evaluation leaves of one rule into conditions.
type lowerer struct {
	c       *compiler
	kinds   []state.Kind
	support map[string][]*ast.Rule // rules that partial evaluation made
	scope   []bound                // quantifiers, outermost first
	nodes   int
	why     ast.Node // the first thing that could not be lowered
}

// bound is a quantifier's variable.
type bound struct {
	index, member ast.Var // the index or the member itself; the other is ""
	over          cond.Term
	name          string
}

func (b bound) people() bool { return b.over.Type() == state.People }

// aliases are variables that stand for other terms.
type aliases map[ast.Var]*ast.Term

// The bounds of lowering.
const (
	maxNodes       = 5_000 // conditions of one rule
	maxQuantifiers = 2     // inside each other
)

func newLowerer(c *compiler, kinds []state.Kind, pq *rego.PartialQueries) *lowerer {
	l := &lowerer{c: c, kinds: kinds, support: map[string][]*ast.Rule{}}
	for _, m := range pq.Support {
		for _, r := range m.Rules {
			name := r.Ref().String()
			l.support[name] = append(l.support[name], r)
		}
	}
	return l
}

// fail notes what could not be lowered.
func (l *lowerer) fail(what ast.Node) (cond.Expr, bool) {
	l.note(what)
	return nil, false
}

func (l *lowerer) note(what ast.Node) {
	if l.why == nil {
		l.why = what
	}
}

func shortened(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}

// maxShown bounds the source text that messages repeat, in bytes.
const maxShown = 160

// body lowers a conjunction. It also gives, when it fails, the parts that could
// be lowered and that hold wherever the whole does.
func (l *lowerer) body(body ast.Body, known aliases) (whole cond.Expr, parts []cond.Expr, ok bool) {
	b := &conjunction{l: l, known: aliases{}}
	for v, t := range known {
		b.known[v] = t
	}
	for _, e := range body {
		b.add(e)
	}
	return b.lower()
}

// conjunction is a body on its way to a condition.
type conjunction struct {
	l      *lowerer
	known  aliases
	exprs  []*ast.Expr // without the assignments
	exists []*ast.Term // what assignments take for granted: members of lists
	vars   []ast.Var   // indexes of lists, in order of appearance
	over   map[ast.Var]cond.Term
	bad    bool
}

// add takes an expression, and remembers an assignment.
func (b *conjunction) add(e *ast.Expr) {
	if terms, ok := e.Terms.([]*ast.Term); ok && e.IsEquality() && !e.Negated && len(e.With) == 0 && len(terms) == 3 {
		for i := range 2 {
			v, isVar := terms[1+i].Value.(ast.Var)
			if isVar && b.known[v] == nil && b.l.scoped(v) < 0 && !b.mentions(terms[2-i], v) {
				b.known[v] = terms[2-i]
				b.exists = append(b.exists, terms[2-i])
				return
			}
		}
	}
	b.exprs = append(b.exprs, e)
}

func (b *conjunction) mentions(t *ast.Term, v ast.Var) bool {
	found := false
	ast.WalkVars(t, func(x ast.Var) bool {
		found = found || x == v || b.known[x] != nil && b.mentions(b.known[x], v)
		return found
	})
	return found
}

func (b *conjunction) lower() (cond.Expr, []cond.Expr, bool) {
	l := b.l
	b.over = map[ast.Var]cond.Term{}
	var plain []cond.Expr
	var open []*ast.Expr // that speak of members
	ok := true
	for _, e := range b.exprs {
		b.findIndexes(e)
	}
	for _, t := range b.exists {
		b.findIndexes(t)
	}
	for _, e := range b.exprs {
		if len(b.indexesIn(e)) > 0 {
			open = append(open, e)
			continue
		}
		x, good := l.expr(e, b.known)
		if good {
			plain = append(plain, x)
		}
		ok = ok && good
	}
	ok = ok && !b.bad
	if !ok {
		return nil, plain, false
	}
	members, good := b.members(open)
	if !good {
		return nil, plain, false
	}
	return cond.AllOf(distinct(append(plain, members...))...), plain, true
}

// findIndexes looks for variables that go through a list.
func (b *conjunction) findIndexes(x ast.Node) {
	ast.WalkTerms(x, func(t *ast.Term) bool {
		t = b.l.resolve(t, b.known)
		ref, ok := t.Value.(ast.Ref)
		if !ok {
			return false
		}
		list, n := b.l.list(ref)
		if list == nil || len(ref) <= n {
			return false
		}
		v, isVar := ref[n].Value.(ast.Var)
		if !isVar || b.known[v] != nil || b.l.scoped(v) >= 0 {
			return false
		}
		if have, ok := b.over[v]; ok && have != list {
			b.bad = true
			b.l.note(t)
			return false
		}
		if _, ok := b.over[v]; !ok {
			b.over[v] = list
			b.vars = append(b.vars, v)
		}
		return false
	})
}

// indexesIn lists the indexes an expression or a term speaks of.
func (b *conjunction) indexesIn(x ast.Node) []ast.Var {
	var out []ast.Var
	var visit func(x ast.Node)
	seen := map[ast.Var]bool{}
	visit = func(x ast.Node) {
		ast.WalkVars(x, func(v ast.Var) bool {
			if seen[v] {
				return false
			}
			seen[v] = true
			if t := b.known[v]; t != nil {
				visit(t)
			}
			if _, ok := b.over[v]; ok {
				out = append(out, v)
			}
			return false
		})
	}
	visit(x)
	return out
}

// members lowers what is said of members of lists: each group of indexes that
// are mentioned together becomes one quantifier or two.
func (b *conjunction) members(open []*ast.Expr) ([]cond.Expr, bool) {
	var out []cond.Expr
	done := map[ast.Var]bool{}
	for _, v := range b.vars {
		if done[v] {
			continue
		}
		group, exprs := b.group(v, open)
		for _, g := range group {
			done[g] = true
		}
		x, ok := b.quantified(group, exprs)
		if !ok {
			return nil, false
		}
		out = append(out, x)
	}
	return out, true
}

// group finds what hangs together with an index.
func (b *conjunction) group(v ast.Var, open []*ast.Expr) (vars []ast.Var, exprs []*ast.Expr) {
	in := map[ast.Var]bool{v: true}
	taken := map[*ast.Expr]bool{}
	for changed := true; changed; {
		changed = false
		for _, e := range open {
			have := b.indexesIn(e)
			if taken[e] || !slices.ContainsFunc(have, func(x ast.Var) bool { return in[x] }) {
				continue
			}
			taken[e], changed = true, true
			for _, x := range have {
				in[x] = true
			}
		}
	}
	for _, x := range b.vars {
		if in[x] {
			vars = append(vars, x)
		}
	}
	for _, e := range open {
		if taken[e] {
			exprs = append(exprs, e)
		}
	}
	return vars, exprs
}

func (b *conjunction) quantified(vars []ast.Var, exprs []*ast.Expr) (cond.Expr, bool) {
	l := b.l
	if len(l.scope) == maxQuantifiers {
		l.note(ast.VarTerm(string(vars[0])))
		return nil, false
	}
	over := b.over[vars[0]]
	l.push(bound{index: vars[0], over: over})
	defer l.pop()
	var here []cond.Expr
	var later []*ast.Expr
	for _, e := range exprs {
		if slices.ContainsFunc(b.indexesIn(e), func(v ast.Var) bool { return slices.Contains(vars[1:], v) }) {
			later = append(later, e)
			continue
		}
		x, ok := l.expr(e, b.known)
		if !ok {
			return nil, false
		}
		here = append(here, x)
	}
	if len(vars) > 1 {
		x, ok := b.quantified(vars[1:], later)
		if !ok {
			return nil, false
		}
		here = append(here, x)
	}
	return cond.ForSome(over, l.scope[len(l.scope)-1].name, cond.AllOf(here...)), true
}

// push opens a quantifier; its variable is named after what it goes through.
func (l *lowerer) push(b bound) {
	names := [maxQuantifiers]string{"t", "u"}
	if b.people() {
		names = [maxQuantifiers]string{"p", "q"}
	}
	b.name = names[len(l.scope)]
	l.scope = append(l.scope, b)
}

func (l *lowerer) pop() { l.scope = l.scope[:len(l.scope)-1] }

// scoped finds a quantifier by its variable; -1 if there is none.
func (l *lowerer) scoped(v ast.Var) int {
	for i := len(l.scope) - 1; i >= 0; i-- {
		if l.scope[i].index == v || l.scope[i].member == v {
			return i
		}
	}
	return -1
}

// resolve follows aliases, also at the head of references.
func (l *lowerer) resolve(t *ast.Term, known aliases) *ast.Term {
	for range 100 {
		switch v := t.Value.(type) {
		case ast.Var:
			next := known[v]
			if next == nil {
				return t
			}
			t = next
		case ast.Ref:
			head, ok := v[0].Value.(ast.Var)
			if !ok || known[head] == nil {
				return t
			}
			base := l.resolve(known[head], known)
			switch of := base.Value.(type) {
			case ast.Ref:
				t = &ast.Term{Value: append(slices.Clone(of), v[1:]...), Location: t.Location}
			case ast.Var:
				t = &ast.Term{Value: append(ast.Ref{base}, v[1:]...), Location: t.Location}
			default:
				return t
			}
		default:
			return t
		}
	}
	return t
}

// expr lowers one expression of a body.
func (l *lowerer) expr(e *ast.Expr, known aliases) (cond.Expr, bool) {
	if l.nodes++; l.nodes > maxNodes || len(e.With) > 0 {
		return l.fail(e)
	}
	x, ok := l.positive(e, known)
	if !ok {
		return l.fail(e)
	}
	if e.Negated {
		return cond.Negate(x), true
	}
	return x, true
}

func (l *lowerer) positive(e *ast.Expr, known aliases) (cond.Expr, bool) {
	switch terms := e.Terms.(type) {
	case *ast.Term:
		return l.truth(terms, known)
	case []*ast.Term:
		return l.call(terms, known)
	case *ast.Every:
		return l.every(terms, known)
	}
	return nil, false
}

// truth lowers a term that stands as a condition.
func (l *lowerer) truth(t *ast.Term, known aliases) (cond.Expr, bool) {
	t = l.resolve(t, known)
	switch v := t.Value.(type) {
	case ast.Boolean:
		return cond.Const(v), true
	case ast.Call:
		return l.call(v, known)
	case ast.Ref:
		if isData(v) {
			x, _, ok := l.supported(v, nil, known)
			return x, ok
		}
		if list, n := l.list(v); list != nil && len(v) == n+1 {
			if i, isVar := v[n].Value.(ast.Var); isVar && l.scoped(i) >= 0 {
				return cond.Const(true), true // a member of a list is there
			}
		}
	}
	x := l.term(t, known)
	if x == nil || x.Type() != state.Bool {
		return nil, false
	}
	return cond.IsTrue(x), true
}

func isData(ref ast.Ref) bool { return ref[0].Value.Compare(ast.DefaultRootDocument.Value) == 0 }

// supported lowers a rule that partial evaluation left beside the query: true
// where one of its bodies is. HasDefault says that it is false elsewhere, and
// not undefined.
func (l *lowerer) supported(ref ast.Ref, args []*ast.Term, known aliases) (x cond.Expr, hasDefault, ok bool) {
	rules := l.support[ref.String()]
	if len(rules) == 0 {
		return nil, false, false
	}
	var any []cond.Expr
	for _, r := range rules {
		value, isBool := r.Head.Value.Value.(ast.Boolean)
		if r.Else != nil || r.Head.Key != nil || !isBool || len(r.Head.Args) != len(args) {
			return nil, false, false
		}
		if r.Default {
			if value {
				return nil, false, false
			}
			hasDefault = true
			continue
		}
		if !value {
			return nil, false, false
		}
		inner := aliases{}
		for i, a := range r.Head.Args {
			v, isVar := a.Value.(ast.Var)
			if !isVar {
				return nil, false, false
			}
			inner[v] = l.resolve(args[i], known)
		}
		body, _, ok := l.body(r.Body, inner)
		if !ok {
			return nil, false, false
		}
		any = append(any, body)
	}
	return cond.AnyOf(any...), hasDefault, true
}

// comparisons are the functions that compare.
var comparisons = map[string]cond.CompareOp{
	"eq": cond.Equal, "equal": cond.Equal, "lt": cond.Less, "lte": cond.LessEqual, "gt": cond.Greater, "gte": cond.GreaterEqual,
}

var textTests = map[string]cond.TextOp{"startswith": cond.StartsWith, "endswith": cond.EndsWith, "contains": cond.Contains}

func (l *lowerer) call(terms []*ast.Term, known aliases) (cond.Expr, bool) {
	op, ok := terms[0].Value.(ast.Ref)
	if !ok {
		return nil, false
	}
	args := make([]*ast.Term, len(terms)-1)
	for i, t := range terms[1:] {
		args[i] = l.resolve(t, known)
	}
	name := op.String()
	if isData(op) {
		x, _, ok := l.supported(op, args, known)
		return x, ok
	}
	if cmp, ok := comparisons[name]; ok && len(args) == 2 {
		return l.compare(cmp, args[0], args[1], known)
	}
	if test, ok := textTests[name]; ok && len(args) == 2 {
		return l.textTest(test, args[0], args[1], known)
	}
	switch {
	case name == "neq" && len(args) == 2:
		x, ok := l.compare(cond.Equal, args[0], args[1], known)
		if !ok {
			return nil, false
		}
		return cond.Negate(x), true
	case name == "internal.member_2" && len(args) == 2:
		return l.member(args[0], args[1], known)
	case name == "regex.match" && len(args) == 2:
		return l.matches(args[0], args[1], known)
	case len(args) > 0:
		return l.unified(op, args, known)
	}
	return nil, false
}

// unified lowers f(x, y) where y is the result of f(x), as compiled bodies write
// comparisons with results.
func (l *lowerer) unified(op ast.Ref, args []*ast.Term, known aliases) (cond.Expr, bool) {
	last := len(args) - 1
	call := &ast.Term{Value: append(ast.Call{ast.NewTerm(op)}, args[:last]...)}
	return l.compare(cond.Equal, call, args[last], known)
}

func (l *lowerer) compare(op cond.CompareOp, left, right *ast.Term, known aliases) (cond.Expr, bool) {
	if isConstant(left) {
		left, right, op = right, left, op.Mirror()
	}
	if op == cond.Equal {
		if x, ok := l.special(left, right, known); ok {
			return x, true
		}
	}
	if x, ok := l.span(op, left, right, known); ok {
		return x, true
	}
	a := l.term(left, known)
	if a == nil || !scalar(a.Type()) {
		return nil, false
	}
	b := l.operand(right, a.Type(), known)
	if b == nil || a.Type() != b.Type() {
		return nil, false
	}
	if a.Type() == state.Bool && op != cond.Equal {
		return nil, false
	}
	return cond.Comparison(op, a, b), true
}

func scalar(t state.Type) bool { return t != state.Texts && t != state.People }

func isConstant(t *ast.Term) bool {
	switch t.Value.(type) {
	case ast.Boolean, ast.String, ast.Number, ast.Null:
		return true
	}
	return false
}

// special lowers equality with null, the empty text, true and false.
func (l *lowerer) special(left, right *ast.Term, known aliases) (cond.Expr, bool) {
	switch v := right.Value.(type) {
	case ast.Null:
		if x := l.term(left, known); x != nil && scalar(x.Type()) && x.Type() != state.Bool {
			return cond.IsNull(x), true
		}
	case ast.String:
		if x := l.term(left, known); v == "" && x != nil && x.Type() == state.Text {
			return cond.IsNull(x), true
		}
	case ast.Boolean:
		return l.equalsBool(left, bool(v), known)
	}
	return nil, false
}

func (l *lowerer) equalsBool(left *ast.Term, want bool, known aliases) (cond.Expr, bool) {
	if ref, ok := left.Value.(ast.Ref); ok && isData(ref) {
		x, hasDefault, ok := l.supported(ref, nil, known)
		if !ok || !want && !hasDefault {
			return nil, false
		}
		if want {
			return x, true
		}
		return cond.Negate(x), true
	}
	x, ok := l.truth(left, known)
	if !ok {
		return nil, false
	}
	if _, isCall := left.Value.(ast.Call); isCall && !want {
		return nil, false // undefined is not false
	}
	if want {
		return x, true
	}
	return cond.Negate(x), true
}

// span lowers a - b < n to a < b + n.
func (l *lowerer) span(op cond.CompareOp, left, right *ast.Term, known aliases) (cond.Expr, bool) {
	call, ok := left.Value.(ast.Call)
	n, ok2 := nanos(right)
	if !ok || !ok2 || len(call) != 3 || call[0].Value.(ast.Ref).String() != "minus" {
		return nil, false
	}
	a, b := l.term(l.resolve(call[1], known), known), l.term(l.resolve(call[2], known), known)
	if a == nil || b == nil || a.Type() != state.Instant || b.Type() != state.Instant {
		return nil, false
	}
	x := cond.Comparison(op, a, shifted(b, n))
	if op == cond.Equal { // two empty instants are equal, but no time apart
		x = cond.AllOf(cond.Negate(cond.IsNull(a)), x)
	}
	return x, true
}

func nanos(t *ast.Term) (time.Duration, bool) {
	n, ok := t.Value.(ast.Number)
	if !ok {
		return 0, false
	}
	i, ok := n.Int64()
	return time.Duration(i), ok
}

// shifted moves an instant; whole days are days of 24 hours.
func shifted(t cond.Term, by time.Duration) cond.Term {
	if s, ok := t.(cond.Shift); ok {
		const day = 24 * time.Hour
		if total := time.Duration(s.Days)*day + s.By + by; s.Days < 1<<16 && s.Days > -1<<16 {
			t, by = s.Of, total
		}
	}
	const day = 24 * time.Hour
	if by == 0 {
		return t
	}
	if by%day == 0 {
		return cond.Shift{Of: t, Days: int(by / day)}
	}
	return cond.Shift{Of: t, By: by}
}

func (l *lowerer) textTest(op cond.TextOp, of, part *ast.Term, known aliases) (cond.Expr, bool) {
	t := l.term(of, known)
	if t == nil || t.Type() != state.Text {
		return nil, false
	}
	if s, ok := part.Value.(ast.String); ok && s == "" {
		return cond.Negate(cond.IsNull(t)), true
	}
	p := l.operand(part, state.Text, known)
	if p == nil || p.Type() != state.Text {
		return nil, false
	}
	return cond.TextTest(op, t, p), true
}

func (l *lowerer) matches(pattern, of *ast.Term, known aliases) (cond.Expr, bool) {
	s, ok := pattern.Value.(ast.String)
	t := l.term(of, known)
	if !ok || t == nil || t.Type() != state.Text || checkPattern(string(s)) != nil {
		return nil, false
	}
	x, err := cond.Matches(t, string(s))
	return x, err == nil
}

// member lowers membership in a list attribute, and in a list of constants and
// terms.
func (l *lowerer) member(of, in *ast.Term, known aliases) (cond.Expr, bool) {
	var elements []*ast.Term
	each := func(t *ast.Term) { elements = append(elements, t) }
	switch v := in.Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Sorted().Foreach(each)
	case ast.Object:
		v.Foreach(func(_, x *ast.Term) { each(x) })
	default:
		list := l.term(in, known)
		t := l.operand(of, state.Text, known)
		if list == nil || t == nil || list.Type() != state.Texts || t.Type() != state.Text {
			return nil, false
		}
		return cond.Contained(t, list), true
	}
	t := l.term(of, known)
	if t == nil || !scalar(t.Type()) || t.Type() == state.Bool {
		return nil, false
	}
	return l.among(t, elements, known)
}

func (l *lowerer) among(t cond.Term, elements []*ast.Term, known aliases) (cond.Expr, bool) {
	var literals []state.Value
	var any []cond.Expr
	var orNull []cond.Expr
	for _, e := range elements {
		if isEmptyText(e) {
			continue // no text is empty
		}
		if _, isNull := e.Value.(ast.Null); isNull {
			orNull = []cond.Expr{cond.IsNull(t)}
			continue
		}
		m := l.operand(l.resolve(e, known), t.Type(), known)
		if m == nil || m.Type() != t.Type() {
			return nil, false
		}
		if lit, ok := m.(cond.Literal); ok {
			literals = append(literals, lit.Value)
		} else {
			any = append(any, cond.Comparison(cond.Equal, t, m))
		}
	}
	in := cond.IsIn(t, literals)
	if len(any) > 0 {
		// Two empty values are equal, but an empty value is no member.
		in = cond.AnyOf(in, cond.AllOf(cond.Negate(cond.IsNull(t)), cond.AnyOf(any...)))
	}
	return cond.AnyOf(append(orNull, in)...), true
}

func (l *lowerer) every(e *ast.Every, known aliases) (cond.Expr, bool) {
	domain := l.resolve(e.Domain, known)
	ref, ok := domain.Value.(ast.Ref)
	if !ok || len(l.scope) == maxQuantifiers {
		return nil, false
	}
	over, n := l.list(ref)
	member, isVar := e.Value.Value.(ast.Var)
	if over == nil || n != len(ref) || !isVar {
		return nil, false
	}
	l.push(bound{member: member, over: over})
	defer l.pop()
	x, _, ok := l.body(e.Body, known)
	if !ok {
		return nil, false
	}
	return cond.ForAll(over, l.scope[len(l.scope)-1].name, x), true
}

// list is the list attribute a reference begins with, and how many of its parts
// name it.
func (l *lowerer) list(ref ast.Ref) (cond.Term, int) {
	if len(ref) < 3 || ref[0].Value.Compare(ast.InputRootDocument.Value) != 0 {
		return nil, 0
	}
	t := l.attribute(ref[:3])
	if t == nil || scalar(t.Type()) {
		return nil, 0
	}
	return t, 3
}

// attribute lowers input.now, input.item.x, input.user.custom.x and the like;
// nil for anything else.
func (l *lowerer) attribute(ref ast.Ref) cond.Term {
	root, name := word(ref, 1), word(ref, 2)
	switch {
	case root == "now" && len(ref) == 2:
		return cond.Now{}
	case root == "today" && len(ref) == 2:
		return cond.Today{}
	case name == "custom" && len(ref) == 4:
		return l.custom(root == "user", word(ref, 3))
	case len(ref) != 3:
		return nil
	case root == "item":
		if a, ok := state.ParseAttr(name); ok && !a.Describe().Internal {
			return cond.Attr{Attr: a}
		}
	case root == "user":
		if a, ok := state.ParseUserAttr(name); ok {
			return cond.UserAttr{Attr: a}
		}
	}
	return nil
}

func (l *lowerer) custom(ofUser bool, name string) cond.Term {
	t := state.Text
	if ofUser {
		if l.c.env.User != nil {
			t = l.c.env.User[name]
		}
	} else {
		t, _ = l.c.customType(name, l.kinds)
	}
	if name == "" || t == state.TypeInvalid || !scalar(t) {
		return nil
	}
	return cond.Custom{Name: name, Of: t, OfUser: ofUser}
}

// operand lowers the other side of a comparison: a term, or a constant read as
// the given type.
func (l *lowerer) operand(t *ast.Term, as state.Type, known aliases) cond.Term {
	switch v := t.Value.(type) {
	case ast.String:
		switch {
		case as == state.Day:
			if d, err := state.ParseDate(string(v)); err == nil {
				return cond.Literal{Value: state.DayValue(d)}
			}
		case as == state.Text && v != "":
			return cond.Literal{Value: state.TextValue(string(v))}
		}
		return nil
	case ast.Number:
		return number(v, as)
	case ast.Boolean:
		if as == state.Bool {
			return cond.Literal{Value: state.BoolValue(bool(v))}
		}
		return nil
	}
	return l.term(t, known)
}

func number(n ast.Number, as state.Type) cond.Term {
	switch as {
	case state.Instant:
		if i, ok := n.Int64(); ok && i != 0 {
			return cond.Literal{Value: state.InstantValue(time.Unix(0, i))}
		}
	case state.Number:
		const exact = 1 << 53
		if f, ok := n.Float64(); ok && f >= -exact && f <= exact {
			return cond.Literal{Value: state.NumberValue(f)}
		}
	}
	return nil
}

// term lowers what can be compared; nil if it cannot be.
func (l *lowerer) term(t *ast.Term, known aliases) cond.Term {
	t = l.resolve(t, known)
	switch v := t.Value.(type) {
	case ast.Var:
		if i := l.scoped(v); i >= 0 && l.scope[i].member == v && !l.scope[i].people() {
			return cond.Var{Name: l.scope[i].name, Depth: len(l.scope) - 1 - i}
		}
	case ast.Ref:
		return l.reference(v)
	case ast.Call:
		return l.function(v, known)
	}
	return nil
}

func (l *lowerer) reference(ref ast.Ref) cond.Term {
	if v, ok := ref[0].Value.(ast.Var); ok {
		if i := l.scoped(v); i >= 0 && l.scope[i].member == v {
			return l.member1(i, ref[1:])
		}
	}
	if ref[0].Value.Compare(ast.InputRootDocument.Value) != 0 {
		return nil
	}
	if list, n := l.list(ref); list != nil && len(ref) > n {
		v, ok := ref[n].Value.(ast.Var)
		if !ok {
			return nil
		}
		i := l.scoped(v)
		if i < 0 || l.scope[i].over != list || l.scope[i].index != v {
			return nil
		}
		return l.member1(i, ref[n+1:])
	}
	return l.attribute(ref)
}

// member1 is a quantifier's variable, or a part of an attendee.
func (l *lowerer) member1(i int, rest ast.Ref) cond.Term {
	b := l.scope[i]
	v := cond.Var{Name: b.name, Depth: len(l.scope) - 1 - i}
	switch {
	case len(rest) == 0 && !b.people():
		return v
	case len(rest) != 1 || !b.people():
		return nil
	}
	s, _ := rest[0].Value.(ast.String)
	f, ok := cond.ParseField(string(s))
	if !ok {
		return nil
	}
	v.Field = f
	return v
}

func (l *lowerer) function(call ast.Call, known aliases) cond.Term {
	op, ok := call[0].Value.(ast.Ref)
	if !ok || len(call) < 2 {
		return nil
	}
	name := op.String()
	of := l.term(call[1], known)
	switch {
	case of == nil && name == "plus" && len(call) == 3:
		return l.moved(call[2], call[1], 1, known) // n + x
	case of == nil:
		return nil
	case name == "plus" && len(call) == 3:
		return l.moved(call[1], call[2], 1, known)
	case name == "minus" && len(call) == 3:
		return l.moved(call[1], call[2], -1, known)
	case name == "time.add_date" && len(call) == 5:
		return l.addDate(of, call[2:], known)
	case name == "count" && len(call) == 2 && (of.Type() == state.Text || !scalar(of.Type())):
		return cond.Size{Of: of}
	case name == "lower" && len(call) == 2 && of.Type() == state.Text:
		return cond.Func{Name: cond.Lower, Of: of}
	case name == "upper" && len(call) == 2 && of.Type() == state.Text:
		return cond.Func{Name: cond.Upper, Of: of}
	}
	return nil
}

func (l *lowerer) moved(of, by *ast.Term, sign time.Duration, known aliases) cond.Term {
	t := l.term(of, known)
	n, ok := nanos(l.resolve(by, known))
	if t == nil || !ok || t.Type() != state.Instant || n == -1<<63 {
		return nil
	}
	return shifted(t, sign*n)
}

// maxDays bounds what time.add_date may move when lowered: a century.
const maxDays = 36525

// addDate lowers whole days, which are 24 hours in UTC.
func (l *lowerer) addDate(of cond.Term, by []*ast.Term, known aliases) cond.Term {
	var n [3]int64
	for i := range n {
		num, ok := l.resolve(by[i], known).Value.(ast.Number)
		if !ok {
			return nil
		}
		if n[i], ok = num.Int64(); !ok {
			return nil
		}
	}
	if n[0] != 0 || n[1] != 0 || n[2] < -maxDays || n[2] > maxDays || of.Type() != state.Instant {
		return nil
	}
	return shifted(of, time.Duration(n[2])*24*time.Hour)
}
