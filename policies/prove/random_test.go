package prove

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"weir/policies/cond"
	"weir/state"
)

var (
	proofSamples = flag.Int("samples", 60_000, "how many things the prover's answers are held against")
	proofSeed    = flag.Uint64("seed", 1, "of the first pair of conditions")
)

// perPair is how many things are drawn for each pair of conditions.
const perPair = 100

// random draws conditions and things.
type random struct{ *rand.Rand }

func seeded(n uint64) *random { return &random{rand.New(rand.NewPCG(n, 0))} }

func one[T any](r *random, of ...T) T { return of[r.IntN(len(of))] }

var (
	texts  = []string{"a", "b", "ab", "A", "Ab", "x@a.example", "A.example", "é"}
	fields = []cond.Field{cond.AttendeeEmail, cond.AttendeeName, cond.AttendeeResponse}
)

// subjects is what a kind and side can be asked about.
type subjects struct {
	Domain
	text, day, instant, bools, lists []cond.Term
}

func subjectsOf(of Domain) *subjects {
	s := &subjects{Domain: of}
	attrs := func(list ...state.Attr) (out []cond.Term) {
		for _, a := range list {
			if a.Describe().Has(of.Kind) {
				out = append(out, cond.Attr{Attr: a})
			}
		}
		return out
	}
	s.text = append(attrs(state.AttrTitle, state.AttrTitle, state.AttrTitle, state.AttrLocation, state.AttrEmail, state.AttrLastName, state.AttrFirstName,
		state.AttrOwner, state.AttrOwnerEmail, state.AttrBorn, state.AttrPriority, state.AttrOrganizerEmail),
		cond.UserAttr{Attr: state.UserProfile}, cond.UserAttr{Attr: state.UserEmail}, cond.UserAttr{Attr: state.UserID}, cond.UserAttr{Attr: state.UserProvider},
		cond.Custom{Name: "A__c", Of: state.Text}, cond.Custom{Name: "U__c", Of: state.Text, OfUser: true})
	s.bools = append(attrs(state.AttrPrivate, state.AttrClosed, state.AttrAllDay, state.AttrLinked), cond.UserAttr{Attr: state.UserActive})
	s.day = append(attrs(state.AttrDue, state.AttrStartDate, state.AttrEndDate), cond.Today{})
	s.instant = append(attrs(state.AttrStart, state.AttrEnd, state.AttrCreated, state.AttrModified), cond.Now{})
	s.lists = append(attrs(state.AttrCategories, state.AttrParticipants), cond.UserAttr{Attr: state.UserGroups})
	switch of.Kind {
	case state.Event:
		s.bools = append(s.bools, cond.Fact{Name: cond.Invited}, cond.Fact{Name: cond.Declined}, cond.Fact{Name: cond.Occurs})
		s.day = append(s.day, cond.Fact{Name: cond.LastDay}, cond.Fact{Name: cond.FirstDay}, cond.Fact{Name: cond.FirstDay, Since: cond.Today{}})
	case state.Task:
		s.day = append(s.day, cond.Fact{Name: cond.TouchedDay})
	}
	s.bools = append(s.bools, cond.Fact{Name: cond.Owned}, cond.Fact{Name: cond.HasLink})
	return s
}

func (r *random) expr(s *subjects, depth int, vars []bool) cond.Expr {
	if depth > 0 {
		sub := func() cond.Expr { return r.expr(s, depth-1, vars) }
		switch r.IntN(9) {
		case 0, 1, 2:
			return cond.AllOf(sub(), sub())
		case 3, 4:
			return cond.AnyOf(sub(), sub())
		case 5:
			return cond.Negate(sub())
		case 6:
			people := s.Kind == state.Event && r.IntN(2) == 0
			over := one(r, s.lists...)
			if people {
				over = cond.Attr{Attr: state.AttrAttendees}
			}
			quantify := one(r, cond.ForSome, cond.ForAll)
			return quantify(over, fmt.Sprintf("v%d", len(vars)), r.expr(s, depth-1, append(slices.Clone(vars), people)))
		}
	}
	return r.leaf(s, vars)
}

