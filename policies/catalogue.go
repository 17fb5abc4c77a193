package policies

import "weir/state"

// Setting names one row of the settings catalogue. The zero value is invalid.
type Setting uint8

// The settings. Limits follow as name times attribute.
const (
	SettingInvalid Setting = iota
	ContactsDownsync
	ContactsScope
	ContactsForbid
	ContactsWhenOut
	ContactsConflict
	ContactsUpsync
	ContactsWhenMoved
	TasksDownsync
	TasksForbid
	TasksCompleted
	TasksWhenOut
	TasksConflict
	TasksUpsync
	TasksLogged
	TasksWhenMoved
	EventsDownsync
	EventsPast
	EventsFuture
	EventsWhenOut
	EventsConflict
	EventsUpsync
	EventsRemoval
	EventsWhenDeclined
	EventsWhenMoved
	Preferences
	Sync
	MailboxDeletesPercent
	MailboxDeletesFloor
	MailboxDeletesMax
	SalesforceDeletesPercent
	SalesforceDeletesFloor
	SalesforceDeletesMax
	MailboxCreatesPercent
	MailboxCreatesFloor
	MailboxCreatesMax
	MailboxUpdatesPercent
	MailboxUpdatesFloor
	MailboxUpdatesMax
	SalesforceCreatesPercent
	SalesforceCreatesFloor
	SalesforceCreatesMax
	NumSettings
)

// ValueType is the type of a setting's value. The zero value is invalid.
type ValueType uint8

// The types settings may have.
const (
	ValueInvalid ValueType = iota
	ValueBool
	ValueEnum
	ValueScope
	ValueWindow // a whole number of days, or unlimited
	ValueNumber // a whole number, zero or more
)

// Entry is one row of the catalogue: everything that decoding, preferences,
// documentation and completion need to know about a setting.
type Entry struct {
	Setting Setting
	Path    string // as in policies: "contacts.downsync", "events.window.past"
	Type    ValueType
	Enum    []string // for ValueEnum
	Layers  []Layer  // admin layers that may set it
	// NewPage and LegacyPage are the page's JSON path ("contacts.downsync",
	// "filters.contacts"); "" where the page has no such switch.
	NewPage, LegacyPage string
	// NewLabel and LegacyLabel are what a person reads on the page.
	NewLabel, LegacyLabel string
	// LegacyInverted: the legacy page states the opposite.
	LegacyInverted bool
	// Choices are the values as the pages word them; nil for plain switches.
	Choices []Choice
	Doc     string
}

// Kind is the kind the setting is about, or KindInvalid.
func (e *Entry) Kind() state.Kind {
	for _, k := range state.Kinds() {
		if len(e.Path) > len(k.Plural()) && e.Path[:len(k.Plural())+1] == k.Plural()+"." {
			return k
		}
	}
	return state.KindInvalid
}
