package recording_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/state"
)

const manifest = `{"format":"weir.recording/1","organization":{"time_zone":"Asia/Tokyo"},"sync_identities":["005000000000009"],"users":[
 {"salesforce_id":"005000000000001","mailbox":"ann@acme.example"},{"salesforce_id":"005000000000002","mailbox":"bo@acme.example","provider":"Office365"}]}`

func open(t *testing.T, texts map[string]string) *recording.Recording {
	t.Helper()
	fsys := fstest.MapFS{"recording.json": {Data: []byte(manifest)}}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, diags := recording.Open(fsys, recording.Options{})
	require.False(t, diags.HasErrors(), "%v", diags)
	return r
}

func TestInstants(t *testing.T) {
	r := open(t, map[string]string{
		"salesforce/20260504T080000Z/Contact.json":                `{"done":true,"records":[]}`,
		"salesforce/20260504T100000Z/Contact.json":                `{"done":true,"records":[]}`,
		"mailboxes/Ann@acme.example/20260504T090000Z/events.json": `{"value":[]}`,
	})
	at := func(h int) time.Time { return time.Date(2026, 5, 4, h, 0, 0, 0, time.UTC) }
	assert.Equal(t, at(8), r.First())
	assert.Equal(t, at(10), r.Last())
	assert.Equal(t, []time.Time{at(8), at(9), at(10)}, r.CaptureInstants(time.Time{}, time.Time{}))
	assert.Equal(t, []time.Time{at(9)}, r.CaptureInstants(at(9), at(9)))

	s, diags := r.At(at(7))
	assert.True(t, diags.HasErrors(), "before the first capture nothing is known")
	assert.NotNil(t, s)
	s, diags = r.At(at(9).Add(30 * time.Minute))
	assert.Empty(t, diags)
	assert.Equal(t, at(9), s.LastCapture)
	assert.True(t, s.Records[state.Contact].Coverage.Captured())
	m, err := s.Mailboxes.Mailbox(s.Users[0])
	require.NoError(t, err)
	assert.True(t, m.Items[state.Event].Coverage.Complete, "mailbox folders are found in any case")
	m, err = s.Mailboxes.Mailbox(s.Users[1])
	require.NoError(t, err)
	assert.False(t, m.Items[state.Event].Coverage.Captured(), "no mailbox was recorded")
}

// People come from the User rows up to the instant, their zones from the first
// place that names one.
func TestUsers(t *testing.T) {
	r := open(t, map[string]string{
		"salesforce/20260504T080000Z/User.json": `{"done":true,"records":[
		 {"attributes":{"type":"User"},"Id":"005000000000001","Name":"Ann Lee","Email":"A.Lee@Acme.example","IsActive":true,"Profile":{"Name":"Field Sales"},"UserRole":null,"TimeZoneSidKey":"America/Denver","Level__c":3},
		 {"attributes":{"type":"User"},"Id":"005000000000009","Name":"Sync","Email":"sync@acme.example"}]}`,
		"salesforce/20260504T080000Z/Lead.json":                            `{"done":true,"records":[{"attributes":{"type":"Lead"},"Id":"00Q000000000001","Email":"Lead@x.example"}]}`,
		"salesforce/20260504T080000Z/describe/User.json":                   `{"name":"User","fields":[{"name":"Level__c","type":"double"}]}`,
		"salesforce/20260504T090000Z/User.updated.json":                    `{"done":true,"records":[{"attributes":{"type":"User"},"Id":"005000000000001","IsActive":false}]}`,
		"mailboxes/ann@acme.example/20260504T100000Z/mailboxSettings.json": `{"timeZone":"Tokyo Standard Time"}`,
		"mailboxes/ann@acme.example/20260504T100000Z/contacts.json":        `{"value":[]}`,
	})
	at := func(h int) *state.Snapshot {
		s, _ := r.At(time.Date(2026, 5, 4, h, 0, 0, 0, time.UTC))
		return s
	}
	s := at(8)
	ann, bo := s.Users[0], s.Users[1]
	assert.Equal(t, "a.lee@acme.example", ann.Value(state.UserEmail).Text())
	assert.Equal(t, "Field Sales", ann.Value(state.UserProfile).Text())
	assert.Equal(t, state.Empty, ann.Value(state.UserRole).Presence())
	assert.Equal(t, state.NumberValue(3), ann.Custom["Level__c"])
	assert.Equal(t, "America/Denver salesforce", ann.Zone.String()+" "+ann.ZoneFrom)
	assert.Equal(t, "Asia/Tokyo organization", bo.Zone.String()+" "+bo.ZoneFrom)
	assert.Equal(t, "office365", bo.Value(state.UserProvider).Text())
	assert.Equal(t, "bo@acme.example", bo.Value(state.UserEmail).Text())
	assert.False(t, bo.Recorded)
	assert.True(t, bo.Active(), "activity is unknown, which is not inactive")

	assert.False(t, at(9).Users[0].Active())
	assert.Equal(t, state.Unrecorded, at(9).Users[0].Value(state.UserProfile).Presence(), "the later row did not select it")
	assert.Equal(t, "Asia/Tokyo mailbox", at(10).Users[0].Zone.String()+" "+at(10).Users[0].ZoneFrom)

	p, ok := s.Directory.Person("005000000000009AAA")
	assert.True(t, ok && p.Sync && p.Name == "Sync")
	for _, address := range []string{"lead@x.example", "a.lee@acme.example", "ann@acme.example", "bo@acme.example"} {
		assert.True(t, s.Directory.KnowsAddress(address), address)
	}
	assert.Equal(t, map[string]state.Type{"Level__c": state.Number}, r.CustomFields().User)
}

