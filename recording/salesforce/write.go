package salesforce

import (
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
)

// Losses are what a record loses by being written and read again.
var Losses = []wire.Loss{
	{What: "Times are whole milliseconds.", Apply: wholeMilliseconds},
	{What: "The people of a meeting: they are `EventRelation` rows of their own.", Apply: func(it *state.Item, _ *wire.Payload) {
		it.Set(state.AttrAttendees, state.Value{})
		it.Invitees, it.InviteesKnown = nil, state.False
	}},
	{What: "An event without a start has no end, and one without an end ends where it starts. The other form of its time (dates, or instants) is not recorded.", Apply: oneTime},
	{What: "An empty `IsPrivate` is false.", Apply: func(it *state.Item, _ *wire.Payload) {
		if it.Value(state.AttrPrivate).Presence() == state.Empty {
			it.Set(state.AttrPrivate, state.BoolValue(false))
		}
	}},
	{What: "What only a mailbox has: categories, a second and third address, `cancelled`, an organiser's address, a calendar uid, a folder.", Apply: func(it *state.Item, _ *wire.Payload) {
		for _, a := range [...]state.Attr{state.AttrCategories, state.AttrEmail2, state.AttrEmail3, state.AttrCancelled, state.AttrOrganizerEmail, state.AttrResponse} {
			it.Set(a, state.Value{})
		}
		it.ICalUID, it.Folder, it.FolderKnown, it.Carries = "", "", false, ""
		it.Organizer, it.AttendeesTruncated = state.Unknown, false
	}},
	{What: "The single occurrences of a series: they are rows of their own. A Classic series cannot say every rule (a number of occurrences, several days of the month): then when it takes place is not known.", Apply: bareSeries},
}

func wholeMilliseconds(it *state.Item, _ *wire.Payload) {
	for _, a := range [...]state.Attr{state.AttrCreated, state.AttrModified, state.AttrStart, state.AttrEnd, state.AttrCompleted} {
		if v := it.Value(a); v.IsKnown() {
			it.Set(a, state.InstantValue(v.Instant().Truncate(time.Millisecond)))
		}
	}
}

func oneTime(it *state.Item, _ *wire.Payload) {
	if it.AllDay() {
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
		endAtStart(it, state.AttrStartDate, state.AttrEndDate)
		return
	}
	it.Set(state.AttrStartDate, state.Value{})
	it.Set(state.AttrEndDate, state.Value{})
	endAtStart(it, state.AttrStart, state.AttrEnd)
}

func endAtStart(it *state.Item, start, end state.Attr) {
	from, to := it.Value(start), it.Value(end)
	switch {
	case !from.IsKnown():
		it.Set(end, state.Value{})
	case !to.IsKnown():
		it.Set(end, from)
	}
}

func bareSeries(it *state.Item, _ *wire.Payload) {
	if it.Series == nil {
		return
	}
	it.Set(state.AttrRecurring, state.BoolValue(true))
	s := state.Series{Rule: it.Series.Rule, Zone: it.Series.Zone, Lightning: it.Series.Lightning}
	it.Series = &s
	if _, ok := recur.ToSalesforceClassic(s.Rule); !ok && !s.Lightning {
		s.Rule, s.Unreadable = "", "its recurrence fields were not recorded"
	} else if s.Rule == "" {
		s.Unreadable = "its recurrence pattern was not recorded"
	}
}

// Record is a row of any object: its fields in the order in which they are
// written. Those of a related record stand together, under names such as
// "Account.Name".
type Record struct {
	Object, ID string
	Fields     []RecordField
}

// RecordField is one field; an unrecorded value is not written.
type RecordField struct {
	Name  string
	Value state.Value
}

// Set adds a field.
func (r *Record) Set(name string, v state.Value) {
	if v.IsRecorded() {
		r.Fields = append(r.Fields, RecordField{name, v})
	}
}

