package simulate

import (
	"fmt"
	"slices"

	"weir/engine"
	"weir/state"
)

// This file is what weir promises of every session of a small world, and how a
// session that breaks a promise is told: by what it did to the world wherever that
// shows it, not by what its plan says of itself.

// promise is one of them.
type promise string

const (
	comesToRest      promise = "sessions come to rest"
	noEditLost       promise = "no edit is lost"
	editsTravel      promise = "an edit reaches the other side where policy lets it"
	deletionsByHand  promise = "nothing is deleted in Salesforce that nobody deleted"
	forbidIsForbid   promise = "nothing is deleted in Salesforce where removing is forbidden"
	noSecondCopy     promise = "no linked thing gets a second copy"
	linksHaveTwoEnds promise = "every link is found by both its ends"
)

var promises = []promise{comesToRest, noEditLost, editsTravel, deletionsByHand, forbidIsForbid, noSecondCopy, linksHaveTwoEnds}

// breach is a promise that a session broke.
type breach struct {
	promise promise
	row     string // of the decision table, "" where none is at fault
	what    string
}

// passing is one session: what was, what it planned and what it left.
type passing struct {
	setup  *setup
	before *place
	plan   *engine.Plan
	done   applied
	after  *place
	// strict is the exception that is not made; "" to make all.
	strict exceptionName
}

// makes reports that an exception is made.
func (s *passing) makes(e exceptionName) bool { return s.strict != e }

// quiet reports a session that carried nothing out.
func (s *passing) quiet() bool { return s.done.changes == 0 }

// relinked reports that a link is another one than before: what is agreed moved on,
// or the person's mark was taken off.
func (s *passing) relinked() bool {
	return !slices.Equal(s.before.boxes[ann].Links.All(), s.after.boxes[ann].Links.All())
}

// operations are those carried out.
func (s *passing) operations() []*engine.Operation {
	var out []*engine.Operation
	for i := range s.plan.Users {
		for j := range s.plan.Users[i].Operations {
			if op := &s.plan.Users[i].Operations[j]; !op.Held && !op.Superseded {
				out = append(out, op)
			}
		}
	}
	return out
}

// breaches are the promises that the session broke; whether sessions come to rest
// is seen only by many.
func (s *passing) breaches() []breach {
	var out []breach
	out = append(out, s.lostEdits()...)
	out = append(out, s.deletions()...)
	out = append(out, s.secondCopies()...)
	if s.quiet() {
		out = append(out, s.stranded()...)
	}
	for _, l := range s.after.boxes[ann].Links.All() {
		links := s.after.boxes[ann].Links
		if links.OfRecord(l.Kind, l.RecordID) != l || links.OfItem(l.Kind, l.ItemID) != l {
			out = append(out, breach{linksHaveTwoEnds, "", "a link is found by one end only"})
		}
	}
	return out
}

// row is the row of the operation that bears on a thing.
func (s *passing) row(id string) string {
	for _, op := range s.operations() {
		if op.RecordID == id || op.ItemID == id {
			return op.Row
		}
	}
	return ""
}

// rowOf is the row that bears on what a session made.
func (s *passing) rowOf(user, id string) string {
	l := s.after.linkOf(user, id)
	if l == nil {
		return ""
	}
	return s.row(l.RecordID) + s.row(l.ItemID)
}

// lostEdits finds values that a person wrote, that had not reached the other side
// yet, and that stand nowhere any more without a word.
func (s *passing) lostEdits() []breach {
	var out []breach
	for _, user := range []string{"", ann} {
		for _, o := range s.before.table(user, s.before.kind).All() {
			if o.State() != state.Live {
				continue
			}
			for _, attr := range s.attrs() {
				value := o.Item().Value(attr)
				if s.unsent(user, o, attr) && !s.survives(user, o.ID, attr, value) && !s.named(attr, value) {
					out = append(out, breach{noEditLost, s.row(o.ID), fmt.Sprintf("%s %q of the %s is nowhere any more", attr, value, o.Item().Side)})
				}
			}
		}
	}
	return out
}

// attrs are the fields that are followed.
func (s *passing) attrs() []state.Attr {
	if s.before.kind == state.Task {
		return []state.Attr{state.AttrTitle, state.AttrClosed}
	}
	return []state.Attr{watchedAttr(s.before.kind)}
}

