package policytest_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policytest"
)

var update = flag.Bool("update", false, "rewrite what is wanted in testdata to what comes now: read what changed")

// TestSuites runs every policy of testdata/suites with its tests, and compares what
// comes of each: `ok` or the failures with what was expected, got, and why.
func TestSuites(t *testing.T) {
	files, err := filepath.Glob("testdata/suites/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			fsys, want := unpacked(archive)
			got := ran(t, fsys, policytest.Options{Workers: 3})
			if *update {
				for i := range archive.Files {
					if archive.Files[i].Name == "want" {
						archive.Files[i].Data = []byte(got)
					}
				}
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
				return
			}
			assert.Equal(t, want, got)
			assert.Equal(t, got, ran(t, fsys, policytest.Options{}), "the number of workers makes no difference")
		})
	}
}

func unpacked(archive *txtar.Archive) (fsys fstest.MapFS, want string) {
	fsys = fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
			continue
		}
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys, want
}

func load(t *testing.T, fsys fstest.MapFS) *policies.Set {
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), diags)
	return set
}

func ran(t *testing.T, fsys fstest.MapFS, opts policytest.Options) string {
	report, diags, err := policytest.Load(fsys).Run(t.Context(), load(t, fsys), opts)
	require.NoError(t, err)
	var b strings.Builder
	for _, c := range report.Cases {
		if c.Passed {
			fmt.Fprintf(&b, "ok %s:%d %s\n", c.File, c.Line, c.Name)
			continue
		}
		fmt.Fprintf(&b, "FAIL %s:%d %s\n", c.File, c.Line, c.Name)
		for _, f := range c.Failures {
			fmt.Fprintf(&b, "  line %d: %s\n    expected %s\n    got      %s\n", f.Line, f.Text, f.Expected, f.Got)
			for _, why := range f.Explanation {
				fmt.Fprintf(&b, "    | %s\n", why)
			}
		}
	}
	for _, d := range diags {
		fmt.Fprintf(&b, "problem %s\n", d)
	}
	fmt.Fprintf(&b, "%d passed, %d failed: %s\n", report.Passed, report.Failed, report.Verdict)
	return b.String()
}

var wantComment = regexp.MustCompile(`(?m)[ \t]*# want .*$`)

// TestErrors reads every broken file of testdata/errors: what is reported of a line
// stands in a comment at its end.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*_test.hcl")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 6)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			plain := wantComment.ReplaceAllString(string(src), "")
			suite := policytest.Load(fstest.MapFS{"a_test.hcl": {Data: []byte(plain)}})
			_, diags, err := suite.Run(t.Context(), policies.Default(), policytest.Options{})
			require.NoError(t, err)
			require.True(t, diags.HasErrors(), "a broken file must be reported")
			got := annotated(plain, diags)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			assert.Equal(t, string(src), got)
		})
	}
}

// annotated is a file with what is reported of each line behind it.
func annotated(src string, diags hcl.Diagnostics) string {
	lines := strings.Split(src, "\n")
	for _, d := range diags {
		i := min(d.Subject.Start.Line, len(lines)) - 1
		lines[i] += fmt.Sprintf(" # want %d %s: %s", d.Subject.Start.Column, d.Summary, d.Detail)
	}
	return strings.Join(lines, "\n")
}

