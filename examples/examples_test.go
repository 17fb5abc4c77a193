// Package examples_test runs the policy repository of this directory as CI would: a
// clone of it, a change on a branch, and the script that the action and the job call.
package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/needs"
)

// shop is a clone of the example with what CI has beside it.
type shop struct {
	t               *testing.T
	dir, weir, base string
}

func open(t *testing.T) *shop {
	for _, program := range []string{"git", "bash"} {
		needs.Program(t, program, "the example is not run")
	}
	s := &shop{t: t, dir: filepath.Join(t.TempDir(), "repo"), weir: filepath.Join(t.TempDir(), "weir")}
	out, err := exec.Command("go", "build", "-o", s.weir, "../cmd/weir").CombinedOutput()
	require.NoErrorf(t, err, "%s", out)
	require.NoError(t, os.CopyFS(s.dir, os.DirFS("policy-repo")))
	s.git("init", "-q", "-b", "main")
	s.commit("base")
	s.base = strings.TrimSpace(s.git("rev-parse", "HEAD"))
	return s
}

func (s *shop) git(args ...string) string {
	cmd := exec.Command("git", append([]string{"-C", s.dir, "-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false"}, args...)...)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(s.t, err, "%s", out)
	return string(out)
}

func (s *shop) commit(message string) {
	s.git("add", "-A")
	s.git("commit", "-q", "-m", message)
}

// replace changes a file of the policy.
func (s *shop) replace(file, old, now string) {
	name := filepath.Join(s.dir, "policy", file)
	text, err := os.ReadFile(name)
	require.NoError(s.t, err)
	require.Contains(s.t, string(text), old)
	require.NoError(s.t, os.WriteFile(name, []byte(strings.Replace(string(text), old, now, 1)), 0o644))
}

