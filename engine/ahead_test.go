package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// crowd is one user with linked tasks, some of them edited in the mailbox,
// unlinked ones and marked items that go up: so many of each.
func crowd(n int) *state.Snapshot {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	full := state.Coverage{First: at.AddDate(0, 0, -30), Last: at, Complete: true}
	box := state.NewMailboxState()
	snap := &state.Snapshot{At: at, LastCapture: at, InviteesRecorded: true, Directory: state.NewDirectory(), Markers: state.DefaultMarkers(), Mailboxes: mailboxOf{box}}
	for _, k := range state.Kinds() {
		snap.Records[k] = state.NewTable(k, state.Salesforce)
		snap.Records[k].Coverage, box.Items[k].Coverage = full, full
	}
	u := &state.User{ID: "ann", Address: "ann@acme.example", Zone: time.UTC, ZoneFrom: "manifest", Recorded: true}
	u.Values[state.UserActive] = state.BoolValue(true)
	snap.Users = append(snap.Users, u)
	task := func(side state.Side, id, title string) *state.Item {
		it := state.NewItem(state.Task, side, id)
		it.BySync = state.False
		for a, v := range map[state.Attr]state.Value{
			state.AttrTitle: state.TextValue(title), state.AttrClosed: state.BoolValue(false), state.AttrStatus: state.TextValue("Not Started"),
			state.AttrPriority: state.TextValue("Normal"), state.AttrDue: state.DayValue(state.DateOf(at, time.UTC)), state.AttrBody: state.EmptyValue(),
			state.AttrModified: state.InstantValue(at.AddDate(0, 0, -5)), state.AttrSubtype: state.TextValue("Task"), state.AttrCategories: state.TextsValue(nil),
		} {
			it.Set(a, v)
		}
		if side == state.Salesforce {
			it.Set(state.AttrOwner, state.TextValue("ann"))
		}
		return it
	}
	object := func(versions ...*state.Item) *state.Object {
		o := &state.Object{ID: versions[0].ID, Kind: state.Task}
		for i, it := range versions {
			when := at.AddDate(0, 0, i-5)
			o.Versions = append(o.Versions, state.Version{From: when, SeenAt: when, State: state.Live, Item: it})
		}
		return o
	}
	for i := range n {
		record, item := fmt.Sprintf("T%04d", i), fmt.Sprintf("I%04d", i)
		title := fmt.Sprintf("%d linked", i%7)
		versions := []*state.Item{task(state.Mailbox, item, title)}
		if i%5 == 0 {
			versions = append(versions, task(state.Mailbox, item, fmt.Sprintf("%d edited", i%7)))
		}
		snap.Records[state.Task].Put(object(task(state.Salesforce, record, title)))
		box.Items[state.Task].Put(object(versions...))
		box.Links.Put(&state.Link{Kind: state.Task, RecordID: record, ItemID: item, State: state.LinkActive, Born: state.Salesforce})
		snap.Records[state.Task].Put(object(task(state.Salesforce, "U"+record, fmt.Sprintf("%d new %d", i%7, i))))
		marked := task(state.Mailbox, "P"+item, fmt.Sprintf("%d mine %d", i%7, i))
		if i%3 == 0 {
			marked.Set(state.AttrCategories, state.TextsValue([]string{"Salesforce"}))
		}
		box.Items[state.Task].Put(object(marked))
	}
	return snap
}

type mailboxOf struct{ box *state.MailboxState }

func (b mailboxOf) Mailbox(*state.User) (*state.MailboxState, error) { return b.box, nil }

// counter is a language that counts how it is called.
type counter struct{ single, batches, asked int }

