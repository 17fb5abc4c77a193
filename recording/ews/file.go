package ews

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/state"
	"weir/state/zone"
)

// Knows tells XML, which no other mailbox format is, by its beginning.
func Knows(head []byte) bool {
	head = bytes.TrimLeft(head, "\xFE\xFF\xEF\xBB\xBF\x00")
	return len(head) > 0 && head[0] == '<'
}

// Read reads one file into out. The error is why the rest could not be read.
func Read(r io.Reader, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	f := &file{in: in, env: env, out: out, feeds: wire.NewFeeds(in.Path), context: time.UTC, strange: map[string]bool{}}
	f.feeds.New.Renames = true
	if f.in.Zone == nil {
		f.in.Zone = time.UTC
	}
	err := xmlstream.Walk(r, xmlstream.Limits{}, f)
	f.finish(err)
	return err
}

// operation is what a response message answers.
type operation uint8

const (
	opNone operation = iota
	opFind
	opGet
	opSync
	opFolders
	opOther
)

// operations by the names of response messages.
var operations = map[string]operation{
	"FindItemResponseMessage": opFind, "GetItemResponseMessage": opGet, "SyncFolderItemsResponseMessage": opSync,
	"GetFolderResponseMessage": opFolders, "FindFolderResponseMessage": opFolders, "SyncFolderHierarchyResponseMessage": opFolders,
}

// message is one response message.
type message struct {
	op          operation
	class, code string
	text        string
	pos         textpos.Pos
}

// file visits one answer.
type file struct {
	in    wire.MailFile
	env   *wire.MailEnv
	out   *wire.MailOutput
	feeds wire.Feeds

	msg     message
	seen    [opOther + 1]bool // operations answered
	zones   definitions
	context *time.Location // of times without an offset, where the item names no zone

	more, last bool // an answer said that pages follow; that it is the last
	total      int  // items in all views together
	views      int  // answers that stated a total
	paged      bool // an answer can be no calendar view
	ignored    int  // rows of kinds that weir does not sync, and read flags
	lost       []string
	pending    []wire.Row      // deletions of a kind not yet known
	named      bool            // folders were listed
	answered   bool            // there was an answer at all
	strange    map[string]bool // elements already warned about
}

// spaces are parts of the namespaces that answers use; documentation and proxies
// write them with https too.
var spaces = [...]string{"schemas.microsoft.com/exchange/services/", "schemas.xmlsoap.org/soap/envelope", "www.w3.org/2003/05/soap-envelope"}

func known(space string) bool {
	return space == "" || slices.ContainsFunc(spaces[:], func(s string) bool { return strings.Contains(space, s) })
}

// Element implements xmlstream.Visitor.
func (f *file) Element(path []string, n *xmlstream.Node) xmlstream.Action {
	if !known(n.Space) {
		return xmlstream.Skip
	}
	parent := ""
	if len(path) > 0 {
		parent = path[len(path)-1]
	}
	switch parent {
	case "Items", "Create", "Update", "Folders":
		return xmlstream.Take
	case "Changes":
		return f.change(n)
	case "Header":
		return takeIf(n.Name == "TimeZoneContext")
	case "", "Body":
		return f.top(parent, n)
	}
	return f.inside(n)
}

func takeIf(ok bool) xmlstream.Action {
	if ok {
		return xmlstream.Take
	}
	return xmlstream.Skip
}

func (f *file) change(n *xmlstream.Node) xmlstream.Action {
	switch n.Name {
	case "Create", "Update":
		return xmlstream.Enter
	case "Delete":
		return xmlstream.Take
	case "ReadFlagChange":
		f.ignored++
		return xmlstream.Skip
	}
	f.odd(n, "change")
	return xmlstream.Skip
}

// top looks at the document's own element, and at what a SOAP body holds.
func (f *file) top(parent string, n *xmlstream.Node) xmlstream.Action {
	switch {
	case n.Name == "Fault":
		return xmlstream.Take
	case parent == "" && n.Name == "Envelope", parent == "" && n.Name == "Body":
		return xmlstream.Enter
	case strings.HasSuffix(n.Name, "ResponseMessage"):
		return f.inside(n)
	case strings.HasSuffix(n.Name, "Response"), n.Name == "ResponseMessages", n.Name == "RootFolder", n.Name == "Items":
		f.answered = true
		return f.inside(n)
	case parent == "" && results[n.Name] != "":
		f.answered = true
		return xmlstream.Take
	}
	f.answered = true // said here, so not again at the end
	what := "It holds " + quote(n.Name) + " where the answer to FindItem, GetItem, SyncFolderItems or GetFolder should be."
	if operations[n.Name+"ResponseMessage"] != opNone {
		what = "It holds a " + n.Name + " request. Record what the server answered."
	}
	f.env.Problems.Warn(f.in.Path, n.Pos, "Not an Exchange answer", "%s", what)
	f.lost = append(f.lost, "it is no Exchange answer")
	return xmlstream.Skip
}

