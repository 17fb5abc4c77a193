package generate

import (
	"cmp"
	"io"
	"iter"
	"path"
	"slices"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// collection is a folder, list or calendar that a service answers for on its own.
type collection struct {
	kind   state.Kind
	name   string // of the file
	folder string // "" for the calendar
	own    bool   // the person's, not the sync's
}

var collections = []collection{
	{state.Contact, "contacts", "Contacts", true},
	{state.Contact, "contacts-salesforce", "Salesforce Contacts", false},
	{state.Task, "tasks", "Tasks", true},
	{state.Task, "tasks-salesforce", "Salesforce Tasks", false},
	{state.Event, "events", "", true},
}

// flatCollections are those of a service whose contacts lie in no folders.
var flatCollections = append([]collection{{state.Contact, "contacts", "", true}}, collections[2:]...)

// box is the making of one person's mailbox. It holds what it needs of that mailbox
// only: the things to which something happens, and the links of the capture at hand.
type box struct {
	*run
	p           *person
	collections []collection
	active      [][]thing // by collection
	links       []wireLink
}

// wireLink is a line of links.json.
type wireLink struct {
	kind         state.Kind
	record, item string
	linkLine
}

// mailbox writes all captures of a person's mailbox.
func (r *run) mailbox(p *person) error {
	b := &box{run: r, p: p, collections: collections}
	if p.provider.flat {
		b.collections = flatCollections
	}
	for session := range r.opts.Sessions {
		if err := b.capture(session); err != nil {
			return err
		}
		if err := b.settings(session); err != nil {
			return err
		}
	}
	return nil
}

func (b *box) capture(session int) error {
	full := session == 0 || b.p.part != nil && b.p.part.renews && b.p.at == session
	var written []string
	b.links = nil
	for i, c := range b.collections {
		name, write := c.name, b.everything
		if !full {
			name, write = name+".delta", b.changed
		}
		name += b.p.provider.end
		wrote, err := write(session, i, b.file(session, name))
		if err != nil {
			return err
		}
		if wrote {
			written = append(written, name)
		}
	}
	if says := b.p.provider.says(full, written); says != nil && len(written) > 0 {
		if err := b.file(session, "capture.json")(document(says)); err != nil {
			return err
		}
	}
	if !full {
		return nil
	}
	for _, list := range b.p.provider.lists(b) {
		if err := b.file(session, list.name)(list.write); err != nil {
			return err
		}
	}
	return b.file(session, "links.json")(b.writeLinks)
}

// file is a function that writes one file of a capture.
func (b *box) file(session int, name string) func(func(io.Writer) error) error {
	return func(write func(io.Writer) error) error {
		return b.run.file(path.Join("mailboxes", b.p.address, b.stamp(session), name), write)
	}
}

func (b *box) payload(c collection) wire.Payload {
	out := wire.Payload{Kind: c.kind, Mailbox: b.p.address, Folder: c.folder, Zone: b.p.loc}
	if c.folder != "" {
		out.FolderID = itemID(b.p, c.kind, "folder"+plain(c.folder))
	}
	return out
}

// everything writes a collection as a full capture shows it, and notes its links.
func (b *box) everything(session, i int, file func(func(io.Writer) error) error) (bool, error) {
	out := b.payload(b.collections[i])
	out.Items = func(yield func(*state.Item) bool) {
		for held := range b.held(i, session, b.near(b.collections[i])) {
			if held.gone {
				continue
			}
			if held.item.Carries != "" && out.Kind == b.p.provider.blank {
				held.link.born = cmp.Or(held.link.born, "mailbox")
			}
			if held.item.Carries != "" && held.link.born != "" {
				b.links = append(b.links, wireLink{out.Kind, held.item.Carries, held.item.ID, held.link})
			}
			if !yield(held.item) {
				return
			}
		}
	}
	return true, file(func(w io.Writer) error { return b.p.provider.write(w, out) })
}

// changed writes what a session changed in a collection, unless that is nothing.
func (b *box) changed(session, i int, file func(func(io.Writer) error) error) (bool, error) {
	out := b.payload(b.collections[i])
	out.Delta = true
	out.Next = out.Kind == state.Event && b.p.part != nil && b.p.part.unfinished && b.p.at == session
	var items []*state.Item
	for held := range b.held(i, session, b.concerned(i, session)) {
		switch {
		case held.gone:
			out.Removed = append(out.Removed, wire.Tombstone{ID: held.item.ID, At: b.instant(session)})
		case held.touched:
			items = append(items, held.item)
		}
	}
	if len(items)+len(out.Removed) == 0 && !out.Next {
		return false, nil
	}
	out.Items = slices.Values(items)
	return true, file(func(w io.Writer) error { return b.p.provider.write(w, out) })
}

// concerned are the things of a collection that a session may have changed.
func (b *box) concerned(i, session int) iter.Seq[thing] {
	if b.p.part != nil && b.p.part.sweep != nil && b.p.at == session {
		return b.near(b.collections[i])
	}
	if b.active == nil {
		b.active = make([][]thing, len(b.collections))
		for i, c := range b.collections {
			for t := range b.near(c) {
				if t.at < never {
					b.active[i] = append(b.active[i], t)
				}
			}
		}
	}
	return func(yield func(thing) bool) {
		for _, t := range b.active[i] {
			if t.changes(session) && !yield(t) {
				return
			}
		}
	}
}

// held are the items of one collection after a session, those that it deleted
// included.
func (b *box) held(i, session int, things iter.Seq[thing]) iter.Seq[itemCopy] {
	c := b.collections[i]
	return func(yield func(itemCopy) bool) {
		for t := range things {
			s := t.scene(session, true)
			for _, held := range s.copies {
				if held.user != b.p || held.own != c.own && c.folder != "" {
					continue
				}
				if !t.changes(session) {
					held.touched, held.gone = false, false
				}
				if b.p.part != nil && b.p.part.sweep != nil {
					b.p.part.sweep(&held, s, b.p.step(session))
				}
				if held.item != nil && !yield(held) {
					return
				}
			}
		}
	}
}

// near are the things of which a person's mailbox may hold something in a collection.
func (b *box) near(c collection) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		for _, on := range [...]Place{InSalesforce, InMailbox} {
			if on == InMailbox && !c.own {
				continue // what the sync has no record of lies in people's own folders
			}
			distances := []int{0, 1}
			switch {
			case c.kind == state.Event && on == InSalesforce:
				distances = []int{0, 1, 2, mostInvited}
			case c.kind == state.Contact && b.p.part != nil && b.p.part.wide:
				distances = []int{0, 1, -1}
			}
			for _, distance := range b.distances(distances...) {
				for t := range b.things(on, c.kind, b.person(b.p.n-distance).n, len(b.people)) {
					if t.mayReach(distance, c) && !yield(t) {
						return
					}
				}
			}
		}
	}
}

