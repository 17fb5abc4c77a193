package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
)

// contractFindings are the findings that the contract names, each with where it
// comes up: in a plan, or only in a simulation.
var contractFindings = map[string]string{
	"invariant_broken": "plan", "invariant_unknown": "plan", // decision 0084
	"limit_tripped": "plan", "incomplete_capture": "plan", "assumed": "plan", "visibility_assumed": "plan",
	"view_unavailable": "plan", "view_maybe_truncated": "plan", "frozen_copies": "plan", "orphaned_copies": "plan",
	"surprise_upsync": "plan", "cross_user_delete": "plan", "notifies_attendees": "plan", "edited_copy_kept": "plan",
	"undecided": "plan", "diverged": "plan", "never_agreed": "plan", "no_access": "plan", "not_organizer": "plan",
	"private_link": "plan", "conflict_guess": "plan", "duplicate_match": "plan", "duplicate_link": "plan",
	"preference_wins": "plan", "no_links": "plan", "stale_recording": "plan",
	"oscillation": "simulation", "fault_outcome": "simulation", "unreachable_action": "simulation", "superseded": "simulation",
}

// aboutNothingNamed are findings about captures, views and settings: they name no
// things.
var aboutNothingNamed = []string{"incomplete_capture", "assumed", "visibility_assumed", "view_unavailable", "view_maybe_truncated",
	"preference_wins", "no_links", "stale_recording"}

func TestFindingsAreTheContracts(t *testing.T) {
	var have []string
	for _, f := range engine.FindingKinds() {
		have = append(have, f.Code)
		assert.NotEmpty(t, f.Severity, f.Code)
		assert.NotEmpty(t, f.Tells, f.Code)
		assert.NotEmpty(t, f.Advice, f.Code)
	}
	var want []string
	for code := range contractFindings {
		want = append(want, code)
	}
	assert.ElementsMatch(t, want, have)
}

// TestEveryFindingComesUp: every finding of a plan is in what some scenario gives
// (TestScenarios compares all of it), with a remedy, the session, and whom and what
// it is about. A simulation's are asserted by a test that runs one.
func TestEveryFindingComesUp(t *testing.T) {
	seen := map[string]bool{}
	files, err := filepath.Glob("testdata/scenarios/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		require.NoError(t, err)
		plan, diags := newScenario(t, archive).makePlan()
		if diags.HasErrors() {
			continue
		}
		for _, f := range plan.Findings {
			seen[f.Code] = true
			where := filepath.Base(file) + ": " + f.Code
			assert.NotEmpty(t, f.Text, where)
			assert.NotEmpty(t, f.Remedy, where)
			assert.NotContains(t, f.Remedy, "  ", where)
			assert.Equal(t, []int{1}, f.Sessions, where)
			assert.NotNil(t, f.Users, where)
			assert.NotNil(t, f.Items, where)
			if !slices.Contains(aboutNothingNamed, f.Code) {
				assert.NotEmpty(t, f.Users, where)
				assert.NotEmpty(t, f.Items, where)
			}
		}
	}
	simulated := assertedOfSimulations(t)
	for code, where := range contractFindings {
		if where == "simulation" {
			assert.Truef(t, simulated[code], "no test of a simulation asserts %s", code)
			continue
		}
		assert.Truef(t, seen[code], "no scenario gives %s", code)
	}
}

// assertedOfSimulations are the codes that tests of simulate say are among the
// findings of a run; oscillation is made by TestOscillation too.
func assertedOfSimulations(t *testing.T) map[string]bool {
	out := map[string]bool{"oscillation": true}
	files, err := filepath.Glob("../simulate/*_test.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`assert\.Contains\(t, codes\([a-z]+\.Findings\), "([a-z_]+)"`).FindAllStringSubmatch(string(text), -1) {
			out[m[1]] = true
		}
	}
	return out
}

// TestOscillation: what never settles is worded with its people, things, length
// and what feeds it.
func TestOscillation(t *testing.T) {
	s := scenarioNamed(t, "settled")
	plan, _ := s.makePlan()
	plan.NoteOscillation(2, " --session 4 --settle", s.snap.Users[0], "T1", "Call Globex", []string{"tasks.conflict (org.hcl:3)", "tasks.when_out (org.hcl:4)"})
	plan.NoteOscillation(2, " --session 4 --settle", s.snap.Users[0], "T2", "Write", []string{"tasks.conflict (org.hcl:3)"})
	plan.Word()
	require.NotEmpty(t, plan.Findings)
	f := plan.Findings[slices.IndexFunc(plan.Findings, func(f engine.Finding) bool { return f.Code == "oscillation" })]
	assert.Equal(t, engine.SeverityWarning, f.Severity)
	assert.Equal(t, "Call Globex, Write of Ann never settle: the same 2 sessions repeat, fed by tasks.conflict (org.hcl:3) and tasks.when_out (org.hcl:4)", f.Text)
	assert.Equal(t, "change one of what feeds it; weir explain --user ann@acme.example T1 --session 4 --settle shows what decides", f.Remedy)
	assert.Equal(t, []string{"T1", "T2"}, f.Items)
	assert.Equal(t, []string{"ann@acme.example"}, f.Users)
	assert.Equal(t, []int{1}, f.Sessions)
}

