package policies

import (
	"strconv"
	"strings"

	"weir/state"
)

// This file is the catalogue: the one table that drives the HCL schema,
// preferences, documentation and completion. Its order is the order in which
// settings are shown.

// Choice is one value of a setting as the settings pages word it.
type Choice struct {
	Value       string // as in policies
	New, Legacy string // as on the pages
}

// scopeChoices are the three scopes; a view's name stands beside the switch.
var scopeChoices = []Choice{
	{Value: "all", New: "All available Contacts", Legacy: "All contacts"},
	{Value: "mine", New: "Only my Contacts", Legacy: "Only my contacts"},
	{Value: "view", New: "Custom Salesforce view", Legacy: "Custom view"},
}

var (
	anyLayer = []Layer{LayerOrg, LayerGroup, LayerRego, LayerUser}
	orgOnly  = []Layer{LayerOrg}
	noRego   = []Layer{LayerOrg, LayerGroup, LayerUser}
)

// fixed is what the settings pages say of something they do not let people change.
const fixed = "(fixed)"

var table = makeTable()

func makeTable() [NumSettings]Entry {
	var t [NumSettings]Entry
	add := func(e Entry) {
		if e.Layers == nil {
			e.Layers = anyLayer
		}
		t[e.Setting] = e
	}
	for _, e := range switchRows() {
		add(e)
	}
	for _, e := range kindRows() {
		add(e)
	}
	for _, e := range ownRows() {
		add(e)
	}
	for _, e := range limitRows() {
		add(e)
	}
	return t
}

// switchRows are the settings that people see on their own settings page.
func switchRows() []Entry {
	return []Entry{
		{Setting: ContactsDownsync, Path: "contacts.downsync", Type: ValueBool,
			NewPage: "contacts.downsync", NewLabel: "Contacts", LegacyPage: "filters.contacts", LegacyLabel: "Filters: Contacts",
			Doc: "Whether contacts go from Salesforce down into the mailbox. Off stops only the way down: what people mark still goes up."},
		{Setting: TasksDownsync, Path: "tasks.downsync", Type: ValueBool,
			NewPage: "tasks.downsync", NewLabel: "Tasks", LegacyPage: "filters.tasks", LegacyLabel: "Filters: Tasks",
			Doc: "Whether tasks go from Salesforce down into the mailbox. Off stops only the way down: what people mark still goes up."},
		{Setting: EventsDownsync, Path: "events.downsync", Type: ValueBool,
			NewPage: "events.downsync", NewLabel: "Events", LegacyPage: "filters.events", LegacyLabel: "Filters: Events",
			Doc: "Whether events go from Salesforce down into the mailbox. Off stops only the way down: what people mark still goes up."},
		{Setting: ContactsScope, Path: "contacts.scope", Type: ValueScope, Choices: scopeChoices,
			NewPage: "contacts.scope", NewLabel: "Customize scope", LegacyPage: "filters.contacts_scope", LegacyLabel: "Filters: Contacts scope",
			Doc: "Which contacts go down: all that the person may read, only the person's own, or those of a view."},
		{Setting: ContactsForbid, Path: "contacts.forbid_to_remove", Type: ValueBool,
			NewPage: "contacts.forbid_to_remove", NewLabel: "Forbid to remove", LegacyPage: "detailed_settings.contacts_auto_removal",
			LegacyLabel: "Detailed Settings: Auto-removal (contacts)", LegacyInverted: true,
			Doc: "Stops a contact deleted in the mailbox from being deleted in Salesforce; with downsync on it is restored in the following session."},
		{Setting: TasksForbid, Path: "tasks.forbid_to_remove", Type: ValueBool,
			NewPage: "tasks.forbid_to_remove", NewLabel: "Forbid to remove", LegacyPage: "detailed_settings.tasks_auto_removal",
			LegacyLabel: "Detailed Settings: Auto-removal (tasks)", LegacyInverted: true,
			Doc: "Stops a task deleted in the mailbox from being deleted in Salesforce; with downsync on it is restored in the following session."},
	}
}

// kindRows are the settings that exist for every kind.
func kindRows() []Entry {
	type row struct {
		name string
		ids  [3]Setting // contacts, tasks, events
		enum []string
		doc  string
	}
	rows := []row{
		{"when_out", [3]Setting{ContactsWhenOut, TasksWhenOut, EventsWhenOut}, []string{"keep", "remove", "remove_if_born_in_salesforce"},
			"What happens to a copy in the mailbox once its record is out of scope: it stays, it is removed, or it is removed only if it was born in Salesforce and has no attendees."},
		{"conflict", [3]Setting{ContactsConflict, TasksConflict, EventsConflict}, []string{"newest", "salesforce", "mailbox"},
			"Which side's value counts when both sides changed the same field."},
		{"upsync", [3]Setting{ContactsUpsync, TasksUpsync, EventsUpsync}, []string{"marked", "auto", "off"},
			"What goes from the mailbox up to Salesforce: what the person marked, besides it meetings with people outside (events), or nothing at all."},
		{"when_moved", [3]Setting{ContactsWhenMoved, TasksWhenMoved, EventsWhenMoved}, []string{"unlink", "delete"},
			"What taking an item out of the sync on purpose means: only the link ends, or it counts as a deletion."},
	}
	var out []Entry
	for _, r := range rows {
		for i, k := range state.Kinds() {
			out = append(out, Entry{Setting: r.ids[i], Path: k.Plural() + "." + r.name, Type: ValueEnum, Enum: r.enum, Doc: r.doc})
		}
	}
	return out
}

