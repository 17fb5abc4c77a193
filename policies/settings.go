package policies

import (
	"cmp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/state"
)

// Layer names where a value comes from, low to high as in the language reference.
type Layer string

// The layers, and "rule" for what a rule decides.
const (
	LayerDefaults   Layer = "defaults"
	LayerOrg        Layer = "org"
	LayerGroup      Layer = "group"
	LayerRego       Layer = "rego"
	LayerUser       Layer = "user"
	LayerPreference Layer = "preference"
	LayerRule       Layer = "rule"
)

// Origin says where in the policy a value or rule stands. File is relative to
// the policy root ("defaults.hcl" for the embedded lowest layer); Line counts
// from 1.
type Origin struct {
	Layer Layer
	Name  string // the group's, user's or rule's label; "" for org and defaults
	File  string
	Line  int
}

// Resolved is one setting's value for one user, with where it came from and
// what it overruled (highest first).
type Resolved struct {
	Value
	Origin    Origin
	Overruled []Overruled
	// Locked says why the person's own page cannot change the setting ("forced by
	// org.hcl:12"); "" where it can, and for settings that are on no page.
	Locked string
}

// Overruled is a value a higher layer (or "forced") put out of effect.
type Overruled struct {
	Value  Value
	Origin Origin
	// Why is "" when a higher layer simply won, else the reason in words ("forced
	// by org.hcl:12", "equals the product's default").
	Why string
}

// Value is a setting's value. Which field counts depends on the setting's type
// in the catalogue.
type Value struct {
	Set       bool   // false: no layer sets it (limits that are off)
	Bool      bool   // switches
	Text      string // enums, and "all", "mine" or "view:NAME" for a scope
	Days      int    // windows
	Unlimited bool   // windows
	Number    int64  // limits
	View      *View  // the view of a scope, nil for all and mine
}

// View is a named set of contacts: a recorded list view or a filter.
type View struct {
	Name     string
	ListView string    // developer name or id of a recorded list view; "" for a filter
	Filter   cond.Expr // nil for a list view
	Origin   Origin

	filterRange hcl.Range
}

// FilterLine is the line of the view's filter; of a list view the block's.
func (v *View) FilterLine() int { return cmp.Or(v.filterRange.Start.Line, v.Origin.Line) }

// Direction says which way a rule applies.
type Direction uint8

// Directions of a rule.
const (
	DirectionInvalid Direction = iota
	Down
	Up
	Both
)

// Has reports whether the direction covers d.
func (d Direction) Has(other Direction) bool { return d == Both || d == other }

// Effect says what a matching rule does.
type Effect uint8

// Effects of a rule.
const (
	EffectInvalid Effect = iota
	Exclude
	Hold
)

// Rule is a compiled sync rule.
type Rule struct {
	Name      string
	Kinds     []state.Kind // never empty: all kinds where the policy names none
	Direction Direction
	When      cond.Expr
	Effect    Effect
	Reason    string   // the admin's words; may be empty
	Groups    []string // limits the rule to members of any of these groups; nil for everybody
	// Batched: a part of When is better asked about many things at a time.
	Batched bool
	About
	Origin Origin

	rng       hcl.Range // of the block's header
	whenRange hcl.Range // of the condition
}

// WhenLine is the line of the rule's condition.
func (r *Rule) WhenLine() int { return cmp.Or(r.whenRange.Start.Line, r.Origin.Line) }

// About is what an entry says of itself for its readers.
type About struct {
	Description, Owner string
	// Until is the last day the entry is meant to stand; it applies afterwards
	// too, with a warning. HasUntil says whether a day is given.
	Until    state.Date
	HasUntil bool
}

// AppliesTo reports whether the rule is about the kind and direction.
func (r *Rule) AppliesTo(k state.Kind, d Direction) bool {
	if !r.Direction.Has(d) {
		return false
	}
	for _, have := range r.Kinds {
		if have == k {
			return true
		}
	}
	return false
}

// UserRule is a rule as it bears on one user: Member is Unknown when the rule is
// limited to groups whose membership cannot be told for this user.
type UserRule struct {
	*Rule
	Member state.Truth
}

// Settings are everything a policy says about one user.
type Settings struct {
	User *state.User
	// Values by Setting; read them through the methods.
	Values [NumSettings]Resolved
	// Rules that bear on the user, by file and line.
	Rules  []UserRule
	common *commonRules // of the policy
	// MembershipUnknown names groups whose membership could not be told and would
	// change a setting, and rules of weir.settings of which the same is true
	// (LayerRego): the user is planned without them, everything held.
	MembershipUnknown []Origin
	// PreferenceWins lists the settings in which the person's own preference beats
	// a value the policy sets above the defaults.
	PreferenceWins []Setting
	// Problems are errors of this user's resolution (groups that disagree).
	Problems hcl.Diagnostics
	// Asked is told which settings are read; nil for nobody.
	Asked func(Setting)
}

// Get is one resolved setting.
func (s *Settings) Get(id Setting) Resolved {
	if s.Asked != nil {
		s.Asked(id)
	}
	return s.Values[id]
}

// ForKind is a setting that exists per kind ("downsync", "when_out"); ok is
// false where the kind has no such setting.
func (s *Settings) ForKind(k state.Kind, name string) (Resolved, bool) {
	id, ok := perKind[k][name]
	if !ok {
		return Resolved{}, false
	}
	return s.Get(id), true
}

// SwitchOf is the kind's downsync switch.
func SwitchOf(k state.Kind) Setting { return perKind[k]["downsync"] }

// UpsyncOf is the kind's upsync setting.
func UpsyncOf(k state.Kind) Setting { return perKind[k]["upsync"] }

// perKind finds the settings of a kind by their name below it: decisions ask for
// them item by item.
var perKind = func() (out [4]map[string]Setting) {
	for _, k := range state.Kinds() {
		out[k] = map[string]Setting{}
		for _, e := range Catalogue() {
			if name, ok := strings.CutPrefix(e.Path, k.Plural()+"."); ok {
				out[k][name] = e.Setting
			}
		}
	}
	return out
}()
