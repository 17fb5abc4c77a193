package docgen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/policies/cond"
	"weir/policies/hclfile"
	"weir/policies/listview"
	"weir/policies/regomod"
	"weir/recording/ews"
	"weir/recording/generate"
	"weir/recording/ical"
	"weir/recording/msgraph"
	"weir/recording/salesforce"
	"weir/recording/vcard"
	"weir/recording/wire"
	"weir/state"
)

// settingsTable lists the catalogue: every setting with its values, default and
// the blocks that may set it.
func settingsTable() string {
	t := table("setting", "values", "default", "in", "what it decides")
	defaults := policies.ProductDefaults()
	for _, e := range policies.Catalogue() {
		t.row(code(e.Path), values(&e), code(e.Format(defaults.Get(e.Setting).Value)), blocks(&e), e.Doc)
	}
	return t.String()
}

// values words the values that a setting takes.
func values(e *policies.Entry) string {
	switch e.Type {
	case policies.ValueBool:
		return "`true`, `false`"
	case policies.ValueEnum:
		var quoted []string
		for _, v := range e.Enum {
			quoted = append(quoted, `"`+v+`"`)
		}
		return code(quoted...)
	case policies.ValueScope:
		return "`\"all\"`, `\"mine\"`, `view.NAME`"
	case policies.ValueWindow:
		return "days `\"14d\"`, weeks `\"2w\"`, `\"unlimited\"`"
	}
	if strings.HasSuffix(e.Path, ".percent") {
		return "0 to 100"
	}
	return "a whole number"
}

// blocks names the blocks that may set a setting.
func blocks(e *policies.Entry) string {
	var out []string
	for _, l := range [...]policies.Layer{policies.LayerOrg, policies.LayerGroup, policies.LayerUser} {
		if e.In(l) {
			out = append(out, string(l))
		}
	}
	return strings.Join(out, ", ")
}

// pagesTable says under which words the settings stand on people's own pages.
func pagesTable() string {
	t := table("setting", "new page", "its key", "legacy page", "its key")
	for _, e := range policies.Catalogue() {
		if e.NewPage == "" && e.LegacyPage == "" {
			continue
		}
		legacy := e.LegacyLabel
		if e.LegacyInverted {
			legacy += ", **the opposite**"
		}
		t.row(code(e.Path), e.NewLabel, code(e.NewPage), legacy, code(e.LegacyPage))
		for _, c := range e.Choices {
			t.row(code(e.Path)+" = "+code(choice(c.Value)), c.New, "", c.Legacy, "")
		}
	}
	return t.String()
}

func choice(value string) string {
	if value == "view" {
		return "view.NAME"
	}
	return `"` + value + `"`
}

// typeNames are the types as conditions know them.
var typeNames = map[state.Type]string{
	state.Bool: "bool", state.Text: "string", state.Texts: "list of strings", state.Day: "date",
	state.Instant: "timestamp", state.Number: "number", state.People: "list of attendees",
}

// attributesTable lists what conditions may say of an item.
func attributesTable() string {
	t := table("attribute", "type", "kinds", "Salesforce", "Graph", "meaning")
	for _, a := range state.Schema() {
		if !a.Internal {
			t.row(code(a.Name), typeNames[a.Type], kindsOf(a.Kinds), place(a.REST, a.Salesforce), place(a.Graph, a.Mailbox), a.Doc)
		}
	}
	return t.String()
}

// place is where a side keeps an attribute.
func place(field string, source state.Source) string {
	if source == state.NoPlace {
		return "–"
	}
	return field
}

func kindsOf(kinds []state.Kind) string {
	if all := state.Kinds(); len(kinds) == 0 || slices.Equal(kinds, all[:]) {
		return "all"
	}
	var out []string
	for _, k := range kinds {
		out = append(out, k.String())
	}
	return strings.Join(out, ", ")
}

// userAttributesTable lists what conditions may say of a person.
func userAttributesTable() string {
	t := table("attribute", "type", "recorded as", "meaning")
	for _, a := range state.UserSchema() {
		t.row(code("user."+a.Name), typeNames[a.Type], a.From, a.Doc)
	}
	return t.String()
}

