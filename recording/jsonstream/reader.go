package jsonstream

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
	"weir/recording/textpos"

	"github.com/go-json-experiment/json/jsontext"
)

// Action is what a [Visitor] wants done with a member.
type Action uint8

// What can be done with a member of the document.
const (
	Skip  Action = iota // read past it
	Take                // hand it over whole
	Enter               // an object: ask again for each of its members; an array: as Rows
	Rows                // an array: hand over its elements one by one
)

// Visitor is told what a document holds. Paths join member names with a dot; the
// document itself is "". Values handed to Row are only good during the call
// (their texts may be kept); those handed to Value may be kept.
type Visitor interface {
	// Member is asked before each member is read.
	Member(path string) Action
	// Value is a member that was taken, or one that should have been entered or
	// streamed and has another type.
	Value(path string, v *Value)
	// Row is an element of a streamed array.
	Row(path string, v *Value)
	// Problem is a row that was left out.
	Problem(err *textpos.Error)
}

// Limits bound what one document may cost; zero fields mean the defaults.
type Limits struct {
	Depth int   // nesting inside a row or taken value; 64
	Value int64 // bytes of one text or number; 16 MiB
	Row   int64 // bytes of one row or taken value; 64 MiB
}

func (l Limits) orDefaults() Limits {
	if l.Depth <= 0 {
		l.Depth = 64
	}
	if l.Value <= 0 {
		l.Value = 16 << 20
	}
	if l.Row <= 0 {
		l.Row = 64 << 20
	}
	return l
}

// maxNesting bounds the whole document, skipped parts included.
const maxNesting = 1000

type reader struct {
	dec    *jsontext.Decoder
	src    *textpos.Source
	limits Limits
	v      Visitor

	names map[string]string // member names seen, shared between rows
	text  []byte            // scratch for unescaping

	fields  []Field // stacks of what is being built
	items   []Value
	slabF   []Field // rooms for what was built; reused from row to row
	slabV   []Value
	row     Value // the current row
	started int64 // offset at which the current row began
}

// Walk reads one document and tells the visitor what it holds. The error, if
// there is one, is why the rest could not be read; what was told before stands.
func Walk(r io.Reader, limits Limits, v Visitor) *textpos.Error {
	limits = limits.orDefaults()
	src := textpos.NewSource(r, limits.Value)
	w := &reader{src: src, limits: limits, v: v, names: map[string]string{},
		dec: jsontext.NewDecoder(src, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	if err := w.document(); err != nil {
		return w.wrap(err)
	}
	return nil
}

// document reads the top-level value and insists that nothing follows.
func (w *reader) document() error {
	if w.dec.PeekKind() == 0 {
		if _, err := w.dec.ReadToken(); err == io.EOF {
			return &textpos.Error{Pos: textpos.Pos{Line: 1, Column: 1}, Summary: "Empty file", Detail: "The file holds no JSON."}
		}
	}
	if err := w.member(""); err != nil {
		return err
	}
	if _, err := w.dec.ReadToken(); err != io.EOF {
		if err != nil {
			return err
		}
		return &textpos.Error{Pos: w.here(1), Summary: "More than one document", Detail: "Something follows the end of the JSON document. Give each payload its own file."}
	}
	return nil
}

// member reads the value at path as the visitor wants it.
func (w *reader) member(path string) error {
	kind := w.dec.PeekKind()
	switch action := w.v.Member(path); {
	case action == Skip:
		return w.skip()
	case action == Enter && kind == '{':
		return w.enter(path)
	case action != Take && kind == '[':
		return w.rows(path)
	default:
		return w.take(path)
	}
}

func (w *reader) enter(path string) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for w.dec.PeekKind() == '"' {
		name, err := w.name()
		if err != nil {
			return err
		}
		if path != "" {
			name = path + "." + name
		}
		if err := w.member(name); err != nil {
			return err
		}
	}
	return w.close()
}

func (w *reader) rows(path string) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	for more(w.dec.PeekKind()) {
		ok, err := w.one(&w.row)
		if err != nil {
			return err
		}
		if ok {
			w.v.Row(path, &w.row)
		}
	}
	return w.close()
}

