package check_test

import (
	"context"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/check"
	"weir/compare"
)

// counted is a directory that counts how often each file is opened.
type counted struct {
	fstest.MapFS
	opened map[string]int
}

func (c counted) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.MapFS.Open(name)
}

func (c counted) ReadFile(name string) ([]byte, error) {
	c.opened[name]++
	return c.MapFS.ReadFile(name)
}

// Whether there are tests, what comes of them and which the base has besides is asked of
// files that are read once.
func TestTestFilesAreReadOnce(t *testing.T) {
	text := map[string]string{"p.hcl": "org {\n}\n", "a_test.hcl": "test \"a\" {\n  task \"t\" {\n  }\n  expect \"create\" {\n    task = \"t\"\n  }\n}\n"}
	was, wasFS := loadedFrom(t, text)
	set, files := loadedFrom(t, text)
	fsys := counted{files, map[string]int{}}
	report, err := check.Run(context.Background(), check.Input{Files: fsys, BaseFiles: wasFS, Policy: compare.Policy{Name: "new", Set: set}, Base: &compare.Policy{Name: "old", Set: was},
		Off: map[string]string{check.PartFormat: "it reads every file"}})
	require.NoError(t, err)
	assert.Equal(t, check.Passed, report.Verdict)
	require.NotNil(t, report.Tests)
	assert.Equal(t, 1, report.Tests.Passed)
	assert.Equal(t, 1, fsys.opened["a_test.hcl"])
}
