package contentline

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"weir/recording/textpos"
)

// Limits on what is kept of one component.
const (
	MaxLines = 20_000  // lines
	MaxBytes = 8 << 20 // bytes of their values
	maxDepth = 16      // nesting whose names are remembered

	usualLines = 24 // of most components
)

// Component is what stands between BEGIN and END.
type Component struct {
	Name string // in upper case
	Pos  textpos.Pos
	// Lines are its own lines, those whose values are wanted.
	Lines []Line
	// Parts are the nested components that were asked for.
	Parts []Component
	// Bad are the places of lines that are no content lines.
	Bad []textpos.Pos
	// Open: there is no END. TooLarge: not everything is kept.
	Open, TooLarge bool

	bytes int
}

// Get is the first line of a name; nil if there is none.
func (c *Component) Get(name string) *Line {
	for i := range c.Lines {
		if c.Lines[i].Name == name {
			return &c.Lines[i]
		}
	}
	return nil
}

// All are the lines of a name in order.
func (c *Component) All(name string) []*Line {
	var out []*Line
	for i := range c.Lines {
		if c.Lines[i].Name == name {
			out = append(out, &c.Lines[i])
		}
	}
	return out
}

// Nested says what to do with components inside one that is taken.
type Nested struct {
	// Parts are the names of those to be kept.
	Parts []string
	// Ends reports that a component whose BEGIN follows the line, or whose END is the
	// line, can be no part of the one being read, which therefore has no END itself.
	Ends func(name string, line *Line) bool
}

// Begins is the name of the component that a line begins, in upper case; "" if it
// begins none.
func (l *Line) Begins() string { return l.bracket("BEGIN") }

// Ends is the name of the component that a line ends, in upper case; "" if it ends none.
func (l *Line) Ends() string { return l.bracket("END") }

func (l *Line) bracket(word string) string {
	if l.Name != word {
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(l.Value))
}

// Take reads the component that the present line begins, up to its END.
func (r *Reader) Take(nested Nested) *Component {
	t := taking{r: r, nested: nested, c: &Component{Name: r.line.Begins(), Pos: r.line.Pos}}
	for l := r.Next(); l != nil; l = r.Next() {
		if t.line(l) {
			return t.c
		}
	}
	t.c.Open = true
	return t.c
}

// taking is a component being read.
type taking struct {
	r      *Reader
	nested Nested
	c      *Component
	stack  []string // names of open nested components
	deeper int      // and how many more there are
	part   bool     // the last of c.Parts is open
	last   Line     // the last property of c itself
	base64 bool     // the last line was in base64, which may go on without a fold
}

// line takes one more line; true at the end of the component.
func (t *taking) line(l *Line) (done bool) {
	if name := l.Begins(); name != "" {
		return t.begin(name, l)
	}
	if name := l.Ends(); name != "" {
		return t.end(name, l)
	}
	if l.Name == "" {
		t.bad(l)
		return false
	}
	t.base64 = strings.EqualFold(l.Param("ENCODING"), "BASE64") || strings.EqualFold(l.Param("ENCODING"), "B")
	switch {
	case len(t.stack) == 0:
		t.last.Name, t.last.Value = l.Name, l.Value
		t.keep(t.c, l)
	case t.part && len(t.stack) == 1:
		t.keep(&t.c.Parts[len(t.c.Parts)-1], l)
	}
	return false
}

func (t *taking) begin(name string, l *Line) (done bool) {
	if len(t.stack) == 0 && t.nested.Ends != nil && t.nested.Ends(name, &t.last) {
		t.c.Open = true
		t.r.back()
		return true
	}
	if len(t.stack) == maxDepth {
		t.deeper++
		return false
	}
	if t.part = len(t.stack) == 0 && slices.Contains(t.nested.Parts, name) && len(t.c.Parts) < MaxLines; t.part {
		t.c.Parts = append(t.c.Parts, Component{Name: name, Pos: l.Pos})
	}
	t.stack = append(t.stack, name)
	return false
}

// end closes the component that the line names, and whatever is open inside it.
func (t *taking) end(name string, l *Line) (done bool) {
	if t.deeper > 0 {
		t.deeper--
		return false
	}
	for i := len(t.stack) - 1; i >= 0; i-- {
		if t.stack[i] == name {
			t.stack = t.stack[:i]
			t.part = t.part && i > 0
			return false
		}
	}
	if name == t.c.Name {
		return true
	}
	if t.nested.Ends != nil && t.nested.Ends(name, l) {
		t.c.Open = true
		t.r.back()
		return true
	}
	t.bad(l)
	return false
}

func (t *taking) keep(c *Component, l *Line) {
	if t.r.Want != nil && !t.r.Want(l.Name) {
		return
	}
	t.c.bytes += len(l.Value) + 64*len(l.Params)
	if len(c.Lines) >= MaxLines || t.c.bytes > MaxBytes {
		t.c.TooLarge = true
		return
	}
	if c.Lines == nil {
		c.Lines = make([]Line, 0, usualLines)
	}
	kept := *l
	kept.Params = slices.Clone(l.Params)
	c.Lines = append(c.Lines, kept)
}

func (t *taking) bad(l *Line) {
	if t.base64 && isBase64(l.Value) || len(t.stack) > 0 {
		return
	}
	if len(t.c.Bad) < MaxLines {
		t.c.Bad = append(t.c.Bad, l.Pos)
	}
}

func isBase64(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("+/= \t", c) < 0 {
			return false
		}
	}
	return true
}

// Begins reports that a file with such a beginning is made of content lines, the
// first component being one of those named. UTF-16 counts, as far as it is ASCII.
func Begins(head []byte, names ...string) bool {
	head = bytes.ReplaceAll(head, []byte{0}, nil)
	for line := range bytes.FieldsFuncSeq(head, func(c rune) bool { return c == '\n' || c == '\r' }) {
		line = bytes.ToUpper(bytes.TrimFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == '\uFEFF' || c == utf8.RuneError }))
		if len(line) > 0 && strings.IndexByte("{[<", line[0]) >= 0 {
			return false
		}
		if name, found := bytes.CutPrefix(line, []byte("BEGIN:")); found {
			return slices.Contains(names, string(bytes.TrimSpace(name)))
		}
	}
	return false
}
