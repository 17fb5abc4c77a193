package listview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/policies/cond"
	"weir/state"
)

// Moment is whom a view is evaluated for, and when.
type Moment struct {
	User  *state.User
	Today state.Date // the session's date in the user's zone
	Zone  *time.Location
}

// Compiled is a list view as a condition.
type Compiled struct {
	// When holds for the contacts in the view. It is good for the moment's person
	// and day only.
	When cond.Expr
	// Unclear says, in order and each once, which parts of the filter cannot be
	// evaluated and are unknown for every contact.
	Unclear []string
	// doubts are parts that are unknown for some contacts only.
	doubts []string
}

// Why says, in order and each once, which parts of the filter leave it unknown
// whether a contact is in the view. What was not recorded of the contact itself is
// not among them.
func (c *Compiled) Why(s *cond.Subject) []string {
	var out []string
	for _, leaf := range cond.Explain(c.When, s).Deciding() {
		for _, reason := range slices.Concat(c.Unclear, c.doubts) {
			if strings.Contains(leaf.Text, opaqueText(reason)) && !slices.Contains(out, reason) {
				out = append(out, reason)
			}
		}
	}
	return out
}

// Compile makes the condition. It never fails: what it cannot evaluate is
// unknown.
func Compile(f *state.ViewFilter, at Moment) Compiled {
	if at.Zone == nil {
		at.Zone = time.UTC
	}
	c := &compiler{at: at, file: f.File, line: f.Line, weeks: weekStarts(at.User)}
	var when cond.Expr
	if f.Unusable != "" {
		when = c.unclear(f.Unusable)
	} else {
		when = cond.AllOf(c.scope(f), c.condition(f.Condition, 0))
	}
	return Compiled{When: when, Unclear: c.why, doubts: c.doubts}
}

// maxDepth bounds how deep a filter nests.
const maxDepth = 100

type compiler struct {
	at     Moment
	file   string
	line   int            // of the part that is being compiled
	weeks  []time.Weekday // on which the person's weeks may begin
	why    []string
	doubts []string
}

// unclear is a part that is always unknown.
func (c *compiler) unclear(why string) cond.Expr { return c.unknown(&c.why, why) }

// doubt is a part that is unknown where it is asked, which is not for everybody.
func (c *compiler) doubt(why string) cond.Expr { return c.unknown(&c.doubts, why) }

func (c *compiler) unknown(into *[]string, why string) cond.Expr {
	if c.file != "" && c.line > 0 {
		why = fmt.Sprintf("%s (%s:%d)", why, c.file, c.line)
	}
	if !slices.Contains(*into, why) {
		*into = append(*into, why)
	}
	return &cond.Opaque{Language: "list view", Source: opaqueText(why), Why: why,
		Call: func(*cond.Subject) (state.Truth, error) { return state.Unknown, nil }}
}

func opaqueText(why string) string { return "unclear(" + why + ")" }

func (c *compiler) scope(f *state.ViewFilter) cond.Expr {
	switch f.Scope {
	case state.ScopeEverything:
		return cond.Const(true)
	case state.ScopeMine:
		if c.at.User == nil || c.at.User.ID == "" {
			return c.unclear("the view shows the person's own records, and the person's Salesforce id is not known")
		}
		return cond.Comparison(cond.Equal, cond.Attr{Attr: state.AttrOwner}, text(c.at.User.ID))
	case state.ScopeElse:
		return c.unclear("the view shows the records of " + scopeWords(f.ScopeName) + ", and who belongs to these is not recorded")
	}
	return c.unclear("whose records the view shows (its scope) was not recorded")
}

// scopeWords names a scope in a sentence.
func scopeWords(name string) string {
	if words, ok := knownScopes[strings.ToLower(strings.ReplaceAll(name, "_", ""))]; ok {
		return words
	}
	return "the scope " + quoted(name)
}

var knownScopes = map[string]string{
	"team": "the person's team", "mygroups": "the person's groups", "mineandmygroups": "the person and the person's groups",
	"myterritory": "the person's territories", "myteamterritory": "the territories of the person's team",
	"queue": "a queue", "queueowned": "a queue", "delegated": "people the person acts for", "salesteam": "the person's sales teams",
	"assignedtome": "the person by assignment", "userowned": "one chosen user", "scopingrule": "a scoping rule",
}

func (c *compiler) condition(e *state.ViewCondition, depth int) cond.Expr {
	if e != nil && e.Line > 0 {
		c.line = e.Line
	}
	switch {
	case e == nil:
		return cond.Const(true)
	case e.Problem != "":
		return c.unclear(e.Problem)
	case depth > maxDepth:
		return c.unclear("the filter nests too deep")
	}
	switch e.Join {
	case state.JoinField:
		return c.field(e)
	case state.JoinAll:
		return cond.AllOf(c.parts(e, depth)...)
	case state.JoinAny:
		return cond.AnyOf(c.parts(e, depth)...)
	case state.JoinNot:
		if len(e.Parts) == 1 {
			return cond.Negate(c.condition(e.Parts[0], depth+1))
		}
	}
	return c.unclear("a part of the filter cannot be read")
}

func (c *compiler) parts(e *state.ViewCondition, depth int) []cond.Expr {
	out := make([]cond.Expr, 0, len(e.Parts))
	for _, p := range e.Parts {
		out = append(out, c.condition(p, depth+1))
	}
	return out
}

