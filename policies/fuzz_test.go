package policies_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// FuzzLoad: whatever the bytes, Load ends in diagnostics that point into the
// sources it hands out, twice the same, and what it accepts resolves.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		require.NoError(f, err)
		for _, file := range archive.Files {
			if filepath.Ext(file.Name) == ".hcl" {
				f.Add(file.Data)
			}
		}
	}
	f.Add(policies.Starter())
	f.Add(policies.Defaults())
	f.Fuzz(func(t *testing.T, src []byte) {
		fsys := fstest.MapFS{"a.hcl": &fstest.MapFile{Data: src}}
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		_, again := policies.Load(fsys, policies.LoadOptions{})
		require.Equal(t, reported(fsys, diags), reported(fsys, again))
		for _, d := range diags {
			if d.Subject == nil {
				continue
			}
			require.Contains(t, set.Files(), d.Subject.Filename)
			require.LessOrEqual(t, d.Subject.End.Byte, len(src))
			require.LessOrEqual(t, d.Subject.Start.Byte, d.Subject.End.Byte)
		}
		if !diags.HasErrors() {
			set.Resolve(&state.User{Address: "ann@x.example"}, nil)
		}
	})
}

// BenchmarkResolve settles a user's settings over some groups, and checks that
// the answer is right.
func BenchmarkResolve(b *testing.B) {
	src, err := os.ReadFile("testdata/resolve/layers.txtar")
	require.NoError(b, err)
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse(src).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(b, diags)
	u := &state.User{Address: "ann@x.example"}
	u.Values[state.UserProfile] = state.TextValue("Sales")
	u.Values[state.UserActive] = state.BoolValue(true)
	b.ReportAllocs()
	var s *policies.Settings
	for b.Loop() {
		s = set.Resolve(u, nil)
	}
	require.Equal(b, "view:key", s.Get(policies.ContactsScope).Text)
}
