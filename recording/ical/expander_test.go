package ical_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"weir/internal/golden"
	"weir/recording/wire"
	"weir/state"
	"weir/state/recur"
)

var (
	expander      = flag.String("expander", "", "a Python with recurring_ical_events; without it nothing is compared")
	expanderRules = flag.Int("rules", 1000, "how many generated calendars are compared")
	expanderSeed  = flag.Uint64("seed", 1, "what they are generated from")
)

// expanderZone is the zone of times without one, on both sides.
const expanderZone = "Europe/Berlin"

// asked is a calendar to be expanded.
type asked struct {
	Name string `json:"name"`
	ICS  string `json:"ics"`
	Zone string `json:"zone"`
	From string `json:"from"`
	To   string `json:"to"`
}

// answered is what the outside expander gives.
type answered struct {
	Name        string      `json:"name"`
	Occurrences [][3]string `json:"occurrences"`
	Error       string      `json:"error"`
}

// TestAgainstAnotherExpander compares the occurrences of every calendar below
// testdata, and of generated ones, with an outside expander's. Where the two
// disagree, testdata/expander/verdicts.txt says who is right and why; a
// disagreement without a verdict fails, and so does, with the usual rules, a verdict
// without one. It needs
// `make expander`.
func TestAgainstAnotherExpander(t *testing.T) {
	if *expander == "" {
		t.Skip("needs -expander; see make expander")
	}
	cases := append(recordedCases(t), generatedCases(*expanderRules, *expanderSeed)...)
	answers := askExpander(t, cases)
	verdicts := readVerdicts(t)
	agreed, differ, refused, occurrences := 0, 0, 0, 0
	for i, c := range cases {
		ours, unknown := expandHere(t, c)
		theirs := within(answers[i].Occurrences, c)
		occurrences += len(theirs)
		switch {
		case answers[i].Error == "" && unknown == "" && slices.Equal(ours, theirs):
			agreed++
			continue
		case answers[i].Error != "" || unknown != "":
			refused++
		default:
			differ++
		}
		if !judged(verdicts, c) {
			t.Errorf("%s: no verdict\n%s\nhere: %v %s\nthere: %v %s", c.Name, brief(c.ICS), lacking(ours, theirs), unknown, lacking(theirs, ours), answers[i].Error)
		}
	}
	t.Logf("%d calendars, %d occurrences: %d agree, %d differ, %d are refused by one side", len(cases), occurrences, agreed, differ, refused)
	for _, v := range verdicts {
		t.Logf("%4d %s", v.used, v.text)
		if v.used == 0 && *expanderSeed == 1 && *expanderRules >= 1000 {
			t.Errorf("this verdict is about nothing any more: %s", v.text)
		}
	}
}

// lacking is what b has not, or not so often; at most a few.
func lacking(a, b []string) []string {
	var out []string
	left := slices.Clone(b)
	for _, x := range a {
		if i := slices.Index(left, x); i >= 0 {
			left = slices.Delete(left, i, i+1)
		} else if len(out) < 4 {
			out = append(out, x)
		}
	}
	return out
}

// recordedCases are the calendars below testdata, each over the years around its
// events.
func recordedCases(t *testing.T) []asked {
	var out []asked
	for _, name := range golden.Files(t, "testdata/*/*.ics") {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		years := regexp.MustCompile(`DTSTART[^:\n]*:(\d{4})`).FindAllSubmatch(data, -1)
		require.NotEmpty(t, append(years, nil), name)
		first, last := "9999", "0000"
		for _, y := range years {
			if year := string(y[1]); year > "1980" {
				first, last = min(first, year), max(last, year)
			}
		}
		if last == "0000" {
			continue // nothing in it begins anywhere
		}
		var from, to int
		_, _ = fmt.Sscan(first, &from)
		_, _ = fmt.Sscan(last, &to)
		out = append(out, asked{strings.TrimPrefix(filepath.ToSlash(name), "testdata/"), string(data), expanderZone,
			fmt.Sprintf("%04d-01-01", from-1), fmt.Sprintf("%04d-01-01", to+4)})
	}
	return out
}

// expandHere is what weir makes of a calendar: uid, start and end of each occurrence
// in the range. Unknown says that a series' times are not known.
func expandHere(t *testing.T, c asked) (list []string, unknown string) {
	zone := load(t, c.Zone)
	out, _, _ := read(t, c.ICS, wire.MailFile{Zone: zone})
	from, err := state.ParseDate(c.From)
	require.NoError(t, err)
	to, err := state.ParseDate(c.To)
	require.NoError(t, err)
	var all [][3]string
	for i := range out.Rows {
		r := &out.Rows[i]
		if r.Kind != state.Event {
			continue
		}
		uid := r.Item.ICalUID
		switch {
		case r.Role == wire.Occurrence:
			all = append(all, written(uid, r.Occurrence))
		case r.Item.Series != nil:
			list, truncated, err := recur.Between(r.Item, zone, from.AddDays(-3), to.AddDays(3))
			if err != nil {
				unknown = err.Error()
			}
			require.False(t, truncated, c.Name)
			for _, o := range list {
				all = append(all, written(uid, o))
			}
		case r.Item.Value(state.AttrAllDay).IsRecorded():
			all = append(all, written(uid, state.Occurrence{
				StartDate: r.Item.Value(state.AttrStartDate).Day(), EndDate: r.Item.Value(state.AttrEndDate).Day(),
				Start: r.Item.Value(state.AttrStart).Instant(), End: r.Item.Value(state.AttrEnd).Instant()}))
		}
	}
	return within(all, c), unknown
}

