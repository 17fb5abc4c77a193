package policytest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/policies"
	"weir/policies/hclfile"
)

// The wordings of this package, together. A summary is a short noun phrase; a
// detail is a sentence and says what to do.

// maxDiagnostics is how many problems of one file are shown.
const maxDiagnostics = 100

func problem(rng hcl.Range, summary, format string, args ...any) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, args...), Subject: &rng}
}

func wholeFile(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

func sortedDiagnostics(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		if a.Subject == nil || b.Subject == nil {
			return 0
		}
		return cmp.Or(cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte), strings.Compare(a.Summary+a.Detail, b.Summary+b.Detail))
	})
	// World blocks are read for every test of their file, and said to be wrong once.
	diags = slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool { return a.Error() == b.Error() })
	if more := len(diags) - maxDiagnostics; more > 0 {
		diags = append(diags[:maxDiagnostics:maxDiagnostics], moreProblems(*diags[maxDiagnostics].Subject, more))
	}
	return diags
}

func moreProblems(at hcl.Range, more int) *hcl.Diagnostic {
	return problem(at, "More problems", "At least %d more problems of this file are not shown. Correct the first ones and look again.", more)
}

// quoted shows a name that somebody wrote, shortened if it is very long.
func quoted(s string) string {
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "…"
	}
	return `"` + s + `"`
}

func oneOf(names []string) string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = quoted(n)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}

func noTests(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "No tests in the file", `The file holds no test block. Write one: test "private events stay" { … }.`)
}

func expectsNothing(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "A test that expects nothing", `The test has no expect block, so that it cannot fail. Say what must come of it: expect "create" { task = "call" }.`)
}

func twice(rng hcl.Range, what, format string, args ...any) *hcl.Diagnostic {
	return problem(rng, "Named twice", "There is another %s: %s.", what, fmt.Sprintf(format, args...))
}

func tooMany(rng hcl.Range, n int, what string) *hcl.Diagnostic {
	return problem(rng, "Too many "+what, "A test file may have %d %s at most. Split it into several files.", n, what)
}

func tooManyThings(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many records and items", "A test file may have %d records and items at most; those of its world count once for each test. Split it into several files.", maxThings)
}

func tooManyPeople(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Too many people", "A test file may have %d people at most; those of its world count once for each test. Split it into several files, or keep fewer people in its world.", maxPeople)
}

func unknownName(u hclfile.Unknown, where string, fields []Field, inner []Block) *hcl.Diagnostic {
	var attrs, blocks []string
	for _, f := range fields {
		attrs = append(attrs, f.Name)
	}
	for _, b := range inner {
		blocks = append(blocks, b.Name)
	}
	if u.Block {
		if slices.Contains(attrs, u.Name) {
			return problem(u.Range, "Block instead of an attribute", "In %s %s is written with an equals sign: %s = ….", where, u.Name, u.Name)
		}
		return problem(u.Range, "Unknown block", "In %s there is no block %s.%s", where, quoted(u.Name), policies.DidYouMean(u.Name, blocks))
	}
	if slices.Contains(blocks, u.Name) {
		return problem(u.Range, "Attribute instead of a block", "In %s %s is a block: %s { … }.", where, u.Name, u.Name)
	}
	return problem(u.Range, "Unknown attribute", "In %s there is no attribute %s.%s", where, quoted(u.Name), policies.DidYouMean(u.Name, attrs))
}

func typeWords(t string) string {
	switch t {
	case typeText:
		return "a text in quotes"
	case typeTexts, typeKinds:
		return "a list of texts"
	case "attendees":
		return "a list of addresses"
	case typeBool, "bool":
		return "true or false, without quotes"
	case typeInstant, "timestamp":
		return `an instant with its offset, such as "2026-05-04T08:00:00Z"`
	case "date":
		return `a day, such as "2026-05-04"`
	case typeValue:
		return "a literal, as policies write the setting"
	}
	return "a whole number"
}

func wrongType(v hclfile.Value, f Field, want string) *hcl.Diagnostic {
	return problem(v.Range, "Wrong type", "%s is %s, but here is %s. Tests hold literals only.", f.Name, want, got(v))
}

func got(v hclfile.Value) string {
	switch v.Kind {
	case hclfile.String:
		return "the text " + quoted(v.Text)
	case hclfile.Number:
		return number(v)
	}
	return v.Kind.String()
}

// number shows a number that somebody wrote; only whole ones are kept.
func number(v hclfile.Value) string {
	if v.IsInt {
		return strconv.FormatInt(v.Int, 10)
	}
	return "a number with a fraction, or of more than 18 digits"
}

