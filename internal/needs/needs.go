// Package needs says which other programs a test cannot do without. Only tests import it.
package needs

import (
	"os"
	"os/exec"
	"testing"
)

// Gate names the environment variable with which .ci/run demands that nothing is left out.
const Gate = "WEIR_GATE"

// Program leaves a test out where a program is not installed, and says what is not
// tried for it: the tests pass with Go and nothing else. In the gate it fails.
func Program(t testing.TB, name, untried string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv(Gate) != "" {
		t.Fatalf("%s is not installed, and the gate leaves nothing out: %s", name, untried)
	}
	t.Skipf("%s is not installed: %s", name, untried)
}
