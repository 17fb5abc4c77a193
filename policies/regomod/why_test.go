package regomod

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
)

// TestWhyOpaque pins what is said of rules that stay opaque, and the place of
// what could not be lowered, also in other modules.
func TestWhyOpaque(t *testing.T) {
	for rule, want := range map[string]struct {
		why string
		at  cond.Place
	}{
		`split(input.item.title, " ")[0] == "x"`:                {`it calls split, which conditions cannot: split(input.item.title, " ")`, cond.Place{File: "a.rego", Line: 4, Column: 2}},
		"input.item.private\n\tto_number(input.item.title) > 3": {`it calls to_number, which conditions cannot: to_number(input.item.title) > 3`, cond.Place{File: "a.rego", Line: 5, Column: 2}},
		`data.lib.late`: {`it calls time.clock, which conditions cannot: time.clock(input.item.start)`, cond.Place{File: "lib.rego", Line: 3, Column: 9}},
		"n := count([1 | some a in input.item.attendees; a.response == \"x\"])\n\tn > 2": {`conditions have no form for it: n > 2`, cond.Place{File: "a.rego", Line: 5, Column: 2}},
		`1 / 0 > 1`: {`a.rego:4: /: divide by zero`, cond.Place{File: "a.rego", Line: 3, Column: 1}},
		"level == 1\n}\n\nlevel := 1 if input.item.private\n\nlevel := 2 if {\n\tinput.item.all_day": {`weir.rules.level may have two values at once (a.rego:7)`, cond.Place{File: "a.rego", Line: 3, Column: 1}},
	} {
		t.Run(rule, func(t *testing.T) {
			p, diags := Compile([]Source{
				{Path: "a.rego", Text: []byte("package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if {\n\t" + rule + "\n}\n")},
				{Path: "lib.rego", Text: []byte("package lib\n\nlate if time.clock(input.item.start)[0] > 17\n")}}, testEnv)
			require.Empty(t, diags)
			opaque := cond.Opaques(p.Rules[0].When)
			require.Len(t, opaque, 1)
			assert.Equal(t, want.why, opaque[0].Why)
			assert.Equal(t, want.why, p.Rules[0].Opaque)
			assert.Equal(t, want.at, opaque[0].At())
		})
	}
}

// TestTwoValuesAtOnce: rules that cannot both hold are lowered, others stay with
// OPA, which notices.
func TestTwoValuesAtOnce(t *testing.T) {
	for rules, opaque := range map[string]bool{
		"level := 1 if input.item.private\nlevel := 2 if input.item.all_day":                                                         true,
		"level := 1 if input.item.private\nlevel := 1 if input.item.all_day":                                                         false,
		"level := 1 if input.item.private\nlevel := 2 if not input.item.private":                                                     false,
		"level := 1 if input.item.title == \"a\"\nlevel := 2 if input.item.title == \"b\"":                                           false,
		"level := 1 if input.item.title == \"a\"\nlevel := 2 if input.item.title != \"a\"":                                           false,
		"level := 1 if input.item.title == \"a\"\nlevel := 2 if input.item.location == \"b\"":                                        true,
		"level := 1 if {\n\tx := input.item.title\n\tx == \"a\"\n}\nlevel := 2 if input.item.title == \"b\"":                         false,
		"level := 1 if lower(input.item.title) == \"a\"\nlevel := 2 if lower(input.item.title) == \"b\"":                             false,
		"level := 1 if \"a\" in input.user.groups\nlevel := 2 if not \"a\" in input.user.groups":                                     false,
		"level := 1 if input.user.groups[_] == \"a\"\nlevel := 2 if input.user.groups[_] == \"b\"":                                   true,
		"level := 1 if {\n\tx = input.user.groups[i]\n\tx == \"a\"\n}\nlevel := 2 if {\n\tx = input.user.groups[i]\n\tx == \"b\"\n}": true,
		"level := n if some n in [1, 2]":                                                                   true,
		"level := n if {\n\tsome n\n\tx := [1, 2][n]\n\tx > 0\n}":                                          true,
		"default level := 1\nlevel := 2 if input.item.private":                                             false,
		"level := 1 if input.item.private\nelse := 2 if input.item.all_day":                                false,
		"level := f(input.item.title)\nf(\"a\") := 1\nf(\"b\") := 2":                                       false,
		"level := f(input.item.title)\nf(x) := 1 if startswith(x, \"a\")\nf(x) := 2 if endswith(x, \"b\")": true,
		"level := f(input.item.title)\nf(x) := 1 if x == \"a\"\nf(x) := 2 if x == \"b\"":                   false,
		"level := 1 if input.item.title == \"a\"\nlevel := 1.0 if input.item.title == \"a\"":               false,
	} {
		t.Run(rules, func(t *testing.T) {
			p, diags := Compile([]Source{{Path: "a.rego", Text: []byte("package weir.rules\n\nexclude contains {\"reason\": \"r\", \"kinds\": [\"event\"]} if level == 1\n" + rules + "\n")}}, testEnv)
			require.Empty(t, diags)
			if opaque {
				assert.Contains(t, p.Rules[0].Opaque, "may have two values at once")
			} else {
				assert.NotContains(t, p.Rules[0].Opaque, "two values")
			}
		})
	}
}
