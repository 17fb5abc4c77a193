package render

import (
	"fmt"
	"io"
	"path"

	"weir/policies/cover"
	"weir/policies/mutate"
	"weir/policytest"
)

// Tests writes a test run: what failed in full, with what was expected, what came of
// it and why; the tests that passed by name under Verbose, else only counted. Dir
// stands before the names of files.
func Tests(w io.Writer, r *policytest.Report, dir string, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Passed {
			if opts.Verbose {
				p.line(p.paint(good, "ok") + "    " + Escape(c.Name) + p.paint(dim, fmt.Sprintf("  %s:%d", Escape(path.Join(dir, c.File)), c.Line)))
			}
			continue
		}
		p.failedTest(c, dir)
	}
	verdict := p.paint(bold, fmt.Sprintf("%s passed, %d failed", countTests(r.Passed), r.Failed))
	line := verdict + fmt.Sprintf(", in %s", countFiles(r.Files))
	if broken := brokenFiles(r); broken > 0 {
		line += "; " + p.paint(bad, countFiles(broken)+" could not be used")
	}
	p.line(line)
	if r.Coverage != nil {
		p.coverage(r.Coverage, dir)
	}
	if r.Mutation != nil {
		p.mutation(r.Mutation, dir)
	}
	return p.flush()
}

// mutation lists the changes of the policy that no test notices, then counts all.
func (p *printer) mutation(m *mutate.Report, dir string) {
	p.blank()
	for _, u := range m.Unnoticed {
		p.line(p.paint(warn, "unnoticed") + "  " + Escape(u.Text) + p.paint(dim, fmt.Sprintf("  %s:%d", Escape(path.Join(dir, u.File)), u.Line)))
	}
	tried := m.Mutants - m.NotTried
	line := fmt.Sprintf("%s of the policy tried: %d noticed, %d not", count(tried, "small change", "small changes"), m.Noticed, len(m.Unnoticed))
	if m.Invalid > 0 {
		line += fmt.Sprintf(", %d do not load", m.Invalid)
	}
	if m.Equivalent > 0 {
		line += fmt.Sprintf(", %d decide the same", m.Equivalent)
	}
	if m.NotTried > 0 {
		line += fmt.Sprintf("; %d not tried (--mutate-budget, --mutate-max)", m.NotTried)
	}
	p.line(p.paint(bold, line))
}

func (p *printer) failedTest(c *policytest.Case, dir string) {
	p.line(p.paint(bad, "FAIL") + "  " + p.paint(bold, Escape(c.Name)))
	for _, f := range c.Failures {
		p.line(fmt.Sprintf("      %s:%d: %s", Escape(path.Join(dir, f.File)), f.Line, Escape(f.Text)))
		p.line("        expected  " + Escape(f.Expected))
		p.line("        got       " + Escape(f.Got))
		for i, why := range f.Explanation {
			lead := "                  "
			if i == 0 {
				lead = "        because   "
			}
			p.line(p.paint(dim, lead+Escape(why)))
		}
	}
	p.blank()
}

func countTests(n int) string {
	if n == 1 {
		return "1 test"
	}
	return Thousands(n) + " tests"
}

func countFiles(n int) string {
	if n == 1 {
		return "1 file"
	}
	return Thousands(n) + " files"
}

// brokenFiles counts the files that problems with the severity of an error name.
func brokenFiles(r *policytest.Report) int {
	files := map[string]bool{}
	for _, p := range r.Problems {
		if p.Severity == "error" {
			files[p.File] = true
		}
	}
	return len(files)
}

// coverage lists the lines and parts of conditions that no test made work, then counts.
func (p *printer) coverage(r *cover.Report, dir string) {
	p.blank()
	for _, l := range r.Settings {
		if !l.InForce {
			p.line(p.paint(warn, "never in force") + "  " + Escape(l.Text) + p.paint(dim, fmt.Sprintf("  %s:%d", Escape(path.Join(dir, l.File)), l.Line)))
		}
	}
	for _, c := range r.Conditions {
		if len(c.Parts) > 1 && !c.Asked() {
			p.line(p.paint(warn, "never asked") + "  " + Escape(c.What) + p.paint(dim, fmt.Sprintf("  %s:%d", Escape(path.Join(dir, c.File)), c.Line)))
			continue
		}
		for _, part := range c.Parts {
			if missing := neverSeen(part); missing != "" {
				p.line(p.paint(warn, missing) + "  " + Escape(part.Text) + p.paint(dim, fmt.Sprintf("  of %s, %s:%d", Escape(c.What), Escape(path.Join(dir, c.File)), part.Line)))
			}
		}
	}
	p.line(p.paint(bold, fmt.Sprintf("%d of %s in force; %d of %s of conditions seen", r.InForce, count(r.Lines, "setting", "settings"), r.HalvesSeen, count(r.Halves, "answer", "answers"))))
}

func neverSeen(p cover.Seen) string {
	switch {
	case p.True && (p.False || p.Binds):
		return ""
	case p.True:
		return "never false"
	case p.False:
		return "never true"
	}
	return "never asked"
}
