package recording

import (
	"slices"

	"weir/recording/wire"
	"weir/state"
)

// itemKey names an item of one kind.
type itemKey struct {
	kind state.Kind
	id   string
}

// joinDetails makes one row of those that show parts of one item (wire.Row.Detail):
// a listing and the details asked for afterwards. It then knows which folder each
// listing was of, where the details say so.
func joinDetails(out *wire.MailOutput) {
	best := map[itemKey]int{}
	joins := false
	for i := range out.Rows {
		row := &out.Rows[i]
		if row.Detail == 0 || row.Gone || row.Item == nil {
			continue
		}
		key := itemKey{row.Kind, row.ID}
		j, ok := best[key]
		if !ok || row.Detail >= out.Rows[j].Detail {
			best[key] = i
		}
		joins = joins || ok && row.Detail != out.Rows[j].Detail
	}
	if joins {
		joinRows(out, best)
	}
	for _, f := range out.Feeds {
		if f.OneFolder && f.FolderID == "" && f.Folder == "" {
			f.FolderID = commonFolder(f, out.Rows)
		}
	}
	if joins {
		out.Rows = slices.DeleteFunc(out.Rows, func(row wire.Row) bool { return row.Detail < 0 })
	}
}

// joinedAway marks a row whose values another row has taken over.
const joinedAway = -1

func joinRows(out *wire.MailOutput, best map[itemKey]int) {
	for i := range out.Rows {
		row := &out.Rows[i]
		if row.Detail == 0 || row.Gone || row.Item == nil {
			continue
		}
		to := &out.Rows[best[itemKey{row.Kind, row.ID}]]
		if row.Detail < to.Detail {
			complete(to, row)
			row.FolderID, row.Detail = to.FolderID, joinedAway
		}
	}
}

// complete fills what a row leaves unrecorded from another of the same item.
func complete(row, from *wire.Row) {
	it, other := row.Item, from.Item
	for _, a := range state.Schema() {
		if !it.Value(a.Attr).IsRecorded() {
			it.Set(a.Attr, other.Value(a.Attr))
		}
	}
	if it.Value(state.AttrAllDay).Bool() {
		it.Set(state.AttrStart, state.Value{})
		it.Set(state.AttrEnd, state.Value{})
	}
	if it.Organizer == state.Unknown {
		it.Organizer = other.Organizer
	}
	if it.ICalUID == "" {
		it.ICalUID = other.ICalUID
	}
	if it.Carries == "" {
		it.Carries = other.Carries
	}
	if it.Series == nil && row.Role == wire.Itself {
		it.Series, row.Role, row.Parent, row.Occurrence = other.Series, from.Role, from.Parent, from.Occurrence
	}
	if row.FolderID == "" {
		row.FolderID = from.FolderID
	}
}

// commonFolder is the folder in which all of a feed's rows lie, "" if one does not
// say or they differ.
func commonFolder(f *wire.Feed, rows []wire.Row) string {
	folder, first := "", true
	for i := range rows {
		if rows[i].Feed != f || rows[i].Gone {
			continue
		}
		if !first && rows[i].FolderID != folder {
			return ""
		}
		folder, first = rows[i].FolderID, false
	}
	return folder
}
