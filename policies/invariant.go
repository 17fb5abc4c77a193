package policies

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/celexpr"
	"weir/policies/cond"
	"weir/policies/hclfile"
	"weir/state"
)

// Invariant is what a policy promises: that something is never done to the things of
// which a condition is true, whatever the rest of the policy says. It stops nothing:
// rules do. It is checked in every plan and simulation, and proved over all inputs.
type Invariant struct {
	Name  string
	Kinds []state.Kind // never empty: all kinds where the policy names none
	// When is asked of the record, or of the mailbox item where there is no record.
	When   cond.Expr
	Groups []string // limits it to members of any of these groups; nil for everybody
	// Never are what is not to be done, in the order of [NeverWords].
	Never []string
	About
	Origin Origin

	rng       hcl.Range
	whenRange hcl.Range
}

// NeverWord is something that an invariant may forbid.
type NeverWord struct {
	Name string
	Doc  string
	acts []act
}

// act is an operation of a plan and what it is done to, by their names in JSON.
type act struct{ op, on string }

var neverWords = []NeverWord{
	{"create_in_mailbox", "a copy is created or restored in the mailbox", []act{{"create", "mailbox"}, {"restore", "mailbox"}}},
	{"update_in_mailbox", "a copy in the mailbox is changed", []act{{"update", "mailbox"}}},
	{"delete_in_mailbox", "a copy in the mailbox is deleted", []act{{"delete", "mailbox"}}},
	{"create_in_salesforce", "a record is created in Salesforce", []act{{"create", "salesforce"}}},
	{"update_in_salesforce", "a record in Salesforce is changed", []act{{"update", "salesforce"}}},
	{"delete_in_salesforce", "a record in Salesforce is deleted", []act{{"delete", "salesforce"}}},
	{"decline_in_salesforce", "an invitation is declined in Salesforce", []act{{"decline", "salesforce"}}},
}

// NeverWords lists what invariants may forbid, for the reference.
func NeverWords() []NeverWord { return neverWords }

// shortWords are words for both sides.
var shortWords = map[string][]string{
	"create": {"create_in_mailbox", "create_in_salesforce"},
	"update": {"update_in_mailbox", "update_in_salesforce"},
	"delete": {"delete_in_mailbox", "delete_in_salesforce"},
}

// Forbids reports that an invariant forbids an operation, by its name and target in a
// plan's JSON.
func (i *Invariant) Forbids(op, on string) bool {
	for _, w := range neverWords {
		if slices.Contains(i.Never, w.Name) && slices.Contains(w.acts, act{op, on}) {
			return true
		}
	}
	return false
}

// AboutKind reports whether the invariant is about a kind.
func (i *Invariant) AboutKind(k state.Kind) bool { return slices.Contains(i.Kinds, k) }

// Invariants lists the policy's invariants by file and line.
func (s *Set) Invariants() []*Invariant { return s.invariants }

// HasInvariant reports an invariant of a name.
func (s *Set) HasInvariant(name string) bool {
	return slices.ContainsFunc(s.invariants, func(i *Invariant) bool { return i.Name == name })
}

// OfBase ends the names of invariants that [Set.WithInvariantsOf] added.
const OfBase = " (base)"

// WithInvariantsOf is the policy with the invariants of another one beside its own:
// a change that nobody has reviewed must not drop the promise that would stop it.
func (s *Set) WithInvariantsOf(trusted *Set) *Set {
	out := *s
	out.invariants = slices.Clone(s.invariants)
	c := equivalence{s, trusted, cond.NewProver(maxProofs)}
	for _, i := range trusted.invariants {
		if !slices.ContainsFunc(s.invariants, func(j *Invariant) bool { return i.Name == j.Name && c.samePromise(i, j) }) {
			kept := *i
			kept.Name += OfBase
			for s.HasInvariant(kept.Name) { // somebody's own is called that
				kept.Name += OfBase
			}
			kept.Origin.Name = kept.Name
			out.invariants = append(out.invariants, &kept)
		}
	}
	for _, g := range trusted.groups {
		named := func(i *Invariant) bool { return slices.Contains(i.Groups, g.Name) }
		if slices.ContainsFunc(trusted.invariants, named) {
			out.trustedGroups = append(out.trustedGroups, g)
		}
	}
	return &out
}

