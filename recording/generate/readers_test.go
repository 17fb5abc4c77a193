package generate_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/effort"
	"weir/recording/ews"
	"weir/recording/generate"
	"weir/recording/google"
	"weir/recording/ical"
	"weir/recording/msgraph"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/vcard"
	"weir/recording/wire"
	"weir/state"
)

// answer is one file of a made-up recording's full captures.
type answer struct {
	kind state.Kind
	data []byte
}

// reader is one of weir's readers and the standard library's way with the same bytes.
// Both say how many rows they found.
type reader struct {
	name     string
	answers  []answer
	weir     func(testing.TB, answer) int
	standard func(testing.TB, answer) int
}

// readers are all readers, each with what the generator makes of n records of each
// kind. The generator writes no calendars and cards; theirs show the items that
// Graph's answers hold.
func readers(tb testing.TB, n int) []reader {
	graph := mailbox(tb, n, "office365")
	return []reader{
		{"salesforce_json", organisation(tb, n, false), readSalesforce(salesforce.Read), jsonRows("result", "records")},
		{"salesforce_csv", organisation(tb, n, true), readSalesforce(salesforce.ReadCSV), csvRows},
		{"graph", graph, readMail(msgraph.Read), jsonRows("value")},
		{"ews", mailbox(tb, n, "exchange"), readMail(ews.Read), xmlRows},
		{"google", mailbox(tb, n, "gmail"), readMail(google.Read), jsonRows("items")},
		{"ical", rewritten(tb, graph, ical.Write, state.Event, state.Task), readMail(ical.Read), lineRows},
		{"vcard", rewritten(tb, graph, vcard.Write, state.Contact), readMail(vcard.Read), lineRows},
	}
}

// fullCaptures are what the generator makes of n records of each kind.
func fullCaptures(tb testing.TB, n int, opts generate.Options) fstest.MapFS {
	opts.Contacts, opts.Tasks, opts.Events, opts.Users, opts.Sessions, opts.Seed = n, n, n, 4, 1, 1
	return made(tb, opts)
}

// answersOf are the files whose names begin with a kind's, by that kind.
func answersOf(tb testing.TB, files fstest.MapFS, side string, names map[string]state.Kind) []answer {
	var list []string
	for name := range files {
		list = append(list, name)
	}
	slices.Sort(list)
	var out []answer
	for _, name := range list {
		word := strings.FieldsFunc(path.Base(name), func(r rune) bool { return strings.ContainsRune(".-_", r) })[0]
		if kind, ok := names[word]; ok && strings.HasPrefix(name, side) {
			out = append(out, answer{kind, files[name].Data})
		}
	}
	require.NotEmpty(tb, out)
	return out
}

func organisation(tb testing.TB, n int, asCSV bool) []answer {
	return answersOf(tb, fullCaptures(tb, n, generate.Options{CSV: asCSV}), "salesforce/",
		map[string]state.Kind{"Contact": state.Contact, "Task": state.Task, "Event": state.Event})
}

func mailbox(tb testing.TB, n int, provider string) []answer {
	return answersOf(tb, fullCaptures(tb, n, generate.Options{Providers: []generate.Share{{Provider: provider, Weight: 1}}}), "mailboxes/",
		map[string]state.Kind{"contacts": state.Contact, "tasks": state.Task, "events": state.Event})
}

// rewritten are the items of Graph's answers as another dialect writes them.
func rewritten(tb testing.TB, answers []answer, write func(io.Writer, wire.Payload) error, kinds ...state.Kind) []answer {
	var out []answer
	for _, a := range answers {
		if !slices.Contains(kinds, a.kind) {
			continue
		}
		var items []*state.Item
		for _, row := range rowsOf(tb, msgraph.Read, a) {
			items = append(items, row.Item)
		}
		var b bytes.Buffer
		require.NoError(tb, write(&b, wire.Payload{Kind: a.kind, Items: slices.Values(items), Mailbox: address}))
		out = append(out, answer{a.kind, b.Bytes()})
	}
	return out
}

const address = "ann@acme.example"

type mailReader func(io.Reader, wire.MailFile, *wire.MailEnv, *wire.MailOutput) *textpos.Error

func rowsOf(tb testing.TB, read mailReader, a answer) []wire.Row {
	out := &wire.MailOutput{}
	env := &wire.MailEnv{Problems: &wire.Problems{}, RecordID: salesforce.FindID}
	if err := read(bytes.NewReader(a.data), wire.MailFile{Path: "x", Type: a.kind.String(), Mailbox: address, Zone: time.UTC}, env, out); err != nil {
		tb.Fatal(err)
	}
	return out.Rows
}

