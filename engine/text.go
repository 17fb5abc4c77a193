package engine

import (
	"fmt"
	"strings"
	"time"

	"weir/policies"
	"weir/state"
)

// This file holds the words: what every reason, check and finding says. Texts
// are plain sentences without a full stop, names rather than ids.

// reason words a reason code for the pair.
func (p *pair) reason(code string, origin policies.Origin) Reason {
	return Reason{Code: code, Text: p.reasonText(code), Policy: refTo(origin)}
}

func (p *pair) reasonText(code string) string {
	switch code {
	case "in_scope":
		return p.inScopeText()
	case "downsync_off":
		return p.kind.Plural() + " are switched off for " + p.user.Name()
	case "matched":
		return "a matching " + p.kind.String() + " is already in the mailbox"
	case "matched_out_of_scope":
		return "a matching " + p.kind.String() + " is in the mailbox, but the record is out of scope"
	case "upsync_pattern":
		return p.uploadText()
	case "verdict_unknown":
		return "cannot be told whether it is in scope"
	case "mailbox_incomplete":
		return "the mailbox capture is incomplete: a copy may exist already"
	case "salesforce_incomplete":
		return "the Salesforce capture is incomplete: the record may exist already"
	case "duplicate_match":
		return "several things match: it cannot be told which is meant"
	case "record_unseen":
		return "the record was not captured: it cannot be told what became of it"
	case "item_unseen":
		if p.maybeSync {
			return "the copy is gone, but the sync itself may have removed it: the record was out of its scope then"
		}
		return "the mailbox copy was not captured: it cannot be told what became of it"
	case "moved_out":
		return p.movedText()
	case "both_gone":
		return "both sides were deleted"
	case "changed_in_salesforce":
		return "changed in Salesforce" + p.byWhom()
	case "changed_in_mailbox":
		return "changed in the mailbox" + p.when(p.item)
	case "changed_on_both":
		return "changed on both sides"
	case "deleted_out_of_scope":
		return "deleted in the mailbox while out of scope; nothing is deleted in Salesforce"
	case "deleted_in_mailbox":
		return p.deletedText()
	case "forbid_to_remove":
		return p.restoredText()
	case "deleted_in_salesforce":
		return p.goneText() + p.goneWhen(p.record)
	case "edited_copy_kept":
		return "deleted in Salesforce, but the copy was edited in the mailbox and stays"
	case "back_in_scope":
		return "back in scope"
	}
	return p.stoppedText(code)
}

// stoppedText words the stops, as reasons of a deletion that is undone.
func (p *pair) stoppedText(code string) string {
	was := "deleted in the mailbox, but "
	switch code {
	case "upsync_off":
		return was + "nothing goes up: upsync is off"
	case "excluded":
		return was + "a rule keeps the deletion from going up"
	case "not_marked":
		return was + "it was never marked nor edited: not the sync's to delete"
	case "no_access":
		return was + p.user.Name() + " may not delete the record"
	}
	return strings.ReplaceAll(code, "_", " ")
}

func (p *pair) deletedText() string {
	text := "deleted in the mailbox" + p.goneWhen(p.item)
	if p.cancelled {
		text = "cancelled in the mailbox"
	}
	if p.facts.Record == RecordChanged && p.facts.Role != Invited {
		return text + ", but the record changed since: the change survives"
	}
	return text
}

// goneText says how the record went: it was deleted, or merged into another that the
// person has a copy of.
func (p *pair) goneText() string {
	if p.record != nil && p.record.State() == state.Merged {
		if _, winner := p.winner(p.record); winner != nil && winner.Item() != nil {
			return "merged into " + Title(p.opts.ShowPrivate, winner.Item()) + " in Salesforce"
		}
	}
	return "deleted in Salesforce"
}

func (p *pair) restoredText() string {
	text := "deleted in the mailbox" + p.goneWhen(p.item)
	switch {
	case p.everCancelled():
		return "cancelled in the mailbox; the record stays, the link is retired"
	case p.kind == state.Event && p.everDeclined():
		return text + "; declined, so it is not brought back"
	case !p.facts.On:
		return text + "; removing is forbidden, so the record stays"
	case p.kind == state.Event:
		return text + "; events.removal is keep"
	}
	return text + "; forbid to remove"
}

