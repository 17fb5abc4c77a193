package engine

import (
	"slices"
	"strings"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file keeps in one place what a user's draft depends on, so that a simulation
// plans again only whom a change can concern. A draft is a function of
//
//   - the person's own mailbox: items, links, coverage;
//   - the person's settings, and so of the policy, the person's attributes and
//     settings page, and of the directory;
//   - the organisation, views, access rows, markers and the coverage of records;
//   - today in the person's time zone: windows and the filters of list views are
//     days, no setting is an instant;
//   - the instant itself, if a rule or view of theirs reads it (UsesNow);
//   - the records it looked up, by id or by a key of an index: linked ones and what
//     they were merged into, the person's own before and after, whatever may match an
//     item, all contacts where the scope is everybody's;
//   - whether Salesforce has an address that an attendee has.
//
// Records are reached through this file alone (a test sees to it), which notes every
// look-up: what was looked up is the dependency, whatever came of it. How many
// records there are besides, and limits, are no part of a draft: Assemble adds them.
// The rest of the list is for whoever keeps a draft to watch.

// reads are the records a draft looked up, by a hash of each look-up: two that fall
// together cost a draft, not an answer.
type reads struct{ seen map[uint64]struct{} }

func newReads() *reads { return &reads{seen: map[uint64]struct{}{}} }

func (r *reads) note(kind state.Kind, how uint8, key string) {
	if r != nil {
		r.seen[hash(kind, how, key)] = struct{}{}
	}
}

// How a record is looked up, beside the indexes of tables.
const (
	byID      uint8 = 0xff - iota
	byAddress       // only whether any contact has a match key
	byKind          // every record of the kind
)

// hash is FNV-1a.
func hash(kind state.Kind, how uint8, key string) uint64 {
	h := uint64(14695981039346656037)
	h = (h ^ uint64(kind)) * 1099511628211
	h = (h ^ uint64(how)) * 1099511628211
	for i := range len(key) {
		h = (h ^ uint64(key[i])) * 1099511628211
	}
	return h
}

// lookUp finds a record by id; nil if there is none.
func (d *desk) lookUp(kind state.Kind, id string) *state.Object {
	d.draft.reads.note(kind, byID, id)
	return d.snap.Records[kind].Get(id)
}

// find lists the records an index holds for a key.
func (d *desk) find(kind state.Kind, ix state.Index, key string) []*state.Object {
	d.draft.reads.note(kind, uint8(ix), key)
	return d.snap.Records[kind].Find(ix, key)
}

// everyRecord lists all records of a kind.
func (d *desk) everyRecord(kind state.Kind) []*state.Object {
	d.draft.reads.note(kind, byKind, "")
	return d.snap.Records[kind].All()
}

// knows is Knows, noted.
func (d *desk) knows(address string) bool {
	d.draft.reads.note(state.Contact, byAddress, addressKey(address))
	return d.Knows(address)
}

// Knows reports whether Salesforce can hold an attendee's address: a recorded
// user, contact or lead has it.
func (s *session) Knows(address string) bool {
	return s.snap.Directory.KnowsAddress(address) || s.snap.Records[state.Contact].Has(state.ByMatchKey, addressKey(address))
}

func addressKey(address string) string { return "a:" + strings.ToLower(address) }

// captured reports whether records of a kind were captured, recordsComplete whether
// all were.
func (s *session) captured(kind state.Kind) bool { return s.snap.Records[kind].Coverage.Captured() }

func (s *session) recordsComplete(kind state.Kind) bool {
	return s.snap.Records[kind].Coverage.Complete
}

// RecordChange is one change of a record of the model world, as drafts are asked
// whether it concerns them.
type RecordChange struct {
	kind state.Kind
	// seen are the look-ups that find, or found, it: all of its kind, its id, the keys
	// of indexes, and of a contact the match keys that came or went.
	seen []uint64
}

// NewRecordChange describes a change; before is nil for a new record.
func NewRecordChange(before, after *state.Object) *RecordChange {
	c := &RecordChange{kind: after.Kind, seen: []uint64{hash(after.Kind, byKind, ""), hash(after.Kind, byID, after.ID)}}
	was, is := c.add(before), c.add(after)
	if after.Kind == state.Contact {
		c.gone(was, is)
		c.gone(is, was)
	}
	return c
}

// add adds the keys under which an object is found, and returns its match keys.
func (c *RecordChange) add(o *state.Object) (match []string) {
	if o == nil {
		return nil
	}
	for ix, key := range o.Keys() {
		if h := hash(c.kind, uint8(ix), key); !slices.Contains(c.seen, h) {
			c.seen = append(c.seen, h)
		}
		if ix == state.ByMatchKey {
			match = append(match, key)
		}
	}
	return match
}

// gone adds the match keys that only one of two states has.
func (c *RecordChange) gone(from, to []string) {
	for _, key := range from {
		if !slices.Contains(to, key) {
			c.seen = append(c.seen, hash(c.kind, byAddress, key))
		}
	}
}

// Readers finds the drafts that a changed record may concern, by what they looked up:
// it asks those who did, however many people there are. The drafts, of a model world,
// go by numbers.
type Readers struct {
	drafts []*Draft
	fresh  []int // numbers of the drafts that are not in the chains yet
	// last is, by look-up, one more than the place in chain of the last draft to have
	// made it, 0 for none. What a draft made and its successor did not stays there until
	// there is more of that than of what counts.
	last   map[uint64]int32
	chain  []reader
	counts int // look-ups of the drafts as they are
}

// reader is a draft that made a look-up; before is another one, as in Readers.last.
type reader struct{ draft, before int32 }

// NewReaders makes room for the drafts numbered from 0 up to below n.
func NewReaders(n int) *Readers { return &Readers{drafts: make([]*Draft, n)} }

// Put sets the draft of a number, in place of any before.
func (r *Readers) Put(n int, d *Draft) {
	if old := r.drafts[n]; old != nil {
		r.counts -= len(old.reads.seen)
	}
	r.drafts[n] = d
	r.counts += len(d.reads.seen)
	r.fresh = append(r.fresh, n)
}

// link chains the look-ups of the drafts that came since anybody asked.
func (r *Readers) link() {
	again := 0
	for _, n := range r.fresh {
		again += len(r.drafts[n].reads.seen)
	}
	if len(r.chain)+again > 2*r.counts || r.last == nil {
		r.last, r.chain, r.fresh = make(map[uint64]int32, r.counts), make([]reader, 0, r.counts), r.fresh[:0]
		for n, d := range r.drafts {
			if d != nil {
				r.fresh = append(r.fresh, n)
			}
		}
	}
	for _, n := range r.fresh {
		for h := range r.drafts[n].reads.seen {
			r.chain = append(r.chain, reader{int32(n), r.last[h]})
			r.last[h] = int32(len(r.chain))
		}
	}
	r.fresh = r.fresh[:0]
}

// Of calls f with the number of every draft that a change may concern, in no order and
// perhaps more than once, and returns how many it looked at.
func (r *Readers) Of(c *RecordChange, f func(n int)) (looked int) {
	r.link()
	for _, h := range c.seen {
		for at := r.last[h]; at != 0; at = r.chain[at-1].before {
			looked++
			n := int(r.chain[at-1].draft)
			if _, still := r.drafts[n].reads.seen[h]; still {
				f(n)
			}
		}
	}
	return looked
}

// Next is the session after this one: the same people, settings, directory, views
// and access, in a world that went on. With anything else about people changed, a
// new session is needed.
func (s *Session) Next(snap *state.Snapshot, number int) *Session {
	next := *s
	next.snap, next.opts.Session = snap, number
	return &next
}

// UsesNow reports whether some rule, view or invariant of a user's reads the instant, so that
// their draft may change within a day although nothing else does.
func (s *Session) UsesNow(u *state.User) bool { return s.usesNow[u.Address] }

func readsNow(set *policies.Set, settings *policies.Settings) bool {
	if slices.ContainsFunc(set.Invariants(), func(i *policies.Invariant) bool { return cond.UsesNow(i.When) }) {
		return true
	}
	if view := settings.Get(policies.ContactsScope).View; view != nil && view.Filter != nil && cond.UsesNow(view.Filter) {
		return true
	}
	return slices.ContainsFunc(settings.Rules, func(r policies.UserRule) bool { return cond.UsesNow(r.When) })
}
