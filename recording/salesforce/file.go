package salesforce

import (
	"io"
	"strconv"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Input says what is known about a file before it is read.
type Input struct {
	Path string // relative to the recording, for diagnostics
	// Type is what the file holds as capture.json or else its name says: "contact",
	// "task", "event", "user", "event_relation", "lead", "account",
	// "user_record_access", "list_view", "describe"; "" if neither does. Declared
	// says that capture.json said it, which overrules the content.
	Type     string
	Declared bool
	// Name is the file's name without extension and page number: what a list view
	// is called if the payload does not say.
	Name string
	// Deleted: the name says that the rows are deleted ones.
	Deleted bool
	// Delta: the rows are changes only, as far as capture.json or the name say.
	Delta bool
	// User is the id of the user that the question was about, where capture.json says
	// so; "" if not. Rows of UserRecordAccess do not say it themselves.
	User string
}

// Output collects what the files of one capture hold.
type Output struct {
	// Counting, if set, takes rows, relations and the ids they have as they are read;
	// then Rows, Relations, People and Access stay empty, and memory does not follow
	// the file.
	Counting Counter

	Rows      []wire.Row
	Relations []wire.Relation
	Users     []User
	People    []wire.Person // leads
	Accounts  []Account
	Access    []Access
	Views     []ViewPage
	Feeds     []*wire.Feed
	// Updated are ids that a getUpdated body names without values, with the file.
	Updated []Updated
	// Unread counts rows of types weir has no use for, by type.
	Unread map[string]int
	// Described says that the file was a describe.
	Described bool
}

// Counter takes what a file holds, row by row; it must not keep the rows' items.
type Counter interface {
	Row(row *wire.Row)
	Relation(r wire.Relation)
}

func (o *Output) row(r wire.Row) {
	if o.Counting != nil {
		o.Counting.Row(&r)
		return
	}
	o.Rows = append(o.Rows, r)
}

func (o *Output) relation(r wire.Relation) {
	if o.Counting != nil {
		o.Counting.Relation(r)
		return
	}
	o.Relations = append(o.Relations, r)
}

// Updated is an id named by a getUpdated body.
type Updated struct{ ID, File string }

// Account is one Account row, as far as contacts need it.
type Account struct {
	ID   string
	Name state.Value // unrecorded if the row does not say
	Gone bool
}

// Access is one UserRecordAccess row.
type Access struct {
	Key state.AccessKey
	May state.Access
}

// typeNames are the types by what attributes.type says.
var typeNames = map[string]string{
	"Contact": "contact", "Task": "task", "Event": "event", "User": "user", "EventRelation": "event_relation",
	"TaskRelation": "task_relation", "Lead": "lead", "Account": "account", "UserRecordAccess": "user_record_access",
}

// Read reads one file into out. The error is why the rest of the file could not
// be read.
func Read(r io.Reader, in Input, env *Env, out *Output) *textpos.Error {
	f := newFile(in, env, out)
	err := jsonstream.Walk(r, jsonstream.Limits{}, f)
	f.finish(err)
	return err
}

func newFile(in Input, env *Env, out *Output) *file {
	return &file{in: in, env: env, out: out, total: -1, feeds: wire.NewFeeds(in.Path), read: wire.Reader{File: in.Path, Problems: env.Problems}}
}

// file visits one payload.
type file struct {
	in    Input
	env   *Env
	out   *Output
	read  wire.Reader
	feeds wire.Feeds

	done    state.Truth
	total   int
	next    bool
	failed  string // an API error instead of an answer
	failAt  textpos.Pos
	message string
	lost    []string
	rows    int
	view    viewHead
	pages   ViewPage
	isView  bool
	noID    int
	noUser  bool            // access rows of nobody were seen
	within  map[string]bool // kinds whose rows stand inside other rows
	deleted bool            // a getDeleted body
	updated bool            // a getUpdated body
	columns bool
	listed  bool   // the list of list views
	object  string // a describe's object
}

// Member implements jsonstream.Visitor.
func (f *file) Member(path string) jsonstream.Action {
	switch strings.TrimPrefix(path, "result.") {
	case "", "result":
		return jsonstream.Enter
	case "records", "deletedRecords", "ids", "fields", "listviews":
		return jsonstream.Rows
	case "urls", "childRelationships", "recordTypeInfos", "supportedScopes", "warnings":
		return jsonstream.Skip
	}
	return jsonstream.Take
}

// Value implements jsonstream.Visitor.
func (f *file) Value(path string, v *jsonstream.Value) {
	switch strings.TrimPrefix(path, "result.") {
	case "":
		f.env.Problems.Warn(f.in.Path, v.Pos, "Not a Salesforce answer", "The file holds %s instead of an object with records.", v.Kind)
		f.lost = append(f.lost, "it is no Salesforce answer")
	case "records", "deletedRecords", "ids", "listviews":
		if !v.IsNull() {
			f.read.Wrong(v, path, "an array")
			f.lost = append(f.lost, path+" is no array")
		}
	case "done":
		f.done = f.read.Bool(v, "done").Truth()
	case "totalSize":
		if n, err := strconv.Atoi(v.Str); v.Is(jsonstream.Number) && err == nil && n >= 0 {
			f.total = n
		}
	case "nextRecordsUrl":
		f.next = v.Text() != ""
	case "error":
		f.fail(v.Pos, v.Get("code").Text()+" "+v.Get("message").Text())
	case "status":
		if v.Is(jsonstream.Number) && v.Str != "0" {
			f.fail(v.Pos, "the command ended with status "+v.Str)
		}
	case "message":
		f.message = v.Text()
	case "name":
		f.object = v.Text()
	default:
		f.view.member(f, strings.TrimPrefix(path, "result."), v)
	}
}

// Problem implements jsonstream.Visitor.
func (f *file) Problem(err *textpos.Error) {
	f.env.Problems.Row(f.in.Path, err)
	f.lost = append(f.lost, "a row at line "+strconv.Itoa(int(err.Pos.Line))+" could not be read")
}

// Row implements jsonstream.Visitor.
func (f *file) Row(path string, v *jsonstream.Value) {
	switch strings.TrimPrefix(path, "result.") {
	case "deletedRecords":
		f.tombstone(v)
	case "ids":
		f.updatedID(v)
	case "fields":
		f.describeField(v)
	case "listviews":
		f.listedView(v)
	default:
		if v.Get("errorCode") != nil {
			f.fail(v.Pos, v.Get("errorCode").Text()+": "+wire.Clip(v.Get("message").Text()))
			return
		}
		f.record(v)
	}
}

func (f *file) fail(pos textpos.Pos, what string) {
	if f.failed == "" {
		f.failed, f.failAt = strings.TrimSpace(what), pos
	}
}

func (f *file) feed(kind string) *wire.Feed { return f.feeds.Of(kind) }

// typeOf says what a record is: declared, else its own type, else the file's.
func (f *file) typeOf(v *jsonstream.Value) string {
	own := v.At("attributes", "type").Text()
	if t := typeNames[own]; own != "" && !f.in.Declared {
		if t == "" {
			return own
		}
		return t
	}
	return f.in.Type
}

func (f *file) record(v *jsonstream.Value) {
	f.rows++
	if !v.Is(jsonstream.Object) {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Not a row", "A record should be an object, but here it is %s.", v.Kind)
		f.lost = append(f.lost, "a row is no object")
		return
	}
	if v.Get("columns").Is(jsonstream.Array) && v.Get("attributes") == nil {
		f.viewRow(v)
		return
	}
	if isPlan(v) {
		return
	}
	switch t := f.typeOf(v); t {
	case "contact", "task", "event":
		f.item(t, v)
	case "event_relation":
		f.relation(v)
	case "user":
		f.user(v)
	case "lead":
		f.lead(v)
	case "account":
		f.account(v)
	case "task_relation":
		f.feed("task_relation").Rows++ // a task belongs to its assignee; whom it is about changes nothing
	case "user_record_access":
		f.access(v)
	default:
		if t == "" {
			t = "unknown"
		}
		if f.unread(t) {
			f.env.Problems.Warn(f.in.Path, v.Pos, "Rows of no use", "Rows of the type %s are not read: weir uses User, Contact, Task, Event, EventRelation, TaskRelation, Lead, Account and UserRecordAccess.", wire.Clip(t))
		}
	}
}

// unread counts a row that weir has no use for; true for the first of its type.
func (f *file) unread(t string) bool {
	if f.out.Unread == nil {
		f.out.Unread = map[string]int{}
	}
	f.out.Unread[t]++
	return f.out.Unread[t] == 1
}

// id reads a row's own id; ok is false, and noted, if it has none.
func (f *file) id(kind string, v *jsonstream.Value) (string, bool) {
	id := v.Get("Id")
	if id.Text() == "" {
		if ref, ok := f.reference(kind, v); ok {
			return ref, ref != ""
		}
		f.env.Problems.Warn(f.in.Path, v.Pos, "Row without Id", "This %s has no Id and cannot be told from others. Select Id in the query.", kind)
		f.feed(kind).Lack("a row without Id")
		return "", false
	}
	return f.env.ID(f.in.Path, id.Pos, id.Str), true
}

func (f *file) item(kind string, v *jsonstream.Value) {
	feed := f.feed(kind)
	feed.Rows++
	id, ok := f.id(kind, v)
	if !ok {
		return
	}
	k, _ := state.ParseKind(kind)
	row := f.readItem(k, id, v)
	if f.in.Deleted && v.Get("IsDeleted") == nil {
		row.Gone = true
	}
	if row.Gone {
		feed.Removed++
		row.LeftOut = false
	}
	if row.LeftOut {
		feed.LeaveOut("definitions of recurring tasks")
	}
	row.Feed = feed
	f.out.row(row)
	f.inside(id, v)
}

func (f *file) tombstone(v *jsonstream.Value) {
	f.deleted = true
	id := v.Get("id")
	if id == nil {
		id = v.Get("Id")
	}
	if id.Text() == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Deletion without id", "A deleted record should have an id.")
		f.lost = append(f.lost, "a deletion without id")
		return
	}
	full := f.env.ID(f.in.Path, id.Pos, id.Str)
	at := f.read.Instant(v.Get("deletedDate"), "deletedDate").Instant()
	k := KindOfID(full)
	if named, ok := state.ParseKind(f.in.Type); ok && k == state.KindInvalid {
		k = named
	}
	switch {
	case k != state.KindInvalid:
		feed := f.feed(k.String())
		feed.Rows++
		feed.Removed++
		f.out.row(wire.Row{Kind: k, ID: full, Gone: true, GoneAt: at, Pos: id.Pos, Feed: feed})
	case strings.HasPrefix(full, prefixRelation) || f.in.Type == "event_relation":
		feed := f.feed("event_relation")
		feed.Rows++
		feed.Removed++
		f.out.relation(wire.Relation{ID: full, Gone: true, Pos: id.Pos})
	}
}

