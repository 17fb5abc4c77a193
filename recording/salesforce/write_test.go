package salesforce_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/internal/drawn"
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

// dice draw records of every kind.
type dice struct{ drawn.Values }

func (t dice) id(prefix string) state.Value {
	return state.TextValue(salesforce.ID(prefix, rapid.IntRange(0, 1<<30).Draw(t.T, "id")))
}

func (t dice) item(k state.Kind, id string) *state.Item {
	it := state.NewItem(k, state.Salesforce, id)
	t.Instant(it, state.AttrCreated, state.AttrModified)
	t.Maybe(it, state.AttrOwner, func() state.Value { return t.id("005") })
	t.Maybe(it, state.AttrModifiedBy, func() state.Value { return t.id("005") })
	switch k {
	case state.Contact:
		t.Text(it, state.AttrFirstName, state.AttrLastName, state.AttrPhone, state.AttrMobile, state.AttrCompany, state.AttrJobTitle)
		t.Maybe(it, state.AttrEmail, func() state.Value { return state.TextValue("jo.park@globex.example") })
	case state.Task:
		t.Text(it, state.AttrTitle, state.AttrStatus, state.AttrPriority, state.AttrSubtype, state.AttrBody)
		t.Truth(it, state.AttrClosed)
		t.Instant(it, state.AttrCompleted)
		t.Day(it, state.AttrDue)
	case state.Event:
		t.event(it)
	}
	if t.Full || rapid.Bool().Draw(t.T, "custom?") {
		it.Custom = map[string]state.Value{"Rating__c": state.TextValue(rapid.SampledFrom([]string{"", "Hot"}).Draw(t.T, "rating"))}
	}
	return it
}

func (t dice) event(it *state.Item) {
	t.Text(it, state.AttrTitle, state.AttrLocation, state.AttrBody)
	t.Truth(it, state.AttrPrivate)
	t.Maybe(it, state.AttrShowAs, func() state.Value {
		return state.TextValue(rapid.SampledFrom([]string{"busy", "free", "outofoffice", "Elsewhere"}).Draw(t.T, "show as"))
	})
	start := t.Time("start")
	first := state.DateOf(start, time.UTC)
	days := rapid.IntRange(0, 30).Draw(t.T, "days")
	allDay := rapid.Bool().Draw(t.T, "all day")
	it.Set(state.AttrAllDay, state.BoolValue(allDay))
	if allDay {
		it.Set(state.AttrStartDate, state.DayValue(first))
		it.Set(state.AttrEndDate, state.DayValue(first.AddDays(days)))
	} else {
		t.Maybe(it, state.AttrStart, func() state.Value { return state.InstantValue(start) })
		t.Maybe(it, state.AttrEnd, func() state.Value { return state.InstantValue(start.AddDate(0, 0, days)) })
	}
	it.Set(state.AttrRecurring, state.BoolValue(false))
	if rapid.Bool().Draw(t.T, "single") {
		return
	}
	it.Set(state.AttrRecurring, state.BoolValue(true))
	it.Series = &state.Series{Zone: rapid.SampledFrom([]string{"", "Europe/Berlin", "Asia/Kolkata"}).Draw(t.T, "zone"), Lightning: rapid.Bool().Draw(t.T, "lightning"),
		Rule: rapid.SampledFrom([]string{"FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;WKST=SU;UNTIL=20270101", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
			"FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=3", "FREQ=DAILY;COUNT=9", ""}).Draw(t.T, "rule")}
}

func lose(it *state.Item, p *wire.Payload) *state.Item {
	it = it.Clone()
	for _, loss := range salesforce.Losses {
		loss.Apply(it, p)
	}
	return it
}

func same(t require.TestingT, want, got *state.Item) {
	for _, a := range state.Schema() {
		w, g := want.Value(a.Attr), got.Value(a.Attr)
		require.Truef(t, w.Equal(g), "%s of %s: %q (%v), want %q (%v)", a.Name, want.ID, g, g.Presence(), w, w.Presence())
	}
	require.Equal(t, want.ID, got.ID)
	require.Equal(t, want.Custom, got.Custom)
	require.Equal(t, want.Series, got.Series)
}

var allKinds = []state.Kind{state.Contact, state.Task, state.Event}

