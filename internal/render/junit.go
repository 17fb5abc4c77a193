package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"weir/check"
	"weir/engine"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	Skipped   *junitSkipped `xml:"skipped"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// JUnit writes tests and findings as JUnit's XML: a suite a part, in which an error
// is a failure, and a part without findings is a case that passed. Warnings and notices
// are cases that passed, with their words as output.
func JUnit(w io.Writer, b *Brief) error {
	all := junitSuites{Name: "weir"}
	parts := map[string][]check.Finding{}
	var order []check.Part
	order = append(order, b.Parts...)
	known := map[string]bool{}
	for _, p := range b.Parts {
		known[p.Name] = true
	}
	for _, f := range b.Findings {
		if !known[f.Part] {
			known[f.Part] = true
			order = append(order, check.Part{Name: f.Part, Status: check.StatusPassed})
		}
		parts[f.Part] = append(parts[f.Part], f)
	}
	if len(b.Cases) > 0 && !known["test"] {
		order = append(order, check.Part{Name: "test", Status: check.StatusPassed})
	}
	if len(order) == 0 {
		order = append(order, check.Part{Name: "findings", Status: check.StatusPassed})
	}
	for _, p := range order {
		s := junitSuite{Name: "weir." + p.Name}
		switch {
		case p.Name == "test" && len(b.Cases) > 0:
			b.junitTests(&s)
			s.findings(p, parts[p.Name], "test-failed")
		case p.Status == check.StatusOff:
			s.Cases = append(s.Cases, junitCase{Name: p.Name, ClassName: s.Name, Skipped: &junitSkipped{xmlLine(p.Why)}})
		default:
			s.findings(p, parts[p.Name], "")
		}
		s.count()
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(&markup{w: w})
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// findings makes a case of each finding, but for those of a rule that is told
// already, or one case that passed.
func (s *junitSuite) findings(p check.Part, list []check.Finding, told string) {
	for _, f := range list {
		if f.Rule == told && told != "" {
			continue
		}
		c := junitCase{Name: xmlLine(fmt.Sprintf("%s %d", f.Rule, len(s.Cases)+1)), ClassName: s.Name, File: xmlLine(f.File)}
		text := xmlText(findingText(f))
		if f.File != "" {
			text += "\n" + xmlLine(lineOf(f))
		}
		if f.Severity == engine.SeverityError {
			c.Failure = &junitFailure{Message: xmlLine(f.Text), Type: xmlLine(f.Rule), Text: text}
		} else {
			c.Output = text
		}
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) == 0 {
		s.Cases = append(s.Cases, junitCase{Name: xmlLine(p.Name), ClassName: xmlLine(s.Name)})
	}
}

func (b *Brief) junitTests(s *junitSuite) {
	for _, t := range b.Cases {
		c := junitCase{Name: xmlLine(t.Name), ClassName: s.Name, File: xmlLine(t.File)}
		if !t.Passed {
			var lines []string
			for _, f := range t.Failures {
				lines = append(lines, fmt.Sprintf("%s:%d: %s", f.File, f.Line, failureText(f)))
				lines = append(lines, f.Explanation...)
			}
			c.Failure = &junitFailure{Message: xmlLine(t.Name + " failed"), Type: "test-failed", Text: xmlText(strings.Join(lines, "\n"))}
		}
		s.Cases = append(s.Cases, c)
	}
}

func (s *junitSuite) count() {
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		if c.Failure != nil {
			s.Failures++
		}
		if c.Skipped != nil {
			s.Skipped++
		}
	}
}

// xmlLine is text for an attribute, which is one line to whoever reads it: line breaks
// are shown as the text output shows them.
func xmlLine(s string) string {
	var b strings.Builder
	for _, r := range Escape(s) {
		if r == 0xfffe || r == 0xffff { // which XML 1.0 cannot hold
			writeEscaped(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// xmlText is text for an element's body: without what XML 1.0 cannot hold or a reader
// cannot see; lines stay lines.
func xmlText(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = xmlLine(l)
	}
	return strings.Join(lines, "\n")
}
