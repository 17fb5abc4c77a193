package simulate

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"weir/engine"
	"weir/policies"
	"weir/policies/cond"
	"weir/state"
)

// This file is what a policy of a small world can say: the choices of every setting
// that bears on a kind, each choice compiled, and sets of choices.

// setup is one choice of every setting that bears on a kind.
type setup struct {
	kind                                 state.Kind
	on, kept                             bool
	whenOut, whenMoved, upsync, conflict string
	preferences                          string
	whenDeclined                         string // events only

	values []string   // by dimension
	ruled  *smallRule // of the policy, below its settings; nil for none

	// read are the settings that the session at hand has read, a bit per dimension.
	read uint16

	// eng has resolved the settings; snap, which it looks at, is made to show one
	// place after the other.
	eng  *engine.Session
	snap *state.Snapshot
}

// smallRule is a rule of a policy, and what the promises must know of it.
type smallRule struct {
	text, when string
	is         func(*state.Item) bool // when, of an item
	excludesUp bool
}

func (s *setup) String() string {
	return fmt.Sprintf("%s downsync=%t kept=%t when_out=%s when_moved=%s upsync=%s conflict=%s preferences=%s when_declined=%s",
		s.kind, s.on, s.kept, s.whenOut, s.whenMoved, s.upsync, s.conflict, s.preferences, s.whenDeclined)
}

// policy writes the setup down. Where people's own pages count, the policy says
// the default and ann's page what is meant; where they do not, the policy says what
// is meant and ann's page the opposite.
func (s *setup) policy() string {
	on, kept := s.on, s.kept
	if s.preferences == "respect" {
		on, kept = true, kept && s.kind == state.Event
	}
	var b strings.Builder
	fmt.Fprintf(&b, "org {\npreferences = %q\n%s {\ndownsync = %t\nwhen_out = %q\nwhen_moved = %q\nupsync = %q\nconflict = %q\n", s.preferences, s.kind.Plural(), on, s.whenOut, s.whenMoved, s.upsync, s.conflict)
	if s.kind == state.Event {
		fmt.Fprintf(&b, "removal = %q\nwhen_declined = %q\n", map[bool]string{true: "keep", false: "propagate"}[kept], s.whenDeclined)
	} else {
		fmt.Fprintf(&b, "forbid_to_remove = %t\n", kept)
	}
	b.WriteString("}\n}\n")
	if s.ruled != nil {
		b.WriteString(s.ruled.text)
	}
	return b.String()
}

func (s *setup) page() *state.Preference {
	on, kept := s.on, s.kept
	if s.preferences == "ignore" {
		on, kept = !on, !kept
	}
	page := &state.Preference{Page: "new", File: "settings.json", Values: []state.PreferenceValue{{Key: s.kind.Plural() + ".downsync", Bool: on, IsBool: true}}}
	if s.kind != state.Event {
		page.Values = append(page.Values, state.PreferenceValue{Key: s.kind.Plural() + ".forbid_to_remove", Bool: kept, IsBool: true})
	}
	return page
}

// prepare compiles the setup and checks that it comes to what is meant.
func (s *setup) prepare(t *testing.T, people *state.Snapshot) {
	set, problems := policies.Load(fstest.MapFS{"org.hcl": {Data: []byte(s.policy())}}, policies.LoadOptions{})
	require.False(t, problems.HasErrors(), problems)
	snap, u := *people, *people.Users[0]
	u.Preference = s.page()
	snap.Users = []*state.User{&u}
	s.snap = &snap
	s.eng, problems = engine.NewSession(s.snap, set, engine.Options{ShowPrivate: true, Observer: s})
	require.False(t, problems.HasErrors(), problems)
	all, problems := set.ResolveAll(snap.Users, snap.Directory)
	require.False(t, problems.HasErrors(), problems)
	require.Len(t, all, 1)
	kept, name := fmt.Sprint(s.kept), "forbid_to_remove"
	if s.kind == state.Event {
		kept, name = map[bool]string{true: "keep", false: "propagate"}[s.kept], "removal"
	}
	for name, want := range map[string]string{"downsync": fmt.Sprint(s.on), name: kept, "when_out": s.whenOut, "when_moved": s.whenMoved,
		"upsync": s.upsync, "conflict": s.conflict, "when_declined": s.whenDeclined} {
		if r, ok := all[0].ForKind(s.kind, name); ok {
			require.Contains(t, []string{r.Text, fmt.Sprint(r.Bool)}, want, "%s under %s", name, s)
		}
	}
}

