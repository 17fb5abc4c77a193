package policytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"weir/engine"
	"weir/policies"
	"weir/policies/hclfile"
	"weir/state"
)

// check holds one expectation against what comes of the world.
func (j *job) check(ctx context.Context, e *expected) error {
	u, err := j.user(e)
	var unknown *engine.UnknownUserError
	if errors.As(err, &unknown) {
		j.fail(e, "a person of the recording", unknown.Error(), nil)
		return nil
	}
	if err != nil {
		return err
	}
	switch e.what {
	case "setting":
		j.checkSetting(e, u)
		return nil
	case "summary":
		return j.checkSummary(ctx, e, u)
	case "finding":
		return j.checkFinding(ctx, e, u)
	}
	x, leftOut, err := j.find(ctx, e, u)
	if err != nil {
		return err
	}
	if want, got, ok := e.holds(x, leftOut); !ok {
		why, err := j.why(ctx, e, u, x)
		if err != nil {
			return err
		}
		j.fail(e, want, got, why)
	}
	return nil
}

// holds compares an expectation about a thing with what the session makes of it.
// The explanation is nil where the session knows no such thing of the person's.
func (e *expected) holds(x *engine.Explanation, leftOut *engine.Reason) (want, got string, ok bool) {
	want = e.wanted()
	switch {
	case leftOut != nil:
		ok = e.what == "nothing" || e.what == "skipped" && (e.texts["reason"] == "" || e.texts["reason"] == leftOut.Code) && e.texts["row"] == ""
		return want, "the whole person is left out (" + leftOut.Code + "): " + leftOut.Text, ok
	case x == nil:
		return want, "nothing of that name is there", e.what == "nothing" && len(e.made) > 0
	}
	switch e.what {
	case "in", "out", "unknown":
		return e.verdictHolds(x)
	case "nothing":
		return want, outcome(x), len(x.Operations) == 0
	case "skipped":
		s := x.Skipped
		return want, outcome(x), s != nil && e.because(&s.Reason, s.Row)
	}
	held := e.what == "held"
	op := e.what
	if held {
		op = e.texts["op"]
	}
	ok = slices.ContainsFunc(x.Operations, func(o engine.Operation) bool {
		return o.Held == held && (op == "" || string(o.Op) == op) && e.fits(&o)
	})
	return want, outcome(x), ok
}

// fits compares what an expectation says of an operation besides its name.
func (e *expected) fits(o *engine.Operation) bool {
	if by := e.texts["by"]; by != "" && (o.HeldBy == nil || o.HeldBy.Code != by) {
		return false
	}
	if on := e.texts["on"]; on != "" && string(o.On) != on {
		return false
	}
	if link := e.texts["link"]; link != "" && o.Link != link {
		return false
	}
	if want, ok := e.lists["fields"]; ok {
		want = slices.Sorted(slices.Values(want))
		if !slices.Equal(want, fieldNames(o)) {
			return false
		}
	}
	reason := &o.Reason
	if o.HeldBy != nil && e.texts["rule"] != "" {
		reason = &engine.Reason{Code: o.Reason.Code, Policy: o.HeldBy.Policy}
	}
	return e.because(reason, o.Row)
}

func fieldNames(o *engine.Operation) []string {
	var out []string
	for _, c := range o.Changes {
		out = append(out, c.Field)
	}
	slices.Sort(out)
	return out
}

// because compares row, code and rule.
func (e *expected) because(r *engine.Reason, row string) bool {
	if want := e.texts["row"]; want != "" && want != row {
		return false
	}
	if want := e.texts["reason"]; want != "" && want != r.Code {
		return false
	}
	want := e.texts["rule"]
	return want == "" || r.Policy != nil && r.Policy.Layer == string(policies.LayerRule) && r.Policy.Name == want
}

func (e *expected) verdictHolds(x *engine.Explanation) (want, got string, ok bool) {
	if x.Verdict == "" {
		return e.wanted(), "there is no live record to judge", false
	}
	var decisive *engine.CheckLine
	for i := range x.Checks {
		if x.Checks[i].Decisive {
			decisive = &x.Checks[i]
		}
	}
	got = "the verdict is " + x.Verdict
	r := &engine.Reason{}
	if decisive != nil && x.Verdict != "in" {
		got += " (" + decisive.Code + "): " + decisive.Text
		r = &engine.Reason{Code: decisive.Code, Policy: decisive.Policy}
	}
	return e.wanted(), got, x.Verdict == e.what && e.because(r, "")
}

