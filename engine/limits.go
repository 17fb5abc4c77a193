package engine

import (
	"fmt"
	"slices"
	"strings"

	"weir/policies"
	"weir/state"
)

// This file holds deletions (and, where a policy asks for it, creations and
// updates) beyond a limit. A limit counts the planned operations of one kind on
// one side in one session, per user and over the organisation; either trips.

// tally is what limits compare with: the links of one user, by kind.
type tally struct {
	links       [4]int             // active and frozen links
	liveItems   [4]int             // those of them whose item still lives
	records     [4]map[string]bool // records behind active links
	liveRecords [4]int             // those of them that still live
}

func tallyOf(d *desk) tally {
	var t tally
	for _, k := range state.Kinds() {
		t.records[k] = map[string]bool{}
	}
	for _, link := range d.box.Links.All() {
		if link.State == state.LinkRetired {
			continue
		}
		t.links[link.Kind]++
		if o := d.box.Items[link.Kind].Get(link.ItemID); o != nil && o.State() == state.Live {
			t.liveItems[link.Kind]++
		}
		id, o := link.RecordID, d.lookUp(link.Kind, link.RecordID)
		if o != nil {
			id, o = d.winner(o)
		}
		if link.State != state.LinkActive || t.records[link.Kind][id] {
			continue
		}
		t.records[link.Kind][id] = true
		if o != nil && o.State() == state.Live {
			t.liveRecords[link.Kind]++
		}
	}
	return t
}

// limitDef is one limit: what it counts and its three settings.
type limitDef struct {
	name                string
	op                  Op
	on                  Target
	percent, floor, max policies.Setting
}

var limitDefs = []limitDef{
	{"mailbox_deletes", OpDelete, OnMailbox, policies.MailboxDeletesPercent, policies.MailboxDeletesFloor, policies.MailboxDeletesMax},
	{"salesforce_deletes", OpDelete, OnSalesforce, policies.SalesforceDeletesPercent, policies.SalesforceDeletesFloor, policies.SalesforceDeletesMax},
	{"mailbox_creates", OpCreate, OnMailbox, policies.MailboxCreatesPercent, policies.MailboxCreatesFloor, policies.MailboxCreatesMax},
	{"mailbox_updates", OpUpdate, OnMailbox, policies.MailboxUpdatesPercent, policies.MailboxUpdatesFloor, policies.MailboxUpdatesMax},
	{"salesforce_creates", OpCreate, OnSalesforce, policies.SalesforceCreatesPercent, policies.SalesforceCreatesFloor, policies.SalesforceCreatesMax},
}

// counts reports whether an operation falls under the limit.
func (l *limitDef) counts(op *Operation, kind state.Kind) bool {
	return !op.Held && op.Op == l.op && op.On == l.on && op.Kind == kind.String()
}

// deletes: the limits that also trip when everything a user has would go.
func (l *limitDef) deletes() bool { return l.op == OpDelete }

// moreThan is how many things a user must have before losing all of them trips.
const moreThan = 3

// applyLimits holds what trips, first per user, then over the organisation. All
// counts are taken before anything is held, so that the order does not matter.
func (s *Session) applyLimits(plans []UserPlan, drafts []*Draft, notes *notebook) {
	var trips []trip
	for _, kind := range state.Kinds() {
		for i := range limitDefs {
			l := &limitDefs[i]
			total := 0
			distinct := map[string]bool{}
			for u := range plans {
				n := countOps(plans[u].Operations, l, kind, distinct)
				total += n
				if n == 0 {
					continue
				}
				population, alive := drafts[u].tally.of(l, kind)
				by := s.limitsOf(drafts[u].user, l)
				if text, origin := tripText(l, kind, n, func() int { return population }, alive, by); text != "" {
					trips = append(trips, trip{u, l, kind, n, population, text, origin, raise(l, kind, n, population, alive, by)})
				}
			}
			if l.on == OnSalesforce && l.op != OpCreate { // two mailboxes may have items of one id
				total = len(distinct)
			}
			by := [3]policies.Resolved{s.org.Get(l.percent), s.org.Get(l.floor), s.org.Get(l.max)}
			all := func() int { return populationOf(drafts, l, kind) }
			if text, origin := tripText(l, kind, total, all, 0, by); text != "" {
				trips = append(trips, trip{-1, l, kind, total, all(), text, origin, raise(l, kind, total, all(), 0, by)})
			}
		}
	}
	for _, t := range trips {
		s.hold(plans, t, notes)
	}
}

