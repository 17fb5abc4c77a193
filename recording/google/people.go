package google

import (
	"slices"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// personMembers and groupMembers are a person's and a contact group's members that are
// read.
var (
	personMembers = []string{"resourceName", "metadata", "names", "emailAddresses", "phoneNumbers", "organizations", "memberships",
		"externalIds", "userDefined", "clientData"}
	groupMembers = []string{"groupType", "name", "formattedName"}
)

// contents are the person fields that a mask selects and that weir reads, with the
// attributes they hold.
var contents = []struct {
	field string
	attrs []state.Attr
}{
	{"names", []state.Attr{state.AttrTitle, state.AttrFirstName, state.AttrLastName}},
	{"emailAddresses", []state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}},
	{"phoneNumbers", []state.Attr{state.AttrPhone, state.AttrMobile}},
	{"organizations", []state.Attr{state.AttrCompany, state.AttrJobTitle}},
	{"memberships", []state.Attr{state.AttrCategories}},
}

// response reads one answer of a batch: a person, a contact group, or that there is
// none.
func (f *file) response(v *jsonstream.Value) {
	f.partial = true
	requested := v.Get("requestedResourceName").Text()
	switch person, group := v.Get("person"), v.Get("contactGroup"); {
	case person.Is(jsonstream.Object):
		f.addPerson(person, requested)
	case group.Is(jsonstream.Object):
		f.group(group)
	default:
		f.env.Problems.Warn(f.in.Path, v.Pos, "Resource not found", "Google has no answer for %q: %s. That proves no deletion; record the changes with a sync token.", wire.Clip(requested), strings.TrimRight(wire.Clip(v.At("status", "message").Text()), "."))
		f.lost = append(f.lost, "a resource that was asked for was not found")
	}
}

// addPerson reads a contact, or its tombstone. Requested is the resource name it was
// asked for by, "" for none.
func (f *file) addPerson(v *jsonstream.Value, requested string) {
	id := v.Get("resourceName").Text()
	if id == "" {
		f.env.Problems.Warn(f.in.Path, v.Pos, "Person without resource name", "This person has no resourceName and cannot be told from others.")
		f.lost = append(f.lost, "a person without resource name")
		return
	}
	metadata := v.Get("metadata")
	row := wire.Row{Kind: state.Contact, ID: id, Pos: v.Pos}
	if metadata.Get("deleted").IsTrue() {
		row.Gone = true
		f.add(row)
		return
	}
	row.Was = f.earlier(metadata, requested, id)
	if source := contactSource(metadata); source.Get("id").Text() != "" {
		row.Lasting = "contact " + source.Get("id").Str
	}
	row.Item, row.Groups = f.person(id, v), f.groups(v.Get("memberships"))
	if metadata == nil && !slices.ContainsFunc(personMembers[1:], func(name string) bool { return v.Get(name) != nil }) {
		f.bare[id] = true
	}
	f.add(row)
}

// earlier are the resource names that a person had before.
func (f *file) earlier(metadata *jsonstream.Value, requested, id string) []string {
	var was []string
	if requested != "" && requested != id {
		was = append(was, requested)
	}
	for _, name := range itemsOf(metadata.Get("previousResourceNames")) {
		if name.Text() != "" && name.Str != id {
			was = append(was, name.Str)
		}
	}
	return was
}

// contactSource is the person's own contact among the sources of the data.
func contactSource(metadata *jsonstream.Value) *jsonstream.Value {
	sources := itemsOf(metadata.Get("sources"))
	for i := range sources {
		if sources[i].Get("type").Text() == "CONTACT" {
			return &sources[i]
		}
	}
	return nil
}

func (f *file) person(id string, v *jsonstream.Value) *state.Item {
	it := f.newItem(state.Contact, id, v)
	it.Set(state.AttrModified, f.modified(v.Get("metadata")))
	for _, c := range contents {
		m := v.Get(c.field)
		switch {
		case m == nil && f.asked(c.field, false), m.IsNull():
			empty(it, c.attrs)
		case m == nil:
		case !m.Is(jsonstream.Array):
			f.read.Wrong(m, c.field, "a list")
		default:
			empty(it, c.attrs)
			f.content(it, c.field, m.Items)
		}
	}
	it.Carries = f.carriedBy(v)
	return it
}