// attributes are the fields of a contact that the schema has. Every other field is
// looked up by its name.
var attributes = map[string]state.Attr{
	"ownerid": state.AttrOwner, "createddate": state.AttrCreated, "lastmodifieddate": state.AttrModified,
	"lastmodifiedbyid": state.AttrModifiedBy, "name": state.AttrTitle, "firstname": state.AttrFirstName,
	"lastname": state.AttrLastName, "email": state.AttrEmail, "phone": state.AttrPhone, "mobilephone": state.AttrMobile,
	"title": state.AttrJobTitle, "account.name": state.AttrCompany, "owner.email": state.AttrOwnerEmail,
}

// operand is what a field is to the operators.
type operand struct {
	term  cond.Term
	typ   state.Type
	exact bool // an id: its case counts
	typed bool // the type is known, not assumed
	name  string
}

func operandOf(e *state.ViewCondition) operand {
	o := operand{name: e.Field, typed: true}
	if a, ok := attributes[strings.ToLower(e.Field)]; ok {
		o.term, o.typ = cond.Attr{Attr: a}, a.Describe().Type
		o.exact = a == state.AttrOwner || a == state.AttrModifiedBy
		return o
	}
	o.typ, o.typed = e.Type, e.Type != state.TypeInvalid
	if !o.typed {
		o.typ = state.Text
	}
	o.exact = strings.HasSuffix(e.Field, "Id")
	o.term = cond.Custom{Name: e.Field, Of: o.typ}
	return o
}

// field is one field compared with values. Where several values stand, one of
// them suffices; for the operators that deny, none of them may hold.
func (c *compiler) field(e *state.ViewCondition) cond.Expr {
	o := operandOf(e)
	if e.Field == "" {
		return c.unclear("a part of the filter names no field")
	}
	positive, denied := e.Operator, false
	if p, ok := denies[e.Operator]; ok {
		positive, denied = p, true
	}
	if len(e.Values) > 1 && ordering[positive] {
		return c.unclear(quoted(o.name) + " is compared by " + e.Operator.String() + " with several values")
	}
	values := e.Values
	if len(values) == 0 {
		values = []state.ViewValue{{Null: true}}
	}
	var any []cond.Expr
	var known []state.Value // equal to one of these
	for _, v := range values {
		v, why := c.ofUser(o, v)
		if why != "" {
			any = append(any, c.unclear(why))
			continue
		}
		v.Null = v.Null || v.Text == ""
		if lit, ok := o.literal(positive, v); ok {
			known = append(known, lit)
			continue
		}
		part, why := c.one(o, positive, v)
		if why != "" {
			part = c.unclear(why)
		}
		any = append(any, part)
	}
	if len(known) > 0 {
		any = append(any, equalsOneOf(o, known))
	}
	out := cond.AnyOf(any...)
	if denied {
		return cond.Negate(out)
	}
	return out
}

// denies pairs the operators that deny with what they deny. Salesforce counts an
// empty field as denying too.
var denies = map[state.ViewOperator]state.ViewOperator{
	state.ViewNotEqual: state.ViewEquals, state.ViewNotContain: state.ViewContains,
	state.ViewExcludes: state.ViewIncludes, state.ViewNotLike: state.ViewLike,
}

var ordering = map[state.ViewOperator]bool{
	state.ViewLess: true, state.ViewLessOrEqual: true, state.ViewGreater: true, state.ViewGreaterOrEqual: true,
}

// literal is a value of a text or number that equality looks up in a list.
func (o operand) literal(op state.ViewOperator, v state.ViewValue) (state.Value, bool) {
	if op != state.ViewEquals || v.Null || o.typ != state.Text || o.doubtful(v.Text) {
		return state.Value{}, false
	}
	return state.TextValue(o.fold(v.Text)), true
}

func equalsOneOf(o operand, list []state.Value) cond.Expr {
	if len(list) == 1 {
		return cond.Comparison(cond.Equal, o.folded(), cond.Literal{Value: list[0]})
	}
	return cond.IsIn(o.folded(), list)
}

// one is a field compared with one value; why says that it cannot be.
func (c *compiler) one(o operand, op state.ViewOperator, v state.ViewValue) (e cond.Expr, why string) {
	switch {
	case op == state.ViewOperatorInvalid:
		return nil, quoted(o.name) + " is compared by an operator that is not known"
	case op == state.ViewWithin:
		return nil, quoted(o.name) + " is compared by distance (within), which is not evaluated"
	case v.Null && op == state.ViewEquals && o.typ == state.Bool:
		return cond.Negate(cond.IsTrue(o.term)), ""
	case v.Null && op == state.ViewEquals:
		return cond.IsNull(o.term), ""
	case v.Null:
		return nil, quoted(o.name) + " is compared by " + op.String() + " with nothing"
	}
	switch o.typ {
	case state.Bool:
		return o.bool(op, v.Text)
	case state.Number:
		return o.number(op, v.Text)
	case state.Day, state.Instant:
		return c.time(o, op, v.Text)
	}
	return o.text(op, v.Text)
}

func text(s string) cond.Term { return cond.Literal{Value: state.TextValue(s)} }

// quoted puts a foreign word into a message.
func quoted(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
