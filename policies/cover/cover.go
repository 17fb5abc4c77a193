// Package cover tells which lines and conditions of a policy its tests have made
// work: settings that were in force for somebody, and conditions of rules, groups and
// views of which each part was seen both true and false. Whatever language a condition is
// written in, its parts are those of the algebra that all compile to; what stays with
// its own language is one part.
package cover

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// Profile gathers what decisions looked at. It is safe for concurrent use, and
// the same decisions in any order give the same report.
type Profile struct {
	set *policies.Set
	mu  sync.Mutex

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
	return &Profile{set: set, inForce: map[place]bool{}, conditions: map[place]*tally{}}
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
	Halves     int `json:"halves"` // twice the parts of all conditions: true and false
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

// Condition is one of a rule, a group or a view.
type Condition struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	What  string `json:"what"` // "rule no-private"
	Parts []Seen `json:"parts"`
}

// Seen is a part of a condition, itself no conjunction or disjunction, with the answers
// that it gave.
type Seen struct {
	Text    string `json:"text"`
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
	for _, v := range p.set.Views() {
		r.condition(viewPlace(v), v.FilterLine(), v.Filter, p)
	}
	for _, rule := range p.set.Rules() {
		r.condition(rulePlace(rule), rule.WhenLine(), rule.When, p)
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
	for _, part := range c.Parts {
		r.Halves += 2
		if part.True {
			r.HalvesSeen++
		}
		if part.False {
			r.HalvesSeen++
		}
	}
	r.Conditions = append(r.Conditions, c)
}

// asked reports that the condition was asked of anything.
func (c *Condition) asked() bool {
	return slices.ContainsFunc(c.Parts, func(s Seen) bool { return s.True || s.False || s.Unknown })
}

// LCOV writes the report for programs that show coverage by line: settings and conditions
// as lines, the two answers of each part of a condition as branches. Dir stands before the names of
// files.
func (r *Report) LCOV(w io.Writer, dir string) error {
	files := map[string]bool{}
	for _, l := range r.Settings {
		files[l.File] = true
	}
	for _, c := range r.Conditions {
		files[c.File] = true
	}
	names := make([]string, 0, len(files))
	for f := range files {
		names = append(names, f)
	}
	slices.Sort(names)
	one := map[bool]int{true: 1}
	for _, file := range names {
		if _, err := fmt.Fprintf(w, "TN:\nSF:%s\n", dir+file); err != nil {
			return err
		}
		found, hit, branches, taken := 0, 0, 0, 0
		for _, c := range r.Conditions {
			if c.File != file {
				continue
			}
			for i, p := range c.Parts {
				fmt.Fprintf(w, "BRDA:%d,0,%d,%d\nBRDA:%d,0,%d,%d\n", c.Line, 2*i, one[p.True], c.Line, 2*i+1, one[p.False])
				branches, taken = branches+2, taken+one[p.True]+one[p.False]
			}
		}
		fmt.Fprintf(w, "BRF:%d\nBRH:%d\n", branches, taken)
		for _, l := range r.Settings {
			if l.File == file {
				fmt.Fprintf(w, "DA:%d,%d\n", l.Line, one[l.InForce])
				found, hit = found+1, hit+one[l.InForce]
			}
		}
		for _, c := range r.Conditions {
			if c.File == file {
				fmt.Fprintf(w, "DA:%d,%d\n", c.Line, one[c.asked()])
				found, hit = found+1, hit+one[c.asked()]
			}
		}
		if _, err := fmt.Fprintf(w, "LF:%d\nLH:%d\nend_of_record\n", found, hit); err != nil {
			return err
		}
	}
	return nil
}
