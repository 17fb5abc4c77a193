package policies

import (
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/celexpr"
	"weir/policies/hclfile"
	"weir/state"
)

// decode turns the collected blocks into the set: views first, because scopes
// name them; then layers; then rules, because they name groups.
func (l *loader) decode() {
	l.checkVersion()
	l.views = map[string]*View{}
	l.each("view", l.decodeView)
	for i, b := range l.ofType("org") {
		if i > 0 {
			l.report(secondBlock(b.DefRange, "org", l.ofType("org")[0].DefRange))
			continue
		}
		l.set.hasOrg = true
		l.set.org = newLayer(origin(LayerOrg, "", b.DefRange))
		l.decodeLayer(&l.set.org, b, nil)
	}
	l.each("group", l.decodeGroup)
	l.each("user", l.decodeUser)
	l.each("rule", l.decodeRule)
	l.each("invariant", l.decodeInvariant)
}

func (l *loader) ofType(name string) []block {
	var out []block
	for _, b := range l.blocks {
		if b.Type == name {
			out = append(out, b)
		}
	}
	return out
}

// each decodes the labelled blocks of a type, refusing a label that is empty or
// was seen before. Users' labels are addresses, which compare in lower case.
func (l *loader) each(name string, decode func(block, string)) {
	seen := map[string]hcl.Range{}
	for _, b := range l.ofType(name) {
		if l.flooded() {
			return
		}
		label := strings.TrimSpace(b.Labels[0])
		if name == "user" {
			label = strings.ToLower(label)
		}
		if label == "" {
			l.report(emptyLabel(b.LabelRanges[0], name))
			continue
		}
		if first, dup := seen[label]; dup {
			l.report(duplicateLabel(b.LabelRanges[0], name, label, first))
			continue
		}
		seen[label] = b.LabelRanges[0]
		decode(b, label)
	}
}

func origin(layer Layer, name string, rng hcl.Range) Origin {
	return Origin{Layer: layer, Name: name, File: rng.Filename, Line: rng.Start.Line}
}

// body is one block being decoded.
type body struct {
	l       *loader
	block   block
	what    string // for messages: `group "x"`
	content *hcl.BodyContent
}

// attr is the expression of an attribute that is set and not null.
func (b *body) attr(name string) (hcl.Expression, bool) {
	a, ok := b.content.Attributes[name]
	if !ok || hclfile.Read(a.Expr).Kind == hclfile.Null {
		return nil, false
	}
	return a.Expr, true
}

// require is attr for what a block must say; example shows how. What the parser
// could not read has been reported already.
func (b *body) require(name, example string) (hcl.Expression, bool) {
	expr, ok := b.attr(name)
	if !ok {
		b.l.report(missing(b.block.DefRange, b.what, name, example))
		return nil, false
	}
	return expr, hclfile.Read(expr).Kind != hclfile.Invalid
}

// plain opens a block that holds attributes only.
func (l *loader) plain(b block, what string, names ...string) *body {
	content, unknown, diags := hclfile.Content(b.Body, attributes(names...))
	l.diags = append(l.diags, diags...)
	l.reportAll(unknown, func(u hclfile.Unknown) *hcl.Diagnostic { return unknownName(u, what, names, nil) })
	return &body{l: l, block: b, what: what, content: content}
}

// text is a quoted text; ok is false when it is not set or wrong, which has been
// reported.
func (b *body) text(name string) (string, hcl.Range, bool) {
	expr, ok := b.attr(name)
	if !ok {
		return "", hcl.Range{}, false
	}
	v := hclfile.Read(expr)
	if v.Kind != hclfile.String {
		b.l.report(wantText(v, name))
		return "", v.Range, false
	}
	return v.Text, v.Range, true
}

// choice is a text out of a list; "" when it is not set or wrong.
func (b *body) choice(name string, values []string) string {
	expr, ok := b.attr(name)
	if !ok {
		return ""
	}
	s, d := enumOf(hclfile.Read(expr), name, values)
	if d != nil {
		b.l.report(d)
	}
	return s
}

// texts is a list of texts; ok is false when it is not set or wrong.
func (b *body) texts(name string) ([]hclfile.Value, bool) {
	expr, ok := b.attr(name)
	if !ok {
		return nil, false
	}
	v := hclfile.Read(expr)
	if v.Kind != hclfile.List {
		b.l.report(wantList(v, name))
		return nil, false
	}
	seen := map[string]bool{}
	for _, x := range v.List {
		switch {
		case x.Kind != hclfile.String:
			b.l.report(wantText(x, name))
			ok = false
		case seen[x.Text]:
			b.l.report(twiceInList(x.Range, name, x.Text))
			ok = false
		}
		seen[x.Text] = true
	}
	return v.List, ok
}

// about are the attributes for readers that groups, users and rules may carry.
func (b *body) about() About {
	var a About
	a.Description, _, _ = b.text("description")
	a.Owner, _, _ = b.text("owner")
	if s, rng, ok := b.text("until"); ok {
		day, err := state.ParseDate(s)
		if err != nil {
			b.l.report(badUntil(rng, s))
			return a
		}
		a.Until, a.HasUntil = day, true
	}
	return a
}

