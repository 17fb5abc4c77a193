package salesforce

import (
	"strconv"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
)

// eventParts are the fields of an Event row that only make sense together.
type eventParts struct {
	start, end, activityTime state.Value // instants
	activity, endDay         state.Value // days
	duration                 int         // minutes, -1 if not known
	hasDuration              bool
	isChild                  bool
	groupType                string
	group                    state.Value
	classic, lightning       state.Value
	master                   string // RecurrenceActivityId
	lists                    int    // invitee lists selected
	rule                     recurrence
}

func eventInstant(at func(*eventParts) *state.Value) field {
	return func(r *rowReader, v *jsonstream.Value, name string) { *at(&r.event) = r.Instant(v, name) }
}

// eventFields are the fields of an Event row.
var eventFields = map[string]field{
	"Subject": text(state.AttrTitle), "Location": text(state.AttrLocation), "Description": text(state.AttrBody),
	"IsPrivate": truth(state.AttrPrivate), "IsAllDayEvent": truth(state.AttrAllDay),
	"ShowAs": func(r *rowReader, v *jsonstream.Value, name string) {
		r.item.Set(state.AttrShowAs, showAs(r.Text(v, name)))
	},
	"StartDateTime":    eventInstant(func(e *eventParts) *state.Value { return &e.start }),
	"EndDateTime":      eventInstant(func(e *eventParts) *state.Value { return &e.end }),
	"ActivityDateTime": eventInstant(func(e *eventParts) *state.Value { return &e.activityTime }),
	"ActivityDate":     func(r *rowReader, v *jsonstream.Value, name string) { r.event.activity = r.Day(v, name) },
	"EndDate":          func(r *rowReader, v *jsonstream.Value, name string) { r.event.endDay = r.Day(v, name) },
	"DurationInMinutes": func(r *rowReader, v *jsonstream.Value, name string) {
		if n, err := strconv.Atoi(v.Str); err == nil && n >= 0 && n < 1<<24 {
			r.event.duration, r.event.hasDuration = n, true
		}
	},
	"IsChild":        func(r *rowReader, v *jsonstream.Value, name string) { r.event.isChild = r.Bool(v, name).Bool() },
	"IsGroupEvent":   func(r *rowReader, v *jsonstream.Value, name string) { r.event.group = r.Bool(v, name) },
	"GroupEventType": func(r *rowReader, v *jsonstream.Value, name string) { r.event.groupType = r.Text(v, name).Text() },
	"ParentEventId":  parentID, "ParentId": parentID, "MasterEventId": parentID,
	"AcceptedEventInviteeIds":  invitees("accepted"),
	"DeclinedEventInviteeIds":  invitees("declined"),
	"UndecidedEventInviteeIds": invitees("none"),
	"EventWhoIds":              ignore,

	"IsRecurrence":           func(r *rowReader, v *jsonstream.Value, name string) { r.event.classic = r.Bool(v, name) },
	"IsRecurrence2":          func(r *rowReader, v *jsonstream.Value, name string) { r.event.lightning = r.Bool(v, name) },
	"RecurrenceActivityId":   func(r *rowReader, v *jsonstream.Value, name string) { r.event.master = r.id(v, name).Text() },
	"IsRecurrence2Exception": ignore, "IsRecurrence2Exclusion": ignore,
	"RecurrenceStartDateTime": recurrenceField, "RecurrenceEndDateOnly": recurrenceField, "RecurrenceTimeZoneSidKey": recurrenceField,
	"RecurrenceType": recurrenceField, "RecurrenceInterval": recurrenceField, "RecurrenceDayOfWeekMask": recurrenceField,
	"RecurrenceDayOfMonth": recurrenceField, "RecurrenceInstance": recurrenceField, "RecurrenceMonthOfYear": recurrenceField,
	"Recurrence2PatternText": recurrenceField, "Recurrence2PatternTimeZone": recurrenceField,
	"Recurrence2PatternStartDate": recurrenceField, "Recurrence2PatternVersion": ignore,
}

