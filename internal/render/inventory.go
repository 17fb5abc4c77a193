package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"weir/recording"
	"weir/state"
)

// InventoryFormat and its major version stand in every inventory.
const InventoryFormat = "weir.inventory/1"

// InventoryReport is what a recording holds, in its JSON form.
type InventoryReport struct {
	Format          string          `json:"format"`
	RecordingDigest string          `json:"recording_digest"`
	Organization    string          `json:"organization"`
	TimeZone        string          `json:"time_zone"`
	First           *time.Time      `json:"first_capture"`
	Last            *time.Time      `json:"last_capture"`
	Files           int             `json:"files"`
	Users           []UserRow       `json:"users"`
	Salesforce      []KindRow       `json:"salesforce"`
	Mailboxes       []MailboxRow    `json:"mailboxes"`
	Views           []ViewRow       `json:"list_views"`
	Custom          []CustomRow     `json:"custom_fields"`
	Captures        []CaptureRow    `json:"captures"`
	NotRead         []NotReadRow    `json:"not_read"`
	Diagnostics     []DiagnosticRow `json:"diagnostics"`
}

// UserRow is one synced person.
type UserRow struct {
	Address      string `json:"address"`
	Name         string `json:"name"`
	SalesforceID string `json:"salesforce_id"`
	Provider     string `json:"provider"`
	Active       string `json:"active"` // "true", "false" or "unknown"
	TimeZone     string `json:"time_zone"`
	TimeZoneFrom string `json:"time_zone_from"`
	Recorded     bool   `json:"recorded"`
	Settings     string `json:"settings_page"` // "new", "legacy" or ""
}

// KindRow counts one kind.
type KindRow struct {
	Kind     string         `json:"kind"`
	Objects  int            `json:"objects"`
	States   map[string]int `json:"states"`
	Complete bool           `json:"complete"`
	Captured bool           `json:"captured"`
	First    *time.Time     `json:"first"`
	Last     *time.Time     `json:"last"`
	Missing  []string       `json:"missing"`
	Bounds   *BoundsRow     `json:"bounds"`
}

// BoundsRow are the limits of a bounded capture.
type BoundsRow struct {
	From   *time.Time `json:"from"`
	To     *time.Time `json:"to"`
	Folder string     `json:"folder"`
}

// MailboxRow is one mailbox.
type MailboxRow struct {
	Address        string         `json:"address"`
	Kinds          []KindRow      `json:"kinds"`
	Links          map[string]int `json:"links"`
	LinksFromFile  int            `json:"links_from_file"`
	LinksFromItems int            `json:"links_from_items"`
}

// ViewRow is one recorded list view.
type ViewRow struct {
	Name           string `json:"name"`
	Label          string `json:"label"`
	File           string `json:"file"`
	Members        int    `json:"members"`
	Complete       bool   `json:"complete"`
	MaybeTruncated bool   `json:"maybe_truncated"`
	Missing        string `json:"missing"`
	Result         bool   `json:"result"`   // a result was captured
	Filter         string `json:"filter"`   // the file that defines what the view shows, or ""
	Scope          string `json:"scope"`    // whose records it shows, as defined
	Unusable       string `json:"unusable"` // why the definition cannot be used, or ""
}

// CustomRow is one Salesforce field beyond the schema.
type CustomRow struct {
	On   string `json:"on"` // a kind, or "user"
	Name string `json:"name"`
	Type string `json:"type"`
}

// CaptureRow is what one source's folder showed of one kind.
type CaptureRow struct {
	At       time.Time  `json:"at"`
	Source   string     `json:"source"`
	Kind     string     `json:"kind"`
	Files    []string   `json:"files"`
	Full     bool       `json:"full"`
	Complete bool       `json:"complete"`
	Missing  []string   `json:"missing"`
	Bounds   *BoundsRow `json:"bounds"`
	Rows     int        `json:"rows"`
	Removed  int        `json:"removed"`
}

