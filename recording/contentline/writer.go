package contentline

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer writes content lines, ended by CR LF and folded at 75 bytes.
type Writer struct {
	w   *bufio.Writer
	err error
}

// NewWriter writes to w; call Flush at the end.
func NewWriter(w io.Writer) *Writer { return &Writer{w: bufio.NewWriter(w)} }

// maxFolded is how long a line may be before it is folded, in bytes.
const maxFolded = 75

// Raw writes a line whose head (the name and its parameters) and value need no escapes.
func (w *Writer) Raw(head, value string) {
	line := strings.NewReplacer("\r", "", "\n", "").Replace(head + ":" + value)
	room := maxFolded
	for len(line) > room {
		cut := room
		for cut > 1 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		w.write(line[:cut], "\r\n ")
		line, room = line[cut:], maxFolded-1
	}
	w.write(line, "\r\n")
}

// Text writes a text, escaped.
func (w *Writer) Text(head, text string) { w.Raw(head, Escape(text)) }

// List writes texts with a separator between them.
func (w *Writer) List(head string, sep byte, texts ...string) {
	escaped := make([]string, len(texts))
	for i, t := range texts {
		escaped[i] = Escape(t)
	}
	w.Raw(head, strings.Join(escaped, string(sep)))
}

func (w *Writer) write(parts ...string) {
	for _, s := range parts {
		if _, err := w.w.WriteString(s); err != nil && w.err == nil {
			w.err = err
		}
	}
}

// Flush writes what is left and returns the first failure.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	return w.w.Flush()
}

var escapes = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n")

// Escape is a text with the escapes that Unescape undoes.
func Escape(text string) string { return escapes.Replace(text) }

// Quote is a parameter's value, in quotes, with the escapes of RFC 6868.
func Quote(value string) string {
	return `"` + strings.NewReplacer("^", "^^", "\n", "^n", `"`, "^'").Replace(value) + `"`
}
