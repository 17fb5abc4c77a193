package policies

import (
	"maps"
	"strings"
)

// WithLimitsOf is the policy with the limits of another one, whatever it says of
// limits itself: those of the other's org block, groups and user blocks stand, for the people
// that the other's conditions choose. It is for checking a change that nobody
// has reviewed: it must not lift the limit that would stop it. Limits that a Rego
// module sets count for nothing; those that the other's modules set are left out, so that
// the lower layers' stand. The policies' digests and files are this one's.
func (s *Set) WithLimitsOf(trusted *Set) *Set {
	out := *s
	out.org = withLimits(&s.org, &trusted.org)
	out.groups = nil
	for _, g := range s.groups {
		h := *g
		h.layer = withLimits(&g.layer, nil)
		out.groups = append(out.groups, &h)
	}
	for _, g := range trusted.groups {
		if only := onlyLimits(&g.layer); len(only.values) > 0 {
			// A name that no policy can have keeps rules from naming it.
			out.groups = append(out.groups, &Group{Name: g.Name + " (limits)", Precedence: g.Precedence, When: g.When, Origin: g.Origin,
				rng: g.rng, whenRange: g.whenRange, layer: only})
		}
	}
	out.byUser = map[string]*UserBlock{}
	out.users = nil
	for _, u := range s.users {
		v := *u
		v.layer = withLimits(&u.layer, nil)
		if t := trusted.byUser[u.Address]; t != nil {
			v.layer = withLimits(&u.layer, &t.layer)
		}
		out.users, out.byUser[u.Address] = append(out.users, &v), &v
	}
	for _, t := range trusted.users {
		if only := onlyLimits(&t.layer); out.byUser[t.Address] == nil && len(only.values) > 0 {
			v := *t
			v.layer = only
			out.users, out.byUser[t.Address] = append(out.users, &v), &v
		}
	}
	out.rego = nil
	for _, r := range s.rego {
		if !isLimit(r.id) {
			out.rego = append(out.rego, r)
		}
	}
	return &out
}

func isLimit(id Setting) bool { return strings.HasPrefix(id.Entry().Path, "limits.") }

// withLimits is a layer with another's limits, or with none.
func withLimits(l, trusted *layer) layer {
	out := layer{origin: l.origin, values: maps.Clone(l.values), forced: l.forced}
	maps.DeleteFunc(out.values, func(id Setting, _ assignment) bool { return isLimit(id) })
	if trusted != nil {
		for id, a := range trusted.values {
			if isLimit(id) {
				out.values[id] = a
			}
		}
	}
	return out
}

func onlyLimits(l *layer) layer {
	out := newLayer(l.origin)
	for id, a := range l.values {
		if isLimit(id) {
			out.values[id] = a
		}
	}
	return out
}
