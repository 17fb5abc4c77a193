package vcard

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/state"
)

// builder makes the item of a card.
type builder struct {
	f      *file
	c      *contentline.Component
	it     *state.Item
	sparse bool // what is missing was left out, and is not empty
}

// kind is what the card stands for, in lower case; "" if it does not say.
func (b *builder) kind() string {
	for _, name := range [...]string{"KIND", "X-ADDRESSBOOKSERVER-KIND"} {
		if kind := strings.ToLower(b.first(name)); kind != "" {
			return kind
		}
	}
	return ""
}

// first is the text of the first line of a name, "" if there is none.
func (b *builder) first(name string) string {
	if l := b.c.Get(name); l != nil && !l.Cut {
		return textOf(l)
	}
	return ""
}

func textOf(l *contentline.Line) string { return strings.TrimSpace(wire.Text(l.Text())) }

// contact reads a card as a contact.
func (b *builder) contact() *state.Item {
	b.it = state.NewItem(state.Contact, state.Mailbox, "")
	b.it.File, b.it.Line = b.f.in.Path, int(b.c.Pos.Line)
	b.it.BySync = state.Unknown
	b.names()
	b.it.Set(state.AttrCompany, b.preferred("ORG", func(l *contentline.Line) string { return fields(l)[0] }))
	b.it.Set(state.AttrJobTitle, b.preferred("TITLE", textOf))
	b.addresses()
	b.phones()
	b.categories()
	b.it.Set(state.AttrCreated, b.instant("CREATED"))
	b.it.Set(state.AttrModified, b.instant("REV"))
	b.it.Carries = b.carried()
	b.identify()
	return b.it
}

// text is a text, or what it means that there is none.
func (b *builder) text(s string) state.Value {
	if s == "" {
		return b.missing()
	}
	return state.TextValue(s)
}

func (b *builder) missing() state.Value {
	if b.sparse {
		return state.Value{}
	}
	return state.EmptyValue()
}

// fields are the parts of a structured value, at least one.
func fields(l *contentline.Line) []string {
	parts := l.Fields(';')
	for i := range parts {
		parts[i] = strings.TrimSpace(wire.Text(parts[i]))
	}
	return parts
}

// names reads N, family name first; without it FN is the title.
func (b *builder) names() {
	b.it.Set(state.AttrTitle, b.text(b.first("FN")))
	l := b.c.Get("N")
	if l == nil || l.Cut {
		return
	}
	parts := append(fields(l), "", "")
	b.it.Set(state.AttrLastName, state.TextValue(parts[0]))
	b.it.Set(state.AttrFirstName, state.TextValue(parts[1]))
}

// preferred is a value of the preferred line of a name.
func (b *builder) preferred(name string, value func(*contentline.Line) string) state.Value {
	lines := b.c.All(name)
	slices.SortStableFunc(lines, func(x, y *contentline.Line) int { return cmp.Compare(preference(x), preference(y)) })
	for _, l := range lines {
		if l.Cut {
			return state.Value{}
		}
		if v := value(l); v != "" {
			return state.TextValue(v)
		}
	}
	return b.missing()
}

// preference ranks the lines of one property: PREF=1 to 100, TYPE=pref as 1, else 101.
func preference(l *contentline.Line) int {
	if n, err := strconv.Atoi(l.Param("PREF")); err == nil && n > 0 && n <= 100 {
		return n
	}
	if l.Has("TYPE", "PREF") {
		return 1
	}
	return 101
}

// addressSlots are the attributes of a contact's addresses in order.
var addressSlots = [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}

// addresses reads up to three e-mail addresses; what is not used is empty.
func (b *builder) addresses() {
	lines := b.c.All("EMAIL")
	slices.SortStableFunc(lines, func(x, y *contentline.Line) int {
		return cmp.Or(cmp.Compare(preference(x), preference(y)), cmp.Compare(nearness(x), nearness(y)))
	})
	var list []string
	for _, l := range lines {
		a := wire.Address(strings.TrimPrefix(textOf(l), "mailto:"))
		if a != "" && !l.Has("TYPE", "X400") && !slices.Contains(list, a) {
			list = append(list, a)
		}
		if len(list) == len(addressSlots) {
			break
		}
	}
	for i, slot := range addressSlots {
		v := b.missing()
		if i < len(list) {
			v = state.TextValue(list[i])
		}
		b.it.Set(slot, v)
	}
}

// nearness ranks addresses by where they lead: work, anywhere, home.
func nearness(l *contentline.Line) int {
	switch {
	case l.Has("TYPE", "WORK"):
		return 0
	case l.Has("TYPE", "HOME"):
		return 2
	}
	return 1
}

