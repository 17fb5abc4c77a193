package weir.guardrails

warn contains 3 if input.plan.session == 1 # want `3` Text expected: The members of "warn" are messages: write warn contains msg if { …; msg := "…" }

deny contains {"msg": "x"} if input.simulation.verdict == "held" # want `{"msg": "x"}` Text expected
