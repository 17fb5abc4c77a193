package policytest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"weir/engine"
	"weir/policies"
	"weir/simulate"
	"weir/state"
)

// job is one test being run.
type job struct {
	suite *Suite
	test  *hclTest
	file  string
	set   *policies.Set
	brief bool
	watch engine.Observer // nil for nobody

	src    simulate.Source
	at     time.Time
	snap   *state.Snapshot // of the plan
	plans  map[int]*engine.Plan
	told   map[question]*answer
	result Case
	diags  hcl.Diagnostics
}

// question is what is explained at once: everything of one person in one session, 0
// for the plan.
type question struct {
	session int
	user    string
	item    string
}

type answer struct {
	list    []engine.Explanation
	leftOut *engine.Reason
}

func (j *job) run(ctx context.Context) error {
	j.plans, j.told = map[int]*engine.Plan{}, map[question]*answer{}
	j.result = Case{Name: j.test.name, File: j.file, Line: j.test.rng.Start.Line, Language: "hcl"}
	if !j.open() {
		return nil
	}
	for _, e := range j.test.expects {
		if err := j.check(ctx, e); err != nil {
			var policy hcl.Diagnostics
			if !errors.As(err, &policy) {
				return err
			}
			j.fail(e, "a policy that can be resolved", policyProblems(policy), nil)
		}
	}
	j.result.Passed = len(j.result.Failures) == 0
	return nil
}

// open finds the world; false if it cannot be used, which is among the diagnostics.
func (j *job) open() bool {
	w := j.test.world
	j.src, j.at = w, w.at
	if w.recording != "" {
		rec, diags := j.suite.recording(w.recording)
		if diags.HasErrors() {
			detail := diags[0].Summary + ": " + diags[0].Detail
			j.diags = hcl.Diagnostics{problem(w.recordingRng, "Unreadable recording", "The recording %s cannot be used. %s", quoted(w.recording), detail)}
			return false
		}
		j.src = rec
		if j.at.IsZero() {
			j.at = rec.Last()
		}
		if first := rec.First(); j.at.Before(first) {
			j.diags = hcl.Diagnostics{beforeRecording(w.atRng, w.recording, first)}
			return false
		}
	}
	var diags hcl.Diagnostics
	j.snap, diags = j.src.At(j.at)
	if diags.HasErrors() {
		j.diags = hcl.Diagnostics{problem(w.recordingRng, "Unreadable recording", "The recording %s cannot be used. %s: %s", quoted(w.recording), diags[0].Summary, diags[0].Detail)}
		return false
	}
	return true
}

func policyProblems(diags hcl.Diagnostics) string {
	var out []string
	for _, d := range diags {
		out = append(out, d.Error())
	}
	return strings.Join(out, "; ")
}

func (j *job) options() engine.Options {
	return engine.Options{Session: 1, ShowPrivate: j.test.world.recording == "", Observer: j.watch}
}

// simulation are the options of a run up to a session.
func (j *job) simulation(session int) simulate.Options {
	w := j.test.world
	from := w.at
	if from.IsZero() {
		from = j.src.First()
	}
	return simulate.Options{From: from, To: from.Add(time.Duration(session-1) * w.every), Every: w.every, Sessions: session, ShowPrivate: w.recording == "", Observer: j.watch}
}

// plan is a session's, 0 for the plan of the world as it stands.
func (j *job) plan(ctx context.Context, session int) (*engine.Plan, error) {
	if p := j.plans[session]; p != nil {
		return p, nil
	}
	var p *engine.Plan
	var diags hcl.Diagnostics
	var err error
	if session == 0 {
		p, diags, err = engine.MakePlan(ctx, j.snap, j.set, j.options())
	} else {
		opts := j.simulation(session)
		opts.Forget, opts.OnSession = true, func(done *engine.Plan) { p = done }
		_, diags, err = simulate.Run(ctx, j.src, j.set, opts)
	}
	if err == nil && diags.HasErrors() {
		err = diags
	}
	if err != nil {
		return nil, err
	}
	j.plans[session] = p
	return p, nil
}

