package simulate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file runs a simulation with faults beside the same without, lets both settle
// and says what ended otherwise, and which faults had to do with it.

// FaultReport says what was injected and what became of it.
type FaultReport struct {
	Seed  uint32      `json:"seed"`
	Kinds []FaultKind `json:"kinds"`
	Rate  float64     `json:"rate"` // 0.1 is one in ten
	// Flags ask the command for the same faults again.
	Flags string `json:"flags"`
	// Injected counts by kind: operations rejected, sessions cut and out of budget,
	// changes delayed and told of twice, clocks skewed (1).
	Injected map[FaultKind]int `json:"injected"`
	// Skew is how far the mailboxes' clock is ahead, a Go duration; "" without skew.
	Skew string `json:"skew,omitempty"`
	// Same: both runs settle in the same state. When things were modified, who wrote
	// them last and the ids of what sessions made are no part of it.
	Same        bool              `json:"same"`
	Differences []FaultDifference `json:"differences"`
}

// Total is how many faults were injected.
func (f *FaultReport) Total() int {
	n := 0
	for _, k := range f.Injected {
		n += k
	}
	return n
}

// FaultDifference is something that ends otherwise with faults than without.
type FaultDifference struct {
	User string `json:"user"` // whose mailbox; "" for Salesforce
	Kind string `json:"kind"`
	// Of an item, ItemID is its own, or else RecordID that of the record it is a copy of;
	// of a record that a session made, ItemID is the item it was made of.
	RecordID string `json:"record_id"`
	ItemID   string `json:"item_id"`
	Title    string `json:"title"`
	// What: "missing" is there only without faults, "extra" only with them; else "differs"
	// or "never_settles".
	What string `json:"what"`
	// Fields differ; "link" stands for the link.
	Fields []string `json:"fields"`
	// Faults touched the thing or what is linked to it; empty where none did.
	Faults []InjectedFault `json:"faults"`
	Text   string          `json:"text"` // why, in words
}

// InjectedFault is one fault.
type InjectedFault struct {
	Kind      FaultKind `json:"kind"`
	Session   int       `json:"session"`             // in which it showed
	Operation string    `json:"operation,omitempty"` // that was not carried out
}

func runWithFaults(ctx context.Context, src Source, set *policies.Set, opts Options) (*Result, hcl.Diagnostics, error) {
	r, diags, err := faultyRun(ctx, src, set, opts)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	return r.toEnd(ctx)
}

// faultyRun lets the run without faults happen and prepares the one with them, which
// is compared with it when it has settled.
func faultyRun(ctx context.Context, src Source, set *policies.Set, opts Options) (*run, hcl.Diagnostics, error) {
	f := *opts.Faults
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	opts.Faults, opts.Settle = nil, true
	quiet := opts
	quiet.OnSession, quiet.Forget = nil, true
	if tell := opts.Progress; tell != nil {
		half := func(second bool) func(Progress) {
			return func(p Progress) {
				if second {
					p.Session += p.Of
				}
				p.Of *= 2
				tell(p)
			}
		}
		quiet.Progress, opts.Progress = half(false), half(true)
	}
	without, diags, err := newRun(src, set, quiet)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	var held []struck
	without.settled = func(last *engine.Plan) { held = heldByLimits(last) }
	if _, diags, err := without.toEnd(ctx); err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	r, diags, err := newRun(src, set, opts)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	r.inject(f)
	r.settled = func(last *engine.Plan) { r.compareWith(without, held, last) }
	return r, diags, nil
}

// heldByLimits are a plan's operations that limits hold.
func heldByLimits(plan *engine.Plan) []struck {
	var out []struck
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			if op.Held && op.HeldBy != nil && op.HeldBy.Code == "limit_tripped" {
				out = append(out, struck{user: u.User, of: op.Effect.Kind, record: op.RecordID, item: op.ItemID})
			}
		}
	}
	return out
}

// compareWith reports how the run ends beside the one without faults, of which held is
// what limits hold at its end.
func (r *run) compareWith(without *run, held []struck, last *engine.Plan) {
	in := r.world.faults
	report := &FaultReport{Seed: in.Seed, Kinds: in.kinds(), Rate: in.rate(), Flags: in.Flags(), Injected: in.injected}
	if in.skew != 0 {
		report.Skew = in.skew.String()
	}
	c := &comparison{with: r, without: without, held: [2][]struck{heldByLimits(last), held}, rivals: map[matchKey]map[thing]bool{}, groups: groups{}}
	report.Differences = c.differences()
	report.Same = len(report.Differences) == 0
	r.out.Faults = report
	for _, d := range report.Differences {
		last.NoteFaultOutcome(d.Text, r.user(d.User), orElse(d.RecordID, d.ItemID), d.Title, "repeat it with "+in.Flags())
	}
}

