package recording

import (
	"cmp"
	"slices"
	"strings"

	"weir/recording/wire"
	"weir/state"
)

// seriesBook folds the occurrences a mailbox shows into their series. A calendar
// view shows occurrences and not the series itself; such a series consists of what
// was shown, and its values are those of its earliest occurrence.
type seriesBook struct {
	masters     map[string]*wire.Row // series shown themselves
	masterTurn  map[string]int       // when, counted in captures
	occurrences map[string]*mailOccurrence
	of          map[string]map[string]bool // series -> occurrence ids
	turn        int
	over        map[string]bool // series that are gone as a whole
}

type mailOccurrence struct {
	row  wire.Row
	gone bool
	turn int // when it was shown last
}

func newSeriesBook() *seriesBook {
	return &seriesBook{masters: map[string]*wire.Row{}, masterTurn: map[string]int{}, occurrences: map[string]*mailOccurrence{}, of: map[string]map[string]bool{}, over: map[string]bool{}}
}

// apply turns a capture's rows into rows of whole events. whole says that the
// capture is full and complete, so that what it does not show is gone.
func (b *seriesBook) apply(c kindCapture, whole bool) []wire.Row {
	b.turn++
	touched := map[string]bool{}
	shown := map[string]bool{}
	var out []wire.Row
	for row := range last(c.rows) {
		shown[row.ID] = true
		switch {
		case row.Role == wire.Occurrence:
			b.occur(row)
			touched[row.Parent] = true
			shown[row.Parent] = true
		case row.Gone && b.occurrences[row.ID] != nil:
			if b.removed(row) {
				touched[b.occurrences[row.ID].row.Parent] = true
			}
		default:
			if row.Gone && (row.Feed == nil || !row.Feed.Bounded) {
				b.end(row.ID)
			}
			if !row.Gone && row.Item != nil && row.Item.Series != nil {
				b.masters[row.ID], b.masterTurn[row.ID] = &row, b.turn
				delete(b.over, row.ID)
				touched[row.ID] = true
			}
			out = append(out, row)
		}
	}
	if whole {
		b.absent(c, shown, touched)
		b.forget(out, shown)
		b.missing(c, shown)
	}
	for id := range b.over {
		delete(touched, id)
	}
	return b.finish(out, shown, touched, c)
}

// end lets go of a series that is gone as a whole: what is said of its occurrences
// after that does not bring it back, unless one takes place.
func (b *seriesBook) end(series string) {
	if b.masters[series] == nil && len(b.of[series]) == 0 {
		return
	}
	b.over[series] = true
	delete(b.masters, series)
	for id := range b.of[series] {
		b.occurrences[id].gone = true
	}
}

// missing ends the series that a complete full capture should have shown.
func (b *seriesBook) missing(c kindCapture, shown map[string]bool) {
	gone := func(id, folderID string) {
		for _, f := range c.feeds {
			if !shown[id] && f.Full && !f.Bounded && !f.OneFolder && (f.FolderID == "" || f.FolderID == folderID) {
				b.end(id)
			}
		}
	}
	for id, master := range b.masters {
		gone(id, master.FolderID)
	}
	for _, o := range b.occurrences {
		gone(o.row.Parent, o.row.FolderID)
	}
}

// forget drops the exceptions of a series that is shown with all it has and without
// them: the person took them back.
func (b *seriesBook) forget(rows []wire.Row, shown map[string]bool) {
	for i := range rows {
		row := &rows[i]
		if row.Gone || row.Item == nil || row.Item.Series == nil || row.Feed == nil || !row.Feed.Full || !row.Feed.Exceptions || row.Feed.Bounded {
			continue
		}
		for id := range b.of[row.ID] {
			if !shown[id] {
				delete(b.of[row.ID], id)
				delete(b.occurrences, id)
			}
		}
	}
}

// occur notes an occurrence. One that is gone may come without values: then those it
// had are kept.
func (b *seriesBook) occur(row wire.Row) {
	if old := b.occurrences[row.ID]; row.Item == nil && old != nil {
		row.Item = old.row.Item
	}
	b.occurrences[row.ID] = &mailOccurrence{row: row, turn: b.turn, gone: row.Gone}
	if !row.Gone {
		delete(b.over, row.Parent)
	}
	if b.of[row.Parent] == nil {
		b.of[row.Parent] = map[string]bool{}
	}
	b.of[row.Parent][row.ID] = true
}

// removed applies an occurrence's tombstone as far as it proves anything.
func (b *seriesBook) removed(row wire.Row) bool {
	o := b.occurrences[row.ID]
	if row.Feed != nil && row.Feed.Bounded && !within(o.row.Item, row.Feed) {
		return false
	}
	o.gone = true
	return true
}

// absent ends the occurrences that a complete full capture should have shown.
func (b *seriesBook) absent(c kindCapture, shown, touched map[string]bool) {
	for id, o := range b.occurrences {
		if shown[id] || o.gone {
			continue
		}
		for _, f := range c.feeds {
			if f.Full && f.Bounded && within(o.row.Item, f) {
				o.gone = true
				touched[o.row.Parent] = true
			}
		}
	}
}

