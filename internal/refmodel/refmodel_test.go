package refmodel_test

import (
	"flag"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/internal/refmodel/worlds"
)

var (
	decisions = flag.Int("decisions", 40_000, "how many decisions of the engine to compare with the model's")
	seed      = flag.Uint64("seed", 1, "the seed of the first random world")
)

// TestReference lets random worlds live on, with people, policies and sessions
// changing them, and compares every decision of the engine with the model's.
func TestReference(t *testing.T) {
	seen, rows := 0, map[string]int{}
	// A check of rapid takes up to a hundred worlds, with seeds from its own up to five thousand on.
	require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(max(1, min(100, *decisions/400)))))
	for s := *seed; seen < *decisions && !t.Failed(); s += 10_000 {
		require.NoError(t, flag.Set("rapid.seed", strconv.FormatUint(s, 10)))
		rapid.Check(t, func(t *rapid.T) {
			worlds.Live(t, carried, func(w *worlds.World, g worlds.Gen) {
				n, wrong := w.Compare(nil, rows)
				if g.One(30) { // rows that show nothing in a plan: it takes a question each
					wrong += w.AllRowsApart(nil)
				}
				if seen += n; wrong != "" {
					t.Fatalf("%s\n%s", wrong, w.Describe())
				}
			})
		})
	}
	t.Logf("%d decisions of rows %v", seen, rows)
	for _, row := range engine.Table {
		if seen < 40_000 {
			break // somebody looks at one world again
		}
		assert.NotZerof(t, rows[row.Name], "no random world came to row %s", row.Name)
	}
}

// carried plans a session and carries it out, simply.
func carried(w *worlds.World) error {
	plan, err := w.Plan()
	if err == nil {
		w.CarryOut(plan)
	}
	return err
}

// mutants are rows answered for other rows: each a model that is wrong in one
// place of the decision table.
var mutants = map[string]string{"create": "skip", "skip": "create", "unknown": "create", "adopt": "adopt-frozen", "adopt-frozen": "adopt",
	"upload": "personal", "upload-blind": "upload", "personal": "upload", "blind": "settled", "moved-out": "leave", "ended": "retired",
	"settled": "update-up", "update-down": "diverged", "diverged": "leave", "update-up": "settled", "merge": "settled", "leave": "settled",
	"forget": "remove", "remove": "restore", "remove-event": "restore", "decline": "remove-event", "restore": "release", "release": "restore",
	"withdraw": "keep-edited", "keep-edited": "withdraw", "rejoin": "rest", "rest": "rejoin", "frozen-forget": "rest", "frozen-keep": "rest", "retired": "ended"}

// insteadOf is a model's mistake: one row for another.
func insteadOf(row, wrong string) func(string) string {
	return func(r string) string {
		if r == row {
			return wrong
		}
		return r
	}
}

var drawn = rapid.Custom(worlds.Any)

// TestQuietRowsAreSeen: rows of which a plan gives only the count are told apart.
func TestQuietRowsAreSeen(t *testing.T) {
	quiet := map[string]string{"settled": "rest", "diverged": "settled", "rest": "retired", "retired": "settled"}
	for i := 1; i <= 500 && len(quiet) > 0; i++ {
		w := drawn.Example(i)
		require.Empty(t, w.AllRowsApart(nil), w.Describe())
		for row, wrong := range quiet {
			if w.AllRowsApart(insteadOf(row, wrong)) != "" {
				delete(quiet, row)
			}
		}
	}
	assert.Empty(t, quiet, "nobody noticed these rows decided as those")
}

// TestBrokenModelsAreSeen: the comparison can fail, at every row.
func TestBrokenModelsAreSeen(t *testing.T) {
	caught := map[string]int{}
	for i := 1; i <= 6000 && len(caught) < len(mutants); i++ {
		w := drawn.Example(i)
		rows := map[string]int{}
		_, wrong := w.Compare(nil, rows)
		require.Empty(t, wrong, w.Describe())
		for row := range rows {
			if caught[row] > 0 || mutants[row] == "" {
				continue
			}
			_, wrong := w.Compare(insteadOf(row, mutants[row]), map[string]int{})
			if wrong != "" {
				caught[row]++
			}
		}
	}
	for _, row := range engine.Table {
		assert.NotZerof(t, caught[row.Name], "nobody noticed that %s is decided as %s", row.Name, mutants[row.Name])
	}
}
