//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/internal/needs"
)

// canary stands in files outside of the workspace, and in the environment.
const canary = "canary-7f3a"

// What one check of a hostile change may cost: the processor's time, and memory. The rest is
// a stop for what never ends.
const (
	mostCPU    = 60 * time.Second
	mostMemory = 1 << 30
	endless    = 3 * time.Minute
)

// attack is a workspace in CI: a repository whose base denies everything, and a change to it.
type attack struct {
	*testing.T
	ws, outside, listener string
}

// base is the policy that the change is judged by: its guardrail denies whatever is simulated.
var base = map[string]string{
	"policy/org.hcl":         "org {\n  contacts {\n    forbid_to_remove = true\n    forced           = [\"forbid_to_remove\"]\n  }\n\n  limits {\n    mailbox_deletes {\n      max = 0\n    }\n  }\n}\n",
	"policy/guardrails.rego": "package weir.guardrails\n\ndeny contains \"" + denied + "\" if input.simulation\n",
	"policy/org_test.hcl":    "test \"contacts come back\" {\n  contact \"Jo\" {\n  }\n\n  expect \"create\" {\n    contact = \"Jo\"\n  }\n}\n",
	"lenient/org.hcl":        "org {\n  contacts {\n    downsync = true\n  }\n}\n",
}

const denied = "the base says no"

// TestHostileChanges checks hostile changes as CI does, each by a weir of its own: none reads
// what lies outside, none reaches a socket, none gives the runner a command, none writes outside,
// and none passes.
func TestHostileChanges(t *testing.T) {
	needs.Program(t, "git", "no hostile change is checked")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	for _, c := range hostileChanges {
		t.Run(c.name, func(t *testing.T) {
			a := newAttack(t, listener.Addr().String())
			c.change(a)
			before := a.snapshot()
			text, code := a.check(c.args...)
			switch {
			case c.broken:
				c.code = failed
			case c.code == 0:
				c.code = int(exitRejected)
			}
			assert.Equal(t, c.code, code, "%.3000s", text)
			if c.broken || c.code == int(exitRejected) {
				assert.Contains(t, text, denied)
			}
			assert.Contains(t, text, c.says)
			assert.Equal(t, before, a.snapshot(), "nothing outside of the workspace changes")
		})
	}
	// Whoever connected before stands before us in the queue.
	own, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer own.Close()
	first, err := listener.Accept()
	require.NoError(t, err)
	defer first.Close()
	assert.Equal(t, own.LocalAddr().String(), first.RemoteAddr().String(), "a change reached a socket")
}

func newAttack(t *testing.T, listener string) *attack {
	real, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	a := &attack{t, filepath.Join(real, "ws"), filepath.Join(real, "outside"), listener}
	for name, text := range base {
		a.write(name, text)
	}
	a.git(a.ws, "init", "-q", "-b", "main")
	a.git(a.ws, "add", "-A")
	a.git(a.ws, "commit", "-q", "-m", "base")
	a.git(a.ws, "tag", "base")
	a.write("../outside/secret.hcl", "org {\n  sync = \""+canary+"\"\n}\n")
	a.write("../outside/org.hcl", "org {\n  "+canary+" = 1\n}\n")
	a.write("../outside/recording.json", "{\"format\": \""+canary+"\"}")
	return a
}

func (a *attack) path(name string) string { return filepath.Join(a.ws, name) }

