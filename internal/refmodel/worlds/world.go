package worlds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/internal/refmodel"
	"weir/policies"
	"weir/state"
	"weir/state/zone"
)

// Gen draws from few values, so that things meet.
type Gen struct{ t *rapid.T }

func (g Gen) n(n int) int          { return rapid.IntRange(0, n-1).Draw(g.t, "n") }
func (g Gen) One(in int) bool      { return g.n(in) == in-1 }
func (g Gen) of(from ...int) int   { return from[g.n(len(from))] }
func pick[T any](g Gen, of ...T) T { return of[g.n(len(of))] }

// Any draws a world.
func Any(t *rapid.T) *World { return Gen{t}.World() }

// World is a random organisation of two people, under a random policy.
type World struct {
	Snap   *state.Snapshot
	Boxes  map[string]*state.MailboxState
	Policy *refmodel.Policy
	Set    *policies.Set
	made   int
}

func (w *World) Mailbox(u *state.User) (*state.MailboxState, error) { return w.Boxes[u.Address], nil }

var begin = time.Date(2026, 5, 15, 21, 30, 0, 0, time.UTC)

var zones = func() (out []*time.Location) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"} {
		z, err := zone.Load(name)
		if err != nil {
			panic(err)
		}
		out = append(out, z)
	}
	return out
}()

func (g Gen) World() *World {
	w := &World{Boxes: map[string]*state.MailboxState{}}
	w.Snap = &state.Snapshot{At: begin, LastCapture: begin, InviteesRecorded: true, Directory: state.NewDirectory(), Access: state.Accesses{},
		Markers: state.DefaultMarkers(), Mailboxes: w, Organization: state.Organization{EmailDomains: []string{"acme.example"}}}
	w.Snap.Directory.AddAddress("guest@other.example")
	w.Snap.Directory.AddAddress("lead@other.example")
	w.Snap.Views = []*state.View{{DeveloperName: "Listed", Label: "Listed", Kind: state.Contact, Members: map[string]bool{"R0": true}, Complete: g.One(2)}}
	for _, k := range state.Kinds() {
		w.Snap.Records[k] = state.NewTable(k, state.Salesforce)
		w.Snap.Records[k].Coverage = g.coverage(k, false)
	}
	for _, name := range []string{"ann", "bob"} {
		w.person(g, name)
	}
	for _, k := range state.Kinds() {
		many := g.of(2, 3, 3, 3, 3, 5)
		for i := range many {
			g.put(w, w.Snap.Records[k], fmt.Sprintf("R%d", i))
		}
		for _, u := range w.Snap.Users {
			for i := range g.of(1, 2, 3, many) {
				g.put(w, w.Boxes[u.Address].Items[k], fmt.Sprintf("I%d", i))
			}
			for i := range max(3, many) {
				if g.n(3) > 0 {
					g.link(w, u, k, fmt.Sprintf("R%d", i), fmt.Sprintf("I%d", g.of(i, i, i, i, g.n(3))))
				}
			}
		}
	}
	w.choose(g)
	return w
}

// choose puts the world under another policy.
func (w *World) choose(g Gen) {
	w.Policy = g.policy()
	set, diags := load(w.Policy)
	if diags.HasErrors() {
		g.t.Fatalf("%s\n%s", diags, HCL(w.Policy))
	}
	w.Set = set
}

func (w *World) person(g Gen, name string) {
	u := &state.User{ID: name, Address: name + "@acme.example", Zone: pick(g, zones...), ZoneFrom: "manifest", Recorded: true}
	u.Values[state.UserID], u.Values[state.UserEmail] = state.TextValue(name), state.TextValue(u.Address)
	u.Values[state.UserActive] = state.BoolValue(g.n(30) > 0)
	u.Values[state.UserProfile] = pick(g, state.TextValue("Sales"), state.TextValue("Support"), state.TextValue("Other"), state.EmptyValue())
	if g.One(12) {
		u.Values[state.UserProfile] = state.Value{}
	}
	if g.One(3) {
		u.Preference = g.page()
	}
	w.Snap.Users = append(w.Snap.Users, u)
	w.Snap.Directory.Add(state.Person{ID: name, Name: name, Email: u.Address})
	box := state.NewMailboxState()
	for _, k := range state.Kinds() {
		box.Items[k].Coverage = g.coverage(k, true)
	}
	w.Boxes[u.Address] = box
}

