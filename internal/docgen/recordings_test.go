package docgen_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/needs"
	"weir/recording"
	"weir/state"
)

// TestRecordingExamples: the JSON of the page is one recording, and the reader
// takes all of it without a word.
func TestRecordingExamples(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"salesforce/20260504T080000Z/Contact.json":                             `{"totalSize":0,"done":true,"records":[]}`,
		"mailboxes/ann.lee@acme.example/20260504T080000Z/contacts.json":        `{"@odata.context":"x#users('a')/contacts","value":[]}`,
		"mailboxes/ann.lee@acme.example/20260504T080000Z/events.json":          `{"@odata.context":"x#users('a')/events","value":[]}`,
		"mailboxes/ann.lee@acme.example/20260504T080000Z/todo-export.json":     `{"value":[{"id":"t1","title":"Call","status":"notStarted","categories":[]}]}`,
		"mailboxes/dana.cole@acme.example/20260504T080000Z/contacts.json":      `{"@odata.context":"x#users('d')/contacts","value":[]}`,
		"mailboxes/dana.cole@acme.example/20260504T080000Z/contacts-2.json":    `{"@odata.context":"x#users('d')/contacts","value":[]}`,
		"mailboxes/dana.cole@acme.example/20260504T080000Z/todoLists.json":     `{"@odata.context":"x#users('d')/todo/lists","value":[]}`,
		"mailboxes/dana.cole@acme.example/20260504T080000Z/tasks.list1-1.json": `{"@odata.context":"x#users('d')/todo/lists('a')/tasks","value":[]}`,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, b := range blocks(t, "recordings.md", "json") {
		name, ok := strings.CutPrefix(b.info, "acme/")
		require.Truef(t, ok, "line %d: an example needs its place in the recording", b.line)
		fsys[name] = &fstest.MapFile{Data: []byte(b.text)}
	}
	rec, diags := recording.Open(fsys, recording.Options{})
	require.Empty(t, diags)
	require.NotNil(t, rec)
	m := rec.Manifest()
	assert.Equal(t, "Acme", m.Organization.Name)
	assert.True(t, m.Absence[state.Contact])
	require.Len(t, m.Users, 2)
	assert.Equal(t, "Europe/Berlin", m.Users[0].TimeZone)

	snap, diags := rec.At(rec.Last())
	require.Empty(t, diags)
	box, err := snap.Mailboxes.Mailbox(snap.Users[0])
	require.NoError(t, err)
	require.Len(t, box.Links.All(), 3)
	assert.Equal(t, state.Salesforce, box.Links.OfItem(state.Contact, "AAMkAGCwCVAAAABpvGsAAA=").Born)
	assert.Equal(t, state.LinkFrozen, box.Links.OfItem(state.Task, "AAMkAGCwCVAAAAFW5yZAAA=").State)
	assert.NotNil(t, box.Items[state.Event].Coverage.Bounds)
	assert.Equal(t, "Salesforce Tasks", box.Items[state.Task].Get("t1").Item().Folder)
	assert.Equal(t, "new", snap.Users[0].Preference.Page)
	assert.Equal(t, "legacy", snap.Users[1].Preference.Page)
}

// TestKeysAreListed: the tables of keys name what the readers know.
func TestKeysAreListed(t *testing.T) {
	src := source(t, "recording")
	for variable, column := range map[string][]string{
		"manifestKeys": {"key", ""}, "linkKeys": {"key", ""}, "captureKeys": {"key", "meaning"}, "kindWords": {"key", "meaning"}, "userKeys": {"key", ""},
	} {
		list := regexp.MustCompile(variable + ` = \[\]string\{([^}]*)\}`).FindStringSubmatch(src)
		require.NotNil(t, list, variable)
		text := documents(t)["recordings.md"]
		for _, m := range regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(list[1], -1) {
			word := m[1]
			if word == "start" || word == "end" {
				continue // other words for from and to
			}
			named := strings.Contains(text, "`"+word+"`") || strings.Contains(text, "`"+strings.TrimSuffix(word, "s")+"`") ||
				strings.Contains(text, "`"+word+".") || strings.Contains(text, "`"+word+"[].") || strings.Contains(text, "[]."+word+"`")
			assert.Truef(t, named, "%s of %s is not listed (%v)", word, variable, column)
		}
	}
}

