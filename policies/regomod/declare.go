package regomod

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/text/unicode/norm"

	"weir/state"
)

// declare finds the rules that weir looks at, checks how they are written, and
// gives each a name of its own.
func (c *compiler) declare() {
	slices.Sort(c.order)
	c.byName = map[string]*special{}
	count := map[role]int{}
	for _, path := range c.order {
		f := c.files[path]
		normalise(f.module)
		for _, rule := range f.module.Rules {
			if expressionsIn(rule) > maxExpressions {
				c.report(tooManyExpressions(f.at(rule.Head.Loc())))
				continue
			}
			s := c.classify(f, rule)
			if s == nil {
				continue
			}
			if len(c.special) == MaxSpecial {
				c.report(tooManySpecial(f.at(rule.Loc())))
				return
			}
			count[s.role]++
			s.n = count[s.role]
			c.special = append(c.special, s)
			c.byName[s.name()] = s
			for r := rule; r != nil; r = r.Else {
				r.Head.Name = ast.Var(s.name())
				r.Head.SetRef(ast.Ref{ast.VarTerm(s.name())})
				if r.Head.Value != nil {
					r.Head.Key = nil // the parser repeats the last word of a path there
				}
			}
		}
	}
}

// maxExpressions bounds a rule: OPA orders expressions in quadratic time.
const maxExpressions = 1_000

func expressionsIn(rule *ast.Rule) int {
	n := 0
	ast.WalkExprs(rule, func(*ast.Expr) bool { n++; return false })
	return n
}

// normalise puts texts into Unicode NFC, in which all recorded texts are, and
// makes comparisons with the empty text ask for null as well, which is what an
// empty text is recorded as.
func normalise(m *ast.Module) {
	ast.WalkExprs(m, func(e *ast.Expr) bool {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			orNull(terms)
		}
		return false
	})
	ast.WalkTerms(m, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok {
			orNull(call)
		}
		if s, ok := t.Value.(ast.String); ok && !norm.NFC.IsNormalString(string(s)) {
			t.Value = ast.String(norm.NFC.String(string(s)))
		}
		return false
	})
}

// orNull turns x == "" into x in {"", null}, in place. Attributes that are no
// texts are left for the type check to refuse.
func orNull(call []*ast.Term) {
	if len(call) != 3 || call[0].Value.Compare(ast.Equal.Ref()) != 0 {
		return
	}
	x, empty := call[1], call[2]
	if isEmptyText(x) {
		x, empty = empty, x
	}
	if !isEmptyText(empty) || isEmptyText(x) {
		return
	}
	if ref, ok := x.Value.(ast.Ref); ok {
		if t := attributeType(ref); t != state.TypeInvalid && t != state.Text && t != state.Day {
			return
		}
	}
	null := ast.NullTerm().SetLocation(empty.Location)
	call[0] = ast.NewTerm(ast.Member.Ref()).SetLocation(call[0].Location)
	call[1], call[2] = x, ast.SetTerm(ast.StringTerm("").SetLocation(empty.Location), null).SetLocation(empty.Location)
}

func isEmptyText(t *ast.Term) bool { return t.Value.Compare(ast.String("")) == 0 }

// attributeType is the type of input.item.x or input.user.x; invalid for anything
// else.
func attributeType(ref ast.Ref) state.Type {
	if len(ref) != 3 || ref[0].Value.Compare(ast.InputRootDocument.Value) != 0 {
		return state.TypeInvalid
	}
	switch name := word(ref, 2); word(ref, 1) {
	case "item":
		if a, ok := state.ParseAttr(name); ok {
			return a.Describe().Type
		}
	case "user":
		if a, ok := state.ParseUserAttr(name); ok {
			return a.Describe().Type
		}
	}
	return state.TypeInvalid
}

