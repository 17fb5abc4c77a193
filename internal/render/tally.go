package render

import (
	"cmp"
	"slices"
	"strings"

	"weir/engine"
)

// Tally is what the headline and the totals say of one plan or of a whole run
// beyond the summary's own numbers. Take it before [engine.Select], so that it
// speaks of everybody.
type Tally struct {
	People   int
	Sessions int
	// Changed counts the sessions with at least one operation that is not held.
	Changed int

	removals map[engine.Target]map[string]int // by kind
	held     map[rowKey]heldRow
	skipped  map[rowKey]string // words for why
	out      map[string]string // people left out entirely, and why
	names    map[string]string // people's names by address
}

// rowKey tells rows apart over the sessions of a run.
type rowKey struct{ user, kind, record, item string }

type heldRow struct{ code, op string }

// NewTally starts an empty count.
func NewTally() *Tally {
	return &Tally{removals: map[engine.Target]map[string]int{}, held: map[rowKey]heldRow{},
		skipped: map[rowKey]string{}, out: map[string]string{}, names: map[string]string{}}
}

// TallyOf counts over the plans of one run, in order.
func TallyOf(plans ...*engine.Plan) *Tally {
	t := NewTally()
	for _, p := range plans {
		t.Add(p)
	}
	return t
}

// Add counts one session's plan.
func (t *Tally) Add(p *engine.Plan) {
	t.Sessions++
	t.People = max(t.People, len(p.Users))
	changed := false
	for i := range p.Users {
		changed = t.addUser(&p.Users[i]) || changed
	}
	if changed {
		t.Changed++
	}
}

func (t *Tally) addUser(u *engine.UserPlan) (changed bool) {
	if u.Name != "" {
		t.names[u.User] = u.Name
	}
	delete(t.out, u.User)
	if u.SkippedWhole != nil {
		t.out[u.User] = cmp.Or(u.SkippedWhole.Text, code(u.SkippedWhole.Code))
	}
	for _, op := range u.Operations {
		key := rowKey{u.User, op.Kind, op.RecordID, op.ItemID}
		switch {
		case op.Held && op.HeldBy != nil:
			t.held[key] = heldRow{op.HeldBy.Code, string(op.Op)}
		case op.Held:
			t.held[key] = heldRow{op.Reason.Code, string(op.Op)}
		case op.Fault != "":
		default:
			changed = true
			t.addRemoval(op)
		}
	}
	for _, s := range u.Skipped {
		t.skipped[rowKey{u.User, s.Kind, s.RecordID, s.ItemID}] = skipWords(s.Reason)
	}
	return changed
}

func (t *Tally) addRemoval(op engine.Operation) {
	if op.Op != engine.OpDelete {
		return
	}
	if t.removals[op.On] == nil {
		t.removals[op.On] = map[string]int{}
	}
	t.removals[op.On][op.Kind]++
}

// skipWords names the reason of a skipped row for the totals.
func skipWords(r engine.Reason) string {
	if r.Code == "excluded" && r.Policy != nil && r.Policy.Name != "" {
		return "by rule " + Escape(r.Policy.Name)
	}
	return code(r.Code)
}

// removalKinds is "3 contacts, 1 event", or "".
func (t *Tally) removalKinds(on engine.Target) string {
	var parts []string
	for _, kind := range []string{"contact", "task", "event"} {
		if n := t.removals[on][kind]; n > 0 {
			parts = append(parts, kindCount(n, kind))
		}
	}
	return strings.Join(parts, ", ")
}

// tallied is a phrase and how often it was counted.
type tallied struct {
	words string
	n     int
}

// ranked sorts the most frequent first, ties by words.
func ranked(counts map[string]int) []tallied {
	list := make([]tallied, 0, len(counts))
	for words, n := range counts {
		list = append(list, tallied{words, n})
	}
	slices.SortFunc(list, func(a, b tallied) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.words, b.words))
	})
	return list
}

func (t *Tally) skippedReasons() []tallied {
	counts := map[string]int{}
	for _, words := range t.skipped {
		counts[words]++
	}
	return ranked(counts)
}

// heldReasons counts held rows and the people they belong to, by code, save those
// a limit holds, whose finding says more.
func (t *Tally) heldReasons() (reasons []tallied, people map[string]int) {
	counts, who := map[string]int{}, map[string]map[string]bool{}
	for key, row := range t.held {
		if row.code == "limit_tripped" {
			continue
		}
		words := code(row.code)
		counts[words]++
		if who[words] == nil {
			who[words] = map[string]bool{}
		}
		who[words][key.user] = true
	}
	people = map[string]int{}
	for words, users := range who {
		people[words] = len(users)
	}
	return ranked(counts), people
}

// name is a person's name for people, else the address.
func (t *Tally) name(address string) string { return Escape(cmp.Or(t.names[address], address)) }
