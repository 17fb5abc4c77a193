// Package state is the vocabulary every part of weir speaks: users, Salesforce
// records and mailbox items, the links between them, what a recording covers,
// and the one table ([Schema]) of the attributes a policy may mention.
//
// It holds plain data and no decisions: recordings fill it, the engine reads
// it, the simulator writes the next one. It imports only the standard library,
// so that everything else may import it.
//
// Items are immutable once built: a change is a new [Item], which lets many
// snapshots share one.
package state
