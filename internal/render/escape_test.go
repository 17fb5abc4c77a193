package render

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/simulate"
)

func TestEscape(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain", "Call Globex", "Call Globex"},
		{"accents and emoji stay", "Überprüfung 👩‍💻 日本", "Überprüfung 👩‍💻 日本"},
		{"a backslash is only a backslash", `a\nb`, `a\nb`},
		{"newline", "a\nb\r\n", `a\nb\r\n`},
		{"tab", "a\tb", `a\tb`},
		{"clear the screen", "\x1b[2J", `\x1b[2J`},
		{"set the title", "\x1b]0;pwned\a", `\x1b]0;pwned\x07`},
		{"C1 control sequence", "\u009b2J", `\x9b2J`},
		{"DEL", "a\x7f", `a\x7f`},
		{"right-to-left override", "exe.\u202egpj", `exe.\u202egpj`},
		{"isolates", "\u2066x\u2069", `\u2066x\u2069`},
		{"zero-width space", "a\u200bb", `a\u200bb`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"tag characters", "a\U000e0041", `a\U000e0041`},
		{"no UTF-8", "a\xffb", `a\xffb`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, Escape(c.in)) })
	}
}

func TestTruncate(t *testing.T) {
	assert.Equal(t, "short", Truncate("short", 5))
	assert.Equal(t, "shor…", Truncate("shorter", 5))
	assert.Equal(t, "日本…", Truncate("日本語版", 5), "wide characters take two columns")
	assert.Equal(t, "é…", Truncate("ééé", 2))
	assert.Equal(t, "", Truncate("", 5))
	assert.Equal(t, 5, Width(Truncate(strings.Repeat("x", 1<<20), 5)))
	zalgo := "a" + strings.Repeat("\u0301", 5000)
	assert.LessOrEqual(t, utf8.RuneCountInString(Truncate(zalgo, 5)), maxClusterRunes, "combining marks are bounded")
}

func TestJSONGuard(t *testing.T) {
	in := map[string]string{"title": "a\u009b2J \u202e <b> & \U000e0041 é \x7f \x1b"}
	var out bytes.Buffer
	require.NoError(t, JSON(&out, in))
	assert.Equal(t, "{\n  \"title\": \"a\\u009b2J \\u202e <b> & \\udb40\\udc41 é \\u007f \\u001b\"\n}\n", out.String())
	var back map[string]string
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	assert.Equal(t, in, back, "the escapes mean the same")
}

func TestJSONListsAreNeverNull(t *testing.T) {
	var out bytes.Buffer
	res := &simulate.Result{Sessions: []*engine.Plan{{Users: []engine.UserPlan{{Operations: []engine.Operation{{}}}}}}}
	require.NoError(t, JSON(&out, res))
	var tree any
	require.NoError(t, json.Unmarshal(out.Bytes(), &tree))
	for _, list := range []string{"sessions", "users", "operations", "skipped", "changes", "findings"} {
		assert.NotContains(t, out.String(), `"`+list+`": null`)
	}
	out.Reset()
	require.NoError(t, NDJSON(&out, res))
	assert.Equal(t, 1, strings.Count(out.String(), "\n"))
}

// FuzzHostileText fills every text of a plan, a simulation and an explanation with
// the same input: the output must hold nothing but glyphs and line breaks, and
// never more lines than with harmless text.
func FuzzHostileText(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[2J", "a\nb", "\u202egnp", "\u009b31m", "\xff\xfe", "👩‍💻", "a\u0301\u0301", "2026-05-04T08:00:00Z", "\r", "\x00"} {
		f.Add(seed)
	}
	harmless := strings.Count(renderAll(f, "x"), "\n")
	f.Fuzz(func(t *testing.T, text string) {
		out := renderAll(t, text)
		for i, r := range out {
			if r != '\n' && isHostile(r) || r == utf8.RuneError && !strings.ContainsRune(text, utf8.RuneError) {
				t.Fatalf("%U reached the terminal: %.80q", r, out[max(0, i-40):])
			}
		}
		// Different texts fold differently; a text alone never makes a line.
		if text != "" && !unicode.IsSpace([]rune(text)[0]) {
			assert.LessOrEqual(t, strings.Count(out, "\n"), harmless)
		}
	})
}

func renderAll(t testing.TB, text string) string {
	plan, res, x := hostilePlan(), &simulate.Result{Every: "30m0s"}, &engine.Explanation{}
	explainAll(x)
	fill(reflect.ValueOf(plan), text)
	fill(reflect.ValueOf(x), text)
	res.Sessions, res.Findings, res.Summary = []*engine.Plan{plan}, plan.Findings, plan.Summary
	opts := TextOptions{Full: true, Skipped: true, Verbose: true}
	h := Header{Organization: text, Policy: text, Only: text}
	var out bytes.Buffer
	require.NoError(t, Plan(&out, plan, h, TallyOf(plan), opts))
	require.NoError(t, Simulation(&out, res, h, TallyOf(plan), opts))
	require.NoError(t, Plan(&out, plan, h, TallyOf(plan), TextOptions{Summary: true}))
	require.NoError(t, Explanations(&out, []engine.Explanation{*x}, false, opts))
	require.NoError(t, Explanations(&out, []engine.Explanation{*x}, true, opts))
	return out.String()
}

