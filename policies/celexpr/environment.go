package celexpr

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"

	"weir/policies/cond"
	"weir/state"
)

// Functions that bind puts into the tree and nobody can write.
const (
	fnEmpty   = "@empty"   // x == null
	fnPresent = "@present" // x != null, has(x)
	fnBlank   = "@blank"   // x == '' (empty texts are null)
	fnFilled  = "@filled"  // x != ''
	fnIndex   = "@index"   // x[i], which unlike cel-go's own lets null through
	fnRange   = "@range"   // x as a macro looks through it: null has no members
)

// environment is the one set of declarations; what differs between predicates is
// checked when names are bound.
var environment = sync.OnceValue(func() *cel.Env {
	env, err := cel.NewEnv(declarations()...)
	if err != nil {
		panic("celexpr: the fixed declarations do not fit together: " + err.Error())
	}
	return env
})

// Functions lists the functions and macros that conditions may call, sorted;
// operators are left out.
func Functions() []string {
	names := map[string]bool{}
	for name := range environment().Functions() {
		names[name] = true
	}
	for _, m := range environment().Macros() {
		names[m.Function()] = true
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != "in" && !strings.HasPrefix(name, "_") && !strings.ContainsAny(name, "@!-") {
			out = append(out, name)
		}
	}
	return out
}

func declarations() []cel.EnvOption {
	a, b := cel.TypeParamType("A"), cel.TypeParamType("B")
	return []cel.EnvOption{
		cel.CustomTypeProvider(newProvider()),
		cel.EnableMacroCallTracking(),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(MaxNesting),
		cel.ParserExpressionSizeLimit(MaxText),
		ext.Strings(ext.StringsVersion(3)),
		ext.Sets(),
		ext.Math(ext.MathVersion(1)),
		cel.Variable("item", itemType),
		cel.Variable("user", userType),
		cel.Variable("now", cel.TimestampType),
		cel.Variable("today", dateType),
		cel.Function("date", cel.Overload("string_to_date", []*cel.Type{cel.StringType}, dateType, cel.UnaryBinding(parseDate))),
		cel.Function("days", cel.Overload("int_to_days", []*cel.Type{cel.IntType}, daysType, cel.UnaryBinding(makeDays))),
		cel.Function("domain", cel.Overload("domain_string", []*cel.Type{cel.StringType}, cel.StringType, cel.UnaryBinding(domain))),
		comparison(operators.Less, "less_date"),
		comparison(operators.LessEquals, "less_equals_date"),
		comparison(operators.Greater, "greater_date"),
		comparison(operators.GreaterEquals, "greater_equals_date"),
		movement(operators.Add, "add"),
		movement(operators.Subtract, "subtract"),
		cel.Function(fnEmpty, cel.Overload("empty_any", []*cel.Type{a}, cel.BoolType, cel.UnaryBinding(isNull))),
		cel.Function(fnPresent, cel.Overload("present_any", []*cel.Type{a}, cel.BoolType, cel.UnaryBinding(isPresent))),
		cel.Function(fnBlank, cel.Overload("blank_string", []*cel.Type{cel.StringType}, cel.BoolType), cel.SingletonUnaryBinding(isBlank)),
		cel.Function(fnFilled, cel.Overload("filled_string", []*cel.Type{cel.StringType}, cel.BoolType), cel.SingletonUnaryBinding(isFilled)),
		cel.Function(fnIndex,
			cel.Overload("index_of_list", []*cel.Type{cel.ListType(a), cel.IntType}, a),
			cel.Overload("index_of_map", []*cel.Type{cel.MapType(a, b), a}, b),
			cel.SingletonBinaryBinding(index)),
		cel.Function(fnRange,
			cel.Overload("range_of_list", []*cel.Type{cel.ListType(a)}, cel.ListType(a)),
			cel.Overload("range_of_map", []*cel.Type{cel.MapType(a, b)}, cel.MapType(a, b)),
			cel.SingletonUnaryBinding(members)),
	}
}

// comparison and movement declare signatures only: cel-go's own functions find
// the work in the values' traits.
func comparison(function, id string) cel.EnvOption {
	return cel.Function(function, cel.Overload(id, []*cel.Type{dateType, dateType}, cel.BoolType))
}

func movement(function, verb string) cel.EnvOption {
	return cel.Function(function,
		cel.Overload(verb+"_date_days", []*cel.Type{dateType, daysType}, dateType),
		cel.Overload(verb+"_timestamp_days", []*cel.Type{cel.TimestampType, daysType}, cel.TimestampType))
}

func parseDate(v ref.Val) ref.Val {
	s, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	d, err := state.ParseDate(string(s))
	if err != nil {
		return types.WrapErr(err)
	}
	return dateVal(d)
}

