package policies

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// conflict is a setting that two groups of equal precedence set differently for
// one user, with no higher admin layer to settle it.
type conflict struct {
	setting    Setting
	precedence int
	a, b       assignment // in order of file and line
	rules      bool       // two rules of weir.settings, not two groups
}

// conflictKey is the pair of lines.
type conflictKey struct {
	setting Setting
	a, b    hcl.Range
}

func (c conflict) key() conflictKey { return conflictKey{c.setting, c.a.rng, c.b.rng} }

// conflicts finds the disagreements of the groups that a user is in (given in
// order of file and line): among the highest that set a setting, unless the
// user's own block sets it.
func (r *resolver) conflicts(members []*Group) []conflict {
	if len(members) < 2 {
		return nil
	}
	var out []conflict
	for id := SettingInvalid + 1; id < NumSettings; id++ {
		if _, set := r.rego.values[id]; !set && !r.setByUser(id) {
			out = append(out, disagreements(id, members)...)
		}
	}
	return out
}

func (r *resolver) setByUser(id Setting) bool {
	if r.user == nil {
		return false
	}
	u, ok := r.set.byUser[r.user.Address]
	if !ok {
		return false
	}
	_, set := u.layer.values[id]
	return set
}

// disagreements pairs the first of the highest groups with each that differs.
func disagreements(id Setting, members []*Group) []conflict {
	var first *Group
	for _, g := range members {
		if _, ok := g.layer.values[id]; ok && (first == nil || g.Precedence > first.Precedence) {
			first = g
		}
	}
	if first == nil {
		return nil
	}
	var out []conflict
	a := first.layer.values[id]
	for _, g := range members {
		b, ok := g.layer.values[id]
		if ok && g != first && g.Precedence == first.Precedence && !a.Equal(b.Value) {
			out = append(out, conflict{setting: id, precedence: g.Precedence, a: a, b: b})
		}
	}
	return out
}

func compareRanges(a, b hcl.Range) int {
	return cmp.Or(strings.Compare(a.Filename, b.Filename), cmp.Compare(a.Start.Byte, b.Start.Byte),
		cmp.Compare(a.Start.Line, b.Start.Line), cmp.Compare(a.Start.Column, b.Start.Column))
}

// compareDiagnostics orders by place, then by wording.
func compareDiagnostics(a, b *hcl.Diagnostic) int {
	if a.Subject == nil || b.Subject == nil {
		return cmp.Compare(boolInt(a.Subject != nil), boolInt(b.Subject != nil))
	}
	return cmp.Or(compareRanges(*a.Subject, *b.Subject), strings.Compare(a.Summary, b.Summary), strings.Compare(a.Detail, b.Detail))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sorted orders diagnostics by file and position.
func sorted(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, compareDiagnostics)
	return diags
}
