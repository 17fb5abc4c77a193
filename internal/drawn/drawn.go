// Package drawn draws neutral items at random, for tests that write items in a
// dialect's terms and read them back. What a dialect can say beyond single values
// (times that fit together, series) its own tests draw. Only tests import it.
package drawn

import (
	"time"

	"pgregory.net/rapid"

	"weir/state"
)

// Owner is the address of the person whose items are drawn.
const Owner = "ann@acme.example"

// Values draws values, empties and gaps. A full one has no gaps, as every row of a
// CSV file.
type Values struct {
	*rapid.T
	Full bool
}

// Maybe sets an attribute, makes it empty, or leaves it unrecorded.
func (t Values) Maybe(it *state.Item, a state.Attr, value func() state.Value) {
	switch rapid.IntRange(0, 5).Draw(t.T, a.String()+"?") {
	case 0:
		if t.Full {
			it.Set(a, state.EmptyValue())
		}
	case 1:
		it.Set(a, state.EmptyValue())
	default:
		it.Set(a, value())
	}
}

// Any is a text of what formats have to quote and fold.
func (t Values) Any(name string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("aZ é,;:\\\"\n\t'<^=漢")), 0, 90, -1).Draw(t.T, name)
}

// Text draws texts.
func (t Values) Text(it *state.Item, attrs ...state.Attr) {
	for _, a := range attrs {
		t.Maybe(it, a, func() state.Value { return state.TextValue(t.Any(a.String())) })
	}
}

// Word draws one of a few texts.
func (t Values) Word(it *state.Item, a state.Attr, words ...string) {
	t.Maybe(it, a, func() state.Value { return state.TextValue(rapid.SampledFrom(words).Draw(t.T, a.String())) })
}

// Truth draws truths.
func (t Values) Truth(it *state.Item, attrs ...state.Attr) {
	for _, a := range attrs {
		t.Maybe(it, a, func() state.Value { return state.BoolValue(rapid.Bool().Draw(t.T, a.String())) })
	}
}

// Instant draws points in time.
func (t Values) Instant(it *state.Item, attrs ...state.Attr) {
	for _, a := range attrs {
		t.Maybe(it, a, func() state.Value { return state.InstantValue(t.Time(a.String())) })
	}
}

// Day draws days.
func (t Values) Day(it *state.Item, a state.Attr) {
	t.Maybe(it, a, func() state.Value { return state.DayValue(state.DateOf(t.Time(a.String()), time.UTC)) })
}

// Time is a point in time between 1906 and 2096, some with parts of a second.
func (t Values) Time(name string) time.Time { return t.Between(name, -2_000_000_000, 4_000_000_000) }

// Between is a point in time between two, in seconds since the epoch.
func (t Values) Between(name string, from, to int64) time.Time {
	return time.Unix(rapid.Int64Range(from, to).Draw(t.T, name), rapid.SampledFrom([]int64{0, 120_000_000, 1}).Draw(t.T, name+" fraction")).UTC()
}

// Categories draws up to two of the names, or leaves them unrecorded.
func (t Values) Categories(it *state.Item, names ...string) {
	if rapid.Bool().Draw(t.T, "categories?") {
		it.Set(state.AttrCategories, state.TextsValue(rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(t.T, "categories")))
	}
}

// Carries draws whether the item carries a record's id.
func (t Values) Carries(it *state.Item, id string) {
	it.Carries = rapid.SampledFrom([]string{"", id}).Draw(t.T, "carries")
}

// Of draws a value of an attribute's type: one of the words where it has any, else
// one of the texts.
func (t Values) Of(a state.Attribute, words map[state.Attr][]string, texts ...string) state.Value {
	switch a.Type {
	case state.Bool:
		return state.BoolValue(rapid.Bool().Draw(t.T, a.Name))
	case state.Instant:
		return state.InstantValue(t.Between(a.Name, 1_500_000_000, 1_900_000_000))
	case state.Day:
		return state.DayValue(state.Date(rapid.IntRange(15000, 25000).Draw(t.T, a.Name)))
	case state.Texts:
		return state.TextsValue(rapid.SampledFrom([][]string{nil, {"Salesforce"}, {"a & b", "<c>"}, {"a & b", "Salesforce Contacts"}}).Draw(t.T, a.Name))
	case state.People:
		return state.PeopleValue(rapid.SampledFrom(people).Draw(t.T, a.Name))
	}
	if list := words[a.Attr]; list != nil {
		texts = list
	}
	return state.TextValue(rapid.SampledFrom(texts).Draw(t.T, a.Name))
}

var people = [][]state.Attendee{nil, {{Email: Owner, Response: "declined"}},
	{{Email: "bo@x.example", Name: "Bo & \"Co\"", Response: "accepted"}, {Email: "cy@x.example", Response: "none"}}, {{Email: "di@x.example"}}}
