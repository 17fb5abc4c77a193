package wire

import (
	"cmp"
	"slices"
	"time"

	"weir/recording/textpos"
	"weir/state"
)

// Row is one record or item as one file shows it.
type Row struct {
	Kind state.Kind
	ID   string
	// Item holds the values; nil for a bare tombstone.
	Item *state.Item
	// Gone is set on a tombstone, whether bare or with values; GoneAt is when it
	// was deleted, zero if the row does not say.
	Gone   bool
	GoneAt time.Time
	// MergedInto is the record that won when this one was merged away, or "".
	MergedInto string

	// Role says whether the row stands for itself or for a part of another.
	Role Role
	// Parent is the id of the meeting (Child) or series (Occurrence) the row is a
	// part of, or "" if the row does not say: an occurrence then belongs to the series
	// that has its item's calendar uid.
	Parent string
	// Occurrence is what an Occurrence row adds to its series.
	Occurrence state.Occurrence
	// Group says whether a Salesforce event has invited users: Unknown if not selected.
	Group state.Truth
	// Invited lists invited users where the row itself does; InvitedKnown says so.
	Invited      []state.Invitee
	InvitedKnown bool

	// FolderID is the id of the folder, list or calendar the item lies in, where
	// the row says so.
	FolderID string
	// Groups are the ids of the contact groups the item is a member of, where those
	// are its categories: their names replace the item's categories once known.
	Groups []string
	// Detail ranks the rows of one id in one capture, where a service shows a part of
	// an item in one answer and the rest in another: what a row of the highest rank
	// leaves unrecorded is taken from those of lower rank. 0: the row is whole.
	Detail int8
	// Was are ids the item had before this one; Lasting is what stays the same when
	// the service gives it another id, "" if nothing does.
	Was     []string
	Lasting string
	// LeftOut: the row is no item that is synced (Feed.LeaveOut says why). That it was
	// shown is all that counts.
	LeftOut bool
	Pos     textpos.Pos
	Feed    *Feed // the file's evidence; nil for a row derived from others

	// Derived: the row was not shown by this capture; its values changed because
	// rows about it (invitations, addresses, occurrences) did.
	Derived bool
}

// Role says what a row stands for.
type Role uint8

// What a row can stand for.
const (
	Itself     Role = iota
	Child           // an invited user's copy of a Salesforce meeting
	Occurrence      // one occurrence of a series
)

// Relation is one EventRelation row.
type Relation struct {
	ID, EventID, PersonID string
	Response              string // as state.Invitee
	// Invited is false for a related person who is not invited, and for one whose
	// invitation was withdrawn.
	Invited bool
	Gone    bool
	Pos     textpos.Pos
}

// Person is a row of a supporting type whose address other rows mention: a user,
// contact or lead.
type Person struct {
	ID, Name, Email string
}

// Feed is what one file is evidence of, for one kind.
type Feed struct {
	Kind string // as recording.Capture.Kind
	File string
	// Full: the file shows everything there was, not only changes.
	Full bool
	Rows int // rows read, tombstones included
	// Removed counts the tombstones among them.
	Removed int
	// Missing names what the file itself lacks ("row 14 could not be read"); empty
	// when it is whole.
	Missing []string
	// Partial says why the format itself cannot promise to show everything; it counts
	// unless capture.json says that the file is complete.
	Partial string

	// Pages: Done is True on a query's last page, False when more pages follow,
	// Unknown where the format has none. Total is the size of the whole answer, -1
	// if not stated. Group tells apart answers that are paged separately.
	Done  state.Truth
	Total int
	Group string

	// Declared is what capture.json says about completeness; Unknown if nothing.
	Declared state.Truth

	// Bounded: the file shows only what overlaps From and To (zero: not known).
	Bounded  bool
	From, To time.Time
	// Folder and FolderID name the one folder or list it shows; "" for all.
	Folder, FolderID string
	// OneFolder: the file shows one folder even where neither Folder nor FolderID says
	// which. Its rows may.
	OneFolder bool
	// Renames: the service gives an item another id when it is moved to another folder.
	Renames bool
	// Hides: things that are still there may be missing from the file although it shows
	// everything that was asked for, so that absence from it proves no deletion.
	Hides bool
	// Exceptions: beside a series the file shows all its exceptions as rows of their own.
	Exceptions bool
	// LeftOut counts the rows that are no items that are synced, by what they are.
	LeftOut map[string]int
}

// Feeds are what one file is evidence of, kind by kind, in the order in which the
// kinds came. Each begins as New.
type Feeds struct {
	New  Feed
	List []*Feed
}

// NewFeeds makes the feeds of a file.
func NewFeeds(file string) Feeds { return Feeds{New: Feed{File: file, Total: -1}} }

// Find is the feed of a kind; nil if the file has none so far.
func (f *Feeds) Find(kind string) *Feed {
	for _, feed := range f.List {
		if feed.Kind == kind {
			return feed
		}
	}
	return nil
}

// Of is the feed of a kind, made where there is none.
func (f *Feeds) Of(kind string) *Feed {
	if feed := f.Find(kind); feed != nil {
		return feed
	}
	feed := f.New
	feed.Kind = kind
	f.List = append(f.List, &feed)
	return &feed
}

// LeaveOut counts a row that is no item that is synced.
func (f *Feed) LeaveOut(what string) {
	if f.LeftOut == nil {
		f.LeftOut = map[string]int{}
	}
	f.LeftOut[what]++
}

// Lack notes something the file lacks.
func (f *Feed) Lack(what string) { f.Missing = append(f.Missing, what) }

// SortOccurrences puts occurrences into the order in which they take place.
func SortOccurrences(list []state.Occurrence) {
	slices.SortFunc(list, func(a, b state.Occurrence) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.StartDate, b.StartDate), a.Original.Compare(b.Original),
			cmp.Compare(a.OriginalDate, b.OriginalDate), a.End.Compare(b.End))
	})
}
