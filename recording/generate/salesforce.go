package generate

import (
	"io"
	"iter"
	"slices"

	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

// objects are Salesforce's names of the kinds.
var objects = [...]string{state.Contact: "Contact", state.Task: "Task", state.Event: "Event"}

// salesforce writes what a session captures of Salesforce: everything first and
// last, changes in between.
func (r *run) salesforce(session int) error {
	if session == 0 || session == r.opts.Sessions-1 && session >= 3 {
		if err := r.fullCapture(session); err != nil {
			return err
		}
	} else if err := r.changes(session); err != nil {
		return err
	}
	if err := r.users(session); err != nil {
		return err
	}
	return r.views(session)
}

func (r *run) fullCapture(session int) error {
	write, end := salesforce.Write, ".json"
	if r.opts.CSV {
		write, end = salesforce.WriteCSV, ".csv"
	}
	for _, kind := range state.Kinds() {
		err := r.file(r.salesforceFile(session, objects[kind]+end), func(w io.Writer) error {
			return write(w, wire.Payload{Kind: kind, Items: r.records(kind, session)})
		})
		if err != nil {
			return err
		}
	}
	if session == 0 {
		if err := r.rows(session, "Lead.json", r.leads()); err != nil {
			return err
		}
	}
	return r.rows(session, "EventRelation.json", r.relations(session))
}

func (r *run) rows(session int, name string, rows iter.Seq[*salesforce.Record]) error {
	return r.file(r.salesforceFile(session, name), func(w io.Writer) error { return salesforce.WriteRecords(w, rows, false) })
}

// records are what a query of everything returns after a session.
func (r *run) records(kind state.Kind, session int) iter.Seq[*state.Item] {
	return func(yield func(*state.Item) bool) {
		for t := range r.things(InSalesforce, kind, 0, 1) {
			s := t.scene(session, false)
			if !s.hidden && !yield(s.record) {
				return
			}
			for _, it := range s.beside {
				if !yield(it) {
					return
				}
			}
		}
	}
}

// changes writes what a session changed: rows, and lists of deletions.
func (r *run) changes(session int) error {
	var withdrawn []wire.Tombstone
	for _, kind := range state.Kinds() {
		var gone []wire.Tombstone
		items, some, stop := peeked(func(yield func(*state.Item) bool) {
			for t := range r.things(InSalesforce, kind, 0, 1) {
				if !t.changes(session) {
					continue
				}
				s := t.scene(session, false)
				if s.deleted {
					gone = append(gone, wire.Tombstone{ID: s.record.ID, At: s.when(s.step)})
				}
				if s.invitedTouched && s.withdrawn {
					withdrawn = append(withdrawn, wire.Tombstone{ID: s.relationID(0), At: s.when(s.step)})
				}
				for it := range s.rows() {
					if !yield(it) {
						return
					}
				}
			}
		})
		err := error(nil)
		if some {
			err = r.file(r.salesforceFile(session, objects[kind]+".updated.json"), func(w io.Writer) error {
				return salesforce.Write(w, wire.Payload{Kind: kind, Delta: true, Items: items})
			})
		}
		stop()
		if err == nil {
			err = r.deletions(session, objects[kind], gone)
		}
		if err != nil {
			return err
		}
	}
	return r.deletions(session, "EventRelation", withdrawn)
}

// rows are the rows of a changed thing: its record, or what came in its place.
func (s *scene) rows() iter.Seq[*state.Item] {
	switch {
	case !s.touched:
		return slices.Values[[]*state.Item](nil)
	case s.hidden && !s.merged():
		return slices.Values(s.beside)
	}
	return slices.Values([]*state.Item{s.record})
}

func (r *run) deletions(session int, object string, gone []wire.Tombstone) error {
	if len(gone) == 0 {
		return nil
	}
	p := wire.Payload{Delta: true, Removed: gone, From: r.instant(session).AddDate(0, 0, -15), To: r.instant(session)}
	return r.file(r.salesforceFile(session, object+".deleted.json"), func(w io.Writer) error { return salesforce.Write(w, p) })
}

// merged: the record's row says itself that it was merged away.
func (s *scene) merged() bool { return s.record.Custom["MasterRecordId"].IsKnown() }

// relations are the EventRelation rows of a query of everything.
func (r *run) relations(session int) iter.Seq[*salesforce.Record] {
	return func(yield func(*salesforce.Record) bool) {
		for t := range r.things(InSalesforce, state.Event, 0, 1) {
			s := t.scene(session, false)
			if s.hidden && !s.deleted {
				continue
			}
			for i := range s.invited {
				if (i > 0 || !s.withdrawn) && !yield(s.relation(i)) {
					return
				}
			}
		}
	}
}

// relationsEach is room for the relations of one event.
const relationsEach = 8

func (s *scene) relationID(i int) string { return salesforce.ID("0RE", s.n*relationsEach+i) }

func (s *scene) relation(i int) *salesforce.Record {
	inv := s.invited[i]
	rec := &salesforce.Record{Object: "EventRelation", ID: s.relationID(i)}
	rec.Set("EventId", textValue(s.record.ID))
	if inv.user != nil {
		rec.Set("RelationId", textValue(inv.user.id))
	} else {
		rec.Set("RelationId", textValue(s.w.recordID(state.Contact, inv.contact, 0)))
	}
	rec.Set("IsInvitee", boolValue(true))
	rec.Set("IsWhat", boolValue(false))
	rec.Set("Status", textValue(invitationStatus[inv.status]))
	return rec
}

var invitationStatus = map[string]string{"none": "New", "accepted": "Accepted", "tentative": "Maybe", "declined": "Declined"}

func (r *run) leads() iter.Seq[*salesforce.Record] {
	return func(yield func(*salesforce.Record) bool) {
		for t := range r.things(InSalesforce, state.Contact, 0, 1) {
			if t.part == nil {
				continue
			}
			for _, lead := range t.scene(0, false).leads {
				rec := &salesforce.Record{Object: "Lead", ID: salesforce.ID("00Q", t.n)}
				rec.Set("Name", textValue(lead.Name))
				rec.Set("Email", textValue(lead.Email))
				if !yield(rec) {
					return
				}
			}
		}
	}
}

// users writes the User rows: all of them first, then those that were deactivated.
func (r *run) users(session int) error {
	list := make([]*person, 0, len(r.people)+3)
	for i := range r.people {
		if p := &r.people[i]; session == 0 || p.part != nil && p.part.leaves && p.at == session {
			list = append(list, p)
		}
	}
	name := "User.updated.json"
	if session == 0 {
		list, name = append(list, &r.sync, &r.former, &r.flow), "User.json"
	}
	if len(list) == 0 {
		return nil
	}
	return r.rows(session, name, func(yield func(*salesforce.Record) bool) {
		for _, p := range list {
			active := p.active && !(p.part != nil && p.part.leaves && p.step(session) > 0)
			rec := &salesforce.Record{Object: "User", ID: p.id}
			rec.Set("Name", textValue(p.name()))
			rec.Set("Username", textValue(p.address))
			rec.Set("Email", textValue(p.address))
			rec.Set("IsActive", boolValue(active))
			rec.Set("TimeZoneSidKey", textValue(p.zone))
			rec.Set("Profile.Name", textValue(p.profile))
			rec.Set("UserRole.Name", textValue(p.role))
			if !yield(rec) {
				return
			}
		}
	})
}

// The list views: how many rows a result has at most, and how many the endpoint
// returns unasked.
const (
	mostInView = 2000
	askedFor   = 25
)

// views writes list views: all of them first, and again the one that a session
// changes.
func (r *run) views(session int) error {
	if r.opts.Contacts == 0 || session != 0 && session != r.opts.Sessions/2 {
		return nil
	}
	key := salesforce.ListView{DeveloperName: "Key_Accounts", Label: "Key accounts", Rows: r.viewRows(mostInView-1, session, func(t *thing) bool {
		if t.part != nil {
			return t.part.Name == "contact-leaves-view" && stepAt(t.at, session) == 0
		}
		return t.dice.oneIn(70, max(1, r.opts.Contacts/200))
	})}
	if err := r.view(session, 1, key); err != nil || session != 0 {
		return err
	}
	anybody := func(*thing) bool { return true }
	first := salesforce.ListView{DeveloperName: "First_Page", Label: "All customers", Rows: r.viewRows(mostInView, 0, anybody)}
	if r.opts.Contacts < mostInView+mostInView/4 { // some are not in any list
		first.Rows, first.More = r.viewRows(askedFor, 0, anybody), true
	}
	mine := salesforce.ListView{DeveloperName: "My_Contacts", Label: "My contacts", Rows: r.viewRows(200, 0, func(t *thing) bool { return t.owner.n == 0 })}
	none := salesforce.ListView{DeveloperName: "Nobody", Label: "Nobody", Rows: func(func(*salesforce.Record) bool) {}}
	for i, v := range []salesforce.ListView{first, mine, none} {
		if err := r.view(session, 2+i, v); err != nil {
			return err
		}
	}
	if err := r.file(r.salesforceFile(session, "listviews/My_Contacts.describe.json"), document(map[string]any{
		"id": salesforce.ID("00B", 3), "developerName": "My_Contacts", "label": "My contacts", "sobjectType": "Contact", "scope": "mine", "soqlCompatible": true,
		"query": "SELECT Name, Account.Name, Email, Id FROM Contact USING SCOPE mine", "whereCondition": nil})); err != nil {
		return err
	}
	return r.file(r.salesforceFile(session, "listviews/Retired_Accounts.json"), document([]map[string]string{{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}}))
}

func (r *run) view(session, n int, v salesforce.ListView) error {
	v.ID = salesforce.ID("00B", n)
	return r.file(r.salesforceFile(session, "listviews/"+v.DeveloperName+".json"), func(w io.Writer) error { return salesforce.WriteListView(w, v) })
}

// viewRows are the rows of a view: the first contacts that are in it.
func (r *run) viewRows(most, session int, in func(*thing) bool) iter.Seq[*salesforce.Record] {
	return func(yield func(*salesforce.Record) bool) {
		n := 0
		for t := range r.things(InSalesforce, state.Contact, 0, 1) {
			if n == most {
				return
			}
			if !in(&t) {
				continue
			}
			s := t.scene(session, false)
			if s.hidden {
				continue
			}
			rec := &salesforce.Record{ID: s.record.ID}
			rec.Set("Name", textValue(s.record.Title()))
			rec.Set("Account.Name", s.record.Value(state.AttrCompany))
			rec.Set("Email", s.record.Value(state.AttrEmail))
			if n++; !yield(rec) {
				return
			}
		}
	}
}

// distances are how far the owners of the things are from a person whose mailbox may
// hold copies, each person once.
func (w *world) distances(list ...int) []int {
	var out, seen []int
	for _, d := range list {
		at := (d%len(w.people) + len(w.people)) % len(w.people)
		if !slices.Contains(seen, at) {
			seen, out = append(seen, at), append(out, d)
		}
	}
	return out
}
