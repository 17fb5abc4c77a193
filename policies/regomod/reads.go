package regomod

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"weir/policies/cond"
	"weir/state"
)

// reads is what a rule looks at, with the first place where it does.
type reads struct {
	attrs      map[state.Attr]*ast.Location
	user       map[state.UserAttr]*ast.Location
	custom     map[string]*ast.Location
	userCustom map[string]*ast.Location
	roots      map[string]*ast.Location // item, user, now, today, plan, simulation
	// wholeItem and wholeUser: passed on as a whole, so that anything may be read.
	wholeItem, wholeUser bool
	// fields are names after ".custom" of something that cannot be told.
	fields map[string]bool
}

func newReads() *reads {
	return &reads{attrs: map[state.Attr]*ast.Location{}, user: map[state.UserAttr]*ast.Location{},
		custom: map[string]*ast.Location{}, userCustom: map[string]*ast.Location{},
		roots: map[string]*ast.Location{}, fields: map[string]bool{}}
}

// reader collects what rules look at, through the rules they call.
type reader struct {
	opa  *ast.Compiler
	seen map[string]*looked // by call.key
}

// call is a rule with what of the input its arguments are known to stand for: nil
// where an argument is anything else.
type call struct {
	rule *ast.Rule
	args []ast.Ref
}

func (c call) key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p", c.rule)
	for _, a := range c.args {
		b.WriteString(" " + a.String())
	}
	return b.String()
}

// looked is what one rule looks at itself, and the rules it calls.
type looked struct {
	reads *reads
	calls []call
}

func newReader(opa *ast.Compiler) *reader {
	return &reader{opa: opa, seen: map[string]*looked{}}
}

// maxCalls bounds the ways in which rules may call each other. Past it they may
// read anything.
const maxCalls = 10_000

// of collects what compiled rules look at.
func (r *reader) of(rules []*ast.Rule) *reads {
	out := newReads()
	seen := map[string]bool{}
	var todo []call
	for _, rule := range rules {
		todo = append(todo, call{rule: rule})
	}
	for ; len(todo) > 0; todo = todo[1:] {
		key := todo[0].key()
		if seen[key] {
			continue
		}
		if seen[key] = true; len(seen) > maxCalls {
			out.wholeItem, out.wholeUser = true, true
			break
		}
		l := r.look(todo[0])
		out.merge(l.reads)
		todo = append(todo, l.calls...)
	}
	return out
}

// reached lists rules and all that they ask, each once.
func (r *reader) reached(rules []*ast.Rule) []*ast.Rule {
	var out []*ast.Rule
	seen := map[*ast.Rule]bool{}
	for todo := slices.Clone(rules); len(todo) > 0; todo = todo[1:] {
		if rule := todo[0]; !seen[rule] {
			seen[rule] = true
			out = append(out, rule)
			todo = append(todo, r.called(rule)...)
		}
	}
	return out
}

// called are the rules that a rule calls.
func (r *reader) called(rule *ast.Rule) []*ast.Rule {
	var out []*ast.Rule
	for _, c := range r.look(call{rule: rule}).calls {
		out = append(out, c.rule)
	}
	return out
}

func (o *reads) merge(in *reads) {
	note(o.attrs, in.attrs)
	note(o.user, in.user)
	note(o.custom, in.custom)
	note(o.userCustom, in.userCustom)
	note(o.roots, in.roots)
	maps.Copy(o.fields, in.fields)
	o.wholeItem = o.wholeItem || in.wholeItem
	o.wholeUser = o.wholeUser || in.wholeUser
}

func note[K comparable](to, from map[K]*ast.Location) {
	for k, loc := range from {
		if _, ok := to[k]; !ok {
			to[k] = loc
		}
	}
}

// look is what one rule looks at itself.
func (r *reader) look(c call) *looked {
	key := c.key()
	if have, ok := r.seen[key]; ok {
		return have
	}
	l := &look{opa: r.opa, aliases: map[ast.Var]ast.Ref{}, skip: map[*ast.Term]int{}, out: &looked{reads: newReads()}}
	r.seen[key] = l.out
	for rule := c.rule; rule != nil; rule = rule.Else {
		for i, arg := range rule.Head.Args {
			if v, ok := arg.Value.(ast.Var); ok && i < len(c.args) && c.args[i] != nil {
				l.aliases[v] = c.args[i]
			}
			l.skip[arg]++
		}
	}
	ast.WalkExprs(c.rule, l.assigned)
	ast.WalkExprs(c.rule, l.called)
	ast.WalkTerms(c.rule, l.term)
	return l.out
}

// look is one rule being looked at.
type look struct {
	opa *ast.Compiler
	// aliases are variables that stand for input, input.item or input.user.
	aliases map[ast.Var]ast.Ref
	// skip counts where a term is no reading by itself. The compiler uses one term
	// in several places.
	skip map[*ast.Term]int
	out  *looked
}

// assigned finds what variables stand for.
func (l *look) assigned(e *ast.Expr) bool {
	terms, ok := e.Terms.([]*ast.Term)
	if !ok || len(terms) != 3 || !e.IsEquality() && !e.IsAssignment() {
		return false
	}
	v, ok1 := terms[1].Value.(ast.Var)
	ref, ok2 := terms[2].Value.(ast.Ref)
	if ok1 && ok2 && isWhole(ref) {
		l.aliases[v] = ref
		l.skip[terms[1]]++
		l.skip[terms[2]]++
	}
	return false
}

