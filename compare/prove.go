package compare

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
	"weir/policies/prove"
	"weir/state"
)

// This file compares two policies over all inputs. A setting is a question about
// people, a rule one about people and things; each is written as a condition, and the
// two conditions are compared by proof. What shows a difference is tried in the
// engine before it is reported.

// Prove tells for each setting that either policy sets, each rule, group and view how
// the new policy stands to the old one, over all people and things recorded in full.
func Prove(ctx context.Context, before, after *policies.Set) ([]Proof, error) {
	p := &proofs{ctx: ctx, before: before, after: after, prover: prove.NewProver(prove.Steps)}
	for _, step := range []func(){p.settings, p.groups, p.views, p.rules} {
		step()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.out, func(a, b Proof) int { return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Kind, b.Kind)) })
	return p.out, nil
}

type proofs struct {
	ctx           context.Context
	before, after *policies.Set
	prover        *prove.Prover
	out           []Proof
}

// settings compares every setting that a layer above the defaults sets or forces: for
// people without a user block, and for each of those with one.
func (p *proofs) settings() {
	set := map[policies.Setting]bool{}
	own := map[string]map[policies.Setting]bool{}
	for _, s := range []*policies.Set{p.before, p.after} {
		for _, l := range slices.Concat(s.SettingLines(), s.ForcedLines()) {
			if l.Origin.Layer != policies.LayerUser {
				set[l.Setting] = true
				continue
			}
			if own[l.Origin.Name] == nil {
				own[l.Origin.Name] = map[policies.Setting]bool{}
			}
			own[l.Origin.Name][l.Setting] = true
		}
	}
	if set[policies.Preferences] { // which bears on everything that is on a settings page
		for _, e := range policies.Catalogue() {
			set[e.Setting] = set[e.Setting] || policies.OwnChoices(e.Setting) != nil
		}
	}
	for _, e := range policies.Catalogue() {
		if set[e.Setting] {
			p.setting(e.Setting, "")
		}
	}
	for _, address := range slices.Sorted(maps.Keys(own)) {
		for _, e := range policies.Catalogue() {
			if own[address][e.Setting] {
				p.setting(e.Setting, address)
			}
		}
	}
}

// setting compares one setting, for everybody without a user block or for the person
// with a mailbox.
func (p *proofs) setting(id policies.Setting, address string) {
	proof := Proof{What: "setting " + id.String(), Relation: Equal, Text: "the same for everybody", Examples: []Example{}}
	if address != "" {
		proof.What, proof.Text = fmt.Sprintf("setting user %q: %s", address, id), "the same"
	}
	q := settingQuestion{id: id, address: address, before: p.before, after: p.after, prover: p.prover,
		old: p.before.SettingCases(id, address), new: p.after.SettingCases(id, address)}
	proof.Old, proof.New = q.place(q.old), q.place(q.new)
	narrower, wider := q.find(-1), q.find(1)
	proof.decide(narrower, wider, q.words)
	p.out = append(p.out, proof)
}

// decide draws the relation from what was found in either direction.
func (proof *Proof) decide(narrower, wider found, words func(found) string) {
	switch {
	case narrower.example != nil && wider.example != nil:
		proof.Relation = Both
	case len(narrower.gaps)+len(wider.gaps) > 0:
		proof.Relation = Undecided
	case narrower.example != nil:
		proof.Relation = Narrower
	case wider.example != nil:
		proof.Relation = Wider
	default:
		return
	}
	var texts []string
	for _, f := range []found{narrower, wider} {
		if f.example == nil {
			continue
		}
		proof.Examples = append(proof.Examples, *f.example)
		if text := words(f); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		if f.old != nil {
			proof.Old = f.old
		}
		if f.new != nil {
			proof.New = f.new
		}
	}
	if proof.Relation == Undecided {
		gaps := slices.Concat(narrower.gaps, wider.gaps)
		slices.Sort(gaps)
		texts = append(texts, "it cannot be proved: "+strings.Join(slices.Compact(gaps), "; "))
	}
	proof.Text = strings.Join(texts, "; ")
}

// found is an example, or what stands in the way of a proof that there is none.
type found struct {
	example  *Example
	all      bool // it is so for everybody
	old, new *engine.PolicyRef
	gaps     []string
}

