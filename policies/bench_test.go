package policies_test

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"weir/policies/celexpr"
	"weir/policies/cond"
	"weir/state"
)

// This file compares the ways of asking many rules about an item: side by side,
// the same rules over the same items, each way checked for its answers.

// ruleTemplates are rules as people write them; each takes a number.
var ruleTemplates = []string{
	"item.title == 'Subject %d' && !item.private",
	"item.location.startsWith('Room %d,')",
	"item.organizer_email.endsWith('@partner%d.example')",
	"'Category %d' in item.categories && !item.all_day",
	"item.attendees.exists(a, a.email == 'guest%d@acme.example')",
	"item.organizer_email in ['vip%d@acme.example', 'vip%[1]d@acme.test'] && item.title != null",
}

// handWritten are the same rules as a programmer would write them for one item,
// unrecorded values being unknown.
var handWritten = []func(n string) func(*state.Item) state.Truth{
	func(n string) func(*state.Item) state.Truth {
		want := "Subject " + n
		return func(it *state.Item) state.Truth {
			title := it.Value(state.AttrTitle)
			if title.IsRecorded() && title.Text() != want {
				return state.False
			}
			private := it.Value(state.AttrPrivate)
			if private.IsRecorded() && private.Bool() {
				return state.False
			}
			return state.TruthOf(true).And(recorded(title, private))
		}
	},
	func(n string) func(*state.Item) state.Truth {
		want := "Room " + n + ","
		return func(it *state.Item) state.Truth {
			v := it.Value(state.AttrLocation)
			if !v.IsRecorded() {
				return state.Unknown
			}
			return state.TruthOf(strings.HasPrefix(v.Text(), want))
		}
	},
	func(n string) func(*state.Item) state.Truth {
		want := "@partner" + n + ".example"
		return func(it *state.Item) state.Truth {
			v := it.Value(state.AttrOrganizerEmail)
			if !v.IsRecorded() {
				return state.Unknown
			}
			return state.TruthOf(strings.HasSuffix(v.Text(), want))
		}
	},
	func(n string) func(*state.Item) state.Truth {
		want := "Category " + n
		return func(it *state.Item) state.Truth {
			list := it.Value(state.AttrCategories)
			has := list.Truth()
			for _, c := range list.Texts() {
				if c == want {
					has = state.True
				}
			}
			return has.And(it.Value(state.AttrAllDay).Truth().Not())
		}
	},
	func(n string) func(*state.Item) state.Truth {
		want := "guest" + n + "@acme.example"
		return func(it *state.Item) state.Truth {
			list := it.Value(state.AttrAttendees)
			people := list.People()
			for i := range people {
				if people[i].Email == want {
					return state.True
				}
			}
			if it.AttendeesTruncated || !list.IsRecorded() {
				return state.Unknown
			}
			return state.False
		}
	},
	func(n string) func(*state.Item) state.Truth {
		a, b := "vip"+n+"@acme.example", "vip"+n+"@acme.test"
		return func(it *state.Item) state.Truth {
			v := it.Value(state.AttrOrganizerEmail)
			title := it.Value(state.AttrTitle)
			if v.IsRecorded() && v.Text() != a && v.Text() != b {
				return state.False
			}
			if title.IsRecorded() && !title.IsKnown() {
				return state.False
			}
			return recorded(v, title)
		}
	},
}

func recorded(list ...state.Value) state.Truth {
	for _, v := range list {
		if !v.IsRecorded() {
			return state.Unknown
		}
	}
	return state.True
}

// benchItems are mailbox events of which a few rules are true, however many
// there are.
func benchItems() []*cond.Subject {
	user := &state.User{Address: "ann@acme.example", Zone: time.UTC}
	out := make([]*cond.Subject, 64)
	for i := range out {
		n := i % 10
		it := state.NewItem(state.Event, state.Mailbox, fmt.Sprint(i))
		it.Set(state.AttrTitle, state.TextValue(fmt.Sprintf("Subject %d", n)))
		it.Set(state.AttrPrivate, state.BoolValue(i%3 == 0))
		it.Set(state.AttrAllDay, state.BoolValue(i%4 == 0))
		it.Set(state.AttrLocation, state.TextValue(fmt.Sprintf("Room %d, first floor", n)))
		it.Set(state.AttrOrganizerEmail, state.TextValue([]string{fmt.Sprintf("bob@partner%d.example", n), fmt.Sprintf("vip%d@acme.example", n)}[i%2]))
		it.Set(state.AttrCategories, state.TextsValue([]string{"Blue", fmt.Sprintf("Category %d", n)}))
		it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "ann@acme.example"}, {Email: fmt.Sprintf("guest%d@acme.example", n)}, {Email: "eve@partner.example"}}))
		out[i] = &cond.Subject{Item: it, User: user}
	}
	return out
}

