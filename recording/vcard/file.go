package vcard

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/recording/contentline"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Knows tells a vCard file by the beginning of a card.
func Knows(head []byte) bool { return contentline.Begins(head, "VCARD") }

// linkProperty carries record ids unless the manifest names another property.
const linkProperty = "X-SALESFORCE-ID"

// Read reads one file into out. The error is why the rest could not be read.
func Read(r io.Reader, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	f := &file{in: in, env: env, out: out, lines: contentline.NewReader(r), link: linkProperty, rows: map[string]int{}, made: map[string]int{},
		feed: &wire.Feed{Kind: state.Contact.String(), File: in.Path, Full: !in.Delta, Total: -1, Folder: in.Folder, Group: "contact " + in.Path}}
	if env.LinkProperty != "" {
		f.link = strings.ToUpper(env.LinkProperty)
	}
	f.lines.Groups = true
	f.lines.Want = func(name string) bool { return wanted[name] || name == f.link }
	err := f.read()
	f.join()
	if err != nil {
		f.feed.Lack("it could not be read to its end")
	}
	out.Feeds = append(out.Feeds, f.feed)
	out.NamesCharset = f.lines.NamesCharset()
	return err
}

// wanted are the properties that are used. AGENT's value says whether a card follows.
var wanted = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`VERSION UID N FN ORG TITLE EMAIL TEL CATEGORIES REV CREATED KIND MEMBER AGENT
		X-ADDRESSBOOKSERVER-KIND X-ADDRESSBOOKSERVER-MEMBER`) {
		m[name] = true
	}
	return m
}()

// file reads one payload.
type file struct {
	in    wire.MailFile
	env   *wire.MailEnv
	out   *wire.MailOutput
	lines *contentline.Reader
	link  string // name of the property that carries record ids, upper case
	feed  *wire.Feed

	rows   map[string]int // by id, into out.Rows
	made   map[string]int // how often an id was made
	groups []group
}

// group is the card of a group.
type group struct {
	pos     textpos.Pos
	name    string
	members []string
}

func (f *file) warn(pos textpos.Pos, summary, detail string, args ...any) {
	f.env.Problems.Warn(f.in.Path, pos, summary, detail, args...)
}

// nested: a card that begins inside another is its AGENT, or the other has no END.
var nested = contentline.Nested{Ends: func(name string, after *contentline.Line) bool {
	return name == "VCARD" && (after.Name != "AGENT" || strings.TrimSpace(after.Value) != "")
}}

func (f *file) read() *textpos.Error {
	cards := false
	for l := f.lines.Next(); l != nil; l = f.lines.Next() {
		switch name := l.Begins(); {
		case name == "VCARD":
			cards = true
			c := f.lines.Take(nested)
			if c.Open && !f.lines.More() {
				f.feed.Lack(fmt.Sprintf("the card at line %d is cut short", c.Pos.Line))
				if f.lines.Err() == nil {
					return &textpos.Error{Pos: f.lines.End(), Summary: "Truncated card", Detail: "The file ends before END:VCARD."}
				}
				break
			}
			f.card(c)
		case name != "":
			c := f.lines.Take(contentline.Nested{Ends: func(name string, _ *contentline.Line) bool { return name == "VCARD" }})
			f.warn(c.Pos, "Not read", "A file of contacts holds BEGIN:VCARD; this %s is left out.", wire.Clip(c.Name))
		case l.Name == "" && cards:
			f.warn(l.Pos, "Unreadable line", "This is no content line such as FN:Jo Park. It is left out.")
		}
	}
	switch err := f.lines.Err(); {
	case err != nil:
		return &textpos.Error{Pos: f.lines.End(), Summary: "File not readable", Detail: "The file cannot be read to its end.", Err: err}
	case !cards && f.lines.End() != (textpos.Pos{Line: 1, Column: 1}):
		return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "No cards", Detail: "The file holds no BEGIN:VCARD. An export that failed often leaves a web page or an error message instead."}
	}
	return nil
}

// card reads one card.
func (f *file) card(c *contentline.Component) {
	f.flaws(c)
	b := &builder{f: f, c: c, sparse: c.Open || c.TooLarge || len(c.Bad) > 0}
	switch kind := b.kind(); kind {
	case "", "individual", "org":
		f.add(b.contact(), c.Pos)
	case "group":
		f.group(b)
	default:
		f.warn(c.Pos, "Not a contact", "This card is of the kind %q and stands for no person or company. It is left out.", wire.Clip(kind))
	}
}

