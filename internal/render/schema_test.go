package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	xhtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"weir/check"
	"weir/engine"
	"weir/fixtures"
	"weir/policies"
	"weir/recording"
	"weir/simulate"
)

// This file holds the formats against readers that are not weir's own, or that are
// as strict as the readers of others.

// demos are the briefs of the demo's plan and simulation, with what they are of.
func demos(t *testing.T, o BriefOptions) (plan *engine.Plan, all map[string]*Brief) {
	rec, diags := recording.Open(fixtures.Acme(), recording.Options{})
	require.False(t, diags.HasErrors(), diags)
	snap, diags := rec.At(rec.Last())
	require.False(t, diags.HasErrors(), diags)
	plan, _, err := engine.MakePlan(t.Context(), snap, policies.Default(), engine.Options{Session: 1})
	require.NoError(t, err)
	run, _, err := simulate.Run(t.Context(), rec, policies.Default(), simulate.Options{Every: 30 * 60 * 1e9})
	require.NoError(t, err)
	h := Header{Organization: "Acme", Policy: "built-in default"}
	return plan, map[string]*Brief{"plan": PlanBrief(plan, h, TallyOf(plan), o), "simulation": SimulationBrief(run, h, TallyOf(run.Sessions...), o)}
}

// The demo's plan in each format, as people see it. The page is too long to be read
// that way: its numbers are compared instead.
func TestDemoFormats(t *testing.T) {
	plan, all := demos(t, BriefOptions{})
	for format, file := range map[string]string{"sarif": "plan.sarif", "junit": "plan.xml", "github": "plan.github.txt", "markdown": "plan.md"} {
		got, name := written(t, Formats()[format], all["plan"]), "testdata/demo/"+file
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, format)
	}
	m, s, l := plan.Summary.Operations.Mailbox, plan.Summary.Operations.Salesforce, plan.Summary.Operations.Link
	var got []string
	doc, err := xhtml.Parse(strings.NewReader(written(t, HTML, all["plan"])))
	require.NoError(t, err)
	for n := range doc.Descendants() {
		if n.Data == "strong" && n.Parent.Data == "li" && attribute(n.Parent, "class") != "" && strings.HasPrefix(attribute(n.Parent, "class"), "tile") {
			got = append(got, n.FirstChild.Data)
		}
	}
	want := []int{m.Create + m.Restore, m.Update, m.Delete, s.Create + s.Update + s.Delete + s.Decline, l.Link + l.Unlink + l.Freeze + l.Reactivate, plan.Summary.Held}
	require.NotZero(t, plan.Summary.Held)
	assert.Equal(t, strings.Trim(fmt.Sprint(want), "[]"), strings.Join(got, " "))
}

// No title of the demo, of more than one word, stands in any format that did not ask
// for titles, be it in a reason, a finding or what to do about it.
func TestDemoTitlesAreHidden(t *testing.T) {
	plan, all := demos(t, BriefOptions{})
	_, shown := demos(t, BriefOptions{Titles: true})
	titles := map[string]bool{}
	for _, u := range plan.Users {
		for _, op := range u.Operations {
			titles[op.Title] = strings.Contains(op.Title, " ")
		}
		for _, s := range u.Skipped {
			titles[s.Title] = strings.Contains(s.Title, " ")
		}
	}
	seen := 0
	for _, title := range sortedKeys(titles) {
		if !titles[title] {
			continue
		}
		for format, f := range Formats() {
			for name, b := range all {
				assert.NotContains(t, written(t, f, b), title, "%s as %s", name, format)
			}
		}
		if strings.Contains(written(t, HTML, shown["plan"]), title) {
			seen++
		}
	}
	assert.Greater(t, seen, 20, "titles show when asked for")
}

