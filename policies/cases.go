package policies

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"

	"weir/policies/cond"
	"weir/state"
)

// This file writes a policy's layers out as conditions: for whom a setting has which
// value. Resolution answers the question for one person; these answer it for all,
// so that two policies can be compared without people.

// SettingCase is a value that a setting has for some people.
type SettingCase struct {
	// When holds for whom it has it: over the attributes of people. Of the cases of
	// one setting exactly one holds for everybody of whom all is recorded.
	When cond.Expr
	Value
	// Rego: the value is what the policy's Rego modules compute, and is not known
	// here; equal texts mean that equal modules compute it.
	Rego string
	// Disagree: groups of equal precedence disagree about these people.
	Disagree bool
	// Locked: the people's own settings pages cannot change it.
	Locked bool
	Origin Origin
}

// SettingCases lists the cases of a setting for people without a user block, or, with
// an address, for the person with that mailbox.
func (s *Set) SettingCases(id Setting, address string) []SettingCase {
	c := &casing{set: s, id: id, left: cond.Const(true)}
	if u := s.byUser[address]; u != nil {
		c.layer(&u.layer, cond.Const(true))
	}
	c.modules()
	c.disagreements()
	groups := slices.Clone(s.groups)
	slices.SortStableFunc(groups, func(a, b *Group) int { return b.Precedence - a.Precedence })
	for _, g := range groups {
		c.layer(&g.layer, g.When)
	}
	c.layer(&s.org, cond.Const(true))
	c.layer(&s.defaults, cond.Const(true))
	c.add(SettingCase{When: cond.Const(true)})
	return c.byLock(s.lockedFor(id, address))
}

// casing collects cases; left is for whom none of them holds yet.
type casing struct {
	set  *Set
	id   Setting
	left cond.Expr
	out  []SettingCase
}

// add takes a case in for those for whom no case holds yet.
func (c *casing) add(of SettingCase) {
	when := of.When
	of.When = cond.AllOf(c.left, when)
	if of.When != cond.Expr(cond.Const(false)) {
		c.out = append(c.out, of)
	}
	c.left = cond.AllOf(c.left, cond.Negate(when))
}

func (c *casing) layer(l *layer, when cond.Expr) {
	if a, ok := l.values[c.id]; ok && when != nil {
		c.add(SettingCase{When: when, Value: a.Value, Origin: a.origin})
	}
}

// modules is the case that Rego modules set it.
func (c *casing) modules() {
	for _, r := range c.set.rego {
		if r.id == c.id {
			key := c.set.regoKey() + c.id.String()
			asks := c.set.regoAnswer(c.id)
			c.add(SettingCase{When: asks, Rego: key, Origin: origin(LayerRego, r.Path, r.Range)})
			return
		}
	}
}

// regoKey tells the Rego modules of a policy from others.
func (s *Set) regoKey() string {
	sum := sha256.New()
	texts := moduleTexts(s)
	for _, name := range sortedKeys(texts) {
		fmt.Fprintf(sum, "%s\x00%d\x00%s", name, len(texts[name]), texts[name])
	}
	return string(sum.Sum(nil))
}

// regoAnswer is the condition that the modules set a setting.
func (s *Set) regoAnswer(id Setting) cond.Expr {
	return &cond.Opaque{Language: "Rego", Source: id.String(), Key: "setting " + s.regoKey() + id.String(), Why: "its value is computed by Rego",
		Call: func(of *cond.Subject) (state.Truth, error) {
			_, set := s.regoLayer(of.User, of.Directory).layer.values[id]
			return state.TruthOf(set), nil
		}}
}

// disagreements is the case that groups of equal precedence disagree, with none above
// them.
func (c *casing) disagreements() {
	var setting []*Group
	for _, g := range c.set.groups {
		if _, ok := g.layer.values[c.id]; ok && g.When != nil {
			setting = append(setting, g)
		}
	}
	var pairs []cond.Expr
	for i, g := range setting {
		var above []cond.Expr
		for _, h := range setting {
			if h.Precedence > g.Precedence {
				above = append(above, cond.Negate(h.When))
			}
		}
		for _, h := range setting[i+1:] {
			if h.Precedence == g.Precedence && !g.layer.values[c.id].Equal(h.layer.values[c.id].Value) {
				pairs = append(pairs, cond.AllOf(append(above, g.When, h.When)...))
			}
		}
	}
	if len(pairs) > 0 {
		c.add(SettingCase{When: cond.AnyOf(pairs...), Disagree: true, Origin: setting[0].Origin})
	}
}

