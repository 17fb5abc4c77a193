package recording

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// world is the Salesforce side through time.
type world struct {
	kinds    [4]*timeline
	meetings *salesforce.Meetings
	users    map[string][]userAt // by id
	people   []addressAt         // leads
	access   []accessAt
	views    map[string][]viewAt // by name
	// invitees is when a source of invitees was first captured; zero if never.
	invitees  time.Time
	relations *timelineOfRows
	problems  *wire.Problems
	captures  []Capture
	instants  []time.Time
}

type userAt struct {
	at time.Time
	salesforce.User
}

type addressAt struct {
	at      time.Time
	address string
}

type accessAt struct {
	at time.Time
	salesforce.Access
}

// timelineOfRows keeps the coverage of rows that are no objects of their own.
type timelineOfRows struct{ *timeline }

// opener carries what opening a recording needs.
type opener struct {
	fsys     fs.FS
	problems *wire.Problems
	digests  *digests
	notRead  *[]NotRead
	done     func()
	manifest *Manifest
}

func newWorld(m *Manifest, problems *wire.Problems) *world {
	w := &world{problems: problems, meetings: salesforce.NewMeetings(problems), users: map[string][]userAt{}, views: map[string][]viewAt{}}
	for _, k := range state.Kinds() {
		absence := state.Gone
		if m.Absence[k] {
			absence = state.Deleted
		}
		w.kinds[k] = newTimeline(k, state.Salesforce, absence)
	}
	w.relations = &timelineOfRows{newTimeline(state.KindInvalid, state.Salesforce, state.Gone)}
	return w
}

// readFile opens a file of a capture folder, keeps its digest and hands it over.
func (o *opener) readFile(name string, read func(h *hashing) *jsonstream.Error) {
	f, err := o.fsys.Open(name)
	if err != nil {
		o.problems.Warn(name, jsonstream.Pos{}, "File not readable", "The file cannot be opened (%s).", reason(err))
		o.skip(name, "not readable")
		o.tick()
		return
	}
	defer f.Close()
	h := newHashing(f)
	if jerr := read(h); jerr != nil {
		o.problems.JSON(name, jerr)
		o.skip(name, jerr.Summary)
	}
	o.digests.add(name, h)
	o.tick()
}

func (o *opener) tick() {
	if o.done != nil {
		o.done()
	}
}

func (o *opener) skip(name, why string) {
	if o.notRead != nil {
		*o.notRead = append(*o.notRead, NotRead{name, why})
	}
}

// explain reads a folder's capture.json, if it has one.
func (o *opener) explain(f *folder) {
	i := slices.Index(f.files, captureFile)
	if i < 0 {
		return
	}
	name := path.Join(f.path, captureFile)
	r := newCaptureReader(name, o.problems)
	o.readFile(name, func(h *hashing) *jsonstream.Error { return jsonstream.Walk(h, jsonstream.Limits{}, r) })
	for _, file := range sortedKeys(r.c.files) {
		if !slices.ContainsFunc(f.files, func(have string) bool { return have == file || path.Base(have) == file }) {
			o.problems.Warn(name, r.c.places[file], "No such file", "capture.json speaks of %q, which is not in its folder.%s", wire.Clip(file), didYouMean(file, f.files))
		}
	}
	f.settings = r.c
}

// readWorld reads every Salesforce capture.
func (o *opener) readWorld(folders []*folder) (*world, *salesforce.Env) {
	env := salesforce.NewEnv(o.problems)
	for _, id := range o.manifest.SyncIdentities {
		env.SyncIdentities[id] = true
	}
	w := newWorld(o.manifest, o.problems)
	for _, f := range folders {
		o.explain(f)
	}
	o.readDescribes(folders, env)
	for _, f := range folders {
		w.apply(f, o.readSalesforce(f, env))
	}
	return w, env
}

// readDescribes reads the describes first, because they give types to what any
// capture holds. The latest one of an object counts.
func (o *opener) readDescribes(folders []*folder, env *salesforce.Env) {
	for _, f := range folders {
		for _, file := range f.files {
			if typeOf(f, file) == "describe" {
				o.readSalesforceFile(f, file, env, &salesforce.Output{})
			}
		}
	}
}

// typeOf is what a file holds as capture.json or its name say.
func typeOf(f *folder, file string) string {
	n := byName(file)
	if s := f.settings.about(file, n.kind); s.typ != "" {
		return s.typ
	}
	return n.kind
}

