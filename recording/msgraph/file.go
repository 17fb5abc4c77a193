package msgraph

import (
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Read reads one file into out. The error is why the rest could not be read.
func Read(r io.Reader, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	f := &file{in: in, env: env, out: out, read: wire.Reader{File: in.Path, Problems: env.Problems}, count: -1, feeds: wire.NewFeeds(in.Path)}
	err := jsonstream.Walk(r, jsonstream.Limits{}, f)
	f.finish(err)
	return err
}

// file visits one payload.
type file struct {
	in    wire.MailFile
	env   *wire.MailEnv
	out   *wire.MailOutput
	read  wire.Reader
	feeds wire.Feeds

	context context
	links   []string
	next    bool
	delta   bool // a delta link, or a removal
	count   int
	lost    []string
	failed  bool
	pending []wire.Row // removals of a kind not yet known
	rows    int
	named   bool // the file listed folders or settings
}

// Member implements jsonstream.Visitor.
func (f *file) Member(path string) jsonstream.Action {
	switch path {
	case "":
		return jsonstream.Enter
	case "value":
		return jsonstream.Rows
	}
	return jsonstream.Take
}

// Value implements jsonstream.Visitor.
func (f *file) Value(path string, v *jsonstream.Value) {
	switch path {
	case "", "value":
		f.env.Problems.Warn(f.in.Path, v.Pos, "Not a Graph answer", "The file holds %s where Graph puts an object with an array of values.", v.Kind)
		f.lost = append(f.lost, "it is no Graph answer")
	case "@odata.context":
		f.context = parseContext(v.Text())
	case "@odata.nextLink":
		f.next = v.Text() != ""
		f.links = append(f.links, v.Text())
	case "@odata.deltaLink":
		f.delta = true
		f.links = append(f.links, v.Text())
	case "@odata.count":
		if n, err := strconv.Atoi(v.Str); err == nil && n >= 0 {
			f.count = n
		}
	case "error":
		f.failed = true
		f.env.Problems.Warn(f.in.Path, v.Pos, "Graph answered with an error", "The file holds an error instead of items: %s: %s. Record it again.",
			wire.Clip(v.Get("code").Text()), strings.TrimRight(wire.Clip(v.Get("message").Text()), "."))
	case "timeZone":
		f.timeZone(v)
	}
}

// timeZone reads the mailbox's own zone from its mailboxSettings.
func (f *file) timeZone(v *jsonstream.Value) {
	if v.Text() != "" && (f.in.Type == "mailbox_settings" || f.context.resource == "mailboxSettings") {
		f.named = true
		f.out.TimeZone, f.out.TimeZonePos, f.out.TimeZoneFile = v.Str, v.Pos, f.in.Path
	}
}

// Problem implements jsonstream.Visitor.
func (f *file) Problem(err *textpos.Error) {
	f.env.Problems.Row(f.in.Path, err)
	f.lost = append(f.lost, "a row at line "+strconv.Itoa(int(err.Pos.Line))+" could not be read")
}

// Row implements jsonstream.Visitor.
func (f *file) Row(path string, v *jsonstream.Value) {
	f.rows++
	id := v.Get("id")
	if id.Text() == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Item without id", "This item has no id and cannot be told from others. Select id, or leave $select out.")
		f.lost = append(f.lost, "an item without id")
		return
	}
	kind := f.kindOf(v)
	if removed := v.Get("@removed"); removed != nil {
		f.delta = true
		f.add(kind, wire.Row{ID: id.Str, Gone: true, Pos: v.Pos})
		return
	}
	switch kind {
	case "contact":
		f.add(kind, f.contact(id.Str, v))
	case "task":
		f.add(kind, f.task(id.Str, v))
	case "event":
		f.add(kind, f.event(id.Str, v))
	case "contact_folders", "todo_lists", "calendars", "mail_folders":
		f.named = true
		f.out.ListFolder(id.Str, wire.Text(firstText(v, "displayName", "name")), listOfNames[kind])
	default:
		f.env.Problems.Warn(f.in.Path, v.Pos, "Unknown item", "This is no contact, task or event that weir knows. If it is one, say so in capture.json.")
		f.lost = append(f.lost, "an item of unknown kind")
	}
}

func firstText(v *jsonstream.Value, names ...string) string {
	for _, name := range names {
		if t := v.Get(name).Text(); t != "" {
			return t
		}
	}
	return ""
}

// add files a row under its kind; removals whose kind is not yet known wait.
func (f *file) add(kind string, row wire.Row) {
	k, ok := state.ParseKind(kind)
	if !ok {
		f.pending = append(f.pending, row)
		return
	}
	row.Kind = k
	feed := f.feed(kind)
	feed.Rows++
	if row.Gone {
		feed.Removed++
	}
	row.Feed = feed
	if row.FolderID == "" {
		row.FolderID = f.context.folderID
	}
	f.out.Rows = append(f.out.Rows, row)
}

