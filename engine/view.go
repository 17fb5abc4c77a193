package engine

import (
	"fmt"
	"slices"
	"strings"

	"weir/policies"
	"weir/policies/cond"
	"weir/policies/listview"
	"weir/state"
)

// This file answers whether a contact is in a view. A policy's own filter is a
// condition. A Salesforce list view was recorded as a result, as a definition, or
// as both. A result counts where it is the same for everybody; a definition is
// evaluated for the synced person. Where both answer and disagree (the result has
// aged, or weir reads the definition in another way than Salesforce), neither is
// believed.

// viewAnswer is whether a contact is in a view, and why that is not known.
type viewAnswer struct {
	in  state.Truth
	why []string // of Unknown
}

// personalView is a recorded list view for one desk's person.
type personalView struct {
	*state.View
	// byResult: the recorded result is this person's too.
	byResult bool
	filter   *listview.Compiled // nil where no definition was recorded
}

// inView reports whether a contact is in a policy's view.
func (d *desk) inView(view *policies.View, it *state.Item) state.Truth {
	return d.lookUpView(view, it).in
}

func (d *desk) lookUpView(view *policies.View, it *state.Item) viewAnswer {
	if view.Filter != nil {
		s := d.subject(it, nil, nil)
		if d.opts.Observer != nil {
			d.opts.Observer.View(view, &s)
		}
		t, err := view.Filter.Eval(&s)
		if err != nil {
			return viewAnswer{state.Unknown, []string{err.Error()}}
		}
		if t == state.Unknown {
			return viewAnswer{t, unrecorded(view.Filter, &s)}
		}
		return viewAnswer{in: t}
	}
	v := d.personalView(view)
	if v == nil {
		return viewAnswer{state.Unknown, []string{"it was not recorded"}}
	}
	return v.answer(d, it)
}

func (v *personalView) answer(d *desk, it *state.Item) viewAnswer {
	result := v.byResultOnly(it)
	if v.filter == nil {
		return result
	}
	defined := v.byDefinition(d, it)
	switch {
	case !v.byResult || result.in == state.Unknown:
		return defined
	case defined.in == state.Unknown || defined.in == result.in:
		return result
	case result.in == state.True:
		return viewAnswer{state.Unknown, []string{"its recorded result has the contact and its definition leaves it out: " + recordAgain}}
	}
	return viewAnswer{state.Unknown, []string{"its definition has the contact and its recorded result does not: " + recordAgain}}
}

const recordAgain = "record the result again"

// byResultOnly is what the recorded result says.
func (v *personalView) byResultOnly(it *state.Item) viewAnswer {
	switch {
	case !v.byResult:
		return viewAnswer{state.Unknown, []string{v.View.Why}}
	case v.Members[it.ID]:
		return viewAnswer{in: state.True}
	case v.Complete:
		return viewAnswer{in: state.False}
	}
	return viewAnswer{state.Unknown, []string{"its result was not recorded completely: " + v.View.Why}}
}

// byDefinition is what the definition says, evaluated for the person.
func (v *personalView) byDefinition(d *desk, it *state.Item) viewAnswer {
	s := d.subject(it, nil, nil)
	t, err := v.filter.When.Eval(&s)
	switch {
	case err != nil:
		return viewAnswer{state.Unknown, []string{err.Error()}}
	case t != state.Unknown:
		return viewAnswer{in: t}
	}
	return viewAnswer{t, append(v.filter.Why(&s), unrecorded(v.filter.When, &s)...)}
}