// fieldsTable says where a recording keeps every field, and for which kinds the
// sync compares and writes it.
func fieldsTable() string {
	t := table("field", "kinds", "Salesforce field", "Graph property", "Exchange element", "Google member", "iCalendar, vCard", "compared and written for")
	for _, a := range state.Schema() {
		if a.Salesforce == state.Stored || a.Mailbox == state.Stored {
			t.row(code(a.Name), kindsOf(a.Kinds), place(a.REST, a.Salesforce), place(a.Graph, a.Mailbox), place(a.EWS, a.Mailbox), place(a.Google, a.Mailbox), place(a.ICal, a.Mailbox), comparedFor(a.Attr))
		}
	}
	return t.String()
}

func comparedFor(a state.Attr) string {
	var out []string
	for _, k := range state.Kinds() {
		if slices.Contains(engine.ComparedFields(k), a) {
			out = append(out, k.String())
		}
	}
	return strings.Join(out, ", ")
}

// comparedFieldsTable lists the fields that a session compares and writes.
func comparedFieldsTable() string {
	t := table("kind", "fields compared and written")
	for _, k := range state.Kinds() {
		var names []string
		for _, a := range engine.ComparedFields(k) {
			names = append(names, a.String())
		}
		t.row(k.String(), code(names...))
	}
	return t.String()
}

// checksTable lists the checks of the verdict in their order.
func checksTable() string {
	t := table("", "reason code", "kinds", "the record is out when", "what is asked under the defaults")
	for i, c := range policies.AllChecks() {
		t.row(fmt.Sprint(i+1), code(c.Code), kindsOf(c.Kinds), failing[c.Code], asked(c))
	}
	return t.String()
}

// asked words a check's conditions under the product's defaults, kind by kind
// where they differ.
func asked(c policies.CheckInfo) string {
	defaults := policies.ProductDefaults()
	var out, words []string
	for _, k := range c.Kinds {
		for _, check := range defaults.Checks(k) {
			if check.Code == c.Code {
				out = append(out, code(check.Holds.String()))
				words = append(words, k.String()+": "+code(check.Holds.String()))
			}
		}
	}
	if len(slices.Compact(out)) == 1 {
		return out[0]
	}
	return strings.Join(words, "<br>")
}

// factsTable lists what the checks ask beyond attributes.
func factsTable() string {
	t := table("fact", "type", "kinds", "meaning")
	for _, f := range cond.FactNames() {
		row := f.Describe()
		t.row(code(row.Name), typeNames[row.Type], kindsOf(row.Kinds), row.Doc)
	}
	return t.String()
}

// failing says what makes each check fail.
var failing = map[string]string{
	"logged_activity": "it is a closed task of the subtype Email, ListEmail or Call, and `tasks.logged` is `\"skip\"`",
	"not_participant": "a task is not assigned to the person (a queue is nobody); the person neither owns the event nor is invited to it",
	"declined":        "the person has declined the event, and either there is no copy yet or `events.when_declined` is `\"skip\"`",
	"no_read_access":  "the recorded access says that the person may not read it",
	"not_owner":       "the scope is `\"mine\"` and somebody else owns the contact",
	"not_in_view":     "the scope is a view and the contact is not in it",
	"before_window":   "a task is completed and neither due nor touched by a person inside the window; an event ended before it",
	"after_window":    "the event begins after the window",
	"unsupported":     "the product cannot carry it: an all-day event of more than 14 days, a series with occurrences of more than 24 hours, a series made in Salesforce Lightning, or a pattern that cannot be read",
	"excluded":        "a rule with `effect = \"exclude\"` says so",
}

// decisionTable words the decision table.
func decisionTable() string {
	t := table("row", "when", "decision", "reason code")
	for i := range engine.Table {
		r := &engine.Table[i]
		codes := code(r.Code)
		if r.Code == "" {
			codes = severalCodes[r.Name]
		}
		var cases []string
		for _, c := range r.Cases() {
			cases = append(cases, caseWords(c))
		}
		t.row(code(r.Name), strings.Join(cases, "<br>or "), r.Doc, codes)
	}
	return t.String()
}

