package ews

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/recording/wire"
	"weir/recording/xmlstream"
	"weir/recording/zonedef"
)

// definitions are the time zones that a file's items define themselves, which are
// the same ones again and again, by what they say.
type definitions struct {
	read   map[string]definition
	budget zonedef.Budget
}

// definition is one of them, or why it cannot be read.
type definition struct {
	zone *zonedef.Definition
	err  error
}

// errNone is the error of an element that only names a zone.
var errNone = errors.New("nothing is defined")

// defined finds the zone that an element defines, by its offsets in the item's year.
// Why says, for a message, what is wrong with a definition that leads to none.
func (e *element) defined(n *xmlstream.Node) (p *zonedef.Place, why string) {
	if n == nil || len(n.Kids) == 0 {
		return nil, ""
	}
	key := written(n)
	d, ok := e.zones.read[key]
	if !ok {
		d = define(n)
		if e.zones.read == nil {
			e.zones.read = map[string]definition{}
		}
		e.zones.read[key] = d
	}
	start, _ := e.span()
	at, ok := parse(start.Word(), time.UTC)
	switch {
	case errors.Is(d.err, errNone):
		return nil, ""
	case d.err != nil:
		return nil, ", and its definition is not complete: " + d.err.Error()
	case !ok:
		return nil, ", and its definition cannot be looked up without a start"
	}
	if p = d.zone.Match(at.Year(), nil, &e.zones.budget); p == nil {
		why = ", and its definition has the offsets of no zone that weir knows"
	}
	return p, why
}

// written is what an element says.
func written(n *xmlstream.Node) string {
	var b strings.Builder
	var write func(n *xmlstream.Node)
	write = func(n *xmlstream.Node) {
		fmt.Fprintf(&b, "<%s %q %q", n.Name, n.Attrs, n.Text)
		for i := range n.Kids {
			write(&n.Kids[i])
		}
		b.WriteByte('>')
	}
	write(n)
	return b.String()
}

// define reads a definition in today's form (Periods, TransitionsGroups and
// Transitions) or in the old one (BaseOffset with Standard and Daylight).
func define(n *xmlstream.Node) definition {
	var years []era
	var err error
	switch {
	case n.Get("Periods") != nil || n.Get("TransitionsGroups") != nil || n.Get("Transitions") != nil:
		years, err = readEras(n)
	case n.Get("BaseOffset") != nil:
		years, err = readOldForm(n)
	default:
		err = errNone
	}
	if err != nil {
		return definition{err: err}
	}
	return definition{zone: zonedef.New(func(from, to int) []zonedef.Transition { return transitions(years, from, to) })}
}

// onset is when an offset begins, every year: on a date, or on the nth of a weekday
// of a month (the last, if n is -1), some time after that day's midnight by the clocks
// until then. Seconds.
type onset struct {
	month      time.Month
	date       int // 0 for a weekday
	weekday    time.Weekday
	nth        int
	after      int64
	offset     int64
	everything bool // the offset never changes
}

// in is the onset of a year, as seconds on the clocks until then.
func (o onset) in(year int) int64 {
	day := time.Date(year, o.month, max(o.date, 1), 0, 0, 0, 0, time.UTC)
	switch {
	case o.date > 0:
	case o.nth < 0:
		last := time.Date(year, o.month+1, 0, 0, 0, 0, 0, time.UTC)
		day = last.AddDate(0, 0, -int(last.Weekday()-o.weekday+7)%7)
	default:
		day = day.AddDate(0, 0, int(o.weekday-day.Weekday()+7)%7+7*(o.nth-1))
	}
	return day.Unix() + o.after
}

// era is a time with the same onsets every year, from a moment on the clocks on.
type era struct {
	from   int64
	onsets []onset
}

// offsetAt is the offset that the era's onsets make of a moment on the clocks.
func (e era) offsetAt(wall int64) int64 {
	year := time.Unix(wall, 0).UTC().Year()
	best, offset := int64(-1<<62), e.onsets[0].offset
	for _, o := range e.onsets {
		for _, y := range [...]int{year - 1, year} {
			if at := o.in(y); o.everything || at <= wall && at > best {
				best, offset = at, o.offset
			}
		}
	}
	return offset
}

