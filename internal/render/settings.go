package render

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"weir/policies"
	"weir/state"
)

// SettingsFormat and its major version stand in every settings report.
const SettingsFormat = "weir.settings/1"

// SettingsReport is what a policy says about one person, in its JSON form.
type SettingsReport struct {
	Format          string          `json:"format"`
	Demo            bool            `json:"demo,omitempty"`
	PolicyDigest    string          `json:"policy_digest"`
	RecordingDigest string          `json:"recording_digest"`
	User            string          `json:"user"`
	Name            string          `json:"name"`
	TimeZone        string          `json:"time_zone"`
	At              time.Time       `json:"at"`
	Settings        []SettingRow    `json:"settings"`
	Rules           []RuleRow       `json:"rules"`
	Checks          []CheckRow      `json:"checks"`
	Unknown         []OriginRow     `json:"membership_unknown"`
	PreferenceWins  []string        `json:"preference_wins"`
	Page            *Page           `json:"page,omitempty"`
	entries         []settingsEntry // what the rows were made from
}

type settingsEntry struct {
	policies.Entry
	policies.Resolved
}

// SettingRow is one resolved setting.
type SettingRow struct {
	Path      string         `json:"path"`
	Value     any            `json:"value"` // bool, text ("14d", "view:NAME"), number, or null where nothing sets it
	Origin    OriginRow      `json:"origin"`
	Overruled []OverruledRow `json:"overruled"`
}

