//go:build unix

// Package effort measures what benchmarks cost by the processor's time, which other work
// on the machine makes no longer. Only tests import it.
package effort

import (
	"syscall"
	"testing"
	"time"
)

// Processor is the processor time that this process has used so far: what it computed
// itself, and what the system did for it.
func Processor(tb testing.TB) (own, system time.Duration) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(use.Utime.Nano()), time.Duration(use.Stime.Nano())
}
