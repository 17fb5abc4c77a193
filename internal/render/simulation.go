package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"weir/engine"
	"weir/simulate"
)

// Simulation writes a whole run: headline, what to watch, a block a session in
// which something changed, totals. The tally is over all listed sessions, taken
// before any selection of people.
func Simulation(w io.Writer, res *simulate.Result, h Header, t *Tally, opts TextOptions) error {
	r := newReport(w, h, t, opts)
	r.headline(utcClock.full(res.From)+" to "+utcClock.full(res.To)+" UTC", everyText(res.Every))
	r.counts(res.Summary, r.sessionsLine(res))
	if text := replayed(res.Replay); text != "" {
		r.p.line("  " + text)
	}
	if res.Faults != nil {
		r.p.line("  " + r.faults(res.Faults))
	}
	r.findings(res.Findings, res.Guardrails)
	if opts.Summary {
		r.perUser(res.Sessions)
		return r.p.flush()
	}
	for i, plan := range res.Sessions {
		r.session(plan, i == 0)
	}
	r.totals(res.Summary)
	return r.p.flush()
}

// everyText writes a Go duration as people say it: "every 30 min".
func everyText(every string) string {
	d, err := time.ParseDuration(every)
	if err != nil || d <= 0 {
		return ""
	}
	switch {
	case d%(24*time.Hour) == 0:
		return "every " + count(int(d/(24*time.Hour)), "day", "days")
	case d%time.Hour == 0:
		return fmt.Sprintf("every %d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("every %d min", d/time.Minute)
	}
	return "every " + d.String()
}

func (r *report) sessionsLine(res *simulate.Result) string {
	line := count(res.SessionsRun, "session", "sessions") + ", " + Thousands(r.t.Changed) + " with changes"
	if res.Settled != nil {
		line += " · " + settledText(res.Settled)
	}
	return line
}

func settledText(s *simulate.Settled) string {
	switch {
	case s.Oscillates != nil:
		n := len(s.Oscillates.Sessions)
		return fmt.Sprintf("never settles: %s repeat from session %s", count(n, "session", "sessions"), Thousands(s.Oscillates.Sessions[0]))
	case s.Unsettled > 0:
		return fmt.Sprintf("not settled after %s more", count(s.Unsettled, "session", "sessions"))
	}
	return fmt.Sprintf("settles after session %s", Thousands(s.AfterSession))
}

// replayed says what became of what the recording shows after the first session.
func replayed(c simulate.ReplayCounts) string {
	if c == (simulate.ReplayCounts{}) {
		return ""
	}
	parts := []string{count(c.Replayed, "change", "changes") + " of people replayed", Thousands(c.LeftOut) + " of the real sync left out"}
	if c.Undecided > 0 {
		parts = append(parts, Thousands(c.Undecided)+" undecided")
	}
	if c.Unreachable > 0 {
		parts = append(parts, Thousands(c.Unreachable)+" unreachable")
	}
	return joinDots(parts...)
}

// faultWords say what happened to what a fault struck.
var faultWords = map[simulate.FaultKind]string{simulate.Cut: "cut short", simulate.Reject: "rejected", simulate.Budget: "out of budget",
	simulate.Delay: "seen late", simulate.Duplicate: "told of twice"}

// faults says what was injected and what became of it.
func (r *report) faults(f *simulate.FaultReport) string {
	var kinds []string
	for _, k := range f.Kinds {
		switch n := f.Injected[k]; {
		case n > 0 && k == simulate.Skew:
			kinds = append(kinds, "clocks "+strings.TrimPrefix(f.Skew, "-")+" apart")
		case n > 0:
			kinds = append(kinds, Thousands(n)+" "+faultWords[k])
		}
	}
	line := fmt.Sprintf("with faults (seed %d): %s injected", f.Seed, Thousands(f.Total()))
	if len(kinds) > 0 {
		line += " (" + strings.Join(kinds, ", ") + ")"
	}
	if f.Same {
		return line + ", same state as without"
	}
	return line + ", " + r.p.paint(warn, count(len(f.Differences), "thing ends", "things end")+" otherwise than without")
}

// session writes one session's block; one in which nothing is shown goes without,
// unless it is the first.
func (r *report) session(plan *engine.Plan, first bool) {
	shown := activeUsers(plan, r.opts.Skipped)
	newly := newlySkipped(plan)
	if len(shown) == 0 && !first && (newly == "" || r.opts.Skipped) {
		return
	}
	r.p.blank()
	r.p.line(r.p.paint(bold, r.sessionHead(plan, shown)))
	for _, u := range shown {
		r.user(u, "  ", plan.At)
	}
	if newly != "" && !r.opts.Skipped && !first {
		r.p.line("  · " + newly)
	}
}

// sessionHead says when and how much, in the person's own zone if the session
// concerns one person only.
func (r *report) sessionHead(plan *engine.Plan, shown []*engine.UserPlan) string {
	c := utcClock
	if len(shown) == 1 {
		c = newClock(shown[0].TimeZone, r.opts.Zone)
	}
	changes, held, failed := 0, 0, 0
	for _, u := range shown {
		for _, op := range u.Operations {
			switch {
			case op.Held:
				held++
			case op.Fault != "":
				failed++
			default:
				changes++
			}
		}
	}
	parts := []string{fmt.Sprintf("Session %s", Thousands(plan.Session)), c.at(plan.At)}
	if len(shown) > 0 {
		parts = append(parts, people(len(shown)))
	}
	if changes > 0 || held+failed == 0 {
		parts = append(parts, changesText(changes))
	}
	if held > 0 {
		parts = append(parts, Thousands(held)+" held")
	}
	if failed > 0 {
		parts = append(parts, Thousands(failed)+" failed")
	}
	return joinDots(parts...)
}

func changesText(n int) string {
	if n == 0 {
		return "nothing changes"
	}
	return count(n, "change", "changes")
}

func activeUsers(plan *engine.Plan, skipped bool) []*engine.UserPlan {
	var shown []*engine.UserPlan
	for i := range plan.Users {
		u := &plan.Users[i]
		if len(u.Operations) > 0 || skipped && len(u.Skipped) > 0 {
			shown = append(shown, u)
		}
	}
	return shown
}

// newlySkipped counts what stopped being synced, or is newly known not to be.
func newlySkipped(plan *engine.Plan) string {
	counts, total := map[string]int{}, 0
	for _, u := range plan.Users {
		for _, s := range u.Skipped {
			counts[skipWords(s.Reason)]++
			total++
		}
	}
	if total == 0 {
		return ""
	}
	var parts []string
	for _, reason := range ranked(counts) {
		parts = append(parts, Thousands(reason.n)+" "+reason.words)
	}
	return "newly not synced: " + strings.Join(parts, ", ")
}