func parentID(r *rowReader, v *jsonstream.Value, name string) {
	if id := r.id(v, name).Text(); id != "" {
		r.row.Parent = id
	}
}

// invitees reads one of the three lists of invitee ids that a row may show.
func invitees(response string) field {
	return func(r *rowReader, v *jsonstream.Value, name string) {
		if !v.Is(jsonstream.Array) && !v.IsNull() {
			r.Wrong(v, name, "an array of ids")
			return
		}
		r.event.lists++
		for i := range v.Items {
			id := v.Items[i].Text()
			if id = r.env.ID(r.File, v.Items[i].Pos, id); IsUserID(id) {
				r.row.Invited = append(r.row.Invited, state.Invitee{UserID: id, Response: response})
			}
		}
	}
}

// showAs maps Salesforce's words to the schema's.
func showAs(v state.Value) state.Value {
	switch v.Text() {
	case "Busy":
		return state.TextValue("busy")
	case "OutOfOffice":
		return state.TextValue("outofoffice")
	case "Free":
		return state.TextValue("free")
	}
	return v
}

// finishEvent puts together what single fields cannot say.
func (r *rowReader) finishEvent() {
	e := &r.event
	if r.item.Value(state.AttrAllDay).Bool() {
		r.allDay()
	} else {
		r.timed()
	}
	r.row.InvitedKnown = e.lists == 3
	r.row.Group = e.isGroup()
	if r.item.Value(state.AttrPrivate).Presence() == state.Empty {
		r.item.Set(state.AttrPrivate, state.BoolValue(false))
	}
	r.finishSeries()
	if e.isChild {
		r.row.Role = wire.Child
	}
}

// isGroup says whether the meeting has invited users.
func (e *eventParts) isGroup() state.Truth {
	switch e.groupType {
	case "0":
		return state.False
	case "1", "2":
		return state.True
	}
	return e.group.Truth()
}

// allDay sets the dates of an all-day event: as written, the last one included.
func (r *rowReader) allDay() {
	e := &r.event
	start := firstKnown(e.activity, dateOf(e.start), dateOf(e.activityTime), dateOf(r.seriesStart()))
	if !start.IsKnown() {
		return
	}
	end := firstKnown(dateOf(e.end), e.endDay)
	if !end.IsKnown() && e.hasDuration {
		end = state.DayValue(start.Day().AddDays(max(0, (e.duration+1439)/1440-1)))
	}
	if !end.IsKnown() || end.Day() < start.Day() {
		end = start
	}
	r.item.Set(state.AttrStartDate, start)
	r.item.Set(state.AttrEndDate, end)
}

// timed sets the instants of any other event.
func (r *rowReader) timed() {
	e := &r.event
	start := firstKnown(e.start, e.activityTime, r.seriesStart())
	if !start.IsKnown() {
		r.item.Set(state.AttrStart, start)
		return
	}
	end := e.end
	switch {
	case end.IsKnown():
	case e.hasDuration:
		end = state.InstantValue(start.Instant().Add(time.Duration(e.duration) * time.Minute))
	default:
		end = start
	}
	if end.Instant().Before(start.Instant()) {
		end = start
	}
	r.item.Set(state.AttrStart, start)
	r.item.Set(state.AttrEnd, end)
}

// seriesStart is where a series says it begins, for rows without a start of their own.
func (r *rowReader) seriesStart() state.Value {
	for _, name := range [...]string{"RecurrenceStartDateTime", "Recurrence2PatternStartDate"} {
		if v := r.event.rule[name]; v != nil {
			return r.Instant(v, name)
		}
	}
	return state.Value{}
}

// firstKnown is the first known value, else the first recorded one.
func firstKnown(list ...state.Value) state.Value {
	var recorded state.Value
	for _, v := range list {
		if v.IsKnown() {
			return v
		}
		if !recorded.IsRecorded() {
			recorded = v
		}
	}
	return recorded
}

// dateOf is the date of an all-day event's midnight in UTC.
func dateOf(v state.Value) state.Value {
	if !v.IsKnown() {
		return v
	}
	return state.DayValue(state.DateOf(v.Instant(), time.UTC))
}
