package render

import (
	"cmp"
	"io"
	"strings"
	"time"

	"weir/recording/intake"
)

// ImportFormat and its major version stand in every report of an import.
const ImportFormat = "weir.import/1"

// ImportReport says where every file of an import went.
type ImportReport struct {
	Format    string          `json:"format"`
	Directory string          `json:"directory"`
	Users     []ImportUser    `json:"users"`
	Files     []ImportFile    `json:"files"`
	NotPlaced []ImportRefused `json:"not_placed"`
	Notes     []string        `json:"notes"`
}

// ImportUser is one person of the new recording.
type ImportUser struct {
	Mailbox      string `json:"mailbox"`
	SalesforceID string `json:"salesforce_id"`
	Provider     string `json:"provider"`
	Name         string `json:"name"`
}

// ImportFile is one file that has a place.
type ImportFile struct {
	Source string    `json:"source"`
	Path   string    `json:"path"`
	What   string    `json:"what"`
	At     time.Time `json:"at"`
	Told   string    `json:"at_from"` // "--at", "path" or "saved"
	Target string    `json:"target"`
}

// ImportRefused is one file without a place.
type ImportRefused struct {
	Source string `json:"source"`
	Path   string `json:"path"`
	Why    string `json:"why"`
}

// NewImportReport lays out what an import found.
func NewImportReport(sources []string, dir string, l *intake.Layout) *ImportReport {
	r := &ImportReport{Format: ImportFormat, Directory: dir, Users: []ImportUser{}, Files: []ImportFile{}, NotPlaced: []ImportRefused{}, Notes: l.Notes}
	for _, u := range l.Users {
		r.Users = append(r.Users, ImportUser(u))
	}
	for i := range l.Files {
		f := &l.Files[i]
		if f.Target == "" {
			r.NotPlaced = append(r.NotPlaced, ImportRefused{sources[f.Source], f.Path, f.Why})
		} else {
			r.Files = append(r.Files, ImportFile{sources[f.Source], f.Path, f.What, f.At, f.Told, f.Target})
		}
	}
	return r
}

// Import writes where everything went, and what is left to do.
func Import(w io.Writer, r *ImportReport, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	p.line(p.paint(bold, joinDots(Escape(r.Directory), count(len(r.Files), "file placed", "files placed"),
		count(len(r.NotPlaced), "not placed", "not placed"), people(len(r.Users)))))
	i := inventory{p, nil, opts}
	i.placed(r.Files)
	var rows [][]string
	for _, f := range r.NotPlaced {
		rows = append(rows, []string{Escape(f.Path), Escape(f.Why)})
	}
	i.section("Not placed", rows)
	rows = nil
	for _, u := range r.Users {
		rows = append(rows, []string{Escape(cmp.Or(u.Name, u.Mailbox)), Escape(u.Mailbox), Escape(u.Provider), Escape(u.SalesforceID)})
	}
	i.section("People", rows)
	rows = nil
	for _, n := range r.Notes {
		rows = append(rows, []string{Escape(n)})
	}
	i.section("To check", rows)
	if len(r.Files) > 0 {
		p.blank()
		p.line("Next: weir inspect -r " + Escape(r.Directory))
	}
	return p.flush()
}

// toldBy words what told an instant.
var toldBy = map[string]string{"--at": "(--at)", "path": "(its path)", "saved": "(when it was saved)"}

// placed lists the captures, each with its files and where they came from.
func (i inventory) placed(files []ImportFile) {
	var order []string
	captures := map[string][][]string{}
	told := map[string]string{}
	for _, f := range files {
		source, rest, _ := strings.Cut(f.Target, "/")
		if source == "mailboxes" {
			address, below, _ := strings.Cut(rest, "/")
			source, rest = source+"/"+address, below
		}
		capture, name, _ := strings.Cut(rest, "/")
		key := source + "/" + capture
		if captures[key] == nil {
			order = append(order, key)
			told[key] = utcClock.full(f.At) + " UTC " + toldBy[f.Told]
		}
		captures[key] = append(captures[key], []string{Escape(name), Escape(f.What), "from " + Escape(f.Path)})
	}
	for _, key := range order {
		i.section(Escape(key)+"/", captures[key])
		i.p.line("  " + i.p.paint(dim, told[key]))
	}
}
