package policies

import (
	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
)

// decodeLayer reads the settings of a block into a layer and returns the block
// for the attributes that are not settings (extra).
func (l *loader) decodeLayer(to *layer, b block, extra []string) *body {
	d := &layerDecoder{l: l, to: to, file: b.file, what: b.Type}
	if len(b.Labels) > 0 {
		d.what += " " + quoted(b.Labels[0])
	}
	content := d.block(settingsTree, b.Body, d.what, extra)
	return &body{l: l, block: b, what: d.what, content: content}
}

// layerDecoder reads the settings of one layer's block.
type layerDecoder struct {
	l    *loader
	to   *layer
	file *hclfile.File
	what string
}

// block reads one block of the settings tree and the blocks inside it.
func (d *layerDecoder) block(n *node, hclBody hcl.Body, what string, extra []string) *hcl.BodyContent {
	content, unknown, diags := hclfile.Content(hclBody, n.schema(extra...))
	for _, diag := range diags {
		d.l.report(labels(diag))
	}
	d.l.reportAll(unknown, func(u hclfile.Unknown) *hcl.Diagnostic { return d.unknown(u, n, what, extra) })
	for _, name := range sortedKeys(n.attrs) {
		if a, ok := content.Attributes[name]; ok {
			d.setting(n.attrs[name], a)
		}
	}
	if a, ok := content.Attributes["forced"]; ok && n.takesForced() {
		d.forced(n, a)
	}
	d.nested(n, content)
	return content
}

// unknown words a name that the block does not have.
func (d *layerDecoder) unknown(u hclfile.Unknown, n *node, what string, extra []string) *hcl.Diagnostic {
	if n.path == "events" && u.Name == "forbid_to_remove" {
		return eventsForbid(u.Range)
	}
	return unknownName(u, what, n.allowed(d.to.origin.Layer, extra...), n)
}

// nested reads the blocks inside a block, each at most once.
func (d *layerDecoder) nested(n *node, content *hcl.BodyContent) {
	first := map[string]hcl.Range{}
	for _, b := range content.Blocks {
		if at, dup := first[b.Type]; dup {
			d.l.report(secondBlock(b.DefRange, b.Type, at))
			continue
		}
		first[b.Type] = b.DefRange
		inner := n.blocks[b.Type]
		if !inner.anyIn(d.to.origin.Layer) {
			d.l.report(wrongLayer(b.DefRange, inner.path, d.to.origin.Layer))
			continue
		}
		d.block(inner, b.Body, inner.path, nil)
	}
}

// setting reads one value; null means that this layer does not set it.
func (d *layerDecoder) setting(id Setting, a *hcl.Attribute) {
	e := id.Entry()
	if !e.In(d.to.origin.Layer) {
		d.l.report(wrongLayer(a.NameRange, e.Path, d.to.origin.Layer))
		return
	}
	lit := hclfile.Read(a.Expr)
	if lit.Kind == hclfile.Null || lit.Kind == hclfile.Invalid {
		return // Invalid: the parser has reported it
	}
	v, problem := d.value(e, lit, a)
	if problem != nil {
		d.l.report(problem)
		return
	}
	d.to.values[id] = assignment{Value: v, rng: a.Range,
		origin: origin(d.to.origin.Layer, d.to.origin.Name, a.Range)}
}

// forced reads the list of attributes whose preference does not count.
func (d *layerDecoder) forced(n *node, a *hcl.Attribute) {
	in := &body{l: d.l, content: &hcl.BodyContent{Attributes: hcl.Attributes{"forced": a}}}
	list, _ := in.texts("forced")
	names := n.below()
	for _, v := range list {
		if v.Kind != hclfile.String {
			continue
		}
		id, ok := names[v.Text]
		switch {
		case ok:
			d.to.forced[id] = origin(d.to.origin.Layer, d.to.origin.Name, v.Range)
		case n.path == "events" && v.Text == "forbid_to_remove":
			d.l.report(eventsForbid(v.Range))
		default:
			d.l.report(unknownForced(v.Range, v.Text, n))
		}
	}
}
