package wire

import (
	"time"

	"weir/recording/textpos"
	"weir/state"
)

// MailFile says what is known about a mailbox's file before it is read.
type MailFile struct {
	Path string
	// Type is what the file holds as capture.json or else its name says: "contact",
	// "task", "event", "contact_folders", "todo_lists", "calendars" or
	// "mailbox_settings"; "" if neither does. Declared says capture.json said it.
	Type     string
	Declared bool
	// Delta: changes only, as far as the name says. DeltaDeclared: capture.json
	// says whether it is, in Delta.
	Delta, DeltaDeclared bool
	// Folder is the folder or list the file was read from, as capture.json says.
	Folder string
	// Fields are the fields the service was asked for, as capture.json says; nil if it
	// says nothing.
	Fields []string
	// Mailbox is the owner's address, in lower case.
	Mailbox string
	// Zone is the owner's time zone as far as the manifest says, else the
	// organisation's, else UTC: that of times which name none.
	Zone *time.Location
}

// MailEnv is what reading needs to know beyond the file.
type MailEnv struct {
	Problems *Problems
	// LinkProperty names the property that carries record ids; "" for any that holds
	// one.
	LinkProperty string
	// RecordID normalises a text that may be a record id; ok is false if it is none.
	RecordID func(text string) (id string, ok bool)
}

// MailOutput collects what the files of one capture of a mailbox hold.
type MailOutput struct {
	Rows  []Row
	Feeds []*Feed
	// Folders are names of folders and lists by id, as far as recorded.
	Folders map[string]string
	// Listed are the kinds whose folders or lists were recorded as a list.
	Listed [4]bool
	// Groups are names of contact groups by id, for services whose categories are
	// memberships; see Row.Groups. One named "" is the service's own and no category.
	Groups map[string]string
	// NamesCharset: bytes that are no UTF-8 are in the character set that the file
	// itself names, and were read in it.
	NamesCharset bool
	// TimeZone is the mailbox's own zone as written; "" where none is stated.
	TimeZone    string
	TimeZonePos textpos.Pos
	// TimeZoneFile is where it was read.
	TimeZoneFile string
	// TimeZoneOwn: the mailbox's own settings state it, not one of its calendars.
	TimeZoneOwn bool
}

// NameFolder notes a folder's or list's name.
func (o *MailOutput) NameFolder(id, name string) { note(&o.Folders, id, name) }

// ListFolder notes an entry of a list of the folders for items of these kinds.
func (o *MailOutput) ListFolder(id, name string, kinds ...state.Kind) {
	for _, k := range kinds {
		o.Listed[k] = true
	}
	o.NameFolder(id, name)
}

// NameGroup notes a contact group's name.
func (o *MailOutput) NameGroup(id, name string) { note(&o.Groups, id, name) }

func note(into *map[string]string, id, name string) {
	if *into == nil {
		*into = map[string]string{}
	}
	(*into)[id] = name
}
