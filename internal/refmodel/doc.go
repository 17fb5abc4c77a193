// Package refmodel decides a session a second time: naively, by the words of the
// contract's sections 4.3 and 5.1 to 5.5, sharing nothing with package engine but
// the plain data of package state. Tests compare the two on random worlds and
// policies; nothing else imports it.
//
// It is meant to be read as the specification. It looks at every record for every
// user, has no index, keeps nothing, and knows no policy language: a policy is a
// few tables of texts (settings.go) and a rule is a Go function. Where the contract
// is silent it follows docs/decisions. What it leaves to tests of their own:
// findings, wording, and what an operation writes beyond the names of the fields
// and what is remembered of them.
//
//	settings.go  4.3  which layer wins
//	window.go    5.1  windows
//	verdict.go   5.2  the checks, and rules
//	evidence.go  5.3  what is known of each side, matching
//	fields.go    5.5  what differs, and who changed it
//	table.go     5.4  the rows
//	decide.go    5.4  what a row does, with stops and holds
//	limits.go    6    what limits hold
//	remember.go  5.3  what a simulated session keeps of every link
package refmodel
