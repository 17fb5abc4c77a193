package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/state"
)

// applied is what carrying out a session's plan came to.
type applied struct {
	changes    int // operations carried out
	struck     int // operations that faults kept from being carried out
	superseded []supersession
}

// supersession is an operation that another one of the same session forestalled.
type supersession struct {
	op   *engine.Operation
	user string
	why  string
}

// session applies one session's plan to the world.
type session struct {
	*world
	n    int
	at   time.Time
	snap *state.Snapshot
	eng  *engine.Session
	out  applied
	// record is the one that the operation at hand is about; a new one's id is only
	// known once it is made.
	record recordKey
	// uploaded holds the match keys of records made in this session, written the
	// records made or updated, and deleted those deleted.
	uploaded map[string]bool
	written  map[recordKey]bool
	deleted  map[recordKey]bool
	// fieldBy says, per record and field, when the value that was written had been
	// modified.
	fieldBy map[fieldKey]int64
	// spanBy says, per event, what was written last of when it is.
	spanBy map[recordKey]spanWrite
	// left are the links that this session's operations have left so far.
	left map[*state.Link]bool
}

type fieldKey struct {
	recordKey
	attr state.Attr
}

// act is one operation to carry out, with whose it is.
type act struct {
	user string
	op   *engine.Operation
}

// apply carries out a plan's operations in three passes: creations with
// restores; updates with declines and link operations; deletions.
func (w *world) apply(plan *engine.Plan, snap *state.Snapshot, eng *engine.Session) applied {
	s := &session{world: w, n: plan.Session, at: plan.At, snap: snap, eng: eng, uploaded: map[string]bool{}, written: map[recordKey]bool{},
		deleted: map[recordKey]bool{}, fieldBy: map[fieldKey]int64{}, spanBy: map[recordKey]spanWrite{}, left: map[*state.Link]bool{}}
	var passes [3][]act
	for i := range plan.Users {
		for j := range plan.Users[i].Operations {
			op := &plan.Users[i].Operations[j]
			if op.Held {
				continue
			}
			n := passOf(op.Op)
			passes[n] = append(passes[n], act{plan.Users[i].User, op})
		}
	}
	slices.SortStableFunc(passes[0], organizersFirst)
	linksFirst(passes[1])
	acts := slices.Concat(passes[0], passes[1], passes[2])
	w.faults.strike(plan.Session, acts)
	for _, a := range acts {
		if a.op.Fault != "" {
			s.out.struck++
			continue
		}
		s.do(a)
	}
	return s.out
}

// do carries an operation out and notes it as a cause of later ones.
func (s *session) do(a act) {
	before := s.out.changes
	s.record = recordKey{a.op.Effect.Kind, a.op.RecordID}
	s.carryOut(a)
	if s.out.changes > before {
		s.doings.did(s.n, a.user, a.op, s.record, a.op.On == engine.OnSalesforce)
	}
}

func passOf(op engine.Op) int {
	switch op {
	case engine.OpCreate, engine.OpRestore:
		return 0
	case engine.OpDelete:
		return 2
	}
	return 1
}

// organizersFirst lets the organiser's mailbox upload a meeting before others.
func organizersFirst(a, b act) int {
	rank := func(x act) int {
		if x.op.On == engine.OnSalesforce && x.op.Effect.Item.Item().Organizer == state.True {
			return 0
		}
		return 1
	}
	return rank(a) - rank(b)
}

// linksFirst puts the operation on a link before the updates that follow from it:
// plans list it last.
func linksFirst(acts []act) {
	for i := range acts {
		for j := i; j > 0 && acts[j].op.On == engine.OnLink && acts[j-1].op.On != engine.OnLink && acts[j].same(acts[j-1]); j-- {
			acts[j-1], acts[j] = acts[j], acts[j-1]
		}
	}
}

// same: about the same thing of the same person.
func (a act) same(b act) bool {
	return a.user == b.user && a.op.Kind == b.op.Kind && a.op.RecordID == b.op.RecordID && a.op.ItemID == b.op.ItemID
}

func (s *session) carryOut(a act) {
	e := a.op.Effect
	switch {
	case a.op.On == engine.OnLink:
		s.relink(a.user, e, nil, nil)
	case a.op.Op == engine.OpDecline:
		s.decline(a)
	case a.op.On == engine.OnMailbox && a.op.Op == engine.OpDelete:
		s.deleteItem(a)
	case a.op.On == engine.OnMailbox && a.op.Op == engine.OpUpdate:
		s.updateItem(a)
	case a.op.On == engine.OnMailbox:
		s.makeItem(a)
	case a.op.Op == engine.OpCreate:
		s.makeRecord(a)
	case a.op.Op == engine.OpUpdate:
		s.updateRecord(a)
	case a.op.Op == engine.OpDelete:
		s.deleteRecord(a)
	}
}

