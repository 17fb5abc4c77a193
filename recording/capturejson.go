package recording

import (
	"path"
	"strconv"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// captureFile is the name of the file that explains a capture folder.
const captureFile = "capture.json"

// said is what capture.json says about something; nil and zero mean nothing.
type said struct {
	typ                      string
	dialect                  string // the word before the dot of a type, "" for none
	delta, complete, bounded *bool
	from, to                 time.Time
	folder                   string
	fields                   []string
	user                     string // Salesforce id of the person the question was about
}

// captureSettings are a capture.json's statements, from wide to narrow.
type captureSettings struct {
	all    said
	kinds  map[string]said
	files  map[string]said
	used   map[string]bool
	places map[string]textpos.Pos // of the files' names
	path   string
}

// about is what holds for one file: the narrower statement wins, key by key.
func (c *captureSettings) about(file, kind string) said {
	if c == nil {
		return said{}
	}
	out := c.all
	if s, ok := c.kinds[kind]; ok && kind != "" {
		out = out.with(s)
	}
	for _, name := range [...]string{path.Base(file), file} {
		if s, ok := c.files[name]; ok {
			out = out.with(s)
			c.used[name] = true
		}
	}
	return out
}

// with is the statement with a narrower one laid over it.
func (s said) with(o said) said {
	if o.typ != "" {
		s.typ, s.dialect = o.typ, o.dialect
	}
	if o.delta != nil {
		s.delta = o.delta
	}
	if o.complete != nil {
		s.complete = o.complete
	}
	if o.bounded != nil {
		s.bounded = o.bounded
	}
	if !o.from.IsZero() {
		s.from = o.from
	}
	if !o.to.IsZero() {
		s.to = o.to
	}
	if o.folder != "" {
		s.folder = o.folder
	}
	if o.fields != nil {
		s.fields = o.fields
	}
	if o.user != "" {
		s.user = o.user
	}
	return s
}

// captureReader reads a capture.json.
type captureReader struct {
	problems *wire.Problems
	manifest *Manifest
	c        *captureSettings
}

func newCaptureReader(file string, manifest *Manifest, problems *wire.Problems) *captureReader {
	return &captureReader{problems, manifest, &captureSettings{path: file, kinds: map[string]said{}, files: map[string]said{},
		used: map[string]bool{}, places: map[string]textpos.Pos{}}}
}

// Member implements jsonstream.Visitor.
func (r *captureReader) Member(path string) jsonstream.Action {
	if path == "" || path == "files" {
		return jsonstream.Enter
	}
	return jsonstream.Take
}

// Row implements jsonstream.Visitor.
func (r *captureReader) Row(_ string, v *jsonstream.Value) { r.Value("", v) }

// Problem implements jsonstream.Visitor.
func (r *captureReader) Problem(err *textpos.Error) { r.problems.Row(r.c.path, err) }

// Value implements jsonstream.Visitor.
func (r *captureReader) Value(path string, v *jsonstream.Value) {
	if file, ok := strings.CutPrefix(path, "files."); ok {
		r.c.files[file] = r.statement(v)
		r.c.places[file] = v.Pos
		return
	}
	if path == "" || path == "files" {
		r.problems.Warn(r.c.path, v.Pos, "Unexpected value", "capture.json is one object, and so is its \"files\"; here is %s.", v.Kind)
		return
	}
	if v.Is(jsonstream.Object) {
		kind := kindByName(path)
		if kind == "" {
			r.problems.Warn(r.c.path, v.Pos, "Unknown key", "%q is no kind of payload; it is ignored.%s", wire.Clip(path), wire.DidYouMean(path, kindWords))
			return
		}
		r.c.kinds[kind] = r.c.kinds[kind].with(r.statement(v))
		return
	}
	r.key(&r.c.all, path, v)
}

func (r *captureReader) statement(v *jsonstream.Value) said {
	var s said
	if !v.Is(jsonstream.Object) {
		r.problems.Warn(r.c.path, v.Pos, "Unexpected value", "What capture.json says about a kind or file is an object, but here is %s.", v.Kind)
		return s
	}
	for i := range v.Fields {
		r.key(&s, v.Fields[i].Name, &v.Fields[i].Value)
	}
	return s
}

var captureKeys = []string{"type", "delta", "complete", "bounded", "from", "to", "start", "end", "folder", "fields", "user", "files"}

func (r *captureReader) key(s *said, key string, v *jsonstream.Value) {
	switch key {
	case "type":
		s.dialect = dialectByName(v.Text())
		if s.typ = kindByName(v.Text()); s.typ == "" {
			r.problems.Warn(r.c.path, v.Pos, "Unknown type", "%q is no type of payload that weir knows.%s", wire.Clip(v.Text()), wire.DidYouMean(v.Text(), kindWords))
		}
	case "delta":
		s.delta = r.truth(v, key)
	case "full":
		if full := r.truth(v, key); full != nil {
			delta := !*full
			s.delta = &delta
		}
	case "complete":
		s.complete = r.truth(v, key)
	case "bounded":
		s.bounded = r.truth(v, key)
	case "from", "start":
		s.from = r.instant(v, key)
	case "to", "end":
		s.to = r.instant(v, key)
	case "folder", "list":
		s.folder = wire.Text(v.Text())
	case "fields":
		s.fields = r.words(v, key)
	case "user":
		s.user = r.user(v)
	case "comment", "note":
	default:
		r.problems.Warn(r.c.path, v.Pos, "Unknown key", "capture.json has no key %q; it is ignored.%s", wire.Clip(key), wire.DidYouMean(key, captureKeys))
	}
}

func (r *captureReader) truth(v *jsonstream.Value, key string) *bool {
	if !v.Is(jsonstream.Bool) {
		if !v.IsNull() {
			r.problems.Warn(r.c.path, v.Pos, "Unexpected value", "%s should be true or false, but here it is %s.", key, v.Kind)
		}
		return nil
	}
	b := v.Bool
	return &b
}

// words reads a list of words, or one text with commas between them.
func (r *captureReader) words(v *jsonstream.Value, key string) []string {
	list := []string{}
	for word := range strings.SplitSeq(v.Text(), ",") {
		if word = strings.TrimSpace(word); word != "" {
			list = append(list, word)
		}
	}
	for i := range v.Items {
		if word := strings.TrimSpace(v.Items[i].Text()); word != "" {
			list = append(list, word)
		}
	}
	if len(list) == 0 {
		r.problems.Warn(r.c.path, v.Pos, "Unexpected value", "%s should be a list of names, such as [\"names\", \"emailAddresses\"], but here it is %s.", key, v.Kind)
		return nil
	}
	return list
}

// user reads whom a question was about: by Salesforce id, or by a mailbox of the
// manifest.
func (r *captureReader) user(v *jsonstream.Value) string {
	said := v.Text()
	if strings.Contains(said, "@") {
		address := wire.Address(said)
		if u, ok := r.manifest.user(address); ok {
			return u.SalesforceID
		}
		r.problems.Warn(r.c.path, v.Pos, "Unknown person", "No user of recording.json has the mailbox %s; give the Salesforce id instead.%s", wire.Clip(address), wire.DidYouMean(address, r.manifest.mailboxes()))
		return ""
	}
	if id, problem := salesforce.NormalizeID(said); problem == salesforce.IDFine && salesforce.IsUserID(id) {
		return id
	}
	r.problems.Warn(r.c.path, v.Pos, "Unknown person", "user should be the Salesforce id or the mailbox of the person that was asked about, but %s is neither.", quoted(v))
	return ""
}

// quoted is a value as a message shows it.
func quoted(v *jsonstream.Value) string {
	if v.Is(jsonstream.String) {
		return strconv.Quote(wire.Clip(v.Str))
	}
	return v.Kind.String()
}

func (r *captureReader) instant(v *jsonstream.Value, key string) time.Time {
	if t, ok := wire.ParseInstant(v.Text()); ok {
		return t
	}
	if d, ok := wire.ParseDay(v.Text()); ok && len(v.Text()) == 10 {
		return d.UTC()
	}
	r.problems.Warn(r.c.path, v.Pos, "Unreadable time", "%s should be an instant such as 2026-05-04T00:00:00Z.", key)
	return time.Time{}
}

// apply lays what capture.json says over a feed's own evidence.
func (s said) apply(f *wire.Feed) {
	if s.complete != nil {
		f.Declared = state.TruthOf(*s.complete)
		if !*s.complete {
			f.Lack("capture.json says that it is not complete")
		}
	}
	if !s.from.IsZero() && !s.to.IsZero() {
		f.From, f.To, f.Bounded = s.from, s.to, true
	}
	if s.bounded != nil {
		f.Bounded = *s.bounded
	}
	if s.folder != "" {
		f.Folder = s.folder
	}
}

// kinds by the words people and services use for them.
var kindNames = map[string]string{
	"contact": "contact", "task": "task", "todo": "task", "todotask": "task", "event": "event", "calendarview": "event",
	"calendarevent": "event", "user": "user", "eventrelation": "event_relation", "taskrelation": "task_relation", "lead": "lead", "account": "account",
	"userrecordaccess": "user_record_access", "access": "user_record_access", "listview": "list_view", "view": "list_view",
	"describe": "describe", "link": "links", "setting": "settings", "preference": "settings",
	"mailboxsetting": "mailbox_settings", "contactfolder": "contact_folders", "todolist": "todo_lists", "tasklist": "todo_lists",
	"list": "todo_lists", "calendar": "calendars", "mailfolder": "mail_folders",
	"connection": "contact", "people": "contact", "contactgroup": "contact_groups", "calendarlist": "calendars",
	"calendarsetting": "mailbox_settings",
}

var kindWords = []string{"contacts", "tasks", "events", "users", "event_relation", "leads", "accounts", "user_record_access",
	"list_view", "describe", "links", "settings", "mailbox_settings", "contact_folders", "contact_groups", "todo_lists", "calendars"}

// dialectByName is the vendor a type's name begins with: "graph.event".
func dialectByName(name string) string {
	vendor, _, found := strings.Cut(strings.ToLower(name), ".")
	if !found {
		return ""
	}
	return strings.TrimPrefix(vendor, "ms")
}

// kindByName reads a kind's name: singular or plural, with or without a vendor's
// prefix, in any case. "" if there is no such kind.
func kindByName(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
	if kind, ok := kindNames[name]; ok {
		return kind
	}
	return kindNames[strings.TrimSuffix(name, "s")]
}

// named is what a payload's file name says.
type named struct {
	kind    string // "" if the name is no kind's
	base    string // without page number and suffixes
	delta   bool
	deleted bool
}

// byName reads "Contact.updated.2.json", "EventRelation-2.json", "listviews/Hot.json".
func byName(file string) named {
	var n named
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	parts := strings.Split(base, ".")
	n.base = withoutPage(parts[0])
	for _, p := range parts[1:] {
		switch strings.ToLower(withoutPage(p)) {
		case "delta", "updated":
			n.delta = true
		case "deleted", "removed":
			n.delta, n.deleted = true, true
		case "describe":
			n.kind = "describe"
		}
	}
	switch dir := strings.ToLower(path.Base(path.Dir(file))); {
	case belowListViews(file) || isListViewXML(file):
		n.kind = "list_view"
	case n.kind != "":
	case dir == "describe" || dir == "describes":
		n.kind = "describe"
	default:
		n.kind = kindByWords(n.base)
	}
	return n
}

// belowListViews reports a file in a folder of list views, whether it holds a
// result or a describe.
func belowListViews(file string) bool {
	for dir := range strings.SplitSeq(strings.ToLower(path.Dir(file)), "/") {
		if dir == "listviews" || dir == "list_views" {
			return true
		}
	}
	return false
}

// isListViewXML reports a list view as Salesforce's metadata has it.
func isListViewXML(file string) bool {
	name := strings.ToLower(path.Base(file))
	return strings.HasSuffix(name, ".listview-meta.xml") || strings.HasSuffix(name, ".listview")
}

// kindByWords reads the kind from a whole name, else from its first word
// ("contacts-salesforce").
func kindByWords(base string) string {
	if kind := kindByName(base); kind != "" {
		return kind
	}
	if i := strings.IndexAny(base, "-_ "); i > 0 {
		return kindByName(base[:i])
	}
	return ""
}

// withoutPage cuts a trailing page number ("Contact-2", "Contact_003").
func withoutPage(s string) string {
	if i := strings.LastIndexAny(s, "-_ "); i > 0 {
		if _, err := strconv.Atoi(s[i+1:]); err == nil {
			return s[:i]
		}
	}
	return s
}
