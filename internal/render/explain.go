package render

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"weir/engine"
)

// fullExplanations is how many explanations are written out; of more, each gets
// one line.
const fullExplanations = 5

// Explanations writes why, and why not. A few are written out with every check;
// many, or those of a whole person (brief), get a line each.
func Explanations(w io.Writer, list []engine.Explanation, brief bool, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	e := explainer{p: p, opts: opts}
	if brief || len(list) > fullExplanations && !opts.Full {
		e.lines(list, brief)
		return p.flush()
	}
	for i := range list {
		if i > 0 {
			p.blank()
		}
		e.one(&list[i])
	}
	return p.flush()
}

// Line writes one line of words that may come from outside.
func Line(w io.Writer, text string) error {
	p := newPrinter(w, false)
	p.line(Escape(text))
	return p.flush()
}

type explainer struct {
	p    *printer
	opts TextOptions
}

// lines writes one line a thing, under the person's name.
func (e *explainer) lines(list []engine.Explanation, brief bool) {
	if len(list) == 0 {
		return
	}
	first := &list[0]
	c := newClock(first.TimeZone, e.opts.Zone)
	e.p.line(e.p.paint(bold, Escape(cmp.Or(first.Name, first.User))), "at "+c.at(first.At),
		count(len(list), "thing", "things"))
	e.p.blank()
	rowWidth, width := 0, 0
	for i := range list {
		width = max(width, Width(label(list[i].Kind, list[i].Title)))
		rowWidth = max(rowWidth, Width(Escape(list[i].Row)))
	}
	for i := range list {
		x := &list[i]
		e.p.line("  "+e.verdictSign(x)+" "+pad(label(x.Kind, x.Title), width), pad(Escape(x.Row), rowWidth),
			Escape(x.Headline)+e.ids(x))
	}
	e.p.blank()
	if brief {
		e.p.line("Name one, by id or a part of its title, for every check.")
		return
	}
	e.p.line(fmt.Sprintf("More than %d things match; a longer part of the title, an id, or --full shows every check.", fullExplanations))
}

func (e *explainer) verdictSign(x *engine.Explanation) string {
	switch x.Verdict {
	case "in":
		return e.p.paint(good, "✓")
	case "out":
		return e.p.paint(bad, "✗")
	case "unknown":
		return e.p.paint(warn, "?")
	}
	return "·"
}

func (e *explainer) ids(x *engine.Explanation) string {
	if !e.opts.Verbose {
		return ""
	}
	return "  " + e.p.paint(dim, "["+joinDots(Escape(x.RecordID), Escape(x.ItemID))+"]")
}

func (e *explainer) one(x *engine.Explanation) {
	c := newClock(x.TimeZone, e.opts.Zone)
	id := Escape(cmp.Or(x.RecordID, x.ItemID))
	title := Truncate(cmp.Or(x.Title, "(no title)"), 2*maxTitleWidth)
	e.p.line(fmt.Sprintf("%s (%s) for %s, at %s", e.p.paint(bold, Escape(x.Kind)+" "+title), id,
		Escape(cmp.Or(x.Name, x.User)), c.at(x.At)))
	if e.opts.Verbose && x.RecordID != "" && x.ItemID != "" {
		e.p.line("mailbox item " + Escape(x.ItemID))
	}
	e.p.blank()
	e.p.line(Escape(x.Headline))
	e.checks(x)
	e.settings(x.Settings)
	e.rules(x.Rules)
	e.nearest(x.Nearest)
	e.p.blank()
	e.p.line("Row " + e.p.paint(bold, Escape(x.Row)) + colon(Escape(x.RowText)))
	e.link(x.Link)
	e.operations(x, c)
	e.causes(x.Causes, c)
	for _, text := range x.Evidence {
		e.p.line("Evidence: " + Escape(text))
	}
}

