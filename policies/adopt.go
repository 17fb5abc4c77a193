package policies

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
	"weir/state"
)

// This file writes a policy that reproduces what people have set on their own
// pages: the most common values for everybody, the rest for recorded groups where
// one explains them exactly, else person by person.

// Adopted is a policy written from existing settings.
type Adopted struct {
	Text   []byte // of one HCL file, formatted
	People int
	Groups int // group blocks
	Users  int // user blocks
	Views  int
	// Problems are switches that could not be understood and count as unset.
	Problems hcl.Diagnostics
}

// adoptedPerson is what one person's page says, settled with the product's
// defaults.
type adoptedPerson struct {
	address  string
	groups   []string
	values   [NumSettings]Value
	recorded bool
}

// FromSettings writes the policy. Somebody without a recorded page counts as having
// the product's defaults; a person without an address counts for the common values
// only. With preferences = "ignore" the policy gives everybody exactly what their
// page says; as written it respects the pages, which then say the same.
func FromSettings(users []*state.User, source string) Adopted {
	a := &adopter{source: source, views: map[string]string{}, taken: map[string]bool{}}
	for _, u := range users {
		a.add(u)
	}
	a.pageSettings()
	a.common()
	a.split()
	text, diags := hclfile.Format([]byte(a.write()), "org.hcl")
	if diags.HasErrors() {
		a.problems = append(a.problems, diags...)
	}
	return Adopted{Text: text, People: len(a.people), Groups: len(a.groups), Users: len(a.users), Views: len(a.viewNames), Problems: sorted(a.problems)}
}

type adopter struct {
	source    string
	people    []*adoptedPerson
	settings  []Setting // those of the pages, in the catalogue's order
	org       [NumSettings]Value
	groups    []adoptedGroup
	users     []*adoptedPerson
	views     map[string]string // policy names by list view
	taken     map[string]bool
	viewNames []string // list views in order
	problems  hcl.Diagnostics
}

// adoptedGroup is a recorded group whose members, and nobody else, differ from the
// common values, all in the same way.
type adoptedGroup struct {
	name   string
	people []*adoptedPerson
}

func (a *adopter) add(u *state.User) {
	p := &adoptedPerson{address: u.Address, groups: u.Value(state.UserGroups).Texts(), recorded: u.Preference != nil}
	for id, r := range ProductDefaults().Values {
		p.values[id] = r.Value
	}
	pref := readPreference(u.Preference, u.Address)
	for id, v := range pref.values {
		p.values[id] = v.Value
	}
	for _, b := range pref.broken {
		a.problems = append(a.problems, preferenceProblem(u.Preference, b.value, u.Address, b.detail))
	}
	a.people = append(a.people, p)
}

// pageSettings are the settings that a page states.
func (a *adopter) pageSettings() {
	for _, e := range Catalogue() {
		if e.NewPage != "" || e.LegacyPage != "" {
			a.settings = append(a.settings, e.Setting)
		}
	}
	for _, p := range a.people {
		if v := p.values[ContactsScope].View; v != nil && !slices.Contains(a.viewNames, v.ListView) {
			a.viewNames = append(a.viewNames, v.ListView)
		}
	}
	slices.Sort(a.viewNames)
	for _, name := range a.viewNames {
		a.views[name] = a.viewName(name)
	}
}

// viewName makes a name that can stand as view.NAME.
func (a *adopter) viewName(listView string) string {
	base := strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			return unicode.ToLower(r)
		}
		return '_'
	}, listView), "_")
	if base == "" || !unicode.IsLetter(rune(base[0])) {
		base = "view_" + base
	}
	name := base
	for n := 2; a.taken[name]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	a.taken[name] = true
	return name
}

// common picks the most frequent value of each setting; of equally frequent ones
// the product's default, else the first as written.
func (a *adopter) common() {
	for id, r := range ProductDefaults().Values {
		a.org[id] = r.Value
	}
	for _, id := range a.settings {
		best := a.have(id, a.org[id])
		fallback := a.org[id]
		for _, p := range a.people {
			v := p.values[id]
			n := a.have(id, v)
			if n > best || n == best && !a.org[id].Equal(fallback) && a.literal(id, v) < a.literal(id, a.org[id]) {
				best, a.org[id] = n, v
			}
		}
	}
}

func (a *adopter) have(id Setting, v Value) int {
	n := 0
	for _, p := range a.people {
		if p.values[id].Equal(v) {
			n++
		}
	}
	return n
}

// differences are what a person has and the common values do not give, as text, so
// that people who differ alike can be told.
func (a *adopter) differences(p *adoptedPerson) string {
	var b strings.Builder
	for _, id := range a.settings {
		if !p.values[id].Equal(a.org[id]) {
			fmt.Fprintf(&b, "%s = %s\n", id, a.literal(id, p.values[id]))
		}
	}
	return b.String()
}

