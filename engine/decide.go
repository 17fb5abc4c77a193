package engine

import (
	"weir/policies"
	"weir/state"
)

// decide finds the row for a pair's facts and carries it out: it fills the
// pair's operations, skipped rows or count.
func (p *pair) decide() error {
	row, err := Find(p.facts)
	if err != nil {
		return err
	}
	p.row = row
	if p.ambiguous {
		p.decideAmbiguous()
	} else {
		p.carryOut(row)
	}
	p.holdOps()
	p.keepPromises()
	p.noteEffects()
	return nil
}

// decideAmbiguous holds whatever would be created, adopted or uploaded where it
// cannot be told which of several things is meant; the rest keeps its row.
func (p *pair) decideAmbiguous() {
	switch p.row.act {
	case actCreate, actAdopt, actAdoptFrozen:
		p.row = rowNamed("unknown")
		p.holdCreate(OnMailbox, "duplicate_match")
	case actUpload:
		p.row = rowNamed("upload-blind")
		p.holdCreate(OnSalesforce, "duplicate_match")
	default:
		p.carryOut(p.row)
		return
	}
	p.note("duplicate_match", "", p)
}

func rowNamed(name string) *Row {
	for i := range Table {
		if Table[i].Name == name {
			return &Table[i]
		}
	}
	panic("engine: no row named " + name) // a constant of this package, covered by tests
}

func (p *pair) carryOut(row *Row) {
	switch row.act {
	case actNothing:
		p.counted = countUnchanged
	case actCreate:
		p.create()
	case actSkip:
		p.skipRecord()
	case actUnknown:
		p.holdCreate(OnMailbox, p.unknownCode())
	case actAdopt:
		p.adopt()
	case actAdoptFrozen:
		p.linkOp(OpLink, row.Code, p.newLink(state.LinkFrozen))
	case actUpload:
		p.upload()
	case actUploadBlind:
		p.holdCreate(OnSalesforce, row.Code)
	case actPersonal:
		p.counted = countPersonal
	case actBlind:
		p.blind()
	case actMovedOut:
		p.movedOutAct()
	case actDrop:
		p.drop(row.Code)
	case actUpdate:
		p.update()
	case actLeave:
		p.leave()
	case actForget:
		p.forget()
	case actRemove:
		p.remove()
	case actRestore:
		p.restore(row.Code, p.keptOrigin())
	case actRelease:
		p.release(row.Code, p.keptOrigin())
	case actWithdraw:
		p.withdraw()
	case actKeepEdited:
		p.retire(row.Code)
		p.note("edited_copy_kept", "", p)
	case actRejoin:
		p.rejoin()
	case actRest:
		p.rest()
	case actRetire:
		p.retire(row.Code)
		p.note("orphaned_copies", "", p)
	}
}

// create makes a copy in the mailbox.
func (p *pair) create() {
	op := p.op(OpCreate, OnMailbox, p.reason(p.row.Code, p.switchOrigin()))
	op.Effect.NewItem = p.cmp.newItem(p.rec, p.snap.Markers)
	op.Effect.Link = &state.Link{Kind: p.kind, RecordID: p.rec.ID, State: state.LinkActive, Born: state.Salesforce}
	op.Changes = p.changesOfNew(op.Effect.NewItem)
	op.Occurrences = p.occurrences(p.rec)
	op.Link = "active"
}

// skipRecord lists what is the user's own business and counts the rest.
func (p *pair) skipRecord() {
	if !p.ownBusiness() {
		p.counted = countOthers
		return
	}
	code := p.failing()
	reason := p.reason("downsync_off", p.switchOrigin())
	if p.facts.On {
		reason = p.checkReason()
		reason.Code = code
	}
	p.skip(reason)
}

// ownBusiness: owned or taken part in.
func (p *pair) ownBusiness() bool {
	if ownedBy(p.rec, p.user) == state.True {
		return true
	}
	_, invited := p.rec.Invitee(p.user.ID)
	return invited
}

func (p *pair) unknownCode() string {
	if p.verdict.fact == Undecided {
		return "verdict_unknown"
	}
	return "mailbox_incomplete"
}

