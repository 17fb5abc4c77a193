package vcard_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	emersion "github.com/emersion/go-vcard"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/salesforce"
	"weir/recording/vcard"
	"weir/recording/wire"
	"weir/state"
)

// card puts lines into a frame.
func card(lines string) string { return "BEGIN:VCARD\n" + lines + "\nEND:VCARD\n" }

// one reads a single contact without a word of complaint.
func one(t *testing.T, lines string) *state.Item {
	t.Helper()
	out, problems, err := read(t, card(lines), wire.MailFile{})
	require.Nil(t, err)
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 1)
	return out.Rows[0].Item
}

// What one property says, and what it says that there is none.
func TestValues(t *testing.T) {
	cases := []struct {
		name, lines string
		attr        state.Attr
		want        string
		presence    state.Presence
	}{
		{"family name first", "N:Park;Jo;Marie;Dr.;", state.AttrLastName, "Park", state.Known},
		{"given name second", "N:Park;Jo;Marie;Dr.;", state.AttrFirstName, "Jo", state.Known},
		{"half a name", "N:Park", state.AttrFirstName, "", state.Empty},
		{"no names are made of FN", "FN:Jo Park", state.AttrLastName, "(not recorded)", state.Unrecorded},
		{"which is the title", "FN:Jo Park", state.AttrTitle, "Jo Park", state.Known},
		{"escapes in a name", `N:Park\, Jr.;Jo\;Marie`, state.AttrLastName, "Park, Jr.", state.Known},
		{"quoted-printable of 2.1", "VERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=\n=F6rg", state.AttrFirstName, "Jörg", state.Known},
		{"quoted-printable without a name", "N;QUOTED-PRINTABLE:M=C3=BCller;Jo", state.AttrLastName, "Müller", state.Known},
		{"base64", "TITLE;ENCODING=b:QnV5ZXI=", state.AttrJobTitle, "Buyer", state.Known},
		{"raw bytes of a named character set", "ORG;CHARSET=windows-1252:M\xfcller", state.AttrCompany, "Müller", state.Known},
		{"the company is the first part", "ORG:Globex;Sales;East", state.AttrCompany, "Globex", state.Known},
		{"no company", "FN:Jo", state.AttrCompany, "", state.Empty},
		{"the preferred title", "TITLE:Buyer\nTITLE;PREF=1:Chief Buyer", state.AttrJobTitle, "Chief Buyer", state.Known},
		{"the preferred address", "EMAIL:a@x\nEMAIL;TYPE=INTERNET,PREF:B@x", state.AttrEmail, "b@x", state.Known},
		{"preferred in 2.1", "EMAIL;INTERNET:a@x\nEMAIL;PREF;INTERNET:b@x", state.AttrEmail, "b@x", state.Known},
		{"PREF counts from one", "EMAIL;PREF=2:a@x\nEMAIL;PREF=1:b@x", state.AttrEmail, "b@x", state.Known},
		{"work before home", "EMAIL;TYPE=home:a@x\nEMAIL;TYPE=work:b@x", state.AttrEmail, "b@x", state.Known},
		{"home last", "EMAIL;TYPE=home:a@x\nEMAIL:b@x", state.AttrEmail2, "a@x", state.Known},
		{"the fourth is left out", "EMAIL:a@x\nEMAIL:b@x\nEMAIL:c@x\nEMAIL:d@x", state.AttrEmail3, "c@x", state.Known},
		{"twice is once", "EMAIL:a@x\nEMAIL:A@x", state.AttrEmail2, "", state.Empty},
		{"a group before the name", "item1.EMAIL:a@x\nitem1.X-ABLabel:Work", state.AttrEmail, "a@x", state.Known},
		{"work phone", "TEL;TYPE=HOME:1\nTEL;TYPE=WORK,FAX:2\nTEL;TYPE=WORK,VOICE:3", state.AttrPhone, "3", state.Known},
		{"work phone in 2.1", "TEL;HOME;VOICE:1\nTEL;WORK;VOICE:2", state.AttrPhone, "2", state.Known},
		{"a phone without a word", "TEL;TYPE=HOME:1\nTEL;TYPE=VOICE:2", state.AttrPhone, "2", state.Known},
		{"a home phone is no business phone", "TEL;TYPE=HOME:1", state.AttrPhone, "", state.Empty},
		{"mobile", `TEL;TYPE="work,cell":1`, state.AttrMobile, "1", state.Known},
		{"a mobile is no phone", "TEL;TYPE=CELL:1", state.AttrPhone, "", state.Empty},
		{"a number as an address", "TEL;VALUE=uri;TYPE=work:tel:+1-418-656-9254;ext=102", state.AttrPhone, "+1-418-656-9254 x102", state.Known},
		{"categories", "CATEGORIES:Salesforce,a\\, b\nCATEGORIES:Salesforce", state.AttrCategories, "Salesforce, a, b", state.Known},
		{"no categories", "FN:Jo", state.AttrCategories, "", state.Known},
		{"revision", "REV:2026-05-04T08:00:00.123Z", state.AttrModified, "2026-05-04T08:00:00Z", state.Known},
		{"revision in basic form", "REV:20260504T080000Z", state.AttrModified, "2026-05-04T08:00:00Z", state.Known},
		{"revision with an offset", "REV:2026-05-04T10:00:00+02:00", state.AttrModified, "2026-05-04T08:00:00Z", state.Known},
		{"a day is no instant", "REV:2026-05-04", state.AttrModified, "(not recorded)", state.Unrecorded},
		{"names in NFC", "N:Garci\u0301a", state.AttrLastName, "García", state.Known},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := one(t, c.lines).Value(c.attr)
			assert.Equal(t, c.want, v.String())
			assert.Equal(t, c.presence, v.Presence())
		})
	}
}

