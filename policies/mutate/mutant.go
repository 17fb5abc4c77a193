package mutate

import (
	"bytes"
	"cmp"
	"io/fs"
	"path"
	"slices"
	"time"

	"weir/policies"
)

// Mutant is one small change of a policy.
type Mutant struct {
	File string `json:"file"` // relative to the policy's root
	Line int    `json:"line"`
	// Text says what is changed, in words: "contacts.downsync: true, now false".
	Text string `json:"text"`

	start, end int // the bytes of the file that are replaced
	with       string
}

// Of lists the mutants of a policy by file and place. The same policy gives the
// same list.
func Of(set *policies.Set) []Mutant {
	var out []Mutant
	for name, f := range set.Files() {
		switch {
		case name == policies.DefaultsFile:
		case path.Ext(name) == ".rego":
			out = append(out, ofModule(name, f.Bytes)...)
		default:
			out = append(out, ofFile(name, f.Bytes)...)
		}
	}
	slices.SortFunc(out, func(a, b Mutant) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.Text, b.Text))
	})
	return out
}

// Apply is the policy directory with the mutant's change in it.
func (m *Mutant) Apply(fsys fs.FS) (fs.FS, error) {
	src, err := fs.ReadFile(fsys, m.File)
	if err != nil {
		return nil, err
	}
	if m.end > len(src) {
		return nil, &fs.PathError{Op: "change", Path: m.File, Err: fs.ErrInvalid}
	}
	return &overlay{fsys, m.File, slices.Concat(src[:m.start], []byte(m.with), src[m.end:])}, nil
}

// overlay is a directory in which one file has another content.
type overlay struct {
	fs.FS
	name string
	text []byte
}

// Open opens the changed file as it is changed.
func (o *overlay) Open(name string) (fs.File, error) {
	f, err := o.FS.Open(name)
	if err != nil || name != o.name {
		return f, err
	}
	return &changed{f, bytes.NewReader(o.text), int64(len(o.text))}, nil
}

// ReadDir, Lstat and ReadLink are the directory's own.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(o.FS, name) }
func (o *overlay) Lstat(name string) (fs.FileInfo, error)     { return fs.Lstat(o.FS, name) }
func (o *overlay) ReadLink(name string) (string, error)       { return fs.ReadLink(o.FS, name) }

// changed is the open file with another content.
type changed struct {
	fs.File
	text *bytes.Reader
	size int64
}

func (c *changed) Read(p []byte) (int, error) { return c.text.Read(p) }

func (c *changed) Stat() (fs.FileInfo, error) {
	info, err := c.File.Stat()
	if err != nil {
		return nil, err
	}
	return resized{info, c.size}, nil
}

type resized struct {
	fs.FileInfo
	size int64
}

func (r resized) Size() int64        { return r.size }
func (r resized) ModTime() time.Time { return time.Time{} }
