// Package simulate runs sessions over time: what each would change, and what its
// effects cause in the next.
//
// The world starts as the recording shows it at the first session. From there on
// it is a model: people's recorded actions are replayed on it when they happened
// (replay.go), every session plans all users against the state at its start
// (package engine) and its operations are carried out (apply.go) for the next
// session to see. What the real sync did after the start is left out.
//
// A run is deterministic: the recording, the policy and the options are its only
// inputs. Sessions in which nothing can have changed are not planned.
package simulate
