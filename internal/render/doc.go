// Package render turns weir's plain data (plans, simulations, explanations,
// settings, diagnostics) into text for people and into JSON for machines.
//
// The reader of the text is an admin who answers for these mailboxes: the
// headline comes first, every line says what, in which direction and why, and
// colour only repeats what the words already say. Whatever comes from a mailbox,
// a record or a policy is escaped, so that no subject line can move the cursor
// or reverse the reading direction.
//
// Beside cmd/weir this is the only package that knows a terminal exists. It
// decides nothing: what is shown was decided by package engine.
package render
