package policies_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// randomPage is a settings page of either vocabulary, with some switches unstated.
func randomPage(r *rand.Rand) *state.Preference {
	p := &state.Preference{Page: []string{"new", "legacy"}[r.IntN(2)], File: "settings.json"}
	views := []string{"Key_Accounts", "key-accounts", "key accounts", "00B5g00000EVbQvEAL", `Weird "${x}" view`, "ÄÖ"}
	for _, e := range policies.Catalogue() {
		key := e.NewPage
		if p.Page == "legacy" {
			key = e.LegacyPage
		}
		switch {
		case key == "" || r.IntN(4) == 0:
		case e.Type == policies.ValueBool:
			p.Values = append(p.Values, state.PreferenceValue{Key: key, IsBool: true, Bool: r.IntN(2) == 0})
		default:
			c := e.Choices[r.IntN(len(e.Choices))]
			label, viewKey := c.New, "contacts.view"
			if p.Page == "legacy" {
				label, viewKey = c.Legacy, "filters.contacts_view"
			}
			p.Values = append(p.Values, state.PreferenceValue{Key: key, Text: label})
			if c.Value == "view" {
				p.Values = append(p.Values, state.PreferenceValue{Key: viewKey, Text: views[r.IntN(len(views))]})
			}
		}
	}
	return p
}

func withPolicy(t *testing.T, text string) *policies.Set {
	set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
	require.Empty(t, diags, "%s", text)
	return set
}

// TestFromSettingsReproduces: whatever people's pages say, the policy written from
// them gives everybody exactly that without the pages.
func TestFromSettingsReproduces(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	groups := 0
	for range 200 {
		var users []*state.User
		few := []*state.Preference{randomPage(r), randomPage(r), randomPage(r)}
		for i := range 1 + r.IntN(12) {
			u := &state.User{Address: fmt.Sprintf("p%d@acme.example", i)}
			var in []string
			for _, g := range []string{"emea", "o'brien", "field sales"} {
				if r.IntN(2) == 0 {
					in = append(in, g)
				}
			}
			u.Values[state.UserGroups] = state.TextsValue(in)
			switch r.IntN(5) {
			case 0:
				u.Preference = randomPage(r)
			case 1:
			default:
				n := r.IntN(len(few))
				u.Preference = few[n]
				u.Values[state.UserGroups] = state.TextsValue(append(in, fmt.Sprintf("like %d", n)))
			}
			users = append(users, u)
		}
		adopted := policies.FromSettings(users, "pages.json")
		require.Empty(t, adopted.Problems)
		groups += adopted.Groups
		asWritten := withPolicy(t, string(adopted.Text))
		alone := withPolicy(t, strings.Replace(string(adopted.Text), `"respect"`, `"ignore"`, 1))
		for _, u := range users {
			want := policies.Default().Resolve(u, nil)
			require.Empty(t, want.Problems)
			for _, got := range []*policies.Settings{alone.Resolve(u, nil), asWritten.Resolve(u, nil)} {
				require.Empty(t, got.Problems)
				for _, e := range policies.Catalogue() {
					if e.Setting != policies.Preferences {
						require.True(t, want.Get(e.Setting).Equal(got.Get(e.Setting).Value), "%s of %s: want %s, got %s\n%s", e.Path, u.Address,
							e.Format(want.Get(e.Setting).Value), e.Format(got.Get(e.Setting).Value), adopted.Text)
					}
				}
			}
			assert.Empty(t, asWritten.Resolve(u, nil).MembershipUnknown)
		}
	}
	assert.Greater(t, groups, 20, "groups that explain a difference are found")
}
