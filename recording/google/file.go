package google

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Read reads one file into out. The error is why the rest could not be read.
func Read(r io.Reader, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	f := &file{in: in, env: env, out: out, read: wire.Reader{File: in.Path, Problems: env.Problems},
		top: map[string]*jsonstream.Value{}, feeds: wire.NewFeeds(in.Path), first: len(out.Rows), bare: map[string]bool{}}
	err := jsonstream.Walk(r, jsonstream.Limits{}, f)
	f.finish(err)
	return err
}

var knownKinds = regexp.MustCompile(`"kind"\s*:\s*"(calendar|tasks|people)#|"resourceName"\s*:\s*"(people|contactGroups|otherContacts)/|"(connections|contactGroups)"\s*:\s*\[`)

// errorBody tells Google's errors, whose code is a number, from those of others.
var errorBody = regexp.MustCompile(`^\{\s*"error"\s*:\s*\{[^{}\[\]]*("code"\s*:\s*\d|"errors"\s*:\s*\[)|"(fullSyncRequired|EXPIRED_SYNC_TOKEN)"`)

// Knows tells an answer of Google's services by the names of its resources.
func Knows(head []byte) bool {
	return mentions(head, "kind", "resourceName", "connections", "contactGroups") && knownKinds.Match(head) ||
		mentions(head, "error", "fullSyncRequired", "EXPIRED_SYNC_TOKEN") && errorBody.Match(head)
}

// mentions looks for quoted words; most files have none, and it costs far less than
// a pattern does.
func mentions(head []byte, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(head, []byte(`"`+w+`"`)) })
}

// file visits one payload.
type file struct {
	in    wire.MailFile
	env   *wire.MailEnv
	out   *wire.MailOutput
	read  wire.Reader
	feeds wire.Feeds

	top     map[string]*jsonstream.Value // members of the document that were taken
	taken   int                          // bytes of those
	first   int                          // index of the file's first row in out.Rows
	rows    int
	partial bool // the answer to a question about some things, not a list of all
	lost    []string
	bare    map[string]bool // persons of whom nothing but the name of the resource was said
	named   bool            // the file listed calendars, groups, lists or settings
	hidden  bool            // a hidden task was shown
}

// lists are the members that hold rows.
var lists = map[string]bool{"items": true, "connections": true, "responses": true, "contactGroups": true, "otherContacts": true}

// members are those of the document that are looked at: of a list's envelope, and of
// every resource that may stand alone.
var members = append([]string{
	"kind", "etag", "summary", "timeZone", "accessRole", "updated", "nextPageToken", "nextSyncToken", "totalItems", "error",
	"id", "value", "primary",
}, slices.Concat(eventMembers, personMembers, taskMembers, groupMembers)...)

// Member implements jsonstream.Visitor.
func (f *file) Member(path string) jsonstream.Action {
	switch {
	case path == "":
		return jsonstream.Enter
	case lists[path]:
		return jsonstream.Rows
	case slices.Contains(members, path):
		return jsonstream.Take
	}
	return jsonstream.Skip
}

// Value implements jsonstream.Visitor.
func (f *file) Value(path string, v *jsonstream.Value) {
	if path == "" || lists[path] {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Not a Google answer", "The file holds %s where Google puts an object with a list of resources.", v.Kind)
		f.lost = append(f.lost, "it is no Google answer")
		return
	}
	if f.taken += weight(v); f.taken > maxTaken {
		if f.taken-weight(v) <= maxTaken {
			f.Problem(&textpos.Error{Pos: v.Pos, Summary: "Answer too large", Detail: fmt.Sprintf("The members of the answer beside its list are larger than %d MiB, which no answer of Google's is.", maxTaken>>20)})
		}
		return
	}
	f.top[path] = v
}

// maxTaken bounds what the members beside a list, or a resource that stands alone, may
// take in memory.
const maxTaken = 64 << 20

// weight is about how many bytes a value takes.
func weight(v *jsonstream.Value) int {
	const node = 128
	n := node + len(v.Str)
	for i := range v.Fields {
		n += weight(&v.Fields[i].Value)
	}
	for i := range v.Items {
		n += weight(&v.Items[i])
	}
	return n
}