func (p *pair) movedText() string {
	if p.itm != nil && p.snap.Markers.Unsynced(p.itm) {
		return "given the category " + p.snap.Markers.UnsyncCategory
	}
	return "moved out of the sync's folder"
}

func (p *pair) uploadText() string {
	text := "marked in the mailbox"
	if p.snap.Markers.Marked(p.itm) != state.True {
		text = "a meeting with people outside the organisation"
	}
	if !p.facts.On {
		text += "; switching " + p.kind.Plural() + " off stops only what comes down"
	}
	return text
}

func (p *pair) byWhom() string {
	if p.rec == nil {
		return ""
	}
	who := ""
	if person, ok := p.snap.Directory.Person(p.rec.Value(state.AttrModifiedBy).Text()); ok && person.Name != "" {
		who = " by " + person.Name
	}
	return who + p.when(p.record)
}

// when words the moment of an object's last modification, in the user's zone.
func (p *pair) when(o *state.Object) string {
	if o == nil || o.Item() == nil {
		return ""
	}
	m := o.Item().Value(state.AttrModified)
	if !m.IsKnown() {
		return ""
	}
	return " " + p.moment(m.Instant())
}

// goneWhen words the moment of a deletion.
func (p *pair) goneWhen(o *state.Object) string {
	if o == nil || o.Now().From.IsZero() {
		return ""
	}
	return " " + p.moment(o.Now().From)
}

// moment is an instant in the user's zone: the time of day, with the date unless
// it is the session's own.
func (d *desk) moment(t time.Time) string {
	local := t.In(d.zone)
	if state.DateOf(t, d.zone) == d.today {
		return "at " + local.Format("15:04")
	}
	return "on " + d.day(state.DateOf(t, d.zone)) + " " + local.Format("15:04")
}

// day is a date for people: "6 May", with the year where it is not this year.
func (d *desk) day(day state.Date) string {
	t := day.UTC()
	if t.Year() == d.today.UTC().Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	ending := "s"
	if strings.HasSuffix(word, "x") {
		ending = "es"
	}
	return fmt.Sprintf("%d %s%s", n, word, ending)
}

// inScopeText says why the record is in.
func (p *pair) inScopeText() string {
	switch p.kind {
	case state.Contact:
		scope := p.settings.Get(policies.ContactsScope)
		switch {
		case scope.View != nil:
			return "in view " + scope.View.Name
		case scope.Text == "all":
			return "all available contacts"
		}
		return "owned by " + p.user.Name()
	case state.Task:
		return p.beforeText(state.True)
	}
	return p.spanText()
}

func (p *pair) loggedText(r state.Truth) string {
	subtype := p.rec.Value(state.AttrSubtype)
	switch {
	case !subtype.IsRecorded():
		return "subtype not recorded, taken for Task"
	case r == state.False:
		return "a logged " + strings.ToLower(subtype.Text()) + ", not a to-do"
	}
	return "not a logged activity: subtype " + orDash(subtype.Text())
}

