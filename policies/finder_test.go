package policies_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// conditions of rules for the finder's test; %d makes many of them.
var finderConditions = map[string][]string{
	"event": {"item.private", "!item.private && item.location == 'Room %d'", "item.title.startsWith('T%d')", "'c%d' in item.categories",
		"item.attendees.exists(a, domain(a.email) == 'd%d.example')", "item.attendees.all(a, a.name == 'n%d')",
		"user.profile == 'P%d' && item.all_day", "item.organizer_email == user.email", "item.start < now - days(%d)",
		"user.id in item.participants && item.title == 'T%d'", "item.title.split('%d').size() > 1"},
	"task":    {"item.closed || item.due < today", "item.status in ['S%d', 'T']", "item.owner == user.id && item.title == 'T%d'", "item.custom['Code__c'] == 'C%d'"},
	"contact": {"item.email.endsWith('@d%d.example')", "domain(item.email) in ['d%d.example', 'gmail.com']", "item.company == null", "'g%d' in user.groups"},
}

func finderPolicy(r *rand.Rand, n int) string {
	var b strings.Builder
	b.WriteString("group \"g\" {\n  when = \"user.profile == 'P1'\"\n  contacts {\n    downsync = true\n  }\n}\n")
	kinds := []string{"event", "task", "contact"}
	for i := range n {
		kind := kinds[r.IntN(3)]
		text := finderConditions[kind][r.IntN(len(finderConditions[kind]))]
		if strings.Contains(text, "%d") {
			text = fmt.Sprintf(text, r.IntN(4))
		}
		fmt.Fprintf(&b, "rule \"r%d\" {\n  kinds = [%q]\n  direction = %q\n  effect = %q\n  when = %q\n", i, kind,
			[]string{"down", "up", "both"}[r.IntN(3)], []string{"exclude", "hold"}[r.IntN(2)], text)
		if r.IntN(5) == 0 {
			b.WriteString("  groups = [\"g\"]\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func maybe(r *rand.Rand, v state.Value) state.Value {
	switch r.IntN(6) {
	case 0:
		return state.Value{}
	case 1:
		return state.EmptyValue()
	}
	return v
}

func finderItem(r *rand.Rand, kind state.Kind, side state.Side) *state.Item {
	it := state.NewItem(kind, side, "id")
	n := func() int { return r.IntN(4) }
	set := func(a state.Attr, v state.Value) { it.Set(a, maybe(r, v)) }
	set(state.AttrPrivate, state.BoolValue(n() == 0))
	set(state.AttrAllDay, state.BoolValue(n() == 0))
	set(state.AttrClosed, state.BoolValue(n() == 0))
	set(state.AttrTitle, state.TextValue(fmt.Sprintf("T%d", n())))
	set(state.AttrLocation, state.TextValue(fmt.Sprintf("Room %d", n())))
	set(state.AttrStatus, state.TextValue(fmt.Sprintf("S%d", n())))
	set(state.AttrOwner, state.TextValue(fmt.Sprintf("005%d", n())))
	set(state.AttrEmail, state.TextValue(fmt.Sprintf("x@D%d.example", n())))
	set(state.AttrDue, state.DayValue(state.MakeDate(2026, 5, 2+n())))
	set(state.AttrStart, state.InstantValue(time.Date(2026, 5, 2+n(), 12, 0, 0, 0, time.UTC)))
	set(state.AttrCategories, state.TextsValue([]string{fmt.Sprintf("c%d", n()), "x"}))
	set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: fmt.Sprintf("a@d%d.example", n()), Name: fmt.Sprintf("n%d", n())}}))
	it.AttendeesTruncated = n() == 0
	it.InviteesKnown = []state.Truth{state.True, state.Unknown}[r.IntN(2)]
	it.Custom = map[string]state.Value{"Code__c": maybe(r, state.TextValue(fmt.Sprintf("C%d", n())))}
	return it
}

// TestFinderLeavesOutOnlyTheFalse compares looking rules up with trying all of
// them, for people and items of which not everything is recorded.
func TestFinderLeavesOutOnlyTheFalse(t *testing.T) {
	found, tried := 0, 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		set := load(t, "p.hcl", finderPolicy(r, 60))
		for range 5 {
			u := &state.User{ID: fmt.Sprintf("005%d", r.IntN(4)), Address: "ann@acme.example"}
			u.Values[state.UserProfile] = maybe(r, state.TextValue(fmt.Sprintf("P%d", r.IntN(4))))
			u.Values[state.UserEmail] = maybe(r, state.TextValue("ann@acme.example"))
			u.Values[state.UserGroups] = maybe(r, state.TextsValue([]string{"g1", "g2"}))
			settings := set.Resolve(u, nil)
			at := cond.Subject{User: u, Now: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), Today: state.MakeDate(2026, 5, 4)}
			finder := settings.RuleFinder(&at)
			for range 20 {
				kind := state.Kinds()[r.IntN(3)]
				s := at
				s.Item = finderItem(r, kind, []state.Side{state.Salesforce, state.Mailbox}[r.IntN(2)])
				if r.IntN(2) == 0 {
					s.Other = finderItem(r, kind, s.Item.Side.Other())
				}
				for _, d := range []policies.Direction{policies.Down, policies.Up} {
					hits := finder.Find(d, &s)
					found += len(hits)
					for i, rule := range settings.Rules {
						if !rule.AppliesTo(kind, d) {
							continue
						}
						tried++
						if slices.Contains(hits, i) {
							continue
						}
						truth, err := rule.When.Eval(&s)
						require.NoError(t, err, "seed %d: %s", seed, rule.When)
						require.Equal(t, state.False, truth, "seed %d: %s", seed, rule.When)
					}
				}
			}
		}
	}
	t.Logf("%d of %d rules found", found, tried)
	assert.Less(t, found, tried*3/4)
}

// Looking up costs no allocation once the finder has its memory.
func TestFinderDoesNotAllocate(t *testing.T) {
	set := load(t, "p.hcl", finderPolicy(rand.New(rand.NewPCG(7, 0)), 200))
	u := &state.User{Address: "ann@acme.example"}
	u.Values[state.UserProfile] = state.TextValue("P1")
	settings := set.Resolve(u, nil)
	at := cond.Subject{User: u, Today: 1}
	finder := settings.RuleFinder(&at)
	s := at
	s.Item = finderItem(rand.New(rand.NewPCG(1, 0)), state.Contact, state.Salesforce)
	finder.Find(policies.Down, &s)
	assert.Zero(t, testing.AllocsPerRun(100, func() { finder.Find(policies.Down, &s) }))
}
