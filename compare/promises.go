package compare

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
	"weir/policies/prove"
	"weir/state"
)

// This file asks whether a policy keeps its invariants, whatever people and things
// there are. For each operation that one forbids it writes down what must hold at the
// least for the engine to do it: the person is synced, the switches that it needs are
// set, no rule excludes or holds. If that cannot be together with the invariant's
// condition, the invariant is kept. Otherwise the person and thing that were found are
// put before the engine, with the history that would lead to the operation; if the
// engine does it, the invariant is refuted.

// Status is what is known of an invariant.
type Status string

// The statuses.
const (
	Proved   Status = "proved"
	Refuted  Status = "refuted"
	Doubtful Status = "undecided"
)

// Promise is what was found out about one invariant over all inputs.
type Promise struct {
	Name   string            `json:"name"`
	Status Status            `json:"status"`
	Text   string            `json:"text"` // in words
	Policy *engine.PolicyRef `json:"policy"`
	// Example is what breaks it; nil unless it is refuted.
	Example *Example `json:"example,omitempty"`
}

// maxOwners bounds the people with a user block who are looked at by themselves.
const maxOwners = 200

// Promises tells of each invariant of a policy whether it is kept for all people and
// things that are recorded in full.
func Promises(ctx context.Context, set *policies.Set) ([]Promise, error) {
	p := &promises{ctx: ctx, set: set, prover: prove.NewProver(prove.Steps)}
	out := []Promise{}
	for _, i := range set.Invariants() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		found, err := p.promise(i)
		if err != nil {
			return nil, err
		}
		out = append(out, found)
	}
	return out, nil
}

type promises struct {
	ctx    context.Context
	set    *policies.Set
	prover *prove.Prover
}

// promise looks at every operation that the invariant forbids, for every kind and for
// everybody.
func (p *promises) promise(i *policies.Invariant) (Promise, error) {
	out := Promise{Name: i.Name, Status: Proved, Policy: ref(&i.Origin), Text: "kept for all people and things"}
	addresses := []string{""}
	for _, u := range p.set.Users() {
		addresses = append(addresses, u.Address)
	}
	var doubts []string
	if len(addresses) > maxOwners {
		addresses = addresses[:maxOwners]
		doubts = append(doubts, fmt.Sprintf("there are more than %d user blocks", maxOwners))
	}
	for _, word := range i.Never {
		for _, k := range i.Kinds {
			for _, address := range addresses {
				for _, side := range []state.Side{state.Salesforce, state.Mailbox} {
					e, possible := p.needed(word, k, side, address)
					if !possible {
						continue
					}
					about := cond.AllOf(p.set.PromisedTo(i), i.When, e)
					if side == state.Mailbox && !readsLink(i.When) {
						about = cond.AllOf(about, cond.IsNull(cond.Attr{Attr: state.AttrBorn})) // there is no record to be seen
					}
					w, gaps := p.prover.Find(about, prove.Domain{Kind: k, Side: side})
					if w == nil && len(gaps) == 0 {
						continue
					}
					what := deed(word, k)
					if w != nil {
						broken, how, err := p.breaks(i, word, w, address)
						if err != nil {
							return out, err
						}
						if broken {
							example := &Example{Relation: Wider, At: w.Now, Fields: fieldsOf(w), Old: "never " + what, New: what}
							if address != "" {
								example.Fields = append([]Field{{"mailbox", address}}, example.Fields...)
							}
							return Promise{Name: i.Name, Status: Refuted, Policy: out.Policy, Text: "broken: " + what + how, Example: example}, nil
						}
						gaps = []string{"nothing in the policy was found that prevents it, and nothing that does it" + p.blind(word, k)}
					}
					if doubt := what + ": " + strings.Join(gaps, "; "); !slices.Contains(doubts, doubt) {
						doubts = append(doubts, doubt)
					}
				}
			}
		}
	}
	if len(doubts) > 0 {
		out.Status, out.Text = Doubtful, "it cannot be proved: "+strings.Join(doubts, "; ")
	}
	return out, nil
}

