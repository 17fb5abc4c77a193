package policies_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/celexpr"
	"weir/state"
)

var update = flag.Bool("update", false, "rewrite the wanted messages in testdata/errors and testdata/reviews to what is reported now")

// TestErrors loads every broken policy of testdata/errors and compares what is
// reported with the comments on the offending lines:
//
//	downsync = "true"  # want `"true"` Truth value in quotes: …
//
// The part between backquotes is what the diagnostic points at. Diagnostics of
// files without such comments stand before the first file of the archive. Lines
// that begin with "today", "user" or "custom" there set the scene.
func TestErrors(t *testing.T) {
	corpus(t, "testdata/errors/*.txtar", 40, func(fsys fs.FS) hcl.Diagnostics {
		_, diags := policies.Load(fsys, policies.LoadOptions{Custom: customFields})
		return diags
	})
}

// TestReviews does the same with policies that are valid and not what they seem,
// those of testdata/reviews.
func TestReviews(t *testing.T) {
	corpus(t, "testdata/reviews/*.txtar", 5, func(fsys fs.FS) hcl.Diagnostics {
		set, diags := policies.Load(fsys, policies.LoadOptions{Custom: customFields})
		require.Empty(t, diags, "the policy is valid")
		return set.Review()
	})
}

func corpus(t *testing.T, pattern string, atLeast int, judge func(fs.FS) hcl.Diagnostics) {
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), atLeast)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			want, fsys := wanted(archive)
			got := reported(fsys, judge(fsys))
			if *update {
				rewrite(t, file, archive, got)
				return
			}
			require.NotEmpty(t, got, "a broken policy must be reported")
			assert.Equal(t, want, got)
		})
	}
}

var customFields = &celexpr.CustomFields{
	Item: map[state.Kind]map[string]state.Type{
		state.Contact: {"Rating__c": state.Text},
		state.Task:    {},
		state.Event:   {},
	},
}

var wantComment = regexp.MustCompile(`(?m)[ \t]*# want (.*)$`)

// wanted takes the wanted messages out of an archive.
func wanted(a *txtar.Archive) ([]string, fstest.MapFS) {
	fsys := fstest.MapFS{}
	var want []string
	for _, f := range a.Files {
		lines := strings.Split(string(f.Data), "\n")
		for i, line := range lines {
			for _, m := range wantComment.FindAllStringSubmatch(line, -1) {
				for _, one := range strings.Split(m[1], " # and ") {
					want = append(want, fmt.Sprintf("%s:%d: %s", f.Name, i+1, one))
				}
			}
			lines[i] = wantComment.ReplaceAllString(line, "")
		}
		fsys[f.Name] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	for _, line := range strings.Split(string(a.Comment), "\n") {
		if rest, ok := strings.CutPrefix(line, "want "); ok {
			want = append(want, rest)
		}
	}
	sort.Strings(want)
	return want, fsys
}

// reported words diagnostics as the corpus does.
func reported(fsys fs.FS, diags hcl.Diagnostics) []string {
	var out []string
	for _, d := range diags {
		if d.Subject == nil {
			out = append(out, "-: "+d.Summary+": "+d.Detail)
			continue
		}
		src, _ := fs.ReadFile(fsys, d.Subject.Filename)
		part := ""
		if d.Subject.CanSliceBytes(src) {
			part = string(d.Subject.SliceBytes(src))
		}
		out = append(out, fmt.Sprintf("%s:%d: `%s` %s%s: %s", d.Subject.Filename, d.Subject.Start.Line,
			strings.ReplaceAll(part, "\n", "⏎"), severity(d), d.Summary, d.Detail))
	}
	sort.Strings(out)
	return out
}

func severity(d *hcl.Diagnostic) string {
	if d.Severity == hcl.DiagWarning {
		return "warning: "
	}
	return ""
}

// rewrite puts what was reported into the archive's comments.
func rewrite(t *testing.T, file string, a *txtar.Archive, got []string) {
	_, fsys := wanted(a)
	var head []string
	for _, line := range strings.Split(strings.TrimRight(string(a.Comment), "\n"), "\n") {
		if !strings.HasPrefix(line, "want ") {
			head = append(head, line)
		}
	}
	for i := range a.Files {
		a.Files[i].Data = fsys[a.Files[i].Name].Data
	}
	for _, g := range got {
		if !annotate(a, g) {
			head = append(head, "want "+g)
		}
	}
	a.Comment = []byte(strings.Join(head, "\n") + "\n")
	require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
}

var placed = regexp.MustCompile(`^([^:]+):(\d+): (.*)$`)

// annotate writes one message behind its line, if the line can carry it.
func annotate(a *txtar.Archive, message string) bool {
	m := placed.FindStringSubmatch(message)
	if m == nil || strings.Contains(message, "EOT") {
		return false
	}
	for i := range a.Files {
		if a.Files[i].Name != m[1] || !strings.HasSuffix(m[1], ".hcl") {
			continue
		}
		lines := strings.Split(string(a.Files[i].Data), "\n")
		var n int
		fmt.Sscan(m[2], &n)
		if n > len(lines) || strings.TrimSpace(lines[n-1]) == "" || strings.Contains(string(a.Files[i].Data), "<<") {
			return false
		}
		if strings.Contains(lines[n-1], "# want ") {
			lines[n-1] += " # and " + m[3]
		} else {
			lines[n-1] += " # want " + m[3]
		}
		a.Files[i].Data = []byte(strings.Join(lines, "\n"))
		return true
	}
	return false
}