// finish adds the rows of the series the capture speaks of.
func (b *seriesBook) finish(out []wire.Row, shown, touched map[string]bool, c kindCapture) []wire.Row {
	for i := range out {
		if out[i].Item != nil && touched[out[i].ID] {
			out[i].Item = b.withOccurrences(&out[i])
			delete(touched, out[i].ID)
		}
	}
	for _, id := range sortedKeys(touched) {
		row := b.series(id)
		if row == nil {
			continue
		}
		row.Derived = !shown[id]
		if row.Derived && !b.anyLeft(id) && b.masters[id] == nil {
			row.Derived, row.Gone = false, true
			row.Item = nil
			row.Feed = c.feeds[0]
		}
		out = append(out, *row)
	}
	return out
}

func (b *seriesBook) anyLeft(series string) bool {
	for id := range b.of[series] {
		if !b.occurrences[id].gone {
			return true
		}
	}
	return false
}

// series is the row of a series: its own, else one made of its occurrences; nil if
// there is neither.
func (b *seriesBook) series(id string) *wire.Row {
	if master := b.masters[id]; master != nil {
		row := *master
		row.Item = b.withOccurrences(&row)
		return &row
	}
	list := b.list(id)
	if len(list) == 0 {
		return nil
	}
	row := list[0].row
	row.Gone = false
	row.ID, row.Role, row.Parent = id, wire.Itself, ""
	it := row.Item.Clone()
	it.ID, it.ICalUID, it.Series = id, "", &state.Series{}
	it.Set(state.AttrCancelled, state.BoolValue(false))
	row.Item = it
	row.Item = b.withOccurrences(&row)
	return &row
}

// list are a series' recorded occurrences that still take place, in order; all of
// them if none does.
func (b *seriesBook) list(series string) []*mailOccurrence {
	var left, all []*mailOccurrence
	for id := range b.of[series] {
		o := b.occurrences[id]
		if o.row.Item == nil {
			continue // never shown but as gone
		}
		all = append(all, o)
		if !o.gone {
			left = append(left, o)
		}
	}
	if len(left) == 0 {
		left = all
	}
	slices.SortFunc(left, func(x, y *mailOccurrence) int {
		a, b := x.row.Occurrence, y.row.Occurrence
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.StartDate, b.StartDate), strings.Compare(x.row.ID, y.row.ID))
	})
	return left
}

// withOccurrences is a series with its recorded occurrences. Without a rule those
// that are gone are left out, with one they are cancelled. What the series itself
// lists counts unless the occurrence was shown by itself since.
func (b *seriesBook) withOccurrences(row *wire.Row) *state.Item {
	if row.Item.Series == nil || len(b.of[row.ID]) == 0 {
		return row.Item
	}
	it := row.Item.Clone()
	s := *it.Series
	own := map[original]bool{}
	since := b.shownSince(row.ID)
	s.Occurrences = nil
	for _, w := range it.Series.Occurrences {
		if key := originalOf(w); !since[key] {
			own[key] = key != original{}
			s.Occurrences = append(s.Occurrences, w)
		}
	}
	for id := range b.of[row.ID] {
		o := b.occurrences[id]
		w := o.row.Occurrence
		if o.gone && s.Rule == "" || own[originalOf(w)] {
			continue
		}
		w.Cancelled = w.Cancelled || o.gone
		s.Occurrences = append(s.Occurrences, w)
	}
	wire.SortOccurrences(s.Occurrences)
	it.Series = &s
	return it
}

// original is where a rule puts an occurrence; zero if that is not known.
type original struct {
	at  int64
	day state.Date
}

func originalOf(o state.Occurrence) original {
	if o.Original.IsZero() {
		return original{day: o.OriginalDate}
	}
	return original{at: o.Original.UnixNano()}
}

// shownSince are the places of a series' occurrences that were shown by themselves
// after the series was.
func (b *seriesBook) shownSince(series string) map[original]bool {
	since := map[original]bool{}
	for id := range b.of[series] {
		if o := b.occurrences[id]; o.turn > b.masterTurn[series] {
			key := originalOf(o.row.Occurrence)
			since[key] = key != original{}
		}
	}
	return since
}

// nameSeries tells which series the occurrences belong to that only share its
// calendar uid: the series that the mailbox shows with that uid, the latest up to
// the capture, else the first after it, else one known by the uid alone. One
// without a uid stands for itself, and what recurs with it is not known.
func nameSeries(captures []*mailCapture, problems *wire.Problems) {
	first := map[string]string{} // the id of the first series shown with a uid
	for _, c := range captures {
		eachMaster(c, func(uid, id string) {
			if first[uid] == "" {
				first[uid] = id
			}
		})
	}
	latest := map[string]string{}
	for _, c := range captures {
		eachMaster(c, func(uid, id string) { latest[uid] = id })
		for i := range c.out.Rows {
			row := &c.out.Rows[i]
			if row.Role != wire.Occurrence || row.Parent != "" || row.Item == nil {
				continue
			}
			if uid := row.Item.ICalUID; uid != "" {
				row.Parent = cmp.Or(latest[uid], first[uid], "uid:"+uid)
				continue
			}
			row.Role = wire.Itself
			row.Item.Series = &state.Series{Unreadable: "which series it belongs to was not recorded"}
			problems.Warn(row.Item.File, row.Pos, "Occurrence of an unknown series", "Nothing says which series this occurrence belongs to, so it is not synced. Ask for calendar:UID, or record the items themselves.")
		}
	}
}

// eachMaster calls f for the series that a capture shows, in row order.
func eachMaster(c *mailCapture, f func(uid, id string)) {
	for i := range c.out.Rows {
		if it := c.out.Rows[i].Item; it != nil && it.Series != nil && it.ICalUID != "" {
			f(it.ICalUID, it.ID)
		}
	}
}
