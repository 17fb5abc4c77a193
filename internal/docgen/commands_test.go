package docgen_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"weir/policies"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCommands runs every weir command of the documents, each page in a
// directory of its own with the demo organisation as recording/, its files as exports/, and the starter policy as policy/.
func TestCommands(t *testing.T) {
	weir := filepath.Join(t.TempDir(), "weir")
	if runtime.GOOS == "windows" {
		weir += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", weir, "../../cmd/weir").CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	demo, err := filepath.Abs("../../fixtures/acme/recording")
	require.NoError(t, err)
	ran := 0
	for _, file := range []string{"language.md", "semantics.md", "recordings.md", "tests.md"} {
		dir := t.TempDir()
		for _, name := range []string{"recording", "exports"} {
			require.NoError(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(demo)))
		}
		require.NoError(t, os.Mkdir(filepath.Join(dir, "policy"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "policy", "org.hcl"), policies.Starter(), 0o644))
		if file == "tests.md" {
			writeTestExamples(t, filepath.Join(dir, "policy"))
		}
		for _, b := range blocks(t, file, "sh") {
			for line := range strings.Lines(b.text) {
				args := words(line)
				if strings.HasPrefix(line, "weir init") {
					require.NoError(t, os.RemoveAll(filepath.Join(dir, "policy"))) // it refuses to overwrite
				}
				require.Equal(t, "weir", args[0], "%s:%d", file, b.line)
				cmd := exec.Command(weir, args[1:]...)
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				assert.NoErrorf(t, err, "%s: %s%s", file, line, out)
				assert.NotEmpty(t, out, line)
				ran++
			}
		}
	}
	assert.GreaterOrEqual(t, ran, 6)
}

// writeTestExamples writes the policy and the tests that the page on tests shows.
func writeTestExamples(t *testing.T, dir string) {
	for name, file := range testExamples(t) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), file.Data, 0o644))
	}
}

// words splits a command at spaces outside of double quotes.
func words(line string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// TestMakeTargetsExist: what the testing page asks people to type exists.
func TestMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	require.NoError(t, err)
	text := documents(t)["testing.md"]
	for _, m := range regexp.MustCompile(`\bmake ([a-z]+)`).FindAllStringSubmatch(text, -1) {
		assert.Contains(t, string(makefile), "\n"+m[1]+":", "make %s", m[1])
	}
}

// TestPlacesExist: the testing page's table of places names real files.
func TestPlacesExist(t *testing.T) {
	for _, row := range tableRows(t, "testing.md", "what", "where") {
		found, err := filepath.Glob(filepath.Join("../..", plain(row[1])))
		require.NoError(t, err)
		assert.NotEmpty(t, found, row[1])
	}
}
