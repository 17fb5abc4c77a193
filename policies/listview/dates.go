package listview

import (
	"strconv"
	"strings"
	"time"

	"weir/policies/cond"
	"weir/state"
)

// Salesforce's relative dates are ranges of whole days in the person's zone:
// equality asks whether a date lies inside, "less" whether it lies before, "less
// or equal" before or inside, and so on.

// days is a range of days; end is the first day after it.
type days struct{ start, end state.Date }

// relative is a date that moves with the day.
type relative struct {
	unit unit
	// first and count say which units, counted from the current one: last week is
	// first -1, count 1.
	first, count int
	fiscal       bool
}

// unit is a stretch of the calendar.
type unit uint8

const (
	unitDay unit = iota
	unitWeek
	unitMonth
	unitQuarter
	unitYear
)

var units = map[string]unit{"DAY": unitDay, "WEEK": unitWeek, "MONTH": unitMonth, "QUARTER": unitQuarter, "YEAR": unitYear}

// maxCount bounds the n of a relative date, so that no calendar overflows.
const maxCount = 100_000

// parseRelative reads TODAY, LAST_WEEK, LAST_N_DAYS:7, 30_DAYS_AGO and the like,
// in any case, with spaces or underscores.
func parseRelative(s string) (relative, bool) {
	s = strings.ToUpper(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '_' }), "_"))
	switch s {
	case "YESTERDAY":
		return relative{first: -1, count: 1}, true
	case "TODAY":
		return relative{count: 1}, true
	case "TOMORROW":
		return relative{first: 1, count: 1}, true
	}
	words, ok := numbered(s)
	if !ok {
		return relative{}, false
	}
	return words.relative()
}

// phrase is a relative date taken apart: LAST, 7, FISCAL, DAY.
type phrase struct {
	lead   string // LAST, THIS, NEXT or AGO
	n      int
	one    bool // no number was given
	fiscal bool
	unit   unit
}

// numbered takes LAST_N_DAYS:7, LAST_7_DAYS, THIS_WEEK and N_DAYS_AGO:3 apart.
func numbered(s string) (phrase, bool) {
	body, number, counted := strings.Cut(s, ":")
	words := strings.Split(body, "_")
	p := phrase{n: 1, one: true}
	if last := len(words) - 1; words[last] == "AGO" {
		p.lead, words = "AGO", words[:last]
	} else {
		p.lead, words = words[0], words[1:]
	}
	if len(words) > 0 && (words[0] == "N" || isCount(words[0])) {
		if (words[0] == "N") != counted {
			return p, false
		}
		if !counted {
			number = words[0]
		}
		p.one, counted, words = false, false, words[1:]
		n, err := strconv.Atoi(strings.TrimPrefix(number, "_"))
		if err != nil || n < 0 || n > maxCount {
			return p, false
		}
		p.n = n
	}
	if counted {
		return p, false
	}
	if len(words) > 0 && words[0] == "FISCAL" {
		p.fiscal, words = true, words[1:]
	}
	if len(words) != 1 {
		return p, false
	}
	u, ok := units[strings.TrimSuffix(words[0], "S")]
	p.unit = u
	return p, ok
}

