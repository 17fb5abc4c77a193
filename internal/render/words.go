package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"weir/engine"
)

// count writes a number with thousands separators and the noun in its number:
// "1 person", "1,027 sessions".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func people(n int) string { return count(n, "person", "people") }

// kindCount is "3 contacts".
func kindCount(n int, kind string) string { return count(n, kind, kind+"s") }

// opStyle is how an operation looks: its sign, its colour, and its noun for one
// and many.
type opStyle struct {
	sign      string
	tone      tone
	one, many string
}

var opStyles = map[engine.Op]opStyle{
	engine.OpCreate:     {"+", good, "creation", "creations"},
	engine.OpUpdate:     {"~", plain, "update", "updates"},
	engine.OpDelete:     {"-", bad, "removal", "removals"},
	engine.OpRestore:    {"↺", back, "restore", "restores"},
	engine.OpDecline:    {"×", bad, "decline", "declines"},
	engine.OpLink:       {"=", quiet, "link", "links"},
	engine.OpUnlink:     {"≠", quiet, "unlink", "unlinks"},
	engine.OpFreeze:     {"*", quiet, "freeze", "freezes"},
	engine.OpReactivate: {"=", quiet, "reactivation", "reactivations"},
}

// linkWords say what a link operation does, since it has no direction.
var linkWords = map[engine.Op]string{
	engine.OpLink:       "link",
	engine.OpUnlink:     "unlink",
	engine.OpFreeze:     "freeze",
	engine.OpReactivate: "relink",
}

func styleOf(op engine.Op) opStyle {
	if s, ok := opStyles[op]; ok {
		return s
	}
	return opStyle{"?", warn, Escape(string(op)), Escape(string(op))}
}

// direction is where an operation goes, or what it does to the link.
func direction(op engine.Operation) string {
	switch op.On {
	case engine.OnMailbox:
		return "→ mailbox"
	case engine.OnSalesforce:
		return "→ Salesforce"
	}
	if word, ok := linkWords[op.Op]; ok {
		return word
	}
	return Escape(string(op.Op))
}

// codeWords are reason codes in words, for groups whose single reasons differ.
var codeWords = map[string]string{
	"in_scope":              "in scope",
	"matched":               "the same thing on both sides",
	"matched_out_of_scope":  "the same thing on both sides, out of scope",
	"upsync_pattern":        "chosen in the mailbox",
	"changed_in_salesforce": "changed in Salesforce",
	"changed_in_mailbox":    "changed in the mailbox",
	"changed_on_both":       "changed on both sides",
	"left_scope":            "left the scope",
	"back_in_scope":         "back in scope",
	"deleted_in_mailbox":    "deleted in the mailbox",
	"deleted_in_salesforce": "deleted in Salesforce",
	"deleted_out_of_scope":  "deleted while out of scope",
	"both_gone":             "gone on both sides",
	"moved_out":             "moved out of the sync",
	"forbid_to_remove":      "forbid to remove",
	"edited_copy_kept":      "edited copy kept",
	"before_window":         "before the window",
	"after_window":          "after the window",
	"not_owner":             "owned by somebody else",
	"not_in_view":           "not in the view",
	"not_participant":       "not taking part",
	"no_read_access":        "no access",
	"no_access":             "may not be edited in Salesforce",
	"logged_activity":       "logged activities",
	"declined":              "declined",
	"unsupported":           "cannot be synced",
	"excluded":              "excluded by a rule",
	"downsync_off":          "downsync switched off",
	"upsync_off":            "upsync switched off",
	"not_organizer":         "edited by an invitee",
	"private_link":          "private",
	"not_marked":            "not marked",
	"user_inactive":         "inactive user",
	"sync_off":              "sync switched off",
	"verdict_unknown":       "cannot be told from this recording",
	"mailbox_incomplete":    "the mailbox was not recorded completely",
	"salesforce_incomplete": "Salesforce was not recorded completely",
	"record_unseen":         "the record was not recorded",
	"item_unseen":           "the mailbox copy was not recorded",
	"duplicate_match":       "more than one possible partner",
	"membership_unknown":    "group membership cannot be told",
	"rule_hold":             "held by a rule",
	"rule_unknown":          "a rule cannot be decided",
	"rule_error":            "a rule fails",
	"limit_tripped":         "limit",
	"superseded":            "superseded by another operation",
}

// code is a reason code in words; unknown ones lose their underscores.
func code(c string) string {
	if words, ok := codeWords[c]; ok {
		return words
	}
	return Escape(strings.ReplaceAll(c, "_", " "))
}