// Write writes the records of a payload as a query answers with them, or its
// tombstones as the list of deleted records does; Salesforce never mixes the two.
// Fields beyond the schema are written under their API names, so that an item can
// say IsDeleted, MasterRecordId or IsChild.
func Write(w io.Writer, p wire.Payload) error {
	switch {
	case p.Items == nil:
		return writeDeleted(w, p)
	case len(p.Removed) > 0:
		return errors.New("salesforce answers with changes or with deletions, not with both: write two files")
	}
	return WriteRecords(w, records(p), p.Next)
}

// WriteCSV writes the records of a payload as a Bulk query returns them; see
// WriteRecordsCSV.
func WriteCSV(w io.Writer, p wire.Payload) error {
	if p.Items == nil || len(p.Removed) > 0 {
		return errors.New("deletions are no rows of a Bulk query: write them with Write")
	}
	rows, first, stop := peek(records(p))
	defer stop()
	return WriteRecordsCSV(w, columnsOf(p.Kind, first), rows)
}

// peek looks at the first of a sequence; stop must be called.
func peek(seq iter.Seq[*Record]) (all iter.Seq[*Record], first *Record, stop func()) {
	next, stop := iter.Pull(seq)
	first, ok := next()
	return func(yield func(*Record) bool) {
		for r, ok := first, ok; ok; r, ok = next() {
			if !yield(r) {
				return
			}
		}
	}, first, stop
}

// standard are the columns of each kind that a query selects here.
var standard = [...]string{
	state.Contact: "OwnerId FirstName LastName Name Email Phone MobilePhone Title Account.Name",
	state.Task:    "OwnerId Subject Status IsClosed Priority ActivityDate TaskSubtype Description CompletedDateTime",
	state.Event: "OwnerId Subject Location Description IsPrivate ShowAs IsAllDayEvent ActivityDate StartDateTime EndDateTime " +
		"IsRecurrence IsRecurrence2 Recurrence2PatternText Recurrence2PatternTimeZone RecurrenceTimeZoneSidKey RecurrenceType RecurrenceInterval " +
		"RecurrenceDayOfWeekMask RecurrenceDayOfMonth RecurrenceInstance RecurrenceMonthOfYear RecurrenceEndDateOnly",
}

