package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file knows, for each thing that may stand against a sync, the changes that
// may lift it. None of them is believed: nearest.go tries them.

// lifting lists the changes by which a check may pass.
func (p *pair) lifting(b *sandbox, check int, code string) []change {
	me := p.user.Name()
	switch code {
	case "logged_activity":
		return []change{p.reopened(), p.enum(policies.TasksLogged, "include")}
	case "not_participant":
		if p.kind == state.Task {
			return []change{p.ownedByMe("it were assigned to "+me, "that it is assigned to "+me)}
		}
		return []change{p.invitedMe()}
	case "declined":
		return []change{p.accepted(), p.enum(policies.EventsWhenDeclined, "include")}
	case "no_read_access":
		return []change{p.access("access.read", p.snap.Access[p.accessKey()].Read, me+" could read it", "that "+me+" may read it",
			func(a *state.Access) { a.Read = state.True })}
	case "not_owner":
		return append([]change{p.ownedByMe(me+" owned it", "that "+me+" owns it")}, p.scopes()...)
	case "not_in_view":
		return append(p.inTheView(), p.scopes()...)
	case "before_window":
		if p.kind == state.Task {
			return append(p.recentTask(b, check), p.wider(b, check, policies.TasksCompleted)...)
		}
		return append(p.moved(b, check, policies.EventsPast), p.wider(b, check, policies.EventsPast)...)
	case "after_window":
		return append(p.moved(b, check, policies.EventsFuture), p.wider(b, check, policies.EventsFuture)...)
	case "unsupported":
		return p.shortened()
	}
	return nil
}

// ifOr is the clause of a change of the thing: where the value was not recorded, it
// may be that already.
func ifOr(recorded bool, were, is string) (string, ChangeOf) {
	if recorded {
		return "if " + were, ChangeItem
	}
	return "once it is recorded " + is, ChangeEvidence
}

// onRecord is a change of the record's attributes; reads is the attribute that says
// whether the recording has the value.
func (p *pair) onRecord(reads state.Attr, were, is string, f func(*state.Item)) change {
	clause, what := ifOr(p.rec.Value(reads).IsRecorded(), were, is)
	return change{clause: clause, edits: p.edits(what, p.rec, f), apply: func(t *trial) { t.changeRecord(f) }}
}

// edits lists what a change of an item changes.
func (p *pair) edits(what ChangeOf, it *state.Item, f func(*state.Item)) []NearestChange {
	after := it.Clone()
	f(after)
	out := []NearestChange{}
	for a := state.Attr(1); a < state.NumAttrs; a++ {
		if !it.Value(a).Equal(after.Value(a)) || it.Value(a).Presence() != after.Value(a).Presence() {
			out = append(out, NearestChange{What: what, Field: a.String(), From: p.shown(it, a), To: p.shown(after, a)})
		}
	}
	return out
}

func (p *pair) reopened() change {
	return p.onRecord(state.AttrClosed, "it were open", "that it is open", func(it *state.Item) {
		it.Set(state.AttrClosed, state.BoolValue(false))
	})
}

func (p *pair) ownedByMe(were, is string) change {
	return p.onRecord(state.AttrOwner, were, is, func(it *state.Item) { it.Set(state.AttrOwner, state.TextValue(p.user.ID)) })
}

// invitedMe adds the person to an event's invitees.
func (p *pair) invitedMe() change {
	clause, what := ifOr(p.rec.InviteesKnown == state.True, p.user.Name()+" were invited", "that "+p.user.Name()+" is invited")
	return change{clause: clause, edits: []NearestChange{{What: what, Field: state.AttrParticipants.String(), To: p.user.Address}},
		apply: func(t *trial) {
			t.changeRecord(func(it *state.Item) {
				it.Invitees = append(slices.Clone(it.Invitees), state.Invitee{UserID: p.user.ID})
			})
		}}
}

// accepted takes the person's refusal back, on both sides.
func (p *pair) accepted() change {
	field := state.AttrResponse.String()
	return change{clause: "if " + p.user.Name() + " had not declined it", edits: []NearestChange{{What: ChangeItem, Field: field, From: "declined", To: "accepted"}},
		apply: func(t *trial) {
			t.changeRecord(func(it *state.Item) {
				it.Invitees = slices.Clone(it.Invitees)
				for i := range it.Invitees {
					if it.Invitees[i].UserID == p.user.ID {
						it.Invitees[i].Response = "accepted"
					}
				}
			})
			t.changeItem(func(it *state.Item) { it.Set(state.AttrResponse, state.TextValue("accepted")) })
		}}
}

