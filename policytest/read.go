package policytest

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
	"weir/state"
)

// The bounds of one test file, besides those of any policy file.
const (
	maxTests  = 2_000
	maxThings = 10_000 // records and items of all tests of a file
	maxPeople = 50_000 // and people: a world's count once for each test, which makes them anew
)

// testFile is a *_test.hcl file as read.
type testFile struct {
	name  string
	tests []*hclTest
}

// hclTest is one test block.
type hclTest struct {
	name    string
	rng     hcl.Range
	world   *world
	expects []*expected
}

// expected is one expectation as written.
type expected struct {
	what    string
	rng     hcl.Range
	texts   map[string]string // by field
	lists   map[string][]string
	numbers map[string]int64
	bools   map[string]bool
	value   *hclfile.Value // of a setting

	user    *state.User // nil in a recording until it is asked
	session int
	kind    state.Kind // of the thing; invalid for none
	thing   string
	made    []string // ids that stand for the thing in the test's own world
}

// reader reads one file.
type reader struct {
	file   *hclfile.File
	diags  hcl.Diagnostics
	things int
	people int
	full   bool // there is more than a file may hold, which is said, and nothing more read
}

func (r *reader) report(d *hcl.Diagnostic) { r.diags = append(r.diags, d) }

// fill says once that there is more than a file may hold.
func (r *reader) fill(d *hcl.Diagnostic) {
	if !r.full {
		r.report(d)
	}
	r.full = true
}

// readFile reads a test file. With errors there are no tests.
func readFile(name string, src []byte) (*testFile, hcl.Diagnostics) {
	file, diags := hclfile.Parse(src, name)
	r := &reader{file: file, diags: diags}
	out := &testFile{name: name}
	if diags.HasErrors() {
		return out, diags
	}
	top := r.content(file.HCL.Body, "a test file", nil, blocksIn(""))
	var common []hcl.Body
	seen := map[string]hcl.Range{}
	for _, b := range top.Blocks {
		if b.Type == "world" {
			if len(common) > 0 {
				r.report(twice(b.DefRange, "world", "a file has one world, which all of its tests share"))
				continue
			}
			common = append(common, b.Body)
		}
	}
	for _, b := range top.Blocks {
		if b.Type != "test" {
			continue
		}
		label := b.Labels[0]
		if first, ok := seen[label]; ok {
			r.report(twice(b.DefRange, "test "+quoted(label), "one of that name stands in line %d", first.Start.Line))
			continue
		}
		if seen[label] = b.DefRange; len(seen) > maxTests {
			r.fill(tooMany(b.DefRange, maxTests, "tests"))
		}
		if r.full || len(r.diags) > maxDiagnostics {
			break
		}
		out.tests = append(out.tests, r.test(b, common))
	}
	if len(top.Blocks) == 0 && !r.diags.HasErrors() {
		r.report(noTests(wholeFile(name)))
	}
	if r.diags.HasErrors() {
		out.tests = nil
	}
	return out, sortedDiagnostics(r.diags)
}

func (r *reader) test(b *hcl.Block, common []hcl.Body) *hclTest {
	t := &hclTest{name: b.Labels[0], rng: b.DefRange}
	bodies := append(slices.Clone(common), b.Body)
	build := &builder{reader: r, world: newWorld()}
	build.build(bodies)
	t.world = build.world
	build.each(build.blocks, "expect", func(e *hcl.Block) {
		if x := build.expectation(e); x != nil {
			t.expects = append(t.expects, x)
		}
	})
	if len(t.expects) == 0 && !r.diags.HasErrors() {
		r.report(expectsNothing(b.DefRange))
	}
	if t.world.recording == "" {
		t.world.settle(build.sessions)
	}
	return t
}

// content reads a body and reports what may not stand in it.
func (r *reader) content(body hcl.Body, where string, fields []Field, inner []Block) *hcl.BodyContent {
	content, unknown, diags := hclfile.Content(body, bodySchema(fields, inner))
	r.diags = append(r.diags, diags...)
	for _, u := range unknown {
		r.report(unknownName(u, where, fields, inner))
	}
	content.Blocks = slices.DeleteFunc(content.Blocks, func(b *hcl.Block) bool { return len(b.Labels) < len(blockNamed(b.Type).Labels) })
	return content
}

// literals are the attributes of a body by name, in order of their places.
type literals struct {
	*reader
	named map[string]literal
}

type literal struct {
	hclfile.Value
	field Field
	name  hcl.Range
}

