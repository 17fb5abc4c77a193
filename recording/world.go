package recording

import (
	"slices"
	"time"

	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// world is the Salesforce side through time.
type world struct {
	kinds     [4]*timeline
	meetings  *salesforce.Meetings
	users     map[string][]userAt // by id
	people    []addressAt         // leads
	companies *companies
	access    []accessAt
	views     map[string][]viewAt // by name
	// invitees is when a source of invitees was first captured; zero if never.
	invitees  time.Time
	relations *timelineOfRows
	problems  *wire.Problems
	// counting takes the place of kinds and meetings where rows are only counted.
	counting *counting
	captures []Capture
	instants []time.Time
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

func newWorld(m *Manifest, problems *wire.Problems) *world {
	w := &world{problems: problems, companies: newCompanies(), meetings: salesforce.NewMeetings(problems), users: map[string][]userAt{}, views: map[string][]viewAt{}}
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
	if w.counting != nil {
		w.counting.apply(w, f, by)
	} else {
		w.applyContacts(f, by, out)
		w.applyKind(f, state.Task, by, out.Rows)
		w.applyEvents(f, by, out, people)
	}
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

// applyContacts gives contacts their companies before their timeline sees them.
func (w *world) applyContacts(f *folder, by map[string][]*wire.Feed, out *salesforce.Output) {
	t := w.kinds[state.Contact]
	renamed := w.companies.apply(out.Accounts, out.Rows, t.live)
	if len(by[state.Contact.String()]) == 0 {
		t.derived(kindCapture{at: f.at, rows: renamed})
		return
	}
	w.applyKind(f, state.Contact, by, append(out.Rows[:len(out.Rows):len(out.Rows)], renamed...))
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
		if have[u.ID] || w.counting != nil && w.counting.showed(u.ID) {
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
