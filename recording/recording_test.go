package recording_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording"
	"weir/state"
)

// split separates a case's recording from what it expects.
func split(a *txtar.Archive) (fs.FS, map[string]string) {
	fsys, want := fstest.MapFS{}, map[string]string{}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "want/"); ok {
			want[name] = string(f.Data)
		} else {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return fsys, want
}

// TestRecordings reads each case's recording and compares the world at each
// instant that a want/ file is named by, and the diagnostics.
func TestRecordings(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/recordings/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			fsys, want := split(a)
			require.NotEmpty(t, want, "the case expects nothing")
			r, diags := recording.Open(fsys, recording.Options{})
			require.NotNil(t, r, "%v", diags)
			got := map[string]string{}
			for name := range want {
				if name == "diagnostics" {
					continue
				}
				at, err := time.Parse(time.RFC3339, name)
				require.NoError(t, err, "want/ files are named by instants")
				got[name] = dump(t, r, at)
			}
			if text := texts(diags); text != "" || want["diagnostics"] != "" {
				got["diagnostics"] = text
			}
			if golden.Update() {
				rewrite(t, file, a, got)
				return
			}
			for name := range got {
				assert.Equal(t, want[name], got[name], "want/%s", name)
			}
		})
	}
}

// filterText is a view's filter in one line.
func filterText(c *state.ViewCondition) string {
	switch {
	case c == nil:
		return "all"
	case c.Problem != "":
		return "(?" + c.Problem + ")"
	case c.Join == state.JoinField:
		var values []string
		for _, v := range c.Values {
			if v.Null {
				values = append(values, "null")
			} else {
				values = append(values, fmt.Sprintf("%q", v.Text))
			}
		}
		typ := ""
		if c.Type != state.TypeInvalid {
			typ = " as " + c.Type.String()
		}
		return fmt.Sprintf("%s%s %s [%s]", c.Field, typ, c.Operator, strings.Join(values, " "))
	}
	parts := make([]string, len(c.Parts))
	for i, p := range c.Parts {
		parts[i] = filterText(p)
	}
	word := map[state.ViewJoin]string{state.JoinAll: " and ", state.JoinAny: " or ", state.JoinNot: ""}[c.Join]
	if c.Join == state.JoinNot {
		return "not (" + strings.Join(parts, "") + ")"
	}
	return "(" + strings.Join(parts, word) + ")"
}

func rewrite(t *testing.T, file string, a *txtar.Archive, got map[string]string) {
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, "want/") })
	names := make([]string, 0, len(got))
	for name := range got {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		a.Files = append(a.Files, txtar.File{Name: "want/" + name, Data: []byte(got[name])})
	}
	require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
}

func texts(diags hcl.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		severity := "warning"
		if d.Severity == hcl.DiagError {
			severity = "error"
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s: %s\n", d.Subject.Filename, d.Subject.Start.Line, d.Subject.Start.Column, severity, d.Summary, d.Detail)
	}
	return b.String()
}

