package policytest

import (
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/recording"
	"weir/state"
)

// world is what a test describes: everything with all its versions, so that a plan
// and a simulation look at the same. It implements simulate.Source.
type world struct {
	at    time.Time // of the plan, and of session 1; zero in a recording: see subject
	every time.Duration
	// recording is the path of a recording that stands in for all that follows; ""
	// for a world of the test's own.
	recording    string
	recordingRng hcl.Range
	atRng        hcl.Range // of at, where it is written

	snap     *state.Snapshot // people, views and access; its tables hold all versions
	boxes    map[string]*state.MailboxState
	instants []time.Time // when captures were taken, in order
}

// The defaults of a world.
const (
	defaultAt     = "2026-05-04T08:00:00Z"
	defaultEvery  = 30 * time.Minute
	defaultDomain = "acme.example"
	defaultUser   = "ann"
	// maxSessions is the last session a test may ask about.
	maxSessions = 1000
)

func newWorld() *world {
	w := &world{every: defaultEvery, boxes: map[string]*state.MailboxState{}}
	w.snap = &state.Snapshot{Directory: state.NewDirectory(), Access: state.Accesses{}, Markers: state.DefaultMarkers(), InviteesRecorded: true}
	for _, k := range state.Kinds() {
		w.snap.Records[k] = state.NewTable(k, state.Salesforce)
	}
	return w
}

// settle takes captures whenever anything happened, and at every session.
func (w *world) settle(sessions int) {
	w.instants = []time.Time{w.at}
	for n := 1; n < sessions; n++ {
		w.instants = append(w.instants, w.session(n+1))
	}
	tables := slices.Clone(w.snap.Records[1:])
	for _, box := range w.boxes {
		tables = append(tables, box.Items[1:]...)
	}
	for _, t := range tables {
		for _, o := range t.All() {
			for _, v := range o.Versions {
				if !v.SeenAt.IsZero() {
					w.instants = append(w.instants, v.SeenAt)
				}
			}
		}
	}
	slices.SortFunc(w.instants, time.Time.Compare)
	w.instants = slices.CompactFunc(w.instants, time.Time.Equal)
	for _, t := range tables {
		if t.Coverage.Captured() {
			t.Coverage.First, t.Coverage.Last = w.First(), w.Last()
		}
	}
}

// session is the instant of a session.
func (w *world) session(n int) time.Time { return w.at.Add(time.Duration(n-1) * w.every) }

// First is the first capture's instant.
func (w *world) First() time.Time { return w.instants[0] }

// Last is the last capture's instant.
func (w *world) Last() time.Time { return w.instants[len(w.instants)-1] }

// Captures lists a capture of every side at every instant.
func (w *world) Captures() []recording.Capture {
	var out []recording.Capture
	for _, at := range w.instants {
		out = append(out, recording.Capture{At: at, Source: "salesforce"})
		for _, u := range w.snap.Users {
			out = append(out, recording.Capture{At: at, Source: u.Address})
		}
	}
	return out
}

// mailboxes are the mailboxes of a snapshot.
type mailboxes map[string]*state.MailboxState

// Mailbox implements state.Mailboxes.
func (m mailboxes) Mailbox(u *state.User) (*state.MailboxState, error) { return m[u.Address], nil }

// At is the world as captures up to and including t show it.
func (w *world) At(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s, diags := w.Context(t)
	for _, k := range state.Kinds() {
		s.Records[k] = known(w.snap.Records[k], t)
	}
	boxes := mailboxes{}
	for address, box := range w.boxes {
		c := state.NewMailboxState()
		c.Links = box.Links.Clone()
		for _, k := range state.Kinds() {
			c.Items[k] = known(box.Items[k], t)
		}
		boxes[address] = c
	}
	s.Mailboxes = boxes
	return s, diags
}

// Context is At without records and items.
func (w *world) Context(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	s := *w.snap
	s.At, s.LastCapture = t, t
	for _, at := range w.instants {
		if !at.After(t) {
			s.LastCapture = at
		}
	}
	s.Mailboxes = mailboxes{}
	for _, k := range state.Kinds() {
		s.Records[k] = state.NewTable(k, state.Salesforce)
		s.Records[k].Coverage = coverageAt(w.snap.Records[k].Coverage, t)
	}
	return &s, nil
}

// Coverage is that of a mailbox.
func (w *world) Coverage(address string, t time.Time) (out [4]state.Coverage) {
	for _, k := range state.Kinds() {
		out[k] = coverageAt(w.boxes[address].Items[k].Coverage, t)
	}
	return out
}

func coverageAt(c state.Coverage, t time.Time) state.Coverage {
	if c.Captured() && c.Last.After(t) {
		c.Last = t
	}
	return c
}

// known is a table as captures up to an instant show it.
func known(t *state.Table, at time.Time) *state.Table {
	c := state.NewTable(t.Kind, t.Side)
	c.Coverage = coverageAt(t.Coverage, at)
	for _, o := range t.All() {
		seen := *o
		seen.Versions = slices.DeleteFunc(slices.Clone(o.Versions), func(v state.Version) bool { return v.SeenAt.After(at) })
		if len(seen.Versions) > 0 {
			c.Put(&seen)
		}
	}
	return c
}