// page is a person's own settings page of either kind.
func (g Gen) page() *state.Preference {
	p := &state.Preference{Page: "new", File: "settings.json"}
	keys := onPages
	if g.One(2) {
		p.Page = "legacy"
		keys = []string{"filters.contacts", "detailed_settings.contacts_auto_removal", "filters.contacts_scope", "filters.events", "filters.tasks", "detailed_settings.tasks_auto_removal"}
	}
	for _, key := range keys {
		v := state.PreferenceValue{Key: key, Bool: g.One(2), IsBool: true, Line: 1}
		if strings.HasSuffix(key, "scope") {
			labels := map[string][]string{"new": {"Only my Contacts", "All available Contacts"}, "legacy": {"Only my contacts", "All contacts"}}
			v = state.PreferenceValue{Key: key, Text: pick(g, labels[p.Page]...), Line: 1}
		}
		p.Values = append(p.Values, v)
	}
	return p
}

func (g Gen) coverage(k state.Kind, mailbox bool) state.Coverage {
	c := state.Coverage{First: begin.AddDate(0, 0, -90), Last: begin, Complete: g.n(12) > 0}
	if g.One(50) {
		return state.Coverage{}
	}
	if mailbox && k == state.Event && g.One(8) {
		midnight := state.MakeDate(2026, 5, 15).Midnight(pick(g, zones...))
		c.Bounds = &state.Bounds{From: pick(g, begin, midnight).AddDate(0, 0, -14), To: pick(g, begin, midnight).AddDate(0, 0, g.of(0, 3, 30))}
	}
	return c
}

func (g Gen) link(w *World, u *state.User, k state.Kind, record, item string) {
	l := &state.Link{Kind: k, RecordID: record, ItemID: item, Born: pick(g, state.Salesforce, state.Mailbox),
		State: pick(g, state.LinkActive, state.LinkActive, state.LinkActive, state.LinkFrozen, state.LinkRetired), MarkerOff: g.One(3)}
	if o := w.Boxes[u.Address].Items[k].Get(item); o != nil && k == state.Event && g.One(2) {
		l.Adopted = o.Versions[0].Item
	}
	w.Boxes[u.Address].Links.Put(l)
}

// put adds an object with one to three versions. Half the time a mailbox item
// begins as the record of the same number does, so that the two once agreed.
func (g Gen) put(w *World, t *state.Table, id string) {
	at := w.Snap.At.AddDate(0, 0, -20)
	o := &state.Object{ID: id, Kind: t.Kind}
	it := g.fresh(w, t, id, at)
	if like := w.Snap.Records[t.Kind].Get("R" + id[1:]); t.Side == state.Mailbox && like != nil && like.Versions[0].Item != nil && g.n(4) > 0 {
		twin(like.Versions[0].Item, it)
	}
	o = o.With(state.Version{From: at, SeenAt: at, State: state.Live, Item: it})
	for range g.of(0, 0, 1, 2) {
		at = at.Add(time.Duration(1+g.n(90)) * time.Hour)
		o = g.edited(w, o, at)
	}
	if t.Side == state.Salesforce && g.One(6) || t.Side == state.Mailbox && g.One(3) {
		o = g.goes(o, at.Add(time.Duration(1+g.n(90))*time.Hour))
		if o.State() == state.Deleted && g.One(6) {
			o = neverSeen(o)
		}
	}
	t.Put(o)
}

// neverSeen is the object if nothing but its deletion was captured.
func neverSeen(o *state.Object) *state.Object {
	last := o.Now()
	last.Item = nil
	return &state.Object{ID: o.ID, Kind: o.Kind, Versions: []state.Version{last}}
}

// twin gives the item the record's fields.
func twin(record, it *state.Item) {
	for a := state.Attr(1); a < state.NumAttrs; a++ {
		if row := a.Describe(); row.Salesforce == state.Stored && row.Mailbox == state.Stored && a != state.AttrModified && a != state.AttrCreated {
			it.Set(a, record.Value(a))
		}
	}
	it.Series = record.Series
}

func (g Gen) fresh(w *World, t *state.Table, id string, at time.Time) *state.Item {
	it := state.NewItem(t.Kind, t.Side, id)
	created := at
	if g.One(3) {
		created = at.AddDate(0, 0, -60)
	}
	it.Set(state.AttrCreated, g.maybe(state.InstantValue(created)))
	it.Set(state.AttrModified, state.InstantValue(at))
	it.BySync = pick(g, state.False, state.False, state.True, state.Unknown)
	it.InviteesKnown, it.FolderKnown, it.Folder = pick(g, state.True, state.True, state.True, state.True, state.True, state.True, state.True, state.True, state.Unknown, state.False), true, "Default"
	if t.Side == state.Salesforce {
		it.Set(state.AttrOwner, state.TextValue(pick(g, "ann", "ann", "ann", "bob", "bob", "queue")))
		if g.One(40) {
			it.Set(state.AttrOwner, state.Value{})
		}
		it.Set(state.AttrSubtype, g.maybe(state.TextValue(pick(g, "Task", "Task", "Task", "Call", "Email"))))
		it.Set(state.AttrCompleted, state.EmptyValue())
	} else {
		g.marks(it)
		if g.One(12) {
			it.Carries = pick(g, "R0", "R1", "R2")
		}
	}
	if t.Kind == state.Event && g.One(5) {
		it.ICalUID = pick(g, "u1", "u2")
	}
	for _, a := range engine.ComparedFields(t.Kind) {
		g.field(w, it, a)
	}
	return it
}

