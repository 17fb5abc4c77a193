package check

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies/hclfile"
)

// Rule is what a finding of one sort means. Its id is a promise: it is never renamed,
// and never means something else, because people write it into filters and baselines.
type Rule struct {
	ID       string // "unused-view", or the code of a simulation's finding: "limit_tripped"
	Name     string // a short noun phrase
	Family   string // which rules it stands with in the documents
	Parts    []string
	Severity engine.Severity // usually; the finding itself says how grave it is
	Meaning  string          // one sentence
	Why      string          // why it matters
	Remedy   string          // what to do
	Example  Example
	// Summaries are those of the diagnostics that give it; one that ends in * stands
	// for all that begin so, where none says exactly that.
	Summaries []string
}

// Example gives a finding. Text is a file of the language ("hcl", "rego" or "test", a
// file of tests), or tells in words what gives it, if Language is "".
type Example struct{ Language, Text string }

// family is a sort of rules, with what they share.
type family struct {
	name  string
	parts []string
	why   string
}

// The rules of what a check, or a report of a plan or of tests, finds by itself.
const (
	RuleTestFailed      = "test-failed"
	RuleGuardrailWarns  = "guardrail-warns"
	RuleGuardrailDenies = "guardrail-denies"

	ruleFormat           = "not-formatted"
	ruleLimits           = "limits-changed"
	ruleModule           = "module-changed"
	ruleInvariant        = "invariant-changed"
	ruleRefuted          = "invariant-refuted"
	ruleUndecided        = "invariant-undecided"
	ruleTestRemoved      = "test-removed"
	ruleTestChanged      = "test-changed"
	ruleBaseTestBroken   = "base-test-broken"
	ruleRecordingRemoved = "recording-removed"
	ruleRecordingChanged = "recording-changed"
	ruleUnborn           = "policy-new"
)

// ruleInternal is the rule of weir's own failures, which no input is known to give.
const ruleInternal = "internal-failure"

// InvalidHCL is the rule of all that HCL's own parser says, in whatever words.
const InvalidHCL = "invalid-hcl"

// Rules lists every rule of every finding, by family, and within one by id.
func Rules() []Rule {
	out := slices.Clone(table)
	for _, f := range engine.FindingKinds() {
		parts := simulation.parts
		switch f.Code {
		case limitTripped:
			parts = []string{PartLimits}
		case invariantBroken, invariantUnknown:
			parts = []string{PartInvariants}
		}
		out = append(out, Rule{ID: f.Code, Name: sentence(strings.ReplaceAll(f.Code, "_", " ")), Family: simulation.name, Parts: parts, Severity: f.Severity,
			Meaning: stop(f.Tells), Why: simulation.why, Remedy: stop(f.Advice), Example: Example{"", "A plan or simulation in which " + f.Tells + "."}})
	}
	slices.SortStableFunc(out, func(a, b Rule) int {
		if a.Family != b.Family {
			return slices.Index(Families(), a.Family) - slices.Index(Families(), b.Family)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// Families lists the families of rules in their order.
func Families() []string {
	var out []string
	for _, f := range []family{own, files, structure, values, conditions, rego, bounds, people, doubts, tests, simulation} {
		out = append(out, f.name)
	}
	return out
}

// RuleOf finds a rule by its id.
func RuleOf(id string) (Rule, bool) {
	i, ok := byID[id]
	if !ok {
		return Rule{}, false
	}
	return all[i], true
}

// remedyOf is what the table says to do about a rule's findings.
func remedyOf(id string) string {
	r, _ := RuleOf(id)
	return r.Remedy
}

// RuleID is the stable id of a diagnostic. One whose summary no rule has, which tests
// rule out, gets an id made of its summary: nothing is left unsaid.
func RuleID(d *hcl.Diagnostic) string {
	if _, ok := d.Extra.(hclfile.Syntax); ok {
		return InvalidHCL
	}
	if id, ok := bySummary[d.Summary]; ok {
		return id
	}
	for _, p := range prefixes {
		if strings.HasPrefix(d.Summary, p) {
			return bySummary[p+"*"]
		}
	}
	return strings.Join(strings.FieldsFunc(strings.ToLower(d.Summary), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}

var (
	all       = Rules()
	byID      = map[string]int{}
	bySummary = map[string]string{}
	prefixes  []string
)

func init() {
	for i, r := range all {
		byID[r.ID] = i
		for _, s := range r.Summaries {
			bySummary[s] = r.ID
			if p, ok := strings.CutSuffix(s, "*"); ok {
				prefixes = append(prefixes, p)
			}
		}
	}
}

// stop makes a sentence of a clause.
func stop(s string) string { return strings.TrimSuffix(sentence(s), ".") + "." }

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