// trip is a limit that is passed, for one user or everybody.
type trip struct {
	user  int // -1: everybody
	def   *limitDef
	kind  state.Kind
	n, of int    // how many, and of how many
	text  string // how many, and what that is more than
	by    policies.Origin
	raise raised
}

// hold holds every operation a tripped limit counts, of one user or everybody.
func (s *Session) hold(plans []UserPlan, t trip, notes *notebook) {
	user, l, kind := t.user, t.def, t.kind
	who, whose := "the organisation", "the organisation"
	if user >= 0 {
		who, whose = plans[user].Name, plans[user].User
	}
	h := &holding{"limit_tripped", t.text, t.by}
	g := notes.entry("limit_tripped", fmt.Sprintf("%s %s %s", l.name, kind, whose))
	g.addTrip(tripped{trip: t, held: actWords(l, kind) + " for " + who})
	for u := range plans {
		if user >= 0 && u != user {
			continue
		}
		for i := range plans[u].Operations {
			op := &plans[u].Operations[i]
			tripped := op.HeldBy != nil && op.HeldBy.Code == "limit_tripped"
			if !l.counts(op, kind) && !(tripped && op.Op == l.op && op.On == l.on && op.Kind == kind.String()) {
				continue
			}
			if !op.Held {
				op.hold(h)
			}
			g.add(findingCase{plans[u].User, plans[u].Name, orElse(op.RecordID, op.ItemID), op.Title})
		}
	}
}

func actWords(l *limitDef, kind state.Kind) string {
	verb := map[Op]string{OpDelete: "removals", OpCreate: "creations", OpUpdate: "updates"}[l.op]
	if l.on == OnSalesforce {
		return fmt.Sprintf("%s %s in Salesforce held", kind, verb)
	}
	return fmt.Sprintf("%s %s held", kind, verb)
}

func countOps(ops []Operation, l *limitDef, kind state.Kind, distinct map[string]bool) int {
	n := 0
	for i := range ops {
		if l.counts(&ops[i], kind) {
			n++
			distinct[ops[i].RecordID] = true
		}
	}
	return n
}

// of is the population a user's count is compared with, and how many of it still
// live on the limit's side.
func (t *tally) of(l *limitDef, kind state.Kind) (population, alive int) {
	if l.on == OnSalesforce {
		return len(t.records[kind]), t.liveRecords[kind]
	}
	return t.links[kind], t.liveItems[kind]
}

// populationOf is the organisation's population, skipped users included.
func populationOf(drafts []*Draft, l *limitDef, kind state.Kind) int {
	if l.on == OnMailbox {
		n := 0
		for _, d := range drafts {
			n += d.tally.links[kind]
		}
		return n
	}
	distinct := map[string]bool{}
	for _, d := range drafts {
		for id := range d.tally.records[kind] {
			distinct[id] = true
		}
	}
	return len(distinct)
}

func (s *session) limitsOf(u *state.User, l *limitDef) [3]policies.Resolved {
	settings := s.settings[u.Address]
	return [3]policies.Resolved{settings.Get(l.percent), settings.Get(l.floor), settings.Get(l.max)}
}

// tripText says why a limit trips; "" if it does not. The population is only counted
// where there is more than the floor. Alive is how many things the user has left on
// that side, 0 for the organisation.
func tripText(l *limitDef, kind state.Kind, n int, population func() int, alive int, by [3]policies.Resolved) (string, policies.Origin) {
	percent, floor, most := by[0], by[1], by[2]
	if n == 0 {
		return "", policies.Origin{}
	}
	if percent.Set && int64(n) > floor.Number {
		if of := population(); int64(n)*100 > percent.Number*int64(of) {
			return fmt.Sprintf("%d of %d, over %d%%", n, of, percent.Number), percent.Origin
		}
	}
	switch {
	case most.Set && int64(n) > most.Number:
		return fmt.Sprintf("%d, more than %d", n, most.Number), most.Origin
	case l.deletes() && alive > moreThan && n >= alive:
		return fmt.Sprintf("all %d would go", alive), firstOrigin(by)
	}
	return "", policies.Origin{}
}

