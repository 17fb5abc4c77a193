package simulate_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"runtime"
	"slices"
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

// shuffled is a file system that lists its directories in another order each
// time, as file systems may.
type shuffled struct {
	fs.FS
	rand *rand.Rand
}

func (s shuffled) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	entries = slices.Clone(entries)
	s.rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries, err
}

// answers plans and simulates the demo once and gives both as JSON.
func answers(t *testing.T, rec, pol fs.FS, opts simulate.Options) []byte {
	r, diags := recording.Open(rec, recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	set, diags := policies.Load(pol, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), diags)
	snap, diags := r.At(r.Last())
	require.False(t, diags.HasErrors(), diags)
	plan, _, err := engine.MakePlan(context.Background(), snap, set, engine.Options{})
	require.NoError(t, err)
	run, _, err := simulate.Run(context.Background(), r, set, opts)
	require.NoError(t, err)
	out, err := json.Marshal(struct {
		Plan *engine.Plan
		Run  *simulate.Result
	}{plan, run})
	require.NoError(t, err)
	return out
}

// TestSameBytes: same inputs, same bytes, whatever the number of cores, the order
// of directories and maps: 50 repetitions in shuffled order.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	random := rand.New(rand.NewPCG(1, 2))
	opts := simulate.Options{Every: 12 * time.Hour}
	want := answers(t, fixtures.Acme(), fixtures.AcmePolicy(), opts)
	require.Greater(t, len(want), 10_000)
	cores := make([]int, 50)
	for i := range cores {
		cores[i] = 1 + i%2
	}
	random.Shuffle(len(cores), func(i, j int) { cores[i], cores[j] = cores[j], cores[i] })
	for i, n := range cores {
		runtime.GOMAXPROCS(n)
		got := answers(t, shuffled{fixtures.Acme(), random}, shuffled{fixtures.AcmePolicy(), random}, opts)
		require.Equalf(t, string(want), string(got), "repetition %d with %d cores", i, n)
	}
}

// TestFirstSessionIsThePlan: the first session is the plan at that instant.
func TestFirstSessionIsThePlan(t *testing.T) {
	r, diags := recording.Open(fixtures.Acme(), recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	set := policies.Default()
	for _, at := range r.CaptureInstants(time.Time{}, time.Time{}) {
		snap, _ := r.At(at)
		plan, _, err := engine.MakePlan(context.Background(), snap, set, engine.Options{})
		require.NoError(t, err)
		run, _, err := simulate.Run(context.Background(), r, set, simulate.Options{From: at, Sessions: 1})
		require.NoError(t, err)
		require.Len(t, run.Sessions, 1)
		assert.Equal(t, texts(plan), texts(run.Sessions[0]), "at %s", at)
		assert.Equal(t, plan.Summary, run.Sessions[0].Summary, "at %s", at)
	}
}

// texts are a plan's operations in a comparable form.
func texts(p *engine.Plan) []string {
	var out []string
	for _, u := range p.Users {
		for _, op := range u.Operations {
			out = append(out, op.ID+" "+op.Row+" "+op.Reason.Text)
		}
		for _, s := range u.Skipped {
			out = append(out, u.User+" "+s.RecordID+" "+s.Row+" "+s.Reason.Text)
		}
	}
	return out
}

// TestSkippingQuietSessionsChangesNothing: planning only when something can have
// changed gives what planning every session gives.
func TestSkippingQuietSessionsChangesNothing(t *testing.T) {
	skipped := 0
	compare := func(name string, rec, pol fs.FS, opts simulate.Options) {
		r, diags := recording.Open(rec, recording.Options{})
		require.False(t, diags.HasErrors(), diags)
		set, diags := policies.Load(pol, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), diags)
		lazy, _, err := simulate.Run(context.Background(), r, set, opts)
		require.NoError(t, err)
		opts.PlanAll = true
		eager, _, err := simulate.Run(context.Background(), r, set, opts)
		require.NoError(t, err)
		skipped += eager.SessionsPlanned - lazy.SessionsPlanned
		want, err := json.Marshal(eager)
		require.NoError(t, err)
		got, err := json.Marshal(lazy)
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), name)
	}
	for _, name := range fixtures.Scenarios() {
		rec, pol, _ := fixtures.Scenario(name)
		compare(name, rec, pol, simulate.Options{Settle: true})
	}
	compare("the demo", fixtures.Acme(), fixtures.AcmePolicy(), simulate.Options{Every: 6 * time.Hour})
	assert.Greater(t, skipped, 50, "sessions that were not planned")
}
