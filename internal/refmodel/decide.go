package refmodel

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/state"
)

// Model decides for the people of a snapshot under a policy.
type Model struct {
	Snap   *state.Snapshot
	Policy *Policy
	// Row finds the row for facts; nil for the table. Tests break the model with it.
	Row func(row string) string
}

// Decision is what the session does about one thing: a linked pair, a record with
// what matches it, or an item alone.
type Decision struct {
	Kind, ID string // the record's id, else the item's
	Row      string
	Acts     []Act
	// Counted: "unchanged", "unseen", "others" or "personal" where nothing is shown.
	Counted string

	of *oneCase // what was decided
}

// Act is an operation, or a skipped row (Op "skip").
type Act struct {
	Op, On, Row, Code string
	Held              string // held_by's code, "" if it is done
	Link              string // the link's state afterwards
	Fields, Lost      []string
}

func (a Act) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s row=%s code=%s held=%s link=%s fields=%s lost=%s", a.Op, a.On, a.Row, a.Code, a.Held, a.Link,
		strings.Join(a.Fields, ","), strings.Join(a.Lost, ",")))
}

// desk is one person's business.
type desk struct {
	*Model
	snap     *state.Snapshot
	user     *state.User
	settings Settings
	box      *state.MailboxState
	zone     *time.Location
	today    state.Date
}

// oneCase is one thing to decide.
type oneCase struct {
	*desk
	kind             state.Kind
	link             *state.Link // nil without one
	recordID         string      // the link's record, or the one it was merged into
	record, item     *state.Object
	rec, itm         *state.Item // present or last seen
	recordIs, itemIs state.Liveness
	cancelled        bool // the item lives, but the meeting was cancelled
	ambiguous        bool

	differs []difference
	agreed  bases
	verdict verdict
	facts   facts
	out     Decision
}

// Decide works out one person's session. Whole is why the person is skipped whole,
// else "" (5.2).
func (m *Model) Decide(u *state.User) (out []Decision, whole string, err error) {
	d := &desk{Model: m, snap: m.Snap, user: u, settings: m.Policy.Resolve(u), zone: u.Zone, today: state.DateOf(m.Snap.At, u.Zone)}
	if d.box, err = m.Snap.Mailboxes.Mailbox(u); err != nil {
		return nil, "", err
	}
	switch active := u.Value(state.UserActive); {
	case active.IsKnown() && !active.Bool():
		return nil, "user_inactive", nil
	case d.settings.values["sync"] == "off":
		return nil, "sync_off", nil
	}
	for _, k := range state.Kinds() {
		if d.snap.Records[k].Coverage.Captured() && d.box.Items[k].Coverage.Captured() {
			for _, c := range d.cases(k) {
				c.decide()
				c.out.of = c
				out = append(out, c.out)
			}
		}
	}
	return out, "", nil
}

// cases lists what there is to decide of a kind: every link, every live record
// without one, every live item without link or match.
func (d *desk) cases(k state.Kind) (out []*oneCase) {
	for _, l := range d.links(k) {
		out = append(out, d.linked(l))
	}
	m := d.match(k)
	for _, o := range d.snap.Records[k].All() {
		if o.State() == state.Live && o.Item() != nil && d.linkOf(k, o.ID) == nil {
			out = append(out, d.recordAlone(o, m))
		}
	}
	for _, o := range m.items {
		if len(m.partners[o.ID]) == 1 && !d.ambiguousItem(m, o) {
			continue // one case with its record
		}
		out = append(out, d.itemAlone(o, m, false))
	}
	for _, o := range m.duplicates {
		out = append(out, d.itemAlone(o, m, true))
	}
	return out
}

func (d *desk) linked(l *state.Link) *oneCase {
	c := &oneCase{desk: d, kind: l.Kind, link: l}
	c.seeRecord()
	c.seeItem()
	if l.Base != nil {
		c.agreed = c.kept()
	}
	if c.rec != nil && c.itm != nil {
		c.differs, c.agreed = d.differences(c.kept(), c.rec, c.itm)
	}
	c.fill(l.State.String(), c.recordFact(), c.itemFact())
	c.out.ID = c.recordID
	return c
}