func (f *file) inside(n *xmlstream.Node) xmlstream.Action {
	switch n.Name {
	case "RootFolder":
		f.rootFolder(n)
		return xmlstream.Enter
	case "Body", "Header", "ResponseMessages", "Items", "Groups", "GroupedItems", "Changes", "Folders":
		return xmlstream.Enter
	case "ResponseCode", "MessageText", "IncludesLastItemInRange":
		return xmlstream.Take
	}
	if strings.HasSuffix(n.Name, "ResponseMessage") {
		op, ok := operations[n.Name]
		if !ok {
			op = opOther
		}
		f.seen[op], f.answered = true, true
		f.msg = message{op: op, class: n.Attr("ResponseClass"), pos: n.Pos}
		return xmlstream.Enter
	}
	if strings.HasSuffix(n.Name, "Response") {
		f.answered = true
		return xmlstream.Enter
	}
	return xmlstream.Skip
}

// rootFolder reads what a FindItem answer says about its pages.
func (f *file) rootFolder(n *xmlstream.Node) {
	f.lastInRange(n.Attr("IncludesLastItemInRange"))
	if total, err := strconv.Atoi(n.Attr("TotalItemsInView")); err == nil && total >= 0 && total < 1<<31 {
		f.total += total
		f.views++
	}
	f.paged = f.paged || n.Attr("IndexedPagingOffset") != ""
}

func (f *file) lastInRange(word string) {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "true", "1":
		f.last = true
	case "false", "0":
		f.more = true
	}
}

// Taken implements xmlstream.Visitor.
func (f *file) Taken(path []string, n *xmlstream.Node) {
	parent := ""
	if len(path) > 0 {
		parent = path[len(path)-1]
	}
	switch n.Name {
	case "Fault":
		f.fault(n)
	case "TimeZoneContext":
		name := n.Get("TimeZoneDefinition").Attr("Id")
		if loc, _, err := zone.Resolve(name); err == nil {
			f.context = loc
		} else {
			f.env.Problems.Warn(f.in.Path, n.Pos, "Unknown time zone", "No zone has the name %q. Times without an offset are read in the item's own zone, else in %s.", wire.Clip(name), f.context)
		}
	case "ResponseCode":
		f.msg.code = n.Word()
	case "MessageText":
		f.msg.text = n.Word()
	case "IncludesLastItemInRange":
		f.lastInRange(n.Word())
	case "Delete":
		f.removed(n)
	default:
		f.entry(parent, n)
	}
}

// End implements xmlstream.Visitor.
func (f *file) End(_ []string, name string) {
	if strings.HasSuffix(name, "ResponseMessage") {
		f.judge()
		f.msg = message{}
	}
}

// Problem implements xmlstream.Visitor.
func (f *file) Problem(err *textpos.Error) {
	if err.Summary == "Forbidden characters" {
		f.env.Problems.Warn(f.in.Path, err.Pos, err.Summary, "%s", err.Detail)
		return
	}
	f.env.Problems.Row(f.in.Path, err)
	f.lost = append(f.lost, "an item at line "+strconv.Itoa(int(err.Pos.Line))+" could not be read")
}

// results are the elements that are items, by kind; folders are elements whose
// names end in Folder.
var results = map[string]string{"CalendarItem": "event", "Task": "task", "Contact": "contact"}

// others are items that live in the same folders and are none of the sync's.
var others = map[string]bool{"DistributionList": true, "Message": true, "Item": true, "PostItem": true, "MeetingMessage": true,
	"MeetingRequest": true, "MeetingResponse": true, "MeetingCancellation": true, "RoleMember": true, "Network": true, "Person": true}

// entry reads one element of a list: an item, a folder, or something else.
func (f *file) entry(parent string, n *xmlstream.Node) {
	switch {
	case strings.HasSuffix(n.Name, "Folder"):
		f.named = true
		if id := n.Get("FolderId").Attr("Id"); id != "" && n.Get("DisplayName").Word() != "" {
			f.out.ListFolder(id, wire.Text(n.Get("DisplayName").Word()), state.Contact, state.Task, state.Event) // one list has them all
		}
	case results[n.Name] != "":
		f.item(results[n.Name], n)
	case others[n.Name]:
		f.ignored++
	default:
		f.ignored++
		f.odd(n, "item")
	}
}

// odd notes an element that is not known, once a name.
func (f *file) odd(n *xmlstream.Node, what string) {
	if f.strange[n.Name] || len(f.strange) > 20 {
		return
	}
	f.strange[n.Name] = true
	f.env.Problems.Warn(f.in.Path, n.Pos, "Unknown "+what, "%s is no %s that weir knows. It is left out.", quote(n.Name), what)
	f.lost = append(f.lost, "it holds a "+wire.Clip(n.Name))
}

func quote(name string) string { return strconv.Quote(wire.Clip(name)) }