// reasonText is a reason with its place in the policy: "left the window: ended
// 20 Apr (defaults.hcl:19)".
func (p *printer) reasonText(r engine.Reason) string {
	text := Escape(r.Text)
	if text == "" {
		text = code(r.Code)
	}
	at := place(r.Policy)
	if r.Policy != nil && r.Policy.Layer == "preference" {
		at = "own settings page"
	}
	text, named := cutPlace(text)
	if at == named {
		named = ""
	}
	if places := strings.Join(nonEmpty([]string{named, at}), ", "); places != "" {
		text += " " + p.paint(dim, "("+places+")")
	}
	return text
}

// trailingPlace is a file:line in brackets at the end of a reason.
var trailingPlace = regexp.MustCompile(`^(.*) \(([^()\s]+:[0-9]+)\)$`)

// cutPlace takes the place off the end of a reason that names one itself, so that
// all places can stand in one pair of brackets.
func cutPlace(text string) (rest, at string) {
	if m := trailingPlace.FindStringSubmatch(text); m != nil {
		return m[1], m[2]
	}
	return text, ""
}

// place is a policy reference as file:line, or "".
func place(ref *engine.PolicyRef) string {
	switch {
	case ref == nil || ref.File == "":
		return ""
	case ref.Line == 0:
		return Escape(ref.File)
	}
	return fmt.Sprintf("%s:%d", Escape(ref.File), ref.Line)
}

// clock writes instants for one reader: in the person's zone where one person is
// meant, in UTC where many are.
type clock struct {
	zone  *time.Location
	label string // "UTC", "Berlin"
}

var utcClock = clock{time.UTC, "UTC"}

// newClock shows times in an IANA zone; without one, or one nobody knows, in UTC.
func newClock(name string, load func(string) (*time.Location, error)) clock {
	if name == "" || load == nil {
		return utcClock
	}
	loc, err := load(name)
	if err != nil || loc == nil {
		return utcClock
	}
	city := name[strings.LastIndexByte(name, '/')+1:]
	return clock{loc, Escape(strings.ReplaceAll(city, "_", " "))}
}

// at is an instant with its day and zone: "Mon 4 May 08:00 UTC".
func (c clock) at(t time.Time) string { return c.bare(t) + " " + c.label }

// bare is an instant without its zone: "Mon 4 May 08:00".
func (c clock) bare(t time.Time) string {
	t = t.In(c.zone)
	if t.Second() != 0 {
		return t.Format("Mon 2 Jan 15:04:05")
	}
	return t.Format("Mon 2 Jan 15:04")
}

// full is an instant with its year: "4 May 2026 08:00".
func (c clock) full(t time.Time) string { return t.In(c.zone).Format("2 Jan 2006 15:04") }

// value writes a field's value for people: dates and instants as they are spoken,
// lists joined, nothing as "(empty)". The year stands only where it differs from
// the plan's.
func (c clock) value(v any, year int) string {
	switch v := v.(type) {
	case nil:
		return "(empty)"
	case string:
		return c.textValue(v, year)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	if list, ok := texts(v); ok {
		return listValue(list)
	}
	return Truncate(fmt.Sprint(v), maxValueWidth)
}

const maxValueWidth = 48

func (c clock) textValue(s string, year int) string {
	if s == "" {
		return "(empty)"
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return dayText(day, year)
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		t = t.In(c.zone)
		return dayText(t, year) + t.Format(" 15:04")
	}
	return Truncate(s, maxValueWidth)
}

func dayText(t time.Time, year int) string {
	if t.Year() != year {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan")
}

// texts reads a list of texts, as the engine builds it or as JSON gives it back.
func texts(v any) ([]string, bool) {
	switch v := v.(type) {
	case []string:
		return v, true
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			list[i] = fmt.Sprint(e)
		}
		return list, true
	}
	return nil, false
}

func listValue(list []string) string {
	if len(list) == 0 {
		return "(none)"
	}
	return Truncate(strings.Join(list, ", "), maxValueWidth)
}

// change writes one field's change: "due 6 May → 8 May", and for lists what came
// and went: "attendees +bo@x.example −di@x.example".
func (c clock) change(ch engine.Change, year int) string {
	field := Escape(strings.ReplaceAll(ch.Field, "_", " "))
	from, isList := texts(ch.From)
	to, isList2 := texts(ch.To)
	if isList && isList2 {
		return field + " " + listChange(from, to)
	}
	text := field + " " + c.value(ch.From, year) + " → " + c.value(ch.To, year)
	if ch.Lost != nil {
		text += ", losing " + c.value(ch.Lost, year)
	}
	return text
}

func listChange(from, to []string) string {
	had, has := map[string]bool{}, map[string]bool{}
	for _, s := range from {
		had[s] = true
	}
	for _, s := range to {
		has[s] = true
	}
	var parts []string
	for _, s := range to {
		if !had[s] {
			parts = append(parts, "+"+s)
		}
	}
	for _, s := range from {
		if !has[s] {
			parts = append(parts, "−"+s)
		}
	}
	if len(parts) == 0 {
		return "reordered"
	}
	return Truncate(strings.Join(parts, " "), maxValueWidth)
}
