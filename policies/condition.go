package policies

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/celexpr"
	"weir/policies/cond"
	"weir/policies/hclfile"
	"weir/state"
)

// The conditions of groups are about users alone, those of views about contacts.
var (
	envOfGroup = celexpr.Env{UserOnly: true}
	envOfView  = celexpr.Env{Kinds: []state.Kind{state.Contact}}
)

// condition compiles the CEL text of an attribute; nil when it cannot, which has
// been reported.
func (l *loader) condition(file *hclfile.File, expr hcl.Expression, name string, env celexpr.Env) cond.Expr {
	text, ok := file.Text(expr)
	if !ok {
		l.report(wantCondition(hclfile.Read(expr), name))
		return nil
	}
	env.Custom, env.Budget = l.opts.Custom, &l.budget
	compiled, diags := celexpr.Compile(celexpr.Source{Text: text.Value, Filename: file.Name, PosOf: text.Pos}, env)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		return nil
	}
	return compiled
}

// conditionRange is where an attribute's CEL text stands, without the quotes; of
// several lines, the first that is not blank.
func conditionRange(file *hclfile.File, expr hcl.Expression) hcl.Range {
	text, ok := file.Text(expr)
	if !ok {
		return expr.Range()
	}
	start := len(text.Value) - len(strings.TrimLeft(text.Value, " \t\r\n"))
	line, _, _ := strings.Cut(text.Value[start:], "\n")
	end := start + len(strings.TrimRight(line, " \t\r"))
	return hcl.Range{Filename: file.Name, Start: text.Pos(start), End: text.Pos(end)}
}
