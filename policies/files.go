package policies

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
)

// The bounds of a policy directory.
const (
	maxFiles   = 1000    // policy files
	maxEntries = 100_000 // names looked at
	maxTotal   = 4 << 20 // bytes of all files
	maxBlocks  = 20_000  // rules, groups, users and views
	maxLinks   = 32      // symbolic links followed for one name
)

// source is one policy file as read.
type source struct {
	path  string
	bytes []byte
}

// finder walks a policy directory.
type finder struct {
	fsys    fs.FS
	wanted  func(name string) bool // by name
	paths   []string
	entries int
	diags   hcl.Diagnostics
}

// readFiles finds and reads the *.hcl and *.rego files of a directory, sorted by path. What
// looks like a policy and cannot be used is an error: nothing that somebody
// wrote to be enforced is left out silently.
func readFiles(fsys fs.FS, dir string) ([]source, hcl.Diagnostics) {
	f := &finder{fsys: fsys, wanted: isPolicy}
	out := f.find()
	if len(f.paths) == 0 && !f.diags.HasErrors() {
		f.report(noFiles(dir))
	}
	return out, f.diags
}

// TestFile is one test file of a policy as read.
type TestFile struct {
	Path  string // relative to the policy's root
	Bytes []byte
}

// TestFiles finds and reads the *_test.hcl and *_test.rego files of a policy
// directory, sorted by path, within the bounds of a policy.
func TestFiles(fsys fs.FS) ([]TestFile, hcl.Diagnostics) {
	f := &finder{fsys: fsys, wanted: isTest}
	var out []TestFile
	for _, src := range f.find() {
		out = append(out, TestFile{src.path, src.bytes})
	}
	// What only warns is about the policy, and loading it has said so.
	return out, slices.DeleteFunc(f.diags, func(d *hcl.Diagnostic) bool { return d.Severity != hcl.DiagError })
}

// find walks the directory and reads what is wanted.
func (f *finder) find() []source {
	if err := fs.WalkDir(f.fsys, ".", f.visit); err != nil {
		f.report(unreadableFile(errorPath(err), err))
		return nil
	}
	slices.Sort(f.paths)
	return f.read()
}

func errorPath(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Path
	}
	return "."
}

func (f *finder) report(d *hcl.Diagnostic) { f.diags = append(f.diags, d) }

func (f *finder) visit(name string, d fs.DirEntry, err error) error {
	if err != nil {
		if name == "." {
			return err
		}
		f.report(unreadableFile(name, err))
		if d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	}
	if f.entries++; f.entries > maxEntries {
		f.report(tooManyEntries(name))
		return fs.SkipAll
	}
	switch {
	case name == ".":
	case d.IsDir():
		if hidden(name) {
			return fs.SkipDir
		}
	case d.Type()&fs.ModeSymlink != 0:
		f.link(name)
	default:
		return f.file(name, d.Type())
	}
	return nil
}

func hidden(name string) bool { return strings.HasPrefix(path.Base(name), ".") }

// misspelt reports a name that would be a policy file's in lower case.
func (f *finder) misspelt(name string) bool {
	return !f.wanted(name) && f.wanted(strings.ToLower(name))
}

// isTest reports a name that a test file has.
func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.hcl") || strings.HasSuffix(name, "_test.rego")
}

// isPolicy reports a name that a policy file has, tests left out.
func isPolicy(name string) bool {
	switch path.Ext(name) {
	case ".hcl", ".rego":
		return !strings.HasSuffix(strings.TrimSuffix(name, path.Ext(name)), "_test")
	}
	return false
}

// file notes a regular file if it is one of the policy's.
func (f *finder) file(name string, mode fs.FileMode) error {
	switch {
	case f.misspelt(name):
		f.report(upperCaseName(name))
	case !f.wanted(name):
	case hidden(name):
		f.report(hiddenFile(name))
	case !mode.IsRegular():
		f.report(notRegular(name))
	case len(f.paths) == maxFiles:
		f.report(tooManyFiles(name))
		return fs.SkipAll
	default:
		f.paths = append(f.paths, name)
	}
	return nil
}

// link follows a symbolic link to a file inside the policy's root. A link to a
// directory inside it is not followed, because what lies there is read at its
// own place. One that leads out is an error where it has a policy's name, and a
// warning elsewhere: it may be a directory of policies.
func (f *finder) link(name string) {
	if hidden(name) {
		return
	}
	target, mode, ok := resolveLink(f.fsys, name)
	switch {
	case !ok:
		f.report(linkOut(name, f.wanted(name)))
	case ok && !mode.IsDir() && target != "":
		_ = f.file(name, mode.Type())
	}
}

// resolveLink follows a name through symbolic links, step by step, and never
// leaves the root: it is not ok when a link leads out of it, or nowhere.
func resolveLink(fsys fs.FS, name string) (string, fs.FileMode, bool) {
	rest := strings.Split(name, "/")
	var done []string
	for links := 0; len(rest) > 0; {
		word := rest[0]
		rest = rest[1:]
		switch word {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return "", 0, false
			}
			done = done[:len(done)-1]
			continue
		}
		at := path.Join(append(slices.Clone(done), word)...)
		info, err := fs.Lstat(fsys, at)
		if err != nil {
			return "", 0, false
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = append(done, word)
			continue
		}
		to, err := fs.ReadLink(fsys, at)
		if links++; err != nil || links > maxLinks || path.IsAbs(to) || strings.Contains(to, `\`) {
			return "", 0, false
		}
		rest = append(strings.Split(to, "/"), rest...)
	}
	target := path.Join(append([]string{"."}, done...)...)
	info, err := fs.Lstat(fsys, target)
	if err != nil {
		return "", 0, false
	}
	return target, info.Mode(), true
}

// read reads the files found, each and all of them bounded.
func (f *finder) read() []source {
	var out []source
	total := 0
	for _, name := range f.paths {
		src, err := readBounded(f.fsys, name)
		if err != nil {
			f.report(unreadableFile(name, err))
			continue
		}
		if total += len(src); total > maxTotal {
			f.report(tooMuchText(name))
			break
		}
		out = append(out, source{path: name, bytes: src})
	}
	return out
}

// readBounded reads at most one byte more than a file may have, so that the
// parser can say that it is too large.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, hclfile.MaxBytes+1))
}
