package intake_test

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/recording/intake"
)

var saved = time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)

const users = `{"done":true,"records":[
 {"attributes":{"type":"User"},"Id":"005000000000001","Name":"Ann Lee","Email":"Ann@acme.example","Username":"ann@acme.example.sf","TimeZoneSidKey":"Europe/Berlin","IsActive":true},
 {"attributes":{"type":"User"},"Id":"005000000000002","Name":"Old Ann","Email":"ann@acme.example","TimeZoneSidKey":"Asia/Tokyo","IsActive":false},
 {"attributes":{"type":"User"},"Id":"005000000000003","Name":"Bo","Email":"bo@acme.example","TimeZoneSidKey":"Europe/Berlin","IsActive":true}]}`

// arrange lays out files given as name and content; minutes after saved may follow
// a name behind a "+".
func arrange(t *testing.T, opts intake.Options, files map[string]string) *intake.Layout {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		name, late, _ := strings.Cut(name, "+")
		at := saved
		if late != "" {
			d, err := time.ParseDuration(late)
			require.NoError(t, err)
			at = at.Add(d)
		}
		fsys[name] = &fstest.MapFile{Data: []byte(text), ModTime: at}
	}
	l, err := intake.Arrange([]intake.Source{{Name: "exports", FS: fsys}}, opts)
	require.NoError(t, err)
	return l
}

// targets are the places by path, and why there is none.
func targets(l *intake.Layout) map[string]string {
	out := map[string]string{}
	for _, f := range l.Files {
		out[f.Path] = f.Target
		if f.Target == "" {
			out[f.Path] = "! " + f.Why
		}
	}
	return out
}