// settingQuestion compares the cases of one setting.
type settingQuestion struct {
	id            policies.Setting
	address       string
	before, after *policies.Set
	old, new      []policies.SettingCase
	prover        *prove.Prover
}

// place is where the setting stands for most: the lowest layer that sets it.
func (q *settingQuestion) place(cases []policies.SettingCase) *engine.PolicyRef {
	for _, c := range slices.Backward(cases) {
		if c.Origin.File != "" {
			return ref(&c.Origin)
		}
	}
	return nil
}

// ending is what a setting comes to for some people.
type ending struct {
	policies.SettingCase
	own bool // it is what their own page says
}

// endings are the cases of a setting for people whose own page gives it a value; nil
// for those whose page says nothing.
func endings(cases []policies.SettingCase, own *policies.Value) []ending {
	var out []ending
	for _, c := range cases {
		e := ending{SettingCase: c}
		if own != nil && !c.Locked && !c.Disagree {
			e.Value, e.Rego, e.own = *own, "", true
		}
		out = append(out, e)
	}
	return out
}

// stand compares two endings: whether the new one may be narrower or wider than the
// old one, and whether that cannot be told.
func stand(id policies.Setting, old, new ending) (narrower, wider, unknown bool) {
	switch {
	case old.Rego != "" || new.Rego != "":
		return false, false, old.Rego != new.Rego
	case old.Disagree || new.Disagree:
		return old.Disagree != new.Disagree, old.Disagree != new.Disagree, false
	}
	order, ok := policies.Widths(id, new.Value, old.Value)
	return order < 0 || !ok, order > 0 || !ok, false
}

// find looks for a person for whom the new value is narrower (-1) or wider (1).
func (q *settingQuestion) find(way int) found {
	var out found
	choices := []*policies.Value{nil}
	for _, v := range policies.OwnChoices(q.id) {
		choices = append(choices, &v)
	}
	for _, own := range choices {
		old, new := endings(q.old, own), endings(q.new, own)
		var pairs, doubtful []cond.Expr
		for _, o := range old {
			var fits, unsure []cond.Expr
			for _, n := range new {
				narrower, wider, unknown := stand(q.id, o, n)
				if way < 0 && narrower || way > 0 && wider {
					fits = append(fits, n.When)
				}
				if unknown {
					unsure = append(unsure, n.When)
				}
			}
			pairs = append(pairs, cond.AllOf(o.When, cond.AnyOf(fits...)))
			doubtful = append(doubtful, cond.AllOf(o.When, cond.AnyOf(unsure...)))
		}
		if w, gaps := q.prover.Find(cond.AnyOf(doubtful...), prove.Domain{}); w != nil || len(gaps) > 0 {
			out.gaps = append(out.gaps, "its value is computed by Rego modules that changed")
		}
		w, gaps := q.prover.Find(cond.AnyOf(pairs...), prove.Domain{})
		out.gaps = append(out.gaps, gaps...)
		if w == nil {
			continue
		}
		shown, ok := q.try(w, own, way)
		if !ok {
			out.gaps = append(out.gaps, "what was found does not show it when it is tried")
			continue
		}
		shown.all = own == nil && len(w.Values) == 0
		return shown
	}
	slices.Sort(out.gaps)
	out.gaps = slices.Compact(out.gaps)
	return out
}

// try resolves the setting for the person found, under both policies.
func (q *settingQuestion) try(w *prove.World, own *policies.Value, way int) (found, bool) {
	u := *w.User
	from := &origin{world: w, address: q.address, setting: q.id}
	if q.address != "" {
		u.Address = q.address
	}
	fields := fieldsOf(w)
	if q.address != "" {
		fields = append([]Field{{"mailbox", q.address}}, fields...)
	}
	e := q.id.Entry()
	if own != nil {
		u.Preference = policies.OwnPage(q.id, *own)
		from.own = u.Preference
		fields = append(fields, Field{"the person's own page: " + e.Path, e.Format(*own)})
	}
	before, after := q.before.Resolve(&u, w.Directory), q.after.Resolve(&u, w.Directory)
	was, is := before.Get(q.id), after.Get(q.id)
	quarrels, quarrel := disagree(q.old, &u, w), disagree(q.new, &u, w)
	order, ok := policies.Widths(q.id, is.Value, was.Value)
	if quarrels == quarrel && (ok && order != way) {
		return found{}, false
	}
	relation := Narrower
	if way > 0 {
		relation = Wider
	}
	word := func(r policies.Resolved, quarrel bool) string {
		if quarrel {
			return "undecided (groups disagree)"
		}
		return e.Format(r.Value)
	}
	return found{example: &Example{Relation: relation, At: w.Now, Fields: fields, Old: word(was, quarrels), New: word(is, quarrel), origin: from},
		old: ref(&was.Origin), new: ref(&is.Origin)}, true
}

