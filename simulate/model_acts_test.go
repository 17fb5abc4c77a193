package simulate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"weir/engine"
	"weir/state"
)

// This file is what people can do in a small world: every act on the one record
// and the one item that the model test is about.

// ann is the only person of a small world; other owns what is not hers.
const (
	ann   = "ann@acme.example"
	other = "005somebodyelse000"
)

// annID is the Salesforce id that builder gives the first user of a world.
var annID = fmt.Sprintf("005%015d", 0)

// byPerson stands as the file of a state that a person's deletion left behind: no
// session reads it, and the promises tell people's deletions by it.
const byPerson = "a person's deletion"

// broughtBack stands as the file of what a person took out of the trash: a copy that
// the sync has given up is theirs from then on.
const broughtBack = "out of the trash"

// markedAgain stands as the file of an item that a person marked anew after its link had ended
// and the mark that ended it was off: the pair counts as unlinked from then on.
const markedAgain = "marked anew"

// place is one state of a small world.
type place struct {
	*world
	kind state.Kind
	at   time.Time // of the last thing that happened
	day  int       // how often the clock jumped
}

// jump is how far the clock goes at once: across every window's boundary.
const (
	jump  = 30
	jumps = 2
)

// clone copies what acts and sessions change. Of what was deleted and is linked to
// nothing only the latest stays: nobody can bring back more.
func (p *place) clone() *place {
	c := *p
	w := &world{records: p.records, boxes: boxes{}, made: maps.Clone(p.made), doings: newDoings()}
	links := p.boxes[ann].Links
	w.records[p.kind] = tidy(p.records[p.kind], func(id string) bool { return links.OfRecord(p.kind, id) != nil })
	box := *p.boxes[ann]
	box.Items[p.kind] = tidy(box.Items[p.kind], func(id string) bool { return links.OfItem(p.kind, id) != nil })
	box.Links = links.Clone()
	w.boxes[ann] = &box
	c.world = w
	return &c
}

// tidy copies a table without what was deleted before the latest, unless it is linked.
func tidy(t *state.Table, linked func(id string) bool) *state.Table {
	trash := latest(t, state.Deleted)
	gone := func(o *state.Object) bool { return o.State() == state.Deleted && o != trash && !linked(o.ID) }
	all := t.All()
	if !slices.ContainsFunc(all, gone) {
		return t.Clone()
	}
	c := state.NewTable(t.Kind, t.Side)
	c.Coverage = t.Coverage
	for _, o := range slices.DeleteFunc(all, gone) {
		c.Put(o)
	}
	return c
}

// later is a copy one minute on.
func (p *place) later() *place {
	c := p.clone()
	c.at = c.at.Add(time.Minute)
	return c
}

// link is the world's link, active before frozen before retired; nil for none.
func (p *place) link() *state.Link {
	all := p.boxes[ann].Links.All()
	if len(all) == 0 {
		return nil
	}
	return slices.MinFunc(all, func(a, b *state.Link) int { return int(a.State) - int(b.State) })
}

// linkOf is the link of a side's thing, of a merge's winner too; user is "" for
// Salesforce.
func (p *place) linkOf(user, id string) *state.Link {
	links := p.boxes[ann].Links
	if user != "" {
		return links.OfItem(p.kind, id)
	}
	if l := links.OfRecord(p.kind, id); l != nil {
		return l
	}
	for _, l := range links.All() {
		if o := p.records[p.kind].Get(l.RecordID); o != nil && o.State() == state.Merged && o.MergedInto == id {
			return l
		}
	}
	return nil
}

// recordOf is a link's record, or what it was merged into.
func (p *place) recordOf(l *state.Link) *state.Object {
	o := p.records[p.kind].Get(l.RecordID)
	if o != nil && o.State() == state.Merged {
		return p.records[p.kind].Get(o.MergedInto)
	}
	return o
}

