package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file takes every start state of a link, and of things without one, under
// every policy that bears on it, and lets four sessions happen in which neither a
// person nor the clock changes anything. Each start state is one user of a large
// model world, so that one run settles all of them.

// start is one start state.
type start struct {
	kind    state.Kind
	link    state.LinkState
	record  string // same changed deleted gone unseen none
	item    string // same changed deleted cancelled moved unseen none marked unmarked
	verdict string // in out unknown
	role    string // own invited, for events
	born    state.Side
	guest   bool   // the event has an attendee besides
	extra   string // private, adopted, noaccess: facts that stop the way up
}

func (s start) String() string {
	return strings.NewReplacer(" ", "-").Replace(fmt.Sprintf("%s.%s.record-%s.item-%s.%s.%s.born-%s.guest-%t.%s", s.kind, s.link, s.record, s.item, s.verdict, s.role, s.born, s.guest, s.extra))
}

func starts() []start {
	var out []start
	for _, kind := range state.Kinds() {
		roles, guests := []string{"plain"}, []bool{false}
		if kind == state.Event {
			roles, guests = []string{"own", "invited"}, []bool{false, true}
		}
		for _, role := range roles {
			for _, guest := range guests {
				out = append(out, linkedStarts(kind, role, guest)...)
				out = append(out, unlinkedStarts(kind, role, guest)...)
			}
		}
	}
	return out
}

func linkedStarts(kind state.Kind, role string, guest bool) []start {
	var out []start
	items := []string{"same", "changed", "deleted", "moved", "unseen"}
	if kind == state.Event {
		items = append(items, "cancelled")
	}
	add := func(s start) { out = append(out, s) }
	for _, record := range []string{"same", "changed", "deleted", "gone", "unseen"} {
		for _, item := range items {
			for _, verdict := range []string{"in", "out", "unknown"} {
				if verdict == "unknown" && record != "same" {
					continue
				}
				for _, born := range []state.Side{state.Salesforce, state.Mailbox} {
					add(start{kind, state.LinkActive, record, item, verdict, role, born, guest, ""})
					if !guest {
						add(start{kind, state.LinkFrozen, record, item, verdict, role, born, guest, ""})
					}
				}
				if !guest {
					add(start{kind, state.LinkRetired, record, item, verdict, role, state.Mailbox, guest, ""})
					add(start{kind, state.LinkActive, record, item, verdict, role, state.Mailbox, guest, "noaccess"})
				}
				if kind == state.Event && !guest {
					add(start{kind, state.LinkActive, record, item, verdict, role, state.Mailbox, guest, "adopted"})
					add(start{kind, state.LinkActive, record, item, verdict, role, state.Salesforce, guest, "private"})
				}
			}
		}
	}
	return out
}

func unlinkedStarts(kind state.Kind, role string, guest bool) []start {
	var out []start
	for _, item := range []string{"none", "marked", "unmarked"} {
		for _, verdict := range []string{"in", "out", "unknown"} {
			for _, extra := range []string{"", "private", "noaccess"} {
				out = append(out, start{kind, state.LinkNone, "same", item, verdict, role, state.SideInvalid, guest, extra})
			}
		}
		if item != "none" {
			out = append(out, start{kind, state.LinkNone, "none", item, "in", role, state.SideInvalid, guest, ""})
		}
	}
	return out
}

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// modelWorld builds a world in which every start state is a user of its own.
func modelWorld(all []start) (*world, *state.Snapshot) {
	w := &world{boxes: map[string]*state.MailboxState{}, made: map[string]int{}, doings: newDoings()}
	snap := &state.Snapshot{At: now, LastCapture: now, Simulated: true, InviteesRecorded: true, Directory: state.NewDirectory(),
		Access: state.Accesses{}, Markers: state.DefaultMarkers(), Mailboxes: w,
		Organization: state.Organization{EmailDomains: []string{"acme.example"}}}
	full := state.Coverage{First: now.AddDate(0, 0, -30), Last: now, Complete: true}
	for _, k := range state.Kinds() {
		w.records[k] = state.NewTable(k, state.Salesforce)
		w.records[k].Coverage = full
	}
	snap.Directory.AddAddress("guest@other.example")
	for i, s := range all {
		b := builder{start: s, n: i, w: w, snap: snap, full: full}
		b.build()
	}
	state.SortUsers(snap.Users)
	snap.Records = w.records
	return w, snap
}

