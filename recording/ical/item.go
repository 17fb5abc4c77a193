package ical

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"weir/recording/contentline"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// entry is one VEVENT or VTODO: an event, a task, a series or an occurrence of one.
type entry struct {
	pos  textpos.Pos
	item *state.Item
	cal  *calendar

	sequence int
	stamp    time.Time

	start, end *moment
	original   *moment // RECURRENCE-ID; nil for what stands for itself
	override   bool    // there is a RECURRENCE-ID, readable or not
	future     bool    // it stands for all later occurrences too
	recurs     *recurrence
}

// later reports that an entry replaces another of the same id: by its revision, by
// when it was written, else by standing further down.
func (e *entry) later(o *entry) bool {
	if e.sequence != o.sequence {
		return e.sequence > o.sequence
	}
	return !e.stamp.Before(o.stamp)
}

// group are the entries of one UID.
type group struct {
	kind      state.Kind
	id        string
	master    *entry
	overrides []*entry
}

// item reads a VEVENT or VTODO.
func (f *file) item(c *contentline.Component) {
	kind := kindOf(c.Name)
	feed := f.feed(kind)
	if f.cal.aside() {
		f.warn(c.Pos, "Message not read", "This is %s (METHOD:%s) and not the item itself. It is left out.", asides[f.cal.method], wire.Clip(f.cal.method))
		if f.cal.method == "ADD" {
			feed.Lack("a message adds occurrences to a series")
		}
		return
	}
	f.flaws(c, feed)
	b := &builder{f: f, c: c, sparse: c.Open || c.TooLarge || len(c.Bad) > 0 || c.Get("SUMMARY") == nil || f.cal.method == "CANCEL"}
	e := &entry{pos: c.Pos, cal: f.cal, sequence: number(c.Get("SEQUENCE"))}
	if l := c.Get("DTSTAMP"); l != nil {
		if t, _, ok := parseClock(l.Value); ok {
			e.stamp = t
		}
	}
	if kind == state.Event {
		b.event(e)
	} else {
		b.task(e)
	}
	f.place(kind, b.id(), e)
}

// flaws says what is wrong with a component as a whole.
func (f *file) flaws(c *contentline.Component, feed *wire.Feed) {
	for _, pos := range c.Bad {
		f.warn(pos, "Unreadable line", "This is no content line such as SUMMARY:Review. It is left out, and what this item lacks counts as not recorded.")
	}
	if c.Open {
		f.warn(c.Pos, "No end", "This %s has no END:%s. It is read up to where the next component begins.", c.Name, c.Name)
	}
	if c.TooLarge {
		f.warn(c.Pos, "Item too large", "This item has more than %d lines or %d MiB of text. What is beyond is left out and counts as not recorded.", contentline.MaxLines, contentline.MaxBytes>>20)
		feed.Lack("an item that is too large")
	}
	for i := range c.Lines {
		if l := &c.Lines[i]; l.Cut {
			f.warn(l.Pos, "Line too long", "%s has more than %d bytes. Its value counts as not recorded.", l.Name, contentline.MaxLine)
		}
	}
}

// place files an entry under its id; of two for the same thing the later revision
// counts.
func (f *file) place(kind state.Kind, id string, e *entry) {
	key := kind.String() + " " + id
	g := f.groups[key]
	if g == nil {
		g = &group{kind: kind, id: id}
		f.groups[key] = g
		f.order = append(f.order, g)
	}
	if !e.override {
		if g.master != nil {
			e = f.newer(g.master, e)
		}
		g.master = e
		return
	}
	g.overrides = append(g.overrides, e)
}

// newer is the later revision of two; the other is named.
func (f *file) newer(a, b *entry) *entry {
	if !b.later(a) {
		a, b = b, a
	}
	f.warn(a.pos, "Shown twice", "The same id stands on line %d with a later revision (SEQUENCE, DTSTAMP), which counts.", b.pos.Line)
	return b
}

func number(l *contentline.Line) int {
	if l == nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(l.Value))
	return n
}

// builder makes the item of a component.
type builder struct {
	f      *file
	c      *contentline.Component
	it     *state.Item
	sparse bool // what is missing was left out, and is not empty
}

// id is the UID, else one made of what the item is about.
func (b *builder) id() string {
	if l := b.c.Get("UID"); l != nil {
		if id := strings.TrimSpace(wire.Text(l.Text())); id != "" {
			b.it.ICalUID = id
			return id
		}
	}
	sum := sha256.New()
	for _, name := range [...]string{"DTSTART", "DUE", "SUMMARY"} {
		if l := b.c.Get(name); l != nil {
			sum.Write([]byte(name + ":" + tzidOf(l) + ":" + strings.TrimSpace(wire.Text(l.Text())) + "\n"))
		}
	}
	b.it.IDMade = true
	b.f.warn(b.c.Pos, "Item without UID", "This %s has no UID. It goes by its beginning and its title; when it is no longer shown nobody can tell whether it was deleted or changed.", b.it.Kind)
	return "made:" + hex.EncodeToString(sum.Sum(nil)[:16])
}

