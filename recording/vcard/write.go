package vcard

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/wire"
	"weir/state"
)

// Losses are what a contact loses by being written as a vCard and read back.
var Losses = []wire.Loss{
	{What: "What was not recorded reads as empty, and the title is the name.", Apply: fillIn},
	{What: "Times are whole seconds, white space around texts is lost, and so is when a contact was created.", Apply: trimmed},
	{What: "Addresses have an order but no gaps: without a first one the second is the first.", Apply: closeGaps},
}

// Write writes contacts as vCards of version 3.0, the one that most programs
// export. vCard has no deltas and no pages.
func Write(w io.Writer, p wire.Payload) error {
	if p.Kind != state.Contact {
		return fmt.Errorf("vCard holds contacts, not %s", p.Kind.Plural())
	}
	if p.Delta || p.Next || len(p.Removed) > 0 {
		return errors.New("vCard has no deltas and no pages: write everything there is")
	}
	out := contentline.NewWriter(w)
	for it := range p.Items {
		write(out, it, cmp.Or(strings.ToUpper(p.LinkProperty), linkProperty))
	}
	return out.Flush()
}

func write(w *contentline.Writer, it *state.Item, link string) {
	text := func(head string, v state.Value) {
		if v.IsKnown() {
			w.Text(head, v.Text())
		}
	}
	w.Raw("BEGIN", "VCARD")
	w.Raw("VERSION", "3.0")
	w.Text("FN", name(it))
	w.List("N", ';', it.Value(state.AttrLastName).Text(), it.Value(state.AttrFirstName).Text(), "", "", "")
	if company := it.Value(state.AttrCompany).Text(); company != "" {
		w.List("ORG", ';', company)
	}
	text("TITLE", it.Value(state.AttrJobTitle))
	for _, a := range addressSlots {
		text("EMAIL;TYPE=INTERNET", it.Value(a))
	}
	text("TEL;TYPE=WORK,VOICE", it.Value(state.AttrPhone))
	text("TEL;TYPE=CELL", it.Value(state.AttrMobile))
	if list := it.Value(state.AttrCategories).Texts(); len(list) > 0 {
		w.List("CATEGORIES", ',', list...)
	}
	if v := it.Value(state.AttrModified); v.IsKnown() {
		w.Raw("REV", v.Instant().UTC().Format("2006-01-02T15:04:05Z"))
	}
	w.Text("UID", it.ID)
	if it.Carries != "" {
		w.Raw(link, it.Carries)
	}
	w.Raw("END", "VCARD")
}

// name is what a card is called: by its names, else its title.
func name(it *state.Item) string {
	full := strings.TrimSpace(it.Value(state.AttrFirstName).Text() + " " + it.Value(state.AttrLastName).Text())
	return cmp.Or(full, it.Value(state.AttrTitle).Text())
}

func fillIn(it *state.Item, _ *wire.Payload) {
	it.Set(state.AttrTitle, state.TextValue(name(it)))
	for _, a := range state.Schema() {
		switch {
		case it.Value(a.Attr).IsRecorded() || a.Mailbox != state.Stored || !a.Has(state.Contact):
		case a.Type == state.Texts:
			it.Set(a.Attr, state.TextsValue(nil))
		case a.Type == state.Text:
			it.Set(a.Attr, state.EmptyValue())
		}
	}
}

func trimmed(it *state.Item, _ *wire.Payload) {
	it.Set(state.AttrCreated, state.Value{})
	for _, a := range state.Schema() {
		switch v := it.Value(a.Attr); {
		case !v.IsKnown():
		case a.Type == state.Instant:
			it.Set(a.Attr, state.InstantValue(v.Instant().Truncate(time.Second)))
		case a.Type == state.Text:
			it.Set(a.Attr, state.TextValue(strings.TrimSpace(wire.Text(v.Text()))))
		case a.Type == state.Texts:
			it.Set(a.Attr, wire.Names(v.Texts()))
		}
	}
}

func closeGaps(it *state.Item, _ *wire.Payload) {
	n := 0
	for _, a := range addressSlots {
		v := it.Value(a)
		it.Set(a, state.EmptyValue())
		if v.IsKnown() {
			it.Set(addressSlots[n], v)
			n++
		}
	}
}
