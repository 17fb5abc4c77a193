// Package hclfile reads one HCL file of a policy: it bounds the file before it
// is parsed, parses it, and hands out literals.
//
// It exists because hcl's own parser has no nesting limit (some hundred
// kilobytes of "[" overflow the stack, which no recover catches), because
// policies take literals only and never evaluate anything, and because text in
// another language (CEL) must be taken from the source bytes so that positions
// in it can be mapped back to file, line and column.
//
// It knows nothing of settings or rules; package policies does. It is the only
// package that imports hcl's parser.
package hclfile
