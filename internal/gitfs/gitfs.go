// Package gitfs reads a directory as it is at a revision of a git repository, by
// asking git for objects: nothing is checked out, and nothing that a repository or
// the machine configures (hooks, filters, monitors) is run. Only commands import it.
package gitfs

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxRead bounds what is read of one revision, in bytes; maxLinks, how many links lead to a file.
const (
	maxRead  = 64 << 20
	maxLinks = 8
)

var (
	errNoGit   = errors.New("git is not installed")
	errTooMuch = errors.New("more than weir reads of one revision")
)

// Tree is a directory as it is at a revision: the files that were kept, and a list of all.
type Tree struct {
	fs.FS
	root string
	all  map[string]entry
	// pointers are the sums of what Git LFS keeps, by file; nil until they are asked for.
	pointers map[string]string
}

// Files lists the regular files of the directory in the order of their names, those that were
// not kept too.
func (t *Tree) Files() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(t.all)) {
		if !t.all[name].link {
			out = append(out, name)
		}
	}
	return out
}

// Same reports whether a file of the directory has exactly the bytes of content, size many.
// git's name of an object is a sum over the object's size and bytes (gitformat-pack, "Object
// types": SHA-1, or SHA-256 in a repository of that format), so that nothing is read but the
// pointers that Git LFS leaves in the places of files.
func (t *Tree) Same(ctx context.Context, name string, size int64, content io.Reader) (bool, error) {
	e, ok := t.all[name]
	if !ok {
		return false, nil
	}
	if e.size == size {
		sum := sha1.New()
		if len(e.hash) == hex.EncodedLen(sha256.Size) {
			sum = sha256.New()
		}
		fmt.Fprintf(sum, "blob %d\x00", size)
		_, err := io.Copy(sum, content)
		return err == nil && hex.EncodeToString(sum.Sum(nil)) == e.hash, err
	}
	if t.pointers == nil {
		if err := t.readPointers(ctx); err != nil {
			return false, err
		}
	}
	stored := t.pointers[name]
	if stored == "" {
		return false, nil
	}
	sum := sha256.New()
	_, err := io.Copy(sum, content)
	return err == nil && hex.EncodeToString(sum.Sum(nil)) == stored, err
}

// Pointers of Git LFS are texts of less than a kilobyte (Git LFS specification, "The
// Pointer"), and of more than the sum that they hold.
const minPointer, maxPointer = 64, 1024

var pointed = regexp.MustCompile(`^version https://git-lfs\.github\.com/spec/[^\n]*\n(?:[^\n]*\n)*oid sha256:([0-9a-f]{64})\n`)

// readPointers asks git once for all files that may be pointers.
func (t *Tree) readPointers(ctx context.Context) error {
	var small []entry
	for _, name := range t.Files() {
		if e := t.all[name]; e.size > minPointer && e.size < maxPointer {
			small = append(small, e)
		}
	}
	t.pointers = map[string]string{}
	blobs, err := contents(ctx, t.root, small)
	if errors.Is(err, errTooMuch) {
		return nil // so many that none is looked at: each counts as the file itself
	}
	if err != nil {
		return err
	}
	files, err := pack(small, blobs)
	if err != nil {
		return err
	}
	for _, e := range small {
		text, err := fs.ReadFile(files, e.name)
		if err != nil {
			return err
		}
		if found := pointed.FindSubmatch(text); found != nil {
			t.pointers[e.name] = string(found[1])
		}
	}
	return nil
}

