package docgen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
)

// source is all of a package's code, tests left out.
func source(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
	require.NoError(t, err)
	var b strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		b.Write(text)
	}
	require.NotZero(t, b.Len(), dir)
	return b.String()
}

// TestFindingsAreExplained: every finding that a plan or a simulation can hold
// has a row that says what to do, and no row is about a finding that cannot come.
func TestFindingsAreExplained(t *testing.T) {
	can := map[string]bool{}
	for _, f := range engine.FindingKinds() {
		can[f.Code] = true
	}
	for _, m := range regexp.MustCompile(`Finding\{Code: "([a-z_]+)"`).FindAllStringSubmatch(source(t, "simulate"), -1) {
		can[m[1]] = true
	}
	explained := map[string]bool{}
	for _, row := range tableRows(t, "semantics.md", "finding", "what it tells you") {
		code := plain(row[0])
		assert.Falsef(t, explained[code], "%s stands twice", code)
		explained[code] = true
		require.Len(t, row, 3)
		assert.NotEmpty(t, row[1])
		assert.NotEmpty(t, row[2])
	}
	assert.Equal(t, can, explained)
}

// TestReasonsExist: the reason codes that the page explains are the engine's.
func TestReasonsExist(t *testing.T) {
	engineSource := source(t, "engine")
	for _, table := range [][]string{{"held by", "meaning"}, {"reason code", "what stops"}} {
		for _, row := range tableRows(t, "semantics.md", table...) {
			for _, code := range strings.Split(row[0], ", ") {
				assert.Contains(t, engineSource, `"`+plain(code)+`"`)
			}
		}
	}
}

// TestEveryHoldIsExplained: whatever can hold an operation has a row.
func TestEveryHoldIsExplained(t *testing.T) {
	explained := map[string]bool{}
	for _, row := range tableRows(t, "semantics.md", "held by", "meaning") {
		for _, code := range strings.Split(row[0], ", ") {
			explained[plain(code)] = true
		}
	}
	for _, m := range regexp.MustCompile(`hold(?:ing\{|Create\([A-Za-z]+, )"([a-z_]+)"`).FindAllStringSubmatch(source(t, "engine"), -1) {
		switch m[1] {
		case "upsync_off", "excluded", "private_link", "not_marked", "no_access", "not_organizer": // stops
		default:
			assert.Truef(t, explained[m[1]], "%s is not explained", m[1])
		}
	}
}

// TestLinksLead: links between and inside the documents lead to something.
func TestLinksLead(t *testing.T) {
	all := documents(t)
	anchor := regexp.MustCompile(`[^a-z0-9 -]`)
	for name, text := range all {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			target := all[name]
			if m[1] != "" {
				bytes, err := os.ReadFile(filepath.Join(docs, m[1]))
				require.NoError(t, err, "%s links to %s", name, m[1])
				target = string(bytes)
			}
			if m[2] == "" {
				continue
			}
			found := false
			for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(target, -1) {
				slug := strings.ReplaceAll(anchor.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
				found = found || "#"+slug == m[2]
			}
			assert.Truef(t, found, "%s links to %s%s, and there is no such heading", name, m[1], m[2])
		}
	}
}

// TestGeneratedWordsFit: no check or row was left without words.
func TestGeneratedWordsFit(t *testing.T) {
	checks := tableRows(t, "semantics.md", "", "reason code")
	require.Len(t, checks, len(policies.AllChecks()))
	for _, row := range checks {
		assert.NotContains(t, row, "", "a check without words")
	}
	facts := tableRows(t, "semantics.md", "fact", "type")
	require.Len(t, facts, len(cond.FactNames()))
	for _, row := range facts {
		assert.NotContains(t, row, "", "a fact without words")
	}
	rows := tableRows(t, "semantics.md", "row", "when")
	require.Len(t, rows, len(engine.Table))
	for _, row := range rows {
		require.Len(t, row, 4)
		assert.NotEmpty(t, row[1])
		assert.NotEmpty(t, row[2])
		assert.Equal(t, plain(row[0]) == "settled", row[3] == "", row)
	}
}

// TestNumbersInProse: the numbers that the pages state in words are the code's.
func TestNumbersInProse(t *testing.T) {
	for _, c := range []struct{ dir, constant, file, words string }{
		{"policies", `maxFiles\s*=\s*1000\b`, "language.md", "1,000 files"},
		{"policies", `maxTotal\s*=\s*4 << 20\b`, "language.md", "4 MiB altogether"},
		{"policies", `MaxDays\s*=\s*36_500\b`, "language.md", "36,500 days"},
		{"policies", `maxDiagnostics\s*=\s*200\b`, "language.md", "200 problems"},
		{"engine", `maxAllDay\s*=\s*14\b`, "semantics.md", "more than 14 days"},
		{"engine", `maxRecurring\s*=\s*24\b`, "semantics.md", "more than 24 hours"},
		{"engine", `moreThan = 3\b`, "semantics.md", "more than 3"},
		{"simulate", `DefaultEvery = 30 \* time.Minute`, "semantics.md", "every 30 minutes"},
		{"recording", `viewPageSize = 2000\b`, "recordings.md", "Exactly 2,000 rows"},
	} {
		assert.Regexp(t, regexp.MustCompile(c.constant), source(t, c.dir))
		assert.Contains(t, documents(t)[c.file], c.words)
	}
}

// TestSeveritiesAreStated keeps the words about severities beside the codes.
func TestSeveritiesAreStated(t *testing.T) {
	rows := tableRows(t, "semantics.md", "severity", "findings of a plan")
	require.Len(t, rows, 3)
	for _, row := range rows {
		assert.NotEmpty(t, row[1], row[0])
	}
}
