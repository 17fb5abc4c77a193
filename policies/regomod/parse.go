package regomod

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/open-policy-agent/opa/v1/ast"
)

// file is a module being compiled.
type file struct {
	Source
	module *ast.Module
	pkg    string // "weir.rules"
	lines  []int  // byte offsets at which lines begin
}

// MaxBytes bounds one module.
const MaxBytes = 1 << 20

func (c *compiler) parse(src Source) {
	if c.rules > MaxRules {
		return // which has been reported
	}
	f := c.read(src)
	if f == nil {
		return
	}
	// Counted here already, because rules take much more memory than their text.
	if c.rules += len(f.module.Rules); c.rules > MaxRules {
		c.report(tooManyRules(f.at(f.module.Rules[len(f.module.Rules)-(c.rules-MaxRules)].Loc())))
		return
	}
	f.pkg = dotted(f.module.Package.Path[1:])
	if c.tests && strings.HasSuffix(f.pkg, "_test") && !strings.HasPrefix(f.pkg, "system") && !strings.HasPrefix(f.pkg, "partial") {
		return // beside a package of weir's own
	}
	if d := checkPackage(f); d != nil {
		c.report(d)
	}
}

// read checks a text's bounds and parses it; nil if it is wrong, which has been
// reported.
func (c *compiler) read(src Source) *file {
	f := &file{Source: src, lines: []int{0}}
	c.files[src.Path] = f
	c.order = append(c.order, src.Path)
	if d := f.checkText(); d != nil {
		c.report(d)
		return nil
	}
	for i, b := range src.Text {
		if b == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	at, what, values := nesting(src.Text)
	if what != "" {
		c.report(tooNested(f.span(at, at+1), what))
		return nil
	}
	if c.values += values; c.values > MaxValues {
		c.report(tooManyValues(f.span(0, 0)))
		return nil
	}
	module, err := ast.ParseModuleWithOpts(src.Path, string(src.Text), ast.ParserOptions{
		RegoVersion: ast.RegoV1, Capabilities: capabilities()})
	if err != nil {
		c.reportFirst(err)
		return nil
	}
	if module == nil {
		c.report(emptyModule(f.span(0, 0)))
		return nil
	}
	f.module = module
	return f
}

func (f *file) checkText() *hcl.Diagnostic {
	switch {
	case len(f.Text) > MaxBytes:
		return moduleTooLarge(f.span(0, 0))
	case !utf8.Valid(f.Text):
		return notUTF8(f.span(0, 0))
	case len(bytes.TrimSpace(f.Text)) == 0:
		return emptyModule(f.span(0, 0))
	}
	return nil
}

// checkPackage knows weir's own packages; any other name is a helper's.
func checkPackage(f *file) *hcl.Diagnostic {
	if f.pkg == "weir" || strings.HasPrefix(f.pkg, "weir.") && !slices.Contains(packages, f.pkg) {
		return unknownPackage(f.packageName(), f.pkg)
	}
	if f.pkg == "system" || strings.HasPrefix(f.pkg, "system.") || strings.HasPrefix(f.pkg, "partial") {
		return reservedPackage(f.packageName(), f.pkg)
	}
	return nil
}

// packageName is the range of the first line's name.
func (f *file) packageName() hcl.Range {
	loc := f.module.Package.Loc()
	text, _, _ := bytes.Cut(f.Text[loc.Offset:], []byte("\n"))
	return f.find(loc.Offset, string(text), f.pkg, f.at(loc))
}

// find is the range of a word in a text that begins at an offset.
func (f *file) find(offset int, text, word string, otherwise hcl.Range) hcl.Range {
	if i := strings.Index(text, word); i >= 0 && word != "" {
		return f.span(offset+i, offset+i+len(word))
	}
	return otherwise
}

// word narrows a place to a word in it.
func (c *compiler) word(loc *ast.Location, word string) hcl.Range {
	if loc == nil || c.files[loc.File] == nil {
		return c.place(loc)
	}
	return c.files[loc.File].find(loc.Offset, string(loc.Text), word, c.place(loc))
}

// dotted joins the constant parts of a reference.
func dotted(ref ast.Ref) string {
	parts := make([]string, len(ref))
	for i, t := range ref {
		switch v := t.Value.(type) {
		case ast.String:
			parts[i] = string(v)
		case ast.Var:
			parts[i] = string(v)
		default:
			parts[i] = t.String()
		}
	}
	return strings.Join(parts, ".")
}

// maxOperators bounds the operators between two ends of statements: the parser
// recurses at each.
const maxOperators = 1_000

// nesting looks for brackets that nest too deeply and for expressions that are
// too long, before the parser recurses into them, and counts brackets and commas,
// of which there is about one for each value. It reads texts and comments as Rego
// does.
func nesting(src []byte) (at int, what string, values int) {
	depth, operators := 0, 0
	for i := 0; i < len(src); i++ {
		switch b := src[i]; b {
		case '#':
			for i < len(src) && src[i] != '\n' {
				i++
			}
			i--
		case '"':
			for i++; i < len(src) && src[i] != '"' && src[i] != '\n'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
		case '`':
			for i++; i < len(src) && src[i] != '`'; i++ {
			}
		case '(', '[', '{':
			if depth++; depth > MaxNesting {
				return i, "brackets", values
			}
			values++
			operators = 0
		case ')', ']', '}':
			depth--
			operators = 0
		case ';':
			operators = 0
		case ',':
			values++
			operators = 0
		case '\n':
			if endsLine(src[:i], src[i+1:]) {
				operators = 0
			}
		case '+', '-', '*', '/', '%', '|', '&', '=', '<', '>', '!', '.', '$':
			if operators++; operators > maxOperators {
				return i, "operators", values
			}
		}
	}
	return 0, "", values
}

// operatorBytes are what operators are written with.
const operatorBytes = "+-*/%|&=<>!$"

// endsLine reports that no operator joins what stands before a line's end with
// what follows.
func endsLine(before, after []byte) bool {
	before = bytes.TrimRight(before[max(0, len(before)-maxShown):], " \t\r\n")
	after = bytes.TrimLeft(after[:min(maxShown, len(after))], " \t\r\n")
	return len(before) > 0 && len(after) > 0 && !strings.ContainsRune(operatorBytes, rune(before[len(before)-1])) && !strings.ContainsRune(operatorBytes, rune(after[0]))
}

// span is the range between two bytes of the module.
func (f *file) span(from, to int) hcl.Range {
	last := len(f.Text)
	from = min(max(from, 0), last)
	to = min(max(to, from), last)
	return hcl.Range{Filename: f.Path, Start: f.pos(from), End: f.pos(to)}
}

// pos counts columns in grapheme clusters, as hcl does.
func (f *file) pos(offset int) hcl.Pos {
	line, found := slices.BinarySearch(f.lines, offset)
	if !found {
		line--
	}
	start := f.lines[line]
	whole := func(data []byte, _ bool) (int, []byte, error) { return len(data), data, nil }
	pos := hcl.Pos{Line: line + 1, Column: 1, Byte: offset}
	if offset > start {
		s := hcl.NewRangeScanner(f.Text[start:offset], f.Path, whole)
		if s.Scan() {
			pos.Column = s.Range().End.Column
		}
	}
	return pos
}

// at is the range of what stands at a place of OPA's: its first line.
func (f *file) at(loc *ast.Location) hcl.Range {
	if loc == nil {
		return f.span(0, 0)
	}
	text, _, _ := bytes.Cut(loc.Text, []byte("\n"))
	text = bytes.TrimRight(text, " \t\r{")
	return f.span(loc.Offset, loc.Offset+max(len(text), 1))
}

// place is at for a location in any of the modules.
func (c *compiler) place(loc *ast.Location) hcl.Range {
	if loc == nil {
		return hcl.Range{Filename: ".", Start: hcl.InitialPos, End: hcl.InitialPos}
	}
	f, ok := c.files[loc.File]
	if !ok {
		pos := hcl.Pos{Line: max(loc.Row, 1), Column: max(loc.Col, 1)}
		return hcl.Range{Filename: loc.File, Start: pos, End: pos}
	}
	return f.at(loc)
}
