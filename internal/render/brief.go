package render

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"weir/check"
	"weir/compare"
	"weir/engine"
	"weir/policytest"
	"weir/simulate"
)

// Brief is what a plan, a simulation, a comparison, a test run or a check has to say,
// in the form that all formats for CI are made of. Titles of records and items are
// personal data: they are in it only if they were asked for, and then only those that
// the plan itself shows.
type Brief struct {
	Headline string // one line: what it is about
	Verdict  string
	Rejected bool
	Counts   []CountRow
	Findings []check.Finding
	Parts    []check.Part
	Cases    []policytest.Case
	Sessions []BriefSession
	People   []PersonRow
	Diff     *compare.Report
	Titles   bool
}

// CountRow is a line of the table of what would change.
type CountRow struct {
	Label                            string
	Creations, Updates, Removals     int // in mailboxes
	Restores                         int
	SFCreations, SFUpdates, SFRemove int // in Salesforce; declines count as removals
	Held                             int
}

// BriefSession is one session with something to show.
type BriefSession struct {
	Recording string
	Number    int
	At        string // UTC
	Rows      []BriefRow
}

// BriefRow is one operation.
type BriefRow struct {
	User, Op, Kind, Side, What, Why, Policy string
	Held                                    bool
	// Void says why it is shown and not counted: another operation forestalled it, or a
	// fault struck it. "" for all others.
	Void string
}

// PersonRow is what a person's operations come to, over all sessions.
type PersonRow struct {
	User                              string
	Creations, Updates, Removals, Ups int // Ups: operations on Salesforce
	Held                              int
}

// BriefOptions say how a brief is made.
type BriefOptions struct {
	Titles bool
	// PolicyDir stands before the names of the policy's files, so that they are
	// relative to the repository's root.
	PolicyDir string
}

// Format writes a brief in one of the formats for CI.
type Format func(w io.Writer, b *Brief) error

// Formats are the formats that a brief can be written in, by the name --format has
// for them.
func Formats() map[string]Format {
	return map[string]Format{"sarif": SARIF, "junit": JUnit, "github": GitHub, "markdown": Markdown, "html": HTML}
}

// FormatNames lists them in the order of the documents.
func FormatNames() []string { return []string{"junit", "sarif", "github", "markdown", "html"} }

// PlanBrief is the brief of one session.
func PlanBrief(p *engine.Plan, h Header, t *Tally, o BriefOptions) *Brief {
	b := newBrief(o, string(p.Verdict), p.Verdict == engine.VerdictRejected)
	b.Headline = joinDots(Escape(h.Organization), people(t.People), "plan for "+utcClock.full(p.At)+" UTC", "policy "+Escape(h.Policy))
	b.Counts = []CountRow{countRow("this session", p.Summary)}
	b.findings(p.Findings, p.Guardrails, o)
	b.sessions("", o, p)
	return b
}

// SimulationBrief is the brief of a run.
func SimulationBrief(r *simulate.Result, h Header, t *Tally, o BriefOptions) *Brief {
	b := newBrief(o, string(r.Verdict), r.Verdict == engine.VerdictRejected)
	b.Headline = joinDots(Escape(h.Organization), people(t.People), utcClock.full(r.From)+" to "+utcClock.full(r.To)+" UTC",
		count(r.SessionsRun, "session", "sessions"), "policy "+Escape(h.Policy))
	b.Counts = []CountRow{countRow("all sessions", r.Summary)}
	b.findings(r.Findings, r.Guardrails, o)
	b.sessions("", o, r.Sessions...)
	return b
}

// DiffBrief is the brief of a comparison.
func DiffBrief(r *compare.Report, o BriefOptions) *Brief {
	b := newBrief(o, string(r.Verdict), r.Verdict == engine.VerdictRejected)
	b.Headline = fmt.Sprintf("%s for %s of %s", changed(r.Flips), Thousands(r.Affected), people(r.People))
	b.diff(r)
	return b
}

func changed(n int) string {
	if n == 1 {
		return "1 decision changes"
	}
	return Thousands(n) + " decisions change"
}

func (b *Brief) diff(r *compare.Report) {
	b.Diff = r
	b.Counts = append(b.Counts, countRow("before", r.Before), countRow("after", r.After))
}

