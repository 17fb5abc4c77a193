// Package csvstream reads large CSV files a row at a time and knows where in the
// file every value stands.
//
// It is a thin layer over encoding/csv: the delimiter is taken from the header
// (comma, semicolon, tab, bar, caret and backquote, the ones Salesforce offers), a
// byte order mark is taken away and UTF-16 converted. Memory follows one row; a row
// without end, as an unclosed quotation mark makes it, ends in an [textpos.Error]
// with a position. A row that cannot be read is left out, and reading goes on
// with the next line.
package csvstream

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"weir/recording/textpos"
)

// Visitor is told what a file holds.
type Visitor interface {
	// Header is told the column names, white space around them taken away.
	Header(names []string, at []textpos.Pos)
	// Row is told a row's values, as many as the row has. The slices are good until
	// it returns.
	Row(values []string, at []textpos.Pos)
	// Problem is told of a row that was left out.
	Problem(err *textpos.Error)
}

// The bounds of one file.
const (
	maxRow     = 16 << 20 // bytes
	maxColumns = 5000     // Salesforce's objects have at most 900 fields
)

// delimiters are what may stand between columns, the likeliest first.
const delimiters = ",;\t|^`"

// Walk reads one file. The error, if there is one, is why the rest could not be
// read; what was told before stands.
func Walk(r io.Reader, v Visitor) *textpos.Error {
	src := textpos.NewSource(r, maxRow)
	head := &beginning{r: src}
	c := csv.NewReader(head)
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	c.Comma = head.delimiter()
	w := &reader{src: src, csv: c, v: v}
	header, err := w.next()
	switch {
	case err != nil:
		return w.wrap(err)
	case header == nil:
		return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Empty file", Detail: "The file holds no CSV: not even a row of column names."}
	case len(header) > maxColumns:
		return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Too many columns", Detail: fmt.Sprintf("The first row has more than %d columns, which no export has.", maxColumns)}
	}
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.TrimSpace(name)
	}
	v.Header(names, w.places(header))
	return w.rows()
}

type reader struct {
	src *textpos.Source
	csv *csv.Reader
	v   Visitor
	at  []textpos.Pos
}

func (w *reader) rows() *textpos.Error {
	for {
		row, err := w.next()
		switch {
		case err != nil:
			var parse *csv.ParseError
			if !errors.As(err, &parse) || w.src.Err() != nil {
				return w.wrap(err)
			}
			w.v.Problem(w.wrap(err))
		case row == nil:
			return nil
		case len(row) > maxColumns:
			w.v.Problem(&textpos.Error{Pos: w.place(row, 0), Summary: "Too many columns", Detail: fmt.Sprintf("This row has more than %d columns, which no export has.", maxColumns)})
		default:
			w.v.Row(row, w.places(row))
		}
	}
}

// next is the next row, nil after the last.
func (w *reader) next() ([]string, error) {
	row, err := w.csv.Read()
	w.src.Consumed(w.csv.InputOffset())
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return row, nil
}

// places are the values' positions. encoding/csv counts columns in bytes; what the
// values before on the same line have more bytes than characters is taken off.
func (w *reader) places(row []string) []textpos.Pos {
	w.at = w.at[:0]
	line, extra := 0, 0
	for i, value := range row {
		l, column := w.csv.FieldPos(i)
		if l != line {
			line, extra = l, 0
		}
		w.at = append(w.at, textpos.Pos{Line: int32(l), Column: int32(column - extra)})
		if j := strings.LastIndexByte(value, '\n'); j >= 0 {
			line, extra = l+strings.Count(value, "\n"), 0
			value = value[j:]
		}
		extra += len(value) - utf8.RuneCountInString(value)
	}
	return w.at
}

func (w *reader) place(row []string, i int) textpos.Pos { return w.places(row)[i] }

// wrap turns whatever stopped the reading into an error with a position.
func (w *reader) wrap(err error) *textpos.Error {
	if e := w.src.Err(); e != nil {
		return &textpos.Error{Pos: w.src.Position(w.csv.InputOffset()), Summary: "File not readable", Detail: "Reading stopped here: " + e.Error() + ".", Err: e}
	}
	if errors.Is(err, textpos.ErrTooLarge) {
		return &textpos.Error{Pos: w.src.Position(w.csv.InputOffset()), Summary: "Row too large",
			Detail: fmt.Sprintf("A row is larger than %d MiB: a quotation mark in it is not closed, or this is no CSV.", maxRow>>20)}
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &textpos.Error{Pos: textpos.Pos{Line: int32(parse.StartLine), Column: 1}, Summary: "Invalid CSV", Detail: explain(parse)}
	}
	return &textpos.Error{Pos: w.src.Position(w.csv.InputOffset()), Summary: "Invalid CSV", Detail: "The file cannot be read on: " + err.Error() + "."}
}

// explain words a syntax error for somebody who did not write the file.
func explain(e *csv.ParseError) string {
	switch {
	case errors.Is(e.Err, csv.ErrQuote):
		return fmt.Sprintf("A quotation mark on line %d stands neither around a value nor doubled inside one.", e.Line)
	case errors.Is(e.Err, csv.ErrBareQuote):
		return fmt.Sprintf("A quotation mark on line %d stands inside a value that is not in quotation marks.", e.Line)
	}
	return "The row is not well-formed: " + e.Err.Error() + "."
}

// beginning reads through, and can be asked for the delimiter first.
type beginning struct {
	r    io.Reader
	head []byte
	err  error
}

// Read implements io.Reader.
func (b *beginning) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.r.Read(p)
}

// delimiter is what stands between the columns of the first line: of the
// candidates outside quotation marks the most frequent; a comma if there is none.
func (b *beginning) delimiter() rune {
	const enough = 64 << 10
	buf := make([]byte, 0, 4096)
	for len(buf) < enough && !strings.ContainsRune(string(buf), '\n') {
		chunk := make([]byte, 4096)
		n, err := b.r.Read(chunk)
		buf = append(buf, chunk[:n]...)
		if err != nil {
			b.err = err
			break
		}
	}
	b.head = buf
	best, most := ',', 0
	line, _, _ := strings.Cut(string(buf), "\n")
	for _, d := range delimiters {
		if n := outsideQuotes(line, d); n > most {
			best, most = d, n
		}
	}
	return best
}

func outsideQuotes(line string, d rune) int {
	n, quoted := 0, false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == d && !quoted:
			n++
		}
	}
	return n
}
