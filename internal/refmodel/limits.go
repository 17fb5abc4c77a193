package refmodel

import (
	"slices"
	"strconv"

	"weir/state"
)

// limited are the operations that limits count (6).
var limited = []struct{ limit, op, on string }{
	{"mailbox_deletes", "delete", "mailbox"}, {"salesforce_deletes", "delete", "salesforce"},
	{"mailbox_creates", "create", "mailbox"}, {"mailbox_updates", "update", "mailbox"}, {"salesforce_creates", "create", "salesforce"},
}

// Limit holds what is beyond the limits (6): what counts of one kind on one side, for a
// person by the person's own numbers, then over the organisation by those of its block.
// Everything is counted before anything is held.
func (m *Model) Limit(decided map[string][]Decision) {
	var tripped []*Act
	for _, k := range state.Kinds() {
		for _, l := range limited {
			var everything []*Act
			records := map[string]bool{}
			for _, u := range m.Snap.Users {
				acts := counted(decided[u.Address], k, l.op, l.on, records)
				everything = append(everything, acts...)
				population, living := m.population(k, l.on, u)
				settings := m.Policy.Resolve(u)
				all := l.op == "delete" && living > 3 && len(acts) >= living
				if len(acts) > 0 && (all || beyond(settings.values, l.limit, len(acts), population)) {
					tripped = append(tripped, acts...)
				}
			}
			n := len(everything)
			if l.op == "delete" && l.on == "salesforce" {
				n = len(records)
			}
			population, _ := m.population(k, l.on, m.Snap.Users...)
			if n > 0 && beyond(m.Policy.valuesForAll(), l.limit, n, population) {
				tripped = append(tripped, everything...)
			}
		}
	}
	for _, a := range tripped {
		a.Held = "limit_tripped"
	}
}

// counted are a person's acts that a limit counts: those that nothing else holds.
func counted(decided []Decision, k state.Kind, op, on string, records map[string]bool) (out []*Act) {
	for i := range decided {
		for j := range decided[i].Acts {
			if a := &decided[i].Acts[j]; decided[i].Kind == k.String() && a.Op == op && a.On == on && a.Held == "" {
				out = append(out, a)
				records[decided[i].ID] = true
			}
		}
	}
	return out
}

// beyond: more than the floor and more than the share, or more than the most.
func beyond(values map[string]string, limit string, n, population int) bool {
	number := func(name string) (int, bool) {
		v, err := strconv.Atoi(values["limits."+limit+"."+name])
		return v, err == nil
	}
	floor, _ := number("floor")
	if percent, ok := number("percent"); ok && n > floor && n*100 > percent*population {
		return true
	}
	most, ok := number("max")
	return ok && n > most
}

// population is what a share is taken of (6): in mailboxes the active and frozen links
// of the kind, in Salesforce the records behind active links, each once; living are
// those that live on that side.
func (m *Model) population(k state.Kind, on string, people ...*state.User) (n, living int) {
	var seen []string
	for _, u := range people {
		box, _ := m.Snap.Mailboxes.Mailbox(u)
		d := &desk{Model: m, snap: m.Snap, user: u, box: box}
		for _, l := range box.Links.All() {
			if l.Kind != k || l.State == state.LinkRetired {
				continue
			}
			o := box.Items[k].Get(l.ItemID)
			if on == "salesforce" {
				id := l.RecordID
				if o = m.Snap.Records[k].Get(id); o != nil && o.State() == state.Merged {
					id, o = d.winner(o)
				}
				if l.State != state.LinkActive || slices.Contains(seen, id) {
					continue
				}
				seen = append(seen, id)
			}
			n++
			if o != nil && o.State() == state.Live {
				living++
			}
		}
	}
	return n, living
}
