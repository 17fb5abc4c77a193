package engine

import (
	"fmt"
	"slices"

	"weir/policies"
	"weir/state"
)

// This file decides one thing again in a world that differs in something: a record
// due on another day, a setting with another value, a capture that is complete.
// The world itself is left as it is: what changes is changed in copies.

// sandbox keeps the copies of tables that trials change, made when first needed, so
// that many trials cost one copy.
type sandbox struct {
	records, items [4]*state.Table // by kind; nil while nothing needed a copy
}

// trial is one person's part of the world, to be changed, for one thing.
type trial struct {
	*desk
	sandbox          *sandbox
	kind             state.Kind
	link             *state.Link
	recordID, itemID string
	undo             []func() // brings the sandbox's tables back
}

// retry decides the pair again after the changes.
func (b *sandbox) retry(p *pair, changes []change) (*pair, error) {
	t := b.open(p)
	defer t.close()
	for _, c := range changes {
		c.apply(t)
	}
	return t.decide()
}

func (b *sandbox) open(p *pair) *trial {
	session, snap, box, settings := *p.session, *p.snap, *p.box, *p.settings
	session.snap, settings.Rules = &snap, slices.Clone(p.settings.Rules)
	notes := newNotebook()
	t := &trial{sandbox: b, kind: p.kind, link: p.link, desk: &desk{session: &session, user: p.user, settings: &settings, box: &box,
		zone: p.zone, today: p.today, cmp: p.cmp, notes: notes, quiet: true, draft: &Draft{user: p.user, notes: notes}}}
	if p.recordID != "" {
		t.recordID = p.recordID
	}
	if p.item != nil {
		t.itemID = p.item.ID
	} else if p.link != nil {
		t.itemID = p.link.ItemID
	}
	return t
}

func (t *trial) close() {
	for _, back := range slices.Backward(t.undo) {
		back()
	}
}

// decide makes a pair of the thing as it is now, and decides it.
func (t *trial) decide() (*pair, error) {
	items, duplicates := t.unlinkedItems(t.kind)
	m := t.findMatches(t.kind, items)
	p := t.pairUp(m, duplicates)
	if p == nil {
		return nil, fmt.Errorf("the thing is gone from the trial")
	}
	return p, p.decide()
}

func (t *trial) pairUp(m *matches, duplicates []*state.Object) *pair {
	if t.link != nil && !t.countsAsNone(t.link) {
		p := t.linkedPair(t.link)
		p.fillFacts()
		return p
	}
	if o := t.snap.Records[t.kind].Get(t.recordID); o != nil && o.State() == state.Live && o.Item() != nil {
		return t.recordPair(o, m)
	}
	o := t.box.Items[t.kind].Get(t.itemID)
	switch {
	case o == nil || o.Item() == nil:
		return nil
	case len(m.ofItem[o.ID]) == 1 && !m.ambiguousItem(o.ID):
		return t.recordPair(m.ofItem[o.ID][0], m)
	}
	return t.itemPair(o, m, slices.Contains(duplicates, o))
}

// changeRecord changes the record; nothing happens where none was ever shown.
func (t *trial) changeRecord(f func(*state.Item)) {
	t.put(&t.snap.Records, &t.sandbox.records, t.recordID, f)
}

// changeItem changes the mailbox item.
func (t *trial) changeItem(f func(*state.Item)) {
	t.put(&t.box.Items, &t.sandbox.items, t.itemID, f)
}

// table is a copy of the kind's table that may be changed.
func (t *trial) table(in, copies *[4]*state.Table) *state.Table {
	if copies[t.kind] == nil {
		copies[t.kind] = in[t.kind].Clone()
	}
	in[t.kind] = copies[t.kind]
	return in[t.kind]
}

func (t *trial) put(in, copies *[4]*state.Table, id string, f func(*state.Item)) {
	table := t.table(in, copies)
	o := table.Get(id)
	if o == nil || o.Item() == nil {
		return
	}
	changed := *o
	last := o.Now()
	last.State, last.Item = state.Live, o.Item().Clone()
	f(last.Item)
	changed.Versions = append(slices.Clone(o.Versions[:len(o.Versions)-1]), last)
	table.Put(&changed)
	t.undo = append(t.undo, func() { table.Put(o) })
}

// complete makes the kind's capture on one side complete.
func (t *trial) complete(in, copies *[4]*state.Table) {
	table := t.table(in, copies)
	was := table.Coverage
	table.Coverage.Complete, table.Coverage.Bounds, table.Coverage.Why = true, nil, nil
	t.undo = append(t.undo, func() { table.Coverage = was })
}

// relink replaces the link.
func (t *trial) relink(f func(*state.Link)) {
	link := *t.link
	f(&link)
	t.box.Links = t.box.Links.Clone()
	t.box.Links.Put(&link)
	t.link = &link
}

// allow changes what the user may do with the record.
func (t *trial) allow(f func(*state.Access)) {
	key := state.AccessKey{UserID: t.user.ID, RecordID: t.recordID}
	access := t.snap.Access[key]
	f(&access)
	all := make(state.Accesses, len(t.snap.Access)+1)
	for k, v := range t.snap.Access {
		all[k] = v
	}
	all[key] = access
	t.snap.Access = all
}

// set gives a setting another value.
func (t *trial) set(id policies.Setting, v policies.Value) { t.settings.Values[id].Value = v }
