package regomod

import (
	"syscall"
	"time"
)

func init() { processorTime = usedByProcess }

// usedByProcess is the processor time this process has used: what else the machine
// does makes it no longer.
func usedByProcess() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
