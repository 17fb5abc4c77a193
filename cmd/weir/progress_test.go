package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestProgress(t *testing.T) {
	run := func(terminal bool, running time.Duration) string {
		var err bytes.Buffer
		p := newProgress(streams{Err: &err, ErrTerminal: terminal})
		p.start = p.start.Add(-running)
		p.session(7, 1009)
		p.done()
		return err.String()
	}
	assert.Equal(t, "\rsession 7 of 1009\x1b[K\r\x1b[K", run(true, time.Minute), "shown, then taken away")
	assert.Empty(t, run(true, 0), "short runs go without")
	assert.Empty(t, run(false, time.Minute), "what is no terminal gets none")
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
