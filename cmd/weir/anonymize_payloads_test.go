package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/recording"
	"weir/recording/anonymize"
	"weir/recording/generate"
	"weir/state"
)

// facts are what must not change about the items of a recording when dates are not
// shifted: what is known, truths, instants, days, and how long texts and lists are.
func facts(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	rec, _ := recording.Open(fsys, recording.Options{})
	require.NotNil(t, rec)
	snap, _ := rec.At(rec.Last())
	var out []string
	for _, u := range snap.Users {
		box, err := snap.Mailboxes.Mailbox(u)
		require.NoError(t, err)
		out = append(out, fmt.Sprint(u.Zone, " ", u.ZoneFrom))
		for _, k := range state.Kinds() {
			for _, o := range box.Items[k].All() {
				if it := o.Item(); it != nil {
					out = append(out, fmt.Sprintf("%s %v %s", k, o.State(), factsOf(it)))
				}
			}
		}
	}
	return out
}

func factsOf(it *state.Item) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %v %v %v %d %v", it.Organizer, it.AttendeesTruncated, it.IDMade, it.FolderKnown, len([]rune(it.Folder)), it.Carries != "")
	if s := it.Series; s != nil {
		fmt.Fprintf(&b, " %s %s %v %v %v", s.Rule, s.Zone, s.Lightning, s.Unreadable != "", s.Occurrences)
	}
	for a := state.Attr(1); a < state.NumAttrs; a++ {
		v := it.Value(a)
		fmt.Fprintf(&b, " %s=%v", a, v.Presence())
		switch v.Type() {
		case state.Text:
			// Addresses get others, of HTML the tags' attributes go.
			if a != state.AttrBody && !strings.Contains(v.Text(), "@") && !strings.Contains(v.Text(), "://") {
				fmt.Fprintf(&b, ":%d", len([]rune(v.Text())))
			}
		case state.Texts:
			fmt.Fprintf(&b, ":%d", len(v.Texts()))
		case state.People:
			for _, p := range v.People() {
				fmt.Fprintf(&b, ":%s/%v", p.Response, p.Email != "")
			}
		default:
			fmt.Fprintf(&b, ":%s", v)
		}
	}
	return b.String()
}

// TestAnonymizePayloads tries every payload on which the readers are tested: what it
// says of each item stays, whatever service and client it is of.
func TestAnonymizePayloads(t *testing.T) {
	for provider, pattern := range map[string]string{
		"exchange": "ews/testdata/*/*.xml", "gmail": "google/testdata/*/*.json", "office365": "msgraph/testdata/*/*.json",
		"exchange ": "ical/testdata/*/*.ics", "gmail ": "vcard/testdata/*/*.vcf",
	} {
		files, err := filepath.Glob("../../recording/" + pattern)
		require.NoError(t, err)
		if !strings.HasPrefix(pattern, "msgraph") {
			require.NotEmpty(t, files, pattern)
		}
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				fsys := fstest.MapFS{
					"recording.json": {Data: []byte(`{"format": "weir.recording/1", "organization": {"time_zone": "Europe/Berlin"},
 "users": [{"salesforce_id": "005000000000001", "mailbox": "ann@acme.example", "provider": "` + strings.TrimSpace(provider) + `"}]}`)},
					"mailboxes/ann@acme.example/20260504T080000Z/" + filepath.Base(file): {Data: text},
				}
				anonymized(t, fsys, policies.Default(), anonymize.DefaultDays)
				_, still := anonymized(t, fsys, policies.Default(), 0)
				assert.ElementsMatch(t, facts(t, fsys), facts(t, still))
			})
		}
	}
}

// madeUp is a generated recording in memory.
func madeUp(t *testing.T, opts generate.Options) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	_, err := generate.Run(context.Background(), opts, func(name string) (io.WriteCloser, error) {
		return &memoryFile{done: func(text []byte) { fsys[name] = &fstest.MapFile{Data: text} }}, nil
	}, nil)
	require.NoError(t, err)
	return fsys
}

type memoryFile struct {
	bytes.Buffer
	done func([]byte)
}

// Close implements io.Closer.
func (f *memoryFile) Close() error {
	f.done(f.Bytes())
	return nil
}

// TestAnonymizeGenerated: a recording of every mail service in which every case happens
// stays what it is, and of nobody a name is left.
func TestAnonymizeGenerated(t *testing.T) {
	shares, err := generate.ParseProviders("office365,exchange,gmail")
	require.NoError(t, err)
	for _, csv := range []bool{false, true} {
		fsys := madeUp(t, generate.Options{Users: 6, Contacts: 120, Tasks: 120, Events: 120, Sessions: 5, Seed: 3, Providers: shares, CSV: csv})
		report, out := anonymized(t, fsys, policies.Default(), anonymize.DefaultDays)
		assert.Empty(t, report.Kept)
		assert.Empty(t, report.Left)
		assert.Equal(t, 5, report.Check.Plans)
		assert.Empty(t, leftOver(t, fsys, out))
	}
}
