package regomod

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// The bounds that hostile policies must end within.
const (
	maxTime   = 5 * time.Second
	maxMemory = 768 << 20
)

// hostile are rules that would take for ever or eat all memory. Each must end in
// an error of its own item, or of the policy.
func hostile() map[string]string {
	rule := func(body string) string {
		return "package weir.rules\n\nexclude contains {\"reason\": \"x\"} if {\n" + body + "\n}\n"
	}
	doubling := func(first, next string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, "x0 := %s\n", first)
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, strings.ReplaceAll(next, "X", "%[1]s")+"\n", fmt.Sprintf("x%d", i-1), fmt.Sprintf("x%d", i))
		}
		return b.String()
	}
	tables := "names := [" + strings.Repeat(`"a",`, 39) + `"b"]` + "\n"
	return map[string]string{
		"comprehension":         rule("xs := numbers.range(1, 9999)\ncount([1 | some a in xs; some b in xs; some c in xs; a + b + c == 7]) > 10"),
		"nested comprehensions": rule("xs := numbers.range(1, 9999)\ncount([[a, b, [c | some c in xs]] | some a in xs; some b in xs]) > 10"),
		"concat":                rule(doubling(`"0123456789"`, `%[2]s := concat("", [X, X])`, 60) + "startswith(x60, input.item.title)"),
		"concat of the unknown": rule(doubling(`input.item.title`, `%[2]s := concat("", [X, X])`, 60) + `startswith(x60, "a")`),
		"lists of the unknown":  rule(doubling(`input.item.title`, `%[2]s := [X, X]`, 60) + `x60[0] != x60[1]`),
		"lists":                 rule(doubling(`[1]`, `%[2]s := [X, X]`, 60) + "x60[0] != x60[1]"),
		"array.concat":          rule(doubling(`[1]`, `%[2]s := array.concat(X, X)`, 60) + "count(x60) == count(input.item.title)"),
		"replace":               rule(doubling(`"aaaaaaaaaa"`, `%[2]s := replace(X, "a", "aaaaaaaaaa")`, 20) + "startswith(x20, input.item.title)"),
		"sprintf":               rule(`startswith(sprintf("%999999999d", [1]), input.item.title)`),
		"sprintf of lists":      rule(doubling(`["a"]`, `%[2]s := [X, X]`, 40) + `startswith(sprintf("%v", [x40]), input.item.title)`),
		"range":                 rule("count(numbers.range(1, 1000000000)) > count(input.item.title)"),
		"numbers":               rule(doubling("99999999", `%[2]s := X * X`, 60) + "x60 > count(input.item.title)"),
		"exponents":             rule("1e999999999 % 7 == count(input.item.title)"),
		"pattern":               rule(`regex.match("((a{1,100}){1,100}){1,9}$", input.item.title)`),
		"wide classes":          rule(`regex.match("(\\pL{900}\\pN{900}){1}", input.item.title)`),
		"tables":                tables2(tables, rule("names[i] == input.item.title\nnames[j] == input.item.owner\nnames[k] == input.item.owner_email\ni + j + k > 0")),
		"brackets":              "package weir.rules\n\nx := " + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000),
		"operators":             "package weir.rules\n\nx := " + strings.Repeat("1 + ", 100_000) + "1",
		"nots":                  "package weir.rules\n\nexclude contains {\"reason\": \"x\"} if { " + strings.Repeat("not ", 100_000) + "true }",
		"expressions":           rule(strings.Repeat("input.item.private\n", 20_000)),
		"rules":                 "package weir.rules\n" + strings.Repeat("\nexclude contains {\"reason\": \"x\"} if input.item.private\n", 2_900),
		"too many rules":        "package weir.rules\n" + strings.Repeat("\na if true", 90_000),
		"calls":                 "package weir.rules\n\nf0(x) := [x, x]\n" + calls(40) + "\nexclude contains {\"reason\": \"x\"} if f40(input.item.title) != []\n",
	}
}

func tables2(tables, rule string) string { return rule + "\n" + tables }

func calls(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "f%d(x) := [f%d(x), f%d(x)]\n", i, i-1, i-1)
	}
	return b.String()
}

// processorTime is the processor time used so far, where the system tells it.
var processorTime = func() time.Duration { return 0 }

func TestHostilePolicies(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			runtime.GC()
			peak := watch(t)
			start := processorTime()
			err := evaluate(text)
			used := processorTime() - start
			t.Logf("%v, %d MiB, %.200v", used.Round(time.Millisecond), peak()>>20, err)
			assert.Less(t, used, 2*maxTime, "on all processors together")
			assert.Less(t, peak(), uint64(maxMemory))
		})
	}
}

