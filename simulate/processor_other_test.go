//go:build !unix

package simulate_test

import (
	"testing"
	"time"
)

// processorTime is not known here: then the time that passes has to do.
func processorTime(testing.TB) time.Duration { return time.Since(began) }

var began = time.Now()