// What is written is read back as the same records, up to Losses.
func TestRoundTrip(t *testing.T) {
	forms := []struct {
		name  string
		full  bool
		write func(io.Writer, wire.Payload) error
		read  func(string, *wire.Problems) *salesforce.Output
	}{
		{"json", false, salesforce.Write, func(s string, problems *wire.Problems) *salesforce.Output {
			out := &salesforce.Output{}
			if err := salesforce.Read(bytes.NewBufferString(s), salesforce.Input{Path: "x.json"}, salesforce.NewEnv(problems), out); err != nil {
				panic(err)
			}
			return out
		}},
		{"csv", true, salesforce.WriteCSV, func(s string, problems *wire.Problems) *salesforce.Output {
			out := &salesforce.Output{}
			if err := salesforce.ReadCSV(bytes.NewBufferString(s), salesforce.Input{Path: "x.csv"}, salesforce.NewEnv(problems), out); err != nil {
				panic(err)
			}
			return out
		}},
	}
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				kind := rapid.SampledFrom(allKinds).Draw(rt, "kind")
				var items []*state.Item
				for i := range rapid.IntRange(0, 4).Draw(rt, "items") {
					prefix := map[state.Kind]string{state.Contact: "003", state.Task: "00T", state.Event: "00U"}[kind]
					items = append(items, dice{drawn.Values{T: rt, Full: form.full}}.item(kind, salesforce.ID(prefix, i)))
				}
				p := wire.Payload{Kind: kind, Items: slices.Values(items)}
				var b bytes.Buffer
				require.NoError(rt, form.write(&b, p))
				problems := &wire.Problems{}
				out := form.read(b.String(), problems)
				if len(items) > 0 {
					require.Empty(rt, problems.Diagnostics(), b.String())
				}
				require.Len(rt, out.Rows, len(items))
				for i, it := range items {
					same(rt, lose(it, &p), out.Rows[i].Item)
				}
			})
		})
	}
}

func TestDeletions(t *testing.T) {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	require.NoError(t, salesforce.Write(&b, wire.Payload{Kind: state.Task, Delta: true, To: at, From: at.AddDate(0, 0, -15),
		Removed: []wire.Tombstone{{ID: salesforce.ID("00T", 1), At: at}, {ID: salesforce.ID("00T", 2)}}}))
	out, problems := &salesforce.Output{}, &wire.Problems{}
	require.Nil(t, salesforce.Read(&b, salesforce.Input{Path: "x.json"}, salesforce.NewEnv(problems), out))
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Rows, 2)
	assert.True(t, out.Rows[0].Gone)
	assert.Equal(t, at, out.Rows[0].GoneAt)
	assert.True(t, out.Rows[1].GoneAt.IsZero())
	assert.False(t, out.Feeds[0].Full)
}

// More pages are said to follow, so that the answer counts as incomplete.
func TestPages(t *testing.T) {
	var b bytes.Buffer
	items := slices.Values([]*state.Item{state.NewItem(state.Task, state.Salesforce, salesforce.ID("00T", 1))})
	require.NoError(t, salesforce.Write(&b, wire.Payload{Kind: state.Task, Items: items, Next: true}))
	out := &salesforce.Output{}
	require.Nil(t, salesforce.Read(&b, salesforce.Input{Path: "x.json"}, salesforce.NewEnv(&wire.Problems{}), out))
	assert.Equal(t, state.False, out.Feeds[0].Done)
}

// What a form cannot hold is refused, not left out.
func TestWriteRefuses(t *testing.T) {
	none := slices.Values([]*state.Item{})
	gone := []wire.Tombstone{{ID: "x"}}
	assert.ErrorContains(t, salesforce.Write(io.Discard, wire.Payload{Items: none, Removed: gone}), "two files")
	assert.ErrorContains(t, salesforce.WriteCSV(io.Discard, wire.Payload{Removed: gone}), "no rows of a Bulk query")
	rows := []*salesforce.Record{{ID: "1"}, {ID: "2"}}
	rows[1].Set("Rating__c", state.TextValue("Hot"))
	assert.ErrorContains(t, salesforce.WriteRecordsCSV(io.Discard, []string{"Name"}, slices.Values(rows)), "Rating__c")
	for _, write := range []func(io.Writer, wire.Payload) error{salesforce.Write, salesforce.WriteCSV} {
		one := slices.Values([]*state.Item{state.NewItem(state.Task, state.Salesforce, "x")})
		assert.ErrorIs(t, write(failing{}, wire.Payload{Items: one}), errFull)
	}
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestListViewResult(t *testing.T) {
	row := &salesforce.Record{ID: salesforce.ID("003", 7)}
	row.Set("Name", state.TextValue("Jo Park"))
	var b bytes.Buffer
	require.NoError(t, salesforce.WriteListView(&b, salesforce.ListView{ID: salesforce.ID("00B", 1), DeveloperName: "Hot", Label: "Hot ones", Rows: slices.Values([]*salesforce.Record{row}), More: true}))
	out, problems := &salesforce.Output{}, &wire.Problems{}
	require.Nil(t, salesforce.Read(&b, salesforce.Input{Path: "x.json"}, salesforce.NewEnv(problems), out))
	require.Empty(t, problems.Diagnostics())
	require.Len(t, out.Views, 1)
	v := out.Views[0]
	assert.Equal(t, []string{row.ID}, v.Members)
	assert.Equal(t, "Hot Hot ones false", fmt.Sprint(v.DeveloperName, " ", v.Label, " ", v.Done))
}

func TestMadeUpIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range []int{0, 1, 35, 36, 1 << 20, 1 << 40} {
		id := salesforce.ID("003", n)
		full, problem := salesforce.NormalizeID(id)
		assert.Equal(t, id, full)
		assert.Equal(t, salesforce.IDFine, problem)
		assert.False(t, seen[id])
		seen[id] = true
	}
}