// take hands over a value whose room is not used again.
func (w *reader) take(path string) error {
	w.slabF, w.slabV = nil, nil
	v := new(Value)
	ok, err := w.one(v)
	w.slabF, w.slabV = nil, nil
	if ok {
		w.v.Value(path, v)
	}
	return err
}

// one builds the next value; false if it had to be left out, which is reported.
func (w *reader) one(v *Value) (bool, error) {
	clear(w.slabF)
	clear(w.slabV)
	w.slabF, w.slabV = w.slabF[:0], w.slabV[:0]
	w.fields, w.items = w.fields[:0], w.items[:0]
	w.started = w.dec.InputOffset()
	outer := w.dec.StackDepth()
	var err error
	if *v, err = w.build(0); err == nil {
		return true, nil
	}
	var bad *textpos.Error
	if errors.As(err, &bad) {
		w.v.Problem(bad)
		return false, w.climb(outer)
	}
	return false, err
}

// climb reads past the rest of a value that was given up.
func (w *reader) climb(depth int) error {
	for w.dec.StackDepth() > depth {
		if w.dec.StackDepth() > maxNesting {
			return w.tooDeep(maxNesting)
		}
		if _, err := w.dec.ReadToken(); err != nil {
			return err
		}
		w.src.Consumed(w.dec.InputOffset())
	}
	return nil
}

func (w *reader) skip() error {
	if k := w.dec.PeekKind(); k != '{' && k != '[' {
		_, err := w.dec.ReadToken()
		w.src.Consumed(w.dec.InputOffset())
		return err
	}
	outer := w.dec.StackDepth()
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	return w.climb(outer)
}

func (w *reader) close() error {
	_, err := w.dec.ReadToken()
	w.src.Consumed(w.dec.InputOffset())
	return err
}

// more reports whether another element follows rather than the end of an array
// or a syntax error that the next read will report.
func more(k jsontext.Kind) bool { return k != ']' && k != '}' && k != 0 }

// build reads one value.
func (w *reader) build(depth int) (Value, error) {
	switch w.dec.PeekKind() {
	case '{':
		return w.object(depth)
	case '[':
		return w.array(depth)
	}
	raw, err := w.dec.ReadValue()
	if err != nil {
		return Value{}, err
	}
	return w.scalar(raw)
}

func (w *reader) object(depth int) (Value, error) {
	v, err := w.open(Object, depth)
	if err != nil {
		return v, err
	}
	mark := len(w.fields)
	for w.dec.PeekKind() == '"' {
		var f Field
		if f.Name, err = w.name(); err != nil {
			return v, err
		}
		if f.Value, err = w.build(depth + 1); err != nil {
			return v, err
		}
		w.fields = append(w.fields, f)
	}
	v.Fields = w.roomFields(w.fields[mark:])
	w.fields = w.fields[:mark]
	return v, w.close()
}

func (w *reader) array(depth int) (Value, error) {
	v, err := w.open(Array, depth)
	if err != nil {
		return v, err
	}
	mark := len(w.items)
	for more(w.dec.PeekKind()) {
		item, err := w.build(depth + 1)
		if err != nil {
			return v, err
		}
		w.items = append(w.items, item)
	}
	v.Items = w.roomValues(w.items[mark:])
	w.items = w.items[:mark]
	return v, w.close()
}

func (w *reader) open(kind Kind, depth int) (Value, error) {
	if _, err := w.dec.ReadToken(); err != nil {
		return Value{}, err
	}
	v := Value{Kind: kind, Pos: w.here(1)}
	if depth >= w.limits.Depth {
		return v, w.tooDeep(w.limits.Depth)
	}
	return v, nil
}

func (w *reader) tooDeep(limit int) *textpos.Error {
	return &textpos.Error{Pos: w.here(1), Summary: "Nesting too deep",
		Detail: fmt.Sprintf("Values nest more than %d deep here, which no recorded payload does.", limit)}
}

