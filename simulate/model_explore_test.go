package simulate

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/state"
)

// This file walks through small worlds: from every opening, by every act and by
// sessions, to every place that can be reached. It is a graph, not a tree: a place
// that several sequences of acts lead to is visited once, people's acts, which no
// setting changes, are carried out once, and a session once for all setups that
// agree on the settings it read: what it did not read cannot have mattered.
//
// Acts and sessions are worked out by as many walkers as there are processors, a
// chunk of places at a time; what they come to is taken down in order, so that a
// walk is the same whoever did what. Most places are reached by the last acts: they
// are forgotten as soon as the sessions in them were had, and brought back by the
// way that first led there if need be.

// spot is a place that was reached, and what leads on from it.
type spot struct {
	*place        // nil if it was forgotten: see walker.back
	fresh   int32 // the number of the first value that nobody wrote here
	reached setupsID
	acts    []step    // nil until people have acted here
	ways    []way     // how the setups came here first
	met     []outcome // of sessions, for setups apart
}

// step is an act and where it leads.
type step struct {
	humanAct, to int32
}

// outcome is what a session comes to under every setup that agrees on what it read.
type outcome struct {
	under setupsID
	quiet bool // the session carries nothing out
	next  int32
}

// way is how a spot was first reached under some setups.
type way struct {
	under setupsID
	from  int32 // -1 for an opening
	by    int16 // the humanAct that led here, bySession for a session
}

// bySession stands for a session among humanActs.
const bySession = -1

// explorer walks through the small worlds of one kind.
type explorer struct {
	t       *testing.T
	kind    state.Kind
	walkers []*walker
	setups  []*setup            // those of the first walker
	alike   []map[string]setups // by dimension: the setups that say a value
	depth   int                 // people's acts at most
	// openings are where everything begins, starts the numbers of their spots.
	openings []*place
	starts   []int32
	spots    []*spot
	at       map[placeKey]int32
	sets     *setupsTable
	// Where more than kept acts led is forgotten, a batch of places at a time.
	kept, batch int
	// sabotage is done to the world after every session; nil for nothing.
	sabotage func(*passing)
	strict   exceptionName // see passing
	// progress is told how far it got; nil for nobody.
	progress func(acts int)

	sessions int
	found    map[string]*violation
}

// chunk is how many places walkers share out at a time.
const chunk = 256

// violation is a breach with the shortest way to it and how often it was met.
type violation struct {
	breach
	setup *setup
	path  string
	times int
}

// walker works acts and sessions out, beside others. What walkers share they only read.
type walker struct {
	*explorer
	setups  []*setup // its own: a setup carries out one session at a time
	names   *keys
	backs   map[int32]*place // places that were brought back for the chunk at hand
	recalls int              // so many were, in all
}

// newExplorer prepares to explore one kind under some setups, each with a rule; nil for none.
func newExplorer(t *testing.T, kind state.Kind, choices [][]string, rule *smallRule, depth int) *explorer {
	t.Helper()
	x := &explorer{t: t, kind: kind, depth: depth, kept: 3, batch: 5000, at: map[placeKey]int32{}, sets: newSetupsTable(), found: map[string]*violation{}}
	var people *state.Snapshot
	for _, s := range openings(kind) {
		p, snap := opening(s)
		x.openings, people = append(x.openings, p), snap
	}
	for range min(runtime.GOMAXPROCS(0), len(choices)) {
		w := &walker{explorer: x, names: newKeys(), backs: map[int32]*place{}}
		for _, values := range choices {
			s := chosen(kind, values)
			s.ruled = rule
			s.prepare(t, people)
			w.setups = append(w.setups, s)
		}
		x.walkers = append(x.walkers, w)
	}
	x.setups = x.walkers[0].setups
	return x
}

// sort sorts the setups by what they say.
func (x *explorer) sort() {
	x.alike = make([]map[string]setups, len(dimensions(x.kind)))
	for dim := range x.alike {
		x.alike[dim] = map[string]setups{}
		for n, s := range x.setups {
			set := x.alike[dim][s.values[dim]]
			set.add(n)
			x.alike[dim][s.values[dim]] = set
		}
	}
}

// agreeing are the setups that say what one says of everything that it read.
func (x *explorer) agreeing(s *setup) setups {
	out := x.all()
	for dim, by := range x.alike {
		if s.read>>dim&1 == 1 {
			out = out.and(by[s.values[dim]])
		}
	}
	return out
}

