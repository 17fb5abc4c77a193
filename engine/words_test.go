package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"weir/state"
)

// Every service's words for a priority or an open status mean one of Salesforce's.
func TestWordsOfOtherServices(t *testing.T) {
	for want, words := range map[string][]string{
		"high":   {"High", "high", "HIGH", "1", "4"},
		"normal": {"Normal", "normal", "5", "0", "", "Urgent", "10"},
		"low":    {"Low", "low", "6", "9"},
	} {
		for _, word := range words {
			it := state.NewItem(state.Task, state.Mailbox, "1")
			it.Set(state.AttrPriority, state.TextValue(word))
			assert.Equal(t, want, Comparable(it, state.AttrPriority).Text(), word)
		}
	}
	c := &comparer{user: &state.User{}}
	for word, want := range map[string]string{"inProgress": "In Progress", "IN-PROCESS": "In Progress", "NEEDS-ACTION": "Not Started", "notStarted": "Not Started", "CANCELLED": "Not Started"} {
		item, record := state.NewItem(state.Task, state.Mailbox, "1"), state.NewItem(state.Task, state.Salesforce, "2")
		item.Set(state.AttrStatus, state.TextValue(word))
		assert.Equal(t, want, c.statusFor(item, record).Text(), word)
	}
	record, item := state.NewItem(state.Task, state.Salesforce, "2"), state.NewItem(state.Task, state.Mailbox, "1")
	record.Set(state.AttrStatus, state.TextValue("In Progress"))
	assert.Equal(t, "inProgress", c.statusFor(record, item).Text(), "what goes down is in To Do's words")
}
