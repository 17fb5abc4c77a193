package check_test

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/check"
	"weir/compare"
	"weir/policies"
	"weir/recording"
)

// secret stands in a file outside of the policy.
const secret = "canary-7f3a"

// A hostile policy repository reads no file outside of it, reaches no socket, and
// silences no check: what it tries is an error, or does nothing.
func TestHostileRepository(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	reached := make(chan struct{}, 1)
	go func() {
		if c, err := listener.Accept(); err == nil {
			c.Close()
			reached <- struct{}{}
		}
	}()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.hcl"), []byte("org {\n  sync = \""+secret+"\"\n}\n"), 0o600))
	t.Setenv("WEIR_CANARY", secret)

	link := func(dir, name, to string) { require.NoError(t, os.Symlink(to, filepath.Join(dir, name))) }
	for name, c := range map[string]struct {
		files   map[string]string
		links   map[string]string
		verdict check.Verdict
		rule    string
	}{
		"a link out":              {links: map[string]string{"x.hcl": filepath.Join(outside, "secret.hcl")}, verdict: check.Invalid},
		"a relative link out":     {links: map[string]string{"x.hcl": "../../../../../../etc/passwd"}, verdict: check.Invalid},
		"a linked directory":      {links: map[string]string{"deep": outside}, verdict: check.Passed},
		"a recording outside":     {files: map[string]string{"a_test.hcl": "test \"a\" {\n  recording = \"../outside\"\n\n  expect \"summary\" {\n    held = 0\n  }\n}\n"}, verdict: check.Broken},
		"a recording by its path": {files: map[string]string{"a_test.hcl": "test \"a\" {\n  recording = \"" + outside + "\"\n\n  expect \"summary\" {\n    held = 0\n  }\n}\n"}, verdict: check.Broken},
		"a request":               {files: map[string]string{"g.rego": "package weir.guardrails\n\ndeny contains \"x\" if http.send({\"method\": \"get\", \"url\": \"http://" + listener.Addr().String() + "\"}).status_code != 1\n"}, verdict: check.Invalid},
		"the environment":         {files: map[string]string{"g.rego": "package weir.guardrails\n\nwarn contains opa.runtime().env.WEIR_CANARY if true\n"}, verdict: check.Invalid},
		"a request in a test":     {files: map[string]string{"g_test.rego": "package weir.x_test\n\ntest_x if http.send({\"method\": \"get\", \"url\": \"http://" + listener.Addr().String() + "\"})\n"}, verdict: check.Broken},
		"a policy in a test":      {files: map[string]string{"a_test.hcl": "org {\n  sync = \"off\"\n}\n"}, verdict: check.Broken},
		"a hidden policy file":    {files: map[string]string{".x.hcl": "org {\n  sync = \"off\"\n}\n"}, rule: "hidden"},
		"an ignore file":          {files: map[string]string{".weirignore": "*", ".gitignore": "*", "b.hcl": "org {\n  x = 1\n}\n"}, verdict: check.Invalid},
		"a forged command":        {files: map[string]string{"b.hcl": "rule \"x\\n::stop-commands::y\" {\n  when   = \"item.private && !item.private\"\n  effect = \"exclude\"\n}\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "org.hcl"), []byte("org {\n  contacts {\n    downsync = true\n  }\n}\n"), 0o600))
			for file, text := range c.files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
			}
			for file, to := range c.links {
				link(dir, file, to)
			}
			report := ask(t, dir)
			text, err := json.Marshal(report)
			require.NoError(t, err)
			assert.NotContains(t, string(text), secret)
			assert.NotContains(t, string(text), "root:x")
			if c.verdict != "" {
				assert.Equal(t, c.verdict, report.Verdict, "%s", text)
			}
			if c.rule != "" {
				assert.Contains(t, string(text), c.rule)
			}
			for _, p := range report.Parts {
				assert.True(t, p.Status != check.StatusOff || p.Why != "", p.Name)
			}
		})
	}
	select {
	case <-reached:
		t.Error("the policy reached a socket")
	default:
	}
}

// ask checks a directory as the command does.
func ask(t *testing.T, dir string) *check.Report {
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	set, diags := policies.Load(root.FS(), policies.LoadOptions{})
	if !diags.HasErrors() {
		diags = append(diags, set.Review()...)
	}
	rec, found := recording.Open(os.DirFS("../fixtures/scenarios/forbid-restores/recording"), recording.Options{})
	require.False(t, found.HasErrors())
	report, err := check.Run(context.Background(), check.Input{Files: root.FS(), Dir: "policy", Problems: diags, Policy: compare.Policy{Name: "p", Set: set},
		Recordings: []compare.Recorded{{Name: "r", Source: rec, People: 1, Copies: func(string) int { return 1 }}},
		JSON:       func(v any) ([]byte, error) { return json.Marshal(v) }})
	require.NoError(t, err)
	for _, f := range report.Findings {
		assert.True(t, f.File == "" || strings.HasPrefix(f.File, "policy/"), f.File)
	}
	return report
}
