package parity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
	"weir/recording"
	"weir/state"
)

// Names translates what stands in the one recording to what stands for it in the
// other.
type Names interface {
	ID(string) string
	Address(string) string
	Path(string) string // of a file in the recording
}

// Pair is two recordings of one world.
type Pair struct {
	Old, New *recording.Recording
	Days     int // by which New is later
	Names    Names
	Set      *policies.Set

	rows int // in the place of maxRows where it is not 0
}

// Result says whether a policy decides the same on both.
type Result struct {
	Plans      int          `json:"plans"`
	Answers    int          `json:"answers"`
	Conditions int          `json:"conditions"`
	Changed    []Difference `json:"differences"`
}

// Same reports that nothing differs.
func (r *Result) Same() bool { return len(r.Changed) == 0 }

// Difference is one thing that is not the same on both. It holds no recorded value.
type Difference struct {
	What   string     `json:"what"`            // "rule no-free-mail", "plan", "inventory"
	File   string     `json:"file,omitempty"`  // of the policy, or of a settings page
	Line   int        `json:"line,omitempty"`  // in it
	Fields []string   `json:"fields"`          // that the condition reads
	Items  int        `json:"items,omitempty"` // for which it differs
	At     *time.Time `json:"at,omitempty"`    // of the session, in the old recording

	// Values are what the condition read where it differs.
	Values []Value `json:"-"`
	// Lines are the lines of a plan that only one side has, with names of the new
	// recording; only tests look at them.
	Lines []string `json:"-"`
}

// String names the difference.
func (d Difference) String() string {
	s := d.What
	if d.File != "" {
		s += fmt.Sprintf(" (%s:%d)", d.File, d.Line)
	}
	switch {
	case d.Items == 1:
		s += ", once"
	case d.Items > 0:
		s += fmt.Sprintf(", %d times", d.Items)
	}
	if d.At != nil {
		s += " at " + d.At.Format(time.RFC3339)
	}
	return s
}

// Value is a value of the old recording that a condition read.
type Value struct{ Field, Text string }

// Compare compares every condition for every record and item, what the recordings
// are said to hold, and what the policy plans, at the captures. Plans are compared
// only where everything before is the same.
func (p *Pair) Compare(ctx context.Context) (*Result, error) {
	c := &comparison{Pair: p, result: &Result{Changed: []Difference{}}, found: map[int]*Difference{}}
	c.conditions = conditionsOf(p.Set)
	c.result.Conditions = len(c.conditions)
	var plans []Difference
	for list := range slices.Chunk(instants(p.Old, maxPlans), p.together()) {
		unlike, err := c.sessions(ctx, list)
		if err != nil {
			return nil, err
		}
		plans = append(plans, unlike...)
	}
	for i := range c.conditions {
		if d := c.found[i]; d != nil {
			c.result.Changed = append(c.result.Changed, *d)
		}
	}
	if !c.result.Same() {
		c.result.Plans = 0
		return c.result, nil
	}
	if !slices.Equal(holdings(p.Old), holdings(p.New)) {
		c.result.Changed = append(c.result.Changed, Difference{What: "inventory", Fields: []string{}})
	}
	c.result.Changed = append(c.result.Changed, plans...)
	return c.result, nil
}

// maxRows is how many records, each counted once for every session, the sessions
// worked on together hold at most.
const maxRows = 1 << 20

// together is how many sessions are worked on at a time. Mailboxes are read once
// for all of these.
func (p *Pair) together() int {
	snap, _ := p.Old.At(p.Old.Last())
	rows := 1
	for _, k := range state.Kinds() {
		rows += snap.Records[k].Len()
	}
	return max(1, cmp.Or(p.rows, maxRows)/rows)
}

// condition is a condition of the policy with its name.
type condition struct {
	cond.Expr
	what   string
	origin policies.Origin
	kinds  []state.Kind // nil: of users
	dir    policies.Direction
	reads  cond.Refs
}

func conditionsOf(set *policies.Set) []condition {
	var out []condition
	for _, r := range set.Rules() {
		out = append(out, condition{r.When, "rule " + r.Name, r.Origin, r.Kinds, r.Direction, cond.Reads(r.When)})
	}
	for _, v := range set.Views() {
		if v.Filter != nil {
			out = append(out, condition{v.Filter, "view " + v.Name, v.Origin, []state.Kind{state.Contact}, policies.Down, cond.Reads(v.Filter)})
		}
	}
	for _, g := range set.Groups() {
		out = append(out, condition{g.When, "group " + g.Name, g.Origin, nil, policies.DirectionInvalid, cond.Reads(g.When)})
	}
	return out
}

type comparison struct {
	*Pair
	conditions []condition
	result     *Result
	found      map[int]*Difference
}

