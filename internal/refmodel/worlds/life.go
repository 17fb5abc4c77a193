package worlds

import (
	"time"

	"pgregory.net/rapid"

	"weir/engine"
	"weir/state"
)

// Live draws a world and lets it live on: what may happen between two looks at it.
// Session is how a session is carried out.
func Live(t *rapid.T, session func(*World) error, look func(*World, Gen)) {
	g := Gen{t}
	w := g.World()
	t.Repeat(map[string]func(*rapid.T){
		"": func(t *rapid.T) { look(w, Gen{t}) },
		"edit": func(t *rapid.T) {
			w.happens(Gen{t}, func(g Gen, o *state.Object) *state.Object { return g.edited(w, o, w.Snap.At) })
		},
		"go": func(t *rapid.T) {
			w.happens(Gen{t}, func(g Gen, o *state.Object) *state.Object { return g.goes(o, w.Snap.At) })
		},
		"appear": func(t *rapid.T) {
			g := Gen{t}
			k := pick(g, state.Contact, state.Task, state.Event)
			table := pick(g, w.Snap.Records[k], w.Boxes["ann@acme.example"].Items[k], w.Boxes["bob@acme.example"].Items[k])
			w.pass(time.Minute)
			id := w.newID()
			it := g.fresh(w, table, id, w.Snap.At)
			if like := w.Snap.Records[k].Get("R0"); like != nil && like.Item() != nil && g.One(2) {
				twin(like.Item(), it)
			}
			table.Put(&state.Object{ID: id, Kind: k, Versions: []state.Version{w.now(it)}})
		},
		"access": func(t *rapid.T) {
			g := Gen{t}
			truth := func() state.Truth { return pick(g, state.True, state.False, state.Unknown) }
			w.Snap.Access[state.AccessKey{UserID: pick(g, "ann", "bob"), RecordID: pick(g, "R0", "R1")}] = state.Access{Read: truth(), Edit: truth(), Delete: truth()}
		},
		"coverage": func(t *rapid.T) {
			g := Gen{t}
			k := pick(g, state.Contact, state.Task, state.Event)
			w.Snap.Records[k].Coverage = g.coverage(k, false)
			w.Boxes["ann@acme.example"].Items[k].Coverage = g.coverage(k, true)
		},
		"policy": func(t *rapid.T) { w.choose(Gen{t}) },
		"time":   func(t *rapid.T) { g := Gen{t}; w.pass(pick(g, time.Hour, 24*time.Hour, 7*24*time.Hour)) },
		"session": func(t *rapid.T) {
			if err := session(w); err != nil {
				t.Fatal(err)
			}
		},
		"meet":  func(t *rapid.T) { w.meet(Gen{t}) },
		"sweep": func(t *rapid.T) { w.sweep(Gen{t}) },
	})
}

// meet lets several people edit one field of one thing: the record, and the copies that
// are linked to it. Some of them write the same; some delete their copy afterwards.
func (w *World) meet(g Gen) {
	k := pick(g, state.Contact, state.Task, state.Event, state.Event)
	record := w.Snap.Records[k].Get(pick(g, "R0", "R1", "R2"))
	if record == nil {
		return
	}
	objects, tables := []*state.Object{record}, []*state.Table{w.Snap.Records[k]}
	for _, u := range w.Snap.Users {
		if l := w.Boxes[u.Address].Links.OfRecord(k, record.ID); l != nil {
			objects, tables = append(objects, w.Boxes[u.Address].Items[k].Get(l.ItemID)), append(tables, w.Boxes[u.Address].Items[k])
		}
	}
	attr := pick(g, engine.ComparedFields(k)...)
	first := g.n(len(objects))
	var like *state.Item
	var gone []func()
	for n := range objects {
		i := (first + n) % len(objects)
		o := objects[i]
		if o == nil || o.State() != state.Live || o.Item() == nil || g.One(4) {
			continue
		}
		w.pass(time.Minute)
		o = g.editedIn(w, o, attr, like)
		if like == nil || g.One(2) {
			like = o.Item()
		}
		tables[i].Put(o)
		if tables[i].Side == state.Mailbox && g.One(3) {
			gone = append(gone, func() { tables[i].Put(o.With(state.Version{From: w.Snap.At, State: state.Deleted, Item: o.Item()})) })
		}
	}
	w.pass(time.Minute)
	for _, deleted := range gone {
		deleted()
	}
}

// editedIn is the object after a person changed a field, to what another item has or to
// something else.
func (g Gen) editedIn(w *World, o *state.Object, attr state.Attr, like *state.Item) *state.Object {
	it := o.Item().Clone()
	it.BySync, it.CarriedAt = state.False, time.Time{}
	it.Set(state.AttrModified, state.InstantValue(w.Snap.At))
	switch alike := like != nil && g.One(2); {
	case alike && engine.IsSpan(attr):
		for _, a := range []state.Attr{state.AttrStart, state.AttrEnd, state.AttrStartDate, state.AttrEndDate, state.AttrAllDay, state.AttrRecurring} {
			it.Set(a, like.Value(a))
		}
		it.Series = like.Series
	case alike && attr != state.AttrResponse && attr.Describe().On(it.Side) == state.Stored:
		it.Set(attr, like.Value(attr))
	default:
		g.field(w, it, attr)
		if attr == state.AttrClosed {
			g.field(w, it, state.AttrStatus)
		}
	}
	return o.With(state.Version{From: w.Snap.At, SeenAt: w.Snap.At, State: state.Live, Item: it})
}

// sweep lets a person delete all their items of a kind, or somebody all of its records.
func (w *World) sweep(g Gen) {
	k := pick(g, state.Contact, state.Task, state.Event)
	table := pick(g, w.Snap.Records[k], w.Boxes["ann@acme.example"].Items[k], w.Boxes["ann@acme.example"].Items[k], w.Boxes["bob@acme.example"].Items[k])
	w.pass(time.Minute)
	for _, o := range table.All() {
		if o.State() == state.Live && o.Item() != nil && !g.One(5) {
			table.Put(o.With(state.Version{From: w.Snap.At, State: state.Deleted, Item: o.Item()}))
		}
	}
}

// happens lets something happen to something that lives.
func (w *World) happens(g Gen, do func(Gen, *state.Object) *state.Object) {
	all, tables := w.objects()
	if len(all) == 0 {
		return
	}
	i := g.n(len(all))
	w.pass(time.Minute)
	tables[i].Put(do(g, all[i]))
}
