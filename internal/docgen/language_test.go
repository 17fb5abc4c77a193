package docgen_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/celexpr"
	"weir/policies/regomod"
	"weir/state"
)

// TestPolicyExamples: every policy that the documents show loads without a
// word, and every one that is marked invalid fails on the lines it says, with the
// messages it says.
func TestPolicyExamples(t *testing.T) {
	for _, file := range []string{"language.md", "semantics.md"} {
		for _, b := range blocks(t, file, "hcl") {
			set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(b.text)}}, policies.LoadOptions{})
			if b.info != "invalid" {
				require.Emptyf(t, diags, "%s:%d: %v", file, b.line, diags)
				require.NotNil(t, set)
				continue
			}
			require.Truef(t, diags.HasErrors(), "%s:%d is valid", file, b.line)
			wants := wantedErrors(b.text)
			require.NotEmpty(t, wants)
			assert.Lenf(t, diags, len(wants), "%s:%d: %v", file, b.line, diags)
			for line, want := range wants {
				assert.Truef(t, reportedOn(diags, line, want), "%s:%d: no %q in %v", file, b.line+line-1, want, diags)
			}
		}
	}
}

// TestRegoExamples: every Rego module that the reference shows loads without a
// word, beside the view it may name, and every one that is marked invalid fails
// as it says.
func TestRegoExamples(t *testing.T) {
	const view = `view "key_accounts" { list_view = "Key_Accounts" }`
	for _, b := range blocks(t, "language.md", "rego") {
		fsys := fstest.MapFS{"views.hcl": {Data: []byte(view)}, "example.rego": {Data: []byte(b.text)}}
		set, diags := policies.Load(fsys, policies.LoadOptions{})
		if b.info == "invalid" {
			wants := wantedErrors(b.text)
			require.NotEmpty(t, wants)
			assert.Lenf(t, diags, len(wants), "line %d: %v", b.line, diags)
			for line, want := range wants {
				assert.Truef(t, reportedOn(diags, line, want), "line %d: no %q in %v", b.line+line-1, want, diags)
			}
			continue
		}
		require.Emptyf(t, diags, "line %d: %v", b.line, diags)
		opaque := set.RegoOpaque()
		assert.Equalf(t, b.info == "opaque", len(opaque) > 0, "line %d: %v", b.line, opaque)
		formatted, diags := regomod.Format([]byte(b.text), "example.rego")
		require.Empty(t, diags)
		assert.Equalf(t, string(formatted), b.text, "line %d is not as weir fmt has it", b.line)
	}
}

// wantedErrors are the messages that an invalid example promises, by line.
func wantedErrors(text string) map[int]string {
	out := map[int]string{}
	for i, line := range strings.Split(text, "\n") {
		if _, want, ok := strings.Cut(line, "# error: "); ok {
			out[i+1] = want
		}
	}
	return out
}

func reportedOn(diags hcl.Diagnostics, line int, want string) bool {
	for _, d := range diags {
		if d.Severity == hcl.DiagError && d.Subject != nil && d.Subject.Start.Line == line && strings.Contains(d.Detail, want) {
			return true
		}
	}
	return false
}

// TestConditionExamples: every condition that the reference shows compiles for
// the kind it is shown for.
func TestConditionExamples(t *testing.T) {
	for _, b := range blocks(t, "language.md", "cel") {
		env := celexpr.Env{UserOnly: b.info == "user"}
		if kind, ok := state.ParseKind(b.info); ok {
			env.Kinds = []state.Kind{kind}
		}
		require.True(t, env.UserOnly || env.Kinds != nil, "line %d: an example needs a kind, or user", b.line)
		for line := range strings.Lines(b.text) {
			_, diags := celexpr.Compile(celexpr.Source{Text: strings.TrimSpace(line), Filename: "language.md"}, env)
			assert.Empty(t, diags, line)
		}
	}
}

