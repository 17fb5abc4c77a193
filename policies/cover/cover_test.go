package cover_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/cond"
	"weir/policies/cover"
	"weir/policies/regomod"
	"weir/state"
)

const policy = `rule "r" {
  kinds  = ["contact"]
  when   = "user.profile == 'A' || user.role == 'B'"
  effect = "exclude"
}

org {
  sync = "on"
}
`

func load(t *testing.T) *policies.Set {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(policy)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	return set
}

func person(profile string) *state.User {
	u := &state.User{Address: "a@acme.example"}
	u.Values[state.UserProfile], u.Values[state.UserRole] = state.TextValue(profile), state.TextValue("C")
	return u
}

// The same decisions from several workers at once, in any order, are the same report.
func TestProfile(t *testing.T) {
	set := load(t)
	p := cover.New(set)
	before := p.Report()
	assert.Equal(t, []cover.Seen{{Text: before.Conditions[0].Parts[0].Text, Line: 3}}, before.Conditions[0].Parts, "nothing was asked yet")
	assert.Equal(t, 0, before.InForce)
	var wg sync.WaitGroup
	for _, profile := range []string{"A", "X", "A", "X"} {
		wg.Go(func() {
			u := person(profile)
			p.Rule(set.Rules()[0], &cond.Subject{User: u})
			p.Settings(set.Resolve(u, &state.Directory{}), &state.Directory{})
		})
	}
	wg.Wait()
	r := p.Report()
	assert.Equal(t, 1, r.InForce)
	assert.Equal(t, 1, r.Lines)
	assert.Equal(t, []int{4, 3}, []int{r.Halves, r.HalvesSeen})
	assert.True(t, r.Conditions[0].Parts[0].True && r.Conditions[0].Parts[0].False)
	assert.True(t, !r.Conditions[0].Parts[1].True && r.Conditions[0].Parts[1].False)
}

// LCOV has a record a file, with as many lines as it says.
func TestLCOV(t *testing.T) {
	var out strings.Builder
	require.NoError(t, cover.New(load(t)).Report().LCOV(&out, "policy/"))
	assert.Equal(t, "TN:\nSF:policy/p.hcl\nBRDA:3,0,0,0\nBRDA:3,0,1,0\nBRF:2\nBRH:0\nDA:3,0\nDA:8,0\nLF:2\nLH:0\nend_of_record\n", out.String())
}

const settings = `package weir.settings

contacts.scope := "all" if {
	input.user.profile == "Field"
	startswith(input.user.time_zone, "Europe/")
}

default tasks.downsync := false

forced contains "contacts.scope" if count({g | some g in input.user.groups; startswith(g, lower(g))}) > 1
`

// Rules of weir.settings count by their conditions too, also where OPA decides.
func TestRegoSettings(t *testing.T) {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte("org {\n}\n")}, "s.rego": {Data: []byte(settings)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	p := cover.New(set)
	for _, profile := range []string{"Field", "Office"} {
		u := &state.User{ID: profile, Address: profile + "@acme.example"}
		u.Values[state.UserProfile], u.Values[state.UserTimeZone] = state.TextValue(profile), state.TextValue("Europe/Oslo")
		u.Values[state.UserGroups] = state.TextsValue([]string{"a", "b"})
		s := set.Resolve(u, &state.Directory{})
		p.Settings(s, &state.Directory{})
	}
	r := p.Report()
	require.Len(t, r.Conditions, 2)
	assert.Equal(t, cover.Condition{File: "s.rego", Line: 3, What: "setting contacts.scope", Parts: []cover.Seen{
		{Text: "user.profile == 'Field'", Line: 3, True: true, False: true},
		{Text: "user.time_zone.startsWith('Europe/')", Line: 3, True: true},
	}}, r.Conditions[0])
	office := &state.User{ID: "o", Address: "o@acme.example"}
	office.Values[state.UserProfile] = state.TextValue("Office")
	nobody := cover.New(set)
	nobody.Settings(set.Resolve(office, &state.Directory{}), &state.Directory{})
	var out strings.Builder
	require.NoError(t, nobody.Report().LCOV(&out, ""))
	assert.Contains(t, out.String(), "\nDA:3,0\n", "asked is not in force")
	forced := r.Conditions[1]
	assert.Equal(t, "setting forced", forced.What)
	require.Len(t, forced.Parts, 1)
	assert.True(t, forced.Parts[0].True)
	assert.False(t, forced.Parts[0].False)
}

const guardrails = `package weir.guardrails

deny contains msg if {
	count(input.plan.users) > 1
	msg := "many"
}

warn contains "few" if small

small if count(input.plan.users) == 0
`

// Guardrails and their helpers count by what tests in Rego evaluate, beside the rest.
func TestGuardrails(t *testing.T) {
	set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(policy)}, "g.rego": {Data: []byte(guardrails)}}, policies.LoadOptions{})
	require.False(t, diags.HasErrors(), "%s", diags)
	p := cover.New(set)
	before := p.Report()
	assert.Equal(t, []int{9, 0}, []int{before.Halves, before.HalvesSeen}, "two of the rule, and of guardrails three conditions and a name")
	test := regomod.Source{Path: "g_test.rego", Text: []byte("package g_test\n\ntest_many if data.weir.guardrails.deny.many with input as {\"plan\": {\"users\": [1, 2]}}\n")}
	_, diags, err := regomod.Test(t.Context(), set.Modules(), []regomod.Source{test}, regomod.TestOptions{Coverage: p.Rego})
	require.NoError(t, err)
	require.Empty(t, diags)
	r := p.Report()
	assert.Equal(t, []int{9, 2}, []int{r.Halves, r.HalvesSeen})
	require.Len(t, r.Conditions, 4)
	assert.Equal(t, cover.Condition{File: "g.rego", Line: 3, What: "guardrail deny", Parts: []cover.Seen{
		{Text: "count(input.plan.users) > 1", Line: 4, True: true},
		{Text: `msg := "many"`, Line: 5, Binds: true, True: true},
	}}, r.Conditions[0])
	assert.Equal(t, "guardrail warn", r.Conditions[1].What)
	assert.Equal(t, "helper weir.guardrails.small", r.Conditions[2].What)
	var out strings.Builder
	require.NoError(t, r.LCOV(&out, ""))
	first, _, _ := strings.Cut(out.String(), "end_of_record")
	assert.Equal(t, `TN:
SF:g.rego
BRDA:4,0,0,1
BRDA:4,0,1,0
BRDA:8,0,0,0
BRDA:8,0,1,0
BRDA:10,0,0,0
BRDA:10,0,1,0
BRF:6
BRH:1
DA:3,1
DA:4,1
DA:5,1
DA:8,0
DA:10,0
LF:5
LH:3
`, first)
}
