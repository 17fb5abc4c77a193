package refmodel

// facts are the columns of the decision table (5.4), in words:
//
//	link     none, active, frozen, retired
//	record   none, same, changed, deleted, gone, unseen (without a link a live one is same)
//	item     none, same, changed, deleted, moved, unseen; without a link also
//	         marked (match), unmarked (match), pattern (meets upsync), plain
//	verdict  in, out, unknown, or "" where there is none
type facts struct {
	link, record, item, verdict string
	on, event, own, kept        bool
}

func is(word string, any ...string) bool {
	for _, w := range any {
		if w == word {
			return true
		}
	}
	return false
}

// tableRow finds the row of the decision table (5.4).
func tableRow(f facts) string {
	switch f.link {
	case "none":
		return unlinkedRow(f)
	case "retired":
		if f.record == "deleted" && f.item == "deleted" {
			return "ended"
		}
		return "retired"
	}
	live := is(f.record, "same", "changed")
	switch {
	case f.record == "unseen", f.item == "unseen", live && f.verdict == "unknown":
		return "blind"
	case f.item == "moved":
		return "moved-out"
	case f.record == "deleted" && f.item == "deleted":
		return "ended"
	case f.link == "active":
		return activeRow(f)
	}
	return frozenRow(f)
}

func unlinkedRow(f facts) string {
	if f.record != "same" {
		switch {
		case f.item == "plain":
			return "personal"
		case f.record == "unseen":
			return "upload-blind"
		}
		return "upload"
	}
	switch {
	case f.item == "marked" && f.verdict == "in":
		return "adopt"
	case f.item == "marked" && f.verdict == "out":
		return "adopt-frozen"
	case f.item == "marked":
		return "unknown"
	case f.verdict == "out", !f.on:
		return "skip"
	case f.verdict == "unknown", f.item == "unseen":
		return "unknown"
	case f.item == "unmarked":
		return "adopt"
	}
	return "create"
}

func activeRow(f facts) string {
	switch {
	case f.record == "deleted" && f.item == "changed":
		return "keep-edited"
	case f.record == "deleted":
		return "withdraw"
	case f.verdict == "out" && f.item == "deleted": // live or gone
		return "forget"
	case f.verdict == "out":
		return "leave"
	case f.item == "deleted" && f.kept && f.on:
		return "restore"
	case f.item == "deleted" && f.kept:
		return "release"
	case f.item == "deleted" && !f.event:
		return "remove"
	case f.item == "deleted" && f.own:
		return "remove-event"
	case f.item == "deleted":
		return "decline"
	case f.record == "changed" && f.item == "changed":
		return "merge"
	case f.item == "changed":
		return "update-up"
	case f.record == "changed" && f.on:
		return "update-down"
	case f.record == "changed":
		return "diverged"
	}
	return "settled"
}

func frozenRow(f facts) string {
	switch {
	case f.record == "deleted":
		return "frozen-keep"
	case f.verdict == "in" && f.on:
		return "rejoin"
	case f.item == "deleted":
		return "frozen-forget"
	}
	return "rest"
}
