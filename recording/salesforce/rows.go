package salesforce

import (
	"strconv"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// rowReader reads one Contact, Task or Event row.
type rowReader struct {
	wire.Reader
	env    *Env
	object string // attributes.type, for custom fields
	row    *wire.Row
	item   *state.Item

	author bool // LastModifiedById was selected
	event  eventParts
	task   taskParts
}

// field reads one field of a row.
type field func(r *rowReader, v *jsonstream.Value, name string)

func text(a state.Attr) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(a, r.Text(v, name)) }
}

func truth(a state.Attr) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(a, r.Bool(v, name)) }
}

func instant(a state.Attr) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(a, r.Instant(v, name)) }
}

func day(a state.Attr) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(a, r.Day(v, name)) }
}

func reference(a state.Attr) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(a, r.id(v, name)) }
}

func ignore(*rowReader, *jsonstream.Value, string) {}

// commonFields are those of every row. Times that move without anybody changing
// the record (SystemModstamp, LastViewedDate) are no fields to compare.
var commonFields = map[string]field{
	"Id": ignore, "attributes": ignore, "SystemModstamp": ignore, "LastViewedDate": ignore,
	"LastReferencedDate": ignore, "LastActivityDate": ignore, "PhotoUrl": ignore,
	"OwnerId": reference(state.AttrOwner), "CreatedDate": instant(state.AttrCreated), "LastModifiedDate": instant(state.AttrModified),
	"LastModifiedById": func(r *rowReader, v *jsonstream.Value, name string) {
		r.author = true
		r.item.Set(state.AttrModifiedBy, r.id(v, name))
	},
	"IsDeleted": func(r *rowReader, v *jsonstream.Value, name string) {
		r.row.Gone = r.row.Gone || r.Bool(v, name).Bool()
	},
}

// rowFields are those of one kind.
var rowFields = [...]map[string]field{
	state.Contact: {
		"FirstName": text(state.AttrFirstName), "LastName": text(state.AttrLastName), "Name": text(state.AttrTitle),
		"Email":       func(r *rowReader, v *jsonstream.Value, name string) { r.item.Set(state.AttrEmail, r.Address(v, name)) },
		"Phone":       text(state.AttrPhone),
		"MobilePhone": text(state.AttrMobile),
		"Title":       text(state.AttrJobTitle),
		"MasterRecordId": func(r *rowReader, v *jsonstream.Value, name string) {
			r.row.MergedInto = r.id(v, name).Text()
		},
	},
	state.Task: {
		"Subject": text(state.AttrTitle), "Status": text(state.AttrStatus), "IsClosed": truth(state.AttrClosed),
		"Priority": text(state.AttrPriority), "ActivityDate": day(state.AttrDue), "TaskSubtype": text(state.AttrSubtype),
		"Description": text(state.AttrBody), "CompletedDateTime": instant(state.AttrCompleted),
		"IsRecurrence": func(r *rowReader, v *jsonstream.Value, name string) {
			r.task.recurs = r.Bool(v, name).Bool()
			r.item.Custom = r.custom(r.item.Custom, name, v)
		},
		"RecurrenceRegeneratedType": func(r *rowReader, v *jsonstream.Value, name string) {
			r.task.regenerates = v.Text() != "" && v.Text() != "None"
			r.item.Custom = r.custom(r.item.Custom, name, v)
		},
	},
	state.Event: eventFields,
}

// taskParts are the fields of a Task row that only make sense together.
type taskParts struct {
	recurs      bool // IsRecurrence
	regenerates bool // RecurrenceRegeneratedType names when the next one is made
}

// defines says that the row is no task but the definition of a recurring one, whose
// occurrences are tasks of their own. A task that is made again when it is done
// has no such row.
func (t taskParts) defines() bool { return t.recurs && !t.regenerates }