// changed: some compared field differs from its base (5.3).
func (c *oneCase) changed(by func(difference) bool) bool { return slices.ContainsFunc(c.differs, by) }

// neverAgreed: the other side was deleted before anything but its id was captured, and no base
// was kept. What is left may be an edit (decision 94).
func (c *oneCase) neverAgreed(other *state.Item, is state.Liveness) bool {
	return other == nil && is == state.Deleted && c.link.Base == nil
}

func byRecord(f difference) bool { return f.byRecord }
func byItem(f difference) bool   { return f.byItem }

func (c *oneCase) recordFact() string {
	if c.recordIs == state.Live {
		return map[bool]string{true: "changed", false: "same"}[c.changed(byRecord) || c.neverAgreed(c.itm, c.itemIs)]
	}
	return c.recordIs.String()
}

func (c *oneCase) itemFact() string {
	if c.itemIs == state.Live {
		return map[bool]string{true: "changed", false: "same"}[c.changed(byItem) || c.neverAgreed(c.rec, c.recordIs)]
	}
	return c.itemIs.String()
}

// recordAlone is a live record without a link, with the item that matches it.
func (d *desk) recordAlone(o *state.Object, m matching) *oneCase {
	c := &oneCase{desk: d, kind: o.Kind, record: o, rec: o.Item(), recordIs: state.Live, recordID: o.ID}
	rivals, item := m.rivals[o.ID], "none"
	switch {
	case len(rivals) > 0:
		c.item, c.itm, c.itemIs, item = rivals[0], rivals[0].Item(), state.Live, "unmarked"
		if slices.ContainsFunc(rivals, func(i *state.Object) bool { return d.marked(i.Item()) == state.True }) {
			item = "marked"
		}
		c.ambiguous = len(rivals) > 1 || d.ambiguousItem(m, rivals[0])
	case m.maybe[o.ID] || !c.mailboxShows():
		item = "unseen"
	}
	c.fill("none", "same", item)
	c.out.ID = o.ID
	return c
}

// itemAlone is a live item without link or match. Without a link "none" is concluded
// only from a complete capture (5.3).
func (d *desk) itemAlone(o *state.Object, m matching, duplicate bool) *oneCase {
	c := &oneCase{desk: d, kind: o.Kind, item: o, itm: o.Item(), itemIs: state.Live}
	record, item := "unseen", "plain"
	if d.snap.Records[o.Kind].Coverage.Complete {
		record = "none"
	}
	if !duplicate && c.meetsPattern() {
		item, c.ambiguous = "pattern", d.ambiguousItem(m, o)
	}
	c.fill("none", record, item)
	c.out.ID = o.ID
	return c
}

// meetsPattern (5.4, upsync): marked; under auto an event inside the window, not
// private, not declined, with an attendee outside the organisation's domains. A
// rule never changes it, and a cancelled item never meets it.
func (c *oneCase) meetsPattern() bool {
	it := c.itm
	switch {
	case it.Value(state.AttrCancelled).Bool():
		return false
	case c.marked(it) == state.True:
		return true
	case c.kind != state.Event, c.settings.of(c.kind, "upsync") != "auto", it.HasCategory(c.snap.Markers.UnsyncCategory),
		it.Value(state.AttrPrivate).Truth() != state.False, it.Value(state.AttrResponse).Text() == "declined":
		return false
	}
	notBefore, notAfter := eventInWindow(it, c.today, c.zone, c.settings.of(c.kind, "window.past"), c.settings.of(c.kind, "window.future"))
	return notBefore.And(notAfter) == state.True && slices.ContainsFunc(it.Value(state.AttrAttendees).People(), func(a state.Attendee) bool {
		_, domain, ok := strings.Cut(a.Email, "@")
		return ok && !slices.ContainsFunc(c.snap.Organization.EmailDomains, func(own string) bool { return strings.EqualFold(own, domain) })
	})
}