// thing is something by a name that it has in both runs: what the recording holds by
// its id, what sessions made by what they made it of.
type thing struct {
	user string // whose mailbox; "" for a record
	kind state.Kind
	// Of what sessions made: of is the mailbox of the item it goes back to, if it is one.
	of           string
	record, item string
}

func compareThings(a, b thing) int {
	return cmp.Or(strings.Compare(a.user, b.user), cmp.Compare(a.kind, b.kind), strings.Compare(a.record, b.record), strings.Compare(a.of, b.of), strings.Compare(a.item, b.item))
}

// found is what a settled world holds of a thing.
type found struct {
	objects, links []string
	items          []*state.Item // of the objects
	shown          []*state.Item // any that may tell its title
}

// survey lists a settled world by thing.
type survey struct {
	*run
	*printer
	name   string // of the run
	things map[thing]*found
	rivals map[matchKey]map[thing]bool
	groups groups
}

// matchKey is what several things of one side may match each other by; only tasks of
// one person do.
type matchKey struct {
	kind      state.Kind
	user, key string
}

func (c *comparison) survey(name string, r *run) *survey {
	s := &survey{run: r, printer: newPrinter(), name: name, things: map[thing]*found{}, rivals: c.rivals, groups: c.groups}
	s.printer.world, s.printer.plain = r.world, lasting
	s.list("")
	for _, address := range slices.Sorted(maps.Keys(r.world.boxes)) {
		s.list(address)
		for _, l := range r.world.boxes[address].Links.All() {
			s.link(address, l)
		}
	}
	return s
}

// made: a session made what has the id.
func made(id string) bool { return strings.HasPrefix(id, "sim:") }

// lasting leaves out of an item when it was written and by whom.
func lasting(it *state.Item) *state.Item {
	c := it.Clone()
	c.BySync, c.CarriedAt = state.Unknown, time.Time{}
	for _, attr := range []state.Attr{state.AttrModified, state.AttrModifiedBy, state.AttrCreated} {
		c.Set(attr, state.Value{})
	}
	if c.Value(state.AttrCompleted).IsKnown() {
		c.Set(state.AttrCompleted, state.EmptyValue())
	}
	if made(c.Carries) {
		c.Carries = "sim:"
	}
	return c
}

func (s *survey) record(k state.Kind, id string) thing {
	if !made(id) {
		return thing{kind: k, record: id}
	}
	from := s.run.world.origins[recordKey{k, id}]
	if made(from.id) {
		return thing{kind: k, of: from.user}
	}
	return thing{kind: k, of: from.user, item: from.id}
}

func (s *survey) item(user string, k state.Kind, id string) thing {
	if !made(id) {
		return thing{user: user, kind: k, item: id}
	}
	record := ""
	if l := s.run.world.boxes[user].Links.OfItem(k, id); l != nil {
		record = l.RecordID
	} else if o := s.run.world.boxes[user].Items[k].Get(id); o != nil && o.Item() != nil {
		record = o.Item().Carries
	}
	if record == "" {
		return thing{user: user, kind: k}
	}
	t := s.record(k, record)
	t.user = user
	return t
}

func (s *survey) of(t thing) *found {
	f := s.things[t]
	if f == nil {
		f = &found{}
		s.things[t] = f
	}
	return f
}

// node stands for an object in the groups: what a session made is another one in each
// run.
func (s *survey) node(user string, k state.Kind, id string) any {
	type node struct {
		run string
		thingKey
	}
	run := ""
	if made(id) {
		run = s.name
	}
	return node{run, thingKey{user, recordKey{k, id}}}
}

// list notes the objects of a side.
func (s *survey) list(user string) {
	for _, k := range state.Kinds() {
		for _, o := range s.run.world.table(user, k).All() {
			t, node := s.record(k, o.ID), s.node(user, k, o.ID)
			if user != "" {
				t = s.item(user, k, o.ID)
			}
			s.groups.join(t, node)
			if from, known := s.run.world.origins[recordKey{k, o.ID}]; known && user == "" {
				s.groups.join(node, s.node(from.user, k, from.id))
			}
			if o.MergedInto != "" {
				s.groups.join(node, s.node("", k, o.MergedInto))
			}
			if it := o.Item(); it != nil && it.Carries != "" {
				s.groups.join(node, s.node("", k, it.Carries))
			}
			if o.State() != state.Deleted && o.State() != state.Merged {
				s.match(user, t, o)
				f := s.of(t)
				f.objects, f.items, f.shown = append(f.objects, s.object(o)), append(f.items, o.Item()), append(f.shown, o.Item())
			}
		}
	}
}

