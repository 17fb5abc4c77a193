package prove

import (
	"encoding/binary"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"weir/policies/cond"
)

// This file knows texts. Every test of one text against a constant (equality, order,
// prefix, suffix, part, pattern, length, all of these after a change of case or for
// the domain of an address) is a regular language, so that whether some text passes
// some tests and fails others is decided by walking their machines side by side; the
// first text found is a shortest one.

// testOp is a test of a text. The first three are those of conditions.
type testOp uint8

const (
	testEquals testOp = iota + 1
	testPrefix
	testSuffix
	testContains
	testBefore   // < in order
	testUpTo     // <=
	testMatches  // an RE2 pattern
	testShorter  // fewer characters than n
	testNotEmpty // what the functions leave of it is not empty
	testSame     // two changes of case of it are the same
	testFirst    // one is before the other in order
)

// textTest is a test of what functions, the innermost first, make of a text.
type textTest struct {
	funcs []cond.FuncName
	other []cond.FuncName // the second change of testSame and testFirst
	op    testOp
	text  string
	n     int
	re    *regexp.Regexp
}

func (t textTest) key() string {
	var b strings.Builder
	for _, f := range t.funcs {
		b.WriteString(f.String() + " ")
	}
	b.WriteByte('/')
	for _, f := range t.other {
		b.WriteString(f.String() + " ")
	}
	b.WriteByte(byte('0' + t.op))
	b.Write(binary.AppendVarint(nil, int64(t.n)))
	b.WriteString(t.text)
	return b.String()
}

// holds tests a text.
func (t textTest) holds(text string) bool {
	other := text
	for _, f := range t.other {
		other = f.Apply(other)
	}
	for _, f := range t.funcs {
		text = f.Apply(text)
	}
	if t.op == testShorter {
		return utf8.RuneCountInString(text) < t.n
	}
	if text == "" {
		return false
	}
	switch t.op {
	case testEquals:
		return text == t.text
	case testPrefix:
		return strings.HasPrefix(text, t.text)
	case testSuffix:
		return strings.HasSuffix(text, t.text)
	case testContains:
		return strings.Contains(text, t.text)
	case testBefore:
		return text < t.text
	case testUpTo:
		return text <= t.text
	case testMatches:
		return t.re.MatchString(text)
	case testSame:
		return text == other
	case testFirst:
		return text < other
	}
	return true
}

// machine is an automaton over characters. Machines may add states as they are
// asked for; a state once given stays.
type machine interface {
	start() int
	step(state int, r rune) int
	accepts(state int) bool
}

// machine builds the test's automaton.
func (t textTest) machine() machine {
	var m machine
	switch t.op {
	case testSame, testFirst:
		return &both{t}
	case testShorter:
		m = &length{t.n}
	case testMatches:
		m = &nonEmpty{newPattern(t.text)}
	case testNotEmpty:
		m = &nonEmpty{anything{}}
	case testBefore, testUpTo:
		m = &nonEmpty{&ordered{[]rune(t.text), t.op == testUpTo}}
	default:
		m = newLiteral(t.op, []rune(t.text))
	}
	for _, f := range slices.Backward(t.funcs) {
		if f == cond.Domain {
			m = &domain{m, map[[2]int]int{}, nil}
		} else {
			m = &mapped{m, runeMap(f)}
		}
	}
	return m
}

// runeMap is what a function does to each character of a text, or to those of a
// domain.
func runeMap(f cond.FuncName) func(rune) rune {
	switch f {
	case cond.Lower, cond.Domain:
		return unicode.ToLower
	case cond.Upper:
		return unicode.ToUpper
	}
	return func(r rune) rune {
		if r >= utf8.RuneSelf {
			return r
		}
		return rune(f.Apply(string(r))[0])
	}
}

// literal finds a constant at the start, at the end, anywhere or as the whole.
type literal struct {
	op   testOp
	text []rune
	fail []int // how much of the constant still matches after a mismatch
}

func newLiteral(op testOp, text []rune) *literal {
	fail := make([]int, len(text)+1)
	for i, k := 1, 0; i < len(text); i++ {
		for k > 0 && text[i] != text[k] {
			k = fail[k]
		}
		if text[i] == text[k] {
			k++
		}
		fail[i+1] = k
	}
	return &literal{op, text, fail}
}

func (m *literal) start() int { return 0 }

func (m *literal) step(state int, r rune) int {
	n := len(m.text)
	switch {
	case state < 0:
		return state
	case state == n && (m.op == testPrefix || m.op == testContains):
		return state
	}
	if m.op == testPrefix || m.op == testEquals {
		if state < n && m.text[state] == r {
			return state + 1
		}
		return -1
	}
	if state == n {
		state = m.fail[n]
	}
	for state > 0 && m.text[state] != r {
		state = m.fail[state]
	}
	if m.text[state] == r {
		state++
	}
	return state
}

