package regomod

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies/cond"
	"weir/state"
)

// opaqueBodies are rules that stay opaque: quick ones, ones that fail on some
// items, and ones that cost more than an item may on some.
var opaqueBodies = map[string]string{
	"text":      `split(input.item.title, "b")[0] == "a"`,
	"clock":     `time.clock([input.item.start, "Europe/Berlin"])[0] < 8`,
	"aggregate": `count([1 | some a in input.item.attendees; a.response == "a"]) > count(input.user.groups)`,
	"helpers":   "h(split(input.item.title, \"b\")[0])\n\tnot h(input.item.location)\n}\n\nh(x) if x == \"a\"\n\nh(x) if {\n\tcount(input.item.attendees) > 1\n\tcount(split(x, \"x\")) > 1",
	"failing":   `to_number(replace(input.item.title, "a", "1")) > 0`,
	"conflict":  "level == 1\n}\n\nlevel := 1 if input.item.private\n\nlevel := 2 if {\n\tinput.item.all_day",
	"costly":    "input.item.private\n\txs := numbers.range(1, 9999)\n\tcount([1 | some a in xs; some b in xs; a + b == 7]) > 10",
	"table":     "names[substring(input.item.title, 0, 1)] > count(input.item.attendees)\n}\n\nnames := {name: n | some n, name in [\"a\", \"b\", \"x\"]",
}

// opaqueRule compiles a policy of one rule, which must stay opaque.
func opaqueRule(t testing.TB, body string) *cond.Opaque {
	p, diags := Compile([]Source{{Path: "a.rego", Text: []byte("package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t" + body + "\n}\n")}}, testEnv)
	require.Empty(t, diags)
	opaque := cond.Opaques(p.Rules[0].When)
	require.Len(t, opaque, 1, "%s", p.Rules[0].When)
	require.NotEmpty(t, opaque[0].Why)
	return opaque[0]
}

// askerOf is a rule with bounds of its own; only the deadline's test has a
// deadline that a slow machine could meet.
func askerOf(t testing.TB, body string, a allowance) *asker {
	install()
	c := &compiler{env: testEnv, files: map[string]*file{}}
	c.parse(Source{Path: "a.rego", Text: []byte("package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t" + body + "\n}\n")})
	c.declare()
	c.compile()
	require.False(t, c.diags.HasErrors(), "%v", c.diags)
	s := c.special[0]
	return &asker{opa: c.opa, query: s.member(), allowance: a, uses: c.refs.of(c.compiledRules(s)).refs()}
}

// TestAskTogether compares the answers about many items at a time with those
// about each of them, errors included.
func TestAskTogether(t *testing.T) {
	for name, body := range opaqueBodies {
		t.Run(name, func(t *testing.T) {
			a := askerOf(t, body, allowance{steps: 5_000, units: 1 << 20, deadline: time.Hour})
			answers, failures := map[state.Truth]int{}, 0
			for range 25 {
				seed := rand.IntN(1 << 20)
				subjects := make([]*cond.Subject, 40)
				for i := range subjects {
					subjects[i] = rapid.Custom(func(t *rapid.T) *cond.Subject { return subject(t, full) }).Example(seed + i)
				}
				together := a.ask(subjects)
				require.Len(t, together, len(subjects))
				for i, s := range subjects {
					alone := a.ask([]*cond.Subject{s})
					require.Equal(t, alone, together[i:i+1], "seed %d, item %d", seed, i)
					answers[alone[0].Truth]++
					if alone[0].Err != nil {
						failures++
					}
				}
			}
			assert.Greater(t, len(answers), 1, "the items must differ: %v", answers)
			fails := name == "failing" || name == "conflict" || name == "costly"
			assert.Equal(t, fails, failures > 0, "%d failures", failures)
		})
	}
}

// TestAskConcurrently asks one rule from several goroutines.
func TestAskConcurrently(t *testing.T) {
	e := opaqueRule(t, opaqueBodies["helpers"])
	subjects := make([]*cond.Subject, 100)
	for i := range subjects {
		subjects[i] = rapid.Custom(func(t *rapid.T) *cond.Subject { return subject(t, full) }).Example(i)
	}
	want := e.Batch(subjects)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { assert.Equal(t, want, e.Batch(subjects)) })
	}
	wg.Wait()
}

