package cover_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/policies/cover"
	"weir/state"
)

const policy = `rule "r" {
  kinds  = ["contact"]
  when   = "user.profile == 'A' || user.role == 'B'"
  effect = "exclude"
}

org {
  sync = "on"
}
`

func load(t *testing.T) *policies.Set {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(policy)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

func person(profile string) *state.User {
	u := &state.User{Address: "a@acme.example"}
	u.Values[state.UserProfile], u.Values[state.UserRole] = state.TextValue(profile), state.TextValue("C")
	return u
}

// The same decisions from several workers at once, in any order, are the same report.
func TestProfile(t *testing.T) {
	set := load(t)
	p := cover.New(set)
	before := p.Report()
	assert.Equal(t, []cover.Seen{{Text: before.Conditions[0].Parts[0].Text}}, before.Conditions[0].Parts, "nothing was asked yet")
	assert.Equal(t, 0, before.InForce)
	var wg sync.WaitGroup
	for _, profile := range []string{"A", "X", "A", "X"} {
		wg.Go(func() {
			u := person(profile)
			p.Rule(set.Rules()[0], &cond.Subject{User: u})
			p.Settings(set.Resolve(u, &state.Directory{}), &state.Directory{})
		})
	}
	wg.Wait()
	r := p.Report()
	assert.Equal(t, 1, r.InForce)
	assert.Equal(t, 1, r.Lines)
	assert.Equal(t, []int{4, 3}, []int{r.Halves, r.HalvesSeen})
	assert.True(t, r.Conditions[0].Parts[0].True && r.Conditions[0].Parts[0].False)
	assert.True(t, !r.Conditions[0].Parts[1].True && r.Conditions[0].Parts[1].False)
}

// LCOV has a record a file, with as many lines as it says.
func TestLCOV(t *testing.T) {
	var out strings.Builder
	require.NoError(t, cover.New(load(t)).Report().LCOV(&out, "policy/"))
	assert.Equal(t, "TN:\nSF:policy/p.hcl\nBRDA:3,0,0,0\nBRDA:3,0,1,0\nBRF:2\nBRH:0\nDA:8,0\nDA:3,0\nLF:2\nLH:0\nend_of_record\n", out.String())
}
