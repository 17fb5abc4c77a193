package recording

import (
	"weir/recording/wire"
	"weir/state"
)

// identities are the ids that items were first known by, by their later ids.
type identities map[itemKey]string

// known is the id that an item is known by.
func (ids identities) known(k state.Kind, id string) string {
	if first, ok := ids[itemKey{k, id}]; ok {
		return first
	}
	return id
}

// rename gives rows, and the series they are parts of, the ids that they are known by.
func (ids identities) rename(k state.Kind, rows []wire.Row) {
	if len(ids) == 0 {
		return
	}
	for i := range rows {
		row := &rows[i]
		row.Parent = ids.known(k, row.Parent)
		if id := ids.known(k, row.ID); id != row.ID {
			row.ID = id
			if row.Item != nil {
				row.Item = row.Item.Clone()
				row.Item.ID = id
			}
		}
	}
}

// renameLinks lets links speak of items by the ids they keep.
func (ids identities) renameLinks(lists ...[]fileLink) {
	for _, links := range lists {
		for i := range links {
			links[i].item = ids.known(links[i].kind, links[i].item)
		}
	}
}
