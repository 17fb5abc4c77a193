// Package parity tells whether a policy decides the same on two recordings that
// show the same world under other names: every condition has the same truth for
// every record and item, and every plan has the same operations for the same
// reasons. It exists so that an anonymised recording is worth sharing: what it shows
// of a policy is what the original shows.
package parity
