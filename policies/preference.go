package policies

import (
	"strings"

	"weir/state"
)

// The pages' JSON keys for the name of a custom view, beside the scope.
const (
	newViewKey    = "contacts.view"
	legacyViewKey = "filters.contacts_view"
	scopeIsView   = "view" // the choice that needs the name
)

// page is the vocabulary of one settings page.
type page struct {
	name    string
	key     func(*Entry) string
	invert  func(*Entry) bool
	label   func(Choice) string
	viewKey string
}

var pages = []page{
	{
		name:    "new",
		key:     func(e *Entry) string { return e.NewPage },
		invert:  func(*Entry) bool { return false },
		label:   func(c Choice) string { return c.New },
		viewKey: newViewKey,
	},
	{
		name:    "legacy",
		key:     func(e *Entry) string { return e.LegacyPage },
		invert:  func(e *Entry) bool { return e.LegacyInverted },
		label:   func(c Choice) string { return c.Legacy },
		viewKey: legacyViewKey,
	},
}

// preference is a person's own settings page, read by the catalogue.
type preference struct {
	values map[Setting]assignment
	broken []brokenSwitch
}

// brokenSwitch is a switch that could not be understood.
type brokenSwitch struct {
	value  state.PreferenceValue
	detail string
}

// readPreference reads a settings page in its own vocabulary. What it does not
// understand is unset and listed.
func readPreference(p *state.Preference, user string) preference {
	out := preference{values: map[Setting]assignment{}}
	if p == nil {
		return out
	}
	for _, pg := range pages {
		if pg.name == p.Page {
			r := pageReader{page: pg, from: p, user: user, out: &out}
			r.read()
			return out
		}
	}
	out.broken = append(out.broken, brokenSwitch{firstOf(p),
		"There is no settings page " + quoted(p.Page) + `; the pages are "new" and "legacy".`})
	return out
}

func firstOf(p *state.Preference) state.PreferenceValue {
	if len(p.Values) == 0 {
		return state.PreferenceValue{}
	}
	return p.Values[0]
}

// pageReader reads one page.
type pageReader struct {
	page page
	from *state.Preference
	user string
	out  *preference
}

func (r *pageReader) read() {
	settings := r.settings()
	for _, v := range r.from.Values {
		switch id, ok := settings[v.Key]; {
		case v.Key == "page" || v.Key == r.page.viewKey:
		case !ok:
			r.broken(v, "The "+r.page.name+" settings page has no switch "+quoted(v.Key)+"."+didYouMean(v.Key, sortedKeys(settings)))
		default:
			r.setting(id.Entry(), v)
		}
	}
}

// settings are the switches of the page, by key.
func (r *pageReader) settings() map[string]Setting {
	out := map[string]Setting{}
	for _, e := range Catalogue() {
		if key := r.page.key(&e); key != "" {
			out[key] = e.Setting
		}
	}
	return out
}

func (r *pageReader) broken(v state.PreferenceValue, detail string) {
	r.out.broken = append(r.out.broken, brokenSwitch{v, detail})
}

func (r *pageReader) setting(e *Entry, v state.PreferenceValue) {
	value := Value{Set: true}
	switch {
	case e.Type == ValueScope && !v.IsBool:
		var detail string
		if value, detail = r.scope(e, v.Text); detail != "" {
			r.broken(v, detail)
			return
		}
	case e.Type == ValueBool && v.IsBool:
		value.Bool = v.Bool != r.page.invert(e)
	case e.Type == ValueBool:
		r.broken(v, quoted(v.Key)+" takes true or false, not "+quoted(v.Text)+".")
		return
	default:
		r.broken(v, quoted(v.Key)+" takes one of the page's texts, not true or false.")
		return
	}
	r.out.values[e.Setting] = assignment{Value: value, origin: Origin{
		Layer: LayerPreference, Name: r.user, File: r.from.File, Line: v.Line}}
}

// scope reads the page's own label of a scope, whatever its case.
func (r *pageReader) scope(e *Entry, text string) (Value, string) {
	var labels []string
	for _, c := range e.Choices {
		label := r.page.label(c)
		labels = append(labels, label)
		if !strings.EqualFold(strings.TrimSpace(text), label) {
			continue
		}
		if c.Value != scopeIsView {
			return Value{Set: true, Text: c.Value}, ""
		}
		return r.customView()
	}
	return Value{}, "The scope is " + oneOf(labels) + " on this page, not " + quoted(text) + "." + didYouMean(text, labels)
}

// customView is the Salesforce list view that the person chose.
func (r *pageReader) customView() (Value, string) {
	for _, v := range r.from.Values {
		if name := strings.TrimSpace(v.Text); v.Key == r.page.viewKey && !v.IsBool && name != "" {
			view := &View{Name: name, ListView: name, Origin: Origin{
				Layer: LayerPreference, Name: r.user, File: r.from.File, Line: v.Line}}
			return Value{Set: true, Text: viewPrefix + name, View: view}, ""
		}
	}
	return Value{}, "The page says that a custom view is chosen, but not which: " + quoted(r.page.viewKey) + " is missing."
}
