package state

import (
	"slices"
	"strings"
)

// View is a recorded list view: its result, its filter, or both.
type View struct {
	ID, DeveloperName, Label string
	Kind                     Kind
	// Members are the ids of the recorded result; nil where no result was recorded.
	Members map[string]bool
	// Complete: a record that is not a member is known not to be in the view.
	Complete bool
	// MaybeTruncated: exactly as many rows as one page can hold.
	MaybeTruncated bool
	Why            string // what is missing when Complete is false
	File           string
	// Filter is what the view shows, as recorded; nil where no definition was.
	Filter *ViewFilter
}

// ViewFilter is what a list view shows: whose records, and which of them.
// It is what the recording says in neutral words; package listview makes a
// condition of it, for one person on one day.
type ViewFilter struct {
	Scope     ViewScope
	ScopeName string         // as recorded, for messages
	Condition *ViewCondition // nil: all records of the scope
	// Unusable says why nothing can be concluded from the filter; "" if it can.
	Unusable string
	File     string // where it was read
	Line     int
}

// ViewScope says whose records a list view shows. The zero value is not known.
type ViewScope uint8

// The scopes.
const (
	ScopeNotKnown   ViewScope = iota
	ScopeEverything           // all that the person may read
	ScopeMine                 // those of whoever looks
	ScopeElse                 // a queue's, a team's, a territory's: not recorded whose these are
)

// ViewJoin says what a part of a view's filter is. The zero value is invalid.
type ViewJoin uint8

// The forms of a part.
const (
	JoinInvalid ViewJoin = iota
	JoinField            // one field compared with values
	JoinAll              // all parts hold
	JoinAny              // some part holds
	JoinNot              // its one part does not hold
)

// ViewCondition is a part of a view's filter.
type ViewCondition struct {
	Join  ViewJoin
	Parts []*ViewCondition // of all but JoinField

	Field    string // the API name: "Email", "Account.Name", "Rating__c"
	Operator ViewOperator
	Values   []ViewValue // alternatives
	// Type is the type in which the recording holds a field beyond the schema;
	// TypeInvalid where no describe gives it one.
	Type Type
	// Problem says why the part cannot be understood; "" if it can.
	Problem string
	Line    int
}

// ViewValue is one value a field is compared with.
type ViewValue struct {
	Text string
	Null bool // nothing: null, or a blank
}

// ViewOperator compares a field with values. The zero value is invalid.
type ViewOperator uint8

// The operators of list views.
const (
	ViewOperatorInvalid ViewOperator = iota
	ViewEquals
	ViewNotEqual
	ViewLess
	ViewLessOrEqual
	ViewGreater
	ViewGreaterOrEqual
	ViewContains
	ViewNotContain
	ViewStartsWith
	ViewIncludes
	ViewExcludes
	ViewLike
	ViewNotLike
	ViewWithin
)

// ViewOperatorWords says how the two forms of a definition write an operator.
type ViewOperatorWords struct {
	Operator ViewOperator
	Metadata string // in *.listView-meta.xml; "" where it has no such operator
	Describe []string
	Doc      string
}

var viewOperators = [...]ViewOperatorWords{
	{ViewEquals, "equals", []string{"equals", "in"}, "the field is one of the values; texts without regard to case, ids exactly"},
	{ViewNotEqual, "notEqual", []string{"notEquals", "notIn"}, "the field is none of the values"},
	{ViewLess, "lessThan", []string{"lessThan"}, "less, or before the whole of a relative date"},
	{ViewLessOrEqual, "lessOrEqual", []string{"lessThanOrEqualTo"}, "less or equal; before a relative date or in it"},
	{ViewGreater, "greaterThan", []string{"greaterThan"}, "more, or after the whole of a relative date"},
	{ViewGreaterOrEqual, "greaterOrEqual", []string{"greaterThanOrEqualTo", "greaterThenOrEqualTo"}, "more or equal; in a relative date or after it"},
	{ViewContains, "contains", nil, "one of the values is a part of the text"},
	{ViewNotContain, "notContain", nil, "none of the values is a part of the text"},
	{ViewStartsWith, "startsWith", nil, "the text begins with one of the values"},
	{ViewIncludes, "includes", []string{"includes"}, "one of the values is chosen in a multi-select picklist; `a;b` wants both"},
	{ViewExcludes, "excludes", []string{"excludes"}, "none of the values is chosen"},
	{ViewLike, "", []string{"like"}, "a pattern fits: `%` is any text, `_` any character"},
	{ViewNotLike, "", []string{"notLike"}, "no pattern fits"},
	{ViewWithin, "within", []string{"within"}, "distance from a place: always unknown"},
}

// ViewOperators lists the operators in their order.
func ViewOperators() []ViewOperatorWords { return slices.Clone(viewOperators[:]) }

// String is the operator as list views' metadata writes it, else as a describe does.
func (o ViewOperator) String() string {
	for _, w := range viewOperators {
		if w.Operator != o {
			continue
		}
		if w.Metadata == "" {
			return w.Describe[0]
		}
		return w.Metadata
	}
	return "invalid"
}

// ParseViewOperator finds an operator by either form's word, in any case, blanks
// and underscores left out.
func ParseViewOperator(word string) (ViewOperator, bool) {
	word = strings.NewReplacer(" ", "", "_", "").Replace(word)
	for _, w := range viewOperators {
		known := func(name string) bool { return strings.EqualFold(name, word) }
		if word != "" && (known(w.Metadata) || slices.ContainsFunc(w.Describe, known)) {
			return w.Operator, true
		}
	}
	return ViewOperatorInvalid, false
}
