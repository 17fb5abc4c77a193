package recording

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/recording/xmlstream"
)

// folderForm is how capture folders are named: their instant in UTC.
const folderForm = "20060102T150405Z"

// salesforceSource is the source's name in captures.
const salesforceSource = "salesforce"

// maxFolderDepth bounds how deep files may lie below a capture folder.
const maxFolderDepth = 4

// folder is one capture folder.
type folder struct {
	source   string // salesforceSource, or a mailbox address
	at       time.Time
	path     string
	files    []string // relative to the folder, pages in order
	settings *captureSettings
}

// tree is what a recording's directory holds.
type tree struct {
	salesforce []*folder
	mailboxes  map[string][]*folder // by address
	addresses  []string             // sorted
	total      int                  // files
}

// scanner walks the directory without following symbolic links.
type scanner struct {
	fsys     fs.FS
	problems *wire.Problems
	notRead  *[]NotRead
	tree     *tree
}

// scan finds what a recording holds.
func scan(fsys fs.FS, problems *wire.Problems, notRead *[]NotRead) *tree {
	s := &scanner{fsys, problems, notRead, &tree{mailboxes: map[string][]*folder{}}}
	for _, e := range s.list(".") {
		switch {
		case e.Name() == "salesforce" && e.IsDir():
			s.tree.salesforce = s.captures("salesforce", salesforceSource)
		case e.Name() == "mailboxes" && e.IsDir():
			s.mailboxes()
		case e.Name() == ManifestFile:
		default:
			s.other(e.Name(), e.IsDir(), "Only recording.json, salesforce/ and mailboxes/ are read.")
		}
	}
	for a := range s.tree.mailboxes {
		s.tree.addresses = append(s.tree.addresses, a)
	}
	slices.Sort(s.tree.addresses)
	return s.tree
}

// list is a directory's entries by name, symbolic links left out and noted.
func (s *scanner) list(dir string) []fs.DirEntry {
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		s.problems.Warn(dir, textpos.Pos{}, "Folder not readable", "The folder cannot be read (%s).", reason(err))
	}
	out := entries[:0:0]
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			name := path.Join(dir, e.Name())
			s.problems.Warn(name, textpos.Pos{}, "Symbolic link", "Symbolic links are not followed, so that a recording cannot read files outside itself. Put the file here instead.")
			s.skip(name, "a symbolic link")
			continue
		}
		if !e.Type().IsRegular() && !e.IsDir() {
			name := path.Join(dir, e.Name())
			s.problems.Warn(name, textpos.Pos{}, "Not a regular file", "Only regular files are read: a pipe or a device may never end. Put the payload here as a file.")
			s.skip(name, "not a regular file")
			continue
		}
		out = append(out, e)
	}
	return out
}

func (s *scanner) skip(name, why string) { *s.notRead = append(*s.notRead, NotRead{name, why}) }

// other notes a file or folder that has no place in a recording. Notes for people
// and hidden files are left alone.
func (s *scanner) other(name string, isDir bool, detail string) {
	base := strings.ToLower(path.Base(name))
	s.skip(name, "no part of a recording")
	if strings.HasPrefix(base, ".") || !isDir && (strings.HasSuffix(base, ".md") || strings.HasSuffix(base, ".txt") || base == "license" || base == "thumbs.db") {
		return
	}
	s.problems.Warn(name, textpos.Pos{}, "Not part of a recording", "%s", detail)
}

func (s *scanner) mailboxes() {
	for _, e := range s.list("mailboxes") {
		name := path.Join("mailboxes", e.Name())
		if !e.IsDir() {
			s.other(name, false, "Below mailboxes/ stands one folder a mailbox, named by its address.")
			continue
		}
		address := wire.Address(e.Name())
		s.tree.mailboxes[address] = append(s.tree.mailboxes[address], s.captures(name, address)...)
	}
	for _, folders := range s.tree.mailboxes {
		sortFolders(folders)
	}
}

func sortFolders(list []*folder) {
	slices.SortFunc(list, func(a, b *folder) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.path, b.path)) })
}

// captures lists the capture folders of one source by instant.
func (s *scanner) captures(dir, source string) []*folder {
	var out []*folder
	for _, e := range s.list(dir) {
		name := path.Join(dir, e.Name())
		at, err := time.Parse(folderForm, e.Name())
		switch {
		case !e.IsDir():
			s.other(name, false, "Payloads belong into a capture folder named by its instant in UTC, such as 20260504T080000Z.")
			continue
		case err != nil || at.Year() < 1679 || at.Year() > 2261:
			s.problems.Warn(name, textpos.Pos{}, "Not a capture folder", "A capture folder is named by its instant in UTC, such as 20260504T080000Z. Rename it; its files are not read.")
			s.skip(name, "not named by an instant")
			continue
		}
		f := &folder{source: source, at: at.UTC(), path: name}
		s.files(f, "", 0)
		slices.SortFunc(f.files, comparePages)
		s.tree.total += len(f.files)
		out = append(out, f)
	}
	sortFolders(out)
	return out
}