func (g Gen) marks(it *state.Item) {
	it.Set(state.AttrCategories, state.TextsValue(pick(g, []string{"Salesforce"}, []string{"salesforce", "Blue"}, []string{"Blue"}, nil)))
	switch g.n(20) {
	case 0:
		it.Set(state.AttrCategories, state.Value{})
	case 1, 2:
		it.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce Unsync"}))
	}
	it.FolderKnown = g.n(20) > 0
	it.Folder = pick(g, "Default", "Salesforce Contacts", "Salesforce Tasks")
}

func (g Gen) maybe(v state.Value) state.Value {
	switch g.n(25) {
	case 0:
		return state.Value{}
	case 1:
		return state.EmptyValue()
	}
	return v
}

// edited is the object after somebody changed a field or two.
func (g Gen) edited(w *World, o *state.Object, at time.Time) *state.Object {
	it := o.Item().Clone()
	it.BySync, it.CarriedAt = pick(g, state.False, state.False, state.False, state.True, state.Unknown), time.Time{}
	it.Set(state.AttrModified, g.maybe(state.InstantValue(at)))
	fields := engine.ComparedFields(it.Kind)
	if it.Kind == state.Event {
		fields = append(slices.Clone(fields), state.AttrAttendees, state.AttrAttendees, state.AttrLocation)
	}
	for range g.of(1, 1, 2) {
		g.field(w, it, pick(g, fields...))
	}
	if it.Side == state.Mailbox && g.One(5) {
		g.marks(it)
	}
	if it.Side == state.Salesforce && g.One(6) {
		it.Set(state.AttrOwner, state.TextValue(pick(g, "ann", "bob")))
	}
	return o.With(state.Version{From: at, SeenAt: at, State: state.Live, Item: it})
}

// goes is the object after it went, one way or another.
func (g Gen) goes(o *state.Object, at time.Time) *state.Object {
	v := state.Version{From: at, State: state.Deleted, Item: o.Item()}
	if g.One(2) {
		v.SeenAt = at.Add(time.Hour)
	}
	if g.One(5) {
		v.State = pick(g, state.Unseen, state.Moved)
	}
	into := ""
	if o.Item().Side == state.Salesforce {
		v.State = pick(g, state.Deleted, state.Deleted, state.Gone, state.Unseen, state.Merged)
		into = "R9"
		if n := int(o.ID[1] - '0'); strings.HasPrefix(o.ID, "R") && n < 2 {
			into = fmt.Sprintf("R%d", n+1)
		}
	}
	next := o.With(v)
	if v.State == state.Merged {
		next.MergedInto = into
	}
	return next
}

// moment is near the edges of the windows, often at local midnight.
func (g Gen) moment(w *World) time.Time {
	z := w.Snap.Users[0].Zone
	y, m, d := w.Snap.At.In(z).Date()
	day := time.Date(y, m, d+g.of(-61, -15, -14, -13, -3, -2, -1, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 59, 60, 61), 0, 0, 0, 0, z)
	return day.Add(pick(g, 0, 0, time.Minute, 9*time.Hour, 23*time.Hour+59*time.Minute))
}

// field draws a value for one field.
func (g Gen) field(w *World, it *state.Item, a state.Attr) {
	set := func(from ...string) { it.Set(a, g.maybe(state.TextValue(pick(g, from...)))) }
	switch a {
	case state.AttrTitle:
		it.Set(a, state.TextValue(pick(g, "A", "B")))
	case state.AttrFirstName:
		it.Set(a, state.TextValue(pick(g, "", "F")))
	case state.AttrLastName:
		it.Set(a, state.TextValue(pick(g, "A", "B")))
	case state.AttrEmail:
		set("a@other.example", "B@other.example", "b@other.example", "")
	case state.AttrEmail2, state.AttrEmail3:
		if it.Side == state.Mailbox {
			set("", "", "a@other.example", "d@other.example")
		}
	case state.AttrPhone, state.AttrMobile, state.AttrJobTitle:
		set("", "1", "2")
	case state.AttrCompany:
		set("Acme", "Globex")
	case state.AttrClosed:
		it.Set(a, g.maybe(state.BoolValue(g.One(3))))
		if it.Side == state.Salesforce && g.One(3) {
			it.Set(state.AttrCompleted, state.InstantValue(w.Snap.At.AddDate(0, 0, -g.of(13, 14, 15, 30))))
		}
	case state.AttrStatus:
		set("Not Started", "In Progress", "Completed", "inProgress", "odd")
		if g.One(6) {
			it.Set(a, state.Value{})
		}
	case state.AttrPriority:
		set("", "High", "high", "Normal", "Urgent", "low")
	case state.AttrDue:
		it.Set(a, g.maybe(state.DayValue(state.DateOf(g.moment(w), w.Snap.Users[0].Zone))))
	case state.AttrBody:
		set("", "x", "x\r\n", "y")
	case state.AttrLocation:
		set("", "Bonn")
	case state.AttrShowAs:
		set("busy", "Free", "tentative", "oof", "OutOfOffice")
	case state.AttrPrivate:
		it.Set(a, state.BoolValue(g.One(8)))
	case state.AttrResponse:
		g.answer(it)
	case state.AttrAttendees:
		g.guests(it)
	case state.AttrStart, state.AttrEnd, state.AttrAllDay:
		g.span(w, it)
	}
}