// split parts those who differ into recorded groups and single people.
func (a *adopter) split() {
	alike := map[string][]*adoptedPerson{}
	for _, p := range a.people {
		if d := a.differences(p); d != "" {
			alike[d] = append(alike[d], p)
		}
	}
	members := map[string]int{}
	for _, p := range a.people {
		for _, g := range p.groups {
			members[g]++
		}
	}
	for _, d := range sortedKeys(alike) {
		people := alike[d]
		if name := exactGroup(people, members); name != "" {
			a.groups = append(a.groups, adoptedGroup{name, people})
			continue
		}
		for _, p := range people {
			if p.address != "" {
				a.users = append(a.users, p)
			}
		}
	}
	slices.SortFunc(a.groups, func(x, y adoptedGroup) int { return strings.Compare(x.name, y.name) })
	slices.SortFunc(a.users, func(x, y *adoptedPerson) int { return strings.Compare(x.address, y.address) })
}

// exactGroup finds a recorded group that has these people, two or more, and nobody
// else.
func exactGroup(people []*adoptedPerson, members map[string]int) string {
	if len(people) < 2 {
		return ""
	}
	for _, g := range people[0].groups {
		inAll := !slices.ContainsFunc(people, func(p *adoptedPerson) bool { return !slices.Contains(p.groups, g) })
		if inAll && members[g] == len(people) && plainName(g) {
			return g
		}
	}
	return ""
}

// plainName reports a text that stands in a CEL text as it is.
func plainName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`'"\$%{}`, r) })
}

// literal is a value as HCL writes it.
func (a *adopter) literal(id Setting, v Value) string {
	switch e := id.Entry(); {
	case v.View != nil:
		return "view." + a.views[v.View.ListView]
	case e.Type == ValueBool:
		return e.Format(v)
	default:
		return hclfile.Quote(e.Format(v))
	}
}

func (a *adopter) write() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# What %s had when this was written, read from %s.\n", peopleText(len(a.people)), oneLine(a.source))
	if n := len(a.people) - a.recorded(); n > 0 {
		fmt.Fprintf(&b, "# %s of them without a recorded settings page count as having the product's defaults.\n", peopleText(n))
	}
	b.WriteString("# Nothing is forced: people's own pages still count, and say the same. To let this policy\n# stand alone, set preferences to \"ignore\"; nothing changes for anybody by that.\n\n")
	b.WriteString("org {\npreferences = \"respect\"\n")
	a.block(&b, func(id Setting) (Value, string, bool) {
		return a.org[id], fmt.Sprintf(" # %d of %d people", a.have(id, a.org[id]), len(a.people)), true
	})
	b.WriteString("}\n")
	for _, name := range a.viewNames {
		fmt.Fprintf(&b, "\nview %q {\nlist_view = %s\n}\n", a.views[name], hclfile.Quote(name))
	}
	for _, g := range a.groups {
		fmt.Fprintf(&b, "\n# %s, and nobody else.\ngroup %s {\nwhen = \"'%s' in user.groups\"\n", peopleText(len(g.people)), hclfile.Quote(g.name), g.name)
		a.block(&b, a.ownOf(g.people[0]))
		b.WriteString("}\n")
	}
	for _, p := range a.users {
		fmt.Fprintf(&b, "\nuser %s {\n", hclfile.Quote(p.address))
		a.block(&b, a.ownOf(p))
		b.WriteString("}\n")
	}
	return b.String()
}

func (a *adopter) recorded() int {
	n := 0
	for _, p := range a.people {
		n += boolInt(p.recorded)
	}
	return n
}

// ownOf are the values of a person that differ from the common ones.
func (a *adopter) ownOf(p *adoptedPerson) func(Setting) (Value, string, bool) {
	return func(id Setting) (Value, string, bool) { return p.values[id], "", !p.values[id].Equal(a.org[id]) }
}

// block writes the settings of a layer, kind by kind.
func (a *adopter) block(b *strings.Builder, value func(Setting) (v Value, note string, ok bool)) {
	for _, k := range state.Kinds() {
		open := false
		for _, id := range a.settings {
			v, note, ok := value(id)
			if !ok || id.Entry().Kind() != k {
				continue
			}
			if !open {
				fmt.Fprintf(b, "%s {\n", k.Plural())
				open = true
			}
			_, name, _ := strings.Cut(id.String(), ".")
			fmt.Fprintf(b, "%s = %s%s\n", name, a.literal(id, v), note)
		}
		if open {
			b.WriteString("}\n")
		}
	}
}

func peopleText(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
