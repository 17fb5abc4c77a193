package google

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/jsonstream"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
	"weir/state/zone"
)

// maxDates bounds the dates that a series may list beside its rule.
const maxDates = 5000

// series reads the RRULE, RDATE and EXDATE lines of a series, and says of any event
// whether it recurs.
func (f *file) series(it *state.Item, v *jsonstream.Value, whole bool) {
	lines := v.Get("recurrence")
	switch {
	case len(itemsOf(lines)) > 0:
		it.Series = f.readSeries(it, v, lines)
		it.Set(state.AttrRecurring, state.BoolValue(true))
	case v.Get("recurringEventId").Text() != "":
		it.Set(state.AttrRecurring, state.BoolValue(true))
	case lines != nil || f.asked("recurrence", whole):
		it.Set(state.AttrRecurring, state.BoolValue(false))
	}
}

func (f *file) readSeries(it *state.Item, v, lines *jsonstream.Value) *state.Series {
	s := &state.Series{}
	start := v.Get("start")
	if !it.AllDay() && (start.Get("timeZone").Text() != "" || f.top["timeZone"].Text() != "") {
		_, s.Zone = f.location(start, "start")
	}
	r := &recurrence{it: it, zone: s.Zone}
	var err error
	for i := range lines.Items {
		err = cmp.Or(err, r.line(lines.Items[i].Text()))
	}
	if len(r.rules) > 1 {
		err = cmp.Or(err, errors.New("it has more than one rule"))
	}
	if len(r.rules) == 1 && err == nil {
		s.Rule, err = recur.FromRRule(r.rules[0])
	}
	if err != nil {
		f.env.Problems.Warn(f.in.Path, lines.Pos, "Recurrence not understood", "%s. The series is kept, but when it takes place is not known.", wire.Clip(err.Error()))
		return &state.Series{Zone: s.Zone, Unreadable: err.Error()}
	}
	s.Occurrences = r.occurrences(s.Rule == "")
	return s
}

// recurrence gathers what the lines of one series say.
type recurrence struct {
	it      *state.Item
	zone    string
	rules   []string
	added   []state.Occurrence // by RDATE
	dropped []state.Occurrence // by EXDATE
}

func (r *recurrence) line(text string) error {
	head, value, found := strings.Cut(text, ":")
	if !found {
		return fmt.Errorf("%q is no line such as RRULE:FREQ=DAILY", wire.Clip(text))
	}
	name, params, _ := strings.Cut(head, ";")
	switch strings.ToUpper(strings.TrimSpace(name)) {
	case "RRULE":
		r.rules = append(r.rules, value)
		return nil
	case "RDATE":
		return r.dates(params, value, &r.added)
	case "EXDATE":
		return r.dates(params, value, &r.dropped)
	case "EXRULE":
		return errors.New("it takes days out by a rule of their own (EXRULE)")
	}
	return fmt.Errorf("%q is no line that weir knows", wire.Clip(name))
}

// dates reads a list of dates, times or periods.
func (r *recurrence) dates(params, value string, into *[]state.Occurrence) error {
	zoneName := r.zone
	for param := range strings.SplitSeq(params, ";") {
		if name, val, _ := strings.Cut(param, "="); strings.EqualFold(name, "TZID") {
			zoneName = strings.Trim(val, `"`)
		}
	}
	for text := range strings.SplitSeq(value, ",") {
		if len(r.added)+len(r.dropped) >= maxDates {
			return fmt.Errorf("it lists more than %d dates", maxDates)
		}
		o, err := r.date(strings.TrimSpace(text), zoneName)
		if err != nil {
			return err
		}
		*into = append(*into, o)
	}
	return nil
}

