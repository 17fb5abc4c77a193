package weir.guardrails_test

import data.weir.guardrails

removals(n) := [{"op": "delete", "on": "mailbox", "held": false} | some _ in numbers.range(1, n)]

simulation(n) := {
	"sessions": [{"users": [{"user": "ann@acme.example", "operations": removals(n)}]}],
	"summary": {"operations": {"salesforce": {"delete": 0}}},
}

test_denies_many_removals if {
	count(guardrails.deny) == 1 with input.simulation as simulation(21)
}

test_lets_few_pass if {
	count(guardrails.deny) == 0 with input.simulation as simulation(20)
}

# What is no removal from a mailbox, or is held, does not count.
test_lets_other_operations_pass if {
	others := [
		{"op": "update", "on": "mailbox", "held": false},
		{"op": "delete", "on": "salesforce", "held": false},
		{"op": "delete", "on": "mailbox", "held": true},
	]
	operations := array.concat(removals(20), others)
	count(guardrails.deny) == 0 with input.simulation as {"sessions": [{"users": [{"user": "ann@acme.example", "operations": operations}]}]}
}

removed(n) := {"operations": {"salesforce": {"delete": n}}}

test_warns_of_removals_in_salesforce if {
	count(guardrails.warn) == 1 with input.simulation.summary as removed(4)
	count(guardrails.warn) == 0 with input.simulation.summary as removed(3)
}
