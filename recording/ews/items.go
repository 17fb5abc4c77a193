package ews

import (
	"strings"
	"unicode/utf16"

	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/state"
)

// element is one item as it stands in an answer.
type element struct {
	*file
	n *xmlstream.Node
	// detail: from GetItem, which returns everything asked for. whole: all properties
	// were asked for.
	detail, whole bool
}

// marks are what every item has for whom all properties were asked, and what
// nobody asks for one by one.
var marks = [...]string{"ItemClass", "Size", "DateTimeCreated", "HasAttachments", "IsSubmitted"}

func allProperties(n *xmlstream.Node) bool {
	for _, name := range marks {
		if n.Get(name) == nil {
			return false
		}
	}
	return true
}

// missing is what the absence of a property means. Only GetItem returns deep ones
// (bodies, attendees, patterns).
func (e *element) missing(deep bool) state.Value {
	if e.whole && (e.detail || !deep) {
		return state.EmptyValue()
	}
	return state.Value{}
}

// newItem starts an item with what every Exchange item has.
func (e *element) newItem(k state.Kind, id string) *state.Item {
	it := state.NewItem(k, state.Mailbox, id)
	it.File, it.Line = e.in.Path, int(e.n.Pos.Line)
	it.BySync = state.Unknown
	it.Set(state.AttrCreated, e.instant("DateTimeCreated"))
	// Every item was modified some time; servers of 2007 do not say when.
	it.Set(state.AttrModified, e.moment(e.n.Get("LastModifiedTime"), e.context))
	it.Set(state.AttrPrivate, e.private())
	it.Set(state.AttrCategories, e.categories())
	it.Carries = e.carried()
	return it
}

// cutAt is where listings cut texts, in UTF-16 units.
const cutAt = 255

// text reads a property as a text.
func (e *element) text(n *xmlstream.Node) state.Value {
	if n == nil {
		return e.missing(false)
	}
	s := wire.Text(n.Text)
	if !e.detail && len(s) >= cutAt && len(utf16.Encode([]rune(s))) == cutAt {
		return state.Value{} // cut, as likely as not
	}
	return state.TextValue(s)
}

// word reads a property that has one of a few words.
func (e *element) word(name string) state.Value {
	n := e.n.Get(name)
	if n == nil {
		return e.missing(false)
	}
	return state.TextValue(wire.Text(n.Word()))
}

// truth reads true or false; a missing one is unrecorded.
func (e *element) truth(name string) state.Value {
	n := e.n.Get(name)
	switch strings.ToLower(n.Word()) {
	case "true", "1":
		return state.BoolValue(true)
	case "false", "0":
		return state.BoolValue(false)
	}
	if n != nil && n.Word() != "" {
		e.env.Problems.Warn(e.in.Path, n.Pos, "Unexpected value", "%s should be true or false, but here it is %q. It counts as not recorded.", name, wire.Clip(n.Word()))
	}
	return state.Value{}
}

// private: what is personal or confidential counts as private too.
func (e *element) private() state.Value {
	switch w := e.n.Get("Sensitivity").Word(); w {
	case "":
		return state.Value{}
	default:
		return state.BoolValue(!strings.EqualFold(w, "Normal"))
	}
}

func (e *element) categories() state.Value {
	n := e.n.Get("Categories")
	if n == nil && !e.missing(false).IsRecorded() {
		return state.Value{}
	}
	var list []string
	if n != nil {
		for i := range n.Kids {
			if w := n.Kids[i].Word(); n.Kids[i].Name == "String" && w != "" {
				list = append(list, wire.Text(w))
			}
		}
	}
	return state.TextsValue(list)
}

// carried is the record id stored on the item in an extended property.
func (e *element) carried() string {
	for i := range e.n.Kids {
		p := &e.n.Kids[i]
		if p.Name != "ExtendedProperty" || !e.isLinkProperty(p.Get("ExtendedFieldURI")) {
			continue
		}
		if id, ok := e.env.RecordID(p.Get("Value").Word()); ok {
			return id
		}
	}
	return ""
}

func (e *element) isLinkProperty(uri *xmlstream.Node) bool {
	want := e.env.LinkProperty
	return want == "" || strings.EqualFold(uri.Attr("PropertyName"), want) || strings.EqualFold(uri.Attr("PropertyTag"), want)
}

func (e *element) row(id string, it *state.Item) wire.Row {
	return wire.Row{ID: id, Item: it, FolderID: e.n.Get("ParentFolderId").Attr("Id"), Pos: e.n.Pos}
}

