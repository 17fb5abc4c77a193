package mutate_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/library"
	"weir/policies/mutate"
)

const policy = `org {
  contacts {
    downsync         = true
    scope            = "mine"
    forced           = ["scope", "forbid_to_remove"]
    forbid_to_remove = true
  }
  tasks {
    window {
      completed = "2w"
    }
  }
  limits {
    salesforce_deletes {
      floor = 0
    }
  }
}

group "field" {
  when = "user.profile == 'Field' && (user.role == 'A && B' || 'x' in user.groups)"
  events {
    when_out = "keep"
  }
}

rule "no-private" {
  kinds     = ["event", "task"]
  direction = "both"
  when      = "item.private"
  effect    = "exclude"
  reason    = "r"
}
`

const module = `package weir.settings

default_days := 3

contacts.downsync := true if {
	input.user.profile == "Field"
	default_days > 2
}
`

func directory() fstest.MapFS {
	return fstest.MapFS{"org.hcl": {Data: []byte(policy)}, "settings.rego": {Data: []byte(module)}, "org_test.hcl": {Data: []byte("x")}}
}

func load(t *testing.T, fsys fs.FS) *policies.Set {
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

// Every mutant is one change that the policy's reader would recognise.
func TestOf(t *testing.T) {
	var got []string
	for _, m := range mutate.Of(load(t, directory())) {
		got = append(got, m.Text)
	}
	assert.Equal(t, []string{
		"contacts.downsync: true, now false",
		`contacts.scope: "mine", now "all"`,
		`contacts.forced: without "forbid_to_remove"`,
		`contacts.forced: without "scope"`,
		"contacts.forbid_to_remove: true, now false",
		`tasks.window.completed: "2w", now "13d"`,
		`tasks.window.completed: "2w", now "15d"`,
		"limits.salesforce_deletes.floor: 0, now 1",
		`group "field": when without "user.profile == 'Field'"`,
		`group "field": when without "(user.role == 'A && B' || 'x' in user.groups)"`,
		`group "field": when without "user.role == 'A && B'"`,
		`group "field": when without "'x' in user.groups"`,
		`group "field": events.when_out: "keep", now "remove"`,
		`group "field": events.when_out: "keep", now "remove_if_born_in_salesforce"`,
		`rule "no-private": left out`,
		`rule "no-private": kinds without "event"`,
		`rule "no-private": kinds without "task"`,
		`rule "no-private": direction: "both", now "down"`,
		`rule "no-private": direction: "both", now "up"`,
		`rule "no-private": when: always true`,
		`rule "no-private": effect: "exclude", now "hold"`,
		"contacts.downsync: true, now false",
		`contacts.downsync: without "input.user.profile == \"Field\""`,
		`contacts.downsync: without "default_days > 2"`,
	}, got)
}

// Every mutant loads, is not the policy it came from, and does not touch the
// directory.
func TestMutantsLoad(t *testing.T) {
	fsys := directory()
	original := load(t, fsys)
	for _, m := range mutate.Of(original) {
		changed, err := m.Apply(fsys)
		require.NoError(t, err, m.Text)
		set, diags := policies.Load(changed, policies.LoadOptions{})
		assert.False(t, diags.HasErrors(), "%s: %s", m.Text, diags)
		assert.NotEqual(t, original.Digests(), set.Digests(), m.Text)
		assert.False(t, policies.Equivalent(original, set), m.Text)
		assert.True(t, policies.Equivalent(set, set), m.Text)
	}
	assert.Equal(t, directory(), fsys)
}

// The mutants of ready-made policies load too, but for those of Rego modules that
// lose the line that binds a variable.
func TestLibrary(t *testing.T) {
	for _, p := range library.List() {
		name := p.Name
		fsys, ok := library.Open(name)
		require.True(t, ok)
		set := load(t, fsys)
		mutants := mutate.Of(set)
		assert.NotEmpty(t, mutants, name)
		for _, m := range mutants {
			changed, err := m.Apply(fsys)
			require.NoError(t, err)
			_, diags := policies.Load(changed, policies.LoadOptions{})
			assert.True(t, !diags.HasErrors() || strings.HasSuffix(m.File, ".rego"), "%s: %s: %s", name, m.Text, diags)
		}
	}
}

// What is proved to decide the same is no mutant.
func TestEquivalentLeavesOut(t *testing.T) {
	for name, pair := range map[string][2]string{
		"redundant part":        {`rule "r" { when = "item.private && item.private" effect = "exclude" }`, `rule "r" { when = "item.private" effect = "exclude" }`},
		"no page has it":        {`org { tasks { forced = ["window.completed"] } }`, `org { tasks { forced = [] } }`},
		"preferences ignored":   {`org { preferences = "ignore" contacts { forced = ["scope"] } }`, `org { preferences = "ignore" contacts { forced = [] } }`},
		"forced by org already": {`org { contacts { forced = ["scope"] } } group "g" { when = "user.active" contacts { forced = ["scope"] } }`, `org { contacts { forced = ["scope"] } } group "g" { when = "user.active" contacts { forced = [] } }`},
		"never applies":         {`rule "r" { kinds = ["task"] when = "item.closed && !item.closed" effect = "exclude" }`, ``},
	} {
		a, b := load(t, one(pair[0])), load(t, one(pair[1]))
		assert.True(t, policies.Equivalent(a, b), name)
		assert.True(t, policies.Equivalent(b, a), name)
	}
}

// one is a policy of one file; blocks may stand on one line.
func one(text string) fs.FS {
	for _, word := range []string{"{ ", " }", `" when`, `" effect`, `" contacts`} {
		switch word {
		case "{ ":
			text = strings.ReplaceAll(text, word, "{\n")
		case " }":
			text = strings.ReplaceAll(text, word, "\n}\n")
		default:
			text = strings.ReplaceAll(text, word, "\"\n"+word[2:])
		}
	}
	text = strings.ReplaceAll(text, "] when", "]\nwhen")
	return fstest.MapFS{"p.hcl": {Data: []byte("weir {}\n" + text)}}
}

// Run sorts the mutants by what became of them, and stops where it is told to.
func TestRun(t *testing.T) {
	fsys := directory()
	notices := func(_ context.Context, _ fs.FS, set *policies.Set) (bool, error) { return len(set.Rules()) == 0, nil }
	r, err := mutate.Run(context.Background(), fsys, policies.LoadOptions{}, 0, notices)
	require.NoError(t, err)
	assert.Equal(t, 24, r.Mutants)
	assert.Equal(t, 1, r.Noticed)
	assert.Len(t, r.Unnoticed, 23)

	r, err = mutate.Run(context.Background(), fsys, policies.LoadOptions{}, 5, notices)
	require.NoError(t, err)
	assert.Equal(t, 19, r.NotTried)

	over, cancel := context.WithCancel(context.Background())
	cancel()
	r, err = mutate.Run(over, fsys, policies.LoadOptions{}, 0, notices)
	require.NoError(t, err)
	assert.Equal(t, 24, r.NotTried)
}
