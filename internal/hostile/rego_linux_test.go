//go:build !race

package hostile

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/policies/regomod"
	"weir/state"
)

// Rego is read, lowered and asked: about one task as a plan does, and by
// guardrails about a plan of ten thousand operations.
func init() {
	for name, c := range map[string]hostileCase{
		"nested as deeply as allowed":     {module("x := " + nested("[", regomod.MaxNesting)), "", ""},
		"nested past it":                  {module("x := " + nested("[", regomod.MaxNesting+1)), "Brackets nested too deeply", "100 deep"},
		"nested past it by far":           {module("x := " + nested("[", 500_000)), "Brackets nested too deeply", ""},
		"open brackets past it":           {module("x := " + strings.Repeat("{[(", 300_000)), "Brackets nested too deeply", ""},
		"bodies nested past it":           {module(strings.Repeat("x if { ", 100_000)), "Brackets nested too deeply", ""},
		"comprehensions nested":           {module("x := " + strings.Repeat("[1 | ", regomod.MaxComprehensions) + "true" + strings.Repeat("]", regomod.MaxComprehensions)), "", ""},
		"comprehensions nested past it":   {module("x := " + strings.Repeat("[1 | ", regomod.MaxComprehensions+1) + "true" + strings.Repeat("]", regomod.MaxComprehensions+1)), "Comprehensions nested too deeply", "8 deep"},
		"comprehensions nested by far":    {module("x := " + strings.Repeat("[1 | ", 99) + "true" + strings.Repeat("]", 99)), "Comprehensions nested too deeply", ""},
		"many nested comprehensions":      {module(strings.Repeat("x := "+strings.Repeat("[1 | ", regomod.MaxComprehensions)+"true"+strings.Repeat("]", regomod.MaxComprehensions)+"\n", 5_000)), "Too many comprehensions", ""},
		"as many as allowed":              {module(strings.Repeat("x := "+strings.Repeat("[1 | ", regomod.MaxComprehensions)+"true"+strings.Repeat("]", regomod.MaxComprehensions)+"\n", 970)), "", ""},
		"every nested":                    {module("x if { " + strings.Repeat("every a in [1] { a == 1; ", 49) + "true" + strings.Repeat(" }", 49) + " }"), "", ""},
		"every and comprehensions nested": {module("x if { " + strings.Repeat("every a in [a | some a in [1]] { a == 1; ", 32) + "true" + strings.Repeat(" }", 32) + " }"), "", ""},
		"operators as allowed":            {module("x := 1" + strings.Repeat(" + 1", 998)), "", ""},
		"operators past it":               {module("x := 1" + strings.Repeat(" + 1", 1001)), "Expression too long", "1000 operators"},
		"operators past it by far":        {module("x := 1" + strings.Repeat("+1", 400_000)), "Expression too long", ""},
		"nots":                            {module("x if " + strings.Repeat("not ", 200_000) + "true"), "Invalid Rego", ""},
		"elses":                           {module("x := 1 if {\nfalse\n}" + strings.Repeat(" else := 1 if {\nfalse\n}", 20_000)), "Too many expressions", ""},

		"a module as large as allowed": {modules(1, func(int) string {
			return packaged("# " + strings.Repeat("x", regomod.MaxBytes-len(packaged("# \n"))) + "\n")
		}), "", ""},
		"a module past it":                {modules(1, func(int) string { return packaged("# " + strings.Repeat("x", regomod.MaxBytes)) }), "File too large", "1024 KiB"},
		"modules past it together":        {modules(5, func(int) string { return packaged("# " + strings.Repeat("x", regomod.MaxBytes-40)) }), "Policy too large", "4 MiB"},
		"rules as many as allowed":        {module(strings.Repeat("a if true\n", regomod.MaxRules)), "", ""},
		"rules past it":                   {module(strings.Repeat("a if true\n", regomod.MaxRules+1)), "Too many rules", "20000 rules"},
		"rules past it by far":            {modules(4, func(i int) string { return fmt.Sprintf("package p%d\n", i) + strings.Repeat("a if true\n", 100_000) }), "Too many rules", "20000 rules"},
		"a million rules":                 {modules(10, func(i int) string { return fmt.Sprintf("package p%d\n", i) + strings.Repeat("a if 1\n", 100_000) }), "Too many rules", "20000 rules"},
		"values as many as allowed":       {module("x := [" + strings.Repeat("1,", regomod.MaxValues-1) + "1]"), "", ""},
		"values past it":                  {module("x := [" + strings.Repeat("1,", regomod.MaxValues) + "1]"), "Too many values", "250000 values"},
		"values of the largest kind":      {module("x := [" + strings.Repeat("[[]],", regomod.MaxValues/3-1) + "1]"), "", ""},
		"one-line rules":                  {module(strings.Repeat("x if input.item.private\n", 2_000)), "", ""},
		"operators on lines of their own": {module("x := 1" + strings.Repeat("\n+ 1", 1_001)), "Expression too long", "1000 operators"},
		"rules of everything": {modules(4, func(i int) string {
			return fmt.Sprintf("package p%d\n\nx := [", i) + strings.Repeat("1,", 400_000) + "1]\n"
		}), "Too many values", "250000 values"},
		"rules of objects": {modules(4, func(i int) string {
			return fmt.Sprintf("package p%d\n\nx := [", i) + strings.Repeat("{},", 300_000) + "1]\n"
		}), "Too many values", "250000 values"},
		"rules of lists": {modules(4, func(i int) string {
			return fmt.Sprintf("package p%d\n\nx := [", i) + strings.Repeat("[[]],", 200_000) + "1]\n"
		}), "Too many values", "250000 values"},
		"a table of texts": {modules(4, func(i int) string {
			return fmt.Sprintf("package p%d\n\nx := {", i) + strings.TrimSuffix(lines(60_000, "\"n%d\": 1,"), ",\n") + "}\n"
		}), "", ""},
		"sync rules as allowed":        {syncRules(regomod.MaxSpecial), "", ""},
		"sync rules past it":           {syncRules(regomod.MaxSpecial + 1), "Too many rules", "3000 rules"},
		"expressions as allowed":       {module("x if {\n" + strings.Repeat("true\n", 1000) + "}"), "", ""},
		"expressions past it":          {module("x if {\n" + strings.Repeat("true\n", 1001) + "}"), "Too many expressions", "1000 expressions"},
		"expressions of unknown names": {module("x if {\n" + strings.Repeat("y\n", 900) + "}"), "Unknown name", ""},
		"names by the thousand":        {module(lines(18_000, "a%d if { true }")), "", ""},
		"a chain of rules":             {module("a0 if input.item.closed\n" + chain(1_400, "a%d if a%d\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a1400\n"), "", ""},
		"a chain past it":              {module("a0 if input.item.closed\n" + chain(1_450, "a%d if a%d\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a1450\n"), "Too many rules that use rules", "2000000 times"},
		"a chain past it by far":       {module("a0 if input.item.closed\n" + chain(19_000, "a%d if a%d\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a14000\n"), "Too many rules that use rules", ""},
		"layers of rules":              {module("a0 if input.item.closed\n" + chain(10, strings.Repeat("a%[1]d if a%[2]d\n", 1_000)) + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a10\n"), "Too many rules that use rules", "100000 times"},
		"whole packages": {modules(2, func(i int) string {
			return fmt.Sprintf("package p%d\n\n", i) + strings.Repeat(fmt.Sprintf("x if data.p%d\n", 1-i), 3_000)
		}), "Too many rules that use rules", ""},
		"everything named": {modules(1, func(int) string {
			return "package p\n\n" + lines(8_000, "a%d if { true }") + strings.Repeat("x if data[input.item.title]\n", 8_000)
		}), "Too many rules that use rules", ""},
		"types that double by rules": {module("a0 := [input.item.title]\n" + chain(40, "a%d := [a%[2]d, a%[2]d]\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a40 == 1\n"), "Values nested too deeply", ""},
		"types that double by calls": {module("f0(x) := [x, x]\n" + chain(40, "f%d(x) := [f%[2]d(x), f%[2]d(x)]\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if f40(input.item.title) == 1\n"), "Values nested too deeply", ""},
		"a lattice of rules":         {module("a0 if input.item.closed\n" + lattice(40) + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if a40\n"), "", ""},
		"invalid UTF-8":              {modules(1, func(int) string { return packaged("x := \"\xff\"") }), "Invalid text", "UTF-8"},
		"invalid UTF-8 throughout":   {modules(1, func(int) string { return strings.Repeat("\xc3\x28", 1<<19) }), "Invalid text", ""},
		"NUL":                        {modules(1, func(int) string { return packaged("x := 1\x00") }), "Invalid Rego", ""},
		"recursion":                  {module("a if b\nb if a\n"), "Rule that calls itself", ""},
		"recursion of functions":     {module("f(x) := f(x)\n"), "Rule that calls itself", ""},
		"recursion by way of data":   {module("a if data[x][y][z]\n"), "Rule that calls itself", ""},

		"comprehensions":                   {asked("xs := numbers.range(1, 9999)\ncount([1 | some a in xs; some b in xs; some c in xs; a + b + c == 7]) > 10"), "Held", "too many steps"},
		"nested comprehensions":            {asked("xs := numbers.range(1, 9999)\ncount([[a, b, [c | some c in xs]] | some a in xs; some b in xs]) > 10"), "Held", "too many steps"},
		"object comprehensions":            {asked("xs := numbers.range(1, 9999)\ncount({sprintf(\"%d-%d\", [a, b]): xs | some a in xs; some b in xs}) > 10"), "Held", ""},
		"a cross product":                  {asked(crossed(8)), "Held", "too many steps"},
		"a cross product of the attendees": {asked("xs := split(input.item.title, \"\")\nsome a in xs\nsome b in xs\nsome c in xs\nsome d in xs\nconcat(\"\", [a, b, c, d]) == \"none\""), "Held", "too many steps"},
		"concat that doubles":              {asked(doubling(`"0123456789"`, `concat("", [X, X])`, 60) + "\nstartswith(x60, input.item.title)"), "Held", "too large"},
		"concat of the unknown":            {asked(doubling("input.item.title", `concat("", [X, X])`, 60) + "\nstartswith(x60, \"a\")"), "Held", "too large"},
		"sprintf that doubles":             {asked(doubling("input.item.title", `sprintf("%v%v", [X, X])`, 60) + "\nstartswith(x60, \"a\")"), "Held", "too large"},
		"sprintf that is wide":             {asked(`startswith(sprintf("%999999999d", [1]), input.item.title)`), "Held", "too large"},
		"templates that double":            {asked(doubling("input.item.title", `$"{X}{X}"`, 60) + "\nstartswith(x60, \"a\")"), "Held", "too large"},
		"replace that multiplies":          {asked(doubling(`"aaaaaaaaaa"`, `replace(X, "a", "aaaaaaaaaa")`, 20) + "\nstartswith(x20, input.item.title)"), "Held", "too large"},
		"lists that double":                {asked(doubling("[1]", `array.concat(X, X)`, 60) + "\ncount(x60) == count(input.item.title)"), "Held", "too large"},
		"lists in lists":                   {asked(doubling("[input.item.title]", `[X, X]`, 60) + "\nx60[0] != x60[1]"), "Values nested too deeply", ""},
		"lists in lists by calls":          {module("f0(x) := [x, x]\n" + chain(40, "f%d(x) := [f%[2]d(x), f%[2]d(x)]\n") + "exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if f40(input.item.title) != []\n"), "Values nested too deeply", ""},
		"unions that double":               {asked(doubling(`{"a": 1}`, `object.union({"b": X}, {"c": X})`, 60) + "\ncount(x60) == count(input.item.title)"), "Held", ""},
		"many splits":                      {asked(`count([1 | some a in split(input.item.title, ""); some b in split(input.item.title, ""); contains(input.item.title, concat(a, [b, b]))]) > 99999`), "Held", "too many steps"},

		"a pattern as large as allowed":  {asked(`regex.match("` + strings.Repeat("x{999}", 6) + `", input.item.title)`), "", ""},
		"a pattern past it":              {asked(`regex.match("` + strings.Repeat("x{999}", 7) + `", input.item.title)`), "Invalid pattern", "too large"},
		"a pattern counted twice":        {asked(`regex.match("((x{1000}){1000}){1000}", input.item.title)`), "Invalid pattern", ""},
		"a pattern of classes":           {asked(`regex.match("(\\pL{900}\\pN{900}){1}", input.item.title)`), "Invalid pattern", ""},
		"a pattern nested":               {asked(`regex.match("` + strings.Repeat("(", 1100) + strings.Repeat(")", 1100) + `", input.item.title)`), "Invalid pattern", ""},
		"a pattern that would backtrack": {asked(`regex.match("^(a+)+(a+)+(a+)+$", input.item.title)`), "", ""},
		"a pattern made at run time":     {asked(`regex.match(concat("", ["(", input.item.title, "{1000}){1000}"]), input.item.title)`), "Held", ""},
		"patterns made at run time":      {asked(`count([1 | some i in numbers.range(1, 9999); regex.match(sprintf("x{%d}%d", [i % 900, i]), input.item.title)]) > 0`), "", ""},

		"numbers that square":        {asked(doubling("99999999", "X * X", 60) + "\nx60 > count(input.item.title)"), "Held", "too large"},
		"a number of many digits":    {asked("x := " + strings.Repeat("9", 500_000) + "\nx > count(input.item.title)"), "Invalid Rego", "Number too big"},
		"exponents":                  {asked("1e999999999 % 7 == count(input.item.title)"), "Invalid Rego", "Number too big"},
		"to_number of digits":        {asked(doubling(`"99999999"`, `concat("", [X, X])`, 12) + "\nto_number(x12) % 7 == count(input.item.title)"), "Held", "is no number"},
		"to_number of exponents":     {asked(`to_number("1e1000000000") % 7 == count(input.item.title)`), "Held", ""},
		"a product":                  {asked(`product(numbers.range(1, 9000)) > count(input.item.title)`), "Held", "too large"},
		"shifts":                     {asked(`bits.lsh(1, 1000000000) > count(input.item.title)`), "Function not allowed", ""},
		"format_int":                 {asked(`startswith(format_int(1e300, 2), input.item.title)`), "", ""},
		"a range as long as allowed": {asked(`count(numbers.range(1, 10000)) < count(input.item.title)`), "", ""},
		"a range past it":            {asked(`count(numbers.range(1, 10002)) < count(input.item.title)`), "Held", "too large"},
		"a range past it by far":     {asked(`count(numbers.range(1, 1000000000000)) < count(input.item.title)`), "Held", "too large"},
		"a range by small steps":     {asked(`count(numbers.range_step(1, 1000000000, 1)) < count(input.item.title)`), "Held", "too large"},

		"walk":              {asked("xs := [numbers.range(1, 5000) | some i in numbers.range(1, 20)]\ncount([1 | walk(xs, [p, v]); walk(xs, [q, w])]) > count(input.item.title)"), "Held", ""},
		"json that nests":   {asked(`json.unmarshal(replace("` + strings.Repeat("x", 6000) + `", "x", "[[[[[[[[[[")) == input.item.title`), "Held", ""},
		"json that repeats": {asked(`count([1 | some i in numbers.range(1, 9999); json.unmarshal("[` + strings.Repeat("1,", 5000) + `1]")[i % 5000] == count(input.item.title)]) > 0`), "Held", ""},
		"yaml":              {asked(`yaml.unmarshal("a: &a [x, x]\nb: [*a, *a]") == input.item.title`), "Function not allowed", ""},
		"glob":              {asked(`glob.match("{a,b}{a,b}{a,b}{a,b}{a,b}", [], input.item.title)`), "Function not allowed", ""},
		"graph":             {asked(`count(graph.reachable({"a": ["a"]}, ["a"])) > count(input.item.title)`), "Function not allowed", ""},
		"semver":            {asked(`semver.compare(concat("", [input.item.title, ".0.0"]), "1.0.0") > 0`), "Held", ""},
		"durations":         {asked(`time.parse_duration_ns(concat("", [input.item.title, "h"])) > 0`), "Held", ""},

		"tables":                   {module("names := [" + strings.Repeat(`"a",`, 39) + "\"b\"]\nexclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if {\nnames[i] == input.item.title\nnames[j] == input.item.status\nnames[k] == input.item.priority\ni + j + k > 0\n}\n"), "", ""},
		"a table as allowed":       {module(table(regomod.MaxConjunctions)), "", ""},
		"a table past it":          {module(table(regomod.MaxConjunctions + 1)), "", ""},
		"a table past it by far":   {module(table(30_000)), "", ""},
		"rules that stay with OPA": {syncRulesOf(1_000, `split(input.item.title, " ")[0] == "x"`), "", ""},
		"settings that fail":       {settingsOf("contacts.downsync := to_number(input.user.email) > 3\n"), "Held", "cannot be told"},

		"a guardrail over a big plan": {guarded("count([1 | some u in input.plan.users; some o in u.operations; o.op == \"delete\"]) > 100000"), "", ""},
		"guardrails over a big plan":  {guardedTimes(20, "count([1 | some u in input.plan.users; some o in u.operations; o.op == \"delete\"]) > 100000"), "", ""},
		"a cross product over a plan": {guarded("some a in input.plan.users[_].operations\nsome b in input.plan.users[_].operations\na.id == b.record_id\nfalse"), "Guardrail failed", "too many steps"},
		"cross products over a plan":  {guardedTimes(300, "some a in input.plan.users[_].operations\nsome b in input.plan.users[_].operations\na.id == b.record_id\nfalse"), "Guardrail failed", "too many steps"},
		"comprehensions over a plan":  {guarded("count([[a, b] | some a in input.plan.users[_].operations; some b in input.plan.users[_].operations]) == 3"), "Guardrail failed", ""},
		"walks over a plan":           {guarded("count([1 | walk(input.plan, [_, x]); walk(input.plan, [_, y]); x == y]) == 3"), "Guardrail failed", ""},
		"texts of a plan":             {guarded("count(sprintf(\"%v\", [input.plan])) == 3"), "Guardrail failed", "too large"},
		"texts of operations":         {guardedTimes(50, "count([1 | some o in input.plan.users[_].operations; some i in numbers.range(1, 50); contains(json.marshal(o), \"zzz\")]) == 3"), "Guardrail failed", ""},
		"messages without end":        {guardedSaying("some i in numbers.range(1, 9999)\nsome j in numbers.range(1, 9999)\nmsg := sprintf(\"%d %d\", [i, j])"), "Guardrail failed", ""},
		"sorting a plan":              {guardedTimes(50, "count([1 | some i in numbers.range(1, 9999); sort(input.plan.users[_].operations)[0].op == i]) == 3"), "Guardrail failed", ""},
		"a guardrail that fails":      {guarded("to_number(input.plan.users[0].operations[0].title) > 3"), "Guardrail failed", "is no number"},
		"copies of a plan":            {guarded(doubling("input.plan", "[X, X]", 40) + "\nx40[0] == 1"), "Values nested too deeply", ""},
	} {
		cases["rego: "+name] = c
	}
}

func packaged(text string) string { return "package weir.rules\n\n" + text + "\n" }

// modules reads modules, and asks them about a task if they are right.
func modules(n int, text func(int) string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		fsys := fstest.MapFS{}
		for i := range n {
			fsys[fmt.Sprintf("m%04d.rego", i)] = &fstest.MapFile{Data: []byte(text(i))}
		}
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		for _, d := range diags {
			if d.Severity == hcl.DiagError || d.Summary != "Rule without effect" {
				return hcl.Diagnostics{d}
			}
		}
		return held(set)
	}
}

// module reads one module; helpers stand in a package of their own, because
// weir.rules takes no rules that nothing uses.
func module(text string) func() hcl.Diagnostics {
	return modules(1, func(int) string {
		if strings.Contains(text, "exclude contains") {
			return packaged(text)
		}
		return "package helpers\n\n" + text + "\n"
	})
}

const heading = `exclude contains {"reason": "x", "kinds": ["task"]} if {`

// asked is a policy of one rule with this body.
func asked(body string) func() hcl.Diagnostics {
	return module(heading + "\n" + body + "\n}\n")
}

func syncRules(n int) func() hcl.Diagnostics { return syncRulesOf(n, "input.item.private") }

func syncRulesOf(n int, when string) func() hcl.Diagnostics {
	return module(strings.Repeat("exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if "+when+"\n", n))
}

func settingsOf(text string) func() hcl.Diagnostics {
	return modules(1, func(int) string { return "package weir.settings\n\n" + text })
}

// table is a rule with one alternative for each of n names.
func table(n int) string {
	return "names := {" + strings.TrimSuffix(strings.ReplaceAll(lines(n, `"n%d": 1,`), "\n", " "), ", ") + "}\n" +
		"exclude contains {\"reason\": \"x\", \"kinds\": [\"task\"]} if names[input.item.title] == 1\n"
}

// doubling assigns x0, x1, … xn, each made of the one before.
func doubling(first, next string, n int) string {
	out := []string{"x0 := " + first}
	for i := 1; i <= n; i++ {
		out = append(out, fmt.Sprintf("x%d := ", i)+strings.ReplaceAll(next, "X", fmt.Sprintf("x%d", i-1)))
	}
	return strings.Join(out, "\n")
}

// chain repeats a line n times, with its number and the one before.
func chain(n int, format string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, format, i, i-1)
	}
	return b.String()
}

// lattice has two rules at each level, which ask one below each.
func lattice(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%[1]d if {\n\ta%[2]d\n\tinput.item.title != \"%[1]d\"\n}\n\na%[1]d if {\n\tnot a%[2]d\n\tinput.item.status != \"%[1]d\"\n}\n\n", i, i-1)
	}
	return b.String()
}

// crossed goes through n lists at once.
func crossed(n int) string {
	var b strings.Builder
	var all []string
	for i := range n {
		fmt.Fprintf(&b, "some y%d in numbers.range(1, 1000)\n", i)
		all = append(all, fmt.Sprintf("y%d", i))
	}
	return b.String() + strings.Join(all, " + ") + " == count(input.item.title) - 10000000"
}

// held plans one user's task, and tells what holds it.
func held(set *policies.Set) hcl.Diagnostics {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	full := state.Coverage{First: at.AddDate(0, 0, -30), Last: at, Complete: true}
	box := state.NewMailboxState()
	snap := &state.Snapshot{At: at, LastCapture: at, InviteesRecorded: true, Directory: state.NewDirectory(), Markers: state.DefaultMarkers(), Mailboxes: boxOf{box}}
	for _, k := range state.Kinds() {
		snap.Records[k] = state.NewTable(k, state.Salesforce)
		snap.Records[k].Coverage, box.Items[k].Coverage = full, full
	}
	u := &state.User{ID: "ann", Address: "ann@acme.example", Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
	u.Values[state.UserActive], u.Values[state.UserEmail] = state.BoolValue(true), state.TextValue(u.Address)
	snap.Users = append(snap.Users, u)
	it := state.NewItem(state.Task, state.Salesforce, "T1")
	it.BySync = state.False
	for a, v := range map[state.Attr]state.Value{
		state.AttrTitle: state.TextValue(strings.Repeat("ab", 150)), state.AttrOwner: state.TextValue("ann"), state.AttrClosed: state.BoolValue(false),
		state.AttrStatus: state.TextValue("Open"), state.AttrPriority: state.TextValue("Normal"), state.AttrDue: state.DayValue(state.DateOf(at, time.UTC)),
		state.AttrBody: state.EmptyValue(), state.AttrSubtype: state.TextValue("Task"), state.AttrPrivate: state.BoolValue(false),
		state.AttrModified: state.InstantValue(at), state.AttrCreated: state.InstantValue(at),
	} {
		it.Set(a, v)
	}
	snap.Records[state.Task].Put(&state.Object{ID: "T1", Kind: state.Task, Versions: []state.Version{{From: at, SeenAt: at, State: state.Live, Item: it}}})
	plan, diags, err := engine.MakePlan(context.Background(), snap, set, engine.Options{})
	if err != nil {
		return failed("No plan", err)
	}
	if plan == nil || diags.HasErrors() {
		return diags
	}
	for _, op := range plan.Users[0].Operations {
		if op.Held {
			return hcl.Diagnostics{{Summary: "Held", Detail: op.HeldBy.Text}}
		}
	}
	return nil
}

type boxOf struct{ box *state.MailboxState }

func (b boxOf) Mailbox(*state.User) (*state.MailboxState, error) { return b.box, nil }

func failed(summary string, err error) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: err.Error()}}
}

func guarded(body string) func() hcl.Diagnostics { return guardedTimes(1, body) }

// guardedTimes asks n guardrails with this body about a big plan.
func guardedTimes(n int, body string) func() hcl.Diagnostics {
	return guardrails(strings.Repeat("deny contains \"x\" if {\n"+body+"\n}\n\n", n))
}

func guardedSaying(body string) func() hcl.Diagnostics {
	return guardrails("deny contains msg if {\n\tinput.plan.session == 1\n" + body + "\n}\n")
}

func guardrails(rules string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		set, diags := policies.Load(fstest.MapFS{"g.rego": {Data: []byte("package weir.guardrails\n\n" + rules)}}, policies.LoadOptions{})
		if diags.HasErrors() {
			return diags
		}
		if _, err := set.Guardrails(context.Background(), "plan", bigPlan(10_000)); err != nil {
			return failed("Guardrail failed", err)
		}
		return nil
	}
}

func bigPlan(n int) engine.Plan {
	p := engine.Plan{Format: engine.PlanFormat, Session: 1}
	for i := range n {
		if i%100 == 0 {
			p.Users = append(p.Users, engine.UserPlan{User: fmt.Sprintf("user%d@acme.example", i/100)})
		}
		u := &p.Users[len(p.Users)-1]
		u.Operations = append(u.Operations, engine.Operation{ID: fmt.Sprintf("1/%s/task/%d/create", u.User, i), Op: engine.OpCreate, On: engine.OnMailbox,
			Kind: "task", RecordID: fmt.Sprint(i), Title: fmt.Sprintf("Task %d", i), Changes: []engine.Change{{Field: "due", To: "2026-05-06"}},
			Row: "create", Reason: engine.Reason{Code: "in_scope", Text: "in scope", Policy: &engine.PolicyRef{Layer: "org", File: "org.hcl", Line: 3}}})
	}
	return p
}
