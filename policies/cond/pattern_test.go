package cond

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPatternSize(t *testing.T) {
	for pattern, want := range map[string][2]int{
		"abc":                  {1, 10},
		"[0-9]{5}":             {5, 20},
		"(?i)invoice":          {5, 40},
		"x{1000}y{1000}":       {2000, 2100},
		"(x{30}){30}":          {900, 2000},
		`^\w+@acme\.example$`:  {5, 40},
		`\pL{100}`:             {1000, 20_000},
		"(a|b|c|d|e|f|g){100}": {100, 1000},
	} {
		size, err := PatternSize(pattern)
		require.NoError(t, err, pattern)
		assert.Truef(t, size >= want[0] && size <= want[1], "%s: %d", pattern, size)
	}
	_, err := PatternSize("(")
	assert.Error(t, err)
}
