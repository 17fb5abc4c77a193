package render

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/rivo/uniseg"

	"weir/policies"
)

// snippetWidth is how many columns of a source line are shown; of a longer line
// the part around the position is.
const snippetWidth = 120

// Sources finds the text behind a diagnostic's file name: the name to show, so that
// the file can be opened from where the reader stands, and the source, nil where
// there is none to show.
type Sources func(name string) (shown string, source []byte)

// Diagnostics writes every diagnostic with the line it is about and carets under
// the part that is wrong, a blank line between two.
func Diagnostics(w io.Writer, diags hcl.Diagnostics, src Sources, useColor bool) error {
	p := newPrinter(w, useColor)
	for i, d := range diags {
		if i > 0 {
			p.blank()
		}
		p.diagnostic(d, src)
	}
	return p.flush()
}

func (p *printer) diagnostic(d *hcl.Diagnostic, src Sources) {
	word, t := severityWord(d.Severity)
	p.line(p.paint(t, word+":") + " " + p.paint(bold, Escape(d.Summary)))
	if d.Subject != nil {
		p.blank()
		p.place(*d.Subject, src, t)
		related, _ := hcl.DiagnosticExtra[policies.Related](d)
		for _, r := range related {
			p.place(r, src, t)
		}
	} else if d.Detail != "" {
		p.blank()
	}
	for detail := range strings.SplitSeq(strings.TrimRight(d.Detail, "\n"), "\n") {
		if detail != "" {
			p.line(Escape(detail))
		}
	}
}

func severityWord(s hcl.DiagnosticSeverity) (string, tone) {
	if s == hcl.DiagWarning {
		return "Warning", warn
	}
	return "Error", bad
}

// place writes where a range is, and its first line with carets.
func (p *printer) place(r hcl.Range, src Sources, t tone) {
	name, source := r.Filename, []byte(nil)
	if src != nil {
		name, source = src(r.Filename)
	}
	where := "  on " + Escape(name)
	if r.Filename == policies.Everything {
		p.line(where)
		return
	}
	if r.Start.Line > 0 {
		where += fmt.Sprintf(" line %d", r.Start.Line)
		if source == nil && r.Start.Column > 0 {
			where += fmt.Sprintf(", column %d", r.Start.Column)
		}
	}
	line, found := sourceLine(source, r.Start.Line)
	if !found {
		p.line(where)
		return
	}
	if block := enclosingBlock(r.Filename, source, r.Start.Line); block != "" {
		where += ", in " + Escape(block)
	}
	p.line(where + ":")
	shown, carets := snippet(line, r)
	label := fmt.Sprintf("%4d: ", r.Start.Line)
	p.line(label + shown)
	if carets != "" {
		p.line(strings.Repeat(" ", len(label)) + p.paint(t, carets))
	}
}

// sourceLine is the n-th line, counted from 1, without its line break.
func sourceLine(source []byte, n int) ([]byte, bool) {
	if n < 1 || source == nil {
		return nil, false
	}
	for ; n > 1; n-- {
		i := bytes.IndexByte(source, '\n')
		if i < 0 {
			return nil, false
		}
		source = source[i+1:]
	}
	line, _, _ := bytes.Cut(source, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), true
}

// cell is one visible character of a source line as it is shown.
type cell struct {
	text   string // escaped; tabs stay
	width  int
	marked bool
}

// snippet is the line as shown and the carets under the range. Columns count
// grapheme clusters, as HCL's do; tabs stay tabs in both, so that they line up.
func snippet(line []byte, r hcl.Range) (shown, carets string) {
	cells := markedCells(window(line, r), r)
	first, last := shownCells(cells)
	var text, under strings.Builder
	if first > 0 {
		text.WriteString("…")
		under.WriteString(" ")
	}
	for _, c := range cells[first:last] {
		text.WriteString(c.text)
		under.WriteString(c.under())
	}
	if last < len(cells) {
		text.WriteString("…")
	}
	under.WriteString(caretAfter(cells, r))
	return text.String(), strings.TrimRight(under.String(), " \t")
}

// span is the part of a line that may be shown, and the column it starts at.
type span struct {
	text   []byte
	column int
}

// window cuts a line of megabytes (JSON on one line) down to the bytes around
// the range before it is looked at character by character. Column positions stay
// right because the cut start takes the range's own column as its measure.
func window(line []byte, r hcl.Range) span {
	const reach = 16 * snippetWidth
	if len(line) <= 4*reach {
		return span{line, 1}
	}
	// Count clusters up to the range's column; this is linear and done once.
	offset, state, rest := 0, -1, line
	for col := 1; col < r.Start.Column && len(rest) > 0; col++ {
		var cluster []byte
		cluster, rest, _, state = uniseg.FirstGraphemeCluster(rest, state)
		offset += len(cluster)
	}
	column := max(r.Start.Column, 1)
	return span{line[offset:min(len(line), offset+reach)], column}
}

func markedCells(s span, r hcl.Range) []cell {
	end := r.End.Column
	if r.End.Line != r.Start.Line || end == 0 {
		end = int(^uint(0) >> 1)
		if r.End.Line == 0 {
			end = r.Start.Column + 1
		}
	}
	var cells []cell
	column, state := s.column, -1
	for rest := s.text; len(rest) > 0; column++ {
		var cluster []byte
		cluster, rest, _, state = uniseg.FirstGraphemeCluster(rest, state)
		c := cell{text: string(cluster)}
		if c.text != "\t" {
			c.text = Escape(firstRunes(c.text, maxClusterRunes))
			c.width = Width(c.text)
		}
		c.marked = column >= r.Start.Column && (column < end || column == r.Start.Column)
		cells = append(cells, c)
	}
	return cells
}

// shownCells picks the cells to show: all of a short line, else those around
// the first marked one.
func shownCells(cells []cell) (first, last int) {
	mark := 0
	for i, c := range cells {
		if c.marked {
			mark = i
			break
		}
	}
	if len(cells) <= snippetWidth {
		return 0, len(cells)
	}
	first = max(0, mark-snippetWidth/2)
	return first, min(len(cells), first+snippetWidth)
}

func (c cell) under() string {
	mark := " "
	if c.marked {
		mark = "^"
	}
	if c.text == "\t" {
		return "\t"
	}
	return strings.Repeat(mark, c.width)
}

// caretAfter is the caret of a position behind the line's end.
func caretAfter(cells []cell, r hcl.Range) string {
	for _, c := range cells {
		if c.marked {
			return ""
		}
	}
	if r.Start.Column > len(cells) {
		return "^"
	}
	return ""
}

// blockHeader is the first line of a top-level block of a formatted HCL file.
var blockHeader = regexp.MustCompile(`^([a-z_]+(?:[ \t]+"[^"]*")*)[ \t]*\{`)

// enclosingBlock names the top-level HCL block a line stands in, by looking
// upwards for a header at the left margin; "" where there is none. It is a help
// for the eye only: a file that is not formatted merely goes without.
func enclosingBlock(file string, source []byte, n int) string {
	if !strings.HasSuffix(file, ".hcl") {
		return ""
	}
	lines := bytes.SplitN(source, []byte("\n"), n+1)
	for i := min(n, len(lines)) - 2; i >= 0; i-- {
		if bytes.HasPrefix(lines[i], []byte("}")) {
			return ""
		}
		if m := blockHeader.FindSubmatch(lines[i]); m != nil {
			if bytes.HasSuffix(bytes.TrimSpace(lines[i]), []byte("}")) {
				return ""
			}
			return string(m[1])
		}
	}
	return ""
}