// Problem implements jsonstream.Visitor.
func (f *file) Problem(err *textpos.Error) {
	f.env.Problems.Row(f.in.Path, err)
	f.lost = append(f.lost, "a row at line "+strconv.Itoa(int(err.Pos.Line))+" could not be read")
}

// Row implements jsonstream.Visitor.
func (f *file) Row(list string, v *jsonstream.Value) {
	f.rows++
	switch list {
	case "":
		if f.rows == 1 {
			f.env.Problems.Warn(f.in.Path, v.Pos, "List without its answer", "The file holds a bare list, so it cannot be told whether more pages follow. Save Google's answers as they are.")
			f.lost = append(f.lost, "it is a list taken out of its answer")
		}
		f.item(v)
	case "connections":
		f.addPerson(v, "")
	case "otherContacts":
		f.partial = true
		f.leaveOut("contact", v.Get("resourceName").Text(), "other contacts", v)
	case "responses":
		f.response(v)
	case "contactGroups":
		f.group(v)
	default:
		f.item(v)
	}
}

// item reads an element of "items", or a resource that stands alone.
func (f *file) item(v *jsonstream.Value) {
	kind := f.kindOf(v)
	switch kind {
	case "contact":
		f.addPerson(v, "")
		return
	case "contact_groups":
		f.group(v)
		return
	}
	id := v.Get("id").Text()
	if id == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Item without id", "This item has no id and cannot be told from others. Ask for id, or leave fields out of the request.")
		f.lost = append(f.lost, "an item without id")
		return
	}
	switch kind {
	case "event":
		f.addEvent(id, v)
	case "task":
		f.addTask(id, v)
	case "todo_lists":
		f.named = true
		if title := v.Get("title"); title.Is(jsonstream.String) {
			f.out.ListFolder(id, wire.Text(title.Str), state.Task)
		}
	case "calendars":
		f.named = true
		if tz := v.Get("timeZone"); v.Get("primary").IsTrue() || strings.EqualFold(id, f.in.Mailbox) {
			f.zone(tz, true)
		}
	case "mailbox_settings":
		f.named = true
		if id == "timezone" {
			f.zone(v.Get("value"), true)
		}
	default:
		f.env.Problems.Warn(f.in.Path, v.Pos, "Unknown item", "This is no contact, task or event that weir knows. If it is one, say so in capture.json.")
		f.lost = append(f.lost, "an item of unknown kind")
	}
}

// zone notes the mailbox's time zone: what the person's settings and own calendar say
// goes before what another calendar does.
func (f *file) zone(tz *jsonstream.Value, own bool) {
	if tz.Text() == "" || f.out.TimeZoneOwn || !own && f.out.TimeZone != "" {
		return
	}
	f.out.TimeZone, f.out.TimeZonePos, f.out.TimeZoneFile, f.out.TimeZoneOwn = tz.Str, tz.Pos, f.in.Path, own
}

// kinds are what the services call their resources and lists of them.
var kinds = map[string]string{
	"calendar#event": "event", "calendar#events": "event", "tasks#task": "task", "tasks#tasks": "task",
	"tasks#taskList": "todo_lists", "tasks#taskLists": "todo_lists",
	"calendar#calendarListEntry": "calendars", "calendar#calendarList": "calendars", "calendar#calendar": "calendars",
	"calendar#setting": "mailbox_settings", "calendar#settings": "mailbox_settings",
}

// kindOf tells what an item is: declared, else by its own kind, else by that of the
// list, else by its shape, else by the file's name.
func (f *file) kindOf(v *jsonstream.Value) string {
	if f.in.Declared && f.in.Type != "" {
		return f.in.Type
	}
	for _, word := range [...]string{v.Get("kind").Text(), f.top["kind"].Text()} {
		if kind := kinds[word]; kind != "" {
			return kind
		}
	}
	if kind := shape(v); kind != "" {
		return kind
	}
	return f.in.Type
}