func (g Gen) answer(it *state.Item) {
	if it.Side == state.Mailbox {
		it.Set(state.AttrResponse, g.maybe(state.TextValue(pick(g, "organizer", "none", "accepted", "declined"))))
		it.Organizer = pick(g, state.True, state.False, state.False, state.Unknown)
		it.Set(state.AttrCancelled, state.BoolValue(g.One(8)))
		it.FreeOrBusy = it.FreeOrBusy || g.One(30)
		return
	}
	it.Invitees = nil
	for _, name := range []string{"ann", "bob"} {
		if name != it.Owner() && g.One(2) {
			it.Invitees = append(it.Invitees, state.Invitee{UserID: name, Response: pick(g, "", "none", "accepted", "declined")})
		}
	}
}

func (g Gen) guests(it *state.Item) {
	people := []state.Attendee{}
	if was := it.Value(state.AttrAttendees).People(); len(was) > 0 && g.One(2) { // somebody is taken off the list
		it.Set(state.AttrAttendees, state.PeopleValue(was[1:]))
		return
	}
	for _, address := range []string{"ann@acme.example", "bob@acme.example", "Guest@other.example", "lead@other.example", "stranger@nowhere.example"} {
		if g.One(3) {
			people = append(people, state.Attendee{Email: address, Response: "none"})
		}
	}
	it.Set(state.AttrAttendees, state.PeopleValue(people))
	if g.One(10) {
		it.Set(state.AttrAttendees, state.Value{})
	}
	it.AttendeesTruncated = g.One(20)
}

func (g Gen) span(w *World, it *state.Item) {
	start := g.moment(w)
	end := start.Add(pick(g, 0, time.Hour, time.Hour, 24*time.Hour, 25*time.Hour, -48*time.Hour))
	allDay := g.One(4)
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	it.Series = nil
	it.Set(state.AttrRecurring, state.BoolValue(false))
	if allDay {
		first := state.DateOf(start, w.Snap.Users[0].Zone)
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
		it.Set(state.AttrStartDate, state.DayValue(first))
		it.Set(state.AttrEndDate, pick(g, state.DayValue(first), state.DayValue(first+1), state.DayValue(first+13), state.DayValue(first+14), state.DayValue(first-2), state.EmptyValue()))
		return
	}
	it.Set(state.AttrStartDate, state.Value{})
	it.Set(state.AttrEndDate, state.Value{})
	it.Set(state.AttrStart, state.InstantValue(start))
	it.Set(state.AttrEnd, state.InstantValue(end))
	switch g.n(12) {
	case 0:
		it.Set(state.AttrEnd, state.EmptyValue())
	case 1:
		it.Set(state.AttrEnd, state.Value{})
	case 2, 3:
		g.series(it, start)
	}
}

func (g Gen) series(it *state.Item, start time.Time) {
	it.Set(state.AttrRecurring, state.BoolValue(true))
	if end := it.Value(state.AttrEnd).Instant(); end.Sub(start) > 24*time.Hour && g.One(2) {
		it.Set(state.AttrEnd, state.InstantValue(start.Add(time.Hour)))
	}
	it.Series = &state.Series{Rule: fmt.Sprintf("FREQ=%s;COUNT=%d", pick(g, "DAILY", "WEEKLY"), g.of(1, 2, 5, 30))}
	switch g.n(10) {
	case 0:
		it.Series.Unreadable = "a pattern nobody knows"
	case 1:
		it.Series.Lightning = true
	}
}

// objects lists everything of a kind that lives, with the table it lies in.
func (w *World) objects() (out []*state.Object, tables []*state.Table) {
	all := slices.Clone(w.Snap.Records[1:])
	for _, u := range w.Snap.Users {
		all = append(all, w.Boxes[u.Address].Items[1:]...)
	}
	for _, t := range all {
		for _, o := range t.All() {
			if o.State() == state.Live && o.Item() != nil {
				out, tables = append(out, o), append(tables, t)
			}
		}
	}
	return out, tables
}
