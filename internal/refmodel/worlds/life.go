package worlds

import (
	"time"

	"pgregory.net/rapid"

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
			if like := w.Snap.Records[k].Get("R0"); like != nil && g.One(2) {
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
	})
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