func attribute(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// Every SARIF log is valid by the standard's schema, whatever stands in it.
func TestSARIFSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	schema, err := c.Compile("testdata/sarif/sarif-2.1.0-rtm.5.json")
	require.NoError(t, err)
	valid := func(t require.TestingT, b *Brief) error {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, SARIF, b)))
		require.NoError(t, err)
		return schema.Validate(doc)
	}
	_, all := demos(t, BriefOptions{Titles: true})
	for name, b := range all {
		require.NotEmpty(t, b.Findings)
		assert.NoError(t, valid(t, b), name)
	}
	assert.NoError(t, valid(t, &Brief{}))
	assert.Error(t, valid(t, &Brief{Findings: []check.Finding{{Rule: "r", File: "a.hcl", Line: 1, Column: -1}}}), "the schema is asked at all")
	rapid.Check(t, func(t *rapid.T) {
		for name, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true, PolicyDir: "my policy"}) {
			assert.NoError(t, valid(t, b), name)
		}
	})
}

// junitRules are what the common JUnit schema lets an element have: attributes, those
// that must be there, and elements in it. "file" of a case is what CI systems add to it.
var junitRules = map[string]struct{ may, must, holds []string }{
	"testsuites": {may: []string{"name", "tests", "failures", "errors", "time"}, holds: []string{"testsuite"}},
	"testsuite": {may: []string{"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, must: []string{"name", "tests"},
		holds: []string{"testcase"}},
	"testcase":   {may: []string{"name", "classname", "file", "time"}, must: []string{"name", "classname"}, holds: []string{"failure", "error", "skipped", "system-out"}},
	"failure":    {may: []string{"message", "type"}, must: []string{"type"}},
	"skipped":    {may: []string{"message"}},
	"system-out": {},
}

// junitFaults reads strictly and says what the rules do not allow.
func junitFaults(doc string) []string {
	var faults, open []string
	dec := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return faults
		}
		if err != nil {
			return append(faults, err.Error())
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			rules, known := junitRules[name]
			root := len(open) == 0 && name == "testsuites"
			if !known || !root && (len(open) == 0 || !slices.Contains(junitRules[open[len(open)-1]].holds, name)) {
				faults = append(faults, "element "+name+" in "+strings.Join(open, "/"))
			}
			var has []string
			for _, a := range e.Attr {
				if has = append(has, a.Name.Local); !slices.Contains(rules.may, a.Name.Local) {
					faults = append(faults, "attribute "+a.Name.Local+" of "+name)
				}
			}
			for _, m := range rules.must {
				if !slices.Contains(has, m) {
					faults = append(faults, name+" without "+m)
				}
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && len(junitRules[open[len(open)-1]].holds) > 0 && strings.TrimSpace(string(e)) != "" {
				faults = append(faults, "text in "+open[len(open)-1])
			}
		case xml.Comment, xml.Directive:
			faults = append(faults, "neither element nor text")
		}
	}
}

// JUnit files hold to the schema that CI systems read by.
func TestJUnitSchema(t *testing.T) {
	assert.NotEmpty(t, junitFaults(`<testsuites><testcase name="a"/></testsuites>`))
	assert.NotEmpty(t, junitFaults(`<testsuites><testsuite name="a" tests="0" why="x"/></testsuites>`))
	_, all := demos(t, BriefOptions{Titles: true})
	for name, b := range all {
		assert.Empty(t, junitFaults(written(t, JUnit, b)), name)
	}
	rapid.Check(t, func(t *rapid.T) {
		for name, b := range briefs(hostileText.Draw(t, "text"), BriefOptions{Titles: true}) {
			assert.Empty(t, junitFaults(written(t, JUnit, b)), name)
		}
	})
}

// runnerCommand is the command that GitHub's runner takes a line for, "" for none. It
// knows two forms: "::name properties::message" at a line's beginning, blanks aside,
// and the older "##[name properties]message" anywhere in it.
func runnerCommand(line string) (name string, properties map[string]string, message string) {
	if rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t\v\f\u00a0\u2028\u3000"), "::"); ok {
		if info, message, ok := strings.Cut(rest, "::"); ok {
			name, list, _ := strings.Cut(info, " ")
			return name, runnerProperties(list, ","), runnerText(message, "%0D", "\r", "%0A", "\n", "%25", "%")
		}
	}
	if _, rest, ok := strings.Cut(line, "##["); ok {
		if info, message, ok := strings.Cut(rest, "]"); ok {
			name, list, _ := strings.Cut(info, " ")
			return name, runnerProperties(list, ";"), message
		}
	}
	return "", nil, ""
}

