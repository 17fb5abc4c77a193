package recording_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/state"
)

// viewOf records a list view's result of some rows.
func viewOf(t *testing.T, rows int, done, statement string) *state.View {
	t.Helper()
	list := make([]string, rows)
	for i := range list {
		list[i] = fmt.Sprintf(`{"columns": [{"fieldNameOrPath": "Id", "value": "0035g00000E%04d"}]}`, i)
	}
	fsys := fstest.MapFS{
		"recording.json": {Data: []byte(`{"format": "weir.recording/1", "organization": {"name": "Acme"}, "users": [{"salesforce_id": "0055g00000EVbQvAAL", "mailbox": "ann@acme.example"}]}`)},
		"salesforce/20260504T080000Z/listviews/Key.json": {Data: []byte(`{"columns": [{"fieldNameOrPath": "Id"}], "developerName": "Key", "done": ` + done +
			`, "id": "00B5g00000EVbQvEAL", "label": "Key", "size": ` + fmt.Sprint(rows) + `, "records": [` + strings.Join(list, ",\n") + `]}`)},
	}
	if statement != "" {
		fsys["salesforce/20260504T080000Z/capture.json"] = &fstest.MapFile{Data: []byte(statement)}
	}
	rec, diags := recording.Open(fsys, recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	snap, _ := rec.At(rec.Last())
	require.Len(t, snap.Views, 1)
	require.Len(t, snap.Views[0].Members, rows)
	return snap.Views[0]
}

// TestRowsOfAListView: a result proves who is out only if it is known to be whole;
// exactly 2,000 rows may be where the service stopped.
func TestRowsOfAListView(t *testing.T) {
	for _, tc := range []struct {
		rows            int
		done, statement string
		complete, maybe bool
		why             string
	}{
		{1999, "true", "", true, false, ""},
		{2000, "true", "", false, true, "exactly 2,000 rows"},
		{2001, "true", "", true, false, ""},
		{2000, "false", "", false, false, "one page of several"},
		{25, "false", "", false, false, "one page of several"},
		{0, "true", "", true, false, ""},
		{2000, "true", `{"files": {"listviews/Key.json": {"complete": true}}}`, true, false, ""},
	} {
		v := viewOf(t, tc.rows, tc.done, tc.statement)
		name := fmt.Sprint(tc.rows, " rows, done ", tc.done, " ", tc.statement)
		assert.Equal(t, tc.complete, v.Complete, name)
		assert.Equal(t, tc.maybe, v.MaybeTruncated, name)
		assert.Contains(t, v.Why, tc.why, name)
	}
}
