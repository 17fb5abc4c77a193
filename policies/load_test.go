package policies_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// dir makes a policy directory of name, text pairs.
func dir(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

func load(t *testing.T, pairs ...string) *policies.Set {
	t.Helper()
	fsys := dir(pairs...)
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(t, reported(fsys, diags))
	return set
}

func summaries(diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		name := "-"
		if d.Subject != nil {
			name = d.Subject.Filename
		}
		out = append(out, name+": "+severity(d)+d.Summary)
	}
	return out
}

func TestStarterIsValid(t *testing.T) {
	set := load(t, "policy.hcl", string(policies.Starter()))
	assert.True(t, set.HasOrg())
	assert.Equal(t, ">= 0.1", set.Requires())
	assert.Len(t, set.Rules(), 1)
}

// What the starter shows in comments must work once the comment signs are gone.
func TestStarterExamplesAreValid(t *testing.T) {
	text := string(policies.Starter())
	at := strings.Index(text, "# group \"field-sales\"")
	require.Positive(t, at)
	lines := strings.Split(text[at:], "\n")
	for i, line := range lines {
		code := strings.TrimPrefix(strings.TrimPrefix(line, "#"), " ")
		if strings.ContainsAny(code, "{}=") && strings.HasPrefix(line, "#") {
			lines[i] = code
		}
	}
	set := load(t, "policy.hcl", text[:at]+strings.Join(lines, "\n"))
	assert.Len(t, set.Groups(), 1)
	assert.Len(t, set.Users(), 1)
	assert.Len(t, set.Views(), 1)
}

func TestAllFilesAreReadInOrder(t *testing.T) {
	rule := func(name string) string {
		return fmt.Sprintf("rule %q {\n  when = \"item.private\"\n  effect = \"hold\"\n}\n", name)
	}
	set := load(t,
		"z.hcl", rule("z1")+rule("z2"),
		"sub/deep/b.hcl", rule("b"),
		"a.hcl", rule("a"),
		"a_test.hcl", "not hcl at all {",
		"x_test.rego", "not rego",
		".git/config.hcl", "not hcl at all {",
		"README.md", "text",
	)
	var got []string
	for _, r := range set.Rules() {
		got = append(got, fmt.Sprintf("%s %s:%d", r.Name, r.Origin.File, r.Origin.Line))
	}
	assert.Equal(t, []string{"a a.hcl:1", "b sub/deep/b.hcl:1", "z1 z.hcl:1", "z2 z.hcl:5"}, got)
	sum := sha256.Sum256([]byte(rule("a")))
	assert.Contains(t, set.Digests(), policies.Digest{Path: "a.hcl", SHA256: hex.EncodeToString(sum[:])})
	var paths []string
	for _, d := range set.Digests() {
		paths = append(paths, d.Path)
	}
	assert.Equal(t, []string{"a.hcl", "embedded:defaults.hcl", "sub/deep/b.hcl", "z.hcl"}, paths)
}

func TestSourcesAreThereAfterErrors(t *testing.T) {
	set, diags := policies.Load(dir("a.hcl", "org {", "b.hcl", "\xff"), policies.LoadOptions{})
	require.True(t, diags.HasErrors())
	for _, d := range diags {
		require.NotNil(t, d.Subject)
		assert.Contains(t, set.Files(), d.Subject.Filename)
	}
	assert.Equal(t, "org {", string(set.Files()["a.hcl"].Bytes))
}

func TestSymbolicLinksStayInside(t *testing.T) {
	outside := t.TempDir()
	root := filepath.Join(outside, "policy")
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o644))
	}
	link := func(to, name string) { require.NoError(t, os.Symlink(to, filepath.Join(root, name))) }
	write("org.hcl", "org {\n}\n")
	write("..data/group.hcl", "group \"g\" {\n  when = \"user.active\"\n}\n")
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.hcl"), []byte("secret"), 0o644))
	link("..data/group.hcl", "group.hcl") // as a mounted ConfigMap does
	link("../secret.hcl", "out.hcl")
	link("/etc/passwd", "abs.hcl")
	link("loop.hcl", "loop.hcl")
	link("..", "up")
	link("sub/../../secret.hcl", "dots.hcl")
	link("gone.hcl", "dangling.hcl")
	link("org.hcl", "notes.md")

	set, diags := policies.Load(os.DirFS(root), policies.LoadOptions{})
	assert.Equal(t, []string{
		"abs.hcl: Link not followed", "dangling.hcl: Link not followed", "dots.hcl: Link not followed",
		"loop.hcl: Link not followed", "out.hcl: Link not followed", "up: warning: Link not followed",
	}, summaries(diags))
	assert.Len(t, set.Groups(), 1)
	for name, f := range set.Files() {
		assert.NotContains(t, string(f.Bytes), "secret", name)
	}
}

