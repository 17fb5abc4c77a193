package docgen_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// truthOf asks a condition about an event with a location.
func truthOf(t *testing.T, expr cond.Expr, location state.Value) state.Truth {
	t.Helper()
	it := state.NewItem(state.Event, state.Salesforce, "00U000000000001AAA")
	it.Set(state.AttrLocation, location)
	got, err := expr.Eval(&cond.Subject{Item: it, User: &state.User{Zone: time.UTC}, Directory: state.NewDirectory()})
	require.NoError(t, err)
	return got
}
