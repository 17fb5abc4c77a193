package recording

import (
	"slices"
	"time"

	"weir/state"
)

// end is later than any capture.
var end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Inspect says what the recording holds, as of its last capture.
func (r *Recording) Inspect() Inventory {
	inv := Inventory{Manifest: r.manifest, First: r.First(), Last: r.Last(), Files: len(r.files),
		Mailboxes: slices.Clone(r.boxes), Captures: r.Captures(), Custom: r.custom, NotRead: slices.Clone(r.notRead)}
	for i := range r.manifest.Users {
		inv.Users = append(inv.Users, r.inspectUser(&r.manifest.Users[i]))
	}
	for _, k := range state.Kinds() {
		inv.Salesforce = append(inv.Salesforce, r.world.inventory(k))
	}
	inv.Salesforce = append(inv.Salesforce, r.supporting()...)
	for _, name := range sortedKeys(r.world.views) {
		_, view := foldView(name, r.world.views[name], end)
		if view.Result || view.Filter != "" {
			inv.Views = append(inv.Views, view)
		}
	}
	return inv
}

func (r *Recording) inspectUser(m *ManifestUser) UserInventory {
	u := r.user(m, end)
	out := UserInventory{Address: u.Address, SalesforceID: u.ID, Provider: m.Provider, TimeZone: u.Zone.String(), TimeZoneFrom: u.ZoneFrom,
		Recorded: u.Recorded, Active: u.Values[state.UserActive].Truth(), Name: u.Values[state.UserName].Text()}
	if u.Preference != nil {
		out.Settings, out.SettingsFile = u.Preference.Page, u.Preference.File
	}
	return out
}

func inspectKind(t *timeline) KindInventory {
	inv := KindInventory{Kind: t.kind.String(), States: map[string]int{}, Objects: len(t.objects), Coverage: t.coverageAt(end)}
	for _, o := range t.objects {
		inv.States[o.State().String()]++
	}
	return inv
}

// supporting sums up the captures of rows that are no records of their own.
func (r *Recording) supporting() []KindInventory {
	byKind := map[string]*KindInventory{}
	for _, c := range r.world.captures {
		if _, own := state.ParseKind(c.Kind); own {
			continue
		}
		inv := byKind[c.Kind]
		if inv == nil {
			inv = &KindInventory{Kind: c.Kind, States: map[string]int{}, Coverage: state.Coverage{First: c.At}}
			byKind[c.Kind] = inv
		}
		if c.Full || inv.Objects == 0 {
			inv.Objects = c.Rows
		}
		inv.Coverage.Last = c.At
		inv.Coverage.Complete, inv.Coverage.Why = c.Complete && (c.Full || inv.Coverage.Complete), c.Why
	}
	out := make([]KindInventory, 0, len(byKind))
	for _, kind := range sortedKeys(byKind) {
		out = append(out, *byKind[kind])
	}
	return out
}

func inspectMailbox(b *mailbox, markers state.Markers, parent func(string, time.Time) string) MailboxInventory {
	inv := MailboxInventory{Address: b.address, Links: map[string]int{}}
	for _, k := range state.Kinds() {
		inv.Kinds = append(inv.Kinds, inspectKind(b.kinds[k]))
	}
	for _, l := range b.state(end, markers, parent).Links.All() {
		inv.Links[l.State.String()]++
		if l.File != "" {
			inv.LinksFromFile++
		} else {
			inv.LinksFromItems++
		}
	}
	return inv
}
