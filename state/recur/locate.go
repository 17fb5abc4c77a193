package recur

import (
	"errors"
	"fmt"
	"time"

	"weir/state"
	"weir/state/zone"
)

// MaxCount is where [Locate] stops counting occurrences.
const MaxCount = 20_000

// horizon is how far past a window [Locate] looks for the next occurrence. A
// rule's next occurrence is never farther than that unless its interval is
// absurd.
const horizon = 100 * 366

// maxLength is the longest occurrence, in days, that is looked for.
const maxLength = 366

// Result says where a series lies relative to a window of days.
type Result struct {
	// Count is the number of occurrences that cover a day of the window; not more
	// than [MaxCount] are counted.
	Count int
	// First and Last: the first day covered by the first of them and the last day
	// covered by the last. With Count 0 they are the days of the nearest
	// occurrence: the next one after the window if there is one, else the last one
	// before it; both zero if there is none at all.
	First, Last state.Date
	// Truncated: there are more, past MaxCount or past what one question may cost,
	// and Last is not the last.
	Truncated bool
	// Earlier and Later say, only if Count is 0, whether there are occurrences
	// wholly before the window and wholly after it. A window in a gap of the series
	// has both. Such a series is one that has not come in yet, not one that has
	// gone out: with Later the window will reach it.
	Earlier, Later bool
}

// Covered gives the first and the last local day that a timed event covers: an
// end at local midnight belongs to the day before, and an end that is missing
// (zero) or before the start counts as the start.
func Covered(start, end time.Time, zone *time.Location) (first, last state.Date) {
	first = state.DateOf(start, zone)
	if !end.After(start) {
		return first, first
	}
	return first, state.DateOf(end.Add(-time.Nanosecond), zone)
}

// Locate finds the occurrences of a recurring event that cover a day of
// [from, to], both included, in the user's zone. Days of all-day events are
// plain dates and never shifted; a timed series keeps its wall-clock times in
// its own zone (the user's if it names none), whatever daylight saving does. A
// local time that is skipped takes place as much later as the clocks jump, one
// that comes twice takes place the first time.
//
// Recorded exceptions replace or cancel the occurrences they name. A series
// without a rule consists of its listed occurrences. The event's own start is an
// occurrence only if the rule says so, as with every service's own series.
//
// It is an error if the item is no series, or its recurrence is unreadable,
// unsupported, unknown, needs too much work or never takes place.
func Locate(it *state.Item, userZone *time.Location, from, to state.Date) (Result, error) {
	s, err := newSeries(it, userZone)
	if err != nil {
		return Result{}, err
	}
	t := &tally{from: from, to: to}
	if err := s.tallyAll(t); err != nil {
		return Result{}, err
	}
	return t.result(), nil
}

// tallyAll adds the listed occurrences and those of the rule.
func (s *series) tallyAll(t *tally) error {
	for _, o := range s.listed {
		t.add(o)
	}
	if s.rule == nil {
		return nil
	}
	return s.tallyRule(&walker{rule: s.rule, start: s.start}, t)
}

// span is the days one occurrence covers, and its instants if it is timed.
type span struct {
	first, last state.Date
	start, end  time.Time
}

// tally sorts occurrences into those before, in and after a window.
type tally struct {
	from, to      state.Date
	in            Result
	before, after span
	earlier       bool
	later         bool
	collect       bool
	spans         []span // those in the window, if they are collected
}

func (t *tally) add(o span) {
	switch {
	case o.last < t.from:
		if !t.earlier || o.last > t.before.last {
			t.before = o
		}
		t.earlier = true
	case o.first > t.to:
		if !t.later || o.first < t.after.first {
			t.after = o
		}
		t.later = true
	default:
		t.count(o)
	}
}

func (t *tally) count(o span) {
	if t.in.Count == 0 || o.first < t.in.First {
		t.in.First = o.first
	}
	if t.in.Count == 0 || o.last > t.in.Last {
		t.in.Last = o.last
	}
	t.in.Count++
	if t.collect {
		t.spans = append(t.spans, o)
	}
}

