//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInterruptLeavesTheOldFile interrupts a long run while it writes: what -o named
// before is untouched, and nothing else is left beside it.
func TestInterruptLeavesTheOldFile(t *testing.T) {
	for _, c := range []struct {
		format string
		signal syscall.Signal
	}{{"json", syscall.SIGINT}, {"ndjson", syscall.SIGINT}, {"ndjson", syscall.SIGTERM}, {"ndjson", syscall.SIGHUP}, {"text", syscall.SIGINT}} {
		format := c.format
		t.Run(format+" "+c.signal.String(), func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "out")
			require.NoError(t, os.WriteFile(out, []byte("as it was\n"), 0o600))
			exe, err := os.Executable()
			require.NoError(t, err)
			weir := exec.Command(exe)
			weir.Args = []string{"weir", "simulate", "--every", "1m", "--to", "2046-01-01", "--format", format, "-o", out}
			said, err := weir.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, weir.Start())
			lines := bufio.NewReader(said)
			_, err = lines.ReadString('\n') // that the demo stands in: weir is at work
			require.NoError(t, err)
			if format == "ndjson" { // the others make no file before they are done
				require.Eventually(t, func() bool {
					made, err := filepath.Glob(filepath.Join(dir, ".weir-*"))
					return err == nil && len(made) == 1
				}, time.Minute, 10*time.Millisecond, "the run has begun to write")
			}
			require.NoError(t, weir.Process.Signal(c.signal))
			rest, err := io.ReadAll(lines)
			require.NoError(t, err)
			err = weir.Wait()
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit, "an interrupted run does not end well: %s", rest)
			assert.Equal(t, 1, exit.ExitCode(), string(rest))
			assert.Contains(t, string(rest), "interrupted")
			text, err := os.ReadFile(out)
			require.NoError(t, err)
			assert.Equal(t, "as it was\n", string(text))
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			assert.Len(t, left, 1, "no temporary file stays")
		})
	}
}
