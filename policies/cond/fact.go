package cond

import "weir/state"

// This file has what the conditions of settings ask beyond attributes: windows,
// scopes and participation are conditions as rules are, but half of what they ask
// is no value of a record. It is found out from its history, from both sides, from
// recorded access, or by expanding a series, and what is not recorded reads as the
// product reads it. Policies cannot name facts: no language makes these terms.

// Fact is a fact about a record for a user, as a term.
type Fact struct {
	Name  FactName
	Since Term   // of FirstDay: a day, or nil for the beginning
	View  string // of InView: what the policy calls the view
}

// FactName names a fact. The zero value is invalid.
type FactName uint8

// The facts. They are few, and the family is closed.
const (
	FactInvalid FactName = iota
	Owned
	Invited
	Declined
	HasLink
	Readable
	InView
	ActivityType
	TouchedDay
	Occurs
	LastDay
	FirstDay
	Supported
	Excluded
	numFacts
)

// FactInfo is one row of the table of facts.
type FactInfo struct {
	Name  string
	Type  state.Type
	Kinds []state.Kind // what it is asked of; nil means all
	// Bounded: a day of which it may be known whether it lies on or after another
	// one, although the day itself is not. Comparing with >= asks just that.
	Bounded bool
	Doc     string
}

var facts = [numFacts]FactInfo{
	Owned:        {Name: "owned", Type: state.Bool, Doc: "the person owns the record; a queue is nobody"},
	Invited:      {Name: "invited", Type: state.Bool, Kinds: onlyEvents, Doc: "the person is among the event's invitees; false where no source of invitees was recorded"},
	Declined:     {Name: "declined", Type: state.Bool, Kinds: onlyEvents, Doc: "the person has declined: their mailbox's answer where it shows one, else Salesforce's"},
	HasLink:      {Name: "has_link", Type: state.Bool, Doc: "the record has a link for the person, of whatever state"},
	Readable:     {Name: "readable", Type: state.Bool, Doc: "the person may read the record; true where no access was recorded for it"},
	InView:       {Name: "in_view", Type: state.Bool, Kinds: []state.Kind{state.Contact}, Doc: "the contact is in the view, as the person sees it"},
	ActivityType: {Name: "activity_type", Type: state.Text, Kinds: onlyTasks, Doc: "the task's subtype; Task where it was not recorded"},
	TouchedDay:   {Name: "touched_day", Type: state.Day, Kinds: onlyTasks, Bounded: true, Doc: "the person's local day on which somebody other than the sync last created, completed or modified the task"},
	Occurs:       {Name: "occurs", Type: state.Bool, Kinds: onlyEvents, Doc: "the event takes place at some time; unknown of a series that cannot be expanded"},
	LastDay:      {Name: "last_day", Type: state.Day, Kinds: onlyEvents, Bounded: true, Doc: "the last local day that the event, or an occurrence of the series, covers"},
	FirstDay:     {Name: "first_day", Type: state.Day, Kinds: onlyEvents, Doc: "the first local day that the event covers; with a day, of a series, that of the first occurrence that ends on or after the day, else of the last one"},
	Supported:    {Name: "supported", Type: state.Bool, Kinds: onlyEvents, Doc: "the product can carry the event"},
	Excluded:     {Name: "excluded", Type: state.Bool, Doc: "a rule excludes the record"},
}

var (
	onlyTasks  = []state.Kind{state.Task}
	onlyEvents = []state.Kind{state.Event}
)

// FactNames lists the facts in a fixed order.
func FactNames() []FactName {
	out := make([]FactName, 0, numFacts)
	for f := FactInvalid + 1; f < numFacts; f++ {
		out = append(out, f)
	}
	return out
}

// Describe is the fact's row in the table of facts.
func (f FactName) Describe() *FactInfo { return &facts[f] }

func (f FactName) String() string { return facts[f].Name }

// Evidence answers for the facts about a subject's item.
type Evidence interface {
	// Fact is a fact's value, unrecorded where it cannot be told. since is the day
	// of FirstDay, empty for the beginning.
	Fact(f FactName, since state.Value) state.Value
	// Reaches reports whether the day of a Bounded fact lies on or after a day.
	Reaches(f FactName, day state.Date) state.Truth
}

// Type as the table says.
func (t Fact) Type() state.Type { return t.Name.Describe().Type }

func (t Fact) inner() Term { return nil }

func (t Fact) value(s *Subject, b *binding) state.Value {
	if s.Facts == nil {
		return state.Value{}
	}
	since := state.EmptyValue()
	if t.Since != nil {
		since = t.Since.value(s, b)
	}
	return s.Facts.Fact(t.Name, since)
}

func (t Fact) String() string {
	switch {
	case t.Since != nil:
		return t.Name.String() + "(" + t.Since.String() + ")"
	case t.Name == InView:
		return t.Name.String() + "(" + quote(t.View) + ")"
	}
	return t.Name.String()
}

// boundedFact is the fact that a comparison asks for a bound, or FactInvalid.
func boundedFact(op CompareOp, left Term) FactName {
	if f, ok := left.(Fact); ok && op == GreaterEqual && f.Name.Describe().Bounded {
		return f.Name
	}
	return FactInvalid
}

// reached asks for a bound: as with values, nothing lies on or after no day.
func (e *Compare) reached(s *Subject, b *binding) state.Truth {
	day := e.Right.value(s, b)
	switch {
	case s.Facts == nil || !day.IsRecorded():
		return state.Unknown
	case !day.IsKnown():
		return state.False
	}
	return s.Facts.Reaches(e.bounded, day.Day())
}
