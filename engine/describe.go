package engine

import "strings"

// This file puts the tables of this package into words for those who document
// them: the reference is generated from what decides.

// FindingInfo is one kind of finding that a plan or a simulation can hold.
type FindingInfo struct {
	Code     string
	Severity Severity
	Tells    string // what it means, in general
	Advice   string // what to do about it, in general
}

// FindingKinds lists every kind of finding of a plan or a simulation, by code.
func FindingKinds() []FindingInfo {
	out := make([]FindingInfo, 0, len(findingKinds))
	for _, code := range sortedKeys(findingKinds) {
		k := findingKinds[code]
		out = append(out, FindingInfo{code, k.severity, k.tells, k.advice})
	}
	return out
}

// Case is one line of facts that a row of the decision table covers, in words.
// "" means that the fact does not matter.
type Case struct{ Link, Record, Item, Verdict, Switch, Role, Kept string }

// Cases lists the lines of facts that the row covers.
func (r *Row) Cases() []Case {
	out := make([]Case, 0, len(r.patterns))
	for _, p := range r.patterns {
		c := Case{
			Link:    factWords(p.link, []string{"none", "active", "frozen", "retired"}),
			Record:  factWords(p.record, []string{"none", "unchanged", "changed", "deleted", "gone", "unseen"}),
			Item:    factWords(p.item, []string{"none", "unchanged", "changed", "deleted", "moved", "unseen", "marked match", "unmarked match", "meets the upsync pattern", "does not meet the upsync pattern"}),
			Verdict: factWords(p.verdict, []string{"none", "in", "out", "unknown"}),
			Switch:  flagWords(p.on, "on", "off"),
			Role:    factWords(p.role, []string{"contact or task", "the user's own event", "an event the user is invited to"}),
			Kept:    flagWords(p.kept, "yes", "no"),
		}
		if p.link == none {
			c.Record = strings.ReplaceAll(c.Record, "unchanged", "live") // nothing to have changed since
		}
		out = append(out, c)
	}
	return out
}

// factWords lists the facts of a set by their words; unchanged and changed
// together are live.
func factWords(s set, words []string) string {
	if s == 0 {
		return ""
	}
	var out []string
	for f, word := range words {
		if s.has(uint8(f)) {
			out = append(out, word)
		}
	}
	joined := strings.Replace(strings.Join(out, ", "), "unchanged, changed", "live", 1)
	if i := strings.LastIndex(joined, ", "); i >= 0 {
		joined = joined[:i] + " or " + joined[i+2:]
	}
	return joined
}

func flagWords(f flag, ifYes, ifNo string) string {
	return [...]string{either: "", yes: ifYes, no: ifNo}[f]
}