// TestBrief is the brief of a test run.
func TestBrief(r *policytest.Report, o BriefOptions) *Brief {
	b := newBrief(o, string(r.Verdict), r.Verdict != policytest.Passed)
	b.Headline = joinDots(count(r.Passed, "test passed", "tests passed"), Thousands(r.Failed)+" failed")
	if broken := brokenFiles(r); broken > 0 {
		b.Headline = joinDots(b.Headline, countFiles(broken)+" could not be used")
	}
	b.Cases = placed(r.Cases, o)
	for _, p := range r.Problems {
		b.Findings = append(b.Findings, check.Finding{Rule: check.RuleID(p.Found), Part: check.PartTest, Severity: engine.Severity(p.Severity),
			Text: p.Summary + ": " + p.Detail, File: repositoryPath(o.PolicyDir, p.File), Line: p.Line, Column: p.Column})
	}
	b.caseFindings()
	return b
}

// CheckBrief is the brief of a check: everything its parts have to say.
func CheckBrief(r *check.Report, o BriefOptions) *Brief {
	b := newBrief(o, string(r.Verdict), r.Verdict != check.Passed)
	errors, warnings := 0, 0
	for _, f := range r.Findings {
		switch f.Severity {
		case engine.SeverityError:
			errors++
		case engine.SeverityWarning:
			warnings++
		}
	}
	b.Headline = joinDots(code(checkWords(r.Verdict)), count(errors, "error", "errors"), count(warnings, "warning", "warnings"))
	b.Parts = r.Parts
	if r.Diff != nil {
		b.diff(r.Diff)
	}
	for _, s := range r.Simulations {
		if r.Diff == nil {
			b.Counts = append(b.Counts, countRow(Escape(s.Recording), s.Result.Summary))
		}
		b.sessions(s.Recording, o, s.Result.Sessions...)
	}
	for _, f := range r.Findings {
		b.Findings = append(b.Findings, b.guarded(f))
	}
	if r.Tests != nil {
		b.Cases = placed(r.Tests.Cases, o)
	}
	return b
}

func newBrief(o BriefOptions, verdict string, rejected bool) *Brief {
	return &Brief{Verdict: code(verdict), Rejected: rejected, Titles: o.Titles}
}

func countRow(label string, s engine.Summary) CountRow {
	m, f := s.Operations.Mailbox, s.Operations.Salesforce
	return CountRow{Label: label, Creations: m.Create, Updates: m.Update, Removals: m.Delete, Restores: m.Restore,
		SFCreations: f.Create, SFUpdates: f.Update, SFRemove: f.Delete + f.Decline, Held: s.Held}
}

// worded are the parts whose findings are worded with what a recording holds; those of
// others that name items are as well.
var worded = []string{"simulation", "simulate", "limits", "guardrails"}

// guarded leaves titles out of a finding's text unless they were asked for.
func (b *Brief) guarded(f check.Finding) check.Finding {
	if b.Titles || !slices.Contains(worded, f.Part) && len(f.Items) == 0 {
		return f
	}
	f.Text = untitled(f.Rule, f.Users, f.Items)
	return f
}

