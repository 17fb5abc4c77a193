package policies_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// settingsOf are what a policy's org block says of somebody.
func settingsOf(t *testing.T, hcl string) *policies.Settings {
	t.Helper()
	fsys := fstest.MapFS{"org.hcl": {Data: []byte(hcl)}}
	set, diags := policies.Load(fsys, policies.LoadOptions{})
	require.Empty(t, reported(fsys, diags))
	return set.Resolve(&state.User{Address: "ann@acme.example"}, nil)
}

// TestChecks: the settings give the conditions, in the order of the reasons, each
// with the line behind it.
func TestChecks(t *testing.T) {
	type line struct {
		code, condition string
		at              int // line in org.hcl, 0 for the defaults
	}
	for _, c := range []struct {
		name, policy string
		kind         state.Kind
		want         []line
	}{
		{"the product's own, tasks", "", state.Task, []line{
			{"logged_activity", "!(item.closed && activity_type in ['Call', 'Email', 'ListEmail'])", 0},
			{"not_participant", "owned", 0},
			{"no_read_access", "readable", 0},
			{"before_window", "!item.closed || item.due >= today - days(14) || touched_day >= today - days(14)", 0},
			{"excluded", "!excluded", 0},
		}},
		{"the product's own, events", "", state.Event, []line{
			{"not_participant", "owned || invited", 0},
			{"declined", "has_link || !declined", 0},
			{"no_read_access", "readable", 0},
			{"before_window", "last_day >= today - days(14)", 0},
			{"after_window", "first_day(today - days(14)) <= today + days(60)", 0},
			{"unsupported", "supported", 0},
			{"excluded", "!excluded", 0},
		}},
		{"a view", "view \"hot\" {\n filter = \"item.company == 'A'\"\n}\norg {\n contacts {\n scope = view.hot\n }\n}", state.Contact, []line{
			{"no_read_access", "readable", 0},
			{"not_owner", "true", 6},
			{"not_in_view", "in_view('hot')", 6},
			{"excluded", "!excluded", 0},
		}},
		{"no limits", "org {\n tasks {\n logged = \"include\"\n window {\n completed = \"unlimited\"\n }\n }\n}", state.Task, []line{
			{"logged_activity", "true", 3},
			{"not_participant", "owned", 0},
			{"no_read_access", "readable", 0},
			{"before_window", "true", 5},
			{"excluded", "!excluded", 0},
		}},
		{"one limit", "org {\n events {\n when_declined = \"skip\"\n window {\n past = \"unlimited\"\n future = \"0d\"\n }\n }\n}", state.Event, []line{
			{"not_participant", "owned || invited", 0},
			{"declined", "!declined", 3},
			{"no_read_access", "readable", 0},
			{"before_window", "occurs", 5},
			{"after_window", "first_day <= today", 6},
			{"unsupported", "supported", 0},
			{"excluded", "!excluded", 0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []line
			for _, check := range settingsOf(t, c.policy).Checks(c.kind) {
				l := line{code: check.Code, condition: check.Holds.String()}
				if check.Origin.Layer != policies.LayerDefaults {
					l.at = check.Origin.Line
				}
				got = append(got, l)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// TestChecksAreOneList: whatever the kind, checks come in one order.
func TestChecksAreOneList(t *testing.T) {
	for _, k := range state.Kinds() {
		var want, got []string
		for _, info := range policies.AllChecks() {
			for _, kind := range info.Kinds {
				if kind == k {
					want = append(want, info.Code)
				}
			}
		}
		for _, c := range policies.ProductDefaults().Checks(k) {
			got = append(got, c.Code)
		}
		assert.Equal(t, want, got, k.String())
		assert.NotEmpty(t, got)
	}
}

// TestNarrowerScopesAreProved: that one person's settings choose less than
// another's can be told without a record.
func TestNarrowerScopesAreProved(t *testing.T) {
	mine := settingsOf(t, "org {\n contacts {\n scope = \"mine\"\n }\n tasks {\n window {\n completed = \"7d\"\n }\n }\n events {\n window {\n past = \"7d\"\n future = \"30d\"\n }\n }\n}")
	all := settingsOf(t, "org {\n contacts {\n scope = \"all\"\n }\n tasks {\n window {\n completed = \"unlimited\"\n }\n }\n events {\n window {\n past = \"14d\"\n future = \"unlimited\"\n }\n }\n}")
	for _, k := range state.Kinds() {
		assert.True(t, cond.Implies(mine.Scope(k), all.Scope(k)), k.String())
		assert.False(t, cond.Implies(all.Scope(k), mine.Scope(k)), k.String())
	}
	later := settingsOf(t, "org {\n events {\n window {\n past = \"3d\"\n future = \"90d\"\n }\n }\n}")
	assert.False(t, cond.Implies(mine.Scope(state.Event), later.Scope(state.Event)))
	assert.False(t, cond.Implies(later.Scope(state.Event), mine.Scope(state.Event)))
}

// TestFactsHaveNoNames: no policy can ask for a fact, neither as a variable nor as
// an attribute of the item.
func TestFactsHaveNoNames(t *testing.T) {
	for _, f := range cond.FactNames() {
		_, ok := state.ParseAttr(f.String())
		assert.False(t, ok, f)
		for _, when := range []string{f.String() + " == null", "item." + f.String() + " == null", f.String() + "('x')"} {
			fsys := fstest.MapFS{"rule.hcl": {Data: []byte("rule \"r\" {\n when = \"" + when + "\"\n effect = \"hold\"\n}\n")}}
			_, diags := policies.Load(fsys, policies.LoadOptions{})
			assert.True(t, diags.HasErrors(), when)
		}
	}
}
