package gitfs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/gitfs"
	"weir/internal/needs"
)

func policyFile(name string) bool { return path.Ext(name) == ".hcl" }

// run calls git in a directory and gives what it prints.
func run(t *testing.T, dir string, args ...string) string {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false",
		"-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"}, args...)...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(t, err, "git %v: %s", args, out)
	return strings.TrimSpace(string(out))
}

func put(t *testing.T, name, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

// repository makes one with two commits, the first with the tag "first".
func repository(t *testing.T) string {
	needs.Program(t, "git", "no revision is read")
	dir := t.TempDir()
	git := func(args ...string) { run(t, dir, args...) }
	write := func(name, text string) { put(t, filepath.Join(dir, name), text) }
	git("init", "-q", "-b", "main")
	write("policy/org.hcl", "org {}\r\n")
	write("policy/deep/empty.hcl", "")
	write("policy/ü mlaut.hcl", "x\n\n")
	write("other.txt", "outside")
	write(".gitattributes", "*.hcl export-ignore -text filter=evil\n")
	write("policy/large.bin", strings.Repeat("x", 1<<20))
	require.NoError(t, os.Symlink("org.hcl", filepath.Join(dir, "policy", "link.hcl")))
	require.NoError(t, os.Symlink("../link.hcl", filepath.Join(dir, "policy", "deep", "twice.hcl")))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "policy", "out.txt")))
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
	fsys, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "first", policyFile)
	require.NoError(t, err)
	for name, want := range map[string]string{"org.hcl": "org {}\r\n", "deep/empty.hcl": "", "ü mlaut.hcl": "x\n\n", "link.hcl": "org {}\r\n", "deep/twice.hcl": "org {}\r\n"} {
		got, err := fs.ReadFile(fsys, name)
		require.NoError(t, err, name)
		assert.Equal(t, want, string(got), name)
	}
	for _, name := range []string{"large.bin", "out.txt", "../other.txt", "other.txt"} {
		_, err := fs.ReadFile(fsys, name)
		assert.Error(t, err, name)
	}
	fsys, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "main", policyFile)
	require.NoError(t, err)
	got, err := fs.ReadFile(fsys, "org.hcl")
	require.NoError(t, err)
	assert.Equal(t, "org { sync = \"off\" }\n", string(got))
}

// What was not read is listed too, and its bytes are known by git's name of them.
func TestSame(t *testing.T) {
	dir := repository(t)
	tree, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "first", policyFile)
	require.NoError(t, err)
	stored := "captured\n"
	put(t, filepath.Join(dir, "lfs", "a.json"), fmt.Sprintf("version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", sha256.Sum256([]byte(stored)), len(stored)))
	put(t, filepath.Join(dir, "lfs", "b.json"), "{}")
	run(t, dir, "add", "-A")
	run(t, dir, "commit", "-q", "-m", "three")
	lfs, err := gitfs.Open(context.Background(), filepath.Join(dir, "lfs"), "main", policyFile)
	require.NoError(t, err)
	for name, want := range map[string]bool{"a.json": true, "b.json": false} {
		same, err := lfs.Same(context.Background(), name, int64(len(stored)), strings.NewReader(stored))
		require.NoError(t, err)
		assert.Equal(t, want, same, name)
	}
	same, err := lfs.Same(context.Background(), "a.json", 0, strings.NewReader(""))
	require.NoError(t, err)
	assert.False(t, same)
	assert.Equal(t, []string{"deep/empty.hcl", "large.bin", "org.hcl", "ü mlaut.hcl"}, tree.Files())
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"large.bin", strings.Repeat("x", 1<<20), true}, {"large.bin", strings.Repeat("x", 1<<20-1) + "y", false}, {"large.bin", "", false},
		{"org.hcl", "org {}\r\n", true}, {"org.hcl", "org {}\n", false}, {"deep/empty.hcl", "", true}, {"nothing", "", false},
	} {
		same, err := tree.Same(context.Background(), c.name, int64(len(c.text)), strings.NewReader(c.text))
		require.NoError(t, err)
		assert.Equal(t, c.want, same, "%s of %d bytes", c.name, len(c.text))
	}
}