func benchRule(i int) string { return fmt.Sprintf(ruleTemplates[i%len(ruleTemplates)], i) }

// contender is one way of asking rules: from their number to a function that
// counts, for one item, those that are true.
type contender struct {
	name string
	make func(tb testing.TB, rules int) func(*cond.Subject) int
	most int // the most rules it is asked, 0 for no bound
}

// contenders are compared in this order; the first is the reference.
func contenders() []contender {
	return []contender{
		{"hand-written Go", goRules, 0},
		{"cond, indexed", indexedRules, 0},
		{"cond, every rule tried", linearRules, 0},
		{"cel-go", celRules, 0},
		{"OPA", opaRules, 0},
		{"OPA, input ready", opaInputReady, 0},
		{"OPA, a query a rule", opaEach, 1000}, // ten thousand compiled modules take 5 GB
	}
}

func goRules(_ testing.TB, n int) func(*cond.Subject) int {
	rules := make([]func(*state.Item) state.Truth, n)
	for i := range rules {
		rules[i] = handWritten[i%len(handWritten)](fmt.Sprint(i))
	}
	return func(s *cond.Subject) int {
		count := 0
		for _, rule := range rules {
			if rule(s.Item) == state.True {
				count++
			}
		}
		return count
	}
}

func compiled(tb testing.TB, n int, compile func(celexpr.Source, celexpr.Env) (cond.Expr, error)) []cond.Expr {
	out := make([]cond.Expr, n)
	for i := range out {
		e, err := compile(celexpr.Source{Text: benchRule(i)}, celexpr.Env{Kinds: []state.Kind{state.Event}})
		require.NoError(tb, err)
		out[i] = e
	}
	return out
}

func lowered(src celexpr.Source, env celexpr.Env) (cond.Expr, error) {
	e, diags := celexpr.Compile(src, env)
	if diags.HasErrors() {
		return nil, diags
	}
	if len(cond.Opaques(e)) > 0 {
		return nil, fmt.Errorf("%s is not lowered", src.Text)
	}
	return e, nil
}

func whole(src celexpr.Source, env celexpr.Env) (cond.Expr, error) {
	e, diags := celexpr.Whole(src, env)
	if diags.HasErrors() {
		return nil, diags
	}
	return e, nil
}

func tryAll(rules []cond.Expr) func(*cond.Subject) int {
	return func(s *cond.Subject) int {
		count := 0
		for _, rule := range rules {
			if truth, _ := rule.Eval(s); truth == state.True {
				count++
			}
		}
		return count
	}
}

func linearRules(tb testing.TB, n int) func(*cond.Subject) int {
	return tryAll(compiled(tb, n, lowered))
}

func celRules(tb testing.TB, n int) func(*cond.Subject) int { return tryAll(compiled(tb, n, whole)) }

func indexedRules(tb testing.TB, n int) func(*cond.Subject) int {
	rules := compiled(tb, n, lowered)
	finder := cond.NewIndex(rules).Finder()
	return func(s *cond.Subject) int {
		count := 0
		for _, i := range finder.Find(s) {
			if truth, _ := rules[i].Eval(s); truth == state.True {
				count++
			}
		}
		return count
	}
}

var ruleCounts = []int{10, 100, 1000, 10_000}

// BenchmarkRules asks n rules about one item after the other.
func BenchmarkRules(b *testing.B) {
	for _, c := range contenders() {
		for _, n := range ruleCounts {
			if c.most == 0 || n <= c.most {
				b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(c.name, " ", "_"), n), func(b *testing.B) { askRules(b, c, n) })
			}
		}
	}
}

