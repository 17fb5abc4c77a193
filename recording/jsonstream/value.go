package jsonstream

import "fmt"

// Kind is the JSON type of a value. The zero value is invalid.
type Kind uint8

// The JSON types.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"invalid", "null", "a boolean", "a number", "a text", "an array", "an object"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// Pos is a place in a file, both parts from 1; the zero Pos is unknown.
type Pos struct{ Line, Column int32 }

// Value is one JSON value. The nil Value is absent, and every method accepts it.
type Value struct {
	Kind   Kind
	Bool   bool
	Str    string  // a String's text, a Number's literal
	Fields []Field // an Object's members in file order
	Items  []Value // an Array's elements
	Pos    Pos
}

// Field is a member of an object.
type Field struct {
	Name  string
	Value Value
}

// Get finds a member by name (the last of duplicates); nil if there is none.
func (v *Value) Get(name string) *Value {
	if v == nil {
		return nil
	}
	for i := len(v.Fields) - 1; i >= 0; i-- {
		if v.Fields[i].Name == name {
			return &v.Fields[i].Value
		}
	}
	return nil
}

// At follows members by name; nil as soon as one is missing.
func (v *Value) At(names ...string) *Value {
	for _, name := range names {
		v = v.Get(name)
	}
	return v
}

// Text is a String's text, else "".
func (v *Value) Text() string {
	if v == nil || v.Kind != String {
		return ""
	}
	return v.Str
}

// IsTrue reports the literal true.
func (v *Value) IsTrue() bool { return v != nil && v.Kind == Bool && v.Bool }

// IsNull reports the literal null; an absent value is not null.
func (v *Value) IsNull() bool { return v != nil && v.Kind == Null }

// Is reports whether the value is there and of the kind.
func (v *Value) Is(k Kind) bool { return v != nil && v.Kind == k }

// Where is the value's position; unknown if it is absent.
func (v *Value) Where() Pos {
	if v == nil {
		return Pos{}
	}
	return v.Pos
}

// Error is why a document, or one row of it, could not be read.
type Error struct {
	Pos     Pos
	Summary string // short noun phrase
	Detail  string // a sentence with the remedy
	Err     error  // the cause, if it was an I/O failure
}

func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", e.Pos.Line, e.Pos.Column, e.Summary, e.Detail)
}

// Unwrap is the I/O failure behind the error, if there was one.
func (e *Error) Unwrap() error { return e.Err }
