package state

import (
	"slices"
	"strings"
	"time"
)

// Snapshot is the world at one instant: what a session decides on.
type Snapshot struct {
	At           time.Time
	Organization Organization
	Users        []*User // by address
	Directory    *Directory
	Records      [4]*Table // by Kind; the organisation's Salesforce records
	Views        []*View   // recorded list views, by developer name
	Access       Accesses
	Mailboxes    Mailboxes
	// LastCapture is the latest capture in the recording up to At.
	LastCapture time.Time
	// Simulated: the snapshot is of a model world, not of the recording as it stands.
	Simulated bool
	// InviteesRecorded: some source of event invitees was captured.
	InviteesRecorded bool
	// Markers are the names that mark an item as the sync's business.
	Markers Markers
}

// Organization is the manifest's organisation.
type Organization struct {
	ID, Name     string
	TimeZone     string // IANA name, "" if not given
	EmailDomains []string
}

// Markers are the category and folder names by which people choose items.
// Comparison ignores case.
type Markers struct {
	Category, UnsyncCategory  string
	ContactFolder, TaskFolder string
}

// DefaultMarkers are the product's own names.
func DefaultMarkers() Markers {
	return Markers{Category: "Salesforce", UnsyncCategory: "Salesforce Unsync",
		ContactFolder: "Salesforce Contacts", TaskFolder: "Salesforce Tasks"}
}

// Folder is the sync folder of a kind; "" for events, which have none.
func (m Markers) Folder(k Kind) string {
	switch k {
	case Contact:
		return m.ContactFolder
	case Task:
		return m.TaskFolder
	}
	return ""
}

// Marked reports whether the person chose the item to sync: the category, or the
// kind's folder, and not the unsync category. Unknown when neither shows it and
// one of the two was not recorded.
func (m Markers) Marked(it *Item) Truth {
	if m.Unsynced(it) {
		return False
	}
	if it.HasCategory(m.Category) || m.InFolder(it) == True {
		return True
	}
	if !it.Value(AttrCategories).IsRecorded() {
		return Unknown
	}
	return False
}

// Unsynced reports the category by which a person takes an item out of the sync.
func (m Markers) Unsynced(it *Item) bool { return it.HasCategory(m.UnsyncCategory) }

// InFolder reports whether a contact or task lies in the kind's sync folder.
func (m Markers) InFolder(it *Item) Truth {
	folder := m.Folder(it.Kind)
	switch {
	case folder == "":
		return False
	case !it.FolderKnown:
		return Unknown
	}
	return TruthOf(strings.EqualFold(it.Folder, folder))
}

// Mailboxes hands out mailboxes one at a time, so that planning holds only one
// user's data in memory.
type Mailboxes interface {
	// Mailbox is the user's mailbox up to the snapshot's instant. Reading problems
	// were reported when the recording was opened; an error is an I/O failure.
	Mailbox(u *User) (*MailboxState, error)
}

// MailboxState is one person's mailbox: its items and the links to records.
type MailboxState struct {
	Items [4]*Table // by Kind
	Links *Links
	// FormerLinks are links that were recorded once and no longer are, oldest first.
	// They decide nothing; a replay knows by them what had been the same thing.
	FormerLinks []FormerLink
	// TimeZone is the mailbox's own zone, where a payload states one.
	TimeZone string
}

// FormerLink is a link with the capture that no longer shows it.
type FormerLink struct {
	*Link
	Until time.Time
}

// NewMailboxState makes an empty mailbox.
func NewMailboxState() *MailboxState {
	m := &MailboxState{Links: NewLinks()}
	for _, k := range Kinds() {
		m.Items[k] = NewTable(k, Mailbox)
	}
	return m
}

