// Package textpos knows where in a recorded file things stand, whatever its format:
// the position, the error that carries one, and a source of bytes that turns
// offsets into lines and columns. It also takes a byte order mark away and
// converts UTF-16 to UTF-8, since PowerShell and spreadsheets write that.
package textpos

import "fmt"

// Pos is a place in a file, both parts from 1; the zero Pos is unknown. Columns
// count code points.
type Pos struct{ Line, Column int32 }

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
