package celexpr

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies/cond"
	"weir/state"
)

func whole(t require.TestingT, text string, env Env) cond.Expr {
	expr, diags := Whole(Source{Text: text}, env)
	require.False(t, diags.HasErrors(), "%s: %v", text, diags)
	return expr
}

var (
	textAttrs    = []string{"item.title", "item.location", "item.owner", "item.modified_by", "item.organizer_email", "user.profile", "user.email", "item.custom['A__c']"}
	boolAttrs    = []string{"item.private", "item.all_day", "item.recurring", "item.linked", "user.active"}
	instantAttrs = []string{"item.start", "item.end", "item.created", "item.modified", "now"}
	dateAttrs    = []string{"item.start_date", "item.end_date", "today"}
	textLists    = []string{"user.groups", "item.participants", "item.categories"}
	someTexts    = []string{"a", "b", "ab", "A", "x@y.example", "Café"}
)

// predicates draws CEL text.
func predicates(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string { return predicate(t, depth, "") })
}

func pick(t *rapid.T, from []string) string { return rapid.SampledFrom(from).Draw(t, "pick") }

func quoted(t *rapid.T) string { return "'" + pick(t, someTexts) + "'" }

// predicate writes a condition; person is the attendee variable in scope, or "".
func predicate(t *rapid.T, depth int, person string) string {
	if depth > 0 {
		a := func() string { return predicate(t, depth-1, person) }
		switch rapid.IntRange(0, 6).Draw(t, "form") {
		case 0:
			return "(" + a() + ") && (" + a() + ")"
		case 1:
			return "(" + a() + ") || (" + a() + ")"
		case 2:
			return "!(" + a() + ")"
		case 3:
			return "((" + a() + ") ? (" + a() + ") : (" + a() + "))"
		case 4:
			if person == "" {
				return "item.attendees." + pick(t, []string{"exists", "all"}) + "(p, " + predicate(t, depth-1, "p") + ")"
			}
		}
	}
	return leaf(t, person)
}

func leaf(t *rapid.T, person string) string {
	compare := []string{"==", "!=", "<", "<=", ">", ">="}
	switch rapid.IntRange(0, 10).Draw(t, "leaf") {
	case 0:
		return pick(t, boolAttrs)
	case 1:
		return textTerm(t, person) + " " + pick(t, compare) + " " + textTerm(t, person)
	case 2:
		return textTerm(t, person) + "." + pick(t, []string{"startsWith", "endsWith", "contains"}) + "(" + textTerm(t, person) + ")"
	case 3:
		return textTerm(t, person) + " in [" + quoted(t) + ", " + textTerm(t, person) + "]"
	case 4:
		return textTerm(t, person) + " in " + pick(t, textLists)
	case 5:
		return instantTerm(t) + " " + pick(t, compare) + " " + instantTerm(t)
	case 6:
		return dateTerm(t) + " " + pick(t, compare) + " " + dateTerm(t)
	case 7:
		all := append(append(append(append([]string{}, textAttrs...), boolAttrs...), dateAttrs...), textLists...)
		return pick(t, all) + " " + pick(t, []string{"==", "!="}) + " null"
	case 8:
		return "size(" + pick(t, append([]string{"item.attendees", "item.title"}, textLists...)) + ") " + pick(t, compare) + " " +
			fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "n"))
	case 9:
		return pick(t, boolAttrs) + " " + pick(t, []string{"==", "!="}) + " " + pick(t, append([]string{"true", "false"}, boolAttrs...))
	}
	return textTerm(t, person) + ".matches('^a|b$')"
}

func textTerm(t *rapid.T, person string) string {
	switch rapid.IntRange(0, 4).Draw(t, "text") {
	case 0:
		return quoted(t)
	case 1:
		return "domain(" + pick(t, textAttrs) + ")"
	case 2:
		return pick(t, textAttrs) + "." + pick(t, []string{"lowerAscii", "upperAscii"}) + "()"
	case 3:
		if person != "" {
			return person + "." + pick(t, []string{"email", "name"})
		}
	}
	return pick(t, textAttrs)
}

func instantTerm(t *rapid.T) string {
	switch rapid.IntRange(0, 3).Draw(t, "instant") {
	case 0:
		return "timestamp('2026-05-04T08:00:00Z')"
	case 1:
		return pick(t, instantAttrs) + " - duration('36h')"
	case 2:
		return pick(t, instantAttrs) + fmt.Sprintf(" + days(%d)", rapid.IntRange(-2, 2).Draw(t, "days"))
	}
	return pick(t, instantAttrs)
}

func dateTerm(t *rapid.T) string {
	switch rapid.IntRange(0, 2).Draw(t, "date") {
	case 0:
		return "date('2026-05-04')"
	case 1:
		return pick(t, dateAttrs) + fmt.Sprintf(" - days(%d)", rapid.IntRange(-2, 2).Draw(t, "days"))
	}
	return pick(t, dateAttrs)
}

// How much of a random subject is known.
type fullness int

const (
	full        fullness = iota // everything recorded and not null
	withNulls                   // everything recorded
	withUnknown                 // anything
)

