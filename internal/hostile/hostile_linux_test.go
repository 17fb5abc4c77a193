//go:build !race

// The race detector's own time and memory are not weir's: what is measured here is
// measured without it.

package hostile

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"sort"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies"
	"weir/policies/celexpr"
	"weir/policies/hclfile"
	"weir/recording"
)

// What reading anything may cost. Time is the processor's, so that a busy machine
// does not matter; all of a process's threads count.
const (
	mostMemory = 768 << 20
	mostTime   = 5 * time.Second
)

// hostileCase is something to read, at a bound or past it.
type hostileCase struct {
	read func() hcl.Diagnostics
	// want is the summary of the first diagnostic; "" for none.
	want string
	// says is part of what that diagnostic says: the limit, where one is passed.
	says string
}

// cases by name. The names with "past" are what the bounds are for.
var cases = map[string]hostileCase{
	"hcl: nested as deeply as allowed":        {policy("x = " + nested("[", hclfile.MaxNesting) + "\n"), "Unknown attribute", ""},
	"hcl: nested past it":                     {policy("x = " + nested("[", hclfile.MaxNesting+1) + "\n"), "Nesting too deep", "64 deep"},
	"hcl: past it by far":                     {policy("x = " + nested("[", 500_000) + "\n"), "Nesting too deep", ""},
	"hcl: blocks past it":                     {policy(strings.Repeat("org {", 200_000)), "Nesting too deep", ""},
	"hcl: open brackets past it":              {policy("x = " + strings.Repeat("(", 1_000_000)), "Nesting too deep", ""},
	"hcl: minus signs past it":                {policy("x = " + strings.Repeat("-", 1_000_000) + "1"), "Nesting too deep", ""},
	"hcl: templates past it":                  {policy("x = \"" + strings.Repeat("${\"", 100_000)), "Nesting too deep", ""},
	"hcl: a number as long as allowed":        {policy("x = " + strings.Repeat("9", 64)), "Unknown attribute", ""},
	"hcl: a number just past it":              {policy("x = " + strings.Repeat("9", 65)), "Number too long", "64 characters"},
	"hcl: a number past it":                   {policy("x = " + strings.Repeat("9", 1_000_000)), "Number too long", ""},
	"hcl: a file as large as allowed":         {policy("# " + strings.Repeat("x", hclfile.MaxBytes-2)), "", ""},
	"hcl: a file past it":                     {policy("# " + strings.Repeat("x", hclfile.MaxBytes-1)), "File too large", ""},
	"hcl: files as large as allowed together": {files(4, func(int) string { return "# " + strings.Repeat("x", hclfile.MaxBytes-2) }), "", ""},
	"hcl: files past it together":             {files(5, func(int) string { return "# " + strings.Repeat("x", hclfile.MaxBytes-2) }), "Policy too large", "4 MiB"},
	"hcl: a thousand files":                   {files(1000, func(int) string { return "# nothing\n" }), "", ""},
	"hcl: files past it in number":            {files(1001, func(int) string { return "# nothing\n" }), "Too many files", "1000 files"},
	"hcl: unknown names":                      {policy(lines(60_000, "x%d = 1")), "Unknown attribute", ""},
	"hcl: rules as many as allowed":           {rules(20_000, "item.private"), "", ""},
	"hcl: rules past it":                      {rules(20_001, "item.private"), "Too many blocks", "20000"},
	"hcl: a million rules":                    {millionRules, "Too many blocks", ""},
	"hcl: invalid UTF-8":                      {policy("org {\n  # \xff\n}\n"), "Not UTF-8", ""},
	"hcl: invalid UTF-8 throughout":           {policy(strings.Repeat("\xc3\x28", hclfile.MaxBytes/2)), "Not UTF-8", ""},
	"hcl: NUL":                                {policy("org {\n\x00\n}\n"), "Argument or block definition required", ""},

	"cel: nested as deeply as allowed":   {rule(strings.Repeat("(", celexpr.MaxNesting-1) + "true" + strings.Repeat(")", celexpr.MaxNesting-1)), "", ""},
	"cel: nested just past it":           {rule(strings.Repeat("(", celexpr.MaxNesting) + "true" + strings.Repeat(")", celexpr.MaxNesting)), "Condition nested too deeply", "100 deep"},
	"cel: nested past it":                {rule(strings.Repeat("(", 7000) + "true" + strings.Repeat(")", 7000)), "Condition nested too deeply", ""},
	"cel: open brackets past it":         {rule(strings.Repeat("[", 16_000)), "Condition nested too deeply", ""},
	"cel: choices past it":               {rule(strings.Repeat("(true ? ", 390) + "true" + strings.Repeat(" : false)", 390)), "Condition nested too deeply", ""},
	"cel: macros past it":                {rule(strings.Repeat("[1].exists(a, ", 390) + "true" + strings.Repeat(")", 390)), "Condition nested too deeply", ""},
	"cel: a text as long as allowed":     {rule("item.title == '" + strings.Repeat("x", celexpr.MaxText-16) + "'"), "", ""},
	"cel: a text past it":                {rule("item.title == '" + strings.Repeat("x", celexpr.MaxText) + "'"), "Condition too long", ""},
	"cel: operators as allowed":          {rule(terms(celexpr.MaxCalls)), "", ""},
	"cel: operators past it":             {rule(terms(celexpr.MaxCalls + 1)), "Condition too complex", ""},
	"cel: conditions as many as allowed": {rules(celexpr.MaxAllCalls/399, quickTerms), "", ""},
	"cel: conditions past it":            {rules(celexpr.MaxAllCalls/399+1, quickTerms), "Too many conditions", ""},
	"cel: the slowest functions":         {rules(celexpr.MaxAllCalls/celexpr.MaxCalls, slowTerms()), "", ""},
	"cel: lists past all text together":  {rules(60, "item.title in ["+strings.Repeat("'a',", 3900)+"'b']"), "Too many conditions", ""},
	"cel: literals past all together":    {rules(60, strings.Repeat("1<2||", 3000)+"true"), "Condition too complex", ""},
	"cel: invalid UTF-8 by escapes":      {policy("rule \"r\" {\n  effect = \"hold\"\n  when = \"item.title == '\\xff'\"\n}\n"), "Invalid escape sequence", ""},
	"cel: texts that double":             {rule("item.title.replace('', item.title).replace('', item.title).size() > 5"), "", ""},

	"pattern: as large as allowed":     {rule("item.title.matches('" + strings.Repeat("x{999}", 5) + "')"), "", ""},
	"pattern: past it":                 {rule("item.title.matches('" + strings.Repeat("x{1000}", 6) + "')"), "Pattern too large", ""},
	"pattern: past it by far":          {rule("item.title.matches('" + strings.Repeat("x{1000}", 2000) + "')"), "Pattern too large", ""},
	"pattern: counted twice":           {rule("item.title.matches('((x{1000}){1000}){1000}')"), "Invalid pattern", ""},
	"pattern: nested":                  {rule("item.title.matches('" + strings.Repeat("(", 1100) + strings.Repeat(")", 1100) + "')"), "Invalid pattern", ""},
	"pattern: all as large as allowed": {rules(20, "item.title.matches('"+strings.Repeat("x{999}", 5)+"')"), "", ""},
	"pattern: just past it together":   {rules(21, "item.title.matches('"+strings.Repeat("x{999}", 5)+"')"), "Too many patterns", "100000 steps"},
	"pattern: past it together":        {rules(5000, "item.title.matches('x{999}')"), "Too many patterns", ""},
	"pattern: that would backtrack":    {rule("item.title.matches('^(a+)+(a+)+(a+)+$')"), "", ""},

	"json: settings nested as deeply as allowed":   {settings(strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65)), "", ""},
	"json: settings nested past it":                {settings(strings.Repeat(`{"a":`, 66) + "1" + strings.Repeat("}", 66)), "Nesting too deep", "64 deep"},
	"json: a manifest nested as deeply as allowed": {manifest(`{"format": "weir.recording/1", "x": ` + nested("[", 64) + "}"), "No users", ""},
	"json: a manifest nested past it":              {manifest(`{"format": "weir.recording/1", "x": ` + nested("[", 65) + "}"), "Nesting too deep", "64 deep"},
	"json: a task nested as deeply as allowed":     {graph(`{"id": "a", "x": ` + nested("[", 63) + "}"), "", ""},
	"json: a task nested past it":                  {graph(`{"id": "a", "x": ` + nested("[", 64) + "}"), "Nesting too deep", "64 deep"},
	"json: a task nested by far":                   {graph(`{"id": "a", "x": ` + strings.Repeat("[", 3_000_000)), "Nesting too deep", ""},
	"json: an unknown member, by far":              {payload(`{"zzz": ` + strings.Repeat(`{"a":[`, 2_000_000)), "Nesting too deep", ""},
	"json: a delta of bombs":                       {payload(`{"value": [` + strings.Repeat(nested("[", 900)+",", 2_000) + "1]}"), "Nesting too deep", ""},
	"json: a million empty rows":                   {payload(`{"value": [` + strings.Repeat("{},", 1_000_000) + "{}]}"), "Item without id", ""},
	"json: a text as long as allowed":              {settings(`{"page":"` + strings.Repeat("x", 16<<20) + `"}`), "Unknown settings page", ""},
	"json: settings nested by far":                 {settings(strings.Repeat(`{"a":`, 1_000_000)), "Nesting too deep", ""},
	"json: settings of brackets":                   {settings(`{"contacts":` + strings.Repeat("[", 2_000_000)), "Nesting too deep", ""},
	"json: settings with a long text":              {settings(`{"page":"` + strings.Repeat("x", 32<<20) + `"}`), "Value too large", ""},
	"json: settings with many keys":                {settings("{" + strings.Repeat(`"a":1,`, 2_000_000) + `"b":1}`), "", ""},
	"json: settings in invalid UTF-8":              {settings("{\"page\":\"\xff\xfe\"}"), "Not UTF-8", ""},
	"json: a manifest nested by far":               {manifest(strings.Repeat(`[`, 5_000_000)), "Nesting too deep", ""},
}

