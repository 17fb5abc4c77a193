package salesforce

import (
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"weir/recording/csvstream"
	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/state"
)

// This file reads what Salesforce exports as CSV: Bulk query results, the weekly
// data export, and reports. The first two name their columns by API names; empty
// means null. The weekly export writes times without a zone, which are UTC, truths
// as 0 and 1, and references to nothing as 000000000000000AAA. A report names its
// columns by labels, has 15-character ids, and ends in lines about itself.

// ReadCSV reads one CSV file into out. The error is why the rest of the file could
// not be read.
func ReadCSV(r io.Reader, in Input, env *Env, out *Output) *textpos.Error {
	t := &table{file: newFile(in, env, out)}
	err := csvstream.Walk(r, t)
	t.finish(err)
	return err
}

// table visits one CSV file. Its rows become the objects that the REST API would
// have answered with.
type table struct {
	*file
	columns []column
	width   int // values a row has
	report  bool
	ended   bool // the lines after a report's last row have begun
	id      int  // column of the row's own id, -1 for none
	access  bool // rows of UserRecordAccess, which have no id of their own
	// fields is the current row, nested ones with the fields below them.
	fields []jsonstream.Field
}

// column is one column of the file.
type column struct {
	// name is the API name; a related record's field has the relation's before it.
	relation, name string
	typ            columnType
	skip           bool
	at             int // place among the row's fields, and below the relation
	below          int
}

// columnType is how a column's texts are to be read.
type columnType uint8

const (
	asText columnType = iota
	asTruth
	asInstant
	asReference
	asDay
)

// Header implements csvstream.Visitor.
func (t *table) Header(names []string, at []textpos.Pos) {
	t.width, t.id = len(names), -1
	t.report = isReport(names)
	for i, name := range names {
		if t.report {
			name = FieldOfLabel(name)
		}
		c := column{name: name, skip: name == ""}
		if relation, field, dotted := strings.Cut(name, "."); dotted {
			c.relation, c.name = relation, field
		}
		if i > 0 && slices.ContainsFunc(t.columns, func(d column) bool { return !d.skip && d.relation == c.relation && d.name == c.name }) {
			t.env.Problems.Warn(t.in.Path, at[i], "Column twice", "There is another column %s before this one, which is the one read.", c.name)
			c.skip = true
		}
		if name == "Id" {
			t.id = i
		}
		t.access = t.access || name == "HasReadAccess"
		t.columns = append(t.columns, c)
	}
	t.layOut()
}

// layOut gives every column its place among a row's fields; the first is the
// attributes that the REST API puts there.
func (t *table) layOut() {
	t.fields = []jsonstream.Field{{Name: "attributes"}}
	relations := map[string]int{}
	for i := range t.columns {
		c := &t.columns[i]
		switch {
		case c.skip:
		case c.relation == "":
			c.at = len(t.fields)
			t.fields = append(t.fields, jsonstream.Field{Name: c.name})
		default:
			at, ok := relations[c.relation]
			if !ok {
				at = len(t.fields)
				relations[c.relation] = at
				t.fields = append(t.fields, jsonstream.Field{Name: c.relation, Value: jsonstream.Value{Kind: jsonstream.Object}})
			}
			c.at, c.below = at, len(t.fields[at].Value.Fields)
			t.fields[at].Value.Fields = append(t.fields[at].Value.Fields, jsonstream.Field{Name: c.name})
		}
	}
}

// Problem implements csvstream.Visitor.
func (t *table) Problem(err *textpos.Error) { t.file.Problem(err) }

