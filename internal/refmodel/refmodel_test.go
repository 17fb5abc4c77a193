package refmodel

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/state"
)

var (
	decisions = flag.Int("decisions", 20_000, "how many decisions of the engine to compare with the model's")
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
			live(t, func(w *world, g gen) {
				n, wrong := w.compare(nil, rows)
				if g.one(30) { // rows that show nothing in a plan: it takes a question each
					wrong += w.allRowsApart(nil)
				}
				if seen += n; wrong != "" {
					t.Fatalf("%s\n%s", wrong, w.describe())
				}
			})
		})
	}
	t.Logf("%d decisions of rows %v", seen, rows)
	for _, row := range engine.Table {
		if seen < 10_000 {
			break // somebody looks at one world again
		}
		assert.NotZerof(t, rows[row.Name], "no random world came to row %s", row.Name)
	}
}

// live is one world's life: what may happen between two looks at the plan.
func live(t *rapid.T, look func(*world, gen)) {
	g := gen{t}
	w := g.world()
	t.Repeat(map[string]func(*rapid.T){
		"": func(t *rapid.T) { look(w, gen{t}) },
		"edit": func(t *rapid.T) {
			w.happens(gen{t}, func(g gen, o *state.Object) *state.Object { return g.edited(w, o, w.snap.At) })
		},
		"go": func(t *rapid.T) {
			w.happens(gen{t}, func(g gen, o *state.Object) *state.Object { return g.goes(o, w.snap.At) })
		},
		"appear": func(t *rapid.T) {
			g := gen{t}
			k := pick(g, state.Contact, state.Task, state.Event)
			table := pick(g, w.snap.Records[k], w.boxes["ann@acme.example"].Items[k], w.boxes["bob@acme.example"].Items[k])
			w.pass(time.Minute)
			id := w.newID()
			it := g.fresh(w, table, id, w.snap.At)
			if like := w.snap.Records[k].Get("R0"); like != nil && g.one(2) {
				twin(like.Item(), it)
			}
			table.Put(&state.Object{ID: id, Kind: k, Versions: []state.Version{w.now(it)}})
		},
		"access": func(t *rapid.T) {
			g := gen{t}
			truth := func() state.Truth { return pick(g, state.True, state.False, state.Unknown) }
			w.snap.Access[state.AccessKey{UserID: pick(g, "ann", "bob"), RecordID: pick(g, "R0", "R1")}] = state.Access{Read: truth(), Edit: truth(), Delete: truth()}
		},
		"coverage": func(t *rapid.T) {
			g := gen{t}
			k := pick(g, state.Contact, state.Task, state.Event)
			w.snap.Records[k].Coverage = g.coverage(k, false)
			w.boxes["ann@acme.example"].Items[k].Coverage = g.coverage(k, true)
		},
		"policy": func(t *rapid.T) { w.choose(gen{t}) },
		"time":   func(t *rapid.T) { g := gen{t}; w.pass(pick(g, time.Hour, 24*time.Hour, 7*24*time.Hour)) },
		"session": func(t *rapid.T) {
			plan, err := w.plan()
			if err != nil {
				t.Fatal(err)
			}
			w.carryOut(plan)
		},
	})
}

// happens lets something happen to something that lives.
func (w *world) happens(g gen, do func(gen, *state.Object) *state.Object) {
	all, tables := w.objects()
	if len(all) == 0 {
		return
	}
	i := g.n(len(all))
	w.pass(time.Minute)
	tables[i].Put(do(g, all[i]))
}

func (w *world) plan() (*engine.Plan, error) {
	plan, diags, err := engine.MakePlan(context.Background(), w.snap, w.set, engine.Options{})
	if err == nil && diags.HasErrors() {
		err = diags
	}
	return plan, err
}

// compare says how many things were decided, and where the engine and the model,
// broken by mutate if that is given, disagree; "" if nowhere. Rows are counted.
func (w *world) compare(mutate func(string) string, rows map[string]int) (n int, wrong string) {
	plan, err := w.plan()
	if err != nil {
		return 0, err.Error()
	}
	m := &Model{Snap: w.snap, Policy: w.policy, Row: mutate}
	for i, u := range w.snap.Users {
		out, whole, err := m.Decide(u)
		if err != nil {
			return n, err.Error()
		}
		for _, d := range out {
			rows[d.Row]++
		}
		n += len(out)
		want, got := modelLines(out, whole), engineLines(&plan.Users[i])
		if diff := apart(want, got); diff != "" {
			wrong += u.Address + ":\n" + diff + w.rowsApart(u, out)
		}
	}
	return n, wrong
}

// modelLines and engineLines write decisions down alike.
func modelLines(out []Decision, whole string) []string {
	counts := map[string]int{}
	var lines []string
	for _, d := range out {
		for _, a := range d.Acts {
			lines = append(lines, d.Kind+" "+d.ID+" "+a.String())
		}
		counts[d.Counted]++
	}
	return finish(lines, whole, counts["unchanged"], counts["unseen"], counts["others"], counts["personal"])
}

func engineLines(u *engine.UserPlan) []string {
	var lines []string
	for _, op := range u.Operations {
		a := Act{Op: string(op.Op), On: string(op.On), Row: op.Row, Code: op.Reason.Code, Link: op.Link, Lost: op.Lost}
		if op.Held && op.HeldBy.Code != "limit_tripped" { // limits have tests of their own
			a.Held = op.HeldBy.Code
		}
		if op.Op == engine.OpUpdate {
			for _, c := range op.Changes {
				a.Fields = append(a.Fields, c.Field)
			}
		}
		lines = append(lines, op.Kind+" "+cmp.Or(op.RecordID, op.ItemID)+" "+a.String())
	}
	for _, s := range u.Skipped {
		lines = append(lines, s.Kind+" "+cmp.Or(s.RecordID, s.ItemID)+" "+Act{Op: "skip", Row: s.Row, Code: s.Reason.Code}.String())
	}
	whole := ""
	if u.SkippedWhole != nil {
		whole = u.SkippedWhole.Code
	}
	return finish(lines, whole, u.Summary.Unchanged, u.Summary.Unseen, u.Summary.Others, u.Summary.Personal)
}