// readsLink reports a condition that asks about the link itself.
func readsLink(e cond.Expr) bool {
	attrs := cond.Reads(e).Attrs
	return slices.Contains(attrs, state.AttrBorn) || slices.Contains(attrs, state.AttrLinked)
}

// deed is a word of never with the kind, in words.
func deed(word string, k state.Kind) string {
	return strings.ReplaceAll(word, "_", " ") + " of " + k.Plural()
}

// needed is what must hold at the least for the engine to do what a word names to a
// thing of a kind: of a record (Salesforce), or of an item of which there is no record
// (Mailbox). Not possible: it never does.
func (p *promises) needed(word string, k state.Kind, side state.Side, address string) (e cond.Expr, possible bool) {
	all := []cond.Expr{p.may(policies.Sync, address, func(v policies.Value) bool { return v.Text == "on" })}
	record := side == state.Salesforce
	if record {
		// A hold rule for down holds what is done to the copy of a record.
		if strings.HasSuffix(word, "_in_mailbox") {
			all = append(all, cond.Negate(p.rules(k, policies.Down, policies.Hold)))
		} else {
			all = append(all, cond.Negate(p.bothWays(k)))
		}
	}
	set := func(name string, is func(policies.Value) bool) {
		if id, ok := policies.ParseSetting(k.Plural() + "." + name); ok {
			all = append(all, p.may(id, address, is))
		}
	}
	text := func(want ...string) func(policies.Value) bool {
		return func(v policies.Value) bool { return slices.Contains(want, v.Text) }
	}
	switch word {
	case "create_in_mailbox":
		set("downsync", func(v policies.Value) bool { return v.Bool })
		all = append(all, cond.Negate(p.rules(k, policies.Down, policies.Exclude)))
		return cond.AllOf(all...), record
	case "update_in_mailbox":
		all = append(all, cond.Negate(p.rules(k, policies.Down, policies.Exclude)))
		return cond.AllOf(all...), record
	case "create_in_salesforce":
		set("upsync", text("marked", "auto"))
		all = append(all, cond.Negate(p.rules(k, policies.Up, policies.Hold)), cond.Negate(p.rules(k, policies.Up, policies.Exclude)))
		return cond.AllOf(all...), !record
	case "delete_in_salesforce":
		set("forbid_to_remove", func(v policies.Value) bool { return !v.Bool })
		set("removal", text("propagate"))
		return cond.AllOf(all...), record
	case "decline_in_salesforce":
		set("removal", text("propagate"))
		return cond.AllOf(all...), record && k == state.Event
	case "update_in_salesforce":
		return cond.AllOf(all...), record
	}
	return cond.AllOf(all...), record // of a record that was never seen no copy goes
}

// may is for whom a setting may have such a value: as the layers say, or as their own
// page does.
func (p *promises) may(id policies.Setting, address string, is func(policies.Value) bool) cond.Expr {
	own := slices.ContainsFunc(policies.OwnChoices(id), is)
	any := []cond.Expr{cond.Const(false)}
	for _, c := range p.set.SettingCases(id, address) {
		if is(c.Value) || c.Rego != "" || c.Disagree || own && !c.Locked {
			any = append(any, c.When)
		}
	}
	return cond.AnyOf(any...)
}

// rules is the condition that some rule applies with an effect.
func (p *promises) rules(k state.Kind, d policies.Direction, effect policies.Effect) cond.Expr {
	e, _ := appliesTo(p.set, p.set.Rules(), k, d, effect)
	return e
}

// bothWays is the condition that a rule for up holds or excludes, as far as it is one
// of the record too: what it reads is the same seen from either side.
func (p *promises) bothWays(k state.Kind) cond.Expr {
	var same []*policies.Rule
	for _, r := range p.set.Rules() {
		if r.When != nil && seenAlike(r.When) {
			same = append(same, r)
		}
	}
	hold, _ := appliesTo(p.set, same, k, policies.Up, policies.Hold)
	return hold
}

