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
		return lookUp(row.Kind, id, captures, i)
	}
}

// lookUp finds a folder's name. A folder that no recorded list of the kind has is
// another folder than those listed (the list leaves the default one out), so it is
// known not to be one of them, and goes by its id.
func lookUp(k state.Kind, id string, captures []*mailCapture, i int) (string, bool) {
	listed := false
	for j := i; j >= 0; j-- {
		if name, ok := captures[j].out.Folders[id]; ok {
			return name, true
		}
		listed = listed || captures[j].out.Listed[k]
	}
	for j := i + 1; j < len(captures); j++ {
		if name, ok := captures[j].out.Folders[id]; ok {
			return name, true
		}
		listed = listed || captures[j].out.Listed[k]
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
