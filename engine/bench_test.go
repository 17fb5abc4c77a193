package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"weir/engine"
	"weir/policies"
	"weir/state"
	"weir/state/zone"
)

// benchWorld is one user with so many linked tasks, half of which changed in
// Salesforce since, so many unlinked ones and as many personal items.
func benchWorld(n int) *state.Snapshot {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	full := state.Coverage{First: at.AddDate(0, 0, -30), Last: at, Complete: true}
	box := state.NewMailboxState()
	snap := &state.Snapshot{At: at, LastCapture: at, InviteesRecorded: true, Directory: state.NewDirectory(), Markers: state.DefaultMarkers(), Mailboxes: oneBox{box}}
	for _, k := range state.Kinds() {
		snap.Records[k] = state.NewTable(k, state.Salesforce)
		snap.Records[k].Coverage, box.Items[k].Coverage = full, full
	}
	u := &state.User{ID: "ann", Address: "ann@acme.example", Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
	u.Values[state.UserActive] = state.BoolValue(true)
	snap.Users = append(snap.Users, u)
	thing := func(side state.Side, id, title string, when time.Time) *state.Object {
		it := state.NewItem(state.Task, side, id)
		it.BySync = state.False
		it.Set(state.AttrTitle, state.TextValue(title))
		it.Set(state.AttrClosed, state.BoolValue(false))
		it.Set(state.AttrStatus, state.TextValue("Not Started"))
		it.Set(state.AttrPriority, state.TextValue("Normal"))
		it.Set(state.AttrDue, state.DayValue(state.DateOf(at, time.UTC)))
		it.Set(state.AttrBody, state.EmptyValue())
		it.Set(state.AttrModified, state.InstantValue(when))
		it.Set(state.AttrCategories, state.TextsValue(nil))
		it.Set(state.AttrSubtype, state.TextValue("Task"))
		if side == state.Salesforce {
			it.Set(state.AttrOwner, state.TextValue("ann"))
		}
		return &state.Object{ID: id, Kind: state.Task, Versions: []state.Version{{From: when, SeenAt: when, State: state.Live, Item: it}}}
	}
	then := at.AddDate(0, 0, -5)
	for i := range n {
		record, item := fmt.Sprintf("T%06d", i), fmt.Sprintf("I%06d", i)
		r := thing(state.Salesforce, record, "Task "+record, then)
		if i%2 == 0 {
			changed := r.Item().Clone()
			changed.Set(state.AttrTitle, state.TextValue("Changed"))
			r = r.With(state.Version{From: at.Add(-time.Hour), SeenAt: at.Add(-time.Hour), State: state.Live, Item: changed})
		}
		snap.Records[state.Task].Put(r)
		box.Items[state.Task].Put(thing(state.Mailbox, item, "Task "+record, then))
		box.Links.Put(&state.Link{Kind: state.Task, RecordID: record, ItemID: item, State: state.LinkActive, Born: state.Salesforce})
		snap.Records[state.Task].Put(thing(state.Salesforce, "U"+record, "Unlinked "+record, then))
		box.Items[state.Task].Put(thing(state.Mailbox, "P"+item, "Personal "+item, then))
	}
	return snap
}

type oneBox struct{ box *state.MailboxState }

func (b oneBox) Mailbox(*state.User) (*state.MailboxState, error) { return b.box, nil }

// BenchmarkPlan measures a whole plan; an item is a linked pair, an unlinked
// record or a personal item.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{100, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			snap := benchWorld(n)
			mallocs := mallocCount()
			for b.Loop() {
				p, _, err := engine.MakePlan(context.Background(), snap, policies.Default(), engine.Options{})
				if err != nil || p.Summary.Operations.Mailbox.Update != (n+1)/2 || p.Summary.Operations.Mailbox.Create != n ||
					p.Summary.Unchanged != n/2 || p.Summary.Personal != n {
					b.Fatalf("wrong answer: %+v, %v", p.Summary, err)
				}
			}
			perItem(b, 3*n, mallocs)
		})
	}
}

