package simulate_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

func (w world) settle(t *testing.T, policy string) *simulate.Result {
	t.Helper()
	r, diags := recording.Open(w.MapFS, recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(policy)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), diags)
	res, diags, err := simulate.Run(context.Background(), r, set, simulate.Options{Settle: true})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	return res
}

// Whoever keeps out what is linked, and removes what is out, makes and removes the
// same copies for ever.
const restless = `org {
  contacts {
    when_out = "remove"
  }
}

rule "only what is not there yet" {
  direction = "down"
  effect    = "exclude"
  when      = "item.linked"
}
`

func TestAnOscillationIsFoundWithItsCycle(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	res := w.settle(t, restless)
	require.NotNil(t, res.Settled)
	o := res.Settled.Oscillates
	require.NotNil(t, o)
	assert.Equal(t, []int{2, 3}, o.Sessions)
	require.Len(t, o.Items, 1)
	assert.Equal(t, "Jo Park", o.Items[0].Title)
	assert.Len(t, o.Items[0].Operations, 2)
	require.NotEmpty(t, o.Rules)
	assert.Equal(t, "rule", o.Rules[0].Layer)
	assert.Contains(t, codes(res.Findings), "oscillation")
	assert.Equal(t, 3, res.SessionsRun)
	assert.Equal(t, []string{"1 ann create mailbox create", "2 ann delete mailbox leave", "3 ann create mailbox create"}, story(res))
}

func TestARunSettles(t *testing.T) {
	w := newWorld()
	w.salesforce(0, "Contact", contact(jo, ann, "Buyer", ann, -60))
	res := w.settle(t, "org {\n}\n")
	require.NotNil(t, res.Settled)
	assert.Equal(t, simulate.Settled{AfterSession: 1}, *res.Settled)
	assert.Equal(t, 2, res.SessionsRun)
	require.Len(t, res.Sessions, 2, "the first and the last")
	assert.Empty(t, res.Sessions[1].Users[0].Operations)
	assert.Equal(t, res.Sessions[0].At, res.Sessions[1].At, "the clock stands still")
}

// What one session sends up reaches others in the next: that is settled too.
func TestSettlingFollowsACascade(t *testing.T) {
	w := newWorld()
	w.mailbox(0, "ann", "contacts", card("a1", "Buyer", "Salesforce", -60))
	res := w.settle(t, "org {\n contacts {\n scope = \"all\"\n }\n}\n")
	assert.Equal(t, []string{"1 ann create salesforce upload", "2 bob create mailbox create"}, story(res))
	assert.Equal(t, simulate.Settled{AfterSession: 2}, *res.Settled)
	assert.Equal(t, res.Sessions[0].Users[0].Operations[0].ID, res.Sessions[1].Users[1].Operations[0].Cause)
}
