package anonymize

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Options say how to anonymise.
type Options struct {
	// Days is by how many days every date is shifted, 0 not to.
	Days int
	// Named are the texts that the policy and the recording's own filters name: they
	// stay, also inside longer texts.
	Named []string
	// Keep are values that stay whole wherever they stand.
	Keep []string
}

// Left is a file that was not rewritten whole.
type Left struct {
	File string `json:"file"` // the name it would have had
	Why  string `json:"why"`
}

// Report says what was replaced. It holds no original value.
type Report struct {
	Files     int    `json:"files"`
	Left      []Left `json:"left_out"`
	IDs       int    `json:"ids"`
	Addresses int    `json:"addresses"`
	Domains   int    `json:"domains"`
	Words     int    `json:"words"`
	Numbers   int    `json:"numbers"`
	Days      int    `json:"days"`
}

// Writer stores a file of the new recording.
type Writer func(name string, r io.Reader) error

// manifest is written last, so that half a recording is none.
const manifest = "recording.json"

// Run rewrites a recording. An error is that something could not be read or
// written; files and parts of files that cannot be understood are left out and listed.
func Run(fsys fs.FS, opts Options, write Writer) (*Names, *Report, error) {
	files, left, err := list(fsys)
	if err != nil {
		return nil, nil, err
	}
	n := newNames(opts)
	for _, f := range files {
		n.Path(f)
		if err := n.file(fsys, f, io.Discard); err != nil && ioFailure(err) {
			return nil, nil, fmt.Errorf("cannot read the recording: %w", err)
		}
	}
	for _, l := range left {
		n.Path(l.File)
	}
	n.fix()
	if err := n.fixMade(fsys, files); err != nil {
		return nil, nil, fmt.Errorf("cannot read the recording: %w", err)
	}
	report := &Report{Left: []Left{}, Days: opts.Days, IDs: len(n.records) + len(n.ids), Addresses: len(n.addresses),
		Domains: len(n.domains), Words: len(n.words), Numbers: len(n.digits)}
	for _, l := range left {
		report.Left = append(report.Left, Left{n.Path(l.File), l.Why})
	}
	for _, f := range files {
		if err := n.copy(fsys, f, report, write); err != nil {
			return nil, nil, err
		}
	}
	slices.SortFunc(report.Left, func(a, b Left) int { return strings.Compare(a.File+"\x00"+a.Why, b.File+"\x00"+b.Why) })
	return n, report, nil
}

// copy writes one file.
func (n *Names) copy(fsys fs.FS, file string, report *Report, write Writer) error {
	r, w := io.Pipe()
	wrong := make(chan error, 1)
	go func() {
		err := n.file(fsys, file, w)
		wrong <- err
		w.Close() // what was understood is kept
	}()
	name := n.Path(file)
	err := write(name, r)
	r.CloseWithError(io.ErrClosedPipe)
	cause := <-wrong
	if err != nil {
		return err
	}
	switch {
	case cause == nil:
	case ioFailure(cause):
		return fmt.Errorf("cannot read the recording: %w", cause)
	default:
		report.Left = append(report.Left, Left{name, "what follows a mistake in it, or rows that cannot be read"})
	}
	report.Files++
	return nil
}

// ioFailure reports an error of the disk rather than of the content.
func ioFailure(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p)
}

// file rewrites one file.
func (n *Names) file(fsys fs.FS, name string, w io.Writer) error {
	return n.through(fsys, name, w, func(r io.Reader, w io.Writer) error { return n.content(name, r, w) })
}

// through passes one file through something.
func (n *Names) through(fsys fs.FS, name string, w io.Writer, rewrite func(io.Reader, io.Writer) error) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	r := transform.NewReader(bufio.NewReader(f), unicode.BOMOverride(transform.Nop))
	out := bufio.NewWriter(w)
	return errors.Join(rewrite(r, out), out.Flush())
}

func (n *Names) content(name string, r io.Reader, w io.Writer) error {
	switch strings.ToLower(path.Ext(name)) {
	case ".csv":
		return n.rewriteCSV(r, w)
	case ".xml":
		return n.rewriteXML(r, w)
	case ".ics", ".vcf":
		return n.rewriteLines(r, w)
	}
	return n.rewriteJSON(r, w)
}

// Path is a file's new name: people and instants in it are replaced as in the files.
func (n *Names) Path(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		switch {
		case i == 0 && (p == "salesforce" || p == "mailboxes" || p == manifest):
		case i == 1 && parts[0] == "mailboxes":
			parts[i] = n.Address(p)
		case instantName.MatchString(p):
			parts[i] = n.basic(p)
		default:
			parts[i] = n.FileName(p)
		}
	}
	return strings.Join(parts, "/")
}

// list finds the files of a recording, the manifest last, without following links.
func list(fsys fs.FS) (files []string, left []Left, err error) {
	found := false
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read the recording: %w", err)
		}
		source, _, _ := strings.Cut(name, "/")
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			left = append(left, Left{name, "a symbolic link"})
		case d.IsDir():
			if name != "." && source != "salesforce" && source != "mailboxes" {
				left = append(left, Left{name, "no part of a recording"})
				return fs.SkipDir
			}
		case !d.Type().IsRegular():
			left = append(left, Left{name, "not a regular file"})
		case name == manifest:
			found = true
		case !understood(source, name):
			left = append(left, Left{name, "no part of a recording, or a format that is not rewritten"})
		default:
			files = append(files, name)
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("no recording: there is no " + manifest + ", or it is no regular file")
	}
	return append(files, manifest), left, err
}

// understood reports a payload.
func understood(source, name string) bool {
	ext := strings.ToLower(path.Ext(name))
	base := path.Base(name)
	switch {
	case strings.HasPrefix(base, ".") || strings.Count(name, "/") < 2:
		return false
	case source == "salesforce":
		return ext == ".json" || ext == ".csv" || ext == ".xml"
	case source == "mailboxes":
		return ext == ".json" || ext == ".xml" || ext == ".ics" || ext == ".vcf"
	}
	return false
}
