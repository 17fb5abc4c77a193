package engine

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"weir/policies"
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

// Whatever reads the instant may change what is said within a day: a rule, a view, an
// invariant. A draft under it is not kept.
func TestUsesNow(t *testing.T) {
	const block = "%s {\n  when = %q\n  %s\n}\n"
	for text, want := range map[string]bool{
		"": false,
		fmt.Sprintf(block, `rule "r"`, "item.private", `effect = "hold"`):                                        false,
		fmt.Sprintf(block, `rule "r"`, "item.modified < now", `effect = "hold"`):                                 true,
		fmt.Sprintf(block, `invariant "i"`, "item.private", `never = ["delete"]`):                                false,
		fmt.Sprintf(block, `invariant "i"`, "item.modified < now", `never = ["delete"]`):                         true,
		"org {\n  contacts {\n    scope = view.v\n  }\n}\nview \"v\" {\n  filter = \"item.modified < now\"\n}\n": true,
	} {
		set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte("weir {}\n" + text)}}, policies.LoadOptions{})
		require.False(t, diags.HasErrors(), "%s", diags)
		u := &state.User{ID: "005", Address: "ann@acme.example"}
		s, diags := NewSession(&state.Snapshot{Users: []*state.User{u}, Directory: state.NewDirectory()}, set, Options{})
		require.False(t, diags.HasErrors(), "%s", diags)
		assert.Equal(t, want, s.UsesNow(u), text)
	}
}
