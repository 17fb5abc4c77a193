package gitfs_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/gitfs"
)

// repository makes one with two commits, the first with the tag "first".
func repository(t *testing.T) string {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false"}, args...)...)
		out, err := cmd.CombinedOutput()
		require.NoErrorf(t, err, "%s", out)
	}
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	git("init", "-q", "-b", "main")
	write("policy/org.hcl", "org {}\r\n")
	write("policy/deep/empty.hcl", "")
	write("policy/ü mlaut.hcl", "x\n\n")
	write("other.txt", "outside")
	write(".gitattributes", "*.hcl export-ignore -text filter=evil\n")
	require.NoError(t, os.Symlink("../other.txt", filepath.Join(dir, "policy", "link.hcl")))
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("tag", "first")
	write("policy/org.hcl", "org { sync = \"off\" }\n")
	git("commit", "-q", "-a", "-m", "two")
	write("policy/org.hcl", "not committed")
	return dir
}

// A revision's directory holds exactly what was committed, and nothing from beside it.
func TestOpen(t *testing.T) {
	dir := repository(t)
	fsys, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "first")
	require.NoError(t, err)
	for name, want := range map[string]string{"org.hcl": "org {}\r\n", "deep/empty.hcl": "", "ü mlaut.hcl": "x\n\n"} {
		got, err := fs.ReadFile(fsys, name)
		require.NoError(t, err, name)
		assert.Equal(t, want, string(got), name)
	}
	for _, name := range []string{"link.hcl", "../other.txt", "other.txt"} {
		_, err := fs.ReadFile(fsys, name)
		assert.Error(t, err, name)
	}
	fsys, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "main")
	require.NoError(t, err)
	got, err := fs.ReadFile(fsys, "org.hcl")
	require.NoError(t, err)
	assert.Equal(t, "org { sync = \"off\" }\n", string(got))
}

// What cannot be opened says what to do, and no revision is an option of git's.
func TestOpenFails(t *testing.T) {
	dir := repository(t)
	for rev, want := range map[string]string{
		"nowhere": "fetch-depth: 0", "": "no revision", "--upload-pack=touch x": "no revision", "-x": "no revision", "main:policy": "no revision",
	} {
		_, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), rev)
		assert.ErrorContains(t, err, want, rev)
	}
	_, err := gitfs.Open(context.Background(), filepath.Join(dir, "none"), "main")
	assert.ErrorContains(t, err, "no directory none")
	_, err = gitfs.Open(context.Background(), t.TempDir(), "main")
	assert.ErrorContains(t, err, "no git repository")
}

// A repository's configuration runs nothing.
func TestNothingIsRun(t *testing.T) {
	dir := repository(t)
	canary := filepath.Join(dir, "canary")
	config, err := os.OpenFile(filepath.Join(dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = config.WriteString("[core]\n\tfsmonitor = \"touch " + canary + "\"\n[filter \"evil\"]\n\tsmudge = touch " + canary + "\n\tclean = touch " + canary + "\n")
	require.NoError(t, err)
	require.NoError(t, config.Close())
	_, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "first")
	require.NoError(t, err)
	assert.NoFileExists(t, canary)
}
