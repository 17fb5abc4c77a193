package regomod

import "github.com/open-policy-agent/opa/v1/ast"

// OPA binds variables to terms as they are written and copies them when it needs
// their value: x1 := [x0, x0], x2 := [x1, x1] and so on doubles memory with each
// line, and no step counts it. The weight of a rule is how large such a value
// can become, told from the text alone. A rule whose own lines weigh too much is
// an error. Partial evaluation does the same through rules and functions, where
// what they give is unknown: a rule that weighs too much together with all it
// uses is not lowered. Rego has no recursion, so that weights are finite.

// maxWeight bounds what may be copied for one rule, in terms.
const maxWeight = 100_000

// checkWeights refuses rules that are too heavy by themselves.
func (c *compiler) checkWeights() {
	w := &weigher{rules: map[*ast.Rule]int{}, alone: true}
	for _, path := range c.order {
		for _, r := range c.files[path].module.Rules {
			if w.rule(r) > maxWeight {
				c.report(tooHeavy(c.place(r.Loc())))
			}
		}
	}
}

// weightOf is the weight of a special rule.
func (c *compiler) weightOf(s *special) int {
	w := c.weights
	most := 0
	for _, r := range c.compiledRules(s) {
		most = max(most, w.rule(r))
	}
	return most
}

type weigher struct {
	opa   *ast.Compiler
	rules map[*ast.Rule]int
	alone bool // what other rules give weighs nothing
	// named, if it is set, finds the rules that a term of a module names before
	// modules are compiled; types are weighed then instead of values.
	named func(from *ast.Rule, t *ast.Term) []*ast.Rule
}

// rule weighs what a rule may come to: all its expressions together.
func (w *weigher) rule(r *ast.Rule) int {
	if have, ok := w.rules[r]; ok {
		return have
	}
	w.rules[r] = 1
	vars := &locals{w: w, rule: r, terms: map[ast.Var][]*ast.Term{}, known: map[ast.Var]int{}}
	total := 1
	for rule := r; rule != nil; rule = rule.Else {
		ast.WalkExprs(rule, func(e *ast.Expr) bool {
			if terms, ok := e.Terms.([]*ast.Term); ok && len(terms) == 3 && (e.IsEquality() || e.IsAssignment()) {
				for i := range 2 {
					if v, ok := terms[1+i].Value.(ast.Var); ok {
						vars.terms[v] = append(vars.terms[v], terms[2-i])
					}
				}
			} else if ok && len(terms) > 2 {
				// f(x, y): y is what f gives.
				if v, ok := terms[len(terms)-1].Value.(ast.Var); ok {
					vars.terms[v] = append(vars.terms[v], &ast.Term{Value: ast.Call(terms[:len(terms)-1])})
				}
			}
			return false
		})
		for _, t := range []*ast.Term{rule.Head.Key, rule.Head.Value} {
			if t != nil {
				total = add(total, vars.weigh(t))
			}
		}
		ast.WalkExprs(rule, func(e *ast.Expr) bool {
			ast.WalkTerms(e, func(t *ast.Term) bool {
				if _, ok := t.Value.(ast.Var); ok {
					total = max(total, vars.weigh(t))
				}
				return false
			})
			return false
		})
	}
	w.rules[r] = total
	return total
}

// locals are the variables of one rule.
type locals struct {
	w     *weigher
	rule  *ast.Rule
	terms map[ast.Var][]*ast.Term
	known map[ast.Var]int
}

func (l *locals) weigh(t *ast.Term) int {
	if t.IsGround() && !isReference(t) {
		return 1
	}
	if l.w.named != nil {
		if call, ok := t.Value.(ast.Call); ok {
			return l.types(call[0])
		}
		if v, isVar := t.Value.(ast.Var); isReference(t) || isVar && len(l.terms[v]) == 0 {
			return l.types(t)
		}
	}
	switch v := t.Value.(type) {
	case ast.Var:
		if have, ok := l.known[v]; ok {
			return have
		}
		l.known[v] = 1
		most := 1
		for _, of := range l.terms[v] {
			most = max(most, l.weigh(of))
		}
		l.known[v] = most
		return most
	case ast.Ref:
		if isData(v) && l.w.alone {
			return 1
		}
		if isData(v) {
			most := 1
			for _, r := range l.w.opa.GetRules(v.ConstantPrefix()) {
				most = max(most, l.w.rule(r))
			}
			return most
		}
		return l.weigh(v[0])
	case ast.Call:
		if l.w.alone {
			return 1
		}
		args := 1
		for _, a := range v[1:] {
			args = add(args, l.weigh(a))
		}
		return times(l.weigh(v[0]), args)
	case *ast.Array:
		total := 1
		v.Foreach(func(x *ast.Term) { total = add(total, l.weigh(x)) })
		return total
	case ast.Set:
		total := 1
		v.Foreach(func(x *ast.Term) { total = add(total, l.weigh(x)) })
		return total
	case ast.Object:
		total := 1
		v.Foreach(func(k, x *ast.Term) { total = add(total, add(l.weigh(k), l.weigh(x))) })
		return total
	}
	return 1
}

// types weighs what the rules that a term names may give: one type for each, but
// simple ones are one and the same.
func (l *locals) types(t *ast.Term) int {
	total := 1
	for _, r := range l.w.named(l.rule, t) {
		if w := l.w.rule(r); w > 2 {
			total = add(total, w)
		}
	}
	return total
}

func add(a, b int) int   { return min(a+b, maxWeight+1) }
func times(a, b int) int { return min(a*b, maxWeight+1) }