func makeDays(v ref.Val) ref.Val {
	n, ok := v.(types.Int)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	if n < -maxDays || n > maxDays {
		return types.NewErr("days(%d) is more than a century", int64(n))
	}
	return daysVal(n)
}

func domain(v ref.Val) ref.Val {
	s, ok := v.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	return text(cond.Domain.Apply(string(s)))
}

func isNull(v ref.Val) ref.Val    { return types.Bool(v == ref.Val(types.NullValue)) }
func isPresent(v ref.Val) ref.Val { return types.Bool(v != ref.Val(types.NullValue)) }
func isBlank(v ref.Val) ref.Val {
	return types.Bool(v == ref.Val(types.NullValue) || v == ref.Val(types.String("")))
}
func isFilled(v ref.Val) ref.Val { return isBlank(v).(types.Bool).Negate() }

func members(v ref.Val) ref.Val {
	if v == ref.Val(types.NullValue) {
		return emptyList
	}
	return v
}

func index(of, at ref.Val) ref.Val {
	if x, ok := of.(traits.Indexer); ok {
		return x.Get(at)
	}
	return types.MaybeNoSuchOverloadErr(of)
}

// provider gives item, user and attendees their attributes, on top of cel-go's
// own types. Bind has checked the names; custom fields carry their type in the
// name.
type provider struct{ types.Provider }

func newProvider() provider { return provider{types.NewEmptyRegistry()} }

// FindStructType knows the object types of predicates.
func (p provider) FindStructType(name string) (*types.Type, bool) {
	for _, t := range [...]*types.Type{itemType, userType, attendeeType, dateType, daysType} {
		if t.TypeName() == name {
			return types.NewTypeTypeWithParam(t), true
		}
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldType is where a predicate's attributes are read.
func (p provider) FindStructFieldType(object, field string) (*types.FieldType, bool) {
	switch object {
	case itemType.TypeName(), userType.TypeName():
		t := selection(object, field)
		if t == nil {
			return nil, false
		}
		return attributeField(t, strings.HasPrefix(field, rawPrefix)), true
	case attendeeType.TypeName():
		f, ok := cond.ParseField(field)
		if !ok {
			return nil, false
		}
		return attendeeField(f), true
	}
	return p.Provider.FindStructFieldType(object, field)
}

// attributeField reads a term; raw shows null as null whatever the type.
func attributeField(t cond.Term, raw bool) *types.FieldType {
	return &types.FieldType{
		Type:  celType(t.Type()),
		IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) {
			v := cond.ValueOf(t, target.(*cond.Subject))
			switch {
			case !v.IsRecorded():
				return nil, fmt.Errorf("%s was recorded with another type", t)
			case raw && !v.IsKnown():
				return types.NullValue, nil
			}
			return celValue(v, t.Type()), nil
		},
	}
}

func attendeeField(f cond.Field) *types.FieldType {
	return &types.FieldType{
		Type:  types.StringType,
		IsSet: func(any) bool { return true },
		GetFrom: func(target any) (any, error) {
			a := target.(state.Attendee)
			switch f {
			case cond.AttendeeEmail:
				return text(a.Email), nil
			case cond.AttendeeName:
				return text(a.Name), nil
			}
			return text(a.Response), nil
		},
	}
}

// selection is the term for item.X or user.X after binding; nil if there is none.
func selection(root, field string) cond.Term {
	if root != itemType.TypeName() && root != userType.TypeName() {
		return nil
	}
	field = strings.TrimPrefix(field, rawPrefix)
	if t, name, ok := splitCustomField(field); ok {
		return cond.Custom{Name: name, Of: t, OfUser: root == userType.TypeName()}
	}
	if root == userType.TypeName() {
		if a, ok := state.ParseUserAttr(field); ok {
			return cond.UserAttr{Attr: a}
		}
		return nil
	}
	if a, ok := state.ParseAttr(field); ok && !a.Describe().Internal {
		return cond.Attr{Attr: a}
	}
	return nil
}

// rawPrefix marks selections that show null as null.
const rawPrefix = "@raw "

// customPrefix marks fields that bind made of item.custom['X']; it cannot be
// written.
const customPrefix = "@custom"

func customField(t state.Type, name string) string {
	return customPrefix + " " + t.String() + " " + name
}

func splitCustomField(field string) (t state.Type, name string, ok bool) {
	parts := strings.SplitN(field, " ", 3)
	if len(parts) != 3 || parts[0] != customPrefix {
		return state.TypeInvalid, "", false
	}
	for t := state.Bool; t <= state.People; t++ {
		if t.String() == parts[1] {
			return t, parts[2], true
		}
	}
	return state.TypeInvalid, "", false
}
