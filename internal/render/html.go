package render

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"

	"weir/check"
	"weir/compare"
	"weir/engine"
)

// This file writes a brief as one HTML file that asks for nothing else: style and
// script stand in it and are the only ones its Content-Security-Policy lets run.
// Everything can be read without the script; filtering needs it.

// Bounds of a page, beyond which a browser gets slow. What is left out is said.
const (
	maxPageRows     = 4000 // operations; removals and held ones come first
	maxPageFlips    = 2000
	maxPageFindings = 500
	maxPageBars     = 400 // of a timeline; sessions beyond share bars
	openRows        = 300 // with more operations than this the sessions are folded
)

//go:embed html/page.html
var pageText string

//go:embed html/page.css
var pageStyle string

//go:embed html/page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"n": Thousands, "escape": Escape, "people": people, "count": count, "proof": proofName, "examples": exampleTexts,
	"notAllTried": func() string { return notAllTried },
}).Parse(pageText))

// page is what the template shows.
type page struct {
	*Brief
	Style, Script template.HTML
	Policy        string // Content-Security-Policy
	Tiles         []tile
	Measures      []measure
	Severities    []severityGroup
	MoreFindings  int
	Timelines     []timeline
	Kinds, Users  []chartRow
	Legend        []class
	Blocks        []sessionBlock
	Rows, More    int // operations shown and left out
	Open          bool
	Choices       choices
	Flips         []flipRow
	MoreFlips     int
	Losing, Equal int
	Proofs        []compare.Proof
	Tests         testCount
}

// class is a sort of operation in charts: its name in the style sheet and in words.
type class struct{ Name, Words string }

var classes = []class{{"create", "creations and restores"}, {"update", "updates in mailboxes"}, {"remove", "removals in mailboxes"},
	{"salesforce", "in Salesforce"}, {"link", "links only"}, {"held", "held"}}

type tile struct {
	class
	Count int
}

// measure is one number before and after a change, with the lengths of its bars: 100
// is the longest of all.
type measure struct {
	Words              string
	Before, After      int
	BeforeBar, AftBar  string
	Changed, Dangerous bool
}

type severityGroup struct {
	Name, Words string
	Findings    []check.Finding
}

type segment struct {
	class
	Count int
	X, W  string // of 1000
	Y, H  string // of 100
}

type timeline struct {
	Recording, From, To string
	Bars                []timelineBar
}

type timelineBar struct {
	Target   string // of the first session in it
	Label    string
	X, W     string
	Segments []segment
}

type chartRow struct {
	Label    string
	Counts   []int // by class
	Total    int
	Segments []segment
}

type sessionBlock struct {
	ID, Title, Counts string
	Rows              []pageRow
	Left              int
}

type pageRow struct {
	BriefRow
	class
}

type choices struct{ Users, Ops, Kinds []string }

type flipRow struct{ User, Kind, What, Session, Before, After, Causes string }

type testCount struct{ Passed, Failed int }

// HTML writes a page: what would change, for whom and when, what was found, and
// each operation with its reason.
func HTML(w io.Writer, b *Brief) error {
	p := &page{Brief: b, Style: template.HTML("<style>" + pageStyle + "</style>"), Script: template.HTML("<script>" + pageScript + "</script>"),
		Policy: "default-src 'none'; style-src '" + sourceHash(pageStyle) + "'; script-src '" + sourceHash(pageScript) + "'; base-uri 'none'; form-action 'none'"}
	p.charts()
	p.severities()
	p.operations()
	p.timelines()
	p.comparison()
	for _, c := range b.Cases {
		if c.Passed {
			p.Tests.Passed++
		} else {
			p.Tests.Failed++
		}
	}
	return pageTemplate.Execute(&markup{w: w}, p)
}

// sourceHash names a text as Content-Security-Policy does.
func sourceHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// classOf is the class a row counts in, or -1 for one that is shown and not counted.
func classOf(r BriefRow) int {
	name := ""
	switch {
	case r.Void != "":
		return -1
	case r.Held:
		name = "held"
	case r.Side == string(engine.OnSalesforce):
		name = "salesforce"
	case r.Side == string(engine.OnLink):
		name = "link"
	case r.Op == string(engine.OpCreate) || r.Op == string(engine.OpRestore):
		name = "create"
	case r.Op == string(engine.OpDelete):
		name = "remove"
	default:
		name = "update"
	}
	return slices.IndexFunc(classes, func(c class) bool { return c.Name == name })
}

