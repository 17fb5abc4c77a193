package simulate

import (
	"slices"
	"strings"

	"weir/engine"
)

// ledger remembers what was listed already, so that a session shows what is new
// about it: held and skipped rows when they first appear or their reason
// changes, findings when their words change.
type ledger struct {
	rows     map[string]string // reason by row
	count    map[string]int    // rows listed so far, each once, by what they are
	findings *engine.FindingLog
}

func newLedger() *ledger {
	return &ledger{rows: map[string]string{}, count: map[string]int{}, findings: engine.NewFindingLog()}
}

// fresh reports a row that is new or has another reason than before.
func (l *ledger) fresh(what, reason string, parts ...string) bool {
	key := what + "\x00" + strings.Join(parts, "\x00")
	was, known := l.rows[key]
	if known && was == reason {
		return false
	}
	if !known {
		l.count[what]++
	}
	l.rows[key] = reason
	return true
}

// file lists a session's plan if there is anything new about it, or in any case,
// and adds it to the run's totals.
func (r *run) file(plan *engine.Plan, always bool) {
	plan.Summary = engine.Summary{}
	for i := range plan.Users {
		r.fileUser(i, &plan.Users[i])
		plan.Summary.Add(plan.Users[i].Summary)
	}
	plan.Findings = r.listed.findings.Fresh(plan)
	plan.Verdict = engine.VerdictOf(plan.Summary, plan.Findings)
	s := plan.Summary
	r.addUp(s)
	if s.Operations.Total() == 0 && s.Held == 0 && s.Skipped == 0 && len(plan.Findings) == 0 && !always {
		return
	}
	if !r.opts.Forget {
		r.out.Sessions = append(r.out.Sessions, plan)
	}
	if r.opts.OnSession != nil {
		r.opts.OnSession(plan)
	}
}

// addUp sums operations and counts every held or skipped row once; what merely is
// so at the moment (unchanged, unseen, others, personal) is that of the last
// planned session.
func (r *run) addUp(s engine.Summary) {
	sum := &r.out.Summary
	sum.Add(engine.Summary{Operations: s.Operations})
	sum.Held, sum.Skipped = r.listed.count["held"], r.listed.count["skipped"]
	sum.Unchanged, sum.Unseen, sum.Others, sum.Personal = s.Unchanged, s.Unseen, s.Others, s.Personal
}

// fileUser keeps a user's operations and whatever is newly held or skipped. What is
// skipped in a draft that was filed before, when nothing in it was new, is as it was.
func (r *run) fileUser(i int, u *engine.UserPlan) {
	m := &r.world.memory
	u.Operations = slices.DeleteFunc(u.Operations, func(op engine.Operation) bool {
		return op.Held && !r.listed.fresh("held", op.Reason.Code+"/"+op.HeldBy.Code, u.User, op.Kind, op.RecordID, op.ItemID, string(op.Op), string(op.On))
	})
	if m.anew[i] {
		m.filed[i] = false
	}
	if m.filed[i] {
		u.Skipped = []engine.Skipped{}
	} else {
		u.Skipped = slices.DeleteFunc(slices.Clone(u.Skipped), func(s engine.Skipped) bool {
			return !r.listed.fresh("skipped", s.Row+"/"+s.Reason.Code, u.User, s.Kind, s.RecordID, s.ItemID)
		})
		m.filed[i] = len(u.Skipped) == 0
	}
	u.Recount()
}

// finish completes the result.
func (r *run) finish() *Result {
	r.out.To = r.at.UTC()
	r.out.Findings = r.listed.findings.All()
	r.out.Verdict = engine.VerdictOf(r.out.Summary, r.out.Findings)
	return r.out
}
