package regomod

import (
	_ "embed"
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"

	"weir/policies/cond"
	"weir/state"
)

// documentsSource are the schemas of what guardrails look at: the JSON forms of
// plans and simulations. A test holds them to the types that are printed.
//
//go:embed documents.json
var documentsSource []byte

// schemas is the JSON schema of input, made from state's tables: a misspelt
// attribute is a type error where it stands. What may be null is left untyped,
// because OPA knows no type "text or null". Custom fields are checked by name
// when reads are collected.
func schemas() *ast.SchemaSet {
	item, user := map[string]any{"custom": anyObject()}, map[string]any{"custom": anyObject()}
	for _, row := range state.Schema() {
		if !row.Internal {
			item[row.Name] = schemaOf(row.Type)
		}
	}
	item["kind"] = typed("string")
	for _, row := range state.UserSchema() {
		user[row.Name] = schemaOf(row.Type)
	}
	var documents map[string]any
	if err := json.Unmarshal(documentsSource, &documents); err != nil {
		panic(err) // embedded at build time
	}
	set := ast.NewSchemaSet()
	set.Put(ast.SchemaRootRef, object(map[string]any{
		"item": object(item), "user": object(user), "now": typed("number"), "today": typed("string"),
		"plan": documents["plan"], "simulation": documents["simulation"],
	}))
	return set
}

func typed(name string) map[string]any { return map[string]any{"type": name} }
func anyObject() map[string]any        { return typed("object") }

func object(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

func list(items any) map[string]any { return map[string]any{"type": "array", "items": items} }

// schemaOf is the schema of an attribute.
func schemaOf(t state.Type) map[string]any {
	switch t {
	case state.Bool:
		return typed("boolean")
	case state.Texts:
		return list(typed("string"))
	case state.People:
		person := map[string]any{}
		for _, f := range cond.FieldNames() {
			person[f] = map[string]any{}
		}
		return list(object(person))
	}
	return map[string]any{}
}

// attributeNames lists what rules may name of some kinds.
func attributeNames() []string {
	out := []string{"custom"}
	for _, row := range state.Schema() {
		if !row.Internal {
			out = append(out, row.Name)
		}
	}
	return out
}

func userAttributeNames() []string {
	out := []string{"custom"}
	for _, row := range state.UserSchema() {
		out = append(out, row.Name)
	}
	return out
}