// wanted is the expectation in words.
func (e *expected) wanted() string {
	var more []string
	for _, name := range []string{"op", "by", "on", "link", "row", "reason", "rule"} {
		if v := e.texts[name]; v != "" {
			more = append(more, name+" "+v)
		}
	}
	if f, ok := e.lists["fields"]; ok {
		more = append(more, "fields "+strings.Join(f, ", "))
	}
	what := map[string]string{"in": "the verdict is in", "out": "the verdict is out", "unknown": "the verdict is unknown"}[e.what]
	if what == "" {
		what = e.what
	}
	if len(more) == 0 {
		return what
	}
	return what + " (" + strings.Join(more, "; ") + ")"
}

// outcome is what the session makes of a thing, in words.
func outcome(x *engine.Explanation) string {
	var parts []string
	for i := range x.Operations {
		parts = append(parts, operationText(&x.Operations[i]))
	}
	if s := x.Skipped; s != nil && len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("skipped (row %s, reason %s): %s", s.Row, s.Reason.Code, s.Reason.Text))
	}
	if len(parts) == 0 {
		return fmt.Sprintf("nothing (row %s): %s", x.Row, x.Headline)
	}
	return strings.Join(parts, "; ")
}

func operationText(o *engine.Operation) string {
	text := string(o.Op)
	if o.Held {
		text = "held " + text
	}
	text += fmt.Sprintf(" on %s (row %s, reason %s", o.On, o.Row, o.Reason.Code)
	if o.HeldBy != nil {
		text += ", by " + o.HeldBy.Code
	}
	if o.Op == engine.OpUpdate {
		text += ", fields " + strings.Join(fieldNames(o), ", ")
	}
	text += "): " + o.Reason.Text
	if o.HeldBy != nil {
		text += "; " + o.HeldBy.Text
	}
	return text
}

// maxExplained is how many failures of one test are explained.
const maxExplained = 20

// why explains what the session makes of a thing, with the nearest changes that
// would make it sync.
func (j *job) why(ctx context.Context, e *expected, u *state.User, x *engine.Explanation) ([]string, error) {
	if x == nil || j.brief {
		return nil, nil
	}
	// Each explanation looks at the whole world again.
	if len(j.result.Failures) >= maxExplained {
		return []string{fmt.Sprintf("explained are only the first %d failures of a test", maxExplained)}, nil
	}
	id := x.RecordID
	if id == "" {
		id = x.ItemID
	}
	near, err := j.ask(ctx, question{e.session, u.Address, id})
	if err != nil {
		return nil, err
	}
	for i := range near.list {
		if n := &near.list[i]; n.Kind == x.Kind && n.RecordID == x.RecordID && n.ItemID == x.ItemID {
			x = n
		}
	}
	return explained(x), nil
}

// explained are the lines of an explanation that matter in a failure.
func explained(x *engine.Explanation) []string {
	out := []string{x.Headline}
	for _, c := range x.Checks {
		if c.Result != "pass" {
			out = append(out, "check "+c.Code+": "+c.Result+": "+c.Text+place(c.Policy))
		}
	}
	for _, r := range x.Rules {
		if r.Result != "false" {
			out = append(out, fmt.Sprintf("rule %s (%s, %s): %s: %s%s", r.Name, r.Effect, r.Direction, r.Result, r.Text, place(r.Policy)))
		}
	}
	for _, op := range x.Operations {
		if op.Reason.Policy != nil {
			out = append(out, string(op.Op)+" because of "+policyWords(op.Reason.Policy))
		}
		if op.HeldBy != nil && op.HeldBy.Policy != nil {
			out = append(out, "held because of "+policyWords(op.HeldBy.Policy))
		}
	}
	out = append(out, "row "+x.Row+": "+x.RowText)
	for _, c := range x.Causes {
		out = append(out, "follows from: "+c.Text)
	}
	for _, n := range x.Nearest {
		out = append(out, "nearest: "+n.Text)
	}
	return out
}

func place(p *engine.PolicyRef) string {
	if p == nil || p.File == "" {
		return ""
	}
	return " (" + policyWords(p) + ")"
}

func policyWords(p *engine.PolicyRef) string {
	text := p.Layer
	if p.Name != "" {
		text += " " + p.Name
	}
	if p.File == "" {
		return text
	}
	return fmt.Sprintf("%s at %s:%d", text, p.File, p.Line)
}

