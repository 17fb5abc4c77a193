package anonymize

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// pool hands out replacements, none twice and none that contains a named text.
type pool struct {
	names *Names
	taken map[string]bool
}

func newPool(n *Names) *pool { return &pool{n, map[string]bool{}} }

// shape makes the i-th text of a length; false when there are no more.
type shape func(length int, i uint64, plenty bool) (string, bool)

// tries is how many candidates are looked at for one word before a longer one is
// taken.
const tries = 1 << 16

// fix gives every key a replacement of its own length, by rank; a longer one
// where there are not enough.
func (p *pool) fix(table map[string]string, s shape) {
	keys := sortedKeys(table)
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b))
	})
	next := map[int]uint64{}
	count := map[int]int{}
	for _, k := range keys {
		count[utf8.RuneCountInString(k)]++
	}
	for _, k := range keys {
		length := utf8.RuneCountInString(k)
		plenty := count[length] > comfortable(length)
		for ; table[k] == ""; length++ {
			out, i := p.pick(table, k, length, next[length], plenty, s)
			next[length] = i
			if out != "" {
				table[k] = out
			}
		}
	}
}

// pick is the next candidate that may stand for the key, and where to go on.
func (p *pool) pick(table map[string]string, key string, length int, i uint64, plenty bool, s shape) (string, uint64) {
	last := i + tries
	for ; i < last; i++ {
		out, ok := s(length, i, plenty)
		if !ok {
			return "", i
		}
		_, original := table[out]
		if p.taken[out] || out == key || original && length > 3 || p.names.named(out) || p.names.keep[out] {
			continue
		}
		p.taken[out] = true
		return out, i + 1
	}
	return "", i
}

const (
	consonants = "bcdfghjklmnprstvwxz"
	vowels     = "aeiou"
	alphabet   = "abcdefghijklmnopqrstuvwxyz"
	// beyond are letters for short words when there are more of them than Latin
	// letters allow.
	beyond = alphabet + "αβγδεζηθικλμνξοπρστυφχψωбвгджзиклмнптуфхцчшщыэюя"
	stride = 7919 // a prime beside every alphabet's size, so that neighbours differ
)

// comfortable is how many words of a length can be pronounceable.
func comfortable(length int) int {
	n := 1
	for i := range min(length, 6) {
		if i%2 == 0 {
			n *= len(consonants)
		} else {
			n *= len(vowels)
		}
	}
	return n / 2
}

// letters makes a word: consonants and vowels by turns, or any letters where many
// words of the length are needed.
func letters(length int, i uint64, plenty bool) (string, bool) {
	sets := [2][]rune{[]rune(consonants), []rune(vowels)}
	if plenty {
		all := []rune(alphabet)
		if length <= 2 {
			all = []rune(beyond)
		}
		sets = [2][]rune{all, all}
	}
	size := uint64(1)
	for k := range min(length, 8) {
		size *= uint64(len(sets[k%2]))
	}
	if i >= size {
		return "", false
	}
	var b strings.Builder
	for k, v := 0, i*stride%size; k < length; k++ {
		set := sets[k%2]
		b.WriteRune(set[v%uint64(len(set))])
		v /= uint64(len(set))
	}
	return b.String(), true
}

// figures makes a number of a length.
func figures(length int, i uint64, _ bool) (string, bool) {
	size := uint64(1)
	for range min(length, 12) {
		size *= 10
	}
	if i >= size {
		return "", false
	}
	v := (i*stride + 3) % size
	out := make([]byte, length)
	for k := range out {
		out[len(out)-1-k] = byte('0' + v%10)
		v /= 10
	}
	return string(out), true
}