func (x *explorer) all() (out setups) {
	for n := range x.setups {
		out.add(n)
	}
	return out
}

// each has the walkers work out n things, in whatever order.
func (x *explorer) each(n int, do func(w *walker, i int)) {
	var taken atomic.Int64
	var all sync.WaitGroup
	for _, w := range x.walkers {
		all.Go(func() {
			clear(w.backs)
			for i := int(taken.Add(1)) - 1; i < n; i = int(taken.Add(1)) - 1 {
				do(w, i)
			}
		})
	}
	all.Wait()
	if x.t.Failed() {
		x.t.FailNow() // a walker found what cannot be: see require
	}
}

// sight is a place that a walker came to, and what it is called.
type sight struct {
	*place
	key   placeKey
	fresh int
}

func (w *walker) see(p *place) sight {
	key, unused := w.names.of(p)
	return sight{p, key, unused}
}

// find is the number of a place's spot, a new one if nobody has been there.
func (x *explorer) find(p sight) int32 {
	if n, known := x.at[p.key]; known {
		return n
	}
	n := int32(len(x.spots))
	x.spots = append(x.spots, &spot{place: p.place, fresh: int32(p.fresh)})
	x.at[p.key] = n
	return n
}

// arrival is a spot under setups, to go on from.
type arrival struct {
	spot  int32
	under setupsID
}

// level is where one can be after so many acts, in the order of arrival. What
// arrives where somebody waits to go on goes along.
type level struct {
	all     []arrival
	gone    int // so many have gone on
	waiting map[int32]int
}

func newLevel() *level { return &level{waiting: map[int32]int{}} }

// explore goes everywhere, by fewest acts first.
func (x *explorer) explore() {
	x.sort()
	at := newLevel()
	for _, p := range x.openings {
		n := x.find(x.walkers[0].see(p))
		x.starts = append(x.starts, n)
		x.arrive(at, n, x.all(), -1, bySession)
	}
	x.settle(at)
	x.tell(0)
	for acts := 1; acts <= x.depth; acts++ {
		at = x.next(at, acts > x.kept)
		x.tell(acts)
	}
	x.restless()
}

func (x *explorer) tell(acts int) {
	if x.progress != nil {
		x.progress(acts)
	}
}

// settle lets sessions happen until all that is reached by them was visited.
func (x *explorer) settle(at *level) {
	for at.gone < len(at.all) { // grows
		some := at.all[at.gone:min(at.gone+chunk, len(at.all))]
		at.gone += len(some)
		for _, a := range some {
			delete(at.waiting, a.spot)
		}
		x.meet(at, some)
	}
}

// next is where acts lead from a level, which is settled.
func (x *explorer) next(at *level, forgets bool) *level {
	next, from := newLevel(), len(x.spots)
	for some := range slices.Chunk(x.together(at), chunk) {
		x.act(some)
		for _, a := range some {
			for _, step := range x.spots[a.spot].acts {
				x.arrive(next, step.to, x.sets.of(a.under), a.spot, int16(step.humanAct))
			}
		}
		if forgets && len(x.spots)-from > x.batch {
			x.settle(next)
			x.forget(from)
			from = len(x.spots)
		}
	}
	x.settle(next)
	if forgets {
		x.forget(from)
	}
	return next
}

// together is every spot of a level once, under all setups that lead there.
func (x *explorer) together(at *level) (out []arrival) {
	where := map[int32]int{}
	for _, a := range at.all {
		if i, known := where[a.spot]; known {
			out[i].under = x.sets.id(x.sets.of(out[i].under).or(x.sets.of(a.under)))
			continue
		}
		where[a.spot] = len(out)
		out = append(out, a)
	}
	return out
}

// forget lets go of the places of the spots from a number on.
func (x *explorer) forget(from int) {
	for _, sp := range x.spots[from:] {
		sp.place = nil
	}
}

// back is a spot's place; what was forgotten is reached again the way it first was.
func (w *walker) back(n int32) *place {
	sp := w.spots[n]
	if sp.place != nil {
		return sp.place
	}
	if p := w.backs[n]; p != nil {
		return p
	}
	how := sp.ways[0]
	from := w.back(how.from)
	var p *place
	if how.by == bySession {
		p = w.pass(w.sets.of(how.under).first(), from).after
	} else {
		p = from.later()
		require.True(w.t, humanActs[how.by].do(p, fresh(int(w.spots[how.from].fresh))))
	}
	require.Equal(w.t, n, w.at[w.see(p).key], "what is brought back is what it was")
	w.backs[n] = p
	w.recalls++
	return p
}

