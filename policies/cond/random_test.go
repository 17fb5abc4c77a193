package cond

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"weir/state"
)

// What random conditions and subjects are drawn from; the tests of simplifying,
// of fixing a user and of the index share it.

var (
	seedFlag  = flag.Uint64("seed", 1, "where random conditions and items begin")
	roundFlag = flag.Int("rounds", 2000, "how many random conditions each property is tried with")
)

// rounds calls a test with a new source of randomness each time; a failure names
// the seed that repeats it.
func rounds(t *testing.T, try func(t require.TestingT, r *random)) {
	t.Helper()
	t.Logf("seed %d, %d rounds", *seedFlag, *roundFlag)
	for i := range *roundFlag {
		seed := *seedFlag + uint64(i)
		try(seeded{t, seed}, &random{rand.New(rand.NewPCG(seed, 0))})
	}
}

type seeded struct {
	*testing.T
	seed uint64
}

func (s seeded) Errorf(format string, args ...any) {
	s.T.Helper()
	s.T.Errorf("with -seed %d -rounds 1: "+format, append([]any{s.seed}, args...)...)
}

type random struct{ *rand.Rand }

func one[T any](r *random, of ...T) T { return of[r.IntN(len(of))] }

var (
	texts     = []string{"a", "b", "ab", "A", "abc@x.example", "x.example", "é"}
	errBroken = errors.New("broken")
)

// expr draws a condition; vars are the quantifiers' variables around it, whether
// of attendees.
func (r *random) expr(depth int, vars []bool) Expr {
	if depth > 0 {
		sub := func() Expr { return r.expr(depth-1, vars) }
		switch r.IntN(9) {
		case 0, 1, 2:
			return AllOf(sub(), sub())
		case 3, 4:
			return AnyOf(sub(), sub(), sub())
		case 5:
			return Negate(sub())
		case 6:
			people := r.IntN(2) == 0
			over := one[Term](r, Attr{state.AttrCategories}, Attr{state.AttrParticipants}, UserAttr{state.UserGroups})
			if people {
				over = Attr{state.AttrAttendees}
			}
			body := r.expr(depth-1, append(append([]bool{}, vars...), people))
			return &Quantifier{one(r, Exists, All), over, fmt.Sprintf("v%d", len(vars)), body}
		}
	}
	return r.leaf(vars)
}

func (r *random) leaf(vars []bool) Expr {
	op := one(r, Equal, Equal, Less, LessEqual, Greater, GreaterEqual)
	switch r.IntN(15) {
	case 0:
		return IsTrue(r.boolTerm())
	case 1, 2, 3:
		return Comparison(op, r.text(vars), r.text(vars))
	case 4:
		return TextTest(one(r, StartsWith, EndsWith, Contains), r.text(vars), r.text(vars))
	case 5:
		return IsIn(r.text(vars), []state.Value{r.literal().Value, r.literal().Value})
	case 6:
		return Contained(r.text(vars), one[Term](r, Attr{state.AttrCategories}, Attr{state.AttrParticipants}, UserAttr{state.UserGroups}))
	case 7:
		return IsNull(one[Term](r, r.text(vars), r.boolTerm(), Attr{state.AttrDue}, Attr{state.AttrAttendees}, Attr{state.AttrCategories}))
	case 8:
		return Comparison(op, r.day(), r.day())
	case 9:
		return Comparison(op, one[Term](r, Attr{state.AttrStart}, Attr{state.AttrCreated}, Now{}), Shift{Of: one[Term](r, Now{}, Attr{state.AttrEnd}), By: time.Duration(r.IntN(72)-36) * time.Hour})
	case 10:
		return Comparison(op, one[Term](r, Custom{Name: "N__c", Of: state.Number}, Size{Attr{state.AttrAttendees}}, Size{Attr{state.AttrCategories}}), Literal{state.NumberValue(float64(r.IntN(3)))})
	case 11:
		m, _ := Matches(r.text(vars), one(r, "^a", "b$", "."))
		return m
	case 12:
		return Const(r.IntN(2) == 0)
	case 13:
		return r.opaque()
	}
	return Comparison(Equal, Attr{state.AttrKind}, Literal{state.TextValue(one(r, "task", "event", "contact"))})
}

