package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file holds sessions to what they promise when they fail: what a session did
// not come to the next ones do, nothing is made twice, and nothing is deleted that
// nobody deleted.

// faultySessions is how many sessions of a random world may fail.
const faultySessions = 4

// drawFaults draws a seed and a rate for some kinds of faults.
func drawFaults(t *rapid.T, kinds ...FaultKind) Faults {
	return Faults{Seed: rapid.Uint32().Draw(t, "seed"), Kinds: kinds, Rate: float64(rapid.IntRange(10, 90).Draw(t, "percent")) / 100}
}

// clone is a world of its own that shares what never changes.
func (w *world) clone() *world {
	c := &world{boxes: boxes{}, made: maps.Clone(w.made), doings: newDoings(), origins: maps.Clone(w.origins)}
	for _, k := range state.Kinds() {
		c.records[k] = w.records[k].Clone()
	}
	for address, box := range w.boxes {
		c.boxes[address] = cloneBox(box)
	}
	return c
}

// What fails in a world in which nobody does anything is made up for, whatever the
// policy.
func TestFailedSessionsAreMadeUpFor(t *testing.T) {
	for name, set := range randomPolicies(t) {
		t.Run(name, func(t *testing.T) {
			whole := 0
			rapid.Check(t, func(t *rapid.T) {
				r := &randomWorld{t: t, kept: strings.Contains(name, "kept")}
				r.build()
				for _, box := range r.w.boxes {
					forgetStrays(box)
				}
				plain, snap := *r, *r.snap
				plain.w, plain.snap = r.w.clone(), &snap
				snap.Records, snap.Mailboxes = plain.w.records, plain.w
				course := []string{"without faults:"}
				brief := false // part of something was done, and the rest was not wanted any more
				half := false
				for n := 1; n <= restAfter+2; n++ {
					plan := plain.session(n, set)
					course = append(course, done(plan)...)
					brief = brief || n > 1 && endsLinks(plan)
				}
				r.w.faults = newInjector(drawFaults(t, Cut, Reject, Budget), faultySessions)
				course = append(course, "with faults:")
				for n := 1; n <= faultySessions; n++ {
					plan := r.session(n, set)
					course = append(course, done(plan)...)
					half = half || halved(plan)
					brief = brief || half && unwanted(plan)
					nobodyElseDeletes(t, plan, r.snap.Markers, r.kept)
				}
				for n := 1; n <= restAfter+2; n++ {
					plan := r.session(faultySessions+n, set)
					course = append(course, done(plan)...)
					brief = brief || half && unwanted(plan)
					r.judge(n, plan)
				}
				r.noTwoCopies()
				if brief {
					return
				}
				whole++
				require.Empty(t, told(compared(r.w, plain.w)), strings.Join(course, "\n"))
			})
			t.Logf("%d compared", whole)
			require.NotZero(t, whole)
		})
	}
}

// endsLinks: the session ends a link to what is out of the sync. After the first one
// that is a link which the sync has made itself, to an item found by its look: how
// much is written to it in between depends on how soon the link ends.
func endsLinks(plan *engine.Plan) bool {
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			if op.On == engine.OnLink && op.Op == engine.OpUnlink {
				return true
			}
		}
	}
	return false
}

// unwanted: something leaves the scope, is held, or is stopped on its way up. After a
// session that wrote one half of a merge and not the other, that may be what the one half
// has brought about, and then the other is not written; else it is made up for.
func unwanted(plan *engine.Plan) bool {
	for _, u := range plan.Users {
		if slices.ContainsFunc(u.Operations, func(op engine.Operation) bool { return op.Held || op.Row == "leave" || op.Row == "forget" }) ||
			slices.ContainsFunc(u.Skipped, func(s engine.Skipped) bool { return s.ItemID != "" }) {
			return true
		}
	}
	return false
}

// halved: of several operations on one thing, a fault struck some.
func halved(plan *engine.Plan) bool {
	for _, u := range plan.Users {
		failed := map[recordKey]bool{}
		for _, op := range u.Operations {
			key := recordKey{op.Effect.Kind, op.RecordID}
			if was, several := failed[key]; op.RecordID != "" && several && was != (op.Fault != "") {
				return true
			}
			failed[key] = op.Fault != ""
		}
	}
	return false
}

// done lists a session's operations.
func done(plan *engine.Plan) (out []string) {
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			if !op.Held {
				out = append(out, fmt.Sprintf("%s on %s, record %s, item %s, row %s, superseded %t, fault %s, %v, %s", op.ID, op.On, op.RecordID, op.ItemID, op.Row, op.Superseded, op.Fault, op.Changes, op.Reason.Text))
			}
		}
	}
	return out
}

