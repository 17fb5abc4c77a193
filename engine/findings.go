package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weir/state"
)

// findingKind is one kind of finding: how grave it is, its words, and what to do
// about it. Texts say what was gathered; tells and advice say in general what the
// finding means and asks for, and stand in the documents.
type findingKind struct {
	severity      Severity
	text          func(g *gathered) string
	tells, advice string
	// remedy is the advice for what was gathered, in terms of it; nil or "" where the
	// advice itself says enough.
	remedy func(g *gathered) string
}

// gathered is a finding in the making: what it is about, in the order met.
type gathered struct {
	code, sub string
	cases     []findingCase
	has       map[findingCase]bool // the cases
	detail    []string             // further texts, each once
	remedies  []string             // what to do, each once, where who noted it knows better than its kind
	trips     []tripped            // of limit_tripped: what each of the details says
	sessions  []int
	asked     string     // of the example's session, see Options.Asked
	policy    *PolicyRef // what of the policy it is about; nil for most
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

func (g *gathered) addRemedy(text string) {
	if !slices.Contains(g.remedies, text) {
		g.remedies = append(g.remedies, text)
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
	for _, t := range from.trips {
		g.addTrip(t)
	}
	for _, text := range from.detail {
		g.addDetail(text)
	}
	for _, text := range from.remedies {
		g.addRemedy(text)
	}
	g.policy = cmp.Or(g.policy, from.policy)
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
	return Finding{Code: g.code, Severity: kind.severity, Text: kind.text(g), Remedy: kind.remedyFor(g),
		Users: sorted(g.users()), Items: sorted(g.items()), Sessions: slices.Clone(g.sessions), Policy: g.policy}
}

// remedyFor is what to do about what was gathered.
func (k *findingKind) remedyFor(g *gathered) string {
	if len(g.remedies) > 0 {
		return strings.Join(g.remedies, "; ")
	}
	if k.remedy != nil {
		if text := k.remedy(g); text != "" {
			return text
		}
	}
	return strings.ReplaceAll(k.advice, "`", "")
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
			part.sessions, part.asked = []int{p.Session}, p.asked
			fresh.byKey[key] = part
			if known.example() == nil {
				known.asked = p.asked
			}
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
	part := &gathered{code: g.code, sub: g.sub, policy: g.policy}
	for _, c := range g.cases {
		if !known.has[c] {
			part.add(c)
		}
	}
	newText := slices.ContainsFunc(g.detail, func(text string) bool { return !slices.Contains(known.detail, text) })
	if len(part.cases) == 0 && !newText && (len(known.cases) > 0 || len(known.detail) > 0) {
		return nil
	}
	part.detail, part.remedies, part.trips = g.detail, g.remedies, g.trips
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

// kinds are the kinds of things a finding is about, which note puts into detail.
func (g *gathered) kinds() string { return strings.Join(g.detail, " and ") }

// set writes a setting of every kind that the finding is about, as a policy would.
func (g *gathered) set(name, value string) string {
	paths := make([]string, len(g.detail))
	for i, kind := range g.detail {
		paths[i] = kind + "." + name + " = " + value
	}
	return strings.Join(paths, " and ")
}

// keep writes the settings by which people's deletions do not go up.
func (g *gathered) keep() string {
	var out []string
	for _, kind := range g.detail {
		out = append(out, keepSetting(kind))
	}
	return strings.Join(out, " and ")
}

// keepSetting is the setting by which people's deletions of a kind do not go up.
func keepSetting(kind string) string {
	if kind == state.Event.Plural() {
		return `events.removal = "keep"`
	}
	return kind + ".forbid_to_remove = true"
}

// explain is the command that says more about the first thing of the finding.
func (g *gathered) explain() string {
	if c := g.example(); c != nil {
		return explainCommand(c.user, c.item) + g.asked
	}
	return "weir explain --user " + strings.Join(g.users()[:min(len(g.users()), 1)], "") + g.asked
}

// example is the first thing that can be asked about; nil for none.
func (g *gathered) example() *findingCase {
	for i := range g.cases {
		if c := &g.cases[i]; c.user != "" && c.item != "" && !strings.HasPrefix(c.item, simulatedID) {
			return c
		}
	}
	return nil
}

// simulatedID begins the ids of things that only a simulation has; no recording
// answers for them.
const simulatedID = "sim:"

func explainCommand(user, item string) string { return "weir explain --user " + user + " " + item }

// findingKinds lists every finding of a plan or a simulation.
var findingKinds = map[string]findingKind{
	"limit_tripped": {severity: SeverityError, text: (*gathered).tripsText, remedy: (*gathered).tripsRemedy,
		tells:  "more removals at once than the policy allows; all of them are held",
		advice: "check the list; if it is meant, raise the limit in the same change"},
	"invariant_broken": {severity: SeverityError, text: func(g *gathered) string {
		return "invariant " + g.sub + " is broken: " + g.details() + " of " + g.who() + ": " + enumerate(g.titles(), 3)
	},
		tells:  "the plan does what an invariant of the policy says is never done",
		advice: "change the setting or rule that does it (`weir explain` shows it), or hold it with a rule; correct the invariant if it promises too much"},
	"invariant_unknown": {severity: SeverityWarning, text: func(g *gathered) string {
		return "whether invariant " + g.sub + " is kept cannot be told: " + g.details() + " of " + g.who() + ": " + enumerate(g.titles(), 3)
	},
		tells:  "something is done that an invariant may forbid: what its condition reads was not recorded, or it failed",
		advice: "capture what the condition reads: `weir explain` shows what is missing"},
	"incomplete_capture": {severity: SeverityWarning, text: func(g *gathered) string {
		if g.sub == "marks" {
			return fmt.Sprintf("neither categories nor folder of some %s of %s were recorded: whether they are marked cannot be told, so they are left alone", g.kinds(), g.who())
		}
		return g.details()
	},
		tells:  "something needed was not captured, or not completely",
		advice: "capture it: `weir inspect` says what is missing",
		remedy: func(g *gathered) string {
			if g.sub == "marks" {
				return "select categories and folder of these " + g.kinds() + " in the next capture"
			}
			return ""
		}},
	"assumed": {severity: SeverityNotice, text: (*gathered).details,
		tells:  "weir went on an assumption: a zone, a subtype",
		advice: "record the zone or select the field"},
	"visibility_assumed": {severity: SeverityNotice, text: func(g *gathered) string {
		return "no access was recorded for " + g.who() + ": every captured contact counts as readable"
	},
		tells:  "no access was recorded, so every captured contact counts as readable",
		advice: "record UserRecordAccess for the contacts of the scope you plan"},
	"view_unavailable": {severity: SeverityWarning, text: (*gathered).details,
		tells:  "a list view that the policy or a person names is not recorded, cannot be evaluated, or contradicts itself",
		advice: "do what the text says (record its results, a field, the locale); until then creations are held",
		remedy: func(g *gathered) string {
			return "record the results of list view " + g.sub + " completely, or what the text misses; until then creations are held"
		}},
	"view_maybe_truncated": {severity: SeverityWarning, text: (*gathered).details,
		tells:  "the view's result may be cut short",
		advice: "record all pages, or use a `filter` instead",
		remedy: func(g *gathered) string {
			return "record all pages of list view " + g.sub + ", or give the view a filter instead of list_view"
		}},
	"frozen_copies": {severity: SeverityNotice, text: func(g *gathered) string {
		if g.sub == "edited" {
			return fmt.Sprintf("copies out of scope were edited in the mailbox of %s; the edits stay there: %s", g.who(), g.what())
		}
		return fmt.Sprintf("out of scope, but kept in the mailbox of %s without being updated: %s", g.who(), g.what())
	},
		tells:  "copies stay in mailboxes without being updated, or were edited there",
		advice: "decide whether `when_out` should remove them",
		remedy: func(g *gathered) string {
			if g.sub == "edited" {
				return "nothing goes up from them until they are in scope again: " + g.explain()
			}
			if g.sub == "kept" {
				return "nothing, if they may stay; when_out removes untouched copies alone, and what keeps these stands in their reasons: " + g.explain()
			}
			return "nothing, if they may stay; to remove untouched ones as they leave, set " + g.set("when_out", `"remove"`)
		}},
	"orphaned_copies": {severity: SeverityNotice, text: func(g *gathered) string {
		return fmt.Sprintf("deleted in Salesforce, but kept in the mailbox of %s: %s", g.who(), g.what())
	},
		tells:  "copies of deleted records stay in mailboxes",
		advice: "tell the people, or remove them by hand"},
	"surprise_upsync": {severity: SeverityWarning, text: func(g *gathered) string {
		if g.sub == "delete" {
			return fmt.Sprintf("%s are switched off for %s, but deletions in the mailbox still delete in Salesforce: %s", g.kinds(), g.who(), g.what())
		}
		return fmt.Sprintf("%s are switched off for %s, but what is marked or edited in the mailbox still goes up to Salesforce: %s", g.kinds(), g.who(), g.what())
	},
		tells:  "a kind is switched off, and things of it still go up; deletions are named apart",
		advice: "set `upsync = \"off\"` if that is not meant",
		remedy: func(g *gathered) string {
			text := "if nothing should go up, set " + g.set("upsync", `"off"`)
			if g.sub == "delete" {
				text += "; if deletions alone should not, " + g.keep()
			}
			return text
		}},
	"cross_user_delete": {severity: SeverityWarning, text: (*gathered).details,
		tells:  "one person's deletion removes the record from other mailboxes",
		advice: "consider `forbid_to_remove` (of events: `removal`)"},
	"notifies_attendees": {severity: SeverityWarning, text: func(g *gathered) string { return "deleting sends cancellations to attendees: " + g.what() },
		tells:  "a deletion sends cancellations to attendees",
		advice: "make sure that it is meant",
		remedy: func(g *gathered) string { return "make sure that it is meant: " + g.explain() }},
	"edited_copy_kept": {severity: SeverityWarning, text: func(g *gathered) string {
		return "deleted in Salesforce, but the copy of " + g.who() + " had been edited and stays: " + g.what()
	},
		tells:  "a record was deleted, but somebody had edited their copy; it stays",
		advice: "the person decides what becomes of it"},
	"undecided": {severity: SeverityWarning, text: func(g *gathered) string {
		if g.sub == "replay" {
			return fmt.Sprintf("whether %s did it or the real sync cannot be told from this recording, so it is not done again: %s", orElse(g.who(), "somebody in Salesforce"), g.what())
		}
		return fmt.Sprintf("gone from the mailbox of %s while out of the real sync's scope; the person or the sync may have removed it, so nothing is done: %s", g.who(), g.what())
	},
		tells:  "a copy disappeared or changed, and person and sync may both have done it",
		advice: "nothing is done; if the person did it, they can delete the record"},
	"diverged": {severity: SeverityNotice, text: func(g *gathered) string {
		return fmt.Sprintf("changed in Salesforce, but %s are switched off for %s, so the copies differ: %s", g.kinds(), g.who(), g.what())
	},
		tells:  "a record changed while its kind is switched off: copy and record differ",
		advice: "switch the kind on, or accept it",
		remedy: func(g *gathered) string {
			return "accept it, or set " + g.set("downsync", "true") + `, with forced = ["downsync"] where people's own pages switch it off`
		}},
	"never_agreed": {severity: SeverityWarning, text: func(g *gathered) string {
		return fmt.Sprintf("linked for %s, but never seen equal on both sides, so a difference counts as a change of both: %s", g.who(), g.what())
	},
		tells:  "linked sides were never seen equal",
		advice: "check the pair; a longer recording helps",
		remedy: func(g *gathered) string {
			return "compare the two sides (" + g.explain() + "); a longer recording helps"
		}},
	"no_access": {severity: SeverityWarning, text: func(g *gathered) string {
		return g.who() + " may not change in Salesforce what the mailbox changed: " + g.what()
	},
		tells:  "the mailbox changed something that the person may not change in Salesforce",
		advice: "correct the access, or the person's expectation"},
	"not_organizer": {severity: SeverityNotice, text: func(g *gathered) string {
		return g.who() + " changed a meeting organised by somebody else; only the answer goes up: " + g.what()
	},
		tells:  "somebody edited another person's meeting; only their answer goes up",
		advice: "nothing; the organiser can make the change"},
	"private_link": {severity: SeverityNotice, text: func(g *gathered) string {
		return "private changes of " + g.who() + " are not sent up: " + g.count("item")
	},
		tells:  "changes of private items stay in the mailbox",
		advice: "nothing"},
	"conflict_guess": {severity: SeverityWarning, text: func(g *gathered) string {
		switch g.sub {
		case guessEqual:
			return "both sides changed at the same instant; Salesforce stands: " + g.what()
		case guessAuthor:
			return "both sides changed, and whether a person or the sync changed Salesforce last was not recorded; Salesforce stands: " + g.what()
		}
		return "both sides changed and it cannot be told which later; Salesforce stands: " + g.what()
	},
		tells:  "both sides changed one field, and which was later cannot be told: a time or an author was not recorded, or the times are the same; Salesforce stands",
		advice: "check the value that was discarded",
		remedy: func(g *gathered) string {
			return "check the value that is discarded (" + g.explain() + "), or set " + g.set("conflict", `"salesforce" or "mailbox"`)
		}},
	"duplicate_match": {severity: SeverityWarning, text: func(g *gathered) string {
		return "several things match for " + g.who() + ", so nothing is linked or made: " + g.what()
	},
		tells:  "several things match, so nothing is linked or made",
		advice: "merge the duplicates, or take the marker off all but one"},
	"duplicate_link": {severity: SeverityWarning, text: func(g *gathered) string {
		return fmt.Sprintf("%s in the mailbox of %s with the id of a record that is linked to another copy; left alone", g.count("item"), g.who())
	},
		tells:  "a copied item carries the id of a record that is linked elsewhere",
		advice: "remove the copy"},
	"preference_wins": {severity: SeverityWarning, text: (*gathered).details,
		tells:  "a person's own page beats the policy",
		advice: "list the setting in `forced` if the policy should win"},
	"no_links": {severity: SeverityWarning, text: func(g *gathered) string {
		return "no links were recorded for " + g.who() + ": what was synced before is matched anew or made twice"
	},
		tells:  "no links were recorded for a mailbox that the sync has used",
		advice: "record them (`links.json`, or the id stored on each item): everything is matched anew or made twice"},
	"stale_recording": {severity: SeverityWarning, text: (*gathered).details,
		tells:  "the plan is for a time after the last capture",
		advice: "capture again, or plan for the last capture (leave `--at` out)"},
	"superseded": {severity: SeverityNotice, text: (*gathered).details,
		tells:  "another operation of the same session came first",
		advice: "nothing; the next session takes it up"},
	"unreachable_action": {severity: SeverityWarning, text: func(g *gathered) string {
		return "recorded actions that have nothing to act on in the simulated world: " + g.details()
	},
		tells:  "a recorded act has nothing to act on in the simulated world",
		advice: "expect the real course to differ there"},
	"fault_outcome": {severity: SeverityWarning, text: func(g *gathered) string {
		text := g.what()
		if names := g.who(); names != "" {
			text += " of " + names
		}
		verb := " end"
		if len(g.items()) == 1 {
			verb = " ends"
		}
		return text + verb + " otherwise than without faults: " + g.sub
	},
		tells:  "with injected faults, something settles otherwise than without them; the text says which kinds touched it",
		advice: "decide whether that may be; `differences` in the JSON lists the fields and the faults, and the same seed repeats them"},
	"oscillation": {severity: SeverityWarning, text: func(g *gathered) string {
		if g.sub == "" {
			return g.details() // no state came back
		}
		text := fmt.Sprintf("%s of %s never settle: the same %s sessions repeat", g.what(), g.who(), g.sub)
		if len(g.detail) > 0 {
			text += ", fed by " + strings.Join(g.detail, " and ")
		}
		return text
	},
		tells:  "something changes for ever: the same sessions repeat, and no later one is quiet",
		advice: "change one of the rules or settings that feed it; `weir explain` shows what decides in each of the sessions"},
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