// phones reads the business phone and the mobile.
func (b *builder) phones() {
	lines := b.c.All("TEL")
	slices.SortStableFunc(lines, func(x, y *contentline.Line) int { return cmp.Compare(preference(x), preference(y)) })
	var work, plain, mobile string
	take := func(into *string, l *contentline.Line) {
		if *into == "" {
			*into = numberOf(l)
		}
	}
	for _, l := range lines {
		switch {
		case isOther(l):
		case l.Has("TYPE", "CELL"):
			take(&mobile, l)
		case l.Has("TYPE", "WORK"):
			take(&work, l)
		case !l.Has("TYPE", "HOME"):
			take(&plain, l)
		}
	}
	b.it.Set(state.AttrPhone, b.text(cmp.Or(work, plain)))
	b.it.Set(state.AttrMobile, b.text(mobile))
}

// isOther reports a number that nobody answers, or another kind of number.
func isOther(l *contentline.Line) bool {
	for _, t := range [...]string{"FAX", "PAGER", "MODEM", "BBS", "ISDN", "VIDEO", "TELEX", "TTY", "TEXTPHONE"} {
		if l.Has("TYPE", t) && !l.Has("TYPE", "VOICE") {
			return true
		}
	}
	return false
}

// numberOf is a phone number; of a tel: address what a person dials.
func numberOf(l *contentline.Line) string {
	s := textOf(l)
	if len(s) <= 4 || !strings.EqualFold(s[:4], "tel:") {
		return s
	}
	number, params, _ := strings.Cut(s[4:], ";")
	for p := range strings.SplitSeq(params, ";") {
		if ext, found := strings.CutPrefix(strings.ToLower(p), "ext="); found {
			number += " x" + ext
		}
	}
	return number
}

func (b *builder) categories() {
	lines := b.c.All("CATEGORIES")
	if len(lines) == 0 && b.sparse {
		return
	}
	var list []string
	for _, l := range lines {
		list = append(list, l.Fields(',')...)
	}
	b.it.Set(state.AttrCategories, wire.Names(list))
}

// stamps are the forms of a time stamp, hyphens and colons taken out.
var stamps = [...]string{"20060102T150405Z07", "20060102T150405Z0700", "20060102T150405"}

// instant reads a time stamp; a mere date does not say when, and is unrecorded.
func (b *builder) instant(name string) state.Value {
	l := b.c.Get(name)
	if l == nil {
		return state.Value{}
	}
	text := textOf(l)
	s := strings.ReplaceAll(text, ":", "")
	if i := strings.IndexByte(s, 'T'); i >= 0 {
		s = strings.ReplaceAll(s[:i], "-", "") + s[i:]
	}
	if i := strings.IndexByte(s, '.'); i > 0 {
		digits := strings.TrimLeft(s[i+1:], "0123456789")
		s = s[:i] + digits
	}
	for _, form := range stamps {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 1678 && t.Year() < 2262 {
			return state.InstantValue(t.UTC())
		}
	}
	if _, ok := wire.ParseDay(s); !ok && len(s) != 8 {
		b.f.warn(l.ValuePos, "Unreadable time", "%s is %q, which is no point in time such as 20260504T080000Z. It counts as not recorded.", name, wire.Clip(text))
	}
	return state.Value{}
}

// carried is the record id stored on the card.
func (b *builder) carried() string {
	for _, l := range b.c.All(b.f.link) {
		if id, ok := b.f.env.RecordID(textOf(l)); ok {
			return id
		}
		b.f.warn(l.ValuePos, "No record id", "%s is %q, which is no Salesforce id of 15 or 18 characters. It is ignored.", l.Name, wire.Clip(l.Value))
	}
	return ""
}

// identify gives the contact its UID, else an id made of its name and first address
// or number.
func (b *builder) identify() {
	if uid := plainID(b.first("UID")); uid != "" {
		b.it.ID = uid
		return
	}
	name := b.first("FN")
	if l := b.c.Get("N"); l != nil {
		name = strings.Join(fields(l), ";")
	}
	key := name + "\n"
	for _, a := range [...]state.Attr{state.AttrEmail, state.AttrMobile, state.AttrPhone} {
		if v := b.it.Value(a).Text(); v != "" {
			key += v
			break
		}
	}
	sum := sha256.Sum256([]byte(key))
	id := "made:" + hex.EncodeToString(sum[:16])
	if b.f.made[id]++; b.f.made[id] > 1 {
		id += fmt.Sprintf("#%d", b.f.made[id])
	}
	b.it.ID, b.it.IDMade = id, true
}
