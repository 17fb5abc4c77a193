package simulate

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/state"
)

// This file explores small worlds whole: one person, one link or none yet, every
// act of theirs or of the clock, sessions in between or not, until all is settled.

var (
	full  = flag.Bool("full", false, "explore small worlds under every choice of settings, not only under every two values together")
	first = flag.Int("setups", 0, "of the choices of settings only so many; 0 for all")
	depth = flag.Int("depth", 2, "how many acts of people follow each other at most in small worlds")
)

func TestModel(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // nearly all that is made is kept
	for _, kind := range state.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			choices := pairwise(kind)
			if *full {
				choices = allSetups(kind)
			}
			if *first > 0 {
				choices = choices[:min(*first, len(choices))]
			}
			x := newExplorer(t, kind, choices, nil, *depth)
			if *full {
				x.progress = func(acts int) {
					fmt.Printf("%s: %d acts, all settled: %d places, %d under %d setups, %d sessions, %d breaches, %d brought back\n",
						kind, acts, len(x.spots), x.visits(), len(choices), x.sessions, len(x.found), x.recalls())
					for _, v := range x.violations() {
						fmt.Println(v)
					}
				}
			}
			x.explore()
			for _, v := range x.violations() {
				t.Error(v)
			}
			require.NotZero(t, x.sessions)
			t.Logf("%d openings, %d setups, up to %d acts: %d places, %d under the setups, %d sessions",
				len(openings(kind)), len(choices), *depth, len(x.spots), x.visits(), x.sessions)
		})
	}
}

// ruled are conditions that people's acts make true and false, by kind.
var ruled = map[state.Kind]smallRule{
	state.Contact: {when: "item.owner != user.id", is: func(it *state.Item) bool { return it.Side == state.Salesforce && it.Owner() != annID }},
	state.Task:    {when: "item.closed", is: func(it *state.Item) bool { return it.Value(state.AttrClosed).Bool() }},
	state.Event:   {when: "item.private", is: func(it *state.Item) bool { return it.Value(state.AttrPrivate).Bool() }},
}

// What holds of every session holds under rules too: of either effect, in either direction.
func TestModelUnderRules(t *testing.T) {
	for _, kind := range state.Kinds() {
		acts := 1 // an ordinary run is short
		switch {
		case *full:
			acts = min(*depth, 3)
		case kind == state.Contact:
			acts = 2
		}
		for _, effect := range []string{"exclude", "hold"} {
			for _, direction := range []string{"down", "up", "both"} {
				t.Run(fmt.Sprintf("%s %s %s", kind, effect, direction), func(t *testing.T) {
					rule := ruled[kind]
					rule.text = fmt.Sprintf("rule \"r\" {\n  kinds     = [%q]\n  when      = %q\n  direction = %q\n  effect    = %q\n}\n", kind, rule.when, direction, effect)
					rule.excludesUp = effect == "exclude" && direction != "down"
					x := newExplorer(t, kind, pairwise(kind), &rule, acts)
					x.explore()
					for _, v := range x.violations() {
						t.Error(v)
					}
					require.NotZero(t, x.sessions)
					t.Logf("up to %d acts: %d places, %d under the setups, %d sessions", acts, len(x.spots), x.visits(), x.sessions)
				})
			}
		}
	}
}

// What a session comes to under a setup is what it comes to for all that agree on
// what it read: looked at again, each by itself, it is the same.
func TestSetupsShareSessions(t *testing.T) {
	for _, kind := range state.Kinds() {
		x := newExplorer(t, kind, allSetups(kind), nil, 1)
		x.explore()
		shared, straight := 0, rand.New(rand.NewPCG(1, 2))
		for range 2000 {
			n, setup := int32(straight.IntN(len(x.spots))), straight.IntN(len(x.setups))
			known := x.outcome(x.spots[n], setup)
			if !x.sets.of(x.spots[n].reached).has(setup) || known == nil {
				continue
			}
			had, next := x.walkers[0].session(n, setup), n
			if had.after != nil {
				next = x.find(*had.after)
			}
			require.Empty(t, had.breaches)
			require.Equal(t, known.quiet, had.quiet, "%s at %s", x.setups[setup], x.path(n, setup))
			require.Equal(t, known.next, next, "%s at %s", x.setups[setup], x.path(n, setup))
			require.Equal(t, known.under, x.sets.id(had.under), "%s at %s", x.setups[setup], x.path(n, setup))
			if had.under.count() > 1 {
				shared++
			}
		}
		require.Greater(t, shared, 500)
	}
}

