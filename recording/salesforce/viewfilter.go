package salesforce

import (
	"slices"
	"strconv"
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
	entity     string // the one record, such as a campaign, whose contacts it shows
	compatible state.Truth
	pos        textpos.Pos
}

func (d *definition) member(f *file, path string, v *jsonstream.Value) {
	switch path {
	case "whereCondition":
		d.where = v
	case "scope":
		d.scope = v
	case "scopeEntityId":
		d.entity = v.Text()
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
	case d.entity != "":
		out.Unusable = "it shows what belongs to " + wire.Clip(d.entity) + ", and that is not recorded"
	case hasWord(d.query, "limit"):
		out.Unusable = "its query stops at a number of rows (LIMIT)"
	case hasWord(d.query, "where") && noConditions(d.where):
		out.Unusable = "its query has a WHERE part, and its whereCondition was not recorded"
	case d.where != nil && !d.where.IsNull():
		out.Condition = (&filterReader{env: f.env, file: f.in.Path}).condition(d.where)
	}
	return out
}

// noConditions reports a whereCondition that limits nothing.
func noConditions(v *jsonstream.Value) bool {
	list := v.Get("conditions")
	return v == nil || v.IsNull() || list.Is(jsonstream.Array) && len(list.Items) == 0
}

// NotCompatible is why nothing can be concluded from the definition of some views.
const NotCompatible = "Salesforce cannot put it into a query (soqlCompatible is false)"

// readScope finds whose records the view shows: the scope says, else the query.
// Where they disagree it is not known.
func (d *definition) readScope() (state.ViewScope, string) {
	name, asked := d.scope.Text(), d.queryScope()
	switch {
	case name == "":
		name = asked
	case asked != "" && scopeNamed(asked) != scopeNamed(name):
		return state.ScopeElse, wire.Clip(name) + " or " + wire.Clip(asked)
	}
	return scopeNamed(name), wire.Clip(name)
}

// queryScope is the scope that the query names; a query without one shows
// everything. "" without a query.
func (d *definition) queryScope() string {
	if d.query == "" {
		return ""
	}
	words := queryWords(d.query)
	for i := 0; i+2 < len(words); i++ {
		if words[i] == "using" && words[i+1] == "scope" {
			return words[i+2]
		}
	}
	return "everything"
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

func hasWord(query, word string) bool { return slices.Contains(queryWords(query), word) }

// queryWords are the words of a query in lower case, without the texts it compares
// with.
func queryWords(query string) []string {
	var out strings.Builder
	inText := false
	for i := 0; i < len(query); i++ {
		switch c := query[i]; {
		case inText && c == '\\':
			i++
		case c == '\'':
			inText = !inText
			out.WriteByte(' ')
		case !inText:
			out.WriteByte(c)
		}
	}
	return strings.Fields(strings.ToLower(out.String()))
}

// The bounds of one filter. Salesforce's own are far lower.
const (
	maxViewParts  = 1000
	maxViewValues = 10_000
)

// filterReader reads the whereCondition of one describe.
type filterReader struct {
	env           *Env
	file          string
	parts, values int
}

// misread marks a part that cannot be understood, and says where it stands.
func (e *Env) misread(file string, pos textpos.Pos, c *state.ViewCondition, problem, hint string) {
	c.Problem = problem
	e.Problems.Warn(file, pos, "List view not understood", "In this list view %s.%s Contacts that depend on it are held: record the view's results, or change its filter in Salesforce.", problem, hint)
}

func (r *filterReader) misread(v *jsonstream.Value, c *state.ViewCondition, problem, hint string) {
	r.env.misread(r.file, v.Where(), c, problem, hint)
}

// condition reads a field that is compared, or a group of conditions.
func (r *filterReader) condition(v *jsonstream.Value) *state.ViewCondition {
	c := &state.ViewCondition{Line: int(v.Where().Line)}
	r.parts++
	switch list, one := v.Get("conditions"), v.Get("condition"); {
	case r.parts > maxViewParts:
		c.Problem = "the filter has too many parts"
		if r.parts == maxViewParts+1 {
			r.misread(v, c, c.Problem, "")
		}
	case !v.Is(jsonstream.Object):
		r.misread(v, c, "a part of the filter is "+v.Kind.String()+" instead of a condition", "")
	case list.Is(jsonstream.Array):
		r.group(c, v, list.Items)
	case one != nil:
		c.Join, c.Parts = state.JoinNot, []*state.ViewCondition{r.condition(one)}
	case v.Get("subQuery") != nil:
		r.misread(v, c, "a part of the filter is a query of its own", "")
	default:
		r.field(c, v)
	}
	return c
}

// group reads conditions joined by one word. No conditions at all hold for every
// record, whatever the word.
func (r *filterReader) group(c *state.ViewCondition, v *jsonstream.Value, list []jsonstream.Value) {
	conjunction := v.Get("conjunction").Text()
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
			r.misread(v, c, "conditions are joined by "+quoted(conjunction)+", which is neither and nor or", "")
		}
	}
	if len(list) == 0 {
		c.Join = state.JoinAll
	}
	if c.Join == state.JoinNot && len(list) != 1 {
		r.misread(v, c, "not stands before more than one condition", "")
	}
	for i := range list {
		c.Parts = append(c.Parts, r.condition(&list[i]))
	}
}

func quoted(s string) string { return `"` + wire.Clip(s) + `"` }

func (r *filterReader) field(c *state.ViewCondition, v *jsonstream.Value) {
	field, op := v.Get("field"), v.Get("operator")
	if field.Text() == "" || op.Text() == "" {
		r.misread(v, c, "a part of the filter names no field or no operator", "")
		return
	}
	c.Join, c.Field = state.JoinField, wire.Text(field.Str)
	known, ok := state.ParseViewOperator(op.Str)
	if !ok {
		r.misread(op, c, unknownOperator(c.Field, op.Str), suggestOperator(op.Str))
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
			r.value(c, &values.Items[i])
		}
	default:
		r.value(c, values)
	}
	r.env.typeCondition(c)
}

func unknownOperator(field, operator string) string {
	return quoted(field) + " is compared by " + quoted(operator) + ", an operator that is not known"
}

// suggestOperator is the operator that was perhaps meant, as a sentence.
func suggestOperator(word string) string {
	var known []string
	for _, w := range state.ViewOperators() {
		known = append(append(known, w.Metadata), w.Describe...)
	}
	return wire.DidYouMean(word, known)
}

// value reads a SOQL literal, or a plain JSON value.
func (r *filterReader) value(c *state.ViewCondition, v *jsonstream.Value) {
	if r.values++; r.values > maxViewValues {
		if c.Problem == "" {
			r.misread(v, c, quoted(c.Field)+" is compared with too many values", "")
		}
		return
	}
	switch v.Kind {
	case jsonstream.Null:
		c.Values = append(c.Values, state.ViewValue{Null: true})
	case jsonstream.Bool:
		c.Values = append(c.Values, state.ViewValue{Text: strconv.FormatBool(v.Bool)})
	case jsonstream.Number, jsonstream.String:
		keep := c.Operator == state.ViewLike || c.Operator == state.ViewNotLike
		c.Values = append(c.Values, soqlValue(wire.Text(v.Str), keep))
	default:
		r.misread(v, c, quoted(c.Field)+" is compared with "+v.Kind.String(), "")
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
