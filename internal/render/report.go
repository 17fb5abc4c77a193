package render

import "github.com/hashicorp/hcl/v2"

// DiagnosticRow is one diagnostic in its JSON form. Lines and columns count from
// 1, columns in visible characters; 0 where a diagnostic has no place.
type DiagnosticRow struct {
	Severity  string `json:"severity"` // "error" or "warning"
	Summary   string `json:"summary"`
	Detail    string `json:"detail"`
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"end_line"`
	EndColumn int    `json:"end_column"`
}

// DiagnosticRows lays out diagnostics.
func DiagnosticRows(diags hcl.Diagnostics) []DiagnosticRow {
	rows := make([]DiagnosticRow, 0, len(diags))
	for _, d := range diags {
		row := DiagnosticRow{Severity: "error", Summary: d.Summary, Detail: d.Detail}
		if d.Severity == hcl.DiagWarning {
			row.Severity = "warning"
		}
		if s := d.Subject; s != nil {
			row.File, row.Line, row.Column = s.Filename, s.Start.Line, s.Start.Column
			row.EndLine, row.EndColumn = s.End.Line, s.End.Column
		}
		rows = append(rows, row)
	}
	return rows
}