// TestWorkedExample: the layers do to the two people what the table says.
func TestWorkedExample(t *testing.T) {
	var text string
	for _, b := range blocks(t, "language.md", "hcl") {
		if b.info == "worked-example" {
			text = b.text
		}
	}
	set, diags := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(text)}}, policies.LoadOptions{})
	require.Empty(t, diags)
	people := map[string]*state.User{"lena@acme.example": worker("lena@acme.example"), "omar@acme.example": worker("omar@acme.example")}
	people["omar@acme.example"].Preference = &state.Preference{Page: "new", File: "settings.json", Values: []state.PreferenceValue{
		{Key: "contacts.scope", Text: "Only my Contacts"},
		{Key: "contacts.forbid_to_remove", IsBool: true},
		{Key: "events.downsync", IsBool: true},
		{Key: "tasks.downsync", IsBool: true, Bool: true},
	}}
	rows := tableRows(t, "language.md", "person", "setting")
	require.Len(t, rows, 9)
	for _, row := range rows {
		id, ok := policies.ParseSetting(plain(row[1]))
		require.True(t, ok, row[1])
		settings := set.Resolve(people[row[0]], nil)
		require.Empty(t, settings.Problems)
		got := settings.Get(id)
		assert.Equal(t, plain(row[2]), id.Entry().Format(got.Value), row)
		assert.Equal(t, row[3], strings.TrimSpace(string(got.Origin.Layer)+" "+got.Origin.Name), row)
	}
}

func worker(address string) *state.User {
	u := &state.User{ID: "005000000000001AAA", Address: address, Recorded: true}
	u.Values[state.UserProfile] = state.TextValue("Field Sales")
	u.Values[state.UserGroups] = state.TextsValue([]string{"emea"})
	u.Values[state.UserActive] = state.BoolValue(true)
	return u
}

// TestTruthTables: the tables of null and unknown are those of the conditions.
func TestTruthTables(t *testing.T) {
	values := map[string]state.Value{"empty": state.EmptyValue(), "unrecorded": {}}
	rows := tableRows(t, "language.md", "test", "recorded")
	require.NotEmpty(t, rows)
	for _, row := range rows {
		for _, test := range strings.Split(strings.ReplaceAll(row[0], "['a', 'b']", "['a'; 'b']"), ", ") {
			text := strings.ReplaceAll(strings.ReplaceAll(plain(test), "x", "item.location"), ";", ",")
			expr, diags := celexpr.Compile(celexpr.Source{Text: text}, celexpr.Env{Kinds: []state.Kind{state.Event}})
			require.Empty(t, diags, text)
			for column, presence := range map[int]string{2: "empty", 3: "unrecorded"} {
				assert.Equal(t, row[column], truthOf(t, expr, values[presence]).String(), "%s, %s", text, presence)
			}
		}
	}
	for _, row := range tableRows(t, "language.md", "a", "b") {
		a, b := truth(t, row[0]), truth(t, row[1])
		assert.Equal(t, row[2], a.And(b).String())
		assert.Equal(t, row[3], a.Or(b).String())
		assert.Equal(t, row[4], a.Not().String())
	}
}

func truth(t *testing.T, word string) state.Truth {
	t.Helper()
	for _, v := range []state.Truth{state.False, state.Unknown, state.True} {
		if v.String() == word {
			return v
		}
	}
	t.Fatalf("%q is no truth", word)
	return state.Unknown
}

// TestBlocksAreDescribed: every block has its words, and every attribute of a block
// a row of its own or a sentence.
func TestBlocksAreDescribed(t *testing.T) {
	text := documents(t)["language.md"]
	_, words, ok := strings.Cut(text, "<!-- /generated: blocks -->")
	require.True(t, ok)
	for _, b := range policies.Blocks() {
		var row []string
		for _, r := range tableRows(t, "language.md", "block", "how many") {
			if strings.HasPrefix(plain(r[0]), b.Type+" ") {
				row = r
			}
		}
		require.Len(t, row, 4, b.Type)
		assert.NotEmpty(t, row[1], b.Type)
		assert.NotEmpty(t, row[3], b.Type)
		for _, name := range b.Attributes {
			assert.Truef(t, strings.Contains(words, "`"+name+"`") || strings.Contains(words, "`"+name+" = ") || strings.Contains(words, name+" = "),
				"%s of %s is not described", name, b.Type)
		}
	}
}

// TestFunctionsOfConditions: the functions that weir adds to CEL have rows of their
// own, and a row's function can be called.
func TestFunctionsOfConditions(t *testing.T) {
	known := celexpr.Functions()
	for _, row := range tableRows(t, "language.md", "function", "meaning") {
		for _, name := range strings.Split(row[0], ", ") {
			name, _, call := strings.Cut(plain(name), "(")
			if call {
				assert.Contains(t, known, name)
			}
		}
	}
	rows := tableRows(t, "language.md", "function", "meaning")
	for _, name := range []string{"date", "days", "domain"} {
		assert.True(t, slices.ContainsFunc(rows, func(row []string) bool { return strings.HasPrefix(plain(row[0]), name+"(") }), name)
	}
}
