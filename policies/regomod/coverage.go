package regomod

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// This file tells what tests in Rego see of guardrails, which no algebra knows:
// OPA's own evaluation is watched, and what it does with a compiled expression is
// counted for the expression of the source that it was made from
// (docs/decisions/0095-coverage-of-guardrails.md).

// Coverage is what tests in Rego saw of a policy's guardrails, and of the helpers that
// guardrails lean on. Sync rules and settings are not among it: the engine decides
// by them.
type Coverage struct {
	rules []*CoveredRule // by file and place
	spans map[string][]span
}

// CoveredRule is one rule with the parts of its body.
type CoveredRule struct {
	File string
	Line int
	What string // "guardrail deny", "helper lib.is_removal"
	// Parts are the expressions of the body, each followed by those inside it, of
	// comprehensions and of every; the head of a rule without a body is one.
	Parts []*CoveredPart
}

// CoveredPart is one expression, with the answers that it gave.
type CoveredPart struct {
	Text string // on one line
	Line int
	// Binds marks what gives a name its value, or is the value: it is there to
	// succeed, and need not be seen to fail.
	Binds       bool
	True, False bool
}

// span is where a part stands in a module's bytes.
type span struct {
	start, end int
	part       *CoveredPart
}

// NewCoverage lists the guardrails of a policy's modules, of which nothing is seen yet.
// A module that does not parse has none.
func NewCoverage(modules []Source) *Coverage {
	c := &compiler{files: map[string]*file{}}
	for _, src := range modules {
		if f := c.read(src); f == nil {
			c.order = c.order[:len(c.order)-1]
		} else {
			f.pkg = dotted(f.module.Package.Path[1:])
		}
	}
	slices.Sort(c.order)
	cov := &Coverage{spans: map[string][]span{}}
	judged := c.leadsTo(guardrailsPackage+".deny", guardrailsPackage+".warn")
	for _, path := range c.order {
		f := c.files[path]
		for _, rule := range f.module.Rules {
			if !judged[f.pkg+"."+firstWord(rule)] || f.isDecided(rule) {
				continue
			}
			for r := rule; r != nil; r = r.Else {
				cov.add(f, r)
			}
		}
		slices.SortStableFunc(cov.spans[path], func(a, b span) int { return cmp.Compare(a.start, b.start) })
	}
	return cov
}

// leadsTo is what rules of some names lead to, themselves included.
func (c *compiler) leadsTo(names ...string) map[string]bool {
	u := c.usage()
	uses := map[string][]string{}
	for _, path := range c.order {
		f := c.files[path]
		imports := f.imports()
		for _, rule := range f.module.Rules {
			name := f.pkg + "." + firstWord(rule)
			uses[name] = append(uses[name], u.named(f, rule, imports)...)
		}
	}
	reached := map[string]bool{}
	for todo := names; len(todo) > 0; {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if !reached[next] {
			reached[next] = true
			todo = append(todo, uses[next]...)
		}
	}
	return reached
}

// named are the rules that a rule names; unlike what bounds the compiler's work, the name
// of a package before a rule's is not the whole package.
func (u *usage) named(f *file, rule *ast.Rule, imports map[string]ast.Ref) (out []string) {
	var look *ast.GenericVisitor
	look = ast.NewGenericVisitor(func(x any) bool {
		t, ok := x.(*ast.Term)
		if !ok {
			return false
		}
		name, prefix := u.resolve(f, t, imports)
		if name != "" {
			out = append(out, name)
		} else if prefix != "" {
			for _, n := range u.order {
				if strings.HasPrefix("."+n, strings.TrimSuffix(prefix, ".")+".") {
					out = append(out, n)
				}
			}
		}
		ref, ok := t.Value.(ast.Ref)
		if !ok || name+prefix == "" {
			return false
		}
		for _, part := range ref[1:] {
			look.Walk(part)
		}
		return true
	})
	look.Walk(rule)
	return out
}

// isDecided reports a sync rule or a rule of settings, by which the engine decides.
func (f *file) isDecided(rule *ast.Rule) bool {
	return f.pkg == settingsPackage || f.pkg == rulesPackage && slices.Contains([]string{"exclude", "hold"}, firstWord(rule))
}

func (cov *Coverage) add(f *file, r *ast.Rule) {
	name := dotted(r.Head.Ref())
	if r.Head.Key != nil {
		name = firstWord(r) // of a set, without its member
	}
	what := "helper " + f.pkg + "." + name
	if f.pkg == guardrailsPackage && (name == "deny" || name == "warn") {
		what = "guardrail " + name
	}
	first := len(cov.spans[f.Path])
	rule := &CoveredRule{File: f.Path, Line: f.at(r.Head.Loc()).Start.Line, What: what}
	if len(r.Body) == 0 || generatedBody(r, r.Body[0]) {
		cov.part(rule, r.Head.Location, true)
	}
	for _, body := range bodies(r) {
		for _, e := range body {
			if !generatedBody(r, e) && !declares(e) {
				cov.part(rule, e.Location, binds(e))
			}
		}
	}
	spans := cov.spans[f.Path][first:]
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for _, s := range spans {
		rule.Parts = append(rule.Parts, s.part)
	}
	cov.rules = append(cov.rules, rule)
}

// bodies are a rule's own and those inside it, without those of its else.
func bodies(r *ast.Rule) (out []ast.Body) {
	for _, x := range [...]any{r.Head, r.Body} {
		ast.WalkBodies(x, func(b ast.Body) bool {
			out = append(out, b)
			return false
		})
	}
	return out
}

