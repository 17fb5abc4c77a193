package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies"
	"weir/recording"
	"weir/state"
)

// This file holds the replay to its promise. A random world, with people who do
// random things, is simulated under a policy A; what came of it is taken down as a
// recording, sync and people together. Replaying that under A must give the same
// sessions again, and under another policy B what simulating B from the start, with
// the same people, gives.

// tape is a recording in memory: every object with all its versions, and links as
// each session left them.
type tape struct {
	start    *state.Snapshot
	records  [4]*state.Table
	boxes    boxes
	links    map[string][]*state.Links // by mailbox, one a capture; nil where only the start was recorded
	instants []time.Time
}

// blankTape has captures but nothing that happened after the start.
func blankTape(start *state.Snapshot, sessions int) *tape {
	t := &tape{start: start, records: start.Records, boxes: boxes{}}
	for n := range sessions {
		t.instants = append(t.instants, start.At.Add(time.Duration(n)*DefaultEvery))
	}
	for _, u := range start.Users {
		t.boxes[u.Address], _ = start.Mailboxes.Mailbox(u)
	}
	return t
}

func (t *tape) First() time.Time { return t.instants[0] }
func (t *tape) Last() time.Time  { return t.instants[len(t.instants)-1] }

func (t *tape) Captures() []recording.Capture {
	var out []recording.Capture
	for _, at := range t.instants {
		out = append(out, recording.Capture{At: at, Source: "salesforce"})
		for _, u := range t.start.Users {
			out = append(out, recording.Capture{At: at, Source: u.Address})
		}
	}
	return out
}

func (t *tape) At(at time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s := *t.start
	s.At, s.LastCapture, s.Simulated = at, at, false
	for _, k := range state.Kinds() {
		s.Records[k] = known(t.records[k], at)
	}
	mail := boxes{}
	for address, box := range t.boxes {
		c := state.NewMailboxState()
		for _, k := range state.Kinds() {
			c.Items[k] = known(box.Items[k], at)
		}
		t.linksAt(c, address, at)
		mail[address] = c
	}
	s.Mailboxes = mail
	return &s, nil
}

func (t *tape) Context(at time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s, diags := t.At(at)
	for _, k := range state.Kinds() {
		empty := state.NewTable(k, state.Salesforce)
		empty.Coverage = s.Records[k].Coverage
		s.Records[k] = empty
	}
	return s, diags
}

func (t *tape) Coverage(address string, at time.Time) (out [4]state.Coverage) {
	for _, k := range state.Kinds() {
		out[k] = known(t.boxes[address].Items[k], at).Coverage
	}
	return out
}

func (t *tape) linksAt(c *state.MailboxState, address string, at time.Time) {
	c.Links = t.boxes[address].Links.Clone()
	history := t.links[address]
	for n, links := range history {
		if !t.instants[n].Before(at) {
			break // what a session does is captured before the next
		}
		c.Links = links.Clone()
		for _, old := range history[:n] {
			for _, l := range old.All() {
				known := slices.ContainsFunc(c.FormerLinks, func(f state.FormerLink) bool { return f.Kind == l.Kind && f.ItemID == l.ItemID })
				if links.OfItem(l.Kind, l.ItemID) == nil && !known {
					c.FormerLinks = append(c.FormerLinks, state.FormerLink{Link: l, Until: t.instants[n].Add(1)})
				}
			}
		}
	}
}

// known is a table as captures up to the instant show it.
func known(t *state.Table, at time.Time) *state.Table {
	c := state.NewTable(t.Kind, t.Side)
	c.Coverage = t.Coverage
	c.Coverage.Last = at
	for _, o := range t.All() {
		seen := *o
		seen.Versions = slices.DeleteFunc(slices.Clone(o.Versions), func(v state.Version) bool { return v.SeenAt.After(at) })
		if len(seen.Versions) > 0 {
			c.Put(&seen)
		}
	}
	return c
}

// deed is one thing that a person does, in terms that make sense in any course of
// events: to a record or item that was there or that a person made, to the copy
// that the sync made of a record, or to the record that it made of an item.
type deed struct {
	at   time.Time
	user string // whose mailbox; "" for Salesforce
	kind state.Kind
	what string // "edit", "delete", "create", "unsync", "owner"
	id   string
	// of: the target is the other side's of this mailbox's pair.
	of    string
	value string
}

// script are people who do what is written.
type script struct {
	deeds []deed
	next  int
	// choose decides on deeds while they happen; nil to do what is written.
	choose func(w *world, at time.Time) []deed
}

func (s *script) until(w *world, at time.Time) (h happenings) {
	if s.choose != nil {
		s.deeds = append(s.deeds, s.choose(w, at)...)
	}
	for ; s.next < len(s.deeds) && !s.deeds[s.next].at.After(at); s.next++ {
		if s.deeds[s.next].carryOut(w) {
			h.did++
		} else {
			h.unreachable = append(h.unreachable, action{change: &change{user: s.deeds[s.next].user}})
		}
	}
	return h
}

