package simulate

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file walks through small worlds: from every opening, by every act and by
// sessions, to every place that can be reached. It is a graph, not a tree: a place
// that several sequences of acts lead to is visited once under a policy, and
// people's acts, which no policy changes, are carried out once for all policies.

// setup is one choice of every setting that bears on a kind.
type setup struct {
	kind                                 state.Kind
	on, kept                             bool
	whenOut, whenMoved, upsync, conflict string
	preferences                          string
	whenDeclined                         string // events only

	// eng has resolved the settings; snap, which it looks at, is made to show one
	// place after the other.
	eng  *engine.Session
	snap *state.Snapshot
}

func (s *setup) String() string {
	return fmt.Sprintf("%s downsync=%t kept=%t when_out=%s when_moved=%s upsync=%s conflict=%s preferences=%s when_declined=%s",
		s.kind, s.on, s.kept, s.whenOut, s.whenMoved, s.upsync, s.conflict, s.preferences, s.whenDeclined)
}

// policy writes the setup down. Where people's own pages count, the policy says
// the default and ann's page what is meant; where they do not, the policy says what
// is meant and ann's page the opposite.
func (s *setup) policy() string {
	on, kept := s.on, s.kept
	if s.preferences == "respect" {
		on, kept = true, kept && s.kind == state.Event
	}
	var b strings.Builder
	fmt.Fprintf(&b, "org {\npreferences = %q\n%s {\ndownsync = %t\nwhen_out = %q\nwhen_moved = %q\nupsync = %q\nconflict = %q\n", s.preferences, s.kind.Plural(), on, s.whenOut, s.whenMoved, s.upsync, s.conflict)
	if s.kind == state.Event {
		fmt.Fprintf(&b, "removal = %q\nwhen_declined = %q\n", map[bool]string{true: "keep", false: "propagate"}[kept], s.whenDeclined)
	} else {
		fmt.Fprintf(&b, "forbid_to_remove = %t\n", kept)
	}
	return b.String() + "}\n}\n"
}

func (s *setup) page() *state.Preference {
	on, kept := s.on, s.kept
	if s.preferences == "ignore" {
		on, kept = !on, !kept
	}
	page := &state.Preference{Page: "new", File: "settings.json", Values: []state.PreferenceValue{{Key: s.kind.Plural() + ".downsync", Bool: on, IsBool: true}}}
	if s.kind != state.Event {
		page.Values = append(page.Values, state.PreferenceValue{Key: s.kind.Plural() + ".forbid_to_remove", Bool: kept, IsBool: true})
	}
	return page
}

// prepare compiles the setup and checks that it comes to what is meant.
func (s *setup) prepare(t *testing.T, people *state.Snapshot) {
	set, problems := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(s.policy())}}, policies.LoadOptions{})
	require.False(t, problems.HasErrors(), problems)
	snap, u := *people, *people.Users[0]
	u.Preference = s.page()
	snap.Users = []*state.User{&u}
	s.snap = &snap
	s.eng, problems = engine.NewSession(s.snap, set, engine.Options{ShowPrivate: true})
	require.False(t, problems.HasErrors(), problems)
	all, problems := set.ResolveAll(snap.Users, snap.Directory)
	require.False(t, problems.HasErrors(), problems)
	require.Len(t, all, 1)
	kept, name := fmt.Sprint(s.kept), "forbid_to_remove"
	if s.kind == state.Event {
		kept, name = map[bool]string{true: "keep", false: "propagate"}[s.kept], "removal"
	}
	for name, want := range map[string]string{"downsync": fmt.Sprint(s.on), name: kept, "when_out": s.whenOut, "when_moved": s.whenMoved,
		"upsync": s.upsync, "conflict": s.conflict, "when_declined": s.whenDeclined} {
		if r, ok := all[0].ForKind(s.kind, name); ok {
			require.Contains(t, []string{r.Text, fmt.Sprint(r.Bool)}, want, "%s under %s", name, s)
		}
	}
}

// dimensions are the values of every setting of a kind, in the order in which
// chosen reads them.
func dimensions(kind state.Kind) [][]string {
	out := [][]string{{"on", "off"}, {"let", "kept"}, {"keep", "remove", "remove_if_born_in_salesforce"}, {"unlink", "delete"},
		{"marked", "auto", "off"}, {"newest", "salesforce", "mailbox"}, {"respect", "ignore"}}
	if kind == state.Event {
		out = append(out, []string{"include", "skip"})
	}
	return out
}

