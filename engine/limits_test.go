package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/state"
)

// TestALimitThatTripsInManySessions holds that one line says it all, however often the
// numbers change: a person reads the first and the worst, and what to do about all.
func TestALimitThatTripsInManySessions(t *testing.T) {
	deletes, otherFile := policies.Origin{File: "org.hcl", Line: 7}, policies.Origin{File: "groups.hcl", Line: 3}
	enough := func(percent, most int64) raised { return raised{percent, most, true} }
	for _, c := range []struct {
		name         string
		trips        []trip
		text, remedy string
	}{
		{"one", []trip{{n: 12, of: 17, text: "12 of 17, over 5%", by: deletes, raise: enough(71, 0)}},
			"task removals in Salesforce held for Ann: 12 of 17, over 5% (limit salesforce_deletes, org.hcl:7)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 71 in org, in the same change"},
		{"the same again", []trip{
			{n: 12, of: 17, text: "12 of 17, over 5%", by: deletes, raise: enough(71, 0)},
			{n: 12, of: 17, text: "12 of 17, over 5%", by: deletes, raise: enough(71, 0)}},
			"task removals in Salesforce held for Ann: 12 of 17, over 5% (limit salesforce_deletes, org.hcl:7)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 71 in org, in the same change"},
		{"the worst in the middle", []trip{
			{n: 12, of: 200, text: "12 of 200, over 5%", by: deletes, raise: enough(6, 0)},
			{n: 30, of: 190, text: "30 of 190, over 5%", by: deletes, raise: enough(16, 0)},
			{n: 15, of: 190, text: "15 of 190, over 5%", by: deletes, raise: enough(8, 0)}},
			"task removals in Salesforce held for Ann, with something new in 3 sessions: first 12 of 200, over 5%; at worst 30 of 190, over 5% (limit salesforce_deletes, org.hcl:7)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 16 in org, in the same change"},
		{"the worst first", []trip{
			{n: 15, of: 190, text: "15 of 190, over 5%", by: deletes, raise: enough(8, 0)},
			{n: 15, of: 200, text: "15 of 200, over 5%", by: deletes, raise: enough(8, 0)}},
			"task removals in Salesforce held for Ann, with something new in 2 sessions: first and at worst 15 of 190, over 5% (limit salesforce_deletes, org.hcl:7)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 8 in org, in the same change"},
		{"as many of fewer, and the highest of each setting", []trip{
			{n: 11, of: 20, text: "11 of 20, over 5%", by: deletes, raise: enough(55, 0)},
			{n: 15, of: 200, text: "15 of 200, over 5%", by: deletes, raise: enough(8, 0)},
			{n: 15, of: 0, text: "15, more than 10", by: otherFile, raise: enough(0, 15)}},
			"task removals in Salesforce held for Ann, with something new in 3 sessions: first 11 of 20, over 5%; at worst 15, more than 10 (limit salesforce_deletes, org.hcl:7 and groups.hcl:3)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 55 and limits.salesforce_deletes.max = 15 in org, in the same change"},
		{"all of them", []trip{
			{n: 12, of: 17, text: "12 of 17, over 5%", by: deletes, raise: enough(71, 0)},
			{n: 12, of: 12, text: "12 of 12, over 5%", by: deletes}},
			"task removals in Salesforce held for Ann, with something new in 2 sessions: first 12 of 17, over 5%; at worst 12 of 12, over 5% (limit salesforce_deletes, org.hcl:7)",
			"check the list; if it is meant, set limits.salesforce_deletes.percent = 71 in org, in the same change; no limit allows that all go at once: check the list, and let some go in an earlier session"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := NewFindingLog()
			for i, trip := range c.trips {
				session, plan := held(trip), &Plan{Session: i + 1, notes: newNotebook()}
				g := plan.notes.entry("limit_tripped", "salesforce_deletes task ann@acme.example")
				g.addTrip(session)
				g.add(findingCase{"ann@acme.example", "Ann", "T1", "Call"})
				for _, f := range log.Fresh(plan) {
					assert.Equal(t, session.String(), f.Text, "a session tells of its own numbers")
				}
			}
			all := log.All()
			require.Len(t, all, 1)
			assert.Equal(t, c.text, all[0].Text)
			assert.Equal(t, c.remedy, all[0].Remedy)
		})
	}
}

// held words a trip of the limit on Ann's tasks in Salesforce.
func held(t trip) tripped {
	t.def, t.kind = &limitDefs[1], state.Task
	return tripped{trip: t, held: "task removals in Salesforce held for Ann"}
}