// OriginRow is a place in the policy or in a person's recorded preference.
type OriginRow struct {
	Layer string `json:"layer"`
	Name  string `json:"name"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// OverruledRow is a value that is not in effect.
type OverruledRow struct {
	Value  any       `json:"value"`
	Origin OriginRow `json:"origin"`
	Why    string    `json:"why"`
}

// RuleRow is a rule that bears on the person.
type RuleRow struct {
	Name      string    `json:"name"`
	Kinds     []string  `json:"kinds"`
	Direction string    `json:"direction"`
	Effect    string    `json:"effect"`
	Condition string    `json:"condition"`
	Member    string    `json:"member"` // "true", or "unknown" where group membership cannot be told
	Reason    string    `json:"reason"`
	Origin    OriginRow `json:"origin"`
}

// CheckRow is one question that the settings ask of a record before it comes
// down: it does if all of its kind hold.
type CheckRow struct {
	Kind      string    `json:"kind"`
	Code      string    `json:"code"` // the reason where it fails
	Condition string    `json:"condition"`
	Origin    OriginRow `json:"origin"`
}

// NewSettingsReport lays out one person's settings; the caller fills in the
// digests, the instant and what concerns the demo.
func NewSettingsReport(s *policies.Settings) *SettingsReport {
	r := &SettingsReport{Format: SettingsFormat, User: s.User.Address, Name: s.User.Name()}
	if s.User.Zone != nil {
		r.TimeZone = s.User.Zone.String()
	}
	for _, entry := range policies.Catalogue() {
		resolved := s.Get(entry.Setting)
		r.entries = append(r.entries, settingsEntry{entry, resolved})
		r.Settings = append(r.Settings, settingRow(entry, resolved))
	}
	for _, rule := range s.Rules {
		r.Rules = append(r.Rules, ruleRow(rule))
	}
	for _, k := range state.Kinds() {
		for _, c := range s.Checks(k) {
			r.Checks = append(r.Checks, CheckRow{k.String(), c.Code, c.Holds.String(), originRow(c.Origin)})
		}
	}
	for _, o := range s.MembershipUnknown {
		r.Unknown = append(r.Unknown, originRow(o))
	}
	for _, id := range s.PreferenceWins {
		for _, e := range r.entries {
			if e.Setting == id {
				r.PreferenceWins = append(r.PreferenceWins, e.Path)
			}
		}
	}
	return r
}

func settingRow(e policies.Entry, r policies.Resolved) SettingRow {
	row := SettingRow{Path: e.Path, Value: jsonValue(e, r.Value), Origin: originRow(r.Origin)}
	for _, o := range r.Overruled {
		row.Overruled = append(row.Overruled, OverruledRow{jsonValue(e, o.Value), originRow(o.Origin), o.Why})
	}
	return row
}

func originRow(o policies.Origin) OriginRow {
	return OriginRow{string(o.Layer), o.Name, o.File, o.Line}
}

func ruleRow(r policies.UserRule) RuleRow {
	row := RuleRow{Name: r.Name, Direction: directionName(r.Direction), Effect: effectName(r.Effect),
		Reason: r.Reason, Member: r.Member.String(), Origin: originRow(r.Origin)}
	for _, k := range r.Kinds {
		row.Kinds = append(row.Kinds, k.String())
	}
	if r.When != nil {
		row.Condition = r.When.String()
	}
	return row
}

func directionName(d policies.Direction) string {
	return map[policies.Direction]string{policies.Down: "down", policies.Up: "up", policies.Both: "both"}[d]
}

func effectName(e policies.Effect) string {
	return map[policies.Effect]string{policies.Exclude: "exclude", policies.Hold: "hold"}[e]
}

// jsonValue is a setting's value as policies write it, null where nothing sets it.
func jsonValue(e policies.Entry, v policies.Value) any {
	switch {
	case !v.Set:
		return nil
	case e.Type == policies.ValueBool:
		return v.Bool
	case e.Type == policies.ValueNumber:
		return v.Number
	}
	return e.Format(v)
}

func valueText(v any) string {
	if v == nil {
		return "(not set)"
	}
	return Escape(fmt.Sprint(v))
}

func (o OriginRow) text() string {
	at := Escape(o.File)
	if o.Line > 0 {
		at = fmt.Sprintf("%s:%d", at, o.Line)
	}
	switch {
	case o.Layer == "preference":
		return joinWords("own settings page", at)
	case o.Name != "":
		return joinWords(Escape(o.Layer)+" "+Escape(o.Name), at)
	}
	return at
}

func joinWords(parts ...string) string { return strings.Join(nonEmpty(parts), " ") }

// Settings writes a person's settings as text: every setting with its origin and
// what it overruled, or, if the report has one, the settings page.
func Settings(w io.Writer, r *SettingsReport, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	head := joinDots(p.paint(bold, Escape(r.Name))+" "+Escape(r.User), Escape(r.TimeZone),
		"settings on "+r.At.UTC().Format("2 Jan 2006 15:04")+" UTC")
	p.line(head)
	p.blank()
	if r.Page != nil {
		p.page(r.Page)
		return p.flush()
	}
	p.settingRows(r.Settings, opts.Full)
	p.ruleRows(r.Rules)
	if opts.Full {
		p.checkRows(r.Checks)
	}
	p.settingNotes(r)
	return p.flush()
}

// settingRows leaves out limits that nothing sets, unless all are asked for.
func (p *printer) settingRows(rows []SettingRow, all bool) {
	paths, values := 0, 0
	for _, row := range rows {
		paths = max(paths, len(row.Path))
		values = max(values, min(Width(valueText(row.Value)), maxTitleWidth))
	}
	for _, row := range rows {
		if row.Value == nil && len(row.Overruled) == 0 && !all {
			continue
		}
		words := nonEmpty([]string{row.Origin.text()})
		for _, o := range row.Overruled {
			words = append(words, overruledText(valueText(o.Value), o.Origin.text(), o.Why))
		}
		t := plain
		if row.Origin.Layer == "defaults" {
			t = dim
		}
		p.line("  "+pad(row.Path, paths), p.paint(bold, pad(valueText(row.Value), values)),
			p.paint(t, strings.Join(words, "; ")))
	}
}

func (p *printer) ruleRows(rules []RuleRow) {
	if len(rules) == 0 {
		return
	}
	p.blank()
	p.line("Rules")
	for _, r := range rules {
		member := ""
		if r.Member == "unknown" {
			member = p.paint(warn, "(group membership cannot be told)")
		}
		p.line("  "+Escape(r.Name), Escape(r.Effect)+" "+strings.Join(r.Kinds, ", ")+" going "+ways(r.Direction)+
			" when "+Escape(r.Condition), p.paint(dim, r.Origin.text()), member)
	}
}

// checkRows writes what the settings ask of a record, where they ask anything.
func (p *printer) checkRows(checks []CheckRow) {
	p.blank()
	p.line("What is asked of a record before it comes down")
	kinds, conditions := 0, 0
	checks = slices.DeleteFunc(slices.Clone(checks), func(c CheckRow) bool { return c.Condition == "true" })
	for _, c := range checks {
		kinds = max(kinds, len(c.Kind))
		conditions = max(conditions, min(Width(Escape(c.Condition)), maxTitleWidth))
	}
	for _, c := range checks {
		p.line("  "+pad(Escape(c.Kind), kinds), pad(Escape(c.Condition), conditions), p.paint(dim, c.Origin.text()))
	}
}

func ways(direction string) string {
	if direction == "both" {
		return "up or down"
	}
	return Escape(direction)
}

func (p *printer) settingNotes(r *SettingsReport) {
	if len(r.PreferenceWins) > 0 {
		p.blank()
		p.line(p.paint(warn, "Watch") + "  the person's own settings page beats the policy in " + Escape(strings.Join(r.PreferenceWins, ", ")))
	}
	if len(r.Unknown) > 0 {
		p.blank()
		var groups []string
		for _, o := range r.Unknown {
			groups = append(groups, o.text())
		}
		p.line(p.paint(warn, "Held") + "   everything: it cannot be told whether the person is in " + strings.Join(groups, ", "))
	}
}
