package salesforce

import (
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// definition collects what the describe of a list view says.
type definition struct {
	any        bool // some member is a describe's
	scope      *jsonstream.Value
	where      *jsonstream.Value
	query      string
	object     string
	compatible state.Truth
	pos        textpos.Pos
}

func (d *definition) member(f *file, path string, v *jsonstream.Value) {
	switch path {
	case "whereCondition":
		d.where = v
	case "scope":
		d.scope = v
	case "query":
		d.query = v.Text()
	case "sobjectType":
		d.object = v.Text()
	case "soqlCompatible":
		d.compatible = f.read.Bool(v, path).Truth()
	default:
		return
	}
	if !d.any {
		d.pos = v.Pos
	}
	d.any = d.any || path == "whereCondition" || path == "query" || path == "sobjectType" || f.in.Type == "list_view"
}

// finishDefinition hands over a list view's describe; false if the file is none.
func (f *file) finishDefinition() bool {
	d := &f.view.def
	if !d.any || f.isView || f.failed != "" {
		return false
	}
	p := ViewPage{File: f.in.Path, ID: f.view.id, DeveloperName: f.view.developerName, Label: f.view.label, Compatible: d.compatible,
		Named: f.view.developerName != ""}
	if p.ID != "" {
		p.ID = f.env.ID(f.in.Path, f.view.pos, p.ID)
	}
	if !p.Named {
		p.DeveloperName = f.in.Name
	}
	p.Kind, p.Filter = kindOfObject(d.object), d.filter(f)
	f.out.addDefinition(p)
	return true
}

// addDefinition files a page that is no result, with its feed.
func (o *Output) addDefinition(p ViewPage) {
	o.Views = append(o.Views, p)
	o.Feeds = append(o.Feeds, &wire.Feed{Kind: "list_view_filter", File: p.File, Full: true, Rows: 1, Total: -1, Group: p.DeveloperName})
}

// listedView reads a row of the list of list views.
func (f *file) listedView(v *jsonstream.Value) {
	id, name := v.Get("id"), v.Get("developerName").Text()
	if name == "" {
		return
	}
	p := ViewPage{File: f.in.Path, DeveloperName: name, Label: wire.Text(v.Get("label").Text()), Named: true,
		Compatible: f.read.Bool(v.Get("soqlCompatible"), "soqlCompatible").Truth()}
	if id.Text() != "" {
		p.ID = f.env.ID(f.in.Path, id.Pos, id.Str)
	}
	f.out.Views = append(f.out.Views, p)
	if !f.listed {
		f.listed = true
		f.out.Feeds = append(f.out.Feeds, &wire.Feed{Kind: "list_views", File: f.in.Path, Full: true, Total: -1, Group: "list_views"})
	}
	f.out.Feeds[len(f.out.Feeds)-1].Rows++
}

// kindOfObject is the kind a list view is about; KindInvalid for an object that is
// not synced, and where none is named.
func kindOfObject(object string) state.Kind {
	k, _ := state.ParseKind(strings.ToLower(object))
	return k
}

// filter is the definition in neutral words.
func (d *definition) filter(f *file) *state.ViewFilter {
	out := &state.ViewFilter{File: f.in.Path, Line: int(d.pos.Line)}
	out.Scope, out.ScopeName = d.readScope()
	switch {
	case d.compatible == state.False:
		out.Unusable = NotCompatible
	case d.object != "" && kindOfObject(d.object) == state.KindInvalid:
		out.Unusable = "it is a list view of " + wire.Clip(d.object)
	case d.where == nil && d.query == "":
		out.Unusable = "its describe does not say what it shows (no whereCondition and no query)"
	case d.where == nil || d.where.IsNull():
		if hasWhere(d.query) {
			out.Unusable = "its query has a WHERE part, and its whereCondition was not recorded"
		}
	default:
		out.Condition = f.viewCondition(d.where)
	}
	return out
}

// NotCompatible is why nothing can be concluded from the definition of some views.
const NotCompatible = "Salesforce cannot put it into a query (soqlCompatible is false)"

// readScope finds whose records the view shows: the scope, else the query says.
func (d *definition) readScope() (state.ViewScope, string) {
	name := d.scope.Text()
	if name == "" && d.query != "" {
		name = "everything"
		words := strings.Fields(strings.ToLower(d.query))
		for i := 0; i+2 < len(words); i++ {
			if words[i] == "using" && words[i+1] == "scope" {
				name = words[i+2]
			}
		}
	}
	return scopeNamed(name), wire.Clip(name)
}

func scopeNamed(name string) state.ViewScope {
	switch strings.ToLower(name) {
	case "":
		return state.ScopeNotKnown
	case "everything":
		return state.ScopeEverything
	case "mine":
		return state.ScopeMine
	}
	return state.ScopeElse
}

func hasWhere(query string) bool {
	for _, word := range strings.Fields(strings.ToLower(query)) {
		if word == "where" {
			return true
		}
	}
	return false
}

// viewCondition reads a whereCondition: a field, or a group of conditions.
func (f *file) viewCondition(v *jsonstream.Value) *state.ViewCondition {
	c := &state.ViewCondition{Line: int(v.Where().Line)}
	switch list, one := v.Get("conditions"), v.Get("condition"); {
	case !v.Is(jsonstream.Object):
		c.Problem = "a part of the filter is " + v.Kind.String() + " instead of a condition"
	case list.Is(jsonstream.Array):
		f.viewGroup(c, v.Get("conjunction").Text(), list.Items)
	case one != nil:
		c.Join, c.Parts = state.JoinNot, []*state.ViewCondition{f.viewCondition(one)}
	case v.Get("subQuery") != nil:
		c.Problem = "a part of the filter is a query of its own"
	default:
		f.viewField(c, v)
	}
	return c
}

// viewGroup reads conditions joined by one word. No conditions at all hold for
// every record, whatever the word.
func (f *file) viewGroup(c *state.ViewCondition, conjunction string, list []jsonstream.Value) {
	switch strings.ToLower(conjunction) {
	case "and":
		c.Join = state.JoinAll
	case "or":
		c.Join = state.JoinAny
	case "not":
		c.Join = state.JoinNot
	default:
		c.Join = state.JoinAll
		if len(list) > 1 {
			c.Problem = "conditions are joined by " + quoted(conjunction) + ", which is neither and nor or"
		}
	}
	if len(list) == 0 {
		c.Join = state.JoinAll
	}
	for i := range list {
		c.Parts = append(c.Parts, f.viewCondition(&list[i]))
	}
}

func quoted(s string) string { return `"` + wire.Clip(s) + `"` }

func (f *file) viewField(c *state.ViewCondition, v *jsonstream.Value) {
	field, op := v.Get("field"), v.Get("operator")
	if field.Text() == "" || op.Text() == "" {
		c.Problem = "a part of the filter names no field or no operator"
		return
	}
	c.Join, c.Field = state.JoinField, wire.Text(field.Str)
	known, ok := viewOperator(op.Str)
	if !ok {
		c.Problem = quoted(c.Field) + " is compared by " + quoted(op.Str) + ", an operator that is not known"
		return
	}
	c.Operator = known
	values := v.Get("values")
	if values == nil {
		values = v.Get("value")
	}
	switch {
	case values == nil, values.IsNull():
	case values.Is(jsonstream.Array):
		for i := range values.Items {
			f.viewValue(c, &values.Items[i])
		}
	default:
		f.viewValue(c, values)
	}
	f.env.typeCondition(c)
}

// viewValue reads a SOQL literal, or a plain JSON value.
func (f *file) viewValue(c *state.ViewCondition, v *jsonstream.Value) {
	switch v.Kind {
	case jsonstream.Null:
		c.Values = append(c.Values, state.ViewValue{Null: true})
	case jsonstream.Bool:
		text := "false"
		if v.Bool {
			text = "true"
		}
		c.Values = append(c.Values, state.ViewValue{Text: text})
	case jsonstream.Number, jsonstream.String:
		keep := c.Operator == state.ViewLike || c.Operator == state.ViewNotLike
		c.Values = append(c.Values, soqlValue(wire.Text(v.Str), keep))
	default:
		c.Problem = quoted(c.Field) + " is compared with " + v.Kind.String()
	}
}

// soqlValue reads a literal as SOQL writes it: 'text' with backslash escapes, null,
// or a bare word. A pattern keeps its escapes.
func soqlValue(s string, pattern bool) state.ViewValue {
	s = strings.TrimSpace(s)
	inner, quoted := s, false
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		inner, quoted = s[1:len(s)-1], true
	}
	if quoted {
		inner = soqlUnescape(inner, pattern)
	}
	if inner == "" || !quoted && strings.EqualFold(inner, "null") {
		return state.ViewValue{Null: true}
	}
	return state.ViewValue{Text: inner}
}

