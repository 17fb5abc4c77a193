//go:build linux

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var big = flag.Int("big", 0, "size of the recording that TestBig makes and inspects, in MB; it is skipped without one")

// maxInspect is the memory within which a recording of any size is inspected, and
// maxGenerate that within which it is made.
const (
	maxInspect  = 300 << 20
	maxGenerate = 150 << 20
)

// TestBig makes a big recording and inspects it, each in a process of its own whose
// memory is measured. `make big` runs it.
func TestBig(t *testing.T) {
	if *big == 0 {
		t.Skip("run it with make big")
	}
	dir := t.TempDir()
	weir, made := filepath.Join(dir, "weir"), filepath.Join(dir, "made")
	out, err := exec.Command("go", "build", "-o", weir, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	records := strconv.Itoa(*big * 150) // measured: a record with its copies and changes is about 2.2 KB
	memory, took := measured(t, weir, "generate", "-o", made, "--users", strconv.Itoa(1+*big/4), "--contacts", records, "--tasks", records, "--events", records,
		"--providers", "office365=60,exchange=20,gmail=20")
	size := sizeOf(t, made)
	fmt.Printf("%.0f MB generated in %s, %.0f MB/s; %s of the system; %d MiB of memory\n", size/1e6, took.user, size/1e6/took.user.Seconds(), took.system, memory>>20)
	assert.Less(t, memory, int64(maxGenerate), "generate")
	memory, took = measured(t, weir, "inspect", "-r", made, "--format", "json", "-o", filepath.Join(dir, "inspected.json"))
	fmt.Printf("inspected in %s, %.0f MB/s; %s of the system; %d MiB of memory\n", took.user, size/1e6/took.user.Seconds(), took.system, memory>>20)
	assert.Less(t, memory, int64(maxInspect), "inspect")
}

// times are a process's own time on the processor, and the system's for it: of
// making tens of thousands of files that is the most.
type times struct{ user, system time.Duration }

// measured runs a command; it returns the most memory it had at once, in bytes.
func measured(t *testing.T, name string, args ...string) (memory int64, took times) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "WEIR_POLICY=", "WEIR_RECORDING=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return usage.Maxrss << 10, times{cmd.ProcessState.UserTime().Round(time.Millisecond), cmd.ProcessState.SystemTime().Round(time.Millisecond)}
}

func sizeOf(t *testing.T, dir string) (size float64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		size += float64(info.Size())
		return err
	}))
	return size
}
