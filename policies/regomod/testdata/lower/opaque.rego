package weir.rules

# opaque
exclude contains {"reason": "aggregate", "kinds": ["event"]} if {
	n := count([1 | some a in input.item.attendees; a.response == "x"])
	n > 2
}

# opaque item.private
exclude contains {"reason": "parts"} if {
	input.item.private
	split(input.item.title, " ")[0] == "Re:"
}

# opaque
exclude contains {"reason": "hour", "kinds": ["event"]} if time.clock([input.item.start, "Europe/Berlin"])[0] < 8
