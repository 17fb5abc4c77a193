package recording

import (
	"slices"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// linkKey names a link: a record and an item of one kind.
type linkKey struct {
	kind         state.Kind
	record, item string
}

// fileLink is a link as a links file states it.
type fileLink struct {
	linkKey
	state state.LinkState
	born  state.Side
	// adopted: made by matching an unmarked event; adoptedAt is when, zero for the
	// capture that first shows it so.
	adopted   bool
	adoptedAt time.Time
	file      string
	line      int
}

// linksAt are the links files' statements from a capture on.
type linksAt struct {
	at    time.Time
	links []fileLink
}

// linksReader reads one links file.
type linksReader struct {
	file     string
	problems *wire.Problems
	env      *salesforce.Env
	links    []fileLink
	rows     int
	lost     []string
	stray    string // a member of the document that is no list of links
}

// Member implements jsonstream.Visitor.
func (r *linksReader) Member(path string) jsonstream.Action {
	switch path {
	case "":
		return jsonstream.Enter
	case "links", "value":
		return jsonstream.Rows
	}
	return jsonstream.Take
}

// Value implements jsonstream.Visitor.
func (r *linksReader) Value(path string, v *jsonstream.Value) {
	if path != "" && path != "links" {
		r.stray = path
		return
	}
	r.problems.Warn(r.file, v.Pos, "Not a list of links", "A links file is an array of links, but here is %s.", v.Kind)
	r.lost = append(r.lost, "it is no list of links")
}

// Problem implements jsonstream.Visitor.
func (r *linksReader) Problem(err *textpos.Error) {
	r.problems.Row(r.file, err)
	r.lost = append(r.lost, "a link could not be read")
}

var linkKeys = []string{"kind", "record_id", "item_id", "born", "state", "adopted"}

// Row implements jsonstream.Visitor.
func (r *linksReader) Row(_ string, v *jsonstream.Value) {
	r.rows++
	l := fileLink{state: state.LinkActive, born: state.Mailbox, file: r.file, line: int(v.Pos.Line)}
	ok := r.kind(&l, v) && r.words(&l, v) && r.ids(&l, v)
	if !ok {
		r.lost = append(r.lost, "a link could not be used")
		return
	}
	for i := range v.Fields {
		r.known(&v.Fields[i])
	}
	r.links = append(r.links, l)
}

func (r *linksReader) known(f *jsonstream.Field) {
	for _, k := range linkKeys {
		if f.Name == k || f.Name == "comment" || f.Name == "note" {
			return
		}
	}
	r.problems.Warn(r.file, f.Value.Pos, "Unknown key", "A link has no key %q; it is ignored.%s", wire.Clip(f.Name), wire.DidYouMean(f.Name, linkKeys))
}

func (r *linksReader) kind(l *fileLink, v *jsonstream.Value) bool {
	word := v.Get("kind").Text()
	k, ok := state.ParseKind(strings.ToLower(word))
	if !ok {
		r.problems.Warn(r.file, v.Pos, "Link without kind", "A link's \"kind\" is contact, task or event, not %q. The link is left out.", wire.Clip(word))
	}
	l.kind = k
	return ok
}

func (r *linksReader) ids(l *fileLink, v *jsonstream.Value) bool {
	record, item := v.Get("record_id"), v.Get("item_id")
	if record.Text() == "" || item.Text() == "" && l.state != state.LinkRetired {
		r.problems.Warn(r.file, v.Pos, "Incomplete link", "A link needs \"record_id\" and \"item_id\". The link is left out.")
		return false
	}
	l.record, l.item = r.env.ID(r.file, record.Pos, record.Str), item.Text()
	return true
}

func (r *linksReader) words(l *fileLink, v *jsonstream.Value) bool {
	if w := v.Get("state"); w != nil && !w.IsNull() {
		s, ok := state.ParseLinkState(strings.ToLower(w.Text()))
		if !ok {
			r.problems.Warn(r.file, w.Pos, "Unknown link state", "A link is active, frozen or retired, not %q. The link is left out.", wire.Clip(w.Text()))
			return false
		}
		l.state = s
	}
	switch w := v.Get("born"); strings.ToLower(w.Text()) {
	case "salesforce":
		l.born = state.Salesforce
	case "mailbox", "unknown", "":
	default:
		r.problems.Warn(r.file, w.Pos, "Unknown origin", "A link is born in salesforce or mailbox, not %q. It counts as born in the mailbox.", wire.Clip(w.Text()))
	}
	if w := v.Get("adopted"); w.IsTrue() {
		l.adopted = true
	} else if t, ok := wire.ParseInstant(w.Text()); ok {
		l.adopted, l.adoptedAt = true, t
	}
	return true
}

// linkHistory is a mailbox's links files through time.
type linkHistory struct {
	list []linksAt
	// ended are links that a file stopped stating, with when.
	ended []linksAt
}

// current are the links stated by the files so far.
func (h *linkHistory) current() []fileLink {
	if len(h.list) == 0 {
		return nil
	}
	return h.list[len(h.list)-1].links
}

// at are the links stated by the files up to t.
func (h *linkHistory) at(t time.Time) []fileLink {
	for i := len(h.list) - 1; i >= 0; i-- {
		if !h.list[i].at.After(t) {
			return h.list[i].links
		}
	}
	return nil
}

// apply adds one capture's files: a full one replaces what earlier ones said, a
// delta is laid over it. It returns what is missing.
func (h *linkHistory) apply(at time.Time, feeds []*wire.Feed, full, delta []fileLink, problems *wire.Problems) (bool, []string) {
	complete, why := completeness(feeds)
	next := h.current()
	switch {
	case !anyFull(feeds):
	case complete && !h.suspicious(feeds, full):
		next = full
	case len(full) == 0 && complete:
		complete = false
		why = append(why, feeds[0].File+": it is empty although earlier captures had links, which are kept")
		problems.Warn(feeds[0].File, textpos.Pos{}, "Links gone", "This links file is empty although an earlier one was not. The earlier links are kept; if they did all go, say \"complete\": true in capture.json.")
	default:
		next = mergeLinks(next, full) // an unreadable link may be one of the earlier ones
	}
	next = mergeLinks(next, delta)
	if ended := without(h.current(), next); len(ended) > 0 {
		h.ended = append(h.ended, linksAt{at, ended})
	}
	h.list = append(h.list, linksAt{at, next})
	return complete, why
}

// without are the links of one list that another has not.
func without(list, other []fileLink) []fileLink {
	has := make(map[linkKey]bool, len(other))
	for _, l := range other {
		has[l.linkKey] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(l fileLink) bool { return has[l.linkKey] })
}

func (h *linkHistory) suspicious(feeds []*wire.Feed, full []fileLink) bool {
	if len(full) > 0 || len(h.current()) == 0 {
		return false
	}
	for _, f := range feeds {
		if f.Declared == state.True {
			return false
		}
	}
	return true
}

// mergeLinks lays statements over earlier ones of the same record or item.
func mergeLinks(old, news []fileLink) []fileLink {
	if len(news) == 0 {
		return old
	}
	records, items := map[linkKey]bool{}, map[linkKey]bool{}
	for _, l := range news {
		records[linkKey{kind: l.kind, record: l.record}] = true
		items[linkKey{kind: l.kind, item: l.item}] = true
	}
	var out []fileLink
	for _, l := range old {
		if !records[linkKey{kind: l.kind, record: l.record}] && !(l.item != "" && items[linkKey{kind: l.kind, item: l.item}]) {
			out = append(out, l)
		}
	}
	return append(out, news...)
}

// since is when the files began to state a link as it is now, without interruption.
func (h *linkHistory) since(key linkKey, t time.Time, holds func(fileLink) bool) time.Time {
	var since time.Time
	for i := len(h.list) - 1; i >= 0; i-- {
		if h.list[i].at.After(t) {
			continue
		}
		found := false
		for _, l := range h.list[i].links {
			found = found || l.linkKey == key && holds(l)
		}
		if !found {
			break
		}
		since = h.list[i].at
	}
	return since
}

// linkBuilder turns statements and carried ids into a mailbox's links.
type linkBuilder struct {
	box     *mailbox
	at      time.Time
	markers state.Markers
	parent  func(id string, at time.Time) string // child event ids stand for their meeting
	tables  *[4]*state.Table
	links   *state.Links
	dropped map[linkKey]bool // by record, and by item
}

// build makes the links known up to an instant.
func (b *linkBuilder) build() *state.Links {
	b.links, b.dropped = state.NewLinks(), map[linkKey]bool{}
	stated := b.box.links.at(b.at)
	named := map[linkKey]bool{}
	for _, l := range stated {
		named[linkKey{kind: l.kind, item: l.item}] = true
	}
	for _, l := range stated {
		b.fromFile(b.followed(l, named))
	}
	for _, k := range state.Kinds() {
		b.carried(k)
	}
	return b.links
}

func (b *linkBuilder) record(k state.Kind, id string) string {
	if k == state.Event && b.parent != nil {
		return b.parent(id, b.at)
	}
	return id
}

// former are links that a file stated once and a later one no longer did, oldest
// first.
func (b *linkBuilder) former() []state.FormerLink {
	var out []state.FormerLink
	for _, e := range b.box.links.ended {
		if e.at.After(b.at) {
			break
		}
		for _, l := range e.links {
			out = append(out, state.FormerLink{Link: b.link(l), Until: e.at})
		}
	}
	return out
}

func (b *linkBuilder) link(l fileLink) *state.Link {
	return &state.Link{Kind: l.kind, RecordID: b.record(l.kind, l.record), ItemID: l.item, State: l.state, Born: l.born, File: l.file, Line: l.line}
}

// followed is a link whose item is gone while another one lives that carries the
// record's id and that no link names: it stands for that one, since the person
// still has the thing. Of several the earliest made one has it.
func (b *linkBuilder) followed(l fileLink, named map[linkKey]bool) fileLink {
	if o := b.tables[l.kind].Get(l.item); l.state == state.LinkRetired || o == nil || o.State() == state.Live {
		return l
	}
	var best *state.Object
	for _, o := range b.tables[l.kind].Find(state.ByCarried, l.record) {
		if o.State() == state.Live && !named[linkKey{kind: l.kind, item: o.ID}] && (best == nil || earlierCopy(o, best)) {
			best = o
		}
	}
	if best != nil {
		l.item = best.ID
	}
	return l
}

func (b *linkBuilder) fromFile(l fileLink) {
	link := b.link(l)
	o := b.tables[l.kind].Get(l.item)
	if l.state == state.LinkRetired && o != nil {
		since := b.box.links.since(l.linkKey, b.at, func(l fileLink) bool { return l.state == state.LinkRetired })
		off, on := b.markerOff(o, since)
		if on {
			b.drop(l.kind, link.RecordID, l.item)
			return
		}
		link.MarkerOff = off
	}
	if l.adopted && o != nil {
		link.Adopted = b.adopted(l, o)
	}
	b.links.Put(link)
}

func (b *linkBuilder) drop(k state.Kind, record, item string) {
	b.dropped[linkKey{kind: k, record: record}] = true
	b.dropped[linkKey{kind: k, item: item}] = true
}

// markerOff looks for the marker being absent from the live item after the link
// was retired, and for its being set again after that.
func (b *linkBuilder) markerOff(o *state.Object, since time.Time) (off, onAgain bool) {
	for i, v := range o.Versions {
		ended := i+1 < len(o.Versions) && !o.Versions[i+1].SeenAt.After(since)
		if ended || v.State != state.Live || v.Item == nil {
			continue
		}
		switch b.markers.Marked(v.Item) {
		case state.False:
			off, onAgain = true, false
		case state.True:
			onAgain = off
		}
	}
	return off, onAgain
}

// adopted is the item as it was when it was adopted, nil if it was edited since.
func (b *linkBuilder) adopted(l fileLink, o *state.Object) *state.Item {
	at := l.adoptedAt
	if at.IsZero() {
		at = b.box.links.since(l.linkKey, b.at, func(l fileLink) bool { return l.adopted })
	}
	var then *state.Item
	for _, v := range o.Versions {
		if v.SeenAt.After(at) && then != nil {
			break
		}
		then = v.Item
	}
	if then == nil || o.Item() == nil || !then.SameContent(o.Item()) {
		return nil
	}
	return then
}

// carried links items that carry a record's id where no file speaks of either. Of
// several items the earliest created one that is still there has the link.
func (b *linkBuilder) carried(k state.Kind) {
	best := map[string]*state.Object{}
	for _, o := range b.tables[k].All() {
		it := o.Item()
		if it == nil || it.Carries == "" || b.links.OfItem(k, o.ID) != nil || b.dropped[linkKey{kind: k, item: o.ID}] {
			continue
		}
		record := b.record(k, it.Carries)
		if b.links.OfRecord(k, record) != nil || b.dropped[linkKey{kind: k, record: record}] {
			continue
		}
		if old := best[record]; old == nil || earlierCopy(o, old) {
			best[record] = o
		}
	}
	for _, record := range sortedKeys(best) {
		o := best[record]
		b.links.Put(&state.Link{Kind: k, RecordID: record, ItemID: o.ID, State: state.LinkActive, Born: state.Mailbox})
	}
}

// earlierCopy decides which of two items carrying one record's id has the link.
func earlierCopy(a, b *state.Object) bool {
	if aGone, bGone := a.State() == state.Deleted, b.State() == state.Deleted; aGone != bGone {
		return bGone
	}
	x, y := a.Item().Value(state.AttrCreated), b.Item().Value(state.AttrCreated)
	if x.IsKnown() != y.IsKnown() {
		return x.IsKnown()
	}
	if !x.Equal(y) {
		return x.Instant().Before(y.Instant())
	}
	return a.ID < b.ID
}
