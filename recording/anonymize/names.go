package anonymize

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names says what replaces what. It is filled by the first reading, then fixed.
type Names struct {
	collecting bool
	days       int
	keep       map[string]bool // values that stay whole, folded
	parts      [][]rune        // texts that stay inside others, folded, longest first
	first      map[rune]bool   // what they begin with

	records   map[string]string // Salesforce ids, their first 15 characters
	ids       map[string]string // all other ids
	made      map[string]string // ids that readers make
	addresses map[string]string
	domains   map[string]string
	words     map[string]string // folded
	digits    map[string]string
}

// minPart is how many characters a named text has at least that stays inside
// longer texts; a shorter one would keep too much.
const minPart = 3

func newNames(opts Options) *Names {
	n := &Names{collecting: true, days: opts.Days, keep: map[string]bool{}, first: map[rune]bool{},
		records: map[string]string{}, ids: map[string]string{}, made: map[string]string{}, addresses: map[string]string{}, domains: map[string]string{},
		words: map[string]string{}, digits: map[string]string{}}
	seen := map[string]bool{}
	for _, t := range opts.Named {
		f := fold(t)
		n.keep[f] = true
		if r := []rune(f); len(r) >= minPart && !seen[f] {
			seen[f] = true
			n.parts = append(n.parts, r)
			n.first[r[0]] = true
		}
	}
	for _, t := range opts.Keep {
		n.keep[fold(t)] = true
	}
	for _, t := range slices.Sorted(maps.Keys(n.keep)) {
		if isAddress(t) { // who is internal is told by domains
			n.keep[t[strings.IndexByte(t, '@')+1:]] = true
		}
	}
	slices.SortFunc(n.parts, func(a, b []rune) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return slices.Compare(a, b)
	})
	return n
}

// fold is a text as it is compared: in Unicode NFC, every letter in lower case, as
// long as before.
func fold(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(r) }, norm.NFC.String(strings.TrimSpace(s)))
}

// stays reports a value that is kept whole.
func (n *Names) stays(s string) bool { return len(n.keep) > 0 && n.keep[fold(s)] }

// named reports a text in which a named text occurs.
func (n *Names) named(s string) bool {
	r := []rune(fold(s))
	for i := range r {
		if n.partAt(r, i) > 0 {
			return true
		}
	}
	return false
}

// partAt is the length of the longest named text that begins at i of a folded text.
func (n *Names) partAt(folded []rune, i int) int {
	if !n.first[folded[i]] {
		return 0
	}
	for _, p := range n.parts {
		if len(p) <= len(folded)-i && slices.Equal(p, folded[i:i+len(p)]) {
			return len(p)
		}
	}
	return 0
}

// fix gives everything collected its replacement.
func (n *Names) fix() {
	n.collecting = false
	n.fixRecords()
	n.fixIDs()
	n.fixDomains()
	n.fixAddresses()
	pool := newPool(n)
	pool.fix(n.words, letters)
	pool.fix(n.digits, figures)
}

// lookup collects a key, or finds its replacement.
func (n *Names) lookup(table map[string]string, key string) string {
	if n.collecting {
		if _, ok := table[key]; !ok {
			table[strings.Clone(key)] = ""
		}
		return key
	}
	return table[key]
}

// word replaces one run of letters and marks, in NFC.
func (n *Names) word(run string) string {
	key := make([]rune, 0, len(run))
	upper := make([]bool, 0, len(run))
	for _, r := range run {
		low, up := unfold(r)
		key, upper = append(key, low), append(upper, up)
	}
	out := n.lookup(n.words, string(key))
	if n.collecting {
		return run
	}
	b := make([]rune, 0, len(key))
	all := allUpper(upper)
	for i, r := range []rune(out) {
		if up := i < len(upper) && upper[i]; up || i >= len(upper) && all {
			r = unicode.ToUpper(r)
		}
		b = append(b, r)
	}
	return string(b)
}

func allUpper(upper []bool) bool { return !slices.Contains(upper, false) }

// unfold splits a letter into its lower case and whether it was a capital; letters
// whose case cannot be restored count as they are.
func unfold(r rune) (rune, bool) {
	if low := unicode.ToLower(r); low != r && unicode.ToUpper(low) == r {
		return low, true
	}
	return r, false
}

// isLetter reports what words are made of: everything but ASCII digits, white
// space, punctuation and symbols.
func isLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r) && r >= utf8.RuneSelf
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }
