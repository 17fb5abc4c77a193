package weir.guardrails

# What no change of this policy may do, whatever its limits say.

deny contains msg if {
	some session in input.simulation.sessions
	some person in session.users
	removals := [o | some o in person.operations; o.op == "delete"; o.on == "mailbox"; not o.held]
	count(removals) > 20
	msg := sprintf("%s would lose %d things in one session", [person.user, count(removals)])
}

warn contains msg if {
	input.simulation.summary.operations.salesforce.delete > 3
	msg := sprintf("%d removals in Salesforce: has somebody looked at them?", [input.simulation.summary.operations.salesforce.delete])
}
