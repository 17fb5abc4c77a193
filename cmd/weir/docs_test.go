package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
)

// Every example in a help text works as written, in a directory that holds a
// policy and a recording.
func TestHelpExamples(t *testing.T) {
	var commands []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Name() != "help" && c.Name() != "completion" {
			commands = append(commands, c)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(streams{Out: io.Discard, Err: io.Discard, Getenv: os.Getenv}))
	require.NotEmpty(t, commands)
	for _, c := range commands {
		require.NotEmpty(t, c.Example, "%s has no examples", c.CommandPath())
		require.NotEmpty(t, c.Short)
		var script strings.Builder
		for _, line := range shellLines(c.Example) {
			if strings.HasPrefix(line, "weir init") {
				script.WriteString("rm policy\n") // it refuses to overwrite
			}
			if strings.HasPrefix(line, "weir import") {
				script.WriteString("rm imported\n") // so does this
			}
			if strings.HasPrefix(line, "weir anonymize") {
				script.WriteString("rm anonymized shared shifted\n") // and this
			}
			script.WriteString("exec " + line + "\n")
			// fmt says nothing of files that are as they should be.
			if (!strings.Contains(line, " -o ") || strings.HasPrefix(line, "weir import") || strings.HasPrefix(line, "weir anonymize")) && !strings.HasPrefix(line, "weir fmt") {
				script.WriteString("stdout .\n")
			}
		}
		runScript(t, strings.ReplaceAll(c.CommandPath(), " ", "-"), script.String())
	}
}

// shellLines are the commands of a help text, in testscript's quoting.
func shellLines(example string) []string {
	var lines []string
	for line := range strings.SplitSeq(example, "\n") {
		command, _, _ := strings.Cut(line, " #")
		if command = strings.TrimSpace(command); command != "" {
			lines = append(lines, strings.ReplaceAll(command, `"`, "'"))
		}
	}
	return lines
}

// runScript runs a script in a directory that holds the starter policy and the
// demo recording.
func runScript(t *testing.T, name, script string) {
	file := filepath.Join(t.TempDir(), name+".txtar")
	require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
	fixtures, err := filepath.Abs("../../fixtures/acme/recording")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Files:               []string{file},
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			policy := filepath.Join(env.WorkDir, "policy")
			if err := os.Mkdir(policy, 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(policy, "org.hcl"), policies.Starter(), 0o644); err != nil {
				return err
			}
			if name == "weir-test" {
				text := "test \"private events stay\" {\n  event \"Doctor\" { private = true }\n\n  expect \"skipped\" { event = \"Doctor\" }\n}\n"
				if err := os.WriteFile(filepath.Join(policy, "private_test.hcl"), []byte(text), 0o644); err != nil {
					return err
				}
			}
			pages := `{"ann.lee@acme.example": {"page": "new", "contacts": {"forbid_to_remove": true}}}`
			if err := os.WriteFile(filepath.Join(env.WorkDir, "pages.json"), []byte(pages), 0o644); err != nil {
				return err
			}
			if err := os.CopyFS(filepath.Join(env.WorkDir, "exports"), os.DirFS(fixtures)); err != nil {
				return err
			}
			return os.CopyFS(filepath.Join(env.WorkDir, "recording"), os.DirFS(fixtures))
		},
	})
}

var readmeBlock = regexp.MustCompile("(?ms)^```(\\w+)( [^\n]*)?\n(.*?)^```$")

// The README is a program: hcl blocks are files (named behind the language), sh
// blocks are run one after the other, and the lines of a text block stand in the
// output of the command before it, in that order.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := readmeBlock.FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)
	var script, files strings.Builder
	texts := 0
	for _, b := range blocks {
		switch language, name, body := b[1], strings.TrimSpace(b[2]), b[3]; language {
		case "hcl":
			require.NotEmpty(t, name, "an hcl block needs a file name")
			fmt.Fprintf(&files, "-- %s --\n%s", name, body)
		case "sh":
			writeCommands(&script, body)
		case "text":
			texts++
			writeExpected(&script, body)
		}
	}
	assert.Positive(t, texts, "the README shows no output")
	runReadme(t, script.String()+files.String())
}

// writeCommands turns a shell block into script lines; the tests themselves are
// not run again.
func writeCommands(w *strings.Builder, body string) {
	for _, line := range shellLines(body) {
		if strings.HasPrefix(line, "go test ") {
			continue
		}
		line = strings.Replace(line, "go run ./cmd/weir", "weir", 1)
		if strings.HasPrefix(line, "diff ") {
			w.WriteString("! exec " + line + "\n") // diff exits with 1 when it shows something
			continue
		}
		w.WriteString("exec " + line + "\n")
	}
}

func writeExpected(w *strings.Builder, body string) {
	pattern := "(?s)"
	for line := range strings.SplitSeq(strings.TrimRight(body, "\n"), "\n") {
		if line = strings.TrimSpace(line); line != "" && line != "…" {
			pattern += regexp.QuoteMeta(line) + ".*"
		}
	}
	fmt.Fprintf(w, "stdout '%s'\n", strings.ReplaceAll(pattern, "'", "''"))
}

func runReadme(t *testing.T, archive string) {
	file := filepath.Join(t.TempDir(), "readme.txtar")
	require.NoError(t, os.WriteFile(file, []byte(archive), 0o600))
	testscript.Run(t, testscript.Params{Files: []string{file}, RequireExplicitExec: true})
}