// seenAlike reports a condition that reads nothing that record and item each have of
// their own.
func seenAlike(e cond.Expr) bool {
	reads := cond.Reads(e)
	return len(cond.Opaques(e)) == 0 && !slices.ContainsFunc(reads.Attrs, func(a state.Attr) bool {
		row := a.Describe()
		return row.On(state.Salesforce) != state.NoPlace && row.On(state.Mailbox) != state.NoPlace && a != state.AttrKind && a != state.AttrBorn && a != state.AttrLinked
	})
}

// blind says of an operation in Salesforce why rules that hold may not hold it: they are
// asked of the item, which may have come to differ from the record.
func (p *promises) blind(word string, k state.Kind) string {
	if !strings.HasSuffix(word, "_in_salesforce") {
		return ""
	}
	for _, r := range p.set.Rules() {
		if r.When != nil && r.Effect == policies.Hold && r.AppliesTo(k, policies.Up) && !seenAlike(r.When) {
			return fmt.Sprintf(" (rule %s is asked of the item in the mailbox, which may differ from the record)", r.Name)
		}
	}
	return ""
}

// breaks puts a person and a thing before the engine, with the histories that lead to
// what a word names, and asks whether the invariant is broken, and how.
func (p *promises) breaks(i *policies.Invariant, word string, w *prove.World, address string) (broken bool, how string, err error) {
	if address != "" {
		u := *w.User
		u.Address = address
		copied := *w
		copied.User = &u
		w = &copied
	}
	for _, past := range histories(word, w) {
		plan, diags, err := engine.MakePlan(p.ctx, past.Snapshot, p.set, engine.Options{Session: 1, ShowPrivate: true})
		if err != nil {
			return false, "", err
		}
		if diags.HasErrors() {
			continue
		}
		for _, f := range plan.Findings {
			if f.Code == "invariant_broken" && f.Policy.Name == i.Name {
				return true, past.how, nil
			}
		}
	}
	return false, "", nil
}

// past is a world with the history that led to it, in words where it is not the
// plainest one.
type past struct {
	*state.Snapshot
	how string
}

// histories are worlds in which a session may do what a word names: what the condition
// does not ask about is such that nothing else stands in the way.
func histories(word string, w *prove.World) []past {
	one := func(s *state.Snapshot) []past { return []past{{s, ""}} }
	record, item := w.Item, w.Other
	if w.Item.Side == state.Mailbox {
		record, item = w.Other, w.Item
	}
	if record != nil {
		record = ordinary(w, record)
	}
	linked := w.Link != nil
	switch word {
	case "create_in_mailbox":
		if record != nil && !linked {
			return one(history(w, record, nil, nil, nil, false))
		}
	case "create_in_salesforce":
		if record == nil && item != nil {
			marked := ordinary(w, item)
			if !reads(w, "item.categories") {
				marked.Set(state.AttrCategories, state.TextsValue([]string{state.DefaultMarkers().Category}))
			}
			return one(history(w, nil, marked, nil, nil, false))
		}
	}
	if record == nil {
		return nil
	}
	made := engine.CopyOf(record, w.User, w.Directory, state.DefaultMarkers())
	made.ID = record.ID
	before := func(it *state.Item) *state.Item {
		old := it.Clone()
		for _, a := range []state.Attr{state.AttrTitle, state.AttrLastName, state.AttrBody} {
			if a.Describe().Has(it.Kind) && a.Describe().On(it.Side) == state.Stored && !reads(w, "item."+a.String()) {
				old.Set(a, state.TextValue("before"))
				return old
			}
		}
		return nil
	}
	switch word {
	case "update_in_mailbox":
		if old := before(record); old != nil {
			copied := engine.CopyOf(old, w.User, w.Directory, state.DefaultMarkers())
			copied.ID = record.ID
			return one(history(w, record, copied, old, nil, true))
		}
	case "update_in_salesforce":
		if changed := before(made); changed != nil {
			return one(history(w, record, changed, nil, made, true))
		}
	case "delete_in_mailbox":
		gone := history(w, record, made, nil, nil, true)
		end(gone.Records[record.Kind], record.ID, w.Now)
		return one(gone)
	case "delete_in_salesforce", "decline_in_salesforce":
		var out []past
		for _, p := range []past{{history(w, record, made, nil, nil, true), ""},
			{history(w, record, reworded(w, made), nil, made, true), ", after the copy was edited and then deleted"}} {
			box, _ := p.Mailboxes.Mailbox(w.User)
			end(box.Items[record.Kind], made.ID, w.Now)
			out = append(out, p)
		}
		return out
	}
	return nil
}

