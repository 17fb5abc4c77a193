package regomod

import (
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

// module writes a policy with some rules, whose reasons are r0, r1, …, and the
// helpers they share.
func module(t *rapid.T) string {
	w := &writer{t: t}
	text := "package weir.rules\n"
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		body := w.body(2)
		text += fmt.Sprintf("\n%s contains {\"reason\": \"r%d\", \"kinds\": [\"event\"]} if {\n%s}\n", pick(t, []string{"exclude", "hold"}), i, body)
	}
	text += "\ntable := {\"a\": \"x\", \"b\": \"y\", \"ab\": \"x\"}\n\nnames := {\"a\", \"x@y.example\"}\n"
	text += "\ngiven(x) if x.private\n\ngiven(x) if startswith(x.title, \"a\")\n\nopaque(x) if split(x.location, \"b\")[0] == \"a\"\n"
	return text + "\n" + strings.Join(w.helpers, "\n")
}

type writer struct {
	t       *rapid.T
	helpers []string // done or being written
	done    []string // names of those done: what later bodies may call
	vars    int
}

// helper writes a rule with several bodies, or names one there is.
func (w *writer) helper(depth int) string {
	if len(w.done) > 0 && rapid.Bool().Draw(w.t, "again") {
		return pick(w.t, w.done)
	}
	name := fmt.Sprintf("h%d", len(w.helpers))
	w.helpers = append(w.helpers, "")
	at := len(w.helpers) - 1
	text, call := "", name
	head := name
	if rapid.IntRange(0, 2).Draw(w.t, "function") == 0 {
		head, call = name+"(x)", name+"(input."+pick(w.t, textAttrs)+")"
		text += head + " if x == " + quoted(w.t) + "\n"
	} else if rapid.Bool().Draw(w.t, "default") {
		text += "default " + name + " := false\n"
		call += pick(w.t, []string{"", " == true", " == false"})
	}
	for range rapid.IntRange(1, 3).Draw(w.t, "bodies") {
		body := w.body(depth - 1)
		if head != name {
			body += "\tx " + pick(w.t, []string{"==", "!=", "<"}) + " " + quoted(w.t) + "\n"
		}
		text += head + " if {\n" + body + "}\n"
	}
	w.helpers[at] = text
	w.done = append(w.done, call)
	return call
}

func (w *writer) body(depth int) string {
	var b strings.Builder
	for range rapid.IntRange(1, 3).Draw(w.t, "lines") {
		b.WriteString("\t" + w.line(depth, "") + "\n")
	}
	return b.String()
}

func (w *writer) line(depth int, person string) string {
	form := rapid.IntRange(0, 9).Draw(w.t, "form")
	switch {
	case depth > 0 && form == 0:
		return pick(w.t, []string{"", "not "}) + w.helper(depth)
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
	case form == 4:
		w.vars++
		x := fmt.Sprintf("x%d", w.vars)
		return x + " := " + w.text(person) + "\n\t" + pick(w.t, []string{"", "not "}) + x + " == " + quoted(w.t)
	case depth > 0 && form == 5 && person == "":
		w.vars++
		g := fmt.Sprintf("g%d", w.vars)
		return pick(w.t, []string{
			"some " + g + " in input.user.groups\n\tstartswith(" + g + ", \"a\")",
			"every " + g + " in input.item.categories { " + g + " != \"b\" }"})
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
	switch rapid.IntRange(0, 31).Draw(t, "leaf") {
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
	case 9:
		return "table[" + w.text(person) + "] == " + pick(t, []string{`"x"`, `"y"`, w.text(person)})
	case 10:
		return w.text(person) + " in names"
	case 11:
		return `regex.match("^a|b$", ` + w.text(person) + ")"
	case 12:
		return "input." + pick(t, append(append([]string{}, textAttrs...), dateAttrs[:2]...)) + pick(t, []string{" == null", " != null", ` == ""`})
	case 13:
		return "input.item.end - input.item.start " + compare + " 3600000000000"
	case 14:
		return "input." + pick(t, instantAttrs) + " " + compare + " time.add_date(input.now, 0, 0, " + fmt.Sprint(rapid.IntRange(-2, 2).Draw(t, "days")) + ")"
	case 15:
		return "given(input.item)"
	case 16:
		return "opaque(input.item)"
	case 17, 18, 19, 20, 21:
		return "input." + pick(t, textAttrs) + " == " + quoted(t) // what OPA's index knows best
	case 22, 23, 24:
		return w.text(person) + " " + compare + " " + quoted(t)
	}
	return "input." + pick(t, boolAttrs) + pick(t, []string{" == true", " == false", " != true"})
}

// How much of a random subject is known.
type fullness int

const (
	full        fullness = iota // everything recorded and not null
	withNulls                   // everything recorded
	withUnknown                 // anything
)

// subject draws an event.
func subject(t *rapid.T, how fullness) *cond.Subject {
	draw := func(known func() state.Value) state.Value {
		switch n := rapid.IntRange(0, 5).Draw(t, "presence"); {
		case n == 0 && how == withUnknown:
			return state.Value{}
		case n == 1 && how != full:
			return state.EmptyValue()
		}
		return known()
	}
	text := func() state.Value { return state.TextValue(pick(t, someTexts)) }
	truth := func() state.Value { return state.BoolValue(rapid.Bool().Draw(t, "bool")) }
	list := func() state.Value {
		return state.TextsValue(rapid.SliceOfN(rapid.SampledFrom(someTexts), 0, 3).Draw(t, "list"))
	}
	base := time.Date(2026, 5, 3, 22, 0, 0, 0, time.UTC)
	values := map[state.Type]func() state.Value{state.Text: text, state.Bool: truth,
		state.Instant: func() state.Value {
			return state.InstantValue(base.Add(time.Duration(rapid.IntRange(-48, 48).Draw(t, "hours")) * time.Hour))
		},
		state.Day: func() state.Value {
			return state.DayValue(state.MakeDate(2026, 5, rapid.IntRange(1, 7).Draw(t, "day")))
		},
		state.People: func() state.Value {
			return state.PeopleValue(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) state.Attendee {
				return state.Attendee{Email: pick(t, someTexts), Name: pick(t, someTexts), Response: pick(t, someTexts)}
			}), 0, 3).Draw(t, "people"))
		}}
	it, other := state.NewItem(state.Event, state.Salesforce, "00U"), state.NewItem(state.Event, state.Mailbox, "AAMk")
	for _, row := range state.Schema() {
		if make := values[row.Type]; make != nil && row.Has(state.Event) && row.On(state.Salesforce) == state.Stored {
			it.Set(row.Attr, draw(make))
		}
	}
	it.InviteesKnown = state.True
	if how == withUnknown {
		it.AttendeesTruncated = rapid.Bool().Draw(t, "truncated")
		it.InviteesKnown = state.Truth(rapid.IntRange(-1, 1).Draw(t, "invitees"))
	}
	it.Custom = map[string]state.Value{"A__c": draw(text)}
	other.Set(state.AttrCategories, draw(list))
	user := &state.User{ID: "a", Zone: time.UTC}
	user.Values[state.UserProfile], user.Values[state.UserEmail] = draw(text), draw(text)
	user.Values[state.UserActive], user.Values[state.UserGroups] = draw(truth), draw(list)
	s := &cond.Subject{Item: it, Other: other, User: user, Directory: state.NewDirectory(), Now: base, Today: state.DateOf(base, time.UTC)}
	if rapid.Bool().Draw(t, "linked") {
		s.Link = &state.Link{State: state.LinkActive}
	}
	for _, id := range someTexts {
		s.Directory.Add(state.Person{ID: id, Email: id + "@acme.example"})
	}
	return s
}

