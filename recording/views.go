package recording

import (
	"time"

	"weir/recording/salesforce"
	"weir/state"
)

// addViews adds the list views of a capture.
func (w *world) addViews(at time.Time, out *salesforce.Output) {
	declared := map[string]bool{}
	for _, feed := range out.Feeds {
		declared[feed.File] = declared[feed.File] || feed.Declared == state.True
	}
	byName := map[string][]salesforce.ViewPage{}
	for _, p := range out.Views {
		if declared[p.File] && p.Usable && p.Why == "" {
			p.Done, p.Declared = state.True, true
		}
		byName[p.DeveloperName] = append(byName[p.DeveloperName], p)
	}
	for _, name := range sortedKeys(byName) {
		w.views[name] = append(w.views[name], newView(at, name, byName[name]))
	}
}

// viewPageSize is the most rows one answer of a list view can hold.
const viewPageSize = 2000

// newView puts the pages of one list view together.
func newView(at time.Time, name string, pages []salesforce.ViewPage) viewAt {
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
	inv := ViewInventory{Name: name, Label: v.Label, File: v.File, Members: len(v.Members), Complete: v.Complete && usable,
		MaybeTruncated: v.MaybeTruncated, Why: v.Why}
	if !usable {
		v = nil
	}
	return viewAt{at, v, inv}
}
