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
	users     []string // addresses
	names     []string // names of the users
	items     []string // record or item ids
	titles    []string
	detail    []string // further texts, each once
	severity  Severity
}

// notebook gathers findings.
type notebook struct {
	byKey map[string]*gathered
}

func newNotebook() *notebook { return &notebook{byKey: map[string]*gathered{}} }

func (n *notebook) entry(code, sub string) *gathered {
	key := code + "\x00" + sub
	g := n.byKey[key]
	if g == nil {
		g = &gathered{code: code, sub: sub}
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
	g.addUser(d.user)
	id := p.shownRecordID()
	if id == "" {
		id = p.shownItemID("", "")
	}
	if code == "incomplete_capture" || code == "surprise_upsync" && p.facts.Link == NoLink && p.snap.Markers.Marked(p.itm) != state.True {
		// Unlinked, unmarked items are counted, never named.
		id = ""
	}
	if id != "" && !slices.Contains(g.items, id) {
		g.items = append(g.items, id)
		g.titles = append(g.titles, p.title())
	}
	g.addDetail(p.kind.Plural())
}

func (g *gathered) addUser(u *state.User) {
	if !slices.Contains(g.users, u.Address) {
		g.users = append(g.users, u.Address)
		g.names = append(g.names, u.Name())
	}
}

func (g *gathered) addDetail(text string) {
	if text != "" && !slices.Contains(g.detail, text) {
		g.detail = append(g.detail, text)
	}
}

// merge takes another notebook's entries in.
func (n *notebook) merge(o *notebook) {
	for _, key := range sortedKeys(o.byKey) {
		from := o.byKey[key]
		g := n.entry(from.code, from.sub)
		if from.severity != "" {
			g.severity = from.severity
		}
		for i, u := range from.users {
			if !slices.Contains(g.users, u) {
				g.users = append(g.users, u)
				g.names = append(g.names, from.names[i])
			}
		}
		for i, item := range from.items {
			if !slices.Contains(g.items, item) {
				g.items = append(g.items, item)
				g.titles = append(g.titles, from.titles[i])
			}
		}
		for _, text := range from.detail {
			g.addDetail(text)
		}
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
func (n *notebook) findings(session int) []Finding {
	out := []Finding{}
	for _, key := range sortedKeys(n.byKey) {
		g := n.byKey[key]
		kind := findingKinds[g.code]
		severity := kind.severity
		if g.severity != "" {
			severity = g.severity
		}
		f := Finding{Code: g.code, Severity: severity, Text: kind.text(g), Users: sorted(g.users), Items: sorted(g.items), Sessions: []int{session}}
		out = append(out, f)
	}
	SortFindings(out)
	return out
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

func (g *gathered) who() string { return enumerate(g.names, 3) }

func (g *gathered) what() string {
	if len(g.titles) == 0 {
		return strings.Join(g.detail, ", ")
	}
	return enumerate(g.titles, 3)
}

// enumerate lists the first names and counts the rest.
func enumerate(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

func (g *gathered) count(word string) string { return plural(max(len(g.items), 1), word) }

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
			return fmt.Sprintf("%s of %s edited while out of scope; the edits stay in the mailbox: %s", g.count("kept copy"), g.who(), g.what())
		}
		return fmt.Sprintf("%s stay in the mailbox of %s without being kept up to date: %s", g.count("out-of-scope thing"), g.who(), g.what())
	}},
	"orphaned_copies": {SeverityNotice, func(g *gathered) string {
		return fmt.Sprintf("%s deleted in Salesforce stay in the mailbox of %s: %s", g.count("thing"), g.who(), g.what())
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
		return fmt.Sprintf("%s of %s disappeared while out of the sync's own scope: the person or the sync may have removed it, so nothing is done: %s", g.count("copy"), g.who(), g.what())
	}},
	"diverged": {SeverityNotice, func(g *gathered) string {
		return fmt.Sprintf("%s changed in Salesforce, but %s are switched off for %s: the copies differ: %s", g.count("thing"), strings.Join(g.detail, " and "), g.who(), g.what())
	}},
	"never_agreed": {SeverityWarning, func(g *gathered) string {
		return fmt.Sprintf("%s of %s were never seen equal on both sides; a difference counts as a change of both: %s", g.count("linked thing"), g.who(), g.what())
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
		return fmt.Sprintf("%s of %s carry the id of a record that is linked to another copy; they are left alone", g.count("item"), g.who())
	}},
	"preference_wins": {SeverityWarning, (*gathered).details},
	"no_links": {SeverityWarning, func(g *gathered) string {
		return "no links were recorded for " + g.who() + ": what was synced before is matched anew or made twice"
	}},
	"stale_recording": {SeverityWarning, (*gathered).details},
	"superseded":      {SeverityNotice, (*gathered).details},
}

// noteStop notes the stops that are findings of their own.
func (p *pair) noteStop(s *holding) {
	switch s.code {
	case "no_access", "not_organizer", "private_link":
		p.note(s.code, "", p)
	}
}