func chosen(kind state.Kind, values []string) *setup {
	s := &setup{kind: kind, on: values[0] == "on", kept: values[1] == "kept", whenOut: values[2], whenMoved: values[3],
		upsync: values[4], conflict: values[5], preferences: values[6]}
	if kind == state.Event {
		s.whenDeclined = values[7]
	}
	return s
}

// allSetups is the full product.
func allSetups(kind state.Kind) [][]string {
	out := [][]string{{}}
	for _, values := range dimensions(kind) {
		var next [][]string
		for _, head := range out {
			for _, v := range values {
				next = append(next, append(slices.Clone(head), v))
			}
		}
		out = next
	}
	return out
}

// pairwise is a part of the product in which every two values of two settings meet.
func pairwise(kind state.Kind) [][]string {
	type meeting struct{ i, j, a, b string }
	met := map[meeting]bool{}
	meetings := func(values []string) (out []meeting) {
		for i := range values {
			for j := range i {
				if m := (meeting{fmt.Sprint(i), fmt.Sprint(j), values[i], values[j]}); !met[m] {
					out = append(out, m)
				}
			}
		}
		return out
	}
	var out [][]string
	for all := allSetups(kind); ; {
		best := slices.MaxFunc(all, func(a, b []string) int { return len(meetings(a)) - len(meetings(b)) })
		news := meetings(best)
		if len(news) == 0 {
			return out
		}
		for _, m := range news {
			met[m] = true
		}
		out = append(out, best)
	}
}

// spot is a place that was reached, and what leads on from it.
type spot struct {
	*place
	key   [sha256.Size]byte
	fresh string
	acts  []step  // nil until people have acted here
	under []visit // by setup
}

// step is an act and where it leads.
type step struct {
	humanAct, to int32
}

// visit is a spot under a setup.
type visit struct {
	reached bool
	quiet   bool // the session carries nothing out
	next    int32
	from    int32 // where it was first reached from; -1 for an opening
	by      int16 // the humanAct that led here, session for a session
}

// bySession stands for a session among humanActs.
const bySession = -1

// explorer walks through the small worlds of one kind.
type explorer struct {
	t      require.TestingT
	kind   state.Kind
	setups []*setup
	depth  int // people's acts at most
	// openings are where everything begins, starts the numbers of their spots.
	openings []*place
	starts   []int32
	spots    []*spot
	at       map[[sha256.Size]byte]int32
	text     *keys
	// sabotage is done to the world after every session; nil for nothing.
	sabotage func(*passing)

	sessions, acts int
	found          map[string]*violation
}

// violation is a breach with the shortest way to it and how often it was met.
type violation struct {
	breach
	setup *setup
	path  string
	times int
}

func newExplorer(t require.TestingT, kind state.Kind, depth int) *explorer {
	return &explorer{t: t, kind: kind, depth: depth, at: map[[sha256.Size]byte]int32{}, text: newKeys(), found: map[string]*violation{}}
}

// find is the number of a place's spot, a new one if nobody has been there.
func (x *explorer) find(p *place) int32 {
	key, unused := x.text.of(p)
	sum := sha256.Sum256([]byte(key))
	if n, known := x.at[sum]; known {
		return n
	}
	n := int32(len(x.spots))
	x.spots = append(x.spots, &spot{place: p, key: sum, fresh: unused, under: make([]visit, len(x.setups))})
	x.at[sum] = n
	return n
}

// arrival is a spot under a setup, to go on from.
type arrival struct{ spot, setup int32 }

// explore goes everywhere, by fewest acts first.
func (x *explorer) explore() {
	var level []arrival
	for _, p := range x.openings {
		n := x.find(p)
		x.starts = append(x.starts, n)
		for s := range x.setups {
			level = x.arrive(level, n, int32(s), -1, bySession)
		}
	}
	for acts := 0; ; acts++ {
		for i := 0; i < len(level); i++ { // grows
			level = x.meet(level, level[i])
		}
		if acts == x.depth {
			break
		}
		var next []arrival
		for _, a := range level {
			for _, step := range x.act(a.spot) {
				next = x.arrive(next, step.to, a.setup, a.spot, int16(step.humanAct))
			}
		}
		level = next
	}
	for s := range x.setups {
		x.restless(int32(s))
	}
}

// arrive goes to a spot under a setup unless it has been visited.
func (x *explorer) arrive(level []arrival, n, setup, from int32, by int16) []arrival {
	v := &x.spots[n].under[setup]
	if v.reached {
		return level
	}
	*v = visit{reached: true, from: from, by: by}
	return append(level, arrival{n, setup})
}

