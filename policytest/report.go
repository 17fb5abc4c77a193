// Package policytest runs the tests that stand beside a policy: small worlds in
// *_test.hcl files with what is expected of a plan, a session, a setting or a
// verdict, and *_test.rego modules through OPA's tester.
package policytest

import (
	"github.com/hashicorp/hcl/v2"

	"weir/policies/cover"
	"weir/policies/mutate"
)

// Format names the JSON form of a test run.
const Format = "weir.test/1"

// Report is a whole test run.
type Report struct {
	Format       string `json:"format"`
	PolicyDigest string `json:"policy_digest"`
	Files        int    `json:"files"`
	Passed       int    `json:"passed"`
	Failed       int    `json:"failed"`
	// Cases are in the order of their files and lines.
	Cases []Case `json:"cases"`
	// Problems are what is wrong with test files; those of a broken file do not run.
	Problems []Problem `json:"problems"`
	Verdict  Verdict   `json:"verdict"`
	// Mutation is nil where mutants were not asked for.
	Mutation *mutate.Report `json:"mutation,omitempty"`
	// Coverage is nil where it was not asked for.
	Coverage *cover.Report `json:"coverage,omitempty"`
}

// Verdict is a test run's outcome in one word.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Rejected Verdict = "rejected"
	Broken   Verdict = "broken" // a test file cannot be used
)

// Problem is something wrong with a test file.
type Problem struct {
	Severity string `json:"severity"` // "error" or "warning"
	Summary  string `json:"summary"`
	Detail   string `json:"detail"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	// Found is what says so.
	Found *hcl.Diagnostic `json:"-"`
}

// Case is one test.
type Case struct {
	Name     string    `json:"name"`
	File     string    `json:"file"` // relative to the policy's root
	Line     int       `json:"line"`
	Language string    `json:"language"` // "hcl" or "rego"
	Passed   bool      `json:"passed"`
	Failures []Failure `json:"failures"`
}

// Failure is one expectation that did not hold.
type Failure struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Text     string `json:"text"` // what was expected of what, in words
	Expected string `json:"expected"`
	Got      string `json:"got"`
	// Explanation are lines that say why it is as it is: the checks, the row and the
	// policy lines behind the decision.
	Explanation []string `json:"explanation"`
}