func (m *literal) accepts(state int) bool { return state == len(m.text) }

// ordered compares in the order of characters, which is that of bytes in UTF-8.
type ordered struct {
	text  []rune
	equal bool
}

const (
	isLess    = -1
	isGreater = -2
)

func (m *ordered) start() int { return 0 }

func (m *ordered) step(state int, r rune) int {
	switch {
	case state < 0:
		return state
	case state == len(m.text) || r > m.text[state]:
		return isGreater
	case r < m.text[state]:
		return isLess
	}
	return state + 1
}

func (m *ordered) accepts(state int) bool {
	return state == isLess || state >= 0 && (state < len(m.text) || m.equal)
}

// length counts characters.
type length struct{ n int }

func (m *length) start() int                 { return 0 }
func (m *length) step(state int, _ rune) int { return min(state+1, max(m.n, 0)) }
func (m *length) accepts(state int) bool     { return state < m.n }

// both makes two changes of case of each character, which leave as many characters
// as there were, and compares them: state 0 while they are the same.
type both struct{ textTest }

func (m *both) start() int { return 0 }

func (m *both) step(state int, r rune) int {
	if state != 0 {
		return state
	}
	switch a, b := chained(m.funcs, r), chained(m.other, r); {
	case a < b:
		return isLess
	case a > b:
		return isGreater
	}
	return 0
}

func (m *both) accepts(state int) bool {
	return m.op == testSame && state == 0 || m.op == testFirst && state == isLess
}

func chained(funcs []cond.FuncName, r rune) rune {
	for _, f := range funcs {
		r = runeMap(f)(r)
	}
	return r
}

type anything struct{}

func (anything) start() int         { return 0 }
func (anything) step(int, rune) int { return 0 }
func (anything) accepts(int) bool   { return true }

// nonEmpty refuses the empty text, which is no value; state 0 is before the first
// character.
type nonEmpty struct{ of machine }

func shifted(state int) int {
	if state >= 0 {
		return state + 1
	}
	return state
}

func unshifted(state int) int {
	if state > 0 {
		return state - 1
	}
	return state
}

func (m *nonEmpty) start() int { return 0 }

func (m *nonEmpty) step(state int, r rune) int {
	if state == 0 {
		return shifted(m.of.step(m.of.start(), r))
	}
	return shifted(m.of.step(unshifted(state), r))
}

func (m *nonEmpty) accepts(state int) bool { return state != 0 && m.of.accepts(unshifted(state)) }

// mapped changes every character first.
type mapped struct {
	of  machine
	how func(rune) rune
}

func (m *mapped) start() int                 { return m.of.start() }
func (m *mapped) step(state int, r rune) int { return m.of.step(state, m.how(r)) }
func (m *mapped) accepts(state int) bool     { return m.of.accepts(state) }

// domain begins anew after every @ and leaves out the spaces around what follows.
// Its states are pairs: where the domain so far stands without the spaces at its
// end, and with them. Without an @ there is no domain.
type domain struct {
	of    machine
	index map[[2]int]int
	pairs [][2]int
}

const noDomain = -1 << 40

func (m *domain) id(pair [2]int) int {
	at, ok := m.index[pair]
	if !ok {
		at = len(m.pairs)
		m.index[pair] = at
		m.pairs = append(m.pairs, pair)
	}
	return at
}

func (m *domain) start() int { return m.id([2]int{noDomain, 0}) }

// blank marks that no character other than spaces was seen yet.
const blank = -2 << 40

func (m *domain) step(state int, r rune) int {
	at := m.pairs[state]
	switch {
	case r == '@':
		return m.id([2]int{m.of.start(), blank})
	case at[0] == noDomain:
		return state
	case unicode.IsSpace(r) && at[1] == blank:
		return state
	case unicode.IsSpace(r):
		return m.id([2]int{at[0], m.of.step(at[1], unicode.ToLower(r))})
	case at[1] == blank:
		at[1] = m.of.start()
	}
	next := m.of.step(at[1], unicode.ToLower(r))
	return m.id([2]int{next, next})
}

func (m *domain) accepts(state int) bool {
	at := m.pairs[state][0]
	if at == noDomain {
		return m.of.accepts(m.of.start())
	}
	return m.of.accepts(at)
}

// pattern walks all threads of a compiled expression at once.
type pattern struct {
	prog   *syntax.Prog
	index  map[string]int
	states []threads
}

// threads are where a match may stand before the next character: instructions to be
// followed, and what the last character was.
type threads struct {
	at    []uint32
	last  rune // a representative of its class; -1 at the start
	found bool // matched already
}

