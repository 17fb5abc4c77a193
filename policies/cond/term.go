package cond

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"weir/state"
)

// Literal is a constant known value.
type Literal struct{ Value state.Value }

// Attr is an attribute of the item.
type Attr struct{ Attr state.Attr }

// UserAttr is an attribute of the user.
type UserAttr struct{ Attr state.UserAttr }

// Custom is a Salesforce field beyond the schema, of the item or (OfUser) of the
// user. A recorded value of another type counts as unrecorded, save that
// anything can be read as text.
type Custom struct {
	Name   string
	Of     state.Type
	OfUser bool
}

// Field names a part of an attendee. The zero value is the variable itself, for
// lists of texts.
type Field uint8

// The parts of an attendee.
const (
	Itself Field = iota
	AttendeeEmail
	AttendeeName
	AttendeeResponse
)

var fieldNames = [...]string{"", "email", "name", "response"}

// ParseField finds a part of an attendee by name.
func ParseField(name string) (Field, bool) {
	for f := AttendeeEmail; f <= AttendeeResponse; f++ {
		if fieldNames[f] == name {
			return f, true
		}
	}
	return Itself, false
}

func (f Field) String() string { return fieldNames[f] }

// FieldNames lists the parts of an attendee.
func FieldNames() []string { return fieldNames[1:] }

// Var is a quantifier's variable: the one of the quantifier Depth levels further
// out than the nearest.
type Var struct {
	Name  string
	Depth int
	Field Field
}

// Now is the instant of the session.
type Now struct{}

// Today is the date of the session in the user's zone.
type Today struct{}

// Shift moves a date by days, or an instant by days of 24 hours and a duration.
type Shift struct {
	Of   Term
	Days int
	By   time.Duration // instants only
}

// Func is a simple function of a text.
type Func struct {
	Name FuncName
	Of   Term
}

// FuncName names a function of a text. The zero value is invalid.
type FuncName uint8

// The functions of texts.
const (
	FuncInvalid FuncName = iota
	LowerASCII           // A to Z become a to z
	UpperASCII           // a to z become A to Z
	Domain               // the part of an address after its last @, lower case; empty without one
	Lower                // every letter in lower case, as Rego has it and as list views compare
	Upper                // every letter in upper case, as Rego has it
)

var funcNames = [...]string{"invalid", "lowerAscii", "upperAscii", "domain", "lower", "upper"}

func (f FuncName) String() string { return funcNames[f] }

// Size is the number of a list's members or a text's characters.
type Size struct{ Of Term }

// Type of the literal's value.
func (t Literal) Type() state.Type { return t.Value.Type() }

// Type as the schema says.
func (t Attr) Type() state.Type { return t.Attr.Describe().Type }

// Type as the users' schema says.
func (t UserAttr) Type() state.Type { return t.Attr.Describe().Type }

// Type as declared.
func (t Custom) Type() state.Type { return t.Of }

// Type of a variable or attendee's part.
func (Var) Type() state.Type { return state.Text }

// Type of the instant.
func (Now) Type() state.Type { return state.Instant }

// Type of the date.
func (Today) Type() state.Type { return state.Day }

// Type of what is moved.
func (t Shift) Type() state.Type { return t.Of.Type() }

// Type of the function's result.
func (Func) Type() state.Type { return state.Text }

// Type of a size.
func (Size) Type() state.Type { return state.Number }

func (t Literal) inner() Term  { return nil }
func (t Attr) inner() Term     { return nil }
func (t UserAttr) inner() Term { return nil }
func (t Custom) inner() Term   { return nil }
func (Var) inner() Term        { return nil }
func (Now) inner() Term        { return nil }
func (Today) inner() Term      { return nil }
func (t Shift) inner() Term    { return t.Of }
func (t Func) inner() Term     { return t.Of }
func (t Size) inner() Term     { return t.Of }

func (t Literal) value(*Subject, *binding) state.Value      { return t.Value }
func (t Attr) value(s *Subject, _ *binding) state.Value     { return s.Get(t.Attr) }
func (Now) value(s *Subject, _ *binding) state.Value        { return state.InstantValue(s.Now) }
func (Today) value(s *Subject, _ *binding) state.Value      { return state.DayValue(s.Today) }
func (t UserAttr) value(s *Subject, _ *binding) state.Value { return s.UserValue(t.Attr) }

func (t Custom) value(s *Subject, _ *binding) state.Value {
	if t.OfUser {
		return As(s.UserCustom(t.Name), t.Of)
	}
	return As(s.Custom(t.Name), t.Of)
}

// As reads a custom field's value as the declared type: a known value of another
// type is unrecorded, save that anything can be read as text.
func As(v state.Value, want state.Type) state.Value {
	switch {
	case !v.IsKnown() || v.Type() == want:
		return v
	case want == state.Text:
		return state.TextValue(v.String())
	}
	return state.Value{}
}

func (t Var) value(_ *Subject, b *binding) state.Value {
	at := b.at(t.Depth)
	if at == nil {
		return state.Value{}
	}
	if t.Field == Itself {
		return state.TextValue(at.text)
	}
	if at.person == nil {
		return state.Value{}
	}
	switch t.Field {
	case AttendeeEmail:
		return state.TextValue(at.person.Email)
	case AttendeeName:
		return state.TextValue(at.person.Name)
	}
	return state.TextValue(at.person.Response)
}

func (t Shift) value(s *Subject, b *binding) state.Value {
	v := t.Of.value(s, b)
	if !v.IsKnown() {
		return v
	}
	if v.Type() == state.Day {
		return state.DayValue(AddDays(v.Day(), t.Days))
	}
	return instantOf(addNanos(addNanos(v.UnixNano(), daysNanos(t.Days)), int64(t.By)))
}