// User is one synced person.
type User struct {
	ID      string // Salesforce id, 18 characters
	Address string // mailbox address, lower case
	// Values hold the attributes conditions may mention.
	Values [NumUserAttrs]Value
	Custom map[string]Value
	// Zone is the person's time zone; ZoneFrom says where it was found
	// ("manifest", "mailbox", "salesforce", "organization" or "assumed").
	Zone     *time.Location
	ZoneFrom string
	// Preference is the person's own settings page, nil if none was recorded.
	Preference *Preference
	// Recorded: a User row was captured (else activity and profile are unknown).
	Recorded bool
}

// Value is a user attribute.
func (u *User) Value(a UserAttr) Value { return u.Values[a] }

// Name is the person's name for people: the recorded name, else the address.
func (u *User) Name() string {
	if v := u.Values[UserName]; v.IsKnown() {
		return v.Text()
	}
	return u.Address
}

// Active is false only for a user recorded as inactive.
func (u *User) Active() bool {
	return u.Values[UserActive].Truth() != False || !u.Values[UserActive].IsKnown()
}

// Preference is a person's settings page as recorded, flattened: keys are the
// page's own JSON paths ("contacts.downsync", "filters.contacts_scope").
type Preference struct {
	Page   string // "new" or "legacy"
	File   string // relative to the recording
	Values []PreferenceValue
	SeenAt time.Time
}

// Says reports that a page says what another one does; no page says nothing.
func (p *Preference) Says(other *Preference) bool {
	if p == nil || other == nil {
		return p == other
	}
	return p.Page == other.Page && slices.EqualFunc(p.Values, other.Values, func(a, b PreferenceValue) bool {
		return a.Key == b.Key && a.Text == b.Text && a.Bool == b.Bool && a.IsBool == b.IsBool
	})
}

// PreferenceValue is one switch of a settings page, as recorded.
type PreferenceValue struct {
	Key  string
	Text string // for texts
	Bool bool   // for switches
	// IsBool tells a switch from a text.
	IsBool       bool
	Line, Column int
}

// Directory knows every user, synced or not, by id, and which addresses exist.
type Directory struct {
	people    map[string]Person
	byEmail   map[string]string // user id by lower-case address; "" where several share it
	addresses map[string]bool
}

// Person is what the directory knows of a Salesforce user.
type Person struct {
	ID, Name, Email string
	Sync            bool // one of the recording's sync identities
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory {
	return &Directory{people: map[string]Person{}, byEmail: map[string]string{}, addresses: map[string]bool{}}
}

// Add notes a user.
func (d *Directory) Add(p Person) {
	d.people[p.ID] = p
	d.AddAddress(p.Email)
	if email := strings.ToLower(p.Email); email != "" {
		if known, taken := d.byEmail[email]; taken && known != p.ID {
			d.byEmail[email] = ""
			return
		}
		d.byEmail[email] = p.ID
	}
}

// ByEmail finds the one user who has an address.
func (d *Directory) ByEmail(address string) (Person, bool) {
	return d.Person(d.byEmail[strings.ToLower(address)])
}

// AddAddress notes that Salesforce can hold the address (a user's or a lead's).
func (d *Directory) AddAddress(address string) {
	if address != "" {
		d.addresses[strings.ToLower(address)] = true
	}
}

// Person finds a user by id.
func (d *Directory) Person(id string) (Person, bool) {
	p, ok := d.people[id]
	return p, ok
}

// KnowsAddress reports whether a user or lead has the address.
func (d *Directory) KnowsAddress(address string) bool { return d.addresses[strings.ToLower(address)] }

// Access is what a user may do with a record.
type Access struct{ Read, Edit, Delete Truth }

// Accesses are the recorded UserRecordAccess rows, by user and record.
type Accesses map[AccessKey]Access

// AccessKey is a user's id and a record's.
type AccessKey struct{ UserID, RecordID string }

// SortUsers puts users into the order of plans.
func SortUsers(users []*User) {
	slices.SortFunc(users, func(a, b *User) int { return strings.Compare(a.Address, b.Address) })
}
