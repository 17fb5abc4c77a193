package simulate_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/fixtures"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

// twins are policies that say the same in HCL with CEL and in Rego.
var twins = map[string]struct{ hcl, rego string }{
	"the demo's policy": {hcl: `
org {
  contacts {
    forbid_to_remove = true
    forced           = ["forbid_to_remove"]
  }
  events {
    window {
      future = "90d"
    }
  }
}
group "field-sales" {
  when       = "user.profile == 'Field Sales'"
  precedence = 10
  contacts {
    scope = view.key_accounts
  }
}
group "contractors" {
  when       = "'contractors' in user.groups"
  precedence = 20
  contacts {
    downsync = false
  }
}
rule "no-private-events" {
  kinds     = ["event"]
  direction = "both"
  when      = "item.private"
  effect    = "exclude"
  reason    = "private events stay where they are"
}
`, rego: `package weir.settings

contacts.forbid_to_remove := true

forced contains "contacts.forbid_to_remove"

events.window.future := "90d"

contacts.scope := "view:key_accounts" if input.user.profile == "Field Sales"

contacts.downsync := false if "contractors" in input.user.groups
`},
	"rules of every sort": {hcl: `
rule "old" {
  kinds  = ["task"]
  when   = "item.closed && item.due < today - days(0) || item.priority == 'Low'"
  effect = "exclude"
  reason = "old or unimportant"
}
rule "outside" {
  kinds     = ["event"]
  direction = "both"
  when      = "item.attendees.exists(a, !a.email.endsWith('.example')) || !(item.location == null || item.location.startsWith('Room'))"
  effect    = "hold"
  reason    = "people from outside"
}
rule "mine" {
  kinds     = ["contact"]
  direction = "up"
  when      = "user.profile != 'Field Sales' && item.last_name.contains('a')"
  effect    = "exclude"
  reason    = "only field sales"
}
rule "recent" {
  when   = "item.modified > now - duration('36h') && item.linked"
  effect = "hold"
  reason = "too fresh"
}
`, rego: `package weir.settings

is_nobody if input.user.name == "nobody"

tasks.downsync := false if is_nobody
`},
}

// twinRules are the same rules in Rego.
var twinRules = map[string]string{
	"the demo's policy": `package weir.rules

exclude contains {"name": "no-private-events", "reason": "private events stay where they are", "kinds": ["event"], "direction": "both"} if input.item.private
`,
	"rules of every sort": `package weir.rules

exclude contains {"name": "old", "reason": "old or unimportant", "kinds": ["task"]} if dated

dated if {
	input.item.closed
	input.item.due < input.today
}

dated if input.item.priority == "Low"

hold contains {"name": "outside", "reason": "people from outside", "kinds": ["event"], "direction": "both"} if outside

outside if {
	some a in input.item.attendees
	not endswith(a.email, ".example")
}

outside if {
	input.item.location != null
	not startswith(input.item.location, "Room")
}

exclude contains {"name": "mine", "reason": "only field sales", "kinds": ["contact"], "direction": "up"} if {
	input.user.profile != "Field Sales"
	contains(input.item.last_name, "a")
}

hold contains {"name": "recent", "reason": "too fresh"} if {
	input.item.modified > input.now - (((36 * 60) * 60) * 1000000000)
	input.item.linked
}
`}

const view = `view "key_accounts" {
  list_view = "Key_Accounts"
}
`

// TestSameInBothLanguages plans and simulates every recording that ships under
// policies written twice: all but the places in the policy must be the same.
func TestSameInBothLanguages(t *testing.T) {
	recordings := map[string]fs.FS{"acme": fixtures.Acme()}
	for _, name := range fixtures.Scenarios() {
		recordings[name], _, _ = fixtures.Scenario(name)
	}
	for policy, twin := range twins {
		hcl := loaded(t, fstest.MapFS{"p.hcl": {Data: []byte(twin.hcl)}, "view.hcl": {Data: []byte(view)}})
		rego := loaded(t, fstest.MapFS{"settings.rego": {Data: []byte(twin.rego)}, "rules.rego": {Data: []byte(twinRules[policy])}, "view.hcl": {Data: []byte(view)}})
		require.Empty(t, rego.RegoOpaque())
		for name, rec := range recordings {
			t.Run(policy+"/"+name, func(t *testing.T) {
				r, diags := recording.Open(rec, recording.Options{})
				require.False(t, diags.HasErrors(), diags)
				assert.JSONEq(t, outcome(t, r, hcl), outcome(t, r, rego))
			})
		}
	}
}

func loaded(t *testing.T, fsys fs.FS) *policies.Set {
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(t, diags)
	return set
}

// outcome is the last capture's plan and a run, without places in the policy.
func outcome(t *testing.T, r *recording.Recording, set *policies.Set) string {
	snap, _ := r.At(r.Last())
	plan, diags, err := engine.MakePlan(context.Background(), snap, set, engine.Options{})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	run, _, err := simulate.Run(context.Background(), r, set, simulate.Options{Every: 6 * time.Hour})
	require.NoError(t, err)
	data, err := json.Marshal([]any{plan, run})
	require.NoError(t, err)
	var doc any
	require.NoError(t, json.Unmarshal(data, &doc))
	out, err := json.Marshal(withoutPlaces(doc))
	require.NoError(t, err)
	return string(out)
}

func withoutPlaces(doc any) any {
	switch doc := doc.(type) {
	case map[string]any:
		for key, v := range doc {
			if slices.Contains([]string{"policy", "policy_digest"}, key) {
				delete(doc, key)
				continue
			}
			doc[key] = withoutPlaces(v)
		}
	case []any:
		for i, v := range doc {
			doc[i] = withoutPlaces(v)
		}
	}
	return doc
}