func (r *random) leaf(s *subjects, vars []bool) cond.Expr {
	op := one(r, cond.Equal, cond.Equal, cond.Less, cond.LessEqual, cond.Greater, cond.GreaterEqual)
	number := cond.Literal{Value: state.NumberValue(float64(r.IntN(4)))}
	switch r.IntN(12) {
	case 0, 1:
		return cond.IsTrue(one(r, s.bools...))
	case 2, 3:
		return cond.Comparison(op, r.text(s, vars), one[cond.Term](r, r.literal(), r.literal(), r.text(s, vars)))
	case 4:
		return cond.TextTest(one(r, cond.StartsWith, cond.EndsWith, cond.Contains), r.text(s, vars), one[cond.Term](r, r.literal(), r.literal(), r.text(s, vars)))
	case 5:
		return cond.IsIn(r.text(s, vars), []state.Value{r.literal().Value, r.literal().Value})
	case 6:
		return cond.Contained(one[cond.Term](r, r.literal(), r.text(s, vars)), one(r, s.lists...))
	case 7:
		return cond.IsNull(one(r, r.text(s, vars), one(r, s.day...), one(r, s.lists...)))
	case 8:
		return cond.Comparison(op, r.shifted(one(r, s.day...)), r.shifted(one[cond.Term](r, one(r, s.day...), cond.Literal{Value: state.DayValue(state.MakeDate(2026, 5, 4))})))
	case 9:
		return cond.Comparison(op, r.shifted(one(r, s.instant...)), r.shifted(one(r, s.instant...)))
	case 10:
		return cond.Comparison(op, one[cond.Term](r, cond.Custom{Name: "N__c", Of: state.Number}, cond.Size{Of: one(r, s.lists...)}, cond.Size{Of: r.text(s, vars)}), number)
	}
	m, err := cond.Matches(r.text(s, vars), one(r, "^a", "b$", ".", "^[a-c]+$", "(?i)^AB", `\bexample\b`, "é|b"))
	if err != nil {
		panic(err)
	}
	return m
}

func (r *random) literal() cond.Literal {
	return cond.Literal{Value: state.TextValue(one(r, texts...))}
}

func (r *random) text(s *subjects, vars []bool) cond.Term {
	t := one(r, s.text...)
	if len(vars) > 0 && r.IntN(2) == 0 {
		at := r.IntN(len(vars))
		v := cond.Var{Name: fmt.Sprintf("v%d", at), Depth: len(vars) - 1 - at}
		if vars[at] {
			v.Field = one(r, fields...)
		}
		t = v
	}
	if r.IntN(4) == 0 {
		t = cond.Func{Name: one(r, cond.LowerASCII, cond.UpperASCII, cond.Lower, cond.Upper, cond.Domain), Of: t}
	}
	return t
}

func (r *random) shifted(t cond.Term) cond.Term {
	if _, ok := t.(cond.Literal); ok || r.IntN(2) == 0 {
		return t
	}
	s := cond.Shift{Of: t, Days: r.IntN(5) - 2}
	if t.Type() == state.Instant {
		s.By = time.Duration(r.IntN(50)-25) * time.Hour
	}
	return s
}

// drawn is a thing recorded in full.
func (r *random) drawn(of Domain) *cond.Subject {
	zone := zoneAt(r.IntN(27) - 12)
	now := noon.Add(time.Duration(r.IntN(96)-48) * time.Hour)
	s := &cond.Subject{User: someone(zone), Directory: state.NewDirectory(), Now: now, Today: state.DateOf(now, zone)}
	s.User.ID = one(r, texts...)
	for _, row := range state.UserSchema() {
		if row.Attr != state.UserID && row.Attr != state.UserTimeZone && row.Attr != state.UserProvider {
			s.User.Values[row.Attr] = r.value(row.Type)
		}
	}
	s.User.Values[state.UserID], s.User.Values[state.UserEmail] = state.TextValue(s.User.ID), state.TextValue(one(r, texts...))
	s.User.Custom["U__c"] = r.value(state.Text)
	s.Item = r.item(of.Kind, of.Side)
	linked := r.IntN(2) == 0
	if linked {
		s.Other = r.item(of.Kind, of.Side.Other())
		s.Link = &state.Link{State: one(r, state.LinkActive, state.LinkRetired), Born: one(r, state.Salesforce, state.Mailbox)}
	}
	s.Directory.Add(state.Person{ID: "a", Email: one(r, texts...)})
	s.Facts = r.facts(s)
	return s
}

func (r *random) item(k state.Kind, side state.Side) *state.Item {
	it := blankItem(k, side)
	for _, row := range state.Schema() {
		if row.Has(k) {
			it.Set(row.Attr, r.value(row.Type))
		}
	}
	for _, pair := range [][2]state.Attr{{state.AttrStart, state.AttrEnd}, {state.AttrStartDate, state.AttrEndDate}} {
		if !it.Value(pair[0]).IsKnown() {
			it.Set(pair[1], state.EmptyValue())
		}
	}
	if k == state.Event {
		it.Set(state.AttrAllDay, state.BoolValue(r.IntN(3) == 0))
	}
	if side == state.Salesforce {
		it.Custom["A__c"], it.Custom["N__c"] = r.value(state.Text), r.value(state.Number)
		for range r.IntN(3) {
			it.Invitees = append(it.Invitees, state.Invitee{UserID: one(r, texts...)})
		}
	}
	return it
}

