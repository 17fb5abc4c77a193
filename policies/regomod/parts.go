package regomod

import "github.com/open-policy-agent/opa/v1/ast"

// PartKind says what a part of a rule is. The zero value is invalid.
type PartKind uint8

// The kinds of parts.
const (
	PartInvalid   PartKind = iota
	PartCondition          // one expression of a rule's body
	PartTrue               // the value true of a rule's head
	PartFalse              // the value false
)

// Part is a piece of a rule's source that has a meaning of its own.
type Part struct {
	Rule       string // the rule's path in its package: "exclude", "contacts.scope"
	Kind       PartKind
	Line       int
	Start, End int // bytes of the module
}

// Parts lists the parts of a module's rules in order. It is empty for a module
// that does not parse.
func Parts(src []byte, name string) []Part {
	module := (&compiler{files: map[string]*file{}}).parsed(Source{Path: name, Text: src})
	if module == nil {
		return nil
	}
	var out []Part
	for _, r := range module.Rules {
		rule := dotted(r.Head.Reference)
		if value, ok := headValue(r.Head); ok {
			kind := PartFalse
			if value {
				kind = PartTrue
			}
			out = appendPart(out, rule, kind, r.Head.Value.Location, src)
		}
		for _, e := range r.Body {
			if !generatedBody(r, e) {
				out = appendPart(out, rule, PartCondition, e.Location, src)
			}
		}
	}
	return out
}

// headValue is the true or false that stands in a rule's head.
func headValue(h *ast.Head) (value, ok bool) {
	if h.Value == nil || h.Value.Location == nil {
		return false, false
	}
	b, ok := h.Value.Value.(ast.Boolean)
	text := string(h.Value.Location.Text)
	return bool(b), ok && (text == "true" || text == "false")
}

// generatedBody reports the body that the parser gives a rule without one.
func generatedBody(r *ast.Rule, e *ast.Expr) bool {
	return len(r.Body) == 1 && (e.Generated || e.Location == nil || string(e.Location.Text) == "" || e.String() == "true")
}

func appendPart(out []Part, rule string, kind PartKind, loc *ast.Location, src []byte) []Part {
	start, end := loc.Offset, loc.Offset+len(loc.Text)
	if end > len(src) || start == end || string(src[start:end]) != string(loc.Text) {
		return out
	}
	return append(out, Part{rule, kind, loc.Row, start, end})
}