// check runs the script as the action does.
func (s *shop) check(extra ...string) (out string, code int) {
	script, err := filepath.Abs("../ci/check")
	require.NoError(s.t, err)
	cmd := exec.Command("bash", script)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), append([]string{"WEIR=" + s.weir, "GITHUB_ACTIONS=true", "CHECK_RECORDINGS=recordings/a-morning\n", "CHECK_BASE=" + s.base,
		"GITHUB_OUTPUT=" + filepath.Join(s.dir, "..", "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(s.dir, "..", "summary")}, extra...)...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		require.IsType(s.t, &exec.ExitError{}, err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// verdict is the JSON report's.
func (s *shop) verdict() string {
	text, err := os.ReadFile(filepath.Join(s.dir, "weir-report", "report.json"))
	require.NoError(s.t, err)
	var report struct {
		Verdict string `json:"verdict"`
	}
	require.NoError(s.t, json.Unmarshal(text, &report))
	return report.Verdict
}

// The repository as it is passes, leaves every report, and nothing flips.
func TestPasses(t *testing.T) {
	s := open(t)
	out, code := s.check()
	assert.Equal(t, 0, code, out)
	assert.Equal(t, "passed", s.verdict())
	assert.Contains(t, out, "weir: passed")
	for _, name := range []string{"report.html", "report.md", "report.sarif", "report.junit.xml", "report.json"} {
		info, err := os.Stat(filepath.Join(s.dir, "weir-report", name))
		require.NoError(t, err)
		assert.NotZero(t, info.Size(), name)
	}
	for name, want := range map[string]string{"output": "verdict=passed", "summary": "weir: policy passed"} {
		text, err := os.ReadFile(filepath.Join(s.dir, "..", name))
		require.NoError(t, err)
		assert.Contains(t, string(text), want)
	}
}

// A change that breaks a promise is rejected by the test that holds it, at its line.
func TestATestStopsIt(t *testing.T) {
	s := open(t)
	s.replace("groups.hcl", `future = "14d"`, `future = "30d"`)
	out, code := s.check()
	assert.Equal(t, 3, code, out)
	assert.Equal(t, "rejected", s.verdict())
	assert.Regexp(t, `::error file=policy/groups_test.hcl,line=\d+,.*test-failed`, out)
	text, err := os.ReadFile(filepath.Join(s.dir, "weir-report", "report.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "events&#46;window&#46;future")
}

// A change cannot lift the limit that stops it, nor drop the guardrail, while the base
// is trusted; what it tries is shown.
func TestTheBaseIsTrusted(t *testing.T) {
	s := open(t)
	// The base allows no removal from a mailbox at all.
	s.replace("org.hcl", "percent = 30\n      floor   = 10", "percent = 0\n      floor   = 0\n      max     = 0")
	s.commit("strict base")
	s.base = strings.TrimSpace(s.git("rev-parse", "HEAD"))
	s.replace("org.hcl", "percent = 0\n      floor   = 0\n      max     = 0", "percent = 100\n      floor   = 10000")
	require.NoError(t, os.Remove(filepath.Join(s.dir, "policy", "guardrails.rego")))
	require.NoError(t, os.Remove(filepath.Join(s.dir, "policy", "guardrails_test.rego")))
	out, code := s.check()
	assert.Equal(t, 3, code, out)
	assert.Contains(t, out, "limit_tripped")
	assert.Contains(t, out, "limits-changed")
	assert.Contains(t, out, "module-changed")

	out, code = s.check("CHECK_TRUST=change")
	assert.Equal(t, 0, code, out)
}

// A change cannot empty the recording in silence that would show what it does, beside the policy
// or in it.
func TestRecordingsAreCompared(t *testing.T) {
	s := open(t)
	within := filepath.Join(s.dir, "policy", "recordings", "small")
	require.NoError(t, os.CopyFS(within, os.DirFS("policy-repo/recordings/a-morning")))
	s.commit("with a recording of its own")
	s.base = strings.TrimSpace(s.git("rev-parse", "HEAD"))
	out, code := s.check()
	assert.Equal(t, 0, code, out)
	assert.NotContains(t, out, "recording-")
	for _, dir := range []string{filepath.Join(s.dir, "recordings", "a-morning"), within} {
		files, err := filepath.Glob(filepath.Join(dir, "salesforce", "*", "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		text, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(files[0], append(text, ' '), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644))
	}
	out, code = s.check()
	assert.Equal(t, 0, code, out)
	for _, name := range []string{"recordings/a-morning", "recordings/small"} {
		assert.Regexp(t, "recording-changed::The recording in "+name+` is not what the base has there: 1 file is changed \(.*salesforce/.*\), 1 file is new \(.*notes\.txt\)`, out)
	}
	require.NoError(t, os.RemoveAll(within))
	out, _ = s.check()
	assert.Contains(t, out, "The base has a recording in recordings/small, and the change has none there.")
}

// A promise is proved; a change that breaks it is rejected, and dropping it in the same
// change does not help while the base is trusted.
func TestAPromiseStopsIt(t *testing.T) {
	s := open(t)
	out, code := s.check()
	require.Equal(t, 0, code, out)
	text, err := os.ReadFile(filepath.Join(s.dir, "weir-report", "report.json"))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"status": "proved"`)

	s.replace("rules.hcl", `when      = "item.private"`, `when      = "item.private && item.all_day"`)
	out, code = s.check()
	assert.Equal(t, 3, code, out)
	assert.Contains(t, out, "invariant-refuted")

	s.replace("rules.hcl", `invariant "private-events-stay"`, `invariant "other"`)
	s.replace("rules.hcl", `never       = ["create_in_mailbox", "update_in_mailbox", "create_in_salesforce"]`, `never       = ["delete_in_salesforce"]`)
	s.replace("rules.hcl", `kinds       = ["event"]
  when        = "item.private"`, `kinds       = ["event"]
  when        = "item.private && item.title == 'x' && item.title == 'y'"`)
	out, code = s.check()
	assert.Equal(t, 3, code, out)
	assert.Contains(t, out, "invariant-refuted")
	assert.Contains(t, out, "invariant-changed")
	out, _ = s.check("CHECK_TRUST=change")
	assert.NotContains(t, out, "invariant-refuted")
}

// A policy that does not load is an error at its line, and no verdict of the rest.
func TestInvalid(t *testing.T) {
	s := open(t)
	s.replace("org.hcl", "forbid_to_remove = true", "forbid_to_remov = true")
	out, code := s.check()
	assert.Equal(t, 1, code, out)
	assert.Equal(t, "invalid", s.verdict())
	assert.Regexp(t, `::error file=policy/org\.hcl,line=\d+,`, out)
}

// Titles stand in no report unless they were asked for.
func TestTitles(t *testing.T) {
	s := open(t)
	out, code := s.check()
	require.Equal(t, 0, code, out)
	for _, name := range []string{"report.html", "report.md", "report.sarif", "report.junit.xml"} {
		text, err := os.ReadFile(filepath.Join(s.dir, "weir-report", name))
		require.NoError(t, err)
		assert.NotContains(t, string(text)+out, "train ticket", name)
	}
	_, code = s.check("CHECK_TITLES=true")
	require.Equal(t, 0, code)
	text, err := os.ReadFile(filepath.Join(s.dir, "weir-report", "report.md"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "train ticket")
}

// The commands that docs/ci.md shows work in the example.
func TestCommandsOfThePage(t *testing.T) {
	s := open(t)
	doc, err := os.ReadFile("../docs/ci.md")
	require.NoError(t, err)
	ran := 0
	for _, block := range regexp.MustCompile("(?ms)^```text\n(weir .*?)^```$").FindAllStringSubmatch(string(doc), -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
			args := strings.Fields(strings.ReplaceAll(line, "REVISION", s.base))
			require.Equal(t, "weir", args[0], line)
			cmd := exec.Command(s.weir, args[1:]...)
			cmd.Dir = s.dir
			out, err := cmd.CombinedOutput()
			assert.NoErrorf(t, err, "%s%s", line, out)
			assert.NotEmpty(t, out, line)
			ran++
		}
	}
	assert.GreaterOrEqual(t, ran, 4)
}

// What the script finds where its reports will stand is not this run's: a change may
// have brought it, or a link instead.
func TestReportsAreOfThisRun(t *testing.T) {
	s := open(t)
	outside := filepath.Join(t.TempDir(), "outside")
	require.NoError(t, os.WriteFile(outside, []byte("as it was"), 0o600))
	report := filepath.Join(s.dir, "weir-report")
	require.NoError(t, os.Mkdir(report, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(report, "report.md"), []byte("all is well"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(report, "report.html")))
	out, code := s.check("CHECK_RECORDINGS=nowhere")
	assert.Equal(t, 1, code, out)
	_, err := os.Stat(filepath.Join(s.dir, "..", "summary"))
	assert.ErrorIs(t, err, os.ErrNotExist, "no summary of a run that wrote none")
	require.NoError(t, os.Symlink(outside, filepath.Join(report, "report.html")))
	out, code = s.check()
	assert.Equal(t, 0, code, out)
	text, err := os.ReadFile(outside)
	require.NoError(t, err)
	assert.Equal(t, "as it was", string(text))

	require.NoError(t, os.RemoveAll(report))
	require.NoError(t, os.Symlink(filepath.Dir(outside), report))
	out, code = s.check()
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "is a symbolic link")
}

// The workflow that docs/ci.md shows is the example's.
func TestWorkflowIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("../docs/ci.md")
	require.NoError(t, err)
	workflow, err := os.ReadFile("policy-repo/.github/workflows/policy.yml")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(string(doc))
	require.NotNil(t, shown)
	assert.Contains(t, string(workflow), shown[1])
}

// Every command that the hooks name exists.
func TestHooks(t *testing.T) {
	s := open(t)
	text, err := os.ReadFile("../.pre-commit-hooks.yaml")
	require.NoError(t, err)
	entries := regexp.MustCompile(`(?m)^  entry: weir (\w+)$`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, entries, 3)
	for _, e := range entries {
		out, err := exec.Command(s.weir, e[1], "--help").CombinedOutput()
		assert.NoErrorf(t, err, "%s", out)
	}
	config, err := os.ReadFile("policy-repo/.pre-commit-config.yaml")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`- id: (\S+)`).FindAllStringSubmatch(string(config), -1) {
		assert.Contains(t, string(text), "- id: "+m[1]+"\n")
	}
}

// A change that brings the first policy is checked by itself, with a warning. Trust in a base
// without one to trust is an error.
func TestTheFirstPolicy(t *testing.T) {
	s := open(t)
	all := strings.TrimSpace(s.git("rev-parse", "HEAD"))
	s.git("rm", "-r", "-q", "policy")
	s.commit("no policy yet")
	s.base = strings.TrimSpace(s.git("rev-parse", "HEAD"))
	s.git("checkout", "-q", all, "--", "policy")
	out, code := s.check()
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, "policy-new")
	out, code = s.check("CHECK_STRICT=true")
	assert.Equal(t, 3, code, out)

	s.base = ""
	out, code = s.check("CHECK_TRUST=base")
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "no CHECK_BASE to trust")
}