// target finds what the deed is done to in a world; nil if there is no such thing.
func (d *deed) target(w *world) *state.Object {
	table := w.table(d.user, d.kind)
	switch {
	case d.of == "":
		return table.Get(d.id)
	case d.user != "": // the copy of a record
		if l := w.boxes[d.user].Links.OfRecord(d.kind, d.id); l != nil {
			return table.Get(l.ItemID)
		}
	default: // the record made of an item
		if l := w.boxes[d.of].Links.OfItem(d.kind, d.id); l != nil {
			return table.Get(l.RecordID)
		}
	}
	return nil
}

func (d *deed) carryOut(w *world) bool {
	table := w.table(d.user, d.kind)
	w.touch(d.user, d.kind, d.id)
	if d.what == "create" {
		table.Put(&state.Object{ID: d.id, Kind: d.kind, Versions: []state.Version{{From: d.at, SeenAt: d.at, State: state.Live, Item: d.fresh()}}})
		return true
	}
	o := d.target(w)
	if o == nil || o.State() != state.Live {
		return o != nil && d.what == "delete"
	}
	w.touch(d.user, d.kind, o.ID)
	v := state.Version{From: d.at, SeenAt: d.at, State: state.Live, Item: o.Item().Clone()}
	v.Item.BySync, v.Item.CarriedAt = state.False, time.Time{}
	v.Item.Set(state.AttrModified, state.InstantValue(d.at))
	switch d.what {
	case "edit":
		v.Item.Set(fieldOf(d.kind), state.TextValue(d.value))
	case "owner":
		v.Item.Set(state.AttrOwner, state.TextValue(d.value))
	case "unsync":
		v.Item.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce Unsync"}))
	case "delete":
		v.State, v.Item = state.Deleted, o.Item()
		if d.user != "" {
			v.SeenAt = time.Time{} // as the replay knows it, see action.gone
		}
	}
	table.Put(o.With(v))
	return true
}

// fieldOf is a field that goes both ways.
func fieldOf(k state.Kind) state.Attr {
	if k == state.Contact {
		return state.AttrJobTitle
	}
	return state.AttrBody
}

// fresh is something new that nothing else is like.
func (d *deed) fresh() *state.Item {
	side := state.Salesforce
	if d.user != "" {
		side = state.Mailbox
	}
	it := state.NewItem(d.kind, side, d.id)
	it.Set(state.AttrCreated, state.InstantValue(d.at))
	it.Set(state.AttrModified, state.InstantValue(d.at))
	it.BySync, it.InviteesKnown, it.FolderKnown, it.Folder = state.False, state.True, true, "Default"
	if side == state.Salesforce {
		it.Set(state.AttrOwner, state.TextValue(randomID("ann")))
		it.Set(state.AttrSubtype, state.TextValue("Task"))
	} else {
		it.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce"}))
	}
	switch d.kind {
	case state.Contact:
		it.Set(state.AttrLastName, state.TextValue(d.value))
		it.Set(state.AttrEmail, state.TextValue(d.value+"@other.example"))
	case state.Task:
		it.Set(state.AttrTitle, state.TextValue(d.value))
		it.Set(state.AttrClosed, state.BoolValue(false))
		it.Set(state.AttrDue, state.DayValue(state.DateOf(d.at, time.UTC)+2))
	case state.Event:
		it.Set(state.AttrTitle, state.TextValue(d.value))
		it.Set(state.AttrAllDay, state.BoolValue(false))
		it.Set(state.AttrStart, state.InstantValue(d.at.Add(48*time.Hour)))
		it.Set(state.AttrEnd, state.InstantValue(d.at.Add(49*time.Hour)))
		it.Organizer = state.True
	}
	return it
}

// chooser draws deeds that any sync's recording tells apart from the sync's own:
// nobody enters the same thing on both sides, or takes away what the sync is about
// to take away.
type chooser struct {
	t     *rapid.T
	start boxes
	n     int
}

var kinds = state.Kinds()

func (c *chooser) choose(w *world, at time.Time) []deed {
	var out []deed
	deleted := false // one a session: of two, the second may be the other side of the first
	for range rapid.IntRange(0, 2).Draw(c.t, "deeds") {
		c.n++
		d := deed{at: at.Add(time.Duration(c.n-1000) * time.Second), kind: rapid.SampledFrom(kinds[:]).Draw(c.t, "kind"), value: fmt.Sprintf("fresh%d", c.n)}
		d.user = rapid.SampledFrom([]string{"", "ann@acme.example", "bob@acme.example"}).Draw(c.t, "where")
		d.what = rapid.SampledFrom([]string{"edit", "edit", "delete", "create", "owner", "unsync"}).Draw(c.t, "what")
		switch {
		case d.what == "create":
			d.id = fmt.Sprintf("H%d", c.n)
		case d.what == "owner":
			d.user, d.value = "", randomID(rapid.SampledFrom(randomPeople).Draw(c.t, "owner"))
			fallthrough
		default:
			c.aim(&d, w)
			if d.what == "unsync" && d.user == "" || d.what == "delete" && deleted || !c.tellable(&d, w) {
				continue
			}
			deleted = deleted || d.what == "delete"
		}
		out = append(out, d)
	}
	return out
}