// severalCodes are the reason codes of the rows that have more than one.
var severalCodes = map[string]string{
	"skip":    "that of the failing check, or `downsync_off`",
	"unknown": "`verdict_unknown`, `mailbox_incomplete`, `duplicate_match`",
	"blind":   "`record_unseen`, `item_unseen`, `verdict_unknown`",
}

// caseWords words the facts that a row covers, what does not matter left out.
func caseWords(c engine.Case) string {
	var out []string
	add := func(what, fact string) {
		if fact != "" {
			out = append(out, what+" "+fact)
		}
	}
	add("link", c.Link)
	add("record", c.Record)
	add("item", c.Item)
	add("verdict", c.Verdict)
	add("switch", c.Switch)
	if c.Role != "" {
		out = append(out, c.Role)
	}
	add("removing forbidden:", c.Kept)
	return strings.Join(out, "; ")
}

// findingsTable says what every finding means and what to do about it, gravest
// first.
func findingsTable() string {
	t := table("finding", "what it tells you", "what to do")
	for _, s := range severities {
		for _, f := range engine.FindingKinds() {
			if f.Severity == s {
				t.row(code(f.Code), f.Tells, f.Advice)
			}
		}
	}
	return t.String()
}

var severities = [...]engine.Severity{engine.SeverityError, engine.SeverityWarning, engine.SeverityNotice}

// findingCodes lists the findings of a plan by severity.
func findingCodes() string {
	t := table("severity", "findings of a plan")
	for _, s := range severities {
		var codes []string
		for _, f := range engine.FindingKinds() {
			if f.Severity == s {
				codes = append(codes, f.Code)
			}
		}
		t.row(string(s), code(codes...))
	}
	return t.String()
}

// sizesTable lists the bounds of what a policy may be.
func sizesTable() string {
	t := table("what", "at most")
	t.row("one file", bytesWords(hclfile.MaxBytes))
	t.row("brackets, braces and quotes inside one another", fmt.Sprint(hclfile.MaxNesting))
	t.row("one condition", bytesWords(celexpr.MaxText))
	t.row("all conditions of a policy", bytesWords(celexpr.MaxAllText))
	t.row("operators and functions of one condition, and of all", fmt.Sprintf("%d, %d", celexpr.MaxCalls, celexpr.MaxAllCalls))
	t.row("steps that one pattern of matches() compiles to, and all", fmt.Sprintf("%d, %d", celexpr.MaxPattern, celexpr.MaxAllPatterns))
	t.row("nesting inside a condition", fmt.Sprint(celexpr.MaxNesting))
	t.row("cost of one evaluation of an opaque condition, in CEL's units", fmt.Sprint(celexpr.CostLimit))
	return t.String()
}

