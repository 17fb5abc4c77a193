package hclfile

import (
	"bytes"
	"fmt"
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The bounds of one file, checked before it is parsed.
const (
	MaxBytes   = 1 << 20 // bytes of one file
	MaxNesting = 64      // brackets, braces, quotes and prefix operators inside one another
	maxDigits  = 64      // characters of one number
)

// File is one parsed file. Even with errors it holds the source, and as much of
// the body as could be read.
type File struct {
	Name string
	HCL  *hcl.File
}

// Parse checks the file's size, encoding and nesting and parses it. Name stands
// in every position. The file is never nil; its body is empty when the checks
// fail.
func Parse(src []byte, name string) (*File, hcl.Diagnostics) {
	f := &File{Name: name, HCL: &hcl.File{Body: hcl.EmptyBody(), Bytes: src}}
	if d := checkBytes(src, name); d != nil {
		return f, hcl.Diagnostics{d}
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	if d := checkTokens(tokens); d != nil {
		return f, hcl.Diagnostics{d}
	}
	parsed, diags := parse(src, name)
	if parsed != nil {
		f.HCL = parsed
	}
	return f, explain(diags, src)
}

// parse calls the parser and turns a panic of its into a diagnostic.
func parse(src []byte, name string) (file *hcl.File, diags hcl.Diagnostics) {
	defer func() {
		if p := recover(); p != nil {
			start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
			file, diags = nil, hcl.Diagnostics{unreadable(start, p)}
		}
	}()
	return hclsyntax.ParseConfig(src, name, hcl.InitialPos)
}

func checkBytes(src []byte, name string) *hcl.Diagnostic {
	start := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
	if len(src) > MaxBytes {
		return tooLarge(start)
	}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		return byteOrderMark(start)
	}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return notUTF8(start, "UTF-16")
	}
	if at := invalidUTF8(src); at >= 0 {
		rng := start
		rng.Start = advance(src[:at], hcl.InitialPos)
		rng.End = rng.Start
		return notUTF8(rng, fmt.Sprintf("byte 0x%02x", src[at]))
	}
	return nil
}

// invalidUTF8 is the offset of the first byte that is not part of UTF-8 text,
// or -1.
func invalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for at := 0; at < len(src); {
		r, n := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
	return -1
}

// nesting follows how deep the parser's recursion would go, over tokens.
type nesting struct {
	open, prefix, chained int
}

// checkTokens bounds what makes the parser recurse. A policy holds literals
// only, so that conditionals and template directives need no generous bound:
// they are counted over the whole file.
func checkTokens(tokens hclsyntax.Tokens) *hcl.Diagnostic {
	var n nesting
	for _, tok := range tokens {
		if tok.Type == hclsyntax.TokenNumberLit && len(tok.Bytes) > maxDigits {
			return numberTooLong(tok.Range)
		}
		if n.add(tok.Type) > MaxNesting {
			return tooDeep(tok.Range)
		}
	}
	return nil
}

func (n *nesting) add(t hclsyntax.TokenType) int {
	switch t {
	case hclsyntax.TokenBang, hclsyntax.TokenMinus:
		n.prefix++
	case hclsyntax.TokenNewline, hclsyntax.TokenComment:
	default:
		n.prefix = 0
	}
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp:
		n.open++
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		n.open = max(n.open-1, 0)
	case hclsyntax.TokenTemplateControl:
		n.open++
		n.chained++
	case hclsyntax.TokenQuestion:
		n.chained++
	}
	return max(n.open, n.prefix, n.chained)
}

// Unknown is an attribute or block that the schema does not have.
type Unknown struct {
	Name  string
	Block bool
	Range hcl.Range // of the name
}

// Content decodes a body by a schema. What the schema does not have comes back
// in order of position, for the caller to word; the diagnostics are about
// labels only.
func Content(body hcl.Body, schema *hcl.BodySchema) (*hcl.BodyContent, []Unknown, hcl.Diagnostics) {
	content, _, diags := body.PartialContent(schema)
	return content, unknown(body, schema), diags
}

func unknown(body hcl.Body, schema *hcl.BodySchema) []Unknown {
	syntax, ok := body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	attrs, blocks := map[string]bool{}, map[string]bool{}
	for _, a := range schema.Attributes {
		attrs[a.Name] = true
	}
	for _, b := range schema.Blocks {
		blocks[b.Type] = true
	}
	var out []Unknown
	for name, a := range syntax.Attributes {
		if !attrs[name] {
			out = append(out, Unknown{Name: name, Range: a.NameRange})
		}
	}
	for _, b := range syntax.Blocks {
		if !blocks[b.Type] {
			out = append(out, Unknown{Name: b.Type, Block: true, Range: b.TypeRange})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Range.Start.Byte < out[j].Range.Start.Byte })
	return out
}

// IsName reports whether a label can stand without quotes, as in view.NAME.
func IsName(s string) bool { return hclsyntax.ValidIdentifier(s) }
