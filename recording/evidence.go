package recording

import (
	"strings"
	"time"

	"weir/recording/wire"
	"weir/state"
)

// zoneSlack covers every zone's distance from UTC: dates of all-day events are
// compared with instants by it, so that what counts as inside is inside everywhere.
const zoneSlack = 14 * time.Hour

// evidence is what a mailbox tombstone proves about an item. ok is false if the
// tombstone says nothing new: the item was last shown in another folder than the
// one it was removed from, and lives there.
func (o *object) evidence(row wire.Row) (liveness state.Liveness, ok bool) {
	f := row.Feed
	if f == nil {
		return state.Deleted, true
	}
	it := o.Item()
	if it == nil {
		if f.Bounded || f.FolderID != "" || f.Folder != "" || f.OneFolder {
			return state.Unseen, true
		}
		return state.Deleted, true
	}
	switch inside := inFolder(o, it, f); {
	case inside == state.False && o.State() == state.Live:
		return state.Live, false
	case inside != state.True, f.Bounded && !within(it, f):
		return state.Unseen, true
	}
	return state.Deleted, true
}

// inFolder: the item was last shown in the folder the feed is limited to, if it is
// limited to one; Unknown if nothing says where the item was shown.
func inFolder(o *object, it *state.Item, f *wire.Feed) state.Truth {
	switch {
	case f.FolderID == "" && f.Folder == "":
		if f.OneFolder && f.Declared != state.True {
			return state.Unknown
		}
		return state.True
	case f.FolderID != "" && o.folderID != "":
		return state.TruthOf(f.FolderID == o.folderID)
	case f.Folder != "" && it.FolderKnown:
		return state.TruthOf(strings.EqualFold(f.Folder, it.Folder))
	}
	return state.Unknown
}

// within: the item's last known dates lie inside the feed's range, provably.
func within(it *state.Item, f *wire.Feed) bool {
	if it == nil || f.From.IsZero() || f.To.IsZero() {
		return false
	}
	from, to, ok := spanOf(it)
	b := state.Bounds{From: f.From, To: f.To}
	return ok && b.Contains(from, to)
}

// spanOf is the time an event takes, dates widened to cover every zone; ok is
// false if it is not known or has no end.
func spanOf(it *state.Item) (from, to time.Time, ok bool) {
	if it.Kind != state.Event {
		return from, to, false
	}
	if it.Series != nil {
		if it.Series.Rule != "" || it.Series.Unreadable != "" || len(it.Series.Occurrences) == 0 {
			return from, to, false
		}
		return spanOfAll(it.Series.Occurrences, it.AllDay())
	}
	if it.AllDay() {
		first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
		from, to = daySpan(first.Day(), max(first.Day(), last.Day()))
		return from, to, first.IsKnown() && last.IsKnown()
	}
	start, end := it.Value(state.AttrStart), it.Value(state.AttrEnd)
	from, to = start.Instant(), end.Instant()
	if to.Before(from) {
		to = from
	}
	return from, to, start.IsKnown() && end.IsKnown()
}

func daySpan(first, last state.Date) (from, to time.Time) {
	return first.UTC().Add(-zoneSlack), last.AddDays(1).UTC().Add(zoneSlack)
}

func spanOfAll(list []state.Occurrence, allDay bool) (from, to time.Time, ok bool) {
	for i, occ := range list {
		a, b := occ.Start, occ.End
		if allDay {
			a, b = daySpan(occ.StartDate, occ.EndDate)
		}
		if i == 0 || a.Before(from) {
			from = a
		}
		if i == 0 || b.After(to) {
			to = b
		}
	}
	return from, to, len(list) > 0
}

// absent applies the other kind of evidence: what earlier captures showed and a
// complete full capture whose bounds cover it does not.
func (t *timeline) absent(c kindCapture, shown map[string]bool) {
	for _, id := range t.ids() {
		o := t.objects[id]
		s := o.State()
		if shown[id] || s != state.Live && s != state.Unseen {
			continue
		}
		it := o.Item()
		if it == nil || !covered(o, it, c.feeds) {
			continue
		}
		liveness := t.absence
		if c.doubtful[id] || it.IDMade || !provenGone(o, it, c.feeds) {
			liveness = state.Unseen
		}
		o.add(state.Version{From: c.at, SeenAt: c.at, State: liveness, Item: it})
	}
}

// covered: one of the capture's full files would have shown the item, provably.
func covered(o *object, it *state.Item, feeds []*wire.Feed) bool {
	for _, f := range feeds {
		if f.Full && covers(o, it, f) {
			return true
		}
	}
	return false
}

// provenGone: one of the files that would have shown the item hides nothing.
func provenGone(o *object, it *state.Item, feeds []*wire.Feed) bool {
	for _, f := range feeds {
		if f.Full && covers(o, it, f) && (!f.Hides || f.Declared == state.True) {
			return true
		}
	}
	return false
}

func covers(o *object, it *state.Item, f *wire.Feed) bool {
	if inFolder(o, it, f) != state.True {
		return false
	}
	return !f.Bounded || it.Kind == state.Event && within(it, f)
}
