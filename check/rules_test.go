package check_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/policytest"
	"weir/recording"
	"weir/state"
)

// Ids are promised: the list only grows. An id that goes away, or becomes another,
// breaks what people have written into filters and baselines.
func TestRuleIDsAreStable(t *testing.T) {
	golden, err := os.ReadFile("testdata/rule-ids.txt")
	require.NoError(t, err)
	promised := strings.Fields(string(golden))
	assert.True(t, slices.IsSorted(promised))
	have := map[string]bool{}
	for _, r := range check.Rules() {
		assert.False(t, have[r.ID], "the id %s stands twice", r.ID)
		have[r.ID] = true
		assert.Contains(t, promised, r.ID, "a new id is promised by testdata/rule-ids.txt")
	}
	for _, id := range promised {
		assert.True(t, have[id], "the id %s was promised, and is gone", id)
	}
}

// Every rule says all that its page shows, and no summary gives two of them.
func TestRulesAreWhole(t *testing.T) {
	seen := map[string]string{}
	for _, r := range check.Rules() {
		assert.Regexp(t, `^[a-z0-9]+([-_][a-z0-9]+)*$`, r.ID)
		for name, text := range map[string]string{"meaning": r.Meaning, "why": r.Why, "remedy": r.Remedy} {
			assert.Regexp(t, `(?s)^\S.*\.$`, text, "%s: %s", r.ID, name)
		}
		assert.NotEmpty(t, strings.TrimSpace(r.Example.Language+r.Example.Text), r.ID)
		assert.Contains(t, check.Families(), r.Family)
		assert.NotEmpty(t, r.Parts, r.ID)
		assert.Subset(t, check.Parts(), r.Parts)
		assert.Contains(t, []engine.Severity{engine.SeverityError, engine.SeverityWarning, engine.SeverityNotice}, r.Severity)
		for _, s := range r.Summaries {
			assert.Empty(t, seen[s], "%q gives %s and another", s, r.ID)
			seen[s] = r.ID
			assert.Equal(t, r.ID, check.RuleID(&hcl.Diagnostic{Summary: strings.Replace(s, "*", "qx", 1)}))
		}
		found, ok := check.RuleOf(r.ID)
		assert.True(t, ok)
		assert.Equal(t, r, found)
	}
	_, ok := check.RuleOf("no-such-rule")
	assert.False(t, ok)
}

// checked asks about a policy's files alone.
func checked(t *testing.T, fsys fs.FS, custom *celexpr.CustomFields) []check.Finding {
	t.Helper()
	set, diags := policies.Load(fsys, policies.LoadOptions{Custom: custom})
	if !diags.HasErrors() {
		diags = append(diags, set.Review()...)
	}
	report, err := check.Run(context.Background(), check.Input{Files: fsys, Problems: diags, Policy: compare.Policy{Set: set}})
	require.NoError(t, err)
	return report.Findings
}

// known requires findings to be of rules that there are, in their parts.
func known(t *testing.T, findings []check.Finding) []string {
	t.Helper()
	var ids []string
	for _, f := range findings {
		r, ok := check.RuleOf(f.Rule)
		if assert.True(t, ok, "no rule %q: %s", f.Rule, f.Text) {
			assert.Contains(t, r.Parts, f.Part, "%s: %s", f.Rule, f.Text)
		}
		ids = append(ids, f.Rule)
	}
	return ids
}

func exampleFiles(e check.Example) fstest.MapFS {
	fsys := fstest.MapFS{}
	add := func(name, text string) { fsys[name] = &fstest.MapFile{Data: []byte(text)} }
	if e.Language != "hcl" {
		add("org.hcl", "org {\n}\n")
	}
	add(map[string]string{"hcl": "org.hcl", "rego": "policy.rego", "test": "policy_test.hcl"}[e.Language], e.Text)
	return fsys
}

