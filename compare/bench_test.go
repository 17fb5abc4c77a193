package compare_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"weir/compare"
)

// manyRules is a policy of so many rules about all kinds; of a changed one every seventh has
// another condition.
func manyRules(n int, changed bool) string {
	var b strings.Builder
	for i := range n {
		title, other := fmt.Sprintf("p%d", i), fmt.Sprintf("user.profile == 'P%d'", i%20)
		if changed && i%7 == 0 {
			title += "x"
		}
		if i%3 == 0 {
			other = fmt.Sprintf("item.modified < now - days(%d)", i%40+1)
		}
		fmt.Fprintf(&b, "rule \"r%d\" {\n  kinds  = [\"contact\", \"task\", \"event\"]\n  when   = \"item.title.contains('%s') && %s\"\n  effect = %q\n}\n",
			i, title, other, []string{"exclude", "hold"}[i%2])
	}
	return b.String()
}

// BenchmarkProve compares whole policies, each example tried in the engine, and reports
// milliseconds for the pair.
func BenchmarkProve(b *testing.B) {
	for _, n := range []int{200, 1000} {
		old, changed := policyWith(b, manyRules(n, false)), policyWith(b, manyRules(n, true))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				list, err := compare.Prove(context.Background(), old, changed)
				require.NoError(b, err)
				narrower := 0
				for _, p := range list {
					if p.Relation == compare.Narrower {
						require.Len(b, p.Examples, 1)
						narrower++
					}
				}
				require.Equal(b, 3*((n+6)/7), narrower)
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/policy")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/rule")
		})
	}
}
