// Package sat decides whether a set of clauses can be satisfied: a solver of the
// usual kind (watched literals, learning of clauses, restarts), kept small. It
// takes clauses between two questions, takes assumptions that hold for one question
// only, and stops after a stated number of conflicts instead of running on, so that
// what is too hard can be named. The same clauses in the same order give the same
// answer and the same model, always.
package sat

import "container/heap"

// Lit is a variable or, negative, its negation. Variables count from 1; 0 is none.
type Lit int

// Result is an answer. The zero value means that the bound on conflicts was hit.
type Result uint8

// The answers.
const (
	Unknown Result = iota
	Satisfiable
	Unsatisfiable
)

// Solver holds clauses. The zero value is ready for use and holds none; it is not
// safe for concurrent use.
type Solver struct {
	clauses  [][]Lit   // of two or more literals, the watched ones first
	watches  [][]int   // by literal: clauses that watch it
	value    []int8    // by variable: 1, -1 or 0
	phase    []int8    // what a variable is tried with first
	level    []int     // by variable
	reason   []int     // by variable: a clause, or -1
	activity []float64 // by variable
	order    queue
	bump     float64
	trail    []Lit
	starts   []int // where the levels begin in trail
	head     int   // what of the trail was not propagated begins here
	broken   bool  // no assignment at all satisfies the clauses
	model    []int8
	seen     []bool
	fought   int
}

// New adds a variable. It is tried with the given value first.
func (s *Solver) New(first bool) Lit {
	if len(s.value) == 0 {
		s.value, s.phase, s.level, s.reason, s.activity = make([]int8, 1), make([]int8, 1), make([]int, 1), make([]int, 1), make([]float64, 1)
		s.watches, s.seen, s.bump = make([][]int, 2), make([]bool, 1), 1
		s.order = queue{s: s, at: []int{-1}}
	}
	v := len(s.value)
	phase := int8(-1)
	if first {
		phase = 1
	}
	s.value, s.phase, s.level = append(s.value, 0), append(s.phase, phase), append(s.level, 0)
	s.reason, s.activity, s.seen = append(s.reason, -1), append(s.activity, 0), append(s.seen, false)
	s.watches = append(s.watches, nil, nil)
	s.order.at = append(s.order.at, -1)
	heap.Push(&s.order, v)
	return Lit(v)
}

// Variables counts the variables, Clauses the clauses of two or more literals, with
// those learned.
func (s *Solver) Variables() int { return max(len(s.value)-1, 0) }

// Conflicts counts the conflicts met in all questions.
func (s *Solver) Conflicts() int { return s.fought }

// Clauses counts the clauses of two or more literals, with those learned.
func (s *Solver) Clauses() int { return len(s.clauses) }

// Add adds a clause: one of the literals must hold.
func (s *Solver) Add(lits ...Lit) {
	s.cancel(0)
	if s.broken {
		return
	}
	var c []Lit
	for _, l := range lits {
		switch v := s.of(l); {
		case v > 0 || contains(c, -l):
			return
		case v == 0 && !contains(c, l):
			c = append(c, l)
		}
	}
	switch len(c) {
	case 0:
		s.broken = true
	case 1:
		s.assign(c[0], -1)
	default:
		s.attach(c)
	}
}

func contains(list []Lit, l Lit) bool {
	for _, have := range list {
		if have == l {
			return true
		}
	}
	return false
}

// Value is a variable's value in the last model.
func (s *Solver) Value(l Lit) bool {
	v := s.model[abs(l)]
	return v > 0 == (l > 0)
}

// Solve looks for a model under assumptions, for so many conflicts at most.
func (s *Solver) Solve(conflicts int, assume ...Lit) Result {
	s.cancel(0)
	restart, since := 100, 0
	for {
		if s.broken {
			return Unsatisfiable
		}
		if c := s.propagate(); c >= 0 {
			if len(s.starts) == 0 {
				s.broken = true
				return Unsatisfiable
			}
			if conflicts--; conflicts < 0 {
				s.cancel(0)
				return Unknown
			}
			s.learn(c)
			s.fought++
			since++
			continue
		}
		if since >= restart {
			since, restart = 0, restart+restart/2
			s.cancel(0)
			continue
		}
		if done, r := s.decide(assume); done {
			if r == Satisfiable {
				s.model = append(s.model[:0], s.value...)
			}
			s.cancel(0)
			return r
		}
	}
}

// decide makes the next assumption or choice.
func (s *Solver) decide(assume []Lit) (done bool, r Result) {
	for len(s.starts) < len(assume) {
		l := assume[len(s.starts)]
		switch v := s.of(l); {
		case v < 0:
			return true, Unsatisfiable
		case v > 0:
			s.starts = append(s.starts, len(s.trail)) // a level without a choice
		default:
			s.starts = append(s.starts, len(s.trail))
			s.assign(l, -1)
			return false, 0
		}
	}
	for s.order.Len() > 0 {
		v := heap.Pop(&s.order).(int)
		if s.value[v] == 0 {
			s.starts = append(s.starts, len(s.trail))
			s.assign(Lit(v)*Lit(s.phase[v]), -1)
			return false, 0
		}
	}
	return true, Satisfiable
}