// What cannot be opened says what to do, and no revision is an option of git's.
func TestOpenFails(t *testing.T) {
	dir := repository(t)
	for rev, want := range map[string]string{
		"nowhere": "fetch-depth: 0", "": "no revision", "--upload-pack=touch x": "no revision", "-x": "no revision", "main:policy": "no revision",
	} {
		_, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), rev, policyFile)
		assert.ErrorContains(t, err, want, rev)
	}
	_, err := gitfs.Open(context.Background(), filepath.Join(dir, "none"), "main", policyFile)
	assert.ErrorIs(t, err, gitfs.ErrNotThere)
	_, err = gitfs.Open(context.Background(), filepath.Join(dir, "none", "deeper"), "main", policyFile)
	assert.ErrorIs(t, err, gitfs.ErrNotThere)
	_, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy", "org.hcl"), "main", policyFile)
	assert.ErrorContains(t, err, "no directory policy/org.hcl")
	assert.NotErrorIs(t, err, gitfs.ErrNotThere, "something else is there")
	_, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy", "link.hcl", "below"), "main", policyFile)
	assert.NotErrorIs(t, err, gitfs.ErrNotThere, "a link is on the way")
	_, err = gitfs.Open(context.Background(), t.TempDir(), "main", policyFile)
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
	_, err = gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "first", policyFile)
	require.NoError(t, err)
	assert.NoFileExists(t, canary)
}

// Which repository is asked depends on where a directory is, not on what a change put
// into its place: neither a link, nor a repository in the repository, nor git's variables choose
// another history.
func TestTheRepositoryIsNotChosenFromInside(t *testing.T) {
	const trusted, decoy = "org {}\r\n", "decoy {}\n"
	policy := func(dir string) string { return filepath.Join(dir, "policy") }
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		fails  string
	}{
		"a link to another directory": {change: func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(policy(dir)))
			require.NoError(t, os.Symlink("decoy", policy(dir)))
		}},
		"a link out": {change: func(t *testing.T, dir string) {
			other := t.TempDir()
			run(t, other, "init", "-q")
			put(t, filepath.Join(other, "policy", "org.hcl"), decoy)
			run(t, other, "add", "-A")
			run(t, other, "commit", "-q", "-m", "x")
			run(t, other, "tag", "first")
			require.NoError(t, os.RemoveAll(policy(dir)))
			require.NoError(t, os.Symlink(policy(other), policy(dir)))
		}},
		"a bare repository among the files": {change: func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(policy(dir)))
			put(t, filepath.Join(policy(dir), "org.hcl"), decoy)
			run(t, policy(dir), "init", "-q")
			run(t, policy(dir), "add", "-A")
			run(t, policy(dir), "commit", "-q", "-m", "x")
			run(t, policy(dir), "tag", "first")
			entries, err := os.ReadDir(filepath.Join(policy(dir), ".git"))
			require.NoError(t, err)
			for _, e := range entries {
				require.NoError(t, os.Rename(filepath.Join(policy(dir), ".git", e.Name()), filepath.Join(policy(dir), e.Name())))
			}
			require.NoError(t, os.Remove(filepath.Join(policy(dir), ".git")))
			run(t, policy(dir), "config", "--file", filepath.Join(policy(dir), "config"), "core.worktree", policy(dir))
		}},
		"a repository in the repository": {change: func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(policy(dir)))
			put(t, filepath.Join(policy(dir), "policy", "org.hcl"), decoy)
			run(t, policy(dir), "init", "-q")
			run(t, policy(dir), "add", "-A")
			run(t, policy(dir), "commit", "-q", "-m", "x")
			run(t, policy(dir), "tag", "first")
		}},
		"a .git file": {change: func(t *testing.T, dir string) {
			other := t.TempDir()
			run(t, other, "init", "-q")
			put(t, filepath.Join(policy(dir), ".git"), "gitdir: "+filepath.Join(other, ".git")+"\n")
		}},
		"the directory is gone": {change: func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(policy(dir))) }},
		"git's variables": {change: func(t *testing.T, dir string) {
			other := t.TempDir()
			run(t, other, "init", "-q")
			t.Setenv("GIT_DIR", filepath.Join(other, ".git"))
			t.Setenv("GIT_WORK_TREE", other)
			t.Setenv("GIT_INDEX_FILE", filepath.Join(other, "none"))
		}},
		"a configuration that cannot be read": {fails: "git", change: func(t *testing.T, dir string) {
			secret := filepath.Join(t.TempDir(), "secret")
			put(t, secret, "canary-7f3a\n[")
			run(t, dir, "config", "include.path", secret)
		}},
		"objects elsewhere": {change: func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, ".git", "objects", "info", "alternates"), "/etc\n../../../../..\n\x00\n")
		}},
		"a garbled list of refs": {fails: "git", change: func(t *testing.T, dir string) {
			run(t, dir, "pack-refs", "--all")
			put(t, filepath.Join(dir, ".git", "packed-refs"), strings.Repeat("canary-7f3a ../../etc/passwd\n", 1000))
		}},
		"a ref that is a link": {fails: "no revision", change: func(t *testing.T, dir string) {
			secret := filepath.Join(t.TempDir(), "secret")
			put(t, secret, "canary-7f3a\n")
			ref := filepath.Join(dir, ".git", "refs", "tags", "first")
			require.NoError(t, os.Remove(ref))
			require.NoError(t, os.Symlink(secret, ref))
		}},
		"a ref to itself": {fails: "no revision", change: func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, ".git", "refs", "tags", "first"), "ref: refs/tags/first\n")
		}},
		"a replaced object": {change: func(t *testing.T, dir string) {
			put(t, filepath.Join(dir, "decoy.hcl"), decoy)
			run(t, dir, "replace", "first:policy/org.hcl", run(t, dir, "hash-object", "-w", filepath.Join(dir, "decoy.hcl")))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, from := range []string{"inside", "elsewhere"} {
				dir := repository(t)
				put(t, filepath.Join(dir, "decoy", "org.hcl"), decoy)
				c.change(t, dir)
				at := policy(dir)
				if from == "inside" {
					t.Chdir(dir)
					at = "policy"
				}
				fsys, err := gitfs.Open(context.Background(), at, "first", policyFile)
				if c.fails != "" {
					require.ErrorContains(t, err, c.fails, from)
					assert.NotContains(t, err.Error(), "canary", from)
					continue
				}
				require.NoError(t, err, from)
				got, err := fs.ReadFile(fsys, "org.hcl")
				require.NoError(t, err, from)
				assert.Equal(t, trusted, string(got), from)
			}
		})
	}
}