// fill completes the facts. Only live records have a verdict; gone counts as out.
func (c *oneCase) fill(link, record, item string) {
	c.facts = facts{link: link, record: record, item: item, on: c.settings.on(c.kind), event: c.kind == state.Event,
		own: c.isOwn(c.rec, c.itm), kept: c.settings.kept(c.kind)}
	switch {
	case record == "gone":
		c.verdict.answer = "out"
	case c.rec != nil && is(record, "same", "changed"):
		c.verdict = c.judge()
	}
	c.facts.verdict = c.verdict.answer
}

func (c *oneCase) row(f facts) string {
	row := tableRow(f)
	if c.Row != nil {
		row = c.Row(row)
	}
	return row
}

func (c *oneCase) decide() {
	c.out.Kind, c.out.Row = c.kind.String(), c.row(c.facts)
	c.carryOut(c.out.Row)
	c.holds()
}

// act notes an operation or a skipped row.
func (c *oneCase) act(a Act) { c.out.Acts = append(c.out.Acts, a) }

// carryOut does what a row says (5.4, column decision).
func (c *oneCase) carryOut(row string) {
	if c.ambiguous && is(row, "create", "adopt", "adopt-frozen", "upload") {
		c.duplicateMatch(row)
		return
	}
	switch row {
	case "create":
		c.act(Act{Op: "create", On: "mailbox", Row: row, Code: "in_scope", Link: "active"})
	case "skip":
		c.skip()
	case "unknown":
		code := "mailbox_incomplete"
		if c.verdict.answer == "unknown" {
			code = "verdict_unknown"
		}
		c.act(Act{Op: "create", On: "mailbox", Row: row, Code: code, Held: code})
	case "adopt":
		c.differs, c.agreed = c.differences(bases{}, c.rec, c.itm)
		c.act(Act{Op: "link", On: "link", Row: row, Code: "matched", Link: "active"})
		c.updatesAfter()
	case "adopt-frozen":
		c.act(Act{Op: "link", On: "link", Row: row, Code: "matched_out_of_scope", Link: "frozen"})
	case "upload":
		if code := c.stop("upload"); code != "" {
			c.act(Act{Op: "skip", Row: row, Code: code})
			return
		}
		c.act(Act{Op: "create", On: "salesforce", Row: row, Code: "upsync_pattern", Link: "active"})
	case "upload-blind":
		c.act(Act{Op: "create", On: "salesforce", Row: row, Code: "salesforce_incomplete", Held: "salesforce_incomplete"})
	case "personal":
		c.out.Counted = "personal"
	case "blind":
		c.blind()
	case "moved-out":
		c.movedOut()
	case "ended":
		c.act(Act{Op: "unlink", On: "link", Row: row, Code: "both_gone", Link: "none"})
	case "settled", "retired", "rest":
		c.out.Counted = "unchanged"
	case "update-down", "diverged", "update-up", "merge":
		c.updates(row)
		if len(c.out.Acts) == 0 {
			c.out.Counted = "unchanged"
		}
	case "leave":
		c.leave()
	case "forget", "frozen-forget":
		// Out of scope by the future window only: retire, or the clock would bring it back.
		after := "none"
		if c.verdict.code == "after_window" {
			after = "retired"
		}
		c.act(Act{Op: "unlink", On: "link", Row: row, Code: "deleted_out_of_scope", Link: after})
	case "remove", "remove-event", "decline":
		c.remove(row)
	case "restore":
		c.restore(row, "forbid_to_remove")
	case "release":
		c.release(row, "forbid_to_remove")
	case "withdraw":
		if c.facts.on && (c.kind != state.Event || c.bornWithoutAttendees()) {
			c.act(Act{Op: "delete", On: "mailbox", Row: row, Code: "deleted_in_salesforce", Link: "none"})
			return
		}
		c.retire(row, "deleted_in_salesforce")
	case "keep-edited":
		c.retire(row, "edited_copy_kept")
	case "frozen-keep":
		c.retire(row, "deleted_in_salesforce")
	case "rejoin":
		if c.facts.item == "deleted" {
			c.restore(row, "back_in_scope")
			return
		}
		c.act(Act{Op: "reactivate", On: "link", Row: row, Code: "back_in_scope", Link: "active"})
		c.updatesAfter()
	}
}