// script is one of the page's scripts.
func script(t *testing.T, name string) string {
	t.Helper()
	for _, b := range blocks(t, "recordings.md", "bash") {
		if b.info == name {
			return b.text
		}
	}
	t.Fatalf("recordings.md has no script %s", name)
	return ""
}

// TestQueriesSelectTheSchema: the queries ask for every field weir reads.
func TestQueriesSelectTheSchema(t *testing.T) {
	text := script(t, "capture-salesforce.sh")
	from := map[state.Kind]string{state.Contact: "FROM Contact", state.Task: "FROM Task", state.Event: "FROM Event\""}
	for kind, object := range from {
		before, _, ok := strings.Cut(text, object)
		require.True(t, ok, object)
		query := before[strings.LastIndex(before, "SELECT"):]
		for _, a := range state.Schema() {
			if a.Salesforce != state.Stored || !a.Has(kind) {
				continue
			}
			for _, field := range fieldsNamed(a.REST, kind) {
				assert.Regexp(t, `\b`+regexp.QuoteMeta(field)+`\b`, query, "%s of %s", a.Name, kind)
			}
		}
	}
}

// fieldsNamed lists the fields that the schema names for a kind.
func fieldsNamed(rest string, kind state.Kind) []string {
	if strings.Contains(rest, "(events)") && kind != state.Event || strings.Contains(rest, "EventRelation") {
		return nil
	}
	parts := strings.Split(strings.ReplaceAll(rest, " (events)", ""), "; ")
	if len(parts) == 2 { // activities; contacts
		if rest = parts[0]; kind == state.Contact {
			rest = parts[1]
		}
	}
	return regexp.MustCompile(`[A-Z][A-Za-z0-9.]+`).FindAllString(rest, -1)
}

// TestScriptsParse: every shell example of the page is one.
func TestScriptsParse(t *testing.T) {
	needs.Program(t, "bash", "the scripts of the page are not run")
	for _, b := range blocks(t, "recordings.md", "bash") {
		cmd := exec.Command("bash", "-n")
		cmd.Stdin = strings.NewReader(b.text)
		out, err := cmd.CombinedOutput()
		assert.NoErrorf(t, err, "line %d: %s", b.line, out)
	}
}