// charts counts rows by class, kind and person.
func (p *page) charts() {
	all := make([]int, len(classes))
	kinds, users := map[string][]int{}, map[string][]int{}
	add := func(m map[string][]int, key string, c int) {
		if m[key] == nil {
			m[key] = make([]int, len(classes))
		}
		m[key][c]++
	}
	for _, s := range p.Sessions {
		for _, r := range s.Rows {
			if c := classOf(r); c >= 0 {
				all[c]++
				add(kinds, r.Kind, c)
				add(users, r.User, c)
			}
		}
	}
	p.Kinds, p.Users = chart(kinds), chart(users)
	p.Legend = classes
	if len(p.Kinds) > 0 {
		for i, n := range all {
			p.Tiles = append(p.Tiles, tile{classes[i], n})
		}
	}
}

// chart lays rows out as bars on one scale, the longest first.
func chart(m map[string][]int) []chartRow {
	var rows []chartRow
	longest := 1
	for _, key := range sortedKeys(m) {
		r := chartRow{Label: key, Counts: m[key]}
		for _, n := range r.Counts {
			r.Total += n
		}
		longest = max(longest, r.Total)
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b chartRow) int { return cmp.Compare(b.Total, a.Total) })
	for i := range rows {
		at := 0
		for c, n := range rows[i].Counts {
			if n > 0 {
				rows[i].Segments = append(rows[i].Segments, segment{class: classes[c], Count: n, X: tenths(at*1000, longest), W: tenths(n*1000, longest)})
				at += n
			}
		}
	}
	return rows
}

// tenths is a fraction with one decimal.
func tenths(a, b int) string { return fmt.Sprintf("%.1f", float64(a)/float64(b)) }

func (p *page) severities() {
	list := bySeverity(p.Findings)
	if n := len(list) - maxPageFindings; n > 0 {
		p.MoreFindings, list = n, list[:maxPageFindings]
	}
	for _, g := range []severityGroup{{Name: "error", Words: "Errors"}, {Name: "warning", Words: "Warnings"}, {Name: "notice", Words: "Notices"}} {
		for _, f := range list {
			if cmp.Or(sarifLevels[f.Severity], "note") == cmp.Or(sarifLevels[engine.Severity(g.Name)], "note") {
				g.Findings = append(g.Findings, f)
			}
		}
		if len(g.Findings) > 0 {
			p.Severities = append(p.Severities, g)
		}
	}
}

// opWord is an operation in words.
func opWord(r BriefRow) string {
	switch r.Op {
	case string(engine.OpDelete):
		return "remove"
	case string(engine.OpReactivate):
		return "relink"
	}
	return r.Op
}

// operations picks the rows that are shown, those that take something away or are
// held before all others.
func (p *page) operations() {
	first, total := 0, 0
	for _, s := range p.Sessions {
		for _, r := range s.Rows {
			total++
			if weighty(r) {
				first++
			}
		}
	}
	budget := [2]int{max(0, maxPageRows-first), maxPageRows} // others, weighty ones
	seen := [3]map[string]bool{{}, {}, {}}
	for i, s := range p.Sessions {
		b := sessionBlock{ID: fmt.Sprintf("s%d", i), Title: joinDots(Escape(s.Recording), "Session "+Thousands(s.Number), s.At)}
		if s.Recording == "" {
			b.Title = joinDots("Session "+Thousands(s.Number), s.At)
		}
		b.Counts = count(len(s.Rows), "operation", "operations")
		for _, r := range s.Rows {
			kept := &budget[0]
			if weighty(r) {
				kept = &budget[1]
			}
			if *kept == 0 {
				b.Left++
				continue
			}
			*kept--
			b.Rows = append(b.Rows, newPageRow(r))
			seen[0][r.User], seen[1][opWord(r)], seen[2][r.Kind] = true, true, true
		}
		p.Rows, p.More = p.Rows+len(b.Rows), p.More+b.Left
		p.Blocks = append(p.Blocks, b)
	}
	p.Open = total <= openRows
	p.Choices = choices{sortedKeys(seen[0]), sortedKeys(seen[1]), sortedKeys(seen[2])}
}

func weighty(r BriefRow) bool {
	return r.Held || r.Op == string(engine.OpDelete) || r.Op == string(engine.OpDecline)
}

func newPageRow(r BriefRow) pageRow {
	row := pageRow{BriefRow: r, class: class{"void", r.Void}}
	if c := classOf(r); c >= 0 {
		row.class = classes[c]
	}
	row.Op = opWord(r)
	return row
}

// timelines draws the sessions of each recording by their number, which runs with
// time.
func (p *page) timelines() {
	for from := 0; from < len(p.Sessions); {
		to := from + 1
		for to < len(p.Sessions) && p.Sessions[to].Recording == p.Sessions[from].Recording {
			to++
		}
		if to-from > 1 {
			p.Timelines = append(p.Timelines, drawTimeline(p.Sessions[from:to], from))
		}
		from = to
	}
}

