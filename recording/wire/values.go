package wire

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"weir/recording/jsonstream"
	"weir/state"
)

// Text is a text in Unicode NFC with line ends as single line feeds.
func Text(s string) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return norm.NFC.String(s)
}

// Address is an e-mail address as weir compares it: trimmed and in lower case.
func Address(s string) string { return strings.ToLower(strings.TrimSpace(Text(s))) }

// Names is a list of names as people gave them (categories): trimmed, in NFC, without
// empty ones, each once.
func Names(list []string) state.Value {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if s = strings.TrimSpace(Text(s)); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return state.TextsValue(out)
}

// Reader turns JSON values into attribute values, noting what has the wrong type.
type Reader struct {
	File     string
	Problems *Problems
}

// Wrong notes a value of another type than the format gives it.
func (r *Reader) Wrong(v *jsonstream.Value, field, want string) {
	r.Problems.Warn(r.File, v.Where(), "Unexpected value", "%s should be %s, but here it is %s. It counts as not recorded.", field, want, v.Kind)
}

// Text reads a text: absent is unrecorded, null is empty.
func (r *Reader) Text(v *jsonstream.Value, field string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.Kind == jsonstream.Null:
		return state.EmptyValue()
	case v.Kind == jsonstream.String:
		return state.TextValue(Text(v.Str))
	}
	r.Wrong(v, field, "a text")
	return state.Value{}
}

// Address reads an e-mail address.
func (r *Reader) Address(v *jsonstream.Value, field string) state.Value {
	t := r.Text(v, field)
	if t.IsKnown() {
		return state.TextValue(Address(t.Text()))
	}
	return t
}

// Bool reads a truth: absent is unrecorded, null is empty.
func (r *Reader) Bool(v *jsonstream.Value, field string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.Kind == jsonstream.Null:
		return state.EmptyValue()
	case v.Kind == jsonstream.Bool:
		return state.BoolValue(v.Bool)
	case v.Kind == jsonstream.String && strings.EqualFold(v.Str, "true"):
		return state.BoolValue(true)
	case v.Kind == jsonstream.String && strings.EqualFold(v.Str, "false"):
		return state.BoolValue(false)
	}
	r.Wrong(v, field, "true or false")
	return state.Value{}
}

// Instant reads a point in time with an offset.
func (r *Reader) Instant(v *jsonstream.Value, field string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.Kind == jsonstream.Null:
		return state.EmptyValue()
	case v.Kind == jsonstream.String:
		if v.Str == "" || strings.HasPrefix(v.Str, "0001-01-01") {
			return state.EmptyValue()
		}
		if t, ok := ParseInstant(v.Str); ok {
			return state.InstantValue(t)
		}
		r.Problems.Warn(r.File, v.Pos, "Unreadable time", "%s is %q, which is no point in time such as 2026-05-04T08:00:00Z. It counts as not recorded.", field, Clip(v.Str))
		return state.Value{}
	}
	r.Wrong(v, field, "a point in time")
	return state.Value{}
}

// Day reads a calendar day; of a point in time it takes the date as written.
func (r *Reader) Day(v *jsonstream.Value, field string) state.Value {
	switch {
	case v == nil:
		return state.Value{}
	case v.Kind == jsonstream.Null:
		return state.EmptyValue()
	case v.Kind == jsonstream.String:
		if d, ok := ParseDay(v.Str); ok {
			return state.DayValue(d)
		}
		r.Problems.Warn(r.File, v.Pos, "Unreadable date", "%s is %q, which is no date such as 2026-05-04. It counts as not recorded.", field, Clip(v.Str))
		return state.Value{}
	}
	r.Wrong(v, field, "a date")
	return state.Value{}
}

// ParseInstant reads a point in time with an offset, "Z", "+02:00" or Salesforce's
// "+0000", with or without seconds and fractions, that fits into nanoseconds since
// the epoch.
func ParseInstant(s string) (time.Time, bool) {
	t, err := time.Parse(instantForm(s), s)
	return t.UTC(), err == nil && inRange(t)
}

// instantForm picks the form by the text's shape, because every form tried in
// vain costs an error.
func instantForm(s string) string {
	n := len(s)
	switch {
	case n > 16 && s[16] != ':':
		return "2006-01-02T15:04Z07:00"
	case n > 5 && (s[n-5] == '+' || s[n-5] == '-'):
		return "2006-01-02T15:04:05-0700"
	}
	return "2006-01-02T15:04:05Z07:00"
}

// inRange reports whether the year fits into nanoseconds since the epoch.
func inRange(t time.Time) bool { return t.Year() > 1678 && t.Year() < 2262 }

// ParseLocal reads date and time without an offset in the zone.
func ParseLocal(s string, zone *time.Location) (time.Time, bool) {
	t, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone)
	return t.UTC(), err == nil && inRange(t)
}

// ParseDay reads YYYY-MM-DD, with or without a time after it, as written.
func ParseDay(s string) (state.Date, bool) {
	if len(s) > 10 && (s[10] == 'T' || s[10] == ' ') {
		s = s[:10]
	}
	d, err := state.ParseDate(s)
	if err != nil {
		return 0, false
	}
	return d, inRange(d.UTC())
}

// Clip shortens foreign text for a message and takes control characters out.
func Clip(s string) string {
	const most = 60
	clean := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return -1
		}
		return c
	}, s)
	if runes := []rune(clean); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return clean
}
