package engine

import (
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// ruling is what the rules of one direction say about one thing.
type ruling struct {
	done    bool
	exclude *policies.UserRule // the first rule that excludes; nil when a hold beats it
	hold    *holding           // what the rules hold, nil for nothing
	// all: the hold comes from an exclude rule that cannot be decided, so nothing at
	// all may be done about the thing until it can.
	all bool
}

// holding says why an operation is held.
type holding struct {
	code   string // rule_hold, rule_unknown, rule_error, …
	text   string
	origin policies.Origin
}

// consult asks the user's rules of one direction. A rule whose condition is
// unknown or fails holds; hold beats exclude; of several the first by file and
// line is the reason (Settings.Rules is in that order).
func (d *desk) consult(kind state.Kind, direction policies.Direction, s *cond.Subject) ruling {
	r := ruling{done: true}
	var certain, doubtful *holding
	d.observeRules(kind, direction, s)
	for _, i := range d.rules().Find(direction, s) {
		rule := &d.settings.Rules[i]
		if !rule.AppliesTo(kind, direction) || rule.Member == state.False {
			continue
		}
		truth, err := rule.When.Eval(s)
		if err == nil {
			truth = truth.And(rule.Member)
		}
		switch {
		case err == nil && truth == state.False:
		case err == nil && truth == state.True && rule.Effect == policies.Exclude:
			if r.exclude == nil {
				r.exclude = rule
			}
		case err == nil && truth == state.True:
			if certain == nil {
				certain = &holding{"rule_hold", ruleText(rule.Rule), rule.Origin}
			}
		default:
			r.all = r.all || rule.Effect == policies.Exclude
			if doubtful == nil {
				doubtful = d.doubt(rule, err, s)
			}
		}
	}
	r.hold = certain
	if r.hold == nil {
		r.hold = doubtful
	}
	if r.hold != nil {
		r.all = r.all || r.exclude != nil && certain == nil
		r.exclude = nil
	}
	return r
}

// rules finds the rules that may apply; made when first asked for.
func (d *desk) rules() *policies.RuleFinder {
	if d.finder == nil {
		at := d.subject(nil, nil, nil)
		d.finder = d.settings.RuleFinder(&at)
	}
	return d.finder
}

// doubt words why a rule cannot be decided. What an evaluator says may quote
// values, so it is kept back for private things.
func (d *desk) doubt(rule *policies.UserRule, err error, s *cond.Subject) *holding {
	if err != nil && !d.opts.ShowPrivate && (isPrivate(s.Item) || isPrivate(s.Other)) {
		return &holding{"rule_error", "rule " + rule.Name + " failed on a private event", rule.Origin}
	}
	if err != nil {
		return &holding{"rule_error", "rule " + rule.Name + " failed: " + err.Error(), rule.Origin}
	}
	if rule.Member == state.Unknown {
		return &holding{"rule_unknown", "rule " + rule.Name + " is limited to groups whose membership cannot be told", rule.Origin}
	}
	return &holding{"rule_unknown", "rule " + rule.Name + " reads something that was not recorded", rule.Origin}
}

func ruleText(r *policies.Rule) string {
	if r.Reason == "" {
		return "rule " + r.Name
	}
	return "rule " + r.Name + ": " + r.Reason
}

func (p *pair) applyDownRules() {
	if p.down.done {
		return
	}
	if p.rec == nil || len(p.settings.Rules) == 0 {
		p.down.done = true
		return
	}
	p.down = p.consult(p.kind, policies.Down, p.recordSubject())
}

func (p *pair) applyUpRules() {
	if p.up.done {
		return
	}
	if p.itm == nil || len(p.settings.Rules) == 0 {
		p.up.done = true
		return
	}
	s := p.subject(p.itm, p.linkedRecord(), p.link)
	p.up = p.consult(p.kind, policies.Up, &s)
}

// linkedItem and linkedRecord are the link's other side: what conditions fall
// back on. Without a link there is none, even for things that match.
func (p *pair) linkedItem() *state.Item {
	if p.link == nil {
		return nil
	}
	return p.itm
}

func (p *pair) linkedRecord() *state.Item {
	if p.link == nil {
		return nil
	}
	return p.rec
}

// observeRules tells the observer, if there is one, of every rule that is about the
// thing.
func (d *desk) observeRules(kind state.Kind, direction policies.Direction, s *cond.Subject) {
	if d.opts.Observer == nil {
		return
	}
	for i := range d.settings.Rules {
		if rule := &d.settings.Rules[i]; rule.AppliesTo(kind, direction) && rule.Member != state.False {
			d.opts.Observer.Rule(rule.Rule, s)
		}
	}
}