// NotReadRow is a file or folder that was left out.
type NotReadRow struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// NewInventoryReport lays out an inventory; the caller adds the digest and the
// diagnostics.
func NewInventoryReport(inv recording.Inventory) *InventoryReport {
	r := &InventoryReport{Format: InventoryFormat, First: instant(inv.First), Last: instant(inv.Last), Files: inv.Files}
	if inv.Manifest != nil {
		r.Organization, r.TimeZone = inv.Manifest.Organization.Name, inv.Manifest.Organization.TimeZone
	}
	for _, u := range inv.Users {
		r.Users = append(r.Users, UserRow{u.Address, u.Name, u.SalesforceID, u.Provider, u.Active.String(),
			u.TimeZone, u.TimeZoneFrom, u.Recorded, u.Settings})
	}
	r.Salesforce = kindRows(inv.Salesforce)
	for _, m := range inv.Mailboxes {
		r.Mailboxes = append(r.Mailboxes, MailboxRow{m.Address, kindRows(m.Kinds), counted(m.Links), m.LinksFromFile, m.LinksFromItems})
	}
	for _, v := range inv.Views {
		r.Views = append(r.Views, ViewRow{v.Name, v.Label, v.File, v.Members, v.Complete, v.MaybeTruncated, v.Why,
			v.Result, v.Filter, v.Scope, v.Unusable})
	}
	r.Custom = customRows(inv.Custom)
	for _, c := range inv.Captures {
		r.Captures = append(r.Captures, CaptureRow{c.At.UTC(), c.Source, c.Kind, c.Files, c.Full, c.Complete, c.Why,
			boundsRow(c.Bounds), c.Rows, c.Removed})
	}
	for _, n := range inv.NotRead {
		r.NotRead = append(r.NotRead, NotReadRow(n))
	}
	return r
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func kindRows(list []recording.KindInventory) []KindRow {
	rows := make([]KindRow, 0, len(list))
	for _, k := range list {
		rows = append(rows, KindRow{k.Kind, k.Objects, counted(k.States), k.Coverage.Complete, k.Coverage.Captured(),
			instant(k.Coverage.First), instant(k.Coverage.Last), k.Coverage.Why, boundsRow(k.Coverage.Bounds)})
	}
	return rows
}

// counted is never nil, so that JSON shows {} rather than null.
func counted(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

func boundsRow(b *state.Bounds) *BoundsRow {
	if b == nil {
		return nil
	}
	return &BoundsRow{instant(b.From), instant(b.To), b.Folder}
}

func customRows(c recording.CustomFields) []CustomRow {
	var rows []CustomRow
	for _, k := range state.Kinds() {
		for _, name := range sortedKeys(c.Items[k]) {
			rows = append(rows, CustomRow{k.String(), name, c.Items[k][name].String()})
		}
	}
	for _, name := range sortedKeys(c.User) {
		rows = append(rows, CustomRow{"user", name, c.User[name].String()})
	}
	return rows
}

// Inventory writes what a recording holds: who, how much of what, since when, how
// completely, and what was not read.
func Inventory(w io.Writer, r *InventoryReport, opts TextOptions) error {
	p := newPrinter(w, opts.Color)
	i := inventory{p, r, opts}
	p.line(p.paint(bold, joinDots(Escape(r.Organization), people(len(r.Users)), i.span(),
		count(len(r.Captures), "capture", "captures"), count(r.Files, "file", "files"))))
	i.users()
	i.timeline()
	i.salesforce()
	i.mailboxes()
	i.views()
	i.custom()
	i.captures()
	i.notRead()
	return p.flush()
}

type inventory struct {
	p    *printer
	r    *InventoryReport
	opts TextOptions
}

func (i inventory) span() string {
	if i.r.First == nil || i.r.Last == nil {
		return "no captures"
	}
	return utcClock.full(*i.r.First) + " to " + utcClock.full(*i.r.Last) + " UTC"
}

// section writes rows of columns under a heading; the last column is not padded.
func (i inventory) section(title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	i.p.blank()
	i.p.line(i.p.paint(bold, title))
	i.p.table("  ", rows)
}

// table writes rows in aligned columns, the last one as wide as it likes.
func (p *printer) table(indent string, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for c, text := range row {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], min(Width(text), 40))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		b.WriteString(indent)
		for c, text := range row {
			if c > 0 {
				b.WriteString("  ")
			}
			if c == len(row)-1 {
				b.WriteString(text)
				continue
			}
			b.WriteString(pad(text, widths[c]))
		}
		p.line(b.String())
	}
}