// dump is the world in words: one line a version, a link, a fact about coverage.
func dump(t *testing.T, r *recording.Recording, at time.Time) string {
	s, diags := r.At(at)
	require.False(t, diags.HasErrors(), "%v", diags)
	var b strings.Builder
	for _, k := range state.Kinds() {
		table(&b, "salesforce", s.Records[k])
	}
	for _, v := range s.Views {
		fmt.Fprintf(&b, "view %s: %d members, complete %v, maybe truncated %v\n", v.DeveloperName, len(v.Members), v.Complete, v.MaybeTruncated)
		if v.Filter != nil {
			fmt.Fprintf(&b, "  filter %s:%d: scope %s: %s%s\n", v.Filter.File, v.Filter.Line, v.Filter.ScopeName, filterText(v.Filter.Condition), v.Filter.Unusable)
		}
	}
	for _, u := range s.Users {
		m, err := s.Mailboxes.Mailbox(u)
		require.NoError(t, err)
		fmt.Fprintf(&b, "%s: zone %s (%s)", u.Address, u.Zone, u.ZoneFrom)
		if u.Preference != nil {
			fmt.Fprintf(&b, ", page %s", u.Preference.Page)
			for _, v := range u.Preference.Values {
				fmt.Fprintf(&b, " %s=%v%s@%d:%d", v.Key, v.Bool, v.Text, v.Line, v.Column)
			}
		}
		b.WriteString("\n")
		for _, k := range state.Kinds() {
			table(&b, u.Address, m.Items[k])
		}
		for _, l := range m.Links.All() {
			fmt.Fprintf(&b, "  link %s %s = %s: %s, born %s", l.Kind, l.RecordID, l.ItemID, l.State, l.Born)
			if l.MarkerOff {
				b.WriteString(", marker off")
			}
			if l.Adopted != nil {
				b.WriteString(", adopted")
			}
			if l.File != "" {
				fmt.Fprintf(&b, " (line %d)", l.Line)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func table(b *strings.Builder, where string, t *state.Table) {
	if !t.Coverage.Captured() && t.Len() == 0 {
		return
	}
	c := t.Coverage
	fmt.Fprintf(b, "%s %s: ", where, t.Kind.Plural())
	if c.Complete {
		b.WriteString("complete")
	} else {
		b.WriteString("incomplete: " + strings.Join(c.Why, "; "))
	}
	if c.Bounds != nil {
		fmt.Fprintf(b, ", only %s to %s", short(c.Bounds.From), short(c.Bounds.To))
	}
	b.WriteString("\n")
	for _, o := range t.All() {
		for i, v := range o.Versions {
			id := o.ID
			if i > 0 {
				id = strings.Repeat(" ", len(id))
			}
			fmt.Fprintf(b, "  %s %s from %s", id, v.State, short(v.From))
			if !v.From.Equal(v.SeenAt) {
				fmt.Fprintf(b, " seen %s", short(v.SeenAt))
			}
			if v.State == state.Merged {
				fmt.Fprintf(b, " into %s", o.MergedInto)
			}
			fmt.Fprintf(b, "%s\n", values(v.Item))
		}
	}
}

func short(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format("0102T1504")
}

// values shows what was recorded of an item.
func values(it *state.Item) string {
	if it == nil {
		return " (never shown)"
	}
	var b strings.Builder
	for _, a := range state.Schema() {
		if v := it.Value(a.Attr); v.IsKnown() && !(a.Attr == state.AttrPrivate && !v.Bool()) {
			fmt.Fprintf(&b, " %s=%s", a.Name, v)
		}
	}
	if it.BySync != state.False && it.Side == state.Salesforce {
		fmt.Fprintf(&b, " by_sync=%s", it.BySync)
	}
	if it.Side == state.Salesforce && it.Kind == state.Event {
		fmt.Fprintf(&b, " invitees(%s)=", it.InviteesKnown)
		for _, i := range it.Invitees {
			fmt.Fprintf(&b, "%s:%s,", i.UserID, i.Response)
		}
	}
	if it.AttendeesTruncated {
		b.WriteString(" truncated")
	}
	if it.Organizer != state.Unknown {
		fmt.Fprintf(&b, " organizer=%s", it.Organizer)
	}
	if it.FolderKnown {
		fmt.Fprintf(&b, " folder=%q", it.Folder)
	}
	if it.Carries != "" {
		fmt.Fprintf(&b, " carries=%s", it.Carries)
	}
	if s := it.Series; s != nil {
		fmt.Fprintf(&b, " series=%q zone=%q lightning=%v unreadable=%q", s.Rule, s.Zone, s.Lightning, s.Unreadable)
		for _, o := range s.Occurrences {
			fmt.Fprintf(&b, " [%s %s-%s %v]", short(o.Original), short(o.Start), short(o.End), o.Cancelled)
		}
	}
	for _, name := range slices.Sorted(keys(it.Custom)) {
		fmt.Fprintf(&b, " %s=%s:%s", name, it.Custom[name].Type(), it.Custom[name])
	}
	return b.String()
}

func keys(m map[string]state.Value) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestBroken reads recordings with something wrong and compares every diagnostic:
// its place, and what it advises.
func TestBroken(t *testing.T) {
	for _, file := range golden.Files(t, "testdata/broken/*.txtar") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			fsys, want := split(a)
			r, diags := recording.Open(fsys, recording.Options{})
			assert.Equal(t, r == nil, diags.HasErrors(), "an error means that nothing can be done")
			got := texts(diags)
			require.NotEmpty(t, got)
			if golden.Update() {
				rewrite(t, file, a, map[string]string{"diagnostics": got})
				return
			}
			assert.Equal(t, want["diagnostics"], got)
			if r != nil {
				again, _ := recording.Open(fsys, recording.Options{})
				assert.Equal(t, r.Inspect(), again.Inspect())
			}
		})
	}
}
