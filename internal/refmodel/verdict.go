package refmodel

import (
	"slices"
	"strings"

	"weir/state"
)

// Seen is what a rule's condition sees (4.4): the thing of its side, the link's
// other side, the link and the person.
type Seen struct {
	Item, Other *state.Item
	Link        *state.Link
	User        *state.User
}

// Stored is an attribute: of the side that has a place for it, else empty.
func (s Seen) Stored(a state.Attr) state.Value {
	for _, it := range []*state.Item{s.Item, s.Other} {
		if it != nil && a.Describe().On(it.Side) != state.NoPlace {
			return it.Value(a)
		}
	}
	return state.EmptyValue()
}

// verdict is the answer with its reason (5.2).
type verdict struct {
	answer string // in, out or unknown; "" where there is none
	code   string // the first failing check's, else the first unknown one's
}

// check is one question of the verdict.
type check struct {
	code   string
	passes state.Truth
}

// judge asks the checks in their order (5.2): any failing one makes it out, with
// the first failing one as reason; unknown only if none fails.
func (c *oneCase) judge() verdict {
	checks := c.checks()
	for _, wanted := range []state.Truth{state.False, state.Unknown} {
		for _, ch := range checks {
			if ch.passes == wanted {
				return verdict{map[state.Truth]string{state.False: "out", state.Unknown: "unknown"}[wanted], ch.code}
			}
		}
	}
	return verdict{answer: "in"}
}

func (c *oneCase) checks() []check {
	rec, s := c.rec, &c.settings
	excluded, _ := c.downRules()
	own := check{"excluded", state.TruthOf(excluded == nil)}
	read := check{"no_read_access", c.readable(rec.ID)}
	switch c.kind {
	case state.Contact:
		return []check{read, {"not_owner", c.ownedIfMine(s.of(c.kind, "scope"))}, {"not_in_view", c.inView(s.of(c.kind, "scope"))}, own}
	case state.Task:
		return []check{{"logged_activity", c.loggedActivity().Not()}, {"not_participant", c.owns()}, read,
			{"before_window", taskInWindow(rec, c.record.Versions, c.today, c.zone, s.of(c.kind, "window.completed"))}, own}
	}
	notBefore, notAfter := eventInWindow(rec, c.today, c.zone, s.of(c.kind, "window.past"), s.of(c.kind, "window.future"))
	return []check{{"not_participant", c.owns().Or(c.invited())}, {"declined", state.TruthOf(!c.outAsDeclined())}, read,
		{"before_window", notBefore}, {"after_window", notAfter}, {"unsupported", state.TruthOf(c.carriable())}, own}
}

// loggedActivity (1, 5.2): a closed Email, ListEmail or Call, unless they are
// included. No recorded subtype counts as Task.
func (c *oneCase) loggedActivity() state.Truth {
	if c.settings.of(c.kind, "logged") == "include" || !slices.Contains([]string{"Email", "ListEmail", "Call"}, c.rec.Value(state.AttrSubtype).Text()) {
		return state.False
	}
	return c.rec.Value(state.AttrClosed).Truth()
}

// owns: the person is the record's owner; a queue is nobody.
func (c *oneCase) owns() state.Truth { return c.ownerOf(c.rec) }

func (d *desk) ownerOf(rec *state.Item) state.Truth {
	owner := rec.Value(state.AttrOwner)
	if !owner.IsRecorded() {
		return state.Unknown
	}
	return state.TruthOf(owner.Text() == d.user.ID)
}

func (c *oneCase) invited() state.Truth { return c.invitedTo(c.rec) }

// invitedTo: among the invitees. Where some source of invitees was recorded, but
// not completely, nobody is known to be missing (5.2).
func (d *desk) invitedTo(rec *state.Item) state.Truth {
	if d.invitation(rec) != nil {
		return state.True
	}
	if rec.InviteesKnown == state.Unknown {
		return state.Unknown
	}
	return state.False
}

func (d *desk) invitation(rec *state.Item) *state.Invitee {
	for i := range rec.Invitees {
		if rec.Invitees[i].UserID == d.user.ID {
			return &rec.Invitees[i]
		}
	}
	return nil
}

// outAsDeclined (5.2): declined, and either such events are skipped or there is no
// link.
func (c *oneCase) outAsDeclined() bool {
	return c.declined() && (c.link == nil || c.settings.of(c.kind, "when_declined") == "skip")
}

