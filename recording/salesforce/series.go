package salesforce

import (
	"strconv"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// recurrence are the fields that describe a series, as texts and numbers.
type recurrence map[string]*jsonstream.Value

func recurrenceField(r *rowReader, v *jsonstream.Value, name string) {
	if v.IsNull() {
		return
	}
	if r.event.rule == nil {
		r.event.rule = recurrence{}
	}
	r.event.rule[name] = v
}

// finishSeries says whether the row is a series, or one occurrence of another row.
func (r *rowReader) finishSeries() {
	e := &r.event
	r.item.Set(state.AttrRecurring, recurring(e.classic, e.lightning))
	switch {
	case e.lightning.Bool():
		r.item.Series = &state.Series{Lightning: true, Zone: r.zone("Recurrence2PatternTimeZone")}
		r.lightningRule()
	case e.classic.Bool():
		r.item.Series = &state.Series{Zone: r.zone("RecurrenceTimeZoneSidKey")}
		r.classicRule()
	case e.master != "" && e.master != r.row.ID && !e.isChild:
		r.row.Role, r.row.Parent = wire.Occurrence, e.master
		r.row.Occurrence = occurrenceOf(r.item)
	}
}

func recurring(classic, lightning state.Value) state.Value {
	switch {
	case classic.Bool() || lightning.Bool():
		return state.BoolValue(true)
	case classic.IsRecorded() || lightning.IsRecorded():
		return state.BoolValue(false)
	}
	return state.Value{}
}

// occurrenceOf is a row of a series as its occurrence. Salesforce does not say
// where the rule had put it, so it counts as being in its own place.
func occurrenceOf(it *state.Item) state.Occurrence {
	if it.AllDay() {
		start, end := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
		return state.Occurrence{OriginalDate: start.Day(), StartDate: start.Day(), EndDate: end.Day()}
	}
	start, end := it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant()
	return state.Occurrence{Original: start, Start: start, End: end}
}

// classicRule turns the row's recurrence fields into a rule.
func (r *rowReader) classicRule() {
	f := r.event.rule
	if f["RecurrenceType"] == nil {
		r.item.Series.Unreadable = "its recurrence fields were not recorded"
		return
	}
	rule, err := recur.FromSalesforceClassic(recur.SalesforceClassic{
		Type: f["RecurrenceType"].Text(), Interval: f.number("RecurrenceInterval"),
		DayOfWeekMask: f.number("RecurrenceDayOfWeekMask"), DayOfMonth: f.number("RecurrenceDayOfMonth"),
		Instance: f["RecurrenceInstance"].Text(), MonthOfYear: f["RecurrenceMonthOfYear"].Text(),
		EndDateOnly: f["RecurrenceEndDateOnly"].Text(),
	})
	r.setRule(rule, err, f["RecurrenceType"])
}

// lightningRule reads the rule of a Lightning series.
func (r *rowReader) lightningRule() {
	pattern := r.event.rule["Recurrence2PatternText"]
	if pattern.Text() == "" {
		r.item.Series.Unreadable = "its recurrence pattern was not recorded"
		return
	}
	rule, err := recur.FromRRule(pattern.Str)
	r.setRule(rule, err, pattern)
}

func (r *rowReader) setRule(rule string, err error, at *jsonstream.Value) {
	if err != nil {
		r.item.Series.Unreadable = err.Error()
		r.Problems.Warn(r.File, at.Where(), "Recurrence not understood", "%s. The series is kept, but when it takes place is not known.", wire.Clip(err.Error()))
		return
	}
	r.item.Series.Rule = rule
}

func (f recurrence) number(name string) int {
	v := f[name]
	if v == nil {
		return 0
	}
	n, _ := strconv.Atoi(v.Str)
	return n
}

// zone is the series' own zone by its IANA name, "" if it names none that exists.
func (r *rowReader) zone(name string) string {
	v := r.event.rule[name]
	if v.Text() == "" {
		return ""
	}
	_, iana, err := zone.Resolve(v.Str)
	if err != nil {
		r.Problems.Warn(r.File, v.Pos, "Unknown time zone", "%s: %s. The series is read in the user's zone.", name, err)
		return ""
	}
	return iana
}