// answers is a policy compiled for comparison: each rule lowered and each left to
// OPA as weir runs opaque rules, and all of them together as OPA alone does.
type answers struct {
	text   string
	rules  []*Rule
	opaque []cond.Expr
	whole  *Unlowered
}

func compiledTwice(t require.TestingT, text string) *answers {
	install()
	src := Source{Path: "a.rego", Text: []byte(text)}
	whole, diags := Whole([]Source{src})
	require.False(t, diags.HasErrors(), "%s\n%v", text, diags)
	c := &compiler{env: testEnv, files: map[string]*file{}}
	c.parse(src)
	c.declare()
	c.compile()
	require.False(t, c.diags.HasErrors(), "%s\n%v", text, c.diags)
	a := &answers{text: text, whole: whole}
	for _, s := range c.special {
		rule := c.syncRule(s)
		require.NotNil(t, rule, "%s\n%v", text, c.diags)
		a.rules, a.opaque = append(a.rules, rule), append(a.opaque, c.opaque(s, reason{text: "for the test"}))
	}
	return a
}

// lowered counts the rules of which OPA is not asked.
func (a *answers) lowered() int {
	n := 0
	for _, r := range a.rules {
		if r.Opaque == "" {
			n++
		}
	}
	return n
}

// compare compares every rule's answers on one item, and counts those that OPA
// has: it has none where anything the rule reads is unrecorded.
func (a *answers) compare(t require.TestingT, s *cond.Subject, how fullness) (decided int) {
	alone := map[bool]map[string]bool{}
	for _, indexed := range []bool{true, false} {
		reasons, err := a.whole.reasons(a.whole.Input(s), rego.EvalRuleIndexing(indexed), rego.EvalEarlyExit(indexed))
		require.NoError(t, err, a.text)
		alone[indexed] = map[string]bool{}
		for _, r := range reasons {
			alone[indexed][r] = true
		}
	}
	for i, rule := range a.rules {
		got, err := rule.When.Eval(s)
		require.NoError(t, err, a.text)
		opaque, err := a.opaque[i].Eval(s)
		require.NoError(t, err, a.text)
		if opaque != state.Unknown {
			decided++
			if got != opaque {
				a.fail(t, rule, s, got, opaque, "OPA asked by weir")
			}
		}
		for _, indexed := range []bool{true, false} {
			if want := state.TruthOf(alone[indexed][rule.Reason]); how != withUnknown && got != want {
				a.fail(t, rule, s, got, want, fmt.Sprintf("OPA alone, indexed %t", indexed))
			}
		}
	}
	return decided
}

func (a *answers) fail(t require.TestingT, rule *Rule, s *cond.Subject, got, want state.Truth, by string) {
	require.Equal(t, want, got, "%s: %s\n%s\nlowered to %s\ninput %v", rule.Reason, by, a.text, rule.When, a.whole.Input(s).value)
}

// TestAgreesWithOPA compares lowered rules with OPA's own answers, with and
// without OPA's index of rules, and shrinks what it finds; see TestEquality for
// the numbers.
func TestAgreesWithOPA(t *testing.T) {
	for how, name := range []string{"everything known", "with nulls", "with unrecorded values"} {
		how := fullness(how)
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a := compiledTwice(t, module(t))
				for range 5 {
					a.compare(t, subject(t, how), how)
				}
			})
		})
	}
}
