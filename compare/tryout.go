package compare

import (
	"time"

	"weir/engine"
	"weir/policies"
	"weir/policies/prove"
	"weir/state"
)

// This file puts what a proof found before the engine: a world of one person and one
// thing.

// appliesInEngine asks the engine whether a rule applies to what was found.
func (p *proofs) appliesInEngine(set *policies.Set, w *prove.World, name string, d policies.Direction, effect policies.Effect) bool {
	asked := engine.RuleQuestion{User: w.User.Address, Item: w.Item.ID, Rule: name, Direction: d, Effect: effect}
	applies, err := engine.RuleApplies(p.ctx, snapshotOf(w), set, asked, engine.Options{Session: 1, ShowPrivate: true})
	return err == nil && applies
}

// snapshotOf is a world of the one person and the one thing that were found.
func snapshotOf(w *prove.World) *state.Snapshot {
	s := &state.Snapshot{At: w.Now, LastCapture: w.Now, Users: []*state.User{w.User}, Directory: w.Directory, Access: state.Accesses{}, Markers: state.DefaultMarkers(), InviteesRecorded: true}
	s.Organization.TimeZone = "UTC"
	box := state.NewMailboxState()
	complete := state.Coverage{First: w.Now, Last: w.Now, Complete: true}
	for _, k := range state.Kinds() {
		s.Records[k] = state.NewTable(k, state.Salesforce)
		s.Records[k].Coverage, box.Items[k].Coverage = complete, complete
	}
	for _, it := range []*state.Item{w.Item, w.Other} {
		if it == nil {
			continue
		}
		table := s.Records[it.Kind]
		if it.Side == state.Mailbox {
			table = box.Items[it.Kind]
		}
		seen := w.Now.Add(-time.Hour)
		table.Put(&state.Object{ID: it.ID, Kind: it.Kind, Versions: []state.Version{{From: seen, SeenAt: seen, State: state.Live, Item: it}}})
	}
	if w.Link != nil {
		box.Links.Put(w.Link)
	}
	s.Mailboxes = oneMailbox{box}
	return s
}

type oneMailbox struct{ box *state.MailboxState }

// Mailbox implements state.Mailboxes.
func (m oneMailbox) Mailbox(*state.User) (*state.MailboxState, error) { return m.box, nil }
