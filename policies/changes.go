package policies

import (
	"cmp"
	"fmt"
	"slices"

	"weir/policies/cond"
)

// SettingLine is a line of a policy that sets something.
type SettingLine struct {
	Setting Setting
	Origin  Origin
}

// SettingLines lists the lines that set something, in any layer above the defaults,
// by file and line.
func (s *Set) SettingLines() []SettingLine {
	var out []SettingLine
	for _, l := range s.adminLayers() {
		for id, a := range l.values {
			out = append(out, SettingLine{id, a.origin})
		}
	}
	for _, r := range s.rego {
		if r.id != SettingInvalid {
			out = append(out, SettingLine{r.id, origin(LayerRego, r.Path, r.Range)})
		}
	}
	return sortedLines(out)
}

func sortedLines(list []SettingLine) []SettingLine {
	slices.SortFunc(list, func(a, b SettingLine) int {
		return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Setting, b.Setting))
	})
	return list
}

// PolicyChange is one thing in which two policies differ: a setting of a layer, an
// entry of forced, a rule, a group, a view.
type PolicyChange struct {
	What string // "setting contacts.scope", `rule "no-private"`
	Text string // in words: `was "mine", is now "all"`
	// Old and New are where it stands in either policy; nil where it does not.
	Old, New *Origin

	apply func(*Set) // makes the change; nil for one that decides nothing
	bound bool       // only with the others that are
}

// Changes lists in what two policies differ, by what it is about. Text that means the
// same does not count: other files, another order, conditions proved equal. Rego
// modules are compared rule by rule as far as they are rules of sync; other changes
// of a module are named once a module.
func Changes(before, after *Set) []PolicyChange {
	c := &changes{equivalence: equivalence{before, after, cond.NewProver(maxProofs)}}
	c.layers("", &before.org, &after.org, func(h *Set) *layer { return &h.org })
	c.groups()
	c.users()
	c.views()
	c.rules()
	c.promises()
	c.modules()
	slices.SortStableFunc(c.out, func(x, y PolicyChange) int { return cmp.Compare(x.What, y.What) })
	return c.out
}

type changes struct {
	equivalence
	out []PolicyChange
}

// add notes a change that apply makes.
func (c *changes) add(apply func(*Set), before, after *Origin, what, format string, args ...any) {
	c.out = append(c.out, PolicyChange{What: what, Text: fmt.Sprintf(format, args...), Old: before, New: after, apply: apply})
}

// layers compares what two blocks set; an empty one stands for none. at finds the block
// in a policy that is being put together, nil if it is gone there.
func (c *changes) layers(of string, before, after *layer, at func(*Set) *layer) {
	edit := func(how func(*layer)) func(*Set) {
		return func(h *Set) {
			if l := at(h); l != nil {
				how(l)
			}
		}
	}
	value := func(id Setting, a assignment, has bool) func(*Set) {
		return edit(func(l *layer) { put(l.values, id, a, has) })
	}
	force := func(id Setting, o Origin, is bool) func(*Set) {
		return edit(func(l *layer) { put(l.forced, id, o, is) })
	}
	for id := Setting(1); id < NumSettings; id++ {
		x, had := before.values[id]
		y, has := after.values[id]
		what, e := "setting "+of+id.String(), id.Entry()
		switch {
		case had && !has:
			c.add(value(id, y, has), &x.origin, nil, what, "was %s, is no longer set", e.Format(x.Value))
		case !had && has:
			c.add(value(id, y, has), nil, &y.origin, what, "is now %s, was not set", e.Format(y.Value))
		case had && !x.Value.Equal(y.Value):
			c.add(value(id, y, has), &x.origin, &y.origin, what, "was %s, is now %s", e.Format(x.Value), e.Format(y.Value))
		}
		f, was := before.forced[id]
		g, is := after.forced[id]
		switch {
		case was && !is:
			c.add(force(id, g, is), &f, nil, "forced "+of+id.String(), "is no longer forced")
		case !was && is:
			c.add(force(id, g, is), nil, &g, "forced "+of+id.String(), "is now forced")
		}
	}
}

