package engine

import (
	"slices"

	"weir/state"
)

// update carries out the rows for a link both of whose sides live and are in
// scope: update-down, diverged, update-up and merge.
func (p *pair) update() {
	p.updateFields(p.linkIn(state.LinkActive))
	if len(p.ops) == 0 && len(p.skipped) == 0 {
		p.counted = countUnchanged
	}
}

// updateFields writes what changed, each field in its direction, through the
// stops. The link is the one the updates leave behind.
func (p *pair) updateFields(link *state.Link) {
	down, up := p.split()
	if p.isNeverAgreed() && p.link != nil {
		p.note("never_agreed", "", p)
	}
	if len(down) > 0 {
		if p.facts.On {
			p.updateMailbox(down, link)
		} else {
			p.note("diverged", "", p)
		}
	}
	if len(up) > 0 {
		p.updateSalesforce(up, link)
	}
}

func (p *pair) isNeverAgreed() bool {
	for _, f := range p.diff.fields {
		if f.neverAgreed {
			return true
		}
	}
	return false
}

// split sends every changed field one way: changed on one side, that side's
// value; on both, conflict decides. Attendees may go both ways.
func (p *pair) split() (down, up []fieldDiff) {
	var both state.Side
	for _, f := range p.diff.fields {
		switch {
		case f.attr == state.AttrAttendees:
			if f.recordChanged {
				down = append(down, f)
			}
			if f.itemChanged {
				up = append(up, f)
			}
		case f.recordChanged && f.itemChanged:
			if both == state.SideInvalid {
				both = p.conflictWinner()
			}
			if both == state.Mailbox {
				up = append(up, f)
			} else {
				down = append(down, f)
			}
		case f.recordChanged:
			down = append(down, f)
		default:
			up = append(up, f)
		}
	}
	return down, up
}

// conflictWinner is the side whose value stands where both changed a field.
func (p *pair) conflictWinner() state.Side {
	conflict, _ := p.settings.ForKind(p.kind, "conflict")
	switch conflict.Text {
	case "salesforce":
		return state.Salesforce
	case "mailbox":
		return state.Mailbox
	}
	record, item := touched(p.record), touched(p.item)
	switch {
	case record == 0 && p.rec.BySync == state.Unknown && p.rec.Value(state.AttrModified).IsKnown() && item != 0:
		p.note("conflict_guess", guessAuthor, p)
	case record == 0 || item == 0:
		p.note("conflict_guess", "", p)
	case record == item:
		p.note("conflict_guess", guessEqual, p)
	case item > record:
		return state.Mailbox
	}
	return state.Salesforce
}

// Why it is a guess which change is the newest, though both have a time.
const (
	guessEqual  = "equal"  // the times are the same
	guessAuthor = "author" // that in Salesforce may have been the sync's
)

// touched is the last modification other than by the sync, in nanoseconds since
// the epoch; 0 if it is not known. Mailboxes never say who modified an item;
// in Salesforce an unknown author may have been the sync.
func touched(o *state.Object) int64 {
	if o == nil {
		return 0
	}
	for _, v := range slices.Backward(o.Versions) {
		if v.Item == nil || v.State != state.Live {
			continue
		}
		if !v.Item.CarriedAt.IsZero() {
			return v.Item.CarriedAt.UnixNano()
		}
		if v.Item.BySync == state.True {
			continue
		}
		if v.Item.BySync == state.Unknown && v.Item.Side == state.Salesforce {
			return 0
		}
		return v.Item.Value(state.AttrModified).UnixNano()
	}
	return 0
}

func (p *pair) updateMailbox(fields []fieldDiff, link *state.Link) {
	op := p.op(OpUpdate, OnMailbox, p.reason(p.row.Code, p.updateOrigin(OnMailbox)))
	op.Effect.NewItem = p.cmp.copyFields(p.rec, p.itm, fields)
	op.Changes = p.changes(p.itm, op.Effect.NewItem, fields)
	op.Occurrences = p.occurrences(p.rec)
	p.finishUpdate(op, fields, link)
}

// updateSalesforce writes the upward fields, or shows what stops them.
func (p *pair) updateSalesforce(fields []fieldDiff, link *state.Link) {
	if s := p.stop(upUpdate); s != nil {
		p.skipStopped(s)
		return
	}
	may, kept := p.splitUp(fields)
	if len(may) > 0 {
		p.writeUp(may, link)
	}
	if len(kept) > 0 {
		p.skipStopped(&holding{"not_organizer", "changes to somebody else's meeting stay in the mailbox", p.origin("upsync")})
	}
}

func (p *pair) skipStopped(s *holding) {
	p.noteStop(s)
	p.skip(Reason{Code: s.code, Text: s.text, Policy: refTo(s.origin)})
}

func (p *pair) writeUp(fields []fieldDiff, link *state.Link) {
	op := p.op(OpUpdate, OnSalesforce, p.reason(p.row.Code, p.updateOrigin(OnSalesforce)))
	op.Effect.NewRecord = p.cmp.copyFields(p.itm, p.rec, fields)
	op.Changes = p.changes(p.rec, op.Effect.NewRecord, fields)
	after := *link
	if p.link != nil {
		after.Adopted = nil // edited since it was adopted
	}
	p.finishUpdate(op, fields, &after)
}

// finishUpdate notes what the simulator must know, and what a conflict discards.
func (p *pair) finishUpdate(op *Operation, fields []fieldDiff, link *state.Link) {
	op.Effect.Link = link
	op.Link = linkName(link)
	for i, f := range fields {
		op.Effect.Fields = append(op.Effect.Fields, f.attr)
		if f.recordChanged && f.itemChanged && f.attr != state.AttrAttendees && op.Changes[i].From != nil {
			op.Changes[i].Lost = op.Changes[i].From
			op.Lost = append(op.Lost, f.attr.String())
		}
	}
}