func bytesWords(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

func regoSizesTable() string {
	t := table("what", "at most")
	t.row("one module", bytesWords(regomod.MaxBytes))
	t.row("brackets inside one another", fmt.Sprint(regomod.MaxNesting))
	t.row("comprehensions inside one another", fmt.Sprint(regomod.MaxComprehensions))
	t.row("values in all modules, counted by commas and brackets", fmt.Sprint(regomod.MaxValues))
	t.row("rules in all modules", fmt.Sprint(regomod.MaxRules))
	t.row("of them sync rules, settings and guardrails", fmt.Sprint(regomod.MaxSpecial))
	t.row("conjunctions a rule may be lowered to; past them it is opaque", fmt.Sprint(regomod.MaxConjunctions))
	return t.String()
}

// regoFunctions lists what Rego modules may call.
func regoFunctions() string { return byFamily(regomod.Functions()) }

// celFunctions lists what conditions may call.
func celFunctions() string { return byFamily(celexpr.Functions()) }

// byFamily lists functions, a line for each package they are in.
func byFamily(functions []string) string {
	var out strings.Builder
	families := map[string][]string{}
	for _, name := range functions {
		family, _, dotted := strings.Cut(name, ".")
		if !dotted {
			family = "plain"
		}
		families[family] = append(families[family], "`"+name+"`")
	}
	for _, family := range sortedKeys(families) {
		out.WriteString("- " + family + ": " + strings.Join(families[family], ", ") + "\n")
	}
	return out.String()
}

// ewsLosses lists what Exchange's words cannot carry.
func ewsLosses() string { return losses(ews.Losses) }

// blocksTable lists the blocks of a policy file with their attributes.
func blocksTable() string {
	t := table("block", "how many", "attributes", "what it holds")
	for _, b := range policies.Blocks() {
		shown := b.Type + " { … }"
		if b.Label != "" {
			shown = b.Type + ` "` + strings.ToUpper(b.Label) + `" { … }`
		}
		words := blockWords[b.Type]
		t.row(code(shown), words[0], orDash(code(b.Attributes...)), words[1])
	}
	return t.String()
}

// neverTable lists what invariants may forbid.
func neverTable() string {
	t := table("never", "what is not to be done")
	for _, w := range policies.NeverWords() {
		t.row(code(w.Name), w.Doc)
	}
	t.row(code("create", "update", "delete"), "the same on either side")
	return t.String()
}

// blockWords say how many blocks of a type there may be, and what they hold.
var blockWords = map[string][2]string{
	"weir":      {"one", "the version of weir the policy needs"},
	"org":       {"one", "settings for everybody"},
	"group":     {"any", "settings for the people of whom `when` is true"},
	"user":      {"one for each mailbox", "settings for one person"},
	"view":      {"any", "a set of contacts, for `scope`"},
	"rule":      {"any", "what is left out or held back"},
	"invariant": {"any", "what is never done, checked and proved"},
}

// viewOperatorsTable lists the operators of list views with the types of field
// they compare.
func viewOperatorsTable() string {
	t := table("metadata", "describe", "fields", "holds where")
	for _, w := range state.ViewOperators() {
		var types []string
		for _, typ := range [...]state.Type{state.Text, state.Number, state.Day, state.Instant, state.Bool} {
			if listview.Understands(typ, w.Operator) {
				types = append(types, viewTypeNames[typ])
			}
		}
		metadata := "–"
		if w.Metadata != "" {
			metadata = code(w.Metadata)
		}
		t.row(metadata, orDash(code(w.Describe...)), orDash(strings.Join(types, ", ")), w.Doc)
	}
	return t.String()
}

var viewTypeNames = map[state.Type]string{state.Text: "text", state.Number: "number", state.Day: "date", state.Instant: "date and time", state.Bool: "check mark"}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// exampleDay is a Wednesday; the n of its examples is 2.
var exampleDay = state.MakeDate(2026, time.May, 6)

// relativeDatesTable lists the relative dates with the days they cover on the
// example's day.
func relativeDatesTable() string {
	t := table("relative date", "first day", "last day")
	var fiscal []string
	for _, literal := range listview.RelativeDates() {
		first, last, ok := listview.DaysOf(strings.Replace(literal, ":n", ":2", 1), exampleDay, time.Sunday)
		if !ok {
			fiscal = append(fiscal, literal)
			continue
		}
		t.row(code(literal), dayWords(first), dayWords(last))
	}
	t.row(code(fiscal...), "unknown", "unknown")
	return t.String()
}

func dayWords(d state.Date) string { return d.UTC().Format("Mon 2 Jan 2006") }

// icalLosses and vcardLosses list what the formats cannot carry.
func icalLosses() string { return losses(ical.Losses) }

func vcardLosses() string { return losses(vcard.Losses) }

// salesforceLosses and graphLosses list what is lost by writing these.
func salesforceLosses() string { return losses(salesforce.Losses) }

func graphLosses() string { return losses(msgraph.Losses) }

// generatedCases lists what happens in a generated recording.
func generatedCases() string {
	t := table("case", "name", "one in", "what is made")
	for _, c := range generate.Cases() {
		t.row(c.Label(), code(c.Name), fmt.Sprintf("%d %s", c.Every, c.Of()), c.Makes)
	}
	return t.String()
}

func losses(list []wire.Loss) string {
	var b strings.Builder
	for _, loss := range list {
		b.WriteString("- " + loss.What + "\n")
	}
	return b.String()
}
