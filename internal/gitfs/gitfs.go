// Package gitfs reads a directory as it is at a revision of a git repository, by
// asking git for objects: nothing is checked out, and nothing that a repository or
// the machine configures (hooks, filters, monitors) is run. Only commands import it.
package gitfs

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// maxRead bounds what is read of one revision, in bytes.
const maxRead = 64 << 20

// Open is the directory dir as it is at the revision rev (a branch, tag or commit).
// dir need not exist any more, but its repository must. Errors say what to do: fetch more of the
// history, name another revision. Symbolic links are left out.
func Open(ctx context.Context, dir, rev string) (fs.FS, error) {
	if rev == "" || strings.HasPrefix(rev, "-") || strings.ContainsAny(rev, " \t\r\n:\x00") {
		return nil, fmt.Errorf("%q is no revision; name a branch, a tag or a commit", rev)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	top, err := output(ctx, existing(abs), nil, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("%s is in no git repository, so that %q cannot be looked up: %w", dir, rev, err)
	}
	root := strings.TrimSpace(string(top))
	commit, err := output(ctx, root, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("git knows no revision %q here; in CI fetch the whole history (fetch-depth: 0)", rev)
	}
	rel, err := filepath.Rel(root, abs)
	if err != nil || strings.HasPrefix(rel, "..") {
		return nil, fmt.Errorf("%s is outside of the repository %s", dir, root)
	}
	return read(ctx, root, strings.TrimSpace(string(commit)), filepath.ToSlash(rel))
}

// read takes the files below a directory of a commit, byte for byte: no attribute of
// the repository converts or leaves out any.
func read(ctx context.Context, root, commit, rel string) (fs.FS, error) {
	tree := commit + ":"
	if rel != "." {
		tree += rel
	}
	listed, err := output(ctx, root, nil, "ls-tree", "-r", "-z", tree)
	if err != nil {
		return nil, fmt.Errorf("there is no directory %s at that revision: %w", rel, err)
	}
	var names, hashes []string
	for _, row := range strings.Split(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		head, name, _ := strings.Cut(row, "\t")
		// Links and submodules are no files of the policy.
		if fields := strings.Fields(head); len(fields) == 3 && fields[1] == "blob" && strings.HasPrefix(fields[0], "100") && fs.ValidPath(name) {
			names, hashes = append(names, name), append(hashes, fields[2])
		}
	}
	blobs, err := output(ctx, root, strings.NewReader(strings.Join(hashes, "\n")+"\n"), "cat-file", "--batch")
	if err != nil {
		return nil, err
	}
	return pack(names, blobs)
}

// pack makes a directory of what cat-file answers: a line with the size, the bytes,
// a line's end.
func pack(names []string, blobs []byte) (fs.FS, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, name := range names {
		head, rest, _ := bytes.Cut(blobs, []byte("\n"))
		fields := bytes.Fields(head)
		if len(fields) != 3 {
			return nil, fmt.Errorf("git lacks the content of %s; in CI fetch the whole history (fetch-depth: 0)", name)
		}
		size, err := strconv.Atoi(string(fields[2]))
		if err != nil || size+1 > len(rest) {
			return nil, fmt.Errorf("git's answer about %s is cut off", name)
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(rest[:size]); err != nil {
			return nil, err
		}
		blobs = rest[size+1:]
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
}

// existing is the nearest directory above a path that there is.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// output runs git without anybody's configuration but what finds the repository.
func output(ctx context.Context, dir string, in io.Reader, args ...string) ([]byte, error) {
	args = append([]string{"-C", dir, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull,
		"-c", "core.attributesFile=" + os.DevNull, "-c", "protocol.allow=never", "-c", "safe.directory=*"}, args...)
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ATTR_NOSYSTEM=1")
	var out, problem bytes.Buffer
	cmd.Stdin = in
	cmd.Stdout, cmd.Stderr = &limited{&out, maxRead}, &limited{&problem, 1 << 16}
	err := cmd.Run()
	var missing *exec.Error
	switch {
	case errors.As(err, &missing):
		return nil, errors.New("git is not installed")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		text, _, _ := strings.Cut(strings.TrimSpace(problem.String()), "\n")
		return nil, fmt.Errorf("git says: %s", text)
	}
	return out.Bytes(), nil
}

// limited refuses more than so many bytes.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errors.New("more than weir reads of one revision")
	}
	return l.w.Write(p)
}
