package anonymize

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"weir/recording/salesforce"
	"weir/recording/vcard"
	"weir/recording/wire"
)

// fixed are names made of texts, ids and addresses.
func fixed(opts Options, collect func(*Names)) *Names {
	n := newNames(opts)
	collect(n)
	n.fix()
	return n
}

func TestDifferentTextsStayDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfDistinct(rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-zäÖß0-9 .,-]{1,12}`)), func(s string) string { return norm.NFC.String(s) }).Draw(t, "texts")
		named := rapid.SliceOf(rapid.StringMatching(`[a-d]{1,4}`)).Draw(t, "named")
		n := fixed(Options{Named: named}, func(n *Names) {
			for _, s := range texts {
				n.Text(s)
			}
		})
		seen := map[string]string{}
		for _, s := range texts {
			out := n.Text(s)
			if !utf8.ValidString(s) || strings.Contains(s, "@") {
				continue
			}
			if before, ok := seen[out]; ok {
				t.Fatalf("%q and %q became one", before, s)
			}
			seen[out] = s
			if out != n.Text(s) {
				t.Fatal("not the same twice")
			}
		}
	})
}

func TestIDsKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfDistinct(rapid.StringMatching(`00[35TU][0-9A-Za-z]{12}`), func(s string) string { return s }).Draw(t, "ids")
		items := rapid.SliceOfDistinct(rapid.StringMatching(`AAMk[A-Za-z0-9=_-]{1,20}`), func(s string) string { return s }).Draw(t, "items")
		n := fixed(Options{}, func(n *Names) {
			for _, id := range append(ids, items...) {
				n.ID(id)
			}
		})
		for _, list := range [][]string{ids, items} {
			for _, a := range list {
				for _, b := range list {
					assert.Equal(t, a < b, n.ID(a) < n.ID(b), "%s %s", a, b)
				}
			}
		}
		for _, id := range ids {
			out := n.ID(id)
			assert.Equal(t, id[:3], out[:3])
			full, _ := salesforce.NormalizeID(id)
			long, problem := salesforce.NormalizeID(n.ID(full))
			assert.Equal(t, salesforce.IDFine, problem)
			assert.Equal(t, out, long[:15])
		}
	})
}

func TestTexts(t *testing.T) {
	input := "Jo Park (JO) wrote to Jo.Park@Globex.example about order 4711, 003000000000001AAA, re-offering Hot stuff"
	n := fixed(Options{Named: []string{"Hot", "offer"}}, func(n *Names) { n.Text(input); n.Address("jo.park@globex.example"); n.ID("003000000000001") })
	out := n.Text(input)
	for _, gone := range []string{"Jo", "Park", "lobex", "4711", "3000000000001", "wrote", "order"} {
		assert.NotContains(t, out, gone)
	}
	assert.Contains(t, out, "-offer")
	assert.Contains(t, out, " Hot ")
	assert.Contains(t, out, n.Address("JO.PARK@globex.example"))
	assert.Contains(t, out, n.ID("003000000000001AAA"))
	words := strings.Fields(out)
	assert.Equal(t, "("+strings.ToUpper(words[0])+")", words[2])
}

// run rewrites files and gives them back by name.
func run(t *testing.T, opts Options, files map[string]string) (map[string]string, *Report) {
	t.Helper()
	fsys := fstest.MapFS{"recording.json": {Data: []byte(`{"format":"weir.recording/1"}`)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	out := map[string]string{}
	var last string
	_, report, err := Run(fsys, opts, func(name string, r io.Reader) error {
		text, err := io.ReadAll(r)
		out[name], last = string(text), name
		return err
	})
	require.NoError(t, err)
	assert.Equal(t, "recording.json", last, "the manifest comes last")
	return out, report
}

const place = "mailboxes/ann@acme.example/20260504T080000Z/"

// only is the content of the one file that is no manifest.
func only(t *testing.T, files map[string]string) string {
	t.Helper()
	for name, text := range files {
		if name != "recording.json" {
			return text
		}
	}
	t.Fatal("no file")
	return ""
}

func TestJSONKeepsItsStructure(t *testing.T) {
	in := "{ \"value\" : [\n  {\"id\":\"AAMk1\", \"subject\":\"Secret talk\", \"n\": 1.50e3, \"x\":null,\n   \"start\":{\"dateTime\":\"2026-05-13T16:00:00.0000000\",\"timeZone\":\"UTC\"}, \"body\":{\"content\":\"<p class='Ann'>Secret<br/></p>\"}} ]}\n"
	files, _ := run(t, Options{Days: DefaultDays}, map[string]string{place + "events.json": in})
	out := only(t, files)
	for _, stays := range []string{"{ \"value\" : [\n  {\"id\":\"id0", "\"n\": 1.50e3, \"x\":null,\n", `"2054-05-13T16:00:00.0000000"`, `"UTC"`, "<p>", "<br/></p>"} {
		assert.Contains(t, out, stays)
	}
	for _, gone := range []string{"Secret", "talk", "Ann", "AAMk1"} {
		assert.NotContains(t, out, gone)
	}
}

func TestWhatFollowsAMistakeIsLeftOut(t *testing.T) {
	files, report := run(t, Options{}, map[string]string{place + "events.json": `{"value":[{"subject":"Secret"},{"subject": Hidden}]}`, place + "mad.exe": "Secret"})
	assert.NotContains(t, only(t, files), "Hidden")
	require.Len(t, report.Left, 2)
	for _, l := range report.Left {
		assert.NotContains(t, l.File, "ann")
		assert.NotContains(t, l.File, "mad")
	}
}

func TestXML(t *testing.T) {
	in := `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:t"><!-- Ann --><t:CalendarItem><t:ItemId Id="AAMk1" ChangeKey="CK"/>` +
		`<t:Subject>Talk &amp; Tea</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:Start>2026-05-04T08:00:00Z</t:Start><t:Body BodyType="HTML">&lt;b x="Ann"&gt;Tea&lt;/b&gt;</t:Body>` +
		`<t:Organizer><t:Mailbox><t:Name>Ann Lee</t:Name><t:EmailAddress>ann@acme.example</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:Organizer></t:CalendarItem></s:Envelope>`
	files, report := run(t, Options{Days: DefaultDays}, map[string]string{place + "events.xml": in})
	out := only(t, files)
	assert.Empty(t, report.Left)
	for _, gone := range []string{"Ann", "Tea", "Talk", "AAMk1", "CK\"", "ann@"} {
		assert.NotContains(t, out, gone)
	}
	for _, stays := range []string{"<t:Sensitivity>Normal<", "<t:Start>2054-05-04T08:00:00Z<", `BodyType="HTML"`, "RoutingType>SMTP<", "&amp;", "&lt;b&gt;", "domain-0001.example"} {
		assert.Contains(t, out, stays)
	}
}

