package recording_test

import (
	"encoding/csv"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

const benchTime = "20260504T080000Z"

// bigRecording makes one full capture of n contacts, tasks and events in
// Salesforce and of n/10 items of each kind in one mailbox.
func bigRecording(n int) (fsys fstest.MapFS, items, bytes int) {
	id := func(prefix string, i int) string {
		full, _ := salesforce.NormalizeID(fmt.Sprintf("%s%012d", prefix, i))
		return full
	}
	query := func(object, fields string, n int) string {
		var b strings.Builder
		fmt.Fprintf(&b, `{"totalSize":%d,"done":true,"records":[`, n)
		for i := range n {
			if i > 0 {
				b.WriteString(",\n")
			}
			row := strings.NewReplacer("$CONTACT", id("003", i), "$TASK", id("00T", i), "$EVENT", id("00U", i), "$OWNER", id("005", i%50), "$N", fmt.Sprint(i)).Replace(fields)
			fmt.Fprintf(&b, `{"attributes":{"type":%q,"url":"/services/data/v60.0/sobjects/%s/x"},%s,"OwnerId":%q,"CreatedDate":"2026-01-04T07:00:00.000+0000","LastModifiedDate":"2026-05-01T08:15:30.000+0000","LastModifiedById":%q}`,
				object, object, row, id("005", i%50), id("005", 1))
		}
		b.WriteString("]}")
		return b.String()
	}
	graph := func(fields string, n int) string {
		var b strings.Builder
		b.WriteString(`{"value":[`)
		for i := range n {
			if i > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, `{"id":"AAMk%d",%s,"categories":["Salesforce"],"createdDateTime":"2026-01-04T07:00:00Z","lastModifiedDateTime":"2026-05-01T08:15:30Z"}`, i, strings.ReplaceAll(fields, "$N", fmt.Sprint(i)))
		}
		b.WriteString("]}")
		return b.String()
	}
	sf, mail := "salesforce/"+benchTime+"/", "mailboxes/ann@acme.example/"+benchTime+"/"
	texts := map[string]string{
		"recording.json":       `{"format":"weir.recording/1","users":[{"salesforce_id":"005000000000001","mailbox":"ann@acme.example"}]}`,
		sf + "Contact.json":    query("Contact", `"Id":"$CONTACT","FirstName":"Jo","LastName":"Park $N","Email":"jo.$N@globex.example","Phone":"+1 415 555 5893","MobilePhone":null,"Title":"Buyer","Account":{"attributes":{"type":"Account"},"Name":"Globex"},"Rating__c":"Hot"`, n),
		sf + "Task.json":       query("Task", `"Id":"$TASK","Subject":"Call $N","Status":"Not Started","Priority":"Normal","IsClosed":false,"ActivityDate":"2026-05-06","Description":"Ask about the renewal and the new site in Lyon.","TaskSubtype":"Task","WhoId":"$CONTACT"`, n),
		sf + "Event.json":      query("Event", `"Id":"$EVENT","Subject":"Review $N","IsAllDayEvent":false,"StartDateTime":"2026-05-06T08:00:00.000+0000","EndDateTime":"2026-05-06T09:00:00.000+0000","Location":"Room 1","IsPrivate":false,"ShowAs":"Busy","IsChild":false,"IsGroupEvent":false`, n),
		mail + "contacts.json": graph(`"givenName":"Jo","surname":"Park $N","emailAddresses":[{"name":"Jo","address":"jo.$N@globex.example"}],"businessPhones":["+1"],"mobilePhone":null,"companyName":"Globex","jobTitle":"Buyer","parentFolderId":"F"`, n/10),
		mail + "tasks.json":    graph(`"title":"Call $N","status":"notStarted","importance":"normal","dueDateTime":{"dateTime":"2026-05-06T00:00:00.0000000","timeZone":"UTC"},"body":{"content":"","contentType":"text"}`, n/10),
		mail + "events.json":   graph(`"subject":"Review $N","isAllDay":false,"start":{"dateTime":"2026-05-06T08:00:00.0000000","timeZone":"UTC"},"end":{"dateTime":"2026-05-06T09:00:00.0000000","timeZone":"UTC"},"attendees":[],"type":"singleInstance"`, n/10),
	}
	fsys = fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
		bytes += len(text)
	}
	return fsys, 3*n + 3*(n/10), bytes
}

