package engine

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"weir/state"
)

// This file turns what was decided into the plan's plain data, within the
// privacy of output: private events are shown as "(private)", bodies as lengths.

const privateTitle = "(private)"

// op starts an operation of the pair.
func (p *pair) op(op Op, on Target, reason Reason) *Operation {
	p.ops = append(p.ops, Operation{
		Op: op, On: on, Kind: p.kind.String(), RecordID: p.shownRecordID(), ItemID: p.shownItemID(op, on),
		Title: p.title(), Changes: []Change{}, Row: p.row.Name, Reason: reason,
		Effect: &Effect{User: p.user, Kind: p.kind, Record: p.record, Item: p.item, Old: p.link},
	})
	return &p.ops[len(p.ops)-1]
}

// shownRecordID is the record's id; "" for what has none yet.
func (p *pair) shownRecordID() string {
	if p.link != nil && p.recordID != "" {
		return p.recordID
	}
	if p.rec != nil {
		return p.rec.ID
	}
	return ""
}

// shownItemID is the item's id as it is before the operation.
func (p *pair) shownItemID(op Op, on Target) string {
	switch {
	case p.link != nil:
		return p.link.ItemID
	case p.itm != nil && !(op == OpCreate && on == OnMailbox):
		return p.itm.ID
	}
	return ""
}

// linkOp is an operation on the link alone.
func (p *pair) linkOp(op Op, code string, link *state.Link) {
	o := p.op(op, OnLink, p.linkReason(code))
	o.Effect.Link = link
	o.Link = linkName(link)
}

func (p *pair) linkReason(code string) Reason {
	if code == "matched_out_of_scope" {
		r := p.checkReason()
		return Reason{Code: code, Text: p.reasonText(code) + ": " + r.Text, Policy: r.Policy}
	}
	return p.reason(code, p.switchOrigin())
}

// unlinkOp drops the link, or retires it when after is not nil.
func (p *pair) unlinkOp(reason Reason, after *state.Link) {
	o := p.op(OpUnlink, OnLink, reason)
	o.Effect.Link = after
	o.Link = linkName(after)
}

func linkName(l *state.Link) string {
	if l == nil {
		return state.LinkNone.String()
	}
	return l.State.String()
}

// skip lists the pair as something of the user's own that is not synced.
func (p *pair) skip(reason Reason) {
	s := Skipped{Kind: p.kind.String(), RecordID: p.shownRecordID(), Title: p.title(), Row: p.row.Name, Reason: reason}
	if p.link != nil || p.row.act == actUpdate || p.facts.Record == RecordNone || p.facts.Record == RecordUnseen {
		s.ItemID = p.shownItemID("", "")
	}
	p.skipped = append(p.skipped, s)
}

// unmarkedTitle stands for what is neither linked nor marked: such things are
// counted, never named, unless they are sent to Salesforce.
const unmarkedTitle = "(not marked)"

// personsOwn reports an unlinked, unmarked item that this session leaves with its
// owner.
func (p *pair) personsOwn() bool {
	return p.link == nil && p.rec == nil && p.itm != nil && !p.uploading && p.snap.Markers.Marked(p.itm) != state.True
}

// Title names a linked thing by its sides as they are known, as plans do: a private
// one is not named unless asked for.
func Title(showPrivate bool, sides ...*state.Item) string {
	title := ""
	for _, it := range sides {
		if isPrivate(it) && !showPrivate {
			return privateTitle
		}
		if it != nil && title == "" {
			title = it.Title()
		}
	}
	return orElse(title, "(no subject)")
}

// title is what people call the thing.
func (p *pair) title() string {
	switch {
	case p.opts.ShowPrivate:
	case p.private():
		return privateTitle
	case p.personsOwn():
		return unmarkedTitle
	}
	for _, it := range [...]*state.Item{p.rec, p.itm} {
		if it != nil && it.Title() != "" {
			return it.Title()
		}
	}
	switch {
	case p.kind == state.Contact:
		return p.nameless()
	case p.rec == nil && p.itm == nil:
		return "(not captured)"
	}
	return "(no subject)"
}

// nameless is what a contact without a name is called: an address, or so.
func (p *pair) nameless() string {
	for _, it := range [...]*state.Item{p.rec, p.itm} {
		if it == nil {
			continue
		}
		for _, a := range [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrCompany} {
			if v := it.Value(a); v.IsKnown() {
				return v.Text()
			}
		}
	}
	return "(no name)"
}

