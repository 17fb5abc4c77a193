package main

import (
	"fmt"
	"time"

	"weir/internal/render"
	"weir/simulate"
)

const (
	progressAfter = time.Second            // shorter runs go without
	progressEvery = 100 * time.Millisecond // between two updates
)

// progress says how far a run has come, on standard error, if that is a terminal and the run
// is long.
type progress struct {
	std         streams
	now         func() time.Time
	start, last time.Time
	shown       bool
	// first is when the first session was done: it takes longer than the others, which
	// alone say how long the rest will take.
	first time.Time
}

func newProgress(std streams) *progress {
	return &progress{std: std, now: time.Now, start: time.Now()}
}

// simulation shows where a simulation is and about how long it will still take, once
// a session was done to tell by.
func (p *progress) simulation(at simulate.Progress) {
	if at.Everybody == 0 && p.first.IsZero() {
		p.first = p.now()
	}
	text := fmt.Sprintf("session %s of %s", render.Thousands(at.Session), render.Thousands(at.Of))
	done := float64(at.Session)
	if at.Everybody > 0 {
		text += fmt.Sprintf(", %s of %s people", render.Thousands(at.People), render.Thousands(at.Everybody))
		done += float64(at.People)/float64(at.Everybody) - 1
	}
	if !p.first.IsZero() && done > 1 {
		left := float64(p.now().Sub(p.first)) / (done - 1) * (float64(at.Of) - done)
		text += ", about " + roughly(time.Duration(left)) + " left"
	}
	p.show("%s", text)
}

// roughly is a time to wait in the unit people would use.
func roughly(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < 100*time.Second:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 100*time.Minute:
		return fmt.Sprintf("%d min", d.Round(time.Minute)/time.Minute)
	}
	return fmt.Sprintf("%d h", d.Round(time.Hour)/time.Hour)
}

func (p *progress) show(format string, args ...any) {
	if !p.std.ErrTerminal {
		return
	}
	now := p.now()
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
