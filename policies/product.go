package policies

import "weir/state"

// ProductDefaults are the settings of somebody who never touched anything and
// whom no policy reaches: the embedded lowest layer. It has no user.
func ProductDefaults() *Settings { return Default().OrgLimits() }

// RecordedScope is the contact scope of the person's own settings page, whatever
// the policy says: what the real sync went by. The product's default where none
// was recorded or understood.
func RecordedScope(u *state.User) Value {
	if u.Preference != nil {
		if a, ok := readPreference(u.Preference, u.Address).values[ContactsScope]; ok {
			return a.Value
		}
	}
	return ProductDefaults().Get(ContactsScope).Value
}
