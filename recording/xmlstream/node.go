package xmlstream

import (
	"strings"

	"weir/recording/textpos"
)

// Node is one element. The nil Node is absent, and every method accepts it.
type Node struct {
	Name  string // local name
	Space string // namespace
	Attrs []Attr
	Kids  []Node // in file order
	// Text is the text directly inside the element, blank text between its children
	// left out.
	Text string
	Pos  textpos.Pos // of its "<"
}

// Attr is an attribute by its local name.
type Attr struct{ Name, Value string }

// Get finds the first child of a name; nil if there is none.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Kids {
		if n.Kids[i].Name == name {
			return &n.Kids[i]
		}
	}
	return nil
}

// At follows first children by name; nil as soon as one is missing.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.Get(name)
	}
	return n
}

// Attr is an attribute's value, "" if there is none.
func (n *Node) Attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value
		}
	}
	return ""
}

// Word is the element's text without white space around it; "" if it is absent.
func (n *Node) Word() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.Text)
}

// Where is the element's position; unknown if it is absent.
func (n *Node) Where() textpos.Pos {
	if n == nil {
		return textpos.Pos{}
	}
	return n.Pos
}
