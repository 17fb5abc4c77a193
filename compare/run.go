package compare

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/simulate"
)

// Policy is one of the policies compared.
type Policy struct {
	Name   string // as it is named to the reader
	Digest string
	Set    *policies.Set
}

// Recorded is a recording to compare over.
type Recorded struct {
	Name   string
	Digest string
	Source simulate.Source
	// People counts everybody in it, Copies a person's linked items at its end.
	People int
	Copies func(user string) int
}

// Options say how the sessions of every recording run.
type Options struct {
	From, To time.Time // zero for the first and last capture
	Every    time.Duration
	Sessions int
	// ShowPrivate names private things in the flips.
	ShowPrivate bool
	// Tries is how many policies between the two are simulated over each recording to
	// find the fewest changes that suffice for a flip; 0 for [Tries], negative for none.
	Tries int
}

func (o Options) tries() int {
	if o.Tries == 0 {
		return Tries
	}
	return max(o.Tries, 0)
}

// Run simulates two policies over recordings, each from its beginning, and tells which
// decisions differ. Once worlds differ they stay different, so that of each person's
// thing only the first difference is a flip. The diagnostics are the recordings' and
// the policies' problems with them; with errors among them there is no report.
func Run(ctx context.Context, before, after Policy, recordings []Recorded, opts Options) (*Report, hcl.Diagnostics, error) {
	r := &run{Report: &Report{Format: Format, Old: Side{before.Name, before.Digest}, New: Side{after.Name, after.Digest},
		Recordings: []Recording{}, Users: []UserFlips{}, Decisions: []Flip{}, Proofs: []Proof{}},
		changes: policies.Changes(before.Set, after.Set), users: map[string]*UserFlips{}}
	for _, c := range r.changes {
		r.Causes = append(r.Causes, Cause{What: c.What, Text: c.Text, Old: ref(c.Old), New: ref(c.New)})
	}
	var diags hcl.Diagnostics
	for _, rec := range recordings {
		found, err := r.over(ctx, before, after, rec, opts)
		diags = append(diags, found...)
		if err != nil || diags.HasErrors() {
			return nil, diags, err
		}
	}
	proved, err := Prove(ctx, before.Set, after.Set)
	if err != nil {
		return nil, diags, err
	}
	r.Proofs = append(r.Proofs, proved...)
	r.conclude()
	return r.Report, diags, nil
}

// run is one comparison.
type run struct {
	*Report
	changes  []policies.PolicyChange
	users    map[string]*UserFlips
	rejected bool // the new policy is, where the old one is not
	held     bool
}

func ref(o *policies.Origin) *engine.PolicyRef {
	if o == nil {
		return nil
	}
	return &engine.PolicyRef{Layer: string(o.Layer), Name: o.Name, File: o.File, Line: o.Line}
}

// course is what one policy does with one thing, session by session.
type course []step

type step struct {
	session int
	Decision
	title string
}

// thing is a record or an item of a person's, by an id that both policies' worlds
// have.
type thing struct{ user, kind, id string }

// courses collects what a run does with everything, and how many copies it removes.
type courses struct {
	of       map[thing]course
	ids      map[thing][2]string // record and item
	names    map[string]string
	deletes  map[string]map[thing]bool
	rejected bool
	held     int
	summary  engine.Summary
	from, to time.Time
	sessions int
}

func (r *run) over(ctx context.Context, before, after Policy, rec Recorded, opts Options) (hcl.Diagnostics, error) {
	was, diags, err := collect(ctx, before, rec, opts)
	if err != nil || diags.HasErrors() {
		return diags, err
	}
	is, found, err := collect(ctx, after, rec, opts)
	diags = append(diags, found...)
	if err != nil || found.HasErrors() {
		return diags, err
	}
	r.Recordings = append(r.Recordings, Recording{rec.Name, rec.Digest, is.from, is.to, is.sessions})
	r.People += rec.People
	addSummary(&r.Before, &was.summary)
	addSummary(&r.After, &is.summary)
	r.rejected = r.rejected || is.rejected && !was.rejected
	r.held = r.held || is.held > was.held
	from := len(r.Decisions)
	for _, t := range things(was, is) {
		r.compare(rec.Name, t, was, is)
	}
	b := &between{before: before, after: after, rec: rec, opts: opts, changes: r.changes, left: opts.tries()}
	if err := r.suffice(ctx, b, from, was); err != nil {
		return diags, err
	}
	for user, u := range r.users {
		u.Losing = max(u.Losing, losing(was.deletes[user], is.deletes[user], user, rec.Copies))
	}
	return diags, nil
}

