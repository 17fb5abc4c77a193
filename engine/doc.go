// Package engine decides what one sync session would do.
//
// It is a pure function of a snapshot (package state), a compiled policy
// (package policies) and options: no clock, no environment, no I/O beyond the
// mailboxes the snapshot hands out one at a time. The way through it:
//
//	evidence.go  what is known of each side of a link (live, deleted, unseen …)
//	match.go     which unlinked records and items are the same thing
//	fields.go    which fields differ, and which side changed since they agreed
//	verdict.go   is this record downsynced for this user: in, out or unknown
//	facts.go     what the verdict's conditions ask beyond attributes, with window.go
//	table.go     the decision table, as data: facts -> row
//	decide.go    row -> operations, with stops.go and holds.go in between
//	limits.go    deletions beyond a limit are held
//	plan.go      the plan: plain data, its JSON form
//	explain.go   why, and why not, for one thing
//
// It knows nothing of recordings, vendors or terminals. Package simulate
// carries plans out on a model world.
package engine
