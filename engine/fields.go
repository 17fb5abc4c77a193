package engine

import (
	"slices"
	"strings"
	"time"

	"weir/state"
)

// This file compares the two sides of a link, field by field (5.5 of the
// contract): which fields differ, and which side changed since they last agreed.
//
// Values are compared in a canonical form in which the services' different
// words for one thing are equal: priorities high/normal/low, a task's status as
// open or completed, show-as as free/busy/oof, addresses in lower case. What
// both sides held when they agreed is kept as a pair of canonical values
// (state.Base), because some differences are never written and count as agreed.

// comparedFields are the fields the sync compares and writes, in output order.
var comparedFields = [4][]state.Attr{
	state.Contact: {state.AttrFirstName, state.AttrLastName, state.AttrEmail, state.AttrEmail2, state.AttrEmail3,
		state.AttrPhone, state.AttrMobile, state.AttrCompany, state.AttrJobTitle},
	state.Task: {state.AttrTitle, state.AttrClosed, state.AttrStatus, state.AttrPriority, state.AttrDue, state.AttrBody},
	state.Event: {state.AttrTitle, state.AttrStart, state.AttrEnd, state.AttrAllDay, state.AttrLocation, state.AttrPrivate,
		state.AttrBody, state.AttrShowAs, state.AttrResponse, state.AttrAttendees},
}

// comparer compares the two sides for one user.
type comparer struct {
	user *state.User
	dir  *state.Directory
	// knows reports whether Salesforce can hold an attendee's address.
	knows func(address string) bool
}

// fieldDiff is one field in which the two sides differ and at least one side
// changed since they agreed.
type fieldDiff struct {
	attr                       state.Attr
	recordChanged, itemChanged bool
	neverAgreed                bool
	// addDown, addUp and removeUp are the attendees' differences.
	addDown, addUp, removeUp []string
}

// diff is the whole comparison. Base is the agreement as it now stands: the old
// one, plus every field found equal and every difference that is never written.
type diff struct {
	fields                     []fieldDiff
	recordChanged, itemChanged bool
	base                       *state.Base
	rebased                    bool // base differs from the one given
}

// compare compares a record and an item that are linked. The base may be nil:
// nothing was ever agreed. It is not changed.
func (c *comparer) compare(base *state.Base, record, item *state.Item) diff {
	d := diff{base: base}
	if base == nil {
		d.base, d.rebased = state.NewBase(), true
	}
	own := c.isOwn(record, item)
	for _, a := range comparedFields[record.Kind] {
		r, i := c.canonical(record, item, a, own), c.canonical(item, record, a, own)
		if !r.IsRecorded() || !i.IsRecorded() {
			continue
		}
		if a == state.AttrAttendees {
			c.compareAttendees(&d, r, i, own)
			continue
		}
		c.compareField(&d, a, r, i)
	}
	d.spanTogether()
	d.statusWithClosed()
	for _, f := range d.fields {
		d.recordChanged = d.recordChanged || f.recordChanged
		d.itemChanged = d.itemChanged || f.itemChanged
	}
	return d
}

// spanTogether makes an event's start, end and whole-day flag one decision where the
// flag differs and both sides changed one of them: a time of one side with the other
// side's whole day is no span at all.
func (d *diff) spanTogether() {
	var record, item, allDay bool
	for _, f := range d.fields {
		if IsSpan(f.attr) {
			record, item = record || f.recordChanged, item || f.itemChanged
			allDay = allDay || f.attr == state.AttrAllDay
		}
	}
	if !record || !item || !allDay {
		return
	}
	for i := range d.fields {
		if IsSpan(d.fields[i].attr) {
			d.fields[i].recordChanged, d.fields[i].itemChanged = true, true
		}
	}
}

