package listview_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/policies/listview"
	"weir/state"
	"weir/state/zone"
)

const (
	ann = "0055g00000AAAAAAA1"
	bob = "0055g00000BBBBBAA1"
)

func today(t testing.TB) state.Date {
	d, err := state.ParseDate("2026-05-04")
	require.NoError(t, err)
	return d
}

func moment(t testing.TB, zoneName string) listview.Moment {
	loc, err := zone.Load(zoneName)
	require.NoError(t, err)
	return listview.Moment{User: person("en_US"), Today: today(t), Zone: loc}
}

// person has recorded fields beyond those every person has; no locale for "".
func person(locale string) *state.User {
	u := &state.User{ID: ann, Address: "ann@acme.example", Custom: map[string]state.Value{"Alias": state.TextValue("alee"), "Division": state.EmptyValue()}}
	u.Values[state.UserEmail], u.Values[state.UserName] = state.TextValue("ann@acme.example"), state.TextValue("Ann Lee")
	if locale != "" {
		u.Custom["LocaleSidKey"] = state.TextValue(locale)
	}
	return u
}

func everything(c *state.ViewCondition) *state.ViewFilter {
	return &state.ViewFilter{Scope: state.ScopeEverything, Condition: c}
}

func field(name string, typ state.Type, op state.ViewOperator, values ...string) *state.ViewCondition {
	c := &state.ViewCondition{Join: state.JoinField, Field: name, Type: typ, Operator: op}
	for _, v := range values {
		c.Values = append(c.Values, state.ViewValue{Text: v, Null: v == ""})
	}
	return c
}

// contact builds a record of values by field; nil is a recorded null.
func contact(values map[string]any) *state.Item {
	it := state.NewItem(state.Contact, state.Salesforce, "0035g00000CCCCCAA1")
	it.Custom = map[string]state.Value{}
	for name, v := range values {
		var val state.Value
		switch v := v.(type) {
		case nil:
			val = state.EmptyValue()
		case string:
			val = state.TextValue(v)
		case bool:
			val = state.BoolValue(v)
		case float64:
			val = state.NumberValue(v)
		case state.Date:
			val = state.DayValue(v)
		case time.Time:
			val = state.InstantValue(v)
		}
		switch name {
		case "OwnerId":
			it.Set(state.AttrOwner, val)
		case "Email":
			it.Set(state.AttrEmail, val)
		case "CreatedDate":
			it.Set(state.AttrCreated, val)
		case "Account.Name":
			it.Set(state.AttrCompany, val)
		default:
			it.Custom[name] = val
		}
	}
	return it
}

func answer(t testing.TB, c listview.Compiled, it *state.Item) state.Truth {
	truth, err := c.When.Eval(&cond.Subject{Item: it, User: &state.User{ID: ann}})
	require.NoError(t, err)
	return truth
}

func TestScopes(t *testing.T) {
	at := moment(t, "UTC")
	own, others, nobody := contact(map[string]any{"OwnerId": ann}), contact(map[string]any{"OwnerId": bob}), contact(nil)
	mine := listview.Compile(&state.ViewFilter{Scope: state.ScopeMine}, at)
	assert.Equal(t, state.True, answer(t, mine, own), "the synced person's own records, whoever recorded the view")
	assert.Equal(t, state.False, answer(t, mine, others))
	assert.Equal(t, state.Unknown, answer(t, mine, nobody))
	assert.Empty(t, mine.Unclear)

	all := listview.Compile(everything(nil), at)
	assert.Equal(t, state.True, answer(t, all, others))

	for name, scope := range map[string]state.ViewScope{"team": state.ScopeElse, "queue_owned": state.ScopeElse, "sky": state.ScopeElse, "": state.ScopeNotKnown} {
		f := &state.ViewFilter{Scope: scope, ScopeName: name, Condition: field("Rating__c", state.Text, state.ViewEquals, "Hot")}
		c := listview.Compile(f, at)
		assert.Equal(t, state.Unknown, answer(t, c, contact(map[string]any{"OwnerId": ann, "Rating__c": "hot"})), name)
		assert.Equal(t, state.False, answer(t, c, contact(map[string]any{"OwnerId": ann, "Rating__c": "Cold"})), "the rest still decides")
		require.Len(t, c.Unclear, 1)
	}
	unusable := listview.Compile(&state.ViewFilter{Scope: state.ScopeEverything, Unusable: "it is not compatible"}, at)
	assert.Equal(t, state.Unknown, answer(t, unusable, own))
	assert.Equal(t, []string{"it is not compatible"}, unusable.Unclear)
}

