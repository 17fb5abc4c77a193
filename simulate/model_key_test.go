package simulate

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/state"
)

// This file names places: two of which the same can follow have one name. A place is
// told in pieces: an item's values, an object's past, what a link is. Things do not
// change, they are replaced: their pieces are made once, what counts by its order alone
// is set apart, and a name is put together of the pieces and that order.

// placeKey names places up to the minutes at which things happened and the ids of
// what the simulation made.
type placeKey [16]byte

// keys names places for one walker.
type keys struct {
	items  map[*state.Item]*piece
	bases  map[*state.Base]*piece
	links  map[*state.Link]*piece
	heads  map[*state.Object]*piece
	pasts  map[*state.Object]*piece
	wholes map[*state.Object]*piece

	// of the place at hand
	at     []*piece
	things []thingAt
	orders [written + 1][]string
	sum    []byte
}

// thingAt is which pieces are a thing's.
type thingAt struct{ from, to int }

// piece is a part of what a place is told by.
type piece struct {
	text   string
	frame  [sha256.Size]byte // stands for the text without its tokens
	tokens []token
}

// token is a part of a piece of which only the order counts: an instant of a day, or
// a value that a person wrote.
type token struct {
	text string
	sort int8 // which order it is in: two a day, and last what people wrote
}

const written = 2 * (jumps + 1)

// marks are what a token stands between, by sort.
var marks = func() (out [written + 1][2]string) {
	for d := range jumps + 1 {
		day := now.AddDate(0, 0, d*jump).Format(time.DateOnly)
		out[2*d], out[2*d+1] = [2]string{day + "T", "Z"}, [2]string{day + "t", "z"}
	}
	out[written] = [2]string{edited, "."}
	return out
}()

func newPiece(text string) *piece {
	l := &piece{text: text}
	frame := make([]byte, 0, len(text))
	for rest := text; ; {
		before, t, after := cutToken(rest)
		frame = append(frame, before...)
		if t.text == "" {
			break
		}
		l.tokens = append(l.tokens, t)
		frame = append(frame, 0, byte(t.sort))
		rest = after
	}
	l.frame = sha256.Sum256(frame)
	return l
}

// cutToken cuts a text at its first token; without one, all comes before.
func cutToken(text string) (before string, t token, after string) {
	at := len(text)
	for sort, mark := range marks {
		if i := strings.Index(text[:at], mark[0]); i >= 0 {
			at = i
			t.sort = int8(sort)
			t.text, after, _ = strings.Cut(text[i+len(mark[0]):], mark[1])
		}
	}
	return text[:at], t, after
}

func newKeys() *keys {
	return &keys{items: map[*state.Item]*piece{}, bases: map[*state.Base]*piece{}, links: map[*state.Link]*piece{},
		heads: map[*state.Object]*piece{}, pasts: map[*state.Object]*piece{}, wholes: map[*state.Object]*piece{}}
}

// remembered bounds the items whose pieces are kept.
const remembered = 20000

// timeless leaves out when an item was modified: what of that decides anything is
// said once for the whole object, see pastOf.
func timeless(it *state.Item) *state.Item {
	c := it.Clone()
	c.CarriedAt = time.Time{}
	c.Set(state.AttrModified, state.Value{})
	if done := it.Value(state.AttrCompleted); done.IsKnown() {
		c.Set(state.AttrCompleted, state.InstantValue(done.Instant().Truncate(24*time.Hour)))
	}
	return c
}

// of names a place, and says the number of the first value that nobody wrote there.
func (x *keys) of(p *place) (key placeKey, unused int) {
	if len(x.items) > remembered {
		*x = *newKeys()
	}
	x.at, x.things = x.at[:0], x.things[:0]
	box := p.boxes[ann]
	x.present(p.records[p.kind])
	x.present(box.Items[p.kind])
	for _, l := range box.Links.All() {
		x.link(p, box, l)
	}
	ends := []int{len(x.things)}
	slices.SortFunc(x.things, x.compare)
	for _, user := range []string{"", ann} {
		x.pastsOf(p, user)
		ends = append(ends, len(x.things))
	}
	x.rank()

	x.sum = append(x.sum[:0], byte(p.day), byte(ends[0]), byte(ends[1]), byte(ends[2]))
	for l := range x.pieces {
		x.sum = append(x.sum, l.frame[:]...)
		for _, t := range l.tokens {
			x.sum = x.token(x.sum, t, p.day)
		}
	}
	sum := sha256.Sum256(x.sum)
	return placeKey(sum[:]), x.unused()
}

// pieces yields those of the place, thing by thing.
func (x *keys) pieces(yield func(*piece) bool) {
	for _, t := range x.things {
		for _, l := range x.at[t.from:t.to] {
			if !yield(l) {
				return
			}
		}
	}
}

func (x *keys) compare(a, b thingAt) int {
	return slices.CompareFunc(x.at[a.from:a.to], x.at[b.from:b.to], func(a, b *piece) int { return strings.Compare(a.text, b.text) })
}

// token adds what counts of a token: the instants of days to come are what they are.
func (x *keys) token(sum []byte, t token, day int) []byte {
	if t.sort < written && int(t.sort)/2 > day {
		sum = append(sum, 0xff)
		sum = append(sum, t.text...)
		return append(sum, 0)
	}
	return append(sum, byte(slices.Index(x.orders[t.sort], t.text)))
}