func TestFiltersAndBrokenFiles(t *testing.T) {
	fsys := fstest.MapFS{
		"org.hcl":            {Data: []byte("org {}\n")},
		"a_test.hcl":         {Data: []byte("test \"one\" {\n task \"x\" {}\n expect \"create\" { task = \"x\" }\n}\ntest \"two\" {\n task \"x\" {}\n expect \"delete\" { task = \"x\" }\n}\n")},
		"deep/b_test.hcl":    {Data: []byte("test \"three\" {\n expect \"summary\" { held = 0 }\n}\n")},
		"c_test.hcl":         {Data: []byte("test \"broken\" {\n")},
		"d_test.rego":        {Data: []byte("package d_test\n\ntest_four if true\n")},
		"e_test.rego":        {Data: []byte("package e_test\n\ntest_five if http.send({\"url\": \"http://x\"})\n")},
		".hidden/f_test.hcl": {Data: []byte("nonsense")},
	}
	names := func(opts policytest.Options) (names []string, report *policytest.Report) {
		report, _, err := policytest.Load(fsys).Run(t.Context(), load(t, fsys), opts)
		require.NoError(t, err)
		for _, c := range report.Cases {
			names = append(names, c.Name)
		}
		return names, report
	}
	all, report := names(policytest.Options{})
	assert.Equal(t, []string{"one", "two", "d_test.test_four", "three"}, all, "the others run, in order of files")
	assert.Equal(t, policytest.Broken, report.Verdict)
	var broken []string
	for _, p := range report.Problems {
		broken = append(broken, fmt.Sprintf("%s:%d", p.File, p.Line))
	}
	assert.Contains(t, broken, "e_test.rego:3")
	assert.True(t, slices.ContainsFunc(broken, func(s string) bool { return strings.HasPrefix(s, "c_test.hcl:") }))
	some, _ := names(policytest.Options{Run: regexp.MustCompile("^t")})
	assert.Equal(t, []string{"two", "three"}, some)
	some, _ = names(policytest.Options{Files: []string{"deep/b_test.hcl"}})
	assert.Equal(t, []string{"three"}, some)
	none, _ := names(policytest.Options{Run: regexp.MustCompile("nothing like it")})
	assert.Empty(t, none)
}

func TestRecordingsOfTests(t *testing.T) {
	fsys := fstest.MapFS{}
	const dir = "forbid-restores/recording"
	require.NoError(t, walk(os.DirFS("../fixtures/scenarios"), dir, func(name string, src []byte) { fsys["recordings/"+name] = &fstest.MapFile{Data: src} }))
	fsys["org.hcl"] = &fstest.MapFile{Data: []byte("org {}\n")}
	fsys["a_test.hcl"] = &fstest.MapFile{Data: []byte("test \"r\" {\n recording = \"recordings/" + dir + "\"\n expect \"summary\" { verdict = \"rejected\" }\n" +
		" expect \"summary\" {\n session = 2\n mailbox_creates = 1000\n }\n expect \"create\" {\n user = \"nobody at all\"\n task = \"x\"\n }\n}\n" +
		"test \"missing\" {\n recording = \"recordings/none\"\n expect \"summary\" { held = 0 }\n}\n" +
		"test \"early\" {\n recording = \"recordings/" + dir + "\"\n at = \"2020-01-01T00:00:00Z\"\n expect \"summary\" { held = 0 }\n}\n")}
	report, diags, err := policytest.Load(fsys).Run(t.Context(), load(t, fsys), policytest.Options{})
	require.NoError(t, err)
	require.Len(t, report.Cases, 1)
	require.Len(t, report.Cases[0].Failures, 3)
	assert.Contains(t, report.Cases[0].Failures[2].Got, "no user")
	require.Len(t, diags, 2)
	assert.Equal(t, "Unreadable recording", diags[0].Summary)
	assert.Equal(t, 14, diags[0].Subject.Start.Line)
	assert.Equal(t, "Instant out of range", diags[1].Summary)
	assert.Equal(t, 19, diags[1].Subject.Start.Line)
	assert.Contains(t, diags[1].Detail, `Write at = "2026-05-04T08:00:00Z" or later, or leave it out`)

	// Test files may stand elsewhere than the recordings that they name.
	over, more, err := policytest.LoadOver(fstest.MapFS{"a_test.hcl": fsys["a_test.hcl"]}, fsys).Run(t.Context(), load(t, fsys), policytest.Options{})
	require.NoError(t, err)
	assert.Equal(t, report, over)
	assert.Equal(t, diags, more)
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fsys := fstest.MapFS{"org.hcl": {Data: []byte("org {}\n")}, "a_test.hcl": {Data: []byte("test \"x\" {\n expect \"summary\" { held = 0 }\n}\n")}}
	_, _, err := policytest.Load(fsys).Run(ctx, load(t, fsys), policytest.Options{})
	assert.ErrorIs(t, err, context.Canceled)
}