// thing is what people see on a side: what is linked if it lives, else the latest
// that does; nil for none. user is "" for Salesforce.
func (p *place) thing(user string) *state.Object {
	table := p.table(user, p.kind)
	if l := p.link(); l != nil {
		id := l.RecordID
		if user != "" {
			id = l.ItemID
		}
		if o := table.Get(id); o != nil && o.State() == state.Live {
			return o
		}
	}
	return latest(table, state.Live)
}

func latest(t *state.Table, in state.Liveness) *state.Object {
	var out *state.Object
	for _, o := range t.All() {
		if o.State() == in && (out == nil || !o.Now().From.Before(out.Now().From)) {
			out = o
		}
	}
	return out
}

// humanAct is something a person, or the clock, does; false where there is nothing to do
// it to.
type humanAct struct {
	name  string
	kinds []state.Kind // nil for all
	do    func(p *place, fresh string) bool
}

func only(k ...state.Kind) []state.Kind { return k }

var humanActs = []humanAct{
	{"edit the record", nil, func(p *place, fresh string) bool { return p.edit("", state.False, watched(fresh)) }},
	{"edit the record by an own login", nil, func(p *place, fresh string) bool { return p.edit("", state.Unknown, watched(fresh)) }},
	{"edit the item", nil, func(p *place, fresh string) bool { return p.edit(ann, state.False, watched(fresh)) }},
	{"edit both alike", nil, func(p *place, fresh string) bool {
		return p.thing(ann) != nil && p.edit("", state.False, watched(fresh)) && p.edit(ann, state.False, watched(fresh))
	}},
	{"delete the record", nil, func(p *place, _ string) bool { return p.remove("") }},
	{"undelete the record", nil, func(p *place, _ string) bool { return p.bringBack("") }},
	{"delete the item", nil, func(p *place, _ string) bool { return p.remove(ann) }},
	{"restore the item", nil, func(p *place, _ string) bool { return p.bringBack(ann) }},
	{"change the owner", nil, func(p *place, _ string) bool { return p.edit("", state.False, changeOwner) }},
	{"mark or unmark Unsync", nil, func(p *place, _ string) bool { return p.edit(ann, state.False, toggle("Salesforce Unsync")) }},
	{"mark or unmark", nil, func(p *place, _ string) bool { return p.edit(ann, state.False, toggle("Salesforce")) }},
	{"move between folders", only(state.Contact, state.Task), func(p *place, _ string) bool { return p.edit(ann, state.False, changeFolder) }},
	{"merge", only(state.Contact), (*place).merge},
	{"complete the record", only(state.Task), func(p *place, _ string) bool { return p.edit("", state.False, p.complete) }},
	{"complete the item", only(state.Task), func(p *place, _ string) bool { return p.edit(ann, state.False, p.complete) }},
	{"cancel", only(state.Event), func(p *place, _ string) bool { return p.edit(ann, state.False, cancel) }},
	{"make private", only(state.Event), func(p *place, _ string) bool { return p.edit(ann, state.False, flip(state.AttrPrivate)) }},
	{"decline", only(state.Event), func(p *place, _ string) bool { return p.edit(ann, state.False, decline) }},
	{"invite in the calendar", only(state.Event), func(p *place, _ string) bool { return p.edit(ann, state.False, invite) }},
	{"invite in Salesforce", only(state.Event), func(p *place, _ string) bool { return p.edit("", state.False, invite) }},
	{"the clock passes a window's boundary", only(state.Task, state.Event), func(p *place, _ string) bool {
		p.at, p.day = p.at.AddDate(0, 0, jump), p.day+1
		return p.day <= jumps
	}},
}

// watchedAttr is the field whose values the promises follow.
func watchedAttr(k state.Kind) state.Attr {
	if k == state.Contact {
		return state.AttrJobTitle
	}
	return state.AttrTitle
}

