package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// update refreshes the expected files of the scripts' cmp lines:
// go test ./cmd/weir -update.
var update = flag.Bool("update", false, "write the expected files of testdata/script anew")

// The test binary runs as weir itself, so that scripts need no build step.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"weir": main})
}

// Each script in testdata/script is one promise of the command line.
func TestScripts(t *testing.T) {
	const dir = "testdata/script"
	scripts, err := filepath.Glob(dir + "/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts, "no script in %s", dir)
	module, err := filepath.Abs("../..")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			// $FIXTURES is what ships with weir, for scripts that need it on disk.
			env.Setenv("FIXTURES", filepath.Join(module, "fixtures"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": exitsWith, "glyphs": onlyGlyphs, "mode": hasMode,
		},
	})
}

// TestMachinePathsStayOut: the scripts must not depend on where the module lies.
func TestMachinePathsStayOut(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	dir, err := os.Getwd()
	require.NoError(t, err)
	for _, name := range scripts {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotContains(t, string(text), dir)
	}
}