// comparePages orders files by name, and the pages of one answer by their number:
// Contact.json, Contact.2.json, Contact.10.json.
func comparePages(a, b string) int {
	stemA, pageA := page(a)
	stemB, pageB := page(b)
	return cmp.Or(strings.Compare(stemA, stemB), cmp.Compare(pageA, pageB), strings.Compare(a, b))
}

// page splits a page number off a file's name; 0 if it has none.
func page(file string) (stem string, n int) {
	stem = strings.TrimSuffix(file, path.Ext(file))
	if i := strings.LastIndexAny(stem, ".-_ "); i > 0 {
		if n, err := strconv.Atoi(stem[i+1:]); err == nil {
			return stem[:i], n
		}
	}
	return stem, 0
}

func (s *scanner) files(f *folder, below string, depth int) {
	for _, e := range s.list(path.Join(f.path, below)) {
		name := path.Join(below, e.Name())
		full := path.Join(f.path, name)
		switch ext := strings.ToLower(path.Ext(name)); {
		case e.IsDir() && depth < maxFolderDepth:
			s.files(f, name, depth+1)
		case e.IsDir():
			s.other(full, true, "Folders nest too deep here; the files below are not read.")
		case payload(f.source, ext) && !strings.HasPrefix(e.Name(), "."):
			f.files = append(f.files, name)
		case f.source == salesforceSource && isListViewXML(name) && !strings.HasPrefix(e.Name(), "."):
			f.files = append(f.files, name)
		case formats[ext]:
			s.skip(full, "a format this source does not have")
			s.problems.Warn(full, textpos.Pos{}, "Format not read", "Salesforce answers in JSON and CSV, mailboxes in JSON, XML (Exchange), .ics and .vcf. Move the file where it belongs, or remove it.")
		default:
			s.other(full, false, "Only .json, .csv, .xml, .ics and .vcf files are read.")
		}
	}
}

// formats are the extensions of payloads.
var formats = map[string]bool{".json": true, ".csv": true, ".xml": true, ".ics": true, ".vcf": true}

// payload reports an extension that a source's payloads have.
func payload(source, ext string) bool {
	if source == salesforceSource {
		return ext == ".json" || ext == ".csv"
	}
	return formats[ext] && ext != ".csv"
}

// reason is an I/O error without the path, which the diagnostic already shows.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	}
	return err.Error()
}

// digests collects the digests of all files read; nil collects nothing.
type digests struct{ list []FileDigest }

// hashing is a reader that knows the digest of what passed through it.
type hashing struct {
	io.Reader
	sum  hash.Hash
	text *encoding
}

func newHashing(r io.Reader) *hashing {
	h, text := sha256.New(), &encoding{line: 1}
	return &hashing{io.TeeReader(r, io.MultiWriter(h, text)), h, text}
}

// encoding watches the bytes of a file for what is not UTF-8. The reader replaces
// such bytes, which must not go unsaid.
type encoding struct {
	rest  []byte // the beginning of a character cut off at the end of a write
	line  int32
	bad   int32 // line of the first bad byte, 0 for none
	other bool  // the file says that it is something else, which the reader converts
	began bool
	named bool // the file names the character set of such bytes, and was read in it
}

// otherEncoding are what an XML document may say that it is instead.
var otherEncoding = map[string]bool{"iso-8859-1": true, "latin1": true, "windows-1252": true, "cp1252": true}

// Write implements io.Writer; it never fails.
func (e *encoding) Write(p []byte) (int, error) {
	if !e.began {
		e.began = true
		e.other = bytes.HasPrefix(p, []byte{0xFF, 0xFE}) || bytes.HasPrefix(p, []byte{0xFE, 0xFF}) || otherEncoding[xmlstream.DeclaredEncoding(p)]
	}
	if e.bad != 0 || e.other {
		return len(p), nil
	}
	b := p
	if len(e.rest) > 0 {
		b = append(e.rest, p...)
		e.rest = nil
	}
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			if b[0] == '\n' {
				e.line++
			}
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			e.rest = append([]byte(nil), b...)
			break
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			e.bad = e.line
			break
		}
		b = b[n:]
	}
	return len(p), nil
}

// add notes a file's digest, reading what the parser left unread.
func (d *digests) add(name string, h *hashing) {
	if d == nil {
		return
	}
	_, _ = io.Copy(io.Discard, h.Reader)
	d.list = append(d.list, FileDigest{name, hex.EncodeToString(h.sum.Sum(nil))})
}
