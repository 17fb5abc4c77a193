package policies

import (
	"cmp"
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/policies/hclfile"
	"weir/policies/regomod"
	"weir/state"
)

// This file is the Rego half of a policy: its sync rules stand among HCL's, its
// settings are one layer between groups and users.

// regoSetting is one rule of weir.settings.
type regoSetting struct {
	*regomod.Setting
	id Setting // of a value; SettingInvalid for forced
}

// addModule keeps a Rego module for when all are compiled together.
func (l *loader) addModule(src source) {
	l.set.digests = append(l.set.digests, digest(src.path, src.bytes))
	l.set.files[src.path] = &hcl.File{Bytes: src.bytes}
	l.modules = append(l.modules, regomod.Source{Path: src.path, Text: src.bytes})
}

// compileModules compiles the Rego modules and takes their rules over.
func (l *loader) compileModules() {
	if len(l.modules) == 0 || l.flooded() {
		return
	}
	env := regomod.Env{Settings: settingWords()}
	if l.opts.Custom != nil {
		env.Item, env.User = l.opts.Custom.Item, l.opts.Custom.User
	}
	compiled, diags := regomod.Compile(l.modules, env)
	l.diags = append(l.diags, diags...)
	if compiled == nil {
		return
	}
	l.set.modules = compiled
	for _, r := range compiled.Rules {
		l.set.rules = append(l.set.rules, syncRule(r))
	}
	slices.SortStableFunc(l.set.rules, func(a, b *Rule) int {
		return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line))
	})
	for _, s := range compiled.Settings {
		l.regoSetting(s)
	}
}

func syncRule(r *regomod.Rule) *Rule {
	out := &Rule{Name: r.Name, Kinds: r.Kinds, Direction: Down, When: r.When, Effect: Exclude, Reason: r.Reason,
		Batched: r.Opaque != "", Origin: origin(LayerRule, r.Name, r.Range), rng: r.Range, whenRange: r.Range}
	switch {
	case r.Up && r.Down:
		out.Direction = Both
	case r.Up:
		out.Direction = Up
	}
	if r.Hold {
		out.Effect = Hold
	}
	return out
}

// settingWords are the first words of the catalogue's paths.
func settingWords() []string {
	return append(sortedKeys(settingsTree.blocks), sortedKeys(settingsTree.attrs)...)
}

// forcible are the paths that forced may list.
func forcible() []string {
	var out []string
	for _, name := range sortedKeys(settingsTree.blocks) {
		if n := settingsTree.blocks[name]; n.takesForced() {
			for _, rel := range sortedKeys(n.below()) {
				out = append(out, name+"."+rel)
			}
		}
	}
	return out
}

// regoSetting checks a rule of weir.settings against the catalogue, and the
// values it may give where they are known.
func (l *loader) regoSetting(s *regomod.Setting) {
	out := regoSetting{Setting: s}
	if !s.Forced {
		id, ok := ParseSetting(s.Path)
		if !ok {
			var known []string
			for _, e := range Catalogue() {
				if e.In(LayerRego) {
					known = append(known, e.Path)
				}
			}
			l.report(unknownSetting(s.Range, s.Path, known))
			return
		}
		if !id.Entry().In(LayerRego) {
			l.report(wrongLayer(s.Range, s.Path, LayerRego))
			return
		}
		out.id = id
	}
	for _, v := range s.Constants() {
		if _, _, problem := out.read(l.views, v); problem != nil {
			l.report(problem)
			return
		}
	}
	l.set.rego = append(l.set.rego, out)
}

// read turns what a rule gives into a value of its setting, or a forced path
// into the setting that is forced. Null sets nothing.
func (s *regoSetting) read(views map[string]*View, v any) (Value, Setting, *hcl.Diagnostic) {
	lit := literal(v, s.Range)
	if s.Forced {
		if lit.Kind != hclfile.String {
			return Value{}, SettingInvalid, wantPath(s.Range)
		}
		if known := forcible(); !slices.Contains(known, lit.Text) {
			return Value{}, SettingInvalid, notForcible(s.Range, lit.Text, known)
		}
		id, _ := ParseSetting(lit.Text)
		return Value{}, id, nil
	}
	if lit.Kind == hclfile.Null {
		return Value{}, s.id, nil
	}
	out, problem := regoValue(s.id.Entry(), lit, views)
	return out, s.id, problem
}