func (cov *Coverage) part(r *CoveredRule, at *ast.Location, binds bool) {
	p := &CoveredPart{Text: strings.Join(strings.Fields(string(at.Text)), " "), Line: at.Row, Binds: binds}
	cov.spans[r.File] = append(cov.spans[r.File], span{at.Offset, at.Offset + len(at.Text), p})
}

// declares reports "some x", of which nothing is evaluated.
func declares(e *ast.Expr) bool {
	some, ok := e.Terms.(*ast.SomeDecl)
	return ok && !isCall(some.Symbols[0])
}

// binds reports "x := y" and "some x in y".
func binds(e *ast.Expr) bool {
	_, some := e.Terms.(*ast.SomeDecl)
	return some || e.IsAssignment()
}

func isCall(t *ast.Term) bool {
	_, ok := t.Value.(ast.Call)
	return ok
}

// Rules lists what is judged, by file and place.
func (cov *Coverage) Rules() []*CoveredRule { return cov.rules }

// at finds the innermost part that stands at a place of a module.
func (cov *Coverage) at(loc *ast.Location) *CoveredPart {
	if loc == nil {
		return nil
	}
	spans := cov.spans[loc.File]
	i, _ := slices.BinarySearchFunc(spans, loc.Offset+1, func(s span, offset int) int { return cmp.Compare(s.start, offset) })
	for i--; i >= 0; i-- {
		if loc.Offset < spans[i].end {
			return spans[i].part
		}
	}
	return nil
}

// compiledPart is an expression that OPA made of a part. A part holds when the last that
// was made of it does.
type compiledPart struct {
	*CoveredPart
	last bool
}

// watched is what OPA made of the parts.
type watched struct {
	parts map[*ast.Expr]compiledPart
	heads map[*ast.Rule]*CoveredPart
}

// in finds the parts in what OPA compiled. It is nil where nobody wants coverage.
func (cov *Coverage) in(opa *ast.Compiler) *watched {
	if cov == nil {
		return nil
	}
	w := &watched{map[*ast.Expr]compiledPart{}, map[*ast.Rule]*CoveredPart{}}
	for path := range cov.spans {
		if opa.Modules[path] == nil {
			continue
		}
		for _, rule := range opa.Modules[path].Rules {
			for r := rule; r != nil; r = r.Else {
				w.add(cov, r)
			}
		}
	}
	return w
}

func (w *watched) add(cov *Coverage, r *ast.Rule) {
	if p := cov.at(r.Head.Location); p != nil {
		w.heads[r] = p
	}
	for _, body := range bodies(r) {
		seen := map[*CoveredPart]bool{}
		for _, e := range slices.Backward(body) {
			if p := cov.at(e.Location); p != nil {
				w.parts[e] = compiledPart{p, !seen[p]}
				seen[p] = true
			}
		}
	}
}

// run runs a test once more to see what it evaluates: with all rules, where OPA would
// pass over those that its index knows not to hold, and with an allowance of its own, so
// that no test ends otherwise for being watched.
func (w *watched) run(ctx context.Context, opa *ast.Compiler, test ast.Ref) {
	p := &program{opa: opa, query: ast.NewBody(ast.NewExpr(ast.NewTerm(test)))}
	if p.prepare() != nil {
		return // the tester has said so
	}
	t := &coverageTracer{watched: w, open: map[uint64]*ast.Expr{}, yes: map[*CoveredPart]bool{}, no: map[*CoveredPart]bool{}}
	err := within(ctx, toTest.times(4), func(ctx context.Context, b *budget) error {
		_, err := p.prepared.Eval(ctx, rego.EvalQueryTracer(t), rego.EvalRuleIndexing(false), rego.EvalExternalCancel(b))
		return err
	})
	if errors.Is(err, errDeadline) {
		return // it may still go on
	}
	for p := range t.yes {
		p.True = true
	}
	for p := range t.no {
		p.False = true
	}
}

// coverageTracer notes which expressions hold and which fail while OPA evaluates.
type coverageTracer struct {
	*watched
	open    map[uint64]*ast.Expr // by query, what is being evaluated
	yes, no map[*CoveredPart]bool
}

// Enabled implements topdown.QueryTracer.
func (*coverageTracer) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (*coverageTracer) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer. That an expression holds shows in what comes
// after it in its query: the next one, or the end.
func (t *coverageTracer) TraceEvent(e topdown.Event) {
	switch e.Op {
	case topdown.EvalOp:
		t.holds(e.QueryID)
		if expr, ok := e.Node.(*ast.Expr); ok {
			t.open[e.QueryID] = expr
		}
	case topdown.ExitOp:
		t.holds(e.QueryID)
		if r, ok := e.Node.(*ast.Rule); ok && t.heads[r] != nil {
			t.yes[t.heads[r]] = true
		}
	case topdown.FailOp:
		if expr, ok := e.Node.(*ast.Expr); ok {
			if p, ok := t.parts[expr]; ok {
				t.no[p.CoveredPart] = true
			}
		}
		delete(t.open, e.QueryID)
	}
}

func (t *coverageTracer) holds(query uint64) {
	if p, ok := t.parts[t.open[query]]; ok && p.last {
		t.yes[p.CoveredPart] = true
	}
	delete(t.open, query)
}