// lockedFor is for whom the settings page cannot change a setting: a constant where
// it is on no page.
func (s *Set) lockedFor(id Setting, address string) cond.Expr {
	if e := id.Entry(); e.NewPage == "" && e.LegacyPage == "" || s.preferencesIgnored() {
		return cond.Const(true)
	}
	any := []cond.Expr{cond.Const(false)}
	layers := []*layer{&s.org, &s.defaults}
	if u := s.byUser[address]; u != nil {
		layers = append(layers, &u.layer)
	}
	for _, l := range layers {
		if _, ok := l.forced[id]; ok {
			any = append(any, cond.Const(true))
		}
	}
	for _, g := range s.groups {
		if _, ok := g.layer.forced[id]; ok && g.When != nil {
			any = append(any, g.When)
		}
	}
	if slices.ContainsFunc(s.rego, func(r regoSetting) bool { return r.Forced }) {
		any = append(any, &cond.Opaque{Language: "Rego", Source: "forced", Key: "forced " + s.regoKey() + id.String(), Why: "what is forced is computed by Rego",
			Call: func(of *cond.Subject) (state.Truth, error) {
				_, forced := s.regoLayer(of.User, of.Directory).layer.forced[id]
				return state.TruthOf(forced), nil
			}})
	}
	return cond.AnyOf(any...)
}

// byLock splits every case into those whose own pages count and those whose do not.
func (c *casing) byLock(locked cond.Expr) []SettingCase {
	var out []SettingCase
	for _, is := range [...]bool{true, false} {
		when := locked
		if !is {
			when = cond.Negate(locked)
		}
		for _, of := range c.out {
			of.When, of.Locked = cond.AllOf(of.When, when), is
			if of.When != cond.Expr(cond.Const(false)) {
				out = append(out, of)
			}
		}
	}
	return out
}

// OwnChoices are values that a person's own settings page may give a setting and that
// count there: all but the product's default. nil for what is on no page.
func OwnChoices(id Setting) []Value {
	e := id.Entry()
	if e.NewPage == "" && e.LegacyPage == "" {
		return nil
	}
	var out []Value
	switch e.Type {
	case ValueBool:
		out = []Value{{Set: true}, {Set: true, Bool: true}}
	case ValueScope:
		view := &View{Name: someView, ListView: someView}
		out = []Value{{Set: true, Text: "mine"}, {Set: true, Text: viewPrefix + someView, View: view}, {Set: true, Text: "all"}}
	}
	return slices.DeleteFunc(out, func(v Value) bool { return v.Equal(Default().defaults.values[id].Value) })
}

// someView is a list view that a person may have chosen.
const someView = "Some_view"

// OwnPage is a settings page on which a setting has been given a value that
// [OwnChoices] lists.
func OwnPage(id Setting, v Value) *state.Preference {
	e := id.Entry()
	pg := pages[0]
	if e.NewPage == "" {
		pg = pages[1]
	}
	p := &state.Preference{Page: pg.name}
	switch {
	case e.Type == ValueBool:
		p.Values = []state.PreferenceValue{{Key: pg.key(e), IsBool: true, Bool: v.Bool != pg.invert(e)}}
	case v.View != nil:
		p.Values = []state.PreferenceValue{{Key: pg.key(e), Text: pg.label(e.Choices[len(e.Choices)-1])}, {Key: pg.viewKey, Text: v.View.ListView}}
	default:
		for _, c := range e.Choices {
			if c.Value == v.Text {
				p.Values = []state.PreferenceValue{{Key: pg.key(e), Text: pg.label(c)}}
			}
		}
	}
	return p
}

// enumWidth orders the values of settings by how much they let happen, by the last
// part of the path; what is not here has no order.
var enumWidth = map[string][]string{
	"when_out":      {"keep", "remove_if_born_in_salesforce", "remove"},
	"upsync":        {"off", "marked", "auto"},
	"when_moved":    {"unlink", "delete"},
	"logged":        {"skip", "include"},
	"removal":       {"keep", "propagate"},
	"when_declined": {"skip", "include"},
	"preferences":   {"ignore", "respect"},
	"sync":          {"off", "on"},
}

// Widths compares two values of a setting by how much they let happen: -1 where the
// first is the narrower one, 1 where it is the wider one, 0 where they are equal; not
// ok where neither holds the other, as with two views. A switch that is on is wider
// than one that is off, a longer window than a shorter one, a higher limit than a
// lower one and no limit than any, all contacts than mine and than a view's.
func Widths(id Setting, a, b Value) (order int, ok bool) {
	e := id.Entry()
	if a.Equal(b) {
		return 0, true
	}
	x, known := e.width(a)
	y, known2 := e.width(b)
	switch {
	case !known || !known2 || x == y:
		return 0, false
	case x < y:
		return -1, true
	}
	return 1, true
}

func (e *Entry) width(v Value) (int64, bool) {
	switch e.Type {
	case ValueBool:
		return int64(boolInt(v.Bool)), true
	case ValueWindow:
		if v.Unlimited {
			return math.MaxInt64, true
		}
		return int64(v.Days), true
	case ValueNumber:
		if !v.Set {
			return math.MaxInt64, true
		}
		return v.Number, true
	case ValueScope:
		return int64(boolInt(v.Text == "all")), true
	}
	order := enumWidth[e.Path[strings.LastIndexByte(e.Path, '.')+1:]]
	at := slices.Index(order, v.Text)
	return int64(at), at >= 0
}

// ForcedLines lists what blocks take from people's own pages, and where.
func (s *Set) ForcedLines() []SettingLine {
	var out []SettingLine
	for _, l := range s.adminLayers() {
		for id, o := range l.forced {
			out = append(out, SettingLine{id, o})
		}
	}
	return sortedLines(out)
}
