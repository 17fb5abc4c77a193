package policies_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// productDefaults is the table of the language reference: every setting with its
// default, "not set" for limits that are off.
var productDefaults = map[string]string{
	"contacts.downsync": "true", "tasks.downsync": "true", "events.downsync": "true",
	"contacts.scope":            "mine",
	"contacts.forbid_to_remove": "false", "tasks.forbid_to_remove": "false",
	"tasks.window.completed": "14d", "events.window.past": "14d", "events.window.future": "60d",
	"contacts.when_out": "keep", "tasks.when_out": "keep", "events.when_out": "remove_if_born_in_salesforce",
	"contacts.conflict": "newest", "tasks.conflict": "newest", "events.conflict": "newest",
	"contacts.upsync": "marked", "tasks.upsync": "marked", "events.upsync": "auto",
	"events.removal": "propagate", "tasks.logged": "skip", "events.when_declined": "include",
	"contacts.when_moved": "unlink", "tasks.when_moved": "unlink", "events.when_moved": "unlink",
	"preferences": "respect", "sync": "on",
	"limits.mailbox_deletes.percent": "30", "limits.mailbox_deletes.floor": "10", "limits.mailbox_deletes.max": "not set",
	"limits.salesforce_deletes.percent": "5", "limits.salesforce_deletes.floor": "10", "limits.salesforce_deletes.max": "500",
	"limits.mailbox_creates.percent": "not set", "limits.mailbox_creates.floor": "not set", "limits.mailbox_creates.max": "not set",
	"limits.mailbox_updates.percent": "not set", "limits.mailbox_updates.floor": "not set", "limits.mailbox_updates.max": "not set",
	"limits.salesforce_creates.percent": "not set", "limits.salesforce_creates.floor": "not set", "limits.salesforce_creates.max": "not set",
}

func TestDefaultsReproduceTheProduct(t *testing.T) {
	limits := policies.Default().OrgLimits()
	settings := policies.Default().Resolve(&state.User{Address: "ann@x.example"}, nil)
	got := map[string]string{}
	for _, e := range policies.Catalogue() {
		r := settings.Get(e.Setting)
		got[e.Path] = e.Format(r.Value)
		assert.Equal(t, r, limits.Get(e.Setting), e.Path)
		assert.Empty(t, r.Overruled, e.Path)
		if !r.Set {
			assert.Equal(t, policies.ValueNumber, e.Type, "only limits may be unset: %s", e.Path)
			assert.Equal(t, policies.Origin{}, r.Origin)
			continue
		}
		assert.Equal(t, policies.LayerDefaults, r.Origin.Layer)
		assert.Equal(t, "defaults.hcl", r.Origin.File)
		line := strings.Split(string(policies.Defaults()), "\n")[r.Origin.Line-1]
		assert.Contains(t, line, e.Path[strings.LastIndex(e.Path, ".")+1:]+" ")
	}
	assert.Equal(t, productDefaults, got)
}

func TestCatalogueIsWhole(t *testing.T) {
	entries := policies.Catalogue()
	require.Len(t, entries, int(policies.NumSettings)-1)
	paths := map[string]bool{}
	for i, e := range entries {
		assert.Equal(t, policies.Setting(i+1), e.Setting)
		assert.False(t, paths[e.Path], e.Path)
		paths[e.Path] = true
		assert.NotEqual(t, policies.ValueInvalid, e.Type, e.Path)
		assert.Equal(t, e.Type == policies.ValueEnum, len(e.Enum) > 0, e.Path)
		assert.NotEmpty(t, e.Layers, e.Path)
		assert.NotEmpty(t, e.Doc, e.Path)
		assert.Equal(t, e.Path, e.Setting.String())
		assert.Equal(t, e, *e.Setting.Entry())
		id, ok := policies.ParseSetting(e.Path)
		assert.True(t, ok)
		assert.Equal(t, e.Setting, id)
		assert.Equal(t, e.NewPage == "", e.LegacyPage == "", "%s is on one page only", e.Path)
	}
	_, ok := policies.ParseSetting("events.forbid_to_remove")
	assert.False(t, ok)
	assert.Equal(t, "invalid", policies.SettingInvalid.String())
	assert.Equal(t, "invalid", policies.NumSettings.String())
	assert.Empty(t, policies.NumSettings.Entry().Path)
}