// AddDays moves a date by calendar days, stopping at the ends of the range.
func AddDays(d state.Date, days int) state.Date {
	return state.Date(min(max(int64(d)+int64(days), math.MinInt32), math.MaxInt32))
}

// AddTo moves an instant, stopping at the ends of the range.
func AddTo(at time.Time, days int, by time.Duration) time.Time {
	return instantOf(addNanos(addNanos(at.UnixNano(), daysNanos(days)), int64(by))).Instant()
}

func daysNanos(days int) int64 {
	const day = int64(24 * time.Hour)
	const most = math.MaxInt64 / day
	return min(max(int64(days), -most), most) * day
}

func addNanos(a, b int64) int64 {
	sum := a + b
	switch {
	case b > 0 && sum < a:
		return math.MaxInt64
	case b < 0 && sum > a:
		return math.MinInt64
	}
	return sum
}

func instantOf(nanos int64) state.Value { return state.InstantValue(time.Unix(0, nanos)) }

func (t Func) value(s *Subject, b *binding) state.Value {
	v := t.Of.value(s, b)
	if !v.IsKnown() {
		return v
	}
	return state.TextValue(t.Name.Apply(v.Text()))
}

// Apply computes the function.
func (f FuncName) Apply(text string) string {
	switch f {
	case LowerASCII:
		return mapASCII(text, 'A', 'Z')
	case UpperASCII:
		return mapASCII(text, 'a', 'z')
	case Lower:
		return strings.ToLower(text)
	case Upper:
		return strings.ToUpper(text)
	case Domain:
		at := strings.LastIndexByte(text, '@')
		if at < 0 {
			return ""
		}
		return strings.ToLower(strings.TrimSpace(text[at+1:]))
	}
	return text
}

// mapASCII flips the case of the letters in a range and allocates only if there
// is one.
func mapASCII(text string, from, to byte) string {
	const flip = 'a' - 'A'
	for i := 0; i < len(text); i++ {
		if text[i] < from || text[i] > to {
			continue
		}
		out := []byte(text)
		for ; i < len(out); i++ {
			if out[i] >= from && out[i] <= to {
				out[i] ^= flip
			}
		}
		return string(out)
	}
	return text
}

func (t Size) value(s *Subject, b *binding) state.Value {
	v, partial := members(t.Of, s, b)
	if partial || !v.IsRecorded() {
		return state.Value{}
	}
	switch v.Type() {
	case state.Texts:
		return state.NumberValue(float64(len(v.Texts())))
	case state.People:
		return state.NumberValue(float64(len(v.People())))
	}
	return state.NumberValue(float64(utf8.RuneCountInString(v.Text())))
}

// members is a list's value and whether only part of it is known.
func members(t Term, s *Subject, b *binding) (v state.Value, partial bool) {
	if a, ok := t.(Attr); ok {
		return s.list(a.Attr)
	}
	return t.value(s, b), false
}

func (t Literal) String() string  { return literalText(t.Value) }
func (t Attr) String() string     { return "item." + t.Attr.String() }
func (t UserAttr) String() string { return "user." + t.Attr.Describe().Name }
func (Now) String() string        { return "now" }
func (Today) String() string      { return "today" }
func (t Func) String() string {
	if t.Name == Domain {
		return "domain(" + t.Of.String() + ")"
	}
	return operand(t.Of) + "." + t.Name.String() + "()"
}
func (t Size) String() string { return "size(" + t.Of.String() + ")" }

func (t Custom) String() string {
	of := "item"
	if t.OfUser {
		of = "user"
	}
	return of + ".custom[" + quote(t.Name) + "]"
}

func (t Var) String() string {
	if t.Field == Itself {
		return t.Name
	}
	return t.Name + "." + t.Field.String()
}

func (t Shift) String() string {
	var b strings.Builder
	b.WriteString(t.Of.String())
	if t.Days != 0 {
		b.WriteString(sign(t.Days < 0) + "days(" + strings.TrimPrefix(strconv.Itoa(t.Days), "-") + ")")
	}
	if t.By != 0 {
		b.WriteString(sign(t.By < 0) + "duration(" + quote(strings.TrimPrefix(t.By.String(), "-")) + ")")
	}
	return b.String()
}

func sign(negative bool) string {
	if negative {
		return " - "
	}
	return " + "
}

// operand brackets a term before a method call.
func operand(t Term) string {
	if _, ok := t.(Shift); ok {
		return "(" + t.String() + ")"
	}
	return t.String()
}

func literalText(v state.Value) string {
	switch v.Type() {
	case state.Text:
		return quote(v.Text())
	case state.Day:
		return "date(" + quote(v.Day().String()) + ")"
	case state.Instant:
		return "timestamp(" + quote(v.String()) + ")"
	case state.Texts:
		parts := make([]string, len(v.Texts()))
		for i, text := range v.Texts() {
			parts[i] = quote(text)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	if !v.IsKnown() {
		return "null"
	}
	return v.String()
}

// quote writes a text literal in single quotes, as policies do.
func quote(text string) string {
	q := strconv.Quote(text)
	q = strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
	return "'" + strings.ReplaceAll(q, "'", `\'`) + "'"
}

// ValueOf is a term's value for a subject, for languages that evaluate opaque
// conditions. Variables of quantifiers have none.
func ValueOf(t Term, s *Subject) state.Value { return t.value(s, nil) }
