package policies

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// This file puts a policy together of parts of two: one with some of the changes that
// lead to the other. It is how a comparison finds out which changes a decision takes.

// Hybrid is a policy with some of the changes that [Changes] lists between it and
// another one: with none of them it decides as before, with all of them as after.
// Nothing is compiled anew. A group that a rule is limited to comes with the rule, a view
// with the scope that names it. What Rego modules set is taken over together (see
// [Separable]). Digests and files are those of before.
func Hybrid(before, after *Set, changes []PolicyChange) *Set {
	h := before.loose()
	for _, c := range changes {
		if c.apply != nil {
			c.apply(h)
		}
	}
	h.fit(before, after)
	return h
}

// loose is a copy of a set of which everything can be changed.
func (s *Set) loose() *Set {
	h := *s
	h.org = s.org.clone()
	h.groups, h.users, h.byUser = nil, nil, map[string]*UserBlock{}
	for _, g := range s.groups {
		h.groups = append(h.groups, g.clone())
	}
	for _, u := range s.users {
		v := *u
		v.layer = u.layer.clone()
		h.users, h.byUser[u.Address] = append(h.users, &v), &v
	}
	h.views, h.rules = slices.Clone(s.views), slices.Clone(s.rules)
	return &h
}

func (l *layer) clone() layer {
	c := newLayer(l.origin)
	maps.Copy(c.values, l.values)
	maps.Copy(c.forced, l.forced)
	return c
}

func (g *Group) clone() *Group {
	h := *g
	h.layer = g.layer.clone()
	return &h
}

// bare is a group or user block without its settings.
func bare(l *layer) layer { return newLayer(l.origin) }

func (s *Set) group(name string) *Group {
	if i := slices.IndexFunc(s.groups, func(g *Group) bool { return g.Name == name }); i >= 0 {
		return s.groups[i]
	}
	return nil
}

// withGroup is the group of a name, taken over from another policy, without settings,
// if it is not there; nil if neither has it.
func (s *Set) withGroup(name string, from *Set) *Group {
	if g := s.group(name); g != nil {
		return g
	}
	g := from.group(name)
	if g == nil {
		return nil
	}
	h := *g
	h.layer = bare(&g.layer)
	s.groups = append(s.groups, &h)
	return &h
}

// withUser is the same of user blocks.
func (s *Set) withUser(address string, from *Set) *UserBlock {
	if u := s.byUser[address]; u != nil {
		return u
	}
	u := from.byUser[address]
	if u == nil {
		return nil
	}
	v := *u
	v.layer = bare(&u.layer)
	s.users, s.byUser[address] = append(s.users, &v), &v
	return &v
}

// takeModules takes over what the Rego modules set, and their guardrails. Their rules of
// sync are changes of their own: each was compiled with what it needs.
func (s *Set) takeModules(from *Set) { s.modules, s.rego = from.modules, from.rego }

// takeRule puts a rule in the place of another one of its name; either may be nil.
func (s *Set) takeRule(old, new *Rule) {
	s.rules = slices.DeleteFunc(s.rules, func(r *Rule) bool { return r == old })
	if new != nil {
		s.rules = append(s.rules, new)
	}
}

// takeView puts a view in the place of the one of a name; it may be nil.
func (s *Set) takeView(name string, new *View) {
	s.views = slices.DeleteFunc(s.views, func(v *View) bool { return v.Name == name })
	if new != nil {
		s.views = append(s.views, new)
	}
}

// fit puts everything in order after changes, and gives rules and scopes the groups and
// views that they name.
func (s *Set) fit(before, after *Set) {
	for _, r := range s.rules {
		for _, name := range r.Groups {
			if s.withGroup(name, before) == nil {
				s.withGroup(name, after)
			}
		}
	}
	views := s.viewsByName()
	for _, l := range s.adminLayers() {
		for id, a := range l.values {
			if a.View == nil {
				continue
			}
			v := views[a.View.Name]
			if v == nil {
				v = cmp.Or(before.viewsByName()[a.View.Name], after.viewsByName()[a.View.Name])
				s.views, views[v.Name] = append(s.views, v), v
			}
			a.View = v
			l.values[id] = a
		}
	}
	slices.SortStableFunc(s.groups, func(a, b *Group) int { return compareRanges(a.rng, b.rng) })
	slices.SortStableFunc(s.rules, func(a, b *Rule) int {
		return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line))
	})
	s.index()
}

// Separable lists the changes that bear on decisions, by their places in the list: those
// that can be made alone each by itself, then those of Rego modules that set settings,
// which are compiled together and change together.
func Separable(changes []PolicyChange) [][]int {
	var out [][]int
	var modules []int
	for i := range changes {
		switch c := &changes[i]; {
		case c.apply == nil:
		case c.bound:
			modules = append(modules, i)
		default:
			out = append(out, []int{i})
		}
	}
	if modules != nil {
		out = append(out, modules)
	}
	return out
}
