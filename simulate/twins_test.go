package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

// Of two items that carry a record's id and that no capture links, the one that was
// there first is the copy, and the other may be a copy of it: whatever their ids are.
func TestACopyOfACopyIsOneWhateverItsID(t *testing.T) {
	for _, ids := range [][2]string{{"a", "b"}, {"b", "a"}} {
		start := &state.Snapshot{At: now, Markers: state.DefaultMarkers(), Users: []*state.User{{ID: "ann", Address: "ann@acme.example"}}}
		for _, k := range state.Kinds() {
			start.Records[k] = state.NewTable(k, state.Salesforce)
		}
		whole := *start
		whole.At = now.Add(time.Hour)
		before, after := state.NewMailboxState(), state.NewMailboxState()
		put := func(table *state.Table, side state.Side, id string, at time.Time) {
			it := state.NewItem(state.Task, side, id)
			if side == state.Mailbox {
				it.Carries = "R1"
			}
			table.Put(&state.Object{ID: id, Kind: state.Task, Versions: []state.Version{{From: at, SeenAt: at, State: state.Live, Item: it}}})
		}
		put(start.Records[state.Task], state.Salesforce, "R1", now.Add(-time.Hour))
		first, second := ids[0], ids[1]
		put(after.Items[state.Task], state.Mailbox, first, now.Add(10*time.Minute))
		put(after.Items[state.Task], state.Mailbox, second, now.Add(20*time.Minute))

		pairs := findTwins(start, &whole, boxes{"ann@acme.example": before}, boxes{"ann@acme.example": after}, findChanged(&whole, boxes{"ann@acme.example": after}, start.At))
		of := func(id string) []twin { return pairs.ofItem("ann@acme.example", recordKey{state.Task, id}) }
		require.Len(t, of(first), 1, "%s came first", first)
		assert.Equal(t, "R1", of(first)[0].ID)
		assert.Empty(t, of(second), "%s is perhaps a copy of %s", second, first)
		assert.Len(t, pairs.maybe[after.Items[state.Task].Get(second)], 1)
	}
}
