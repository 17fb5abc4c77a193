package anonymize

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxToken bounds what is held of a file at a time.
const maxToken = 64 << 20

// level is one object or array around a value.
type level struct {
	object bool
	name   string // of the member, or that of the array's
	key    bool   // a name is expected next
}

// rewriteJSON copies JSON documents token by token, white space included. What
// follows a mistake is left out, with the error.
func (n *Names) rewriteJSON(r io.Reader, w io.Writer) error {
	var raw bytes.Buffer
	dec := jsontext.NewDecoder(&bounded{r: io.TeeReader(r, &raw), buffered: raw.Len}, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	stack := []level{{}}
	var done int64
	for {
		tok, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			_, err = w.Write(raw.Bytes())
			return err
		}
		if err != nil {
			return err
		}
		kind, text := tok.Kind(), ""
		if kind == '"' {
			text = tok.String()
		}
		part := raw.Next(int(dec.InputOffset() - done))
		done = dec.InputOffset()
		top := &stack[len(stack)-1]
		switch kind {
		case '{', '[':
			name := top.name
			top.key = top.object
			stack = append(stack, level{object: kind == '{', key: kind == '{', name: name})
		case '}', ']':
			stack = stack[:len(stack)-1]
		case '"':
			if top.object && top.key {
				top.name, top.key = text, false
				part = n.memberName(stack, part, text)
				break
			}
			top.key = top.object
			part = n.replaceString(stack, part, text)
		default:
			top.key = top.object
			if kind == '0' && classOf("", top.name) == Drop {
				part = append(bytes.TrimRight(part, "0123456789+-.eE"), '0')
			}
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
}

// parentOf is the name of the member that holds the innermost object.
func parentOf(stack []level) string {
	if len(stack) < 2 {
		return ""
	}
	for i := len(stack) - 2; i >= 0; i-- {
		if stack[i].name != "" && (stack[i].object || i == 0) {
			return stack[i].name
		}
	}
	return ""
}

// replaceString rewrites the string at the end of part.
func (n *Names) replaceString(stack []level, part []byte, text string) []byte {
	name := stack[len(stack)-1].name
	return replaceIn(part, text, n.value(classOf(parentOf(stack), name), text))
}

// memberName rewrites names that are data: files in a capture.json, people.
func (n *Names) memberName(stack []level, part []byte, text string) []byte {
	switch {
	case parentOf(stack) == "files":
		return replaceIn(part, text, n.FileName(text))
	case isAddress(text) && !strings.HasPrefix(text, "@"):
		return replaceIn(part, text, n.Address(text))
	}
	return part
}

// replaceIn puts a new string in the place of the one at the end of part.
func replaceIn(part []byte, old, text string) []byte {
	if text == old {
		return part
	}
	i := bytes.IndexByte(part, '"')
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	quoted, _ := jsontext.AppendQuote(nil, text)
	return append(append([]byte(nil), part[:i]...), quoted...)
}

// bounded refuses to buffer a token without end.
type bounded struct {
	r        io.Reader
	buffered func() int
}

// errTooLarge ends the reading of a file with a value that no service returns.
var errTooLarge = errors.New("a value is too large")

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.buffered() > maxToken {
		return 0, errTooLarge
	}
	return b.r.Read(p)
}
