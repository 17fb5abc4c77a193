package generate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"path"

	"weir/state"
)

// Create makes a file of the recording, by its path with slashes. The generator
// closes it before it makes the next.
type Create func(name string) (io.WriteCloser, error)

// Progress is how far a run has come.
type Progress struct {
	// Files and Bytes have been written, in Done of Steps steps of about equal size.
	Files       int
	Bytes       int64
	Done, Steps int
}

// Run makes a recording. The manifest is the last file, so that what was broken off
// is none. Report, if not nil, is called after each step. An error is that the
// options make no sense, that a file could not be written, or that the context ended.
func Run(ctx context.Context, opts Options, create Create, report func(Progress)) (Progress, error) {
	opts, err := opts.orDefaults()
	if err != nil {
		return Progress{}, err
	}
	w, err := newWorld(opts)
	if err != nil {
		return Progress{}, err
	}
	r := &run{ctx: ctx, world: w, create: create, progress: Progress{Steps: opts.Sessions + opts.Users}}
	for session := range opts.Sessions {
		if err := r.salesforce(session); err != nil {
			return r.progress, err
		}
		r.step(report)
	}
	for u := range w.people {
		if err := r.mailbox(&w.people[u]); err != nil {
			return r.progress, err
		}
		r.step(report)
	}
	return r.progress, r.manifest()
}

// run is one making of a recording.
type run struct {
	ctx context.Context
	*world
	create   Create
	progress Progress
}

func (r *run) step(report func(Progress)) {
	r.progress.Done++
	if report != nil {
		report(r.progress)
	}
}

// file writes one file.
func (r *run) file(name string, write func(io.Writer) error) error {
	f, err := r.create(name)
	if err != nil {
		return err
	}
	out := &counting{r: r, dst: f}
	err = write(out)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	r.progress.Files++
	return nil
}

// counting counts what is written, and stops when the context ends.
type counting struct {
	r   *run
	dst io.Writer
}

func (c *counting) Write(p []byte) (int, error) {
	if err := c.r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.dst.Write(p)
	c.r.progress.Bytes += int64(n)
	return n, err
}

// document writes a small JSON document.
func document(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
}

// stamp is a capture folder's name.
func (r *run) stamp(session int) string { return r.instant(session).Format("20060102T150405Z") }

func (r *run) salesforceFile(session int, name string) string {
	return path.Join("salesforce", r.stamp(session), name)
}

type manifest struct {
	Format       string `json:"format"`
	Organization struct {
		ID           string   `json:"id"`
		Name         string   `json:"name"`
		TimeZone     string   `json:"time_zone"`
		EmailDomains []string `json:"email_domains"`
	} `json:"organization"`
	SyncIdentities []string `json:"sync_identities"`
	Users          []member `json:"users"`
}

type member struct {
	SalesforceID string   `json:"salesforce_id"`
	Mailbox      string   `json:"mailbox"`
	Provider     string   `json:"provider"`
	TimeZone     string   `json:"time_zone"`
	Groups       []string `json:"groups"`
}

func (r *run) manifest() error {
	m := manifest{Format: "weir.recording/1", SyncIdentities: []string{r.sync.id}}
	m.Organization.ID, m.Organization.Name = "00D5g0000000001EAA", "Acme (generated)"
	m.Organization.TimeZone, m.Organization.EmailDomains = "America/New_York", []string{domain}
	for i := range r.people {
		p := &r.people[i]
		m.Users = append(m.Users, member{p.id, p.address, p.provider.name, p.zone, p.groups})
	}
	return r.file("recording.json", document(m))
}

// peeked is a sequence after a look at whether there is anything in it; stop must be
// called.
func peeked[T any](seq iter.Seq[T]) (all iter.Seq[T], some bool, stop func()) {
	next, stop := iter.Pull(seq)
	first, some := next()
	return func(yield func(T) bool) {
		for v, ok := first, some; ok; v, ok = next() {
			if !yield(v) {
				return
			}
		}
	}, some, stop
}

// things goes through the things of a kind, all of them or those that begin at one
// and are a step apart.
func (w *world) things(on Place, kind state.Kind, from, step int) iter.Seq[thing] {
	return func(yield func(thing) bool) {
		for n, total := from, w.total(on, kind); n < total; n += step {
			if !yield(w.thing(on, kind, n)) {
				return
			}
		}
	}
}