func (i inventory) users() {
	var rows [][]string
	for _, u := range i.r.Users {
		zone := Escape(u.TimeZone)
		if u.TimeZoneFrom != "" {
			zone += " (" + Escape(u.TimeZoneFrom) + ")"
		}
		var notes []string
		if u.Active == "false" {
			notes = append(notes, "inactive")
		}
		if !u.Recorded {
			notes = append(notes, "no Salesforce user recorded")
		}
		if u.Settings != "" {
			notes = append(notes, "own settings ("+Escape(u.Settings)+" page)")
		}
		if i.opts.Verbose {
			notes = append(notes, Escape(u.SalesforceID))
		}
		rows = append(rows, []string{Escape(cmp.Or(u.Name, u.Address)), Escape(u.Address), Escape(u.Provider), zone,
			strings.Join(notes, ", ")})
	}
	i.section("People", rows)
}

func (i inventory) salesforce() {
	var rows [][]string
	for _, k := range i.r.Salesforce {
		rows = append(rows, []string{Escape(k.Kind), Thousands(k.Objects), statesText(k.States), coverageText(k)})
	}
	i.section("Salesforce", rows)
}

// statesText is "118 live, 2 deleted", the most frequent first.
func statesText(states map[string]int) string {
	var parts []string
	for _, s := range ranked(states) {
		if s.n > 0 {
			parts = append(parts, Thousands(s.n)+" "+Escape(s.words))
		}
	}
	return strings.Join(parts, ", ")
}

func coverageText(k KindRow) string {
	switch {
	case !k.Captured:
		return "not captured"
	case k.Complete:
		return "complete" + boundsText(k.Bounds)
	}
	return "incomplete" + boundsText(k.Bounds) + colon(missingText(k.Missing))
}

func boundsText(b *BoundsRow) string {
	if b == nil {
		return ""
	}
	var parts []string
	if b.From != nil && b.To != nil {
		parts = append(parts, utcClock.full(*b.From)+" to "+utcClock.full(*b.To)+" UTC")
	}
	if b.Folder != "" {
		parts = append(parts, "folder "+Escape(b.Folder))
	}
	return " within " + cmp.Or(strings.Join(parts, ", "), "an unknown range")
}

func missingText(why []string) string {
	shown := slices.Clone(why)
	if len(shown) > 2 {
		shown = append(shown[:2:2], fmt.Sprintf("%d more", len(why)-2))
	}
	return Escape(strings.Join(shown, "; "))
}

func (i inventory) mailboxes() {
	var rows [][]string
	for _, m := range i.r.Mailboxes {
		for n, k := range m.Kinds {
			who := ""
			if n == 0 {
				who = Escape(m.Address)
			}
			rows = append(rows, []string{who, Escape(k.Kind), Thousands(k.Objects), statesText(k.States), coverageText(k)})
		}
		rows = append(rows, []string{"", "links", Thousands(m.LinksFromFile + m.LinksFromItems), statesText(m.Links), linkSources(m)})
	}
	i.section("Mailboxes", rows)
}

func linkSources(m MailboxRow) string {
	var parts []string
	if m.LinksFromFile > 0 {
		parts = append(parts, Thousands(m.LinksFromFile)+" from a links file")
	}
	if m.LinksFromItems > 0 {
		parts = append(parts, Thousands(m.LinksFromItems)+" from ids on items")
	}
	return strings.Join(parts, ", ")
}