// Row implements csvstream.Visitor.
func (t *table) Row(values []string, at []textpos.Pos) {
	if t.report && (t.ended || len(values) < t.width && aloneInFront(values)) {
		t.ended = true // "Grand Totals", who ran the report, and when
		return
	}
	if len(values) != t.width {
		t.env.Problems.Warn(t.in.Path, at[0], "Row of another length", "The row has %d values, and there are %d columns, so nobody can say which belongs where. It is left out.", len(values), t.width)
		t.lost = append(t.lost, "the row at line "+strconv.Itoa(int(at[0].Line))+" has another number of values than there are columns")
		return
	}
	object := t.object(values)
	for i, text := range values {
		c := &t.columns[i]
		if c.skip {
			continue
		}
		v := t.value(c, object, text, at[i])
		if c.relation == "" {
			t.fields[c.at].Value = v
		} else {
			t.fields[c.at].Value.Fields[c.below].Value = v
			t.fields[c.at].Value.Pos = at[i]
		}
	}
	attributes := jsonstream.Value{Kind: jsonstream.Object}
	if object != "" {
		attributes.Fields = []jsonstream.Field{{Name: "type", Value: jsonstream.Value{Kind: jsonstream.String, Str: object, Pos: at[0]}}}
	}
	t.fields[0].Value = attributes
	row := jsonstream.Value{Kind: jsonstream.Object, Fields: t.fields, Pos: at[0]}
	t.record(&row)
}

// aloneInFront reports a row in which nothing follows the first value.
func aloneInFront(values []string) bool {
	return !slices.ContainsFunc(values[1:], func(s string) bool { return s != "" })
}

// objectOfPrefix are the objects by the beginning of their ids.
var objectOfPrefix = map[string]string{prefixContact: "Contact", prefixTask: "Task", prefixEvent: "Event", prefixUser: "User",
	prefixRelation: "EventRelation", prefixTaskRelation: "TaskRelation", prefixLead: "Lead", prefixAccount: "Account"}

// object tells a row's object by its id; "" leaves it to the file's name.
func (t *table) object(values []string) string {
	switch {
	case t.access:
		return "UserRecordAccess"
	case t.id >= 0 && len(values[t.id]) >= 15:
		return objectOfPrefix[values[t.id][:3]]
	}
	return ""
}

// noID is how the weekly export writes a reference to nothing.
const noID = "000000000000000"

// value reads one value by its column's type.
func (t *table) value(c *column, object, text string, at textpos.Pos) jsonstream.Value {
	v := jsonstream.Value{Kind: jsonstream.String, Str: text, Pos: at}
	if text == "" {
		v.Kind = jsonstream.Null
		return v
	}
	switch t.typeOfColumn(c, object) {
	case asReference:
		if strings.HasPrefix(text, noID) {
			v.Kind, v.Str = jsonstream.Null, ""
		}
	case asTruth:
		if text == "0" || text == "1" {
			v.Kind, v.Bool = jsonstream.Bool, text == "1"
		}
	case asInstant:
		if len(text) >= 19 && text[10] == ' ' && !strings.ContainsAny(text[19:], "Z+-") {
			v.Str = text[:10] + "T" + text[11:] + "Z"
		}
	case asDay:
		v.Str = t.day(text)
	}
	return v
}

// day cuts off a midnight that the weekly export adds to a date, and turns a date as
// a report writes it, in somebody's locale, into YYYY-MM-DD where only one reading
// is possible. Anything else stays as it is, and is refused where it is read.
func (t *table) day(text string) string {
	if len(text) > 10 && text[10] == ' ' {
		return text[:10]
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '.' })
	if !t.report || len(parts) != 3 || len(parts[2]) != 4 {
		return text
	}
	a, errA := strconv.Atoi(parts[0])
	b, errB := strconv.Atoi(parts[1])
	switch {
	case errA != nil || errB != nil:
	case a > 12 || a == b || strings.Contains(text, "."):
		return parts[2] + "-" + twoDigits(b) + "-" + twoDigits(a)
	case b > 12:
		return parts[2] + "-" + twoDigits(a) + "-" + twoDigits(b)
	}
	return text
}

