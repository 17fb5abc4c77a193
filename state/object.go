package state

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Liveness is what is known about a side's existence. The zero value is Unseen:
// nothing can be told.
type Liveness uint8

// What a side of a link can be known to be.
const (
	Unseen  Liveness = iota // cannot be told
	Live                    // shown, and nothing says it went
	Deleted                 // proved gone
	Gone                    // a record missing without proof of deletion: access lost, archived
	Merged                  // a record merged into another
	Moved                   // an item taken out of the sync's reach, still existing
)

var livenessNames = [...]string{"unseen", "live", "deleted", "gone", "merged", "moved"}

func (l Liveness) String() string {
	if int(l) < len(livenessNames) {
		return livenessNames[l]
	}
	return livenessNames[0]
}

// Version is one state an object had, from an instant on.
type Version struct {
	From   time.Time // when the change happened (its own instant, else the capture's)
	SeenAt time.Time // the capture that shows it
	State  Liveness
	Item   *Item // the values; for a deletion the last seen ones, nil if never shown
}

// Object is one record or mailbox item through time: every distinct state seen,
// oldest first. The last version is the present one.
type Object struct {
	ID         string
	Kind       Kind
	MergedInto string // id of the winning record when State is Merged
	Versions   []Version
}

// Now is the object's present version.
func (o *Object) Now() Version {
	if len(o.Versions) == 0 {
		return Version{}
	}
	return o.Versions[len(o.Versions)-1]
}

// State is the object's present liveness.
func (o *Object) State() Liveness { return o.Now().State }

// Item is the object's present or last seen values; nil if never shown.
func (o *Object) Item() *Item { return o.Now().Item }

// At is the version that held at the instant, by when changes happened; ok is
// false before the first.
func (o *Object) At(t time.Time) (v Version, ok bool) {
	for _, w := range o.Versions {
		if w.From.After(t) {
			break
		}
		v, ok = w, true
	}
	return v, ok
}

// Before is the object as it was known to be at the instant: without the versions
// that came later.
func (o *Object) Before(t time.Time) *Object {
	c := *o
	for i, v := range o.Versions {
		if v.From.After(t) {
			c.Versions = o.Versions[:i:i]
			break
		}
	}
	return &c
}

// With returns a copy of the object with one more version.
func (o *Object) With(v Version) *Object {
	c := *o
	c.Versions = append(slices.Clip(c.Versions), v)
	return &c
}

// Table holds the objects of one kind on one side (a mailbox's, or the
// organisation's) with the indexes that keep planning in proportion to a user's
// own data. Objects are replaced, never changed in place.
type Table struct {
	Kind     Kind
	Side     Side
	Coverage Coverage

	objects map[string]*Object
	sorted  []*Object // by id, what All lists; nil when stale
	index   [numIndexes]map[string][]string
	live    int
	watch   func(before, after *Object) // nil for nobody
	// lent: a clone has the same maps and lists. Whichever is changed first takes
	// copies of its own.
	lent atomic.Bool
}

// Index names one of a table's look-ups.
type Index uint8

// The look-ups a table keeps.
const (
	ByUser     Index = iota // owner and invited users, by user id; NoUser
	ByMatchKey              // the keys of MatchKeys
	ByCarried               // the record id an item carries
	numIndexes
)

// NoUser is the key in ByUser of records that may concern anybody, because their
// owner, or all of an event's invitees, were not recorded.
const NoUser = "?"

// NewTable makes an empty table.
func NewTable(kind Kind, side Side) *Table {
	t := &Table{Kind: kind, Side: side, objects: map[string]*Object{}}
	for i := range t.index {
		t.index[i] = map[string][]string{}
	}
	return t
}

// Clone copies the table so that Put on one does not show in the other. The
// objects are shared, and so is everything else until one of the two is changed.
func (t *Table) Clone() *Table {
	c := &Table{Kind: t.Kind, Side: t.Side, Coverage: t.Coverage, objects: t.objects, sorted: t.sorted, index: t.index, live: t.live}
	t.lent.Store(true)
	c.lent.Store(true)
	return c
}

// own takes copies of what a clone has too.
func (t *Table) own() {
	if !t.lent.Load() {
		return
	}
	t.objects, t.sorted = maps.Clone(t.objects), slices.Clone(t.sorted)
	for i, m := range t.index {
		t.index[i] = cloneIndex(m)
	}
	t.lent.Store(false)
}

// cloneIndex copies the lists into one piece of memory: most have one member.
func cloneIndex(m map[string][]string) map[string][]string {
	total := 0
	for _, ids := range m {
		total += len(ids)
	}
	out, all := make(map[string][]string, len(m)), make([]string, 0, total)
	for key, ids := range m {
		from := len(all)
		all = append(all, ids...)
		out[key] = all[from:len(all):len(all)]
	}
	return out
}

// Len is the number of objects, deleted ones included.
func (t *Table) Len() int { return len(t.objects) }

// Get finds an object by id; nil if there is none.
func (t *Table) Get(id string) *Object { return t.objects[id] }

// Live is the number of live objects.
func (t *Table) Live() int { return t.live }

