package vcard_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	emersion "github.com/emersion/go-vcard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/vcard"
	"weir/recording/wire"
	"weir/state"
)

func drawContact(t *rapid.T, id string) *state.Item {
	it, d := state.NewItem(state.Contact, state.Mailbox, id), drawn.Values{T: t}
	d.Text(it, state.AttrTitle, state.AttrFirstName, state.AttrLastName, state.AttrCompany, state.AttrJobTitle, state.AttrPhone, state.AttrMobile)
	for i, a := range [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
		d.Word(it, a, fmt.Sprintf("jo.%d@globex.example", i))
	}
	d.Categories(it, "Salesforce", "a, b", "c;d")
	for _, a := range [...]state.Attr{state.AttrCreated, state.AttrModified} {
		if rapid.Bool().Draw(t, a.String()+"?") {
			it.Set(a, state.InstantValue(d.Between(a.String(), 1_600_000_000, 1_900_000_000)))
		}
	}
	d.Carries(it, "0035g00000EVbQvAAL")
	return it
}

// TestWhatIsWrittenIsReadBack: what a card can hold comes back as it was, and what it
// cannot is listed once, in Losses.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var items []*state.Item
		for i := range rapid.IntRange(0, 4).Draw(t, "items") {
			items = append(items, drawContact(t, fmt.Sprintf("id,%d", i)))
		}
		p := wire.Payload{Kind: state.Contact, Items: slices.Values(items), LinkProperty: rapid.SampledFrom([]string{"", "x-vendor-id"}).Draw(t, "property")}
		var text bytes.Buffer
		require.NoError(t, vcard.Write(&text, p))
		other := emersion.NewDecoder(bytes.NewReader(text.Bytes()))
		for _, it := range items {
			card, err := other.Decode()
			require.NoError(t, err, "another reader takes it too")
			require.Equal(t, strings.ReplaceAll(it.ID, ",", "\\,"), strings.ReplaceAll(card.Value("UID"), ",", "\\,"))
		}
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, LinkProperty: p.LinkProperty, RecordID: func(s string) (string, bool) { return s, true }}
		require.Nil(t, vcard.Read(&text, wire.MailFile{Path: "x.vcf"}, env, out))
		require.Empty(t, problems.Diagnostics())
		require.Len(t, out.Rows, len(items))
		for i, it := range items {
			want, got := it.Clone(), out.Rows[i].Item
			for _, loss := range vcard.Losses {
				loss.Apply(want, &p)
			}
			for _, a := range state.Schema() {
				require.Truef(t, want.Value(a.Attr).Equal(got.Value(a.Attr)) && want.Value(a.Attr).Presence() == got.Value(a.Attr).Presence(),
					"%s: %q (%v), want %q (%v)", a.Name, got.Value(a.Attr), got.Value(a.Attr).Presence(), want.Value(a.Attr), want.Value(a.Attr).Presence())
			}
			require.Equal(t, []any{want.ID, want.Carries, false}, []any{got.ID, got.Carries, got.IDMade})
		}
	})
}

func TestWriteRefuses(t *testing.T) {
	none := slices.Values([]*state.Item{})
	assert.ErrorContains(t, vcard.Write(io.Discard, wire.Payload{Kind: state.Task, Items: none}), "not tasks")
	assert.ErrorContains(t, vcard.Write(io.Discard, wire.Payload{Kind: state.Contact, Items: none, Delta: true}), "no deltas")
}
