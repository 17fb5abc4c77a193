package celexpr

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

func compile(t testing.TB, text string, env Env) cond.Expr {
	expr, diags := Compile(Source{Text: text}, env)
	require.False(t, diags.HasErrors(), "%s: %v", text, diags)
	return expr
}

// answer evaluates a predicate about events.
func answer(t *testing.T, text string, s *cond.Subject) state.Truth {
	truth, err := compile(t, text, events).Eval(s)
	require.NoError(t, err, text)
	return truth
}

func TestPositionsInTheHostFile(t *testing.T) {
	// A heredoc's second line: line 8 of the file, indented by four columns.
	const text = "item.title == 'Ünïcödé' &&\nitem.privat\n"
	second := strings.Index(text, "\n") + 1
	posOf := func(b int) hcl.Pos {
		if b < second {
			return hcl.Pos{Line: 7, Column: b + 5, Byte: 100 + b}
		}
		return hcl.Pos{Line: 8, Column: b - second + 5, Byte: 104 + b}
	}
	_, diags := Compile(Source{Text: text, Filename: "org.hcl", PosOf: posOf}, events)
	require.Len(t, diags, 1)
	at := second + len("item.")
	assert.Equal(t, hcl.Range{Filename: "org.hcl",
		Start: hcl.Pos{Line: 8, Column: 10, Byte: 104 + at},
		End:   hcl.Pos{Line: 8, Column: 16, Byte: 104 + at + len("privat")}}, *diags[0].Subject)
}

func TestPositionsWithoutHost(t *testing.T) {
	_, diags := Compile(Source{Text: "true &&\n  item.titel == 'x'"}, events)
	require.Len(t, diags, 1)
	assert.Equal(t, hcl.Pos{Line: 2, Column: 8, Byte: 15}, diags[0].Subject.Start)
}

// every names each attribute conditions may use, for a kind.
func TestEveryAttributeCompiles(t *testing.T) {
	tests := map[state.Type]string{state.Bool: "%s", state.Text: "%s.startsWith('x')", state.Texts: "'x' in %s", state.Instant: "%s < now",
		state.Day: "%s < today", state.People: "%s.exists(a, a.email == 'x')"}
	for _, kind := range state.Kinds() {
		for _, row := range state.Schema() {
			text := fmt.Sprintf(tests[row.Type], "item."+row.Name)
			expr, diags := Compile(Source{Text: text}, Env{Kinds: []state.Kind{kind}})
			if row.Internal || !row.Has(kind) {
				assert.True(t, diags.HasErrors(), "%s for %s", text, kind)
				continue
			}
			require.False(t, diags.HasErrors(), "%s: %v", text, diags)
			assert.Equal(t, []state.Attr{row.Attr}, cond.Reads(expr).Attrs)
			assert.Empty(t, cond.Opaques(expr), text)
			assert.NotNil(t, compile(t, "item."+row.Name+" == null", Env{Kinds: []state.Kind{kind}}))
		}
	}
	for _, row := range state.UserSchema() {
		text := fmt.Sprintf(tests[row.Type], "user."+row.Name)
		expr := compile(t, text, Env{UserOnly: true})
		assert.Equal(t, []state.UserAttr{row.Attr}, cond.Reads(expr).User)
	}
}

