package recording

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// Options are choices for [Open]; the zero value is the default.
type Options struct {
	// Progress, if set, is called after each file read, from the calling goroutine.
	Progress func(done, total int)
	// CountsOnly opens the recording for [Recording.Inspect] alone: Salesforce's rows
	// are counted and not kept, so that memory does not follow their size. [Recording.At]
	// of such a recording is an error.
	CountsOnly bool
}

// FileDigest is one file that was read, and the SHA-256 of its bytes in
// lower-case hexadecimal.
type FileDigest struct{ Path, SHA256 string }

// CustomFields are the Salesforce fields beyond the schema that captured rows
// have, by API name, with the types of a recorded describe (text without one).
type CustomFields struct {
	Items map[state.Kind]map[string]state.Type
	User  map[string]state.Type
}

// Recording is an opened recording. It is safe for concurrent use.
type Recording struct {
	fsys     fs.FS
	manifest *Manifest
	tree     *tree
	world    *world
	custom   CustomFields
	facts    map[string]*mailFacts // by address
	captures []Capture
	instants []time.Time // distinct, in order
	files    []FileDigest
	boxes    []MailboxInventory
	notRead  []NotRead

	mu     sync.Mutex
	box    *mailbox  // the mailbox read last
	tables *tablesAt // the tables made last
}

// Open reads a recording. Problems are warnings with file and position; the
// recording is nil, with an error among the diagnostics, only if its manifest
// cannot be used. Salesforce rows are kept; of mailboxes, each read once here for
// its digest and diagnostics, only counts are, and they are read again when asked
// for, so that memory follows one person's data.
func Open(fsys fs.FS, opts Options) (*Recording, hcl.Diagnostics) {
	problems, sums := &wire.Problems{}, &digests{}
	m := readManifest(fsys, problems, sums)
	if m == nil {
		return nil, problems.Diagnostics()
	}
	r := &Recording{fsys: fsys, manifest: m, facts: map[string]*mailFacts{}}
	r.tree = scan(fsys, problems, &r.notRead)
	o := &opener{fsys: fsys, problems: problems, digests: sums, notRead: &r.notRead, manifest: m, countsOnly: opts.CountsOnly}
	if opts.Progress != nil {
		done := 0
		o.done = func() { done++; opts.Progress(done, r.tree.total) }
	}
	r.readAll(o)
	slices.SortFunc(sums.list, func(a, b FileDigest) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(r.notRead, func(a, b NotRead) int { return strings.Compare(a.Path, b.Path) })
	r.files = sums.list
	r.warnEmpty(problems)
	return r, problems.Diagnostics()
}

func (r *Recording) readAll(o *opener) {
	w, env := o.readWorld(r.tree.salesforce)
	r.world = w
	r.custom = customFields(env)
	r.captures = w.captures
	r.instants = w.instants
	for _, address := range r.tree.addresses {
		if _, ok := r.manifest.user(address); !ok {
			o.problems.Warn(path.Join("mailboxes", address), textpos.Pos{}, "Mailbox without user", "The manifest has no user with the mailbox %s, so nobody can say whose it is. Add the user to recording.json, or remove the folder. It is not planned.", wire.Clip(address))
		}
		box := o.readMailbox(address, r.tree.mailboxes[address])
		r.facts[address] = box.facts
		r.captures = append(r.captures, box.captures...)
		r.instants = append(r.instants, box.facts.instants...)
		r.boxes = append(r.boxes, inspectMailbox(box, r.manifest.Markers, w.parentOf))
	}
	slices.SortStableFunc(r.captures, compareCaptures)
	slices.SortFunc(r.instants, time.Time.Compare)
	r.instants = slices.CompactFunc(r.instants, time.Time.Equal)
}

// warnEmpty says so when there is nothing to look at.
func (r *Recording) warnEmpty(problems *wire.Problems) {
	if len(r.instants) == 0 {
		problems.Warn(ManifestFile, textpos.Pos{}, "Nothing captured", "The recording holds no captures. Put payloads into folders such as salesforce/20260504T080000Z/ and mailboxes/ADDRESS/20260504T080000Z/.")
	}
	if len(r.manifest.Users) == 0 {
		problems.Warn(ManifestFile, textpos.Pos{}, "No users", "The manifest names no users, so there is nobody to plan for. Add them under \"users\".")
	}
}

func customFields(env *salesforce.Env) CustomFields {
	c := CustomFields{Items: map[state.Kind]map[string]state.Type{}, User: map[string]state.Type{}}
	for object, fields := range env.Custom {
		into := c.User
		switch object {
		case "Contact", "Task", "Event":
			k, _ := state.ParseKind(strings.ToLower(object))
			into = map[string]state.Type{}
			c.Items[k] = into
		case "User":
		default:
			continue
		}
		for name, t := range fields {
			into[name] = t
		}
	}
	return c
}

// Manifest is the recording's manifest. It must not be changed.
func (r *Recording) Manifest() *Manifest { return r.manifest }

// Captures lists every capture by instant, source (Salesforce first) and kind.
func (r *Recording) Captures() []Capture { return slices.Clone(r.captures) }

func compareCaptures(a, b Capture) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if a.Source != b.Source && (a.Source == salesforceSource) != (b.Source == salesforceSource) {
		if a.Source == salesforceSource {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.Source, b.Source); c != 0 {
		return c
	}
	return strings.Compare(a.Kind, b.Kind)
}

// First is the instant of the first capture of any source; zero if there is none.
func (r *Recording) First() time.Time {
	if len(r.instants) == 0 {
		return time.Time{}
	}
	return r.instants[0]
}

// Last is the instant of the latest capture of any source; zero if there is none.
func (r *Recording) Last() time.Time {
	if len(r.instants) == 0 {
		return time.Time{}
	}
	return r.instants[len(r.instants)-1]
}

// CaptureInstants lists the distinct instants of captures from and to the given
// instants, both included, in order; a zero instant leaves that side open.
func (r *Recording) CaptureInstants(from, to time.Time) []time.Time {
	var out []time.Time
	for _, t := range r.instants {
		if (from.IsZero() || !t.Before(from)) && (to.IsZero() || !t.After(to)) {
			out = append(out, t)
		}
	}
	return out
}

// Files lists every file that was read, by path.
func (r *Recording) Files() []FileDigest { return slices.Clone(r.files) }

// CustomFields are the fields beyond the schema in the whole recording. They must
// not be changed.
func (r *Recording) CustomFields() CustomFields { return r.custom }

// Mailbox is one user's mailbox as recorded by the captures up to and including
// t; it is the caller's to change. A user without recorded mailbox has an empty
// one without captures. The error is an I/O failure: files that could be read when
// the recording was opened and cannot be now.
func (r *Recording) Mailbox(u *state.User, t time.Time) (*state.MailboxState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.box == nil || r.box.address != u.Address {
		folders, ok := r.tree.mailboxes[u.Address]
		if !ok {
			return state.NewMailboxState(), nil
		}
		if err := readable(r.fsys, folders); err != nil {
			return nil, err
		}
		o := &opener{fsys: r.fsys, manifest: r.manifest}
		r.box = o.readMailbox(u.Address, folders)
	}
	return r.box.state(t, r.manifest.Markers, r.world.parentOf), nil
}

// readable makes sure that no file has gone since the recording was opened.
func readable(fsys fs.FS, folders []*folder) error {
	for _, f := range folders {
		if _, err := fs.Stat(fsys, f.path); err != nil {
			return err
		}
	}
	return nil
}
