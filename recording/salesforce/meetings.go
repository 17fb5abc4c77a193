package salesforce

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Meetings puts events together over time. Salesforce shows one meeting as a
// parent row, a child row for each invited user, relations for everybody invited,
// and a series as a master row with a row an occurrence; what counts is one event
// with its people and occurrences. Rows of one capture go in, finished events of
// the parents come out, those included that changed only because a relation, a
// child, an occurrence or a person's address did.
type Meetings struct {
	problems *wire.Problems

	events      map[string]*wire.Row     // parents and single events, as last shown
	children    map[string]*child        // by child row id
	occurrences map[string]*occurrence   // by occurrence row id
	relations   map[string]wire.Relation // by relation id
	people      map[string]wire.Person   // users, contacts, leads

	childrenOf    map[string]map[string]bool // event -> child rows
	occurrencesOf map[string]map[string]bool
	relationsOf   map[string]map[string]bool
	eventsOf      map[string]map[string]bool // person -> events

	relationsSeen, relationsComplete bool
	childrenSeen, eventsComplete     bool
	touched                          map[string]bool
}

type child struct {
	parent, owner string
	since         time.Time
	gone          bool
}

type occurrence struct {
	master string
	wire   state.Occurrence
	gone   bool
}

// Captured is what one capture showed of events and the people in them.
type Captured struct {
	At        time.Time
	Events    []wire.Row
	Relations []wire.Relation
	People    []wire.Person
	// EventsFull and RelationsFull: the capture holds all there was, completely.
	// EventsSeen and RelationsSeen: it holds any file of the kind.
	// EventsComplete and RelationsComplete: nothing of the kind is missing so far.
	EventsSeen, EventsFull, EventsComplete          bool
	RelationsSeen, RelationsFull, RelationsComplete bool
}

// NewMeetings makes an empty collection.
func NewMeetings(problems *wire.Problems) *Meetings {
	return &Meetings{problems: problems, events: map[string]*wire.Row{}, children: map[string]*child{},
		occurrences: map[string]*occurrence{}, relations: map[string]wire.Relation{}, people: map[string]wire.Person{},
		childrenOf: map[string]map[string]bool{}, occurrencesOf: map[string]map[string]bool{},
		relationsOf: map[string]map[string]bool{}, eventsOf: map[string]map[string]bool{}}
}

// InviteesRecorded reports whether any source of invitees was captured so far.
func (m *Meetings) InviteesRecorded() bool { return m.relationsSeen || m.childrenSeen }

// ParentOf is the event that stands for an id as far as known at the instant: the
// meeting of a child row, else the id itself.
func (m *Meetings) ParentOf(id string, at time.Time) string {
	if c := m.children[id]; c != nil && !c.since.After(at) {
		return c.parent
	}
	if o := m.occurrences[id]; o != nil {
		return o.master
	}
	return id
}

// Apply adds a capture and returns the rows of events it changes.
func (m *Meetings) Apply(c Captured) []wire.Row {
	m.touched = map[string]bool{}
	m.eventsComplete = c.EventsComplete
	for _, p := range c.People {
		m.person(p)
	}
	shown := m.parents(c.Events)
	m.relate(c)
	m.adopt(c, shown)
	if c.EventsFull {
		m.dropChildren(c.Events, shown)
	}
	return m.finish(shown)
}

func (m *Meetings) person(p wire.Person) {
	if m.people[p.ID] == p {
		return
	}
	m.people[p.ID] = p
	for id := range m.eventsOf[p.ID] {
		m.touched[id] = true
	}
}

// parents takes the rows that stand for themselves, then occurrences and removals
// of what is part of something.
func (m *Meetings) parents(rows []wire.Row) map[string]wire.Row {
	shown := map[string]wire.Row{}
	for i := range rows {
		row := rows[i]
		if row.Role == wire.Itself && row.Item != nil {
			m.events[row.ID] = &row
			m.touched[row.ID] = true
			shown[row.ID] = row
		}
	}
	for i := range rows {
		row := rows[i]
		switch {
		case row.Role == wire.Occurrence:
			m.occur(row, shown)
		case row.Item == nil:
			m.tombstone(row, shown)
		}
	}
	return shown
}

