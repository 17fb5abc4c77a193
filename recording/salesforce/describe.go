package salesforce

import (
	"weir/recording/jsonstream"
	"weir/state"
)

// describeField reads one field of a describe.
func (f *file) describeField(v *jsonstream.Value) {
	f.out.Described = true
	name, typ := v.Get("name").Text(), v.Get("type").Text()
	if name == "" || typ == "" {
		return
	}
	if f.env.Described[""] == nil {
		f.env.Described[""] = map[string]state.Type{}
	}
	f.env.Described[""][name] = describedType(typ)
}

// finishDescribe files the fields under their object, which the payload may name
// after them; false if the file is no describe.
func (f *file) finishDescribe() bool {
	fields := f.env.Described[""]
	if fields == nil {
		return f.in.Type == "describe"
	}
	delete(f.env.Described, "")
	if f.object != "" {
		f.env.Described[f.object] = fields
	}
	return true
}

// describedType maps a describe's field type to a type of weir's.
func describedType(t string) state.Type {
	switch t {
	case "boolean":
		return state.Bool
	case "int", "long", "double", "currency", "percent":
		return state.Number
	case "date":
		return state.Day
	case "datetime":
		return state.Instant
	}
	return state.Text
}
