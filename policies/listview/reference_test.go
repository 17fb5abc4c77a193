package listview_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/policies/listview"
	"weir/state"
	"weir/state/zone"
)

// TestEveryOperatorAndType: which fields each operator can compare, as Salesforce
// offers it; the rest is unknown, never false.
func TestEveryOperatorAndType(t *testing.T) {
	order := "text number date timestamp"
	want := map[string]string{
		"equals": order + " bool", "notEqual": order + " bool", "lessThan": order, "lessOrEqual": order, "greaterThan": order, "greaterOrEqual": order,
		"contains": "text", "notContain": "text", "startsWith": "text", "includes": "text", "excludes": "text", "like": "text", "notLike": "text", "within": "",
	}
	types := map[string]state.Type{"text": state.Text, "number": state.Number, "date": state.Day, "timestamp": state.Instant, "bool": state.Bool}
	operators := state.ViewOperators()
	require.Len(t, operators, len(want))
	for _, op := range operators {
		for name, typ := range types {
			understood := strings.Contains(" "+want[op.Operator.String()]+" ", " "+name+" ")
			assert.Equal(t, understood, listview.Understands(typ, op.Operator), "%s of a %s", op.Operator, name)
		}
	}
}

// instances are the relative dates with numbers put in.
func instances() []string {
	var out []string
	for _, literal := range listview.RelativeDates() {
		if !strings.HasSuffix(literal, ":n") {
			out = append(out, literal)
			continue
		}
		for _, n := range []string{"1", "2", "13"} {
			out = append(out, strings.TrimSuffix(literal, "n")+n)
		}
	}
	return out
}

// TestEveryRelativeDateAtItsBounds asks, for every relative date on days where
// calendars are hard, each operator about the day before the range, its first and
// last day and the day after; for points in time, about the last second before
// midnight and midnight itself, in zones where days have 23, 24 and 25 hours.
func TestEveryRelativeDateAtItsBounds(t *testing.T) {
	days := []string{"2026-05-04", "2026-01-01", "2026-12-31", "2024-02-29", "2026-03-01", "2026-03-29", "2026-10-25", "2026-05-02", "2026-05-03", "2026-07-31"}
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "America/Santiago", "Pacific/Apia"}
	asked := 0
	for _, literal := range instances() {
		if strings.Contains(literal, "FISCAL") {
			c := compiled(t, literal, state.Day, state.ViewEquals, "2026-05-04", "UTC", person("en_US"))
			require.Len(t, c.Unclear, 1, literal)
			assert.Contains(t, c.Unclear[0], "when the fiscal year begins is not recorded")
			continue
		}
		for i, on := range days {
			d, err := state.ParseDate(on)
			require.NoError(t, err)
			first, last, ok := listview.DaysOf(literal, d, time.Monday)
			require.True(t, ok, literal)
			for op, want := range atBounds {
				c := compiled(t, literal, state.Day, op, on, "UTC", person("de_DE"))
				for j, day := range []state.Date{first - 1, first, last, last + 1} {
					require.Equal(t, want[j], answer(t, c, contact(map[string]any{"X__c": day})), "%s %s %s on %s", day, op, literal, on)
				}
				name := zones[i%len(zones)]
				c = compiled(t, literal, state.Instant, op, on, name, person("de_DE"))
				loc, err := zone.Load(name)
				require.NoError(t, err)
				start, end := cond.FirstInstant(first, loc), cond.FirstInstant(last+1, loc)
				for j, at := range []time.Time{start.Add(-time.Second), start, end.Add(-time.Second), end} {
					require.Equal(t, want[j], answer(t, c, contact(map[string]any{"X__c": at})), "%s %s %s on %s in %s", at, op, literal, on, name)
				}
				asked++
			}
		}
	}
	assert.Greater(t, asked, 3000)
}

