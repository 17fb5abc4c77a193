package recur

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// This file turns rules back into the words of Graph and of Salesforce's Classic
// series: what [FromGraph] and [FromSalesforceClassic] would have made the rule from.

// ToGraph is a rule as Graph words it, without the start date and the zone, which
// are no part of a rule; ok is false for a rule that Graph cannot say.
func ToGraph(rule string) (p GraphPattern, r GraphRange, ok bool) {
	f := split(rule)
	p = GraphPattern{Type: f.graphType(), Interval: f.number("INTERVAL", 1), Month: f.number("BYMONTH", 0),
		DayOfMonth: f.lastDay(), DaysOfWeek: f.longDays("BYDAY"), Index: f.index()}
	if p.Type == "weekly" {
		p.FirstDayOfWeek = cmp.Or(strings.Join(f.longDays("WKST"), ""), "monday")
	}
	r = GraphRange{Type: "noEnd"}
	if until := f.until(); until != "" {
		r.Type, r.EndDate = "endDate", until
	} else if n := f.number("COUNT", 0); n > 0 {
		r.Type, r.NumberOfOccurrences = "numbered", n
	}
	back, err := FromGraph(p, r)
	return p, r, err == nil && sameRule(back, rule)
}

// ToSalesforceClassic is a rule as a Classic series words it; ok is false for a
// rule that it cannot say (a number of occurrences, for one).
func ToSalesforceClassic(rule string) (c SalesforceClassic, ok bool) {
	f := split(rule)
	if f["FREQ"] == "WEEKLY" && f["BYDAY"] == "MO,TU,WE,TH,FR" && f["WKST"] == "" && f["INTERVAL"] == "" {
		c.Type = "RecursEveryWeekday"
	} else {
		c.Type = classicTypes[f.graphType()]
		c.Interval, c.DayOfMonth, c.DayOfWeekMask = f.number("INTERVAL", 1), f.lastDay(), f.mask()
	}
	if n := f.number("BYMONTH", 0); n > 0 && n <= len(longMonths) {
		c.MonthOfYear = capital(longMonths[n-1])
	}
	c.Instance = capital(f.index())
	c.EndDateOnly = f.until()
	back, err := FromSalesforceClassic(c)
	return c, err == nil && sameRule(back, rule)
}

var classicTypes = map[string]string{"daily": "RecursDaily", "weekly": "RecursWeekly", "absoluteMonthly": "RecursMonthly",
	"relativeMonthly": "RecursMonthlyNth", "absoluteYearly": "RecursYearly", "relativeYearly": "RecursYearlyNth"}

// sameRule compares rules whose parts may stand in different orders; that weeks
// begin on Monday goes without saying.
func sameRule(a, b string) bool {
	x, y := strings.Split(strings.Replace(a, ";WKST=MO", "", 1), ";"), strings.Split(strings.Replace(b, ";WKST=MO", "", 1), ";")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// parts are a rule's parts by name.
type parts map[string]string

func split(rule string) parts {
	p := parts{}
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		p[name] = value
	}
	return p
}

func (p parts) graphType() string {
	kind := "absolute"
	if p["BYDAY"] != "" {
		kind = "relative"
	}
	switch p["FREQ"] {
	case "DAILY":
		return "daily"
	case "WEEKLY":
		return "weekly"
	case "MONTHLY":
		return kind + "Monthly"
	case "YEARLY":
		return kind + "Yearly"
	}
	return ""
}

// number is a part that is one whole number.
func (p parts) number(name string, none int) int {
	if n, err := strconv.Atoi(p[name]); err == nil {
		return n
	}
	return none
}

// lastDay is the last of a list of days of the month: "28,29,30" is how a rule says
// the 30th or the month's last.
func (p parts) lastDay() int {
	list := p["BYMONTHDAY"]
	n, _ := strconv.Atoi(list[strings.LastIndexByte(list, ',')+1:])
	return n
}

func (p parts) longDays(name string) []string {
	var out []string
	for i := range longWeekdays {
		if p.weekdays(name)>>i&1 == 1 {
			out = append(out, longWeekdays[i])
		}
	}
	return out
}

// weekdays is a set of days, Monday first.
func (p parts) weekdays(name string) (set uint8) {
	for day := range strings.SplitSeq(p[name], ",") {
		for i, long := range longWeekdays {
			if day == strings.ToUpper(long[:2]) {
				set |= 1 << i
			}
		}
	}
	return set
}

// mask is the days as Salesforce counts them, Sunday first.
func (p parts) mask() int {
	set := int(p.weekdays("BYDAY"))
	return set<<1&0b1111110 | set>>6
}

func (p parts) index() string {
	return map[string]string{"1": "first", "2": "second", "3": "third", "4": "fourth", "-1": "last"}[p["BYSETPOS"]]
}

// until is the last day as YYYY-MM-DD; "" if there is none.
func (p parts) until() string {
	if u := p["UNTIL"]; len(u) == len("20060102") {
		return u[:4] + "-" + u[4:6] + "-" + u[6:]
	}
	return ""
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