func (p *pair) accessKey() state.AccessKey {
	return state.AccessKey{UserID: p.user.ID, RecordID: p.recordID}
}

func (p *pair) access(field string, is state.Truth, were, known string, f func(*state.Access)) change {
	clause, what := ifOr(is != state.Unknown, were, known)
	var from any
	if is != state.Unknown {
		from = is == state.True
	}
	return change{clause: clause, edits: []NearestChange{{What: what, Field: field, From: from, To: true}}, apply: func(t *trial) { t.allow(f) }}
}

// setting is a change of one setting for the person.
func (p *pair) setting(id policies.Setting, v policies.Value) change {
	v.Set = true
	was, e := p.settings.Get(id), id.Entry()
	to := e.Format(v)
	written := `"` + to + `"`
	switch {
	case e.Type == policies.ValueBool:
		written = to
	case v.View != nil:
		written = "view." + v.View.Name
	}
	return change{clause: fmt.Sprintf("if %s were %s", id, written),
		edits: []NearestChange{{What: ChangeSetting, Path: id.String(), From: e.Format(was.Value), To: to, Policy: refTo(was.Origin)}},
		apply: func(t *trial) { t.set(id, v) }}
}

func (p *pair) enum(id policies.Setting, text string) change {
	return p.setting(id, policies.Value{Text: text})
}

func (p *pair) switchedOn() change {
	return p.setting(policies.SwitchOf(p.kind), policies.Value{Bool: true})
}

// scopes are the other scopes that contacts may have: everything, the person's own,
// and the policy's views.
func (p *pair) scopes() []change {
	var out []change
	is := p.settings.Get(policies.ContactsScope)
	for _, text := range [...]string{"mine", "all"} {
		if is.Text != text {
			out = append(out, p.enum(policies.ContactsScope, text))
		}
	}
	for _, v := range p.set.Views() {
		if is.View == nil || is.View.Name != v.Name {
			out = append(out, p.setting(policies.ContactsScope, policies.Value{Text: "view:" + v.Name, View: v}))
		}
	}
	return out
}

// inTheView lets the person's view have the contact.
func (p *pair) inTheView() []change {
	view := p.settings.Get(policies.ContactsScope).View
	if view == nil {
		return nil
	}
	name, edit := "view "+view.Name, NearestChange{What: ChangeRule, Path: "view." + view.Name, From: false, To: true, Policy: refTo(view.Origin)}
	clause := "if " + name + " had it"
	if p.inView(view, p.rec) == state.Unknown {
		edit.What, edit.From = ChangeEvidence, nil
		clause = "once it is recorded that " + name + " has it"
	}
	return []change{{clause: clause, edits: []NearestChange{edit}, apply: func(t *trial) {
		has := *view
		has.ListView, has.Filter = "", cond.Const(true)
		v := t.settings.Values[policies.ContactsScope].Value
		v.View = &has
		t.set(policies.ContactsScope, v)
	}}}
}

// passes reports that a check passes after a change.
func (p *pair) passes(b *sandbox, check int, c change) bool {
	again, err := b.retry(p, []change{c})
	return err == nil && (again.facts.Record == RecordSame || again.facts.Record == RecordChanged) && again.verdict.results[check] == state.True
}

// edge keeps a change whose value is the first that passes the check: the one
// before it must not.
func (p *pair) edge(b *sandbox, check int, at, before change) []change {
	if !p.passes(b, check, at) || p.passes(b, check, before) {
		return nil
	}
	return []change{at}
}

// wider is the narrowest window in which the check passes.
func (p *pair) wider(b *sandbox, check int, id policies.Setting) []change {
	is := p.settings.Get(id).Value
	if is.Unlimited {
		return nil
	}
	days := func(n int) change { return p.setting(id, policies.Value{Days: n}) }
	low, high := is.Days, policies.MaxDays // low does not pass, high does
	if !p.passes(b, check, days(high)) {
		if all := p.setting(id, policies.Value{Unlimited: true}); p.passes(b, check, all) {
			return []change{all}
		}
		return nil
	}
	for high-low > 1 {
		if middle := (low + high) / 2; p.passes(b, check, days(middle)) {
			high = middle
		} else {
			low = middle
		}
	}
	return []change{days(high)}
}

// windowDay is the outermost day of a window: the first to the past, the last to
// the future; not ok for an unlimited one.
func (p *pair) windowDay(id policies.Setting) (day state.Date, ok bool) {
	sign := -1
	if id == policies.EventsFuture {
		sign = 1
	}
	b := windowBound(p.settings.Get(id), p.today, sign)
	return b.day, !b.unlimited
}

