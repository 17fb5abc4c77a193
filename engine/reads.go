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

// reads are the records a draft looked up.
type reads struct {
	ids       map[recordRef]struct{}
	keys      map[keyRef]struct{}
	all       [4]bool             // every record of a kind
	addresses map[string]struct{} // by contact match key: whether any contact has it
}

type recordRef struct {
	kind state.Kind
	id   string
}

type keyRef struct {
	kind  state.Kind
	index state.Index
	key   string
}

func newReads() *reads {
	return &reads{ids: map[recordRef]struct{}{}, keys: map[keyRef]struct{}{}, addresses: map[string]struct{}{}}
}

// lookUp finds a record by id; nil if there is none.
func (d *desk) lookUp(kind state.Kind, id string) *state.Object {
	if r := d.draft.reads; r != nil {
		r.ids[recordRef{kind, id}] = struct{}{}
	}
	return d.snap.Records[kind].Get(id)
}

// find lists the records an index holds for a key.
func (d *desk) find(kind state.Kind, ix state.Index, key string) []*state.Object {
	if r := d.draft.reads; r != nil {
		r.keys[keyRef{kind, ix, key}] = struct{}{}
	}
	return d.snap.Records[kind].Find(ix, key)
}

// everyRecord lists all records of a kind.
func (d *desk) everyRecord(kind state.Kind) []*state.Object {
	if r := d.draft.reads; r != nil {
		r.all[kind] = true
	}
	return d.snap.Records[kind].All()
}

// knows is Knows, noted.
func (d *desk) knows(address string) bool {
	if r := d.draft.reads; r != nil {
		r.addresses[addressKey(address)] = struct{}{}
	}
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
	ref  recordRef
	keys []keyRef // under which it was or is found
	// moved are the match keys of a contact that came or went.
	moved []string
}

// NewRecordChange describes a change; before is nil for a new record.
func NewRecordChange(before, after *state.Object) *RecordChange {
	c := &RecordChange{ref: recordRef{after.Kind, after.ID}}
	was, is := c.keysOf(before), c.keysOf(after)
	c.keys = append(is, was...)
	if after.Kind != state.Contact {
		return c
	}
	for _, list := range [][2][]keyRef{{was, is}, {is, was}} {
		for _, k := range list[0] {
			if k.index == state.ByMatchKey && !slices.Contains(list[1], k) {
				c.moved = append(c.moved, k.key)
			}
		}
	}
	return c
}

func (c *RecordChange) keysOf(o *state.Object) []keyRef {
	if o == nil {
		return nil
	}
	var out []keyRef
	for ix, key := range o.Keys() {
		out = append(out, keyRef{c.ref.kind, ix, key})
	}
	return out
}

// DependsOn reports whether a changed record may concern the draft.
func (d *Draft) DependsOn(c *RecordChange) bool {
	r := d.reads
	if r == nil || r.all[c.ref.kind] {
		return true
	}
	if _, ok := r.ids[c.ref]; ok {
		return true
	}
	for _, k := range c.keys {
		if _, ok := r.keys[k]; ok {
			return true
		}
	}
	for _, key := range c.moved {
		if _, ok := r.addresses[key]; ok {
			return true
		}
	}
	return false
}

// Next is the session after this one: the same people, settings, directory, views
// and access, in a world that went on. With anything else about people changed, a
// new session is needed.
func (s *Session) Next(snap *state.Snapshot, number int) *Session {
	next := *s
	next.snap, next.opts.Session = snap, number
	return &next
}

// UsesNow reports whether some rule or view of a user's reads the instant, so that
// their draft may change within a day although nothing else does.
func (s *Session) UsesNow(u *state.User) bool { return s.usesNow[u.Address] }

func readsNow(settings *policies.Settings) bool {
	if view := settings.Get(policies.ContactsScope).View; view != nil && view.Filter != nil && cond.UsesNow(view.Filter) {
		return true
	}
	return slices.ContainsFunc(settings.Rules, func(r policies.UserRule) bool { return cond.UsesNow(r.When) })
}
