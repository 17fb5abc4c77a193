package msgraph

import (
	"bytes"
	"net/url"
	"strings"
	"time"

	"weir/recording/wire"
)

// context is what an @odata.context says about a collection.
type context struct {
	path     string // after the "#", without the selected properties
	resource string // its last segment: "contacts", "tasks", "calendarView", …
	folderID string // the folder, list or calendar the collection is of
	view     bool   // a calendar view
}

// parseContext reads "…/$metadata#users('id')/contactFolders('id')/contacts(id,subject)".
func parseContext(s string) context {
	_, s, found := strings.Cut(s, "#")
	if !found {
		return context{}
	}
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	c := context{path: s}
	if inner, ok := strings.CutPrefix(s, "Collection("); ok {
		inner, _, _ = strings.Cut(inner, ")")
		c.resource = strings.TrimPrefix(inner, "microsoft.graph.")
		return c
	}
	for _, seg := range segments(s) {
		name, arg, _ := strings.Cut(seg, "(")
		c.resource = name
		switch name {
		case "contactFolders", "lists", "calendars", "mailFolders":
			if id := strings.TrimSuffix(arg, ")"); strings.HasPrefix(id, "'") {
				c.folderID = strings.Trim(id, "'")
			}
		case "calendarView":
			c.view = true
		}
	}
	return c
}

// segments splits at slashes outside quotes and parentheses.
func segments(s string) []string {
	var out []string
	depth, quoted, from := 0, false, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '/' && depth <= 0:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

// kind is what the collection holds, as wire.Feed.Kind; "" if the context does
// not say.
func (c context) kind() string {
	switch c.resource {
	case "contacts", "contact":
		return "contact"
	case "tasks", "todoTask":
		return "task"
	case "events", "event", "calendarView", "instances":
		return "event"
	case "contactFolders", "contactFolder", "childFolders":
		return "contact_folders"
	case "lists", "todoTaskList":
		return "todo_lists"
	case "calendars", "calendar":
		return "calendars"
	case "mailFolders", "mailFolder":
		return "mail_folders"
	}
	return ""
}

// parseRange reads an end of a calendar view's range; without an offset it is UTC.
func parseRange(s string) (time.Time, bool) {
	if t, ok := wire.ParseInstant(s); ok {
		return t, true
	}
	if t, ok := wire.ParseLocal(s, time.UTC); ok {
		return t, true
	}
	if d, ok := wire.ParseDay(s); ok && len(s) == 10 {
		return d.UTC(), true
	}
	return time.Time{}, false
}

// Knows tells a Graph answer by its annotations.
func Knows(head []byte) bool { return bytes.Contains(head, []byte(`"@odata.`)) }
