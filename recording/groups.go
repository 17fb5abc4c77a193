package recording

import (
	"weir/recording/wire"
	"weir/state"
)

// nameGroups turns memberships of contact groups into categories: the names the
// latest list of groups up to the capture gives them, else the first list after
// it. Where a name was never recorded the categories stay unrecorded: the group
// may be the one that marks what is synced.
func nameGroups(captures []*mailCapture, problems *wire.Problems) {
	for i, c := range captures {
		for j := range c.out.Rows {
			row := &c.out.Rows[j]
			if row.Item == nil || row.Groups == nil {
				continue
			}
			if names, ok := groupNames(row.Groups, captures, i); ok {
				row.Item.Set(state.AttrCategories, state.TextsValue(names))
				continue
			}
			row.Item.Set(state.AttrCategories, state.Value{})
			problems.Warn(row.Item.File, row.Pos, "Group without a name", "This contact is in a group whose name was not recorded, so its categories are not known. Record the list of groups beside it.")
		}
	}
}

func groupNames(ids []string, captures []*mailCapture, at int) ([]string, bool) {
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		name, ok := groupName(id, captures, at)
		if !ok {
			return nil, false
		}
		names = append(names, name)
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