// A card without UID is the same contact whenever it is read, as long as its name and
// first address stay; another card is another contact.
func TestMadeIDs(t *testing.T) {
	id := func(lines string) string { return one(t, lines).ID }
	ann := id("FN:Ann Lee\nN:Lee;Ann\nEMAIL:ann@x\nTITLE:Buyer")
	assert.Equal(t, ann, id("N:Lee;Ann\nFN:Ann Lee\nTITLE:Chief Buyer\nEMAIL:ann@x\nTEL:1"))
	assert.NotEqual(t, ann, id("FN:Ann Lee\nN:Lee;Ann\nEMAIL:lee@x"))
	assert.True(t, one(t, "FN:Ann Lee").IDMade)
	assert.Equal(t, "4fbe8971", one(t, "UID:urn:uuid:4fbe8971\nFN:Ann").ID)
	assert.False(t, one(t, "UID:urn:uuid:4fbe8971\nFN:Ann").IDMade)

	out, _, err := read(t, card("FN:Ann")+card("FN:Ann"), wire.MailFile{})
	require.Nil(t, err)
	require.Len(t, out.Rows, 2)
	assert.Equal(t, out.Rows[0].ID+"#2", out.Rows[1].ID)
}

func TestCarriedIDs(t *testing.T) {
	text := card("UID:1\nX-SALESFORCE-ID:0035g00000EVbQv\nX-Vendor-Id:0035g00000EVbQwAAL")
	for property, want := range map[string]string{"": "0035g00000EVbQvAAL", "x-vendor-id": "0035g00000EVbQwAAL", "X-OTHER": ""} {
		problems, out := &wire.Problems{}, &wire.MailOutput{}
		env := &wire.MailEnv{Problems: problems, LinkProperty: property, RecordID: salesforce.FindID}
		require.Nil(t, vcard.Read(strings.NewReader(text), wire.MailFile{Path: "x.vcf"}, env, out))
		assert.Equal(t, want, out.Rows[0].Item.Carries, property)
	}
}