// classify tells what a rule is for; nil for helpers and for what was wrong,
// which has been reported.
func (c *compiler) classify(f *file, rule *ast.Rule) *special {
	head := rule.Head
	ref := head.Ref()
	name := string(ref[0].Value.(ast.Var))
	set := head.RuleKind() == ast.MultiValue && len(ref) == 1 && len(head.Args) == 0
	made := func(r role) *special {
		if !set || rule.Default {
			c.report(notASet(f.at(head.Loc()), r))
			return nil
		}
		return &special{role: r, rule: rule, file: f}
	}
	switch {
	case f.pkg == rulesPackage && name == "exclude":
		return made(roleExclude)
	case f.pkg == rulesPackage && name == "hold":
		return made(roleHold)
	case f.pkg == guardrailsPackage && name == "deny":
		return made(roleDeny)
	case f.pkg == guardrailsPackage && name == "warn":
		return made(roleWarn)
	case f.pkg != settingsPackage:
		return nil
	case name == "forced":
		return made(roleForced)
	case len(ref) == 1 && !slices.Contains(c.env.Settings, name):
		return nil
	}
	if head.RuleKind() == ast.MultiValue || len(head.Args) > 0 || !ref.IsGround() {
		c.report(settingWithoutValue(f.at(head.Loc()), dotted(ref)))
		return nil
	}
	return &special{role: roleSetting, rule: rule, file: f, path: dotted(ref)}
}

// heading is what the object of a sync rule says.
type heading struct {
	name, reason, direction string
	kinds                   []string
	kindsAt                 *ast.Location
}

var headingKeys = []string{"direction", "kinds", "name", "reason"}

// headingOf reads the object of a sync rule. Its values must be constants, at
// most named in the rule's body: a plan says why before anything is evaluated.
func (c *compiler) headingOf(s *special) (heading, bool) {
	var h heading
	key := constant(s.rule, s.rule.Head.Key)
	obj, ok := key.Value.(ast.Object)
	if !ok {
		c.report(notAnObject(s.file.at(s.rule.Head.Key.Loc()), s.role))
		return h, false
	}
	good := true
	bad := func(t *ast.Term, name, wants string) {
		c.report(badHeading(s.file.at(locOf(t, s.rule.Head.Key)), name, wants))
		good = false
	}
	obj.Foreach(func(k, v *ast.Term) {
		name, _ := k.Value.(ast.String)
		v = constant(s.rule, v)
		switch text, isText := v.Value.(ast.String); string(name) {
		case "reason":
			if h.reason = string(text); !isText || h.reason == "" {
				bad(v, "reason", `a text that stands in the rule, as in {"reason": "private events stay where they are"}`)
			}
		case "name":
			if h.name = string(text); !isText || h.name == "" {
				bad(v, "name", "a text that stands in the rule")
			}
		case "direction":
			if h.direction = string(text); !isText || !slices.Contains([]string{"down", "up", "both"}, h.direction) {
				bad(v, "direction", `"down", "up" or "both"`)
			}
		case "kinds":
			h.kindsAt = locOf(v, s.rule.Head.Key)
			if h.kinds, ok = texts(v); !ok || len(h.kinds) == 0 {
				bad(v, "kinds", `a list of kinds, as in ["event"]`)
			}
		default:
			c.report(unknownHeading(s.file.at(locOf(k, s.rule.Head.Key)), s.role, strings.Trim(k.String(), `"`)))
			good = false
		}
	})
	if good && h.reason == "" {
		c.report(missingReason(s.file.at(s.rule.Head.Key.Loc()), s.role))
		good = false
	}
	return h, good
}

func locOf(t, otherwise *ast.Term) *ast.Location {
	if t.Location != nil {
		return t.Location
	}
	return otherwise.Location
}

// texts reads a list or set of texts.
func texts(t *ast.Term) (out []string, ok bool) {
	ok = true
	each := func(x *ast.Term) {
		s, isText := x.Value.(ast.String)
		out, ok = append(out, string(s)), ok && isText
	}
	switch v := t.Value.(type) {
	case *ast.Array:
		v.Foreach(each)
	case ast.Set:
		v.Sorted().Foreach(each)
	default:
		return nil, false
	}
	return out, ok
}

// constant follows a variable to what the body assigns to it.
func constant(rule *ast.Rule, t *ast.Term) *ast.Term {
	for range 10 {
		v, ok := t.Value.(ast.Var)
		if !ok {
			return t
		}
		next := assigned(rule.Body, v)
		if next == nil {
			return t
		}
		t = next
	}
	return t
}

func assigned(body ast.Body, v ast.Var) *ast.Term {
	for _, e := range body {
		terms, ok := e.Terms.([]*ast.Term)
		if !ok || len(terms) != 3 || !e.IsAssignment() && !e.IsEquality() {
			continue
		}
		if terms[1].Value.Compare(v) == 0 {
			return terms[2]
		}
	}
	return nil
}