func (t *tally) result() Result {
	r := t.in
	if r.Count > 0 {
		return r
	}
	r.Earlier, r.Later = t.earlier, t.later
	switch {
	case t.later:
		r.First, r.Last = t.after.first, t.after.last
	case t.earlier:
		r.First, r.Last = t.before.first, t.before.last
	}
	return r
}

// series is a recurring event made ready for expansion.
type series struct {
	rule     *rule // nil: only what is listed
	zone     *time.Location
	ownZone  bool // the series itself names the zone
	userZone *time.Location
	allDay   bool
	start    day // of the first occurrence, in the series' zone
	secs     int // of that day
	startAt  time.Time
	times    []int // seconds of the day at which occurrences start
	cost     int   // of making one occurrence, compared to looking at a day
	length   length
	listed   []span // recorded occurrences that take place
	// replaced are the occurrences of the rule that exceptions stand for.
	replacedAt  map[int64]bool // by instant, Unix seconds
	replacedDay map[day]bool   // by day in the series' zone
}

// length is how long occurrences last: whole days on the calendar, whatever daylight
// saving does to their hours, then time on the clock. RFC 5545 (3.8.5.3) wants the
// duration to be the same for all occurrences.
type length struct {
	days int
	rest time.Duration // less than a day
}

// reach is after how many days an occurrence is over.
func (l length) reach() day {
	if l.rest > 0 {
		return day(l.days + 1)
	}
	return day(l.days)
}

func newSeries(it *state.Item, userZone *time.Location) (*series, error) {
	if it == nil || it.Series == nil {
		return nil, errors.New("the event does not recur")
	}
	rec := it.Series
	if rec.Unreadable != "" {
		return nil, fmt.Errorf("the recurrence could not be read: %s", rec.Unreadable)
	}
	if rec.Rule == "" && len(rec.Occurrences) == 0 {
		return nil, errors.New("the recurrence was not recorded")
	}
	if userZone == nil {
		userZone = time.UTC
	}
	s := &series{zone: userZone, userZone: userZone, allDay: it.AllDay()}
	if rec.Zone != "" {
		own, err := zone.Load(rec.Zone)
		if err != nil {
			return nil, fmt.Errorf("the series' time zone: %w", err)
		}
		s.zone, s.ownZone = own, true
	}
	s.list(rec.Occurrences)
	if rec.Rule == "" {
		return s, nil
	}
	return s, s.setRule(it, rec.Rule)
}

func (s *series) setRule(it *state.Item, text string) error {
	value, err := bareRule(text)
	if err != nil {
		return err
	}
	if s.rule, err = parse(value); err != nil {
		return err
	}
	if s.allDay {
		err = s.setDays(it)
	} else {
		err = s.setClock(it)
	}
	if err != nil {
		return err
	}
	if s.start < minDay || s.start > maxDay {
		return errors.New("the series begins outside the years 1600 to 9999")
	}
	if s.length.days > maxLength {
		return fmt.Errorf("%w: an occurrence lasts longer than %d days", ErrUnsupported, maxLength)
	}
	s.rule.anchor(s.start)
	s.times = []int{0}
	if !s.allDay {
		s.times, s.cost = s.rule.times(s.secs), 4
	}
	return nil
}

func (s *series) setDays(it *state.Item) error {
	first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	if !first.IsKnown() {
		return errors.New("the series' first day was not recorded")
	}
	s.start = day(first.Day())
	if last.IsKnown() && last.Day() > first.Day() {
		s.length.days = int(day(last.Day()) - s.start)
	}
	return nil
}

