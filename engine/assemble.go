package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/policies"
	"weir/state"
)

// Assemble puts the users' parts together: limits, findings, counts, verdict.
// Drafts are not changed and may be used again for a later session in which
// nothing changed for the user. They must be in the order of the snapshot's
// users.
func (s *Session) Assemble(drafts []*Draft) *Plan { return s.assemble(drafts, nil) }

// AssembleChanged is Assemble for a session of a simulation in which only some
// people were drafted anew: the others' drafts were put together before. Of the
// findings it gathers those to which there may be something new.
func (s *Session) AssembleChanged(drafts []*Draft, anew []bool) *Plan {
	return s.assemble(drafts, anew)
}

// assemble puts drafts together; anew is nil for all.
func (s *Session) assemble(drafts []*Draft, anew []bool) *Plan {
	p := &Plan{Format: PlanFormat, Demo: s.opts.Demo, Session: s.opts.Session, At: s.snap.At.UTC(),
		PolicyDigest: s.opts.PolicyDigest, RecordingDigest: s.opts.RecordingDigest, Users: make([]UserPlan, len(drafts))}
	notes := newNotebook()
	notes.drafts = drafts
	for i, d := range drafts {
		p.Users[i] = d.plan
		p.Users[i].Summary.Others += s.others(d)
		p.Users[i].Operations = slices.Clone(d.plan.Operations)
		if s.opts.Session != 1 {
			number(s.opts.Session, d.user.Address, p.Users[i].Operations)
		}
		if anew == nil || anew[i] {
			for _, g := range d.notes.byKey {
				notes.entry(g.code, g.sub)
			}
		}
	}
	s.applyLimits(p.Users, drafts, notes)
	s.noteCrossUserDeletes(p, drafts, notes)
	noteBroken(p.Users, notes)
	s.noteSnapshot(notes)
	for i := range p.Users {
		p.Users[i].Summary.count(p.Users[i].Operations, len(p.Users[i].Skipped))
		p.Summary.Add(p.Users[i].Summary)
	}
	p.notes, p.asked = notes, s.asked()
	p.Word()
	return p
}

// asked is how a command asks about this session.
func (s *Session) asked() string {
	switch {
	case s.opts.Asked != nil:
		return s.opts.Asked(s.opts.Session)
	case s.snap.LastCapture.IsZero() || s.snap.At.Equal(s.snap.LastCapture):
		return "" // what is asked about unless said otherwise
	}
	return " --at " + s.snap.At.UTC().Format(time.RFC3339)
}

// others counts the live records of the kinds a user takes part in that are none of
// theirs.
func (s *Session) others(d *Draft) int {
	n := 0
	for _, k := range state.Kinds() {
		if d.takes[k] {
			n += max(s.snap.Records[k].Live()-d.claimed[k], 0)
		}
	}
	return n
}

// Note adds a finding to the plan that only a simulation can make; item and title
// may be "".
func (p *Plan) Note(code string, u *state.User, item, title, detail string) {
	g := p.notes.entry(code, "")
	c := findingCase{item: item, title: title}
	if u != nil {
		c.user, c.name = u.Address, u.Name()
	}
	g.add(c)
	g.addDetail(detail)
}

// NoteUndecided adds a recorded change that a simulation does not repeat, because it
// may have been the real sync's; u is nil for one in Salesforce.
func (p *Plan) NoteUndecided(u *state.User, item, title string) {
	c := findingCase{item: item, title: title}
	if u != nil {
		c.user, c.name = u.Address, u.Name()
	}
	p.notes.entry("undecided", "replay").add(c)
}

// NoteOscillation adds something that never settles: length is how many sessions
// repeat, rules what feeds them (rows, rules or settings, in words), asked how one of
// those that repeat is asked about (see [Options]). What repeats with one length is one finding.
func (p *Plan) NoteOscillation(length int, asked string, u *state.User, item, title string, rules []string) {
	g := p.notes.entry("oscillation", strconv.Itoa(length))
	if len(g.remedies) == 0 { // the first thing is example enough
		g.addRemedy("change one of what feeds it; " + explainCommand(u.Address, item) + asked + " shows what decides")
	}
	g.add(findingCase{user: u.Address, name: u.Name(), item: item, title: title})
	for _, rule := range rules {
		g.addDetail(rule)
	}
}

// NoteFaultOutcome adds something that ends otherwise in a simulation with faults than
// without, and why; u is nil for a record.
func (p *Plan) NoteFaultOutcome(why string, u *state.User, item, title, remedy string) {
	g := p.notes.entry("fault_outcome", why)
	c := findingCase{item: item, title: title}
	if u != nil {
		c.user, c.name = u.Address, u.Name()
	}
	g.add(c)
	g.addRemedy(remedy)
}

// Word words the findings gathered so far and draws the verdict.
func (p *Plan) Word() {
	for _, g := range p.notes.byKey {
		g.sessions, g.asked = []int{p.Session}, p.asked
	}
	p.Findings = p.notes.findings()
	p.Verdict = VerdictOf(p.Summary, p.Findings)
}

