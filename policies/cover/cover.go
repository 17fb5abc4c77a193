// Package cover tells which lines and conditions of a policy its tests have made
// work: settings that were in force for somebody, and conditions of rules, groups, views
// and Rego settings of which each part was seen both true and false. Whatever language a condition is
// written in, its parts are those of the algebra that all compile to; what stays with
// its own language is one part. Guardrails, which look at whole plans, and the helpers
// that they lean on are judged by the expressions of their bodies, as tests in Rego
// evaluate them.
package cover

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"weir/policies"
	"weir/policies/cond"
	"weir/policies/regomod"
	"weir/state"
)

// Profile gathers what decisions looked at. It is safe for concurrent use, and
// the same decisions in any order give the same report.
type Profile struct {
	// Rego is for tests in Rego, which report to it what they see of guardrails.
	Rego *regomod.Coverage

	set      *policies.Set
	settings []policies.RegoSetting
	mu       sync.Mutex

	inForce    map[place]bool
	conditions map[place]*tally
}

type place struct {
	file string
	line int
	what string
}

// tally is what was seen of a condition's parts.
type tally struct{ parts []Seen }

// New begins a profile of a policy.
func New(set *policies.Set) *Profile {
	return &Profile{Rego: regomod.NewCoverage(set.Modules()), set: set, settings: set.RegoSettings(), inForce: map[place]bool{}, conditions: map[place]*tally{}}
}

// Settings notes which lines are in force for somebody, and what the groups'
// conditions said of them.
func (p *Profile) Settings(s *policies.Settings, dir *state.Directory) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id := range s.Values {
		if r := &s.Values[id]; r.Set {
			p.inForce[place{r.Origin.File, r.Origin.Line, ""}] = true
		}
	}
	for _, g := range p.set.Groups() {
		if g.When != nil {
			p.note(groupPlace(g), g.When, &cond.Subject{User: s.User, Directory: dir})
		}
	}
	for _, r := range p.settings {
		p.note(settingPlace(&r), r.When, &cond.Subject{User: s.User, Directory: dir})
	}
}

// Rule notes what a rule's condition said of something it is about.
func (p *Profile) Rule(r *policies.Rule, s *cond.Subject) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(rulePlace(r), r.When, s)
}

// View notes what a view's filter said of a contact.
func (p *Profile) View(v *policies.View, s *cond.Subject) {
	if v.Filter == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(viewPlace(v), v.Filter, s)
}

func groupPlace(g *policies.Group) place {
	return place{g.Origin.File, g.Origin.Line, "group " + g.Name}
}
func settingPlace(r *policies.RegoSetting) place {
	return place{r.Origin.File, r.Origin.Line, "setting " + r.Path}
}
func rulePlace(r *policies.Rule) place { return place{r.Origin.File, r.Origin.Line, "rule " + r.Name} }
func viewPlace(v *policies.View) place { return place{v.Origin.File, v.Origin.Line, "view " + v.Name} }

func (p *Profile) note(at place, e cond.Expr, s *cond.Subject) {
	if e == nil {
		return
	}
	leaves := cond.Explain(e, s).Leaves()
	t := p.conditions[at]
	if t == nil {
		t = &tally{make([]Seen, len(leaves))}
		p.conditions[at] = t
	}
	for i := range min(len(leaves), len(t.parts)) {
		part := &t.parts[i]
		part.Text = leaves[i].Text
		switch leaves[i].Truth {
		case state.True:
			part.True = true
		case state.False:
			part.False = true
		default:
			part.Unknown = true
		}
	}
}

// Report is how much of a policy was made to work.
type Report struct {
	Lines      int `json:"lines"` // that set something
	InForce    int `json:"in_force"`
	Halves     int `json:"halves"` // answers of all parts of conditions: true and false, of what binds only true
	HalvesSeen int `json:"halves_seen"`
	// Settings and Conditions are in the order of files and lines.
	Settings   []Line      `json:"settings"`
	Conditions []Condition `json:"conditions"`
}

// Line is a line that sets something.
type Line struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Text    string `json:"text"` // "contacts.scope"
	InForce bool   `json:"in_force"`
}

// Condition is one of a rule, a group or a view, or the body of a guardrail or of a
// helper.
type Condition struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	What  string `json:"what"` // "rule no-private", "guardrail deny"
	Parts []Seen `json:"parts"`
}

// Seen is a part of a condition, itself no conjunction or disjunction, with the answers
// that it gave.
type Seen struct {
	Text    string `json:"text"`
	Line    int    `json:"line"`
	Binds   bool   `json:"binds,omitempty"` // gives a name its value, and need not be seen false
	True    bool   `json:"true"`
	False   bool   `json:"false"`
	Unknown bool   `json:"unknown"`
}

