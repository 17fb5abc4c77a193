package worlds

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"

	"weir/internal/refmodel"
	"weir/policies"
	"weir/state"
)

// This file writes the model's policies in the policy language, and draws them.

func load(p *refmodel.Policy) (*policies.Set, hcl.Diagnostics) {
	return policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(HCL(p))}}, policies.LoadOptions{})
}

// HCL is a policy as an admin would write it.
func HCL(p *refmodel.Policy) string {
	var b strings.Builder
	block := func(head string, body string) { fmt.Fprintf(&b, "%s {\n%s}\n", head, body) }
	block("org", body(p.Org))
	for _, g := range p.Groups {
		block(fmt.Sprintf("group %q", g.Name), fmt.Sprintf("  when = \"user.profile == '%s'\"\n  precedence = %d\n%s", g.Profile, g.Precedence, body(g.Layer)))
	}
	for _, address := range slices.Sorted(maps.Keys(p.People)) {
		block(fmt.Sprintf("user %q", address), body(p.People[address]))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Views)) {
		body := fmt.Sprintf("  list_view = %q\n", p.Views[name].ListView)
		if company := p.Views[name].Company; company != "" {
			body = fmt.Sprintf("  filter = \"item.company == '%s'\"\n", company)
		}
		block(fmt.Sprintf("view %q", name), body)
	}
	for _, r := range p.Rules {
		direction := map[[2]bool]string{{true, true}: "both", {true, false}: "down", {false, true}: "up"}[[2]bool{r.Down, r.Up}]
		body := fmt.Sprintf("  direction = %q\n  when = %q\n  effect = %q\n", direction, r.Text, map[bool]string{true: "exclude", false: "hold"}[r.Exclude])
		var kinds []string
		for _, k := range r.Kinds {
			kinds = append(kinds, strconv.Quote(k.String()))
		}
		body += "  kinds = [" + strings.Join(kinds, ", ") + "]\n"
		if r.Group != "" {
			body += fmt.Sprintf("  groups = [%q]\n", r.Group)
		}
		block(fmt.Sprintf("rule %q", r.Name), body)
	}
	return b.String()
}

// hcl is the body of a layer's block.
func body(l refmodel.Layer) string {
	blocks := map[string][]string{}
	for path, value := range l.Values {
		parts := strings.Split(path, ".")
		name, block := parts[len(parts)-1], strings.Join(parts[:len(parts)-1], ".")
		switch {
		case value == "true" || value == "false" || block != "" && parts[0] == "limits":
		case strings.HasPrefix(value, "view:"):
			value = "view." + value[len("view:"):]
		default:
			value = strconv.Quote(value)
		}
		blocks[block] = append(blocks[block], name+" = "+value)
	}
	for _, path := range l.Forced {
		block, name, _ := strings.Cut(path, ".")
		blocks[block+"!"] = append(blocks[block+"!"], strconv.Quote(name))
	}
	lines := func(block string) string {
		slices.Sort(blocks[block])
		out := ""
		for _, line := range blocks[block] {
			out += "  " + line + "\n"
		}
		return out
	}
	out := lines("")
	limits := ""
	for _, name := range limitNames {
		if block := lines("limits." + name); block != "" {
			limits += name + " {\n" + block + "}\n"
		}
	}
	if limits != "" {
		out += "limits {\n" + limits + "}\n"
	}
	for _, k := range state.Kinds() {
		body := lines(k.Plural())
		if window := lines(k.Plural() + ".window"); window != "" {
			body += "window {\n" + window + "}\n"
		}
		if forced := blocks[k.Plural()+"!"]; len(forced) > 0 {
			slices.Sort(forced)
			body += "forced = [" + strings.Join(slices.Compact(forced), ", ") + "]\n"
		}
		if body != "" {
			out += k.Plural() + " {\n" + body + "}\n"
		}
	}
	return out
}

// choices are what the layers are drawn from.
var choices = map[string][]string{
	"contacts.downsync": {"true", "false"}, "contacts.scope": {"mine", "all", "all", "view:acme", "view:acme", "view:listed", "view:nowhere"},
	"contacts.forbid_to_remove": {"true", "false"}, "contacts.when_out": {"keep", "remove", "remove_if_born_in_salesforce"},
	"contacts.conflict": {"newest", "salesforce", "mailbox"}, "contacts.upsync": {"marked", "auto", "off"}, "contacts.when_moved": {"unlink", "delete"},
	"tasks.downsync": {"true", "false"}, "tasks.forbid_to_remove": {"true", "false"}, "tasks.window.completed": {"14d", "2d", "0d", "unlimited"},
	"tasks.when_out": {"keep", "remove", "remove_if_born_in_salesforce"}, "tasks.conflict": {"newest", "salesforce", "mailbox"},
	"tasks.upsync": {"marked", "auto", "off"}, "tasks.logged": {"skip", "include"}, "tasks.when_moved": {"unlink", "delete"},
	"events.downsync": {"true", "false"}, "events.window.past": {"14d", "3d", "0d", "unlimited"}, "events.window.future": {"60d", "7d", "0d", "unlimited"},
	"events.when_out": {"keep", "remove", "remove_if_born_in_salesforce"}, "events.conflict": {"newest", "salesforce", "mailbox"},
	"events.upsync": {"marked", "auto", "off"}, "events.removal": {"propagate", "keep"}, "events.when_declined": {"include", "skip"},
	"events.when_moved": {"unlink", "delete"}, "sync": {"on", "on", "on", "on", "off"},
}