func (c *oneCase) retire(row, code string) {
	c.act(Act{Op: "unlink", On: "link", Row: row, Code: code, Link: "retired"})
}

// duplicateMatch (5.3): what would be created, adopted or uploaded is held, records
// in row unknown, items in row upload-blind.
func (c *oneCase) duplicateMatch(row string) {
	on, instead := "mailbox", "unknown"
	if row == "upload" {
		on, instead = "salesforce", "upload-blind"
	}
	c.out.Row = instead
	c.act(Act{Op: "create", On: on, Row: instead, Code: "duplicate_match", Held: "duplicate_match"})
}

// skip lists the person's own business, and counts somebody else's (9).
func (c *oneCase) skip() {
	if c.owns() != state.True && c.invitation(c.rec) == nil {
		c.out.Counted = "others"
		return
	}
	code := c.verdict.code
	if !c.facts.on {
		code = "downsync_off"
	}
	c.act(Act{Op: "skip", Row: "skip", Code: code})
}

// blind holds what the visible change would give if the unseen side were as last
// agreed, and an unknown verdict in (out, for a frozen link); without a visible
// change it is counted (5.4; decisions 7 and 10).
func (c *oneCase) blind() {
	code := "verdict_unknown"
	as := c.facts
	if as.item == "unseen" {
		code, as.item = "item_unseen", "same"
	}
	if as.record == "unseen" {
		code, as.record, as.verdict = "record_unseen", "same", "in"
	}
	if is(as.record, "same", "changed") && as.verdict != "out" {
		as.verdict = map[bool]string{true: "out", false: "in"}[as.link == "frozen"]
	}
	row := c.row(as)
	visible := c.rec != nil && c.itm != nil || as.record == "deleted" || is(as.item, "deleted", "moved")
	byClock := row == "leave" && as.record != "changed"
	if visible && !byClock {
		would := *c
		would.facts, would.out = as, Decision{}
		would.carryOut(row)
		for _, a := range would.out.Acts {
			if a.Op != "skip" {
				a.Row, a.Code, a.Held = "blind", code, code
				c.act(a)
			}
		}
	}
	if len(c.out.Acts) == 0 {
		c.out.Counted = "unseen"
	}
}

// movedOut retires the link; under when_moved = "delete" a deletion or decline goes
// up first, if it applies, nothing stops it, the link is active and the record
// unchanged (5.4).
func (c *oneCase) movedOut() {
	f := c.facts
	if c.settings.of(c.kind, "when_moved") == "delete" && f.link == "active" && f.record == "same" && f.verdict == "in" && !f.kept {
		if op := c.removal(); c.stop(op) == "" {
			c.act(Act{Op: op, On: "salesforce", Row: "moved-out", Code: "moved_out", Link: "retired"})
			return
		}
	}
	c.retire("moved-out", "moved_out")
}

// removal is what the person's deletion means in Salesforce: of somebody else's
// meeting, a decline.
func (c *oneCase) removal() string {
	if c.facts.event && !c.facts.own {
		return "decline"
	}
	return "delete"
}

// remove (5.4, rows remove, remove-event, decline). Stops come first: a stopped one
// goes on as restore or release with the stop's code.
func (c *oneCase) remove(row string) {
	op := c.removal()
	if code := c.stop(op); code != "" {
		if c.out.Row = "restore"; c.facts.on {
			c.restore("restore", code)
			return
		}
		c.out.Row = "release"
		c.release("release", code)
		return
	}
	switch {
	case op == "decline":
		c.act(Act{Op: op, On: "salesforce", Row: row, Code: "deleted_in_mailbox", Link: "retired"})
	case c.facts.record == "changed" && c.facts.on:
		c.restore(row, "deleted_in_mailbox")
	case c.facts.record == "changed":
		c.release(row, "deleted_in_mailbox")
	default:
		c.act(Act{Op: op, On: "salesforce", Row: row, Code: "deleted_in_mailbox", Link: "none"})
	}
}