// recentTask makes a closed task one that the window has: due in it, open, or
// touched in it.
func (p *pair) recentTask(b *sandbox, check int) []change {
	day, ok := p.windowDay(policies.TasksCompleted)
	if !ok {
		return nil
	}
	since := p.day(day)
	due := func(d state.Date) change {
		return p.onRecord(state.AttrDue, "it were due on or after "+since, "that it is due on or after "+since, func(it *state.Item) {
			it.Set(state.AttrDue, state.DayValue(d))
		})
	}
	touched := func(at time.Time) change {
		return p.onRecord(state.AttrModified, "somebody had changed it on or after "+since, "that somebody changed it on or after "+since, func(it *state.Item) {
			it.BySync = state.False
			it.Set(state.AttrModified, state.InstantValue(at))
		})
	}
	first := cond.FirstInstant(day, p.zone)
	out := p.edge(b, check, due(day), due(day-1))
	out = append(out, p.reopened())
	return append(out, p.edge(b, check, touched(first), touched(first.Add(-time.Second)))...)
}

// moved puts a single event to the edge of a window: to the past it ends there, to
// the future it begins there; it stays as long as it is.
func (p *pair) moved(b *sandbox, check int, id policies.Setting) []change {
	day, ok := p.windowDay(id)
	if !ok || p.rec.Series != nil || !p.rec.Value(state.AttrAllDay).IsRecorded() {
		return nil
	}
	later, words := 1, "it began on "+p.day(day)+" or earlier"
	if id == policies.EventsPast {
		later, words = -1, "it ended on "+p.day(day)+" or later"
	}
	if p.rec.AllDay() {
		return p.movedDays(b, check, day, later, words)
	}
	return p.movedTime(b, check, day, later, words)
}

func (p *pair) movedDays(b *sandbox, check int, day state.Date, later int, words string) []change {
	first, last := p.span(p.rec)
	if !first.IsKnown() || !last.IsKnown() {
		return nil
	}
	to := func(edge state.Date) change {
		shift := edge - first.Day()
		if later < 0 {
			shift = edge - last.Day()
		}
		return p.onRecord(state.AttrStartDate, words, "", func(it *state.Item) {
			it.Set(state.AttrStartDate, state.DayValue(first.Day()+shift))
			it.Set(state.AttrEndDate, state.DayValue(last.Day()+shift))
		})
	}
	return p.edge(b, check, to(day), to(day.AddDays(later)))
}

func (p *pair) movedTime(b *sandbox, check int, day state.Date, later int, words string) []change {
	start, end := p.rec.Value(state.AttrStart), p.rec.Value(state.AttrEnd)
	if !start.IsKnown() {
		return nil
	}
	if !end.IsKnown() {
		end = start
	}
	to := func(edge time.Time) change {
		shift := edge.Sub(start.Instant())
		if later < 0 {
			shift = edge.Sub(end.Instant())
		}
		return p.onRecord(state.AttrStart, words, "", func(it *state.Item) {
			it.Set(state.AttrStart, state.InstantValue(start.Instant().Add(shift)))
			it.Set(state.AttrEnd, state.InstantValue(end.Instant().Add(shift)))
		})
	}
	if later > 0 {
		next := cond.FirstInstant(day+1, p.zone)
		return p.edge(b, check, to(next.Add(-time.Second)), to(next))
	}
	first := cond.FirstInstant(day, p.zone)
	if at := p.edge(b, check, to(first), to(first.Add(-time.Second))); len(at) > 0 {
		return at // an event without length
	}
	return p.edge(b, check, to(first.Add(time.Second)), to(first)) // one that ends at midnight ended the day before
}

// shortened is a single all-day event of the most days that can be synced.
func (p *pair) shortened() []change {
	first := p.rec.Value(state.AttrStartDate)
	if p.rec.Series != nil || !p.rec.AllDay() || !first.IsKnown() {
		return nil
	}
	return []change{p.onRecord(state.AttrEndDate, fmt.Sprintf("it lasted no more than %d days", maxAllDay), "", func(it *state.Item) {
		it.Set(state.AttrEndDate, state.DayValue(first.Day().AddDays(maxAllDay-1)))
	})}
}

// ruleObstacles are the rules that match, or may: those for down of a live record,
// those for up of an item that would go up.
func (p *pair) ruleObstacles(live bool) [][]change {
	var out [][]change
	if live {
		out = p.rulesAgainst(policies.Down, p.recordSubject(), p.rec, (*trial).changeRecord)
	}
	if p.itm != nil && (p.row.act == actUpload || p.row.act == actUpdate) && (len(p.skipped) > 0 || len(p.ops) > 0) {
		s := p.subject(p.itm, p.linkedRecord(), p.link)
		out = append(out, p.rulesAgainst(policies.Up, &s, p.itm, (*trial).changeItem)...)
	}
	return out
}