// limitNames are the limits; those of Salesforce stand in the org block alone.
var limitNames = []string{"mailbox_creates", "mailbox_deletes", "mailbox_updates", "salesforce_creates", "salesforce_deletes"}

// limit sets a number of a limit.
func (g Gen) limit(l refmodel.Layer, names []string) {
	value := pick(g, "percent", "floor", "max")
	numbers := map[string][]string{"percent": {"0", "20", "34", "50", "100"}, "floor": {"0", "1", "2"}, "max": {"0", "1", "2", "3"}}
	l.Values["limits."+pick(g, names...)+"."+value] = pick(g, numbers[value]...)
}

var choicePaths = slices.Sorted(maps.Keys(choices))

// onPages are the settings a person's own page has.
var onPages = []string{"contacts.downsync", "contacts.forbid_to_remove", "contacts.scope", "events.downsync", "tasks.downsync", "tasks.forbid_to_remove"}

func (g Gen) policy() *refmodel.Policy {
	p := &refmodel.Policy{People: map[string]refmodel.Layer{}, Views: map[string]refmodel.View{"acme": {Company: "Acme"}, "listed": {ListView: "Listed"}, "nowhere": {ListView: "Nowhere"}}}
	p.Org = g.layer(g.of(0, 3, 8))
	if g.One(10) {
		p.Org.Values["preferences"] = "ignore"
	}
	for range g.of(0, 0, 0, 1, 2, 4) {
		g.limit(p.Org, limitNames)
	}
	for i, profile := range []string{"Sales", "Support"} {
		if g.One(3) {
			p.Groups = append(p.Groups, refmodel.Group{Name: strings.ToLower(profile), Precedence: g.of(5, 7) + 10*i*(1-2*g.n(2)), Profile: profile, Layer: g.layer(g.of(0, 1, 3))})
		}
	}
	if g.One(4) {
		p.People["ann@acme.example"] = g.layer(2)
	}
	for i := range g.of(0, 0, 1, 2, 3) {
		p.Rules = append(p.Rules, g.rule(i, p.Groups))
	}
	return p
}

func (g Gen) layer(n int) refmodel.Layer {
	l := refmodel.Layer{Values: map[string]string{}}
	for range n {
		path := pick(g, choicePaths...)
		l.Values[path] = pick(g, choices[path]...)
	}
	if n > 0 && g.One(12) {
		g.limit(l, limitNames[:3])
	}
	if g.One(4) {
		l.Forced = append(l.Forced, pick(g, onPages...))
	}
	return l
}

func text(s string) func(state.Value) state.Truth {
	return func(v state.Value) state.Truth {
		if !v.IsRecorded() {
			return state.Unknown
		}
		return state.TruthOf(v.Text() == s)
	}
}

// conditions are the rules' conditions, in CEL and as functions.
var conditions = map[string]func(refmodel.Seen) (state.Truth, bool){
	"item.title == 'A'": func(s refmodel.Seen) (state.Truth, bool) { return text("A")(titleOf(s)), false },
	"item.private":      func(s refmodel.Seen) (state.Truth, bool) { return s.Stored(state.AttrPrivate).Truth(), false },
	"item.linked": func(s refmodel.Seen) (state.Truth, bool) {
		return state.TruthOf(s.Link != nil && s.Link.State != state.LinkRetired), false
	},
	"int(item.title) > 3": func(s refmodel.Seen) (state.Truth, bool) { return state.Unknown, titleOf(s).IsRecorded() },
	"item.born == 'mailbox'": func(s refmodel.Seen) (state.Truth, bool) {
		return state.TruthOf(s.Link != nil && s.Link.Born != state.Salesforce), false
	},
	"item.owner == user.id": func(s refmodel.Seen) (state.Truth, bool) { return text(s.User.ID)(s.Stored(state.AttrOwner)), false },
	"'Blue' in item.categories": func(s refmodel.Seen) (state.Truth, bool) {
		v := s.Stored(state.AttrCategories)
		if !v.IsRecorded() {
			return state.Unknown, false
		}
		return state.TruthOf(slices.Contains(v.Texts(), "Blue")), false
	},
}

func titleOf(s refmodel.Seen) state.Value { return s.Item.TitleValue() }

func (g Gen) rule(i int, groups []refmodel.Group) refmodel.Rule {
	r := refmodel.Rule{Name: fmt.Sprintf("r%d", i), Exclude: g.One(2), Text: pick(g, slices.Sorted(maps.Keys(conditions))...)}
	r.When = conditions[r.Text]
	r.Down, r.Up = g.One(2), g.One(2)
	r.Down = r.Down || !r.Up
	for _, k := range state.Kinds() {
		if g.One(2) {
			r.Kinds = append(r.Kinds, k)
		}
	}
	if len(r.Kinds) == 0 {
		r.Kinds = []state.Kind{state.Task}
	}
	if len(groups) > 0 && g.One(3) {
		r.Group = pick(g, groups...).Name
	}
	return r
}