// Relinks lists the links that moved on without an operation.
func (d *Draft) Relinks() []Relink { return d.relinks }

// User is whose part it is.
func (d *Draft) User() *state.User { return d.user }

func (s *Summary) count(ops []Operation, skipped int) {
	s.Skipped = skipped
	for i := range ops {
		if ops[i].Held {
			s.Held++
			continue
		}
		if ops[i].Superseded || ops[i].Fault != "" {
			continue
		}
		*s.Operations.slot(ops[i].On, ops[i].Op)++
	}
}

// Recount counts the user's operations and skipped rows anew, after some were
// taken out of the list.
func (u *UserPlan) Recount() {
	u.Summary.Operations, u.Summary.Held = OperationCounts{}, 0
	u.Summary.count(u.Operations, len(u.Skipped))
}

// slot is where an operation is counted.
func (c *OperationCounts) slot(on Target, op Op) *int {
	switch on {
	case OnMailbox:
		switch op {
		case OpCreate:
			return &c.Mailbox.Create
		case OpUpdate:
			return &c.Mailbox.Update
		case OpDelete:
			return &c.Mailbox.Delete
		case OpRestore:
			return &c.Mailbox.Restore
		}
	case OnSalesforce:
		switch op {
		case OpCreate:
			return &c.Salesforce.Create
		case OpUpdate:
			return &c.Salesforce.Update
		case OpDelete:
			return &c.Salesforce.Delete
		case OpDecline:
			return &c.Salesforce.Decline
		}
	case OnLink:
		switch op {
		case OpLink:
			return &c.Link.Link
		case OpUnlink:
			return &c.Link.Unlink
		case OpFreeze:
			return &c.Link.Freeze
		case OpReactivate:
			return &c.Link.Reactivate
		}
	}
	panic(fmt.Sprintf("engine: no count for %s on %s", op, on)) // closed family, covered by tests
}

// Add adds another summary's counts.
func (s *Summary) Add(o Summary) {
	a, b := &s.Operations, o.Operations
	a.Mailbox.Create += b.Mailbox.Create
	a.Mailbox.Update += b.Mailbox.Update
	a.Mailbox.Delete += b.Mailbox.Delete
	a.Mailbox.Restore += b.Mailbox.Restore
	a.Salesforce.Create += b.Salesforce.Create
	a.Salesforce.Update += b.Salesforce.Update
	a.Salesforce.Delete += b.Salesforce.Delete
	a.Salesforce.Decline += b.Salesforce.Decline
	a.Link.Link += b.Link.Link
	a.Link.Unlink += b.Link.Unlink
	a.Link.Freeze += b.Link.Freeze
	a.Link.Reactivate += b.Link.Reactivate
	s.Held += o.Held
	s.Skipped += o.Skipped
	s.Unchanged += o.Unchanged
	s.Unseen += o.Unseen
	s.Others += o.Others
	s.Personal += o.Personal
}

// Total is the number of operations counted, link operations included.
func (c OperationCounts) Total() int {
	return c.Mailbox.Create + c.Mailbox.Update + c.Mailbox.Delete + c.Mailbox.Restore +
		c.Salesforce.Create + c.Salesforce.Update + c.Salesforce.Delete + c.Salesforce.Decline +
		c.Link.Link + c.Link.Unlink + c.Link.Freeze + c.Link.Reactivate
}

// VerdictOf is the verdict on a plan or a simulation with these counts and
// findings: a tripped limit rejects.
func VerdictOf(s Summary, findings []Finding) Verdict {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return VerdictRejected
		}
	}
	switch {
	case s.Held > 0:
		return VerdictHeld
	case s.Operations.Total() > 0:
		return VerdictChanges
	}
	return VerdictNoChanges
}

// noteCrossUserDeletes notes one person's deletion in Salesforce that will reach
// other people's mailboxes.
func (s *Session) noteCrossUserDeletes(p *Plan, drafts []*Draft, notes *notebook) {
	for i := range p.Users {
		for j := range p.Users[i].Operations {
			op := &p.Users[i].Operations[j]
			if op.On != OnSalesforce || op.Op != OpDelete || op.Held {
				continue
			}
			kind, _ := state.ParseKind(op.Kind)
			reached := []string{}
			for k, d := range drafts {
				if k != i && d.tally.records[kind][op.RecordID] {
					reached = append(reached, d.user.Address)
				}
			}
			if len(reached) == 0 {
				continue
			}
			g := notes.entry("cross_user_delete", op.ID)
			g.add(findingCase{p.Users[i].User, p.Users[i].Name, op.RecordID, op.Title})
			for _, address := range reached {
				g.add(findingCase{user: address})
			}
			g.addRemedy(fmt.Sprintf("if it is not meant to, set %s for %s", keepSetting(kind.Plural()), p.Users[i].User))
			g.addDetail(fmt.Sprintf("the deletion of %s by %s reaches %s: %s", op.Title, p.Users[i].Name, plural(len(reached), "other mailbox"), strings.Join(reached, ", ")))
		}
	}
}

