// Package generate makes recordings of an organisation that does not exist: its
// people, what Salesforce and their mailboxes hold, and what happens to it from
// capture to capture. Every case that a sync has to decide and that a recording can
// show happens with a known frequency ([Cases]); the rest is ordinary life.
//
// # How it stays small
//
// Nothing is kept. A record is a number, and all there is to know about it (its
// owner, its values, its copies in mailboxes, which case it plays and when) follows
// from the seed and that number. A file is written by going through the numbers that
// concern it. The owner of record n is person n modulo the number of people, so that
// a mailbox is found by steps and not by search. Memory holds the people, one item,
// and the deletions of one file.
//
// # How a case is played
//
// A [Case] shapes a record before its copies are made (setup), and changes record
// and copies at one session, some in the session after too (act). Whether a record
// is asked for by a full capture or by a delta, it is made from scratch and the act
// is played on it as far as it has come.
//
// The package reads no clock and no machine's randomness: the same options give the
// same bytes.
package generate
