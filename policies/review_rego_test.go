package policies_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
)

// reviewed are the summaries of what a review warns of.
func reviewed(t *testing.T, files map[string]string) []string {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(t, diags)
	var out []string
	for _, d := range set.Review() {
		out = append(out, d.Summary)
	}
	return out
}

// TestReviewKnowsRegoSettings: a switch that is off for everybody in HCL may be
// on for somebody where a Rego rule sets it, so that a rule about it is not
// without anything to stop.
func TestReviewKnowsRegoSettings(t *testing.T) {
	const off = `org {
  tasks {
    downsync = false
    upsync   = "off"
  }
}
rule "r" {
  kinds     = ["task"]
  direction = "DIRECTION"
  when      = "item.closed"
  effect    = "exclude"
}
`
	for name, c := range map[string]struct {
		direction, module string
		warns             bool
	}{
		"down, no module":                 {"down", "", true},
		"up, no module":                   {"up", "", true},
		"down, set by a module":           {"down", `tasks.downsync := true if input.user.profile == "Sales"`, false},
		"down, computed by a module":      {"down", `tasks.downsync := startswith(split(input.user.email, "@")[1], "sales")`, false},
		"up, set by a module":             {"up", `tasks.upsync := "marked" if input.user.profile == "Sales"`, false},
		"down, a module sets upsync":      {"down", `tasks.upsync := "marked" if input.user.profile == "Sales"`, true},
		"down, a module sets another":     {"down", `contacts.downsync := true if input.user.profile == "Sales"`, true},
		"both, a module sets one of them": {"both", `tasks.upsync := "marked" if input.user.profile == "Sales"`, false},
		"down, forced only":               {"down", `forced contains "tasks.downsync"`, true},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"org.hcl": strings.ReplaceAll(off, "DIRECTION", c.direction)}
			if c.module != "" {
				files["settings.rego"] = "package weir.settings\n\n" + c.module + "\n"
			}
			if c.warns {
				assert.Equal(t, []string{"Rule with nothing to stop"}, reviewed(t, files))
			} else {
				assert.Empty(t, reviewed(t, files))
			}
		})
	}
}
