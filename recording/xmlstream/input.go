package xmlstream

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"

	"weir/recording/textpos"
)

// decode is the document as UTF-8, whatever it says it is.
func decode(r io.Reader) (io.Reader, *textpos.Error) {
	b := bufio.NewReaderSize(r, 4096)
	head, _ := b.Peek(256)
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return b, nil // textpos converts it
	case bytes.HasPrefix(head, []byte{'<', 0}):
		return transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder()), nil
	case bytes.HasPrefix(head, []byte{0, '<'}):
		return transform.NewReader(b, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder()), nil
	}
	switch name := DeclaredEncoding(head); name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "utf-16":
		return transform.NewReader(b, runes.ReplaceIllFormed()), nil
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		// What calls itself ISO-8859-1 and has the bytes 0x80 to 0x9f means Windows-1252.
		return transform.NewReader(b, charmap.Windows1252.NewDecoder()), nil
	default:
		return nil, &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Encoding not read",
			Detail: "The file says that it is encoded as " + strconv.Quote(short(name)) + "; only UTF-8, UTF-16, ISO-8859-1 and Windows-1252 are read. Convert it to UTF-8, and its first line with it."}
	}
}

// DeclaredEncoding is the encoding that a document's XML declaration names, in
// lower case; "" without one.
func DeclaredEncoding(head []byte) string {
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	if !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	declaration, _, ok := bytes.Cut(head, []byte("?>"))
	if !ok {
		return ""
	}
	_, after, ok := strings.Cut(string(declaration), "encoding")
	after = strings.TrimLeft(after, " \t\r\n=")
	if !ok || after == "" || after[0] != '"' && after[0] != '\'' {
		return ""
	}
	name, _, _ := strings.Cut(after[1:], after[:1])
	return strings.ToLower(strings.TrimSpace(name))
}

// maxAttrs bounds the attributes of one tag, which cost far more than their bytes.
const maxAttrs = 1024

var errTag = errors.New("tag too large")

// cleaner hands the document to the decoder byte by byte. It makes blanks of
// characters that XML forbids, written out or as references, byte for byte so
// that places stay what they are, and stops at a tag of too many attributes.
type cleaner struct {
	src  io.Reader
	buf  []byte
	next int
	room [32 << 10]byte
	base int64 // offset of buf[0]
	err  error

	at    int64 // the first forbidden character; -1 for none
	where textpos.Pos

	inTag bool
	quote byte
	attrs int
}

// longestRef is longer than any reference to a forbidden character that is not
// padded on purpose.
const longestRef = 12

// Read implements io.Reader, which the decoder asks for and does not use.
func (c *cleaner) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := c.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// given is the offset up to which bytes were handed out.
func (c *cleaner) given() int64 { return c.base + int64(c.next) }

// ReadByte implements io.ByteReader for the decoder.
func (c *cleaner) ReadByte() (byte, error) {
	if c.next >= len(c.buf) {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	b := c.buf[c.next]
	switch {
	case b == '&':
		c.reference()
		b = c.buf[c.next]
	case b < ' ' && b != '\t' && b != '\n' && b != '\r':
		c.forbidden()
		b = ' '
	}
	if err := c.watch(b); err != nil {
		return 0, err
	}
	c.next++
	return b, nil
}

// fill reads more, keeping what is not yet handed out.
func (c *cleaner) fill() error {
	if c.err != nil {
		return c.err
	}
	rest := copy(c.room[:], c.buf[c.next:])
	c.base += int64(c.next)
	n := 0
	for range maxEmptyReads {
		if n, c.err = c.src.Read(c.room[rest:]); n > 0 || c.err != nil {
			break
		}
	}
	if n == 0 && c.err == nil {
		c.err = io.ErrNoProgress
	}
	if c.buf, c.next = c.room[:rest+n], 0; len(c.buf) > 0 {
		return nil
	}
	return c.err
}

// maxEmptyReads bounds the reads in a row that give neither bytes nor an error.
const maxEmptyReads = 100

// reference replaces a reference to a forbidden character by one to a blank, of
// the same length.
func (c *cleaner) reference() {
	for len(c.buf)-c.next < longestRef && c.err == nil {
		if c.fill() != nil {
			return
		}
	}
	ref := c.buf[c.next:min(c.next+longestRef, len(c.buf))]
	end := bytes.IndexByte(ref, ';')
	if end < 3 || ref[1] != '#' {
		return
	}
	digits, base := string(ref[2:end]), 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || allowed(n) {
		return
	}
	c.forbidden()
	blank := "32"
	if end == 3 {
		blank = "9"
	}
	copy(ref[2:], strings.Repeat("0", end-2-len(blank))+blank)
}

// allowed reports a character that XML lets stand in a document.
func allowed(n uint64) bool {
	return n == 9 || n == 10 || n == 13 || n >= 0x20 && n <= 0xD7FF || n >= 0xE000 && n <= 0xFFFD || n >= 0x10000 && n <= 0x10FFFF
}

func (c *cleaner) forbidden() {
	if c.at < 0 {
		c.at = c.given()
	}
}

// watch counts the attributes of a tag.
func (c *cleaner) watch(b byte) error {
	switch {
	case c.quote != 0:
		if b == c.quote {
			c.quote = 0
		}
	case b == '<':
		c.inTag, c.attrs = true, 0
	case !c.inTag:
	case b == '>':
		c.inTag = false
	case b == '!' && c.attrs == 0: // a comment, character data or a document type
		c.inTag = false
	case b == '"', b == '\'':
		c.quote = b
		if c.attrs++; c.attrs > maxAttrs {
			return errTag
		}
	}
	return nil
}