// A policy may have a defaults.hcl of its own.
func TestOwnDefaultsFile(t *testing.T) {
	set := load(t, "defaults.hcl", "org {\n  sync = \"off\"\n}\n")
	sync := set.OrgLimits().Get(policies.Sync)
	assert.Equal(t, policies.Origin{Layer: policies.LayerOrg, File: "defaults.hcl", Line: 2}, sync.Origin)
	assert.Equal(t, policies.LayerDefaults, sync.Overruled[0].Origin.Layer)
	assert.Len(t, set.Digests(), 2)
	assert.Contains(t, string(set.Files()["defaults.hcl"].Bytes), "off")
}

func TestNamesInCapitalsAreSaid(t *testing.T) {
	_, diags := policies.Load(dir("org.hcl", "", "MORE.HCL", "org {}", "Readme.MD", ""), policies.LoadOptions{})
	assert.Equal(t, []string{"MORE.HCL: warning: Name in capitals"}, summaries(diags))
}

func TestDirectoriesThatCannotBeRead(t *testing.T) {
	_, diags := policies.Load(os.DirFS(filepath.Join(t.TempDir(), "gone")), policies.LoadOptions{})
	assert.Equal(t, []string{".: Unreadable file"}, summaries(diags))
	_, diags = policies.Load(fstest.MapFS{"pipe.hcl": {Mode: fs.ModeNamedPipe}}, policies.LoadOptions{})
	assert.Equal(t, []string{"pipe.hcl: Not a file"}, summaries(diags))
}

// Hostile directories end in a few diagnostics, within bounded time.
func TestHostileDirectories(t *testing.T) {
	many := fstest.MapFS{}
	for i := 0; i < 1200; i++ {
		many[fmt.Sprintf("%04d.hcl", i)] = &fstest.MapFile{Data: []byte("")}
	}
	large := fstest.MapFS{}
	for i := 0; i < 5; i++ {
		large[fmt.Sprintf("%d.hcl", i)] = &fstest.MapFile{Data: []byte(strings.Repeat("# long\n", 1<<17))}
	}
	var names, blocks strings.Builder
	for i := 0; names.Len() < 1<<18; i++ {
		fmt.Fprintf(&names, "attr%d=1\n", i)
	}
	for i := 0; blocks.Len() < 1<<18; i++ {
		fmt.Fprintf(&blocks, "group \"g%d\" {}\n", i)
	}
	cases := []struct {
		name string
		fsys fstest.MapFS
		want string
	}{
		{"many files", many, "Too many files"},
		{"large directory", large, "Policy too large"},
		{"large file", dir("a.hcl", strings.Repeat(" ", 1<<20+1)), "File too large"},
		{"brackets", dir("a.hcl", "a = "+strings.Repeat("[", 1<<18)), "Nesting too deep"},
		{"brackets in a condition", dir("a.hcl", "rule \"r\" {\n  effect = \"hold\"\n  when = \""+strings.Repeat("(", 1<<17)+"\"\n}\n"), "Condition too long"},
		{"long name", dir("a.hcl", "org {\n  "+strings.Repeat("x", 1<<19)+" = 1\n}\n"), "Unknown attribute"},
		{"unknown attributes", dir("a.hcl", "org {\n"+names.String()+"}\n"), "Unknown attribute"},
		{"unfinished groups", dir("a.hcl", blocks.String()), "Missing when"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			_, diags := policies.Load(c.fsys, policies.LoadOptions{})
			t.Log(time.Since(start))
			require.True(t, diags.HasErrors())
			assert.LessOrEqual(t, len(diags), 201)
			assert.Contains(t, diags[0].Summary, c.want)
			for _, d := range diags {
				assert.Less(t, len(d.Detail), 2000)
			}
		})
	}
}

