package simulate

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// This file holds by counting what keeps long runs cheap: how many people are drafted,
// and how many drafts are held against what changed, however many people there are.

// editors are people with a linked task each, of whom the first edit theirs, one
// before each session from the second on.
func editors(t *testing.T, people, edits int) *run {
	var all []start
	for range people {
		all = append(all, start{kind: state.Task, link: state.LinkActive, record: "same", item: "same", verdict: "in", role: "plain", born: state.Salesforce})
	}
	w, snap := modelWorld(all)
	src := &randomSource{start: snap, boxes: w.boxes}
	var todo []incident
	for i := range edits {
		at := now.Add(time.Duration(i)*time.Hour + time.Minute)
		todo = append(todo, incident{at, func(w *world) bool {
			table := w.table(snap.Users[i].Address, state.Task)
			o := table.All()[0]
			it := o.Item().Clone()
			it.Set(state.AttrTitle, state.TextValue(fmt.Sprint("Edited ", i)))
			it.Set(state.AttrModified, state.InstantValue(at))
			table.Put(o.With(state.Version{From: at, SeenAt: at, State: state.Live, Item: it}))
			return true
		}})
	}
	r, diags, err := newRun(src, policies.Default(), Options{Every: time.Hour, Sessions: edits + 3, people: &doers{todo: todo}})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	res, diags, err := r.toEnd(context.Background())
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), diags)
	require.Equal(t, edits, res.Summary.Operations.Salesforce.Update, "each edit goes up")
	require.Equal(t, edits, res.Summary.Operations.Total(), "and nothing else happens")
	return r
}

func TestASessionDraftsWhomItConcerns(t *testing.T) {
	const edits = 6
	few, many := editors(t, 20, edits), editors(t, 400, edits)
	for people, r := range map[int]*run{20: few, 400: many} {
		assert.Equal(t, people+2*edits, r.world.memory.made.drafted, "everybody once; who edited something then, and after it went up")
	}
	assert.Equal(t, few.world.memory.made.looked, many.world.memory.made.looked, "drafts held against changed records, with 20 people and with 400")
	assert.Positive(t, many.world.memory.made.looked)
	assert.LessOrEqual(t, many.world.memory.made.looked, 10*edits)
}
