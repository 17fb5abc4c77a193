package render

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/policies"
	"weir/policytest"
)

// canary is a title, a mailbox's text: it must not show without --titles.
const canary = "Zyxwv Confidential"

// briefs are one of each sort, with a text from outside wherever one may stand.
func briefs(text string, o BriefOptions) map[string]*Brief {
	reason := engine.Reason{Code: "in_scope", Text: "merged into " + text, Policy: &engine.PolicyRef{Layer: "org", File: "org.hcl", Line: 4}}
	op := engine.Operation{ID: "1", Op: engine.OpCreate, On: engine.OnMailbox, Kind: "contact", RecordID: "0035g000001AAAA", Title: text, Reason: reason}
	held := op
	held.Op, held.Held, held.HeldBy = engine.OpDelete, true, &reason
	plan := &engine.Plan{Session: 1, Users: []engine.UserPlan{{User: "ann@acme.example", Operations: []engine.Operation{op, held}}},
		Findings: []engine.Finding{
			{Code: "limit_tripped", Severity: engine.SeverityError, Text: "would lose " + text, Remedy: "look", Users: []string{"ann@acme.example"}, Items: []string{text}},
			{Code: "frozen_copies", Severity: engine.SeverityNotice, Text: text},
		},
		Guardrails: []engine.Guardrail{{Deny: true, Message: "never " + text, File: "guard.rego", Line: 3}}, Verdict: engine.VerdictRejected}
	h := Header{Organization: "Acme", Policy: "p"}
	diff := &compare.Report{Flips: 1, Affected: 1, People: 2, Decisions: []compare.Flip{{User: "ann@acme.example", Kind: "contact", RecordID: "003", Title: text,
		Before: compare.Decision{Op: engine.OpCreate, On: engine.OnMailbox, Reason: &reason}}},
		Causes: []compare.Cause{{What: "setting contacts.scope", Text: "is now mine", Flips: 1, People: 1}}, Users: []compare.UserFlips{{User: "ann@acme.example", Losing: 60}}}
	report := &check.Report{Verdict: check.Rejected, Diff: diff, Parts: []check.Part{{Name: "limits", Status: check.StatusFailed}, {Name: "test", Status: check.StatusOff, Why: "no tests"}},
		Findings: []check.Finding{{Rule: "limit_tripped", Part: "limits", Severity: engine.SeverityError, Text: "would lose " + text}}}
	return map[string]*Brief{
		"plan": PlanBrief(plan, h, TallyOf(plan), o), "diff": DiffBrief(diff, o), "check": CheckBrief(report, o),
		"test": TestBrief(&policytest.Report{Failed: 1, Cases: []policytest.Case{{Name: "a", File: "a_test.hcl", Line: 2,
			Failures: []policytest.Failure{{File: "a_test.hcl", Line: 5, Text: "x", Expected: "y", Got: "z"}}}}}, o),
	}
}

func written(t require.TestingT, f Format, b *Brief) string {
	var out bytes.Buffer
	require.NoError(t, f(&out, b))
	return out.String()
}

// Titles show only where they were asked for, and then they do.
func TestTitlesAreHidden(t *testing.T) {
	for name, b := range briefs(canary, BriefOptions{}) {
		for format, f := range Formats() {
			assert.NotContains(t, written(t, f, b), "Zyxwv", "%s as %s", name, format)
		}
	}
	b := briefs(canary, BriefOptions{Titles: true})
	for format, f := range Formats() {
		assert.Contains(t, written(t, f, b["plan"]), "Zyxwv", format)
	}
}

// The same brief gives the same bytes, and every format names the policy's line.
func TestFormatsAreDeterministic(t *testing.T) {
	o := BriefOptions{PolicyDir: "policy"}
	for format, f := range Formats() {
		assert.Equal(t, written(t, f, briefs(canary, o)["plan"]), written(t, f, briefs(canary, o)["plan"]), format)
		assert.Contains(t, strings.ReplaceAll(written(t, f, briefs(canary, o)["plan"]), "&#46;", "."), "policy/guard.rego", format)
	}
}