// Empty values in conditions that run as programs follow the algebra's table.
func TestNullInOpaqueConditions(t *testing.T) {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	for _, a := range []state.Attr{state.AttrTitle, state.AttrLocation, state.AttrAttendees, state.AttrPrivate, state.AttrStart, state.AttrAllDay, state.AttrEnd} {
		it.Set(a, state.EmptyValue())
	}
	s := &cond.Subject{Item: it, User: &state.User{Zone: time.UTC}}
	for text, want := range map[string]state.Truth{
		"item.title.trim() == 'x'":                                 state.False,
		"item.title.trim() != 'x'":                                 state.True,
		"item.title.trim() == null":                                state.True,
		"item.title.trim() == ''":                                  state.True,
		"item.title.trim() < 'x'":                                  state.False,
		"item.title.trim().startsWith('x')":                        state.False,
		"item.title.trim().matches('.*')":                          state.False,
		"item.title.trim() in ['x', '']":                           state.False,
		"item.title.split(' ')[0] == 'x'":                          state.False,
		"item.title.split(' ').exists(w, w == 'x')":                state.False,
		"item.title.split(' ').all(w, w == 'x')":                   state.True,
		"item.title + item.location == 'x'":                        state.False,
		"item.start.getHours() < 8":                                state.False,
		"item.start.getHours('Europe/Berlin') >= 0":                state.False,
		"[1].exists(x, item.private == null)":                      state.True,
		"[1].exists(x, item.private == false)":                     state.False,
		"[1].exists(x, item.private)":                              state.False,
		"[1].exists(x, has(item.attendees))":                       state.False,
		"[1].exists(x, size(item.attendees) == 0)":                 state.True,
		"item.attendees.map(a, a.email).size() == 0":               state.True,
		"item.attendees == []":                                     state.True,
		"(item.title.trim() == 'x' ? item.private : item.all_day)": state.False,
	} {
		assert.NotEmpty(t, cond.Opaques(compile(t, text, events)), "%s is not opaque", text)
		assert.Equal(t, want, answer(t, text, s), text)
	}
}

func TestUnrecordedMakesOpaqueUnknown(t *testing.T) {
	s := &cond.Subject{Item: state.NewItem(state.Event, state.Salesforce, "00U"), User: &state.User{}}
	assert.Equal(t, state.Unknown, answer(t, "item.title.trim() == 'x'", s))
	assert.Equal(t, state.Unknown, answer(t, "item.title.trim() == null", s))
	assert.Equal(t, state.False, answer(t, "false && item.title.trim() == 'x'", s))
	assert.Equal(t, state.False, answer(t, "item.kind == 'task' && item.title.trim() == 'x'", s))
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrAttendees, state.PeopleValue([]state.Attendee{{Email: "a@x.example"}}))
	it.AttendeesTruncated = true
	cut := &cond.Subject{Item: it, User: &state.User{}}
	assert.Equal(t, state.Unknown, answer(t, "item.attendees.exists_one(a, a.email == 'a@x.example')", cut))
	assert.Equal(t, state.True, answer(t, "item.attendees.exists(a, a.email == 'a@x.example')", cut))
}

func TestErrorsAreUnknown(t *testing.T) {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue("x"))
	it.Custom = map[string]state.Value{"N__c": state.BoolValue(true)}
	s := &cond.Subject{Item: it, User: &state.User{}}
	for _, text := range []string{
		"item.title.split(' ')[5] == 'x'",
		"{'a': 1}[item.title] == 1",
		"int(item.title) == 1",
		"1 / (size(item.title) - 1) == 1",
		"item.start == timestamp(item.title)",
	} {
		it.Set(state.AttrStart, state.EmptyValue())
		it.Set(state.AttrAllDay, state.BoolValue(false))
		expr := compile(t, text, events)
		truth, err := expr.Eval(s)
		assert.Equal(t, state.Unknown, truth, text)
		assert.Error(t, err, text)
		truth, err = cond.AnyOf(expr, cond.Const(true)).Eval(s)
		assert.Equal(t, state.True, truth, text)
		assert.NoError(t, err, text)
	}
	env := Env{Kinds: events.Kinds, Custom: &CustomFields{Item: map[state.Kind]map[string]state.Type{state.Event: {"N__c": state.Number}}}}
	truth, err := compile(t, "math.abs(item.custom['N__c']) > 1.0", env).Eval(s)
	assert.Equal(t, state.Unknown, truth)
	assert.ErrorContains(t, err, "item.custom['N__c'] was recorded with another type")
}

