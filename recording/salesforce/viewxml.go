package salesforce

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// This file reads list views as Salesforce's metadata has them
// (Key_Accounts.listView-meta.xml).

// The bounds of one file.
const (
	maxXMLBytes   = 1 << 20
	maxXMLDepth   = 20
	maxXMLFilters = 200
	maxLogicDepth = 50
)

// metadata collects the elements of one list view.
type metadata struct {
	fullName, label, scope, logic string
	division                      string
	filters                       []metadataFilter
	pos, logicPos                 textpos.Pos
	divisionPos, otherPos         textpos.Pos
	other                         string // the first element whose meaning is not known
}

type metadataFilter struct {
	field, operation, value string
	pos                     textpos.Pos
	problem                 string
}

// harmless are the elements that do not decide which records a view shows.
var harmless = map[string]bool{"columns": true, "sharedTo": true, "language": true, "queue": true, "visibility": true}

// ReadListView reads a list view's metadata. The object it is about is the folder
// above "listViews" where there is one, else Contact.
func ReadListView(r io.Reader, in Input, object string, env *Env, out *Output) *textpos.Error {
	limited := &io.LimitedReader{R: r, N: maxXMLBytes + 1}
	m, err := readMetadata(limited)
	if limited.N == 0 {
		err = &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "List view too large", Detail: "A list view's metadata is a small file, and this one has more than a mebibyte. It is not read."}
	}
	if err != nil && m.scope == "" && len(m.filters) == 0 {
		return err
	}
	name := m.fullName
	if name == "" {
		name = in.Name
	}
	if _, after, ok := strings.Cut(name, "."); ok { // Contact.Key_Accounts
		name = after
	}
	p := ViewPage{File: in.Path, DeveloperName: name, Label: wire.Text(m.label), Named: true, Kind: kindOfObject(object)}
	switch {
	case err != nil:
		p.Filter = m.unusable(in.Path, "its metadata could not be read to the end")
	case p.Kind == state.KindInvalid:
		p.Filter = m.unusable(in.Path, "it is a list view of "+wire.Clip(object))
	default:
		p.Filter = m.filter(env, in.Path)
	}
	out.addDefinition(p)
	return err
}

// readMetadata collects what one file says, as far as it can be read.
func readMetadata(r io.Reader) (*metadata, *textpos.Error) {
	m := &metadata{}
	d := xml.NewDecoder(r)
	var path []string
	var text strings.Builder
	var element textpos.Pos // where the last one began
	for {
		before := position(d)
		tok, err := d.Token()
		pos := position(d)
		switch {
		case errors.Is(err, io.EOF):
			if m.pos.Line == 0 {
				return m, &textpos.Error{Pos: pos, Summary: "Not a list view", Detail: "A list view's metadata is one ListView element, and this file has none."}
			}
			return m, nil
		case err != nil:
			return m, &textpos.Error{Pos: pos, Summary: "Unreadable XML", Detail: "The file cannot be read on: " + wire.Clip(err.Error()) + ".", Err: ioFailure(err)}
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if path = append(path, tok.Name.Local); len(path) > maxXMLDepth || len(m.filters) > maxXMLFilters {
				return m, &textpos.Error{Pos: pos, Summary: "List view too large", Detail: "The elements of this list view nest too deep, or are too many."}
			}
			text.Reset()
			element = before
			m.start(path, element)
		case xml.CharData:
			text.Write(tok)
		case xml.EndElement:
			m.end(path, wire.Text(strings.TrimSpace(text.String())), element)
			path = path[:len(path)-1]
			text.Reset()
		}
	}
}

func position(d *xml.Decoder) textpos.Pos {
	line, column := d.InputPos()
	return textpos.Pos{Line: int32(line), Column: int32(column)}
}

// ioFailure is the cause if reading failed, not the document.
func ioFailure(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return nil
	}
	return err
}

func (m *metadata) start(path []string, pos textpos.Pos) {
	switch strings.Join(path, "/") {
	case "ListView":
		m.pos = pos
	case "ListView/filters":
		m.filters = append(m.filters, metadataFilter{pos: pos})
	case "ListView/booleanFilter":
		m.logicPos = pos
	}
}

func (m *metadata) end(path []string, text string, pos textpos.Pos) {
	if len(path) < 2 || path[0] != "ListView" {
		return
	}
	switch name := path[1]; {
	case name == "filters" && len(path) == 3:
		m.filters[len(m.filters)-1].set(path[2], text)
	case name == "filters" && len(path) > 3:
		m.filters[len(m.filters)-1].problem = "a filter holds elements that weir does not know"
	case len(path) == 2:
		m.set(name, text, pos)
	}
}

func (m *metadata) set(name, text string, pos textpos.Pos) {
	switch name {
	case "fullName":
		m.fullName = text
	case "label":
		m.label = text
	case "filterScope":
		m.scope = text
	case "booleanFilter":
		m.logic = text
	case "division":
		m.division, m.divisionPos = text, pos
	default:
		if name != "filters" && !harmless[name] && m.other == "" {
			m.other, m.otherPos = name, pos
		}
	}
}

