package render

import (
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// JSON writes v with an indent of two, lists never null and nothing escaped for
// HTML; only characters a terminal might act upon are written as \u escapes. It
// fills v's nil lists, so v must be a pointer for them to become [].
func JSON(w io.Writer, v any) error {
	enc := encoder(w, v)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// NDJSON writes v like [JSON], but on one line.
func NDJSON(w io.Writer, v any) error { return encoder(w, v).Encode(v) }

func encoder(w io.Writer, v any) *json.Encoder {
	fillLists(reflect.ValueOf(v))
	enc := json.NewEncoder(jsonGuard{w})
	enc.SetEscapeHTML(false)
	return enc
}

// fillLists replaces nil slices by empty ones, as far as they can be reached
// through pointers, structs and slices.
func fillLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fillLists(v.Elem())
		}
	case reflect.Struct:
		fillFields(v)
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if mayHoldLists(v.Type().Elem()) {
			for i := range v.Len() {
				fillLists(v.Index(i))
			}
		}
	}
}

func fillFields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if tag := f.Tag.Get("json"); f.IsExported() && tag != "-" && !notApplicable(tag, v.Field(i)) && mayHoldLists(f.Type) {
			fillLists(v.Field(i))
		}
	}
}

// notApplicable reports a field that is nil because it does not apply, which is not the
// same as an empty list.
func notApplicable(tag string, v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.IsNil() && strings.HasSuffix(tag, ",omitzero")
}

// mayHoldLists spares the walk through texts and numbers.
func mayHoldLists(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Struct, reflect.Slice:
		return true
	}
	return false
}
