package recording

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// This file counts Salesforce's records without keeping them, for recordings that
// are only inspected: what a timeline would end in, in a few dozen bytes a record.
// TestCensus holds it to the timelines.

// census counts the records of one kind.
type census struct {
	*timeline // for coverage; it has no objects
	entries   map[string]entry
	capture   int32 // number of the capture being read, from 1
	// span tells the time that a record takes, for captures of a range; nil for kinds
	// that take none.
	span func() func(id string) span
}

// span is a stretch of time, in nanoseconds since the epoch; zero if not known.
type span struct{ from, to int64 }

// entry is one record: its state before the latest capture that showed it, and the
// row of that capture which counts.
type entry struct {
	row   brief
	seen  int32 // the capture of the row, 0 for none
	state state.Liveness
	known bool // it was a record before that capture, not only rows that are left out
}

// isRecord: some row of it was one of a record.
func (e *entry) isRecord() bool { return e.known || e.seen != 0 && !e.row.leftOut }

// brief is what counting needs of a row.
type brief struct {
	// at is the row's last modification, or of one that is gone when it was deleted; in
	// nanoseconds since the epoch, 0 for not known.
	at           int64
	gone, merged bool
	leftOut      bool // as wire.Row.LeftOut
}

func newCensus(t *timeline) *census { return &census{timeline: t, entries: map[string]entry{}} }

