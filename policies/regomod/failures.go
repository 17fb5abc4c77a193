package regomod

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

// This file says what becomes of a function that fails, and which rules of a
// policy can fail although nothing in them is a function. OPA by itself takes a
// failing function for undefined, and a rule that has two values at once for an
// error only if both are looked at; partial evaluation overlooks both. A policy
// that decides what is deleted must not: see
// docs/decisions/0026-rego-rules-that-fail.md.

// failed words the failure of a function, with its place.
func failed(name string, loc *ast.Location, err error) error {
	text := err.Error()
	var own *topdown.Error
	if errors.As(err, &own) {
		text = own.Message
	}
	text = strings.TrimPrefix(text, name+": ")
	var number *strconv.NumError
	if errors.As(err, &number) {
		text = fmt.Sprintf("%q is no number", shortened(number.Num))
	}
	if loc == nil || loc.File == "" {
		return fmt.Errorf("%s: %s", spoken(name), text)
	}
	return fmt.Errorf("%s:%d: %s: %s", loc.File, loc.Row, spoken(name), text)
}

// spoken is a function's name as policies write it: an operator is its sign.
func spoken(name string) string {
	for _, b := range capabilities().Builtins {
		if b.Name == name && b.Infix != "" {
			return b.Infix
		}
	}
	return name
}

// ofNull is what a function that cannot take null makes of it: a test is false,
// count is 0, and anything else is null, as in conditions.
func ofNull(name string) *ast.Term {
	if name == "count" {
		return ast.InternedTerm(0)
	}
	for _, b := range capabilities().Builtins {
		if b.Name == name && b.Decl.Result() != nil && types.Compare(b.Decl.Result(), types.B) == 0 {
			return ast.InternedTerm(false)
		}
	}
	return ast.NullTerm()
}

func isNumber(t *ast.Term) bool {
	_, number := t.Value.(ast.Number)
	return number
}

func isNull(t *ast.Term) bool {
	_, null := t.Value.(ast.Null)
	return null
}

// ambiguous says which of the rules that a rule asks may have two values at once;
// "" if none can. Evaluation fails there, and partial evaluation would not see it.
func (c *compiler) ambiguous(s *special) string {
	groups := map[string][]*ast.Rule{}
	var names []string
	for _, r := range c.refs.reached(c.compiledRules(s)) {
		if r.Head.RuleKind() != ast.SingleValue || r.Default || c.byName[dotted(r.Head.Ref())] != nil {
			continue
		}
		name := dotted(r.Ref().ConstantPrefix())
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], r)
	}
	slices.Sort(names)
	for _, name := range names {
		slices.SortFunc(groups[name], func(a, b *ast.Rule) int { return a.Loc().Compare(b.Loc()) })
		if c.clash(groups[name]) {
			first := c.place(groups[name][0].Loc())
			return fmt.Sprintf("%s may have two values at once (%s:%d)", strings.TrimPrefix(name, "data."), first.Filename, first.Start.Line)
		}
	}
	return ""
}

// clash reports that rules of one name may give different values at once.
func (c *compiler) clash(rules []*ast.Rule) bool {
	for i, r := range rules {
		for e := r; e != nil; e = e.Else {
			if wanders(e) {
				return true
			}
		}
		for _, o := range rules[i+1:] {
			if !sameValue(r, o) && !apart(r.Head.Args, o.Head.Args) && !exclusive(r, o) {
				return true
			}
		}
	}
	return false
}

// sameValue reports that two rules, alternatives included, can only give one and
// the same value.
func sameValue(a, b *ast.Rule) bool {
	value := a.Head.Value
	for _, r := range [...]*ast.Rule{a, b} {
		for e := r; e != nil; e = e.Else {
			if e.Head.Value == nil || value == nil || !isConstant(e.Head.Value) || !e.Head.Value.Equal(value) || !e.Head.Ref().IsGround() {
				return false
			}
		}
	}
	return true
}

// apart reports that no call fits the arguments of both.
func apart(a, b ast.Args) bool {
	for i := range min(len(a), len(b)) {
		if isConstant(a[i]) && isConstant(b[i]) && !a[i].Equal(b[i]) {
			return true
		}
	}
	return false
}

// exclusive reports that the bodies of two rules cannot both hold: one asks for
// what the other denies, or for another value of the same thing.
func exclusive(a, b *ast.Rule) bool {
	if a.Else != nil || b.Else != nil {
		return false
	}
	left, right := demandsOf(a), demandsOf(b)
	for about, value := range left.equal {
		if other, ok := right.equal[about]; ok && other != value || right.unequal[about+" "+value] {
			return true
		}
	}
	for about, value := range right.equal {
		if left.unequal[about+" "+value] {
			return true
		}
	}
	for text := range left.holds {
		if right.denied[text] {
			return true
		}
	}
	for text := range right.holds {
		if left.denied[text] {
			return true
		}
	}
	return false
}