func TestADocumentTypeEndsTheReading(t *testing.T) {
	files, report := run(t, Options{}, map[string]string{place + "events.xml": `<!DOCTYPE a [<!ENTITY b "Secret">]><a>&b;</a>`})
	assert.NotContains(t, only(t, files), "Secret")
	assert.Len(t, report.Left, 1)
}

func TestContentLines(t *testing.T) {
	in := "BEGIN:VCALENDAR\r\nPRODID:-//Ann//EN\r\nBEGIN:VEVENT\r\nUID:abc-1\r\nSUMMARY:Secret talk\\, with\r\n  Ann\r\nDTSTART;TZID=Europe/Berlin:20260504T080000\r\n" +
		"RRULE:FREQ=WEEKLY;UNTIL=20260630T000000Z\r\nATTENDEE;CN=\"Lee; Ann\";PARTSTAT=ACCEPTED:mailto:ann@acme.example\r\nGEO:1;2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	files, _ := run(t, Options{Days: DefaultDays}, map[string]string{place + "events.ics": in})
	out := only(t, files)
	for _, gone := range []string{"Ann", "Secret", "talk", "Lee", "abc-1", "ann@", "GEO"} {
		assert.NotContains(t, out, gone)
	}
	for _, stays := range []string{"DTSTART;TZID=Europe/Berlin:20540504T080000\r\n", "UNTIL=20540630T000000Z", "PARTSTAT=ACCEPTED", "mailto:person-", "\\, "} {
		assert.Contains(t, out, stays)
	}
	assert.Equal(t, strings.Count(in, "\r\n")-2, strings.Count(strings.ReplaceAll(out, "\r\n ", ""), "\r\n"))
}

// How a value is written tells nothing of it: quoted-printable, a character set, base64
// and folds are undone before, and ids that weir makes of what a card says follow it.
func TestCards(t *testing.T) {
	card := "BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-1:M=FCl=\nler;Jo\nFN:Jo M\u00fcller\nitem1.TEL;WORK:tel:+1-418-656;ext=102\n" +
		"item1.X-ABLabel:Boat\nPHOTO;ENCODING=BASE64:U2VjcmV0\n\nNOTE;ENCODING=BASE64:U2VjcmV0\nEND:VCARD\n"
	links := `[{"kind": "contact", "record_id": "003000000000001AAA", "item_id": "` + madeIDs(t, card)[0] + `"}]`
	files, report := run(t, Options{}, map[string]string{place + "contacts.vcf": card, place + "links.json": links})
	assert.Empty(t, report.Left)
	var out, linked string
	for name, text := range files {
		switch {
		case strings.HasSuffix(name, ".vcf"):
			out = text
		case strings.HasSuffix(name, "links.json"):
			linked = text
		}
	}
	for _, gone := range []string{"ller", "Jo", "FC", "418", "656", "102", "Boat", "PHOTO", "Secret", "U2VjcmV0", "QUOTED", "iso-"} {
		assert.NotContains(t, out, gone)
	}
	for _, stays := range []string{"TEL;TYPE=WORK:tel:+", ";ext=", ".X-ABLABEL:", "VERSION:2.1"} {
		assert.Contains(t, out, stays)
	}
	name := regexp.MustCompile(`(?m)^N:(\pL{6});(\pL{2})\r$`).FindStringSubmatch(out)
	require.NotNil(t, name, out)
	assert.Contains(t, out, "FN:"+name[2]+" "+name[1]+"\r\n")
	assert.Contains(t, linked, madeIDs(t, out)[0])
}

