package hclfile

import (
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Block is a block of a file, with everything in it, in order of position.
type Block struct {
	Type       string
	Labels     []string
	Range      hcl.Range // from its type to its closing brace
	Attributes []Attribute
	Blocks     []Block
}

// Attribute is one attribute of a block.
type Attribute struct {
	Name  string
	Expr  hcl.Expression
	Range hcl.Range // from its name to the end of its value
}

// Blocks lists the top-level blocks of a file as they are written, whatever any
// schema says of them. It is empty for a file that could not be parsed.
func (f *File) Blocks() []Block {
	body, ok := f.HCL.Body.(*hclsyntax.Body)
	if !ok {
		return nil
	}
	return nestedBlocks(body)
}

func nestedBlocks(body *hclsyntax.Body) []Block {
	var out []Block
	for _, b := range body.Blocks {
		out = append(out, Block{Type: b.Type, Labels: b.Labels, Range: b.Range(),
			Attributes: attributesOf(b.Body), Blocks: nestedBlocks(b.Body)})
		out[len(out)-1].Range.End = b.CloseBraceRange.End
	}
	return out
}

func attributesOf(body *hclsyntax.Body) []Attribute {
	var out []Attribute
	for _, a := range body.Attributes {
		out = append(out, Attribute{Name: a.Name, Expr: a.Expr, Range: a.SrcRange})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Range.Start.Byte < out[j].Range.Start.Byte })
	return out
}
