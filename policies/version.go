package policies

import (
	"strconv"
	"strings"
)

// checkVersion reads the weir block and checks its version constraint.
func (l *loader) checkVersion() {
	for i, b := range l.ofType("weir") {
		if i > 0 {
			l.report(secondBlock(b.DefRange, "weir", l.ofType("weir")[0].DefRange))
			continue
		}
		in := l.plain(b, "weir", weirNames...)
		s, rng, ok := in.text("requires")
		if !ok {
			continue
		}
		l.set.requires = s
		have := l.opts.Version
		if have == "" {
			have = Version
		}
		fits, valid := satisfies(have, s)
		switch {
		case !valid:
			l.report(badRequires(rng, s))
		case !fits:
			l.report(otherVersion(rng, s, have))
		}
	}
}

// satisfies checks a version against a constraint like ">= 0.1, < 2"; every part
// must hold. valid is false when the constraint cannot be read. A version that is
// no number (a development build) satisfies everything.
func satisfies(version, constraint string) (fits, valid bool) {
	have, numbered := parseVersion(version)
	fits = true
	for _, part := range strings.Split(constraint, ",") {
		op, text := splitOperator(strings.TrimSpace(part))
		want, ok := parseVersion(text)
		if !ok {
			return false, false
		}
		fits = fits && (!numbered || holds(have, op, want, strings.Count(text, ".")))
	}
	return fits, true
}

func splitOperator(s string) (op, version string) {
	for _, op := range []string{">=", "<=", "!=", "~>", ">", "<", "="} {
		if strings.HasPrefix(s, op) {
			return op, strings.TrimSpace(s[len(op):])
		}
	}
	return "=", s
}

// parseVersion reads up to three numbers joined by dots, with or without a "v"
// in front and a pre-release or build suffix behind, which does not count.
func parseVersion(s string) (v [3]int, ok bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "v")
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	if len(parts) > len(v) {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}

// holds compares; "~>" fixes all numbers but the last one given.
func holds(have [3]int, op string, want [3]int, dots int) bool {
	c := compareVersions(have, want)
	switch op {
	case ">=":
		return c >= 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case "<":
		return c < 0
	case "!=":
		return c != 0
	case "~>":
		for i := 0; i < dots; i++ {
			if have[i] != want[i] {
				return false
			}
		}
		return c >= 0
	}
	return c == 0
}

func compareVersions(a, b [3]int) int {
	for i := range a {
		if a[i] != b[i] {
			return a[i] - b[i]
		}
	}
	return 0
}
