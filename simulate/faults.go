package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"weir/engine"
	"weir/state"
)

// This file lets the simulated sync fail, as real ones do. Whether a fault strikes
// is drawn from the seed and the name of what it would strike (a session, an
// operation, a change), never from the order in which anything is asked: the same
// seed, policy and recording give the same faults. Faults end with the last session;
// what comes after them, and whether the state is that of the run without faults, is
// in outcome.go.

// FaultKind is a way in which a session goes wrong.
type FaultKind string

// The kinds of faults.
const (
	// Cut: a session ends half-way; its remaining operations are not carried out.
	Cut FaultKind = "cut"
	// Reject: a service turns an operation down.
	Reject FaultKind = "reject"
	// Budget: Salesforce takes only so many writes of a session.
	Budget FaultKind = "budget"
	// Delay: a person's change is seen one to three sessions late.
	Delay FaultKind = "delay"
	// Duplicate: a session is told once more of a change that an earlier one was told of.
	Duplicate FaultKind = "duplicate"
	// Skew: the clock of the mailboxes is up to five minutes ahead or behind.
	Skew FaultKind = "skew"
)

// FaultKinds lists the kinds.
func FaultKinds() []FaultKind { return []FaultKind{Cut, Reject, Budget, Delay, Duplicate, Skew} }

// DefaultFaultRate is the rate of faults unless the options say otherwise.
const DefaultFaultRate = 0.1

const (
	mostDelay = 3               // sessions
	mostSkew  = 5 * time.Minute // either way
)

// Faults asks for faults in a run.
type Faults struct {
	Seed  uint32
	Kinds []FaultKind // empty for all
	// Rate is the chance, over 0 and up to 1, of an operation to be rejected, of a
	// person's change to be delayed and to be told of twice, and of a session to be cut
	// and to run out of budget; 0 for DefaultFaultRate. Skew is one number for the run.
	Rate float64
}

func (f Faults) rate() float64 {
	if f.Rate == 0 {
		return DefaultFaultRate
	}
	return f.Rate
}

// kinds lists the kinds asked for in their order, each once.
func (f Faults) kinds() []FaultKind {
	if len(f.Kinds) == 0 {
		return FaultKinds()
	}
	return slices.DeleteFunc(FaultKinds(), func(k FaultKind) bool { return !slices.Contains(f.Kinds, k) })
}

func (f Faults) check() error {
	for _, k := range f.Kinds {
		if !slices.Contains(FaultKinds(), k) {
			return fmt.Errorf("there is no kind of fault %q", k)
		}
	}
	if !(f.Rate >= 0 && f.Rate <= 1) {
		return fmt.Errorf("the rate of faults is a share from 0 to 1, not %g", f.Rate)
	}
	return nil
}

// Flags are the command's flags that ask for the same faults.
func (f Faults) Flags() string {
	out := fmt.Sprintf("--faults %d", f.Seed)
	if kinds := f.kinds(); len(kinds) < len(FaultKinds()) {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		out += " --fault-kinds " + strings.Join(names, ",")
	}
	if f.rate() != DefaultFaultRate {
		out += " --fault-rate " + strconv.FormatFloat(f.rate()*100, 'g', 12, 64) + "%"
	}
	return out
}

// struck is a fault that happened: to an operation, or to a person's change of a
// record or item.
type struck struct {
	kind      FaultKind
	session   int    // in which it showed
	operation string // "" for a person's change
	user      string // whose mailbox; "" for a change in Salesforce
	of        state.Kind
	record    string
	item      string
}

// injector draws the faults of a run. A nil injector draws none.
type injector struct {
	Faults
	on       map[FaultKind]bool
	last     int // no session after it is struck
	skew     time.Duration
	injected map[FaultKind]int
	struck   []struck
}

func newInjector(f Faults, last int) *injector {
	in := &injector{Faults: f, on: map[FaultKind]bool{}, last: last, injected: map[FaultKind]int{}}
	for _, k := range f.kinds() {
		in.on[k], in.injected[k] = true, 0
	}
	if in.on[Skew] {
		in.skew = time.Duration(1+in.number(Skew, "how much", int(mostSkew/time.Second))) * time.Second
		if in.number(Skew, "which way", 2) == 0 {
			in.skew = -in.skew
		}
		in.injected[Skew] = 1
	}
	return in
}

// draw is a number that depends on the seed, the kind of fault and a name alone.
func (in *injector) draw(kind FaultKind, name string) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", in.Seed, kind, name))
	return binary.BigEndian.Uint64(sum[:])
}

// number draws one from 0 up to below n.
func (in *injector) number(kind FaultKind, name string, n int) int {
	return int(in.draw(kind, name+", how far") % uint64(n))
}

// strikes draws whether a fault happens to what the name stands for.
func (in *injector) strikes(kind FaultKind, name string) bool {
	return in.on[kind] && float64(in.draw(kind, name)>>11)/(1<<53) < in.rate()
}

