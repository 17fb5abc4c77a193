package recording_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording"
)

// sameCounts opens a recording both ways and compares what they say of it.
func sameCounts(t *testing.T, fsys fs.FS, about string) {
	t.Helper()
	kept, keptDiags := recording.Open(fsys, recording.Options{})
	counted, countedDiags := recording.Open(fsys, recording.Options{CountsOnly: true})
	require.Equal(t, texts(keptDiags), texts(countedDiags), about)
	if kept == nil {
		require.Nil(t, counted, about)
		return
	}
	require.Equal(t, kept.Inspect(), counted.Inspect(), about)
	require.Equal(t, kept.Files(), counted.Files(), about)
	_, diags := counted.At(counted.Last())
	require.True(t, diags.HasErrors(), "it holds no records")
}

// Counting a recording says of it what reading all of it says.
func TestCensus(t *testing.T) {
	for _, pattern := range []string{"testdata/recordings/*.txtar", "testdata/broken/*.txtar"} {
		for _, name := range golden.Files(t, pattern) {
			a, err := txtar.ParseFile(name)
			require.NoError(t, err)
			fsys, _ := split(a)
			sameCounts(t, fsys, name)
		}
	}
	demos, err := filepath.Glob("../fixtures/*/recording")
	require.NoError(t, err)
	require.NotEmpty(t, demos)
	for _, dir := range demos {
		sameCounts(t, os.DirFS(dir), dir)
	}
}

// The same of histories drawn at random: few ids, so that everything happens to them.
func TestCensusOfRandomHistories(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 1))
		sameCounts(t, randomHistory(r), fmt.Sprint("seed ", seed))
	}
}

func randomHistory(r *rand.Rand) fstest.MapFS {
	out := fstest.MapFS{"recording.json": &fstest.MapFile{Data: []byte(`{"format":"weir.recording/1","absence":{"task":"deleted"},"users":[{"salesforce_id":"005000000000001","mailbox":"ann@acme.example"}]}`)}}
	put := func(name, text string) { out[name] = &fstest.MapFile{Data: []byte(text)} }
	for capture := range 2 + r.IntN(5) {
		dir := fmt.Sprintf("salesforce/202605%02dT080000Z/", capture+4)
		for _, object := range []string{"Contact", "Task", "Event", "EventRelation"} {
			if r.IntN(4) == 0 {
				continue
			}
			suffix := []string{"", "", ".updated"}[r.IntN(3)]
			var rows []string
			for range r.IntN(7) {
				rows = append(rows, randomRow(r, object, capture))
			}
			done := []string{`"done":true,`, `"done":true,`, `"done":false,`, fmt.Sprintf(`"done":true,"totalSize":%d,`, len(rows))}[r.IntN(4)]
			put(dir+object+suffix+".json", "{"+done+`"records":[`+strings.Join(rows, ",")+"]}")
			if r.IntN(3) == 0 {
				prefix := map[string]string{"Contact": "003", "Task": "00T", "Event": "00U", "EventRelation": "0RE"}[object]
				put(dir+object+".deleted.json", fmt.Sprintf(`{"deletedRecords":[{"id":"%s00000000000%d","deletedDate":"2026-05-%02dT0%d:00:00.000+0000"}]}`, prefix, r.IntN(5), capture+4-r.IntN(2), r.IntN(8)))
			}
			if r.IntN(6) == 0 {
				put(dir+object+".ids.updated.json", fmt.Sprintf(`{"ids":["00T00000000000%d","00U00000000000%d"],"latestDateCovered":"2026-05-04T08:00:00.000+0000"}`, r.IntN(5), r.IntN(5)))
			}
		}
		if r.IntN(8) == 0 {
			put(dir+"capture.json", []string{`{"complete":true}`, `{"complete":false}`, `{"events":{"from":"2026-05-01","to":"2026-05-20"}}`, `{"tasks":{"delta":true}}`}[r.IntN(4)])
		}
	}
	put("mailboxes/ann@acme.example/20260504T080000Z/links.json", `[{"kind":"event","record_id":"00U000000000001","item_id":"A"},{"kind":"event","record_id":"00U000000000002","item_id":"B"},{"kind":"task","record_id":"00T000000000001","item_id":"C"}]`)
	return out
}

// randomRow is a row of one of five records, with whatever makes a difference.
func randomRow(r *rand.Rand, object string, capture int) string {
	chance := func(n int, text string) string {
		if r.IntN(n) == 0 {
			return text
		}
		return ""
	}
	id := func(prefix string) string { return fmt.Sprintf("%s00000000000%d", prefix, r.IntN(5)) }
	modified := fmt.Sprintf(`,"LastModifiedDate":"2026-05-%02dT0%d:30:00.000+0000"`, capture+4-r.IntN(2), r.IntN(8))
	row := fmt.Sprintf(`{"attributes":{"type":%q}%s%s`, object, chance(2, modified), chance(5, `,"IsDeleted":true`))
	switch object {
	case "Contact":
		row += fmt.Sprintf(`,"Id":%q%s`, id("003"), chance(6, `,"MasterRecordId":"`+id("003")+`"`))
	case "Task":
		row += fmt.Sprintf(`,"Id":%q,"Subject":"x"`, id("00T")) + chance(4, `,"IsRecurrence":true`) + chance(12, `,"RecurrenceRegeneratedType":"RecurrenceRegenerateAfterDueDate"`)
	case "Event":
		row += fmt.Sprintf(`,"Id":%q,"OwnerId":%q,"Subject":%q,"StartDateTime":"2026-05-%02dT08:00:00.000+0000","DurationInMinutes":60`, id("00U"), id("005"), []string{"a", "b"}[r.IntN(2)], 6+r.IntN(2)*20)
		row += chance(3, `,"IsChild":true`) + chance(5, `,"ParentEventId":"`+id("00U")+`"`) + chance(6, `,"RecurrenceActivityId":"`+id("00U")+`"`) +
			chance(3, `,"IsGroupEvent":`+[]string{"true", "false"}[r.IntN(2)]) + chance(8, `,"IsRecurrence":true,"RecurrenceType":"RecursDaily","RecurrenceInterval":1`) +
			chance(6, `,"AcceptedEventInviteeIds":["`+id("005")+`"],"DeclinedEventInviteeIds":[],"UndecidedEventInviteeIds":[]`)
	case "EventRelation":
		row += fmt.Sprintf(`,"Id":%q,"EventId":%q,"RelationId":%q,"IsInvitee":true`, id("0RE"), id("00U"), id("005"))
	}
	return row + "}"
}
