package recording

import (
	"time"

	"weir/state"
)

// Format is the manifest format this package reads.
const Format = "weir.recording/1"

// Manifest is recording.json: ids are 18 characters, addresses lower case.
type Manifest struct {
	Organization   state.Organization
	SyncIdentities []string            // users whose changes are the sync's own
	Absence        map[state.Kind]bool // kinds whose absence from a full capture is a deletion
	Users          []ManifestUser      // by mailbox address
	Markers        state.Markers       // the product's own unless "markers" says otherwise
	LinkProperty   string              // name of the item property that carries record ids, "" for any
}

// ManifestUser is one synced person of the manifest.
type ManifestUser struct {
	SalesforceID string
	Mailbox      string
	Provider     string   // as written: office365, exchange, gmail
	TimeZone     string   // IANA name, "" if not given
	Groups       []string // sorted
	Line, Column int      // where the user stands in recording.json
}

// Capture is what one source's folder showed of one kind.
type Capture struct {
	At     time.Time
	Source string // "salesforce", or the mailbox address
	// Kind names what was captured: "contact", "task", "event", "user",
	// "event_relation", "list_view", "links", "settings", …
	Kind  string
	Files []string // relative to the recording, sorted
	Full  bool     // everything there was, not only changes
	// Complete: nothing of the kind is missing within Bounds.
	Complete bool
	Why      []string // per file, what is missing
	Bounds   *state.Bounds
	Rows     int // rows read, tombstones included
	Removed  int // tombstones among them
}

// Inventory is what a recording holds, for people.
type Inventory struct {
	Manifest    *Manifest
	First, Last time.Time
	Files       int
	Users       []UserInventory // by address
	Salesforce  []KindInventory // contact, task, event, then other row types by name
	Mailboxes   []MailboxInventory
	Captures    []Capture
	Views       []ViewInventory
	Custom      CustomFields
	NotRead     []NotRead // by path
}

// UserInventory is one synced person.
type UserInventory struct {
	Address, SalesforceID, Name, Provider string
	Active                                state.Truth // Unknown without a User row
	TimeZone, TimeZoneFrom                string
	Recorded                              bool   // a User row was captured
	Settings                              string // "new", "legacy", or "" without a settings page
	SettingsFile                          string
}

// KindInventory counts one kind at the end of the recording.
type KindInventory struct {
	Kind     string
	States   map[string]int // objects by liveness: "live", "deleted", …
	Objects  int
	Coverage state.Coverage
}

// MailboxInventory is one mailbox at the end of the recording.
type MailboxInventory struct {
	Address string
	Kinds   []KindInventory // contact, task, event
	// Links by state ("active", …), and how many came from a links file and from
	// ids carried on items.
	Links                         map[string]int
	LinksFromFile, LinksFromItems int
}

// ViewInventory is one recorded list view.
type ViewInventory struct {
	Name, Label, File string
	Result            bool // a result was captured
	Members           int
	Complete          bool
	MaybeTruncated    bool
	Why               string
	// Filter is the file that defines what the view shows, "" if none does; Scope is
	// whose records ("mine", "everything"); Unusable says why the definition cannot
	// be used.
	Filter, Scope, Unusable string
}

// NotRead is a file or folder that was left out, and why.
type NotRead struct{ Path, Why string }