// statusWithClosed lets a task's status go where its being closed goes: what is compared
// of a status is whether it is that of a closed task.
func (d *diff) statusWithClosed() {
	closed := slices.IndexFunc(d.fields, func(f fieldDiff) bool { return f.attr == state.AttrClosed })
	status := slices.IndexFunc(d.fields, func(f fieldDiff) bool { return f.attr == state.AttrStatus })
	if closed >= 0 && status >= 0 {
		d.fields[status].recordChanged, d.fields[status].itemChanged = d.fields[closed].recordChanged, d.fields[closed].itemChanged
	}
}

// IsSpan: one of the fields that together say when an event is.
func IsSpan(a state.Attr) bool {
	return a == state.AttrStart || a == state.AttrEnd || a == state.AttrAllDay
}

func (c *comparer) compareField(d *diff, a state.Attr, r, i state.Value) {
	if r.Equal(i) {
		d.agree(a, r, i)
		return
	}
	f := fieldDiff{attr: a, recordChanged: true, itemChanged: true, neverAgreed: !d.base.Has(a)}
	if !f.neverAgreed {
		f.recordChanged = !r.Equal(d.base.Record[a])
		f.itemChanged = !i.Equal(d.base.Item[a])
	}
	if a == state.AttrResponse {
		// The user's answer goes up only: whatever Salesforce says instead is never
		// written down and counts as agreed, and silence is no answer to send.
		if !f.itemChanged || i.Text() == "none" && f.neverAgreed {
			d.agree(a, r, i)
			return
		}
		f.recordChanged = false
	}
	if f.recordChanged || f.itemChanged {
		d.fields = append(d.fields, f)
	}
}

// agree notes that a field agrees as it stands.
func (d *diff) agree(a state.Attr, r, i state.Value) {
	if d.base.Has(a) && d.base.Record[a].Equal(r) && d.base.Item[a].Equal(i) {
		return
	}
	if !d.rebased {
		d.base, d.rebased = d.base.Clone(), true
	}
	d.base.Agree(a, r, i)
}

// compareAttendees compares two sets of addresses: additions go both ways,
// removals only up and only from the organiser's copy; the rest is agreed.
func (c *comparer) compareAttendees(d *diff, r, i state.Value, own bool) {
	record, item := r.Texts(), i.Texts()
	var baseRecord, baseItem []string
	if d.base.Has(state.AttrAttendees) {
		baseRecord, baseItem = d.base.Record[state.AttrAttendees].Texts(), d.base.Item[state.AttrAttendees].Texts()
	}
	f := fieldDiff{attr: state.AttrAttendees, neverAgreed: !d.base.Has(state.AttrAttendees)}
	for _, a := range record {
		if slices.Contains(item, a) {
			continue
		}
		switch {
		case slices.Contains(baseItem, a):
			if own {
				f.removeUp = append(f.removeUp, a)
			}
		case !slices.Contains(baseRecord, a):
			f.addDown = append(f.addDown, a)
		}
	}
	for _, a := range item {
		if !slices.Contains(record, a) && !slices.Contains(baseItem, a) {
			f.addUp = append(f.addUp, a)
		}
	}
	f.recordChanged = len(f.addDown) > 0
	f.itemChanged = len(f.addUp)+len(f.removeUp) > 0
	if !f.recordChanged && !f.itemChanged {
		d.agree(state.AttrAttendees, r, i)
		return
	}
	d.fields = append(d.fields, f)
}

// isOwn reports whether the event is the user's own: they own the record or
// organise the meeting. Contacts and tasks are nobody's meeting.
func (c *comparer) isOwn(record, item *state.Item) bool {
	for _, it := range [...]*state.Item{record, item} {
		if it == nil {
			continue
		}
		if it.Side == state.Salesforce && it.Owner() == c.user.ID {
			return true
		}
		if it.Side == state.Mailbox && it.Organizer == state.True {
			return true
		}
	}
	return false
}