func soqlUnescape(s string, pattern bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		case 'r', 'R':
			b.WriteByte('\r')
		case 't', 'T':
			b.WriteByte('\t')
		case '%', '_', '\\':
			if pattern {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

var operatorNames = map[string]state.ViewOperator{
	"equals": state.ViewEquals, "equal": state.ViewEquals, "in": state.ViewEquals,
	"notequal": state.ViewNotEqual, "notequals": state.ViewNotEqual, "notin": state.ViewNotEqual,
	"lessthan": state.ViewLess, "lessorequal": state.ViewLessOrEqual, "lessthanorequalto": state.ViewLessOrEqual,
	"greaterthan": state.ViewGreater, "greaterorequal": state.ViewGreaterOrEqual, "greaterthanorequalto": state.ViewGreaterOrEqual,
	"contains": state.ViewContains, "notcontain": state.ViewNotContain, "notcontains": state.ViewNotContain,
	"startswith": state.ViewStartsWith, "includes": state.ViewIncludes, "excludes": state.ViewExcludes,
	"like": state.ViewLike, "notlike": state.ViewNotLike, "within": state.ViewWithin,
}

func viewOperator(name string) (state.ViewOperator, bool) {
	o, ok := operatorNames[strings.ToLower(strings.NewReplacer(" ", "", "_", "").Replace(name))]
	return o, ok
}

// typeCondition gives a field of a filter the type in which rows hold it, and ids
// their full length.
func (e *Env) typeCondition(c *state.ViewCondition) {
	c.Type = e.Described["Contact"][c.Field]
	if !strings.HasSuffix(c.Field, "Id") {
		return
	}
	for i, v := range c.Values {
		if id, problem := NormalizeID(v.Text); problem == IDFine || problem == IDCase {
			c.Values[i].Text = id
		}
	}
}