func runnerProperties(list, separator string) map[string]string {
	out := map[string]string{}
	for _, p := range strings.Split(strings.TrimSpace(list), separator) {
		if key, value, ok := strings.Cut(p, "="); ok {
			out[key] = runnerText(value, "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
		}
	}
	return out
}

func runnerText(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }

// hostileCommands are texts meant for the runner.
var hostileCommands = rapid.OneOf(hostileText, rapid.SampledFrom([]string{"##[error]x", "a ##[stop-commands]t", "##[add-mask]y", "\u2028::error::x", "::stop-commands::t", "x\r::error::y",
	"a,file=b", "%2C%3A", "##[set-env name=A;]b", "# #[error]"}))

// The runner takes each line but the last for the annotation that weir means, with its
// words, and the last for none.
func TestRunnerSeesOnlyAnnotations(t *testing.T) {
	name, properties, message := runnerCommand("  ::error file=a%3Ab,line=3::50%25%0Ax")
	require.Equal(t, []any{"error", map[string]string{"file": "a:b", "line": "3"}, "50%\nx"}, []any{name, properties, message})
	name, _, _ = runnerCommand("all ##[error]x")
	require.Equal(t, "error", name)
	rapid.Check(t, func(t *rapid.T) {
		outside := hostileCommands.Draw(t, "text")
		for sort, b := range briefs(outside, BriefOptions{Titles: true}) {
			b.Headline = joinDots(Escape(outside), b.Headline)
			lines := strings.Split(strings.TrimSuffix(written(t, GitHub, b), "\n"), "\n")
			want := bySeverity(b.Findings)
			require.Len(t, lines, len(want)+1, sort)
			for i, f := range want {
				name, properties, message := runnerCommand(lines[i])
				assert.Equal(t, string(f.Severity), name)
				assert.Equal(t, Escape(findingText(f)), message)
				assert.Equal(t, Escape(f.File), properties["file"])
			}
			name, _, _ := runnerCommand(lines[len(lines)-1])
			assert.Empty(t, name, lines[len(lines)-1])
		}
	})
}

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM))

// shape lists the nodes of a Markdown text without its words, and its words.
func shape(source string) (nodes []string, words string) {
	src := []byte(source)
	var seen strings.Builder
	_ = ast.Walk(gfm.Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				seen.Write(n.Segment.Value(src))
				if n.SoftLineBreak() {
					seen.WriteByte(' ')
				}
			}
			return ast.WalkContinue, nil
		case *ast.String:
			if entering {
				seen.Write(n.Value)
			}
			return ast.WalkContinue, nil
		case *ast.RawHTML:
			if entering {
				for i := range n.Segments.Len() {
					s := n.Segments.At(i)
					nodes = append(nodes, string(s.Value(src)))
				}
			}
		}
		nodes = append(nodes, fmt.Sprintf("%s %t", n.Kind(), entering))
		return ast.WalkContinue, nil
	})
	return nodes, seen.String()
}

// A comment has the same structure whatever text from outside stands in it: it adds no
// link, no emphasis, no line, no element.
func TestMarkdownShape(t *testing.T) {
	plain := map[string][]string{}
	for sort, b := range briefs("x", BriefOptions{Titles: true}) {
		plain[sort], _ = shape(written(t, Markdown, b))
	}
	linked, _ := shape("see www.evil.example and <b>")
	require.Contains(t, linked, "AutoLink true")
	rapid.Check(t, func(t *rapid.T) {
		for sort, b := range briefs("x"+hostileText.Draw(t, "text")+"x", BriefOptions{Titles: true}) {
			got, _ := shape(written(t, Markdown, b))
			assert.Equal(t, plain[sort], got, sort)
		}
	})
	_, all := demos(t, BriefOptions{Titles: true})
	for name, b := range all {
		nodes, words := shape(written(t, Markdown, b))
		for _, bad := range []string{"Link true", "AutoLink true", "Image true", "CodeBlock true", "Strikethrough true"} {
			assert.NotContains(t, nodes, bad, name)
		}
		assert.Contains(t, words, "Acme")
	}
}
