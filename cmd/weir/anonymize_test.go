package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/fixtures"
	"weir/internal/render"
	"weir/policies"
	"weir/recording"
	"weir/recording/anonymize"
)

// anonymized rewrites a recording and fails unless the policy decides the same.
func anonymized(t *testing.T, fsys fs.FS, set *policies.Set, days int) (*render.AnonymizeReport, fs.FS) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new")
	rec, _ := recording.Open(fsys, recording.Options{})
	require.NotNil(t, rec)
	report, err := (&anonymizeOptions{Dir: dir, Days: days}).rewrite(context.Background(), &loaded{set: set, rec: rec, recFS: fsys})
	require.NoError(t, err)
	for _, d := range report.Check.Changed {
		t.Log(d, d.Lines)
	}
	require.True(t, report.Check.Same(), "the policy decides something else")
	return report, os.DirFS(dir)
}

// compiled is a policy written for a test.
func compiled(t *testing.T, files map[string]string) *policies.Set {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	set, diags := policies.Load(os.DirFS(dir), policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

// everything is all bytes of a recording, names of files included.
func everything(t *testing.T, fsys fs.FS) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		b.WriteString("-- " + name + " --\n")
		b.Write(text)
		return err
	}))
	return b.String()
}

// personal collects the values that nobody may find again: those of fields with
// names, texts, addresses and ids.
func personal(t *testing.T, fsys fs.FS) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	fields := map[string]bool{"Subject": true, "subject": true, "title": true, "FirstName": true, "LastName": true, "givenName": true, "surname": true,
		"displayName": true, "companyName": true, "jobTitle": true, "Title": true, "Email": true, "address": true, "mailbox": true, "Id": true, "id": true,
		"OwnerId": true, "record_id": true, "item_id": true, "Phone": true, "Location": true, "iCalUId": true, "name": true}
	token := regexp.MustCompile(`[\p{L}\p{N}]{4,}`)
	var walk func(key string, v any)
	walk = func(key string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(k, x)
			}
		case []any:
			for _, x := range v {
				walk(key, x)
			}
		case string:
			if fields[key] && !strings.Contains(v, "{00020329") {
				for _, w := range token.FindAllString(v, -1) {
					found[w] = true
				}
			}
		}
	}
	require.NoError(t, fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".json" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		var v any
		if json.Unmarshal(text, &v) == nil {
			walk("", v)
		}
		return err
	}))
	return found
}

// allowed are words of the formats and zones (Europe/Berlin, a subtype Call), and the sync's own names.
var allowed = regexp.MustCompile(`^(?i:salesforce|unsync|contacts?|tasks?|events?|example|calendar|display|name|text|user|users|head|site|manager|sales|work|office|status|type|acme|berlin|sydney|call|email|mailbox|sync|private|people|mycontacts|timezone|update)$`)

// leftOver are the personal words of a recording that stand in another one.
func leftOver(t *testing.T, fsys, out fs.FS) []string {
	t.Helper()
	words := map[string]bool{}
	for _, w := range regexp.MustCompile(`[\p{L}\p{N}]{4,}`).FindAllString(everything(t, out), -1) {
		words[w] = true
	}
	original := personal(t, fsys)
	require.Greater(t, len(original), 100)
	var left []string
	for w := range original {
		if words[w] && !allowed.MatchString(w) {
			left = append(left, w)
		}
	}
	sort.Strings(left)
	return left
}

func TestAnonymizeLeavesNothingPersonal(t *testing.T) {
	report, out := anonymized(t, fixtures.Acme(), policies.Default(), anonymize.DefaultDays)
	assert.Empty(t, report.Kept)
	assert.Empty(t, leftOver(t, fixtures.Acme(), out))
}

func TestAnonymizeIsDeterministic(t *testing.T) {
	_, a := anonymized(t, fixtures.Acme(), policies.Default(), anonymize.DefaultDays)
	_, b := anonymized(t, fixtures.Acme(), policies.Default(), anonymize.DefaultDays)
	assert.Equal(t, everything(t, a), everything(t, b))
}