// value is a recorded value of the type, empty every now and then.
func (r *random) value(t state.Type) state.Value {
	if r.IntN(4) == 0 {
		return state.EmptyValue()
	}
	switch t {
	case state.Text:
		return state.TextValue(one(r, append(texts, "ac", "B", "abz", "user@A.example", "x")...))
	case state.Bool:
		return state.BoolValue(r.IntN(2) == 0)
	case state.Day:
		return state.DayValue(state.MakeDate(2026, 5, 1+r.IntN(7)))
	case state.Instant:
		return state.InstantValue(noon.Add(time.Duration(r.IntN(96)-48) * time.Hour))
	case state.Number:
		return state.NumberValue(float64(r.IntN(9))/2 - 1)
	case state.Texts:
		list := make([]string, r.IntN(4))
		for i := range list {
			list[i] = one(r, texts...)
		}
		return state.TextsValue(list)
	}
	people := make([]state.Attendee, r.IntN(3))
	for i := range people {
		people[i] = state.Attendee{Email: one(r, texts...), Name: one(r, append(texts, "")...), Response: one(r, "", "a")}
	}
	return state.PeopleValue(people)
}

// facts are what they are of an event that takes place on some days, in order, or on
// none.
func (r *random) facts(s *cond.Subject) evidence {
	e := evidence{}
	for _, f := range cond.FactNames() {
		t := cond.Fact{Name: f}
		switch t.Type() {
		case state.Bool:
			e[t.String()] = state.BoolValue(r.IntN(2) == 0)
		case state.Day:
			e[t.String()] = r.value(state.Day)
		}
	}
	e["has_link"] = state.BoolValue(s.Link != nil)
	e["occurs"], e["first_day"], e["last_day"] = state.BoolValue(false), state.EmptyValue(), state.EmptyValue()
	days := make([]state.Date, r.IntN(3))
	for i := range days {
		days[i] = state.MakeDate(2026, 5, 1+r.IntN(7))
	}
	slices.Sort(days)
	since := cond.Fact{Name: cond.FirstDay, Since: cond.Today{}}
	e[since.String()] = state.EmptyValue()
	if len(days) > 0 {
		first := days[len(days)-1]
		if at := slices.IndexFunc(days, func(d state.Date) bool { return d >= s.Today }); at >= 0 {
			first = days[at]
		}
		e["occurs"], e["first_day"], e["last_day"] = state.BoolValue(true), state.DayValue(days[0]), state.DayValue(days[len(days)-1])
		e[since.String()] = state.DayValue(first)
		e[cond.FirstDay.String()+"@"+state.DayValue(s.Today).String()] = e[since.String()]
	} else {
		e[cond.FirstDay.String()+"@"+state.DayValue(s.Today).String()] = state.EmptyValue()
	}
	return e
}

// TestAgreement holds the prover's answers against things drawn at random: none may
// contradict an answer, every example shows what it is an example of, a condition is
// equal to itself, and few pairs are undecided.
func TestAgreement(t *testing.T) {
	counts := map[Relation]int{}
	gaps := map[string]int{}
	pairs, samples := 0, 0
	prover := NewProver(1 << 62)
	for seed := *proofSeed; samples < *proofSamples; seed++ {
		r := seeded(seed)
		of := Domain{one(r, state.Task, state.Event, state.Event, state.Contact), one(r, state.Salesforce, state.Salesforce, state.Mailbox)}
		s := subjectsOf(of)
		before, after := r.expr(s, 2, nil), r.expr(s, 2, nil)
		switch r.IntN(3) {
		case 0:
			after = cond.AnyOf(before, after)
		case 1:
			after = cond.AllOf(before, after)
		}
		require.Equal(t, Equal, prover.Compare(before, before, of).Relation, "seed %d: %s", seed, before)
		got := prover.Compare(before, after, of)
		pairs++
		counts[got.Relation]++
		if got.Relation == Undecided {
			for _, g := range got.Gaps {
				gaps[g]++
			}
		}
		require.True(t, got.Narrower == nil || got.Narrower.shows(before, after), "seed %d: the example does not show it: %s → %s", seed, before, after)
		require.True(t, got.Wider == nil || got.Wider.shows(after, before), "seed %d: the example does not show it: %s → %s", seed, before, after)
		for range perPair {
			samples++
			thing := r.drawn(of)
			x, err := before.Eval(thing)
			y, err2 := after.Eval(thing)
			require.NoError(t, err)
			require.NoError(t, err2)
			narrower, wider := x == state.True && y == state.False, x == state.False && y == state.True
			if narrower && (got.Relation == Equal || got.Relation == Wider) || wider && (got.Relation == Equal || got.Relation == Narrower) {
				require.Failf(t, "contradicted", "seed %d, %v: said %s; of a thing the old one is %s, the new one %s\nold %s\nnew %s\n%v", seed, of, got.Relation, x, y, before, after, thing.Item)
			}
		}
	}
	t.Logf("%d pairs, %d things: %v", pairs, samples, counts)
	for g, n := range gaps {
		t.Logf("%d: %s", n, g)
	}
	assert.Less(t, counts[Undecided], pairs/20, "too many pairs are undecided")
	for _, relation := range []Relation{Equal, Narrower, Wider, Both} {
		assert.NotZero(t, counts[relation], relation)
	}
}
