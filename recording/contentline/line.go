package contentline

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"

	"weir/recording/textpos"
)

// Line is one unfolded content line.
type Line struct {
	Pos textpos.Pos
	// ValuePos is where the value begins.
	ValuePos textpos.Pos
	// Group is what stands before the name: item1 of item1.EMAIL; "" for nothing.
	Group string
	// Name is in upper case; "" if the line is no content line.
	Name   string
	Params []Param
	// Value is as written, of text in UTF-8; see Text and Decoded.
	Value string
	// Cut says that the line was longer than MaxLine: the value is incomplete.
	Cut bool
}

// Param is one parameter; its name is in upper case.
type Param struct {
	Name   string
	Values []string
}

// Limits on the parameters of one line, and on the values of one.
const (
	maxParams = 256
	maxValues = 1024
)

// parse takes the unfolded line apart.
func (l *Line) parse(r *Reader) {
	*l = Line{Params: l.Params[:0], Cut: r.cut}
	b := r.buf
	lead := len(b) - len(bytes.TrimLeft(b, " \t"))
	l.Pos = r.position(lead)
	end := headEnd(b)
	if end >= len(b) {
		l.Value = valid(b)
		l.ValuePos = l.Pos
		return
	}
	l.head(string(b[lead:end]), r.Groups)
	l.ValuePos = r.position(end + 1)
	if r.Want == nil || l.Name == "BEGIN" || l.Name == "END" || r.Want(l.Name) {
		l.value(b[end+1:], r)
	}
}

// headEnd is where the colon before the value stands: the first outside quotes, or
// the first at all if quotes do not close; len(b) if there is none.
func headEnd(b []byte) int {
	first, quoted := -1, false
	for i, c := range b {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return i
		case c == ':' && first < 0:
			first = i
		}
	}
	if first < 0 {
		return len(b)
	}
	return first
}

// head reads the name and the parameters.
func (l *Line) head(s string, groups bool) {
	name, rest, more := cutQuoted(s, ';')
	if groups {
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			l.Group, name = strings.TrimSpace(name[:i]), name[i+1:]
		}
	}
	if l.Name = strings.ToUpper(strings.TrimSpace(name)); !isName(l.Name) {
		l.Name = ""
		return
	}
	for more && len(l.Params) < maxParams {
		var p string
		p, rest, more = cutQuoted(rest, ';')
		if p = strings.TrimSpace(p); p != "" {
			l.Params = append(l.Params, parseParam(p))
		}
	}
}

// isName reports a property name: letters, digits, hyphens, and what else clients
// have been seen to put into their own.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= utf8.RuneSelf || strings.IndexByte("\"\\,=<>{}[]()", c) >= 0 {
			return false
		}
	}
	return s != ""
}

// encodings are the words that stand for themselves in vCard 2.1.
var encodings = map[string]bool{"QUOTED-PRINTABLE": true, "BASE64": true, "8BIT": true, "7BIT": true, "B": true}

// parseParam reads NAME=value,"value". What has no name is an encoding, else a type.
func parseParam(s string) Param {
	name, list, named := strings.Cut(s, "=")
	if !named || strings.IndexByte(name, '"') >= 0 {
		upper := strings.ToUpper(s)
		if encodings[upper] {
			return Param{"ENCODING", []string{upper}}
		}
		return Param{"TYPE", []string{unquote(s)}}
	}
	p := Param{Name: strings.ToUpper(strings.TrimSpace(name))}
	for more := true; more && len(p.Values) < maxValues; {
		var v string
		v, list, more = cutQuoted(list, ',')
		p.Values = append(p.Values, unquote(strings.TrimSpace(v)))
	}
	return p
}

// cutQuoted cuts s at the first separator outside quotes; quotes that do not close
// are characters like any other.
func cutQuoted(s string, sep byte) (before, after string, found bool) {
	i := strings.IndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	if strings.IndexByte(s[:i], '"') < 0 {
		return s[:i], s[i+1:], true
	}
	first, quoted := i, false
	for j := range len(s) {
		switch {
		case s[j] == '"':
			quoted = !quoted
		case s[j] == sep && !quoted:
			return s[:j], s[j+1:], true
		}
	}
	if !quoted {
		return s, "", false
	}
	return s[:first], s[first+1:], true
}

