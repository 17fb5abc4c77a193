package listview

import (
	"time"

	"weir/state"
)

// This file answers for the reference what the package understands, by asking it.

// RelativeDates lists every relative date that a view may compare with, n being a
// number of its own.
func RelativeDates() []string {
	out := []string{"YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS", "LAST_N_DAYS:n", "NEXT_N_DAYS:n", "N_DAYS_AGO:n"}
	for _, u := range [...]string{"WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"} {
		out = append(out, "LAST_"+u, "THIS_"+u, "NEXT_"+u, "LAST_N_"+u+"S:n", "NEXT_N_"+u+"S:n", "N_"+u+"S_AGO:n")
	}
	return out
}

// DaysOf are the first and the last day that a relative date covers on a day, with
// weeks beginning on weekStart; ok is false if it is none, or one of a fiscal year,
// whose beginning no recording holds.
func DaysOf(literal string, today state.Date, weekStart time.Weekday) (first, last state.Date, ok bool) {
	r, ok := parseRelative(literal)
	if !ok || r.fiscal {
		return 0, 0, false
	}
	d := r.on(today, weekStart)
	return d.start, d.end - 1, true
}

// samples are values that fields of a type may be compared with.
var samples = map[state.Type]string{state.Text: "x", state.Number: "5", state.Bool: "true", state.Day: "2026-05-04", state.Instant: "2026-05-04"}

// Understands reports whether fields of the type can be compared by the operator.
func Understands(t state.Type, op state.ViewOperator) bool {
	c := Compile(&state.ViewFilter{Scope: state.ScopeEverything, Condition: &state.ViewCondition{Join: state.JoinField, Field: "Field__c", Type: t,
		Operator: op, Values: []state.ViewValue{{Text: samples[t]}}}}, Moment{})
	return samples[t] != "" && len(c.Unclear) == 0
}
