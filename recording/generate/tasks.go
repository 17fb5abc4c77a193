package generate

import (
	"time"

	"weir/recording/salesforce"
	"weir/state"
)

func taskCases() []Case {
	list := []Case{
		{Number: 0, Name: "task-done-in-mailbox", Makes: "A person ticks a task off in the mailbox; the sync closes it in Salesforce a session later.", Every: 20, later: true,
			setup: func(s *scene) { s.open(s.record) },
			act: func(s *scene) {
				s.editCopy(1, 0, func(it *state.Item) {
					it.Set(state.AttrStatus, textValue("completed"))
					it.Set(state.AttrClosed, boolValue(true))
					it.Set(state.AttrCompleted, instantValue(s.when(1)))
				})
				s.edit(2, &s.w.sync, func(it *state.Item) {
					it.Set(state.AttrStatus, textValue("Completed"))
					it.Set(state.AttrClosed, boolValue(true))
					it.Set(state.AttrCompleted, instantValue(s.when(1)))
				})
			}},
		{Number: 1, Name: "task-open-for-years", Makes: "An open task was due three years ago and never touched since.", Every: 100,
			setup: func(s *scene) {
				s.open(s.record)
				s.record.Set(state.AttrDue, dayValue(s.day(-3*365)))
				s.record.Set(state.AttrCreated, instantValue(s.clock(-3*365-9, 9, 0)))
				s.touchedLast(s.record, s.clock(-3*365-9, 9, 0))
			}},
		{Number: 2, Name: "task-done-without-date-recently", Makes: "A completed task without a due date was last modified 5 days ago.", Every: 150, setup: doneWithoutDate(5)},
		{Number: 2, Name: "task-done-without-date-earlier", Makes: "A completed task without a due date was last modified 20 days ago.", Every: 150, setup: doneWithoutDate(20)},
		{Number: 3, Name: "task-done-ahead", Makes: "A task due in 20 days was completed 30 days ago.", Every: 150,
			setup: func(s *scene) { s.close(s.record, s.day(20), s.clock(-30, 9, 0)) }},
		{Number: 4, Name: "task-on-the-boundary", Makes: "A completed task was due exactly 14 days before the first session, and not touched since.", Every: 150,
			setup: func(s *scene) { s.close(s.record, s.day(-14), s.clock(-40, 9, 0)) }},
		{Number: 5, Name: "task-closed-by-another-name", Makes: "A task is closed, and its status has a name of the organisation's own.", Every: 80,
			setup: func(s *scene) {
				s.close(s.record, s.day(-3), s.clock(-3, 9, 0))
				s.record.Set(state.AttrStatus, textValue("Erledigt – gewonnen"))
			}},
		{Number: 6, Name: "logged-email", Makes: "An e-mail is logged as a task completed today.", Every: 25,
			setup: func(s *scene) {
				s.close(s.record, s.day(0), s.w.opts.Start.Add(-time.Hour))
				s.record.Set(state.AttrSubtype, textValue(pick(s.dice, 80, []string{"Email", "ListEmail", "Call"})))
			}},
		{Number: 7, Name: "task-taken-from-queue", Makes: "A task belongs to a queue until a person takes it.", Every: 150, bare: true,
			setup: func(s *scene) {
				s.open(s.record)
				s.record.Set(state.AttrOwner, textValue(salesforce.ID("00G", s.n%9)))
			},
			act: func(s *scene) { s.edit(1, s.owner, setText(state.AttrOwner, s.owner.id)) }},
		{Number: 8, Name: "task-reassigned", Makes: "A task goes to another person; a session later the sync moves the copy.", Every: 150, Pair: true, later: true,
			setup: func(s *scene) { s.open(s.record) },
			act: func(s *scene) {
				s.edit(1, s.owner, setText(state.AttrOwner, s.other().id))
				if s.step == 2 {
					s.copyTo(s.other(), s.record, "").touched = true
				}
				s.deleteCopy(2, 0)
			}},
		{Number: 51, Name: "task-archived", Makes: "An old task is archived: queries stop returning it.", Every: 200,
			setup: func(s *scene) { s.close(s.record, s.day(-420), s.clock(-420, 9, 0)) },
			act:   func(s *scene) { s.hidden = true }},
		{Number: 62, Name: "task-touched-by-sync", Makes: "The sync's own write dates an old completed task anew.", Every: 100,
			setup: func(s *scene) { s.close(s.record, s.day(-100), s.clock(-100, 9, 0)) },
			act:   func(s *scene) { s.edit(1, &s.w.sync, func(*state.Item) {}) }},
		{Number: 63, Name: "task-touched-by-flow", Makes: "In one session automation touches many tasks at once.", Every: 50, together: true,
			setup: func(s *scene) { s.close(s.record, s.day(-60), s.clock(-60, 9, 0)) },
			act:   func(s *scene) { s.edit(1, &s.w.flow, func(*state.Item) {}) }},
		{Number: 64, Name: "task-description-edited", Makes: "Only the description of a task changes in Salesforce.", Every: 150,
			setup: func(s *scene) { s.open(s.record) },
			act: func(s *scene) {
				s.edit(1, s.owner, setText(state.AttrBody, "Call the assistant first.\nThe office moved."))
			}},
	}
	own := []Case{
		{Number: 18, Name: "task-marked", Makes: "A person marks a task of their own for the sync.", Every: 40, act: func(s *scene) { s.editCopy(1, 0, setCategories(marker)) }},
	}
	return append(placed(list, InSalesforce, state.Task), placed(own, InMailbox, state.Task)...)
}

// doneWithoutDate is a completed task without a due date, last modified days ago.
func doneWithoutDate(days int) func(*scene) {
	return func(s *scene) {
		s.close(s.record, 0, s.clock(-days, 9, 0))
		s.record.Set(state.AttrDue, state.EmptyValue())
	}
}
