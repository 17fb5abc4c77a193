package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weir/policies/cond"
	"weir/state"
)

// World is one thing with all that conditions can see of it.
type World struct {
	cond.Subject
	// Values are what the conditions read, by name.
	Values []Value
}

// Value is an attribute, by its name in conditions, with its value in CEL's
// notation.
type Value struct{ Name, Text string }

// shows reports that yes is true of it and no is false.
func (w *World) shows(yes, no cond.Expr) bool {
	a, err := yes.Eval(&w.Subject)
	b, err2 := no.Eval(&w.Subject)
	return err == nil && err2 == nil && a == state.True && b == state.False
}

// evidence answers for facts as they were chosen.
type evidence map[string]state.Value

func (e evidence) Fact(f cond.FactName, since state.Value) state.Value {
	t := cond.Fact{Name: f}
	if since.IsKnown() {
		if v, ok := e[f.String()+"@"+since.String()]; ok {
			return v
		}
	}
	return e[t.String()]
}

func (e evidence) Reaches(f cond.FactName, day state.Date) state.Truth {
	v := e[f.String()]
	if !v.IsKnown() {
		return v.Truth()
	}
	return state.TruthOf(v.Day() >= day)
}

// Where examples name no one.
const (
	someUser = "005000000000001AAA"
	someItem = "00T000000000001AAA"
)

// build is the thing that a model describes, in the first zone in which it shows the
// difference; nil if it shows it in none.
func (q *question) build(m *model, yes, no cond.Expr) *World {
	for _, hours := range q.zones() {
		if w := q.world(m, zoneAt(hours)); w.shows(yes, no) {
			return w
		}
	}
	return nil
}

// zones are the hours ahead of UTC that are tried: only where instants and days are
// asked for side by side does the zone matter.
func (q *question) zones() []int {
	out := []int{0}
	for _, pair := range inZone {
		if q.vars[pair[0]] != nil && q.vars[pair[1]] != nil && q.vars["user.time_zone"] == nil {
			for h := 1; h <= 14; h++ {
				out = append(out, h)
				if h <= 12 {
					out = append(out, -h)
				}
			}
			break
		}
	}
	return out
}

// zoneAt is the zone of so many hours ahead of UTC; the names of these zones count
// the other way round.
func zoneAt(hours int) *time.Location {
	if hours == 0 {
		return time.UTC
	}
	return time.FixedZone(fmt.Sprintf("Etc/GMT%+d", -hours), hours*60*60)
}

// world builds the thing that a model describes.
func (q *question) world(m *model, zone *time.Location) *World {
	w := &World{Subject: cond.Subject{User: someone(zone), Directory: state.NewDirectory(), Now: noon, Today: state.DateOf(noon, zone)}}
	value := func(name string) state.Value {
		if v := q.vars[name]; v != nil {
			return m.values[v]
		}
		return state.Value{}
	}
	if v := value("now"); v.IsKnown() {
		w.Now = v.Instant()
		w.Today = state.DateOf(w.Now, zone)
	} else if v := value("today"); v.IsKnown() {
		w.Today = v.Day()
		w.Now = w.Today.Midnight(zone).Add(12 * time.Hour)
	}
	if q.Kind != state.KindInvalid {
		w.Item = blankItem(q.Kind, q.Side)
		if born := value("item.born"); born.IsKnown() {
			w.Other = blankItem(q.Kind, q.Side.Other())
			w.Link = &state.Link{Kind: q.Kind, RecordID: someItem, ItemID: someItem, State: state.LinkRetired, Born: state.Mailbox}
			if born.Text() == state.Salesforce.String() {
				w.Link.Born = state.Salesforce
			}
			if value("item.linked").Bool() {
				w.Link.State = state.LinkActive
			}
		}
	}
	facts := evidence{}
	w.record(q.read[:], facts)
	for _, v := range q.order {
		w.set(v, m.values[v], facts)
	}
	for _, name := range slices.Sorted(maps.Keys(q.lists)) {
		w.setList(q, q.lists[name], m)
	}
	if w.Item != nil {
		w.complete(value)
	}
	w.Facts = facts
	w.Values = q.shown(m)
	return w
}

func someone(zone *time.Location) *state.User {
	u := &state.User{ID: someUser, Address: "user@example.com", Custom: map[string]state.Value{}, Zone: zone, ZoneFrom: "manifest", Recorded: true}
	for _, row := range state.UserSchema() {
		u.Values[row.Attr] = state.EmptyValue()
	}
	u.Values[state.UserID], u.Values[state.UserEmail] = state.TextValue(u.ID), state.TextValue(u.Address)
	u.Values[state.UserActive], u.Values[state.UserProvider] = state.BoolValue(true), state.TextValue("office365")
	u.Values[state.UserGroups], u.Values[state.UserTimeZone] = state.TextsValue(nil), state.TextValue(zone.String())
	return u
}

// record makes everything that the conditions read recorded, as empty.
func (w *World) record(read []cond.Refs, facts evidence) {
	for _, r := range read {
		for _, name := range r.UserCustom {
			w.User.Custom[name] = state.EmptyValue()
		}
		for _, it := range [...]*state.Item{w.Item, w.Other} {
			if it != nil && it.Side == state.Salesforce {
				for _, name := range r.Custom {
					it.Custom[name] = state.EmptyValue()
				}
			}
		}
		for _, f := range r.Facts {
			facts[f.String()] = state.EmptyValue()
		}
	}
}

// blankItem is a thing of which everything is recorded, and nothing is there.
func blankItem(k state.Kind, s state.Side) *state.Item {
	it := state.NewItem(k, s, someItem)
	for _, row := range state.Schema() {
		it.Set(row.Attr, state.EmptyValue())
	}
	it.Custom = map[string]state.Value{}
	it.InviteesKnown = state.True
	return it
}

