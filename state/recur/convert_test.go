package recur

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/state"
)

func TestFromRRule(t *testing.T) {
	for text, want := range map[string]string{
		"RRULE:FREQ=WEEKLY;BYDAY=MO":               "FREQ=WEEKLY;BYDAY=MO",
		" rrule:freq=daily;count=3; ":              "FREQ=DAILY;COUNT=3",
		"FREQ=YEARLY;UNTIL=20050425;INTERVAL=1":    "FREQ=YEARLY;UNTIL=20050425;INTERVAL=1",
		"FREQ=MONTHLY;BYDAY=-1FR,+2MO":             "FREQ=MONTHLY;BYDAY=-1FR,+2MO",
		"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;WKST=SU": "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;WKST=SU",
	} {
		got, err := FromRRule(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got)
		again, err := FromRRule(got)
		require.NoError(t, err)
		assert.Equal(t, got, again)
	}
}

func TestFromRRuleErrors(t *testing.T) {
	for _, tt := range []struct {
		text, want  string
		unsupported bool
	}{
		{"", "is empty", false},
		{"RRULE:", "is empty", false},
		{"COUNT=3", "has no FREQ", false},
		{"FREQ", `"FREQ" is not NAME=value`, false},
		{"FREQ=", "is not NAME=value", false},
		{"FREQ=DAILY;;COUNT=2", "is not NAME=value", false},
		{"FREQ=DAILY;FREQ=WEEKLY", `"FREQ" stands twice`, false},
		{"FREQ=FORTNIGHTLY", `FREQ is "FORTNIGHTLY"; it must be DAILY, WEEKLY, MONTHLY or YEARLY`, false},
		{"FREQ=HOURLY", "FREQ=HOURLY repeats within a day", true},
		{"FREQ=MINUTELY", "repeats within a day", true},
		{"FREQ=SECONDLY;COUNT=1000000", "repeats within a day", true},
		{"FREQ=DAILY;INTERVAL=0", `INTERVAL is "0"; it must be 1 to 1000`, false},
		{"FREQ=DAILY;INTERVAL=9223372036854775807", "INTERVAL is", false},
		{"FREQ=DAILY;COUNT=0", "COUNT is", false},
		{"FREQ=DAILY;COUNT=99999999999999999999", "COUNT is", false},
		{"FREQ=DAILY;UNTIL=2026-05-31", "UNTIL is", false},
		{"FREQ=DAILY;UNTIL=20260231", "UNTIL is", false},
		{"FREQ=WEEKLY;BYDAY=XX", `"XX" is no day`, false},
		{"FREQ=WEEKLY;BYDAY=2MO", "needs FREQ=MONTHLY or FREQ=YEARLY", false},
		{"FREQ=MONTHLY;BYDAY=0MO", "the number must be", false},
		{"FREQ=MONTHLY;BYDAY=54MO", "the number must be", false},
		{"FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY has", false},
		{"FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY has", false},
		{"FREQ=YEARLY;BYMONTH=-1", "BYMONTH must be 1 to 12", false},
		{"FREQ=WEEKLY;BYMONTHDAY=3", "cannot stand beside FREQ=WEEKLY", false},
		{"FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO needs FREQ=YEARLY", false},
		{"FREQ=MONTHLY;BYYEARDAY=3", "BYYEARDAY needs FREQ=YEARLY", false},
		{"FREQ=MONTHLY;BYSETPOS=3", "BYSETPOS needs another", false},
		{"FREQ=YEARLY;BYEASTER=0", `has a part "BYEASTER"`, true},
		{"RSCALE=CHINESE;FREQ=YEARLY", `has a part "RSCALE"`, true},
		{"FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40", "give 25 times a day", true},
		{"FREQ=DAILY\nFREQ=WEEKLY", "more than one recurrence line", true},
		{"FREQ=MONTHLY;BYDAY=1MO" + strings.Repeat(",1MO", 64), "BYDAY has more than 64 members", false},
		{"FREQ=DAILY;BYMONTH=" + strings.Repeat("1,", 5000), "the limit is 2048", false},
	} {
		_, err := FromRRule(tt.text)
		require.Error(t, err, tt.text)
		assert.ErrorContains(t, err, tt.want)
		assert.Equal(t, tt.unsupported, isUnsupported(err), tt.text)
	}
}