func TestWhatFilesAre(t *testing.T) {
	const here = "20260504T080000Z/"
	cases := []struct{ name, text, want string }{
		{"query.json", `{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"003"}]}`, "salesforce/" + here + "query.json"},
		{"cli.json", `{"status":0,"result":{"records":[{"attributes": {"type": "Task"}}]}}`, "salesforce/" + here + "cli.json"},
		{"gone.json", `{"deletedRecords":[],"latestDateCovered":"x"}`, "salesforce/" + here + "gone.json"},
		{"Contact.csv", "\uFEFF\"Id\",\"FirstName\"\n", "salesforce/" + here + "Contact.csv"},
		{"report.csv", "First Name,Contact ID\n", "salesforce/" + here + "report.csv"},
		{"access.csv", "RecordId,UserId,HasReadAccess\n", "salesforce/" + here + "access.csv"},
		{"people.csv", "Given Name,Family Name,E-mail\n", "! neither its content nor its path tells what it is"},
		{"Hot.listView-meta.xml", `<?xml version="1.0"?><ListView xmlns="x">`, "salesforce/" + here + "listviews/Contact/listViews/Hot.listView-meta.xml"},
		{"objects/Lead/listViews/Hot.listView-meta.xml", `<ListView>`, "salesforce/" + here + "listviews/Lead/listViews/Hot.listView-meta.xml"},
		{"view.json", `{"columns":[{"fieldNameOrPath":"Id"}],"developerName":"Hot","records":[]}`, "salesforce/" + here + "listviews/view.json"},
		{"c.json", `{"actionOverrides":[],"name":"Contact","fields":[]}`, "salesforce/" + here + "describe/c.json"},
		{"graph.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('bo%40acme.example')/contacts","value":[]}`, "mailboxes/bo@acme.example/" + here + "graph.json"},
		{"bo@acme.example.json", `{"value":[{"id":"1","givenName":"Jo"}]}`, "mailboxes/bo@acme.example/" + here + "bo@acme.example.json"},
		{"bo@acme.example/cal", "BEGIN:VCALENDAR\r\n", "mailboxes/bo@acme.example/" + here + "cal.ics"},
		{"bo@acme.example/c.vcf", "\r\nBEGIN:VCARD\r\n", "mailboxes/bo@acme.example/" + here + "c.vcf"},
		{"bo@acme.example/g.json", `{"kind":"calendar#events","items":[]}`, "mailboxes/bo@acme.example/" + here + "g.json"},
		{"g.json", `{"kind": "calendar#events", "etag": "x", "summary": "bo@acme.example", "items": []}`, "mailboxes/bo@acme.example/" + here + "g.json"},
		{"bo@acme.example/sync.xml", `<?xml version="1.0"?><s:Envelope xmlns:s="x"><s:Body>`, "mailboxes/bo@acme.example/" + here + "sync.xml"},
		{"bo@acme.example/settings.json", `{"page": "new"}`, "mailboxes/bo@acme.example/" + here + "settings.json"},
		{"bo@acme.example/links.json", `[{"kind":"task","record_id":"00T"}]`, "mailboxes/bo@acme.example/" + here + "links.json"},
		{"salesforce/Task.json", `{"value":1}`, "salesforce/" + here + "Task.json"},
		{"notes.txt", "hello", "! it is in no format that weir reads"},
		{"empty.json", " ", "! it is empty"},
		{"what.json", `{"a":1}`, "! neither its content nor its path tells what it is"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			l := arrange(t, intake.Options{}, map[string]string{c.name: c.text, "User.json": users})
			assert.Equal(t, c.want, targets(l)[c.name])
		})
	}
}

func TestWhenFilesWereTaken(t *testing.T) {
	contact := `{"done":true,"records":[{"attributes":{"type":"Contact"}}]}`
	l := arrange(t, intake.Options{}, map[string]string{
		"a.json": contact, "b.json+50m": contact, "c.json+100m": contact, // one capture, at its latest file
		"d.json+4h":                            contact,
		"20260601T093000Z/e.json":              contact,
		"2026-06-02/f.json":                    contact,
		"2026-06-02/Contact_2026-06-03T07.txt": "",
		"2026-06-02/g 2026-06-03 07.15.json":   contact,
	})
	got := targets(l)
	assert.Equal(t, "salesforce/20260504T094000Z/a.json", got["a.json"])
	assert.Equal(t, "salesforce/20260504T094000Z/b.json", got["b.json"])
	assert.Equal(t, "salesforce/20260504T120000Z/d.json", got["d.json"])
	assert.Equal(t, "salesforce/20260601T093000Z/e.json", got["20260601T093000Z/e.json"])
	assert.Equal(t, "salesforce/20260602T000000Z/f.json", got["2026-06-02/f.json"])
	assert.Equal(t, "salesforce/20260603T071500Z/g_2026-06-03_07.15.json", got["2026-06-02/g 2026-06-03 07.15.json"])

	l = arrange(t, intake.Options{At: saved.Add(time.Hour)}, map[string]string{"2026-06-02/f.json": contact})
	assert.Equal(t, "salesforce/20260504T090000Z/f.json", targets(l)["2026-06-02/f.json"], "--at overrules everything")
}

func TestWhoseFilesTheyAre(t *testing.T) {
	const calendar = "BEGIN:VCALENDAR\n"
	t.Run("the only mailbox there is", func(t *testing.T) {
		l := arrange(t, intake.Options{}, map[string]string{"User.json": users, "bo@acme.example/a.ics": calendar, "b.ics": calendar})
		assert.Equal(t, "mailboxes/bo@acme.example/20260504T080000Z/b.ics", targets(l)["b.ics"])
		require.Len(t, l.Users, 1)
		assert.Equal(t, intake.User{Mailbox: "bo@acme.example", SalesforceID: "005000000000003AAA", Name: "Bo"}, l.Users[0])
	})
	t.Run("nobody's", func(t *testing.T) {
		l := arrange(t, intake.Options{}, map[string]string{"User.json": users, "b.ics": calendar})
		assert.Contains(t, targets(l)["b.ics"], "--mailbox")
	})
	t.Run("as said", func(t *testing.T) {
		l := arrange(t, intake.Options{Mailbox: "ann@acme.example"}, map[string]string{"User.json": users, "b.ics": calendar})
		assert.Equal(t, "mailboxes/ann@acme.example/20260504T080000Z/b.ics", targets(l)["b.ics"])
		assert.Equal(t, "005000000000001AAA", l.Users[0].SalesforceID, "the active user of two with one address")
	})
	t.Run("a stranger's", func(t *testing.T) {
		files := map[string]string{"User.json": users, "eve@acme.example/b.ics": calendar}
		l := arrange(t, intake.Options{}, files)
		assert.Contains(t, targets(l)["eve@acme.example/b.ics"], "--user eve@acme.example=005")
		assert.Empty(t, l.Users)
		l = arrange(t, intake.Options{Users: map[string]string{"eve@acme.example": "005000000000009"}}, files)
		assert.Equal(t, "mailboxes/eve@acme.example/20260504T080000Z/b.ics", targets(l)["eve@acme.example/b.ics"])
	})
}

// What is laid out is a recording that reads without a diagnostic; a capture.json goes
// with the files it explains, and files of one name do not overwrite each other.
func TestTheRecordingReads(t *testing.T) {
	files := map[string]string{
		"one/User.json":        users,
		"one/Contact.json":     `{"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"003000000000001","LastName":"A"}]}`,
		"two/Contact.json":     `{"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"003000000000002","LastName":"B"}]}`,
		"org.json":             `{"done":true,"records":[{"attributes":{"type":"Organization"},"Id":"00D000000000001","Name":"Acme","TimeZoneSidKey":"America/New_York"}]}`,
		"bo/contacts.json":     `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users('bo%40acme.example')/contacts","value":[],"@odata.deltaLink":"x"}`,
		"bo/capture.json":      `{"delta": false}`,
		"lost/capture.json":    `{"delta": false}`,
		"old/recording.json":   `{}`,
		"bo/../bo/thing.xlsx":  "x",
		"link-to-nowhere.json": `{"records":[]}`,
	}
	delete(files, "bo/../bo/thing.xlsx")
	l := arrange(t, intake.Options{Name: "somewhere"}, files)
	got := targets(l)
	assert.Equal(t, "salesforce/20260504T080000Z/Contact.json", got["one/Contact.json"])
	assert.Equal(t, "salesforce/20260504T080000Z/Contact-2.json", got["two/Contact.json"])
	assert.Equal(t, "mailboxes/bo@acme.example/20260504T080000Z/capture.json", got["bo/capture.json"])
	assert.Equal(t, "! nothing beside it has a place", got["lost/capture.json"])
	assert.Contains(t, got["old/recording.json"], "manifest")

	sources := []intake.Source{{FS: mapped(files)}}
	out := fstest.MapFS{}
	require.NoError(t, l.Copy(sources, func(name string, r io.Reader) error {
		require.True(t, fs.ValidPath(name))
		require.NotContains(t, out, name)
		data, err := io.ReadAll(r)
		out[name] = &fstest.MapFile{Data: data}
		return err
	}))
	r, diags := recording.Open(out, recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	for _, d := range diags {
		assert.Contains(t, d.Detail, "Organization", "the only thing of no use")
	}
	assert.Equal(t, "Acme", r.Manifest().Organization.Name)
	assert.Equal(t, "America/New_York", r.Manifest().Organization.TimeZone)
	s, _ := r.At(r.Last())
	assert.Equal(t, 2, s.Records[1].Len(), "both files of contacts")
}

func mapped(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text), ModTime: saved}
	}
	return out
}