// TestOperators gives each operator its meaning, one line a case: the field's
// type, operator and values, what the record holds, and the answer.
func TestOperators(t *testing.T) {
	noon := func(s string) time.Time { at, _ := time.Parse(time.RFC3339, s); return at }
	text, number, check, date, instant := state.Text, state.Number, state.Bool, state.Day, state.Instant
	for _, tc := range []struct {
		typ    state.Type
		op     state.ViewOperator
		values string // joined by |
		holds  any
		want   state.Truth
	}{
		{text, state.ViewEquals, "Hot", "HOT", state.True},
		{text, state.ViewEquals, "Hot", "Hotter", state.False},
		{text, state.ViewEquals, "Hot|Warm", "warm", state.True},
		{text, state.ViewEquals, "ÄRGER", "ärger", state.True},
		{text, state.ViewEquals, "", nil, state.True},
		{text, state.ViewEquals, "", "x", state.False},
		{text, state.ViewEquals, "Hot|", nil, state.True},
		{text, state.ViewEquals, "Hot", nil, state.False},
		{text, state.ViewNotEqual, "Hot", nil, state.True}, // as SOQL has it
		{text, state.ViewNotEqual, "Hot|Warm", "Warm", state.False},
		{text, state.ViewNotEqual, "", nil, state.False},
		{text, state.ViewNotEqual, "", "x", state.True},
		{text, state.ViewContains, "lob|acm", "Globex", state.True},
		{text, state.ViewContains, "lob", nil, state.False},
		{text, state.ViewNotContain, "lob|acm", "Globex", state.False},
		{text, state.ViewNotContain, "lob", nil, state.True},
		{text, state.ViewStartsWith, "GLO", "Globex", state.True},
		{text, state.ViewStartsWith, "lob", "Globex", state.False},
		{text, state.ViewLess, "m", "Anna", state.True},
		{text, state.ViewGreaterOrEqual, "m", "M", state.True},
		{text, state.ViewIncludes, "red;blue|green", "Green; Yellow", state.True},
		{text, state.ViewIncludes, "red;blue|green", "red;yellow", state.False},
		{text, state.ViewIncludes, "red", "dark red;blue", state.False},
		{text, state.ViewExcludes, "red", "blue;Red", state.False},
		{text, state.ViewExcludes, "red", nil, state.True},
		{text, state.ViewLike, "%lob%", "Globex", state.True},
		{text, state.ViewLike, "g_obex", "Globex", state.True},
		{text, state.ViewLike, "obex", "Globex", state.False},
		{text, state.ViewLike, `100\%`, "100%", state.True},
		{text, state.ViewLike, `100\%`, "100x", state.False},
		{text, state.ViewLike, "a.c", "abc", state.False},
		{text, state.ViewNotLike, "%lob%", nil, state.True},
		{number, state.ViewEquals, "5", 5.0, state.True},
		{number, state.ViewEquals, "5|7", 7.0, state.True},
		{number, state.ViewNotEqual, "5", nil, state.True},
		{number, state.ViewLess, "5", nil, state.False},
		{number, state.ViewLess, "5", -1.0, state.True},
		{number, state.ViewGreaterOrEqual, "5", 5.0, state.True},
		{number, state.ViewEquals, "", nil, state.True},
		{number, state.ViewEquals, "five", 5.0, state.Unknown},
		{number, state.ViewContains, "5", 5.0, state.Unknown},
		{number, state.ViewLess, "5|7", 5.0, state.Unknown},
		{check, state.ViewEquals, "True", true, state.True},
		{check, state.ViewEquals, "1", true, state.True},
		{check, state.ViewEquals, "0", nil, state.True},
		{check, state.ViewNotEqual, "1", nil, state.True},
		{check, state.ViewEquals, "", false, state.True}, // null matches false
		{check, state.ViewEquals, "perhaps", false, state.Unknown},
		{date, state.ViewEquals, "LAST_WEEK", today(t) - 8, state.True},
		{date, state.ViewEquals, "LAST_WEEK", today(t) - 1, state.False},
		{date, state.ViewNotEqual, "LAST_WEEK", nil, state.True},
		{date, state.ViewLess, "THIS_WEEK", today(t) - 2, state.True},
		{date, state.ViewLess, "THIS_WEEK", today(t) - 1, state.False},
		{date, state.ViewLessOrEqual, "THIS_WEEK", today(t) + 5, state.True},
		{date, state.ViewLessOrEqual, "THIS_WEEK", today(t) + 6, state.False},
		{date, state.ViewGreater, "THIS_WEEK", today(t) + 6, state.True},
		{date, state.ViewGreater, "THIS_WEEK", today(t) + 5, state.False},
		{date, state.ViewGreaterOrEqual, "THIS_WEEK", today(t) - 1, state.True},
		{date, state.ViewGreaterOrEqual, "THIS_WEEK", today(t) - 2, state.False},
		{date, state.ViewEquals, "2026-05-04|TOMORROW", today(t) + 1, state.True},
		{date, state.ViewEquals, "5/4/2026", today(t), state.Unknown},
		{date, state.ViewEquals, "THIS_FISCAL_QUARTER", today(t), state.Unknown},
		{date, state.ViewGreater, "TODAY", nil, state.False},
		// In New York the day begins at 04:00 UTC.
		{instant, state.ViewEquals, "TODAY", noon("2026-05-04T04:00:00Z"), state.True},
		{instant, state.ViewEquals, "TODAY", noon("2026-05-04T03:59:59Z"), state.False},
		{instant, state.ViewEquals, "TODAY", noon("2026-05-05T03:59:59Z"), state.True},
		{instant, state.ViewGreater, "2026-05-04T10:00:00Z", noon("2026-05-04T10:00:00Z"), state.False},
		{instant, state.ViewGreaterOrEqual, "2026-05-04T10:00:00.000+0000", noon("2026-05-04T10:00:00Z"), state.True},
		{instant, state.ViewEquals, "LAST_N_YEARS:50000", noon("1950-05-04T10:00:00Z"), state.True},
		{text, state.ViewWithin, "10", "x", state.Unknown},
		{text, state.ViewOperatorInvalid, "10", "x", state.Unknown},
		{text, state.ViewContains, "", "x", state.Unknown},
		// Without a describe the type of a custom field is not known.
		{0, state.ViewEquals, "Hot", "hot", state.True},
		{0, state.ViewEquals, "1", "true", state.Unknown},
		{0, state.ViewLess, "5", "11", state.Unknown},
		{0, state.ViewEquals, "LAST_WEEK", "2026-05-01", state.Unknown},
	} {
		t.Run(fmt.Sprintf("%s %s %q of %v", tc.typ, tc.op, tc.values, tc.holds), func(t *testing.T) {
			f := field("X__c", tc.typ, tc.op, strings.Split(tc.values, "|")...)
			c := listview.Compile(everything(f), moment(t, "America/New_York"))
			assert.Equal(t, tc.want, answer(t, c, contact(map[string]any{"X__c": tc.holds})), "%s", c.When)
			assert.Equal(t, tc.want == state.Unknown, len(c.Unclear) == 1, "%v", c.Unclear)
			assert.Equal(t, state.Unknown, answer(t, c, contact(nil)), "not recorded")
		})
	}
}

