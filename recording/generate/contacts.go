package generate

import (
	"maps"
	"time"

	"weir/recording/wire"
	"weir/state"
)

func setText(a state.Attr, text string) func(*state.Item) {
	return func(it *state.Item) { it.Set(a, textValue(text)) }
}

func setCategories(list ...string) func(*state.Item) {
	return func(it *state.Item) { it.Set(state.AttrCategories, state.TextsValue(list)) }
}

func contactCases() []Case {
	list := []Case{
		{Number: 0, Name: "contact-edited-in-salesforce", Makes: "A contact gets another phone number in Salesforce; the sync copies it a session later.", Every: 20, later: true,
			act: func(s *scene) {
				s.edit(1, s.owner, setText(state.AttrPhone, "+1 415 555 0100"))
				s.editCopy(2, 0, setText(state.AttrPhone, "+1 415 555 0100"))
			}},
		{Number: 0, Name: "contact-edited-in-mailbox", Makes: "A contact gets another phone number in the mailbox; the sync copies it a session later.", Every: 40, later: true,
			act: func(s *scene) {
				s.editCopy(1, 0, setText(state.AttrMobile, "+1 415 555 0101"))
				s.edit(2, &s.w.sync, setText(state.AttrMobile, "+1 415 555 0101"))
			}},
		{Number: 21, Name: "contact-deleted-in-mailbox", Makes: "A person deletes the copy of a contact.", Every: 250, act: func(s *scene) { s.deleteCopy(1, 0) }},
		{Number: 22, Name: "contact-restored", Makes: "A person deletes the copy of a contact; the sync makes it again, with another id.", Every: 500, later: true,
			act: func(s *scene) {
				if s.step == 1 {
					s.deleteCopy(1, 0)
					return
				}
				for i := range s.copies {
					s.copies[i].item, s.copies[i].touched = renamed(s.copies[i].item, "r"), true
					s.copies[i].item.Set(state.AttrCreated, instantValue(s.when(2)))
				}
			}},
		{Number: 23, Name: "contact-deleted-on-both-sides", Makes: "A contact is deleted in Salesforce and in the mailbox between two sessions.", Every: 500,
			act: func(s *scene) { s.deleteRecord(); s.deleteCopy(1, 0) }},
		{Number: 24, Name: "contact-deleted-and-edited", Makes: "A contact is deleted in the mailbox while somebody edits it in Salesforce.", Every: 500,
			act: func(s *scene) {
				s.edit(1, s.owner, setText(state.AttrJobTitle, "Chair of the Board"))
				s.deleteCopy(1, 0)
			}},
		{Number: 32, Name: "contact-changes-owner", Makes: "A contact gets another owner, so that it leaves one person's scope.", Every: 250, Pair: true,
			act: func(s *scene) { s.edit(1, s.other(), setText(state.AttrOwner, s.other().id)) }},
		{Number: 32, Name: "contact-leaves-view", Makes: "A field of a contact changes so that it leaves the list view Key_Accounts.", Every: 250, together: true,
			setup: func(s *scene) { s.record.Custom["Rating__c"] = textValue("Hot") },
			act: func(s *scene) {
				s.edit(1, s.owner, func(it *state.Item) { it.Custom["Rating__c"] = textValue("Cold") })
			}},
		{Number: 38, Name: "contact-of-inactive-owner", Makes: "A contact belongs to a user who left.", Every: 200,
			setup: func(s *scene) { s.record.Set(state.AttrOwner, textValue(s.w.former.id)) }},
		{Number: 39, Name: "contact-without-address", Makes: "A contact has no e-mail address.", Every: 60,
			setup: func(s *scene) { s.record.Set(state.AttrEmail, state.EmptyValue()) }},
		{Number: 39, Name: "contact-twice", Makes: "Two records have one e-mail address, and there is one item.", Every: 300,
			setup: func(s *scene) { s.beside = append(s.beside, s.twin()) }},
		{Number: 40, Name: "contact-merged", Makes: "Two contacts are merged; both had copies.", Every: 300, setup: setupMerge, shape: shapeMerge, act: actMerge},
		{Number: 41, Name: "lead-converted", Makes: "A lead is converted: a contact with a new id and the lead's address appears.", Every: 400, bare: true,
			setup: func(s *scene) {
				s.hidden = s.step == 0
				s.leads = append(s.leads, wire.Person{Name: s.record.Title(), Email: s.record.Value(state.AttrEmail).Text()})
			},
			act: func(s *scene) {
				s.edit(1, s.owner, func(it *state.Item) { it.Set(state.AttrCreated, instantValue(s.when(1))) })
			}},
		{Number: 42, Name: "contact-linked-by-short-id", Makes: "The link store holds the record's id of 15 characters.", Every: 100,
			shape: func(s *scene) {
				for i := range s.copies {
					s.copies[i].link = linkLine{born: "salesforce", short: true}
				}
			}},
		{Number: 43, Name: "contact-with-three-addresses", Makes: "The copy of a contact has three e-mail addresses, the record one.", Every: 150,
			shape: func(s *scene) {
				for i := range s.copies {
					s.copies[i].item.Set(state.AttrEmail2, textValue("office."+s.id36()+"@home.example"))
					s.copies[i].item.Set(state.AttrEmail3, textValue("private."+s.id36()+"@home.example"))
				}
			}},
		{Number: 44, Name: "category-removed", Makes: "A person takes the category off the copy of a contact.", Every: 250, act: func(s *scene) { s.editCopy(1, 0, setCategories()) }},
		{Number: 45, Name: "contact-moved-to-other-folder", Makes: "A person moves the copy of a contact out of the sync's folder: it is deleted in one and appears in the other with a new id and no category.", Every: 300, moves: true,
			act: func(s *scene) {
				if len(s.copies) == 0 {
					return
				}
				moved := s.copies[0]
				moved.item, moved.own, moved.touched, moved.link = renamed(moved.item, "m"), true, s.step == 1, linkLine{}
				setCategories()(moved.item)
				s.deleteCopy(1, 0)
				s.copies = append(s.copies, moved)
			}},
		{Number: 47, Name: "contact-copied", Makes: "A person copies an item with its hidden record id: two items carry one id.", Every: 400,
			act: func(s *scene) {
				if len(s.copies) == 0 {
					return
				}
				second := s.copies[0]
				second.item, second.touched, second.link = renamed(second.item, "c"), s.step == 1, linkLine{}
				second.item.Set(state.AttrCreated, instantValue(s.when(1)))
				s.copies = append(s.copies, second)
			}},
		{Number: 52, Name: "access-lost", Makes: "A contact is no longer shared: queries stop returning it, and no list of deletions names it.", Every: 400,
			act: func(s *scene) { s.hidden = true }},
		{Number: 61, Name: "contact-edited-on-both-sides", Makes: "A contact's phone number is changed on both sides between two sessions, differently.", Every: 250,
			act: func(s *scene) {
				s.edit(1, s.owner, setText(state.AttrPhone, "+1 415 555 0102"))
				s.editCopy(1, 0, setText(state.AttrPhone, "+1 415 555 0103"))
			}},
		{Number: 65, Name: "clock-ahead", Makes: "An item was modified three hours after the capture that shows it, by its own word.", Every: 400,
			act: func(s *scene) {
				s.editCopy(1, 0, setText(state.AttrJobTitle, "Chair"))
				if len(s.copies) > 0 {
					s.copies[0].item.Set(state.AttrModified, instantValue(s.w.instant(s.at).Add(3*time.Hour)))
				}
			}},
	}
	return placed(list, InSalesforce, state.Contact)
}

// placed says where the cases of a list happen.
func placed(list []Case, on Place, kind state.Kind) []Case {
	for i := range list {
		list[i].On, list[i].Kind = on, kind
	}
	return list
}

// twin is a second record for the same person.
func (s *scene) twin() *state.Item {
	it := s.record.Clone()
	it.ID, it.Custom = s.w.recordID(s.kind, s.n, 1), maps.Clone(s.record.Custom)
	it.Set(state.AttrJobTitle, state.EmptyValue())
	return it
}

func setupMerge(s *scene) { s.beside = append(s.beside, s.twin()) }

func shapeMerge(s *scene) { s.copyTo(s.owner, s.beside[0], "w") }

// actMerge: the loser's row names the winner, and later queries do not return it.
func actMerge(s *scene) {
	s.edit(1, s.owner, func(it *state.Item) {
		it.Custom["IsDeleted"], it.Custom["MasterRecordId"] = boolValue(true), textValue(s.beside[0].ID)
	})
	s.hidden = true
}