// set takes one element of a filter; each may stand once.
func (f *metadataFilter) set(name, text string) {
	into := map[string]*string{"field": &f.field, "operation": &f.operation, "value": &f.value}[name]
	switch {
	case into == nil:
		f.problem = "a filter holds the element " + quoted(name) + ", which weir does not know"
	case *into != "":
		f.problem = "a filter names its " + name + " twice"
	default:
		*into = text
	}
}

func (m *metadata) unusable(file, why string) *state.ViewFilter {
	return &state.ViewFilter{Scope: scopeNamed(m.scope), ScopeName: wire.Clip(m.scope), File: file, Line: int(m.pos.Line), Unusable: why}
}

func (m *metadata) filter(env *Env, file string) *state.ViewFilter {
	out := m.unusable(file, "")
	parts := make([]*state.ViewCondition, len(m.filters))
	values := 0
	for i, f := range m.filters {
		parts[i] = f.condition(env, file, &values)
	}
	all := parts
	if m.logic != "" {
		c, problem := joined(m.logic, parts, int(m.logicPos.Line))
		if problem != "" {
			c = &state.ViewCondition{Line: int(m.logicPos.Line)}
			env.misread(file, m.logicPos, c, problem, ` Join each pair of filters once, with brackets around parts: "1 AND (2 OR 3)".`)
		}
		all = []*state.ViewCondition{c}
	}
	all = append(all, m.beyond(env, file)...)
	switch {
	case len(all) == 1 && m.logic != "":
		out.Condition = all[0]
	case len(all) > 0:
		out.Condition = &state.ViewCondition{Join: state.JoinAll, Parts: all, Line: int(m.pos.Line)}
	}
	return out
}

// beyond is what limits the view besides its filters and cannot be told.
func (m *metadata) beyond(env *Env, file string) []*state.ViewCondition {
	var out []*state.ViewCondition
	add := func(pos textpos.Pos, problem string) {
		c := &state.ViewCondition{Line: int(pos.Line)}
		env.misread(file, pos, c, problem, "")
		out = append(out, c)
	}
	if m.division != "" {
		add(m.divisionPos, "the records are those of the division "+quoted(m.division)+", and which division a contact is in is not recorded")
	}
	if m.other != "" {
		add(m.otherPos, "there is an element "+quoted(m.other)+", and what it means for the records is not known")
	}
	return out
}

// condition reads one filter; values counts those of the whole view.
func (f metadataFilter) condition(env *Env, file string, values *int) *state.ViewCondition {
	c := &state.ViewCondition{Join: state.JoinField, Line: int(f.pos.Line)}
	var ok bool
	if f.problem != "" {
		env.misread(file, f.pos, c, f.problem, "")
		return c
	}
	if c.Field, ok = fieldOfColumn(f.field); !ok || c.Field == "" {
		env.misread(file, f.pos, c, "the filter reads the column "+quoted(f.field)+", and which field that is is not known", suggestColumn(f.field))
		return c
	}
	if c.Operator, ok = state.ParseViewOperator(f.operation); !ok {
		env.misread(file, f.pos, c, unknownOperator(c.Field, f.operation), suggestOperator(f.operation))
		return c
	}
	c.Values = alternatives(f.value)
	if *values += len(c.Values); *values > maxViewValues {
		c.Values = nil
		env.misread(file, f.pos, c, quoted(c.Field)+" is compared with too many values", "")
		return c
	}
	env.typeCondition(c)
	return c
}

// suggestColumn is the column that was perhaps meant, as a sentence.
func suggestColumn(word string) string {
	return wire.DidYouMean(word, slices.Sorted(maps.Keys(columns)))
}

// columns are the names list views' metadata has for a contact's own fields.
// Addresses have two numbered sets whose order Salesforce does not document, so
// they are left out: unknown rather than wrong.
var columns = map[string]string{
	"FULL_NAME": "Name", "NAME": "Name", "CONTACT.NAME": "Name", "CONTACT.FULL_NAME": "Name", "CONTACT.FIRST_NAME": "FirstName",
	"CONTACT.LAST_NAME": "LastName", "CONTACT.SALUTATION": "Salutation", "CONTACT.TITLE": "Title", "CONTACT.EMAIL": "Email",
	"CONTACT.DEPARTMENT": "Department", "CONTACT.PHONE1": "Phone", "CONTACT.PHONE2": "Fax", "CONTACT.PHONE3": "MobilePhone",
	"CONTACT.PHONE4": "HomePhone", "CONTACT.PHONE5": "OtherPhone", "CONTACT.PHONE6": "AssistantPhone",
	"CONTACT.ASSISTANT": "AssistantName", "CONTACT.LEAD_SOURCE": "LeadSource", "CONTACT.BIRTHDATE": "Birthdate",
	"CONTACT.DESCRIPTION": "Description", "CONTACT.CREATED_DATE": "CreatedDate", "CONTACT.LAST_UPDATE": "LastModifiedDate",
	"CONTACT.LAST_ACTIVITY": "LastActivityDate", "CONTACT.RECORDTYPE": "RecordType.Name", "ACCOUNT.NAME": "Account.Name",
	"ACCOUNT.TYPE": "Account.Type", "ACCOUNT.INDUSTRY": "Account.Industry", "CORE.USERS.ALIAS": "Owner.Alias",
	"CORE.USERS.FIRST_NAME": "Owner.FirstName", "CORE.USERS.LAST_NAME": "Owner.LastName", "CREATEDBY_USER.ALIAS": "CreatedBy.Alias",
	"UPDATEDBY_USER.ALIAS": "LastModifiedBy.Alias",
}