// restore: a cancelled or declined meeting is never restored; the link is retired.
func (c *oneCase) restore(row, code string) {
	declined := c.facts.event && (c.itm != nil && c.itm.Value(state.AttrResponse).Text() == "declined" || c.rec != nil && c.declined())
	if c.wasCancelled() || declined {
		c.retire(row, code)
		return
	}
	c.act(Act{Op: "restore", On: "mailbox", Row: row, Code: code, Link: "active"})
}

// release: keep the record, drop the link; of a cancelled item retire it.
func (c *oneCase) release(row, code string) {
	if c.wasCancelled() {
		c.retire(row, code)
		return
	}
	c.act(Act{Op: "unlink", On: "link", Row: row, Code: code, Link: "none"})
}

func (c *oneCase) wasCancelled() bool { return c.itm != nil && c.itm.Value(state.AttrCancelled).Bool() }

// leave: with the switch on, when_out; an edited item, or one whose own edit or
// upload put the record out of scope, is kept and the link frozen (5.4).
func (c *oneCase) leave() {
	removes := false
	switch c.settings.of(c.kind, "when_out") {
	case "remove":
		removes = true
	case "remove_if_born_in_salesforce":
		removes = c.bornWithoutAttendees()
	}
	if removes && c.facts.on && c.facts.item == "same" && !c.putOutByItem() {
		c.act(Act{Op: "delete", On: "mailbox", Row: "leave", Code: "left_scope", Link: "none"})
		return
	}
	c.act(Act{Op: "freeze", On: "link", Row: "leave", Code: "left_scope", Link: "frozen"})
}

// bornWithoutAttendees (4.2): born in Salesforce, without attendees as the item lists
// them. A list that was not recorded, or is cut short, counts as having some.
func (c *oneCase) bornWithoutAttendees() bool {
	if c.link.Born != state.Salesforce {
		return false
	}
	if c.kind != state.Event {
		return true
	}
	if c.itm == nil || c.itm.AttendeesTruncated {
		return false
	}
	list := c.itm.Value(state.AttrAttendees)
	return list.IsRecorded() && len(list.People()) == 0
}

// putOutByItem: the sync wrote the record last, or it was born in the mailbox and
// never modified since (decision 7).
func (c *oneCase) putOutByItem() bool {
	if c.rec == nil || c.facts.record == "changed" {
		return false
	}
	created, modified := c.rec.Value(state.AttrCreated), c.rec.Value(state.AttrModified)
	return c.rec.BySync == state.True || c.link.Born == state.Mailbox && created.IsKnown() && created.Equal(modified)
}

// updatesAfter compares after adopt and rejoin: the updates carry the active row's
// name.
func (c *oneCase) updatesAfter() {
	f := c.facts
	f.link, f.verdict = "active", "in"
	f.record = map[bool]string{true: "changed", false: "same"}[c.changed(byRecord)]
	f.item = map[bool]string{true: "changed", false: "same"}[c.changed(byItem)]
	if row := c.row(f); is(row, "update-down", "diverged", "update-up", "merge") {
		c.updates(row)
	}
}

