package wire

import (
	"cmp"
	"fmt"
	"slices"
	"weir/recording/textpos"

	"github.com/hashicorp/hcl/v2"
)

// maxPerSummary bounds how often one summary is repeated for one file.
const maxPerSummary = 10

// Problems collects diagnostics about files. The zero value is ready; a nil
// *Problems discards.
type Problems struct {
	diags hcl.Diagnostics
	seen  map[problemKey]int
}

type problemKey struct{ file, summary string }

// Warn notes something that could not be used; the rest goes on. A zero position
// means the file as a whole.
func (p *Problems) Warn(file string, pos textpos.Pos, summary, detail string, args ...any) {
	p.add(hcl.DiagWarning, file, pos, summary, fmt.Sprintf(detail, args...))
}

// Fail notes something without which nothing can be done.
func (p *Problems) Fail(file string, pos textpos.Pos, summary, detail string, args ...any) {
	p.add(hcl.DiagError, file, pos, summary, fmt.Sprintf(detail, args...))
}

// JSON notes a document that could not be read to its end.
func (p *Problems) JSON(file string, err *textpos.Error) {
	p.add(hcl.DiagWarning, file, err.Pos, err.Summary, err.Detail+" What stands before this place is used, the rest is not: record the file again.")
}

// Row notes a row that was left out.
func (p *Problems) Row(file string, err *textpos.Error) {
	p.add(hcl.DiagWarning, file, err.Pos, err.Summary, err.Detail+" It is left out.")
}

func (p *Problems) add(severity hcl.DiagnosticSeverity, file string, pos textpos.Pos, summary, detail string) {
	if p == nil {
		return
	}
	if p.seen == nil {
		p.seen = map[problemKey]int{}
	}
	key := problemKey{file, summary}
	p.seen[key]++
	if p.seen[key] > maxPerSummary {
		return
	}
	at := hcl.Pos{Line: max(1, int(pos.Line)), Column: max(1, int(pos.Column))}
	p.diags = append(p.diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail,
		Subject: &hcl.Range{Filename: file, Start: at, End: at}})
}

// Diagnostics lists what was noted by file and position; what was left out
// because there was too much of one kind is said once per file.
func (p *Problems) Diagnostics() hcl.Diagnostics {
	if p == nil {
		return nil
	}
	out := slices.Clone(p.diags)
	for key, n := range p.seen {
		if n > maxPerSummary {
			out = append(out, more(key, n-maxPerSummary, p.diags))
		}
	}
	slices.SortStableFunc(out, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Subject.Filename, b.Subject.Filename), cmp.Compare(a.Subject.Start.Line, b.Subject.Start.Line),
			cmp.Compare(a.Subject.Start.Column, b.Subject.Start.Column), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	return out
}

// more says how many diagnostics were left out, at the place of the last shown.
func more(key problemKey, n int, shown hcl.Diagnostics) *hcl.Diagnostic {
	d := hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: key.summary,
		Detail: fmt.Sprintf("The same happened in %d more places of this file.", n)}
	for _, s := range shown {
		if s.Subject.Filename == key.file && s.Summary == key.summary {
			d.Subject = s.Subject
		}
	}
	return &d
}
