// Package prove tells how one condition stands to another over all inputs: equal,
// narrower, wider or both, with a concrete thing for each difference. It exists so
// that a change of policy is judged by what it can do, not only by what recordings
// happen to hold.
//
// A question is split: a SAT solver chooses which tests of the conditions hold, and
// what is known of texts and of order says whether values can be so. What cannot is
// learned as a clause, and the search goes on until a thing is found or none is
// left. A thing that is found is built and given to the conditions' own evaluation
// before it is reported.
//
// Inputs are things recorded in full, of one kind and side. Parts written for
// another language, comparisons for which there is no theory, and questions beyond
// the bounds are undecided where they matter, and named.
package prove

import (
	"fmt"
	"slices"

	"weir/internal/sat"
	"weir/policies/cond"
	"weir/state"
)

// Relation is how the new condition stands to the old one.
type Relation string

// The relations.
const (
	Equal     Relation = "equal"
	Narrower  Relation = "narrower" // the new holds for fewer
	Wider     Relation = "wider"    // the new holds for more
	Both      Relation = "both"     // narrower for some, wider for others
	Undecided Relation = "undecided"
)

// Domain says what the conditions are about: a record (Salesforce) or mailbox item
// of one kind. The zero Kind is for conditions on users alone.
type Domain struct {
	Kind state.Kind
	Side state.Side
}

// Answer is a relation with an example for each difference found. Gaps say what
// stands in the way of a proof, where something does; a difference that was found
// before is still one.
type Answer struct {
	Relation        Relation
	Narrower, Wider *World // nil where there is none, or none was found
	Gaps            []string
}

// The bounds of one question.
const (
	maxParts   = 200_000 // variables of the solver
	maxRounds  = 5_000   // of choosing tests and trying values
	maxMembers = 12      // of a list
	maxTries   = 20      // things built that show no difference
	// maxSteps bounds the work: a step is one of a machine that reads texts, of
	// tightening an order, or a thousandth of a conflict of the solver.
	maxSteps      = 50_000_000
	conflictSteps = 1000
)

// Prover proves within a bound on its work over all questions, so that it ends
// whatever it is asked; what is too much is undecided. It is not safe for concurrent
// use.
type Prover struct{ left int }

// Steps of work that many questions are worth: about a minute.
const Steps = 3_000_000_000

// NewProver makes a prover of so many steps.
func NewProver(steps int) *Prover { return &Prover{steps} }

// Compare tells how a new condition stands to an old one.
func (p *Prover) Compare(before, after cond.Expr, of Domain) Answer {
	var a Answer
	narrower, gaps := p.find(before, after, of)
	wider, more := p.find(after, before, of)
	a.Narrower, a.Wider = narrower, wider
	for _, gap := range append(gaps, more...) {
		if !slices.Contains(a.Gaps, gap) {
			a.Gaps = append(a.Gaps, gap)
		}
	}
	switch {
	case narrower != nil && wider != nil:
		a.Relation = Both
	case len(a.Gaps) > 0:
		a.Relation = Undecided
	case narrower != nil:
		a.Relation = Narrower
	case wider != nil:
		a.Relation = Wider
	default:
		a.Relation = Equal
	}
	return a
}

// Find looks for a thing of which a condition holds: one that was tried, or none and
// the gaps of the proof that there is none.
func (p *Prover) Find(e cond.Expr, of Domain) (*World, []string) {
	return p.find(e, cond.Const(false), of)
}

// find looks for a thing of which yes holds and no does not.
func (p *Prover) find(yes, no cond.Expr, of Domain) (*World, []string) {
	if of.Kind != state.KindInvalid {
		yes, no = cond.OfKind(yes, of.Kind), cond.OfKind(no, of.Kind)
	}
	is, not := withoutCommon(yes, no)
	if is == cond.Expr(cond.Const(false)) || not == cond.Expr(cond.Const(true)) {
		return nil, nil
	}
	q := newQuestion(of)
	q.left = min(p.left, maxSteps)
	before := q.left
	defer func() { p.left -= before - q.left }()
	q.read = [2]cond.Refs{cond.Reads(yes), cond.Reads(no)}
	q.size(is, true, 1)
	q.size(not, false, 1)
	q.require(q.expr(is, nil))
	q.require(-q.expr(not, nil))
	q.relate()
	return q.search(yes, no)
}

