package check_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/check"
	"weir/engine"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

const (
	sumOf = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	bound = `{"format": "weir.plan/1", "policy_digest": "` + sumOf + `", "recording_digest": "` + sumOf + `", "weir_version": "0.1.0", "time_zones": "2026a",
		"options": {"built_in_policy": true}, "options_digest": "` + sumOf + `", "users": []}`
)

// Whatever is not whole, or could be read in two ways, is no document at all.
func TestReadSavedRefuses(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"nothing":                {"", "ends too early"},
		"white space":            {" \n", "ends too early"},
		"not in UTF-8":           {`{"format": "weir.plan/1", "x": "` + "\xff" + `"}`, "not in UTF-8"},
		"a list":                 {"[1]", "no JSON object"},
		"a text":                 {`"weir.plan/1"`, "no JSON object"},
		"null":                   {"null", "no JSON object"},
		"cut off":                {bound[:len(bound)-1], "ends too early"},
		"cut off in a text":      {bound[:20], "ends too early"},
		"ndjson":                 {bound + "\n" + bound, "more after the first"},
		"garbage after it":       {bound + "x", "more after the first"},
		"a second bracket":       {bound + "}", "more after the first"},
		"a name twice":           {`{"format": "weir.plan/1", "format": "weir.plan/1"}`, `"format" stands twice`},
		"a name twice, deep":     {`{"format": "weir.plan/1", "users": [{"a": 1, "a": 2}]}`, `"a" stands twice`},
		"a name twice, escaped":  {`{"format": "weir.plan/1", "\u0066ormat": "x"}`, `"format" stands twice`},
		"no format":              {"{}", "has no format"},
		"a format of a number":   {`{"format": 1}`, "has no format"},
		"another format":         {`{"format": "weir.check/1"}`, `its format is "weir.check/1"`},
		"a name in other case":   {`{"Format": "weir.plan/1"}`, "has no format"},
		"too deep":               {`{"format": "weir.plan/1", "x": ` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", "nested more than 100 deep"},
		"a comma too many":       {`{"format": "weir.plan/1",}`, "no JSON"},
		"a byte order mark":      {"\ufeff" + bound, "no JSON"},
		"a number that is none":  {`{"format": "weir.plan/1", "x": 01}`, "no JSON"},
		"a comment":              {`{"format": "weir.plan/1" /* x */}`, "no JSON"},
		"a value without a name": {`{"format"}`, "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := check.ReadSaved([]byte(c.src))
			require.Error(t, err)
			assert.Nil(t, s)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// A document says what binds it, or what of it is missing.
func TestSavedLacking(t *testing.T) {
	whole, err := check.ReadSaved([]byte(bound))
	require.NoError(t, err)
	assert.Empty(t, whole.Lacking())
	require.NotNil(t, whole.Options)
	assert.True(t, whole.Options.BuiltInPolicy)

	for _, name := range []string{"policy_digest", "recording_digest", "options_digest"} {
		for _, value := range []any{nil, "", 1, true, []string{sumOf}, "sha512:" + sumOf[7:], strings.ToUpper(sumOf), sumOf + "0", sumOf + "\n", sumOf[7:], " " + sumOf} {
			assert.Equal(t, name, with(t, name, value).Lacking(), "%v", value)
		}
	}
	for _, name := range []string{"weir_version", "time_zones"} {
		for _, value := range []any{nil, "", 1} {
			assert.Equal(t, name, with(t, name, value).Lacking(), "%v", value)
		}
	}
	// Options that weir does not know are none: they cannot be made again.
	for _, value := range []any{nil, 1, "x", []int{}, map[string]any{"surprise": 1}, map[string]any{"sessions": "x"}} {
		assert.Nil(t, with(t, "options", value).Options, "%v", value)
	}
}

// with reads the document with another value of one name; nil takes it away.
func with(t *testing.T, name string, value any) *check.Saved {
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(bound), &doc))
	if doc[name] = value; value == nil {
		delete(doc, name)
	}
	src, err := json.Marshal(doc)
	require.NoError(t, err)
	s, err := check.ReadSaved(src)
	require.NoError(t, err)
	return s
}

// The first difference is named by its path; how the same is written does not count.
func TestDifference(t *testing.T) {
	for name, c := range map[string]struct{ want, got, path string }{
		"the same":              {`{"a": [1, {"b": null}], "c": "x"}`, `{"c":"\u0078","a":[1,{"b":null}]}`, ""},
		"an empty list":         {`{"a": []}`, `{"a": []}`, ""},
		"a value":               {`{"a": [1, {"b": 2}]}`, `{"a": [1, {"b": 3}]}`, "/a/1/b"},
		"the first of several":  {`{"a": 1, "b": 2}`, `{"b": 3, "a": 4}`, "/a"},
		"a name is gone":        {`{"a": 1, "b": 2}`, `{"a": 1}`, "/b"},
		"a name more":           {`{"a": 1}`, `{"z": 1, "a": 1}`, "/z"},
		"a row is gone":         {`{"a": [1, 2]}`, `{"a": [1]}`, "/a/1"},
		"a row more":            {`{"a": [1]}`, `{"a": [1, 2]}`, "/a/1"},
		"null is not absent":    {`{"a": null}`, `{}`, "/a"},
		"null is not empty":     {`{"a": null}`, `{"a": []}`, "/a"},
		"false is not null":     {`{"a": false}`, `{"a": null}`, "/a"},
		"a list is no object":   {`{"a": []}`, `{"a": {}}`, "/a"},
		"a text is no number":   {`{"a": 1}`, `{"a": "1"}`, "/a"},
		"numbers as written":    {`{"a": 1}`, `{"a": 1.0}`, "/a"},
		"large numbers":         {`{"a": 9007199254740992}`, `{"a": 9007199254740993}`, "/a"},
		"names with a slash":    {`{"a/b": {"~": 1}}`, `{"a/b": {"~": 2}}`, "/a~1b/~0"},
		"an empty name":         {`{"": 1}`, `{"": 2}`, "/"},
		"case counts":           {`{"a": 1}`, `{"A": 1}`, "/a"},
		"the whole document":    {`{"a": 1}`, `[1]`, "/"},
		"a value for an object": {`{"a": {"b": 1}}`, `{"a": 1}`, "/a"},
		"an object for a value": {`{"a": 1}`, `{"a": {"b": 1}}`, "/a"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := check.Difference([]byte(c.want), []byte(c.got))
			require.NoError(t, err)
			assert.Equal(t, c.path, path)
		})
	}
	for _, bad := range [][2]string{{"{", "{}"}, {"{}", "{"}, {`{"a":1,"a":1}`, "{}"}} {
		_, err := check.Difference([]byte(bad[0]), []byte(bad[1]))
		assert.Error(t, err)
	}
}

