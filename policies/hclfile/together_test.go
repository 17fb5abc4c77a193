package hclfile_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/hclfile"
)

func parts(texts ...string) []hclfile.Part {
	var out []hclfile.Part
	for i, text := range texts {
		out = append(out, hclfile.Part{Name: string(rune('a' + i)), Text: []byte(text)})
	}
	return out
}

// Blocks that may stand only once are put together, attribute by attribute.
func TestTogether(t *testing.T) {
	block, rest, err := hclfile.Together(parts(
		"# A.\n\norg {\n  x {\n    y = true\n    forced = [\"y\"]\n  }\n}\n",
		"# B.\n\norg {\n  z = 1\n  x {\n    y = true\n    w = view.v\n    forced = [\"w\", \"y\"]\n  }\n}\n\nview \"v\" {\n}\n",
		"rule \"r\" {\n}\n",
	), "org")
	require.NoError(t, err)
	assert.Equal(t, "org {\n  z = 1\n  x {\n    y      = true\n    forced = [\"y\", \"w\"]\n    w      = view.v\n  }\n}\n", string(block))
	require.Len(t, rest, 2, "nothing is left of the first part")
	assert.Equal(t, "# B.\n\nview \"v\" {\n}\n", string(rest[0].Text))
	assert.Equal(t, "rule \"r\" {\n}\n", string(rest[1].Text))
}

// One block, or none, stays where it is.
func TestTogetherAlone(t *testing.T) {
	given := parts("# A.\norg { # why\n}\n", "rule \"org\" {\n}\n")
	block, rest, err := hclfile.Together(given, "org")
	require.NoError(t, err)
	assert.Nil(t, block)
	assert.Equal(t, given, rest)
}

// Two values for one attribute are nobody's to choose between.
func TestTogetherClashes(t *testing.T) {
	_, _, err := hclfile.Together(parts("org {\n  x {\n    y = 1\n  }\n}\n", "org {\n}\n", "org {\n  x {\n    y = 2\n  }\n}\n"), "org")
	var clash *hclfile.Clash
	require.True(t, errors.As(err, &clash))
	assert.Equal(t, &hclfile.Clash{Path: "x.y", First: "a", Second: "c", One: "1", Other: "2"}, clash)
	_, _, err = hclfile.Together(parts("org {\n  x = [1]\n}\n", "org {\n  x = 1\n}\n"), "org")
	assert.ErrorContains(t, err, "a writes x = [1], and b writes 1")
}

// A broken file is said, not guessed at.
func TestTogetherBroken(t *testing.T) {
	_, _, err := hclfile.Together(parts("org {\n"), "org")
	assert.Error(t, err)
}
