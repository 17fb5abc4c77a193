package main

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/hclfile"
	"weir/policies/library"
)

// Any two ready-made policies make a valid policy together, or the message says
// what they disagree about. Nothing of their text is lost.
func TestLibraryInPairs(t *testing.T) {
	list := library.List()
	require.NotEmpty(t, list)
	together := 0
	for i, a := range list {
		for _, b := range list[i:] {
			names := []string{a.Name, b.Name}
			files, err := libraryFiles(names)
			var hinted *errWithHint
			if errors.As(err, &hinted) {
				assert.Contains(t, err.Error(), a.Name+" and "+b.Name+" do not go together: for ")
				continue
			}
			require.NoError(t, err)
			together++
			set, diags := policies.Load(mapped(files), policies.LoadOptions{})
			require.Empty(t, diags, names)
			for _, d := range set.Review() {
				assert.Equal(t, "Rule with nothing to stop", d.Summary, names) // what both forbid, one need not
			}
			for _, p := range []library.Policy{a, b} {
				assert.Contains(t, allText(files), p.Purpose)
			}
		}
	}
	assert.Greater(t, together, 100, "most go together")
}

// Comments inside an org block would be lost when several are put together.
func TestLibraryCommentsStandOutside(t *testing.T) {
	for _, p := range library.List() {
		files, err := libraryFiles([]string{p.Name})
		require.NoError(t, err)
		require.Len(t, files, 1)
		_, block, ok := strings.Cut(string(files[0].Text), "\norg {\n")
		if !ok {
			continue
		}
		block, _, ok = strings.Cut(block, "\n}\n")
		require.True(t, ok, p.Name)
		assert.NotContains(t, block, "#", p.Name)
	}
}

func mapped(files []hclfile.Part) fstest.MapFS {
	fsys := fstest.MapFS{}
	for _, f := range files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Text}
	}
	return fsys
}

func allText(files []hclfile.Part) string {
	var b strings.Builder
	for _, f := range files {
		b.Write(f.Text)
	}
	return b.String()
}