func TestFieldsOfTheSchema(t *testing.T) {
	f := &state.ViewCondition{Join: state.JoinAll, Parts: []*state.ViewCondition{
		field("Account.Name", state.TypeInvalid, state.ViewEquals, "Globex"),
		field("EMAIL", state.TypeInvalid, state.ViewContains, "@GLOBEX."),
		field("OwnerId", state.TypeInvalid, state.ViewEquals, ann),
		field("CreatedDate", state.TypeInvalid, state.ViewEquals, "TODAY")}}
	c := listview.Compile(everything(f), moment(t, "UTC"))
	values := map[string]any{"Account.Name": "globex", "Email": "jo@globex.example", "OwnerId": ann, "CreatedDate": today(t).UTC()}
	assert.Equal(t, state.True, answer(t, c, contact(values)))
	values["OwnerId"] = strings.ToLower(ann)
	assert.Equal(t, state.False, answer(t, c, contact(values)), "ids are no texts to fold")
}

func TestBrokenPartsAreUnknown(t *testing.T) {
	broken := &state.ViewCondition{Problem: "it is broken"}
	hot := field("Rating__c", state.Text, state.ViewEquals, "Hot")
	or := &state.ViewCondition{Join: state.JoinAny, Parts: []*state.ViewCondition{broken, hot, broken}}
	c := listview.Compile(everything(or), moment(t, "UTC"))
	assert.Equal(t, state.True, answer(t, c, contact(map[string]any{"Rating__c": "Hot"})))
	assert.Equal(t, state.Unknown, answer(t, c, contact(map[string]any{"Rating__c": "Cold"})))
	assert.Equal(t, []string{"it is broken"}, c.Unclear)
	deep := hot
	for range 10_000 {
		deep = &state.ViewCondition{Join: state.JoinNot, Parts: []*state.ViewCondition{deep}}
	}
	assert.Len(t, listview.Compile(everything(deep), moment(t, "UTC")).Unclear, 1)
}

