package regomod

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"weir/policies/cond"
	"weir/state"
)

// program is one rule as a query that OPA has prepared. It is prepared when it
// is first asked, and safe for concurrent use.
type program struct {
	opa       *ast.Compiler
	query     ast.Body
	allowance allowance
	uses      cond.Refs

	once     sync.Once
	prepared rego.PreparedEvalQuery
	err      error
}

func (c *compiler) program(s *special, query ast.Body, a allowance) *program {
	return &program{opa: c.opa, query: query, allowance: a, uses: c.refs.of(c.compiledRules(s)).refs()}
}

// preparing guards OPA's compiler, which compiles queries one at a time.
var preparing sync.Mutex

func (p *program) prepare() error {
	p.once.Do(func() {
		preparing.Lock()
		defer preparing.Unlock()
		p.prepared, p.err = rego.New(rego.Compiler(p.opa), rego.ParsedQuery(p.query), rego.Capabilities(capabilities()),
			rego.GenerateJSON(plain)).PrepareForEval(context.Background())
	})
	return p.err
}

// results asks OPA: every result of the query, in OPA's order, which is fixed.
func (p *program) results(ctx context.Context, input ast.Value, options ...rego.EvalOption) (rego.ResultSet, error) {
	out, _, err := p.spend(ctx, p.allowance, input, options...)
	return out, err
}

// spend is results under some other allowance; it also tells what is left of it.
func (p *program) spend(ctx context.Context, a allowance, input ast.Value, options ...rego.EvalOption) (rego.ResultSet, allowance, error) {
	if err := p.prepare(); err != nil {
		return nil, a, err
	}
	var out rego.ResultSet
	left := a
	err := within(ctx, a, func(ctx context.Context, b *budget) error {
		rs, err := p.prepared.Eval(ctx, append(options, rego.EvalParsedInput(input), rego.EvalExternalCancel(b))...)
		if err != nil {
			return understood(err)
		}
		out, left.steps, left.units = rs, b.steps, b.units
		return nil
	})
	if err != nil {
		return nil, a, err
	}
	return out, left, nil
}

// understood words what went wrong without OPA's codes, on one line.
func understood(err error) error {
	var e *topdown.Error
	if !errors.As(err, &e) {
		return err
	}
	lines := strings.Split(e.Message, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	text := lines[0]
	if len(lines) > 1 {
		text += " " + strings.Join(lines[1:], ", ")
	}
	text = strings.ReplaceAll(text, ast.DefaultRootDocument.String()+".", "")
	if e.Location != nil {
		text = e.Location.File + ":" + strconv.Itoa(e.Location.Row) + ": " + text
	}
	return errors.New(text)
}

// composite stands for a result that is no simple value, with its type.
type composite string

// plain turns results into Go's values; lists and objects are not followed,
// however large they are.
func plain(t *ast.Term, _ *rego.EvalContext) (any, error) {
	switch v := t.Value.(type) {
	case ast.Null:
		return nil, nil
	case ast.Boolean:
		return bool(v), nil
	case ast.String:
		return string(v), nil
	case ast.Number:
		return json.Number(v), nil
	}
	return composite(ast.ValueName(t.Value)), nil
}

// inputOf is the input of a program: only what it reads.
func inputOf(uses cond.Refs, s *cond.Subject) ast.Value {
	in := inputs{uses: uses}
	return in.of(s)
}

// inputs makes the inputs of a program, and keeps what they have in common.
type inputs struct {
	uses   cond.Refs
	last   *cond.Subject
	common [][2]*ast.Term // what does not depend on the item
}

func (in *inputs) of(s *cond.Subject) ast.Value {
	if l := in.last; l == nil || l.User != s.User || !l.Now.Equal(s.Now) || l.Today != s.Today {
		in.last, in.common = s, commonOf(in.uses, s)
	}
	input := ast.NewObject(in.common...)
	if in.uses.ReadsItem() {
		item := ast.NewObject()
		for _, a := range in.uses.Attrs {
			put(item, a.String(), s.Get(a), a.Describe().Type)
		}
		putCustom(item, in.uses.Custom, s.Custom)
		input.Insert(ast.InternedTerm("item"), ast.NewTerm(item))
	}
	return input
}

func commonOf(uses cond.Refs, s *cond.Subject) (out [][2]*ast.Term) {
	if len(uses.User)+len(uses.UserCustom) > 0 {
		user := ast.NewObject()
		for _, a := range uses.User {
			put(user, a.Describe().Name, s.UserValue(a), a.Describe().Type)
		}
		putCustom(user, uses.UserCustom, s.UserCustom)
		out = append(out, [2]*ast.Term{ast.InternedTerm("user"), ast.NewTerm(user)})
	}
	if uses.Now {
		out = append(out, [2]*ast.Term{ast.InternedTerm("now"), nanosTerm(s.Now.UnixNano())})
	}
	if uses.Today {
		out = append(out, [2]*ast.Term{ast.InternedTerm("today"), ast.StringTerm(s.Today.String())})
	}
	return out
}

func put(to ast.Object, name string, v state.Value, t state.Type) {
	if v.IsRecorded() {
		to.Insert(ast.StringTerm(name), termOf(v, t))
	}
}

func putCustom(to ast.Object, names []string, get func(string) state.Value) {
	if len(names) == 0 {
		return
	}
	custom := ast.NewObject()
	for _, name := range names {
		v := get(name)
		put(custom, name, v, v.Type())
	}
	to.Insert(ast.InternedTerm("custom"), ast.NewTerm(custom))
}

func nanosTerm(n int64) *ast.Term { return ast.NumberTerm(json.Number(strconv.FormatInt(n, 10))) }

// termOf is an attribute's value in the input: empty is null, save for truths,
// which are false, and lists, which have no members.
func termOf(v state.Value, t state.Type) *ast.Term {
	if !v.IsKnown() {
		switch t {
		case state.Bool:
			return ast.BooleanTerm(false)
		case state.Texts, state.People:
			return ast.ArrayTerm()
		}
		return ast.NullTerm()
	}
	switch v.Type() {
	case state.Bool:
		return ast.BooleanTerm(v.Bool())
	case state.Texts:
		terms := make([]*ast.Term, len(v.Texts()))
		for i, s := range v.Texts() {
			terms[i] = ast.StringTerm(s)
		}
		return ast.ArrayTerm(terms...)
	case state.Instant:
		return nanosTerm(v.UnixNano())
	case state.Number:
		return ast.FloatNumberTerm(v.Number())
	case state.People:
		return people(v.People())
	}
	return ast.StringTerm(v.String())
}

func people(list []state.Attendee) *ast.Term {
	terms := make([]*ast.Term, len(list))
	for i, a := range list {
		o := ast.NewObject()
		for _, part := range [...]struct{ name, text string }{{"email", a.Email}, {"name", a.Name}, {"response", a.Response}} {
			put(o, part.name, state.TextValue(part.text), state.Text)
		}
		terms[i] = ast.NewTerm(o)
	}
	return ast.ArrayTerm(terms...)
}