func isUnsupported(err error) bool { return strings.HasPrefix(err.Error(), ErrUnsupported.Error()) }

func TestFromGraph(t *testing.T) {
	noEnd := `{"type":"noEnd","startDate":"2026-05-04","recurrenceTimeZone":"W. Europe Standard Time"}`
	for _, tt := range []struct{ pattern, rng, want string }{
		{`{"type":"daily","interval":1}`, noEnd, "FREQ=DAILY"},
		{`{"type":"daily","interval":3}`, `{"type":"numbered","numberOfOccurrences":10}`, "FREQ=DAILY;INTERVAL=3;COUNT=10"},
		{`{"type":"weekly","interval":2,"daysOfWeek":["wednesday","monday"],"firstDayOfWeek":"monday"}`,
			`{"type":"endDate","startDate":"2026-05-04","endDate":"2026-12-31"}`,
			"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=MO;UNTIL=20261231"},
		{`{"type":"weekly","interval":1,"daysOfWeek":["sunday"]}`, noEnd, "FREQ=WEEKLY;BYDAY=SU;WKST=SU"},
		{`{"type":"absoluteMonthly","interval":1,"dayOfMonth":15}`, noEnd, "FREQ=MONTHLY;BYMONTHDAY=15"},
		{`{"type":"absoluteMonthly","interval":1,"dayOfMonth":30}`, noEnd, "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"},
		{`{"type":"relativeMonthly","interval":1,"daysOfWeek":["tuesday"],"index":"second"}`, noEnd, "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"},
		{`{"type":"relativeMonthly","interval":1,"daysOfWeek":["monday","tuesday","wednesday","thursday","friday"],"index":"last"}`, noEnd,
			"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"},
		{`{"type":"absoluteYearly","interval":1,"month":2,"dayOfMonth":29}`, noEnd, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"},
		{`{"type":"relativeYearly","interval":1,"month":11,"daysOfWeek":["thursday"],"index":"fourth"}`, noEnd,
			"FREQ=YEARLY;BYMONTH=11;BYDAY=TH;BYSETPOS=4"},
	} {
		got, err := FromGraph(graph(t, tt.pattern, tt.rng))
		require.NoError(t, err, tt.pattern)
		assert.Equal(t, tt.want, got)
	}
}

func graph(t *testing.T, pattern, rng string) (p GraphPattern, r GraphRange) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(pattern), &p))
	require.NoError(t, json.Unmarshal([]byte(rng), &r))
	return p, r
}

func TestFromGraphErrors(t *testing.T) {
	noEnd := `{"type":"noEnd"}`
	for _, tt := range []struct{ pattern, rng, want string }{
		{`{}`, noEnd, `the recurrence pattern: unknown type ""`},
		{`{"type":"hourly"}`, noEnd, `unknown type "hourly"`},
		{`{"type":"weekly","daysOfWeek":["funday"]}`, noEnd, `"funday" is no day of the week`},
		{`{"type":"absoluteMonthly","dayOfMonth":0}`, noEnd, "the day of the month is 0"},
		{`{"type":"absoluteYearly","month":13,"dayOfMonth":1}`, noEnd, "the month is 13"},
		{`{"type":"relativeMonthly","index":"fifth","daysOfWeek":["monday"]}`, noEnd, `"fifth" is none of`},
		{`{"type":"relativeMonthly","index":"first"}`, noEnd, "no days of the week"},
		{`{"type":"daily"}`, `{}`, `the recurrence range: unknown type ""`},
		{`{"type":"daily"}`, `{"type":"numbered"}`, "numberOfOccurrences is 0"},
		{`{"type":"daily"}`, `{"type":"endDate","endDate":"31.12.2026"}`, `the end date is "31.12.2026"`},
		{`{"type":"daily","interval":-2}`, noEnd, "INTERVAL is"},
	} {
		_, err := FromGraph(graph(t, tt.pattern, tt.rng))
		assert.ErrorContains(t, err, tt.want)
	}
}

