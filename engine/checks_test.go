package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/state"
	"weir/state/zone"
)

// This file compares the checks that settings are made into with the contract
// read directly: a function for each sentence, over the recorded values.

// reading is one record with everything the contract's sentences speak of.
type reading struct {
	zone     *time.Location
	today    state.Date
	rec      *state.Item
	versions []state.Version
	item     *state.Item // of the link, nil for none
	linked   bool
	access   *state.Access
	chosen   chosen
}

// chosen are the settings in question; a window of -1 days is unlimited.
type chosen struct {
	completed, past, future int
	logged, whenDeclined    string
	scope                   string // mine, all, list, gone or filter
	members                 map[string]bool
	complete                bool
}

func (c chosen) policy() string {
	days := func(n int) string {
		if n < 0 {
			return "unlimited"
		}
		return fmt.Sprintf("%dd", n)
	}
	scope := map[string]string{"mine": `"mine"`, "all": `"all"`}[c.scope]
	if scope == "" {
		scope = "view." + c.scope
	}
	return fmt.Sprintf(`
org {
  contacts {
    scope = %s
  }
  tasks {
    logged = %q
    window {
      completed = %q
    }
  }
  events {
    when_declined = %q
    window {
      past   = %q
      future = %q
    }
  }
}
view "list" {
  list_view = "Listed"
}
view "gone" {
  list_view = "Nowhere"
}
view "filter" {
  filter = "item.company == 'Acme'"
}
rule "secret" {
  kinds  = ["contact", "task", "event"]
  when   = "item.title == 'Secret'"
  effect = "exclude"
}
`, scope, c.logged, days(c.completed), c.whenDeclined, days(c.past), days(c.future))
}

// says is the contract's answer to one check: true passes.
func (r *reading) says(code string) state.Truth {
	switch code {
	case "logged_activity":
		return r.notLogged()
	case "not_participant":
		return r.takesPart()
	case "declined":
		return state.TruthOf(!r.declined() || r.linked && r.chosen.whenDeclined == "include")
	case "no_read_access":
		if r.access == nil {
			return state.True
		}
		return r.access.Read
	case "not_owner":
		if r.chosen.scope == "mine" {
			return r.owns()
		}
		return state.True
	case "not_in_view":
		return r.inView()
	case "before_window":
		if r.rec.Kind == state.Task {
			return r.taskInside()
		}
		before, _ := r.eventInside()
		return before
	case "after_window":
		_, after := r.eventInside()
		return after
	case "unsupported":
		return state.TruthOf(r.carriable())
	case "excluded":
		return state.TruthOf(r.rec.Title() != "Secret")
	}
	panic("no such check: " + code)
}

// "logged activities (closed Email, ListEmail, Call tasks)"; "TaskSubtype counts
// as Task" where it was not recorded.
func (r *reading) notLogged() state.Truth {
	logged := slices.Contains([]string{"Email", "ListEmail", "Call"}, r.rec.Value(state.AttrSubtype).Text())
	if r.chosen.logged == "include" || !logged {
		return state.True
	}
	return r.closed().Not()
}

func (r *reading) closed() state.Truth {
	switch v := r.rec.Value(state.AttrClosed); {
	case !v.IsRecorded():
		return state.Unknown
	default:
		return state.TruthOf(v.IsKnown() && v.Bool())
	}
}

func (r *reading) owns() state.Truth {
	if owner := r.rec.Value(state.AttrOwner); owner.IsRecorded() {
		return state.TruthOf(owner.Text() == "ann")
	}
	return state.Unknown
}

// "task: not the assignee; event: neither owner nor invitee"; "without any invitee
// source participation is ownership".
func (r *reading) takesPart() state.Truth {
	if r.rec.Kind == state.Task {
		return r.owns()
	}
	for _, inv := range r.rec.Invitees {
		if inv.UserID == "ann" {
			return state.True
		}
	}
	if r.rec.InviteesKnown == state.Unknown && r.owns() != state.True {
		return state.Unknown
	}
	return r.owns()
}