func (f *file) feed(kind string) *wire.Feed { return f.feeds.Of(kind) }

// kindOf tells what an item is: declared, else by the context, else by its shape,
// else by the file's name.
func (f *file) kindOf(v *jsonstream.Value) string {
	if f.in.Declared && f.in.Type != "" {
		return f.in.Type
	}
	if k := f.context.kind(); k != "" {
		return k
	}
	if k := shape(v); k != "" {
		return k
	}
	return f.in.Type
}

// shape tells an item's kind by properties only that kind has.
func shape(v *jsonstream.Value) string {
	has := func(names ...string) bool {
		for _, name := range names {
			if v.Get(name) != nil {
				return true
			}
		}
		return false
	}
	switch {
	case has("iCalUId", "isAllDay", "seriesMasterId", "showAs", "responseStatus") || v.Get("start").Is(jsonstream.Object):
		return "event"
	case has("givenName", "surname", "emailAddresses", "businessPhones"):
		return "contact"
	case has("dueDateTime", "importance", "completedDateTime") && !has("subject"):
		return "task"
	case has("wellknownListName"):
		return "todo_lists"
	}
	return ""
}

// finish turns what the envelope said into the feeds' evidence.
func (f *file) finish(err *textpos.Error) {
	f.settlePending()
	if _, ok := state.ParseKind(f.typeByEnvelope()); ok && len(f.feeds.List) == 0 {
		f.feed(f.typeByEnvelope())
	}
	from, to, ranged := f.rangeOfLinks()
	for _, feed := range f.feeds.List {
		feed.Full = !f.in.Delta
		if !f.in.DeltaDeclared {
			feed.Full = !f.in.Delta && !f.delta
		}
		feed.Total, feed.Done, feed.Group = f.count, state.TruthOf(!f.next), feed.Kind+" "+f.context.path
		feed.Folder, feed.FolderID = f.in.Folder, f.context.folderID
		if f.context.view || f.viewLinks() {
			feed.Bounded = true
			if ranged {
				feed.From, feed.To = from, to
			}
		}
		for _, lost := range f.lost {
			feed.Lack(lost)
		}
		if f.failed {
			feed.Lack("Graph answered with an error")
		}
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		f.out.Feeds = append(f.out.Feeds, feed)
	}
	_, names := listOfNames[f.typeByEnvelope()]
	if len(f.feeds.List) == 0 && !f.named && !names && err == nil && !f.failed && len(f.lost) == 0 {
		f.env.Problems.Warn(f.in.Path, textpos.Pos{}, "Unknown contents", "Neither the items nor the name say what this file holds. Name it contacts.json, tasks.json or events.json, or say it in capture.json.")
	}
}

// listOfNames are the lists of folders and settings, which may well be empty, with
// the kind of item that lies in the folders; KindInvalid for none that is synced.
var listOfNames = map[string]state.Kind{"contact_folders": state.Contact, "todo_lists": state.Task, "calendars": state.Event, "mail_folders": state.KindInvalid, "mailbox_settings": state.KindInvalid}

// typeByEnvelope is what the file holds as far as that can be told without a row.
func (f *file) typeByEnvelope() string {
	if k := f.context.kind(); k != "" && !f.in.Declared {
		return k
	}
	return f.in.Type
}

// settlePending files removals that came before anything said what they were.
func (f *file) settlePending() {
	if len(f.pending) == 0 {
		return
	}
	kind := f.typeByEnvelope()
	if len(f.feeds.List) == 1 && kind == "" {
		kind = f.feeds.List[0].Kind
	}
	if _, ok := state.ParseKind(kind); !ok {
		f.env.Problems.Warn(f.in.Path, f.pending[0].Pos, "Removal of unknown kind", "Nothing says whether contacts, tasks or events were removed. Name the file contacts.delta.json or the like, or say it in capture.json.")
		f.pending = nil
		f.lost = append(f.lost, "removals of unknown kind")
		return
	}
	for _, row := range f.pending {
		f.add(kind, row)
	}
	f.pending = nil
}

func (f *file) viewLinks() bool {
	for _, link := range f.links {
		if strings.Contains(strings.ToLower(link), "/calendarview") {
			return true
		}
	}
	return false
}

// rangeOfLinks reads the range a calendar view was asked for, where a link says so.
func (f *file) rangeOfLinks() (from, to time.Time, ok bool) {
	for _, link := range f.links {
		u, err := url.Parse(link)
		if err != nil {
			continue
		}
		query := map[string]string{}
		for name, values := range u.Query() {
			if len(values) > 0 {
				query[strings.ToLower(name)] = values[0]
			}
		}
		a, okA := parseRange(query["startdatetime"])
		b, okB := parseRange(query["enddatetime"])
		if okA && okB {
			return a, b, true
		}
	}
	return from, to, false
}
