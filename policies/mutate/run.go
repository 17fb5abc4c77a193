package mutate

import (
	"context"
	"io/fs"

	"weir/policies"
)

// Report says what became of the mutants.
type Report struct {
	Mutants    int `json:"mutants"`
	Noticed    int `json:"noticed"`    // a test failed
	Equivalent int `json:"equivalent"` // proved to decide the same
	Invalid    int `json:"invalid"`    // does not load: the loader noticed
	NotTried   int `json:"not_tried"`  // the time or the number was up
	// Unnoticed are the changes that no test notices, by file and place.
	Unnoticed []Mutant `json:"unnoticed"`
}

// Run tries the mutants of a policy one after the other: each is loaded, and test is
// asked whether any test fails on it. It stops when the context ends or most of them (0: all) have
// been tried; what is left is counted. An error of test other than the
// context's ends it.
func Run(ctx context.Context, fsys fs.FS, opts policies.LoadOptions, most int, test func(context.Context, fs.FS, *policies.Set) (fails bool, err error)) (*Report, error) {
	original, diags := policies.Load(fsys, opts)
	if diags.HasErrors() {
		return nil, diags
	}
	mutants := Of(original)
	r := &Report{Mutants: len(mutants), Unnoticed: []Mutant{}}
	for i := range mutants {
		if ctx.Err() != nil || most > 0 && i == most {
			r.NotTried = len(mutants) - i
			break
		}
		if err := r.try(ctx, original, &mutants[i], fsys, opts, test); err != nil {
			if ctx.Err() != nil {
				r.NotTried = len(mutants) - i
				break
			}
			return nil, err
		}
	}
	return r, nil
}

func (r *Report) try(ctx context.Context, original *policies.Set, m *Mutant, fsys fs.FS, opts policies.LoadOptions, test func(context.Context, fs.FS, *policies.Set) (bool, error)) error {
	changed, err := m.Apply(fsys)
	if err != nil {
		return err
	}
	set, diags := policies.Load(changed, opts)
	if diags.HasErrors() {
		r.Invalid++
		return nil
	}
	if policies.Equivalent(original, set) {
		r.Equivalent++
		return nil
	}
	fails, err := test(ctx, changed, set)
	switch {
	case err != nil:
		return err
	case fails:
		r.Noticed++
	default:
		r.Unnoticed = append(r.Unnoticed, *m)
	}
	return nil
}