func orDash(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func (p *pair) participantText(r state.Truth) string {
	owner := p.rec.Value(state.AttrOwner)
	name := p.personName(owner)
	switch {
	case r == state.Unknown && !owner.IsRecorded():
		return "the owner was not recorded"
	case r == state.Unknown:
		return "the invitees were not recorded completely"
	case p.kind == state.Task && strings.HasPrefix(owner.Text(), "00G"):
		return "assigned to a queue, which is nobody"
	case p.kind == state.Task:
		return "assigned to " + name
	case r == state.True && owner.Text() == p.user.ID:
		return p.user.Name() + " owns it"
	case r == state.True:
		return p.user.Name() + " is invited"
	case p.rec.InviteesKnown == state.False:
		return "owned by " + name + "; no invitees were recorded"
	}
	return p.user.Name() + " is neither owner nor invitee"
}

func (p *pair) personName(id state.Value) string {
	if person, ok := p.snap.Directory.Person(id.Text()); ok && person.Name != "" {
		return person.Name
	}
	if id.Text() == "" {
		return "nobody"
	}
	return "somebody else (" + id.Text() + ")"
}

func (p *pair) declinedText(r state.Truth) string {
	if r == state.False {
		return "declined by " + p.user.Name()
	}
	if p.declined() {
		return "declined, but already in the mailbox: kept up to date"
	}
	return "not declined"
}

func (p *pair) readText(r state.Truth) string {
	_, recorded := p.snap.Access[state.AccessKey{UserID: p.user.ID, RecordID: p.rec.ID}]
	switch {
	case !recorded:
		return "no access recorded: readable by everybody"
	case r == state.False:
		return p.user.Name() + " may not read it"
	case r == state.Unknown:
		return "read access was not recorded"
	}
	return p.user.Name() + " may read it"
}

func (p *pair) ownerText(r state.Truth) string {
	owner := p.rec.Value(state.AttrOwner)
	if scope := p.settings.Get(policies.ContactsScope); scope.Text != "mine" {
		return "scope is " + scope.Text + ": any owner"
	}
	if r == state.Unknown {
		return "the owner was not recorded"
	}
	return "owned by " + p.personName(owner)
}

func (p *pair) beforeText(r state.Truth) string {
	if p.kind == state.Event {
		return p.pastText(r)
	}
	b := windowBound(p.settings.Get(policies.TasksCompleted), p.today, -1)
	due := p.rec.Value(state.AttrDue)
	switch {
	case p.rec.Value(state.AttrClosed).Truth() == state.False:
		return "open" + p.dueText()
	case b.unlimited:
		return "closed, and the window is unlimited"
	case r == state.Unknown:
		return "it was not recorded whether it is closed, due, or when it was last modified"
	}
	since := fmt.Sprintf("%s (today − %s)", p.day(b.day), plural(b.days, "day"))
	if r == state.False {
		return "completed" + p.dueText() + ", and not touched since " + since
	}
	if due.IsKnown() && due.Day() >= b.day {
		return "completed, but due " + p.day(due.Day()) + ", on or after " + since
	}
	if t := lastTouched(p.record, p.rec); !t.IsZero() {
		return "completed, but last touched " + p.day(state.DateOf(t, p.zone)) + ", on or after " + since
	}
	return "completed, but created on or after " + since
}

func (p *pair) dueText() string {
	if due := p.rec.Value(state.AttrDue); due.IsKnown() {
		return ", due " + p.day(due.Day())
	}
	return ""
}

func (p *pair) pastText(r state.Truth) string {
	if r == state.Unknown {
		return "its dates were not recorded"
	}
	b := windowBound(p.settings.Get(policies.EventsPast), p.today, -1)
	if b.unlimited {
		return "no limit to the past"
	}
	_, last := p.span(p.rec)
	since := fmt.Sprintf("%s (today − %s)", p.day(b.day), plural(b.days, "day"))
	switch {
	case p.rec.Series == nil && !last.IsKnown():
		return "it has no dates"
	case p.rec.Series != nil && r == state.True:
		return "a series with occurrences on or after " + since
	case p.rec.Series != nil:
		return "a series with no occurrence on or after " + since
	case r == state.False:
		return fmt.Sprintf("ended %s, %s ago; the window begins %s", p.day(last.Day()), plural(int(p.today-last.Day()), "day"), since)
	case last.Day() < p.today:
		return "ended " + p.day(last.Day()) + ", on or after " + since
	}
	return "ends " + p.day(last.Day()) + ", on or after " + since
}

func (p *pair) afterText(r state.Truth) string {
	if r == state.Unknown {
		return "its dates were not recorded"
	}
	b := windowBound(p.settings.Get(policies.EventsFuture), p.today, +1)
	if b.unlimited {
		return "no limit to the future"
	}
	first, _ := p.span(p.rec)
	until := fmt.Sprintf("%s (today + %s)", p.day(b.day), plural(b.days, "day"))
	switch {
	case p.rec.Series == nil && !first.IsKnown():
		return "it has no dates"
	case p.rec.Series != nil && r == state.True:
		return "a series with occurrences on or before " + until
	case p.rec.Series != nil:
		return "a series whose next occurrence is after " + until
	case r == state.False:
		return "starts " + p.day(first.Day()) + "; the window ends " + until
	}
	return "starts " + p.day(first.Day()) + ", on or before " + until
}

// spanText says when an event that is in scope takes place.
func (p *pair) spanText() string {
	if n := p.occurrences(p.rec); n > 0 {
		return fmt.Sprintf("a series with %s in the window", plural(n, "occurrence"))
	}
	first, last := p.span(p.rec)
	if !first.IsKnown() || !last.IsKnown() {
		return "in the window"
	}
	text := p.day(first.Day())
	if last.Day() != first.Day() {
		text += " to " + p.day(last.Day())
	}
	return text + " is in the window"
}

func (p *pair) unsupportedText(r state.Truth) string {
	if r == state.False {
		return p.unsupported()
	}
	return "nothing about it that cannot be synced"
}

func (p *pair) excludedText(r state.Truth) string {
	if r == state.False {
		return ruleText(p.down.exclude.Rule)
	}
	return "no rule excludes it"
}

// checkText is a check's answer in words.
func (p *pair) checkText(code string, r state.Truth) string {
	switch code {
	case "logged_activity":
		return p.loggedText(r)
	case "not_participant":
		return p.participantText(r)
	case "declined":
		return p.declinedText(r)
	case "no_read_access":
		return p.readText(r)
	case "not_owner":
		return p.ownerText(r)
	case "not_in_view":
		return p.viewText(r)
	case "before_window":
		return p.beforeText(r)
	case "after_window":
		return p.afterText(r)
	case "unsupported":
		return p.unsupportedText(r)
	case "excluded":
		return p.excludedText(r)
	}
	return p.stoppedText(code)
}

// originOf is the policy line of a check: a rule's where one excludes.
func (p *pair) originOf(c *policies.Check) policies.Origin {
	if c.Code == "excluded" && p.down.exclude != nil {
		return p.down.exclude.Origin
	}
	return c.Origin
}

// checkReason is the decisive check as a reason.
func (p *pair) checkReason() Reason {
	c := p.decisive()
	if c == nil {
		return Reason{Code: "no_read_access", Text: "no longer returned by Salesforce: access lost, or archived", Policy: refTo(p.switchOrigin())}
	}
	return Reason{Code: c.Code, Text: p.checkText(c.Code, p.verdict.results[p.verdict.decisive]), Policy: refTo(p.originOf(c))}
}

// checkOrigin is the policy line of the decisive check.
func (p *pair) checkOrigin() policies.Origin {
	if c := p.decisive(); c != nil {
		return p.originOf(c)
	}
	return p.switchOrigin()
}

// outReason words why a link leaves the scope, and what when_out says to that.
func (p *pair) outReason(whenOut policies.Resolved) Reason {
	r := p.checkReason()
	r.Code = p.row.Code
	r.Text = "left the scope: " + r.Text
	if p.row.Code == "left_scope" {
		r.Text += fmt.Sprintf("; when_out is %s (%s)", whenOut.Text, place(whenOut.Origin))
	}
	return r
}

func place(o policies.Origin) string { return fmt.Sprintf("%s:%d", o.File, o.Line) }

func (p *pair) noAccessText(act upAct) string {
	if act == upDelete {
		return p.user.Name() + " may not delete the record"
	}
	return p.user.Name() + " may not edit the record"
}

// updateOrigin is the policy line behind an update in a direction.
func (p *pair) updateOrigin(on Target) policies.Origin {
	switch {
	case p.row.Name == "merge":
		return p.origin("conflict")
	case on == OnSalesforce:
		return p.origin("upsync")
	}
	return p.switchOrigin()
}
