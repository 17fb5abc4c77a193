package google_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"weir/internal/golden"
	"weir/recording/google"
	"weir/recording/wire"
	"weir/state"
)

// Every sample answer is told as Google's and read as its summary beside it says.
func TestSamples(t *testing.T) {
	golden.Each(t, "testdata/*/*.json", func(t *testing.T, _, content string) string {
		assert.True(t, google.Knows([]byte(content)))
		return summary(read(content, wire.MailFile{}))
	})
}

// summary is what was read of a file, a line each.
func summary(out *wire.MailOutput, problems *wire.Problems) string {
	var b strings.Builder
	for _, f := range out.Feeds {
		fmt.Fprintf(&b, "%ss: full %v, done %v, total %d, folder %q, left out %v, lacks %q\n", f.Kind, f.Full, f.Done, f.Total, f.FolderID, f.LeftOut, f.Missing)
	}
	for _, row := range out.Rows {
		fmt.Fprintf(&b, "%s", row.ID)
		switch {
		case row.LeftOut:
			b.WriteString(" left out")
		case row.Gone:
			b.WriteString(" gone")
		}
		if row.Role == wire.Occurrence {
			fmt.Fprintf(&b, " of %s %s", row.Parent, seriesText(&state.Series{Occurrences: []state.Occurrence{row.Occurrence}}))
		}
		if row.Groups != nil {
			fmt.Fprintf(&b, " groups %q", row.Groups)
		}
		if len(row.Was) > 0 || row.Lasting != "" {
			fmt.Fprintf(&b, " was %q lasting %q", row.Was, row.Lasting)
		}
		if row.FolderID != "" {
			fmt.Fprintf(&b, " in %q", row.FolderID)
		}
		b.WriteString("\n")
		if row.Item != nil {
			item(&b, row.Item)
		}
	}
	for _, id := range slices.Sorted(keys(out.Groups)) {
		fmt.Fprintf(&b, "group %s %q\n", id, out.Groups[id])
	}
	for _, id := range slices.Sorted(keys(out.Folders)) {
		fmt.Fprintf(&b, "folder %s %q\n", id, out.Folders[id])
	}
	if out.TimeZone != "" {
		fmt.Fprintf(&b, "zone %s\n", out.TimeZone)
	}
	for _, d := range problems.Diagnostics() {
		fmt.Fprintf(&b, "%d:%d: %s: %s\n", d.Subject.Start.Line, d.Subject.Start.Column, d.Summary, d.Detail)
	}
	return b.String()
}

func item(b *strings.Builder, it *state.Item) {
	for _, a := range state.Schema() {
		if v := it.Value(a.Attr); v.IsKnown() {
			fmt.Fprintf(b, "  %s=%s", a.Name, v)
		}
	}
	fmt.Fprintf(b, "\n  organizer %v, truncated %v, uid %q, carries %q", it.Organizer, it.AttendeesTruncated, it.ICalUID, it.Carries)
	if it.Series != nil {
		fmt.Fprintf(b, ", series %s", seriesText(it.Series))
	}
	b.WriteString("\n")
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
