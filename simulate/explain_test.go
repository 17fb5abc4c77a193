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

func (w world) explain(t *testing.T, policy string, q simulate.Question) (*simulate.Answer, error) {
	t.Helper()
	r, diags := recording.Open(w.MapFS, recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(policy)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), diags)
	answer, diags, err := simulate.Explain(context.Background(), r, set, simulate.Options{}, q)
	require.False(t, diags.HasErrors(), diags)
	return answer, err
}

// A chain is walked back to what a person did.
func TestExplainWalksBackToWhoBeganIt(t *testing.T) {
	w := linked()
	w.file("mailboxes/ann@acme.example/"+stamp(1)+"/contacts.delta.json", `{"value":[{"id":"a1","@removed":{"reason":"deleted"}}]}`)
	w.mailbox(2, "ann", "tasks")
	answer, err := w.explain(t, everybody, simulate.Question{Session: 4, User: "bob", Item: "Jo Park"})
	require.NoError(t, err)
	require.Len(t, answer.Explanations, 1)
	causes := answer.Explanations[0].Causes
	require.Len(t, causes, 2)
	assert.Equal(t, 3, causes[0].Session)
	assert.Equal(t, "ann@acme.example", causes[0].User)
	assert.Contains(t, causes[0].Text, "Delete in Salesforce for Ann")
	assert.Empty(t, causes[1].Operation)
	assert.Contains(t, causes[1].Text, "deleted in the mailbox of Ann")
	assert.Equal(t, "mailboxes/ann@acme.example/"+stamp(0)+"/contacts.json", causes[1].File)
}

// What nobody did goes back to the policy line.
func TestExplainNamesThePolicyLineThatBeganIt(t *testing.T) {
	w := linked()
	w.mailbox(2, "ann", "tasks")
	answer, err := w.explain(t, "org {\n contacts {\n when_out = \"remove\"\n }\n}\n", simulate.Question{Session: 1, User: "bob", Item: "Jo Park"})
	require.NoError(t, err)
	causes := answer.Explanations[0].Causes
	require.Len(t, causes, 1)
	assert.Contains(t, causes[0].Text, "nobody did anything to it just then")
	require.NotNil(t, causes[0].Policy)
}

func TestExplainOfASessionThatIsNot(t *testing.T) {
	_, err := linked().explain(t, everybody, simulate.Question{Session: 99, User: "bob"})
	assert.EqualError(t, err, "there is no session 99: the simulation has 1; only one that settles goes on")
}