// TestCaptureScripts runs both scripts against stand-ins for the services and
// reads what they recorded.
func TestCaptureScripts(t *testing.T) {
	needs.Program(t, "bash", "the scripts of the page are not run")
	needs.Program(t, "jq", "the scripts of the page are not run")
	needs.Program(t, "xargs", "the scripts of the page are not run")
	needs.Program(t, "date", "the scripts of the page are not run")
	dir := t.TempDir()
	write(t, dir, "acme/recording.json", 0o600, manifestExample(t))
	write(t, dir, "bin/sf", 0o700, standInForSf)
	write(t, dir, "bin/curl", 0o700, standInForCurl)
	write(t, dir, "capture-salesforce.sh", 0o700, script(t, "capture-salesforce.sh"))
	write(t, dir, "capture-mailbox.sh", 0o700, script(t, "capture-mailbox.sh"))
	runIn(t, dir, "./capture-salesforce.sh", "acme", "acme")
	runIn(t, dir, "./capture-mailbox.sh", "ann.lee@acme.example", "acme")
	private(t, filepath.Join(dir, "acme/salesforce"))
	private(t, filepath.Join(dir, "acme/mailboxes"))

	rec, diags := recording.Open(os.DirFS(filepath.Join(dir, "acme")), recording.Options{})
	require.Empty(t, diags)
	snap, diags := rec.At(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Empty(t, diags)
	for _, k := range state.Kinds() {
		assert.Truef(t, snap.Records[k].Coverage.Complete, "%s: %v", k, snap.Records[k].Coverage.Why)
	}
	assert.Equal(t, state.Deleted, snap.Records[state.Contact].Get("003000000000002AAA").State())
	assert.Equal(t, "Ann Lee", snap.Users[0].Name())
	assert.Len(t, snap.Access, 2, "one live contact, two people")

	box, err := snap.Mailboxes.Mailbox(snap.Users[0])
	require.NoError(t, err)
	for _, k := range state.Kinds() {
		assert.Truef(t, box.Items[k].Coverage.Complete, "%s: %v", k, box.Items[k].Coverage.Why)
	}
	contacts := box.Items[state.Contact]
	require.NotNil(t, contacts.Get("c2"), "the second page was not fetched")
	assert.Equal(t, state.True, snap.Markers.Marked(contacts.Get("c3").Item()), "it lies in the sync's folder")
	assert.Equal(t, state.False, snap.Markers.Marked(contacts.Get("c1").Item()))
	assert.Equal(t, "Europe/Berlin", snap.Users[0].Zone.String())
}

// TestCaptureGoogle runs the script for Google's services against a stand-in.
func TestCaptureGoogle(t *testing.T) {
	needs.Program(t, "bash", "the scripts of the page are not run")
	needs.Program(t, "jq", "the scripts of the page are not run")
	needs.Program(t, "date", "the scripts of the page are not run")
	dir := t.TempDir()
	write(t, dir, "acme/recording.json", 0o600, strings.ReplaceAll(manifestExample(t), "office365", "gmail"))
	write(t, dir, "bin/curl", 0o700, standInForGoogle)
	write(t, dir, "capture-google.sh", 0o700, script(t, "capture-google.sh"))
	runIn(t, dir, "./capture-google.sh", "ann.lee@acme.example", "acme")
	private(t, filepath.Join(dir, "acme/mailboxes"))

	rec, diags := recording.Open(os.DirFS(filepath.Join(dir, "acme")), recording.Options{})
	require.Empty(t, diags)
	snap, diags := rec.At(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
	require.Empty(t, diags)
	box, err := snap.Mailboxes.Mailbox(snap.Users[0])
	require.NoError(t, err)
	for _, k := range state.Kinds() {
		assert.Truef(t, box.Items[k].Coverage.Complete, "%s: %v", k, box.Items[k].Coverage.Why)
	}
	contacts := box.Items[state.Contact]
	assert.Equal(t, state.True, snap.Markers.Marked(contacts.Get("people/c1").Item()))
	require.NotNil(t, contacts.Get("people/c2"), "the second page was not fetched")
	assert.Equal(t, state.Empty, contacts.Get("people/c2").Item().Value(state.AttrPhone).Presence(), "it was asked for")
	assert.Equal(t, "Salesforce Tasks", box.Items[state.Task].Get("t1").Item().Folder)
	assert.Equal(t, "Europe/Berlin", box.TimeZone)
}

func manifestExample(t *testing.T) string {
	t.Helper()
	for _, b := range blocks(t, "recordings.md", "json") {
		if b.info == "acme/recording.json" {
			return b.text
		}
	}
	t.Fatal("recordings.md has no manifest")
	return ""
}

func write(t *testing.T, dir, name string, mode fs.FileMode, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
}

func runIn(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "GRAPH_TOKEN=secret", "GOOGLE_TOKEN=secret")
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
}

// private: nobody else may read what was recorded.
func private(t *testing.T, dir string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if info, err := d.Info(); assert.NoError(t, err) && !d.IsDir() {
			files++
			assert.Zero(t, info.Mode().Perm()&0o077, path)
		}
		return nil
	}))
	assert.NotZero(t, files)
}

// standInForSf answers as sf data query --json does.
const standInForSf = `#!/usr/bin/env bash
rows() { printf '{"status":0,"result":{"records":[%s],"totalSize":%d,"done":true},"warnings":[]}\n' "$1" "$2"; }
case "$*" in
*"FROM UserRecordAccess"*) [[ "$*" == *"IN ('003000000000001AAA')"* ]] || exit 1
  rows '{"attributes":{"type":"UserRecordAccess"},"RecordId":"003000000000001AAA","HasReadAccess":true,"HasEditAccess":true,"HasDeleteAccess":false}' 1 ;;
*"FROM User "*) rows '{"attributes":{"type":"User"},"Id":"0055g00000EVbQvAAL","Name":"Ann Lee","IsActive":true}' 1 ;;
*"FROM Contact"*"--all-rows"*) rows '{"attributes":{"type":"Contact"},"Id":"003000000000001AAA","LastName":"Park","IsDeleted":false},{"attributes":{"type":"Contact"},"Id":"003000000000002AAA","LastName":"Gone","IsDeleted":true}' 2 ;;
*"FROM Task"* | *"FROM Event"*) rows '' 0 ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`

