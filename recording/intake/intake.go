package intake

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Source is a file, folder or archive that somebody keeps exports in.
type Source struct {
	Name string // as given, for people
	FS   fs.FS
}

// Options are what the person who imports knows; the zero value is to find out
// everything.
type Options struct {
	At      time.Time // the instant of every file; zero to find out
	Mailbox string    // the owner of files that do not say whose they are
	// Users are Salesforce ids by mailbox address, where no User row tells.
	Users map[string]string
	// Name is the organisation's, where no Organization row tells.
	Name string
}

// Side is where a payload comes from.
type Side uint8

// The sides.
const (
	NoSide Side = iota
	Salesforce
	Mailbox
)

// File is one file of a source, and what was found out about it.
type File struct {
	Source int
	Path   string // within the source
	Size   int64

	Side  Side
	What  string // what it holds, for people: "Contact rows", "a Google calendar"
	Owner string // the mailbox's address
	At    time.Time
	// Told says what told the instant: "--at", "path" or "saved".
	Told string
	// Target is its place in the recording; "" if it has none, and Why says why.
	Target, Why string

	folder string // a folder below the capture's that gives the file its meaning
	name   string // its name there
	dialect
}

// Layout is where everything goes.
type Layout struct {
	Files    []File // by source and path
	Manifest []byte // recording.json
	Users    []User
	// Notes are what somebody has to know or to add by hand.
	Notes []string
}

// User is one person of the manifest to be.
type User struct {
	Mailbox, SalesforceID, Provider, Name string
}

// maxFiles bounds how many files one import looks at.
const maxFiles = 200_000

// headSize is how much of a file is looked at.
const headSize = 64 << 10

// Arrange finds out about every file of the sources and lays them out. The error
// is an I/O failure of a source as a whole.
func Arrange(sources []Source, opts Options) (*Layout, error) {
	l := &Layout{}
	for i := range sources {
		if err := l.list(i, &sources[i], opts); err != nil {
			return nil, err
		}
	}
	people, err := readPeople(sources, l.Files)
	if err != nil {
		return nil, err
	}
	l.own(people, opts)
	together(l.Files)
	follow(l.Files)
	place(l.Files)
	l.Users = l.users(people, opts)
	l.refuseStrangers()
	if l.Manifest, err = l.manifest(people, opts); err != nil {
		return nil, err
	}
	return l, nil
}

// Placed counts the files that have a place.
func (l *Layout) Placed() int {
	n := 0
	for i := range l.Files {
		if l.Files[i].Target != "" {
			n++
		}
	}
	return n
}

func (l *Layout) list(index int, s *Source, opts Options) error {
	return fs.WalkDir(s.FS, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return fmt.Errorf("cannot read %s: %w", s.Name, err)
		case err != nil:
			l.Files = append(l.Files, File{Source: index, Path: name, Why: "it cannot be read"})
			return nil
		case e.IsDir():
			return nil
		case len(l.Files) >= maxFiles:
			return fmt.Errorf("%s holds more than %d files; import a part of it", s.Name, maxFiles)
		}
		l.Files = append(l.Files, look(index, s, name, e, opts))
		return nil
	})
}

// look finds out what one file says by itself.
func look(index int, s *Source, name string, e fs.DirEntry, opts Options) File {
	f := File{Source: index, Path: name}
	if !e.Type().IsRegular() {
		f.Why = "it is no regular file; links are not followed"
		return f
	}
	info, err := e.Info()
	if err != nil {
		f.Why = "it cannot be read"
		return f
	}
	f.Size = info.Size()
	head, err := readHead(s.FS, name)
	if err != nil {
		f.Why = "it cannot be read"
		return f
	}
	f.classify(head)
	switch at, ok := instantOf(name); {
	case !opts.At.IsZero():
		f.At, f.Told = opts.At.UTC(), "--at"
	case ok:
		f.At, f.Told = at, "path"
	default:
		f.At, f.Told = info.ModTime().UTC().Truncate(time.Second), "saved"
	}
	return f
}

func readHead(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, headSize))
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		head = narrow(head)
	}
	return bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), err
}

// narrow makes UTF-16 readable enough to be told: every other byte.
func narrow(head []byte) []byte {
	out := head[:0:0]
	for _, c := range head[2:] {
		if c != 0 {
			out = append(out, c)
		}
	}
	return out
}