// occur adds an occurrence to its series; without a recorded series it is an event
// of its own.
func (m *Meetings) occur(row wire.Row, shown map[string]wire.Row) {
	if m.events[row.Parent] == nil {
		row.Role = wire.Itself
		m.events[row.ID], shown[row.ID] = &row, row
		m.touched[row.ID] = true
		return
	}
	if _, alone := m.events[row.ID]; alone {
		delete(m.events, row.ID)
		row.MergedInto = row.Parent
		shown[row.ID] = row
	}
	m.occurrences[row.ID] = &occurrence{master: row.Parent, wire: row.Occurrence, gone: row.Gone}
	put(m.occurrencesOf, row.Parent, row.ID)
	m.touched[row.Parent] = true
}

// tombstone applies a bare deletion: of a child's participation, of one
// occurrence, or of the event itself.
func (m *Meetings) tombstone(row wire.Row, shown map[string]wire.Row) {
	if c := m.children[row.ID]; c != nil {
		c.gone = true
		m.touched[c.parent] = true
		return
	}
	if o := m.occurrences[row.ID]; o != nil {
		o.gone = true
		m.touched[o.master] = true
		return
	}
	if earlier, ok := shown[row.ID]; ok && earlier.Item != nil && earlier.Item.Value(state.AttrModified).Instant().After(row.GoneAt) && !row.GoneAt.IsZero() {
		return // changed after it was deleted: undeleted
	}
	shown[row.ID] = row
}

// relate applies the relations of a capture.
func (m *Meetings) relate(c Captured) {
	if c.RelationsSeen && (!m.relationsSeen || m.relationsComplete != c.RelationsComplete) {
		m.touchAll()
	}
	if c.RelationsSeen {
		m.relationsSeen, m.relationsComplete = true, c.RelationsComplete
	}
	now := map[string]bool{}
	for _, r := range c.Relations {
		now[r.ID] = true
		if r.Gone {
			m.unrelate(r.ID)
			continue
		}
		r.EventID = m.ParentOf(r.EventID, c.At)
		if m.relations[r.ID] == r {
			continue
		}
		m.unrelate(r.ID) // it may have been another event's
		m.relations[r.ID] = r
		put(m.relationsOf, r.EventID, r.ID)
		put(m.eventsOf, r.PersonID, r.EventID)
		m.touched[r.EventID] = true
	}
	if c.RelationsFull {
		for id := range m.relations {
			if !now[id] {
				m.unrelate(id)
			}
		}
	}
}

func (m *Meetings) unrelate(id string) {
	if r, ok := m.relations[id]; ok {
		delete(m.relations, id)
		delete(m.relationsOf[r.EventID], id)
		m.touched[r.EventID] = true
	}
}

func (m *Meetings) touchAll() {
	for id := range m.events {
		m.touched[id] = true
	}
}

// adopt finds the meeting of each child row.
func (m *Meetings) adopt(c Captured, shown map[string]wire.Row) {
	var byKey map[string][]string
	for i := range c.Events {
		row := c.Events[i]
		if row.Role != wire.Child {
			continue
		}
		if !m.childrenSeen {
			m.childrenSeen = true
			m.touchAll()
		}
		if byKey == nil {
			byKey = m.byTime()
		}
		parent := m.parentOf(&row, byKey)
		if parent == "" {
			m.alone(row, shown)
			continue
		}
		if _, alone := m.events[row.ID]; alone {
			delete(m.events, row.ID)
			shown[row.ID] = wire.Row{Kind: state.Event, ID: row.ID, Item: row.Item, MergedInto: parent, Pos: row.Pos, Feed: row.Feed}
		}
		m.adoptOne(row, parent, c.At)
	}
}

func (m *Meetings) adoptOne(row wire.Row, parent string, at time.Time) {
	old := m.children[row.ID]
	next := &child{parent: parent, owner: row.Item.Owner(), since: at, gone: row.Gone}
	if old != nil {
		next.since = old.since
	}
	m.children[row.ID] = next
	put(m.childrenOf, parent, row.ID)
	m.touched[parent] = true
}

