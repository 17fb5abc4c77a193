package policies_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/policies/regomod"
)

// regoTemplates are ruleTemplates as bodies of Rego rules, in the forms that
// OPA's index of rules finds best.
var regoTemplates = []string{
	`input.item.title == "Subject %d"; not input.item.private`,
	`startswith(input.item.location, "Room %d,")`,
	`endswith(input.item.organizer_email, "@partner%d.example")`,
	`"Category %d" in input.item.categories; not input.item.all_day`,
	`some a in input.item.attendees; a.email == "guest%d@acme.example"`,
	`input.item.organizer_email in {"vip%d@acme.example", "vip%[1]d@acme.test"}; input.item.title != null`,
}

// regoModule holds the rules from one number up to another.
func regoModule(from, to int) regomod.Source {
	var b strings.Builder
	b.WriteString("package weir.rules\n")
	for i := from; i < to; i++ {
		body := fmt.Sprintf(regoTemplates[i%len(regoTemplates)], i)
		fmt.Fprintf(&b, "\nexclude contains {\"reason\": \"rule %d\", \"kinds\": [\"event\"]} if { %s }\n", i, body)
	}
	return regomod.Source{Path: fmt.Sprintf("rules%d.rego", from), Text: []byte(b.String())}
}

func unlowered(tb testing.TB, modules ...regomod.Source) *regomod.Unlowered {
	rules, diags := regomod.Whole(modules)
	require.False(tb, diags.HasErrors(), "%v", diags)
	return rules
}

// oneSet are n rules of one package: OPA sees them as one set, in as many modules
// as weir's bound on a module's size takes.
func oneSet(tb testing.TB, n int) *regomod.Unlowered {
	const each = 1000
	var modules []regomod.Source
	for from := 0; from < n; from += each {
		modules = append(modules, regoModule(from, min(n, from+each)))
	}
	return unlowered(tb, modules...)
}

func holding(tb testing.TB, rules *regomod.Unlowered, input regomod.Input) int {
	reasons, err := rules.Reasons(input)
	if err != nil {
		tb.Fatal(err)
	}
	return len(reasons)
}

// opaRules asks all rules by one prepared query for each item.
func opaRules(tb testing.TB, n int) func(*cond.Subject) int {
	rules := oneSet(tb, n)
	return func(s *cond.Subject) int { return holding(tb, rules, rules.Input(s)) }
}

// opaInputReady is opaRules without what the input costs.
func opaInputReady(tb testing.TB, n int) func(*cond.Subject) int {
	rules := oneSet(tb, n)
	inputs := map[string]regomod.Input{}
	for _, s := range benchItems() {
		inputs[s.Item.ID] = rules.Input(s)
	}
	return func(s *cond.Subject) int { return holding(tb, rules, inputs[s.Item.ID]) }
}

// opaEach asks each rule by a prepared query of its own.
func opaEach(tb testing.TB, n int) func(*cond.Subject) int {
	rules := make([]*regomod.Unlowered, n)
	for i := range rules {
		rules[i] = unlowered(tb, regoModule(i, i+1))
	}
	return func(s *cond.Subject) int {
		count := 0
		for _, r := range rules {
			count += holding(tb, r, r.Input(s))
		}
		return count
	}
}
