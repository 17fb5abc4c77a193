package ews

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf16"

	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
)

// Losses are what an item loses by being written in Exchange's words and read again:
// Exchange has no place for it, or words it in one way only.
var Losses = []wire.Loss{
	{What: "When something was deleted: a deletion has no time of its own.", Apply: func(*state.Item, *wire.Payload) {}},
	{What: "White space at the end of bodies, and characters that XML forbids.", Apply: sayable},
	{What: "Texts of exactly 255 characters: listings and changes cut longer ones, so they are not recorded.", Apply: cut},
	{What: "A known list's distinction between an attendee who has not answered and one of whom no answer was recorded.", Apply: answered},
	{What: "Empty truths (cancelled, all-day, private, closed): they are not recorded. Whether a task is closed then follows from its status, or from when it was completed.", Apply: noEmptyTruths},
	{What: "Whether the person organises an event, unless their answer or the organiser's address says so.", Apply: organizer},
	{What: "Recurrence patterns that Outlook cannot show (several days of the month, every second year), and why a pattern could not be read: the series is kept, when it takes place is not known.", Apply: shownPatterns},
	{What: "The order of a recurrence rule's parts, and whether a series is in Salesforce's Lightning form.", Apply: ownForm},
	{What: "Where a cancelled occurrence had been moved to.", Apply: stayed},
	{What: "The id of a series of which only occurrences are known: it goes by its calendar uid.", Apply: byUID},
	{What: "Other spellings of status and priority than Exchange's own.", Apply: ownWords},
}

// sayable leaves the texts that an element can hold.
func sayable(it *state.Item, _ *wire.Payload) {
	for _, a := range state.Schema() {
		switch v := it.Value(a.Attr); {
		case !v.IsKnown():
		case a.Attr == state.AttrBody:
			it.Set(a.Attr, plain(allowed(v.Text())))
		case a.Type == state.Text:
			it.Set(a.Attr, state.TextValue(allowed(v.Text())))
		}
	}
}

// allowed puts the replacement character in place of what XML forbids.
func allowed(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
}

// cut forgets texts that an answer which is no GetItem may have cut.
func cut(it *state.Item, _ *wire.Payload) {
	for _, a := range [...]state.Attr{state.AttrTitle, state.AttrLocation, state.AttrFirstName, state.AttrLastName, state.AttrCompany, state.AttrJobTitle, state.AttrPhone, state.AttrMobile} {
		if v := it.Value(a); v.IsKnown() && len(utf16.Encode([]rune(v.Text()))) == cutAt {
			it.Set(a, state.Value{})
		}
	}
}

func answered(it *state.Item, _ *wire.Payload) {
	v := it.Value(state.AttrAttendees)
	if !v.IsKnown() {
		return
	}
	list := slices.Clone(v.People())
	for i := range list {
		list[i].Response = answer(responseWords[list[i].Response])
	}
	it.Set(state.AttrAttendees, state.PeopleValue(list))
}

func noEmptyTruths(it *state.Item, _ *wire.Payload) {
	for _, a := range state.Schema() {
		if v := it.Value(a.Attr); a.Type == state.Bool && v.Presence() == state.Empty {
			it.Set(a.Attr, state.Value{})
		}
	}
	if it.Kind != state.Task || it.Value(state.AttrClosed).IsKnown() {
		return
	}
	if status := it.Value(state.AttrStatus).Text(); status != "" {
		it.Set(state.AttrClosed, state.BoolValue(strings.EqualFold(status, "Completed")))
	} else if it.Value(state.AttrCompleted).IsKnown() {
		it.Set(state.AttrClosed, state.BoolValue(true))
	}
}

func organizer(it *state.Item, p *wire.Payload) {
	if it.Kind != state.Event {
		return
	}
	response, email := it.Value(state.AttrResponse), it.Value(state.AttrOrganizerEmail)
	switch {
	case response.IsKnown():
		it.Organizer = state.TruthOf(response.Text() == "organizer")
	case email.IsKnown():
		it.Organizer = state.TruthOf(email.Text() == p.Mailbox)
	default:
		it.Organizer = state.Unknown
	}
}

// notRecorded is what is said of a series without a pattern.
const notRecorded = "its recurrence was not recorded"

// series replaces an item's series by what is left of it.
func series(it *state.Item, left func(*state.Series)) {
	if it.Series != nil {
		s := *it.Series
		s.Occurrences = slices.Clone(s.Occurrences)
		left(&s)
		it.Series = &s
	}
}

// onlyOccurrences: nothing is known of the series but occurrences.
func onlyOccurrences(s *state.Series) bool {
	return s != nil && s.Rule == "" && s.Unreadable == "" && len(s.Occurrences) > 0
}

func shownPatterns(it *state.Item, _ *wire.Payload) {
	series(it, func(s *state.Series) {
		if _, _, ok := outlook(s.Rule); !ok && !onlyOccurrences(s) {
			s.Rule, s.Unreadable = "", notRecorded
		}
	})
}

func ownForm(it *state.Item, _ *wire.Payload) {
	series(it, func(s *state.Series) {
		s.Lightning = false
		if p, r, ok := outlook(s.Rule); ok {
			s.Rule, _ = recur.FromGraph(p, r)
		}
	})
}

func stayed(it *state.Item, _ *wire.Payload) {
	if onlyOccurrences(it.Series) {
		return // rows of their own say where they are
	}
	series(it, func(s *state.Series) {
		for i, o := range s.Occurrences {
			if o.Cancelled {
				s.Occurrences[i] = state.Occurrence{Original: o.Original, Start: o.Original, End: o.Original,
					OriginalDate: o.OriginalDate, StartDate: o.OriginalDate, EndDate: o.OriginalDate, Cancelled: true}
			}
		}
		wire.SortOccurrences(s.Occurrences)
	})
}

func byUID(it *state.Item, _ *wire.Payload) {
	if onlyOccurrences(it.Series) {
		it.ICalUID = cmp.Or(it.ICalUID, it.ID)
	}
}

func ownWords(it *state.Item, _ *wire.Payload) {
	for a, words := range map[state.Attr][]string{state.AttrStatus: statuses, state.AttrPriority: priorities} {
		if v := it.Value(a); v.IsKnown() {
			it.Set(a, state.TextValue(asOneOf(words...)(v)))
		}
	}
}
