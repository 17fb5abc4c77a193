package simulate

import (
	"crypto/sha256"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file walks through small worlds: from every opening, by every act and by
// sessions, to every place that can be reached. It is a graph, not a tree: a place
// that several sequences of acts lead to is visited once, people's acts, which no
// setting changes, are carried out once, and a session once for all setups that
// agree on the settings it read: what it did not read cannot have mattered. Most
// places are reached by the last act: they are forgotten as soon as the sessions in
// them were had, and brought back by the way that first led there if need be.

// setup is one choice of every setting that bears on a kind.
type setup struct {
	kind                                 state.Kind
	on, kept                             bool
	whenOut, whenMoved, upsync, conflict string
	preferences                          string
	whenDeclined                         string // events only

	values []string   // by dimension
	ruled  *smallRule // of the policy, below its settings; nil for none

	// read are the settings that the session at hand has read, a bit per dimension.
	read uint16

	// eng has resolved the settings; snap, which it looks at, is made to show one
	// place after the other.
	eng  *engine.Session
	snap *state.Snapshot
}

// smallRule is a rule of a policy, and what the promises must know of it.
type smallRule struct {
	text, when string
	is         func(*state.Item) bool // when, of an item
	excludesUp bool
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
	b.WriteString("}\n}\n")
	if s.ruled != nil {
		b.WriteString(s.ruled.text)
	}
	return b.String()
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
	s.eng, problems = engine.NewSession(s.snap, set, engine.Options{ShowPrivate: true, Observer: s})
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

// Settings has the session say which settings it reads. Which of them are the
// person's own is only told in a finding, and changes nothing that is done.
func (s *setup) Settings(settings *policies.Settings, _ *state.Directory) {
	settings.PreferenceWins = nil
	settings.Asked = func(id policies.Setting) {
		for dim, name := range s.names() {
			if id.Entry().Path == name {
				s.read |= 1 << dim
			}
		}
	}
}

// Rule and View are of no account: the setups that share a session share their rule.
func (*setup) Rule(*policies.Rule, *cond.Subject) {}
func (*setup) View(*policies.View, *cond.Subject) {}

// names are the settings of the dimensions.
func (s *setup) names() []string {
	out := []string{"downsync", "forbid_to_remove", "when_out", "when_moved", "upsync", "conflict", "preferences", "when_declined"}
	if s.kind == state.Event {
		out[dimKept] = "removal"
	}
	for i := range out {
		if i != dimPreferences {
			out[i] = s.kind.Plural() + "." + out[i]
		}
	}
	return out
}

// The dimensions.
const (
	dimOn = iota
	dimKept
	dimWhenOut
	dimWhenMoved
	dimUpsync
	dimConflict
	dimPreferences
	dimWhenDeclined
)

// value is what the setup says of a dimension, which counts as read.
func (s *setup) value(dim int) string {
	s.read |= 1 << dim
	return s.values[dim]
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
		upsync: values[4], conflict: values[5], preferences: values[6], values: slices.Clone(values)}
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

// setups is a set of setups, by their numbers.
type setups [14]uint64

func (s *setups) add(n int)     { s[n/64] |= 1 << (n % 64) }
func (s setups) has(n int) bool { return s[n/64]>>(n%64)&1 == 1 }
func (s setups) empty() bool    { return s == setups{} }

func (s setups) or(o setups) setups {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

func (s setups) and(o setups) setups {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

func (s setups) without(o setups) setups {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

// first is the lowest number of a set that is not empty.
func (s setups) first() int {
	for i, w := range s {
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

func (s setups) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// spot is a place that was reached, and what leads on from it.
type spot struct {
	*place  // nil if it was forgotten: see explorer.back
	fresh   string
	acts    []step // nil until people have acted here
	reached setups
	ways    []way     // how the setups came here first
	met     []outcome // of sessions, for setups apart
}

// step is an act and where it leads.
type step struct {
	humanAct, to int32
}

// outcome is what a session comes to under every setup that agrees on what it read.
type outcome struct {
	under setups
	quiet bool // the session carries nothing out
	next  int32
}

// way is how a spot was first reached under some setups.
type way struct {
	under setups
	from  int32 // -1 for an opening
	by    int16 // the humanAct that led here, bySession for a session
}

// bySession stands for a session among humanActs.
const bySession = -1

// explorer walks through the small worlds of one kind.
type explorer struct {
	t      require.TestingT
	kind   state.Kind
	setups []*setup
	alike  []map[string]setups // by dimension: the setups that say a value
	depth  int                 // people's acts at most
	// openings are where everything begins, starts the numbers of their spots.
	openings []*place
	starts   []int32
	spots    []*spot
	at       map[[sha256.Size]byte]int32
	text     *keys
	// sabotage is done to the world after every session; nil for nothing.
	sabotage func(*passing)
	strict   exceptionName // see passing
	// progress is told how far it got; nil for nobody.
	progress func(acts int)

	sessions, acts int
	recalled       []int32 // spots that were brought back, to be forgotten again
	recalls        int
	found          map[string]*violation
}

// batch is how many new places of the last act are kept at a time.
const batch = 2000

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

// find is the number of a place's spot, a new one if nobody has been there.
func (x *explorer) find(p *place) int32 {
	key, unused := x.text.of(p)
	sum := sha256.Sum256([]byte(key))
	if n, known := x.at[sum]; known {
		return n
	}
	n := int32(len(x.spots))
	x.spots = append(x.spots, &spot{place: p, fresh: unused})
	x.at[sum] = n
	return n
}

// arrival is a spot under setups, to go on from.
type arrival struct {
	spot  int32
	under setups
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
		n := x.find(p)
		x.starts = append(x.starts, n)
		x.arrive(at, n, x.all(), -1, bySession)
	}
	for acts := 0; ; acts++ {
		x.settle(at)
		if x.progress != nil {
			x.progress(acts)
		}
		if acts == x.depth-1 {
			x.last(at)
			break
		}
		at = x.next(at)
	}
	for s := range x.setups {
		x.restless(s)
	}
}

// settle lets sessions happen until all that is reached by them was visited.
func (x *explorer) settle(at *level) {
	for ; at.gone < len(at.all); at.gone++ { // grows
		a := at.all[at.gone]
		delete(at.waiting, a.spot)
		x.meet(at, a)
	}
}

// next is where acts lead from a level.
func (x *explorer) next(at *level) *level {
	next := newLevel()
	for _, a := range at.all {
		x.actAll(next, a)
	}
	return next
}

func (x *explorer) actAll(next *level, a arrival) {
	for _, step := range x.act(a.spot) {
		x.arrive(next, step.to, a.under, a.spot, int16(step.humanAct))
	}
}

// last goes everywhere by one more act, the last, a batch of places at a time.
func (x *explorer) last(at *level) {
	next, from := newLevel(), len(x.spots)
	done := func() {
		x.settle(next)
		x.forget(from)
		next, from = newLevel(), len(x.spots)
	}
	for _, a := range at.together() {
		x.actAll(next, a)
		x.spots[a.spot].acts = nil
		if len(x.spots)-from > batch {
			done()
		}
	}
	done()
	if x.progress != nil {
		x.progress(x.depth)
	}
}

// together is every spot of a level once, under all setups that lead there.
func (at *level) together() (out []arrival) {
	where := map[int32]int{}
	for _, a := range at.all {
		if i, known := where[a.spot]; known {
			out[i].under = out[i].under.or(a.under)
			continue
		}
		where[a.spot] = len(out)
		out = append(out, a)
	}
	return out
}

// forget lets go of the places of the spots from a number on, and of those that
// were brought back meanwhile.
func (x *explorer) forget(from int) {
	for _, sp := range x.spots[from:] {
		sp.place, sp.fresh = nil, ""
	}
	for _, n := range x.recalled {
		x.spots[n].place = nil
	}
	x.recalled = x.recalled[:0]
}

// back is a spot's place; what was forgotten is reached again the way it first was.
func (x *explorer) back(n int32) *place {
	sp := x.spots[n]
	if sp.place != nil {
		return sp.place
	}
	w := sp.ways[0]
	from := x.back(w.from)
	if w.by == bySession {
		sp.place = x.pass(x.setups[w.under.first()], from).after
	} else {
		sp.place = from.later()
		require.True(x.t, humanActs[w.by].do(sp.place, x.spots[w.from].fresh))
	}
	require.Equal(x.t, n, x.find(sp.place), "what is brought back is what it was")
	x.recalled = append(x.recalled, n)
	x.recalls++
	return sp.place
}

// arrive goes to a spot under the setups under which it has not been visited.
func (x *explorer) arrive(at *level, n int32, under setups, from int32, by int16) {
	sp := x.spots[n]
	under = under.without(sp.reached)
	if under.empty() {
		return
	}
	sp.reached = sp.reached.or(under)
	sp.ways = append(sp.ways, way{under, from, by})
	if i, waits := at.waiting[n]; waits {
		at.all[i].under = at.all[i].under.or(under)
		return
	}
	at.waiting[n] = len(at.all)
	at.all = append(at.all, arrival{n, under})
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

// meet lets a session happen at a spot: one for all setups under which it reads
// the same of the same settings.
func (x *explorer) meet(at *level, a arrival) {
	left := a.under
	for i := 0; !left.empty(); i++ {
		if i == len(x.spots[a.spot].met) {
			x.session(a.spot, left.first())
		}
		o := x.spots[a.spot].met[i]
		if under := left.and(o.under); !under.empty() {
			left = left.without(under)
			x.arrive(at, o.next, under, a.spot, bySession)
		}
	}
}

// session lets a session happen at a spot under a setup and notes what it comes to.
func (x *explorer) session(n int32, setup int) {
	s := x.pass(x.setups[setup], x.back(n))
	x.sessions++
	breaches := s.breaches()
	o := outcome{under: x.agreeing(s.setup), quiet: s.quiet(), next: x.leads(n, s)}
	x.spots[n].met = append(x.spots[n].met, o)
	for _, b := range breaches {
		x.report(b, n, setup)
	}
}

// leads is where a session leads from a spot.
func (x *explorer) leads(n int32, s *passing) int32 {
	if s.quiet() && !s.relinked() {
		return n
	}
	return x.find(s.after)
}

// outcome is what a session came to at a spot that was reached under a setup.
func (sp *spot) outcome(setup int) *outcome {
	for i := range sp.met {
		if sp.met[i].under.has(setup) {
			return &sp.met[i]
		}
	}
	return nil
}

// pass carries a session out.
func (x *explorer) pass(setup *setup, from *place) *passing {
	p := from.later()
	s := &passing{setup: setup, before: from, after: p, strict: x.strict}
	setup.read = 0
	setup.snap.At, setup.snap.Records, setup.snap.Mailboxes = p.at, p.records, p.world
	p.watchMarkers(setup.snap)
	s.plan, s.done = carryThrough(x.t, p.world, setup.snap, setup.eng)
	if x.sabotage != nil {
		x.sabotage(s)
	}
	return s
}

// restless finds the sessions of a setup that repeat for ever.
func (x *explorer) restless(setup int) {
	const unseen, under, done = 0, 1, 2
	colour := make([]uint8, len(x.spots))
	for n := range x.spots {
		if !x.spots[n].reached.has(setup) {
			continue
		}
		var way []int32
		at := int32(n)
		for ; colour[at] == unseen; at = x.spots[at].outcome(setup).next {
			colour[at] = under
			way = append(way, at)
		}
		if colour[at] == under {
			for _, on := range way[slices.Index(way, at):] {
				if !x.spots[on].outcome(setup).quiet {
					x.report(breach{comesToRest, x.rows(on, setup), "the same sessions repeat"}, on, setup)
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
func (x *explorer) rows(n int32, setup int) string {
	var out []string
	for _, op := range x.pass(x.setups[setup], x.back(n)).operations() {
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

// path tells how a spot was first reached under a setup.
func (x *explorer) path(n int32, setup int) string {
	var steps []string
	for {
		ways := x.spots[n].ways
		w := ways[slices.IndexFunc(ways, func(w way) bool { return w.under.has(setup) })]
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
		n += sp.reached.count()
	}
	return n
}
