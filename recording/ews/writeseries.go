package ews

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

func loadZone(name string) (*time.Location, error) {
	loc, _, err := zone.Resolve(name)
	return loc, err
}

// series writes what makes an event recur.
func (w *writer) series(it *state.Item) {
	s := it.Series
	if s == nil {
		switch v := it.Value(state.AttrRecurring); {
		case v.Bool():
			w.text("IsRecurring", "true")
		case v.IsKnown():
			w.text("CalendarItemType", "Single")
		}
		return
	}
	w.text("CalendarItemType", "RecurringMaster")
	if p, r, ok := outlook(s.Rule); ok {
		w.open("Recurrence")
		w.pattern(p)
		w.limits(r, w.firstDay(it))
		w.end("Recurrence")
	}
	w.changed(it)
}

// firstDay is the day on which a series begins, in its zone.
func (w *writer) firstDay(it *state.Item) string {
	if it.AllDay() {
		return it.Value(state.AttrStartDate).Day().String()
	}
	return state.DateOf(it.Value(state.AttrStart).Instant(), w.zoneOf(it)).String()
}

func (w *writer) changed(it *state.Item) {
	list := it.Series.Occurrences
	if slices.ContainsFunc(list, func(o state.Occurrence) bool { return !o.Cancelled }) {
		w.open("ModifiedOccurrences")
		for i, o := range list {
			if !o.Cancelled {
				w.modified(it, o, i)
			}
		}
		w.end("ModifiedOccurrences")
	}
	if slices.ContainsFunc(list, func(o state.Occurrence) bool { return o.Cancelled }) {
		w.open("DeletedOccurrences")
		for _, o := range list {
			if o.Cancelled {
				w.open("DeletedOccurrence")
				w.text("Start", w.original(it, o))
				w.end("DeletedOccurrence")
			}
		}
		w.end("DeletedOccurrences")
	}
}

func (w *writer) modified(it *state.Item, o state.Occurrence, n int) {
	w.open("Occurrence")
	w.text("ItemId", "", "Id", it.ID+"."+strconv.Itoa(n+1), "ChangeKey", "AAAA")
	start, end := instant(o.Start), instant(o.End)
	if it.AllDay() {
		start, end = w.midnight(o.StartDate, w.zoneOf(it)), w.midnight(o.EndDate.AddDays(1), w.zoneOf(it))
	}
	w.text("Start", start)
	w.text("End", end)
	if at := w.original(it, o); at != "" {
		w.text("OriginalStart", at)
	}
	w.end("Occurrence")
}

// outlook is a rule as Outlook knows it; ok is false for one it cannot show. What
// comes out is what the rule was made from, or would have been.
func outlook(rule string) (p recur.GraphPattern, r recur.GraphRange, ok bool) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(rule, ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	p = recur.GraphPattern{Type: patternType(parts), Interval: atoi(parts["INTERVAL"], 1), Month: atoi(parts["BYMONTH"], 0),
		DayOfMonth: lastOf(parts["BYMONTHDAY"]), DaysOfWeek: longDays(parts["BYDAY"]), Index: index(parts["BYSETPOS"])}
	if p.Type == "weekly" {
		p.FirstDayOfWeek = strings.Join(longDays(parts["WKST"]), "")
	}
	r = recur.GraphRange{Type: "noEnd"}
	if until := parts["UNTIL"]; len(until) == len("20060102") {
		r.Type, r.EndDate = "endDate", until[:4]+"-"+until[4:6]+"-"+until[6:]
	} else if n := atoi(parts["COUNT"], 0); n > 0 {
		r.Type, r.NumberOfOccurrences = "numbered", n
	}
	if yearly := strings.HasSuffix(p.Type, "Yearly"); yearly && p.Interval != 1 {
		return p, r, false
	}
	if strings.HasPrefix(p.Type, "relative") && exchangeDays(p.DaysOfWeek) == "" {
		return p, r, false
	}
	same, err := recur.FromGraph(p, r)
	return p, r, err == nil && sameParts(same, rule)
}

// sameParts compares rules whose parts may stand in different orders.
func sameParts(a, b string) bool {
	x, y := strings.Split(a, ";"), strings.Split(b, ";")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func patternType(parts map[string]string) string {
	relative := parts["BYDAY"] != ""
	switch parts["FREQ"] {
	case "DAILY":
		return "daily"
	case "WEEKLY":
		return "weekly"
	case "MONTHLY":
		if relative {
			return "relativeMonthly"
		}
		return "absoluteMonthly"
	case "YEARLY":
		if relative {
			return "relativeYearly"
		}
		return "absoluteYearly"
	}
	return ""
}

func atoi(s string, none int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return none
}

// lastOf is the last number of a list: "28,29,30" is how a rule says the 30th or the
// month's last.
func lastOf(list string) int { return atoi(list[strings.LastIndexByte(list, ',')+1:], 0) }

var shortDays = [...]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}

func longDays(list string) []string {
	var out []string
	for d := range strings.SplitSeq(list, ",") {
		if i := slices.Index(shortDays[:], d); i >= 0 {
			out = append(out, weekdayNames[i])
		}
	}
	return out
}

var indexes = map[string]string{"1": "First", "2": "Second", "3": "Third", "4": "Fourth", "-1": "Last"}

func index(position string) string { return indexes[position] }

// exchangeDays is the one word for the days of a relative pattern; "" if there is
// none.
func exchangeDays(days []string) string {
	switch {
	case len(days) == 1:
		return days[0]
	case slices.Equal(days, weekdayNames[:]):
		return "Day"
	case slices.Equal(days, weekdayNames[:5]):
		return "Weekday"
	case slices.Equal(days, weekdayNames[5:]):
		return "WeekendDay"
	}
	return ""
}

func (w *writer) pattern(p recur.GraphPattern) {
	name := strings.ToUpper(p.Type[:1]) + p.Type[1:] + "Recurrence"
	w.open(name)
	if !strings.HasSuffix(p.Type, "Yearly") {
		w.text("Interval", strconv.Itoa(p.Interval))
	}
	switch p.Type {
	case "weekly":
		w.text("DaysOfWeek", strings.Join(p.DaysOfWeek, " "))
		if p.FirstDayOfWeek != "" {
			w.text("FirstDayOfWeek", p.FirstDayOfWeek)
		}
	case "relativeMonthly", "relativeYearly":
		w.text("DaysOfWeek", exchangeDays(p.DaysOfWeek))
		w.text("DayOfWeekIndex", p.Index)
	case "absoluteMonthly", "absoluteYearly":
		w.text("DayOfMonth", strconv.Itoa(p.DayOfMonth))
	}
	if p.Month > 0 {
		w.text("Month", monthNames[p.Month-1])
	}
	w.end(name)
}

func (w *writer) limits(r recur.GraphRange, first string) {
	name := strings.ToUpper(r.Type[:1]) + r.Type[1:] + "Recurrence"
	w.open(name)
	w.text("StartDate", first)
	switch r.Type {
	case "endDate":
		w.text("EndDate", r.EndDate)
	case "numbered":
		w.text("NumberOfOccurrences", strconv.Itoa(r.NumberOfOccurrences))
	}
	w.end(name)
}