// Report concludes.
func (p *Profile) Report() *Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &Report{Settings: []Line{}, Conditions: []Condition{}}
	for _, l := range p.set.SettingLines() {
		in := p.inForce[place{l.Origin.File, l.Origin.Line, ""}]
		r.Settings = append(r.Settings, Line{l.Origin.File, l.Origin.Line, l.Setting.String(), in})
		if r.Lines++; in {
			r.InForce++
		}
	}
	for _, g := range p.set.Groups() {
		r.condition(groupPlace(g), g.WhenLine(), g.When, p)
	}
	for _, rule := range p.settings {
		r.condition(settingPlace(&rule), rule.Origin.Line, rule.When, p)
	}
	for _, v := range p.set.Views() {
		r.condition(viewPlace(v), v.FilterLine(), v.Filter, p)
	}
	for _, rule := range p.set.Rules() {
		r.condition(rulePlace(rule), rule.WhenLine(), rule.When, p)
	}
	for _, rule := range p.Rego.Rules() {
		r.guardrail(rule)
	}
	slices.SortStableFunc(r.Conditions, func(a, b Condition) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
	return r
}

// condition counts a condition's parts; one that nothing was asked of is a single part.
// A plain "true" has nothing to see. Line is where the condition stands.
func (r *Report) condition(at place, line int, e cond.Expr, p *Profile) {
	if e == nil || e == cond.Expr(cond.Const(true)) {
		return
	}
	c := Condition{File: at.file, Line: line, What: at.what}
	if t := p.conditions[at]; t != nil {
		c.Parts = slices.Clone(t.parts)
	} else {
		c.Parts = []Seen{{Text: e.String()}}
	}
	for i := range c.Parts {
		c.Parts[i].Line = line
	}
	r.add(c)
}

// guardrail counts the body of a guardrail or of a helper.
func (r *Report) guardrail(rule *regomod.CoveredRule) {
	c := Condition{File: rule.File, Line: rule.Line, What: rule.What}
	for _, p := range rule.Parts {
		c.Parts = append(c.Parts, Seen{Text: p.Text, Line: p.Line, Binds: p.Binds, True: p.True, False: p.False})
	}
	r.add(c)
}

func (r *Report) add(c Condition) {
	for _, part := range c.Parts {
		all, seen := part.answers()
		r.Halves += all
		r.HalvesSeen += seen
	}
	r.Conditions = append(r.Conditions, c)
}

// answers are how many a part has to give, and how many of them it gave.
func (s *Seen) answers() (all, seen int) {
	if s.True {
		seen++
	}
	if s.Binds {
		return 1, seen
	}
	if s.False {
		seen++
	}
	return 2, seen
}

// Asked reports that the part was asked of anything.
func (s *Seen) Asked() bool { return s.True || s.False || s.Unknown }

// Asked reports that the condition was asked of anything.
func (c *Condition) Asked() bool {
	return slices.ContainsFunc(c.Parts, func(s Seen) bool { return s.Asked() })
}

// LCOV writes the report for programs that show coverage by line: settings, conditions
// and their parts as lines, the two answers of each part of a condition as branches. Dir
// stands before the names of files.
func (r *Report) LCOV(w io.Writer, dir string) error {
	files := map[string]*lcovFile{}
	of := func(name string) *lcovFile {
		if files[name] == nil {
			files[name] = &lcovFile{sets: map[int]bool{}, lines: map[int]bool{}}
		}
		return files[name]
	}
	for _, l := range r.Settings {
		of(l.File).setting(&l)
	}
	for _, c := range r.Conditions {
		of(c.File).condition(&c)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := files[name].write(w, dir+name); err != nil {
			return err
		}
	}
	return nil
}

// lcovFile is a file's record. Of what shares a line, one that was reached is enough, but a
// line that sets something was reached when it was in force: that its condition was asked is
// not enough.
type lcovFile struct {
	sets     map[int]bool // lines that set something
	lines    map[int]bool
	branches []lcovBranch
}

type lcovBranch struct {
	line, n int
	taken   bool
}

func (f *lcovFile) setting(l *Line) {
	f.sets[l.Line] = true
	f.lines[l.Line] = f.lines[l.Line] || l.InForce
}

func (f *lcovFile) line(n int, hit bool) {
	if !f.sets[n] {
		f.lines[n] = f.lines[n] || hit
	}
}

func (f *lcovFile) condition(c *Condition) {
	f.line(c.Line, c.Asked())
	for i, p := range c.Parts {
		f.line(p.Line, p.Asked())
		if !p.Binds {
			f.branches = append(f.branches, lcovBranch{p.Line, 2 * i, p.True}, lcovBranch{p.Line, 2*i + 1, p.False})
		}
	}
}

func (f *lcovFile) write(w io.Writer, name string) error {
	var b strings.Builder
	one := map[bool]int{true: 1}
	hit, taken := 0, 0
	fmt.Fprintf(&b, "TN:\nSF:%s\n", name)
	for _, x := range f.branches {
		fmt.Fprintf(&b, "BRDA:%d,0,%d,%d\n", x.line, x.n, one[x.taken])
		taken += one[x.taken]
	}
	fmt.Fprintf(&b, "BRF:%d\nBRH:%d\n", len(f.branches), taken)
	for _, n := range slices.Sorted(maps.Keys(f.lines)) {
		fmt.Fprintf(&b, "DA:%d,%d\n", n, one[f.lines[n]])
		hit += one[f.lines[n]]
	}
	fmt.Fprintf(&b, "LF:%d\nLH:%d\nend_of_record\n", len(f.lines), hit)
	_, err := io.WriteString(w, b.String())
	return err
}