// shape tells an item's kind by members only that kind has.
func shape(v *jsonstream.Value) string {
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return v.Get(name) != nil })
	}
	resource := v.Get("resourceName").Text()
	switch {
	case strings.HasPrefix(resource, "people/"):
		return "contact"
	case strings.HasPrefix(resource, "contactGroups/"):
		return "contact_groups"
	case has("iCalUID", "originalStartTime", "recurringEventId", "eventType") || v.Get("start").Is(jsonstream.Object):
		return "event"
	case has("notes", "due", "completed", "position") || has("title") && has("status"):
		return "task"
	case has("accessRole"):
		return "calendars"
	}
	return ""
}

func (f *file) feed(kind string) *wire.Feed {
	feed := f.feeds.Of(kind)
	feed.Exceptions = kind == "event"
	return feed
}

// add files a row under its kind.
func (f *file) add(row wire.Row) {
	feed := f.feed(row.Kind.String())
	feed.Rows++
	if row.Gone {
		feed.Removed++
	}
	row.Feed = feed
	f.out.Rows = append(f.out.Rows, row)
}

// leaveOut counts a row that is nothing that is synced.
func (f *file) leaveOut(kind, id, what string, v *jsonstream.Value) {
	k, _ := state.ParseKind(kind)
	f.feed(kind).LeaveOut(wire.Clip(what))
	f.add(wire.Row{Kind: k, ID: id, LeftOut: true, Pos: v.Pos})
}

func (f *file) newItem(k state.Kind, id string, v *jsonstream.Value) *state.Item {
	it := state.NewItem(k, state.Mailbox, id)
	it.File, it.Line = f.in.Path, int(v.Pos.Line)
	it.BySync = state.Unknown
	return it
}

// asked reports that a member that is missing was asked for, and so is empty: as
// capture.json says, else as the row's other members show.
func (f *file) asked(name string, whole bool) bool {
	if f.in.Fields == nil {
		return whole
	}
	return slices.ContainsFunc(f.in.Fields, func(field string) bool {
		field = strings.Trim(field[strings.LastIndexAny(field, "(/")+1:], ") ")
		return field == name || field == "*"
	})
}

// text reads a text that is left out when it is empty.
func (f *file) text(v *jsonstream.Value, name string, whole bool) state.Value {
	m := v.Get(name)
	if m == nil && f.asked(name, whole) {
		return state.EmptyValue()
	}
	return f.read.Text(m, name)
}

// carried is the record's id among the values of a link property, of any name unless
// one is named.
func (f *file) carried(name, value string) (string, bool) {
	if f.env.LinkProperty != "" && !strings.EqualFold(name, f.env.LinkProperty) {
		return "", false
	}
	return f.env.RecordID(value)
}

// finish turns what the envelope said into the feeds' evidence.
func (f *file) finish(err *textpos.Error) {
	f.alone()
	failure := f.failure()
	kind := f.typeByEnvelope()
	if _, ok := state.ParseKind(kind); ok && len(f.feeds.List) == 0 {
		f.feed(kind)
	}
	for _, feed := range f.feeds.List {
		f.evidence(feed)
		for _, lost := range f.lost {
			feed.Lack(lost)
		}
		if failure != "" {
			feed.Lack(failure)
		}
		f.dropBare(feed)
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		f.out.Feeds = append(f.out.Feeds, feed)
	}
	f.learnMask()
	if len(f.feeds.List) == 0 && !f.named && !listOfNames[kind] && err == nil && failure == "" && len(f.lost) == 0 {
		f.env.Problems.Warn(f.in.Path, textpos.Pos{}, "Unknown contents", "Neither the items nor the name say what this file holds. Name it contacts.json, tasks.json or events.json, or say it in capture.json.")
	}
}

// alone reads a resource that is the document itself.
func (f *file) alone() {
	word := f.top["kind"].Text()
	list := strings.HasSuffix(word, "s") || strings.HasSuffix(word, "List")
	if f.rows > 0 || len(f.lost) > 0 || list || kinds[word] == "" && !strings.Contains(f.top["resourceName"].Text(), "/") {
		return
	}
	v := &jsonstream.Value{Kind: jsonstream.Object}
	for _, name := range members {
		if m := f.top[name]; m != nil {
			v.Fields = append(v.Fields, jsonstream.Field{Name: name, Value: *m})
			if v.Pos.Line == 0 || m.Pos.Line < v.Pos.Line {
				v.Pos = m.Pos
			}
		}
	}
	f.rows++
	f.partial = true
	f.item(v)
}

