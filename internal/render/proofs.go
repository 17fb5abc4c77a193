package render

import (
	"fmt"
	"slices"

	"weir/compare"
)

// This file words what was proved over all inputs.

// proofs lists what is not equal, and counts the rest; brief leaves the examples out.
func (p *printer) proofs(list []compare.Proof, brief bool) {
	if len(list) == 0 {
		return
	}
	p.blank()
	equal := 0
	for _, proof := range list {
		if proof.Relation == compare.Equal {
			equal++
		}
	}
	p.line(p.paint(bold, provedHead(equal, len(list))))
	for _, proof := range list {
		if proof.Relation == compare.Equal {
			continue
		}
		p.line(fmt.Sprintf("  %-9s %s%s: %s", proof.Relation, Escape(proofName(proof)), refPlace(proof.New, proof.Old), Escape(proof.Text)))
		for _, text := range exampleTexts(proof) {
			if !brief {
				p.line("            " + Escape(text))
			}
		}
	}
}

// provedHead counts what was compared over all inputs.
func provedHead(equal, all int) string {
	what := count(all, "setting or rule", "settings and rules")
	if equal == all {
		return "Over all inputs: " + what + " compared, all proved equal"
	}
	return fmt.Sprintf("Over all inputs: %s compared, %s proved equal", what, Thousands(equal))
}

// proofName is what a proof is about, with the kind where it is about one.
func proofName(p compare.Proof) string {
	if p.Kind == "" {
		return p.What
	}
	return p.What + " for " + p.Kind + "s"
}

// exampleTexts are the examples of a proof, a line each. One thing may show both
// directions, where the values have no order: it stands there once.
func exampleTexts(p compare.Proof) []string {
	var out []string
	for _, e := range p.Examples {
		text := exampleText(e)
		if i := slices.Index(out, text); i >= 0 {
			out[i] += " (which is narrower and wider: the two have no order)"
			continue
		}
		out = append(out, text)
	}
	return out
}

// exampleText is an example on one line: what it takes, and what either policy says.
func exampleText(e compare.Example) string {
	return fmt.Sprintf("e.g. %s: %s → %s", e.Where(), e.Old, e.New)
}

// promisesText counts what is known of invariants over all inputs.
func promisesText(list []compare.Promise) string {
	n := map[compare.Status]int{}
	for _, p := range list {
		n[p.Status]++
	}
	return fmt.Sprintf("%d proved for all inputs, %d refuted, %d undecided", n[compare.Proved], n[compare.Refuted], n[compare.Doubtful])
}