func TestRequires(t *testing.T) {
	for requires, versions := range map[string]map[string]bool{
		">= 0.1":       {"0.1": true, "0.0.9": false, "1.2.3": true, "v0.1.0": true, "0.2.0-rc1": true, "(devel)": true},
		">= 0.1, < 1":  {"0.9": true, "1.0": false},
		"0.1":          {"0.1.0": true, "0.1.1": false},
		"= 0.1.2":      {"0.1.2": true},
		"~> 0.2":       {"0.2": true, "0.9": true, "1.0": false, "0.1": false},
		"~> 0.2.1":     {"0.2.1": true, "0.2.9": true, "0.3": false},
		"!= 0.2, >0.1": {"0.2": false, "0.3": true, "0.1": false},
		"<= 0.1":       {"0.1": true, "0.1.1": false},
	} {
		for version, ok := range versions {
			_, diags := policies.Load(dir("a.hcl", "weir {\n  requires = \""+requires+"\"\n}\n"), policies.LoadOptions{Version: version})
			assert.Equal(t, ok, !diags.HasErrors(), "%s fits %s", version, requires)
		}
	}
}

func TestExpiredEntriesWarn(t *testing.T) {
	set := load(t, "a.hcl", `group "g" {
  when  = "user.active"
  until = "2026-05-03"
  owner = "jo@x.example"
}
user "ann@x.example" {
  until = "2026-05-04"
}
rule "r" {
  when   = "item.private"
  effect = "hold"
  until  = "2025-01-01"
}
`)
	at := time.Date(2026, 5, 4, 23, 0, 0, 0, time.UTC)
	diags := set.Expired(at)
	require.Len(t, diags, 2)
	assert.Equal(t, hcl.DiagWarning, diags[0].Severity)
	assert.Equal(t, `Group "g" was meant to stand until 2026-05-03, and still applies. Remove it, or give it a later day. Ask jo@x.example.`, diags[0].Detail)
	assert.Equal(t, 1, diags[0].Subject.Start.Line)
	assert.Contains(t, diags[1].Detail, `Rule "r"`)
	assert.Empty(t, set.Expired(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func TestUnmatchedUserBlocksWarn(t *testing.T) {
	set := load(t, "a.hcl", "user \"Ann@x.example\" {\n}\nuser \"bob@x.example\" {\n}\n")
	diags := set.Unmatched([]*state.User{{Address: "ann@x.example"}, {Address: "bo@x.example"}})
	require.Len(t, diags, 1)
	assert.Equal(t, 3, diags[0].Subject.Start.Line)
	assert.Contains(t, diags[0].Detail, `Did you mean "bo@x.example"?`)
}

func TestUsesNow(t *testing.T) {
	rule := func(when string) string {
		return "rule \"r\" {\n  kinds = [\"event\"]\n  when = \"" + when + "\"\n  effect = \"hold\"\n}\n"
	}
	assert.False(t, policies.Default().UsesNow())
	assert.False(t, load(t, "a.hcl", rule("item.private && item.start_date > today")).UsesNow())
	assert.True(t, load(t, "a.hcl", rule("item.start < now")).UsesNow())
	assert.True(t, load(t, "a.hcl", "view \"v\" {\n  filter = \"item.modified < now\"\n}\n").UsesNow())
}

func TestAccessors(t *testing.T) {
	set := load(t, "a.hcl", `group "b" {
  when        = "user.active"
  precedence  = -3
  description = "all of them"
}
group "a" {
  when = "user.active"
}
user "z@x" {
}
user "a@x" {
}
view "w" {
  filter = "item.private"
}
view "v" {
  list_view = " Key "
}
rule "r" {
  when      = "item.private"
  effect    = "hold"
  direction = "up"
  kinds     = ["event", "contact"]
  groups    = ["a"]
  reason    = "why"
}
`)
	assert.False(t, set.HasOrg())
	require.Len(t, set.Groups(), 2)
	assert.Equal(t, "b", set.Groups()[0].Name)
	assert.Equal(t, -3, set.Groups()[0].Precedence)
	assert.Equal(t, "all of them", set.Groups()[0].Description)
	assert.Equal(t, policies.Origin{Layer: policies.LayerGroup, Name: "b", File: "a.hcl", Line: 1}, set.Groups()[0].Origin)
	assert.Equal(t, "a@x", set.Users()[0].Address)
	assert.Equal(t, "Key", set.Views()[0].ListView)
	assert.NotNil(t, set.Views()[1].Filter)
	r := set.Rules()[0]
	assert.Equal(t, []state.Kind{state.Contact, state.Event}, r.Kinds)
	assert.True(t, r.AppliesTo(state.Event, policies.Up))
	assert.False(t, r.AppliesTo(state.Event, policies.Down))
	assert.False(t, r.AppliesTo(state.Task, policies.Up))
	assert.Equal(t, policies.Origin{Layer: policies.LayerRule, Name: "r", File: "a.hcl", Line: 19}, r.Origin)
	assert.Len(t, set.Conditions(), 4)
}