func TestLayersOfSettings(t *testing.T) {
	cases := map[string]map[policies.Layer]bool{
		"preferences":                   {policies.LayerOrg: true, policies.LayerGroup: false, policies.LayerUser: false},
		"sync":                          {policies.LayerOrg: true, policies.LayerGroup: true, policies.LayerUser: true},
		"limits.salesforce_deletes.max": {policies.LayerOrg: true, policies.LayerGroup: false, policies.LayerUser: false},
		"limits.mailbox_deletes.max":    {policies.LayerOrg: true, policies.LayerGroup: true, policies.LayerUser: true},
		"contacts.scope":                {policies.LayerOrg: true, policies.LayerRego: true, policies.LayerPreference: false},
	}
	for path, layers := range cases {
		id, ok := policies.ParseSetting(path)
		require.True(t, ok)
		for layer, want := range layers {
			assert.Equal(t, want, id.Entry().In(layer), "%s in %s", path, layer)
		}
		assert.True(t, id.Entry().In(policies.LayerDefaults))
	}
}

func TestKindsOfSettings(t *testing.T) {
	s := policies.Default().OrgLimits()
	for _, k := range state.Kinds() {
		r, ok := s.ForKind(k, "downsync")
		assert.True(t, ok)
		assert.True(t, r.Bool)
	}
	_, ok := s.ForKind(state.Event, "forbid_to_remove")
	assert.False(t, ok)
	assert.Equal(t, state.Task, policies.TasksCompleted.Entry().Kind())
	assert.Equal(t, state.KindInvalid, policies.Sync.Entry().Kind())
}

// Every setting can be written in a policy and read back as written.
func TestEverySettingCanBeWritten(t *testing.T) {
	for _, e := range policies.Catalogue() {
		for written, want := range samples(e) {
			words := strings.Split(e.Path, ".")
			text := words[len(words)-1] + " = " + written + "\n"
			for i := len(words) - 2; i >= 0; i-- {
				text = words[i] + " {\n" + text + "}\n"
			}
			set := load(t, "a.hcl", "org {\n"+text+"}\nview \"v\" {\n  list_view = \"V\"\n}\n")
			r := set.OrgLimits().Get(e.Setting)
			assert.Equal(t, want, e.Format(r.Value), e.Path)
			assert.Equal(t, policies.LayerOrg, r.Origin.Layer, e.Path)
			assert.Equal(t, len(words)+1, r.Origin.Line, e.Path)
		}
	}
}

func samples(e policies.Entry) map[string]string {
	switch e.Type {
	case policies.ValueBool:
		return map[string]string{"true": "true", "false": "false"}
	case policies.ValueScope:
		return map[string]string{`"all"`: "all", `"mine"`: "mine", "view.v": "view:v"}
	case policies.ValueWindow:
		return map[string]string{`"0d"`: "0d", `"3w"`: "21d", `"unlimited"`: "unlimited", `"36500d"`: "36500d"}
	case policies.ValueNumber:
		return map[string]string{"0": "0", "100": "100"}
	}
	out := map[string]string{}
	for _, v := range e.Enum {
		out[`"`+v+`"`] = v
	}
	return out
}

// The organisation's own limits never come from a group or a user.
func TestOrgLimitsAreTheOrganisations(t *testing.T) {
	set := load(t, "a.hcl", `org {
  limits {
    mailbox_deletes {
      percent = 50
    }
  }
}
group "g" {
  when = "true"
  limits {
    mailbox_deletes {
      percent = 60
      max     = 1
    }
  }
}
`)
	org := set.OrgLimits()
	assert.EqualValues(t, 50, org.Get(policies.MailboxDeletesPercent).Number)
	assert.EqualValues(t, 10, org.Get(policies.MailboxDeletesFloor).Number)
	assert.False(t, org.Get(policies.MailboxDeletesMax).Set)
	user := set.Resolve(&state.User{Address: "a@x"}, nil)
	assert.EqualValues(t, 60, user.Get(policies.MailboxDeletesPercent).Number)
	assert.EqualValues(t, 1, user.Get(policies.MailboxDeletesMax).Number)
}

// A condition that fails is no answer: the membership is unknown, and it is said.
func TestFailingMembershipIsUnknown(t *testing.T) {
	set := load(t, "a.hcl", "group \"g\" {\n  when = \"int(user.name) > 3\"\n  tasks {\n    downsync = false\n  }\n}\n")
	u := &state.User{Address: "ann@x.example"}
	u.Values[state.UserName] = state.TextValue("Ann")
	s := set.Resolve(u, nil)
	require.Len(t, s.Problems, 1)
	assert.Equal(t, "Membership not known", s.Problems[0].Summary)
	assert.Contains(t, s.Problems[0].Detail, `Whether ann@x.example is in group "g" cannot be told: `)
	assert.Len(t, s.MembershipUnknown, 1)
	assert.True(t, s.Get(policies.TasksDownsync).Bool)
}
