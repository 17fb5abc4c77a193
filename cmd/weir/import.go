package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weir/internal/render"
	"weir/recording"
	"weir/recording/intake"
)

// importOptions are weir import's flags and arguments.
type importOptions struct {
	Sources []string
	Dir     string // -o
	At      string
	Mailbox string
	Users   []string
	Format  string
	Color   string
}

func newImport(std streams) *cobra.Command {
	o := &importOptions{}
	c := &cobra.Command{
		Use:   "import SOURCE… -o DIR",
		Short: "Lay exports out as a recording",
		Long: `Lay exports out as a recording: files, folders and .zip archives of what
Salesforce, Exchange, Microsoft 365 or Gmail returned, of CSV exports, calendars
(.ics) and contacts (.vcf). What each file is, whose mailbox it shows and when it
was taken is found out from its content, its path and its time; what cannot be
found out is listed with the flag that says it. Payloads are copied as they are.`,
		Example: `  weir import exports -o imported
  weir import exports -o imported --at 2026-05-04T08:00:00Z     # all of one instant
  weir import exports -o imported --mailbox ann.lee@acme.example --user ann.lee@acme.example=0055g00000EVbQvAAL`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			o.Sources = args
			return o.Run(c.Context(), std)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.Dir, "output", "o", "", "`directory` to make; it must be new or empty")
	f.StringVar(&o.At, "at", "", "`instant` at which every file was taken, such as 2026-05-04T08:00:00Z")
	f.StringVar(&o.Mailbox, "mailbox", "", "`address` of the mailbox that files show which do not say whose they are")
	f.StringArrayVar(&o.Users, "user", nil, "`ADDRESS=ID`: the Salesforce user of a mailbox, where no User row tells (repeatable)")
	f.StringVar(&o.Format, "format", "text", "`form` of the output: text, json")
	f.StringVar(&o.Color, "color", "auto", "`when` to use colour: auto, always, never (auto obeys NO_COLOR)")
	_ = c.MarkFlagDirname("output")
	return c
}

// Run lays the sources out and says where everything went.
func (o *importOptions) Run(ctx context.Context, std streams) error {
	out := &output{Format: o.Format, Color: o.Color, formats: []string{"text", "json"}}
	if err := out.check(); err != nil {
		return err
	}
	opts, err := o.options()
	if err != nil {
		return err
	}
	sources, done, err := openSources(o.Sources)
	defer done()
	if err != nil {
		return err
	}
	layout, err := intake.Arrange(sources, opts)
	if err != nil {
		return err
	}
	if layout.Placed() > 0 {
		if err := o.copy(ctx, sources, layout); err != nil {
			return err
		}
	}
	report := render.NewImportReport(o.Sources, o.Dir, layout)
	err = out.write(std, func(w io.Writer) error {
		if o.Format == "json" {
			return render.JSON(w, report)
		}
		return render.Import(w, report, render.TextOptions{Color: out.useColor(std)})
	})
	switch {
	case err != nil:
		return err
	case layout.Placed() == 0:
		return errors.New("none of these files could be placed; nothing was written")
	}
	return o.check(std, out)
}

// check reads the new recording, so that what is wrong with it is said at once.
func (o *importOptions) check(std streams, out *output) error {
	l := &loaded{}
	if err := l.openRecording(o.Dir, false); err != nil {
		return err
	}
	rec, diags := recording.Open(l.recFS, recording.Options{CountsOnly: true})
	l.rec = rec
	return l.judge(std, out, diags, false)
}