// holdCreate shows a creation that is held for what cannot be told.
func (p *pair) holdCreate(on Target, code string) {
	reason := p.reason(code, p.switchOrigin())
	if code == "verdict_unknown" {
		reason = p.checkReason()
		reason.Code = code
	}
	op := p.op(OpCreate, on, reason)
	if on == OnMailbox {
		op.Changes = p.changesOfNew(p.cmp.newItem(p.rec, p.snap.Markers))
	} else {
		op.Changes = p.changesOfNew(p.cmp.newRecord(p.itm))
	}
	op.holdFor(reason)
}

func (op *Operation) holdFor(r Reason) {
	op.Held = true
	by := r
	op.HeldBy = &by
}

// newLink is a link of the pair's record and matching item.
func (p *pair) newLink(s state.LinkState) *state.Link {
	return &state.Link{Kind: p.kind, RecordID: p.rec.ID, ItemID: p.itm.ID, State: s, Born: state.Mailbox,
		Base: p.cmp.compare(nil, p.rec, p.itm).base}
}

// adopt links what matches, then compares.
func (p *pair) adopt() {
	p.diff = p.cmp.compare(nil, p.rec, p.itm)
	link := p.newLink(state.LinkActive)
	if p.match == ItemUnmarkedMatch {
		link.Adopted = p.itm
	}
	p.linkOp(OpLink, p.row.Code, link)
	p.updateAfter(link)
}

// updateAfter appends the updates of the active row that follows an adopt or a
// rejoin, under that row's name.
func (p *pair) updateAfter(link *state.Link) {
	row := p.row
	follow, err := Find(Facts{Link: ActiveLink, Record: p.recordFact(), Item: p.itemFact(), Verdict: In, On: p.facts.On, Role: p.facts.Role, Kept: p.facts.Kept})
	if err == nil && follow.act == actUpdate {
		p.row = follow
		p.updateFields(link)
	}
	p.row = row
	p.counted = notCounted
}

// upload creates a record for an unlinked item.
func (p *pair) upload() {
	if s := p.stop(upUpload); s != nil {
		p.skip(Reason{Code: s.code, Text: s.text, Policy: refTo(s.origin)})
		return
	}
	p.applyUpRules()
	p.uploading = p.up.hold == nil
	op := p.op(OpCreate, OnSalesforce, p.reason(p.row.Code, p.origin("upsync")))
	op.Effect.NewRecord = p.cmp.newRecord(p.itm)
	op.Effect.Link = &state.Link{Kind: p.kind, ItemID: p.itm.ID, State: state.LinkActive, Born: state.Mailbox}
	op.Changes = p.changesOfNew(op.Effect.NewRecord)
	op.Occurrences = p.occurrences(p.itm)
	op.Link = "active"
}

// blind holds what the visible change would give if the unseen side were as last
// agreed and the unknown verdict in; without a visible change it is counted.
func (p *pair) blind() {
	code := p.blindCode()
	as := p.facts
	if as.Record == RecordUnseen {
		as.Record, as.Verdict = RecordSame, In
	}
	if as.Item == ItemUnseen {
		as.Item = ItemSame
	}
	if as.Record == RecordSame || as.Record == RecordChanged {
		if as.Link == FrozenLink {
			as.Verdict = Out
		} else if as.Verdict != Out {
			as.Verdict = In
		}
	}
	// Leaving the scope is a change only if the record changed; the clock alone moves nothing that can be seen.
	if row, err := Find(as); err == nil && !(row.act == actLeave && as.Record != RecordChanged) && (p.rec != nil && p.itm != nil || as.Record == RecordDeleted || as.Item == ItemDeleted || as.Item == ItemMoved) {
		p.actAs(row, as)
	}
	if p.maybeSync {
		p.note("undecided", "", p)
	}
	p.skipped = nil
	if len(p.ops) == 0 {
		p.counted = countUnseen
		return
	}
	p.counted = notCounted
	reason := p.reason(code, p.switchOrigin())
	if code == "verdict_unknown" {
		reason = p.checkReason()
		reason.Code = code
	}
	for i := range p.ops {
		p.ops[i].Reason, p.ops[i].Row = reason, p.row.Name
		p.ops[i].holdFor(reason)
	}
}

// actAs carries out another row's acts, under other facts, without its findings.
func (p *pair) actAs(row *Row, facts Facts) {
	keepRow, keepFacts, keepQuiet := p.row, p.facts, p.quiet
	p.row, p.facts, p.quiet = row, facts, true
	p.carryOut(row)
	p.row, p.facts, p.quiet = keepRow, keepFacts, keepQuiet
}

