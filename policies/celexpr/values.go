package celexpr

import (
	"fmt"
	"reflect"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"weir/policies/cond"
	"weir/state"
)

// The object types of predicates. item and user only exist to be selected from.
var (
	itemType     = types.NewObjectType("item")
	userType     = types.NewObjectType("user")
	attendeeType = types.NewObjectType("attendee")
	dateType     = types.NewObjectType("date", traits.ComparerType, traits.AdderType, traits.SubtractorType)
	daysType     = types.NewObjectType("days")
)

// maxDays bounds days(n): a century.
const maxDays = 36525

// dateVal is a calendar day in a cel-go program.
type dateVal state.Date

func (d dateVal) ConvertToNative(t reflect.Type) (any, error) { return noNative(d, t) }
func (d dateVal) ConvertToType(t ref.Type) ref.Val {
	if t == types.StringType {
		return types.String(state.Date(d).String())
	}
	return noConversion(d, t)
}
func (d dateVal) Equal(other ref.Val) ref.Val { return types.Bool(other == ref.Val(d)) }
func (d dateVal) Type() ref.Type              { return dateType }
func (d dateVal) Value() any                  { return state.Date(d) }

// Compare orders days.
func (d dateVal) Compare(other ref.Val) ref.Val {
	o, ok := other.(dateVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(other)
	}
	switch {
	case d < o:
		return types.IntNegOne
	case d > o:
		return types.IntOne
	}
	return types.IntZero
}

// Add moves by whole days.
func (d dateVal) Add(other ref.Val) ref.Val { return d.move(other, 1) }

// Subtract moves back by whole days.
func (d dateVal) Subtract(other ref.Val) ref.Val { return d.move(other, -1) }

func (d dateVal) move(by ref.Val, sign int) ref.Val {
	n, ok := by.(daysVal)
	if !ok {
		return types.MaybeNoSuchOverloadErr(by)
	}
	return dateVal(cond.AddDays(state.Date(d), sign*int(n)))
}

// daysVal is a number of days in a cel-go program.
type daysVal int

func (n daysVal) ConvertToNative(t reflect.Type) (any, error) { return noNative(n, t) }
func (n daysVal) ConvertToType(t ref.Type) ref.Val            { return noConversion(n, t) }
func (n daysVal) Equal(other ref.Val) ref.Val                 { return types.Bool(other == ref.Val(n)) }
func (n daysVal) Type() ref.Type                              { return daysType }
func (n daysVal) Value() any                                  { return int(n) }

// attendeeVal is one attendee in a cel-go program.
type attendeeVal state.Attendee

func (a attendeeVal) ConvertToNative(t reflect.Type) (any, error) { return noNative(a, t) }
func (a attendeeVal) ConvertToType(t ref.Type) ref.Val            { return noConversion(a, t) }
func (a attendeeVal) Equal(other ref.Val) ref.Val                 { return types.Bool(other == ref.Val(a)) }
func (a attendeeVal) Type() ref.Type                              { return attendeeType }
func (a attendeeVal) Value() any                                  { return state.Attendee(a) }

func noNative(v ref.Val, t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a %s cannot become a %s", v.Type().TypeName(), t)
}

func noConversion(v ref.Val, t ref.Type) ref.Val {
	if t == types.TypeType {
		return v.Type().(ref.Val)
	}
	return types.NewErr("a %s cannot become a %s", v.Type().TypeName(), t.TypeName())
}

// celType is the type of an attribute in predicates.
func celType(t state.Type) *types.Type {
	switch t {
	case state.Bool:
		return types.BoolType
	case state.Texts:
		return types.NewListType(types.StringType)
	case state.Instant:
		return types.TimestampType
	case state.Day:
		return dateType
	case state.Number:
		return types.DoubleType
	case state.People:
		return types.NewListType(attendeeType)
	}
	return types.StringType
}

// celValue is an attribute's value in a cel-go program: empty is null, save for
// truths, which are false, and lists, which have no members.
func celValue(v state.Value, t state.Type) ref.Val {
	if !v.IsKnown() {
		switch t {
		case state.Bool:
			return types.False
		case state.Texts, state.People:
			return emptyList
		}
		return types.NullValue
	}
	switch t {
	case state.Bool:
		return types.Bool(v.Bool())
	case state.Texts:
		return types.NewStringList(types.DefaultTypeAdapter, v.Texts())
	case state.Instant:
		return types.Timestamp{Time: v.Instant()}
	case state.Day:
		return dateVal(v.Day())
	case state.Number:
		return types.Double(v.Number())
	case state.People:
		return attendees(v.People())
	}
	return text(v.Text())
}

// text is a text in a cel-go program; the empty one is null.
func text(s string) ref.Val {
	if s == "" {
		return types.NullValue
	}
	return types.String(s)
}

func attendees(list []state.Attendee) ref.Val {
	vals := make([]ref.Val, len(list))
	for i, a := range list {
		vals[i] = attendeeVal(a)
	}
	return types.NewRefValList(types.DefaultTypeAdapter, vals)
}

var emptyList = types.NewRefValList(types.DefaultTypeAdapter, nil)

// moveInstant is timestamp plus or minus days of 24 hours.
func moveInstant(at types.Timestamp, n daysVal, sign int) ref.Val {
	return types.Timestamp{Time: cond.AddTo(at.Time, sign*int(n), 0)}
}

// localClock is the instant whose UTC clock shows what the zone's clock shows at
// the given one.
func localClock(t time.Time, zone *time.Location) time.Time {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), time.UTC)
}