// stamp dates a state the sync wrote, by the clock of its side.
func (s *session) stamp(it *state.Item, id string, fresh bool) *state.Item {
	at := s.at
	if it.Side == state.Mailbox {
		at = s.faults.mailboxClock(at)
	}
	it = it.Clone()
	it.ID, it.BySync, it.File, it.Line, it.CarriedAt = id, state.True, "", 0, time.Time{}
	it.Set(state.AttrModified, state.InstantValue(at))
	it.Set(state.AttrModifiedBy, state.EmptyValue())
	if fresh {
		it.Set(state.AttrCreated, state.InstantValue(at))
	}
	return it
}

func (s *session) makeItem(a act) {
	e := a.op.Effect
	id := s.name(a.user, e.Kind)
	it := s.stamp(e.NewItem, id, true)
	s.boxes[a.user].Items[e.Kind].Put(&state.Object{ID: id, Kind: e.Kind,
		Versions: []state.Version{{From: s.at, State: state.Live, Item: it}}})
	link := *e.Link
	link.ItemID = id
	s.put(a.user, &link, e, e.Record.Item(), it, nil)
	s.out.changes++
}

func (s *session) makeRecord(a act) {
	e := a.op.Effect
	keys := uploadKeys(e)
	for _, key := range keys {
		if s.uploaded[key] {
			s.supersede(a, "the same "+e.Kind.String()+" was made for somebody else in this session; it is adopted in the next")
			return
		}
	}
	for _, key := range keys {
		s.uploaded[key] = true
	}
	id := s.name(a.user, e.Kind)
	rec := s.stamp(e.NewRecord, id, true)
	s.records[e.Kind].Put(&state.Object{ID: id, Kind: e.Kind,
		Versions: []state.Version{{From: s.at, State: state.Live, Item: rec}}})
	link := *e.Link
	link.RecordID = id
	s.put(a.user, &link, e, rec, e.Item.Item(), nil)
	s.record.id = id
	s.madeOf(s.record, thingKey{a.user, recordKey{e.Kind, a.op.ItemID}})
	s.wrote(s.record)
}

// uploadKeys are the match keys of an upload; a task is only ever the same as
// another of its owner.
func uploadKeys(e *engine.Effect) []string {
	keys := state.MatchKeys(e.NewRecord)
	for i := range keys {
		if e.Kind == state.Task {
			keys[i] += "|" + e.User.ID
		}
		keys[i] = e.Kind.String() + "|" + keys[i]
	}
	return keys
}

func (s *session) wrote(key recordKey) {
	s.written[key] = true
	s.out.changes++
}

func (s *session) updateItem(a act) {
	e := a.op.Effect
	o := s.boxes[a.user].Items[e.Kind].Get(e.Item.ID)
	if o == nil || o.State() != state.Live {
		return
	}
	it := s.stamp(e.NewItem, o.ID, false)
	s.boxes[a.user].Items[e.Kind].Put(o.With(state.Version{From: s.at, State: state.Live, Item: it}))
	s.relink(a.user, e, e.Fields, e.Record.Item())
	s.out.changes++
}

// updateRecord writes the fields that nobody with a later modification wrote in
// this session.
func (s *session) updateRecord(a act) {
	e := a.op.Effect
	key := recordKey{e.Kind, e.Record.ID}
	o := s.records[e.Kind].Get(e.Record.ID)
	if o == nil || o.State() != state.Live {
		return
	}
	modified := e.Item.Item().Value(state.AttrModified).UnixNano()
	rec := s.stamp(o.Item(), o.ID, false)
	rec.CarriedAt = e.Item.Item().Value(state.AttrModified).Instant()
	span := s.span(key, e, modified)
	var wrote []state.Attr
	for _, attr := range e.Fields {
		fk := fieldKey{key, attr}
		if by, ok := s.fieldBy[fk]; ok && by > modified || span == spanTheirs && engine.IsSpan(attr) {
			s.supersede(a, attr.String()+" was written from a mailbox that changed it later")
			continue
		}
		s.fieldBy[fk] = modified
		engine.CopyWritten(rec, e.NewRecord, attr)
		wrote = append(wrote, attr)
	}
	if len(wrote) == 0 {
		return
	}
	if span == spanOurs {
		for _, attr := range engine.ComparedFields(e.Kind) {
			if engine.IsSpan(attr) {
				engine.CopyWritten(rec, e.NewRecord, attr)
			}
		}
	}
	s.records[e.Kind].Put(o.With(state.Version{From: s.at, State: state.Live, Item: rec}))
	s.relink(a.user, e, wrote, rec)
	s.wrote(key)
}

// spanWrite is what a session wrote of when an event is.
type spanWrite struct {
	modified int64 // when that was edited, the latest of them
	allDay   bool
}