// shown runs what gives a rule, where its example does not: what is too large for a
// page, and what takes more than a policy's files.
func shown() map[string]func(*testing.T) []check.Finding {
	policy := func(text string) fstest.MapFS { return fstest.MapFS{"org.hcl": {Data: []byte(text)}} }
	rego := func(text string) fstest.MapFS {
		return fstest.MapFS{"org.hcl": {Data: []byte("org {\n}\n")}, "p.rego": {Data: []byte("package weir.rules\n\n" + text)}}
	}
	files := func(of func() fstest.MapFS) func(*testing.T) []check.Finding {
		return func(t *testing.T) []check.Finding { return checked(t, of(), nil) }
	}
	named := func(name string) func(*testing.T) []check.Finding {
		return files(func() fstest.MapFS {
			return fstest.MapFS{"org.hcl": {Data: []byte("org {\n}\n")}, name: {Data: []byte("org {\n}\n")}}
		})
	}
	when := func(condition string) fstest.MapFS {
		return policy("rule \"r\" {\n  kinds = [\"event\"]\n  when = \"" + condition + "\"\n  effect = \"exclude\"\n}\n")
	}
	rules := func(n int, condition string) fstest.MapFS {
		var out strings.Builder
		for i := range n {
			fmt.Fprintf(&out, "rule \"r%d\" {\n  kinds = [\"event\"]\n  when = \"%s\"\n  effect = \"exclude\"\n}\n", i, strings.ReplaceAll(condition, "#", strconv.Itoa(i)))
		}
		return split(out.String())
	}
	custom := func(text string, fields *celexpr.CustomFields) func(*testing.T) []check.Finding {
		return func(t *testing.T) []check.Finding { return checked(t, when(text), fields) }
	}
	again := strings.Repeat
	return map[string]func(*testing.T) []check.Finding{
		"unreadable-file": func(t *testing.T) []check.Finding { return checked(t, closed{policy("org {\n}\n")}, nil) },
		"no-policy-files": files(func() fstest.MapFS { return fstest.MapFS{} }),
		"hidden-file":     named(".x.hcl"), "name-in-capitals": named("X.HCL"),
		"not-a-file": files(func() fstest.MapFS { return fstest.MapFS{"x.hcl": {Mode: fs.ModeNamedPipe}} }),
		"link-not-followed": func(t *testing.T) []check.Finding {
			dir := t.TempDir()
			require.NoError(t, os.Symlink("/nowhere/x.hcl", filepath.Join(dir, "x.hcl")))
			root, err := os.OpenRoot(dir)
			require.NoError(t, err)
			defer root.Close()
			return checked(t, root.FS(), nil)
		},
		"byte-order-mark": files(func() fstest.MapFS { return policy("\ufefforg {\n}\n") }),
		"not-utf-8":       files(func() fstest.MapFS { return policy("# \xff\norg {\n}\n") }),
		"file-too-large":  files(func() fstest.MapFS { return policy("#" + again("x", 1<<20)) }),
		"policy-too-large": files(func() fstest.MapFS {
			out := fstest.MapFS{}
			for i := range 6 {
				out[fmt.Sprintf("f%d.hcl", i)] = &fstest.MapFile{Data: []byte("#" + again("x", 900<<10) + "\n")}
			}
			return out
		}),
		"too-many-files": files(func() fstest.MapFS {
			out := fstest.MapFS{}
			for i := range 3000 {
				out[fmt.Sprintf("f%d.hcl", i)] = &fstest.MapFile{Data: []byte("# empty\n")}
			}
			return out
		}),
		"too-many-blocks": files(func() fstest.MapFS {
			var out strings.Builder
			for i := range 21_000 {
				fmt.Fprintf(&out, "user \"u%d@acme.example\" {\n}\n", i)
			}
			return split(out.String())
		}),
		"more-problems": files(func() fstest.MapFS {
			var out strings.Builder
			for i := range 500 {
				fmt.Fprintf(&out, "x%d \"a\" {\n}\n", i)
			}
			return policy(out.String())
		}),
		"nesting-too-deep":            files(func() fstest.MapFS { return policy("org {\n  sync = " + again("[", 2000) + "\n}\n") }),
		"number-too-long":             files(func() fstest.MapFS { return policy("org {\n  sync = " + again("9", 10_000) + "\n}\n") }),
		"condition-too-long":          files(func() fstest.MapFS { return when("item.title == '" + again("x", 100_000) + "'") }),
		"condition-too-complex":       files(func() fstest.MapFS { return when("item.private" + again("||item.private", 450)) }),
		"condition-nested-too-deeply": files(func() fstest.MapFS { return when(again("!(", 180) + "item.private" + again(")", 180)) }),
		"too-many-conditions":         files(func() fstest.MapFS { return rules(140, "item.title == '#"+again("x", 4000)+"'") }),
		"too-many-patterns":           files(func() fstest.MapFS { return rules(600, "item.title.matches('#(a{30}){30}')") }),
		"brackets-nested-too-deeply":  files(func() fstest.MapFS { return rego("x := " + again("[", 1000) + again("]", 1000) + "\n") }),
		"expression-too-long":         files(func() fstest.MapFS { return rego("x := 1" + again(" + 1", 5000) + "\n") }),
		"too-many-rules": files(func() fstest.MapFS {
			return rego(numbered(21_000, func(i int) string { return fmt.Sprintf("x%d := %d", i, i) }))
		}),
		"too-many-rules-that-use-rules": files(func() fstest.MapFS {
			return rego("x0 := 1\n" + numbered(400, func(i int) string {
				var out strings.Builder
				fmt.Fprintf(&out, "x%d if {\n", i+1)
				for j := max(0, i-60); j <= i; j++ {
					fmt.Fprintf(&out, "\tx%d\n", j)
				}
				return out.String() + "}"
			}))
		}),
		"values-nested-too-deeply": files(func() fstest.MapFS {
			return rego("exclude contains {\"reason\": \"x\", \"kinds\": [\"event\"]} if {\n\tx0 := [input.item.title, input.item.title]\n" + numbered(60, func(i int) string { return fmt.Sprintf("\tx%d := [x%d, x%d, x%d]", i+1, i, i, i) }) + "\tcount(x60) > 0\n}\n")
		}),
		"too-many-values":                  files(func() fstest.MapFS { return rego("x := [" + again("1,", 260_000) + "1]\n") }),
		"too-many-expressions":             files(func() fstest.MapFS { return rego("x if {\n" + again("\tinput.item.private\n", 3000) + "}\n") }),
		"comprehensions-nested-too-deeply": files(func() fstest.MapFS { return rego("x := " + again("[y | y := ", 12) + "1" + again("]", 12) + "\n") }),
		"too-many-comprehensions": files(func() fstest.MapFS {
			deep, end := "", ""
			for k := range 8 {
				deep, end = deep+fmt.Sprintf("[v%d | v%d := ", k, k), end+"][_]"
			}
			return rego(numbered(3, func(i int) string { return fmt.Sprintf("x%d := ", i) + deep + "1" + again("; 1 > 0", 900) + end }))
		}),
		"too-much-in-a-test": files(func() fstest.MapFS {
			return fstest.MapFS{"org.hcl": {Data: []byte("org {\n}\n")}, "a_test.hcl": {Data: []byte(numbered(5000, func(i int) string { return fmt.Sprintf("test \"t%d\" {\n}", i) }))}}
		}),
		"unknown-custom-field": custom("item.custom['Ratin__c'] == 'Hot'", &celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{state.Event: {"Rating__c": state.Text}}}),
		"custom-field-with-two-types": func(t *testing.T) []check.Finding {
			return checked(t, policy("rule \"r\" {\n  kinds = [\"event\", \"task\"]\n  when = \"item.custom['Code__c'] == 'x'\"\n  effect = \"exclude\"\n}\n"),
				&celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{state.Event: {"Code__c": state.Text}, state.Task: {"Code__c": state.Number}}})
		},
		"two-groups-disagree":  resolved(map[string]string{"p.hcl": "group \"a\" {\n  when = \"true\"\n  tasks {\n    downsync = true\n  }\n}\ngroup \"b\" {\n  when = \"true\"\n  tasks {\n    downsync = false\n  }\n}\n"}, nil),
		"two-rules-disagree":   resolved(map[string]string{"p.rego": "package weir.settings\n\ntasks.downsync := true if input.user.email != \"x\"\n\ntasks.downsync := false if input.user.email != \"y\"\n"}, nil),
		"membership-not-known": resolved(map[string]string{"p.hcl": "group \"a\" {\n  when = \"int(user.name) > 3\"\n}\n"}, nil),
		"setting-not-known":    resolved(map[string]string{"p.rego": "package weir.settings\n\ntasks.when_out := \"keep\" if {\n\txs := numbers.range(1, 9999)\n\tcount([1 | some a in xs; some b in xs; some c in xs; a + b + c == 7]) > 10\n}\n"}, nil),
		"unreadable-preference": resolved(map[string]string{"p.hcl": "org {\n}\n"}, func(u *state.User) {
			u.Preference = &state.Preference{Page: "new", File: "p.json", Values: []state.PreferenceValue{{Key: "contacts.scope", Text: "some of them"}}}
		}),
		"user-not-recorded":  resolved(map[string]string{"p.hcl": "user \"nobody@acme.example\" {\n}\n"}, nil),
		"expired-entry":      resolved(map[string]string{"p.hcl": "rule \"r\" {\n  kinds = [\"event\"]\n  when = \"item.private\"\n  effect = \"exclude\"\n  until = \"2001-01-31\"\n}\n"}, nil),
		"nothing-known-then": beforeTheFirst,
		"limits-changed":     against(map[string]string{"p.hcl": "org {\n}\n"}, map[string]string{"p.hcl": "org {\n  limits {\n    mailbox_deletes {\n      percent = 100\n    }\n  }\n}\n"}),
		"invariant-changed":  against(map[string]string{"p.hcl": "invariant \"i\" {\n  when = \"item.private\"\n  never = [\"delete\"]\n}\n"}, map[string]string{"p.hcl": "org {\n}\n"}),
		"module-changed":     against(map[string]string{"p.hcl": "org {\n}\n", "g.rego": "package weir.guardrails\n\ndeny contains \"x\" if input.plan.format == \"y\"\n"}, map[string]string{"p.hcl": "org {\n}\n"}),
		"test-removed":       against(map[string]string{"p.hcl": "org {\n}\n", "a_test.hcl": "test \"a\" {\n  task \"t\" {\n  }\n  expect \"create\" {\n    task = \"t\"\n  }\n}\n"}, map[string]string{"p.hcl": "org {\n}\n"}),
		"base-test-broken":   against(map[string]string{"p.hcl": "org {\n}\n", "a_test.hcl": "test \"a\" {\n"}, map[string]string{"p.hcl": "org {\n}\n"}),
		"test-changed": against(map[string]string{"p.hcl": "org {\n}\n", "a_test.hcl": "test \"a\" {\n  task \"t\" {\n  }\n  expect \"create\" {\n    task = \"t\"\n  }\n}\n"},
			map[string]string{"p.hcl": "org {\n  tasks {\n    downsync = false\n  }\n}\n", "a_test.hcl": "test \"a\" {\n  task \"t\" {\n  }\n  expect \"summary\" {\n    held = 0\n  }\n}\n"}),
		"policy-new": func(t *testing.T) []check.Finding {
			set, fsys := loadedFrom(t, map[string]string{"p.hcl": "org {\n}\n"})
			report, err := check.Run(context.Background(), check.Input{Files: fsys, Policy: compare.Policy{Name: "new", Set: set}, Unborn: "in p at main", TrustBase: true})
			require.NoError(t, err)
			return report.Findings
		},
		"recording-removed": against(map[string]string{"p.hcl": "org {\n}\n", "r/recording.json": "{}"}, map[string]string{"p.hcl": "org {\n}\n"}),
		"recording-changed": against(map[string]string{"p.hcl": "org {\n}\n", "r/recording.json": "{}"}, map[string]string{"p.hcl": "org {\n}\n", "r/recording.json": "{ }"}),
		"guardrail-warns":   against(guarded("warn"), guarded("warn")),
		"guardrail-denies":  against(guarded("deny"), guarded("deny")),
	}
}

