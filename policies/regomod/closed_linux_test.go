package regomod

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// closeWorld makes it impossible to open anything more: a file, a connection, a
// source of randomness.
func closeWorld(t *testing.T) {
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{}))
	_, err := os.Open("/etc/hostname")
	require.ErrorIs(t, err, syscall.EMFILE, "the limit must hold, or it proves nothing")
}
