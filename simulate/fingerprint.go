package simulate

import (
	"crypto/sha256"
	"fmt"
	"slices"
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
		if o.State() != state.Deleted && o.State() != state.Merged {
			p.lines = append(p.lines, fmt.Sprintf("%q %s", user, p.object(o)))
		}
	}
}

func (p *printer) link(user string, box *state.MailboxState, l *state.Link) {
	var b strings.Builder
	fmt.Fprintf(&b, "link %q %s %s %s %t %s | %s", user, l.Kind, l.State, l.Born, l.MarkerOff, p.object(p.records[l.Kind].Get(l.RecordID)), p.object(box.Items[l.Kind].Get(l.ItemID)))
	if l.Adopted != nil {
		b.WriteString(" adopted " + p.values(l.Adopted))
	}
	b.WriteString(p.base(l.Base))
	p.lines = append(p.lines, b.String())
}

func (p *printer) base(base *state.Base) string {
	text, known := p.bases[base]
	if known || base == nil {
		return text
	}
	for _, row := range state.Schema() {
		if base.Has(row.Attr) {
			text += fmt.Sprintf(" %s=%s/%s", row.Attr, value(base.Record[row.Attr]), value(base.Item[row.Attr]))
		}
	}
	p.bases[base] = text
	return text
}

func (p *printer) object(o *state.Object) string {
	if o == nil {
		return "none"
	}
	text := fmt.Sprintf("%s %s %s", o.Kind, o.State(), p.id(o.Kind, o.ID))
	if o.State() == state.Live && o.Item() != nil {
		text += " " + p.values(o.Item())
	}
	return text
}

// id leaves out the number of something that the simulation made.
func (p *printer) id(k state.Kind, id string) string {
	if strings.HasPrefix(id, "sim:") {
		return "sim"
	}
	return fmt.Sprintf("%s/%q", k, id)
}

func (p *printer) values(it *state.Item) string {
	text, known := p.items[it]
	if !known {
		text = p.valuesOf(p.plain(it))
		p.items[it] = text
	}
	return text
}

func (p *printer) valuesOf(it *state.Item) string {
	var b strings.Builder
	fmt.Fprintf(&b, "by=%s carried=%s folder=%q/%t uid=%q organizer=%s truncated=%t invitees=%s%q series=%+v carries=%s", it.BySync, it.CarriedAt.UTC().Format(time.RFC3339Nano), it.Folder, it.FolderKnown,
		it.ICalUID, it.Organizer, it.AttendeesTruncated, it.InviteesKnown, it.Invitees, series(it.Series), p.id(it.Kind, it.Carries))
	for _, row := range state.Schema() {
		fmt.Fprintf(&b, " %s=%s", row.Attr, value(it.Value(row.Attr)))
	}
	names := make([]string, 0, len(it.Custom))
	for name := range it.Custom {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " %q=%s", name, value(it.Custom[name]))
	}
	return b.String()
}

func series(s *state.Series) state.Series {
	if s == nil {
		return state.Series{}
	}
	return *s
}

func value(v state.Value) string {
	if v.Type() == state.People {
		return fmt.Sprintf("%d%q", v.Presence(), v.People())
	}
	return fmt.Sprintf("%d%q", v.Presence(), v.String())
}
