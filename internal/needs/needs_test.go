package needs

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// spy notes what becomes of a test.
type spy struct {
	testing.TB
	said string
}

func (*spy) Helper()                             {}
func (s *spy) Skipf(format string, args ...any)  { s.said += "skipped: " + fmt.Sprintf(format, args...) }
func (s *spy) Fatalf(format string, args ...any) { s.said += "failed: " + fmt.Sprintf(format, args...) }

// What is missing is left out with a word, and fails where nothing may be left out.
func TestProgram(t *testing.T) {
	ask := func(name string) string {
		s := &spy{TB: t}
		Program(s, name, "nothing is tried")
		return s.said
	}
	t.Setenv(Gate, "")
	assert.Empty(t, ask("go"))
	assert.Equal(t, "skipped: no-such-program is not installed: nothing is tried", ask("no-such-program"))
	t.Setenv(Gate, "1")
	assert.Empty(t, ask("go"))
	assert.Contains(t, ask("no-such-program"), "failed: no-such-program is not installed, and the gate leaves nothing out")
}