// BenchmarkReadRecording opens a recording, and checks that everything is there.
func BenchmarkReadRecording(b *testing.B) {
	fsys, items, bytes := bigRecording(2000)
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		r, diags := recording.Open(fsys, recording.Options{})
		if len(diags) > 0 {
			b.Fatal(diags)
		}
		if got := countItems(r); got != items {
			b.Fatalf("read %d items of %d", got, items)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/float64(items), "allocs/item")
}

func countItems(r *recording.Recording) int {
	inv, n := r.Inspect(), 0
	for _, k := range inv.Salesforce[:3] {
		n += k.States["live"]
	}
	for _, m := range inv.Mailboxes {
		for _, k := range m.Kinds {
			n += k.States["live"]
		}
	}
	return n
}

// BenchmarkAt makes a snapshot of a recording that is already open, and looks into
// one mailbox.
func BenchmarkAt(b *testing.B) {
	fsys, _, _ := bigRecording(2000)
	r, _ := recording.Open(fsys, recording.Options{})
	b.ReportAllocs()
	for b.Loop() {
		s, _ := r.At(r.Last().Add(time.Minute))
		m, err := s.Mailboxes.Mailbox(s.Users[0])
		if err != nil || s.Records[state.Contact].Len() != 2000 || m.Items[state.Task].Len() != 200 {
			b.Fatal("not all there")
		}
	}
}

// Reading costs in proportion to the items: twice the items allocate about twice
// as much, and not more than a few dozen times each.
func TestReadingIsLinear(t *testing.T) {
	allocs := func(n int) float64 {
		fsys, items, _ := bigRecording(n)
		per := testing.AllocsPerRun(2, func() {
			r, diags := recording.Open(fsys, recording.Options{})
			require.Empty(t, diags)
			require.Equal(t, items, countItems(r))
		}) / float64(items)
		return per
	}
	small, large := allocs(200), allocs(1600)
	require.Less(t, large, small*1.2, "allocations an item")
	require.Less(t, large, 60.0)
}

// BenchmarkReadCSV reads tasks exported as CSV, beside encoding/csv reading the
// same bytes.
func BenchmarkReadCSV(b *testing.B) {
	const n = 5000
	var text strings.Builder
	text.WriteString("\"Id\",\"OwnerId\",\"Subject\",\"Status\",\"IsClosed\",\"ActivityDate\",\"Description\",\"LastModifiedDate\"\n")
	for i := range n {
		id, _ := salesforce.NormalizeID(fmt.Sprintf("00T%012d", i))
		fmt.Fprintf(&text, "%q,\"005000000000001AAA\",\"Call %d\",\"Open\",\"0\",\"2026-05-06\",\"Ask about the renewal, and the new site in Lyon.\",\"2026-05-01 08:15:30\"\n", id, i)
	}
	b.Run("weir", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		b.ReportAllocs()
		for b.Loop() {
			out := &salesforce.Output{}
			err := salesforce.ReadCSV(strings.NewReader(text.String()), salesforce.Input{Path: "Task.csv", Type: "task"}, salesforce.NewEnv(&wire.Problems{}), out)
			if err != nil || len(out.Rows) != n {
				b.Fatal("not all there")
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/item")
	})
	b.Run("encoding_csv", func(b *testing.B) {
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			rows, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
			if err != nil || len(rows) != n+1 {
				b.Fatal("not all there")
			}
		}
	})
}