func TestFromSalesforceClassic(t *testing.T) {
	for _, tt := range []struct {
		fields SalesforceClassic
		want   string
	}{
		{SalesforceClassic{Type: "RecursDaily", Interval: 2, EndDateOnly: "2026-06-30"}, "FREQ=DAILY;INTERVAL=2;UNTIL=20260630"},
		{SalesforceClassic{Type: "RecursEveryWeekday", DayOfWeekMask: 62}, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"},
		{SalesforceClassic{Type: "RecursWeekly", Interval: 1, DayOfWeekMask: 1 + 2 + 64}, "FREQ=WEEKLY;BYDAY=MO,SA,SU;WKST=SU"},
		{SalesforceClassic{Type: "RecursMonthly", Interval: 3, DayOfMonth: 10}, "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=10"},
		{SalesforceClassic{Type: "RecursMonthlyNth", Interval: 1, DayOfWeekMask: 32, Instance: "Last"}, "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1"},
		{SalesforceClassic{Type: "RecursMonthlyNth", Interval: 1, DayOfWeekMask: 127, Instance: "Last"},
			"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1"},
		{SalesforceClassic{Type: "RecursYearly", DayOfMonth: 4, MonthOfYear: "July"}, "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4"},
		{SalesforceClassic{Type: "RecursYearlyNth", DayOfWeekMask: 16, Instance: "Fourth", MonthOfYear: "November"},
			"FREQ=YEARLY;BYMONTH=11;BYDAY=TH;BYSETPOS=4"},
	} {
		got, err := FromSalesforceClassic(tt.fields)
		require.NoError(t, err, tt.fields.Type)
		assert.Equal(t, tt.want, got)
	}
	for want, fields := range map[string]SalesforceClassic{
		`unknown RecurrenceType ""`: {},
		"RecurrenceDayOfWeekMask":   {Type: "RecursWeekly", DayOfWeekMask: 128},
		`"Brumaire" is no month`:    {Type: "RecursYearly", DayOfMonth: 1, MonthOfYear: "Brumaire"},
		"no days of the week":       {Type: "RecursMonthlyNth", Instance: "First"},
		`the end date is "soon"`:    {Type: "RecursDaily", EndDateOnly: "soon"},
	} {
		_, err := FromSalesforceClassic(fields)
		assert.ErrorContains(t, err, want)
	}
}

func FuzzFromRRule(f *testing.F) {
	for _, seed := range []string{"RRULE:FREQ=WEEKLY;BYDAY=MO,-1FR", "FREQ=MONTHLY;BYDAY=53MO,-53SU", "FREQ=YEARLY;BYWEEKNO=53,-53;WKST=SU",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=DAILY;COUNT=1000000000;INTERVAL=1000", "FREQ=YEARLY;BYYEARDAY=366,-366",
		"FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "FREQ=DAILY;BYHOUR=0,23;UNTIL=20260231T000000Z", "FREQ=WEEKLY;UNTIL=00010101"} {
		f.Add(seed, int64(1_700_000_000), int32(20_000))
	}
	f.Fuzz(func(t *testing.T, text string, start int64, from int32) {
		rule, err := FromRRule(text)
		if err != nil {
			return
		}
		for _, it := range []*state.Item{
			timed(rule, time.Unix(start%(1<<33), 0)),
			allDay(rule, state.Date(from%1_000_000 + 200_000).String()[:10]),
		} {
			got, err := Locate(it, time.UTC, state.Date(from), state.Date(from).AddDays(74))
			if err != nil {
				continue
			}
			if got.Count < 0 || got.Count > MaxCount || got.Count > 0 && (got.Earlier || got.Later) || got.First > got.Last {
				t.Fatalf("%s: %+v", rule, got)
			}
		}
	})
}
