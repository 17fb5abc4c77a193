// Package mutate changes a policy in small ways, one at a time, to see whether its
// tests notice: a toggle flipped, a window a day longer or shorter, a condition
// without one of its parts, a setting no longer forced, a wider scope, another
// effect of a rule or the rule gone. A change that no test notices is a line of the
// policy that nothing holds in place.
//
// Mutants are changes of the source text, so that each can be shown to the person who
// wrote it and is loaded as any other policy.
package mutate
