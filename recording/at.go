package recording

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

// tablesAt are the Salesforce tables as of a capture.
type tablesAt struct {
	at     time.Time // the latest Salesforce capture they hold
	tables [4]*state.Table
}

// At is the world as recorded by the captures up to and including t. Mailboxes
// are read when they are asked for. The snapshot's tables may be shared with
// other snapshots: clone them before changing them. An instant before the first
// capture is an error beside an empty world.
func (r *Recording) At(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	return r.at(t, r.records(t))
}

// Context is At without the records: people, views, access, and of the tables only
// what the captures could show. It costs nothing in proportion to the records.
func (r *Recording) Context(t time.Time) (*state.Snapshot, hcl.Diagnostics) {
	var tables [4]*state.Table
	for _, k := range state.Kinds() {
		tables[k] = state.NewTable(k, state.Salesforce)
		tables[k].Coverage = r.world.kinds[k].coverageAt(t)
	}
	return r.at(t, tables)
}

// Coverage is how much of a mailbox, by kind, the captures up to and including t
// have shown.
func (r *Recording) Coverage(address string, t time.Time) (out [4]state.Coverage) {
	if facts := r.facts[address]; facts != nil {
		for _, k := range state.Kinds() {
			out[k] = coverageOf(facts.coverage[k], t)
		}
	}
	return out
}

func (r *Recording) at(t time.Time, records [4]*state.Table) (*state.Snapshot, hcl.Diagnostics) {
	s := &state.Snapshot{At: t, Organization: r.manifest.Organization, Markers: r.manifest.Markers,
		Records: records, Directory: r.directory(t), Views: r.world.viewsAt(t), Access: r.world.accessAt(t),
		Mailboxes: mailboxes{r, t}}
	s.InviteesRecorded = !r.world.invitees.IsZero() && !r.world.invitees.After(t)
	for _, at := range r.instants {
		if !at.After(t) {
			s.LastCapture = at
		}
	}
	for i := range r.manifest.Users {
		s.Users = append(s.Users, r.user(&r.manifest.Users[i], t))
	}
	return s, r.tooEarly(t)
}

func (r *Recording) tooEarly(t time.Time) hcl.Diagnostics {
	first := r.First()
	if r.world.counting != nil {
		p := &wire.Problems{}
		p.Fail(ManifestFile, zeroPos, "Only counted", "The recording was opened to be inspected; its records were not kept.")
		return p.Diagnostics()
	}
	if !first.IsZero() && !t.Before(first) {
		return nil
	}
	p := &wire.Problems{}
	if first.IsZero() {
		p.Fail(ManifestFile, zeroPos, "Nothing captured", "The recording holds no captures, so nothing is known at %s.", t.UTC().Format(time.RFC3339))
	} else {
		p.Fail(ManifestFile, zeroPos, "Before the first capture", "Nothing is known at %s: the first capture is of %s.", t.UTC().Format(time.RFC3339), first.Format(time.RFC3339))
	}
	return p.Diagnostics()
}

// mailboxes hands out the mailboxes as of an instant.
type mailboxes struct {
	r *Recording
	t time.Time
}

// Mailbox implements state.Mailboxes.
func (m mailboxes) Mailbox(u *state.User) (*state.MailboxState, error) { return m.r.Mailbox(u, m.t) }

// records are the tables up to t; those of one capture are made once.
func (r *Recording) records(t time.Time) [4]*state.Table {
	var latest time.Time
	for _, at := range r.world.instants {
		if !at.After(t) {
			latest = at
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tables != nil && r.tables.at.Equal(latest) {
		return r.tables.tables
	}
	made := &tablesAt{at: latest}
	for _, k := range state.Kinds() {
		made.tables[k] = r.world.kinds[k].table(latest)
	}
	r.tables = made
	return made.tables
}

// directory knows every recorded user and every manifest user up to t.
func (r *Recording) directory(t time.Time) *state.Directory {
	d := state.NewDirectory()
	sync := map[string]bool{}
	for _, id := range r.manifest.SyncIdentities {
		sync[id] = true
		d.Add(state.Person{ID: id, Sync: true})
	}
	for i := range r.manifest.Users {
		u := &r.manifest.Users[i]
		d.Add(state.Person{ID: u.SalesforceID, Email: u.Mailbox, Sync: sync[u.SalesforceID]})
	}
	for _, id := range sortedKeys(r.world.users) {
		if row := r.world.userRow(id, t); row != nil && !row.Gone {
			p := state.Person{ID: id, Name: row.Name, Email: row.Email, Sync: sync[id]}
			if old, ok := d.Person(id); ok && p.Email == "" {
				p.Email = old.Email
			}
			d.Add(p)
			d.AddAddress(row.Username)
		}
	}
	for _, a := range r.world.people {
		if !a.at.After(t) {
			d.AddAddress(a.address)
		}
	}
	return d
}

// userRow is a user's latest row up to t; nil if there is none.
func (w *world) userRow(id string, t time.Time) *userAt {
	rows := w.users[id]
	for i := len(rows) - 1; i >= 0; i-- {
		if !rows[i].at.After(t) {
			return &rows[i]
		}
	}
	return nil
}

// user is a synced person as known at t.
func (r *Recording) user(m *ManifestUser, t time.Time) *state.User {
	u := &state.User{ID: m.SalesforceID, Address: m.Mailbox}
	row := r.world.userRow(m.SalesforceID, t)
	var zoneKey string
	if row != nil {
		u.Values, u.Custom, u.Recorded, zoneKey = row.Values, row.Custom, true, row.TimeZone
	}
	if !u.Values[state.UserEmail].IsKnown() {
		u.Values[state.UserEmail] = state.TextValue(m.Mailbox)
	}
	u.Values[state.UserID] = state.TextValue(m.SalesforceID)
	u.Values[state.UserGroups] = state.TextsValue(m.Groups)
	u.Values[state.UserProvider] = state.TextValue(m.Provider)
	facts := r.facts[m.Mailbox]
	own := ""
	if facts != nil {
		u.Preference = facts.preference(t)
		own = facts.zone(t)
	}
	u.Zone, u.ZoneFrom = findZone(
		zoneChoice{m.TimeZone, "manifest"}, zoneChoice{own, "mailbox"},
		zoneChoice{zoneKey, "salesforce"}, zoneChoice{r.manifest.Organization.TimeZone, "organization"})
	u.Values[state.UserTimeZone] = state.TextValue(u.Zone.String())
	return u
}

type zoneChoice struct{ name, from string }

// findZone is the first zone that exists, in the order in which they count; UTC,
// assumed, if none does.
func findZone(choices ...zoneChoice) (*time.Location, string) {
	for _, c := range choices {
		if c.name == "" {
			continue
		}
		if loc, _, err := zone.Resolve(c.name); err == nil {
			return loc, c.from
		}
	}
	return time.UTC, "assumed"
}

// accessAt are the access rows up to t; child event ids stand for their meeting.
func (w *world) accessAt(t time.Time) state.Accesses {
	out := state.Accesses{}
	for _, a := range w.access {
		if !a.at.After(t) {
			key := a.Key
			key.RecordID = w.parentOf(key.RecordID, t)
			out[key] = a.May
		}
	}
	return out
}