// unsent reports a value that a person wrote and that the sides do not agree on
// yet: both hold it, or held it once.
func (s *passing) unsent(user string, o *state.Object, attr state.Attr) bool {
	value := o.Item().Value(attr)
	link := s.before.linkOf(user, o.ID)
	switch {
	case !value.IsKnown() || o.Item().BySync == state.True:
		return false
	case link == nil:
		return true
	}
	twin := s.before.boxes[ann].Items[o.Kind].Get(link.ItemID)
	if user != "" {
		twin = s.before.recordOf(link)
	}
	if twin != nil && twin.Item().Value(attr).Equal(value) {
		return false
	}
	if user == "" {
		return !link.Base.Record[attr].Equal(value)
	}
	return !link.Base.Item[attr].Equal(value)
}

// survives reports that a value stands where it was written, or on the other side.
func (s *passing) survives(user, id string, attr state.Attr, value state.Value) bool {
	has := func(o *state.Object) bool {
		return o != nil && o.State() == state.Live && o.Item().Value(attr).Equal(value)
	}
	if has(s.after.table(user, s.after.kind).Get(id)) {
		return true
	}
	for _, l := range s.after.boxes[ann].Links.All() {
		if user == "" && l.RecordID == id && has(s.after.boxes[ann].Items[l.Kind].Get(l.ItemID)) ||
			user != "" && l.ItemID == id && has(s.after.recordOf(l)) {
			return true
		}
	}
	return false
}

// named reports a value that an operation says a conflict discards.
func (s *passing) named(attr state.Attr, value state.Value) bool {
	for _, op := range s.operations() {
		for _, c := range op.Changes {
			if c.Field == attr.String() && c.Lost != nil && slices.Contains(op.Lost, c.Field) && fmt.Sprint(c.Lost) == value.String() {
				return true
			}
		}
	}
	return false
}

// stranded finds edits that stay on one side of an active link although nothing
// stands in their way, once there is nothing left to do.
func (s *passing) stranded() []breach {
	p := s.after
	var out []breach
	for _, l := range p.boxes[ann].Links.All() {
		rec, it := p.records[l.Kind].Get(l.RecordID), p.boxes[ann].Items[l.Kind].Get(l.ItemID)
		if l.State != state.LinkActive || rec == nil || it == nil || rec.State() != state.Live || it.State() != state.Live {
			continue
		}
		for _, attr := range s.attrs() {
			r, i := rec.Item().Value(attr), it.Item().Value(attr)
			if r.Equal(i) {
				continue
			}
			down := l.Base == nil || !l.Base.Has(attr) || !l.Base.Record[attr].Equal(r)
			up := l.Base == nil || !l.Base.Has(attr) || !l.Base.Item[attr].Equal(i)
			if s.makes(heldWaits) && s.held(l.RecordID) || down && s.setup.value(dimOn) == "off" || up && s.mayNotGoUp(l, rec.Item(), it.Item()) {
				continue
			}
			out = append(out, breach{editsTravel, "", fmt.Sprintf("%s stays %q in Salesforce and %q in the mailbox", attr, r, i)})
		}
	}
	return out
}

// held reports that something about a record waits for what is not known.
func (s *passing) held(record string) bool {
	for _, op := range s.plan.Users[0].Operations {
		if op.Held && op.RecordID == record {
			return true
		}
	}
	return false
}

// mayNotGoUp reports what stops edits of a copy.
func (s *passing) mayNotGoUp(l *state.Link, rec, it *state.Item) bool {
	rule := s.setup.ruled
	return s.setup.value(dimUpsync) == "off" || rule != nil && rule.excludesUp && rule.is(it) || it.Value(state.AttrPrivate).Bool() || rec.Value(state.AttrPrivate).Bool() ||
		l.Adopted != nil || l.Kind == state.Event && rec.Owner() != annID && it.Organizer != state.True
}

// deletions finds records that the session took away, or an invitation declined,
// against what people did.
func (s *passing) deletions() []breach {
	var out []breach
	for _, o := range s.before.records[s.before.kind].All() {
		now := s.after.records[s.after.kind].Get(o.ID)
		if o.State() != state.Live || now.State() == state.Live && !s.declined(o, now) {
			continue
		}
		if s.setup.value(dimKept) == "kept" {
			out = append(out, breach{forbidIsForbid, s.row(o.ID), "the record went"})
		}
		if !s.meant(o.ID) {
			out = append(out, breach{deletionsByHand, s.row(o.ID), "the record went"})
		}
	}
	return out
}