// empty says that a person has nothing in these attributes.
func empty(it *state.Item, attrs []state.Attr) {
	for _, a := range attrs {
		if a == state.AttrCategories {
			it.Set(a, state.TextsValue(nil))
		} else {
			it.Set(a, state.EmptyValue())
		}
	}
}

func (f *file) content(it *state.Item, field string, list []jsonstream.Value) {
	switch field {
	case "names":
		name := pick(list, "")
		f.put(it, state.AttrTitle, name.Get("displayName"))
		f.put(it, state.AttrFirstName, name.Get("givenName"))
		f.put(it, state.AttrLastName, name.Get("familyName"))
	case "emailAddresses":
		addresses(it, list)
	case "phoneNumbers":
		f.put(it, state.AttrPhone, ofType(list, "work", "main").Get("value"))
		f.put(it, state.AttrMobile, ofType(list, "mobile", "workMobile").Get("value"))
	case "organizations":
		job := pick(list, "current")
		f.put(it, state.AttrCompany, job.Get("name"))
		f.put(it, state.AttrJobTitle, job.Get("title"))
	}
}

// put sets a text if there is one; the attribute is empty before.
func (f *file) put(it *state.Item, a state.Attr, v *jsonstream.Value) {
	if v != nil {
		it.Set(a, f.read.Text(v, a.String()))
	}
}

func isPrimary(v *jsonstream.Value) bool { return v.At("metadata", "primary").IsTrue() }

// pick is the primary one of a list, else the first with the mark, else the first; nil
// of none.
func pick(list []jsonstream.Value, mark string) *jsonstream.Value {
	for _, wanted := range [...]func(*jsonstream.Value) bool{
		isPrimary,
		func(v *jsonstream.Value) bool { return mark != "" && v.Get(mark).IsTrue() },
		func(*jsonstream.Value) bool { return true },
	} {
		for i := range list {
			if wanted(&list[i]) {
				return &list[i]
			}
		}
	}
	return nil
}

// ofType is the first of the best type that a list has; nil if it has none of them.
func ofType(list []jsonstream.Value, types ...string) *jsonstream.Value {
	for _, typ := range types {
		for i := range list {
			if strings.EqualFold(list[i].Get("type").Text(), typ) && list[i].Get("value").Text() != "" {
				return &list[i]
			}
		}
	}
	return nil
}

// addresses are up to three different ones, the primary one first.
func addresses(it *state.Item, list []jsonstream.Value) {
	slots := [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}
	var found []string
	add := func(v *jsonstream.Value) {
		if a := wire.Address(v.Get("value").Text()); a != "" && len(found) < len(slots) && !slices.Contains(found, a) {
			it.Set(slots[len(found)], state.TextValue(a))
			found = append(found, a)
		}
	}
	for i := range list {
		if isPrimary(&list[i]) {
			add(&list[i])
		}
	}
	for i := range list {
		add(&list[i])
	}
}

// modified is when the contact was last changed, else the latest change of anything
// that the person is made of.
func (f *file) modified(metadata *jsonstream.Value) state.Value {
	if source := contactSource(metadata); source != nil {
		return f.read.Instant(source.Get("updateTime"), "updateTime")
	}
	var latest time.Time
	sources := itemsOf(metadata.Get("sources"))
	for i := range sources {
		if at := f.read.Instant(sources[i].Get("updateTime"), "updateTime"); at.Instant().After(latest) {
			latest = at.Instant()
		}
	}
	if latest.IsZero() {
		return state.Value{}
	}
	return state.InstantValue(latest)
}

