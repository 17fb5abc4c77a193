package generate

import (
	"strconv"

	"weir/state"
)

// Place is where a case happens.
type Place uint8

// The places of cases.
const (
	InSalesforce Place = iota // to a record and its copies
	InMailbox                 // to an item that only a mailbox holds
	Person                    // to a person, or the whole mailbox
)

// Case is something that a sync has to decide and that happens in a generated
// recording.
type Case struct {
	// Number tells which question of a sync the case is about; several cases may be
	// about one. Name is its own.
	Number int
	Name   string
	// Makes says what is made, for people.
	Makes string
	On    Place
	Kind  state.Kind // of the thing; not for people
	// Every: one in so many things, or people, plays the case.
	Every int
	// Pair: it needs a second person.
	Pair bool

	setup func(*scene) // shapes the record before copies are made
	shape func(*scene) // shapes the copies
	act   func(*scene) // what happens, as far as it has come
	// bare: there are no copies. later: the case has a second step, in the session
	// after. together: all such cases happen in one session. moves: copies come to lie
	// in people's own folders.
	bare, later, together, moves bool

	// Of people: the settings page at a step; the groups; the case that the first
	// of their things of a sort plays; what happens to each item of the mailbox.
	settings func(step int) page
	groups   []string
	first    firstThing
	sweep    func(c *itemCopy, s *scene, step int)
	// wide: the mailbox holds another person's contacts too. small: it holds four
	// contacts. renews: it is captured in full when it happens. unfinished: a page of
	// the calendar is missing. leaves: the person is deactivated.
	wide, small, renews, unfinished, leaves bool
}

// firstThing is a case by its name, and where it happens.
type firstThing struct {
	on   Place
	kind state.Kind
	name string
}

// Cases lists what happens.
func Cases() []Case { return cases }

// NotShown are the questions that no recording shows, because they are about
// policies, presets or the program itself, with the reason.
var NotShown = []struct {
	Number int
	Reason string
}{
	{30, "which preset people follow is no part of a recording"},
	{31, "a preset that was deleted is no part of a recording"},
	{68, "whose limit trips depends on the policy; switches and views that change for one person (19, 33, 67) are what it counts"},
	{69, "whether a plan is stale is seen when it is applied"},
}

// Label is the case's number for people; "-" for ordinary life.
func (c *Case) Label() string {
	if c.Number == 0 {
		return "-"
	}
	return strconv.Itoa(c.Number)
}

// Of says what plays the case, in the plural.
func (c *Case) Of() string {
	switch c.On {
	case Person:
		return "people"
	case InMailbox:
		return "personal " + c.Kind.Plural()
	}
	return c.Kind.Plural()
}

func caseNamed(name string) *Case {
	for i := range cases {
		if cases[i].Name == name {
			return &cases[i]
		}
	}
	panic("there is no case " + name)
}

// cases is filled in init because what happens refers back to it.
var cases []Case

func init() {
	cases = append(cases, contactCases()...)
	cases = append(cases, taskCases()...)
	cases = append(cases, eventCases()...)
	cases = append(cases, personCases()...)
}
