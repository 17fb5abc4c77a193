package recording_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"weir/recording"
)

// An open recording keeps Salesforce's side and what it tells about mailboxes, never
// the mailboxes: their items would fill the memory of whoever plans thousands of them.
func TestOpenKeepsNoMailboxes(t *testing.T) {
	const people, contacts = 8, 1000
	for _, countsOnly := range []bool{false, true} {
		fsys := mailboxesOf(people, contacts)
		before := live()
		r, diags := recording.Open(fsys, recording.Options{CountsOnly: countsOnly})
		require.Empty(t, texts(diags))
		kept := live() - before
		inv := r.Inspect()
		require.Len(t, inv.Mailboxes, people)
		require.Less(t, kept/people, int64(100*contacts), "bytes kept of a mailbox; a contact takes more than a thousand")
		runtime.KeepAlive(fsys)
	}
}

func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func mailboxesOf(people, contacts int) fstest.MapFS {
	fsys := fstest.MapFS{}
	var users []string
	for p := range people {
		box := fmt.Sprintf("person%d@acme.example", p)
		users = append(users, fmt.Sprintf(`{"salesforce_id":"0050000000000%02d","mailbox":%q}`, p, box))
		var rows []string
		for c := range contacts {
			rows = append(rows, fmt.Sprintf(`{"id":"c%d","lastModifiedDateTime":"2026-05-01T08:15:30Z","givenName":"Jo","surname":"Park %d","emailAddresses":[{"address":"jo%d@globex.example"}],"personalNotes":%q}`, c, c, c, strings.Repeat("note ", 200)))
		}
		dir := "mailboxes/" + box + "/" + benchTime + "/"
		fsys[dir+"contacts.json"] = &fstest.MapFile{Data: []byte(`{"value":[` + strings.Join(rows, ",") + `]}`)}
	}
	fsys["recording.json"] = &fstest.MapFile{Data: []byte(`{"format":"weir.recording/1","users":[` + strings.Join(users, ",") + `]}`)}
	return fsys
}
