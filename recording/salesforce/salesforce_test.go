package salesforce_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"weir/internal/golden"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

func TestNormalizeID(t *testing.T) {
	cases := []struct {
		in, want string
		problem  salesforce.IDProblem
	}{
		{"a00D0000008pQRA", "a00D0000008pQRAIA2", salesforce.IDFine}, // published samples
		{"00BD0000005WcBe", "00BD0000005WcBeMAK", salesforce.IDFine},
		{"00BD0000005WcCN", "00BD0000005WcCNMA0", salesforce.IDFine},
		{"a00D0000008pQRAIA2", "a00D0000008pQRAIA2", salesforce.IDFine},
		{"a00d0000008pqraia2", "a00D0000008pQRAIA2", salesforce.IDCase},
		{"003000000000001", "003000000000001AAA", salesforce.IDFine},
		{"00T000000000001", "00T000000000001EAA", salesforce.IDFine},
		{"00T000000000001AAA", "00T000000000001AAA", salesforce.IDChecksum}, // not a lower-cased id
		{"a00D0000008pQRAIA3", "a00D0000008pQRAIA3", salesforce.IDChecksum},
		{"00t000000000001zzz", "00t000000000001zzz", salesforce.IDChecksum},
		{"23foo", "23foo", salesforce.IDNoID},
		{"", "", salesforce.IDNoID},
		{"003-00000000001", "003-00000000001", salesforce.IDNoID},
		{"003ü00000000001", "003ü00000000001", salesforce.IDNoID},
	}
	for _, c := range cases {
		got, problem := salesforce.NormalizeID(c.in)
		assert.Equal(t, c.want, got, c.in)
		assert.Equal(t, c.problem, problem, c.in)
	}
}

func TestFindID(t *testing.T) {
	id, ok := salesforce.FindID("00T000000000001")
	assert.True(t, ok)
	assert.Equal(t, "00T000000000001EAA", id)
	for _, s := range []string{"", "Call Globex now", "a00D0000008pQRA", "006000000000001"} {
		_, ok := salesforce.FindID(s)
		assert.False(t, ok, s)
	}
}

// read reads one of the payloads others recorded.
func read(t *testing.T, name, typ string) (*salesforce.Output, *salesforce.Env, *wire.Problems) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	require.NoError(t, err)
	defer f.Close()
	problems, out := &wire.Problems{}, &salesforce.Output{}
	env := salesforce.NewEnv(problems)
	base, _, _ := strings.Cut(filepath.Base(name), ".")
	require.Nil(t, salesforce.Read(f, salesforce.Input{Path: name, Type: typ, Name: base}, env, out))
	return out, env, problems
}

func TestOthersPayloads(t *testing.T) {
	t.Run("getUpdated names ids without values", func(t *testing.T) {
		out, _, _ := read(t, "sf_restforce/get_updated_success_response.json", "contact")
		require.Len(t, out.Updated, 7)
		assert.Equal(t, "003q000000KvQ1tAAF", out.Updated[0].ID)
		assert.False(t, out.Feeds[0].Full)
	})
	t.Run("getDeleted of an object of no use", func(t *testing.T) {
		out, _, _ := read(t, "sf_restforce/get_deleted_success_response.json", "")
		assert.Empty(t, out.Rows)
	})
	t.Run("getDeleted by the file's name", func(t *testing.T) {
		out, _, _ := read(t, "sf_restforce/get_deleted_success_response.json", "contact")
		require.Len(t, out.Rows, 1)
		assert.True(t, out.Rows[0].Gone)
		assert.Equal(t, "2013-05-07T22:07:19Z", out.Rows[0].GoneAt.Format("2006-01-02T15:04:05Z07:00"))
	})
	t.Run("a list view without an Id column is not usable", func(t *testing.T) {
		out, _, problems := read(t, "sf_restforce/list_view_results_success_response.json", "list_view")
		require.Len(t, out.Views, 1)
		v := out.Views[0]
		t.Logf("%+v", v)
		assert.Len(t, v.ID, 18, "ids of views are normalised too")
		assert.Equal(t, v.Usable, len(problems.Diagnostics()) == 0)
	})
	t.Run("pages", func(t *testing.T) {
		out, _, problems := read(t, "sf_restforce/query_paginated_first_page_response.json", "contact")
		assert.Equal(t, map[string]int{"Whizbang": 1}, out.Unread)
		assert.Contains(t, problems.Diagnostics().Error(), "Rows of the type Whizbang are not read")
	})
	t.Run("an error instead of rows", func(t *testing.T) {
		out, _, problems := read(t, "sf_restforce/query_error_response.json", "contact")
		require.Len(t, out.Feeds, 1)
		assert.NotEmpty(t, out.Feeds[0].Missing)
		assert.Contains(t, problems.Diagnostics().Error(), "INVALID_FIELD")
	})
	t.Run("an empty answer is a capture", func(t *testing.T) {
		out, _, problems := read(t, "sf_restforce/query_empty_response.json", "task")
		require.Len(t, out.Feeds, 1)
		assert.True(t, out.Feeds[0].Full)
		assert.Empty(t, problems.Diagnostics())
	})
	t.Run("an sObject tree has references instead of ids", func(t *testing.T) {
		out, _, problems := read(t, "sf_tree_grocery/Event.json", "event")
		require.Len(t, out.Rows, 3)
		assert.Equal(t, "@EventRef1", out.Rows[0].ID)
		assert.Equal(t, "Produce Setup", out.Rows[0].Item.Title())
		assert.NotEmpty(t, out.Feeds[0].Partial, "nobody can tell what is missing")
		assert.Empty(t, problems.Diagnostics())
	})
	t.Run("a describe gives types", func(t *testing.T) {
		out, env, _ := read(t, "sf_describe_cumulusci/Contact.describe.json", "describe")
		assert.True(t, out.Described)
		assert.Equal(t, state.Bool, env.Described["Contact"]["IsEmailBounced"])
		assert.Equal(t, state.Number, env.Described["Contact"]["MailingLatitude"])
		assert.Equal(t, state.Day, env.Described["Contact"]["Birthdate"])
	})
}

