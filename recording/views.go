package recording

import (
	"time"

	"weir/recording/salesforce"
	"weir/state"
)

// This file puts list views together: pages of results, definitions (describes and
// metadata) and the list of list views, each captured when it was.

// viewAt is what one capture says of a list view.
type viewAt struct {
	at time.Time
	// result: rows were captured; view is nil if they are not usable.
	result bool
	view   *state.View
	filter *state.ViewFilter
	kind   state.Kind
	id     string
	label  string
	file   string
	inv    ViewInventory
}

func (w *world) addViews(at time.Time, out *salesforce.Output) {
	declared := map[string]bool{}
	for _, feed := range out.Feeds {
		declared[feed.File] = declared[feed.File] || feed.Declared == state.True
	}
	byName := map[string][]salesforce.ViewPage{}
	for _, p := range out.Views {
		if p.Result && declared[p.File] && p.Usable && p.Why == "" {
			p.Done, p.Declared = state.True, true
		}
		byName[p.DeveloperName] = append(byName[p.DeveloperName], p)
	}
	for _, name := range sortedKeys(byName) {
		w.views[name] = append(w.views[name], newView(at, name, byName[name]))
	}
}

// newView puts together what one capture says of one list view.
func newView(at time.Time, name string, pages []salesforce.ViewPage) viewAt {
	v := viewAt{at: at}
	var results []salesforce.ViewPage
	incompatible := false
	for _, p := range pages {
		if p.Result {
			results = append(results, p)
		}
		if p.Filter != nil {
			v.filter = p.Filter
		}
		incompatible = incompatible || p.Compatible == state.False
		v.id, v.label, v.file = first(v.id, p.ID), first(v.label, p.Label), first(v.file, p.File)
		if v.kind == state.KindInvalid {
			v.kind = p.Kind
		}
	}
	switch {
	case incompatible && v.filter != nil:
		unusable := *v.filter
		unusable.Unusable = salesforce.NotCompatible
		v.filter = &unusable
	case incompatible:
		v.filter = &state.ViewFilter{Unusable: salesforce.NotCompatible, File: v.file}
	}
	v.inv = ViewInventory{Name: name, Label: v.label, File: v.file}
	if len(results) > 0 {
		v.addResult(name, results)
	}
	return v
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// viewPageSize is the most rows one answer of a list view can hold.
const viewPageSize = 2000

// addResult puts the pages of one list view's result together.
func (x *viewAt) addResult(name string, pages []salesforce.ViewPage) {
	v := &state.View{ID: pages[0].ID, DeveloperName: name, Label: pages[0].Label, Kind: pages[0].Kind, File: pages[0].File,
		Members: map[string]bool{}, Complete: true}
	usable, ended := true, false
	for _, p := range pages {
		usable = usable && p.Usable
		ended = ended || p.Done != state.False
		if p.Why != "" {
			v.Complete, v.Why = false, p.File+": "+p.Why
		}
		for _, id := range p.Members {
			v.Members[id] = true
		}
		v.MaybeTruncated = v.MaybeTruncated || p.Rows == viewPageSize && p.Done != state.False && !p.Declared
	}
	switch {
	case !ended:
		v.Complete = false
		v.Why = pages[len(pages)-1].File + ": the answer is one page of several (\"done\": false), and the rest was not recorded"
	case v.MaybeTruncated && v.Complete:
		v.Complete = false
		v.Why = pages[len(pages)-1].File + ": exactly 2,000 rows, as many as one answer can hold, so there may be more"
	}
	x.result = true
	x.inv = ViewInventory{Name: name, Label: v.Label, File: v.File, Result: true, Members: len(v.Members), Complete: v.Complete && usable,
		MaybeTruncated: v.MaybeTruncated, Why: v.Why}
	if usable {
		x.view = v
	}
}

// viewsAt are the usable list views up to t: the latest result and the latest
// definition of each. What only an id tells to be the same view is put together.
func (w *world) viewsAt(t time.Time) []*state.View {
	var out []*state.View
	for _, name := range sortedKeys(w.views) {
		if v, _ := foldView(name, w.views[name], t); v != nil {
			out = append(out, v)
		}
	}
	return sameViews(out)
}

// foldView lays a view's captures up to t over one another; nil if none of them
// can be used.
func foldView(name string, list []viewAt, t time.Time) (*state.View, ViewInventory) {
	v := &state.View{DeveloperName: name}
	var result *state.View
	var inv ViewInventory
	for _, x := range list {
		if x.at.After(t) {
			continue
		}
		v.ID, v.Label, v.File = first(x.id, v.ID), first(x.label, v.Label), first(x.file, v.File)
		if x.kind != state.KindInvalid {
			v.Kind = x.kind
		}
		if x.result {
			result, inv = x.view, x.inv
		}
		if x.filter != nil {
			v.Filter = x.filter
		}
		inv.Name, inv.Label, inv.File = name, first(x.inv.Label, inv.Label), first(inv.File, x.inv.File)
	}
	if v.Filter != nil {
		inv.Filter, inv.Scope, inv.Unusable = v.Filter.File, v.Filter.ScopeName, v.Filter.Unusable
	}
	if result != nil {
		merged := *result
		merged.Filter, merged.ID, merged.Label = v.Filter, v.ID, v.Label
		return &merged, inv
	}
	if v.Filter == nil {
		return nil, inv
	}
	if v.Why = "its result was not recorded"; inv.Result {
		v.Why = first(inv.Why, "its result cannot be used")
	}
	return v, inv
}

// sameViews puts views together that share an id, such as a describe in a file
// named by the id and a result that knows its name.
func sameViews(list []*state.View) []*state.View {
	byID := map[string]*state.View{}
	out := list[:0]
	for _, v := range list {
		known := byID[v.ID]
		if v.ID == "" || known == nil {
			byID[v.ID] = v
			out = append(out, v)
			continue
		}
		if known.Members == nil && v.Members != nil {
			filter, name := known.Filter, known.DeveloperName
			*known = *v
			if known.Filter == nil {
				known.Filter = filter
			}
			if isIDName(known.DeveloperName) {
				known.DeveloperName = name
			}
		} else if known.Filter == nil {
			known.Filter = v.Filter
		}
		if isIDName(known.DeveloperName) {
			known.DeveloperName = v.DeveloperName
		}
	}
	return out
}

// isIDName reports a file named by a list view's id, which is no developer name.
func isIDName(name string) bool {
	_, problem := salesforce.NormalizeID(name)
	return problem == salesforce.IDFine && len(name) >= 15 && name[:3] == "00B"
}
