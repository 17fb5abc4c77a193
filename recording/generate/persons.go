package generate

import "weir/state"

// page is a person's settings page as JSON.
type page map[string]any

// newPage is the product's default page with changes.
func newPage(change func(contacts, tasks, events map[string]any)) page {
	contacts := map[string]any{"downsync": true, "scope": "Only my Contacts", "forbid_to_remove": false}
	tasks := map[string]any{"downsync": true, "forbid_to_remove": false}
	events := map[string]any{"downsync": true}
	if change != nil {
		change(contacts, tasks, events)
	}
	return page{"page": "new", "contacts": contacts, "tasks": tasks, "events": events}
}

func legacyPage() page {
	return page{"page": "legacy", "filters": map[string]any{"contacts": true, "tasks": true, "events": true, "contacts_scope": "Only my contacts"},
		"detailed_settings": map[string]any{"contacts_auto_removal": true, "tasks_auto_removal": true}}
}

// contactsPage is a default page but for a key of its contacts, which may change at
// the case's step.
func contactsPage(key string, before, after any) func(int) page {
	return func(step int) page {
		return newPage(func(contacts, _, _ map[string]any) {
			contacts[key] = before
			if step > 0 {
				contacts[key] = after
			}
		})
	}
}

func viewPage(view string) func(int) page {
	return func(int) page {
		return newPage(func(contacts, _, _ map[string]any) {
			contacts["scope"], contacts["view"] = "Custom Salesforce view", view
		})
	}
}

func personCases() []Case {
	list := []Case{
		{Number: 18, Name: "tasks-switched-off", Makes: "A person has tasks switched off, and marks one of their own.", Every: 60,
			settings: func(int) page {
				return newPage(func(_, tasks, _ map[string]any) { tasks["downsync"] = false })
			},
			first: firstThing{InMailbox, state.Task, "task-marked"}},
		{Number: 19, Name: "contacts-switched-off", Makes: "A person with synced contacts switches them off.", Every: 60, settings: contactsPage("downsync", true, false)},
		{Number: 20, Name: "off-and-forbidden", Makes: "A person has contacts switched off and removal forbidden, and deletes one in the mailbox.", Every: 60,
			settings: func(int) page {
				return newPage(func(contacts, _, _ map[string]any) { contacts["downsync"], contacts["forbid_to_remove"] = false, true })
			},
			first: firstThing{InSalesforce, state.Contact, "contact-deleted-in-mailbox"}},
		{Number: 22, Name: "removal-forbidden", Makes: "A person has the removal of contacts forbidden, and deletes one, which comes back.", Every: 60, settings: contactsPage("forbid_to_remove", true, true),
			first: firstThing{InSalesforce, state.Contact, "contact-restored"}},
		{Number: 28, Name: "removal-allowed-again", Makes: "A person allows the removal of contacts, which was forbidden.", Every: 60, settings: contactsPage("forbid_to_remove", true, false)},
		{Number: 29, Name: "in-two-groups", Makes: "A person belongs to two groups.", Every: 20, groups: []string{"emea", "field-sales"}},
		{Number: 33, Name: "scope-narrowed", Makes: "A person whose mailbox holds another person's contacts too narrows the scope from all to their own.", Every: 100, Pair: true, wide: true,
			settings: contactsPage("scope", "All available Contacts", "Only my Contacts")},
		{Number: 34, Name: "view-gone", Makes: "A person's contacts follow the list view Retired_Accounts, for which Salesforce answers with an error.", Every: 100, settings: viewPage("Retired_Accounts")},
		{Number: 35, Name: "view-cut-short", Makes: "A person's contacts follow the list view First_Page, whose result is cut (2,000 rows, or 25 of more).", Every: 100, settings: viewPage("First_Page")},
		{Number: 36, Name: "view-empty", Makes: "A person's contacts follow the list view Nobody, which is empty.", Every: 100, settings: viewPage("Nobody")},
		{Number: 37, Name: "view-of-another", Makes: "A person's contacts follow the list view My_Contacts, whose recorded result is another person's.", Every: 100, settings: viewPage("My_Contacts")},
		{Number: 44, Name: "category-renamed", Makes: "A person renames the category, so that every item seems to lose it.", Every: 100, sweep: sweepCategory},
		{Number: 46, Name: "folder-deleted", Makes: "A person deletes the folder Salesforce Contacts with everything in it.", Every: 100, sweep: sweepFolder},
		{Number: 48, Name: "mailbox-migrated", Makes: "A mailbox is migrated: every item has a new id and keeps the record's.", Every: 100, renews: true, sweep: sweepIDs},
		{Number: 50, Name: "token-expired", Makes: "A mailbox's sync state expired, and it is captured in full instead of by changes.", Every: 60, renews: true},
		{Number: 66, Name: "session-cut-short", Makes: "A session broke off: a page of the calendar's changes is missing.", Every: 60, unfinished: true},
		{Number: 67, Name: "small-mailbox", Makes: "A person has four synced contacts and deletes three.", Every: 60, small: true, sweep: sweepSmall},
		{Number: 70, Name: "user-deactivated", Makes: "A user is deactivated in Salesforce.", Every: 100, leaves: true},
	}
	return placed(list, Person, state.KindInvalid)
}

// renamedMarker is what somebody calls the category instead.
const renamedMarker = "CRM"

func sweepCategory(c *itemCopy, s *scene, step int) {
	if step == 0 || !c.item.HasCategory(marker) {
		return
	}
	setCategories(renamedMarker)(c.item)
	c.touched = c.touched || step == 1
}

func sweepFolder(c *itemCopy, s *scene, step int) {
	if s.kind == state.Contact && !c.own {
		c.remove(step)
	}
}

// remove deletes an item at a person's step.
func (c *itemCopy) remove(step int) {
	switch step {
	case 1:
		c.gone = true
	case 2:
		c.item = nil
	}
}

func sweepIDs(c *itemCopy, s *scene, step int) {
	if step > 0 {
		c.item = renamed(c.item, "n")
	}
}

func sweepSmall(c *itemCopy, s *scene, step int) {
	if s.kind == state.Contact && s.on == InSalesforce && s.n/len(s.w.people) < 3 {
		c.remove(step)
	}
}
