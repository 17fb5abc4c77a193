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

func newKeys() *keys { return &keys{newPrinter(), map[*state.Object]string{}} }

// key names a place up to the minutes at which things happened and the ids of what
// the simulation made: from places of one key the same can follow.
func (x *keys) of(p *place) string {
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
	return ranked(strings.Join(lines, "\n"), p.day)
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
	fmt.Fprintf(&b, " in folder %t, touched %s", inFolder, touched.UTC().Format(time.RFC3339))
	if o.Kind == state.Task && o.Item().Side == state.Salesforce {
		fmt.Fprintf(&b, " on %s or %s", surely.Format(time.DateOnly), perhaps.Format(time.DateOnly))
	}
	return b.String()
}

// ranked writes, for the instants of every day on which something happened, only in
// which order they come.
func ranked(text string, days int) string {
	for d := range days + 1 {
		day := now.AddDate(0, 0, d*jump).Format(time.DateOnly) + "T"
		parts := strings.Split(text, day)
		var seen []string
		for _, part := range parts[1:] {
			if at := part[:strings.IndexByte(part, 'Z')]; !slices.Contains(seen, at) {
				seen = append(seen, at)
			}
		}
		slices.Sort(seen)
		for i, part := range parts[1:] {
			end := strings.IndexByte(part, 'Z')
			parts[i+1] = strconv.Itoa(slices.Index(seen, part[:end])) + part[end:]
		}
		text = strings.Join(parts, "day"+strconv.Itoa(d)+"/")
	}
	return text
}

// fresh is the first value that stands nowhere in a place.
func fresh(key string) string {
	for n := 1; ; n++ {
		if value := fmt.Sprintf("Edit-%d.", n); !strings.Contains(key, value) {
			return value
		}
	}
}