var hostileText = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]string{"\n::error::x", "%0A::stop-commands::a", "<script>", "]]>", "\x00", "\x1b[2J", "@team", "#12",
		"https://evil.example/a", "www.evil.example", "`", "|", "</details>", "![a](b)", "\u202e", "&amp;", "\r\n", ":tada:", "<!--", "\ufffe", "a b", "1. x", "- x", "**"}), rapid.String()), 1, 6).Draw(t, "parts"), "")
})

// No text from a mailbox can make an annotation: each line is one of weir's own, and
// nothing else stands at a line's beginning.
func TestGitHubCannotBeForged(t *testing.T) {
	line := regexp.MustCompile(`^::(error|warning|notice) ((file|line|endLine|col|title)=[^:,\r\n]*,?)*::[^\r\n]*$`)
	rapid.Check(t, func(t *rapid.T) {
		for _, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true}) {
			lines := strings.Split(strings.TrimSuffix(written(t, GitHub, b), "\n"), "\n")
			for _, l := range lines[:len(lines)-1] {
				assert.Regexp(t, line, l)
			}
			last := lines[len(lines)-1]
			assert.True(t, strings.HasPrefix(last, "weir: ") && !strings.Contains(last, "::"), last)
		}
	})
}

// GitHub shows ten annotations of a level: the tenth says how many more there are.
func TestGitHubCounts(t *testing.T) {
	b := &Brief{}
	for i := range 25 {
		b.Findings = append(b.Findings, check.Finding{Rule: "r", Severity: engine.SeverityError, Text: fmt.Sprint(i)})
	}
	out := written(t, GitHub, b)
	assert.Equal(t, 10, strings.Count(out, "::error"))
	assert.Contains(t, out, "16 more")
}

// JUnit's numbers are those of its cases, it is read back by a strict reader, and
// hostile text stays text.
func TestJUnitIsStrict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true}) {
			var all junitSuites
			dec := xml.NewDecoder(strings.NewReader(written(t, JUnit, b)))
			dec.Strict = true
			require.NoError(t, dec.Decode(&all))
			tests, failures := 0, 0
			for _, s := range all.Suites {
				bad, skipped := 0, 0
				for _, c := range s.Cases {
					require.NotEmpty(t, c.Name)
					if c.Failure != nil {
						bad++
					}
					if c.Skipped != nil {
						skipped++
					}
				}
				assert.Equal(t, []int{len(s.Cases), bad, 0, skipped}, []int{s.Tests, s.Failures, s.Errors, s.Skipped})
				require.NotZero(t, s.Tests)
				tests, failures = tests+s.Tests, failures+s.Failures
			}
			assert.Equal(t, []int{tests, failures}, []int{all.Tests, all.Failures})
			if b.Rejected {
				assert.NotZero(t, failures)
			}
		}
	})
}

// Every result of a SARIF log names a rule that the log has, and a fingerprint of its
// own.
func TestSARIFIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true, PolicyDir: "my policy"}) {
			var log sarifLog
			dec := json.NewDecoder(strings.NewReader(written(t, SARIF, b)))
			dec.DisallowUnknownFields()
			require.NoError(t, dec.Decode(&log))
			seen := map[string]bool{}
			for _, r := range log.Runs[0].Results {
				assert.Equal(t, r.RuleID, log.Runs[0].Tool.Driver.Rules[r.RuleIndex].ID)
				assert.False(t, seen[r.Fingerprints["weir/v1"]])
				seen[r.Fingerprints["weir/v1"]] = true
				for _, l := range r.Locations {
					assert.True(t, strings.HasPrefix(l.Physical.Artifact.URI, "my%20policy/"), l.Physical.Artifact.URI)
				}
			}
			assert.Len(t, log.Runs[0].Results, len(b.Findings))
		}
	})
}

// A rule of a log says what its page does. It has no address: the format takes absolute
// ones only, and none is known to be that of this version's documents.
func TestSARIFRulesHelp(t *testing.T) {
	b := &Brief{Findings: []check.Finding{{Rule: "unused-view", Severity: engine.SeverityWarning, Text: "x"}, {Rule: "limit_tripped", Severity: engine.SeverityError, Text: "y"}}}
	text := written(t, SARIF, b)
	assert.NotContains(t, text, "helpUri")
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(text), &log))
	require.Len(t, log.Runs[0].Tool.Driver.Rules, 2)
	for _, r := range log.Runs[0].Tool.Driver.Rules {
		rule, ok := check.RuleOf(r.ID)
		require.True(t, ok)
		assert.Equal(t, rule.Meaning, r.ShortDescription.Text)
		for _, help := range []string{r.Help.Text, r.Help.Markdown} {
			assert.Contains(t, help, rule.Remedy)
			assert.Contains(t, help, "docs/rules/"+r.ID+".md")
		}
		assert.Equal(t, sarifLevels[rule.Severity], r.Default.Level)
	}
}

