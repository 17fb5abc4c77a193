package simulate_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"

	"weir/engine"
	"weir/internal/effort"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
	"weir/state"
)

// bigWorld is a recording, held in memory, of people with linked, unlinked and
// personal tasks, of which people change a handful between two sessions.
type bigWorld struct {
	snap    *state.Snapshot // at the end
	boxes   bigBoxes
	people  int
	edited  int // tasks that somebody edits in the mailbox
	linked  int
	capture []recording.Capture
}

type bigBoxes map[string]*state.MailboxState

func (b bigBoxes) Mailbox(u *state.User) (*state.MailboxState, error) { return b[u.Address], nil }

const (
	bigPeople   = 1000
	bigEach     = 50 // linked pairs each; as many unlinked items
	bigSessions = 48
	bigEdits    = 5 // a session
	bigTurn     = 4 // plans, or runs, in one turn
)

var bigStart = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)

func newBigWorld(people, edits int) *bigWorld {
	full := state.Coverage{First: bigStart, Last: bigStart, Complete: true}
	w := &bigWorld{boxes: bigBoxes{}, people: people}
	w.snap = &state.Snapshot{At: bigStart, LastCapture: bigStart, InviteesRecorded: true, Directory: state.NewDirectory(),
		Access: state.Accesses{}, Markers: state.DefaultMarkers(), Mailboxes: w.boxes}
	for _, k := range state.Kinds() {
		w.snap.Records[k] = state.NewTable(k, state.Salesforce)
		w.snap.Records[k].Coverage = full
	}
	w.capture = append(w.capture, recording.Capture{At: bigStart})
	for n := range people {
		u := &state.User{ID: fmt.Sprintf("005%015d", n), Address: fmt.Sprintf("p%04d@acme.example", n), Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
		u.Values[state.UserActive] = state.BoolValue(true)
		w.snap.Users = append(w.snap.Users, u)
		w.snap.Directory.Add(state.Person{ID: u.ID, Email: u.Address})
		box := state.NewMailboxState()
		for _, k := range state.Kinds() {
			box.Items[k].Coverage = full
		}
		w.boxes[u.Address] = box
		for i := range bigEach {
			id := fmt.Sprintf("%04d-%04d", n, i)
			w.snap.Records[state.Task].Put(bigTask(state.Salesforce, "T"+id, u.ID))
			box.Items[state.Task].Put(bigTask(state.Mailbox, "I"+id, ""))
			box.Items[state.Task].Put(bigTask(state.Mailbox, "P"+id, ""))
			box.Links.Put(&state.Link{Kind: state.Task, RecordID: "T" + id, ItemID: "I" + id, State: state.LinkActive, Born: state.Salesforce})
			w.linked++
		}
	}
	for n := 1; n < bigSessions; n++ {
		at := bigStart.Add(time.Duration(n)*simulate.DefaultEvery - time.Minute)
		for i := range edits {
			u := w.snap.Users[(n*37+i*101)%people]
			items := w.boxes[u.Address].Items[state.Task]
			o := items.Get(fmt.Sprintf("I%04d-%04d", (n*37+i*101)%people, n%bigEach))
			it := o.Item().Clone()
			it.Set(state.AttrTitle, state.TextValue(fmt.Sprintf("Edited %d", n)))
			it.Set(state.AttrModified, state.InstantValue(at))
			items.Put(o.With(state.Version{From: at, SeenAt: at, State: state.Live, Item: it}))
			w.capture = append(w.capture, recording.Capture{At: at, Source: u.Address})
			w.edited++
		}
	}
	return w
}

func bigTask(side state.Side, id, owner string) *state.Object {
	then := bigStart.AddDate(0, 0, -5)
	it := state.NewItem(state.Task, side, id)
	it.BySync = state.False
	it.Set(state.AttrTitle, state.TextValue("Task "+id[1:]))
	it.Set(state.AttrClosed, state.BoolValue(false))
	it.Set(state.AttrStatus, state.TextValue("Not Started"))
	it.Set(state.AttrPriority, state.TextValue("Normal"))
	it.Set(state.AttrDue, state.DayValue(state.DateOf(bigStart, time.UTC)))
	it.Set(state.AttrBody, state.EmptyValue())
	it.Set(state.AttrModified, state.InstantValue(then))
	it.Set(state.AttrCategories, state.TextsValue(nil))
	it.Set(state.AttrSubtype, state.TextValue("Task"))
	if side == state.Salesforce {
		it.Set(state.AttrOwner, state.TextValue(owner))
	}
	return &state.Object{ID: id, Kind: state.Task, Versions: []state.Version{{From: then, SeenAt: then, State: state.Live, Item: it}}}
}

func (w *bigWorld) First() time.Time              { return bigStart }
func (w *bigWorld) Last() time.Time               { return bigStart.Add((bigSessions - 1) * simulate.DefaultEvery) }
func (w *bigWorld) Captures() []recording.Capture { return w.capture }

func (w *bigWorld) At(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s := *w.snap
	s.At = t
	if t.Equal(bigStart) {
		boxes := bigBoxes{}
		for address, box := range w.boxes {
			then := &state.MailboxState{Links: box.Links, Items: box.Items}
			then.Items[state.Task] = box.Items[state.Task].Clone()
			for _, o := range box.Items[state.Task].All() {
				if len(o.Versions) > 1 {
					then.Items[state.Task].Put(o.Before(t))
				}
			}
			boxes[address] = then
		}
		s.Mailboxes = boxes
	}
	return &s, nil
}

func (w *bigWorld) Context(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s := *w.snap
	s.At = t
	return &s, nil
}

func (w *bigWorld) Coverage(address string, _ time.Time) (out [4]state.Coverage) {
	for _, k := range state.Kinds() {
		out[k] = w.boxes[address].Items[k].Coverage
	}
	return out
}

// plan is one plan of the world, run a day of sessions, with what it takes to ask the
// recording for it; both check the answer: each edit goes up once, and nothing else
// happens.
func (w *bigWorld) plan(tb testing.TB, set *policies.Set) {
	snap, _ := w.At(bigStart)
	plan, _, err := engine.MakePlan(context.Background(), snap, set, engine.Options{})
	if err != nil || plan.Summary.Unchanged != w.linked || plan.Summary.Personal != w.linked {
		tb.Fatalf("wrong answer: %+v, %v", plan.Summary, err)
	}
}

func (w *bigWorld) run(tb testing.TB, set *policies.Set) {
	res, _, err := simulate.Run(context.Background(), w, set, simulate.Options{})
	if err != nil || res.SessionsRun != bigSessions || res.Summary.Operations.Salesforce.Update != w.edited || res.Summary.Operations.Total() != w.edited {
		tb.Fatalf("wrong answer: %d sessions, %+v, %v", res.SessionsRun, res.Summary, err)
	}
}

// BenchmarkRun48 measures a day of 48 sessions over 100,000 mailbox items with five
// human edits a session. Beside the time for an item it reports how many times as
// much as one plan of the same world the run takes (plans). It is processor time,
// because on a busy machine the clock measures the neighbours. Plans and runs take
// turns of several, so that each comes to pay for collecting its own garbage; of
// either the cheapest turn counts.
func BenchmarkRun48(b *testing.B) {
	w := newBigWorld(bigPeople, bigEdits)
	set := policies.Default()
	var planning, running []time.Duration
	for b.Loop() {
		planning = append(planning, turn(b, func() { w.plan(b, set) }))
		running = append(running, turn(b, func() { w.run(b, set) }))
	}
	plan, run := slices.Min(planning), slices.Min(running)
	b.ReportMetric(float64(run.Nanoseconds())/float64(2*w.linked), "ns/item")
	b.ReportMetric(float64(run)/float64(plan), "plans")
}

// turn is the processor time that something takes on the average of a turn. It begins
// without anybody's garbage.
func turn(b *testing.B, do func()) time.Duration {
	runtime.GC()
	before, _ := effort.Processor(b)
	for range bigTurn {
		do()
	}
	after, _ := effort.Processor(b)
	return (after - before) / bigTurn
}

// TestALongRunAllocatesLittle holds by counting what the benchmark measures. The limits
// are for an item of a mailbox, a tenth or two above what it takes: what a plan and a run
// make and copy, and the run also remembers.
func TestALongRunAllocatesLittle(t *testing.T) {
	w := newBigWorld(200, 1)
	set := policies.Default()
	for _, c := range []struct {
		name           string
		do             func()
		objects, bytes float64
	}{
		{"plan", func() { w.plan(t, set) }, 7, 900},
		{"run", func() { w.run(t, set) }, 9, 1450},
	} {
		objects, bytes := allocated(c.do)
		items := float64(2 * w.linked)
		t.Logf("a %s: %.2f objects and %.0f bytes an item", c.name, float64(objects)/items, float64(bytes)/items)
		assert.Less(t, float64(objects)/items, c.objects, "objects of a %s", c.name)
		assert.Less(t, float64(bytes)/items, c.bytes, "bytes of a %s", c.name)
	}
}

// allocated counts objects and bytes, once everything has been made that is kept.
func allocated(do func()) (objects, bytes uint64) {
	var before, after runtime.MemStats
	do()
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs, after.TotalAlloc - before.TotalAlloc
}