// Files with several cards, groups, and cards inside cards.
func TestFiles(t *testing.T) {
	jo, ann := card("UID:jo\nFN:Jo\nEMAIL:jo@x\nCATEGORIES:VIP"), card("UID:urn:uuid:ann\nFN:Ann")
	group := card("VERSION:4.0\nKIND:group\nFN:Salesforce\nMEMBER:urn:uuid:ann\nMEMBER:mailto:Jo@x")
	cases := []struct{ name, text, want string }{
		{"groups are categories", group + jo + ann, "contact: full true, 2 rows|jo: VIP, Salesforce|ann: Salesforce"},
		{"groups of Apple", card("X-ADDRESSBOOKSERVER-KIND:group\nFN:Salesforce\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:ann") + ann, "contact: full true, 1 rows|ann: Salesforce"},
		{"members elsewhere", group + ann, "contact: full true, 1 rows|ann: Salesforce|1:1: Members elsewhere: 1 of 2"},
		{"a group without a name", card("KIND:group\nMEMBER:urn:uuid:ann") + ann, "contact: full true, 1 rows|ann: |1:1: Group without a name"},
		{"a room", card("KIND:location\nFN:Room 1") + ann, "contact: full true, 1 rows|ann: |1:1: Not a contact"},
		{"a company", card("KIND:org\nUID:globex\nFN:Globex\nORG:Globex"), "contact: full true, 1 rows|globex: "},
		{"an agent's card is none of its own", card("UID:jo\nAGENT:\nBEGIN:VCARD\nUID:agent\nFN:Agent\nEND:VCARD\nCATEGORIES:VIP") + ann, "contact: full true, 2 rows|jo: VIP|ann: "},
		{"an agent in one line", card(`UID:jo` + "\n" + `AGENT:BEGIN:VCARD\nFN:Agent\nEND:VCARD` + "\nCATEGORIES:VIP"), "contact: full true, 1 rows|jo: VIP"},
		{"the later revision counts", card("UID:jo\nFN:Jo\nREV:20260504T080000Z\nCATEGORIES:new") + card("UID:jo\nFN:Jo\nREV:20260401T080000Z\nCATEGORIES:old"), "contact: full true, 1 rows|jo: new|7:1: Shown twice"},
		{"no END", "BEGIN:VCARD\nUID:jo\nFN:Jo\n" + ann, "contact: full true, 2 rows|jo: (not recorded)|ann: |1:1: No end"},
		{"a line that is none", card("UID:jo\nFN:Jo\nSesame Street"), "contact: full true, 1 rows|jo: (not recorded)|4:1: Unreadable line"},
		{"cut short", jo + "BEGIN:VCARD\nUID:ann\n", "contact: full true, 1 rows, lacks: the card at line 7 is cut short, lacks: it could not be read to its end|jo: VIP|9:1: Truncated card"},
		{"a web page", "<html>\nPlease log in\n", "contact: full true, 0 rows, lacks: it could not be read to its end|1:1: No cards"},
		{"nobody", "", "contact: full true, 0 rows"},
		{"a time that is none", card("UID:jo\nREV:yesterday"), "contact: full true, 1 rows|jo: |3:5: Unreadable time"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out, problems, err := read(t, c.text, wire.MailFile{})
			rows := out.Rows
			out.Rows = nil
			got := strings.Split(strings.TrimSpace(summary(out, problems, err)), "\n")
			want := strings.Split(c.want, "|")
			assert.Equal(t, want[0], got[0])
			for i := range rows {
				assert.Equal(t, want[1+i], rows[i].ID+": "+rows[i].Item.Value(state.AttrCategories).String())
			}
			require.Len(t, got, len(want)-len(rows), "%s", got)
			for i, line := range got[1:] {
				assert.True(t, strings.HasPrefix(line, want[1+len(rows)+i]), line)
			}
		})
	}
}

