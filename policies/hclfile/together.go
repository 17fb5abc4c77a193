package hclfile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Part is a file that is put together with others.
type Part struct {
	Name string
	Text []byte
}

// Clash is a place that two parts fill differently.
type Clash struct {
	Path          string // "contacts.scope", in the block
	First, Second string // the parts' names
	One, Other    string // what each writes there
}

func (c *Clash) Error() string {
	return fmt.Sprintf("%s writes %s = %s, and %s writes %s", c.First, c.Path, c.One, c.Second, c.Other)
}

// Together makes one block of all blocks of a type that may stand only once in a
// policy, such as org, and gives it back beside what is left of the parts; parts
// of which nothing but comments is left are gone. Lists are united; where two
// parts write different values for one attribute, the error is a [*Clash].
// Comments inside the blocks are lost. If fewer than two parts have such a block,
// the parts stay as they are, and the block is nil.
func Together(parts []Part, typ string) (block []byte, rest []Part, err error) {
	root := &tree{}
	found := 0
	for _, p := range parts {
		file, diags := Parse(p.Text, p.Name)
		if diags.HasErrors() {
			return nil, nil, diags
		}
		body, ok := file.HCL.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		blocks := blocksOf(body, typ)
		if len(blocks) > 0 {
			found++
		}
		for _, b := range blocks {
			if err := root.add(p, b.Body, ""); err != nil {
				return nil, nil, err
			}
		}
		if left, some := without(p.Text, body, blocks); some {
			rest = append(rest, Part{p.Name, left})
		}
	}
	if found < 2 {
		return nil, parts, nil
	}
	var b strings.Builder
	b.WriteString(typ + " {\n")
	root.write(&b)
	b.WriteString("}\n")
	block, diags := Format([]byte(b.String()), typ)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	return block, rest, nil
}

func blocksOf(body *hclsyntax.Body, typ string) []*hclsyntax.Block {
	return slices.DeleteFunc(slices.Clone(body.Blocks), func(b *hclsyntax.Block) bool { return b.Type != typ || len(b.Labels) > 0 })
}

// without cuts blocks out of a text; some is false if no other stands in it.
func without(src []byte, body *hclsyntax.Body, blocks []*hclsyntax.Block) (left []byte, some bool) {
	if len(blocks) == 0 {
		return src, true
	}
	at := 0
	for _, b := range blocks {
		rng := hcl.RangeBetween(b.TypeRange, b.CloseBraceRange)
		left = append(left, src[at:rng.Start.Byte]...)
		at = rng.End.Byte
		for at < len(src) && (src[at] == '\n' || src[at] == '\r') {
			at++
		}
	}
	return append(left, src[at:]...), len(body.Blocks) > len(blocks) || len(body.Attributes) > 0
}

// tree is a block's body, put together from several parts.
type tree struct {
	attrs  []*treeAttr
	blocks []*treeBlock
}

type treeAttr struct {
	name string
	from string   // the part that wrote it first
	text string   // as written; of a list, its elements below
	list []string // nil for anything but a list
}

type treeBlock struct {
	head string // type and labels
	tree
}

// add takes another part's body in.
func (t *tree) add(p Part, body *hclsyntax.Body, path string) error {
	attrs := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		attrs = append(attrs, a)
	}
	slices.SortFunc(attrs, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	for _, a := range attrs {
		if err := t.addAttr(p, a, path); err != nil {
			return err
		}
	}
	for _, b := range body.Blocks {
		head := string(hcl.RangeBetween(b.TypeRange, b.OpenBraceRange).SliceBytes(p.Text))
		head = strings.TrimSpace(strings.TrimSuffix(head, "{"))
		if err := t.block(head).add(p, b.Body, path+head+"."); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) block(head string) *treeBlock {
	if i := slices.IndexFunc(t.blocks, func(b *treeBlock) bool { return b.head == head }); i >= 0 {
		return t.blocks[i]
	}
	t.blocks = append(t.blocks, &treeBlock{head: head})
	return t.blocks[len(t.blocks)-1]
}

func (t *tree) addAttr(p Part, a *hclsyntax.Attribute, path string) error {
	read := &treeAttr{name: a.Name, from: p.Name, text: string(a.Expr.Range().SliceBytes(p.Text))}
	if tuple, ok := a.Expr.(*hclsyntax.TupleConsExpr); ok {
		read.list = []string{}
		for _, e := range tuple.Exprs {
			read.list = append(read.list, string(e.Range().SliceBytes(p.Text)))
		}
	}
	i := slices.IndexFunc(t.attrs, func(x *treeAttr) bool { return x.name == a.Name })
	if i < 0 {
		t.attrs = append(t.attrs, read)
		return nil
	}
	have := t.attrs[i]
	switch {
	case have.list != nil && read.list != nil:
		for _, e := range read.list {
			if !slices.Contains(have.list, e) {
				have.list = append(have.list, e)
			}
		}
	case have.text != read.text:
		return &Clash{Path: path + a.Name, First: have.from, Second: p.Name, One: have.text, Other: read.text}
	}
	return nil
}

func (t *tree) write(b *strings.Builder) {
	for _, a := range t.attrs {
		text := a.text
		if a.list != nil {
			text = "[" + strings.Join(a.list, ", ") + "]"
		}
		fmt.Fprintf(b, "%s = %s\n", a.name, text)
	}
	for _, x := range t.blocks {
		b.WriteString(x.head + " {\n")
		x.write(b)
		b.WriteString("}\n")
	}
}
