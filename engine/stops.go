package engine

import (
	"slices"

	"weir/policies"
	"weir/state"
)

// upAct is what the Salesforce half of a row would do.
type upAct uint8

const (
	upUpdate upAct = iota + 1
	upUpload
	upDelete
	upDecline
)

// stop says what stops the Salesforce half, nil for nothing. An invitee's copy
// is not among the stops here: it stops single fields, see splitUp.
func (p *pair) stop(act upAct) *holding {
	if r, _ := p.settings.ForKind(p.kind, "upsync"); r.Text == "off" {
		return &holding{"upsync_off", "nothing goes up: upsync is off", r.Origin}
	}
	if p.applyUpRules(); p.up.exclude != nil {
		return &holding{"excluded", ruleText(p.up.exclude.Rule), p.up.exclude.Origin}
	}
	switch {
	case act == upUpdate && p.private():
		return &holding{"private_link", "private items are not sent up", p.origin("upsync")}
	case act != upUpload && p.adoptedUntouched():
		return &holding{"not_marked", "found in the calendar, neither marked nor edited since", p.origin("upsync")}
	case !p.permitted(act):
		return &holding{"no_access", p.noAccessText(act), p.origin("upsync")}
	}
	return nil
}

func (p *pair) private() bool { return isPrivate(p.itm) || isPrivate(p.rec) }

func isPrivate(it *state.Item) bool { return it != nil && it.Value(state.AttrPrivate).Bool() }

// adoptedUntouched reports an adopted item that is neither marked nor edited
// since it was adopted.
func (p *pair) adoptedUntouched() bool {
	if p.itm == nil || p.snap.Markers.Marked(p.itm) == state.True {
		return false
	}
	if p.link == nil {
		return p.match == ItemUnmarkedMatch
	}
	if p.link.Adopted == nil {
		return false
	}
	return !p.editedSinceAdoption()
}

func (p *pair) editedSinceAdoption() bool {
	own := p.cmp.isOwn(p.rec, p.itm)
	for _, a := range comparedFields[p.kind] {
		was, is := p.cmp.canonical(p.link.Adopted, p.rec, a, own), p.cmp.canonical(p.itm, p.rec, a, own)
		if was.IsRecorded() && is.IsRecorded() && !was.Equal(is) && !p.writtenSince(a, is, own) {
			return true
		}
	}
	return false
}

// writtenSince reports that the sync itself put the value there: it is what both
// sides last agreed on, and the record had it first.
func (p *pair) writtenSince(a state.Attr, is state.Value, own bool) bool {
	return p.diff.base != nil && p.diff.base.Has(a) && p.diff.base.Item[a].Equal(is) && !p.itemHadFirst(a, is, own)
}

// itemHadFirst reports that the record held another value when the item took
// this one.
func (p *pair) itemHadFirst(a state.Attr, is state.Value, own bool) bool {
	if p.item == nil || p.record == nil {
		return false
	}
	first := p.item.Now().From
	for _, v := range slices.Backward(p.item.Versions) {
		if v.Item == nil || !p.cmp.canonical(v.Item, p.rec, a, own).Equal(is) {
			break
		}
		first = v.From
	}
	then, ok := p.record.At(first)
	if !ok || then.Item == nil {
		return false
	}
	had := p.cmp.canonical(then.Item, p.itm, a, own)
	return had.IsRecorded() && !had.Equal(is)
}

// permitted reports whether the user may do it in Salesforce. Without recorded
// access everybody may edit what was recorded and only the owner may delete. A
// new record and one's own answer, all that goes up from an invitee's copy, need
// no access to a record.
func (p *pair) permitted(act upAct) bool {
	answer := act == upDecline || act == upUpdate && p.facts.Role == Invited
	if p.rec == nil || act == upUpload || answer {
		return true
	}
	access := p.snap.Access[state.AccessKey{UserID: p.user.ID, RecordID: p.rec.ID}]
	if act == upUpdate {
		return access.Edit != state.False
	}
	if access.Delete != state.Unknown {
		return access.Delete == state.True
	}
	return ownedBy(p.rec, p.user) == state.True
}

// splitUp divides the fields that would go up into those that may and those an
// invitee's copy keeps to itself: only the answer goes up from there.
func (p *pair) splitUp(fields []fieldDiff) (may, kept []fieldDiff) {
	if p.kind != state.Event || p.facts.Role != Invited {
		return fields, nil
	}
	may = slices.DeleteFunc(slices.Clone(fields), func(f fieldDiff) bool { return f.attr != state.AttrResponse })
	kept = slices.DeleteFunc(slices.Clone(fields), func(f fieldDiff) bool { return f.attr == state.AttrResponse })
	return may, kept
}

// holdOps holds what rules hold: the mailbox half by down rules, the Salesforce
// half by up rules, everything by an exclude rule that cannot be decided.
func (p *pair) holdOps() {
	for i := range p.ops {
		op := &p.ops[i]
		if op.Held {
			continue
		}
		p.applyDownRules()
		switch {
		case p.down.hold != nil && (op.On == OnMailbox || p.down.all && p.verdict.fact == In):
			op.hold(p.down.hold)
		case op.On == OnSalesforce:
			if p.applyUpRules(); p.up.hold != nil {
				op.hold(p.up.hold)
			}
		}
	}
}

func (op *Operation) hold(h *holding) {
	op.Held = true
	op.HeldBy = &Reason{Code: h.code, Text: h.text, Policy: refTo(h.origin)}
}

func refTo(o policies.Origin) *PolicyRef {
	if o.Layer == "" {
		return nil
	}
	return &PolicyRef{Layer: string(o.Layer), Name: o.Name, File: o.File, Line: o.Line}
}
