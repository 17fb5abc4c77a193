package state

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTruthIsKleene(t *testing.T) {
	all := []Truth{False, Unknown, True}
	for _, a := range all {
		assert.Equal(t, a, a.Not().Not())
		for _, b := range all {
			assert.Equal(t, a.And(b), b.And(a))
			assert.Equal(t, a.Or(b).Not(), a.Not().And(b.Not()), "%s %s", a, b)
		}
	}
	assert.Equal(t, Unknown, True.And(Unknown))
	assert.Equal(t, False, False.And(Unknown))
	assert.Equal(t, True, True.Or(Unknown))
	assert.Equal(t, Unknown, False.Or(Unknown))
	var unset Truth
	assert.Equal(t, Unknown, unset, "what nobody set is not false")
}

func TestDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at := time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)
	assert.Equal(t, "2026-03-29", DateOf(at, berlin).String())
	assert.Equal(t, "2026-03-28", DateOf(at, time.FixedZone("west", -8*3600)).String())
	assert.Equal(t, "2026-04-01", MakeDate(2026, 3, 29).AddDays(3).String(), "days are calendar days, whatever the clock does")
	assert.Equal(t, "1969-12-31", DateOf(time.Unix(-1, 0), time.UTC).String())
	for _, bad := range []string{"", "2026-2-1", "2026-02-30", "2026-02-01T00:00:00Z", "01.02.2026"} {
		_, err := ParseDate(bad)
		assert.Errorf(t, err, "%q", bad)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(-100000, 100000).Draw(t, "day"))
		back, err := ParseDate(d.String())
		if err == nil {
			assert.Equal(t, d, back)
		}
		assert.Equal(t, d, DateOf(d.Midnight(time.UTC), time.UTC))
	})
}

func TestValues(t *testing.T) {
	var unset Value
	assert.False(t, unset.IsRecorded())
	assert.Equal(t, Unknown, unset.Truth())
	assert.Equal(t, False, EmptyValue().Truth())
	assert.True(t, TextValue("").Equal(EmptyValue()), "no service tells the empty text from null")
	assert.True(t, InstantValue(time.Time{}).Equal(EmptyValue()))
	assert.False(t, DayValue(0).Equal(InstantValue(time.Unix(0, 0))), "types are told apart")
	assert.Equal(t, 1.5, NumberValue(1.5).Number())
	assert.Zero(t, TextValue("x").Day())
}

func TestSchemaIsWhole(t *testing.T) {
	names := map[string]bool{}
	for i, row := range Schema() {
		assert.Equal(t, Attr(i+1), row.Attr, "rows stand in the order of Attr")
		assert.NotEmpty(t, row.Name)
		assert.NotEqual(t, TypeInvalid, row.Type, row.Name)
		assert.NotEmpty(t, row.Doc, row.Name)
		assert.False(t, names[row.Name], "%s twice", row.Name)
		names[row.Name] = true
		if row.Salesforce != NoPlace {
			assert.NotEmptyf(t, row.REST, "%s: where Salesforce keeps it", row.Name)
		}
		if row.Mailbox != NoPlace {
			assert.NotEmptyf(t, row.Graph, "%s: where Graph keeps it", row.Name)
			assert.NotEmptyf(t, row.EWS, "%s: where Exchange keeps it", row.Name)
			assert.NotEmptyf(t, row.ICal, "%s: where iCalendar or vCard keeps it", row.Name)
		}
		back, ok := ParseAttr(row.Name)
		assert.True(t, ok)
		assert.Equal(t, row.Attr, back)
		for _, k := range Kinds() {
			stored := row.Salesforce == Stored || row.Mailbox == Stored
			assert.Equal(t, row.Has(k) && stored, NewItem(k, Salesforce, "x").Set(row.Attr, EmptyValue()), "%s %s", k, row.Name)
		}
	}
	for i, row := range UserSchema() {
		assert.Equal(t, UserAttr(i+1), row.Attr)
	}
}

func TestItemsAreImmutable(t *testing.T) {
	it := NewItem(Task, Salesforce, "00T1")
	it.Set(AttrTitle, TextValue("Call"))
	c := it.Clone()
	c.Set(AttrTitle, TextValue("Write"))
	assert.Equal(t, "Call", it.Title())
	assert.False(t, it.SameContent(c))
	c.Set(AttrTitle, TextValue("Call"))
	c.Set(AttrModified, InstantValue(time.Unix(5, 0)))
	assert.True(t, it.SameContent(c), "timestamps alone are no change")
}

