// Package xmlstream reads large XML documents an element at a time and knows
// where in the file everything stands. It is to XML what jsonstream is to JSON.
//
// A recorded answer is an envelope of a few elements around a long list of
// others. A [Visitor] says which elements to look into, which to take as a whole
// and which to read past; memory follows one taken element. Names are local
// names: which prefix a document gives a namespace is its own business, and the
// namespace stands beside the name for whoever needs it. Positions are lines and
// columns (code points, from 1).
//
// Hostile input ends in a [textpos.Error] with a position. There are no document
// types and no entities beyond XML's own five, so nothing can grow by being
// expanded; nesting, the attributes of a tag, one text and one taken element are
// bounded. An element over a bound is left out and reading goes on; a syntax
// error ends the document, and what came before it stands.
//
// Where services break the rules, reading does not: a character that XML forbids
// (Exchange sends what people pasted into their notes) is read as a blank, bytes
// that are no UTF-8 as replacement characters, and so is what a declared
// ISO-8859-1, Windows-1252 or UTF-16 says. Both are noted.
//
// It is a thin layer over encoding/xml's tokens, which are read without
// recursion.
package xmlstream
