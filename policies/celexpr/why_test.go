package celexpr

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// TestWhyOpaque pins what is said of parts that stay opaque, and the place: of
// the part, not of the predicate.
func TestWhyOpaque(t *testing.T) {
	for predicate, want := range map[string]struct {
		why    string
		column int
	}{
		"item.private || item.title.split('-')[0] == 'x'":                         {"it takes a text apart (split), which conditions cannot", 17},
		"item.categories.map(c, c.lowerAscii()).exists(c, c == 'a')":              {"it builds a list (map), which conditions cannot", 1},
		"!item.all_day && item.attendees.exists_one(a, a.email == 'x@y.example')": {"it counts matches (exists_one), which conditions cannot", 18},
		"(item.private ? item.title : item.location) == 'x'":                      {"it chooses between values (? :), which conditions cannot", 2},
		"int(item.title) > 3":                                           {"it converts between types (int), which conditions cannot", 1},
		"item.start.getHours('Europe/Berlin') < 8":                      {"it reads a part of a time (getHours), which conditions cannot", 1},
		"{'a': 1}[item.title] > 0":                                      {"it looks a key up ([]), which conditions cannot", 1},
		"sets.equivalent(item.categories, ['a'])":                       {"it compares sets (sets.equivalent), which conditions cannot", 1},
		"math.greatest(item.title.size(), 3) > 4":                       {"it computes (math.greatest), which conditions cannot", 1},
		"item.title + 'x' == 'yx'":                                      {"it computes (+), which conditions cannot", 1},
		"item.attendees.all(a, a.name.substring(0, 1) == 'x')":          {"it takes a text apart (substring), which conditions cannot", 1},
		"item.categories == item.participants":                          {"conditions have no form for it", 1},
		"item.private && item.title.replace('a', item.location) == 'x'": {"it makes a new text (replace), which conditions cannot", 17},
	} {
		t.Run(predicate, func(t *testing.T) {
			src := Source{Text: predicate, Filename: "a.hcl", PosOf: func(at int) hcl.Pos { return hcl.Pos{Line: 7, Column: at + 1, Byte: at} }}
			e, diags := Compile(src, Env{Kinds: []state.Kind{state.Event}})
			require.Empty(t, diags)
			opaque := cond.Opaques(e)
			require.Len(t, opaque, 1, "%s", e)
			assert.Equal(t, want.why, opaque[0].Why)
			assert.Equal(t, cond.Place{File: "a.hcl", Line: 7, Column: want.column}, opaque[0].At())
		})
	}
}