func (a *attack) write(name, text string) {
	file := a.path(name)
	require.NoError(a, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(a, os.WriteFile(file, []byte(text), 0o644))
}

func (a *attack) remove(name string) { require.NoError(a, os.RemoveAll(a.path(name))) }

func (a *attack) link(name, to string) {
	a.remove(name)
	require.NoError(a, os.Symlink(to, a.path(name)))
}

func (a *attack) fifo(name string) { require.NoError(a, syscall.Mkfifo(a.path(name), 0o600)) }

func (a *attack) git(dir string, args ...string) {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@acme.example", "-c", "commit.gpgsign=false"}, args...)...)
	out, err := cmd.CombinedOutput()
	require.NoErrorf(a, err, "%s", out)
}

// repository makes a repository of lenient policies with a base of its own.
func (a *attack) repository(dir string) {
	a.write(filepath.Join(dir, "org.hcl"), base["lenient/org.hcl"])
	a.write(filepath.Join(dir, "policy/README.md"), "")
	at := a.path(dir)
	a.git(at, "init", "-q")
	a.git(at, "add", "-A")
	a.git(at, "commit", "-q", "-m", "x")
	a.git(at, "tag", "base")
}

// snapshot is what stands beside the workspace.
func (a *attack) snapshot() map[string]string {
	out := map[string]string{}
	require.NoError(a, filepath.WalkDir(a.outside, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			text, err := os.ReadFile(name)
			out[name] = string(text)
			return err
		}
		return err
	}))
	return out
}

// reportForms are what a check writes besides annotations, by the files' names.
var reportForms = map[string]string{"json": "r.json", "markdown": "r.md", "sarif": "r.sarif", "junit": "r.xml", "html": "r.html", "text": "r.txt"}

// check runs weir as the action does, looks at all that it wrote, and gives it back.
func (a *attack) check(extra ...string) (text string, code int) {
	recording, err := filepath.Abs("../../fixtures/acme/recording")
	require.NoError(a, err)
	exe, err := os.Executable()
	require.NoError(a, err)
	args := []string{"check", "-p", "policy", "-r", recording, "--base", "base", "--trust", "base", "--titles", "--format", "github"}
	reports := a.TempDir()
	for form, file := range reportForms {
		args = append(args, "--report", form+"="+filepath.Join(reports, file))
	}
	ctx, cancel := context.WithTimeout(context.Background(), endless)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = append(append([]string{"weir"}, args...), extra...)
	cmd.Dir = a.ws
	cmd.Env = append(os.Environ(), "GITHUB_ACTIONS=true", "WEIR_CANARY="+canary, "PWD="+a.ws)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	require.NoError(a, ctx.Err(), "it never ends")
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	assert.Less(a, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), mostCPU)
	assert.Less(a, usage.Maxrss<<10, int64(mostMemory))

	for _, line := range runnerCommands(stdout.String()) {
		assert.Regexp(a, annotation, line)
	}
	assert.Empty(a, runnerCommands(stderr.String()), "of standard error")
	all := stdout.String() + stderr.String()
	for form, file := range reportForms {
		written, err := os.ReadFile(filepath.Join(reports, file))
		if err != nil {
			require.ErrorIs(a, err, fs.ErrNotExist)
			continue
		}
		if form != "text" { // of which docs/formats.md says that it belongs in no log
			assert.Empty(a, runnerCommands(string(written)), form)
		}
		all += string(written)
	}
	for _, secret := range []string{canary, "root:x", "root:*"} {
		assert.NotContains(a, all, secret)
	}
	return all, cmd.ProcessState.ExitCode()
}

// annotation is a command that weir itself gives.
var annotation = regexp.MustCompile(`^::(error|warning|notice) ((file|line|endLine|col)=[^:,]*,)*title=weir[^:,]*::`)

// runnerCommands are the lines that GitHub's runner takes for commands: those that begin with "::",
// blanks apart, and those with "##[" anywhere.
func runnerCommands(log string) []string {
	var out []string
	for _, line := range regexp.MustCompile(`\r\n|\r|\n`).Split(log, -1) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "::") || strings.Contains(line, "##[") && !annotation.MatchString(line) {
			out = append(out, line)
		}
	}
	return out
}

const (
	failed = int(exitFailed)
	// forged is what a title or name may hold, as HCL writes it.
	forged = `x\n::stop-commands::y\r\n ::error::z ##[stop-commands]y ##[error]w %0A::add-mask::v`
)