// reworded is a copy in which the person wrote something else wherever the condition asks
// for a text.
func reworded(w *prove.World, made *state.Item) *state.Item {
	out := made.Clone()
	for a := state.Attr(1); a < state.NumAttrs; a++ {
		if row := a.Describe(); row.Has(made.Kind) && row.Type == state.Text && row.On(state.Mailbox) == state.Stored && row.On(state.Salesforce) == state.Stored && reads(w, "item."+a.String()) {
			out.Set(a, state.TextValue("reworded"))
		}
	}
	return out
}

// ordinary gives a thing what things usually have, as far as the condition does not
// ask about it.
func ordinary(w *prove.World, it *state.Item) *state.Item {
	out := it.Clone()
	set := func(a state.Attr, v state.Value) {
		row := a.Describe()
		if row.Has(out.Kind) && row.On(out.Side) == state.Stored && !reads(w, "item."+a.String()) && !out.Value(a).IsKnown() {
			out.Set(a, v)
		}
	}
	if !reads(w, "item.participants") && !reads(w, "item.owner_email") && !reads(w, "item.organizer_email") {
		set(state.AttrOwner, state.TextValue(w.User.ID))
	}
	set(state.AttrTitle, state.TextValue("Example"))
	set(state.AttrLastName, state.TextValue("Example"))
	set(state.AttrDue, state.DayValue(w.Today))
	if !out.AllDay() && !reads(w, "item.start_date") && !reads(w, "item.end_date") {
		set(state.AttrStart, state.InstantValue(w.Now.Add(24*time.Hour)))
		set(state.AttrEnd, state.InstantValue(w.Now.Add(25*time.Hour)))
	}
	return out
}

// history is a snapshot of a record and an item, each perhaps with a former version,
// linked or not.
func history(w *prove.World, record, item, oldRecord, oldItem *state.Item, linked bool) *state.Snapshot {
	s := snapshotOf(&prove.World{Subject: cond.Subject{User: w.User, Directory: w.Directory, Now: w.Now}})
	box, _ := s.Mailboxes.Mailbox(w.User)
	put := func(t *state.Table, it, old *state.Item) {
		o := &state.Object{ID: it.ID, Kind: it.Kind}
		from := w.Now.Add(-48 * time.Hour)
		if old != nil {
			o.Versions = append(o.Versions, state.Version{From: from, SeenAt: from, State: state.Live, Item: old})
			from = w.Now.Add(-time.Hour)
		}
		o.Versions = append(o.Versions, state.Version{From: from, SeenAt: from, State: state.Live, Item: it})
		t.Put(o)
	}
	for _, k := range state.Kinds() { // as captured all along
		s.Records[k].Coverage.First, box.Items[k].Coverage.First = w.Now.Add(-72*time.Hour), w.Now.Add(-72*time.Hour)
	}
	if record != nil {
		put(s.Records[record.Kind], record, oldRecord)
	}
	if item != nil {
		put(box.Items[item.Kind], item, oldItem)
	}
	if linked {
		box.Links.Put(&state.Link{Kind: record.Kind, RecordID: record.ID, ItemID: item.ID, State: state.LinkActive, Born: state.Salesforce})
	}
	return s
}

// end lets a thing be deleted an hour before the session.
func end(t *state.Table, id string, now time.Time) {
	o := t.Get(id)
	at := now.Add(-time.Hour)
	t.Put(o.With(state.Version{From: at, SeenAt: at, State: state.Deleted, Item: o.Item()}))
}
