package regomod

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// someValues are the attributes that events below may lack: a truth, a text,
// a date, an instant, a list and people.
var someValues = map[string]state.Value{
	"private": state.BoolValue(true), "title": state.TextValue("b"), "start_date": state.DayValue(state.MakeDate(2026, 5, 4)),
	"modified": state.InstantValue(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)),
	"groups":   state.TextsValue([]string{"b"}), "attendees": state.PeopleValue([]state.Attendee{{Email: "b", Name: "B"}}),
}

// lacking is an event of which everything but one attribute, of its own or of the
// person's, is known: that one is as given.
func lacking(t *testing.T, name string, v state.Value) *cond.Subject {
	s := known()
	set := func(name string, v state.Value) {
		if a, ok := state.ParseUserAttr(name); ok {
			s.User.Values[a] = v
			return
		}
		a, ok := state.ParseAttr(name)
		require.True(t, ok, name)
		s.Item.Set(a, v)
	}
	for n, v := range someValues {
		set(n, v)
	}
	set(name, v)
	return s
}

// TestPresenceInRego asks tests of one attribute about an event on which it is
// unrecorded, empty and known. Lowered and opaque, they answer as cond's table
// has it: Rego's own answers (null is less than everything, a function of null
// is undefined, not undefined is true) do not count.
func TestPresenceInRego(t *testing.T) {
	const yes, no, open = state.True, state.False, state.Unknown
	for _, tc := range []struct {
		attr, body        string
		unrecorded, empty state.Truth
		known             state.Truth
	}{
		{"private", `input.item.private`, open, no, yes},
		{"private", `not input.item.private`, open, yes, no},
		{"private", `input.item.private == false`, open, yes, no},
		{"private", `input.item.private != true`, open, yes, no},
		{"title", `input.item.title == "b"`, open, no, yes},
		{"title", `input.item.title != "b"`, open, yes, no},
		{"title", `not input.item.title == "b"`, open, yes, no},
		{"title", `input.item.title == null`, open, yes, no},
		{"title", `input.item.title != null`, open, no, yes},
		{"title", `input.item.title == ""`, open, yes, no},
		{"title", `"" == input.item.title`, open, yes, no},
		{"title", `input.item.title != ""`, open, no, yes},
		{"title", `not input.item.title == ""`, open, no, yes},
		{"title", `input.item.title < "c"`, open, no, yes},
		{"title", `not input.item.title < "c"`, open, yes, no},
		{"title", `input.item.title in {"a", "b"}`, open, no, yes},
		{"title", `not input.item.title in {"a", "b"}`, open, yes, no},
		{"title", `input.item.title in {"a", null}`, open, yes, no},
		{"title", `input.item.title in input.user.groups`, open, no, yes},
		{"title", `startswith(input.item.title, "b")`, open, no, yes},
		{"title", `not endswith(input.item.title, "b")`, open, yes, no},
		{"title", `contains(input.item.title, "b")`, open, no, yes},
		{"title", `regex.match("^b$", input.item.title)`, open, no, yes},
		{"title", `not regex.match("^b$", input.item.title)`, open, yes, no},
		{"title", `lower(input.item.title) == "b"`, open, no, yes},
		{"title", `lower(input.item.title) != "b"`, open, yes, no},
		{"title", "x := upper(input.item.title)\n\tnot x == \"B\"", open, yes, no},
		{"title", `count(input.item.title) == 0`, open, yes, no},
		{"title", `count(input.item.title) < 2`, open, yes, yes},
		{"start_date", `input.item.start_date < "2026-06-01"`, open, no, yes},
		{"start_date", `"2026-01-01" < input.item.start_date`, open, no, yes},
		{"start_date", `not input.item.start_date < "2026-06-01"`, open, yes, no},
		{"start_date", `input.item.start_date <= input.today`, open, no, yes},
		{"start_date", `input.item.start_date == ""`, open, yes, no},
		{"modified", `input.item.modified <= input.now`, open, no, yes},
		{"modified", `input.now >= input.item.modified`, open, no, yes},
		{"modified", `input.item.modified + 3600000000000 > input.now`, open, no, yes},
		{"modified", `not input.item.modified + 3600000000000 > input.now`, open, yes, no},
		{"modified", `input.now - input.item.modified < 3600000000000`, open, no, yes},
		{"modified", `input.now - input.item.modified == 0`, open, no, yes},
		{"modified", `input.now - input.item.modified != 0`, open, yes, no},
		{"modified", `time.add_date(input.item.modified, 0, 0, 1) > input.now`, open, no, yes},
		{"groups", `"b" in input.user.groups`, open, no, yes},
		{"groups", `not "b" in input.user.groups`, open, yes, no},
		{"groups", `count(input.user.groups) == 0`, open, yes, no},
		{"attendees", "some p in input.item.attendees\n\tp.email == \"b\"", open, no, yes},
		{"attendees", `every p in input.item.attendees { p.email != "b" }`, open, yes, no},
		{"attendees", "some p in input.item.attendees\n\tp.response == null", open, no, yes},
		{"attendees", "some p in input.item.attendees\n\tp.response < \"x\"", open, no, no},
		{"attendees", `count(input.item.attendees) > 0`, open, no, yes},
	} {
		t.Run(tc.body, func(t *testing.T) {
			a := compiledTwice(t, "package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t"+tc.body+"\n}\n")
			require.Empty(t, a.rules[0].Opaque)
			for _, c := range []struct {
				name  string
				value state.Value
				want  state.Truth
			}{{"unrecorded", state.Value{}, tc.unrecorded}, {"empty", state.EmptyValue(), tc.empty}, {"known", someValues[tc.attr], tc.known}} {
				s := lacking(t, tc.attr, c.value)
				for form, expr := range map[string]cond.Expr{"lowered": a.rules[0].When, "opaque": a.opaque[0]} {
					got, err := expr.Eval(s)
					require.NoError(t, err)
					assert.Equal(t, c.want, got, "%s, %s: %s", form, c.name, a.rules[0].When)
				}
			}
		})
	}
}

