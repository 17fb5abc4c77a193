package simulate

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"weir/engine"
	"weir/state"
)

// This file keeps sessions in which little changed cheap: a person is drafted anew
// only where a change can concern them; everybody else's last draft still stands.
// What a draft depends on is listed in engine/reads.go, and every item of the list
// is watched here:
//
//   - mailboxes and records: their tables and links tell of every change, whoever
//     makes it. A changed record is shown to the drafts, which say whether they looked
//     at anything under one of its keys, before or after;
//   - people, directory, views, access, markers and coverage: compared whenever a
//     capture may have changed them; what is not one person's own concerns all;
//   - today, by time zone, and the instant for those whose rules read it.
//
// In doubt a person is drafted anew. PlanAll drafts everybody always; tests hold
// that the answer is the same.

// memory is what was drafted last and what has changed since.
type memory struct {
	eng    *engine.Session // nil: nobody was drafted yet
	people []*state.User   // as they were resolved, in order
	drafts []*engine.Draft
	anew   []bool       // drafted for the latest session
	filed  []bool       // of the draft's skipped rows, none was new when last filed
	today  []state.Date // for which the draft was made
	// readers finds the drafts that looked at a record.
	readers *engine.Readers
	made    effort

	everybody bool
	boxes     map[string]bool // whose own mailbox, or the person, changed
	records   []*engine.RecordChange
	deaf      bool // what happens now changes no draft
}

// effort counts what the sessions took.
type effort struct {
	drafted int // people
	looked  int // drafts that were held against a changed record
}

// maxChanges is how many changed records are looked at one by one; after more,
// everybody is drafted anew.
const maxChanges = 500

// watch has the world's tables tell the memory what changes.
func (w *world) watch() {
	w.memory.boxes = map[string]bool{}
	for _, k := range state.Kinds() {
		w.records[k].Watch(w.memory.recordChanged)
	}
	for address, box := range w.boxes {
		w.watchBox(address, box)
	}
}

func (w *world) watchBox(address string, box *state.MailboxState) {
	changed := func() {
		if !w.memory.deaf {
			w.memory.boxes[address] = true
		}
	}
	for _, k := range state.Kinds() {
		box.Items[k].Watch(func(_, _ *state.Object) { changed() })
	}
	box.Links.Watch(changed)
}

func (m *memory) recordChanged(before, after *state.Object) {
	switch {
	case m.everybody:
	case len(m.records) >= maxChanges:
		m.everybody, m.records = true, nil
	default:
		m.records = append(m.records, engine.NewRecordChange(before, after))
	}
}

// pending: something changed since the drafts were made.
func (m *memory) pending() bool { return m.everybody || len(m.boxes) > 0 || len(m.records) > 0 }

// settled starts gathering changes anew.
func (m *memory) settled() {
	m.everybody, m.records = false, nil
	clear(m.boxes)
}

// concern marks in anew whom what changed may concern.
func (m *memory) concern(clock *clock) {
	for i, u := range m.people {
		m.anew[i] = m.everybody || m.drafts[i] == nil || m.today[i] != clock.today(u) || m.boxes[u.Address] || m.eng.UsesNow(u)
	}
	if m.everybody {
		return
	}
	for _, c := range m.records {
		m.made.looked += m.readers.Of(c, func(i int) { m.anew[i] = true })
	}
}

// clock tells the date by time zone at one instant.
type clock struct {
	at    time.Time
	dates map[*time.Location]state.Date
}

func (c *clock) today(u *state.User) state.Date {
	zone := u.Zone
	if zone == nil {
		zone = time.UTC
	}
	day, ok := c.dates[zone]
	if !ok {
		day = state.DateOf(c.at, zone)
		c.dates[zone] = day
	}
	return day
}

func (r *run) clock() *clock { return &clock{r.at, map[*time.Location]state.Date{}} }

