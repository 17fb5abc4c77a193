package engine

import (
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
	"weir/state/recur"
)

// pair is one case a session decides: a linked record and item, a record and
// what matches it, or an unlinked item alone.
type pair struct {
	*desk
	kind state.Kind
	link *state.Link // nil without a link
	evidence
	rec, itm *state.Item // present or last seen values; nil where never shown

	match     ItemFact // ItemMarkedMatch or ItemUnmarkedMatch where an unlinked item matches
	ambiguous bool     // more than one partner on either side
	uploading bool     // the item goes up in this session, so it may be named

	diff    diff
	seen    cond.Subject // what conditions on the record see, see recordSubject
	near    *nearest     // of a series
	verdict verdict
	down    ruling // what down rules say of the record
	up      ruling // what up rules say of the item
	facts   Facts
	row     *Row

	ops     []Operation
	skipped []Skipped
	counted count
}

// count says under which number a pair without rows is counted.
type count uint8

const (
	notCounted count = iota
	countUnchanged
	countUnseen
	countOthers
	countPersonal
)

// newPair begins a pair. Where nobody keeps pairs and each is done with before the next
// is begun, all are made in the same place: a draft makes one for every link and item,
// and what it says of them stands in operations, rows and notes.
func (d *desk) newPair(kind state.Kind) *pair {
	p := d.scratch
	if p == nil {
		p = &pair{}
	}
	*p = pair{desk: d, kind: kind}
	return p
}

// linkedPair gathers the evidence about a link; fillFacts makes facts of it.
func (d *desk) linkedPair(link *state.Link) *pair {
	p := d.newPair(link.Kind)
	p.link, p.evidence = link, d.weigh(link)
	if p.record != nil {
		p.rec = p.record.Item()
	}
	if p.item != nil {
		p.itm = p.item.Item()
	}
	p.compareSides()
	p.facts = Facts{Link: linkFact(link.State), Record: p.recordFact(), Item: p.itemFact()}
	return p
}

// compareSides finds out what changed on either side since they last agreed.
func (p *pair) compareSides() {
	if p.rec == nil || p.itm == nil {
		p.diff.base = p.link.Base
		// Of what is gone and was never seen nobody knows what the other side agreed with: that
		// may be an edit, and an edit survives.
		if p.link.Base == nil {
			p.diff.recordChanged = p.rec != nil && p.itemState == state.Deleted
			p.diff.itemChanged = p.itm != nil && p.recordState == state.Deleted
		}
		return
	}
	base := p.link.Base
	if base == nil {
		base = p.cmp.deriveBase(p.record, p.item)
	}
	p.diff = p.cmp.compare(base, p.rec, p.itm)
	p.diff.rebased = p.diff.rebased || p.link.Base == nil
}

// fillFacts adds to what is known of the two sides what the settings and the
// verdict say.
func (p *pair) fillFacts() {
	p.facts.On = p.switchOn()
	p.facts.Role = p.role()
	p.facts.Kept = p.kept()
	switch p.facts.Record {
	case RecordSame, RecordChanged:
		p.verdict = p.judge()
		p.facts.Verdict = p.verdict.fact
	case RecordGone:
		p.verdict = verdict{fact: Out, decisive: -1}
		p.facts.Verdict = Out
	default:
		p.verdict = verdict{fact: NoVerdict, decisive: -1}
	}
}

func linkFact(s state.LinkState) LinkFact {
	switch s {
	case state.LinkActive:
		return ActiveLink
	case state.LinkFrozen:
		return FrozenLink
	case state.LinkRetired:
		return RetiredLink
	}
	return NoLink
}

func (p *pair) recordFact() RecordFact {
	switch p.recordState {
	case state.Live:
		if p.diff.recordChanged {
			return RecordChanged
		}
		return RecordSame
	case state.Deleted:
		return RecordDeleted
	case state.Gone:
		return RecordGone
	}
	return RecordUnseen
}

func (p *pair) itemFact() ItemFact {
	switch p.itemState {
	case state.Live:
		if p.diff.itemChanged {
			return ItemChanged
		}
		return ItemSame
	case state.Deleted:
		return ItemDeleted
	case state.Moved:
		return ItemMoved
	}
	return ItemUnseen
}

// role is what the user is to the event; contacts and tasks are plain.
func (p *pair) role() RoleFact {
	switch {
	case p.kind != state.Event:
		return Plain
	case p.cmp.isOwn(p.rec, p.itm):
		return Own
	}
	return Invited
}

func (p *pair) switchOn() bool {
	r, _ := p.settings.ForKind(p.kind, "downsync")
	return r.Bool
}

func (p *pair) switchOrigin() policies.Origin { return p.origin("downsync") }

// origin is where a per-kind setting of the pair's kind was set.
func (p *pair) origin(name string) policies.Origin {
	r, _ := p.settings.ForKind(p.kind, name)
	return r.Origin
}

