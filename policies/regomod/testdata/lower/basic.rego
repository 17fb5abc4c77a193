package weir.rules

import data.lib

# => item.private
exclude contains {"reason": "private", "kinds": ["event"]} if input.item.private

# => item.kind == 'task' && !item.closed && item.due < today
exclude contains {"reason": "overdue"} if {
	input.item.kind == "task"
	not input.item.closed
	input.item.due < input.today
}

# => item.title in ['a', 'b']
exclude contains {"reason": "names"} if input.item.title in {"a", "b"}

# => item.attendees.exists(p, p.email.endsWith('@x.example'))
exclude contains {"reason": "some", "kinds": ["event"]} if {
	some a in input.item.attendees
	endswith(a.email, "@x.example")
}

# => item.attendees.exists(p, p.email.endsWith('@x.example') && p.response == 'accepted')
exclude contains {"reason": "same member", "kinds": ["event"]} if {
	some i
	endswith(input.item.attendees[i].email, "@x.example")
	input.item.attendees[i].response == "accepted"
}

# => item.attendees.exists(p, p.email == 'a') && item.attendees.exists(p, p.email == 'b')
exclude contains {"reason": "two members", "kinds": ["event"]} if {
	input.item.attendees[_].email == "a"
	input.item.attendees[_].email == "b"
}

# => item.attendees.all(p, p.response == 'accepted')
exclude contains {"reason": "every", "kinds": ["event"]} if {
	every a in input.item.attendees { a.response == "accepted" }
}

# => !item.attendees.exists(p, p.response == 'declined')
exclude contains {"reason": "none", "kinds": ["event"]} if {
	not declined
}

declined if {
	some a in input.item.attendees
	a.response == "declined"
}

# => !(item.private || item.title.startsWith('Re')) && 'x' in item.categories
exclude contains {"reason": "helper"} if {
	not helper
	"x" in input.item.categories
}

helper if input.item.private

helper if startswith(input.item.title, "Re")

# => item.start > now + duration('1h0m0s') && item.location == null && item.custom['X__c'] != 'y'
exclude contains {"reason": "time", "kinds": ["event"]} if {
	input.item.start > input.now + ((60 * 60) * 1000000000)
	input.item.location == null
	input.item.custom.X__c != "y"
}

# => item.modified < now - days(14)
exclude contains {"reason": "old"} if input.item.modified < time.add_date(input.now, 0, 0, -14)

# => item.end > item.start + duration('8h0m0s')
exclude contains {"reason": "long", "kinds": ["event"]} if input.item.end - input.item.start > 28800000000000

# => item.title == 'b'
exclude contains {"reason": "lookup"} if names[input.item.title] == 2

names := {"a": 1, "b": 2}

# => item.title != 'b'
exclude contains {"reason": "function"} if f(input.item.title) == "c"

f(x) := "a" if x == "b"

f(x) := "c" if x != "b"

# => item.title.lower() == 'c' && size(item.title) > 3 && item.title.matches('^a') && item.title == user.name
exclude contains {"reason": "texts"} if {
	x := input.item.title
	lower(x) == "c"
	count(x) > 3
	regex.match("^a", x)
	x == input.user.name
}

# => item.title != 'q'
exclude contains {"reason": "default"} if {
	not big
	big == false
}

default big := false

big if input.item.title == "q"

# => item.private && user.profile == 'Sales'
exclude contains {"reason": "imported"} if {
	lib.private(input.item)
	lib.is_sales
}

# => user.id in item.participants
exclude contains {"reason": "takes part"} if input.user.id in input.item.participants

# => user.groups.exists(t, t.startsWith('emea'))
exclude contains {"reason": "groups"} if {
	some g in input.user.groups
	startswith(g, "emea")
}

# => item.due == date('2026-05-04')
exclude contains {"reason": "day", "kinds": ["task"]} if input.item.due == "2026-05-04"

# => item.owner in ['x'] || item.owner != null && item.owner == user.id
hold contains {"reason": "owners", "direction": "both"} if input.item.owner in ["x", input.user.id]

# => false
hold contains {"reason": "never"} if {
	1 == 2
}

# => true
hold contains {"reason": "always"}

# => !item.private
hold contains {"reason": "not private"} if input.item.private == false

# => item.title == null || item.location != null
exclude contains {"reason": "empty texts", "kinds": ["event"]} if empties

empties if input.item.title == ""

empties if input.item.location != ""

# => item.start_date == null
exclude contains {"reason": "empty date", "kinds": ["event"]} if "" == input.item.start_date

# => item.title == null || item.title in ['a']
exclude contains {"reason": "null is a member"} if input.item.title in {"a", null}

# => item.end != null && item.end == item.start + duration('1h0m0s')
exclude contains {"reason": "an hour", "kinds": ["event"]} if input.item.end - input.item.start == 3600000000000
