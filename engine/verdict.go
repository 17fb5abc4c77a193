package engine

import (
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file answers: is this record downsynced for this user? The answer is
// computed as if the kind's switch were on; the switch is a separate fact. What is
// asked is data: the checks are conditions that the user's settings give, over the
// record's attributes and the facts in facts.go.

// verdict is the answer with the result of every check, in the order of the
// kind's checks.
type verdict struct {
	fact    VerdictFact
	results [maxChecks]state.Truth // True passes
	// decisive is the first failing check, or the first unknown one; -1 when in.
	decisive int
}

// maxChecks is more than any kind has.
const maxChecks = 8

// checks are the checks of a kind for the desk's user; made when first asked for.
func (d *desk) checks(k state.Kind) []policies.Check {
	if d.checksOf[k] == nil {
		d.checksOf[k] = d.settings.Checks(k)
	}
	return d.checksOf[k]
}

// eventWindow is the condition of the desk's user's windows of events; made when
// first asked for.
func (d *desk) eventWindow() cond.Expr {
	if d.window == nil {
		d.window = d.settings.Scope(state.Event)
	}
	return d.window
}

// judge runs every check, so that explain can show all of them.
func (p *pair) judge() verdict {
	v := verdict{fact: In, decisive: -1}
	s := p.recordSubject()
	for i, c := range p.checks(p.kind) {
		r, _ := c.Holds.Eval(s) // nothing in it can fail: a view's error is an unknown fact
		v.results[i] = r
		switch {
		case r == state.False && v.fact != Out:
			v.fact, v.decisive = Out, i
		case r == state.Unknown && v.fact == In:
			v.fact, v.decisive = Undecided, i
		}
	}
	return v
}

// decisive is the check that decides the verdict, nil when in.
func (p *pair) decisive() *policies.Check {
	if p.verdict.decisive < 0 {
		return nil
	}
	return &p.checks(p.kind)[p.verdict.decisive]
}

// failing is the decisive check's reason code, "" when in.
func (p *pair) failing() string {
	if c := p.decisive(); c != nil {
		return c.Code
	}
	return ""
}

// recordSubject is what conditions for down see of the pair: the record, with its
// facts.
func (p *pair) recordSubject() *cond.Subject {
	if p.seen.Item == nil {
		p.seen = p.subject(p.rec, p.linkedItem(), p.link)
		p.seen.Facts = p
	}
	return &p.seen
}

// subject is what conditions see of a thing.
func (d *desk) subject(it, other *state.Item, link *state.Link) cond.Subject {
	return cond.Subject{Item: it, Other: other, Link: link, User: d.user, Directory: d.snap.Directory, Now: d.snap.At, Today: d.today, Ahead: d.ahead}
}
