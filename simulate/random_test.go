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
	"pgregory.net/rapid"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// This file throws small worlds together at random: people who share meetings,
// things that match or nearly match, every field in every wording. Whatever the
// start, once neither a person nor the clock changes anything the sessions must
// come to rest: what Ann's session sends up reaches Bob in the next, a forestalled
// upload is adopted in the next, and after that nothing moves any more.

// restAfter is the last session in which something may still happen: uploads, the
// adoption of those forestalled, what that brings to others, and the end of links
// to items that had been taken out of the sync before they were found.
const restAfter = 5

func TestRandomWorldsComeToRest(t *testing.T) {
	for name, set := range randomPolicies(t) {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := &randomWorld{t: t, kept: strings.Contains(name, "kept")}
				r.build()
				r.explain(set)
				for n := 1; n <= restAfter+2; n++ {
					r.judge(n, r.session(n, set))
				}
				r.noTwoCopies()
			})
		})
	}
}

// judge checks a session's operations: none after the world has come to rest, and
// in Salesforce no deletion but after a person's.
func (r *randomWorld) judge(n int, plan *engine.Plan) {
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			say := func(promise string) {
				r.t.Fatalf("session %d: %s %s %s on %s (row %s, %s): %s", n, u.User, op.Op, op.Kind, op.On, op.Row, op.Reason.Code, promise)
			}
			if op.Held {
				continue
			}
			if n > restAfter {
				say("the world has not come to rest")
			}
			if op.On != engine.OnSalesforce || op.Op != engine.OpDelete && op.Op != engine.OpDecline {
				continue
			}
			item := op.Effect.Item
			if item.State() != state.Deleted && !r.snap.Markers.Unsynced(item.Item()) && !item.Item().Value(state.AttrCancelled).Bool() {
				say("nobody deleted it")
			}
			if r.kept {
				say("removing is forbidden")
			}
		}
	}
}

// randomPolicies are some of the model's, and the default.
func randomPolicies(t *testing.T) map[string]*policies.Set {
	out := map[string]*policies.Set{"default": policies.Default()}
	texts := map[string]string{
		"all contacts":       "org {\n contacts {\n scope = \"all\"\n }\n}\n",
		"mailbox wins":       "org {\n contacts {\n conflict = \"mailbox\"\n }\n tasks {\n conflict = \"mailbox\"\n }\n events {\n conflict = \"mailbox\"\n }\n}\n",
		"salesforce wins":    "org {\n contacts {\n conflict = \"salesforce\"\n }\n tasks {\n conflict = \"salesforce\"\n }\n events {\n conflict = \"salesforce\"\n }\n}\n",
		"declined skipped":   "org {\n events {\n when_declined = \"skip\"\n }\n}\n",
		"kept and removed":   modelOrg(true, true, "remove", "delete", false),
		"off":                modelOrg(false, false, "keep", "delete", false),
		"off and kept":       modelOrg(false, true, "remove", "unlink", false),
		"removed":            modelOrg(true, false, "remove", "delete", false),
		"upsync off":         modelOrg(true, false, "remove_if_born_in_salesforce", "delete", true),
		"titles held up":     modelOrg(true, false, "remove", "delete", false) + rule("up", "hold", "item.title == 'A'"),
		"titles not down":    modelOrg(true, false, "remove", "delete", false) + rule("down", "exclude", "item.title == 'A'"),
		"private stays":      modelOrg(true, false, "keep", "unlink", false) + rule("both", "exclude", "item.private"),
		"nobody else's edit": modelOrg(true, false, "keep", "unlink", false) + rule("up", "exclude", "item.owner != user.id"),
	}
	for name, text := range texts {
		set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), diags)
		out[name] = set
	}
	return out
}

// randomWorld is one world and its generator.
type randomWorld struct {
	t    *rapid.T
	w    *world
	snap *state.Snapshot
	kept bool     // removing is forbidden
	more []string // people besides randomPeople
}

func (r *randomWorld) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(r.t, label)
}

func (r *randomWorld) chance(label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(r.t, label) >= 100-percent
}

