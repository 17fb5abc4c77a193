package engine

import (
	"fmt"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file answers: is this record downsynced for this user? The answer is
// computed as if the kind's switch were on; the switch is a separate fact.

// verdict is the answer with the result of every check, in the order of checks.
// Results of checks that do not apply to the kind are True.
type verdict struct {
	fact    VerdictFact
	results [numChecks]state.Truth
	// decisive is the first failing check, or the first unknown one; -1 when in.
	decisive int
}

// checkDef is one check: its reason code, the kinds it is about, the question,
// the answer in words and the policy line behind it.
type checkDef struct {
	code   string
	kinds  []state.Kind
	eval   func(*pair) state.Truth // True passes
	text   func(p *pair, result state.Truth) string
	policy func(*pair) policies.Origin
}

const numChecks = 10

var (
	tasks     = []state.Kind{state.Task}
	events    = []state.Kind{state.Event}
	contacts  = []state.Kind{state.Contact}
	taskEvent = []state.Kind{state.Task, state.Event}
)

// checks lists the checks in the order in which the first failing one becomes
// the reason. It is filled in init because the texts refer back to the checks.
var checks [numChecks]checkDef

func init() {
	checks = [numChecks]checkDef{
		{"logged_activity", tasks, (*pair).notLogged, (*pair).loggedText, setting(policies.TasksLogged)},
		{"not_participant", taskEvent, (*pair).participates, (*pair).participantText, (*pair).switchOrigin},
		{"declined", events, (*pair).notDeclined, (*pair).declinedText, setting(policies.EventsWhenDeclined)},
		{"no_read_access", nil, (*pair).readable, (*pair).readText, (*pair).switchOrigin},
		{"not_owner", contacts, (*pair).ownedIfMine, (*pair).ownerText, setting(policies.ContactsScope)},
		{"not_in_view", contacts, (*pair).inScopeView, (*pair).viewText, setting(policies.ContactsScope)},
		{"before_window", taskEvent, (*pair).notBeforeWindow, (*pair).beforeText, (*pair).pastOrigin},
		{"after_window", events, (*pair).notAfterWindow, (*pair).afterText, setting(policies.EventsFuture)},
		{"unsupported", events, (*pair).supported, (*pair).unsupportedText, (*pair).switchOrigin},
		{"excluded", nil, (*pair).notExcluded, (*pair).excludedText, (*pair).excludedOrigin},
	}
}

func setting(id policies.Setting) func(*pair) policies.Origin {
	return func(p *pair) policies.Origin { return p.settings.Get(id).Origin }
}

func (c *checkDef) about(k state.Kind) bool {
	if c.kinds == nil {
		return true
	}
	for _, have := range c.kinds {
		if have == k {
			return true
		}
	}
	return false
}

// judge runs every check, so that explain can show all of them.
func (p *pair) judge() verdict {
	v := verdict{fact: In, decisive: -1}
	for i := range checks {
		v.results[i] = state.True
		if !checks[i].about(p.kind) {
			continue
		}
		r := checks[i].eval(p)
		v.results[i] = r
		switch {
		case r == state.False && v.fact != Out:
			v.fact, v.decisive = Out, i
		case r == state.Unknown && v.fact == In:
			v.fact, v.decisive = Undecided, i
		}
	}
	return v
}

// code is the decisive check's reason code, "" when in.
func (v *verdict) code() string {
	if v.decisive < 0 {
		return ""
	}
	return checks[v.decisive].code
}

func (p *pair) notLogged() state.Truth {
	if p.settings.Get(policies.TasksLogged).Text == "include" {
		return state.True
	}
	open, subtype := p.rec.Value(state.AttrClosed).Truth().Not(), p.rec.Value(state.AttrSubtype)
	switch subtype.Text() {
	case "Email", "ListEmail", "Call":
		return open
	}
	if !subtype.IsRecorded() && open != state.True {
		p.noteSubtype()
	}
	return state.True
}

func (p *pair) participates() state.Truth {
	owned := ownedBy(p.rec, p.user)
	if p.kind == state.Task || owned == state.True {
		return owned
	}
	if _, ok := p.rec.Invitee(p.user.ID); ok {
		return state.True
	}
	if p.rec.InviteesKnown == state.Unknown {
		return state.Unknown
	}
	return owned
}

// ownedBy reports whether the user owns the record; unknown if the owner was not
// recorded. A queue is nobody.
func ownedBy(it *state.Item, u *state.User) state.Truth {
	owner := it.Value(state.AttrOwner)
	if !owner.IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(owner.Text() == u.ID && u.ID != "")
}

// declined reports the user's own answer: the mailbox's where it is known, else
// Salesforce's.
func (p *pair) declined() bool {
	if p.itm != nil && p.itemState == state.Live {
		if v := p.itm.Value(state.AttrResponse); v.IsKnown() && v.Text() != "none" {
			return v.Text() == "declined"
		}
	}
	inv, ok := p.rec.Invitee(p.user.ID)
	return ok && inv.Response == "declined"
}

// everDeclined also counts the answer a deleted copy last showed: a meeting that
// was declined and then deleted is not brought back.
func (p *pair) everDeclined() bool {
	return p.itm != nil && p.itm.Value(state.AttrResponse).Text() == "declined" || p.rec != nil && p.declined()
}

func (p *pair) notDeclined() state.Truth {
	if p.link != nil && p.settings.Get(policies.EventsWhenDeclined).Text != "skip" {
		return state.True
	}
	return state.TruthOf(!p.declined())
}

func (p *pair) readable() state.Truth { return p.desk.mayRead(p.rec.ID) }

func (d *desk) mayRead(recordID string) state.Truth {
	access, ok := d.snap.Access[state.AccessKey{UserID: d.user.ID, RecordID: recordID}]
	if !ok {
		return state.True
	}
	return access.Read
}

func (p *pair) ownedIfMine() state.Truth {
	if scope := p.settings.Get(policies.ContactsScope); scope.View != nil || scope.Text == "all" {
		return state.True
	}
	return ownedBy(p.rec, p.user)
}

func (p *pair) inScopeView() state.Truth {
	view := p.settings.Get(policies.ContactsScope).View
	if view == nil {
		return state.True
	}
	return p.inView(view, p.rec)
}

func (p *pair) notBeforeWindow() state.Truth {
	if p.kind == state.Task {
		b := windowBound(p.settings.Get(policies.TasksCompleted), p.today, -1)
		return p.taskInWindow(p.record, p.rec, b)
	}
	notBefore, _ := p.windowChecks()
	return notBefore
}

func (p *pair) notAfterWindow() state.Truth {
	_, notAfter := p.windowChecks()
	return notAfter
}

func (p *pair) windowChecks() (notBefore, notAfter state.Truth) {
	return p.eventWindow(p.rec, windowBound(p.settings.Get(policies.EventsPast), p.today, -1),
		windowBound(p.settings.Get(policies.EventsFuture), p.today, +1))
}

// maxAllDay is the longest all-day event the product can sync, in days, and
// maxRecurring the longest occurrence of a series, in hours.
const (
	maxAllDay    = 14
	maxRecurring = 24
)

func (p *pair) supported() state.Truth { return state.TruthOf(p.unsupported() == "") }

// unsupported names what the product cannot sync about the event; "" if nothing.
func (p *pair) unsupported() string {
	it := p.rec
	first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	start, end := it.Value(state.AttrStart), it.Value(state.AttrEnd)
	switch {
	case it.AllDay() && first.IsKnown() && last.IsKnown() && last.Day()-first.Day()+1 > maxAllDay:
		return fmt.Sprintf("an all-day event of %d days (at most %d can be synced)", last.Day()-first.Day()+1, maxAllDay)
	case it.Series == nil:
		return ""
	case it.Series.Lightning:
		return "a series made in Salesforce Lightning, which cannot go down"
	case it.Series.Unreadable != "":
		return "a series whose pattern cannot be read: " + it.Series.Unreadable
	case !it.AllDay() && start.IsKnown() && end.IsKnown() && end.Instant().Sub(start.Instant()).Hours() > maxRecurring,
		it.AllDay() && first.IsKnown() && last.IsKnown() && last.Day() > first.Day():
		return fmt.Sprintf("a series with occurrences longer than %d hours", maxRecurring)
	}
	return ""
}

func (p *pair) notExcluded() state.Truth {
	p.applyDownRules()
	return state.TruthOf(p.down.exclude == nil)
}

// subject is what conditions see of a thing.
func (d *desk) subject(it, other *state.Item, link *state.Link) cond.Subject {
	return cond.Subject{Item: it, Other: other, Link: link, User: d.user, Directory: d.snap.Directory, Now: d.snap.At, Today: d.today, Ahead: d.ahead}
}
