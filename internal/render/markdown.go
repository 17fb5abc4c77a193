package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/check"
	"weir/compare"
	"weir/engine"
)

// maxComment is how many characters GitHub takes of one comment. Bytes are counted,
// of which there are never fewer.
const maxComment = 65_536

// keptFree is left for the last line, which says what did not fit.
const keptFree = 256

// comment is a Markdown text within the bound.
type comment struct {
	b    strings.Builder
	lost int // lines that did not fit
}

// room is how much still fits.
func (c *comment) room() int { return maxComment - keptFree - c.b.Len() }

// line adds a line if it fits.
func (c *comment) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...) + "\n"
	if len(text) > c.room() {
		c.lost++
		return
	}
	c.b.WriteString(text)
}

// some adds lines as long as they take no more than half of the room, so that there is some
// for what comes after, and says how many it left out.
func (c *comment) some(lines []string) {
	left := c.room() / 2
	for i, l := range lines {
		if left -= len(l) + 1; left < 0 {
			c.line("- … %s more", Thousands(len(lines)-i))
			c.lost += len(lines) - i
			return
		}
		c.line("%s", l)
	}
}

// details folds some lines under a summary.
func (c *comment) details(summary string, lines []string) {
	if len(lines) == 0 {
		return
	}
	const closing = "\n</details>\n\n"
	head := "<details><summary>" + summary + "</summary>\n\n"
	if len(head)+len(lines[0])+len(closing)+64 > c.room()/2 {
		c.lost += len(lines)
		return
	}
	c.b.WriteString(head)
	c.some(lines)
	c.b.WriteString(closing)
}

// Markdown writes a comment for a pull request: headline, blast radius, what was found and
// what failed, and then, folded, what is proved and what flips, the weightiest first. It is
// never longer than GitHub takes, and says what was left out.
func Markdown(w io.Writer, b *Brief) error {
	c := &comment{}
	mark := "✅"
	if b.Rejected {
		mark = "❌"
	}
	c.line("### %s weir: %s", mark, Mark(b.Headline))
	c.line("")
	c.counts(b.Counts)
	if b.Diff != nil {
		c.radius(b.Diff)
	}
	c.found(b.Findings)
	c.parts(b.Parts)
	c.cases(b)
	if b.Diff != nil {
		c.diff(b, b.Diff)
	}
	c.people(b.People)
	c.operations(b)
	if c.lost > 0 {
		fmt.Fprintf(&c.b, "\n_%s more did not fit; the other reports have all._\n", count(c.lost, "line", "lines"))
	}
	_, err := io.WriteString(w, c.b.String())
	return err
}

func (c *comment) counts(rows []CountRow) {
	if len(rows) == 0 {
		return
	}
	c.line("| | creations | updates | restores | removals in mailboxes | creations in Salesforce | updates in Salesforce | removals in Salesforce | held |")
	c.line("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		c.line("| %s | %s | %s | %s | %s | %s | %s | %s | %s |", Mark(r.Label), Thousands(r.Creations), Thousands(r.Updates), Thousands(r.Restores),
			strong(r.Removals), Thousands(r.SFCreations), Thousands(r.SFUpdates), strong(r.SFRemove), Thousands(r.Held))
	}
	c.line("")
}

func strong(n int) string {
	if n == 0 {
		return "0"
	}
	return "**" + Thousands(n) + "**"
}

// radius is whom a change concerns, and which changes do.
func (c *comment) radius(r *compare.Report) {
	if r.Flips > 0 {
		c.line("%s for %s of %s.", changed(r.Flips), Thousands(r.Affected), people(r.People))
	}
	if n := losingMost(r.Users); n > 0 {
		c.line("**%s would lose more than half of their copies.**", people(n))
	}
	var causes []string
	for _, cause := range r.Causes {
		causes = append(causes, fmt.Sprintf("- %s: %s %s%s", Mark(changed(cause.Flips)+" for "+people(cause.People)), Mark(cause.What), Mark(cause.Text), markPlace(cause.New, cause.Old)))
	}
	c.some(causes)
	if r.MoreSets {
		c.line("- %s", Mark(notAllTried))
	}
	c.line("")
}

// diff is what is proved, and what flips.
func (c *comment) diff(b *Brief, r *compare.Report) {
	var proofs, flips []string
	equal := 0
	for _, p := range r.Proofs {
		if p.Relation == compare.Equal {
			equal++
			continue
		}
		proofs = append(proofs, fmt.Sprintf("- **%s** %s: %s%s", p.Relation, Mark(proofName(p)), Mark(p.Text), markPlace(p.New, p.Old)))
		for _, text := range exampleTexts(p) {
			proofs = append(proofs, "  - "+Mark(text))
		}
	}
	if len(r.Proofs) > 0 {
		c.line("%s.", provedHead(equal, len(r.Proofs)))
	}
	c.details("What is proved for all inputs", proofs)
	for _, f := range weightiest(r.Decisions) {
		flips = append(flips, fmt.Sprintf("- %s: %s: %s → %s (%s)", Mark(f.User), Mark(b.thing(f.Kind, f.Title, f.RecordID, f.ItemID)), Mark(b.decision(f.Before)), Mark(b.decision(f.After)),
			Mark(because(r, f))))
	}
	c.details(Mark(changed(len(r.Decisions))), flips)
}

// weightiest puts what removes before what else changes, and Salesforce before mailboxes.
func weightiest(flips []compare.Flip) []compare.Flip {
	weight := func(d compare.Decision) int {
		switch {
		case d.Op != engine.OpDelete && d.Op != engine.OpDecline:
			return 2
		case d.On == engine.OnSalesforce:
			return 0
		}
		return 1
	}
	flips = slices.Clone(flips)
	slices.SortStableFunc(flips, func(a, b compare.Flip) int {
		return cmp.Or(cmp.Compare(weight(a.After), weight(b.After)), cmp.Compare(weight(a.Before), weight(b.Before)))
	})
	return flips
}