// guarded is a policy with a guardrail that speaks of every simulation.
func guarded(word string) map[string]string {
	return map[string]string{"p.hcl": "org {\n}\n", "g.rego": "package weir.guardrails\n\n" + word + " contains \"always\" if input.simulation.format\n"}
}

// split spreads blocks over files, each of a size that files may have.
func split(text string) fstest.MapFS {
	out, part := fstest.MapFS{}, []byte{}
	for _, block := range strings.SplitAfter(text, "\n}\n") {
		if len(part)+len(block) > 200<<10 {
			out[fmt.Sprintf("f%d.hcl", len(out))] = &fstest.MapFile{Data: part}
			part = nil
		}
		part = append(part, block...)
	}
	out[fmt.Sprintf("f%d.hcl", len(out))] = &fstest.MapFile{Data: part}
	return out
}

func numbered(n int, line func(int) string) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(line(i) + "\n")
	}
	return out.String()
}

// closed is a directory whose files may not be opened.
type closed struct{ fstest.MapFS }

func (c closed) Open(name string) (fs.File, error) {
	if name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return c.MapFS.Open(name)
}

func (c closed) ReadFile(name string) ([]byte, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func (c closed) ReadLink(name string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

func small(t *testing.T) *recording.Recording {
	rec, diags := recording.Open(os.DirFS("../fixtures/scenarios/forbid-restores/recording"), recording.Options{})
	require.False(t, diags.HasErrors())
	return rec
}

func loadedFrom(t *testing.T, files map[string]string) (*policies.Set, fstest.MapFS) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%v", diags)
	return set, fsys
}

// resolved is what a policy gives of the people of a recording.
func resolved(files map[string]string, change func(*state.User)) func(*testing.T) []check.Finding {
	return func(t *testing.T) []check.Finding {
		set, fsys := loadedFrom(t, files)
		rec := small(t)
		snap, diags := rec.At(rec.Last())
		require.Empty(t, diags)
		for _, u := range snap.Users {
			u.Values[state.UserName] = state.TextValue("Ann")
			if change != nil {
				change(u)
			}
		}
		_, found := set.ResolveAll(snap.Users, snap.Directory)
		diags = slices.Concat(found, set.Unmatched(snap.Users), set.Expired(rec.Last()))
		report, err := check.Run(context.Background(), check.Input{Files: fsys, Problems: diags, Policy: compare.Policy{Set: set}})
		require.NoError(t, err)
		return report.Findings
	}
}

func beforeTheFirst(t *testing.T) []check.Finding {
	rec := small(t)
	_, diags := rec.At(rec.First().Add(-time.Hour))
	set, fsys := loadedFrom(t, map[string]string{"p.hcl": "org {\n}\n"})
	report, err := check.Run(context.Background(), check.Input{Files: fsys, Problems: diags, Policy: compare.Policy{Set: set}})
	require.NoError(t, err)
	return report.Findings
}

// against checks a change over a recording, with a base that is trusted.
func against(base, change map[string]string) func(*testing.T) []check.Finding {
	return func(t *testing.T) []check.Finding {
		was, wasFS := loadedFrom(t, base)
		set, fsys := loadedFrom(t, change)
		report, err := check.Run(context.Background(), check.Input{Files: fsys, BaseFiles: wasFS, Policy: compare.Policy{Name: "new", Set: set}, Base: &compare.Policy{Name: "old", Set: was},
			TrustBase: true, Recordings: []compare.Recorded{{Name: "r", Source: small(t), People: 1, Copies: func(string) int { return 1 }}},
			JSON: func(v any) ([]byte, error) { return json.Marshal(v) }})
		require.NoError(t, err)
		return report.Findings
	}
}

// What a finding about something of the base's points to is the base's file: where the change
// has that file otherwise, the place is said, and nothing of the change is pointed at.
func TestFindingsAboutTheBase(t *testing.T) {
	find := func(rule string, base, change map[string]string) check.Finding {
		for _, f := range against(base, change)(t) {
			if f.Rule == rule {
				return f
			}
		}
		require.Fail(t, "not found", rule)
		return check.Finding{}
	}
	promise := "invariant \"nothing goes\" {\n  kinds = [\"contact\"]\n  when  = \"item.title != 'x'\"\n  never = [\"delete_in_mailbox\"]\n}\n"
	for rule, text := range map[string]string{
		"guardrail-denies":  "package weir.guardrails\n\nimport rego.v1\n\ndeny contains \"never\" if input.simulation.format\n",
		"invariant-refuted": promise,
		"invariant_broken":  promise,
	} {
		file, line := "p.hcl", 1
		if rule == "guardrail-denies" {
			file, line = "p.rego", 5
		}
		own := find(rule, map[string]string{file: text}, map[string]string{file: text})
		assert.Equal(t, file, own.File, rule)
		assert.Equal(t, line, own.Line, rule)
		assert.NotContains(t, own.Text, "the base's", rule)
		base := find(rule, map[string]string{file: text}, map[string]string{"q.hcl": "org {\n}\n"})
		assert.Empty(t, base.File, rule)
		assert.Zero(t, base.Line, rule)
		assert.Contains(t, base.Text, fmt.Sprintf("(the base's, %s:%d)", file, line), rule)
	}
	named := strings.Replace(promise, "nothing goes", "nothing goes (base)", 1)
	for _, rule := range []string{"invariant-refuted", "invariant_broken"} {
		own := find(rule, map[string]string{"p.hcl": "org {\n}\n"}, map[string]string{"q.hcl": named})
		assert.Equal(t, "q.hcl", own.File, "%s: a name does not make it the base's", rule)
		assert.NotContains(t, own.Text, "the base's", rule)
	}
	limit := map[string]string{"p.hcl": "org {\n  limits {\n    mailbox_deletes {\n      max = 0\n    }\n  }\n}\n"}
	assert.Contains(t, find("limit_tripped", limit, map[string]string{"q.hcl": "org {\n}\n"}).Text, "(limit mailbox_deletes, p.hcl:4); the base's limits count here")
}

// Everything that the table promises comes up: by the example on its page, or by what
// the example tells in words.
func TestEveryRuleComesUp(t *testing.T) {
	shown := shown()
	codes := map[string]bool{} // engine's tests show each of these
	for _, f := range engine.FindingKinds() {
		codes[f.Code] = true
	}
	for _, r := range check.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			show := shown[r.ID]
			delete(shown, r.ID)
			switch {
			case codes[r.ID], r.ID == "internal-failure":
				return // the latter says of itself that nothing gives it
			case r.Example.Language != "":
				require.Nil(t, show, "its example shows it")
				show = func(t *testing.T) []check.Finding { return checked(t, exampleFiles(r.Example), nil) }
			}
			require.NotNil(t, show, "nothing shows it")
			findings := show(t)
			assert.Contains(t, known(t, findings), r.ID)
			for _, f := range findings {
				if f.Rule == r.ID {
					assert.Contains(t, []engine.Severity{r.Severity, engine.SeverityError}, f.Severity)
				}
			}
		})
	}
	assert.Empty(t, shown)
}

