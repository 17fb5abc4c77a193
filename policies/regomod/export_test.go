package regomod

import "github.com/open-policy-agent/opa/v1/ast"

func allBuiltins() []*ast.Builtin { return ast.CapabilitiesForThisVersion().Builtins }
