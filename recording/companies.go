package recording

import (
	"weir/recording/salesforce"
	"weir/recording/wire"
	"weir/state"
)

// companies gives contacts the name of their account where their own rows carry
// only its id: what was not selected with the contact may have been recorded beside it.
type companies struct {
	names map[string]state.Value     // account -> name
	of    map[string]map[string]bool // account -> contacts whose company is its name
}

func newCompanies() *companies {
	return &companies{map[string]state.Value{}, map[string]map[string]bool{}}
}

// apply fills in the companies of a capture's contacts, and returns the rows of
// other contacts whose account this capture renamed.
func (c *companies) apply(accounts []salesforce.Account, rows []wire.Row, contact func(id string) *state.Item) []wire.Row {
	renamed := c.rename(accounts)
	shown := map[string]bool{}
	for i := range rows {
		if row := &rows[i]; row.Kind == state.Contact && row.Item != nil {
			shown[row.ID] = true
			c.fill(row)
		}
	}
	var out []wire.Row
	for _, account := range sortedKeys(renamed) {
		for _, id := range sortedKeys(c.of[account]) {
			if it := contact(id); it != nil && !shown[id] && accountOf(it).Text() == account {
				it = it.Clone()
				it.Set(state.AttrCompany, c.names[account])
				out = append(out, wire.Row{Kind: state.Contact, ID: id, Item: it, Derived: true})
			}
		}
	}
	return out
}

// rename takes the accounts' names and tells which are new. A deleted account
// keeps its last name: its contacts were not changed by that.
func (c *companies) rename(accounts []salesforce.Account) map[string]bool {
	renamed := map[string]bool{}
	for _, a := range accounts {
		if old, ok := c.names[a.ID]; a.Gone || !a.Name.IsRecorded() || ok && old.Equal(a.Name) {
			continue
		}
		c.names[a.ID] = a.Name
		renamed[a.ID] = true
	}
	return renamed
}

func (c *companies) fill(row *wire.Row) {
	account := accountOf(row.Item)
	if row.Item.Value(state.AttrCompany).IsRecorded() || !account.IsRecorded() {
		return
	}
	if !account.IsKnown() {
		row.Item.Set(state.AttrCompany, state.EmptyValue())
		return
	}
	id := account.Text()
	if c.of[id] == nil {
		c.of[id] = map[string]bool{}
	}
	c.of[id][row.ID] = true
	row.Item.Set(state.AttrCompany, c.names[id])
}

// accountOf is the id of a contact's account, as its row shows it.
func accountOf(it *state.Item) state.Value {
	v := it.Custom["AccountId"]
	if v.IsKnown() {
		id, _ := salesforce.NormalizeID(v.Text())
		return state.TextValue(id)
	}
	return v
}