func readMail(read mailReader) func(testing.TB, answer) int {
	return func(tb testing.TB, a answer) int { return len(rowsOf(tb, read, a)) }
}

func readSalesforce(read func(io.Reader, salesforce.Input, *salesforce.Env, *salesforce.Output) *textpos.Error) func(testing.TB, answer) int {
	return func(tb testing.TB, a answer) int {
		out := &salesforce.Output{}
		if err := read(bytes.NewReader(a.data), salesforce.Input{Path: "x", Type: a.kind.String()}, salesforce.NewEnv(&wire.Problems{}), out); err != nil {
			tb.Fatal(err)
		}
		return len(out.Rows)
	}
}

// jsonRows decodes into maps and counts the rows at a path; People calls them
// connections.
func jsonRows(at ...string) func(testing.TB, answer) int {
	return func(tb testing.TB, a answer) int {
		var v any
		if err := json.Unmarshal(a.data, &v); err != nil {
			tb.Fatal(err)
		}
		for _, name := range at {
			m := v.(map[string]any)
			if v = m[name]; v == nil {
				v = m["connections"]
			}
		}
		list, _ := v.([]any)
		return len(list)
	}
}

func csvRows(tb testing.TB, a answer) int {
	rows, err := csv.NewReader(bytes.NewReader(a.data)).ReadAll()
	if err != nil {
		tb.Fatal(err)
	}
	return len(rows) - 1
}

// element is any element with what is in it.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Kids    []element  `xml:",any"`
}

func xmlRows(tb testing.TB, a answer) int {
	var root element
	if err := xml.Unmarshal(a.data, &root); err != nil {
		tb.Fatal(err)
	}
	return root.rows()
}

func (e *element) rows() (n int) {
	if e.XMLName.Local == "Items" {
		return len(e.Kids)
	}
	for i := range e.Kids {
		n += e.Kids[i].rows()
	}
	return n
}

// lineRows only unfolds lines and cuts them at their colons: the standard library
// has nothing that knows more of calendars and cards.
func lineRows(tb testing.TB, a answer) (n int) {
	var names, values []string
	lines := bufio.NewScanner(bytes.NewReader(a.data))
	for lines.Scan() {
		if rest, folded := strings.CutPrefix(lines.Text(), " "); folded {
			values[len(values)-1] += rest
			continue
		}
		name, value, _ := strings.Cut(lines.Text(), ":")
		names, values = append(names, name), append(values, value)
		if name == "BEGIN" && (value == "VCARD" || value == "VEVENT" || value == "VTODO") {
			n++
		}
	}
	if err := lines.Err(); err != nil || len(names) != len(values) {
		tb.Fatal(err)
	}
	return n
}

func (r *reader) bytes() (n int64) {
	for _, a := range r.answers {
		n += int64(len(a.data))
	}
	return n
}

// all adds up what a way of reading finds.
func (r *reader) all(tb testing.TB, read func(testing.TB, answer) int) (n int) {
	for _, a := range r.answers {
		n += read(tb, a)
	}
	return n
}

// What is compared below reads the same rows.
func TestReadersCountTheSame(t *testing.T) {
	for _, r := range readers(t, 60) {
		n := r.all(t, r.weir)
		assert.Equal(t, r.all(t, r.standard), n, r.name)
		assert.GreaterOrEqual(t, n, 60, r.name)
	}
}

// BenchmarkReaders reads what the generator makes of 3,000 records of each kind, and
// decodes the same bytes with the standard library, which knows no more of them than
// their syntax. CPU-MB/s is by the process's own processor time, the collector's
// included, so that it says something on a busy machine too.
func BenchmarkReaders(b *testing.B) {
	for _, r := range readers(b, 3000) {
		want := r.all(b, r.standard)
		for _, way := range []struct {
			name string
			read func(testing.TB, answer) int
		}{{"weir", r.weir}, {"standard", r.standard}} {
			b.Run(r.name+"/"+way.name, func(b *testing.B) {
				b.SetBytes(r.bytes())
				b.ReportAllocs()
				began, system := effort.Processor(b)
				for b.Loop() {
					if got := r.all(b, way.read); got != want {
						b.Fatalf("read %d rows of %d", got, want)
					}
				}
				own, later := effort.Processor(b)
				used := (own - began + later - system).Seconds()
				b.ReportMetric(float64(r.bytes())*float64(b.N)/1e6/used, "CPU-MB/s")
			})
		}
	}
}