// match joins what matches each other: a session takes it for one thing.
func (s *survey) match(user string, t thing, o *state.Object) {
	if o.Item() == nil || user == "" && t.kind == state.Task {
		return
	}
	for _, key := range state.MatchKeys(o.Item()) {
		k := matchKey{kind: t.kind, key: key}
		if t.kind == state.Task {
			k.user = user
		}
		s.groups.join(k, t)
		if made(o.ID) || user == "" {
			continue
		}
		if s.rivals[k] == nil {
			s.rivals[k] = map[thing]bool{}
		}
		s.rivals[k][t] = true
	}
}

// link notes what a link is like at its item.
func (s *survey) link(user string, l *state.Link) {
	s.groups.join(s.node(user, l.Kind, l.ItemID), s.node("", l.Kind, l.RecordID))
	ends := [2]string{"none", "none"}
	f := s.of(s.item(user, l.Kind, l.ItemID))
	for i, o := range []*state.Object{s.records[l.Kind].Get(l.RecordID), s.boxes[user].Items[l.Kind].Get(l.ItemID)} {
		if o != nil {
			ends[i] = o.State().String()
			f.shown = append(f.shown, o.Item())
		}
	}
	f.links = append(f.links, fmt.Sprintf("%s %s %t %s %+v", l.State, l.Born, l.MarkerOff, ends, s.record(l.Kind, l.RecordID)))
}

// comparison is of two settled runs.
type comparison struct {
	with, without *run
	held          [2][]struck                 // by limits at the end of either
	rivals        map[matchKey]map[thing]bool // items of the recording
	groups        groups
}

func (c *comparison) differences() []FaultDifference {
	with, without := c.survey("with", c.with), c.survey("without", c.without)
	for _, x := range c.with.world.faults.struck {
		if x.record != "" && x.item != "" {
			c.groups.join(with.node("", x.of, x.record), with.node(x.user, x.of, x.item))
		}
	}
	all := maps.Clone(with.things)
	maps.Copy(all, without.things)
	restless := c.restless(with, without)
	touched, limited, rivals := c.touched(with), c.limited(with, without), c.matching()
	out := []FaultDifference{}
	for _, t := range slices.SortedFunc(maps.Keys(all), compareThings) {
		a, b := with.of(t), without.of(t)
		d := FaultDifference{User: t.user, Kind: t.kind.String(), RecordID: t.record, ItemID: t.item, Fields: []string{}, Faults: []InjectedFault{}}
		group := c.groups.of(t)
		switch {
		case restless[group] == both:
			continue // that is a finding of its own, with faults or without
		case restless[group] != 0:
			d.What = "never_settles"
		case !a.differs(b):
			continue
		case len(a.objects) == 0 && len(b.objects) > 0:
			d.What = "missing"
		case len(b.objects) == 0 && len(a.objects) > 0:
			d.What = "extra"
		default:
			d.What, d.Fields = "differs", a.fields(b)
		}
		d.Title = engine.Title(c.with.opts.ShowPrivate, append(slices.Clone(a.shown), b.shown...)...)
		d.Faults = append(d.Faults, touched[group]...)
		d.Text = c.why(d.Faults, causes{limited[group], c.missed(with, group), rivals[group], d.What == "differs" && len(d.Fields) > 0})
		out = append(out, d)
	}
	return out
}

func (f *found) differs(o *found) bool {
	for _, list := range [][]string{f.objects, f.links, o.objects, o.links} {
		slices.Sort(list)
	}
	return !slices.Equal(f.objects, o.objects) || !slices.Equal(f.links, o.links)
}

// fields names what differs, where one object stands against one.
func (f *found) fields(o *found) []string {
	out := []string{}
	if len(f.items) == 1 && len(o.items) == 1 && f.items[0] != nil && o.items[0] != nil {
		a, b := lasting(f.items[0]), lasting(o.items[0])
		for _, row := range state.Schema() {
			if !a.Value(row.Attr).Equal(b.Value(row.Attr)) {
				out = append(out, row.Name)
			}
		}
	}
	if !slices.Equal(f.links, o.links) {
		out = append(out, "link")
	}
	return out
}