// TestUnrecordedInRego has rules that read an unrecorded title beside what is
// known. Lowered, Kleene's tables say whether the rest decides. An opaque rule is
// unknown, unless what was lowered of it and stands in front says no.
func TestUnrecordedInRego(t *testing.T) {
	const yes, no, open = state.True, state.False, state.Unknown
	const split = `split(input.item.title, " ")[0] == "Re:"`
	for _, tc := range []struct {
		name, rules string
		want        state.Truth // of the rule as it is compiled
		alone       state.Truth // of OPA asked for the whole of it
	}{
		{"and, the rest true", excluding("input.item.title == \"b\"\n\tinput.item.private"), open, open},
		{"and, the rest false", excluding("input.item.title == \"b\"\n\tnot input.item.private"), no, open},
		{"not of unknown", excluding(`not input.item.title == "b"`), open, open},
		{"not of a helper", excluding("not h") + helper(`input.item.title == "b"`), open, open},
		{"default of a helper", excluding("h == false") + "\ndefault h := false\n" + helper(`input.item.title == "b"`), open, open},
		{"or, one true", excluding("h") + helper(`input.item.title == "b"`) + helper("input.item.private"), yes, open},
		{"or, none true", excluding("h") + helper(`input.item.title == "b"`) + helper("input.item.all_day == false"), open, open},
		{"not of or, one true", excluding("not h") + helper(`input.item.title == "b"`) + helper("input.item.private"), no, open},
		{"function", excluding("not f(input.item.title)") + "\nf(x) if x == \"b\"\n", open, open},
		{"table", excluding(`{"a": 1, "b": 2}[input.item.title] == 2`), open, open},
		{"some, one decides", excluding("some p in input.item.attendees\n\tp.email in {\"b\", input.item.title}"), yes, open},
		{"every, one decides", excluding("every p in input.item.attendees { p.email != \"b\"; input.item.title == \"b\" }"), no, open},
		{"opaque", excluding(split), open, open},
		{"not of opaque", excluding("not " + split), open, open},
		{"opaque, the front true", excluding("input.item.private\n\t" + split), open, open},
		{"opaque, the front false", excluding("not input.item.private\n\t" + split), no, open},
		{"opaque, the front unknown", excluding("input.item.title == \"b\"\n\t" + split), open, open},
		{"opaque, one alternative true", excluding("h") + helper(split) + helper("input.item.private"), open, open},
		{"opaque, reads in a helper", excluding("h") + helper(split) + helper("not input.item.private"), open, open},
		{"opaque, reads another", excluding(`split(input.item.owner, " ")[0] != "Re:"`), yes, yes},
		{"comprehension", excluding(`count([1 | some p in input.item.attendees; p.email != input.item.title]) > 2`), open, open},
		{"the item given to a helper that reads it", excluding("f(input.item)") + "\nf(x) if split(x.title, \" \")[0] != \"Re:\"\n", open, open},
		{"the item given to a helper that reads another", excluding("f(input.item)") + "\nf(x) if split(x.owner, \" \")[0] != \"Re:\"\n", yes, yes},
		{"the input given through two helpers", excluding("f(input)") + "\nf(x) if g(x.item.owner, x)\n\ng(_, x) if split(x.item.title, \" \")[0] != \"Re:\"\n", open, open},
		{"the item under a name", excluding("x := input.item\n\tsplit(x.title, \" \")[0] != \"Re:\""), open, open},
		{"the item under two names", excluding("x := input.item\n\ty := x\n\tsplit(y.title, \" \")[0] != \"Re:\""), open, open},
		{"the item in a list", excluding("[x] := [input.item]\n\tsplit(x.title, \" \")[0] != \"Re:\""), open, open},
		{"as a whole", excluding(`count(object.keys(input.item)) > 100`), open, open},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := compiledTwice(t, "package weir.rules\n"+tc.rules)
			s := lacking(t, "title", state.Value{})
			got, err := a.rules[0].When.Eval(s)
			require.NoError(t, err)
			assert.Equal(t, tc.want, got, "%s; opaque: %s", a.rules[0].When, a.rules[0].Opaque)
			got, err = a.opaque[0].Eval(s)
			require.NoError(t, err)
			assert.Equal(t, tc.alone, got)
			// Once the title is known, so is the answer, and it is OPA's own.
			assert.Equal(t, 1, a.compare(t, lacking(t, "title", state.TextValue("c d")), withNulls))
		})
	}
}

func excluding(body string) string {
	return "\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t" + body + "\n}\n"
}

func helper(body string) string { return "\nh if {\n\t" + body + "\n}\n" }