var wantComment = regexp.MustCompile(`(?m)[ \t]*# want .*$`)

// What every broken policy and file of tests gives has a rule.
func TestCorporaHaveRules(t *testing.T) {
	glob := func(pattern string) []string {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		return files
	}
	custom := &celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{state.Contact: {"Rating__c": state.Text}, state.Task: {}, state.Event: {}}}
	found := 0
	count := func(fsys fs.FS) { found += len(known(t, checked(t, fsys, custom))) }
	for _, file := range append(glob("../policies/testdata/errors/*.txtar"), glob("../policies/testdata/reviews/*.txtar")...) {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		fsys := fstest.MapFS{}
		for _, f := range archive.Files {
			fsys[f.Name] = &fstest.MapFile{Data: wantComment.ReplaceAll(f.Data, nil)}
		}
		count(fsys)
	}
	for name, file := range map[string][]string{"p.rego": glob("../policies/regomod/testdata/errors/*.rego"), "p_test.hcl": glob("../policytest/testdata/errors/*_test.hcl")} {
		for _, f := range file {
			text, err := os.ReadFile(f)
			require.NoError(t, err)
			count(fstest.MapFS{"org.hcl": {Data: []byte("org {\n}\n")}, name: {Data: text}})
		}
	}
	assert.Greater(t, found, 250)
}