func (p *pair) blindCode() string {
	switch {
	case p.facts.Record == RecordUnseen:
		return "record_unseen"
	case p.facts.Item == ItemUnseen:
		return "item_unseen"
	}
	return "verdict_unknown"
}

// movedOutAct retires the link; under when_moved = "delete" it first does what a
// deletion by the person would do in Salesforce, if nothing stands against it.
func (p *pair) movedOutAct() {
	moved, _ := p.settings.ForKind(p.kind, "when_moved")
	if moved.Text == "delete" && p.facts.Link == ActiveLink && p.facts.Record == RecordSame && p.facts.Verdict == In && !p.facts.Kept {
		act, op := p.removal()
		if p.stop(act) == nil {
			p.salesforceRemoval(op, p.reason(p.row.Code, moved.Origin), p.retiredLink())
			return
		}
	}
	p.unlinkOp(p.reason(p.row.Code, moved.Origin), p.retiredLink())
}

// removal is what the person's deletion means in Salesforce.
func (p *pair) removal() (upAct, Op) {
	if p.facts.Role == Invited {
		return upDecline, OpDecline
	}
	return upDelete, OpDelete
}

func (p *pair) salesforceRemoval(op Op, reason Reason, after *state.Link) {
	o := p.op(op, OnSalesforce, reason)
	o.Effect.Link = after
	o.Link = linkName(after)
	if op == OpDelete {
		o.Notifies = p.notified(p.itm, p.rec)
	}
}

// remove carries the person's deletion to Salesforce, unless it is stopped (then
// the copy comes back, or the link is dropped) or the record changed since.
func (p *pair) remove() {
	act, op := p.removal()
	if s := p.stop(act); s != nil {
		p.noteStop(s)
		p.undo(s)
		return
	}
	reason := p.reason(p.row.Code, p.keptOrigin())
	switch {
	case op == OpDecline:
		p.salesforceRemoval(op, reason, p.retiredLink())
	case p.facts.Record == RecordChanged && p.facts.On:
		p.restore(p.row.Code, p.keptOrigin())
	case p.facts.Record == RecordChanged:
		p.release(p.row.Code, p.keptOrigin())
	default:
		p.salesforceRemoval(op, reason, nil)
	}
}

// undo goes on from a stopped deletion or decline as restore or release would,
// with the stop's code.
func (p *pair) undo(s *holding) {
	if p.facts.On {
		p.row = rowNamed("restore")
		p.restore(s.code, s.origin)
		return
	}
	p.row = rowNamed("release")
	p.release(s.code, s.origin)
}

// restore makes the copy again under the same link. A cancelled meeting and a
// declined one are not brought back: the link is retired.
func (p *pair) restore(code string, origin policies.Origin) {
	reason := p.reason(code, origin)
	if p.everCancelled() || p.kind == state.Event && p.everDeclined() {
		p.unlinkOp(reason, p.retiredLink())
		return
	}
	op := p.op(OpRestore, OnMailbox, reason)
	link := *p.link
	link.State, link.ItemID, link.RecordID, link.Base, link.Adopted = state.LinkActive, "", p.recordID, nil, nil
	op.Effect.Link = &link
	op.Link = "active"
	if p.rec == nil {
		return // a record no capture has shown: held, whatever it holds
	}
	op.Effect.NewItem = p.cmp.newItem(p.rec, p.snap.Markers)
	op.Changes = p.changesOfNew(op.Effect.NewItem)
	op.Occurrences = p.occurrences(p.rec)
}

// release keeps the record and drops the link; a cancelled meeting's is retired.
func (p *pair) release(code string, origin policies.Origin) {
	if p.everCancelled() {
		p.unlinkOp(p.reason(code, origin), p.retiredLink())
		return
	}
	p.unlinkOp(p.reason(code, origin), nil)
}

// everCancelled also counts what a deleted copy last showed: an invitation that
// was cancelled and then deleted stays away.
func (p *pair) everCancelled() bool {
	return p.cancelled || p.itm != nil && p.itm.Value(state.AttrCancelled).Bool()
}

func (p *pair) drop(code string) { p.unlinkOp(p.reason(code, p.switchOrigin()), nil) }

func (p *pair) retire(code string) { p.unlinkOp(p.reason(code, p.switchOrigin()), p.retiredLink()) }