var randomPeople = []string{"ann", "bob", "cat"} // cat has no mailbox

func (r *randomWorld) people() []string { return slices.Concat(randomPeople, r.more) }

func randomID(name string) string { return "005" + strings.Repeat("0", 12) + name }

func (r *randomWorld) build() {
	r.w = &world{boxes: map[string]*state.MailboxState{}, made: map[string]int{}, doings: newDoings()}
	r.snap = &state.Snapshot{At: now, LastCapture: now, Simulated: true, InviteesRecorded: true, Directory: state.NewDirectory(),
		Access: state.Accesses{}, Markers: state.DefaultMarkers(), Mailboxes: r.w,
		Organization: state.Organization{EmailDomains: []string{"acme.example"}}}
	full := state.Coverage{First: now.AddDate(0, 0, -30), Last: now, Complete: true}
	for _, k := range state.Kinds() {
		r.w.records[k] = state.NewTable(k, state.Salesforce)
		r.w.records[k].Coverage = full
		r.w.records[k].Coverage.Complete = !r.chance("incomplete", 10)
	}
	r.snap.Records = r.w.records
	r.snap.Directory.AddAddress("guest@other.example")
	for _, name := range r.people() {
		r.snap.Directory.Add(state.Person{ID: randomID(name), Email: name + "@acme.example"})
		if name == "cat" {
			continue
		}
		u := &state.User{ID: randomID(name), Address: name + "@acme.example", Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
		u.Values[state.UserActive], u.Values[state.UserID] = state.BoolValue(true), state.TextValue(u.ID)
		r.snap.Users = append(r.snap.Users, u)
		box := state.NewMailboxState()
		for _, k := range state.Kinds() {
			box.Items[k].Coverage = full
		}
		r.w.boxes[u.Address] = box
	}
	for _, k := range state.Kinds() {
		for n := range rapid.IntRange(0, 3).Draw(r.t, "records") {
			r.put(r.w.records[k], state.Salesforce, fmt.Sprintf("R%d", n), k)
		}
		for _, u := range r.snap.Users {
			for n := range rapid.IntRange(0, 3).Draw(r.t, "items") {
				r.put(r.w.boxes[u.Address].Items[k], state.Mailbox, fmt.Sprintf("I%d", n), k)
			}
			r.links(u, k)
		}
	}
}

// links pairs some records and items of one user.
func (r *randomWorld) links(u *state.User, k state.Kind) {
	for n := range 3 {
		if !r.chance("linked", 60) {
			continue
		}
		r.w.boxes[u.Address].Links.Put(&state.Link{Kind: k, RecordID: fmt.Sprintf("R%d", n), ItemID: fmt.Sprintf("I%d", rapid.IntRange(0, 2).Draw(r.t, "item")),
			State: rapid.SampledFrom([]state.LinkState{state.LinkActive, state.LinkActive, state.LinkFrozen, state.LinkRetired}).Draw(r.t, "state"),
			Born:  rapid.SampledFrom([]state.Side{state.Salesforce, state.Mailbox}).Draw(r.t, "born")})
	}
}

// put adds an object with one to three versions.
func (r *randomWorld) put(table *state.Table, side state.Side, id string, k state.Kind) {
	at := now.AddDate(0, 0, -20)
	o := &state.Object{ID: id, Kind: k}
	for n := range rapid.IntRange(1, 3).Draw(r.t, "versions") {
		it := r.item(k, side, id, at)
		if n > 0 && r.chance("small change", 50) {
			it = o.Item().Clone()
			r.content(it)
			it.Set(state.AttrModified, state.InstantValue(at))
		}
		o = o.With(state.Version{From: at, SeenAt: at, State: state.Live, Item: it})
		at = at.Add(time.Duration(rapid.IntRange(1, 100).Draw(r.t, "hours")) * time.Hour)
	}
	if r.chance("went", 25) {
		v := state.Version{From: at, State: state.Deleted, Item: o.Item()}
		if side == state.Salesforce {
			v.State = rapid.SampledFrom([]state.Liveness{state.Deleted, state.Gone, state.Unseen, state.Merged}).Draw(r.t, "became")
			o.MergedInto = r.pick("winner", "R0", "R1", "R2", "R9")
		}
		o = o.With(v)
	}
	table.Put(o)
}

func (r *randomWorld) item(k state.Kind, side state.Side, id string, at time.Time) *state.Item {
	it := state.NewItem(k, side, id)
	it.Set(state.AttrCreated, state.InstantValue(now.AddDate(0, 0, -90)))
	it.Set(state.AttrModified, state.InstantValue(at))
	it.BySync = rapid.SampledFrom([]state.Truth{state.False, state.False, state.True, state.Unknown}).Draw(r.t, "by")
	it.InviteesKnown, it.FolderKnown, it.Folder = state.True, true, "Default"
	if side == state.Salesforce {
		it.Set(state.AttrOwner, state.TextValue(randomID(r.pick("owner", r.people()...))))
		it.Set(state.AttrSubtype, state.TextValue("Task"))
	} else {
		it.Set(state.AttrCategories, state.TextsValue(strings.Split(r.pick("marks", "Salesforce", "Salesforce", "Blue", "Salesforce Unsync"), ",")))
		if r.chance("carries", 10) {
			it.Carries = r.pick("carried", "R0", "R1", "R2")
		}
	}
	r.content(it)
	if k == state.Event && r.chance("uid", 40) {
		it.ICalUID = r.pick("uid", "u1", "u2")
	}
	return it
}

// content sets what both sides hold, from few values so that things meet.
func (r *randomWorld) content(it *state.Item) {
	text := func(a state.Attr, from ...string) { it.Set(a, state.TextValue(r.pick(a.String(), from...))) }
	switch it.Kind {
	case state.Contact:
		text(state.AttrLastName, "A", "B")
		text(state.AttrFirstName, "", "F")
		text(state.AttrEmail, "a@other.example", "b@other.example", "C@other.example", "c@other.example", "")
		text(state.AttrPhone, "", "1", "2")
		text(state.AttrJobTitle, "", "J") // recorded everywhere: what a copy's source did not record, the two are never compared in
		if it.Side == state.Mailbox {
			text(state.AttrEmail2, "", "a@other.example", "d@other.example")
		}
	case state.Task:
		text(state.AttrTitle, "A", "B")
		closed := r.chance("closed", 30)
		it.Set(state.AttrClosed, state.BoolValue(closed))
		if closed {
			text(state.AttrStatus, "Completed", "completed")
		} else {
			text(state.AttrStatus, "Not Started", "In Progress", "Odd", "waitingOnOthers")
		}
		text(state.AttrPriority, "", "High", "normal", "Urgent")
		day := rapid.SampledFrom([]int{-60, 2, 400}).Draw(r.t, "due")
		it.Set(state.AttrDue, state.DayValue(state.DateOf(now.AddDate(0, 0, day), time.UTC)))
		if r.chance("no due date", 20) {
			it.Set(state.AttrDue, state.EmptyValue())
		}
		text(state.AttrBody, "", "x", "x\n", "y")
	case state.Event:
		r.event(it)
	}
}

func (r *randomWorld) event(it *state.Item) {
	it.Set(state.AttrTitle, state.TextValue(r.pick("title", "A", "B")))
	day := now.AddDate(0, 0, rapid.SampledFrom([]int{-60, 3, 4, 90}).Draw(r.t, "day"))
	allDay := r.chance("all day", 25)
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	it.Set(state.AttrStart, state.InstantValue(day))
	it.Set(state.AttrEnd, state.InstantValue(day.Add(time.Hour)))
	if allDay {
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
		it.Set(state.AttrStartDate, state.DayValue(state.DateOf(day, time.UTC)))
		it.Set(state.AttrEndDate, state.DayValue(state.DateOf(day, time.UTC)+1))
	}
	it.Set(state.AttrPrivate, state.BoolValue(r.chance("private", 15)))
	it.Set(state.AttrShowAs, state.TextValue(r.pick("show as", "busy", "Free", "tentative", "oof", "outofoffice")))
	it.Set(state.AttrLocation, state.TextValue(r.pick("location", "", "Bonn")))
	it.Set(state.AttrBody, state.TextValue(r.pick("body", "", "x")))
	people := []state.Attendee{}
	for _, address := range []string{"ann@acme.example", "bob@acme.example", "guest@other.example", "stranger@nowhere.example"} {
		if r.chance(address, 30) {
			people = append(people, state.Attendee{Email: address, Response: "none"})
		}
	}
	it.Set(state.AttrAttendees, state.PeopleValue(people))
	if r.chance("attendees unrecorded", 10) {
		it.Set(state.AttrAttendees, state.Value{})
	}
	if it.Side == state.Mailbox {
		it.Set(state.AttrCancelled, state.BoolValue(r.chance("cancelled", 10)))
		it.Set(state.AttrRecurring, state.BoolValue(false))
		it.Organizer = rapid.SampledFrom([]state.Truth{state.True, state.False, state.Unknown}).Draw(r.t, "organizer")
		it.Set(state.AttrResponse, state.TextValue(r.pick("response", "organizer", "none", "accepted", "declined")))
		return
	}
	it.Invitees = nil
	for _, name := range r.people() {
		if randomID(name) != it.Owner() && r.chance("invited", 40) {
			it.Invitees = append(it.Invitees, state.Invitee{UserID: randomID(name), Response: r.pick("answer", "none", "accepted", "declined")})
		}
	}
}

// session plans and carries out one session in which nobody does anything.
func (r *randomWorld) session(n int, set *policies.Set) *engine.Plan {
	plan, _ := holdSession(r.t, r.w, r.snap, set, n)
	return plan
}

// holdSession plans and carries out one session of a model world.
func holdSession(t require.TestingT, w *world, snap *state.Snapshot, set *policies.Set, n int) (*engine.Plan, applied) {
	w.watchMarkers(snap)
	eng, diags := engine.NewSession(snap, set, engine.Options{Session: n})
	if diags.HasErrors() {
		require.Fail(t, diags.Error())
	}
	return carryThrough(t, w, snap, eng)
}

// carryThrough plans a session for everybody and carries it out.
func carryThrough(t require.TestingT, w *world, snap *state.Snapshot, eng *engine.Session) (*engine.Plan, applied) {
	var drafts []*engine.Draft
	for _, u := range snap.Users {
		d, err := eng.Draft(context.Background(), u)
		require.NoError(t, err)
		drafts = append(drafts, d)
	}
	plan := eng.Assemble(drafts)
	for _, d := range drafts {
		w.moveOn(d.Relinks())
	}
	return plan, w.apply(plan, snap, eng)
}

// explain asks why about everything; whatever is known of a thing, there is an
// answer in words.
func (r *randomWorld) explain(set *policies.Set) {
	for _, u := range r.snap.Users {
		for _, id := range []string{"R0", "R1", "R2", "I0", "I1", "I2"} {
			answers, diags, err := engine.Explain(context.Background(), r.snap, set, u.Address, id, engine.Options{})
			require.NoError(r.t, err)
			require.False(r.t, diags.HasErrors(), diags)
			for _, a := range answers {
				require.NotEmpty(r.t, a.Row, "%s of %s", id, u.Address)
			}
		}
	}
}

// noTwoCopies: nobody has two live items that the sync made for one record, and
// every link is found by both its ends.
func (r *randomWorld) noTwoCopies() {
	for address, box := range r.w.boxes {
		for _, k := range state.Kinds() {
			made := map[string]bool{}
			for _, o := range box.Items[k].All() {
				if o.State() != state.Live || !strings.HasPrefix(o.ID, "sim:") {
					continue
				}
				if record := o.Item().Carries; made[record] {
					r.t.Fatalf("%s has two copies of %s %s", address, k, record)
				} else {
					made[record] = true
				}
			}
		}
		for _, l := range box.Links.All() {
			if box.Links.OfRecord(l.Kind, l.RecordID) != l || box.Links.OfItem(l.Kind, l.ItemID) != l {
				r.t.Fatalf("%s: the link of %s %s and %s is found by one end only", address, l.Kind, l.RecordID, l.ItemID)
			}
		}
	}
}