func (s *series) setClock(it *state.Item) error {
	start, end := it.Value(state.AttrStart).Instant(), it.Value(state.AttrEnd).Instant()
	if !it.Value(state.AttrStart).IsKnown() {
		return errors.New("the series' first start was not recorded")
	}
	if !it.Value(state.AttrEnd).IsKnown() || end.Before(start) {
		end = start
	}
	s.startAt = start.Truncate(time.Second)
	s.start, s.secs = wallClock(start, s.zone)
	endDay, endSecs := wallClock(end, s.zone)
	if endSecs == s.secs && endDay > s.start {
		s.length.days = int(endDay - s.start)
		return nil
	}
	s.length = length{days: int(end.Sub(start) / dayLong), rest: end.Sub(start) % dayLong}
	return nil
}

// dayLong is a day on which the clocks do not change.
const dayLong = 24 * time.Hour

func wallClock(t time.Time, zone *time.Location) (d day, secs int) {
	t = t.In(zone)
	return day(state.DateOf(t, zone)), t.Hour()*3600 + t.Minute()*60 + t.Second()
}

// list lays the recorded occurrences out: what they replace and what they are.
// Of several for the same original the last one counts.
func (s *series) list(recorded []state.Occurrence) {
	s.replacedAt, s.replacedDay = map[int64]bool{}, map[day]bool{}
	for i := len(recorded) - 1; i >= 0; i-- {
		o := recorded[i]
		if !o.Cancelled && o.Start.IsZero() && o.StartDate == 0 {
			continue // where it is was not recorded: it is left where the rule puts it
		}
		if !s.claim(o) || o.Cancelled {
			continue
		}
		s.listed = append(s.listed, s.cover(o))
	}
}

// claim notes which occurrence of the rule a recorded one stands for: the one it
// names, else the one at its own place (so that an added occurrence that the
// rule gives as well counts once). False if a later entry already stands for it.
func (s *series) claim(o state.Occurrence) bool {
	switch {
	case !o.Original.IsZero() && s.allDay:
		d, _ := wallClock(o.Original, s.zone)
		return take(s.replacedDay, d)
	case !o.Original.IsZero():
		return take(s.replacedAt, o.Original.Unix())
	case o.OriginalDate != 0:
		return take(s.replacedDay, day(o.OriginalDate))
	case !o.Start.IsZero():
		return take(s.replacedAt, o.Start.Unix())
	}
	return take(s.replacedDay, day(o.StartDate))
}

func take[K comparable](set map[K]bool, key K) bool {
	if set[key] {
		return false
	}
	set[key] = true
	return true
}

func (s *series) cover(o state.Occurrence) span {
	if o.Start.IsZero() {
		return span{first: o.StartDate, last: max(o.StartDate, o.EndDate)}
	}
	first, last := Covered(o.Start, o.End, s.userZone)
	return span{first, last, o.Start, o.End}
}

// tallyRule adds the rule's own occurrences, as many as are needed: those in
// the window and, if there are none, the next one after it and the last one
// before it.
func (s *series) tallyRule(w *walker, t *tally) error {
	from := min(max(day(t.from), minDay), maxDay)
	to := min(max(day(t.to), minDay), maxDay)
	begin := from - s.length.reach() - 3 // zones differ by less than two days
	if s.rule.count > 0 {
		begin = s.start // a limited number is counted from the first
	}
	some, err := s.scan(w, t, begin, min(to+horizon, maxDay))
	if errors.Is(err, errBudget) && t.in.Count > 0 {
		t.in.Truncated = true
		return nil
	}
	if err != nil || t.in.Count > 0 || t.later {
		return err
	}
	if begin > s.start {
		found, err := s.lastBefore(w, t, begin)
		if err != nil {
			return err
		}
		some = some || found
	}
	if !some && len(s.listed) == 0 {
		return errNever
	}
	return nil
}

var errNever = errors.New("the recurrence rule never takes place")