// aim draws what the deed is done to.
func (c *chooser) aim(d *deed, w *world) {
	prefix := "R"
	if d.user != "" {
		prefix = "I"
	}
	d.id = rapid.SampledFrom([]string{prefix + "0", prefix + "1", prefix + "2"}).Draw(c.t, "which")
	if c.n > 1 && rapid.Bool().Draw(c.t, "made") {
		d.id = fmt.Sprintf("H%d", rapid.IntRange(1, c.n-1).Draw(c.t, "which made"))
	}
	if rapid.Bool().Draw(c.t, "the sync's") {
		if d.user != "" {
			d.of, d.id = "record", strings.Replace(d.id, "I", "R", 1)
		} else {
			d.of, d.id = "ann@acme.example", strings.Replace(d.id, "R", "I", 1)
		}
	}
}

// tellable: the thing is there, and where it is taken away, so is everything that
// is paired with it.
func (c *chooser) tellable(d *deed, w *world) bool {
	o := d.target(w)
	if o == nil || o.State() != state.Live {
		return false
	}
	if !strings.HasPrefix(o.ID, "sim:") {
		d.of, d.id = "", o.ID // it is the same thing in every course of events
	}
	if d.what != "delete" {
		return true
	}
	for address, box := range w.boxes {
		for _, l := range slices.Concat(box.Links.All(), c.start[address].Links.All()) {
			if l.Kind != d.kind || d.user != "" && (address != d.user || l.ItemID != o.ID) || d.user == "" && l.RecordID != o.ID {
				continue
			}
			other := w.records[d.kind].Get(l.RecordID)
			if d.user == "" {
				other = box.Items[d.kind].Get(l.ItemID)
			}
			if other == nil || other.State() != state.Live {
				return false
			}
		}
	}
	return true
}

// course lets people and the sync act under a policy and takes everything down.
func course(t *rapid.T, start *state.Snapshot, set *policies.Set, sessions int, who *script) (*tape, *Result) {
	blank := blankTape(start, sessions)
	r, diags, err := newRun(blank, set, Options{people: who})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	taken := &tape{start: start, boxes: boxes{}, links: map[string][]*state.Links{}, instants: blank.instants}
	for r.n = 1; r.n <= r.total; r.n++ {
		require.NoError(t, r.session(context.Background()))
		for address, box := range r.world.boxes {
			taken.links[address] = append(taken.links[address], renamed(box.Links, "real"))
		}
	}
	for _, k := range state.Kinds() {
		taken.records[k] = takenDown(r.world.records[k], "real")
	}
	for address, box := range r.world.boxes {
		taken.boxes[address] = state.NewMailboxState()
		taken.boxes[address].Links = blank.boxes[address].Links
		for _, k := range state.Kinds() {
			taken.boxes[address].Items[k] = takenDown(box.Items[k], "real")
		}
	}
	return taken, r.finish()
}

// takenDown is a table as captures would show it: real ids, and every version with
// the capture that shows it.
func takenDown(t *state.Table, name string) *state.Table {
	c := state.NewTable(t.Kind, t.Side)
	c.Coverage = t.Coverage
	for _, o := range t.All() {
		seen := &state.Object{ID: realID(o.ID, name), Kind: o.Kind, MergedInto: realID(o.MergedInto, name)}
		for _, v := range o.Versions {
			if v.SeenAt.IsZero() {
				v.SeenAt = v.From.Add(1).Truncate(DefaultEvery).Add(DefaultEvery)
			}
			if v.Item != nil {
				v.Item = v.Item.Clone()
				v.Item.ID, v.Item.Carries, v.Item.CarriedAt = realID(v.Item.ID, name), realID(v.Item.Carries, name), time.Time{}
			}
			seen.Versions = append(seen.Versions, v)
		}
		c.Put(seen)
	}
	return c
}

// realID is what something that a simulation made is called in a recording.
func realID(id, name string) string { return strings.Replace(id, "sim:", name+":", 1) }

func renamed(links *state.Links, name string) *state.Links {
	c := state.NewLinks()
	for _, l := range links.All() {
		r := *l
		r.File = "links.json"
		r.RecordID, r.ItemID, r.Base = realID(l.RecordID, name), realID(l.ItemID, name), nil
		c.Put(&r)
	}
	return c
}