func (r *reading) declined() bool {
	if r.item != nil {
		if own := r.item.Value(state.AttrResponse).Text(); own != "" && own != "none" {
			return own == "declined"
		}
	}
	return slices.Contains(r.rec.Invitees, state.Invitee{UserID: "ann", Response: "declined"})
}

func (r *reading) inView() state.Truth {
	switch r.chosen.scope {
	case "gone":
		return state.Unknown
	case "list":
		if r.chosen.members["R"] {
			return state.True
		}
		if r.chosen.complete {
			return state.False
		}
		return state.Unknown
	case "filter":
		if company := r.rec.Value(state.AttrCompany); company.IsRecorded() {
			return state.TruthOf(company.Text() == "Acme")
		}
		return state.Unknown
	}
	return state.True
}

func (r *reading) local(t time.Time) state.Date {
	y, m, d := t.In(r.zone).Date()
	return state.MakeDate(y, m, d)
}

// "in if not closed, or due on or after today - completed, or last modified other
// than by the sync on a local date on or after today - completed
// (CompletedDateTime and creation count; unknown if none is known, but a last
// modification by anybody before the window proves out)".
func (r *reading) taskInside() state.Truth {
	bound := r.today.AddDays(-r.chosen.completed)
	due := r.rec.Value(state.AttrDue)
	switch {
	case r.chosen.completed < 0, r.closed() == state.False, due.IsKnown() && due.Day() >= bound:
		return state.True
	}
	touched := r.touched(bound)
	if touched == state.False && (r.closed() == state.Unknown || !due.IsRecorded()) {
		return state.Unknown
	}
	return touched
}

func (r *reading) touched(bound state.Date) state.Truth {
	var days, doubtful []state.Date
	note := func(list *[]state.Date, v state.Value) {
		if v.IsKnown() {
			*list = append(*list, r.local(v.Instant()))
		}
	}
	note(&days, r.rec.Value(state.AttrCompleted))
	note(&days, r.rec.Value(state.AttrCreated))
	for _, v := range r.versions {
		switch v.Item.BySync {
		case state.False:
			note(&days, v.Item.Value(state.AttrModified))
		case state.Unknown:
			note(&doubtful, v.Item.Value(state.AttrModified))
		}
	}
	inside := func(d state.Date) bool { return d >= bound }
	switch last := r.rec.Value(state.AttrModified); {
	case slices.ContainsFunc(days, inside):
		return state.True
	case last.IsKnown() && r.local(last.Instant()) < bound:
		return state.False
	case slices.ContainsFunc(doubtful, inside) || len(days) == 0:
		return state.Unknown
	}
	return state.False
}

// "in if the last covered local date is on or after today - past and the first on
// or before today + future"; "a series is in if any occurrence is".
func (r *reading) eventInside() (before, after state.Truth) {
	from, to := r.today.AddDays(-r.chosen.past), r.today.AddDays(r.chosen.future)
	reach := func(v state.Value, unlimited bool, inside func(state.Date) bool) state.Truth {
		switch {
		case unlimited:
			return state.True
		case !v.IsRecorded():
			return state.Unknown
		}
		return state.TruthOf(v.IsKnown() && inside(v.Day()))
	}
	if r.rec.Series == nil {
		first, last := r.span()
		return reach(last, r.chosen.past < 0, func(d state.Date) bool { return d >= from }),
			reach(first, r.chosen.future < 0, func(d state.Date) bool { return d <= to })
	}
	all, ok := r.occurrences()
	if !ok {
		return state.Unknown, state.Unknown
	}
	ahead, inside := false, false
	for _, o := range all {
		if ends := r.chosen.past < 0 || o[1] >= from; ends {
			ahead = true
			inside = inside || r.chosen.future < 0 || o[0] <= to
		}
	}
	return state.TruthOf(ahead || r.chosen.past < 0), state.TruthOf(inside || !ahead)
}

