package policies

import (
	"bytes"
	"maps"
	"path"
	"slices"

	"weir/policies/cond"
	"weir/state"
)

// Equivalent reports two policies that are proved to decide the same of everybody
// and everything. A no means only that no proof was found: Rego modules are compared
// by their text, and conditions as far as Prover.Implies goes. Lines, order of files
// and descriptions do not count, although explanations quote them.
func Equivalent(a, b *Set) bool {
	c := equivalence{a, b, cond.NewProver(maxProofs)}
	return c.modules() && c.layer(&a.org, &b.org) && c.groups() && c.users() && c.views() && c.rules() && c.invariants()
}

// equivalence is one comparison.
type equivalence struct {
	a, b   *Set
	proofs *cond.Prover
}

// modules compares the Rego files byte by byte.
func (c *equivalence) modules() bool {
	return maps.EqualFunc(moduleTexts(c.a), moduleTexts(c.b), bytes.Equal)
}

// moduleTexts are a policy's Rego files by name.
func moduleTexts(s *Set) map[string][]byte {
	out := map[string][]byte{}
	for name, f := range s.files {
		if path.Ext(name) == ".rego" {
			out[name] = f.Bytes
		}
	}
	return out
}

// layer compares what two blocks set and force.
func (c *equivalence) layer(a, b *layer) bool {
	same := func(x, y assignment) bool {
		v, w := x.Value, y.Value
		v.View, w.View = nil, nil // Text names it, and views are compared by themselves
		return v == w
	}
	return maps.EqualFunc(a.values, b.values, same) &&
		maps.EqualFunc(c.binding(c.a, a), c.binding(c.b, b), func(Origin, Origin) bool { return true })
}

// binding are the settings that a layer's forced takes from people: not those that
// no settings page has, and none where preferences are ignored, nor in a layer
// above org what org has forced already.
func (c *equivalence) binding(s *Set, l *layer) map[Setting]Origin {
	if s.preferencesIgnored() {
		return nil
	}
	out := map[Setting]Origin{}
	for id, o := range l.forced {
		_, already := s.org.forced[id]
		if e := id.Entry(); (e.NewPage != "" || e.LegacyPage != "") && (l == &s.org || !already) {
			out[id] = o
		}
	}
	return out
}

func (s *Set) preferencesIgnored() bool {
	v, ok := s.org.values[Preferences]
	return ok && v.Text == "ignore"
}

// same compares conditions; nil is none.
func (c *equivalence) same(a, b cond.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	x, y := cond.Simplify(a), cond.Simplify(b)
	return c.proofs.Implies(x, y) && c.proofs.Implies(y, x)
}

func (c *equivalence) groups() bool {
	return slices.EqualFunc(c.a.groups, c.b.groups, func(g, h *Group) bool {
		return g.Name == h.Name && g.Precedence == h.Precedence && c.same(g.When, h.When) && c.layer(&g.layer, &h.layer)
	})
}

func (c *equivalence) users() bool {
	return slices.EqualFunc(c.a.users, c.b.users, func(u, v *UserBlock) bool {
		return u.Address == v.Address && c.layer(&u.layer, &v.layer)
	})
}

func (c *equivalence) views() bool {
	return slices.EqualFunc(c.a.views, c.b.views, func(v, w *View) bool {
		return v.Name == w.Name && v.ListView == w.ListView && c.same(v.Filter, w.Filter)
	})
}

// rules compares the rules that can do something.
func (c *equivalence) rules() bool {
	return slices.EqualFunc(c.live(c.a), c.live(c.b), func(r, q *Rule) bool {
		return r.Name == q.Name && r.Direction == q.Direction && r.Effect == q.Effect &&
			sameKinds(r.Kinds, q.Kinds) && slices.Equal(slices.Sorted(slices.Values(r.Groups)), slices.Sorted(slices.Values(q.Groups))) &&
			(r.Groups == nil) == (q.Groups == nil) && c.same(r.When, q.When)
	})
}

// invariants compares what is promised.
func (c *equivalence) invariants() bool {
	return slices.EqualFunc(c.a.invariants, c.b.invariants, func(i, j *Invariant) bool {
		return i.Name == j.Name && c.samePromise(i, j)
	})
}

func (c *equivalence) samePromise(i, j *Invariant) bool {
	return sameKinds(i.Kinds, j.Kinds) && slices.Equal(i.Never, j.Never) && (i.Groups == nil) == (j.Groups == nil) &&
		slices.Equal(slices.Sorted(slices.Values(i.Groups)), slices.Sorted(slices.Values(j.Groups))) && c.same(i.When, j.When)
}

// live leaves out the rules of which it is proved that they never apply.
func (c *equivalence) live(s *Set) []*Rule {
	var out []*Rule
	for _, r := range s.rules {
		if judged(r.When, r.Kinds) != holdsNever && s.switchedOff(r) == "" {
			out = append(out, r)
		}
	}
	return out
}

func sameKinds(a, b []state.Kind) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