// wordings are the packages whose diagnostics a check reports; of package recording,
// only what it says of an instant.
var wordings = []string{"../policies", "../policytest", "../engine", "../simulate", "../compare", "../check", "../recording/at.go"}

// Every summary in the source has a rule, and every summary of the table is in the
// source.
func TestSummariesHaveRules(t *testing.T) {
	have := map[string]bool{}
	for _, r := range check.Rules() {
		for _, s := range r.Summaries {
			have[s] = true
		}
	}
	used := map[string]string{}
	for _, root := range wordings {
		require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				if e := summaryIn(n); e != nil {
					s, ok := summary(e)
					assert.True(t, ok, "%s: the summary must be a literal, or begin with one", set.Position(e.Pos()))
					used[s] = set.Position(e.Pos()).String()
				}
				return true
			})
			return nil
		}))
	}
	delete(used, "") // those that hand a summary on
	require.Greater(t, len(used), 120)
	for s, at := range used {
		id := check.RuleID(&hcl.Diagnostic{Summary: strings.Replace(s, "*", "qx", 1)})
		_, ok := check.RuleOf(id)
		assert.True(t, ok && (have[s] || !strings.HasSuffix(s, "*")), "%s: no rule has the summary %q", at, s)
	}
	for s := range have {
		assert.NotEmpty(t, used[s], "nothing says %q", s)
	}
}

