package wire

import "weir/state"

// Loss is something that a dialect has no place for: what is written in it is read
// back without.
type Loss struct {
	// What is lost, as a sentence for people.
	What string
	// Apply makes of an item of the payload what is left of it.
	Apply func(it *state.Item, p *Payload)
}