// SARIF holds as many results as GitHub takes, errors first, and says what it left out.
func TestSARIFIsBounded(t *testing.T) {
	b := &Brief{}
	for i := range maxSARIF + 5 {
		b.Findings = append(b.Findings, check.Finding{Rule: "r", Severity: engine.SeverityNotice, Text: fmt.Sprint(i)})
	}
	b.Findings = append(b.Findings, check.Finding{Rule: "e", Severity: engine.SeverityError, Text: "last"})
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(written(t, SARIF, b)), &log))
	assert.Len(t, log.Runs[0].Results, maxSARIF)
	assert.Equal(t, "error", log.Runs[0].Results[0].Level)
	assert.Equal(t, "6 findings are left out", log.Runs[0].Invocations[0].Notifications[0].Message.Text)
}

// A comment is never longer than GitHub takes, keeps its headline, closes its folds
// and says what it left out.
func TestMarkdownIsBounded(t *testing.T) {
	for _, n := range []int{1, 1000, 5000} {
		b := &Brief{Headline: "head"}
		for i := range n {
			b.Findings = append(b.Findings, check.Finding{Rule: "r", Severity: engine.SeverityNotice, Text: fmt.Sprint("ünïcode ", i)})
			b.Sessions = append(b.Sessions, BriefSession{Number: i, Rows: []BriefRow{{User: "u", Op: "create", What: "x"}}})
		}
		out := written(t, Markdown, b)
		assert.LessOrEqual(t, len(out), maxComment)
		assert.True(t, strings.HasPrefix(out, "### ✅ weir: head"))
		assert.Equal(t, strings.Count(out, "<details>"), strings.Count(out, "</details>"))
		assert.Equal(t, n > 1, strings.Contains(out, "did not fit"), n)
	}
}

// However much flips, a comment says what rejects a change, and every test that failed;
// of the flips the removals come first.
func TestMarkdownKeepsWhatMatters(t *testing.T) {
	b := &Brief{Headline: "head", Rejected: true, Diff: &compare.Report{}}
	for i := range 5000 {
		b.Diff.Causes = append(b.Diff.Causes, compare.Cause{What: fmt.Sprint("rule ", i)})
		b.Diff.Decisions = append(b.Diff.Decisions, compare.Flip{User: fmt.Sprint("person ", i), After: compare.Decision{Op: engine.OpCreate, On: engine.OnMailbox}})
		b.Findings = append(b.Findings, check.Finding{Rule: "warned", Severity: engine.SeverityWarning, Text: fmt.Sprint("warning ", i)})
	}
	b.Diff.Decisions = append(b.Diff.Decisions, compare.Flip{User: "zoe", After: compare.Decision{Op: engine.OpDelete, On: engine.OnSalesforce}})
	b.Findings = append(b.Findings, check.Finding{Rule: "refused", Severity: engine.SeverityError, Text: "what rejects it"})
	b.Parts = []check.Part{{Name: check.PartTest, Status: check.StatusFailed}}
	b.Cases = []policytest.Case{{Name: "the failed one", Failures: []policytest.Failure{{Expected: "a", Got: "b"}}}}
	out := written(t, Markdown, b)
	assert.LessOrEqual(t, len(out), maxComment)
	for _, want := range []string{"what rejects it", "failed test", "the failed one", "zoe", "person 0", "rule 0", "warning 0"} {
		assert.Contains(t, out, want)
	}
	assert.Less(t, strings.Index(out, "what rejects it"), strings.Index(out, "warning 0"))
	assert.Less(t, strings.Index(out, "zoe"), strings.Index(out, "person 0"))
}