func TestTimeArithmetic(t *testing.T) {
	berlin, err := location("Europe/Berlin")
	require.NoError(t, err)
	// Daylight saving begins on 29 March 2026: that day has 23 hours.
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, berlin)
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrAllDay, state.BoolValue(false))
	it.Set(state.AttrStart, state.InstantValue(now.AddDate(0, 0, 1))) // 23 hours later
	it.Set(state.AttrEnd, state.InstantValue(now.Add(24*time.Hour)))
	s := &cond.Subject{Item: it, User: &state.User{Zone: berlin}, Now: now, Today: state.DateOf(now, berlin)}
	for text, want := range map[string]state.Truth{
		"item.start == now + duration('23h')":                       state.True,
		"item.start == now + days(1)":                               state.False, // days are 24 hours with timestamps
		"item.end == now + days(1)":                                 state.True,
		"item.end - item.start == duration('1h')":                   state.True,
		"item.start_date == today + days(1)":                        state.True, // and calendar days with dates
		"item.start.getHours('Europe/Berlin') == 12":                state.True,
		"item.end.getHours('Europe/Berlin') == 13":                  state.True,
		"item.start.getHours() == 10":                               state.True,
		"item.start.getHours('+05:30') == 15":                       state.True,
		"item.start.getDayOfWeek('Pacific/Kiritimati') == 1":        state.True, // already Monday
		"item.start.getDate('Europe/Berlin') == 29":                 state.True,
		"[1].exists(x, item.end == now + days(x))":                  state.True,
		"[1].exists(x, item.start_date - days(x) == today)":         state.True,
		"[1].exists(x, today + days(x) > item.start_date)":          state.False,
		"today >= date('2026-03-28') && today < date('2026-04-01')": state.True,
	} {
		assert.Equal(t, want, answer(t, text, s), text)
	}
}

func TestCustomFields(t *testing.T) {
	record := state.NewItem(state.Event, state.Salesforce, "00U")
	record.Custom = map[string]state.Value{"Rating__c": state.TextValue("Hot"), "Score__c": state.NumberValue(7), "Gone__c": state.EmptyValue()}
	item := state.NewItem(state.Event, state.Mailbox, "AAMk")
	env := Env{Kinds: events.Kinds, Custom: &CustomFields{Item: map[state.Kind]map[string]state.Type{
		state.Event: {"Rating__c": state.Text, "Score__c": state.Number, "Gone__c": state.Text}}}}
	for text, want := range map[string]state.Truth{
		"item.custom['Rating__c'] == 'Hot'": state.True,
		"item.custom.Score__c == 7":         state.True,
		"7 <= item.custom.Score__c":         state.True,
		"item.custom.Score__c > 6.5":        state.True,
		"has(item.custom.Gone__c)":          state.False,
		"item.custom['Gone__c'] == null":    state.True,
	} {
		expr := compile(t, text, env)
		for _, s := range []*cond.Subject{{Item: record}, {Item: item, Other: record}} {
			truth, err := expr.Eval(s)
			require.NoError(t, err)
			assert.Equal(t, want, truth, text)
		}
	}
	truth, _ := compile(t, "item.custom['Rating__c'] == 'Hot'", Env{}).Eval(&cond.Subject{Item: item})
	assert.Equal(t, state.False, truth, "an item without a record has no custom fields")
}

// Kinds that were not captured cannot lack a field.
func TestCustomFieldsOfUncapturedKinds(t *testing.T) {
	some := &CustomFields{Item: map[state.Kind]map[string]state.Type{state.Task: {"A__c": state.Bool}}}
	_, diags := Compile(Source{Text: "item.custom['A__c']"}, Env{Custom: some})
	assert.False(t, diags.HasErrors(), "%v", diags)
	_, diags = Compile(Source{Text: "item.custom['B__c'] == 'x' && user.custom['C__c'] == 'x'"}, Env{Custom: some})
	assert.False(t, diags.HasErrors(), "%v", diags)
}

func TestNormalisation(t *testing.T) {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue("Café"))
	s := &cond.Subject{Item: it}
	for _, text := range []string{"item.title == 'Cafe\u0301'", `item.title == 'Cafe\u0301'`, "item.title.reverse().reverse() == 'Cafe\u0301'"} {
		assert.Equal(t, state.True, answer(t, text, s), text)
	}
}