// losing is the share, in whole percent, of a person's copies that the new policy
// removes and the old one keeps.
func losing(was, is map[thing]bool, user string, copies func(string) int) int {
	lost := 0
	for t := range is {
		if !was[t] {
			lost++
		}
	}
	if lost == 0 {
		return 0
	}
	return min(100, lost*100/max(copies(user), lost))
}

// collect simulates one policy and keeps what it decides.
func collect(ctx context.Context, p Policy, rec Recorded, opts Options) (*courses, hcl.Diagnostics, error) {
	c := &courses{of: map[thing]course{}, ids: map[thing][2]string{}, names: map[string]string{}, deletes: map[string]map[thing]bool{}}
	res, diags, err := simulate.Run(ctx, rec.Source, p.Set, simulate.Options{From: opts.From, To: opts.To, Every: opts.Every, Sessions: opts.Sessions,
		PolicyDigest: p.Digest, RecordingDigest: rec.Digest, ShowPrivate: opts.ShowPrivate, OnSession: c.session, Forget: true})
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	c.rejected, c.summary, c.held = res.Verdict == engine.VerdictRejected, res.Summary, res.Summary.Held
	c.from, c.to, c.sessions = res.From, res.To, res.SessionsRun
	return c, diags, nil
}

func (c *courses) session(p *engine.Plan) {
	for i := range p.Users {
		u := &p.Users[i]
		c.names[u.User] = u.Name
		for j := range u.Operations {
			op := &u.Operations[j]
			if op.Superseded {
				continue
			}
			d := Decision{Op: op.Op, On: op.On, Held: op.Held, Row: op.Row, Reason: &op.Reason}
			if op.Held && op.HeldBy != nil {
				d.Reason = op.HeldBy
			}
			t := c.note(u.User, op.Kind, op.RecordID, op.ItemID, step{p.Session, d, op.Title})
			if op.Op == engine.OpDelete && op.On == engine.OnMailbox && !op.Held {
				if c.deletes[u.User] == nil {
					c.deletes[u.User] = map[thing]bool{}
				}
				c.deletes[u.User][t] = true
			}
		}
		for j := range u.Skipped {
			s := &u.Skipped[j]
			c.note(u.User, s.Kind, s.RecordID, s.ItemID, step{p.Session, Decision{Row: s.Row, Reason: &s.Reason}, s.Title})
		}
	}
}

// note appends a step to the course of the thing that both worlds know: the recorded
// record, else the recorded item; ids that a simulation made up differ between them.
func (c *courses) note(user, kind, record, item string, s step) thing {
	id := record
	if id == "" || strings.HasPrefix(id, "sim:") && item != "" {
		id = item
	}
	t := thing{user, kind, id}
	c.of[t] = append(c.of[t], s)
	ids := c.ids[t]
	c.ids[t] = [2]string{cmp.Or(ids[0], record), cmp.Or(ids[1], item)}
	return t
}

