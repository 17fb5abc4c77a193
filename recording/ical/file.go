package ical

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"weir/recording/contentline"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/recording/zonedef"
	"weir/state"
)

// Knows tells an iCalendar file by the beginning of a component.
func Knows(head []byte) bool { return contentline.Begins(head, components...) }

// components are those that a file may begin with; of VEVENT and VTODO alone an
// export may have lost its frame.
var components = []string{"VCALENDAR", "VEVENT", "VTODO", "VTIMEZONE", "VJOURNAL", "VFREEBUSY"}

// linkProperty carries record ids unless the manifest names another property.
const linkProperty = "X-SALESFORCE-ID"

// Read reads one file into out. The error is why the rest could not be read.
func Read(r io.Reader, in wire.MailFile, env *wire.MailEnv, out *wire.MailOutput) *textpos.Error {
	f := &file{in: in, env: env, out: out, lines: contentline.NewReader(r), link: linkProperty,
		groups: map[string]*group{}, feeds: map[state.Kind]*wire.Feed{}, notRead: map[string]int{}}
	if env.LinkProperty != "" {
		f.link = strings.ToUpper(env.LinkProperty)
	}
	f.lines.Want = func(name string) bool { return wanted[name] || name == f.link }
	err := f.read()
	f.finish(err)
	out.NamesCharset = f.lines.NamesCharset()
	return err
}

// wanted are the properties that are used.
var wanted = func() map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(`METHOD X-WR-CALNAME UID SUMMARY DESCRIPTION LOCATION CLASS STATUS TRANSP CATEGORIES
		CREATED LAST-MODIFIED DTSTAMP SEQUENCE DTSTART DTEND DURATION DUE COMPLETED PERCENT-COMPLETE PRIORITY
		RRULE EXRULE RDATE EXDATE RECURRENCE-ID ATTENDEE ORGANIZER X-ALT-DESC
		X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-CDO-INTENDEDSTATUS X-MICROSOFT-CDO-ALLDAYEVENT
		TZID X-LIC-LOCATION TZOFFSETFROM TZOFFSETTO`) {
		m[name] = true
	}
	return m
}()

// Limits on what waits for the end of a calendar, and on what is counted by name.
const (
	maxWaiting = 10_000
	maxNames   = 12
)

// file reads one payload.
type file struct {
	in    wire.MailFile
	env   *wire.MailEnv
	out   *wire.MailOutput
	lines *contentline.Reader
	link  string // name of the property that carries record ids, upper case

	cal     *calendar
	cals    []*calendar
	groups  map[string]*group
	order   []*group
	feeds   map[state.Kind]*wire.Feed
	kinds   []state.Kind
	notRead map[string]int
	firstNo textpos.Pos    // of the first component that is not read
	matches zonedef.Budget // how often the zone of a definition was looked for
}

// calendar is one VCALENDAR.
type calendar struct {
	method  string
	at      textpos.Pos // of METHOD
	name    string
	zones   zones
	waiting []*contentline.Component // items whose zones are defined further down
}

// message reports that a calendar is a message about meetings, and no listing.
func (c *calendar) message() bool { return c.method != "" && c.method != "PUBLISH" }

// aside reports a message that does not hold the meeting as it is.
func (c *calendar) aside() bool { return asides[c.method] != "" }

// asides are messages about meetings, in words.
var asides = map[string]string{
	"REPLY":          "an attendee's answer to the organiser",
	"COUNTER":        "an attendee's proposal of another time",
	"DECLINECOUNTER": "the organiser's answer to a proposal",
	"REFRESH":        "an attendee's question for the present state",
	"ADD":            "more occurrences of a series that is not here itself",
}

// read goes through the file component by component.
func (f *file) read() *textpos.Error {
	open := false
	for l := f.lines.Next(); l != nil; l = f.lines.Next() {
		name := l.Begins()
		switch {
		case name == "VCALENDAR":
			f.endCalendar()
			f.begin()
			open = true
		case name != "":
			if f.cal == nil {
				f.begin()
			}
			if c := f.lines.Take(nested); !c.Open || f.lines.More() {
				f.component(c)
			} else {
				f.incomplete(c)
				open = true
			}
		case l.Ends() == "VCALENDAR":
			f.endCalendar()
			open = false
		case l.Name == "" && len(f.cals) > 0:
			f.env.Problems.Warn(f.in.Path, l.Pos, "Unreadable line", "This is no content line such as SUMMARY:Review. It is left out.")
		case f.cal != nil:
			f.property(l)
		}
	}
	f.endCalendar()
	switch err := f.lines.Err(); {
	case err != nil:
		return &textpos.Error{Pos: f.lines.End(), Summary: "File not readable", Detail: "The file cannot be read to its end.", Err: err}
	case len(f.cals) == 0:
		return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Not a calendar", Detail: "The file holds no BEGIN:VCALENDAR. An export that failed often leaves a web page or an error message instead."}
	case open:
		return &textpos.Error{Pos: f.lines.End(), Summary: "Truncated calendar", Detail: "The file ends before END:VCALENDAR."}
	}
	return nil
}

// nested says which components inside an item are kept, and which cannot be inside.
var nested = contentline.Nested{
	Parts: []string{"STANDARD", "DAYLIGHT"},
	Ends:  func(name string, _ *contentline.Line) bool { return slices.Contains(components, name) },
}