func oneOfThese(v hclfile.Value, what string, values []string) *hcl.Diagnostic {
	return problem(v.Range, "Unknown "+what, "%s is %s, not %s.%s", what, oneOf(values), quoted(v.Text), policies.DidYouMean(v.Text, values))
}

func badDuration(v hclfile.Value) *hcl.Diagnostic {
	return problem(v.Range, "Wrong duration", `The time between sessions is a second to a week, written "30m" or "2h", not %s.`, quoted(v.Text))
}

func unknownPerson(rng hcl.Range, name string, known []string) *hcl.Diagnostic {
	return problem(rng, "Unknown person", `No user or person of this test is called %s.%s Add person %s {} for somebody who is not synced.`, quoted(name), policies.DidYouMean(name, known), quoted(name))
}

func unknownUser(rng hcl.Range, name string, known []string) *hcl.Diagnostic {
	return problem(rng, "Unknown user", "No user of this test is called %s; they are %s.%s", quoted(name), oneOf(known), policies.DidYouMean(name, known))
}

func whoseIsIt(rng hcl.Range, what string, known []string) *hcl.Diagnostic {
	return problem(rng, "No "+what, "The test has several users (%s). Say which one is meant: %s = %s.", oneOf(known), what, quoted(known[0]))
}

func unknownThing(rng hcl.Range, kind, name string, known []string) *hcl.Diagnostic {
	return problem(rng, "Unknown "+kind, "No %s of this test is called %s.%s", kind, quoted(name), policies.DidYouMean(name, known))
}

func noThing(rng hcl.Range, what string) *hcl.Diagnostic {
	return problem(rng, "No thing named", `Say what is expected to be %s: contact = "…", task = "…" or event = "…".`, quoted(what))
}

func twoThings(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Two things named", "An expectation is about one thing: write a block for each.")
}

func missingField(rng hcl.Range, what, name string) *hcl.Diagnostic {
	return problem(rng, "Missing "+name, "expect %s needs %s = ….", quoted(what), name)
}

func sessionOutOfRange(v hclfile.Value, f Field) *hcl.Diagnostic {
	remedy := "Without it, the expectation is of a plan of the world as it stands."
	if f.Name == "before_session" {
		remedy = "What is no session's write as at = …."
	}
	return problem(v.Range, "Session out of range", "%s is a whole number from 1, the first session, to %d, the last that a test reaches, but here is %s. %s", f.Name, maxSessions, number(v), remedy)
}

func instantOutOfRange(v hclfile.Value, f Field) *hcl.Diagnostic {
	return problem(v.Range, "Instant out of range", `%s is of the years %d to %d, but here is %s. Write it as "2026-05-04T08:00:00Z".`, f.Name, firstYear, lastYear, quoted(v.Text))
}

// beforeRecording is about an at that the recording knows nothing of.
func beforeRecording(rng hcl.Range, recording string, first time.Time) *hcl.Diagnostic {
	return problem(rng, "Instant out of range", "The first capture of the recording %s is of %s. Write at = %s or later, or leave it out for the last capture.",
		quoted(recording), first.Format(time.RFC3339), quoted(first.Format(time.RFC3339)))
}

func alone(rng hcl.Range, name string) *hcl.Diagnostic {
	return problem(rng, "A recording and a world", "The test takes its world from a recording, so that %s cannot be said here.", name)
}

func badPath(v hclfile.Value) *hcl.Diagnostic {
	return problem(v.Range, "Outside of the policy", "A recording of a test lies inside the policy's directory, and is named by its path from there, such as \"recordings/small\"; not %s.", quoted(v.Text))
}

func onlyTwo(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "When did it happen?", "Write at = … or before_session = …, not both.")
}

func outOfOrder(rng hcl.Range) *hcl.Diagnostic {
	return problem(rng, "Before what came before", "What happens to a thing stands in the order in which it happened, after it was created (a month before the test's instant, or created = …).")
}

func afterTheEnd(rng hcl.Range, what string) *hcl.Diagnostic {
	return problem(rng, "After the end", "The thing was %s before, and nothing can happen to it any more.", what)
}

func badZone(v hclfile.Value, err error) *hcl.Diagnostic {
	return problem(v.Range, "Unknown time zone", "%v.", err)
}

func badRecurrence(v hclfile.Value, err error) *hcl.Diagnostic {
	return problem(v.Range, "Unreadable recurrence", "%v.", err)
}

func unknownSetting(v hclfile.Value, known []string) *hcl.Diagnostic {
	return problem(v.Range, "Unknown setting", "There is no setting %s.%s", quoted(v.Text), policies.DidYouMean(v.Text, known))
}

func wrongSwitch(rng hcl.Range, page, key string, known []string) *hcl.Diagnostic {
	return problem(rng, "Unknown switch", "The %s settings page has no %s.%s", page, quoted(key), policies.DidYouMean(key, known))
}
