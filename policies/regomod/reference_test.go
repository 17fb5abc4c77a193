package regomod

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies/cond"
	"weir/state"
)

var (
	textAttrs    = []string{"item.title", "item.location", "item.owner", "item.modified_by", "user.profile", "user.email", "item.custom.A__c"}
	boolAttrs    = []string{"item.private", "item.all_day", "item.recurring", "item.linked", "user.active"}
	instantAttrs = []string{"item.start", "item.end", "item.created", "item.modified", "now"}
	dateAttrs    = []string{"item.start_date", "item.end_date", "today"}
	someTexts    = []string{"a", "b", "ab", "A", "x@y.example", "Café"}
)

func pick(t *rapid.T, from []string) string { return rapid.SampledFrom(from).Draw(t, "pick") }

func quoted(t *rapid.T) string { return fmt.Sprintf("%q", pick(t, someTexts)) }

// module writes a policy with one rule and the helpers it uses.
func module(t *rapid.T) string {
	w := &writer{t: t}
	body := w.body(2)
	return "package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n" + body + "}\n" + strings.Join(w.helpers, "\n")
}

type writer struct {
	t       *rapid.T
	helpers []string
	vars    int
}

func (w *writer) body(depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(w.t, "lines") {
		b.WriteString("\t" + w.line(depth, "") + "\n")
	}
	return b.String()
}

func (w *writer) line(depth int, person string) string {
	form := rapid.IntRange(0, 7).Draw(w.t, "form")
	switch {
	case depth > 0 && form == 0: // a helper with several bodies
		name := fmt.Sprintf("h%d", len(w.helpers))
		w.helpers = append(w.helpers, "")
		at := len(w.helpers) - 1
		text := ""
		if rapid.Bool().Draw(w.t, "default") {
			text = "default " + name + " := false\n"
		}
		for range rapid.IntRange(1, 2).Draw(w.t, "bodies") {
			text += name + " if {\n" + w.body(depth-1) + "}\n"
		}
		w.helpers[at] = text
		return pick(w.t, []string{"", "not "}) + name
	case depth > 0 && form == 1 && person == "":
		w.vars++
		p := fmt.Sprintf("p%d", w.vars)
		return "some " + p + " in input.item.attendees\n\t" + p + `.email != "zz"` + "\n\t" + w.leaf(p) + "\n\t" + w.leaf(p)
	case depth > 0 && form == 2 && person == "":
		w.vars++
		p := fmt.Sprintf("p%d", w.vars)
		return "every " + p + " in input.item.attendees { " + p + `.name != "a"; ` + w.leaf(p) + " }"
	case form == 3:
		return "not " + w.leaf(person)
	}
	return w.leaf(person)
}

func (w *writer) text(person string) string {
	switch n := rapid.IntRange(0, 5).Draw(w.t, "text"); {
	case n == 0:
		return pick(w.t, []string{"lower", "upper"}) + "(input." + pick(w.t, textAttrs) + ")"
	case n < 3 && person != "":
		return person + "." + pick(w.t, []string{"email", "name", "response"})
	}
	return "input." + pick(w.t, textAttrs)
}

func (w *writer) leaf(person string) string {
	t := w.t
	compare := pick(t, []string{"==", "!=", "<", "<=", ">", ">="})
	switch rapid.IntRange(0, 9).Draw(t, "leaf") {
	case 0:
		return "input." + pick(t, boolAttrs)
	case 1:
		return w.text(person) + " " + compare + " " + quoted(t)
	case 2:
		return w.text(person) + " " + compare + " " + w.text(person)
	case 3:
		return pick(t, []string{"startswith", "endswith", "contains"}) + "(" + w.text(person) + ", " + quoted(t) + ")"
	case 4:
		return w.text(person) + " in {" + quoted(t) + ", " + quoted(t) + "}"
	case 5:
		return quoted(t) + " in input." + pick(t, []string{"user.groups", "item.participants", "item.categories"})
	case 6:
		return "input." + pick(t, instantAttrs) + " " + compare + " input." + pick(t, instantAttrs) + pick(t, []string{"", " + 3600000000000", " - 86400000000000"})
	case 7:
		return "input." + pick(t, dateAttrs) + " " + compare + " " + pick(t, []string{`"2026-05-04"`, "input.today", "input.item.start_date"})
	case 8:
		return "count(input." + pick(t, []string{"item.attendees", "item.title", "user.groups"}) + ") " + compare + fmt.Sprint(" ", rapid.IntRange(0, 3).Draw(t, "n"))
	}
	return "input." + pick(t, boolAttrs) + pick(t, []string{" == true", " == false", " != true"})
}

