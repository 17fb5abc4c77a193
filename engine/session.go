package engine

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// Options for a plan. The zero value plans session 1 with private titles hidden.
type Options struct {
	Session                       int
	PolicyDigest, RecordingDigest string
	ShowPrivate                   bool // show private titles and bodies
	Demo                          bool // the demo recording stands in for a missing one
	// Asked tells what a command that explains something of a session is given besides
	// the person and the thing; nil for the time of the snapshot.
	Asked func(session int) string
	// Observer is told what decisions look at; nil for nobody. It changes nothing, and
	// costs nothing where there is none.
	Observer Observer
}

// Observer is told what a session looks at, for the coverage of policies. It may be
// told of the same thing more than once.
type Observer interface {
	// Settings: the policy was resolved for a person.
	Settings(*policies.Settings, *state.Directory)
	// Rule: a rule was asked about something it is about, or would have been, had an
	// index not known the answer.
	Rule(*policies.Rule, *cond.Subject)
	// View: a view's filter was asked about a contact.
	View(*policies.View, *cond.Subject)
}

// MakePlan computes what one session would do for every user of the snapshot.
// Diagnostics are the policy's problems with these users (groups that disagree);
// with errors among them there is no plan. An error is an I/O failure or a
// cancelled context.
func MakePlan(ctx context.Context, snap *state.Snapshot, set *policies.Set, opts Options) (*Plan, hcl.Diagnostics, error) {
	s, diags := NewSession(snap, set, opts)
	if diags.HasErrors() {
		return nil, diags, nil
	}
	var drafts []*Draft
	for _, u := range snap.Users {
		d, err := s.Draft(ctx, u)
		if err != nil {
			return nil, diags, err
		}
		drafts = append(drafts, d)
	}
	return s.Assemble(drafts), diags, nil
}

// Session plans one session: users are drafted one by one, then put together
// under the limits. It is not safe for concurrent use.
type Session struct{ session }

type session struct {
	snap     *state.Snapshot
	set      *policies.Set
	opts     Options
	settings map[string]*policies.Settings // by address
	usesNow  map[string]bool               // by address: some rule, view or invariant of theirs reads the instant
	defaults *policies.Settings            // the product's own
	org      *policies.Settings            // the organisation's, for its limits
	accessOf map[string]bool               // users with recorded access
}

// NewSession resolves the policy for everybody.
func NewSession(snap *state.Snapshot, set *policies.Set, opts Options) (*Session, hcl.Diagnostics) {
	if opts.Session == 0 {
		opts.Session = 1
	}
	s := &Session{session{snap: snap, set: set, opts: opts, settings: map[string]*policies.Settings{}, usesNow: map[string]bool{}, accessOf: map[string]bool{}}}
	all, diags := set.ResolveAll(snap.Users, snap.Directory)
	for _, settings := range all {
		s.settings[settings.User.Address] = settings
		s.usesNow[settings.User.Address] = readsNow(set, settings)
		if opts.Observer != nil {
			opts.Observer.Settings(settings, snap.Directory)
		}
	}
	s.defaults, s.org = policies.ProductDefaults(), set.OrgLimits()
	for key := range snap.Access {
		s.accessOf[key.UserID] = true
	}
	return s, diags
}

// Draft is one user's part of a session before the limits.
type Draft struct {
	user    *state.User
	plan    UserPlan
	notes   *notebook
	relinks []Relink
	tally   tally
	reads   *reads // what it looked up; nil outside of a model world
	// takes tells the kinds the user takes part in, claimed how many live records of
	// each the draft has decided on; the others are somebody else's.
	takes   [4]bool
	claimed [4]int
}

// Relink is a link that changes without an operation: what both sides agree on
// moved on, or its record was merged into another.
type Relink struct {
	User     *state.User
	Old, New *state.Link
}

