//go:build !unix

// Package effort measures what benchmarks cost by the processor's time, which other work
// on the machine makes no longer. Only tests import it.
package effort

import (
	"testing"
	"time"
)

// Processor is not known here: then the time that passes has to do.
func Processor(testing.TB) (own, system time.Duration) { return time.Since(began), 0 }

var began = time.Now()
