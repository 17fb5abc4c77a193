package regomod

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"weir/policies/cond"
	"weir/state"
)

// This file asks an opaque rule about many items in one run of OPA: what a run
// costs besides evaluation (a goroutine with its deadline, a transaction, the
// query, the user's part of the input) is paid once for all of them, while each
// item has its own budget and its own error, so that what is said of one never
// depends on the others. docs/decisions/0025-opaque-rules-in-batches.md has the
// numbers, also of what was tried besides.

// asker is a query of which only whether it has a result matters. It is safe for
// concurrent use.
type asker struct {
	opa       *ast.Compiler
	query     ast.Body // of references to rules only, so that it need not be compiled
	allowance allowance
	uses      cond.Refs
}

// noData is OPA's store of data, of which policies have none.
var noData = inmem.New()

// ask tells, subject by subject, whether the query has a result.
func (a *asker) ask(subjects []*cond.Subject) []cond.Answer {
	out := make([]cond.Answer, 0, len(subjects))
	for len(out) < len(subjects) {
		rest := subjects[len(out):]
		got, err := a.run(rest)
		if len(got) == 0 {
			// The first one alone took all the time there is, or nothing can be asked.
			got = []cond.Answer{{Truth: state.Unknown, Err: err}}
		}
		out = append(out, got...)
	}
	return out
}

// run asks about subjects until all are answered or the time is over, and gives
// the answers there are. What does not even notice that its time is over is
// left behind.
func (a *asker) run(subjects []*cond.Subject) ([]cond.Answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), a.allowance.deadline)
	defer cancel()
	r := &run{asker: a, answers: make([]cond.Answer, len(subjects)), done: make(chan error, 1)}
	go r.all(subjects)
	var err error
	select {
	case err = <-r.done:
	case <-ctx.Done():
		r.stopped.Store(true)
		err = errDeadline
	}
	return r.answers[:r.count.Load()], err
}

// run is one run of OPA.
type run struct {
	*asker
	answers []cond.Answer
	count   atomic.Int64 // of the answers that are final
	stopped atomic.Bool
	done    chan error
}

func (r *run) all(subjects []*cond.Subject) {
	defer func() {
		if x := recover(); x != nil {
			r.done <- fmt.Errorf("OPA failed: %v", x)
		}
	}()
	in := inputs{uses: r.uses}
	queries := r.opa.QueryCompiler()
	txn, err := noData.NewTransaction(context.Background())
	if err != nil {
		r.done <- err
		return
	}
	defer noData.Abort(context.Background(), txn)
	for i, s := range subjects {
		if r.stopped.Load() {
			break
		}
		answer := r.one(queries, txn, in.of(s))
		if r.stopped.Load() {
			break
		}
		r.answers[i] = answer
		r.count.Add(1)
	}
	r.done <- nil
}

// counted is a budget that ends with its run.
type counted struct {
	budget
	stopped *atomic.Bool
}

// Cancelled counts a step and says whether it was one too many.
func (c *counted) Cancelled() bool { return c.budget.Cancelled() || c.stopped.Load() }

func (r *run) one(queries ast.QueryCompiler, txn storage.Transaction, input ast.Value) cond.Answer {
	b := &counted{budget: budget{steps: r.allowance.steps, units: r.allowance.units}, stopped: &r.stopped}
	found := false
	err := topdown.NewQuery(r.query).
		WithCompiler(r.opa).
		WithQueryCompiler(queries).
		WithStore(noData).
		WithTransaction(txn).
		WithInput(ast.NewTerm(input)).
		WithIndexing(true).
		WithEarlyExit(true).
		WithCancel(b).
		Iter(context.WithValue(context.Background(), budgetKey{}, &b.budget), func(topdown.QueryResult) error {
			found = true
			return nil
		})
	switch {
	case b.why != nil:
		return cond.Answer{Truth: state.Unknown, Err: b.why}
	case err != nil:
		return cond.Answer{Truth: state.Unknown, Err: understood(err)}
	}
	return cond.Answer{Truth: state.TruthOf(found)}
}