// desk is where one user's part is worked out.
type desk struct {
	*session
	user     *state.User
	settings *policies.Settings
	checksOf [4][]policies.Check  // by kind, see checks
	window   cond.Expr            // see eventWindow
	onPage   *policies.Settings   // see page
	finder   *policies.RuleFinder // see rules
	box      *state.MailboxState
	zone     *time.Location
	today    state.Date
	cmp      *comparer
	notes    *notebook
	quiet    bool
	heirsOf  [4]map[string]*state.Link // by kind, see heirs
	draft    *Draft
	observe  func(*pair)              // told every decided pair; nil for nobody
	scratch  *pair                    // see newPair
	views    map[string]*personalView // by the name the policy gives
	ahead    *cond.Ahead              // nil where no rule gains by it; see foresee
	promises []policies.UserInvariant // that bear on the user
}

// Draft works out one user's part.
func (s *Session) Draft(ctx context.Context, u *state.User) (*Draft, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d, err := s.open(u)
	if err != nil {
		return nil, err
	}
	if d.block() == 1 {
		d.scratch = &pair{}
	}
	return d.work(ctx)
}

// work fills the desk's draft.
func (d *desk) work(ctx context.Context) (*Draft, error) {
	if d.skippedWhole() {
		return d.draft, nil
	}
	for _, kind := range state.Kinds() {
		if err := d.planKind(ctx, kind); err != nil {
			return nil, err
		}
	}
	d.holdForMembership()
	d.sort()
	number(d.opts.Session, d.user.Address, d.draft.plan.Operations)
	return d.draft, nil
}

// open prepares a user's desk.
func (s *session) open(u *state.User) (*desk, error) {
	box, err := s.snap.Mailboxes.Mailbox(u)
	if err != nil {
		return nil, fmt.Errorf("reading the mailbox of %s: %w", u.Address, err)
	}
	zone := u.Zone
	if zone == nil {
		zone = time.UTC
	}
	d := &desk{session: s, user: u, settings: s.settings[u.Address], box: box, zone: zone,
		today: state.DateOf(s.snap.At, zone), notes: newNotebook()}
	d.cmp = &comparer{user: u, dir: s.snap.Directory, knows: d.knows}
	d.draft = &Draft{user: u, notes: d.notes, plan: UserPlan{User: u.Address, Name: u.Name(), TimeZone: zone.String(),
		Provider: u.Value(state.UserProvider).Text(), Operations: []Operation{}, Skipped: []Skipped{}}}
	if s.snap.Simulated {
		d.draft.reads = newReads()
	}
	d.draft.tally = tallyOf(d)
	d.promises = s.set.InvariantsFor(u, s.snap.Directory)
	if slices.ContainsFunc(d.settings.Rules, func(r policies.UserRule) bool { return r.Batched }) {
		d.ahead = &cond.Ahead{}
	}
	return d, nil
}

// skippedWhole: inactive and switched-off people are left out, links and all.
func (d *desk) skippedWhole() bool {
	switch sync := d.settings.Get(policies.Sync); {
	case !d.user.Active():
		d.draft.plan.SkippedWhole = &Reason{Code: "user_inactive", Text: d.user.Name() + " is inactive in Salesforce; links stay as they are"}
	case sync.Text == "off":
		d.draft.plan.SkippedWhole = &Reason{Code: "sync_off", Text: "sync is switched off for " + d.user.Name() + "; links stay as they are", Policy: refTo(sync.Origin)}
	default:
		return false
	}
	return true
}

// planKind decides everything of one kind for the user.
func (d *desk) planKind(ctx context.Context, kind state.Kind) error {
	if !d.takesPart(kind) {
		return nil
	}
	d.noteKind(kind)
	items, duplicates := d.unlinkedItems(kind)
	m := d.findMatches(kind, items)
	linkedLive, err := d.planLinks(ctx, kind)
	if err != nil {
		return err
	}
	candidates := d.candidates(kind, m)
	for block := range slices.Chunk(candidates, d.block()) {
		d.foreseeRecords(block)
		for _, o := range block {
			if err := d.settle(ctx, d.recordPair(o, m)); err != nil {
				return err
			}
		}
	}
	d.draft.takes[kind], d.draft.claimed[kind] = true, linkedLive+len(candidates)
	return d.planItems(ctx, items, duplicates, m)
}