// Whatever files are called, their places are below a source of the recording, and
// no two files have the same one.
func FuzzPlaces(f *testing.F) {
	f.Add("a/b.json", "../../etc/passwd", `{"records":[{"attributes":{"type":"Contact"}}]}`)
	f.Add("ann@acme.example/..ics", "ANN@acme.example/..ICS", "BEGIN:VCALENDAR")
	f.Add("0..json", "....json", `{"records":[{"attributes":{"type":"Contact"}}]}`)
	f.Add("x'@y.zz/\\..\\a.json", "CON.json", `{"kind":"calendar#events","summary":"../../a@b.cc"}`)
	f.Fuzz(func(t *testing.T, a, b, text string) {
		fsys := fstest.MapFS{}
		for _, name := range []string{a, b} {
			if fs.ValidPath(name) && name != "." {
				fsys[name] = &fstest.MapFile{Data: []byte(text), ModTime: saved}
			}
		}
		l, err := intake.Arrange([]intake.Source{{Name: "x", FS: fsys}}, intake.Options{Mailbox: "ann@acme.example", Users: map[string]string{"ann@acme.example": "005000000000001"}})
		if err != nil {
			t.Skip()
		}
		taken := map[string]bool{}
		for _, file := range l.Files {
			if file.Target == "" {
				require.NotEmpty(t, file.Why)
				continue
			}
			require.True(t, fs.ValidPath(file.Target), file.Target)
			require.False(t, taken[strings.ToLower(file.Target)], file.Target)
			taken[strings.ToLower(file.Target)] = true
			require.True(t, strings.HasPrefix(file.Target, "salesforce/2") || strings.HasPrefix(file.Target, "mailboxes/"), file.Target)
			require.NotContains(t, file.Target, "/.")
			require.NotContains(t, file.Target, "\\")
		}
	})
}
