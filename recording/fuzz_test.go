package recording_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording"
)

// FuzzManifest reads whole recordings of which any file may be anything.
func FuzzManifest(f *testing.F) {
	for _, pattern := range []string{"testdata/recordings/*.txtar", "testdata/broken/*.txtar"} {
		for _, name := range golden.Files(f, pattern) {
			a, err := txtar.ParseFile(name)
			require.NoError(f, err)
			f.Add(txtar.Format(a))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a := parse(data)
		if a == nil {
			t.Skip()
		}
		fsys, _ := split(a)
		for name := range fsys.(fstest.MapFS) {
			if !valid(name) {
				t.Skip()
			}
		}
		r, diags := recording.Open(fsys, recording.Options{})
		require.Equal(t, r == nil, diags.HasErrors())
		for _, d := range diags {
			require.NotNil(t, d.Subject)
		}
		if r == nil {
			return
		}
		for _, at := range []time.Time{{}, r.First(), r.Last()} {
			s, _ := r.At(at)
			for _, u := range s.Users {
				_, err := s.Mailboxes.Mailbox(u)
				require.NoError(t, err)
			}
		}
		_ = r.Inspect()
	})
}

// parse reads an archive; nil where the archive's own parser gives up by a panic,
// which it does for a marker without a name.
func parse(data []byte) (a *txtar.Archive) {
	defer func() {
		if recover() != nil {
			a = nil
		}
	}()
	return txtar.Parse(data)
}

// valid reports whether a map can serve the name as a file at all.
func valid(name string) bool {
	if name == "." || name == "" {
		return false
	}
	_, err := fstest.MapFS{name: {}}.Open(name)
	return err == nil
}