// What bombs there are end in a diagnostic.
func TestHostileFiles(t *testing.T) {
	for name, src := range map[string]string{
		"brackets": "test \"x\" {\n a = " + strings.Repeat("[", 100_000),
		"blocks":   strings.Repeat("test \"x\" {\n", 50_000),
		"large":    strings.Repeat("#", 2<<20),
		"names":    "test \"" + strings.Repeat("n", 100_000) + "\" {\n " + strings.Repeat("u", 100_000) + " = 1\n}\n",
		"tests":    manyTests(5_000),
		"things":   "test \"x\" {\n" + strings.Repeat("task \"x\" {}\n", 20_000) + "}\n",
		"nul":      "test \"x\x00\" {}",
	} {
		t.Run(name, func(t *testing.T) {
			_, diags, err := policytest.Load(fstest.MapFS{"a_test.hcl": {Data: []byte(src)}}).Run(t.Context(), policies.Default(), policytest.Options{})
			require.NoError(t, err)
			require.True(t, diags.HasErrors())
			assert.LessOrEqual(t, len(diags), 101)
			for _, d := range diags {
				assert.Less(t, len(d.Detail), 2_000)
			}
		})
	}
}

func manyTests(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "test \"%d\" {\n expect \"summary\" { held = 0 }\n}\n", i)
	}
	return b.String()
}

// FuzzTestFile: whatever a file holds, reading it ends in tests or diagnostics with a
// place in it, and what can be read can be run.
func FuzzTestFile(f *testing.F) {
	for _, pattern := range []string{"testdata/suites/*.txtar", "testdata/errors/*_test.hcl"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, name := range files {
			archive, err := txtar.ParseFile(name)
			require.NoError(f, err)
			for _, part := range archive.Files {
				if strings.HasSuffix(part.Name, "_test.hcl") {
					f.Add(string(part.Data))
				}
			}
			if len(archive.Files) == 0 {
				f.Add(string(archive.Comment))
			}
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		_, diags, err := policytest.Load(fstest.MapFS{"a_test.hcl": {Data: []byte(src)}}).Run(t.Context(), policies.Default(), policytest.Options{})
		require.NoError(t, err)
		for _, d := range diags {
			require.NotNil(t, d.Subject)
			require.Equal(t, "a_test.hcl", d.Subject.Filename)
			require.Positive(t, d.Subject.Start.Line)
		}
	})
}

// What is too much is said once, where it begins to be, with the bound and what to do.
func TestTooMuchIsSaidOnce(t *testing.T) {
	const n = 10_002
	var records, items, shared strings.Builder
	for i := range n {
		fmt.Fprintf(&records, " task \"%d\" {}\n", i)
		fmt.Fprintf(&items, "  task \"%d\" {}\n", i)
	}
	for i := range 1000 {
		fmt.Fprintf(&shared, " task \"%d\" {}\n", i)
	}
	expect := fmt.Sprintf(" expect \"create\" { task = \"%d\" }\n}\n", n-1)
	var people strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&people, " user \"u%d\" {}\n", i)
	}
	for name, c := range map[string]struct {
		src  string
		line int
		want string
	}{
		"people":  {"world {\n" + people.String() + "}\n" + manyTests(20), 2, "50000 people at most; those of its world count once for each test. Split it into several files, or keep fewer people in its world."},
		"records": {"test \"x\" {\n" + records.String() + expect, 10_002, "10000 records and items at most; those of its world count once for each test. Split it into several files."},
		"items":   {"test \"x\" {\n mailbox \"ann\" {\n" + items.String() + " }\n" + expect, 10_003, "10000 records and items at most; "},
		"a world": {"world {\n" + shared.String() + "}\n" + manyTests(20), 2, "10000 records and items at most; "},
		"tests":   {manyTests(2_010), 3*2_000 + 1, "2000 tests at most. Split it into several files."},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags, err := policytest.Load(fstest.MapFS{"a_test.hcl": {Data: []byte(c.src)}}).Run(t.Context(), policies.Default(), policytest.Options{})
			require.NoError(t, err)
			require.Len(t, diags, 1)
			assert.Equal(t, c.line, diags[0].Subject.Start.Line)
			assert.Contains(t, diags[0].Detail, c.want)
		})
	}
}

// Of a file with very many problems the first are shown, and that there are more.
func TestMoreProblemsAreSaid(t *testing.T) {
	text := strings.Repeat("test \"t\" {\n  titel = 1\n}\n", 300)
	_, diags, err := policytest.Parse("a_test.hcl", []byte(text)).Run(t.Context(), nil, policytest.Options{})
	require.NoError(t, err)
	require.Len(t, diags, 101)
	last := diags[100]
	assert.Equal(t, "More problems", last.Summary)
	assert.Equal(t, "a_test.hcl", last.Subject.Filename)
	assert.Regexp(t, `^At least \d+ more problems of this file are not shown\.`, last.Detail)
}
