package weir.guardrails

deny contains msg if {
	input.plan.sumary.held > 3 # want `sumary` Unknown name: input.plan has no "sumary". Did you mean "summary"?
	msg := "Größe"
}

warn contains msg if {
	some user in input.plan.users
	some op in user.operations
	op.tittle == "Ü" # want `tittle` Unknown name: op has no "tittle". Did you mean "title"?
	msg := sprintf("%s %v", [op.title, [1]])
}

warn contains "x" if input.simulation.sessions[_].summary.operations.mailbox.remove > 0 # want `remove` Unknown name: input.simulation.sessions[_].summary.operations.mailbox has no "remove", only "create"