// condition is true of titles that begin with 3 and fails on those with 4.
func (c *counter) condition() *cond.Opaque {
	answer := func(s *cond.Subject) cond.Answer {
		switch title := s.Get(state.AttrTitle).Text(); {
		case strings.HasPrefix(title, "3"):
			return cond.Answer{Truth: state.True}
		case strings.HasPrefix(title, "4"):
			return cond.Answer{Truth: state.Unknown, Err: fmt.Errorf("failed on %s", title)}
		}
		return cond.Answer{Truth: state.False}
	}
	return &cond.Opaque{Language: "test", Source: "test", Uses: cond.RefsOf(cond.Attr{Attr: state.AttrTitle}),
		Call: func(s *cond.Subject) (state.Truth, error) {
			c.single++
			a := answer(s)
			return a.Truth, a.Err
		},
		Batch: func(subjects []*cond.Subject) []cond.Answer {
			c.batches++
			c.asked += len(subjects)
			out := make([]cond.Answer, len(subjects))
			for i, s := range subjects {
				out[i] = answer(s)
			}
			return out
		}}
}

// planned drafts the crowd's user under one rule.
func planned(t *testing.T, snap *state.Snapshot, rule *policies.Rule) UserPlan {
	s, diags := NewSession(snap, policies.Default(), Options{})
	require.Empty(t, diags)
	u := snap.Users[0]
	s.settings[u.Address].Rules = []policies.UserRule{{Rule: rule, Member: state.True}}
	d, err := s.Draft(context.Background(), u)
	require.NoError(t, err)
	return d.plan
}

// TestRulesAreAskedTogether: what a batched rule says is asked about hundreds of
// things at a time, hardly ever about one, never about things that what stands
// in front of it leaves out, and the plan is the same.
func TestRulesAreAskedTogether(t *testing.T) {
	const n = 600
	snap := crowd(n)
	for _, direction := range []policies.Direction{policies.Down, policies.Up, policies.Both} {
		for _, front := range []cond.Expr{cond.Const(true), cond.TextTest(cond.Contains, cond.Attr{Attr: state.AttrTitle}, cond.Literal{Value: state.TextValue("9")})} {
			for _, effect := range []policies.Effect{policies.Exclude, policies.Hold} {
				t.Run(fmt.Sprintf("%d %s %d", direction, front, effect), func(t *testing.T) {
					var one, many counter
					rule := policies.Rule{Name: "r", Kinds: []state.Kind{state.Task}, Direction: direction, Effect: effect}
					single, batched := rule, rule
					single.When, batched.When = cond.AllOf(front, one.condition()), cond.AllOf(front, many.condition())
					batched.Batched = true
					want, got := planned(t, snap, &single), planned(t, snap, &batched)
					assert.Equal(t, want, got)
					assert.NotEmpty(t, want.Operations)
					assert.Zero(t, one.batches)
					assert.Positive(t, one.single)
					assert.Zero(t, many.single, "nothing is asked by itself")
					assert.LessOrEqual(t, many.asked, one.single+n/20, "hardly anything is asked in vain")
					assert.LessOrEqual(t, many.batches, 2*(3*(n/aheadBlock+1)))
				})
			}
		}
	}
}

// TestOpaqueRulesPlanAlike compares a policy that OPA evaluates with one of the
// same meaning that is lowered.
func TestOpaqueRulesPlanAlike(t *testing.T) {
	snap := crowd(300)
	plan := func(when string) *Plan {
		set, diags := policies.Load(fstest.MapFS{"a.rego": {Data: []byte("package weir.rules\n\n" +
			`exclude contains {"reason": "threes", "kinds": ["task"], "direction": "both"} if ` + when + "\n")}}, policies.LoadOptions{})
		require.Empty(t, diags)
		p, diags, err := MakePlan(context.Background(), snap, set, Options{})
		require.NoError(t, err)
		require.Empty(t, diags)
		return p
	}
	lowered, opaque := plan(`startswith(input.item.title, "3 ")`), plan(`split(input.item.title, " ")[0] == "3"`)
	assert.Equal(t, lowered.Users, opaque.Users)
	assert.Equal(t, lowered.Summary, opaque.Summary)
	assert.Positive(t, opaque.Summary.Skipped)
}