func briefOf(row *wire.Row) brief {
	b := brief{gone: row.Gone, merged: row.MergedInto != "", leftOut: row.LeftOut, at: nanos(row.GoneAt)}
	if row.Item != nil && !row.Gone {
		b.at = nanos(row.Item.Value(state.AttrModified).Instant())
	}
	return b
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// add takes a row of the capture being read; of several of one record the one that
// supersedes the others counts.
func (c *census) add(id string, row brief) {
	if e := c.entries[id]; e.seen != c.capture || row.supersedes(&e.row) {
		c.put(id, row)
	}
}

// put takes a row of the capture being read in place of any other of the record.
func (c *census) put(id string, row brief) {
	e := c.entries[id]
	if e.seen != c.capture {
		e.state, e.known = e.now(), e.isRecord()
	}
	e.row, e.seen = row, c.capture
	c.entries[id] = e
}

// shown is the row that counts so far in the capture being read.
func (c *census) shown(id string) (brief, bool) {
	e := c.entries[id]
	return e.row, e.seen == c.capture
}

// supersedes is the choice between two rows of one record in one capture, as
// supersedes for whole rows makes it.
func (b *brief) supersedes(a *brief) bool {
	if a.gone == b.gone {
		return true
	}
	gone, live := a, b
	if b.gone {
		gone, live = b, a
	}
	if live.after(gone) {
		return b == live
	}
	return b == gone
}

// after: the row was modified after the other was deleted.
func (b *brief) after(gone *brief) bool { return gone.at != 0 && b.at > gone.at }

// now is what the record is after its latest row.
func (e *entry) now() state.Liveness {
	if e.seen == 0 || e.row.leftOut {
		return e.state
	}
	said := state.Live
	switch {
	case e.row.merged:
		said = state.Merged
	case e.row.gone:
		said = state.Deleted
	}
	if said != state.Live && weaker(said, e.state) {
		return e.state
	}
	return said
}

// close ends a capture: what it should have shown and did not is absent.
func (c *census) close(at time.Time, feeds []*wire.Feed) (complete bool, why []string) {
	full := anyFull(feeds)
	complete, why = completeness(feeds)
	if full && complete && !anyRows(feeds) && c.anyLive() {
		complete, why = false, append(why, emptyAfterFull(feeds))
	}
	if full && complete {
		c.absent(feeds)
	}
	c.cover(kindCapture{at: at, feeds: feeds}, full, complete, why)
	c.prev = at
	return complete, why
}

func (c *census) anyLive() bool {
	for _, e := range c.entries {
		if before := e.before(c.capture); before == state.Live {
			return true
		}
	}
	return false
}

// before is what the record was before a capture.
func (e *entry) before(capture int32) state.Liveness {
	if e.seen == capture {
		return e.state
	}
	return e.now()
}

func (c *census) absent(feeds []*wire.Feed) {
	takes := func(string) span { return span{} }
	if c.span != nil && slices.ContainsFunc(feeds, func(f *wire.Feed) bool { return f.Bounded }) {
		takes = c.span()
	}
	for id, e := range c.entries {
		if e.seen == c.capture || !e.isRecord() {
			continue
		}
		if s := e.now(); s != state.Live && s != state.Unseen || !shownBy(feeds, takes(id)) {
			continue
		}
		e.state, e.seen, e.known = c.absence, 0, true
		c.entries[id] = e
	}
}

// shownBy: one of the capture's full files would have shown a record that takes that
// time, provably.
func shownBy(feeds []*wire.Feed, s span) bool {
	return slices.ContainsFunc(feeds, func(f *wire.Feed) bool {
		return f.Full && f.Folder == "" && f.FolderID == "" && (!f.Bounded || s.within(f))
	})
}

func (s span) within(f *wire.Feed) bool {
	b := state.Bounds{From: f.From, To: f.To}
	return s != (span{}) && !f.From.IsZero() && !f.To.IsZero() && b.Contains(time.Unix(0, s.from), time.Unix(0, s.to))
}

// inventory is what the records came to.
func (c *census) inventory() KindInventory {
	inv := KindInventory{Kind: c.kind.String(), States: map[string]int{}, Coverage: c.coverageAt(end)}
	for _, e := range c.entries {
		if e.isRecord() {
			inv.Objects++
			inv.States[e.now().String()]++
		}
	}
	return inv
}

// meetingCensus tells which rows of events are meetings, and which are parts of one:
// what salesforce.Meetings does, with what counting needs. Rows that stand for
// themselves are counted as they come; parts wait for the end of the capture.
type meetingCensus struct {
	problems    *wire.Problems
	into        *census
	events      map[string]eventBrief
	invited     map[string][]string // by event, where its own row says so
	children    map[string]childBrief
	occurrences map[string]occurrenceBrief // by occurrence row
	relations   map[string]relationBrief
	parts       []part          // of the capture being read
	related     []wire.Relation // of the capture being read
	names       map[string]string
}

type eventBrief struct {
	key   uint64 // time and subject, 0 without a time
	owner string
	span
	group state.Truth
	gone  bool
	ruled bool // a series with a rule, or one that cannot be read
}

type occurrenceBrief struct {
	series string
	span
}

type childBrief struct {
	parent string
	since  time.Time
}

type relationBrief struct{ event, person string }

// part is a row of the capture being read that does not stand for itself: a child,
// an occurrence, or a tombstone without values.
type part struct {
	brief
	eventBrief
	id, parent string
	role       wire.Role // Itself for a tombstone
	invited    []string
	file       string
	pos        textpos.Pos
}

func newMeetingCensus(problems *wire.Problems, into *census) *meetingCensus {
	return &meetingCensus{problems: problems, into: into, events: map[string]eventBrief{}, invited: map[string][]string{}, children: map[string]childBrief{},
		occurrences: map[string]occurrenceBrief{}, relations: map[string]relationBrief{}, names: map[string]string{}}
}

// add takes an event's row of the capture being read.
func (m *meetingCensus) add(row *wire.Row) {
	if row.Item != nil && row.Role == wire.Itself {
		m.stand(row.ID, briefOf(row), m.eventOf(row), m.invitedOf(row))
		return
	}
	p := part{brief: briefOf(row), id: row.ID, parent: row.Parent, role: row.Role, pos: row.Pos, invited: m.invitedOf(row)}
	if row.Item != nil {
		p.file, p.eventBrief = row.Item.File, m.eventOf(row)
	}
	m.parts = append(m.parts, p)
}

// stand counts a row as an event of its own.
func (m *meetingCensus) stand(id string, b brief, e eventBrief, invited []string) {
	m.events[id] = e
	if delete(m.invited, id); len(invited) > 0 {
		m.invited[id] = invited
	}
	m.into.put(id, b)
}

func (m *meetingCensus) invitedOf(row *wire.Row) []string {
	var out []string
	for _, i := range row.Invited {
		out = append(out, m.name(i.UserID))
	}
	return out
}

// name keeps one copy of a user's id.
func (m *meetingCensus) name(id string) string {
	if known, ok := m.names[id]; ok {
		return known
	}
	m.names[id] = id
	return id
}

func (m *meetingCensus) eventOf(row *wire.Row) eventBrief {
	it := row.Item
	e := eventBrief{owner: m.name(it.Owner()), group: row.Group, gone: row.Gone, ruled: it.Series != nil && (it.Series.Rule != "" || it.Series.Unreadable != "")}
	if key := salesforce.TimeKey(it); key != "" {
		h := fnv.New64a()
		_, _ = h.Write([]byte(key))
		e.key = max(1, h.Sum64())
	}
	if from, to, ok := spanOf(it); ok {
		e.span = span{nanos(from), nanos(to)}
	}
	return e
}

// close puts the capture's meetings together.
func (m *meetingCensus) close(at time.Time, relationsFull bool) {
	for i := range m.parts {
		switch p := &m.parts[i]; p.role {
		case wire.Occurrence:
			m.occur(p)
		case wire.Itself:
			m.tombstone(p)
		}
	}
	m.relate(at, relationsFull)
	m.adopt(at)
	m.parts, m.related = nil, nil
}

func (m *meetingCensus) occur(p *part) {
	if _, ok := m.events[p.parent]; !ok {
		m.stand(p.id, p.brief, p.eventBrief, p.invited)
		return
	}
	m.absorb(p)
	m.occurrences[p.id] = occurrenceBrief{p.parent, p.span}
}

// absorb takes a row that stood for itself into the meeting it is a part of.
func (m *meetingCensus) absorb(p *part) {
	if _, alone := m.events[p.id]; alone {
		delete(m.events, p.id)
		b := p.brief
		b.merged = true
		m.into.put(p.id, b)
	}
}

func (m *meetingCensus) tombstone(p *part) {
	if _, ok := m.children[p.id]; ok {
		return
	}
	if _, ok := m.occurrences[p.id]; ok {
		return
	}
	if earlier, ok := m.into.shown(p.id); ok && earlier.after(&p.brief) {
		return // changed after it was deleted: undeleted
	}
	m.into.put(p.id, p.brief)
}

func (m *meetingCensus) relate(at time.Time, full bool) {
	now := map[string]bool{}
	for _, r := range m.related {
		if full {
			now[r.ID] = true
		}
		if r.Gone {
			delete(m.relations, r.ID)
			continue
		}
		m.relations[r.ID] = relationBrief{m.parentOf(r.EventID, at), m.name(r.PersonID)}
	}
	if full {
		for id := range m.relations {
			if !now[id] {
				delete(m.relations, id)
			}
		}
	}
}

// adopt finds the meetings of child rows.
func (m *meetingCensus) adopt(at time.Time) {
	var byKey map[uint64][]string
	var invited map[relationBrief]bool
	for i := range m.parts {
		p := &m.parts[i]
		if p.role != wire.Child {
			continue
		}
		if byKey == nil {
			byKey, invited = m.byTime(), m.invitations()
		}
		parent := m.meetingOf(p, byKey, invited)
		if parent == "" {
			salesforce.WarnAlone(m.problems, p.file, p.pos)
			m.stand(p.id, p.brief, p.eventBrief, p.invited)
			continue
		}
		m.absorb(p)
		since := at
		if old, ok := m.children[p.id]; ok {
			since = old.since
		}
		m.children[p.id] = childBrief{parent, since}
	}
}

func (m *meetingCensus) byTime() map[uint64][]string {
	index := map[uint64][]string{}
	for id, e := range m.events {
		if e.key != 0 && !e.gone {
			index[e.key] = append(index[e.key], id)
		}
	}
	for _, ids := range index {
		slices.Sort(ids)
	}
	return index
}

func (m *meetingCensus) invitations() map[relationBrief]bool {
	out := make(map[relationBrief]bool, len(m.relations))
	for _, r := range m.relations {
		out[r] = true
	}
	return out
}

func (m *meetingCensus) meetingOf(p *part, byKey map[uint64][]string, invited map[relationBrief]bool) string {
	if _, ok := m.events[p.parent]; ok && p.parent != "" {
		return p.parent
	}
	if c, ok := m.children[p.id]; ok {
		return c.parent
	}
	var related, plain []string
	for _, id := range byKey[p.key] {
		e, ok := m.events[id]
		if !ok {
			continue
		}
		if e.owner == p.owner && p.owner != "" || e.group == state.False {
			continue
		}
		plain = append(plain, id)
		if invited[relationBrief{id, p.owner}] || slices.Contains(m.invited[id], p.owner) {
			related = append(related, id)
		}
	}
	switch {
	case len(related) == 1:
		return related[0]
	case len(plain) == 1 && len(related) == 0:
		return plain[0]
	}
	return ""
}

// parentOf is salesforce.Meetings.ParentOf.
func (m *meetingCensus) parentOf(id string, at time.Time) string {
	if c, ok := m.children[id]; ok && !c.since.After(at) {
		return c.parent
	}
	return cmp.Or(m.occurrences[id].series, id)
}

// spans tell the time that an event takes: of a series by its recorded occurrences,
// and nothing if it has a rule.
func (m *meetingCensus) spans() func(id string) span {
	series := map[string]span{}
	for _, o := range m.occurrences {
		if s, ok := series[o.series]; ok {
			series[o.series] = span{min(s.from, o.from), max(s.to, o.to)}
		} else {
			series[o.series] = o.span
		}
	}
	return func(id string) span {
		e := m.events[id]
		if s, ok := series[id]; ok && !e.ruled {
			return s
		}
		return e.span
	}
}