// missing is the value of a property that is not there.
func (b *builder) missing() state.Value {
	if b.sparse {
		return state.Value{}
	}
	return state.EmptyValue()
}

// text reads a text property.
func (b *builder) text(name string) state.Value {
	l := b.c.Get(name)
	switch {
	case l == nil:
		return b.missing()
	case l.Cut:
		return state.Value{}
	}
	return state.TextValue(strings.TrimSpace(wire.Text(l.Text())))
}

// word is a property's value as a word in upper case, "" if it is not there.
func (b *builder) word(name string) string {
	if l := b.c.Get(name); l != nil {
		return strings.ToUpper(strings.TrimSpace(l.Value))
	}
	return ""
}

// begin makes the item with what events and tasks have in common.
func (b *builder) begin(k state.Kind) {
	b.it = state.NewItem(k, state.Mailbox, "")
	b.it.File, b.it.Line = b.f.in.Path, int(b.c.Pos.Line)
	b.it.BySync = state.Unknown
	title := state.Value{}
	if b.c.Get("SUMMARY") != nil {
		title = b.text("SUMMARY")
	}
	b.it.Set(state.AttrTitle, title)
	b.it.Set(state.AttrBody, b.body())
	b.it.Set(state.AttrCategories, b.categories())
	b.it.Set(state.AttrCreated, b.f.instant(b.c.Get("CREATED")))
	b.it.Set(state.AttrModified, b.f.instant(b.c.Get("LAST-MODIFIED")))
	b.it.Carries = b.carried()
}

// body is the description; of a description in HTML alone what a person reads.
func (b *builder) body() state.Value {
	if l := b.c.Get("DESCRIPTION"); l == nil {
		if alt := b.c.Get("X-ALT-DESC"); alt != nil && !alt.Cut {
			text := wire.Text(alt.Text())
			if strings.EqualFold(alt.Param("FMTTYPE"), "text/html") {
				text = wire.PlainText(text)
			}
			return state.TextValue(strings.TrimRight(text, " \t\n"))
		}
	}
	v := b.text("DESCRIPTION")
	if l := b.c.Get("DESCRIPTION"); v.IsKnown() {
		return state.TextValue(strings.TrimRight(wire.Text(l.Text()), " \t\n"))
	}
	return v
}

func (b *builder) categories() state.Value {
	lines := b.c.All("CATEGORIES")
	if len(lines) == 0 && b.sparse {
		return state.Value{}
	}
	var list []string
	for _, l := range lines {
		list = append(list, l.Fields(',')...)
	}
	return wire.Names(list)
}

// carried is the record id stored on the item.
func (b *builder) carried() string {
	for _, l := range b.c.All(b.f.link) {
		text := strings.TrimSpace(l.Text())
		if id, ok := b.f.env.RecordID(text); ok {
			return id
		}
		b.f.warn(l.ValuePos, "No record id", "%s is %q, which is no Salesforce id of 15 or 18 characters. It is ignored.", l.Name, wire.Clip(text))
	}
	return ""
}

// task reads a VTODO.
func (b *builder) task(e *entry) {
	b.begin(state.Task)
	e.item = b.it
	e.override = b.c.Get("RECURRENCE-ID") != nil
	b.it.Set(state.AttrStatus, b.text("STATUS"))
	b.it.Set(state.AttrPriority, b.text("PRIORITY"))
	b.it.Set(state.AttrDue, b.due())
	completed := b.f.instant(b.c.Get("COMPLETED"))
	if !completed.IsRecorded() {
		completed = b.missing()
	}
	b.it.Set(state.AttrCompleted, completed)
	b.it.Set(state.AttrClosed, b.closed(completed.IsKnown()))
	if l := b.c.Get("RRULE"); l != nil {
		b.f.warn(l.Pos, "Recurring task", "weir has no recurring tasks: this one is read as the one task that its own dates describe.")
	}
}

// closed says whether a task is done. A status that contradicts the completion
// leaves it open to doubt.
func (b *builder) closed(completed bool) state.Value {
	done := completed || number(b.c.Get("PERCENT-COMPLETE")) >= 100
	switch status := b.word("STATUS"); {
	case status == "COMPLETED":
		return state.BoolValue(true)
	case status == "" && b.sparse && !done:
		return state.Value{}
	case status == "":
		return state.BoolValue(done)
	case done:
		l := b.c.Get("STATUS")
		b.f.warn(l.ValuePos, "Contradictory task", "STATUS is %q although the task is said to be completed. Whether it is done counts as not recorded.", wire.Clip(status))
		return state.Value{}
	}
	return state.BoolValue(false)
}

// due is the day of DUE as the calendar shows it: as written, an instant on the
// owner's clocks.
func (b *builder) due() state.Value {
	var start *moment
	if b.c.Get("DUE") == nil && b.c.Get("DURATION") == nil {
		return b.missing()
	}
	if b.c.Get("DUE") == nil {
		start = b.f.moment(b.c.Get("DTSTART"))
	}
	due := b.f.end(b.c, "DUE", start)
	if due == nil {
		return state.Value{}
	}
	if due.utc {
		due = due.in(b.f.ownZone())
	}
	return state.DayValue(due.date)
}
