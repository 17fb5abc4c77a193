package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A tick after a file has changed runs the tests again; one after nothing has, or after
// a hidden file has come, does not. A directory that is gone is waited for.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		// In one step: half a file would be a state of its own to who watches.
		part := filepath.Join(dir, ".part")
		require.NoError(t, os.WriteFile(part, []byte(text), 0o600))
		require.NoError(t, os.Rename(part, filepath.Join(dir, name)))
	}
	write("org.hcl", "org {}\n")
	write("a_test.hcl", "test \"a\" {\n task \"x\" {}\n expect \"create\" { task = \"x\" }\n}\n")
	var out, errs bytes.Buffer
	std := streams{Out: &out, Err: &errs, Getenv: func(string) string { return "" }}
	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time)
	o := &testOptions{inputs: inputs{Policy: dir}, output: output{Format: "text", Color: "never", formats: []string{"text"}}, Watch: true, ticks: ticks}
	done := make(chan error)
	go func() { done <- o.Run(ctx, std) }()
	tick := func() {
		select {
		case ticks <- time.Time{}:
		case err := <-done:
			require.Failf(t, "watching ended", "%v", err)
		}
	}
	tick() // taken once the first run is over
	write("org.hcl", "org {\n tasks {\n downsync = false\n }\n}\n")
	tick()
	tick() // the second run is over
	write(".swap.hcl", "org {\n")
	tick()
	require.NoError(t, os.Rename(dir, dir+".away"))
	tick()
	tick() // seen to be gone
	require.NoError(t, os.Rename(dir+".away", dir))
	tick()
	tick() // the third run is over
	cancel()
	require.NoError(t, <-done)
	assert.Equal(t, 1, bytes.Count(out.Bytes(), []byte("1 test passed, 0 failed")))
	assert.Equal(t, 2, bytes.Count(out.Bytes(), []byte("0 tests passed, 1 failed")))
	assert.Equal(t, 2, bytes.Count(errs.Bytes(), []byte("Changed; running again.")))
	assert.Equal(t, 1, bytes.Count(errs.Bytes(), []byte("there is no policy directory "+dir+"; waiting for it.")))
}
