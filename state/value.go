package state

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is the type of an attribute's value. The zero value is invalid.
type Type uint8

// The types attributes may have.
const (
	TypeInvalid Type = iota
	Bool
	Text
	Texts   // a list of texts (categories, ids)
	Instant // a point in time, nanosecond precision
	Day     // a calendar day without a zone
	Number  // custom fields only
	People  // attendees
)

var typeNames = [...]string{"invalid", "bool", "text", "texts", "timestamp", "date", "number", "attendees"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return typeNames[0]
}

// Presence says how much is known about a value. The zero value is Unrecorded.
type Presence uint8

const (
	// Unrecorded: the dialect has the attribute, this capture did not select it.
	Unrecorded Presence = iota
	// Empty: recorded as null, or missing in a dialect that omits empties.
	Empty
	// Known: recorded, with a value.
	Known
)

// Attendee is one invited person as an event lists them.
type Attendee struct {
	Email    string // lower case
	Name     string
	Response string // "", "none", "accepted", "tentative", "declined" or "organizer"
}

// Value is one attribute's value, or the fact that it is empty or unrecorded.
// The zero Value is unrecorded. Texts are held in Unicode NFC; whoever builds
// one from outside input normalises it.
type Value struct {
	presence Presence
	typ      Type
	num      int64
	str      string
	list     *members // of Texts and People; keeps the other types small
}

// members are the members of a list value.
type members struct {
	texts  []string
	people []Attendee
}

// EmptyValue is a value recorded as null.
func EmptyValue() Value { return Value{presence: Empty} }

// BoolValue is a known truth.
func BoolValue(b bool) Value {
	v := Value{presence: Known, typ: Bool}
	if b {
		v.num = 1
	}
	return v
}

// TextValue is a known text; the empty text is the empty value, because no
// service tells the two apart reliably.
func TextValue(s string) Value {
	if s == "" {
		return EmptyValue()
	}
	return Value{presence: Known, typ: Text, str: s}
}

// TextsValue is a known list of texts; an empty list is known and empty of members.
func TextsValue(list []string) Value {
	return Value{presence: Known, typ: Texts, list: &members{texts: list}}
}

// InstantValue is a known point in time; the zero time is the empty value.
func InstantValue(t time.Time) Value {
	if t.IsZero() {
		return EmptyValue()
	}
	return Value{presence: Known, typ: Instant, num: t.UnixNano()}
}

// DayValue is a known calendar day.
func DayValue(d Date) Value { return Value{presence: Known, typ: Day, num: int64(d)} }

// NumberValue is a known number (custom fields).
func NumberValue(f float64) Value {
	return Value{presence: Known, typ: Number, num: int64(math.Float64bits(f))}
}

// PeopleValue is a known list of attendees.
func PeopleValue(list []Attendee) Value {
	return Value{presence: Known, typ: People, list: &members{people: list}}
}

// Presence says whether the value is unrecorded, empty or known.
func (v Value) Presence() Presence { return v.presence }

// IsKnown reports a recorded, non-null value.
func (v Value) IsKnown() bool { return v.presence == Known }

// IsRecorded reports a value that was recorded, null included.
func (v Value) IsRecorded() bool { return v.presence != Unrecorded }

// Type is the value's type; TypeInvalid unless it is known.
func (v Value) Type() Type { return v.typ }

// Bool is the truth of a known bool; false otherwise.
func (v Value) Bool() bool { return v.num != 0 && v.typ == Bool }

// Truth is the three-valued reading of a bool: unrecorded is Unknown, empty is False.
func (v Value) Truth() Truth {
	if v.presence == Unrecorded {
		return Unknown
	}
	return TruthOf(v.Bool())
}

// Text is the known text, or "".
func (v Value) Text() string { return v.str }

// Texts is the known list of texts, or nil. It must not be changed.
func (v Value) Texts() []string {
	if v.list == nil {
		return nil
	}
	return v.list.texts
}

// Instant is the known point in time in UTC, or the zero time.
func (v Value) Instant() time.Time {
	if v.typ != Instant {
		return time.Time{}
	}
	return time.Unix(0, v.num).UTC()
}

// UnixNano is the known instant in nanoseconds since the epoch, or 0.
func (v Value) UnixNano() int64 {
	if v.typ != Instant {
		return 0
	}
	return v.num
}

// Day is the known calendar day, or 0.
func (v Value) Day() Date {
	if v.typ != Day {
		return 0
	}
	return Date(v.num)
}

// Number is the known number, or 0.
func (v Value) Number() float64 {
	if v.typ != Number {
		return 0
	}
	return math.Float64frombits(uint64(v.num))
}

// People is the known list of attendees, or nil. It must not be changed.
func (v Value) People() []Attendee {
	if v.list == nil {
		return nil
	}
	return v.list.people
}

// Equal compares presence, type and content; lists compare in order.
func (v Value) Equal(o Value) bool {
	return v.presence == o.presence && v.typ == o.typ && v.num == o.num && v.str == o.str &&
		(v.list == o.list || slices.Equal(v.Texts(), o.Texts()) && slices.Equal(v.People(), o.People()))
}

// String shows the value for people: texts as they are, lists joined by commas,
// instants in RFC 3339, "" for empty and "(not recorded)" for unrecorded.
func (v Value) String() string {
	switch v.presence {
	case Unrecorded:
		return "(not recorded)"
	case Empty:
		return ""
	}
	switch v.typ {
	case Bool:
		return strconv.FormatBool(v.Bool())
	case Text:
		return v.str
	case Texts:
		return strings.Join(v.Texts(), ", ")
	case Instant:
		return v.Instant().Format(time.RFC3339Nano)
	case Day:
		return v.Day().String()
	case Number:
		return strconv.FormatFloat(v.Number(), 'g', -1, 64)
	case People:
		emails := make([]string, len(v.People()))
		for i, p := range v.People() {
			emails[i] = p.Email
		}
		return strings.Join(emails, ", ")
	}
	return ""
}
