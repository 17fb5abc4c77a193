package simulate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/state"
)

// Question asks why, of one session of a simulation.
type Question struct {
	Session    int    // from 1
	User, Item string // as engine.Explain takes them
}

// Answer is what a question comes to.
type Answer struct {
	At           time.Time
	Explanations []engine.Explanation
	LeftOut      *engine.Reason // why the session leaves the person out entirely
}

// Explain simulates up to a session and explains what that session makes of one
// person's things, with the operations of earlier sessions that led to it. What it
// returns besides is as for [Run].
func Explain(ctx context.Context, src Source, set *policies.Set, opts Options, q Question) (*Answer, hcl.Diagnostics, error) {
	r, diags, err := newRun(src, set, opts)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	if q.Session < 1 || q.Session > r.total && !opts.Settle {
		return nil, diags, fmt.Errorf("there is no session %d: the simulation has %d; only one that settles goes on", q.Session, r.total)
	}
	in := &inquiry{Question: q, past: map[string]pastOperation{}, before: map[int]time.Time{}, pages: map[string]*state.Preference{}}
	r.inquiry = in
	if q.Session <= r.total {
		r.total, r.opts.Settle = q.Session, false // the last session is always planned
	}
	if _, diags, err := r.toEnd(ctx); err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	if in.answer == nil {
		return nil, r.diags, fmt.Errorf("there is no session %d: nothing new comes after session %d", q.Session, r.n)
	}
	return in.answer, r.diags, nil
}

// inquiry remembers what a question needs while sessions go by.
type inquiry struct {
	Question
	past   map[string]pastOperation
	before map[int]time.Time // when the session before one was
	pages  map[string]*state.Preference
	answer *Answer
}

// pastOperation is an operation that was carried out.
type pastOperation struct {
	op      *engine.Operation
	session int
	at      time.Time
	user    *state.User
	page    *state.Preference // of the user, if it was changed since the session before
}

// note keeps what may be a cause later.
func (in *inquiry) note(plan *engine.Plan, snap *state.Snapshot, every time.Duration) {
	if plan.Session > 1 {
		in.before[plan.Session] = plan.At.Add(-every)
	}
	changed := in.turnPages(snap)
	for i := range plan.Users {
		address := plan.Users[i].User
		for j := range plan.Users[i].Operations {
			op := plan.Users[i].Operations[j] // a copy: filing a plan shortens its list
			in.past[op.ID] = pastOperation{&op, plan.Session, plan.At, userAt(snap, address), changed[address]}
		}
	}
}

// turnPages remembers people's settings pages, and says which were changed since the
// last time, by address.
func (in *inquiry) turnPages(snap *state.Snapshot) map[string]*state.Preference {
	changed := map[string]*state.Preference{}
	for _, u := range snap.Users {
		was, known := in.pages[u.Address]
		if known && u.Preference != nil && !u.Preference.Says(was) {
			changed[u.Address] = u.Preference
		}
		in.pages[u.Address] = u.Preference
	}
	return changed
}

func userAt(snap *state.Snapshot, address string) *state.User {
	for _, u := range snap.Users {
		if u.Address == address {
			return u
		}
	}
	return nil
}

// ask answers the question from the world as the session meets it.
func (in *inquiry) ask(ctx context.Context, plan *engine.Plan, snap *state.Snapshot, set *policies.Set, opts engine.Options) (hcl.Diagnostics, error) {
	found, diags, err := engine.Explain(ctx, snap, set, in.User, in.Item, opts)
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	a := &Answer{At: plan.At, Explanations: found}
	if len(found) == 0 {
		if a.LeftOut, err = engine.LeftOut(snap, set, in.User, opts); err != nil {
			return diags, err
		}
	}
	for i := range found {
		in.trace(&found[i])
	}
	in.answer = a
	return diags, nil
}

// trace walks back from a thing's operations to what began them; what several follow
// from is told once.
func (in *inquiry) trace(e *engine.Explanation) {
	told := map[string]bool{}
	for i := range e.Operations {
		p, ok := in.past[e.Operations[i].ID]
		if !ok {
			continue
		}
		e.Operations[i].Cause = p.op.Cause
		for ok && p.op.Cause != "" && !told[p.op.Cause] {
			told[p.op.Cause] = true
			if p, ok = in.past[p.op.Cause]; ok {
				e.Causes = append(e.Causes, p.op.Step(p.session, p.at, p.user))
			}
		}
		if !ok || p.op.Cause != "" {
			continue
		}
		began := p.op.Began(p.at, in.before[p.session], p.user, p.page)
		if !slices.ContainsFunc(e.Causes, func(s engine.CauseStep) bool { return s.At.Equal(began.At) && s.Text == began.Text }) {
			e.Causes = append(e.Causes, began)
		}
	}
}