func drawTimeline(list []BriefSession, offset int) timeline {
	t := timeline{Recording: Escape(list[0].Recording), From: list[0].At, To: list[len(list)-1].At}
	first := list[0].Number
	span := list[len(list)-1].Number - first + 1
	slots := min(span, maxPageBars)
	type slot struct {
		counts      []int
		total       int
		start, last int
	}
	bars := map[int]*slot{}
	highest := 1
	for i, s := range list {
		at := (s.Number - first) * slots / max(span, 1)
		b := bars[at]
		if b == nil {
			b = &slot{counts: make([]int, len(classes)), start: i}
			bars[at] = b
		}
		b.last = i
		for _, r := range s.Rows {
			if c := classOf(r); c >= 0 {
				b.counts[c]++
				b.total++
			}
		}
		highest = max(highest, b.total)
	}
	width := min(max(800/slots, 6), 48) // of 1000, with gaps where there is room
	for at := range slots {
		b := bars[at]
		if b == nil {
			continue
		}
		bar := timelineBar{Target: fmt.Sprintf("s%d", offset+b.start), X: tenths(at*(1000-width), max(slots-1, 1)), W: fmt.Sprint(width)}
		bar.Label = joinDots("Session "+Thousands(list[b.start].Number), list[b.start].At)
		if n := b.last - b.start; n > 0 {
			bar.Label += fmt.Sprintf(" and %d more", n)
		}
		used := 0
		for c, n := range b.counts {
			if n > 0 {
				used += n
				bar.Segments = append(bar.Segments, segment{class: classes[c], Count: n, Y: tenths((highest-used)*100, highest), H: tenths(n*100, highest)})
				bar.Label += fmt.Sprintf(", %s %s", Thousands(n), classes[c].Words)
			}
		}
		t.Bars = append(t.Bars, bar)
	}
	return t
}

// comparison lays out before and after.
func (p *page) comparison() {
	if p.Diff == nil {
		return
	}
	before, after := countRow("", p.Diff.Before), countRow("", p.Diff.After)
	p.Measures = []measure{
		{Words: "creations in mailboxes", Before: before.Creations, After: after.Creations},
		{Words: "updates in mailboxes", Before: before.Updates, After: after.Updates},
		{Words: "restores in mailboxes", Before: before.Restores, After: after.Restores},
		{Words: "removals in mailboxes", Before: before.Removals, After: after.Removals, Dangerous: true},
		{Words: "creations in Salesforce", Before: before.SFCreations, After: after.SFCreations},
		{Words: "updates in Salesforce", Before: before.SFUpdates, After: after.SFUpdates},
		{Words: "removals in Salesforce", Before: before.SFRemove, After: after.SFRemove, Dangerous: true},
		{Words: "held", Before: before.Held, After: after.Held},
	}
	longest := 1 // of all, so that bars can be compared with each other
	for _, m := range p.Measures {
		longest = max(longest, m.Before, m.After)
	}
	for i := range p.Measures {
		m := &p.Measures[i]
		m.BeforeBar, m.AftBar = tenths(m.Before*100, longest), tenths(m.After*100, longest)
		m.Changed = m.Before != m.After
		m.Dangerous = m.Dangerous && m.After > m.Before
	}
	p.Losing = losingMost(p.Diff.Users)
	for _, proof := range p.Diff.Proofs {
		if proof.Relation == compare.Equal {
			p.Equal++
			continue
		}
		p.Proofs = append(p.Proofs, proof)
	}
	for i, f := range p.Diff.Decisions {
		if i == maxPageFlips {
			p.MoreFlips = len(p.Diff.Decisions) - i
			break
		}
		p.Flips = append(p.Flips, p.flip(f))
	}
}

func (p *page) flip(f compare.Flip) flipRow {
	row := flipRow{User: f.User, Kind: f.Kind, What: p.thing(f.Kind, f.Title, f.RecordID, f.ItemID), Session: Thousands(f.Session),
		Before: p.decision(f.Before), After: p.decision(f.After)}
	row.Causes = because(p.Diff, f)
	return row
}

// chartView is a chart with its headings; More people are left out of it.
type chartView struct {
	Title, Head string
	Rows        []chartRow
	More        int
}

// maxChartRows bounds a chart; those with most operations come first.
const maxChartRows = 50

// Chart is a chart of at most maxChartRows.
func (p *page) Chart(title, head string, rows []chartRow) chartView {
	shown := rows[:min(len(rows), maxChartRows)]
	return chartView{title, head, shown, len(rows) - len(shown)}
}

// Total is how many operations there are, shown or not.
func (p *page) Total() int { return p.Rows + p.More }

// Place is where a cause or a proof stands in the new policy, or else in the old.
func (p *page) Place(refs ...*engine.PolicyRef) string {
	for _, ref := range refs {
		if at := place(ref); at != "" {
			return at
		}
	}
	return ""
}
