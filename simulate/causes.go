package simulate

import (
	"weir/engine"
	"weir/state"
)

// This file names, for an operation, the one of the session right before that it
// follows from: another mailbox's that wrote, made or removed the record, or the
// person's own on it, if nobody has touched either side since. What was planned then
// and not carried out, being held or struck by a fault, keeps its cause until it is. What
// else comes later than the next session has another reason: the clock, the settings, a
// person.

// doing is an operation that was carried out.
type doing struct {
	op, user string
	session  int
}

// doings remember the latest operations on every record that nobody has touched
// since.
type doings struct {
	// records are those that wrote, made or removed a record; own are each person's
	// latest on a record and their copy, links included.
	records map[recordKey]doing
	own     map[recordKey]map[string]doing
	// others are the latest on a record by somebody else than who did the latest: of
	// two people who write one in the same session, each hears of the other.
	others map[recordKey]doing
	// planned are each person's operations with a cause that were not carried out.
	planned map[recordKey]map[string]plannedOp
}

// plannedOp is a planned operation: the row that plans it and its cause.
type plannedOp struct{ row, cause string }

func newDoings() doings {
	return doings{records: map[recordKey]doing{}, own: map[recordKey]map[string]doing{}, others: map[recordKey]doing{}, planned: map[recordKey]map[string]plannedOp{}}
}

// did notes an operation that was carried out; wrote tells one that wrote, made or
// removed the record.
func (d *doings) did(session int, user string, op *engine.Operation, key recordKey, wrote bool) {
	this := doing{op.ID, user, session}
	delete(d.planned[key], user)
	if wrote {
		if last, ok := d.records[key]; ok && last.user != user {
			d.others[key] = last
		}
		d.records[key] = this
	}
	if d.own[key] == nil {
		d.own[key] = map[string]doing{}
	}
	d.own[key][user] = this
}

// touch forgets what sessions did to a thing that a person has acted on; user is ""
// for a record.
func (w *world) touch(user string, kind state.Kind, id string) {
	if user == "" {
		delete(w.doings.records, recordKey{kind, id})
		delete(w.doings.others, recordKey{kind, id})
		delete(w.doings.own, recordKey{kind, id})
		delete(w.doings.planned, recordKey{kind, id})
	} else if link := w.boxes[user].Links.OfItem(kind, id); link != nil {
		delete(w.doings.own[recordKey{kind, link.RecordID}], user)
		delete(w.doings.planned[recordKey{kind, link.RecordID}], user)
	}
}

// explainCauses fills in the causes of a plan's operations.
func (w *world) explainCauses(plan *engine.Plan) {
	for i := range plan.Users {
		u := &plan.Users[i]
		for j := range u.Operations {
			op := &u.Operations[j]
			op.Cause = w.doings.causeOf(plan.Session, u.User, op)
		}
	}
}

// causeOf is the cause of an operation, also of one that was planned before.
func (d *doings) causeOf(session int, user string, op *engine.Operation) string {
	key, cause := recordKey{op.Effect.Kind, op.RecordID}, d.cause(session, user, op)
	if op.RecordID == "" {
		return cause
	}
	if before := d.planned[key][user]; cause == "" && before.row == op.Row {
		cause = before.cause
	}
	if cause != "" {
		if d.planned[key] == nil {
			d.planned[key] = map[string]plannedOp{}
		}
		d.planned[key][user] = plannedOp{op.Row, cause}
	}
	return cause
}

// cause is the id of the operation that another one follows from, "" for none.
func (d *doings) cause(session int, user string, op *engine.Operation) string {
	key := recordKey{op.Effect.Kind, op.RecordID}
	own, acted := d.own[key][user]
	by, written := d.records[key]
	if written && by.user == user {
		by, written = d.others[key]
	}
	switch {
	case op.RecordID == "":
	case written && by.session == session-1 && op.On != engine.OnSalesforce:
		return by.op
	case acted && own.session == session-1:
		return own.op
	}
	return ""
}
