package msgraph

import (
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// newItem starts an item with what every Graph item has.
func (f *file) newItem(k state.Kind, id string, v *jsonstream.Value) *state.Item {
	it := state.NewItem(k, state.Mailbox, id)
	it.File, it.Line = f.in.Path, int(v.Pos.Line)
	it.BySync = state.Unknown
	it.Set(state.AttrCreated, f.read.Instant(v.Get("createdDateTime"), "createdDateTime"))
	it.Set(state.AttrModified, f.read.Instant(v.Get("lastModifiedDateTime"), "lastModifiedDateTime"))
	it.Set(state.AttrCategories, f.texts(v.Get("categories"), "categories"))
	it.Carries = f.carried(v)
	return it
}

// texts reads a list of texts: absent is unrecorded, null and [] are an empty list.
func (f *file) texts(v *jsonstream.Value, name string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.TextsValue(nil)
	case !v.Is(jsonstream.Array):
		f.read.Wrong(v, name, "a list of texts")
		return state.Value{}
	}
	var list []string
	for i := range v.Items {
		if t := v.Items[i].Text(); t != "" {
			list = append(list, wire.Text(t))
		}
	}
	return state.TextsValue(list)
}

// carried is the record id stored on an item: in an extended property, or in a To
// Do task's linked resource.
func (f *file) carried(v *jsonstream.Value) string {
	if props := v.Get("singleValueExtendedProperties"); props != nil {
		for i := range props.Items {
			p := &props.Items[i]
			if !f.isLinkProperty(p.Get("id").Text()) {
				continue
			}
			if id, ok := f.env.RecordID(p.Get("value").Text()); ok {
				return id
			}
		}
	}
	if linked := v.Get("linkedResources"); linked != nil {
		for i := range linked.Items {
			if id, ok := f.env.RecordID(linked.Items[i].Get("externalId").Text()); ok {
				return id
			}
		}
	}
	return ""
}

// isLinkProperty compares the name in "String {guid} Name SfId" with the manifest's.
func (f *file) isLinkProperty(id string) bool {
	if f.env.LinkProperty == "" {
		return true
	}
	_, name, found := strings.Cut(id, " Name ")
	return found && strings.EqualFold(strings.TrimSpace(name), f.env.LinkProperty) || strings.EqualFold(id, f.env.LinkProperty)
}

// contact reads a contact.
func (f *file) contact(id string, v *jsonstream.Value) wire.Row {
	it := f.newItem(state.Contact, id, v)
	it.Set(state.AttrTitle, f.read.Text(v.Get("displayName"), "displayName"))
	it.Set(state.AttrFirstName, f.read.Text(v.Get("givenName"), "givenName"))
	it.Set(state.AttrLastName, f.read.Text(v.Get("surname"), "surname"))
	it.Set(state.AttrCompany, f.read.Text(v.Get("companyName"), "companyName"))
	it.Set(state.AttrJobTitle, f.read.Text(v.Get("jobTitle"), "jobTitle"))
	it.Set(state.AttrMobile, f.read.Text(v.Get("mobilePhone"), "mobilePhone"))
	f.firstPhone(it, v.Get("businessPhones"))
	f.addresses(it, v.Get("emailAddresses"))
	return wire.Row{ID: id, Item: it, FolderID: v.Get("parentFolderId").Text(), Pos: v.Pos}
}

func (f *file) firstPhone(it *state.Item, v *jsonstream.Value) {
	phones := f.texts(v, "businessPhones")
	switch {
	case !phones.IsRecorded():
	case len(phones.Texts()) == 0:
		it.Set(state.AttrPhone, state.EmptyValue())
	default:
		it.Set(state.AttrPhone, state.TextValue(phones.Texts()[0]))
	}
}

// addresses reads up to three e-mail addresses; what is not used is empty.
func (f *file) addresses(it *state.Item, v *jsonstream.Value) {
	if v == nil {
		return
	}
	if !v.Is(jsonstream.Array) && !v.IsNull() {
		f.read.Wrong(v, "emailAddresses", "a list")
		return
	}
	slots := [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3}
	n := 0
	for i := range v.Items {
		if a := wire.Address(v.Items[i].Get("address").Text()); a != "" && n < len(slots) {
			it.Set(slots[n], state.TextValue(a))
			n++
		}
	}
	for ; n < len(slots); n++ {
		it.Set(slots[n], state.EmptyValue())
	}
}

// task reads a To Do task.
func (f *file) task(id string, v *jsonstream.Value) wire.Row {
	it := f.newItem(state.Task, id, v)
	it.Set(state.AttrTitle, f.read.Text(v.Get("title"), "title"))
	status := f.read.Text(v.Get("status"), "status")
	it.Set(state.AttrStatus, status)
	if status.IsKnown() {
		it.Set(state.AttrClosed, state.BoolValue(status.Text() == "completed"))
	}
	it.Set(state.AttrPriority, f.read.Text(v.Get("importance"), "importance"))
	it.Set(state.AttrBody, f.body(v.Get("body")))
	it.Set(state.AttrDue, f.due(v.Get("dueDateTime")))
	it.Set(state.AttrCompleted, f.zoned(v.Get("completedDateTime"), "completedDateTime"))
	return wire.Row{ID: id, Item: it, FolderID: v.Get("parentFolderId").Text(), Pos: v.Pos}
}

// due is the date written, whatever the zone beside it.
func (f *file) due(v *jsonstream.Value) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.EmptyValue()
	}
	return f.read.Day(v.Get("dateTime"), "dueDateTime")
}

// body is the text of an item; of HTML what a person reads.
func (f *file) body(v *jsonstream.Value) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.IsNull():
		return state.EmptyValue()
	}
	content := f.read.Text(v.Get("content"), "body.content")
	if !content.IsKnown() {
		return content
	}
	if strings.EqualFold(v.Get("contentType").Text(), "html") {
		return state.TextValue(wire.PlainText(content.Text()))
	}
	return state.TextValue(strings.TrimRight(content.Text(), " \t\n"))
}
