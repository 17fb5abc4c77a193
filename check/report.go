// Package check gathers everything that CI asks of a policy change into one report:
// format, validation, lint, tests, guardrails, limits, invariants, simulation, and
// the comparison with a base.
package check

import (
	"weir/compare"
	"weir/engine"
	"weir/policytest"
	"weir/simulate"
)

// Format names the JSON form of a check.
const Format = "weir.check/1"

// Report is everything one check found.
type Report struct {
	Format       string `json:"format"`
	PolicyDigest string `json:"policy_digest"`
	// Parts are all parts in their order, those that were switched off too.
	Parts    []Part    `json:"parts"`
	Findings []Finding `json:"findings"`
	// Tests, Diff and Simulations are nil where the part did not run.
	Tests       *policytest.Report `json:"tests,omitempty"`
	Diff        *compare.Report    `json:"diff,omitempty"`
	Simulations []Simulation       `json:"simulations,omitempty"`
	// Invariants is what is known of each invariant over all inputs.
	Invariants []compare.Promise `json:"invariants,omitempty"`
	Verdict    Verdict           `json:"verdict"`
}

// Simulation is the simulation over one recording.
type Simulation struct {
	Recording string           `json:"recording"`
	Result    *simulate.Result `json:"result"`
}

// Verdict is a check's outcome in one word.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Rejected Verdict = "rejected"
)

// Status is what became of a part.
type Status string

// The statuses.
const (
	StatusPassed Status = "passed"
	StatusWarned Status = "warned"
	StatusFailed Status = "failed"
	StatusOff    Status = "off" // switched off, or without what it needs: Part.Why says
)

// Part is one part of a check.
type Part struct {
	Name   string `json:"name"` // "format", "validate", "lint", "test", …
	Status Status `json:"status"`
	Why    string `json:"why,omitempty"` // of a part that is off
}

// Finding is one thing a check found.
type Finding struct {
	Rule     string          `json:"rule"` // a stable id, documented in docs/rules
	Part     string          `json:"part"`
	Severity engine.Severity `json:"severity"`
	Text     string          `json:"text"`
	Remedy   string          `json:"remedy"`
	// File is relative to the repository's root; "" where the finding has no place.
	// Lines and columns count from 1; 0 is unknown.
	File      string   `json:"file"`
	Line      int      `json:"line"`
	Column    int      `json:"column"`
	EndLine   int      `json:"end_line"`
	EndColumn int      `json:"end_column"`
	Users     []string `json:"users"`
	Items     []string `json:"items"`
}