func things(a, b *courses) []thing {
	seen := map[thing]bool{}
	var out []thing
	for _, c := range []*courses{a, b} {
		for t := range c.of {
			if !seen[t] {
				seen[t], out = true, append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(x, y thing) int {
		return cmp.Or(cmp.Compare(x.user, y.user), cmp.Compare(kindOrder(x.kind), kindOrder(y.kind)), cmp.Compare(x.id, y.id))
	})
	return out
}

func kindOrder(kind string) int { return slices.Index([]string{"contact", "task", "event"}, kind) }

// compare notes the first decision about a thing that differs.
func (r *run) compare(recording string, t thing, was, is *courses) {
	d, ok := part(was.of[t], is.of[t])
	if !ok {
		return
	}
	f := Flip{key: t.id, Session: d.session, Title: d.title, Before: d.before, After: d.after, Recording: recording, User: t.user, Kind: t.kind, RecordID: cmp.Or(was.ids[t][0], is.ids[t][0]), ItemID: cmp.Or(was.ids[t][1], is.ids[t][1])}
	r.blame(&f)
	r.Decisions = append(r.Decisions, f)
	r.count(&f, cmp.Or(is.names[t.user], was.names[t.user]))
}

// same compares decisions, but for the words and lines of their reasons.
func (s step) same(o step) bool {
	return s.session == o.session && s.Op == o.Op && s.On == o.On && s.Held == o.Held && s.Row == o.Row &&
		(s.Reason == nil) == (o.Reason == nil) && (s.Reason == nil || s.Reason.Code == o.Reason.Code)
}

// blame names the changes of the policy that the decisions quote: the line of the new
// reason if it is one that changed, and that of the old one. Where neither did, the only
// change is to blame if there is but one; else it cannot be told, and none is named.
func (r *run) blame(f *Flip) {
	f.Causes = []int{}
	for i, c := range r.changes {
		if quotes(f.After.Reason, c.New) || quotes(f.Before.Reason, c.Old) {
			f.Causes = append(f.Causes, i)
		}
	}
	if len(f.Causes) == 0 && len(r.changes) == 1 {
		f.Causes = append(f.Causes, 0)
	}
}

// quotes reports that a reason names a line, by itself or in its words, which may
// name a second one ("left the scope: … (org.hcl:4, org.hcl:3)").
func quotes(reason *engine.Reason, o *policies.Origin) bool {
	if reason == nil || o == nil {
		return false
	}
	if reason.Policy != nil && reason.Policy.File == o.File && reason.Policy.Line == o.Line {
		return true
	}
	place := fmt.Sprintf("%s:%d", o.File, o.Line)
	for rest := reason.Text; ; {
		i := strings.Index(rest, place)
		if i < 0 {
			return false
		}
		if rest = rest[i+len(place):]; rest == "" || rest[0] < '0' || rest[0] > '9' {
			return true
		}
	}
}

func (r *run) count(f *Flip, name string) {
	u := r.users[f.User]
	if u == nil {
		u = &UserFlips{User: f.User, Name: name, Kinds: map[string]DirectionFlips{}}
		r.users[f.User] = u
	}
	d := u.Kinds[f.Kind]
	switch cmp.Or(f.After.On, f.Before.On) {
	case engine.OnSalesforce:
		d.Salesforce++
	case engine.OnLink:
		d.Link++
	default:
		d.Mailbox++
	}
	u.Kinds[f.Kind] = d
}

// conclude counts.
func (r *run) conclude() {
	for _, address := range sortedUsers(r.users) {
		r.Users = append(r.Users, *r.users[address])
	}
	r.Flips, r.Affected = len(r.Decisions), len(r.Users)
	people := make([]map[string]bool, len(r.Causes))
	for _, f := range r.Decisions {
		for _, i := range f.Causes {
			r.Causes[i].Flips++
			if people[i] == nil {
				people[i] = map[string]bool{}
			}
			people[i][f.User] = true
		}
	}
	for i := range r.Causes {
		r.Causes[i].People = len(people[i])
	}
	r.sortCauses()
	r.Verdict = engine.VerdictNoChanges
	switch {
	case r.rejected:
		r.Verdict = engine.VerdictRejected
	case r.held:
		r.Verdict = engine.VerdictHeld
	case r.Flips > 0:
		r.Verdict = engine.VerdictChanges
	}
}

// sortCauses puts those of most flips first, and keeps the flips' references right.
func (r *run) sortCauses() {
	order := make([]int, len(r.Causes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Causes[b].Flips, r.Causes[a].Flips) })
	sorted, at := make([]Cause, len(order)), make([]int, len(order))
	for to, from := range order {
		sorted[to], at[from] = r.Causes[from], to
	}
	r.Causes = sorted
	for i := range r.Decisions {
		for j, c := range r.Decisions[i].Causes {
			r.Decisions[i].Causes[j] = at[c]
		}
		slices.Sort(r.Decisions[i].Causes)
	}
}

func sortedUsers(m map[string]*UserFlips) []string {
	out := make([]string, 0, len(m))
	for u := range m {
		out = append(out, u)
	}
	slices.Sort(out)
	return out
}

// addSummary adds one run's numbers to those of others.
func addSummary(to, s *engine.Summary) {
	m, n := &to.Operations.Mailbox, s.Operations.Mailbox
	m.Create, m.Update, m.Delete, m.Restore = m.Create+n.Create, m.Update+n.Update, m.Delete+n.Delete, m.Restore+n.Restore
	f, g := &to.Operations.Salesforce, s.Operations.Salesforce
	f.Create, f.Update, f.Delete, f.Decline = f.Create+g.Create, f.Update+g.Update, f.Delete+g.Delete, f.Decline+g.Decline
	l, k := &to.Operations.Link, s.Operations.Link
	l.Link, l.Unlink, l.Freeze, l.Reactivate = l.Link+k.Link, l.Unlink+k.Unlink, l.Freeze+k.Freeze, l.Reactivate+k.Reactivate
	to.Held, to.Skipped, to.Unchanged, to.Unseen = to.Held+s.Held, to.Skipped+s.Skipped, to.Unchanged+s.Unchanged, to.Unseen+s.Unseen
	to.Others, to.Personal = to.Others+s.Others, to.Personal+s.Personal
}
