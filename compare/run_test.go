package compare_test

import (
	"context"
	"os"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/compare"
	"weir/engine"
	"weir/policies"
	"weir/recording"
)

func demo(t *testing.T) compare.Recorded {
	rec, diags := recording.Open(os.DirFS("../fixtures/acme/recording"), recording.Options{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return compare.Recorded{Name: "demo", Source: rec, People: len(rec.Manifest().Users), Copies: func(string) int { return 10 }}
}

func policy(t *testing.T, text string) compare.Policy {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return compare.Policy{Name: "p", Set: set}
}

func run(t *testing.T, before, after string) *compare.Report {
	r, diags, err := compare.Run(context.Background(), policy(t, before), policy(t, after), []compare.Recorded{demo(t)}, compare.Options{})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), "%s", diags)
	return r
}

// A policy against itself, or against the same in other words, flips nothing.
func TestNothingFlips(t *testing.T) {
	const other = "# another file\nrule \"r\" {\n  effect = \"exclude\"\n  when = \"item.private && item.private\"\n}\norg {\n  contacts {\n    scope = \"mine\"\n  }\n}\n"
	const text = "org {\n  contacts {\n    scope = \"mine\"\n  }\n}\nrule \"r\" {\n  when = \"item.private\"\n  effect = \"exclude\"\n}\n"
	for _, pair := range [][2]string{{text, text}, {text, other}, {"weir {}\n", "weir {}\n"}} {
		r := run(t, pair[0], pair[1])
		assert.Empty(t, r.Decisions)
		assert.Empty(t, r.Causes)
		assert.Equal(t, engine.VerdictNoChanges, r.Verdict)
		assert.Equal(t, r.Before, r.After)
		assert.NotZero(t, r.Before.Operations.Mailbox.Create, "sessions ran")
	}
}

// The first difference of each thing is a flip, with the change that it quotes.
func TestFlips(t *testing.T) {
	r := run(t, "weir {}\n", "org {\n  contacts {\n    forbid_to_remove = true\n    forced = [\"forbid_to_remove\"]\n  }\n}\n")
	require.NotEmpty(t, r.Decisions)
	assert.Equal(t, len(r.Decisions), r.Flips)
	assert.Equal(t, len(r.Users), r.Affected)
	seen := map[string]bool{}
	for _, f := range r.Decisions {
		key := f.User + f.Kind + f.RecordID + f.ItemID
		assert.False(t, seen[key], "%s twice", key)
		seen[key] = true
		assert.NotEqual(t, f.Before, f.After)
	}
	assert.Equal(t, "forced contacts.forbid_to_remove", r.Causes[1].What)
	assert.Equal(t, "setting contacts.forbid_to_remove", r.Causes[0].What)
	assert.NotZero(t, r.Causes[0].Flips)
	assert.Greater(t, r.After.Operations.Mailbox.Restore, r.Before.Operations.Mailbox.Restore)
	assert.Equal(t, engine.VerdictChanges, r.Verdict)
}

// Without a recording the changes of the policy are all there is to say.
func TestWithoutRecordings(t *testing.T) {
	r, _, err := compare.Run(context.Background(), policy(t, "weir {}\n"), policy(t, "org {\n  sync = \"off\"\n}\n"), nil, compare.Options{})
	require.NoError(t, err)
	assert.Len(t, r.Causes, 1)
	assert.Empty(t, r.Decisions)
}

// A reason that names two lines lays the flip to both changes.
func TestBothLinesAreBlamed(t *testing.T) {
	const before = "org {\n  contacts {\n    scope    = \"all\"\n    when_out = \"keep\"\n  }\n}\n"
	const after = "org {\n  contacts {\n    scope    = \"mine\"\n    when_out = \"remove\"\n  }\n}\n"
	r := run(t, before, after)
	require.Len(t, r.Causes, 2)
	whenOut := slices.IndexFunc(r.Causes, func(c compare.Cause) bool { return c.What == "setting contacts.when_out" })
	removed, both := 0, 0
	for _, f := range r.Decisions {
		if f.Kind == "contact" && f.After.Op == engine.OpDelete && f.After.Row == "leave" {
			removed++
			assert.Contains(t, f.Causes, whenOut)
			if len(f.Causes) == 2 {
				both++
			}
		}
	}
	assert.NotZero(t, removed)
	assert.NotZero(t, both, "whose scope is the policy's")
}

// Without tries the changes that decisions quote are named, and it is not said that
// they suffice.
func TestNothingIsTried(t *testing.T) {
	r, _, err := compare.Run(context.Background(), policy(t, ""), policy(t, "org {\n  tasks {\n    downsync = false\n  }\n  contacts {\n    scope = \"all\"\n  }\n}\n"), []compare.Recorded{demo(t)}, compare.Options{Tries: -1})
	require.NoError(t, err)
	assert.True(t, r.MoreSets)
	for _, f := range r.Decisions {
		assert.False(t, f.Suffice)
	}
}

// One person's flips are those of the whole; the numbers stay everybody's.
func TestSelect(t *testing.T) {
	const before, after = "weir {}\n", "org {\n  contacts {\n    downsync = false\n  }\n  tasks {\n    downsync = false\n  }\n}\n"
	all, some := run(t, before, after), run(t, before, after)
	require.Greater(t, len(all.Users), 1)
	who := all.Users[0].User
	require.NoError(t, some.Select(who[:3]+"*"+who[4:]))
	assert.Equal(t, all.Users[:1], some.Users)
	var his []compare.Flip
	for _, f := range all.Decisions {
		if f.User == who {
			his = append(his, f)
		}
	}
	require.NotEmpty(t, his)
	assert.Equal(t, his, some.Decisions)
	assert.Equal(t, []any{all.Flips, all.Affected, all.Before, all.Causes, all.Verdict}, []any{some.Flips, some.Affected, some.Before, some.Causes, some.Verdict})
	require.NoError(t, all.Select(""))
	assert.Len(t, all.Decisions, all.Flips)
	assert.Error(t, all.Select("["))
}
