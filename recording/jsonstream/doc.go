// Package jsonstream reads large JSON documents a row at a time and knows where
// in the file everything stands.
//
// Recorded payloads are one object (or array) that holds a long array of rows
// and a few facts about them. A [Visitor] says which members to take whole and
// which array to stream; memory follows one row. Positions are lines and columns
// (code points, from 1), because that is what a person can go to.
//
// Hostile input ends in an [textpos.Error] with a position: nesting, the size of one
// value and of one row are bounded. A row over a bound is left out and reading
// goes on; a syntax error ends the document, and the rows before it stand.
// A byte order mark is accepted, and UTF-16 with one is converted, since
// PowerShell writes that. Of duplicate names the last counts; invalid UTF-8 is
// replaced.
//
// It is a thin layer over go-json-experiment's jsontext; docs/decisions/0003
// says why.
package jsonstream