// compared lists what differs between worlds that have settled.
func compared(with, without *world) []FaultDifference {
	c := &comparison{with: &run{world: with, out: &Result{}}, without: &run{world: without, out: &Result{}}, rivals: map[matchKey]map[thing]bool{}, groups: groups{}}
	c.with.world.faults = orNone(c.with.world.faults)
	return c.differences()
}

func orNone(in *injector) *injector {
	if in == nil {
		return newInjector(Faults{Kinds: []FaultKind{Cut}}, 0)
	}
	return in
}

// unlikely drops differences about items that match each other: which of them is
// taken first is open.
func unlikely(differences []FaultDifference) []FaultDifference {
	return slices.DeleteFunc(differences, func(d FaultDifference) bool { return strings.Contains(d.Text, "match each other") })
}

func told(differences []FaultDifference) string {
	if differences = unlikely(differences); len(differences) == 0 {
		return ""
	}
	text, _ := json.MarshalIndent(differences, "", " ")
	return string(text)
}

// nobodyElseDeletes: in Salesforce nothing is deleted or declined but after a person's
// deletion.
func nobodyElseDeletes(t *rapid.T, plan *engine.Plan, markers state.Markers, kept bool) {
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			if op.Held || op.Fault != "" || op.On != engine.OnSalesforce || op.Op != engine.OpDelete && op.Op != engine.OpDecline {
				continue
			}
			item := op.Effect.Item
			require.True(t, item.State() == state.Deleted || markers.Unsynced(item.Item()) || item.Item().Value(state.AttrCancelled).Bool(), "%s: nobody deleted it", op.ID)
			require.False(t, kept, "%s: removing is forbidden", op.ID)
		}
	}
}

// busyWorld is a recording of a random world in which people act in the first
// sessions, and the policy it was recorded under.
func busyWorld(t *rapid.T, sets map[string]*policies.Set, among []string, acting, sessions int) (*tape, *policies.Set, string) {
	name := rapid.SampledFrom(among).Draw(t, "policy")
	r := &randomWorld{t: t}
	r.build()
	start := settledStart(t, r, sets[name])
	recorded, err := boxesOf(start)
	require.NoError(t, err)
	drawn := 0
	c := &chooser{t: t, start: recorded}
	who := &script{}
	who.choose = func(w *world, at time.Time) []deed {
		if drawn++; drawn > acting {
			return nil
		}
		return c.choose(w, at)
	}
	taken, _ := course(t, start, sets[name], sessions, who)
	return taken, sets[name], name
}

// faulty runs a recording with faults beside the run without.
func faulty(t *rapid.T, src Source, set *policies.Set, f Faults) (*run, *Result) {
	r, diags, err := faultyRun(context.Background(), src, set, Options{Faults: &f})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	res, diags, err := r.toEnd(context.Background())
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	require.NotNil(t, res.Faults)
	return r, res
}

func sortedNames(sets map[string]*policies.Set) []string { return slices.Sorted(maps.Keys(sets)) }

// Whatever people do while sessions fail in whatever ways: nothing is made twice,
// nothing is deleted that nobody deleted, and what ends otherwise was touched by a
// fault.
func TestFaultsExplainWhatEndsOtherwise(t *testing.T) {
	sets := randomPolicies(t)
	same, otherwise := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src, set, name := busyWorld(t, sets, sortedNames(sets), 8, 10)
		r, res := faulty(t, src, set, drawFaults(t))
		(&randomWorld{t: t, w: r.world}).noTwoCopies()
		for _, plan := range res.Sessions {
			nobodyElseDeletes(t, plan, r.context.Markers, strings.Contains(name, "kept"))
		}
		if res.Faults.Same {
			same++
			return
		}
		otherwise++
		for _, d := range res.Faults.Differences {
			direct := slices.ContainsFunc(d.Faults, func(f InjectedFault) bool { return f.Kind != Duplicate })
			require.True(t, direct || !strings.Contains(d.Text, "no fault touched"), told(res.Faults.Differences))
		}
		assert.Contains(t, codesOf(res.Findings), "fault_outcome")
	})
	t.Logf("%d the same, %d otherwise", same, otherwise)
	require.NotZero(t, same)
}

func codesOf(findings []engine.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.Code)
	}
	return out
}

