package prove

import (
	"cmp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode"

	"weir/policies/cond"
)

// This file chooses characters. Tests of texts tell characters apart only by the
// ranges they fall into, before and after a change of case; one character of each
// class stands for all of it, so that a walk over these few is a walk over all texts.

// alphabetOf lists characters of every class that the tests tell apart, those that
// read well first: of each class as many as asked for, or all, so that as many texts
// can differ from each other. The characters of the texts that are named are classes
// of their own.
func alphabetOf(tests []wanted, named map[string]bool, each int) []rune {
	starts := startsOf(tests, named)
	chains := chainsOf(tests)
	var out []rune
	for i, from := range starts {
		to := rune(unicode.MaxRune + 1)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		out = append(out, pleasant(from, to, len(chains) > 0, each)...)
	}
	if len(chains) > 0 {
		out = append(out, casedOf(starts, chains, tests, each)...)
	}
	slices.SortStableFunc(out, func(a, b rune) int { return cmp.Compare(taste(a), taste(b)) })
	return out
}

// startsOf are the first characters of the ranges, sorted.
func startsOf(tests []wanted, named map[string]bool) []rune {
	set := map[rune]bool{0: true}
	add := func(from, to rune) { set[from], set[to+1] = true, true }
	for _, t := range tests {
		if t.op == testMatches {
			patternRanges(t.text, add)
		} else {
			for _, r := range t.text {
				add(r, r)
			}
		}
		if slices.Contains(t.funcs, cond.Domain) {
			add('@', '@')
			for _, r := range unicode.White_Space.R16 {
				for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
					add(c, c)
				}
			}
		}
	}
	for text := range named {
		for _, r := range text {
			add(r, r)
		}
	}
	delete(set, unicode.MaxRune+1)
	out := make([]rune, 0, len(set))
	for r := range set {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// patternRanges names the ranges of a pattern, and those by which it knows the edges
// of words and lines.
func patternRanges(text string, add func(from, to rune)) {
	p := newPattern(text)
	if p == nil {
		return
	}
	add('\n', '\n')
	for _, r := range [...][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}} {
		add(r[0], r[1])
	}
	for i := range p.prog.Inst {
		in := &p.prog.Inst[i]
		if in.Op == syntax.InstRune1 || in.Op == syntax.InstRune && len(in.Rune) == 1 {
			r := in.Rune[0]
			add(r, r)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				add(f, f)
			}
			continue
		}
		for k := 0; in.Op == syntax.InstRune && k+1 < len(in.Rune); k += 2 {
			add(in.Rune[k], in.Rune[k+1])
		}
	}
}

// chainsOf are the changes of case that tests make, each as the functions applied
// one after the other.
func chainsOf(tests []wanted) [][]cond.FuncName {
	var out [][]cond.FuncName
	for _, t := range tests {
		for _, funcs := range [...][]cond.FuncName{t.funcs, t.other} {
			if len(funcs) > 0 && !slices.ContainsFunc(out, func(c []cond.FuncName) bool { return slices.Equal(c, funcs) }) {
				out = append(out, funcs)
			}
		}
	}
	return out
}

// cased are the characters that some change of case changes.
var cased = sync.OnceValue(func() []rune {
	var out []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.ToLower(r) != r || unicode.ToUpper(r) != r {
			out = append(out, r)
		}
	}
	return out
})

func isCased(r rune) bool {
	_, ok := slices.BinarySearch(cased(), r)
	return ok
}

// casedOf lists characters of each class of those that have a case: those that
// fall into the same ranges at every step of every chain, and of which two changes
// stand to each other in the same way.
func casedOf(starts []rune, chains [][]cond.FuncName, tests []wanted, each int) []rune {
	rangeOf := func(r rune) rune {
		at, exact := slices.BinarySearch(starts, r)
		if !exact {
			at--
		}
		return rune(at)
	}
	best := map[string][]rune{}
	var order []string
	for _, r := range cased() {
		var b strings.Builder
		b.WriteRune(rangeOf(r))
		for _, chain := range chains {
			at := r
			for _, f := range chain {
				at = runeMap(f)(at)
				b.WriteRune(rangeOf(at))
			}
		}
		for _, t := range tests {
			if t.op == testSame || t.op == testFirst {
				b.WriteRune(rune(1 + cmp.Compare(chained(t.funcs, r), chained(t.other, r))))
			}
		}
		key := b.String()
		have := best[key]
		if have == nil {
			order = append(order, key)
		}
		at, _ := slices.BinarySearchFunc(have, taste(r)+1, func(h rune, t int) int { return cmp.Compare(taste(h), t) })
		if at < each {
			best[key] = slices.Insert(have, at, r)[:min(len(have)+1, each)]
		}
	}
	var out []rune
	for _, key := range order {
		out = append(out, best[key]...)
	}
	return out
}

// pleasant are the characters of a range that read best; only those without a case
// where those with one are looked at by themselves.
func pleasant(from, to rune, caseless bool, each int) []rune {
	var out []rune
	for _, r := range "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-._ ,+" {
		if from <= r && r < to && !(caseless && isCased(r)) && len(out) < each {
			out = append(out, r)
		}
	}
	var plain []rune
	for r, seen := from, 0; r < to && seen < 2000 && len(out) < each; r++ {
		switch {
		case r >= 0xD800 && r <= 0xDFFF: // halves of a pair are no characters
		case caseless && isCased(r) || slices.Contains(out, r):
		case unicode.IsGraphic(r):
			out = append(out, r)
		default:
			if seen++; len(plain) < each {
				plain = append(plain, r)
			}
		}
	}
	return append(out, plain[:min(len(plain), max(each-len(out), 0))]...)
}

// taste orders characters by how well they read in an example.
func taste(r rune) int {
	switch {
	case r >= 'a' && r <= 'z':
		return 0
	case r >= '0' && r <= '9':
		return 1
	case r >= 'A' && r <= 'Z':
		return 2
	case r > ' ' && r < 0x7f:
		return 3
	case unicode.IsLetter(r):
		return 4
	case unicode.IsGraphic(r):
		return 5
	}
	return 6
}