// touched lists the faults by group.
func (c *comparison) touched(with *survey) map[any][]InjectedFault {
	out := map[any][]InjectedFault{}
	for _, x := range c.with.world.faults.struck {
		node := with.node("", x.of, x.record)
		if x.record == "" {
			node = with.node(x.user, x.of, x.item)
		}
		group := c.groups.of(node)
		out[group] = append(out[group], InjectedFault{Kind: x.kind, Session: x.session, Operation: x.operation})
	}
	return out
}

// limited are the groups of which a limit holds something in one run only.
func (c *comparison) limited(with, without *survey) map[any]bool {
	in := map[any]int{}
	for i, s := range []*survey{with, without} {
		for _, x := range c.held[i] {
			node := s.node("", x.of, x.record)
			if x.record == "" {
				node = s.node(x.user, x.of, x.item)
			}
			in[c.groups.of(node)] |= 1 << i
		}
	}
	out := map[any]bool{}
	for group, runs := range in {
		out[group] = runs != both
	}
	return out
}

// The runs in which something never settles.
const (
	inWith = 1 << iota
	inWithout
	both = inWith | inWithout
)

// restless tells of groups in which of the runs something oscillates.
func (c *comparison) restless(with, without *survey) map[any]int {
	out := map[any]int{}
	for bit, s := range map[int]*survey{inWith: with, inWithout: without} {
		settled := s.run.out.Settled
		if settled == nil || settled.Oscillates == nil {
			continue
		}
		for _, it := range settled.Oscillates.Items {
			kind, _ := state.ParseKind(it.Kind)
			out[c.groups.of(s.node("", kind, it.RecordID))] |= bit
		}
	}
	return out
}

// missed: in this run alone a person's change of something in the group had nothing to
// act on.
func (c *comparison) missed(with *survey, group any) bool {
	for _, a := range c.with.missed {
		same := func(o action) bool { return a.user == o.user && a.kind == o.kind && a.id == o.id && a.at.Equal(o.at) }
		about := c.groups.of(with.node(a.user, a.kind, a.id)) == group || slices.ContainsFunc(a.twins, func(t twin) bool { return c.groups.of(with.node(t.user, a.kind, t.ID)) == group })
		if about && !slices.ContainsFunc(c.without.missed, same) {
			return true
		}
	}
	return false
}

// causes are what besides the faults themselves makes a difference.
type causes struct {
	limited, missed, rivals bool
	values                  bool // what differs are values
}

// matching are the groups in which several recorded items match each other.
func (c *comparison) matching() map[any]bool {
	out := map[any]bool{}
	for key, things := range c.rivals {
		if len(things) > 1 {
			out[c.groups.of(key)] = true
		}
	}
	return out
}

// why words how faults come to make a difference.
func (c *comparison) why(faults []InjectedFault, also causes) string {
	has := func(kinds ...FaultKind) []string {
		var out []string
		for _, k := range kinds {
			if slices.ContainsFunc(faults, func(f InjectedFault) bool { return f.Kind == k }) {
				out = append(out, string(k))
			}
		}
		return out
	}
	var parts []string
	if late := has(Cut, Reject, Budget); len(late) > 0 {
		parts = append(parts, "operations came later ("+strings.Join(late, ", ")+") than what people and other mailboxes did")
	}
	if len(has(Delay)) > 0 {
		parts = append(parts, "a person's change was seen late (delay), when the other side had moved on")
	}
	if also.rivals && len(faults) > 0 {
		parts = append(parts, "of several items that match each other another came first")
	}
	if also.limited {
		parts = append(parts, "a limit counts what comes in one session, and faults spread it over others")
	}
	if also.missed {
		parts = append(parts, "what a person did next had nothing to act on")
	}
	if skew := c.with.world.faults.skew; skew != 0 && also.values {
		parts = append(parts, fmt.Sprintf("clocks %s apart (skew) may turn which of two changes was the later", skew.Abs()))
	}
	if len(has(Duplicate)) > 0 {
		parts = append(parts, "a person's change was told of twice (duplicate)")
	}
	if len(parts) == 0 {
		return "no fault touched it or what it is linked to"
	}
	return strings.Join(parts, "; ")
}

// groups are the things that have to do with each other: by links, by the ids that
// items carry, by merges.
type groups map[any]any

func (g groups) of(x any) any {
	root := x
	for g[root] != nil {
		root = g[root]
	}
	for x != root {
		x, g[x] = g[x], root
	}
	return root
}

func (g groups) join(a, b any) {
	if a, b := g.of(a), g.of(b); a != b {
		g[a] = b
	}
}