// own gives files of mailboxes their owners: the content's, else the path's, else
// the only one there is, else the option's.
func (l *Layout) own(people *people, opts Options) {
	owners := map[string]bool{}
	for i := range l.Files {
		f := &l.Files[i]
		if f.Side != Mailbox {
			continue
		}
		if f.Owner == "" {
			f.Owner = addressIn(f.Path)
		}
		if f.Owner != "" {
			owners[f.Owner] = true
		}
	}
	only := opts.Mailbox
	if only == "" && len(owners) == 1 {
		only = slices.Collect(keysOf(owners))[0]
	}
	if only == "" && len(owners) == 0 {
		only = people.only()
	}
	for i := range l.Files {
		f := &l.Files[i]
		if f.Side == Mailbox && f.Owner == "" {
			if f.Owner = strings.ToLower(only); f.Owner == "" {
				f.Why = "nothing says whose mailbox it shows: put it into a folder named by the address, or name it with --mailbox"
			}
		}
	}
}

// apart is the time between two captures of one side.
const apart = time.Hour

// together makes one capture of the files of a side that were saved within an hour
// of each other.
func together(files []File) {
	bySide := map[string][]*File{}
	for i := range files {
		if f := &files[i]; f.Why == "" && f.Told == "saved" {
			bySide[f.source()] = append(bySide[f.source()], f)
		}
	}
	for _, list := range bySide {
		slices.SortStableFunc(list, func(a, b *File) int { return a.At.Compare(b.At) })
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && list[to].At.Sub(list[to-1].At) < apart {
				to++
			}
			for _, f := range list[from:to] {
				f.At = list[to-1].At
			}
			from = to
		}
	}
}

// source is the folder of the recording that holds a file's captures.
func (f *File) source() string {
	if f.Side == Salesforce {
		return "salesforce"
	}
	return "mailboxes/" + f.Owner
}

// place names every file's place; of two files with one name the later gets a
// number.
func place(files []File) {
	taken := map[string]bool{}
	for i := range files {
		f := &files[i]
		if f.Why != "" {
			continue
		}
		name := clean(f.name)
		target := path.Join(f.source(), f.At.Format("20060102T150405Z"), f.folder, name)
		for n := 2; taken[strings.ToLower(target)]; n++ {
			stem, ext, _ := strings.Cut(name, ".")
			target = path.Join(f.source(), f.At.Format("20060102T150405Z"), f.folder, fmt.Sprintf("%s-%d.%s", stem, n, ext))
		}
		taken[strings.ToLower(target)] = true
		f.Target = target
	}
}

// clean makes a file's name one that is safe in every file system.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@", r) {
			return r
		}
		return '_'
	}, name)
	if name = strings.TrimLeft(name, "."); name == "" {
		return "unnamed"
	}
	return name
}

// users are the people of the recording: everybody whose mailbox was found.
func (l *Layout) users(people *people, opts Options) []User {
	byAddress := map[string]*User{}
	for i := range l.Files {
		f := &l.Files[i]
		if f.Side != Mailbox || f.Owner == "" {
			continue
		}
		u := byAddress[f.Owner]
		if u == nil {
			u = &User{Mailbox: f.Owner, SalesforceID: opts.Users[f.Owner]}
			if row, ok := people.byAddress[f.Owner]; ok {
				u.Name = row.Name
				u.SalesforceID = cmp.Or(u.SalesforceID, row.ID)
			}
			byAddress[f.Owner] = u
		}
		u.Provider = cmp.Or(u.Provider, f.provider)
	}
	out := make([]User, 0, len(byAddress))
	for _, u := range byAddress {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b User) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return out
}

// refuseStrangers takes the places from files of people whose Salesforce id nobody
// told: without it nothing can be planned for them.
func (l *Layout) refuseStrangers() {
	strangers := map[string]bool{}
	l.Users = slices.DeleteFunc(l.Users, func(u User) bool {
		strangers[u.Mailbox] = u.SalesforceID == ""
		return u.SalesforceID == ""
	})
	for i := range l.Files {
		f := &l.Files[i]
		if f.Side == Mailbox && strangers[f.Owner] && f.Target != "" {
			f.Target = ""
			f.Why = fmt.Sprintf("no User row has the address %s: add User rows, or say --user %s=005…", f.Owner, f.Owner)
		}
	}
}
