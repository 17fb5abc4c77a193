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