func TestAccess(t *testing.T) {
	r := open(t, map[string]string{
		"salesforce/20260504T080000Z/UserRecordAccess.json": `{"done":true,"records":[{"attributes":{"type":"UserRecordAccess"},"UserId":"005000000000001","RecordId":"003000000000001","HasReadAccess":true,"HasEditAccess":false}]}`,
	})
	s, _ := r.At(r.Last())
	assert.Equal(t, state.Accesses{{UserID: "005000000000001AAA", RecordID: "003000000000001AAA"}: {Read: state.True, Edit: state.False}}, s.Access)
}

// Salesforce does not show whose access an answer is about: capture.json says it, for
// a file or for all, by id or by mailbox. What a row says itself goes first.
func TestWhoseAccess(t *testing.T) {
	answer := func(record, user string) string {
		return `{"done":true,"records":[{"attributes":{"type":"UserRecordAccess"},` + user + `"RecordId":"` + record + `","HasReadAccess":true}]}`
	}
	const dir = "salesforce/20260504T080000Z/"
	r := open(t, map[string]string{
		dir + "UserRecordAccess-1.json": answer("003000000000001", ""),
		dir + "UserRecordAccess-2.json": answer("003000000000002", ""),
		dir + "UserRecordAccess-3.json": answer("003000000000003", `"UserId":"005000000000009",`),
		dir + "UserRecordAccess-4.csv":  "RecordId,HasReadAccess\n003000000000004,true\n",
		dir + "capture.json": `{"user_record_access": {"user": "Ann@Acme.example"},
			"files": {"UserRecordAccess-2.json": {"user": "005000000000002AAA"}}}`,
	})
	s, _ := r.At(r.Last())
	readers := map[string]string{}
	for key, may := range s.Access {
		assert.Equal(t, state.True, may.Read)
		readers[key.RecordID] = key.UserID
	}
	assert.Equal(t, map[string]string{"003000000000001AAA": "005000000000001AAA", "003000000000002AAA": "005000000000002AAA",
		"003000000000003AAA": "005000000000009AAA", "003000000000004AAA": "005000000000001AAA"}, readers)
}

// What is no task is not counted as one, and inspect says so, in rows and in CSV.
func TestDefinitionsOfRecurringTasks(t *testing.T) {
	for name, text := range map[string]string{
		"Task.json": `{"done":true,"records":[{"attributes":{"type":"Task"},"Id":"00T000000000001","IsRecurrence":true},{"attributes":{"type":"Task"},"Id":"00T000000000002","IsRecurrence":false}]}`,
		"Task.csv":  "Id,Subject,IsRecurrence,RecurrenceRegeneratedType\n00T000000000001,x,1,\n00T000000000002,x,0,\n",
	} {
		file := "salesforce/20260504T080000Z/" + name
		inv := open(t, map[string]string{file: text}).Inspect()
		assert.Equal(t, []recording.NotRead{{Path: file, Why: "not synced, left out: definitions of recurring tasks (1)"}}, inv.NotRead, name)
		assert.Equal(t, map[string]int{"live": 1}, inv.Salesforce[1].States, name)
	}
}