// subject draws an event of which everything is recorded and not empty, save
// what a record has no place for.
func subject(t *rapid.T) *cond.Subject {
	text := func() state.Value { return state.TextValue(pick(t, someTexts)) }
	list := func() state.Value {
		return state.TextsValue(rapid.SliceOfN(rapid.SampledFrom(someTexts), 0, 3).Draw(t, "list"))
	}
	base := time.Date(2026, 5, 3, 22, 0, 0, 0, time.UTC)
	it, other := state.NewItem(state.Event, state.Salesforce, "00U"), state.NewItem(state.Event, state.Mailbox, "AAMk")
	for _, row := range state.Schema() {
		switch row.Type {
		case state.Text:
			it.Set(row.Attr, text())
		case state.Bool:
			it.Set(row.Attr, state.BoolValue(rapid.Bool().Draw(t, "bool")))
		case state.Instant:
			it.Set(row.Attr, state.InstantValue(base.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours"))*time.Hour)))
		case state.Day:
			it.Set(row.Attr, state.DayValue(state.MakeDate(2026, 5, rapid.IntRange(1, 7).Draw(t, "day"))))
		}
	}
	it.Set(state.AttrAttendees, state.PeopleValue(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) state.Attendee {
		return state.Attendee{Email: pick(t, someTexts), Name: pick(t, someTexts), Response: pick(t, someTexts)}
	}), 0, 3).Draw(t, "people")))
	it.InviteesKnown = state.True
	it.Custom = map[string]state.Value{"A__c": text()}
	other.Set(state.AttrCategories, list())
	user := &state.User{ID: "a", Zone: time.UTC}
	user.Values[state.UserProfile], user.Values[state.UserEmail] = text(), text()
	user.Values[state.UserActive], user.Values[state.UserGroups] = state.BoolValue(rapid.Bool().Draw(t, "active")), list()
	s := &cond.Subject{Item: it, Other: other, User: user, Directory: state.NewDirectory(), Now: base, Today: state.DateOf(base, time.UTC)}
	if rapid.Bool().Draw(t, "linked") {
		s.Link = &state.Link{State: state.LinkActive}
	}
	return s
}

// TestAgreesWithOPA compares lowered rules with OPA's own answers, with and
// without OPA's index of rules, on items of which everything is known. "make
// equality" runs it on a million pairs: every policy drawn is asked about
// several items.
func TestAgreesWithOPA(t *testing.T) {
	const items = 20
	lowered, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := module(t)
		install()
		c := &compiler{env: testEnv, files: map[string]*file{}}
		c.parse(Source{Path: "a.rego", Text: []byte(text)})
		require.Empty(t, c.diags, text)
		c.declare()
		c.compile()
		require.False(t, c.diags.HasErrors(), "%s\n%v", text, c.diags)
		s := c.special[0]
		rule := c.syncRule(s)
		require.NotNil(t, rule, "%s\n%v", text, c.diags)
		if all++; rule.Opaque == "" {
			lowered++
		}
		program := c.program(s, s.member(), toDecide)
		for range items {
			subject := subject(t)
			got, err := rule.When.Eval(subject)
			require.NoError(t, err)
			input := inputOf(program.uses, subject)
			for _, indexed := range []bool{true, false} {
				rs, err := program.results(context.Background(), input, rego.EvalRuleIndexing(indexed), rego.EvalEarlyExit(indexed))
				require.NoError(t, err)
				require.Equal(t, state.TruthOf(len(rs) > 0), got, "%s\nlowered to %s\ninput %v", text, rule.When, input)
			}
		}
	})
	t.Logf("%d of %d rules were lowered", lowered, all)
	require.Greater(t, lowered*10, all*8, "most rules must be lowered, or nothing is compared")
}
