package policies

import (
	"fmt"
	"slices"
	"sort"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/state"
)

// Resolve settles every setting for one user: layers by height, forced values,
// then the person's own settings page. Directory may be nil. Problems of the
// user's own (groups that disagree, an unreadable preference) are in the result.
func (s *Set) Resolve(u *state.User, dir *state.Directory) *Settings {
	out, conflicts := s.resolve(u, dir)
	for _, c := range conflicts {
		out.Problems = append(out.Problems, disagree(c, []string{u.Address}))
	}
	return out
}

// ResolveAll resolves every user, in the order given. A disagreement of two
// groups is reported once, with all the people it concerns; every other problem
// once for each person.
func (s *Set) ResolveAll(users []*state.User, dir *state.Directory) ([]*Settings, hcl.Diagnostics) {
	out := make([]*Settings, len(users))
	people := map[conflictKey][]string{}
	found := map[conflictKey]conflict{}
	var diags hcl.Diagnostics
	for i, u := range users {
		settings, conflicts := s.resolve(u, dir)
		diags = append(diags, settings.Problems...)
		for _, c := range conflicts {
			settings.Problems = append(settings.Problems, disagree(c, []string{u.Address}))
			people[c.key()] = append(people[c.key()], u.Address)
			found[c.key()] = c
		}
		out[i] = settings
	}
	for key, c := range found {
		sort.Strings(people[key])
		diags = append(diags, disagree(c, people[key]))
	}
	slices.SortFunc(diags, compareDiagnostics)
	return out, diags
}

// OrgLimits are the settings of the organisation as a whole: defaults and org
// only. Limits over the organisation are read from it. It has no user.
func (s *Set) OrgLimits() *Settings {
	r := resolver{set: s}
	out := &Settings{}
	out.Values, _ = r.values(nil)
	return out
}

// resolver settles one user's settings.
type resolver struct {
	set  *Set
	user *state.User
	pref preference
	rego layer // what the Rego modules set for the user
}

func (s *Set) resolve(u *state.User, dir *state.Directory) (*Settings, []conflict) {
	r := resolver{set: s, user: u, pref: readPreference(u.Preference, u.Address)}
	rego := s.regoLayer(u, dir)
	r.rego = rego.layer
	out := &Settings{User: u, Problems: rego.problems}
	for _, b := range r.pref.broken {
		out.Problems = append(out.Problems, preferenceProblem(u.Preference, b.value, u.Address, b.detail))
	}
	membership, problems := s.membership(u, dir)
	out.Problems = append(out.Problems, problems...)
	members, unknown := s.split(membership)
	var conflicts []conflict
	out.Values, conflicts = r.values(members)
	conflicts = append(conflicts, rego.conflicts...)
	out.MembershipUnknown = append(r.unsettled(members, unknown), r.undecided(members, rego.doubts)...)
	out.PreferenceWins = preferenceWins(&out.Values)
	out.Rules, out.common = s.userRules(membership), s.common
	return out, conflicts
}

// membership tells for every group whether the user is in it.
func (s *Set) membership(u *state.User, dir *state.Directory) (map[string]state.Truth, hcl.Diagnostics) {
	out := make(map[string]state.Truth, len(s.groups))
	var problems hcl.Diagnostics
	for _, g := range s.groups {
		truth, err := g.member(u, dir)
		if err != nil {
			problems = append(problems, groupFailed(g, u.Address, err))
			truth = state.Unknown
		}
		out[g.Name] = truth
	}
	return out, problems
}

func (g *Group) member(u *state.User, dir *state.Directory) (state.Truth, error) {
	if g.When == nil {
		return state.Unknown, fmt.Errorf("the group has no condition")
	}
	return g.When.Eval(&cond.Subject{User: u, Directory: dir})
}

func (s *Set) split(membership map[string]state.Truth) (members, unknown []*Group) {
	for _, g := range s.groups {
		switch membership[g.Name] {
		case state.True:
			members = append(members, g)
		case state.Unknown:
			unknown = append(unknown, g)
		}
	}
	return members, unknown
}

// userRules lists the rules that bear on a user: those for everybody, and those
// limited to groups of which the user is, or may be, a member.
func (s *Set) userRules(membership map[string]state.Truth) []UserRule {
	out := make([]UserRule, 0, len(s.rules))
	for _, rule := range s.rules {
		member := state.True
		if rule.Groups != nil {
			member = state.False
			for _, name := range rule.Groups {
				member = member.Or(membership[name])
			}
		}
		if member != state.False {
			out = append(out, UserRule{Rule: rule, Member: member})
		}
	}
	return out
}