// arrive goes to a spot under the setups under which it has not been visited.
func (x *explorer) arrive(at *level, n int32, under setups, from int32, by int16) {
	sp := x.spots[n]
	reached := x.sets.of(sp.reached)
	under = under.without(reached)
	if under.empty() {
		return
	}
	news := x.sets.id(under)
	sp.reached = x.sets.id(reached.or(under))
	sp.ways = append(sp.ways, way{news, from, by})
	if i, waits := at.waiting[n]; waits {
		at.all[i].under = x.sets.id(x.sets.of(at.all[i].under).or(under))
		return
	}
	at.waiting[n] = len(at.all)
	at.all = append(at.all, arrival{n, news})
}

// act lets people do everything they can at spots.
func (x *explorer) act(at []arrival) {
	type done struct {
		humanAct int32
		to       sight
	}
	did := make([][]done, len(at))
	x.each(len(at), func(w *walker, i int) {
		sp := x.spots[at[i].spot]
		if sp.acts != nil {
			return
		}
		from := w.back(at[i].spot)
		for n := range humanActs {
			act := &humanActs[n]
			if act.kinds != nil && !slices.Contains(act.kinds, x.kind) {
				continue
			}
			if p := from.later(); act.do(p, fresh(int(sp.fresh))) {
				did[i] = append(did[i], done{int32(n), w.see(p)})
			}
		}
	})
	for i, a := range at {
		sp := x.spots[a.spot]
		if sp.acts == nil {
			sp.acts = make([]step, 0, len(did[i]))
		}
		for _, d := range did[i] {
			sp.acts = append(sp.acts, step{d.humanAct, x.find(d.to)})
		}
	}
}

// had is a session that was worked out.
type had struct {
	setup    int
	under    setups
	quiet    bool
	after    *sight // nil for where it began
	breaches []breach
}

// meet lets sessions happen at spots: one for all setups under which it reads the
// same of the same settings.
func (x *explorer) meet(at *level, some []arrival) {
	worked := make([][]had, len(some))
	x.each(len(some), func(w *walker, i int) { worked[i] = w.meet(some[i]) })
	for i, a := range some {
		sp := x.spots[a.spot]
		sp.met = slices.Grow(sp.met, len(worked[i]))
		for _, h := range worked[i] {
			x.takeDown(a.spot, h)
		}
		under := x.sets.of(a.under)
		for _, o := range sp.met {
			x.arrive(at, o.next, under.and(x.sets.of(o.under)), a.spot, bySession)
		}
	}
}

// meet works out the sessions of an arrival that were not had yet.
func (w *walker) meet(a arrival) (out []had) {
	left := w.sets.of(a.under)
	for _, o := range w.spots[a.spot].met {
		left = left.without(w.sets.of(o.under))
	}
	for !left.empty() {
		h := w.session(a.spot, left.first())
		left = left.without(h.under)
		out = append(out, h)
	}
	return out
}

// session lets a session happen at a spot under a setup.
func (w *walker) session(n int32, setup int) had {
	s := w.pass(setup, w.back(n))
	h := had{setup: setup, breaches: s.breaches()} // which read settings too
	h.under, h.quiet, h.after = w.agreeing(s.setup), s.quiet(), w.leads(s)
	return h
}

// leads is where a session leads; nil for nowhere else.
func (w *walker) leads(s *passing) *sight {
	if s.quiet() && !s.relinked() {
		return nil
	}
	seen := w.see(s.after)
	return &seen
}

// takeDown notes what a session came to at a spot.
func (x *explorer) takeDown(n int32, h had) {
	x.sessions++
	o := outcome{under: x.sets.id(h.under), quiet: h.quiet, next: n}
	if h.after != nil {
		o.next = x.find(*h.after)
	}
	x.spots[n].met = append(x.spots[n].met, o)
	for _, b := range h.breaches {
		x.report(b, n, h.setup)
	}
}

// outcome is what a session came to at a spot that was reached under a setup.
func (x *explorer) outcome(sp *spot, setup int) *outcome {
	for i := range sp.met {
		if x.sets.sets[sp.met[i].under].has(setup) {
			return &sp.met[i]
		}
	}
	return nil
}