// fieldOfColumn is the API name behind a column. Custom fields go by their own
// names, with the object before them where they are the account's.
func fieldOfColumn(name string) (string, bool) {
	if api, ok := columns[name]; ok {
		return api, true
	}
	object, field, dotted := strings.Cut(name, ".")
	custom := strings.HasSuffix(name, "__c")
	switch {
	case !dotted:
		return name, custom || name != strings.ToUpper(name)
	case custom && strings.EqualFold(object, "contact"):
		return field, true
	case custom && strings.EqualFold(object, "account"):
		return "Account." + field, true
	}
	return name, custom || name != strings.ToUpper(name)
}

// alternatives splits a value at its commas, save those inside double quotes.
func alternatives(value string) []state.ViewValue {
	var out []state.ViewValue
	var b strings.Builder
	inQuotes, wasQuoted := false, false
	add := func() {
		text := b.String()
		if !wasQuoted {
			text = strings.TrimSpace(text)
		}
		out = append(out, state.ViewValue{Text: text, Null: text == ""})
		b.Reset()
		wasQuoted = false
	}
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"' && inQuotes && i+1 < len(value) && value[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"' && inQuotes:
			inQuotes = false
		case c == '"' && strings.TrimSpace(b.String()) == "":
			b.Reset()
			inQuotes, wasQuoted = true, true
		case c == ',' && !inQuotes:
			add()
		case wasQuoted && !inQuotes && c == ' ':
		default:
			b.WriteByte(c)
		}
	}
	add()
	return out
}

// joined reads filter logic such as "1 AND (2 OR NOT 3)", or says why it cannot.
func joined(logic string, parts []*state.ViewCondition, line int) (c *state.ViewCondition, problem string) {
	l := &logicReader{tokens: logicTokens(logic), parts: parts, used: make([]bool, len(parts)), line: line}
	c, err := l.any(0)
	if err == nil && len(l.tokens) > 0 {
		err = fmt.Errorf("%s stands where it cannot", quoted(l.tokens[0]))
	}
	for i, used := range l.used {
		if err == nil && !used {
			err = fmt.Errorf("it leaves out filter %d", i+1)
		}
	}
	if err != nil {
		return nil, "the filter logic " + quoted(logic) + " cannot be read: " + err.Error()
	}
	return c, ""
}

func logicTokens(logic string) []string {
	return strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(strings.ToUpper(logic)))
}

type logicReader struct {
	tokens []string
	parts  []*state.ViewCondition
	used   []bool
	line   int
}

func (l *logicReader) next() string {
	if len(l.tokens) == 0 {
		return ""
	}
	return l.tokens[0]
}

func (l *logicReader) drop() { l.tokens = l.tokens[1:] }

// any reads operands joined by AND or by OR; Salesforce wants brackets where both
// stand side by side, and so does this.
func (l *logicReader) any(depth int) (*state.ViewCondition, error) {
	if depth > maxLogicDepth {
		return nil, errors.New("it nests too deep")
	}
	first, err := l.operand(depth)
	if err != nil {
		return nil, err
	}
	word := l.next()
	if word != "AND" && word != "OR" {
		return first, nil
	}
	c := &state.ViewCondition{Join: state.JoinAll, Parts: []*state.ViewCondition{first}, Line: l.line}
	if word == "OR" {
		c.Join = state.JoinAny
	}
	for l.next() == word {
		l.drop()
		part, err := l.operand(depth)
		if err != nil {
			return nil, err
		}
		c.Parts = append(c.Parts, part)
	}
	if l.next() == "AND" || l.next() == "OR" {
		return nil, errors.New("AND and OR stand side by side without brackets")
	}
	return c, nil
}

func (l *logicReader) operand(depth int) (*state.ViewCondition, error) {
	word := l.next()
	switch word {
	case "":
		return nil, errors.New("it ends too early")
	case "NOT":
		l.drop()
		if depth++; depth > maxLogicDepth {
			return nil, errors.New("it nests too deep")
		}
		inner, err := l.operand(depth)
		return &state.ViewCondition{Join: state.JoinNot, Parts: []*state.ViewCondition{inner}, Line: l.line}, err
	case "(":
		l.drop()
		inner, err := l.any(depth + 1)
		if err == nil && l.next() != ")" {
			err = errors.New("a bracket is not closed")
		}
		if err != nil {
			return nil, err
		}
		l.drop()
		return inner, nil
	}
	n, err := strconv.Atoi(word)
	if err != nil || n < 1 || n > len(l.parts) {
		return nil, fmt.Errorf("there is no filter %s", quoted(word))
	}
	l.drop()
	l.used[n-1] = true
	return l.parts[n-1], nil
}