// span: "a timed event that ends at local midnight ends on the day before; a
// missing end is the start"; all-day events are dates.
func (r *reading) span() (first, last state.Value) {
	allDay := r.rec.Value(state.AttrAllDay)
	orStart := func(end, start state.Attr) state.Value {
		from, v := r.rec.Value(start), r.rec.Value(end)
		none := v.Presence() == state.Empty || v.IsKnown() && from.IsKnown() && (allDay.Bool() && v.Day() < from.Day() || !allDay.Bool() && v.Instant().Before(from.Instant()))
		if none {
			return from
		}
		return v
	}
	switch {
	case !allDay.IsRecorded():
		return state.Value{}, state.Value{}
	case allDay.Bool():
		return r.rec.Value(state.AttrStartDate), orStart(state.AttrEndDate, state.AttrStartDate)
	}
	start, end := r.rec.Value(state.AttrStart), orStart(state.AttrEnd, state.AttrStart)
	first, last = start, end
	if start.IsKnown() {
		first = state.DayValue(r.local(start.Instant()))
	}
	if !end.IsKnown() {
		return first, last
	}
	at := end.Instant().In(r.zone)
	day := r.local(at)
	if at.Hour() == 0 && at.Minute() == 0 && !(start.IsKnown() && !start.Instant().Before(at)) {
		if !start.IsRecorded() {
			return first, state.Value{}
		}
		day--
	}
	return first, state.DayValue(day)
}

// occurrences lists the first and last days of what takes place, for two years.
func (r *reading) occurrences() (out [][2]state.Date, ok bool) {
	start, end := r.rec.Value(state.AttrStart), r.rec.Value(state.AttrEnd)
	if r.rec.Series.Unreadable != "" || !start.IsKnown() {
		return nil, false
	}
	step, count := 1, 1000
	if strings.Contains(r.rec.Series.Rule, "WEEKLY") {
		step = 7
	}
	if _, n, found := strings.Cut(r.rec.Series.Rule, "COUNT="); found {
		if _, err := fmt.Sscan(n, &count); err != nil {
			return nil, false
		}
	}
	length := time.Duration(0)
	if end.IsKnown() {
		length = end.Instant().Sub(start.Instant())
	}
	for i := range min(count, 1000/step) {
		at := start.Instant().In(r.zone).AddDate(0, 0, i*step)
		if !slices.ContainsFunc(r.rec.Series.Occurrences, func(o state.Occurrence) bool { return o.Original.Equal(at) }) {
			out = append(out, [2]state.Date{r.local(at), r.local(at.Add(max(length-1, 0)))})
		}
	}
	for _, o := range r.rec.Series.Occurrences {
		if !o.Cancelled {
			out = append(out, [2]state.Date{r.local(o.Start), r.local(o.End.Add(-1))})
		}
	}
	slices.SortFunc(out, func(a, b [2]state.Date) int { return int(a[0] - b[0]) })
	return out, true
}

func (r *reading) carriable() bool {
	it := r.rec
	first, last := it.Value(state.AttrStartDate), it.Value(state.AttrEndDate)
	long := it.AllDay() && first.IsKnown() && last.IsKnown() && last.Day()-first.Day() >= 14
	return !long && (it.Series == nil || it.Series.Unreadable == "" && !it.Series.Lightning)
}

// draw makes random records.
type draw struct{ *rand.Rand }

func pick[T any](r draw, of ...T) T { return of[r.IntN(len(of))] }

// maybe is a value, or that it is empty, or that it was not recorded.
func (r draw) maybe(v state.Value) state.Value {
	switch r.IntN(8) {
	case 0:
		return state.EmptyValue()
	case 1:
		return state.Value{}
	}
	return v
}

var checksAt = time.Date(2026, 5, 15, 21, 30, 0, 0, time.UTC)

// instant is near the edges of the windows, often at local midnight.
func (r draw) instant(z *time.Location) time.Time {
	day := time.Date(2026, 5, 15+pick(r, -60, -16, -15, -14, -13, -8, -7, -6, -1, 0, 1, 6, 7, 8, 30, 59, 60, 61, 80), 0, 0, 0, 0, z)
	return day.Add(pick(r, 0, 0, time.Minute, 9*time.Hour, 23*time.Hour+59*time.Minute))
}

func (r draw) chosen() chosen {
	days := func() int { return pick(r, -1, 0, 1, 7, 14) }
	return chosen{completed: days(), past: days(), future: pick(r, -1, 0, 7, 60), logged: pick(r, "skip", "include"),
		whenDeclined: pick(r, "skip", "include"), scope: pick(r, "mine", "all", "list", "gone", "filter"),
		members: map[string]bool{pick(r, "R", "X"): true}, complete: r.IntN(2) == 0}
}