// spanChoice says whose start, end and whole-day flag stand where two mailboxes write
// them in one session, one of them as a whole day: a time of one with the other's whole
// day is no span at all.
type spanChoice uint8

const (
	spanByField spanChoice = iota // every field is on its own
	spanOurs                      // all three of the update at hand
	spanTheirs                    // none of them
)

// span decides it, and notes the update.
func (s *session) span(key recordKey, e *engine.Effect, modified int64) spanChoice {
	if !slices.ContainsFunc(e.Fields, engine.IsSpan) {
		return spanByField
	}
	was, written := s.spanBy[key]
	allDay := e.NewRecord.AllDay()
	switch {
	case !written || was.allDay == allDay:
		s.spanBy[key] = spanWrite{max(was.modified, modified), allDay}
		return spanByField
	case was.modified > modified:
		return spanTheirs
	}
	s.spanBy[key] = spanWrite{modified, allDay}
	return spanOurs
}

func (s *session) decline(a act) {
	e := a.op.Effect
	o := s.records[e.Kind].Get(e.Record.ID)
	if o != nil && o.State() == state.Live {
		rec := s.stamp(o.Item(), o.ID, false)
		rec.Invitees = slices.Clone(rec.Invitees)
		for i := range rec.Invitees {
			if rec.Invitees[i].UserID == e.User.ID {
				rec.Invitees[i].Response = "declined"
			}
		}
		s.records[e.Kind].Put(o.With(state.Version{From: s.at, State: state.Live, Item: rec}))
	}
	s.relink(a.user, e, nil, nil)
}

func (s *session) deleteItem(a act) {
	e := a.op.Effect
	o := s.boxes[a.user].Items[e.Kind].Get(e.Item.ID)
	s.boxes[a.user].Items[e.Kind].Put(o.With(state.Version{From: s.at, State: state.Deleted, Item: o.Item()}))
	s.relink(a.user, e, nil, nil)
}

func (s *session) deleteRecord(a act) {
	e := a.op.Effect
	key := recordKey{e.Kind, e.Record.ID}
	switch {
	case s.deleted[key]:
		s.supersede(a, "it was deleted from another mailbox in this session already")
		return
	case s.written[key]:
		s.supersede(a, "it was changed from another mailbox in this session: the change survives")
		return
	}
	s.deleted[key] = true
	o := s.records[e.Kind].Get(e.Record.ID)
	s.records[e.Kind].Put(o.With(state.Version{From: s.at, State: state.Deleted, Item: o.Item()}))
	s.relink(a.user, e, nil, nil)
}

func (s *session) supersede(a act, why string) {
	a.op.Superseded = true
	a.op.Reason.Text += "; superseded: " + why
	s.out.superseded = append(s.out.superseded, supersession{a.op, a.user, why})
}

// relink puts the link as the operation leaves it, or drops it. Fields are those that
// now agree, and rec the record that they agree with: what was read to be written down,
// whatever another mailbox has sent up since, or what was written.
func (s *session) relink(user string, e *engine.Effect, fields []state.Attr, rec *state.Item) {
	links := s.boxes[user].Links
	if e.Link == nil {
		s.forget(links, e)
		s.out.changes++
		return
	}
	link := *e.Link
	if now := links.OfItem(e.Kind, link.ItemID); now != nil && s.left[now] {
		// Another operation of this session has been at the link already.
		link.Base = now.Base
	}
	s.forget(links, e)
	item := s.boxes[user].Items[e.Kind].Get(link.ItemID)
	var it *state.Item
	if item != nil {
		it = item.Item()
	}
	s.put(user, &link, e, rec, it, fields)
	if len(fields) == 0 {
		s.out.changes++
	}
}

// forget drops the link an operation began with, also where its record's id moved
// on to the winner of a merge since.
func (s *session) forget(links *state.Links, e *engine.Effect) {
	if e.Old == nil {
		return
	}
	if now := links.OfItem(e.Kind, e.Old.ItemID); now != nil {
		links.Drop(now)
	}
	links.Drop(e.Old)
}

// put stores a link; fields are those that agree from now on, nil for all of a
// link that is new.
func (s *session) put(user string, link *state.Link, e *engine.Effect, rec, it *state.Item, fields []state.Attr) {
	if link.Base == nil && fields == nil {
		fields = engine.ComparedFields(e.Kind)
	}
	if rec != nil && it != nil && len(fields) > 0 {
		link.Base = engine.Rebase(link.Base, e.User, s.snap.Directory, s.eng.Knows, fields, rec, it)
	}
	s.boxes[user].Links.Put(link)
	s.left[link] = true
}

// text words what was superseded.
func (x supersession) text(name string) string {
	return fmt.Sprintf("%s %s of %s was not carried out: %s", strings.ToLower(string(x.op.Op)), x.op.Title, name, x.why)
}
