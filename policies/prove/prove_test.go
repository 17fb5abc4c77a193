package prove

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

// TestTheories: one pair of conditions for each theory.
func TestTheories(t *testing.T) {
	text := func(s string) cond.Literal { return cond.Literal{Value: state.TextValue(s)} }
	title, due := cond.Attr{Attr: state.AttrTitle}, cond.Attr{Attr: state.AttrDue}
	since := func(n int) cond.Expr {
		return cond.Comparison(cond.GreaterEqual, due, cond.Shift{Of: cond.Today{}, Days: -n})
	}
	prefix := func(s string) cond.Expr { return cond.TextTest(cond.StartsWith, title, text(s)) }
	is := func(s string) cond.Expr { return cond.Comparison(cond.Equal, title, text(s)) }
	closed := cond.IsTrue(cond.Attr{Attr: state.AttrClosed})
	profile, location := cond.UserAttr{Attr: state.UserProfile}, cond.Custom{Name: "Place__c", Of: state.Text}
	class := func(of cond.Term, pattern string) cond.Expr {
		e, err := cond.Matches(of, pattern)
		require.NoError(t, err)
		return e
	}
	differ := func(a, b cond.Term) cond.Expr { return cond.Negate(cond.Comparison(cond.Equal, a, b)) }
	three := func(pattern string) cond.Expr {
		return cond.AllOf(class(title, pattern), class(location, pattern), class(profile, pattern), differ(title, location), differ(location, profile), differ(profile, title))
	}
	for _, c := range []struct {
		before, after cond.Expr
		want          Relation
	}{
		{closed, closed, Equal},
		{cond.Const(false), cond.AllOf(class(title, "^[a-c]$"), cond.Negate(is("a")), cond.Negate(is("b"))), Wider},
		{cond.Const(false), cond.AllOf(class(title, "^[ab]$"), cond.Negate(is("a")), cond.Negate(is("b"))), Equal},
		{cond.Const(false), three("^[x-z]$"), Wider},
		{cond.Const(false), three("^[xy]$"), Equal},
		{cond.Const(false), three("(?i)^[k]$"), Wider},
		{cond.Negate(cond.AllOf(closed, is("a"))), cond.AnyOf(cond.Negate(is("a")), cond.Negate(closed)), Equal},
		{since(14), since(7), Narrower},
		{since(7), since(14), Wider},
		{prefix("ab"), prefix("a"), Wider},
		{prefix("a"), prefix("b"), Both},
		{is("a"), cond.IsIn(title, []state.Value{state.TextValue("a"), state.TextValue("b")}), Wider},
		{cond.AllOf(prefix("a"), cond.Negate(prefix("a"))), cond.Const(false), Equal},
		{cond.Comparison(cond.Equal, cond.Func{Name: cond.LowerASCII, Of: title}, text("a")), is("a"), Narrower},
		{cond.Comparison(cond.Equal, cond.Attr{Attr: state.AttrOwner}, cond.UserAttr{Attr: state.UserID}), cond.Negate(cond.IsNull(cond.Attr{Attr: state.AttrOwner})), Wider},
	} {
		got := NewProver(Steps).Compare(c.before, c.after, Domain{state.Task, state.Salesforce})
		assert.Equal(t, c.want, got.Relation, "%s → %s: %v", c.before, c.after, got.Gaps)
	}
}