// date is one occurrence at a date or time, as long as the series' others unless a
// period says how long.
func (r *recurrence) date(text, zoneName string) (state.Occurrence, error) {
	begin, end, _ := strings.Cut(text, "/")
	if d, ok := civil(begin); ok && (r.it.AllDay() || len(begin) == len("20060102")) {
		last := d
		if first := r.it.Value(state.AttrStartDate); r.it.AllDay() && first.IsKnown() {
			last = d + r.it.Value(state.AttrEndDate).Day() - first.Day()
		}
		return state.Occurrence{OriginalDate: d, StartDate: d, EndDate: last}, nil
	}
	at, err := clock(begin, zoneName)
	if err != nil {
		return state.Occurrence{}, err
	}
	to := at.Add(r.it.Value(state.AttrEnd).Instant().Sub(r.it.Value(state.AttrStart).Instant()))
	if end != "" {
		if to, err = periodEnd(at, end, zoneName); err != nil {
			return state.Occurrence{}, err
		}
	}
	return state.Occurrence{Original: at, Start: at, End: to}, nil
}

// civil is the day of a date or time as written.
func civil(text string) (state.Date, bool) {
	if len(text) < 8 || len(text) > 8 && text[8] != 'T' {
		return 0, false
	}
	return wire.ParseDay(text[:4] + "-" + text[4:6] + "-" + text[6:8])
}

// clock is a time in UTC, or on the wall clock of a zone.
func clock(text, zoneName string) (time.Time, error) {
	if d, ok := civil(text); !ok || d == 0 {
		return time.Time{}, fmt.Errorf("%q is no time such as 20260504T080000Z", wire.Clip(text))
	}
	if t, err := time.Parse("20060102T150405Z", text); err == nil {
		return t.UTC(), nil
	}
	loc, _, err := zone.Resolve(zoneName)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation("20060102T150405", text, loc)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no time such as 20260504T080000Z", wire.Clip(text))
	}
	return t.UTC(), nil
}

// periodEnd is the end of a period: a time, or a duration after its beginning.
func periodEnd(begin time.Time, text, zoneName string) (time.Time, error) {
	if !strings.HasPrefix(text, "P") {
		return clock(text, zoneName)
	}
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour, 'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	var total time.Duration
	digits := ""
	for i := 1; i < len(text); i++ {
		c := text[i]
		if c == 'T' && digits == "" {
			continue
		}
		if c >= '0' && c <= '9' && len(digits) < 4 {
			digits += string(c)
			continue
		}
		n, err := strconv.Atoi(digits)
		if units[c] == 0 || err != nil {
			return time.Time{}, fmt.Errorf("%q is no duration such as PT1H", wire.Clip(text))
		}
		total += time.Duration(n) * units[c]
		digits = ""
	}
	return begin.Add(total), nil
}

// occurrences are those that the lines add and take away, the latter last. Without a
// rule the series' own start is one of them.
func (r *recurrence) occurrences(noRule bool) []state.Occurrence {
	list := slices.Clone(r.added)
	if noRule {
		list = append(list, ownStart(r.it))
	}
	type place struct {
		at  int64
		day state.Date
	}
	placeOf := func(o state.Occurrence) place {
		if o.Original.IsZero() {
			return place{day: o.OriginalDate}
		}
		return place{at: o.Original.UnixNano()}
	}
	seen := map[place]bool{}
	var out []state.Occurrence
	for _, o := range r.dropped {
		if !seen[placeOf(o)] {
			o.Cancelled, o.End, o.EndDate = true, o.Start, o.StartDate
			out = append(out, o)
		}
		seen[placeOf(o)] = true
	}
	for _, o := range list {
		if !seen[placeOf(o)] {
			out = append(out, o)
		}
		seen[placeOf(o)] = true
	}
	wire.SortOccurrences(out)
	return out
}

func ownStart(it *state.Item) state.Occurrence {
	if it.AllDay() {
		first := it.Value(state.AttrStartDate).Day()
		return state.Occurrence{OriginalDate: first, StartDate: first, EndDate: it.Value(state.AttrEndDate).Day()}
	}
	start := it.Value(state.AttrStart).Instant()
	return state.Occurrence{Original: start, Start: start, End: it.Value(state.AttrEnd).Instant()}
}
