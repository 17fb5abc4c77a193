package regomod

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// guardrail is a deny or warn rule.
type guardrail struct {
	deny  bool
	rng   hcl.Range
	run   *program
	about []string // plan, simulation
}

// Verdict is what a guardrail says.
type Verdict struct {
	Deny    bool // else a warning
	Message string
	File    string
	Line    int
	Range   hcl.Range // of the rule's first line
}

func (c *compiler) guardrail(s *special) *guardrail {
	g := &guardrail{deny: s.role == roleDeny, rng: s.range1(), run: c.program(s, s.member(), toGuard)}
	roots := c.refs.of(c.compiledRules(s)).roots
	for _, root := range [...]string{"plan", "simulation"} {
		if roots[root] != nil {
			g.about = append(g.about, root)
		}
	}
	return g
}

// HasGuardrails reports whether any guardrail speaks of a "plan" or a
// "simulation".
func (p *Policy) HasGuardrails(kind string) bool {
	return p != nil && slices.ContainsFunc(p.guardrails, func(g *guardrail) bool { return g.isAbout(kind) })
}

// isAbout: a guardrail that reads nothing at all speaks of everything.
func (g *guardrail) isAbout(kind string) bool {
	return len(g.about) == 0 || slices.Contains(g.about, kind)
}

// Guardrails asks every guardrail about a plan or a simulation: doc is its JSON
// form, as bytes, a [json.RawMessage] or anything that marshals to it. Verdicts
// are in the order of files and lines, then of messages. What guardrails may cost
// together grows with the document. An error names the rule that failed; nothing
// is concluded then.
func (p *Policy) Guardrails(ctx context.Context, kind string, doc any) ([]Verdict, error) {
	if !p.HasGuardrails(kind) {
		return nil, nil
	}
	input, err := documentOf(kind, doc)
	if err != nil {
		return nil, err
	}
	left := toGuard.plus(guardNode.times(nodes(input)))
	var out []Verdict
	for _, g := range p.guardrails {
		if !g.isAbout(kind) {
			continue
		}
		var rs rego.ResultSet
		rs, left, err = g.run.spend(ctx, left, input)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: the guardrail failed: %w", g.rng.Filename, g.rng.Start.Line, err)
		}
		for _, r := range rs {
			text, ok := r.Bindings[string(wildcard)].(string)
			if !ok {
				return nil, fmt.Errorf("%s:%d: a guardrail's message must be a text, as in sprintf(\"%%d removals\", [n])", g.rng.Filename, g.rng.Start.Line)
			}
			out = append(out, Verdict{Deny: g.deny, Message: text, File: g.rng.Filename, Line: g.rng.Start.Line, Range: g.rng})
		}
	}
	slices.SortStableFunc(out, func(a, b Verdict) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(out), nil
}

// nodes counts the values in a document.
func nodes(v ast.Value) int64 {
	n := int64(1)
	switch v := v.(type) {
	case *ast.Array:
		v.Foreach(func(x *ast.Term) { n += nodes(x.Value) })
	case ast.Object:
		v.Foreach(func(_, x *ast.Term) { n += nodes(x.Value) })
	}
	return n
}

func documentOf(kind string, doc any) (ast.Value, error) {
	data, ok := doc.([]byte)
	if raw, isRaw := doc.(json.RawMessage); isRaw {
		data, ok = raw, true
	}
	if !ok {
		var err error
		if data, err = json.Marshal(doc); err != nil {
			return nil, err
		}
	}
	v, err := ast.ValueFromReader(strings.NewReader(string(data)))
	if err != nil {
		return nil, fmt.Errorf("the %s is not JSON: %w", kind, err)
	}
	return ast.NewObject([2]*ast.Term{ast.StringTerm(kind), ast.NewTerm(v)}), nil
}
