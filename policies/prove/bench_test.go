package prove

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// firstMatch is a list of so many rules of which the first that matches decides: even
// ones exclude. The one at change asks for something else.
func firstMatch(n, change int) cond.Expr {
	title := cond.Attr{Attr: state.AttrTitle}
	var before, any []cond.Expr
	for i := range n {
		prefix := fmt.Sprintf("p%d-", i)
		if i == change {
			prefix += "x"
		}
		when := cond.AllOf(cond.TextTest(cond.StartsWith, title, cond.Literal{Value: state.TextValue(prefix)}),
			cond.Comparison(cond.GreaterEqual, cond.Attr{Attr: state.AttrDue}, cond.Shift{Of: cond.Today{}, Days: -i % 30}))
		if i%2 == 0 {
			any = append(any, cond.AllOf(append([]cond.Expr{when}, before...)...))
		}
		before = append(before, cond.Negate(when))
	}
	return cond.AnyOf(any...)
}

// BenchmarkRules compares lists of rules of which one was changed, and reports
// milliseconds for the whole list.
func BenchmarkRules(b *testing.B) {
	for _, n := range []int{200, 1000} {
		old, changed := firstMatch(n, -1), firstMatch(n, n/2)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				got := NewProver(Steps).Compare(old, changed, Domain{state.Task, state.Salesforce})
				require.Equal(b, Narrower, got.Relation, "%v", got.Gaps)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/list")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/rule")
		})
	}
}

// What is too much is given up, and said to be; nothing runs on.
func TestTooMuchIsGivenUp(t *testing.T) {
	old, changed := firstMatch(60, -1), firstMatch(60, 30)
	got := NewProver(10).Compare(old, changed, Domain{state.Task, state.Salesforce})
	require.Equal(t, Undecided, got.Relation)
	require.Equal(t, []string{"the question is too large: the search was given up"}, got.Gaps)
	require.Equal(t, Equal, NewProver(10).Compare(old, old, Domain{state.Task, state.Salesforce}).Relation, "what is the same needs no search")
}