func (i inventory) views() {
	var rows [][]string
	for _, v := range i.r.Views {
		state := "complete"
		switch {
		case !v.Result:
			state = "no result"
		case v.MaybeTruncated:
			state = "maybe cut short: good for in, unknown for not in"
		case !v.Complete:
			state = "incomplete" + colon(Escape(v.Missing))
		}
		rows = append(rows, []string{Escape(v.Name), Escape(v.Label), count(v.Members, "member", "members"), state, definitionText(v)})
	}
	i.section("List views", rows)
}

// definitionText says what is known of a view's filter; "" if nothing is.
func definitionText(v ViewRow) string {
	switch {
	case v.Filter == "":
		return ""
	case v.Unusable != "":
		return "filter of no use: " + Escape(v.Unusable)
	case v.Scope == "":
		return "filter recorded"
	}
	return "filter recorded, scope " + Escape(v.Scope)
}

func (i inventory) custom() {
	var rows [][]string
	for _, c := range i.r.Custom {
		rows = append(rows, []string{Escape(c.On), Escape(c.Name), Escape(c.Type)})
	}
	i.section("Fields beyond the schema", rows)
}

// timelineColumns is how many stretches of time the timeline is drawn in.
const timelineColumns = 60

// timeline draws when each source was captured: one column is a stretch of time,
// and shows the most that a capture in it held.
func (i inventory) timeline() {
	if i.r.First == nil || !i.r.Last.After(*i.r.First) {
		return
	}
	step := i.r.Last.Sub(*i.r.First)/(timelineColumns-1) + 1
	marks := map[string][]byte{}
	sources := []string{"salesforce"}
	for _, m := range i.r.Mailboxes {
		sources = append(sources, m.Address)
	}
	for _, s := range sources {
		marks[s] = []byte(strings.Repeat(".", timelineColumns))
	}
	for _, c := range i.r.Captures {
		if row := marks[c.Source]; row != nil {
			at := int(c.At.Sub(*i.r.First) / step)
			row[at] = max(row[at], timelineMark(c))
		}
	}
	rows := make([][]string, 0, len(sources)+1)
	for _, s := range sources {
		rows = append(rows, []string{Escape(s), strings.NewReplacer("~", "!", "e", "F", "a", "s").Replace(string(marks[s]))})
	}
	i.section("Timeline", append(rows, []string{"", "F everything, d changes only, s settings or links alone, ! something missing; a column is " + roughly(step)}))
}

// timelineMark is what a capture looks like; the larger the byte, the more it counts.
func timelineMark(c CaptureRow) byte {
	switch {
	case !c.Complete:
		return '~'
	case c.Kind == "settings" || c.Kind == "links":
		return 'a'
	case c.Full:
		return 'e'
	}
	return 'd'
}

// roughly is a stretch of time in words: days, hours or minutes.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return "about " + count(int(d.Round(24*time.Hour)/(24*time.Hour)), "day", "days")
	case d >= 2*time.Hour:
		return "about " + count(int(d.Round(time.Hour)/time.Hour), "hour", "hours")
	}
	return "about " + count(max(1, int(d.Round(time.Minute)/time.Minute)), "minute", "minutes")
}

// captures are listed with -v; otherwise only those that lack something.
func (i inventory) captures() {
	var rows [][]string
	for _, c := range i.r.Captures {
		if c.Complete && !i.opts.Verbose {
			continue
		}
		what := "delta"
		if c.Full {
			what = "full"
		}
		state := "complete"
		if !c.Complete {
			state = "incomplete" + colon(missingText(c.Missing))
		}
		rows = append(rows, []string{utcClock.full(c.At), Escape(c.Source), Escape(c.Kind), what,
			count(c.Rows, "row", "rows"), state + boundsText(c.Bounds)})
	}
	title := "Captures"
	if !i.opts.Verbose {
		title = "Incomplete captures"
	}
	i.section(title, rows)
}

func (i inventory) notRead() {
	var rows [][]string
	for _, n := range i.r.NotRead {
		rows = append(rows, []string{Escape(n.Path), Escape(n.Why)})
	}
	i.section("Not read", rows)
}