// put sets an entry of a map, or takes it out.
func put[V any](m map[Setting]V, id Setting, v V, has bool) {
	if has {
		m[id] = v
	} else {
		delete(m, id)
	}
}

func (c *changes) groups() {
	named := func(list []*Group, name string) *Group {
		if i := slices.IndexFunc(list, func(g *Group) bool { return g.Name == name }); i >= 0 {
			return list[i]
		}
		return nil
	}
	none := newLayer(Origin{})
	for _, g := range c.a.groups {
		h := named(c.b.groups, g.Name)
		what := "group " + quoted(g.Name)
		here := func(s *Set) *layer {
			if own := s.group(g.Name); own != nil {
				return &own.layer
			}
			return nil
		}
		change := func(how func(*Group)) func(*Set) {
			return func(s *Set) {
				if own := s.group(g.Name); own != nil {
					how(own)
				}
			}
		}
		if h == nil {
			gone := func(s *Set) {
				s.groups = slices.DeleteFunc(s.groups, func(other *Group) bool { return other.Name == g.Name })
			}
			c.add(gone, &g.Origin, nil, what, "is gone")
			c.layers(what+": ", &g.layer, &none, here)
			continue
		}
		if g.Precedence != h.Precedence {
			c.add(change(func(own *Group) { own.Precedence = h.Precedence }), &g.Origin, &h.Origin, what, "had precedence %d, has %d", g.Precedence, h.Precedence)
		}
		if !c.same(g.When, h.When) {
			c.add(change(func(own *Group) { own.When = h.When }), &g.Origin, &h.Origin, what, "has other members")
		}
		c.layers(what+": ", &g.layer, &h.layer, here)
	}
	for _, h := range c.b.groups {
		if named(c.a.groups, h.Name) == nil {
			what := "group " + quoted(h.Name)
			here := func(s *Set) *layer { return &s.withGroup(h.Name, c.b).layer }
			c.add(func(s *Set) { here(s) }, nil, &h.Origin, what, "is new")
			c.layers(what+": ", &none, &h.layer, here)
		}
	}
}

func (c *changes) users() {
	none := newLayer(Origin{})
	seen := map[string]bool{}
	for _, list := range [][]*UserBlock{c.a.users, c.b.users} {
		for _, u := range list {
			if seen[u.Address] {
				continue
			}
			seen[u.Address] = true
			before, after := &none, &none
			if b := c.a.byUser[u.Address]; b != nil {
				before = &b.layer
			}
			if b := c.b.byUser[u.Address]; b != nil {
				after = &b.layer
			}
			c.layers("user "+quoted(u.Address)+": ", before, after, func(s *Set) *layer {
				own := s.withUser(u.Address, c.b)
				if own == nil {
					return nil
				}
				return &own.layer
			})
		}
	}
}

func (c *changes) views() {
	before, after := c.a.viewsByName(), c.b.viewsByName()
	for _, v := range c.a.views {
		w := after[v.Name]
		switch {
		case w == nil:
			c.add(func(s *Set) { s.takeView(v.Name, nil) }, &v.Origin, nil, "view "+quoted(v.Name), "is gone")
		case v.ListView != w.ListView || !c.same(v.Filter, w.Filter):
			c.add(func(s *Set) { s.takeView(v.Name, w) }, &v.Origin, &w.Origin, "view "+quoted(v.Name), "has other contacts")
		}
	}
	for _, w := range c.b.views {
		if before[w.Name] == nil {
			c.add(func(s *Set) { s.takeView(w.Name, w) }, nil, &w.Origin, "view "+quoted(w.Name), "is new")
		}
	}
}

