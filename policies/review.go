package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/state"
)

// This file finds what is valid and yet cannot do what it seems to: groups that
// match nobody or everybody, rules that cannot fire or always do, rules that
// another one makes needless.

// The bounds of comparing rules pair by pair: rules that others are compared with,
// and the steps of all proofs together.
const (
	maxCompared = 500
	maxProofs   = 1_000_000
)

// Review warns of groups, views and rules whose conditions hold for nothing, or for
// everything without saying so, of rules about directions that are switched off for
// everybody, and of rules that an earlier one covers. It finds what it can prove,
// and no more.
func (s *Set) Review() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, g := range s.groups {
		switch judged(g.When, nil) {
		case holdsNever:
			diags = append(diags, groupNever(g))
		case holdsAlways:
			diags = append(diags, groupAlways(g))
		}
	}
	for _, v := range s.views {
		switch judged(v.Filter, []state.Kind{state.Contact}) {
		case holdsNever:
			diags = append(diags, viewNever(v))
		case holdsAlways:
			diags = append(diags, viewAlways(v))
		}
	}
	dead := map[*Rule]bool{}
	for _, r := range s.rules {
		off := s.switchedOff(r)
		switch holds := judged(r.When, r.Kinds); {
		case holds == holdsNever:
			dead[r] = true
			diags = append(diags, ruleNever(r))
		case r.When != nil && off != "":
			dead[r] = true
			diags = append(diags, ruleSwitchedOff(r, off))
		case holds == holdsAlways:
			diags = append(diags, ruleAlways(r))
		}
	}
	for _, i := range s.invariants {
		if judged(i.When, i.Kinds) == holdsNever {
			diags = append(diags, invariantNever(i))
		}
	}
	return sorted(append(diags, s.shadowed(dead)...))
}

// holding is what can be proved of a condition without any item.
type holding uint8

const (
	holdsAtTimes holding = iota // or no proof was found
	holdsNever
	holdsAlways // of everything recorded
)

// judged tells whether a condition holds for no item of the kinds, or for all of
// them. A plain "true" is meant so, and is not judged.
func judged(e cond.Expr, kinds []state.Kind) holding {
	switch {
	case e == nil || e == cond.Expr(cond.Const(true)):
		return holdsAtTimes
	case everyKind(e, kinds, cond.NeverTrue):
		return holdsNever
	case everyKind(e, kinds, cond.NeverFalse):
		return holdsAlways
	}
	return holdsAtTimes
}

// everyKind asks about a condition as it is for each of the kinds.
func everyKind(e cond.Expr, kinds []state.Kind, proved func(cond.Expr) bool) bool {
	if len(kinds) == 0 {
		return proved(e)
	}
	return !slices.ContainsFunc(kinds, func(k state.Kind) bool { return !proved(cond.OfKind(e, k)) })
}

// simpleRule is a rule with its condition in a form that proofs take to.
type simpleRule struct {
	*Rule
	when cond.Expr
}

// shadowed pairs each rule with the first earlier one that covers it.
func (s *Set) shadowed(dead map[*Rule]bool) hcl.Diagnostics {
	var diags hcl.Diagnostics
	var before []simpleRule
	proofs := cond.NewProver(maxProofs)
	for _, r := range s.rules {
		if r.When == nil || dead[r] {
			continue
		}
		c := simpleRule{r, cond.Simplify(r.When)}
		if i := slices.IndexFunc(before, func(earlier simpleRule) bool { return earlier.covers(c, proofs) }); i >= 0 {
			diags = append(diags, ruleShadowed(r, before[i].Rule))
			continue
		}
		if len(before) < maxCompared {
			before = append(before, c)
		}
	}
	return diags
}

// covers reports that wherever the other rule applies, this one does too, with the
// same effect.
func (r simpleRule) covers(o simpleRule, proofs *cond.Prover) bool {
	if r.Effect != o.Effect || r.Direction != Both && r.Direction != o.Direction {
		return false
	}
	for _, k := range o.Kinds {
		if !slices.Contains(r.Kinds, k) {
			return false
		}
	}
	return covers(r.Groups, o.Groups) && proofs.Implies(o.when, r.when)
}

// covers compares the groups rules are limited to; nil is everybody.
func covers(groups, others []string) bool {
	if groups == nil {
		return true
	}
	if others == nil {
		return false
	}
	return !slices.ContainsFunc(others, func(g string) bool { return !slices.Contains(groups, g) })
}

// switchedOff says why a rule has nothing to act upon: every kind it is about is
// switched off for everybody in every direction it covers. "" if it has.
func (s *Set) switchedOff(r *Rule) string {
	var why []string
	for _, k := range r.Kinds {
		if r.Direction.Has(Down) {
			if !s.switchCanBe(k, "downsync", func(v Value) bool { return v.Bool }) {
				why = append(why, k.Plural()+".downsync is false")
			} else {
				return ""
			}
		}
		if r.Direction.Has(Up) {
			if !s.switchCanBe(k, "upsync", func(v Value) bool { return v.Text != "off" }) {
				why = append(why, k.Plural()+`.upsync is "off"`)
			} else {
				return ""
			}
		}
	}
	return strings.Join(why, ", ")
}

