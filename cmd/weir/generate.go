package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weir/recording/generate"
)

// generateOptions are weir generate's flags.
type generateOptions struct {
	generate.Options
	Dir        string // -o
	Providers  string
	Salesforce string
	Start      string
	Cases      bool
}

func newGenerate(std streams) *cobra.Command {
	o := &generateOptions{}
	c := &cobra.Command{
		Use:   "generate -o DIR",
		Short: "Make up a recording, to try policies and weir itself on",
		Long: `Make up a recording of an organisation that does not exist: full captures of
Salesforce and of every mailbox, then captures of changes, in which every case that
a sync has to decide happens with a known frequency (--cases lists them). Nothing
in it is about anybody: addresses end in .example.

Contacts, tasks and events are records of the whole organisation; mailboxes hold
the copies that the default policy makes of them, and some items of their own. The
same flags give the same bytes.`,
		Example: `  weir generate -o made
  weir generate -o larger --users 50 --contacts 3000 --events 5000 --sessions 12 --seed 7 --providers office365=60,exchange=20,gmail=20
  weir generate --cases`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return o.Run(c.Context(), std) },
	}
	f := c.Flags()
	f.StringVarP(&o.Dir, "output", "o", "", "`directory` to make; it must be new or empty")
	f.IntVar(&o.Users, "users", 20, "`number` of people with mailboxes")
	f.IntVar(&o.Contacts, "contacts", 1000, "`number` of contacts in Salesforce")
	f.IntVar(&o.Tasks, "tasks", 1000, "`number` of tasks in Salesforce")
	f.IntVar(&o.Events, "events", 1000, "`number` of events in Salesforce")
	f.IntVar(&o.Sessions, "sessions", 48, "`number` of captures, half an hour apart")
	f.Uint64Var(&o.Seed, "seed", 1, "`number` that chooses among organisations")
	f.StringVar(&o.Providers, "providers", generate.Providers()[0], "`shares` of mail services, such as "+strings.Join(shares(), ","))
	f.StringVar(&o.Salesforce, "salesforce", "rest", "`form` of Salesforce's full captures: rest, csv (Bulk query results)")
	f.StringVar(&o.Start, "start", "2026-05-04T06:00:00Z", "`instant` of the first capture")
	f.BoolVar(&o.Cases, "cases", false, "list the cases that happen, and write nothing")
	_ = c.MarkFlagDirname("output")
	fixed(c, "providers", generate.Providers()...)
	fixed(c, "salesforce", "rest", "csv")
	return c
}

// shares is an example of every provider with a share.
func shares() []string {
	var out []string
	for i, name := range generate.Providers() {
		out = append(out, name+"="+strconv.Itoa(60>>i))
	}
	return out
}

// Run makes the recording, or lists the cases.
func (o *generateOptions) Run(ctx context.Context, std streams) error {
	if o.Cases {
		return listCases(std.Out)
	}
	if err := o.options(); err != nil {
		return err
	}
	root, err := newDir(o.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	// Next to nothing stays alive, so the collector may wait for more than usual.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	p := newProgress(std)
	done, err := generate.Run(ctx, o.Options, func(name string) (io.WriteCloser, error) { return newFile(root, name) },
		func(at generate.Progress) {
			p.show("%d %% of %s: %d files, %s", 100*at.Done/at.Steps, o.Dir, at.Files, megabytes(at.Bytes))
		})
	p.done()
	switch {
	case errors.Is(err, context.Canceled):
		std.say("What is in %s is no recording: it was not finished.", o.Dir)
		return err
	case err != nil:
		return err
	}
	took := time.Since(p.start)
	std.say("%s: %d files, %s in %s (%.0f MB/s).", o.Dir, done.Files, megabytes(done.Bytes), took.Round(10*time.Millisecond), float64(done.Bytes)/1e6/took.Seconds())
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// options reads the flags.
func (o *generateOptions) options() (err error) {
	if o.Dir == "" {
		return missing("weir generate", "a directory to make", "weir generate -o made")
	}
	if o.Options.Start, err = time.Parse(time.RFC3339, o.Start); err != nil {
		return usage("--start 2026-05-04T06:00:00Z", "--start takes an instant such as 2026-05-04T06:00:00Z, not %q", o.Start)
	}
	switch o.Salesforce {
	case "rest", "csv":
		o.CSV = o.Salesforce == "csv"
	default:
		return usage("--salesforce "+closest(o.Salesforce, []string{"rest", "csv"}), "--salesforce is rest or csv, not %q", o.Salesforce)
	}
	if o.Options.Providers, err = generate.ParseProviders(o.Providers); err != nil {
		return usage("--providers "+strings.Join(shares(), ","), "--providers: %s", err)
	}
	if err := o.Check(); err != nil {
		return usage("weir generate --help", "%s", err)
	}
	return emptyDir(o.Dir)
}

// listCases writes the table of what happens.
func listCases(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CASE\tNAME\tONE IN\tWHAT IS MADE")
	for _, c := range generate.Cases() {
		fmt.Fprintf(t, "%s\t%s\t%d %s\t%s\n", c.Label(), c.Name, c.Every, c.Of(), c.Makes)
	}
	return t.Flush()
}