// ownRows are the settings of one kind, and those of whole people.
func ownRows() []Entry {
	return []Entry{
		{Setting: TasksCompleted, Path: "tasks.window.completed", Type: ValueWindow, NewLabel: fixed, LegacyLabel: fixed,
			Doc: "How many days back a completed task's due date or last change may lie for it to stay in scope."},
		{Setting: EventsPast, Path: "events.window.past", Type: ValueWindow, NewLabel: fixed, LegacyLabel: fixed,
			Doc: "How many days ago an event may have ended to be in scope."},
		{Setting: EventsFuture, Path: "events.window.future", Type: ValueWindow, NewLabel: fixed, LegacyLabel: fixed,
			Doc: "How many days ahead an event may begin to be in scope."},
		{Setting: TasksLogged, Path: "tasks.logged", Type: ValueEnum, Enum: []string{"skip", "include"},
			Doc: "Whether logged activities (closed e-mail and call tasks) count as tasks."},
		{Setting: EventsRemoval, Path: "events.removal", Type: ValueEnum, Enum: []string{"propagate", "keep"},
			Doc: "Whether deleting an event in the mailbox deletes (or, for an invitee, declines) it in Salesforce, or leaves it and restores the copy."},
		{Setting: EventsWhenDeclined, Path: "events.when_declined", Type: ValueEnum, Enum: []string{"include", "skip"},
			Doc: "Whether the copy of a meeting that the person declined is still kept up to date."},
		{Setting: Preferences, Path: "preferences", Type: ValueEnum, Enum: []string{"respect", "ignore"}, Layers: orgOnly,
			Doc: "Whether people's own settings pages count."},
		{Setting: Sync, Path: "sync", Type: ValueEnum, Enum: []string{"on", "off"}, Layers: noRego,
			Doc: "Whether the person is synced at all. Off changes and deletes nothing: everything stays as it is."},
	}
}

// limitRows are the limits: a name times percent, floor and max.
func limitRows() []Entry {
	limits := []struct {
		name  string
		first Setting
		what  string
		side  Layer
	}{
		{"mailbox_deletes", MailboxDeletesPercent, "deletions in mailboxes", ""},
		{"salesforce_deletes", SalesforceDeletesPercent, "deletions in Salesforce", LayerOrg},
		{"mailbox_creates", MailboxCreatesPercent, "creations in mailboxes", ""},
		{"mailbox_updates", MailboxUpdatesPercent, "updates in mailboxes", ""},
		{"salesforce_creates", SalesforceCreatesPercent, "creations in Salesforce", LayerOrg},
	}
	var out []Entry
	for _, l := range limits {
		layers := anyLayer
		if l.side == LayerOrg {
			layers = orgOnly
		}
		for i, attr := range limitAttributes {
			out = append(out, Entry{Setting: l.first + Setting(i), Path: "limits." + l.name + "." + attr.name,
				Type: ValueNumber, Layers: layers, Doc: strings.ReplaceAll(attr.doc, "WHAT", l.what)})
		}
	}
	return out
}

// limitAttributes are in the order of the settings' numbers.
var limitAttributes = []struct{ name, doc string }{
	{"percent", "WHAT of one kind in one session may be this share of what is linked, in whole percent (0 to 100); more holds all of them."},
	{"floor", "Up to this many WHAT of one kind in one session the percentage does not count."},
	{"max", "More than this many WHAT of one kind in one session hold all of them, whatever the percentage."},
}

var byPath = indexPaths()

func indexPaths() map[string]Setting {
	m := make(map[string]Setting, NumSettings)
	for i := range table {
		if table[i].Setting != SettingInvalid {
			m[table[i].Path] = table[i].Setting
		}
	}
	return m
}

// ParseSetting finds a setting by its path ("contacts.scope").
func ParseSetting(path string) (Setting, bool) {
	s, ok := byPath[path]
	return s, ok
}

// Catalogue lists every setting. The entries must not be changed.
func Catalogue() []Entry { return append([]Entry(nil), table[SettingInvalid+1:]...) }

// Entry is the setting's row of the catalogue. It must not be changed; for an
// invalid setting it is empty.
func (s Setting) Entry() *Entry {
	if s >= NumSettings {
		s = SettingInvalid
	}
	return &table[s]
}

// String is the setting's path.
func (s Setting) String() string {
	if s == SettingInvalid || s >= NumSettings {
		return "invalid"
	}
	return table[s].Path
}

// In reports whether an admin layer may set it. The defaults may set what any
// layer may.
func (e *Entry) In(layer Layer) bool {
	if layer == LayerDefaults {
		return true
	}
	for _, l := range e.Layers {
		if l == layer {
			return true
		}
	}
	return false
}

// Format writes a value as policies and JSON do: true, mine, view:NAME, 14d,
// unlimited, 30; "not set" for a limit that is off.
func (e *Entry) Format(v Value) string {
	if !v.Set {
		return "not set"
	}
	switch e.Type {
	case ValueBool:
		return strconv.FormatBool(v.Bool)
	case ValueWindow:
		if v.Unlimited {
			return unlimited
		}
		return strconv.Itoa(v.Days) + "d"
	case ValueNumber:
		return strconv.FormatInt(v.Number, 10)
	}
	return v.Text
}

// Equal reports whether two values of one setting mean the same. Two views that
// are the same list view do, whatever the policy calls them.
func (v Value) Equal(o Value) bool {
	if v.View != nil && o.View != nil && v.View.ListView != "" && v.View.ListView == o.View.ListView {
		return true
	}
	return v.Set == o.Set && v.Bool == o.Bool && v.Text == o.Text && v.Days == o.Days &&
		v.Unlimited == o.Unlimited && v.Number == o.Number
}