// TestAnonymizeUnderTheLibrary tries every ready-made policy.
func TestAnonymizeUnderTheLibrary(t *testing.T) {
	dirs, err := filepath.Glob("../../policies/library/*/*.hcl")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, file := range dirs {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			set, diags := policies.Load(os.DirFS(filepath.Dir(file)), policies.LoadOptions{})
			require.False(t, diags.HasErrors(), "%s", diags)
			report, _ := anonymized(t, fixtures.Acme(), set, anonymize.DefaultDays)
			assert.Positive(t, report.Check.Plans)
			t.Log(report.Kept, report.Rounds, report.DatesStay)
		})
	}
}

// TestAnonymizeRecordings tries the recordings in which each format and each kind of
// evidence stands.
func TestAnonymizeRecordings(t *testing.T) {
	files, err := filepath.Glob("../../recording/testdata/recordings/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			dir := t.TempDir()
			for _, f := range a.Files {
				if strings.HasPrefix(f.Name, "want/") {
					continue
				}
				path := filepath.Join(dir, filepath.FromSlash(f.Name))
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
				require.NoError(t, os.WriteFile(path, f.Data, 0o600))
			}
			for _, days := range []int{anonymize.DefaultDays, 0} {
				anonymized(t, os.DirFS(dir), policies.Default(), days)
			}
		})
	}
}

// TestAnonymizeKeepsTruths tries conditions of every form that reads texts.
func TestAnonymizeKeepsTruths(t *testing.T) {
	rule := func(kind, direction, when string) string {
		return "rule \"r\" {\n  kinds = [\"" + kind + "\"]\n  direction = \"" + direction + "\"\n  when = <<-E\n    " + when + "\n  E\n  effect = \"hold\"\n}\n"
	}
	for name, text := range map[string]string{
		"contains":   rule("task", "down", "item.title.contains('Globex')"),
		"inside":     rule("contact", "down", "item.email.endsWith('@globex.example')"),
		"domain":     rule("event", "up", "item.attendees.exists(a, domain(a.email) == 'halden.example')"),
		"matches":    rule("task", "down", "item.title.matches('^(Call|Send) ')"),
		"size":       rule("contact", "down", "size(item.title) > 8"),
		"order":      rule("contact", "down", "item.last_name < 'M'"),
		"custom":     rule("contact", "down", "item.custom['Rating__c'] == 'Hot'"),
		"user":       rule("contact", "down", "user.email == 'ann.lee@acme.example' && item.company.startsWith('Glo')"),
		"twoLetters": rule("contact", "down", "item.first_name.contains('an')"),
	} {
		t.Run(name, func(t *testing.T) {
			set := compiled(t, map[string]string{"rules.hcl": text})
			report, _ := anonymized(t, fixtures.Acme(), set, anonymize.DefaultDays)
			assert.Equal(t, 1, report.Check.Conditions)
			assert.Greater(t, report.Check.Answers, 10)
			t.Log(report.Rounds, report.Kept)
		})
	}
}

// TestAnonymizeUnderRego: what a Rego rule cuts texts by stays in them, and the words
// of file names stay whole although it occurs in them ("a" in "contacts").
func TestAnonymizeUnderRego(t *testing.T) {
	set := compiled(t, map[string]string{"rules.rego": `package weir.rules

hold contains {"kinds": ["contact"], "direction": "down", "reason": "vowels"} if {
	parts := split(lower(input.item.last_name), "a")
	count(parts) > 1
}
`})
	report, _ := anonymized(t, fixtures.Acme(), set, anonymize.DefaultDays)
	t.Log(report.Rounds, report.Kept)
}

// TestAnonymizeScenarios tries the teaching scenarios, each under its own policy.
func TestAnonymizeScenarios(t *testing.T) {
	require.NotEmpty(t, fixtures.Scenarios())
	for _, name := range fixtures.Scenarios() {
		t.Run(name, func(t *testing.T) {
			rec, policy, ok := fixtures.Scenario(name)
			require.True(t, ok)
			set, diags := policies.Load(policy, policies.LoadOptions{})
			require.False(t, diags.HasErrors(), "%s", diags)
			report, _ := anonymized(t, rec, set, anonymize.DefaultDays)
			assert.Positive(t, report.Check.Plans)
		})
	}
}

