package compare_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/compare"
	"weir/policies"
	"weir/policies/library"
)

// files are the files of a policy, by name.
type files map[string]string

func (f files) load(t *testing.T) compare.Policy {
	fsys := fstest.MapFS{"weir.hcl": {Data: []byte("weir {}\n")}} // a directory without a policy is an error
	for name, text := range f {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return compare.Policy{Name: "p", Set: set}
}

const (
	noTasks     = "org {\n  tasks {\n    downsync = false\n  }\n}\n"
	regoRules   = "package weir.rules\n\nexclude contains {\"name\": \"tasks\", \"reason\": \"none\", \"kinds\": [\"task\"]} if input.item.closed in {true, %s}\n\nexclude contains {\"name\": \"events\", \"reason\": \"none\", \"kinds\": [\"event\"]} if input.item.private in {true, %s}\n"
	regoSetting = "package weir.settings\n\nimport data.who\n\n%s := %s if who.everybody\n"
	regoWho     = "package who\n\neverybody if input.user.active in {%s}\n"
)

func named(name, text string) string { return strings.Replace(text, `"r"`, `"`+name+`"`, 1) }

// someSessions of the demo are enough for every pair, and leave time for all sets.
const someSessions = 24

// change is two policies with the sets of changes that flips are to name, all of them.
type change struct {
	name          string
	before, after files
	want          []string
	others        bool // some flips have another set as small
}

var pairs = []change{
	{"the only change", files{}, files{"a.hcl": noTasks}, []string{"setting tasks.downsync"}, false},
	{"one of two matters", files{}, files{"a.hcl": "org {\n  tasks {\n    downsync = false\n    when_moved = \"delete\"\n  }\n}\n"},
		[]string{"setting tasks.downsync"}, false},
	{"two together", files{"a.hcl": "view \"v\" {\n  filter = \"item.title < 'A'\"\n}\n"},
		files{"a.hcl": "view \"v\" {\n  filter = \"item.title >= 'A'\"\n}\norg {\n  contacts {\n    scope = view.v\n  }\n}\n"},
		[]string{`setting contacts.scope + view "v"`}, false},
	{"four together", files{"a.hcl": "group \"g\" {\n  when = \"!user.active\"\n}\nview \"v\" {\n  filter = \"item.title < 'A'\"\n}\ngroup \"h\" {\n  when       = \"user.active\"\n  precedence = 1\n  contacts {\n    scope = \"mine\"\n  }\n}\n"},
		files{"a.hcl": "group \"g\" {\n  when       = \"user.active\"\n  precedence = 2\n  contacts {\n    scope = view.v\n  }\n}\nview \"v\" {\n  filter = \"item.title >= 'A'\"\n}\ngroup \"h\" {\n  when       = \"user.active\"\n  precedence = 1\n  contacts {\n    scope = \"mine\"\n  }\n}\n" + noTasks},
		[]string{`group "g" + group "g" + setting group "g": contacts.scope + view "v"`, "setting tasks.downsync"}, false},
	{"each suffices", files{}, files{"a.hcl": rule("task", "true", "") + named("s", rule("task", "item.kind == 'task'", ""))}, []string{`rule "r"`}, true},
	{"an added rule", files{"a.hcl": noTasks}, files{"a.hcl": noTasks, "b.hcl": rule("event", "true", "") + named("s", rule("task", "item.private && !item.private", ""))},
		[]string{`rule "r"`}, false},
	{"who is in a group", files{"a.hcl": "group \"g\" {\n  when = \"!user.active\"\n  tasks {\n    downsync = false\n  }\n}\n"},
		files{"a.hcl": "group \"g\" {\n  when = \"user.active\"\n  tasks {\n    downsync = false\n    when_moved = \"delete\"\n  }\n}\n"}, []string{`group "g"`}, false},
	{"a block that is gone", files{"a.hcl": noTasks + rule("event", "true", "")}, files{}, []string{`rule "r"`, "setting tasks.downsync"}, false},
	{"a group that is gone", files{"a.hcl": "group \"g\" {\n  when = \"user.active\"\n  tasks {\n    downsync = false\n  }\n}\n"}, files{}, []string{`setting group "g": tasks.downsync`}, true},
	{"a rule brings its group", files{}, files{"a.hcl": "group \"g\" {\n  when = \"user.active\"\n}\n" + rule("task", "true", `groups = ["g"]`)}, []string{`rule "r"`}, false},
	{"a setting brings its group and view", files{}, files{"a.hcl": "view \"v\" {\n  filter = \"item.title >= 'A'\"\n}\ngroup \"g\" {\n  when = \"user.active\"\n  contacts {\n    scope = view.v\n  }\n}\n"},
		[]string{`setting group "g": contacts.scope`}, false},
	{"moved between files", files{"a.hcl": rule("contact", "item.private", "") + noTasks},
		files{"b.hcl": noTasks, "y.hcl": named("events", rule("event", "true", "")) + named("none", rule("event", "item.private && !item.private", "")), "z.hcl": rule("contact", "item.private", "")},
		[]string{`rule "events"`}, false},
	{"rules in Rego are changes of their own", files{"r.rego": fmt.Sprintf(regoRules, "true", "true")}, files{"r.rego": fmt.Sprintf(regoRules, "false", "false")},
		[]string{`rule "events"`, `rule "tasks"`}, false},
	{"modules that set settings are one change", files{"s.rego": fmt.Sprintf(regoSetting, "tasks.when_moved", `"delete"`), "w.rego": fmt.Sprintf(regoWho, "false")},
		files{"a.hcl": rule("event", "true", ""), "s.rego": fmt.Sprintf(regoSetting, "tasks.downsync", "false"), "w.rego": fmt.Sprintf(regoWho, "true")},
		[]string{"module s.rego + module w.rego", `rule "r"`}, false},
	{"one of two of a name", files{"r.rego": strings.ReplaceAll(fmt.Sprintf(regoRules, "true", "true"), "tasks", "events")},
		files{"a.hcl": "org {\n  contacts {\n    when_moved = \"delete\"\n  }\n}\n", "r.rego": strings.ReplaceAll(fmt.Sprintf(regoRules, "true", "false"), "tasks", "events")}, []string{`rule "events"`}, false},
}

func compared(t *testing.T, before, after compare.Policy) *compare.Report {
	r, diags, err := compare.Run(context.Background(), before, after, []compare.Recorded{demo(t)}, compare.Options{Tries: 64, Sessions: someSessions})
	require.NoError(t, err)
	require.False(t, diags.HasErrors(), "%s", diags)
	return r
}

// TestFewestChanges: flips name the fewest changes that suffice. Every set of the changes
// is made to the old policy, and what comes of it compared: the sets named give the same
// difference, no smaller one does, and as many others do as is said.
func TestFewestChanges(t *testing.T) {
	for _, c := range pairs {
		t.Run(c.name, func(t *testing.T) {
			before, after := c.before.load(t), c.after.load(t)
			r := compared(t, before, after)
			require.NotEmpty(t, r.Decisions)
			changes := policies.Changes(before.Set, after.Set)
			units := policies.Separable(changes)
			require.LessOrEqual(t, len(units), 6)
			flips := make([]map[string]bool, 1<<len(units))
			for set := range flips {
				flips[set] = flipsOf(t, before, after, chosen(changes, units, set))
			}
			seen, others := map[string]bool{}, false
			for _, f := range r.Decisions {
				require.True(t, f.Suffice)
				seen[strings.Join(causesOf(r, f), " + ")] = true
				others = others || f.OtherSets > 0
				size, sets, named := fewest(flips, flipKey(f))
				assert.Equal(t, f.OtherSets+1, len(sets), "%+v", f)
				assert.Positive(t, size)
				assert.True(t, slices.ContainsFunc(sets, func(set int) bool {
					return slices.Equal(whats(chosen(changes, units, set)), causesOf(r, f))
				}), "%v is none of %v", causesOf(r, f), named)
			}
			assert.Equal(t, c.want, slices.Sorted(maps.Keys(seen)))
			assert.Equal(t, c.others, others)
			assert.False(t, r.MoreSets)
			assert.Equal(t, r, compared(t, before, after), "twice the same")
		})
	}
}

// chosen are the changes of the units whose bits are set.
func chosen(changes []policies.PolicyChange, units [][]int, set int) []policies.PolicyChange {
	var out []policies.PolicyChange
	for i, unit := range units {
		for _, c := range unit {
			if set&(1<<i) != 0 {
				out = append(out, changes[c])
			}
		}
	}
	return out
}

// flipsOf are the flips that some of the changes make; none where they contradict.
func flipsOf(t *testing.T, before, after compare.Policy, some []policies.PolicyChange) map[string]bool {
	hybrid := compare.Policy{Name: "h", Set: policies.Hybrid(before.Set, after.Set, some)}
	r, diags, err := compare.Run(context.Background(), before, hybrid, []compare.Recorded{demo(t)}, compare.Options{Tries: -1, Sessions: someSessions})
	require.NoError(t, err)
	out := map[string]bool{}
	if !diags.HasErrors() {
		for _, f := range r.Decisions {
			out[flipKey(f)] = true
		}
	}
	return out
}

// flipKey is a flip without its lines and words, and without its causes.
func flipKey(f compare.Flip) string {
	decision := func(d compare.Decision) string {
		code := ""
		if d.Reason != nil {
			code = d.Reason.Code
		}
		return fmt.Sprint(d.Op, d.On, d.Held, d.Row, code)
	}
	return fmt.Sprint(f.Recording, f.Session, f.User, f.Kind, f.RecordID, f.ItemID, decision(f.Before), decision(f.After))
}

// fewest are the smallest of the sets that make a flip.
func fewest(flips []map[string]bool, key string) (size int, sets []int, text string) {
	for set, made := range flips {
		n := bits.OnesCount(uint(set))
		if !made[key] || sets != nil && n > size {
			continue
		}
		if n < size {
			sets = nil
		}
		size, sets = n, append(sets, set)
	}
	return size, sets, fmt.Sprintf("%b", sets)
}

func causesOf(r *compare.Report, f compare.Flip) []string {
	var out []string
	for _, i := range f.Causes {
		out = append(out, r.Causes[i].What)
	}
	slices.Sort(out)
	return out
}

func whats(changes []policies.PolicyChange) []string {
	var out []string
	for _, c := range changes {
		out = append(out, c.What)
	}
	slices.Sort(out)
	return out
}

// Where the tries end, what was not found is not said to suffice, and a set that was
// found has no smaller one all the same.
func TestTriesEnd(t *testing.T) {
	c := pairs[slices.IndexFunc(pairs, func(c change) bool { return c.name == "four together" })]
	r, _, err := compare.Run(context.Background(), c.before.load(t), c.after.load(t), []compare.Recorded{demo(t)}, compare.Options{Tries: 5, Sessions: someSessions})
	require.NoError(t, err)
	assert.True(t, r.MoreSets)
	found, open := 0, 0
	for _, f := range r.Decisions {
		if f.Suffice {
			found++
			assert.Equal(t, []string{"setting tasks.downsync"}, causesOf(r, f))
		} else {
			open++
			assert.Equal(t, "contact", f.Kind)
		}
	}
	assert.NotZero(t, found)
	assert.NotZero(t, open)
}

// shipped are the policies that come with weir, and those of these tests.
func shipped(t *testing.T) []compare.Policy {
	var out []compare.Policy
	add := func(name string, fsys fs.FS) {
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		if assert.False(t, diags.HasErrors(), "%s: %s", name, diags) {
			out = append(out, compare.Policy{Name: name, Set: set})
		}
	}
	for _, p := range library.List() {
		fsys, ok := library.Open(p.Name)
		require.True(t, ok)
		add(p.Name, fsys)
	}
	add("the example", os.DirFS("../examples/policy-repo/policy"))
	add("the demo", os.DirFS("../fixtures/acme/policy"))
	for _, c := range pairs {
		out = append(out, c.after.load(t))
	}
	return out
}

// A policy with all changes decides as the new one on everything recorded, with none as
// the old one.
func TestHybridsDecideAsTheirEnds(t *testing.T) {
	all := shipped(t)
	require.Greater(t, len(all), 25)
	for i, before := range all {
		after := all[(i+1)%len(all)]
		changes := policies.Changes(before.Set, after.Set)
		for name, ends := range map[string][2]compare.Policy{
			"none": {before, {Set: policies.Hybrid(before.Set, after.Set, nil)}},
			"all":  {after, {Set: policies.Hybrid(before.Set, after.Set, changes)}},
		} {
			r, diags, err := compare.Run(context.Background(), ends[0], ends[1], []compare.Recorded{demo(t)}, compare.Options{Tries: -1, Sessions: someSessions})
			require.NoError(t, err)
			require.False(t, diags.HasErrors(), "%s to %s: %s", before.Name, after.Name, diags)
			assert.Empty(t, r.Decisions, "%s to %s: %s of the changes", before.Name, after.Name, name)
			assert.Equal(t, r.Before, r.After)
		}
	}
}
