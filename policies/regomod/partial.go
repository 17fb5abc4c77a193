package regomod

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"weir/policies/cond"
	"weir/state"
)

// lowerAll turns the special rules into the policy.
func (c *compiler) lowerAll() *Policy {
	p := &Policy{}
	for _, s := range c.special {
		switch s.role {
		case roleExclude, roleHold:
			if r := c.syncRule(s); r != nil {
				p.Rules = append(p.Rules, r)
			}
		case roleSetting, roleForced:
			p.Settings = append(p.Settings, c.setting(s))
		default:
			p.guardrails = append(p.guardrails, c.guardrail(s))
		}
	}
	return p
}

// wildcard stands for the member of a set that a query asks about.
var wildcard = ast.Var("x")

// member queries whether the rule's set has a member.
func (s *special) member() ast.Body {
	return ast.NewBody(ast.NewExpr(ast.NewTerm(append(s.ref(), ast.VarTerm(string(wildcard))))))
}

// value queries a complete rule's value.
func (s *special) value() ast.Body {
	return ast.NewBody(ast.Equality.Expr(ast.VarTerm(string(wildcard)), ast.NewTerm(s.ref())))
}

// range1 is where a special rule begins.
func (s *special) range1() hcl.Range { return s.file.at(s.rule.Head.Loc()) }

// partial evaluates a rule with all of the input unknown. An error says why the
// rule stays opaque.
func (c *compiler) partial(s *special, query ast.Body) (*rego.PartialQueries, error) {
	if c.weightOf(s) > maxWeight {
		return nil, errUnits
	}
	if why := c.ambiguous(s); why != "" {
		return nil, errors.New(why)
	}
	var out *rego.PartialQueries
	err := within(context.Background(), toLower, func(ctx context.Context, b *budget) error {
		prepared, err := rego.New(rego.Compiler(c.opa), rego.ParsedQuery(query), rego.ParsedUnknowns([]*ast.Term{ast.NewTerm(ast.InputRootRef)}),
			rego.Capabilities(capabilities())).PrepareForPartial(ctx)
		if err != nil {
			return err
		}
		out, err = prepared.Partial(ctx, rego.EvalExternalCancel(b))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(out.Queries) > MaxConjunctions:
		return nil, fmt.Errorf("it comes to %d alternatives, and %d is the most", len(out.Queries), MaxConjunctions)
	}
	return out, nil
}

// syncRule compiles an exclude or hold rule; nil when it is wrong, which has been
// reported.
func (c *compiler) syncRule(s *special) *Rule {
	h, ok := c.headingOf(s)
	if !ok {
		return nil
	}
	kinds, ok := c.kindsOf(s, h)
	if !ok {
		return nil
	}
	r := &Rule{Name: h.name, Hold: s.role == roleHold, Kinds: kinds, Reason: h.reason, Range: s.range1(),
		Up: h.direction == "up" || h.direction == "both", Down: h.direction != "up"}
	if r.Name == "" {
		r.Name = fmt.Sprintf("%s.%s %d", rulesPackage, s.role, s.n)
	}
	pq, err := c.partial(s, s.member())
	c.checkKinds(s, narrowed(kinds, c.bodies(s, pq)))
	if c.diags.HasErrors() {
		return nil
	}
	var why reason
	r.When, why = c.condition(s, kinds, pq, err)
	r.Opaque, r.OpaqueAt = why.text, why.at
	return r
}

// bodies are what a rule's condition comes to: what partial evaluation left, else
// its own bodies.
func (c *compiler) bodies(s *special, pq *rego.PartialQueries) []ast.Body {
	if pq != nil {
		return pq.Queries
	}
	var out []ast.Body
	for _, r := range c.compiledRules(s) {
		out = append(out, r.Body)
	}
	return out
}

// condition lowers a rule, or leaves it opaque and says why. An opaque rule keeps
// what could be lowered of it in front, so that OPA is asked less often.
func (c *compiler) condition(s *special, kinds []state.Kind, pq *rego.PartialQueries, err error) (cond.Expr, reason) {
	if err != nil {
		why := reason{err.Error(), s.range1()}
		return c.opaque(s, why), why
	}
	l := newLowerer(c, kinds, pq)
	var any, front []cond.Expr
	whole := true
	for _, q := range pq.Queries {
		x, parts, ok := l.body(q, nil)
		if ok {
			any, front = append(any, x), append(front, x)
			continue
		}
		whole = false
		front = append(front, cond.AllOf(parts...))
	}
	if whole {
		return cond.AnyOf(distinct(any)...), reason{}
	}
	why := l.reason(s)
	return cond.AllOf(cond.AnyOf(distinct(front)...), c.opaque(s, why)), why
}

// distinct leaves out conditions that are there already.
func distinct(list []cond.Expr) []cond.Expr {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(list), func(e cond.Expr) bool {
		text := e.String()
		have := seen[text]
		seen[text] = true
		return have
	})
}