// concernsAnybody reports whether the session may bring anything new to anybody.
func (r *run) concernsAnybody() bool {
	m := &r.world.memory
	if m.eng == nil || m.pending() {
		return true
	}
	clock := r.clock()
	for i, u := range m.people {
		if m.today[i] != clock.today(u) || m.eng.UsesNow(u) {
			return true
		}
	}
	return false
}

// draft drafts everybody whom something can concern and gives the last drafts of the
// others. There is no session if the policy has problems with the people, which are
// then among the diagnostics.
func (r *run) draft(ctx context.Context, snap *state.Snapshot) (*engine.Session, []*engine.Draft, error) {
	m := &r.world.memory
	if r.opts.PlanAll {
		m.eng = nil
	}
	r.world.watchMarkers(snap)
	if m.eng == nil {
		eng, diags := engine.NewSession(snap, r.set, r.engineOptions())
		r.diags = mergeDiagnostics(r.diags, diags)
		if diags.HasErrors() {
			return nil, nil, nil
		}
		m.resolved(eng, snap.Users, r.opts.PlanAll)
	} else {
		m.eng = m.eng.Next(snap, r.n)
	}
	clock := r.clock()
	m.concern(clock)
	for i, u := range snap.Users {
		if !m.anew[i] {
			continue
		}
		d, err := m.eng.Draft(ctx, u)
		if err != nil {
			return nil, nil, err
		}
		m.drafts[i], m.today[i] = d, clock.today(u)
		m.readers.Put(i, d)
		m.made.drafted++
		r.progress(i+1, len(snap.Users))
	}
	m.settled()
	return m.eng, m.drafts, nil
}

// resolved takes over a session for which the people's settings were resolved anew.
// Drafts stand if the same people are still there.
func (m *memory) resolved(eng *engine.Session, users []*state.User, fresh bool) {
	same := len(users) == len(m.people) && !fresh
	for i := range users {
		same = same && users[i].Address == m.people[i].Address
	}
	m.eng, m.people = eng, users
	if !same {
		n := len(users)
		m.drafts, m.anew, m.filed, m.today = make([]*engine.Draft, n), make([]bool, n), make([]bool, n), make([]state.Date, n)
		m.readers = engine.NewReaders(n)
	}
}

// moveOn carries out what a new draft says of links that moved on without an
// operation; that of an older one was carried out when it was new.
func (r *run) moveOn(drafts []*engine.Draft) {
	for i, d := range drafts {
		if r.world.memory.anew[i] {
			r.world.moveOn(d.Relinks())
		}
	}
}

// moveOn replaces links whose base or record moved on without an operation. What
// both sides agree on was part of the decision already: with no more than that
// written down, the next draft is the same.
func (w *world) moveOn(relinks []engine.Relink) {
	for _, l := range relinks {
		w.memory.deaf = l.Old.RecordID == l.New.RecordID
		w.boxes[l.User.Address].Links.Replace(l.Old, l.New)
		w.memory.deaf = false
	}
}

// watchMarkers notes on retired links that the person took the marker off. Without
// a change in the mailbox there is nothing new to note.
func (w *world) watchMarkers(snap *state.Snapshot) {
	for _, u := range snap.Users {
		if m := &w.memory; m.eng == nil || m.everybody || m.boxes[u.Address] {
			w.watchMarkersOf(u, snap.Markers)
		}
	}
}

func (w *world) watchMarkersOf(u *state.User, markers state.Markers) {
	box := w.boxes[u.Address]
	for _, link := range box.Links.All() {
		if link.State != state.LinkRetired || link.MarkerOff {
			continue
		}
		o := box.Items[link.Kind].Get(link.ItemID)
		if o == nil || o.State() != state.Live || markers.Marked(o.Item()) != state.False || markers.Unsynced(o.Item()) {
			continue
		}
		off := *link
		off.MarkerOff = true
		box.Links.Drop(link)
		box.Links.Put(&off)
	}
}

