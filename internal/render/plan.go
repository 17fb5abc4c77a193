package render

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weir/engine"
)

// TextOptions say how much text shows. The zero value is the short form without
// colour and with all times in UTC.
type TextOptions struct {
	Color   bool
	Verbose bool // ids beside names
	Full    bool // large groups are listed, not counted
	Skipped bool // what is not synced is listed
	Summary bool // only the headline and a line a person
	// Zone loads a time zone by its IANA name, for times that concern one person.
	Zone func(name string) (*time.Location, error)
}

// Header is what the headline says about the inputs.
type Header struct {
	Organization string
	Policy       string // a short name for the policy
	// Only is the glob that selected the people shown, "" for everybody.
	Only string
}

const (
	maxTitleWidth = 36
	foldAbove     = 5 // larger groups of one kind, operation and reason fold
	shownChanges  = 3 // fields an update lists before it counts the rest

	foldNotesAbove    = 2 // more notices of one code fold
	foldWarningsAbove = 5
	foldRailsAbove    = 5 // more messages of one guardrail
	foldedRails       = 3 // shown of them then
	heldColumn        = 6
)

// Plan writes one session's plan: headline, what to watch, a block a person, a
// line an operation, totals.
func Plan(w io.Writer, plan *engine.Plan, h Header, t *Tally, opts TextOptions) error {
	r := newReport(w, h, t, opts)
	r.headline("plan for " + utcClock.full(plan.At) + " UTC")
	r.counts(plan.Summary, "")
	r.findings(plan.Findings, plan.Guardrails)
	if opts.Summary {
		r.perUser([]*engine.Plan{plan})
		return r.p.flush()
	}
	r.users(plan)
	r.totals(plan.Summary)
	return r.p.flush()
}

// report is one rendering of a plan or simulation.
type report struct {
	p      *printer
	h      Header
	t      *Tally
	opts   TextOptions
	folded bool // something was counted that --full would list
}

func newReport(w io.Writer, h Header, t *Tally, opts TextOptions) *report {
	return &report{p: newPrinter(w, opts.Color), h: h, t: t, opts: opts}
}

func (r *report) headline(span ...string) {
	parts := []string{Escape(r.h.Organization), people(r.t.People)}
	parts = append(parts, span...)
	if r.h.Policy != "" {
		parts = append(parts, "policy "+Escape(r.h.Policy))
	}
	r.p.line(r.p.paint(bold, joinDots(parts...)))
	if r.h.Only != "" {
		r.p.line("shown: only people matching " + Escape(r.h.Only) + "; the numbers below are for everybody")
	}
}

// counts writes what would change on each side, and after it one line more.
func (r *report) counts(s engine.Summary, after string) {
	r.p.blank()
	m, f, l := s.Operations.Mailbox, s.Operations.Salesforce, s.Operations.Link
	any := r.countLine("in mailboxes", opCounts{{engine.OpCreate, m.Create}, {engine.OpUpdate, m.Update},
		{engine.OpRestore, m.Restore}, {engine.OpDelete, m.Delete}}, r.t.removalKinds(engine.OnMailbox))
	any = r.countLine("in Salesforce", opCounts{{engine.OpCreate, f.Create}, {engine.OpUpdate, f.Update},
		{engine.OpDelete, f.Delete}, {engine.OpDecline, f.Decline}}, r.t.removalKinds(engine.OnSalesforce)) || any
	any = r.countLine("links only", opCounts{{engine.OpLink, l.Link}, {engine.OpUnlink, l.Unlink},
		{engine.OpFreeze, l.Freeze}, {engine.OpReactivate, l.Reactivate}}, "") || any
	if s.Held > 0 {
		r.p.line("  "+pad("held", 13), r.p.paint(warn, count(s.Held, "operation", "operations")))
	}
	if !any && s.Held == 0 {
		r.p.line("  Nothing would change.")
	}
	if after != "" {
		r.p.line("  " + after)
	}
}

type opCounts []struct {
	op engine.Op
	n  int
}