type builder struct {
	start
	n    int
	w    *world
	snap *state.Snapshot
	full state.Coverage
	user *state.User
}

func (b *builder) build() {
	b.user = &state.User{ID: fmt.Sprintf("005%015d", b.n), Address: fmt.Sprintf("%06d.%s@acme.example", b.n, b.start), Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
	b.user.Values[state.UserActive] = state.BoolValue(true)
	b.snap.Users = append(b.snap.Users, b.user)
	b.snap.Directory.Add(state.Person{ID: b.user.ID, Email: b.user.Address})
	box := state.NewMailboxState()
	for _, k := range state.Kinds() {
		box.Items[k].Coverage = b.full
	}
	b.w.boxes[b.user.Address] = box
	recordID, itemID := fmt.Sprintf("r%06d", b.n), fmt.Sprintf("i%06d", b.n)
	agreed := now.AddDate(0, 0, -20)
	record, item := b.newRecord(recordID), b.newItem(itemID)
	if b.record != "none" && b.record != "unseen" {
		b.w.records[b.kind].Put(b.versions(recordID, record, b.record, agreed))
	}
	if b.item != "none" && b.item != "unseen" {
		box.Items[b.kind].Put(b.versions(itemID, item, b.item, agreed))
	}
	if b.link != state.LinkNone {
		link := &state.Link{Kind: b.kind, RecordID: recordID, ItemID: itemID, State: b.link, Born: b.born}
		if b.extra == "adopted" {
			link.Adopted = item
		}
		box.Links.Put(link)
	}
	if b.verdict == "unknown" {
		// Whether the user may read it was asked, and not answered.
		b.snap.Access[state.AccessKey{UserID: b.user.ID, RecordID: recordID}] = state.Access{}
	}
	if b.extra == "noaccess" && b.verdict != "unknown" {
		b.snap.Access[state.AccessKey{UserID: b.user.ID, RecordID: recordID}] = state.Access{Read: state.True, Edit: state.False, Delete: state.False}
	}
}

// versions gives an object its past and what became of it.
func (b *builder) versions(id string, it *state.Item, became string, agreed time.Time) *state.Object {
	o := &state.Object{ID: id, Kind: b.kind, Versions: []state.Version{{From: agreed, SeenAt: agreed, State: state.Live, Item: it}}}
	later := now.Add(-time.Hour)
	v := state.Version{From: later, SeenAt: later, State: state.Live, Item: it.Clone()}
	v.Item.Set(state.AttrModified, state.InstantValue(later))
	switch became {
	case "changed":
		title := state.TextValue("Changed " + it.Side.String())
		if !v.Item.Set(state.AttrTitle, title) || b.kind == state.Contact {
			v.Item.Set(state.AttrJobTitle, title)
		}
	case "deleted":
		v.State = state.Deleted
		v.SeenAt = time.Time{} // known to be the person's
	case "gone":
		v.State = state.Gone
	case "cancelled":
		v.Item.Set(state.AttrCancelled, state.BoolValue(true))
	case "moved":
		v.Item.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce Unsync"}))
	default:
		return o
	}
	return o.With(v)
}

func (b *builder) newRecord(id string) *state.Item {
	it := state.NewItem(b.kind, state.Salesforce, id)
	b.common(it)
	it.BySync = state.False
	it.Set(state.AttrOwner, state.TextValue(b.user.ID))
	switch b.kind {
	case state.Contact:
		if b.verdict == "out" {
			it.Set(state.AttrOwner, state.TextValue("005somebodyelse000"))
		}
	case state.Task:
		it.Set(state.AttrSubtype, state.TextValue("Task"))
	case state.Event:
		it.InviteesKnown = state.True
		if b.role == "invited" {
			it.Set(state.AttrOwner, state.TextValue("005somebodyelse000"))
			it.Invitees = []state.Invitee{{UserID: b.user.ID, Response: "accepted"}}
		}
	}
	return it
}

func (b *builder) newItem(id string) *state.Item {
	it := state.NewItem(b.kind, state.Mailbox, id)
	b.common(it)
	it.Folder, it.FolderKnown = "Default", true
	it.Organizer = state.TruthOf(b.role == "own")
	categories := []string{"Salesforce"}
	if b.item == "unmarked" || b.extra == "adopted" {
		categories = nil
	}
	it.Set(state.AttrCategories, state.TextsValue(categories))
	if b.kind == state.Event {
		it.Set(state.AttrCancelled, state.BoolValue(false))
		it.Set(state.AttrRecurring, state.BoolValue(false))
		it.Set(state.AttrResponse, state.TextValue(map[string]string{"own": "organizer", "invited": "accepted"}[b.role]))
		it.Set(state.AttrPrivate, state.BoolValue(b.extra == "private"))
	}
	return it
}

// common gives both sides the same content.
func (b *builder) common(it *state.Item) {
	created, title := now.AddDate(0, 0, -90), fmt.Sprintf("Thing %d", b.n)
	it.Set(state.AttrCreated, state.InstantValue(created))
	it.Set(state.AttrModified, state.InstantValue(created.Add(time.Hour)))
	switch b.kind {
	case state.Contact:
		it.Set(state.AttrLastName, state.TextValue(title))
		it.Set(state.AttrFirstName, state.EmptyValue())
		it.Set(state.AttrJobTitle, state.EmptyValue())
		it.Set(state.AttrEmail, state.TextValue(fmt.Sprintf("c%d@other.example", b.n)))
	case state.Task:
		it.Set(state.AttrTitle, state.TextValue(title))
		it.Set(state.AttrClosed, state.BoolValue(b.verdict == "out"))
		it.Set(state.AttrStatus, state.TextValue(map[bool]string{true: "Completed", false: "Not Started"}[b.verdict == "out"]))
		it.Set(state.AttrDue, state.DayValue(state.DateOf(now.AddDate(0, 0, -60), time.UTC)))
	case state.Event:
		at := now.AddDate(0, 0, 3)
		if b.verdict == "out" {
			at = now.AddDate(0, 0, -40)
		}
		it.Set(state.AttrTitle, state.TextValue(title))
		it.Set(state.AttrAllDay, state.BoolValue(false))
		it.Set(state.AttrStart, state.InstantValue(at))
		it.Set(state.AttrEnd, state.InstantValue(at.Add(time.Hour)))
		it.Set(state.AttrPrivate, state.BoolValue(b.extra == "private"))
		people := []state.Attendee{}
		if b.guest {
			people = append(people, state.Attendee{Email: "guest@other.example"})
		}
		it.Set(state.AttrAttendees, state.PeopleValue(people))
	}
}

// modelPolicies are the policies that bear on links: every combination.
func modelPolicies() map[string]string {
	out := map[string]string{}
	rules := map[string]string{"none": "", "off": "",
		"exclude-up": rule("up", "exclude", "true"), "hold-up": rule("up", "hold", "true"),
		"hold-down": rule("down", "hold", "true"), "exclude-down": rule("down", "exclude", "true"),
		"doubt-down": rule("down", "exclude", "user.profile == 'nobody recorded it'"), "doubt-up": rule("up", "exclude", "user.profile == 'x'")}
	for on := range 2 {
		for kept := range 2 {
			// when_out and when_moved bear on different rows, so not every pair is needed.
			for _, when := range [][2]string{{"keep", "unlink"}, {"remove", "delete"}, {"remove_if_born_in_salesforce", "delete"}} {
				for stop, text := range rules {
					out[fmt.Sprintf("on=%d kept=%d out=%s moved=%s stop=%s", on, kept, when[0], when[1], stop)] =
						modelOrg(on == 1, kept == 1, when[0], when[1], stop == "off") + text
				}
			}
		}
	}
	return out
}

func rule(direction, effect, when string) string {
	return fmt.Sprintf("rule \"r\" {\n direction = %q\n effect = %q\n when = %q\n}\n", direction, effect, when)
}

func modelOrg(on, kept bool, whenOut, whenMoved string, off bool) string {
	var b strings.Builder
	b.WriteString("org {\n")
	for _, k := range state.Kinds() {
		fmt.Fprintf(&b, "%s {\ndownsync = %t\nwhen_out = %q\nwhen_moved = %q\n", k.Plural(), on, whenOut, whenMoved)
		if off {
			b.WriteString("upsync = \"off\"\n")
		}
		if k == state.Event {
			fmt.Fprintf(&b, "removal = %q\n", map[bool]string{true: "keep", false: "propagate"}[kept])
		} else {
			fmt.Fprintf(&b, "forbid_to_remove = %t\n", kept)
		}
		b.WriteString("}\n")
	}
	b.WriteString("limits {\nmailbox_deletes {\npercent = 100\n}\nsalesforce_deletes {\npercent = 100\nmax = 100000\n}\n}\n}\n")
	return b.String()
}

func TestEveryStartStateIsQuietAfterTwoSessions(t *testing.T) {
	all := starts()
	require.Greater(t, len(all), 800)
	names := []string{}
	texts := modelPolicies()
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		if testing.Short() && i%7 != 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(texts[name])}}, policies.LoadOptions{})
			require.False(t, diags.HasErrors(), diags)
			m := model{t: t, set: set, kept: strings.Contains(name, "kept=1"), moves: strings.Contains(name, "moved=delete"), starts: all}
			m.world, m.snap = modelWorld(all)
			for n := 1; n <= 4; n++ {
				m.session(n)
			}
		})
	}
}