// raised is the least that a limit's settings must be raised to for the limit not to
// trip; 0 for a setting that may stay, and enough is false if no values would do.
type raised struct {
	percent, max int64
	enough       bool
}

func raise(l *limitDef, kind state.Kind, n, population, alive int, by [3]policies.Resolved) (r raised) {
	if percent := &by[0]; percent.Set && population > 0 && int64(n)*100 > percent.Number*int64(population) && int64(n) > by[1].Number {
		percent.Number = (int64(n)*100 + int64(population) - 1) / int64(population)
		r.percent = percent.Number
	}
	if most := &by[2]; most.Set && int64(n) > most.Number {
		most.Number = int64(n)
		r.max = most.Number
	}
	text, _ := tripText(l, kind, n, func() int { return population }, alive, by)
	r.enough = text == ""
	return r
}

// settings writes the settings of a limit that are raised.
func (r raised) settings(l *limitDef) string {
	var set []string
	if r.percent > 0 {
		set = append(set, fmt.Sprintf("%s = %d", l.percent, r.percent))
	}
	if r.max > 0 {
		set = append(set, fmt.Sprintf("%s = %d", l.max, r.max))
	}
	return strings.Join(set, " and ")
}

// tripped is a trip in words: what is held and for whom.
type tripped struct {
	trip
	held string
}

func (t *tripped) place() string { return place(t.by) }

func (t *tripped) String() string {
	return fmt.Sprintf("%s: %s (limit %s, %s)", t.held, t.text, t.def.name, t.place())
}

// worse: more of them, or as many of fewer.
func (t *tripped) worse(than *tripped) bool {
	return t.n > than.n || t.n == than.n && t.of < than.of
}

// addTrip notes that a limit tripped; g is about that limit alone. Each session may
// tell of other numbers.
func (g *gathered) addTrip(t tripped) {
	if text := t.String(); !slices.Contains(g.detail, text) {
		g.detail = append(g.detail, text)
		g.trips = append(g.trips, t)
	}
}

// tripsText tells of the first trip of a limit and of the worst: over many sessions
// there are many more.
func (g *gathered) tripsText() string {
	first, worst := &g.trips[0], &g.trips[0]
	for i := range g.trips {
		if t := &g.trips[i]; t.worse(worst) {
			worst = t
		}
	}
	if len(g.trips) == 1 {
		return first.String()
	}
	numbers, places := "first and at worst "+first.text, first.place()
	if worst != first {
		numbers = "first " + first.text + "; at worst " + worst.text
	}
	if at := worst.place(); at != places {
		places += " and " + at
	}
	return fmt.Sprintf("%s, with something new in %s: %s (limit %s, %s)", first.held, plural(len(g.sessions), "session"), numbers, first.def.name, places)
}

// tripsRemedy says how far to raise a limit for all its trips.
func (g *gathered) tripsRemedy() string {
	var all raised
	never := false
	for _, t := range g.trips {
		if !t.raise.enough {
			never = true
			continue
		}
		all.percent, all.max, all.enough = max(all.percent, t.raise.percent), max(all.max, t.raise.max), true
	}
	var out []string
	if t := &g.trips[0]; all.enough {
		out = append(out, "check the list; if it is meant, set "+all.settings(t.def)+" in org, in the same change")
	}
	if never {
		out = append(out, "no limit allows that all go at once: check the list, and let some go in an earlier session")
	}
	return strings.Join(out, "; ")
}

func firstOrigin(by [3]policies.Resolved) policies.Origin {
	for _, r := range by {
		if r.Origin.Layer != "" {
			return r.Origin
		}
	}
	return policies.Origin{}
}
