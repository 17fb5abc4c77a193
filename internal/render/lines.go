package render

import (
	"io"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/policytest"
)

// The formats of reports that are written a row a line. The first line is a header,
// which counts the rows that follow by their sort.
const (
	CheckLinesFormat = "weir.check.lines/1"
	DiffLinesFormat  = "weir.diff.lines/1"
)

// CheckHeader is the first line of a check.
type CheckHeader struct {
	Format       string        `json:"format"`
	PolicyDigest string        `json:"policy_digest"`
	Parts        []check.Part  `json:"parts"`
	Verdict      check.Verdict `json:"verdict"`
	Rows         RowCounts     `json:"rows"`
}

// DiffHeader is the first line of a comparison.
type DiffHeader struct {
	Format     string              `json:"format"`
	Old        compare.Side        `json:"old"`
	New        compare.Side        `json:"new"`
	Recordings []compare.Recording `json:"recordings"`
	People     int                 `json:"people"`
	Affected   int                 `json:"affected"`
	Flips      int                 `json:"flips"`
	Before     engine.Summary      `json:"before"`
	After      engine.Summary      `json:"after"`
	Verdict    engine.Verdict      `json:"verdict"`
	Rows       RowCounts           `json:"rows"`
}

// RowCounts says how many rows of each sort follow a header, in this order.
type RowCounts struct {
	Finding   int `json:"finding"`
	Test      int `json:"test"`
	Invariant int `json:"invariant"`
	Cause     int `json:"cause"`
	User      int `json:"user"`
	Flip      int `json:"flip"`
	Proof     int `json:"proof"`
}

// Row is every other line: one of these. They are as in the JSON form; the causes of a
// flip index the lines of causes.
type Row struct {
	Finding   *check.Finding     `json:"finding,omitempty"`
	Test      *policytest.Case   `json:"test,omitempty"`
	Invariant *compare.Promise   `json:"invariant,omitempty"`
	Cause     *compare.Cause     `json:"cause,omitempty"`
	User      *compare.UserFlips `json:"user,omitempty"`
	Flip      *compare.Flip      `json:"flip,omitempty"`
	Proof     *compare.Proof     `json:"proof,omitempty"`
}

// CheckLines writes a check a row a line, without the sessions of its simulations,
// which weir simulate writes in this way.
func CheckLines(w io.Writer, r *check.Report) error {
	var rows []Row
	for i := range r.Findings {
		rows = append(rows, Row{Finding: &r.Findings[i]})
	}
	if r.Tests != nil {
		for i := range r.Tests.Cases {
			rows = append(rows, Row{Test: &r.Tests.Cases[i]})
		}
	}
	for i := range r.Invariants {
		rows = append(rows, Row{Invariant: &r.Invariants[i]})
	}
	if r.Diff != nil {
		rows = append(rows, diffRows(r.Diff)...)
	}
	return writeLines(w, &CheckHeader{CheckLinesFormat, r.PolicyDigest, r.Parts, r.Verdict, countRows(rows)}, rows)
}

// DiffLines writes a comparison a row a line.
func DiffLines(w io.Writer, r *compare.Report) error {
	rows := diffRows(r)
	return writeLines(w, &DiffHeader{DiffLinesFormat, r.Old, r.New, r.Recordings, r.People, r.Affected, r.Flips, r.Before, r.After, r.Verdict, countRows(rows)}, rows)
}

func diffRows(r *compare.Report) []Row {
	var rows []Row
	for i := range r.Causes {
		rows = append(rows, Row{Cause: &r.Causes[i]})
	}
	for i := range r.Users {
		rows = append(rows, Row{User: &r.Users[i]})
	}
	for i := range r.Decisions {
		rows = append(rows, Row{Flip: &r.Decisions[i]})
	}
	for i := range r.Proofs {
		rows = append(rows, Row{Proof: &r.Proofs[i]})
	}
	return rows
}

func countRows(rows []Row) (n RowCounts) {
	for _, r := range rows {
		switch {
		case r.Finding != nil:
			n.Finding++
		case r.Test != nil:
			n.Test++
		case r.Invariant != nil:
			n.Invariant++
		case r.Cause != nil:
			n.Cause++
		case r.User != nil:
			n.User++
		case r.Flip != nil:
			n.Flip++
		case r.Proof != nil:
			n.Proof++
		}
	}
	return n
}

func writeLines(w io.Writer, header any, rows []Row) error {
	if err := NDJSON(w, header); err != nil {
		return err
	}
	for i := range rows {
		if err := NDJSON(w, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}