// Operations that fail after people have acted are made up for; being told twice of a
// change never matters, and neither do clocks where no conflict goes by them.
func TestFaultsWithoutHarm(t *testing.T) {
	sets := randomPolicies(t)
	for _, c := range []struct {
		name   string
		kinds  []FaultKind
		among  []string
		acting int
	}{
		{"operations", []FaultKind{Cut, Reject, Budget}, sortedNames(sets), 1},
		{"duplicates", []FaultKind{Duplicate}, sortedNames(sets), faultySessions},
		{"clocks", []FaultKind{Skew}, []string{"mailbox wins", "salesforce wins"}, faultySessions},
	} {
		t.Run(c.name, func(t *testing.T) {
			injected := 0
			rapid.Check(t, func(t *rapid.T) {
				src, set, _ := busyWorld(t, sets, c.among, c.acting, faultySessions+2)
				_, res := faulty(t, src, set, drawFaults(t, c.kinds...))
				require.Empty(t, told(res.Faults.Differences))
				injected += res.Faults.Total()
			})
			require.NotZero(t, injected)
		})
	}
}

// The comparison sees what is lost, made or changed.
func TestTheComparisonCanFail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &randomWorld{t: t}
		r.build()
		set := policies.Default()
		for n := 1; n <= restAfter+2; n++ {
			r.session(n, set)
		}
		other := r.w.clone()
		require.Empty(t, compared(other, r.w))
		box := other.boxes["ann@acme.example"]
		for _, k := range state.Kinds() {
			for _, o := range box.Items[k].All() {
				if o.State() != state.Live {
					continue
				}
				changed := o.Item().Clone()
				changed.Set(state.AttrCategories, state.TextsValue([]string{"changed"}))
				box.Items[k].Put(o.With(state.Version{From: now, State: state.Live, Item: changed}))
				found := compared(other, r.w)
				require.Len(t, found, 1)
				require.Equal(t, "differs", found[0].What)
				require.Equal(t, []string{"categories"}, found[0].Fields)
				box.Items[k].Put(o.With(state.Version{From: now, State: state.Deleted, Item: o.Item()}))
				found = compared(other, r.w)
				require.Len(t, found, 1)
				require.Equal(t, "missing", found[0].What)
				require.Equal(t, "extra", compared(r.w, other)[0].What)
				return
			}
		}
	})
}

// What people do to one thing is seen in the order in which they did it, and all of it
// by the last session.
func TestDelaysKeepTheOrder(t *testing.T) {
	const sessions = 12
	opts := Options{From: now, Every: DefaultEvery}
	w := &world{boxes: boxes{"ann@acme.example": state.NewMailboxState()}}
	delayed := 0
	rapid.Check(t, func(t *rapid.T) {
		var actions []action
		for n := range rapid.IntRange(1, 30).Draw(t, "actions") {
			at := now.Add(time.Duration(n+1) * 10 * time.Minute)
			user := rapid.SampledFrom([]string{"", "ann@acme.example"}).Draw(t, "user")
			actions = append(actions, action{change: &change{user: user, n: n}, at: at, kind: state.Task, id: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id")})
		}
		in := newInjector(drawFaults(t, Delay, Duplicate), sessions)
		last := now.Add((sessions - 1) * DefaultEvery)
		seen := map[thingKey]int{}
		told := 0
		for _, a := range in.deliveries(w, slices.Clone(actions), opts) {
			require.False(t, a.told().Before(a.at))
			require.False(t, a.told().After(last) && !a.at.After(last))
			if a.again {
				continue
			}
			told++
			key := thingKey{a.user, recordKey{a.kind, a.id}}
			require.GreaterOrEqual(t, a.n, seen[key])
			seen[key] = a.n
		}
		require.Len(t, actions, told, "each is seen once")
		delayed += in.injected[Delay]
	})
	require.NotZero(t, delayed)
}

// A fault strikes what it is drawn for, whatever else is drawn.
func TestDrawsDependOnNamesAlone(t *testing.T) {
	a, b := newInjector(Faults{Seed: 3, Rate: 0.5}, 10), newInjector(Faults{Seed: 3, Rate: 0.5, Kinds: []FaultKind{Reject}}, 10)
	other := newInjector(Faults{Seed: 4, Rate: 0.5}, 10)
	struck, differ := 0, 0
	for n := range 1000 {
		name := fmt.Sprintf("%d/ann@acme.example/task/R1/update", n)
		b.strikes(Cut, name)
		require.Equal(t, a.strikes(Reject, name), b.strikes(Reject, name))
		if a.strikes(Reject, name) {
			struck++
		}
		if a.strikes(Reject, name) != other.strikes(Reject, name) {
			differ++
		}
	}
	assert.InDelta(t, 500, struck, 100)
	assert.InDelta(t, 500, differ, 100)
	assert.Equal(t, a.skew, newInjector(Faults{Seed: 3}, 1).skew)
	for seed := range uint32(200) {
		skew := newInjector(Faults{Seed: seed}, 1).skew
		assert.NotZero(t, skew)
		assert.LessOrEqual(t, skew.Abs(), mostSkew)
	}
}