// act lets people do everything they can at a spot.
func (x *explorer) act(n int32) []step {
	from := x.spots[n]
	if from.acts != nil {
		return from.acts
	}
	acts := []step{}
	for i := range humanActs {
		if humanActs[i].kinds != nil && !slices.Contains(humanActs[i].kinds, x.kind) {
			continue
		}
		p := from.later()
		if !humanActs[i].do(p, from.fresh) {
			continue
		}
		x.acts++
		acts = append(acts, step{int32(i), x.find(p)})
	}
	from.acts = acts
	return acts
}

// meet lets a session happen at a spot.
func (x *explorer) meet(level []arrival, a arrival) []arrival {
	s := x.pass(x.setups[a.setup], x.spots[a.spot].place)
	to := a.spot
	if !s.quiet() || s.relinked() {
		to = x.find(s.after)
	}
	v := &x.spots[a.spot].under[a.setup]
	v.next, v.quiet = to, s.quiet()
	for _, b := range s.breaches() {
		x.report(b, a)
	}
	return x.arrive(level, to, a.setup, a.spot, bySession)
}

// pass carries a session out.
func (x *explorer) pass(setup *setup, from *place) *passing {
	p := from.later()
	s := &passing{setup: setup, before: from, after: p}
	setup.snap.At, setup.snap.Records, setup.snap.Mailboxes = p.at, p.records, p.world
	p.watchMarkers(setup.snap)
	s.plan, s.done = carryThrough(x.t, p.world, setup.snap, setup.eng)
	x.sessions++
	if x.sabotage != nil {
		x.sabotage(s)
	}
	return s
}

// restless finds the sessions of a setup that repeat for ever.
func (x *explorer) restless(setup int32) {
	const unseen, under, done = 0, 1, 2
	colour := make([]uint8, len(x.spots))
	for n := range x.spots {
		if !x.spots[n].under[setup].reached {
			continue
		}
		var way []int32
		at := int32(n)
		for ; colour[at] == unseen; at = x.spots[at].under[setup].next {
			colour[at] = under
			way = append(way, at)
		}
		if colour[at] == under {
			for _, on := range way[slices.Index(way, at):] {
				if !x.spots[on].under[setup].quiet {
					x.report(breach{comesToRest, x.rows(on, setup), "the same sessions repeat"}, arrival{on, setup})
					break
				}
			}
		}
		for _, w := range way {
			colour[w] = done
		}
	}
}

// rows names the rows of a session once more.
func (x *explorer) rows(n, setup int32) string {
	var out []string
	for _, op := range x.pass(x.setups[setup], x.spots[n].place).operations() {
		out = append(out, op.Row)
	}
	return strings.Join(out, "+")
}

// report notes a breach, once for every row that it is about.
func (x *explorer) report(b breach, a arrival) {
	key := string(b.promise) + "\x00" + b.row
	if v := x.found[key]; v != nil {
		v.times++
		return
	}
	x.found[key] = &violation{breach: b, setup: x.setups[a.setup], path: x.path(a), times: 1}
}

// path tells how a spot was first reached.
func (x *explorer) path(a arrival) string {
	var steps []string
	for {
		v := x.spots[a.spot].under[a.setup]
		if v.from < 0 {
			break
		}
		name := "session"
		if v.by != bySession {
			name = humanActs[v.by].name
		}
		steps = append(steps, name)
		a.spot = v.from
	}
	slices.Reverse(steps)
	return fmt.Sprintf("opening %d: %s", slices.Index(x.starts, a.spot), strings.Join(append(steps, "session"), ", "))
}

// sequences counts the sequences of up to so many acts that were covered, a session
// or none after each of them, over all setups and openings.
func (x *explorer) sequences() (total uint64) {
	for s := range x.setups {
		ways := make([]uint64, len(x.spots)) // with no act left: the sequence ends
		for range x.depth {
			more := make([]uint64, len(x.spots))
			for n, sp := range x.spots {
				if !sp.under[s].reached {
					continue
				}
				for _, step := range sp.acts {
					more[n] += 1 + ways[step.to]
					if after := x.spots[step.to].under[s]; after.reached {
						more[n] += 1 + ways[after.next]
					}
				}
			}
			ways = more
		}
		for _, n := range x.starts {
			total += ways[n]
		}
	}
	return total
}

// visits counts the spots, each under every setup that leads there.
func (x *explorer) visits() (n int) {
	for _, sp := range x.spots {
		for _, v := range sp.under {
			if v.reached {
				n++
			}
		}
	}
	return n
}
