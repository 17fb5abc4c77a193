package jsonstream

import "weir/recording/textpos"

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

// Value is one JSON value. The nil Value is absent, and every method accepts it.
type Value struct {
	Kind   Kind
	Bool   bool
	Str    string  // a String's text, a Number's literal
	Fields []Field // an Object's members in file order
	Items  []Value // an Array's elements
	Pos    textpos.Pos
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
func (v *Value) Where() textpos.Pos {
	if v == nil {
		return textpos.Pos{}
	}
	return v.Pos
}