// Every id that the source gives to a finding is a rule's: a constant of package check,
// or the code of a finding of the engine.
func TestFindingsHaveRules(t *testing.T) {
	found, constants := 0, 0
	for _, dir := range []string{".", "../internal/render"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				if c, ok := n.(*ast.ValueSpec); ok && dir == "." && len(c.Values) == 1 && strings.HasPrefix(strings.ToLower(c.Names[0].Name), "rule") {
					if id, ok := summary(c.Values[0]); ok && id != "" {
						_, ok := check.RuleOf(id)
						assert.True(t, ok, "no rule has the id %q of %s", id, c.Names[0].Name)
						constants++
					}
				}
				if e := ruleIn(n); e != nil {
					found++
					word := named(e)
					assert.True(t, strings.HasPrefix(strings.ToLower(word), "rule") || word == "Code", "%s: name a rule by its constant, which has its row in the table", set.Position(e.Pos()))
				}
				return true
			})
		}
	}
	assert.Greater(t, found, 15)
	assert.Greater(t, constants, 10)
	for _, f := range engine.FindingKinds() {
		_, ok := check.RuleOf(f.Code)
		assert.True(t, ok, f.Code)
	}
}

// ruleIn is the rule that a node gives to a finding, or nil.
func ruleIn(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Rule" {
			return n.Value
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if sel, ok := left.(*ast.SelectorExpr); ok && sel.Sel.Name == "Rule" && len(n.Rhs) == len(n.Lhs) {
				return n.Rhs[i]
			}
		}
	}
	return nil
}

