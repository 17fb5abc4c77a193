package engine

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"weir/state"
)

// This file answers what would have to be different for a thing to sync. What
// stands against it is listed first (the switch, the checks that fail or cannot be
// told, rules, stops, gaps in the recording), each with the changes that may lift
// it. Then sets of changes are tried, the smallest first, by deciding the thing
// again with them: only what then does sync is an answer.

// Nearest is one answer: with all of the changes the thing would sync, and with any
// of them left out it would not.
type Nearest struct {
	Text    string          `json:"text"` // "would sync if it were due on or after 20 Apr"
	Changes []NearestChange `json:"changes"`
	// Row is the row of the decision table that would decide then.
	Row string `json:"row"`
}

// NearestChange is one difference. From and To are as in Change; To is the nearest
// value that does it. Policy is the line that stands for From.
type NearestChange struct {
	What   ChangeOf   `json:"what"`
	Field  string     `json:"field,omitempty"` // of an item: an attribute, "access.read", …
	Path   string     `json:"path,omitempty"`  // of a setting; a rule's name
	From   any        `json:"from"`
	To     any        `json:"to"`
	Policy *PolicyRef `json:"policy"`
}

// ChangeOf says what a change is about.
type ChangeOf string

// What changes are about, in the order in which answers of one size are listed: the
// recording alone, the thing, one person's setting, a rule for everybody.
const (
	ChangeEvidence ChangeOf = "evidence"
	ChangeItem     ChangeOf = "item"
	ChangeSetting  ChangeOf = "setting"
	ChangeRule     ChangeOf = "rule"
)

var changeRank = map[ChangeOf]int{ChangeEvidence: 0, ChangeItem: 1, ChangeSetting: 2, ChangeRule: 3}

// change is a difference that may lift an obstacle.
type change struct {
	clause string // "if it were open", "once its owner is recorded"
	edits  []NearestChange
	apply  func(*trial)
}

// idle reports a change that changes nothing.
func (c change) idle() bool {
	return !slices.ContainsFunc(c.edits, func(e NearestChange) bool { return e.From == nil || !reflect.DeepEqual(e.From, e.To) })
}

func (c *change) rank() int { return changeRank[c.edits[0].What] }

// Bounds on the search: an answer has at most so many changes, so many sets are
// tried, and so many answers given.
const (
	maxChanges = 4
	maxTrials  = 400
	maxNearest = 6
)

// nearestChanges finds what would make the pair sync; none for what does, and for
// what people took away.
func (p *pair) nearestChanges(b *sandbox) []Nearest {
	out := []Nearest{}
	if !p.missing() {
		return out
	}
	obstacles := p.obstacles(b)
	for _, o := range obstacles {
		if len(o) == 0 {
			return out // nothing is known to lift it
		}
	}
	var found [][]change
	trials := 0
	for _, set := range combinations(obstacles) {
		if trials == maxTrials || len(found) == maxNearest {
			break
		}
		if slices.ContainsFunc(found, func(f []change) bool { return contains(set, f) }) {
			continue
		}
		trials++
		if again, err := b.retry(p, set); err == nil && again.syncs() {
			found = append(found, set)
			out = append(out, nearestOf(set, again))
		}
	}
	return out
}

// missing reports a thing that is not kept in step although people did not take it
// away: the question why not is about it.
func (p *pair) missing() bool {
	switch {
	case p.facts.Record == RecordDeleted, p.facts.Link == ActiveLink && p.facts.Item == ItemDeleted:
		return false
	}
	return !p.syncs()
}

// syncs reports that the thing is kept in step, both ways where it is linked, and
// that nothing of it is held.
func (p *pair) syncs() bool {
	if len(p.settings.MembershipUnknown) > 0 || len(p.skipped) > 0 || slices.ContainsFunc(p.ops, func(op Operation) bool { return op.Held }) {
		return false
	}
	switch p.row.act {
	case actUpload:
		return true
	case actCreate, actAdopt, actUpdate, actRejoin:
		return p.facts.Verdict == In && p.facts.On
	case actNothing:
		return p.facts.Link == ActiveLink && p.facts.Verdict == In && p.facts.On
	}
	return false
}

// combinations lists the sets that take at most one change for each obstacle: fewer
// changes first, then what touches less.
func combinations(obstacles [][]change) [][]change {
	sets := [][]change{nil}
	for _, options := range obstacles {
		for _, set := range slices.Clone(sets) {
			for _, c := range options {
				if len(set) < maxChanges {
					sets = append(sets, append(slices.Clone(set), c))
				}
			}
		}
		if len(sets) > maxTrials {
			break
		}
	}
	sets = sets[1:]
	slices.SortStableFunc(sets, func(a, b []change) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(heaviest(a), heaviest(b)))
	})
	return sets
}

func heaviest(set []change) int {
	rank := 0
	for i := range set {
		rank = max(rank, set[i].rank())
	}
	return rank
}

// contains reports that all changes of part are in set.
func contains(set, part []change) bool {
	for _, c := range part {
		if !slices.ContainsFunc(set, func(have change) bool { return have.clause == c.clause }) {
			return false
		}
	}
	return true
}

func nearestOf(set []change, again *pair) Nearest {
	n := Nearest{Row: again.row.Name, Changes: []NearestChange{}}
	clauses := make([]string, len(set))
	for i, c := range set {
		clauses[i] = c.clause
		n.Changes = append(n.Changes, c.edits...)
	}
	verb := "would sync "
	if again.row.act == actUpload {
		verb = "would go up "
	}
	n.Text = verb + strings.Join(clauses, " and ")
	return n
}

// obstacles lists what stands against the thing, each with the changes that may lift
// it.
func (p *pair) obstacles(b *sandbox) [][]change {
	var out [][]change
	add := func(options ...change) { out = append(out, slices.DeleteFunc(options, change.idle)) }
	live := p.facts.Record == RecordSame || p.facts.Record == RecordChanged
	if live && !p.facts.On {
		add(p.switchedOn())
	}
	if live {
		for i, c := range p.checks(p.kind) {
			if p.verdict.results[i] != state.True && c.Code != "excluded" {
				add(p.lifting(b, i, c.Code)...)
			}
		}
	}
	for _, options := range p.ruleObstacles(live) {
		add(options...)
	}
	if len(p.settings.MembershipUnknown) > 0 {
		add(p.notMember())
	}
	for _, options := range slices.Concat(p.gaps(), p.markObstacles()) {
		add(options...)
	}
	for _, code := range p.stopCodes() {
		add(p.unstopped(code)...)
	}
	return out
}

// stopCodes are the stops on the way up, each once.
func (p *pair) stopCodes() []string {
	var out []string
	for _, s := range p.skipped {
		if p.row.act == actSkip || s.Reason.Code == "excluded" || slices.Contains(out, s.Reason.Code) {
			continue
		}
		out = append(out, s.Reason.Code)
	}
	return out
}