// withoutCommon leaves out what cannot matter: alternatives of yes that are
// alternatives of no, and parts of no that are parts of yes.
func withoutCommon(yes, no cond.Expr) (cond.Expr, cond.Expr) {
	refused := map[string]bool{}
	for _, e := range alternatives(no) {
		refused[cond.Identity(e)] = true
	}
	yes = cond.AnyOf(slices.DeleteFunc(slices.Clone(alternatives(yes)), func(e cond.Expr) bool { return refused[cond.Identity(e)] })...)
	given := map[string]bool{}
	for _, e := range parts(yes) {
		given[cond.Identity(e)] = true
	}
	no = cond.AllOf(slices.DeleteFunc(slices.Clone(parts(no)), func(e cond.Expr) bool { return given[cond.Identity(e)] })...)
	return yes, no
}

func alternatives(e cond.Expr) []cond.Expr {
	if o, ok := e.(*cond.Or); ok {
		return o.Any
	}
	return []cond.Expr{e}
}

func parts(e cond.Expr) []cond.Expr {
	if a, ok := e.(*cond.And); ok {
		return a.All
	}
	return []cond.Expr{e}
}

// search alternates between choosing tests and trying values. Parts without a theory
// are free in it: that nothing is found is a proof all the same, unless something
// that was chosen had to be given up.
func (q *question) search(yes, no cond.Expr) (*World, []string) {
	if q.solver.Variables() > maxParts {
		return nil, []string{fmt.Sprintf("the question has more than %d parts", maxParts)}
	}
	tries := 0
	for range maxRounds {
		r := q.solve()
		if r == sat.Unknown {
			break
		}
		if r == sat.Unsatisfiable {
			if len(q.gaps) > 0 || tries > 0 {
				return nil, append(q.gaps, q.reasons()...)
			}
			return nil, nil
		}
		m, clauses := q.values()
		if m == nil {
			for _, c := range clauses {
				q.solver.Add(c...)
			}
			continue
		}
		if w := q.shrink(m, yes, no); w != nil {
			return w, nil
		}
		if tries++; tries == maxTries {
			return nil, append(q.gaps, q.reasons()...)
		}
		q.block()
	}
	return nil, append(append(q.gaps, "the question is too large: the search was given up"), q.opaque...)
}

// solve asks the solver, within what is left of the work.
func (q *question) solve(assume ...sat.Lit) sat.Result {
	if q.left <= 0 {
		return sat.Unknown
	}
	before := q.solver.Conflicts()
	r := q.solver.Solve(q.left/conflictSteps+1, assume...)
	q.left -= (q.solver.Conflicts()-before)*conflictSteps + q.solver.Clauses()
	return r
}

// reasons say why what was chosen did not come true: parts without a theory, else
// that values were chosen that no thing has together.
func (q *question) reasons() []string {
	if len(q.opaque) > 0 {
		return q.opaque
	}
	return []string{"what would show a difference could not be built"}
}

// shrink makes a thing that shows the difference smaller: value by value it asks
// whether the thing can do without. nil if not even the first shows it.
func (q *question) shrink(first *model, yes, no cond.Expr) *World {
	best := q.build(first, yes, no)
	if best == nil {
		return nil
	}
	var assume []sat.Lit
	for _, v := range q.order {
		if v.null == -q.yes {
			continue
		}
		trial := append(assume[:len(assume):len(assume)], v.null)
		for range 20 {
			if q.solve(trial...) != sat.Satisfiable {
				break
			}
			m, clauses := q.values()
			if m != nil {
				if w := q.build(m, yes, no); w != nil {
					best, assume = w, trial
				}
				break
			}
			for _, c := range clauses {
				q.solver.Add(c...)
			}
		}
	}
	return best
}

// gap notes what stands in the way of a proof.
func (q *question) gap(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(q.gaps, text) {
		q.gaps = append(q.gaps, text)
	}
}