// kept reports that the person's deletions do not go up: forbid to remove, or
// events.removal = keep.
func (p *pair) kept() bool {
	if p.kind == state.Event {
		return p.settings.Get(policies.EventsRemoval).Text == "keep"
	}
	r, _ := p.settings.ForKind(p.kind, "forbid_to_remove")
	return r.Bool
}

func (p *pair) keptOrigin() policies.Origin {
	if p.kind == state.Event {
		return p.origin("removal")
	}
	return p.origin("forbid_to_remove")
}

// recordPair gathers the facts about a live record without a link.
func (d *desk) recordPair(o *state.Object, m *matches) *pair {
	p := d.newPair(o.Kind)
	p.record, p.rec, p.recordState, p.recordID = o, o.Item(), state.Live, o.ID
	p.facts = Facts{Record: RecordSame, Item: p.unlinkedItemFact(m)}
	p.fillFacts()
	return p
}

// unlinkedItemFact is what is known of an item for an unlinked record: one that
// matches, none, or that it cannot be told.
func (p *pair) unlinkedItemFact(m *matches) ItemFact {
	partners := m.ofRecord[p.record.ID]
	p.ambiguous = m.ambiguous(p.record.ID)
	if len(partners) > 0 {
		p.match = ItemUnmarkedMatch
		for _, o := range partners {
			if p.snap.Markers.Marked(o.Item()) == state.True {
				p.match = ItemMarkedMatch
			}
		}
		p.item, p.itm, p.itemState = partners[0], partners[0].Item(), state.Live
		return p.match
	}
	if m.shadowed[p.record.ID] || !p.mailboxCovers() {
		return ItemUnseen
	}
	return ItemNone
}

// mailboxCovers reports whether the mailbox captures would have shown an item
// for the record: complete, and for events with its dates inside their bounds.
func (p *pair) mailboxCovers() bool {
	c := &p.box.Items[p.kind].Coverage
	if !c.Complete {
		return false
	}
	if c.Bounds == nil || p.kind != state.Event {
		return true
	}
	if p.rec.Series != nil {
		return p.seriesWithin(c.Bounds)
	}
	first, last := p.span(p.rec)
	if !first.IsKnown() || !last.IsKnown() {
		return false
	}
	return c.Bounds.Overlaps(first.Day().Midnight(p.zone), last.Day().AddDays(1).Midnight(p.zone))
}

// seriesWithin reports an occurrence that a view of the range would have shown:
// one on a day that lies wholly inside it.
func (p *pair) seriesWithin(b *state.Bounds) bool {
	from, to := state.DateOf(b.From, p.zone), state.DateOf(b.To, p.zone).AddDays(-1)
	if from.Midnight(p.zone).Before(b.From) {
		from++
	}
	if b.From.IsZero() && b.To.IsZero() || from > to {
		return false
	}
	place, err := recur.Locate(p.rec, p.zone, from, to)
	return err == nil && place.Count > 0
}

// itemPair gathers the facts about a live item without link or match.
func (d *desk) itemPair(o *state.Object, m *matches, duplicate bool) *pair {
	p := d.newPair(o.Kind)
	p.item, p.itm, p.itemState = o, o.Item(), state.Live
	p.facts = Facts{Record: RecordNone, Item: ItemPlain}
	if !d.recordsComplete(o.Kind) {
		p.facts.Record = RecordUnseen
	}
	if !duplicate && p.meetsPattern() {
		p.facts.Item = ItemPattern
		p.ambiguous = m.ambiguousItem(o.ID)
	}
	p.facts.On, p.facts.Role = p.switchOn(), p.role()
	return p
}

// meetsPattern reports whether the item is one the sync would upload. With
// upsync off the pattern is that of marked, so that what is stopped is shown. An
// item whose mark cannot be told is left alone, and a finding says so.
func (p *pair) meetsPattern() bool {
	it := p.itm
	if it.Value(state.AttrCancelled).Bool() {
		return false
	}
	switch p.snap.Markers.Marked(it) {
	case state.True:
		return true
	case state.Unknown:
		p.note("incomplete_capture", "marks", p)
	}
	r, _ := p.settings.ForKind(p.kind, "upsync")
	return p.kind == state.Event && r.Text == "auto" && p.meetsAuto()
}

// meetsAuto: inside the window, not private, not declined, and an attendee
// outside the organisation's domains. Whatever cannot be told is not met.
func (p *pair) meetsAuto() bool {
	it := p.itm
	if p.snap.Markers.Unsynced(it) || it.Value(state.AttrPrivate).Truth() != state.False ||
		it.Value(state.AttrResponse).Text() == "declined" {
		return false
	}
	p.seen = p.subject(it, nil, nil)
	p.seen.Facts = p
	if in, _ := p.eventWindow().Eval(&p.seen); in != state.True {
		return false
	}
	for _, a := range it.Value(state.AttrAttendees).People() {
		if p.outside(a.Email) {
			return true
		}
	}
	return false
}
