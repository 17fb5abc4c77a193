package simulate

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/recording"
	"weir/state"
)

// Source is what a run needs of a recording.
type Source interface {
	// At is the world as recorded by the captures up to and including t.
	At(t time.Time) (*state.Snapshot, hcl.Diagnostics)
	// Context is At with empty tables: people, views, access and coverage.
	Context(t time.Time) (*state.Snapshot, hcl.Diagnostics)
	// Coverage is that of a mailbox, by kind.
	Coverage(address string, t time.Time) [4]state.Coverage
	Captures() []recording.Capture
	First() time.Time
	Last() time.Time
}

// world is the model world: the records and mailboxes as the simulation leaves
// them. It hands out mailboxes to the engine.
type world struct {
	records [4]*state.Table
	boxes   boxes
	made    map[string]int // how many things were made, by user and kind
	doings  doings
	memory  memory
	faults  *injector // nil for none
	// origins are the items of which sessions made records; nil before the first.
	origins map[recordKey]thingKey
}

type recordKey struct {
	kind state.Kind
	id   string
}

// newWorld copies a snapshot's data so that it can go its own way.
func newWorld(snap *state.Snapshot) (*world, error) {
	w := &world{boxes: boxes{}, made: map[string]int{}, doings: newDoings()}
	for _, k := range state.Kinds() {
		w.records[k] = snap.Records[k].Clone()
	}
	recorded, err := boxesOf(snap)
	if err != nil {
		return nil, err
	}
	for address, box := range recorded {
		w.boxes[address] = cloneBox(box)
	}
	w.watch()
	return w, nil
}

func cloneBox(box *state.MailboxState) *state.MailboxState {
	c := &state.MailboxState{Links: box.Links.Clone(), TimeZone: box.TimeZone}
	for _, k := range state.Kinds() {
		c.Items[k] = box.Items[k].Clone()
	}
	return c
}

// Mailbox implements state.Mailboxes.
func (w *world) Mailbox(u *state.User) (*state.MailboxState, error) {
	if box := w.boxes[u.Address]; box != nil {
		return box, nil
	}
	return state.NewMailboxState(), nil
}

// table is one side's objects of a kind; user is "" for Salesforce.
func (w *world) table(user string, kind state.Kind) *state.Table {
	if user == "" {
		return w.records[kind]
	}
	return w.boxes[user].Items[kind]
}

// snapshot is the world as the context (people, views, access, coverage) and the
// model's data make it at an instant.
func (w *world) snapshot(context *state.Snapshot, at time.Time) *state.Snapshot {
	s := *context
	s.At, s.Records, s.Mailboxes, s.Simulated = at, w.records, w, true
	return &s
}

// name gives something new its id.
func (w *world) name(user string, kind state.Kind) string {
	key := user + ":" + kind.String()
	w.made[key]++
	return fmt.Sprintf("sim:%s:%d", key, w.made[key])
}