// fieldsOf reads the attributes of a body as literals of their fields' types, and
// its blocks. Attributes of wrong types are reported and left out.
func (r *reader) fieldsOf(body hcl.Body, where string, fields []Field, inner []Block) (literals, hcl.Blocks) {
	content := r.content(body, where, fields, inner)
	out := literals{r, map[string]literal{}}
	for _, f := range fields {
		a := content.Attributes[f.Name]
		if a == nil {
			continue
		}
		v := hclfile.Read(a.Expr)
		if d := checkType(v, f); d != nil {
			r.report(d)
			continue
		}
		out.named[f.Name] = literal{v, f, a.NameRange}
	}
	return out, content.Blocks
}

// checkType says what is wrong with a literal for a field of a type.
func checkType(v hclfile.Value, f Field) *hcl.Diagnostic {
	want := map[string]hclfile.Kind{typeText: hclfile.String, typeTexts: hclfile.List, typeKinds: hclfile.List, typeBool: hclfile.Bool, "bool": hclfile.Bool,
		typeNumber: hclfile.Number, typeSession: hclfile.Number, typeInstant: hclfile.String, "timestamp": hclfile.String, "date": hclfile.String, "attendees": hclfile.List}[f.Type]
	switch {
	case f.Type == typeValue:
		if v.Kind == hclfile.Bool || v.Kind == hclfile.String || v.Kind == hclfile.Number && v.IsInt {
			return nil
		}
	case v.Kind == hclfile.Null && ofItem(f):
		return nil // recorded as null
	case v.Kind == hclfile.Number && f.Type == typeSession:
		if v.IsInt && v.Int >= 1 && v.Int <= maxSessions {
			return nil
		}
		return sessionOutOfRange(v, f)
	case v.Kind == hclfile.Number && want == hclfile.Number:
		if v.IsInt && v.Int >= 0 {
			return nil
		}
		return wrongType(v, f, "a whole number, zero or more")
	case v.Kind == want && want == hclfile.List:
		return checkList(v, f)
	case v.Kind == want && f.Type == "date":
		if _, err := state.ParseDate(v.Text); err == nil {
			return nil
		}
	case v.Kind == want && (f.Type == typeInstant || f.Type == "timestamp"):
		if _, ok := parseInstant(v.Text); ok {
			return nil
		}
		if _, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return instantOutOfRange(v, f)
		}
	case v.Kind == want:
		return nil
	}
	return wrongType(v, f, typeWords(f.Type))
}

// ofItem reports a field that is an attribute of records or items, which may be null.
func ofItem(f Field) bool {
	switch f.Type {
	case typeNumber, typeSession, typeKinds, typeInstant, typeValue, typeBool:
		return false
	}
	_, ok := state.ParseAttr(f.Name)
	return ok
}

func checkList(v hclfile.Value, f Field) *hcl.Diagnostic {
	for _, member := range v.List {
		if member.Kind != hclfile.String {
			return wrongType(member, f, "a list of texts")
		}
		if f.Type != typeKinds {
			continue
		}
		if _, ok := state.ParseKind(member.Text); !ok {
			return oneOfThese(member, "kind", records)
		}
	}
	return nil
}

// The years that instants may be of: they hold as nanoseconds.
const firstYear, lastYear = 1700, 2200

// parseInstant reads an instant with its offset, between those years.
func parseInstant(text string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < firstYear || at.Year() > lastYear {
		return time.Time{}, false
	}
	return at.UTC(), true
}

func (l literals) has(name string) bool { _, ok := l.named[name]; return ok }

func (l literals) text(name, otherwise string) string {
	if v, ok := l.named[name]; ok {
		return v.Text
	}
	return otherwise
}

func (l literals) bool(name string, otherwise bool) bool {
	if v, ok := l.named[name]; ok {
		return v.Bool
	}
	return otherwise
}

func (l literals) texts(name string) []string {
	var out []string
	for _, m := range l.named[name].List {
		out = append(out, m.Text)
	}
	return out
}

func (l literals) instant(name string, otherwise time.Time) time.Time {
	if at, ok := parseInstant(l.text(name, "")); ok {
		return at
	}
	return otherwise
}

// enum is a text that must be one of a few.
func (l literals) enum(name, otherwise string, values []string) string {
	v, ok := l.named[name]
	if !ok {
		return otherwise
	}
	if !slices.Contains(values, v.Text) {
		l.report(oneOfThese(v.Value, name, values))
		return otherwise
	}
	return v.Text
}

func (l literals) kinds(name string) []state.Kind {
	var out []state.Kind
	for _, text := range l.texts(name) {
		k, _ := state.ParseKind(text)
		out = append(out, k)
	}
	return out
}

// duration is a time between sessions: positive, a week at most.
func (l literals) duration(name string, otherwise time.Duration) time.Duration {
	v, ok := l.named[name]
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(strings.TrimSpace(v.Text))
	if err != nil || d < time.Second || d > 7*24*time.Hour {
		l.report(badDuration(v.Value))
		return otherwise
	}
	return d
}
