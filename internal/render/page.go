package render

import (
	"strings"

	"weir/policies"
)

// Page is a person's Sync Settings page as it would look under the policy, in the
// page's own words, and what the page has no place for.
type Page struct {
	Page     string    `json:"page"` // "new" or "legacy"
	Switches []Switch  `json:"switches"`
	Beyond   []Unpaged `json:"not_on_the_page"`
}

// Switch is one line of the page.
type Switch struct {
	Path   string    `json:"path"`
	Label  string    `json:"label"`
	Shows  string    `json:"shows"`
	Origin OriginRow `json:"origin"`
	// Locked says why the person cannot change the switch; "" where they can.
	Locked string `json:"locked"`
	// Note says where the page's word is not the whole truth.
	Note string `json:"note"`
}

// Unpaged is something in effect for the person that no page can express.
type Unpaged struct {
	What   string    `json:"what"`
	Why    string    `json:"why"`
	Origin OriginRow `json:"origin"`
}

// pageTitles are the pages' names for people.
var pageTitles = map[string]string{"new": "Sync Settings (new page)", "legacy": "Sync Settings (legacy page)"}

// Pages lists the pages [SettingsReport.WithPage] knows.
func Pages() []string { return []string{"new", "legacy"} }

// WithPage adds the settings page ("new" or "legacy") to the report.
func (r *SettingsReport) WithPage(page string) {
	r.Page = &Page{Page: page}
	for _, e := range r.entries {
		if onPage(e.Entry, page) {
			r.Page.Switches = append(r.Page.Switches, switchOf(e, page))
		}
		if why := beyondPage(e); why != "" {
			r.Page.Beyond = append(r.Page.Beyond, Unpaged{
				What:   e.Path + " = " + e.Format(e.Value),
				Why:    why,
				Origin: originRow(e.Origin),
			})
		}
	}
	for _, o := range r.Unknown {
		r.Page.Beyond = append(r.Page.Beyond, Unpaged{
			What:   "group " + o.Name,
			Why:    "it cannot be told whether the person is in it: everything is held",
			Origin: o,
		})
	}
	for _, rule := range r.Rules {
		r.Page.Beyond = append(r.Page.Beyond, Unpaged{
			What:   "rule " + rule.Name,
			Why:    "the page has no rules: " + rule.Effect + " " + strings.Join(rule.Kinds, ", ") + " going " + ways(rule.Direction),
			Origin: rule.Origin,
		})
	}
}

func onPage(e policies.Entry, page string) bool {
	if page == "legacy" {
		return e.LegacyPage != ""
	}
	return e.NewPage != ""
}

func switchOf(e settingsEntry, page string) Switch {
	s := Switch{Path: e.NewPage, Label: e.NewLabel, Origin: originRow(e.Origin)}
	inverted := false
	if page == "legacy" {
		s.Path, s.Label, inverted = e.LegacyPage, e.LegacyLabel, e.LegacyInverted
	}
	switch {
	case e.Type == policies.ValueBool && e.Bool != inverted:
		s.Shows = "on"
	case e.Type == policies.ValueBool:
		s.Shows = "off"
	default:
		s.Shows = choiceText(e, page)
	}
	if page == "new" {
		s.Label = kindLabel(e.Entry) + s.Label
	}
	s.Locked, s.Note = e.Locked, preferenceNote(e.Resolved)
	if s.Note == "" && s.Locked != "" {
		s.Note = "the person cannot change it: " + s.Locked
	}
	return s
}

// kindLabel puts the block's name before labels that stand inside a block of the
// new page.
func kindLabel(e policies.Entry) string {
	kind := e.Kind().Plural()
	if kind == "" || strings.EqualFold(kind, e.NewLabel) {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:] + ": "
}

// choiceText is a scope in the page's words, the view named.
func choiceText(e settingsEntry, page string) string {
	value, view, _ := strings.Cut(e.Text, ":")
	if e.View != nil && e.View.ListView != "" {
		view = e.View.ListView
	}
	words := value
	for _, c := range e.Choices {
		if c.Value != value {
			continue
		}
		words = c.New
		if page == "legacy" {
			words = c.Legacy
		}
	}
	if view != "" {
		words += ": " + view
	}
	return words
}

// preferenceNote says that the person's own choice does not count.
func preferenceNote(r policies.Resolved) string {
	for _, o := range r.Overruled {
		if o.Origin.Layer == policies.LayerPreference && o.Why != "" {
			return "the person's own choice does not count: " + o.Why
		}
	}
	return ""
}

// beyondPage says why no page can express a setting as it stands; "" where a page
// can, or where the built-in default is in effect.
func beyondPage(e settingsEntry) string {
	switch {
	case !e.Value.Set || e.Origin.Layer == policies.LayerDefaults:
		return ""
	case e.Setting == policies.Sync && e.Text == "off":
		return "no page can switch a whole person off: nothing is synced, and what the switches show does not count"
	case e.Type == policies.ValueScope && e.View != nil && e.View.Filter != nil:
		return "the page chooses among Salesforce list views; this view is a condition"
	case e.NewPage != "" || e.LegacyPage != "":
		return ""
	case e.NewLabel == "(fixed)" || e.LegacyLabel == "(fixed)":
		return "fixed on the page"
	}
	return "no switch for it on either page"
}

func (p *printer) page(page *Page) {
	p.line(p.paint(bold, pageTitles[page.Page]))
	labels, shows := 0, 0
	for _, s := range page.Switches {
		labels = max(labels, Width(s.Label))
		shows = max(shows, min(Width(Escape(s.Shows)), maxTitleWidth))
	}
	for _, s := range page.Switches {
		p.line("  "+pad(s.Label, labels), p.paint(bold, pad(Escape(s.Shows), shows)), p.paint(dim, s.Origin.text()), Escape(s.Note))
	}
	p.blank()
	if len(page.Beyond) == 0 {
		p.line("Nothing else is set that the page could not show.")
		return
	}
	p.line(p.paint(bold, "What no page can express"))
	for _, u := range page.Beyond {
		p.line("  "+Escape(u.What), Escape(u.Why), p.paint(dim, u.Origin.text()))
	}
}
