package mutate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/policies"
	"weir/policies/hclfile"
)

// hclMutants collects the mutants of one HCL file.
type hclMutants struct {
	file *hclfile.File
	out  []Mutant
}

func ofFile(name string, src []byte) []Mutant {
	file, diags := hclfile.Parse(src, name)
	if diags.HasErrors() {
		return nil
	}
	m := &hclMutants{file: file}
	for _, b := range file.Blocks() {
		switch b.Type {
		case "org":
			m.settings(b, "")
		case "group", "user":
			m.settings(b, fmt.Sprintf("%s %q: ", b.Type, label(b)))
			m.condition(b, "when")
		case "view":
			m.condition(b, "filter")
		case "rule":
			m.rule(b)
		}
	}
	return m.out
}

func label(b hclfile.Block) string {
	if len(b.Labels) == 0 {
		return ""
	}
	return b.Labels[0]
}

func (m *hclMutants) add(line, start, end int, with, format string, args ...any) {
	m.out = append(m.out, Mutant{File: m.file.Name, Line: line, Text: fmt.Sprintf(format, args...), start: start, end: end, with: with})
}

// value replaces an attribute's value.
func (m *hclMutants) value(a hclfile.Attribute, what, was, now string) {
	r := a.Expr.Range()
	m.add(a.Range.Start.Line, r.Start.Byte, r.End.Byte, now, "%s: %s, now %s", what, was, now)
}

// settings changes what a layer sets, block by block.
func (m *hclMutants) settings(b hclfile.Block, of string) { m.level(b, of, "") }

func (m *hclMutants) level(b hclfile.Block, of, prefix string) {
	for _, a := range b.Attributes {
		if a.Name == "forced" {
			m.forced(a, of, prefix)
			continue
		}
		if id, ok := policies.ParseSetting(prefix + a.Name); ok {
			m.setting(a, id.Entry(), of)
		}
	}
	for _, inner := range b.Blocks {
		m.level(inner, of, prefix+inner.Type+".")
	}
}

// setting gives a setting each value that is one step away.
func (m *hclMutants) setting(a hclfile.Attribute, e *policies.Entry, of string) {
	v := hclfile.Read(a.Expr)
	if v.Kind == hclfile.Null {
		return
	}
	src := string(a.Expr.Range().SliceBytes(m.file.HCL.Bytes))
	for _, now := range neighbours(e, v) {
		m.value(a, of+e.Path, src, now)
	}
}

// neighbours are the values, as written in HCL, that a mutant gives a setting.
func neighbours(e *policies.Entry, v hclfile.Value) []string {
	switch e.Type {
	case policies.ValueBool:
		return []string{strconv.FormatBool(!v.Bool)}
	case policies.ValueEnum:
		return others(e.Enum, v.Text)
	case policies.ValueScope:
		if v.Kind == hclfile.Name { // a view
			return []string{`"all"`, `"mine"`}
		}
		return others([]string{"all", "mine"}, v.Text)
	case policies.ValueWindow:
		return windows(v.Text)
	case policies.ValueNumber:
		out := []string{strconv.FormatInt(v.Int+1, 10)}
		if v.Int > 0 {
			out = append(out, strconv.FormatInt(v.Int-1, 10))
		}
		return out
	}
	return nil
}

func others(all []string, but string) []string {
	var out []string
	for _, x := range all {
		if x != but {
			out = append(out, strconv.Quote(x))
		}
	}
	return out
}

// windows are a day more and a day less.
func windows(text string) []string {
	if text == "unlimited" {
		return []string{`"365d"`}
	}
	if text == "" {
		return nil
	}
	days, err := strconv.Atoi(text[:len(text)-1])
	if err != nil {
		return nil
	}
	if strings.HasSuffix(text, "w") {
		days *= 7
	}
	out := []string{fmt.Sprintf(`"%dd"`, days+1)}
	if days > 0 {
		out = append(out, fmt.Sprintf(`"%dd"`, days-1))
	}
	return out
}

// forced leaves out each entry of a list.
func (m *hclMutants) forced(a hclfile.Attribute, of, prefix string) {
	list := hclfile.Read(a.Expr).List
	for i, v := range list {
		kept := slices.Delete(slices.Clone(list), i, i+1)
		m.add(v.Range.Start.Line, a.Expr.Range().Start.Byte, a.Expr.Range().End.Byte, m.list(kept), "%s%sforced: without %q", of, prefix, v.Text)
	}
}

// list writes entries of a list as they stand in the file.
func (m *hclMutants) list(values []hclfile.Value) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v.Range.SliceBytes(m.file.HCL.Bytes))
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// rule changes a rule's effect, direction, kinds and condition, and leaves it out.
func (m *hclMutants) rule(b hclfile.Block) {
	what := fmt.Sprintf("rule %q", label(b))
	m.add(b.Range.Start.Line, b.Range.Start.Byte, b.Range.End.Byte, "", "%s: left out", what)
	for _, a := range b.Attributes {
		v := hclfile.Read(a.Expr)
		switch a.Name {
		case "effect":
			for _, now := range others([]string{"exclude", "hold"}, v.Text) {
				m.value(a, what+": effect", strconv.Quote(v.Text), now)
			}
		case "direction":
			for _, now := range others([]string{"down", "up", "both"}, v.Text) {
				m.value(a, what+": direction", strconv.Quote(v.Text), now)
			}
		case "kinds", "groups":
			m.shorter(a, what, v.List)
		}
	}
	m.condition(b, "when")
}

// shorter leaves out each of several entries: a list without any means something
// else.
func (m *hclMutants) shorter(a hclfile.Attribute, what string, list []hclfile.Value) {
	if len(list) < 2 {
		return
	}
	for i, v := range list {
		kept := slices.Delete(slices.Clone(list), i, i+1)
		m.add(v.Range.Start.Line, a.Expr.Range().Start.Byte, a.Expr.Range().End.Byte, m.list(kept), "%s: %s without %q", what, a.Name, v.Text)
	}
}

// condition leaves out each part of a block's condition; a condition of one part
// becomes "true".
func (m *hclMutants) condition(b hclfile.Block, name string) {
	i := slices.IndexFunc(b.Attributes, func(a hclfile.Attribute) bool { return a.Name == name })
	if i < 0 {
		return
	}
	text, ok := m.file.Text(b.Attributes[i].Expr)
	if !ok || strings.TrimSpace(text.Value) == "true" {
		return
	}
	what := fmt.Sprintf("%s %q: %s", b.Type, label(b), name)
	parts := operands(text.Value)
	if len(parts) == 0 {
		from, to := text.Pos(0), text.Pos(len(strings.TrimRight(text.Value, " \t\r\n")))
		m.add(from.Line, from.Byte, to.Byte, "true", "%s: always true", what)
	}
	for _, p := range parts {
		from, to := text.Pos(p.cutFrom), text.Pos(p.cutTo)
		m.add(text.Pos(p.from).Line, from.Byte, to.Byte, "", "%s without %q", what, strings.TrimSpace(text.Value[p.from:p.to]))
	}
}