// flaws says what is wrong with a card as a whole.
func (f *file) flaws(c *contentline.Component) {
	for _, pos := range c.Bad {
		f.warn(pos, "Unreadable line", "This is no content line such as FN:Jo Park. It is left out, and what this card lacks counts as not recorded.")
	}
	if c.Open {
		f.warn(c.Pos, "No end", "This card has no END:VCARD. It is read up to where the next one begins.")
	}
	if c.TooLarge {
		f.warn(c.Pos, "Card too large", "This card has more than %d lines or %d MiB of text. What is beyond is left out and counts as not recorded.", contentline.MaxLines, contentline.MaxBytes>>20)
		f.feed.Lack("a card that is too large")
	}
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Cut {
			f.warn(l.Pos, "Line too long", "%s has more than %d bytes. Its value counts as not recorded.", l.Name, contentline.MaxLine)
		}
	}
}

// add hands out a contact; of two of one id the later revision counts.
func (f *file) add(it *state.Item, pos textpos.Pos) {
	row := wire.Row{Kind: state.Contact, ID: it.ID, Item: it, Pos: pos, Feed: f.feed}
	i, twice := f.rows[it.ID]
	if !twice {
		f.rows[it.ID] = len(f.out.Rows)
		f.out.Rows = append(f.out.Rows, row)
		f.feed.Rows++
		return
	}
	old := f.out.Rows[i]
	if old.Item.Value(state.AttrModified).Instant().After(it.Value(state.AttrModified).Instant()) {
		old, row = row, old
	}
	f.warn(old.Pos, "Shown twice", "The same UID stands on line %d with a later revision (REV), or further down. That card counts.", row.Pos.Line)
	f.out.Rows[i] = row
}

// group notes the card of a group for when all cards are known.
func (f *file) group(b *builder) {
	g := group{pos: b.c.Pos, name: b.first("FN")}
	for _, name := range [...]string{"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"} {
		for _, l := range b.c.All(name) {
			g.members = append(g.members, strings.TrimSpace(l.Value))
		}
	}
	if g.name == "" {
		f.warn(g.pos, "Group without a name", "The card of this group has no FN. Its members' categories are not known from it.")
		return
	}
	f.groups = append(f.groups, g)
}

// join makes the groups their members' categories.
func (f *file) join() {
	byMember := map[string]int{}
	if len(f.groups) > 0 {
		for id, i := range f.rows {
			byMember[id] = i
		}
		for _, i := range f.rows {
			for _, a := range addressSlots {
				address := "mailto:" + f.out.Rows[i].Item.Value(a).Text()
				if j, known := byMember[address]; !known || i < j {
					byMember[address] = i
				}
			}
		}
	}
	names := map[int][]string{} // by contact
	for _, g := range f.groups {
		f.joinGroup(g, byMember, names)
	}
	for i, list := range names {
		it := f.out.Rows[i].Item
		if have := it.Value(state.AttrCategories); have.IsRecorded() {
			it.Set(state.AttrCategories, wire.Names(slices.Concat(have.Texts(), list)))
		}
	}
}

func (f *file) joinGroup(g group, byMember map[string]int, names map[int][]string) {
	absent := 0
	for _, m := range g.members {
		if i, ok := find(byMember, m); ok {
			names[i] = append(names[i], g.name)
		} else {
			absent++
		}
	}
	if absent > 0 {
		f.warn(g.pos, "Members elsewhere", "%d of %d members of the group %q are in no card of this file. Export the group together with its contacts.", absent, len(g.members), wire.Clip(g.name))
	}
}

// find looks for a member by its address, or by its UID, which may be written as
// urn:uuid:….
func find(byMember map[string]int, member string) (int, bool) {
	if len(member) > 7 && strings.EqualFold(member[:7], "mailto:") {
		member = "mailto:" + wire.Address(member[7:])
	}
	for _, id := range [...]string{member, plainID(member)} {
		if i, ok := byMember[id]; ok {
			return i, true
		}
	}
	return 0, false
}

// plainID is a UID without the frame that makes an address of it.
func plainID(uid string) string {
	if len(uid) > 9 && strings.EqualFold(uid[:9], "urn:uuid:") {
		return uid[9:]
	}
	return uid
}
