package regomod

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/topdown"
)

// budget bounds one evaluation. OPA asks at every step whether it was cancelled:
// that is where steps are counted, so that an evaluation ends at the same step
// on every machine. Functions charge what they read and make.
type budget struct {
	steps  int64
	units  int64
	why    error       // set by the evaluation itself
	halted atomic.Bool // set from outside
}

// The sizes of a budget. A unit is about a byte of a value.
type allowance struct {
	steps, units int64
	deadline     time.Duration
}

var (
	// toLower is for lowering one rule.
	toLower = allowance{steps: 50_000, units: 16 << 20, deadline: time.Second}
	// toDecide is for one opaque rule on one item, and for one setting of one user.
	toDecide = allowance{steps: 200_000, units: 32 << 20, deadline: 2 * time.Second}
	// toGuard is for all guardrails together on a plan or simulation without
	// anything in it, and guardNode is what they have besides for each value in it.
	toGuard   = allowance{steps: 1_000_000, units: 48 << 20, deadline: 30 * time.Second}
	guardNode = allowance{steps: 4, units: 150}
)

// times is what several have together.
func (a allowance) times(n int64) allowance {
	return allowance{steps: a.steps * n, units: a.units * n, deadline: a.deadline}
}

// plus is an allowance with more to spend.
func (a allowance) plus(more allowance) allowance {
	return allowance{steps: a.steps + more.steps, units: a.units + more.units, deadline: a.deadline}
}

var (
	errSteps    = errors.New("it takes too many steps")
	errUnits    = errors.New("its values grow too large")
	errDeadline = errors.New("it takes too long")
)

// Cancelled counts a step and says whether it was one too many.
func (b *budget) Cancelled() bool {
	if b.steps--; b.steps < 0 && b.why == nil {
		b.why = errSteps
	}
	return b.why != nil || b.halted.Load()
}

// Cancel stops the evaluation from outside.
func (b *budget) Cancel() { b.halted.Store(true) }

// charge pays for a value of some size.
func (b *budget) charge(units int64) error {
	if b.units -= units; b.units < 0 && b.why == nil {
		b.why = errUnits
	}
	if b.why != nil {
		return topdown.Halt{Err: b.why}
	}
	return nil
}

type budgetKey struct{}

// budgetOf finds the budget an evaluation runs under.
func budgetOf(ctx context.Context) *budget {
	if ctx == nil {
		return nil
	}
	b, _ := ctx.Value(budgetKey{}).(*budget)
	return b
}

// within runs an evaluation under an allowance. One that does not even notice
// that its time is over is left behind: it may go on for a while, but what it
// allocates is bounded by its budget.
func within(ctx context.Context, a allowance, f func(context.Context, *budget) error) error {
	b := &budget{steps: a.steps, units: a.units}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, budgetKey{}, b), a.deadline)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if x := recover(); x != nil {
				done <- fmt.Errorf("OPA failed: %v", x)
			}
		}()
		err := f(ctx, b)
		if b.why != nil {
			err = b.why
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		b.Cancel()
		return errDeadline
	}
}