// A photo costs nothing but its reading.
func TestPhotosAreNotKept(t *testing.T) {
	photo := strings.Repeat(" "+strings.Repeat("A", 75)+"\n", 4<<20/77)
	out, problems, err := read(t, card("UID:jo\nPHOTO;ENCODING=b:\n"+photo+"CATEGORIES:VIP"), wire.MailFile{})
	require.Nil(t, err)
	assert.Empty(t, problems.Diagnostics())
	assert.Equal(t, "VIP", out.Rows[0].Item.Value(state.AttrCategories).String())
	out, problems, _ = read(t, card("UID:jo\nTITLE:"+strings.Repeat("A", 2<<20)), wire.MailFile{})
	assert.Contains(t, summary(out, problems, nil), "3:1: Line too long")
	assert.Equal(t, state.Unrecorded, out.Rows[0].Item.Value(state.AttrJobTitle).Presence())
}

func TestKnows(t *testing.T) {
	for text, want := range map[string]bool{"BEGIN:VCARD\r\n": true, "begin:vcard\n": true, "BEGIN:VCALENDAR\n": false, `{"note":"BEGIN:VCARD"}`: false} {
		assert.Equal(t, want, vcard.Knows([]byte(text)), "%q", text)
	}
}

func FuzzVCard(f *testing.F) {
	for _, name := range golden.Files(f, "testdata/*/*.vcf") {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte("BEGIN:VCARD\nKIND:group\nFN:g\nMEMBER:mailto:\nEND:VCARD\nBEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nEND:VCARD\nN;CHARSET=utf-16;ENCODING=QUOTED-PRINTABLE:=\n=FF;;\nTEL:tel:;ext=\nREV:T.\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func() string {
			problems, out := &wire.Problems{}, &wire.MailOutput{}
			env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
			err := vcard.Read(strings.NewReader(string(data)), wire.MailFile{Path: "x.vcf"}, env, out)
			require.Len(t, out.Feeds, 1)
			require.LessOrEqual(t, len(out.Rows), len(data)/10+1)
			for i := range out.Rows {
				require.Equal(t, state.Contact, out.Rows[i].Kind)
				require.NotEmpty(t, out.Rows[i].ID)
				require.Positive(t, out.Rows[i].Pos.Line)
			}
			for _, d := range problems.Diagnostics() {
				require.Positive(t, d.Subject.Start.Line)
			}
			return summary(out, problems, err)
		}
		require.Equal(t, read(), read())
	})
}

// BenchmarkRead reads a thousand cards, beside go-vcard decoding the same bytes; both
// check that all are there.
func BenchmarkRead(b *testing.B) {
	const n = 1000
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jo Park %d\r\nN:Park %d;Jo;;;\r\nORG:Globex;Sales\r\nTITLE:Buyer\r\nEMAIL;TYPE=INTERNET,WORK,PREF:jo.%d@globex.example\r\nEMAIL;TYPE=INTERNET,HOME:jo@home.example\r\nTEL;TYPE=WORK,VOICE:+1 415 555 5893\r\nTEL;TYPE=CELL:+1 415 555 0000\r\nADR;TYPE=WORK:;;1 Main Street;Springfield;IL;62701;USA\r\nCATEGORIES:Salesforce\r\nNOTE:Met at the fair.\\nAsk about the new site in Lyon\\, and the rene\r\n wal.\r\nUID:%d\r\nREV:2026-05-01T08:15:30Z\r\nEND:VCARD\r\n", i, i, i, i)
	}
	b.Run("weir", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			out := &wire.MailOutput{}
			env := &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}
			err := vcard.Read(strings.NewReader(text.String()), wire.MailFile{Path: "x.vcf"}, env, out)
			if err != nil || len(out.Rows) != n {
				b.Fatal(err, len(out.Rows))
			}
		}
	})
	b.Run("go-vcard", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			dec, cards := emersion.NewDecoder(strings.NewReader(text.String())), 0
			for {
				if _, err := dec.Decode(); err != nil {
					break
				}
				cards++
			}
			if cards != n {
				b.Fatal(cards)
			}
		}
	})
}
