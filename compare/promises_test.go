package compare_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/compare"
	"weir/policies"
	"weir/simulate"
)

// TestPromises: invariants that a policy keeps for all inputs, and others that it
// breaks, each of those with what breaks it.
func TestPromises(t *testing.T) {
	const hold = "rule \"hold\" {\n  kinds     = [\"task\"]\n  when      = \"item.custom['Hold__c'] == 'yes'\"\n  direction = \"both\"\n  effect    = \"hold\"\n}\n"
	const promise = "invariant \"held\" {\n  kinds = [\"task\"]\n  when  = \"item.custom['Hold__c'] == 'yes'\"\n  never = [%s]\n}\n"
	const titled = "rule \"hold\" {\n  kinds     = [\"task\"]\n  when      = \"item.title.startsWith('[hold]')\"\n  direction = \"both\"\n  effect    = \"hold\"\n}\n"
	const ofTitle = "invariant \"held\" {\n  kinds = [\"task\"]\n  when  = \"item.title.startsWith('[hold]')\"\n  never = [%s]\n}\n"
	const contractors = "group \"contractors\" {\n  when = \"user.profile == 'Contractor'\"\n  contacts {\n    downsync = false\n    %s\n  }\n}\n" +
		"invariant \"none\" {\n  kinds  = [\"contact\"]\n  when   = \"true\"\n  groups = [\"contractors\"]\n  never  = [\"create_in_mailbox\"]\n}\n"
	for name, c := range map[string]struct{ policy, status, text, example string }{
		"held":                        {hold + fmt.Sprintf(promise, `"delete"`), "proved", "kept for all people and things", ""},
		"not held":                    {fmt.Sprintf(promise, `"delete_in_mailbox"`), "refuted", "broken: delete in mailbox of tasks", "item.custom['Hold__c'] = 'yes'"},
		"deleted in Salesforce":       {fmt.Sprintf(promise, `"delete_in_salesforce"`), "refuted", "broken: delete in salesforce of tasks", "item.custom['Hold__c'] = 'yes'"},
		"forbidden to remove":         {"org {\n  tasks {\n    forbid_to_remove = true\n    forced = [\"forbid_to_remove\"]\n  }\n}\n" + fmt.Sprintf(promise, `"delete_in_salesforce"`), "proved", "kept for all people and things", ""},
		"forbidden, unless":           {"org {\n  tasks {\n    forbid_to_remove = true\n  }\n}\n" + fmt.Sprintf(promise, `"delete_in_salesforce"`), "proved", "kept for all people and things", ""},
		"changed in Salesforce":       {fmt.Sprintf(promise, `"update_in_mailbox"`), "refuted", "broken: update in mailbox of tasks", "item.custom['Hold__c'] = 'yes'"},
		"changed in the mailbox":      {fmt.Sprintf(promise, `"update_in_salesforce"`), "refuted", "broken: update in salesforce of tasks", "item.custom['Hold__c'] = 'yes'"},
		"reworded, then deleted":      {titled + fmt.Sprintf(ofTitle, `"delete_in_salesforce"`), "refuted", "broken: delete in salesforce of tasks, after the copy was edited and then deleted", "item.title = '[hold]'"},
		"titles, forbidden to remove": {"org {\n  tasks {\n    forbid_to_remove = true\n  }\n}\n" + titled + fmt.Sprintf(ofTitle, `"delete"`), "proved", "kept for all people and things", ""},
		"titles, in mailboxes":        {titled + fmt.Sprintf(ofTitle, `"delete_in_mailbox"`), "proved", "kept for all people and things", ""},
		"contractors":                 {fmt.Sprintf(contractors, `forced = ["downsync"]`), "proved", "kept for all people and things", ""},
		"contractors, by their page":  {fmt.Sprintf(contractors, ""), "proved", "kept for all people and things", ""},
		"contractors, by name":        {fmt.Sprintf(contractors, `forced = ["downsync"]`) + "user \"ann@acme.example\" {\n  contacts {\n    downsync = true\n  }\n}\n", "refuted", "broken: create in mailbox of contacts", "user.profile = 'Contractor'"},
		"private events":              {rule("event", "item.private || item.title == 'x'", "") + "invariant \"private\" {\n  kinds = [\"event\"]\n  when  = \"item.private && item.start > now\"\n  never = [\"create_in_mailbox\", \"update_in_mailbox\"]\n}\n", "proved", "kept for all people and things", ""},
		"private events, some":        {rule("event", "item.private && item.title.startsWith('x')", "") + "invariant \"private\" {\n  kinds = [\"event\"]\n  when  = \"item.private\"\n  never = [\"create_in_mailbox\"]\n}\n", "refuted", "broken: create in mailbox of events", "item.private = true"},
		"nothing goes up":             {"org {\n  tasks {\n    upsync = \"off\"\n  }\n}\ninvariant \"down\" {\n  kinds = [\"task\"]\n  when  = \"true\"\n  never = [\"create_in_salesforce\"]\n}\n", "proved", "kept for all people and things", ""},
		"something goes up":           {"invariant \"down\" {\n  kinds = [\"task\"]\n  when  = \"item.title.contains('plan')\"\n  never = [\"create_in_salesforce\"]\n}\n", "refuted", "broken: create in salesforce of tasks", "item.title = 'plan'"},
		"switched off":                {"org {\n  sync = \"off\"\n}\ninvariant \"all\" {\n  when  = \"true\"\n  never = [\"create\", \"update\", \"delete\", \"decline_in_salesforce\"]\n}\n", "proved", "kept for all people and things", ""},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := compare.Promises(context.Background(), policy(t, c.policy).Set)
			require.NoError(t, err)
			require.Len(t, list, 1)
			assert.Equal(t, c.status, string(list[0].Status), list[0].Text)
			assert.Equal(t, c.text, list[0].Text)
			if c.example == "" {
				assert.Nil(t, list[0].Example)
				return
			}
			require.NotNil(t, list[0].Example)
			var fields []string
			for _, f := range list[0].Example.Fields {
				fields = append(fields, f.Name+" = "+f.Value)
			}
			assert.Contains(t, strings.Join(fields, ", "), c.example)
		})
	}
}