// called finds calls of rules with arguments, which may pass the input on.
func (l *look) called(e *ast.Expr) bool {
	terms, ok := e.Terms.([]*ast.Term)
	if !ok {
		return false
	}
	op, ok := terms[0].Value.(ast.Ref)
	if !ok || !isData(op) {
		return false
	}
	l.skip[terms[0]]++
	args := make([]ast.Ref, len(terms)-1)
	for i, t := range terms[1:] {
		switch v := t.Value.(type) {
		case ast.Var:
			args[i] = l.aliases[v]
		case ast.Ref:
			if isWhole(v) {
				args[i] = v
			}
		}
		if args[i] != nil {
			l.skip[t]++
		}
	}
	for _, rule := range l.opa.GetRules(op.ConstantPrefix()) {
		l.out.calls = append(l.out.calls, call{rule, args})
	}
	return false
}

// term notes what a term reads. A variable that stands for a whole and is used as
// one may be read for anything.
func (l *look) term(t *ast.Term) bool {
	if l.skip[t] > 0 {
		l.skip[t]--
		return true
	}
	switch v := t.Value.(type) {
	case ast.Var:
		if whole := l.aliases[v]; whole != nil {
			l.ref(whole, t.Location)
		}
	case ast.Ref:
		if head, ok := v[0].Value.(ast.Var); ok && l.aliases[head] != nil {
			l.ref(append(slices.Clone(l.aliases[head]), v[1:]...), t.Location)
		} else {
			l.ref(v, t.Location)
		}
		for _, part := range v[1:] {
			ast.WalkTerms(part, l.term)
		}
		return true
	}
	return false
}

func isWhole(ref ast.Ref) bool {
	if ref[0].Value.Compare(ast.InputRootDocument.Value) != 0 || len(ref) > 2 {
		return false
	}
	return len(ref) == 1 || word(ref, 1) == "item" || word(ref, 1) == "user"
}

// word is a constant part of a reference, or "".
func word(ref ast.Ref, i int) string {
	if i >= len(ref) {
		return ""
	}
	s, _ := ref[i].Value.(ast.String)
	return string(s)
}

// ref notes what a reference reads.
func (l *look) ref(ref ast.Ref, loc *ast.Location) {
	out := l.out.reads
	head := ref[0].Value
	switch {
	case head.Compare(ast.DefaultRootDocument.Value) == 0:
		for _, rule := range l.opa.GetRules(ref.ConstantPrefix()) {
			l.out.calls = append(l.out.calls, call{rule: rule})
		}
		return
	case head.Compare(ast.InputRootDocument.Value) != 0:
		if i := slices.IndexFunc(ref, func(t *ast.Term) bool { return t.Value.Compare(ast.String("custom")) == 0 }); i > 0 {
			if name := word(ref, i+1); name != "" {
				out.fields[name] = true
			}
		}
		return
	}
	root := word(ref, 1)
	if root == "" {
		out.wholeItem, out.wholeUser = true, true
		for _, root := range [...]string{"item", "user", "now", "today", "plan", "simulation"} {
			note(out.roots, map[string]*ast.Location{root: loc})
		}
		return
	}
	note(out.roots, map[string]*ast.Location{root: loc})
	name := word(ref, 2)
	switch {
	case root == "item" && name == "":
		out.wholeItem = true
	case root == "user" && name == "":
		out.wholeUser = true
	case root == "item" && name == "custom":
		customRead(out.custom, &out.wholeItem, ref, loc)
	case root == "user" && name == "custom":
		customRead(out.userCustom, &out.wholeUser, ref, loc)
	case root == "item":
		if a, ok := state.ParseAttr(name); ok {
			note(out.attrs, map[state.Attr]*ast.Location{a: partLoc(ref, 2, loc)})
		}
	case root == "user":
		if a, ok := state.ParseUserAttr(name); ok {
			note(out.user, map[state.UserAttr]*ast.Location{a: partLoc(ref, 2, loc)})
		}
	}
}

func customRead(to map[string]*ast.Location, whole *bool, ref ast.Ref, loc *ast.Location) {
	name := word(ref, 3)
	if name == "" {
		*whole = true
		return
	}
	note(to, map[string]*ast.Location{name: partLoc(ref, 3, loc)})
}

// partLoc is where a part of a reference stands.
func partLoc(ref ast.Ref, i int, otherwise *ast.Location) *ast.Location {
	if i < len(ref) && ref[i].Location != nil {
		return ref[i].Location
	}
	return otherwise
}

// refs are the reads as cond counts them.
func (o *reads) refs() cond.Refs {
	var terms []cond.Term
	for a := range o.attrs {
		terms = append(terms, cond.Attr{Attr: a})
	}
	for a := range o.user {
		terms = append(terms, cond.UserAttr{Attr: a})
	}
	if o.wholeItem {
		for _, row := range state.Schema() {
			if !row.Internal {
				terms = append(terms, cond.Attr{Attr: row.Attr})
			}
		}
	}
	if o.wholeUser {
		for _, row := range state.UserSchema() {
			terms = append(terms, cond.UserAttr{Attr: row.Attr})
		}
	}
	for name := range o.custom {
		terms = append(terms, cond.Custom{Name: name, Of: state.Text})
	}
	for name := range o.userCustom {
		terms = append(terms, cond.Custom{Name: name, Of: state.Text, OfUser: true})
	}
	for name := range o.fields {
		if o.wholeItem {
			terms = append(terms, cond.Custom{Name: name, Of: state.Text})
		}
		if o.wholeUser && !o.wholeItem {
			terms = append(terms, cond.Custom{Name: name, Of: state.Text, OfUser: true})
		}
	}
	if o.roots["now"] != nil {
		terms = append(terms, cond.Now{})
	}
	if o.roots["today"] != nil {
		terms = append(terms, cond.Today{})
	}
	return cond.RefsOf(terms...)
}
