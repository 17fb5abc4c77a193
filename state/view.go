package state

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

var viewOperators = [...]string{"invalid", "equals", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual",
	"contains", "notContain", "startsWith", "includes", "excludes", "like", "notLike", "within"}

// String is the operator as list views' metadata writes it.
func (o ViewOperator) String() string { return viewOperators[o] }