func finish(lines []string, whole string, unchanged, unseen, others, personal int) []string {
	slices.Sort(lines)
	return append(lines, fmt.Sprintf("whole=%s unchanged=%d unseen=%d others=%d personal=%d", whole, unchanged, unseen, others, personal))
}

// apart lists the lines that only one of the two has.
func apart(model, engine []string) string {
	if slices.Equal(model, engine) {
		return ""
	}
	var b strings.Builder
	for _, line := range model {
		if !slices.Contains(engine, line) {
			fmt.Fprintf(&b, "  model  %s\n", line)
		}
	}
	for _, line := range engine {
		if !slices.Contains(model, line) {
			fmt.Fprintf(&b, "  engine %s\n", line)
		}
	}
	return b.String()
}

// allRowsApart compares the rows of everything, for everybody.
func (w *world) allRowsApart(mutate func(string) string) (wrong string) {
	m := &Model{Snap: w.snap, Policy: w.policy, Row: mutate}
	for _, u := range w.snap.Users {
		out, _, err := m.Decide(u)
		if err != nil {
			return err.Error()
		}
		wrong += w.rowsApart(u, out)
	}
	return wrong
}

// rowsApart asks the engine for the row of everything the model decided, and lists
// those that are not the model's.
func (w *world) rowsApart(u *state.User, out []Decision) string {
	var b strings.Builder
	for _, d := range out {
		answers, _, err := engine.Explain(context.Background(), w.snap, w.set, u.Address, d.ID, engine.Options{})
		if err != nil {
			return err.Error()
		}
		for _, a := range answers {
			if a.Kind == d.Kind && cmp.Or(a.RecordID, a.ItemID) == d.ID && a.Row != d.Row {
				fmt.Fprintf(&b, "  %s %s: row %s by the model, %s by the engine\n", d.Kind, d.ID, d.Row, a.Row)
			}
		}
	}
	return b.String()
}

// describe writes the world down for whoever reads a disagreement.
func (w *world) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "at %s\n%s", w.snap.At.Format(time.RFC3339), w.policy.HCL())
	table := func(name string, t *state.Table) {
		for _, o := range t.All() {
			for _, v := range o.Versions {
				fmt.Fprintf(&b, "%s %s %s %s %s seen=%s into=%s", name, t.Kind, o.ID, v.From.Format("01-02T15:04"), v.State, v.SeenAt.Format("01-02T15:04"), o.MergedInto)
				if it := v.Item; it != nil {
					for a := state.Attr(1); a < state.NumAttrs; a++ {
						if x := it.Value(a); x.IsKnown() {
							fmt.Fprintf(&b, " %s=%q", a, x.String())
						} else if x.IsRecorded() {
							fmt.Fprintf(&b, " %s=-", a)
						}
					}
					fmt.Fprintf(&b, " by=%s org=%s inv=%v/%s folder=%s/%t carries=%s uid=%s series=%v trunc=%t", it.BySync, it.Organizer, it.Invitees, it.InviteesKnown, it.Folder, it.FolderKnown, it.Carries, it.ICalUID, it.Series, it.AttendeesTruncated)
				}
				b.WriteString("\n")
			}
		}
		fmt.Fprintf(&b, "%s %s coverage %+v\n", name, t.Kind, t.Coverage)
	}
	for _, k := range state.Kinds() {
		table("record", w.snap.Records[k])
	}
	for _, u := range w.snap.Users {
		fmt.Fprintf(&b, "user %s %s profile=%q page=%+v\n", u.ID, u.Zone, u.Value(state.UserProfile).String(), u.Preference)
		for _, k := range state.Kinds() {
			table(u.ID, w.boxes[u.Address].Items[k])
		}
		for _, l := range w.boxes[u.Address].Links.All() {
			fmt.Fprintf(&b, "%s link %s %s %s %s born=%s adopted=%t off=%t\n", u.ID, l.Kind, l.RecordID, l.ItemID, l.State, l.Born, l.Adopted != nil, l.MarkerOff)
		}
	}
	fmt.Fprintf(&b, "access %v view %+v\n", w.snap.Access, *w.snap.Views[0])
	return b.String()
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

var worlds = rapid.Custom(func(t *rapid.T) *world { return gen{t}.world() })

// TestQuietRowsAreSeen: rows of which a plan gives only the count are told apart.
func TestQuietRowsAreSeen(t *testing.T) {
	quiet := map[string]string{"settled": "rest", "diverged": "settled", "rest": "retired", "retired": "settled"}
	for i := 1; i <= 500 && len(quiet) > 0; i++ {
		w := worlds.Example(i)
		require.Empty(t, w.allRowsApart(nil), w.describe())
		for row, wrong := range quiet {
			if w.allRowsApart(insteadOf(row, wrong)) != "" {
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
		w := worlds.Example(i)
		rows := map[string]int{}
		_, wrong := w.compare(nil, rows)
		require.Empty(t, wrong, w.describe())
		for row := range rows {
			if caught[row] > 0 || mutants[row] == "" {
				continue
			}
			_, wrong := w.compare(insteadOf(row, mutants[row]), map[string]int{})
			if wrong != "" {
				caught[row]++
			}
		}
	}
	for _, row := range engine.Table {
		assert.NotZerof(t, caught[row.Name], "nobody noticed that %s is decided as %s", row.Name, mutants[row.Name])
	}
}
