// Package ical reads iCalendar files (RFC 5545, and what clients write beside it):
// exports and publications of calendars, and the messages by which meetings are
// arranged (RFC 5546). VEVENT gives events, VTODO tasks. Everything else is counted
// as not read.
//
// # What a file is evidence of
//
// An export lists what exists at the time, so a file is a full read of the kinds
// it holds; it shows no deletions. A calendar that names itself (X-WR-CALNAME) is
// evidence for that calendar alone. What its METHOD makes of it:
//
//	none, PUBLISH        a listing
//	REQUEST              a message: the meeting as its organiser has it now
//	CANCEL               a message: the meeting, or the occurrence, is cancelled. It is still there
//	REPLY, COUNTER,      a message about a meeting that is not the meeting: not read
//	DECLINECOUNTER,
//	REFRESH, ADD
//	anything else        read as a message
//
// A file with a message in it shows changes only.
//
// # What a missing property means
//
// A property without a value is left out in iCalendar, so one that is missing is
// empty, save where something else says that the component is not whole: no SUMMARY
// (publications with limited details), lines that cannot be read, a missing END, a
// cancellation. Then what is missing is unrecorded. STATUS, CLASS and TRANSP have
// the values that RFC 5545 gives them by default. Only LAST-MODIFIED is the last
// modification: many exporters set DTSTAMP to the time of the export.
//
// # Times
//
// Dates are dates and never shifted; the exclusive end of an all-day event becomes
// the last day. Times without a zone are in the owner's. A TZID is an IANA name,
// such a name behind a vendor's prefix, a Windows name, or whatever its VTIMEZONE
// says: by X-LIC-LOCATION, else by the offsets, which have to be those of a known
// zone in the year in question and the next. A name wins over the definition, which
// may be older than the clocks; only names that are mere abbreviations (EST) have to
// agree with it. What cannot be resolved counts as not recorded.
//
// # Series
//
// A series is its rule (package state/recur), and as occurrences its exceptions
// (EXDATE, RECURRENCE-ID) and additions (RDATE). The first occurrence is DTSTART
// whether the rule gives it or not. What one rule cannot say (several rules, EXRULE,
// RANGE=THISANDFUTURE) is listed occurrence by occurrence if it ends; else the
// series is kept as one whose times are not known, and says why.
package ical