// change is a moment on the clocks from which another offset holds.
type change struct{ wall, offset int64 }

// transitions are those of the years and of the one before them.
func transitions(eras []era, from, to int) []zonedef.Transition {
	begin := time.Date(from-1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	end := time.Date(to+1, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	var changes []change
	for i, e := range eras {
		last := end
		if i+1 < len(eras) {
			last = min(last, eras[i+1].from)
		}
		first := max(begin, e.from)
		if first >= last {
			continue
		}
		changes = append(changes, change{first, e.offsetAt(first)})
		for year := from - 1; year <= to; year++ {
			for _, o := range e.onsets {
				if at := o.in(year); !o.everything && at > first && at < last {
					changes = append(changes, change{at, o.offset})
				}
			}
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.wall, b.wall) })
	var out []zonedef.Transition
	for i, c := range changes {
		before := c.offset
		if i > 0 {
			before = changes[i-1].offset
		}
		out = append(out, zonedef.Transition{At: c.wall - before, Offset: c.offset, Before: before})
	}
	return out
}

// readEras reads today's form.
func readEras(n *xmlstream.Node) ([]era, error) {
	periods, err := readPeriods(n.Get("Periods"))
	if err != nil {
		return nil, err
	}
	groups, err := readGroups(n.Get("TransitionsGroups"), periods)
	if err != nil {
		return nil, err
	}
	list := n.Get("Transitions")
	if list == nil || len(list.Kids) == 0 {
		return nil, errors.New("it has no Transitions")
	}
	var out []era
	for i := range list.Kids {
		t := &list.Kids[i]
		to := t.Get("To")
		onsets := groups[to.Word()]
		if to.Attr("Kind") != "Group" || onsets == nil {
			return nil, fmt.Errorf("it has no group %q", wire.Clip(to.Word()))
		}
		e := era{from: -1 << 62, onsets: onsets}
		if t.Name == "AbsoluteDateTransition" {
			at, ok := parse(t.Get("DateTime").Word(), time.UTC)
			if !ok {
				return nil, fmt.Errorf("the transition to the group %q has no date", wire.Clip(to.Word()))
			}
			e.from = at.Unix()
		} else if t.Name != "Transition" || i > 0 {
			return nil, fmt.Errorf("%s does not say when it happens", wire.Clip(t.Name))
		}
		if len(out) > 0 && e.from <= out[len(out)-1].from {
			return nil, errors.New("its transitions are not in order")
		}
		out = append(out, e)
	}
	return out, nil
}

// readPeriods reads offsets by the ids of their periods.
func readPeriods(n *xmlstream.Node) (map[string]int64, error) {
	if n == nil || len(n.Kids) == 0 {
		return nil, errors.New("it has no Periods")
	}
	out := map[string]int64{}
	for i := range n.Kids {
		p := &n.Kids[i]
		bias, ok := seconds(p.Attr("Bias"))
		if !ok {
			return nil, fmt.Errorf("the Bias of the period %q is no duration", wire.Clip(p.Attr("Id")))
		}
		out[p.Attr("Id")] = -bias
	}
	return out, nil
}

// readGroups reads the onsets of every group by its id.
func readGroups(n *xmlstream.Node, periods map[string]int64) (map[string][]onset, error) {
	if n == nil || len(n.Kids) == 0 {
		return nil, errors.New("it has no TransitionsGroups")
	}
	out := map[string][]onset{}
	for i := range n.Kids {
		g := &n.Kids[i]
		for j := range g.Kids {
			o, err := readOnset(&g.Kids[j], periods)
			if err != nil {
				return nil, err
			}
			if o.everything && len(g.Kids) > 1 {
				return nil, fmt.Errorf("the group %q has a transition without a date", wire.Clip(g.Attr("Id")))
			}
			out[g.Attr("Id")] = append(out[g.Attr("Id")], o)
		}
	}
	return out, nil
}

func readOnset(n *xmlstream.Node, periods map[string]int64) (o onset, err error) {
	to := n.Get("To")
	offset, ok := periods[to.Word()]
	if to.Attr("Kind") != "Period" || !ok {
		return o, fmt.Errorf("it has no period %q", wire.Clip(to.Word()))
	}
	o.offset = offset
	if n.Name == "Transition" {
		o.everything = true
		return o, nil
	}
	unclear := fmt.Errorf("%s does not say when it happens", wire.Clip(n.Name))
	month, okMonth := number(n.Get("Month"))
	after, okAfter := seconds(n.Get("TimeOffset").Word())
	if !okMonth || !okAfter || month < 1 || month > 12 {
		return o, unclear
	}
	o.month, o.after = time.Month(month), after
	switch n.Name {
	case "RecurringDayTransition":
		o.weekday, ok = weekday(n.Get("DayOfWeek").Word())
		o.nth, _ = number(n.Get("Occurrence"))
		if o.nth == 5 {
			o.nth = -1
		}
		ok = ok && (o.nth == -1 || o.nth >= 1 && o.nth <= 4)
	case "RecurringDateTransition":
		o.date, _ = number(n.Get("Day"))
		ok = o.date >= 1 && o.date <= 31
	default:
		ok = false
	}
	if !ok {
		return o, unclear
	}
	return o, nil
}

// readOldForm reads the form of MeetingTimeZone, whose offsets are added to a base.
func readOldForm(n *xmlstream.Node) ([]era, error) {
	base, ok := seconds(n.Get("BaseOffset").Word())
	if !ok {
		return nil, errors.New("its BaseOffset is no duration")
	}
	e := era{from: -1 << 62}
	for _, name := range [...]string{"Standard", "Daylight"} {
		part := n.Get(name)
		if part == nil {
			continue
		}
		o, err := readOldOnset(part)
		if err != nil {
			return nil, err
		}
		o.offset -= base
		e.onsets = append(e.onsets, o)
	}
	switch len(e.onsets) {
	case 0:
		e.onsets = []onset{{everything: true, offset: -base}}
	case 1:
		return nil, errors.New("it has only one of Standard and Daylight")
	}
	return []era{e}, nil
}

func readOldOnset(n *xmlstream.Node) (o onset, err error) {
	offset, okOffset := seconds(n.Get("Offset").Word())
	at, errTime := time.Parse("15:04:05", strings.TrimRight(n.Get("Time").Word(), "Z"))
	yearly := n.Get("RelativeYearlyRecurrence")
	day, okDay := weekday(yearly.Get("DaysOfWeek").Word())
	nth := slices.Index(nths[:], yearly.Get("DayOfWeekIndex").Word()) + 1
	o = onset{month: time.Month(month(yearly.Get("Month").Word())), weekday: day, nth: nth, offset: -offset}
	if !okOffset || errTime != nil || !okDay || nth == 0 || o.month == 0 {
		return o, fmt.Errorf("%s does not say when it begins", n.Name)
	}
	if nth == len(nths) {
		o.nth = -1
	}
	o.after = int64(at.Hour()*3600 + at.Minute()*60 + at.Second())
	return o, nil
}

var nths = [...]string{"First", "Second", "Third", "Fourth", "Last"}

func weekday(s string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), s) {
			return d, true
		}
	}
	return 0, false
}

