#!/usr/bin/python3
"""Expands calendars with python3-recurring-ical-events, for comparison.

Reads one JSON object a line: {"name", "ics", "zone", "from", "to"}, the days as
YYYY-MM-DD. Writes one a line: {"name", "occurrences": [[uid, start, end], ...]} or
{"name", "error"}. Dates are written as dates, times in UTC; a time without a zone is
in the given one. Ends of days are exclusive, as the calendar has them.
"""
import datetime
import json
import sys

import icalendar
import pytz
import recurring_ical_events


def text(value, zone):
    if not isinstance(value, datetime.datetime):
        return value.isoformat()
    if value.tzinfo is None:
        value = zone.localize(value)
    return value.astimezone(pytz.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value):
    return datetime.datetime.strptime(value, "%Y-%m-%d")


def end(event):
    """The end, which the library has always set; a day without one lasts a day."""
    start, stop = event["DTSTART"].dt, event["DTEND"].dt
    if not isinstance(start, datetime.datetime) and stop <= start:
        return start + datetime.timedelta(days=1)
    return stop


def expand(case):
    zone = pytz.timezone(case["zone"])
    margin = datetime.timedelta(days=3)
    start, stop = day(case["from"]) - margin, day(case["to"]) + margin
    out = []
    for calendar in icalendar.Calendar.from_ical(case["ics"], multiple=True):
        for event in recurring_ical_events.of(calendar).between(start, stop):
            out.append([str(event.get("UID", "")).strip(), text(event["DTSTART"].dt, zone), text(end(event), zone)])
    return sorted(out)


for line in sys.stdin:
    case = json.loads(line)
    try:
        answer = {"name": case["name"], "occurrences": expand(case)}
    except Exception as problem:  # what it refuses is an answer too
        answer = {"name": case["name"], "error": "%s: %s" % (type(problem).__name__, problem)}
    print(json.dumps(answer), flush=True)
