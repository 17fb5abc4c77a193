package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A command's exit code and the verdict in its JSON say the same.
func TestExitCodesAndVerdictsAgree(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return filepath.Dir(file)
	}
	const recording = "../../fixtures/acme/recording"
	plain := write("plain/p.hcl", "weir {}\n")
	keep := write("keep/p.hcl", "org {\n  contacts {\n    forbid_to_remove = true\n    forced           = [\"forbid_to_remove\"]\n  }\n}\n")
	off := write("off/p.hcl", "org {\n  sync = \"off\"\n}\n")
	deny := write("deny/p.hcl", "weir {}\n")
	write("deny/g.rego", "package weir.guardrails\n\ndeny contains \"no\" if input.simulation\n\ndeny contains \"no\" if input.plan\n")
	broken := write("broken/p.hcl", "org {\n  x = 1\n}\n")
	passing := write("passing/p.hcl", "weir {}\n")
	write("passing/a_test.hcl", "test \"a\" {\n  contact \"Jo\" {\n  }\n\n  expect \"create\" {\n    contact = \"Jo\"\n  }\n}\n")
	failing := write("failing/p.hcl", "weir {}\n")
	write("failing/a_test.hcl", "test \"a\" {\n  contact \"Jo\" {\n  }\n\n  expect \"nothing\" {\n    contact = \"Jo\"\n  }\n}\n")
	unreadable := write("unreadable/p.hcl", "weir {}\n")
	write("unreadable/a_test.hcl", "test \"a\" {\n")
	unusable := write("unusable/p.hcl", "weir {}\n")
	write("unusable/a_test.rego", "package weir.a_test\n\ntest_a if nothing_of_the_name\n")
	saved := filepath.Join(dir, "plan.json")
	call(t, "plan", "-p", plain, "-r", recording, "--format", "json", "-o", saved)
	text, err := os.ReadFile(saved)
	require.NoError(t, err)
	forged := filepath.Join(dir, "forged.json")
	require.NoError(t, os.WriteFile(forged, bytes.Replace(text, []byte(`"held": false`), []byte(`"held": true`), 1), 0o600))

	codes := map[string]int{"no_changes": 0, "changes": 2, "held": 2, "rejected": 3, "passed": 0, "invalid": 1, "broken": 1, "same": 0, "stale": 3, "tampered": 3, "unbound": 3}
	seen := map[string]bool{}
	for _, args := range [][]string{
		{"plan", "-p", plain, "-r", recording, "--detailed-exitcode"},
		{"plan", "-p", off, "-r", recording, "--detailed-exitcode"},
		{"plan", "-p", deny, "-r", recording, "--detailed-exitcode"},
		{"simulate", "-p", plain, "-r", recording, "--detailed-exitcode"},
		{"simulate", "-p", keep, "-r", recording, "--detailed-exitcode"},
		{"simulate", "-p", off, "-r", recording, "--detailed-exitcode"},
		{"simulate", "-p", deny, "-r", recording, "--detailed-exitcode"},
		{"diff", plain, plain, "-r", recording, "--detailed-exitcode"},
		{"diff", plain, off, "-r", recording, "--detailed-exitcode"},
		{"diff", keep, plain, "-r", recording, "--detailed-exitcode"},
		{"test", "-p", passing}, {"test", "-p", failing}, {"test", "-p", unreadable}, {"test", "-p", unusable},
		{"check", "-p", passing}, {"check", "-p", failing}, {"check", "-p", broken}, {"check", "-p", unreadable}, {"check", "-p", unusable},
		{"check", "-p", unreadable, "--base", passing}, {"check", "-p", passing, "--base", unreadable},
		{"check", "-p", plain, "-r", recording}, {"check", "-p", keep, "-r", recording}, {"check", "-p", deny, "-r", recording},
		{"verify", saved, "-p", plain, "-r", recording}, {"verify", saved, "-p", keep, "-r", recording}, {"verify", forged, "-p", plain, "-r", recording},
	} {
		out, code := call(t, append(args, "--format", "json")...)
		var doc struct {
			Verdict string `json:"verdict"`
		}
		require.NoErrorf(t, json.Unmarshal(out, &doc), "%v: %s", args, out)
		want, known := codes[doc.Verdict]
		require.Truef(t, known, "%v: verdict %q", args, doc.Verdict)
		assert.Equalf(t, want, code, "%v: verdict %q", args, doc.Verdict)
		seen[doc.Verdict] = true
	}
	for _, v := range []string{"no_changes", "changes", "rejected", "passed", "invalid", "broken", "same", "stale", "tampered"} {
		assert.True(t, seen[v], "no case ends %s", v)
	}
	// Without --detailed-exitcode whoever only looks gets 0.
	for _, verb := range []string{"plan", "simulate"} {
		_, code := call(t, verb, "-p", deny, "-r", recording)
		assert.Zero(t, code, verb)
	}
}

// call runs a command in this process.
func call(t *testing.T, args ...string) (out []byte, code int) {
	var stdout, stderr bytes.Buffer
	std := streams{Out: &stdout, Err: &stderr, Getenv: func(string) string { return "" }}
	root := newRoot(std)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(context.Background())
	code = report(std, command.CommandPath(), err)
	t.Logf("weir %v: exit %d %s", args, code, stderr.String())
	return stdout.Bytes(), code
}
