package xmlstream

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"weir/recording/textpos"
)

// Action is what a [Visitor] wants done with an element.
type Action uint8

// What can be done with an element.
const (
	Skip  Action = iota // read past it
	Enter               // ask again for each of its children
	Take                // hand it over whole
)

// Visitor is told what a document holds. A path names the entered elements
// around, outermost first; it is only good during the call, and so is a Node
// (its texts may be kept).
type Visitor interface {
	// Element is asked at each element's start, of which only name and attributes
	// are known.
	Element(path []string, start *Node) Action
	// Taken is an element that was taken.
	Taken(path []string, n *Node)
	// End is told after an entered element was read.
	End(path []string, name string)
	// Problem is an element that was left out, or something that had to be read
	// otherwise than it stands.
	Problem(err *textpos.Error)
}

// Limits bound what one document may cost; zero fields mean the defaults.
type Limits struct {
	Depth int   // nesting inside a taken element; 64
	Nodes int   // elements inside a taken element; 65,536
	Text  int64 // bytes of one text, tag or comment; 16 MiB
	Row   int64 // bytes of one taken element; 64 MiB
}

func (l Limits) orDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Nodes <= 0 {
		l.Nodes = 1 << 16
	}
	if l.Text <= 0 {
		l.Text = 16 << 20
	}
	if l.Row <= 0 {
		l.Row = 64 << 20
	}
	return l
}

// maxNesting bounds the whole document, skipped parts included.
const maxNesting = 1000

type reader struct {
	dec    *xml.Decoder
	src    *textpos.Source
	clean  *cleaner
	limits Limits
	v      Visitor

	path  []string
	depth int // open elements
	began bool

	at    int64 // where the token read last begins
	row   int64 // where the element being taken begins
	nodes int   // elements of the element being taken

	kids  []Node // stack of what is being built
	text  []byte // stack of the texts of what is being built
	slabN []Node // rooms for what was built; reused from one taken element to the next
	slabA []Attr
}

// Walk reads one document and tells the visitor what it holds. The error, if
// there is one, is why the rest could not be read; what was told before stands.
func Walk(r io.Reader, limits Limits, v Visitor) *textpos.Error {
	limits = limits.orDefaults()
	decoded, err := decode(r)
	if err != nil {
		return err
	}
	src := textpos.NewSource(decoded, limits.Text)
	w := &reader{src: src, limits: limits, v: v, clean: &cleaner{src: src, at: -1}}
	w.dec = xml.NewDecoder(w.clean)
	w.dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decode saw to it
	stop := w.document()
	if w.placeForbidden(w.clean.given()); w.clean.where.Line > 0 {
		v.Problem(&textpos.Error{Pos: w.clean.where, Summary: "Forbidden characters",
			Detail: "XML forbids this character, and the file has it all the same. It is read as a blank, here and wherever else it stands."})
	}
	if stop != nil {
		return w.wrap(stop)
	}
	return nil
}

// token reads the next token and bounds nesting.
func (w *reader) token() (xml.Token, error) {
	w.at = w.dec.InputOffset()
	w.placeForbidden(w.at)
	w.src.Consumed(w.at)
	tok, err := w.dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok.(type) {
	case xml.StartElement:
		if w.depth++; w.depth > maxNesting {
			return nil, w.tooDeep(maxNesting)
		}
	case xml.EndElement:
		w.depth--
	case xml.Directive:
		return nil, &textpos.Error{Pos: w.src.Position(w.at), Summary: forbiddenDoctype,
			Detail: "The file declares a document type or entities, which no service sends and which are not read."}
	}
	return tok, nil
}

// placeForbidden finds the place of the first forbidden character once reading has
// come past it.
func (w *reader) placeForbidden(read int64) {
	if w.clean.at >= 0 && w.clean.at < read && w.clean.where.Line == 0 {
		w.clean.where = w.src.Position(w.clean.at)
	}
}

// document reads elements as the visitor wants them, to the end.
func (w *reader) document() error {
	for {
		tok, err := w.token()
		switch t := tok.(type) {
		case xml.StartElement:
			if w.began && w.depth == 1 {
				return &textpos.Error{Pos: w.src.Position(w.at), Summary: "More than one document", Detail: "Something follows the end of the XML document. Give each answer its own file."}
			}
			w.began = true
			if err := w.element(t); err != nil {
				return err
			}
		case xml.EndElement:
			w.leave()
		case xml.CharData:
			if w.depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return &textpos.Error{Pos: w.src.Position(w.at), Summary: "Invalid XML", Detail: "There is text outside of any element: the file is no XML, or something stands before or behind it."}
			}
		case nil:
			if errors.Is(err, io.EOF) && w.began && w.depth == 0 {
				return nil
			}
			return err
		}
	}
}

func (w *reader) element(t xml.StartElement) error {
	start := w.start(t)
	switch w.v.Element(w.path, &start) {
	case Enter:
		w.path = append(w.path, start.Name)
		return nil
	case Take:
		return w.take(start)
	}
	return w.climb(w.depth - 1)
}

func (w *reader) leave() {
	if n := len(w.path) - 1; n >= 0 {
		name := w.path[n]
		w.path = w.path[:n]
		w.v.End(w.path, name)
	}
}

// start is an element as far as its tag tells.
func (w *reader) start(t xml.StartElement) Node {
	n := Node{Name: t.Name.Local, Space: t.Name.Space, Pos: w.src.Position(w.at)}
	if len(t.Attr) == 0 {
		return n
	}
	if len(w.slabA)+len(t.Attr) > cap(w.slabA) {
		w.slabA = make([]Attr, 0, max(256, len(t.Attr)))
	}
	from := len(w.slabA)
	for _, a := range t.Attr {
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			w.slabA = append(w.slabA, Attr{a.Name.Local, a.Value})
		}
	}
	n.Attrs = w.slabA[from:len(w.slabA):len(w.slabA)]
	return n
}

