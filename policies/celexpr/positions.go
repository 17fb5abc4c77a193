package celexpr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/common"
	"github.com/hashicorp/hcl/v2"
)

// positions maps places in a predicate (code points, as cel-go counts them) to
// ranges in the host file.
type positions struct {
	src   Source
	runes []rune
	bytes []int // byte offset of each code point, and of the end
	lines []int // code point offset of each line's start
}

func newPositions(src Source) *positions {
	p := &positions{src: src, lines: []int{0}}
	if len(src.Text) > MaxText {
		return p
	}
	for at, r := range src.Text {
		p.runes, p.bytes = append(p.runes, r), append(p.bytes, at)
		if r == '\n' {
			p.lines = append(p.lines, len(p.runes))
		}
	}
	p.bytes = append(p.bytes, len(src.Text))
	return p
}

func (p *positions) checkText() *hcl.Diagnostic {
	switch {
	case len(p.src.Text) > MaxText:
		return p.msg(p.all()).tooLong(len(p.src.Text))
	case !utf8.ValidString(p.src.Text):
		return p.msg(p.all()).notUTF8()
	case strings.TrimSpace(p.src.Text) == "":
		return p.msg(p.all()).empty()
	}
	return nil
}

// all is the range of the whole predicate.
func (p *positions) all() hcl.Range {
	return hcl.Range{Filename: p.src.Filename, Start: p.pos(0), End: p.pos(len(p.src.Text))}
}

// span is the range between two code points.
func (p *positions) span(from, to int) hcl.Range {
	last := len(p.runes)
	from = min(max(from, 0), last)
	to = min(max(to, from), last)
	return hcl.Range{Filename: p.src.Filename, Start: p.pos(p.bytes[from]), End: p.pos(p.bytes[to])}
}

func (p *positions) pos(byteOffset int) hcl.Pos {
	if p.src.PosOf != nil {
		return p.src.PosOf(byteOffset)
	}
	before := p.src.Text[:byteOffset]
	line := strings.LastIndexByte(before, '\n') + 1
	return hcl.Pos{
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[line:]) + 1,
		Byte:   byteOffset,
	}
}

// location is the code point offset of a place cel-go names.
func (p *positions) location(l common.Location) int {
	line := l.Line() - 1
	if line < 0 || line >= len(p.lines) {
		return 0
	}
	return p.lines[line] + l.Column()
}

// token is the range of the word or symbol at an offset. At an opening bracket
// it is the function's name before it; at a selection's dot the field.
func (p *positions) token(at int) hcl.Range {
	at = min(max(at, 0), len(p.runes))
	if at == len(p.runes) {
		return p.span(at, at)
	}
	switch p.runes[at] {
	case '(', '{':
		end := p.back(at)
		if start := p.wordStart(end); start < end {
			return p.span(start, end)
		}
	case '.':
		start := p.forward(at + 1)
		return p.span(start, p.wordEnd(start))
	case '\'', '"':
		return p.span(at, p.quoteEnd(at))
	}
	return p.span(at, max(p.wordEnd(at), p.symbolEnd(at)))
}

// back skips white space before an offset.
func (p *positions) back(at int) int {
	for at > 0 && unicode.IsSpace(p.runes[at-1]) {
		at--
	}
	return at
}

// forward skips white space from an offset on.
func (p *positions) forward(at int) int {
	for at < len(p.runes) && unicode.IsSpace(p.runes[at]) {
		at++
	}
	return at
}

func (p *positions) wordStart(end int) int {
	for end > 0 && isWord(p.runes[end-1]) {
		end--
	}
	return end
}

func (p *positions) wordEnd(at int) int {
	for at < len(p.runes) && isWord(p.runes[at]) {
		at++
	}
	return at
}

// symbolEnd is the end of an operator, one code point at least.
func (p *positions) symbolEnd(at int) int {
	if at+1 < len(p.runes) && strings.ContainsRune("=&|", p.runes[at+1]) && strings.ContainsRune("=!<>&|", p.runes[at]) {
		return at + 2
	}
	return at + 1
}

func (p *positions) quoteEnd(at int) int {
	q := p.runes[at]
	for i := at + 1; i < len(p.runes); i++ {
		switch p.runes[i] {
		case '\\':
			i++
		case q:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(p.runes)
}

func isWord(r rune) bool {
	return r == '_' || r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