// strike marks the operations of a session, given in the order in which they are
// carried out, that faults keep from being carried out.
func (in *injector) strike(session int, acts []act) {
	if in == nil || session > in.last {
		return
	}
	name := strconv.Itoa(session)
	if len(acts) > 0 && in.strikes(Cut, name) {
		in.injected[Cut]++
		for _, a := range acts[in.number(Cut, name, len(acts)):] {
			in.hit(Cut, session, a)
		}
	}
	in.spend(session, acts)
	for _, a := range acts {
		if a.op.On != engine.OnLink && a.op.Fault == "" && in.strikes(Reject, a.op.ID) {
			in.injected[Reject]++
			in.hit(Reject, session, a)
		}
	}
}

// spend lets the session's budget of writes to Salesforce run out.
func (in *injector) spend(session int, acts []act) {
	var writes []act
	for _, a := range acts {
		if a.op.On == engine.OnSalesforce && a.op.Fault == "" {
			writes = append(writes, a)
		}
	}
	name := strconv.Itoa(session)
	if len(writes) == 0 || !in.strikes(Budget, name) {
		return
	}
	in.injected[Budget]++
	for _, a := range writes[in.number(Budget, name, len(writes)):] {
		in.hit(Budget, session, a)
	}
}

func (in *injector) hit(kind FaultKind, session int, a act) {
	a.op.Fault = string(kind)
	in.struck = append(in.struck, struck{kind: kind, session: session, operation: a.op.ID, user: a.user, of: a.op.Effect.Kind, record: a.op.RecordID, item: a.op.ItemID})
}

// thingKey is a record, or an item of a mailbox.
type thingKey struct {
	user string // "" for a record
	recordKey
}

// madeOf remembers of which item a session made a record.
func (w *world) madeOf(record recordKey, item thingKey) {
	if w.origins == nil {
		w.origins = map[recordKey]thingKey{}
	}
	w.origins[record] = item
}

// deliveries draws when sessions are told of what people do, and of what twice.
// Of one thing they hear in the order in which it happened, and of everything by the
// last session.
func (in *injector) deliveries(w *world, actions []action, opts Options) []action {
	session := func(at time.Time) int { // the first that can know
		return 1 + int((at.Sub(opts.From)+opts.Every-1)/opts.Every)
	}
	told := map[thingKey]int{} // of what came last
	out := make([]action, 0, len(actions))
	for _, a := range actions {
		n := session(a.at)
		key := thingKey{a.user, recordKey{a.kind, a.id}}
		name := fmt.Sprintf("%s %s %s %s", a.user, a.kind, a.id, a.at.UTC().Format(time.RFC3339Nano))
		if a.by != person || n > in.last || a.user != "" && w.boxes[a.user] == nil {
			out = append(out, a)
			continue
		}
		seen := max(n, told[key])
		if in.strikes(Delay, name) {
			seen = max(seen, min(n+1+in.number(Delay, name, mostDelay), in.last))
			if seen > n {
				in.injected[Delay]++
			}
		}
		if seen > n {
			in.changed(Delay, seen, a)
		}
		if seen > n || told[key] == n { // after what came before it
			a.toldAt, a.late = opts.From.Add(time.Duration(seen-1)*opts.Every), true
		}
		told[key] = seen
		out = append(out, a)
		if seen < in.last && in.strikes(Duplicate, name) {
			in.injected[Duplicate]++
			in.changed(Duplicate, seen+1, a)
			a.toldAt, a.again = opts.From.Add(time.Duration(seen)*opts.Every), true
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b action) int { return a.told().Compare(b.told()) })
	return out
}

func (in *injector) changed(kind FaultKind, session int, a action) {
	s := struck{kind: kind, session: session, user: a.user, of: a.kind, record: a.id}
	if a.user != "" {
		s.record, s.item = "", a.id
	}
	in.struck = append(in.struck, s)
}

// mailboxClock is what the mailboxes' clock shows at an instant.
func (in *injector) mailboxClock(at time.Time) time.Time {
	if in == nil {
		return at
	}
	return at.Add(in.skew)
}

// shifted is an item as a mailbox with the skewed clock would have dated it.
func (in *injector) shifted(it *state.Item) *state.Item {
	if in == nil || in.skew == 0 || it == nil || !it.Value(state.AttrModified).IsKnown() {
		return it
	}
	it = it.Clone()
	it.Set(state.AttrModified, state.InstantValue(it.Value(state.AttrModified).Instant().Add(in.skew)))
	return it
}

// shift dates everything in a mailbox by its skewed clock.
func (in *injector) shift(box *state.MailboxState) {
	if in == nil || in.skew == 0 {
		return
	}
	for _, k := range state.Kinds() {
		for _, o := range box.Items[k].All() {
			c := *o
			c.Versions = slices.Clone(o.Versions)
			for i := range c.Versions {
				c.Versions[i].Item = in.shifted(c.Versions[i].Item)
			}
			box.Items[k].Put(&c)
		}
	}
}

// inject prepares a run whose sync fails.
func (r *run) inject(f Faults) {
	in := newInjector(f, r.total)
	r.world.faults = in
	if p, ok := r.people.(*replay); ok {
		p.actions = in.deliveries(r.world, p.actions, r.opts)
		for i := range p.actions {
			if a := &p.actions[i]; a.user != "" {
				c := *a.change
				c.version.Item = in.shifted(c.version.Item)
				a.change = &c
			}
		}
	}
	for _, address := range slices.Sorted(maps.Keys(r.world.boxes)) {
		in.shift(r.world.boxes[address])
	}
}
