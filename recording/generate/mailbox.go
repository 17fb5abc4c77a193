package generate

import (
	"io"
	"iter"
	"strings"

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

// listNames are the files in which Graph lists folders.
var listNames = [...]string{state.Contact: "contactFolders", state.Task: "todoLists", state.Event: ""}

// mailbox writes all captures of a person's mailbox.
func (r *run) mailbox(p *person) error {
	for session := range r.opts.Sessions {
		full := session == 0 || p.part != nil && p.part.renews && p.at == session
		if err := r.capture(p, session, full); err != nil {
			return err
		}
		if err := r.settings(p, session); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) capture(p *person, session int, full bool) error {
	var written []string
	for _, c := range collections {
		name := c.name
		if !full {
			name += ".delta"
		}
		name += p.provider.end
		wrote, err := r.collection(p, session, full, c, name)
		if err != nil {
			return err
		}
		if wrote {
			written = append(written, name)
		}
		if full && c.folder != "" && !c.own && p.provider.folders != nil {
			err := r.file(r.mailFile(p, session, listNames[c.kind]+p.provider.end), func(w io.Writer) error {
				return p.provider.folders(w, p.address, r.payload(p, c))
			})
			if err != nil {
				return err
			}
		}
	}
	if len(written) > 0 && p.provider.folders == nil {
		if err := r.explain(p, session, written); err != nil {
			return err
		}
	}
	if !full {
		return nil
	}
	return r.file(r.mailFile(p, session, "links.json"), func(w io.Writer) error { return r.links(w, p, session) })
}

// explain says in capture.json which folder each file shows.
func (r *run) explain(p *person, session int, written []string) error {
	files := map[string]any{}
	for _, name := range written {
		plain, _, _ := strings.Cut(name, ".")
		for _, c := range collections {
			if c.name == plain && c.folder != "" {
				files[name] = map[string]string{"folder": c.folder}
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	return r.document(r.mailFile(p, session, "capture.json"), map[string]any{"files": files})
}

func (r *run) payload(p *person, c collection) wire.Payload {
	out := wire.Payload{Kind: c.kind, Mailbox: p.address, Folder: c.folder, Zone: p.loc}
	if c.folder != "" {
		out.FolderID = itemID(p, c.kind, "folder"+plain(c.folder))
	}
	return out
}

// collection writes one file, unless a session changed nothing.
func (r *run) collection(p *person, session int, full bool, c collection, name string) (bool, error) {
	out := r.payload(p, c)
	if full {
		out.Items = func(yield func(*state.Item) bool) {
			for held := range r.held(p, c, session, true) {
				if held.item != nil && !held.gone && !yield(held.item) {
					return
				}
			}
		}
	} else {
		changed := 0
		for held := range r.held(p, c, session, false) {
			switch {
			case held.item == nil:
			case held.gone:
				out.Removed = append(out.Removed, wire.Tombstone{ID: held.item.ID, At: r.instant(session)})
			case held.touched:
				changed++
			}
		}
		out.Delta = true
		out.Next = c.kind == state.Event && p.part != nil && p.part.unfinished && p.at == session
		if changed+len(out.Removed) == 0 && !out.Next {
			return false, nil
		}
		out.Items = func(yield func(*state.Item) bool) {
			for held := range r.held(p, c, session, false) {
				if held.item != nil && held.touched && !held.gone && !yield(held.item) {
					return
				}
			}
		}
	}
	return true, r.file(r.mailFile(p, session, name), func(w io.Writer) error { return p.provider.write(w, out) })
}

// held are the items of one collection after a session: all, or those that it may
// have changed.
func (r *run) held(p *person, c collection, session int, all bool) iter.Seq[itemCopy] {
	return func(yield func(itemCopy) bool) {
		for t := range r.near(p, c) {
			swept := p.part != nil && p.part.sweep != nil
			if !all && !t.changes(session) && !(swept && p.at == session) {
				continue
			}
			s := t.scene(session)
			for _, held := range s.copies {
				if held.user != p || held.own != c.own && c.folder != "" {
					continue
				}
				if !t.changes(session) {
					held.touched, held.gone = false, false
				}
				if swept {
					p.part.sweep(&held, s, p.step(session))
				}
				if !yield(held) {
					return
				}
			}
		}
	}
}

// near are the things of which a person's mailbox may hold something in a collection.
func (r *run) near(p *person, c collection) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		for _, on := range [...]Place{InSalesforce, InMailbox} {
			if on == InMailbox && !c.own {
				continue // what the sync has no record of lies in people's own folders
			}
			distances := []int{0, 1}
			switch {
			case c.kind == state.Event && on == InSalesforce:
				distances = []int{0, 1, 2, mostInvited}
			case c.kind == state.Contact && p.part != nil && p.part.wide:
				distances = []int{0, 1, -1}
			}
			for _, distance := range r.distances(distances...) {
				for t := range r.things(on, c.kind, r.person(p.n-distance).n, len(r.people)) {
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

// links writes what the sync's own store says of pairs.
func (r *run) links(w io.Writer, p *person, session int) error {
	out := jsonstream.NewWriter(w)
	out.Open('[')
	for _, c := range collections {
		for held := range r.held(p, c, session, true) {
			if held.item == nil || held.gone || held.link.born == "" || held.item.Carries == "" {
				continue
			}
			record := held.item.Carries
			if held.link.short {
				record = record[:15]
			}
			out.Line()
			out.Open('{')
			out.Member("kind", c.kind.String())
			out.Member("record_id", record)
			out.Member("item_id", held.item.ID)
			out.Member("born", held.link.born)
			if held.link.state != "" {
				out.Member("state", held.link.state)
			}
			out.Close('}')
		}
	}
	out.Close(']')
	return out.Flush()
}

// settings writes a person's settings page: first, and when it changes.
func (r *run) settings(p *person, session int) error {
	own := p.part != nil && p.part.settings != nil
	switch {
	case session > 0 && (!own || p.at != session):
		return nil
	case own:
		return r.document(r.mailFile(p, session, "settings.json"), p.part.settings(p.step(session)))
	case p.n%5 == 4:
		return r.document(r.mailFile(p, session, "settings.json"), legacyPage())
	}
	return r.document(r.mailFile(p, session, "settings.json"), newPage(nil))
}
