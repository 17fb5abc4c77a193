package simulate

import (
	"flag"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/state"
)

var (
	full  = flag.Bool("full", false, "explore small worlds under every choice of settings")
	depth = flag.Int("depth", 0, "how many human acts follow each other at most; 0 for 5, or 3 without -full")
)

func explorerOf(t *testing.T, kind state.Kind, choices [][]string, depth int) (*explorer, []*place) {
	t.Helper()
	var places []*place
	var people *state.Snapshot
	for _, s := range openings(kind) {
		p, snap := opening(s)
		places, people = append(places, p), snap
	}
	var setups []*setup
	for _, values := range choices {
		s := chosen(kind, values)
		s.prepare(t, people)
		setups = append(setups, s)
	}
	return newExplorer(t, kind, setups, depth), places
}

func TestModel(t *testing.T) {
	acts := *depth
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // nearly all that is made is kept
	for _, kind := range state.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			choices := pairwise(kind)
			if *full {
				choices = allSetups(kind)
			}
			if acts == 0 {
				acts = 3
				if *full {
					acts = 5
				}
			}
			x, places := explorerOf(t, kind, choices, acts)
			require.NotEmpty(t, places)
			x.explore(places)
			t.Logf("%s: %d setups, up to %d acts: %d sequences covered by %d states (%d under some setup), %d sessions", kind, len(choices), acts, x.sequences(), len(x.spots), x.visits(), x.sessions)
			for _, key := range slices.Sorted(maps.Keys(x.found)) {
				v := x.found[key]
				t.Errorf("%s (row %s), %d times: %s\n  %s\n  %s", v.promise, v.row, v.times, v.what, v.setup, v.path)
			}
		})
	}
}

var _ = fmt.Sprint
