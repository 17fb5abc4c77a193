package refmodel

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"weir/state"
)

// Policy is a policy without a language: every block as a table of texts, by the
// catalogue's paths.
type Policy struct {
	Org    Layer
	Groups []Group // of different precedence
	People map[string]Layer
	Views  map[string]View
	Rules  []Rule
}

// Layer is what one block sets, and what it forces.
type Layer struct {
	Values map[string]string
	Forced []string // paths
}

// Group is a layer for the people of a profile.
type Group struct {
	Name       string
	Precedence int
	Profile    string // the condition: user.profile is this
	Layer
}

// View is a set of contacts: those of a company, or else a recorded list view.
type View struct{ Company, ListView string }

// Rule is a rule with its condition as a function.
type Rule struct {
	Name     string
	Kinds    []state.Kind
	Down, Up bool
	Exclude  bool   // else it holds
	Group    string // limits it to the members; "" for everybody
	Text     string // the condition as policies write it
	When     func(Seen) (truth state.Truth, fails bool)
}

// defaults are 4.2's, as far as they bear on decisions.
var defaults = map[string]string{
	"contacts.downsync": "true", "contacts.scope": "mine", "contacts.forbid_to_remove": "false", "contacts.when_out": "keep",
	"contacts.conflict": "newest", "contacts.upsync": "marked", "contacts.when_moved": "unlink",
	"tasks.downsync": "true", "tasks.forbid_to_remove": "false", "tasks.window.completed": "14d", "tasks.when_out": "keep",
	"tasks.conflict": "newest", "tasks.upsync": "marked", "tasks.logged": "skip", "tasks.when_moved": "unlink",
	"events.downsync": "true", "events.window.past": "14d", "events.window.future": "60d", "events.when_out": "remove_if_born_in_salesforce",
	"events.conflict": "newest", "events.upsync": "auto", "events.removal": "propagate", "events.when_declined": "include", "events.when_moved": "unlink",
	"preferences": "respect", "sync": "on",
	"limits.mailbox_deletes.percent": "30", "limits.mailbox_deletes.floor": "10",
	"limits.salesforce_deletes.percent": "5", "limits.salesforce_deletes.floor": "10", "limits.salesforce_deletes.max": "500",
}

// Settings are what a policy says about one person.
type Settings struct {
	values            map[string]string
	policy            *Policy
	member            map[string]state.Truth // by group
	MembershipUnknown bool
	recordedScope     string // of the person's own page, whatever the policy says
}

// Resolve settles the layers for one person (4.3). A group whose membership is
// unknown leaves the person out of it; if being in it would change any setting,
// everything is held.
func (p *Policy) Resolve(u *state.User) Settings {
	s := Settings{policy: p, member: map[string]state.Truth{}, recordedScope: defaults["contacts.scope"]}
	if scope, ok := preference(u)["contacts.scope"]; ok {
		s.recordedScope = scope
	}
	in := map[string]bool{}
	var unknown []string
	for _, g := range p.Groups {
		truth := state.Unknown
		if profile := u.Value(state.UserProfile); profile.IsRecorded() {
			truth = state.TruthOf(profile.Text() == g.Profile)
		} else {
			unknown = append(unknown, g.Name)
		}
		s.member[g.Name], in[g.Name] = truth, truth == state.True
	}
	s.values = p.valuesFor(u, in)
	for mask := range 1 << len(unknown) {
		maybe := maps.Clone(in)
		for i, name := range unknown {
			maybe[name] = mask&(1<<i) != 0
		}
		s.MembershipUnknown = s.MembershipUnknown || !maps.Equal(s.values, p.valuesFor(u, maybe))
	}
	return s
}

// valuesFor lays the layers over one another, low to high: defaults, org, groups by
// precedence, the person's block, the person's own page. The page counts only
// where no layer forces the setting, where preferences are respected, and where
// it says something else than the product's default.
func (p *Policy) valuesFor(u *state.User, in map[string]bool) map[string]string {
	layers := []Layer{p.Org}
	groups := slices.Clone(p.Groups)
	slices.SortFunc(groups, func(a, b Group) int { return a.Precedence - b.Precedence })
	for _, g := range groups {
		if in[g.Name] {
			layers = append(layers, g.Layer)
		}
	}
	layers = append(layers, p.People[u.Address])
	out := maps.Clone(defaults)
	var forced []string
	for _, l := range layers {
		maps.Copy(out, l.Values)
		forced = append(forced, l.Forced...)
	}
	if out["preferences"] == "ignore" {
		return out
	}
	for path, value := range preference(u) {
		if value != defaults[path] && !slices.Contains(forced, path) {
			out[path] = value
		}
	}
	return out
}

// valuesForAll are the organisation's own: the defaults and its block (decision 7).
func (p *Policy) valuesForAll() map[string]string {
	out := maps.Clone(defaults)
	maps.Copy(out, p.Org.Values)
	return out
}

// preference reads the person's own page (4.2, 7): on the legacy page Auto-removal
// is the opposite of forbid to remove.
func preference(u *state.User) map[string]string {
	out := map[string]string{}
	if u.Preference == nil {
		return out
	}
	legacy := map[string]string{"filters.contacts": "contacts.downsync", "filters.tasks": "tasks.downsync", "filters.events": "events.downsync",
		"filters.contacts_scope": "contacts.scope", "detailed_settings.contacts_auto_removal": "contacts.forbid_to_remove",
		"detailed_settings.tasks_auto_removal": "tasks.forbid_to_remove"}
	for _, v := range u.Preference.Values {
		path, value := v.Key, strconv.FormatBool(v.Bool)
		if u.Preference.Page == "legacy" {
			path = legacy[v.Key]
			if path == "contacts.forbid_to_remove" || path == "tasks.forbid_to_remove" {
				value = strconv.FormatBool(!v.Bool)
			}
		}
		if path == "contacts.scope" {
			value = map[bool]string{true: "mine", false: "all"}[strings.EqualFold(v.Text, "Only my contacts")]
		}
		out[path] = value
	}
	return out
}

// of is a setting of a kind.
func (s *Settings) of(k state.Kind, name string) string { return s.values[k.Plural()+"."+name] }

func (s *Settings) on(k state.Kind) bool { return s.of(k, "downsync") == "true" }

// kept: the person's deletions do not go up (forbid to remove, or
// events.removal = "keep").
func (s *Settings) kept(k state.Kind) bool {
	if k == state.Event {
		return s.of(k, "removal") == "keep"
	}
	return s.of(k, "forbid_to_remove") == "true"
}

// days is a window in days; without a limit where it is unlimited.
func days(text string) (n int, limited bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	return n, err == nil
}
