package policies

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
)

// Lint warns of what is valid, does what it says, and is probably not wanted: views
// that no scope names, settings forced that nobody could change, groups of equal
// precedence that would disagree about whoever is in both. What cannot do what it
// seems to is Review's.
func (s *Set) Lint() hcl.Diagnostics {
	return sorted(slices.Concat(s.unusedViews(), s.forcedInVain(), s.overlaps()))
}

// unusedViews finds views that no scope names. A rule of weir.settings may name any.
func (s *Set) unusedViews() hcl.Diagnostics {
	if slices.ContainsFunc(s.rego, func(r regoSetting) bool { return r.id == ContactsScope }) {
		return nil
	}
	used := map[string]bool{}
	for _, l := range s.adminLayers() {
		if a, ok := l.values[ContactsScope]; ok && a.View != nil {
			used[a.View.Name] = true
		}
	}
	var diags hcl.Diagnostics
	for _, v := range s.views {
		if !used[v.Name] {
			diags = append(diags, warning(originRange(v.Origin), "Unused view", "No scope names view %s. Use it (scope = view.%s), or remove it.", quoted(v.Name), v.Name))
		}
	}
	return diags
}

func (s *Set) adminLayers() []*layer {
	out := []*layer{&s.org}
	for _, g := range s.groups {
		out = append(out, &g.layer)
	}
	for _, u := range s.users {
		out = append(out, &u.layer)
	}
	return out
}

// forcedInVain finds entries of forced that keep nobody from anything.
func (s *Set) forcedInVain() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, l := range s.adminLayers() {
		for _, id := range sortedSettings(l.forced) {
			e, at := id.Entry(), originRange(l.forced[id])
			switch {
			case e.NewPage == "" && e.LegacyPage == "":
				diags = append(diags, warning(at, "Forced in vain", "Nobody could change %s: it is on no settings page. Leave it out of forced.", e.Path))
			case s.preferencesIgnored():
				diags = append(diags, warning(at, "Forced in vain", `Nobody can change %s: preferences = "ignore" ignores all settings pages. Leave it out of forced.`, e.Path))
			}
		}
	}
	return diags
}

func sortedSettings(m map[Setting]Origin) []Setting {
	var out []Setting
	for id := range m {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// overlaps finds groups of equal precedence that set a setting differently, where it
// is not proved that nobody can be in both. Somebody who is makes it an error.
func (s *Set) overlaps() hcl.Diagnostics {
	var diags hcl.Diagnostics
	for i, g := range s.groups {
		for _, h := range s.groups[i+1:] {
			id, differ := disagreement(&g.layer, &h.layer)
			if g.Precedence != h.Precedence || !differ || g.When == nil || h.When == nil || cond.NeverTrue(cond.AllOf(g.When, h.When)) {
				continue
			}
			diags = append(diags, warning(h.rng, "Groups that overlap",
				"Somebody may be in both group %s (%s) and group %s; both have precedence %d and set %s differently, which is an error then. Give one a higher precedence.",
				quoted(g.Name), at(g.rng), quoted(h.Name), g.Precedence, id.Entry().Path))
		}
	}
	return diags
}

// disagreement is the first setting that two layers set differently.
func disagreement(a, b *layer) (Setting, bool) {
	for id := Setting(1); id < NumSettings; id++ {
		x, has := a.values[id]
		if y, too := b.values[id]; has && too && !x.Value.Equal(y.Value) {
			return id, true
		}
	}
	return 0, false
}

// originRange is the line that an origin names.
func originRange(o Origin) hcl.Range {
	p := hcl.Pos{Line: o.Line, Column: 1}
	return hcl.Range{Filename: o.File, Start: p, End: p}
}
