package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/simulate"
)

// TestGuardrailDocuments: the schema by which guardrails are checked is that of the
// documents they are given: a misspelt name would be undefined, and a guardrail
// that never denies looks like one that is content.
func TestGuardrailDocuments(t *testing.T) {
	const file = "../../policies/regomod/documents.json"
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(map[string]any{
		"plan":       schemaOf(t, reflect.TypeFor[engine.Plan]()),
		"simulation": schemaOf(t, reflect.TypeFor[simulate.Result]()),
	}))
	if *update {
		require.NoError(t, os.WriteFile(file, want.Bytes(), 0o644))
		return
	}
	have, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, want.String(), string(have), "go test ./cmd/weir -run TestGuardrailDocuments -update writes it")
}

// schemaOf is the JSON schema of a type's JSON form. What may be null is untyped.
func schemaOf(t *testing.T, typ reflect.Type) map[string]any {
	if typ == reflect.TypeFor[time.Time]() {
		return map[string]any{"type": "string"}
	}
	marshals := typ.Implements(reflect.TypeFor[json.Marshaler]()) || reflect.PointerTo(typ).Implements(reflect.TypeFor[json.Marshaler]())
	require.False(t, marshals, "%s has a JSON form of its own", typ)
	switch typ.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Slice:
		elem := typ.Elem()
		if elem.Kind() == reflect.Pointer {
			elem = elem.Elem() // lists hold no null
		}
		return map[string]any{"type": "array", "items": schemaOf(t, elem)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t, typ.Elem())}
	case reflect.Struct:
		properties := map[string]any{}
		addFields(t, typ, properties)
		return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	case reflect.Pointer, reflect.Interface:
		return map[string]any{}
	}
	require.Contains(t, []reflect.Kind{reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64, reflect.Float64}, typ.Kind(), "%s", typ)
	return map[string]any{"type": "number"}
}

func addFields(t *testing.T, typ reflect.Type, properties map[string]any) {
	for f := range fieldsOf(typ) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-", name == "guardrails": // which are asked before their verdicts are in it
		case f.Anonymous && name == "":
			addFields(t, f.Type, properties)
		default:
			require.NotEmpty(t, name, "%s.%s", typ, f.Name)
			require.False(t, slices.Contains(strings.Split(options, ","), "string"))
			properties[name] = schemaOf(t, f.Type)
		}
	}
}

func fieldsOf(typ reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range typ.NumField() {
			if f := typ.Field(i); (f.IsExported() || f.Anonymous) && !yield(f) {
				return
			}
		}
	}
}
