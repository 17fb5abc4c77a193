package render

import (
	"fmt"
	"io"
	"strings"
)

// The lines of context around a change, and the size past which two stretches of
// text are not compared line by line but shown as one change.
const (
	diffContext = 3
	maxDiffWork = 4_000_000
)

// edit is one line of a comparison: ' ' in both, '-' in the old text only, '+' in
// the new one only.
type edit struct {
	op   byte
	line string
}

// Diff writes what differs between two texts in the unified form, escaped for
// terminals; nothing if they are equal.
func Diff(w io.Writer, name, before, after string, useColor bool) error {
	if before == after {
		return nil
	}
	p := newPrinter(w, useColor)
	p.line(p.paint(bold, "--- "+Escape(name)))
	p.line(p.paint(bold, "+++ "+Escape(name)))
	edits := compareLines(splitLines(before), splitLines(after))
	for start := 0; start < len(edits); {
		if edits[start].op == ' ' {
			start++
			continue
		}
		start = p.hunk(edits, start)
	}
	return p.flush()
}

// hunk writes the changes from an edit on, with their context, and says where it
// stopped.
func (p *printer) hunk(edits []edit, at int) int {
	from, end := max(0, at-diffContext), at
	for i, same := at, 0; i < len(edits) && same <= 2*diffContext; i++ {
		if same++; edits[i].op != ' ' {
			same, end = 0, i+1
		}
	}
	to := min(len(edits), end+diffContext)
	oldLine, newLine := 1, 1
	for _, e := range edits[:from] {
		oldLine, newLine = oldLine+count01(e.op != '+'), newLine+count01(e.op != '-')
	}
	oldLen, newLen := 0, 0
	for _, e := range edits[from:to] {
		oldLen, newLen = oldLen+count01(e.op != '+'), newLen+count01(e.op != '-')
	}
	p.line(p.paint(dim, fmt.Sprintf("@@ -%d,%d +%d,%d @@", oldLine, oldLen, newLine, newLen)))
	for _, e := range edits[from:to] {
		text := string(e.op) + Escape(strings.ReplaceAll(e.line, "\t", "    "))
		switch e.op {
		case '-':
			text = p.paint(bad, text)
		case '+':
			text = p.paint(good, text)
		}
		p.line(text)
	}
	return to
}

func count01(b bool) int {
	if b {
		return 1
	}
	return 0
}

func splitLines(s string) []string {
	lines := strings.Split(s, "\n")
	if n := len(lines) - 1; lines[n] == "" {
		return lines[:n]
	}
	lines[len(lines)-1] += " (no line feed at the end)"
	return lines
}

// compareLines finds a shortest list of edits between the parts that differ.
func compareLines(a, b []string) []edit {
	var out []edit
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		out = append(out, edit{' ', a[head]})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	out = append(out, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	for _, line := range a[len(a)-tail:] {
		out = append(out, edit{' ', line})
	}
	return out
}

// middle compares by the longest common subsequence.
func middle(a, b []string) []edit {
	var out []edit
	var common [][]int
	if len(a)*len(b) <= maxDiffWork {
		common = commonLengths(a, b)
	}
	i, j := 0, 0
	for common != nil && i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, edit{' ', a[i]})
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, edit{'-', a[i]})
			i++
		default:
			out = append(out, edit{'+', b[j]})
			j++
		}
	}
	for ; i < len(a); i++ {
		out = append(out, edit{'-', a[i]})
	}
	for ; j < len(b); j++ {
		out = append(out, edit{'+', b[j]})
	}
	return out
}

// commonLengths[i][j] is how many lines a[i:] and b[j:] have in common, in order.
func commonLengths(a, b []string) [][]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if n[i][j] = max(n[i+1][j], n[i][j+1]); a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			}
		}
	}
	return n
}