// Settings has the session say which settings it reads. Which of them are the
// person's own is only told in a finding, and changes nothing that is done.
func (s *setup) Settings(settings *policies.Settings, _ *state.Directory) {
	settings.PreferenceWins = nil
	var dims [policies.NumSettings]uint16
	for dim, name := range s.names() {
		for id := policies.SettingInvalid + 1; id < policies.NumSettings; id++ {
			if id.Entry().Path == name {
				dims[id] |= 1 << dim
			}
		}
	}
	settings.Asked = func(id policies.Setting) { s.read |= dims[id] }
}

// Rule and View are of no account: the setups that share a session share their rule.
func (*setup) Rule(*policies.Rule, *cond.Subject) {}
func (*setup) View(*policies.View, *cond.Subject) {}

// names are the settings of the dimensions.
func (s *setup) names() []string {
	out := []string{"downsync", "forbid_to_remove", "when_out", "when_moved", "upsync", "conflict", "preferences", "when_declined"}
	if s.kind == state.Event {
		out[dimKept] = "removal"
	}
	for i := range out {
		if i != dimPreferences {
			out[i] = s.kind.Plural() + "." + out[i]
		}
	}
	return out
}

// The dimensions.
const (
	dimOn = iota
	dimKept
	dimWhenOut
	dimWhenMoved
	dimUpsync
	dimConflict
	dimPreferences
	dimWhenDeclined
)

// value is what the setup says of a dimension, which counts as read.
func (s *setup) value(dim int) string {
	s.read |= 1 << dim
	return s.values[dim]
}

// dimensions are the values of every setting of a kind, in the order in which
// chosen reads them.
func dimensions(kind state.Kind) [][]string {
	out := [][]string{{"on", "off"}, {"let", "kept"}, {"keep", "remove", "remove_if_born_in_salesforce"}, {"unlink", "delete"},
		{"marked", "auto", "off"}, {"newest", "salesforce", "mailbox"}, {"respect", "ignore"}}
	if kind == state.Event {
		out = append(out, []string{"include", "skip"})
	}
	return out
}

func chosen(kind state.Kind, values []string) *setup {
	s := &setup{kind: kind, on: values[0] == "on", kept: values[1] == "kept", whenOut: values[2], whenMoved: values[3],
		upsync: values[4], conflict: values[5], preferences: values[6], values: slices.Clone(values)}
	if kind == state.Event {
		s.whenDeclined = values[7]
	}
	return s
}

// allSetups is the full product.
func allSetups(kind state.Kind) [][]string {
	out := [][]string{{}}
	for _, values := range dimensions(kind) {
		var next [][]string
		for _, head := range out {
			for _, v := range values {
				next = append(next, append(slices.Clone(head), v))
			}
		}
		out = next
	}
	return out
}

// pairwise is a part of the product in which every two values of two settings meet.
func pairwise(kind state.Kind) [][]string {
	type meeting struct{ i, j, a, b string }
	met := map[meeting]bool{}
	meetings := func(values []string) (out []meeting) {
		for i := range values {
			for j := range i {
				if m := (meeting{fmt.Sprint(i), fmt.Sprint(j), values[i], values[j]}); !met[m] {
					out = append(out, m)
				}
			}
		}
		return out
	}
	var out [][]string
	for all := allSetups(kind); ; {
		best := slices.MaxFunc(all, func(a, b []string) int { return len(meetings(a)) - len(meetings(b)) })
		news := meetings(best)
		if len(news) == 0 {
			return out
		}
		for _, m := range news {
			met[m] = true
		}
		out = append(out, best)
	}
}

// setups is a set of setups, by their numbers.
type setups [14]uint64

func (s *setups) add(n int)     { s[n/64] |= 1 << (n % 64) }
func (s setups) has(n int) bool { return s[n/64]>>(n%64)&1 == 1 }
func (s setups) empty() bool    { return s == setups{} }

func (s setups) or(o setups) setups {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

func (s setups) and(o setups) setups {
	for i := range s {
		s[i] &= o[i]
	}
	return s
}

func (s setups) without(o setups) setups {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

// first is the lowest number of a set that is not empty.
func (s setups) first() int {
	for i, w := range s {
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

func (s setups) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// setupsID stands for a set of setups: a walk meets few different ones, many times.
type setupsID int32

// setupsTable gives every set of setups its number.
type setupsTable struct {
	sets    []setups
	numbers map[setups]setupsID
}

func newSetupsTable() *setupsTable {
	t := &setupsTable{numbers: map[setups]setupsID{}}
	t.id(setups{}) // nothing is number zero
	return t
}

func (t *setupsTable) id(s setups) setupsID {
	n, known := t.numbers[s]
	if !known {
		n = setupsID(len(t.sets))
		t.sets, t.numbers[s] = append(t.sets, s), n
	}
	return n
}

func (t *setupsTable) of(n setupsID) setups { return t.sets[n] }
