package render

import (
	"fmt"
	"io"

	"weir/check"
	"weir/engine"
)

// shownFindings is how many findings of a part the text lists before --full.
const shownFindings = 20

// checkWords is a check's verdict in words. It is the tests that are broken, not the
// policy, where one of their files cannot be used.
func checkWords(v check.Verdict) string {
	if v == check.Broken {
		return "tests broken"
	}
	return "policy " + string(v)
}

// Check writes a check: the verdict, a line a part, then what was found, with places
// and remedies, and the comparison with the base.
func Check(w io.Writer, r *check.Report, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	tone := good
	if r.Verdict != check.Passed {
		tone = bad
	}
	p.line(p.paint(tone, checkWords(r.Verdict)))
	p.blank()
	by := map[string][]check.Finding{}
	for _, f := range r.Findings {
		by[f.Part] = append(by[f.Part], f)
	}
	marks := map[check.Status]string{check.StatusPassed: "✓", check.StatusWarned: "!", check.StatusFailed: "✗", check.StatusOff: "·"}
	for _, part := range r.Parts {
		line := fmt.Sprintf("  %s %-11s%s", marks[part.Status], part.Name, part.Status)
		switch {
		case part.Why != "":
			line += ": " + Escape(part.Why)
		case part.Name == check.PartTest && r.Tests != nil:
			line += fmt.Sprintf(": %d passed, %d failed", r.Tests.Passed, r.Tests.Failed)
			if broken := brokenFiles(r.Tests); broken > 0 {
				line += fmt.Sprintf(", %s could not be used", countFiles(broken))
			}
		case part.Name == check.PartInvariants:
			line += ": " + promisesText(r.Invariants)
		case part.Name == check.PartDiff && r.Diff != nil && len(r.Diff.Recordings) > 0:
			line += fmt.Sprintf(": %s for %s of %s", changed(r.Diff.Flips), Thousands(r.Diff.Affected), people(r.Diff.People))
		}
		p.line(line)
	}
	words := map[engine.Severity]string{engine.SeverityError: "Error", engine.SeverityWarning: "Warning", engine.SeverityNotice: "Note"}
	for _, part := range r.Parts {
		for i, f := range bySeverity(by[part.Name]) {
			if opts.Summary {
				break
			}
			if i == shownFindings && !opts.Full {
				p.line("… and " + Thousands(len(by[part.Name])-i) + " more of " + part.Name + "  (--full lists all)")
				break
			}
			p.blank()
			at := ""
			if f.File != "" {
				at = "  " + Escape(lineOf(f))
			}
			p.line(words[f.Severity] + "  " + Escape(f.Text) + at + "  [" + Escape(f.Rule) + "]")
			if f.Remedy != "" {
				p.line("       → " + Escape(f.Remedy))
			}
		}
	}
	if r.Diff == nil {
		return p.flush()
	}
	p.blank()
	if err := p.flush(); err != nil {
		return err
	}
	return Comparison(w, r.Diff, opts)
}