func newPattern(text string) *pattern {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil // a condition that was compiled has no such pattern
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	return &pattern{prog: prog, index: map[string]int{}}
}

func (m *pattern) id(t threads) int {
	key := make([]byte, 0, 4*len(t.at)+5)
	for _, pc := range t.at {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	key = binary.LittleEndian.AppendUint32(key, uint32(t.last))
	if t.found {
		key = []byte("found")
	}
	at, ok := m.index[string(key)]
	if !ok {
		at = len(m.states)
		m.index[string(key)] = at
		m.states = append(m.states, t)
	}
	return at
}

func (m *pattern) start() int {
	return m.id(threads{at: []uint32{uint32(m.prog.Start)}, last: -1})
}

// follow lists the instructions that consume a character and can be reached between
// two characters, and whether a match ends there.
func (m *pattern) follow(t threads, next rune) (reached []uint32, matched bool) {
	flags := syntax.EmptyOpContext(t.last, next)
	seen := map[uint32]bool{}
	stack := slices.Clone(t.at)
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &m.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				stack = append(stack, in.Out)
			}
		case syntax.InstMatch:
			matched = true
		case syntax.InstFail:
		default:
			reached = append(reached, pc)
		}
	}
	return reached, matched
}

func (m *pattern) step(state int, r rune) int {
	t := m.states[state]
	if t.found {
		return state
	}
	reached, matched := m.follow(t, r)
	if matched {
		return m.id(threads{found: true})
	}
	next := []uint32{uint32(m.prog.Start)}
	for _, pc := range reached {
		if m.prog.Inst[pc].MatchRune(r) {
			next = append(next, m.prog.Inst[pc].Out)
		}
	}
	slices.Sort(next)
	return m.id(threads{at: slices.Compact(next), last: class(r)})
}

// class is a character like r as far as the edges of words and lines go.
func class(r rune) rune {
	switch {
	case r == '\n':
		return r
	case syntax.IsWordChar(r):
		return 'w'
	}
	return ' '
}

func (m *pattern) accepts(state int) bool {
	t := m.states[state]
	if t.found {
		return true
	}
	_, matched := m.follow(t, -1)
	return matched
}

// wanted is a test and how it is to end.
type wanted struct {
	textTest
	want bool
}

// maxTextNodes bounds the walk of one search for texts.
const maxTextNodes = 20_000

// words finds up to n texts, the shortest first, that are not empty and pass the
// tests as wanted. whole says that there are no others, as far as the tests and the
// texts named tell texts apart and each of so many is concerned; ok is false where a
// bound was hit.
func (q *question) words(tests []wanted, n int, named map[string]bool, each int) (found []string, whole, ok bool) {
	alphabet := alphabetOf(tests, named, each)
	if first, _, ok := q.walk(tests, alphabet, 1); !ok || len(first) == 0 {
		return nil, ok, ok
	} else if n == 1 {
		return first, false, true
	}
	return q.walk(tests, alphabet, n)
}

// walk visits every combination of states at most n times, which finds the n
// shortest texts.
func (q *question) walk(tests []wanted, alphabet []rune, n int) (found []string, whole, ok bool) {
	machines := make([]machine, len(tests))
	at := make([]int, len(tests))
	for i, t := range tests {
		machines[i] = t.machine()
		at[i] = machines[i].start()
	}
	type node struct {
		states []int
		from   int
		by     rune
	}
	nodes := []node{{at, -1, 0}}
	visits := map[string]int{}
	next := make([]int, len(at))
	for i := 0; i < len(nodes); i++ {
		for _, r := range alphabet {
			if q.left -= len(at) + 1; q.left < 0 || len(nodes) >= maxTextNodes {
				return found, false, false
			}
			for j, m := range machines {
				next[j] = m.step(nodes[i].states[j], r)
			}
			key := stateKey(next)
			if visits[key] >= n {
				continue
			}
			visits[key]++
			nodes = append(nodes, node{slices.Clone(next), i, r})
			if !accepted(machines, next, tests) {
				continue
			}
			var text []rune
			for k := len(nodes) - 1; k > 0; k = nodes[k].from {
				text = append(text, nodes[k].by)
			}
			slices.Reverse(text)
			if found = append(found, string(text)); len(found) == n {
				return found, false, true
			}
		}
	}
	return found, true, true
}

func accepted(machines []machine, states []int, tests []wanted) bool {
	for i, m := range machines {
		if m.accepts(states[i]) != tests[i].want {
			return false
		}
	}
	return true
}

func stateKey(states []int) string {
	key := make([]byte, 0, 2*len(states))
	for _, s := range states {
		key = binary.AppendVarint(key, int64(s))
	}
	return string(key)
}