// readItem reads a Contact, Task or Event row.
func (f *file) readItem(k state.Kind, id string, v *jsonstream.Value) wire.Row {
	row := wire.Row{Kind: k, ID: id, Pos: v.Pos}
	item := state.NewItem(k, state.Salesforce, id)
	item.File, item.Line = f.in.Path, int(v.Pos.Line)
	r := &rowReader{Reader: f.read, env: f.env, object: objects[k], row: &row, item: item}
	for i := range v.Fields {
		r.field(k, &v.Fields[i])
	}
	item.BySync = r.bySync()
	if k == state.Event {
		r.finishEvent()
	}
	if row.Gone {
		row.GoneAt = item.Value(state.AttrModified).Instant()
	}
	if !r.task.defines() {
		row.Item = item
	} else if !row.Gone {
		row.LeftOut = true
	}
	return row
}

var objects = [...]string{state.Contact: "Contact", state.Task: "Task", state.Event: "Event"}

func (r *rowReader) field(k state.Kind, f *jsonstream.Field) {
	read, ok := rowFields[k][f.Name]
	if !ok {
		read, ok = commonFields[f.Name]
	}
	switch {
	case ok:
		read(r, &f.Value, f.Name)
	case f.Name == "Account" && k == state.Contact:
		r.account(&f.Value)
	default:
		r.item.Custom = r.custom(r.item.Custom, f.Name, &f.Value)
	}
}

// account reads the related account: its name is the contact's company.
func (r *rowReader) account(v *jsonstream.Value) {
	if v.IsNull() {
		r.item.Set(state.AttrCompany, state.EmptyValue())
		return
	}
	for i := range v.Fields {
		if f := &v.Fields[i]; f.Name == "Name" {
			r.item.Set(state.AttrCompany, r.Text(&f.Value, "Account.Name"))
		} else if f.Name != "attributes" {
			r.item.Custom = r.custom(r.item.Custom, "Account."+f.Name, &f.Value)
		}
	}
}

// bySync says whether the sync wrote the row.
func (r *rowReader) bySync() state.Truth {
	author := r.item.Value(state.AttrModifiedBy)
	switch {
	case len(r.env.SyncIdentities) == 0:
		return state.False
	case !r.author || !author.IsKnown():
		return state.Unknown
	}
	return state.TruthOf(r.env.SyncIdentities[author.Text()])
}

// id reads a reference.
func (r *rowReader) id(v *jsonstream.Value, name string) state.Value {
	t := r.Text(v, name)
	if t.IsKnown() {
		return state.TextValue(r.env.ID(r.File, v.Pos, t.Text()))
	}
	return t
}

// custom adds a field beyond the schema; related records are flattened one level,
// child queries are left out.
func (r *rowReader) custom(into map[string]state.Value, name string, v *jsonstream.Value) map[string]state.Value {
	switch v.Kind {
	case jsonstream.Object:
		if v.Get("records") != nil || strings.Contains(name, ".") {
			return into
		}
		for i := range v.Fields {
			if f := &v.Fields[i]; f.Name != "attributes" {
				into = r.custom(into, name+"."+f.Name, &f.Value)
			}
		}
		return into
	case jsonstream.Array:
		return into
	}
	if into == nil {
		into = map[string]state.Value{}
	}
	into[name] = r.typed(name, v)
	return into
}

// typed reads a field beyond the schema by its described type, as a text if none
// was recorded.
func (r *rowReader) typed(name string, v *jsonstream.Value) state.Value {
	t := r.env.customType(r.object, name)
	if v.Kind == jsonstream.Null {
		return state.EmptyValue()
	}
	switch t {
	case state.Bool:
		return r.Bool(v, name)
	case state.Day:
		return r.Day(v, name)
	case state.Instant:
		return r.Instant(v, name)
	case state.Number:
		if n, err := strconv.ParseFloat(v.Str, 64); err == nil && (v.Kind == jsonstream.Number || v.Kind == jsonstream.String) {
			return state.NumberValue(n)
		}
		r.Wrong(v, name, "a number")
		return state.Value{}
	}
	if v.Kind == jsonstream.Bool {
		return state.TextValue(strconv.FormatBool(v.Bool))
	}
	return state.TextValue(wire.Text(v.Str))
}