// TestAskPastTheDeadline gives little time: an item that takes all of it is
// answered with that, and does not take the others along.
func TestAskPastTheDeadline(t *testing.T) {
	a := askerOf(t, opaqueBodies["costly"], allowance{steps: 1 << 40, units: 1 << 40, deadline: time.Second})
	slow, quick := known(), known()
	quick.Item.Set(state.AttrPrivate, state.BoolValue(false))
	got := a.ask([]*cond.Subject{quick, slow, quick, slow, quick})
	require.Len(t, got, 5)
	for i, answer := range got {
		if i%2 == 1 {
			assert.Equal(t, cond.Answer{Truth: state.Unknown, Err: errDeadline}, answer)
		} else {
			assert.Equal(t, cond.Answer{Truth: state.False}, answer)
		}
	}
}

// TestLoweredLikeOpaque compares lowered rules with the same ones in OPA on items
// of which some values are empty: what functions make of null is what conditions
// make of it.
func TestLoweredLikeOpaque(t *testing.T) {
	install()
	rapid.Check(t, func(t *rapid.T) {
		text := module(t)
		c := &compiler{env: testEnv, files: map[string]*file{}}
		c.parse(Source{Path: "a.rego", Text: []byte(text)})
		c.declare()
		c.compile()
		require.False(t, c.diags.HasErrors(), "%s\n%v", text, c.diags)
		s := c.special[0]
		rule := c.syncRule(s)
		opaque := c.opaque(s, reason{text: "for the test"}).(*cond.Opaque)
		for range 5 {
			on := subject(t, full)
			for _, a := range []state.Attr{state.AttrTitle, state.AttrLocation, state.AttrStart, state.AttrModifiedBy, state.AttrPrivate} {
				if rapid.IntRange(0, 3).Draw(t, "empty") == 0 {
					on.Item.Set(a, state.EmptyValue())
				}
			}
			want, err := opaque.Eval(on)
			require.NoError(t, err)
			got, err := rule.When.Eval(on)
			require.NoError(t, err)
			require.Equal(t, want, got, "%s\nlowered to %s\ninput %v", text, rule.When, inputOf(opaque.Uses, on))
		}
	})
}

// BenchmarkOpaque asks rules that stay in OPA about items: one at a time, and
// many together.
func BenchmarkOpaque(b *testing.B) {
	subjects := make([]*cond.Subject, 256)
	for i := range subjects {
		subjects[i] = rapid.Custom(func(t *rapid.T) *cond.Subject { return subject(t, full) }).Example(i)
		subjects[i].User, subjects[i].Now, subjects[i].Today = subjects[0].User, subjects[0].Now, subjects[0].Today
	}
	for _, name := range []string{"text", "clock", "aggregate", "helpers", "table", "failing"} {
		e := opaqueRule(b, opaqueBodies[name])
		for _, n := range []int{1, 8, 256} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for i := 0; i < b.N; i += n {
					from := i % len(subjects)
					e.Batch(subjects[from : from+n])
				}
			})
		}
	}
}

// TestFailuresAreSaid pins what a failing rule says, and where.
func TestFailuresAreSaid(t *testing.T) {
	for body, want := range map[string]string{
		`to_number(input.item.title) > 3`:                                             `a.rego:4: to_number: "x" is no number`,
		`1 / (count(input.item.title) - 1) > 0`:                                       `a.rego:4: /: divide by zero`,
		`time.parse_rfc3339_ns(input.item.title) > 0`:                                 `a.rego:4: time.parse_rfc3339_ns: parsing time "x"`,
		`json.unmarshal(input.item.title).a == 1`:                                     `a.rego:4: json.unmarshal: `,
		`concat("", [input.item.title, input.item.location]) == "x"`:                  `a.rego:4: concat: operand 2 must be array of strings`,
		"input.item.title == \"x\"\n\t1 / 0 > 1":                                      `a.rego:5: /: divide by zero`,
		"level > 1\n}\n\nlevel := 1 if input.item.private\n\nlevel := 2 if {\n\ttrue": `a.rego:9: rule weir.rules.level produced conflicting values: 1 at a.rego:7, 2 at a.rego:9`,
	} {
		t.Run(strings.Fields(body)[0], func(t *testing.T) {
			p, diags := Compile([]Source{{Path: "a.rego", Text: []byte("package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t" + body + "\n}\n")}}, testEnv)
			require.Empty(t, diags)
			on := known()
			on.Item.Set(state.AttrTitle, state.TextValue("x"))
			on.Item.Set(state.AttrLocation, state.EmptyValue())
			truth, err := p.Rules[0].When.Eval(on)
			require.ErrorContains(t, err, want)
			assert.Equal(t, state.Unknown, truth)
			assert.NotContains(t, err.Error(), "\n")
			assert.NotContains(t, err.Error(), "#", "the names that weir gives rules are its own")
			t.Log(err)
		})
	}
}
