package compare

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"weir/policies"
	"weir/policies/hclfile"
	"weir/policies/prove"
	"weir/policytest"
	"weir/state"
)

// This file writes what proofs found as tests of the new policy: each is run before it
// is written, passes under the new policy and fails under the old one.

// origin is what an example was made of; nil in reports that were read.
type origin struct {
	world   *prove.World
	address string            // of the person; "" for anybody
	setting policies.Setting  // of a setting
	own     *state.Preference // the person's page
	rule    string            // of a rule
}

// TestsHeader begins every file of WriteTests.
const TestsHeader = "# What a change of the policy changes, one example of each difference that was proved.\n"

// Written is a file of tests made of examples.
type Written struct {
	Text  []byte // nil if there is no test
	Tests int
	// LeftOut names the examples that no expectation of a test tells apart: those about who
	// is a member of a group, for one. The text names them too.
	LeftOut []string
}

// WriteTests writes the examples of proofs as a *_test.hcl file for the new policy.
func WriteTests(ctx context.Context, proofs []Proof, before, after *policies.Set) (*Written, error) {
	var tests bytes.Buffer
	out := &Written{}
	told := map[string]bool{}  // one example may show both directions
	named := map[string]bool{} // tests have names of their own
	for _, p := range proofs {
		for i := range p.Examples {
			e := &p.Examples[i]
			if e.origin == nil {
				continue
			}
			name := fmt.Sprintf("%s: %s → %s", proofTitle(&p), e.Old, e.New)
			key := name + "\x00" + e.Where()
			if told[key] {
				continue
			}
			told[key] = true
			if named[name] {
				name += " where " + e.Where()
			}
			named[name] = true
			test, err := telling(ctx, name, e, p.Kind, before, after)
			if err != nil {
				return nil, err
			}
			if test == "" {
				out.LeftOut = append(out.LeftOut, fmt.Sprintf("%s (for example where %s)", name, e.Where()))
				continue
			}
			out.Tests++
			tests.WriteString("\n" + test)
		}
	}
	if out.Tests == 0 {
		return out, nil
	}
	text, diags := hclfile.Format(slices.Concat([]byte(TestsHeader), out.leftOut(), tests.Bytes()), "examples_test.hcl")
	if diags.HasErrors() {
		return nil, diags
	}
	out.Text = text
	return out, nil
}

// leftOut says as a comment what the tests are silent about.
func (w *Written) leftOut() []byte {
	if len(w.LeftOut) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("#\n# Not here, because nothing that a test may expect tells them apart:\n")
	for _, name := range w.LeftOut {
		fmt.Fprintf(&b, "#   %s\n", oneLine(name))
	}
	return b.Bytes()
}

// oneLine keeps a text within the line of a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

func proofTitle(p *Proof) string {
	if p.Kind == "" {
		return p.What
	}
	return p.What + " for " + p.Kind + "s"
}

// telling is a test that passes under the new policy and fails under the old one; ""
// if no expectation makes one.
func telling(ctx context.Context, name string, e *Example, kind string, before, after *policies.Set) (string, error) {
	var tries []func(name string) string
	for _, marked := range e.markings() {
		for _, expect := range e.expectations(kind) {
			tries = append(tries, func(name string) string { return e.test(name, kind, expect, marked) })
		}
	}
	var file strings.Builder
	for i, test := range tries {
		file.WriteString(test(fmt.Sprint(i)))
	}
	suite := policytest.Parse("example_test.hcl", []byte(file.String()))
	was, _, err := suite.Run(ctx, before, policytest.Options{Brief: true})
	if err != nil {
		return "", err
	}
	is, _, err := suite.Run(ctx, after, policytest.Options{Brief: true})
	if err != nil {
		return "", err
	}
	for i, test := range tries {
		passes := func(r *policytest.Report) (passed, ran bool) {
			at := slices.IndexFunc(r.Cases, func(c policytest.Case) bool { return c.Name == fmt.Sprint(i) })
			return at >= 0 && r.Cases[at].Passed, at >= 0
		}
		old, ran := passes(was)
		if now, _ := passes(is); ran && now && !old {
			return test(name), nil
		}
	}
	return "", nil
}

// markings say whether the thing is marked for the way up: as it is, and besides it marked
// where only the mailbox has it, or else no test could see what is done with it on that way.
func (e *Example) markings() []bool {
	w := e.origin.world
	if w.Item != nil && w.Item.Side == state.Mailbox && w.Other == nil && !reads(w, "item."+state.AttrCategories.String()) {
		return []bool{false, true}
	}
	return []bool{false}
}

// expectations are what a test may expect, those that say most first.
func (e *Example) expectations(kind string) []string {
	if e.origin.setting != policies.SettingInvalid {
		entry := e.origin.setting.Entry()
		value := e.New
		if entry.Type != policies.ValueBool && entry.Type != policies.ValueNumber {
			value = quote(value)
		}
		return []string{fmt.Sprintf("expect \"setting\" {\nsetting = %s\nvalue = %s\n}\n", quote(entry.Path), value)}
	}
	if kind == "" {
		return nil
	}
	var out []string
	for _, what := range [...]string{"skipped", "out", "held"} {
		if e.origin.rule != "" {
			out = append(out, fmt.Sprintf("expect %q {\n%s = \"example\"\nrule = %s\n}\n", what, kind, quote(e.origin.rule)))
		}
	}
	for _, what := range [...]string{"in", "out", "create", "update", "held", "skipped", "nothing"} {
		out = append(out, fmt.Sprintf("expect %q {\n%s = \"example\"\n}\n", what, kind))
	}
	return out
}