func twoDigits(n int) string {
	s := strconv.Itoa(n)
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// columnTypes are the types of standard columns whose name does not tell.
var columnTypes = map[string]columnType{
	"CreatedDate": asInstant, "LastModifiedDate": asInstant, "SystemModstamp": asInstant, "StartDateTime": asInstant, "EndDateTime": asInstant,
	"ActivityDateTime": asInstant, "CompletedDateTime": asInstant, "RecurrenceStartDateTime": asInstant, "LastLoginDate": asInstant,
	"ActivityDate": asDay, "EndDate": asDay, "RecurrenceEndDateOnly": asDay, "RecurrenceStartDateOnly": asDay,
}

func (t *table) typeOfColumn(c *column, object string) columnType {
	if c.typ != asText || c.relation != "" {
		return c.typ
	}
	switch typ, ok := columnTypes[c.name]; {
	case ok:
		c.typ = typ
	case c.name == "Id" || strings.HasSuffix(c.name, "Id"):
		c.typ = asReference
	case prefixed(c.name, "Is") || prefixed(c.name, "Has"):
		c.typ = asTruth
	default:
		switch t.env.Described[object][c.name] {
		case state.Bool:
			return asTruth
		case state.Instant:
			return asInstant
		case state.Day:
			return asDay
		}
	}
	return c.typ
}

// prefixed reports a name such as IsClosed, and not Issue.
func prefixed(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	return ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z'
}

// labels are the API names behind the labels that reports give to columns.
var labels = map[string]string{
	"Contact ID": "Id", "Activity ID": "Id", "Task ID": "Id", "Event ID": "Id", "User ID": "Id", "Lead ID": "Id",
	"First Name": "FirstName", "Last Name": "LastName", "Email": "Email", "Phone": "Phone", "Business Phone": "Phone", "Mobile": "MobilePhone",
	"Mobile Phone": "MobilePhone", "Title": "Title", "Account Name": "Account.Name", "Account ID": "AccountId", "Owner ID": "OwnerId",
	"Contact Owner ID": "OwnerId", "Assigned To ID": "OwnerId", "Assigned ID": "OwnerId", "Created Date": "CreatedDate", "Last Modified Date": "LastModifiedDate",
	"Last Modified By ID": "LastModifiedById", "Subject": "Subject", "Status": "Status", "Priority": "Priority", "Date": "ActivityDate", "Due Date": "ActivityDate",
	"Closed": "IsClosed", "Task Subtype": "TaskSubtype", "Full Comments": "Description", "Comments": "Description", "Location": "Location",
	"Start": "StartDateTime", "End": "EndDateTime", "All-Day Event": "IsAllDayEvent", "All Day Event": "IsAllDayEvent", "Private": "IsPrivate",
	"Username": "Username", "Active": "IsActive", "Profile": "Profile.Name", "Role": "UserRole.Name",
}

// FieldOfLabel is the API name behind a report's label; a label that is not known
// counts as the name of a field beyond the schema.
func FieldOfLabel(label string) string {
	if name, ok := labels[label]; ok {
		return name
	}
	return strings.ReplaceAll(label, ".", "")
}

// isReport tells a report by its labels: an id column that goes by a label, and
// none that goes by its API name.
func isReport(names []string) bool {
	if slices.Contains(names, "Id") || slices.Contains(names, "RecordId") || slices.Contains(names, "EventId") {
		return false
	}
	return slices.ContainsFunc(names, func(n string) bool { return labels[n] != "" && labels[n] != n })
}

// finish adds what a CSV file cannot promise.
func (t *table) finish(err *textpos.Error) {
	t.file.finish(err)
	if !t.report {
		return
	}
	for _, feed := range t.feeds.List {
		feed.Partial = "a report shows what its filters let through; if it is everything, say \"complete\": true in capture.json"
	}
}

// IsCSV reports a CSV file by its name.
func IsCSV(file string) bool { return strings.EqualFold(path.Ext(file), ".csv") }
