package compare_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/compare"
	"weir/policies"
	"weir/policies/celexpr"
	"weir/policies/library"
	"weir/policytest"
	"weir/state"
)

// proofs are what is not proved equal, by what it is about.
func proofs(t *testing.T, before, after string) map[string]compare.Proof {
	t.Helper()
	list, err := compare.Prove(context.Background(), policy(t, before).Set, policy(t, after).Set)
	require.NoError(t, err)
	out := map[string]compare.Proof{}
	for _, p := range list {
		if p.Relation != compare.Equal {
			out[strings.TrimSpace(p.What+" "+p.Kind)] = p
		}
	}
	return out
}

func said(list map[string]compare.Proof) map[string]string {
	out := map[string]string{}
	for what, p := range list {
		out[what] = fmt.Sprintf("%s: %s", p.Relation, p.Text)
	}
	return out
}

// TestProofs: changes, and what is proved of them.
func TestProofs(t *testing.T) {
	const sales = "group \"sales\" {\n  when = \"user.profile == 'Sales'\"\n  contacts {\n    scope = \"all\"\n  }\n}\n"
	for name, c := range map[string]struct {
		before, after string
		want          map[string]string
	}{
		"a scope for everybody": {
			"org {\n  contacts {\n    scope = \"all\"\n  }\n}\n", "org {\n  contacts {\n    scope = \"mine\"\n  }\n}\n",
			map[string]string{"setting contacts.scope": "narrower: was all, is now mine for everybody"}},
		"a switch for a group": {
			"", "group \"sales\" {\n  when = \"user.profile == 'Sales'\"\n  tasks {\n    downsync = false\n  }\n}\n",
			map[string]string{"setting tasks.downsync": "narrower: was true, is now false for some"}},
		"what a higher group sets does not matter": {
			sales + "group \"x\" {\n  when = \"user.profile.startsWith('Sal')\"\n  precedence = 10\n  contacts {\n    scope = \"mine\"\n  }\n}\n",
			"group \"x\" {\n  when = \"user.profile.startsWith('Sal')\"\n  precedence = 10\n  contacts {\n    scope = \"mine\"\n  }\n}\n", map[string]string{}},
		"a wider group": {sales, strings.Replace(sales, "== 'Sales'", "in ['Sales', 'Support']", 1),
			map[string]string{"group \"sales\"": "wider: has more members", "setting contacts.scope": "wider: was mine, is now all for some"}},
		"both": {
			"org {\n  tasks {\n    window {\n      completed = \"14d\"\n    }\n  }\n}\n" + "group \"a\" {\n  when = \"user.profile == 'A'\"\n  tasks {\n    window {\n      completed = \"30d\"\n    }\n  }\n}\n",
			"org {\n  tasks {\n    window {\n      completed = \"20d\"\n    }\n  }\n}\n",
			map[string]string{"setting tasks.window.completed": "both: was 30d, is now 20d for some; was 14d, is now 20d for some"}},
		"forced": {
			"org {\n  tasks {\n    downsync = true\n  }\n}\n", "org {\n  tasks {\n    downsync = true\n    forced = [\"downsync\"]\n  }\n}\n",
			map[string]string{"setting tasks.downsync": "wider: was false, is now true for those whose own page says false"}},
		"groups that disagree": {
			sales, sales + "group \"field\" {\n  when = \"user.role == 'Field'\"\n  contacts {\n    scope = \"mine\"\n  }\n}\n",
			map[string]string{"setting contacts.scope": "both: was all, is now undecided (groups disagree) for some"}},
		"a user block": {
			"", "user \"ann@acme.example\" {\n  tasks {\n    downsync = false\n  }\n}\n",
			map[string]string{`setting user "ann@acme.example": tasks.downsync`: "narrower: was true, is now false"}},
		"forced in a user block": {
			"user \"ann@acme.example\" {\n  contacts {\n    scope = \"mine\"\n  }\n}\n",
			"user \"ann@acme.example\" {\n  contacts {\n    scope = \"mine\"\n  }\n  tasks {\n    forced = [\"downsync\"]\n  }\n}\n",
			map[string]string{`setting user "ann@acme.example": tasks.downsync`: "wider: was false, is now true for those whose own page says false"}},
		"groups that disagree about something else": {
			sales, strings.Replace(sales, "\"all\"", "\"mine\"", 1) + "group \"a\" {\n  when = \"user.active\"\n  tasks {\n    when_moved = \"delete\"\n  }\n}\ngroup \"b\" {\n  when = \"user.active\"\n  tasks {\n    when_moved = \"unlink\"\n  }\n}\n",
			map[string]string{"setting contacts.scope": "narrower: was all, is now mine for some",
				"setting tasks.when_moved": "both: was unlink, is now undecided (groups disagree) for some"}},
		"a limit": {
			"org {\n  limits {\n    mailbox_deletes {\n      max = 50\n    }\n  }\n}\n", "org {\n  limits {\n    mailbox_deletes {\n      max = 500\n    }\n  }\n}\n",
			map[string]string{"setting limits.mailbox_deletes.max": "wider: was 50, is now 500 for everybody"}},
		"a rule in other words": {
			rule("event", "item.private || item.title.startsWith('Lunch')", ""), rule("event", "!(!item.private && !item.title.startsWith('Lunch'))", ""), map[string]string{}},
		"a window in a rule": {
			rule("task", "item.due < today - days(7)", ""), rule("task", "item.due < today - days(14)", ""),
			map[string]string{`rule "r" task`: "narrower: no longer applies to some tasks"}},
		"a rule with a custom field": {
			rule("task", "item.title.contains('hold')", ""), rule("task", "item.title.contains('hold') || item.categories.exists(c, c == 'Legal')", ""),
			map[string]string{`rule "r" task`: "wider: now applies to tasks that it did not apply to"}},
		"a new rule":                {"", rule("task", "item.due == null", ""), map[string]string{`rule "r" task`: "wider: now applies to tasks that it did not apply to"}},
		"a rule that never applies": {"", rule("task", "item.due < today && item.due > today", ""), map[string]string{}},
		"one kind fewer": {
			strings.Replace(rule("task", "item.title == 'x'", ""), `["task"]`, `["task", "event"]`, 1), rule("task", "item.title == 'x'", ""),
			map[string]string{`rule "r" event`: "narrower: no longer applies to some events"}},
		"upwards only": {
			rule("task", "item.title == 'x'", "direction = \"both\""), rule("task", "item.title == 'x'", "direction = \"up\""),
			map[string]string{`rule "r" task`: "narrower: no longer applies to some tasks"}},
		"another effect": {
			rule("task", "item.title == 'x'", ""), strings.Replace(rule("task", "item.title == 'x'", ""), "exclude", "hold", 1),
			map[string]string{`rule "r" task`: "both: no longer applies to some tasks; now applies to tasks that it did not apply to"}},
		"members only": {
			sales + rule("task", "item.title == 'x'", ""), sales + rule("task", "item.title == 'x'", "groups = [\"sales\"]"),
			map[string]string{`rule "r" task`: "narrower: no longer applies to some tasks"}},
		"addresses inside the company": {
			rule("event", "item.attendees.exists(a, domain(a.email) == domain(user.email))", ""), rule("event", "item.attendees.exists(a, domain(a.email) == 'acme.example')", ""),
			map[string]string{`rule "r" event`: "both: no longer applies to some events; now applies to events that it did not apply to"}},
		"a view": {
			"view \"v\" {\n  filter = \"item.title.startsWith('A')\"\n}\norg {\n  contacts {\n    scope = view.v\n  }\n}\n",
			"view \"v\" {\n  filter = \"item.title.startsWith('Ab')\"\n}\norg {\n  contacts {\n    scope = view.v\n  }\n}\n",
			map[string]string{`view "v" contact`: "narrower: shows fewer contacts"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := proofs(t, c.before, c.after)
			assert.Equal(t, c.want, said(got))
			for what, p := range got {
				assert.NotEmpty(t, p.Examples, what)
				for _, e := range p.Examples {
					assert.NotEqual(t, e.Old, e.New, what)
				}
			}
		})
	}
}