// rank puts the tokens in their orders: instants by time, what people wrote by
// where it first stands.
func (x *keys) rank() {
	for sort := range x.orders {
		x.orders[sort] = x.orders[sort][:0]
	}
	for l := range x.pieces {
		for _, t := range l.tokens {
			order := &x.orders[t.sort]
			if !slices.Contains(*order, t.text) {
				*order = append(*order, t.text)
			}
		}
	}
	for sort := range written {
		slices.Sort(x.orders[sort])
	}
}

func (x *keys) unused() int {
	for n := 1; ; n++ {
		if !slices.Contains(x.orders[written], strconv.Itoa(n)) {
			return n
		}
	}
}

// pieceOf is a thing's piece, made if it is not known yet.
func pieceOf[T comparable](known map[T]*piece, of T, text func(T) string) *piece {
	l := known[of]
	if l == nil {
		l = newPiece(text(of))
		known[of] = l
	}
	return l
}

func (x *keys) values(it *state.Item) *piece {
	return pieceOf(x.items, it, func(it *state.Item) string { return valuesText(timeless(it)) })
}

// thing adds a thing.
func (x *keys) thing(pieces ...*piece) {
	x.at = append(x.at, pieces...)
	x.things = append(x.things, thingAt{len(x.at) - len(pieces), len(x.at)})
}

// present adds what is there on a side.
func (x *keys) present(t *state.Table) {
	for _, o := range t.All() {
		if isThere(o) {
			x.thing(x.object(o)...)
		}
	}
}

// object is an object as a session sees it; nil is none.
func (x *keys) object(o *state.Object) []*piece {
	head := pieceOf(x.heads, o, headOf)
	if o == nil || o.State() != state.Live {
		return []*piece{head}
	}
	return []*piece{head, x.values(o.Item())}
}

func headOf(o *state.Object) string {
	if o == nil {
		return objectHead(o)
	}
	return o.Item().Side.String() + " " + objectHead(o)
}

func (x *keys) link(p *place, box *state.MailboxState, l *state.Link) {
	all := append([]*piece{pieceOf(x.links, l, linkOf)}, x.object(p.records[l.Kind].Get(l.RecordID))...)
	all = append(all, x.object(box.Items[l.Kind].Get(l.ItemID))...)
	if l.Adopted != nil {
		all = append(all, x.values(l.Adopted))
	}
	if l.Base != nil {
		all = append(all, pieceOf(x.bases, l.Base, baseText))
	}
	x.thing(all...)
}

func linkOf(l *state.Link) string {
	return fmt.Sprintf("%s adopted %t base %t", linkHead(l), l.Adopted != nil, l.Base != nil)
}

// pastsOf adds what the former states of a side's things may still decide.
func (x *keys) pastsOf(p *place, user string) {
	table := p.table(user, p.kind)
	trash := latest(table, state.Deleted)
	for _, o := range table.All() {
		link := p.linkOf(user, o.ID)
		if o != trash && link == nil && o.State() != state.Live {
			continue
		}
		all := []*piece{pieceOf(x.pasts, o, pastOf)}
		if o.State() != state.Merged && o.Item() != nil {
			all = append(all, x.values(o.Item()))
		}
		if o == trash {
			all = append(all, said["trash"])
		}
		if link != nil {
			all = append(all, said["linked"])
		}
		if link != nil && link.State != state.LinkRetired && (link.Base == nil || link.Adopted != nil) {
			all = append(all, pieceOf(x.wholes, o, wholeOf))
		}
		x.thing(all...)
	}
}

// said are pieces that are the same everywhere.
var said = map[string]*piece{"trash": newPiece("trash"), "linked": newPiece("linked")}

// wholeOf is all that an object ever was.
func wholeOf(o *state.Object) string {
	var b strings.Builder
	for _, v := range o.Versions {
		fmt.Fprintf(&b, " %s %s", v.From.UTC().Format(time.RFC3339), v.State)
		if v.Item != nil {
			b.WriteString(valuesText(timeless(v.Item)))
		}
	}
	return b.String()
}

func pastOf(o *state.Object) string {
	var b strings.Builder
	fmt.Fprintf(&b, "past %s %s %q", objectHead(o), o.MergedInto, o.Item().File)
	inFolder := false
	var touched, surely, perhaps time.Time
	for _, v := range o.Versions {
		if v.Item == nil {
			continue
		}
		inFolder = inFolder || state.DefaultMarkers().InFolder(v.Item) == state.True
		modified := v.Item.Value(state.AttrModified).Instant()
		switch {
		case v.State != state.Live:
		case !v.Item.CarriedAt.IsZero():
			touched = v.Item.CarriedAt
		case v.Item.BySync == state.Unknown && v.Item.Side == state.Salesforce:
			touched = time.Time{}
		case v.Item.BySync != state.True:
			touched = modified
		}
		switch v.Item.BySync {
		case state.False:
			surely = modified
		case state.Unknown:
			perhaps = modified
		}
	}
	it := o.Item()
	fmt.Fprintf(&b, " in folder %t, touched %s, untouched since it was made %t", inFolder, touched.UTC().Format("2006-01-02t15:04:05z"),
		it.Value(state.AttrCreated).Equal(it.Value(state.AttrModified)))
	if o.Kind == state.Task && it.Side == state.Salesforce {
		fmt.Fprintf(&b, " on %s or %s or %s", surely.Format(time.DateOnly), perhaps.Format(time.DateOnly), it.Value(state.AttrModified).Instant().Format(time.DateOnly))
	}
	return b.String()
}

// edited begins every value that a person wrote.
const edited = "Edit-"

// fresh is a value that a person writes, by its number.
func fresh(n int) string { return edited + strconv.Itoa(n) + "." }