func regoValue(e *Entry, lit hclfile.Value, views map[string]*View) (Value, *hcl.Diagnostic) {
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	switch e.Type {
	case ValueBool:
		return boolOf(lit, name)
	case ValueEnum:
		s, problem := enumOf(lit, name, e.Enum)
		return Value{Set: true, Text: s}, problem
	case ValueWindow:
		return windowOf(lit, name)
	case ValueNumber:
		return numberOf(lit, name)
	}
	if lit.Kind != hclfile.String {
		return Value{}, regoScope(lit.Range, lit.Text, sortedKeys(views))
	}
	if lit.Text == "all" || lit.Text == "mine" {
		return Value{Set: true, Text: lit.Text}, nil
	}
	view, ok := views[strings.TrimPrefix(lit.Text, viewPrefix)]
	if !ok || !strings.HasPrefix(lit.Text, viewPrefix) {
		return Value{}, regoScope(lit.Range, lit.Text, sortedKeys(views))
	}
	return Value{Set: true, Text: lit.Text, View: view}, nil
}

// literal is a value of Rego's as HCL's would be read, so that both are checked
// by the same rules.
func literal(v any, rng hcl.Range) hclfile.Value {
	out := hclfile.Value{Kind: hclfile.Other, Range: rng}
	switch v := v.(type) {
	case nil:
		out.Kind = hclfile.Null
	case bool:
		out.Kind, out.Bool = hclfile.Bool, v
	case string:
		out.Kind, out.Text = hclfile.String, v
	case json.Number:
		out.Kind = hclfile.Number
		n, err := v.Int64()
		out.Int, out.IsInt = n, err == nil
	case regomod.Composite:
		if v == "array" || v == "set" {
			out.Kind = hclfile.List
		}
	}
	return out
}

// RegoSetting is a rule of weir.settings with its condition.
type RegoSetting struct {
	Path   string // "contacts.scope", or "forced"
	Origin Origin
	When   cond.Expr // on people
}

// RegoSettings lists the rules of weir.settings that have a condition, by file and line.
func (s *Set) RegoSettings() []RegoSetting {
	var out []RegoSetting
	for i := range s.rego {
		rule := &s.rego[i]
		path := cmp.Or(rule.Path, "forced")
		if when := rule.When(); when != nil {
			out = append(out, RegoSetting{path, origin(LayerRego, "", rule.Range), when})
		}
	}
	return out
}

// regoResult is what the Rego modules set for one user.
type regoResult struct {
	layer     layer
	doubts    []doubt
	conflicts []conflict
	problems  hcl.Diagnostics
}

// doubt is a rule of which it cannot be told whether, or what, it sets.
type doubt struct {
	origin Origin
	id     Setting
	value  *assignment // nil: not even the value is known
	forced bool
}

// regoLayer asks every rule of weir.settings about a user. Of two rules that
// disagree the first by file and line counts, an error all the same; a default
// counts where no other rule of its path does.
func (s *Set) regoLayer(u *state.User, dir *state.Directory) regoResult {
	out := regoResult{layer: newLayer(Origin{Layer: LayerRego})}
	if u == nil {
		return out
	}
	defaults := regoResult{layer: newLayer(Origin{Layer: LayerRego})}
	for i := range s.rego {
		rule := &s.rego[i]
		if rule.Default {
			defaults.ask(s, rule, u, dir)
			continue
		}
		out.ask(s, rule, u, dir)
	}
	for id, a := range defaults.layer.values {
		if _, set := out.layer.values[id]; !set {
			out.layer.values[id] = a
		}
	}
	return out
}