func rule(kind, when, more string) string {
	return fmt.Sprintf("rule \"r\" {\n  kinds  = [%q]\n  when   = %q\n  effect = \"exclude\"\n  %s\n}\n", kind, when, more)
}

// TestExamplesAreSmall: an example names what it takes to show the difference, and no
// more.
func TestExamplesAreSmall(t *testing.T) {
	got := proofs(t, rule("task", "item.due < today - days(7) && !item.private", ""), rule("task", "item.due < today - days(14) && !item.private", ""))
	require.Len(t, got[`rule "r" task`].Examples, 1)
	assert.Equal(t, []compare.Field{{"item.due", "date('2026-04-26')"}, {"item.private", "null"}, {"today", "date('2026-05-04')"}}, got[`rule "r" task`].Examples[0].Fields)
}

// TestOldAgainstOld: every policy that weir knows is equal to itself, to the last
// setting and rule.
func TestOldAgainstOld(t *testing.T) {
	sets := map[string]fs.FS{"starter": fstest.MapFS{"org.hcl": {Data: policies.Starter()}}, "example": os.DirFS("../examples/policy-repo/policy")}
	for _, p := range library.List() {
		fsys, ok := library.Open(p.Name)
		require.True(t, ok)
		sets["library "+p.Name] = fsys
	}
	for _, pattern := range []string{"../fixtures/acme/policies/*", "../fixtures/acme/policy", "../engine/testdata/*/*", "../policies/testdata/resolve/*"} {
		dirs, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, dir := range dirs {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				sets[dir] = os.DirFS(dir)
			}
		}
	}
	proved := 0
	for name, fsys := range sets {
		load := func() *policies.Set {
			set, diags := policies.Load(fsys, policies.LoadOptions{})
			if diags.HasErrors() {
				return nil
			}
			return set
		}
		a, b := load(), load()
		if a == nil {
			continue
		}
		list, err := compare.Prove(context.Background(), a, b)
		require.NoError(t, err)
		for _, p := range list {
			proved++
			assert.Equal(t, compare.Equal, p.Relation, "%s: %s %s: %s", path.Base(name), p.What, p.Kind, p.Text)
		}
	}
	t.Logf("%d settings, rules, groups and views of %d policies", proved, len(sets))
	require.Greater(t, proved, 50)
}

