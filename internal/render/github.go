package render

import (
	"fmt"
	"io"
	"strings"

	"weir/check"
	"weir/engine"
)

// maxAnnotations is how many annotations of a level GitHub shows of one step.
const maxAnnotations = 10

var githubLevels = []struct {
	severity engine.Severity
	command  string
}{{engine.SeverityError, "error"}, {engine.SeverityWarning, "warning"}, {engine.SeverityNotice, "notice"}}

// GitHub writes findings as workflow commands, which annotate the lines they are
// about. Of more than GitHub shows of a level the last one counts the rest. The
// headline comes last, as plain text.
func GitHub(w io.Writer, b *Brief) error {
	var out strings.Builder
	for _, level := range githubLevels {
		var list []check.Finding
		for _, f := range b.Findings {
			if f.Severity == level.severity {
				list = append(list, f)
			}
		}
		shown := list
		if len(list) > maxAnnotations {
			shown = list[:maxAnnotations-1]
		}
		for _, f := range shown {
			fmt.Fprintf(&out, "::%s%s::%s\n", level.command, annotationPlace(f), commandData(Escape(findingText(f))))
		}
		if rest := len(list) - len(shown); rest > 0 {
			fmt.Fprintf(&out, "::%s title=weir::… and %d more; the other reports list all\n", level.command, rest)
		}
	}
	fmt.Fprintf(&out, "weir: %s: %s\n", b.Verdict, plainLine(b.Headline))
	_, err := io.WriteString(w, out.String())
	return err
}

// plainLine is a line that the runner cannot take for a command: neither for one that
// begins with :: nor for one of the older form ##[name], which may stand anywhere.
func plainLine(s string) string { return plainEscapes.Replace(Escape(s)) }

func annotationPlace(f check.Finding) string {
	var parts []string
	if f.File != "" {
		parts = append(parts, "file="+commandProperty(f.File))
		if f.Line > 0 {
			parts = append(parts, fmt.Sprintf("line=%d", f.Line))
			if f.EndLine > f.Line {
				parts = append(parts, fmt.Sprintf("endLine=%d", f.EndLine))
			} else if f.Column > 0 {
				parts = append(parts, fmt.Sprintf("col=%d", f.Column))
			}
		}
	}
	return " " + strings.Join(append(parts, "title="+commandProperty("weir "+f.Rule)), ",")
}

var (
	plainEscapes    = strings.NewReplacer("::", ": :", "##[", "## [")
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string     { return dataEscapes.Replace(s) }
func commandProperty(s string) string { return propertyEscapes.Replace(Escape(s)) }
