package engine

import (
	"weir/policies"
	"weir/state"
)

// This file holds operations against the policy's invariants. They stop nothing: what
// would break one is a finding, and the plan is rejected.

// breach is an operation against an invariant, for certain or perhaps.
type breach struct {
	of      *policies.Invariant
	certain bool
}

// keepPromises marks the pair's operations that break an invariant. Limits may still
// hold them.
func (p *pair) keepPromises() {
	if len(p.promises) == 0 {
		return
	}
	for i := range p.ops {
		op := &p.ops[i]
		op.breaks = nil
		for _, promise := range p.promises {
			if op.Held || !promise.AboutKind(p.kind) || !promise.Forbids(string(op.Op), string(op.On)) {
				continue
			}
			if truth := p.promised(promise); truth != state.False {
				op.breaks = append(op.breaks, breach{promise.Invariant, truth == state.True})
			}
		}
	}
}

// promised asks whether the invariant is about the pair: of the record, or of the item
// where there is no record. What fails cannot be told.
func (p *pair) promised(promise policies.UserInvariant) state.Truth {
	s := p.subject(p.itm, p.linkedRecord(), p.link)
	if p.rec != nil {
		s = *p.recordSubject()
	}
	if s.Item == nil {
		return state.Unknown
	}
	truth, err := promise.When.Eval(&s)
	if err != nil {
		truth = state.Unknown
	}
	return truth.And(promise.Member)
}

// noteBroken notes the invariants that operations break which nothing holds.
func noteBroken(users []UserPlan, notes *notebook) {
	for i := range users {
		for j := range users[i].Operations {
			op := &users[i].Operations[j]
			if op.Held {
				continue
			}
			for _, b := range op.breaks {
				code := "invariant_unknown"
				if b.certain {
					code = "invariant_broken"
				}
				g := notes.entry(code, b.of.Name)
				g.add(findingCase{user: users[i].User, name: users[i].Name, item: orElse(op.RecordID, op.ItemID), title: op.Title})
				g.addDetail(doneTo(op))
				g.policy = refTo(b.of.Origin)
			}
		}
	}
}

// doneTo words an operation: "delete in mailbox".
func doneTo(op *Operation) string {
	side := "mailbox"
	if op.On == OnSalesforce {
		side = "Salesforce"
	}
	return string(op.Op) + " in " + side + " (" + op.Kind + "s)"
}