func (r *regoResult) ask(s *Set, rule *regoSetting, u *state.User, dir *state.Directory) {
	where := origin(LayerRego, "", rule.Range)
	answers, err := rule.For(u, dir)
	if err != nil {
		r.problems = append(r.problems, regoFailed(rule.Range, u.Address, err))
		r.doubts = append(r.doubts, doubt{origin: where, id: rule.id, forced: rule.Forced})
		return
	}
	for _, a := range answers {
		if a.Truth == state.Unknown && a.Value == nil {
			r.doubts = append(r.doubts, doubt{origin: where, id: rule.id, forced: rule.Forced})
			continue
		}
		value, id, problem := rule.read(s.viewsByName(), a.Value)
		switch made := (assignment{Value: value, origin: where, rng: rule.Range}); {
		case problem != nil:
			r.problems = append(r.problems, problem)
		case !value.Set && !rule.Forced:
		case a.Truth == state.Unknown:
			r.doubts = append(r.doubts, doubt{origin: where, id: id, value: &made, forced: rule.Forced})
		case rule.Forced:
			if _, have := r.layer.forced[id]; !have {
				r.layer.forced[id] = where
			}
		default:
			r.set(id, made)
		}
	}
}

func (r *regoResult) set(id Setting, a assignment) {
	have, ok := r.layer.values[id]
	if !ok {
		r.layer.values[id] = a
		return
	}
	if !have.Equal(a.Value) {
		r.conflicts = append(r.conflicts, conflict{setting: id, a: have, b: a, rules: true})
	}
}

func (s *Set) viewsByName() map[string]*View {
	out := make(map[string]*View, len(s.views))
	for _, v := range s.views {
		out[v.Name] = v
	}
	return out
}

// undecided lists the rules in doubt that would change one of the user's
// settings.
func (r *resolver) undecided(members []*Group, doubts []doubt) []Origin {
	var out []Origin
	for _, d := range doubts {
		if r.couldChange(members, d) {
			out = append(out, d.origin)
		}
	}
	return slices.Compact(out)
}

func (r *resolver) couldChange(members []*Group, d doubt) bool {
	if d.forced {
		if d.id == SettingInvalid {
			return len(r.pref.values) > 0
		}
		_, prefers := r.pref.values[d.id]
		return prefers
	}
	if r.setByUser(d.id) {
		return false
	}
	if d.value == nil {
		return true
	}
	before, _ := r.values(members)
	with := *r
	with.rego = newLayer(r.rego.origin)
	for id, a := range r.rego.values {
		with.rego.values[id] = a
	}
	for id, o := range r.rego.forced {
		with.rego.forced[id] = o
	}
	with.rego.values[d.id] = *d.value
	after, _ := with.values(members)
	return !before[d.id].Equal(after[d.id].Value)
}

// Modules are the policy's Rego modules as they were read, by name.
func (s *Set) Modules() []regomod.Source {
	var out []regomod.Source
	for _, name := range sortedKeys(s.files) {
		if path.Ext(name) == ".rego" {
			out = append(out, regomod.Source{Path: name, Text: s.files[name].Bytes})
		}
	}
	return out
}

// Verdict is what a guardrail of the policy says about a plan or simulation.
type Verdict = regomod.Verdict

// HasGuardrails reports whether any guardrail of weir.guardrails speaks of a
// "plan" or a "simulation".
func (s *Set) HasGuardrails(kind string) bool { return s.modules.HasGuardrails(kind) }

// Guardrails asks the policy's guardrails about a "plan" or a "simulation", given
// as its JSON (bytes, or a value that marshals to it). Verdicts are in order of
// files, lines and messages. With an error nothing is concluded: it names the
// rule that failed.
func (s *Set) Guardrails(ctx context.Context, kind string, doc any) ([]Verdict, error) {
	return s.modules.Guardrails(ctx, kind, doc)
}

// RegoOpaque lists the rules of the Rego modules that could not be lowered, with
// the reason, by file and line.
func (s *Set) RegoOpaque() []OpaqueRule {
	if s.modules == nil {
		return nil
	}
	var out []OpaqueRule
	for _, r := range s.modules.Rules {
		if r.Opaque != "" {
			out = append(out, OpaqueRule{origin(LayerRule, r.Name, r.Range), r.Opaque, r.OpaqueAt})
		}
	}
	for _, r := range s.modules.Settings {
		if r.Opaque != "" {
			out = append(out, OpaqueRule{origin(LayerRego, r.Path, r.Range), r.Opaque, r.OpaqueAt})
		}
	}
	slices.SortStableFunc(out, func(a, b OpaqueRule) int {
		return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line))
	})
	return out
}

// OpaqueRule is a rule that runs in OPA, and why.
type OpaqueRule struct {
	Origin Origin
	Why    string
	Range  hcl.Range // of what could not be lowered
}