// unsigned is a tape of a sync that wrote under people's own logins.
func (t *tape) unsigned() *tape {
	c := *t
	for _, k := range state.Kinds() {
		c.records[k] = state.NewTable(k, state.Salesforce)
		c.records[k].Coverage = t.records[k].Coverage
		for _, o := range t.records[k].All() {
			seen := *o
			seen.Versions = slices.Clone(o.Versions)
			for i, v := range seen.Versions {
				if v.Item != nil && v.From.After(t.First()) {
					it := v.Item.Clone()
					it.BySync = state.False
					seen.Versions[i].Item = it
				}
			}
			c.records[k].Put(&seen)
		}
	}
	return &c
}

// lines are a run's operations, without the ids of findings and digests.
func lines(res *Result) []string {
	out := []string{}
	for _, p := range res.Sessions {
		for _, u := range p.Users {
			for _, op := range u.Operations {
				changes, _ := json.Marshal(op.Changes)
				out = append(out, fmt.Sprintf("%d %s %s on %s %s held=%t superseded=%t %s by %q", p.Session, op.ID, op.Row, op.On, op.Reason.Code, op.Held, op.Superseded, changes, op.Cause))
			}
		}
	}
	return out
}

// ordinary are policies whose sync removes nothing but what the recorded sync may
// have removed: copies that were born in Salesforce and are out of the product's
// reach. What another removes looks like a person's doing in any recording.
var ordinary = []string{"default", "all contacts", "mailbox wins", "salesforce wins", "declined skipped", "private stays", "nobody else's edit"}

func TestReplayIsCounterfactual(t *testing.T) {
	sets := randomPolicies(t)
	names := make([]string, 0, len(sets))
	for name := range sets {
		names = append(names, name)
	}
	slices.Sort(names)
	const sessions = 6
	var compared, undecided int
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SampledFrom(ordinary).Draw(t, "recorded under"), rapid.SampledFrom(names).Draw(t, "replayed under")
		if rapid.Bool().Draw(t, "the same") {
			b = a
		}
		world := &randomWorld{t: t}
		world.build()
		start := settledStart(t, world, sets[a])
		recorded, err := boxesOf(start)
		require.NoError(t, err)
		who := &script{choose: (&chooser{t: t, start: recorded}).choose}
		taken, _ := course(t, start, sets[a], sessions, who)
		if rapid.Bool().Draw(t, "own logins") {
			taken = taken.unsigned()
		}
		if rapid.Bool().Draw(t, "links of the start only") {
			taken.links = nil
		}
		replayed, diags, err := Run(context.Background(), taken, sets[b], Options{})
		require.NoError(t, err)
		require.False(t, diags.HasErrors(), diags)
		if replayed.Replay.Undecided > 0 {
			undecided++
			return // it cannot be told from the recording, and that is said
		}
		_, direct := course(t, start, sets[b], sessions, &script{deeds: who.deeds})
		if taken.links == nil && replayed.Replay.Unreachable > direct.Replay.Unreachable {
			undecided++
			return // without links or a key nobody can say what it was done to, and that is said
		}
		compared++
		require.Equal(t, lines(direct), lines(replayed), "replayed %+v\ndeeds: %+v", replayed.Replay, who.deeds)
	})
	t.Logf("%d compared, %d undecided", compared, undecided)
	require.Greater(t, compared, 5*undecided, "most histories can be told")
}

// settledStart lets the policy's sync come to rest, so that what follows is people's
// doing and what it sets off.
func settledStart(t *rapid.T, r *randomWorld, set *policies.Set) *state.Snapshot {
	for n := 1; n <= restAfter; n++ {
		r.session(n, set)
	}
	for _, k := range state.Kinds() {
		r.w.records[k] = takenDown(r.w.records[k], "old")
	}
	for _, box := range r.w.boxes {
		for _, k := range state.Kinds() {
			box.Items[k] = takenDown(box.Items[k], "old")
		}
		box.Links = renamed(box.Links, "old")
		forgetStrays(box)
	}
	start := *r.snap
	start.Records, start.Simulated, start.At = r.w.records, false, now.Add(DefaultEvery)
	return &start
}

// forgetStrays takes record ids off items without a link: in a recording an item
// that carries one has a link.
func forgetStrays(box *state.MailboxState) {
	for _, k := range state.Kinds() {
		for _, o := range box.Items[k].All() {
			if box.Links.OfItem(k, o.ID) != nil {
				continue
			}
			stray := *o
			stray.Versions = slices.Clone(o.Versions)
			for i, v := range stray.Versions {
				if v.Item != nil {
					stray.Versions[i].Item = v.Item.Clone()
					stray.Versions[i].Item.Carries = ""
				}
			}
			box.Items[k].Put(&stray)
		}
	}
}