// columnsOf are a kind's columns, and the further ones of its first record.
func columnsOf(k state.Kind, first *Record) []string {
	out := strings.Fields(standard[k])
	if k == state.Contact && (first == nil || !slices.ContainsFunc(first.Fields, func(f RecordField) bool { return f.Name == "Name" })) {
		out = slices.DeleteFunc(out, func(name string) bool { return name == "Name" })
	}
	if first != nil {
		for _, f := range first.Fields {
			if !slices.Contains(out, f.Name) && !slices.Contains(audit, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return append(out, audit...)
}

// audit are the columns at the end.
var audit = []string{"CreatedDate", "LastModifiedDate", "LastModifiedById"}

// records turns items into records. The record is the same variable each time.
func records(p wire.Payload) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		r := &Record{}
		for it := range p.Items {
			r.Object, r.ID, r.Fields = objects[it.Kind], it.ID, r.Fields[:0]
			r.item(it)
			if !yield(r) {
				return
			}
		}
	}
}

// WriteRecords writes rows as "sf data query --json" shows them, which names the
// number of rows after them. Next says that more pages follow.
func WriteRecords(w io.Writer, rows iter.Seq[*Record], next bool) error {
	out := jsonstream.NewWriter(w)
	out.Open('{')
	out.Key("status")
	out.Int(0)
	out.Key("result")
	out.Open('{')
	out.Key("records")
	out.Open('[')
	n := 0
	for r := range rows {
		out.Line()
		r.json(out)
		n++
	}
	out.Close(']')
	out.Key("totalSize")
	if next {
		n++ // at least
	}
	out.Int(n)
	out.Key("done")
	out.Bool(!next)
	if next {
		out.Member("nextRecordsUrl", apiRoot+"/query/01g5g00000XkqpEAAR-2000")
	}
	out.Close('}')
	out.Key("warnings")
	out.Open('[')
	out.Close(']')
	out.Close('}')
	return out.Flush()
}

const apiRoot = "/services/data/v62.0"

func (r *Record) json(w *jsonstream.Writer) {
	w.Open('{')
	attributes(w, r.Object, r.ID)
	w.Member("Id", r.ID)
	for i := 0; i < len(r.Fields); {
		relation, _, related := strings.Cut(r.Fields[i].Name, ".")
		if !related {
			w.Key(r.Fields[i].Name)
			jsonValue(w, r.Fields[i].Value)
			i++
			continue
		}
		end := i
		for end < len(r.Fields) && strings.HasPrefix(r.Fields[end].Name, relation+".") {
			end++
		}
		w.Key(relation)
		r.related(w, relation, r.Fields[i:end])
		i = end
	}
	w.Close('}')
}

// related writes the fields of a related record; without any there is none.
func (r *Record) related(w *jsonstream.Writer, relation string, fields []RecordField) {
	if !slices.ContainsFunc(fields, func(f RecordField) bool { return f.Value.IsKnown() }) {
		w.Null()
		return
	}
	w.Open('{')
	attributes(w, relation, "")
	for _, f := range fields {
		w.Key(f.Name[len(relation)+1:])
		jsonValue(w, f.Value)
	}
	w.Close('}')
}

func attributes(w *jsonstream.Writer, object, id string) {
	w.Key("attributes")
	w.Open('{')
	w.Member("type", object)
	if id != "" {
		w.Member("url", apiRoot+"/sobjects/"+object+"/"+id)
	}
	w.Close('}')
}

func jsonValue(w *jsonstream.Writer, v state.Value) {
	switch v.Type() {
	case state.Bool:
		w.Bool(v.Bool())
	case state.Number:
		w.Number(v.Number())
	case state.Instant:
		w.Text(stamp(v.Instant()))
	case state.Day, state.Text:
		w.Text(v.String())
	default:
		w.Null()
	}
}

// stamp is an instant as Salesforce's JSON writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000+0000") }

// WriteRecordsCSV writes rows as a Bulk query for the columns returns them. A row
// that lacks one has it empty; one with another field, or in another order, is an error.
func WriteRecordsCSV(w io.Writer, columns []string, rows iter.Seq[*Record]) error {
	c := &csvWriter{dst: w}
	c.cell("Id", true)
	for _, name := range columns {
		c.cell(name, false)
	}
	c.buf = append(c.buf, '\n')
	for r := range rows {
		if err := c.row(columns, r); err != nil {
			return err
		}
	}
	return c.flush()
}

type csvWriter struct {
	dst io.Writer
	buf []byte
}

func (c *csvWriter) row(columns []string, r *Record) error {
	c.cell(r.ID, true)
	i := 0
	for _, name := range columns {
		var v state.Value
		if i < len(r.Fields) && r.Fields[i].Name == name {
			v = r.Fields[i].Value
			i++
		}
		c.cell(csvText(v), false)
	}
	if i < len(r.Fields) {
		return errors.New("the record " + r.ID + " has the field " + r.Fields[i].Name + ", for which there is no column at its place")
	}
	c.buf = append(c.buf, '\n')
	if len(c.buf) < 64<<10 {
		return nil
	}
	return c.flush()
}

func (c *csvWriter) flush() error {
	_, err := c.dst.Write(c.buf)
	c.buf = c.buf[:0]
	return err
}

func (c *csvWriter) cell(s string, first bool) {
	if !first {
		c.buf = append(c.buf, ',')
	}
	c.buf = append(c.buf, '"')
	c.buf = append(c.buf, strings.ReplaceAll(s, `"`, `""`)...)
	c.buf = append(c.buf, '"')
}

func csvText(v state.Value) string {
	switch v.Type() {
	case state.TypeInvalid:
		return ""
	case state.Instant:
		return v.Instant().Format("2006-01-02T15:04:05.000Z")
	}
	return v.String()
}

// writeDeleted writes tombstones. From and To are the times between which
// Salesforce looked.
func writeDeleted(w io.Writer, p wire.Payload) error {
	out := jsonstream.NewWriter(w)
	out.Open('{')
	out.Key("deletedRecords")
	out.Open('[')
	for _, gone := range p.Removed {
		out.Line()
		out.Open('{')
		out.Member("id", gone.ID)
		if !gone.At.IsZero() {
			out.Member("deletedDate", stamp(gone.At))
		}
		out.Close('}')
	}
	out.Close(']')
	if !p.From.IsZero() {
		out.Member("earliestDateAvailable", stamp(p.From))
	}
	if !p.To.IsZero() {
		out.Member("latestDateCovered", stamp(p.To))
	}
	out.Close('}')
	return out.Flush()
}

// item fills a record with an item's values.
func (r *Record) item(it *state.Item) {
	put := func(name string, a state.Attr) { r.Set(name, it.Value(a)) }
	put("OwnerId", state.AttrOwner)
	switch it.Kind {
	case state.Contact:
		put("FirstName", state.AttrFirstName)
		put("LastName", state.AttrLastName)
		put("Name", state.AttrTitle)
		put("Email", state.AttrEmail)
		put("Phone", state.AttrPhone)
		put("MobilePhone", state.AttrMobile)
		put("Title", state.AttrJobTitle)
		put("Account.Name", state.AttrCompany)
	case state.Task:
		put("Subject", state.AttrTitle)
		put("Status", state.AttrStatus)
		put("IsClosed", state.AttrClosed)
		put("Priority", state.AttrPriority)
		put("ActivityDate", state.AttrDue)
		put("TaskSubtype", state.AttrSubtype)
		put("Description", state.AttrBody)
		put("CompletedDateTime", state.AttrCompleted)
	case state.Event:
		r.event(it)
	}
	r.custom(it)
	put("CreatedDate", state.AttrCreated)
	put("LastModifiedDate", state.AttrModified)
	put("LastModifiedById", state.AttrModifiedBy)
}

// custom writes the fields beyond the schema, sorted; those of the account stand
// behind its name.
func (r *Record) custom(it *state.Item) {
	if len(it.Custom) == 0 {
		return
	}
	names := slices.Sorted(maps.Keys(it.Custom))
	if at := slices.IndexFunc(r.Fields, func(f RecordField) bool { return f.Name == "Account.Name" }); at >= 0 {
		for _, name := range names {
			if strings.HasPrefix(name, "Account.") {
				at++
				r.Fields = slices.Insert(r.Fields, at, RecordField{name, it.Custom[name]})
			}
		}
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "Account.") })
	}
	for _, name := range names {
		r.Set(name, it.Custom[name])
	}
}

