package anonymize

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DefaultDays is the shift of dates unless another is asked for: 28 years, after
// which weekdays, days of the month and leap years fall as before, so that recurrence
// rules and the rules of time zones mean what they meant.
const DefaultDays = 10227

func sortSpans(list [][]int) { slices.SortFunc(list, func(a, b []int) int { return a[0] - b[0] }) }

// dateForm is a date or an instant as services write them, the date in front.
var dateForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?$`)

// basicForm is a date or an instant as calendars and folder names write them.
var basicForm = regexp.MustCompile(`(?:^|\b)(\d{8})(?:T\d{6}Z?)?\b`)

// instantName is such an instant alone.
var instantName = regexp.MustCompile(`^\d{8}T\d{6}Z?$`)

// reportForm is a date as a report writes it.
var reportForm = regexp.MustCompile(`^(\d{1,2})([/.])(\d{1,2})[/.](\d{4})((?:,? .*)?)$`)

// ruleForm is a recurrence in a text.
var ruleForm = regexp.MustCompile(`^(?:RRULE|EXRULE|EXDATE|RDATE|DTSTART|FREQ)[:;=][A-Za-z0-9=;:,+\-/_\s]*$`)

// date shifts a text that is a date or an instant; ok is false for other texts.
func (n *Names) date(s string) (string, bool) {
	if m := dateForm.FindStringSubmatchIndex(s); m != nil {
		out, ok := n.shift(time.DateOnly, s[m[2]:m[3]])
		return out + s[m[3]:], ok
	}
	switch {
	case instantName.MatchString(s):
		return n.basic(s), true
	case ruleForm.MatchString(s):
		return n.basic(s), true
	}
	return s, false
}

// shift moves a date of a form; dates that mean no date, such as 0001-01-01, stay.
func (n *Names) shift(form, s string) (string, bool) {
	t, err := time.Parse(form, s)
	if err != nil {
		return s, false
	}
	if t.Year() < 1600 || t.Year() > 2200 {
		return s, true
	}
	return t.AddDate(0, 0, n.days).Format(form), true
}

// basic shifts every date written YYYYMMDD in a text.
func (n *Names) basic(s string) string {
	var b strings.Builder
	from := 0
	for _, m := range basicForm.FindAllStringSubmatchIndex(s, -1) {
		out, _ := n.shift("20060102", s[m[2]:m[3]])
		b.WriteString(s[from:m[2]] + out)
		from = m[3]
	}
	return b.String() + s[from:]
}

// reportDate shifts a date of a report in whichever order day and month stand; one
// that can be read both ways is moved by years alone, so that it stays as unclear.
func (n *Names) reportDate(s string) (string, bool) {
	m := reportForm.FindStringSubmatch(s)
	if m == nil {
		return s, false
	}
	a, _ := strconv.Atoi(m[1])
	b, _ := strconv.Atoi(m[3])
	year, _ := strconv.Atoi(m[4])
	dayFirst := m[2] == "." || a > 12 || a == b
	if !dayFirst && b <= 12 || n.days == DefaultDays {
		return m[1] + m[2] + m[3] + m[2] + strconv.Itoa(year+(n.days*400)/146097) + m[5], true
	}
	day, month := b, a
	if dayFirst {
		day, month = a, b
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n.days)
	x, y := int(t.Month()), t.Day()
	if dayFirst {
		x, y = y, x
	}
	return strconv.Itoa(x) + m[2] + strconv.Itoa(y) + m[2] + strconv.Itoa(t.Year()) + m[5], true
}