// declined reports that a session changed the person's answer to no, though it is
// not what they answered: an answer is an edit.
func (s *passing) declined(before, after *state.Object) bool {
	was, _ := before.Item().Invitee(annID)
	is, _ := after.Item().Invitee(annID)
	if was.Response == "declined" || is.Response != "declined" {
		return false
	}
	link := s.before.linkOf("", before.ID)
	if link == nil {
		return true
	}
	o := s.before.boxes[ann].Items[before.Kind].Get(link.ItemID)
	return o.State() != state.Live || o.Item().Value(state.AttrResponse).Text() != "declined"
}

// meant reports that a person's act stands for a record's deletion: they deleted
// the copy, cancelled or declined the meeting, or took the copy out of the sync
// where that counts as deleting.
func (s *passing) meant(record string) bool {
	link := s.before.linkOf("", record)
	if link == nil {
		return false
	}
	o := s.before.boxes[ann].Items[link.Kind].Get(link.ItemID)
	it := o.Item()
	movedOut := it.HasCategory("Salesforce Unsync") || link.Kind != state.Event && !it.HasCategory("Salesforce")
	return o.State() == state.Deleted && it.File == byPerson ||
		o.State() == state.Live && it.Value(state.AttrCancelled).Bool() && it.Organizer == state.True ||
		o.State() == state.Live && movedOut && s.setup.value(dimWhenMoved) == "delete"
}

// secondCopies finds what the session made of something that is linked already.
func (s *passing) secondCopies() []breach {
	var out []breach
	for _, user := range []string{"", ann} {
		for _, o := range s.after.table(user, s.after.kind).All() {
			if o.State() != state.Live || s.before.table(user, s.before.kind).Get(o.ID) != nil {
				continue
			}
			if user == "" && s.copiedUp(o) || user != "" && s.copiedDown(o) {
				out = append(out, breach{noSecondCopy, s.rowOf(user, o.ID), fmt.Sprintf("a second %s %s", o.Item().Side, o.Kind)})
			}
		}
	}
	return out
}

// copiedUp reports that a new record was made for an item that had one: linked, or
// still carrying its id.
func (s *passing) copiedUp(made *state.Object) bool {
	link := s.after.linkOf("", made.ID)
	if link == nil {
		return true
	}
	if had := s.before.linkOf(ann, link.ItemID); had != nil {
		return !had.MarkerOff || !s.makes(markedAnew)
	}
	item := s.before.boxes[ann].Items[made.Kind].Get(link.ItemID).Item()
	if s.theirs(item) {
		return false
	}
	record := s.before.records[made.Kind].Get(item.Carries)
	return record != nil && record.State() == state.Live
}

// theirs reports an item that was a copy once and is the person's own.
func (s *passing) theirs(it *state.Item) bool {
	return s.makes(outOfTrash) && it.File == broughtBack || s.makes(markedAnew) && it.File == markedAgain
}

// copiedDown reports that a new item was made of a record that had a living one:
// linked, or still carrying the record's id. What was cancelled is no copy,
// and neither is what a person took out of the trash after its link had ended. Where
// the record is linked, the link says what its copy is: whatever else carries its id
// was judged by the session that made that link.
func (s *passing) copiedDown(made *state.Object) bool {
	record := made.Item().Carries
	had := s.before.linkOf("", record)
	for _, o := range s.after.boxes[ann].Items[made.Kind].All() {
		if o == made || o.State() != state.Live || s.makes(cancelledIsNone) && o.Item().Value(state.AttrCancelled).Bool() {
			continue
		}
		if l := s.before.linkOf(ann, o.ID); l != nil && l != had {
			continue // another record's copy by now
		}
		if had != nil && had.State == state.LinkActive && had.ItemID != o.ID {
			continue
		}
		if had != nil && had.ItemID == o.ID {
			return !had.MarkerOff || !s.makes(markedAnew)
		}
		if o.Item().Carries == record && !s.theirs(o.Item()) {
			return true
		}
	}
	return false
}
