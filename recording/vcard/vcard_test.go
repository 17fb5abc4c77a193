package vcard_test

import (
	"fmt"
	"strings"
	"testing"

	"weir/internal/golden"
	"weir/recording/salesforce"
	"weir/recording/textpos"
	"weir/recording/vcard"
	"weir/recording/wire"
	"weir/state"
)

// read reads a file of ann@acme.example.
func read(t testing.TB, text string, in wire.MailFile) (*wire.MailOutput, *wire.Problems, *textpos.Error) {
	problems, out := &wire.Problems{}, &wire.MailOutput{}
	env := &wire.MailEnv{Problems: problems, RecordID: salesforce.FindID}
	in.Path, in.Mailbox = "x.vcf", "ann@acme.example"
	err := vcard.Read(strings.NewReader(text), in, env, out)
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
	b.WriteString("\n")
	for _, a := range state.Schema() {
		if v := r.Item.Value(a.Attr); v.IsKnown() {
			fmt.Fprintf(b, "  %s = %.200q\n", a.Name, v.String())
		}
	}
	if r.Item.IDMade {
		b.WriteString("  id made of its content\n")
	}
	if r.Item.Carries != "" {
		fmt.Fprintf(b, "  carries %s\n", r.Item.Carries)
	}
}

// TestRealFiles reads what other people's programs wrote, and compares all that
// comes of it with the golden file beside it.
func TestRealFiles(t *testing.T) {
	golden.Each(t, "testdata/*/*.vcf", func(t *testing.T, _, content string) string {
		return summary(read(t, content, wire.MailFile{}))
	})
}