func (p *pair) rulesAgainst(direction policies.Direction, s *cond.Subject, it *state.Item, put func(*trial, func(*state.Item))) [][]change {
	var out [][]change
	for i := range p.settings.Rules {
		rule := &p.settings.Rules[i]
		if !rule.AppliesTo(p.kind, direction) || rule.Member == state.False {
			continue
		}
		truth, err := rule.When.Eval(s)
		if err == nil && truth.And(rule.Member) == state.False {
			continue
		}
		certain := err == nil && truth.And(rule.Member) == state.True
		options := []change{p.without(i, rule, certain)}
		if certain {
			options = append(p.otherwise(rule, s, it, put), options...)
		}
		out = append(out, options)
	}
	return out
}

// without leaves a rule out.
func (p *pair) without(i int, rule *policies.UserRule, certain bool) change {
	verb := "exclude"
	if rule.Effect == policies.Hold {
		verb = "hold"
	}
	name := fmt.Sprintf("rule %s (%s)", rule.Name, place(rule.Origin))
	c := change{clause: fmt.Sprintf("if %s did not %s it", name, verb),
		edits: []NearestChange{{What: ChangeRule, Path: rule.Name, From: verb, Policy: refTo(rule.Origin)}},
		apply: func(t *trial) { t.settings.Rules[i].Member = state.False }}
	if !certain {
		c.clause, c.edits[0].What = fmt.Sprintf("once it can be told that %s does not %s it", name, verb), ChangeEvidence
	}
	return c
}

// otherwise are the yes and no values that a rule's condition saw, each turned
// round where that makes it false.
func (p *pair) otherwise(rule *policies.UserRule, s *cond.Subject, it *state.Item, put func(*trial, func(*state.Item))) []change {
	var out []change
	for _, leaf := range cond.Explain(rule.When, s).Deciding() {
		for _, seen := range leaf.Seen {
			name, ofItem := strings.CutPrefix(seen.Name, "item.")
			a, known := state.ParseAttr(name)
			if !ofItem || !known || !seen.Value.IsKnown() || seen.Value.Type() != state.Bool || !it.Value(a).IsKnown() {
				continue
			}
			turn := func(it *state.Item) { it.Set(a, state.BoolValue(!seen.Value.Bool())) }
			other, changed := *s, it.Clone()
			turn(changed)
			other.Item = changed
			if truth, err := rule.When.Eval(&other); err != nil || truth != state.False {
				continue
			}
			not := " not"
			if !seen.Value.Bool() {
				not = ""
			}
			out = append(out, change{clause: fmt.Sprintf("if it were%s %s", not, strings.ReplaceAll(name, "_", "-")), edits: p.edits(ChangeItem, it, turn),
				apply: func(t *trial) { put(t, turn) }})
		}
	}
	return out
}

// notMember settles that the person is in none of the groups that cannot be told.
func (p *pair) notMember() change {
	group := p.settings.MembershipUnknown[0]
	clause := fmt.Sprintf("once it is recorded that %s is not in group %s", p.user.Name(), group.Name)
	if group.Layer == policies.LayerRego {
		clause = fmt.Sprintf("once it can be told that the rule at %s sets nothing for %s", place(group), p.user.Name())
	}
	return change{clause: clause, edits: []NearestChange{{What: ChangeEvidence, Path: group.Name, To: false, Policy: refTo(group)}},
		apply: func(t *trial) { t.settings.MembershipUnknown = t.settings.MembershipUnknown[1:] }}
}

// gaps are captures that leave open whether the other side has the thing, or what
// became of a side.
func (p *pair) gaps() [][]change {
	evidence := func(field, clause string, apply func(*trial)) []change {
		return []change{{clause: clause, edits: []NearestChange{{What: ChangeEvidence, Field: field, To: "complete"}}, apply: apply}}
	}
	plural := p.kind.Plural()
	var out [][]change
	switch {
	case p.facts.Link == NoLink && p.rec != nil && p.facts.Item == ItemUnseen:
		out = append(out, evidence("mailbox", fmt.Sprintf("once a complete capture of the %s of %s is recorded, without it", plural, p.user.Name()),
			func(t *trial) { t.complete(&t.box.Items, &t.sandbox.items) }))
	case p.facts.Link == NoLink && p.rec == nil && p.facts.Record == RecordUnseen:
		out = append(out, evidence("salesforce", fmt.Sprintf("once a complete capture of the %s in Salesforce is recorded, without it", plural),
			func(t *trial) { t.complete(&t.snap.Records, &t.sandbox.records) }))
	case p.facts.Link == NoLink:
		return nil
	}
	if p.link != nil && p.facts.Record == RecordUnseen {
		out = append(out, evidence("salesforce", "once a capture shows the record in Salesforce", func(t *trial) { t.changeRecord(func(*state.Item) {}) }))
	}
	if p.link != nil && p.facts.Item == ItemUnseen {
		out = append(out, evidence("mailbox", "once a capture shows the copy in the mailbox", func(t *trial) { t.changeItem(func(*state.Item) {}) }))
	}
	return out
}