// failure is what the feeds lack if the answer is an error; "" if it is none.
func (f *file) failure() string {
	v := f.top["error"]
	if v == nil {
		return ""
	}
	reasons := []string{v.Get("status").Text()}
	for _, list := range [...]*jsonstream.Value{v.Get("errors"), v.Get("details")} {
		if list.Is(jsonstream.Array) {
			for i := range list.Items {
				reasons = append(reasons, list.Items[i].Get("reason").Text())
			}
		}
	}
	message := strings.TrimRight(wire.Clip(v.Get("message").Text()), ".")
	code := v.Get("code")
	if code.Is(jsonstream.Number) && code.Str == "410" || slices.Contains(reasons, "fullSyncRequired") ||
		slices.Contains(reasons, "updatedMinTooLongAgo") || slices.Contains(reasons, "EXPIRED_SYNC_TOKEN") {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Sync token expired", "Google answered that the sync token is no longer good: %s. What changed since the last capture is not known, and nothing counts as deleted. Record everything again without the token.", message)
		return "its sync token had expired"
	}
	f.env.Problems.Warn(f.in.Path, v.Pos, "Google answered with an error", "The file holds an error instead of items: %s. Record it again.", message)
	return "Google answered with an error"
}

// typeByEnvelope is what the file holds as far as that can be told without a row.
func (f *file) typeByEnvelope() string {
	if kind := kinds[f.top["kind"].Text()]; kind != "" && !f.in.Declared {
		return kind
	}
	return f.in.Type
}

// listOfNames are the lists that only name things; they may well be empty.
var listOfNames = map[string]bool{"contact_groups": true, "todo_lists": true, "calendars": true, "mailbox_settings": true}

// evidence says what a feed shows: of what, whether all of it, and what else follows.
func (f *file) evidence(feed *wire.Feed) {
	token := f.top["nextSyncToken"].Text() != ""
	feed.Full = !f.in.Delta && (f.in.DeltaDeclared || !token && !f.partial)
	feed.Done = state.TruthOf(f.top["nextPageToken"].Text() == "")
	feed.Folder = f.in.Folder
	switch feed.Kind {
	case "event":
		feed.FolderID = wire.Text(f.top["summary"].Text())
		if f.partial {
			feed.FolderID = ""
		}
		f.setFolder(feed)
		f.zone(f.top["timeZone"], strings.EqualFold(feed.FolderID, f.in.Mailbox))
	case "task":
		feed.FolderID = f.listOfTasks(feed)
		feed.Hides = !f.hidden
	case "contact":
		if total := f.top["totalItems"]; feed.Full && total.Is(jsonstream.Number) {
			if n, err := strconv.Atoi(total.Str); err == nil && n >= 0 {
				feed.Total = n
			}
		}
	}
	feed.OneFolder = feed.Kind != "contact" && feed.FolderID == "" && feed.Rows == 0
	feed.Group = feed.Kind + " google " + feed.FolderID
	f.joinPages(feed, token)
}

// setFolder says of the rows in which calendar they lie.
func (f *file) setFolder(feed *wire.Feed) {
	for i := f.first; i < len(f.out.Rows); i++ {
		if row := &f.out.Rows[i]; row.Feed == feed {
			row.FolderID = feed.FolderID
		}
	}
}

// joinPages lets the pages of one answer agree that they show changes only: the token
// that says so stands on the last of them.
func (f *file) joinPages(feed *wire.Feed, token bool) {
	if f.in.DeltaDeclared {
		return
	}
	for _, other := range f.out.Feeds {
		if other.Group != feed.Group || stem(other.File) != stem(feed.File) {
			continue
		}
		switch {
		case token && other.Full && other.Done == state.False:
			other.Full, other.Total = false, -1
		case feed.Full && feed.Done == state.False && !other.Full:
			feed.Full, feed.Total = false, -1
		}
	}
}

var pageNumber = regexp.MustCompile(`[-._ ]?\d+$`)

// stem is a file's name without its page number.
func stem(name string) string {
	return pageNumber.ReplaceAllString(strings.TrimSuffix(name, path.Ext(name)), "")
}
