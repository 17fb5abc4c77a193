package worlds

import (
	"fmt"
	"slices"
	"time"

	"weir/engine"
	"weir/state"
)

// This file carries a plan out on the world, simply: what is written is what the
// plan says, links keep no base, so that both sides derive it from what was seen.

func (w *World) CarryOut(plan *engine.Plan) {
	for _, u := range plan.Users {
		for i := range u.Operations {
			if op := &u.Operations[i]; !op.Held && op.On == engine.OnLink {
				w.relink(u.User, op.Effect)
			}
		}
		for i := range u.Operations {
			if op := &u.Operations[i]; !op.Held && op.On != engine.OnLink {
				w.apply(u.User, op)
			}
		}
	}
	w.pass(time.Minute)
}

func (w *World) apply(user string, op *engine.Operation) {
	e := op.Effect
	items, records := w.Boxes[user].Items[e.Kind], w.Snap.Records[e.Kind]
	switch {
	case op.On == engine.OnMailbox && (op.Op == engine.OpCreate || op.Op == engine.OpRestore):
		it := w.written(e.NewItem, w.newID())
		items.Put(&state.Object{ID: it.ID, Kind: e.Kind, Versions: []state.Version{w.now(it)}})
		w.relinkTo(user, e, e.Link.RecordID, it.ID)
	case op.On == engine.OnMailbox && op.Op == engine.OpUpdate:
		items.Put(items.Get(e.Item.ID).With(w.now(w.written(e.NewItem, e.Item.ID))))
		w.relink(user, e)
	case op.On == engine.OnMailbox:
		items.Put(items.Get(e.Item.ID).With(state.Version{From: w.Snap.At, State: state.Deleted, Item: e.Item.Item()}))
		w.relink(user, e)
	case op.Op == engine.OpCreate:
		rec := w.written(e.NewRecord, w.newID())
		records.Put(&state.Object{ID: rec.ID, Kind: e.Kind, Versions: []state.Version{w.now(rec)}})
		w.relinkTo(user, e, rec.ID, e.Link.ItemID)
	default:
		w.writeRecord(user, op, records)
	}
}

// writeRecord updates, declines or deletes in Salesforce, unless another mailbox
// of the session has already taken the record away.
func (w *World) writeRecord(user string, op *engine.Operation, records *state.Table) {
	e := op.Effect
	o := records.Get(e.Record.ID)
	if o.State() != state.Live {
		return
	}
	rec := w.written(o.Item(), o.ID)
	v := w.now(rec)
	switch op.Op {
	case engine.OpUpdate:
		rec.CarriedAt = e.Item.Item().Value(state.AttrModified).Instant()
		for _, a := range e.Fields {
			engine.CopyWritten(rec, e.NewRecord, a)
		}
	case engine.OpDecline:
		rec.Invitees = slices.Clone(rec.Invitees)
		for i := range rec.Invitees {
			if rec.Invitees[i].UserID == e.User.ID {
				rec.Invitees[i].Response = "declined"
			}
		}
	case engine.OpDelete:
		v = state.Version{From: w.Snap.At, State: state.Deleted, Item: o.Item()}
	}
	records.Put(o.With(v))
	w.relink(user, e)
}

// written is a state as the sync leaves it.
func (w *World) written(it *state.Item, id string) *state.Item {
	it = it.Clone()
	it.ID, it.BySync, it.CarriedAt = id, state.True, time.Time{}
	it.Set(state.AttrModified, state.InstantValue(w.Snap.At))
	if !it.Value(state.AttrCreated).IsRecorded() {
		it.Set(state.AttrCreated, state.InstantValue(w.Snap.At))
	}
	return it
}

func (w *World) now(it *state.Item) state.Version {
	return state.Version{From: w.Snap.At, SeenAt: w.Snap.At, State: state.Live, Item: it}
}

func (w *World) newID() string {
	w.made++
	return fmt.Sprintf("S%d", w.made)
}

func (w *World) relink(user string, e *engine.Effect) {
	if e.Link == nil {
		w.Boxes[user].Links.Drop(e.Old)
		return
	}
	w.relinkTo(user, e, e.Link.RecordID, e.Link.ItemID)
}

func (w *World) relinkTo(user string, e *engine.Effect, record, item string) {
	link := *e.Link
	link.RecordID, link.ItemID, link.Base = record, item, nil
	if e.Old != nil {
		w.Boxes[user].Links.Drop(e.Old)
	}
	w.Boxes[user].Links.Put(&link)
}

// pass lets time go by.
func (w *World) pass(d time.Duration) { w.Snap.At = w.Snap.At.Add(d) }