// later is the instant in the new recording.
func (p *Pair) later(at time.Time) time.Time { return at.AddDate(0, 0, p.Days) }

// session is one session on one side.
type session struct {
	snap   *state.Snapshot
	users  map[string]int // by address
	plan   *engine.Session
	diags  hcl.Diagnostics
	drafts []*engine.Draft // in the order of the users
}

func (c *comparison) session(rec *recording.Recording, at time.Time) *session {
	snap, _ := rec.At(at)
	s := &session{snap: snap, users: map[string]int{}, drafts: make([]*engine.Draft, len(snap.Users))}
	s.plan, s.diags = engine.NewSession(snap, c.Set, engine.Options{Session: 1})
	for i, u := range snap.Users {
		s.users[u.Address] = i
	}
	return s
}

// draft works out one person's part of the plan.
func (s *session) draft(ctx context.Context, user int, box *state.MailboxState) (err error) {
	if s.diags.HasErrors() {
		return nil
	}
	s.snap.Mailboxes = mailbox{box}
	s.drafts[user], err = s.plan.Draft(ctx, s.snap.Users[user])
	return err
}

// mailbox hands out the mailbox of the person whose turn it is.
type mailbox struct{ box *state.MailboxState }

// Mailbox implements state.Mailboxes.
func (m mailbox) Mailbox(*state.User) (*state.MailboxState, error) { return m.box, nil }

// sessions compares the sessions at some instants, person by person, since reading a
// mailbox costs more than all that is worked out on it. It returns the plans that differ.
func (c *comparison) sessions(ctx context.Context, list []time.Time) ([]Difference, error) {
	var old, next []*session
	for _, at := range list {
		old = append(old, c.session(c.Old, at))
		next = append(next, c.session(c.New, c.later(at)))
	}
	for user := range old[0].snap.Users {
		for i := range list {
			if err := c.user(ctx, old[i], next[i], user); err != nil {
				return nil, err
			}
		}
	}
	if !c.same() {
		return nil, nil
	}
	var out []Difference
	for i, at := range list {
		a, err := c.lines(ctx, old[i], c.Names)
		if err != nil {
			return nil, err
		}
		b, err := c.lines(ctx, next[i], itself{})
		if err != nil {
			return nil, err
		}
		c.result.Plans++
		if lines := unlike(a, b); len(lines) > 0 {
			out = append(out, plansDiffer(at, lines))
		}
	}
	return out, nil
}

// same reports that nothing differs so far.
func (c *comparison) same() bool { return c.result.Same() && len(c.found) == 0 }

// user compares for one person, and works out both plans for them while nothing differs.
func (c *comparison) user(ctx context.Context, old, next *session, user int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	u := old.snap.Users[user]
	twin, ok := next.users[strings.ToLower(c.Names.Address(u.Address))]
	if !ok || len(next.users) != len(old.users) {
		c.differ(-1, "people", nil)
		return nil
	}
	v := next.snap.Users[twin]
	boxA, err := c.Old.Mailbox(u, old.snap.At)
	if err != nil {
		return err
	}
	boxB, err := c.New.Mailbox(v, next.snap.At)
	if err != nil {
		return err
	}
	c.answers(old.snap, next.snap, u, v, boxA, boxB)
	if !c.same() {
		return nil
	}
	return errors.Join(old.draft(ctx, user, boxA), next.draft(ctx, twin, boxB))
}

// answers compares every condition for one person.
func (c *comparison) answers(old, next *state.Snapshot, u, v *state.User, boxA, boxB *state.MailboxState) {
	a, b := subject(old, u), subject(next, v)
	for i := range c.conditions {
		if c.conditions[i].kinds == nil {
			c.compare(i, &a, &b)
		}
	}
	for _, k := range state.Kinds() {
		for _, o := range old.Records[k].All() {
			link := boxA.Links.OfRecord(k, o.ID)
			id := c.Names.ID(o.ID)
			c.item(k, policies.Down, a, b, o, next.Records[k].Get(id), link, boxB.Links.OfRecord(k, id), other(boxA.Items[k], link, false), boxB.Items[k])
		}
		for _, o := range boxA.Items[k].All() {
			link := boxA.Links.OfItem(k, o.ID)
			id := c.Names.ID(o.ID)
			c.item(k, policies.Up, a, b, o, boxB.Items[k].Get(id), link, boxB.Links.OfItem(k, id), other(old.Records[k], link, true), next.Records[k])
		}
	}
}

func subject(s *state.Snapshot, u *state.User) cond.Subject {
	return cond.Subject{User: u, Directory: s.Directory, Now: s.At, Today: state.DateOf(s.At, u.Zone)}
}

// other is the far side of a link.
func other(t *state.Table, l *state.Link, record bool) *state.Item {
	if l == nil {
		return nil
	}
	id := l.ItemID
	if record {
		id = l.RecordID
	}
	if o := t.Get(id); o != nil {
		return o.Item()
	}
	return nil
}

