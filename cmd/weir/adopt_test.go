package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
)

// A policy made from people's pages gives the plan that the pages give, whether it
// respects them or stands alone, and whichever page they were on.
func TestAdoptedPolicyGivesTheSamePlan(t *testing.T) {
	pages := map[string]string{
		"new": `{"page": "new", "contacts": {"downsync": true, "scope": "All available Contacts", "forbid_to_remove": true}, "tasks": {"downsync": false}}`,
		"legacy": `{"page": "legacy", "filters": {"contacts": true, "tasks": false, "events": true, "contacts_scope": "All contacts"},
			"detailed_settings": {"contacts_auto_removal": false, "tasks_auto_removal": true}}`,
	}
	operations := map[string][]decision{}
	for name, page := range pages {
		dir := t.TempDir()
		recorded := filepath.Join(dir, "recording")
		require.NoError(t, os.CopyFS(recorded, os.DirFS("../../fixtures/acme/recording")))
		overwritten := everyPage(t, recorded, page)
		require.Positive(t, overwritten)
		before := decisions(t, "-r", recorded)
		policy := filepath.Join(dir, "policy")
		printed(t, "init", "--from-settings", recorded, policy)
		assert.Equal(t, before, decisions(t, "-r", recorded, "-p", policy), name)
		alone(t, filepath.Join(policy, initFile))
		assert.Equal(t, before, decisions(t, "-r", recorded, "-p", policy), name)
		operations[name] = before
	}
	require.NotEmpty(t, operations["new"])
	assert.Equal(t, operations["new"], operations["legacy"], "both pages say the same")
	assert.NotEqual(t, operations["new"], decisions(t, "-r", "../../fixtures/acme/recording"), "and not what was recorded")
}

// everyPage writes a page over all that are recorded.
func everyPage(t *testing.T, dir, page string) (n int) {
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "settings.json" {
			return err
		}
		n++
		return os.WriteFile(name, []byte(page), 0o600)
	}))
	return n
}

// alone makes a policy ignore people's pages.
func alone(t *testing.T, name string) {
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	changed := strings.Replace(string(text), `preferences = "respect"`, `preferences = "ignore"`, 1)
	require.NotEqual(t, string(text), changed)
	require.NoError(t, os.WriteFile(name, []byte(changed), 0o600))
}

// decision is what a plan decided, without the policy's places.
type decision struct {
	User, ID, Row, Reason string
	Held                  bool
	Changes               []engine.Change
}

func decisions(t *testing.T, args ...string) []decision {
	var plan engine.Plan
	require.NoError(t, json.Unmarshal(printed(t, append([]string{"plan", "--format", "json"}, args...)...), &plan))
	var out []decision
	for _, u := range plan.Users {
		for _, o := range u.Operations {
			out = append(out, decision{u.User, o.ID, string(o.Row), string(o.Reason.Code), o.Held, o.Changes})
		}
	}
	return out
}

// printed runs a command that must succeed and gives what it writes.
func printed(t *testing.T, args ...string) []byte {
	var out bytes.Buffer
	root := newRoot(streams{Out: &out, Err: io.Discard, Getenv: func(string) string { return "" }})
	root.SetArgs(args)
	require.NoError(t, root.Execute(), args)
	return out.Bytes()
}
