package engine_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/library"
	"weir/state"
)

// TestLibrary runs the scenarios of the ready-made policies, which lie beside
// them; -update rewrites the expected plans.
func TestLibrary(t *testing.T) {
	list := library.List()
	require.NotEmpty(t, list)
	for _, p := range list {
		t.Run(p.Name, func(t *testing.T) {
			file := filepath.Join("..", "policies", "library", p.Name, "scenario.txtar")
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			s := newScenario(t, archive)
			require.Empty(t, s.policy, "the policy is the library's")
			fsys, ok := library.Open(p.Name)
			require.True(t, ok)
			text, err := fs.ReadFile(fsys, "policy.hcl")
			require.NoError(t, err)
			s.policy, s.origin = string(text), true
			for _, u := range s.snap.Users {
				u.Values[state.UserTimeZone] = state.TextValue(u.Zone.String())
			}
			got := s.plan()
			if *update {
				s.rewrite(file, archive, got)
				return
			}
			assert.Equal(t, s.want, got)
		})
	}
}
