package archtest

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestModule(t *testing.T) {
	root := os.DirFS("../..")
	_, err := root.Open("go.mod")
	require.NoError(t, err, "the test must run inside the module")
	found, err := Check(root, Weir())
	require.NoError(t, err)
	for _, v := range found {
		t.Error(v)
	}
}

// A checker that finds nothing proves nothing: each of these trees breaks one
// rule, on the line marked "want".
func TestCheckerFindsViolations(t *testing.T) {
	cases := []struct{ name, file, source, want string }{
		{"recording in the engine", "engine/a.go", `package engine
import "weir/recording" // want`, "engine must not import weir/recording"},
		{"policies and recording", "policies/a.go", `package policies
import "weir/recording" // want`, "policies must not import weir/recording"},
		{"recording and policies", "recording/salesforce/a.go", `package salesforce
import "weir/policies/cond" // want`, "recording/salesforce must not import weir/policies/cond"},
		{"another module in state", "state/a.go", `package state
import "github.com/hashicorp/hcl/v2" // want`, "state must not import other modules"},
		{"state knows nothing of its sub-packages", "state/a.go", `package state
import "weir/state/zone" // want`, "state must not import weir/state/zone"},
		{"a second home for hcl's parser", "policies/a.go", `package policies
import "github.com/hashicorp/hcl/v2/hclsyntax" // want`, "belongs to policies/hclfile"},
		{"a second home for cel", "engine/a.go", `package engine
import "github.com/google/cel-go/cel" // want`, "belongs to policies/celexpr"},
		{"a second home for opa", "policies/a.go", `package policies
import "github.com/open-policy-agent/opa/v1/rego" // want`, "belongs to policies/regomod"},
		{"a terminal in simulate", "simulate/a.go", `package simulate
import "github.com/fatih/color" // want`, "belongs to cmd/... and internal/render"},
		{"the clock", "engine/a.go", `package engine
import "time"
var at = time.Now() // want`, "engine uses time.Now, and must be pure"},
		{"the clock under another name", "simulate/a.go", `package simulate
import clock "time"
var at = clock.Now // want`, "simulate uses time.Now"},
		{"the environment", "policies/a.go", `package policies
import "os" // want
var home = os.Getenv`, "policies uses os, and must be pure"},
		{"the network", "recording/a.go", `package recording
import "net/http" // want
var c http.Client`, "recording uses net/http"},
		{"randomness", "simulate/a.go", `package simulate
import "math/rand/v2" // want
var n = rand.Int()`, "simulate uses math/rand/v2"},
		{"the machine's zones, anywhere", "cmd/weir/a.go", `package main
import "time"
var loc, _ = time.LoadLocation("Europe/Berlin") // want`, "cmd/weir uses time.LoadLocation"},
		{"a dot import", "cmd/weir/a.go", `package main
import . "time" // want
var at = Now()`, "with a dot"},
		{"a package without a row", "helpers/a.go", `package helpers // want`, "has no row among the arrows"},
		{"a test library in production", "engine/a.go", `package engine
import "github.com/stretchr/testify/assert" // want`, "which belongs to internal/golden"},
		{"a test script in production", "engine/a.go", `package engine
import "github.com/rogpeppe/go-internal/testscript" // want`, "belongs to nobody"},
		{"a helper of tests in production", "cmd/weir/a.go", `package main
import "weir/internal/golden" // want`, "cmd/weir must not import weir/internal/golden"},
		{"a file for another system", "engine/a_windows.go", `//go:build windows

package engine
import "os" // want`, "engine uses os"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found, err := Check(tree(c.file, c.source), Weir())
			require.NoError(t, err)
			require.NotEmpty(t, found)
			assert.Equal(t, c.file, found[0].File)
			assert.Equal(t, wantedLine(c.source), found[0].Line)
			assert.Contains(t, found[0].String(), c.want)
		})
	}
}

func TestCheckerAllows(t *testing.T) {
	cases := map[string]struct{ file, source string }{
		"a local name that hides the import": {"engine/a.go", `package engine
import "time"
type clock struct{ Now int }
func f(d time.Duration) int { time := clock{}; return time.Now }`},
		"a zone from our own data": {"state/zone/a.go", `package zone
import "time"
var load = time.LoadLocationFromTZData`},
		"the grammar of addresses": {"recording/a.go", "package recording\nimport \"net/url\"\nvar parse = url.Parse"},
		"a test file":              {"engine/a_test.go", "package engine\nimport \"os\"\nvar _ = os.Args"},
		"test data":                {"engine/testdata/a.go", "package broken\nimport \"os\""},
		"a file nobody builds":     {"state/zone/gen.go", "//go:build ignore\n\npackage main\nimport \"os\""},
		"hcl's parser at home":     {"policies/hclfile/a.go", "package hclfile\nimport _ \"github.com/hashicorp/hcl/v2/hclsyntax\""},
		"hcl's types elsewhere":    {"engine/a.go", "package engine\nimport _ \"github.com/hashicorp/hcl/v2\""},
		"the command's clock":      {"cmd/weir/a.go", "package main\nimport \"time\"\nvar at = time.Now()"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, err := Check(tree(c.file, c.source), Weir())
			require.NoError(t, err)
			assert.Empty(t, found)
		})
	}
}

func TestCheckerReportsBrokenSource(t *testing.T) {
	_, err := Check(tree("engine/a.go", "package"), Weir())
	assert.ErrorContains(t, err, "engine/a.go")
}

func tree(file, source string) fstest.MapFS {
	return fstest.MapFS{file: {Data: []byte(source)}}
}

func wantedLine(source string) int {
	before, _, _ := strings.Cut(source, "// want")
	return strings.Count(before, "\n") + 1
}
