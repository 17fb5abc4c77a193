package salesforce

import (
	"strings"

	"weir/recording/jsonstream"
	"weir/recording/textpos"
	"weir/recording/wire"
	"weir/state"
)

// ViewPage is what one file says of a list view: a page of its result, its
// definition (a describe, or metadata), or its row in the list of list views.
type ViewPage struct {
	ID, DeveloperName, Label, File string
	Kind                           state.Kind
	// Result: the file holds rows of the view (or should).
	Result bool
	// Filter is the definition; nil if the file holds none.
	Filter *state.ViewFilter
	// Named: the payload itself says the developer name; else it is the file's name.
	Named bool
	// Compatible says whether Salesforce can put the view into SOQL; Unknown if the
	// file does not say.
	Compatible state.Truth
	Members    []string
	Rows       int
	Done       state.Truth // Unknown if the payload does not say
	Usable     bool        // false: no Id column, or an error instead of rows
	Declared   bool        // capture.json says that nothing is missing
	Why        string      // what is missing in this page
}

// viewHead collects the members of a list view's result that are no rows.
type viewHead struct {
	id, developerName, label string
	pos                      textpos.Pos
	def                      definition
}

func (h *viewHead) member(f *file, path string, v *jsonstream.Value) {
	switch path {
	case "id":
		h.id = v.Text()
		h.pos = v.Pos
	case "developerName":
		h.developerName = v.Text()
	case "label":
		h.label = wire.Text(v.Text())
	case "columns":
		f.columns = v.Is(jsonstream.Array)
	default:
		h.def.member(f, path, v)
	}
}

// viewRow reads one record of a list view's result.
func (f *file) viewRow(v *jsonstream.Value) {
	f.isView = true
	f.pages.Rows++
	for _, col := range v.Get("columns").Items {
		if !strings.EqualFold(col.Get("fieldNameOrPath").Text(), "Id") {
			continue
		}
		if value := col.Get("value"); value.Text() != "" {
			id := f.env.ID(f.in.Path, value.Pos, value.Str)
			f.pages.Members = append(f.pages.Members, id)
			if k := KindOfID(id); f.pages.Kind == state.KindInvalid {
				f.pages.Kind = k
			}
			return
		}
	}
	if f.noID++; f.noID == 1 {
		f.env.Problems.Warn(f.in.Path, v.Pos, "List view without ids", "The rows of this list view do not show the Id column, so its members cannot be told. Record the result again: ask the list view's results endpoint, which adds the column by itself, or add it to the view.")
	}
}

// finishView hands over a list view's page; false if the file is none.
func (f *file) finishView(err *textpos.Error) bool {
	if f.finishDefinition() || f.listed {
		return true
	}
	isView := f.isView || f.in.Type == "list_view" || (f.columns && f.view.developerName != "")
	if !isView {
		return false
	}
	p := f.pages
	p.File, p.ID, p.DeveloperName, p.Label = f.in.Path, f.view.id, f.view.developerName, f.view.label
	if p.ID != "" {
		p.ID = f.env.ID(f.in.Path, f.view.pos, p.ID)
	}
	p.Result, p.Named = true, p.DeveloperName != ""
	if !p.Named {
		p.DeveloperName = f.in.Name
	}
	if p.Kind == state.KindInvalid {
		p.Kind = state.Contact
	}
	p.Done = f.done
	p.Usable = f.noID == 0 && f.failed == "" && (f.isView || f.columns || err == nil)
	switch {
	case f.failed != "":
		p.Why = "Salesforce answered with an error"
	case f.noID > 0:
		p.Why = "its rows show no Id column"
	case err != nil:
		p.Why = "it could not be read to its end"
	case len(f.lost) > 0:
		p.Why = strings.Join(f.lost, "; ")
	}
	f.out.Views = append(f.out.Views, p)
	feed := &wire.Feed{Kind: "list_view", File: f.in.Path, Full: true, Rows: p.Rows, Done: f.done, Total: -1, Group: p.DeveloperName}
	if p.Why != "" {
		feed.Lack(p.Why)
	}
	f.out.Feeds = append(f.out.Feeds, feed)
	return true
}