func (r *report) countLine(side string, counts opCounts, removals string) bool {
	var parts []string
	for _, c := range counts {
		if c.n == 0 {
			continue
		}
		style := styleOf(c.op)
		text := r.p.paint(style.tone, count(c.n, style.one, style.many))
		if c.op == engine.OpDelete && removals != "" {
			text += " (" + removals + ")"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return false
	}
	r.p.line("  "+pad(side, 13), strings.Join(parts, " · "))
	return true
}

// findings writes what the admin should look at first: what a guardrail denies,
// what is held, then warnings, then notes.
func (r *report) findings(list []engine.Finding, rails []engine.Guardrail) {
	lines := r.railLines(rails, true)
	lines = append(lines, r.heldLines(list)...)
	lines = append(lines, r.railLines(rails, false)...)
	lines = append(lines, r.findingLines("Watch", warn, list, engine.SeverityWarning)...)
	lines = append(lines, r.findingLines("Note", dim, list, engine.SeverityNotice)...)
	for _, user := range sortedKeys(r.t.out) {
		lines = append(lines, pad("Out", heldColumn)+" "+r.leftOut(user))
	}
	if len(lines) == 0 {
		return
	}
	r.p.blank()
	for _, l := range lines {
		r.p.line(l)
	}
}

// railLines are the guardrails that deny, or those that warn, each with its place.
// Of one that says very much the first messages are written and the others counted.
func (r *report) railLines(rails []engine.Guardrail, deny bool) []string {
	word, t := "Watch", warn
	if deny {
		word, t = "Denied", bad
	}
	total, written := map[engine.PolicyRef]int{}, map[engine.PolicyRef]int{}
	for _, g := range rails {
		if g.Deny == deny {
			total[railPlace(g)]++
		}
	}
	var lines []string
	for _, g := range rails {
		if g.Deny != deny {
			continue
		}
		ref := railPlace(g)
		written[ref]++
		many := total[ref] > foldRailsAbove && !r.opts.Full
		if many && written[ref] > foldedRails {
			continue
		}
		line := r.p.paint(t, pad(word, heldColumn)) + " " + Escape(clip(g.Message)) + " " + r.p.paint(dim, "("+place(&ref)+")")
		if many && written[ref] == foldedRails {
			r.folded = true
			line += fmt.Sprintf("; and %s more like it", Thousands(total[ref]-foldedRails))
		}
		lines = append(lines, line)
	}
	return lines
}

func railPlace(g engine.Guardrail) engine.PolicyRef {
	return engine.PolicyRef{File: g.File, Line: g.Line}
}

// maxMessage is how much of a guardrail's message is shown, in bytes.
const maxMessage = 300

// clip cuts a text that would fill the screen.
func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	cut := maxMessage
	for cut > maxMessage-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// leftOut names a person whom the session leaves out entirely, and why.
func (r *report) leftOut(user string) string {
	name, why := r.t.name(user), Escape(r.t.out[user])
	if strings.HasPrefix(why, name) {
		return why
	}
	return name + ": " + why
}

func (r *report) heldLines(list []engine.Finding) []string {
	lines := r.findingLines("Held", bad, list, engine.SeverityError)
	reasons, who := r.t.heldReasons()
	for _, h := range reasons {
		lines = append(lines, fmt.Sprintf("%s %s of %s: %s", r.p.paint(warn, pad("Held", heldColumn)),
			count(h.n, "operation", "operations"), people(who[h.words]), h.words))
	}
	return lines
}

// findingLines writes the findings of one severity. Of many with one code the
// first is written and the others are counted; errors are always written. What to
// do about it stands below, once for all that ask for the same.
func (r *report) findingLines(word string, t tone, list []engine.Finding, s engine.Severity) []string {
	total, written := map[string]int{}, map[string]int{}
	for _, f := range list {
		if f.Severity == s {
			total[f.Code]++
		}
	}
	var lines []string
	told := map[string]bool{} // what to do, each once
	for _, f := range list {
		if f.Severity != s {
			continue
		}
		written[f.Code]++
		many := total[f.Code] > foldLimit(s) && !r.opts.Full
		if many && written[f.Code] > 1 {
			continue
		}
		w := word
		if s == engine.SeverityError && f.Code != "limit_tripped" {
			w = "Error"
		}
		line := r.p.paint(t, pad(w, heldColumn)) + " " + Escape(f.Text) + r.findingIDs(f)
		if many {
			r.folded = true
			line += fmt.Sprintf("; and %s more like it", Thousands(total[f.Code]-1))
		}
		lines = append(lines, line)
		if f.Remedy != "" && !told[f.Remedy] {
			told[f.Remedy] = true
			lines = append(lines, strings.Repeat(" ", heldColumn)+" "+r.p.paint(dim, "→ "+Escape(f.Remedy)))
		}
	}
	return lines
}

// foldLimit is how many findings of one code are written out.
func foldLimit(s engine.Severity) int {
	switch s {
	case engine.SeverityNotice:
		return foldNotesAbove
	case engine.SeverityWarning:
		return foldWarningsAbove
	}
	return math.MaxInt
}

// findingIDs names, with -v, the things a finding is about.
func (r *report) findingIDs(f engine.Finding) string {
	if !r.opts.Verbose || len(f.Items) == 0 {
		return ""
	}
	ids := make([]string, len(f.Items))
	for i, id := range f.Items {
		ids[i] = Escape(id)
	}
	return " " + r.p.paint(dim, "["+Escape(f.Code)+": "+strings.Join(ids, ", ")+"]")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// users writes the blocks of everybody with something to show.
func (r *report) users(plan *engine.Plan) {
	for i := range plan.Users {
		u := &plan.Users[i]
		if len(u.Operations) == 0 && (!r.opts.Skipped || len(u.Skipped) == 0) {
			continue
		}
		r.p.blank()
		r.user(u, "", plan.At)
	}
}

// user writes one person's block, indented.
func (r *report) user(u *engine.UserPlan, indent string, at time.Time) {
	name := Escape(cmp.Or(u.Name, u.User))
	if u.Name != "" {
		name = r.p.paint(bold, name) + "  " + r.p.paint(dim, Escape(u.User))
	}
	r.p.line(indent + name)
	b := &block{report: r, indent: indent + "  ", clock: newClock(u.TimeZone, r.opts.Zone), year: at.Year()}
	for _, g := range groups(u.Operations, r.opts.Full) {
		b.add(g)
	}
	if r.opts.Skipped {
		for _, s := range u.Skipped {
			b.addSkipped(s)
		}
	}
	b.write()
}

// block collects the lines of one person so that they align.
type block struct {
	*report
	indent string
	clock  clock
	year   int
	rows   []row
}

// row is one line: sign, label, direction and the words after them. The words
// may hold colours and come last.
type row struct {
	sign, label, direction, words string
	tone                          tone
}

func (b *block) add(g []engine.Operation) {
	if len(g) > 1 {
		b.folded = true
		b.rows = append(b.rows, b.groupRow(g))
		return
	}
	b.rows = append(b.rows, b.operationRow(g[0]))
}

func (b *block) operationRow(op engine.Operation) row {
	style := styleOf(op.Op)
	line := row{sign: style.sign, tone: style.tone, label: label(op.Kind, op.Title), direction: direction(op)}
	switch {
	case op.Held:
		line.sign, line.tone = "!", warn
		line.words = b.heldWords(op, style)
	case op.Fault != "":
		line.sign, line.tone = "!", warn
		line.words = b.p.paint(warn, "failed "+style.one+" ("+Escape(op.Fault)+")") + ": " + b.opWords(op)
	default:
		line.words = b.opWords(op)
	}
	line.words += b.ids(op.RecordID, op.ItemID)
	return line
}

// opWords are an operation's changes and reason.
func (b *block) opWords(op engine.Operation) string {
	var parts []string
	if op.Op == engine.OpUpdate {
		parts = b.changes(op.Changes)
	}
	parts = append(parts, b.p.reasonText(op.Reason))
	if op.Occurrences > 1 {
		parts = append(parts, count(op.Occurrences, "occurrence", "occurrences"))
	}
	if op.Notifies > 0 {
		parts = append(parts, b.p.paint(warn, "notifies "+people(op.Notifies)))
	}
	return strings.Join(parts, ", ")
}

func (b *block) changes(list []engine.Change) []string {
	shown := list
	if !b.opts.Full && len(list) > shownChanges+1 {
		shown = list[:shownChanges]
		b.folded = true
	}
	var parts []string
	for _, ch := range shown {
		parts = append(parts, b.clock.change(ch, b.year))
	}
	if rest := len(list) - len(shown); rest > 0 {
		parts = append(parts, count(rest, "more field", "more fields"))
	}
	return parts
}

// heldWords say what stopped an operation, and what it would have done and why.
func (b *block) heldWords(op engine.Operation, style opStyle) string {
	words := b.p.paint(warn, "held "+style.one)
	if op.HeldBy == nil {
		return words + ": " + b.p.reasonText(op.Reason)
	}
	words += ": " + b.p.reasonText(*op.HeldBy)
	if op.HeldBy.Code != op.Reason.Code {
		words += "; otherwise: " + b.opWords(op)
	}
	return words
}

func (b *block) groupRow(g []engine.Operation) row {
	style := styleOf(g[0].Op)
	words := commonReason(g)
	return row{sign: style.sign, tone: style.tone, direction: direction(g[0]),
		label: groupLabel(g), words: b.p.reasonText(words)}
}

// groupLabel counts a folded group and names its first members.
func groupLabel(g []engine.Operation) string {
	label := kindCount(len(g), Escape(g[0].Kind))
	var names []string
	for _, op := range g[:min(len(g), 3)] {
		if op.Title != "" {
			names = append(names, Truncate(op.Title, maxTitleWidth/2))
		}
	}
	if len(names) == 0 {
		return label
	}
	return Truncate(label+": "+strings.Join(names, ", ")+", …", maxTitleWidth+9)
}

// commonReason keeps the text and the place the group shares.
func commonReason(g []engine.Operation) engine.Reason {
	common := g[0].Reason
	for _, op := range g[1:] {
		if op.Reason.Text != common.Text {
			common.Text = ""
		}
		if place(op.Reason.Policy) != place(common.Policy) {
			common.Policy = nil
		}
	}
	return common
}

func (b *block) addSkipped(s engine.Skipped) {
	words := skipWords(s.Reason)
	if s.Reason.Text != "" {
		words = b.p.reasonText(s.Reason)
	}
	b.rows = append(b.rows, row{sign: "·", tone: dim, label: label(s.Kind, s.Title),
		direction: "not synced", words: words + b.ids(s.RecordID, s.ItemID)})
}

// label is the kind and the title as columns.
func label(kind, title string) string {
	if title == "" {
		title = "(no title)"
	}
	return pad(Escape(kind), 7) + "  " + Truncate(title, maxTitleWidth)
}

// ids are shown with -v only.
func (b *block) ids(record, item string) string {
	if !b.opts.Verbose {
		return ""
	}
	return "  " + b.p.paint(dim, "["+joinDots(Escape(record), Escape(item))+"]")
}

func (b *block) write() {
	width := 0
	for _, r := range b.rows {
		width = max(width, Width(r.label))
	}
	for _, r := range b.rows {
		b.p.line(b.indent+b.p.paint(r.tone, r.sign)+" "+pad(r.label, width), pad(r.direction, 12), r.words)
	}
}

// groups splits operations into what is shown on a line each and what folds to a
// count, keeping the order of first appearance.
func groups(ops []engine.Operation, full bool) [][]engine.Operation {
	type key struct {
		op         engine.Op
		on         engine.Target
		kind, code string
	}
	sizes := map[key]int{}
	keyOf := func(op engine.Operation) key { return key{op.Op, op.On, op.Kind, op.Reason.Code} }
	for _, op := range ops {
		if folds(op) {
			sizes[keyOf(op)]++
		}
	}
	at := map[key]int{}
	var out [][]engine.Operation
	for _, op := range ops {
		k := keyOf(op)
		if full || !folds(op) || sizes[k] <= foldAbove {
			out = append(out, []engine.Operation{op})
			continue
		}
		if i, seen := at[k]; seen {
			out[i] = append(out[i], op)
			continue
		}
		at[k] = len(out)
		out = append(out, []engine.Operation{op})
	}
	return out
}

// folds reports operations that may be counted instead of listed: never what
// takes something away, brings it back, was held or failed.
func folds(op engine.Operation) bool {
	switch op.Op {
	case engine.OpDelete, engine.OpDecline, engine.OpRestore:
		return false
	}
	return !op.Held && op.Fault == "" && op.Notifies == 0
}

// totals end the report: what was not synced and why, and what was left alone.
func (r *report) totals(s engine.Summary) {
	r.p.blank()
	if s.Skipped > 0 {
		var parts []string
		for _, reason := range r.t.skippedReasons() {
			parts = append(parts, Thousands(reason.n)+" "+reason.words)
		}
		line := r.p.paint(bold, "Not synced") + "  " + count(s.Skipped, "item", "items")
		if len(parts) > 0 {
			line += ": " + strings.Join(parts, ", ")
		}
		r.p.line(line, hint(!r.opts.Skipped, "--skipped lists them"))
	}
	r.p.line(r.p.paint(bold, "Left alone") + "  " + leftAlone(s))
	if r.folded {
		r.p.line("Large groups are counted; --full lists every operation, field and finding.")
	}
}

func hint(when bool, text string) string {
	if !when {
		return ""
	}
	return "(" + text + ")"
}

func leftAlone(s engine.Summary) string {
	parts := []string{Thousands(s.Unchanged) + " unchanged", Thousands(s.Others) + " other people's",
		Thousands(s.Personal) + " personal"}
	if s.Unseen > 0 {
		parts = append(parts, Thousands(s.Unseen)+" that the recording does not show")
	}
	return strings.Join(parts, ", ")
}