func TestContactTitle(t *testing.T) {
	it := NewItem(Contact, Salesforce, "003")
	it.Set(AttrFirstName, EmptyValue())
	it.Set(AttrLastName, TextValue("Park"))
	assert.Equal(t, "Park", it.Title())
	it.Set(AttrFirstName, TextValue("Jo"))
	assert.Equal(t, "Jo Park", it.Title())
}

func TestMarked(t *testing.T) {
	m := DefaultMarkers()
	mark := func(folder string, known bool, categories ...string) Truth {
		it := NewItem(Task, Mailbox, "x")
		it.Folder, it.FolderKnown = folder, known
		if categories == nil || categories[0] != "?" {
			it.Set(AttrCategories, TextsValue(categories))
		}
		return m.Marked(it)
	}
	assert.Equal(t, True, mark("", false, "salesforce"), "case does not matter")
	assert.Equal(t, True, mark("salesforce tasks", true))
	assert.Equal(t, False, mark("Tasks", true, "red"))
	assert.Equal(t, False, mark("Salesforce Tasks", true, "Salesforce Unsync", "Salesforce"), "never with the unsync category")
	assert.Equal(t, True, mark("Salesforce Tasks", true, "?"))
	assert.Equal(t, Unknown, mark("Tasks", true, "?"))
	assert.Equal(t, False, mark("", false), "categories recorded and empty: not marked")
}

// TestTableIndexes compares the look-ups of a table with a search through it,
// whatever is put in which order.
func TestTableIndexes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := NewTable(Contact, Salesforce)
		want := map[string]*Object{}
		for range rapid.IntRange(0, 30).Draw(t, "puts") {
			id := fmt.Sprint(rapid.IntRange(0, 6).Draw(t, "id"))
			it := NewItem(Contact, Salesforce, id)
			it.Set(AttrOwner, TextValue(fmt.Sprint("u", rapid.IntRange(0, 2).Draw(t, "owner"))))
			it.Set(AttrEmail, TextValue(fmt.Sprintf("P%d@x.example", rapid.IntRange(0, 2).Draw(t, "mail"))))
			o := &Object{ID: id, Kind: Contact, Versions: []Version{{State: Live, Item: it}}}
			table.Put(o)
			want[id] = o
		}
		for _, tb := range []*Table{table, table.Clone()} {
			assert.Len(t, tb.All(), len(want))
			for _, owner := range []string{"u0", "u1", "u2"} {
				n := 0
				for _, o := range tb.Find(ByUser, owner) {
					assert.Equal(t, owner, o.Item().Owner())
					n++
				}
				for _, o := range want {
					if o.Item().Owner() == owner {
						n--
					}
				}
				assert.Zero(t, n)
			}
			for _, o := range want {
				assert.Contains(t, tb.Find(ByMatchKey, MatchKeys(o.Item())[0]), o)
			}
		}
	})
}

// TestClonesGoTheirOwnWay holds that tables which share everything until one of them is
// changed are told apart by nobody.
func TestClonesGoTheirOwnWay(t *testing.T) {
	task := func(id, owner string) *Object {
		it := NewItem(Task, Salesforce, id)
		it.Set(AttrOwner, TextValue(owner))
		return &Object{ID: id, Kind: Task, Versions: []Version{{State: Live, Item: it}}}
	}
	rapid.Check(t, func(t *rapid.T) {
		tables, want := []*Table{NewTable(Task, Salesforce)}, []map[string]string{{}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			n := rapid.IntRange(0, len(tables)-1).Draw(t, "table")
			if rapid.Bool().Draw(t, "clones") {
				tables, want = append(tables, tables[n].Clone()), append(want, maps.Clone(want[n]))
			} else {
				id, owner := fmt.Sprint(rapid.IntRange(0, 4).Draw(t, "id")), fmt.Sprint("u", rapid.IntRange(0, 2).Draw(t, "owner"))
				tables[n].Put(task(id, owner))
				want[n][id] = owner
			}
			for i, table := range tables {
				got := map[string]string{}
				last := ""
				for _, o := range table.All() {
					assert.Less(t, last, o.ID)
					last = o.ID
					got[o.ID] = o.Item().Owner()
					assert.Same(t, o, table.Get(o.ID))
					assert.Contains(t, table.Find(ByUser, o.Item().Owner()), o)
				}
				assert.Equal(t, want[i], got)
				assert.Equal(t, len(got), table.Live())
				assert.Equal(t, len(got), len(table.Find(ByUser, "u0"))+len(table.Find(ByUser, "u1"))+len(table.Find(ByUser, "u2")))
			}
		}
	})
}