var showWords = map[string]string{"busy": "Busy", "free": "Free", "outofoffice": "OutOfOffice"}

func (r *Record) event(it *state.Item) {
	put := func(name string, a state.Attr) { r.Set(name, it.Value(a)) }
	put("Subject", state.AttrTitle)
	put("Location", state.AttrLocation)
	put("Description", state.AttrBody)
	put("IsPrivate", state.AttrPrivate)
	show := it.Value(state.AttrShowAs)
	if word := showWords[show.Text()]; word != "" {
		show = state.TextValue(word)
	}
	r.Set("ShowAs", show)
	put("IsAllDayEvent", state.AttrAllDay)
	if it.AllDay() {
		put("ActivityDate", state.AttrStartDate)
		r.midnight("StartDateTime", it.Value(state.AttrStartDate))
		r.midnight("EndDateTime", it.Value(state.AttrEndDate))
	} else {
		put("StartDateTime", state.AttrStart)
		put("EndDateTime", state.AttrEnd)
	}
	r.series(it)
}

// midnight is a date of an all-day event as the instant that Salesforce shows.
func (r *Record) midnight(name string, v state.Value) {
	if v.IsKnown() {
		v = state.InstantValue(v.Day().UTC())
	}
	r.Set(name, v)
}

func (r *Record) series(it *state.Item) {
	s := it.Series
	if s == nil {
		r.Set("IsRecurrence", it.Value(state.AttrRecurring))
		if it.Value(state.AttrRecurring).IsRecorded() {
			r.Set("IsRecurrence2", state.BoolValue(false))
		}
		return
	}
	r.Set("IsRecurrence", state.BoolValue(!s.Lightning))
	r.Set("IsRecurrence2", state.BoolValue(s.Lightning))
	if s.Lightning {
		r.known("Recurrence2PatternText", s.Rule)
		r.known("Recurrence2PatternTimeZone", s.Zone)
		return
	}
	r.known("RecurrenceTimeZoneSidKey", s.Zone)
	c, ok := recur.ToSalesforceClassic(s.Rule)
	if !ok {
		return
	}
	r.known("RecurrenceType", c.Type)
	r.count("RecurrenceInterval", c.Interval)
	r.count("RecurrenceDayOfWeekMask", c.DayOfWeekMask)
	r.count("RecurrenceDayOfMonth", c.DayOfMonth)
	r.known("RecurrenceInstance", c.Instance)
	r.known("RecurrenceMonthOfYear", c.MonthOfYear)
	r.known("RecurrenceEndDateOnly", c.EndDateOnly)
}