// Open is the directory dir as it is at the revision rev (a branch, tag or commit): of its
// files it reads those that keep names, given paths relative to dir. dir need not exist any more, but its
// repository must: that of the working directory if dir lies in it, so that what is
// inside of dir (a link, a repository in the repository) chooses no other. Errors say
// what to do: fetch more of the history, name another revision. A symbolic link to a file of dir
// is that file; any other that keep names is an error.
func Open(ctx context.Context, dir, rev string, keep func(name string) bool) (*Tree, error) {
	if rev == "" || strings.ContainsAny(rev[:1], "-^") || strings.ContainsAny(rev, " \t\r\n:\x00") {
		return nil, fmt.Errorf("%q is no revision; name a branch, a tag or a commit", rev)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, rel, err := locate(ctx, abs)
	if err != nil {
		return nil, fmt.Errorf("cannot look up %q: %s %w", rev, dir, err)
	}
	commit, err := output(ctx, root, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("git knows no revision %q here; in CI fetch the whole history (fetch-depth: 0)", rev)
	}
	return read(ctx, root, strings.TrimSpace(string(commit)), filepath.ToSlash(rel), keep)
}

var (
	// ErrNoRepository says that a directory lies in no git repository.
	ErrNoRepository = errors.New("is in no git repository")
	// ErrNotThere says that a revision has nothing of a directory's name: no directory,
	// and no file, link or submodule either, there or on the way.
	ErrNotThere = errors.New("nothing of that name is there")
)

// locate finds the repository of a directory and the directory's place in it, by its
// name and not by where links in the repository lead.
func locate(ctx context.Context, abs string) (root, rel string, err error) {
	starts := []string{outermost(abs)}
	if cwd, err := os.Getwd(); err == nil {
		starts = append([]string{cwd}, starts...)
	}
	if real, err := filepath.EvalSymlinks(existing(abs)); err == nil {
		starts = append(starts, real)
	}
	err = ErrNoRepository
	for _, start := range starts {
		if start == "" {
			continue
		}
		var top []byte
		if top, err = output(ctx, start, nil, "rev-parse", "--show-toplevel"); err != nil {
			if ctx.Err() != nil || errors.Is(err, errNoGit) {
				return "", "", err
			}
			err = fmt.Errorf("%w: %w", ErrNoRepository, err)
			continue
		}
		root = strings.TrimSuffix(string(top), "\n")
		for _, name := range []string{abs, resolved(abs)} {
			if rel, ok := below(root, start, name); ok {
				return root, rel, nil
			}
		}
		err = fmt.Errorf("is outside of the repository %s", root)
	}
	return "", "", err
}

// below is the place of a name below the root, seen from a directory of the root's.
func below(root, from, name string) (string, bool) {
	real := resolved(from)
	up, err := filepath.Rel(root, real)
	if err != nil {
		return "", false
	}
	for _, base := range []string{from, real} {
		if down, err := filepath.Rel(base, name); err == nil && filepath.IsLocal(filepath.Join(up, down)) {
			return filepath.Join(up, down), true
		}
	}
	return "", false
}

// resolved is a name without symbolic links, as far as it exists.
func resolved(name string) string {
	at := existing(name)
	real, err := filepath.EvalSymlinks(at)
	if err != nil {
		return name
	}
	return filepath.Join(real, strings.TrimPrefix(name, at))
}

// outermost is the directory nearest to the file system's root, on the way to abs, that is
// a repository's; "" if none is.
func outermost(abs string) string {
	found := ""
	for dir := abs; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			found = dir
		}
		if filepath.Dir(dir) == dir {
			return found
		}
	}
}

// entry is a file of a commit.
type entry struct {
	name, hash string
	size       int64
	link       bool
}

// read takes the files below a directory of a commit, byte for byte: no attribute of
// the repository converts or leaves out any.
func read(ctx context.Context, root, commit, rel string, keep func(string) bool) (*Tree, error) {
	tree := commit + ":"
	if rel != "." {
		tree += rel
	}
	listed, err := output(ctx, root, nil, "ls-tree", "-r", "-z", "-l", tree)
	switch {
	case errors.Is(err, errTooMuch):
		return nil, fmt.Errorf("%s has more files at that revision than weir lists", rel)
	case err != nil && !notThere.MatchString(err.Error()):
		return nil, err
	case err != nil && absent(ctx, root, commit, rel):
		return nil, fmt.Errorf("%w: no %s in %s", ErrNotThere, rel, root)
	case err != nil:
		return nil, fmt.Errorf("there is no directory %s at that revision of %s. What is there is a file, a link, or a repository of its own (a submodule): of the last, ask from inside of it", rel, root)
	}
	all, err := entries(listed)
	if err != nil {
		return nil, err
	}
	kept, err := choose(ctx, root, all, keep)
	if err != nil {
		return nil, err
	}
	blobs, err := contents(ctx, root, kept)
	if err != nil {
		return nil, err
	}
	files, err := pack(kept, blobs)
	if err != nil {
		return nil, err
	}
	return &Tree{FS: files, root: root, all: all}, nil
}

// absent reports that a commit has nothing of a name: the first part of it that is not there
// lies in a directory, or at the root.
func absent(ctx context.Context, root, commit, rel string) bool {
	parts := strings.Split(rel, "/")
	for i := range parts {
		listed, err := output(ctx, root, nil, "ls-tree", "-z", "--full-tree", commit, "--", ":(literal)"+strings.Join(parts[:i+1], "/"))
		switch {
		case err == nil && len(listed) == 0:
			return true
		case err != nil || !bytes.Contains(listed, []byte(" tree ")): // mode, sort, hash, name
			return false
		}
	}
	return false
}