// Every payload that others recorded is read without a panic, whatever its name says.
func FuzzSalesforce(f *testing.F) {
	for _, name := range golden.Files(f, "testdata/*/*.json") {
		if data, err := os.ReadFile(name); err == nil && len(data) < 64<<10 {
			f.Add(data, "contact")
			f.Add(data, "")
		}
	}
	f.Add([]byte(`{"records":[{"attributes":{"type":"Event"},"Id":"00U000000000001","IsAllDayEvent":true,"ActivityDate":"9999-12-31","DurationInMinutes":99999999,"IsRecurrence":true,"RecurrenceType":"RecursDaily","RecurrenceInterval":-1}]}`), "event")
	f.Add([]byte(`{"records":[{"attributes":{"type":"EventRelation"},"EventId":"00U000000000001","RelationId":"005000000000001"}]}`), "event_relation")
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		problems, out := &wire.Problems{}, &salesforce.Output{}
		env := salesforce.NewEnv(problems)
		_ = salesforce.Read(bytes.NewReader(data), salesforce.Input{Path: "x.json", Type: typ, Name: "x"}, env, out)
		var events []wire.Row
		for _, row := range out.Rows {
			require.NotEqual(t, state.KindInvalid, row.Kind)
			if row.Kind == state.Event {
				events = append(events, row)
			}
		}
		m := salesforce.NewMeetings(problems)
		for range 2 {
			m.Apply(salesforce.Captured{Events: events, Relations: out.Relations, People: out.People,
				EventsSeen: true, EventsFull: true, EventsComplete: true, RelationsSeen: true, RelationsFull: true, RelationsComplete: true})
		}
		for _, d := range problems.Diagnostics() {
			require.Positive(t, d.Subject.Start.Line)
		}
	})
}

// Every CSV file is read without a panic, and everything that is wrong has a place.
func FuzzCSV(f *testing.F) {
	for _, name := range golden.Files(f, "../testdata/*/csv-*.txtar") {
		archive, err := txtar.ParseFile(name)
		require.NoError(f, err)
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".csv") {
				f.Add(file.Data, "contact")
				f.Add(file.Data, "")
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, typ string) {
		problems, out := &wire.Problems{}, &salesforce.Output{}
		if err := salesforce.ReadCSV(bytes.NewReader(data), salesforce.Input{Path: "x.csv", Type: typ, Name: "x"}, salesforce.NewEnv(problems), out); err != nil {
			require.Positive(t, err.Pos.Line)
		}
		for _, row := range out.Rows {
			require.NotEqual(t, state.KindInvalid, row.Kind)
			require.NotEmpty(t, row.ID)
		}
		for _, d := range problems.Diagnostics() {
			require.Positive(t, d.Subject.Start.Line)
		}
	})
}