// removed reads a Delete change: an id and nothing else.
func (f *file) removed(n *xmlstream.Node) {
	id := n.Get("ItemId").Attr("Id")
	switch {
	case n.Get("FolderId") != nil:
		f.named = true
	case id == "":
		f.withoutID(n)
	default:
		f.pending = append(f.pending, wire.Row{ID: id, Gone: true, Pos: n.Pos})
	}
}

func (f *file) withoutID(n *xmlstream.Node) {
	f.env.Problems.Warn(f.in.Path, n.Pos, "Item without id", "This %s has no ItemId and cannot be told from others. Ask for BaseShape IdOnly or more.", wire.Clip(n.Name))
	f.lost = append(f.lost, "an item without id")
}

func (f *file) item(kind string, n *xmlstream.Node) {
	id := n.Get("ItemId").Attr("Id")
	if id == "" {
		f.withoutID(n)
		return
	}
	e := &element{file: f, n: n, detail: f.msg.op == opGet || f.msg.op == opNone, whole: allProperties(n)}
	var row wire.Row
	switch kind {
	case "contact":
		row = e.contact(id)
	case "task":
		row = e.task(id)
	default:
		row = e.event(id)
	}
	row.Detail = 1
	if e.detail {
		row.Detail = 2
	}
	f.add(kind, row)
}

// add files a row under its kind.
func (f *file) add(kind string, row wire.Row) {
	row.Kind, _ = state.ParseKind(kind)
	feed := f.feed(kind)
	feed.Rows++
	if row.Gone {
		feed.Removed++
	}
	row.Feed = feed
	f.out.Rows = append(f.out.Rows, row)
}

func (f *file) feed(kind string) *wire.Feed { return f.feeds.Of(kind) }

// finish turns what the answer said into the feeds' evidence.
func (f *file) finish(err *textpos.Error) {
	f.settlePending()
	if !f.answered && err == nil {
		f.env.Problems.Warn(f.in.Path, textpos.Pos{}, "Not an Exchange answer", "The envelope holds no answer. Record what the server answered.")
		f.lost = append(f.lost, "it is no Exchange answer")
	}
	if _, ok := state.ParseKind(f.in.Type); ok && len(f.feeds.List) == 0 && !f.named {
		f.feed(f.in.Type)
	}
	for _, feed := range f.feeds.List {
		f.judgeFeed(feed)
		for _, lost := range f.lost {
			feed.Lack(lost)
		}
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		f.out.Feeds = append(f.out.Feeds, feed)
	}
	if len(f.feeds.List) == 0 && !f.named && err == nil && len(f.lost) == 0 && !f.seen[opFolders] {
		f.env.Problems.Warn(f.in.Path, textpos.Pos{}, "Unknown contents", "Neither the items nor the name say what this file holds. Name it contacts.xml, tasks.xml or events.xml, or say it in capture.json.")
	}
}

// judgeFeed says what the file is evidence of for one kind.
func (f *file) judgeFeed(feed *wire.Feed) {
	listed := f.seen[opFind]
	feed.Full = listed && !f.seen[opSync] && !f.in.Delta
	if f.in.DeltaDeclared {
		feed.Full = !f.in.Delta
	}
	switch {
	case f.more:
		feed.Done = state.False
	case f.last:
		feed.Done = state.True
	}
	if listed && f.views > 0 && len(f.feeds.List) == 1 {
		feed.Total = max(0, f.total-f.ignored)
	}
	feed.Group = strings.Join([]string{feed.Kind, f.operationWord(), stem(f.in.Path)}, " ")
	feed.Folder = f.in.Folder
	feed.OneFolder = listed || feed.Full && f.seen[opSync]
	feed.Bounded = listed && feed.Kind == "event" && !f.paged
}

func (f *file) operationWord() string {
	switch {
	case f.seen[opFind]:
		return "find"
	case f.seen[opSync]:
		return "sync"
	}
	return "get"
}

// stem is a file's name without page number and extensions: what the pages of one
// answer share.
func stem(file string) string {
	dir, base := path.Split(file)
	base, _, _ = strings.Cut(base, ".")
	if i := strings.LastIndexAny(base, "-_ "); i > 0 {
		if _, err := strconv.Atoi(base[i+1:]); err == nil {
			base = base[:i]
		}
	}
	return dir + base
}

// settlePending files deletions, which do not say what was deleted: what the
// file's name or capture.json says, else what else the file holds.
func (f *file) settlePending() {
	if len(f.pending) == 0 {
		return
	}
	kind := f.in.Type
	if _, ok := state.ParseKind(kind); !ok && len(f.feeds.List) == 1 {
		kind = f.feeds.List[0].Kind
	}
	if _, ok := state.ParseKind(kind); !ok {
		f.env.Problems.Warn(f.in.Path, f.pending[0].Pos, "Removal of unknown kind", "Nothing says whether contacts, tasks or events were removed. Name the file contacts.delta.xml or the like, or say it in capture.json.")
		f.lost = append(f.lost, "removals of unknown kind")
		f.pending = nil
		return
	}
	for _, row := range f.pending {
		f.add(kind, row)
	}
	f.pending = nil
}
