package simulate

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/state"
)

// fingerprint stands for everything of a model world that a session could go by,
// except the ids of what the simulation made: a thing taken away and made again is
// the same state again. What is gone and linked to nothing tells a session nothing.
type fingerprint [sha256.Size]byte

func (w *world) fingerprint() fingerprint {
	return sha256.Sum256([]byte(strings.Join(newPrinter().print(w), "\n")))
}

// printer gathers one line a thing. Items and bases never change once they are
// handed out, so their text is kept for the next world that holds them.
type printer struct {
	*world
	lines []string
	items map[*state.Item]string
	bases map[*state.Base]string
	// plain leaves out of an item what does not matter.
	plain func(*state.Item) *state.Item
}

func newPrinter() *printer {
	return &printer{items: map[*state.Item]string{}, bases: map[*state.Base]string{}, plain: func(it *state.Item) *state.Item { return it }}
}

// print is everything that the fingerprint stands for, in order.
func (p *printer) print(w *world) []string {
	p.world, p.lines = w, nil
	for _, k := range state.Kinds() {
		p.live("", w.records[k])
	}
	for address, box := range w.boxes {
		for _, k := range state.Kinds() {
			p.live(address, box.Items[k])
		}
		for _, l := range box.Links.All() {
			p.link(address, box, l)
		}
	}
	slices.Sort(p.lines)
	return p.lines
}

func (p *printer) live(user string, t *state.Table) {
	for _, o := range t.All() {
		if isThere(o) {
			p.lines = append(p.lines, strconv.Quote(user)+" "+p.object(o))
		}
	}
}

// isThere reports an object that a session goes by even without a link to it.
func isThere(o *state.Object) bool {
	return o.State() != state.Deleted && o.State() != state.Merged
}

func (p *printer) link(user string, box *state.MailboxState, l *state.Link) {
	text := strconv.Quote(user) + linkHead(l) + p.object(p.records[l.Kind].Get(l.RecordID)) + " | " + p.object(box.Items[l.Kind].Get(l.ItemID))
	if l.Adopted != nil {
		text += " adopted " + p.values(l.Adopted)
	}
	p.lines = append(p.lines, text+p.base(l.Base))
}

// linkHead is what a link is, whatever it links.
func linkHead(l *state.Link) string {
	return fmt.Sprintf(" link %s %s %s %t ", l.Kind, l.State, l.Born, l.MarkerOff)
}

func (p *printer) base(base *state.Base) string {
	text, known := p.bases[base]
	if known || base == nil {
		return text
	}
	text = baseText(base)
	p.bases[base] = text
	return text
}

func baseText(base *state.Base) string {
	var b []byte
	for _, row := range state.Schema() {
		if base.Has(row.Attr) {
			b = append(append(append(b, ' '), row.Attr.String()...), '=')
			b = append(appendValue(b, base.Record[row.Attr]), '/')
			b = appendValue(b, base.Item[row.Attr])
		}
	}
	return string(b)
}

func (p *printer) object(o *state.Object) string {
	text := objectHead(o)
	if o != nil && o.State() == state.Live && o.Item() != nil {
		text += " " + p.values(o.Item())
	}
	return text
}

// objectHead is an object without its values; nil is none.
func objectHead(o *state.Object) string {
	if o == nil {
		return "none"
	}
	return o.Kind.String() + " " + o.State().String() + " " + idText(o.Kind, o.ID)
}

// idText leaves out the number of something that the simulation made.
func idText(k state.Kind, id string) string {
	if strings.HasPrefix(id, "sim:") {
		return "sim"
	}
	return k.String() + "/" + strconv.Quote(id)
}

func (p *printer) values(it *state.Item) string {
	text, known := p.items[it]
	if !known {
		text = valuesText(p.plain(it))
		p.items[it] = text
	}
	return text
}

// valuesText is all that an item says; what was not recorded is left out.
func valuesText(it *state.Item) string {
	b := make([]byte, 0, 1024)
	b = fmt.Appendf(b, "by=%s carried=%s folder=%q/%t uid=%q organizer=%s truncated=%t invitees=%s%q series=%+v carries=%s", it.BySync, it.CarriedAt.UTC().Format(time.RFC3339Nano), it.Folder, it.FolderKnown,
		it.ICalUID, it.Organizer, it.AttendeesTruncated, it.InviteesKnown, it.Invitees, series(it.Series), idText(it.Kind, it.Carries))
	for _, row := range state.Schema() {
		if v := it.Value(row.Attr); v.IsRecorded() {
			b = append(append(append(b, ' '), row.Attr.String()...), '=')
			b = appendValue(b, v)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(it.Custom)) {
		b = append(strconv.AppendQuote(append(b, ' '), name), '=')
		b = appendValue(b, it.Custom[name])
	}
	return string(b)
}

func series(s *state.Series) state.Series {
	if s == nil {
		return state.Series{}
	}
	return *s
}

func appendValue(b []byte, v state.Value) []byte {
	b = strconv.AppendInt(b, int64(v.Presence()), 10)
	if v.Type() == state.People {
		return fmt.Appendf(b, "%q", v.People())
	}
	return strconv.AppendQuote(b, v.String())
}
