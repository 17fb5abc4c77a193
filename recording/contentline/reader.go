package contentline

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"weir/recording/textpos"
)

// MaxLine is how many bytes of one unfolded line are kept, name and parameters
// included. What is beyond is read and dropped.
const MaxLine = 1 << 20

// Reader reads content lines.
type Reader struct {
	r   *bufio.Reader
	err error

	// Groups says that a name may have a group before it, as vCard has: item1.EMAIL.
	Groups bool
	// Want says whether the values of a property are wanted; nil wants all. Those
	// that are not are left empty, and cost nothing.
	Want func(name string) bool

	physical int32 // number of the physical line to be read next, from 1
	buf      []byte
	from     []segment
	cut      bool
	tail     byte // the last byte of the last physical line
	printing bool // the line is known to be quoted-printable
	line     Line
	again    bool // the line is to be handed out once more

	foreign, replaced bool
}

// segment is where a part of the unfolded line stands in the file.
type segment struct {
	at     int // its offset in the unfolded line
	line   int32
	column int32 // of its first character
}

// NewReader reads r from its beginning.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(textpos.UTF8(r), 64<<10), physical: 1}
}

// Next is the next line that is not blank; nil at the end. The line is good until
// the next call.
func (r *Reader) Next() *Line {
	if r.again {
		r.again = false
		return &r.line
	}
	for r.unfold() {
		if len(bytes.TrimSpace(r.buf)) > 0 {
			r.line.parse(r)
			return &r.line
		}
	}
	return nil
}

// back makes Next hand out the present line once more.
func (r *Reader) back() { r.again = true }

// More reports that Next will hand out another line, or failed.
func (r *Reader) More() bool {
	if r.again {
		return true
	}
	_, err := r.r.Peek(1)
	return err == nil
}

// Err is the failure that ended the reading, nil at the end of the text.
func (r *Reader) Err() error { return r.err }

// NamesCharset reports that values held bytes that are no UTF-8, and that the file
// named the character set of all of them (CHARSET).
func (r *Reader) NamesCharset() bool { return r.foreign && !r.replaced }

// End is the place behind the last line.
func (r *Reader) End() textpos.Pos { return textpos.Pos{Line: r.physical, Column: 1} }

// unfold reads one line with its continuations; false at the end.
func (r *Reader) unfold() bool {
	r.buf, r.from, r.cut, r.printing = r.buf[:0], r.from[:0], false, false
	if !r.segment(1) {
		return false
	}
	for {
		next, _ := r.r.Peek(1)
		switch {
		case len(next) == 0:
			return true
		case r.softBreak():
			if !r.cut {
				r.buf = r.buf[:len(r.buf)-1]
			}
			r.segment(1)
		case next[0] == ' ' || next[0] == '\t':
			_, _ = r.r.Discard(1)
			r.segment(2)
		default:
			return true
		}
	}
}

// segment appends one physical line, whose first character of interest stands in
// the column; false if there is none.
func (r *Reader) segment(column int32) bool {
	if !r.cut {
		r.from = append(r.from, segment{len(r.buf), r.physical, column})
	}
	r.tail = 0
	for some := false; ; some = true {
		part, err := r.part()
		if !some && len(part) == 0 && err != nil {
			r.fail(err)
			return column == 2 // a fold may be empty
		}
		n := lineEnd(part)
		if n < 0 {
			r.keep(part)
			_, _ = r.r.Discard(len(part))
			if err != nil {
				r.fail(err)
				return true
			}
			continue
		}
		r.keep(part[:n])
		r.endLine(part, n)
		return true
	}
}

// part is what is buffered, at least one byte unless there is an error.
func (r *Reader) part() ([]byte, error) {
	if _, err := r.r.Peek(1); err != nil {
		return nil, err
	}
	part, _ := r.r.Peek(r.r.Buffered())
	return part, nil
}

func (r *Reader) fail(err error) {
	if !errors.Is(err, io.EOF) && r.err == nil {
		r.err = err
	}
}

func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// endLine takes the line end at part[n] away: LF, CR, CR LF, and the CR CR LF of
// files that were converted twice.
func (r *Reader) endLine(part []byte, n int) {
	r.physical++
	ended := part[n]
	_, _ = r.r.Discard(n + 1)
	if ended == '\n' {
		return
	}
	switch next, _ := r.r.Peek(2); {
	case len(next) > 0 && next[0] == '\n':
		_, _ = r.r.Discard(1)
	case len(next) > 1 && next[0] == '\r' && next[1] == '\n':
		_, _ = r.r.Discard(2)
	}
}

func (r *Reader) keep(b []byte) {
	if len(b) > 0 {
		r.tail = b[len(b)-1]
	}
	if room := MaxLine - len(r.buf); len(b) > room {
		b, r.cut = b[:max(room, 0)], true
	}
	r.buf = append(r.buf, b...)
}

// softBreak reports that the line goes on in the next one because it is
// quoted-printable and ends in an equals sign.
func (r *Reader) softBreak() bool {
	if r.tail != '=' {
		return false
	}
	if !r.printing {
		head := r.buf[:headEnd(r.buf)]
		r.printing = len(head) < len(r.buf) && containsFold(head, "QUOTED-PRINTABLE")
	}
	return r.printing
}

// position is where the byte of the unfolded line stands in the file.
func (r *Reader) position(at int) textpos.Pos {
	i := len(r.from) - 1
	for i > 0 && r.from[i].at > at {
		i--
	}
	s := r.from[i]
	column := s.column
	for _, c := range r.buf[s.at:min(at, len(r.buf))] {
		if utf8.RuneStart(c) {
			column++
		}
	}
	return textpos.Pos{Line: s.line, Column: column}
}
