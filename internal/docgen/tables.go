package docgen

import (
	"fmt"
	"slices"
	"strings"

	"weir/engine"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/policies/hclfile"
	"weir/policies/regomod"
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
	t := table("field", "kinds", "Salesforce field", "Graph property", "Google member", "compared and written for")
	for _, a := range state.Schema() {
		if a.Salesforce == state.Stored || a.Mailbox == state.Stored {
			t.row(code(a.Name), kindsOf(a.Kinds), place(a.REST, a.Salesforce), place(a.Graph, a.Mailbox), place(a.Google, a.Mailbox), comparedFor(a.Attr))
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
	t := table("", "reason code", "kinds", "the record is out when")
	for i, c := range engine.Checks() {
		t.row(fmt.Sprint(i+1), code(c.Code), kindsOf(c.Kinds), failing[c.Code])
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

// findingCodes lists the findings of a plan by severity.
func findingCodes() string {
	t := table("severity", "findings of a plan")
	for _, s := range [...]engine.Severity{engine.SeverityError, engine.SeverityWarning, engine.SeverityNotice} {
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
	t.row("rules in all modules", fmt.Sprint(regomod.MaxRules))
	t.row("of them sync rules, settings and guardrails", fmt.Sprint(regomod.MaxSpecial))
	t.row("conjunctions a rule may be lowered to; past them it is opaque", fmt.Sprint(regomod.MaxConjunctions))
	return t.String()
}

// regoFunctions lists what Rego modules may call, a line for each family.
func regoFunctions() string {
	var out strings.Builder
	families := map[string][]string{}
	for _, name := range regomod.Functions() {
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
