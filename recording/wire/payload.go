package wire

import (
	"iter"
	"time"

	"weir/state"
)

// Payload is what a file to be written holds, in neutral terms: what a dialect's
// Write puts into its own words, and its Read reads back as the same items, up to
// the losses the dialect documents.
type Payload struct {
	Kind  state.Kind
	Items iter.Seq[*state.Item]
	// Removed are the tombstones of a delta.
	Removed []Tombstone
	// Delta: changes only. Next: more pages follow.
	Delta, Next bool
	// Mailbox is the owner's address; FolderID and Folder the folder or list the items
	// lie in, "" where the service needs none.
	Mailbox, FolderID, Folder string
	// LinkProperty names the property that carries record ids, "" for the dialect's
	// usual one.
	LinkProperty string
	// From and To are the range a calendar view was asked for; zero for none.
	From, To time.Time
	// Zone is the owner's time zone; nil is UTC.
	Zone *time.Location
}

// Tombstone is a deletion as a delta shows it.
type Tombstone struct {
	ID string
	At time.Time // zero where the service does not say
}
