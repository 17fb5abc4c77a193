package policies

import (
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// node is a block of the settings tree that the catalogue's paths span: the
// layer's body itself, "contacts", "events.window", "limits.mailbox_deletes".
type node struct {
	path   string
	attrs  map[string]Setting
	blocks map[string]*node
}

var settingsTree = makeTree()

func makeTree() *node {
	root := newNode("")
	for _, e := range Catalogue() {
		n := root
		words := strings.Split(e.Path, ".")
		for _, w := range words[:len(words)-1] {
			if n.blocks[w] == nil {
				n.blocks[w] = newNode(join(n.path, w))
			}
			n = n.blocks[w]
		}
		n.attrs[words[len(words)-1]] = e.Setting
	}
	return root
}

func newNode(path string) *node {
	return &node{path: path, attrs: map[string]Setting{}, blocks: map[string]*node{}}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// takesForced reports whether the block may list forced attributes: the blocks
// of the kinds do.
func (n *node) takesForced() bool {
	return n.path != "" && !strings.Contains(n.path, ".") && n.path != "limits"
}

// schema is the hcl schema of the block, with extra attributes of its own.
func (n *node) schema(extra ...string) *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, name := range append(sortedKeys(n.attrs), extra...) {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: name})
	}
	if n.takesForced() {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: "forced"})
	}
	for _, name := range sortedKeys(n.blocks) {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: name})
	}
	return s
}

// below lists the names of the attributes in and below the block, relative to
// it: what forced may list.
func (n *node) below() map[string]Setting {
	out := map[string]Setting{}
	for name, id := range n.attrs {
		out[name] = id
	}
	for name, b := range n.blocks {
		for rel, id := range b.below() {
			out[name+"."+rel] = id
		}
	}
	return out
}

// allowed lists the names that a layer may write in the block, for suggestions.
func (n *node) allowed(layer Layer, extra ...string) []string {
	out := append([]string(nil), extra...)
	for name, id := range n.attrs {
		if id.Entry().In(layer) {
			out = append(out, name)
		}
	}
	for name, b := range n.blocks {
		if b.anyIn(layer) {
			out = append(out, name)
		}
	}
	if n.takesForced() {
		out = append(out, "forced")
	}
	sort.Strings(out)
	return out
}

// anyIn reports whether the layer may set anything in the block.
func (n *node) anyIn(layer Layer) bool {
	for _, id := range n.below() {
		if id.Entry().In(layer) {
			return true
		}
	}
	return false
}

// elsewhere finds a setting of the given last name in other blocks, as a hint
// for people who wrote it in the wrong one.
func elsewhere(name string) string {
	for _, e := range Catalogue() {
		if strings.HasSuffix(e.Path, "."+name) && e.Type != ValueNumber {
			return e.Path
		}
	}
	return ""
}

// topBlocks are the blocks a file may hold.
var topBlocks = []hcl.BlockHeaderSchema{
	{Type: "weir"},
	{Type: "org"},
	{Type: "group", LabelNames: []string{"name"}},
	{Type: "user", LabelNames: []string{"address"}},
	{Type: "view", LabelNames: []string{"name"}},
	{Type: "rule", LabelNames: []string{"name"}},
	{Type: "invariant", LabelNames: []string{"name"}},
}

// The attributes that blocks have besides settings.
var (
	weirNames  = []string{"requires"}
	groupNames = []string{"when", "precedence"}
	viewNames  = []string{"list_view", "filter"}
	ruleNames  = []string{"kinds", "direction", "when", "effect", "reason", "groups"}
	aboutNames = []string{"description", "owner", "until"} // of group, user, rule and invariant

	invariantNames = []string{"kinds", "when", "groups", "never"}
)

// Block is a block that a file may hold, for the reference.
type Block struct {
	Type       string
	Label      string   // what its label is; "" without one
	Attributes []string // besides settings
	Settings   bool     // it holds settings
}

// Blocks lists the blocks a file may hold.
func Blocks() []Block {
	attributes := map[string][]string{"weir": weirNames, "group": slices.Concat(groupNames, aboutNames), "user": aboutNames,
		"view": viewNames, "rule": slices.Concat(ruleNames, aboutNames), "invariant": slices.Concat(invariantNames, aboutNames)}
	var out []Block
	for _, top := range topBlocks {
		b := Block{Type: top.Type, Attributes: attributes[top.Type]}
		if len(top.LabelNames) > 0 {
			b.Label = top.LabelNames[0]
		}
		for _, l := range [...]Layer{LayerOrg, LayerGroup, LayerUser} {
			b.Settings = b.Settings || top.Type == string(l)
		}
		out = append(out, b)
	}
	return out
}

func topNames() []string {
	names := make([]string, 0, len(topBlocks))
	for _, b := range topBlocks {
		names = append(names, b.Type)
	}
	return names
}

// attributes is the schema of a block that holds attributes only.
func attributes(names ...string) *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, n := range names {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: n})
	}
	return s
}