// rules compares the rules of one name, which several may have where Rego says it: the
// first with the first, the second with the second.
func (c *changes) rules() {
	before, after := byNameAndTurn(c.a.rules), byNameAndTurn(c.b.rules)
	for _, of := range inTurn(c.a.rules) {
		r, q := before[of], after[of]
		what := "rule " + quoted(r.Name)
		take := func(s *Set) { s.takeRule(r, q) }
		switch {
		case q == nil:
			c.add(take, &r.Origin, nil, what, "is gone")
		case r.Effect != q.Effect:
			c.add(take, &r.Origin, &q.Origin, what, "has another effect")
		case r.Direction != q.Direction || !sameKinds(r.Kinds, q.Kinds):
			c.add(take, &r.Origin, &q.Origin, what, "is about other kinds or another direction")
		case (r.Groups == nil) != (q.Groups == nil) || !slices.Equal(r.Groups, q.Groups):
			c.add(take, &r.Origin, &q.Origin, what, "is for other groups")
		case !c.same(r.When, q.When):
			c.add(take, &r.Origin, &q.Origin, what, "has another condition")
		}
	}
	for _, of := range inTurn(c.b.rules) {
		if q := after[of]; before[of] == nil {
			c.add(func(s *Set) { s.takeRule(nil, q) }, nil, &q.Origin, "rule "+quoted(q.Name), "is new")
		}
	}
}

// turn is a rule's name, and how many of that name stand before it.
type turn struct {
	name   string
	before int
}

// inTurn are the rules' turns, in their order.
func inTurn(rules []*Rule) []turn {
	seen := map[string]int{}
	out := make([]turn, len(rules))
	for i, r := range rules {
		out[i] = turn{r.Name, seen[r.Name]}
		seen[r.Name]++
	}
	return out
}

func byNameAndTurn(rules []*Rule) map[turn]*Rule {
	out := make(map[turn]*Rule, len(rules))
	for i, of := range inTurn(rules) {
		out[of] = rules[i]
	}
	return out
}

func (c *changes) promises() {
	named := func(list []*Invariant, name string) *Invariant {
		if i := slices.IndexFunc(list, func(x *Invariant) bool { return x.Name == name }); i >= 0 {
			return list[i]
		}
		return nil
	}
	for _, i := range c.a.invariants {
		what := "invariant " + quoted(i.Name)
		if j := named(c.b.invariants, i.Name); j == nil {
			c.add(nil, &i.Origin, nil, what, "is gone")
		} else if !c.samePromise(i, j) {
			c.add(nil, &i.Origin, &j.Origin, what, "promises something else")
		}
	}
	for _, j := range c.b.invariants {
		if named(c.a.invariants, j.Name) == nil {
			c.add(nil, nil, &j.Origin, "invariant "+quoted(j.Name), "is new")
		}
	}
}

// modules names the Rego files that differ. They decide something by themselves only
// where they set settings: rules of sync are compared each, and guardrails only judge.
func (c *changes) modules() {
	before, after := moduleTexts(c.a), moduleTexts(c.b)
	from := len(c.out)
	for _, name := range sortedKeys(before) {
		o := Origin{Layer: LayerRego, File: name, Line: 1}
		if text, ok := after[name]; !ok {
			c.add(nil, &o, nil, "module "+name, "is gone")
		} else if string(text) != string(before[name]) {
			c.add(nil, &o, &o, "module "+name, "is another text")
		}
	}
	for _, name := range sortedKeys(after) {
		if _, ok := before[name]; !ok {
			c.add(nil, nil, &Origin{Layer: LayerRego, File: name, Line: 1}, "module "+name, "is new")
		}
	}
	if len(c.a.rego) == 0 && len(c.b.rego) == 0 {
		return
	}
	for i := from; i < len(c.out); i++ {
		c.out[i].apply, c.out[i].bound = func(s *Set) { s.takeModules(c.b) }, true
	}
}
