package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"weir/engine"
)

// maxSettling bounds the sessions after the last one.
const maxSettling = 100

// Settled says how a run ended when it was asked to settle: the clock stands still
// and sessions repeat until one changes nothing or a state comes back. Exactly one
// member is set.
type Settled struct {
	// AfterSession is the last session before the one that changed nothing.
	AfterSession int          `json:"after_session,omitempty"`
	Oscillates   *Oscillation `json:"oscillates,omitempty"`
	// Unsettled is how many sessions were tried in vain.
	Unsettled int `json:"unsettled,omitempty"`
}

// Oscillation is the shortest run of sessions after which everything is as before.
type Oscillation struct {
	Sessions []int             `json:"sessions"` // one cycle
	Items    []OscillatingItem `json:"items"`
	// Rules are the policy lines that the operations of the cycle go by.
	Rules []engine.PolicyRef `json:"rules"`
}

// OscillatingItem is one thing that never comes to rest, with what happens to it in
// a cycle: operation ids, in order.
type OscillatingItem struct {
	User       string   `json:"user"`
	Kind       string   `json:"kind"`
	RecordID   string   `json:"record_id"`
	Title      string   `json:"title"`
	Operations []string `json:"operations"`
}

// settle lets sessions happen at the last one's instant until nothing changes.
func (r *run) settle(ctx context.Context) error {
	seen := map[fingerprint]int{r.world.fingerprint(): r.n}
	var plans []*engine.Plan // since the last session
	last := r.n
	for tried := 1; tried <= maxSettling; tried++ {
		r.n++
		plan, done, err := r.work(ctx, happenings{})
		if err != nil || r.diags.HasErrors() {
			return err
		}
		plans = append(plans, plan)
		if done.changes == 0 {
			r.out.Settled = &Settled{AfterSession: r.n - 1}
			break
		}
		now := r.world.fingerprint()
		if first, again := seen[now]; again {
			cycle := plans[first-last:]
			r.out.Settled = &Settled{Oscillates: oscillation(cycle)}
			r.noteOscillation(plan, r.out.Settled.Oscillates)
			break
		}
		seen[now] = r.n
		if tried == maxSettling {
			r.out.Settled = &Settled{Unsettled: tried}
			plan.Note("oscillation", nil, "", "", fmt.Sprintf("after %d more sessions something still changes in each, and no state has come back", tried))
		} else {
			r.file(plan, false)
		}
	}
	if r.settled != nil {
		r.settled(plans[len(plans)-1])
	}
	r.file(plans[len(plans)-1], true)
	r.out.SessionsRun = r.n
	return nil
}

// oscillation gathers what a cycle of sessions does.
func oscillation(cycle []*engine.Plan) *Oscillation {
	o := &Oscillation{Items: []OscillatingItem{}, Rules: []engine.PolicyRef{}}
	at := map[string]int{}
	for _, plan := range cycle {
		o.Sessions = append(o.Sessions, plan.Session)
		for _, u := range plan.Users {
			for i := range u.Operations {
				op := &u.Operations[i]
				if op.Held || op.Superseded || op.Fault != "" {
					continue
				}
				key := strings.Join([]string{u.User, op.Kind, orElse(op.RecordID, op.ItemID)}, "\x00")
				n, known := at[key]
				if !known {
					n, at[key] = len(o.Items), len(o.Items)
					o.Items = append(o.Items, OscillatingItem{User: u.User, Kind: op.Kind, RecordID: op.RecordID, Title: op.Title})
				}
				o.Items[n].Operations = append(o.Items[n].Operations, op.ID)
				for _, ref := range []*engine.PolicyRef{op.Reason.Policy, op.Effect.WhenOut} {
					if ref != nil && !slices.Contains(o.Rules, *ref) {
						o.Rules = append(o.Rules, *ref)
					}
				}
			}
		}
	}
	return o
}

func (r *run) noteOscillation(plan *engine.Plan, o *Oscillation) {
	var fed []string
	for _, ref := range o.Rules {
		fed = append(fed, fmt.Sprintf("%s:%d", ref.File, ref.Line))
	}
	for _, it := range o.Items {
		plan.NoteOscillation(len(o.Sessions), r.asked(o.Sessions[0]), r.user(it.User), orElse(it.RecordID, it.Operations[0]), it.Title, fed)
	}
}