// What a revision holds and cannot be read as it is in the directory is an error: a
// base without one of its files would not be the base.
func TestNothingIsLeftOutSilently(t *testing.T) {
	for name, c := range map[string]struct {
		change func(dir string)
		want   string
	}{
		"a link out":       {func(dir string) { _ = os.Symlink("../other.txt", filepath.Join(dir, "policy", "x.hcl")) }, "x.hcl is a symbolic link"},
		"an absolute link": {func(dir string) { _ = os.Symlink("/etc/passwd", filepath.Join(dir, "policy", "x.hcl")) }, "x.hcl is a symbolic link"},
		"a link to itself": {func(dir string) { _ = os.Symlink("x.hcl", filepath.Join(dir, "policy", "x.hcl")) }, "x.hcl is a symbolic link"},
		"a submodule": {func(dir string) {
			run(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+run(t, dir, "rev-parse", "first^{commit}")+",policy/sub")
		}, "policy/sub is a submodule"},
		"much text": {func(dir string) {
			for i := range 9 {
				put(t, filepath.Join(dir, "policy", string(rune('a'+i))+".hcl"), strings.Repeat("x", 8<<20)+string(rune('a'+i)))
			}
		}, "more than weir reads"},
		"one large file": {func(dir string) { put(t, filepath.Join(dir, "policy", "a.hcl"), strings.Repeat("x", 65<<20)) }, "more than weir reads"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t)
			c.change(dir)
			if name != "a submodule" {
				run(t, dir, "add", "policy")
			}
			run(t, dir, "commit", "-q", "-m", "x")
			_, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), "HEAD", policyFile)
			assert.ErrorContains(t, err, strings.TrimPrefix(c.want, "policy/"))
		})
	}
}

