package hclfile

import (
	"math/big"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Kind says what an expression is, as written. The zero value is invalid.
type Kind uint8

// The kinds of expressions policies tell apart.
const (
	Invalid  Kind = iota
	Null          // null
	Bool          // true, false
	Number        // 30, -5, 1.5
	String        // a quoted text or a heredoc without templates
	Template      // a text with ${ or %{ in it
	List          // [ … ]
	Name          // bare words: mine, view.key_accounts
	Other         // anything that would have to be computed
)

var kindNames = [...]string{"nothing", "null", "true or false", "a number", "a text", "a template", "a list", "a name", "an expression"}

// String is the kind for use in a sentence.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// Value is a literal, as written.
type Value struct {
	Kind  Kind
	Bool  bool
	Int   int64 // of a whole number that fits
	IsInt bool
	Text  string // of a String, in Unicode NFC; of a Name, its words joined by dots
	List  []Value
	Range hcl.Range
}

// Read looks at an expression without evaluating anything.
func Read(expr hcl.Expression) Value {
	v := Value{Kind: Other, Range: expr.Range()}
	switch e := expr.(type) {
	case *hclsyntax.LiteralValueExpr:
		v.readLiteral(e.Val)
	case *hclsyntax.UnaryOpExpr:
		v.readNegative(e)
	case *hclsyntax.TemplateExpr:
		v.readTemplate(e)
	case *hclsyntax.TemplateWrapExpr:
		v.Kind = Template
	case *hclsyntax.TupleConsExpr:
		v.Kind = List
		for _, x := range e.Exprs {
			v.List = append(v.List, Read(x))
		}
	default:
		v.readName(expr)
	}
	return v
}

func (v *Value) readLiteral(val cty.Value) {
	switch {
	case val.IsNull():
		v.Kind = Null
	case !val.IsKnown():
		v.Kind = Invalid
	case val.Type() == cty.Bool:
		v.Kind, v.Bool = Bool, val.True()
	case val.Type() == cty.Number:
		v.Kind = Number
		v.setNumber(val.AsBigFloat(), false)
	case val.Type() == cty.String:
		v.Kind, v.Text = String, val.AsString()
	}
}

func (v *Value) setNumber(f *big.Float, negative bool) {
	n, accuracy := f.Int64()
	v.IsInt = accuracy == big.Exact && f.IsInt()
	if v.Int = n; negative {
		v.Int = -n
	}
}

func (v *Value) readNegative(e *hclsyntax.UnaryOpExpr) {
	lit, ok := e.Val.(*hclsyntax.LiteralValueExpr)
	if !ok || e.Op != hclsyntax.OpNegate || lit.Val.IsNull() || !lit.Val.IsKnown() || lit.Val.Type() != cty.Number {
		return
	}
	v.Kind = Number
	v.setNumber(lit.Val.AsBigFloat(), true)
}

func (v *Value) readTemplate(e *hclsyntax.TemplateExpr) {
	var b strings.Builder
	for _, part := range e.Parts {
		lit, ok := part.(*hclsyntax.LiteralValueExpr)
		if !ok || lit.Val.IsNull() || !lit.Val.IsKnown() || lit.Val.Type() != cty.String {
			v.Kind = Template
			return
		}
		b.WriteString(lit.Val.AsString())
	}
	v.Kind, v.Text = String, cty.NormalizeString(b.String())
}

func (v *Value) readName(expr hcl.Expression) {
	traversal, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() {
		return
	}
	words := make([]string, 0, len(traversal))
	for _, step := range traversal {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			words = append(words, s.Name)
		case hcl.TraverseAttr:
			words = append(words, s.Name)
		default:
			return
		}
	}
	v.Kind, v.Text = Name, strings.Join(words, ".")
}