func subject(t *rapid.T, how fullness) *cond.Subject {
	berlin, err := location("Europe/Berlin")
	require.NoError(t, err)
	draw := func(known func() state.Value) state.Value {
		switch n := rapid.IntRange(0, 5).Draw(t, "presence"); {
		case n == 0 && how == withUnknown:
			return state.Value{}
		case n == 1 && how != full:
			return state.EmptyValue()
		}
		return known()
	}
	someText := func() state.Value { return state.TextValue(pick(t, someTexts)) }
	someBool := func() state.Value { return state.BoolValue(rapid.Bool().Draw(t, "bool")) }
	base := time.Date(2026, 5, 3, 22, 0, 0, 0, time.UTC)
	someInstant := func() state.Value {
		return state.InstantValue(base.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours")) * time.Hour))
	}
	someDay := func() state.Value {
		return state.DayValue(state.MakeDate(2026, 5, rapid.IntRange(1, 7).Draw(t, "day")))
	}
	someList := func() state.Value {
		return state.TextsValue(rapid.SliceOfN(rapid.SampledFrom(someTexts), 0, 3).Draw(t, "list"))
	}
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	other := state.NewItem(state.Event, state.Mailbox, "AAMk")
	for _, row := range state.Schema() {
		if row.On(state.Salesforce) != state.Stored || !row.Has(state.Event) || row.Attr == state.AttrAttendees {
			continue
		}
		it.Set(row.Attr, draw(map[state.Type]func() state.Value{state.Text: someText, state.Bool: someBool,
			state.Instant: someInstant, state.Day: someDay}[row.Type]))
	}
	it.Set(state.AttrAttendees, draw(func() state.Value {
		return state.PeopleValue(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) state.Attendee {
			return state.Attendee{Email: pick(t, someTexts), Name: pick(t, someTexts), Response: pick(t, someTexts)}
		}), 0, 3).Draw(t, "people"))
	}))
	it.AttendeesTruncated = how == withUnknown && rapid.Bool().Draw(t, "truncated")
	it.InviteesKnown = state.True
	if how == withUnknown {
		it.InviteesKnown = state.Truth(rapid.IntRange(-1, 1).Draw(t, "invitees"))
	}
	it.Custom = map[string]state.Value{"A__c": draw(someText)}
	other.Set(state.AttrCategories, draw(someList))
	user := &state.User{ID: "a", Zone: berlin}
	user.Values[state.UserProfile], user.Values[state.UserEmail] = draw(someText), draw(someText)
	user.Values[state.UserActive], user.Values[state.UserGroups] = draw(someBool), draw(someList)
	s := &cond.Subject{Item: it, Other: other, User: user, Directory: state.NewDirectory(), Now: base, Today: state.DateOf(base, berlin)}
	if rapid.Bool().Draw(t, "linked") {
		s.Link = &state.Link{State: state.LinkActive}
	}
	for _, id := range someTexts {
		s.Directory.Add(state.Person{ID: id, Email: id + "@acme.example"})
	}
	return s
}

var events = Env{Kinds: []state.Kind{state.Event}}

// TestAgreesWithCEL compares lowered conditions with cel-go's own answers.
func TestAgreesWithCEL(t *testing.T) {
	for how, name := range []string{"everything known", "with nulls", "with unrecorded values"} {
		how := fullness(how)
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				text := predicates(2).Draw(t, "predicate")
				lowered, diags := Compile(Source{Text: text}, events)
				require.False(t, diags.HasErrors(), "%s: %v", text, diags)
				reference := whole(t, text, events)
				s := subject(t, how)
				got, err := lowered.Eval(s)
				require.NoError(t, err)
				want, err := reference.Eval(s)
				require.NoError(t, err)
				if how == withUnknown && want == state.Unknown {
					return // the reference gives up where anything it names is unrecorded
				}
				require.Equal(t, want, got, "%s\nlowered to %s", text, lowered)
			})
		})
	}
}

// TestUnrecordedDecides checks that a lowered condition that answers although
// something is unrecorded answers the same whatever that turns out to be.
func TestUnrecordedDecides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := predicates(2).Draw(t, "predicate")
		lowered, diags := Compile(Source{Text: text}, events)
		require.False(t, diags.HasErrors(), "%s: %v", text, diags)
		s := subject(t, withUnknown)
		before, _ := lowered.Eval(s)
		if before == state.Unknown {
			return
		}
		filled := fill(t, s)
		after, _ := lowered.Eval(filled)
		require.Equal(t, before, after, "%s", lowered)
	})
}

// fill gives unrecorded values of a subject some value.
func fill(t *rapid.T, s *cond.Subject) *cond.Subject {
	known := subject(t, withNulls)
	out := *s
	item := s.Item.Clone()
	for _, row := range state.Schema() {
		if row.Attr != state.AttrAttendees && !item.Value(row.Attr).IsRecorded() {
			item.Set(row.Attr, known.Item.Value(row.Attr))
		}
	}
	if !item.Value(state.AttrAttendees).IsRecorded() {
		item.Set(state.AttrAttendees, known.Item.Value(state.AttrAttendees))
	}
	item.AttendeesTruncated, item.InviteesKnown = false, state.True
	item.Custom = map[string]state.Value{"A__c": s.Item.Custom["A__c"]}
	if !item.Custom["A__c"].IsRecorded() {
		item.Custom = known.Item.Custom
	}
	out.Item = item
	other := s.Other.Clone()
	if !other.Value(state.AttrCategories).IsRecorded() {
		other.Set(state.AttrCategories, known.Other.Value(state.AttrCategories))
	}
	out.Other = other
	user := *s.User
	for a, v := range user.Values {
		if !v.IsRecorded() {
			user.Values[a] = known.User.Values[a]
		}
	}
	out.User = &user
	return &out
}