// disagree reports that groups disagree about the setting for a person.
func disagree(cases []policies.SettingCase, u *state.User, w *prove.World) bool {
	return slices.ContainsFunc(cases, func(c policies.SettingCase) bool {
		truth, err := c.When.Eval(&cond.Subject{User: u, Directory: w.Directory})
		return c.Disagree && err == nil && truth == state.True
	})
}

func (q *settingQuestion) words(f found) string {
	who := "for some"
	if f.all && len(q.old) == 1 && len(q.new) == 1 || q.address != "" && f.all {
		who = "for everybody"
	}
	if q.address != "" {
		who = ""
	}
	for _, field := range f.example.Fields {
		if strings.HasPrefix(field.Name, "the person's own page") {
			who = "for those whose own page says " + field.Value
		}
	}
	return strings.TrimSpace(fmt.Sprintf("was %s, is now %s %s", f.example.Old, f.example.New, who))
}

// fieldsOf are the attributes that an example needs, by name.
func fieldsOf(w *prove.World) []Field {
	out := []Field{}
	for _, v := range w.Values {
		out = append(out, Field{v.Name, v.Text})
	}
	return out
}

// groups compares who belongs to the groups that both policies have.
func (p *proofs) groups() {
	for _, g := range p.before.Groups() {
		for _, h := range p.after.Groups() {
			if g.Name == h.Name && g.When != nil && h.When != nil {
				p.conditions(conditionQuestion{what: fmt.Sprintf("group %q", g.Name), old: g.When, new: h.When, oldAt: &g.Origin, newAt: &h.Origin,
					holds: "a member", not: "not a member", more: "has more members", fewer: "has fewer members"})
			}
		}
	}
}

// views compares the contacts of the views that both policies filter.
func (p *proofs) views() {
	for _, v := range p.before.Views() {
		for _, w := range p.after.Views() {
			if v.Name != w.Name || v.Filter == nil && w.Filter == nil {
				continue
			}
			q := conditionQuestion{what: fmt.Sprintf("view %q", v.Name), of: prove.Domain{Kind: state.Contact, Side: state.Salesforce},
				old: v.Filter, new: w.Filter, oldAt: &v.Origin, newAt: &w.Origin, holds: "in the view", not: "not in it", more: "shows more contacts", fewer: "shows fewer contacts"}
			if v.Filter == nil || w.Filter == nil {
				p.out = append(p.out, Proof{What: q.what, Kind: state.Contact.String(), Relation: Undecided, Old: ref(q.oldAt), New: ref(q.newAt), Examples: []Example{},
					Text: "it cannot be proved: one is a list view in Salesforce, which is not part of the policy"})
				continue
			}
			p.conditions(q)
		}
	}
}

// rules compares what each rule applies to, kind by kind. A rule that only one policy
// has applies to nothing in the other one.
func (p *proofs) rules() {
	names := map[string]bool{}
	byName := func(s *policies.Set) map[string][]*policies.Rule {
		out := map[string][]*policies.Rule{}
		for _, r := range s.Rules() {
			out[r.Name] = append(out[r.Name], r)
			names[r.Name] = true
		}
		return out
	}
	old, new := byName(p.before), byName(p.after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if p.ctx.Err() != nil {
			return
		}
		for _, k := range state.Kinds() {
			p.rule(name, k, old[name], new[name])
		}
	}
}