// pieces are parts of policies and conditions of invariants, over things of the demo.
var pieces = struct{ settings, rules, conditions, never []string }{
	settings: []string{"", "tasks {\n downsync = false\n }", "contacts {\n scope = \"all\"\n }", "tasks {\n forbid_to_remove = true\n }\n contacts {\n forbid_to_remove = true\n forced = [\"forbid_to_remove\"]\n }",
		"events {\n removal = \"keep\"\n }", "tasks {\n upsync = \"off\"\n }\n events {\n upsync = \"off\"\n }", "contacts {\n downsync = false\n forced = [\"downsync\"]\n }", "preferences = \"ignore\"", "events {\n when_out = \"remove\"\n }\n tasks {\n when_out = \"remove\"\n }"},
	rules: []string{"", "when = \"item.private\"\n effect = \"hold\"", "when = \"item.private\"\n direction = \"both\"\n effect = \"hold\"", "when = \"item.title > 'M'\"\n effect = \"exclude\"",
		"when = \"item.owner == user.id\"\n effect = \"hold\"", "when = \"user.email < 'm'\"\n direction = \"both\"\n effect = \"hold\"", "when = \"item.title != null\"\n direction = \"both\"\n effect = \"exclude\""},
	conditions: []string{"true", "item.private", "item.title > 'P'", "user.email < 'g'", "item.owner == user.id", "item.owner != user.id", "item.title == null"},
	never:      []string{"create_in_mailbox", "update_in_mailbox", "delete_in_mailbox", "create_in_salesforce", "update_in_salesforce", "delete_in_salesforce", "decline_in_salesforce"},
}

// TestProvedIsKept: what is proved is never broken in a simulation of the demo.
func TestProvedIsKept(t *testing.T) {
	source := demo(t)
	proved, broken := 0, 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		pick := func(list []string) string { return list[r.IntN(len(list))] }
		text := "org {\n " + pick(pieces.settings) + "\n}\n"
		for i := range 2 {
			if body := pick(pieces.rules); body != "" {
				text += fmt.Sprintf("rule \"r%d\" {\n %s\n}\n", i, body)
			}
		}
		for i, when := range pieces.conditions {
			for _, never := range pieces.never {
				text += fmt.Sprintf("invariant \"i%d-%s\" {\n when = \"%s\"\n never = [\"%s\"]\n}\n", i, never, when, never)
			}
		}
		set := policy(t, text).Set
		list, err := compare.Promises(context.Background(), set)
		require.NoError(t, err)
		status := map[string]compare.Status{}
		for _, p := range list {
			status[p.Name] = p.Status
			if p.Status == compare.Proved {
				proved++
			}
		}
		res, diags, err := simulate.Run(context.Background(), source.Source, set, simulate.Options{})
		require.NoError(t, err)
		require.False(t, diags.HasErrors(), "%s", diags)
		for _, f := range res.Findings {
			if f.Code == "invariant_broken" {
				broken++
				name, _, _ := strings.Cut(strings.TrimPrefix(f.Text, "invariant "), " ")
				require.NotEqual(t, compare.Proved, status[name], "seed %d: %s\n%s", seed, f.Text, text)
			}
		}
	}
	t.Logf("%d invariants proved, %d others broken", proved, broken)
	assert.Greater(t, proved, 100)
	assert.Greater(t, broken, 100)
}

// TestTrustedPromises: a change that redefines the group which a rule is limited to takes
// the rule from those who were in it; what the base promises them is not kept any more,
// although the invariant and the rule read as before.
func TestTrustedPromises(t *testing.T) {
	const text = "group \"legal\" {\n  when = \"user.profile == 'Legal'\"\n}\n" +
		"rule \"hold\" {\n  kinds     = [\"task\"]\n  when      = \"true\"\n  groups    = [\"legal\"]\n  direction = \"both\"\n  effect    = \"hold\"\n}\n" +
		"invariant \"held\" {\n  kinds  = [\"task\"]\n  when   = \"true\"\n  groups = [\"legal\"]\n  never  = [\"update_in_mailbox\"]\n}\n"
	status := func(set *policies.Set) []string {
		list, err := compare.Promises(context.Background(), set)
		require.NoError(t, err)
		var out []string
		for _, p := range list {
			out = append(out, p.Name+" "+string(p.Status))
		}
		return out
	}
	base := policy(t, text).Set
	change := policy(t, strings.Replace(text, "'Legal'", "'Nobody'", 1)).Set
	gone := policy(t, "rule \"other\" {\n  when   = \"item.private\"\n  effect = \"hold\"\n}\n").Set
	assert.Equal(t, []string{"held proved"}, status(base))
	assert.Equal(t, []string{"held proved"}, status(base.WithInvariantsOf(base)))
	assert.Equal(t, []string{"held proved"}, status(change), "by itself")
	assert.Equal(t, []string{"held refuted"}, status(change.WithInvariantsOf(base)))
	assert.Equal(t, []string{"held (base) refuted"}, status(gone.WithInvariantsOf(base)))

	taken := policy(t, "invariant \"held (base)\" {\n  kinds = [\"task\"]\n  when  = \"false\"\n  never = [\"create\"]\n}\n").Set
	assert.Equal(t, []string{"held (base) proved", "held (base) (base) refuted"}, status(taken.WithInvariantsOf(base)), "somebody's own may be called that")
}
