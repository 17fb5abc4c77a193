package policies

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/policies/cond"
	"weir/policies/regomod"
	"weir/state"
)

// Set is a loaded policy: every file read, compiled and checked, over the
// embedded defaults. It is immutable and safe for concurrent use.
type Set struct {
	files    map[string]*hcl.File
	digests  []Digest
	requires string

	defaults layer
	org      layer // without values when the policy has no org block
	hasOrg   bool
	groups   []*Group
	users    []*UserBlock
	byUser   map[string]*UserBlock
	views    []*View
	rules    []*Rule
	modules  *regomod.Policy // nil without Rego modules
	rego     []regoSetting
	common   *commonRules

	invariants []*Invariant
	// trustedGroups are groups of another policy whose invariants were taken over.
	trustedGroups []*Group
}

// Digest is one file that went into a set.
type Digest struct {
	Path   string // relative to the policy root; "embedded:defaults.hcl" for the lowest layer
	SHA256 string // lower-case hexadecimal
}

// Group is a compiled group: settings for the users its condition is true of.
type Group struct {
	Name       string
	Precedence int // a higher number is a higher layer
	When       cond.Expr
	About
	Origin Origin

	rng       hcl.Range
	whenRange hcl.Range // of the condition
	layer     layer
}

// WhenLine is the line of the group's condition.
func (g *Group) WhenLine() int { return cmp.Or(g.whenRange.Start.Line, g.Origin.Line) }

// UserBlock is a block of settings for one mailbox.
type UserBlock struct {
	Address string // lower case
	About
	Origin Origin

	rng   hcl.Range
	layer layer
}

// layer is what one block of a policy sets.
type layer struct {
	origin Origin // of the block
	values map[Setting]assignment
	forced map[Setting]Origin
}

// assignment is one value as written.
type assignment struct {
	Value
	origin Origin
	rng    hcl.Range
}

func newLayer(o Origin) layer {
	return layer{origin: o, values: map[Setting]assignment{}, forced: map[Setting]Origin{}}
}

// Files are the sources read, by the name that stands in positions, for
// snippets; also after a failed Load.
func (s *Set) Files() map[string]*hcl.File {
	out := make(map[string]*hcl.File, len(s.files))
	for name, f := range s.files {
		out[name] = f
	}
	return out
}

// Digests lists everything that went into the set, sorted by path.
func (s *Set) Digests() []Digest { return append([]Digest(nil), s.digests...) }

// FileDigest is the digest of a file's bytes under its name.
func FileDigest(path string, src []byte) Digest { return digest(path, src) }

func digest(path string, src []byte) Digest {
	sum := sha256.Sum256(src)
	return Digest{Path: path, SHA256: hex.EncodeToString(sum[:])}
}

func (s *Set) sortDigests() {
	sort.Slice(s.digests, func(i, j int) bool { return s.digests[i].Path < s.digests[j].Path })
}

// HasOrg reports whether the policy has an org block.
func (s *Set) HasOrg() bool { return s.hasOrg }

// HasRegoSettings reports whether a Rego module sets settings.
func (s *Set) HasRegoSettings() bool { return len(s.rego) > 0 }

// Requires is the version constraint of the weir block, or "".
func (s *Set) Requires() string { return s.requires }

// Groups lists the groups by file and line. They must not be changed; nor must
// what the other accessors hand out.
func (s *Set) Groups() []*Group { return s.groups }

// Users lists the user blocks by address.
func (s *Set) Users() []*UserBlock { return s.users }

// Views lists the views by name.
func (s *Set) Views() []*View { return s.views }

// Rules lists the rules by file and line.
func (s *Set) Rules() []*Rule { return s.rules }

// UsesNow reports whether any rule or view reads the instant, so that decisions
// may change within a day although nothing else does.
func (s *Set) UsesNow() bool {
	for _, e := range s.conditions() {
		if cond.UsesNow(e) {
			return true
		}
	}
	return false
}

// Conditions lists every condition of rules, views and groups, by file and line
// within each.
func (s *Set) Conditions() []cond.Expr {
	out := s.conditions()
	for _, g := range s.groups {
		out = append(out, g.When)
	}
	return out
}

func (s *Set) conditions() []cond.Expr {
	var out []cond.Expr
	for _, r := range s.rules {
		out = append(out, r.When)
	}
	for _, v := range s.views {
		if v.Filter != nil {
			out = append(out, v.Filter)
		}
	}
	return out
}

// Expired warns of the groups, users and rules whose until lies before the day of
// the instant in UTC. They apply all the same.
func (s *Set) Expired(at time.Time) hcl.Diagnostics {
	today := state.DateOf(at, time.UTC)
	var diags hcl.Diagnostics
	check := func(what string, a About, rng hcl.Range) {
		if a.HasUntil && a.Until < today {
			diags = append(diags, expired(rng, what, a))
		}
	}
	for _, g := range s.groups {
		check("group "+quoted(g.Name), g.About, g.rng)
	}
	for _, u := range s.users {
		check("user "+quoted(u.Address), u.About, u.rng)
	}
	for _, r := range s.rules {
		check("rule "+quoted(r.Name), r.About, r.rng)
	}
	for _, i := range s.invariants {
		check("invariant "+quoted(i.Name), i.About, i.rng)
	}
	return sorted(diags)
}

// Unmatched warns of user blocks that name none of the users of a recording.
func (s *Set) Unmatched(users []*state.User) hcl.Diagnostics {
	known := make([]string, 0, len(users))
	have := make(map[string]bool, len(users))
	for _, u := range users {
		known = append(known, u.Address)
		have[u.Address] = true
	}
	sort.Strings(known)
	var diags hcl.Diagnostics
	for _, b := range s.users {
		if !have[b.Address] {
			diags = append(diags, nobody(b.rng, b.Address, known))
		}
	}
	return sorted(diags)
}