// rule compares the rules of one name for one kind.
func (p *proofs) rule(name string, k state.Kind, old, new []*policies.Rule) {
	proof := Proof{What: fmt.Sprintf("rule %q", name), Kind: k.String(), Relation: Equal, Text: "applies to the same " + k.Plural(), Examples: []Example{}}
	if len(old) > 0 {
		proof.Old = ref(&old[0].Origin)
	}
	if len(new) > 0 {
		proof.New = ref(&new[0].Origin)
	}
	about := false
	var narrower, wider found
	for _, d := range []policies.Direction{policies.Down, policies.Up} {
		for _, effect := range []policies.Effect{policies.Exclude, policies.Hold} {
			before, had := appliesTo(p.before, old, k, d, effect)
			after, has := appliesTo(p.after, new, k, d, effect)
			if !had && !has {
				continue
			}
			about = true
			q := conditionQuestion{what: proof.What, rule: name, old: before, new: after, of: prove.Domain{Kind: k, Side: sideOf(d)},
				holds: words[effect][0], not: words[effect][1]}
			q.try = func(w *prove.World) (bool, bool, bool) {
				return p.appliesInEngine(p.before, w, name, d, effect), p.appliesInEngine(p.after, w, name, d, effect), true
			}
			n, m := q.find(p.prover)
			narrower, wider = narrower.or(n), wider.or(m)
		}
	}
	if !about {
		return
	}
	proof.decide(narrower, wider, func(f found) string {
		if f.example.Relation == Wider {
			return "now applies to " + k.Plural() + " that it did not apply to"
		}
		return "no longer applies to some " + k.Plural()
	})
	p.out = append(p.out, proof)
}

// words say that a rule of an effect applies, or does not.
var words = map[policies.Effect][2]string{
	policies.Exclude: {"excluded", "not excluded"},
	policies.Hold:    {"held", "not held"},
}

func sideOf(d policies.Direction) state.Side {
	if d == policies.Up {
		return state.Mailbox
	}
	return state.Salesforce
}

// appliesTo is the condition that some rules of a policy apply with an effect.
func appliesTo(set *policies.Set, rules []*policies.Rule, k state.Kind, d policies.Direction, effect policies.Effect) (e cond.Expr, any bool) {
	list := []cond.Expr{cond.Const(false)}
	for _, r := range rules {
		if r.AppliesTo(k, d) && r.Effect == effect {
			any = true
			list = append(list, cond.AllOf(set.GroupCondition(r.Groups), r.When))
		}
	}
	return cond.AnyOf(list...), any
}

// or keeps the first example and all gaps.
func (f found) or(g found) found {
	gaps := slices.Concat(f.gaps, g.gaps)
	if f.example == nil {
		f = g
	}
	f.gaps = gaps
	return f
}

// conditionQuestion compares two conditions.
type conditionQuestion struct {
	what         string
	of           prove.Domain
	old, new     cond.Expr
	oldAt, newAt *policies.Origin
	holds, not   string // of an example
	rule         string // the rule's name, of one
	more, fewer  string
	// try asks the engine whether they hold of an example; nil where they are all
	// that the engine asks.
	try func(*prove.World) (old, new, ok bool)
}

func (p *proofs) conditions(q conditionQuestion) {
	proof := Proof{What: q.what, Relation: Equal, Text: "the same", Old: ref(q.oldAt), New: ref(q.newAt), Examples: []Example{}}
	if q.of.Kind != state.KindInvalid {
		proof.Kind = q.of.Kind.String()
	}
	narrower, wider := q.find(p.prover)
	proof.decide(narrower, wider, func(f found) string {
		if f.example.Relation == Wider {
			return q.more
		}
		return q.fewer
	})
	p.out = append(p.out, proof)
}

func (q *conditionQuestion) find(prover *prove.Prover) (narrower, wider found) {
	a := prover.Compare(q.old, q.new, q.of)
	take := func(w *prove.World, r Relation) found {
		if w == nil {
			return found{}
		}
		if q.try != nil {
			if old, new, ok := q.try(w); !ok || old == new || old != (r == Narrower) {
				return found{gaps: []string{"what was found does not show it in the engine"}}
			}
		}
		e := &Example{Relation: r, At: w.Now, Fields: fieldsOf(w), Old: q.holds, New: q.not, origin: &origin{world: w, rule: q.rule}}
		if r == Wider {
			e.Old, e.New = q.not, q.holds
		}
		return found{example: e}
	}
	narrower, wider = take(a.Narrower, Narrower), take(a.Wider, Wider)
	if narrower.example == nil || wider.example == nil {
		narrower.gaps = append(narrower.gaps, a.Gaps...)
	}
	return narrower, wider
}