func (l *loader) decodeView(b block, name string) {
	what := "view " + quoted(name)
	in := l.plain(b, what, viewNames...)
	v := &View{Name: name, Origin: origin("", name, b.DefRange)}
	l.views[name] = v
	l.set.views = append(l.set.views, v)
	if !hclfile.IsName(name) {
		l.report(badViewName(b.LabelRanges[0], name))
	}
	_, hasList := in.attr("list_view")
	filter, hasFilter := in.attr("filter")
	switch {
	case hasList == hasFilter:
		l.report(oneOfTwo(b.DefRange, what, "list_view", "filter", hasList))
	case hasList:
		s, rng, ok := in.text("list_view")
		if v.ListView = strings.TrimSpace(s); ok && v.ListView == "" {
			l.report(emptyText(rng, "list_view"))
		}
	default:
		v.Filter, v.filterRange = l.condition(b.file, filter, "filter", envOfView), conditionRange(b.file, filter)
	}
}

func (l *loader) decodeGroup(b block, name string) {
	g := &Group{Name: name, Origin: origin(LayerGroup, name, b.DefRange), rng: b.DefRange}
	g.layer = newLayer(g.Origin)
	in := l.decodeLayer(&g.layer, b, slices.Concat(groupNames, aboutNames))
	g.About = in.about()
	g.Precedence = in.precedence()
	if when, ok := in.require("when", `when = "user.profile == 'Sales'"`); ok {
		g.When, g.whenRange = l.condition(b.file, when, "when", envOfGroup), conditionRange(b.file, when)
	}
	l.set.groups = append(l.set.groups, g)
}

// maxPrecedence bounds a group's precedence either way.
const maxPrecedence = 1_000_000

func (b *body) precedence() int {
	expr, ok := b.attr("precedence")
	if !ok {
		return 0
	}
	v := hclfile.Read(expr)
	if v.Kind != hclfile.Number || !v.IsInt || v.Int < -maxPrecedence || v.Int > maxPrecedence {
		b.l.report(wantPrecedence(v))
		return 0
	}
	return int(v.Int)
}

func (l *loader) decodeUser(b block, address string) {
	u := &UserBlock{Address: address, Origin: origin(LayerUser, address, b.DefRange), rng: b.DefRange}
	u.layer = newLayer(u.Origin)
	if !strings.Contains(address, "@") {
		l.report(notAnAddress(b.LabelRanges[0], address))
	}
	in := l.decodeLayer(&u.layer, b, aboutNames)
	u.About = in.about()
	l.set.users = append(l.set.users, u)
}

func (l *loader) decodeRule(b block, name string) {
	in := l.plain(b, "rule "+quoted(name), slices.Concat(ruleNames, aboutNames)...)
	r := &Rule{Name: name, Origin: origin(LayerRule, name, b.DefRange), rng: b.DefRange}
	r.About = in.about()
	r.Reason, _, _ = in.text("reason")
	kindsOK := in.ruleKinds(r)
	r.Direction = in.direction()
	r.Effect = in.effect()
	in.ruleGroups(r)
	if when, ok := in.require("when", `when = "item.private"`); ok && kindsOK {
		r.When, r.whenRange = l.condition(b.file, when, "when", celexpr.Env{Kinds: r.Kinds}), conditionRange(b.file, when)
	}
	l.set.rules = append(l.set.rules, r)
}

// ruleKinds reads the kinds, all by default, in the order plans list them.
func (b *body) ruleKinds(r *Rule) bool {
	all := state.Kinds()
	r.Kinds = all[:]
	list, ok := b.texts("kinds")
	if !ok {
		_, set := b.attr("kinds")
		return !set
	}
	if len(list) == 0 {
		b.l.report(emptyList(b.content.Attributes["kinds"].Expr.Range(), "kinds", "Leave it out to cover all kinds."))
		return false
	}
	named := map[state.Kind]bool{}
	for _, v := range list {
		k, known := state.ParseKind(v.Text)
		if !known {
			b.l.report(unknownKind(v.Range, v.Text))
			ok = false
		}
		named[k] = true
	}
	r.Kinds = slices.DeleteFunc(slices.Clone(all[:]), func(k state.Kind) bool { return !named[k] })
	return ok
}

func (b *body) direction() Direction {
	switch b.choice("direction", []string{"down", "up", "both"}) {
	case "up":
		return Up
	case "both":
		return Both
	}
	return Down
}

func (b *body) effect() Effect {
	if _, ok := b.require("effect", `effect = "exclude"`); !ok {
		return EffectInvalid
	}
	switch b.choice("effect", []string{"exclude", "hold"}) {
	case "exclude":
		return Exclude
	case "hold":
		return Hold
	}
	return EffectInvalid
}

func (b *body) ruleGroups(r *Rule) {
	list, ok := b.texts("groups")
	if !ok {
		return
	}
	if len(list) == 0 {
		b.l.report(emptyList(b.content.Attributes["groups"].Expr.Range(), "groups", "Leave it out to cover everybody."))
	}
	var known []string
	for _, g := range b.l.set.groups {
		known = append(known, g.Name)
	}
	sort.Strings(known)
	for _, v := range list {
		if !slices.Contains(known, v.Text) {
			b.l.report(unknownGroup(v.Range, v.Text, known))
		}
		r.Groups = append(r.Groups, v.Text)
	}
}

// index orders what the decoding collected.
func (s *Set) index() {
	sort.SliceStable(s.users, func(i, j int) bool { return s.users[i].Address < s.users[j].Address })
	sort.SliceStable(s.views, func(i, j int) bool { return s.views[i].Name < s.views[j].Name })
	for _, u := range s.users {
		s.byUser[u.Address] = u
	}
	s.common = collect(s.rules)
}