// losingMost counts the people who lose more than half of their copies.
func losingMost(users []compare.UserFlips) int {
	n := 0
	for _, u := range users {
		if u.Losing > 50 {
			n++
		}
	}
	return n
}

// decision words what one policy does.
func (b *Brief) decision(d compare.Decision) string {
	if d.Reason == nil && d.Op == "" {
		return "nothing"
	}
	text := "not synced"
	if d.Op != "" {
		text = string(d.Op)
		if d.On != "" && d.On != engine.OnLink {
			text += " in " + map[engine.Target]string{engine.OnMailbox: "the mailbox", engine.OnSalesforce: "Salesforce"}[d.On]
		}
	}
	if d.Held {
		text = "held " + text
	}
	if d.Reason != nil {
		text += " (" + b.why(*d.Reason) + ")"
	}
	return text
}

func markPlace(refs ...*engine.PolicyRef) string {
	for _, ref := range refs {
		if ref != nil && ref.File != "" {
			return fmt.Sprintf(" (%s)", Mark(place(ref)))
		}
	}
	return ""
}

var severityMarks = map[engine.Severity]string{engine.SeverityError: "❌", engine.SeverityWarning: "⚠️", engine.SeverityNotice: "ℹ️"}

// found lists errors and warnings, and folds notices.
func (c *comment) found(list []check.Finding) {
	var open, folded []string
	for _, f := range bySeverity(list) {
		at := ""
		if f.File != "" {
			at = fmt.Sprintf(" (%s)", Mark(lineOf(f)))
		}
		text := fmt.Sprintf("- %s %s%s `%s`", severityMarks[f.Severity], Mark(findingText(f)), at, ruleID(f.Rule))
		if f.Severity == engine.SeverityNotice {
			folded = append(folded, text)
			continue
		}
		open = append(open, text)
	}
	c.some(open)
	c.line("")
	c.details(count(len(folded), "notice", "notices"), folded)
}

// ruleID is a rule's name, of which nothing but letters, digits, - and _ is left.
func ruleID(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
}

func (c *comment) parts(parts []check.Part) {
	if len(parts) == 0 {
		return
	}
	var words []string
	for _, p := range parts {
		word := string(p.Status) + " " + p.Name
		if p.Why != "" {
			word += " (" + p.Why + ")"
		}
		words = append(words, Mark(word))
	}
	c.line("%s", strings.Join(words, " · "))
	c.line("")
}

func (c *comment) cases(b *Brief) {
	failed, lines := 0, []string(nil)
	for _, t := range b.Cases {
		if t.Passed {
			continue
		}
		failed++
		for _, f := range t.Failures {
			lines = append(lines, fmt.Sprintf("- **%s** (%s): %s", Mark(t.Name), Mark(fmt.Sprintf("%s:%d", f.File, f.Line)), Mark(failureText(f))))
		}
	}
	if len(b.Cases) > 0 {
		c.line("Tests: %d passed, %d failed.", len(b.Cases)-failed, failed)
		c.line("")
	}
	c.details(count(failed, "failed test", "failed tests"), lines)
}

// people lists those with most removals first.
func (c *comment) people(rows []PersonRow) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b PersonRow) int {
		return cmp.Or(cmp.Compare(b.Removals, a.Removals), cmp.Compare(b.Held, a.Held), cmp.Compare(b.Creations+b.Updates, a.Creations+a.Updates))
	})
	var lines []string
	for _, p := range rows {
		if len(lines) == 0 {
			lines = append(lines, "| person | creations | updates | removals | in Salesforce | held |", "|---|--:|--:|--:|--:|--:|")
		}
		lines = append(lines, fmt.Sprintf("| %s | %d | %d | %s | %d | %d |", Mark(p.User), p.Creations, p.Updates, strong(p.Removals), p.Ups, p.Held))
	}
	c.details(people(len(rows)), lines)
}

func (c *comment) operations(b *Brief) {
	for _, s := range b.Sessions {
		var lines []string
		for _, r := range s.Rows {
			held := ""
			if r.Held {
				held = "held "
			}
			lines = append(lines, fmt.Sprintf("- %s: %s%s on %s: %s, %s%s", Mark(r.User), held, r.Op, r.Side, Mark(r.What), Mark(r.Why), paren(Mark(r.Policy))))
		}
		c.details(Mark(fmt.Sprintf("Session %d · %s · %s", s.Number, s.At, count(len(lines), "operation", "operations"))), lines)
	}
}

func paren(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// Mark makes text from outside plain text in Markdown, on one line: nothing in it
// formats, links, mentions anybody or refers to an issue.
func Mark(s string) string {
	s = Escape(s)
	var out strings.Builder
	for i, r := range s {
		switch {
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case r == '&':
			out.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]()!|~$", r):
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '@' || r == '#':
			// A reference needs the bare character; an entity is none.
			fmt.Fprintf(&out, "&#%d;", r)
		case r == ':' && (strings.HasPrefix(s[i:], "://") || i > 0):
			out.WriteString("&#58;") // links and :emoji:
		case r == '.' && i+1 < len(s) && s[i+1] != ' ':
			out.WriteString("&#46;") // www. and bare domains
		case strings.ContainsRune("+-=", r) && i == 0, r >= '0' && r <= '9' && i == 0 && strings.ContainsAny(s, ".)"):
			fmt.Fprintf(&out, "&#%d;", r) // a list
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