// updates (5.4, rows update-down, diverged, update-up, merge): every field goes the
// way of the side that changed it; where both did, conflict decides. With the switch
// off only the upward half. Attendees may go both ways.
func (c *oneCase) updates(row string) {
	code := map[string]string{"update-down": "changed_in_salesforce", "diverged": "downsync_off", "update-up": "changed_in_mailbox", "merge": "changed_on_both"}[row]
	down := Act{Op: "update", On: "mailbox", Row: row, Code: code, Link: "active"}
	up := Act{Op: "update", On: "salesforce", Row: row, Code: code, Link: "active"}
	torn := c.tornSpan()
	for _, f := range c.differs {
		if torn && is(f.attr.String(), "start", "end", "all_day") {
			f.byRecord, f.byItem = true, true
		}
		both := f.byRecord && f.byItem
		upward := f.byItem && (!f.byRecord || c.mailboxWins())
		if f.attr == state.AttrAttendees {
			both, upward = false, f.byItem
		}
		if upward {
			note(&up, f.attr, both, c.rec)
		}
		if f.byRecord && (!upward || f.attr == state.AttrAttendees) {
			note(&down, f.attr, both, c.itm)
		}
	}
	if len(down.Fields) > 0 && c.facts.on {
		c.act(down)
	}
	if len(up.Fields) > 0 {
		c.updateUp(up)
	}
}

// tornSpan: one side says "all day" and the other does not, and each has changed the
// event's time in its way since they agreed. Then one side's start, end and flag
// stand, all three.
func (c *oneCase) tornSpan() bool {
	changed := map[string][2]bool{}
	for _, f := range c.differs {
		changed[f.attr.String()] = [2]bool{f.byRecord, f.byItem}
	}
	_, flag := changed["all_day"]
	byRecord := changed["all_day"][0] || changed["start"][0] || changed["end"][0]
	byItem := changed["all_day"][1] || changed["start"][1] || changed["end"][1]
	return flag && byRecord && byItem
}

// note adds a field to an update; a conflict loses the value it overwrites.
func note(a *Act, attr state.Attr, conflict bool, over *state.Item) {
	a.Fields = append(a.Fields, attr.String())
	v := over.Value(attr)
	if attr == state.AttrStart || attr == state.AttrEnd {
		v = startOrEnd(over, attr)
	}
	if conflict && v.IsKnown() {
		a.Lost = append(a.Lost, attr.String())
	}
}

// updateUp writes Salesforce unless stopped. From an invitee's copy only the answer
// goes up; other edits stay (5.4, Stops).
func (c *oneCase) updateUp(up Act) {
	if code := c.stop("update"); code != "" {
		c.act(Act{Op: "skip", Row: up.Row, Code: code})
		return
	}
	if c.facts.event && !c.facts.own {
		all := len(up.Fields)
		only := func(name string) bool { return name != "response" }
		up.Fields, up.Lost = slices.DeleteFunc(up.Fields, only), slices.DeleteFunc(up.Lost, only)
		if len(up.Fields) < all {
			defer c.act(Act{Op: "skip", Row: up.Row, Code: "not_organizer"})
		}
	}
	if len(up.Fields) > 0 {
		c.act(up)
	}
}

// mailboxWins decides a field that both sides changed (5.4, merge): under newest the
// side modified last other than by the sync; equal or unknown is Salesforce.
func (c *oneCase) mailboxWins() bool {
	switch c.settings.of(c.kind, "conflict") {
	case "mailbox":
		return true
	case "salesforce":
		return false
	}
	record, item := lastByPerson(c.record), lastByPerson(c.item)
	return !record.IsZero() && !item.IsZero() && item.After(record)
}

// lastByPerson is when somebody other than the sync last modified a thing; zero where
// that is not known. What the sync carried over counts as of the edit it carried; in
// Salesforce an unknown author may have been the sync, in a mailbox it is a person.
func lastByPerson(o *state.Object) time.Time {
	for _, v := range slices.Backward(o.Versions) {
		switch {
		case v.Item == nil || v.State != state.Live:
		case !v.Item.CarriedAt.IsZero():
			return v.Item.CarriedAt
		case v.Item.BySync == state.True:
		case v.Item.BySync == state.Unknown && v.Item.Side == state.Salesforce:
			return time.Time{}
		default:
			return v.Item.Value(state.AttrModified).Instant()
		}
	}
	return time.Time{}
}

