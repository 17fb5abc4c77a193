package engine

import (
	"fmt"
	"time"

	"weir/state"
)

// CauseStep is one step of what led to an operation: an operation of an earlier
// session, or what began it all.
type CauseStep struct {
	// Operation is the id of an operation; "" for what began it, which is the last step.
	Operation string     `json:"operation,omitempty"`
	Session   int        `json:"session,omitempty"`
	At        time.Time  `json:"at"`
	User      string     `json:"user,omitempty"` // whose operation
	Text      string     `json:"text"`
	Policy    *PolicyRef `json:"policy,omitempty"`
	// File and Line are where the recording shows what a person did.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Step is the operation as a step of a chain of causes.
func (op *Operation) Step(session int, at time.Time, u *state.User) CauseStep {
	return CauseStep{Operation: op.ID, Session: session, At: at.UTC(), User: u.Address,
		Text: fmt.Sprintf("%s for %s: %s", opWords(*op), u.Name(), op.Reason.Text), Policy: op.Reason.Policy}
}

// Began says what an operation without a cause goes back to: what a person did, as
// the recording shows it, or, where nobody did anything, the policy line and the
// clock.
func (op *Operation) Began(at time.Time, u *state.User) CauseStep {
	e := op.Effect
	item := func() *CauseStep { return begun(e.Item, "in the mailbox of "+u.Name()) }
	record := func() *CauseStep { return begun(e.Record, "in Salesforce") }
	var found *CauseStep
	switch op.Reason.Code {
	case "deleted_in_mailbox", "forbid_to_remove", "deleted_out_of_scope", "moved_out", "changed_in_mailbox", "upsync_pattern", "both_gone", "after_window":
		found = item()
	case "deleted_in_salesforce", "changed_in_salesforce", "in_scope", "back_in_scope":
		found = record()
	default:
		// Both changed, out of scope, stopped or held: whatever happened last.
		found = latest(item(), record())
	}
	if found != nil && (op.Reason.Policy == nil || !at.After(found.At.Add(24*time.Hour))) {
		return *found
	}
	return CauseStep{At: at.UTC(), Text: "nobody did anything just then: the policy, at this time, decides so (" + op.Reason.Text + ")", Policy: op.Reason.Policy}
}

func latest(a, b *CauseStep) *CauseStep {
	if a == nil || b != nil && b.At.After(a.At) {
		return b
	}
	return a
}

// begun words a person's latest act on an object; nil if there is none.
func begun(o *state.Object, where string) *CauseStep {
	if o == nil || len(o.Versions) == 0 {
		return nil
	}
	v := o.Now()
	if v.State == state.Live && (v.Item == nil || v.Item.BySync == state.True) {
		return nil
	}
	did := "changed"
	switch {
	case v.State == state.Deleted:
		did = "deleted"
	case v.State == state.Merged:
		did = "merged into another"
	case v.State != state.Live:
		did = "seen no more"
	case len(o.Versions) == 1:
		did = "first seen"
	}
	c := &CauseStep{At: v.From.UTC(), Text: fmt.Sprintf("%s %s", did, where)}
	if v.Item != nil {
		if v.State != state.Live {
			c.Text += ", last shown"
		}
		c.File, c.Line = v.Item.File, v.Item.Line
	}
	return c
}