// TestAgainstANaiveReading compares compiled filters with a reading of them that
// knows no conditions: it walks the tree, and counts weeks and months.
func TestAgainstANaiveReading(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	at := moment(t, "UTC")
	counts := map[bool]int{}
	for range 40_000 {
		tree := randomTree(r, 3)
		it := map[string]any{}
		for name, make := range fields {
			it[name] = make.value(r)
			if r.IntN(5) == 0 {
				it[name] = nil
			}
		}
		c := listview.Compile(everything(tree), at)
		want := naive(tree, it, at.Today)
		got := answer(t, c, contact(it))
		require.Empty(t, c.Unclear)
		require.Equal(t, state.TruthOf(want), got, "%s\n%v", c.When, it)
		counts[want]++
	}
	assert.Greater(t, counts[true], 4000)
	assert.Greater(t, counts[false], 4000)
}

type randomField struct {
	typ    state.Type
	value  func(*rand.Rand) any
	values []string
	ops    []state.ViewOperator
}

var (
	orders  = []state.ViewOperator{state.ViewEquals, state.ViewNotEqual, state.ViewLess, state.ViewLessOrEqual, state.ViewGreater, state.ViewGreaterOrEqual}
	dates   = []string{"TODAY", "YESTERDAY", "TOMORROW", "LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH", "THIS_MONTH", "LAST_N_DAYS:3", "NEXT_N_DAYS:10", "N_DAYS_AGO:2", "LAST_N_WEEKS:2", "THIS_QUARTER", "LAST_QUARTER", "NEXT_N_QUARTERS:2", "LAST_YEAR", "THIS_YEAR", "N_MONTHS_AGO:1", "NEXT_N_MONTHS:3", "LAST_N_YEARS:2"}
	colours = []string{"red", "Blue", "dark red", "GREEN", "blue;red", "green;Blue;red"}
)

var fields = map[string]randomField{
	"Text__c": {state.Text, func(r *rand.Rand) any { return colours[r.IntN(len(colours))] }, colours,
		append(slices.Clone(orders), state.ViewContains, state.ViewNotContain, state.ViewStartsWith, state.ViewIncludes, state.ViewExcludes)},
	"Number__c": {state.Number, func(r *rand.Rand) any { return float64(r.IntN(7) - 3) }, []string{"-2", "0", "1", "2.5"}, orders},
	"Check__c":  {state.Bool, func(r *rand.Rand) any { return r.IntN(2) == 0 }, []string{"true", "False", "1", "0"}, orders[:2]},
	"Date__c": {state.Day, func(r *rand.Rand) any { return state.MakeDate(2026, 5, 4) + state.Date(r.NormFloat64()*60) }, dates,
		orders},
}

func randomTree(r *rand.Rand, depth int) *state.ViewCondition {
	if join := state.ViewJoin(r.IntN(4) + 1); depth > 0 && join != state.JoinField {
		c := &state.ViewCondition{Join: join}
		n := 1 + r.IntN(3)
		if join == state.JoinNot {
			n = 1
		}
		for range n {
			c.Parts = append(c.Parts, randomTree(r, depth-1))
		}
		return c
	}
	names := []string{"Text__c", "Number__c", "Check__c", "Date__c"}
	name := names[r.IntN(len(names))]
	f := fields[name]
	c := field(name, f.typ, f.ops[r.IntN(len(f.ops))])
	n := 1
	if !slices.Contains(orders[2:], c.Operator) {
		n += r.IntN(3)
	}
	for range n {
		v := state.ViewValue{Text: f.values[r.IntN(len(f.values))]}
		if slices.Contains(orders[:2], c.Operator) && r.IntN(6) == 0 {
			v = state.ViewValue{Null: true}
		}
		c.Values = append(c.Values, v)
	}
	return c
}

