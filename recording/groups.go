package recording

import (
	"slices"
	"strings"

	"weir/recording/wire"
	"weir/state"
)

// nameGroups turns memberships of contact groups into categories: the names the
// latest list of groups up to the capture gives them, else the first list after
// it. A group named as the sync's folder of contacts stands for that folder. Where a
// name was never recorded the categories stay unrecorded: the group may be the one
// that marks what is synced.
func nameGroups(captures []*mailCapture, markers state.Markers, problems *wire.Problems) {
	for i, c := range captures {
		for j := range c.out.Rows {
			row := &c.out.Rows[j]
			if row.Item == nil || row.Groups == nil {
				continue
			}
			names, ok := groupNames(row.Groups, captures, i)
			if ok {
				row.Item.Set(state.AttrCategories, state.TextsValue(names))
				row.Item.Folder, row.Item.FolderKnown = groupFolder(names, markers), true
				continue
			}
			row.Item.Set(state.AttrCategories, state.Value{})
			problems.Warn(row.Item.File, row.Pos, "Group without a name", "This contact is in a group whose name was not recorded, so its categories are not known. Record the list of groups beside it.")
		}
	}
}

// groupFolder is the group that stands for the sync's folder; "" if the contact is not
// in it.
func groupFolder(names []string, markers state.Markers) string {
	if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, markers.ContactFolder) }); i >= 0 {
		return names[i]
	}
	return ""
}

// groupNames are the names of groups, those left out that are none of the person's.
func groupNames(ids []string, captures []*mailCapture, at int) ([]string, bool) {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		name, ok := groupName(id, captures, at)
		if !ok {
			return nil, false
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, true
}

func groupName(id string, captures []*mailCapture, at int) (string, bool) {
	for j := at; j >= 0; j-- {
		if name, ok := captures[j].out.Groups[id]; ok {
			return name, true
		}
	}
	for j := at + 1; j < len(captures); j++ {
		if name, ok := captures[j].out.Groups[id]; ok {
			return name, true
		}
	}
	return "", false
}