// body is the text of an item; of HTML what a person reads.
func (e *element) body() state.Value {
	if n := e.n.Get("TextBody"); n != nil {
		return plain(n.Text)
	}
	n := e.n.Get("Body")
	switch {
	case n == nil:
		return e.missing(true)
	case strings.EqualFold(n.Attr("IsTruncated"), "true"):
		return state.Value{}
	case strings.EqualFold(n.Attr("BodyType"), "Text"):
		return plain(n.Text)
	}
	return state.TextValue(wire.PlainText(wire.Text(n.Text)))
}

func plain(s string) state.Value { return state.TextValue(strings.TrimRight(wire.Text(s), " \t\n")) }

// contact reads a contact.
func (e *element) contact(id string) wire.Row {
	it, n := e.newItem(state.Contact, id), e.n
	it.Set(state.AttrTitle, e.text(n.Get("DisplayName")))
	it.Set(state.AttrFirstName, e.text(either(n.Get("GivenName"), n.At("CompleteName", "FirstName"))))
	it.Set(state.AttrLastName, e.text(either(n.Get("Surname"), n.At("CompleteName", "LastName"))))
	it.Set(state.AttrCompany, e.text(n.Get("CompanyName")))
	it.Set(state.AttrJobTitle, e.text(n.Get("JobTitle")))
	it.Set(state.AttrPhone, e.text(keyed(n.Get("PhoneNumbers"), "BusinessPhone")))
	it.Set(state.AttrMobile, e.text(keyed(n.Get("PhoneNumbers"), "MobilePhone")))
	for i, a := range [...]state.Attr{state.AttrEmail, state.AttrEmail2, state.AttrEmail3} {
		it.Set(a, e.address(keyed(n.Get("EmailAddresses"), "EmailAddress"+string(rune('1'+i)))))
	}
	return e.row(id, it)
}

func either(a, b *xmlstream.Node) *xmlstream.Node {
	if a != nil {
		return a
	}
	return b
}

// keyed finds an entry of a dictionary.
func keyed(n *xmlstream.Node, key string) *xmlstream.Node {
	if n == nil {
		return nil
	}
	for i := range n.Kids {
		if n.Kids[i].Name == "Entry" && n.Kids[i].Attr("Key") == key {
			return &n.Kids[i]
		}
	}
	return nil
}

// address reads an address of a contact. One that Exchange knows by its own
// directory name only is an address all the same, but not which.
func (e *element) address(n *xmlstream.Node) state.Value {
	if n == nil {
		return e.missing(false)
	}
	a, ok := smtp(n.Word(), n.Attr("RoutingType"))
	if !ok {
		e.env.Problems.Warn(e.in.Path, n.Pos, "Directory name for an address", "%s is %q, which is no e-mail address: somebody of the same organisation is listed by a directory name. It counts as not recorded.", n.Attr("Key"), wire.Clip(n.Word()))
		return state.Value{}
	}
	return state.TextValue(a)
}

// smtp is an e-mail address as weir compares it; ok is false for an address of
// another kind.
func smtp(s, routing string) (address string, ok bool) {
	if kind, rest, found := strings.Cut(s, ":"); found && !strings.Contains(kind, "@") {
		if !strings.EqualFold(strings.TrimSpace(kind), "smtp") {
			return "", false
		}
		s = rest
	}
	if strings.EqualFold(routing, "EX") && !strings.Contains(s, "@") || strings.HasPrefix(strings.ToLower(s), "/o=") {
		return "", false
	}
	return wire.Address(s), true
}

// task reads a task. A recurring one is read as the task it is now: Exchange keeps
// one item and moves its dates on.
func (e *element) task(id string) wire.Row {
	it, n := e.newItem(state.Task, id), e.n
	it.Set(state.AttrTitle, e.text(n.Get("Subject")))
	it.Set(state.AttrStatus, e.word("Status"))
	it.Set(state.AttrClosed, e.closed())
	it.Set(state.AttrPriority, e.word("Importance"))
	it.Set(state.AttrBody, e.body())
	it.Set(state.AttrDue, e.due())
	it.Set(state.AttrCompleted, e.instant("CompleteDate"))
	return e.row(id, it)
}

// closed: a status of Completed, a complete date and a hundred percent imply each
// other.
func (e *element) closed() state.Value {
	if done := e.truth("IsComplete"); done.IsRecorded() {
		return done
	}
	if status := e.n.Get("Status").Word(); status != "" {
		return state.BoolValue(strings.EqualFold(status, "Completed"))
	}
	if n := e.n.Get("PercentComplete"); n.Word() != "" {
		return state.BoolValue(n.Word() == "100")
	}
	if e.n.Get("CompleteDate").Word() != "" {
		return state.BoolValue(true)
	}
	return state.Value{}
}