// A walk comes to the same whoever walks and whatever is forgotten on the way.
func TestWalksComeToTheSame(t *testing.T) {
	type seen struct {
		reached setups
		met     int
	}
	walk := func(change func(*explorer)) (map[placeKey]seen, *explorer) {
		x := newExplorer(t, state.Task, pairwise(state.Task), nil, 2)
		change(x)
		x.explore()
		out := map[placeKey]seen{}
		for key, n := range x.at {
			out[key] = seen{x.sets.of(x.spots[n].reached), len(x.spots[n].met)}
		}
		return out, x
	}
	alone, x := walk(func(x *explorer) { x.walkers = x.walkers[:1] })
	require.Greater(t, len(alone), 1000)
	require.Zero(t, x.recalls())

	together, y := walk(func(x *explorer) {
		for len(x.walkers) < 3 {
			x.walkers = append(x.walkers, newExplorer(t, state.Task, pairwise(state.Task), nil, 2).walkers...)
		}
		for _, w := range x.walkers {
			w.explorer = x
		}
		x.kept, x.batch = 0, 100
	})
	require.NotZero(t, y.recalls(), "places are forgotten and brought back")
	require.Equal(t, x.sessions, y.sessions)
	require.True(t, maps.Equal(alone, together))
	require.Equal(t, x.violations(), y.violations())
}

// Every two values of two settings meet in the part that an ordinary test explores.
func TestEveryTwoValuesMeet(t *testing.T) {
	for _, kind := range state.Kinds() {
		some, all := pairwise(kind), dimensions(kind)
		assert.Less(t, len(some), len(allSetups(kind))/10)
		for i, as := range all {
			for j, bs := range all[:i] {
				for _, a := range as {
					for _, b := range bs {
						assert.True(t, slices.ContainsFunc(some, func(v []string) bool { return v[i] == a && v[j] == b }), "%s: %s with %s", kind, a, b)
					}
				}
			}
		}
	}
}

// saboteurs break a session, each so that one promise does not hold any more.
var saboteurs = map[promise]struct {
	kind    state.Kind
	acts    int
	says    string
	setup   func(*setup)
	session func(*passing)
}{
	comesToRest: {kind: state.Contact, acts: 1, says: "an update is not carried out",
		session: onUpdate(engine.OnMailbox, func(s *passing) { s.after.world = s.before.clone().world })},
	noEditLost: {kind: state.Contact, acts: 1, says: "an upward update is carried out downwards",
		session: onUpdate(engine.OnSalesforce, func(s *passing) {
			was := s.before.thing("").Item().Value(state.AttrJobTitle)
			s.after.world = s.before.clone().world
			s.after.edit(ann, state.True, func(it *state.Item) { it.Set(state.AttrJobTitle, was) })
		})},
	editsTravel: {kind: state.Task, acts: 1, says: "what was not written counts as agreed",
		session: onUpdate(engine.OnMailbox, func(s *passing) {
			it := s.before.thing(ann)
			s.after.table(ann, it.Kind).Put(it)
			link := *s.after.link()
			link.Base = link.Base.Clone()
			link.Base.Item[state.AttrTitle] = it.Item().Value(state.AttrTitle)
			s.after.boxes[ann].Links.Put(&link)
		})},
	deletionsByHand: {kind: state.Contact, acts: 1, says: "an update loses the copy",
		session: onUpdate(engine.OnMailbox, func(s *passing) {
			o := s.after.thing(ann)
			s.after.table(ann, o.Kind).Put(o.With(state.Version{From: s.after.at, State: state.Deleted, Item: o.Item()}))
		})},
	forbidIsForbid: {kind: state.Event, acts: 1, says: "a session does not know that removing is forbidden",
		setup: func(s *setup) { s.values[dimKept] = "kept" }},
	noSecondCopy: {kind: state.Contact, acts: 2, says: "an update drops the link",
		session: onUpdate(engine.OnMailbox, func(s *passing) { s.after.boxes[ann].Links.Drop(s.after.link()) })},
	linksHaveTwoEnds: {kind: state.Task, acts: 1, says: "an update forgets which item it wrote",
		session: onUpdate(engine.OnMailbox, func(s *passing) {
			link := *s.after.link()
			link.ItemID = ""
			s.after.boxes[ann].Links.Put(&link)
		})},
}

// onUpdate sabotages the sessions that update a side.
func onUpdate(side engine.Target, sabotage func(*passing)) func(*passing) {
	return func(s *passing) {
		for _, op := range s.operations() {
			if op.Op == engine.OpUpdate && op.On == side {
				sabotage(s)
				return
			}
		}
	}
}

func TestEveryPromiseCanBeBroken(t *testing.T) {
	require.ElementsMatch(t, promises, slices.Collect(maps.Keys(saboteurs)))
	for promise, sabotage := range saboteurs {
		t.Run(string(promise), func(t *testing.T) {
			values := []string{}
			for _, d := range dimensions(sabotage.kind) {
				values = append(values, d[0])
			}
			broken := func(sabotaged bool) []string {
				x := newExplorer(t, sabotage.kind, [][]string{values}, nil, sabotage.acts)
				if sabotaged {
					x.sabotage = sabotage.session
					if sabotage.setup != nil {
						for _, w := range x.walkers {
							sabotage.setup(w.setups[0])
						}
					}
				}
				x.explore()
				var out []string
				for _, v := range x.violations() {
					out = append(out, string(v.promise))
				}
				return out
			}
			assert.Contains(t, broken(true), string(promise), sabotage.says)
			assert.NotContains(t, broken(false), string(promise))
		})
	}
}
