package regomod

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"weir/policies/cond"
	"weir/state"
)

// Answer is a value that a rule gives one user: true where it does, unknown where
// that cannot be told. Value is nil when not even the value can be told; else a
// bool, a string, a json.Number, or a [Composite].
type Answer struct {
	Value any
	Truth state.Truth
}

// Composite is the type of a value that is a list, a set or an object, in words:
// no setting takes one.
type Composite string

// setting compiles a rule of weir.settings.
func (c *compiler) setting(s *special) *Setting {
	out := &Setting{Path: s.path, Forced: s.role == roleForced, Default: s.rule.Default, Range: s.range1()}
	query := s.value()
	if out.Forced {
		query = s.member()
	}
	if s.rule.Default {
		out.cases = []choice{{cond.Const(true), simple(s.rule.Head.Value)}}
		return out
	}
	pq, err := c.partial(s, query)
	if err != nil {
		out.Opaque, out.OpaqueAt = err.Error(), out.Range
	} else {
		l := newLowerer(c, nil, pq)
		for _, q := range pq.Queries {
			value, rest := given(q)
			x, _, ok := l.body(rest, nil)
			if !ok || value == nil {
				why := reason{"its value depends on the user", out.Range}
				if !ok {
					why = l.reason(s)
				}
				out.cases, out.Opaque, out.OpaqueAt = nil, why.text, why.at
				break
			}
			out.cases = append(out.cases, choice{x, simple(value)})
		}
	}
	if out.Opaque != "" {
		out.run = c.program(s, query, toDecide)
		out.uses = out.run.uses
	}
	return out
}

// given splits off what a query gives: x = constant. The value is nil when it
// is no constant.
func given(q ast.Body) (value *ast.Term, rest ast.Body) {
	for _, e := range q {
		if terms, ok := e.Terms.([]*ast.Term); ok && len(terms) == 3 && e.IsEquality() && !e.Negated && len(e.With) == 0 {
			a, b := terms[1], terms[2]
			if b.Value.Compare(wildcard) == 0 {
				a, b = b, a
			}
			if a.Value.Compare(wildcard) == 0 && b.IsGround() && !isReference(b) {
				value = b
				continue
			}
		}
		rest = append(rest, e)
	}
	return value, rest
}

func isReference(t *ast.Term) bool {
	switch t.Value.(type) {
	case ast.Ref, ast.Call, *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
		return true
	}
	return false
}

func simple(t *ast.Term) any {
	v, _ := plain(t, nil)
	return exported(v)
}

func exported(v any) any {
	if c, ok := v.(composite); ok {
		return Composite(c)
	}
	return v
}

// Constants are the values the rule may give, where they are known beforehand,
// so that they can be checked when a policy is loaded.
func (s *Setting) Constants() []any {
	var out []any
	for _, c := range s.cases {
		out = append(out, c.value)
	}
	return out
}

// For is what the rule gives a user: nothing, or its values. An error says why
// the rule failed, and then nothing is known.
func (s *Setting) For(u *state.User, dir *state.Directory) ([]Answer, error) {
	subject := &cond.Subject{User: u, Directory: dir}
	if s.run != nil {
		return s.asked(subject)
	}
	var out []Answer
	for _, c := range s.cases {
		truth, err := c.when.Eval(subject)
		if err != nil {
			return nil, err
		}
		if truth != state.False {
			out = append(out, Answer{c.value, truth})
		}
	}
	return out, nil
}

// When is when the rule gives a value, as a condition on people; nil of a default, which is there
// for everybody.
func (s *Setting) When() cond.Expr {
	if s.Default {
		return nil
	}
	if s.run != nil {
		return &cond.Opaque{Language: "Rego", Source: "what gives " + cmp.Or(s.Path, "forced"), Key: s.Range.String(), Why: s.Opaque, Uses: s.uses, Call: s.gives}
	}
	var whens []cond.Expr
	for _, c := range s.cases {
		whens = append(whens, c.when)
	}
	return cond.AnyOf(whens...)
}

// gives reports that an opaque rule gives somebody a value.
func (s *Setting) gives(subject *cond.Subject) (state.Truth, error) {
	answers, err := s.asked(subject)
	out := state.False
	for _, a := range answers {
		out = out.Or(a.Truth)
	}
	return out, err
}

// asked runs an opaque rule in OPA.
func (s *Setting) asked(subject *cond.Subject) ([]Answer, error) {
	for _, a := range s.uses.User {
		if !subject.UserValue(a).IsRecorded() {
			return []Answer{{nil, state.Unknown}}, nil
		}
	}
	for _, name := range s.uses.UserCustom {
		if !subject.UserCustom(name).IsRecorded() {
			return []Answer{{nil, state.Unknown}}, nil
		}
	}
	rs, err := s.run.results(context.Background(), inputOf(s.uses, subject))
	if err != nil {
		return nil, err
	}
	var out []Answer
	for _, r := range rs {
		v, ok := r.Bindings[string(wildcard)]
		if !ok {
			return nil, errNotUnderstood
		}
		out = append(out, Answer{exported(v), state.True})
	}
	return out, nil
}

// Text is a value as policies write it, for messages.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return fmt.Sprintf("%q", v)
	case json.Number:
		return v.String()
	case Composite:
		return "a value of type " + string(v)
	}
	return fmt.Sprint(v)
}