// stop is what stops the Salesforce half: an update, upload, delete or decline; ""
// for nothing (5.4, Stops).
func (c *oneCase) stop(act string) string {
	private := c.itm != nil && c.itm.Value(state.AttrPrivate).Bool() || c.rec != nil && c.rec.Value(state.AttrPrivate).Bool()
	exclude, _ := c.upRules()
	switch {
	case c.settings.of(c.kind, "upsync") == "off":
		return "upsync_off"
	case exclude != nil:
		return "excluded"
	case act == "update" && private:
		return "private_link"
	case act != "upload" && c.adoptedAsIs():
		return "not_marked"
	case !c.mayIn(act):
		return "no_access"
	}
	return ""
}

// adoptedAsIs: matched without being marked, and neither marked nor edited since.
// A field is edited if it is not as it was found, unless the sync put the value
// there: both sides agreed on it, and the record had it no later.
func (c *oneCase) adoptedAsIs() bool {
	if c.itm == nil || c.marked(c.itm) == state.True {
		return false
	}
	if c.link == nil {
		return c.facts.item == "unmarked"
	}
	if c.link.Adopted == nil {
		return false
	}
	for _, a := range compared[c.kind] {
		was, now := c.itemAlike(c.link.Adopted, a), c.itemAlike(c.itm, a)
		if was.IsRecorded() && now.IsRecorded() && !was.Equal(now) && !c.bySync(a, now) {
			return false
		}
	}
	return true
}

// itemAlike is an item's field as it is compared, whatever the record holds; the
// record may never have been seen.
func (c *oneCase) itemAlike(it *state.Item, a state.Attr) state.Value {
	if a == state.AttrResponse {
		if c.isOwn(c.rec, c.itm) {
			return state.Value{}
		}
		return answerOf(it)
	}
	record := c.rec
	if record == nil {
		record = state.NewItem(c.kind, state.Salesforce, "")
	}
	_, v := c.comparable(record, it, a)
	return v
}

// bySync: both sides agreed on the item's value, and when the item took it the record
// had it.
func (c *oneCase) bySync(a state.Attr, now state.Value) bool {
	base, ever := c.agreed[a]
	if !ever || !base.item.Equal(now) {
		return false
	}
	if c.record == nil {
		return true // nothing shows that the item had it first
	}
	since := c.item.Now().From
	for _, v := range slices.Backward(c.item.Versions) {
		if v.Item == nil {
			break
		}
		if had := c.itemAlike(v.Item, a); !had.Equal(now) {
			break
		}
		since = v.From
	}
	then, ok := c.record.At(since)
	if !ok || then.Item == nil {
		return true
	}
	had, _ := c.comparable(then.Item, c.itm, a)
	return !had.IsRecorded() || had.Equal(now)
}

// mayIn: the access it takes in Salesforce (5.2, no_access). Without recorded access
// everybody may edit and only the owner delete. A new record, and the person's own
// answer, take none.
func (c *oneCase) mayIn(act string) bool {
	if c.rec == nil || is(act, "upload", "decline") || act == "update" && c.facts.event && !c.facts.own {
		return true
	}
	access := c.snap.Access[state.AccessKey{UserID: c.user.ID, RecordID: c.rec.ID}]
	if act == "update" {
		return access.Edit != state.False
	}
	if access.Delete == state.Unknown {
		return c.owns() == state.True
	}
	return access.Delete == state.True
}

// holds (5.4): a down rule holds the mailbox half, an up rule the Salesforce half; an
// undecidable exclude holds everything while the record would be in. A person whose
// membership is unknown has everything held (4.3).
func (c *oneCase) holds() {
	_, down := c.downRules()
	_, up := c.upRules()
	for i := range c.out.Acts {
		switch a := &c.out.Acts[i]; {
		case a.Op == "skip" || a.Held != "":
		case down != nil && (a.On == "mailbox" || down.everything && c.verdict.answer == "in"):
			a.Held = down.code
		case up != nil && a.On == "salesforce":
			a.Held = up.code
		case c.settings.MembershipUnknown:
			a.Held = "membership_unknown"
		}
	}
}
