//go:build race

package hostile

// The race detector's own memory and time are not weir's.
func init() { raceDetector = true }
