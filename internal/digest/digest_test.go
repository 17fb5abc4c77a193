package digest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOf(t *testing.T) {
	a, b := Text("a.hcl", "one"), Text("b.hcl", "two")
	assert.Equal(t, Of([]File{a, b}), Of([]File{b, a}), "the order of reading does not count")
	assert.Equal(t, "sha256:", Of(nil)[:7])
	assert.Len(t, strings.TrimPrefix(Of([]File{a}), "sha256:"), 64)
}

func TestOfTellsApart(t *testing.T) {
	lists := map[string][]File{
		"nothing":          nil,
		"one":              {Text("a.hcl", "one")},
		"other bytes":      {Text("a.hcl", "two")},
		"other path":       {Text("b.hcl", "one")},
		"twice":            {Text("a.hcl", "one"), Text("a.hcl", "one")},
		"two":              {Text("a.hcl", "one"), Text("b.hcl", "one")},
		"path with a line": {{Path: "a\n1:b", SHA256: "x"}},
		"joined":           {{Path: "a", SHA256: ""}, {Path: "b", SHA256: "x"}},
	}
	seen := map[string]string{}
	for name, files := range lists {
		d := Of(files)
		assert.Empty(t, seen[d], "%s and %s share a digest", name, seen[d])
		seen[d] = name
	}
}

// The value is part of the machine output: plans made from the same bytes carry
// the same digest in every version that says it reads them alike.
func TestOfIsStable(t *testing.T) {
	got := Of([]File{Text("org.hcl", "org {}\n"), Text("embedded:defaults.hcl", "")})
	assert.Equal(t, "sha256:a00f3a4720ec1e61ca3f938046d1ea37e3838c9823778a3568a2b2daf207f8ca", got)
}