// checkSetting compares a resolved setting.
func (j *job) checkSetting(e *expected, u *state.User) {
	if u == nil {
		j.fail(e, "a person", "nobody", nil)
		return
	}
	id, _ := policies.ParseSetting(e.texts["setting"])
	r := j.set.Resolve(u, j.snap.Directory).Get(id)
	entry := id.Entry()
	var want []string
	ok := true
	if e.value != nil {
		text := settingText(entry, e.value)
		want = append(want, text)
		ok = text == entry.Format(r.Value)
	}
	if layer := e.texts["layer"]; layer != "" {
		want = append(want, "from layer "+layer)
		ok = ok && layer == string(r.Origin.Layer)
	}
	if group := e.texts["group"]; group != "" {
		want = append(want, "from group "+group)
		ok = ok && r.Origin.Layer == policies.LayerGroup && r.Origin.Name == group
	}
	if ok {
		return
	}
	origin := func(o policies.Origin) string {
		return policyWords(&engine.PolicyRef{Layer: string(o.Layer), Name: o.Name, File: o.File, Line: o.Line})
	}
	var why []string
	for _, o := range r.Overruled {
		line := "overruled: " + entry.Format(o.Value) + " from " + origin(o.Origin)
		if o.Why != "" {
			line += " (" + o.Why + ")"
		}
		why = append(why, line)
	}
	j.fail(e, strings.Join(want, ", "), entry.Format(r.Value)+", from "+origin(r.Origin), why)
}

// settingText is a literal as the catalogue writes values.
func settingText(entry *policies.Entry, v *hclfile.Value) string {
	switch v.Kind {
	case hclfile.Bool:
		return strconv.FormatBool(v.Bool)
	case hclfile.Number:
		return strconv.FormatInt(v.Int, 10)
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(v.Text, "w")); err == nil && entry.Type == policies.ValueWindow && strings.HasSuffix(v.Text, "w") && n >= 0 && n < 10_000 {
		return strconv.Itoa(7*n) + "d"
	}
	return v.Text
}

func (j *job) checkSummary(ctx context.Context, e *expected, u *state.User) error {
	plan, err := j.plan(ctx, e.session)
	if err != nil {
		return err
	}
	sum := &plan.Summary
	if u != nil && (e.texts["user"] != "") {
		sum = &engine.Summary{}
		for i := range plan.Users {
			if plan.Users[i].User == u.Address {
				sum = &plan.Users[i].Summary
			}
		}
	}
	var want, got []string
	for _, c := range counts {
		if n, ok := e.numbers[c.name]; ok && n != int64(c.of(sum)) {
			want = append(want, fmt.Sprintf("%s %d", c.name, n))
			got = append(got, fmt.Sprintf("%s %d", c.name, c.of(sum)))
		}
	}
	if v := e.texts["verdict"]; v != "" && v != string(plan.Verdict) {
		want, got = append(want, "verdict "+v), append(got, "verdict "+string(plan.Verdict))
	}
	if len(want) > 0 {
		j.fail(e, strings.Join(want, ", "), strings.Join(got, ", "), planLines(plan))
	}
	return nil
}

// maxLines is how many lines of a plan a failure shows.
const maxLines = 12

// planLines list what a plan does.
func planLines(plan *engine.Plan) []string {
	var out []string
	for i := range plan.Users {
		u := &plan.Users[i]
		if u.SkippedWhole != nil {
			out = append(out, u.User+": "+u.SkippedWhole.Text)
		}
		for k := range u.Operations {
			op := &u.Operations[k]
			out = append(out, fmt.Sprintf("%s: %s %s: %s", u.User, op.Kind, quoted(op.Title), operationText(op)))
		}
		for _, s := range u.Skipped {
			out = append(out, fmt.Sprintf("%s: %s %s: skipped (%s): %s", u.User, s.Kind, quoted(s.Title), s.Reason.Code, s.Reason.Text))
		}
	}
	if len(out) > maxLines {
		out = append(out[:maxLines], fmt.Sprintf("… and %d more", len(out)-maxLines))
	}
	return out
}

func (j *job) checkFinding(ctx context.Context, e *expected, u *state.User) error {
	plan, err := j.plan(ctx, e.session)
	if err != nil {
		return err
	}
	code := e.texts["code"]
	there := false
	var found []string
	for _, f := range plan.Findings {
		found = append(found, fmt.Sprintf("%s (%s): %s", f.Code, f.Severity, f.Text))
		named := e.texts["user"] == "" || u != nil && slices.Contains(f.Users, u.Address)
		there = there || f.Code == code && named && (e.texts["severity"] == "" || e.texts["severity"] == string(f.Severity))
	}
	if there != e.bools["absent"] {
		return nil
	}
	want, got := "a finding "+code, "there is none"
	if there {
		want, got = "no finding "+code, "there is one"
	}
	j.fail(e, want, got, found)
	return nil
}