// A tree of trees of trees has more names than could ever be listed: that is seen in time.
func TestATreeThatMultiplies(t *testing.T) {
	dir := repository(t)
	blob := run(t, dir, "rev-parse", "first:policy/org.hcl")
	row := "100644 blob " + blob + "\tx.hcl\n"
	tree := ""
	for range 10 {
		in := strings.Builder{}
		for i := range 10 {
			in.WriteString(strings.ReplaceAll(row, "\t", "\t"+string(rune('a'+i))))
		}
		cmd := exec.Command("git", "-C", dir, "mktree")
		cmd.Stdin = strings.NewReader(in.String())
		out, err := cmd.Output()
		require.NoError(t, err)
		tree = strings.TrimSpace(string(out))
		row = "040000 tree " + tree + "\td\n"
	}
	commit := run(t, dir, "commit-tree", "-m", "bomb", tree)
	_, err := gitfs.Open(context.Background(), dir, commit, policyFile)
	assert.ErrorContains(t, err, "more files at that revision")
}

// Clones of all sorts have the same history.
func TestSortsOfRepositories(t *testing.T) {
	first := repository(t)
	url := "file://" + first
	for name, c := range map[string]struct {
		open func(t *testing.T, dir string) string // makes the repository and gives its place
		rev  string
		want string // of an error
	}{
		"another work tree": {func(t *testing.T, dir string) string {
			run(t, first, "worktree", "add", "-q", "--detach", dir, "main")
			return dir
		}, "first", ""},
		"a shallow clone": {func(t *testing.T, dir string) string {
			run(t, first, "clone", "-q", "--depth", "1", "--no-tags", url, dir)
			return dir
		}, "HEAD~1", "fetch-depth: 0"},
		"a clone without contents": {func(t *testing.T, dir string) string {
			run(t, first, "config", "uploadpack.allowFilter", "true")
			run(t, first, "clone", "-q", "--no-checkout", "--filter=blob:none", url, dir)
			return dir
		}, "first", "fetch"},
		"a submodule": {func(t *testing.T, dir string) string {
			run(t, first, "init", "-q", dir)
			run(t, dir, "submodule", "--quiet", "add", url, "sub")
			run(t, dir, "commit", "-q", "-m", "x")
			return filepath.Join(dir, "sub")
		}, "HEAD", "a repository of its own"},
		"a bare repository": {func(t *testing.T, dir string) string { run(t, first, "clone", "-q", "--bare", url, dir); return dir }, "first", "no git repository"},
		"a detached head": {func(t *testing.T, dir string) string {
			run(t, first, "clone", "-q", url, dir)
			run(t, dir, "checkout", "-q", "--detach", "main")
			return dir
		}, "HEAD~1", ""},
		"sha256": {func(t *testing.T, dir string) string {
			run(t, first, "init", "-q", "--object-format=sha256", dir)
			put(t, filepath.Join(dir, "policy", "org.hcl"), "org {}\r\n")
			run(t, dir, "add", "-A")
			run(t, dir, "commit", "-q", "-m", "x")
			return dir
		}, "HEAD", ""},
		"no commit": {func(t *testing.T, dir string) string { run(t, first, "init", "-q", dir); return dir }, "HEAD", "no revision"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := c.open(t, filepath.Join(t.TempDir(), "clone"))
			fsys, err := gitfs.Open(context.Background(), filepath.Join(dir, "policy"), c.rev, policyFile)
			if c.want != "" {
				assert.ErrorContains(t, err, c.want)
				return
			}
			require.NoError(t, err)
			got, err := fs.ReadFile(fsys, "org.hcl")
			require.NoError(t, err)
			assert.Equal(t, "org {}\r\n", string(got))
			same, err := fsys.Same(context.Background(), "org.hcl", int64(len(got)), bytes.NewReader(got))
			require.NoError(t, err)
			assert.True(t, same)
		})
	}
	// From inside a submodule its own history is asked.
	dir := filepath.Join(t.TempDir(), "super")
	run(t, first, "init", "-q", dir)
	run(t, dir, "submodule", "--quiet", "add", url, "sub")
	t.Chdir(filepath.Join(dir, "sub"))
	_, err := gitfs.Open(context.Background(), "policy", "first", policyFile)
	assert.NoError(t, err)
}
