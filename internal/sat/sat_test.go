package sat

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// satisfiable tries every assignment.
func satisfiable(n int, clauses [][]Lit) bool {
	for bits := range 1 << n {
		if satisfies(clauses, func(l Lit) bool { return bits>>(abs(l)-1)&1 == 1 == (l > 0) }) {
			return true
		}
	}
	return false
}

func satisfies(clauses [][]Lit, value func(Lit) bool) bool {
	for _, c := range clauses {
		ok := false
		for _, l := range c {
			ok = ok || value(l)
		}
		if !ok {
			return false
		}
	}
	return true
}

// TestAgainstEveryAssignment: random clauses, asked again after each addition and
// under assumptions, have the answer that trying everything has, and models satisfy
// them.
func TestAgainstEveryAssignment(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	count := map[Result]int{}
	for range 1500 {
		n := 3 + r.IntN(8)
		var s Solver
		for range n {
			s.New(r.IntN(2) == 0)
		}
		lit := func() Lit { return Lit(1+r.IntN(n)) * Lit(1-2*r.IntN(2)) }
		var clauses [][]Lit
		for range 3 {
			for range n + r.IntN(2*n) {
				c := make([]Lit, 1+r.IntN(3))
				for i := range c {
					c[i] = lit()
				}
				if len(c) == 1 && r.IntN(3) > 0 {
					c = append(c, lit())
				}
				clauses = append(clauses, c)
				s.Add(c...)
			}
			for _, assume := range [][]Lit{nil, {lit()}, {lit(), lit()}, nil} {
				all := clauses
				for _, l := range assume {
					all = append(all[:len(all):len(all)], []Lit{l})
				}
				got := s.Solve(1_000_000, assume...)
				count[got]++
				require.Equal(t, satisfiable(n, all), got == Satisfiable, "%v", all)
				require.NotEqual(t, Unknown, got)
				if got == Satisfiable {
					require.True(t, satisfies(all, s.Value))
				}
			}
		}
	}
	assert.Greater(t, count[Satisfiable], 1000)
	assert.Greater(t, count[Unsatisfiable], 1000)
}

// TestBound: what is too hard for the bound has no answer, and has one without it.
func TestBound(t *testing.T) {
	pigeons := func() *Solver {
		var s Solver
		const holes = 6
		in := func(p, h int) Lit { return Lit(p*holes + h + 1) }
		for range (holes + 1) * holes {
			s.New(false)
		}
		for p := range holes + 1 {
			var c []Lit
			for h := range holes {
				c = append(c, in(p, h))
				for other := range p {
					s.Add(-in(p, h), -in(other, h))
				}
			}
			s.Add(c...)
		}
		return &s
	}
	assert.Equal(t, Unknown, pigeons().Solve(10))
	assert.Equal(t, Unsatisfiable, pigeons().Solve(1_000_000))
}
