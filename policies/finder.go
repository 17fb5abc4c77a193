package policies

import (
	"slices"
	"sync"

	"weir/policies/cond"
	"weir/state"
)

// This file finds the rules that can apply to an item without trying them all.
// Rules that are the same for everybody are indexed once for the policy; those
// that read the user, or are limited to groups, once for each user, after what
// they say of the user is answered.

// fewRules is up to how many rules trying them all costs no more than looking
// them up.
const fewRules = 8

// RuleFinder looks rules up for one user at one instant. It is not safe for
// concurrent use.
type RuleFinder struct {
	all    []int // every rule, where there are few
	shared []int // position in Settings.Rules of the common rules
	common *commonRules
	own    [2]ruleIndex
	finder [2][2]*cond.Finder // by direction; of the common rules and of the user's own
	found  []int
}

// ruleIndex is an index of rules that stand in some list.
type ruleIndex struct {
	index *cond.Index
	at    []int // position in the list, by position in the index
}

// commonRules are the rules of a policy that are the same for everybody.
type commonRules struct {
	once    sync.Once
	rules   []*Rule // in the order of the policy
	indexes [2]ruleIndex
}

// RuleFinder prepares to look up the user's rules. at is the user with now and
// today, without an item; every item looked up is judged for these.
func (s *Settings) RuleFinder(at *cond.Subject) *RuleFinder {
	f := &RuleFinder{}
	if len(s.Rules) <= fewRules {
		for i := range s.Rules {
			f.all = append(f.all, i)
		}
		return f
	}
	f.common = s.common
	if f.common == nil {
		f.common = &commonRules{}
	}
	f.common.once.Do(f.common.file)
	own := s.split(f)
	for d := range f.own {
		list := ruleList{}
		for _, i := range own {
			if rule := s.Rules[i].Rule; rule.Direction.Has(directions[d]) {
				list.add(i, cond.Given(aboutKinds(rule), at))
			}
		}
		f.own[d] = list.index()
		f.finder[d] = [2]*cond.Finder{f.common.indexes[d].index.Finder(), f.own[d].index.Finder()}
	}
	return f
}

// split notes where the common rules stand among the user's, and lists where the
// others do.
func (s *Settings) split(f *RuleFinder) (own []int) {
	rest := f.common.rules
	for i := range s.Rules {
		if len(rest) > 0 && rest[0] == s.Rules[i].Rule {
			f.shared, rest = append(f.shared, i), rest[1:]
		} else {
			own = append(own, i)
		}
	}
	return own
}

var directions = [2]Direction{Down, Up}

// Find lists the positions in Settings.Rules of the rules that may apply to a
// subject in a direction, in order: all whose condition is true, unknown or
// fails. Some that do not apply may be among them. The list is good until the
// next call.
func (f *RuleFinder) Find(d Direction, s *cond.Subject) []int {
	if f.common == nil {
		return f.all
	}
	way := 0
	if d == Up {
		way = 1
	}
	f.found = f.found[:0]
	for _, i := range f.finder[way][0].Find(s) {
		f.found = append(f.found, f.shared[f.common.indexes[way].at[i]])
	}
	own := f.finder[way][1].Find(s)
	for _, i := range own {
		f.found = append(f.found, f.own[way].at[i])
	}
	if len(own) > 0 && len(own) < len(f.found) {
		slices.Sort(f.found)
	}
	return f.found
}

// collect finds the rules that are the same for everybody.
func collect(rules []*Rule) *commonRules {
	c := &commonRules{}
	for _, r := range rules {
		if reads := cond.Reads(r.When); r.Groups == nil && len(reads.User)+len(reads.UserCustom) == 0 {
			c.rules = append(c.rules, r)
		}
	}
	return c
}

// file indexes the common rules, when they are first looked up.
func (c *commonRules) file() {
	for d := range c.indexes {
		list := ruleList{}
		for i, rule := range c.rules {
			if rule.Direction.Has(directions[d]) {
				list.add(i, aboutKinds(rule))
			}
		}
		c.indexes[d] = list.index()
	}
}

type ruleList struct {
	at         []int
	conditions []cond.Expr
}

func (l *ruleList) add(at int, e cond.Expr) {
	l.at, l.conditions = append(l.at, at), append(l.conditions, e)
}

func (l *ruleList) index() ruleIndex { return ruleIndex{cond.NewIndex(l.conditions), l.at} }

// aboutKinds is a rule's condition, false for kinds it is not about.
func aboutKinds(r *Rule) cond.Expr {
	if aboutAll(r) {
		return r.When
	}
	names := make([]state.Value, len(r.Kinds))
	for i, k := range r.Kinds {
		names[i] = state.TextValue(k.String())
	}
	return cond.AllOf(cond.IsIn(cond.Attr{Attr: state.AttrKind}, names), r.When)
}

func aboutAll(r *Rule) bool {
	for _, k := range state.Kinds() {
		if !slices.Contains(r.Kinds, k) {
			return false
		}
	}
	return true
}