func (c *comparison) item(k state.Kind, dir policies.Direction, a, b cond.Subject, old, next *state.Object, la, lb *state.Link, farA *state.Item, far *state.Table) {
	if next == nil || (la == nil) != (lb == nil) {
		c.differ(-1, "records and items", nil)
		return
	}
	a.Item, a.Link, a.Other = old.Item(), la, farA
	b.Item, b.Link, b.Other = next.Item(), lb, other(far, lb, dir == policies.Up)
	if a.Item == nil || b.Item == nil {
		return
	}
	for i := range c.conditions {
		if r := &c.conditions[i]; slices.Contains(r.kinds, k) && r.dir.Has(dir) {
			c.compare(i, &a, &b)
		}
	}
}

// compare evaluates one condition on both sides.
func (c *comparison) compare(i int, a, b *cond.Subject) {
	x, errX := c.conditions[i].Eval(a)
	y, errY := c.conditions[i].Eval(b)
	c.result.Answers++
	if x == y && (errX == nil) == (errY == nil) {
		return
	}
	c.differ(i, "", valuesRead(c.conditions[i].reads, a))
}

// differ notes a difference of a condition, or (i below 0) of something else.
func (c *comparison) differ(i int, what string, values []Value) {
	if i < 0 {
		for k := range c.result.Changed {
			if c.result.Changed[k].What == what {
				c.result.Changed[k].Items++
				return
			}
		}
		c.result.Changed = append(c.result.Changed, Difference{What: what, Items: 1, Fields: []string{}})
		return
	}
	d := c.found[i]
	if d == nil {
		r := &c.conditions[i]
		d = &Difference{What: r.what, File: r.origin.File, Line: r.origin.Line, Fields: fieldsOf(r.reads)}
		c.found[i] = d
	}
	d.Items++
	d.Values = append(d.Values, values...)
}

func fieldsOf(r cond.Refs) []string {
	out := []string{}
	for _, a := range r.Attrs {
		out = append(out, "item."+a.String())
	}
	for _, n := range r.Custom {
		out = append(out, "item.custom."+n)
	}
	for _, a := range r.User {
		out = append(out, "user."+a.Describe().Name)
	}
	for _, n := range r.UserCustom {
		out = append(out, "user.custom."+n)
	}
	return out
}

// valuesRead are the texts that a condition read; with a contact's title also those
// that it is made of.
func valuesRead(r cond.Refs, s *cond.Subject) []Value {
	var out []Value
	add := func(field string, v state.Value) {
		switch v.Type() {
		case state.Text:
			out = append(out, Value{field, v.Text()})
		case state.Texts:
			for _, t := range v.Texts() {
				out = append(out, Value{field, t})
			}
		case state.People:
			for _, p := range v.People() {
				out = append(out, Value{field, p.Email}, Value{field, p.Name})
			}
		}
	}
	for _, a := range r.Attrs {
		add("item."+a.String(), s.Get(a))
		if a == state.AttrTitle && s.Item != nil && s.Item.Kind == state.Contact {
			add("item.first_name", s.Get(state.AttrFirstName))
			add("item.last_name", s.Get(state.AttrLastName))
		}
	}
	for _, n := range r.Custom {
		add("item.custom."+n, s.Custom(n))
	}
	for _, a := range r.User {
		add("user."+a.Describe().Name, s.UserValue(a))
	}
	for _, n := range r.UserCustom {
		add("user.custom."+n, s.UserCustom(n))
	}
	return out
}

// line is one thing that a plan says, and the place in the policy that it goes back
// to, if any.
type line struct {
	text string
	file string
	at   int
}

// unlike are the lines that only one of two lists has, sorted.
func unlike(a, b []line) []line {
	count := map[line]int{}
	for _, l := range a {
		count[l]++
	}
	for _, l := range b {
		count[l]--
	}
	var out []line
	for l, c := range count {
		for range max(c, -c) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b line) int { return strings.Compare(a.text, b.text) })
	return out
}

// plansDiffer is the difference of two plans by the lines that only one of them has.
func plansDiffer(at time.Time, lines []line) Difference {
	d := Difference{What: "plan", At: &at, Items: len(lines), Fields: []string{}}
	for _, l := range lines {
		if d.File == "" {
			d.File, d.Line = l.file, l.at
		}
		d.Lines = append(d.Lines, l.text)
	}
	return d
}

