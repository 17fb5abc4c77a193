package parity

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/policies"
	"weir/policies/cond"
	"weir/recording"
	"weir/state"
)

// Named is what a policy names of the world it decides on.
type Named struct {
	Texts []string // texts that conditions compare with, sorted
	Whole []string // values of settings and people, sorted
	// Dated says where the policy names a date, so that shifting dates would change
	// what it decides; "" if it names none.
	Dated string
}

// NamedBy collects what a policy and the list views of a recording name.
func NamedBy(set *policies.Set, rec *recording.Recording) Named {
	c := &collector{texts: map[string]bool{}, whole: map[string]bool{}}
	for _, r := range set.Rules() {
		c.condition(r.When, r.Origin)
		c.until(r.About, r.Origin)
	}
	for _, g := range set.Groups() {
		c.condition(g.When, g.Origin)
		c.until(g.About, g.Origin)
	}
	for _, v := range set.Views() {
		c.condition(v.Filter, v.Origin)
		c.whole[v.ListView] = true
	}
	for _, u := range set.Users() {
		c.whole[u.Address] = true
		c.until(u.About, u.Origin)
	}
	c.sources(set)
	c.recorded(rec)
	c.settings()
	delete(c.texts, "")
	delete(c.whole, "")
	return Named{sorted(c.texts), sorted(c.whole), c.dated}
}

type collector struct {
	texts, whole map[string]bool
	dated        string
}

func sorted(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for t := range m {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

func (c *collector) date(o policies.Origin) {
	if c.dated == "" {
		c.dated = fmt.Sprintf("%s:%d", o.File, o.Line)
	}
}

func (c *collector) until(a policies.About, o policies.Origin) {
	if a.HasUntil {
		c.date(o)
	}
}

func (c *collector) condition(e cond.Expr, o policies.Origin) {
	if e == nil {
		return
	}
	cond.Walk(e, func(e cond.Expr) {
		switch e := e.(type) {
		case *cond.Compare:
			c.term(e.Left, o)
			c.term(e.Right, o)
		case *cond.In:
			for _, m := range e.Members {
				c.value(m, o)
			}
		case *cond.Has:
			c.term(e.Of, o)
			c.term(e.List, o)
		case *cond.Text:
			c.term(e.Part, o)
			c.term(e.Of, o)
		case *cond.Match:
			c.pattern(e.Pattern)
		case *cond.Opaque:
			c.source(e.Source, o)
		}
	})
}

// term collects a literal, through functions of it.
func (c *collector) term(t cond.Term, o policies.Origin) {
	switch t := t.(type) {
	case cond.Literal:
		c.value(t.Value, o)
	case cond.Shift:
		c.term(t.Of, o)
	case cond.Func:
		c.term(t.Of, o)
	case cond.Size:
		c.term(t.Of, o)
	}
}

func (c *collector) value(v state.Value, o policies.Origin) {
	switch v.Type() {
	case state.Day, state.Instant:
		c.date(o)
	case state.Text:
		c.texts[v.Text()] = true
	case state.Texts:
		for _, t := range v.Texts() {
			c.texts[t] = true
		}
	}
}

// pattern collects the texts inside a regular expression.
func (c *collector) pattern(p string) {
	re, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return
	}
	var walk func(re *syntax.Regexp)
	walk = func(re *syntax.Regexp) {
		if re.Op == syntax.OpLiteral {
			c.texts[string(re.Rune)] = true
		}
		for _, sub := range re.Sub {
			walk(sub)
		}
	}
	walk(re.Simplify())
}

// quoted finds the texts in a source in CEL or Rego.
var quoted = regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|'(?:[^'\\\\\n]|\\\\.)*'|`[^`]*`")

// dateText is a date in a source.
var dateText = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d)?)?$`)

// source collects the texts of a source.
func (c *collector) source(src string, o policies.Origin) {
	for _, q := range quoted.FindAllString(src, -1) {
		text := q[1 : len(q)-1]
		if plain, err := strconv.Unquote(`"` + text + `"`); err == nil && q[0] != '`' {
			text = plain
		}
		if dateText.MatchString(text) {
			c.date(o)
		}
		c.texts[text] = true
		if strings.ContainsAny(text, `^$.*+?[](){}|\`) {
			c.pattern(text)
		}
	}
}

// comment is a comment line in Rego.
var comment = regexp.MustCompile(`(?m)^\s*#.*$`)

// sources collects the texts of Rego modules, of which some parts are settings and
// guardrails.
func (c *collector) sources(set *policies.Set) {
	for name, f := range set.Files() {
		if strings.HasSuffix(name, ".rego") {
			for i, line := range strings.Split(comment.ReplaceAllString(string(f.Bytes), ""), "\n") {
				c.source(line, policies.Origin{File: name, Line: i + 1})
			}
		}
	}
}

// recorded collects what list views compare with and the sync's own names.
func (c *collector) recorded(rec *recording.Recording) {
	m := rec.Manifest().Markers
	for _, t := range []string{m.Category, m.UnsyncCategory} {
		c.texts[t] = true
	}
	for _, k := range state.Kinds() {
		c.texts[m.Folder(k)] = true
	}
	for _, at := range instants(rec, maxPlans) {
		snap, _ := rec.At(at)
		for _, v := range snap.Views {
			if v.Filter != nil {
				c.view(v.Filter.Condition)
			}
		}
	}
}

func (c *collector) view(v *state.ViewCondition) {
	if v == nil {
		return
	}
	for _, value := range v.Values {
		if !strings.Contains(value.Text, "@") {
			c.texts[strings.Trim(value.Text, "%")] = true
		}
	}
	for _, p := range v.Parts {
		c.view(p)
	}
}

// settings collects the words of the settings pages, which are the product's.
func (c *collector) settings() {
	for _, e := range policies.Catalogue() {
		for _, ch := range e.Choices {
			c.whole[ch.New] = true
			c.whole[ch.Legacy] = true
		}
	}
}

// maxPlans is at how many instants recordings are compared at most.
const maxPlans = 24

// instants are the recording's captures, evenly spread, the first and the last
// among them.
func instants(rec *recording.Recording, most int) []time.Time {
	all := rec.CaptureInstants(rec.First(), rec.Last())
	if len(all) <= most {
		return all
	}
	out := make([]time.Time, 0, most)
	for i := range most {
		out = append(out, all[i*(len(all)-1)/(most-1)])
	}
	return out
}
