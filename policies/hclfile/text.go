package hclfile

import (
	"bufio"
	"bytes"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Text is a string literal as its source bytes say, before any Unicode
// normalisation, so that offsets in it can be mapped back to the file.
type Text struct {
	Value string
	Range hcl.Range // of the whole literal

	src    []byte
	pieces []piece
}

// piece is a run of text that stands in the source byte for byte, or one
// escape sequence.
type piece struct {
	at    int     // offset in the text
	src   int     // offset in the file
	exact bool    // byte for byte; else an escape sequence
	start hcl.Pos // a known position at or before src, on the same token
}

// Text takes a string literal from its source bytes. It is not ok for anything
// that is not a String.
func (f *File) Text(expr hcl.Expression) (Text, bool) {
	v := Read(expr)
	if v.Kind != String {
		return Text{}, false
	}
	t := Text{Range: v.Range, src: f.HCL.Bytes}
	t.read(f.literal(v.Range))
	if cty.NormalizeString(t.Value) != v.Text {
		// The parser read the literal in a way not known here: right text, coarse
		// positions.
		t.Value, t.pieces = v.Text, nil
	}
	return t, true
}

// literal is the tokens of a string literal. They are lexed again, because a
// whole file's tokens are a hundred times its size and most are never asked for.
func (f *File) literal(rng hcl.Range) hclsyntax.Tokens {
	if !rng.CanSliceBytes(f.HCL.Bytes) {
		return nil
	}
	// A heredoc ends with the line of its marker, so that the line's end belongs to
	// what is lexed.
	src := append(bytes.Clone(rng.SliceBytes(f.HCL.Bytes)), '\n')
	tokens, _ := hclsyntax.LexConfig(src, f.Name, rng.Start)
	for i, tok := range tokens {
		if tok.Type == hclsyntax.TokenCHeredoc || tok.Type == hclsyntax.TokenCQuote {
			return tokens[:i+1]
		}
	}
	return nil
}

func (t *Text) read(tokens hclsyntax.Tokens) {
	if len(tokens) == 0 {
		return
	}
	indent := 0
	if strings.HasPrefix(string(tokens[0].Bytes), "<<-") {
		indent = commonIndent(tokens)
	}
	var b strings.Builder
	lineStart := true
	for _, tok := range tokens {
		skip := 0
		switch tok.Type {
		case hclsyntax.TokenStringLit:
			if lineStart && !isBlank(string(tok.Bytes)) {
				skip = min(indent, leadingSpace(string(tok.Bytes)))
			}
			lineStart = strings.HasSuffix(string(tok.Bytes), "\n")
		case hclsyntax.TokenQuotedLit:
		default:
			continue
		}
		t.readToken(&b, tok, skip)
	}
	t.Value = b.String()
}

// commonIndent is the white space that an indented heredoc takes off each line.
func commonIndent(tokens hclsyntax.Tokens) int {
	indent, lineStart := -1, true
	for _, tok := range tokens {
		if tok.Type != hclsyntax.TokenStringLit {
			continue
		}
		s := string(tok.Bytes)
		if n := leadingSpace(s); lineStart && !isBlank(s) && (indent < 0 || n < indent) {
			indent = n
		}
		lineStart = strings.HasSuffix(s, "\n")
	}
	return max(indent, 0)
}

// isBlank reports a line of white space, which an indented heredoc keeps whole.
func isBlank(s string) bool { return strings.HasSuffix(s, "\n") && strings.TrimSpace(s) == "" }

func leadingSpace(s string) int {
	return len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
}

// readToken appends one token's text and notes where it came from.
func (t *Text) readToken(b *strings.Builder, tok hclsyntax.Token, skip int) {
	s, base := string(tok.Bytes), tok.Range.Start.Byte
	quoted := tok.Type == hclsyntax.TokenQuotedLit
	begun := -1 // where the current exact run begins, in the token
	for i := skip; i < len(s); {
		text, n := escape(s[i:], quoted)
		if n == 0 {
			if begun < 0 {
				begun = i
				t.pieces = append(t.pieces, piece{at: b.Len(), src: base + i, exact: true, start: tok.Range.Start})
			}
			b.WriteByte(s[i])
			i++
			continue
		}
		begun = -1
		t.pieces = append(t.pieces, piece{at: b.Len(), src: base + i, start: tok.Range.Start})
		b.WriteString(text)
		i += n
	}
}

// escape reads one escape sequence; n is 0 when s does not begin with one.
func escape(s string, quoted bool) (text string, n int) {
	if strings.HasPrefix(s, "$${") || strings.HasPrefix(s, "%%{") {
		return s[1:3], 3
	}
	if !quoted || len(s) < 2 || s[0] != '\\' {
		return "", 0
	}
	switch s[1] {
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case '"', '\\':
		return s[1:2], 2
	case 'u':
		return codePoint(s, 6)
	case 'U':
		return codePoint(s, 10)
	}
	return "", 0
}

func codePoint(s string, n int) (string, int) {
	if len(s) < n {
		return "", 0
	}
	code, err := strconv.ParseUint(s[2:n], 16, 32)
	if err != nil || !utf8.ValidRune(rune(code)) {
		return "", 0
	}
	return string(rune(code)), n
}

// Pos is where the byte at the offset of the text stands in the file. Offsets
// past the end give the position after the text's last byte.
func (t *Text) Pos(offset int) hcl.Pos {
	if len(t.pieces) == 0 {
		return t.Range.Start
	}
	i := sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i].at > offset }) - 1
	p := t.pieces[max(i, 0)]
	at := p.src
	if p.exact {
		at += min(max(offset, p.at), len(t.Value)) - p.at
	} else if offset >= len(t.Value) {
		at = t.after(p)
	}
	return advance(t.src[:min(at, len(t.src))], p.start)
}

// after is the offset behind a final escape sequence.
func (t *Text) after(p piece) int {
	_, n := escape(string(t.src[p.src:min(p.src+10, len(t.src))]), true)
	return p.src + n
}

// advance moves from a position to the end of the bytes, which begin at the
// file's beginning, counting columns as hcl does.
func advance(src []byte, from hcl.Pos) hcl.Pos {
	if from.Byte >= len(src) {
		return from
	}
	whole := func(data []byte, _ bool) (int, []byte, error) { return len(data), data, nil }
	sc := hcl.NewRangeScannerFragment(src, "", from, bufio.SplitFunc(whole))
	if !sc.Scan() {
		return from
	}
	return sc.Range().End
}
