package refmodel

import (
	"slices"
	"strings"

	"weir/state"
)

// compared are the fields the sync compares and writes (5.5).
var compared = map[state.Kind][]state.Attr{
	state.Contact: {state.AttrFirstName, state.AttrLastName, state.AttrEmail, state.AttrEmail2, state.AttrEmail3,
		state.AttrPhone, state.AttrMobile, state.AttrCompany, state.AttrJobTitle},
	state.Task: {state.AttrTitle, state.AttrClosed, state.AttrStatus, state.AttrPriority, state.AttrDue, state.AttrBody},
	state.Event: {state.AttrTitle, state.AttrStart, state.AttrEnd, state.AttrAllDay, state.AttrLocation, state.AttrPrivate,
		state.AttrBody, state.AttrShowAs, state.AttrResponse, state.AttrAttendees},
}

// pairOf are a field's values on the two sides.
type pairOf struct{ record, item state.Value }

// bases are, by field, what both sides held when they were last seen equal (5.3).
type bases map[state.Attr]pairOf

// difference is a field in which the sides differ and somebody changed something.
type difference struct {
	attr                 state.Attr
	byRecord, byItem     bool
	addDown, addUp, gone bool // of attendees
}

// differences compares two live or last seen states with what was agreed (5.3,
// 5.5), and gives the agreement as it then stands.
func (d *desk) differences(agreed bases, record, item *state.Item) (out []difference, now bases) {
	now = bases{}
	for a, v := range agreed {
		now[a] = v
	}
	for _, a := range compared[record.Kind] {
		r, i := d.comparable(record, item, a)
		if !r.IsRecorded() || !i.IsRecorded() {
			continue // not recorded on one side: not compared
		}
		base, ever := agreed[a]
		f := difference{attr: a, byRecord: !ever || !base.record.Equal(r), byItem: !ever || !base.item.Equal(i)}
		switch {
		case a == state.AttrAttendees:
			f = attendeesDiffer(r.Texts(), i.Texts(), base.record.Texts(), base.item.Texts(), d.isOwn(record, item))
		case r.Equal(i):
			f.byRecord, f.byItem = false, false
		case a == state.AttrResponse:
			// The person's own answer goes up only, and silence is no answer.
			f.byRecord = false
			f.byItem = f.byItem && (ever || i.Text() != "none")
		}
		if f.byRecord || f.byItem {
			out = append(out, f)
		} else if r.Equal(i) || a == state.AttrResponse || a == state.AttrAttendees {
			now[a] = pairOf{r, i} // equal, or a difference that is never written
		}
	}
	for i, closed := range out {
		if next := i + 1; closed.attr == state.AttrClosed && next < len(out) && out[next].attr == state.AttrStatus {
			// A status says no more than whether the task is closed.
			out[next].byRecord, out[next].byItem = closed.byRecord, closed.byItem
		}
	}
	return out, now
}

// attendeesDiffer (5.5): additions go both ways; removals only up, and only from
// the organiser's copy.
func attendeesDiffer(record, item, baseRecord, baseItem []string, own bool) difference {
	f := difference{attr: state.AttrAttendees}
	for _, a := range record {
		here, before := slices.Contains(item, a), slices.Contains(baseItem, a)
		f.addDown = f.addDown || !here && !before && !slices.Contains(baseRecord, a)
		f.gone = f.gone || !here && before && own
	}
	for _, a := range item {
		f.addUp = f.addUp || !slices.Contains(record, a) && !slices.Contains(baseItem, a)
	}
	f.byRecord, f.byItem = f.addDown, f.addUp || f.gone
	return f
}

// agreement finds the base of a link from the recorded versions (5.3): instant by
// instant, whatever both sides, being live, held alike.
func (d *desk) agreement(record, item *state.Object) bases {
	agreed := bases{}
	var times []state.Version
	times = append(append(times, record.Versions...), item.Versions...)
	slices.SortFunc(times, func(a, b state.Version) int { return a.From.Compare(b.From) })
	for _, at := range times {
		r, okR := record.At(at.From)
		i, okI := item.At(at.From)
		if okR && okI && r.State == state.Live && i.State == state.Live && r.Item != nil && i.Item != nil {
			_, agreed = d.differences(agreed, r.Item, i.Item)
		}
	}
	return agreed
}

// isOwn: the person owns the record or organises the meeting.
func (d *desk) isOwn(record, item *state.Item) bool {
	return record != nil && record.Owner() == d.user.ID || item != nil && item.Organizer == state.True
}