func (r *Record) known(name, text string) {
	if text != "" {
		r.Set(name, state.TextValue(text))
	}
}

func (r *Record) count(name string, n int) {
	if n != 0 {
		r.Set(name, state.NumberValue(float64(n)))
	}
}

// ListView is the result of a list view of contacts.
type ListView struct {
	ID, DeveloperName, Label string
	// Rows have the fields Name, Account.Name and Email; Id is added as the
	// endpoint does.
	Rows iter.Seq[*Record]
	// More: the result was cut.
	More bool
}

// WriteListView writes a list view's result.
func WriteListView(w io.Writer, v ListView) error {
	out := jsonstream.NewWriter(w)
	out.Open('{')
	out.Key("columns")
	out.Open('[')
	for _, name := range [...]string{"Name", "Account.Name", "Email", "Id"} {
		out.Open('{')
		out.Member("fieldNameOrPath", name)
		out.Key("hidden")
		out.Bool(name == "Id")
		out.Close('}')
	}
	out.Close(']')
	out.Member("developerName", v.DeveloperName)
	out.Key("done")
	out.Bool(!v.More)
	out.Member("id", v.ID)
	out.Member("label", v.Label)
	out.Key("records")
	out.Open('[')
	n := 0
	for r := range v.Rows {
		out.Line()
		out.Open('{')
		out.Key("columns")
		out.Open('[')
		for _, f := range r.Fields {
			cell(out, f.Name, f.Value)
		}
		cell(out, "Id", state.TextValue(r.ID))
		out.Close(']')
		out.Close('}')
		n++
	}
	out.Close(']')
	out.Key("size")
	out.Int(n)
	out.Close('}')
	return out.Flush()
}

func cell(w *jsonstream.Writer, name string, v state.Value) {
	w.Open('{')
	w.Member("fieldNameOrPath", name)
	w.Key("value")
	if v.IsKnown() {
		w.Text(v.String())
	} else {
		w.Null()
	}
	w.Close('}')
}

// ID makes an 18-character id of a prefix and a number, for records that are made up.
func ID(prefix string, n int) string {
	digits := strconv.FormatUint(uint64(n), 36)
	id := prefix + "5g0" + "000000000"[:9-min(9, len(digits))] + digits
	sum := checksum(id)
	return id + string(sum[:])
}