// canonical is the form in which a field of one side is compared; unrecorded
// means it is not compared. Other is the opposite side.
func (c *comparer) canonical(it, other *state.Item, a state.Attr, own bool) state.Value {
	switch a {
	case state.AttrStatus:
		return statusClass(it)
	case state.AttrClosed, state.AttrAllDay, state.AttrPrivate:
		return boolOrFalse(it.Value(a))
	case state.AttrPriority:
		return mapText(it.Value(a), priorityClass)
	case state.AttrShowAs:
		return mapText(it.Value(a), showAsBetween(it, other))
	case state.AttrEmail, state.AttrEmail2, state.AttrEmail3:
		return mapText(it.Value(a), strings.ToLower)
	case state.AttrBody:
		return mapText(it.Value(a), tidyBody)
	case state.AttrStart, state.AttrEnd:
		return spanEnd(it, a)
	case state.AttrResponse:
		return c.response(it, own)
	case state.AttrAttendees:
		return c.attendees(it, other)
	}
	return it.Value(a)
}

// Comparable is the form of a field in which the two sides are compared, for
// fields that do not depend on whose mailbox it is; unrecorded for the others.
func Comparable(it *state.Item, a state.Attr) state.Value {
	if a == state.AttrResponse || a == state.AttrAttendees {
		return state.Value{}
	}
	c := comparer{}
	return c.canonical(it, nil, a, false)
}

func boolOrFalse(v state.Value) state.Value {
	if !v.IsRecorded() {
		return v
	}
	return state.BoolValue(v.Bool())
}

func mapText(v state.Value, f func(string) string) state.Value {
	if !v.IsRecorded() {
		return v
	}
	return state.TextValue(f(v.Text()))
}

// statusClass reduces a task's status to open or completed: any open status of
// one service equals every open status of another.
func statusClass(it *state.Item) state.Value {
	closed := it.Value(state.AttrClosed)
	switch {
	case !closed.IsRecorded() || !it.Value(state.AttrStatus).IsRecorded():
		return state.Value{}
	case closed.Bool():
		return state.TextValue("completed")
	}
	return state.TextValue("open")
}

// priorityClass maps all services' words, and iCalendar's digits (RFC 5545, 3.8.1.9);
// an unmapped value is normal.
func priorityClass(s string) string {
	switch strings.ToLower(s) {
	case "high", "1", "2", "3", "4":
		return "high"
	case "low", "6", "7", "8", "9":
		return "low"
	}
	return "normal"
}

// showAsClass keeps what Salesforce can tell apart.
func showAsClass(s string) string {
	switch strings.ToLower(s) {
	case "free":
		return "free"
	case "oof", "outofoffice":
		return "oof"
	}
	return "busy"
}

// showAsBetween keeps what both services can tell apart: where one knows only free and
// busy, an absence is busy on both sides, so that it does not come back as a change.
func showAsBetween(it, other *state.Item) func(string) string {
	if !it.FreeOrBusy && (other == nil || !other.FreeOrBusy) {
		return showAsClass
	}
	return func(s string) string {
		if s = showAsClass(s); s == "oof" {
			return "busy"
		}
		return s
	}
}