func naive(c *state.ViewCondition, it map[string]any, today state.Date) bool {
	switch c.Join {
	case state.JoinNot:
		return !naive(c.Parts[0], it, today)
	case state.JoinAll:
		for _, p := range c.Parts {
			if !naive(p, it, today) {
				return false
			}
		}
		return true
	case state.JoinAny:
		for _, p := range c.Parts {
			if naive(p, it, today) {
				return true
			}
		}
		return false
	}
	have := it[c.Field]
	if c.Type == state.Bool && have == nil {
		have = false // a check mark nobody set
	}
	switch c.Operator {
	case state.ViewNotEqual:
		return !naiveAny(c, state.ViewEquals, have, today)
	case state.ViewNotContain:
		return !naiveAny(c, state.ViewContains, have, today)
	case state.ViewExcludes:
		return !naiveAny(c, state.ViewIncludes, have, today)
	}
	return naiveAny(c, c.Operator, have, today)
}

func naiveAny(c *state.ViewCondition, op state.ViewOperator, have any, today state.Date) bool {
	for _, v := range c.Values {
		if naiveOne(op, v, have, today) {
			return true
		}
	}
	return false
}

func naiveOne(op state.ViewOperator, v state.ViewValue, have any, today state.Date) bool {
	if check, ok := have.(bool); v.Null {
		return have == nil || ok && !check
	} else if ok {
		return check == (v.Text == "true" || v.Text == "1")
	}
	switch have := have.(type) {
	case string:
		return naiveText(op, strings.ToLower(v.Text), strings.ToLower(have))
	case float64:
		var n float64
		_, _ = fmt.Sscan(v.Text, &n)
		return ordered(op, have-n, have-n)
	case state.Date:
		// Where the day lies against the range: before it, in it or after it.
		first, last, unit := naiveUnits(v.Text)
		distance := unit(have) - unit(today)
		return ordered(op, float64(distance-first), float64(distance-last))
	}
	return false
}

func naiveText(op state.ViewOperator, want, have string) bool {
	switch op {
	case state.ViewContains:
		return strings.Contains(have, want)
	case state.ViewStartsWith:
		return strings.HasPrefix(have, want)
	case state.ViewIncludes:
		chosen := strings.Split(have, ";")
		for _, w := range strings.Split(want, ";") {
			if !slices.Contains(chosen, w) {
				return false
			}
		}
		return true
	}
	d := float64(strings.Compare(have, want))
	return ordered(op, d, d)
}

// ordered compares by the distances from the beginning and from the end of a range.
func ordered(op state.ViewOperator, fromFirst, fromLast float64) bool {
	switch op {
	case state.ViewEquals:
		return fromFirst >= 0 && fromLast <= 0
	case state.ViewLess:
		return fromFirst < 0
	case state.ViewLessOrEqual:
		return fromLast <= 0
	case state.ViewGreater:
		return fromLast > 0
	}
	return fromFirst >= 0
}

var counted = regexp.MustCompile(`^(?:(LAST|NEXT)_N|N)_(\w+?)S?(_AGO)?:(\d+)$`)

// naiveUnits: which units a literal means, counted from the current one, and how
// units are numbered.
func naiveUnits(literal string) (first, last int, unit func(state.Date) int) {
	number := map[string]func(state.Date) int{
		"DAY":     func(d state.Date) int { return int(d) },
		"WEEK":    func(d state.Date) int { return (int(d) + 4 + 700_000) / 7 }, // day 0 was a Thursday
		"MONTH":   func(d state.Date) int { return d.UTC().Year()*12 + int(d.UTC().Month()) - 1 },
		"QUARTER": func(d state.Date) int { return d.UTC().Year()*4 + (int(d.UTC().Month())-1)/3 },
		"YEAR":    func(d state.Date) int { return d.UTC().Year() },
	}
	switch literal {
	case "TODAY":
		return 0, 0, number["DAY"]
	case "YESTERDAY":
		return -1, -1, number["DAY"]
	case "TOMORROW":
		return 1, 1, number["DAY"]
	}
	if m := counted.FindStringSubmatch(literal); m != nil {
		var n int
		_, _ = fmt.Sscan(m[4], &n)
		word := m[2]
		switch {
		case m[3] != "":
			return -n, -n, number[word]
		case m[1] == "NEXT":
			return 1, n, number[word]
		case word == "DAY":
			return -n, 0, number[word]
		}
		return -n, -1, number[word]
	}
	which, word, _ := strings.Cut(literal, "_")
	n := map[string]int{"LAST": -1, "THIS": 0, "NEXT": 1}[which]
	return n, n, number[word]
}