// documents are a plan and a simulation of a recording, as they are saved.
func documents(t testing.TB) [][]byte {
	rec, diags := recording.Open(os.DirFS("../fixtures/scenarios/forbid-restores/recording"), recording.Options{})
	require.False(t, diags.HasErrors())
	snap, diags := rec.At(rec.Last())
	require.False(t, diags.HasErrors())
	plan, _, err := engine.MakePlan(context.Background(), snap, policies.Default(), engine.Options{Session: 1, PolicyDigest: sumOf, RecordingDigest: sumOf})
	require.NoError(t, err)
	simulated, _, err := simulate.Run(context.Background(), rec, policies.Default(), simulate.Options{PolicyDigest: sumOf, RecordingDigest: sumOf})
	require.NoError(t, err)
	var out [][]byte
	for _, doc := range []any{plan, simulated} {
		src, err := json.Marshal(doc)
		require.NoError(t, err)
		saved, err := check.ReadSaved(src)
		require.NoError(t, err)
		require.Equal(t, sumOf, saved.PolicyDigest)
		out = append(out, src)
	}
	return out
}

// A single value of a real document that is another is found at its place.
func TestDifferenceInDocuments(t *testing.T) {
	for _, src := range documents(t) {
		for _, change := range [][2]string{{`"held":false`, `"held":true`}, {`"op":"create"`, `"op":"delete"`}, {`"verdict":"`, `"verdict":"x`}, {sumOf, "sha256:" + strings.Repeat("f", 64)}} {
			forged := bytes.Replace(src, []byte(change[0]), []byte(change[1]), 1)
			if bytes.Equal(forged, src) {
				continue
			}
			path, err := check.Difference(src, forged)
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(path, "/"), "%v: %q", change, path)
			back, err := check.Difference(forged, src)
			require.NoError(t, err)
			assert.Equal(t, path, back)
		}
		path, err := check.Difference(src, src)
		require.NoError(t, err)
		assert.Empty(t, path)
	}
}

// FuzzSaved: whatever a saved document holds, reading it ends; what is read is the same however it
// is written, and a document differs from another exactly where their values do.
func FuzzSaved(f *testing.F) {
	for _, src := range documents(f) {
		f.Add(src, src)
		f.Add(src, bytes.Replace(src, []byte("false"), []byte("true"), 1))
	}
	f.Add([]byte(bound), []byte(strings.ReplaceAll(bound, "0.1.0", "0.1.1")))
	for _, s := range []string{"", "[", "null", `{"a":1,"a":2}`, `{"":{"~/":[1e400]}}`, "\xff", `{"format":"weir.simulation/1","options":{}}`, `{"A":1}`, `"\ud800"`} {
		f.Add([]byte(s), []byte(`{"a": [1, "\u0000"]}`))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		s, err := check.ReadSaved(a)
		if err == nil {
			require.Contains(t, []string{engine.PlanFormat, simulate.Format}, s.Format)
			whole := s.WeirVersion != "" && s.TimeZones != ""
			for _, digest := range []string{s.PolicyDigest, s.RecordingDigest, s.OptionsDigest} {
				sum, err := hex.DecodeString(strings.TrimPrefix(digest, "sha256:"))
				whole = whole && err == nil && len(sum) == 32 && len(digest) == len(sumOf) && strings.ToLower(digest) == digest
			}
			require.Equal(t, whole, s.Lacking() == "", s.Lacking())
		}
		same, err := check.Difference(a, a)
		if err != nil {
			return // no document
		}
		require.Empty(t, same)
		var pretty bytes.Buffer
		require.NoError(t, json.Indent(&pretty, a, " ", "\t"), "it reads what is no JSON")
		same, err = check.Difference(a, pretty.Bytes())
		require.NoError(t, err)
		require.Empty(t, same)
		there, err := check.Difference(a, b)
		if err != nil {
			return
		}
		back, err := check.Difference(b, a)
		require.NoError(t, err)
		require.Equal(t, there == "", back == "")
		if there == "" {
			var x, y any
			require.Equal(t, json.Unmarshal(a, &x) == nil, json.Unmarshal(b, &y) == nil)
			require.Equal(t, x, y)
		}
	})
}