// opaque is a condition in another language, which may fail.
func (r *random) opaque() Expr {
	want := one(r, texts...)
	fails := r.IntN(2) == 0
	return &Opaque{Language: "test", Source: fmt.Sprintf("title is %s (%t)", want, fails), Uses: RefsOf(Attr{state.AttrTitle}),
		Call: func(s *Subject) (state.Truth, error) {
			title := s.Get(state.AttrTitle).Text()
			if fails && strings.HasPrefix(title, "a") {
				return state.True, errBroken
			}
			return state.TruthOf(title == want), nil
		}}
}

func (r *random) literal() Literal { return Literal{state.TextValue(one(r, texts...))} }

func (r *random) boolTerm() Term {
	return one[Term](r, Attr{state.AttrPrivate}, Attr{state.AttrClosed}, Attr{state.AttrAllDay}, Attr{state.AttrLinked}, UserAttr{state.UserActive})
}

func (r *random) text(vars []bool) Term {
	t := one[Term](r, r.literal(), r.literal(), Attr{state.AttrTitle}, Attr{state.AttrLocation}, Attr{state.AttrOwner}, Attr{state.AttrOwnerEmail},
		Attr{state.AttrBorn}, Attr{state.AttrEmail}, UserAttr{state.UserProfile}, UserAttr{state.UserEmail}, UserAttr{state.UserID},
		Custom{Name: "A__c", Of: state.Text}, Custom{Name: "U__c", Of: state.Text, OfUser: true})
	if len(vars) > 0 && r.IntN(2) == 0 {
		at := r.IntN(len(vars))
		v := Var{Name: fmt.Sprintf("v%d", at), Depth: len(vars) - 1 - at}
		if vars[at] {
			v.Field = one(r, AttendeeEmail, AttendeeName)
		}
		t = v
	}
	if r.IntN(4) == 0 {
		t = Func{one(r, LowerASCII, UpperASCII, Domain), t}
	}
	return t
}

func (r *random) day() Term {
	t := one[Term](r, Attr{state.AttrDue}, Attr{state.AttrStartDate}, Attr{state.AttrEndDate}, Today{}, Literal{state.DayValue(state.MakeDate(2026, 5, 4))})
	if r.IntN(3) == 0 {
		t = Shift{Of: t, Days: r.IntN(5) - 2}
	}
	return t
}

