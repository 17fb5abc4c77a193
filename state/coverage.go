package state

import "time"

// Coverage says how much of one kind a source's captures have shown.
type Coverage struct {
	// First and Last are the instants of the first and the latest capture of the
	// kind; zero when there was none.
	First, Last time.Time
	// Complete: everything of the kind (within Bounds) is known, so that what was
	// not shown does not exist.
	Complete bool
	// Why names, per file, what was missing when Complete is false.
	Why []string
	// Bounds limit what the captures could show; nil means unbounded.
	Bounds *Bounds
}

// Captured reports whether there was any capture of the kind.
func (c Coverage) Captured() bool { return !c.First.IsZero() }

// Bounds are the limits of a bounded capture (a calendarView).
type Bounds struct {
	// From and To are the range's instants; both zero when the range is not known,
	// in which case nothing lies provably inside.
	From, To time.Time
	Folder   string // the one folder or list it was limited to, "" for all
}

// Contains reports whether a span of time lies wholly inside the range, provably.
func (b *Bounds) Contains(start, end time.Time) bool {
	if b == nil {
		return true
	}
	if b.From.IsZero() && b.To.IsZero() {
		return false
	}
	return !start.Before(b.From) && !end.After(b.To)
}

// Overlaps reports whether a calendar view of the range would show the span,
// provably: views show whatever overlaps their range.
func (b *Bounds) Overlaps(start, end time.Time) bool {
	if b == nil {
		return true
	}
	if b.From.IsZero() && b.To.IsZero() {
		return false
	}
	return start.Before(b.To) && (end.After(b.From) || start.Equal(end) && !start.Before(b.From))
}