func (o *opener) readSalesforce(f *folder, env *salesforce.Env) *salesforce.Output {
	out := &salesforce.Output{}
	for _, file := range f.files {
		if file != captureFile && typeOf(f, file) != "describe" {
			o.readSalesforceFile(f, file, env, out)
		}
	}
	for _, t := range sortedKeys(out.Unread) {
		o.skip(f.path, "rows of the type "+t)
	}
	return out
}

func (o *opener) readSalesforceFile(f *folder, file string, env *salesforce.Env, out *salesforce.Output) {
	name := path.Join(f.path, file)
	n := byName(file)
	says := f.settings.about(file, n.kind)
	in := salesforce.Input{Path: name, Type: n.kind, Name: viewName(file), Deleted: n.deleted, Delta: n.delta}
	if says.typ != "" {
		in.Type, in.Declared = says.typ, true
	}
	if says.delta != nil {
		in.Delta, in.Deleted = *says.delta, in.Deleted && *says.delta
	}
	before := len(out.Feeds)
	o.readFile(name, func(h *hashing) *jsonstream.Error {
		if isListViewXML(file) {
			return salesforce.ReadListView(h, in, viewedObject(file), env, out)
		}
		return salesforce.Read(h, in, env, out)
	})
	applyStatements(f, file, out.Feeds[before:])
}

// viewedObject is the object a list view's metadata is about: as in a Salesforce
// project, the folder above listViews (objects/Contact/listViews/Hot.listView-meta.xml).
func viewedObject(file string) string {
	object := path.Base(path.Dir(path.Dir(file)))
	if strings.EqualFold(path.Base(path.Dir(file)), "listViews") && object != "." && object != "/" {
		return object
	}
	return "Contact"
}

// applyStatements lays over each feed what capture.json says about its file and kind.
func applyStatements(f *folder, file string, feeds []*wire.Feed) {
	for _, feed := range feeds {
		f.settings.about(file, feed.Kind).apply(feed)
	}
}

// viewName is what a list view's file calls it.
func viewName(file string) string {
	base := path.Base(file)
	base, _, _ = strings.Cut(base, ".")
	return base
}

// apply adds a capture's rows to the timelines.
func (w *world) apply(f *folder, out *salesforce.Output) {
	w.noteUpdated(out)
	for _, u := range out.Users {
		w.users[u.ID] = append(w.users[u.ID], userAt{f.at, u})
	}
	w.warnZones(out.Users)
	people := peopleOf(out)
	for _, p := range out.People {
		w.people = append(w.people, addressAt{f.at, p.Email})
	}
	for _, a := range out.Access {
		w.access = append(w.access, accessAt{f.at, a})
	}
	w.addViews(f.at, out)
	by := feedsByKind(out.Feeds)
	w.applyKind(f, state.Contact, by, out.Rows)
	w.applyKind(f, state.Task, by, out.Rows)
	w.applyEvents(f, by, out, people)
	w.noteRest(f, by)
	if len(out.Feeds) > 0 {
		w.instants = append(w.instants, f.at)
	}
}

// warnZones notes users whose time zone nobody knows.
func (w *world) warnZones(users []salesforce.User) {
	for _, u := range users {
		if _, _, err := zone.Resolve(u.TimeZone); u.TimeZone != "" && err != nil {
			w.problems.Warn(u.File, u.Pos, "Unknown time zone", "TimeZoneSidKey: %s. It is ignored.", err)
		}
	}
}

// peopleOf are the persons whose addresses invitations need.
func peopleOf(out *salesforce.Output) []wire.Person {
	people := slices.Clone(out.People)
	for _, u := range out.Users {
		people = append(people, wire.Person{ID: u.ID, Name: u.Name, Email: u.Email})
	}
	for _, row := range out.Rows {
		if row.Kind == state.Contact && row.Item != nil && row.Item.Value(state.AttrEmail).IsRecorded() {
			people = append(people, wire.Person{ID: row.ID, Name: row.Item.Title(), Email: row.Item.Value(state.AttrEmail).Text()})
		}
	}
	return people
}

func feedsByKind(feeds []*wire.Feed) map[string][]*wire.Feed {
	by := map[string][]*wire.Feed{}
	for _, f := range feeds {
		by[f.Kind] = append(by[f.Kind], f)
	}
	for _, list := range by {
		shareRanges(list)
	}
	return by
}

// shareRanges gives pages that do not repeat their range that of their feed.
func shareRanges(list []*wire.Feed) {
	for _, f := range list {
		if !f.Bounded || !f.From.IsZero() {
			continue
		}
		for _, g := range list {
			if g.Group == f.Group && g.Bounded && !g.From.IsZero() {
				f.From, f.To = g.From, g.To
				break
			}
		}
	}
}

