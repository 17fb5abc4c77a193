package simulate_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/fixtures"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

func demoWith(t *testing.T, opts simulate.Options) *simulate.Result {
	t.Helper()
	r, diags := recording.Open(fixtures.Acme(), recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	res, diags, err := simulate.Run(context.Background(), r, policies.Default(), opts)
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	return res
}

func inJSON(t *testing.T, res *simulate.Result) string {
	t.Helper()
	text, err := json.Marshal(res)
	require.NoError(t, err)
	return string(text)
}

// The same seed gives the same bytes, also when everybody is planned in every session.
func TestSameSeedSameBytes(t *testing.T) {
	results := map[string]bool{}
	for seed := range uint32(3) {
		opts := simulate.Options{Every: 12 * time.Hour, Faults: &simulate.Faults{Seed: seed, Rate: 0.3}}
		first := demoWith(t, opts)
		want := inJSON(t, first)
		for range 3 {
			require.Equal(t, want, inJSON(t, demoWith(t, opts)))
		}
		opts.PlanAll = true
		require.Equal(t, want, inJSON(t, demoWith(t, opts)))
		results[want] = true
		assert.NotZero(t, first.Faults.Total())
	}
	assert.Len(t, results, 3, "another seed, other faults")
}

// What fails is made up for by the next sessions: the demo ends as without faults.
func TestTheDemoRecovers(t *testing.T) {
	without := demoWith(t, simulate.Options{Settle: true})
	for seed := range uint32(4) {
		res := demoWith(t, simulate.Options{Faults: &simulate.Faults{Seed: seed, Rate: 0.4,
			Kinds: []simulate.FaultKind{simulate.Skew, simulate.Reject, simulate.Cut, simulate.Budget, simulate.Duplicate, simulate.Cut}}})
		require.NotNil(t, res.Faults)
		assert.True(t, res.Faults.Same, "%+v", res.Faults.Differences)
		assert.Equal(t, []simulate.FaultKind{simulate.Cut, simulate.Reject, simulate.Budget, simulate.Duplicate, simulate.Skew}, res.Faults.Kinds)
		for _, k := range res.Faults.Kinds {
			assert.NotZero(t, res.Faults.Injected[k], k)
		}
		assert.NotContains(t, codes(res.Findings), "fault_outcome")
		assert.Equal(t, without.Summary.Operations.Salesforce, res.Summary.Operations.Salesforce, "what failed is not counted")
		assert.Equal(t, without.Summary.Operations.Mailbox.Create, res.Summary.Operations.Mailbox.Create, "and nothing is made twice")
		assert.Greater(t, failed(res), res.Faults.Injected[simulate.Reject])
	}
}

func failed(res *simulate.Result) int {
	n := 0
	for _, p := range res.Sessions {
		for _, u := range p.Users {
			for _, op := range u.Operations {
				if op.Fault != "" {
					n++
				}
			}
		}
	}
	return n
}

// A limit counts what comes in one session: deletions that are seen late, some at a
// time, get past it, and the finding says so.
func TestWhatEndsOtherwiseIsNamed(t *testing.T) {
	res := demoWith(t, simulate.Options{Faults: &simulate.Faults{Seed: 1, Rate: 0.4, Kinds: []simulate.FaultKind{simulate.Delay}}})
	require.False(t, res.Faults.Same)
	assert.Equal(t, "--faults 1 --fault-kinds delay --fault-rate 40%", res.Faults.Flags)
	finding := func() (out []engine.Finding) {
		for _, f := range res.Findings {
			if f.Code == "fault_outcome" {
				out = append(out, f)
			}
		}
		return out
	}()
	assert.Contains(t, codes(res.Findings), "fault_outcome")
	require.NotEmpty(t, finding)
	assert.Contains(t, finding[0].Text, "limit")
	assert.Contains(t, finding[0].Text, "delay")
	assert.Contains(t, finding[0].Remedy, res.Faults.Flags)
	assert.Contains(t, finding[0].Users, "kenji.sato@acme.example")
	assert.NotEmpty(t, finding[0].Items)
	for _, d := range res.Faults.Differences {
		assert.NotContains(t, d.Text, "no fault touched", d)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	r, _ := recording.Open(fixtures.Acme(), recording.Options{})
	for _, f := range []simulate.Faults{{Kinds: []simulate.FaultKind{"fire"}}, {Rate: 1.1}, {Rate: -0.1}} {
		_, _, err := simulate.Run(context.Background(), r, policies.Default(), simulate.Options{Faults: &f})
		assert.Error(t, err, f)
	}
}

// What a fault puts off keeps its cause: Oliver's deletion reaches Dana and Nils some
// sessions later, and is still what it follows from.
func TestWhatAFaultPutsOffKeepsItsCause(t *testing.T) {
	followed, late := 0, 0
	for seed := range uint32(12) {
		res := demoWith(t, simulate.Options{Faults: &simulate.Faults{Seed: seed, Rate: 0.3, Kinds: []simulate.FaultKind{simulate.Reject, simulate.Cut}}})
		session := map[string]int{}
		for _, plan := range res.Sessions {
			for _, u := range plan.Users {
				for _, op := range u.Operations {
					session[op.ID] = plan.Session
					if op.Title != "Greta Lind" || op.Fault != "" || op.On != engine.OnMailbox || op.Op != engine.OpDelete {
						continue
					}
					require.NotEmpty(t, op.Cause, "seed %d, session %d, %s", seed, plan.Session, u.User)
					followed++
					if plan.Session > session[op.Cause]+1 {
						late++
					}
				}
			}
		}
	}
	assert.NotZero(t, late, "of %d", followed)
}