// maxSeconds is longer than any offset or time of a day.
const maxSeconds = 48 * 60 * 60

// seconds reads an xs:duration of days, hours, minutes and whole seconds, such as
// -PT60M or P0DT8H0M0.0S.
func seconds(s string) (int64, bool) {
	rest, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	rest, ok := strings.CutPrefix(rest, "P")
	if !ok || rest == "" {
		return 0, false
	}
	date, clock, _ := strings.Cut(rest, "T")
	total := int64(0)
	for _, part := range [...]struct{ text, units string }{{date, "D"}, {clock, "HMS"}} {
		for text := part.text; text != ""; {
			i := strings.IndexAny(text, part.units)
			if i < 0 {
				return 0, false
			}
			whole, fraction, _ := strings.Cut(text[:i], ".")
			n, err := strconv.ParseUint(whole, 10, 20)
			if err != nil || strings.Trim(fraction, "0") != "" {
				return 0, false
			}
			total += int64(n) * unitSeconds[text[i]]
			text = text[i+1:]
		}
	}
	if total > maxSeconds {
		return 0, false
	}
	if negative {
		total = -total
	}
	return total, true
}

var unitSeconds = map[byte]int64{'D': 24 * 60 * 60, 'H': 60 * 60, 'M': 60, 'S': 1}