// value is a value of the type, unrecorded or empty every now and then.
func (r *random) value(t state.Type) state.Value {
	switch r.IntN(6) {
	case 0:
		return state.Value{}
	case 1:
		return state.EmptyValue()
	}
	switch t {
	case state.Text:
		return state.TextValue(one(r, texts...))
	case state.Bool:
		return state.BoolValue(r.IntN(2) == 0)
	case state.Day:
		return state.DayValue(state.MakeDate(2026, 5, 2+r.IntN(5)))
	case state.Instant:
		return state.InstantValue(noon.Add(time.Duration(r.IntN(96)-48) * time.Hour))
	case state.Number:
		return state.NumberValue(float64(r.IntN(3)))
	case state.Texts:
		list := make([]string, r.IntN(3))
		for i := range list {
			list[i] = one(r, texts...)
		}
		return state.TextsValue(list)
	}
	people := make([]state.Attendee, r.IntN(3))
	for i := range people {
		people[i] = state.Attendee{Email: one(r, texts...), Name: one(r, append(texts, "")...)}
	}
	return state.PeopleValue(people)
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func (r *random) item(kind state.Kind, side state.Side) *state.Item {
	it := state.NewItem(kind, side, "id")
	for _, row := range state.Schema() {
		it.Set(row.Attr, r.value(row.Type))
	}
	if side == state.Salesforce {
		it.Custom = map[string]state.Value{"A__c": r.value(state.Text), "N__c": r.value(state.Number)}
		it.Invitees = []state.Invitee{{UserID: one(r, texts...), Response: "declined"}}
		it.InviteesKnown = one(r, state.True, state.True, state.Unknown, state.False)
	}
	it.AttendeesTruncated = r.IntN(4) == 0
	return it
}

func (r *random) user() *state.User {
	u := &state.User{ID: one(r, texts...), Custom: map[string]state.Value{"U__c": r.value(state.Text)}}
	for _, row := range state.UserSchema() {
		u.Values[row.Attr] = r.value(row.Type)
	}
	return u
}

// subject draws what a condition looks at.
func (r *random) subject() *Subject {
	kind, side := one(r, state.Event, state.Event, state.Task, state.Contact), one(r, state.Salesforce, state.Mailbox)
	s := &Subject{Item: r.item(kind, side), User: r.user(), Directory: state.NewDirectory(), Now: noon, Today: state.DateOf(noon, time.UTC)}
	if r.IntN(2) == 0 {
		s.Other = r.item(kind, side.Other())
		s.Link = &state.Link{State: one(r, state.LinkActive, state.LinkRetired), Born: one(r, state.Salesforce, state.Mailbox)}
	}
	s.Directory.Add(state.Person{ID: "a", Email: one(r, texts...)})
	return s
}

// same answers: the truth, and whether there is an error.
func requireSame(t require.TestingT, want, got Expr, s *Subject) {
	wantTruth, wantErr := want.Eval(s)
	gotTruth, gotErr := got.Eval(s)
	if wantTruth != gotTruth || (wantErr == nil) != (gotErr == nil) {
		require.Failf(t, "different answers", "%s is %s (%v)\n%s is %s (%v)", want, wantTruth, wantErr, got, gotTruth, gotErr)
	}
}

func TestSimplifyKeepsEveryAnswer(t *testing.T) {
	rounds(t, func(t require.TestingT, r *random) {
		e := r.expr(4, nil)
		simple := Simplify(e)
		for range 20 {
			requireSame(t, e, simple, r.subject())
		}
		require.Equal(t, simple.String(), Simplify(simple).String(), "simple already")
	})
}

func TestGivenKeepsEveryAnswer(t *testing.T) {
	rounds(t, func(t require.TestingT, r *random) {
		e := r.expr(4, nil)
		user := r.user()
		left := Given(e, &Subject{User: user, Directory: state.NewDirectory(), Now: noon, Today: state.DateOf(noon, time.UTC)})
		for range 20 {
			s := r.subject()
			s.User = user
			requireSame(t, e, left, s)
		}
	})
}

// TestIndexLeavesOutOnlyTheFalse: what the index does not find is false, without
// an error.
func TestIndexLeavesOutOnlyTheFalse(t *testing.T) {
	found, all := 0, 0
	rounds(t, func(t require.TestingT, r *random) {
		conditions := make([]Expr, 1+r.IntN(30))
		for i := range conditions {
			conditions[i] = r.expr(r.IntN(4), nil)
		}
		finder := NewIndex(conditions).Finder()
		for range 20 {
			s := r.subject()
			hits := finder.Find(s)
			require.IsIncreasing(t, append([]int{-2, -1}, hits...))
			for i, e := range conditions {
				all++
				if len(hits) > 0 && hits[0] == i {
					hits = hits[1:]
					found++
					continue
				}
				truth, err := e.Eval(s)
				if truth != state.False || err != nil {
					require.Failf(t, "left out", "%s is %s (%v)", e, truth, err)
				}
			}
			require.Empty(t, hits)
		}
	})
	t.Logf("%d of %d conditions found", found, all)
	require.Less(t, found, all*3/4, "an index that finds nearly everything is none")
}