// pass carries a session out.
func (w *walker) pass(setup int, from *place) *passing {
	p := from.later()
	s := &passing{setup: w.setups[setup], before: from, after: p, strict: w.strict}
	s.setup.read = 0
	snap := s.setup.snap
	snap.At, snap.Records, snap.Mailboxes = p.at, p.records, p.world
	p.watchMarkers(snap)
	s.plan, s.done = carryThrough(w.t, p.world, snap, s.setup.eng)
	if w.sabotage != nil {
		w.sabotage(s)
	}
	return s
}

// restless finds the sessions that repeat for ever, under each setup.
func (x *explorer) restless() {
	suspects := x.suspects()
	found := make([][]breachAt, len(x.setups))
	x.each(len(x.setups), func(w *walker, setup int) { found[setup] = w.restless(suspects, setup) })
	for setup, all := range found {
		for _, b := range all {
			x.report(b.breach, b.spot, setup)
		}
	}
}

// suspects are the spots from which, as far as one can tell without regard to
// setups, sessions may repeat for ever.
func (x *explorer) suspects() (out []int32) {
	rests := make([]bool, len(x.spots))
	for n := range x.spots {
		out = append(out, int32(n))
	}
	for before := -1; before != len(out); {
		before = len(out)
		out = slices.DeleteFunc(out, func(n int32) bool {
			rests[n] = !slices.ContainsFunc(x.spots[n].met, func(o outcome) bool {
				return !rests[o.next] && !(o.quiet && o.next == n)
			})
			return rests[n]
		})
	}
	return out
}

// breachAt is a breach that a walk shows, not a session by itself.
type breachAt struct {
	breach
	spot int32
}

// restless finds, among suspects, the sessions of a setup that repeat for ever.
func (w *walker) restless(suspects []int32, setup int) (out []breachAt) {
	const unseen, under, done = 0, 1, 2
	colour := make(map[int32]uint8, len(suspects))
	for _, n := range suspects {
		if !w.sets.of(w.spots[n].reached).has(setup) {
			continue
		}
		var way []int32
		at := n
		for ; colour[at] == unseen; at = w.outcome(w.spots[at], setup).next {
			colour[at] = under
			way = append(way, at)
		}
		if colour[at] == under {
			round := way[slices.Index(way, at):]
			if i := slices.IndexFunc(round, func(on int32) bool { return !w.outcome(w.spots[on], setup).quiet }); i >= 0 {
				out = append(out, breachAt{breach{comesToRest, w.rows(round[i], setup), "the same sessions repeat"}, round[i]})
			}
		}
		for _, n := range way {
			colour[n] = done
		}
	}
	return out
}

// rows names the rows of a session once more.
func (w *walker) rows(n int32, setup int) string {
	var out []string
	for _, op := range w.pass(setup, w.back(n)).operations() {
		out = append(out, op.Row)
	}
	return strings.Join(out, "+")
}

// report notes a breach, once for every row that it is about.
func (x *explorer) report(b breach, n int32, setup int) {
	key := string(b.promise) + "\x00" + b.row
	if v := x.found[key]; v != nil {
		v.times++
		return
	}
	x.found[key] = &violation{breach: b, setup: x.setups[setup], path: x.path(n, setup), times: 1}
}

// violations are all that was found, in order.
func (x *explorer) violations() []*violation {
	var out []*violation
	for _, v := range x.found {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b *violation) int {
		return cmp.Or(cmp.Compare(a.promise, b.promise), cmp.Compare(a.row, b.row))
	})
	return out
}

func (v *violation) String() string {
	return fmt.Sprintf("%s, %d times\n  row %s: %s\n  %s\n  %s", v.promise, v.times, v.row, v.what, v.setup, v.path)
}

// path tells how a spot was first reached under a setup.
func (x *explorer) path(n int32, setup int) string {
	var steps []string
	for {
		ways := x.spots[n].ways
		w := ways[slices.IndexFunc(ways, func(w way) bool { return x.sets.of(w.under).has(setup) })]
		if w.from < 0 {
			break
		}
		name := "session"
		if w.by != bySession {
			name = humanActs[w.by].name
		}
		steps = append(steps, name)
		n = w.from
	}
	slices.Reverse(steps)
	return fmt.Sprintf("opening %d: %s", slices.Index(x.starts, n), strings.Join(append(steps, "session"), ", "))
}

// visits counts the spots, each under every setup that leads there.
func (x *explorer) visits() (n int) {
	for _, sp := range x.spots {
		n += x.sets.of(sp.reached).count()
	}
	return n
}

// recalls is how many places were brought back.
func (x *explorer) recalls() (n int) {
	for _, w := range x.walkers {
		n += w.recalls
	}
	return n
}