var carets = strings.NewReplacer("^n", "\n", "^N", "\n", "^'", `"`, "^^", "^")

// unquote takes the quotes of a parameter's value away, and the escapes of RFC 6868.
func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	if strings.IndexByte(s, '^') >= 0 {
		s = carets.Replace(s)
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// value undoes the quoted-printable and converts the character set.
func (l *Line) value(b []byte, r *Reader) {
	if strings.EqualFold(l.Param("ENCODING"), "QUOTED-PRINTABLE") {
		b = unquotePrintable(b)
	}
	if !utf8.Valid(b) {
		set := l.charset()
		if set != nil {
			b, _ = set.NewDecoder().Bytes(b)
		}
		r.foreign, r.replaced = r.foreign || set != nil, r.replaced || set == nil
	}
	l.Value = valid(b)
}

// charset is the character set that the line names; nil for UTF-8 and for none that
// is known.
func (l *Line) charset() encoding.Encoding {
	name := l.Param("CHARSET")
	if name == "" || strings.EqualFold(name, "UTF-8") {
		return nil
	}
	set, err := htmlindex.Get(name)
	if err != nil {
		return nil
	}
	return set
}

func valid(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// unquotePrintable decodes what is quoted-printable; an equals sign that stands for
// nothing stays, one at the very end is a line break that nothing followed.
func unquotePrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '=' || i+2 >= len(b) {
			if b[i] != '=' || i+1 < len(b) {
				out = append(out, b[i])
			}
			continue
		}
		var c [1]byte
		if _, err := hex.Decode(c[:], b[i+1:i+3]); err != nil {
			out = append(out, '=')
			continue
		}
		out = append(out, c[0])
		i += 2
	}
	return out
}

// Param is the first value of a parameter, "" if the line has none.
func (l *Line) Param(name string) string {
	for i := range l.Params {
		if p := &l.Params[i]; p.Name == name && len(p.Values) > 0 {
			return p.Values[0]
		}
	}
	return ""
}

// Has reports that a parameter has a value, regardless of case.
func (l *Line) Has(name, value string) bool {
	for i := range l.Params {
		if l.Params[i].Name != name {
			continue
		}
		for _, v := range l.Params[i].Values {
			if strings.EqualFold(v, value) || strings.IndexByte(v, ',') >= 0 && listed(v, value) {
				return true
			}
		}
	}
	return false
}

// listed looks for a value in a list inside quotes: TYPE="work,voice".
func listed(list, value string) bool {
	for v := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(v), value) {
			return true
		}
	}
	return false
}

// Text is the value as one text, its escapes undone.
func (l *Line) Text() string { return Unescape(l.Decoded()) }

// Decoded is the value with its escapes, of base64 what it stands for.
func (l *Line) Decoded() string {
	switch strings.ToUpper(l.Param("ENCODING")) {
	case "B", "BASE64":
		compact := strings.Map(func(c rune) rune {
			if c == ' ' || c == '\t' {
				return -1
			}
			return c
		}, l.Value)
		if b, err := base64.StdEncoding.DecodeString(compact); err == nil {
			return valid(b)
		}
	}
	return l.Value
}

// Fields splits the value at a separator that is not escaped, and undoes the escapes
// of each part.
func (l *Line) Fields(sep byte) []string {
	v := l.Decoded()
	var out []string
	from := 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case sep:
			out = append(out, Unescape(v[from:i]))
			from = i + 1
		}
	}
	return append(out, Unescape(v[from:]))
}

// Unescape undoes the escapes of text: \n, \, \; \: and \\.
func Unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		switch s[i] {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ',', ';', ':', '"':
			b.WriteByte(s[i])
		default:
			b.WriteByte('\\')
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// containsFold reports that b contains the upper-case ASCII word in any case.
func containsFold(b []byte, word string) bool {
	return bytes.Contains(bytes.ToUpper(b), []byte(word))
}
