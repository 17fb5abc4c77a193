package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weir/state"
)

// findingKind is one kind of finding: how grave it is and its words. The text
// function gets how many things and people it is about.
type findingKind struct {
	severity Severity
	text     func(f *gathered) string
}

// gathered is a finding in the making: what it is about, in the order met.
type gathered struct {
	code, sub string
	cases     []findingCase
	has       map[findingCase]bool // the cases
	detail    []string             // further texts, each once
	sessions  []int
}

// findingCase is one thing a finding is about; user or item may be "".
type findingCase struct {
	user, name  string // address and name
	item, title string // id and title
}

func (g *gathered) add(c findingCase) {
	if g.has[c] {
		return
	}
	if g.has == nil {
		g.has = map[findingCase]bool{}
	}
	g.has[c] = true
	g.cases = append(g.cases, c)
}

func (g *gathered) addUser(u *state.User) { g.add(findingCase{user: u.Address, name: u.Name()}) }

func (g *gathered) addDetail(text string) {
	if text != "" && !slices.Contains(g.detail, text) {
		g.detail = append(g.detail, text)
	}
}

// column lists one column of the cases, each value once, without empty ones.
func (g *gathered) column(of func(findingCase) string) []string {
	out := []string{}
	seen := map[string]bool{}
	for _, c := range g.cases {
		if text := of(c); text != "" && !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func (g *gathered) users() []string { return g.column(func(c findingCase) string { return c.user }) }
func (g *gathered) names() []string { return g.column(func(c findingCase) string { return c.name }) }
func (g *gathered) items() []string { return g.column(func(c findingCase) string { return c.item }) }

// titles lists a title for every thing, so that two of one name count twice.
func (g *gathered) titles() []string {
	seen := map[string]bool{}
	out := []string{}
	for _, c := range g.cases {
		if c.item != "" && !seen[c.item] {
			seen[c.item] = true
			out = append(out, c.title)
		}
	}
	return out
}

// notebook gathers findings.
type notebook struct {
	byKey map[string]*gathered
	// drafts are whose notes an entry starts with, in order; nil for a notebook of
	// its own. What nobody opens is not gathered.
	drafts []*Draft
}

func newNotebook() *notebook { return &notebook{byKey: map[string]*gathered{}} }

func (n *notebook) entry(code, sub string) *gathered {
	key := code + "\x00" + sub
	g := n.byKey[key]
	if g == nil {
		g = &gathered{code: code, sub: sub}
		for _, d := range n.drafts {
			if from := d.notes.byKey[key]; from != nil {
				g.merge(from)
			}
		}
		n.byKey[key] = g
	}
	return g
}

// note adds the pair to a finding; sub tells variants of one code apart.
func (d *desk) note(code, sub string, p *pair) {
	if p.quiet {
		return
	}
	g := d.notes.entry(code, sub)
	c := findingCase{user: d.user.Address, name: d.user.Name(), item: orElse(p.shownRecordID(), p.shownItemID("", ""))}
	if code == "incomplete_capture" {
		c.item = "" // unlinked, unmarked items are counted, never named
	}
	if c.item != "" {
		c.title = p.title()
	}
	g.add(c)
	g.addDetail(p.kind.Plural())
}

func (g *gathered) merge(from *gathered) {
	for _, c := range from.cases {
		g.add(c)
	}
	for _, text := range from.detail {
		g.addDetail(text)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// findings words what was gathered, gravest first.
func (n *notebook) findings() []Finding {
	out := []Finding{}
	for _, key := range sortedKeys(n.byKey) {
		out = append(out, n.byKey[key].finding())
	}
	SortFindings(out)
	return out
}

func (g *gathered) finding() Finding {
	kind := findingKinds[g.code]
	return Finding{Code: g.code, Severity: kind.severity, Text: kind.text(g), Users: sorted(g.users()), Items: sorted(g.items()),
		Sessions: slices.Clone(g.sessions)}
}

// FindingLog follows findings over many sessions: what is new about each, and
// all of them together.
type FindingLog struct{ all *notebook }

// NewFindingLog makes an empty log.
func NewFindingLog() *FindingLog { return &FindingLog{all: newNotebook()} }

// Fresh adds a plan's findings to the log and words those, or those parts, that
// no earlier plan had.
func (l *FindingLog) Fresh(p *Plan) []Finding {
	fresh := newNotebook()
	for _, key := range sortedKeys(p.notes.byKey) {
		g := p.notes.byKey[key]
		known := l.all.entry(g.code, g.sub)
		if part := g.beyond(known); part != nil {
			part.sessions = []int{p.Session}
			fresh.byKey[key] = part
			known.merge(part)
			known.sessions = append(known.sessions, p.Session)
		}
	}
	p.notes.drafts = nil // nothing is noted any more
	return fresh.findings()
}

// All words everything logged.
func (l *FindingLog) All() []Finding { return l.all.findings() }

// beyond is the part of a finding that is not known yet; nil if all of it is.
func (g *gathered) beyond(known *gathered) *gathered {
	part := &gathered{code: g.code, sub: g.sub}
	for _, c := range g.cases {
		if !known.has[c] {
			part.add(c)
		}
	}
	newText := slices.ContainsFunc(g.detail, func(text string) bool { return !slices.Contains(known.detail, text) })
	if len(part.cases) == 0 && !newText && (len(known.cases) > 0 || len(known.detail) > 0) {
		return nil
	}
	part.detail = g.detail
	return part
}

// SortFindings puts findings in the order of output: gravest first, then by code
// and text.
func SortFindings(findings []Finding) {
	rank := map[Severity]int{SeverityError: 0, SeverityWarning: 1, SeverityNotice: 2}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
}

func sorted(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	if out == nil {
		out = []string{}
	}
	return out
}

func (g *gathered) who() string { return enumerate(g.names(), 3) }

func (g *gathered) what() string {
	if titles := g.titles(); len(titles) > 0 {
		return enumerate(titles, 3)
	}
	return strings.Join(g.detail, ", ")
}

// enumerate lists the first names and counts the rest.
func enumerate(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func (g *gathered) count(word string) string { return plural(max(len(g.items()), 1), word) }

func (g *gathered) details() string { return strings.Join(g.detail, "; ") }

// findingKinds lists every finding of a plan.
var findingKinds = map[string]findingKind{
	"limit_tripped": {SeverityError, (*gathered).details},
	"incomplete_capture": {SeverityWarning, func(g *gathered) string {
		if g.sub == "marks" {
			return fmt.Sprintf("neither categories nor folder of some %s of %s were recorded: whether they are marked cannot be told, so they are left alone", strings.Join(g.detail, " and "), g.who())
		}
		return g.details()
	}},
	"assumed": {SeverityNotice, (*gathered).details},
	"visibility_assumed": {SeverityNotice, func(g *gathered) string {
		return "no access was recorded for " + g.who() + ": every captured contact counts as readable"
	}},
	"view_unavailable":     {SeverityWarning, (*gathered).details},
	"view_maybe_truncated": {SeverityWarning, (*gathered).details},
	"frozen_copies": {SeverityNotice, func(g *gathered) string {
		if g.sub == "edited" {
			return fmt.Sprintf("copies out of scope were edited in the mailbox of %s; the edits stay there: %s", g.who(), g.what())
		}
		return fmt.Sprintf("out of scope, but kept in the mailbox of %s without being updated: %s", g.who(), g.what())
	}},
	"orphaned_copies": {SeverityNotice, func(g *gathered) string {
		return fmt.Sprintf("deleted in Salesforce, but kept in the mailbox of %s: %s", g.who(), g.what())
	}},
	"surprise_upsync": {SeverityWarning, func(g *gathered) string {
		kinds := strings.Join(g.detail, " and ")
		if g.sub == "delete" {
			return fmt.Sprintf("%s are switched off for %s, but deletions in the mailbox still delete in Salesforce: %s", kinds, g.who(), g.what())
		}
		return fmt.Sprintf("%s are switched off for %s, but what is marked or edited in the mailbox still goes up to Salesforce: %s", kinds, g.who(), g.what())
	}},
	"cross_user_delete":  {SeverityWarning, (*gathered).details},
	"notifies_attendees": {SeverityWarning, func(g *gathered) string { return "deleting sends cancellations to attendees: " + g.what() }},
	"edited_copy_kept": {SeverityWarning, func(g *gathered) string {
		return "deleted in Salesforce, but the copy of " + g.who() + " had been edited and stays: " + g.what()
	}},
	"undecided": {SeverityWarning, func(g *gathered) string {
		return fmt.Sprintf("gone from the mailbox of %s while out of the real sync's scope; the person or the sync may have removed it, so nothing is done: %s", g.who(), g.what())
	}},
	"diverged": {SeverityNotice, func(g *gathered) string {
		return fmt.Sprintf("changed in Salesforce, but %s are switched off for %s, so the copies differ: %s", strings.Join(g.detail, " and "), g.who(), g.what())
	}},
	"never_agreed": {SeverityWarning, func(g *gathered) string {
		return fmt.Sprintf("linked for %s, but never seen equal on both sides, so a difference counts as a change of both: %s", g.who(), g.what())
	}},
	"no_access": {SeverityWarning, func(g *gathered) string {
		return g.who() + " may not change in Salesforce what the mailbox changed: " + g.what()
	}},
	"not_organizer": {SeverityNotice, func(g *gathered) string {
		return g.who() + " changed a meeting organised by somebody else; only the answer goes up: " + g.what()
	}},
	"private_link": {SeverityNotice, func(g *gathered) string {
		return "private changes of " + g.who() + " are not sent up: " + g.count("item")
	}},
	"conflict_guess": {SeverityWarning, func(g *gathered) string {
		return "both sides changed and it cannot be told which later; Salesforce stands: " + g.what()
	}},
	"duplicate_match": {SeverityWarning, func(g *gathered) string {
		return "several things match for " + g.who() + ", so nothing is linked or made: " + g.what()
	}},
	"duplicate_link": {SeverityWarning, func(g *gathered) string {
		return fmt.Sprintf("%s in the mailbox of %s with the id of a record that is linked to another copy; left alone", g.count("item"), g.who())
	}},
	"preference_wins": {SeverityWarning, (*gathered).details},
	"no_links": {SeverityWarning, func(g *gathered) string {
		return "no links were recorded for " + g.who() + ": what was synced before is matched anew or made twice"
	}},
	"stale_recording": {SeverityWarning, (*gathered).details},
	"superseded":      {SeverityNotice, (*gathered).details},
	"oscillation": {SeverityWarning, func(g *gathered) string {
		if len(g.items()) == 0 {
			return g.details()
		}
		return fmt.Sprintf("never comes to rest for %s: %s; %s", g.who(), g.what(), g.details())
	}},
	"unreachable_action": {SeverityWarning, func(g *gathered) string {
		return "recorded actions that have nothing to act on in the simulated world: " + g.details()
	}},
}

// noteEffects notes what the admin may not expect of operations that are not held.
func (p *pair) noteEffects() {
	for i := range p.ops {
		op := &p.ops[i]
		if op.Held {
			continue
		}
		if op.On == OnSalesforce && !p.facts.On {
			sub := ""
			if op.Op == OpDelete {
				sub = "delete"
			}
			p.note("surprise_upsync", sub, p)
		}
		if op.Notifies > 0 {
			p.note("notifies_attendees", "", p)
		}
	}
}

// noteStop notes the stops that are findings of their own.
func (p *pair) noteStop(s *holding) {
	switch s.code {
	case "no_access", "not_organizer", "private_link":
		p.note(s.code, "", p)
	}
}
