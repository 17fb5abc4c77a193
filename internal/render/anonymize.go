package render

import (
	"fmt"
	"io"

	"weir/internal/parity"
	"weir/recording/anonymize"
)

// AnonymizeFormat and its major version stand in every report of an anonymised
// recording.
const AnonymizeFormat = "weir.anonymize/1"

// AnonymizeReport says what was replaced, what had to stay, and whether the policy
// decides the same on both recordings. It holds no value that was replaced.
type AnonymizeReport struct {
	Format    string `json:"format"`
	Directory string `json:"directory"`
	Policy    string `json:"policy"`
	anonymize.Report
	// DatesStay says why dates are not shifted, "" if they are.
	DatesStay string          `json:"dates_stay,omitempty"`
	Named     int             `json:"named"` // texts of the policy that stay
	Kept      []AnonymizeKept `json:"kept"`
	Rounds    int             `json:"rounds"`
	Check     *parity.Result  `json:"check"`
}

// AnonymizeKept is how many values of a field stay, since a condition would answer
// something else without them.
type AnonymizeKept struct {
	Field  string `json:"field"`
	Values int    `json:"values"`
}

// Anonymize writes the report for people.
func Anonymize(w io.Writer, r *AnonymizeReport, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	done := []string{Escape(r.Directory), count(r.Files, "file rewritten", "files rewritten"), count(len(r.Left), "left out", "left out")}
	if !r.Check.Same() {
		done = []string{Escape(r.Directory), "nothing written"}
	}
	p.line(p.paint(bold, joinDots(done...)))
	i := inventory{p, nil, opts}
	i.section("Replaced", [][]string{
		{count(r.IDs, "id", "ids")},
		{count(r.Addresses, "address", "addresses") + " of " + count(r.Domains, "domain", "domains")},
		{count(r.Words, "word", "words") + " and " + count(r.Numbers, "number", "numbers") + " in texts"},
		{datesLine(r)},
	})
	var rows [][]string
	if r.Named > 0 {
		rows = append(rows, []string{count(r.Named, "text", "texts"), "named by the policy, by list views or by the sync itself"})
	}
	for _, k := range r.Kept {
		rows = append(rows, []string{count(k.Values, "value", "values"), Escape(k.Field) + ", since a condition would answer something else"})
	}
	i.section("Kept", rows)
	rows = nil
	for _, l := range r.Left {
		rows = append(rows, []string{Escape(l.File), Escape(l.Why)})
	}
	i.section("Left out", rows)
	p.blank()
	if r.Check.Same() {
		p.line("Checked with " + Escape(r.Policy) + ": " + checked(r.Check) + " are the same.")
		p.blank()
		p.line("Read it before you share it: weir inspect -r " + Escape(r.Directory))
		return p.flush()
	}
	rows = nil
	for _, d := range r.Check.Changed {
		rows = append(rows, []string{Escape(d.String())})
	}
	i.section("Not the same", rows)
	return p.flush()
}

func datesLine(r *AnonymizeReport) string {
	switch {
	case r.DatesStay != "":
		return "dates stay: " + Escape(r.DatesStay)
	case r.Days == 0:
		return "dates stay"
	}
	return fmt.Sprintf("dates shifted by %s days", Thousands(r.Days))
}

func checked(r *parity.Result) string {
	return count(r.Plans, "plan", "plans") + " and " + count(r.Answers, "answer", "answers") + " of " + count(r.Conditions, "condition", "conditions")
}