// written is an occurrence in the form that the outside expander uses.
func written(uid string, o state.Occurrence) [3]string {
	if o.Start.IsZero() {
		return [3]string{uid, o.StartDate.String(), o.EndDate.AddDays(1).String()}
	}
	return [3]string{uid, o.Start.UTC().Format(time.RFC3339), o.End.UTC().Format(time.RFC3339)}
}

// within are the occurrences that begin in the range, in order.
func within(all [][3]string, c asked) []string {
	var out []string
	for _, o := range all {
		if day := o[1][:10]; day >= c.From && day < c.To {
			out = append(out, strings.Join(o[:], " "))
		}
	}
	slices.Sort(out)
	return out
}

// askExpander runs the outside expander over all cases.
func askExpander(t *testing.T, cases []asked) []answered {
	var in, out, complaints bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, c := range cases {
		require.NoError(t, enc.Encode(c))
	}
	cmd := exec.Command(*expander, "testdata/expander/expand.py")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &complaints
	require.NoError(t, cmd.Run(), complaints.String())
	answers := make([]answered, 0, len(cases))
	dec := json.NewDecoder(&out)
	for i := range cases {
		var a answered
		require.NoError(t, dec.Decode(&a))
		require.Equal(t, cases[i].Name, a.Name)
		answers = append(answers, a)
	}
	return answers
}

// verdict says who is right where the two disagree.
type verdict struct {
	about *regexp.Regexp // on the case's name and properties, in one line
	text  string
	used  int
}

// readVerdicts reads lines of a pattern, a tab, and the verdict.
func readVerdicts(t *testing.T) []*verdict {
	f, err := os.Open("testdata/expander/verdicts.txt")
	require.NoError(t, err)
	defer f.Close()
	var out []*verdict
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() == "" || strings.HasPrefix(s.Text(), "#") {
			continue
		}
		pattern, text, found := strings.Cut(s.Text(), "\t")
		require.True(t, found, s.Text())
		out = append(out, &verdict{about: regexp.MustCompile(pattern), text: text})
	}
	return out
}

func judged(verdicts []*verdict, c asked) bool {
	for _, v := range verdicts {
		if v.about.MatchString(c.Name + " " + brief(c.ICS)) {
			v.used++
			return true
		}
	}
	return false
}

// brief are the properties of a calendar that decide on its occurrences.
func brief(ics string) string {
	var out []string
	for line := range strings.SplitSeq(ics, "\n") {
		for _, name := range [...]string{"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "STATUS"} {
			if strings.HasPrefix(line, name) {
				out = append(out, strings.TrimSpace(line))
			}
		}
	}
	s := strings.Join(out, " ")
	return s[:min(len(s), 600)]
}

// generatedCases makes calendars of one series each, within what RFC 5545 allows.
func generatedCases(n int, seed uint64) []asked {
	out := make([]asked, n)
	for i := range out {
		g := &generator{r: rand.New(rand.NewPCG(seed, uint64(i)))}
		out[i] = g.calendar(fmt.Sprintf("generated/%d-%d", seed, i))
	}
	return out
}

type generator struct {
	r     *rand.Rand
	first time.Time // on the wall clock
	zone  string    // "" floating, "UTC", "DATE", or a TZID
	freq  string
}

func (g *generator) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *generator, of ...T) T { return of[g.r.IntN(len(of))] }

