package state

import (
	"strings"
	"time"
)

// Item is one state of a Salesforce record or of a mailbox item. It is
// immutable once its builder has handed it out.
type Item struct {
	Kind Kind
	Side Side
	ID   string

	vals   []Value          // by slot of the kind
	Custom map[string]Value // Salesforce fields beyond the schema, by API name

	// BySync says whether the sync wrote this state: its recorded author is a
	// sync identity, or the simulated sync made it. Unknown when the author was
	// not recorded although the recording names sync identities.
	BySync Truth
	// CarriedAt is, for a state the simulated sync wrote, when the person made the
	// change it carried over; zero otherwise.
	CarriedAt time.Time

	// Invitees are the Salesforce users invited to an event (not its owner), by
	// id. InviteesKnown says how far the list can be trusted: True when a source
	// of invitees was recorded completely, Unknown when incompletely, False when
	// none was recorded.
	Invitees      []Invitee
	InviteesKnown Truth

	// Organizer says whether the mailbox's owner organises the event; Unknown
	// where the payload does not say.
	Organizer Truth
	// AttendeesTruncated: the payload's attendee list is cut short.
	AttendeesTruncated bool

	// IDMade: the source gave the item no id, and this one was made of its content. It
	// being gone proves no deletion, because a change may have made another of it.
	IDMade bool
	// FreeOrBusy: the service knows no absences; an event is free or it is not.
	FreeOrBusy bool

	ICalUID string  // an event's calendar uid, "" where there is none
	Series  *Series // nil unless the event recurs

	// Folder is the display name of the folder or list a mailbox contact or task
	// lies in; FolderKnown says whether it was recorded.
	Folder      string
	FolderKnown bool
	// Carries is the record id stored on a mailbox item (a link property), 18
	// characters, or "".
	Carries string

	// File and Line say where in the recording this state was read; Line may be 0.
	File string
	Line int
}

// Invitee is one invited Salesforce user and the recorded answer.
type Invitee struct {
	UserID   string
	Response string // "", "none", "accepted", "tentative" or "declined"
}

// Series is what makes an event recur.
type Series struct {
	Rule string // RFC 5545 RRULE value; "" when only the listed occurrences are known
	Zone string // IANA zone in which the rule expands; "" for the user's
	// Occurrences lists recorded occurrences: exceptions, moved and cancelled ones,
	// or, without a rule, all that a calendar view showed.
	Occurrences []Occurrence
	// Lightning: a series in Salesforce's Lightning form, which cannot go down.
	Lightning bool
	// Unreadable names a recurrence that could not be understood; "" otherwise.
	Unreadable string
}

// Occurrence is one recorded occurrence of a series. For all-day series only the
// dates are set; for timed ones only the instants.
type Occurrence struct {
	Original           time.Time // where the rule would have put it; zero if unknown
	OriginalDate       Date      // the same for all-day series
	Start, End         time.Time
	StartDate, EndDate Date // EndDate is the last covered day
	Cancelled          bool
}

// NewItem starts an item whose attributes are all unrecorded, save those its
// kind has no place for anywhere, which are false or empty.
func NewItem(kind Kind, side Side, id string) *Item {
	it := &Item{Kind: kind, Side: side, ID: id, vals: make([]Value, slotCount[kind])}
	if kind != Event {
		it.Set(AttrPrivate, BoolValue(false))
	}
	return it
}

// Set stores an attribute while the item is being built. Attributes the kind
// does not have, or that are computed, are ignored and reported as false.
func (it *Item) Set(a Attr, v Value) bool {
	s := slots[it.Kind][a]
	if s < 0 {
		return false
	}
	it.vals[s] = v
	return true
}

// Value is a stored attribute as recorded: unrecorded if the kind stores no such
// attribute. Conditions use the richer lookup of package cond.
func (it *Item) Value(a Attr) Value {
	s := slots[it.Kind][a]
	if s < 0 {
		return Value{}
	}
	return it.vals[s]
}

// Clone copies the item so that it can be changed with Set before it is handed
// out as a new state.
func (it *Item) Clone() *Item {
	c := *it
	c.vals = append([]Value(nil), it.vals...)
	return &c
}

// SameContent reports whether two states differ in nothing but where they were
// read, their timestamps and their author.
func (it *Item) SameContent(o *Item) bool {
	if it.Folder != o.Folder || it.FolderKnown != o.FolderKnown || it.Carries != o.Carries ||
		it.ICalUID != o.ICalUID || len(it.Custom) != len(o.Custom) || len(it.Invitees) != len(o.Invitees) {
		return false
	}
	for i := range it.Invitees {
		if it.Invitees[i] != o.Invitees[i] {
			return false
		}
	}
	for k, v := range it.Custom {
		if w, ok := o.Custom[k]; !ok || !v.Equal(w) {
			return false
		}
	}
	for a := Attr(1); a < NumAttrs; a++ {
		if a == AttrModified || a == AttrModifiedBy {
			continue
		}
		if s := slots[it.Kind][a]; s >= 0 && !it.vals[s].Equal(o.vals[s]) {
			return false
		}
	}
	return it.sameSeries(o)
}

func (it *Item) sameSeries(o *Item) bool {
	a, b := it.Series, o.Series
	if a == nil || b == nil {
		return a == b
	}
	if a.Rule != b.Rule || a.Zone != b.Zone || len(a.Occurrences) != len(b.Occurrences) {
		return false
	}
	for i := range a.Occurrences {
		if a.Occurrences[i] != b.Occurrences[i] {
			return false
		}
	}
	return true
}

// Title is the title for people: a contact's first and last name, else the
// subject; "" if there is none.
func (it *Item) Title() string { return it.TitleValue().Text() }

// TitleValue is the attribute title: a contact's is built from its names.
func (it *Item) TitleValue() Value {
	if it.Kind != Contact {
		return it.Value(AttrTitle)
	}
	first, last := it.Value(AttrFirstName), it.Value(AttrLastName)
	if !first.IsRecorded() && !last.IsRecorded() {
		return it.Value(AttrTitle)
	}
	return TextValue(strings.TrimSpace(first.Text() + " " + last.Text()))
}

// AllDay reports a known all-day event.
func (it *Item) AllDay() bool { return it.Value(AttrAllDay).Bool() }

// Owner is the owning user's id, or "".
func (it *Item) Owner() string { return it.Value(AttrOwner).Text() }

// Invitee finds the invitation of a user.
func (it *Item) Invitee(userID string) (Invitee, bool) {
	for _, inv := range it.Invitees {
		if inv.UserID == userID {
			return inv, true
		}
	}
	return Invitee{}, false
}

// HasCategory compares category names without regard to case.
func (it *Item) HasCategory(name string) bool {
	for _, c := range it.Value(AttrCategories).Texts() {
		if strings.EqualFold(c, name) {
			return true
		}
	}
	return false
}