// Ids that a getUpdated body names without their rows leave the kind incomplete.
func TestUpdatedWithoutValues(t *testing.T) {
	r := open(t, map[string]string{
		"salesforce/20260504T080000Z/Contact.json":         `{"done":true,"records":[]}`,
		"salesforce/20260504T090000Z/Contact.updated.json": `{"ids":["003000000000001","003000000000002"],"latestDateCovered":"2026-05-04T09:00:00.000+0000"}`,
	})
	s, _ := r.At(r.Last())
	c := s.Records[state.Contact].Coverage
	assert.False(t, c.Complete)
	assert.Equal(t, []string{"salesforce/20260504T090000Z/Contact.updated.json: 2 changed records are named without values; record their rows too"}, c.Why)
}

func TestDigestsAndProgress(t *testing.T) {
	text := `{"done":true,"records":[]} trailing`
	fsys := fstest.MapFS{"recording.json": {Data: []byte(manifest)},
		"salesforce/20260504T080000Z/Contact.json":              {Data: []byte(text)},
		"salesforce/20260504T080000Z/capture.json":              {Data: []byte(`{}`)},
		"mailboxes/bo@acme.example/20260504T080000Z/links.json": {Data: []byte(`[]`)},
	}
	var calls [][2]int
	r, _ := recording.Open(fsys, recording.Options{Progress: func(done, total int) { calls = append(calls, [2]int{done, total}) }})
	assert.Equal(t, [][2]int{{1, 3}, {2, 3}, {3, 3}}, calls)
	require.Len(t, r.Files(), 4)
	sum := sha256.Sum256([]byte(text))
	assert.Contains(t, r.Files(), recording.FileDigest{Path: "salesforce/20260504T080000Z/Contact.json", SHA256: hex.EncodeToString(sum[:])},
		"bytes after the error count too")
}

// A recording cannot make weir read a file outside itself.
func TestSymbolicLinks(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "Contact.json")
	require.NoError(t, os.WriteFile(outside, []byte(`{"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"003000000000001"}]}`), 0o600))
	dir := t.TempDir()
	folder := filepath.Join(dir, "salesforce", "20260504T080000Z")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "recording.json"), []byte(manifest), 0o600))
	if err := os.Symlink(outside, filepath.Join(folder, "Contact.json")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	r, diags := recording.Open(os.DirFS(dir), recording.Options{})
	assert.Contains(t, texts(diags), "Symbolic link")
	assert.Len(t, r.Files(), 1, "only the manifest was read")

	require.NoError(t, os.Rename(filepath.Join(dir, "recording.json"), filepath.Join(dir, "real.json")))
	require.NoError(t, os.Symlink("real.json", filepath.Join(dir, "recording.json")))
	r, diags = recording.Open(os.DirFS(dir), recording.Options{})
	assert.Nil(t, r)
	assert.Contains(t, texts(diags), "Symbolic link")
}

// Mailboxes are the caller's to change, and may be asked for from several
// goroutines.
func TestMailboxesAreIndependent(t *testing.T) {
	texts := map[string]string{}
	for _, a := range []string{"ann", "bo"} {
		texts["mailboxes/"+a+"@acme.example/20260504T080000Z/contacts.json"] = `{"value":[{"id":"` + a + `","givenName":"X","categories":[]}]}`
	}
	r := open(t, texts)
	s, _ := r.At(r.Last())
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			m, err := s.Mailboxes.Mailbox(s.Users[i%2])
			if assert.NoError(t, err) && assert.Equal(t, 1, m.Items[state.Contact].Len()) {
				m.Items[state.Contact].Put(&state.Object{ID: "new", Kind: state.Contact})
			}
		})
	}
	wg.Wait()
}

// A document that says how it is encoded is not blamed for it; one that lies is.
func TestDeclaredEncoding(t *testing.T) {
	const item = `<Items><Task><ItemId Id="T"/><Subject>Caf` + "\xe9" + `</Subject></Task></Items>`
	name := "mailboxes/ann@acme.example/20260504T080000Z/tasks.xml"
	for declaration, problems := range map[string]int{`<?xml version="1.0" encoding="iso-8859-1"?>`: 0, `<?xml version="1.0" encoding="utf-8"?>`: 1} {
		fsys := fstest.MapFS{"recording.json": {Data: []byte(manifest)}, name: {Data: []byte(declaration + item)}}
		r, diags := recording.Open(fsys, recording.Options{})
		require.False(t, diags.HasErrors())
		count := 0
		for _, d := range diags {
			if d.Summary == "Not UTF-8" {
				count++
			}
		}
		assert.Equal(t, problems, count, declaration)
		s, _ := r.At(r.Last())
		m, err := s.Mailboxes.Mailbox(s.Users[0])
		require.NoError(t, err)
		title := m.Items[state.Task].Get("T").Item().Title()
		assert.Equal(t, problems == 0, title == "Café", title)
	}
}