// planLinks decides the linked pairs, and counts those whose record lives.
func (d *desk) planLinks(ctx context.Context, kind state.Kind) (live int, err error) {
	var links []*state.Link
	for _, link := range d.box.Links.All() {
		if link.Kind == kind && !d.countsAsNone(link) {
			links = append(links, link)
		}
	}
	for block := range slices.Chunk(links, d.block()) {
		pairs := make([]*pair, len(block))
		for i, link := range block {
			pairs[i] = d.linkedPair(link)
		}
		d.foreseePairs(pairs)
		for _, p := range pairs {
			if p.recordState == state.Live {
				live++
			}
			p.fillFacts()
			if err := d.settle(ctx, p); err != nil {
				return 0, err
			}
			d.relink(p)
		}
	}
	return live, nil
}

// planItems decides the unlinked items that no record's row has taken in.
func (d *desk) planItems(ctx context.Context, items, duplicates []*state.Object, m *matches) error {
	alone := slices.DeleteFunc(slices.Clone(items), func(o *state.Object) bool {
		return len(m.ofItem[o.ID]) == 1 && !m.ambiguousItem(o.ID) // one case with its record
	})
	for block := range slices.Chunk(alone, d.block()) {
		pairs := make([]*pair, len(block))
		for i, o := range block {
			pairs[i] = d.itemPair(o, m, false)
		}
		d.foreseePairs(pairs)
		for _, p := range pairs {
			if err := d.settle(ctx, p); err != nil {
				return err
			}
		}
	}
	for _, o := range duplicates {
		p := d.itemPair(o, m, true)
		d.note("duplicate_link", "", p)
		if err := d.settle(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// takesPart: a user takes part in a kind once both sides have a first capture.
func (d *desk) takesPart(kind state.Kind) bool {
	mailbox, salesforce := d.box.Items[kind].Coverage.Captured(), d.captured(kind)
	if mailbox && salesforce {
		return true
	}
	side := "their mailbox"
	if !salesforce {
		side = "Salesforce"
	}
	g := d.notes.entry("incomplete_capture", "none "+kind.String()+side)
	g.addUser(d.user)
	g.addDetail(fmt.Sprintf("no %s of %s were captured yet: nothing is planned for them", kind.Plural(), side))
	g.addRemedy(fmt.Sprintf("record a full capture of the %s of %s", kind.Plural(), side))
	return false
}

// settle decides a pair and files what comes of it.
func (d *desk) settle(ctx context.Context, p *pair) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.decide(); err != nil {
		return fmt.Errorf("%s %s of %s: %w", p.kind, p.shownRecordID(), d.user.Address, err)
	}
	if d.observe != nil {
		d.observe(p)
	}
	plan := &d.draft.plan
	plan.Operations = append(plan.Operations, p.ops...)
	plan.Skipped = append(plan.Skipped, p.skipped...)
	switch p.counted {
	case countUnchanged:
		plan.Summary.Unchanged++
	case countUnseen:
		plan.Summary.Unseen++
	case countOthers:
		plan.Summary.Others++
	case countPersonal:
		plan.Summary.Personal++
	}
	return nil
}

// relink notes a link whose base or record moved on without an operation.
func (d *desk) relink(p *pair) {
	if !d.snap.Simulated || !p.diff.rebased && p.recordID == p.link.RecordID {
		return // only a model world goes on from here
	}
	link := *p.link
	link.Base, link.RecordID = p.diff.base, p.recordID
	d.draft.relinks = append(d.draft.relinks, Relink{User: d.user, Old: p.link, New: &link})
}

// candidates lists the unlinked live records that can concern the user: their
// own, the contacts of their scope, and whatever an item of theirs matches.
func (d *desk) candidates(kind state.Kind, m *matches) []*state.Object {
	seen := map[string]bool{}
	var out []*state.Object
	add := func(o *state.Object) {
		if o == nil || seen[o.ID] || o.State() != state.Live || o.Item() == nil || d.linkOf(kind, o.ID) != nil {
			return
		}
		seen[o.ID] = true
		out = append(out, o)
	}
	for _, o := range d.find(kind, state.ByUser, d.user.ID) {
		add(o)
	}
	for _, id := range sortedKeys(m.ofRecord) {
		add(d.lookUp(kind, id))
	}
	for _, o := range d.scoped(kind) {
		add(o)
	}
	slices.SortFunc(out, func(a, b *state.Object) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// scoped lists the records that may be in scope though they are not the user's
// own: contacts under all or a view, and whatever has no recorded owner.
func (d *desk) scoped(kind state.Kind) []*state.Object {
	if kind == state.Contact {
		scope := d.settings.Get(policies.ContactsScope)
		if scope.View == nil && scope.Text != "mine" || scope.View != nil && scope.View.Filter != nil {
			return d.everyRecord(kind)
		}
		if scope.View != nil {
			return d.viewed(d.personalView(scope.View))
		}
	}
	return d.find(kind, state.ByUser, state.NoUser)
}

// viewed lists the contacts that may be in a list view besides the person's own.
func (d *desk) viewed(v *personalView) []*state.Object {
	switch {
	case v == nil, !v.byResult && !v.ownOnly(), v.byResult && (!v.Complete || v.filter != nil):
		return d.everyRecord(state.Contact) // a definition may have contacts that a result has not
	case !v.byResult:
		return d.find(state.Contact, state.ByUser, state.NoUser)
	}
	var out []*state.Object
	for id := range v.Members {
		out = append(out, d.lookUp(state.Contact, id))
	}
	return out
}

// holdForMembership holds everything of a user whose groups cannot be told.
func (d *desk) holdForMembership() {
	if len(d.settings.MembershipUnknown) == 0 {
		return
	}
	group := d.settings.MembershipUnknown[0]
	text := fmt.Sprintf("it cannot be told whether %s belongs to group %s, which would change the settings", d.user.Name(), group.Name)
	if group.Layer == policies.LayerRego {
		text = fmt.Sprintf("it cannot be told whether the rule at %s:%d sets something for %s", group.File, group.Line, d.user.Name())
	}
	h := &holding{"membership_unknown", text, group}
	for i := range d.draft.plan.Operations {
		if op := &d.draft.plan.Operations[i]; !op.Held {
			op.hold(h)
		}
	}
}

// sort puts operations and skipped rows into the order of plans.
func (d *desk) sort() {
	onRank := map[Target]int{OnMailbox: 0, OnSalesforce: 1, OnLink: 2}
	kindRank := map[string]int{}
	for _, k := range state.Kinds() {
		kindRank[k.String()] = int(k)
	}
	slices.SortStableFunc(d.draft.plan.Operations, func(a, b Operation) int {
		if c := kindRank[a.Kind] - kindRank[b.Kind]; c != 0 {
			return c
		}
		if c := strings.Compare(orElse(a.RecordID, a.ItemID), orElse(b.RecordID, b.ItemID)); c != 0 {
			return c
		}
		return onRank[a.On] - onRank[b.On]
	})
	slices.SortStableFunc(d.draft.plan.Skipped, func(a, b Skipped) int {
		if c := kindRank[a.Kind] - kindRank[b.Kind]; c != 0 {
			return c
		}
		return strings.Compare(orElse(a.RecordID, a.ItemID), orElse(b.RecordID, b.ItemID))
	})
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Select leaves only the users whose address matches the glob pattern; summary
// and verdict stay for all.
func Select(p *Plan, glob string) error {
	if glob == "" {
		return nil
	}
	kept := p.Users[:0:0]
	for _, u := range p.Users {
		ok, err := path.Match(strings.ToLower(glob), u.User)
		if err != nil {
			return fmt.Errorf("--user %q: %w", glob, err)
		}
		if ok {
			kept = append(kept, u)
		}
	}
	p.Users = kept
	if p.Users == nil {
		p.Users = []UserPlan{}
	}
	return nil
}
