package engine

import (
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file asks what rules say of many things of a user at a time, where asking
// about each by itself costs more: rules that run in OPA. Pairs are decided one
// after another all the same; their rules then find the answers waiting. What is
// not foreseen is asked when it is needed.

// aheadBlock is how many things are foreseen together. It bounds what is kept in
// memory, and more would save nothing.
const aheadBlock = 256

// block is how many things are decided together.
func (d *desk) block() int {
	if d.ahead == nil {
		return 1
	}
	return aheadBlock
}

// foreseePairs asks about pairs: down rules about every record that will have a
// verdict, up rules about items that something will be done about in Salesforce.
func (d *desk) foreseePairs(pairs []*pair) {
	if d.ahead == nil {
		return
	}
	for _, p := range pairs {
		if p.facts.Record == RecordSame || p.facts.Record == RecordChanged {
			d.want(p.kind, policies.Down, d.subject(p.rec, p.linkedItem(), p.link))
		}
		if p.goesUp() {
			d.want(p.kind, policies.Up, d.subject(p.itm, p.linkedRecord(), p.link))
		}
	}
	d.ahead.Ask()
}

// goesUp tells whether the Salesforce half of a pair is likely to be more than
// nothing.
func (p *pair) goesUp() bool {
	if upsync, _ := p.settings.ForKind(p.kind, "upsync"); p.itm == nil || upsync.Text == "off" {
		return false
	}
	switch p.facts.Item {
	case ItemPattern:
		return true
	case ItemChanged, ItemDeleted, ItemMoved:
		return p.link.State != state.LinkRetired
	}
	return false
}

// foreseeRecords asks down rules about unlinked records.
func (d *desk) foreseeRecords(records []*state.Object) {
	if d.ahead == nil {
		return
	}
	for _, o := range records {
		d.want(o.Kind, policies.Down, d.subject(o.Item(), nil, nil))
	}
	d.ahead.Ask()
}

// want notes what rules of one direction will ask about a thing.
func (d *desk) want(kind state.Kind, direction policies.Direction, s cond.Subject) {
	for _, i := range d.rules().Find(direction, &s) {
		rule := &d.settings.Rules[i]
		if rule.Batched && rule.AppliesTo(kind, direction) && rule.Member != state.False {
			d.ahead.Want(rule.When, &s)
		}
	}
}