func nested(bracket string, n int) string {
	return strings.Repeat(bracket, n) + strings.Repeat("]", n)
}

func lines(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format+"\n", i)
	}
	return b.String()
}

// terms is a condition of n operators.
func terms(n int) string { return strings.Repeat("item.private || ", n) + "item.private" }

// quickTerms is a condition of 399 operators in little text.
var quickTerms = strings.Repeat("1<2||", 199) + "1<2"

// slowTerms is a condition of functions that cel-go's checker takes long over.
func slowTerms() string {
	return strings.TrimSuffix(strings.Repeat("item.title.split('a').size()>2||", celexpr.MaxCalls/4), "||")
}

func load(fsys fstest.MapFS) hcl.Diagnostics {
	_, diags := policies.Load(fsys, policies.LoadOptions{})
	return diags
}

func policy(text string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics { return load(fstest.MapFS{"a.hcl": {Data: []byte(text)}}) }
}

func files(n int, text func(int) string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		fsys := fstest.MapFS{}
		for i := range n {
			fsys[fmt.Sprintf("f%04d.hcl", i)] = &fstest.MapFile{Data: []byte(text(i))}
		}
		return load(fsys)
	}
}

func ruleText(i int, when string) string {
	return fmt.Sprintf("rule \"r%d\" {\n  effect = \"hold\"\n  when = \"%s\"\n}\n", i, when)
}