func (r draw) reading(c chosen) *reading {
	z, err := zone.Load(pick(r, "Europe/Berlin", "America/New_York", "Pacific/Auckland"))
	if err != nil {
		panic(err)
	}
	out := &reading{zone: z, chosen: c}
	out.today = out.local(checksAt)
	for range 1 + r.IntN(3) {
		it := r.record(out, pick(r, state.Contact, state.Task, state.Event, state.Event))
		if out.rec != nil && it.Kind != out.rec.Kind {
			break
		}
		out.rec = it
		out.versions = append(out.versions, state.Version{From: checksAt.AddDate(0, 0, len(out.versions)-9), SeenAt: checksAt, State: state.Live, Item: it})
	}
	if r.IntN(3) == 0 {
		out.access = &state.Access{Read: pick(r, state.True, state.False, state.Unknown)}
	}
	if out.linked = r.IntN(3) == 0; out.linked {
		out.item = state.NewItem(out.rec.Kind, state.Mailbox, "I")
		out.item.Set(state.AttrResponse, r.maybe(state.TextValue(pick(r, "none", "accepted", "declined"))))
	}
	return out
}

func (r draw) record(for_ *reading, k state.Kind) *state.Item {
	it := state.NewItem(k, state.Salesforce, "R")
	it.BySync = pick(r, state.True, state.False, state.Unknown)
	instant := func() state.Value { return r.maybe(state.InstantValue(r.instant(for_.zone))) }
	day := func() state.Value { return r.maybe(state.DayValue(state.DateOf(r.instant(time.UTC), time.UTC))) }
	if k != state.Contact { // whose title is its names
		it.Set(state.AttrTitle, r.maybe(state.TextValue(pick(r, "Secret", "Other"))))
	}
	it.Set(state.AttrLastName, r.maybe(state.TextValue(pick(r, "Secret", "Other"))))
	it.Set(state.AttrFirstName, state.EmptyValue())
	it.Set(state.AttrOwner, r.maybe(state.TextValue(pick(r, "ann", "bob", "00G000000000000AAA"))))
	it.Set(state.AttrCompany, r.maybe(state.TextValue(pick(r, "Acme", "Globex"))))
	it.Set(state.AttrModified, instant())
	it.Set(state.AttrCreated, instant())
	it.Set(state.AttrCompleted, instant())
	it.Set(state.AttrClosed, r.maybe(state.BoolValue(r.IntN(4) > 0)))
	it.Set(state.AttrSubtype, r.maybe(state.TextValue(pick(r, "Task", "Call", "Email", "ListEmail", "Cadence"))))
	it.Set(state.AttrDue, day())
	it.Set(state.AttrAllDay, r.maybe(state.BoolValue(r.IntN(2) == 0)))
	it.Set(state.AttrStartDate, day())
	it.Set(state.AttrEndDate, day())
	it.Set(state.AttrStart, instant())
	it.Set(state.AttrEnd, instant())
	if k == state.Event {
		r.people(it)
		if r.IntN(3) == 0 {
			r.series(it, for_.zone)
		}
	}
	return it
}

func (r draw) people(it *state.Item) {
	it.InviteesKnown = pick(r, state.True, state.False, state.Unknown)
	if it.InviteesKnown != state.False && r.IntN(2) == 0 {
		it.Invitees = []state.Invitee{{UserID: pick(r, "ann", "bob"), Response: pick(r, "", "none", "accepted", "declined")}}
	}
}