// hostileChanges are changes, what they must end with (3 if not said, and then the base denies it) and what
// must be said besides. Where a test file is broken it is 1, and the base denies it all the same.
var hostileChanges = []struct {
	name   string
	change func(*attack)
	args   []string
	code   int
	broken bool
	says   string
}{
	{name: "none", change: func(*attack) {}},

	{name: "the policy is a link out", code: failed, says: "leads out of the working directory", change: func(a *attack) { a.link("policy", a.outside) }},
	{name: "the policy is a relative link out", code: failed, says: "leads out of the working directory", change: func(a *attack) { a.link("policy", "../outside") }},
	{name: "the policy lies behind a link out", code: failed, says: "leads out of the working directory", args: []string{"-p", "deep/outside"},
		change: func(a *attack) { a.link("deep", filepath.Dir(a.outside)) }},
	{name: "the policy is a link to a lenient one", change: func(a *attack) { a.link("policy", "lenient") }},
	{name: "the policy is a link to itself", code: failed, says: "policy", change: func(a *attack) { a.link("policy", "policy") }},
	{name: "the policy is a file", code: failed, says: "policy is a file", change: func(a *attack) { a.remove("policy"); a.write("policy", "x") }},
	{name: "the policy is a pipe", code: failed, says: "policy", change: func(a *attack) { a.remove("policy"); a.fifo("policy") }},
	{name: "the recording is a link out", code: failed, says: "leads out of the working directory", args: []string{"-r", "rec"}, change: func(a *attack) { a.link("rec", a.outside) }},
	{name: "the recording's files are links out", code: failed, says: "recording.json", args: []string{"-r", "rec"}, change: func(a *attack) {
		a.write("rec/x", "")
		a.link("rec/recording.json", filepath.Join(a.outside, "recording.json"))
	}},
	{name: "the recording is a pipe", code: failed, says: "recording.json", args: []string{"-r", "rec"}, change: func(a *attack) { a.write("rec/x", ""); a.fifo("rec/recording.json") }},

	{name: "a file is a link out", code: failed, says: "x.hcl", change: func(a *attack) { a.link("policy/x.hcl", filepath.Join(a.outside, "secret.hcl")) }},
	{name: "a file is a relative link out", code: failed, says: "x.hcl", change: func(a *attack) { a.link("policy/x.hcl", "../../outside/secret.hcl") }},
	{name: "a module is a link to /etc/passwd", code: failed, says: "x.rego", change: func(a *attack) { a.link("policy/x.rego", "/etc/passwd") }},
	{name: "a test is a link out", broken: true, says: "a_test.hcl", change: func(a *attack) { a.link("policy/a_test.hcl", filepath.Join(a.outside, "secret.hcl")) }},
	{name: "a directory is a link out", change: func(a *attack) { a.link("policy/deep", a.outside) }},
	{name: "a file is a device", code: failed, says: "x.hcl", change: func(a *attack) { a.link("policy/x.hcl", "/dev/zero") }},
	{name: "a file is a pipe", code: failed, says: "x.hcl", change: func(a *attack) { a.fifo("policy/x.hcl") }},
	{name: "a test is a pipe", broken: true, says: "a_test.hcl", change: func(a *attack) { a.fifo("policy/a_test.hcl") }},
	{name: "a socket", code: failed, says: "x.hcl", change: func(a *attack) {
		dir, err := os.MkdirTemp("", "s") // a socket's path has little room
		require.NoError(a, err)
		a.Cleanup(func() { os.RemoveAll(dir) })
		l, err := net.Listen("unix", filepath.Join(dir, "s"))
		require.NoError(a, err)
		a.Cleanup(func() { l.Close() })
		require.NoError(a, os.Rename(filepath.Join(dir, "s"), a.path("policy/x.hcl")))
	}},
	{name: "a test's recording is outside", broken: true, says: "../../outside", change: func(a *attack) { a.write("policy/a_test.hcl", recordingTest("../../outside")) }},
	{name: "a test's recording by its path", broken: true, says: "Outside of the policy", change: func(a *attack) { a.write("policy/a_test.hcl", recordingTest(a.outside)) }},
	{name: "a test's recording is a link out", broken: true, says: "a_test.hcl", change: func(a *attack) {
		a.link("policy/rec", a.outside)
		a.write("policy/a_test.hcl", recordingTest("rec"))
	}},

	{name: "a directory is called like the base", change: func(a *attack) {
		a.remove("policy/guardrails.rego")
		a.write("base/org.hcl", base["lenient/org.hcl"])
	}},
	{name: "a directory is called like a base that was not fetched", code: failed, says: "git knows no revision", args: []string{"--base", "0123456789012345678901234567890123456789"}, change: func(a *attack) {
		a.remove("policy/guardrails.rego")
		a.write("0123456789012345678901234567890123456789/org.hcl", base["lenient/org.hcl"])
	}},
	{name: "a repository in the repository", change: func(a *attack) { a.remove("policy"); a.repository("policy") }},
	{name: "a bare repository among the files", change: func(a *attack) {
		a.remove("policy")
		a.repository("policy")
		inside, err := os.ReadDir(a.path("policy/.git"))
		require.NoError(a, err)
		for _, e := range inside {
			require.NoError(a, os.Rename(a.path("policy/.git/"+e.Name()), a.path("policy/"+e.Name())))
		}
		a.remove("policy/.git")
		a.git(a.ws, "config", "--file", "policy/config", "core.worktree", "..")
		a.git(a.ws, "config", "--file", "policy/config", "core.fsmonitor", "touch "+filepath.Join(a.outside, "run"))
	}},
	{name: "commands in git's configuration", change: func(a *attack) {
		run := "touch " + filepath.Join(a.outside, "run") + "; false"
		for _, key := range []string{"core.fsmonitor", "core.sshCommand", "core.pager", "core.askPass", "core.editor", "core.alternateRefsCommand", "diff.external", "filter.x.smudge", "filter.x.clean",
			"filter.x.process", "gpg.program", "credential.helper", "uploadpack.packObjectsHook", "alias.rev-parse", "alias.ls-tree", "alias.cat-file"} {
			a.git(a.ws, "config", key, "!"+run)
			a.git(a.ws, "config", key, run)
		}
		a.write(".gitattributes", "* filter=x diff=x ident text eol=crlf\n")
		for _, hook := range []string{"post-checkout", "post-index-change", "reference-transaction", "pre-commit", "fsmonitor-watchman"} {
			a.write(".git/hooks/"+hook, "#!/bin/sh\n"+run+"\n")
			require.NoError(a, os.Chmod(a.path(".git/hooks/"+hook), 0o755))
		}
	}},

	{name: "the guardrail is gone", says: "module-changed", change: func(a *attack) { a.remove("policy/guardrails.rego") }},
	{name: "the guardrail is a test", says: "module-changed", change: func(a *attack) {
		require.NoError(a, os.Rename(a.path("policy/guardrails.rego"), a.path("policy/guardrails_test.rego")))
	}},
	{name: "the guardrail is hidden", says: "module-changed", change: func(a *attack) {
		require.NoError(a, os.Rename(a.path("policy/guardrails.rego"), a.path("policy/.guardrails.rego")))
	}},
	{name: "the guardrail is another", says: "module-changed", change: func(a *attack) {
		a.write("policy/guardrails.rego", "package weir.guardrails\n\ndeny contains \"x\" if false\n")
	}},
	{name: "the guardrail never ends", says: "module-changed", change: func(a *attack) {
		a.write("policy/guardrails.rego", "package weir.guardrails\n\ndeny contains \"x\" if {\n\tsome i in numbers.range(1, 9999)\n\tsome j in numbers.range(1, 9999)\n\ti * j < 0\n}\n")
	}},
	{name: "the limits are lifted", says: "limits-changed", change: func(a *attack) {
		a.write("policy/org.hcl", strings.Replace(base["policy/org.hcl"], "max = 0", "max = 100000", 1))
		a.write("policy/more.hcl", "group \"all\" {\n  when = \"true\"\n\n  limits {\n    mailbox_deletes {\n      max = 100000\n    }\n  }\n}\n")
		a.write("policy/settings.rego", "package weir.settings\n\nlimits.mailbox_deletes.max := 100000\n")
	}},
	{name: "the tests are gone", says: "test-removed", change: func(a *attack) { a.remove("policy/org_test.hcl") }},
	{name: "everything is ignored", change: func(a *attack) {
		for _, name := range []string{".gitignore", ".weirignore", "policy/.gitignore", "policy/.weirignore"} {
			a.write(name, "*\n")
		}
	}},

	{name: "a file's name is a command", code: failed, says: `\n`, change: func(a *attack) {
		a.write("policy/x\n::stop-commands::y\n##[stop-commands]y.hcl", "org {\n  x = 1\n}\n")
		a.write("policy/::error::y ##[error]z.hcl", "org {\n  x = 1\n")
	}},
	{name: "a file's text is a command", code: failed, says: "::error", change: func(a *attack) {
		a.write("policy/x.hcl", "##[stop-commands]y\n::stop-commands::y\norg {\n  ##[error]\n  x = \"##[error]\"\n}\n")
	}},
	{name: "a name is a command", change: func(a *attack) {
		a.write("policy/x.hcl", "rule \""+forged+"\" {\n  when   = \"item.private && !item.private\"\n  effect = \"exclude\"\n  reason = \""+forged+"\"\n}\n\nview \"v\" {\n  list_view = \""+forged+"\"\n}\n\ngroup \""+forged+"\" {\n  when = \"user.profile == '##[stop-commands]y'\"\n}\n")
	}},
	{name: "a test's name is a command", says: "test-failed", change: func(a *attack) {
		a.write("policy/a_test.hcl", "test \""+forged+"\" {\n  contact \""+forged+"\" {\n  }\n\n  expect \"nothing\" {\n    contact = \""+forged+"\"\n  }\n}\n")
	}},
	{name: "a base is a command", code: failed, says: "is no revision", args: []string{"--base", "x\n::stop-commands::y ##[error]"}, change: func(*attack) {}},
	{name: "a recording is a command", code: failed, says: "##", args: []string{"-r", "##[stop-commands]y"}, change: func(*attack) {}},

	{name: "a report is a link out", code: failed, says: "leads out of the working directory", args: []string{"--report", "json=report/r.json"},
		change: func(a *attack) { a.write("report/x", ""); a.link("report/r.json", filepath.Join(a.outside, "org.hcl")) }},
	{name: "the reports' directory is a link out", code: failed, says: "leads out of the working directory", args: []string{"--report", "json=report/org.hcl"},
		change: func(a *attack) { a.link("report", a.outside) }},
	{name: "the output is a link out", code: failed, says: "leads out of the working directory", args: []string{"-o", "out"},
		change: func(a *attack) { a.link("out", "../outside/org.hcl") }},

	{name: "a request", code: failed, says: "http.send", change: func(a *attack) {
		a.write("policy/x.rego", "package weir.rules\n\nexclude contains {\"reason\": \"x\"} if http.send({\"method\": \"get\", \"url\": \"http://"+a.listener+"\"}).status_code == 200\n")
	}},
	{name: "a request by another name", code: failed, says: "http.send", change: func(a *attack) {
		a.write("policy/x.rego", "package weir.rules\n\nexclude contains {\"reason\": \"x\"} if {\n\tr := data.weir.lib.ask with data.weir.lib.ask as http.send({\"method\": \"get\", \"url\": \"http://"+a.listener+"\"})\n\tr\n}\n")
	}},
	{name: "a request in a test", broken: true, says: "http.send", change: func(a *attack) {
		a.write("policy/x_test.rego", "package weir.x_test\n\ntest_x if http.send({\"method\": \"get\", \"url\": \"http://"+a.listener+"\"})\n")
	}},
	{name: "a request by a reference of JSON Schema", broken: true, says: "json.match_schema", change: func(a *attack) {
		a.write("policy/x_test.rego", "package weir.x_test\n\ntest_x if json.match_schema({}, {\"$ref\": \"http://"+a.listener+"/x\"})[0]\n")
	}},
	{name: "a name is looked up", code: failed, says: "net.lookup_ip_addr", change: func(a *attack) {
		a.write("policy/x.rego", "package weir.rules\n\nexclude contains {\"reason\": \"x\"} if count(net.lookup_ip_addr(\"localhost\")) > 0\n")
	}},
	{name: "the environment", code: failed, says: "opa.runtime", change: func(a *attack) {
		a.write("policy/x.rego", "package weir.guardrails\n\nwarn contains opa.runtime().env.WEIR_CANARY if true\n")
	}},
	{name: "the environment in a test", broken: true, says: "opa.runtime", change: func(a *attack) {
		a.write("policy/x_test.rego", "package weir.x_test\n\ntest_x if opa.runtime().env.WEIR_CANARY == \"x\"\n")
	}},
	{name: "a file by a function", code: failed, says: "x.hcl", change: func(a *attack) {
		a.write("policy/x.hcl", "org {\n  sync = file(\""+filepath.Join(a.outside, "secret.hcl")+"\")\n}\n\nrule \"r\" {\n  effect = \"hold\"\n  when   = templatefile(\"/etc/passwd\", {})\n  reason = \"${env.WEIR_CANARY}\"\n}\n")
	}},
	{name: "a file by a function of a condition", code: failed, says: "x.hcl", change: func(a *attack) {
		a.write("policy/x.hcl", "rule \"r\" {\n  effect = \"hold\"\n  when   = \"file('/etc/passwd') != env('WEIR_CANARY')\"\n}\n")
	}},

	{name: "a huge file", code: failed, says: "File too large", change: func(a *attack) { a.write("policy/x.hcl", strings.Repeat("# x\n", 4<<20)) }},
	{name: "huge files beside the policy", change: func(a *attack) { a.write("policy/x.bin", strings.Repeat("x", 80<<20)) }},
	{name: "a deep file", code: failed, says: "Nesting too deep", change: func(a *attack) { a.write("policy/x.hcl", strings.Repeat("org {\n", 100_000)) }},
	{name: "a deep directory", says: denied, change: func(a *attack) { a.write("policy/"+strings.Repeat("d/", 500)+"x.txt", "") }},
	{name: "many files", code: failed, says: "files", change: func(a *attack) {
		for i := range 1200 {
			a.write(fmt.Sprintf("policy/many/%d.hcl", i), "")
		}
	}},
	{name: "a test of many sessions", broken: true, says: "a_test.hcl", change: func(a *attack) {
		a.write("policy/a_test.hcl", "test \"x\" {\n  every = \"1m\"\n\n  contact \"Jo\" {\n  }\n\n  expect \"nothing\" {\n    contact = \"Jo\"\n    session = 1000000000\n  }\n}\n")
	}},
	{name: "a test of many things", says: "a_test.hcl", change: func(a *attack) {
		var b strings.Builder
		b.WriteString("test \"x\" {\n")
		for i := range 5000 {
			fmt.Fprintf(&b, "  contact \"c%d\" {\n  }\n\n  expect \"nothing\" {\n    contact = \"c%[1]d\"\n  }\n", i)
		}
		a.write("policy/a_test.hcl", b.String()+"}\n")
	}},
	{name: "a test that never ends", says: "x_test.rego", change: func(a *attack) {
		a.write("policy/x_test.rego", "package weir.x_test\n\ntest_x if {\n\tsome i in numbers.range(1, 9999)\n\tsome j in numbers.range(1, 9999)\n\tsome k in numbers.range(1, 9999)\n\ti * j * k < 0\n}\n")
	}},
	{name: "an event that recurs without end", broken: true, says: "a_test.hcl", change: func(a *attack) {
		a.write("policy/a_test.hcl", "test \"x\" {\n  event \"e\" {\n    recurrence = \"FREQ=SECONDLY\"\n  }\n\n  expect \"nothing\" {\n    event = \"e\"\n  }\n}\n")
	}},
}

// recordingTest is a test file that names a recording.
func recordingTest(dir string) string {
	return "test \"a\" {\n  recording = \"" + dir + "\"\n\n  expect \"summary\" {\n    held = 0\n  }\n}\n"
}