func rule(when string) func() hcl.Diagnostics { return policy(ruleText(0, when)) }

// rules are n rules of one condition, in files of the size allowed.
func rules(n int, when string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		fsys := fstest.MapFS{}
		var b strings.Builder
		flush := func() {
			fsys[fmt.Sprintf("f%04d.hcl", len(fsys))] = &fstest.MapFile{Data: []byte(b.String())}
			b.Reset()
		}
		for i := range n {
			text := ruleText(i, when)
			if b.Len()+len(text) > hclfile.MaxBytes {
				flush()
			}
			b.WriteString(text)
		}
		flush()
		return load(fsys)
	}
}

func millionRules() hcl.Diagnostics { return rules(1_000_000, "item.private")() }

func world(files map[string]string) hcl.Diagnostics {
	fsys := fstest.MapFS{"recording.json": {Data: []byte(`{"format": "weir.recording/1", "organization": {"id": "00D000000000001", "name": "Acme"},
		"users": [{"salesforce_id": "005000000000001", "mailbox": "ann@acme.example", "provider": "office365"}]}`)}}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	_, diags := recording.Open(fsys, recording.Options{})
	return diags
}

func settings(text string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		return world(map[string]string{"mailboxes/ann@acme.example/20260504T080000Z/settings.json": text})
	}
}

// payload is a recording with one file of a mailbox's tasks.
func payload(text string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics {
		return world(map[string]string{"mailboxes/ann@acme.example/20260504T080000Z/tasks.json": `{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users('a')/todo/lists('b')/tasks", ` + text[1:]})
	}
}

func graph(task string) func() hcl.Diagnostics { return payload(`{"value": [` + task + `]}`) }

func manifest(text string) func() hcl.Diagnostics {
	return func() hcl.Diagnostics { return world(map[string]string{"recording.json": text}) }
}

// caseVariable names the case that a child process reads.
const caseVariable = "WEIR_HOSTILE_CASE"

// outcome is what a child process tells.
type outcome struct{ First, Detail string }

func TestMain(m *testing.M) {
	name := os.Getenv(caseVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	limit := syscall.Rlimit{Cur: mostMemory, Max: mostMemory}
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
		panic(err)
	}
	// Garbage that a busy machine's collector has not come to yet is not what is bounded.
	debug.SetMemoryLimit(mostMemory * 3 / 4)
	// What never ends is ended, so that it is one case that fails and not all.
	endless := syscall.Rlimit{Cur: 4 * uint64(mostTime/time.Second), Max: 5 * uint64(mostTime/time.Second)}
	const limitCPU = 0 // RLIMIT_CPU
	if err := syscall.Setrlimit(limitCPU, &endless); err != nil {
		panic(err)
	}
	var out outcome
	if diags := cases[name].read(); len(diags) > 0 {
		out = outcome{diags[0].Summary, diags[0].Detail}
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

// TestHostile reads every case in a child process that dies past the bound of
// memory, and looks at the time it took.
func TestHostile(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	names := make([]string, 0, len(cases))
	for name := range cases {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(self)
			cmd.Env = append(os.Environ(), caseVariable+"="+name)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			stdout, err := cmd.Output()
			require.NoError(t, err, "%.2000s", stderr.String())
			var got outcome
			require.NoError(t, json.Unmarshal(stdout, &got))
			assert.Equal(t, cases[name].want, got.First, "%.300s", got.Detail)
			assert.Contains(t, got.Detail, cases[name].says)
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
			t.Logf("%.2f s, %d MiB", used.Seconds(), peak)
			assert.Less(t, used, mostTime)
		})
	}
}
