// Package golden keeps what tests expect in files: it finds the cases, compares what
// comes of them with the file beside each, and with -update writes that file anew.
// Only tests import it.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite what the tests expect in testdata")

// Update says that what is expected is to be written, not compared.
func Update() bool { return *update }

// Files lists what a pattern matches, in order; nothing at all is an error, not
// success.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, list, "no files match %s", pattern)
	return list
}

// Read is a file's content.
func Read(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(data)
}

// Each makes a text of every file that a pattern matches, and compares it with the
// file of the same name that ends in .golden.
func Each(t *testing.T, pattern string, textOf func(t *testing.T, name, content string) string) {
	t.Helper()
	for _, name := range Files(t, pattern) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), "testdata/"), func(t *testing.T) {
			got := textOf(t, name, Read(t, name))
			golden := strings.TrimSuffix(name, filepath.Ext(name)) + ".golden"
			if Update() {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
				return
			}
			require.FileExists(t, golden, "run the test with -update")
			assert.Equal(t, Read(t, golden), got)
		})
	}
}