// madeIDs are the ids that the reader makes of cards.
func madeIDs(t *testing.T, text string) []string {
	t.Helper()
	var out wire.MailOutput
	require.Nil(t, vcard.Read(strings.NewReader(text), wire.MailFile{Path: "contacts.vcf"}, &wire.MailEnv{Problems: &wire.Problems{}}, &out))
	var ids []string
	for _, r := range out.Rows {
		require.True(t, strings.HasPrefix(r.ID, madeID))
		ids = append(ids, r.ID)
	}
	require.NotEmpty(t, ids)
	return ids
}

func TestLinksKeepWhatTheyTell(t *testing.T) {
	links := []string{
		"https://graph.microsoft.com/v1.0/$metadata#users('ann%40acme.example')/contactFolders('AAMk1=')/contacts(id,subject)",
		"https://graph.microsoft.com/v1.0/$metadata#Collection(todoTask)",
		"https://graph.microsoft.com/v1.0/me/calendarView/delta?startDateTime=2026-05-04T00:00:00Z&$deltatoken=Secret",
		"https://acme.my.salesforce.example/00T5g00000EVc28EAD",
		"/services/data/v62.0/query/01g5g00000EVc28EAD-2000",
	}
	n := fixed(Options{Days: DefaultDays}, func(n *Names) {
		for _, l := range links {
			n.URL(l)
		}
		n.ID("AAMk1=")
		n.Address("ann@acme.example")
	})
	assert.Contains(t, n.URL(links[0]), "/contactFolders('"+n.ID("AAMk1=")+"')/contacts(id,subject)")
	assert.Contains(t, n.URL(links[0]), "users('"+strings.Replace(n.Address("ann@acme.example"), "@", "%40", 1)+"')")
	assert.Equal(t, links[1], n.URL(links[1]))
	assert.Equal(t, "https://graph.microsoft.com/v1.0/me/calendarView/delta?startDateTime=2054-05-04T00:00:00Z&$deltatoken=x", n.URL(links[2]))
	assert.NotContains(t, n.URL(links[3]), "acme")
	assert.Contains(t, n.URL(links[3]), n.ID("00T5g00000EVc28EAD"))
	assert.Regexp(t, `^/services/data/v62.0/query/01gXx0\w+-2000$`, n.URL(links[4]))
}

// FuzzRun rewrites anything without panicking, the same twice.
func FuzzRun(f *testing.F) {
	f.Add("events.json", []byte(`{"value":[{"id":"1","subject":"a b"}]}`))
	f.Add("events.xml", []byte(`<a b="c">d</a>`))
	f.Add("events.ics", []byte("BEGIN:VCALENDAR\r\nSUMMARY:a\r\n b\r\n"))
	f.Add("contacts.vcf", []byte("BEGIN:VCARD\nitem1.N;ENCODING=QUOTED-PRINTABLE;CHARSET=latin1:M=FCl=\nler;Jo\nTEL:tel:+1-2;ext=3\nEND:VCARD\n"))
	f.Add("Contact.csv", []byte("Id,Name\n1,\"a\nb\"\n"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		source := "mailboxes/a@b.example/20260504T080000Z/events"
		ext := ".json"
		for _, e := range []string{".xml", ".ics", ".vcf"} {
			if strings.HasSuffix(name, e) {
				ext = e
			}
		}
		if strings.HasSuffix(name, ".csv") {
			source, ext = "salesforce/20260504T080000Z/Contact", ".csv"
		}
		var results [2]bytes.Buffer
		for i := range results {
			fsys := fstest.MapFS{"recording.json": {Data: []byte(`{}`)}, source + ext: {Data: data}}
			_, _, err := Run(fsys, Options{Days: DefaultDays, Named: []string{"abc"}}, func(_ string, r io.Reader) error {
				_, err := io.Copy(&results[i], r)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(results[0].Bytes(), results[1].Bytes()) {
			t.Fatal("not the same twice")
		}
	})
}

// Whom an answer is about, in capture.json, is replaced as the rows' own ids are.
func TestPeopleInCaptureJSON(t *testing.T) {
	const dir = "salesforce/20260504T080000Z/"
	files, _ := run(t, Options{}, map[string]string{
		dir + "User.json":    `{"records":[{"attributes":{"type":"User"},"Id":"005000000000001AAA","Email":"ann@acme.example"}]}`,
		dir + "capture.json": `{"user":"005000000000001AAA","user_record_access":{"user":"ann@acme.example"}}`,
	})
	for name, text := range files {
		assert.NotContains(t, text, "ann@acme.example", name)
	}
	var user struct{ Records []struct{ ID, Email string } }
	require.NoError(t, json.Unmarshal([]byte(files[dir+"User.json"]), &user))
	assert.JSONEq(t, `{"user":"`+user.Records[0].ID+`","user_record_access":{"user":"`+user.Records[0].Email+`"}}`, files[dir+"capture.json"])
}
