package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/policytest"
)

// strictly decodes one line that holds exactly what v may hold.
func strictly(t require.TestingT, line string, v any) {
	dec := json.NewDecoder(strings.NewReader(line))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(v), "%s", line)
	require.False(t, dec.More(), "%s", line)
}

// readRows reads the rows after a header: each is one thing, in the order and number
// that the header says.
func readRows(t require.TestingT, lines []string, want RowCounts) (rows []Row) {
	sorts := []string{"finding", "test", "invariant", "cause", "user", "flip", "proof"}
	last := 0
	for _, line := range lines {
		var keys map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(line), &keys))
		require.Len(t, keys, 1, "%s", line)
		for i, s := range sorts {
			if _, ok := keys[s]; ok {
				require.GreaterOrEqual(t, i, last)
				last = i
			}
		}
		var r Row
		strictly(t, line, &r)
		rows = append(rows, r)
	}
	require.Equal(t, want, countRows(rows))
	return rows
}

// Whatever stands in a report, its lines are one JSON object each, and hold the rows of
// the JSON form.
func TestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hostileText.Draw(t, "text")
		diff := &compare.Report{Flips: 2, Affected: 1, People: 3, Verdict: engine.VerdictChanges,
			Causes:    []compare.Cause{{What: text, Flips: 2}},
			Users:     []compare.UserFlips{{User: text, Kinds: map[string]compare.DirectionFlips{"task": {Mailbox: 2}}}},
			Decisions: []compare.Flip{{Title: text, Causes: []int{0}}, {User: text}}, Proofs: []compare.Proof{{What: text, Relation: compare.Equal}}}
		report := &check.Report{Format: check.Format, PolicyDigest: "sha256:x", Verdict: check.Rejected, Parts: []check.Part{{Name: "test", Status: check.StatusFailed, Why: text}},
			Findings:   []check.Finding{{Rule: "test-failed", Text: text}, {Rule: "unused-view", Remedy: text}},
			Tests:      &policytest.Report{Cases: []policytest.Case{{Name: text, Failures: []policytest.Failure{{Text: text}}}}},
			Invariants: []compare.Promise{{Name: text}}, Diff: diff}
		var out bytes.Buffer
		require.NoError(t, CheckLines(&out, report))
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		require.Len(t, lines, 1+2+1+1+1+1+2+1)
		var head CheckHeader
		strictly(t, lines[0], &head)
		assert.Equal(t, CheckHeader{CheckLinesFormat, report.PolicyDigest, report.Parts, report.Verdict, RowCounts{2, 1, 1, 1, 1, 2, 1}}, head)
		rows := readRows(t, lines[1:], head.Rows)
		assert.Equal(t, report.Findings[0], *rows[0].Finding)
		assert.Equal(t, report.Tests.Cases[0], *rows[2].Test)

		out.Reset()
		require.NoError(t, DiffLines(&out, diff))
		lines = strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		var first DiffHeader
		strictly(t, lines[0], &first)
		assert.Equal(t, []any{DiffLinesFormat, 3, 1, 2, engine.VerdictChanges}, []any{first.Format, first.People, first.Affected, first.Flips, first.Verdict})
		rows = readRows(t, lines[1:], first.Rows)
		require.Len(t, rows, 5)
		assert.Equal(t, diff.Causes[0], *rows[0].Cause)
		assert.Equal(t, diff.Decisions[0], *rows[2].Flip)
		assert.Equal(t, diff.Proofs[0], *rows[4].Proof)
	})
}