// markObstacles are missing marks: of an item that is the person's own, or that
// they took out of the sync.
func (p *pair) markObstacles() [][]change {
	retired := p.facts.Link == RetiredLink
	if p.itm == nil || p.row.act != actPersonal && p.row.act != actMovedOut && !retired {
		return nil
	}
	m := p.snap.Markers
	var out [][]change
	if m.Unsynced(p.itm) {
		out = append(out, []change{p.onItem(state.AttrCategories, "it did not have the category "+m.UnsyncCategory, "", func(it *state.Item) {
			it.Set(state.AttrCategories, state.TextsValue(without(it.Value(state.AttrCategories).Texts(), m.UnsyncCategory)))
		})})
	}
	options := []change{p.onItem(state.AttrCategories, "it had the category "+m.Category, "that it has the category "+m.Category, func(it *state.Item) {
		it.Set(state.AttrCategories, state.TextsValue(append(without(it.Value(state.AttrCategories).Texts(), m.Category), m.Category)))
	})}
	if retired {
		again := options[0].apply
		options[0].clause = "if the category " + m.Category + " were taken off it and set again"
		options[0].apply = func(t *trial) {
			again(t)
			t.relink(func(l *state.Link) { l.MarkerOff = true })
		}
		if len(options[0].edits) == 0 {
			options[0].edits = []NearestChange{{What: ChangeItem, Field: state.AttrCategories.String(), To: m.Category}}
		}
		return append(out, options)
	}
	if folder := m.Folder(p.kind); folder != "" {
		options = append(options, change{clause: "if it lay in the folder " + folder, edits: []NearestChange{{What: ChangeItem, Field: "folder", To: folder}},
			apply: func(t *trial) { t.changeItem(func(it *state.Item) { it.Folder, it.FolderKnown = folder, true }) }})
	}
	if p.kind == state.Event && p.settings.Get(policies.EventsUpsync).Text == "marked" {
		options = append(options, p.enum(policies.EventsUpsync, "auto"))
	}
	return append(out, options)
}

func without(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(have string) bool { return strings.EqualFold(have, name) })
}

// onItem is a change of the mailbox item. What a personal item has besides stays
// the person's own.
func (p *pair) onItem(reads state.Attr, were, is string, f func(*state.Item)) change {
	clause, what := ifOr(p.itm.Value(reads).IsRecorded(), were, is)
	edits := p.edits(what, p.itm, f)
	if p.personsOwn() && !p.opts.ShowPrivate {
		for i := range edits {
			edits[i].From = nil
			if edits[i].Field == state.AttrCategories.String() {
				edits[i].To = p.snap.Markers.Category
			}
		}
	}
	return change{clause: clause, edits: edits, apply: func(t *trial) { t.changeItem(f) }}
}

// unstopped lists the changes by which a stop on the way up may go.
func (p *pair) unstopped(code string) []change {
	switch code {
	case "upsync_off":
		id := policies.UpsyncOf(p.kind)
		return []change{p.enum(id, "marked"), p.enum(id, "auto")}
	case "private_link":
		public := func(it *state.Item) { it.Set(state.AttrPrivate, state.BoolValue(false)) }
		return []change{{clause: "if it were not private", edits: []NearestChange{{What: ChangeItem, Field: state.AttrPrivate.String(), From: true, To: false}},
			apply: func(t *trial) {
				t.changeItem(public)
				t.changeRecord(public)
			}}}
	case "not_marked":
		category := p.snap.Markers.Category
		return []change{p.onItem(state.AttrCategories, "it had the category "+category, "that it has the category "+category, func(it *state.Item) {
			it.Set(state.AttrCategories, state.TextsValue(append(slices.Clone(it.Value(state.AttrCategories).Texts()), category)))
		})}
	case "no_access":
		return []change{p.access("access.edit", p.snap.Access[p.accessKey()].Edit, p.user.Name()+" could edit it", "that "+p.user.Name()+" may edit it",
			func(a *state.Access) { a.Edit = state.True })}
	}
	return nil
}