// hostilePlan has one of everything that carries text.
func hostilePlan() *engine.Plan {
	at := time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)
	reason := engine.Reason{Code: "c", Text: "t", Policy: &engine.PolicyRef{File: "f", Name: "n", Line: 3}}
	op := engine.Operation{Op: engine.OpUpdate, On: engine.OnMailbox, Kind: "task", Title: "t", RecordID: "r", ItemID: "i", Reason: reason,
		Changes: []engine.Change{{Field: "due", From: "x", To: "y", Lost: "z"}, {Field: "attendees", From: []string{"x"}, To: []string{"y", "z"}}}}
	held := op
	held.Held, held.HeldBy = true, &engine.Reason{Code: "h", Text: "h", Policy: reason.Policy}
	link := op
	link.Op, link.On = engine.OpLink, engine.OnLink
	return &engine.Plan{At: at, Users: []engine.UserPlan{{User: "u", Name: "n", Provider: "p", TimeZone: "z",
		Operations: []engine.Operation{op, held, link}, Skipped: []engine.Skipped{{Kind: "task", Title: "t", Reason: reason}},
		SkippedWhole: &engine.Reason{Code: "user_inactive", Text: "t"}}},
		Summary:  engine.Summary{Skipped: 1, Held: 1},
		Findings: []engine.Finding{{Code: "c", Severity: engine.SeverityWarning, Text: "t", Remedy: "r", Items: []string{"i"}}}}
}

func explainAll(x *engine.Explanation) {
	ref := &engine.PolicyRef{File: "f", Line: 3}
	*x = engine.Explanation{User: "u", Name: "n", Kind: "task", RecordID: "r", ItemID: "i", Title: "t", Headline: "h", Verdict: "in", Row: "r",
		RowText: "t", Checks: []engine.CheckLine{{Result: "fail", Condition: "c", Text: "t", Decisive: true, Policy: ref}},
		Rules: []engine.RuleLine{{Name: "n", Effect: "e", Direction: "d", Result: "true", Text: "t", Policy: ref}},
		Link:  &engine.LinkLine{State: "s", Born: "b", File: "f", Line: 1},
		Settings: []engine.SettingLine{{Path: "p", Value: "v", Policy: ref,
			Overruled: []engine.OverruledLine{{Value: "v", Why: "w", Policy: ref}}}},
		Nearest:  []engine.Nearest{{Text: "t", Row: "r", Changes: []engine.NearestChange{{What: engine.ChangeSetting, Path: "p", From: "f", To: "t", Policy: ref}}}},
		Evidence: []string{"e"}, Skipped: &engine.Skipped{Kind: "k", Title: "t", Reason: engine.Reason{Text: "t"}}}
}

// fill puts the text into every text field that may come from outside.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		if v.Kind() == reflect.Interface {
			if s, ok := v.Interface().([]string); ok {
				for i := range s {
					s[i] += text
				}
				return
			}
			if _, ok := v.Interface().(string); ok {
				v.Set(reflect.ValueOf(text))
			}
			return
		}
		fill(v.Elem(), text)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), text)
		}
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	}
}

// Whatever is written in whatever pieces, the runner finds no command in it: it looks for
// "::" at a line's beginning, blanks apart, and for "##[" anywhere.
func TestJobLog(t *testing.T) {
	const text = "::error::x\n \t\u00a0::error::x\na::b ##[error]x\r::stop-commands::y\n###[add-mask]z\n:: ::\nplain: text # [1] ##\n[x]:::\n\n::"
	var whole bytes.Buffer
	n, err := JobLog(&whole).Write([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, len(text), n)
	var pieces bytes.Buffer
	guarded := JobLog(&pieces)
	for i := range len(text) {
		_, err := guarded.Write([]byte{text[i]})
		require.NoError(t, err)
	}
	assert.Equal(t, whole.String(), pieces.String())
	assert.NotContains(t, whole.String(), "##[")
	assert.NotRegexp(t, `(?m)^\s*::`, strings.ReplaceAll(strings.ReplaceAll(whole.String(), "\r", "\n"), "\u00a0", " "))
	for _, kept := range []string{"a::b", "plain: text # [1] ##\n[x]:::\n"} {
		assert.Contains(t, whole.String(), kept)
	}
}

// The same in JSON, where the text stays what it was.
func TestJSONIsNoCommand(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, JSON(&b, []string{"##[error]x", "###[y", "# #[z"}))
	assert.NotContains(t, b.String(), "##[")
	var back []string
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	assert.Equal(t, []string{"##[error]x", "###[y", "# #[z"}, back)
}