func abs(l Lit) int {
	if l < 0 {
		return int(-l)
	}
	return int(l)
}

// index is a literal's place in watches.
func index(l Lit) int {
	if l < 0 {
		return int(-l)*2 + 1
	}
	return int(l) * 2
}

// of is a literal's value: 1, -1 or 0.
func (s *Solver) of(l Lit) int8 {
	if l < 0 {
		return -s.value[-l]
	}
	return s.value[l]
}

func (s *Solver) attach(c []Lit) int {
	at := len(s.clauses)
	s.clauses = append(s.clauses, c)
	s.watches[index(c[0])] = append(s.watches[index(c[0])], at)
	s.watches[index(c[1])] = append(s.watches[index(c[1])], at)
	return at
}

func (s *Solver) assign(l Lit, because int) {
	v := abs(l)
	s.value[v] = 1
	if l < 0 {
		s.value[v] = -1
	}
	s.level[v], s.reason[v] = len(s.starts), because
	s.trail = append(s.trail, l)
}

// cancel takes back everything above a level.
func (s *Solver) cancel(level int) {
	if len(s.starts) <= level {
		return
	}
	start := s.starts[level]
	for _, l := range s.trail[start:] {
		v := abs(l)
		s.value[v] = 0
		if s.order.at[v] < 0 {
			heap.Push(&s.order, v)
		}
	}
	s.trail, s.starts, s.head = s.trail[:start], s.starts[:level], start
}

// propagate follows the clauses of which one literal is left; the clause of which
// none is, or -1.
func (s *Solver) propagate() int {
	for s.head < len(s.trail) {
		falsified := -s.trail[s.head]
		s.head++
		list := s.watches[index(falsified)]
		keep := list[:0]
		for i, at := range list {
			c := s.clauses[at]
			if c[0] == falsified {
				c[0], c[1] = c[1], c[0]
			}
			if s.of(c[0]) > 0 || !s.rewatch(c, at) {
				keep = append(keep, at)
			} else {
				continue
			}
			if s.of(c[0]) > 0 {
				continue
			}
			if s.of(c[0]) < 0 {
				keep = append(keep, list[i+1:]...)
				s.watches[index(falsified)] = keep
				return at
			}
			s.assign(c[0], at)
		}
		s.watches[index(falsified)] = keep
	}
	return -1
}

// rewatch finds another literal to watch in place of the second.
func (s *Solver) rewatch(c []Lit, at int) bool {
	for k := 2; k < len(c); k++ {
		if s.of(c[k]) >= 0 {
			c[1], c[k] = c[k], c[1]
			s.watches[index(c[1])] = append(s.watches[index(c[1])], at)
			return true
		}
	}
	return false
}

// learn makes a clause of a conflict, goes back to where it leaves one literal, and
// assigns that.
func (s *Solver) learn(conflict int) {
	learned := []Lit{0}
	open, at := 0, len(s.trail)
	c, skip := conflict, Lit(0)
	for {
		for _, l := range s.clauses[c] {
			v := abs(l)
			if l == skip || s.seen[v] || s.level[v] == 0 {
				continue
			}
			s.seen[v] = true
			s.raise(v)
			if s.level[v] == len(s.starts) {
				open++
			} else {
				learned = append(learned, l)
			}
		}
		for at--; !s.seen[abs(s.trail[at])]; at-- {
		}
		skip = s.trail[at]
		c = s.reason[abs(skip)]
		s.seen[abs(skip)] = false
		if open--; open == 0 {
			break
		}
	}
	learned[0] = -skip
	back := 0
	for i, l := range learned[1:] {
		s.seen[abs(l)] = false
		if s.level[abs(l)] > back {
			back = s.level[abs(l)]
			learned[1], learned[i+1] = learned[i+1], learned[1]
		}
	}
	s.bump *= 1.05
	s.cancel(back)
	if len(learned) == 1 {
		s.assign(learned[0], -1)
		return
	}
	s.assign(learned[0], s.attach(learned))
}

func (s *Solver) raise(v int) {
	s.activity[v] += s.bump
	if s.activity[v] > 1e100 {
		for i := range s.activity {
			s.activity[i] *= 1e-100
		}
		s.bump *= 1e-100
	}
	if s.order.at[v] >= 0 {
		heap.Fix(&s.order, s.order.at[v])
	}
}

// queue orders variables by activity, then by number.
type queue struct {
	s    *Solver
	vars []int
	at   []int // by variable: its place, or -1
}

func (q *queue) Len() int { return len(q.vars) }

func (q *queue) Less(i, j int) bool {
	a, b := q.vars[i], q.vars[j]
	if q.s.activity[a] != q.s.activity[b] {
		return q.s.activity[a] > q.s.activity[b]
	}
	return a < b
}

func (q *queue) Swap(i, j int) {
	q.vars[i], q.vars[j] = q.vars[j], q.vars[i]
	q.at[q.vars[i]], q.at[q.vars[j]] = i, j
}

func (q *queue) Push(x any) {
	q.at[x.(int)] = len(q.vars)
	q.vars = append(q.vars, x.(int))
}

func (q *queue) Pop() any {
	v := q.vars[len(q.vars)-1]
	q.vars = q.vars[:len(q.vars)-1]
	q.at[v] = -1
	return v
}