func TestObjectAt(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	o := &Object{ID: "x"}
	_, ok := o.At(day(1))
	assert.False(t, ok)
	o = o.With(Version{From: day(2), State: Live}).With(Version{From: day(4), State: Deleted})
	_, ok = o.At(day(1))
	assert.False(t, ok)
	v, _ := o.At(day(3))
	assert.Equal(t, Live, v.State)
	v, _ = o.At(day(4))
	assert.Equal(t, Deleted, v.State)
}

func TestWithDoesNotShare(t *testing.T) {
	o := (&Object{ID: "x"}).With(Version{State: Live})
	a, b := o.With(Version{State: Deleted}), o.With(Version{State: Gone})
	assert.Equal(t, Deleted, a.State())
	assert.Equal(t, Gone, b.State())
	assert.Equal(t, Live, o.State())
}

func TestLinks(t *testing.T) {
	links := NewLinks()
	links.Put(&Link{Kind: Task, RecordID: "r1", ItemID: "i1"})
	links.Put(&Link{Kind: Task, RecordID: "r2", ItemID: "i1"})
	assert.Nil(t, links.OfRecord(Task, "r1"), "an item has one link")
	assert.Len(t, links.All(), 1)
	c := links.Clone()
	c.Drop(c.OfRecord(Task, "r2"))
	assert.NotNil(t, links.OfItem(Task, "i1"))
	assert.Nil(t, c.OfItem(Task, "i1"))
}

// TestReplaceIsDropAndPut compares the short way of putting a link in another's place
// with the long one, whatever there was.
func TestReplaceIsDropAndPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		link := func(what string) *Link {
			item := ""
			if n := rapid.IntRange(0, 3).Draw(t, what+" item"); n > 0 {
				item = fmt.Sprint("i", n)
			}
			return &Link{Kind: Task, RecordID: fmt.Sprint("r", rapid.IntRange(0, 3).Draw(t, what+" record")), ItemID: item}
		}
		short, long := NewLinks(), NewLinks()
		for range rapid.IntRange(0, 6).Draw(t, "links") {
			l := link("a")
			short.Put(l)
			long.Put(l)
		}
		old := link("old")
		if all := short.All(); len(all) > 0 && rapid.Bool().Draw(t, "one of them") {
			old = rapid.SampledFrom(all).Draw(t, "which")
		}
		next := link("new")
		if rapid.Bool().Draw(t, "same ends") {
			next = &Link{Kind: old.Kind, RecordID: old.RecordID, ItemID: old.ItemID}
		}
		told := 0
		short.Watch(func() { told++ })
		short.Replace(old, next)
		long.Drop(old)
		long.Put(next)
		assert.Positive(t, told)
		assert.Equal(t, long.All(), short.All())
		for n := range 4 {
			assert.Same(t, long.OfRecord(Task, fmt.Sprint("r", n)), short.OfRecord(Task, fmt.Sprint("r", n)))
			assert.Same(t, long.OfItem(Task, fmt.Sprint("i", n)), short.OfItem(Task, fmt.Sprint("i", n)))
		}
	})
}

func TestBounds(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }
	b := &Bounds{From: day(10), To: day(20)}
	assert.True(t, b.Contains(day(10), day(20)))
	assert.False(t, b.Contains(day(9), day(12)))
	assert.True(t, b.Overlaps(day(9), day(12)))
	assert.False(t, b.Overlaps(day(20), day(21)))
	assert.False(t, b.Overlaps(day(9), day(10)))
	assert.True(t, (*Bounds)(nil).Overlaps(day(1), day(2)))
	assert.False(t, (&Bounds{}).Contains(day(10), day(11)), "with an unknown range nothing is provably inside")
}