// BenchmarkDecide measures one user's decisions without putting the plan
// together.
func BenchmarkDecide(b *testing.B) {
	const n = 1000
	snap := benchWorld(n)
	s, diags := engine.NewSession(snap, policies.Default(), engine.Options{})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	mallocs := mallocCount()
	for b.Loop() {
		d, err := s.Draft(context.Background(), snap.Users[0])
		if err != nil {
			b.Fatal(err)
		}
		if got := s.Assemble([]*engine.Draft{d}).Summary; got.Operations.Mailbox.Create != n {
			b.Fatalf("wrong answer: %+v", got)
		}
	}
	perItem(b, 3*n, mallocs)
}

// BenchmarkVerdicts measures how long it takes to decide on unlinked records of
// each sort: most of the work is the verdict.
func BenchmarkVerdicts(b *testing.B) {
	const n = 1000
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	sorts := []struct {
		name string
		kind state.Kind
		fill func(it *state.Item, i int)
	}{
		{name: "closed task", kind: state.Task, fill: func(it *state.Item, i int) {
			it.BySync = state.False
			it.Set(state.AttrClosed, state.BoolValue(true))
			it.Set(state.AttrSubtype, state.TextValue("Task"))
			it.Set(state.AttrDue, state.DayValue(state.DateOf(at, time.UTC).AddDays(-20-i%40)))
			it.Set(state.AttrCreated, state.InstantValue(at.AddDate(0, -6, 0)))
			it.Set(state.AttrModified, state.InstantValue(at.AddDate(0, 0, -i%60)))
		}},
		{name: "timed event", kind: state.Event, fill: func(it *state.Item, i int) {
			it.Set(state.AttrAllDay, state.BoolValue(false))
			it.Set(state.AttrStart, state.InstantValue(at.AddDate(0, 0, i%160-40)))
			it.Set(state.AttrEnd, state.InstantValue(at.AddDate(0, 0, i%160-40).Add(time.Hour)))
		}},
		{name: "series", kind: state.Event, fill: func(it *state.Item, i int) {
			it.Set(state.AttrAllDay, state.BoolValue(false))
			it.Set(state.AttrRecurring, state.BoolValue(true))
			it.Set(state.AttrStart, state.InstantValue(at.AddDate(0, 0, i%160-140)))
			it.Set(state.AttrEnd, state.InstantValue(at.AddDate(0, 0, i%160-140).Add(time.Hour)))
			it.Series = &state.Series{Rule: "FREQ=WEEKLY;COUNT=10", Zone: "Europe/Berlin"}
		}},
		{name: "contact", kind: state.Contact, fill: func(it *state.Item, i int) {
			it.Set(state.AttrLastName, state.TextValue(fmt.Sprint("Name ", i)))
		}},
	}
	for _, sort := range sorts {
		b.Run(sort.name, func(b *testing.B) {
			snap := benchWorld(0)
			snap.Users[0].Zone, _ = zone.Load("Europe/Berlin")
			for i := range n {
				it := state.NewItem(sort.kind, state.Salesforce, fmt.Sprintf("R%06d", i))
				it.Set(state.AttrTitle, state.TextValue(fmt.Sprint("Thing ", i)))
				it.Set(state.AttrOwner, state.TextValue("ann"))
				it.InviteesKnown = state.True
				sort.fill(it, i)
				snap.Records[sort.kind].Put(&state.Object{ID: it.ID, Kind: sort.kind,
					Versions: []state.Version{{From: at, SeenAt: at, State: state.Live, Item: it}}})
			}
			s, diags := engine.NewSession(snap, policies.Default(), engine.Options{})
			if diags.HasErrors() {
				b.Fatal(diags)
			}
			mallocs := mallocCount()
			for b.Loop() {
				d, err := s.Draft(context.Background(), snap.Users[0])
				if err != nil {
					b.Fatal(err)
				}
				if sum := s.Assemble([]*engine.Draft{d}).Summary; sum.Operations.Mailbox.Create+sum.Skipped != n {
					b.Fatalf("wrong answer: %+v", sum)
				}
			}
			perItem(b, n, mallocs)
		})
	}
}

func mallocCount() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}

// perItem reports time and allocations per item.
func perItem(b *testing.B, items int, mallocsBefore uint64) {
	n := float64(b.N) * float64(items)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/item")
	b.ReportMetric(float64(mallocCount()-mallocsBefore)/n, "allocs/item")
}