// lastBefore adds the occurrences before the day, looking back farther and
// farther until there is one.
func (s *series) lastBefore(w *walker, t *tally, before day) (some bool, err error) {
	if end, ok := s.untilDay(); ok {
		before = min(before, end+2)
	}
	for _, back := range []day{400, 4_000, 40_000, maxDay - minDay} {
		begin := max(before-back, s.start)
		found, err := s.scan(w, t, begin, before)
		some = some || found
		if err != nil || t.earlier || begin == s.start {
			return some, err
		}
	}
	return some, nil
}

// scan adds the rule's occurrences between two days, stopping at the first one
// past the window, and reports whether there were any, replaced ones included.
func (s *series) scan(w *walker, t *tally, begin, limit day) (some bool, err error) {
	if end, ok := s.untilDay(); ok {
		limit = min(limit, end+2)
	}
	count := 0
	err = w.walk(begin, &limit, func(d day) bool {
		for _, secs := range s.times {
			w.spent += s.cost
			o, at, ok := s.occurrence(d, secs)
			if !ok {
				continue
			}
			if s.ended(d, at) {
				return false
			}
			some = true
			if !s.isReplaced(d, at) {
				t.add(o)
				if o.first > t.to {
					return false
				}
			}
			if count++; s.rule.count > 0 && count >= s.rule.count {
				return false
			}
			if t.in.Count >= MaxCount {
				t.in.Truncated = true
				return false
			}
		}
		if t.in.Count > 0 {
			limit = min(limit, day(t.to)+3) // the next one is of no interest any more
		}
		return true
	})
	return some, err
}

// occurrence is the rule's occurrence on a day of the series' zone; not ok
// before the series begins. The instant is zero for all-day series.
func (s *series) occurrence(d day, secs int) (o span, at time.Time, ok bool) {
	if s.allDay {
		return span{first: state.Date(d), last: state.Date(d + day(s.length.days))}, time.Time{}, d >= s.start
	}
	at = instant(d, secs, s.zone)
	if at.Before(s.startAt) {
		return span{}, at, false
	}
	end := at
	if s.length.days > 0 {
		end = instant(d+day(s.length.days), secs, s.zone)
	}
	end = end.Add(s.length.rest)
	o.start, o.end = at, end
	o.first, o.last = Covered(at, end, s.userZone)
	return o, at, true
}

func (s *series) isReplaced(d day, at time.Time) bool {
	return s.replacedDay[d] || !s.allDay && s.replacedAt[at.Unix()]
}

// ended tells whether an occurrence lies past the rule's UNTIL.
func (s *series) ended(d day, at time.Time) bool {
	u := s.rule.until
	switch {
	case u.form == untilNone:
		return false
	case s.allDay || u.form == untilDate:
		end, _ := s.untilDay()
		return d > end
	case u.form == untilLocal:
		return at.After(instant(u.date, u.secs, s.zone))
	}
	return at.Unix() > int64(u.date)*86400+int64(u.secs)
}

// untilDay is the last day the rule may reach. An instant means the day it
// falls on in the series' own zone if that is known, else in UTC.
func (s *series) untilDay() (day, bool) {
	u := s.rule.until
	if u.form == untilUTC && s.ownZone {
		d, _ := wallClock(time.Unix(int64(u.date)*86400+int64(u.secs), 0), s.zone)
		return d, true
	}
	return u.date, u.form != untilNone
}

// instant is the moment at which the clocks of the zone show a time of day. A
// time that comes twice means the first; a skipped one is read with the offset
// from before the jump, so that it falls as much later.
func instant(d day, secs int, zone *time.Location) time.Time {
	naive := int64(d)*86400 + int64(secs)
	before, after := offset(naive-86400, zone), offset(naive+86400, zone)
	t := naive - before
	if offset(t, zone) != before && offset(naive-after, zone) == after {
		t = naive - after
	}
	return time.Unix(t, 0)
}

func offset(unix int64, zone *time.Location) int64 {
	_, secs := time.Unix(unix, 0).In(zone).Zone()
	return int64(secs)
}