func askRules(b *testing.B, c contender, n int) {
	ask := c.make(b, n)
	checkAnswers(b, c.name, n, ask)
	b.ReportAllocs()
	askItems(b, ask)
}

func askItems(b *testing.B, ask func(*cond.Subject) int) {
	items := benchItems()
	b.ResetTimer()
	for i := range b.N {
		ask(items[i%len(items)])
	}
}

// checkAnswers compares with the reference.
func checkAnswers(tb testing.TB, name string, n int, ask func(*cond.Subject) int) {
	reference := goRules(tb, n)
	total := 0
	for i, s := range benchItems() {
		want := reference(s)
		total += want
		require.Equal(tb, want, ask(s), "%s, %d rules, item %d", name, n, i)
	}
	require.Positive(tb, total)
}

// TestContendersAgree keeps the comparison honest in the ordinary run.
func TestContendersAgree(t *testing.T) {
	for _, c := range contenders() {
		checkAnswers(t, c.name, 100, c.make(t, 100))
	}
}

// quickest measures every way many times, in turn, and gives each its shortest
// time in nanoseconds: whatever else the machine does can only make one longer.
func quickest(asks map[string]func(*cond.Subject) int) map[string]float64 {
	best := map[string]float64{}
	for range 15 {
		for name, ask := range asks {
			r := testing.Benchmark(func(b *testing.B) { askItems(b, ask) })
			if ns := float64(r.T.Nanoseconds()) / float64(r.N); best[name] == 0 || ns < best[name] {
				best[name] = ns
			}
		}
	}
	return best
}

var tableFlag = flag.Bool("table", false, "measure TestRuleTable's table of speeds")

// TestRuleTable prints the comparison as a table for docs/performance.md, and
// holds it to what is promised: see `make bench-rules`.
func TestRuleTable(t *testing.T) {
	if !*tableFlag {
		t.Skip("measures for minutes; run by make bench-rules")
	}
	require.NoError(t, flag.Set("test.benchtime", "100ms"))
	speed := map[int]map[string]float64{}
	var b strings.Builder
	fmt.Fprintf(&b, "%d cores, %s/%s, %s; nanoseconds for one item\n\n| rules |", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	for _, c := range contenders() {
		fmt.Fprintf(&b, " %s |", c.name)
	}
	b.WriteString("\n|---:|" + strings.Repeat("---:|", len(contenders())) + "\n")
	for _, n := range ruleCounts {
		asks := map[string]func(*cond.Subject) int{}
		for _, c := range contenders() {
			if c.most == 0 || n <= c.most {
				asks[c.name] = c.make(t, n)
				checkAnswers(t, c.name, n, asks[c.name])
			}
		}
		speed[n] = quickest(asks)
		fmt.Fprintf(&b, "| %d |", n)
		for _, c := range contenders() {
			if ns, measured := speed[n][c.name]; measured {
				fmt.Fprintf(&b, " %.0f", ns)
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	fmt.Println(b.String())
	for _, n := range ruleCounts {
		require.Less(t, speed[n]["cond, every rule tried"], 5*speed[n]["hand-written Go"], "%d rules: five times hand-written Go", n)
		for _, p := range promises {
			if slower, measured := speed[n][p.slower]; measured && n >= p.from {
				require.Greater(t, slower, p.times*speed[n][p.faster], "%d rules: %s at least %v times as long as %s", n, p.slower, p.times, p.faster)
			}
		}
	}
	require.Less(t, speed[10_000]["cond, indexed"], 4*speed[100]["cond, indexed"], "the index is flat in rules that cannot apply")
}

// promises say how many times as long one way takes as another, from some number
// of rules on. They are kept below what is measured, for the noise of machines.
var promises = []struct {
	slower string
	times  float64
	faster string
	from   int
}{
	{"cel-go", 10, "cond, every rule tried", 10},
	{"OPA", 15, "cond, indexed", 10},
	{"OPA", 2, "cond, every rule tried", 10},
	{"OPA", 300, "cond, indexed", 10_000},
	{"OPA, a query a rule", 75, "cond, every rule tried", 10},
	{"OPA, a query a rule", 300, "cond, indexed", 100},
}
