package prove

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/policies/cond"
)

// short are all texts of up to three of some characters, among them those that change
// of case treats in ways of its own.
func short() []string {
	const runes = "aAbB1@ .éÉıKß\n"
	out, last := []string{}, []string{""}
	for range 3 {
		var next []string
		for _, t := range last {
			for _, r := range runes {
				next = append(next, t+string(r))
			}
		}
		out, last = append(out, next...), next
	}
	return out
}

// drawnTest is a test of a text.
func (r *random) drawnTest() wanted {
	t := textTest{op: testOp(1 + r.IntN(int(testFirst))), text: one(r, "a", "A", "b", "ab", "aB", "@b", "é", "k", "ß", "1", "a b"), n: 1 + r.IntN(4)}
	for range r.IntN(3) {
		t.funcs = append(t.funcs, one(r, cond.LowerASCII, cond.UpperASCII, cond.Lower, cond.Upper))
	}
	switch t.op {
	case testMatches:
		t.text = one(r, "^a", "b$", "(?i)k", "[a-b]", `\bb`, "^.$", "[^a]", "(?m)^b$", "É|1", `^\w+$`)
		t.re = regexp.MustCompile(t.text)
	case testSame, testFirst:
		t.other = []cond.FuncName{one(r, cond.Lower, cond.Upper, cond.LowerASCII)}
	default:
		if r.IntN(4) == 0 {
			t.funcs = append(t.funcs, cond.Domain)
		}
	}
	return wanted{t, r.IntN(2) == 0}
}

// TestTextsAreFound: where no text is found that passes some tests and fails others,
// none of all short texts does; and what is found does.
func TestTextsAreFound(t *testing.T) {
	all := short()
	none := 0
	for seed := range uint64(1500) {
		r := seeded(seed)
		tests := make([]wanted, 1+r.IntN(4))
		for i := range tests {
			tests[i] = r.drawnTest()
		}
		passes := func(text string) bool {
			for _, w := range tests {
				if w.holds(text) != w.want {
					return false
				}
			}
			return true
		}
		q := newQuestion(Domain{})
		q.left = maxSteps
		found, _, ok := q.words(tests, 5, nil, 1)
		require.True(t, ok, "seed %d", seed)
		for _, text := range found {
			require.True(t, passes(text), "seed %d: %q does not pass %v", seed, text, tests)
		}
		if len(found) == 0 {
			none++
			for _, text := range all {
				require.False(t, passes(text), "seed %d: %q was not found for %v", seed, text, tests)
			}
		}
	}
	require.Greater(t, none, 100)
}