// untitled words a finding without the titles that its text may have.
func untitled(rule string, users, items []string) string {
	text := code(strings.ReplaceAll(rule, "-", "_"))
	var parts []string
	if len(users) > 0 {
		parts = append(parts, people(len(users)))
	}
	if len(items) > 0 {
		parts = append(parts, count(len(items), "item", "items"))
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if rule == check.RuleGuardrailDenies || rule == check.RuleGuardrailWarns {
		text += " (what it says may hold titles, and is shown with --titles)"
	}
	return text
}

// findings takes a plan's findings and guardrails over.
func (b *Brief) findings(list []engine.Finding, rails []engine.Guardrail, o BriefOptions) {
	for _, f := range list {
		found := check.Finding{Rule: f.Code, Part: "simulation", Severity: f.Severity, Text: f.Text, Remedy: f.Remedy, Users: f.Users, Items: f.Items}
		if f.Policy != nil {
			found.File, found.Line = repositoryPath(o.PolicyDir, f.Policy.File), f.Policy.Line
		}
		b.Findings = append(b.Findings, b.guarded(found))
	}
	for _, g := range rails {
		f := check.Finding{Rule: check.RuleGuardrailWarns, Part: "guardrails", Severity: engine.SeverityWarning, Text: g.Message,
			File: repositoryPath(o.PolicyDir, g.File), Line: g.Line}
		if g.Deny {
			f.Rule, f.Severity = check.RuleGuardrailDenies, engine.SeverityError
		}
		b.Findings = append(b.Findings, b.guarded(f))
	}
}

// repositoryPath is a policy file's name from the repository's root.
func repositoryPath(dir, file string) string {
	if file == "" {
		return ""
	}
	return path.Join(dir, file)
}

// placed are tests with their files named from the repository's root.
func placed(cases []policytest.Case, o BriefOptions) []policytest.Case {
	out := slices.Clone(cases)
	for i := range out {
		c := &out[i]
		c.File = repositoryPath(o.PolicyDir, c.File)
		c.Failures = slices.Clone(c.Failures)
		for j := range c.Failures {
			c.Failures[j].File = repositoryPath(o.PolicyDir, c.Failures[j].File)
		}
	}
	return out
}

// caseFindings makes findings of the failures of tests.
func (b *Brief) caseFindings() {
	for _, c := range b.Cases {
		for _, f := range c.Failures {
			b.Findings = append(b.Findings, check.Finding{Rule: check.RuleTestFailed, Part: "test", Severity: engine.SeverityError,
				Text: c.Name + ": " + failureText(f), File: f.File, Line: f.Line})
		}
	}
}

func failureText(f policytest.Failure) string {
	if f.Expected == "" && f.Got == "" {
		return f.Text
	}
	return fmt.Sprintf("%s: expected %s, got %s", f.Text, f.Expected, f.Got)
}

// sessions takes over what the sessions do, and adds it up by person.
func (b *Brief) sessions(recording string, o BriefOptions, plans ...*engine.Plan) {
	totals := map[string]*PersonRow{}
	for i := range b.People {
		totals[b.People[i].User] = &b.People[i]
	}
	for _, p := range plans {
		s := BriefSession{Recording: recording, Number: p.Session, At: utcClock.full(p.At) + " UTC"}
		for i := range p.Users {
			u := &p.Users[i]
			for _, op := range u.Operations {
				s.Rows = append(s.Rows, b.row(u, op))
				if totals[u.User] == nil {
					totals[u.User] = &PersonRow{User: u.User}
				}
				totals[u.User].add(op)
			}
		}
		if len(s.Rows) > 0 {
			b.Sessions = append(b.Sessions, s)
		}
	}
	var list []PersonRow
	for _, t := range totals {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(x, y PersonRow) int { return cmp.Compare(x.User, y.User) })
	b.People = list
}

func (t *PersonRow) add(op engine.Operation) {
	switch {
	case op.Superseded || op.Fault != "":
	case op.Held:
		t.Held++
	case op.On == engine.OnSalesforce:
		t.Ups++
	case op.Op == engine.OpCreate || op.Op == engine.OpRestore:
		t.Creations++
	case op.Op == engine.OpDelete:
		t.Removals++
	case op.Op == engine.OpUpdate:
		t.Updates++
	}
}

func (b *Brief) row(u *engine.UserPlan, op engine.Operation) BriefRow {
	r := BriefRow{User: u.User, Op: string(op.Op), Kind: op.Kind, Side: string(op.On), Held: op.Held, Why: b.why(op.Reason)}
	r.What = b.thing(op.Kind, op.Title, op.RecordID, op.ItemID)
	reason := &op.Reason
	if op.Held && op.HeldBy != nil {
		r.Why, reason = "held: "+b.why(*op.HeldBy), op.HeldBy
	}
	switch {
	case op.Superseded:
		r.Void = code("superseded")
	case op.Fault != "":
		r.Void = cmp.Or(faultWords[simulate.FaultKind(op.Fault)], op.Fault)
	}
	if reason.Policy != nil {
		r.Policy = place(reason.Policy)
	}
	if len(op.Changes) > 0 && op.Op == engine.OpUpdate {
		fields := make([]string, len(op.Changes))
		for i, c := range op.Changes {
			fields[i] = c.Field
		}
		r.Why = strings.Join(fields, ", ") + "; " + r.Why
	}
	return r
}

// why is a reason, by its code alone where its words may hold titles.
func (b *Brief) why(r engine.Reason) string {
	if b.Titles && r.Text != "" {
		return Escape(r.Text)
	}
	return code(r.Code)
}

// thing names a record or item: by its title if that may be shown, else by its id.
func (b *Brief) thing(kind, title, record, item string) string {
	id := cmp.Or(record, item)
	if b.Titles && title != "" {
		return Escape(title)
	}
	return kind + " " + Escape(Truncate(id, 24))
}

// lineOf is a finding's file, and its line if it has one.
func lineOf(f check.Finding) string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}