type model struct {
	t      *testing.T
	set    *policies.Set
	world  *world
	snap   *state.Snapshot
	kept   bool
	moves  bool
	starts []start
}

func (m *model) session(n int) {
	eng, diags := engine.NewSession(m.snap, m.set, engine.Options{Session: n})
	require.False(m.t, diags.HasErrors(), diags)
	var drafts []*engine.Draft
	for _, u := range m.snap.Users {
		d, err := eng.Draft(context.Background(), u)
		require.NoError(m.t, err, u.Address)
		drafts = append(drafts, d)
	}
	plan := eng.Assemble(drafts)
	for i := range plan.Users {
		var number int
		_, err := fmt.Sscanf(plan.Users[i].User, "%06d.", &number)
		require.NoError(m.t, err)
		for j := range plan.Users[i].Operations {
			m.judge(n, m.starts[number], &plan.Users[i].Operations[j])
		}
	}
	for _, d := range drafts {
		m.world.moveOn(d.Relinks())
	}
	m.world.apply(plan, m.snap, eng)
	if n == 4 {
		m.noSecondCopies()
	}
}

// judge checks one operation against the promises.
func (m *model) judge(n int, s start, op *engine.Operation) {
	if op.Held {
		return
	}
	say := func(promise string) {
		m.t.Errorf("session %d, %s: %s on %s (row %s): %s", n, s, op.Op, op.On, op.Row, promise)
	}
	if n > 2 {
		say("not quiet after two sessions")
	}
	personsDoing := s.link == state.LinkActive && (s.item == "deleted" || s.item == "cancelled" && s.role == "own" || s.item == "moved" && m.moves)
	switch {
	case op.On == engine.OnSalesforce && (op.Op == engine.OpDelete || op.Op == engine.OpDecline):
		if m.kept {
			say("deleted in Salesforce although removing is forbidden")
		}
		if !personsDoing {
			say("deleted in Salesforce without a person's deletion")
		}
	case op.Op == engine.OpCreate && s.link != state.LinkNone:
		say("a second copy of a linked thing")
	case op.Op == engine.OpRestore && s.item != "deleted":
		say("restored what nobody deleted")
	}
}

// noSecondCopies: nobody has two live items for one record. (Without a link an
// unmarked contact or task is the person's own, whatever it looks like.)
func (m *model) noSecondCopies() {
	for i, u := range m.snap.Users {
		address, box := u.Address, m.world.boxes[u.Address]
		if m.starts[i].link == state.LinkNone && m.starts[i].item == "unmarked" {
			continue
		}
		for _, k := range state.Kinds() {
			live := 0
			for _, o := range box.Items[k].All() {
				if o.State() == state.Live {
					live++
				}
			}
			if live > 1 {
				m.t.Errorf("%s has %d live %ss", address, live, k)
			}
		}
	}
}