// alone keeps a child row whose meeting was not recorded as an event of its own.
func (m *Meetings) alone(row wire.Row, shown map[string]wire.Row) {
	WarnAlone(m.problems, row.Item.File, row.Pos)
	row.Role = wire.Itself
	m.events[row.ID], shown[row.ID] = &row, row
	m.touched[row.ID] = true
}

// WarnAlone notes a child row whose meeting cannot be told.
func WarnAlone(problems *wire.Problems, file string, pos textpos.Pos) {
	problems.Warn(file, pos, "Invitation without its meeting", "This event is an invited user's copy (IsChild), but the meeting itself was not recorded, or more than one fits. It counts as an event of its own. Record the events of all users, and EventRelation.")
}

// parentOf finds a child's meeting; "" if none or several fit.
func (m *Meetings) parentOf(row *wire.Row, byKey map[string][]string) string {
	if row.Parent != "" && m.events[row.Parent] != nil {
		return row.Parent
	}
	if c := m.children[row.ID]; c != nil {
		return c.parent
	}
	candidates := byKey[TimeKey(row.Item)]
	owner := row.Item.Owner()
	var related, plain []string
	for _, id := range candidates {
		e := m.events[id]
		if e == nil { // it turned out to be a part of another meeting itself
			continue
		}
		if e.Item.Owner() == owner && owner != "" || e.Group == state.False {
			continue
		}
		plain = append(plain, id)
		if m.invites(id, owner) {
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

func (m *Meetings) invites(event, user string) bool {
	for id := range m.relationsOf[event] {
		if m.relations[id].PersonID == user {
			return true
		}
	}
	return slices.ContainsFunc(m.events[event].Invited, func(i state.Invitee) bool { return i.UserID == user })
}

// byTime indexes events by time and subject.
func (m *Meetings) byTime() map[string][]string {
	index := map[string][]string{}
	for id, e := range m.events {
		if key := TimeKey(e.Item); key != "" && !e.Gone {
			index[key] = append(index[key], id)
		}
	}
	for _, ids := range index {
		slices.Sort(ids)
	}
	return index
}

// TimeKey is the time and subject by which a child row finds its meeting; "" without
// a time.
func TimeKey(it *state.Item) string {
	start := it.Value(state.AttrStart)
	end := it.Value(state.AttrEnd)
	if it.AllDay() {
		start, end = it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	}
	if !start.IsKnown() {
		return ""
	}
	return start.String() + "|" + end.String() + "|" + it.Value(state.AttrTitle).Text()
}

// dropChildren ends the participation of users whose child row a complete full
// capture no longer shows although it shows the meeting. A recorded relation that
// still invites them says that the query merely left child rows out.
func (m *Meetings) dropChildren(rows []wire.Row, shown map[string]wire.Row) {
	now := map[string]bool{}
	for i := range rows {
		now[rows[i].ID] = true
	}
	for id, c := range m.children {
		if _, parentShown := shown[c.parent]; parentShown && !now[id] && !c.gone && !m.stillInvited(c) {
			c.gone = true
			m.touched[c.parent] = true
		}
	}
}

func (m *Meetings) stillInvited(c *child) bool {
	for id := range m.relationsOf[c.parent] {
		if r := m.relations[id]; r.PersonID == c.owner && r.Invited {
			return true
		}
	}
	return false
}

// finish builds the touched events, in the order of their ids.
func (m *Meetings) finish(shown map[string]wire.Row) []wire.Row {
	ids := make([]string, 0, len(shown)+len(m.touched))
	for id := range shown {
		ids = append(ids, id)
	}
	for id := range m.touched {
		if _, ok := shown[id]; !ok && m.events[id] != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	out := make([]wire.Row, 0, len(ids))
	for _, id := range ids {
		row, ok := shown[id]
		if !ok {
			row = *m.events[id]
			row.Derived = true
		}
		if row.Item != nil && row.MergedInto == "" {
			row.Item = m.build(&row)
		}
		out = append(out, row)
	}
	return out
}

// build is the event with its people and occurrences.
func (m *Meetings) build(row *wire.Row) *state.Item {
	it := row.Item.Clone()
	it.Invitees = m.invitees(row)
	it.InviteesKnown = m.inviteesKnown(row)
	if m.relationsSeen {
		list, truncated := m.attendees(row.ID)
		it.Set(state.AttrAttendees, state.PeopleValue(list))
		it.AttendeesTruncated = truncated
	}
	if len(m.occurrencesOf[row.ID]) > 0 {
		m.addOccurrences(it, row.ID)
	}
	return it
}

// invitees are the invited users, from whatever shows them; the owner is none, and
// neither is who was uninvited or whose child row was deleted.
func (m *Meetings) invitees(row *wire.Row) []state.Invitee {
	owner := row.Item.Owner()
	response := map[string]string{}
	for _, i := range row.Invited {
		response[i.UserID] = i.Response
	}
	for id := range m.childrenOf[row.ID] {
		if c := m.children[id]; !c.gone {
			if _, ok := response[c.owner]; !ok {
				response[c.owner] = ""
			}
		}
	}
	for id := range m.relationsOf[row.ID] {
		if r := m.relations[id]; IsUserID(r.PersonID) && r.Invited {
			response[r.PersonID] = r.Response
		} else if IsUserID(r.PersonID) {
			delete(response, r.PersonID)
		}
	}
	for user := range m.left(row.ID) {
		delete(response, user)
	}
	var out []state.Invitee
	for user, r := range response {
		if user != owner && user != "" {
			out = append(out, state.Invitee{UserID: user, Response: r})
		}
	}
	slices.SortFunc(out, func(a, b state.Invitee) int { return strings.Compare(a.UserID, b.UserID) })
	return out
}

// left are the users all of whose child rows are gone: they take part no more.
func (m *Meetings) left(event string) map[string]bool {
	gone := map[string]bool{}
	for id := range m.childrenOf[event] {
		if c := m.children[id]; c.gone {
			gone[c.owner] = true
		}
	}
	for id := range m.childrenOf[event] {
		if c := m.children[id]; !c.gone {
			delete(gone, c.owner)
		}
	}
	return gone
}

// inviteesKnown says how far the list of invitees can be trusted.
func (m *Meetings) inviteesKnown(row *wire.Row) state.Truth {
	switch {
	case row.InvitedKnown, m.relationsSeen && m.relationsComplete:
		return state.True
	case row.Group == state.False:
		return state.True // a meeting of nobody else
	case m.relationsSeen:
		return state.Unknown
	case m.childrenSeen && m.eventsComplete:
		return state.True
	case m.childrenSeen, len(row.Invited) > 0:
		return state.Unknown
	}
	return state.False
}

// attendees are all invited people with an address; truncated if somebody's
// address was not recorded.
func (m *Meetings) attendees(event string) (list []state.Attendee, truncated bool) {
	truncated = !m.relationsComplete
	left := m.left(event)
	for id := range m.relationsOf[event] {
		r := m.relations[id]
		if !r.Invited || left[r.PersonID] {
			continue
		}
		p, known := m.people[r.PersonID]
		switch {
		case !known:
			truncated = true
		case p.Email != "":
			list = append(list, state.Attendee{Email: p.Email, Name: p.Name, Response: r.Response})
		}
	}
	slices.SortFunc(list, func(a, b state.Attendee) int {
		return cmp.Or(strings.Compare(a.Email, b.Email), strings.Compare(a.Name, b.Name), strings.Compare(a.Response, b.Response))
	})
	return slices.CompactFunc(list, func(a, b state.Attendee) bool { return a.Email == b.Email }), truncated
}

// addOccurrences lists a series' recorded occurrences; a deleted one is cancelled.
func (m *Meetings) addOccurrences(it *state.Item, master string) {
	s := state.Series{}
	if it.Series != nil {
		s = *it.Series
	}
	for id := range m.occurrencesOf[master] {
		o := m.occurrences[id]
		w := o.wire
		w.Cancelled = w.Cancelled || o.gone
		s.Occurrences = append(s.Occurrences, w)
	}
	wire.SortOccurrences(s.Occurrences)
	it.Series = &s
}

func put(index map[string]map[string]bool, key, id string) {
	if index[key] == nil {
		index[key] = map[string]bool{}
	}
	index[key][id] = true
}
