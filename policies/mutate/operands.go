package mutate

import (
	"cmp"
	"slices"
	"strings"
)

// operand is a part of a chain of && or ||: its text, and what is cut so that the
// chain stands without it, one operator included. Offsets are bytes.
type operand struct {
	from, to       int
	cutFrom, cutTo int
}

// operands finds the parts of every conjunction and disjunction of a CEL condition,
// the nested ones too, by its brackets and operators: && binds more closely than
// ||, and both end at a comma, a question mark, a colon or a bracket. The
// condition is one that the compiler has accepted.
func operands(cel string) []operand {
	s := scanner{text: cel}
	s.level(0)
	slices.SortFunc(s.out, func(a, b operand) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	return s.out
}

type scanner struct {
	text string
	at   int
	out  []operand
}

// chain is a run of operands with one operator between them.
type chain struct {
	bounds []int // beginnings and ends of the operands, alternating
}

// level reads up to the bracket that closes it, or the end.
func (s *scanner) level(depth int) {
	var and, or chain
	begin := s.at
	next := func(end int) { // an operand of && ends
		and.bounds = append(and.bounds, begin, end)
	}
	alternative := func(end int) { // an operand of || ends
		next(end)
		or.bounds = append(or.bounds, and.bounds[0], end)
		s.parts(&and)
	}
	segment := func(end int) {
		alternative(end)
		s.parts(&or)
	}
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '\'' || c == '"':
			s.quoted()
			continue
		case strings.HasPrefix(s.text[s.at:], "//"):
			s.comment()
			continue
		case strings.HasPrefix(s.text[s.at:], "&&"):
			next(s.at)
			s.at += 2
			begin = s.at
			continue
		case strings.HasPrefix(s.text[s.at:], "||"):
			alternative(s.at)
			s.at += 2
			begin = s.at
			continue
		case strings.IndexByte("([{", c) >= 0:
			s.at++
			s.level(depth + 1)
		case strings.IndexByte(")]}", c) >= 0 && depth > 0:
			segment(s.at)
			s.at++
			return
		case c == ',' || c == '?' || c == ':':
			segment(s.at)
			s.at++
			begin = s.at
		default:
			s.at++
		}
	}
	segment(len(s.text))
}

// parts notes the operands of a chain of two or more and begins a new one.
func (s *scanner) parts(c *chain) {
	for i := 0; i+1 < len(c.bounds) && len(c.bounds) > 2; i += 2 {
		o := operand{from: c.bounds[i], to: c.bounds[i+1]}
		o.cutFrom, o.cutTo = o.from, o.to+2 // with the operator behind it
		if i+2 == len(c.bounds) {
			// The last one: with that before it. A heredoc's last line stays a line.
			o.cutFrom, o.cutTo = o.from-2, o.from+len(strings.TrimRight(s.text[o.from:o.to], " \t\r\n"))
		}
		s.out = append(s.out, o)
	}
	c.bounds = nil
}

// quoted skips a text: in one or three quotes, raw (after r) or with escapes.
func (s *scanner) quoted() {
	quote := s.text[s.at : s.at+1]
	raw := s.at > 0 && (s.text[s.at-1]|0x20 == 'r')
	if strings.HasPrefix(s.text[s.at:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	s.at += len(quote)
	for s.at < len(s.text) {
		switch {
		case strings.HasPrefix(s.text[s.at:], quote):
			s.at += len(quote)
			return
		case s.text[s.at] == '\\' && !raw:
			s.at += 2
		default:
			s.at++
		}
	}
	s.at = len(s.text)
}

func (s *scanner) comment() {
	if i := strings.IndexByte(s.text[s.at:], '\n'); i >= 0 {
		s.at += i
		return
	}
	s.at = len(s.text)
}