// Hostile predicates end in a diagnostic or in a condition that stops.
func TestBombs(t *testing.T) {
	nested := func(open, inner, closing string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(closing, n)
	}
	for name, text := range map[string]string{
		"too long":      "item.title == '" + strings.Repeat("x", MaxText) + "'",
		"brackets":      nested("(", "true", ")", 7000),
		"open brackets": strings.Repeat("(", 16000),
		"lists":         nested("[", "1", "]", 7000) + " == []",
		"choices":       nested("(true ? ", "true", " : false)", 600),
		"indexes":       "user.groups" + strings.Repeat("[0]", 5000) + " == 'x'",
		"terms":         strings.TrimSuffix(strings.Repeat("item.title == 'a' || ", 201), " || "),
		"a pattern":     "item.title.matches('" + strings.Repeat("x{1000}", 6) + "')",
		"patterns":      strings.TrimSuffix(strings.Repeat("item.title.matches('x{999}') || ", 101), " || "),
		"macros":        nested("[1].exists(a, ", "true", ")", 800),
	} {
		start := time.Now()
		_, diags := Compile(Source{Text: text}, events)
		assert.True(t, diags.HasErrors(), name)
		assert.Less(t, time.Since(start), 10*time.Second, name)
	}
	for name, text := range map[string]string{
		"negations": strings.Repeat("!", 5001) + "item.private",
		"terms":     strings.TrimSuffix(strings.Repeat("item.title == 'a' || ", 200), " || "),
		"pattern":   "item.title.matches('" + strings.Repeat("x{999}", 5) + "')",
		"calls":     "item.title" + strings.Repeat(".trim()", 90) + " == 'x'",
		"brackets":  nested("(", "true", ")", 20),
	} {
		_, diags := Compile(Source{Text: text}, events)
		assert.False(t, diags.HasErrors(), "%s: %v", name, diags)
	}
}

func TestCostLimit(t *testing.T) {
	ten := "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
	text := "true"
	for i := range 9 {
		text = fmt.Sprintf("%s.all(v%d, %s)", ten, i, text)
	}
	expr := compile(t, text, events)
	start := time.Now()
	truth, err := expr.Eval(&cond.Subject{Item: state.NewItem(state.Event, state.Salesforce, "00U"), User: &state.User{}})
	assert.Equal(t, state.Unknown, truth)
	assert.ErrorContains(t, err, "cost limit")
	assert.Less(t, time.Since(start), 5*time.Second)
}

// Texts cannot be made to grow without end: cel-go's cost limit does not see
// their length.
func TestTextsThatGrow(t *testing.T) {
	s := &cond.Subject{Item: state.NewItem(state.Event, state.Salesforce, "00U"), User: &state.User{}}
	for _, text := range []string{
		"'x'" + strings.Repeat(".replace('x', 'xxxxxxxxxx')", 30) + " == 'x'",
		"'x'.replace('', '" + strings.Repeat("y", 4000) + "')" + strings.Repeat(".replace('y', 'yyyyyyyyyy')", 5) + " == 'x'",
		"['x']" + strings.Repeat(".map(a, a + a)", 60) + "[0] == 'x'",
		strings.Repeat("strings.quote(", 30) + `'"'` + strings.Repeat(")", 30) + " == 'x'",
		"'%.1000000000f'.format([1.0]) == 'x'",
		"['" + strings.Repeat("x", 4000) + "']" + strings.Repeat(".map(a, [a, a, a, a, a, a, a, a].join(a))", 20) + "[0] == 'x'",
		"['" + strings.Repeat("x", 4000) + "']" + strings.Repeat(".map(a, '%s%s%s%s%s%s%s%s'.format([a, a, a, a, a, a, a, a]))", 20) + "[0] == 'x'",
	} {
		expr := compile(t, text, events)
		start := time.Now()
		truth, err := expr.Eval(s)
		assert.Equal(t, state.Unknown, truth, text)
		assert.Error(t, err, text)
		assert.Less(t, time.Since(start), 5*time.Second, text)
	}
}

func TestEmptyAndInvalidText(t *testing.T) {
	for text, want := range map[string]string{"": "Empty condition", " \n": "Empty condition", "'\xff' == 'a'": "not valid UTF-8"} {
		_, diags := Compile(Source{Text: text}, Env{})
		require.Len(t, diags, 1)
		assert.Contains(t, diags[0].Summary+" "+diags[0].Detail, want)
	}
}

