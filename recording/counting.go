package recording

import (
	"slices"
	"time"

	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

// counting is the Salesforce side of a recording that is only inspected.
type counting struct {
	kinds    [4]*census
	meetings *meetingCensus
}

func newCounting(w *world) *counting {
	c := &counting{}
	for _, k := range state.Kinds() {
		c.kinds[k] = newCensus(w.kinds[k])
	}
	c.meetings = newMeetingCensus(w.problems, c.kinds[state.Event])
	c.kinds[state.Event].span = c.meetings.spans
	return c
}

// begin starts a capture.
func (c *counting) begin() {
	for _, k := range state.Kinds() {
		c.kinds[k].capture++
	}
}

// Row implements salesforce.Counter.
func (c *counting) Row(row *wire.Row) {
	if row.Kind == state.Event {
		c.meetings.add(row)
		return
	}
	c.kinds[row.Kind].add(row.ID, briefOf(row))
}

// Relation implements salesforce.Counter.
func (c *counting) Relation(r wire.Relation) { c.meetings.related = append(c.meetings.related, r) }

// showed reports that the capture being read has values of a record.
func (c *counting) showed(id string) bool {
	k := salesforce.KindOfID(id)
	if k == state.KindInvalid {
		return false
	}
	_, ok := c.kinds[k].shown(id)
	return ok || k == state.Event && slices.ContainsFunc(c.meetings.parts, func(p part) bool { return p.id == id })
}

// apply ends a capture, as world.apply does with rows.
func (c *counting) apply(w *world, f *folder, by map[string][]*wire.Feed) {
	for _, k := range []state.Kind{state.Contact, state.Task} {
		if feeds := by[k.String()]; len(feeds) > 0 {
			complete, why := c.kinds[k].close(f.at, feeds)
			w.note(f, feeds, complete, why)
		}
	}
	full := false
	if relations := by["event_relation"]; len(relations) > 0 {
		complete, why := w.relations.note(f.at, relations)
		full = complete && anyFull(relations)
		w.note(f, relations, complete, why)
	}
	c.meetings.close(f.at, full)
	if feeds := by["event"]; len(feeds) > 0 {
		complete, why := c.kinds[state.Event].close(f.at, feeds)
		w.note(f, feeds, complete, why)
	}
}

// parentOf is the event that stands for an id as far as known at the instant.
func (w *world) parentOf(id string, at time.Time) string {
	if w.counting != nil {
		return w.counting.meetings.parentOf(id, at)
	}
	return w.meetings.ParentOf(id, at)
}

// inventory counts a kind at the end of the recording.
func (w *world) inventory(k state.Kind) KindInventory {
	if w.counting != nil {
		return w.counting.kinds[k].inventory()
	}
	return inspectKind(w.kinds[k])
}
