package ews

import (
	"strconv"
	"strings"

	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/state"
	"weir/state/recur"
)

// series says whether the row is a series or a part of one. An occurrence names no
// series: it shares the calendar uid with it (wire.Row.Parent).
func (e *element) series(row *wire.Row, z zones) {
	it := row.Item
	recurrence, typ := e.n.Get("Recurrence"), e.n.Get("CalendarItemType").Word()
	switch {
	case typ == "Occurrence", typ == "Exception":
		e.part(row, typ, z)
	case recurrence != nil && len(recurrence.Kids) > 0:
		e.paged = true
		it.Series = e.readSeries(recurrence, z)
		it.Series.Occurrences = e.changed(it, z)
	case typ == "RecurringMaster":
		e.paged = true // no calendar view shows a master
		it.Series = &state.Series{Zone: z.iana, Unreadable: notRecorded}
		it.Series.Occurrences = e.changed(it, z)
	}
	switch {
	case it.Series != nil || row.Role == wire.Occurrence:
		it.Set(state.AttrRecurring, state.BoolValue(true))
	case typ == "Single":
		it.Set(state.AttrRecurring, state.BoolValue(false))
	default:
		it.Set(state.AttrRecurring, e.truth("IsRecurring"))
	}
}

// part makes the row an occurrence of its series.
func (e *element) part(row *wire.Row, typ string, z zones) {
	it := row.Item
	row.Role = wire.Occurrence
	o := state.Occurrence{Cancelled: it.Value(state.AttrCancelled).Bool()}
	original := either(e.n.Get("OriginalStart"), e.n.Get("RecurrenceId"))
	if it.AllDay() {
		o.StartDate, o.EndDate = it.Value(state.AttrStartDate).Day(), it.Value(state.AttrEndDate).Day()
		o.OriginalDate = o.StartDate
		if d := e.dayOf(original, z); d.IsKnown() {
			o.OriginalDate = d.Day()
		}
	} else {
		o.Start, o.End = it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant()
		if at := e.moment(original, e.local(z)); at.IsKnown() {
			o.Original = at.Instant()
		} else if typ == "Occurrence" {
			o.Original = o.Start
		}
	}
	row.Occurrence = o
}

// changed are the occurrences that a series itself lists: moved and deleted ones.
func (e *element) changed(it *state.Item, z zones) []state.Occurrence {
	var list []state.Occurrence
	if n := e.n.Get("ModifiedOccurrences"); n != nil {
		for i := range n.Kids {
			list = append(list, e.occurrence(it, &n.Kids[i], z))
		}
	}
	if n := e.n.Get("DeletedOccurrences"); n != nil {
		for i := range n.Kids {
			o := e.occurrence(it, &n.Kids[i], z)
			o.Original, o.OriginalDate, o.Cancelled = o.Start, o.StartDate, true
			list = append(list, o)
		}
	}
	wire.SortOccurrences(list)
	return list
}

func (e *element) occurrence(it *state.Item, n *xmlstream.Node, z zones) state.Occurrence {
	if it.AllDay() {
		first, last := e.days(n.Get("Start"), n.Get("End"), z)
		return state.Occurrence{StartDate: first.Day(), EndDate: last.Day(), OriginalDate: e.dayOf(n.Get("OriginalStart"), z).Day()}
	}
	o := state.Occurrence{Start: e.moment(n.Get("Start"), e.local(z)).Instant(), Original: e.moment(n.Get("OriginalStart"), e.local(z)).Instant()}
	if o.End = e.moment(n.Get("End"), e.endZone(z)).Instant(); o.End.Before(o.Start) {
		o.End = o.Start
	}
	return o
}

// readSeries reads a pattern and its range.
func (e *element) readSeries(n *xmlstream.Node, z zones) *state.Series {
	s := &state.Series{Zone: z.iana}
	pattern, limits, strange := halves(n)
	if strange != "" {
		s.Unreadable = strange + " is no pattern of events"
	} else if rule, err := recur.FromGraph(pattern, limits); err != nil {
		s.Unreadable = err.Error()
	} else {
		s.Rule = rule
		return s
	}
	e.env.Problems.Warn(e.in.Path, n.Pos, "Recurrence not understood", "%s. The series is kept, but when it takes place is not known.", wire.Clip(s.Unreadable))
	return s
}

// halves reads a recurrence as Graph has it, whose patterns are Exchange's under
// other names. Strange is an element that is neither pattern nor range.
func halves(n *xmlstream.Node) (p recur.GraphPattern, r recur.GraphRange, strange string) {
	for i := range n.Kids {
		kid := &n.Kids[i]
		switch name, isPattern := patterns[kid.Name]; {
		case isPattern:
			p = pattern(kid, name)
		case ranges[kid.Name] != "":
			r = recur.GraphRange{Type: ranges[kid.Name], StartDate: date(kid.Get("StartDate")), EndDate: date(kid.Get("EndDate"))}
			r.NumberOfOccurrences, _ = number(kid.Get("NumberOfOccurrences"))
		default:
			strange = wire.Clip(kid.Name)
		}
	}
	return p, r, strange
}

// patterns and ranges are Exchange's names and Graph's.
var patterns = map[string]string{
	"DailyRecurrence": "daily", "WeeklyRecurrence": "weekly", "AbsoluteMonthlyRecurrence": "absoluteMonthly",
	"RelativeMonthlyRecurrence": "relativeMonthly", "AbsoluteYearlyRecurrence": "absoluteYearly", "RelativeYearlyRecurrence": "relativeYearly",
}

var ranges = map[string]string{"NoEndRecurrence": "noEnd", "EndDateRecurrence": "endDate", "NumberedRecurrence": "numbered"}

func pattern(n *xmlstream.Node, name string) recur.GraphPattern {
	p := recur.GraphPattern{Type: name, DaysOfWeek: weekdays(n.Get("DaysOfWeek").Word()),
		FirstDayOfWeek: n.Get("FirstDayOfWeek").Word(), Index: n.Get("DayOfWeekIndex").Word(), Month: month(n.Get("Month").Word())}
	p.Interval, _ = number(n.Get("Interval"))
	p.DayOfMonth, _ = number(n.Get("DayOfMonth"))
	return p
}

// weekdays reads a list of days, and the words for several at once.
func weekdays(s string) []string {
	var list []string
	for _, w := range strings.Fields(s) {
		switch w {
		case "Day":
			list = append(list, weekdayNames[:]...)
		case "Weekday":
			list = append(list, weekdayNames[:5]...)
		case "WeekendDay":
			list = append(list, weekdayNames[5:]...)
		default:
			list = append(list, w)
		}
	}
	return list
}

var weekdayNames = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

var monthNames = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// month is a month's number, 0 for none.
func month(s string) int {
	for i, name := range monthNames {
		if strings.EqualFold(s, name) {
			return i + 1
		}
	}
	return 0
}

// date is the day of an xs:date, which may have a zone behind it.
func date(n *xmlstream.Node) string {
	if w := n.Word(); len(w) > 10 {
		return w[:10]
	}
	return n.Word()
}

func number(n *xmlstream.Node) (int, bool) {
	v, err := strconv.Atoi(n.Word())
	return v, err == nil
}
