package regomod

import (
	"maps"
	"slices"

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
	opa    *ast.Compiler
	direct map[*ast.Rule]*reads
	calls  map[*ast.Rule][]*ast.Rule
}

func newReader(opa *ast.Compiler) *reader {
	return &reader{opa: opa, direct: map[*ast.Rule]*reads{}, calls: map[*ast.Rule][]*ast.Rule{}}
}

// of collects what compiled rules look at.
func (r *reader) of(rules []*ast.Rule) *reads {
	out := newReads()
	for _, rule := range r.reached(rules) {
		out.merge(r.look(rule))
	}
	return out
}

// reached lists rules and all that they ask, each once.
func (r *reader) reached(rules []*ast.Rule) []*ast.Rule {
	var out []*ast.Rule
	seen := map[*ast.Rule]bool{}
	for todo := slices.Clone(rules); len(todo) > 0; {
		rule := todo[0]
		todo = todo[1:]
		if seen[rule] {
			continue
		}
		seen[rule] = true
		out = append(out, rule)
		r.look(rule)
		todo = append(todo, r.calls[rule]...)
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
func (r *reader) look(rule *ast.Rule) *reads {
	if have, ok := r.direct[rule]; ok {
		return have
	}
	out := newReads()
	r.direct[rule] = out
	aliases, skip := aliasesOf(rule)
	ast.WalkTerms(rule, func(t *ast.Term) bool {
		ref, ok := t.Value.(ast.Ref)
		if !ok || skip[t] {
			return false
		}
		if v, ok := ref[0].Value.(ast.Var); ok && aliases[v] != nil {
			ref = append(slices.Clone(aliases[v]), ref[1:]...)
		}
		r.ref(rule, out, ref, t.Location)
		return false
	})
	return out
}

// aliasesOf finds variables that stand for input, input.item or input.user, and
// the references assigned to them.
func aliasesOf(rule *ast.Rule) (map[ast.Var]ast.Ref, map[*ast.Term]bool) {
	aliases, skip := map[ast.Var]ast.Ref{}, map[*ast.Term]bool{}
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		terms, ok := e.Terms.([]*ast.Term)
		if !ok || len(terms) != 3 || !e.IsEquality() && !e.IsAssignment() {
			return false
		}
		v, ok1 := terms[1].Value.(ast.Var)
		ref, ok2 := terms[2].Value.(ast.Ref)
		if ok1 && ok2 && isWhole(ref) {
			aliases[v] = ref
			skip[terms[2]] = true
		}
		return false
	})
	return aliases, skip
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

func (r *reader) ref(rule *ast.Rule, out *reads, ref ast.Ref, loc *ast.Location) {
	head := ref[0].Value
	switch {
	case head.Compare(ast.DefaultRootDocument.Value) == 0:
		r.calls[rule] = append(r.calls[rule], r.opa.GetRules(ref.ConstantPrefix())...)
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