// TestExamplesBecomeTests: what was proved is written as tests that pass under the new
// policy, and not one of them under the old one.
func TestExamplesBecomeTests(t *testing.T) {
	const more = `
group "field" {
  when = "user.profile == 'Field' && 'west' in user.groups"
  contacts {
    scope = "all"
  }
}
`
	before := rule("task", "item.title.startsWith('Call') && item.custom['Level__c'] >= 3", "") + more
	after := strings.NewReplacer("'Call'", "'Ca'", "'west'", "'east'", ">= 3", ">= 5").Replace(before) + "org {\n  tasks {\n    downsync = true\n    forced = [\"downsync\"]\n  }\n}\n" +
		"rule \"guests\" {\n  kinds  = [\"event\"]\n  when   = \"item.attendees.exists(a, domain(a.email) != 'acme.example') && item.start > now\"\n  effect = \"hold\"\n}\n" +
		"user \"bob@acme.example\" {\n  events {\n    window {\n      past = \"3d\"\n    }\n  }\n}\n"
	old, new := policyWith(t, before), policyWith(t, after)
	list, err := compare.Prove(context.Background(), old, new)
	require.NoError(t, err)
	out, err := compare.WriteTests(context.Background(), list, old, new)
	require.NoError(t, err)
	t.Logf("%d written, left out %v\n%s", out.Tests, out.LeftOut, out.Text)
	assert.Len(t, out.LeftOut, 2, "who is in a group is no expectation")
	for _, name := range out.LeftOut {
		assert.Regexp(t, `^group "field": .+ → .+ \(for example where user\..+\)$`, name)
		assert.Contains(t, string(out.Text), "\n#   "+name+"\n")
	}
	assert.GreaterOrEqual(t, out.Tests, 6)
	suite := policytest.Parse("examples_test.hcl", out.Text)
	for set, passing := range map[*policies.Set]int{old: 0, new: out.Tests} {
		r, diags, err := suite.Run(context.Background(), set, policytest.Options{})
		require.NoError(t, err)
		require.Empty(t, diags)
		assert.Equal(t, passing, r.Passed, "%v", r.Cases)
		assert.Equal(t, out.Tests-passing, r.Failed)
	}
	again, err := compare.WriteTests(context.Background(), list, old, new)
	require.NoError(t, err)
	assert.Equal(t, string(out.Text), string(again.Text))
}

// What a rule holds on its way up is told apart by what is marked for it.
func TestExamplesOfTheWayUp(t *testing.T) {
	old := policyWith(t, "")
	new := policyWith(t, "rule \"no up\" {\n  kinds     = [\"task\", \"event\", \"contact\"]\n  direction = \"up\"\n  when      = \"item.private\"\n  effect    = \"hold\"\n}\n")
	list, err := compare.Prove(context.Background(), old, new)
	require.NoError(t, err)
	out, err := compare.WriteTests(context.Background(), list, old, new)
	require.NoError(t, err)
	assert.Empty(t, out.LeftOut)
	assert.Equal(t, 3, out.Tests)
	assert.Contains(t, string(out.Text), `categories = ["Salesforce"]`)
	r, diags, err := policytest.Parse("examples_test.hcl", out.Text).Run(context.Background(), new, policytest.Options{})
	require.NoError(t, err)
	require.Empty(t, diags)
	assert.Equal(t, 3, r.Passed)
}

// policyWith knows a custom field.
func policyWith(t testing.TB, text string) *policies.Set {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(text)}}, policies.LoadOptions{Custom: &celexpr.CustomFields{Item: map[state.Kind]map[string]state.Type{state.Task: {"Level__c": state.Number}}}})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}