// TestRemediesAreConcrete: what to do names the setting and its value, or the
// command.
func TestRemediesAreConcrete(t *testing.T) {
	for _, c := range []struct{ scenario, code, want string }{
		{"limit-percent-past", "limit_tripped", "set limits.mailbox_deletes.percent = "},
		{"limit-all-four", "limit_tripped", "no limit allows that all go at once"},
		{"diverged", "diverged", `set contacts.downsync = true, with forced = ["downsync"] where people's own pages switch it off`},
		{"who-preference-wins", "preference_wins", `write forced = ["`},
		{"finding-cross-user-delete", "cross_user_delete", `set events.removal = "keep" for ann@acme.example`},
		{"finding-cross-user-delete", "notifies_attendees", "weir explain --user ann@acme.example E1"},
		{"rest-off-edited", "frozen_copies", "weir explain --user ann@acme.example "},
	} {
		plan, _ := scenarioNamed(t, c.scenario).makePlan()
		remedies := remediesOf(plan, c.code)
		assert.NotEmpty(t, remedies, "%s gives no %s", c.scenario, c.code)
		for _, text := range remedies {
			assert.Contains(t, text, c.want, c.scenario)
		}
	}
}

func remediesOf(plan *engine.Plan, code string) []string {
	var out []string
	for _, f := range plan.Findings {
		if f.Code == code {
			out = append(out, f.Remedy)
		}
	}
	return out
}

// TestRaisedLimitsPass: the limit that a remedy names is the least that lets the
// operations pass.
func TestRaisedLimitsPass(t *testing.T) {
	for _, c := range []struct{ scenario, name string }{{"limit-percent-past", "percent"}, {"limit-max-past", "max"}} {
		setting := regexp.MustCompile(c.name + `\s*= (\d+)`)
		plan, _ := scenarioNamed(t, c.scenario).makePlan()
		remedies := remediesOf(plan, "limit_tripped")
		require.NotEmpty(t, remedies, c.scenario)
		m := setting.FindStringSubmatch(remedies[0])
		require.NotNil(t, m, remedies[0])
		enough, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		for value, trips := range map[int]bool{enough: false, enough - 1: true} {
			s := scenarioNamed(t, c.scenario)
			require.Regexp(t, setting, s.policy)
			s.policy = setting.ReplaceAllString(s.policy, fmt.Sprintf("%s = %d", c.name, value))
			changed, _ := s.makePlan()
			assert.Equal(t, trips, len(remediesOf(changed, "limit_tripped")) > 0, "%s: %s = %d", c.scenario, c.name, value)
		}
	}
}

// A finding says why it is a guess which change is the newest: not that it cannot be
// told when, where both times are known.
func TestAGuessSaysWhy(t *testing.T) {
	for name, want := range map[string]string{
		"merge-guess":                "cannot be told which later",
		"merge-guess-item-unknown":   "cannot be told which later",
		"merge-guess-equal":          "at the same instant",
		"merge-guess-author-unknown": "whether a person or the sync changed Salesforce last was not recorded",
	} {
		t.Run(name, func(t *testing.T) {
			plan, diags := scenarioNamed(t, name).makePlan()
			require.False(t, diags.HasErrors(), diags)
			var said []string
			for _, f := range plan.Findings {
				if f.Code == "conflict_guess" {
					said = append(said, f.Text)
				}
			}
			require.Len(t, said, 1)
			assert.Contains(t, said[0], want)
		})
	}
}

// A copy that stays although when_out would remove it says what keeps it.
func TestFreezeSaysWhatKeepsTheCopy(t *testing.T) {
	for name, want := range map[string][]string{
		"leave-remove":          {"", "the copy was edited, or may have been", "what the person did to the copy put it there", ""},
		"leave-remove-own-edit": {"what the person did to the copy put it there"},
		"leave-remove-edited":   {"the copy was edited, or may have been"},
		"leave-off":             {"events.downsync is off"},
		"leave-born":            {"", "the copy was not born in Salesforce", "the event has attendees, or may have", "the event has attendees, or may have"},
		"leave-keep":            {""},
	} {
		plan, _ := scenarioNamed(t, name).makePlan()
		var got []string
		for _, op := range plan.Users[0].Operations {
			if op.Row == "leave" {
				_, but, _ := strings.Cut(op.Reason.Text, ", but ")
				got = append(got, but)
			}
		}
		assert.Equal(t, want, got, name)
	}
	plan, _ := scenarioNamed(t, "leave-remove-edited").makePlan()
	require.Len(t, plan.Findings, 1)
	assert.Contains(t, plan.Findings[0].Remedy, "when_out removes untouched copies alone")
}