// standInForCurl answers as Graph does.
const standInForCurl = `#!/usr/bin/env bash
set -e
[[ "$*" != *secret* ]] || { echo "the token is on the command line" >&2; exit 1; }
out= url=
while [ $# -gt 0 ]; do
  case "$1" in
  --output) out=$2; shift ;;
  --header) case "$2" in @*) [ "$(cat "${2#@}")" = "Authorization: Bearer secret" ] || exit 1 ;; esac; shift ;;
  https://*) url=$1 ;;
  esac
  shift
done
path=${url#https://graph.microsoft.com/v1.0/users/ann.lee@acme.example}
answer() { printf '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(%s)/%s",%s}\n' "'ann.lee%40acme.example'" "$1" "$2" >"$out"; }
case "$path" in
/mailboxSettings) answer mailboxSettings '"timeZone":"W. Europe Standard Time"' ;;
/contactFolders) answer contactFolders '"value":[{"id":"F1","displayName":"Salesforce Contacts"}]' ;;
'/contacts?$top=999') answer contacts '"@odata.nextLink":"https://graph.microsoft.com/v1.0/users/ann.lee@acme.example/contacts?page=2","value":[{"id":"c1","parentFolderId":"F0","categories":[],"surname":"Own"}]' ;;
'/contacts?page=2') answer contacts '"value":[{"id":"c2","parentFolderId":"F0","categories":[],"surname":"Two"}]' ;;
'/contactFolders/F1/contacts?$top=999') answer "contactFolders('F1')/contacts" '"value":[{"id":"c3","parentFolderId":"F1","categories":[],"surname":"Park"}]' ;;
/todo/lists) answer todo/lists '"value":[{"id":"L1","displayName":"Tasks"},{"id":"L2","displayName":"Salesforce Tasks"}]' ;;
'/todo/lists/L'?'/tasks?$expand=linkedResources') answer "todo/lists('L')/tasks" '"value":[]' ;;
'/events?$top=500') answer events '"value":[]' ;;
*) echo "unexpected: $url" >&2; exit 22 ;;
esac
`

// standInForGoogle answers as Google's services do.
const standInForGoogle = `#!/usr/bin/env bash
set -e
[[ "$*" != *secret* ]] || { echo "the token is on the command line" >&2; exit 1; }
out= url=
while [ $# -gt 0 ]; do
  case "$1" in
  --output) out=$2; shift ;;
  --header) [ "$(cat "${2#@}")" = "Authorization: Bearer secret" ] || exit 1; shift ;;
  https://*) url=$1 ;;
  esac
  shift
done
answer() { printf '%s\n' "$1" >"$out"; }
case "$url" in
https://www.googleapis.com/calendar/v3/users/me/calendarList'?'*) answer '{"kind":"calendar#calendarList","items":[{"kind":"calendar#calendarListEntry","id":"ann.lee@acme.example","primary":true,"timeZone":"Europe/Berlin"}]}' ;;
https://www.googleapis.com/calendar/v3/calendars/primary/events'?'*) answer '{"kind":"calendar#events","etag":"1","summary":"ann.lee@acme.example","timeZone":"Europe/Berlin","items":[],"nextSyncToken":"t"}' ;;
https://people.googleapis.com/v1/contactGroups'?'*) answer '{"contactGroups":[{"resourceName":"contactGroups/1a","groupType":"USER_CONTACT_GROUP","name":"Salesforce"}],"totalItems":1}' ;;
https://people.googleapis.com/v1/people/me/connections'?'*personFields=names,*metadata) answer '{"connections":[{"resourceName":"people/c1","memberships":[{"contactGroupMembership":{"contactGroupResourceName":"contactGroups/1a"}}]}],"nextPageToken":"a b","totalItems":2}' ;;
https://people.googleapis.com/v1/people/me/connections'?'*metadata'&pageToken=a%20b') answer '{"connections":[{"resourceName":"people/c2","names":[{"givenName":"Jo"}]}],"totalItems":2}' ;;
https://tasks.googleapis.com/tasks/v1/users/@me/lists'?'*) answer '{"kind":"tasks#taskLists","items":[{"kind":"tasks#taskList","id":"L1","title":"Salesforce Tasks"}]}' ;;
https://tasks.googleapis.com/tasks/v1/lists/L1/tasks'?maxResults=100&showHidden=true&showDeleted=true') answer '{"kind":"tasks#tasks","etag":"1","items":[{"kind":"tasks#task","id":"t1","title":"Call","status":"needsAction","selfLink":"https://www.googleapis.com/tasks/v1/lists/L1/tasks/t1"}]}' ;;
*) echo "unexpected: $url" >&2; exit 22 ;;
esac
`
