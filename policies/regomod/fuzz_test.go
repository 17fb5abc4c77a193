package regomod

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// seeds are the modules of the corpora and the library.
func seeds(f *testing.F) []string {
	var out []string
	for _, root := range []string{"testdata", "../library"} {
		require.NoError(f, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".rego" {
				return err
			}
			text, err := os.ReadFile(path)
			out = append(out, string(text))
			return err
		}))
	}
	require.Greater(f, len(out), 10)
	return out
}

// FuzzCompile: whatever a module says, it ends in diagnostics that point into it,
// twice the same, and the rules of what is accepted can be asked about an item of
// which everything is recorded and about one of which nothing is. The hostile
// policies are no seeds: each takes a second, and nothing would be tried.
func FuzzCompile(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	full := known()
	blank := *full
	blank.Item, blank.User = state.NewItem(state.Event, state.Salesforce, "00U"), &state.User{ID: "005"}
	f.Fuzz(func(t *testing.T, text string) {
		src := []Source{{Path: "a.rego", Text: []byte(text)}, {Path: "lib.rego", Text: []byte(lib)}}
		p, diags := Compile(src, testEnv)
		_, again := Compile(src, testEnv)
		require.Equal(t, said(diags), said(again))
		require.Equal(t, diags.HasErrors(), p == nil)
		for _, d := range diags {
			require.NotEmpty(t, d.Summary)
			require.NotNil(t, d.Subject)
			if d.Subject.Filename == "a.rego" {
				require.LessOrEqual(t, d.Subject.End.Byte, len(text))
				require.LessOrEqual(t, d.Subject.Start.Byte, d.Subject.End.Byte)
			}
		}
		if p == nil {
			return
		}
		for _, r := range p.Rules {
			for _, s := range []*cond.Subject{full, &blank} {
				if truth, err := r.When.Eval(s); err != nil {
					require.Equal(t, state.Unknown, truth, "an error is never a truth")
				}
			}
		}
	})
}

// FuzzFormat: what is formatted can be formatted again, and then stays as it is.
func FuzzFormat(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		started := time.AfterFunc(5*time.Second, func() { panic("formatting does not end: " + strconv.Quote(text)) })
		defer started.Stop()
		once, diags := Format([]byte(text), "a.rego")
		if diags.HasErrors() {
			require.Nil(t, once)
			return
		}
		twice, diags := Format(once, "a.rego")
		require.Empty(t, diags)
		require.Equal(t, string(once), string(twice))
	})
}

// said is what diagnostics say, without what they point to in memory.
func said(diags hcl.Diagnostics) []string {
	out := make([]string, len(diags))
	for i, d := range diags {
		out[i] = d.Error()
	}
	return out
}