// roomFields moves built members out of the stack.
func (w *reader) roomFields(list []Field) []Field {
	if len(list) == 0 {
		return nil
	}
	if len(w.slabF)+len(list) > cap(w.slabF) {
		w.slabF = make([]Field, 0, max(256, len(list)))
	}
	at := len(w.slabF)
	w.slabF = append(w.slabF, list...)
	return w.slabF[at:len(w.slabF):len(w.slabF)]
}

func (w *reader) roomValues(list []Value) []Value {
	if len(list) == 0 {
		return []Value{}
	}
	if len(w.slabV)+len(list) > cap(w.slabV) {
		w.slabV = make([]Value, 0, max(64, len(list)))
	}
	at := len(w.slabV)
	w.slabV = append(w.slabV, list...)
	return w.slabV[at:len(w.slabV):len(w.slabV)]
}

// here is the position of what ends at the decoder's offset and is n bytes long.
func (w *reader) here(n int) textpos.Pos {
	end := w.dec.InputOffset()
	w.src.Consumed(end)
	return w.src.Position(end - int64(n))
}

func (w *reader) name() (string, error) {
	raw, err := w.dec.ReadValue()
	if err != nil {
		return "", err
	}
	w.here(len(raw))
	text := w.unquote(raw)
	if name, ok := w.names[string(text)]; ok {
		return name, nil
	}
	name := string(text)
	if len(w.names) < 4096 && len(name) <= 128 {
		w.names[name] = name
	}
	return name, nil
}

func (w *reader) scalar(raw []byte) (Value, error) {
	v := Value{Pos: w.here(len(raw))}
	if w.dec.InputOffset()-w.started > w.limits.Row {
		return v, &textpos.Error{Pos: v.Pos, Summary: "Row too large",
			Detail: fmt.Sprintf("One row is larger than %d MiB, which no recorded payload is.", w.limits.Row>>20)}
	}
	switch raw[0] {
	case 'n':
		v.Kind = Null
	case 't', 'f':
		v.Kind, v.Bool = Bool, raw[0] == 't'
	case '"':
		v.Kind, v.Str = String, string(w.unquote(raw))
	default:
		v.Kind, v.Str = Number, string(raw)
	}
	return v, nil
}

// unquote is the text of a JSON string; it is good until the next call.
func (w *reader) unquote(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			w.text, _ = jsontext.AppendUnquote(w.text[:0], raw)
			if !utf8.Valid(w.text) {
				w.text = []byte(strings.ToValidUTF8(string(w.text), "\uFFFD"))
			}
			return w.text
		}
	}
	return inner
}

// wrap turns whatever stopped the reading into an Error with a position.
func (w *reader) wrap(err error) *textpos.Error {
	var own *textpos.Error
	if errors.As(err, &own) {
		return own
	}
	if w.src.Err() != nil {
		return &textpos.Error{Pos: w.last(), Summary: "File not readable", Detail: "Reading stopped here: " + w.src.Err().Error() + ".", Err: w.src.Err()}
	}
	if errors.Is(err, textpos.ErrTooLarge) {
		return &textpos.Error{Pos: w.last(), Summary: "Value too large", Detail: fmt.Sprintf("A single value is larger than %d MiB, which no recorded payload holds.", w.limits.Value>>20)}
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		pos := w.src.Position(max(syntax.ByteOffset, w.src.LineStart()))
		return &textpos.Error{Pos: pos, Summary: "Invalid JSON", Detail: explain(syntax)}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &textpos.Error{Pos: w.last(), Summary: "Invalid JSON", Detail: cutShort}
	}
	return &textpos.Error{Pos: w.last(), Summary: "Invalid JSON", Detail: err.Error()}
}

const cutShort = "The file ends in the middle of a value, as if a download had been cut short."

// explain words a syntax error for somebody who did not write the file.
func explain(e *jsontext.SyntacticError) string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return cutShort
	}
	return "The file is not well-formed here: " + e.Err.Error() + "."
}

// last is the position after what was read last.
func (w *reader) last() textpos.Pos { return w.src.Position(w.dec.InputOffset()) }
