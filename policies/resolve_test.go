package policies_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// TestResolve resolves the users of every testdata/resolve archive. The archive
// holds policy files, "users" (one user a line with recorded attributes, and
// indented below it the person's settings page) and "want": per user everything
// that is not a plain default, with origins and what was overruled.
func TestResolve(t *testing.T) {
	files, err := filepath.Glob("testdata/resolve/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			var users, want string
			_, fsys := wanted(archive)
			for _, f := range archive.Files {
				switch f.Name {
				case "users":
					users = string(f.Data)
				case "want":
					want = string(f.Data)
				}
			}
			set, diags := policies.Load(fsys, policies.LoadOptions{})
			require.Empty(t, reported(fsys, diags))
			got := resolution(set, parseUsers(t, users))
			if *update {
				rewriteWant(t, file, archive, got)
				return
			}
			assert.Equal(t, want, got)
		})
	}
}

func rewriteWant(t *testing.T, file string, a *txtar.Archive, got string) {
	last := len(a.Files) - 1
	if a.Files[last].Name != "want" {
		a.Files = append(a.Files, txtar.File{Name: "want"})
		last++
	}
	a.Files[last].Data = []byte(got)
	require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
}

// parseUsers reads "address attribute=value …" and the pages below.
func parseUsers(t *testing.T, text string) []*state.User {
	var users []*state.User
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, " ") {
			addSwitch(users[len(users)-1], strings.TrimSpace(line), i+1)
			continue
		}
		words := strings.Fields(line)
		u := &state.User{Address: words[0]}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			attr, ok := state.ParseUserAttr(name)
			require.True(t, ok, w)
			switch attr.Describe().Type {
			case state.Texts:
				u.Values[attr] = state.TextsValue(strings.Split(value, ","))
			case state.Bool:
				u.Values[attr] = state.BoolValue(value == "true")
			default:
				u.Values[attr] = state.TextValue(value)
			}
		}
		users = append(users, u)
	}
	return users
}

func addSwitch(u *state.User, line string, n int) {
	if page, ok := strings.CutPrefix(line, "page "); ok {
		u.Preference = &state.Preference{Page: page, File: u.Address + "/settings.json"}
		return
	}
	key, value, _ := strings.Cut(line, " = ")
	v := state.PreferenceValue{Key: key, Line: n, Column: 3}
	switch value {
	case "true", "false":
		v.IsBool, v.Bool = true, value == "true"
	default:
		v.Text = strings.Trim(value, `"`)
	}
	u.Preference.Values = append(u.Preference.Values, v)
}

// resolution writes what was resolved, as the archives hold it.
func resolution(set *policies.Set, users []*state.User) string {
	all, diags := set.ResolveAll(users, nil)
	var b strings.Builder
	for i, s := range all {
		fmt.Fprintln(&b, users[i].Address)
		writeSettings(&b, s)
	}
	for _, d := range diags {
		severity := "error"
		if d.Severity == hcl.DiagWarning {
			severity = "warning"
		}
		fmt.Fprintf(&b, "%s %s:%d: %s: %s\n", severity, d.Subject.Filename, d.Subject.Start.Line, d.Summary, d.Detail)
	}
	return b.String()
}

func writeSettings(b *strings.Builder, s *policies.Settings) {
	for _, e := range policies.Catalogue() {
		r := s.Get(e.Setting)
		if r.Origin.Layer == policies.LayerDefaults && len(r.Overruled) == 0 || !r.Set {
			continue
		}
		fmt.Fprintf(b, "  %s = %s  %s\n", e.Path, e.Format(r.Value), place(r.Origin))
		for _, o := range r.Overruled {
			why := ""
			if o.Why != "" {
				why = "  (" + o.Why + ")"
			}
			fmt.Fprintf(b, "    over %s  %s%s\n", e.Format(o.Value), place(o.Origin), why)
		}
		if r.View != nil {
			fmt.Fprintf(b, "    list view %q\n", r.View.ListView)
		}
	}
	for _, r := range s.Rules {
		fmt.Fprintf(b, "  rule %s %v\n", r.Name, r.Member)
	}
	for _, o := range s.MembershipUnknown {
		fmt.Fprintf(b, "  membership unknown %s\n", place(o))
	}
	for _, id := range s.PreferenceWins {
		fmt.Fprintf(b, "  preference wins %s\n", id)
	}
}

func place(o policies.Origin) string {
	name := string(o.Layer)
	if o.Name != "" {
		name += " " + o.Name
	}
	if o.Layer == policies.LayerDefaults {
		return name
	}
	return fmt.Sprintf("%s %s:%d", name, o.File, o.Line)
}
