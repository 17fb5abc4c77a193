// Package worlds draws random worlds of two people, under random policies, lets them
// live on, and compares what package engine decides in them with what the reference
// model decides. Only tests import it.
package worlds
