package check

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"weir/engine"
	"weir/recording"
)

// Listing is all that the base's directory holds: recordings too, which are too large to be
// read of a revision as a policy is.
type Listing interface {
	// Files lists regular files in the order of their names, which are relative to the directory.
	Files() []string
	// Same reports whether a file of the directory has exactly the bytes of content, size many.
	Same(ctx context.Context, name string, size int64, content io.Reader) (bool, error)
}

// listed lists a directory that can be read.
type listed struct{ fs.FS }

// Files passes over what cannot be read, and hidden directories: a repository's objects are many.
func (l listed) Files() []string {
	var out []string
	_ = fs.WalkDir(l, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular():
			out = append(out, name)
		}
		return nil
	})
	return out
}

func (l listed) Same(_ context.Context, name string, size int64, content io.Reader) (bool, error) {
	f, err := l.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() != size {
		return false, err
	}
	return sameBytes(f, content)
}

func sameBytes(a, b io.Reader) (bool, error) {
	var left, right [32 << 10]byte
	for {
		n, err := io.ReadFull(a, left[:])
		m, other := io.ReadFull(b, right[:])
		switch {
		case !bytes.Equal(left[:n], right[:m]):
			return false, nil
		case err == nil && other == nil:
			continue
		case isEnd(err) && isEnd(other):
			return true, nil
		case !isEnd(err):
			return false, err
		}
		return false, other
	}
}

func isEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// recordingsOf are the files of each recording that a directory holds, by the recording's
// directory. Hidden ones are passed over, and so are policies and tests beside them.
func recordingsOf(files []string) map[string][]string {
	out := map[string][]string{}
	visible := slices.DeleteFunc(files, func(name string) bool {
		ext := path.Ext(name)
		return strings.HasPrefix(name, ".") || strings.Contains(name, "/.") || ext == ".hcl" || ext == ".rego"
	})
	for _, name := range visible {
		if path.Base(name) == recording.ManifestFile {
			out[path.Dir(name)] = nil
		}
	}
	for _, name := range visible {
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			if _, ok := out[dir]; ok {
				out[dir] = append(out[dir], name)
			}
			if dir == "." {
				break
			}
		}
	}
	return out
}

// Given is a recording that a check is given, and what the base has in its place.
type Given struct {
	Name  string // as the user wrote it
	Files fs.FS
	Base  Listing
}

// changedRecordings finds the base's recordings that are gone or have other files: tests that are
// tried on them, and what is simulated over them, would tell less, or something else.
func (c *checker) changedRecordings(ctx context.Context) error {
	base := c.BaseList
	if base == nil {
		base = listed{c.BaseFiles}
	}
	was, is := recordingsOf(base.Files()), recordingsOf(listed{c.Files}.Files())
	for _, dir := range slices.Sorted(maps.Keys(was)) {
		if _, there := is[dir]; !there {
			c.find(Finding{Rule: ruleRecordingRemoved, Part: PartDiff, Severity: engine.SeverityWarning,
				Text: "The base has a recording in " + dir + ", and the change has none there.", Remedy: remedyOf(ruleRecordingRemoved)})
			continue
		}
		if err := c.sameRecording(ctx, dir, base, c.Files, was[dir], is[dir]); err != nil {
			return err
		}
	}
	for _, g := range c.Given {
		if err := c.sameRecording(ctx, g.Name, g.Base, g.Files, recordingsOf(g.Base.Files())["."], recordingsOf(listed{g.Files}.Files())["."]); err != nil {
			return err
		}
	}
	return nil
}

// sameRecording finds that the files of a recording differ from the base's, and tells how, with the
// first of each sort.
func (c *checker) sameRecording(ctx context.Context, name string, base Listing, files fs.FS, was, is []string) error {
	var gone, added, changed []string
	there, before := asSet(is), asSet(was)
	for _, name := range was {
		if !there[name] {
			gone = append(gone, name)
			continue
		}
		same, err := sameFile(ctx, base, files, name)
		if err != nil {
			return err
		}
		if !same {
			changed = append(changed, name)
		}
	}
	for _, name := range is {
		if !before[name] {
			added = append(added, name)
		}
	}
	var out []string
	for _, sort := range []struct {
		names []string
		what  string
	}{{gone, "gone"}, {changed, "changed"}, {added, "new"}} {
		if n := len(sort.names); n > 1 {
			out = append(out, fmt.Sprintf("%d files are %s (%s, …)", n, sort.what, sort.names[0]))
		} else if n == 1 {
			out = append(out, fmt.Sprintf("1 file is %s (%s)", sort.what, sort.names[0]))
		}
	}
	if len(out) > 0 {
		c.find(Finding{Rule: ruleRecordingChanged, Part: PartDiff, Severity: engine.SeverityWarning,
			Text: "The recording in " + name + " is not what the base has there: " + strings.Join(out, ", ") + ".", Remedy: remedyOf(ruleRecordingChanged)})
	}
	return nil
}

func asSet(names []string) map[string]bool {
	out := make(map[string]bool, len(names))
	for _, name := range names {
		out[name] = true
	}
	return out
}

func sameFile(ctx context.Context, base Listing, files fs.FS, name string) (bool, error) {
	f, err := files.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	return base.Same(ctx, name, info.Size(), f)
}