// causes lists the steps that led to the operations, the nearest first.
func (e *explainer) causes(steps []engine.CauseStep, c clock) {
	if len(steps) == 0 {
		return
	}
	e.p.line("What led to it")
	for _, s := range steps {
		where := ""
		switch {
		case s.Policy != nil:
			where = fmt.Sprintf("(%s:%d)", Escape(s.Policy.File), s.Policy.Line)
		case s.File != "":
			where = fmt.Sprintf("(%s:%d)", Escape(s.File), s.Line)
		}
		when := c.at(s.At)
		if s.Session > 0 {
			when = fmt.Sprintf("session %s, %s", Thousands(s.Session), when)
		}
		e.p.line("  ← "+when+":", Escape(s.Text), e.p.paint(dim, where))
	}
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

var resultSigns = map[string]struct {
	sign string
	tone tone
}{
	"pass": {"✓", good}, "fail": {"✗", bad}, "unknown": {"?", warn},
	"true": {"✓", good}, "false": {"✗", dim},
}

func (e *explainer) sign(result string) string {
	if s, ok := resultSigns[result]; ok {
		return e.p.paint(s.tone, s.sign)
	}
	return "·"
}

func (e *explainer) checks(x *engine.Explanation) {
	if len(x.Checks) == 0 {
		return
	}
	e.p.blank()
	width := 0
	for _, ch := range x.Checks {
		width = max(width, min(Width(Escape(ch.Text)), 72))
	}
	for _, ch := range x.Checks {
		decisive := ""
		if ch.Decisive && ch.Result != "pass" {
			decisive = "← decides"
		}
		e.p.line("  "+e.sign(ch.Result)+" "+pad(Escape(ch.Text), width), e.p.paint(dim, place(ch.Policy)), decisive)
		if decisive != "" && ch.Condition != "" {
			e.p.line("      " + e.p.paint(dim, "asked: "+Escape(ch.Condition)))
		}
	}
}

// settings writes what was set, where, and what it overruled.
func (e *explainer) settings(list []engine.SettingLine) {
	if len(list) == 0 {
		return
	}
	e.p.blank()
	e.p.line("Settings")
	width := 0
	for _, s := range list {
		width = max(width, Width(settingText(s)))
	}
	for _, s := range list {
		parts := nonEmpty([]string{place(s.Policy)})
		for _, o := range s.Overruled {
			parts = append(parts, overruledText(o.Value, place(o.Policy), o.Why))
		}
		e.p.line("  "+pad(settingText(s), width), e.p.paint(dim, strings.Join(parts, ", ")))
	}
}

func settingText(s engine.SettingLine) string { return Escape(s.Path) + " = " + Escape(s.Value) }

// overruledText is "over 14d (defaults.hcl:8)", with the reason where a layer did
// not simply win.
func overruledText(value, at, why string) string {
	text := "over " + Escape(value)
	if at != "" {
		text += " (" + at + ")"
	}
	if why != "" {
		text += ", not counted: " + Escape(why)
	}
	return text
}

func (e *explainer) rules(list []engine.RuleLine) {
	if len(list) == 0 {
		return
	}
	e.p.blank()
	e.p.line("Rules that could apply")
	for _, r := range list {
		words := map[string]string{"true": "applies", "false": "does not apply", "unknown": "cannot be told"}[r.Result]
		what := fmt.Sprintf("%s %s (%s)", Escape(r.Effect), words, Escape(r.Direction))
		e.p.line("  "+e.sign(r.Result)+" "+Escape(r.Name), what, Escape(r.Text), e.p.paint(dim, place(r.Policy)))
	}
}

// nearest writes what would make the thing sync, with the policy lines that stand
// for what is.
func (e *explainer) nearest(list []engine.Nearest) {
	if len(list) == 0 {
		return
	}
	e.p.blank()
	e.p.line("What would change that")
	for _, n := range list {
		var lines []string
		for _, c := range n.Changes {
			if c.Policy == nil {
				continue
			}
			if text := place(c.Policy); c.What == engine.ChangeSetting {
				lines = append(lines, fmt.Sprintf("now %s, %s", Escape(fmt.Sprint(c.From)), text))
			}
		}
		why := ""
		if len(lines) > 0 {
			why = e.p.paint(dim, "("+strings.Join(lines, "; ")+")")
		}
		e.p.line("  "+Escape(n.Text), why)
	}
}

func (e *explainer) link(l *engine.LinkLine) {
	if l == nil {
		e.p.line("No link for this person.")
		return
	}
	text := fmt.Sprintf("Link %s, born in the %s", Escape(l.State), Escape(l.Born))
	if l.Born == "salesforce" {
		text = fmt.Sprintf("Link %s, born in Salesforce", Escape(l.State))
	}
	if l.File != "" {
		text += " " + e.p.paint(dim, fmt.Sprintf("(%s:%d)", Escape(l.File), l.Line))
	}
	e.p.line(text)
}

// operations writes what the plan does with it, or why it does nothing.
func (e *explainer) operations(x *engine.Explanation, c clock) {
	if len(x.Operations) > 0 {
		e.p.blank()
		b := &block{report: &report{p: e.p, t: NewTally(), opts: e.opts}, indent: "  ", clock: c, year: x.At.Year()}
		b.opts.Full = true
		for _, op := range x.Operations {
			b.rows = append(b.rows, b.operationRow(op))
		}
		b.write()
		return
	}
	if x.Skipped != nil {
		e.p.line("Not synced: " + e.p.reasonText(x.Skipped.Reason))
	}
}