// switchCanBe reports that the setting can be on for somebody. A person's own page
// cannot switch on what the policy switches off, because on is the product's
// default and counts as unset. A rule of weir.settings may give any value.
func (s *Set) switchCanBe(k state.Kind, name string, on func(Value) bool) bool {
	id, ok := ParseSetting(k.Plural() + "." + name)
	if !ok {
		return true
	}
	layers := []*layer{&s.org, &s.defaults}
	if v := stacked(id, layers); v.Set && on(v.Value) {
		return true
	}
	if slices.ContainsFunc(s.rego, func(r regoSetting) bool { return r.id == id }) {
		return true
	}
	for _, g := range s.groups {
		if a, ok := g.layer.values[id]; ok && on(a.Value) {
			return true
		}
	}
	for _, u := range s.users {
		if a, ok := u.layer.values[id]; ok && on(a.Value) {
			return true
		}
	}
	return false
}

// MatchNobody warns of groups in which none of the users is, nor may be.
func (s *Set) MatchNobody(users []*state.User, dir *state.Directory) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, g := range s.groups {
		if g.When == nil || cond.NeverTrue(g.When) || len(users) == 0 {
			continue
		}
		if !slices.ContainsFunc(users, func(u *state.User) bool {
			truth, err := g.member(u, dir)
			return truth != state.False || err != nil
		}) {
			diags = append(diags, groupEmpty(g, len(users)))
		}
	}
	return sorted(diags)
}

// OpaquePart is a part of a condition that could not be lowered: right, but called
// back into its language for every item.
type OpaquePart struct {
	What     string // group "x", view "y", rule "z"
	Language string
	Source   string
	Range    hcl.Range // begins where it does; of the block it stands in, if that is not known
	Why      string
}

// OpaqueParts lists them: of groups, views, then rules, each by file and line.
func (s *Set) OpaqueParts() []OpaquePart {
	var out []OpaquePart
	add := func(what string, e cond.Expr, rng hcl.Range) {
		if e == nil {
			return
		}
		for _, o := range cond.Opaques(e) {
			out = append(out, OpaquePart{What: what, Language: o.Language, Source: o.String(), Range: beginsAt(o, rng), Why: o.Why})
		}
	}
	for _, g := range s.groups {
		add("group "+quoted(g.Name), g.When, g.rng)
	}
	for _, v := range s.views {
		at := wholeFile(v.Origin.File)
		at.Start.Line, at.End.Line = v.Origin.Line, v.Origin.Line
		add("view "+quoted(v.Name), v.Filter, at)
	}
	for _, r := range s.rules {
		add("rule "+quoted(r.Name), r.When, r.rng)
	}
	return out
}

func beginsAt(o *cond.Opaque, otherwise hcl.Range) hcl.Range {
	if o.At == nil {
		return otherwise
	}
	at := o.At()
	if at.File == "" {
		return otherwise
	}
	pos := hcl.Pos{Line: at.Line, Column: at.Column}
	return hcl.Range{Filename: at.File, Start: pos, End: pos}
}

// Wordings.

func groupNever(g *Group) *hcl.Diagnostic {
	return warning(g.whenRange, "Group without members", "The condition of group %s holds for nobody, whatever the recording: it is %s. Correct it, or remove the group.", quoted(g.Name), clipped(g.When.String()))
}

func groupEmpty(g *Group, people int) *hcl.Diagnostic {
	return warning(g.rng, "Group without members", "Group %s matches none of the %d people of the recording. Check its condition.", quoted(g.Name), people)
}

func ruleNever(r *Rule) *hcl.Diagnostic {
	return warning(r.whenRange, "Rule that never fires", "The condition of rule %s holds for nothing: it is %s. Correct it, or remove the rule.", quoted(r.Name), clipped(r.When.String()))
}

func groupAlways(g *Group) *hcl.Diagnostic {
	return warning(g.whenRange, "Group of everybody", `The condition of group %s is true of everybody: it is %s. If that is meant, write "true"%s.`, quoted(g.Name), clipped(g.When.String()), joined(g.When))
}

func ruleAlways(r *Rule) *hcl.Diagnostic {
	return warning(r.whenRange, "Rule that always fires", `The condition of rule %s is true of every %s: it is %s. If that is meant, write "true"%s.`, quoted(r.Name), kindNames(r.Kinds), clipped(r.When.String()), joined(r.When))
}

// joined is a hint at the usual mistake, where a condition has the form of it.
func joined(e cond.Expr) string {
	if _, ok := e.(*cond.Or); ok {
		return "; if both are to be refused, join them with &&"
	}
	return ""
}

func viewNever(v *View) *hcl.Diagnostic {
	return warning(v.filterRange, "View without contacts", "The filter of view %s holds for no contact: it is %s. Correct it, or remove the view.", quoted(v.Name), clipped(v.Filter.String()))
}

func viewAlways(v *View) *hcl.Diagnostic {
	return warning(v.filterRange, "View of all contacts", `The filter of view %s is true of every contact: it is %s. If that is meant, write "true", or scope = "all".`, quoted(v.Name), clipped(v.Filter.String()))
}

func kindNames(kinds []state.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

func ruleSwitchedOff(r *Rule, off string) *hcl.Diagnostic {
	return warning(r.rng, "Rule with nothing to stop", "For everybody %s, so that nothing goes where rule %s could stop it. Remove the rule, or check its kinds and direction.", off, quoted(r.Name))
}

func ruleShadowed(r, by *Rule) *hcl.Diagnostic {
	d := warning(r.rng, "Rule without effect", "Whatever rule %s applies to, rule %s (%s) does already, with the same effect. Remove it, or make one of them narrower.", quoted(r.Name), quoted(by.Name), at(by.rng))
	d.Extra = Related{by.rng}
	return d
}

func clipped(s string) string {
	if len(s) <= maxNameShown {
		return s
	}
	return fmt.Sprintf("%s…", strings.ToValidUTF8(s[:maxNameShown], ""))
}