// lines are a session's plan in lines without order and names of its own; names
// translates ids and addresses.
func (p *Pair) lines(ctx context.Context, s *session, names Names) ([]line, error) {
	out := diagnosed(s.diags)
	if s.diags.HasErrors() {
		return out, nil
	}
	plan := s.plan.Assemble(s.drafts)
	add := func(why *engine.Reason, held *engine.Reason, parts ...any) {
		l := line{text: fmt.Sprintf("%q", fmt.Sprint(append(parts, "|", reason(why, names), "|", reason(held, names))...))}
		for _, r := range []*engine.Reason{held, why} { // what holds is nearer the policy
			if r != nil && r.Policy != nil && l.file == "" {
				l.file, l.at = place(r.Policy, names), r.Policy.Line
			}
		}
		out = append(out, l)
	}
	for _, u := range plan.Users {
		who := strings.ToLower(names.Address(u.User))
		add(u.SkippedWhole, nil, who, "|", u.Provider, "|", u.TimeZone, "|", u.Summary)
		for _, o := range u.Operations {
			var fields []string
			for _, c := range o.Changes {
				fields = append(fields, c.Field)
			}
			add(&o.Reason, o.HeldBy, who, "|", o.Op, "|", o.On, "|", o.Kind, "|", names.ID(o.RecordID), "|", names.ID(o.ItemID), "|", o.Held, "|", o.Row,
				"|", o.Occurrences, "|", o.Notifies, "|", o.Lost, "|", o.Superseded, "|", o.Link, "|", fields)
		}
		for _, s := range u.Skipped {
			add(&s.Reason, nil, who, "|skipped|", s.Kind, "|", names.ID(s.RecordID), "|", names.ID(s.ItemID), "|", s.Row)
		}
	}
	for _, f := range plan.Findings {
		add(nil, nil, "finding|", f.Code, "|", f.Severity, "|", len(f.Users), "|", len(f.Items))
	}
	rails, err := p.guardrails(ctx, plan)
	return append(out, rails...), err
}

type itself struct{}

func (itself) ID(s string) string      { return s }
func (itself) Address(s string) string { return s }
func (itself) Path(s string) string    { return s }

func diagnosed(diags hcl.Diagnostics) []line {
	var out []line
	for _, d := range diags {
		l := line{text: fmt.Sprint("problem|", d.Severity, "|", d.Summary)}
		if d.Subject != nil {
			l.file, l.at = d.Subject.Filename, d.Subject.Start.Line
		}
		out = append(out, l)
	}
	return out
}

// reason is a reason's code and place.
func reason(r *engine.Reason, names Names) string {
	switch {
	case r == nil:
		return ""
	case r.Policy == nil:
		return r.Code
	}
	return fmt.Sprintf("%s@%s:%d", r.Code, place(r.Policy, names), r.Policy.Line)
}

// place is the file of a place in the policy, which may be a settings page of the
// recording.
func place(p *engine.PolicyRef, names Names) string {
	if strings.HasPrefix(p.File, "mailboxes/") {
		return names.Path(p.File)
	}
	return p.File
}

// guardrails are the verdicts without their messages, which may quote values.
func (p *Pair) guardrails(ctx context.Context, plan *engine.Plan) ([]line, error) {
	if !p.Set.HasGuardrails("plan") {
		return nil, nil
	}
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	verdicts, err := p.Set.Guardrails(ctx, "plan", text)
	var out []line
	for _, v := range verdicts {
		out = append(out, line{fmt.Sprint("guardrail|", v.Deny), v.File, v.Line})
	}
	return out, err
}

// holdings are an inventory's counts and coverage, without names and instants, in
// lines without order.
func holdings(rec *recording.Recording) []string {
	inv := rec.Inspect()
	var out []string
	kind := func(of string, k recording.KindInventory) {
		var states bytes.Buffer
		_ = json.NewEncoder(&states).Encode(k.States) // sorted by key
		out = append(out, fmt.Sprint(of, "|", k.Kind, "|", states.String(), "|", k.Objects, "|", k.Coverage.Complete))
	}
	for _, k := range inv.Salesforce {
		kind("salesforce", k)
	}
	for _, m := range inv.Mailboxes {
		for _, k := range m.Kinds {
			kind("mailbox", k)
		}
		out = append(out, fmt.Sprint("links|", len(m.Links), "|", m.LinksFromFile, "|", m.LinksFromItems))
	}
	for _, v := range inv.Views {
		out = append(out, fmt.Sprint("view|", v.Result, "|", v.Members, "|", v.Complete, "|", v.MaybeTruncated, "|", v.Scope, "|", v.Unusable != ""))
	}
	for _, u := range inv.Users {
		out = append(out, fmt.Sprint("user|", u.Provider, "|", u.TimeZone, "|", u.TimeZoneFrom, "|", u.Recorded, "|", u.Active, "|", u.Settings))
	}
	for _, c := range inv.Captures {
		out = append(out, fmt.Sprint("capture|", c.Kind, "|", c.Rows, "|", c.Full, "|", c.Complete))
	}
	slices.Sort(out)
	return out
}