func quote(text string) string { return hclfile.Quote(text) }

// test is a test with one expectation.
func (e *Example) test(name, kind, expect string, marked bool) string {
	w := e.origin.world
	var b strings.Builder
	fmt.Fprintf(&b, "test %s {\nat = %s\n", quote(name), quote(w.Now.UTC().Format("2006-01-02T15:04:05.999999999Z07:00")))
	who := "ann"
	if e.origin.address != "" {
		who = e.origin.address
	}
	b.WriteString(userBlock(w, who, e.origin.own))
	if kind != "" {
		b.WriteString(thingBlock(w, who, marked))
	}
	b.WriteString(expect + "}\n")
	return b.String()
}

// reads reports that an example names an attribute.
func reads(w *prove.World, name string) bool {
	return slices.ContainsFunc(w.Values, func(v prove.Value) bool { return v.Name == name })
}

func userBlock(w *prove.World, who string, own *state.Preference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "user %s {\n", quote(who))
	for _, row := range state.UserSchema() {
		v := w.User.Value(row.Attr)
		if reads(w, "user."+row.Name) || row.Attr == state.UserTimeZone && v.Text() != "UTC" {
			attribute(&b, row.Name, v)
		}
	}
	custom(&b, w.User.Custom)
	if own != nil {
		fmt.Fprintf(&b, "preference %s {\n", quote(own.Page))
		for _, v := range own.Values {
			path := strings.Split(v.Key, ".")
			for _, name := range path[:len(path)-1] {
				b.WriteString(name + " {\n")
			}
			value := quote(v.Text)
			if v.IsBool {
				value = fmt.Sprint(v.Bool)
			}
			fmt.Fprintf(&b, "%s = %s\n%s", path[len(path)-1], value, strings.Repeat("}\n", len(path)-1))
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// thingBlock is the record with its copy, or what only the mailbox has.
func thingBlock(w *prove.World, who string, marked bool) string {
	record, copied := w.Item, w.Other
	if record.Side == state.Mailbox {
		record, copied = w.Other, w.Item
	}
	var b strings.Builder
	if record == nil {
		fmt.Fprintf(&b, "mailbox %s {\n%s \"example\" {\n", quote(who), copied.Kind)
		itemAttributes(&b, w, copied)
		if marked {
			attribute(&b, state.AttrCategories.String(), state.TextsValue([]string{state.DefaultMarkers().Category}))
		}
		b.WriteString("}\n}\n")
		return b.String()
	}
	if owner := record.Owner(); owner != "" && owner != w.User.ID {
		person := fmt.Sprintf("person %s {\nid = %s\n", quote("owner"), quote(owner))
		if p, ok := w.Directory.Person(owner); ok && p.Email != "" {
			person += fmt.Sprintf("email = %s\n", quote(p.Email))
		}
		b.WriteString(person + "}\n")
	}
	fmt.Fprintf(&b, "%s \"example\" {\n", record.Kind)
	itemAttributes(&b, w, record)
	if reads(w, "item.owner") || record.Owner() != "" {
		switch owner := record.Owner(); owner {
		case "":
		case w.User.ID:
			fmt.Fprintf(&b, "owner = %s\n", quote(who))
		default:
			b.WriteString("owner = \"owner\"\n")
		}
	}
	custom(&b, record.Custom)
	for _, inv := range record.Invitees {
		if inv.UserID == w.User.ID {
			fmt.Fprintf(&b, "invitee %s {}\n", quote(who))
		}
	}
	if copied != nil && w.Link != nil {
		fmt.Fprintf(&b, "copy %s {\nborn = %s\nlink = %s\n", quote(who), quote(w.Link.Born.String()), quote(w.Link.State.String()))
		itemAttributes(&b, w, copied)
		b.WriteString("}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// itemAttributes writes what the example names of a side's own attributes.
func itemAttributes(b *strings.Builder, w *prove.World, it *state.Item) {
	for _, row := range state.Schema() {
		if !row.Has(it.Kind) || row.On(it.Side) != state.Stored || row.Attr == state.AttrOwner || row.Attr == state.AttrAttendees {
			continue
		}
		if v := it.Value(row.Attr); reads(w, "item."+row.Attr.String()) && v.IsKnown() {
			attribute(b, row.Attr.String(), v)
		}
	}
	for _, a := range it.Value(state.AttrAttendees).People() {
		fmt.Fprintf(b, "attendee %s {\n", quote(a.Email))
		if a.Name != "" {
			fmt.Fprintf(b, "name = %s\n", quote(a.Name))
		}
		if a.Response != "" {
			fmt.Fprintf(b, "response = %s\n", quote(a.Response))
		}
		b.WriteString("}\n")
	}
}

func custom(b *strings.Builder, fields map[string]state.Value) {
	if len(fields) == 0 {
		return
	}
	b.WriteString("custom {\n")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		attribute(b, name, fields[name])
	}
	b.WriteString("}\n")
}

func attribute(b *strings.Builder, name string, v state.Value) {
	text := "null"
	switch {
	case !v.IsKnown():
	case v.Type() == state.Bool || v.Type() == state.Number:
		text = v.String()
	case v.Type() == state.Texts:
		list := make([]string, len(v.Texts()))
		for i, t := range v.Texts() {
			list[i] = quote(t)
		}
		text = "[" + strings.Join(list, ", ") + "]"
	default:
		text = quote(v.String())
	}
	fmt.Fprintf(b, "%s = %s\n", name, text)
}