// atBounds: the answers of each operator before a range, at its first and last
// day, and after it.
var atBounds = map[state.ViewOperator][4]state.Truth{
	state.ViewEquals:         {state.False, state.True, state.True, state.False},
	state.ViewNotEqual:       {state.True, state.False, state.False, state.True},
	state.ViewLess:           {state.True, state.False, state.False, state.False},
	state.ViewLessOrEqual:    {state.True, state.True, state.True, state.False},
	state.ViewGreater:        {state.False, state.False, state.False, state.True},
	state.ViewGreaterOrEqual: {state.False, state.True, state.True, state.True},
}

func compiled(t *testing.T, literal string, typ state.Type, op state.ViewOperator, on, zoneName string, u *state.User) listview.Compiled {
	loc, err := zone.Load(zoneName)
	require.NoError(t, err)
	d, err := state.ParseDate(on)
	require.NoError(t, err)
	return listview.Compile(everything(field("X__c", typ, op, literal)), listview.Moment{User: u, Today: d, Zone: loc})
}

// TestDaysOfTransition: the days on which clocks change have 23 and 25 hours.
func TestDaysOfTransition(t *testing.T) {
	for _, tc := range []struct {
		zone, on, inside, outside string
	}{
		{"Europe/Berlin", "2026-03-29", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"},
		{"Europe/Berlin", "2026-10-25", "2026-10-25T22:59:59Z", "2026-10-25T23:00:00Z"},
		{"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", "2026-03-08T04:59:59Z"},
		{"America/New_York", "2026-03-08", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"},
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z", "2026-09-06T03:59:59Z"}, // no midnight: the day begins at one
	} {
		c := compiled(t, "TODAY", state.Instant, state.ViewEquals, tc.on, tc.zone, person("en_US"))
		for at, want := range map[string]state.Truth{tc.inside: state.True, tc.outside: state.False} {
			when, err := time.Parse(time.RFC3339, at)
			require.NoError(t, err)
			assert.Equal(t, want, answer(t, c, contact(map[string]any{"X__c": when})), "%s on %s in %s", at, tc.on, tc.zone)
		}
	}
}

// TestWeeksOfALocaleThatIsNotKnown: where weeks may begin on Saturday, Sunday or
// Monday, only what all of them share is certain.
func TestWeeksOfALocaleThatIsNotKnown(t *testing.T) {
	// 2026-05-06 is a Wednesday: its week begins on the 2nd, the 3rd or the 4th.
	for locale, want := range map[string]string{
		"en_US": "FTTTTTTF", "de_DE": "FFTTTTTT", "": "??TTTT??", "ar_EG": "??TTTT??", "en_DE": "??TTTT??",
	} {
		c := compiled(t, "THIS_WEEK", state.Day, state.ViewEquals, "2026-05-06", "UTC", person(locale))
		assert.Empty(t, c.Unclear, "nothing is unknown for every contact")
		var got strings.Builder
		for _, day := range []int{2, 3, 4, 5, 7, 8, 9, 10} {
			it := contact(map[string]any{"X__c": state.MakeDate(2026, 5, day)})
			truth := answer(t, c, it)
			got.WriteString(map[state.Truth]string{state.True: "T", state.False: "F", state.Unknown: "?"}[truth])
			reasons := c.Why(&cond.Subject{Item: it, User: person(locale)})
			assert.Equal(t, truth == state.Unknown, len(reasons) == 1, "%v", reasons)
		}
		assert.Equal(t, want, got.String(), "locale %q", locale)
	}
	c := compiled(t, "LAST_N_WEEKS:2", state.Day, state.ViewNotEqual, "2026-05-06", "UTC", person(""))
	assert.Equal(t, state.False, answer(t, c, contact(map[string]any{"X__c": state.MakeDate(2026, 4, 25)})), "in the range, whenever weeks begin")
	assert.Equal(t, state.True, answer(t, c, contact(map[string]any{"X__c": nil})), "an empty field is in no week")
}

// TestValuesOfTheUser: $User is the person who is synced.
func TestValuesOfTheUser(t *testing.T) {
	at := moment(t, "UTC")
	for _, tc := range []struct {
		field, value string
		holds        any
		want         state.Truth
	}{
		{"OwnerId", "$User.Id", ann, state.True},
		{"OwnerId", "$USER", ann, state.True},
		{"OwnerId", "$User.Id", bob, state.False},
		{"Account_Manager__c", "$user.name", "ann lee", state.True},
		{"Email", "$User.Email", "Ann@acme.example", state.True},
		{"Owner.Alias", "$User.Alias", "ALEE", state.True},
		{"Owner.Alias", "$User.Alias", "bob", state.False},
		{"Region__c", "$User.Division", nil, state.True}, // recorded as nothing
		{"Region__c", "$User.Department", "x", state.Unknown},
		{"Region__c", "$USER", "x", state.Unknown},
		{"Region__c", "$Profile.Name", "x", state.Unknown},
		{"Region__c", "$User.Manager.Name", "x", state.Unknown},
		{"Region__c", "$5 club", "$5 Club", state.True}, // no such value, a text
	} {
		c := listview.Compile(everything(field(tc.field, state.Text, state.ViewEquals, tc.value)), at)
		assert.Equal(t, tc.want, answer(t, c, contact(map[string]any{tc.field: tc.holds})), "%s = %s", tc.field, tc.value)
		assert.Equal(t, tc.want == state.Unknown, len(c.Unclear) == 1, "%v", c.Unclear)
	}
	at.User = nil
	c := listview.Compile(everything(field("OwnerId", state.Text, state.ViewEquals, "$User.Id")), at)
	assert.Equal(t, state.Unknown, answer(t, c, contact(map[string]any{"OwnerId": ann})))
}

// TestReasonsHavePlaces: a reason names the file and line of the part, and only the
// parts that decide are given for one contact.
func TestReasonsHavePlaces(t *testing.T) {
	number := field("Score__c", state.Number, state.ViewEquals, "five")
	number.Line = 7
	hot := field("Rating__c", state.Text, state.ViewWithin, "5")
	hot.Line = 9
	f := everything(&state.ViewCondition{Join: state.JoinAny, Parts: []*state.ViewCondition{
		{Join: state.JoinAll, Parts: []*state.ViewCondition{number, field("City__c", state.Text, state.ViewEquals, "Rome")}}, hot}})
	f.File, f.Line = "listviews/Hot.json", 1
	c := listview.Compile(f, moment(t, "UTC"))
	assert.Equal(t, []string{`"Score__c" holds a number and is compared with "five" (listviews/Hot.json:7)`,
		`"Rating__c" is compared by distance (within), which is not evaluated (listviews/Hot.json:9)`}, c.Unclear)
	s := &cond.Subject{Item: contact(map[string]any{"City__c": "Bonn"}), User: person("")}
	assert.Equal(t, c.Unclear[1:], c.Why(s), "the first part is false for want of the city")
}

// TestHugeFilters: size alone breaks nothing.
func TestHugeFilters(t *testing.T) {
	many := field("X__c", state.Text, state.ViewEquals)
	for i := range 10_000 {
		many.Values = append(many.Values, state.ViewValue{Text: fmt.Sprint("v", i)})
	}
	c := listview.Compile(everything(many), moment(t, "UTC"))
	assert.Equal(t, state.True, answer(t, c, contact(map[string]any{"X__c": "V9999"})))
	assert.Equal(t, state.False, answer(t, c, contact(map[string]any{"X__c": "v10000"})))
	deep := field("X__c", state.Text, state.ViewEquals, "a")
	for i := range 90 {
		deep = &state.ViewCondition{Join: state.JoinAll + state.ViewJoin(i%2), Parts: []*state.ViewCondition{deep, field("Y__c", state.Text, state.ViewEquals, "b")}}
	}
	c = listview.Compile(everything(deep), moment(t, "UTC"))
	assert.Empty(t, c.Unclear)
	assert.Equal(t, state.True, answer(t, c, contact(map[string]any{"X__c": "a", "Y__c": "b"})))
	assert.Equal(t, state.False, answer(t, c, contact(map[string]any{"X__c": "c", "Y__c": "d"})))
}
