package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"weir/engine"
	"weir/internal/render"
)

// exitCode is an outcome that scripts can tell apart. As an error it carries the
// code out of a command that has said everything already.
type exitCode int

// The exit codes.
const (
	exitDone     exitCode = iota
	exitFailed            // could not: usage, unreadable input, policy errors
	exitChanges           // there are changes, or held operations
	exitRejected          // a limit tripped, or something was denied
	exitLimited           // a resource limit stopped it
)

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// errWithHint is an error that says what to type instead.
type errWithHint struct {
	msg, hint string
}

func (e *errWithHint) Error() string { return e.msg }

// usage is a mistake in the command line, with the line that would work.
func usage(hint, format string, args ...any) error {
	return &errWithHint{fmt.Sprintf(format, args...), hint}
}

// report says what went wrong with a command, if anything, and picks the exit
// code. A hint that is only a flag is completed to a command line.
func report(std streams, command string, err error) int {
	var code exitCode
	switch {
	case err == nil:
		return int(exitDone)
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, syscall.EPIPE):
		return int(exitFailed) // nobody is reading any more
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(std.Err, "weir: interrupted")
		return int(exitFailed)
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Fprintln(std.Err, "weir: "+render.Escape(err.Error()))
		return int(exitLimited)
	}
	fmt.Fprintln(std.Err, "weir: "+escapeLines(err.Error()))
	var hinted *errWithHint
	if errors.As(err, &hinted) && hinted.hint != "" {
		hint := hinted.hint
		if strings.HasPrefix(hint, "-") {
			hint = command + " " + hint
		}
		fmt.Fprintln(std.Err, "Try:  "+render.Escape(hint))
	}
	return int(exitFailed)
}

// outcome is what a verdict exits with when the exit code was asked for.
func outcome(v engine.Verdict, detailed bool) error {
	if !detailed {
		return nil
	}
	switch v {
	case engine.VerdictRejected:
		return exitRejected
	case engine.VerdictHeld, engine.VerdictChanges:
		return exitChanges
	}
	return nil
}