// refresh takes over what the captures since the last session say of people,
// views, access and coverage.
func (r *run) refresh(since time.Time) error {
	fresh := map[string]bool{}
	for r.captured < len(r.captures) && !r.captures[r.captured].At.After(r.at) {
		if c := r.captures[r.captured]; c.At.After(since) {
			fresh[c.Source] = true
		}
		r.captured++
	}
	if len(fresh) == 0 {
		return nil
	}
	context, diags := r.src.Context(r.at)
	if diags.HasErrors() {
		r.diags = diags
		return nil
	}
	r.world.compare(r.context, context)
	r.context = context
	return r.cover(fresh)
}

// compare notes whom a change of the context concerns.
func (w *world) compare(old, now *state.Snapshot) {
	m := &w.memory
	a, b := *old, *now
	for _, s := range [...]*state.Snapshot{&a, &b} {
		s.At, s.LastCapture, s.Users, s.Records, s.Mailboxes, s.Simulated = time.Time{}, time.Time{}, nil, [4]*state.Table{}, nil, false
	}
	if len(old.Users) != len(now.Users) || !reflect.DeepEqual(a, b) {
		m.everybody, m.eng = true, nil
		return
	}
	for i, u := range now.Users {
		if !reflect.DeepEqual(old.Users[i], u) {
			m.boxes[u.Address], m.eng = true, nil
		}
	}
}

// cover takes the coverage of the recorded captures over.
func (r *run) cover(fresh map[string]bool) error {
	w := r.world
	for _, k := range state.Kinds() {
		if cover(w.records[k], r.context.Records[k].Coverage) {
			w.memory.everybody = true
		}
	}
	for _, u := range r.context.Users {
		box := w.boxes[u.Address]
		if box == nil {
			recorded, err := r.context.Mailboxes.Mailbox(u)
			if err != nil {
				return fmt.Errorf("reading the mailbox of %s: %w", u.Address, err)
			}
			w.boxes[u.Address] = cloneBox(recorded)
			w.faults.shift(w.boxes[u.Address])
			w.watchBox(u.Address, w.boxes[u.Address])
			w.memory.boxes[u.Address] = true
			continue
		}
		if !fresh[u.Address] {
			continue
		}
		for k, c := range r.src.Coverage(u.Address, r.at) {
			if box.Items[k] != nil && cover(box.Items[k], c) {
				w.memory.boxes[u.Address] = true
			}
		}
	}
	return nil
}

// cover sets a table's coverage and reports whether anything about it is new that a
// decision goes by: all but when the latest capture was.
func cover(t *state.Table, c state.Coverage) bool {
	old := t.Coverage
	t.Coverage = c
	old.Last, c.Last = time.Time{}, time.Time{}
	return !reflect.DeepEqual(old, c)
}

// readBoxes reads everybody's mailbox as it is in both snapshots, one person after
// the other, and keeps them: reading is the dear part, and a recording reads both
// at once.
func readBoxes(snapshots ...*state.Snapshot) error {
	kept := make([]boxes, len(snapshots))
	for i := range kept {
		kept[i] = boxes{}
	}
	var users []*state.User
	for _, s := range snapshots {
		users = append(users, s.Users...)
	}
	for _, u := range users {
		for i, s := range snapshots {
			if kept[i][u.Address] != nil {
				continue
			}
			box, err := s.Mailboxes.Mailbox(u)
			if err != nil {
				return fmt.Errorf("reading the mailbox of %s: %w", u.Address, err)
			}
			kept[i][u.Address] = box
		}
	}
	for i, s := range snapshots {
		s.Mailboxes = kept[i]
	}
	return nil
}

// Mailbox implements state.Mailboxes.
func (b boxes) Mailbox(u *state.User) (*state.MailboxState, error) {
	if box := b[u.Address]; box != nil {
		return box, nil
	}
	return state.NewMailboxState(), nil
}