// Conditions may be shared by goroutines: the race detector watches.
func TestConcurrentUse(t *testing.T) {
	expr := compile(t, "item.title.trim() == 'x' || item.attendees.exists(a, a.email == 'x')", events)
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue(" x"))
	done := make(chan state.Truth)
	for range 8 {
		go func() {
			truth, _ := expr.Eval(&cond.Subject{Item: it, User: &state.User{}})
			done <- truth
		}()
	}
	for range 8 {
		assert.Equal(t, state.True, <-done)
	}
}

func TestPlainConditionsDoNotAllocate(t *testing.T) {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue("Call Globex"))
	it.Set(state.AttrPrivate, state.BoolValue(true))
	it.Set(state.AttrAllDay, state.BoolValue(false))
	it.Set(state.AttrStart, state.InstantValue(time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)))
	it.Set(state.AttrOwner, state.TextValue("005"))
	it.InviteesKnown = state.True
	user := &state.User{ID: "005", Zone: time.UTC}
	user.Values[state.UserID] = state.TextValue("005")
	user.Values[state.UserGroups] = state.TextsValue([]string{"emea"})
	s := &cond.Subject{Item: it, User: user, Now: time.Date(2026, 5, 4, 7, 0, 0, 0, time.UTC), Today: state.MakeDate(2026, 5, 4)}
	expr := compile(t, "item.private && item.title.startsWith('Call') && item.title in ['a', 'Call Globex'] && "+
		"'emea' in user.groups && user.id in item.participants && item.start > now - days(1) && item.start_date >= today - days(14) && "+
		"item.location != 'x' || item.title.contains('Globex')", events)
	truth, err := expr.Eval(s)
	require.NoError(t, err)
	require.Equal(t, state.True, truth)
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = expr.Eval(s) }))
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"item.private", "item.title.trim() == 'x'", "item.attendees.exists(a, a.email in ['x'])", "has(item.custom.X) && item.custom['Y'] == null",
		"today - days(14) < item.start_date ? now < item.start : !user.active", "item.start.getHours('Europe/Berlin') > 3", "sets.intersects(user.groups, ['a'])",
		"{'a': item.title}['a'] == \"\"\"x\"\"\"", "[1, 2].map(x, x * 2).exists_one(y, y == 2)", "item.title.matches('[')", "(((", "'\\u00e9' < item.title", "now - item.start > duration('1h')",
		"math.greatest(1, 2) == 2", "-1.5e3 < 2u", "b'x' == b'y'", "// comment\ntrue", "item.`x`", "type(item.title) == string", "item.title.format([1]) == 'x'"} {
		f.Add(seed)
	}
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue("x"))
	s := &cond.Subject{Item: it, User: &state.User{}, Directory: state.NewDirectory()}
	f.Fuzz(func(t *testing.T, text string) {
		for _, env := range []Env{events, {UserOnly: true, Custom: testFields()}} {
			expr, diags := Compile(Source{Text: text, Filename: "f.hcl"}, env)
			if diags.HasErrors() {
				assert.Nil(t, expr)
				for _, d := range diags {
					require.NotNil(t, d.Subject)
					require.NotContains(t, d.Detail, "weir failed on this condition")
				}
				continue
			}
			require.NotNil(t, expr)
			_ = cond.Reads(expr)
			truth, err := expr.Eval(s)
			if err != nil {
				require.Equal(t, state.Unknown, truth)
			}
			explained := cond.Explain(expr, s)
			require.Equal(t, truth, explained.Truth)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	it := state.NewItem(state.Event, state.Salesforce, "00U")
	it.Set(state.AttrTitle, state.TextValue("Call Globex"))
	it.Set(state.AttrPrivate, state.BoolValue(true))
	s := &cond.Subject{Item: it, User: &state.User{}}
	for name, text := range map[string]string{"lowered": "item.private && item.title.startsWith('Call')", "opaque": "item.private && item.title.trim() == 'Call Globex'"} {
		b.Run(name, func(b *testing.B) {
			expr := compile(b, text, events)
			b.ReportAllocs()
			for b.Loop() {
				if truth, err := expr.Eval(s); truth != state.True || err != nil {
					b.Fatal(truth, err)
				}
			}
		})
	}
}