func watched(value string) func(*state.Item) {
	return func(it *state.Item) { it.Set(watchedAttr(it.Kind), state.TextValue(value)) }
}

// edit changes the thing on a side.
func (p *place) edit(user string, bySync state.Truth, change func(*state.Item)) bool {
	o := p.thing(user)
	if o == nil {
		return false
	}
	it := o.Item().Clone()
	it.BySync, it.CarriedAt = bySync, time.Time{}
	it.Set(state.AttrModified, state.InstantValue(p.at))
	change(it)
	if l := p.linkOf(user, o.ID); user != "" && l != nil && l.State == state.LinkRetired && l.MarkerOff && isMarked(it) {
		it.File = markedAgain
	}
	p.table(user, p.kind).Put(o.With(state.Version{From: p.at, State: state.Live, Item: it}))
	return true
}

// isMarked reports an item that is marked for the sync.
func isMarked(it *state.Item) bool {
	return !it.HasCategory("Salesforce Unsync") && (it.HasCategory("Salesforce") || state.DefaultMarkers().InFolder(it) == state.True)
}

func (p *place) remove(user string) bool {
	o := p.thing(user)
	if o == nil {
		return false
	}
	it := o.Item().Clone()
	it.File = byPerson
	p.table(user, p.kind).Put(o.With(state.Version{From: p.at, State: state.Deleted, Item: it}))
	return true
}

// bringBack takes the latest deleted thing out of the trash.
func (p *place) bringBack(user string) bool {
	o := latest(p.table(user, p.kind), state.Deleted)
	if o == nil {
		return false
	}
	it := o.Item().Clone()
	it.File = broughtBack
	p.table(user, p.kind).Put(o.With(state.Version{From: p.at, State: state.Live, Item: it}))
	return true
}

// changeOwner takes a record out of the person's reach, or back: of a meeting that
// somebody else owns, it takes the invitation away first.
func changeOwner(it *state.Item) {
	switch _, invited := it.Invitee(annID); {
	case it.Owner() == annID:
		it.Set(state.AttrOwner, state.TextValue(other))
	case invited:
		it.Invitees = nil
	default:
		it.Set(state.AttrOwner, state.TextValue(annID))
	}
}

func toggle(category string) func(*state.Item) {
	return func(it *state.Item) {
		have := it.Value(state.AttrCategories).Texts()
		if it.HasCategory(category) {
			have = slices.DeleteFunc(slices.Clone(have), func(c string) bool { return c == category })
		} else {
			have = append(slices.Clone(have), category)
		}
		slices.Sort(have)
		it.Set(state.AttrCategories, state.TextsValue(have))
	}
}

func changeFolder(it *state.Item) {
	in := state.DefaultMarkers().Folder(it.Kind)
	if it.Folder == in {
		in = "Default"
	}
	it.Folder = in
}

// merge merges the record into another that is the same person's.
func (p *place) merge(string) bool {
	o := p.thing("")
	if o == nil || o.ID == "winner" || p.records[p.kind].Get("winner") != nil {
		return false
	}
	it := o.Item().Clone()
	it.ID, it.BySync, it.CarriedAt = "winner", state.False, time.Time{}
	it.Set(state.AttrModified, state.InstantValue(p.at))
	p.records[p.kind].Put(&state.Object{ID: "winner", Kind: p.kind, Versions: []state.Version{{From: p.at, State: state.Live, Item: it}}})
	loser := o.With(state.Version{From: p.at, State: state.Merged, Item: o.Item()})
	loser.MergedInto = "winner"
	p.records[p.kind].Put(loser)
	return true
}

// complete completes a task, or opens it again.
func (p *place) complete(it *state.Item) {
	closed := !it.Value(state.AttrClosed).Bool()
	it.Set(state.AttrClosed, state.BoolValue(closed))
	it.Set(state.AttrStatus, state.TextValue(map[bool]string{true: "Completed", false: "Not Started"}[closed]))
	it.Set(state.AttrCompleted, state.EmptyValue())
	if closed {
		it.Set(state.AttrCompleted, state.InstantValue(p.at))
	}
}