func tidyBody(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// spanEnd is an event's start or end: an instant, or for an all-day event the
// first or last day it covers. A missing end is the start.
func spanEnd(it *state.Item, a state.Attr) state.Value {
	if it.AllDay() {
		day := state.AttrStartDate
		if a == state.AttrEnd && it.Value(state.AttrEndDate).IsKnown() {
			day = state.AttrEndDate
		}
		return it.Value(day)
	}
	v := it.Value(a)
	if a == state.AttrEnd && v.Presence() == state.Empty {
		return it.Value(state.AttrStart)
	}
	return v
}

// response is the user's own answer on one side; unrecorded for their own events.
func (c *comparer) response(it *state.Item, own bool) state.Value {
	if own {
		return state.Value{}
	}
	if it.Side == state.Mailbox {
		v := it.Value(state.AttrResponse)
		if v.Text() == "organizer" {
			return state.Value{}
		}
		return mapText(v, orNone)
	}
	inv, ok := it.Invitee(c.user.ID)
	if !ok {
		return state.Value{}
	}
	return state.TextValue(orNone(inv.Response))
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// attendees is the set of addresses of one side that is compared, sorted: not the
// user's own, the owner's or the organiser's, and only those Salesforce can hold.
func (c *comparer) attendees(it, other *state.Item) state.Value {
	v := it.Value(state.AttrAttendees)
	if !v.IsRecorded() || it.AttendeesTruncated {
		return state.Value{}
	}
	var out []string
	for _, p := range v.People() {
		address := strings.ToLower(p.Email)
		if address == "" || c.isParty(address, it, other) || !c.knows(address) {
			continue
		}
		out = append(out, address)
	}
	slices.Sort(out)
	return state.TextsValue(slices.Compact(out))
}

func (c *comparer) isParty(address string, sides ...*state.Item) bool {
	if address == c.user.Address || address == strings.ToLower(c.user.Value(state.UserEmail).Text()) {
		return true
	}
	for _, it := range sides {
		if it == nil {
			continue
		}
		if address == strings.ToLower(it.Value(state.AttrOrganizerEmail).Text()) {
			return true
		}
		if it.Side == state.Salesforce {
			if owner, ok := c.dir.Person(it.Owner()); ok && address == strings.ToLower(owner.Email) {
				return true
			}
		}
	}
	return false
}

// deriveBase finds, per field, what both sides held at the latest instant at
// which both were known and agreed, by walking through the versions of both.
func (c *comparer) deriveBase(record, item *state.Object) *state.Base {
	var base *state.Base
	for _, at := range changeInstants(record, item) {
		r, okR := record.At(at)
		i, okI := item.At(at)
		if okR && okI && r.State == state.Live && i.State == state.Live && r.Item != nil && i.Item != nil {
			base = c.compare(base, r.Item, i.Item).base
		}
	}
	if base == nil {
		return state.NewBase()
	}
	return base
}

func changeInstants(record, item *state.Object) []time.Time {
	out := make([]time.Time, 0, len(record.Versions)+len(item.Versions))
	for _, o := range [...]*state.Object{record, item} {
		for _, v := range o.Versions {
			out = append(out, v.From)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// Rebase notes in a copy of the base that the fields now agree as the two sides
// stand: what the simulator does after carrying out an update.
func Rebase(base *state.Base, user *state.User, dir *state.Directory, knows func(string) bool,
	fields []state.Attr, record, item *state.Item) *state.Base {
	c := &comparer{user: user, dir: dir, knows: knows}
	out := state.NewBase()
	if base != nil {
		out = base.Clone()
	}
	own := c.isOwn(record, item)
	for _, a := range fields {
		r, i := c.canonical(record, item, a, own), c.canonical(item, record, a, own)
		if !r.IsRecorded() || !i.IsRecorded() {
			continue
		}
		if a == state.AttrAttendees {
			r, i = agreedAttendees(out, r, i)
		}
		out.Agree(a, r, i)
	}
	return out
}

// agreedAttendees is what two sets of addresses agree on after one of them was
// written: whoever is in both. On an address that only one side has, the other half
// may still have to be written; it stays as it was agreed before.
func agreedAttendees(before *state.Base, r, i state.Value) (record, item state.Value) {
	agreed := func(was state.Value, here, there []string) state.Value {
		var out []string
		for _, a := range here {
			if slices.Contains(there, a) || slices.Contains(was.Texts(), a) {
				out = append(out, a)
			}
		}
		for _, a := range was.Texts() {
			if !slices.Contains(here, a) && slices.Contains(there, a) {
				out = append(out, a)
			}
		}
		slices.Sort(out)
		return state.TextsValue(out)
	}
	return agreed(before.Record[state.AttrAttendees], r.Texts(), i.Texts()), agreed(before.Item[state.AttrAttendees], i.Texts(), r.Texts())
}
