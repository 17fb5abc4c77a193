package policies

import (
	"slices"

	"weir/policies/cond"
	"weir/state"
)

// This file makes conditions of settings: windows, scopes and participation are
// questions about a record as rules are, and one evaluator answers both.

// Check is one question of the verdict: a record comes down only if every one of
// its kind holds.
type Check struct {
	Code   string    // the reason where it fails
	Holds  cond.Expr // over the record's attributes and facts
	Origin Origin    // the setting it was made of, else the kind's switch
}

// checkDef says how a check is made.
type checkDef struct {
	code    string
	kinds   []state.Kind             // it is about
	setting func(state.Kind) Setting // that stands behind it
	holds   func(*Settings, state.Kind) cond.Expr
}

var (
	onlyTask    = []state.Kind{state.Task}
	onlyEvent   = []state.Kind{state.Event}
	onlyContact = []state.Kind{state.Contact}
	taskEvent   = []state.Kind{state.Task, state.Event}
	allKinds    = []state.Kind{state.Contact, state.Task, state.Event}
)

// checkDefs lists the checks in the order in which the first failing one is the
// reason.
var checkDefs = []checkDef{
	{"logged_activity", onlyTask, always(TasksLogged), notLogged},
	{"not_participant", taskEvent, SwitchOf, takesPart},
	{"declined", onlyEvent, always(EventsWhenDeclined), notDeclined},
	{"no_read_access", allKinds, SwitchOf, fact(cond.Readable)},
	{"not_owner", onlyContact, always(ContactsScope), ownedIfMine},
	{"not_in_view", onlyContact, always(ContactsScope), inScopeView},
	{"before_window", taskEvent, pastOf, notBefore},
	{"after_window", onlyEvent, always(EventsFuture), notAfter},
	{"unsupported", onlyEvent, SwitchOf, fact(cond.Supported)},
	{"excluded", allKinds, SwitchOf, notExcluded},
}

// CheckInfo is one check of the verdict, whatever the settings.
type CheckInfo struct {
	Code  string       // its reason code
	Kinds []state.Kind // the kinds it is about
}

// AllChecks lists the checks of the verdict in their order.
func AllChecks() []CheckInfo {
	out := make([]CheckInfo, len(checkDefs))
	for i, def := range checkDefs {
		out[i] = CheckInfo{def.code, def.kinds}
	}
	return out
}

// Checks are the checks of a kind in their order, as these settings have them.
func (s *Settings) Checks(k state.Kind) []Check {
	out := make([]Check, 0, len(checkDefs))
	for i := range checkDefs {
		if def := &checkDefs[i]; def.about(k) {
			out = append(out, Check{def.code, def.holds(s, k), s.Values[def.setting(k)].Origin})
		}
	}
	return out
}

func (d *checkDef) about(k state.Kind) bool {
	return slices.Contains(d.kinds, k)
}

func always(id Setting) func(state.Kind) Setting { return func(state.Kind) Setting { return id } }

func pastOf(k state.Kind) Setting {
	if k == state.Task {
		return TasksCompleted
	}
	return EventsPast
}

func fact(f cond.FactName) func(*Settings, state.Kind) cond.Expr {
	holds := is(f)
	return func(*Settings, state.Kind) cond.Expr { return holds }
}

func is(f cond.FactName) cond.Expr { return cond.IsTrue(cond.Fact{Name: f}) }

// loggedTypes are the subtypes of tasks that note what was done.
var loggedTypes = []state.Value{state.TextValue("Call"), state.TextValue("Email"), state.TextValue("ListEmail")}

// What does not depend on a person's settings is made once.
var (
	closed = cond.IsTrue(cond.Attr{Attr: state.AttrClosed})
	// The subtype is asked of closed tasks only: of an open one nothing is assumed.
	unlogged    = cond.Negate(cond.AllOf(closed, cond.IsIn(cond.Fact{Name: cond.ActivityType}, loggedTypes)))
	owned       = is(cond.Owned)
	ownOrGuest  = cond.AnyOf(owned, is(cond.Invited))
	undeclined  = cond.Negate(is(cond.Declined))
	keptOrOpen  = cond.AnyOf(is(cond.HasLink), undeclined)
	occurs      = is(cond.Occurs)
	notExcludes = cond.Negate(is(cond.Excluded))
)

func notExcluded(*Settings, state.Kind) cond.Expr { return notExcludes }

func notLogged(s *Settings, _ state.Kind) cond.Expr {
	if s.Values[TasksLogged].Text == "include" {
		return cond.Const(true)
	}
	return unlogged
}

// takesPart: a task is its assignee's; an event its owner's and its invitees'.
func takesPart(_ *Settings, k state.Kind) cond.Expr {
	if k == state.Task {
		return owned
	}
	return ownOrGuest
}

func notDeclined(s *Settings, _ state.Kind) cond.Expr {
	if s.Get(EventsWhenDeclined).Text == "skip" {
		return undeclined
	}
	return keptOrOpen
}

func ownedIfMine(s *Settings, _ state.Kind) cond.Expr {
	if scope := &s.Values[ContactsScope]; scope.View != nil || scope.Text == "all" {
		return cond.Const(true)
	}
	return owned
}

func inScopeView(s *Settings, _ state.Kind) cond.Expr {
	if view := s.Values[ContactsScope].View; view != nil {
		return cond.IsTrue(cond.Fact{Name: cond.InView, View: view.Name})
	}
	return cond.Const(true)
}

// Scope is the condition that a record is among those of its kind that these
// settings choose: a task or event by the window, a contact by the scope.
func (s *Settings) Scope(k state.Kind) cond.Expr {
	switch k {
	case state.Task:
		return notBefore(s, k)
	case state.Event:
		return cond.AllOf(notBefore(s, k), notAfter(s, k))
	}
	return cond.AllOf(ownedIfMine(s, k), inScopeView(s, k))
}

// notBefore: a task is open, due or touched inside the window; an event, or an
// occurrence of it, ends inside the window or after it.
func notBefore(s *Settings, k state.Kind) cond.Expr {
	past := s.Values[pastOf(k)].Value
	switch {
	case k == state.Task && past.Unlimited:
		return cond.Const(true)
	case k == state.Task:
		return cond.AnyOf(cond.Negate(closed), since(cond.Attr{Attr: state.AttrDue}, past), since(cond.Fact{Name: cond.TouchedDay}, past))
	case past.Unlimited:
		return occurs
	}
	return since(cond.Fact{Name: cond.LastDay}, past)
}

func since(t cond.Term, past Value) cond.Expr {
	return cond.Comparison(cond.GreaterEqual, t, today(-past.Days))
}

func today(days int) cond.Term {
	if days == 0 {
		return cond.Today{}
	}
	return cond.Shift{Of: cond.Today{}, Days: days}
}

// notAfter: the event, or the next occurrence that the window to the past has not
// left behind, begins before the window ends.
func notAfter(s *Settings, _ state.Kind) cond.Expr {
	past, future := s.Values[EventsPast].Value, s.Values[EventsFuture].Value
	if future.Unlimited {
		return occurs
	}
	next := cond.Fact{Name: cond.FirstDay}
	if !past.Unlimited {
		next.Since = today(-past.Days)
	}
	return cond.Comparison(cond.LessEqual, next, today(future.Days))
}