// comparable are the two sides' values after mapping (5.5): different words for
// one thing are equal.
func (d *desk) comparable(record, item *state.Item, a state.Attr) (r, i state.Value) {
	freeOrBusy := record.FreeOrBusy || item.FreeOrBusy
	one := func(it *state.Item) state.Value {
		v := it.Value(a)
		switch a {
		case state.AttrStatus:
			return openOrCompleted(it)
		case state.AttrClosed, state.AttrAllDay, state.AttrPrivate:
			if v.Presence() == state.Empty {
				return state.BoolValue(false)
			}
		case state.AttrPriority:
			return worded(v, priority)
		case state.AttrShowAs:
			return worded(v, func(s string) string { return showAs(s, freeOrBusy) })
		case state.AttrEmail, state.AttrEmail2, state.AttrEmail3:
			return worded(v, strings.ToLower)
		case state.AttrBody:
			return worded(v, func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) })
		case state.AttrStart, state.AttrEnd:
			return startOrEnd(it, a)
		}
		return v
	}
	switch a {
	case state.AttrResponse:
		return d.answers(record, item)
	case state.AttrAttendees:
		return d.guests(record, record, item), d.guests(item, record, item)
	}
	return one(record), one(item)
}

func worded(v state.Value, f func(string) string) state.Value {
	if !v.IsRecorded() {
		return v
	}
	return state.TextValue(f(v.Text()))
}

// openOrCompleted: any open status of one service is every open status of another.
func openOrCompleted(it *state.Item) state.Value {
	if !it.Value(state.AttrClosed).IsRecorded() || !it.Value(state.AttrStatus).IsRecorded() {
		return state.Value{}
	}
	return state.TextValue(map[bool]string{true: "completed", false: "open"}[it.Value(state.AttrClosed).Bool()])
}

// priority: an unmapped value is normal.
func priority(s string) string {
	if s = strings.ToLower(s); s == "high" || s == "low" {
		return s
	}
	return "normal"
}

// showAs is what Salesforce can tell apart; a service that knows only free and busy
// has no absences.
func showAs(s string, freeOrBusy bool) string {
	switch s = strings.ToLower(s); {
	case s == "free":
		return "free"
	case (s == "oof" || s == "outofoffice") && !freeOrBusy:
		return "oof"
	}
	return "busy"
}

// startOrEnd: all-day events are dates; a missing end is the start.
func startOrEnd(it *state.Item, a state.Attr) state.Value {
	start, end := it.Value(state.AttrStart), it.Value(state.AttrEnd)
	if it.AllDay() {
		start, end = it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
		if !end.IsKnown() {
			end = start
		}
	}
	switch {
	case a == state.AttrStart:
		return start
	case end.Presence() == state.Empty:
		return start
	}
	return end
}

// answers are the person's own, in Salesforce and in the mailbox; nobody answers
// their own invitation.
func (d *desk) answers(record, item *state.Item) (r, i state.Value) {
	inv := d.invitation(record)
	if d.isOwn(record, item) || inv == nil {
		return state.Value{}, state.Value{}
	}
	return answer(inv.Response), answerOf(item)
}

// answerOf is the answer an item shows; that of an organiser is none to compare.
func answerOf(item *state.Item) state.Value {
	v := item.Value(state.AttrResponse)
	if !v.IsRecorded() || v.Text() == "organizer" {
		return state.Value{}
	}
	return answer(v.Text())
}

func answer(text string) state.Value {
	if text == "" {
		text = "none"
	}
	return state.TextValue(text)
}

// guests are the addresses a side lists, as a set: not the person's own, the
// owner's or the organiser's, and only those that Salesforce can hold. A list cut
// short was not recorded.
func (d *desk) guests(it, record, item *state.Item) state.Value {
	v := it.Value(state.AttrAttendees)
	if !v.IsRecorded() || it.AttendeesTruncated {
		return state.Value{}
	}
	parties := []string{"", d.user.Address, strings.ToLower(d.user.Value(state.UserEmail).Text()),
		strings.ToLower(record.Value(state.AttrOrganizerEmail).Text()), strings.ToLower(item.Value(state.AttrOrganizerEmail).Text())}
	if owner, ok := d.snap.Directory.Person(record.Owner()); ok {
		parties = append(parties, strings.ToLower(owner.Email))
	}
	out := []string{}
	for _, p := range v.People() {
		if a := strings.ToLower(p.Email); !slices.Contains(parties, a) && !slices.Contains(out, a) && d.known(a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return state.TextsValue(out)
}

// known: a recorded user, contact or lead has the address.
func (d *desk) known(address string) bool {
	if d.snap.Directory.KnowsAddress(address) {
		return true
	}
	for _, o := range d.snap.Records[state.Contact].All() {
		if it := o.Item(); it != nil && strings.EqualFold(it.Value(state.AttrEmail).Text(), address) {
			return true
		}
	}
	return false
}