// TestAnonymizeFollowsNoLinks: neither in the recording, where what a link leads to
// would be copied, nor in the directory that is made, where it would be overwritten.
func TestAnonymizeFollowsNoLinks(t *testing.T) {
	rec, outside := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	write(filepath.Join(outside, "secret", "tasks.json"), `{"value": [{"id": "AAMk1", "title": "Hidden"}]}`)
	write(filepath.Join(rec, "recording.json"), `{"format": "weir.recording/1", "users": [{"salesforce_id": "005000000000001", "mailbox": "ann@acme.example"}]}`)
	write(filepath.Join(rec, "mailboxes", "ann@acme.example", "20260504T080000Z", "contacts.json"), `{"value": []}`)
	box := filepath.Join(rec, "mailboxes", "ann@acme.example")
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret", "tasks.json"), filepath.Join(box, "20260504T080000Z", "tasks.json")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(box, "20260504T090000Z")))
	require.NoError(t, os.Symlink(outside, filepath.Join(rec, "salesforce")))

	report, out := anonymized(t, os.DirFS(rec), policies.Default(), 0)
	assert.Equal(t, 2, report.Files)
	assert.Len(t, report.Left, 3)
	for _, l := range report.Left {
		assert.Equal(t, "a symbolic link", l.Why)
	}
	assert.NotContains(t, everything(t, out), "Hidden")

	dir := t.TempDir()
	target, err := newTarget(dir)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "mailboxes")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret", "tasks.json"), filepath.Join(dir, "recording.json")))
	require.Error(t, target.put("mailboxes/a/tasks.json", strings.NewReader("x")))
	require.Error(t, target.put("recording.json", strings.NewReader("x")))
	require.NoError(t, target.remove())
	kept, err := os.ReadFile(filepath.Join(outside, "secret", "tasks.json"))
	require.NoError(t, err)
	assert.Contains(t, string(kept), "Hidden")
	assert.NoDirExists(t, filepath.Join(outside, "a"))
	for _, name := range []string{"mailboxes", "recording.json"} { // they are not its own
		_, err := os.Lstat(filepath.Join(dir, name))
		assert.NoError(t, err)
	}

	require.NoError(t, os.Remove(filepath.Join(rec, "recording.json")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret", "tasks.json"), filepath.Join(rec, "recording.json")))
	_, _, err = anonymize.Run(os.DirFS(rec), anonymize.Options{}, func(string, io.Reader) error { return nil })
	assert.ErrorContains(t, err, "no regular file")
}

// TestAnonymizeReadsEachFileOnce for each of what it does: to collect, to write, and
// to compare, whatever the number of captures.
func TestAnonymizeReadsEachFileOnce(t *testing.T) {
	fsys := &counted{FS: fixtures.Acme(), opened: map[string]int{}}
	rec, _ := recording.Open(fsys, recording.Options{})
	clear(fsys.opened)
	o := &anonymizeOptions{Dir: filepath.Join(t.TempDir(), "new"), Days: anonymize.DefaultDays}
	report, err := o.rewrite(context.Background(), &loaded{set: policies.Default(), rec: rec, recFS: fsys})
	require.NoError(t, err)
	require.True(t, report.Check.Same())
	require.Greater(t, report.Check.Plans, 10)
	most := 0
	for name, times := range fsys.opened {
		if path.Ext(name) != "" {
			most = max(most, times)
		}
	}
	assert.Equal(t, 3, most)
}

// counted counts how often files are opened.
type counted struct {
	fs.FS
	opened map[string]int
}

// Open implements fs.FS.
func (c *counted) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

// TestAnonymizeRemovesWhatItWrote: an attempt that failed leaves nothing, and
// nothing is written outside the directory.
func TestAnonymizeRemovesWhatItWrote(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	target, err := newTarget(dir)
	require.NoError(t, err)
	require.NoError(t, target.put("mailboxes/a/b.json", strings.NewReader("x")))
	require.Error(t, target.put("../out.json", strings.NewReader("x")))
	require.NoError(t, target.remove())
	assert.NoDirExists(t, dir)
}