// series makes a timed series, some of whose occurrences moved or were cancelled.
func (r draw) series(it *state.Item, z *time.Location) {
	start := time.Date(2026, 5, 15+pick(r, -90, -30, -15, -14, 0, 10, 60, 61), 10, 0, 0, 0, z)
	it.Set(state.AttrAllDay, state.BoolValue(false))
	it.Set(state.AttrStart, pick(r, state.InstantValue(start), state.InstantValue(start), state.Value{}))
	it.Set(state.AttrEnd, state.InstantValue(start.Add(pick(r, time.Hour, 14*time.Hour, 20*time.Hour))))
	it.Series = &state.Series{Rule: pick(r, "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=1", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;COUNT=16"), Zone: z.String()}
	switch r.IntN(6) {
	case 0:
		it.Series.Unreadable = "it is odd"
	case 1:
		it.Series.Occurrences = []state.Occurrence{{Original: start, Cancelled: true}}
	case 2:
		moved := r.instant(z).Truncate(time.Hour)
		it.Series.Occurrences = []state.Occurrence{{Original: start, Start: moved, End: moved.Add(time.Hour)}}
	}
}

// snapshot is the world with the one record in it.
func (r *reading) snapshot() *state.Snapshot {
	snap := benchWorld(0)
	snap.At, snap.LastCapture = checksAt, checksAt
	snap.Users[0].Zone = r.zone
	snap.Records[r.rec.Kind].Put(&state.Object{ID: "R", Kind: r.rec.Kind, Versions: r.versions})
	snap.Views = []*state.View{{DeveloperName: "Listed", Kind: state.Contact, Members: r.chosen.members, Complete: r.chosen.complete, Why: "cut off"}}
	if r.access != nil {
		snap.Access = state.Accesses{{UserID: "ann", RecordID: "R"}: *r.access}
	}
	if r.linked {
		box := snap.Mailboxes.(oneBox).box
		box.Items[r.rec.Kind].Put(&state.Object{ID: "I", Kind: r.rec.Kind, Versions: []state.Version{{From: checksAt, SeenAt: checksAt, State: state.Live, Item: r.item}}})
		box.Links.Put(&state.Link{Kind: r.rec.Kind, RecordID: "R", ItemID: "I", State: state.LinkActive, Born: state.Salesforce})
	}
	return snap
}

// TestChecksAreTheContract tries the conditions of random settings on random
// records, unrecorded and empty values among them.
func TestChecksAreTheContract(t *testing.T) {
	const policiesTried, recordsEach = 120, 25
	results := map[string]map[string]int{}
	for p := range uint64(policiesTried) {
		chosen := draw{rand.New(rand.NewPCG(p, 46))}.chosen()
		set, diags := policies.Load(fstest.MapFS{"p.hcl": {Data: []byte(chosen.policy())}}, policies.LoadOptions{})
		require.Empty(t, diags)
		for n := range uint64(recordsEach) {
			r := draw{rand.New(rand.NewPCG(p, 100+n))}.reading(chosen)
			for code, result := range r.compare(t, set, fmt.Sprintf("policy %d, record %d", p, n)) {
				if results[code] == nil {
					results[code] = map[string]int{}
				}
				results[code][result]++
			}
		}
	}
	require.Len(t, results, len(policies.AllChecks()))
	for code, counts := range results {
		require.Greater(t, counts["fail"], 12, code)
		require.Greater(t, counts["pass"], 12, code)
	}
	for _, code := range []string{"logged_activity", "not_participant", "no_read_access", "not_owner", "not_in_view", "before_window", "after_window"} {
		require.Greater(t, results[code]["unknown"], 12, code)
	}
}

// compare asks weir and the contract for every check, and returns the answers.
func (r *reading) compare(t *testing.T, set *policies.Set, which string) map[string]string {
	list, diags, err := engine.Explain(context.Background(), r.snapshot(), set, "ann", "R", engine.Options{})
	require.NoError(t, err)
	require.Empty(t, diags)
	require.Len(t, list, 1, which)
	require.NotEmpty(t, list[0].Checks)
	answers := map[string]string{}
	for _, c := range list[0].Checks {
		want := map[state.Truth]string{state.True: "pass", state.False: "fail", state.Unknown: "unknown"}[r.says(c.Code)]
		require.Equal(t, want, c.Result, "%s: %s of a %s: %s (%s)", which, c.Code, r.rec.Kind, c.Condition, c.Text)
		require.NotEmpty(t, c.Text)
		require.NotEqual(t, c.Text, strings.ReplaceAll(c.Code, "_", " "), "a check without words")
		answers[c.Code] = want
	}
	return answers
}
