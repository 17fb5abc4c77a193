package simulate

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/recording"
	"weir/state"
)

// DefaultEvery is the time between sessions unless the options say otherwise.
const DefaultEvery = 30 * time.Minute

// Options for a run. The zero value simulates the whole recording.
type Options struct {
	From, To time.Time     // first and last instant; zero for the first and last capture
	Every    time.Duration // time between sessions; zero for DefaultEvery
	Sessions int           // at most so many sessions; zero for all up to To
	Settle   bool          // go on after the last session until nothing changes any more

	PolicyDigest, RecordingDigest string
	ShowPrivate, Demo             bool

	// Observer is told what decisions look at; nil for nobody.
	Observer engine.Observer

	// PlanAll plans every session, also those in which nothing can have changed:
	// the same result, slower.
	PlanAll bool

	// Faults, if set, lets the simulated sync fail, compares how that ends with the run
	// without faults, and settles both.
	Faults *Faults

	people people // who acts instead of the recorded people, for tests; nil for them

	// Progress, if set, is told how far the run has come: after every session, and in
	// a session after every person who is drafted.
	Progress func(Progress)
	// OnSession, if set, is given every listed session when it is done.
	OnSession func(*engine.Plan)
	// Forget leaves the listed sessions out of the result, so that memory does not
	// grow with them: OnSession was given them.
	Forget bool
}

// Progress is how far a run has come. While it settles, the sessions of Of are done.
type Progress struct {
	Session, Of int // sessions begun, and to be
	// People of the session's Everybody are done; both 0 when the session is.
	People, Everybody int
}

// Run simulates the sessions. Diagnostics are problems of the policy with the
// recorded people, or of the recording; with errors among them there is no
// result. An error is an I/O failure, a cancelled context or options that make
// no sense.
func Run(ctx context.Context, src Source, set *policies.Set, opts Options) (*Result, hcl.Diagnostics, error) {
	if opts.Faults != nil {
		return runWithFaults(ctx, src, set, opts)
	}
	r, diags, err := newRun(src, set, opts)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	return r.toEnd(ctx)
}

// toEnd lets all sessions happen.
func (r *run) toEnd(ctx context.Context) (*Result, hcl.Diagnostics, error) {
	for r.n = 1; r.n <= r.total; r.n++ {
		if err := ctx.Err(); err != nil {
			return nil, r.diags, err
		}
		if err := r.session(ctx); err != nil || r.diags.HasErrors() {
			return nil, r.diags, err
		}
		r.progress(0, 0)
	}
	if r.opts.Settle {
		r.n = r.total
		if err := r.settle(ctx); err != nil || r.diags.HasErrors() {
			return nil, r.diags, err
		}
	}
	return r.finish(), r.diags, nil
}

// run is a simulation under way.
type run struct {
	src     Source
	set     *policies.Set
	opts    Options
	context *state.Snapshot // people, views, access and coverage as last captured
	world   *world
	people  people
	diags   hcl.Diagnostics

	captures []recording.Capture
	captured int // how many of them were looked at

	n, total int
	at       time.Time
	// busy: the last planned session changed something, or this one must be planned
	// for another reason.
	busy bool

	listed  *ledger
	out     *Result
	inquiry *inquiry                // nil unless a question was asked
	missed  []action                // of people, with nothing there to do them to
	settled func(last *engine.Plan) // told of the last plan before it is filed, if set
}

func newRun(src Source, set *policies.Set, opts Options) (*run, hcl.Diagnostics, error) {
	if opts.Every == 0 {
		opts.Every = DefaultEvery
	}
	if opts.From.IsZero() {
		opts.From = src.First()
	}
	if opts.To.IsZero() {
		opts.To = src.Last()
	}
	switch {
	case opts.Every < 0:
		return nil, nil, fmt.Errorf("the time between sessions must be positive, not %s", opts.Every)
	case src.First().IsZero():
		return nil, nil, fmt.Errorf("the recording holds no captures")
	case opts.From.Before(src.First()):
		return nil, nil, fmt.Errorf("%s is before the first capture, %s", opts.From.UTC().Format(time.RFC3339), src.First().UTC().Format(time.RFC3339))
	case opts.To.Before(opts.From) && opts.Sessions == 0:
		return nil, nil, fmt.Errorf("the last session, %s, is before the first, %s", opts.To.UTC().Format(time.RFC3339), opts.From.UTC().Format(time.RFC3339))
	}
	r := &run{src: src, set: set, opts: opts, listed: newLedger(), total: sessionsBetween(opts)}
	var diags hcl.Diagnostics
	r.captures = src.Captures()
	r.context, diags = src.At(opts.From)
	r.diags = diags
	if diags.HasErrors() {
		return r, diags, nil
	}
	whole, _ := src.At(laterOf(src.Last(), opts.From))
	err := readBoxes(r.context, whole)
	if err != nil {
		return nil, diags, err
	}
	if r.world, err = newWorld(r.context); err != nil {
		return nil, diags, err
	}
	if opts.people != nil {
		r.people = opts.people
	} else if r.people, err = newReplay(r.context, whole); err != nil {
		return nil, diags, err
	}
	r.out = &Result{Format: Format, Demo: opts.Demo, PolicyDigest: opts.PolicyDigest, RecordingDigest: opts.RecordingDigest,
		From: opts.From.UTC(), Every: opts.Every.String(), Sessions: []*engine.Plan{}, SessionsRun: r.total}
	return r, diags, nil
}

