package ical_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/ical"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
	"weir/state/zone"
)

func load(t testing.TB, name string) *time.Location {
	loc, err := zone.Load(name)
	require.NoError(t, err)
	return loc
}

// read reads a file of ann@acme.example, who lives in Berlin.
func read(t testing.TB, text string, in wire.MailFile) (*wire.MailOutput, *wire.Problems, *textpos.Error) {
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
	in.Path, in.Mailbox = "x.ics", "ann@acme.example"
	if in.Zone == nil {
		in.Zone = load(t, "Europe/Berlin")
	}
	err := ical.Read(strings.NewReader(text), in, env, out)
	return out, problems, err
}

// summary is what a file gives, a line for each row, feed and diagnostic.
func summary(out *wire.MailOutput, problems *wire.Problems, err *textpos.Error) string {
	var b strings.Builder
	for _, f := range out.Feeds {
		fmt.Fprintf(&b, "%s: full %v, %d rows", f.Kind, f.Full, f.Rows)
		if f.FolderID != "" {
			fmt.Fprintf(&b, ", calendar %q", f.FolderID)
		}
		for _, m := range f.Missing {
			fmt.Fprintf(&b, ", lacks: %s", m)
		}
		b.WriteString("\n")
	}
	for i := range out.Rows {
		row(&b, &out.Rows[i])
	}
	if err != nil {
		fmt.Fprintf(&b, "%d:%d: %s: %s\n", err.Pos.Line, err.Pos.Column, err.Summary, err.Detail)
	}
	for _, d := range problems.Diagnostics() {
		fmt.Fprintf(&b, "%d:%d: %s: %s\n", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail)
	}
	return b.String()
}

func row(b *strings.Builder, r *wire.Row) {
	fmt.Fprintf(b, "%s %s (line %d)", r.Kind, r.ID, r.Pos.Line)
	if r.Role == wire.Occurrence {
		fmt.Fprintf(b, " occurrence of %s %s", r.Parent, occurrence(r.Occurrence))
	}
	b.WriteString("\n")
	for _, a := range state.Schema() {
		if v := r.Item.Value(a.Attr); v.IsKnown() {
			fmt.Fprintf(b, "  %s = %.200q\n", a.Name, v.String())
		}
	}
	if r.Item.Organizer != state.Unknown {
		fmt.Fprintf(b, "  organizer: %s\n", r.Item.Organizer)
	}
	if r.Item.AttendeesTruncated {
		b.WriteString("  more attendees\n")
	}
	if r.Item.Carries != "" {
		fmt.Fprintf(b, "  carries %s\n", r.Item.Carries)
	}
	if s := r.Item.Series; s != nil {
		fmt.Fprintf(b, "  series %q in %q%s\n", s.Rule, s.Zone, s.Unreadable)
		for _, o := range s.Occurrences {
			fmt.Fprintf(b, "    %s\n", occurrence(o))
		}
	}
}

func occurrence(o state.Occurrence) string {
	instant := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04Z") }
	var parts []string
	switch {
	case !o.Original.IsZero():
		parts = append(parts, "of "+instant(o.Original)+":")
	case o.OriginalDate != 0:
		parts = append(parts, "of "+o.OriginalDate.String()+":")
	}
	switch {
	case !o.Start.IsZero():
		parts = append(parts, instant(o.Start)+" to "+instant(o.End))
	case o.StartDate != 0:
		parts = append(parts, o.StartDate.String()+" to "+o.EndDate.String())
	}
	if o.Cancelled {
		parts = append(parts, "cancelled")
	}
	return strings.Join(parts, " ")
}

// TestRealFiles reads what other people's programs wrote, and compares all that
// comes of it with the golden file beside it.
func TestRealFiles(t *testing.T) {
	golden.Each(t, "testdata/*/*.ics", func(t *testing.T, _, content string) string {
		return summary(read(t, content, wire.MailFile{}))
	})
}
