package main

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// instant reads a flag's time: RFC 3339, or a bare date, which is 00:00 in the
// organisation's zone. The zero time stands for a flag that was not given.
func (l *loaded) instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.ParseInLocation(time.DateOnly, text, l.zone())
	}
	if err != nil {
		return time.Time{}, usage(flag+" 2026-05-04T08:00:00Z", "%s takes a time like 2026-05-04T08:00:00Z or a date like 2026-05-04, not %q", flag, text)
	}
	return t.UTC(), l.recordedBy(flag, t)
}

// recordedBy refuses what lies before the first capture, of which nothing is known.
func (l *loaded) recordedBy(flag string, t time.Time) error {
	first := l.rec.First()
	if first.IsZero() {
		return fmt.Errorf("the recording has no captures")
	}
	if t.Before(first) {
		at := first.UTC().Format(time.RFC3339)
		return usage(flag+" "+at, "%s %s is before the first capture, %s", flag, t.UTC().Format(time.RFC3339), at)
	}
	return nil
}

// atOrLast is the instant of --at, or the last capture: never the wall clock.
func (l *loaded) atOrLast(text string) (time.Time, error) {
	if text != "" {
		return l.instant("--at", text)
	}
	last := l.rec.Last()
	if last.IsZero() {
		return last, fmt.Errorf("the recording has no captures")
	}
	return last, nil
}

// checkGlob refuses a pattern of --user that is malformed or matches nobody.
func (l *loaded) checkGlob(glob string) error {
	if glob == "" {
		return nil
	}
	var addresses []string
	matched := false
	for _, u := range l.rec.Manifest().Users {
		ok, err := path.Match(strings.ToLower(glob), u.Mailbox)
		if err != nil {
			return usage("--user 'ann.*'", "--user %q is no valid pattern", glob)
		}
		matched = matched || ok
		addresses = append(addresses, u.Mailbox)
	}
	if matched {
		return nil
	}
	hint := guessGlob(glob, addresses)
	if meant := suggestion(glob, addresses); meant != "" {
		hint = "--user " + meant
	}
	return usage(hint, "--user %s matches none of the %d mailboxes in the recording", glob, len(addresses))
}

// guessGlob helps those who gave a part of an address.
func guessGlob(part string, addresses []string) string {
	for _, a := range addresses {
		if strings.Contains(a, strings.ToLower(part)) {
			return "--user '*" + part + "*'"
		}
	}
	return ""
}