func flip(a state.Attr) func(*state.Item) {
	return func(it *state.Item) { it.Set(a, state.BoolValue(!it.Value(a).Bool())) }
}

// cancel cancels a meeting, or takes that back, which is like taking it out of the
// trash.
func cancel(it *state.Item) {
	flip(state.AttrCancelled)(it)
	if !it.Value(state.AttrCancelled).Bool() {
		it.File = broughtBack
	}
}

func decline(it *state.Item) {
	answer := "declined"
	if it.Value(state.AttrResponse).Text() == answer {
		answer = "accepted"
	}
	it.Set(state.AttrResponse, state.TextValue(answer))
}

// invite invites a guest from outside, or takes the invitation back.
func invite(it *state.Item) {
	people := []state.Attendee{}
	if len(it.Value(state.AttrAttendees).People()) == 0 {
		people = append(people, state.Attendee{Email: "guest@other.example", Response: "none"})
	}
	it.Set(state.AttrAttendees, state.PeopleValue(people))
}

// opening is the state that a start stands for, in which the person is ann and what
// is linked was equal before.
func opening(s start) (*place, *state.Snapshot) {
	w, snap := modelWorld([]start{s})
	u := snap.Users[0]
	w.boxes = boxes{ann: w.boxes[u.Address]}
	u.Address = ann
	snap.Directory.Add(state.Person{ID: u.ID, Email: ann})
	for _, l := range w.boxes[ann].Links.All() {
		carry(w.boxes[ann].Items[s.kind], l)
		agreed := *l
		agreed.Base = engine.Rebase(nil, u, snap.Directory, func(string) bool { return true }, engine.ComparedFields(s.kind),
			w.records[s.kind].Get(l.RecordID).Item(), w.boxes[ann].Items[s.kind].Get(l.ItemID).Item())
		w.boxes[ann].Links.Put(&agreed)
	}
	return &place{world: w, kind: s.kind, at: now}, snap
}

// carry notes the record's id on a linked item, as the sync does.
func carry(items *state.Table, l *state.Link) {
	o := items.Get(l.ItemID)
	c := &state.Object{ID: o.ID, Kind: o.Kind}
	for _, v := range o.Versions {
		v.Item = v.Item.Clone()
		v.Item.Carries = l.RecordID
		c = c.With(v)
	}
	items.Put(c)
}

// openings are the start states of a kind: a link of every state, and every way in
// which a record and an item can meet without one.
func openings(kind state.Kind) []start {
	roles := []string{"plain"}
	if kind == state.Event {
		roles = []string{"own", "invited"}
	}
	var out []start
	for _, role := range roles {
		add := func(link state.LinkState, record, item, verdict string, born state.Side, guest bool) {
			out = append(out, start{kind, link, record, item, verdict, role, born, guest, ""})
		}
		for _, born := range []state.Side{state.Salesforce, state.Mailbox} {
			add(state.LinkActive, "same", "same", "in", born, false)
			add(state.LinkFrozen, "same", "same", "out", born, false)
		}
		add(state.LinkRetired, "same", "moved", "in", state.Mailbox, false)
		add(state.LinkNone, "same", "none", "in", state.SideInvalid, false)
		add(state.LinkNone, "same", "none", "out", state.SideInvalid, false)
		add(state.LinkNone, "none", "marked", "in", state.SideInvalid, false)
		add(state.LinkNone, "same", "marked", "in", state.SideInvalid, false)
		add(state.LinkNone, "same", "unmarked", "in", state.SideInvalid, false)
		if kind == state.Event {
			add(state.LinkActive, "same", "same", "in", state.Salesforce, true)
			add(state.LinkNone, "none", "unmarked", "in", state.SideInvalid, true)
		}
	}
	return out
}