func (w *World) set(v *variable, value state.Value, facts evidence) {
	switch t := v.term.(type) {
	case cond.Attr:
		w.holder(t.Attr).Set(t.Attr, value)
	case cond.UserAttr:
		w.User.Values[t.Attr] = value
		if t.Attr == state.UserID {
			w.User.ID = value.Text()
		}
	case cond.Custom:
		if t.OfUser {
			w.User.Custom[t.Name] = value
			break
		}
		for _, it := range [...]*state.Item{w.Item, w.Other} {
			if it != nil && it.Side == state.Salesforce {
				it.Custom[t.Name] = value
			}
		}
	case cond.Fact:
		facts[t.String()] = value
		if days, ok := fromToday(t.Since); ok && t.Since != nil {
			facts[t.Name.String()+"@"+state.DayValue(w.Today.AddDays(days)).String()] = value
		}
	}
}

// holder is the side of the link that has a place for an attribute.
func (w *World) holder(a state.Attr) *state.Item {
	if w.Other != nil && a.Describe().On(w.Item.Side) == state.NoPlace {
		return w.Other
	}
	return w.Item
}

func (w *World) setList(q *question, l *list, m *model) {
	value := state.EmptyValue()
	if !q.solver.Value(l.null) {
		var texts []string
		var people []state.Attendee
		for i, there := range l.there {
			if !q.solver.Value(there) {
				continue
			}
			at := l.members[i]
			if l.term.Type() == state.People {
				people = append(people, state.Attendee{Email: m.values[at[cond.AttendeeEmail]].Text(),
					Name: m.values[at[cond.AttendeeName]].Text(), Response: m.values[at[cond.AttendeeResponse]].Text()})
			} else {
				texts = append(texts, m.values[at[cond.Itself]].Text())
			}
		}
		value = state.TextsValue(texts)
		if l.term.Type() == state.People {
			value = state.PeopleValue(people)
		}
	}
	switch t := l.term.(type) {
	case cond.Attr:
		if t.Attr != state.AttrParticipants {
			w.holder(t.Attr).Set(t.Attr, value)
			break
		}
		record := w.Item
		if record.Side != state.Salesforce {
			record = w.Other
		}
		for _, id := range value.Texts() {
			if record != nil && id != record.Owner() {
				record.Invitees = append(record.Invitees, state.Invitee{UserID: id})
			}
		}
	case cond.UserAttr:
		w.User.Values[t.Attr] = value
	case cond.Custom:
		if t.OfUser {
			w.User.Custom[t.Name] = value
		} else if w.Item != nil {
			w.Item.Custom[t.Name] = value
		}
	}
}

// complete stores what computed attributes are computed from.
func (w *World) complete(value func(string) state.Value) {
	it := w.Item
	if v := value("item.title"); v.IsKnown() && it.Kind == state.Contact && !value("item.first_name").IsRecorded() && !value("item.last_name").IsRecorded() {
		it.Set(state.AttrLastName, v)
	}
	if v := value("item.owner_email"); v.IsKnown() && w.holder(state.AttrOwner) != nil {
		record := w.holder(state.AttrOwner)
		w.Directory.Add(state.Person{ID: record.Owner(), Email: v.Text()})
	}
	if it.Kind != state.Event || it.AllDay() {
		w.completeDays(value)
		return
	}
	for _, pair := range [...][2]state.Attr{{state.AttrStart, state.AttrStartDate}, {state.AttrEnd, state.AttrEndDate}} {
		if day := it.Value(pair[1]); day.IsKnown() && !it.Value(pair[0]).IsKnown() {
			it.Set(pair[0], state.InstantValue(day.Day().Midnight(w.User.Zone).Add(12*time.Hour)))
		}
	}
}

// completeDays stores the days of an all-day event whose instants were asked for.
func (w *World) completeDays(value func(string) state.Value) {
	it := w.Item
	if start := value("item.start"); start.IsKnown() && !it.Value(state.AttrStartDate).IsKnown() {
		it.Set(state.AttrStartDate, state.DayValue(state.DateOf(start.Instant(), w.User.Zone)))
	}
	if end := value("item.end"); end.IsKnown() && !it.Value(state.AttrEndDate).IsKnown() {
		it.Set(state.AttrEndDate, state.DayValue(state.DateOf(end.Instant(), w.User.Zone)-1))
	}
}

// shown lists what the conditions read, by name.
func (q *question) shown(m *model) []Value {
	var out []Value
	for _, v := range q.order {
		if v.term != nil {
			out = append(out, Value{v.term.String(), valueText(m.values[v])})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.lists)) {
		l := q.lists[name]
		if _, ok := l.term.(cond.Literal); ok {
			continue
		}
		var members []string
		for i, there := range l.there {
			if q.solver.Value(there) {
				members = append(members, q.memberText(l.members[i], m))
			}
		}
		text := "[" + strings.Join(members, ", ") + "]"
		if q.solver.Value(l.null) {
			text = "null"
		}
		out = append(out, Value{name, text})
	}
	slices.SortFunc(out, func(a, b Value) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (q *question) memberText(member map[cond.Field]*variable, m *model) string {
	if v := member[cond.Itself]; v != nil {
		return valueText(m.values[v])
	}
	var fields []string
	for _, f := range []cond.Field{cond.AttendeeEmail, cond.AttendeeName, cond.AttendeeResponse} {
		if v := m.values[member[f]]; v.IsKnown() {
			fields = append(fields, fmt.Sprintf("%s: %s", f, valueText(v)))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func valueText(v state.Value) string {
	if !v.IsKnown() {
		return "null"
	}
	return cond.Literal{Value: v}.String()
}