func (f *file) begin() {
	f.cal = &calendar{zones: zones{defined: map[string]*definition{}, named: map[string]*zonedef.Place{}, budget: &f.matches}}
	f.cals = append(f.cals, f.cal)
}

func (f *file) property(l *contentline.Line) {
	switch l.Name {
	case "METHOD":
		f.cal.method, f.cal.at = strings.ToUpper(strings.TrimSpace(l.Value)), l.ValuePos
	case "X-WR-CALNAME":
		f.cal.name = strings.TrimSpace(wire.Text(l.Text()))
	}
}

// endCalendar reads what waited for the definitions of its zones.
func (f *file) endCalendar() {
	if f.cal == nil {
		return
	}
	f.cal.zones.closed = true
	for _, c := range f.cal.waiting {
		f.item(c)
	}
	f.cal.waiting = nil
	if f.cal.name != "" {
		f.out.NameFolder(f.cal.name, f.cal.name)
	}
	f.unknownMethod()
	f.cal = nil
}

func (f *file) unknownMethod() {
	switch m := f.cal.method; m {
	case "", "PUBLISH", "REQUEST", "CANCEL":
	default:
		if !f.cal.aside() {
			f.env.Problems.Warn(f.in.Path, f.cal.at, "Unknown method", "METHOD is %q, which is no method of RFC 5546. The calendar is read as a message: what it does not hold may exist all the same.", wire.Clip(m))
		}
	}
}

// component reads one component of a calendar.
func (f *file) component(c *contentline.Component) {
	switch c.Name {
	case "VTIMEZONE":
		f.cal.zones.define(c)
	case "VEVENT", "VTODO":
		if len(f.cal.waiting) < maxWaiting && f.cal.zones.mustWait(c) {
			f.cal.waiting = append(f.cal.waiting, c)
			return
		}
		f.item(c)
	default:
		if len(f.notRead) == 0 {
			f.firstNo = c.Pos
		}
		name := c.Name
		if f.notRead[name] == 0 && len(f.notRead) >= maxNames {
			name = "others"
		}
		f.notRead[name]++
	}
}

// incomplete notes an item that the end of the file cut in two.
func (f *file) incomplete(c *contentline.Component) {
	if kind := kindOf(c.Name); kind != state.KindInvalid {
		f.feed(kind).Lack(fmt.Sprintf("the %s at line %d is cut short", kind, c.Pos.Line))
	}
}

func kindOf(component string) state.Kind {
	switch component {
	case "VEVENT":
		return state.Event
	case "VTODO":
		return state.Task
	}
	return state.KindInvalid
}

func (f *file) warn(pos textpos.Pos, summary, detail string, args ...any) {
	f.env.Problems.Warn(f.in.Path, pos, summary, detail, args...)
}

func (f *file) feed(k state.Kind) *wire.Feed {
	if feed := f.feeds[k]; feed != nil {
		return feed
	}
	feed := &wire.Feed{Kind: k.String(), File: f.in.Path, Total: -1, Folder: f.in.Folder}
	f.feeds[k] = feed
	f.kinds = append(f.kinds, k)
	return feed
}

// finish folds the series, hands out the rows and says what the file is evidence of.
func (f *file) finish(err *textpos.Error) {
	for _, g := range f.order {
		f.fold(g)
	}
	f.sayNotRead()
	if len(f.kinds) == 0 {
		f.emptyFeed()
	}
	message, folder := f.evidence()
	for _, k := range f.kinds {
		feed := f.feeds[k]
		feed.Full = !f.in.Delta
		if !f.in.DeltaDeclared && message {
			feed.Full = false
		}
		feed.FolderID, feed.Group = folder, feed.Kind+" "+f.in.Path
		if err != nil {
			feed.Lack("it could not be read to its end")
		}
		f.out.Feeds = append(f.out.Feeds, feed)
	}
}

// emptyFeed is the evidence of a file without events and tasks: of the kind that
// its name says, else of events.
func (f *file) emptyFeed() {
	k, ok := state.ParseKind(f.in.Type)
	if !ok || k == state.Contact {
		k = state.Event
	}
	if ok || len(f.notRead) == 0 {
		feed := f.feed(k)
		for _, name := range sorted(f.notRead) {
			feed.Lack("it holds " + name + " instead")
		}
	}
}

// evidence says whether the file shows changes only, and of which calendar it
// tells: the one that all its calendars name.
func (f *file) evidence() (message bool, folder string) {
	for i, c := range f.cals {
		message = message || c.message()
		if i == 0 {
			folder = c.name
		} else if c.name != folder {
			folder = ""
		}
	}
	return message, folder
}

// sayNotRead counts what has no place in a mailbox's contacts, tasks and events.
func (f *file) sayNotRead() {
	if len(f.notRead) == 0 {
		return
	}
	var parts []string
	for _, name := range sorted(f.notRead) {
		parts = append(parts, fmt.Sprintf("%d %s", f.notRead[name], wire.Clip(name)))
	}
	f.warn(f.firstNo, "Not read", "Of a calendar weir reads VEVENT and VTODO. Left out here and further down: %s.", strings.Join(parts, ", "))
}

func sorted(m map[string]int) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