// layers lists the admin layers that apply, high to low. Groups of equal
// precedence stand in reverse order of file and line, so that the first one
// counts where they disagree (an error all the same).
func (r *resolver) layers(members []*Group) []*layer {
	groups := slices.Clone(members)
	slices.SortStableFunc(groups, func(a, b *Group) int { return b.Precedence - a.Precedence })
	out := make([]*layer, 0, len(groups)+4)
	if r.user != nil {
		if u, ok := r.set.byUser[r.user.Address]; ok {
			out = append(out, &u.layer)
		}
	}
	out = append(out, &r.rego)
	for _, g := range groups {
		out = append(out, &g.layer)
	}
	return append(out, &r.set.org, &r.set.defaults)
}

// values settles every setting for a user who is a member of the given groups.
func (r *resolver) values(members []*Group) ([NumSettings]Resolved, []conflict) {
	layers := r.layers(members)
	var out [NumSettings]Resolved
	for id := SettingInvalid + 1; id < NumSettings; id++ {
		out[id] = stacked(id, layers)
	}
	for id := SettingInvalid + 1; id < NumSettings; id++ {
		if e := id.Entry(); e.NewPage != "" || e.LegacyPage != "" {
			out[id].Locked = locked(id, &out, layers)
		}
	}
	for id := SettingInvalid + 1; id < NumSettings; id++ {
		if p, ok := r.pref.values[id]; ok {
			r.applyPreference(id, &out, p, layers)
		}
	}
	return out, r.conflicts(members)
}

// stacked is a setting as the admin layers say: the highest counts.
func stacked(id Setting, layers []*layer) Resolved {
	var res Resolved
	for _, l := range layers {
		a, ok := l.values[id]
		switch {
		case !ok:
		case !res.Set:
			res.Value, res.Origin = a.Value, a.origin
		default:
			res.Overruled = append(res.Overruled, Overruled{Value: a.Value, Origin: a.origin})
		}
	}
	return res
}

// applyPreference lets the person's own page count, or says why it does not.
func (r *resolver) applyPreference(id Setting, values *[NumSettings]Resolved, p assignment, layers []*layer) {
	res := &values[id]
	if why := r.whyNot(id, values, p, layers); why != "" {
		if !p.Equal(res.Value) {
			ignored := Overruled{Value: p.Value, Origin: p.origin, Why: why}
			res.Overruled = append([]Overruled{ignored}, res.Overruled...)
		}
		return
	}
	beaten := Overruled{Value: res.Value, Origin: res.Origin}
	res.Overruled = append([]Overruled{beaten}, res.Overruled...)
	res.Value, res.Origin = p.Value, p.origin
}

// whyNot says why a preference does not count, or "".
func (r *resolver) whyNot(id Setting, values *[NumSettings]Resolved, p assignment, layers []*layer) string {
	if why := locked(id, values, layers); why != "" {
		return why
	}
	if p.Equal(r.set.defaults.values[id].Value) {
		return "equals the product's default"
	}
	return ""
}

// locked says why no preference for the setting counts, or "".
func locked(id Setting, values *[NumSettings]Resolved, layers []*layer) string {
	if general := values[Preferences]; general.Text == "ignore" {
		return "preferences are ignored by " + general.Origin.where()
	}
	for _, l := range layers {
		if o, ok := l.forced[id]; ok {
			return "forced by " + o.where()
		}
	}
	return ""
}

// preferenceWins lists the settings in which the preference beats a different
// value that the policy sets above the defaults.
func preferenceWins(values *[NumSettings]Resolved) []Setting {
	var out []Setting
	for id := SettingInvalid + 1; id < NumSettings; id++ {
		res := &values[id]
		if res.Origin.Layer != LayerPreference || len(res.Overruled) == 0 {
			continue
		}
		if beaten := res.Overruled[0]; beaten.Origin.Layer != LayerDefaults && !beaten.Value.Equal(res.Value) {
			out = append(out, id)
		}
	}
	return out
}

// unsettled lists the groups whose unknown membership would change a setting: by
// itself, or together with another such group (one forces, the other sets).
func (r *resolver) unsettled(members, unknown []*Group) []Origin {
	var out []Origin
	for _, g := range unknown {
		if r.matters(g, members, unknown) {
			out = append(out, g.Origin)
		}
	}
	return out
}

func (r *resolver) matters(g *Group, members, unknown []*Group) bool {
	if r.changes(members, g) {
		return true
	}
	if len(r.pref.values) == 0 {
		return false
	}
	for _, other := range unknown {
		if other != g && r.changes(with(members, other), g) {
			return true
		}
	}
	return false
}

// changes reports whether membership of g changes a value or brings a
// disagreement.
func (r *resolver) changes(members []*Group, g *Group) bool {
	before, quarrels := r.values(members)
	after, more := r.values(with(members, g))
	if len(quarrels) != len(more) {
		return true
	}
	for id := range before {
		if !before[id].Equal(after[id].Value) {
			return true
		}
	}
	return false
}

// with adds a group in the order of files and lines.
func with(members []*Group, g *Group) []*Group {
	out := append(slices.Clone(members), g)
	slices.SortStableFunc(out, func(a, b *Group) int { return compareRanges(a.rng, b.rng) })
	return out
}
