package jsonstream

import (
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Writer writes one JSON document, element by element, so that a document of any
// size needs no memory. Commas are its own business; that opened is what is closed
// is the caller's. An error of the destination ends the writing and comes back
// from Flush.
type Writer struct {
	dst   io.Writer
	buf   []byte
	comma bool // the next key or element needs a comma before it
	err   error
}

// flushAt is how much a Writer collects before it writes.
const flushAt = 64 << 10

// NewWriter makes a Writer.
func NewWriter(dst io.Writer) *Writer {
	return &Writer{dst: dst}
}

// Open begins an object ('{') or an array ('[').
func (w *Writer) Open(bracket byte) {
	w.sep()
	w.buf = append(w.buf, bracket)
	w.comma = false
}

// Close ends an object ('}') or an array (']').
func (w *Writer) Close(bracket byte) {
	w.buf = append(w.buf, bracket)
	w.comma = true
}

// Key begins a member of an object.
func (w *Writer) Key(name string) {
	w.sep()
	w.buf = appendString(w.buf, name)
	w.buf = append(w.buf, ':')
	w.comma = false
}

// Line ends the line: what follows stands on the next. It is the place where what
// was collected is written out.
func (w *Writer) Line() {
	w.sep()
	w.comma = false
	w.buf = append(w.buf, '\n')
	if len(w.buf) >= flushAt {
		w.write()
	}
}

// Text writes a text. Bytes that are no UTF-8 become U+FFFD.
func (w *Writer) Text(s string) {
	w.sep()
	w.buf = appendString(w.buf, s)
	w.comma = true
}

// Bool writes a truth.
func (w *Writer) Bool(b bool) { w.raw(strconv.FormatBool(b)) }

// Int writes a whole number.
func (w *Writer) Int(n int) {
	w.sep()
	w.buf = strconv.AppendInt(w.buf, int64(n), 10)
	w.comma = true
}

// Number writes a number; one that JSON has no form for becomes null.
func (w *Writer) Number(f float64) {
	if f-f != 0 {
		w.Null()
		return
	}
	w.sep()
	w.buf = strconv.AppendFloat(w.buf, f, 'g', -1, 64)
	w.comma = true
}

// Null writes null.
func (w *Writer) Null() { w.raw("null") }

// Member writes a member with a text.
func (w *Writer) Member(name, text string) {
	w.Key(name)
	w.Text(text)
}

// Flush writes out the rest, with a last line end.
func (w *Writer) Flush() error {
	w.buf = append(w.buf, '\n')
	w.write()
	return w.err
}

func (w *Writer) raw(s string) {
	w.sep()
	w.buf = append(w.buf, s...)
	w.comma = true
}

func (w *Writer) sep() {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
}

func (w *Writer) write() {
	if w.err == nil {
		_, w.err = w.dst.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			dst, _ = jsontext.AppendQuote(dst, s) // its error is only that bytes were replaced
			return dst
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