// Watch has f called with every change from now on: what an object was, nil for a
// new one, and what it is. There is one watcher; clones have none.
func (t *Table) Watch(f func(before, after *Object)) { t.watch = f }

// Put adds an object or replaces the one with its id.
func (t *Table) Put(o *Object) {
	t.own()
	old := t.objects[o.ID]
	if old != nil {
		t.forget(old)
	}
	t.file(o, old == nil)
	t.objects[o.ID] = o
	if o.State() == Live {
		t.live++
	}
	if t.watch != nil {
		t.watch(old, o)
	}
	for ix, key := range indexKeys(o) {
		m := t.index[ix.index]
		at, found := slices.BinarySearch(m[ix.key], key)
		if !found {
			m[ix.key] = slices.Insert(m[ix.key], at, key)
		}
	}
}

// file keeps what All lists.
func (t *Table) file(o *Object, fresh bool) {
	if fresh {
		t.sorted = nil
		return
	}
	if at, found := slices.BinarySearchFunc(t.sorted, o.ID, byID); found {
		t.sorted[at] = o
	}
}

func byID(o *Object, id string) int { return strings.Compare(o.ID, id) }

func (t *Table) forget(o *Object) {
	if o.State() == Live {
		t.live--
	}
	for ix, key := range indexKeys(o) {
		m := t.index[ix.index]
		if at, found := slices.BinarySearch(m[ix.key], key); found {
			m[ix.key] = slices.Delete(m[ix.key], at, at+1)
		}
	}
}

// All lists the objects by id. The slice is the caller's.
func (t *Table) All() []*Object {
	if len(t.objects) == 0 {
		return nil
	}
	if t.sorted == nil {
		t.sorted = slices.SortedFunc(maps.Values(t.objects), func(a, b *Object) int { return byID(a, b.ID) })
	}
	return slices.Clone(t.sorted)
}

// Find lists the objects an index holds for a key, by id, whatever their
// liveness.
func (t *Table) Find(ix Index, key string) []*Object {
	ids := t.index[ix][key]
	if len(ids) == 0 {
		return nil
	}
	out := make([]*Object, len(ids))
	for i, id := range ids {
		out[i] = t.objects[id]
	}
	return out
}

// Keys yields every index with a key under which the object, as it is now, is found.
func (o *Object) Keys() iter.Seq2[Index, string] {
	return func(yield func(Index, string) bool) {
		for ix := range indexKeys(o) {
			if !yield(ix.index, ix.key) {
				return
			}
		}
	}
}

// Has reports whether an index holds anything for a key, whatever its liveness.
func (t *Table) Has(ix Index, key string) bool { return len(t.index[ix][key]) > 0 }

type indexEntry struct {
	index Index
	key   string
}

// indexKeys yields every (index, key) under which an object is found.
func indexKeys(o *Object) func(yield func(indexEntry, string) bool) {
	return func(yield func(indexEntry, string) bool) {
		it := o.Item()
		if it == nil {
			return
		}
		if it.Side == Salesforce {
			owner := it.Owner()
			if !it.Value(AttrOwner).IsRecorded() || it.InviteesKnown == Unknown && it.Kind == Event {
				owner = NoUser
				if it.Owner() != "" && !yield(indexEntry{ByUser, it.Owner()}, o.ID) {
					return
				}
			}
			if owner != "" && !yield(indexEntry{ByUser, owner}, o.ID) {
				return
			}
			for _, inv := range it.Invitees {
				if !yield(indexEntry{ByUser, inv.UserID}, o.ID) {
					return
				}
			}
		}
		if it.Carries != "" && !yield(indexEntry{ByCarried, it.Carries}, o.ID) {
			return
		}
		for _, key := range MatchKeys(it) {
			if !yield(indexEntry{ByMatchKey, key}, o.ID) {
				return
			}
		}
	}
}

// MatchKeys are the keys under which a record and an item may be known for the
// same thing: any address of a contact; an event's calendar uid, and its start,
// end and subject; a task's subject and due date. A key whose parts were not
// recorded does not exist.
func MatchKeys(it *Item) []string {
	var keys []string
	switch it.Kind {
	case Contact:
		for _, a := range [...]Attr{AttrEmail, AttrEmail2, AttrEmail3} {
			if v := it.Value(a); v.IsKnown() {
				if key := "a:" + strings.ToLower(v.Text()); !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
		}
	case Task:
		if title, due := it.Value(AttrTitle), it.Value(AttrDue); title.IsRecorded() && due.IsRecorded() {
			keys = append(keys, "k:"+due.String()+"|"+title.Text())
		}
	case Event:
		if it.ICalUID != "" {
			keys = append(keys, "u:"+it.ICalUID)
		}
		if key := eventTimeKey(it); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func eventTimeKey(it *Item) string {
	title := it.Value(AttrTitle)
	from, to := AttrStart, AttrEnd
	if it.AllDay() {
		from, to = AttrStartDate, AttrEndDate
	}
	start, end := it.Value(from), it.Value(to)
	if !title.IsRecorded() || !start.IsKnown() || !end.IsKnown() {
		return ""
	}
	return "t:" + start.String() + "|" + end.String() + "|" + title.Text()
}
