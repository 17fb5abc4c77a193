package engine

import (
	"fmt"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file finds out the facts that the conditions of settings ask for, each
// only when it is asked. A fact says how the product reads what was not recorded.

// Fact is the value of a fact about what the pair's conditions see.
func (p *pair) Fact(f cond.FactName, since state.Value) state.Value {
	switch f {
	case cond.Owned:
		return known(ownedBy(p.seen.Item, p.user))
	case cond.Invited:
		return known(invitee(p.seen.Item, p.user))
	case cond.Declined:
		return state.BoolValue(p.declined())
	case cond.HasLink:
		return state.BoolValue(p.link != nil)
	case cond.Readable:
		return known(p.mayRead(p.seen.Item.ID))
	case cond.InView:
		return known(p.inView(p.settings.Get(policies.ContactsScope).View, p.seen.Item))
	case cond.ActivityType:
		return p.activityType()
	case cond.TouchedDay:
		return p.touchedDay()
	case cond.Occurs:
		return known(p.occurs())
	case cond.LastDay:
		return p.lastDay()
	case cond.FirstDay:
		return p.firstDay(since)
	case cond.Supported:
		return state.BoolValue(p.unsupported() == "")
	case cond.Excluded:
		return state.BoolValue(p.excluded())
	}
	return state.Value{}
}

// Reaches reports whether a day lies on or after another one.
func (p *pair) Reaches(f cond.FactName, day state.Date) state.Truth {
	switch f {
	case cond.TouchedDay:
		return p.touchedSince(day)
	case cond.LastDay:
		return p.endsSince(day)
	}
	return state.Unknown
}

// known is a truth as a value: unrecorded where it cannot be told.
func known(t state.Truth) state.Value {
	if t == state.Unknown {
		return state.Value{}
	}
	return state.BoolValue(t == state.True)
}

// activityType is a task's subtype. Where none was recorded it counts as a task's.
func (p *pair) activityType() state.Value {
	subtype := p.seen.Item.Value(state.AttrSubtype)
	if !subtype.IsRecorded() {
		p.noteSubtype()
		return state.TextValue("Task")
	}
	return subtype
}

// invitee reports whether the user is among an event's invitees. Where no source
// of invitees was recorded, nobody is; where one was in part, it is unknown.
func invitee(it *state.Item, u *state.User) state.Truth {
	if _, ok := it.Invitee(u.ID); ok {
		return state.True
	}
	if it.InviteesKnown == state.Unknown {
		return state.Unknown
	}
	return state.False
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

// mayRead reports whether the user may read a record; what has no recorded access
// everybody may.
func (d *desk) mayRead(recordID string) state.Truth {
	access, ok := d.snap.Access[state.AccessKey{UserID: d.user.ID, RecordID: recordID}]
	if !ok {
		return state.True
	}
	return access.Read
}

// maxAllDay is the longest all-day event the product can sync, in days, and
// maxRecurring the longest occurrence of a series, in hours.
const (
	maxAllDay    = 14
	maxRecurring = 24
)

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

func (p *pair) excluded() bool {
	p.applyDownRules()
	return p.down.exclude != nil
}