// named is the last name of an expression, or "".
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		return named(e.Fun)
	}
	return ""
}

// summaryIn is the summary of a diagnostic that a node makes, or nil. Every package
// makes them with functions of these names.
func summaryIn(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Summary" {
			return n.Value
		}
	case *ast.AssignStmt:
		if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && sel.Sel.Name == "Summary" && len(n.Rhs) == 1 {
			if _, composite := n.Rhs[0].(*ast.CompositeLit); !composite {
				return n.Rhs[0]
			}
		}
	case *ast.CallExpr:
		name, method := "", false
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name, method = f.Sel.Name, true
		}
		switch {
		case name == "problem" && !method, name == "warning" && !method:
			return n.Args[1]
		case name == "err" && method && len(n.Args) > 1:
			return n.Args[0]
		case name == "Fail" && method && len(n.Args) > 3:
			return n.Args[2]
		}
	}
	return nil
}

// summary reads a literal, or what begins with one: "Unknown *". One that is handed
// on, as the argument of a function or of another diagnostic, is "".
func summary(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		for {
			left, ok := e.X.(*ast.BinaryExpr)
			if !ok {
				break
			}
			e = left
		}
		s, ok := summary(e.X)
		return s + "*", ok && s != ""
	case *ast.Ident:
		return "", e.Name == "summary"
	case *ast.SelectorExpr:
		return "", e.Sel.Name == "Summary"
	}
	return "", false
}

// A report that is made of tests alone holds the same rules as a check's.
func TestFindingsOfTestsHaveRules(t *testing.T) {
	_, diags, err := policytest.Load(fstest.MapFS{"a_test.hcl": {Data: []byte("tst {\n}\n")}}).Run(context.Background(), nil, policytest.Options{})
	require.NoError(t, err)
	require.NotEmpty(t, diags)
	_, ok := check.RuleOf(check.RuleID(diags[0]))
	assert.True(t, ok)
}
