package textpos

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// ErrTooLarge stops a decoder from buffering a token without end.
var ErrTooLarge = errors.New("value too large")

// maxMarks bounds the memory for column counting inside one very long value;
// past it columns count bytes.
const maxMarks = 1 << 18

// Source feeds a decoder and remembers where lines begin and which bytes continue
// a character, from the last position asked for onwards. Offsets count the bytes
// handed out: UTF-8, without a byte order mark.
type Source struct {
	r        io.Reader
	read     int64 // bytes handed out
	consumed int64 // bytes the reader is done with
	limit    int64 // bytes that may be read ahead of consumed
	err      error // an I/O failure

	newlines []int64 // offsets of line ends after the cursor
	marks    []int64 // offsets of continuation bytes after the cursor

	// the cursor of position
	line      int32
	lineStart int64
	conts     int64
}

// NewSource reads r, handing out at most limit bytes beyond what was consumed
// before it fails with ErrTooLarge; 0 sets no limit.
func NewSource(r io.Reader, limit int64) *Source {
	return &Source{r: UTF8(r), limit: limit, line: 1}
}

// UTF8 is the text of r without a byte order mark, as UTF-8 where the mark says
// that it is UTF-16.
func UTF8(r io.Reader) io.Reader {
	br := bufio.NewReaderSize(r, 64<<10)
	head, _ := br.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		_, _ = br.Discard(3)
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
		return transform.NewReader(br, utf16.NewDecoder())
	}
	return br
}

// Read implements io.Reader for the decoder.
func (s *Source) Read(p []byte) (int, error) {
	if s.limit > 0 && s.read-s.consumed > s.limit {
		return 0, ErrTooLarge
	}
	n, err := s.r.Read(p)
	s.note(p[:n])
	s.read += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

func (s *Source) note(p []byte) {
	for i, c := range p {
		if c == '\n' {
			s.newlines = append(s.newlines, s.read+int64(i))
		} else if c&0xC0 == 0x80 && len(s.marks) < maxMarks {
			s.marks = append(s.marks, s.read+int64(i))
		}
	}
}

// Consumed says that the decoder is done with everything before the offset.
func (s *Source) Consumed(offset int64) { s.consumed = offset }

// Err is the I/O failure that ended the source, nil if there was none.
func (s *Source) Err() error { return s.err }

// LineStart is the offset at which the line of the last position began.
func (s *Source) LineStart() int64 { return s.lineStart }

// Position turns an offset into a place. Offsets must not decrease.
func (s *Source) Position(offset int64) Pos {
	n := 0
	for n < len(s.newlines) && s.newlines[n] < offset {
		s.line++
		s.lineStart, s.conts = s.newlines[n]+1, 0
		n++
	}
	s.newlines = drop(s.newlines, n)
	m := 0
	for m < len(s.marks) && s.marks[m] < offset {
		if s.marks[m] >= s.lineStart {
			s.conts++
		}
		m++
	}
	s.marks = drop(s.marks, m)
	return Pos{Line: s.line, Column: int32(min(offset-s.lineStart-s.conts+1, 1<<31-1))}
}

// drop forgets the first n offsets, giving the room back when nothing is left.
func drop(list []int64, n int) []int64 {
	if n == len(list) {
		return list[:0]
	}
	return list[n:]
}