// declined is the person's own answer: the live copy's where it gives one, else
// Salesforce's.
func (c *oneCase) declined() bool {
	if c.itm != nil && c.itemIs == state.Live {
		if answer := c.itm.Value(state.AttrResponse).Text(); answer != "" && answer != "none" {
			return answer == "declined"
		}
	}
	inv := c.invitation(c.rec)
	return inv != nil && inv.Response == "declined"
}

// readable (5.2): without access records everybody may read what was recorded.
func (d *desk) readable(recordID string) state.Truth {
	if access, ok := d.snap.Access[state.AccessKey{UserID: d.user.ID, RecordID: recordID}]; ok {
		return access.Read
	}
	return state.True
}

func (c *oneCase) ownedIfMine(scope string) state.Truth {
	if scope != "mine" {
		return state.True
	}
	return c.owns()
}

// inView: under a view, in its company, or among a list view's recorded members;
// who is missing from an incomplete one cannot be told (7).
func (c *oneCase) inView(scope string) state.Truth {
	name, ok := strings.CutPrefix(scope, "view:")
	if !ok {
		return state.True
	}
	view := c.settings.policy.Views[name]
	if view.ListView == "" {
		company := c.rec.Value(state.AttrCompany)
		if !company.IsRecorded() {
			return state.Unknown
		}
		return state.TruthOf(company.Text() == view.Company)
	}
	for _, v := range c.snap.Views {
		if v.DeveloperName == view.ListView {
			switch {
			case v.Members[c.rec.ID]:
				return state.True
			case v.Complete:
				return state.False
			}
		}
	}
	return state.Unknown
}

// carriable (5.2, docs/semantics.md): not an all-day event of more than 14 days, a
// series of Lightning's, with an unreadable pattern, or with occurrences of more
// than a day.
func (c *oneCase) carriable() bool {
	first, last := c.rec.Value(state.AttrStartDate), c.rec.Value(state.AttrEndDate)
	long := c.rec.AllDay() && first.IsKnown() && last.IsKnown()
	if long && last.Day()-first.Day() >= 14 {
		return false
	}
	if c.rec.Series == nil {
		return true
	}
	start, end := c.rec.Value(state.AttrStart), c.rec.Value(state.AttrEnd)
	switch {
	case c.rec.Series.Lightning, c.rec.Series.Unreadable != "", long && last.Day() > first.Day():
		return false
	}
	return c.rec.AllDay() || !start.IsKnown() || !end.IsKnown() || end.Instant().Sub(start.Instant()).Hours() <= 24
}

// hold is why something is held, and whether everything about the thing is.
type hold struct {
	code       string
	everything bool
}

// rules asks the rules of one direction (5.2, 5.4; decision 7): one that is unknown
// or fails holds; hold beats exclude; the first by line is the reason. A doubtful
// exclude holds everything, and so does a doubtful hold that beats an exclude.
func (c *oneCase) rules(up bool, seen Seen) (exclude *Rule, held *hold) {
	var certain, doubtful *hold
	doubtfulExclude := false
	for i := range c.settings.policy.Rules {
		r := &c.settings.policy.Rules[i]
		if up && !r.Up || !up && !r.Down || !slices.Contains(r.Kinds, c.kind) {
			continue
		}
		member := state.True
		if r.Group != "" {
			member = c.settings.member[r.Group]
		}
		if member == state.False {
			continue
		}
		truth, fails := r.When(seen)
		truth = truth.And(member)
		switch {
		case !fails && truth == state.False:
		case !fails && truth == state.True && r.Exclude:
			if exclude == nil {
				exclude = r
			}
		case !fails && truth == state.True:
			if certain == nil {
				certain = &hold{code: "rule_hold"}
			}
		default:
			doubtfulExclude = doubtfulExclude || r.Exclude
			if doubtful == nil {
				doubtful = &hold{code: map[bool]string{true: "rule_error", false: "rule_unknown"}[fails]}
			}
		}
	}
	if certain == nil && doubtful == nil {
		return exclude, nil
	}
	held = certain
	if held == nil {
		held = doubtful
	}
	held.everything = doubtfulExclude || exclude != nil && certain == nil
	return nil, held
}

func (c *oneCase) downRules() (*Rule, *hold) {
	if c.rec == nil {
		return nil, nil
	}
	seen := Seen{Item: c.rec, Link: c.link, User: c.user}
	if c.link != nil {
		seen.Other = c.itm
	}
	return c.rules(false, seen)
}

func (c *oneCase) upRules() (*Rule, *hold) {
	if c.itm == nil {
		return nil, nil
	}
	seen := Seen{Item: c.itm, Link: c.link, User: c.user}
	if c.link != nil {
		seen.Other = c.rec
	}
	return c.rules(true, seen)
}