// InvariantsFor are the invariants that bear on a person, with whether the person is
// among those they are limited to.
func (s *Set) InvariantsFor(u *state.User, dir *state.Directory) []UserInvariant {
	var out []UserInvariant
	for _, i := range s.invariants {
		member, err := s.PromisedTo(i).Eval(&cond.Subject{User: u, Directory: dir})
		if err != nil && member != state.True {
			member = state.Unknown
		}
		if member != state.False {
			out = append(out, UserInvariant{i, member})
		}
	}
	return out
}

// UserInvariant is an invariant as it bears on one person: Member is Unknown where it
// is limited to groups whose membership cannot be told.
type UserInvariant struct {
	*Invariant
	Member state.Truth
}

// PromisedTo is for whom an invariant promises something, as a condition on people. A
// group that an untrusted change redefined is what either policy calls so.
func (s *Set) PromisedTo(i *Invariant) cond.Expr {
	return membersOf(i.Groups, s.groups, s.trustedGroups)
}

// GroupCondition is who belongs to any of some groups, as a condition; true for nil.
func (s *Set) GroupCondition(names []string) cond.Expr { return membersOf(names, s.groups) }

func membersOf(names []string, lists ...[]*Group) cond.Expr {
	if names == nil {
		return cond.Const(true)
	}
	any := []cond.Expr{cond.Const(false)}
	for _, g := range slices.Concat(lists...) {
		if slices.Contains(names, g.Name) && g.When != nil {
			any = append(any, g.When)
		}
	}
	return cond.AnyOf(any...)
}

func (l *loader) decodeInvariant(b block, name string) {
	in := l.plain(b, "invariant "+quoted(name), slices.Concat(invariantNames, aboutNames)...)
	i := &Invariant{Name: name, Origin: origin(LayerRule, name, b.DefRange), rng: b.DefRange}
	i.About = in.about()
	var r Rule // kinds and groups are read as those of rules
	kindsOK := in.ruleKinds(&r)
	in.ruleGroups(&r)
	i.Kinds, i.Groups = r.Kinds, r.Groups
	i.Never = in.never()
	if when, ok := in.require("when", `when = "item.private"`); ok && kindsOK {
		i.When, i.whenRange = l.condition(b.file, when, "when", celexpr.Env{Kinds: i.Kinds}), conditionRange(b.file, when)
	}
	l.set.invariants = append(l.set.invariants, i)
}

// never reads what is forbidden.
func (b *body) never() []string {
	const example = `never = ["delete_in_mailbox"]`
	expr, ok := b.require("never", example)
	if !ok {
		return nil
	}
	list, ok := b.texts("never")
	if ok && len(list) == 0 {
		b.l.report(emptyList(expr.Range(), "never", "Name what is not to be done, for example "+example+"."))
	}
	named := map[string]bool{}
	for _, v := range list {
		if v.Kind != hclfile.String {
			continue
		}
		words := shortWords[v.Text]
		if slices.ContainsFunc(neverWords, func(w NeverWord) bool { return w.Name == v.Text }) {
			words = []string{v.Text}
		}
		if words == nil {
			b.l.report(unknownNever(v.Range, v.Text))
		}
		for _, w := range words {
			named[w] = true
		}
	}
	var out []string
	for _, w := range neverWords {
		if named[w.Name] {
			out = append(out, w.Name)
		}
	}
	return out
}

func neverNames() []string {
	out := sortedKeys(shortWords)
	for _, w := range neverWords {
		out = append(out, w.Name)
	}
	slices.Sort(out)
	return out
}