// noteSnapshot notes what is to be known about the snapshot as a whole.
func (s *Session) noteSnapshot(notes *notebook) {
	if s.snap.At.After(s.snap.LastCapture) && !s.snap.LastCapture.IsZero() && s.opts.Session == 1 && !s.snap.Simulated {
		notes.entry("stale_recording", "").addDetail(fmt.Sprintf("planned for %s, but the last capture is of %s",
			s.snap.At.UTC().Format("2 Jan 2006 15:04 UTC"), s.snap.LastCapture.UTC().Format("2 Jan 2006 15:04 UTC")))
	}
	for _, k := range state.Kinds() {
		c := s.snap.Records[k].Coverage
		if c.Captured() && !c.Complete {
			g := notes.entry("incomplete_capture", "salesforce "+k.String())
			g.addDetail(fmt.Sprintf("the %s in Salesforce are not known completely%s", k.Plural(), because(c.Why)))
			g.addRemedy(fmt.Sprintf("record every page of a query for all %s in Salesforce; weir inspect says what is missing", k.Plural()))
		}
	}
	if !s.snap.InviteesRecorded && s.snap.Records[state.Event].Live() > 0 {
		g := notes.entry("incomplete_capture", "invitees")
		g.addDetail("no invitees of events were recorded: taking part means owning")
		g.addRemedy("record EventRelation beside Event")
	}
}

func because(why []string) string {
	if len(why) == 0 {
		return ""
	}
	return ": " + enumerate(why, 3)
}

// noteKind notes what is to be known about one kind of one user's data.
func (d *desk) noteKind(kind state.Kind) {
	if c := d.box.Items[kind].Coverage; !c.Complete {
		g := d.notes.entry("incomplete_capture", "mailbox "+d.user.Address+kind.String())
		g.addUser(d.user)
		g.addDetail(fmt.Sprintf("the %s of %s are not known completely%s", kind.Plural(), d.user.Name(), because(c.Why)))
		g.addRemedy(fmt.Sprintf("record a full capture of all %s of %s; weir inspect says what is missing", kind.Plural(), d.user.Address))
	}
	if kind != state.Contact {
		return
	}
	d.notePerson()
	scope := d.settings.Get(policies.ContactsScope)
	if scope.View == nil && scope.Text != "all" {
		return
	}
	if !d.accessOf[d.user.ID] {
		d.notes.entry("visibility_assumed", "").addUser(d.user)
	}
	d.noteView(scope.View)
}

// notePerson notes what was assumed about the person, which of their preferences
// beat the policy, and missing links.
func (d *desk) notePerson() {
	assume := func(sub, text, remedy string) {
		g := d.notes.entry("assumed", sub)
		g.addUser(d.user)
		g.addDetail(text)
		g.addRemedy(remedy)
	}
	if d.user.ZoneFrom == "assumed" {
		assume("zone "+d.user.Address, "no time zone was recorded for "+d.user.Name()+": UTC is assumed",
			`give `+d.user.Address+` a "time_zone" in recording.json`)
	}
	if !d.user.Recorded {
		assume("user "+d.user.Address, "no User row was recorded for "+d.user.Name()+": taken for active",
			"record the User row of "+d.user.Address)
	}
	for _, id := range d.settings.PreferenceWins {
		r := d.settings.Get(id)
		g := d.notes.entry("preference_wins", d.user.Address+id.String())
		g.addUser(d.user)
		g.addDetail(fmt.Sprintf("%s's own settings page says %s = %s, over the policy's %s", d.user.Name(), id, id.Entry().Format(r.Value), overruledText(id, r)))
		g.addRemedy(forceText(id))
	}
	if len(d.box.Links.All()) == 0 && d.hasMarked() {
		d.notes.entry("no_links", "").addUser(d.user)
	}
}

// noteSubtype notes that a task which may be closed was taken for a task, not for
// a logged e-mail or call.
func (p *pair) noteSubtype() {
	if p.quiet {
		return
	}
	g := p.notes.entry("assumed", "subtype")
	g.addUser(p.user)
	g.addDetail("no TaskSubtype was recorded: closed tasks are taken for tasks, not for logged e-mails and calls")
	g.addRemedy("select TaskSubtype in the query for Task")
}

// forceText says how the policy comes to win over a person's own page.
func forceText(id policies.Setting) string {
	block, name, _ := strings.Cut(id.String(), ".")
	return fmt.Sprintf(`if the policy should win, write forced = ["%s"] in its %s block`, name, block)
}

func overruledText(id policies.Setting, r policies.Resolved) string {
	if len(r.Overruled) == 0 {
		return "value"
	}
	o := r.Overruled[0]
	return fmt.Sprintf("%s (%s)", id.Entry().Format(o.Value), place(o.Origin))
}

func (d *desk) hasMarked() bool {
	for _, k := range state.Kinds() {
		for _, o := range d.box.Items[k].All() {
			if o.State() == state.Live && o.Item() != nil && d.snap.Markers.Marked(o.Item()) == state.True {
				return true
			}
		}
	}
	return false
}
