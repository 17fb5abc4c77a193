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
// the recording shows it, or, where nobody did anything to the thing since the session
// before (zero for the first one), the person's settings page, if that was changed since
// then (nil if not), or else the policy line and the clock.
func (op *Operation) Began(at, since time.Time, u *state.User, page *state.Preference) CauseStep {
	item, record := begun(op.Effect.Item, "in the mailbox of "+u.Name()), begun(op.Effect.Record, "in Salesforce")
	last := latest(item, record)
	switch op.Reason.Code {
	case "deleted_in_mailbox", "forbid_to_remove", "deleted_out_of_scope", "moved_out", "changed_in_mailbox", "upsync_pattern":
		last = item
	case "deleted_in_salesforce", "changed_in_salesforce":
		last = record
	case "changed_on_both", "both_gone", "matched", "matched_out_of_scope":
	default:
		if since.IsZero() || last != nil && !last.At.After(since) {
			last = nil
		}
	}
	if last != nil {
		return *last
	}
	if page != nil {
		return CauseStep{At: page.SeenAt.UTC(), Text: "the settings page of " + u.Name() + " was changed: the policy decides so from then on (" + op.Reason.Text + ")", Policy: op.Reason.Policy, File: page.File}
	}
	return CauseStep{At: at.UTC(), Text: "nobody did anything to it just then: the policy, with the time, the people and the list views as they were known then, decides so (" + op.Reason.Text + ")", Policy: op.Reason.Policy}
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
