// Package google reads what Google's Calendar, People and Tasks services answer for
// one mailbox: pages of events, connections and tasks, single resources, batches, and
// the small lists (calendars, contact groups, task lists, settings) that explain them.
//
// # Missing members
//
// Google leaves out what is empty, and what a request's mask did not select. The two
// look the same, so a missing member is empty only where something says that it was
// asked for, and unrecorded otherwise:
//
//   - "fields" in capture.json names what was asked for;
//   - a page of events or tasks with its own etag, or an event or task with members that
//     nobody selects for their own sake (kind, htmlLink, reminders, selfLink), was
//     answered whole. What somebody may not see of another's calendar was not;
//   - a person field that any person of an answer has was asked for of all of them,
//     since one mask holds for the whole answer, pages included.
//
// # What an answer is evidence of
//
// A page with a sync token at its end, a single resource and a batch are changes only,
// unless capture.json says otherwise; so is the page before the one with the token. A
// page token means that more follows. Nothing in an answer says whether timeMin, timeMax
// or updatedMin limited it. An event that is cancelled and no part of a series is
// deleted; a cancelled part of one is an occurrence that does not take place. An
// error, an expired sync token among them, is an answer that lacks everything.
//
// Hidden tasks are shown only if the request says so, and completing a task in Google's
// own apps can hide it. A list of tasks that shows no hidden one therefore proves no
// deletion by what it does not show (wire.Feed.Hides).
//
// A person whose resource name changed keeps the first one weir knew: Google names the
// earlier ones in changes, and the id of the contact behind it lasts.
//
// # What is no meeting
//
// Working locations, focus times, absences, birthdays and events made from Gmail are
// calendar entries that nobody attends. They are counted and left out.
package google
