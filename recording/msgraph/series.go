package msgraph

import (
	"strconv"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// series says whether the row is a series or a part of one.
func (f *file) series(row *wire.Row, v *jsonstream.Value) {
	it, typ := row.Item, v.Get("type").Text()
	master := v.Get("seriesMasterId").Text()
	recurrence := v.Get("recurrence")
	switch {
	case recurrence.Is(jsonstream.Object):
		it.Series = f.readSeries(recurrence)
	case typ == "seriesMaster":
		it.Series = &state.Series{Unreadable: "its recurrence was not recorded"}
	case master != "" && master != row.ID:
		row.Role, row.Parent = wire.Occurrence, master
		row.Occurrence = f.occurrence(it, v)
	}
	switch {
	case it.Series != nil || row.Role == wire.Occurrence:
		it.Set(state.AttrRecurring, state.BoolValue(true))
	case typ != "" || v.Get("recurrence") != nil:
		it.Set(state.AttrRecurring, state.BoolValue(false))
	}
}

func (f *file) readSeries(v *jsonstream.Value) *state.Series {
	p, r := v.Get("pattern"), v.Get("range")
	s := &state.Series{}
	if tz := r.Get("recurrenceTimeZone"); tz.Text() != "" {
		_, iana, err := zone.Resolve(tz.Str)
		if err != nil {
			f.env.Problems.Warn(f.in.Path, tz.Pos, "Unknown time zone", "recurrenceTimeZone: %s. The series is read in the user's zone.", err)
		}
		s.Zone = iana
	}
	rule, err := recur.FromGraph(
		recur.GraphPattern{Type: p.Get("type").Text(), Interval: number(p.Get("interval")), Month: number(p.Get("month")),
			DayOfMonth: number(p.Get("dayOfMonth")), DaysOfWeek: list(p.Get("daysOfWeek")),
			FirstDayOfWeek: p.Get("firstDayOfWeek").Text(), Index: p.Get("index").Text()},
		recur.GraphRange{Type: r.Get("type").Text(), StartDate: r.Get("startDate").Text(), EndDate: r.Get("endDate").Text(),
			NumberOfOccurrences: number(r.Get("numberOfOccurrences")), RecurrenceTimeZone: s.Zone})
	if err != nil {
		s.Unreadable = err.Error()
		f.env.Problems.Warn(f.in.Path, v.Pos, "Recurrence not understood", "%s. The series is kept, but when it takes place is not known.", wire.Clip(err.Error()))
		return s
	}
	s.Rule = rule
	return s
}

// occurrence is a row of a series as its occurrence.
func (f *file) occurrence(it *state.Item, v *jsonstream.Value) state.Occurrence {
	o := state.Occurrence{Cancelled: it.Value(state.AttrCancelled).Bool()}
	original := v.Get("originalStart")
	if it.AllDay() {
		o.StartDate, o.EndDate = it.Value(state.AttrStartDate).Day(), it.Value(state.AttrEndDate).Day()
		if o.OriginalDate = o.StartDate; original.Text() != "" {
			if d := f.read.Day(original, "originalStart"); d.IsKnown() {
				o.OriginalDate = d.Day()
			}
		}
		return o
	}
	o.Start, o.End = it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant()
	if at := f.read.Instant(original, "originalStart"); at.IsKnown() {
		o.Original = at.Instant()
	} else if v.Get("type").Text() != "exception" {
		o.Original = o.Start
	}
	return o
}

func number(v *jsonstream.Value) int {
	if v == nil {
		return 0
	}
	n, _ := strconv.Atoi(v.Str)
	return n
}

func list(v *jsonstream.Value) []string {
	if v == nil {
		return nil
	}
	var out []string
	for i := range v.Items {
		out = append(out, v.Items[i].Text())
	}
	return out
}
