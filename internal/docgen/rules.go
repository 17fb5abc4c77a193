package docgen

import (
	"fmt"
	"strings"

	"weir/check"
)

// RulePages makes docs/rules: a page for each rule of a finding, named by its id, and
// README.md, which lists them by family.
func RulePages() map[string]string {
	out := map[string]string{"README.md": ruleIndex()}
	for _, r := range check.Rules() {
		out[r.ID+".md"] = rulePage(r)
	}
	return out
}

const ruleNote = "<!-- Made by go generate from check/table.go and engine/findings.go: change it there. -->\n\n"

func ruleIndex() string {
	var out strings.Builder
	out.WriteString("# The rules of findings\n\n" + ruleNote)
	out.WriteString("Every finding of `weir check`, and of the reports of plans, simulations, comparisons and tests, has the id of a rule. Ids are stable: none is renamed,\n" +
		"removed, or given another meaning. The severity is the usual one; the finding itself says how grave it is.\n")
	family := ""
	var t *grid
	flush := func() {
		if t != nil {
			out.WriteString(t.String())
		}
	}
	for _, r := range check.Rules() {
		if r.Family != family {
			flush()
			family = r.Family
			fmt.Fprintf(&out, "\n## %s\n\n%s\n\n", strings.ToUpper(family[:1])+family[1:], r.Why)
			t = table("rule", "severity", "part", "what it means")
		}
		t.row(fmt.Sprintf("[%s](%s.md)", code(r.ID), r.ID), string(r.Severity), code(r.Parts...), r.Meaning)
	}
	flush()
	return out.String()
}

func rulePage(r check.Rule) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s", r.ID, ruleNote)
	fmt.Fprintf(&out, "%s\n\n", r.Meaning)
	fmt.Fprintf(&out, "| | |\n|---|---|\n| severity | %s |\n| part of `weir check` | %s |\n| family | [%s](README.md) |\n\n", r.Severity, code(r.Parts...), r.Family)
	fmt.Fprintf(&out, "## Why it matters\n\n%s\n\n## What to do\n\n%s\n\n## Example\n\n", r.Why, r.Remedy)
	switch {
	case r.Example.Language == "":
		out.WriteString(r.Example.Text + "\n")
	case strings.TrimSpace(r.Example.Text) == "":
		out.WriteString("A file `policy.rego` that is empty.\n")
	default:
		if r.Example.Language == "test" {
			out.WriteString("In a file of tests, `policy_test.hcl`:\n\n")
		}
		fmt.Fprintf(&out, "```%s\n%s```\n", map[string]string{"hcl": "hcl", "test": "hcl", "rego": "rego"}[r.Example.Language], r.Example.Text)
	}
	return out.String()
}