// demands are the plain tests of a body, as texts: arguments go by their
// numbers, and variables by what is assigned to them.
type demands struct {
	equal         map[string]string // by what is compared: the constant it must equal
	unequal       map[string]bool   // what is compared, and the constant it must not equal
	holds, denied map[string]bool
}

func demandsOf(r *ast.Rule) demands {
	d := demands{equal: map[string]string{}, unequal: map[string]bool{}, holds: map[string]bool{}, denied: map[string]bool{}}
	names := stood{}
	for i, arg := range r.Head.Args {
		if v, ok := arg.Value.(ast.Var); ok {
			names.add(v, fmt.Sprintf("<%d>", i))
		}
	}
	for _, e := range r.Body {
		if len(e.With) > 0 {
			continue
		}
		switch terms := e.Terms.(type) {
		case *ast.Term:
			if names.closed(terms) {
				d.add(e, []*ast.Term{terms}, names)
			}
		case []*ast.Term:
			if v, of, ok := names.given(e, terms); ok {
				names.add(v, of)
			} else if names.closed(terms[1:]...) {
				d.add(e, terms, names)
			}
		}
	}
	return d
}

// stood are variables and the texts they stand for, in pairs.
type stood []string

func (n *stood) add(v ast.Var, text string) { *n = append(*n, string(v), text) }

func (n stood) has(v ast.Var) bool {
	for i := 0; i < len(n); i += 2 {
		if n[i] == string(v) {
			return true
		}
	}
	return false
}

// closed reports terms without a variable of which nothing is known: it might
// stand for several values.
func (n stood) closed(terms ...*ast.Term) bool {
	free := false
	for _, t := range terms {
		ast.WalkVars(t, func(v ast.Var) bool {
			free = free || !n.has(v) && !ast.RootDocumentNames.Contains(ast.VarTerm(string(v)))
			return free
		})
	}
	return !free
}

func (n stood) text(terms ...*ast.Term) string {
	told := strings.NewReplacer(n...)
	parts := make([]string, len(terms))
	for i, t := range terms {
		parts[i] = told.Replace(t.String())
	}
	return strings.Join(parts, " ")
}

// given reads an expression that gives a variable its one value: x := y, or the
// result of a function.
func (n stood) given(e *ast.Expr, terms []*ast.Term) (v ast.Var, of string, ok bool) {
	last := len(terms) - 1
	at, rest := last, terms[:last]
	if e.IsEquality() || e.IsAssignment() {
		at, rest = 1, terms[2:]
	}
	if e.Negated || last < 2 || terms[0].Value.String() == ast.WalkBuiltin.Name {
		return "", "", false
	}
	if v, ok = terms[at].Value.(ast.Var); !ok || n.has(v) {
		return "", "", false
	}
	if at == last && !n.closed(rest[1:]...) || at == 1 && !n.closed(rest...) {
		return "", "", false
	}
	return v, n.text(rest...), true
}

func (d *demands) add(e *ast.Expr, terms []*ast.Term, names stood) {
	text := names.text(terms...)
	if e.Negated {
		d.denied[text] = true
		return
	}
	d.holds[text] = true
	if len(terms) != 3 {
		return
	}
	about, value := terms[1], terms[2]
	if isConstant(about) {
		about, value = value, about
	}
	if !isConstant(value) || strings.ContainsAny(value.String(), ".eE") && isNumber(value) {
		return // 1 and 1.0 are one number
	}
	subject := names.text(about)
	switch op := terms[0].Value.String(); op {
	case ast.Equality.Name, ast.Equal.Name:
		d.equal[subject] = value.String()
	case ast.NotEqual.Name:
		d.unequal[subject+" "+value.String()] = true
	}
}

// wanders reports a rule whose value is not fixed by its arguments alone: it may
// have one for each member of something its body goes through.
func wanders(r *ast.Rule) bool {
	if r.Head.Value == nil || isConstant(r.Head.Value) && r.Head.Ref().IsGround() {
		return false
	}
	fixed := map[ast.Var]bool{}
	ast.WalkVars(r.Head.Args, func(v ast.Var) bool { fixed[v] = true; return false })
	for _, e := range r.Body {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			if e.IsEquality() || e.IsAssignment() {
				for _, t := range terms[1:] {
					if v, ok := t.Value.(ast.Var); ok {
						fixed[v] = true
					}
				}
			} else if v, ok := terms[len(terms)-1].Value.(ast.Var); ok && len(terms) > 2 {
				fixed[v] = true // what a function gives
			}
		}
	}
	found := false
	ast.WalkRefs(r.Body, func(ref ast.Ref) bool {
		for _, t := range ref[1:] {
			v, isVar := t.Value.(ast.Var)
			found = found || isVar && !fixed[v]
		}
		return found
	})
	return found || walks(r.Body)
}

// walks reports a call of walk, the one function that gives several values.
func walks(body ast.Body) bool {
	found := false
	ast.WalkRefs(body, func(ref ast.Ref) bool {
		found = found || ref.String() == ast.WalkBuiltin.Name
		return found
	})
	return found
}
