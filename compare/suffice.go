package compare

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"weir/policies"
)

// This file finds the fewest changes that suffice for a flip. Policies with some of the
// changes are simulated, one change at a time first, then two together, then three and so
// on; a set of changes suffices for a flip if under it the thing's first difference from
// the old policy is the same: the same session, the same decision. All changes together
// are the new policy, which need not be tried.

// Tries is how many policies between two are simulated over a recording, unless options
// say otherwise.
const Tries = 32

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

// subsets are the sets of some of n things, of one size, in the order of the things.
func subsets(n, size int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		var choose func(from int, chosen []int) bool
		choose = func(from int, chosen []int) bool {
			if len(chosen) == size {
				return yield(chosen)
			}
			for i := from; i <= n-size+len(chosen); i++ {
				if !choose(i+1, append(chosen, i)) {
					return false
				}
			}
			return true
		}
		choose(0, make([]int, 0, size))
	}
}

// suffice gives the flips of a recording, from a place on in the list, the fewest
// changes that suffice for them. All sets of a size are tried before any of the next,
// as long as some flip is open when the size begins.
func (r *run) suffice(ctx context.Context, b *between, from int, was *courses) error {
	flips := r.Decisions[from:]
	units := separable(b.changes, flips)
	open := make([]*Flip, len(flips))
	for i := range flips {
		open[i] = &flips[i]
	}
	for size := 1; size <= len(units) && len(open) > 0; size++ {
		for chosen := range subsets(len(units), size) {
			set := joined(units, chosen)
			if size == len(units) { // that is the new policy
				for _, f := range open {
					f.sufficient(set)
				}
				return nil
			}
			if b.left == 0 {
				r.MoreSets = true
				return nil
			}
			b.left--
			is, err := b.course(ctx, set)
			if err != nil {
				return err
			}
			for _, f := range open {
				if t := f.thing(); f.comesOf(was.of[t], is.of[t]) {
					f.sufficient(set)
				}
			}
		}
		open = slices.DeleteFunc(open, func(f *Flip) bool { return f.Suffice })
	}
	return nil
}

// separable are the changes that can be tried, those first that the most flips quote.
func separable(changes []policies.PolicyChange, flips []Flip) [][]int {
	units := policies.Separable(changes)
	quoted := make([]int, len(changes))
	for i := range flips {
		for _, c := range flips[i].Causes {
			quoted[c]++
		}
	}
	most := func(unit []int) int {
		n := 0
		for _, c := range unit {
			n = max(n, quoted[c])
		}
		return n
	}
	slices.SortStableFunc(units, func(x, y []int) int { return cmp.Compare(most(y), most(x)) })
	return units
}

// joined are the changes of the chosen units, in the order of the changes.
func joined(units [][]int, chosen []int) []int {
	var set []int
	for _, i := range chosen {
		set = append(set, units[i]...)
	}
	slices.Sort(set)
	return set
}

// comesOf reports that courses part as the policies' do.
func (f *Flip) comesOf(was, is course) bool {
	got, ok := part(was, is)
	return ok && got.same(difference{session: f.Session, before: f.Before, after: f.After})
}

// sufficient notes a set that suffices; the first one stands.
func (f *Flip) sufficient(set []int) {
	if f.Suffice {
		f.OtherSets++
		return
	}
	f.Causes, f.Suffice = slices.Clone(set), true
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
