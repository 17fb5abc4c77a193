package compare

import (
	"cmp"
	"context"
	"slices"

	"weir/policies"
)

// This file finds the fewest changes that suffice for a flip. Policies with some of the
// changes are simulated, one change at a time first, then two and three together; a set
// of changes suffices for a flip if under it the thing's first difference from the old
// policy is the same: the same session, the same decision.

// Tries is how many policies between two are simulated over a recording, unless options
// say otherwise.
const Tries = 32

// mostTogether bounds the changes that are tried together.
const mostTogether = 3

// between simulates policies between two, over one recording.
type between struct {
	before, after Policy
	rec           Recorded
	opts          Options
	changes       []policies.PolicyChange
	left          int // tries
}

// difference is where two courses part: the first decision about a thing that differs.
type difference struct {
	session       int
	before, after Decision
	title         string
}

// part finds where two courses part; ok is false if they do not.
func part(x, y course) (d difference, ok bool) {
	i := 0
	for i < len(x) && i < len(y) && x[i].same(y[i]) {
		i++
	}
	// Where one policy decides something first, the other decides nothing then.
	switch {
	case i == len(x) && i == len(y):
		return d, false
	case i == len(y) || i < len(x) && x[i].session < y[i].session:
		return difference{x[i].session, x[i].Decision, Decision{}, x[i].title}, true
	case i == len(x) || y[i].session < x[i].session:
		return difference{y[i].session, Decision{}, y[i].Decision, y[i].title}, true
	}
	return difference{y[i].session, x[i].Decision, y[i].Decision, y[i].title}, true
}

// same compares differences, but for the words and lines of reasons.
func (d difference) same(e difference) bool {
	return d.session == e.session && step{Decision: d.before}.same(step{Decision: e.before}) && step{Decision: d.after}.same(step{Decision: e.after})
}

// sets lists the sets of changes to be tried, smallest first: of those that some flip
// quotes before the others, in the order of the changes.
func sets(candidates []int) [][]int {
	var out [][]int
	for size := 1; size <= mostTogether; size++ {
		var choose func(from int, chosen []int)
		choose = func(from int, chosen []int) {
			if len(chosen) == size {
				out = append(out, slices.Clone(chosen))
				return
			}
			for i := from; i < len(candidates) && len(out) < maxSets; i++ {
				choose(i+1, append(chosen, candidates[i]))
			}
		}
		choose(0, nil)
	}
	return out
}

// maxSets bounds the sets that are listed.
const maxSets = 10_000

// suffice gives the flips of a recording, from a place on in the list, the fewest
// changes that suffice for them.
func (r *run) suffice(ctx context.Context, b *between, from int, was *courses) error {
	var deciding []int
	for i := range b.changes {
		if b.changes[i].Decides() {
			deciding = append(deciding, i)
		}
	}
	flips := r.Decisions[from:]
	if len(flips) == 0 {
		return nil
	}
	quoted := make([]int, len(b.changes))
	for i := range flips {
		for _, c := range flips[i].Causes {
			quoted[c]++
		}
	}
	slices.SortStableFunc(deciding, func(x, y int) int { return cmp.Compare(quoted[y], quoted[x]) })
	open := len(flips)
	for _, set := range sets(deciding) {
		if open == 0 && len(set) > 1 {
			break // of one change, all others are tried as well
		}
		if b.left == 0 {
			r.MoreSets = true
			break
		}
		b.left--
		slices.Sort(set)
		is, err := b.course(ctx, set)
		if err != nil {
			return err
		}
		for i := range flips {
			f := &flips[i]
			want := difference{session: f.Session, before: f.Before, after: f.After}
			got, ok := part(was.of[f.thing()], is.of[f.thing()])
			switch {
			case !ok || !got.same(want):
			case !f.Suffice:
				f.Causes, f.Suffice = slices.Clone(set), true
				open--
			case len(set) == len(f.Causes):
				f.OtherSets++
			}
		}
	}
	return nil
}

// course simulates the policy with some of the changes.
func (b *between) course(ctx context.Context, set []int) (*courses, error) {
	chosen := make([]policies.PolicyChange, len(set))
	for i, c := range set {
		chosen[i] = b.changes[c]
	}
	p := b.before
	p.Set = policies.Hybrid(b.before.Set, b.after.Set, chosen)
	is, diags, err := collect(ctx, p, b.rec, b.opts)
	if err != nil || diags.HasErrors() {
		return &courses{}, err // what disagrees with itself decides nothing
	}
	return is, nil
}

// thing is what the flip is about.
func (f *Flip) thing() thing { return thing{f.User, f.Kind, f.key} }