// updatedID notes an id of which only the change is known.
func (f *file) updatedID(v *jsonstream.Value) {
	f.updated = true
	if v.Text() == "" {
		return
	}
	id := f.env.ID(f.in.Path, v.Pos, v.Str)
	if k := KindOfID(id); k != state.KindInvalid {
		f.feed(k.String())
		f.out.Updated = append(f.out.Updated, Updated{id, f.in.Path})
	}
}

// reportFailure says which error Salesforce answered with.
func (f *file) reportFailure() {
	if f.failed == "" {
		return
	}
	what := f.failed
	if f.message != "" {
		what += ": " + f.message
	}
	f.env.Problems.Warn(f.in.Path, f.failAt, "Salesforce answered with an error", "The file holds an error instead of rows: %s. Record it again.", strings.TrimRight(wire.Clip(what), "."))
}

// finish turns what the envelope said into the feeds' evidence.
func (f *file) finish(err *textpos.Error) {
	f.reportFailure()
	if f.finishDescribe() || f.finishView(err) {
		return
	}
	if len(f.feeds.List) == 0 && f.in.Type != "" && f.in.Type != "list_view" && f.in.Type != "describe" {
		f.feed(f.in.Type)
	}
	for _, feed := range f.feeds.List {
		feed.Full = !f.in.Delta && !f.in.Deleted && !f.deleted && !f.updated
		feed.Group = feed.Kind
		if f.within[feed.Kind] {
			f.out.Feeds = append(f.out.Feeds, feed)
			continue
		}
		feed.Done, feed.Total = f.done, f.total
		if f.next && f.done != state.True {
			feed.Done = state.False
		}
		for _, lost := range f.lost {
			feed.Lack(lost)
		}
		if f.failed != "" {
			feed.Lack("Salesforce answered with an error")
		}
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		f.out.Feeds = append(f.out.Feeds, feed)
	}
	if len(f.feeds.List) == 0 && err == nil && f.failed == "" && f.rows == 0 {
		f.env.Problems.Warn(f.in.Path, textpos.Pos{}, "Unknown contents", "Neither the rows nor the name say what this file holds. Name it after the object (Contact.json), or say it in capture.json.")
	}
}