// options reads the flags.
func (o *importOptions) options() (intake.Options, error) {
	opts := intake.Options{Mailbox: strings.ToLower(o.Mailbox), Users: map[string]string{}, Name: filepath.Base(filepath.Clean(o.Dir))}
	if len(o.Sources) == 0 {
		return opts, missing("weir import", "what to import", "weir import exports -o DIR")
	}
	if o.Dir == "" {
		return opts, missing("weir import", "a directory to make", "weir import "+o.Sources[0]+" -o recording")
	}
	if o.At != "" {
		at, err := time.Parse(time.RFC3339, o.At)
		if err != nil {
			return opts, usage("--at 2026-05-04T08:00:00Z", "--at takes an instant such as 2026-05-04T08:00:00Z, not %q", o.At)
		}
		opts.At = at
	}
	for _, u := range o.Users {
		address, id, ok := strings.Cut(u, "=")
		if !ok || !strings.Contains(address, "@") || len(id) != 15 && len(id) != 18 {
			return opts, usage("--user ann.lee@acme.example=0055g00000EVbQvAAL", "--user takes an address and a Salesforce user id, not %q", u)
		}
		opts.Users[strings.ToLower(address)] = id
	}
	return opts, emptyDir(o.Dir)
}

// copy writes the recording; its manifest last, so that half a copy is none. Nothing
// can be written outside the directory, whatever the files are called.
func (o *importOptions) copy(ctx context.Context, sources []intake.Source, layout *intake.Layout) error {
	root, err := newDir(o.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return layout.Copy(sources, func(name string, r io.Reader) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, err := newFile(root, name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, r); err != nil {
			f.Close()
			return fmt.Errorf("cannot write %s: %w", name, err)
		}
		return f.Close()
	})
}

// openSources opens every source; done closes them.
func openSources(names []string) (sources []intake.Source, done func(), err error) {
	var open []io.Closer
	done = func() {
		for _, c := range open {
			c.Close()
		}
	}
	for _, name := range names {
		s, c, err := openSource(name)
		if err != nil {
			return nil, done, err
		}
		open = append(open, c)
		sources = append(sources, s)
	}
	return sources, done, nil
}

// openSource opens a folder, an archive or a single file. Nothing outside it can be
// reached through links, and of an archive only well-behaved names.
func openSource(name string) (intake.Source, io.Closer, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return intake.Source{}, nil, fmt.Errorf("there is nothing at %s", name)
	case err != nil:
		return intake.Source{}, nil, fmt.Errorf("cannot read %s: %w", name, err)
	case strings.EqualFold(filepath.Ext(name), ".zip") && info.Mode().IsRegular():
		return openArchive(name)
	}
	dir, only := name, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(name), filepath.Base(name)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return intake.Source{}, nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	fsys := root.FS()
	if only != "" {
		fsys = oneFile{fsys, only}
	}
	return intake.Source{Name: name, FS: fsys}, root, nil
}

// maxUnpacked bounds what one archive may unpack to. Past smallArchive it may also
// be at most maxRatio times the archive itself; exports compress to a tenth or so.
const (
	maxUnpacked  = 64 << 30
	smallArchive = 256 << 20
	maxRatio     = 200
)

func openArchive(name string) (intake.Source, io.Closer, error) {
	r, err := zip.OpenReader(name)
	if err != nil {
		return intake.Source{}, nil, fmt.Errorf("cannot read the archive %s: %w", name, err)
	}
	var packed, unpacked uint64
	for _, f := range r.File {
		packed += f.CompressedSize64
		unpacked += f.UncompressedSize64
	}
	if unpacked > maxUnpacked || unpacked > smallArchive && unpacked > maxRatio*packed {
		r.Close()
		return intake.Source{}, nil, fmt.Errorf("the archive %s would unpack to %d MiB from %d MiB, which no export does; it is not read", name, unpacked>>20, packed>>20)
	}
	return intake.Source{Name: name, FS: r}, r, nil
}

// oneFile is a folder in which there is only one file.
type oneFile struct {
	fs.FS
	name string
}

// Open implements fs.FS.
func (o oneFile) Open(name string) (fs.File, error) {
	if name != o.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return o.FS.Open(name)
}

// Stat implements fs.StatFS, by which a walk begins.
func (o oneFile) Stat(name string) (fs.FileInfo, error) { return fs.Stat(o.FS, name) }

// ReadDir implements fs.ReadDirFS.
func (o oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}
