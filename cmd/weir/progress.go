package main

import (
	"fmt"
	"time"
)

const (
	progressAfter = time.Second            // shorter runs go without
	progressEvery = 100 * time.Millisecond // between two updates
)

// progress says how far a run has come, on standard error, if that is a terminal and the run
// is long.
type progress struct {
	std         streams
	start, last time.Time
	shown       bool
}

func newProgress(std streams) *progress { return &progress{std: std, start: time.Now()} }

func (p *progress) session(n, of int) { p.show("session %d of %d", n, of) }

func (p *progress) show(format string, args ...any) {
	if !p.std.ErrTerminal {
		return
	}
	now := time.Now()
	if now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.std.Err, "\r"+format+"\x1b[K", args...)
}

// done takes the line away.
func (p *progress) done() {
	if p.shown {
		fmt.Fprint(p.std.Err, "\r\x1b[K")
	}
}