// carriedBy is the record's id among the person's external ids, custom fields and
// client data.
func (f *file) carriedBy(v *jsonstream.Value) string {
	for _, field := range [...][2]string{{"externalIds", "type"}, {"userDefined", "key"}, {"clientData", "key"}} {
		list := itemsOf(v.Get(field[0]))
		for i := range list {
			if id, ok := f.carried(list[i].Get(field[1]).Text(), list[i].Get("value").Text()); ok {
				return id
			}
		}
	}
	return ""
}

// systemGroups are Google's own groups: every contact is in one of them, and none is a
// label that a person chose.
var systemGroups = map[string]bool{"myContacts": true, "starred": true, "friends": true, "family": true, "coworkers": true,
	"blocked": true, "all": true, "chatBuddies": true}

const groupPrefix = "contactGroups/"

// groups are the groups that a contact is a member of, by resource name; nil if the
// memberships were not recorded.
func (f *file) groups(v *jsonstream.Value) []string {
	if !v.Is(jsonstream.Array) {
		return nil
	}
	ids := []string{}
	for i := range v.Items {
		m := v.Items[i].Get("contactGroupMembership")
		id := m.Get("contactGroupResourceName").Text()
		if short := m.Get("contactGroupId").Text(); id == "" && short != "" {
			id = groupPrefix + short
		}
		if id != "" && !systemGroups[strings.TrimPrefix(id, groupPrefix)] {
			ids = append(ids, id)
		}
	}
	return ids
}

// group reads the name of a contact group; the service's own are no categories.
func (f *file) group(v *jsonstream.Value) {
	f.named = true
	id, name := v.Get("resourceName").Text(), v.Get("name").Text()
	switch {
	case id == "" || v.At("metadata", "deleted").IsTrue():
	case v.Get("groupType").Text() == "SYSTEM_CONTACT_GROUP":
		f.out.NameGroup(id, "")
	case strings.TrimSpace(name) != "":
		f.out.NameGroup(id, strings.TrimSpace(wire.Text(name)))
	}
}

// dropBare leaves out, of a feed of changes, the persons of whom nothing was said: they
// may be deleted, or their fields may not have been asked for.
func (f *file) dropBare(feed *wire.Feed) {
	if len(f.bare) == 0 || feed.Full || feed.Kind != "contact" {
		return
	}
	own := slices.DeleteFunc(f.out.Rows[f.first:], func(row wire.Row) bool {
		if !f.bare[row.ID] || row.Gone || row.LeftOut {
			return false
		}
		f.env.Problems.Warn(f.in.Path, row.Pos, "Person without fields", "Nothing is said of %q, so it cannot be told whether the contact was deleted. Ask for personFields=names,emailAddresses,phoneNumbers,organizations,memberships,metadata.", wire.Clip(row.ID))
		return true
	})
	if n := f.first + len(own); n < len(f.out.Rows) {
		clear(f.out.Rows[n:])
	}
	f.out.Rows = f.out.Rows[:f.first+len(own)]
	feed.Lack("it says nothing of a person but the resource name")
}

// learnMask finds out which fields an answer was asked for: those that any person in it
// has. Of the others who lack them they are empty.
func (f *file) learnMask() {
	feed := f.feeds.Find("contact")
	if feed == nil || f.in.Fields != nil {
		return
	}
	for _, c := range contents {
		asked := false
		for _, row := range f.out.Rows {
			asked = asked || sameAnswer(row, feed) && row.Item.Value(c.attrs[0]).IsRecorded()
		}
		if !asked {
			continue
		}
		for i := range f.out.Rows {
			row := &f.out.Rows[i]
			if !sameAnswer(*row, feed) || row.Item.Value(c.attrs[0]).IsRecorded() {
				continue
			}
			empty(row.Item, c.attrs)
			if c.field == "memberships" {
				row.Groups = []string{}
			}
		}
	}
}

func sameAnswer(row wire.Row, feed *wire.Feed) bool {
	return row.Item != nil && row.Kind == state.Contact && row.Feed != nil && row.Feed.Group == feed.Group
}