// take builds an element and hands it over; one that is too large is left out,
// which is reported.
func (w *reader) take(n Node) error {
	w.kids, w.text, w.slabN = w.kids[:0], w.text[:0], w.slabN[:0]
	w.row, w.nodes = w.at, 0
	outer := w.depth - 1
	err := w.build(&n, outer)
	var bad *textpos.Error
	switch {
	case err == nil:
		w.v.Taken(w.path, &n)
	case errors.As(err, &bad) && w.depth <= maxNesting && bad.Summary != forbiddenDoctype:
		w.v.Problem(bad)
		err = w.climb(outer)
	}
	w.slabA = w.slabA[:0]
	return err
}

const forbiddenDoctype = "Document type"

// frame is an element under construction.
type frame struct {
	node       Node
	kids, text int // where its children and text begin on the stacks
}

// build reads an element's content, without recursion.
func (w *reader) build(root *Node, outer int) error {
	open := []frame{{node: *root}}
	for {
		tok, err := w.token()
		if err != nil {
			return err
		}
		if w.dec.InputOffset()-w.row > w.limits.Row {
			return &textpos.Error{Pos: root.Pos, Summary: "Element too large",
				Detail: fmt.Sprintf("One %s is larger than %d MiB, which no recorded answer holds.", short(root.Name), w.limits.Row>>20)}
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if w.nodes++; w.nodes > w.limits.Nodes {
				return &textpos.Error{Pos: root.Pos, Summary: "Element too large",
					Detail: fmt.Sprintf("One %s has more than %d elements inside, which no recorded answer has.", short(root.Name), w.limits.Nodes)}
			}
			if w.depth-outer > w.limits.Depth {
				return w.tooDeep(w.limits.Depth)
			}
			open = append(open, frame{w.start(t), len(w.kids), len(w.text)})
		case xml.CharData:
			w.text = append(w.text, t...)
		case xml.EndElement:
			f := &open[len(open)-1]
			w.finish(f)
			open = open[:len(open)-1]
			if len(open) == 0 {
				*root = f.node
				return nil
			}
			w.kids = append(w.kids, f.node)
		}
	}
}

// finish moves an element's children and text off the stacks.
func (w *reader) finish(f *frame) {
	f.node.Kids = w.room(w.kids[f.kids:])
	text := w.text[f.text:]
	if len(f.node.Kids) == 0 || len(bytes.TrimSpace(text)) > 0 {
		f.node.Text = string(text)
	}
	w.kids, w.text = w.kids[:f.kids], w.text[:f.text]
}

func (w *reader) room(list []Node) []Node {
	if len(list) == 0 {
		return nil
	}
	if len(w.slabN)+len(list) > cap(w.slabN) {
		w.slabN = make([]Node, 0, max(256, len(list)))
	}
	at := len(w.slabN)
	w.slabN = append(w.slabN, list...)
	return w.slabN[at:len(w.slabN):len(w.slabN)]
}

// climb reads past the rest of an element.
func (w *reader) climb(depth int) error {
	for w.depth > depth {
		if _, err := w.token(); err != nil {
			return err
		}
	}
	return nil
}

func (w *reader) tooDeep(limit int) *textpos.Error {
	return &textpos.Error{Pos: w.src.Position(w.at), Summary: "Nesting too deep",
		Detail: fmt.Sprintf("Elements nest more than %d deep here, which no recorded answer does.", limit)}
}

// wrap turns whatever stopped the reading into an Error with a position.
func (w *reader) wrap(err error) *textpos.Error {
	var own *textpos.Error
	if errors.As(err, &own) {
		return own
	}
	here := w.src.Position(max(w.at, min(w.dec.InputOffset(), w.clean.given())))
	var syntax *xml.SyntaxError
	switch {
	case w.src.Err() != nil && !errors.Is(w.src.Err(), textpos.ErrTooLarge):
		return &textpos.Error{Pos: here, Summary: "File not readable", Detail: "Reading stopped here: " + w.src.Err().Error() + ".", Err: w.src.Err()}
	case errors.Is(err, textpos.ErrTooLarge):
		return &textpos.Error{Pos: here, Summary: "Value too large", Detail: fmt.Sprintf("A single text or tag is larger than %d MiB, which no recorded answer holds.", w.limits.Text>>20)}
	case errors.Is(err, errTag):
		return &textpos.Error{Pos: here, Summary: "Value too large", Detail: fmt.Sprintf("A single tag has more than %d attributes, which no recorded answer has.", maxAttrs)}
	case !w.began && errors.Is(err, io.EOF):
		return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Empty file", Detail: "The file holds no XML."}
	case errors.Is(err, io.EOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return &textpos.Error{Pos: here, Summary: "Invalid XML", Detail: "The file ends in the middle of an element, as if a download had been cut short."}
	case errors.As(err, &syntax):
		return &textpos.Error{Pos: here, Summary: "Invalid XML", Detail: "The file is not well-formed here: " + short(syntax.Msg) + "."}
	}
	return &textpos.Error{Pos: here, Summary: "Invalid XML", Detail: "The file is not well-formed here: " + short(err.Error()) + "."}
}

// short cuts foreign text in a message to a sane length and takes control
// characters out.
func short(s string) string {
	clean := strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return -1
		}
		return c
	}, s)
	if r := []rune(clean); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return clean
}
