package mutate

import (
	"fmt"
	"strings"

	"weir/policies/regomod"
)

// ofModule leaves out each line of the rules' bodies of a Rego module, and gives
// true and false values the other one. A module that does not load any more is no
// mutant; that shows when it is loaded.
func ofModule(name string, src []byte) []Mutant {
	var out []Mutant
	for _, p := range regomod.Parts(src, name) {
		m := Mutant{File: name, Line: p.Line, start: p.Start, end: p.End}
		text := strings.Join(strings.Fields(string(src[p.Start:p.End])), " ")
		switch p.Kind {
		case regomod.PartCondition:
			m.with, m.Text = "true", fmt.Sprintf("%s: without %q", p.Rule, text)
		case regomod.PartTrue:
			m.with, m.Text = "false", p.Rule+": true, now false"
		case regomod.PartFalse:
			m.with, m.Text = "true", p.Rule+": false, now true"
		}
		out = append(out, m)
	}
	return out
}
