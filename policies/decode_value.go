package policies

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/hclfile"
)

const (
	// unlimited is a window without an end.
	unlimited = "unlimited"
	// MaxDays bounds a window: a hundred years.
	MaxDays = 36_500
	// maxNumber bounds a limit's number.
	maxNumber = 1_000_000_000
	// viewPrefix marks a view where a scope is a text.
	viewPrefix = "view:"
)

// value reads a literal of exactly the setting's type.
func (d *layerDecoder) value(e *Entry, lit hclfile.Value, a *hcl.Attribute) (Value, *hcl.Diagnostic) {
	switch e.Type {
	case ValueBool:
		return boolOf(lit, a.Name)
	case ValueEnum:
		s, problem := enumOf(lit, a.Name, e.Enum)
		return Value{Set: true, Text: s}, problem
	case ValueScope:
		return d.scopeOf(a)
	case ValueWindow:
		return windowOf(lit, a.Name)
	}
	return numberOf(lit, a.Name)
}

// CheckValue says what a policy would be told of a literal for a setting that is a number
// or a window; nil for all others.
func CheckValue(e *Entry, lit hclfile.Value) *hcl.Diagnostic {
	name := e.Path[strings.LastIndexByte(e.Path, '.')+1:]
	var problem *hcl.Diagnostic
	switch e.Type {
	case ValueWindow:
		_, problem = windowOf(lit, name)
	case ValueNumber:
		_, problem = numberOf(lit, name)
	}
	return problem
}

func boolOf(lit hclfile.Value, name string) (Value, *hcl.Diagnostic) {
	if lit.Kind != hclfile.Bool {
		return Value{}, wantBool(lit, name)
	}
	return Value{Set: true, Bool: lit.Bool}, nil
}

func enumOf(lit hclfile.Value, name string, values []string) (string, *hcl.Diagnostic) {
	switch {
	case lit.Kind != hclfile.String:
		return "", wantEnum(lit, name, values)
	case !slices.Contains(values, lit.Text):
		return "", unknownEnum(lit.Range, name, lit.Text, values)
	}
	return lit.Text, nil
}

func numberOf(lit hclfile.Value, name string) (Value, *hcl.Diagnostic) {
	most := int64(maxNumber)
	if name == "percent" {
		most = 100
	}
	if lit.Kind != hclfile.Number || !lit.IsInt || lit.Int < 0 || lit.Int > most {
		return Value{}, wantNumber(lit, name, most)
	}
	return Value{Set: true, Number: lit.Int}, nil
}

func windowOf(lit hclfile.Value, name string) (Value, *hcl.Diagnostic) {
	if lit.Kind != hclfile.String {
		return Value{}, wantWindow(lit, name)
	}
	v, ok := parseWindow(lit.Text)
	switch {
	case !ok:
		return Value{}, badWindow(lit.Range, name, lit.Text)
	case v.Days > MaxDays:
		return Value{}, windowTooLong(lit.Range, name)
	}
	return v, nil
}

// parseWindow reads "14d", "2w" or "unlimited". Days beyond the bound are
// reported as one more than the bound.
func parseWindow(s string) (Value, bool) {
	if s == unlimited {
		return Value{Set: true, Unlimited: true}, true
	}
	digits, days := strings.TrimSuffix(s, "d"), 1
	if digits == s {
		digits, days = strings.TrimSuffix(s, "w"), 7
	}
	if digits == s || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return Value{}, false
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > MaxDays {
		n = MaxDays + 1
	}
	return Value{Set: true, Days: min(n*days, MaxDays+1)}, true
}

// scopeOf reads "all", "mine" or view.NAME.
func (d *layerDecoder) scopeOf(a *hcl.Attribute) (Value, *hcl.Diagnostic) {
	lit := hclfile.Read(a.Expr)
	known := sortedKeys(d.l.views)
	switch lit.Kind {
	case hclfile.String:
		if lit.Text == "all" || lit.Text == "mine" {
			return Value{Set: true, Text: lit.Text}, nil
		}
		return Value{}, badScopeText(lit.Range, lit.Text, known)
	case hclfile.Name:
		traversal, _ := hcl.AbsTraversalForExpr(a.Expr)
		return d.viewOf(traversal, lit, known)
	}
	return Value{}, wantScope(lit)
}

func (d *layerDecoder) viewOf(t hcl.Traversal, lit hclfile.Value, known []string) (Value, *hcl.Diagnostic) {
	if len(t) != 2 || t.RootName() != "view" {
		return Value{}, badScopeName(lit, known)
	}
	name := strings.TrimPrefix(lit.Text, "view.")
	view, ok := d.l.views[name]
	if !ok {
		return Value{}, unknownView(lit.Range, name, known)
	}
	return Value{Set: true, Text: viewPrefix + name, View: view}, nil
}
