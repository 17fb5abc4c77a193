package generate_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"weir/recording"
	"weir/recording/generate"
)

// made is a recording in memory.
func made(t testing.TB, opts generate.Options) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	_, err := generate.Run(context.Background(), opts, func(name string) (io.WriteCloser, error) {
		require.NotContains(t, fsys, name, "written twice")
		f := &memory{}
		f.keep = func() { fsys[name] = &fstest.MapFile{Data: f.Bytes()} }
		return f, nil
	}, nil)
	require.NoError(t, err)
	return fsys
}

// memory is a file in memory.
type memory struct {
	bytes.Buffer
	keep func()
}

func (f *memory) Close() error {
	f.keep()
	return nil
}

var small = generate.Options{Users: 30, Contacts: 600, Tasks: 600, Events: 900, Sessions: 12, Seed: 7}

func TestReads(t *testing.T) {
	fsys := made(t, small)
	_, diags := recording.Open(fsys, recording.Options{})
	for _, d := range diags {
		t.Log(d.Subject, d.Summary, d.Detail)
	}
}
