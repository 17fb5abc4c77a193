package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// Explain answers why, and why not. User is an address, an id, or any part of a
// name or address that only one user has; item an id, or part of a title. An
// empty item explains everything of the user that has a row of its own. What
// the privacy of output hides is found by id only.
func Explain(ctx context.Context, snap *state.Snapshot, set *policies.Set, user, item string, opts Options) ([]Explanation, hcl.Diagnostics, error) {
	found, plan, diags, err := asked(ctx, snap, set, user, item, opts)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	out := []Explanation{}
	var sandbox sandbox
	for _, p := range found {
		e := p.explain(planOf(plan, p.user))
		if item != "" {
			e.Nearest = p.nearestChanges(&sandbox)
		}
		out = append(out, e)
	}
	return out, diags, nil
}

// RuleQuestion asks about a rule, by its name and effect, in a direction. User and Item are as
// [Explain] takes them.
type RuleQuestion struct {
	User, Item string
	Rule       string
	Direction  policies.Direction
	Effect     policies.Effect
}

// RuleApplies reports whether a rule applies: what its line of an explanation says, without the
// words.
func RuleApplies(ctx context.Context, snap *state.Snapshot, set *policies.Set, q RuleQuestion, opts Options) (bool, error) {
	found, _, diags, err := asked(ctx, snap, set, q.User, q.Item, opts)
	if err != nil {
		return false, err
	}
	if diags.HasErrors() {
		return false, diags
	}
	for _, p := range found {
		for _, way := range p.ways() {
			for i := range p.settings.Rules {
				rule := &p.settings.Rules[i]
				if way.direction != q.Direction || rule.Name != q.Rule || rule.Effect != q.Effect || !rule.AppliesTo(p.kind, q.Direction) {
					continue
				}
				if truth, err := rule.When.Eval(&way.subject); err == nil && truth.And(rule.Member) == state.True {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// asked plans for everybody and finds the pairs that are asked for.
func asked(ctx context.Context, snap *state.Snapshot, set *policies.Set, user, item string, opts Options) (found []*pair, plan *Plan, diags hcl.Diagnostics, err error) {
	u, err := findUser(snap.Users, user)
	if err != nil {
		return nil, nil, nil, err
	}
	s, diags := NewSession(snap, set, opts)
	if diags.HasErrors() {
		return nil, nil, diags, nil
	}
	var drafts []*Draft
	var mine *desk
	for _, each := range snap.Users {
		d, err := s.open(each)
		if err != nil {
			return nil, nil, diags, err
		}
		if each == u {
			mine = d
			d.observe = func(p *pair) {
				if p.answersTo(item) {
					found = append(found, p)
				}
			}
		}
		draft, err := d.work(ctx)
		if err != nil {
			return nil, nil, diags, err
		}
		drafts = append(drafts, draft)
	}
	plan = s.Assemble(drafts)
	if item != "" && len(found) == 0 {
		found = mine.elsewhere(item)
	}
	return found, plan, diags, nil
}

// LeftOut says why the session leaves a person out entirely, so that there is
// nothing to explain; nil for everybody else.
func LeftOut(snap *state.Snapshot, set *policies.Set, user string, opts Options) (*Reason, error) {
	u, err := findUser(snap.Users, user)
	if err != nil {
		return nil, err
	}
	s, _ := NewSession(snap, set, opts)
	d, err := s.open(u)
	if err != nil || !d.skippedWhole() {
		return nil, err
	}
	return d.draft.plan.SkippedWhole, nil
}

// UnknownUserError says that no user, or more than one, answers to a name.
type UnknownUserError struct {
	Asked      string
	Candidates []string // addresses: the matching ones, or all when none matches
	Ambiguous  bool
}

func (e *UnknownUserError) Error() string {
	if e.Ambiguous {
		return fmt.Sprintf("%q could be any of %s", e.Asked, strings.Join(e.Candidates, ", "))
	}
	return fmt.Sprintf("no user %q; the recording has %s", e.Asked, enumerate(e.Candidates, 8))
}

func findUser(users []*state.User, asked string) (*state.User, error) {
	want := strings.ToLower(strings.TrimSpace(asked))
	var matching []*state.User
	for _, u := range users {
		if u.Address == want || u.ID == asked {
			return u, nil
		}
		if want != "" && (strings.Contains(u.Address, want) || strings.Contains(strings.ToLower(u.Name()), want)) {
			matching = append(matching, u)
		}
	}
	if len(matching) == 1 {
		return matching[0], nil
	}
	e := &UnknownUserError{Asked: asked, Ambiguous: len(matching) > 1}
	if len(matching) == 0 {
		matching = users
	}
	for _, u := range matching {
		e.Candidates = append(e.Candidates, u.Address)
	}
	return nil, e
}

// FindUser finds a user as Explain does.
func FindUser(users []*state.User, asked string) (*state.User, error) { return findUser(users, asked) }

func planOf(plan *Plan, u *state.User) *UserPlan {
	for i := range plan.Users {
		if plan.Users[i].User == u.Address {
			return &plan.Users[i]
		}
	}
	return nil
}

// answersTo reports whether the pair is what was asked for.
func (p *pair) answersTo(asked string) bool {
	personal := p.counted == countPersonal
	if asked == "" {
		return !personal && p.counted != countOthers
	}
	if p.rec != nil && p.rec.ID == asked || p.itm != nil && p.itm.ID == asked || len(asked) == 15 && p.rec != nil && strings.HasPrefix(p.rec.ID, asked) {
		return true
	}
	if personal && !p.opts.ShowPrivate {
		return false
	}
	return strings.Contains(strings.ToLower(p.title()), strings.ToLower(asked))
}

// elsewhere looks for records that are not the user's business at all.
func (d *desk) elsewhere(asked string) []*pair {
	var out []*pair
	for _, k := range state.Kinds() {
		if d.draft.plan.SkippedWhole != nil {
			break
		}
		items, _ := d.unlinkedItems(k)
		m := d.findMatches(k, items)
		for _, o := range d.everyRecord(k) {
			if o.State() != state.Live || o.Item() == nil {
				continue
			}
			p := d.recordPair(o, m)
			if !p.answersTo(asked) {
				continue
			}
			d.quiet = true
			if err := p.decide(); err == nil {
				out = append(out, p)
			}
			d.quiet = false
		}
	}
	return out
}

func (p *pair) explain(plan *UserPlan) Explanation {
	e := Explanation{User: p.user.Address, Name: p.user.Name(), At: p.snap.At.UTC(), TimeZone: p.zone.String(), Kind: p.kind.String(),
		RecordID: p.shownRecordID(), ItemID: p.shownItemID("", ""), Title: p.title(), Switch: p.switchOn(),
		Row: p.row.Name, RowText: p.row.Doc, Checks: []CheckLine{}, Rules: []RuleLine{}, Operations: []Operation{}, Nearest: []Nearest{}}
	e.Verdict = p.facts.Verdict.String()
	if p.facts.Record == RecordSame || p.facts.Record == RecordChanged {
		e.Checks = p.checkLines()
	}
	for _, way := range p.ways() {
		e.Rules = append(e.Rules, p.ruleLines(&way)...)
	}
	if p.link != nil {
		e.Link = &LinkLine{State: p.link.State.String(), Born: p.link.Born.String(), File: p.link.File, Line: p.link.Line}
	}
	e.Settings = p.settingLines()
	if plan != nil {
		e.takeRows(plan)
	}
	e.Evidence = p.evidenceLines()
	e.Headline = p.headline(&e)
	return e
}

// takeRows copies what the plan says of the thing, limits included.
func (e *Explanation) takeRows(plan *UserPlan) {
	for _, op := range plan.Operations {
		if op.Kind == e.Kind && op.RecordID == e.RecordID && (op.ItemID == e.ItemID || op.RecordID != "") {
			e.Operations = append(e.Operations, op)
		}
	}
	for i, s := range plan.Skipped {
		if s.Kind == e.Kind && s.RecordID == e.RecordID && (s.RecordID != "" || s.ItemID == e.ItemID) {
			e.Skipped = &plan.Skipped[i]
		}
	}
}

func (p *pair) checkLines() []CheckLine {
	var out []CheckLine
	for i, c := range p.checks(p.kind) {
		r := p.verdict.results[i]
		out = append(out, CheckLine{Code: c.Code, Result: map[state.Truth]string{state.True: "pass", state.False: "fail", state.Unknown: "unknown"}[r],
			Condition: c.Holds.String(), Text: p.checkText(c.Code, r), Decisive: i == p.verdict.decisive, Policy: refTo(p.originOf(&c))})
	}
	return out
}

// way is a direction that a thing can go, and what rules are asked of on it.
type way struct {
	direction policies.Direction
	subject   cond.Subject
}

// ways are a pair's: down for what is a record, up for what is an item.
func (p *pair) ways() []way {
	var out []way
	if p.rec != nil {
		out = append(out, way{policies.Down, p.subject(p.rec, p.linkedItem(), p.link)})
	}
	if p.itm != nil {
		out = append(out, way{policies.Up, p.subject(p.itm, p.linkedRecord(), p.link)})
	}
	return out
}

func (p *pair) ruleLines(on *way) []RuleLine {
	var out []RuleLine
	s := &on.subject
	for i := range p.settings.Rules {
		rule := &p.settings.Rules[i]
		if !rule.AppliesTo(p.kind, on.direction) || rule.Member == state.False {
			continue
		}
		truth, err := rule.When.Eval(s)
		line := RuleLine{Name: rule.Name, Direction: map[policies.Direction]string{policies.Down: "down", policies.Up: "up"}[on.direction],
			Effect: map[policies.Effect]string{policies.Exclude: "exclude", policies.Hold: "hold"}[rule.Effect],
			Result: truth.And(rule.Member).String(), Text: p.whyRule(rule.When, s), Policy: refTo(rule.Origin)}
		if err != nil {
			line.Result, line.Text = state.Unknown.String(), p.doubt(rule, err, s).text
		}
		out = append(out, line)
	}
	return out
}

// whyRule words a condition's leaves with the values seen.
func (p *pair) whyRule(e cond.Expr, s *cond.Subject) string {
	if p.private() && !p.opts.ShowPrivate {
		return e.String()
	}
	var parts []string
	for _, leaf := range cond.Explain(e, s).Deciding() {
		var seen []string
		for _, v := range leaf.Seen {
			seen = append(seen, fmt.Sprintf("%s is %s", v.Name, orNull(v.Value)))
		}
		text := fmt.Sprintf("%s is %s (%s)", leaf.Text, leaf.Truth, strings.Join(seen, ", "))
		if leaf.Why != "" {
			text += fmt.Sprintf(", asked of %s because %s", leaf.Asked, leaf.Why)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func orNull(v state.Value) string {
	if v.Presence() == state.Empty {
		return "empty"
	}
	return v.String()
}

// settingLines are the settings that bear on the kind.
func (p *pair) settingLines() []SettingLine {
	out := []SettingLine{}
	for id := policies.Setting(1); id < policies.NumSettings; id++ {
		entry := id.Entry()
		if k := entry.Kind(); k != p.kind && id != policies.Sync && id != policies.Preferences {
			continue
		}
		r := p.settings.Get(id)
		line := SettingLine{Path: id.String(), Value: entry.Format(r.Value), Policy: refTo(r.Origin)}
		for _, o := range r.Overruled {
			line.Overruled = append(line.Overruled, OverruledLine{Value: entry.Format(o.Value), Why: o.Why, Policy: refTo(o.Origin)})
		}
		out = append(out, line)
	}
	return out
}

// evidenceLines say what the recording shows of either side.
func (p *pair) evidenceLines() []string {
	out := []string{}
	side := func(name string, o *state.Object, s state.Liveness) {
		if o == nil {
			return
		}
		v := o.Now()
		text := fmt.Sprintf("%s: %s", name, s)
		if v.Item != nil && v.Item.File != "" {
			text += ", read in " + v.Item.File
			if v.Item.Line > 0 {
				text += fmt.Sprintf(":%d", v.Item.Line)
			}
		}
		out = append(out, text)
	}
	if p.record != nil {
		side("record", p.record, p.recordState)
	}
	if p.item != nil {
		side("mailbox item", p.item, p.itemState)
	}
	if p.link != nil && p.facts.Record != RecordUnseen && p.facts.Item != ItemUnseen {
		for _, f := range p.diff.fields {
			out = append(out, fieldEvidence(f))
		}
	}
	return out
}

func fieldEvidence(f fieldDiff) string {
	switch {
	case f.neverAgreed:
		return f.attr.String() + " differs and was never seen equal"
	case f.recordChanged && f.itemChanged:
		return f.attr.String() + " changed on both sides since they agreed"
	case f.recordChanged:
		return f.attr.String() + " changed in Salesforce since they agreed"
	}
	return f.attr.String() + " changed in the mailbox since they agreed"
}

// headline is the outcome in one sentence.
func (p *pair) headline(e *Explanation) string {
	var parts []string
	for _, op := range e.Operations {
		text := opWords(op)
		if op.Held {
			text = "held: " + text + " (" + op.HeldBy.Text + ")"
		}
		parts = append(parts, text+": "+op.Reason.Text)
	}
	if e.Skipped != nil {
		parts = append(parts, "Not synced: "+e.Skipped.Reason.Text)
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	switch p.counted {
	case countOthers:
		return "Not synced: somebody else's (" + p.checkReason().Text + ")"
	case countUnseen:
		return "Nothing to do, as far as can be told: " + p.reasonText(p.blindCode())
	case countPersonal:
		return "The person's own: never synced"
	}
	return "Nothing to do: " + strings.TrimPrefix(p.row.Doc, "nothing: ")
}

func opWords(op Operation) string {
	where := map[Target]string{OnMailbox: " in the mailbox", OnSalesforce: " in Salesforce", OnLink: ""}[op.On]
	what := map[Op]string{OpLink: "link the two", OpUnlink: "end the link", OpFreeze: "freeze the link", OpReactivate: "make the link active again"}[op.Op]
	if what == "" {
		what = string(op.Op)
	}
	return strings.ToUpper(what[:1]) + what[1:] + where
}
