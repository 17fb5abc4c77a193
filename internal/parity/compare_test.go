package parity

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/fixtures"
	"weir/policies"
	"weir/recording"
)

// changed is the demo recording with a text in the place of another.
func changed(t *testing.T, old, text string) *recording.Recording {
	t.Helper()
	out, times := fstest.MapFS{}, 0
	require.NoError(t, fs.WalkDir(fixtures.Acme(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fixtures.Acme(), name)
		if old != "" {
			times += bytes.Count(data, []byte(old))
			data = bytes.ReplaceAll(data, []byte(old), []byte(text))
		}
		if old != "" {
			times += strings.Count(name, old)
			name = strings.ReplaceAll(name, old, text)
		}
		out[name] = &fstest.MapFile{Data: data}
		return err
	}))
	require.True(t, old == "" || times > 0, "%q is not in the recording", old)
	rec, diags := recording.Open(out, recording.Options{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return rec
}

func compiled(t *testing.T, text string) *policies.Set {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rules.hcl"), []byte(text), 0o600))
	set, diags := policies.Load(os.DirFS(dir), policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

const policy = `rule "globex" {
  kinds     = ["contact", "task"]
  direction = "down"
  when      = "item.title.contains('Globex')"
  effect    = "exclude"
}

rule "rest" {
  kinds     = ["task"]
  direction = "down"
  when      = "!item.closed"
  effect    = "hold"
}
`

// What differs is found: by a condition with its place, by a plan with the place of
// what it goes back to, or by what is there at all.
func TestDifferencesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		old, text, what, file string
		line                  int
	}{
		"nothing":     {},
		"a condition": {"Globex", "Initex", "rule globex", "rules.hcl", 1},
		"a plan":      {`"ActivityDate":"2026-05-20"`, `"ActivityDate":"2029-05-20"`, "plan", "rules.hcl", 8},
		"an id":       {"003", "00Q", "records and items", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Pair{Old: changed(t, "", ""), New: changed(t, c.old, c.text), Names: itself{}, Set: compiled(t, policy)}
			result, err := p.Compare(context.Background())
			require.NoError(t, err)
			assert.Equal(t, 2, result.Conditions)
			if c.what == "" {
				require.True(t, result.Same(), "%v", result.Changed)
				assert.Greater(t, result.Plans, 10)
				return
			}
			require.False(t, result.Same())
			d := result.Changed[0]
			assert.Equal(t, c.what, d.What)
			assert.Equal(t, c.file, d.File, "%v", d.Lines)
			assert.Equal(t, c.line, d.Line)
		})
	}
}

// How many sessions are worked on together changes nothing.
func TestComparingInTurns(t *testing.T) {
	p := &Pair{Old: changed(t, "", ""), New: changed(t, `"ActivityDate":"2026-05-20"`, `"ActivityDate":"2029-05-20"`), Names: itself{}, Set: compiled(t, policy)}
	whole, err := p.Compare(context.Background())
	require.NoError(t, err)
	for _, rows := range []int{1, 500} {
		p.rows = rows
		parts, err := p.Compare(context.Background())
		require.NoError(t, err)
		assert.Equal(t, whole, parts)
	}
}