// TestHostileAreReported names what must not merely end, but be said.
func TestHostileAreReported(t *testing.T) {
	policies := hostile()
	for _, name := range []string{"comprehension", "nested comprehensions", "concat", "array.concat", "replace", "range", "numbers", "exponents",
		"pattern", "brackets", "operators", "too many rules", "concat of the unknown", "sprintf", "sprintf of lists"} {
		assert.Error(t, evaluate(policies[name]), name)
	}
}

// evaluate compiles a policy and asks each of its rules about one item.
func evaluate(text string) error {
	p, diags := Compile([]Source{{Path: "a.rego", Text: []byte(text)}}, testEnv)
	if diags.HasErrors() {
		return diags
	}
	s := known()
	for _, r := range p.Rules {
		if _, err := r.When.Eval(s); err != nil {
			return err
		}
	}
	return nil
}

// known is an item of which everything is recorded.
func known() *cond.Subject {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	for _, row := range state.Schema() {
		switch row.Type {
		case state.Text:
			it.Set(row.Attr, state.TextValue(strings.Repeat("a", 200)))
		case state.Bool:
			it.Set(row.Attr, state.BoolValue(true))
		case state.Instant:
			it.Set(row.Attr, state.InstantValue(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)))
		case state.Day:
			it.Set(row.Attr, state.DayValue(state.MakeDate(2026, 5, 4)))
		}
	}
	it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "a@x.example", Name: "A", Response: "accepted"}}))
	it.InviteesKnown = state.True
	u := &state.User{ID: "005", Zone: time.UTC}
	for a := range u.Values {
		u.Values[a] = state.TextValue("x")
	}
	u.Values[state.UserActive], u.Values[state.UserGroups] = state.BoolValue(true), state.TextsValue([]string{"emea"})
	return &cond.Subject{Item: it, User: u, Directory: state.NewDirectory(), Now: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), Today: state.MakeDate(2026, 5, 4)}
}

// watch measures the most memory in use until asked.
func watch(t *testing.T) func() uint64 {
	var peak atomic.Uint64
	stop := make(chan struct{})
	sample := func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.Sys-m.HeapReleased > peak.Load() {
			peak.Store(m.HeapInuse + m.StackInuse)
		}
	}
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				sample()
			}
		}
	}()
	t.Cleanup(func() { close(stop) })
	return func() uint64 { sample(); return peak.Load() }
}

// TestFunctionsArePure compares the allow-list with what OPA itself calls
// nondeterministic, and with whole families that reach outside.
func TestFunctionsArePure(t *testing.T) {
	impure := map[string]bool{}
	for _, b := range allBuiltins() {
		impure[b.Name] = b.Nondeterministic
	}
	for _, name := range allowed {
		assert.False(t, impure[name], "%s is nondeterministic", name)
		for _, family := range []string{"http.", "net.", "io.", "rand.", "opa.", "providers.", "uuid.", "rego.", "graphql.", "crypto.x509."} {
			assert.False(t, strings.HasPrefix(name, family), name)
		}
		assert.NotContains(t, []string{"time.now_ns", "print", "internal.print", "trace"}, name)
	}
}

func TestGuardrails(t *testing.T) {
	p, diags := Compile([]Source{{Path: "g.rego", Text: []byte(`package weir.guardrails

deny contains msg if {
	input.plan.summary.held > 0
	msg := sprintf("%d held", [input.plan.summary.held])
}

warn contains "look at this" if input.plan.verdict == "changes"

deny contains "never" if input.simulation.sessions[_].summary.held > 100
`)}}, testEnv)
	require.Empty(t, diags)
	got, err := p.Guardrails(context.Background(), "plan", []byte(`{"summary": {"held": 2}, "verdict": "changes"}`))
	require.NoError(t, err)
	for i := range got {
		assert.Equal(t, got[i].Line, got[i].Range.Start.Line)
		got[i].Range = hcl.Range{}
	}
	assert.Equal(t, []Verdict{{Deny: true, Message: "2 held", File: "g.rego", Line: 3}, {Message: "look at this", File: "g.rego", Line: 8}}, got)
	got, err = p.Guardrails(context.Background(), "simulation", map[string]any{"sessions": []any{}})
	require.NoError(t, err)
	assert.Empty(t, got)
}
