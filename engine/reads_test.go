package engine

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"weir/state"
)

// TestReadersFindWhoLooked compares the chains with asking every draft, while drafts
// are replaced.
func TestReadersFindWhoLooked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const people = 5
		kind := rapid.SampledFrom([]state.Kind{state.Contact, state.Task})
		id := rapid.Map(rapid.IntRange(0, 5), func(n int) string { return fmt.Sprint("r", n) })
		readers, drafts := NewReaders(people), make([]*Draft, people)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "drafts") {
				n, d := rapid.IntRange(0, people-1).Draw(t, "who"), &Draft{reads: newReads()}
				for range rapid.IntRange(0, 4).Draw(t, "look-ups") {
					if rapid.IntRange(0, 9).Draw(t, "how") == 0 {
						d.reads.note(kind.Draw(t, "all of"), byKind, "")
					} else {
						d.reads.note(kind.Draw(t, "kind"), byID, id.Draw(t, "id"))
					}
				}
				drafts[n] = d
				readers.Put(n, d)
				continue
			}
			k := kind.Draw(t, "changed kind")
			c := NewRecordChange(nil, &state.Object{ID: id.Draw(t, "changed id"), Kind: k})
			want, got := []int{}, []int{}
			for n, d := range drafts {
				if d != nil && slices.ContainsFunc(c.seen, func(h uint64) bool { _, ok := d.reads.seen[h]; return ok }) {
					want = append(want, n)
				}
			}
			looked := readers.Of(c, func(n int) { got = append(got, n) })
			slices.Sort(got)
			assert.Equal(t, want, slices.Compact(got))
			assert.GreaterOrEqual(t, looked, len(want))
			assert.LessOrEqual(t, len(readers.chain), 2*readers.counts, "what nobody looks up any more does not pile up")
		}
	})
}
