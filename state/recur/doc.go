// Package recur says on which days a recurring event takes place.
//
// An event series is in a sync window if any of its occurrences is, so deciding
// on one needs its occurrences near the window, and nothing else about it.
// [Locate] answers that for a [state.Series]: the recurrence rule, expanded on
// the wall clock of the series' own zone, with the recorded exceptions laid
// over it. [FromRRule], [FromGraph] and [FromSalesforceClassic] bring the
// services' three ways of writing a recurrence into the one that
// [state.Series] holds, an RFC 5545 RRULE value.
//
// Rules come from other people's calendars, so everything is bounded: the
// length of a rule, its interval, the days looked at, the occurrences counted.
// Whatever stands past a bound is an error, never a guess and never a long
// wait.
//
// Not here: recurring tasks (weir has none), EXRULE, rules that repeat within a
// day (FREQ=HOURLY and finer), BYEASTER, RFC 7529 calendars.
//
// How it works: a rule names days (days.go), counted as plain integers in the
// proleptic Gregorian calendar. Only the occurrences near the window are turned
// into instants (locate.go), because only there do time zones matter.
package recur