// mayReach says whether a thing may have something in a mailbox at a distance,
// without making it.
func (t *thing) mayReach(distance int, c collection) bool {
	switch {
	case c.own && c.folder != "" && t.on == InSalesforce:
		return distance == 0 && t.part != nil && t.part.moves
	case distance == 0:
		return true
	case distance < 0:
		return t.part == nil
	case t.part != nil:
		return t.part.Pair && distance == 1
	}
	return t.kind == state.Event && t.on == InSalesforce && t.invitesNeighbour(distance)
}

// writeLinks writes what the sync's own store says of pairs.
func (b *box) writeLinks(w io.Writer) error {
	out := jsonstream.NewWriter(w)
	out.Open('[')
	for _, l := range b.links {
		if l.short {
			l.record = l.record[:15]
		}
		out.Line()
		out.Open('{')
		out.Member("kind", l.kind.String())
		out.Member("record_id", l.record)
		out.Member("item_id", l.item)
		out.Member("born", l.born)
		if l.state != "" {
			out.Member("state", l.state)
		}
		out.Close('}')
	}
	out.Close(']')
	return out.Flush()
}

// settings writes a person's settings page: first, and when it changes.
func (b *box) settings(session int) error {
	own := b.p.part != nil && b.p.part.settings != nil
	file := b.file(session, "settings.json")
	switch {
	case session > 0 && (!own || b.p.at != session):
		return nil
	case own:
		return file(document(b.p.part.settings(b.p.step(session))))
	case b.p.n%5 == 4:
		return file(document(legacyPage()))
	}
	return file(document(newPage(nil)))
}