// leave: the record left the scope. With the switch on and an unedited copy that
// the person did not put out of scope themselves, when_out decides; else freeze.
func (p *pair) leave() {
	whenOut, _ := p.settings.ForKind(p.kind, "when_out")
	reason, sub := p.outReason(whenOut), ""
	if whenOut.Text == "remove" || whenOut.Text == "remove_if_born_in_salesforce" {
		but := p.keepsDespite(whenOut)
		if but == "" {
			p.mailboxDelete(reason).Effect.WhenOut = refTo(whenOut.Origin)
			return
		}
		reason.Text += ", but " + but
		if whenOut.Text == "remove" { // nothing stricter can be set
			sub = "kept"
		}
	}
	frozen := p.linkIn(state.LinkFrozen)
	op := p.op(OpFreeze, OnLink, reason)
	op.Effect.Link = frozen
	op.Link = "frozen"
	p.note("frozen_copies", sub, p)
}

// keepsDespite says why a copy that left the scope stays although when_out would remove
// it; "" if it does not.
func (p *pair) keepsDespite(whenOut policies.Resolved) string {
	switch {
	case whenOut.Text == "remove_if_born_in_salesforce" && p.link.Born != state.Salesforce:
		return "the copy was not born in Salesforce"
	case whenOut.Text == "remove_if_born_in_salesforce" && !p.bornUnattended():
		return "the event has attendees, or may have"
	case !p.facts.On:
		return p.kind.Plural() + ".downsync is off"
	case p.facts.Item != ItemSame:
		return "the copy was edited, or may have been"
	case p.putThereByItem():
		return "what the person did to the copy put it there"
	}
	return ""
}

// bornUnattended: a copy born in Salesforce without attendees, as the item lists
// them. An attendee list that was not recorded, or is cut short, counts as one
// with attendees.
func (p *pair) bornUnattended() bool {
	return p.link.Born == state.Salesforce && (p.kind != state.Event || p.unattended())
}

func (p *pair) unattended() bool {
	if p.itm == nil {
		return false
	}
	v := p.itm.Value(state.AttrAttendees)
	if !v.IsRecorded() || p.itm.AttendeesTruncated {
		return false
	}
	return len(v.People()) == 0
}

// putThereByItem: the record is where it is because of the item's own edit or
// upload: the sync wrote it last, or made it and nobody touched it since.
func (p *pair) putThereByItem() bool {
	if p.rec == nil || p.facts.Record == RecordChanged {
		return false
	}
	created, modified := p.rec.Value(state.AttrCreated), p.rec.Value(state.AttrModified)
	return p.rec.BySync == state.True ||
		p.link.Born == state.Mailbox && created.IsKnown() && modified.IsKnown() && created.Equal(modified)
}

func (p *pair) mailboxDelete(reason Reason) *Operation {
	op := p.op(OpDelete, OnMailbox, reason)
	op.Effect.Link = nil
	op.Link = "none"
	op.Notifies = p.notified(p.itm)
	return op
}

// forget: the copy went while the record was out of scope. Nothing propagates; a
// record that will enter the window by itself is not made again.
func (p *pair) forget() {
	reason := p.reason(p.row.Code, p.checkOrigin())
	if p.failing() == "after_window" {
		p.unlinkOp(reason, p.retiredLink())
		return
	}
	p.unlinkOp(reason, nil)
}

// withdraw: the record was deleted.
func (p *pair) withdraw() {
	if p.facts.On && (p.kind != state.Event || p.bornUnattended()) {
		p.mailboxDelete(p.reason(p.row.Code, p.switchOrigin()))
		return
	}
	p.retire(p.row.Code)
	p.note("orphaned_copies", "", p)
}

// rejoin: a frozen link's record is back in scope.
func (p *pair) rejoin() {
	if p.facts.Item == ItemDeleted {
		p.restore(p.row.Code, p.switchOrigin())
		return
	}
	link := p.linkIn(state.LinkActive)
	p.linkOp(OpReactivate, p.row.Code, link)
	p.updateAfter(link)
}

func (p *pair) rest() {
	p.counted = countUnchanged
	if p.facts.Item == ItemChanged {
		p.note("frozen_copies", "edited", p)
	}
}

// linkIn is the pair's link in another state.
func (p *pair) linkIn(s state.LinkState) *state.Link {
	link := *p.link
	link.State, link.RecordID = s, p.recordID
	if p.diff.base != nil {
		link.Base = p.diff.base
	}
	return &link
}

func (p *pair) retiredLink() *state.Link { return p.linkIn(state.LinkRetired) }