func (r *run) progress(people, everybody int) {
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{r.n, max(r.n, r.total), people, everybody})
	}
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sessionsBetween is the number of sessions: one at From, then one each Every, up
// to and including To.
func sessionsBetween(o Options) int {
	n := 1
	if o.To.After(o.From) {
		n = int(o.To.Sub(o.From)/o.Every) + 1
	}
	if o.Sessions > 0 && (o.Sessions < n || o.To.IsZero()) {
		n = o.Sessions
	}
	return n
}

// session lets one session happen.
func (r *run) session(ctx context.Context) error {
	before := r.at
	r.at = r.opts.From.Add(time.Duration(r.n-1) * r.opts.Every)
	if r.n > 1 {
		if err := r.refresh(before); err != nil {
			return err
		}
	}
	var did happenings
	if r.n > 1 {
		// The first session sees the world exactly as recorded: what happened before
		// it but was captured later comes right after it.
		did = r.people.until(r.world, r.at)
		r.out.Replay.add(did)
		r.busy = r.busy || did.any()
	}
	if !r.busy && !r.concernsAnybody() && !r.mustList() && !r.opts.PlanAll {
		return nil
	}
	plan, done, err := r.work(ctx, did)
	if err == nil && plan != nil {
		r.file(plan, r.mustList() || done.struck > 0)
	}
	return err
}

// mustList: the first and the last session are always listed.
func (r *run) mustList() bool { return r.n == 1 || r.n == r.total && !r.opts.Settle }

// work plans the session and carries it out. There is no plan if the policy has
// problems with the people, which are then among the diagnostics.
func (r *run) work(ctx context.Context, did happenings) (*engine.Plan, applied, error) {
	snap := r.world.snapshot(r.context, r.at)
	eng, drafts, err := r.draft(ctx, snap)
	if err != nil || eng == nil {
		return nil, applied{}, err
	}
	r.out.SessionsPlanned++
	plan := eng.AssembleChanged(drafts, r.world.memory.anew)
	r.world.explainCauses(plan)
	if err := r.inquire(ctx, plan, snap); err != nil {
		return nil, applied{}, err
	}
	r.moveOn(drafts)
	done := r.world.apply(plan, snap, eng)
	r.noteHappenings(plan, done, did)
	r.busy = done.changes+done.struck > 0
	return plan, done, nil
}

func (r *run) engineOptions() engine.Options {
	return engine.Options{Session: r.n, PolicyDigest: r.opts.PolicyDigest, RecordingDigest: r.opts.RecordingDigest, ShowPrivate: r.opts.ShowPrivate, Demo: r.opts.Demo, Observer: r.opts.Observer, Asked: r.asked}
}

// asked is how weir explain is asked about a session.
func (r *run) asked(session int) string {
	text := fmt.Sprintf(" --session %d", session)
	if !r.opts.From.Equal(r.src.First()) {
		text += " --from " + r.opts.From.UTC().Format(time.RFC3339)
	}
	recorded := sessionsBetween(Options{From: r.opts.From, To: r.src.Last(), Every: r.opts.Every})
	if r.total != recorded && session > min(r.total, recorded) {
		text += " --to " + r.opts.From.Add(time.Duration(r.total-1)*r.opts.Every).UTC().Format(time.RFC3339)
	}
	if r.opts.Every != DefaultEvery {
		text += " --every " + r.opts.Every.String()
	}
	if session > r.total {
		text += " --settle"
	}
	return text
}

// inquire answers the question, if one was asked, of the session that it is about.
func (r *run) inquire(ctx context.Context, plan *engine.Plan, snap *state.Snapshot) error {
	if r.inquiry == nil {
		return nil
	}
	r.inquiry.note(plan, snap, r.opts.Every)
	if r.n != r.inquiry.Session {
		return nil
	}
	diags, err := r.inquiry.ask(ctx, plan, snap, r.set, r.engineOptions())
	r.diags = mergeDiagnostics(r.diags, diags)
	return err
}

// noteHappenings adds the findings about the simulation itself.
func (r *run) noteHappenings(plan *engine.Plan, done applied, did happenings) {
	for _, s := range done.superseded {
		u := r.user(s.user)
		plan.Note("superseded", u, orElse(s.op.RecordID, s.op.ItemID), s.op.Title, s.text(u.Name()))
	}
	r.missed = append(r.missed, did.unreachable...)
	for _, a := range did.unreachable {
		title := r.title(a)
		plan.Note("unreachable_action", r.user(a.user), a.id, title, fmt.Sprintf("%s %s %s", a.kind, title, r.where(a.user)))
	}
	for _, a := range did.undecided {
		plan.NoteUndecided(r.user(a.user), a.id, r.title(a))
	}
}

// where names a side; user is "" for Salesforce.
func (r *run) where(user string) string {
	if u := r.user(user); u != nil {
		return "in the mailbox of " + u.Name()
	}
	return "in Salesforce"
}

// title names what an action was about, as far as the privacy of output lets.
func (r *run) title(a action) string {
	sides := []*state.Item{a.version.Item, a.before}
	for _, t := range a.twins {
		sides = append(sides, t.Item())
	}
	return engine.Title(r.opts.ShowPrivate, sides...)
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// user finds a person by mailbox; nil for nobody.
func (r *run) user(address string) *state.User {
	for _, u := range r.context.Users {
		if u.Address == address {
			return u
		}
	}
	return nil
}

func mergeDiagnostics(have, more hcl.Diagnostics) hcl.Diagnostics {
	for _, d := range more {
		if !slices.ContainsFunc(have, func(o *hcl.Diagnostic) bool { return o.Error() == d.Error() }) {
			have = append(have, d)
		}
	}
	return have
}
