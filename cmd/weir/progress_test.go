package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"weir/simulate"
)

// clockwork is a terminal's progress under a clock that the test moves.
func clockwork(terminal bool) (p *progress, err *bytes.Buffer, pass func(time.Duration)) {
	err = &bytes.Buffer{}
	now := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	p = newProgress(streams{Err: err, ErrTerminal: terminal})
	p.now, p.start = func() time.Time { return now }, now
	return p, err, func(d time.Duration) { now = now.Add(d) }
}

func TestProgress(t *testing.T) {
	run := func(terminal bool, running time.Duration) string {
		p, err, pass := clockwork(terminal)
		pass(running)
		p.simulation(simulate.Progress{Session: 1, Of: 1009, People: 7, Everybody: 1000})
		p.done()
		return err.String()
	}
	assert.Equal(t, "\rsession 1 of 1,009, 7 of 1,000 people\x1b[K\r\x1b[K", run(true, time.Minute), "shown in the first session already, then taken away")
	assert.Empty(t, run(true, 0), "short runs go without")
	assert.Empty(t, run(false, time.Minute), "what is no terminal gets none")
}

// TestTimeLeft: the first session, which plans everybody, does not count in what the
// others will take.
func TestTimeLeft(t *testing.T) {
	p, err, pass := clockwork(true)
	pass(time.Hour)
	p.simulation(simulate.Progress{Session: 1, Of: 1009})
	assert.Equal(t, "\rsession 1 of 1,009\x1b[K", err.String(), "nothing to tell by yet")
	err.Reset()
	pass(31 * time.Second)
	p.simulation(simulate.Progress{Session: 312, Of: 1009, People: 0, Everybody: 1000})
	assert.Equal(t, "\rsession 312 of 1,009, 0 of 1,000 people, about 70 s left\x1b[K", err.String())
	err.Reset()
	p.simulation(simulate.Progress{Session: 313, Of: 1009})
	assert.Empty(t, err.String(), "not more often than can be read")
	pass(2 * time.Hour)
	p.simulation(simulate.Progress{Session: 505, Of: 1009})
	assert.Equal(t, "\rsession 505 of 1,009, about 2 h left\x1b[K", err.String())
}

func TestColorful(t *testing.T) {
	env := map[string]string{}
	s := streams{OutTerminal: true, Getenv: func(name string) string { return env[name] }}
	auto := output{Color: "auto"}
	assert.True(t, auto.useColor(s))
	assert.False(t, (&output{Color: "auto", File: "plan.txt"}).useColor(s), "a file gets none")
	env["NO_COLOR"] = "1"
	assert.False(t, auto.useColor(s))
	assert.True(t, (&output{Color: "always"}).useColor(s), "a flag beats the environment")
	delete(env, "NO_COLOR")
	env["TERM"] = "dumb"
	assert.False(t, auto.useColor(s))
}