// changesOfNew lists the fields a new item or record starts with.
func (p *pair) changesOfNew(it *state.Item) []Change {
	out := []Change{}
	for _, a := range comparedFields[p.kind] {
		if a == state.AttrResponse && it.Side == state.Mailbox {
			continue // the person's own answer: it goes up only
		}
		if to := p.shown(it, a); !isNothing(to) {
			out = append(out, Change{Field: a.String(), To: to})
		}
	}
	return out
}

// isNothing reports a shown value that a new thing has without being told.
func isNothing(shown any) bool {
	switch v := shown.(type) {
	case nil:
		return true
	case bool:
		return !v
	case []string:
		return len(v) == 0
	}
	return false
}

// changes lists what an update writes.
func (p *pair) changes(before, after *state.Item, fields []fieldDiff) []Change {
	out := make([]Change, 0, len(fields))
	for _, f := range fields {
		out = append(out, Change{Field: f.attr.String(), From: p.shown(before, f.attr), To: p.shown(after, f.attr)})
	}
	return out
}

// shown is a field's value as output shows it: null, text, bool or a list of
// texts.
func (p *pair) shown(it *state.Item, a state.Attr) any {
	v := it.Value(a)
	switch a {
	case state.AttrBody:
		return p.shownBody(v)
	case state.AttrStart, state.AttrEnd:
		v = spanEnd(it, a)
	case state.AttrResponse:
		if it.Side == state.Salesforce {
			v = p.cmp.response(it, false)
		}
	}
	if !v.IsKnown() {
		return nil
	}
	if !p.opts.ShowPrivate && revealing(a) {
		switch {
		case p.private():
			return privateTitle
		case p.personsOwn():
			return unmarkedTitle
		}
	}
	switch v.Type() {
	case state.Bool:
		return v.Bool()
	case state.People:
		list := make([]string, 0, len(v.People()))
		for _, person := range v.People() {
			list = append(list, person.Email)
		}
		return list
	case state.Instant:
		return v.Instant().Format(time.RFC3339)
	}
	return v.String()
}

// revealing reports the fields that say what a private event is about.
func revealing(a state.Attr) bool {
	return a == state.AttrTitle || a == state.AttrLocation || a == state.AttrAttendees
}

func (p *pair) shownBody(v state.Value) any {
	switch {
	case !v.IsKnown():
		return nil
	case p.opts.ShowPrivate:
		return v.Text()
	}
	n := utf8.RuneCountInString(v.Text())
	return plural(n, "character")
}

// others are the attendees of an event besides the user, by address.
func (p *pair) others(it *state.Item) []string {
	var out []string
	for _, a := range it.Value(state.AttrAttendees).People() {
		address := strings.ToLower(a.Email)
		if address != "" && address != p.user.Address && address != strings.ToLower(p.user.Value(state.UserEmail).Text()) {
			out = append(out, address)
		}
	}
	return out
}

// notified counts the people on the given sides who would get a cancellation when
// the event is deleted; only its organiser's deletion sends one.
func (p *pair) notified(sides ...*state.Item) int {
	if p.kind != state.Event || p.facts.Role != Own {
		return 0
	}
	n := 0
	for _, it := range sides {
		if it != nil {
			n = max(n, len(p.others(it)))
		}
	}
	return n
}

// outside reports an address beyond the organisation's domains. Without recorded
// domains nobody is outside.
func (d *desk) outside(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || len(d.snap.Organization.EmailDomains) == 0 {
		return false
	}
	domain := address[at+1:]
	for _, own := range d.snap.Organization.EmailDomains {
		if strings.EqualFold(domain, own) {
			return false
		}
	}
	return true
}

// number gives the operations of a user their ids, unique within the session.
func number(session int, user string, ops []Operation) {
	taken := map[string]int{}
	for i := range ops {
		op := &ops[i]
		id := op.RecordID
		if id == "" {
			id = op.ItemID
		}
		name := fmt.Sprintf("%d/%s/%s/%s/%s", session, user, op.Kind, id, op.Op)
		if taken[name]++; taken[name] > 1 {
			name += "/" + string(op.On)
		}
		op.ID = name
	}
}