// kindsOf reads a rule's kinds, in the order plans list them.
func (c *compiler) kindsOf(s *special, h heading) ([]state.Kind, bool) {
	all := state.Kinds()
	if h.kinds == nil {
		return all[:], true
	}
	named := map[state.Kind]bool{}
	ok := true
	for _, name := range h.kinds {
		k, known := state.ParseKind(name)
		if !known {
			c.report(unknownKind(s.file.at(h.kindsAt), name))
			ok = false
		}
		named[k] = true
	}
	return slices.DeleteFunc(slices.Clone(all[:]), func(k state.Kind) bool { return !named[k] }), ok
}

// narrowed leaves out the kinds that every body excludes by a test of
// input.item.kind.
func narrowed(kinds []state.Kind, bodies []ast.Body) []state.Kind {
	if len(bodies) == 0 {
		return kinds
	}
	possible := map[string]bool{}
	for _, b := range bodies {
		for _, k := range kinds {
			if admits(b, k.String()) {
				possible[k.String()] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(kinds), func(k state.Kind) bool { return !possible[k.String()] })
}

var kindRef = ast.MustParseRef("input.item.kind")

// admits tells whether a body's own tests of the kind let one through.
func admits(b ast.Body, kind string) bool {
	for _, e := range b {
		terms, ok := e.Terms.([]*ast.Term)
		if !ok || len(terms) != 3 || len(e.With) > 0 {
			continue
		}
		left, right := terms[1], terms[2]
		if right.Value.Compare(kindRef) == 0 {
			left, right = right, left
		}
		if left.Value.Compare(kindRef) != 0 {
			continue
		}
		holds, known := true, false
		switch op := terms[0].Value.(ast.Ref).String(); op {
		case "eq", "equal", "neq":
			if s, isText := right.Value.(ast.String); isText {
				holds, known = (string(s) == kind) == (op != "neq"), true
			}
		case "internal.member_2":
			if list, isTexts := texts(right); isTexts {
				holds, known = slices.Contains(list, kind), true
			}
		}
		if known && holds == e.Negated {
			return false
		}
	}
	return true
}

// opaque is a rule as a condition that asks OPA, and why it is.
func (c *compiler) opaque(s *special, why reason) cond.Expr {
	a := &asker{opa: c.opa, query: s.member(), allowance: toDecide, uses: c.refs.of(c.compiledRules(s)).refs()}
	return &cond.Opaque{Language: "Rego", Source: shortened(string(s.rule.Loc().Text)), Key: c.textsDigest() + string(s.rule.Loc().Text), Why: why.text, At: why.place,
		Uses: a.uses, Batch: a.ask,
		Call: func(subject *cond.Subject) (state.Truth, error) {
			answer := a.ask([]*cond.Subject{subject})[0]
			return answer.Truth, answer.Err
		}}
}

// textsDigest is a digest of all modules: a rule may call any of them.
func (c *compiler) textsDigest() string {
	if c.digest == "" {
		sum := sha256.New()
		for _, path := range slices.Sorted(maps.Keys(c.files)) {
			text := c.files[path].Text
			fmt.Fprintf(sum, "%d\x00%s", len(text), text)
		}
		c.digest = string(sum.Sum(nil))
	}
	return c.digest
}

var errNotUnderstood = errors.New("OPA's answer was not understood")