// calendar is one series. Most begin with an occurrence of their rule, since what
// others mean is left undefined (RFC 5545, 3.8.5.3), and most exceptions are of
// occurrences that there are.
func (g *generator) calendar(name string) asked {
	g.first = time.Date(2015+g.r.IntN(8), time.January, 1+g.r.IntN(365), g.r.IntN(24), 15*g.r.IntN(4), 0, 0, time.UTC)
	g.zone = pick(g, "", "UTC", "DATE", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata")
	g.freq = pick(g, "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
	rule := g.rule()
	given := g.given(rule)
	if len(given) > 0 && g.chance(90) {
		g.first = given[0]
	}
	if len(given) == 0 || !g.first.Equal(given[0]) {
		name += "-unsynchronised"
	}
	some := func() time.Time {
		if len(given) == 0 || g.chance(10) {
			return g.first.AddDate(0, 0, g.r.IntN(60))
		}
		return given[g.r.IntN(len(given))]
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//weir//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20150101T000000Z\r\nSUMMARY:x")
	line("DTSTART%s", g.value(g.first))
	if g.zone != "DATE" {
		line("DURATION:PT%dM", 15*(1+g.r.IntN(8)))
	} else if g.chance(40) {
		line("DURATION:P%dD", 1+g.r.IntN(3))
	}
	line("RRULE:%s", rule)
	for range g.r.IntN(3) {
		line("EXDATE%s", g.value(some()))
	}
	if g.chance(20) {
		line("RDATE%s", g.value(some().AddDate(0, 0, 1+g.r.IntN(3)).Add(time.Duration(g.r.IntN(3))*time.Hour)))
	}
	line("END:VEVENT")
	if g.chance(20) {
		g.override(line, some())
	}
	line("END:VCALENDAR")
	from := g.first.AddDate(0, 0, -g.r.IntN(30))
	return asked{name, b.String(), expanderZone, from.Format(time.DateOnly), from.AddDate(0, 0, 30+g.r.IntN(1500)).Format(time.DateOnly)}
}

// given are a rule's first occurrences from the first day on, on the wall clock.
func (g *generator) given(rule string) []time.Time {
	it := state.NewItem(state.Event, state.Mailbox, "")
	it.Set(state.AttrStart, state.InstantValue(g.first))
	it.Series = &state.Series{Rule: rule, Zone: "UTC"}
	list, _, err := recur.Between(it, time.UTC, state.DateOf(g.first, time.UTC), state.DateOf(g.first.AddDate(8, 0, 0), time.UTC))
	if err != nil {
		return nil
	}
	var out []time.Time
	for i := range list[:min(len(list), 20)] {
		out = append(out, list[i].Start)
	}
	return out
}

func (g *generator) override(line func(string, ...any), original time.Time) {
	line("BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20150101T000000Z\r\nSUMMARY:y")
	line("RECURRENCE-ID%s", g.value(original))
	line("DTSTART%s", g.value(original.AddDate(0, 0, g.r.IntN(3)).Add(time.Duration(g.r.IntN(5))*time.Hour)))
	if g.zone != "DATE" {
		line("DURATION:PT%dM", 15*(1+g.r.IntN(8)))
	}
	line("END:VEVENT")
}

// value is a property's value with the parameters in front of it.
func (g *generator) value(t time.Time) string {
	switch g.zone {
	case "":
		return t.Format(":20060102T150405")
	case "UTC":
		return t.Format(":20060102T150405Z")
	case "DATE":
		return t.Format(";VALUE=DATE:20060102")
	}
	return ";TZID=" + g.zone + t.Format(":20060102T150405")
}

func (g *generator) rule() string {
	parts := []string{"FREQ=" + g.freq}
	add := func(percent int, name string, value func() string) bool {
		if !g.chance(percent) {
			return false
		}
		parts = append(parts, name+"="+value())
		return true
	}
	add(50, "INTERVAL", func() string { return fmt.Sprint(1 + g.r.IntN(4)) })
	chosen := add(50, "BYDAY", g.days)
	chosen = add(25, "BYMONTH", func() string { return g.numbers(1, 12) }) || chosen
	if g.freq != "WEEKLY" {
		chosen = add(30, "BYMONTHDAY", func() string { return g.numbers(-31, 31) }) || chosen
	}
	if g.freq == "YEARLY" {
		chosen = add(15, "BYYEARDAY", func() string { return g.numbers(-366, 366) }) || chosen
		if !strings.ContainsAny(strings.Join(parts, ";"), "123456789,") {
			chosen = add(15, "BYWEEKNO", func() string { return g.numbers(1, 53) }) || chosen
		}
	}
	if chosen {
		add(25, "BYSETPOS", func() string { return g.numbers(-3, 3) })
	}
	add(30, "WKST", func() string { return pick(g, "MO", "SU", "TH") })
	switch g.r.IntN(3) {
	case 0:
		parts = append(parts, fmt.Sprintf("COUNT=%d", 1+g.r.IntN(60)))
	case 1:
		parts = append(parts, "UNTIL="+g.until(g.first.AddDate(0, 0, g.r.IntN(1200))))
	}
	return strings.Join(parts, ";")
}

// until is of the form that RFC 5545 (3.3.10) wants beside the start's.
func (g *generator) until(t time.Time) string {
	switch g.zone {
	case "DATE":
		return t.Format("20060102")
	case "":
		return t.Format("20060102T150405")
	}
	return t.Format("20060102T150405Z")
}

func (g *generator) days() string {
	names := []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}
	g.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:1+g.r.IntN(4)]
	if (g.freq == "MONTHLY" || g.freq == "YEARLY") && g.chance(50) {
		for i := range names {
			names[i] = fmt.Sprint(pick(g, -2, -1, 1, 2, 3, 5)) + names[i]
		}
	}
	return strings.Join(names, ",")
}

func (g *generator) numbers(lo, hi int) string {
	var out []string
	for range 1 + g.r.IntN(3) {
		if n := lo + g.r.IntN(hi-lo+1); n != 0 {
			out = append(out, fmt.Sprint(n))
		}
	}
	if out == nil {
		return "1"
	}
	return strings.Join(out, ",")
}
