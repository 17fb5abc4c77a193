package regomod

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"

	"weir/policies/cond"
)

// reason is why a rule stayed opaque, and the place of what could not be lowered.
type reason struct {
	text string
	at   hcl.Range
}

func (r reason) place() cond.Place {
	return cond.Place{File: r.at.Filename, Line: r.at.Start.Line, Column: r.at.Start.Column}
}

// lowerable are functions that conditions have a form for, of some arguments at
// least.
var lowerable = []string{"eq", "equal", "neq", "lt", "lte", "gt", "gte", "assign", "startswith", "endswith", "contains", "internal.member_2",
	"regex.match", "plus", "minus", "time.add_date", "count", "lower", "upper"}

// reason says in words why a rule stayed opaque. What partial evaluation leaves
// is no text of anybody's: it is told as it stands in the module, if that is
// known.
func (l *lowerer) reason(s *special) reason {
	out := reason{"conditions have no form for it", s.range1()}
	if l.why == nil {
		return out
	}
	source := ""
	if loc := placeOf(l.why); loc != nil && l.c.files[loc.File] != nil {
		out.at, source = l.c.place(loc), shortened(string(loc.Text))
	}
	if what := does(l.why); what != "" {
		out.text = "it " + what + ", which conditions cannot"
	}
	if source != "" {
		out.text += ": " + source
	}
	return out
}

// placeOf finds the first place in a module that something came from.
func placeOf(x ast.Node) *ast.Location {
	if loc := x.Loc(); loc != nil && loc.File != "" {
		return loc
	}
	var found *ast.Location
	ast.WalkTerms(x, func(t *ast.Term) bool {
		if found == nil && t.Location != nil && t.Location.File != "" {
			found = t.Location
		}
		return found != nil
	})
	return found
}

// does is what the first thing does that only OPA can; "" for nothing known.
func does(x ast.Node) string {
	what := ""
	note := func(text string) {
		if what == "" {
			what = text
		}
	}
	call := func(op *ast.Term) {
		if ref, ok := op.Value.(ast.Ref); ok && !isData(ref) && !slices.Contains(lowerable, ref.String()) {
			note("calls " + spoken(ref.String()))
		}
	}
	ast.WalkExprs(x, func(e *ast.Expr) bool {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			call(terms[0])
		}
		if len(e.With) > 0 {
			note("asks with another input (with)")
		}
		return false
	})
	ast.WalkTerms(x, func(t *ast.Term) bool {
		switch v := t.Value.(type) {
		case ast.Call:
			call(v[0])
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			note("builds a collection (comprehension)")
		}
		return false
	})
	return what
}