func isCount(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// relative says which units are meant. The last n days include today, as
// Salesforce has it; the last n weeks, months and so on end with the one before
// the current. A fiscal year need not begin in January, and when it does is not
// recorded.
func (p phrase) relative() (relative, bool) {
	r := relative{unit: p.unit, fiscal: p.fiscal}
	switch p.lead {
	case "LAST":
		r.first, r.count = -p.n, p.n
		if p.unit == unitDay {
			r.count++
		}
	case "THIS":
		r.count = 1
	case "NEXT":
		r.first, r.count = 1, p.n
	case "AGO":
		r.first, r.count = -p.n, 1
	default:
		return r, false
	}
	switch {
	case p.lead == "THIS":
		return r, p.one && p.unit != unitDay
	case p.one:
		return r, p.unit != unitDay && p.lead != "AGO"
	}
	return r, r.count > 0 // the last 0 weeks are no days at all
}

// on is the range on a day.
func (r relative) on(today state.Date, weekStart time.Weekday) days {
	return days{r.unit.start(today, r.first, weekStart), r.unit.start(today, r.first+r.count, weekStart)}
}

// start is the first day of the unit that lies n units after the day's own.
func (u unit) start(day state.Date, n int, weekStart time.Weekday) state.Date {
	y, m, _ := day.UTC().Date()
	switch u {
	case unitWeek:
		since := (int(day.UTC().Weekday()) - int(weekStart) + 7) % 7
		return day.AddDays(7*n - since)
	case unitMonth:
		return state.MakeDate(y, m+time.Month(n), 1)
	case unitQuarter:
		return state.MakeDate(y, (m-1)/3*3+1+time.Month(3*n), 1)
	case unitYear:
		return state.MakeDate(y+n, time.January, 1)
	}
	return day.AddDays(n)
}

// time compares a date or a point in time with a relative date, a day or, for a
// point in time, another one.
func (c *compiler) time(o operand, op state.ViewOperator, value string) (e cond.Expr, why string) {
	value = strings.TrimSpace(value)
	if op != state.ViewEquals && !ordering[op] {
		return nil, o.wrongOperator(op)
	}
	if r, ok := parseRelative(value); ok {
		if r.fiscal {
			return nil, quoted(o.name) + " is compared with " + quoted(value) + ", and when the fiscal year begins is not recorded"
		}
		return c.relative(o, op, r), ""
	}
	if day, err := state.ParseDate(value); err == nil {
		return c.range_(o, op, days{day, day + 1}), ""
	}
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05-0700", value)
	}
	if err != nil || o.typ != state.Instant || at.Year() < 1679 || at.Year() > 2261 {
		return nil, o.wrongValue(value)
	}
	return o.compared(op, state.InstantValue(at))
}

// relative compares with a relative date. Where it is not known on which day the
// person's weeks begin, the answer holds that all beginnings share.
func (c *compiler) relative(o operand, op state.ViewOperator, r relative) cond.Expr {
	if r.unit != unitWeek {
		return c.range_(o, op, r.on(c.at.Today, time.Sunday))
	}
	var each []cond.Expr
	for _, first := range c.weeks {
		each = append(each, c.range_(o, op, r.on(c.at.Today, first)))
	}
	if len(each) == 1 {
		return each[0]
	}
	doubt := c.doubt("when the person's weeks begin is not known (record LocaleSidKey with the users)")
	return cond.AnyOf(cond.AllOf(each...), cond.AllOf(cond.AnyOf(each...), doubt))
}

// range_ compares with a range of days.
func (c *compiler) range_(o operand, op state.ViewOperator, d days) cond.Expr {
	start, end := c.bound(o, d.start), c.bound(o, d.end)
	notBefore := cond.Comparison(cond.GreaterEqual, o.term, start)
	switch op {
	case state.ViewLess:
		return cond.Comparison(cond.Less, o.term, start)
	case state.ViewLessOrEqual:
		return cond.Comparison(cond.Less, o.term, end)
	case state.ViewGreater:
		return cond.Comparison(cond.GreaterEqual, o.term, end)
	case state.ViewGreaterOrEqual:
		return notBefore
	}
	return cond.AllOf(notBefore, cond.Comparison(cond.Less, o.term, end))
}

// bound is the beginning of a day as the field counts time.
func (c *compiler) bound(o operand, day state.Date) cond.Term {
	if o.typ == state.Day {
		return cond.Literal{Value: state.DayValue(day)}
	}
	day = min(max(day, firstDay), lastDay)
	return cond.Literal{Value: state.InstantValue(cond.FirstInstant(day, c.at.Zone))}
}

// The days between which instants fit into nanoseconds since the epoch.
var (
	firstDay = state.MakeDate(1679, time.January, 1)
	lastDay  = state.MakeDate(2261, time.December, 31)
)