// unrecorded names what a condition reads and the recording does not hold, where
// that is why the answer is unknown.
func unrecorded(e cond.Expr, s *cond.Subject) []string {
	var names []string
	for _, leaf := range cond.Explain(e, s).Deciding() {
		for _, seen := range leaf.Seen {
			if name := seen.Name + " was not recorded"; !seen.Value.IsRecorded() && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// personalView finds the recorded list view that a policy names and makes it the
// person's; nil if none was recorded.
func (d *desk) personalView(view *policies.View) *personalView {
	if v, ok := d.views[view.ListView]; ok {
		return v
	}
	var v *personalView
	if recorded := d.session.view(view); recorded != nil {
		v = d.personal(recorded)
	}
	if d.views == nil {
		d.views = map[string]*personalView{}
	}
	d.views[view.ListView] = v
	return v
}

func (d *desk) personal(recorded *state.View) *personalView {
	v := &personalView{View: recorded, byResult: recorded.Members != nil}
	if f := recorded.Filter; f != nil {
		c := listview.Compile(f, listview.Moment{User: d.user, Today: d.today, Zone: d.zone})
		v.filter = &c
		v.byResult = v.byResult && sameForAll(f)
	}
	return v
}

// sameForAll reports whether everybody who looks at the view sees the same
// records. A definition that cannot be used does not say, and neither does one
// without a scope: then a recorded result is believed, as without a definition.
func sameForAll(f *state.ViewFilter) bool {
	return f.Scope == state.ScopeEverything || f.Scope == state.ScopeNotKnown
}

// ownOnly reports a view that shows nothing but the person's own records.
func (v *personalView) ownOnly() bool {
	f := v.Filter
	return f != nil && f.Unusable == "" && f.Scope == state.ScopeMine
}

// view finds the recorded list view a policy names: by developer name or id, else
// by a label that one view alone has.
func (s *session) view(v *policies.View) *state.View {
	var labelled *state.View
	labels := 0
	for _, have := range s.snap.Views {
		if have.Kind != state.Contact && have.Kind != state.KindInvalid {
			continue
		}
		if strings.EqualFold(have.DeveloperName, v.ListView) || have.ID != "" && have.ID == v.ListView ||
			len(v.ListView) == 15 && strings.HasPrefix(have.ID, v.ListView) {
			return have
		}
		if have.Label != "" && have.Label == v.ListView {
			labelled = have
			labels++
		}
	}
	if labels != 1 {
		return nil
	}
	return labelled
}

// viewText is the answer of the check in words.
func (p *pair) viewText(r state.Truth) string {
	view := p.settings.Get(policies.ContactsScope).View
	switch {
	case view == nil:
		return "no view limits the scope"
	case r == state.True:
		return "in view " + view.Name
	case r == state.False:
		return "not in view " + view.Name
	}
	why := strings.Join(p.lookUpView(view, p.rec).why, "; ")
	switch {
	case view.ListView != "":
		return "list view " + view.ListView + " cannot be evaluated: " + why
	case why == "":
		return "view " + view.Name + " reads something that was not recorded"
	}
	return "view " + view.Name + " cannot be evaluated: " + why
}

// noteView notes what is to be known about the list view of the person's scope.
func (d *desk) noteView(v *policies.View) {
	if v == nil || v.Filter != nil {
		return
	}
	note := func(code, format string, args ...any) {
		g := d.notes.entry(code, v.ListView)
		g.addUser(d.user)
		g.addDetail("list view " + v.ListView + " " + fmt.Sprintf(format, args...))
	}
	found := d.personalView(v)
	if found == nil {
		note("view_unavailable", "was not recorded: contacts are held, none is taken for out of the view")
		return
	}
	switch {
	case found.filter != nil && len(found.filter.Unclear) > 0 && !(found.byResult && found.Complete):
		note("view_unavailable", "cannot be evaluated (%s): contacts that depend on this are held", strings.Join(found.filter.Unclear, "; "))
	case found.filter != nil:
		if doubt := d.doubtInView(found); doubt != "" {
			note("view_unavailable", "cannot be evaluated (%s): contacts that depend on this are held", doubt)
		}
	case found.MaybeTruncated:
		note("view_maybe_truncated", "returned exactly as many rows as one answer can hold: it may go on")
	case !found.Complete:
		note("view_unavailable", "was not recorded completely (%s): contacts missing from it are held", found.Why)
	}
}

// doubtInView says why it is unknown of some contact whether it is in a view; "" if
// it is known of all.
func (d *desk) doubtInView(v *personalView) string {
	for _, list := range [][]*state.Object{d.find(state.Contact, state.ByUser, d.user.ID), d.viewed(v)} {
		for _, o := range list {
			if o == nil || o.State() != state.Live || o.Item() == nil {
				continue
			}
			if a := v.answer(d, o.Item()); a.in == state.Unknown && len(a.why) > 0 {
				return strings.Join(a.why, "; ")
			}
		}
	}
	return ""
}