// Text from outside makes no markup of its own in a comment.
func TestMarkdownIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Mark(hostileText.Draw(t, "text"))
		assert.NotContains(t, text, "\n")
		for _, bad := range []string{"<", ">", "@", "#1", "://", "www.", "![a]("} {
			assert.NotContains(t, strings.ReplaceAll(text, "&#", ""), bad)
		}
		assert.NotRegexp(t, `(^|[^\\])(\\\\)*[`+"`"+`|*_\[]`, text)
	})
}

// A test file that cannot be used is told in every format, and counts as no success.
func TestBrokenTestsAreTold(t *testing.T) {
	report, _, err := policytest.Parse("a_test.hcl", []byte("test \"a\" {\n")).Run(t.Context(), policies.Default(), policytest.Options{})
	require.NoError(t, err)
	b := TestBrief(report, BriefOptions{PolicyDir: "policy"})
	assert.True(t, b.Rejected)
	assert.Equal(t, "0 tests passed · 0 failed · 1 file could not be used", b.Headline)
	for format, f := range Formats() {
		text := strings.NewReplacer("&#46;", ".", `\_`, "_").Replace(written(t, f, b))
		assert.Contains(t, text, check.InvalidHCL, format)
		assert.Contains(t, text, "policy/a_test.hcl", format)
	}
	var all junitSuites
	require.NoError(t, xml.Unmarshal([]byte(written(t, JUnit, b)), &all))
	assert.Equal(t, 1, all.Failures)
}

// What stands in an attribute is one line, and shows what XML cannot hold; only the
// bodies of elements have lines.
func TestJUnitAttributesAreLines(t *testing.T) {
	const text = "one\ntwo\r\tthree\x00\x1b\ufffe\uffff\xff"
	const shown = `one\ntwo\r\tthree\x00\x1b\ufffe\uffff\xff`
	b := &Brief{Parts: []check.Part{{Name: "lint", Status: check.StatusOff, Why: text}},
		Cases:    []policytest.Case{{Name: text, File: text, Failures: []policytest.Failure{{Text: "x", Explanation: []string{"y"}}}}},
		Findings: []check.Finding{{Rule: text, Part: "validate", Severity: engine.SeverityError, Text: text, File: text}}}
	out := written(t, JUnit, b)
	assert.Contains(t, out, `testcase name="`+shown+`"`)
	assert.Contains(t, out, `message="`+shown+` failed"`)
	assert.Contains(t, out, `skipped message="`+shown+`"`)
	dec := xml.NewDecoder(strings.NewReader(out))
	bodies := ""
	for {
		token, err := dec.Token()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		switch e := token.(type) {
		case xml.StartElement:
			for _, a := range e.Attr {
				assert.NotRegexp(t, `[\x00-\x1f\x{fffe}\x{ffff}\x{fffd}]`, a.Value, a.Name.Local)
			}
		case xml.CharData:
			bodies += string(e)
		}
	}
	assert.Contains(t, bodies, "one\ntwo")
	assert.Contains(t, bodies, "x\ny")
}

// An example that shows both directions stands there once, and says so.
func TestExamplesThatCoincide(t *testing.T) {
	same := []compare.Example{{Relation: compare.Narrower, Old: "newest", New: "mailbox"}, {Relation: compare.Wider, Old: "newest", New: "mailbox"}}
	other := []compare.Example{{Relation: compare.Narrower, Old: "in", New: "out"}, {Relation: compare.Wider, Old: "out", New: "in"}}
	report := &compare.Report{Proofs: []compare.Proof{{What: "setting tasks.conflict", Relation: compare.Both, Text: "x", Examples: same}, {What: "rule", Relation: compare.Both, Text: "y", Examples: other}}}
	var text bytes.Buffer
	require.NoError(t, Comparison(&text, report, TextOptions{}))
	b := DiffBrief(report, BriefOptions{})
	for format, out := range map[string]string{"text": text.String(), "markdown": written(t, Markdown, b), "html": written(t, HTML, b)} {
		assert.Equal(t, 1, strings.Count(out, "newest → mailbox"), format)
		assert.Equal(t, 1, strings.Count(out, "which is narrower and wider"), format)
		assert.Equal(t, 1, strings.Count(out, "in → out"), format)
		assert.Equal(t, 1, strings.Count(out, "out → in"), format)
	}
}