// notThere are git's words for a name that is no directory.
var notThere = regexp.MustCompile(`Not a valid object name|not a tree object`)

// entries reads what ls-tree lists.
func entries(listed []byte) (map[string]entry, error) {
	all := map[string]entry{}
	for _, row := range strings.Split(strings.TrimSuffix(string(listed), "\x00"), "\x00") {
		head, name, _ := strings.Cut(row, "\t")
		fields := strings.Fields(head)
		switch {
		case len(fields) != 4 || !fs.ValidPath(name): // an empty directory, or a name that no directory can hold
			continue
		case fields[1] == "commit":
			return nil, fmt.Errorf("%s is a submodule at that revision; weir does not read what lies in it", name)
		case fields[1] != "blob":
			continue
		}
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			size = -1 // the object is missing, which reading it says
		}
		all[name] = entry{name, fields[2], size, fields[0] == "120000"}
	}
	return all, nil
}

// choose picks the files that are read, in the order of their names, with links
// resolved.
func choose(ctx context.Context, root string, all map[string]entry, keep func(string) bool) ([]entry, error) {
	var out []entry
	var total int64
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !keep(name) {
			continue
		}
		e := all[name]
		for hops := 0; e.link; hops++ {
			to, err := contents(ctx, root, []entry{e})
			if err != nil {
				return nil, err
			}
			_, target, _ := strings.Cut(strings.TrimSuffix(string(to), "\n"), "\n")
			next, ok := all[path.Join(path.Dir(e.name), target)]
			if !ok || hops == maxLinks || path.IsAbs(target) {
				return nil, fmt.Errorf("%s is a symbolic link at that revision and leads to no file of the same directory", name)
			}
			e = next
		}
		e.name = name
		if total += max(e.size, 0); total > maxRead {
			return nil, fmt.Errorf("%w (%d MiB)", errTooMuch, maxRead>>20)
		}
		out = append(out, e)
	}
	return out, nil
}

// contents asks for objects, as cat-file answers.
func contents(ctx context.Context, root string, list []entry) ([]byte, error) {
	var hashes strings.Builder
	for _, e := range list {
		hashes.WriteString(e.hash + "\n")
	}
	return output(ctx, root, strings.NewReader(hashes.String()), "cat-file", "--batch")
}

// pack makes a directory of what cat-file answers: a line with the size, the bytes,
// a line's end.
func pack(list []entry, blobs []byte) (fs.FS, error) {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, e := range list {
		name := e.name
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
		"-c", "core.attributesFile=" + os.DevNull, "-c", "protocol.allow=never", "-c", "safe.directory=*",
		// A directory that looks like a repository is none, and no object is held whole but small ones.
		"-c", "safe.bareRepository=explicit", "-c", "core.bigFileThreshold=1m"}, args...)
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(environment(), "GIT_CONFIG_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "LC_ALL=C", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TERMINAL_PROMPT=0",
		"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ATTR_NOSYSTEM=1")
	var out, problem bytes.Buffer
	cmd.Stdin = in
	stdout := &limited{w: &out, left: maxRead}
	cmd.Stdout, cmd.Stderr = stdout, &limited{w: &problem, left: 1 << 16}
	err := cmd.Run()
	var missing *exec.Error
	switch {
	case errors.As(err, &missing):
		return nil, errNoGit
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case stdout.left < 0:
		return nil, fmt.Errorf("%w (%d MiB)", errTooMuch, maxRead>>20)
	case err != nil:
		return nil, fmt.Errorf("git says: %s", fatal(problem.String()))
	}
	return out.Bytes(), nil
}

// fatal is the line in which git says why it ended. Others may quote what it read.
func fatal(problem string) string {
	for line := range strings.Lines(problem) {
		if text, ok := strings.CutPrefix(line, "fatal: "); ok {
			return strings.TrimSpace(text)
		}
	}
	return "nothing that can be shown"
}

// environment is this process's without git's variables: a hook's say which
// repository git works on, whatever directory it is asked about.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "GIT_EXEC_PATH=")
	})
}

// limited refuses more than so many bytes.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, errTooMuch
	}
	return l.w.Write(p)
}