func rowsOf(k state.Kind, rows []wire.Row) []wire.Row {
	var out []wire.Row
	for i := range rows {
		if rows[i].Kind == k {
			out = append(out, rows[i])
		}
	}
	return out
}

func (w *world) applyKind(f *folder, k state.Kind, by map[string][]*wire.Feed, rows []wire.Row) {
	feeds := by[k.String()]
	if len(feeds) == 0 {
		return
	}
	c := kindCapture{at: f.at, feeds: feeds, rows: rowsOf(k, rows)}
	complete, why := w.kinds[k].apply(c)
	w.note(f, feeds, complete, why)
}

// applyEvents puts meetings together before their timeline sees them.
func (w *world) applyEvents(f *folder, by map[string][]*wire.Feed, out *salesforce.Output, people []wire.Person) {
	events, relations := by["event"], by["event_relation"]
	c := salesforce.Captured{At: f.at, Events: rowsOf(state.Event, out.Rows), Relations: out.Relations, People: people,
		EventsSeen: len(events) > 0, RelationsSeen: len(relations) > 0}
	if len(relations) > 0 {
		complete, why := w.relations.note(f.at, relations)
		c.RelationsFull = complete && anyFull(relations)
		c.RelationsComplete = w.relations.coverageAt(f.at).Complete
		w.note(f, relations, complete, why)
	}
	t := w.kinds[state.Event]
	c.EventsComplete = t.coverageAt(f.at).Complete
	if len(events) > 0 {
		complete, _ := completeness(events)
		c.EventsFull = complete && anyFull(events)
		c.EventsComplete = complete && (anyFull(events) || c.EventsComplete)
	}
	rows := w.meetings.Apply(c)
	if w.invitees.IsZero() && w.meetings.InviteesRecorded() {
		w.invitees = f.at
	}
	if len(events) == 0 {
		t.derived(kindCapture{at: f.at, rows: rows})
		return
	}
	complete, why := t.apply(kindCapture{at: f.at, feeds: events, rows: rows})
	w.note(f, events, complete, why)
}

func anyFull(feeds []*wire.Feed) bool {
	return slices.ContainsFunc(feeds, func(f *wire.Feed) bool { return f.Full })
}

// note adds a capture of rows that are no objects of their own.
func (t *timelineOfRows) note(at time.Time, feeds []*wire.Feed) (bool, []string) {
	complete, why := completeness(feeds)
	t.cover(kindCapture{at: at, feeds: feeds}, anyFull(feeds), complete, why)
	t.prev = at
	return complete, why
}

// note lists a capture.
func (w *world) note(f *folder, feeds []*wire.Feed, complete bool, why []string) {
	w.captures = append(w.captures, captureOf(f, feeds, complete, why))
}

func captureOf(f *folder, feeds []*wire.Feed, complete bool, why []string) Capture {
	c := Capture{At: f.at, Source: f.source, Kind: feeds[0].Kind, Full: anyFull(feeds), Complete: complete, Why: why}
	for _, feed := range feeds {
		c.Rows += feed.Rows
		c.Removed += feed.Removed
		if !slices.Contains(c.Files, feed.File) {
			c.Files = append(c.Files, feed.File)
		}
		if feed.Bounded && c.Bounds == nil {
			c.Bounds = &state.Bounds{From: feed.From, To: feed.To, Folder: folderOf(feed)}
		}
	}
	slices.Sort(c.Files)
	return c
}

func folderOf(f *wire.Feed) string {
	if f.Folder != "" {
		return f.Folder
	}
	return f.FolderID
}

// noteRest lists captures of rows that only support others.
func (w *world) noteRest(f *folder, by map[string][]*wire.Feed) {
	for _, kind := range sortedKeys(by) {
		switch kind {
		case "contact", "task", "event", "event_relation":
			continue
		}
		complete, why := completeness(by[kind])
		w.note(f, by[kind], complete, why)
	}
}

// noteUpdated checks that what a getUpdated body names has values somewhere.
func (w *world) noteUpdated(out *salesforce.Output) {
	if len(out.Updated) == 0 {
		return
	}
	have := map[string]bool{}
	for i := range out.Rows {
		have[out.Rows[i].ID] = true
	}
	missing := map[*wire.Feed]int{}
	for _, u := range out.Updated {
		if have[u.ID] {
			continue
		}
		for _, feed := range out.Feeds {
			if feed.File == u.File && feed.Kind == salesforce.KindOfID(u.ID).String() {
				missing[feed]++
			}
		}
	}
	for feed, n := range missing {
		feed.Lack(plural(n, "changed record is", "changed records are") + " named without values; record their rows too")
	}
}
