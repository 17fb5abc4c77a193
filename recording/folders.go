package recording

import (
	"strings"

	"weir/recording/wire"
	"weir/state"
)

// nameFolders gives every contact and task the display name of its folder or
// list: what capture.json says of the file, else the recorded list of folders (the
// latest before the capture, else the first after it). An id that is itself a sync
// folder's name counts as a name, and then so do the other ids of the mailbox.
func nameFolders(captures []*mailCapture, markers state.Markers) {
	plainNames := idsAreNames(captures, markers)
	for i, c := range captures {
		for j := range c.out.Rows {
			row := &c.out.Rows[j]
			if row.Item != nil && row.Kind != state.Event {
				row.Item.Folder, row.Item.FolderKnown = folderName(row, captures, i, plainNames)
			}
		}
	}
}

func folderName(row *wire.Row, captures []*mailCapture, i int, plainNames bool) (string, bool) {
	switch id := row.FolderID; {
	case row.Feed != nil && row.Feed.Folder != "":
		return row.Feed.Folder, true
	case id == "":
		return "", false
	case plainNames:
		return id, true
	default:
		return lookUp(id, captures, i)
	}
}

// lookUp finds a folder's name. A folder that no recorded list has is another
// folder than those listed (the list leaves the default one out), so it is known
// not to be one of them, and goes by its id.
func lookUp(id string, captures []*mailCapture, i int) (string, bool) {
	listed := false
	for j := i; j >= 0; j-- {
		if name, ok := captures[j].out.Folders[id]; ok {
			return name, true
		}
		listed = listed || len(captures[j].out.Folders) > 0
	}
	for j := i + 1; j < len(captures); j++ {
		if name, ok := captures[j].out.Folders[id]; ok {
			return name, true
		}
		listed = listed || len(captures[j].out.Folders) > 0
	}
	if listed {
		return id, true
	}
	return "", false
}

func idsAreNames(captures []*mailCapture, markers state.Markers) bool {
	for _, c := range captures {
		for j := range c.out.Rows {
			id := c.out.Rows[j].FolderID
			if id != "" && (strings.EqualFold(id, markers.ContactFolder) || strings.EqualFold(id, markers.TaskFolder)) {
				return true
			}
		}
	}
	return false
}

// markMoved marks the linked items a person took out of the sync's reach: given
// the unsync category, or a contact or task that left the sync folder without
// keeping the category. An item that left it but whose categories were not
// recorded is unseen.
func markMoved(m *state.MailboxState, markers state.Markers) {
	for _, link := range m.Links.All() {
		o := m.Items[link.Kind].Get(link.ItemID)
		if o == nil {
			continue
		}
		if moved := movedVersions(o, markers); moved != nil {
			m.Items[link.Kind].Put(moved)
		}
	}
}

// movedVersions is the object with its versions marked; nil if none is.
func movedVersions(o *state.Object, markers state.Markers) *state.Object {
	var out *state.Object
	wasInside := false
	for i, v := range o.Versions {
		if v.Item == nil {
			continue
		}
		next := v.State
		if v.State == state.Live {
			next = moved(v.Item, wasInside, markers)
		}
		wasInside = wasInside || markers.InFolder(v.Item) == state.True
		if next == v.State {
			continue
		}
		if out == nil {
			c := *o
			c.Versions = append([]state.Version(nil), o.Versions...)
			out = &c
		}
		out.Versions[i].State = next
	}
	return out
}

// moved is the liveness of a linked item that exists.
func moved(it *state.Item, wasInside bool, markers state.Markers) state.Liveness {
	switch {
	case it.HasCategory(markers.UnsyncCategory):
		return state.Moved
	case !wasInside || markers.InFolder(it) != state.False || it.HasCategory(markers.Category):
		return state.Live
	case it.Value(state.AttrCategories).IsRecorded():
		return state.Moved
	}
	return state.Unseen
}
