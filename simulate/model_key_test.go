package simulate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/state"
)

// keys names places, so that two of which the same can follow are one.
type keys struct {
	*printer
	pasts map[*state.Object]string
}

func newKeys() *keys {
	k := &keys{newPrinter(), map[*state.Object]string{}}
	k.plain = timeless
	return k
}

// remembered bounds the texts that are kept.
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

// key names a place up to the minutes at which things happened and the ids of what
// the simulation made: from places of one key the same can follow.
func (x *keys) of(p *place) (key, unused string) {
	if len(x.items) > remembered {
		*x = *newKeys()
	}
	lines := append(slices.Clone(x.print(p.world)), fmt.Sprintf("day %d", p.day))
	for _, user := range []string{"", ann} {
		table := p.table(user, p.kind)
		trash := latest(table, state.Deleted)
		for _, o := range table.All() {
			linked := p.linkOf(user, o.ID)
			if o == trash || linked != nil || o.State() == state.Live {
				lines = append(lines, x.past(o, o == trash, linked))
			}
		}
	}
	text := strings.Join(lines, "\n")
	for d := range p.day + 1 {
		day := now.AddDate(0, 0, d*jump).Format(time.DateOnly)
		text = ordered(ordered(text, day+"T", "Z", "made"), day+"t", "z", "touched")
	}
	return renumbered(text), fresh(text)
}

// past is what an object's former states may still decide.
func (x *keys) past(o *state.Object, trash bool, link *state.Link) string {
	text, known := x.pasts[o]
	if !known {
		text = x.pastOf(o)
		x.pasts[o] = text
	}
	text += fmt.Sprintf(" trash %t linked %t", trash, link != nil)
	if link != nil && link.State != state.LinkRetired && (link.Base == nil || link.Adopted != nil) {
		text += x.whole(o)
	}
	return text
}

// whole is all that an object ever was.
func (x *keys) whole(o *state.Object) string {
	var b strings.Builder
	for _, v := range o.Versions {
		fmt.Fprintf(&b, " %s %s", v.From.UTC().Format(time.RFC3339), v.State)
		if v.Item != nil {
			b.WriteString(x.values(v.Item))
		}
	}
	return b.String()
}

func (x *keys) pastOf(o *state.Object) string {
	var b strings.Builder
	fmt.Fprintf(&b, "past %s %s %q", x.object(o), o.MergedInto, o.Item().File)
	if o.State() == state.Deleted && o.Item() != nil {
		b.WriteString(x.values(o.Item()))
	}
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

// ordered writes, for the instants of a day, only in which order they come.
func ordered(text, day, end, as string) string {
	parts := strings.Split(text, day)
	if len(parts) == 1 {
		return text
	}
	var seen []string
	for _, part := range parts[1:] {
		if at, _, _ := strings.Cut(part, end); !slices.Contains(seen, at) {
			seen = append(seen, at)
		}
	}
	slices.Sort(seen)
	for i, part := range parts[1:] {
		at, rest, _ := strings.Cut(part, end)
		parts[i+1] = strconv.Itoa(slices.Index(seen, at)) + rest
	}
	return strings.Join(parts, day[:len(time.DateOnly)]+as)
}

// renumbered numbers the values that people wrote by where they first stand.
func renumbered(text string) string {
	parts := strings.Split(text, edited)
	var seen []string
	for i, part := range parts[1:] {
		n, rest, _ := strings.Cut(part, ".")
		if !slices.Contains(seen, n) {
			seen = append(seen, n)
		}
		parts[i+1] = strconv.Itoa(slices.Index(seen, n)+1) + "." + rest
	}
	return strings.Join(parts, edited)
}

// edited begins every value that a person wrote.
const edited = "Edit-"

// fresh is the first value that stands nowhere among a place's lines.
func fresh(text string) string {
	for n := 1; ; n++ {
		if value := edited + strconv.Itoa(n) + "."; !strings.Contains(text, value) {
			return value
		}
	}
}