// ask explains everything of a person's in a session; with an item that alone, and
// what would change it.
func (j *job) ask(ctx context.Context, q question) (*answer, error) {
	if a := j.told[q]; a != nil {
		return a, nil
	}
	a := &answer{}
	var diags hcl.Diagnostics
	var err error
	if q.session == 0 {
		a.list, diags, err = engine.Explain(ctx, j.snap, j.set, q.user, q.item, j.options())
		if err == nil && !diags.HasErrors() && len(a.list) == 0 {
			a.leftOut, err = engine.LeftOut(j.snap, j.set, q.user, j.options())
		}
	} else {
		var got *simulate.Answer
		got, diags, err = simulate.Explain(ctx, j.src, j.set, j.simulation(q.session), simulate.Question{Session: q.session, User: q.user, Item: q.item})
		if got != nil {
			a.list, a.leftOut = got.Explanations, got.LeftOut
		}
	}
	if err == nil && diags.HasErrors() {
		err = diags
	}
	if err != nil {
		return nil, err
	}
	j.told[q] = a
	return a, nil
}

// user is whom an expectation is about: in a recording found by address, name or id.
func (j *job) user(e *expected) (*state.User, error) {
	if e.user != nil {
		return e.user, nil
	}
	asked := e.texts["user"]
	if asked == "" && len(j.snap.Users) == 1 {
		return j.snap.Users[0], nil
	}
	if asked == "" && (e.what == "summary" || e.what == "finding") {
		return nil, nil
	}
	return engine.FindUser(j.snap.Users, asked)
}

// find is the explanation of the thing an expectation is about; nil with a reason
// if the person is left out whole or there is no such thing.
func (j *job) find(ctx context.Context, e *expected, u *state.User) (*engine.Explanation, *engine.Reason, error) {
	all, err := j.ask(ctx, question{e.session, u.Address, ""})
	if err != nil {
		return nil, nil, err
	}
	if all.leftOut != nil {
		return nil, all.leftOut, nil
	}
	for i := range all.list {
		if e.isAbout(&all.list[i]) {
			return &all.list[i], nil, nil
		}
	}
	for _, id := range append([]string{e.thing}, e.made...) {
		one, err := j.ask(ctx, question{e.session, u.Address, id})
		if err != nil {
			return nil, nil, err
		}
		for i := range one.list {
			if x := &one.list[i]; e.isAbout(x) || len(e.made) == 0 && x.Kind == e.kind.String() {
				return x, nil, nil
			}
		}
	}
	return nil, nil, nil
}

// isAbout compares ids: a test's own things are known by theirs.
func (e *expected) isAbout(x *engine.Explanation) bool {
	if x.Kind != e.kind.String() {
		return false
	}
	for _, id := range append([]string{e.thing}, e.made...) {
		if x.RecordID == id || x.ItemID == id {
			return true
		}
	}
	return false
}

// fail notes an expectation that does not hold.
func (j *job) fail(e *expected, want, got string, why []string) {
	if why == nil {
		why = []string{}
	}
	j.result.Failures = append(j.result.Failures, Failure{File: j.file, Line: e.rng.Start.Line, Text: e.String(), Expected: want, Got: got, Explanation: why})
}

// String is what is expected of what, in words.
func (e *expected) String() string {
	var b strings.Builder
	b.WriteString("expect " + e.what)
	switch {
	case e.thing != "":
		fmt.Fprintf(&b, " %s %s", e.kind, quoted(e.thing))
	case e.texts["setting"] != "":
		b.WriteString(" " + e.texts["setting"])
	case e.texts["code"] != "":
		b.WriteString(" " + e.texts["code"])
	}
	if u := e.texts["user"]; u != "" {
		b.WriteString(" for " + u)
	}
	if e.session > 0 {
		fmt.Fprintf(&b, " in session %d", e.session)
	}
	return b.String()
}
