package policies_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

func loadText(t *testing.T, text string) *policies.Set {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

const beforeText = `org {
  contacts {
    scope  = "mine"
    forced = ["scope"]
  }
  limits {
    salesforce_deletes {
      max = 5
    }
  }
}
group "field" {
  when = "user.profile == 'Field' && user.profile == 'Field'"
  limits {
    mailbox_deletes {
      percent = 1
    }
  }
}
rule "old" {
  when   = "item.private"
  effect = "exclude"
}
rule "same" {
  when   = "item.private"
  effect = "hold"
}
`

const afterText = `rule "same" {
  when   = "item.private && item.private"
  effect = "hold"
}
org {
  contacts {
    scope = "all"
  }
  limits {
    salesforce_deletes {
      max = 5000
    }
  }
}
group "field" {
  when = "user.profile == 'Field'"
  limits {
    mailbox_deletes {
      percent = 100
    }
  }
}
group "new" {
  when = "user.active"
  tasks {
    downsync = false
  }
}
`

// Changes name what differs and nothing that means the same.
func TestChanges(t *testing.T) {
	before, after := loadText(t, beforeText), loadText(t, afterText)
	var got []string
	for _, c := range policies.Changes(before, after) {
		got = append(got, c.What+": "+c.Text)
	}
	assert.Equal(t, []string{
		"forced contacts.scope: is no longer forced",
		`group "new": is new`,
		`rule "old": is gone`,
		"setting contacts.scope: was mine, is now all",
		`setting group "field": limits.mailbox_deletes.percent: was 1, is now 100`,
		`setting group "new": tasks.downsync: is now false, was not set`,
		"setting limits.salesforce_deletes.max: was 5, is now 5000",
	}, got)
	assert.Empty(t, policies.Changes(before, before))
	assert.Empty(t, policies.Changes(before, loadText(t, beforeText)))
}

// Under another policy's limits a change can lift none, for anybody, and sets
// everything else as it says.
func TestWithLimitsOf(t *testing.T) {
	before, after := loadText(t, beforeText), loadText(t, afterText)
	u := &state.User{Address: "ann@acme.example"}
	u.Values[state.UserProfile] = state.TextValue("Field")
	u.Values[state.UserActive] = state.BoolValue(true)
	got := after.WithLimitsOf(before).Resolve(u, &state.Directory{})
	assert.EqualValues(t, 5, got.Get(policies.SalesforceDeletesMax).Number)
	assert.EqualValues(t, 1, got.Get(policies.MailboxDeletesPercent).Number)
	assert.False(t, got.Get(policies.TasksDownsync).Bool)
	assert.Equal(t, "all", got.Get(policies.ContactsScope).Text)
	assert.EqualValues(t, 5000, after.Resolve(u, &state.Directory{}).Get(policies.SalesforceDeletesMax).Number, "the policy itself is untouched")
}

// Lint finds what is valid and not wanted, and nothing in the ready-made policy.
func TestLint(t *testing.T) {
	set := loadText(t, `org {
  tasks {
    forced = ["window.completed"]
  }
}
view "unused" {
  list_view = "Unused"
}
group "a" {
  when = "user.profile == 'A'"
  contacts {
    scope = "all"
  }
}
group "b" {
  when = "user.role == 'B'"
  contacts {
    scope = "mine"
  }
}
group "c" {
  when = "user.profile == 'C'"
  contacts {
    scope = "mine"
  }
}
`)
	var got []string
	for _, d := range set.Lint() {
		got = append(got, d.Summary)
	}
	assert.ElementsMatch(t, []string{"Forced in vain", "Unused view", "Groups that overlap"}, got)
	assert.Empty(t, policies.Default().Lint())
	starter, diags := policies.Load(fstest.MapFS{"s.hcl": {Data: policies.Starter()}}, policies.LoadOptions{})
	require.Empty(t, diags)
	assert.Empty(t, starter.Lint())
}
