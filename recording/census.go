package recording

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"weir/recording/salesforce"
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
	// series tells the time that the recorded occurrences of series take, for
	// captures of a range; nil for kinds that have none.
	series func() map[string]span
}

// span is a stretch of time, in nanoseconds since the epoch; zero if not known.
type span struct{ from, to int64 }

// entry is one record: its state before the latest capture that showed it, and the
// row of that capture which counts.
type entry struct {
	row   brief
	seen  int32 // the capture of the row, 0 for none
	state state.Liveness
}

// brief is what counting needs of a row.
type brief struct {
	gone, merged     bool
	goneAt, modified int64 // nanoseconds since the epoch, 0 for not known
	span                   // the time an event takes
}

func newCensus(t *timeline) *census { return &census{timeline: t, entries: map[string]entry{}} }

func briefOf(row *wire.Row) brief {
	b := brief{gone: row.Gone, merged: row.MergedInto != "", goneAt: nanos(row.GoneAt)}
	if row.Item != nil {
		b.modified = nanos(row.Item.Value(state.AttrModified).Instant())
		if from, to, ok := spanOf(row.Item); ok {
			b.span = span{nanos(from), nanos(to)}
		}
	}
	return b
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// add takes a row of the capture being read.
func (c *census) add(id string, row brief) {
	e, known := c.entries[id]
	switch {
	case known && e.seen == c.capture && !row.supersedes(&e.row):
		return
	case known && e.seen != c.capture:
		e.state = e.now()
	}
	if row.gone && row.span == (span{}) {
		row.span = e.row.span // a tombstone says no times
	}
	e.row, e.seen = row, c.capture
	c.entries[id] = e
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
	if gone.goneAt != 0 && live.modified > gone.goneAt {
		return b == live
	}
	return b == gone
}

// now is what the record is after its latest row.
func (e *entry) now() state.Liveness {
	if e.seen == 0 {
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
	var series map[string]span
	if c.series != nil && slices.ContainsFunc(feeds, func(f *wire.Feed) bool { return f.Bounded }) {
		series = c.series()
	}
	for id, e := range c.entries {
		if e.seen == c.capture {
			continue
		}
		if s := e.now(); s != state.Live && s != state.Unseen || !e.covered(c.kind, feeds, series, id) {
			continue
		}
		e.state, e.seen = c.absence, 0
		c.entries[id] = e
	}
}

// covered: one of the capture's full files would have shown the record, provably.
func (e *entry) covered(kind state.Kind, feeds []*wire.Feed, series map[string]span, id string) bool {
	takes := e.row.span
	if s, ok := series[id]; ok {
		takes = s
	}
	for _, f := range feeds {
		if !f.Full || f.Folder != "" || f.FolderID != "" {
			continue
		}
		if !f.Bounded || kind == state.Event && takes.within(f) {
			return true
		}
	}
	return false
}

func (s span) within(f *wire.Feed) bool {
	b := state.Bounds{From: f.From, To: f.To}
	return s != (span{}) && !f.From.IsZero() && !f.To.IsZero() && b.Contains(time.Unix(0, s.from), time.Unix(0, s.to))
}

// inventory is what the records came to.
func (c *census) inventory() KindInventory {
	inv := KindInventory{Kind: c.kind.String(), States: map[string]int{}, Objects: len(c.entries), Coverage: c.coverageAt(end)}
	for _, e := range c.entries {
		inv.States[e.now().String()]++
	}
	return inv
}

// meetingCensus tells which rows of events are meetings, and which are parts of one:
// what salesforce.Meetings does, with what counting needs.
type meetingCensus struct {
	problems    *wire.Problems
	events      map[string]eventBrief
	children    map[string]childBrief
	occurrences map[string]occurrenceBrief // by occurrence row
	relations   map[string]relationBrief
	rows        []eventRow // of the capture being read
	related     []wire.Relation
}

type eventBrief struct {
	key     uint64 // time and subject, 0 without a time
	owner   string
	invited []string
	group   state.Truth
	gone    bool
	ruled   bool // a series with a rule, or one that cannot be read
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

// eventRow is a row of the capture being read.
type eventRow struct {
	brief
	eventBrief
	id, parent string
	role       wire.Role
	bare       bool // a tombstone without values
	file       string
	at         wire.Row // position only
}

func newMeetingCensus(problems *wire.Problems) *meetingCensus {
	return &meetingCensus{problems: problems, events: map[string]eventBrief{}, children: map[string]childBrief{},
		occurrences: map[string]occurrenceBrief{}, relations: map[string]relationBrief{}}
}

// add takes an event's row of the capture being read.
func (m *meetingCensus) add(row *wire.Row) {
	r := eventRow{brief: briefOf(row), id: row.ID, parent: row.Parent, role: row.Role, bare: row.Item == nil}
	r.at.Pos = row.Pos
	if it := row.Item; it != nil {
		r.file = it.File
		r.eventBrief = eventBrief{owner: it.Owner(), group: row.Group, gone: row.Gone,
			ruled: it.Series != nil && (it.Series.Rule != "" || it.Series.Unreadable != "")}
		if key := salesforce.TimeKey(it); key != "" {
			h := fnv.New64a()
			_, _ = h.Write([]byte(key))
			r.key = max(1, h.Sum64())
		}
		for _, i := range row.Invited {
			r.invited = append(r.invited, i.UserID)
		}
	}
	m.rows = append(m.rows, r)
}

// close puts the capture's meetings together and counts them.
func (m *meetingCensus) close(at time.Time, relationsFull bool, into *census) {
	shown := m.parents()
	m.relate(at, relationsFull)
	m.adopt(at, shown)
	for id, b := range shown {
		into.add(id, b)
	}
	m.rows, m.related = m.rows[:0], m.related[:0]
}

func (m *meetingCensus) parents() map[string]brief {
	shown := make(map[string]brief, len(m.rows))
	for i := range m.rows {
		if r := &m.rows[i]; r.role == wire.Itself && !r.bare {
			m.events[r.id] = r.eventBrief
			shown[r.id] = r.brief
		}
	}
	for i := range m.rows {
		switch r := &m.rows[i]; {
		case r.role == wire.Occurrence:
			m.occur(r, shown)
		case r.bare:
			m.tombstone(r, shown)
		}
	}
	return shown
}

func (m *meetingCensus) occur(r *eventRow, shown map[string]brief) {
	if _, ok := m.events[r.parent]; !ok {
		m.events[r.id], shown[r.id] = r.eventBrief, r.brief
		return
	}
	m.absorb(r, shown)
	m.occurrences[r.id] = occurrenceBrief{r.parent, r.span}
}

// absorb takes a row that stood for itself into the meeting it is a part of.
func (m *meetingCensus) absorb(r *eventRow, shown map[string]brief) {
	if _, alone := m.events[r.id]; alone {
		delete(m.events, r.id)
		b := r.brief
		b.merged = true
		shown[r.id] = b
	}
}

func (m *meetingCensus) tombstone(r *eventRow, shown map[string]brief) {
	if _, ok := m.children[r.id]; ok {
		return
	}
	if _, ok := m.occurrences[r.id]; ok {
		return
	}
	if earlier, ok := shown[r.id]; ok && r.goneAt != 0 && earlier.modified > r.goneAt {
		return // changed after it was deleted: undeleted
	}
	shown[r.id] = r.brief
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
		m.relations[r.ID] = relationBrief{m.parentOf(r.EventID, at), r.PersonID}
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
func (m *meetingCensus) adopt(at time.Time, shown map[string]brief) {
	var byKey map[uint64][]string
	var invited map[relationBrief]bool
	for i := range m.rows {
		r := &m.rows[i]
		if r.role != wire.Child {
			continue
		}
		if byKey == nil {
			byKey, invited = m.byTime(), m.invitations()
		}
		parent := m.meetingOf(r, byKey, invited)
		if parent == "" {
			salesforce.WarnAlone(m.problems, r.file, r.at.Pos)
			m.events[r.id], shown[r.id] = r.eventBrief, r.brief
			continue
		}
		m.absorb(r, shown)
		since := at
		if old, ok := m.children[r.id]; ok {
			since = old.since
		}
		m.children[r.id] = childBrief{parent, since}
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

func (m *meetingCensus) meetingOf(r *eventRow, byKey map[uint64][]string, invited map[relationBrief]bool) string {
	if _, ok := m.events[r.parent]; ok && r.parent != "" {
		return r.parent
	}
	if c, ok := m.children[r.id]; ok {
		return c.parent
	}
	var related, plain []string
	for _, id := range byKey[r.key] {
		e, ok := m.events[id]
		if !ok {
			continue
		}
		if e.owner == r.owner && r.owner != "" || e.group == state.False {
			continue
		}
		plain = append(plain, id)
		if invited[relationBrief{id, r.owner}] || slices.Contains(e.invited, r.owner) {
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

// spans are the times that series take by their recorded occurrences: nothing is
// known of one with a rule.
func (m *meetingCensus) spans() map[string]span {
	out := map[string]span{}
	for _, o := range m.occurrences {
		s, ok := out[o.series]
		switch {
		case m.events[o.series].ruled:
			out[o.series] = span{}
			continue
		case !ok:
			s = o.span
		}
		out[o.series] = span{min(s.from, o.from), max(s.to, o.to)}
	}
	return out
}
