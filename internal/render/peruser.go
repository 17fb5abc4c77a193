package render

import (
	"strings"

	"weir/engine"
)

// userTotals add up one person's sessions.
type userTotals struct {
	user string
	ops  engine.OperationCounts
	held map[rowKey]bool
	skip map[rowKey]bool
}

var perUserColumns = []string{"creations", "updates", "restores", "removals",
	"creations", "updates", "removals", "declines", "held", "not synced"}

func (t *userTotals) numbers() []int {
	m, s := t.ops.Mailbox, t.ops.Salesforce
	return []int{m.Create, m.Update, m.Restore, m.Delete, s.Create, s.Update, s.Delete, s.Decline,
		len(t.held), len(t.skip)}
}

// perUser writes the table of --summary: a line a person.
func (r *report) perUser(plans []*engine.Plan) {
	totals := addUp(plans)
	if len(totals) == 0 {
		return
	}
	names, width := make([]string, len(totals)), Width("person")
	for i, t := range totals {
		names[i] = Truncate(r.t.name(t.user), maxTitleWidth)
		width = max(width, Width(names[i]))
	}
	r.p.blank()
	r.p.line("  "+pad("", width), " "+pad("  mailbox", 4*cellWidth)+"  Salesforce")
	r.p.line("  "+pad("person", width), cells(perUserColumns))
	for i, t := range totals {
		texts := make([]string, len(perUserColumns))
		for j, n := range t.numbers() {
			texts[j] = Thousands(n)
		}
		r.p.line("  "+pad(names[i], width), cells(texts))
	}
}

const cellWidth = 11

// cells sets texts to the right in columns of one width.
func cells(texts []string) string {
	var b strings.Builder
	for _, s := range texts {
		b.WriteString(strings.Repeat(" ", max(0, cellWidth-Width(s))) + s)
	}
	return b.String()
}

// addUp sums over sessions, in the plans' order of people; what is held or not
// synced in several sessions counts once.
func addUp(plans []*engine.Plan) []*userTotals {
	byUser := map[string]*userTotals{}
	for _, p := range plans {
		for i := range p.Users {
			u := &p.Users[i]
			t := byUser[u.User]
			if t == nil {
				t = &userTotals{user: u.User, held: map[rowKey]bool{}, skip: map[rowKey]bool{}}
				byUser[u.User] = t
			}
			t.add(u)
		}
	}
	out := make([]*userTotals, 0, len(byUser))
	for _, user := range sortedKeys(byUser) {
		out = append(out, byUser[user])
	}
	return out
}

func (t *userTotals) add(u *engine.UserPlan) {
	for _, op := range u.Operations {
		if op.Held {
			t.held[rowKey{"", op.Kind, op.RecordID, op.ItemID}] = true
			continue
		}
		if op.Fault == "" {
			t.addOperation(op)
		}
	}
	for _, s := range u.Skipped {
		t.skip[rowKey{"", s.Kind, s.RecordID, s.ItemID}] = true
	}
}

func (t *userTotals) addOperation(op engine.Operation) {
	m, s := &t.ops.Mailbox, &t.ops.Salesforce
	counter := map[engine.Target]map[engine.Op]*int{
		engine.OnMailbox: {engine.OpCreate: &m.Create, engine.OpUpdate: &m.Update,
			engine.OpRestore: &m.Restore, engine.OpDelete: &m.Delete},
		engine.OnSalesforce: {engine.OpCreate: &s.Create, engine.OpUpdate: &s.Update,
			engine.OpDelete: &s.Delete, engine.OpDecline: &s.Decline},
	}[op.On][op.Op]
	if counter != nil {
		*counter++
	}
}
